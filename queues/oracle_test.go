package queues

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

var oracleEvents = flag.Int("oracle", 200_000, "random events on which the router is compared with the scan; make bench-router compares 1,000,000")

var oracleDice = flag.Uint64("dice", 3, "seeds the random days on which the router is compared with the scan; another number makes others")

var blockTime = flag.Duration("block", 2*time.Second, "how long each block of BenchmarkRouter works")

func TestRouterDecidesAsTheScanDoes(t *testing.T) {
	t.Parallel()
	seen := compareWithScan(t, *oracleEvents)
	for _, what := range []string{
		"by only_candidate", "by longest_idle", "by most_skilled", "by spare_specialist", "by least_occupied", "by preferred", "by led", "by all_declined", "by consulted", "TalkConsults",
		"answered", "abandoned", "overflowed", "called_back", "not_reached", "called_in", "CallBroken",
		"DeskAway", "TalkDropped", "moved to queue", "moved to callback", "moved to front", "moved to agent", "led meanwhile", "closed by somebody", "QueueOpened", "callback waits", "place regained", "Reconfigured", "AgentReskilled", "too many",
	} {
		if seen[what] < *oracleEvents/10_000 {
			t.Errorf("of %d events only %d led to: %s", *oracleEvents, seen[what], what)
		}
	}
	for _, rare := range []string{"place regained while dialled", "TalkPassed", "lost"} {
		if seen[rare] < *oracleEvents/100_000 {
			t.Errorf("of %d events only %d led to: %s", *oracleEvents, seen[rare], rare)
		}
	}
	t.Log(seen)
}

// compareWithScan tells both the same random days of 600 events each, and counts what came of them.
func compareWithScan(t testing.TB, events int) (seen map[string]int) {
	seen = map[string]int{}
	for seed := uint64(1); events > 0; seed++ {
		c, told, differs := messyDay(seed, min(events, 600), seen)
		if differs != "" {
			counterExample(t, fmt.Sprintf("day-%d", seed), c, told)
			if *counterExamples == "" {
				t.FailNow()
			}
		}
		events -= 600
	}
	return seen
}

// messyDay tells both a day, and says where they differ, "" where they do not.
func messyDay(seed uint64, events int, seen map[string]int) (c Config, told []moment, differs string) {
	g := &eventDraw{dice: rand.New(rand.NewPCG(seed, *oracleDice)), came: map[RequestID]Request{}, leads: map[RequestID]int{}}
	g.quiet = seed%2 == 0
	g.plan = g.config()
	c = g.plan
	d := newDuel(c)
	at := time.Date(2026, 3, 2, 23, 59, 0, 0, time.UTC)
	for range events {
		at = at.Add(time.Duration(g.dice.ExpFloat64() * float64(time.Second)))
		m := moment{at, g.event(at)}
		told = append(told, m)
		got, differs := d.safely(m)
		if differs != "" {
			return c, told, differs
		}
		g.learn(got)
		count(seen, m.e, got)
		if g.quiet {
			d.r.Release()
		}
	}
	return c, told, ""
}

// count counts what came of an event.
func count(seen map[string]int, e Event, decided []Decision) {
	rejected := false
	for _, d := range decided {
		switch d := d.(type) {
		case *Offered:
			seen["by "+string(d.Why.Rule)]++
		case *RequestEnded:
			seen[string(d.How)]++
			if d.By != "" {
				seen["closed by somebody"]++
			}
		case *RequestMoved:
			seen["moved to "+string(d.To.Kind)]++
		case *CallbackWaits:
			seen["callback waits"]++
		case *PlaceRegained:
			seen["place regained"]++
			if _, failed := e.(CallbackFailed); failed {
				seen["place regained while dialled"]++
			}
		case *Rejected:
			rejected = true
			if errors.Is(d.Err, ErrTooMany) {
				seen["too many"]++
			}
			if _, led := errors.AsType[*LedError](d.Err); led {
				seen["led meanwhile"]++
			}
		}
	}
	if !rejected {
		seen[reflect.TypeOf(e).Name()]++
	}
}

// duel is a router and a scan that are told the same.
type duel struct {
	r *Router
	s *scan
}

func newDuel(c Config) *duel {
	r, err := New(c)
	if err != nil {
		panic(err)
	}
	r.forecast.reachGoodFor = 0 // the scan looks at everybody each time
	return &duel{r, newScan(c, r)}
}

// step tells both an event, and says how they differ then.
func (d *duel) step(m moment) (got []Decision, differs string) {
	got = d.r.Step(m.at, m.e)
	want := d.s.Step(m.at, m.e)
	if a, b := comparableSteps(got), comparableSteps(want); !reflect.DeepEqual(a, b) {
		return got, fmt.Sprintf("%#v gave%s\nand the scan%s", m.e, spelled(a), spelled(b))
	}
	if due, _ := d.r.Deadline(); !due.After(m.at) || due.After(d.s.due()) {
		return got, fmt.Sprintf("after %#v at %s something is due at %s, and by the scan at %s", m.e, m.at, due, d.s.due())
	}
	return got, ""
}
