package gate

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// flooded is a server within bounds, for as many files as it may have open.
func flooded(t *testing.T, bounds Bounds, proxies Proxies, handler http.HandlerFunc) (address string, all *Connections) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	all = NewConnections(bounds, proxies)
	server := &http.Server{Handler: handler, ConnState: all.State, ReadHeaderTimeout: time.Minute}
	go server.Serve(all.Listen(l))
	t.Cleanup(func() { server.Close() })
	return l.Addr().String(), all
}

func ok(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "here") }

// dial opens a connection from an address of this machine.
func dial(t *testing.T, from, to string) net.Conn {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: 20 * time.Second}
	c, err := d.Dial("tcp", to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// asks sends a request, and says whether it is answered.
func asks(c net.Conn) error {
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err == nil {
		_, err = io.Copy(io.Discard, r.Body)
	}
	return err
}

// TestIdleConnectionsKeepNobodyOut: thousands that ask nothing neither take the pages from the others nor all files that may be open.
// It runs in a process that may open few.
func TestIdleConnectionsKeepNobodyOut(t *testing.T) {
	if os.Getenv("HOTLINE_TEST_FEW_FILES") == "" {
		again := exec.Command(os.Args[0], "-test.run=^TestIdleConnectionsKeepNobodyOut$", "-test.v")
		again.Env = append(os.Environ(), "HOTLINE_TEST_FEW_FILES=1")
		said, err := again.CombinedOutput()
		if err != nil || !strings.Contains(string(said), "--- PASS") {
			t.Errorf("%v\n%s", err, said)
		}
		return
	}
	limit := syscall.Rlimit{Cur: 300, Max: 300}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	address, all := flooded(t, Bounds{All: 100, PerAddress: 60}, Proxies{}, ok)
	working := dial(t, "127.0.0.2", address)
	if err := asks(working); err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{"127.0.0.3", "127.0.0.4", "127.0.0.5"} { // one address, and then many
		for i := range 100 {
			c, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).Dial("tcp", address)
			if err != nil {
				t.Fatalf("connection %d from %s: %v", i, from, err)
			}
			if i >= 50 {
				c.Close() // the files of the test are few, too
			} else {
				defer c.Close()
			}
		}
		if n := all.Open(); n > 100 {
			t.Errorf("%d connections are open", n)
		}
		for _, person := range []string{"127.0.0.6", from} {
			c := dial(t, person, address)
			if err := asks(c); err != nil {
				t.Errorf("after the flood from %s a page from %s is not reached: %v", from, person, err)
			}
			c.Close()
		}
		f, err := os.CreateTemp(t.TempDir(), "spool")
		if err != nil {
			t.Fatalf("no file is left for the spool: %v", err)
		}
		f.Close()
	}
}

// TestConnectionsAtWorkAreNotCutForNewOnes, and a proxy has no bound of its own.
func TestConnectionsAtWorkAreNotCutForNewOnes(t *testing.T) {
	begun, finish := make(chan bool, 10), make(chan bool)
	work := func(w http.ResponseWriter, r *http.Request) { begun <- true; <-finish; ok(w, r) }
	proxies := Proxies{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.9/32")}}
	address, all := flooded(t, Bounds{All: 4, PerAddress: 1}, proxies, work)
	answered := make(chan error, 10)
	for _, from := range []string{"127.0.0.2", "127.0.0.4"} {
		c := dial(t, from, address)
		go func() { answered <- asks(c) }()
		<-begun
	}
	if err := asks(dial(t, "127.0.0.2", address)); err == nil {
		t.Error("a second connection of the same address is served")
	}
	for range 2 { // of a proxy
		c := dial(t, "127.0.0.9", address)
		go func() { answered <- asks(c) }()
		<-begun
	}
	if err := asks(dial(t, "127.0.0.3", address)); err == nil {
		t.Error("a fifth connection is served")
	}
	close(finish)
	for range 4 {
		if err := <-answered; err != nil {
			t.Errorf("one at work was cut: %v", err)
		}
	}
	if err := asks(dial(t, "127.0.0.3", address)); err != nil {
		t.Errorf("after their work there is no room: %v", err)
	}
	if n := all.Open(); n > 4 {
		t.Errorf("%d are open", n)
	}
}

// TestFewAddressesThatKeepAllConnectionsAtWorkKeepNobodyOut: a request whose body does not come is work, too. Streams stay.
func TestFewAddressesThatKeepAllConnectionsAtWorkKeepNobodyOut(t *testing.T) {
	begun := make(chan bool, 20)
	address, all := flooded(t, Bounds{All: 8, PerAddress: 4}, Proxies{}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/stream" {
			if _, _, err := http.NewResponseController(w).Hijack(); err != nil {
				t.Error(err)
			}
		}
		begun <- true
		_, _ = io.Copy(io.Discard, r.Body)
		ok(w, r)
	})
	opens := func(from, request string) net.Conn {
		c := dial(t, from, address)
		fmt.Fprint(c, request)
		<-begun
		return c
	}
	var streams []net.Conn
	for range 4 {
		streams = append(streams, opens("127.0.0.2", "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"))
	}
	for range 4 {
		opens("127.0.0.3", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
	}
	for range 3 { // one after the other, beside a flood that goes on
		if err := asks(dial(t, "127.0.0.4", address)); err != nil {
			t.Errorf("a page is not reached: %v", err)
		}
		<-begun
		c, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP("127.0.0.3")}}).Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprint(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
	}
	for _, c := range streams {
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a stream is cut: %v", err)
		}
	}
	if n := all.Open(); n > 8 {
		t.Errorf("%d are open", n)
	}
}

// TestVisitorsBehindAProxyAreBoundedEachForThemselves.
func TestVisitorsBehindAProxyAreBoundedEachForThemselves(t *testing.T) {
	c := crowd{most: 2}
	enters := func(household string, want bool) {
		t.Helper()
		if c.enter(household) != want {
			t.Errorf("%s enters: %v", household, !want)
		}
	}
	enters("a", true)
	enters("a", true)
	enters("a", false)
	enters("b", true)
	c.leave("a")
	enters("a", true)
	enters("a", false)
	c.leave("a")
	c.leave("a")
	c.leave("b")
	if len(c.open) != 0 {
		t.Errorf("%v is left", c.open)
	}
}
