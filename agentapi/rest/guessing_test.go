package rest_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/memory"
)

// attempt signs in from an address behind a proxy, and says what came of it.
func (h *house) attempt(login, pass, from string, cookies ...*http.Cookie) (agentapi.Code, *http.Response) {
	h.Helper()
	header := http.Header{"X-Forwarded-For": {"6.6.6.6, " + from}}
	for _, c := range cookies {
		header.Add("Cookie", c.Name+"="+c.Value)
	}
	answer := h.post("/api/v1/session", `{"login":"`+login+`","password":"`+pass+`"}`, header)
	if answer.StatusCode == http.StatusOK {
		return "ok", answer
	}
	return problemOf(h.T, answer).Code, answer
}

// TestARightPasswordIsLetInWhereOthersGuess, from the address that is guessed at and by the login that is: it waits for a moment,
// and on a browser that has signed in with it before for none.
func TestARightPasswordIsLetInWhereOthersGuess(t *testing.T) {
	h := open(t, settings{gate: func(o *gate.Options) { o.Proxies.OneNearby = true }})
	_, known := h.attempt("anna", password, "192.0.2.1")
	for i := range 25 {
		login := fmt.Sprint("nobody", i)
		if i < 7 {
			login = "anna"
		}
		if code, _ := h.attempt(login, "guess number 1", "192.0.2.66"); code != agentapi.CodeWrongLogin {
			t.Fatalf("guess %d: %s", i, code)
		}
	}
	var all sync.WaitGroup
	for _, c := range []struct{ login, from string }{{"anna", "192.0.2.66"}, {"boris", "192.0.2.66"}, {"vera", "192.0.2.66"}, {"anna", "192.0.2.7"}} {
		all.Go(func() {
			if code, _ := h.attempt(c.login, password, c.from); code != "ok" {
				t.Errorf("%s from %s: %s", c.login, c.from, code)
			}
		})
	}
	all.Wait()
	guess, guessed := h.T.Context(), make(chan int)
	ctx, stop := context.WithCancel(guess)
	go func() { // and beside guessers that go on
		var n atomic.Int64
		var guessers sync.WaitGroup
		for range 20 {
			guessers.Go(func() {
				for ctx.Err() == nil {
					r, _ := http.NewRequestWithContext(ctx, http.MethodPost, h.url+"/api/v1/session", strings.NewReader(`{"login":"anna","password":"guess number 2"}`))
					r.Header.Set("Content-Type", "application/json")
					r.Header.Set("X-Forwarded-For", "192.0.2.66")
					if answer, err := http.DefaultClient.Do(r); err == nil {
						answer.Body.Close()
						n.Add(1)
					}
				}
			})
		}
		guessers.Wait()
		guessed <- int(n.Load())
	}()
	begun := time.Now()
	for range 3 {
		if code, _ := h.attempt("anna", password, "192.0.2.66", known.Cookies()...); code != "ok" {
			t.Errorf("on a browser that has signed in before: %s", code)
		}
		if code, _ := h.attempt("boris", password, "192.0.2.7"); code != "ok" {
			t.Errorf("from elsewhere: %s", code)
		}
	}
	took := time.Since(begun)
	stop()
	if n := <-guessed; float64(n) > 20+3*took.Seconds() {
		t.Errorf("%d guesses in %s", n, took)
	}
}

// TestABrowserIsKnownOnlyForTheLoginsThatSignedInOnIt.
func TestABrowserIsKnownOnlyForTheLoginsThatSignedInOnIt(t *testing.T) {
	h := open(t, settings{gate: func(o *gate.Options) { o.Proxies.OneNearby = true }})
	var cookie *http.Cookie
	for _, login := range []string{"anna", "boris", "anna"} {
		_, answer := h.attempt(login, password, "192.0.2.1", mark(cookie)...)
		c := answer.Cookies()[1]
		if c.Name != gate.BrowserCookie || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteStrictMode || c.MaxAge < 90*24*3600 || c.Path != "/api/v1/session" {
			t.Errorf("%s: %+v", login, c)
		}
		if cookie != nil && strings.Split(cookie.Value, ".")[0] != strings.Split(c.Value, ".")[0] {
			t.Errorf("the browser has another name")
		}
		cookie = c
	}
	if marks := strings.Count(cookie.Value, "."); marks != 2 {
		t.Errorf("%d marks for two people", marks)
	}
	for range 8 { // these wait longer each time, as a stranger's
		h.attempt("vera", "guess number 1", "192.0.2.66", cookie)
	}
	begun := time.Now()
	h.attempt("anna", "wrong for once", "192.0.2.66", cookie)
	if code, _ := h.attempt("anna", password, "192.0.2.66", cookie); code != "ok" || time.Since(begun) > 10*time.Second {
		t.Errorf("who is known: %s after %s", code, time.Since(begun))
	}
	forged := *cookie
	forged.Value = strings.Split(cookie.Value, ".")[0] + "." + strings.Repeat("A", 22)
	if code, _ := h.attempt("anna", password, "192.0.2.9", &forged); code != "ok" {
		t.Errorf("with a mark that was made up: %s", code)
	}
}

func mark(c *http.Cookie) (all []*http.Cookie) {
	if c != nil {
		all = append(all, c)
	}
	return all
}

// counting counts how often the accounts are asked who is signed in.
type counting struct {
	*memory.Accounts
	asked atomic.Int64
}

func (c *counting) BySignIn(ctx context.Context, t gate.TokenHash, now time.Time) (gate.Account, time.Time, error) {
	c.asked.Add(1)
	return c.Accounts.BySignIn(ctx, t, now)
}

func TestACookieThatWasMadeUpCostsNoLookAtTheAccounts(t *testing.T) {
	store := &counting{}
	h := open(t, settings{gate: func(o *gate.Options) {
		store.Accounts = o.Accounts.(*memory.Accounts)
		o.Accounts = store
	}})
	real := strings.TrimPrefix(h.cookie("anna"), gate.CookieName+"=")
	secret, mark, _ := strings.Cut(real, ".")
	for _, value := range []string{
		"x", ".", "a.b", strings.Repeat("A", 52), strings.Repeat("A", 52) + "." + mark, secret, secret + ".", secret + "." + strings.Repeat("A", 22),
		real + "x", strings.ToLower(real), strings.Repeat("A", 255), strings.Repeat("A", 5000),
	} {
		answer := h.request(http.MethodGet, "/api/v1/session", "", http.Header{"Cookie": {gate.CookieName + "=" + value}})
		if p := problemOf(t, answer); p.Code != agentapi.CodeNotSignedIn {
			t.Errorf("%.60q: %+v", value, p)
		}
	}
	if n := store.asked.Load(); n != 0 {
		t.Errorf("the accounts were asked %d times", n)
	}
}

// TestAFloodOfOddSignInsHoldsUpNobody: no JSON, bodies without end, bodies that never come.
func TestAFloodOfOddSignInsHoldsUpNobody(t *testing.T) {
	h := open(t, settings{})
	for _, body := range []string{"", "{", "null", "[]", `{"login":{},"password":[]}`, strings.Repeat("x", 1<<20), `{"login":"` + strings.Repeat("a", 15000) + `","password":"x"}`} {
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				r, _ := http.NewRequestWithContext(soon(t), http.MethodPost, h.url+"/api/v1/session", strings.NewReader(body))
				r.Header.Set("Content-Type", "application/json")
				answer, err := http.DefaultClient.Do(r)
				if err != nil {
					return // too large a body: the connection is closed while it is sent
				}
				defer answer.Body.Close()
				if answer.StatusCode < 400 || answer.StatusCode >= 500 {
					t.Errorf("%.30q: status %d", body, answer.StatusCode)
				}
			})
		}
		all.Wait()
	}
	begun := time.Now()
	h.signIn("anna")
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("a sign-in took %s", took)
	}
}
