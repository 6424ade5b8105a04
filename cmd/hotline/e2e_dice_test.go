package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/cmd/hotline/config"
	"hotline/queues"
	"hotline/telephony/softphone"
)

// TestOddCallersAndOddPhonesLeaveNobodyStuck: some seconds of callers and of agents' phones who do odd things by dice, several of them in the same instant. In the
// end nobody waits, each agent is idle, and each call has its ticket and its end.
func TestOddCallersAndOddPhonesLeaveNobodyStuck(t *testing.T) {
	t.Parallel()
	seed := seedOf(*rigSeed)
	t.Logf("-rig-seed %d", seed)
	const callers = 16
	s := raise(t, stageOptions{
		people: []config.Person{person("anna", "101"), person("boris", "102"), person("vera", "103")}, notices: true,
		configure: func(c *config.Config) {
			for i := range c.Queues {
				c.Queues[i].OfferTimeout, c.Queues[i].WrapUp = 3*time.Second, 0
			}
		},
	})
	over, stop := context.WithCancel(t.Context())
	var agents sync.WaitGroup
	defer agents.Wait()
	defer stop()
	for i, id := range []queues.AgentID{"anna", "boris", "vera"} {
		phone := &oddAnswers{dice: rand.New(rand.NewPCG(seed, uint64(i)))}
		w := s.agentWith(id, softphone.Options{Early: phone.early, Refuses: phone.refuses, OnRinging: phone.rings})
		agents.Go(func() { w.staysReady(over) })
	}
	dice := rand.New(rand.NewPCG(seed, 1000))
	var all sync.WaitGroup
	for n := 0; n < callers; {
		for range min(1+dice.IntN(6), callers-n) { // in the same instant
			c := oddCaller{s: s, from: fmt.Sprintf("+791600095%02d", n/2), dice: rand.New(rand.NewPCG(seed, 2000+uint64(n)))} // two of each number
			all.Go(c.calls)
			n++
		}
		<-time.After(time.Duration(dice.IntN(1200)) * time.Millisecond) // the callers' own time
	}
	all.Wait()
	s.waitingWithin(2*atOnce, 0)
	s.eventually("the agents are idle", func() error {
		snapshot, err := s.service.acd.Snapshot(t.Context())
		for _, a := range snapshot.Agents {
			if a.Activity != "idle" {
				err = errors.Join(err, fmt.Errorf("%s is %s", a.ID, a.Activity))
			}
		}
		return err
	})
	s.nothingLeft()
}

// staysReady makes an agent ready again whenever their phone has made them something else.
func (w *worker) staysReady(ctx context.Context) {
	for ctx.Err() == nil {
		_, err := w.desk.WaitMe(ctx, func(me agentapi.Me) bool {
			return me.Availability.State == "not_ready" && me.Activity.State == "idle" && me.Phone.Reachable
		})
		if err == nil {
			_ = w.desk.Command(ctx, "agent.ready", nil)
			_, _ = w.desk.WaitMe(ctx, func(me agentapi.Me) bool { return me.Availability.State == "ready" })
		}
	}
}

// oddAnswers is what an agent's phone does with each call, by dice.
type oddAnswers struct {
	mu   sync.Mutex
	dice *rand.Rand
}

func (p *oddAnswers) throw(n int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dice.IntN(n)
}

func (p *oddAnswers) early() int { return []int{180, 180, 183, 100, 0}[p.throw(5)] }

func (p *oddAnswers) refuses() softphone.Refusal {
	if p.throw(5) > 0 {
		return softphone.Refusal{}
	}
	return refusalOf([]int{302, 305, 401, 404, 480, 486, 488, 503, 603}[p.throw(9)])
}

func (p *oddAnswers) rings(r *softphone.Ringing) {
	ctx, cancel := context.WithTimeout(context.Background(), atOnce)
	defer cancel()
	late := []int{0, 5, 50, 300, 900, 3000, 3050}[p.throw(7)]
	select {
	case <-time.After(time.Duration(late) * time.Millisecond): // the phone's own time; the last are those of a missed offer
	case <-r.Cancelled():
		return
	}
	if p.throw(8) == 0 {
		r.Refuse(refusalOf([]int{480, 486, 603, 302}[p.throw(4)]))
		return
	}
	call, err := r.Answer(ctx)
	if err != nil {
		return
	}
	switch p.throw(6) {
	case 0:
		_ = call.Hangup(ctx)
	case 1:
		_ = call.Hold(ctx, softphone.Inactive)
		<-time.After(time.Duration(p.throw(300)) * time.Millisecond) // the agent's own time
		_ = call.Unhold(ctx)
	case 2:
		_ = call.Move(ctx)
	case 3:
		_ = call.Digits(ctx, "*9#")
	case 4:
		call.Vanish()
		return
	}
	select {
	case <-call.Done():
	case <-time.After(time.Duration(p.throw(1500)) * time.Millisecond): // the agent's own time
		_ = call.Hangup(ctx)
	}
}

// oddCaller is a caller who does odd things by dice.
type oddCaller struct {
	s    *stage
	from string
	dice *rand.Rand
}

func (c oddCaller) calls() {
	ctx, cancel := context.WithTimeout(c.s.t.Context(), 2*atOnce)
	defer cancel()
	o := softphone.CallOptions{From: c.from, Late: c.dice.IntN(4) == 0, Unacked: c.dice.IntN(12) == 0, Anonymous: c.dice.IntN(6) == 0}
	if c.dice.IntN(4) == 0 {
		o.FromName = "\u202e😀,;\"${CALLERID(num)}"
	}
	out, err := c.s.customer.Dial(ctx, c.s.house.asterisk.Number, o)
	if err != nil {
		c.s.t.Errorf("%s: %v", c.from, err)
		return
	}
	if c.dice.IntN(5) == 0 {
		<-time.After(time.Duration(c.dice.IntN(60)) * time.Millisecond) // about as long as the answer takes
		out.Cancel()
	}
	call, err := out.Wait()
	if err != nil {
		return
	}
	defer func() { _ = call.Hangup(ctx) }()
	steps := c.dice.IntN(9)
	if o.Unacked {
		steps = min(steps, 2) // Asterisk believes such a caller for half a minute
	}
	typed, holds := 0, false
	for range steps {
		select {
		case <-call.Done():
			return
		case <-time.After(time.Duration(c.dice.IntN(900)) * time.Millisecond): // the caller's own time
		}
		switch c.dice.IntN(8) {
		case 0:
			_ = call.Hold(ctx, []softphone.Holding{softphone.SendOnly, softphone.Inactive, softphone.ZeroAddress}[c.dice.IntN(3)])
			holds = true
		case 1:
			_ = call.Unhold(ctx)
			holds = false
		case 2:
			_ = call.Move(ctx)
			holds = false
		case 3:
			_ = call.InfoDigit(ctx, "0*#A"[c.dice.IntN(4)], 50*time.Millisecond)
		case 4:
			if !holds && c.dice.IntN(4) == 0 { // of one who holds Asterisk finds out by its session timer alone
				call.Vanish()
				return
			}
		default:
			if typed < 2 {
				_ = call.Digits(ctx, "13"[typed:typed+1])
				typed++
			}
		}
	}
	select {
	case <-call.Done():
	case <-time.After(time.Duration(c.dice.IntN(4000)) * time.Millisecond): // the caller's patience
	}
}
