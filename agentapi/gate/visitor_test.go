package gate

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestAStreamKeepsItsPlaceInTheCrowdUntilItEnds, though the request that it has come of has ended; what has none takes none with it.
func TestAStreamKeepsItsPlaceInTheCrowdUntilItEnds(t *testing.T) {
	g := &Gate{proxies: Proxies{OneNearby: true}, crowd: crowd{most: 1}}
	var leave func()
	visit := func(stream bool) int {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = "127.0.0.1:9"
		r.Header.Set("X-Forwarded-For", "203.0.113.5")
		g.introduce(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if stream {
				leave = Stay(r.Context())
			}
		})).ServeHTTP(w, r)
		return w.Code
	}
	if a, b := visit(false), visit(true); a != http.StatusOK || b != http.StatusOK {
		t.Fatalf("answered are %d and %d", a, b)
	}
	if code := visit(false); code != http.StatusServiceUnavailable {
		t.Errorf("beside a stream there was room for one more: %d", code)
	}
	leave()
	if code := visit(false); code != http.StatusOK {
		t.Errorf("after the stream there is no room: %d", code)
	}
	if len(g.crowd.open) != 0 {
		t.Errorf("left over are %v", g.crowd.open)
	}
	Stay(t.Context())()
}
