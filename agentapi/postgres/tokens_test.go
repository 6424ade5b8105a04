package postgres_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"hotline/agentapi/gate"
	"hotline/agentapi/postgres"
)

func TestATokenIsKeptByItsHashAndRevokedForGood(t *testing.T) {
	pool := database(t)
	s := postgres.New(pool)
	token, hash := gate.NewToken()
	at := time.Now().UTC().Truncate(time.Microsecond)
	m := gate.Machine{Name: "prometheus", Hash: hash, Scopes: []gate.Scope{gate.ReadMetrics}, Created: at, By: "olga", Expires: at.Add(time.Hour)}
	if err := s.MakeToken(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if err := s.MakeToken(t.Context(), gate.Machine{Name: "prometheus", Hash: gate.TokenHash{1}, Scopes: m.Scopes, Created: at, By: "olga"}); !errors.Is(err, postgres.ErrTokenThere) {
		t.Errorf("a second one of the name: %v", err)
	}
	ended := gate.Machine{Name: "old", Hash: gate.TokenHash{2}, Scopes: m.Scopes, Created: at, By: "olga", Expires: at.Add(-time.Hour)}
	if err := s.MakeToken(t.Context(), ended); err != nil {
		t.Fatal(err)
	}
	g, err := gate.New(gate.Options{Accounts: s, Tokens: s})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := g.Machine(t.Context(), token); err != nil || got.Name != "prometheus" || !slices.Equal(got.Scopes, m.Scopes) || !got.Expires.Equal(m.Expires) {
		t.Errorf("the token is %+v, %v", got, err)
	}
	if was, err := s.RevokeToken(t.Context(), "prometheus", "vera", at); !was || err != nil {
		t.Errorf("revoked: %t, %v", was, err)
	}
	if was, err := s.RevokeToken(t.Context(), "prometheus", "vera", at); was || err != nil {
		t.Errorf("revoked twice: %t, %v", was, err)
	}
	if all, err := s.Machines(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("let in are %+v, %v", all, err)
	}
	all, err := s.AllMachines(t.Context())
	if err != nil || len(all) != 2 || all[1].Name != "prometheus" || all[1].Revoked.IsZero() || all[1].LastUsed.IsZero() {
		t.Errorf("there were %+v, %v", all, err)
	}
	if err := s.MakeToken(t.Context(), gate.Machine{Name: "prometheus", Hash: gate.TokenHash{3}, Scopes: m.Scopes, Created: at, By: "olga"}); err != nil {
		t.Errorf("a new one of the name: %v", err)
	}
}
