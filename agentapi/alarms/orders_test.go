package alarms

import (
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
