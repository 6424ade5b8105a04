package telephony_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotline/telephony"
	"hotline/telephony/memory"
)

// party3 is a customer (C), an agent (A) and a third party (T), and the conversation that they are in now.
type party3 struct {
	*testing.T
	sw        *memory.Switch
	c         *memory.Customer
	a, o      *memory.Phone
	calls     chan *telephony.Call
	call      *telephony.Call
	connected chan error // when the controller has ended
}

// meets brings the three together on a switch of their own.
func meets(t *testing.T) *party3 {
	p := &party3{T: t, sw: memory.New(memory.Options{}), calls: make(chan *telephony.Call, 10), connected: make(chan error, 10)}
	p.a, p.o = p.sw.Phone("7"), p.sw.Phone("8")
	p.a.Answers(0)
	p.o.Answers(0)
	p.connects()
	p.c = p.sw.Call(customer, line)
	p.call = <-p.calls
	synctest.Wait()
	return p
}

// connects lets a Hotline come that brings the three together, or goes on with the conversation that it finds.
func (p *party3) connects() {
	serve := func(ctx context.Context, c *telephony.Call) {
		v, ok := c.Rejoin(ctx)
		if !ok {
			c.Answer(ctx)
			a, _ := c.Dial(ctx, "phone:7", customer, "", time.Minute)
			o, err := c.Dial(ctx, "phone:8", customer, "", time.Minute)
			if err != nil {
				p.Error(err)
				return
			}
			v = c.Converse(a.As(telephony.Agent))
			v.Bring(ctx, telephony.Arrangement{In: append(v.Now().In, o.As(telephony.Outside))})
		}
		v.Join(ctx)
		p.calls <- c
		v.Talk(ctx)
		c.Play(ctx, greeting)
	}
	go func() { p.connected <- p.sw.Run(p.Context(), script(serve)) }()
}

// arranged are the parties whose letters stand in a text such as "C A | T": in the bridge, and beside it.
func (p *party3) arranged(as string) telephony.Arrangement {
	v := p.call.Conversation()
	of := map[string]*telephony.Party{"C": v.Caller()}
	for _, other := range v.Others() {
		if other.Role() == telephony.Agent {
			of["A"] = other
		} else {
			of["T"] = other
		}
	}
	in, beside, _ := strings.Cut(as, "|")
	wanted := telephony.Arrangement{Music: "calm"}
	for _, name := range strings.Fields(in) {
		wanted.In = append(wanted.In, of[name])
	}
	for _, name := range strings.Fields(beside) {
		wanted.Beside = append(wanted.Beside, of[name])
	}
	return wanted
}

func (p *party3) brings(as string) error {
	wanted := p.arranged(as)
	v := p.call.Conversation()
	return v.Meanwhile(p.Context(), func(ctx context.Context) error { return v.Bring(ctx, wanted) })
}

// heard says who hears whom: of each party, in the order C A T, whom they hear, and whether music ("♪").
func (p *party3) heard() string {
	var all []string
	for _, one := range []struct {
		name  string
		c     bool
		a, t  bool
		music bool
	}{
		{"C", false, p.c.HearsPhone(p.a), p.c.HearsPhone(p.o), p.c.HearsMusic() != ""},
		{"A", p.a.HearsCustomer(p.c), false, p.a.HearsPhone(p.o), p.a.HearsMedia()},
		{"T", p.o.HearsCustomer(p.c), p.o.HearsPhone(p.a), false, p.o.HearsMedia()},
	} {
		text := one.name + ":"
		for _, s := range []struct {
			does bool
			sign string
		}{{one.c, "C"}, {one.a, "A"}, {one.t, "T"}, {one.music, "♪"}} {
			if s.does {
				text += s.sign
			}
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}

// In each arrangement everybody hears somebody, or music.
var arrangements = map[string]string{
	"C A T":   "C:AT A:CT T:CA",
	"A T | C": "C:♪ A:T T:A",
	"C A | T": "C:A A:C T:♪",
	"C T | A": "C:T A:♪ T:C",
	"C A":     "C:A A:C T:",
	"C T":     "C:T A: T:C",
}

// TestNoKillLosesAPartyOfAConversation: from each arrangement to each other one Hotline is killed after each of its requests. Until
// the next Hotline comes nobody who is to stay hears silence, and then everybody is where they were, or were to be.
func TestNoKillLosesAPartyOfAConversation(t *testing.T) {
	for from := range arrangements {
		for to := range arrangements {
			if len(strings.Fields(from)) < 3 || from == to {
				continue
			}
			for n, killed := 1, true; killed; n++ {
				synctest.Test(t, func(t *testing.T) { killed = killedBetween(t, from, to, n) })
				if n > 20 {
					t.Fatal("the story has no end")
				}
			}
		}
	}
}

// killedBetween brings three from one arrangement to another, and kills Hotline after so many of its requests. False where there
// were not so many.
func killedBetween(t *testing.T, from, to string, requests int) bool {
	when := fmt.Sprintf("from %q to %q, killed after %d requests: ", from, to, requests)
	p := meets(t)
	if err := p.brings(from); err != nil || p.heard() != arrangements[from] {
		t.Fatalf("%sat first %s, %v", when, p.heard(), err)
	}
	p.sw.CrashAfter(requests, func() {})
	err := p.brings(to)
	synctest.Wait()
	killed := !p.sw.Connected()
	p.sw.CrashAfter(0, nil)
	if !killed {
		if err != nil || p.heard() != arrangements[to] {
			t.Errorf("%s%s, %v", when, p.heard(), err)
		}
	} else {
		for _, name := range strings.Fields(strings.ReplaceAll(to, "|", "")) {
			if strings.Contains(p.heard()+" ", name+": ") {
				t.Errorf("%s%s hears silence: %s", when, name, p.heard())
			}
		}
		<-p.connected
		p.connects()
		p.call = <-p.calls
		synctest.Wait()
		if now := p.heard(); now != arrangements[from] && now != arrangements[to] {
			t.Errorf("%safter the restart %s", when, now)
		}
	}
	p.c.Hangup()
	synctest.Wait()
	if channels, bridges := p.sw.Leftovers(); channels != 0 || bridges != 0 {
		t.Errorf("%s%d channels and %d bridges are left", when, channels, bridges)
	}
	p.sw.Crash()
	<-p.connected
	return killed
}

// TestWhoWasToLeaveAtAKillStaysWhereTheOtherHasGone: the agent was to be let go, the third party has hung up in the gap, and the
// caller is not left alone.
func TestWhoWasToLeaveAtAKillStaysWhereTheOtherHasGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := meets(t)
		p.sw.CrashAfter(1, func() {}) // when it is noted
		_ = p.brings("C T")
		synctest.Wait()
		<-p.connected
		p.o.Hangup()
		p.connects()
		p.call = <-p.calls
		synctest.Wait()
		if now := p.heard(); now != "C:A A:C T:" {
			t.Errorf("after the restart %s", now)
		}
		p.c.Hangup()
		synctest.Wait()
		p.sw.Crash()
		<-p.connected
	})
}

func TestConversationKeepsItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := meets(t)
		if err := p.brings("A T"); err == nil {
			t.Error("brought to one without the caller")
		}
		if now := p.heard(); now != arrangements["C A T"] {
			t.Errorf("then %s", now)
		}
		p.c.Hangup()
		synctest.Wait()
		p.sw.Crash()
		<-p.connected
	})
}

// TestNextTellsEachWhoLeaves: a script that has something to do with who leaves learns of each, in their order.
func TestNextTellsEachWhoLeaves(t *testing.T) {
	var left []telephony.Role
	in(t, memory.Options{Latency: 10 * time.Millisecond}, func(ctx context.Context, c *telephony.Call) {
		c.Answer(ctx)
		a, _ := c.Dial(ctx, "phone:7", customer, "", time.Minute)
		o, _ := c.Dial(ctx, "phone:8", customer, "", time.Minute)
		v := c.Converse(a.As(telephony.Agent))
		defer v.End(ctx)
		if err := v.Bring(ctx, telephony.Arrangement{In: append(v.Now().In, o.As(telephony.Supervisor))}); err != nil {
			t.Error(err)
		}
		for {
			p, err := v.Next(ctx)
			left = append(left, p.Role())
			if err != nil {
				if !errors.Is(err, telephony.ErrHangup) {
					t.Errorf("next returned %v", err)
				}
				return
			}
		}
	}, func(sw *memory.Switch) {
		a, o := sw.Phone("7"), sw.Phone("8")
		a.Answers(0)
		o.Answers(0)
		call(sw, timetable{
			time.Second:     func(*memory.Customer) { o.Hangup(); a.Hangup() },
			2 * time.Second: (*memory.Customer).Hangup,
		})
	})
	if want := []telephony.Role{telephony.Supervisor, telephony.Agent, telephony.Caller}; !slices.Equal(left, want) {
		t.Errorf("there left %v", left)
	}
}

// slow is a switch that takes its time to delete a bridge.
type slow struct{ telephony.Driver }

func (slow) Bridge(ctx context.Context, _ telephony.BridgeID, legs ...telephony.LegID) error {
	if len(legs) == 0 {
		<-ctx.Done()
	}
	return ctx.Err()
}
func (slow) Stop(context.Context, telephony.LegID, telephony.MediaID) error { return nil }
func (slow) Hangup(context.Context, telephony.LegID, telephony.Cause) error { return nil }
func (slow) Mark(context.Context, telephony.LegID, telephony.Mark) error    { return nil }

func TestAConversationThatIsOverSaysSoBeforeItIsTakenApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		call := telephony.NewCall(slow{}, telephony.Arrival{ID: "1", Leg: "c", Resume: &telephony.Resume{Answered: true, Bridged: []telephony.LegID{"a"}}})
		v, talks := call.Rejoin(t.Context())
		if !talks {
			t.Fatal("nobody talks")
		}
		done := make(chan struct{})
		go func() { defer close(done); _, _ = v.Talk(t.Context()) }()
		synctest.Wait()
		call.Deliver(telephony.LegEnded{Leg: "a"})
		synctest.Wait()
		asked := time.Now()
		err := v.Meanwhile(t.Context(), func(context.Context) error { return nil })
		if took := time.Since(asked); !errors.Is(err, telephony.ErrNotTalking) || took > 0 || call.Conversation() != nil {
			t.Errorf("%v after %s, and the call talks in %v", err, took, call.Conversation())
		}
		<-done
	})
}
