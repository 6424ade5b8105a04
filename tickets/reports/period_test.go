package reports

import (
	"math"
	"testing"
	"time"
)

func place(t *testing.T, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestDaysEndByTheClocksOfThePlace(t *testing.T) {
	for _, c := range []struct {
		place, first, last string
		hours              []float64
	}{
		{"Europe/Moscow", "2026-03-28", "2026-03-30", []float64{24, 24, 24}},
		{"Europe/Berlin", "2026-03-28", "2026-03-30", []float64{24, 23, 24}},
		{"Europe/Berlin", "2026-10-24", "2026-10-26", []float64{24, 25, 24}},
		{"America/Sao_Paulo", "2018-11-03", "2018-11-05", []float64{24, 23, 24}}, // set forward at midnight: the 4th begins at one
		{"America/Havana", "2026-10-31", "2026-11-02", []float64{24, 25, 24}},    // set back at one: midnight comes twice
	} {
		p, err := FromTo(c.first, c.last, place(t, c.place))
		if err != nil {
			t.Fatal(err)
		}
		starts := append(p.Starts(ByDay), p.To)
		if len(starts) != len(c.hours)+1 {
			t.Fatalf("%s: %d days", c.place, len(starts)-1)
		}
		for i, want := range c.hours {
			if got := starts[i+1].Sub(starts[i]).Hours(); got != want {
				t.Errorf("%s: day %d, from %v, has %v hours, want %v", c.place, i+1, starts[i], got, want)
			}
		}
		if p.First() != c.first || p.Last() != c.last {
			t.Errorf("%s: from %s to %s", c.place, p.First(), p.Last())
		}
	}
}

func TestWeeksBeginOnMondayAndMonthsOnTheFirst(t *testing.T) {
	p, err := FromTo("2026-01-30", "2026-03-03", place(t, "Europe/Moscow"))
	if err != nil {
		t.Fatal(err)
	}
	for g, want := range map[Group][]string{
		ByWeek:  {"2026-01-30", "2026-02-02", "2026-02-09", "2026-02-16", "2026-02-23", "2026-03-02"},
		ByMonth: {"2026-01-30", "2026-02-01", "2026-03-01"},
	} {
		var got []string
		for _, s := range p.Starts(g) {
			got = append(got, s.Format(time.DateOnly))
		}
		if len(got) != len(want) {
			t.Fatalf("by %s: %v, want %v", g, got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("by %s: %v, want %v", g, got, want)
			}
		}
	}
}

func TestPeriodIsHeldAgainstAsManyDaysOfTheOneBefore(t *testing.T) {
	moscow := place(t, "Europe/Moscow")
	now := time.Date(2026, 3, 30, 22, 30, 0, 0, time.UTC) // the 31st in Moscow, a Tuesday
	for span, want := range map[Span][4]string{
		Today:   {"2026-03-31", "2026-03-31", "2026-03-30", "2026-03-30"},
		Week:    {"2026-03-30", "2026-03-31", "2026-03-23", "2026-03-24"},
		Month:   {"2026-03-01", "2026-03-31", "2026-02-01", "2026-02-28"},
		Quarter: {"2026-01-01", "2026-03-31", "2025-10-01", "2025-12-29"},
		Year:    {"2026-01-01", "2026-03-31", "2025-01-01", "2025-03-31"},
	} {
		p, err := This(span, now, moscow)
		if err != nil {
			t.Fatal(err)
		}
		b := p.Before()
		if got := [4]string{p.First(), p.Last(), b.First(), b.Last()}; got != want {
			t.Errorf("%s: %v, want %v", span, got, want)
		}
	}
	p, _ := FromTo("2026-03-10", "2026-03-14", moscow)
	if b := p.Before(); b.First() != "2026-03-05" || b.Last() != "2026-03-09" {
		t.Errorf("before five days come %s to %s", b.First(), b.Last())
	}
	for _, wrong := range [][2]string{{"2026-03-10", "2026-03-09"}, {"2010-01-01", "2026-01-01"}, {"2026-02-30", "2026-03-01"}, {"", "2026-03-01"}} {
		if _, err := FromTo(wrong[0], wrong[1], moscow); err == nil {
			t.Errorf("from %q to %q is taken", wrong[0], wrong[1])
		}
	}
}

func TestShareOfNothingIsNoValueAndTotalsAreOfCounts(t *testing.T) {
	q := Question{Report: promisesReport, Group: ByPerson}
	a := q.Finish(map[string][]float64{"anna": {1, 3, 0, 2}, "boris": {8, 0, 1, 0}, "": {0, 0, 2, 0}, "nobody": {0, 0, 0, 0}})
	if len(a.Rows) != 3 {
		t.Errorf("a row of nothing is told: %+v", a.Rows)
	}
	if got := promisesReport.Of(a.Total, "share"); got != 0.75 { // and not the mean of a quarter and one
		t.Errorf("in total %v were kept", got)
	}
	if got := promisesReport.Of(a.Rows[0], "share"); !math.IsNaN(got) {
		t.Errorf("the share of nothing is %v", got)
	}
	for _, r := range All() {
		for _, c := range r.Columns {
			if !c.Hidden && (c.Title["ru"] == "" || c.Title["en"] == "" || c.Rule["ru"] == "" || c.Rule["en"] == "") {
				t.Errorf("%s of %s has no words", c.Key, r.Name)
			}
		}
		for _, g := range r.Groups {
			if g.Title()["ru"] == "" || g.Title()["en"] == "" {
				t.Errorf("group %s has no words", g)
			}
		}
	}
}
