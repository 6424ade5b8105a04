package scorecard

import (
	"fmt"
	"math/rand"
	"reflect"
	"slices"
	"testing"
)

// TestASampleIsTheSameForWhoeverAsks: of each agent as many, one that is gone moves no other, and another week has others.
func TestASampleIsTheSameForWhoeverAsks(t *testing.T) {
	var calls []Recorded
	for i := range 200 {
		calls = append(calls, Recorded{Call: fmt.Sprint("c", i), Agent: []string{"anna", "boris"}[i%2]})
	}
	calls = append(calls, calls[:20]...) // in two pieces
	calls = append(calls, Recorded{Call: "one", Agent: "vera"})
	drawn := Sample("usual", "2026-11-23", 3, calls)
	if len(drawn) != 7 || drawn[0].Agent != "anna" || drawn[6].Agent != "vera" {
		t.Fatalf("drawn are %+v", drawn)
	}
	for i := range drawn[1:] {
		if drawn[i].Call == drawn[i+1].Call {
			t.Errorf("%s is drawn twice", drawn[i].Call)
		}
	}
	rand.New(rand.NewSource(5)).Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
	if again := Sample("usual", "2026-11-23", 3, calls); !reflect.DeepEqual(again, drawn) {
		t.Errorf("drawn again are %+v", again)
	}
	if other := Sample("usual", "2026-11-16", 3, calls); reflect.DeepEqual(other[:3], drawn[:3]) {
		t.Error("another week has the same lots")
	}
	calls = slices.DeleteFunc(calls, func(c Recorded) bool { return c.Call == drawn[0].Call })
	if left := Sample("usual", "2026-11-23", 3, calls); !reflect.DeepEqual(left[:2], drawn[1:3]) || !reflect.DeepEqual(left[3:], drawn[3:]) {
		t.Errorf("without one they are %+v", left)
	}
}
