package asterisk

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"hotline/telephony"
)

// registry is what is known of live calls and of their legs. It tells each call what happens to its legs, once.
type registry struct {
	bridges *bridges // they are told which legs have ended

	mu    sync.Mutex
	calls map[telephony.CallID]*call // until both the caller and Serve have left
	legs  map[telephony.LegID]*leg   // those of calls
	left  map[telephony.LegID]bool   // who were of no call as they left, while calls are being found; nil at other times
	early map[telephony.LegID]*early // what callers type who are being found
}

func newRegistry(b *bridges) *registry {
	return &registry{bridges: b, calls: make(map[telephony.CallID]*call), legs: make(map[telephony.LegID]*leg), early: make(map[telephony.LegID]*early)}
}

// call is a call that this Hotline serves. Its fields are guarded by registry.mu.
//
//	arrive ──► serving ──► Serve has returned ──► caller's leg ended ──► forgotten
//	                └────► caller's leg ended ──► Serve has returned ──┘
//
// It stays registered until both have happened: a channel that is being hung up would otherwise look like one
// to adopt.
type call struct {
	*telephony.Call
	caller telephony.LegID
	legs   map[telephony.LegID]*leg // the caller's among them
	served bool                     // Serve has returned
	ended  bool                     // the caller's leg has
	heard  bool                     // by a supervisor, or perhaps so before it was found
	// What plays and records, so that a resync can tell what ended in a gap.
	media map[telephony.MediaID]sounding
	// Recordings that a digit ends: ARI knows only "any", "*" and "#".
	until map[telephony.MediaID]string
}

// leg is a channel of a call.
type leg struct {
	id       telephony.LegID
	of       *call
	kind     legKind
	asked    bool          // Asterisk has confirmed that it makes the channel, which must be in its lists from then on
	phone    string        // the id of the provisioned phone whose it is
	unjudged bool          // Asterisk does not notice when its phone vanishes
	ringing  bool          // the call was told so
	forwards bool          // the phone sends the call elsewhere
	answered bool          // the call was told so
	lost     bool          // its phone was not heard of any more
	since    time.Time     // it has been on the line: registered, or picked up
	turned   time.Time     // when its phone last began or ceased to hold
	giveUp   time.Time     // a dialled leg that ends after it without an answer was not answered in time
	presses  presses       // of the keys of this leg's phone
	kept     kept          // what Asterisk had kept of these as the call was found
	entered  chan struct{} // of an ear, a phone and a customer whom we call alone: closed when it is in Stasis
	inside   bool          // it is, and is no ear's
}

type legKind uint8

const (
	callerLeg legKind = iota
	dialledLeg
	earLeg // listens to another leg (Asterisk's snoop channel)
)

// add registers a call that has arrived, new or found again. It is nil when the call is known already.
func (r *registry) add(of *telephony.Call, a telephony.Arrival) *call {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.calls[a.ID] != nil {
		return nil
	}
	c := &call{
		Call:   of,
		caller: a.Leg,
		legs:   make(map[telephony.LegID]*leg),
		media:  make(map[telephony.MediaID]sounding),
		until:  make(map[telephony.MediaID]string),
		heard:  a.Resume != nil,
	}
	r.calls[a.ID] = c
	switch {
	case a.Resume != nil && a.Resume.Left:
		c.ended = true
	case !a.Outgoing || a.Resume != nil: // Otherwise Dial makes the leg.
		r.addLeg(&leg{id: a.Leg, of: c, kind: callerLeg, asked: true, answered: a.Resume != nil && a.Resume.Answered})
	}
	if a.Resume != nil {
		for _, id := range a.Resume.Others() {
			r.addLeg(&leg{id: id, of: c, kind: dialledLeg, asked: true, ringing: true, answered: true})
		}
		for _, id := range a.Resume.Tracks {
			r.addLeg(&leg{id: id, of: c, kind: earLeg, asked: true, answered: true})
		}
	}
	if e := r.early[a.Leg]; e != nil {
		l := r.legs[a.Leg]
		l.kept = e.kept
		for _, k := range e.keys {
			r.types(l, k)
		}
	}
	return c
}

// addLeg registers a leg. It is called under mu.
func (r *registry) addLeg(l *leg) {
	l.since = time.Now()
	l.of.legs[l.id] = l
	r.legs[l.id] = l
}

// expect registers a leg before it is asked for, because its events may come before the reply.
func (r *registry) expect(whose telephony.CallID, l *leg) (*leg, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.calls[whose]
	if c == nil || c.ended {
		return nil, fmt.Errorf("call %s: %w", whose, telephony.ErrGone)
	}
	l.of = c
	r.addLeg(l)
	return l, nil
}

// confirm notes that Asterisk has made the leg's channel, and when it gives up a phone that nobody answers; zero is never.
func (r *registry) confirm(l *leg, giveUp time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l.asked, l.giveUp = true, giveUp
}

// unexpect forgets a leg that was not made after all. If Asterisk has made it, it belongs to no call, and is swept.
func (r *registry) unexpect(l *leg) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.legs[l.id] == l {
		delete(r.legs, l.id)
		delete(l.of.legs, l.id)
	}
}

// served notes that Serve has returned.
func (r *registry) served(c *call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.served = true
	c.ended = c.ended || r.legs[c.caller] == nil // An outgoing call whose customer was never dialled has no end to wait for.
	r.forgetIfOver(c)
}

// forgetIfOver takes a call that is over out of the registry. It is called under mu.
func (r *registry) forgetIfOver(c *call) {
	if !c.served || !c.ended {
		return
	}
	for id := range c.legs {
		r.bridges.left(c.ID(), id)
		delete(r.legs, id)
	}
	delete(r.calls, c.ID())
}

// legEnded takes a leg out of the registry and tells its call, once. The cause is what is known without the network's own word.
func (r *registry) legEnded(id telephony.LegID, cause telephony.Cause) {
	r.end(id, 0, func(*leg) telephony.Cause { return cause })
}

// legMissed does the same for a leg that has ended in a gap, so that nobody knows why. A phone that rang is not to blame for that, and where
// Asterisk has died, nobody is.
func (r *registry) legMissed(id telephony.LegID, died time.Time) {
	r.endAt(id, 0, died, func(l *leg) telephony.Cause {
		_, ours := placed(string(id))
		switch {
		case (l.kind == dialledLeg || ours) && !l.answered:
			return telephony.CauseCongestion
		case !died.IsZero():
			return telephony.CauseBroken
		}
		return telephony.CauseNormal
	})
}

// legDestroyed does the same by what Asterisk says of the end of a channel.
func (r *registry) legDestroyed(id telephony.LegID, e ending) {
	r.end(id, e.code(), func(l *leg) telephony.Cause {
		switch {
		case l.answered || l.kind == callerLeg:
			return telephony.CauseNormal
		case l.forwards:
			return telephony.CauseForwards
		default:
			return e.cause(l.ringing)
		}
	})
}

func (r *registry) end(id telephony.LegID, response int, why func(*leg) telephony.Cause) {
	r.endAt(id, response, time.Time{}, why)
}

// endAt is end for what has ended before; a zero time is now.
func (r *registry) endAt(id telephony.LegID, response int, at time.Time, why func(*leg) telephony.Cause) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.legs[id]
	if l == nil {
		if r.left != nil {
			r.left[id] = true
		}
		return
	}
	now := time.Now()
	if at.IsZero() {
		at = now
	}
	cause := why(l)
	if l.kind != dialledLeg || l.answered {
		response = 0
	} else if !l.giveUp.IsZero() && !now.Before(l.giveUp) {
		cause, response = telephony.CauseNoAnswer, 0
		if l.phone != "" && !l.ringing {
			cause = telephony.CauseUnreachable
		}
	}
	if l.lost {
		cause = telephony.CauseLost
	}
	c := l.of
	delete(r.legs, id)
	delete(c.legs, id)
	r.bridges.left(c.ID(), id)
	// What plays and records on a leg ends with it, and Asterisk may tell that later than the leg's own end,
	// or never.
	c.Deliver(telephony.LegEnded{Leg: id, Cause: cause, Response: response, At: at})
	if id == c.caller {
		c.ended = true
		r.forgetIfOver(c)
	}
}

// legLost notes that a leg, which is about to end, ends because its phone was not heard of any more. A phone that is still dialled
// has another reason.
func (r *registry) legLost(id telephony.LegID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if l := r.legs[id]; l != nil && (l.answered || l.kind == callerLeg) {
		l.lost = true
	}
}

// callBroken tells the call of a leg that it has broken off with Asterisk: all its legs are about to end, and whichever does first, nobody but
// Asterisk has ended it.
func (r *registry) callBroken(id telephony.LegID) {
	r.mu.Lock()
	l := r.legs[id]
	r.mu.Unlock()
	if l != nil {
		r.legMissed(l.of.caller, time.Now())
	}
}

// legHolds tells a call that a party holds with a key of their phone, or does so no longer.
func (r *registry) legHolds(id telephony.LegID, holds bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if l := r.legs[id]; l != nil && l.kind != earLeg {
		l.turned = time.Now()
		l.of.Deliver(telephony.LegHolds{Leg: id, Holds: holds})
	}
}

// legAnswered tells a call, once, that a dialled leg was picked up and can be bridged.
func (r *registry) legAnswered(id telephony.LegID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.legs[id]
	if l == nil || l.answered {
		return
	}
	l.answered, l.since = true, time.Now()
	if l.kind == earLeg {
		close(l.entered)
	}
	l.of.Deliver(telephony.LegAnswered{Leg: id, At: l.since})
}

// rings is a phone's or a called customer's leg that is not picked up, and is in the application all the same; nil where the leg is another. It is called under mu.
func (r *registry) rings(id telephony.LegID) *leg {
	if l := r.legs[id]; l != nil && l.kind == dialledLeg && l.entered != nil && !l.answered {
		return l
	}
	return nil
}

// legEntered notes that a leg is in the application. A phone's, and a called customer's, is so before it is dialled, another one is picked up.
func (r *registry) legEntered(id telephony.LegID, state string) {
	r.mu.Lock()
	l := r.rings(id)
	if l != nil && !l.inside {
		l.inside = true
		close(l.entered)
	}
	r.mu.Unlock()
	if l == nil || state == "Up" {
		r.legAnswered(id)
	}
}

// legUp tells the call of a phone's leg that it was picked up. Others are told of as they enter the application.
func (r *registry) legUp(id telephony.LegID) {
	r.mu.Lock()
	l := r.rings(id)
	r.mu.Unlock()
	if l != nil {
		r.legAnswered(id)
	}
}

// legLeft takes it that a leg is out of the application. Of a phone that was not picked up its end is told next, and why.
func (r *registry) legLeft(id telephony.LegID) {
	r.mu.Lock()
	l := r.rings(id)
	r.mu.Unlock()
	if l == nil {
		r.legEnded(id, telephony.CauseNormal)
	}
}

// legRings tells a call, once, that a dialled leg rings.
func (r *registry) legRings(id telephony.LegID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.legs[id]
	if l == nil || l.kind != dialledLeg || l.ringing || l.answered {
		return
	}
	l.ringing = true
	l.of.Deliver(telephony.LegRinging{Leg: id})
}

// silent says whether nothing is known yet of a dialled leg, which is still there.
func (r *registry) silent(l *leg) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.legs[l.id] == l && !l.ringing && !l.answered
}

// legForwards notes that a dialled phone sends the call elsewhere; Asterisk ends its leg next. It reports whether the leg is a call's.
func (r *registry) legForwards(id telephony.LegID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.legs[id]
	if l != nil {
		l.forwards = true
	}
	return l != nil
}

// key is one that was typed, as Asterisk reports it.
type key struct {
	digit  byte
	at     time.Time
	lasted time.Duration
}

// kept are the keys that Asterisk keeps beside a note, as it tells of them: those that were typed until then, by its own clock.
type kept struct {
	keys string
	at   time.Time
}

// has reports whether a key that is reported is one of those. Asterisk keeps a key of RFC 4733 as it reports it, when it is released, and one of INFO as it comes: that is reported
// when it has been played out.
func (k kept) has(one key) bool {
	return !one.at.After(k.at) || strings.HasSuffix(k.keys, string(one.digit)) && !one.at.Add(-one.lasted).After(k.at)
}

// reportedLate is for how long after a call was found a key may be reported that Asterisk had kept. Later what seems to be of before is of a clock that was set back.
const reportedLate = 5 * time.Second

// early is what a caller types who is being found, from before Asterisk is asked what it has kept until their call is known.
type early struct {
	kept kept
	keys []key
}

// listens has what is typed on a leg that is not known yet told to its call, once that is. It ends with over.
func (r *registry) listens(id telephony.LegID) (over func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.early[id] = &early{}
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.early, id)
	}
}

// hasKept notes what Asterisk has kept of what is typed on such a leg: its call knows it otherwise.
func (r *registry) hasKept(id telephony.LegID, k kept) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.early[id]; e != nil {
		e.kept = k
	}
}

// legTyped tells a call that a digit was typed, once for each press of the key, and says which recordings of the leg the digit is to end.
func (r *registry) legTyped(id telephony.LegID, k key) (toEnd []telephony.MediaID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.legs[id]
	if l == nil {
		if e := r.early[id]; e != nil {
			e.keys = append(e.keys, k)
		}
		return nil
	}
	if !r.types(l, k) {
		return nil
	}
	for media, until := range l.of.until {
		if l.of.media[media].leg == id && strings.IndexByte(until, k.digit) >= 0 {
			delete(l.of.until, media)
			toEnd = append(toEnd, media)
		}
	}
	return toEnd
}

// types tells a call of a key, unless it knows of that press. It is called under mu.
func (r *registry) types(l *leg, k key) bool {
	if time.Since(l.since) < reportedLate && l.kept.has(k) || l.presses.again(k.digit, k.at, k.lasted) {
		return false
	}
	l.of.Deliver(telephony.Digit{Leg: l.id, Digit: k.digit, At: k.at})
	return true
}

// reportsTwice says whether the phone of a leg is known to report each key twice, of which Asterisk keeps both.
func (r *registry) reportsTwice(id telephony.LegID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.legs[id]
	return l != nil && l.presses.inBoth
}

// othersIn are the legs of a call that are not the caller's.
func (r *registry) othersIn(c *call) (found []telephony.LegID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, l := range c.legs {
		if l.kind != callerLeg {
			found = append(found, id)
		}
	}
	return found
}

// sounding is what plays to a leg, or records it.
type sounding struct {
	leg   telephony.LegID
	asked bool // Asterisk has confirmed that it has begun
}

// medium is what plays or records, on which leg.
type medium struct {
	id  telephony.MediaID
	leg telephony.LegID
}

// all are the legs that Asterisk has confirmed, and what it has confirmed to play and record.
func (r *registry) all() (confirmed []*leg, media []medium) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.legs {
		if l.asked {
			confirmed = append(confirmed, l)
		}
	}
	for _, c := range r.calls {
		for id, on := range c.media {
			if on.asked {
				media = append(media, medium{id, on.leg})
			}
		}
	}
	return confirmed, media
}

// notesLeaving has it noted, until over, which legs that are of no call leave: they may be about to be found in a list that was made before.
func (r *registry) notesLeaving() (over func()) {
	note := func(left map[telephony.LegID]bool) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.left = left
	}
	note(make(map[telephony.LegID]bool))
	return func() { note(nil) }
}

// hasLeft reports whether a leg has left before it was known.
func (r *registry) hasLeft(id telephony.LegID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.left[id]
}

// has reports whether a call is known.
func (r *registry) has(id telephony.CallID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls[id] != nil
}

// live is how many calls there are.
func (r *registry) live() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.calls)
}

// serves reports whether a leg is one of a call that is being served.
func (r *registry) serves(id telephony.LegID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.legs[id]
	return l != nil && !l.of.served
}

// knows reports whether a leg is one of a call's.
func (r *registry) knows(id telephony.LegID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.legs[id] != nil
}

// callerLeft reports whether a caller is known to have hung up.
func (r *registry) callerLeft(id telephony.LegID) bool {
	_, own := owner(string(id))
	return !own && !r.knows(id)
}

// originator is the channel whose codecs a dialled leg is to have. It is "" where the customer is not on the line yet.
func (r *registry) originator(l *leg) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if caller := r.legs[l.of.caller]; caller == nil || caller == l {
		return ""
	}
	return string(l.of.caller)
}

// isHeard notes that a supervisor has come to hear a leg's call.
func (r *registry) isHeard(l *leg) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l.of.heard = true
}

// wasHeard reports whether a supervisor has heard a leg's call, or may have.
func (r *registry) wasHeard(l *leg) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return l.of.heard
}

// callOf is the call that a leg belongs to, by which the command socket is chosen. A leg that is not known counts as a call.
func (r *registry) callOf(id telephony.LegID) telephony.CallID {
	if whose, ok := owner(string(id)); ok {
		return whose
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if l := r.legs[id]; l != nil {
		return l.of.ID()
	}
	return telephony.CallID(id)
}
