package queues

import (
	"flag"
	"math/rand/v2"
	"reflect"
	"strconv"
	"testing"
	"time"
)

var oracleEvents = flag.Int("oracle", 200_000, "random events on which the router is compared with the scan; make bench-router compares 1,000,000")

var blockTime = flag.Duration("block", 2*time.Second, "how long each block of BenchmarkRouter works")

func TestRouterDecidesAsTheScanDoes(t *testing.T) {
	seen := compareWithScan(t, *oracleEvents)
	for _, rule := range []Rule{OnlyCandidate, LongestIdle, MostSkilled, SpareSpecialist, AllDeclined} {
		if seen[rule] < *oracleEvents/10_000 {
			t.Errorf("only %d of %d events led to an offer by %s", seen[rule], *oracleEvents, rule)
		}
	}
}

// compareWithScan tells both the same random days of 600 events each, and counts the rules that decided.
func compareWithScan(t testing.TB, events int) (seen map[Rule]int) {
	seen = map[Rule]int{}
	for seed := uint64(1); events > 0; seed++ {
		g := &mess{dice: rand.New(rand.NewPCG(seed, 3))}
		g.quiet = seed%2 == 0
		c := g.config()
		r, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		s := newScan(c, r)
		at := time.Date(2026, 3, 2, 23, 59, 0, 0, time.UTC)
		for i := range min(events, 600) {
			at = at.Add(time.Duration(g.dice.ExpFloat64() * float64(time.Second)))
			e := g.event(at)
			got, want := r.Step(at, e), s.Step(at, e)
			g.learn(got)
			for _, d := range got {
				if o, is := d.(Offered); is {
					seen[o.Why.Rule]++
				}
			}
			if a, b := comparableSteps(got), comparableSteps(want); !reflect.DeepEqual(a, b) {
				t.Fatalf("day %d, event %d: %#v gave\n%+v\nand the scan\n%+v", seed, i, e, a, b)
			}
		}
		events -= 600
	}
	return seen
}

// mess draws random events, most of which can be: about 16 agents, about 25 who wait.
type mess struct {
	dice     *rand.Rand
	told     int
	quiet    bool // few call, and agents choose among themselves
	offers   []OfferID
	requests []RequestID
}

func (g *mess) one(n int) bool { return g.dice.IntN(n) == 0 }

func (g *mess) config() Config {
	c := Config{Epoch: "e"}
	for i := range 1 + g.dice.IntN(6) {
		c.Queues = append(c.Queues, g.queue(QueueID(strconv.Itoa(i))))
	}
	return c
}

func (g *mess) queue(id QueueID) Queue {
	q := Queue{
		ID: id, Priority: g.dice.IntN(3), OfferTimeout: time.Duration(1+g.dice.IntN(10)) * time.Second,
		WrapUp: time.Duration(g.dice.IntN(4)) * time.Second, ShortAbandon: 2 * time.Second,
	}
	q.Choice = []Rule{"", LongestIdle, MostSkilled, SpareSpecialist}[g.dice.IntN(4)]
	q.Aging = []float64{0, 0.5, 0.5, 1.25}[g.dice.IntN(4)]
	q.Target = Target{0.8, time.Duration(g.dice.IntN(3)) * 5 * time.Second}
	if g.one(3) {
		q.AnyOf = append(q.AnyOf, []Need{g.need(), g.need()})
	}
	for i := range g.dice.IntN(3) {
		s := Relaxation{After: time.Duration(i*4+1+g.dice.IntN(3)) * time.Second}
		switch g.dice.IntN(3) {
		case 0:
			s.Lower = []Need{g.need(), g.need()}
		case 1:
			s.Drop = []Skill{g.need().Skill, g.need().Skill}
		default:
			s.Add = []Need{g.need()}
		}
		q.Relax = append(q.Relax, s)
	}
	for range g.dice.IntN(3) {
		q.Skills = append(q.Skills, g.need())
	}
	return q
}

func (g *mess) need() Need {
	return Need{Skill(string(rune('a' + g.dice.IntN(5)))), Level(g.dice.IntN(5))}
}

func (g *mess) agent() AgentID { return AgentID(strconv.Itoa(g.dice.IntN(16))) }

func (g *mess) offer() OfferID {
	if len(g.offers) == 0 {
		return "none"
	}
	return g.offers[g.dice.IntN(len(g.offers))]
}

func (g *mess) request() RequestID {
	if len(g.requests) == 0 {
		return "none"
	}
	return g.requests[g.dice.IntN(len(g.requests))]
}

// learn remembers the latest offers, live or not.
func (g *mess) learn(decided []Decision) {
	for _, d := range decided {
		if o, is := d.(Offered); is {
			g.offers = append(g.offers[max(0, len(g.offers)-12):], o.Offer.ID)
		}
	}
}

func (g *mess) event(at time.Time) Event {
	agent := g.agent()
	switch g.dice.IntN(32) {
	case 0, 1, 2:
		a := Agent{ID: agent, Name: "n", Skills: map[Skill]Level{}}
		for range g.dice.IntN(5) {
			n := g.need()
			a.Skills[n.Skill] = n.Level + 1
		}
		e := AgentSignedIn{Agent: a, Since: at.Add(-time.Duration(g.dice.IntN(9)) * time.Second)}
		if !g.one(4) {
			e.Availability = Ready
		}
		return e
	case 3, 4:
		return AgentReady{agent}
	case 5:
		return AgentNotReady{agent, []Reason{Break, Lunch}[g.dice.IntN(2)]}
	case 6:
		return AgentSignedOut{agent}
	case 7:
		if g.one(2) {
			return DeskLost{agent}
		}
		return TalkRestored{agent, RequestID("t" + strconv.Itoa(g.told)), "1", at.Add(-time.Second)}
	case 8, 9, 10:
		return PhoneChanged{agent, !g.one(5)}
	case 11, 12:
		return g.call(at)
	case 13, 14, 15, 16, 17:
		if !g.quiet {
			return g.call(at)
		}
		a := Agent{ID: agent, Name: "n", Skills: map[Skill]Level{"a": Level(1 + g.dice.IntN(5)), "b": 3, "c": 2}}
		return []Event{AgentReady{agent}, PhoneChanged{agent, true}, AgentSignedIn{Agent: a, Availability: Ready}}[g.dice.IntN(3)]
	case 18:
		return Abandoned{g.request()}
	case 19:
		return OfferAccepted{g.offer()}
	case 20, 21:
		return OfferDeclined{g.offer()}
	case 22:
		return OfferFailed{g.offer(), []Failure{PhoneUnanswered, PhoneBusy, "bored"}[g.dice.IntN(3)]}
	case 23, 24, 25:
		return OfferAnswered{g.offer()}
	case 26, 27:
		return TalkEnded{g.request()}
	case 28:
		return []Event{TalkHeld{g.request()}, TalkResumed{g.request()}}[g.dice.IntN(2)]
	case 29:
		return []Event{WrapUpFinished{agent}, WrapUpExtended{agent, 0}, WrapUpExtended{agent, 2 * time.Minute}}[g.dice.IntN(3)]
	case 30:
		if g.one(3) {
			return OffersHeld{at.Add(3 * time.Second)}
		}
		return OffersReleased{}
	default:
		return Tick{}
	}
}

func (g *mess) call(at time.Time) Event {
	g.told++
	q := Request{
		ID: RequestID(strconv.Itoa(g.told)), Queue: QueueID(strconv.Itoa(g.dice.IntN(6))), Priority: g.dice.IntN(2),
		Arrived: at.Add(-time.Duration(g.dice.IntN(5)) * time.Second),
	}
	if g.one(3) {
		q.Extra = []Need{g.need()}
	}
	g.requests = append(g.requests[max(0, len(g.requests)-40):], q.ID)
	return Enqueued{q}
}
