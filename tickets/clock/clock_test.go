package clock

import (
	"testing"
	"time"
	_ "time/tzdata" // machines without a database of time zones run these tests, too

	"hotline/telephony/hours"
	"hotline/telephony/words"
)

func place(t testing.TB, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// june is a time of June 2026 in Moscow, whose first is a Monday: "5 16:00" is a Friday's afternoon.
func june(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-1 2 15:04", "2026-6 "+text, place(t, "Europe/Moscow"))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// office is open Monday to Friday from 9 to 18, with an hour of lunch at 13; closed on Friday, June 12, which is Russia's day.
func office(t testing.TB) *hours.Calendar {
	t.Helper()
	c := &hours.Calendar{
		Dates: map[string][]hours.Span{"2026-06-12": nil},
		Names: map[string]words.Text{"2026-06-12": {"ru": "День России", "en": "Russia Day"}},
		Zone:  place(t, "Europe/Moscow"),
	}
	for d := time.Monday; d <= time.Friday; d++ {
		c.Week[d] = []hours.Span{{From: 9 * time.Hour, To: 13 * time.Hour}, {From: 14 * time.Hour, To: 18 * time.Hour}}
	}
	return c
}

// contract is two hours to react and sixteen to solve, in the office's hours, with a warning at three quarters.
func contract(t testing.TB) *Agreement {
	t.Helper()
	return &Agreement{
		ID: "contract", Name: words.Text{"en": "Contract"}, Calendar: office(t),
		Target: Target{Reaction: 2 * time.Hour, Resolution: 16 * time.Hour}, Warn: Warn{Share: 0.75},
	}
}

// one is the only clock of a kind in a cycle.
func one(t testing.TB, clocks []Clock, kind Kind, cycle int) Clock {
	t.Helper()
	var found []Clock
	for _, c := range clocks {
		if c.Kind == kind && c.Cycle == cycle {
			found = append(found, c)
		}
	}
	if len(found) != 1 {
		t.Fatalf("there are %d clocks of %s in cycle %d: %+v", len(found), kind, cycle, clocks)
	}
	return found[0]
}

func due(t testing.TB, c Clock, want string) {
	t.Helper()
	if at := june(t, want); !c.Due.Equal(at) {
		t.Errorf("the clock of %s is due at %s, not %s", c.Kind, c.Due.Format("Mon 2 15:04:05"), at.Format("Mon 2 15:04:05"))
	}
}
