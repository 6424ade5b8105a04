package main

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/cmd/hotline/config"
	"hotline/queues"
	"hotline/telephony/softphone"
)

// person is an agent of a test, able to do everything.
func person(id, phone string) config.Person {
	return config.Person{
		ID: queues.AgentID(id), Login: id, Name: "Agent " + id, Role: "agent", Language: "ru", Password: config.SecretOf("password-" + id),
		Skills: map[queues.Skill]queues.Level{"information": 5, "subscribers": 5, "support": 5, "lang:ru": 5, "lang:en": 5},
		Phone:  phone, PhoneSecret: config.SecretOf("secret-of-phone-" + phone),
	}
}

// worker is an agent of a test: a phone and a desk.
type worker struct {
	s     *stage
	id    queues.AgentID
	phone *softphone.Phone
	desk  *client.Stream

	mu        sync.Mutex
	frames    []arrived // in order
	forgetful bool      // keeps no frames
}

type arrived struct {
	frame agentapi.Frame
	at    time.Time
}

// agent signs an agent in: the phone is registered, the desk is open, and they are not ready yet.
func (s *stage) agent(id queues.AgentID) *worker {
	s.t.Helper()
	return s.agentAt(s.pages(), s.person(id))
}

// agentAt is agent for a Hotline in another process.
func (s *stage) agentAt(pages string, p config.Person) *worker {
	s.t.Helper()
	return s.agentOf(pages, p, softphone.Options{})
}

// agentWith is agent with a phone that behaves as its options say.
func (s *stage) agentWith(id queues.AgentID, o softphone.Options) *worker {
	s.t.Helper()
	return s.agentOf(s.pages(), s.person(id), o)
}

func (s *stage) agentOf(pages string, p config.Person, o softphone.Options) *worker {
	s.t.Helper()
	w := &worker{s: s, id: p.ID}
	o.User, o.Secret = p.Phone, p.PhoneSecret.Text()
	var err error
	w.phone, err = s.exchange.Phone(o)
	s.must(err)
	s.must(w.phone.Register(s.t.Context()))
	w.openDesk(pages, p)
	return w
}

func (w *worker) openDesk(pages string, p config.Person) {
	w.s.t.Helper()
	signedIn, err := client.SignIn(w.s.t.Context(), pages, p.Login, p.Password.Text())
	w.s.must(err)
	w.desk, err = signedIn.Stream(context.Background(), client.StreamOptions{SeeOffers: true, Frames: w.note})
	w.s.must(err)
	w.s.t.Cleanup(w.desk.Close)
}

func (s *stage) person(id queues.AgentID) config.Person {
	for _, p := range s.config.People {
		if p.ID == id {
			return p
		}
	}
	s.t.Fatalf("nobody is %s", id)
	return config.Person{}
}

func (w *worker) note(f agentapi.Frame) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.forgetful {
		w.frames = append(w.frames, arrived{f, time.Now()})
	}
	if f.Type == "call.answered" {
		var parts struct {
			Call agentapi.Talk `json:"call"`
		}
		if err := json.Unmarshal(f.Data, &parts); err == nil {
			if ch, ok := w.s.talks.LoadAndDelete(parts.Call.Pop.Caller.Number); ok {
				close(ch.(chan struct{}))
			}
		}
	}
}

// seen is when the desk got its n-th frame of a type, from 0; zero where it did not.
func (w *worker) seen(kind string, n int) (agentapi.Frame, time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range w.frames {
		if a.frame.Type == kind {
			if n == 0 {
				return a.frame, a.at
			}
			n--
		}
	}
	return agentapi.Frame{}, time.Time{}
}

// ready makes the agent ready.
func (w *worker) ready() *worker {
	w.s.t.Helper()
	w.s.must(w.desk.Command(w.s.t.Context(), "agent.ready", nil))
	w.until("ready", func(me agentapi.Me) bool { return me.Availability.State == "ready" && me.Phone.Reachable })
	return w
}

// until waits for a state of the desk.
func (w *worker) until(what string, is func(agentapi.Me) bool) agentapi.Me {
	w.s.t.Helper()
	ctx, cancel := context.WithTimeout(w.s.t.Context(), atOnce)
	defer cancel()
	me, err := w.desk.WaitMe(ctx, is)
	if err != nil {
		now, _ := json.Marshal(w.desk.Me())
		w.s.t.Fatalf("%s: not within %s: %s; the desk is %s", w.id, atOnce, what, now)
	}
	return me
}

// talking waits until the desk shows the talk.
func (w *worker) talking() agentapi.Me {
	w.s.t.Helper()
	return w.until("talking", func(me agentapi.Me) bool { return me.Activity.State == "talking" && me.Call != nil && me.Offer == nil })
}

// rings waits until the phone rings.
func (w *worker) rings() *softphone.Ringing {
	w.s.t.Helper()
	ctx, cancel := context.WithTimeout(w.s.t.Context(), atOnce)
	defer cancel()
	r, err := w.phone.Incoming(ctx)
	if err != nil {
		w.s.t.Fatalf("%s: the phone did not ring within %s: %v", w.id, atOnce, err)
	}
	return r
}

// answers picks the ringing phone up, and returns the talk when the desk shows it.
func (w *worker) answers() *softphone.Call {
	w.s.t.Helper()
	call, err := w.rings().Answer(w.s.t.Context())
	w.s.must(err)
	w.talking()
	return call
}

// finish ends the wrap-up.
func (w *worker) finish(disposition string) {
	w.s.t.Helper()
	me := w.until("wrap-up", func(me agentapi.Me) bool { return me.WrapUp != nil })
	w.s.must(w.desk.Command(w.s.t.Context(), "wrap_up.finish", map[string]any{
		"call": me.WrapUp.Call, "disposition": disposition, "note": "note of " + string(w.id),
	}))
	w.until("out of wrap-up", func(me agentapi.Me) bool { return me.Activity.State != "wrap_up" && me.WrapUp == nil })
}

// calls is a customer who calls; the call is answered when it returns.
func (s *stage) calls(from string) *softphone.Call {
	s.t.Helper()
	return s.callsAs(softphone.CallOptions{From: from, Anonymous: from == ""})
}

func (s *stage) callsAs(o softphone.CallOptions) *softphone.Call {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), atOnce)
	defer cancel()
	call, err := s.customer.Call(ctx, s.house.asterisk.Number, o)
	s.must(err)
	return call
}

// chooses types Russian and a department: the caller then waits in its queue.
func (s *stage) chooses(call *softphone.Call, department string) {
	s.t.Helper()
	s.must(call.Digits(s.t.Context(), "1"+department))
}

func (s *stage) hangsUp(call *softphone.Call) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), atOnce)
	defer cancel()
	s.must(call.Hangup(ctx))
}

func (s *stage) gone(call *softphone.Call) {
	s.t.Helper()
	select {
	case <-call.Done():
	case <-time.After(atOnce):
		s.t.Fatalf("the call did not end within %s", atOnce)
	}
}
