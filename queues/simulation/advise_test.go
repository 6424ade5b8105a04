package simulation

import (
	"fmt"
	"testing"
	"time"

	"hotline/queues"
	"hotline/queues/erlang"
)

const noon = 12 * time.Hour

// watchedUntilNoon is a plan's morning as an observer saw it who remembers an hour.
func watchedUntilNoon(t *testing.T, p Plan) Forecast {
	t.Helper()
	p.Days, p.Cut, p.Only = 1, true, Shift{0, noon}
	o := Observe(midnight)
	p.Told = o.Stepped
	run(t, p)
	o.Forget(midnight.Add(noon - time.Hour))
	return o.Forecast(midnight.Add(noon), p.Config)
}

func advised(t *testing.T, f Forecast) Advice {
	t.Helper()
	began := time.Now()
	a, err := f.Advise(30*time.Minute, 200_000)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v; %s", a, time.Since(began).Round(time.Millisecond))
	return a
}

func TestNoAdviceIsGivenWhereTargetsHold(t *testing.T) {
	a := advised(t, watchedUntilNoon(t, crew(10, 95, 3*time.Minute, 1000, 4)))
	if q := a.Queues[0]; len(a.More) > 0 || !q.Holds || !q.Known || q.Level < 0.8 || q.With != q.Level || q.Calls < 30 || q.Calls > 65 || a.Watched != time.Hour {
		t.Errorf("%+v", a)
	}
}

// A queue alone: the advice is what Erlang A says for the calls that came in the last hour, give or take one or two; for what
// is going on at this moment counts in half an hour.
func TestAdviceIsAsErlangSaysForOneQueue(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		f := watchedUntilNoon(t, crew(4, 95, 3*time.Minute, 1000, 10+seed))
		a := advised(t, f)
		if len(a.More) != 1 || !a.Queues[0].Will || a.Queues[0].Holds {
			t.Fatalf("%+v", a)
		}
		d := f.demands[0]
		theory, err := erlang.Workload{PerHour: d.Calls[0] * 2, Handling: d.Talk.Mean, Patience: d.Patience.Mean}.For(queues.Target{Share: 0.8, Within: 20 * time.Second}, 0)
		if err != nil {
			t.Fatal(err)
		}
		if off := 4 + a.More[0].Agents - theory.Agents; off < -2 || off > 2 {
			t.Errorf("seed %d: %d more than 4, by theory %d", seed, a.More[0].Agents, theory.Agents)
		}
		// One less is not enough, with the same callers.
		s := search{f: f, ahead: 30 * time.Minute, runs: a.Runs}
		if err := s.prepare(); err != nil {
			t.Fatal(err)
		}
		if few, err := s.levels([]int{a.More[0].Agents - 1}); err != nil || s.allHold(few) {
			t.Errorf("%d are enough too: %v", a.More[0].Agents-1, err)
		}
	}
}

// Two queues whose agents can do both: who is called in for one relieves the other, and fewer do than where each can do one, with the
// very same callers. How many there are is the chance of an hour: 140 a queue were expected, and 168 came to one.
func TestAdviceCountsWhomOverlappingSkillsRelieve(t *testing.T) {
	t.Parallel()
	morning := func(first, both, second int) Advice {
		return advised(t, watchedUntilNoon(t, overlapping(first, both, second, [2]time.Duration{handling, handling}, [2]float64{140, 140})))
	}
	a, total, apart := morning(0, 12, 0), 0, 0
	for _, m := range morning(6, 0, 6).More {
		apart += m.Agents
	}
	for _, m := range a.More {
		total += m.Agents
		if len(m.Skills) != 1 || m.Skills[0].Skill != queues.Skill(m.Queue) {
			t.Errorf("%+v", m)
		}
	}
	for _, q := range a.Queues {
		if q.Holds || !q.Will {
			t.Errorf("%+v", q)
		}
	}
	if total < 4 || total >= apart {
		t.Errorf("%d more, and %d where each can do one", total, apart)
	}
}

func TestAdviceKnowsWhoWaitsAndWhoTalksNow(t *testing.T) {
	p := crew(6, 0, 0, 0, 1)
	p.Demands[0].Calls[22], p.Demands[0].Calls[23] = 40, 40 // from eleven to noon
	idle := watchedUntilNoon(t, p)
	p.Given = nil
	for range 40 { // and all at once at two minutes to
		p.Given = append(p.Given, Given{Request: queues.Request{Queue: "line"}, At: noon - 2*time.Minute, Patience: Endless, Talk: 4 * time.Minute})
	}
	crowd := watchedUntilNoon(t, p)
	if len(crowd.now) < 40 || len(crowd.staff) != 6 {
		t.Fatalf("%d on their way, %d agents", len(crowd.now), len(crowd.staff))
	}
	crowd.demands = idle.demands // as many to come
	few, many := advised(t, idle), advised(t, crowd)
	if !(many.Queues[0].Level < few.Queues[0].Level-0.2) {
		t.Errorf("with a crowd %.3f, without %.3f", many.Queues[0].Level, few.Queues[0].Level)
	}
}

func TestWhatNobodyCanHelpIsSaidNotToHold(t *testing.T) {
	p := crew(5, 95, 3*time.Minute, 1000, 4)
	p.Config.Queues[0].OfferTimeout = time.Minute
	for i := range p.Staff {
		p.Staff[i].Ring = Always(40 * time.Second) // twice the target
	}
	a := advised(t, watchedUntilNoon(t, p))
	if q := a.Queues[0]; len(a.More) > 0 || q.Holds || q.Will {
		t.Errorf("%+v", a)
	}
}

// How long a minute's advice takes: `hotline serve` asks for it with this effort.
func BenchmarkAdvice(b *testing.B) {
	for _, agents := range []int{10, 100, 500} {
		p := crew(agents, float64(agents)*20*1.1, 3*time.Minute, 1000, 4)
		p.Days, p.Cut, p.Only = 1, true, Shift{0, 3 * time.Hour}
		o := Observe(midnight)
		p.Told = o.Stepped
		if _, err := Run(p); err != nil {
			b.Fatal(err)
		}
		o.Forget(midnight.Add(2 * time.Hour))
		b.Run(fmt.Sprint(agents, " agents seen"), func(b *testing.B) { // under staffing's lock
			var seen Seen
			for b.Loop() {
				seen.Copy(o)
			}
		})
		b.Run(fmt.Sprint(agents, " agents"), func(b *testing.B) {
			for b.Loop() {
				f := o.Forecast(midnight.Add(3*time.Hour), p.Config)
				if _, err := f.Advise(30*time.Minute, 200_000); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
