package queues

import "time"

// A shift is what an agent, their desk and their phone say between sign-in and sign-out.

// signIn handles AgentSignedIn.
func (s *staff) signIn(at time.Time, e AgentSignedIn) error {
	if err := checkAgent(e.Agent); err != nil {
		return err
	}
	to, since := e.Availability, e.Since
	switch to {
	case "":
		to = NotReady
	case Ready, NotReady:
	default:
		return wrap(ErrInvalid, "agent %s signs in as %q", e.Agent.ID, to)
	}
	if e.Next != "" && e.Next != NotReady && e.Next != SignedOut {
		return wrap(ErrInvalid, "agent %s signs in to be %q next", e.Agent.ID, e.Next)
	}
	if since.IsZero() || since.After(at) {
		since = at
	}
	a := s.byID.get(e.Agent.ID)
	if a == nil {
		a = s.newAgent(e.Agent, at)
	} else if a.availability != SignedOut {
		return wrap(ErrAlready, "agent %s signed in", a.ID)
	}
	s.employ(a, e.Agent, at)
	if a.activity == Idle {
		a.idleSince = since
	}
	why := e.Reason
	if to == Ready {
		why = ""
	}
	if e.Next != "" && a.activity == Idle { // at once, and without having been there as they were: nobody is to look for them
		s.choose(a, e.Next, e.NextReason, at)
		return nil
	}
	s.chooseBoth(a, to, why, e.Next, e.NextReason, since)
	return nil
}

// checkAgent says what is wrong with somebody.
func checkAgent(a Agent) error {
	if a.ID == "" {
		return wrap(ErrInvalid, "agent without an id")
	}
	for s, l := range a.Skills {
		if s == "" || l < 1 || l > 5 {
			return wrap(ErrInvalid, "agent %s: skill %q at level %d", a.ID, s, l)
		}
	}
	return nil
}

// employ gives an agent who stands in no class the skills that they have at a time, and with them their classes.
func (s *staff) employ(a *agent, as Agent, at time.Time) {
	a.Agent, a.lapses = as.At(at), as.ExpiresAfter(at)
	if !a.lapses.IsZero() && (s.lapse.IsZero() || a.lapses.Before(s.lapse)) {
		s.lapse = a.lapses
	}
	a.serves = a.serves[:0]
	for _, c := range s.demand.classes {
		a.enter(c)
	}
}

// ready handles AgentReady.
func (s *staff) ready(at time.Time, e AgentReady) error {
	a, err := s.signedIn(e.Agent)
	switch {
	case err != nil:
		return err
	case a.availability != Ready:
		a.works() // they have looked after their phone
		s.choose(a, Ready, "", at)
	case a.next != "":
		s.queueUp(a, "", "")
	default:
		return wrap(ErrAlready, "agent %s ready", a.ID)
	}
	return nil
}

// notReady handles AgentNotReady.
func (r *Router) notReady(at time.Time, e AgentNotReady) error {
	a, err := r.staff.signedIn(e.Agent)
	switch {
	case err != nil:
		return err
	case e.Reason == "":
		return wrap(ErrInvalid, "agent %s not ready without a reason", a.ID)
	case a.availability == NotReady && a.reason == e.Reason && a.next == "",
		a.next == NotReady && a.nextReason == e.Reason:
		return wrap(ErrAlready, "agent %s not ready (%s)", a.ID, e.Reason)
	case e.Reason == PhoneLost && a.hasChosen():
		return wrap(ErrAlready, "agent %s gets no more calls", a.ID)
	}
	if err := r.staff.mayRest(a, e.Reason); err != nil {
		return err
	}
	switch {
	case a.availability == NotReady || a.activity == Idle:
		r.staff.choose(a, NotReady, e.Reason, at)
	case a.activity == Ringing && !a.request.accepted:
		r.offers.end(a.request, OfferWasDeclined, at)
		r.staff.choose(a, NotReady, e.Reason, at)
	default:
		r.staff.queueUp(a, NotReady, e.Reason)
	}
	return nil
}

// hasChosen says whether an agent has chosen to get no more calls, now or after the talk: that goes before what happened to them.
func (a *agent) hasChosen() bool {
	return a.availability == NotReady || a.next == SignedOut || a.next == NotReady && a.nextReason != ConnectionLost
}

// signOut handles AgentSignedOut.
func (r *Router) signOut(at time.Time, e AgentSignedOut) error {
	a, err := r.staff.signedIn(e.Agent)
	if err != nil {
		return err
	}
	switch a.activity {
	case Ringing:
		if a.request.accepted {
			break
		}
		r.offers.end(a.request, OfferWasDeclined, at)
		r.staff.choose(a, SignedOut, "", at)
		return nil
	case WrapUp:
		r.staff.rest(a, at, true)
		r.staff.choose(a, SignedOut, "", at)
		return nil
	case Idle:
		r.staff.choose(a, SignedOut, "", at)
		return nil
	}
	if a.next == SignedOut {
		return wrap(ErrAlready, "agent %s signing out", a.ID)
	}
	r.staff.queueUp(a, SignedOut, "")
	return nil
}

// deskLost handles DeskLost.
func (r *Router) deskLost(at time.Time, e DeskLost) error {
	a, err := r.staff.signedIn(e.Agent)
	if err != nil {
		return err
	}
	if a.activity == Ringing {
		r.offers.end(a.request, OfferWasRevoked, at)
	}
	switch {
	case a.availability != Ready || a.next != "":
	case a.activity == Idle:
		r.staff.choose(a, NotReady, ConnectionLost, at)
	default:
		r.staff.queueUp(a, NotReady, ConnectionLost)
	}
	if a.away { // and is not awaited any more; before they are not ready, they would want calls for a moment
		a.away = false
		r.staff.touch(a)
	}
	return nil
}

// deskAway handles DeskAway.
func (r *Router) deskAway(at time.Time, e DeskAway) error {
	a, err := r.staff.signedIn(e.Agent)
	switch {
	case err != nil:
		return err
	case a.away:
		return wrap(ErrAlready, "desk of agent %s away", a.ID)
	}
	a.away = true
	r.staff.touch(a)
	if q := a.request; a.activity == Ringing && (e.Phone || !q.accepted && q.offerID != e.Seen) {
		r.offers.end(q, OfferWasRevoked, at)
	}
	return nil
}

// deskBack handles DeskBack.
func (s *staff) deskBack(e DeskBack) error {
	a, err := s.signedIn(e.Agent)
	switch {
	case err != nil:
		return err
	case !a.away:
		return wrap(ErrAlready, "desk of agent %s there", a.ID)
	}
	a.away = false
	s.touch(a)
	return nil
}

// phoneChanged handles PhoneChanged.
func (s *staff) phoneChanged(e PhoneChanged) error {
	if e.Agent == "" {
		return wrap(ErrInvalid, "phone of nobody")
	}
	s.phones[e.Agent] = e.Reachable
	if a := s.byID.get(e.Agent); a != nil && a.reachable != e.Reachable {
		a.reachable = e.Reachable
		s.touch(a)
	}
	return nil
}

// wrapUpFinished handles WrapUpFinished.
func (s *staff) wrapUpFinished(at time.Time, e WrapUpFinished) error {
	a, err := s.wrappingUp(e.Agent)
	if err != nil {
		return err
	}
	s.rest(a, at, true)
	return nil
}

// wrapUpExtended handles WrapUpExtended.
func (s *staff) wrapUpExtended(e WrapUpExtended) error {
	a, err := s.wrappingUp(e.Agent)
	if err != nil {
		return err
	}
	by := e.By
	if by == 0 {
		by = time.Minute
	}
	if by < 0 {
		return wrap(ErrInvalid, "agent %s: wrap-up extended by %s", a.ID, by)
	}
	if a.extended+by > s.config.ExtensionLimit {
		return wrap(ErrExtended, "agent %s: by %s, after %s of %s", a.ID, by, a.extended, s.config.ExtensionLimit)
	}
	s.timers.remove(a.timer)
	a.extended += by
	a.deadline = a.deadline.Add(by)
	s.timers.push(a)
	s.touch(a)
	return nil
}

func (s *staff) wrappingUp(id AgentID) (*agent, error) {
	a := s.byID.get(id)
	if a == nil {
		return nil, wrap(ErrUnknownAgent, "agent %s", id)
	}
	if a.activity != WrapUp {
		return nil, wrap(ErrActivity, "agent %s is %s, not in wrap-up", id, a.activity)
	}
	return a, nil
}

// signedIn finds an agent who is signed in. One who signed out and still talks is not.
func (s *staff) signedIn(id AgentID) (*agent, error) {
	if a := s.byID.get(id); a != nil && a.availability != SignedOut {
		return a, nil
	}
	return nil, wrap(ErrUnknownAgent, "agent %s", id)
}
