package gate_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"hotline/agentapi/gate"
	"hotline/agentapi/memory"
)

// TestASignInEndsAfterTwelveHoursWithoutUse, but not in a call, and in any case after a week.
func TestASignInEndsAfterTwelveHoursWithoutUse(t *testing.T) {
	store := &memory.Accounts{}
	_, err := store.Seat(t.Context(), []gate.Seating{{Account: gate.Account{ID: "a1", Login: "anna", Role: gate.RoleSupervisor, Language: "en"}, Password: "correct horse 7"}})
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		use  func(*gate.Gate, gate.TokenHash) // each hour
		ends time.Duration
	}{
		"nothing":                         {func(*gate.Gate, gate.TokenHash) {}, 12 * time.Hour},
		"looked up, as an open page does": {func(g *gate.Gate, token gate.TokenHash) { _, _ = g.Holder(context.Background(), token) }, 12 * time.Hour},
		"used":                            {func(g *gate.Gate, token gate.TokenHash) { g.Used(context.Background(), token) }, 7 * 24 * time.Hour},
		"in a call":                       {func(g *gate.Gate, token gate.TokenHash) { g.InCall(context.Background(), token) }, 8 * 24 * time.Hour},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, err := gate.New(gate.Options{Accounts: store})
				if err != nil {
					t.Fatal(err)
				}
				token := signedIn(t, g)
				begun := time.Now()
				for time.Since(begun) < 20*24*time.Hour {
					c.use(g, token)
					if _, err := g.Holder(context.Background(), token); err != nil {
						break
					}
					time.Sleep(20 * time.Minute)
				}
				if lasted := time.Since(begun); lasted < c.ends || lasted > c.ends+20*time.Minute {
					t.Errorf("it lasted %s, expected %s", lasted, c.ends)
				}
			})
		})
	}
}

// signedIn signs Anna in, as a browser does, and returns the hash of her token.
func signedIn(t *testing.T, g *gate.Gate) (token gate.TokenHash) {
	t.Helper()
	var cookie http.Cookie
	ask := func(do func(ctx context.Context)) {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.AddCookie(&cookie)
		g.Admit(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { do(r.Context()) })).ServeHTTP(httptest.NewRecorder(), r)
	}
	cookie.Name = "x"
	ask(func(ctx context.Context) {
		_, cookies, err := g.SignIn(ctx, gate.Credentials{Login: "anna", Password: "correct horse 7"})
		if err != nil {
			t.Fatal(err)
		}
		cookie = cookies[0]
	})
	ask(func(ctx context.Context) {
		p, err := g.Who(ctx)
		if err != nil {
			t.Fatal(err)
		}
		token = p.Token
	})
	return token
}
