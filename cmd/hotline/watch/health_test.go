package watch

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestReadyIsWhenCallsAreServedAndPeopleCanSignIn(t *testing.T) {
	part := func(state string, needs Purpose) Part { return Part{Name: "it", State: state, Needs: needs} }
	for _, c := range []struct {
		what          string
		parts         []Part
		status        string
		calls, signIn bool
	}{
		{"all is well", []Part{part(StateOK, ForCalls), part(StateOK, ForSignIn)}, "ready", true, true},
		{"a disk runs full", []Part{part(StateOK, ForCalls), part("low", "")}, "degraded", true, true},
		{"the database is away", []Part{part(StateOK, ForCalls), part("away", ForSignIn)}, "degraded", true, false},
		{"Asterisk is away", []Part{part("away", ForCalls), part(StateOK, ForSignIn)}, "unready", false, true},
		{"both are", []Part{part("away", ForCalls), part("away", ForSignIn)}, "unready", false, false},
	} {
		if r := Judge(c.parts); r.Status != c.status || r.Calls != c.calls || r.SignIn != c.signIn || r.ready() != (c.calls && c.signIn) {
			t.Errorf("%s: %+v", c.what, r)
		}
	}
}

// TestStrangersAreToldOneWord: who comes from elsewhere, or through a proxy of this machine, learns neither address nor reason.
func TestStrangersAreToldOneWord(t *testing.T) {
	health := &Health{Pulse: &Pulse{}, Parts: func() []Part {
		return []Part{{Name: "database", State: "away", Needs: ForSignIn, Says: "dial tcp 10.0.0.7:5432"}}
	}}
	for _, c := range []struct {
		what, from, host string
		header           [2]string
		all              bool
	}{
		{"this machine", "127.0.0.1:5000", "127.0.0.1:8080", [2]string{}, true},
		{"this machine, by IPv6", "[::1]:5000", "[::1]:8080", [2]string{}, true},
		{"this machine, by name", "[::ffff:127.0.0.1]:5000", "localhost:8080", [2]string{}, true},
		{"elsewhere", "192.0.2.1:5000", "127.0.0.1:8080", [2]string{}, false},
		{"a proxy that says so", "127.0.0.1:5000", "127.0.0.1:8080", [2]string{"X-Forwarded-For", "192.0.2.1"}, false},
		{"a proxy of RFC 7239", "127.0.0.1:5000", "127.0.0.1:8080", [2]string{"Forwarded", "for=192.0.2.1"}, false},
		{"a proxy that keeps the name", "127.0.0.1:5000", "desk.example.org", [2]string{}, false},
		{"nobody knows", "pipe", "localhost", [2]string{}, false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/readyz", nil)
		r.RemoteAddr, r.Host = c.from, c.host
		if c.header[0] != "" {
			r.Header.Set(c.header[0], c.header[1])
		}
		w := httptest.NewRecorder()
		health.Ready(Local).ServeHTTP(w, r)
		b, _ := io.ReadAll(w.Body)
		if w.Code != http.StatusServiceUnavailable || !strings.Contains(string(b), `"status": "degraded"`) || strings.Contains(string(b), "10.0.0.7") != c.all {
			t.Errorf("%s: %d %s", c.what, w.Code, b)
		}
	}
}

// TestWhatIsStuckIsNotLive: the router answers, hangs for a minute, and comes back. Those who ask meanwhile wait for nothing.
func TestWhatIsStuckIsNotLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		router := make(chan struct{}, 1) // full while the router hangs
		pulse := &Pulse{}
		pulse.Watch("router", func() { router <- struct{}{}; <-router })
		pulse.Watch("pages", func() {})
		health := &Health{Pulse: pulse}
		ctx, stop := context.WithCancel(t.Context())
		go func() { _ = pulse.Run(ctx) }()
		is := func(code int, stuck ...string) {
			t.Helper()
			w := httptest.NewRecorder()
			health.Live().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/livez", nil))
			if w.Code != code || !slices.Equal(pulse.Stuck(), stuck) {
				t.Errorf("%d %s, stuck are %v", w.Code, w.Body, pulse.Stuck())
			}
		}
		time.Sleep(30 * time.Second)
		is(http.StatusOK)
		router <- struct{}{}
		time.Sleep(8 * time.Second)
		is(http.StatusOK)
		time.Sleep(52 * time.Second)
		is(http.StatusServiceUnavailable, "router")
		<-router
		time.Sleep(2 * time.Second)
		is(http.StatusOK)
		stop()
		synctest.Wait()
	})
}
