package simulation

import (
	"fmt"
	"testing"
	"time"

	"hotline/queues"
)

// heard counts announced waits by how they came out.
type heard struct{ within, below, above, unknown, silent int }

func (h *heard) add(c Call, announced time.Duration) {
	rest := c.Wait - announced
	switch {
	case c.How != queues.RequestAnswered && (c.Foretold == nil || rest <= c.Foretold.High):
	case c.Foretold == nil:
		if rest > 0 {
			h.unknown++
		}
	case c.How != queues.RequestAnswered || rest > c.Foretold.High:
		h.above++
	case rest < c.Foretold.Low:
		h.below++
	default:
		h.within++
	}
	if c.Foretold != nil && c.Foretold.Silent {
		h.silent++
	}
}

func (h heard) share() float64 { return float64(h.within) / float64(h.within+h.below+h.above) }

func (h heard) String() string {
	return fmt.Sprintf("%d told, %.1f %% within, %d sooner, %d later, %d of unknown wait, %d silent",
		h.within+h.below+h.above, 100*h.share(), h.below, h.above, h.unknown, h.silent)
}

const announced = 10 * time.Second

// listen simulates, and follows the waits that were announced.
func listen(t *testing.T, p Plan) (all heard) {
	t.Helper()
	p.Announce = announced
	p.Each = func(c Call) { all.add(c, announced) }
	run(t, p)
	return all
}

// overlapping are three groups of agents and two queues: one skill each, and both.
func overlapping(first, both, second int, talks [2]time.Duration, perHour [2]float64) Plan {
	p := Plan{Days: 12, Seed: 9}
	for i, skill := range []queues.Skill{"a", "b"} {
		p.Config.Queues = append(p.Config.Queues, queues.Queue{ID: queues.QueueID(skill), Skills: []queues.Need{{Skill: skill, Level: 1}}, WrapUp: time.Minute})
		d := Demand{Queue: queues.QueueID(skill), Talk: Exponential(talks[i]), WrapUp: Exponential(20 * time.Second), Patience: Exponential(6 * time.Minute)}
		for s := range d.Calls {
			d.Calls[s] = perHour[i] / 2
		}
		p.Demands = append(p.Demands, d)
	}
	for i := range first + both + second {
		a := queues.Agent{ID: queues.AgentID(fmt.Sprintf("a%02d", i)), Skills: map[queues.Skill]queues.Level{}}
		if i < first+both {
			a.Skills["a"] = 3
		}
		if i >= first {
			a.Skills["b"] = 3
		}
		p.Staff = append(p.Staff, Staff{Agent: a, Shifts: []Shift{{0, aDay}}, Ring: Exponential(4 * time.Second)})
	}
	return p
}

func TestAnnouncedWaitsHoldForFourInFive(t *testing.T) {
	t.Parallel()
	lognormal := crew(20, 20*20*0.98, 5*time.Minute, 40_000, 3)
	lognormal.Demands[0].Talk = Lognormal(handling, handling*9/10)
	for name, p := range map[string]Plan{
		"one agent":                    crew(1, 20*0.9, 5*time.Minute, 20_000, 1),
		"five agents":                  crew(5, 5*20*0.95, 5*time.Minute, 20_000, 2),
		"twenty agents":                crew(20, 20*20*1.0, 5*time.Minute, 40_000, 3),
		"a hundred agents, overloaded": crew(100, 100*20*1.15, 4*time.Minute, 60_000, 4),
		"patient callers":              crew(10, 10*20*0.93, 0, 40_000, 5),
		"lognormal talks":              lognormal,
		"two skills that overlap":      overlapping(6, 6, 6, [2]time.Duration{3 * time.Minute, 3 * time.Minute}, [2]float64{160, 160}),
		"two skills, one in demand":    overlapping(4, 4, 8, [2]time.Duration{3 * time.Minute, 5 * time.Minute}, [2]float64{150, 90}),
	} {
		got := listen(t, p)
		t.Logf("%s: %s", name, got)
		if got.within < 500 || got.share() < 0.70 || got.share() > 0.95 {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// At noon all talks begin to last three times as long, and at midnight no longer.
func TestAnnouncementsFallSilentWhenTheWorldChangesAndFindTheirVoiceAgain(t *testing.T) {
	t.Parallel()
	const agents = 20
	p := crew(agents, 0, 0, 1, 6)
	p.Days, p.Announce = 40, announced
	slow := p.Demands[0]
	slow.Talk = Exponential(3 * handling)
	for slot := range Slots {
		perSlot := agents * 1.05 * Slot.Hours() / handling.Hours()
		if slot < Slots/2 {
			p.Demands[0].Calls[slot] = perSlot
		} else {
			slow.Calls[slot] = perSlot // three times the load at first, till most have lost patience
		}
	}
	p.Demands[0].Patience, slow.Patience = Exponential(6*time.Minute), Exponential(6*time.Minute)
	p.Demands = append(p.Demands, slow)
	var told, silent [Slots]int
	p.Each = func(c Call) {
		if c.Foretold == nil {
			return
		}
		slot := slotOf(c.Arrived.Sub(midnight))
		told[slot]++
		if c.Foretold.Silent {
			silent[slot]++
		}
	}
	run(t, p)
	share := func(from, to int) float64 {
		all, quiet := 0, 0
		for slot := from; slot < to; slot++ {
			all, quiet = all+told[slot], quiet+silent[slot]
		}
		return float64(quiet) / float64(all)
	}
	before, after, later := share(16, 24), share(25, 26), share(36, 48)
	t.Logf("silent: %.2f in the morning, %.2f half an hour after noon, %.2f in the evening", before, after, later)
	if before > 0.1 || after < 0.5 || later > 0.15 {
		t.Errorf("silent: %.2f in the morning, %.2f half an hour after noon, %.2f in the evening", before, after, later)
	}
	t.Logf("%v\n%v", told, silent)
}
