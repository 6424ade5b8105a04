package watch

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotline/telephony/hours"
	"hotline/tickets"
	"hotline/tickets/clock"
	"hotline/tickets/due"
	"hotline/tickets/life"
)

// notebook is a store that notes what it is asked, and is away at times. Its fields are for one goroutine at a time, as synctest has it.
type notebook struct {
	away     bool
	reckoned []time.Time
	renewed  []string
	changed  int // tickets that are to be reckoned
	spoilt   int // tickets that cannot be
}

func (n *notebook) Reckon(_ context.Context, most int, _ func(*due.File), spoilt func(tickets.Number, error)) (int, error) {
	if n.away {
		return 0, errors.New("the database is away")
	}
	for ; n.spoilt > 0; n.spoilt-- {
		spoilt("100014", errors.New("illegible"))
	}
	some := min(n.changed, most)
	n.changed -= some
	n.reckoned = append(n.reckoned, time.Now())
	return some, nil
}

func (n *notebook) ReckonAnew(_ context.Context, _, terms string) error {
	if n.away {
		return errors.New("the database is away")
	}
	n.renewed = append(n.renewed, terms)
	return nil
}

func (n *notebook) Tend(context.Context, tickets.Number, func(*due.File) ([]life.Outcome, error)) error {
	return nil
}

func (n *notebook) Awake(context.Context, time.Time, int) ([]tickets.Number, error) { return nil, nil }

func TestTicketsThatChangeAreReckonedSoonAndNotEachApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &notebook{}
		w := New(Options{Store: n})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- w.Run(ctx) }()
		time.Sleep(500 * time.Millisecond)
		synctest.Wait()
		if len(n.reckoned) != 1 || len(n.renewed) != 1 {
			t.Errorf("at first it was reckoned %d times, and renewed %d times", len(n.reckoned), len(n.renewed))
		}
		n.changed = 250
		before := time.Now()
		for range 50 { // in a hundred milliseconds
			w.Changed()
			time.Sleep(2 * time.Millisecond)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if n.changed != 0 || !n.reckoned[1].Equal(before) || len(n.reckoned) > 7 {
			t.Errorf("%d tickets are left; it was reckoned at %v", n.changed, n.reckoned)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestOtherTermsCountOnceTheDatabaseIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &notebook{away: true}
		w := New(Options{Store: n})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- w.Run(ctx) }()
		time.Sleep(2 * time.Hour)
		w.Change(due.Terms{Terms: tickets.Terms{Agreement: "gold"}})
		time.Sleep(time.Minute)
		synctest.Wait()
		n.away = false
		time.Sleep(2 * resign)
		synctest.Wait()
		if want := []string{fingerprint(*w.terms.Load())}; !slices.Equal(n.renewed, want) || len(n.reckoned) == 0 {
			t.Errorf("renewed as %v, not %v, and reckoned %d times", n.renewed, want, len(n.reckoned))
		}
		stop()
		<-ended
	})
}

// Failing is told when it begins, and when it ends; tickets that cannot be reckoned are counted, and told once for all that were found together.
func TestWhatIsNotReckonedIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told bytes.Buffer
		n := &notebook{away: true}
		w := New(Options{Store: n, Log: slog.New(slog.NewTextHandler(&told, nil))})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- w.Run(ctx) }()
		for _, away := range []bool{true, false, true, false} {
			synctest.Wait()
			n.away = away
			time.Sleep(time.Hour)
		}
		synctest.Wait()
		n.spoilt = 3
		time.Sleep(time.Hour)
		stop()
		<-ended
		for what, want := range map[string]int{"level=WARN": 2, "level=INFO": 2, "level=ERROR": 1, "ticket=100014 err=illegible tickets=3": 1} {
			if got := strings.Count(told.String(), what); want != got {
				t.Errorf("%s is told %d times, not %d:\n%s", what, got, want, &told)
			}
		}
		if w.Spoilt() != 3 {
			t.Errorf("%d are counted", w.Spoilt())
		}
	})
}

func TestTermsAreTheSameWhereNothingIsOther(t *testing.T) {
	terms := func(zone string, within time.Duration) due.Terms {
		c := &hours.Calendar{Zone: time.FixedZone(zone, 0)}
		return due.Terms{
			Terms:            tickets.Terms{Departments: map[string]tickets.DepartmentTerms{"a": {Hours: c}, "b": {Hours: c}}},
			DepartmentClocks: map[string]clock.DepartmentAgreement{"a": {Calendar: c, Within: within}},
		}
	}
	one := fingerprint(terms("x", time.Hour))
	if fingerprint(terms("x", time.Hour)) != one {
		t.Error("the same terms have two fingerprints")
	}
	for _, other := range []due.Terms{terms("y", time.Hour), terms("x", time.Minute)} {
		if fingerprint(other) == one {
			t.Error("other terms have the same fingerprint")
		}
	}
}
