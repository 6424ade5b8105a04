package postgres_test

import (
	"context"
	"log/slog"
	"reflect"
	"testing"
	"time"

	"hotline/queues"
	"hotline/queues/adherence"
	"hotline/queues/postgres"
)

// attendance is one without a past; run lets it work, and stop returns when it has written what was left.
func attendance(t *testing.T) (a *postgres.Attendance, run func() (stop func())) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), `TRUNCATE agent_spells, planned_rotas`); err != nil {
		t.Fatal(err)
	}
	a = postgres.NewAttendance(postgres.New(pool), slog.New(slog.DiscardHandler))
	return a, func() (stop func()) { return working(t, a) }
}

func working(t *testing.T, a *postgres.Attendance) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- a.Run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-ran; err != nil {
			t.Fatal(err)
		}
	}
}

func is(id queues.AgentID, chose queues.Availability, reason queues.Reason, does queues.Activity) []queues.Decision {
	s := queues.AgentState{ID: id, Availability: chose, Reason: reason, Activity: does}
	if reason == queues.Break {
		s.Until = today.Add(2 * time.Hour)
	}
	return []queues.Decision{&queues.AgentChanged{Agent: s}}
}

func TestWhatAgentsWereIsCompleteAtOnceAndStaysWhenItIsWritten(t *testing.T) {
	a, run := attendance(t)
	step := func(after time.Duration, d []queues.Decision) { a.Stepped(today.Add(after), queues.Tick{}, d) }
	step(0, is("anna", queues.NotReady, "", queues.Idle))
	step(0, is("anna", queues.Ready, "", queues.Idle)) // at the same moment: the later counts
	step(time.Minute, is("anna", queues.Ready, "", queues.Talking))
	step(2*time.Minute, is("anna", queues.NotReady, queues.Break, queues.Idle))
	step(3*time.Minute, is("anna", queues.NotReady, queues.Break, queues.Talking)) // they call somebody
	step(4*time.Minute, is("boris", queues.Ready, "", queues.Idle))
	step(5*time.Minute, is("anna", queues.SignedOut, "", queues.Idle))
	want := map[queues.AgentID][]adherence.Spell{
		"anna": {
			{From: today, Is: adherence.Ready}, {From: today.Add(2 * time.Minute), Is: adherence.Away, Reason: queues.Break, Until: today.Add(2 * time.Hour)},
			{From: today.Add(3 * time.Minute), Is: adherence.Working}, {From: today.Add(5 * time.Minute), Is: adherence.Out},
		},
		"boris": {{From: today.Add(4 * time.Minute), Is: adherence.Ready}},
	}
	look := func(a *postgres.Attendance, when string) {
		t.Helper()
		kept, err := a.Days(t.Context(), today.Add(-time.Hour), today.Add(time.Hour), nil)
		if err != nil {
			t.Fatal(err)
		}
		if when == "before" { // of two at one moment both are there until they are written
			kept.Spells["anna"] = kept.Spells["anna"][len(kept.Spells["anna"])-len(want["anna"]):]
			kept.Spells["anna"][0] = want["anna"][0]
		}
		if !reflect.DeepEqual(kept.Spells, want) {
			t.Errorf("%s it is written: %+v\nnot %+v", when, kept.Spells, want)
		}
	}
	look(a, "before")
	run()()
	look(a, "when")
	after := postgres.NewAttendance(postgres.New(pool), slog.New(slog.DiscardHandler))
	look(after, "in another run")
	if got := a.Now("anna"); got.Is != adherence.Out || !got.From.Equal(today.Add(5*time.Minute)) {
		t.Errorf("now anna is %+v", got)
	}
	if got := after.Now("anna"); !reflect.DeepEqual(got, adherence.Spell{Is: adherence.Out}) {
		t.Errorf("of a run that has not seen her she is %+v", got)
	}
	kept, err := a.Days(t.Context(), today.Add(240*time.Hour), today.Add(264*time.Hour), []queues.AgentID{"boris", "nobody"})
	if err != nil || !reflect.DeepEqual(kept.Spells, map[queues.AgentID][]adherence.Spell{"boris": want["boris"]}) {
		t.Errorf("days later it is %+v, %v: what somebody was last is to be known", kept.Spells, err)
	}
}

func TestWhoWasSignedOutBeforeARestartIsKnownToBe(t *testing.T) {
	a, run := attendance(t)
	a.Stepped(today, queues.Tick{}, is("anna", queues.Ready, "", queues.Idle))
	a.Stepped(today, queues.Tick{}, is("boris", queues.Ready, "", queues.Idle))
	a.Stepped(today, queues.Tick{}, is("olga", queues.Ready, "", queues.Idle))
	a.Stepped(today.Add(8*time.Hour), queues.Tick{}, is("anna", queues.SignedOut, "", queues.Idle))
	a.Stepped(today.Add(8*time.Hour), queues.Tick{}, is("olga", queues.SignedOut, "", queues.Idle))
	run()()
	next := postgres.NewAttendance(postgres.New(pool), slog.New(slog.DiscardHandler))
	next.Stepped(today.Add(9*time.Hour), queues.Tick{}, is("olga", queues.Ready, "", queues.Idle)) // before it could be read
	working(t, next)()
	for id, want := range map[queues.AgentID]adherence.Spell{
		"anna": {From: today.Add(8 * time.Hour), Is: adherence.Out}, "boris": {Is: adherence.Out}, "olga": {From: today.Add(9 * time.Hour), Is: adherence.Ready},
	} {
		if got := next.Now(id); got.Is != want.Is || !got.From.Equal(want.From) {
			t.Errorf("after the restart %s is %+v, not %+v", id, got, want)
		}
	}
	next.Stepped(today.Add(10*time.Hour), queues.Tick{}, is("anna", queues.Ready, "", queues.Idle))
	if got := next.Now("anna"); got.Is != adherence.Ready || !got.From.Equal(today.Add(10*time.Hour)) {
		t.Errorf("back again anna is %+v", got)
	}
}

// TestWhoIsNoAgentAnyMoreAfterAStartWorksNoLonger: the router does not tell of somebody whom the configuration has dropped.
func TestWhoIsNoAgentAnyMoreAfterAStartWorksNoLonger(t *testing.T) {
	a, run := attendance(t)
	a.Stepped(today, queues.Tick{}, is("anna", queues.Ready, "", queues.Idle))
	a.Stepped(today, queues.Tick{}, is("boris", queues.Ready, "", queues.Idle))
	run()()
	for range 2 { // and the next start finds it so
		next := postgres.NewAttendance(postgres.New(pool), slog.New(slog.DiscardHandler))
		next.Staff(func(id queues.AgentID) bool { return id == "anna" })
		working(t, next)()
		kept, err := next.Days(t.Context(), today, time.Now().Add(time.Hour), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := kept.Spells["anna"]; len(got) != 1 {
			t.Errorf("anna is %+v", got)
		}
		if got := kept.Spells["boris"]; len(got) != 2 || got[1].Is != adherence.Out || next.Now("boris").Is != adherence.Out {
			t.Errorf("boris is %+v", got)
		}
	}
}

func TestADayIsHeldBesideTheLastPlanThatCountedOnIt(t *testing.T) {
	a, _ := attendance(t)
	rota := func(from time.Duration) adherence.Plan {
		return adherence.Plan{"anna": {Week: [7][]adherence.Span{1: {{From: from, To: 18 * time.Hour}}}, Dates: map[string][]adherence.Span{"2026-12-31": {}}}}
	}
	working(t, a)()
	if kept, err := a.Days(t.Context(), today, today.Add(time.Hour), nil); err != nil || !kept.Began.IsZero() || len(kept.Plans) != 0 {
		t.Errorf("without a plan there is %+v, %v", kept, err)
	}
	for i, p := range []adherence.Plan{rota(9 * time.Hour), rota(9 * time.Hour), rota(10 * time.Hour)} {
		run := postgres.NewAttendance(postgres.New(pool), slog.New(slog.DiscardHandler))
		run.Plan(p)
		working(t, run)()
		if i < 2 {
			if _, err := pool.Exec(t.Context(), `UPDATE planned_rotas SET since = $1`, today.Add(-72*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
	}
	kept, err := a.Days(t.Context(), today.Add(-48*time.Hour), today.Add(24*time.Hour), nil)
	if err != nil || len(kept.Plans) != 2 || !kept.Began.Equal(today.Add(-72*time.Hour)) {
		t.Fatalf("kept are %+v, %v", kept.Plans, err)
	}
	for i, want := range []adherence.Plan{rota(9 * time.Hour), rota(10 * time.Hour)} {
		if !reflect.DeepEqual(kept.Plans[i].Plan, want) {
			t.Errorf("plan %d is %+v, not %+v", i, kept.Plans[i].Plan, want)
		}
	}
}
