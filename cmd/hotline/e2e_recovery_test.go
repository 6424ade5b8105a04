package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/ivr/flow"
	"hotline/telephony/softphone"
	"hotline/tickets"
)

var callsUp = flag.Int("up", 0, "TestTheNextHotlineServesSoonHoweverManyCallsAreUp: how many are; 0: it is not tried")

// TestTheNextHotlineServesSoonHoweverManyCallsAreUp is make recovery: a third of the callers is in the menu, a third waits, and a third talks, when Hotline is killed with -9. The next one
// knows each of them as soon as it serves, which is hardly later than with three, and a new caller is answered then.
func TestTheNextHotlineServesSoonHoweverManyCallsAreUp(t *testing.T) {
	if *callsUp == 0 {
		t.Skip("it takes minutes: make recovery")
	}
	third := *callsUp / 3
	var people []config.Person
	for i := range third {
		p := person(fmt.Sprintf("a%03d", i), fmt.Sprintf("a%03d", i))
		p.Password = config.SecretOf("password-of-all")
		people = append(people, p)
	}
	s := raise(t, stageOptions{people: people, elsewhere: true, configure: func(c *config.Config) {
		c.Asterisk.LostAfter, c.Asterisk.CallersLost = 5*time.Minute, 5*time.Minute // nobody says anything
		for i := range c.Queues {
			c.Queues[i].WrapUp = 0
		}
		for id, node := range c.Flow.Nodes {
			if q, waits := c.Flow.Queue(id); waits {
				q.Every = 10 * time.Minute
				c.Flow.Nodes[id] = flow.Node{Kind: q, Next: node.Next}
			}
		}
		menu := c.Flow.Nodes["main"].Kind.(flow.Menu)
		menu.Wait = 10 * time.Minute
		c.Flow.Nodes["main"] = flow.Node{Kind: menu}
	}})
	m := &many{stage: s, p: s.spawn(), calls: make(map[tickets.Outcome][]*softphone.Call)}
	s.away = m.p
	var err error
	m.phone, err = s.exchange.Phone(softphone.Options{User: "many", Quiet: true})
	s.must(err)

	m.come(1, 0, 2) // who waited would have the first agent who comes
	few := m.recovers()
	m.come(third-1, third, third-2)
	all := m.recovers()
	fmt.Printf("recovery up=%d ready_ms=%d answered_ms=%d up=3 ready_ms=%d answered_ms=%d cpus=%d\n",
		3*third, all.ready.Milliseconds(), all.answered.Milliseconds(), few.ready.Milliseconds(), few.answered.Milliseconds(), runtime.NumCPU())
	if bound := 3*few.answered + time.Second; all.answered > bound {
		t.Errorf("with %d calls up a new caller is answered after %s, and with 3 after %s", 3*third, all.answered, few.answered)
	}
	if max(all.ready, all.answered) > readyWithin {
		t.Errorf("with %d calls up the next Hotline serves after %s, and answers after %s, not %s", 3*third, all.ready, all.answered, readyWithin)
	}
	m.leave()
	m.p.end()
}

// many are calls without sound.
type many struct {
	*stage
	p      *process
	phone  *softphone.Phone
	agents int

	mu    sync.Mutex
	calls map[tickets.Outcome][]*softphone.Call // by how they are going to end
	came  int
}

// come brings so many more callers to talk, to wait and to the menu.
func (m *many) come(talk, wait, choose int) {
	m.t.Helper()
	for _, p := range m.config.People[m.agents : m.agents+talk] {
		m.agentWhoStays(p)
	}
	m.agents += talk
	m.bring(talk, tickets.Served, "13")
	m.bring(wait, tickets.AbandonedInQueue, "13") // all agents talk
	m.bring(choose, tickets.AbandonedInMenu, "1")
	eventuallyEach(m.t, time.Second, 2*atOnce, "all are where they are to be", func() error {
		waiting, choosing := 0, 0
		for _, channel := range m.list("/channels") {
			switch note := m.note(channel); {
			case strings.Contains(note, `"phase":"queue"`):
				waiting++
			case strings.Contains(note, `"node":"main"`):
				choosing++
			}
		}
		if waiting != len(m.calls[tickets.AbandonedInQueue]) || choosing != len(m.calls[tickets.AbandonedInMenu]) {
			return fmt.Errorf("%d wait and %d choose", waiting, choosing)
		}
		return nil
	})
}

// bring has so many call, and type. It returns when those talk who are to be served.
func (m *many) bring(n int, end tickets.Outcome, types string) {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(m.t.Context(), 4*atOnce)
	defer cancel()
	var failed error
	var callers sync.WaitGroup
	room := make(chan struct{}, 8)
	for range n {
		room <- struct{}{}
		callers.Go(func() {
			defer func() { <-room }()
			m.mu.Lock()
			m.came++
			from := fmt.Sprintf("+7916%07d", m.came)
			m.mu.Unlock()
			talking := m.talkOf(from)
			call, err := m.phone.Call(ctx, m.house.asterisk.Number, softphone.CallOptions{From: from})
			if err == nil {
				err = call.Digits(ctx, types)
			}
			if err == nil && end == tickets.Served {
				select {
				case <-talking:
				case <-ctx.Done():
					err = fmt.Errorf("%s reached no agent", from)
				}
			}
			m.mu.Lock()
			defer m.mu.Unlock()
			failed = errors.Join(failed, err)
			m.calls[end] = append(m.calls[end], call)
		})
	}
	callers.Wait()
	m.must(failed)
}

// recovered is how long after its start a Hotline served, and a new caller was answered.
type recovered struct{ ready, answered time.Duration }

// recovers kills Hotline, and starts the next one, which knows all calls.
func (m *many) recovers() (r recovered) {
	m.t.Helper()
	m.p.kill()
	out, err := m.phone.Dial(context.Background(), m.house.asterisk.Number, softphone.CallOptions{From: fmt.Sprintf("+79170000%03d", m.agents)})
	m.must(err)
	answered := make(chan time.Time, 1)
	go func() { <-out.Done(); answered <- time.Now() }()
	began := time.Now()
	m.p = m.respawn(m.p)
	m.away = m.p
	r.ready = m.p.atServing().Sub(began)
	call, err := out.Wait()
	m.must(err)
	r.answered = (<-answered).Sub(began)
	m.hangsUp(call)
	known := regexp.MustCompile(`msg=serving .*adopted=(\d+)`).FindStringSubmatch(m.p.text())
	up := 0
	for _, calls := range m.calls {
		up += len(calls)
	}
	if n, err := strconv.Atoi(known[1]); err != nil || n < up || n > up+1 { // the new one may be among them
		m.t.Errorf("of %d calls the next Hotline knows %d, %v", up, n, err)
	}
	for end, calls := range m.calls {
		for _, call := range calls {
			select {
			case <-call.Done():
				m.t.Errorf("a call is cut that was to be %s", end)
			default:
			}
		}
	}
	return r
}

// leave has all hang up, and awaits that each call has ended as it was to.
func (m *many) leave() {
	m.t.Helper()
	want := map[tickets.Outcome]int{tickets.AbandonedInGreeting: 2} // the new ones
	for _, end := range []tickets.Outcome{tickets.AbandonedInQueue, tickets.AbandonedInMenu, tickets.Served} {
		want[end] = len(m.calls[end])
		for _, call := range m.calls[end] {
			m.hangsUp(call)
		}
		m.eventually("they have gone before an agent is free", func() error {
			var n int
			err := m.query(fmt.Sprintf(`select count(*) from contacts where outcome = '%s'`, end), &n)
			if err == nil && n != want[end] {
				err = fmt.Errorf("%d are %s", n, end)
			}
			return err
		})
	}
	m.emptyAsterisk()
	eventuallyEach(m.t, time.Second/4, atOnce, "each call has ended as it was to", func() error {
		var said string
		if err := m.query(`select coalesce(string_agg(format('%s %s', outcome, n), ', ' order by outcome), '') from (select outcome, count(*) n from contacts group by 1) o`, &said); err != nil {
			return err
		}
		var all []string
		for _, end := range slices.Sorted(maps.Keys(want)) {
			all = append(all, fmt.Sprintf("%s %d", end, want[end]))
		}
		if want := strings.Join(all, ", "); said != want {
			return fmt.Errorf("there are %s, and not %s", said, want)
		}
		return nil
	})
}
