package postgres_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"hotline/queues"
	"hotline/queues/figures"
	"hotline/queues/postgres"
	calendar "hotline/telephony/hours"
)

var moscow = func() *time.Location {
	place, err := time.LoadLocation("Europe/Moscow")
	if err != nil {
		panic(err)
	}
	return place
}()

// emptyFigures deletes all that is kept of figures.
func emptyFigures(t testing.TB) *postgres.Store {
	t.Helper()
	if _, err := pool.Exec(t.Context(), `TRUNCATE figures, figures_not_ready, figures_sums, figures_summed`); err != nil {
		t.Fatal(err)
	}
	return postgres.New(pool)
}

func keepEntries(t testing.TB, s *postgres.Store, run string, entries ...figures.Entry) {
	t.Helper()
	if err := s.SaveFigures(t.Context(), run, entries); err != nil {
		t.Fatal(err)
	}
}

// didAt is what a subject did in a quarter: n of this and that.
func didAt(kind figures.SubjectKind, id string, from time.Time, n int) figures.Entry {
	e := figures.Entry{From: from, Subject: figures.Subject{Kind: kind, ID: id}, Sums: figures.Sums{
		Offered: n, Answered: n / 2, InTarget: n / 3, Waited: time.Duration(n) * time.Second, Longest: time.Duration(n) * time.Second, Handled: n, Talk: time.Duration(n) * time.Minute,
		CallsMade: n, CallsAnswered: n / 2, CallsTalk: time.Duration(n) * time.Second, Ready: time.Duration(n) * time.Second, Busy: time.Duration(n) * time.Second,
	}}
	if kind == figures.OfAgent {
		e.Sums.Reasons = []figures.ReasonTime{{Reason: queues.Break, For: time.Duration(n) * time.Second, Overdue: time.Duration(n/2) * time.Second}, {Reason: queues.Lunch, For: time.Second}}
	}
	return e
}

// reasonless is sums whose reasons are not told apart.
func reasonless(s figures.Sums) figures.Sums {
	if all, overdue := s.NotReady(); all > 0 {
		s.Reasons = []figures.ReasonTime{{For: all, Overdue: overdue}}
	}
	return s
}

// TestHistoryIsTheSumOfTheQuartersHoweverItIsKept asks for random times in random steps, before days are summed up, after it, and after late quarters.
func TestHistoryIsTheSumOfTheQuartersHoweverItIsKept(t *testing.T) {
	s := emptyFigures(t)
	chance := rand.New(rand.NewPCG(1, 2))
	now := time.Date(2026, 3, 20, 13, 7, 0, 0, moscow)
	begin := calendar.DayBegins(now, -52)
	var all []figures.Entry
	for at := begin; at.Before(now); at = at.Add(figures.Quarter) {
		for _, of := range []figures.Subject{{Kind: figures.OfQueue, ID: "help"}, {Kind: figures.OfQueue, ID: "sales"}, {Kind: figures.OfAgent, ID: "anna"}, {Kind: figures.OfAgent, ID: "boris"}} {
			if chance.IntN(3) == 0 {
				all = append(all, didAt(of.Kind, of.ID, at.UTC(), 1+chance.IntN(20)))
			}
		}
	}
	keepEntries(t, s, "one", all...)
	check := func(when string) {
		t.Helper()
		for range 60 {
			kind := []figures.SubjectKind{figures.OfQueue, figures.OfAgent}[chance.IntN(2)]
			q := figures.HistoryQuestion{Kind: kind, Times: someTimes(chance, begin, now)}
			if chance.IntN(3) == 0 {
				q.IDs = []string{"help", "anna"}
			}
			want := historyOf(all, q)
			got, err := s.History(t.Context(), moscow, q)
			if err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("%s, of %s %v between %v:\n%v, want\n%v", when, q.Kind, q.IDs, q.Times, got, want)
			}
		}
	}
	check("before any day is summed up")
	if n, err := s.SumUp(t.Context(), moscow, now); err != nil || n != 52 {
		t.Fatalf("%d days are summed up, want 52: %v", n, err)
	}
	check("when days are summed up")
	if n, err := s.SumUp(t.Context(), moscow, now); err != nil || n != 0 {
		t.Fatalf("%d days are summed up again: %v", n, err)
	}
	late := didAt(figures.OfQueue, "help", calendar.DayBegins(now, -3).Add(10*time.Hour).UTC(), 7)
	keepEntries(t, s, "two", late) // another run's
	all = append(all, late)
	check("when a quarter has come late")
	if n, err := s.SumUp(t.Context(), moscow, now); err != nil || n != 1 {
		t.Fatalf("%d days are summed up anew, want the one of the late quarter: %v", n, err)
	}
	check("when its day is summed up anew")
	if n, err := s.SumUp(t.Context(), time.UTC, now); err != nil || n == 0 {
		t.Fatalf("at another place %d days are summed up: %v", n, err)
	}
	check("when the days are those of another place")
	var zones int
	if err := pool.QueryRow(t.Context(), `SELECT count(DISTINCT zone) FROM figures_sums`).Scan(&zones); err != nil || zones != 1 {
		t.Errorf("days of %d places are kept: %v", zones, err)
	}
}

// someTimes are bounds of steps: of quarters, hours, days or weeks, from and to anywhere.
func someTimes(chance *rand.Rand, begin, now time.Time) (times []time.Time) {
	at := begin.Add(time.Duration(chance.IntN(52*96)-96) * figures.Quarter)
	if chance.IntN(2) == 0 {
		at = calendar.DayBegins(at.In(moscow), 0)
	}
	step := []func(time.Time) time.Time{
		func(t time.Time) time.Time { return t.Add(figures.Quarter) }, func(t time.Time) time.Time { return t.Add(time.Hour) },
		func(t time.Time) time.Time { return calendar.DayBegins(t.In(moscow), 1) }, func(t time.Time) time.Time { return calendar.DayBegins(t.In(moscow), 17) },
	}[chance.IntN(4)]
	for n := 2 + chance.IntN(9); n > 0; n-- {
		times, at = append(times, at), step(at)
	}
	return times
}

// historyOf is a history as it is defined: the sum of quarters.
func historyOf(all []figures.Entry, q figures.HistoryQuestion) figures.History {
	h := figures.History{Steps: make([]figures.Sums, len(q.Times)-1)}
	each := map[string]*figures.Sums{}
	for _, e := range all {
		for i := range h.Steps {
			if e.Subject.Kind == q.Kind && (q.IDs == nil || slices.Contains(q.IDs, e.Subject.ID)) && !e.From.Before(q.Times[i]) && e.From.Before(q.Times[i+1]) {
				h.Steps[i].Add(&e.Sums)
				if each[e.Subject.ID] == nil {
					each[e.Subject.ID] = &figures.Sums{}
				}
				each[e.Subject.ID].Add(&e.Sums)
			}
		}
	}
	for i, s := range h.Steps {
		h.Steps[i] = reasonless(s)
	}
	for id, s := range each {
		h.Subjects = append(h.Subjects, figures.SubjectSums{ID: id, Sums: reasonless(*s)})
	}
	slices.SortFunc(h.Subjects, func(a, b figures.SubjectSums) int { return map[bool]int{true: -1, false: 1}[a.ID < b.ID] })
	return h
}

// A day that is hardly over is not summed up: its last quarter is still to be written.
func TestADayIsSummedUpWhenItsLastQuarterHasCome(t *testing.T) {
	s := emptyFigures(t)
	midnight := time.Date(2026, 3, 20, 0, 0, 0, 0, moscow)
	keepEntries(t, s, "one", didAt(figures.OfQueue, "help", midnight.Add(-figures.Quarter).UTC(), 3))
	for after, want := range map[time.Duration]int{time.Minute: 0, 9 * time.Minute: 0, 11 * time.Minute: 1} {
		if _, err := pool.Exec(t.Context(), `TRUNCATE figures_sums, figures_summed`); err != nil {
			t.Fatal(err)
		}
		if n, err := s.SumUp(t.Context(), moscow, midnight.Add(after)); err != nil || n != want {
			t.Errorf("%s after midnight %d days are summed up, want %d: %v", after, n, want, err)
		}
	}
}
