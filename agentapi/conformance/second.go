package conformance

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hotline/agentapi/gate"
)

var paper = gate.SecondFactor{Secret: []byte("sealed"), Step: 100, Recovery: [][]byte{{1, 1}, {2, 2}, {3, 3}}}

// withSecond seats Anna and Boris, and gives Anna a second factor.
func withSecond(t *testing.T, s Store) (anna, boris gate.Account, hash string) {
	t.Helper()
	anna, boris = annaAndBoris(t, s)
	_, hash, err := s.ByLogin(t.Context(), anna.Login)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.TurnOn(t.Context(), anna.ID, hash, paper, gate.TokenHash{}); err != nil {
		t.Fatal(err)
	}
	anna.SecondFactor = true
	return anna, boris, hash
}

func annaAndBoris(t *testing.T, s Store) (a, b gate.Account) {
	t.Helper()
	a, b = anna(), boris()
	seat(t, s, a, b)
	return a, b
}

func secondFactor(t *testing.T, s Store) {
	a, b := annaAndBoris(t, s)
	here, elsewhere, beside := open(t, s, a, 1, time.Hour), open(t, s, a, 2, time.Hour), open(t, s, b, 3, time.Hour)
	_, hash, err := s.ByLogin(t.Context(), a.Login)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SecondFactor(t.Context(), a.ID); !errors.Is(err, gate.ErrNoAccount) {
		t.Errorf("before it is turned on: %v", err)
	}
	if err := s.TurnOn(t.Context(), a.ID, "another hash", paper, here); !errors.Is(err, gate.ErrNoAccount) {
		t.Errorf("by another password: %v", err)
	}
	if err := s.TurnOn(t.Context(), a.ID, hash, paper, here); err != nil {
		t.Fatal(err)
	}
	if err := s.TurnOn(t.Context(), a.ID, hash, gate.SecondFactor{Secret: []byte("another")}, here); !errors.Is(err, gate.ErrNoAccount) {
		t.Errorf("a second time: %v", err)
	}
	a.SecondFactor = true
	mustBe(t, s, here, noon, a)
	mustBe(t, s, elsewhere, noon, gate.Account{})
	mustBe(t, s, beside, noon, b)
	f, err := s.SecondFactor(t.Context(), a.ID)
	if err != nil || string(f.Secret) != "sealed" || f.Step != 100 || len(f.Recovery) != 3 {
		t.Errorf("it is %+v, %v", f, err)
	}
	for range 2 { // a restart, with another name: the second factor stays
		a.Name = "Anna"
		seat(t, s, a, b)
		mustBe(t, s, here, noon, a)
	}
	if found, _, err := s.ByLogin(t.Context(), a.Login); err != nil || !found.SecondFactor {
		t.Errorf("by the login it is %+v, %v", found, err)
	}
	if err := s.TurnOff(t.Context(), a.ID, gate.TokenHash{}); err != nil {
		t.Fatal(err)
	}
	mustBe(t, s, here, noon, gate.Account{})
	mustBe(t, s, beside, noon, b)
	if found, _, err := s.ByLogin(t.Context(), a.Login); err != nil || found.SecondFactor {
		t.Errorf("turned off it is %+v, %v", found, err)
	}
	if err := s.TurnOn(t.Context(), a.ID, hash, paper, here); err != nil {
		t.Errorf("turned on again: %v", err)
	}
	if err := s.TurnOff(t.Context(), gate.NewAccountID(), here); !errors.Is(err, gate.ErrNoAccount) {
		t.Errorf("nobody's: %v", err)
	}
}

func secondNeeded(t *testing.T, s Store) {
	a, _, hash := withSecond(t, s)
	in := gate.SignIn{Token: gate.TokenHash{9}, Account: a.ID, Opened: noon, Expires: noon.Add(time.Hour)}
	if err := s.Open(t.Context(), in, hash); !errors.Is(err, gate.ErrNoAccount) {
		t.Errorf("by the password alone: %v", err)
	}
	in.Second = true
	if err := s.Open(t.Context(), in, hash); err != nil {
		t.Errorf("with a code: %v", err)
	}
	mustBe(t, s, in.Token, noon, a)
}

func codesOnce(t *testing.T, s Store) {
	a, b, _ := withSecond(t, s)
	use := func(id gate.AccountID, secret string, c gate.Code) error {
		return s.UseCode(t.Context(), id, []byte(secret), c)
	}
	for _, c := range []struct {
		what   string
		id     gate.AccountID
		secret string
		code   gate.Code
		right  bool
	}{
		{"the last step", a.ID, "sealed", gate.Code{Step: 100}, false},
		{"an earlier step", a.ID, "sealed", gate.Code{Step: 99}, false},
		{"a later step of another second factor", a.ID, "another", gate.Code{Step: 101}, false},
		{"a later step of somebody without one", b.ID, "sealed", gate.Code{Step: 101}, false},
		{"a later step", a.ID, "sealed", gate.Code{Step: 102}, true},
		{"the same again", a.ID, "sealed", gate.Code{Step: 102}, false},
		{"a step before it", a.ID, "sealed", gate.Code{Step: 101}, false},
		{"a recovery code", a.ID, "sealed", gate.Code{Recovery: []byte{2, 2}}, true},
		{"the same again", a.ID, "sealed", gate.Code{Recovery: []byte{2, 2}}, false},
		{"none of them", a.ID, "sealed", gate.Code{Recovery: []byte{4, 4}}, false},
	} {
		if err := use(c.id, c.secret, c.code); (err == nil) != c.right || err != nil && !errors.Is(err, gate.ErrNoAccount) {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	f, err := s.SecondFactor(t.Context(), a.ID)
	if err != nil || f.Step != 102 || len(f.Recovery) != 2 || slices.ContainsFunc(f.Recovery, func(h []byte) bool { return h[0] == 2 }) {
		t.Errorf("what is left: %+v, %v", f, err)
	}
	for _, code := range []gate.Code{{Step: 200}, {Recovery: []byte{1, 1}}} {
		var right atomic.Int64
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				if use(a.ID, "sealed", code) == nil {
					right.Add(1)
				}
			})
		}
		if all.Wait(); right.Load() != 1 {
			t.Errorf("of ten who use %+v at the same time it counts for %d", code, right.Load())
		}
	}
}
