package postgres_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/queues"
	"hotline/queues/figures"
	"hotline/queues/postgres"
)

// nobodyLives is a switch in which all calls have ended.
func nobodyLives(queues.RequestID) bool { return false }

// noneBroke is a switch that has not died.
func noneBroke(queues.RequestID) bool { return false }

// stands is a request that came at a time.
func stands(call queues.RequestID, since time.Time) queues.Enqueued {
	return queues.Enqueued{Request: queues.Request{ID: call, Queue: "help", Arrived: since, Extra: []queues.Need{{Skill: "lang:ru", Level: 1}}}}
}

// endsGone ends who is gone, and returns how many.
func (w *shift) endsGone(lives func(queues.RequestID) bool) int {
	w.t.Helper()
	n, err := w.books.EndGone(w.t.Context(), lives, noneBroke)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// now are the sums of a subject, of all runs.
func (w *shift) now(kind figures.SubjectKind, id string) figures.Sums {
	w.t.Helper()
	entries, err := w.books.Figures(w.t.Context(), figures.Subject{Kind: kind, ID: id}, hours(), 10)
	if err != nil || len(entries) != 1 {
		w.t.Fatalf("%s: %+v, %v", id, entries, err)
	}
	return entries[0].Sums
}

// kept waits until the table of who waits is as wanted: "request of run", in the order of the requests.
func kept(t *testing.T, want string) {
	t.Helper()
	var got string
	soon(t, "kept as waiting is "+want, func() bool {
		err := pool.QueryRow(t.Context(), `SELECT coalesce(string_agg(request || ' of ' || run, ', ' ORDER BY request), '') FROM figures_waiting`).Scan(&got)
		return err == nil && got == want
	})
}

func TestWhoLeavesBetweenTwoRunsIsAbandonedOnceInTheFiguresAndTheDecisions(t *testing.T) {
	decisions, s := recorder(t), noFigures(t)
	since := time.Now().Add(-30 * time.Second)
	first := begin(t, s, "run1")
	for _, call := range []queues.RequestID{"a-leaves", "b-leaves", "c-stays", "d-ended", "e-was-told"} {
		first.tell(stands(call, time.Time{}))
	}
	first.tell(queues.Abandoned{Request: "d-ended"})
	first.tell(stands("f-long", since)) // came before the first run, too
	kept(t, "a-leaves of run1, b-leaves of run1, c-stays of run1, e-was-told of run1, f-long of run1")
	first.end()
	stopped := time.Now()

	second := begin(t, s, "run2")
	second.tell(stands("c-stays", stopped.Add(-time.Second)))
	if n := second.endsGone(func(id queues.RequestID) bool { return id == "e-was-told" }); n != 3 {
		t.Errorf("%d were ended", n)
	}
	if n := second.endsGone(nobodyLives); n != 0 {
		t.Errorf("%d were ended a second time", n)
	}
	for kind, id := range map[figures.SubjectKind]string{figures.OfQueue: "help", figures.OfSkill: "lang:ru"} {
		sums := second.now(kind, id)
		if sums.Offered != 5 || sums.Abandoned != 4 || sums.Longest < 30*time.Second || sums.Longest > 30*time.Second+stopped.Sub(since) {
			t.Errorf("the figures of %s are %+v", id, sums)
		}
	}
	soon(t, "today knows of them", func() bool { sums, complete := second.today(); return complete && sums.Abandoned == 4 })
	kept(t, "c-stays of run2")
	second.end()
	all, err := decisions.Of(t.Context(), "a-leaves")
	if err != nil || !slices.Equal(brief(all), []string{"abandoned "}) || all[0].At.After(stopped) || all[0].Queue != "help" || all[0].Facts.Short {
		t.Errorf("the story is %+v, %v", all, err)
	}
	if told := story(t, decisions, "e-was-told"); told != nil {
		t.Errorf("of a call that lives is told %q", told)
	}
	third := begin(t, s, "run3")
	if n := third.endsGone(nobodyLives); n != 1 || third.now(figures.OfQueue, "help").Abandoned != 5 {
		t.Errorf("after another restart %d were ended: %+v", n, third.now(figures.OfQueue, "help"))
	}
	kept(t, "")
}

// TestWhoseCallBrokeOffBetweenTwoRunsHasAbandonedNothing, and who is to be called back waits on.
func TestWhoseCallBrokeOffBetweenTwoRunsHasAbandonedNothing(t *testing.T) {
	decisions, s := recorder(t), noFigures(t)
	first := begin(t, s, "run1")
	first.tell(stands("a-lost", time.Time{}), stands("b-called-back", time.Time{}), stands("c-leaves", time.Time{}))
	kept(t, "a-lost of run1, b-called-back of run1, c-leaves of run1")
	first.end()
	second := begin(t, s, "run2")
	back := stands("b-called-back", time.Now().Add(-time.Minute))
	back.Request.Callback = true
	second.tell(back)
	n, err := second.books.EndGone(t.Context(), nobodyLives, func(id queues.RequestID) bool { return id != "c-leaves" })
	if err != nil || n != 2 {
		t.Errorf("%d were ended: %v", n, err)
	}
	if sums := second.now(figures.OfQueue, "help"); sums.Abandoned != 1 || sums.ShortAbandoned > 1 {
		t.Errorf("the figures are %+v", sums)
	}
	kept(t, "b-called-back of run2")
	second.end()
	if all, err := decisions.Of(t.Context(), "a-lost"); err != nil || !slices.Equal(brief(all), []string{"lost "}) {
		t.Errorf("the story is %q, %v", brief(all), err)
	}
}

func TestFiguresOfTheDayStayWhileWhoIsGoneIsAddedToThem(t *testing.T) {
	recorder(t)
	first := begin(t, noFigures(t), "run1")
	first.tell(stands("a-ended", time.Time{}), queues.Abandoned{Request: "a-ended"}, stands("b-leaves", time.Time{}))
	kept(t, "b-leaves of run1")
	first.end()
	second := begin(t, postgres.New(pool), "run2")
	soon(t, "today is known", func() bool { sums, complete := second.today(); return complete && sums.Abandoned == 1 })
	second.endsGone(nobodyLives)
	if sums, complete := second.today(); !complete || sums.Offered != 2 || sums.Abandoned < 1 {
		t.Errorf("before they are read anew the figures are %+v, complete: %v", sums, complete)
	}
	soon(t, "today knows of who is gone", func() bool { sums, complete := second.today(); return complete && sums.Abandoned == 2 })
}

func TestCallbackThatIsNotTakenUpByTheNextRunIsWithdrawn(t *testing.T) {
	decisions, s := recorder(t), noFigures(t)
	first := begin(t, s, "run1")
	first.tell(stands("c1", time.Time{}), queues.CallbackWanted{Request: "c1"})
	kept(t, "c1 of run1")
	first.end()
	second := begin(t, s, "run2")
	second.endsGone(nobodyLives)
	if sums := second.now(figures.OfQueue, "help"); sums.Offered != 1 || sums.Withdrawn != 1 || sums.Abandoned != 0 || sums.Longest != 0 {
		t.Errorf("the figures are %+v", sums)
	}
	if all, err := decisions.Of(t.Context(), "c1"); err != nil || len(all) != 1 || !all[0].Facts.Callback {
		t.Errorf("the story is %+v, %v", all, err)
	}
}

// A queue is taken out of the configuration in the restart, and a move is the last that was heard of a request.
func TestWhoLeavesIsAbandonedInTheQueueWhereTheyWaitedLast(t *testing.T) {
	recorder(t)
	s := noFigures(t)
	books := postgres.NewBookkeeper(s, "run1", queues.Config{}, slog.New(slog.DiscardHandler))
	at := time.Now()
	e := stands("c1", at)
	books.Stepped(at, e, nil)
	books.Stepped(at, queues.Tick{}, []queues.Decision{&queues.RequestMoved{Request: e.Request, To: queues.Destination{Kind: queues.ToQueue, Queue: "elsewhere"}, At: at}})
	if _, err := books.Figures(t.Context(), aQueue, hours(), 10); err != nil { // writes
		t.Fatal(err)
	}
	second := begin(t, s, "run2")
	second.endsGone(nobodyLives)
	if sums := second.now(figures.OfQueue, "elsewhere"); sums.Abandoned != 1 {
		t.Errorf("the figures are %+v", sums)
	}
}

// Another node's calls are not looked for at this one's, so nobody here knows that they are gone; but its own runs do not come when it is renamed.
func TestWhoWaitsAtAnotherNodeIsNotEnded(t *testing.T) {
	recorder(t)
	s := noFigures(t)
	north, before := begin(t, s, postgres.RunAt("north", "run1")), begin(t, s, "run2")
	north.tell(stands("c1", time.Time{}))
	before.tell(stands("c2", time.Time{}))
	kept(t, "c1 of north:run1, c2 of run2")
	south := begin(t, s, postgres.RunAt("south", "run3"))
	if n := south.endsGone(nobodyLives); n != 1 {
		t.Errorf("%d were ended", n)
	}
	kept(t, "c1 of north:run1")
	north.end() // and writes no more that it is there
	age := func(by string) {
		if _, err := pool.Exec(t.Context(), `UPDATE figures_runs SET seen = now() - $1::interval WHERE run = 'north:run1'`, by); err != nil {
			t.Fatal(err)
		}
	}
	age("23 hours")
	if n := south.endsGone(nobodyLives); n != 0 {
		t.Errorf("of a node that may come back %d were ended", n)
	}
	age("25 hours")
	if n := south.endsGone(nobodyLives); n != 1 {
		t.Errorf("of a node that is gone %d were ended", n)
	}
	kept(t, "")
	north = begin(t, s, postgres.RunAt("north", "run3"))
	north.tell(stands("c3", time.Time{}))
	kept(t, "c3 of north:run3")
	if n := begin(t, s, postgres.RunAt("north", "run4")).endsGone(nobodyLives); n != 1 {
		t.Errorf("at their own node %d were ended", n)
	}
}

func TestWhoIsGoneIsEndedWhenTheDatabaseIsBack(t *testing.T) {
	decisions, s := recorder(t), noFigures(t)
	first := begin(t, s, "run1")
	first.tell(stands("c1", time.Time{}))
	kept(t, "c1 of run1")
	first.end()
	server.Kill()
	second := begin(t, s, "run2")
	second.log.has(t, "does not take figures")
	second.tell(stands("c2", time.Time{}))
	if _, err := second.books.EndGone(t.Context(), nobodyLives, noneBroke); err == nil || !strings.Contains(err.Error(), "who waited") {
		t.Errorf("without a database: %v", err)
	}
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	second.log.has(t, "takes figures again")
	kept(t, "c1 of run1, c2 of run2")
	if n := second.endsGone(nobodyLives); n != 1 || second.now(figures.OfQueue, "help").Abandoned != 1 {
		t.Errorf("%d were ended: %+v", n, second.now(figures.OfQueue, "help"))
	}
	if told := story(t, decisions, "c1"); len(told) != 1 {
		t.Errorf("the story is %q", told)
	}
}

func TestWhoLeavesJustAfterTheRestartIsAbandonedOnce(t *testing.T) {
	_, s := recorder(t), noFigures(t)
	first := begin(t, s, "run1")
	first.tell(stands("c1", time.Time{}), stands("c2", time.Time{}), queues.CallbackWanted{Request: "c2"})
	kept(t, "c1 of run1, c2 of run1")
	first.end()
	stopped := time.Now()
	second := begin(t, s, "run2")
	second.now(figures.OfQueue, "help") // the first save of the run is over
	second.tell(stands("c1", stopped.Add(-time.Second)), queues.Abandoned{Request: "c1"})
	second.tell(queues.TalkRestored{Agent: "anna", Request: "c2", Queue: "help", Since: time.Now()}) // reached by the first in its last moment
	if n := second.endsGone(nobodyLives); n != 0 {
		t.Errorf("%d were ended", n)
	}
	if sums := second.now(figures.OfQueue, "help"); sums.Offered != 2 || sums.Abandoned != 1 || sums.Withdrawn != 0 {
		t.Errorf("the figures are %+v", sums)
	}
}

// TestItIsKnownWhenTheLastRunAtANodeWasThere until all that it left is ended, that of another node and what came after an instant left out.
func TestItIsKnownWhenTheLastRunAtANodeWasThere(t *testing.T) {
	recorder(t)
	s := noFigures(t)
	first := desk(t, s, postgres.RunAt("north", "run1"))
	before := time.Now()
	first.answersAgo(time.Minute) // nobody waits: she talks
	first.now(figures.OfAgent, "anna")
	after := time.Now()
	seen := func(node, run string, until time.Time) time.Time {
		t.Helper()
		at, err := desk(t, s, postgres.RunAt(node, run)).books.LastSeen(t.Context(), until)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	later := after.Add(time.Minute)
	second := desk(t, s, postgres.RunAt("north", "run2"))
	if n := second.endsHandlings(); n != 1 {
		t.Errorf("%d were ended", n)
	}
	if at := seen("north", "run2", later); at.Before(before.Truncate(time.Microsecond)) || at.After(after) {
		t.Errorf("the last run was there at %s, not from %s to %s", at, before, after)
	}
	for why, at := range map[string]time.Time{
		"of itself": seen("north", "run1", later), "of another node": seen("south", "run2", later), "of before": seen("north", "run2", before),
	} {
		if !at.IsZero() {
			t.Errorf("%s: %s", why, at)
		}
	}
	second.endsGone(nobodyLives)
	if at := seen("north", "run2", later); !at.IsZero() {
		t.Errorf("when all is ended the last run was there at %s", at)
	}
}
