package queues

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// audited is a router whose steps a ledger is told.
type audited struct {
	t      *testing.T
	r      *Router
	l      *Ledger
	start  time.Time
	now    time.Time
	offers map[string]OfferID // the latest, by "request agent"
	kept   map[Subject]map[time.Time]Sums
}

func newAudited(t *testing.T, c Config, start time.Time) *audited {
	t.Helper()
	r, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return &audited{
		t: t, r: r, l: NewLedger(c, start), start: start, now: start, offers: map[string]OfferID{}, kept: map[Subject]map[time.Time]Sums{},
	}
}

func (a *audited) tell(at time.Time, e Event) {
	a.now = at
	decided := a.r.Step(at, e)
	for _, d := range decided {
		switch d := d.(type) {
		case *Offered:
			a.offers[string(d.Offer.Request)+" "+string(d.Offer.Agent)] = d.Offer.ID
		case *Rejected:
			if a.t != nil {
				a.t.Fatalf("rejected: %v", d.Err)
			}
		}
	}
	a.l.Stepped(at, e, decided)
}

// at tells events at a second of the day; deadlines take effect at their own time.
func (a *audited) at(second float64, events ...Event) *audited {
	a.t.Helper()
	to := a.start.Add(time.Duration(second * float64(time.Second)))
	for due, any := a.r.Deadline(); any && due.Before(to); due, any = a.r.Deadline() {
		a.tell(due, Tick{})
	}
	for _, e := range events {
		a.tell(to, e)
	}
	return a
}

// answers is the event that an agent answers a request's offer.
func (a *audited) answers(request, agent string) Event {
	return OfferAnswered{a.offers[request+" "+agent]}
}

// keep takes what the ledger has, as a store would.
func (a *audited) keep() {
	for from, more := 0, true; more; {
		from, more = a.keepSome(from, 3)
	}
}

func (a *audited) keepSome(from, n int) (next int, more bool) {
	some, next, more := a.l.TakeSome(from, n)
	for _, e := range some {
		if a.kept[e.Subject] == nil {
			a.kept[e.Subject] = map[time.Time]Sums{}
		}
		a.kept[e.Subject][e.From] = e.Sums
	}
	return next, more
}

// quarter is what was kept of a subject and a quarter, the first being 0.
func (a *audited) quarter(kind SubjectKind, id string, n int) Sums {
	a.l.Settle(a.now)
	a.keep()
	s := a.kept[Subject{kind, id}][a.start.UTC().Truncate(Quarter).Add(time.Duration(n)*Quarter)]
	return s
}

func (a *audited) want(got, want Sums) {
	a.t.Helper()
	if len(got.Reasons) == 0 {
		got.Reasons = nil
	}
	if !reflect.DeepEqual(got, want) {
		a.t.Fatalf("at %s:\n got %+v\nwant %+v", a.now.Sub(a.start), got, want)
	}
}

var nine = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// helpdesk is one queue for a skill: a phone rings 15 s, wrap-up is 30 s, answered in 20 s is in time.
func helpdesk() Config {
	return Config{
		Queues:  []Queue{{ID: "help", Skills: []Need{{"fix", 2}}, OfferTimeout: 15 * time.Second, WrapUp: 30 * time.Second, ShortAbandon: 5 * time.Second}},
		Reasons: []ReasonLimit{{Reason: Break, Longest: 10 * time.Minute}},
	}
}

func asks(id RequestID, extra ...Need) Event {
	return Enqueued{Request{ID: id, Queue: "help", Extra: extra}}
}

func TestACallCountsForItsQueueItsSkillsAndItsAgent(t *testing.T) {
	a := newAudited(t, helpdesk(), nine)
	a.at(0, comes("anna", "fix", "lang:ru")...)
	a.at(10, asks("c1", Need{"lang:ru", 1}, Need{"fix", 1}))
	a.at(18, a.answers("c1", "anna"))
	a.at(78, TalkHeld{"c1"}).at(98, TalkResumed{"c1"}).at(108, TalkEnded{"c1"})
	a.at(128, WrapUpFinished{"anna"})
	a.at(130, asks("c2", Need{"lang:ru", 1}))
	a.at(133, OfferDeclined{a.offers["c2 anna"]}).at(138).at(140, Abandoned{"c2"})
	a.at(150)
	a.tell(a.start.Add(150*time.Second), Tick{})

	call := Sums{
		Offered: 2, Answered: 1, InTarget: 1, Abandoned: 1, Declined: 1, Revoked: 1, Waited: 8 * time.Second, Longest: 10 * time.Second,
		Handled: 1, Talk: 70 * time.Second, Hold: 20 * time.Second, WrapUp: 20 * time.Second,
		Ready: 40 * time.Second, Busy: 110 * time.Second,
	}
	for _, of := range []Subject{{OfQueue, "help"}, {OfSkill, "fix"}, {OfSkill, "lang:ru"}} {
		a.want(a.quarter(of.Kind, of.ID, 0), call)
	}
	own := call
	own.Offered, own.Abandoned, own.Longest = 3, 0, 8*time.Second // three offers: the last when she had declined and nobody else was there
	a.want(a.quarter(OfAgent, "anna", 0), own)

	sl, _ := call.ServiceLevel()
	asa, _ := call.ASA()
	aht, _ := call.AHT()
	talk, hold, wrapUp, _ := call.Handling()
	occupancy, _ := call.Occupancy()
	if sl != 0.5 || asa != 8*time.Second || aht != 110*time.Second || talk+hold+wrapUp != aht || occupancy != 110.0/150 {
		t.Errorf("service level %v, ASA %s, AHT %s = %s + %s + %s, occupancy %v", sl, asa, aht, talk, hold, wrapUp, occupancy)
	}
}

func TestTimesAreSplitAtTheQuarterAndCallsCountWhereTheyEnd(t *testing.T) {
	a := newAudited(t, helpdesk(), nine.Add(14*time.Minute))
	a.at(0, comes("anna", "fix")...)
	a.at(20, asks("c1"))
	a.at(30, a.answers("c1", "anna"))
	a.at(20*60, TalkEnded{"c1"}) // 9:34:00
	a.at(20*60+30, Tick{})
	first, second, third := a.quarter(OfAgent, "anna", 0), a.quarter(OfAgent, "anna", 1), a.quarter(OfAgent, "anna", 2)
	a.want(first, Sums{Offered: 1, Answered: 1, InTarget: 1, Waited: 10 * time.Second, Longest: 10 * time.Second, Ready: 30 * time.Second, Busy: 30 * time.Second})
	a.want(second, Sums{Busy: Quarter})
	a.want(third, Sums{
		Handled: 1, Talk: 19*time.Minute + 30*time.Second, WrapUp: 30 * time.Second, Busy: 4*time.Minute + 30*time.Second,
	})
	first.Add(&second)
	first.Add(&third)
	today := a.l.Today(Subject{OfAgent, "anna"})
	a.want(today, first)
}

func TestWhatHappensBetweenTwoPiecesIsLostFromNone(t *testing.T) {
	a := newAudited(t, helpdesk(), nine.Add(14*time.Minute))
	a.at(0, comes("anna", "fix")...).at(0, comes("boris", "fix")...)
	a.at(0, AgentNotReady{"boris", Break})
	next, more := a.l.SettleSome(nine.Add(14*time.Minute+30*time.Second), 0, 1)
	if next != 1 || !more {
		t.Fatalf("after one of two agents comes %d, more: %v", next, more)
	}
	a.at(40, AgentReady{"boris"})
	if next, more = a.l.SettleSome(nine.Add(14*time.Minute+50*time.Second), next, 1); next != 2 || more {
		t.Fatalf("after two of two agents comes %d, more: %v", next, more)
	}
	next, more = a.keepSome(0, 1)
	a.at(90, asks("c1")).at(100, comes("vera", "fix")...) // the quarter has ended, and somebody is new
	for pieces := 1; more; pieces++ {
		if pieces > 20 {
			t.Fatal("there is no end of pieces")
		}
		next, more = a.keepSome(next, 1)
	}
	a.at(120)
	a.want(a.quarter(OfAgent, "anna", 0), Sums{Ready: time.Minute})
	a.want(a.quarter(OfAgent, "boris", 0), Sums{Ready: 20 * time.Second, Reasons: []ReasonTime{{Break, 40 * time.Second, 0}}})
	a.want(a.quarter(OfQueue, "help", 0), Sums{Ready: 80 * time.Second})
	if s := a.quarter(OfQueue, "help", 1); s.Offered != 1 {
		t.Errorf("of the second quarter is kept %+v", s)
	}
}

func TestTimeBeyondTheLongestOfAReasonIsOverdue(t *testing.T) {
	a := newAudited(t, helpdesk(), nine)
	a.at(0, comes("anna", "fix")...)
	a.at(60, AgentNotReady{"anna", Break})
	a.at(17*60, AgentNotReady{"anna", Lunch}) // 16 min of break, 10 are allowed
	a.at(18*60, AgentSignedOut{"anna"})
	a.at(19*60, Tick{})
	a.want(a.quarter(OfAgent, "anna", 0), Sums{Ready: time.Minute, Reasons: []ReasonTime{{Break, 14 * time.Minute, 4 * time.Minute}}})
	a.want(a.quarter(OfAgent, "anna", 1), Sums{Reasons: []ReasonTime{{Break, 2 * time.Minute, 2 * time.Minute}, {Lunch, time.Minute, 0}}})
}

func TestTodayBeginsAnewAtLocalMidnightAndQuartersGoOn(t *testing.T) {
	moscow := time.FixedZone("MSK", 3*3600)
	c := helpdesk()
	c.Location = moscow
	a := newAudited(t, c, time.Date(2026, 3, 2, 23, 50, 0, 0, moscow))
	a.at(0, asks("c1")).at(60, Abandoned{"c1"}).at(61, asks("c2"))
	if s := a.l.Today(Subject{OfQueue, "help"}); s.Offered != 2 || s.Abandoned != 1 {
		t.Errorf("before midnight %+v", s)
	}
	a.at(11*60, Abandoned{"c2"})
	if s := a.l.Today(Subject{OfQueue, "help"}); s.Offered != 0 || s.Abandoned != 1 || s.Longest != 11*time.Minute-61*time.Second {
		t.Errorf("after midnight %+v", s)
	}
	if s := a.quarter(OfQueue, "help", 0); s.Offered != 2 || s.Abandoned != 1 {
		t.Errorf("of the evening is kept %+v", s)
	}
}

// After a restart nobody counts as offered a second time, and a talk that goes on is handled once, whole.
func TestWhoCameBeforeARestartIsNotOfferedAgain(t *testing.T) {
	a := newAudited(t, helpdesk(), nine)
	a.at(0, PhoneChanged{"anna", true}, TalkRestored{Agent: "anna", Request: "c1", Queue: "help", Since: nine.Add(-time.Minute), Extra: []Need{{Language("en"), 1}}})
	a.at(0, AgentSignedIn{Agent: person("anna", "fix"), Availability: Ready})
	a.at(1, Enqueued{Request{ID: "c2", Queue: "help", Arrived: nine.Add(-30 * time.Second)}}, asks("c3"))
	a.at(10, TalkEnded{"c1"}).at(20, WrapUpFinished{"anna"}).at(20, a.answers("c2", "anna"))
	a.want(a.quarter(OfQueue, "help", 0), Sums{
		Offered: 1, Answered: 1, Waited: 50 * time.Second, Longest: 50 * time.Second, Handled: 1, Talk: 70 * time.Second, WrapUp: 10 * time.Second,
		Busy: 20 * time.Second,
	})
	a.want(a.quarter(OfSkill, "lang:en", 0), Sums{Handled: 1, Talk: 70 * time.Second, WrapUp: 10 * time.Second})
}

// A wrap-up that goes on after a restart makes the call handled, whole, wherever it counts; its agent's time counts from here on.
func TestAWrapUpOfBeforeARestartIsHandledOnce(t *testing.T) {
	a := newAudited(t, helpdesk(), nine)
	a.at(1, PhoneChanged{"anna", true}, WrapUpRestored{
		Agent: "anna", Request: "c1", Queue: "help", Since: nine.Add(-10 * time.Second), Deadline: nine.Add(30 * time.Second),
		Talk: time.Minute, Hold: 5 * time.Second, Extra: []Need{{Language("en"), 1}},
	})
	a.at(1, AgentSignedIn{Agent: person("anna", "fix"), Availability: Ready})
	want := Handling{
		Agent: "anna", Request: "c1", Queue: "help", Skills: []Skill{"lang:en"}, Activity: WrapUp, Since: nine.Add(-10 * time.Second),
		Talk: time.Minute, Hold: 5 * time.Second,
	}
	if h, on := a.l.Handling("anna"); !on || !reflect.DeepEqual(h, want) {
		t.Errorf("she handles %+v, %v", h, on)
	}
	a.at(20, WrapUpFinished{"anna"})
	if h, on := a.l.Handling("anna"); on {
		t.Errorf("at its end she handles %+v", h)
	}
	handled := Sums{Handled: 1, Talk: time.Minute, Hold: 5 * time.Second, WrapUp: 30 * time.Second}
	some, of := a.l.TakeHandled()
	if len(of) != 4 || len(some) != 4 {
		t.Fatalf("handled in %v: %+v", of, some)
	}
	for _, e := range some {
		if s := e.Sums; s.Handled != 1 || s.Talk != handled.Talk || s.Hold != handled.Hold || s.WrapUp != handled.WrapUp {
			t.Errorf("%v: %+v", e.Subject, s)
		}
	}
	if some, of := a.l.TakeHandled(); len(some)+len(of) != 0 {
		t.Errorf("taken twice: %v of %v", some, of)
	}
}

// What is kept beside the figures is what is in none of them yet: taken together they are whole, whenever a quarter ends between.
func TestFiguresAndHandlingsTakenTogetherAreOfOneMoment(t *testing.T) {
	a := newAudited(t, helpdesk(), nine)
	a.at(0, comes("anna", "fix")...).at(1, asks("c1")).at(2, a.answers("c1", "anna"))
	a.at(10, TalkHeld{"c1"}).at(13, TalkResumed{"c1"})
	if h, on := a.l.Handling("anna"); !on || h.Activity != Talking || h.Talk != 8*time.Second || h.Hold != 3*time.Second || !h.Since.Equal(nine.Add(13*time.Second)) {
		t.Errorf("in the talk she handles %+v, %v", h, on)
	}
	a.at(20, TalkEnded{"c1"}, WrapUpFinished{"anna"}).at(1000, AgentNotReady{"anna", Break})
	some, of := a.l.TakeHandled()
	handled := 0
	for _, e := range some {
		if e.Subject == (Subject{OfQueue, "help"}) && e.From.Equal(nine) {
			handled = e.Sums.Handled
		}
	}
	if handled != 1 || !slices.Contains(of, Subject{OfQueue, "help"}) {
		t.Errorf("of the quarter before %d are handled, in %v", handled, of)
	}
	if all := a.l.Take(); slices.ContainsFunc(all, func(e Entry) bool { return e.Sums.Handled > 0 }) {
		t.Errorf("taken a second time: %+v", all)
	}
}

// What was before a restart counts as it was, also where it ended with a hold that goes on.
func TestHoldThatGoesOnThroughARestartCountsAsHold(t *testing.T) {
	a := newAudited(t, helpdesk(), nine)
	a.at(0, PhoneChanged{"anna", true}, TalkRestored{"anna", "c1", "help", nine.Add(-time.Minute), nine.Add(-20 * time.Second), nil})
	a.at(0, AgentSignedIn{Agent: person("anna", "fix"), Availability: Ready})
	a.at(10, TalkResumed{"c1"}).at(15, TalkEnded{"c1"}).at(20, WrapUpFinished{"anna"})
	handled := Sums{Handled: 1, Talk: 45 * time.Second, Hold: 30 * time.Second, WrapUp: 5 * time.Second, Busy: 20 * time.Second}
	a.want(a.quarter(OfQueue, "help", 0), handled)
	a.want(a.quarter(OfSkill, "fix", 0), handled)
	a.want(a.quarter(OfAgent, "anna", 0), handled)
}

func TestNewSkillsAndNewQueuesCountFromTheMomentOfTheirChange(t *testing.T) {
	a := newAudited(t, helpdesk(), nine)
	a.at(0, comes("anna", "fix")...)
	more := helpdesk()
	more.Queues = append(more.Queues, Queue{ID: "sales", Skills: []Need{{"sell", 1}}})
	a.at(60, Reconfigured{more})
	a.at(100, AgentReskilled{person("anna", "sell")})
	a.at(130, Enqueued{Request{ID: "c1", Queue: "sales"}})
	a.tell(nine.Add(140*time.Second), a.answers("c1", "anna"))
	a.want(a.quarter(OfQueue, "help", 0), Sums{Ready: 100 * time.Second})
	a.want(a.quarter(OfSkill, "fix", 0), Sums{Ready: 100 * time.Second})
	sales := Sums{Offered: 1, Answered: 1, InTarget: 1, Waited: 10 * time.Second, Longest: 10 * time.Second, Ready: 40 * time.Second}
	a.want(a.quarter(OfQueue, "sales", 0), sales)
	a.want(a.quarter(OfSkill, "sell", 0), sales)
}

func TestAnOverflowLeavesOneQueueAndEntersAnother(t *testing.T) {
	c := helpdesk()
	c.Queues[0].Overflow = []Overflow{
		{After: 10 * time.Second, To: Destination{Kind: ToCallback}}, // is offered, and not taken
		{After: time.Minute, To: Destination{Kind: ToQueue, Queue: "rest"}},
	}
	c.Queues = append(c.Queues, Queue{ID: "rest", Overflow: []Overflow{{After: time.Minute, To: Destination{Kind: ToVoicemail}}}})
	a := newAudited(t, c, nine)
	a.at(0, asks("c1", Need{"lang:ru", 1})).at(300)
	a.want(a.quarter(OfQueue, "help", 0), Sums{Offered: 1, Overflowed: 1})
	a.want(a.quarter(OfQueue, "rest", 0), Sums{Offered: 1, Overflowed: 1, Longest: 2 * time.Minute})
	a.want(a.quarter(OfSkill, "fix", 0), Sums{Offered: 1, Overflowed: 1})
	a.want(a.quarter(OfSkill, "lang:ru", 0), Sums{Offered: 2, Overflowed: 2, Longest: 2 * time.Minute})
}

func TestCallbacksLeaveTheServiceLevelUntouchedAndOnlyThoseThatReachedSomebodyAreHandled(t *testing.T) {
	c := helpdesk()
	c.Queues[0].Callback = CallbackPlan{Attempts: 2, Every: 10 * time.Minute}
	a := newAudited(t, c, nine)
	for _, id := range []RequestID{"c1", "c2", "c3", "c4"} {
		a.at(0, Enqueued{Request{ID: id, Queue: "help", Party: string(id)}}, CallbackWanted{Request: id})
	}
	a.at(1, comes("anna", "fix")...)
	a.at(11, a.answers("c1", "anna")).at(21, CallbackFailed{"c1", PhoneUnanswered}) // an attempt in vain
	a.at(31, a.answers("c2", "anna")).at(41, CallbackReached{"c2"}).at(91, TalkEnded{"c2"})
	a.at(91, Abandoned{"c3"})                                         // does not want it any more
	a.at(91, Enqueued{Request{ID: "c5", Queue: "help", Party: "c4"}}) // c4 calls in, in its place
	a.at(101, WrapUpFinished{"anna"}).at(101, a.answers("c5", "anna"))
	a.at(111, TalkEnded{"c5"}).at(121, WrapUpFinished{"anna"})
	a.at(625).at(631, a.answers("c1", "anna")).at(641, CallbackFailed{"c1", PhoneUnanswered}) // the last attempt
	help := Sums{
		Offered: 5, Answered: 1, CalledBack: 1, NotReached: 1, CalledIn: 1, Withdrawn: 1, InTarget: 1, Waited: 10 * time.Second, Longest: 10 * time.Second,
		Handled: 2, Talk: 70 * time.Second, WrapUp: 20 * time.Second, Ready: 530 * time.Second, Busy: 110 * time.Second,
	}
	got := a.quarter(OfQueue, "help", 0)
	a.want(got, help)
	if level, ok := got.ServiceLevel(); !ok || level != 1 {
		t.Errorf("the service level is %v, of the one who was answered on the line, in 10 s of their call", level)
	}
}

// recount is the same figures, reckoned by an onlooker who adds each moment to each subject.
type recount map[Subject]*Sums

func (r recount) of(kind SubjectKind, id string) *Sums {
	if r[Subject{kind, id}] == nil {
		r[Subject{kind, id}] = &Sums{}
	}
	return r[Subject{kind, id}]
}

// pass lets time pass, as agents stand.
func (r recount) pass(c *chaos, d time.Duration) {
	for id, a := range c.agents {
		own := r.of(OfAgent, string(id))
		var can []*Sums
		if _, signedIn := c.skills[id]; signedIn {
			for s := range c.skills[id].Skills {
				can = append(can, r.of(OfSkill, string(s)))
			}
			for _, q := range c.plan.Queues {
				if c.skills[id].Can(q.Skills...) {
					can = append(can, r.of(OfQueue, string(q.ID)))
				}
			}
		}
		for _, s := range append(can, own) {
			switch {
			case a.Activity == Talking || a.Activity == OnHold || a.Activity == WrapUp:
				s.Busy += d
			case a.Availability == Ready:
				s.Ready += d
			case a.Availability == NotReady && s == own:
				s.rest(ReasonTime{Reason: a.Reason, For: d})
			}
		}
	}
}

// judge holds the sums of all quarters against the onlooker's, and what came against what became of it.
func (r recount) judge(t *rapid.T, a *audited, c *chaos) {
	a.l.Settle(c.now)
	a.keep()
	total := map[Subject]*Sums{}
	for of, quarters := range a.kept {
		total[of] = &Sums{}
		var today Sums
		for at, s := range quarters {
			total[of].Add(&s)
			if !at.Before(time.Date(c.now.Year(), c.now.Month(), c.now.Day(), 0, 0, 0, 0, time.UTC)) {
				today.Add(&s)
			}
		}
		said := a.l.Today(of)
		if today.Reasons, said.Reasons = nil, nil; !reflect.DeepEqual(today, said) {
			t.Fatalf("%v today: %+v, in its quarters %+v", of, said, today)
		}
	}
	for of, want := range r {
		got := total[of]
		if got == nil {
			got = &Sums{}
		}
		all, _ := got.NotReady()
		wantAll, _ := want.NotReady()
		if got.Ready != want.Ready || got.Busy != want.Busy || all != wantAll {
			t.Fatalf("%v: ready %s, busy %s, not ready %s; the onlooker saw %s, %s, %s", of, got.Ready, got.Busy, all, want.Ready, want.Busy, wantAll)
		}
	}
	for of, s := range total {
		left := s.Offered - s.Answered - s.CalledBack
		if of.Kind == OfAgent {
			left -= s.Missed + s.Declined + s.Revoked + s.Failed
		} else {
			left -= s.Abandoned + s.Overflowed + s.NotReached + s.CalledIn + s.Withdrawn
		}
		if now := c.there(of); left != now {
			t.Fatalf("%v: of %+v are left %d, and %d are there", of, *s, left, now)
		}
	}
}

// there counts who waits in a queue, who waits and needs a skill, or what rings at an agent's.
func (c *chaos) there(of Subject) (n int) {
	if of.Kind == OfAgent {
		n = c.vain[AgentID(of.ID)] // offered, and no more than that
	}
	for _, q := range c.waiting {
		switch {
		case of.Kind == OfQueue && string(q.Queue) == of.ID,
			of.Kind == OfAgent && q.offer != nil && string(q.offer.Agent) == of.ID,
			of.Kind == OfAgent && q.awaited != "" && string(q.awaited) == of.ID:
			n++
		case of.Kind == OfSkill:
			for _, need := range c.needs(q) {
				if string(need.Skill) == of.ID {
					n++
				}
			}
		}
	}
	return n
}

func TestWhatCameIsWhatBecameOfItAndTimesAddUpOnRandomDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newChaos(t)
		c.same = true // a request that waits counts for the skills that were needed when it came
		r, err := New(chaosConfig())
		if err != nil {
			t.Fatal(err)
		}
		start := c.now.Add(-time.Hour) // so that nobody is of before
		a := &audited{r: r, l: NewLedger(chaosConfig(), start), start: start, offers: map[string]OfferID{}, kept: map[Subject]map[time.Time]Sums{}}
		onlooker := recount{}
		for range rapid.IntRange(1, 150).Draw(t, "events") {
			e := c.drawEvent(t)
			d := time.Duration(rapid.SampledFrom([]int{0, 0, 1, 3, 10, 60, 1000}).Draw(t, "seconds")) * time.Second
			onlooker.pass(c, d) // deadlines take effect when they are told
			c.now = c.now.Add(d)
			c.step(t, e)
			a.tell(c.now, Tick{})
			a.tell(c.now, e)
			if rapid.IntRange(0, 9).Draw(t, "keep") == 0 {
				onlooker.judge(t, a, c)
			}
		}
		onlooker.judge(t, a, c)
	})
}

func TestAnnouncedWaitsAndThoseThatHeldAreFigures(t *testing.T) {
	c := helpdesk()
	c.Queues[0].Overflow = []Overflow{{After: 5 * time.Minute, To: Destination{Kind: ToVoicemail}}}
	a := newAudited(t, c, nine)
	say := func(id RequestID, high time.Duration) Event { return WaitAnnounced{id, 0, high} }
	a.at(0, asks("held"), say("held", time.Minute), asks("late"), say("late", 15*time.Second), asks("nothing"))
	a.at(1, asks("voicemail"), say("voicemail", time.Minute), asks("unknown"), say("unknown", time.Hour), asks("wants"), say("wants", 10*time.Second))
	a.at(20, comes("anna", "fix")...)
	a.at(21, a.answers("held", "anna")).at(22, TalkEnded{"held"}, WrapUpFinished{"anna"})
	a.at(23, a.answers("late", "anna"), CallbackWanted{Request: "wants"}).at(24, AgentNotReady{"anna", Break}, TalkEnded{"late"}, WrapUpFinished{"anna"})
	a.at(400)
	q := a.quarter(OfQueue, "help", 0)
	if q.Announced != 3 || q.InRange != 1 || q.Overflowed != 3 { // unknown left too early to say; wants is not over
		t.Errorf("%+v", q)
	}
	a.at(500, Abandoned{"wants"})
	if q = a.quarter(OfQueue, "help", 0); q.Announced != 4 || q.InRange != 1 || q.Withdrawn != 1 {
		t.Errorf("%+v", q)
	}
	if share, ok := q.InRangeShare(); !ok || share != 0.25 {
		t.Errorf("%g", share)
	}
}
