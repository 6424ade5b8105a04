package postgres_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"hotline/queues"
	"hotline/queues/figures"
	"hotline/queues/postgres"
)

// desk is a run that writes only when it is asked for figures: whoever stops using it has killed it.
func desk(t *testing.T, s *postgres.Store, run string) *shift {
	t.Helper()
	c := queues.Config{Queues: []queues.Queue{{ID: "help", Skills: []queues.Need{{Skill: "fix"}}, WrapUp: time.Minute}}}
	router, err := queues.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return &shift{t: t, began: time.Now(), router: router, books: postgres.NewBookkeeper(s, run, c, slog.New(slog.DiscardHandler))}
}

// tellAgo tells events of a time ago.
func (w *shift) tellAgo(ago time.Duration, events ...queues.Event) {
	w.t.Helper()
	for _, e := range events {
		if err := w.step(time.Now().Add(-ago), e); err != nil {
			w.t.Fatal(err)
		}
	}
}

// near says whether a time is as long as wanted, but for what the test has taken so far: time goes on while it tells of times ago.
func (w *shift) near(d, want time.Duration) bool {
	return (d - want).Abs() < 500*time.Millisecond+time.Since(w.began)
}

// asks is a caller who speaks Russian.
func asks(call queues.RequestID) queues.Event {
	return queues.Enqueued{Request: queues.Request{ID: call, Queue: "help", Extra: []queues.Need{{Skill: "lang:ru", Level: 1}}}}
}

// speaks is an agent who comes, ready, and can serve them.
func speaks() []queues.Event {
	anna := queues.Agent{ID: "anna", Name: "Anna", Skills: map[queues.Skill]queues.Level{"fix": 3, "lang:ru": 5}}
	return []queues.Event{queues.PhoneChanged{Agent: "anna", Reachable: true}, queues.AgentSignedIn{Agent: anna, Availability: queues.Ready}}
}

// answersAgo lets anna come and answer c1.
func (w *shift) answersAgo(ago time.Duration) {
	w.t.Helper()
	w.tellAgo(ago, speaks()...)
	w.tellAgo(ago, asks("c1"))
	w.tellAgo(ago, queues.OfferAnswered{Offer: w.offer})
}

// everywhere judges what is counted of all runs for the agent, the queue and the skills.
func (w *shift) everywhere(why string, judge func(figures.Sums) bool) {
	w.t.Helper()
	for _, of := range []figures.Subject{
		{Kind: figures.OfAgent, ID: "anna"}, {Kind: figures.OfQueue, ID: "help"}, {Kind: figures.OfSkill, ID: "fix"}, {Kind: figures.OfSkill, ID: "lang:ru"},
	} {
		if sums := w.now(of.Kind, of.ID); !judge(sums) {
			w.t.Errorf("%s: the figures of %s %s are %+v", why, of.Kind, of.ID, sums)
		}
	}
}

// wrapUps are the wrap-ups that a run takes up.
func (w *shift) wrapUps(talksAreKnown bool) []queues.WrapUpRestored {
	w.t.Helper()
	all, err := w.books.WrapUps(w.t.Context(), talksAreKnown)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func (w *shift) endsHandlings() int {
	w.t.Helper()
	n, err := w.books.EndHandlings(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *shift) anna() queues.AgentState { return w.router.Snapshot().Agents[0] }

// TestWorkIsFiledAfterTheTalkThatIsWrittenLate: a talk ends, and the work after it is filed, while the database still takes that it goes on. The wrap-up that the
// next run makes of it does not begin after that was filed, by which it would come back.
func TestWorkIsFiledAfterTheTalkThatIsWrittenLate(t *testing.T) {
	s := noFigures(t)
	first := desk(t, s, "run1")
	first.answersAgo(time.Minute)
	slow, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := slow.Exec(t.Context(), `LOCK TABLE figures_handling`); err != nil {
		t.Fatal(err)
	}
	written := make(chan struct{})
	go func() { defer close(written); first.now(figures.OfAgent, "anna") }()
	soon(t, "the write waits", func() bool {
		var waits bool
		return pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)`).Scan(&waits) == nil && waits
	})
	filed := time.Now()
	if err := slow.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-written
	all := desk(t, s, "run2").wrapUps(true)
	if len(all) != 1 || all[0].Since.After(filed) {
		t.Errorf("what was filed at %s is older than %+v", filed, all)
	}
}

// Whenever Hotline is killed, and however long before that it wrote for the last time: who was answered is handled once.
func TestACallIsHandledOnceWheneverHotlineIsKilled(t *testing.T) {
	for written := range 7 {
		for killed := written; killed < 7; killed++ {
			s := noFigures(t)
			first := desk(t, s, "run1")
			first.tell(speaks()...)
			first.tell(asks("c1"))
			steps := []func() queues.Event{
				func() queues.Event { return queues.OfferAnswered{Offer: first.offer} },
				func() queues.Event { return queues.TalkHeld{Request: "c1"} },
				func() queues.Event { return queues.TalkResumed{Request: "c1"} },
				func() queues.Event { return queues.TalkEnded{Request: "c1"} },
				func() queues.Event { return queues.WrapUpExtended{Agent: "anna"} },
				func() queues.Event { return queues.WrapUpFinished{Agent: "anna"} },
				func() queues.Event { first.tell(asks("c2")); return queues.OfferAnswered{Offer: first.offer} },
			}
			for i, next := range steps[:killed+1] {
				first.tell(next())
				if i == 0 || i == written { // so that there is something of before in the table
					first.now(figures.OfAgent, "anna")
				}
			}
			second := desk(t, s, "run2")
			handled := 1
			if a := first.anna(); a.Activity == queues.Talking || a.Activity == queues.OnHold {
				second.tell(queues.TalkRestored{
					Agent: "anna", Request: a.Request, Queue: "help", Since: a.ActivitySince, Extra: []queues.Need{{Skill: "lang:ru", Level: 1}},
				})
				if a.Request == "c2" {
					handled = 2
				}
			}
			for _, e := range second.wrapUps(true) {
				_ = second.step(time.Now(), e) // who talks again has no time for it
			}
			second.tell(speaks()...)
			second.endsHandlings()
			if a := second.anna(); a.Activity == queues.Talking {
				second.tell(queues.TalkEnded{Request: a.Request})
			}
			if second.anna().Activity == queues.WrapUp {
				second.tell(queues.WrapUpFinished{Agent: "anna"})
			}
			why := fmt.Sprintf("written after step %d, killed after step %d", written, killed)
			second.everywhere(why, func(s figures.Sums) bool { return s.Handled == handled })
			third := desk(t, s, "run3")
			if n := len(third.wrapUps(true)) + third.endsHandlings(); n != 0 {
				t.Errorf("%s: %d are left for a third run", why, n)
			}
		}
	}
}

func TestAWrapUpGoesOnInTheNextRunWithTheTimeThatItHad(t *testing.T) {
	s := noFigures(t)
	first := desk(t, s, "run1")
	first.answersAgo(100 * time.Second)
	first.tellAgo(80*time.Second, queues.TalkHeld{Request: "c1"})
	first.tellAgo(70*time.Second, queues.TalkResumed{Request: "c1"})
	first.tellAgo(40*time.Second, queues.TalkEnded{Request: "c1"}, queues.WrapUpExtended{Agent: "anna"})
	first.now(figures.OfAgent, "anna")
	was := first.anna()

	second := desk(t, s, "run2")
	all := second.wrapUps(false)
	if len(all) != 1 {
		t.Fatalf("restored are %+v", all)
	}
	e := all[0]
	near := first.near
	if !near(e.Talk, 50*time.Second) || !near(e.Hold, 10*time.Second) || len(e.Extra) != 1 || e.Extra[0].Skill != "lang:ru" {
		t.Errorf("restored is %+v", e)
	}
	second.tell(e)
	second.tell(speaks()...)
	if a := second.anna(); a.Activity != queues.WrapUp || !near(a.Deadline.Sub(was.Deadline), 0) || !near(a.ActivitySince.Sub(was.ActivitySince), 0) {
		t.Errorf("she was %+v, and is %+v", was, a)
	}
	if n := second.endsHandlings(); n != 0 {
		t.Errorf("%d were ended, and the only one goes on", n)
	}
	second.tell(queues.WrapUpFinished{Agent: "anna"})
	second.everywhere("after it", func(s figures.Sums) bool {
		return s.Handled == 1 && near(s.Talk, 50*time.Second) && near(s.Hold, 10*time.Second) && near(s.WrapUp, 40*time.Second)
	})
}

func TestAWrapUpWhoseTimeIsOverCountsUntilThenAndIsNotTakenUp(t *testing.T) {
	s := noFigures(t)
	first := desk(t, s, "run1")
	first.answersAgo(130 * time.Second)
	first.tellAgo(70*time.Second, queues.TalkEnded{Request: "c1"})
	first.now(figures.OfAgent, "anna")
	second := desk(t, s, "run2")
	if all := second.wrapUps(true); len(all) != 0 {
		t.Errorf("restored are %+v", all)
	}
	if n := second.endsHandlings(); n != 1 {
		t.Errorf("%d were ended", n)
	}
	second.everywhere("after it", func(s figures.Sums) bool {
		return s.Handled == 1 && first.near(s.Talk, time.Minute) && s.WrapUp == time.Minute
	})
}

// Who talked when Hotline was there last, and talks no more, has a note to write. Where not all talks are known yet, one may go on.
func TestATalkThatEndedBetweenTwoRunsIsWrappedUpSinceThen(t *testing.T) {
	s := noFigures(t)
	first := desk(t, s, "run1")
	first.answersAgo(30 * time.Second)
	first.tellAgo(20*time.Second, asks("c2")) // waits, and leaves with Hotline
	first.now(figures.OfAgent, "anna")
	seen := time.Now()
	second := desk(t, s, "run2")
	if all := second.wrapUps(false); len(all) != 0 {
		t.Errorf("restored are %+v, and the talk may go on", all)
	}
	all := second.wrapUps(true)
	if len(all) != 1 || !first.near(all[0].Talk, 30*time.Second) || !first.near(seen.Sub(all[0].Since), 0) || all[0].Deadline.Sub(all[0].Since) != time.Minute {
		t.Fatalf("restored are %+v, seen at %s", all, seen)
	}
	second.endsGone(nobodyLives)
	if n := second.endsHandlings(); n != 1 { // she has signed in meanwhile
		t.Errorf("%d were ended", n)
	}
	second.everywhere("after it", func(s figures.Sums) bool {
		return s.Handled == 1 && first.near(s.Talk, 30*time.Second) && s.WrapUp == 0
	})
}

// While somebody talks it is noted when Hotline was there last.
func TestARunInWhichSomebodyTalksIsSeen(t *testing.T) {
	s := noFigures(t)
	w := desk(t, s, "run1")
	w.tell(speaks()...)
	w.tell(asks("c1"))
	w.tell(queues.OfferAnswered{Offer: w.offer})
	seen := func() (at time.Time) {
		w.now(figures.OfAgent, "anna")
		if err := pool.QueryRow(t.Context(), `SELECT seen FROM figures_runs WHERE run = 'run1'`).Scan(&at); err != nil {
			t.Fatal(err)
		}
		return at
	}
	if first, then := seen(), seen(); !then.After(first) {
		t.Errorf("seen at %s, and then at %s", first, then)
	}
}

// A talk that is found late, after the wrap-up of before was finished, and before anything was written of that.
func TestAWrapUpIsNotLeftBehindByATalkThatIsFoundLate(t *testing.T) {
	s := noFigures(t)
	first := desk(t, s, "run1")
	first.tell(speaks()...)
	first.tell(asks("c1"))
	first.tell(queues.OfferAnswered{Offer: first.offer}, queues.TalkEnded{Request: "c1"})
	first.now(figures.OfAgent, "anna")
	second := desk(t, s, "run2")
	second.tell(second.wrapUps(true)[0])
	second.tell(speaks()...)
	second.tell(queues.WrapUpFinished{Agent: "anna"}, queues.TalkRestored{Agent: "anna", Request: "c2", Queue: "help"})
	if sums := second.now(figures.OfAgent, "anna"); sums.Handled != 1 {
		t.Errorf("handled are %+v", sums)
	}
	third := desk(t, s, "run3")
	if all := third.wrapUps(true); len(all) != 1 || all[0].Request != "c2" {
		t.Errorf("left are %+v", all)
	}
}

// A handling that is over leaves its table in the very transaction in which it comes into the figures, whatever else there is to write.
func TestAHandlingIsNeverBothKeptAndCounted(t *testing.T) {
	s := noFigures(t)
	w := desk(t, s, "run1")
	w.tell(speaks()...)
	w.tell(asks("c1"))
	w.tell(queues.OfferAnswered{Offer: w.offer}, queues.TalkEnded{Request: "c1"})
	w.now(figures.OfAgent, "anna")
	for i := range 4100 { // more than one statement writes
		id := queues.AgentID(fmt.Sprint("agent ", i))
		w.tell(queues.AgentSignedIn{Agent: queues.Agent{ID: id, Skills: map[queues.Skill]queues.Level{"other": 1}}}, queues.AgentReady{Agent: id})
	}
	w.tell(queues.WrapUpFinished{Agent: "anna"})
	rename := func(from, to string) {
		if _, err := pool.Exec(t.Context(), `ALTER TABLE `+from+` RENAME TO `+to); err != nil {
			t.Fatal(err)
		}
	}
	sums := func() (handled, kept int) {
		err := pool.QueryRow(t.Context(), `SELECT (SELECT sum(handled) FROM figures), (SELECT count(*) FROM figures_handling)`).Scan(&handled, &kept)
		if err != nil {
			t.Fatal(err)
		}
		return handled, kept
	}
	rename("figures_handling", "elsewhere")
	_, err := w.books.Figures(t.Context(), anAgent, hours(), 10)
	rename("elsewhere", "figures_handling")
	if handled, kept := sums(); err == nil || handled != 0 || kept != 1 {
		t.Errorf("in the midst of it %d are counted and %d kept: %v", handled, kept, err)
	}
	w.now(figures.OfAgent, "anna")
	if handled, kept := sums(); handled != 4 || kept != 0 { // agent, queue, two skills
		t.Errorf("after it %d are counted and %d kept", handled, kept)
	}
}
