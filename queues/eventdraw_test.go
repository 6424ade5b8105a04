package queues

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"hotline/telephony/hours"
)

// eventDraw draws random events, most of which can be: about 16 agents, about 25 who wait.
type eventDraw struct {
	dice     *rand.Rand
	plan     Config
	told     int
	quiet    bool // few call, and agents choose among themselves
	live     []OfferID
	past     []OfferID // lately ended
	requests []RequestID
	came     map[RequestID]Request
	leads    map[RequestID]int // how often it was led
	back     []RequestID       // callbacks, lately offered
	sentTo   []AgentID         // to whom somebody was sent lately
	talks    []RequestID       // lately answered
	wrapping []AgentID         // lately
	consults []Offer           // consultations that were lately answered
	asked    []OfferID         // and those that were lately offered
}

func (g *eventDraw) one(n int) bool { return g.dice.IntN(n) == 0 }

func (g *eventDraw) seconds(from, to int) time.Duration {
	return time.Duration(from+g.dice.IntN(to-from+1)) * time.Second
}

func (g *eventDraw) config() Config {
	c := Config{Epoch: "e", Return: []time.Duration{0, 5 * time.Second, 30 * time.Second}[g.dice.IntN(3)]}
	n := 1 + g.dice.IntN(6)
	for i := range n {
		c.Queues = append(c.Queues, g.queue(i, n))
	}
	for _, reason := range []Reason{Break, Lunch, MissedCall} {
		if g.one(2) {
			c.Reasons = append(c.Reasons, ReasonLimit{reason, g.dice.IntN(4), g.seconds(0, 2) * 30})
		}
	}
	return c
}

// reconfigured is another configuration, most often with the same queues.
func (g *eventDraw) reconfigured() Config {
	c := g.config()
	for i := range c.Queues {
		if i < len(g.plan.Queues) && !g.one(3) && len(c.Queues) >= len(g.plan.Queues) {
			c.Queues[i] = g.plan.Queues[i]
		}
	}
	return c
}

func (g *eventDraw) queue(i, n int) Queue {
	q := Queue{
		ID: QueueID(strconv.Itoa(i)), Priority: g.dice.IntN(3), OfferTimeout: g.seconds(2, 40),
		WrapUp: g.seconds(0, 6), ShortAbandon: 2 * time.Second,
	}
	q.Choice = []Rule{"", LongestIdle, MostSkilled, SpareSpecialist, LeastOccupied}[g.dice.IntN(5)]
	q.Aging = []float64{0, 0.5, 0.5, 1.25}[g.dice.IntN(4)]
	q.Target = Target{0.8, time.Duration(g.dice.IntN(3)) * 5 * time.Second}
	if g.one(3) {
		q.AnyOf = append(q.AnyOf, []Need{g.need(), g.need()})
	}
	for i := range g.dice.IntN(3) {
		s := Relaxation{After: time.Duration(i*4+1+g.dice.IntN(3)) * time.Second}
		switch g.dice.IntN(3) {
		case 0:
			s.Lower = []Need{g.need(), g.need()}
		case 1:
			s.Drop = []Skill{g.need().Skill, g.need().Skill}
		default:
			s.Add = []Need{g.need()}
		}
		q.Relax = append(q.Relax, s)
	}
	for range g.dice.IntN(3) {
		q.Skills = append(q.Skills, g.need())
	}
	if g.one(4) {
		q.Reserve = 1 + g.dice.IntN(2)
	}
	if g.one(2) {
		q.Affinity = g.seconds(2, 40)
	}
	if g.one(3) {
		q.Hours = g.hours()
	}
	q.Callback = CallbackPlan{DialFirst: g.one(2), Attempts: 1 + g.dice.IntN(3), Every: g.seconds(1, 6)}
	if g.one(3) {
		q.Callback.Hours = g.hours()
	}
	if g.one(3) {
		for range 1 + g.dice.IntN(3) {
			q.Overflow = append(q.Overflow, g.overflow(i, n))
		}
	}
	return q
}

// overflow leads to a queue further on only, so that no way is a circle.
func (g *eventDraw) overflow(from, n int) Overflow {
	o := Overflow{After: g.seconds(0, 40)}
	switch g.dice.IntN(7) {
	case 0:
		o.Waiting = 2 + g.dice.IntN(4)
	case 1:
		o.ExpectedWait = g.seconds(1, 8)
	case 2:
		o.ServiceLevel = float64(g.dice.IntN(10)) / 10
	case 3, 4:
		o.NobodyThere = true
	case 5:
		o.Closed = true
	}
	o.To = []Destination{{Kind: ToCallback}, {Kind: ToVoicemail}, {Kind: ToMessage, Prompt: "p"}, {Kind: ToNumber, Number: "+1"}}[g.dice.IntN(4)]
	if from+1 < n && g.one(2) {
		o.To = Destination{Kind: ToQueue, Queue: QueueID(strconv.Itoa(from + 1 + g.dice.IntN(n-from-1)))}
	}
	return o
}

// hours are open for half a minute or so now and then, from the last minute of the Monday on.
func (g *eventDraw) hours() *hours.Calendar {
	c := &hours.Calendar{}
	c.Week[time.Monday] = []hours.Span{{From: 24*time.Hour - g.seconds(10, 60), To: 24 * time.Hour}}
	end := time.Duration(0)
	for range g.dice.IntN(12) {
		from := end + g.seconds(0, 40)
		end = from + g.seconds(1, 60)
		c.Week[time.Tuesday] = append(c.Week[time.Tuesday], hours.Span{From: from, To: end})
	}
	if g.one(20) {
		c.Week = [7][]hours.Span{}
	}
	return c
}

func (g *eventDraw) need() Need {
	return Need{Skill(string(rune('a' + g.dice.IntN(5)))), Level(g.dice.IntN(5))}
}

func (g *eventDraw) agent() AgentID { return AgentID(strconv.Itoa(g.dice.IntN(16))) }

func (g *eventDraw) offer() OfferID {
	if g.one(8) {
		return one(g, g.past, "none")
	}
	return one(g, g.live, "none")
}

func (g *eventDraw) request() RequestID { return one(g, g.requests, "none") }

// one of some, or another where there are none.
func one[T any](g *eventDraw, of []T, otherwise T) T {
	if len(of) == 0 {
		return otherwise
	}
	return of[g.dice.IntN(len(of))]
}

func (g *eventDraw) talk() RequestID { return one(g, g.talks, g.request()) }

func (g *eventDraw) callback() RequestID { return one(g, g.back, g.request()) }

// learn remembers the latest offers, live or not.
func (g *eventDraw) learn(decided []Decision) {
	for _, d := range decided {
		switch d := d.(type) {
		case *Offered:
			g.live = append(g.live, d.Offer.ID)
			if d.Offer.Consults != "" {
				g.asked = append(g.asked[max(0, len(g.asked)-2):], d.Offer.ID)
			}
			if d.Offer.Callback {
				g.back = append(g.back[max(0, len(g.back)-3):], d.Offer.Request)
			}
		case *OfferEnded:
			g.live = slices.DeleteFunc(g.live, func(id OfferID) bool { return id == d.Offer.ID })
			g.past = append(g.past[max(0, len(g.past)-2):], d.Offer.ID)
			if d.How == OfferWasAnswered && d.Offer.Consults != "" {
				g.consults = append(g.consults[max(0, len(g.consults)-2):], d.Offer)
				g.talks = append(g.talks[max(0, len(g.talks)-4):], d.Offer.Request)
			}
		case *RequestMoved:
			if d.Lead.Times > 0 {
				g.leads[d.Request.ID] = d.Lead.Times
			}
		case *RequestEnded:
			if d.Agent != "" {
				g.talks = append(g.talks[max(0, len(g.talks)-4):], d.Request.ID)
			}
		case *AgentChanged:
			if d.Agent.Activity == WrapUp {
				g.wrapping = append(g.wrapping[max(0, len(g.wrapping)-2):], d.Agent.ID)
			}
		}
	}
}

func (g *eventDraw) event(at time.Time) Event {
	agent := g.agent()
	switch g.dice.IntN(41) {
	case 0, 1, 2:
		e := AgentSignedIn{Agent: g.person(agent, at), Since: at.Add(-time.Duration(g.dice.IntN(9)) * time.Second)}
		if !g.one(4) {
			e.Availability = Ready
		}
		if g.one(5) {
			e.Next = []Availability{NotReady, NotReady, SignedOut, Ready}[g.dice.IntN(4)]
			if e.Next == NotReady {
				e.NextReason = Break
			}
		}
		return e
	case 3, 4:
		return AgentReady{agent}
	case 5:
		return AgentNotReady{agent, []Reason{Break, Lunch}[g.dice.IntN(2)]}
	case 6:
		return AgentSignedOut{agent}
	case 7:
		if g.one(2) {
			return DeskLost{agent}
		}
		if g.one(2) {
			since := at.Add(g.seconds(-3, 1))
			return WrapUpRestored{
				Agent: agent, Request: RequestID("w" + strconv.Itoa(g.told)), Queue: QueueID(strconv.Itoa(g.dice.IntN(6))),
				Since: since, Deadline: since.Add(g.seconds(1, 90)), Talk: g.seconds(-1, 30), Hold: g.seconds(0, 9),
			}
		}
		return TalkRestored{agent, RequestID("t" + strconv.Itoa(g.told)), "1", at.Add(-time.Second), []time.Time{{}, at.Add(-2 * time.Second), at.Add(-time.Second / 2)}[g.dice.IntN(3)], nil, g.one(2), ""}
	case 39:
		if g.one(3) {
			if id := g.talk(); g.told%2 == 0 {
				return CallReached{id}
			} else {
				return CallFailed{id}
			}
		}
		id := RequestID("o" + strconv.Itoa(g.told))
		g.talks = append(g.talks[max(0, len(g.talks)-4):], id)
		return AgentCalls{agent, id, QueueID(strconv.Itoa(g.dice.IntN(6)))}
	case 38:
		return g.consult()
	case 8, 9, 10:
		return PhoneChanged{agent, !g.one(5)}
	case 11, 12:
		return g.call(at)
	case 13, 14, 15, 16, 17:
		if !g.quiet {
			return g.call(at)
		}
		a := Agent{ID: agent, Name: "n", Skills: map[Skill]Level{"a": Level(1 + g.dice.IntN(5)), "b": 3, "c": 2}}
		return []Event{AgentReady{agent}, PhoneChanged{agent, true}, AgentSignedIn{Agent: a, Availability: Ready}}[g.dice.IntN(3)]
	case 18:
		return Abandoned{g.request()}
	case 19:
		return OfferAccepted{g.offer()}
	case 20, 21:
		return OfferDeclined{g.offer()}
	case 22:
		return OfferFailed{g.offer(), []Failure{PhoneUnanswered, PhoneBusy, PhoneCongested, "bored", PhoneFailing, PhoneFailing, PhoneForwards, PhoneDeclines}[g.dice.IntN(8)]}
	case 23, 24, 25:
		return OfferAnswered{g.offer()}
	case 26, 27:
		return TalkEnded{g.talk()}
	case 28:
		return []Event{TalkHeld{g.talk()}, TalkResumed{g.talk()}}[g.dice.IntN(2)]
	case 29:
		agent = one(g, g.wrapping, agent)
		return []Event{WrapUpFinished{agent}, WrapUpExtended{agent, 0}, WrapUpExtended{agent, 2 * time.Minute}}[g.dice.IntN(3)]
	case 30:
		if g.one(3) {
			return OffersHeld{at.Add(3 * time.Second)}
		}
		return OffersReleased{}
	case 31:
		if g.one(3) {
			return CallBroken{g.request(), at.Add(time.Duration(g.dice.IntN(8)-6) * time.Second), at.Add(time.Duration(g.dice.IntN(3)-1) * 5 * time.Second), !g.one(4)}
		}
		return CallbackWanted{Request: g.request(), NotBefore: at.Add(time.Duration(g.dice.IntN(3)-1) * 5 * time.Second)}
	case 32, 33:
		return CallbackReached{g.callback()}
	case 34:
		return CallbackFailed{g.callback(), []Failure{PhoneBusy, PhoneUnanswered, PhoneUnreachable, LinkBroken, "bored"}[g.dice.IntN(5)]}
	case 35:
		if g.one(6) {
			c := g.reconfigured()
			g.plan = c
			return Reconfigured{c}
		}
		return AgentReskilled{g.person(agent, at)}
	case 40:
		if g.one(4) {
			id := QueueID(strconv.Itoa(g.dice.IntN(6)))
			return []Event{QueueClosed{id, "olga"}, QueueOpened{id}}[g.dice.IntN(2)]
		}
		return g.lead()
	case 36:
		return WaitAnnounced{g.request(), g.seconds(0, 3), g.seconds(2, 9)}
	case 37:
		if g.one(2) {
			agent = one(g, g.sentTo, agent)
		}
		return []Event{DeskAway{agent, g.offer(), agent < "2"}, DeskBack{agent}, DeskBack{agent}, DeskBack{agent}, TalkDropped{g.talk()}}[g.dice.IntN(5)]
	default:
		if g.one(3) {
			return Stalled{g.seconds(-1, 60)}
		}
		return Tick{}
	}
}

// consult is about somebody who is asked in the midst of a talk.
func (g *eventDraw) consult() Event {
	of := g.talk()
	switch {
	case g.one(8):
		return TalkConsults{of}
	case len(g.consults) > 0 && g.one(2):
		o := one(g, g.consults, Offer{})
		return TalkPassed{Request: o.Consults, Consult: o.Request, To: o.Agent}
	case len(g.asked) > 0 && g.one(2):
		return OfferAnswered{one(g, g.asked, "")}
	}
	g.told++
	e := ConsultWanted{Request: RequestID("c" + strconv.Itoa(g.told)), Of: of, Queue: QueueID(strconv.Itoa(g.dice.IntN(6)))}
	if g.one(2) {
		e.Agent = g.agent()
	}
	return e
}

// lead leads somebody who came lately, mostly as they were seen.
func (g *eventDraw) lead() Event {
	e := RequestLed{Request: one(g, g.requests[max(0, len(g.requests)-12):], "none"), By: "olga"}
	if e.Seen = g.leads[e.Request]; g.one(4) {
		e.Seen = g.dice.IntN(2)
	}
	e.To = []Destination{{Kind: ToFront}, {Kind: ToAgent, Agent: g.agent()}, {Kind: ToAgent, Agent: g.agent()}, {Kind: ToQueue, Queue: QueueID(strconv.Itoa(g.dice.IntN(6)))}, {Kind: ToVoicemail}}[g.dice.IntN(5)]
	return e
}

func (g *eventDraw) person(id AgentID, at time.Time) Agent {
	a := Agent{ID: id, Name: "n", Skills: map[Skill]Level{}, Expires: map[Skill]time.Time{}}
	for range g.dice.IntN(5) {
		n := g.need()
		if a.Skills[n.Skill] = n.Level + 1; g.one(3) {
			a.Expires[n.Skill] = at.Add(g.seconds(-5, 60))
		}
	}
	return a
}

func (g *eventDraw) call(at time.Time) Event {
	g.told++
	q := Request{
		ID: RequestID(strconv.Itoa(g.told)), Queue: QueueID(strconv.Itoa(g.dice.IntN(6))), Priority: g.dice.IntN(2),
		Arrived: at.Add(-time.Duration(g.dice.IntN(5)) * time.Second),
	}
	if g.one(3) {
		q.Extra = []Need{g.need()}
	}
	if g.one(2) {
		q.Party = "party " + strconv.Itoa(g.dice.IntN(12))
	}
	for range max(0, g.dice.IntN(6)-2) {
		q.Prefer = append(q.Prefer, g.agent())
	}
	if g.one(8) {
		q.HeadStart, q.Elsewhere = g.seconds(-1, 5), g.seconds(-1, 5)
		q.CameTo = QueueID(strconv.Itoa(g.dice.IntN(6)))
	}
	if c, is := g.came[g.callback()]; is && g.one(2) { // of somebody who is called back, perhaps just now
		q.Party, q.Queue = c.Party, c.Queue
	}
	if g.one(12) { // found again
		q.Lead = Lead{Times: 1, By: "olga", Points: g.dice.IntN(2), Agent: g.agent(), Until: at.Add(g.seconds(-5, 20))}
		g.leads[q.ID] = 1
	}
	q.NoCallback = g.one(8)
	if g.one(6) {
		q.SentBy = g.agent()
		if g.one(2) { // to a colleague
			q.Lead = Lead{Times: 1, By: string(q.SentBy), Agent: g.agent(), Until: at.Add(g.seconds(-5, 120)), Back: q.SentBy}
			g.leads[q.ID] = 1
			g.sentTo = append(g.sentTo[max(0, len(g.sentTo)-3):], q.Lead.Agent)
		}
	}
	g.came[q.ID] = q
	if g.one(16) {
		q.Callback, q.Tried, q.Wanted = true, g.dice.IntN(2), g.seconds(-1, 5)
		if g.one(2) {
			q.NotBefore = at.Add(g.seconds(-2, 6))
		}
	}
	g.requests = append(g.requests[max(0, len(g.requests)-40):], q.ID)
	return Enqueued{q}
}
