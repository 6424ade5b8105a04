package queues

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"
)

// A day is a timetable: at this second that happens, and this follows. What follows is
// written as one line for each offer, ending and rejection, in order.
type day struct {
	t      *testing.T
	r      *Router
	start  time.Time
	now    time.Time
	got    []string
	offers map[string]OfferID // the latest, by "request agent"
	why    Explanation        // of the latest
}

const lineQueue QueueID = "line"

// lineConfig is one queue that needs nothing but the language, ringing 15 s, wrap-up 30 s.
func lineConfig(more ...Queue) Config {
	return Config{Queues: append([]Queue{{
		ID: lineQueue, OfferTimeout: 15 * time.Second, WrapUp: 30 * time.Second, ShortAbandon: 5 * time.Second,
	}}, more...)}
}

func newDay(t *testing.T, c Config) *day {
	t.Helper()
	r, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	return &day{t: t, r: r, start: start, now: start, offers: map[string]OfferID{}}
}

// second is a moment of the day.
func (d *day) second(s float64) time.Time {
	return d.start.Add(time.Duration(s * float64(time.Second)))
}

// at tells events at a second. Deadlines before it take effect at their own time, as in service.
func (d *day) at(s float64, events ...Event) *day {
	d.t.Helper()
	to := d.second(s)
	for {
		due, any := d.r.Deadline()
		if !any || due.After(to) {
			break
		}
		d.step(due, Tick{})
	}
	for _, e := range events {
		d.step(to, e)
	}
	return d
}

func (d *day) step(at time.Time, e Event) {
	d.now = at
	for _, x := range d.r.Step(at, e) {
		if o, is := x.(*Offered); is {
			d.offers[string(o.Offer.Request)+" "+string(o.Offer.Agent)] = o.Offer.ID
			d.why = o.Why
		}
		if line := said(x, d.start); line != "" {
			d.got = append(d.got, line)
		}
	}
}

// said is a decision as one line; "" where it only says what has become of an agent or a queue.
func said(x Decision, start time.Time) string {
	switch x := x.(type) {
	case *Offered:
		return fmt.Sprintf("offered %s %s", x.Offer.Request, x.Offer.Agent)
	case *OfferEnded:
		if x.How != OfferWasAnswered {
			return fmt.Sprintf("%s %s %s", x.How, x.Offer.Request, x.Offer.Agent)
		}
	case *AnswerUndone:
		return fmt.Sprintf("answer undone %s %s", x.Request.ID, x.Agent)
	case *RequestEnded:
		switch {
		case x.How == RequestAnswered:
			return fmt.Sprintf("answered %s %s", x.Request.ID, x.Agent)
		case x.Short:
			return fmt.Sprintf("short abandon %s", x.Request.ID)
		case x.How == RequestOverflowed:
			return fmt.Sprintf("overflowed %s to %s by rule %d", x.Request.ID, x.To.Kind, x.Because)
		case x.How == RequestCalledBack:
			return fmt.Sprintf("called back %s %s", x.Request.ID, x.Agent)
		case x.How == RequestCalledIn:
			return fmt.Sprintf("called in %s as %s", x.Request.ID, x.Instead)
		default:
			return fmt.Sprintf("%s %s", x.How, x.Request.ID)
		}
	case *RequestMoved:
		if x.Lead.By != "" {
			return fmt.Sprintf("%s led %s to %s", x.Lead.By, x.Request.ID, x.To.text())
		}
		return fmt.Sprintf("moved %s from %s to %s by rule %d", x.Request.ID, x.Request.Queue, cmp.Or(string(x.To.Queue), string(x.To.Kind)), x.Because)
	case *PlaceRegained:
		return fmt.Sprintf("%s has the place of %s", x.Request.ID, x.Of)
	case *CallbackWaits:
		return fmt.Sprintf("callback %s waits until %s, tried %d", x.Request.ID, x.Until.Sub(start), x.Tried)
	case *Rejected:
		return fmt.Sprintf("rejected: %s", x.Err)
	}
	return ""
}

// want compares what followed since the last want.
func (d *day) want(lines ...string) *day {
	d.t.Helper()
	if !slices.Equal(d.got, lines) {
		d.t.Fatalf("at %s:\n got %q\nwant %q", d.now.Sub(d.start), d.got, lines)
	}
	d.got = nil
	return d
}

// is compares an agent's state, as "ready idle" or "not_ready(lunch) talking, then signed_out".
func (d *day) is(agent AgentID, want string) *day {
	d.t.Helper()
	if got := d.state(agent); got != want {
		d.t.Fatalf("at %s: %s is %q, want %q", d.now.Sub(d.start), agent, got, want)
	}
	return d
}

func (d *day) state(agent AgentID) string {
	for _, a := range d.r.Snapshot().Agents {
		if a.ID != agent {
			continue
		}
		s := withReason(a.Availability, a.Reason) + " " + string(a.Activity)
		if a.Accepted {
			s += " accepted"
		}
		if a.Next != "" {
			s += ", then " + withReason(a.Next, a.NextReason)
		}
		return s
	}
	return "unknown"
}

func withReason(a Availability, r Reason) string {
	if r == "" {
		return string(a)
	}
	return fmt.Sprintf("%s(%s)", a, r)
}

func (d *day) agent(id AgentID) AgentState {
	for _, a := range d.r.Snapshot().Agents {
		if a.ID == id {
			return a
		}
	}
	d.t.Fatalf("no agent %s", id)
	return AgentState{}
}

// offer is the latest offer of a request to an agent.
func (d *day) offer(request, agent string) OfferID { return d.offers[request+" "+agent] }

func (d *day) queue(id QueueID) QueueState {
	for _, q := range d.r.Snapshot().Queues {
		if q.ID == id {
			return q
		}
	}
	d.t.Fatalf("no queue %s", id)
	return QueueState{}
}

// comes signs an agent in, ready, with a phone. Skills are "name" (level 3) or "name:level".
func comes(id AgentID, skills ...string) []Event {
	return []Event{PhoneChanged{id, true}, AgentSignedIn{Agent: person(id, skills...)}, AgentReady{id}}
}

func person(id AgentID, skills ...string) Agent {
	a := Agent{ID: id, Name: string(id), Skills: map[Skill]Level{}}
	for _, s := range skills {
		name, level := s, 3
		if n := len(s); n > 2 && s[n-2] == '=' {
			name, level = s[:n-2], int(s[n-1]-'0')
		}
		a.Skills[Skill(name)] = Level(level)
	}
	return a
}

func calls(id RequestID, extra ...Need) Event {
	return Enqueued{Request{ID: id, Queue: lineQueue, Extra: extra}}
}
