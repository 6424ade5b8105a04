package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"hotline/telephony/softphone"
)

const (
	silentFor = 2 * time.Second  // is longer than anybody should hear nothing
	stuckFor  = 90 * time.Second // is longer than anything that callers of the rig wait for
)

// rigCaller is a customer of the rig: one call, and those by which they are called back.
type rigCaller struct {
	r      *rig
	number string        // E.164
	keys   string        // the language, and the queue
	leaves time.Duration // their patience, from when they have typed all
	hasty  bool          // it counts from the beginning
	dice   *rand.Rand    // runs' goroutine only

	mu       sync.Mutex
	came     time.Time
	pressed  []string // when, the keys
	out      *softphone.Outgoing
	unheard  bool      // Asterisk was killed on purpose before it had answered
	seen     bool      // the call has reached the dialplan
	refusal  string    // with which the switch refused it
	gone     time.Time // they left before they had met an agent
	visits   []*visit  // the first is the call that they made, if it was answered
	vain     []vain
	stuck    string
	silences []silence
}

// visit is an answered call, in either direction.
type visit struct {
	c         *rigCaller
	call      *softphone.Call
	met       chan struct{} // closed when they hear an agent
	leave     chan struct{} // closed when the agent asks them to hang up
	answered  time.Time     // all of these under c.mu
	typed     time.Time     // they have said what they want
	metAt     time.Time
	picked    time.Time // the agent's phone
	dismissed time.Time // the agent hung up
	hungUp    time.Time // they hung up
	over      time.Time
	broken    bool   // Asterisk was killed on purpose
	cut       string // how a talk ended that nobody ended
}

// vain is when an agent picked up for a caller, and did not get them.
type vain struct {
	at    time.Time
	by    string
	lasts time.Duration
}

// silence is a time without any sound for a caller who was answered.
type silence struct {
	where    string // "menu", "queue", "talk", or "end"; see also rigCaller.count
	from, to time.Time
}

func newRigCaller(r *rig, n int) *rigCaller {
	dice := rand.New(rand.NewPCG(r.seed, 1_000_000+uint64(n)))
	c := &rigCaller{
		r: r, number: fmt.Sprintf("+7916%07d", n), keys: "1" + string("1233"[dice.IntN(4)]), dice: dice,
		leaves: 3*time.Second + min(time.Duration(dice.ExpFloat64()*float64(rigPatience)), 2*rigPatience),
	}
	if dice.IntN(8) == 0 {
		c.hasty, c.leaves = true, time.Duration(dice.IntN(4000))*time.Millisecond
	}
	return c
}

// wantsBack says whether they take the callback that their queue offers.
func (c *rigCaller) wantsBack() bool { return strings.HasSuffix(c.keys, "2") }

// runs is the call that they make.
func (c *rigCaller) runs() {
	phone, err := c.r.exchange.Phone(softphone.Options{User: c.number, OnRinging: c.isCalledBack})
	if err != nil {
		return // the rig is closed
	}
	ctx, cancel := context.WithTimeout(c.r.shut, stuckFor)
	defer cancel()
	var hurry <-chan time.Time
	if c.hasty {
		hurry = time.After(c.leaves)
	}
	c.set(func() { c.came = time.Now() })
	out, err := phone.Dial(ctx, c.r.house.asterisk.Number, softphone.CallOptions{From: c.number})
	if err != nil {
		return
	}
	c.set(func() { c.out = out })
	c.r.happened("came")
	select {
	case <-out.Done():
	case <-hurry:
		c.set(func() { c.gone = time.Now() })
		out.Cancel()
	}
	call, err := out.Wait()
	var refused *softphone.Refused
	c.set(func() {
		select {
		case <-out.Ringing():
			c.seen = true
		default:
		}
		switch {
		case errors.As(err, &refused):
			c.seen, c.refusal = true, refused.Error()
		case err != nil && c.gone.IsZero() && c.r.shut.Err() == nil:
			c.stuck = "was not answered: " + err.Error()
		}
	})
	if err != nil {
		return
	}
	v := c.answers(call)
	defer v.ends()
	v.types(ctx, hurry)
}

// isCalledBack is a call that they get.
func (c *rigCaller) isCalledBack(ringing *softphone.Ringing) {
	select {
	case <-ringing.Cancelled():
		return
	case <-c.r.shut.Done():
		return
	case <-time.After(300 * time.Millisecond): // they pick up
	}
	call, err := ringing.Answer(c.r.shut)
	if err != nil {
		return
	}
	v := c.answers(call)
	defer v.ends()
	ctx, cancel := context.WithTimeout(c.r.shut, stuckFor)
	defer cancel()
	c.set(func() { v.typed = time.Now() })
	v.waits(ctx, nil)
}

func (c *rigCaller) set(what func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	what()
}

// answers begins a visit: they hum, and listen.
func (c *rigCaller) answers(call *softphone.Call) *visit {
	v := &visit{c: c, call: call, met: make(chan struct{}), leave: make(chan struct{}), answered: time.Now()}
	c.set(func() { c.visits = append(c.visits, v) })
	_ = call.PlayTone(rigCallerHums)
	c.r.callersThere.Go(v.listens)
	return v
}

// types says what they want, and waits. Some leave meanwhile.
func (v *visit) types(ctx context.Context, hurry <-chan time.Time) {
	for _, key := range v.c.keys {
		select {
		case <-v.call.Done():
			return
		case <-hurry:
			v.hangsUp()
			return
		case <-ctx.Done():
			return
		case <-time.After(time.Duration(300+v.c.dice.IntN(900)) * time.Millisecond):
		}
		if v.call.Digits(ctx, string(key)) != nil {
			return
		}
		v.c.set(func() { v.c.pressed = append(v.c.pressed, at(time.Now())) })
	}
	v.c.set(func() { v.typed = time.Now() })
	patience := hurry
	if !v.c.hasty {
		patience = time.After(v.c.leaves)
	}
	v.waits(ctx, patience)
}

// waits waits for an agent, and talks, until somebody hangs up.
func (v *visit) waits(ctx context.Context, patience <-chan time.Time) {
	var press <-chan time.Time
	if v.c.wantsBack() && patience != nil {
		each := time.NewTicker(time.Second)
		defer each.Stop()
		press = each.C
	}
	met := v.met
	for {
		select {
		case <-v.call.Done():
			return
		case <-press: // whoever is offered a callback takes it
			_ = v.call.Digits(ctx, "1")
		case <-met:
			met, press, patience = nil, nil, nil
		case <-v.leave:
			v.hangsUp()
			return
		case <-patience:
			v.hangsUp()
			return
		case <-ctx.Done():
			v.c.set(func() {
				if v.c.r.shut.Err() == nil {
					v.c.stuck = fmt.Sprintf("was there for %s: %+v", stuckFor, v.where())
				}
			})
			v.hangsUp()
			return
		}
	}
}

// hangsUp is the caller's own end.
func (v *visit) hangsUp() {
	v.c.set(func() {
		if v.hungUp = time.Now(); v.metAt.IsZero() {
			v.c.gone = v.hungUp
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = v.call.Hangup(ctx)
}

// ends notes the end, and whose it was.
func (v *visit) ends() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = v.call.Hangup(ctx) // where the rig is closed
	v.c.set(func() {
		v.over = time.Now()
		if v.where() == "talk" && v.hungUp.IsZero() && v.c.r.shut.Err() == nil {
			v.isCut("the caller was hung up on")
		}
	})
}

// listens watches that they always hear something, until the call is over.
func (v *visit) listens() {
	for {
		if v.call.Silent(v.c.r.shut, silentFor) != nil {
			return
		}
		s := silence{from: time.Now().Add(-silentFor)}
		v.c.set(func() { s.where = v.where() })
		_ = v.call.HearsSound(v.c.r.shut, 40*time.Millisecond)
		s.to = time.Now()
		v.c.set(func() {
			if !v.broken {
				v.c.silences = append(v.c.silences, s)
			}
		})
	}
}

// where says how far the call has come. It is called under c.mu.
func (v *visit) where() string {
	switch {
	case !v.dismissed.IsZero():
		return "end"
	case !v.metAt.IsZero():
		return "talk"
	case !v.typed.IsZero():
		return "queue"
	default:
		return "menu"
	}
}

// isCut notes a talk that ended and that nobody ended. It is called under c.mu.
func (v *visit) isCut(how string) {
	if v.cut == "" && !v.broken {
		v.cut = how
	}
}

// meets is called by an agent who hears the caller, and had picked up then.
func (c *rigCaller) meets(picked time.Time) *visit {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.visits) == 0 {
		return nil
	}
	v := c.visits[len(c.visits)-1]
	if v.metAt.IsZero() {
		close(v.met)
		v.metAt, v.picked = time.Now(), picked
	}
	return v
}

// talkEnds is called by the agent whose phone was hung up.
func (v *visit) talkEnds() {
	v.c.set(func() {
		if v.hungUp.IsZero() {
			v.isCut("the agent was hung up on")
		}
	})
}

// asks is called by the agent, who asks the caller to hang up.
func (v *visit) asks() {
	v.c.set(func() {
		select {
		case <-v.leave:
		default:
			close(v.leave)
		}
	})
}

// breaks ends all that the caller has, without a word, for Asterisk is dead.
func (c *rigCaller) breaks() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.visits) == 0 {
		if c.out != nil && c.gone.IsZero() && c.refusal == "" {
			c.unheard, c.gone = true, time.Now()
			c.out.Cancel()
		}
		return
	}
	if v := c.visits[len(c.visits)-1]; v.over.IsZero() {
		v.broken = true
		go v.call.Vanish() // who listens to it wants c.mu
	}
}

// isStuck notes a call that stays for too long.
func (v *visit) isStuck(how string) { v.c.set(func() { v.c.stuck = how }) }

// dismisses is called by the agent before they hang up.
func (v *visit) dismisses() { v.c.set(func() { v.dismissed = time.Now() }) }

// pickedUp is called by an agent who picked up, and whose phone was hung up before they heard the caller.
func (c *rigCaller) pickedUp(at time.Time, by string) {
	c.set(func() {
		there := c.gone.IsZero() && (len(c.visits) == 0 || c.visits[len(c.visits)-1].over.IsZero())
		if n := len(c.visits); n > 0 {
			select {
			case <-c.visits[n-1].call.Done(): // in the same instant
				there = false
			default:
			}
		}
		if there {
			c.vain = append(c.vain, vain{at, by, time.Since(at)})
		}
	})
}

// phase is where the caller is now; "" is who has gone.
func (c *rigCaller) phase() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch n := len(c.visits); {
	case n > 0 && c.visits[n-1].over.IsZero():
		return c.visits[n-1].where()
	case n == 0 && c.gone.IsZero() && c.refusal == "" && c.stuck == "":
		return "rings"
	default:
		return ""
	}
}
