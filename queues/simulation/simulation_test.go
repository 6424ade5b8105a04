package simulation

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hotline/queues"
)

// anyPlan is a random centre: a few queues and languages, shifts, misses, wrap-ups, patient and impatient callers.
func anyPlan(t *rapid.T) Plan {
	dice := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
	p := Plan{Days: 1 + dice.IntN(2), Seed: dice.Uint64()}
	skills := []queues.Skill{"a", "b", "c"}
	laws := []func(time.Duration) Law{Always, Exponential, func(d time.Duration) Law { return Lognormal(d, d+d/2) }}
	law := func(most time.Duration) Law {
		return laws[dice.IntN(len(laws))](time.Duration(1 + dice.Int64N(int64(most))))
	}
	for i := range 1 + dice.IntN(3) {
		p.Config.Queues = append(p.Config.Queues, queues.Queue{
			ID: queues.QueueID(fmt.Sprint(i)), Skills: []queues.Need{{Skill: skills[i], Level: queues.Level(dice.IntN(4))}},
			Priority: dice.IntN(2), WrapUp: time.Duration(dice.IntN(3)) * 30 * time.Second, ShortAbandon: 5 * time.Second,
		})
		if dice.IntN(3) == 0 {
			p.Config.Queues[i].Overflow = []queues.Overflow{{After: time.Duration(dice.IntN(200)) * time.Second, To: queues.Destination{Kind: queues.ToCallback}}}
		}
		if dice.IntN(2) > 0 {
			p.Config.Queues[i].AnyOf = [][]queues.Need{{{Skill: "b", Level: 1}, {Skill: "c", Level: 3}}}
		}
	}
	for range 1 + dice.IntN(4) {
		d := Demand{Queue: p.Config.Queues[dice.IntN(len(p.Config.Queues))].ID, Talk: law(5 * time.Minute), WrapUp: law(time.Minute), Callback: dice.Float64()}
		if dice.IntN(3) > 0 {
			d.Patience = law(10 * time.Minute)
		}
		if dice.IntN(2) > 0 {
			d.Extra = []queues.Need{{Skill: queues.Language("ru"), Level: 1}}
		}
		for i := range d.Calls {
			d.Calls[i] = float64(dice.IntN(12))
		}
		p.Demands = append(p.Demands, d)
	}
	for i := range dice.IntN(8) {
		s := Staff{Agent: queues.Agent{ID: queues.AgentID(fmt.Sprint(i)), Skills: map[queues.Skill]queues.Level{}}, Misses: float64(dice.IntN(2)) / 10}
		for _, k := range append(skills, queues.Language("ru")) {
			if dice.IntN(3) > 0 {
				s.Agent.Skills[k] = queues.Level(1 + dice.IntN(5))
			}
		}
		if dice.IntN(2) > 0 {
			s.Ring = law(25 * time.Second)
		}
		for range dice.IntN(4) {
			from := time.Duration(dice.IntN(48)) * Slot
			s.Shifts = append(s.Shifts, Shift{from, from + time.Duration(1+dice.IntN(20))*Slot})
		}
		p.Staff = append(p.Staff, s)
	}
	return p
}

func TestEachCallIsToldOnceAndTheFiguresAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPlan(t)
		told, waited := map[int]int{}, time.Duration(0)
		p.Each = func(c Call) {
			told[c.Number]++
			waited += c.Wait
			if c.Wait < 0 || (c.How == queues.RequestAnswered || c.How == queues.RequestCalledBack) != (c.Agent != "") || c.How == queues.RequestCalledBack && !c.Callback {
				t.Fatalf("%+v", c)
			}
		}
		missed := false
		p.Told = func(_ time.Time, _ queues.Event, decided []queues.Decision) {
			for _, d := range decided {
				o, is := d.(*queues.OfferEnded)
				missed = missed || is && o.How == queues.OfferWasMissed
			}
		}
		r, err := Run(p)
		if err != nil {
			t.Fatal(err)
		}
		var all Figures
		for _, q := range r.Queues {
			for i, f := range q.Slots {
				if f.Offered != f.Answered+f.Abandoned+f.CalledBack+f.Left || f.InTarget > f.Answered || f.Delayed > f.Offered {
					t.Fatalf("queue %s, half hour %d: %+v", q.ID, i, f)
				}
			}
			all = all.Plus(q.Total())
		}
		for n, times := range told {
			if times != 1 {
				t.Fatalf("call %d is told %d times", n, times)
			}
		}
		if len(told) != all.Offered {
			t.Fatalf("%d calls are told of %d", len(told), all.Offered)
		}
		if off := (all.Causes.Sum() - waited).Abs(); off > time.Millisecond {
			t.Fatalf("%s were waited, of which %s have a cause", waited, all.Causes.Sum())
		}
		if all.Causes[Kept] != 0 && !missed { // who missed a call does not get it again at once
			t.Fatalf("callers were kept for %s while somebody was free for them", all.Causes[Kept])
		}
		for i, a := range r.Agents {
			var signedIn time.Duration
			for _, w := range a.Slots {
				signedIn += w.Handling + w.Ready
				if w.Handling+w.Ready > Slot*time.Duration(p.Days) {
					t.Fatalf("agent %s: %+v in half an hour", a.ID, w)
				}
			}
			if len(p.Staff[i].Shifts) == 0 && signedIn > 0 {
				t.Fatalf("agent %s has no shift and worked for %s", a.ID, signedIn)
			}
		}
	})
}

func TestSamePlanGivesTheSameReport(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPlan(t)
		first, err := Run(p)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := Run(p); err != nil || !reflect.DeepEqual(first, again) {
			t.Fatalf("the second time it is another: %v", err)
		}
	})
}

func TestOtherStaffMeetTheSameCallers(t *testing.T) {
	arrivals := func(agents int) map[int]time.Time {
		all := map[int]time.Time{}
		p := crew(agents, 120, time.Minute, 3000, 7)
		p.Demands = append(p.Demands, p.Demands[0])
		p.Each = func(c Call) { all[c.Number] = c.Arrived }
		run(t, p)
		return all
	}
	if few, many := arrivals(3), arrivals(30); len(few) == 0 || !reflect.DeepEqual(few, many) {
		t.Errorf("%d callers come to few agents, and %d to many, or at other times", len(few), len(many))
	}
}

func TestArrivalsArePoissonInEachHalfHour(t *testing.T) {
	p := crew(1, 0, time.Second, 0, 5)
	p.Days = 400
	p.Demands[0].Calls = [Slots]float64{18: 10, 19: 40, 30: 0.5}
	p.Staff = nil
	perDay := map[[2]int]float64{}
	p.Each = func(c Call) {
		at := c.Arrived.Sub(midnight)
		perDay[[2]int{int(at / aDay), slotOf(at)}]++
	}
	run(t, p)
	for slot, mean := range p.Demands[0].Calls {
		var sum, square float64
		for day := range p.Days {
			n := perDay[[2]int{day, slot}]
			sum += n
			square += (n - mean) * (n - mean)
		}
		days := float64(p.Days)
		// Mean and variance of a Poisson number are alike; four standard errors of each.
		if off := math.Abs(sum/days - mean); off > 4*math.Sqrt(mean/days) {
			t.Errorf("half hour %d: %.3f calls, not %g", slot, sum/days, mean)
		}
		if off := math.Abs(square/days - mean); off > 4*math.Sqrt((mean+2*mean*mean)/days) {
			t.Errorf("half hour %d: variance %.3f, not %g", slot, square/days, mean)
		}
	}
}

func TestLawsHaveTheirMeanAndDeviation(t *testing.T) {
	for _, l := range []Law{Always(time.Minute), Exponential(time.Minute), Lognormal(time.Minute, 90*time.Second), Lognormal(time.Minute, 0)} {
		dice := rand.New(rand.NewPCG(1, 2))
		const n = 400_000
		var sum, square float64
		for range n {
			x := l.draw(dice).Seconds()
			sum += x
			square += x * x
		}
		mean := sum / n
		deviation := math.Sqrt(max(0, square/n-mean*mean))
		if math.Abs(mean-l.Mean.Seconds()) > 0.6 || math.Abs(deviation-l.Deviation.Seconds()) > 3 {
			t.Errorf("%+v: mean %.2f s, deviation %.2f s", l, mean, deviation)
		}
	}
}

// A day at a small centre, by hand: nobody is there before nine; the first caller waits for them; the talk goes on past the end.
func TestCallersBeforeOpeningWaitForTheShift(t *testing.T) {
	p := crew(1, 0, 0, 0, 1)
	p.Days = 1
	p.Demands[0].Talk = Always(time.Minute)
	p.Demands[0].Calls = [Slots]float64{16: 20} // 8:00 to 8:30
	p.Staff[0].Shifts = []Shift{{9 * time.Hour, 10 * time.Hour}}
	p.Staff[0].Ring = Always(5 * time.Second)
	last := time.Duration(0)
	p.Each = func(c Call) { last = max(last, c.Arrived.Add(c.Wait).Sub(midnight)) }
	r := run(t, p)
	f := r.Queues[0].Slots[16]
	if f.Offered == 0 || f.Answered != f.Offered || f.ASA() < 30*time.Minute || f.InTarget != 0 {
		t.Fatalf("at eight: %+v", f)
	}
	// One after the other: each rings for 5 s and talks for a minute.
	if want := 9*time.Hour + time.Duration(f.Offered)*5*time.Second + time.Duration(f.Offered-1)*time.Minute; last != want {
		t.Errorf("the last is answered at %s, not %s", last, want)
	}
	total := r.Queues[0].Total().Causes
	if total[Nobody] < time.Duration(f.Offered)*30*time.Minute || total[Ringing] != time.Duration(f.Offered)*5*time.Second || total[Own] == 0 || total[Others] != 0 {
		t.Errorf("the waits came from %v", total)
	}
	work := r.Queues[0].Total().Work
	if work.Handling != time.Duration(f.Offered)*time.Minute || work.Handling+work.Ready != time.Hour {
		t.Errorf("work: %+v", work)
	}
}

func TestShiftsThatMeetAreOne(t *testing.T) {
	got := hours([]Shift{{0, 8 * time.Hour}, {8 * time.Hour, 12 * time.Hour}, {22 * time.Hour, 24 * time.Hour}}, 2, 0, 2*aDay)
	want := []Shift{{0, 12 * time.Hour}, {22 * time.Hour, 36 * time.Hour}, {46 * time.Hour, 48*time.Hour + 10*aDay}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
}

func TestImpossiblePlansAreErrors(t *testing.T) {
	for what, change := range map[string]func(*Plan){
		"no day":            func(p *Plan) { p.Days = 0 },
		"unknown queue":     func(p *Plan) { p.Demands[0].Queue = "x" },
		"fewer than none":   func(p *Plan) { p.Demands[0].Calls[3] = -1 },
		"no number":         func(p *Plan) { p.Demands[0].Calls[3] = math.NaN() },
		"time below zero":   func(p *Plan) { p.Demands[0].Talk = Always(-1) },
		"lognormal of zero": func(p *Plan) { p.Demands[0].Talk = Lognormal(0, 1) },
		"agent twice":       func(p *Plan) { p.Staff[1].Agent.ID = p.Staff[0].Agent.ID },
		"shift backwards":   func(p *Plan) { p.Staff[0].Shifts = []Shift{{5, 4}} },
		"shift too long":    func(p *Plan) { p.Staff[0].Shifts = []Shift{{5, 6 + aDay}} },
		"misses too many":   func(p *Plan) { p.Staff[0].Misses = 1.5 },
	} {
		p := crew(2, 10, 0, 10, 1)
		change(&p)
		if _, err := Run(p); !errors.Is(err, ErrPlan) {
			t.Errorf("%s: %v", what, err)
		}
	}
	p := crew(2, 10, 0, 10, 1)
	p.Staff[0].Agent.Skills = map[queues.Skill]queues.Level{"a": 9}
	if _, err := Run(p); !errors.Is(err, queues.ErrInvalid) {
		t.Errorf("level 9: %v", err)
	}
}
