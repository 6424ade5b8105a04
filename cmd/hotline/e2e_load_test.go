package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
)

// The load of TestLoadWithAnOutageOfTheDatabase.
const (
	loadAgents = 100
	loadRate   = 20.0 // calls a second
	loadTime   = 30 * time.Second
	outageFrom = 5 * time.Second
	outageTime = 20 * time.Second
)

// TestLoadWithAnOutageOfTheDatabase: 20 calls a second for 30 s with 100 agents, PostgreSQL stopped for 20 s in the
// middle. Every call is served, none is slowed by the outage, and afterwards tickets = calls, nothing is
// left in Asterisk, and Hotline's memory and goroutines are back where they were.
func TestLoadWithAnOutageOfTheDatabase(t *testing.T) {
	var people []config.Person
	hash := config.SecretOf("password-of-all")
	for i := range loadAgents {
		p := person(fmt.Sprintf("a%03d", i), fmt.Sprintf("a%03d", i))
		p.Password = hash
		people = append(people, p)
	}
	s := raise(t, stageOptions{people: people, configure: func(c *config.Config) {
		for i := range c.Queues {
			c.Queues[i].WrapUp = 0
		}
	}})
	quiet, err := s.exchange.Phone(softphone.Options{User: "many", Quiet: true})
	s.must(err)
	for _, p := range people {
		s.agentWhoStays(p)
	}
	s.eventually("all agents are ready", func() error { return s.readyAgents(loadAgents) })
	s.oneCall(quiet) // whatever is made once is made now
	s.nothingLeft()
	memory, goroutines := heap(), runtime.NumGoroutine()

	var served, failed atomic.Int64
	var usually, meanwhile times // of calls that began with a database, and without one
	var calls sync.WaitGroup
	dice := rand.New(rand.NewPCG(8, 9))
	var outage sync.WaitGroup
	outage.Go(func() { s.databaseOutage() })
	start := time.Now()
	for at := time.Duration(0); at < loadTime; at += time.Duration(dice.ExpFloat64() / loadRate * float64(time.Second)) {
		if wait := time.Until(start.Add(at)); wait > 0 {
			<-time.After(wait) // the load itself: a Poisson process
		}
		stay := 500*time.Millisecond + min(time.Duration(dice.ExpFloat64()*float64(1500*time.Millisecond)), 5*time.Second)
		calls.Go(func() {
			if took, err := s.loadCall(quiet, stay); err != nil {
				failed.Add(1)
				t.Logf("a call failed: %v", err)
			} else {
				served.Add(1)
				if at > outageFrom && at < outageFrom+outageTime {
					meanwhile.add(took)
				} else {
					usually.add(took)
				}
			}
		})
	}
	calls.Wait()
	outage.Wait()
	usual, worst := usually.summary()
	without, worstWithout := meanwhile.summary()
	t.Logf("%d calls in %s; from the INVITE to the agent: median %s, worst %s; without a database: median %s, worst %s",
		served.Load(), loadTime, usual, worst, without, worstWithout)
	if failed.Load() > 0 {
		t.Errorf("%d of %d calls were not served", failed.Load(), failed.Load()+served.Load())
	}
	if without > usual*3/2+200*time.Millisecond {
		t.Errorf("without a database callers wait for %s, with it for %s", without, usual)
	}
	if worst, bound := max(worst, worstWithout), max(15*time.Second, 5*usual); worst > bound { // the prompts and Asterisk's part take about one
		t.Errorf("the slowest caller reached an agent after %s, and every second one within %s", worst, usual)
	}
	s.nothingLeft()
	var contacts, unanswered int
	s.must(s.service.db.QueryRow(t.Context(), `select count(*), count(*) filter (where outcome <> 'served') from contacts`).Scan(&contacts, &unanswered))
	if want := int(served.Load()) + 1; contacts != want || unanswered > 0 {
		t.Errorf("%d contacts, %d of them not served, for %d calls", contacts, unanswered, want)
	}
	s.backToNormal(memory, goroutines, int(served.Load()))
}

// agentWhoStays is an agent without a test's patience: answers at once, and stays until the caller hangs up.
func (s *stage) agentWhoStays(p config.Person) {
	s.t.Helper()
	w := &worker{s: s, id: p.ID, forgetful: true}
	var err error
	w.phone, err = s.exchange.Phone(softphone.Options{User: p.Phone, Secret: p.PhoneSecret.Text(), Quiet: true, OnRinging: func(r *softphone.Ringing) {
		if call, err := r.Answer(context.Background()); err == nil {
			<-call.Done()
		}
	}})
	s.must(err)
	s.must(w.phone.Register(s.t.Context()))
	w.openDesk(s.pages(), p)
	s.must(w.desk.Command(s.t.Context(), "agent.ready", nil))
	w.until("ready", func(me agentapi.Me) bool { return me.Availability.State == "ready" })
}

func (s *stage) readyAgents(want int) error {
	snapshot, err := s.service.acd.Snapshot(s.t.Context())
	if err != nil {
		return err
	}
	ready := 0
	for _, a := range snapshot.Agents {
		if a.Availability == "ready" && a.Reachable && a.Activity == "idle" {
			ready++
		}
	}
	if ready != want {
		return fmt.Errorf("%d are", ready)
	}
	return nil
}

// loadCall calls, chooses, talks for a while, hangs up. It returns how long it took to reach an agent.
func (s *stage) loadCall(phone *softphone.Phone, stay time.Duration) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	from := fmt.Sprintf("+7916%07d", rand.IntN(10_000_000))
	talking := s.talkOf(from)
	defer s.talks.Delete(from)
	call, err := phone.Call(ctx, s.house.asterisk.Number, softphone.CallOptions{From: from})
	if err != nil {
		return 0, fmt.Errorf("not answered: %w", err)
	}
	defer func() { _ = call.Hangup(context.Background()) }()
	if err := call.Digits(ctx, "13"); err != nil {
		return 0, fmt.Errorf("after the answer: %w", err)
	}
	select {
	case <-talking:
	case <-call.Done():
		return 0, fmt.Errorf("the line hung up on %s", from)
	case <-ctx.Done():
		return 0, fmt.Errorf("%s reached no agent within a minute", from)
	}
	reached := time.Since(call.Times().Invited)
	select {
	case <-time.After(stay):
	case <-call.Done():
		return 0, fmt.Errorf("the talk of %s was cut", from)
	}
	return reached, call.Hangup(ctx)
}

// talkOf is closed when the desk of an agent shows a talk with this caller.
func (s *stage) talkOf(from string) <-chan struct{} {
	ch := make(chan struct{})
	s.talks.Store(from, ch)
	return ch
}

// oneCall is the first, alone.
func (s *stage) oneCall(phone *softphone.Phone) {
	s.t.Helper()
	_, err := s.loadCall(phone, time.Second)
	s.must(err)
}

// databaseOutage stops PostgreSQL for a while.
func (s *stage) databaseOutage() {
	ctx, cancel := context.WithTimeout(context.Background(), loadTime*2)
	defer cancel()
	<-time.After(outageFrom)
	if err := s.house.postgres.Stop(ctx); err != nil {
		s.t.Errorf("stop PostgreSQL: %v", err)
	}
	<-time.After(outageTime)
	if err := s.house.postgres.Start(ctx); err != nil {
		s.t.Errorf("start PostgreSQL: %v", err)
	}
}

// keptPerCall bounds what is kept of an ended call on purpose: its case for 15 minutes (late wrap-up), its number for
// a day's repeats, its events for pages that come back within 10 minutes.
const keptPerCall = 16 << 10

// backToNormal waits until goroutines and memory are what they were before so many calls, but for
// what is kept on purpose. The phones of this process, too, forget a call only after SIP's 32 s.
func (s *stage) backToNormal(memory uint64, goroutines, calls int) {
	s.t.Helper()
	eventually(s.t, 60*time.Second, "memory and goroutines are back where they were", func() error {
		if now := runtime.NumGoroutine(); now > goroutines+10 {
			return fmt.Errorf("%d goroutines, %d before", now, goroutines)
		}
		if now, bound := heap(), memory+uint64(calls*keptPerCall); now > bound {
			return fmt.Errorf("%d kB of memory, %d before, %d calls since", now>>10, memory>>10, calls)
		}
		return nil
	})
	s.t.Logf("memory %d kB before, %d kB after %d calls; goroutines %d and %d", memory>>10, heap()>>10, calls, goroutines, runtime.NumGoroutine())
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// times collects durations.
type times struct {
	mu  sync.Mutex
	all []time.Duration
}

func (d *times) add(t time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all = append(d.all, t)
}

func (d *times) summary() (median, worst time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.all) == 0 {
		return 0, 0
	}
	slices.Sort(d.all)
	return d.all[len(d.all)/2], d.all[len(d.all)-1]
}
