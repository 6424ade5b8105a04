// Package conformance is what every store of accounts must do, as one suite: run by
// agentapi/memory and by agentapi/postgres on a real database.
package conformance

import (
	"context"
	"errors"
	"testing"
	"time"

	"hotline/agentapi"
)

// Store is an agentapi.Accounts that can be filled.
type Store interface {
	agentapi.Accounts
	Put(ctx context.Context, a agentapi.Account, passwordHash string) error
	PutByLogin(ctx context.Context, a agentapi.Account, passwordHash string) (agentapi.AccountID, error)
	Disable(ctx context.Context, id agentapi.AccountID) error
}

// Run runs the suite. Each part gets a store that is empty.
func Run(t *testing.T, empty func(t *testing.T) Store) {
	parts := map[string]func(*testing.T, Store){
		"AnAccountIsFoundByItsLoginAsItWasPut":        foundByLogin,
		"AnUnknownLoginIsNoAccount":                   unknownLogin,
		"PutAgainChangesTheAccountAndKeepsItsSignIns": putAgain,
		"PutByLoginKeepsTheIdOfWhoIsThere":            putByLogin,
		"ALoginBelongsToOneAccount":                   loginTaken,
		"AnAgentHasOneAccount":                        agentTaken,
		"AWrongAccountIsRefused":                      wrongAccount,
		"ASignInIsFoundUntilItExpires":                expires,
		"AClosedSignInIsGoneAndTheOthersStay":         closed,
		"ADisabledAccountIsOutAtOnce":                 disabled,
		"ASignInOfNobodyIsRefused":                    ofNobody,
	}
	for name, part := range parts {
		t.Run(name, func(t *testing.T) { part(t, empty(t)) })
	}
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func anna() agentapi.Account {
	return agentapi.Account{
		ID: agentapi.NewAccountID(), Login: "anna", Name: "Анна О’Нил <b>",
		Role: agentapi.RoleAgent, Language: "ru", Agent: "7", Seat: true,
	}
}

func boris() agentapi.Account {
	return agentapi.Account{
		ID: agentapi.NewAccountID(), Login: "boris", Name: "Boris",
		Role: agentapi.RoleSupervisor, Language: "en",
	}
}

func put(t *testing.T, s Store, a agentapi.Account) agentapi.Account {
	t.Helper()
	if err := s.Put(t.Context(), a, "hash of "+a.Login); err != nil {
		t.Fatalf("put %s: %v", a.Login, err)
	}
	return a
}

func open(t *testing.T, s Store, a agentapi.Account, token byte, lasts time.Duration) agentapi.TokenHash {
	t.Helper()
	in := agentapi.SignIn{Token: agentapi.TokenHash{token}, Account: a.ID, Opened: noon, Expires: noon.Add(lasts)}
	if err := s.Open(t.Context(), in); err != nil {
		t.Fatalf("open a sign-in of %s: %v", a.Login, err)
	}
	return in.Token
}

// mustBe expects a sign-in to lead to an account as it is; the zero Account expects none.
func mustBe(t *testing.T, s Store, token agentapi.TokenHash, at time.Time, want agentapi.Account) {
	t.Helper()
	got, _, err := s.BySignIn(t.Context(), token, at)
	if want.ID == "" {
		if !errors.Is(err, agentapi.ErrNoAccount) {
			t.Fatalf("sign-in %x at %s: got %+v, %v; expected ErrNoAccount", token[:1], at, got, err)
		}
		return
	}
	if err != nil || got != want {
		t.Fatalf("sign-in %x at %s: got %+v, %v; expected %+v", token[:1], at, got, err, want)
	}
}

func foundByLogin(t *testing.T, s Store) {
	for _, want := range []agentapi.Account{put(t, s, anna()), put(t, s, boris())} {
		got, hash, err := s.ByLogin(t.Context(), want.Login)
		if err != nil || got != want || hash != "hash of "+want.Login {
			t.Errorf("got %+v, %q, %v; expected %+v", got, hash, err, want)
		}
	}
}

func unknownLogin(t *testing.T, s Store) {
	put(t, s, anna())
	for _, login := range []string{"", "Anna", "anna ", "a", "' OR 1=1 --"} {
		if _, _, err := s.ByLogin(t.Context(), login); !errors.Is(err, agentapi.ErrNoAccount) {
			t.Errorf("login %q: %v; expected ErrNoAccount", login, err)
		}
	}
}

func putAgain(t *testing.T, s Store) {
	a := put(t, s, anna())
	token := open(t, s, a, 1, time.Hour)
	a.Login, a.Name, a.Seat, a.Agent = "anna.k", "Анна К.", false, "8"
	if err := s.Put(t.Context(), a, "another hash"); err != nil {
		t.Fatal(err)
	}
	if got, hash, err := s.ByLogin(t.Context(), "anna.k"); err != nil || got != a || hash != "another hash" {
		t.Errorf("got %+v, %q, %v", got, hash, err)
	}
	if _, _, err := s.ByLogin(t.Context(), "anna"); !errors.Is(err, agentapi.ErrNoAccount) {
		t.Errorf("the old login: %v; expected ErrNoAccount", err)
	}
	mustBe(t, s, token, noon, a)
}

func putByLogin(t *testing.T, s Store) {
	a := boris()
	a.ID = ""
	first, err := s.PutByLogin(t.Context(), a, "hash")
	if err != nil || first == "" {
		t.Fatalf("got %q, %v", first, err)
	}
	a.Name = "Boris the Second"
	again, err := s.PutByLogin(t.Context(), a, "another hash")
	if err != nil || again != first {
		t.Fatalf("got %q, %v; expected %q", again, err, first)
	}
	if got, hash, err := s.ByLogin(t.Context(), "boris"); err != nil || got.Name != a.Name || got.ID != first || hash != "another hash" {
		t.Errorf("got %+v, %q, %v", got, hash, err)
	}
}

func loginTaken(t *testing.T, s Store) {
	put(t, s, anna())
	b := boris()
	b.Login = "anna"
	if err := s.Put(t.Context(), b, "hash"); err == nil {
		t.Error("a second account has the same login")
	}
}

func agentTaken(t *testing.T, s Store) {
	put(t, s, anna())
	b := boris()
	b.Agent = "7"
	if err := s.Put(t.Context(), b, "hash"); err == nil {
		t.Error("a second account has the same agent")
	}
}

func wrongAccount(t *testing.T, s Store) {
	wrong := map[string]func(*agentapi.Account){
		"no login":         func(a *agentapi.Account) { a.Login = "" },
		"upper case":       func(a *agentapi.Account) { a.Login = "Anna" },
		"unknown role":     func(a *agentapi.Account) { a.Role = "owner" },
		"unknown language": func(a *agentapi.Account) { a.Language = "de" },
		"agent without":    func(a *agentapi.Account) { a.Agent = "" },
	}
	for name, spoil := range wrong {
		a := anna()
		spoil(&a)
		if err := s.Put(t.Context(), a, "hash"); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func expires(t *testing.T, s Store) {
	a := put(t, s, anna())
	token := open(t, s, a, 1, time.Hour)
	mustBe(t, s, token, noon, a)
	mustBe(t, s, token, noon.Add(time.Hour-time.Second), a)
	mustBe(t, s, token, noon.Add(time.Hour), agentapi.Account{})
	mustBe(t, s, agentapi.TokenHash{9}, noon, agentapi.Account{})
	if _, until, err := s.BySignIn(t.Context(), token, noon); err != nil || !until.Equal(noon.Add(time.Hour)) {
		t.Errorf("expires %s, %v; expected %s", until, err, noon.Add(time.Hour))
	}
}

func closed(t *testing.T, s Store) {
	a := put(t, s, anna())
	one, two := open(t, s, a, 1, time.Hour), open(t, s, a, 2, time.Hour)
	for range 2 { // the second time it is not there, and no error
		if err := s.Close(t.Context(), one); err != nil {
			t.Fatal(err)
		}
	}
	mustBe(t, s, one, noon, agentapi.Account{})
	mustBe(t, s, two, noon, a)
}

func disabled(t *testing.T, s Store) {
	a, b := put(t, s, anna()), put(t, s, boris())
	one, two := open(t, s, a, 1, time.Hour), open(t, s, b, 2, time.Hour)
	if err := s.Disable(t.Context(), a.ID); err != nil {
		t.Fatal(err)
	}
	mustBe(t, s, one, noon, agentapi.Account{})
	mustBe(t, s, two, noon, b)
	if _, _, err := s.ByLogin(t.Context(), a.Login); !errors.Is(err, agentapi.ErrNoAccount) {
		t.Errorf("sign in to a disabled account: %v", err)
	}
	in := agentapi.SignIn{Token: agentapi.TokenHash{3}, Account: a.ID, Opened: noon, Expires: noon.Add(time.Hour)}
	if err := s.Open(t.Context(), in); err == nil {
		mustBe(t, s, in.Token, noon, agentapi.Account{})
	}
}

func ofNobody(t *testing.T, s Store) {
	in := agentapi.SignIn{Token: agentapi.TokenHash{1}, Account: boris().ID, Opened: noon, Expires: noon.Add(time.Hour)}
	if err := s.Open(t.Context(), in); !errors.Is(err, agentapi.ErrNoAccount) {
		t.Errorf("got %v; expected ErrNoAccount", err)
	}
}
