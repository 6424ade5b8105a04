package simulation

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"hotline/queues"
)

// chancy is a queue around the clock whose agents differ in name only, and miss many offers. Anna comes at nine.
func chancy() Plan {
	p := crew(6, 60, time.Minute, 0, 11)
	p.Days = 1
	for i := range p.Staff {
		p.Staff[i].Misses, p.Staff[i].Ring, p.Staff[i].Back = 0.3, Exponential(6*time.Second), Exponential(2*time.Minute)
	}
	anna := p.Staff[0]
	anna.Agent.ID, anna.Shifts = "anna", []Shift{{9 * time.Hour, 18 * time.Hour}}
	p.Staff = append([]Staff{anna}, p.Staff...)
	return p
}

// until are the figures of the half hours before a time.
func until(r Report, at time.Duration) (all []Figures) {
	for _, q := range counted(r.Queues) {
		all = append(all, q.Slots[:slotOf(at)]...)
	}
	return all
}

func TestWhoDoesNotWorkAnyMoreLeavesTheChanceOfAllOthersAsItWas(t *testing.T) {
	p := chancy()
	was := run(t, p)
	without := p
	without.Staff = p.Staff[1:]
	now := run(t, without)
	if !reflect.DeepEqual(until(was, 8*time.Hour), until(now, 8*time.Hour)) {
		t.Errorf("without Anna, who comes at nine, it is another night")
	}
	if reflect.DeepEqual(until(was, 18*time.Hour), until(now, 18*time.Hour)) {
		t.Errorf("without Anna nothing is otherwise by day")
	}
	moved := p
	moved.Staff = append(slices.Clone(p.Staff[1:]), p.Staff[0])
	if again := run(t, moved); !reflect.DeepEqual(counted(was.Queues), counted(again.Queues)) {
		t.Errorf("with Anna at the end of the list it is another day: %s", difference(counted(again.Queues), counted(was.Queues)))
	}
}

func TestATracedDayWithoutSomebodyIsTheSameUntilTheyCome(t *testing.T) {
	p := chancy()
	o, _ := lived(t, p)
	trace := o.Trace(p.Config, 1)
	// Somebody talks with Anna when the day begins: who does not work any more takes that talk with them.
	trace.Given = append([]Given{{Request: queues.Request{ID: "before", Queue: "line"}, With: "anna"}}, trace.Given...)
	without := trace
	without.Staff = slices.DeleteFunc(slices.Clone(trace.Staff), func(s Staff) bool { return s.Agent.ID == "anna" })
	without.Given = trace.Given[1:]
	if was, now := run(t, trace), run(t, without); !reflect.DeepEqual(until(was, 8*time.Hour), until(now, 8*time.Hour)) {
		t.Errorf("without Anna, who comes at nine, it is another night")
	}
}

func TestAnotherStreamOfCallersLeavesTheOthersAsTheyWere(t *testing.T) {
	came := func(change func(*Plan)) (all []string) {
		p := chancy()
		p.Demands = append(p.Demands, p.Demands[0]) // two that need the same are not the same callers
		change(&p)
		p.Each = func(c Call) {
			if c.Queue == "line" {
				all = append(all, fmt.Sprint(c.Arrived))
			}
		}
		run(t, p)
		slices.Sort(all)
		return all
	}
	was := came(func(*Plan) {})
	if len(slices.Compact(slices.Clone(was))) != len(was) {
		t.Errorf("two streams that need the same bring the same callers")
	}
	with := came(func(p *Plan) {
		other := p.Demands[0]
		other.Queue = "other"
		p.Config.Queues = append(p.Config.Queues, queues.Queue{ID: "other", Skills: []queues.Need{{Skill: "other", Level: 1}}})
		p.Demands = append([]Demand{other}, p.Demands...)
	})
	if !reflect.DeepEqual(was, with) {
		t.Errorf("%d came, and %d with another stream before them, or at other times", len(was), len(with))
	}
}

func TestAgentsHaveEachTheirOwnChance(t *testing.T) {
	p := crew(20, 10, 0, 0, 3)
	p.Days = 2
	rings := map[queues.AgentID]time.Duration{}
	for i := range p.Staff {
		p.Staff[i].Ring = Exponential(5 * time.Second)
	}
	p.Told = func(at time.Time, e queues.Event, decided []queues.Decision) {
		for _, d := range decided {
			if o, is := d.(*queues.OfferEnded); is && o.How == queues.OfferWasAnswered && rings[o.Offer.Agent] == 0 {
				rings[o.Offer.Agent] = at.Sub(o.Offer.At)
			}
		}
	}
	run(t, p)
	first := map[time.Duration]bool{}
	for _, ring := range rings {
		first[ring] = true
	}
	if len(rings) < 15 || len(first) != len(rings) {
		t.Errorf("%d agents answer for the first time after %d different times", len(rings), len(first))
	}
}
