package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/cmd/hotline/config"
	"hotline/ivr/flow"
)

var rigSeed = flag.Uint64("rig-seed", 0, "make kills, test-faults, soak: what is random follows from it; 0: another one each time, which is printed")

// rig is a Hotline in a process of its own under load, of which everybody is counted, whatever is done to Hotline, Asterisk or PostgreSQL meanwhile.
//
//	rigAgent   a desk and a SIP phone: picks up, talks, files a note of each call
//	rigCaller  a customer who comes by a Poisson process, whose sound is watched: types, waits, talks, leaves when patience ends, asks for a callback
//	tally      what befell them all: by the phones, and by what Hotline has written down
//
// Each call comes from a number of its own, so that phones and records can be compared.
type rig struct {
	*stage
	p      *process
	ari    *freezer // the way to Asterisk; nil where the rig has no links
	pages  *freezer // the way of the desks to whichever Hotline serves
	seed   uint64
	dice   *rand.Rand // the test's goroutine only
	agents []*rigAgent

	shut                       context.Context // ends everybody
	closed                     context.CancelFunc
	agentsAtWork, callersThere sync.WaitGroup
	arrivals                   chan struct{} // closed when nobody comes any more; nil before anybody came

	mu      sync.Mutex
	callers map[string]*rigCaller    // by the digits of their number
	gaps    []gap                    // in which Hotline was not there
	ready   []time.Duration          // from each start of the process until it served
	remarks []string                 // what is odd, for the log
	events  map[string]chan struct{} // what somebody waits for, closed when it happens
}

// gap is a time in which something was wrong with the line on purpose: a caller who leaves in it may be written down as lost, and a menu may have been said anew.
type gap struct{ from, to time.Time }

// The load: a line that is nearly full, with some who wait at any time.
const (
	rigAgents   = 16
	rigRate     = 3.0 // calls a second
	rigTalk     = 4500 * time.Millisecond
	rigPatience = 25 * time.Second
	rigDrain    = 2 * time.Minute // within which all are served, or gone, and written down once nobody comes any more
)

type rigOptions struct {
	agents     int
	unpromised bool // nobody is offered a callback
	faulty     bool // what Hotline depends on can be made to fail: the way to Asterisk is a link, and the spool is on a small disk of its own
}

// raiseRig starts a Hotline of its own with so many agents who are ready.
func raiseRig(t *testing.T, seed uint64, o rigOptions) *rig {
	t.Helper()
	var people []config.Person
	for i := range o.agents {
		p := person(fmt.Sprintf("a%02d", i), fmt.Sprintf("a%02d", i))
		p.Password = config.SecretOf("password-of-all")
		people = append(people, p)
	}
	var ari *freezer
	s := raise(t, stageOptions{people: people, elsewhere: true, configure: func(c *config.Config) {
		for i := range c.Queues {
			q := &c.Queues[i]
			q.Priority, q.WrapUp = 0, 10*time.Minute // ended by the agents alone
			if q.ID == "subscribers" && !o.unpromised {
				q.Overflow = []config.Overflow{{After: 2 * time.Second, To: config.Destination{Callback: true}}}
				q.Callback.Attempts = 3
			}
		}
		for id, node := range c.Flow.Nodes {
			if q, waits := c.Flow.Queue(id); waits {
				q.Every = 10 * time.Minute // whom a kill meets in the midst of an announcement waits in silence for the restart
				c.Flow.Nodes[id] = flow.Node{Kind: q, Next: node.Next}
			}
		}
		c.HTTP.Metrics = freeAddress("127.0.0.1:0") // the same after each restart
		if o.faulty {
			ari = newFreezer(t, strings.TrimSuffix(strings.TrimPrefix(c.Asterisk.URL, "http://"), "/ari"))
			c.Asterisk.URL = "http://" + ari.Addr().String() + "/ari"
			c.Spool = filepath.Join(smallDisk(t), "spool")
		}
	}})
	s.config.Asterisk.Reserve = s.house.asterisk.ReserveFile
	_ = os.Remove(s.config.Asterisk.Reserve) // of other tests
	r := &rig{stage: s, ari: ari, seed: seed, dice: rand.New(rand.NewPCG(seed, 0)), callers: map[string]*rigCaller{}, events: map[string]chan struct{}{}}
	r.shut, r.closed = context.WithCancel(context.Background())
	t.Cleanup(func() {
		r.closed()
		r.callersThere.Wait()
		r.agentsAtWork.Wait()
		if t.Failed() {
			for _, remark := range r.remarks {
				t.Log(remark)
			}
		}
	})
	r.p = s.spawn()
	s.config.Asterisk.URL = s.house.asterisk.ARIURL // the test itself asks past the link
	r.pages = newFreezer(t, strings.TrimPrefix(r.p.pages, "http://"))
	for i, p := range people {
		a := &rigAgent{r: r, person: p, dice: rand.New(rand.NewPCG(seed, uint64(1+i))), filed: map[string]*filedNote{}}
		a.begins()
		r.agents = append(r.agents, a)
	}
	for _, a := range r.agents {
		ctx, cancel := context.WithTimeout(t.Context(), atOnce)
		_, err := a.desk.WaitMe(ctx, func(me agentapi.Me) bool { return me.Availability.State == "ready" && me.Phone.Reachable })
		cancel()
		s.must(err)
	}
	return r
}

// opens lets customers come, rate of them a second, until closes.
func (r *rig) opens(rate float64) {
	r.arrivals = make(chan struct{})
	arrivals, dice := r.arrivals, rand.New(rand.NewPCG(r.seed, 100))
	r.callersThere.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-arrivals:
				return
			case <-r.shut.Done():
				return
			case <-time.After(time.Duration(dice.ExpFloat64() / rate * float64(time.Second))): // the load itself: a Poisson process
			}
			c := newRigCaller(r, n)
			r.mu.Lock()
			r.callers[c.number[1:]] = c
			r.mu.Unlock()
			r.callersThere.Go(c.runs)
		}
	})
}

// closes lets nobody come any more, and waits until all who are there are gone.
func (r *rig) closes() {
	close(r.arrivals)
	gone := make(chan struct{})
	go func() { r.callersThere.Wait(); close(gone) }()
	select {
	case <-gone:
	case <-time.After(rigDrain): // each caller gives up by themselves before, and is stuck then
		r.t.Errorf("callers are there %s after the last came", rigDrain)
		r.closed()
		<-gone
	}
}

// happened tells whoever waits for it that something has happened: a caller "came", a phone "rings", or an agent has "filed" the work after a call.
func (r *rig) happened(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ch := r.events[what]; ch != nil {
		close(ch)
		delete(r.events, what)
	}
}

// next waits until something happens, from now on.
func (r *rig) next(what string) {
	r.t.Helper()
	r.mu.Lock()
	if r.events[what] == nil {
		r.events[what] = make(chan struct{})
	}
	ch := r.events[what]
	r.mu.Unlock()
	select {
	case <-ch:
	case <-time.After(atOnce):
		r.t.Fatalf("within %s nobody %s", atOnce, what)
	}
}

// up is how many callers are up now, by phase.
func (r *rig) up() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := map[string]int{}
	for _, c := range r.callers {
		if phase := c.phase(); phase != "" {
			all[phase]++
		}
	}
	return all
}

// crowded waits until so many callers are up.
func (r *rig) crowded(n int) {
	r.t.Helper()
	r.eventually(fmt.Sprintf("%d callers are up", n), func() error {
		all := 0
		for _, of := range r.up() {
			all += of
		}
		if all < n {
			return fmt.Errorf("%v are", r.up())
		}
		return nil
	})
}

// moment lets pass a time up to d, by the seed.
func (r *rig) moment(from, to time.Duration) {
	<-time.After(from + time.Duration(r.dice.Int64N(int64(to-from)+1))) // the moment itself is what is tried
}

// killed kills Hotline, and is when.
func (r *rig) killed() time.Time {
	at := time.Now()
	r.p.kill()
	return at
}

// restarts starts Hotline anew after it was killed, and waits until it serves.
func (r *rig) restarts(killed time.Time) {
	r.t.Helper()
	began := time.Now()
	r.p = r.launch(r.p, os.Args[0])
	serves := r.p.loggedAt("msg=serving")
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ready = append(r.ready, serves.Sub(began))
	r.gaps = append(r.gaps, gap{killed, serves})
	r.remarks = append(r.remarks, fmt.Sprintf("killed at %s, started at %s, serves since %s: %s", at(killed), at(began), at(serves), r.p.line("msg=serving")))
}

// amiss notes a time in which something was wrong on purpose.
func (r *rig) amiss(from time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gaps = append(r.gaps, gap{from, time.Now()})
}

// wasAmiss says whether something was wrong on purpose at any time from until to.
func (r *rig) wasAmiss(from, to time.Time) bool {
	return slices.ContainsFunc(r.gaps, func(g gap) bool { return !g.to.Before(from) && !g.from.After(to) })
}

func (r *rig) remark(format string, a ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.remarks = append(r.remarks, time.Now().UTC().Format("15:04:05.000 ")+fmt.Sprintf(format, a...))
}

func (r *rig) caller(number string) *rigCaller {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(number) > 0 && number[0] == '+' {
		number = number[1:]
	}
	return r.callers[number]
}

// seedOf is the seed that was given, or a new one.
func seedOf(given uint64) uint64 {
	if given != 0 {
		return given
	}
	return uint64(time.Now().UnixNano()) % 1_000_000_007
}

// share is the value below which that share of a list lies.
func share(of []time.Duration, share float64) time.Duration {
	if len(of) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(of))
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}
