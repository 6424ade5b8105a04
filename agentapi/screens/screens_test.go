package screens

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"hotline/agentapi"
)

// shelf is a Store in memory; meanwhile happens while a screen is kept or changed in it.
type shelf struct {
	all       map[string]Screen
	meanwhile func()
}

func (s *shelf) Screens(context.Context) (all []Screen, _ error) {
	for _, o := range s.all {
		all = append(all, o)
	}
	return all, nil
}

func (s *shelf) KeepScreen(_ context.Context, o Screen) error {
	if s.meanwhile != nil {
		s.meanwhile()
	}
	s.all[o.ID] = o
	return nil
}

func (s *shelf) ChangeScreen(_ context.Context, id, name string, shows Shows) (bool, error) {
	o, there := s.all[id]
	if there {
		o.Name, o.Shows = name, shows
		s.all[id] = o
	}
	if s.meanwhile != nil {
		s.meanwhile()
	}
	return there, nil
}

func (s *shelf) DropScreen(_ context.Context, id string) error { delete(s.all, id); return nil }

func TestAScreenThatIsTakenAwayWhileItIsChangedStaysAway(t *testing.T) {
	kept := &shelf{all: map[string]Screen{}}
	s := New(kept, nil)
	if err := s.read(t.Context()); err != nil {
		t.Fatal(err)
	}
	digits, secret, _, err := s.NewCode("192.0.2.1", "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	screen, err := s.Pair(t.Context(), digits, "Hall", Shows{Language: "en", Theme: "dark"}, "olga")
	if err != nil {
		t.Fatal(err)
	}
	if changed, err := s.Change(t.Context(), screen.ID, "Large hall", Shows{Language: "ru", Theme: "dark"}); err != nil || changed.Name != "Large hall" || kept.all[screen.ID].Shows.Language != "ru" {
		t.Errorf("changed is %+v, %v", changed, err)
	}
	kept.meanwhile = func() {
		if err := s.Drop(t.Context(), screen.ID); err != nil {
			t.Error(err)
		}
	}
	var p *agentapi.Problem
	if _, err := s.Change(t.Context(), screen.ID, "Hall", Shows{Language: "en", Theme: "dark"}); !errors.As(err, &p) || p.Code != agentapi.CodeNotFound {
		t.Errorf("a change of one that is taken away meanwhile: %v", err)
	}
	if _, state, err := s.Of(secret); state == In || err != nil || len(kept.all) != 0 {
		t.Errorf("after that it is %s, %v, and kept are %+v", state, err, kept.all)
	}
}

func TestASecretWhoseCodeWasTypedInItsLastSecondIsNotThrownAway(t *testing.T) {
	kept := &shelf{all: map[string]Screen{}}
	s := New(kept, nil)
	now := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	s.now = func() time.Time { return now }
	expect := func(secret string, want State) {
		t.Helper()
		if _, got, err := s.Of(secret); got != want || err != nil {
			t.Errorf("after %s it is %s, %v, not %s", now.Format(time.TimeOnly), got, err, want)
		}
	}
	if err := s.read(t.Context()); err != nil {
		t.Fatal(err)
	}
	digits, secret, _, err := s.NewCode("192.0.2.1", "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(codeLasts - time.Millisecond)
	expect(secret, Waits)
	kept.meanwhile = func() { // as it is kept
		now = now.Add(time.Second)
		expect(secret, Waits)
	}
	screen, err := s.Pair(t.Context(), digits, "Hall", Shows{Language: "en", Theme: "dark"}, "olga")
	if err != nil {
		t.Fatal(err)
	}
	expect(secret, In)
	kept.meanwhile = nil
	if err := s.Drop(t.Context(), screen.ID); err != nil {
		t.Fatal(err)
	}
	now = now.Add(codeLasts)
	expect(secret, Unknown) // and it asks for another code
}

func TestAFrameSaysHowOldItsFiguresAre(t *testing.T) {
	s := New(nil, nil)
	painted := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	s.now = func() time.Time { return painted.Add(20 * time.Second) }
	s.Show(agentapi.Wall{Now: painted}) // and nothing since
	if f := s.Frame(Screen{}); f.Now.Sub(f.Screen.Now) != 20*time.Second {
		t.Errorf("at %s the figures are of %s", f.Now, f.Screen.Now)
	}
}

func TestAScreenIsGivenItsCookieAnewOnceADay(t *testing.T) {
	s := New(nil, nil)
	now := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	s.now = func() time.Time { return now }
	for _, c := range []struct {
		after time.Duration
		hall  bool
	}{{0, true}, {time.Second, false}, {23 * time.Hour, false}, {time.Hour, true}, {time.Second, false}} {
		if now = now.Add(c.after); s.gives("hall") != c.hall {
			t.Errorf("at %s the screen is given it: %v", now, !c.hall)
		}
	}
	if !s.gives("foyer") {
		t.Error("another is not given its own")
	}
}

func TestAHouseholdHasFewCodesFromHoweverManyAddresses(t *testing.T) {
	s := New(nil, nil)
	code := func(address, household string) (refused bool) {
		_, _, _, err := s.NewCode(address, household)
		return err != nil
	}
	for i := range 8 {
		if refused := code(fmt.Sprintf("2001:db8::%d", i+1), "2001:db8::/64"); refused != (i >= codesOfOne) {
			t.Errorf("code %d of a household is refused: %v", i+1, refused)
		}
	}
	if code("2001:db8:0:1::1", "2001:db8:0:1::/64") {
		t.Error("another household gets none")
	}
}
