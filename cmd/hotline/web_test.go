package main

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"hotline/agentapi/gate"
)

// TestNoVisitorHoldsAConnectionForEver: not with a head that never ends, nor a body, nor a handshake, nor by reading nothing, nor by
// asking nothing. The times are shorter here, and all of them are set.
func TestNoVisitorHoldsAConnectionForEver(t *testing.T) {
	s := &service{log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	server := s.newServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.URL.Path == "/much" {
			for range 1000 {
				if _, err := w.Write(make([]byte, 1<<20)); err != nil {
					return
				}
			}
		}
	}))
	times := []*time.Duration{&server.ReadHeaderTimeout, &server.ReadTimeout, &server.WriteTimeout, &server.IdleTimeout}
	for i, d := range times {
		if *d <= 0 || *d > 2*time.Minute {
			t.Errorf("time %d is %s", i, *d)
		}
		*d = 300 * time.Millisecond
	}
	if requestTime <= gate.LongestWaiting || answerTime <= requestTime {
		t.Error("an attempt to sign in is cut while it waits for its turn")
	}
	for _, overTLS := range []bool{false, true} {
		web := httptest.NewUnstartedServer(server.Handler)
		web.Config = server
		if overTLS {
			web.Config = s.newServer(server.Handler)
			for _, d := range []*time.Duration{&web.Config.ReadHeaderTimeout, &web.Config.ReadTimeout, &web.Config.WriteTimeout} {
				*d = 300 * time.Millisecond
			}
			web.StartTLS()
		} else {
			web.Start()
		}
		t.Cleanup(web.Close)
		for what, says := range map[string]string{
			"nothing": "", "half a head": "GET / HTTP/1.1\r\nHost: x\r\n", "half a body": "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
			"no next request": "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "reads nothing": "GET /much HTTP/1.1\r\nHost: x\r\n\r\n",
		} {
			c, err := net.Dial("tcp", web.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if overTLS && what != "nothing" {
				continue // within TLS it is the same
			}
			fmt.Fprint(c, says)
			_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
			if what == "reads nothing" {
				time.Sleep(700 * time.Millisecond) // it is about a visitor who does just that
			}
			if _, err := io.Copy(io.Discard, bufio.NewReader(c)); err != nil && isTimeout(err) {
				t.Errorf("%s (TLS %v): the connection is still there", what, overTLS)
			}
		}
	}
}

func isTimeout(err error) bool {
	timeout, ok := err.(net.Error)
	return ok && timeout.Timeout()
}

// TestABodyThatNobodyReadsIsNotWaitedFor: the answer is there, and the connection goes with the body's time.
func TestABodyThatNobodyReadsIsNotWaitedFor(t *testing.T) {
	s := &service{log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	web := httptest.NewUnstartedServer(nil)
	web.Config = s.newServer(http.NotFoundHandler())
	web.Start()
	t.Cleanup(web.Close)
	for _, head := range []string{"POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 100", "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked"} {
		c, err := net.Dial("tcp", web.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprint(c, head+"\r\n\r\n1")
		_ = c.SetReadDeadline(time.Now().Add(requestTime / 2))
		if _, err := io.Copy(io.Discard, c); err != nil && isTimeout(err) {
			t.Errorf("%.20s: the connection is still there", head)
		}
	}
}
