package gate_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"hotline/agentapi/gate"
	"hotline/agentapi/memory"
)

// slowTokens are tokens in accounts that hang, once away is set.
type slowTokens struct {
	all  []gate.Machine
	away bool
}

func (s *slowTokens) Machines(ctx context.Context) ([]gate.Machine, error) {
	if s.away {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return s.all, nil
}

func (s *slowTokens) Used(ctx context.Context, _ []string, _ time.Time) error {
	if s.away {
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

// TestProgramsGoOnWhileTheAccountsHang, also beside somebody who tries tokens.
func TestProgramsGoOnWhileTheAccountsHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		token, hash := gate.NewToken()
		store := &slowTokens{all: []gate.Machine{{Name: "scrape", Hash: hash, Scopes: []gate.Scope{gate.ReadMetrics}}}}
		g, err := gate.New(gate.Options{Accounts: &memory.Accounts{}, Tokens: store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := g.Machine(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		store.away = true
		time.Sleep(2 * time.Minute)
		began := time.Now()
		for range 20 {
			if _, err := g.Machine(t.Context(), token); err != nil {
				t.Fatal(err)
			}
			if _, err := g.Machine(t.Context(), token+"x"); err == nil {
				t.Fatal("a wrong token is let in")
			}
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("20 requests take %s", took)
		}
	})
}
