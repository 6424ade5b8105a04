package memory

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"hotline/telephony"
)

// Customer is somebody who calls. Their methods are for any goroutine; acting on a call that has ended does nothing.
type Customer struct {
	s       *Switch
	arrival telephony.Arrival // fixed
	leg     *leg              // fixed

	answered chan struct{}
	ended    chan struct{}

	// Guarded by the switch's mu.
	known bool // has been served once
	heard []*Heard
	cause telephony.Cause
}

// Call lets a customer call the line. While nobody is connected it rings on.
func (s *Switch) Call(from, to telephony.Number) *Customer { return s.CallNamed("", from, to) }

// CallNamed is Call with a caller's name.
func (s *Switch) CallNamed(name string, from, to telephony.Number) *Customer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrived++
	now := time.Now()
	id := callID(now, s.arrived)
	c := &Customer{
		s: s,
		arrival: telephony.Arrival{
			ID: id, Leg: telephony.LegID("caller-" + string(id)),
			From: from, Name: name, To: to, At: now,
			Ours: from.Key() != "" && from.Key() == to.Key(),
		},
		answered: make(chan struct{}),
		ended:    make(chan struct{}),
	}
	if c.arrival.Ours {
		c.arrival.From = telephony.Number{Raw: from.Raw}
	}
	c.leg = &leg{id: c.arrival.Leg, call: id, customer: c, keeps: true}
	s.legs[c.leg.id] = c.leg
	if s.connected != nil && !s.connected.draining {
		s.connected.start(c, nil)
	}
	s.touch()
	return c
}

// customers are those on the line, in the order of their arrival. It is called under mu.
func (s *Switch) customers() (all []*Customer) {
	for _, l := range s.legs {
		if l.customer != nil {
			all = append(all, l.customer)
		}
	}
	slices.SortFunc(all, func(a, b *Customer) int { return cmp.Compare(a.arrival.ID, b.arrival.ID) })
	return all
}

// ID is the id of the call.
func (c *Customer) ID() telephony.CallID { return c.arrival.ID }

// Answered is closed when the call is answered.
func (c *Customer) Answered() <-chan struct{} { return c.answered }

// Ended is closed when the call is over.
func (c *Customer) Ended() <-chan struct{} { return c.ended }

// Cause is why the call ended.
func (c *Customer) Cause() telephony.Cause {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.cause
}

// Note is what the controller has marked the call with.
func (c *Customer) Note() string {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.leg.note
}

// Remark replaces the note, as a controller leaves it that dies between two of its steps.
func (c *Customer) Remark(note string) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.leg.note = note
}

// Type types digits, one after the other in no time.
func (c *Customer) Type(digits string) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.typed(c.leg, digits)
}

// Typed is what was typed to the customer, as if somebody had pressed keys.
func (c *Customer) Typed() string {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.leg.keys
}

// Mute makes the customer silent, who speaks all the time otherwise.
func (c *Customer) Mute() {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.mute(c.leg)
}

// Hangup ends the call.
func (c *Customer) Hangup() {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.end(c.leg, telephony.CauseNormal)
}

// Hold puts the other on hold with a key of the customer's own phone, or takes them off.
func (c *Customer) Hold(on bool) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.hold(c.leg, on)
}

// hold is a key of a phone. Who is in the bridge with it hears music, as Asterisk has it by itself. It is called under mu.
func (s *Switch) hold(l *leg, on bool) {
	if s.legs[l.id] != l || l.holds == on {
		return
	}
	l.holds = on
	for _, other := range others(l) {
		if on {
			s.startMusic(other, telephony.Announcement{Parts: []telephony.Part{telephony.Music("default")}})
		} else {
			s.endMusic(other)
		}
	}
	s.tell(l.call, telephony.LegHolds{Leg: l.id, Holds: on})
}

// Vanish ends the call as the switch sees it when a customer's line breaks off.
func (c *Customer) Vanish() {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.end(c.leg, telephony.CauseLost)
}

// Dies ends all legs as a switch that was killed and started again does; nobody has hung up.
func (s *Switch) Dies() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, callers := range []bool{true, false} { // as Asterisk's driver tells it
		for _, l := range slices.Collect(maps.Values(s.legs)) {
			cause := telephony.CauseBroken
			if l.customer == nil && !l.answered { // nobody is to blame for that it was dialled in vain
				cause = telephony.CauseCongestion
			}
			if l.isCaller() == callers {
				s.end(l, cause)
			}
		}
	}
}

// Hears is all that was played to the customer up to now, in order, music on hold included.
func (c *Customer) Hears() []Heard {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	var all []Heard
	for _, h := range c.heard {
		all = append(all, *h)
	}
	return all
}

// HearsMedia reports whether an announcement or music plays to the customer now.
func (c *Customer) HearsMedia() bool {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return len(c.leg.playing) > 0 || c.leg.music != nil
}

// HearsMusic is the class of music on hold that plays now; "" is none.
func (c *Customer) HearsMusic() string {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if c.leg.music == nil {
		return ""
	}
	class, _ := c.leg.music.Parts[0].(telephony.Music)
	return string(class)
}

// HearsPhone reports whether the customer hears who is at a phone now.
func (c *Customer) HearsPhone(p *Phone) bool {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return p.leg != nil && p.leg.answered && slices.Contains(c.s.voices(c.leg), p.leg)
}

// typed reports digits. It is called under mu.
func (s *Switch) typed(l *leg, digits string) {
	for i := range len(digits) {
		if s.legs[l.id] != l {
			return
		}
		if l.keeps {
			l.kept += digits[i : i+1]
		}
		s.tell(l.call, telephony.Digit{Leg: l.id, Digit: digits[i], At: time.Now()})
		if r := l.recording; r != nil && slices.Contains([]byte(r.until), digits[i]) {
			s.endRecording(r, nil)
		}
	}
}

// PhoneState is what a phone does now.
type PhoneState string

const (
	Idle    PhoneState = "idle"
	Ringing PhoneState = "ringing"
	Talking PhoneState = "talking"
)

// Phone is a telephone that can be dialled, and somebody beside it. It is reachable, and rings until the person does
// something. Methods are for any goroutine.
type Phone struct {
	s  *Switch
	to telephony.Address

	// Guarded by the switch's mu.
	leg         *leg // nil while idle
	unreachable bool
	reflex      func() // what the person does by themselves; nil is nothing
	after       time.Duration
	rings       []telephony.Dial
	heard       []*Heard // on this phone, in all its calls
}

// Phone is the provisioned phone of this id ("phone:" and the id is its address); it is made when first asked for.
func (s *Switch) Phone(id string) *Phone { return s.phone(telephony.Address("phone:" + id)) }

// Outside is a phone in the outside world.
func (s *Switch) Outside(n telephony.Number) *Phone {
	return s.phone(telephony.Address("number:" + n.Key()))
}

func (s *Switch) phone(to telephony.Address) *Phone {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.phones[to]
	if p == nil {
		p = &Phone{s: s, to: to}
		s.phones[to] = p
	}
	return p
}

// Address is what to dial.
func (p *Phone) Address() telephony.Address { return p.to }

// State is what the phone does now.
func (p *Phone) State() PhoneState {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	switch {
	case p.leg == nil:
		return Idle
	case p.leg.answered:
		return Talking
	default:
		return Ringing
	}
}

// Rings are all the calls that the phone has rung for, with what its display showed.
func (p *Phone) Rings() []telephony.Dial {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return slices.Clone(p.rings)
}

// Answers makes the person answer by themselves from now on, after ringing for some time.
func (p *Phone) Answers(after time.Duration) { p.reacts(after, p.Answer) }

// Declines makes the person decline by themselves from now on.
func (p *Phone) Declines(after time.Duration) { p.reacts(after, p.Decline) }

// Ignores makes the person do nothing by themselves, as at first.
func (p *Phone) Ignores() { p.reacts(0, nil) }

func (p *Phone) reacts(after time.Duration, reflex func()) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.reflex, p.after = reflex, after
}

// Reachable takes the phone from the network, or brings it back. A call on it goes on.
func (p *Phone) Reachable(yes bool) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.unreachable = !yes
}

// Answer picks the phone up while it rings.
func (p *Phone) Answer() {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	l := p.leg
	if l == nil || l.answered {
		return
	}
	l.answered = true
	l.ringing.Stop()
	p.s.tell(l.call, telephony.LegAnswered{Leg: l.id, At: time.Now()})
}

// Decline refuses the call while it rings.
func (p *Phone) Decline() {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if p.leg != nil && !p.leg.answered {
		p.s.end(p.leg, telephony.CauseDeclined)
	}
}

// Refuse ends the ringing as the phone itself does, for a cause and with a response of its network; 0 is none.
func (p *Phone) Refuse(cause telephony.Cause, response int) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if p.leg != nil && !p.leg.answered {
		p.s.endWith(p.leg, cause, response)
	}
}

// Mute makes the person silent in the conversation; they speak all the time otherwise.
func (p *Phone) Mute() {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if p.leg != nil {
		p.s.mute(p.leg)
	}
}

// Hangup ends the conversation.
func (p *Phone) Hangup() {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if p.leg != nil && p.leg.answered {
		p.s.end(p.leg, telephony.CauseNormal)
	}
}

// Hold puts the others on hold with the phone's own key, or takes them off.
func (p *Phone) Hold(on bool) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if p.leg != nil && p.leg.answered {
		p.s.hold(p.leg, on)
	}
}

// Vanish ends the conversation as the switch sees it when a phone dies in it.
func (p *Phone) Vanish() {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if p.leg != nil && p.leg.answered {
		p.s.end(p.leg, telephony.CauseLost)
	}
}

// Type types digits in a conversation.
func (p *Phone) Type(digits string) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if p.leg != nil && p.leg.answered {
		p.s.typed(p.leg, digits)
	}
}

// Typed is what was typed to the phone in the call that it is in, as if somebody had pressed keys; "" where it is in none.
func (p *Phone) Typed() string {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if p.leg == nil {
		return ""
	}
	return p.leg.keys
}

// Hears is all that was played on the phone up to now, in order: to whom we have called ourselves.
func (p *Phone) Hears() []Heard {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	var all []Heard
	for _, h := range p.heard {
		all = append(all, *h)
	}
	return all
}

// Note is what the controller has marked the call with that is on the phone; "" where there is none.
func (p *Phone) Note() string {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if p.leg == nil {
		return ""
	}
	return p.leg.note
}

// HearsMedia reports whether an announcement, music or a ringing tone plays on the phone now.
func (p *Phone) HearsMedia() bool {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.leg != nil && (len(p.leg.playing) > 0 || p.leg.music != nil || p.leg.rings)
}

// HearsCustomer reports whether the phone carries a customer's voice now.
func (p *Phone) HearsCustomer(c *Customer) bool { return p.hears(func() *leg { return c.leg }) }

// HearsPhone reports whether the phone carries the voice of another now.
func (p *Phone) HearsPhone(other *Phone) bool { return p.hears(func() *leg { return other.leg }) }

func (p *Phone) hears(whom func() *leg) bool {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	l := whom()
	return l != nil && p.leg != nil && p.leg.answered && slices.Contains(p.s.voices(p.leg), l)
}

// ring begins. It is called under mu.
func (p *Phone) ring(l *leg, d telephony.Dial) {
	switch {
	case p.unreachable:
		p.s.end(l, telephony.CauseUnreachable)
		return
	case p.leg != nil:
		p.s.end(l, telephony.CauseBusy)
		return
	}
	p.leg = l
	p.rings = append(p.rings, d)
	l.ringing = time.AfterFunc(d.Timeout, func() {
		p.s.mu.Lock()
		defer p.s.mu.Unlock()
		if !l.answered {
			p.s.end(l, telephony.CauseNoAnswer)
		}
	})
	p.s.tell(l.call, telephony.LegRinging{Leg: l.id})
	if reflex := p.reflex; reflex != nil {
		time.AfterFunc(p.after, func() {
			p.s.mu.Lock()
			still := p.leg == l
			p.s.mu.Unlock()
			if still {
				reflex()
			}
		})
	}
}
