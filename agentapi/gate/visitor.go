package gate

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"hotline/agentapi"
)

// visitor is who sends a request, as far as the request itself says.
type visitor struct {
	token   string // the sign-in's secret; "" is none
	browser string // the cookie of a browser that was signed in on before; "" is none
	address netip.Addr
	tls     bool
	place   *place // in the crowd; nil: has none
}

type visitorKey struct{}

func visitorOf(ctx context.Context) visitor {
	v, _ := ctx.Value(visitorKey{}).(visitor)
	return v
}

// Address is where a request comes from, as far as proxies of ours say; "" is not known. The context is the request's, as Admit has made it.
func Address(ctx context.Context) string {
	if address := visitorOf(ctx).address; address.IsValid() {
		return address.String()
	}
	return ""
}

// Household is the network that whoever sends a request has for themselves, by which visitors are counted; "" is not known.
func Household(ctx context.Context) string {
	if address := visitorOf(ctx).address; address.IsValid() {
		return household(address)
	}
	return ""
}

// OverTLS says whether a request came so, as far as proxies of ours say: what is kept in its browser is to come so again.
func OverTLS(ctx context.Context) bool { return visitorOf(ctx).tls }

// longestToken is more than a token of ours ever has: a longer one is not looked up.
const longestToken = 256

// CookieName is the cookie that carries a sign-in's token.
const CookieName = "hotline_sign_in"

// cookie carries a sign-in. SameSite and HttpOnly keep it from other sites and from scripts.
func (v visitor) cookie(token string, lifetime time.Duration) http.Cookie {
	age := int(lifetime.Seconds())
	if token == "" {
		age = -1
	}
	return http.Cookie{
		Name: CookieName, Value: token, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: v.tls, SameSite: http.SameSiteStrictMode,
	}
}

// Admit stands before everything that is served: it reads from each request who sends it, for Who, and refuses what a page
// of another site sends to change something.
func (g *Gate) Admit(next http.Handler) http.Handler { return g.introduce(g.foreign.Handler(next)) }

// introduce reads the visitor from the request. Who came over TLS is to come so again.
func (g *Gate) introduce(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		address, tls := g.proxies.visitor(r)
		v := visitor{tls: tls, address: address}
		if cookie, err := r.Cookie(CookieName); err == nil {
			v.token = cookie.Value
		}
		if cookie, err := r.Cookie(BrowserCookie); err == nil {
			v.browser = cookie.Value
		}
		if tls {
			w.Header().Set("Strict-Transport-Security", "max-age=15552000") // half a year
		}
		if addressOf(r.RemoteAddr) != address { // their connections are a proxy's
			home := household(address)
			if !g.crowd.enter(home) {
				w.Header().Set("Retry-After", "5")
				agentapi.Refuse(agentapi.CodeUnavailable, "too much is open from this address").Write(w)
				return
			}
			v.place = &place{leave: func() { g.crowd.leave(home) }}
			defer v.place.free()
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), visitorKey{}, v)))
	})
}

// place is one that a request has in the crowd, until it ends, or for as long as what has come of it stays.
type place struct {
	leave  func()
	stayed bool // the request's goroutine only
}

func (p *place) free() {
	if !p.stayed {
		p.leave()
	}
}

// Stay keeps what a request counts as, once it has ended, for what has come of it, a stream: until the function is called.
func Stay(ctx context.Context) (leave func()) {
	p := visitorOf(ctx).place
	if p == nil {
		return func() {}
	}
	p.stayed = true
	return p.leave
}

// OwnOrigin says whether a request comes from a page of ours, or from no browser at all.
func (g *Gate) OwnOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true // no browser leaves it out of a websocket's request
	}
	u, err := url.Parse(origin)
	return err == nil && (strings.EqualFold(u.Host, r.Host) || g.origins[origin])
}
