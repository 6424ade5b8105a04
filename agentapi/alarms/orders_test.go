package alarms

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/desk"
	"hotline/tickets"
)

func TestBoundsThatWereOrderedCountAsLongAsTheyFitTheRule(t *testing.T) {
	a := New(Options{Rules: []Rule{crowd}, Present: desk.NewPresent(&desk.Lineup{}), Terms: func() tickets.Terms { return tickets.Terms{} }})
	if _, err := a.Order(t.Context(), "crowd", agentapi.AlarmBounds{Raise: 20, Clear: 7, ForS: 30, ClearForS: 60}, "olga"); err != nil {
		t.Fatal(err)
	}
	level := Rule{ID: "crowd", Kind: ServiceLevel, Bounds: Bounds{Raise: 0.6, Clear: 0.7, ClearFor: time.Minute}}
	for _, c := range []struct {
		name  string
		rule  Rule
		raise float64
		by    bool
	}{
		{"the same rule", crowd, 20, true},
		{"one that looks at something else, in other measures", level, 0.6, false},
		{"the same again", crowd, 20, true},
	} {
		a.Change([]Rule{c.rule})
		if judged, shown := a.watch.rules[0], a.Rules()[0]; judged.Raise != c.raise || shown.Raise != c.raise || (shown.At != nil) != c.by {
			t.Errorf("%s is judged by %+v, and shown as %+v", c.name, judged, shown)
		}
	}
	if _, err := a.Order(t.Context(), "crowd", agentapi.AlarmBounds{Off: true}, "olga"); err != nil {
		t.Fatal(err)
	}
	a.Change([]Rule{level})
	if !a.watch.rules[0].Off {
		t.Error("a rule that was turned off is on after a reload")
	}
}

// slate is an OrderStore in memory, after which others have their turn.
type slate struct {
	mu  sync.Mutex
	all map[string]Order
}

func (s *slate) OrderBounds(_ context.Context, o Order) error {
	defer runtime.Gosched()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all[o.Rule] = o
	return nil
}

func (s *slate) TakeBackBounds(_ context.Context, rule string) error {
	defer runtime.Gosched()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, rule)
	return nil
}

func (s *slate) BoundsOrders(context.Context) ([]Order, error) { return nil, nil }

func TestWhatIsOrderedIsTheSameInTheDatabaseAndHere(t *testing.T) {
	kept := &slate{all: map[string]Order{}}
	a := New(Options{Rules: []Rule{crowd}, Orders: kept, Present: desk.NewPresent(&desk.Lineup{}), Terms: func() tickets.Terms { return tickets.Terms{} }})
	for round := range 200 {
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				var err error
				if i == 0 {
					_, err = a.TakeBack(t.Context(), "crowd")
				} else {
					_, err = a.Order(t.Context(), "crowd", agentapi.AlarmBounds{Raise: float64(20 + i), Clear: 7, ForS: 30, ClearForS: 60}, "olga")
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if here, there := a.orders["crowd"], kept.all["crowd"]; here != there {
			t.Fatalf("round %d: here it is %+v, in the database %+v", round, here, there)
		}
	}
}

func TestACursorThatIsNoneIsRefused(t *testing.T) {
	last := Raised{ID: "01890000-0000-7000-8000-000000000001", At: time.Date(2026, 11, 30, 9, 0, 0, 1000, time.UTC)}
	if got, err := readCursor(cursorAt(last)); err != nil || got != last {
		t.Errorf("read is %+v, %v", got, err)
	}
	for _, none := range []string{"x", "1", "1.", "1." + strings.Repeat("x", 36), "x." + last.ID, "1." + strings.Repeat("0", 36)} {
		if got, err := readCursor(none); err == nil {
			t.Errorf("%q is read as %+v", none, got)
		}
	}
}
