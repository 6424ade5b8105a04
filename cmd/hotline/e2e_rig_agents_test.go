package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
)

// What the people of the rig hum, so that it can be heard who hears whom.
const (
	rigAgentHums  = 600
	rigCallerHums = 440
)

// rigAgent is an agent of the rig. They are slow, but never let the phone ring.
type rigAgent struct {
	r      *rig
	person config.Person
	phone  *softphone.Phone
	desk   *client.Stream

	mu     sync.Mutex
	dice   *rand.Rand
	epoch  string                // of the Hotline that the page is at
	filed  map[string]*filedNote // by call
	backs  int                   // wrap-ups that came back after they were filed
	call   *softphone.Call       // in which they are
	missed bool                  // a call, as the desk shows
	blamed int                   // how often they have missed one
}

// filedNote is the work after a call as its agent has filed it, and Hotline has acknowledged it.
type filedNote struct {
	notes    []string
	epoch    string
	returned bool
}

// begins registers the phone, opens the desk, and works until the rig is closed.
func (a *rigAgent) begins() {
	a.r.t.Helper()
	var err error
	a.phone, err = a.r.exchange.Phone(softphone.Options{User: a.person.Phone, Secret: a.person.PhoneSecret.Text(), Refresh: 5 * time.Second, OnRinging: a.picksUp})
	a.r.must(err)
	a.r.must(a.phone.Register(a.r.t.Context()))
	signedIn, err := client.SignIn(a.r.t.Context(), "http://"+a.r.pages.Addr().String(), a.person.Login, a.person.Password.Text())
	a.r.must(err)
	a.desk, err = signedIn.Stream(a.r.shut, client.StreamOptions{SeeOffers: true, Frames: a.sees})
	a.r.must(err)
	a.r.must(a.desk.Command(a.r.t.Context(), "agent.ready", nil))
	a.r.agentsAtWork.Go(a.minds)
}

func (a *rigAgent) between(from, to time.Duration) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return from + time.Duration(a.dice.Int64N(int64(to-from)))
}

// picksUp is a talk from the first ring to its end.
func (a *rigAgent) picksUp(ringing *softphone.Ringing) {
	a.r.happened("rings")
	select {
	case <-ringing.Cancelled():
		return
	case <-a.r.shut.Done():
		return
	case <-time.After(a.between(200*time.Millisecond, time.Second)):
	}
	c := a.r.caller(ringing.From)
	if c == nil {
		a.r.remark("%s: the phone rang for %q", a.person.ID, ringing.From)
		return
	}
	picked := time.Now()
	call, err := ringing.Answer(a.r.shut)
	if err != nil {
		return
	}
	_ = call.PlayTone(rigAgentHums)
	a.set(func() { a.call = call })
	defer func() {
		a.set(func() { a.call = nil })
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = call.Hangup(ctx)
	}()
	heard, cancel := context.WithTimeout(a.r.shut, time.Minute)
	err = call.Hears(heard, rigCallerHums, 100*time.Millisecond)
	cancel()
	switch {
	case errors.Is(err, softphone.ErrEnded):
		c.pickedUp(picked, string(a.person.ID))
		return
	case err != nil:
		if a.r.shut.Err() == nil {
			c.set(func() { c.stuck = fmt.Sprintf("was not heard by %s for a minute", a.person.ID) })
		}
		return
	}
	v := c.meets(picked)
	if v == nil {
		a.r.remark("%s: hears %s, whom nobody has answered", a.person.ID, c.number)
		return
	}
	select {
	case <-call.Done():
		v.talkEnds()
		return
	case <-a.r.shut.Done():
		return
	case <-time.After(a.length()):
	}
	if a.between(0, 2) == 0 {
		v.asks()
		select {
		case <-call.Done():
		case <-a.r.shut.Done():
		case <-time.After(stuckFor / 3):
			v.isStuck("hung up, and the agent's phone stays up")
		}
		return
	}
	v.dismisses()
}

func (a *rigAgent) set(what func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	what()
}

func (a *rigAgent) length() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return 500*time.Millisecond + min(time.Duration(a.dice.ExpFloat64()*float64(rigTalk)), 4*rigTalk)
}

// sees takes each frame of the desk before the stream does. Work that was filed does not come back at another Hotline.
func (a *rigAgent) sees(f agentapi.Frame) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if f.T == "hello" {
		a.epoch = f.Epoch
	}
	if f.Topic != agentapi.TopicMe || f.Data == nil {
		return
	}
	var me struct {
		WrapUp       *agentapi.WrapUp       `json:"wrap_up"`
		Availability *agentapi.Availability `json:"availability"`
	}
	if json.Unmarshal(f.Data, &me) != nil {
		return
	}
	if me.WrapUp != nil {
		if filed := a.filed[string(me.WrapUp.Call)]; filed != nil && filed.epoch != a.epoch && !filed.returned {
			filed.returned = true
			a.backs++
			a.r.remark("%s: the wrap-up of %s came back", a.person.ID, me.WrapUp.Call)
		}
	}
	if me.Availability != nil {
		if missed := me.Availability.Reason == "missed_call"; missed != a.missed {
			if a.missed = missed; missed {
				a.blamed++
				a.r.remark("%s: has missed a call, the desk says", a.person.ID)
			}
		}
	}
}

// minds does the work after each call, and gets ready again.
func (a *rigAgent) minds() {
	defer a.desk.Close()
	for {
		me, err := a.desk.WaitMe(a.r.shut, func(me agentapi.Me) bool {
			return me.WrapUp != nil && a.isOpen(string(me.WrapUp.Call)) || !me.Starting && me.Availability.State == "not_ready" && me.Activity.State == "idle"
		})
		if err != nil {
			if a.r.shut.Err() == nil {
				a.r.remark("%s: the page ended: %v", a.person.ID, err)
			}
			return
		}
		select {
		case <-a.r.shut.Done():
			return
		case <-time.After(a.between(200*time.Millisecond, 1200*time.Millisecond)):
		}
		if me.WrapUp == nil {
			_ = a.desk.Command(a.r.shut, "agent.ready", nil)
			continue
		}
		a.files(string(me.WrapUp.Call))
	}
}

// isOpen says whether work after a call is still to be filed.
func (a *rigAgent) isOpen(call string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	filed := a.filed[call]
	return filed == nil || filed.returned
}

// files files work after a call, and again where Hotline could not keep it, as the page has its agent do.
func (a *rigAgent) files(call string) {
	note := fmt.Sprintf("of %s at %s", a.person.ID, time.Now().UTC().Format("15:04:05.000"))
	for a.r.shut.Err() == nil {
		err := a.desk.Command(a.r.shut, "wrap_up.finish", map[string]any{"call": call, "disposition": "resolved", "note": note})
		if client.IsProblem(err, agentapi.CodeNotKept) {
			continue
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		if err != nil {
			a.r.remark("%s: the wrap-up of %s is refused: %v", a.person.ID, call, err)
			return
		}
		a.r.happened("filed")
		filed := a.filed[call]
		if filed == nil {
			filed = &filedNote{}
			a.filed[call] = filed
		}
		filed.notes, filed.epoch, filed.returned = append(filed.notes, note), a.epoch, false
		return
	}
}
