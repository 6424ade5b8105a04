package asterisk

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hotline/deploy/private"
	"hotline/telephony"
)

const lineNumber = "+78005550100"

// asterisks are started when tests need them, and kept: each serves one test at a time, which leaves it empty.
var asterisks struct {
	mu   sync.Mutex
	all  []*private.Asterisk
	idle []*private.Asterisk
}

// sideBySide is how many tests that may run beside others do so, unless -parallel says another number: such a test waits
// for its Asterisk and its phones far more than it works.
const sideBySide = "6"

func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		_ = flag.Set("test.parallel", sideBySide)
	}
	code := m.Run()
	for _, a := range asterisks.all {
		if os.Getenv("HOTLINE_TEST_LOG") != "" {
			said, _ := os.ReadFile(a.Log)
			fmt.Fprintf(os.Stderr, "Asterisk says:\n%s", said)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		if err := a.Stop(ctx); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
		cancel()
	}
	http.DefaultClient.CloseIdleConnections()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// realAsterisk is a real one for the test alone. A machine without fails the test, and the error says what to install.
func realAsterisk(t *testing.T) *private.Asterisk {
	t.Helper()
	a := idleAsterisk()
	if a == nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		var err error
		if a, err = private.StartAsterisk(ctx, private.AsteriskOptions{Number: lineNumber, MediaPorts: 1000}); err != nil {
			t.Fatalf("these tests need a real Asterisk: %v", err)
		}
		asterisks.mu.Lock()
		asterisks.all = append(asterisks.all, a)
		asterisks.mu.Unlock()
	}
	t.Cleanup(func() {
		asterisks.mu.Lock()
		defer asterisks.mu.Unlock()
		if !t.Failed() { // what a failed test has left in it is nobody else's trouble
			asterisks.idle = append(asterisks.idle, a)
		}
	})
	return a
}

// idleAsterisk is one that runs and serves no test; nil where there is none.
func idleAsterisk() (a *private.Asterisk) {
	asterisks.mu.Lock()
	defer asterisks.mu.Unlock()
	if n := len(asterisks.idle); n > 0 {
		a, asterisks.idle = asterisks.idle[n-1], asterisks.idle[:n-1]
	}
	return a
}

func realOptions(a *private.Asterisk) Options {
	return Options{
		Node: "test", URL: a.ARIURL, User: a.ARIUser, Password: a.ARIPassword, MediaAddress: "127.0.0.1",
		Hotline: &watch{}, Log: testLog(), Sweep: time.Second, LostAfter: 5 * time.Second, CallersLost: 5 * time.Second,
	}
}

func testLog() *slog.Logger {
	if os.Getenv("HOTLINE_TEST_LOG") == "" {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// testNumber takes E.164 alone for a number.
func testNumber(raw string) telephony.Number {
	n := telephony.Number{Raw: raw}
	if len(raw) > 8 && dialable(raw) {
		n.E164, n.Kind = "+"+trimPlus(raw), telephony.Full
	}
	return n
}

func trimPlus(s string) string {
	if s != "" && s[0] == '+' {
		return s[1:]
	}
	return s
}

// running runs a switch until the test ends or stop is called.
func running(t *testing.T, s *Switch, line telephony.Line) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	var err error
	go func() {
		defer close(done)
		err = s.Run(ctx, line)
	}()
	stop = func() error {
		cancel()
		<-done
		return err
	}
	t.Cleanup(func() { _ = stop() })
	select {
	case <-s.Ready():
	case <-done:
		t.Fatalf("the switch stopped: %v", err)
	case <-time.After(30 * time.Second):
		t.Fatalf("the switch does not become ready: %v", s.Err())
	}
	return stop
}

type lineFunc func(ctx context.Context, c *telephony.Call)

func (f lineFunc) Serve(ctx context.Context, c *telephony.Call) { f(ctx, c) }

// listed is what ARI lists at a path, over a connection of the test's own.
func listed(t *testing.T, a *private.Asterisk, path string) (all []map[string]any) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, a.ARIURL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(a.ARIUser, a.ARIPassword)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&all); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return all
}

// bridgesLeft are Asterisk's bridges, but for those that are kept: in which callers hear music, and in which nobody is before the next talk.
func bridgesLeft(t *testing.T, a *private.Asterisk) (left []map[string]any) {
	t.Helper()
	for _, b := range listed(t, a, "/bridges") {
		is := &bridge{ID: b["id"].(string), Name: b["name"].(string)}
		in, _ := b["channels"].([]any)
		if !isHolding(is.Name, is) && !(isPooled(is.Name, is) && len(in) == 0) {
			left = append(left, b)
		}
	}
	return left
}

// await waits for something to become true.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	if !becomes(holds) {
		t.Fatalf("waited in vain: %s", what)
	}
}

// becomes waits likewise where no test may end: in a call's goroutine.
func becomes(holds func() bool) bool {
	deadline := time.Now().Add(30 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			return false
		}
		time.Sleep(10 * time.Millisecond) // between two looks
	}
	return true
}
