package queues

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"
)

// What the scan knows of those who do not only wait on the line: callbacks, old places, overflow, announced waits.

// scanLeft is somebody who hung up while waiting.
type scanLeft struct {
	party   string
	queue   QueueID
	request RequestID
	arrived time.Time
	until   time.Time // they may come back
}

// scanWait is an announced wait.
type scanWait struct {
	of        *scanQueue
	at        time.Time
	low, high time.Duration
}

func (q *scanRequest) unreached() bool { return q.Callback && q.talking && !q.reached }

// inOrder are requests as they were told.
func (s *scan) inOrder(which func(q *scanRequest) bool) (all []*scanRequest) {
	for _, q := range s.requests {
		if which(q) {
			all = append(all, q)
		}
	}
	slices.SortFunc(all, func(p, q *scanRequest) int { return cmp.Compare(p.order, q.order) })
	return all
}

// regain gives somebody the place of their callbacks, or the one that they left last.
func (s *scan) regain(q *scanRequest, at time.Time) {
	if q.Party == "" {
		return
	}
	callbacks := s.inOrder(func(c *scanRequest) bool {
		return c.Callback && c.Party == q.Party && c.cameTo() == q.cameTo() && !c.talking && !c.reached && !c.behind &&
			c.Arrived.Add(c.HeadStart+c.Wanted).Before(q.Arrived.Add(q.HeadStart))
	})
	for _, c := range callbacks {
		if c.agent != nil {
			s.endOffer(c, OfferWasRevoked, at)
		}
		s.lend(c, q)
	}
	if len(callbacks) > 0 {
		return
	}
	for i := len(s.left) - 1; i >= 0; i-- {
		l := s.left[i]
		if l.party != q.Party || l.queue != q.cameTo() {
			continue
		}
		s.left = slices.DeleteFunc(s.left, func(x scanLeft) bool { return x.party == q.Party && x.queue == q.cameTo() })
		if l.until.After(at) {
			if l.arrived.Before(q.Arrived) {
				q.HeadStart += q.Arrived.Sub(l.arrived)
				q.Arrived = l.arrived
			}
			s.decided = append(s.decided, &PlaceRegained{Request: q.Request, Of: l.request})
		}
		return
	}
}

func (s *scan) callbackWanted(at time.Time, e CallbackWanted) bool {
	q := s.requests[e.Request]
	if q == nil || q.Callback || q.agent != nil {
		return false
	}
	s.promiseOver(q, at, false)
	s.kept(q, at)
	q.Lead.Agent, q.Lead.Until, q.Lead.Back, q.forOne = "", time.Time{}, "", false
	q.Callback, q.look, q.lookAt, q.NotBefore, q.Wanted = true, false, time.Time{}, e.NotBefore, at.Sub(q.Arrived.Add(q.HeadStart))
	s.queuesT[q.Queue] = true
	s.sleep(q, at)
	return true
}

// callBroken is about a caller whose call broke off and who has not hung up.
func (s *scan) callBroken(at time.Time, e CallBroken) bool {
	q := s.requests[e.Request]
	if q == nil || q.talking || q.isConsult() || q.Callback && !q.reached {
		return false
	}
	if q.agent != nil {
		s.endOffer(q, OfferWasRevoked, at)
	}
	if !q.Callback || !e.CallBack { // one that is called back again counts as before
		s.queuesT[q.Queue] = true
	}
	switch {
	case !e.CallBack:
		delete(s.requests, q.ID)
		s.promiseOver(q, at, false)
		s.decided = append(s.decided, &RequestEnded{Request: q.Request, Announced: q.judged, InRange: q.inRange, How: RequestLost, At: at})
		s.standAgain(q, at)
		return true
	case q.Callback:
		q.reached, q.NotBefore = false, e.NotBefore
	default:
		left := e.At
		if left.IsZero() || left.After(at) {
			left = at
		}
		s.promiseOver(q, at, false)
		s.kept(q, at)
		q.Lead.Agent, q.Lead.Until, q.Lead.Back, q.forOne = "", time.Time{}, "", false
		q.Callback, q.look, q.lookAt, q.NotBefore = true, false, time.Time{}, e.NotBefore
		q.Wanted = max(0, left.Sub(q.Arrived.Add(q.HeadStart)))
	}
	s.sleep(q, at)
	later := s.afterwards(q)
	switch {
	case s.requests[q.ID] != q || len(later) == 0:
	case later[0].talking:
		s.calledIn(q, later[0], at)
	default:
		s.partyIsThere(q, later[0], at)
	}
	return true
}

// sleep lets a callback wait until it may be tried.
func (s *scan) sleep(q *scanRequest, at time.Time) {
	s.callsBack = true
	q.preferred = nil
	next := at
	if q.NotBefore.After(at) {
		next = q.NotBefore
	}
	next, ever := s.queues[q.Queue].Callback.Hours.Next(next.In(s.config.Location))
	if !ever {
		s.notReached(q, at)
		return
	}
	q.NotBefore, q.asleep = next, next.After(at)
	s.decided = append(s.decided, &CallbackWaits{Request: q.Request, Until: next, Tried: q.Tried})
	s.relax(q, at)
	s.prefer(q, at)
}

func (s *scan) notReached(q *scanRequest, at time.Time) {
	delete(s.requests, q.ID)
	s.queuesT[q.Queue] = true
	s.decided = append(s.decided, &RequestEnded{Request: q.Request, Announced: q.judged, InRange: q.inRange, How: RequestNotReached, At: at})
}

func (s *scan) callbackReached(at time.Time, id RequestID) bool {
	q := s.requests[id]
	if q == nil || !q.Callback || q.reached || q.agent == nil {
		return false
	}
	q.reached = true
	if q.talking {
		q.answered = at
		s.calledBack(q, at)
	}
	return true
}

func (s *scan) calledBack(q *scanRequest, at time.Time) {
	s.queues[q.Queue].figures.CalledBack++
	s.queuesT[q.Queue] = true
	s.decided = append(s.decided, &RequestEnded{Request: q.Request, Announced: q.judged, InRange: q.inRange, How: RequestCalledBack, Agent: q.agent.ID, At: at})
}

func (s *scan) callbackFailed(at time.Time, e CallbackFailed) bool {
	q := s.requests[e.Request]
	if q == nil || !q.Callback || q.talking && q.reached || q.agent == nil && !q.reached ||
		!slices.Contains([]Failure{PhoneUnreachable, PhoneBusy, PhoneCongested, PhoneUnanswered, LinkBroken, AgentLeft}, e.Reason) {
		return false
	}
	again := s.queues[q.Queue].Callback.Every
	if e.Reason == LinkBroken && again > 5*time.Second {
		again = 5 * time.Second
	}
	s.inVain(q, at, e.Reason != PhoneCongested && e.Reason != LinkBroken && e.Reason != AgentLeft, again)
	return true
}

// inVain is an attempt that did not reach the caller.
func (s *scan) inVain(q *scanRequest, at time.Time, tried bool, again time.Duration) {
	if q.talking {
		s.unring(q, at)
	} else if q.agent != nil {
		s.endOffer(q, OfferWasRevoked, at)
	}
	l := s.queues[q.Queue]
	q.reached = false
	later := s.afterwards(q)
	if len(later) > 0 && later[0].talking {
		s.calledIn(q, later[0], at)
		return
	}
	if len(later) > 0 {
		s.partyIsThere(q, later[0], at)
		return
	}
	if tried {
		q.Tried++
	}
	q.NotBefore = at.Add(again)
	if q.Tried < l.Callback.Attempts {
		s.sleep(q, at)
	} else {
		s.notReached(q, at)
	}
}

// lend lets a callback sleep while its caller is on the line, at its place.
func (s *scan) lend(c, q *scanRequest) {
	c.asleep, c.behind, c.preferred = true, true, nil
	s.queuesT[c.Queue] = true
	if c.Arrived.Before(q.Arrived) {
		q.HeadStart += q.Arrived.Sub(c.Arrived)
		q.Arrived = c.Arrived
	}
	q.Priority = max(q.Priority, c.Priority)
	s.decided = append(s.decided, &PlaceRegained{Request: q.Request, Of: c.ID})
}

// partyIsThere lends a callback's place to its caller, who is on the line already.
func (s *scan) partyIsThere(c, in *scanRequest, at time.Time) {
	s.lend(c, in)
	in.lookAt, in.look = time.Time{}, s.queues[in.Queue].sendsOn()
	s.relax(in, at)
	if in.agent == nil {
		in.preferred = nil
		s.prefer(in, at)
	}
}

// afterwards are the requests on the line of a callback's caller that came after it was wanted.
func (s *scan) afterwards(c *scanRequest) []*scanRequest {
	return s.inOrder(func(q *scanRequest) bool {
		return c.Party != "" && !q.Callback && q.Party == c.Party && q.cameTo() == c.cameTo() &&
			q.Arrived.Add(q.HeadStart).After(c.Arrived.Add(c.HeadStart+c.Wanted))
	})
}

// kept ends the callbacks of somebody who is answered, or promised another.
func (s *scan) kept(q *scanRequest, at time.Time) {
	for _, c := range s.inOrder(func(c *scanRequest) bool { return c.behind }) {
		if slices.Contains(s.afterwards(c), q) {
			s.calledIn(c, q, at)
		}
	}
}

// standAgain lets the callbacks be made of whoever is no longer on the line.
func (s *scan) standAgain(q *scanRequest, at time.Time) {
	for _, c := range s.inOrder(func(c *scanRequest) bool { return c.behind && c.Party == q.Party && c.cameTo() == q.cameTo() }) {
		if len(s.afterwards(c)) > 0 {
			continue
		}
		c.behind = false
		if c.NotBefore.Before(at.Add(20 * time.Second)) {
			c.NotBefore = at.Add(20 * time.Second)
		}
		s.sleep(c, at)
	}
}

// calledIn ends a callback whose caller is served meanwhile.
func (s *scan) calledIn(c, q *scanRequest, at time.Time) {
	delete(s.requests, c.ID)
	s.queuesT[c.Queue] = true
	s.decided = append(s.decided, &RequestEnded{Request: c.Request, Announced: c.judged, InRange: c.inRange, How: RequestCalledIn, At: at, Instead: q.ID})
}

// unring frees an agent who waited for a caller.
func (s *scan) unring(q *scanRequest, at time.Time) {
	a := q.agent
	q.agent, q.talking = nil, false
	s.rest(a, at, false)
}

// notice marks those whom somebody could serve and now nobody can.
func (s *scan) notice() {
	if !s.overflows {
		return
	}
	for _, q := range s.requests {
		if q.agent == nil && s.queues[q.Queue].sendsOn() {
			can := s.anyCan(q)
			q.deserted = q.deserted || q.served && !can
			q.served = can
		}
	}
}

// look lets rules of overflow act, and says whether somebody came into another queue.
func (s *scan) look(at time.Time) (again bool) {
	if !s.overflows || !s.held.IsZero() {
		return false
	}
	for _, q := range s.requests {
		if q.deserted && q.agent == nil && !q.Callback && !s.anyCan(q) {
			q.look = q.look || slices.ContainsFunc(s.queues[q.Queue].Overflow, func(o Overflow) bool { return o.NobodyThere })
		}
		q.deserted = false
	}
	for _, q := range s.inOrder(func(q *scanRequest) bool { return q.look }) {
		q.look = false
		if q.agent == nil && !q.Callback && !q.forOne {
			again = s.overflow(q, at) || again
		}
	}
	return again
}

// goes takes a request where a rule leads, and says whether that is another queue.
func (s *scan) goes(q *scanRequest, rule int, at time.Time) bool {
	l := s.queues[q.Queue]
	to := l.Overflow[rule].To
	if to.Kind != ToQueue {
		s.ends(q, to, rule+1, "", at)
		return false
	}
	l.figures.Overflowed++
	s.queuesT[l.ID] = true
	s.decided = append(s.decided, &RequestMoved{Request: q.Request, To: to, Because: rule + 1, At: at})
	s.change(q, to.Queue, at)
	return true
}

// ends ends the waiting of a request at a destination that is no queue.
func (s *scan) ends(q *scanRequest, to Destination, because int, by string, at time.Time) {
	s.queues[q.Queue].figures.Overflowed++
	s.queuesT[q.Queue] = true
	delete(s.requests, q.ID)
	s.promiseOver(q, at, false)
	s.decided = append(s.decided, &RequestEnded{Request: q.Request, Announced: q.judged, InRange: q.inRange, How: RequestOverflowed, At: at, To: to, Because: because, By: by})
	s.standAgain(q, at)
}

func (l *scanQueue) sendsOn() bool { return len(l.Overflow) > 0 || l.closedBy != "" }

func (l *scanQueue) knowsClosed() bool {
	return slices.ContainsFunc(l.Overflow, func(o Overflow) bool { return o.Closed })
}

// change lets a request wait in another queue.
func (s *scan) change(q *scanRequest, to QueueID, at time.Time) {
	q.CameTo = q.cameTo()
	q.Queue, q.Elsewhere = to, at.Sub(q.Arrived.Add(q.HeadStart))
	s.arrive(q, at)
}

// shut leads those away first whose queue is closed.
func (s *scan) shut(at time.Time) {
	for again := s.overflows && s.held.IsZero(); again; {
		again = false
		for _, q := range s.inOrder(func(q *scanRequest) bool { return q.look && q.agent == nil && !q.Callback && !q.forOne }) {
			gone := false
			for i, o := range s.queues[q.Queue].Overflow {
				if o.Closed && o.To.Kind != ToCallback && !q.Arrived.Add(q.HeadStart+q.Elsewhere).Add(o.After).After(at) && s.holds(o, q, at) {
					again = o.To.Kind != ToQueue && s.goesBack(q, at) || s.goes(q, i, at) || again
					gone = true
					break
				}
			}
			if l := s.queues[q.Queue]; !gone && l.closedBy != "" && !l.knowsClosed() {
				if s.goesBack(q, at) {
					again = true
					continue
				}
				s.ends(q, Destination{Kind: ToMessage}, 0, l.closedBy, at)
			}
		}
	}
}

// overflow lets the first rule act that holds, and says whether it led to another queue.
func (s *scan) overflow(q *scanRequest, at time.Time) bool {
	var next time.Time
	acted := false
	l := s.queues[q.Queue]
	for i, o := range l.Overflow {
		if o.To.Kind == ToCallback && q.NoCallback {
			continue
		}
		look := q.Arrived.Add(q.HeadStart + q.Elsewhere).Add(o.After)
		if !look.After(at) {
			look = at.Add(10 * time.Second)
			if !acted && s.holds(o, q, at) {
				if acted = true; o.To.Kind == ToCallback {
					s.decided = append(s.decided, &RequestMoved{Request: q.Request, To: o.To, Because: i + 1, At: at})
					q.NoCallback = true
					continue
				}
				return s.goes(q, i, at)
			}
		}
		if next.IsZero() || look.Before(next) {
			next = look
		}
	}
	q.lookAt = next
	return false
}

// holds says whether all conditions of a rule are met whose time has come.
func (s *scan) holds(o Overflow, q *scanRequest, at time.Time) bool {
	l := s.queues[q.Queue]
	line := s.inOrder(func(p *scanRequest) bool { return p.Queue == q.Queue && !p.talking && !p.isConsult() && !p.Callback })
	level, _ := l.figures.ServiceLevel()
	f := l.figures
	switch {
	case o.Waiting > 0 && len(line) < o.Waiting,
		o.Closed && l.closedBy == "" && l.Hours.Open(at.In(s.config.Location)),
		o.ServiceLevel > 0 && (f.Answered+f.Abandoned-f.ShortAbandoned < 20 || level >= o.ServiceLevel):
		return false
	}
	if o.NobodyThere {
		was := q.step
		if helped := s.helped(q); helped {
			q.step = was
			return false
		}
	}
	if o.ExpectedWait > 0 {
		low, known := s.soonest(q, at)
		return known && low > o.ExpectedWait
	}
	return true
}

// soonest is the lower end of the range in which the rest of a wait lies, as wait.go derives it.
func (s *scan) soonest(q *scanRequest, at time.Time) (time.Duration, bool) {
	l := s.queues[q.Queue]
	if l.handling.mean() == 0 {
		return 0, false
	}
	var mine []*scanAgent // ready, and could serve it
	free, ownPace := 0, 0
	busy := map[QueueID]int{}
	for _, a := range s.agents {
		switch {
		case !a.willing() || !s.can(a, q):
			continue
		case a.Activity == Idle:
			free++
		case s.queues[a.Queue] != nil && s.queues[a.Queue].handling.mean() > 0:
			busy[a.Queue]++
		default:
			ownPace++
		}
		mine = append(mine, a)
	}
	keep := l.Reserve - free
	if keep < 0 && len(q.declined) == 0 {
		return 0, true
	}
	cycle := func(l *scanQueue) float64 { return max(0.001, (l.handling.average+l.ringing.average)/1e9) }
	rate := 0.0
	for _, l := range s.config.Queues {
		rate += float64(busy[l.ID]) / cycle(s.queues[l.ID])
	}
	if ownPace > 0 {
		rate += float64(ownPace) / cycle(l)
	}
	if rate == 0 {
		return 0, false
	}
	patience := 0.0
	if l.waited > 0 {
		patience = l.lost / l.waited
	}
	mean, variance := steps(s.ahead(q, mine)+float64(max(0, keep)), rate, patience)
	variance += mean * mean / float64(l.handling.seen)
	low, _ := gammaRange(mean, variance)
	return foretoldTime(low, l.ringing), true
}

// ahead counts who goes before a request, each for the share of their agents who could serve it as well.
func (s *scan) ahead(q *scanRequest, mine []*scanAgent) (sum float64) {
	shares := map[float64]int{}
	for _, p := range s.requests {
		if p == q || p.agent != nil || p.asleep || len(p.preferred) > 0 || !s.goesBefore(p, q) {
			continue
		}
		both, theirs := 0, 0
		for _, a := range s.agents {
			if a.willing() && s.can(a, p) {
				theirs++
				if slices.Contains(mine, a) {
					both++
				}
			}
		}
		if theirs > 0 {
			shares[float64(both)/float64(theirs)]++
		}
	}
	for _, share := range slices.Sorted(maps.Keys(shares)) {
		sum += share * float64(shares[share])
	}
	if math.Abs(sum-math.Round(sum)) < 1e-9 {
		return math.Round(sum)
	}
	return sum
}

func (s *scan) announced(at time.Time, e WaitAnnounced) bool {
	q := s.requests[e.Request]
	if q == nil || q.talking || q.isConsult() || e.Low < 0 || e.High < e.Low {
		return false
	}
	if q.told == nil {
		q.told = &scanWait{s.queues[q.Queue], at, e.Low, e.High}
	}
	return true
}

// waitOver learns from a wait that has ended.
func (s *scan) waitOver(q *scanRequest, at time.Time, answered bool) {
	l := s.queues[q.Queue]
	l.waited, l.lost = l.waited*0.98+at.Sub(q.Arrived.Add(q.HeadStart)).Seconds(), l.lost*0.98
	if answered {
		l.ringing.observe(at.Sub(q.offer.At))
	} else {
		l.lost++
	}
	s.promiseOver(q, at, answered)
}

// promiseOver judges what was announced.
func (s *scan) promiseOver(q *scanRequest, at time.Time, answered bool) {
	if q.told == nil {
		return
	}
	waited := at.Sub(q.told.at)
	if answered || waited > q.told.high {
		q.judged, q.inRange = true, answered && q.told.low <= waited && waited <= q.told.high
		c := append(q.told.of.checked, q.inRange)
		q.told.of.checked = c[max(0, len(c)-100):]
	}
	q.told = nil
}
