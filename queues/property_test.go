package queues

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestMain asks for more random days than rapid would try by itself; the flag still counts.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "2000"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// chaos is a random day: agents and callers do whatever they like, in any order, sensible or
// not. Beside the router it keeps what an onlooker knows from events and decisions alone, and
// judges each step by that.
type chaos struct {
	r     *Router
	twin  *Router // told the same
	now   time.Time
	calls int
	plan  Config
	told  []moment
	same  bool // queues never ask for other skills

	agents   map[AgentID]AgentState
	skills   map[AgentID]Agent
	waiting  map[RequestID]*onlooked // not ended; offered or not
	consults map[RequestID]Offer     // who is asked: it rings, or they have answered
	talks    map[RequestID]AgentID
	ended    map[RequestID]bool
	enqueued int
	undone   int // of these: answered by phones that let go at once, and forgotten
	held     bool
	vain     map[AgentID]int // so often an agent waited for the caller of a callback in vain
	past     []OfferID       // all there were
	again    []*onlooked     // offered in this step to somebody who had declined them
}

// onlooked is a request as an onlooker sees it.
type onlooked struct {
	Request
	order    int // told as the nth
	offer    *Offer
	declined map[AgentID]bool
	paused   time.Time // does not begin anew before
	asleep   time.Time // a callback: not offered before
	awaited  AgentID   // who waits for the caller of a callback
}

var chaosSkills = []Skill{"a", "b", "lang:ru", "lang:en"}

func chaosConfig() Config {
	return Config{Epoch: "e", Return: 20 * time.Second, Queues: []Queue{
		{ID: "one", Skills: []Need{{"a", 2}}, OfferTimeout: 10 * time.Second, WrapUp: 20 * time.Second, Affinity: 30 * time.Second,
			Overflow: []Overflow{{After: 40 * time.Second, NobodyThere: true, To: Destination{Kind: ToQueue, Queue: "three"}}}},
		{ID: "two", Skills: []Need{{"b", 1}}, OfferTimeout: 15 * time.Second, Priority: 1, Reserve: 1,
			Callback: CallbackPlan{DialFirst: true, Attempts: 2, Every: 20 * time.Second}},
		{ID: "three", OfferTimeout: 5 * time.Second, WrapUp: 5 * time.Second, Callback: CallbackPlan{Every: 3 * time.Second},
			Overflow: []Overflow{{Waiting: 5, To: Destination{Kind: ToCallback}}, {After: 5 * time.Minute, To: Destination{Kind: ToVoicemail}}}},
	}}
}

// drawConfig draws another configuration: with other skills, priorities and rules, and one queue fewer or more.
func (c *chaos) drawConfig(t *rapid.T) Config {
	n := chaosConfig()
	if !c.same && rapid.Bool().Draw(t, "other skills") {
		n.Queues[2].Skills = []Need{{rapid.SampledFrom(chaosSkills).Draw(t, "skill"), 1}}
	}
	n.Queues[0].Priority = rapid.IntRange(0, 2).Draw(t, "priority")
	n.Queues[1].Reserve = rapid.IntRange(0, 2).Draw(t, "reserve")
	if rapid.Bool().Draw(t, "no rules") {
		n.Queues[0].Affinity, n.Queues[0].Overflow, n.Queues[2].Overflow = 0, nil, nil
	}
	if rapid.IntRange(0, 3).Draw(t, "queue two is gone") == 0 {
		n.Queues = slices.Delete(n.Queues, 1, 2)
	}
	if rapid.IntRange(0, 3).Draw(t, "a new queue") == 0 {
		n.Queues = append(n.Queues, Queue{ID: "none"})
	}
	return n
}

// line is a queue as it is now.
func (c *chaos) line(id QueueID) Queue {
	at := slices.IndexFunc(c.plan.Queues, func(q Queue) bool { return q.ID == id })
	return c.plan.Queues[at]
}

func (c *chaos) needs(q *onlooked) []Need {
	return mergeNeeds(mergeNeeds(nil, c.line(q.Queue).Skills), q.Extra)
}

// particular says whether a request may be waiting for somebody it prefers, or to whom it was led.
func (c *chaos) particular(q *onlooked) bool {
	return q.Lead.Agent != "" && q.Lead.Until.After(c.now) || len(q.Prefer) > 0 && c.now.Sub(q.Arrived) < c.line(q.Queue).Affinity
}

func newChaos(t *rapid.T) *chaos {
	r, err := New(chaosConfig())
	if err != nil {
		t.Fatal(err)
	}
	twin, _ := New(chaosConfig())
	return &chaos{
		r: r, twin: twin, plan: chaosConfig(), now: time.Date(2026, 3, 2, 23, 50, 0, 0, time.UTC),
		agents: map[AgentID]AgentState{}, skills: map[AgentID]Agent{},
		waiting: map[RequestID]*onlooked{}, consults: map[RequestID]Offer{}, talks: map[RequestID]AgentID{}, ended: map[RequestID]bool{}, vain: map[AgentID]int{},
	}
}

func TestRouterKeepsItsPromisesOnRandomDays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := newChaos(t)
		defer c.tell(t)
		for range rapid.IntRange(1, 150).Draw(t, "events") {
			e := c.drawEvent(t)
			c.now = c.now.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 1, 3, 10, 60}).Draw(t, "seconds")) * time.Second)
			c.step(t, e)
		}
		c.finish(t)
		c.replay(t)
	})
}

// drawEvent draws any event, most often one that can be.
func (c *chaos) drawEvent(t *rapid.T) Event {
	agent := rapid.SampledFrom([]AgentID{"a1", "a2", "a3", "a4", "a5"}).Draw(t, "agent")
	request := c.drawRequest(t)
	var offer OfferID
	if q := c.waiting[request]; q != nil && q.offer != nil {
		offer = q.offer.ID
	} else if o, is := c.consults[request]; is {
		offer = o.ID
	} else if len(c.past) > 0 {
		offer = rapid.SampledFrom(c.past).Draw(t, "past offer")
	}
	switch rapid.IntRange(0, 47).Draw(t, "what") {
	case 0, 1:
		e := AgentSignedIn{Agent: c.drawAgent(t, agent), Availability: rapid.SampledFrom([]Availability{"", Ready}).Draw(t, "as")}
		if e.Next = rapid.SampledFrom([]Availability{"", "", "", NotReady, SignedOut, Ready}).Draw(t, "next"); e.Next == NotReady {
			e.NextReason = Break
		}
		return e
	case 2, 3:
		return AgentReady{agent}
	case 4:
		return AgentNotReady{agent, rapid.SampledFrom([]Reason{Break, Lunch, ""}).Draw(t, "reason")}
	case 5:
		return AgentSignedOut{agent}
	case 6:
		return DeskLost{agent}
	case 7, 8, 9:
		return PhoneChanged{agent, rapid.IntRange(0, 3).Draw(t, "reachable") > 0}
	case 10, 11, 12, 13:
		return c.drawCall(t)
	case 14:
		return Abandoned{request}
	case 15:
		return OfferAccepted{offer}
	case 16, 17, 18:
		return OfferDeclined{offer}
	case 19:
		return OfferFailed{offer, rapid.SampledFrom([]Failure{PhoneUnreachable, PhoneUnanswered, PhoneCongested, PhoneFailing, PhoneFailing, PhoneDeclines, "bored"}).Draw(t, "failure")}
	case 20, 21, 22:
		return OfferAnswered{offer}
	case 23, 24:
		return TalkEnded{request}
	case 25:
		return rapid.SampledFrom([]Event{TalkHeld{request}, TalkResumed{request}}).Draw(t, "hold")
	case 26:
		c.calls++
		if rapid.Bool().Draw(t, "wraps up") {
			return WrapUpRestored{
				Agent: agent, Request: RequestID(fmt.Sprint("w", c.calls)), Queue: "one", Since: c.now.Add(-5 * time.Second),
				Deadline: c.now.Add(time.Duration(rapid.IntRange(0, 30).Draw(t, "for")) * time.Second),
			}
		}
		held := rapid.SampledFrom([]time.Time{{}, c.now.Add(-time.Second), c.now, c.now.Add(time.Second)}).Draw(t, "held")
		return TalkRestored{agent, RequestID(fmt.Sprint("t", c.calls)), "one", c.now, held, nil, rapid.Bool().Draw(t, "called"), ""}
	case 27:
		return rapid.SampledFrom([]Event{WrapUpFinished{agent}, WrapUpExtended{agent, 0}}).Draw(t, "wrap-up")
	case 28:
		if rapid.IntRange(0, 2).Draw(t, "hold offers") == 0 {
			return OffersHeld{c.now.Add(30 * time.Second)}
		}
		return OffersReleased{}
	case 29:
		return rapid.SampledFrom([]Event{CallbackWanted{Request: request}, CallBroken{Request: request, CallBack: true}, CallBroken{Request: request}}).Draw(t, "callback")
	case 30, 31:
		return CallbackReached{request}
	case 32:
		return CallbackFailed{request, rapid.SampledFrom([]Failure{PhoneBusy, PhoneUnanswered, LinkBroken, AgentLeft, "bored"}).Draw(t, "failure")}
	case 33:
		return Reconfigured{c.drawConfig(t)}
	case 34:
		return AgentReskilled{c.drawAgent(t, agent)}
	case 35:
		return rapid.SampledFrom([]Event{DeskAway{agent, offer, rapid.Bool().Draw(t, "the page is the phone")}, DeskBack{agent}}).Draw(t, "desk")
	case 36:
		return TalkDropped{request}
	case 37:
		c.calls++
		return AgentCalls{agent, RequestID(fmt.Sprint("o", c.calls)), rapid.SampledFrom([]QueueID{"one", "none"}).Draw(t, "queue")}
	case 38:
		return rapid.SampledFrom([]Event{CallReached{request}, CallFailed{request}}).Draw(t, "how a call goes on")
	case 43, 44:
		c.calls++
		return ConsultWanted{RequestID(fmt.Sprint("c", c.calls)), request, rapid.SampledFrom([]AgentID{"", agent}).Draw(t, "whom"), rapid.SampledFrom([]QueueID{"one", "three"}).Draw(t, "queue")}
	case 45:
		return rapid.SampledFrom([]Event{TalkConsults{request}, TalkHeld{request}, TalkResumed{request}}).Draw(t, "turns")
	case 46:
		o := c.consults[request]
		return TalkPassed{o.Consults, o.Request, o.Agent}
	case 41:
		return rapid.SampledFrom([]Event{QueueClosed{"one", "olga"}, QueueOpened{"one"}}).Draw(t, "closing")
	case 39, 40:
		e := RequestLed{Request: request, By: "olga", To: rapid.SampledFrom([]Destination{
			{Kind: ToFront}, {Kind: ToAgent, Agent: agent}, {Kind: ToQueue, Queue: "one"}, {Kind: ToQueue, Queue: "three"},
		}).Draw(t, "where")}
		if q := c.waiting[request]; q != nil {
			e.Seen = q.Lead.Times - rapid.SampledFrom([]int{0, 0, 0, 1}).Draw(t, "late")
		}
		return e
	default:
		return Tick{}
	}
}

// drawRequest draws one that is known, or nobody.
func (c *chaos) drawRequest(t *rapid.T) RequestID {
	known := slices.Sorted(maps.Keys(c.waiting))
	known = append(known, slices.Sorted(maps.Keys(c.talks))...)
	known = append(known, slices.Sorted(maps.Keys(c.consults))...)
	return rapid.SampledFrom(append(known, "nobody")).Draw(t, "request")
}

func (c *chaos) drawAgent(t *rapid.T, id AgentID) Agent {
	a := Agent{ID: id, Skills: map[Skill]Level{}, Expires: map[Skill]time.Time{}}
	for _, s := range chaosSkills {
		if l := rapid.IntRange(0, 4).Draw(t, string(s)); l > 0 {
			if a.Skills[s] = Level(l); rapid.IntRange(0, 3).Draw(t, "expires") == 0 {
				a.Expires[s] = c.now.Add(time.Duration(rapid.IntRange(-1, 300).Draw(t, "in")) * time.Second)
			}
		}
	}
	return a
}

func (c *chaos) drawCall(t *rapid.T) Event {
	c.calls++
	q := Request{
		ID:       RequestID(fmt.Sprint("r", c.calls)),
		Queue:    rapid.SampledFrom([]QueueID{"one", "two", "three", "three", "none"}).Draw(t, "queue"),
		Priority: rapid.SampledFrom([]int{0, 0, 0, 1}).Draw(t, "priority"),
		Arrived:  c.now.Add(-time.Duration(rapid.SampledFrom([]int{0, 0, 0, 60, -5}).Draw(t, "earlier")) * time.Second),
	}
	if l := rapid.IntRange(0, 4).Draw(t, "language"); l > 0 {
		q.Extra = []Need{{rapid.SampledFrom(chaosSkills[2:]).Draw(t, "which"), Level(l)}}
	}
	q.Party = rapid.SampledFrom([]string{"", "", "ivan", "olga"}).Draw(t, "party")
	if rapid.IntRange(0, 3).Draw(t, "prefers") == 0 {
		q.Prefer = rapid.SliceOfN(rapid.SampledFrom([]AgentID{"a1", "a2", "a3"}), 1, 2).Draw(t, "whom")
	}
	q.Callback = rapid.IntRange(0, 9).Draw(t, "callback") == 0
	q.NoCallback = rapid.IntRange(0, 9).Draw(t, "no callback") == 0
	q.SentBy = rapid.SampledFrom([]AgentID{"", "", "a1", "a2"}).Draw(t, "sent by")
	if q.SentBy != "" && rapid.IntRange(0, 2).Draw(t, "to a colleague") == 0 {
		colleague := rapid.SampledFrom([]AgentID{"a1", "a2", "a3"}).Draw(t, "colleague")
		q.Lead = Lead{Times: 1, By: string(q.SentBy), Agent: colleague, Until: c.now.Add(2 * time.Minute), Back: q.SentBy}
	}
	return Enqueued{q}
}

// step lets time pass, tells the event to both routers, and judges what follows.
func (c *chaos) step(t *rapid.T, e Event) {
	c.judge(t, Tick{}, c.both(t, Tick{}))
	before, due := c.r.Snapshot(), deadline(c.r)
	decided := c.both(t, e)
	for _, d := range decided {
		if x, is := d.(*Rejected); is {
			if len(decided) != 1 || !reflect.DeepEqual(c.r.Snapshot(), before) || deadline(c.r) != due {
				t.Fatalf("%#v was rejected (%v) and changed something: %+v", e, x.Err, decided)
			}
			return
		}
	}
	c.judge(t, e, decided)
}

func deadline(r *Router) time.Time {
	due, _ := r.Deadline()
	return due
}

// both steps the router and its twin, who must agree.
func (c *chaos) both(t *rapid.T, e Event) []Decision {
	c.told = append(c.told, moment{c.now, e})
	decided, again := c.r.Step(c.now, e), c.twin.Step(c.now, e)
	if !reflect.DeepEqual(decided, again) {
		t.Fatalf("%#v gave\n%+v\nand then\n%+v", e, decided, again)
	}
	if due, any := c.r.Deadline(); any && !due.After(c.now) {
		t.Fatalf("after %#v the deadline %s has passed", e, due)
	}
	return decided
}

// judgeOthers holds that who else was there is who was counted.
func (c *chaos) judgeOthers(t *rapid.T, d *Offered, later []Decision) {
	o, w := c.r.Others(d, later), d.Why
	if w.Rule == Led {
		return // nobody else was looked at
	}
	if o == nil || len(o.Free) != w.Candidates-1-w.Excluded || len(o.Busy) != w.Busy || len(o.NotReady) != w.NotReady || len(o.Lacking) != o.Lack {
		t.Fatalf("%+v is explained by %+v, and the others are %+v", d.Offer, w, o)
	}
	if slices.Contains(slices.Concat(o.Free, o.Busy, o.NotReady, o.Lacking), d.Offer.Agent) {
		t.Fatalf("%+v: the agent is among the others, %+v", d.Offer, o)
	}
}

func (c *chaos) judge(t *rapid.T, e Event, decided []Decision) {
	c.take(e)
	for i, d := range decided {
		switch d := d.(type) {
		case *Offered:
			if d.Offer.Consults != "" {
				c.judgeConsult(t, d)
				continue
			}
			c.judgeOthers(t, d, decided[i+1:])
			c.judgeOffer(t, d)
		case *OfferEnded:
			if o, is := c.consults[d.Offer.Request]; is {
				if o != d.Offer {
					t.Fatalf("%+v ended and was not live", d.Offer)
				}
				if d.How != OfferWasAnswered {
					delete(c.consults, d.Offer.Request)
				}
				continue
			}
			c.judgeOfferEnd(t, e, d)
		case *RequestEnded:
			id := d.Request.ID
			if c.waiting[id] == nil || c.ended[id] {
				t.Fatalf("request %s ended without waiting, or twice", id)
			}
			c.inVain(c.waiting[id], d.Agent)
			delete(c.waiting, id)
			c.ended[id] = true
			if d.Agent != "" {
				c.talks[id] = d.Agent
			}
		case *AnswerUndone:
			if !c.ended[d.Request.ID] || c.talks[d.Request.ID] != d.Agent {
				t.Fatalf("%+v was not answered", d)
			}
			delete(c.ended, d.Request.ID)
			delete(c.talks, d.Request.ID)
			c.undone++
		case *RequestMoved:
			q := c.waiting[d.Request.ID]
			if q == nil || q.offer != nil && d.To.Kind != ToFront || q.Callback {
				t.Fatalf("%+v moved and did not wait on the line", d)
			}
			if d.Lead.Times > 0 {
				if d.Lead.Times != q.Lead.Times+1 {
					t.Fatalf("%+v was led for the %dth time", d, q.Lead.Times+1)
				}
				q.Lead = d.Lead
			}
			if d.To.Kind == ToQueue {
				q.Queue = d.To.Queue
			}
		case *PlaceRegained:
			q := c.waiting[d.Request.ID]
			q.Arrived, q.Priority = d.Request.Arrived, d.Request.Priority
			if of := c.waiting[d.Of]; of != nil && of.Callback { // it sleeps while its caller is on the line
				c.inVain(of, "")
				of.asleep = c.now.Add(1000 * time.Hour)
			}
		case *CallbackWaits:
			q := c.waiting[d.Request.ID]
			if q == nil || q.offer != nil {
				t.Fatalf("%+v is to be called back and does not wait", d)
			}
			c.inVain(q, "")
			q.Callback, q.asleep = true, d.Until
		case *AgentChanged:
			c.agents[d.Agent.ID] = d.Agent
		case *QueueChanged, *Rejected:
		default:
			t.Fatalf("unknown decision %T", d)
		}
	}
	c.held = !c.r.waiting.held.IsZero()
	c.judgePairs(t, e)
	c.judgeStates(t)
	c.judgeInside(t)
}

// inVain notes that nobody waits for the caller of a callback any more.
func (c *chaos) inVain(q *onlooked, with AgentID) {
	if q.awaited != "" && with == "" {
		c.vain[q.awaited]++
	}
	q.awaited = ""
}

// take notes what an accepted event says by itself.
func (c *chaos) take(e Event) {
	switch e := e.(type) {
	case AgentSignedIn:
		c.skills[e.Agent.ID] = e.Agent
		a := c.r.staff.byID.get(e.Agent.ID)
		for _, q := range c.waiting {
			if r := c.r.waiting.byID.get(q.ID); r == nil || a == nil || !r.declinedBy(a) { // they may have signed out in a talk that goes on
				delete(q.declined, e.Agent.ID) // a new shift
			}
		}
	case Enqueued:
		c.enqueued++
		q := &onlooked{Request: e.Request, order: c.enqueued, declined: map[AgentID]bool{}}
		if c.r.staff.byID.get(e.Request.SentBy) != nil {
			q.declined[e.Request.SentBy] = true
		}
		if q.Arrived.After(c.now) {
			q.Arrived = c.now
		}
		c.waiting[q.ID] = q
	case AgentReskilled:
		c.skills[e.Agent.ID] = e.Agent
	case Reconfigured:
		c.plan = e.Config
	case TalkRestored:
		c.talks[e.Request] = e.Agent
	case AgentCalls:
		c.talks[e.Request] = e.Agent
	case CallFailed:
		delete(c.talks, e.Request)
	case TalkEnded:
		delete(c.talks, e.Request)
		delete(c.consults, e.Request)
	case TalkPassed:
		c.talks[e.Request] = e.To
		delete(c.consults, e.Consult)
	case TalkDropped:
		delete(c.consults, e.Request)
		if !c.ended[e.Request] { // of before a restart, in a queue that is gone, or a callback's
			delete(c.talks, e.Request)
		}
	case Abandoned:
		delete(c.talks, e.Request)
		if o, is := c.consults[e.Request]; is && c.agents[o.Agent].Activity == Consulting {
			delete(c.consults, e.Request)
		}
	}
}

// judgeOffer: within the skills, one at a time, and in order.
func (c *chaos) judgeOffer(t *rapid.T, d *Offered) {
	q := c.waiting[d.Offer.Request]
	switch {
	case c.r.staff.byID.get(d.Offer.Agent).away:
		t.Fatalf("%+v while the page is away", d.Offer)
	case c.r.waiting.held.After(c.now):
		t.Fatalf("%+v while offers are held", d.Offer)
	case q == nil || q.offer != nil || q.awaited != "" || q.asleep.After(c.now):
		t.Fatalf("%+v is for a request that does not wait", d.Offer)
	case d.Why.Rule == Led && (q.Lead.Agent != d.Offer.Agent || !q.Lead.Until.After(c.now)):
		t.Fatalf("%+v was led to %+v", d.Offer, q.Lead)
	case d.Why.Rule != Led && !c.skills[d.Offer.Agent].At(c.now).Can(c.needs(q)...):
		t.Fatalf("%+v needs %v, the agent has %v", d.Offer, c.needs(q), c.skills[d.Offer.Agent].Skills)
	}
	for _, p := range c.waiting {
		if p.offer != nil && p.offer.Agent == d.Offer.Agent {
			t.Fatalf("%+v while %s has %+v", d.Offer, d.Offer.Agent, *p.offer)
		}
		waits := p.offer == nil && p.awaited == "" && !p.asleep.After(c.now) && !c.particular(p) && c.line(p.Queue).Reserve == 0
		if waits && d.Why.Rule != Led && c.goesBefore(p, q) && c.skills[d.Offer.Agent].At(c.now).Can(c.needs(p)...) && len(p.declined) == 0 {
			t.Fatalf("%+v although %s was first", d.Offer, p.ID)
		}
	}
	if q.declined[d.Offer.Agent] && d.Why.Rule != Led {
		if d.Why.Rule != AllDeclined {
			t.Fatalf("%+v was declined before, and is explained by %+v", d.Offer, d.Why)
		}
		if q.paused.After(c.now) {
			t.Fatalf("%+v begins anew, and was declined less than 5 s before", d.Offer)
		}
		c.again = append(c.again, q) // judgePairs holds that all others had declined too
	}
	q.offer = &d.Offer
	c.past = append(c.past, d.Offer.ID)
}

// judgeConsult: only who is free is asked, one at a time.
func (c *chaos) judgeConsult(t *rapid.T, d *Offered) {
	o, a := d.Offer, c.r.staff.byID.get(d.Offer.Agent)
	before := c.agents[o.Agent]
	if before.Activity != Idle || before.Availability != Ready || before.DeskAway || !before.Reachable || a.activity != Ringing || c.talks[o.Consults] == "" || c.talks[o.Consults] == o.Agent || c.held {
		t.Fatalf("%+v, and the agent was %+v", o, before)
	}
	for _, p := range c.waiting {
		if p.offer != nil && p.offer.Agent == o.Agent {
			t.Fatalf("%+v while %s has %+v", o, o.Agent, *p.offer)
		}
	}
	c.consults[o.Request] = o
}

func (c *chaos) goesBefore(p, q *onlooked) bool {
	return cmp.Or(
		cmp.Compare(c.line(q.Queue).Priority+q.Priority+q.Lead.Points, c.line(p.Queue).Priority+p.Priority+p.Lead.Points),
		p.Arrived.Compare(q.Arrived),
		cmp.Compare(p.order, q.order)) < 0
}

func (c *chaos) judgeOfferEnd(t *rapid.T, e Event, d *OfferEnded) {
	q := c.waiting[d.Offer.Request]
	if q == nil || q.offer == nil || *q.offer != d.Offer {
		t.Fatalf("%+v ended and was not live", d.Offer)
	}
	q.offer = nil
	switch {
	case d.How == OfferWasMissed:
		q.declined[d.Offer.Agent] = true
	case d.How == OfferWasDeclined, d.Failure == PhoneCongested, d.Failure == PhoneFailing:
		q.declined[d.Offer.Agent], q.paused = true, c.now.Add(5*time.Second)
	case d.How == OfferWasAnswered && q.Callback:
		q.awaited = d.Offer.Agent // the caller is dialled, or on the line: then it has ended
	}
}

// judgePairs: nobody waits for an agent who is free for them, and nobody who declined is asked
// again while there is somebody else.
func (c *chaos) judgePairs(t *rapid.T, e Event) {
	for _, q := range c.waiting {
		var free, idle, willing, others int
		for id, a := range c.agents {
			if a.Availability != Ready || a.Next != "" || !a.Reachable || a.DeskAway || !c.skills[id].At(c.now).Can(c.needs(q)...) {
				continue
			}
			if a.Activity == Idle {
				idle++
			}
			willing++
			if !q.declined[id] {
				others++
			}
			if a.Activity == Idle && !q.declined[id] {
				free++
			}
		}
		if q.offer != nil && others > 0 && slices.Contains(c.again, q) {
			t.Fatalf("after %#v request %s came back to %s, who declined it, before %d others", e, q.ID, q.offer.Agent, others)
		}
		if q.offer != nil || q.awaited != "" || c.held || q.asleep.After(c.now) || c.particular(q) || idle <= c.line(q.Queue).Reserve {
			continue
		}
		if free > 0 || willing > 0 && others == 0 && !q.paused.After(c.now) {
			t.Fatalf("after %#v request %s waits, and %d agents are free for it", e, q.ID, free)
		}
	}
	for _, q := range c.again {
		clear(q.declined)
	}
	c.again = nil
}

// judgeStates: what was told agrees with what can be seen.
func (c *chaos) judgeStates(t *rapid.T) {
	s := c.r.Snapshot()
	for _, a := range s.Agents {
		if c.agents[a.ID] != a {
			t.Fatalf("agent %+v was told as %+v", a, c.agents[a.ID])
		}
		switch a.Activity {
		case Consulting:
			if c.talks[a.Request] != a.ID && c.consults[a.Request].Agent != a.ID {
				t.Fatalf("agent %+v consults nobody", a)
			}
		case Ringing:
			if o, is := c.consults[a.Request]; is && o.ID == a.Offer {
				continue
			}
			if q := c.waiting[a.Request]; q == nil || q.offer == nil || q.offer.ID != a.Offer || q.offer.Agent != a.ID {
				t.Fatalf("agent %+v rings for nobody", a)
			}
		case Talking, OnHold:
			if q := c.waiting[a.Request]; c.talks[a.Request] != a.ID && (q == nil || q.awaited != a.ID) {
				t.Fatalf("agent %+v talks with nobody", a)
			}
		case Idle:
			if a.Next != "" || a.Availability == SignedOut {
				t.Fatalf("agent %+v is stuck", a)
			}
		}
	}
	unanswered := 0
	for _, q := range s.Queues {
		unanswered += q.Waiting + q.Callbacks
	}
	if unanswered != len(c.waiting) {
		t.Fatalf("%d wait, the queues say %d", len(c.waiting), unanswered)
	}
}

// judgeInside looks at the router's own bookkeeping.
func (c *chaos) judgeInside(t *rapid.T) {
	if !c.held && len(c.r.demand.marked) > 0 {
		t.Fatal("classes are left marked")
	}
	for _, k := range c.r.demand.classes {
		free, willing, able, failing := 0, 0, 0, 0
		for _, a := range c.r.staff.roster {
			can := k.servedBy(a) && a.availability != SignedOut
			if can && a.next != SignedOut {
				able++
			}
			if can && a.willing {
				willing++
			}
			if can && a.free {
				free++
				if a.behind {
					failing++
				}
				s := a.serves[slices.IndexFunc(a.serves, func(s standing) bool { return s.class == k })]
				if k.free.items[s.lies].item.agent != a || k.free.top().behind == a.behind && k.free.top().idleSince.After(a.idleSince) || k.free.top().behind && !a.behind {
					t.Fatalf("%s lies wrong in class %v", a.ID, k.needs)
				}
			}
		}
		if k.able != able || k.willing != willing || k.free.len() != free || k.failing != failing {
			t.Fatalf("class %v counts %d able, %d willing and %d free, there are %d, %d and %d", k.needs, k.able, k.willing, k.free.len(), able, willing, free)
		}
	}
}

// tell shows a day that failed as a transcript, for testdata.
func (c *chaos) tell(t *rapid.T) {
	if t.Failed() {
		s := transcript{why: []string{"Found by chance."}, start: c.told[0].at, config: chaosConfig(), told: withNames(chaosConfig(), c.told)}
		text, _ := s.play()
		t.Logf("the day:\n%s", text)
	}
}

// replay tells all to a new router: the same journal gives the same state.
func (c *chaos) replay(t *rapid.T) {
	again, err := New(chaosConfig())
	if err != nil {
		t.Fatal(err)
	}
	replay(again, c.told)
	if !reflect.DeepEqual(again.Snapshot(), c.r.Snapshot()) || deadline(again) != deadline(c.r) {
		t.Fatalf("replayed, the state is\n%+v\nand was\n%+v", again.Snapshot(), c.r.Snapshot())
	}
}

// finish lets everybody hang up: each request must have ended exactly once.
func (c *chaos) finish(t *rapid.T) {
	for _, id := range slices.Sorted(maps.Keys(c.waiting)) {
		c.step(t, Abandoned{id})
	}
	if len(c.waiting) != 0 || len(c.ended)+c.undone != c.enqueued {
		t.Fatalf("%d of %d requests ended, %d wait", len(c.ended), c.enqueued, len(c.waiting))
	}
}
