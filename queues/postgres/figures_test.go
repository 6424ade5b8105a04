package postgres_test

import (
	"bytes"
	"context"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/queues"
	"hotline/queues/figures"
	"hotline/queues/postgres"
)

// noFigures is a store without figures.
func noFigures(t *testing.T) *postgres.Store {
	t.Helper()
	if _, err := pool.Exec(t.Context(), `TRUNCATE figures, figures_not_ready, figures_waiting, figures_runs, figures_handling`); err != nil {
		t.Fatal(err)
	}
	return postgres.New(pool)
}

func entry(from time.Time, kind figures.SubjectKind, id string, s figures.Sums) figures.Entry {
	return figures.Entry{From: from, Subject: figures.Subject{Kind: kind, ID: id}, Sums: s}
}

// full is sums with everything in them.
func full() figures.Sums {
	return figures.Sums{
		Offered: 1, Answered: 2, InTarget: 3, Abandoned: 4, ShortAbandoned: 5, Overflowed: 6, CalledBack: 7, NotReached: 8, CalledIn: 9, Withdrawn: 22,
		Announced: 23, InRange: 24, Missed: 10, Declined: 11, Revoked: 12, Failed: 13, Waited: 14 * time.Second, Longest: 15 * time.Second, Handled: 16,
		Talk: 17 * time.Second, Hold: 18 * time.Second, WrapUp: 19 * time.Second, Ready: 20 * time.Second, CallsMade: 25, CallsAnswered: 26, CallsTalk: 27 * time.Second, Busy: 21 * time.Second,
		Reasons: []figures.ReasonTime{{Reason: queues.Break, For: time.Minute, Overdue: time.Second}, {Reason: queues.Lunch, For: time.Hour}},
	}
}

func save(t *testing.T, s *postgres.Store, run string, entries ...figures.Entry) {
	t.Helper()
	if err := s.SaveFigures(t.Context(), run, entries); err != nil {
		t.Fatal(err)
	}
}

func quarters(t *testing.T, s *postgres.Store, of figures.Subject, times ...time.Time) []figures.Entry {
	t.Helper()
	entries, err := s.Figures(t.Context(), of, times, 100)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

var (
	ten     = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	aQueue  = figures.Subject{Kind: figures.OfQueue}
	anAgent = figures.Subject{Kind: figures.OfAgent}
)

func TestFiguresComeBackAsTheyWereSavedAndTheLatestCounts(t *testing.T) {
	s := noFigures(t)
	save(t, s, "run1", entry(ten, figures.OfAgent, "anna", figures.Sums{Offered: 100, Reasons: []figures.ReasonTime{{Reason: queues.Break, For: time.Second}}}))
	want := entry(ten, figures.OfAgent, "anna", full())
	save(t, s, "run1", want, entry(ten, figures.OfQueue, "help", full()))
	save(t, s, "run1", want) // a write that was repeated, for its answer was lost
	same(t, quarters(t, s, anAgent, ten, ten.Add(time.Hour)), []figures.Entry{want})
}

// Who talks is not ready for no other time than before: a row of that is not written again with each of their calls.
func TestOfWhyAgentsWereNotReadyWhatHasChangedIsWritten(t *testing.T) {
	s := noFigures(t)
	written := func() map[string]string { // the transaction that wrote a row, by the reason
		t.Helper()
		rows, err := pool.Query(t.Context(), `SELECT reason, concat_ws(' ', xmin, xmax) FROM figures_not_ready`)
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]string{}
		var reason, by string
		if _, err := pgx.ForEachRow(rows, []any{&reason, &by}, func() error { all[reason] = by; return nil }); err != nil {
			t.Fatal(err)
		}
		return all
	}
	sums := full()
	save(t, s, "run1", entry(ten, figures.OfAgent, "anna", sums))
	first := written()
	sums.Handled++
	save(t, s, "run1", entry(ten, figures.OfAgent, "anna", sums))
	if again := written(); len(first) != 2 || !maps.Equal(again, first) {
		t.Errorf("written are %v, and with another call %v", first, again)
	}
	sums.Reasons[1].For += time.Minute
	want := entry(ten, figures.OfAgent, "anna", sums)
	save(t, s, "run1", want)
	if then := written(); then[string(queues.Break)] != first[string(queues.Break)] || then[string(queues.Lunch)] == first[string(queues.Lunch)] {
		t.Errorf("written are %v, and with a longer lunch %v", first, then)
	}
	same(t, quarters(t, s, anAgent, ten, ten.Add(time.Hour)), []figures.Entry{want})
}

func TestTheRunsOfAQuarterAndTheQuartersOfADayAddUp(t *testing.T) {
	s := noFigures(t)
	quarter := func(n int) time.Time { return ten.Add(time.Duration(n) * figures.Quarter) }
	save(t, s, "run1",
		entry(quarter(0), figures.OfQueue, "help", figures.Sums{Offered: 1, Longest: time.Minute}),
		entry(quarter(1), figures.OfQueue, "help", figures.Sums{Offered: 10}),
		entry(quarter(1), figures.OfAgent, "help", full()),
		entry(quarter(4), figures.OfQueue, "rest", figures.Sums{Offered: 7}))
	save(t, s, "run2",
		entry(quarter(1), figures.OfQueue, "help", figures.Sums{Offered: 100, Longest: time.Second}),
		entry(quarter(4), figures.OfQueue, "help", figures.Sums{Offered: 1000}))
	for _, c := range []struct {
		of    figures.Subject
		times []time.Time
		want  []figures.Entry
	}{
		{aQueue, []time.Time{quarter(0), quarter(4), quarter(8)}, []figures.Entry{
			entry(quarter(0), figures.OfQueue, "help", figures.Sums{Offered: 111, Longest: time.Minute}),
			entry(quarter(4), figures.OfQueue, "help", figures.Sums{Offered: 1000}),
			entry(quarter(4), figures.OfQueue, "rest", figures.Sums{Offered: 7}),
		}},
		{figures.Subject{Kind: figures.OfQueue, ID: "help"}, []time.Time{quarter(1), quarter(2)}, []figures.Entry{
			entry(quarter(1), figures.OfQueue, "help", figures.Sums{Offered: 110, Longest: time.Second}),
		}},
		{figures.Subject{Kind: figures.OfSkill}, []time.Time{quarter(0), quarter(8)}, []figures.Entry{}},
	} {
		same(t, quarters(t, s, c.of, c.times...), c.want)
	}
	before, err := s.FiguresBefore(t.Context(), "run2", quarter(1))
	if err != nil {
		t.Fatal(err)
	}
	same(t, before, map[queues.QueueID]figures.Sums{"help": {Offered: 10}, "rest": {Offered: 7}})
	if some, err := s.Figures(t.Context(), aQueue, []time.Time{quarter(0), quarter(4), quarter(8)}, 2); err != nil || len(some) != 2 {
		t.Errorf("of at most two there are %v, %v", some, err)
	}
}

// logged is a log that tells when a text stands in it.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logged) has(t *testing.T, text string) {
	t.Helper()
	soon(t, text, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return strings.Contains(l.text.String(), text)
	})
}

func soon(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within 15 s: %s", what)
		}
	}
}

// shift is a real router whose figures are kept, as one run of Hotline.
type shift struct {
	t      *testing.T
	began  time.Time
	router *queues.Router
	books  *postgres.Bookkeeper
	log    *logged
	end    func()
	offer  queues.OfferID
}

func begin(t *testing.T, s *postgres.Store, run string) *shift {
	t.Helper()
	c := queues.Config{Queues: []queues.Queue{{ID: "help", Skills: []queues.Need{{Skill: "fix"}}}}}
	router, err := queues.New(c)
	if err != nil {
		t.Fatal(err)
	}
	w := &shift{t: t, router: router, log: &logged{}}
	w.books = postgres.NewBookkeeper(s, run, c, slog.New(slog.NewTextHandler(w.log, nil)))
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- w.books.Run(ctx) }()
	w.end = sync.OnceFunc(func() {
		cancel()
		if err := <-ran; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(w.end)
	return w
}

func (w *shift) tell(events ...queues.Event) {
	w.t.Helper()
	for _, e := range events {
		if err := w.step(time.Now(), e); err != nil {
			w.t.Fatal(err)
		}
	}
}

// step tells the router and the bookkeeper, and returns why the router takes no such event.
func (w *shift) step(at time.Time, e queues.Event) (err error) {
	decided := w.router.Step(at, e)
	w.books.Stepped(at, e, decided)
	for _, d := range decided {
		switch d := d.(type) {
		case *queues.Offered:
			w.offer = d.Offer.ID
		case *queues.Rejected:
			err = d.Err
		}
	}
	return err
}

// serve is an agent who answers one call.
func (w *shift) serve(call queues.RequestID) {
	w.t.Helper()
	w.tell(queues.Enqueued{Request: queues.Request{ID: call, Queue: "help", Arrived: time.Now()}})
	w.tell(queues.OfferAnswered{Offer: w.offer}, queues.TalkEnded{Request: call})
}

func (w *shift) today() (figures.Sums, bool) {
	sums, complete := w.books.Today("help")
	return sums["help"], complete
}

// signsIn is an agent who comes, ready.
func signsIn() []queues.Event {
	fixer := queues.Agent{ID: "anna", Name: "Anna", Skills: map[queues.Skill]queues.Level{"fix": 3}}
	return []queues.Event{queues.PhoneChanged{Agent: "anna", Reachable: true}, queues.AgentSignedIn{Agent: fixer, Availability: queues.Ready}}
}

// hours are the quarters around now, in one step.
func hours() []time.Time {
	now := time.Now().UTC().Truncate(figures.Quarter)
	return []time.Time{now.Add(-time.Hour), now.Add(time.Hour)}
}

func answered(t *testing.T, b *postgres.Bookkeeper, of figures.Subject) int {
	t.Helper()
	entries, err := b.Figures(t.Context(), of, hours(), 10)
	if err != nil || len(entries) != 1 {
		t.Fatalf("%v: %+v, %v", of, entries, err)
	}
	return entries[0].Sums.Answered
}

func TestARestartInTheMidstOfAQuarterGoesOnCounting(t *testing.T) {
	s := noFigures(t)
	first := begin(t, s, "run1")
	first.tell(signsIn()...)
	first.serve("c1")
	first.serve("c2")
	first.end()
	second := begin(t, s, "run2")
	soon(t, "the second run knows of the first", func() bool { _, complete := second.today(); return complete })
	second.tell(signsIn()...)
	second.serve("c3")
	if sums, _ := second.today(); sums.Answered != 3 || sums.Offered != 3 || sums.Handled != 3 {
		t.Errorf("today is %+v", sums)
	}
	for _, of := range []figures.Subject{{Kind: figures.OfQueue, ID: "help"}, {Kind: figures.OfSkill, ID: "fix"}, {Kind: figures.OfAgent, ID: "anna"}} {
		if n := answered(t, second.books, of); n != 3 {
			t.Errorf("%v answered %d", of, n)
		}
	}
}

func TestFiguresAreDeletedAfterEightHundredDays(t *testing.T) {
	s := noFigures(t)
	ago := func(days int) time.Time { return time.Now().UTC().Truncate(figures.Quarter).AddDate(0, 0, -days) }
	rest := figures.Sums{Reasons: []figures.ReasonTime{{Reason: queues.Break, For: time.Minute}}}
	save(t, s, "run1", entry(ago(801), figures.OfAgent, "old", rest), entry(ago(799), figures.OfAgent, "young", rest), entry(ago(801), figures.OfQueue, "help", full()))
	begin(t, s, "run2")
	soon(t, "what is old is deleted", func() bool {
		var left string
		err := pool.QueryRow(t.Context(), `
			SELECT (SELECT string_agg(subject, ' ') FROM figures WHERE run = 'run1') || ', ' ||
			       (SELECT string_agg(agent, ' ') FROM figures_not_ready WHERE run = 'run1')`).Scan(&left)
		return err == nil && left == "young, young"
	})
}

func TestFiguresOfAnOutageAreWrittenWhenTheDatabaseIsBack(t *testing.T) {
	s := noFigures(t)
	first := begin(t, s, "run1")
	first.tell(signsIn()...)
	first.serve("c1")
	first.end()

	server.Kill()
	second := begin(t, s, "run2") // the database is away when it starts
	second.log.has(t, "does not take figures")
	second.tell(signsIn()...)
	second.serve("c2")
	if sums, complete := second.today(); complete || sums.Answered != 1 {
		t.Errorf("without the database today is %+v, complete: %v", sums, complete)
	}
	if _, err := second.books.Figures(t.Context(), aQueue, hours(), 10); err == nil {
		t.Error("figures are told that nobody could read")
	}
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	second.log.has(t, "takes figures again")
	if sums, complete := second.today(); !complete || sums.Answered != 2 {
		t.Errorf("when it is back today is %+v, complete: %v", sums, complete)
	}
	if n := answered(t, second.books, anAgent); n != 2 {
		t.Errorf("kept are %d", n)
	}
}
