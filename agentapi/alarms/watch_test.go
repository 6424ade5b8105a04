package alarms

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func ids() func() string {
	n := 0
	return func() string { n++; return fmt.Sprint("a", n) }
}

func nothingGone(Of) bool { return false }

var crowd = Rule{ID: "crowd", Kind: Waiting, Bounds: Bounds{Raise: 10, Clear: 5, For: 30 * time.Second, ClearFor: time.Minute}}

// timetable says what happens at which second, as the value is.
func timetable(t *testing.T, w *Watch, r Rule, steps []struct {
	at    int
	value float64
	want  string
}) {
	t.Helper()
	begin := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	for _, s := range steps {
		got := ""
		seen := map[Key]Reading{{Rule: r.ID}: {Value: s.value, None: s.value < 0}}
		if s.value == unknown {
			seen = nil
		}
		for _, a := range w.Step(begin.Add(time.Duration(s.at)*time.Second), seen, nothingGone) {
			got = "raised " + a.ID
			if !a.Cleared.IsZero() {
				got = fmt.Sprintf("cleared %s, worst %v", a.ID, a.Worst)
			}
		}
		if got != s.want {
			t.Errorf("at %d s with %v: %q, not %q", s.at, s.value, got, s.want)
		}
	}
}

const unknown = -2

func TestAnAlarmIsRaisedAfterItHeldAndClearedBelowAnotherBound(t *testing.T) {
	w := NewWatch(ids())
	w.Change([]Rule{crowd})
	timetable(t, w, crowd, []struct {
		at    int
		value float64
		want  string
	}{
		{0, 10, ""}, {29, 12, ""}, {30, 9, ""}, // not long enough
		{31, 10, ""}, {60, 11, ""}, {61, 14, "raised a1"},
		{62, 5, ""}, {120, 3, ""}, {121, 6, ""}, // between the bounds: it goes on
		{122, 5, ""}, {150, unknown, ""}, {181, 0, ""}, {182, 4, "cleared a1, worst 14"},
		{183, 20, ""}, {213, 20, "raised a2"},
		{214, unknown, ""}, {900, unknown, ""}, // nothing is known, and nothing changes
		{901, -1, ""}, {961, -1, "cleared a2, worst 20"}, // nobody to judge is good
	})
	level := Rule{ID: "level", Kind: ServiceLevel, Bounds: Bounds{Raise: 0.6, Clear: 0.7, For: 10 * time.Second, ClearFor: 10 * time.Second}}
	w.Change([]Rule{level})
	timetable(t, w, level, []struct {
		at    int
		value float64
		want  string
	}{{0, 0.6, ""}, {10, 0.4, "raised a3"}, {11, 0.65, ""}, {12, 0.3, ""}, {13, 0.7, ""}, {23, 0.9, "cleared a3, worst 0.3"}})
}

func TestAnAlarmWhoseRuleLooksElsewhereAfterAReloadOrARestartIsOver(t *testing.T) {
	quick := Bounds{Raise: 2, Clear: 1, ClearFor: time.Minute}
	each := Rule{ID: "r", Kind: Waiting, Each: true, Bounds: quick}
	at := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		of      Of
		was, is Rule
		stays   bool
	}{
		"other bounds":               {Of{Queue: "q"}, each, Rule{ID: "r", Kind: Waiting, Each: true, Bounds: Bounds{Raise: 9, Clear: 1, ClearFor: time.Minute}}, true},
		"each, then together":        {Of{Queue: "q"}, each, Rule{ID: "r", Kind: Waiting, Bounds: quick}, false},
		"each, then this queue":      {Of{Queue: "q"}, each, Rule{ID: "r", Kind: Waiting, Of: Of{Queue: "q"}, Bounds: quick}, true},
		"each, then another queue":   {Of{Queue: "q"}, each, Rule{ID: "r", Kind: Waiting, Of: Of{Queue: "p"}, Bounds: quick}, false},
		"together, then each":        {Of{}, Rule{ID: "r", Kind: Waiting, Bounds: quick}, each, false},
		"a department, then another": {Of{Department: "d"}, Rule{ID: "r", Kind: Phones, Of: Of{Department: "d"}, Bounds: quick}, Rule{ID: "r", Kind: Phones, Of: Of{Department: "e"}, Bounds: quick}, false},
		"another kind":               {Of{Queue: "q"}, each, Rule{ID: "r", Kind: LongestWait, Each: true, Bounds: quick}, false},
	} {
		for _, restarted := range []bool{false, true} {
			w := NewWatch(ids())
			w.Change([]Rule{c.was})
			if raised := w.Step(at, map[Key]Reading{{"r", c.of}: {Value: 3}}, nothingGone); len(raised) != 1 {
				t.Fatalf("%s: raised is %+v", name, raised)
			}
			if restarted {
				before := w.Now()
				w = NewWatch(ids())
				w.Restore(before, time.Time{})
			}
			w.Change([]Rule{c.is})
			over := w.Step(at.Add(time.Second), nil, nothingGone)
			if c.stays && (len(over) != 0 || len(w.Now()) != 1) || !c.stays && (len(over) != 1 || !over[0].Gone || over[0].Cleared.IsZero() || len(w.Now()) != 0) {
				t.Errorf("%s, restarted %v: over is %+v, raised %+v", name, restarted, over, w.Now())
			}
		}
	}
}

// Values go up and down at random, about all bounds: an alarm never lasts shorter than its rule says, two of the same never follow each other
// sooner, what must be raised or cleared is, and there is one at most.
func TestNoAlarmFlapsWhateverTheValuesDo(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 12))
		kind := Kinds[random.IntN(len(Kinds))]
		bounds := Bounds{Raise: float64(5 + random.IntN(5)), For: time.Duration(random.IntN(20)) * time.Second, ClearFor: time.Duration(1+random.IntN(40)) * time.Second}
		bounds.Clear = bounds.Raise - float64(random.IntN(4))
		if kind.LessIsWorse() {
			bounds.Clear = bounds.Raise + float64(random.IntN(4))
		}
		r := Rule{ID: "r", Kind: kind, Bounds: bounds}
		w := NewWatch(ids())
		w.Change([]Rule{r})
		begin := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
		now, value := begin, 7.0
		var badSince, goodSince, lastRaise, lastClear time.Time
		raises := 0
		open := ""
		for range 2000 {
			now = now.Add(time.Duration(1+random.IntN(3000)) * time.Millisecond)
			if random.IntN(3) == 0 {
				value = max(0, value+float64(random.IntN(9)-4))
			}
			if random.IntN(200) == 0 { // killed, and the next one takes over what was raised
				before := w.Now()
				next := NewWatch(w.newID)
				next.Change([]Rule{r})
				next.Restore(before, time.Time{})
				w, badSince, goodSince = next, time.Time{}, time.Time{}
			}
			if random.IntN(10) == 0 {
				w.Step(now, nil, nothingGone)
				continue
			}
			if !r.worse(value) {
				badSince = time.Time{}
			} else if badSince.IsZero() {
				badSince = now
			}
			if !r.better(value) {
				goodSince = time.Time{}
			} else if goodSince.IsZero() {
				goodSince = now
			}
			changed := w.Step(now, map[Key]Reading{{Rule: "r"}: {Value: value}}, nothingGone)
			for _, a := range changed {
				switch {
				case a.Cleared.IsZero():
					raises++
					if open != "" || badSince.IsZero() || now.Sub(badSince) < r.For || !lastClear.IsZero() && now.Sub(lastClear) < r.For {
						t.Fatalf("seed %d: raised %s after %s of bad values, while %q was", seed, a.ID, now.Sub(badSince), open)
					}
					open, lastRaise = a.ID, now
				default:
					if a.ID != open || goodSince.IsZero() || now.Sub(goodSince) < r.ClearFor || now.Sub(lastRaise) < r.ClearFor {
						t.Fatalf("seed %d: cleared %s after %s of good values and %s in all", seed, a.ID, now.Sub(goodSince), now.Sub(lastRaise))
					}
					open, lastClear = "", now
					badSince = time.Time{}
				}
			}
			switch {
			case open == "" && !badSince.IsZero() && now.Sub(badSince) >= r.For && len(changed) == 0:
				t.Fatalf("seed %d: bad for %s, and nothing is raised", seed, now.Sub(badSince))
			case open != "" && !goodSince.IsZero() && goodSince.After(lastRaise) && now.Sub(goodSince) >= r.ClearFor:
				t.Fatalf("seed %d: good for %s, and it is not cleared", seed, now.Sub(goodSince))
			}
			if all := w.Now(); len(all) > 1 || (open != "") != (len(all) == 1) {
				t.Fatalf("seed %d: raised are %+v, and %q should be", seed, all, open)
			}
		}
		if most := int(now.Sub(begin)/(r.For+r.ClearFor)) + 1; raises > most {
			t.Errorf("seed %d: raised %d times in %s, %d would be all that may be", seed, raises, now.Sub(begin), most)
		}
	}
}

func TestOneSeesToAnAlarmAndItIsSortedBehindThoseThatNobodySeesTo(t *testing.T) {
	w := NewWatch(ids())
	quick := func(id string, urgent bool) Rule {
		return Rule{ID: id, Kind: Phones, Urgent: urgent, Bounds: Bounds{Raise: 1, Clear: 0, ClearFor: time.Second}}
	}
	w.Change([]Rule{quick("old", false), quick("urgent", true), quick("seen", true)})
	at := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	w.Step(at, map[Key]Reading{{Rule: "old"}: {Value: 1}}, nothingGone)
	w.Step(at.Add(time.Second), map[Key]Reading{{Rule: "seen"}: {Value: 1}}, nothingGone)
	w.Step(at.Add(2*time.Second), map[Key]Reading{{Rule: "urgent"}: {Value: 3}}, nothingGone)
	if a, first, ok := w.Acknowledge("a2", "olga", at.Add(3*time.Second)); !first || !ok || a.By != "olga" {
		t.Errorf("the first is told %+v", a)
	}
	if a, first, ok := w.Acknowledge("a2", "petr", at.Add(4*time.Second)); first || !ok || a.By != "olga" || !a.SeenAt.Equal(at.Add(3*time.Second)) {
		t.Errorf("the second is told %+v", a)
	}
	if _, _, ok := w.Acknowledge("a9", "petr", at); ok {
		t.Error("one that is not raised was acknowledged")
	}
	var order []string
	for _, a := range w.Now() {
		order = append(order, a.Rule)
	}
	if want := []string{"urgent", "old", "seen"}; !slices.Equal(order, want) {
		t.Errorf("they stand as %v", order)
	}
	// What a reload takes away is over, and says so.
	w.Change([]Rule{quick("old", false), quick("urgent", true)})
	over := w.Step(at.Add(5*time.Second), nil, nothingGone)
	if len(over) != 1 || over[0].Rule != "seen" || !over[0].Gone || over[0].Cleared.IsZero() {
		t.Errorf("over is %+v", over)
	}
	// An alarm that was raised while the database could not be read goes on as the one of before.
	w.Restore([]Raised{{ID: "before", Rule: "old", Kind: Phones, At: at.Add(-time.Hour), By: "vera"}}, time.Time{})
	if all := w.Now(); len(all) != 2 || all[1].ID != "before" || all[1].By != "vera" {
		t.Errorf("after the database is back there are %+v", all)
	}
}
