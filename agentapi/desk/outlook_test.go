package desk

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hotline/agentapi"
	"hotline/queues"
	"hotline/queues/simulation"
	"hotline/telephony/words"
)

// aWall is open or not.
type aWall struct{ atomic.Bool }

func (w *aWall) WallWatched() bool { return w.Load() }

// livesThrough lets a plan's hours pass in a bubble's time, with staffing looking on as it does in serve.
func livesThrough(t *testing.T, s *Outlook, p simulation.Plan, until time.Duration) {
	t.Helper()
	p.Begin, p.Only, p.Days, p.Cut = time.Now(), simulation.Shift{From: 0, To: until}, 1, true
	p.Told = func(at time.Time, e queues.Event, decided []queues.Decision) {
		time.Sleep(time.Until(at))
		s.Stepped(at, e, decided)
	}
	if _, err := simulation.Run(p); err != nil {
		t.Fatal(err)
	}
}

// shortHanded is a queue with four agents and calls for seven.
func shortHanded() simulation.Plan {
	p := simulation.Plan{Seed: 5, Config: queues.Config{Queues: []queues.Queue{{
		ID: "subscribers", Name: map[string]string{"en": "Subscribers", "ru": "Абоненты"}, Skills: []queues.Need{{Skill: "subscribers", Level: 2}},
	}}}}
	d := simulation.Demand{Queue: "subscribers", Extra: []queues.Need{{Skill: queues.Language("ru"), Level: 1}},
		Talk: simulation.Exponential(3 * time.Minute), Patience: simulation.Exponential(4 * time.Minute)}
	for i := range d.Calls {
		d.Calls[i] = 55
	}
	p.Demands = []simulation.Demand{d}
	for _, id := range []queues.AgentID{"a", "b", "c", "d"} {
		p.Staff = append(p.Staff, simulation.Staff{Shifts: []simulation.Shift{{From: 0, To: 24 * time.Hour}},
			Agent: queues.Agent{ID: id, Skills: map[queues.Skill]queues.Level{"subscribers": 3, "lang:ru": 5}}})
	}
	return p
}

func TestWhoAsksIsToldWhoIsMissingAtMostAMinuteOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := shortHanded()
		var watched aWall
		s := NewOutlook(p.Config, &watched, NewPresent(&Lineup{Queues: p.Config.Queues}), slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); s.Run(ctx) }()
		defer func() { stop(); <-done }()
		ask := func() agentapi.Staffing {
			t.Helper()
			answer, err := s.Staffing(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return answer
		}

		early := ask()
		if early.Enough || len(early.Advice) > 0 || early.Words["en"] != "Calls have been watched for 0 min; who is missing can be said after 5." ||
			early.Words["ru"] != "За звонками наблюдаем 0 мин; кого не хватает, можно сказать после 5." {
			t.Errorf("%+v", early)
		}
		livesThrough(t, s, p, time.Hour)
		if s.latest.Now != early.Now {
			t.Error("it looked ahead though nobody asked")
		}
		first := ask()
		if !first.Enough || len(first.Queues) != 1 || first.Queues[0].Holds || !first.Queues[0].WillHold || len(first.Advice) != 1 || first.WatchedS < 3500 || first.WatchedS > 3600 {
			t.Fatalf("%+v", first)
		}
		a := first.Advice[0]
		if a.Agents < 2 || a.Agents > 6 || a.Minutes != 30 || !a.Holds || len(a.Skills) != 2 || a.Skills[1] != (agentapi.StaffingSkill{Skill: "subscribers", Level: 2}) {
			t.Errorf("%+v", a)
		}
		t.Log(first.Words)
		if en, ru := first.Words["en"], first.Words["ru"]; !strings.Contains(en, " more agents (Russian, Subscribers 2+) for 30 min hold 80 % in 20 s for Subscribers.") ||
			!strings.Contains(ru, "(русский, Абоненты 2+). С ними норму выдержит «Абоненты» (80 % за 20 с).") {
			t.Errorf("%v", first.Words)
		}
		if w := s.wall(time.Now()); w == nil || w.Holds || w.Words["en"] != first.Words["en"] {
			t.Errorf("the wall: %+v", w)
		}
		time.Sleep(lookEvery / 2)
		if again := ask(); again.Now != first.Now {
			t.Error("half a minute later it looked again")
		}
		time.Sleep(lookEvery)
		if again := ask(); !again.Now.After(first.Now) {
			t.Error("a minute later it did not look again")
		}
		time.Sleep(4 * lookEvery)
		if w := s.wall(time.Now()); w != nil {
			t.Errorf("an old look ahead on the wall: %+v", w)
		}
		watched.Store(true) // a wall is open
		time.Sleep(lookEvery + time.Second)
		synctest.Wait()
		if s.current() == nil {
			t.Error("a wall is open, and nobody looks ahead")
		}
	})
}

func TestAReloadChangesWhatIsLookedAheadFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := shortHanded()
		s := NewOutlook(p.Config, &aWall{}, NewPresent(&Lineup{Queues: p.Config.Queues}), slog.New(slog.DiscardHandler))
		livesThrough(t, s, p, time.Hour)
		fresh := queues.Config{Queues: append([]queues.Queue{}, p.Config.Queues...)}
		fresh.Queues[0].Target = queues.Target{Share: 0.01, Within: time.Hour}
		s.Stepped(time.Now(), queues.Reconfigured{Config: fresh}, []queues.Decision{&queues.Rejected{}})
		if err := s.look(time.Now()); err != nil || s.latest.Queues[0].Holds {
			t.Errorf("a reload that was rejected: %+v, %v", s.latest, err)
		}
		s.Stepped(time.Now(), queues.Reconfigured{Config: fresh}, nil)
		if err := s.look(time.Now()); err != nil || !s.latest.Queues[0].Holds || len(s.latest.Advice) > 0 {
			t.Errorf("after the reload: %+v, %v", s.latest, err)
		}
		if got := s.latest.Words; got["en"] != "Every queue will keep its target for the next 30 min." || got["ru"] != "Ближайшие 30 мин все очереди выдержат норму." {
			t.Errorf("%v", got)
		}
	})
}

func TestAQueueThatAReloadTakesAwayIsLookedAheadForNoLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := shortHanded()
		s := NewOutlook(p.Config, &aWall{}, NewPresent(&Lineup{}), slog.New(slog.DiscardHandler))
		livesThrough(t, s, p, time.Hour)
		s.Stepped(time.Now(), queues.Reconfigured{Config: queues.Config{Queues: []queues.Queue{{ID: "other"}}}}, nil)
		if err := s.look(time.Now()); err != nil {
			t.Fatal(err)
		}
		n := s.latest.LeftOut
		en, ru := fmt.Sprintf("Every queue will keep its target for the next 30 min. Left out are calls to queues that are gone: %d.", n),
			fmt.Sprintf("Ближайшие 30 мин все очереди выдержат норму. Не учтены звонки в очереди, которых больше нет: %d.", n)
		if n < 80 || s.latest.Words["en"] != en || s.latest.Words["ru"] != ru || len(s.latest.Queues) != 1 {
			t.Errorf("%+v", s.latest)
		}
	})
}

func TestStaffingIsSaidInWords(t *testing.T) {
	queue := func(id queues.QueueID, holds, will bool) agentapi.StaffingQueue {
		return agentapi.StaffingQueue{Queue: id, Target: agentapi.Target{Share: 0.9, WithinS: 30}, Holds: holds, WillHold: will}
	}
	advice := func(n int) agentapi.StaffingAdvice {
		a := agentapi.StaffingAdvice{Agents: n}
		a.Words = wordsOfAdvice(a, &Lineup{})
		return a
	}
	for _, c := range []struct {
		queues []agentapi.StaffingQueue
		advice []agentapi.StaffingAdvice
		en, ru string
	}{
		{[]agentapi.StaffingQueue{queue("a", false, true), queue("b", true, true)}, []agentapi.StaffingAdvice{advice(1)},
			"1 more agent for 30 min holds 90 % in 30 s for a.", "Нужен на 30 мин: ещё 1 оператор. С ним норму выдержит «a» (90 % за 30 с)."},
		{[]agentapi.StaffingQueue{queue("a", false, true)}, []agentapi.StaffingAdvice{advice(21)},
			"21 more agents for 30 min hold 90 % in 30 s for a.", "Нужен на 30 мин: ещё 21 оператор. С ними норму выдержит «a» (90 % за 30 с)."},
		{[]agentapi.StaffingQueue{queue("a", false, true)}, []agentapi.StaffingAdvice{advice(11)},
			"11 more agents for 30 min hold 90 % in 30 s for a.", "Нужны на 30 мин: ещё 11 операторов. С ними норму выдержит «a» (90 % за 30 с)."},
		{[]agentapi.StaffingQueue{queue("a", false, true), queue("b", false, true)}, []agentapi.StaffingAdvice{advice(3), advice(11)},
			"3 more agents and 11 more agents for 30 min hold 90 % in 30 s for a and 90 % in 30 s for b.",
			"Нужны на 30 мин: ещё 3 оператора и ещё 11 операторов. С ними норму выдержат «a» (90 % за 30 с) и «b» (90 % за 30 с)."},
		{[]agentapi.StaffingQueue{queue("a", false, false)}, nil,
			"More agents alone will not hold 90 % in 30 s for a.", "Одними людьми норму не выдержать: «a» (90 % за 30 с)."},
	} {
		got := wordsOfStaffing(agentapi.Staffing{Minutes: 30, Queues: c.queues, Advice: c.advice})
		if want := (words.Text{"en": c.en, "ru": c.ru}); got["en"] != want["en"] || got["ru"] != want["ru"] {
			t.Errorf("%v, not %v", got, want)
		}
	}
}
