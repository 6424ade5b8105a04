package simulation

import (
	"reflect"
	"testing"
	"time"

	"hotline/queues"
)

// What a trace takes from a day, and what a run makes of it, each by a small story with exact figures.

func TestATracedAgentMissesRingsAndReturnsAsTheyDid(t *testing.T) {
	a := ObservedAgent{Agent: queues.Agent{ID: "anna"}, Answered: 3, Missed: 1, Rings: 12 * time.Second, Backs: 6 * time.Minute, Returns: 2}
	want := Staff{Agent: a.Agent, Ring: Always(4 * time.Second), Misses: 0.25, Back: Exponential(3 * time.Minute)}
	if got := a.staff(midnight, time.Second); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, not %+v", got, want)
	}
	p := chancy()
	o, _ := lived(t, p)
	for _, s := range o.Trace(p.Config, 1).Staff {
		if s.Misses < 0.1 || s.Misses > 0.5 || s.Back.Mean < time.Minute || s.Back.Mean > 4*time.Minute {
			t.Errorf("%s, who missed three of ten and was back after two minutes: %+v", s.Agent.ID, s)
		}
	}
}

// Somebody lets every phone ring, for twenty seconds each, and is ready again seven minutes later.
func TestWhoMissesAllOffersIsOfferedTheNextWhenTheyAreBack(t *testing.T) {
	given := func(p *Plan) {
		p.Given = []Given{{Request: queues.Request{Queue: "line"}, At: time.Hour, Patience: Endless}}
	}
	drawn := func(p *Plan) { p.Demands[0].Calls[2] = 40 }
	for name, comes := range map[string]func(*Plan){"given": given, "drawn": drawn} {
		p := crew(1, 0, 0, 0, 1)
		p.Days, p.Config.Queues[0].OfferTimeout = 1, 20*time.Second
		p.Staff[0].Misses, p.Staff[0].Back = 1, Always(7*time.Minute)
		comes(&p)
		var offers []time.Time
		p.Told = func(at time.Time, _ queues.Event, decided []queues.Decision) {
			for _, d := range decided {
				if _, is := d.(*queues.Offered); is {
					offers = append(offers, at)
				}
			}
		}
		f := run(t, p).Queues[0].Total()
		if f.Offered == 0 || f.Left != f.Offered || len(offers) < 5 {
			t.Fatalf("%s: %+v, %d offers", name, f, len(offers))
		}
		for i, at := range offers[1:] {
			if again := at.Sub(offers[i]); again != 7*time.Minute+20*time.Second {
				t.Errorf("%s: offer %d comes %s after the one before", name, i+2, again)
			}
		}
	}
}

// To each queue five come while nobody is there, and hang up after ten seconds in one, ten minutes in the other. Then Anna comes and
// answers one of each at once: they talk for one minute, and for nine.
func TestWhatADayDidNotShowIsDrawnFromTheSameQueue(t *testing.T) {
	p := crew(1, 0, 0, 0, 1)
	p.Days, p.Staff[0].Shifts = 1, []Shift{{12 * time.Hour, 24 * time.Hour}}
	p.Config.Queues = []queues.Queue{{ID: "line"}, {ID: "slow"}}
	patience := map[queues.QueueID]time.Duration{"line": 10 * time.Second, "slow": 10 * time.Minute}
	talk := map[queues.QueueID]time.Duration{"line": time.Minute, "slow": 9 * time.Minute}
	for _, queue := range []queues.QueueID{"line", "slow"} {
		for i := range 5 {
			p.Given = append(p.Given, Given{Request: queues.Request{Queue: queue}, At: time.Duration(1+i) * time.Hour, Patience: patience[queue]})
		}
		p.Given = append(p.Given, Given{Request: queues.Request{Queue: queue}, At: 13*time.Hour + 10*talk[queue], Patience: Endless, Talk: talk[queue]})
	}
	o, r := lived(t, p)
	if f := total(r); f.Abandoned != 10 || f.Answered != 2 || f.Waited != 0 {
		t.Fatalf("%+v", f)
	}
	for seed := range uint64(8) {
		for _, g := range o.Trace(p.Config, seed).Given {
			if of := g.Request.Queue; g.Patience != patience[of] || g.Talk != talk[of] {
				t.Errorf("to %s at %s comes somebody who waits for %s and talks for %s", of, g.At, g.Patience, g.Talk)
			}
		}
	}
}
