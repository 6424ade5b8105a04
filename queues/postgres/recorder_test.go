package postgres_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"hotline/queues"
	"hotline/queues/postgres"
	"hotline/queues/words"
)

// today is no fixed day: what is old is deleted.
var today = time.Now().UTC().Truncate(time.Microsecond)

func recorder(t *testing.T) *postgres.Recorder {
	t.Helper()
	if _, err := pool.Exec(t.Context(), `DELETE FROM decisions`); err != nil {
		t.Fatal(err)
	}
	return postgres.NewRecorder(postgres.New(pool), slog.New(slog.DiscardHandler))
}

// run lets a recorder work; stop returns when it has written what was left.
func run(t *testing.T, r *postgres.Recorder) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- r.Run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-ran; err != nil {
			t.Fatal(err)
		}
	}
}

// story tells what a recorder knows of a call, as "kind agent".
func story(t *testing.T, r *postgres.Recorder, call queues.RequestID) []string {
	t.Helper()
	all, err := r.Of(t.Context(), call)
	if err != nil {
		t.Fatal(err)
	}
	return brief(all)
}

func brief(all []words.Record) (lines []string) {
	for _, x := range all {
		lines = append(lines, string(x.Kind)+" "+string(x.Agent))
	}
	return lines
}

func offer(call queues.RequestID, agent queues.AgentID) queues.Offer {
	return queues.Offer{ID: queues.OfferID("e-" + agent), Request: call, Agent: agent, Queue: "support", At: today}
}

func offered(call queues.RequestID, agent queues.AgentID) []queues.Decision {
	return []queues.Decision{
		&queues.Offered{Offer: offer(call, agent), Why: queues.Explanation{
			Rule: queues.LongestIdle, Candidates: 3, Excluded: 1, Declined: []queues.AgentID{"vera"}, RunnerUp: "gleb", Busy: 2, NotReady: 1,
			IdleSince: today.Add(-time.Minute), Waited: 5 * time.Second, Tries: 1, Relaxed: 2,
		}},
		&queues.AgentChanged{}, &queues.QueueChanged{},
	}
}

func ended(call queues.RequestID, agent queues.AgentID, how queues.Ending) queues.Decision {
	return &queues.OfferEnded{Offer: offer(call, agent), How: how}
}

func TestAStoryIsCompleteAtOnceAndStaysWhenItIsWritten(t *testing.T) {
	r := recorder(t)
	r.Stepped(today, queues.Tick{}, offered("101", "anna"))
	r.Stepped(today.Add(time.Second), queues.Tick{}, offered("102", "boris"))
	// One step: what ends comes before what begins.
	r.Stepped(today.Add(15*time.Second), queues.Tick{}, append([]queues.Decision{ended("101", "anna", queues.OfferWasMissed)}, offered("101", "boris")...))
	want := []string{"offered anna", "missed anna", "offered boris"}
	inMemory, err := r.Of(t.Context(), "101")
	if err != nil {
		t.Fatal(err)
	}
	same(t, brief(inMemory), want)
	run(t, r)()
	same(t, story(t, r, "101"), want)
	written, err := postgres.NewRecorder(postgres.New(pool), slog.New(slog.DiscardHandler)).Of(t.Context(), "101") // after a restart
	if err != nil {
		t.Fatal(err)
	}
	for i := range written {
		written[i].At = written[i].At.UTC()
	}
	same(t, written, inMemory)
	same(t, story(t, r, "999"), []string(nil))
}

// On a busy machine some decision is always made while others are written: were it written at once, there would be no end of small commits.
func TestDecisionThatIsMadeWhileOthersAreWrittenWaitsForTheNextTime(t *testing.T) {
	r := recorder(t)
	holds, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holds.Rollback(context.Background()) }()
	if _, err := holds.Exec(t.Context(), `LOCK TABLE decisions IN SHARE MODE`); err != nil {
		t.Fatal(err)
	}
	r.Stepped(today, queues.Tick{}, offered("101", "anna"))
	written := make(chan error, 1)
	go func() { written <- r.Write(context.Background()) }()
	for waits, end := false, time.Now().Add(30*time.Second); !waits; {
		if err := pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'decisions'::regclass)`).Scan(&waits); err != nil || time.Now().After(end) {
			t.Fatal("nobody writes", err)
		}
	}
	r.Stepped(today, queues.Tick{}, offered("102", "boris"))
	if err := holds.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-written; err != nil || r.Left() != 1 {
		t.Errorf("%d decisions wait for the next time, %v; expected the one that was made meanwhile", r.Left(), err)
	}
	run(t, r)() // the last time it is written, too
	if left := r.Left(); left != 0 {
		t.Errorf("in the end %d are left", left)
	}
}

func TestTheStoryOfACallThatWeMadeIsThatOfTheRequestItWasFor(t *testing.T) {
	r := recorder(t)
	r.Stepped(today, queues.Tick{}, offered("101", "anna"))
	r.CallsBack("made", offer("101", "anna"))
	want := []string{"offered anna"}
	same(t, story(t, r, "made"), want)
	run(t, r)()
	same(t, story(t, r, "made"), want)
	same(t, story(t, r, "101"), want)
	r.CallsBack("alone", offer("long ago", "anna"))
	same(t, story(t, r, "alone"), []string{"calls_back anna"})
}

func TestWhoElseWasThereIsKeptWithTheOffer(t *testing.T) {
	r := recorder(t)
	r.Others = func(o *queues.Offered, later []queues.Decision) *queues.Others {
		return &queues.Others{Busy: []queues.AgentID{o.Offer.Agent + "'s friend"}, Lack: len(later)}
	}
	step := append([]queues.Decision{ended("101", "anna", queues.OfferWasMissed)}, offered("101", "boris")...)
	r.Stepped(today, queues.Tick{}, append(step, offered("102", "anna")...))
	run(t, r)()
	for call, want := range map[queues.RequestID]queues.Others{
		"101": {Busy: []queues.AgentID{"boris's friend"}, Lack: 5}, "102": {Busy: []queues.AgentID{"anna's friend"}, Lack: 2},
	} {
		all, err := r.Of(t.Context(), call)
		if err != nil {
			t.Fatal(err)
		}
		same(t, *all[len(all)-1].Facts.Others, want)
	}
}

func TestAStoryGoesOnWhileTheDatabaseIsAwayAndIsWhole(t *testing.T) {
	r := recorder(t)
	stop := run(t, r)
	r.Stepped(today, queues.Tick{}, offered("101", "anna"))
	awaitWritten(t, 1)
	server.Kill()
	r.Stepped(today.Add(time.Second), queues.Tick{}, []queues.Decision{ended("101", "anna", queues.OfferWasDeclined)})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	partly, err := r.Of(ctx, "101")
	if err == nil {
		t.Error("it does not say that the database could not be asked")
	}
	same(t, brief(partly), []string{"declined anna"})
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.Stepped(today.Add(2*time.Second), queues.Tick{}, offered("101", "boris"))
	awaitWritten(t, 3)
	stop()
	same(t, story(t, r, "101"), []string{"offered anna", "declined anna", "offered boris"})
	same(t, r.Lost(), uint64(0))
}

// awaitWritten waits until so many decisions are in the table.
func awaitWritten(t *testing.T, want int) {
	t.Helper()
	var n int
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM decisions`).Scan(&n); err == nil && n == want {
			return
		}
	}
	t.Fatalf("%d decisions are written, and not %d", n, want)
}

func TestWhatHasNoRoomIsCountedAndTheRestIsKept(t *testing.T) {
	recorder(t)
	r := postgres.NewSmallRecorder(postgres.New(pool), slog.New(slog.DiscardHandler), 2)
	for i := range 5 {
		r.Stepped(today, queues.Tick{}, offered(queues.RequestID(fmt.Sprint(i)), "anna"))
	}
	same(t, r.Lost(), uint64(3))
	run(t, r)()
	r.Stepped(today, queues.Tick{}, offered("5", "anna"))
	same(t, r.Lost(), uint64(3))
	for call, want := range map[queues.RequestID]int{"0": 1, "1": 1, "2": 0, "5": 1} {
		same(t, len(story(t, r, call)), want)
	}
}

func TestOneImpossibleDecisionDoesNotKeepTheOthersFromBeingWritten(t *testing.T) {
	recorder(t)
	var log bytes.Buffer
	r := postgres.NewRecorder(postgres.New(pool), slog.New(slog.NewTextHandler(&log, nil)))
	r.Stepped(today, queues.Tick{}, offered("101", "anna"))
	r.Stepped(today, queues.Tick{}, offered("10\x002", "anna")) // no text of PostgreSQL's
	r.Stepped(today, queues.Tick{}, offered("103", "anna"))
	run(t, r)()
	same(t, r.Lost(), uint64(1))
	awaitWritten(t, 2)
	if strings.Contains(log.String(), "away too long") {
		t.Errorf("the database was there all the time, and the log says: %s", log.String())
	}
}

func TestDecisionsAreDeletedAfterSixtyDays(t *testing.T) {
	r := recorder(t)
	day := 24 * time.Hour
	r.Stepped(time.Now().Add(-61*day), queues.Tick{}, offered("old", "anna"))
	r.Stepped(time.Now().Add(-59*day), queues.Tick{}, offered("young", "anna"))
	run(t, r)()
	again := postgres.NewRecorder(postgres.New(pool), slog.New(slog.DiscardHandler))
	stop := run(t, again)
	awaitWritten(t, 1)
	stop()
	same(t, story(t, again, "old"), []string(nil))
	same(t, story(t, again, "young"), []string{"offered anna"})
}

func TestMoreIsDeletedThanOneStatementMay(t *testing.T) {
	r := recorder(t)
	if _, err := pool.Exec(t.Context(), `
		INSERT INTO decisions (call, at, n, kind, data)
		SELECT 'c' || i, now() - make_interval(days => 60 + i % 2 * 2 - 1), i, 'offered', '{}' FROM generate_series(1, 25001) i`); err != nil {
		t.Fatal(err)
	}
	stop := run(t, r)
	awaitWritten(t, 12_500) // every other one is 61 days old
	stop()
}

func TestAStoryTellsOfHoldsAndTheEndOfTheTalkUnlessTheyCouldNotBe(t *testing.T) {
	r := recorder(t)
	rejected := []queues.Decision{&queues.Rejected{Err: queues.ErrUnknownRequest}}
	for i, s := range []struct {
		event   queues.Event
		decided []queues.Decision
	}{
		{queues.TalkHeld{Request: "101"}, []queues.Decision{&queues.AgentChanged{}}}, {queues.TalkHeld{Request: "101"}, rejected}, {queues.TalkResumed{Request: "101"}, nil},
		{queues.TalkEnded{Request: "101"}, nil}, {queues.TalkEnded{Request: "102"}, rejected},
	} {
		r.Stepped(today.Add(time.Duration(i)*time.Second), s.event, s.decided)
	}
	same(t, story(t, r, "101"), []string{"held ", "resumed ", "talk_ended "})
	same(t, story(t, r, "102"), []string(nil))
}
