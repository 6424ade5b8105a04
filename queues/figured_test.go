package queues_test

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hotline/queues"
	"hotline/queues/figures"
)

// The benchmark's offices keep their figures as in service.
func init() {
	queues.OfficeLedger = func(c queues.Config, began time.Time) queues.Listener { return figures.NewLedger(c, began) }
}

// books are a ledger's, with what was taken from it, as a store would keep it.
type books struct {
	*figures.Ledger
	kept map[figures.Subject]map[time.Time]figures.Sums
}

// keep takes what the ledger has, in small pieces.
func (b *books) keep() {
	for from, more := 0, true; more; {
		var some []figures.Entry
		some, from, more = b.TakeSome(from, 3)
		for _, e := range some {
			if b.kept[e.Subject] == nil {
				b.kept[e.Subject] = map[time.Time]figures.Sums{}
			}
			b.kept[e.Subject][e.From] = e.Sums
		}
	}
}

// recount is the same figures, reckoned by an onlooker who adds each moment to each subject.
type recount map[figures.Subject]*figures.Sums

func (r recount) of(kind figures.SubjectKind, id string) *figures.Sums {
	of := figures.Subject{Kind: kind, ID: id}
	if r[of] == nil {
		r[of] = &figures.Sums{}
	}
	return r[of]
}

// pass lets time pass, as agents stand.
func (r recount) pass(day queues.RandomDay, d time.Duration) {
	for id, a := range day.Agents() {
		own := r.of(figures.OfAgent, string(id))
		var can []*figures.Sums
		if skilled, signedIn := day.Skilled(id); signedIn {
			for s := range skilled.Skills {
				can = append(can, r.of(figures.OfSkill, string(s)))
			}
			for _, q := range day.Queues() {
				if skilled.Can(q.Skills...) {
					can = append(can, r.of(figures.OfQueue, string(q.ID)))
				}
			}
		}
		for _, s := range append(can, own) {
			switch {
			case a.Activity == queues.Talking || a.Activity == queues.OnHold || a.Activity == queues.Consulting || a.Activity == queues.WrapUp:
				s.Busy += d
			case a.Availability == queues.Ready:
				s.Ready += d
			case a.Availability == queues.NotReady && s == own:
				s.Add(&figures.Sums{Reasons: []figures.ReasonTime{{Reason: a.Reason, For: d}}})
			}
		}
	}
}

// judge holds the sums of all quarters against the onlooker's, and what came against what became of it.
func (r recount) judge(t *rapid.T, b *books, day queues.RandomDay) {
	now := day.Now()
	b.Settle(now)
	b.keep()
	total := map[figures.Subject]*figures.Sums{}
	for of, quarters := range b.kept {
		total[of] = &figures.Sums{}
		var today figures.Sums
		for at, s := range quarters {
			total[of].Add(&s)
			if !at.Before(time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)) {
				today.Add(&s)
			}
		}
		said := b.Today(of)
		if today.Reasons, said.Reasons = nil, nil; !reflect.DeepEqual(today, said) {
			t.Fatalf("%v today: %+v, in its quarters %+v", of, said, today)
		}
	}
	for of, want := range r {
		got := total[of]
		if got == nil {
			got = &figures.Sums{}
		}
		all, _ := got.NotReady()
		wantAll, _ := want.NotReady()
		if got.Ready != want.Ready || got.Busy != want.Busy || all != wantAll {
			t.Fatalf("%v: ready %s, busy %s, not ready %s; the onlooker saw %s, %s, %s", of, got.Ready, got.Busy, all, want.Ready, want.Busy, wantAll)
		}
	}
	for of, s := range total {
		left := s.Offered - s.Answered - s.CalledBack
		if of.Kind == figures.OfAgent {
			left -= s.Missed + s.Declined + s.Revoked + s.Failed
		} else {
			left -= s.Abandoned + s.Overflowed + s.NotReached + s.CalledIn + s.Withdrawn
		}
		if now := there(day, of); left != now {
			t.Fatalf("%v: of %+v are left %d, and %d are there", of, *s, left, now)
		}
	}
}

// there counts who waits in a queue, who waits and needs a skill, or what rings at an agent's.
func there(day queues.RandomDay, of figures.Subject) (n int) {
	if of.Kind == figures.OfAgent {
		n = day.WaitsInVain(queues.AgentID(of.ID)) // offered, and no more than that
	}
	for _, q := range day.Unanswered() {
		switch {
		case of.Kind == figures.OfQueue && string(q.Queue) == of.ID, of.Kind == figures.OfAgent && q.With != "" && string(q.With) == of.ID:
			n++
		case of.Kind == figures.OfSkill:
			for _, need := range q.Needs {
				if string(need.Skill) == of.ID {
					n++
				}
			}
		}
	}
	return n
}

func TestWhatCameIsWhatBecameOfItAndTimesAddUpOnRandomDays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		day := queues.NewRandomDay(t)
		r, err := queues.New(queues.RandomDayConfig())
		if err != nil {
			t.Fatal(err)
		}
		start := day.Now().Add(-time.Hour) // so that nobody is of before
		b := &books{figures.NewLedger(queues.RandomDayConfig(), start), map[figures.Subject]map[time.Time]figures.Sums{}}
		onlooker := recount{}
		for range rapid.IntRange(1, 150).Draw(t, "events") {
			e := day.Draw(t)
			d := time.Duration(rapid.SampledFrom([]int{0, 0, 1, 3, 10, 60, 1000}).Draw(t, "seconds")) * time.Second
			onlooker.pass(day, d) // deadlines take effect when they are told
			day.Step(t, d, e)
			for _, e := range []queues.Event{queues.Tick{}, e} {
				b.Stepped(day.Now(), e, r.Step(day.Now(), e))
			}
			if rapid.IntRange(0, 9).Draw(t, "keep") == 0 {
				onlooker.judge(t, b, day)
			}
		}
		onlooker.judge(t, b, day)
	})
}
