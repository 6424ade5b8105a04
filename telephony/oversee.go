package telephony

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Manner is how a supervisor takes part in a call.
type Manner uint8

const (
	Listens  Manner = iota // they hear the agent and what the agent hears; nobody hears them
	Whispers               // the agent, and only the agent, hears them as well
	Speaks                 // they are a party of the conversation
)

var mannerNames = [...]string{Listens: "listens", Whispers: "whispers", Speaks: "speaks"}

func (m Manner) String() string {
	if int(m) < len(mannerNames) {
		return mannerNames[m]
	}
	return fmt.Sprintf("manner %d", uint8(m))
}

// ErrWhisperUnsafe says that the switch is of a version in which a whisper does harm: see Driver.Monitor.
var ErrWhisperUnsafe = errors.New("this version of the switch cannot whisper safely")

// Summons calls a supervisor to a call.
type Summons struct {
	To      Address // the supervisor's phone
	From    Number  // shown on it
	Name    string  // shown on it
	Timeout time.Duration
	Manner  Manner
	Note    string // the line's, of who it is: it rides on the supervisor's channel; printable text, at most 1 kB
	Music   string // the class that the supervisor hears while there is nobody to listen to
}

// Overseer is a supervisor at a call. They stay with it through all of its conversations, until they hang up, are let go, or the call
// ends; a hold, a transfer and the end of a talk change what they hear:
//
//	somebody is with the caller        ┌ Listens, Whispers  {supervisor, ear of the agent's leg} in a bridge of their own
//	                                   └ Speaks             in the conversation, as a party that keeps it going only where the line says so
//	nobody is, or not yet again          alone, with music
//
// An ear is a leg that hears another (Driver.Monitor); it ends with that one. Each supervisor has their own, because who whispers would
// be heard by whoever shares it. Never the caller's leg is listened to: they hear music now and then.
//
// How they take part is noted on the supervisor's own channel before it is so. A Hotline that dies leaves them at the call, where the
// next one finds them (Call.Overseers) and makes them a new ear.
type Overseer struct {
	call  *Call
	leg   *Leg
	party *Party // for when they speak
	note  string
	class string // of the music

	asks  chan become   // without room: who asks waits until it is taken, or the supervisor has left
	wake  chan struct{} // room for one: who is in conversation has changed
	ended chan struct{} // closed when they have left
	why   error         // the switch would not do what they wanted, and so they were let go; for who has seen ended closed

	manner Manner // guarded by the call's mu; written by Attend's goroutine

	// Attend's goroutine only.
	bridge   BridgeID // with the ear; "" is none
	ear      *Leg     // nil is none
	of       *Leg     // which the ear listens to
	whispers bool     // the ear does
	turned   int      // as the conversation said when the ear's leg was last refreshed
	alone    bool     // with music
	found    bool     // by a restart, and whether with music is not known
}

// become asks a supervisor's goroutine for another manner.
type become struct {
	manner Manner
	done   chan error // room for the one error
}

// Oversee calls a supervisor's phone, and returns when they take part. Attend must follow, at once. The error is Dial's, or why they cannot
// take part: ErrWhisperUnsafe before their phone rings. Any goroutine but the call's own may use it.
func (c *Call) Oversee(ctx context.Context, s Summons) (*Overseer, error) {
	if s.Manner == Whispers {
		if err := c.driver.Monitor(ctx, Monitor{Call: c.ID(), Whisper: true}); err != nil {
			return nil, err
		}
	}
	leg, err := c.Dial(ctx, s.To, s.From, s.Name, s.Timeout)
	if err != nil {
		return nil, err
	}
	o := c.overseer(leg, s.Manner, s.Note, s.Music)
	if err := o.mark(ctx, s.Manner); err != nil {
		c.forgetOverseer(o)
		c.dismiss(ctx, leg)
		return nil, err
	}
	if err := o.arrange(ctx); err != nil {
		o.vanish(ctx)
		c.forgetOverseer(o)
		if gone := c.ready(ctx); gone != nil {
			err = gone
		}
		return nil, err
	}
	return o, nil
}

func (c *Call) overseer(leg *Leg, m Manner, note, music string) *Overseer {
	o := &Overseer{
		call: c, leg: leg, party: leg.As(Supervisor), note: note, class: music, manner: m,
		asks: make(chan become), wake: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	o.party.overseer = o
	c.mu.Lock()
	defer c.mu.Unlock()
	c.overseers = append(c.overseers, o)
	return o
}

// Overseers are the supervisors at the call, those whom a restart has found as well: Attend must follow for these. Any goroutine may
// use it.
func (c *Call) Overseers() []*Overseer {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.overseers)
}

// Note is what Summons said of who it is.
func (o *Overseer) Note() string { return o.note }

// Manner is how they take part. Any goroutine may use it.
func (o *Overseer) Manner() Manner {
	o.call.mu.Lock()
	defer o.call.mu.Unlock()
	return o.manner
}

// Ended is closed when they have left.
func (o *Overseer) Ended() <-chan struct{} { return o.ended }

// Leave lets a supervisor go, who may have hung up already. Any goroutine may use it.
func (o *Overseer) Leave(ctx context.Context) error { return o.call.HangupLeg(ctx, o.leg) }

// Become makes a supervisor take part in another manner, and returns when they do. When it fails they take part as before. The error is
// ErrGone where they have left, or why they were let go. Any goroutine but the call's own may use it.
func (o *Overseer) Become(ctx context.Context, m Manner) error {
	b := become{m, make(chan error, 1)}
	select {
	case o.asks <- b:
	case <-o.ended:
		return cmp.Or(o.why, ErrGone)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case err := <-b.done:
		return err
	case <-o.ended:
		return cmp.Or(o.why, ErrGone)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// hushEvery is how often an agent to whom somebody whispers is kept from hearing nothing at all: see Hush.
const hushEvery = time.Second

// Attend lets a supervisor follow the call, and blocks until they have left. It ends as well when ctx does: then they are let go, unless
// the call is left to the next Hotline (see HandedOver), which finds them there. The error is ErrHangup, ctx's cause, or why the switch would not do what
// they wanted: they are let go then.
func (o *Overseer) Attend(ctx context.Context) error {
	defer close(o.ended)
	defer o.call.forgetOverseer(o)
	hush := time.NewTicker(hushEvery)
	defer hush.Stop()
	for {
		err := o.arrange(ctx)
		if HandedOver(ctx) {
			return nil
		}
		if err != nil {
			o.vanish(ctx)
			if gone := o.call.ready(ctx); gone != nil {
				return gone
			}
			o.why = err
			return err
		}
		var earEnded <-chan struct{}
		if o.ear != nil {
			earEnded = o.ear.ended
		}
		var hushes <-chan time.Time
		if o.whispers {
			hushes = hush.C
		}
		select {
		case <-o.leg.ended:
			o.vanish(ctx)
			return nil
		case <-o.call.gone.Done():
			o.vanish(ctx)
			return nil
		case <-ctx.Done():
			if !HandedOver(ctx) {
				o.vanish(ctx)
			}
			return nil
		case <-o.wake:
		case <-earEnded: // the agent left: who is next is told by a wake
		case <-hushes:
		case b := <-o.asks:
			b.done <- o.becomes(ctx, b.manner)
		}
	}
}

// becomes takes up another manner, or the one before where that fails.
func (o *Overseer) becomes(ctx context.Context, m Manner) error {
	before := o.Manner()
	err := o.mark(ctx, m)
	if err == nil {
		o.set(m)
		err = o.arrange(ctx)
	}
	if err != nil {
		_ = o.mark(ctx, before) // a restart would try the other again, and go on with this one
		o.set(before)
	}
	return err
}

func (o *Overseer) set(m Manner) {
	o.call.mu.Lock()
	defer o.call.mu.Unlock()
	o.manner = m
}

// arrange lets the supervisor hear, and be heard by, whom they should now.
func (o *Overseer) arrange(ctx context.Context) error {
	if o.leg.isEnded() || o.call.Left() {
		return nil
	}
	v := o.call.Conversation()
	of := v.listenedTo(o.leg)
	switch {
	case of == nil && v != nil && slices.Contains(v.Now().In, o.party):
		return nil // it is about to be over, or kept going by who speaks: a wake says so
	case of == nil:
		return o.waits(ctx)
	case of == o.leg && o.Manner() != Speaks:
		return ErrNotTalking // nobody would be left with the caller
	case o.Manner() == Speaks:
		return o.speaks(ctx, v)
	default:
		return o.hears(ctx, v, of)
	}
}

// waits lets the supervisor hear music, as there is nobody to listen to.
func (o *Overseer) waits(ctx context.Context) error {
	if o.alone {
		return nil
	}
	o.removeEar(ctx)
	err := playMusic(ctx, o.call.driver, o.leg.id, o.class)
	if err == nil || errors.Is(err, ErrGone) {
		o.alone, o.found = true, false
		return nil
	}
	return fmt.Errorf("music to a supervisor: %w", err)
}

// comes ends the supervisor's music; also that of a Hotline which died while they heard it between two talks.
func (o *Overseer) comes(ctx context.Context) {
	if o.alone || o.found {
		_ = stopMusic(ctx, o.call.driver, o.leg.id) // a failure is that of the next step, too
		o.alone, o.found = false, false
	}
}

// hears lets the supervisor hear a leg, and whisper to it where they do.
func (o *Overseer) hears(ctx context.Context, v *Conversation, of *Leg) error {
	c, whispers := o.call, o.Manner() == Whispers
	if slices.Contains(v.Now().all(), o.party) {
		last := false
		err := v.Meanwhile(ctx, func(ctx context.Context) error {
			if last = v.listenedTo(o.leg) == o.leg; last {
				return ErrNotTalking // another has gone first
			}
			return v.Bring(ctx, v.Now().without(o.party))
		})
		if last {
			return err
		}
		if err != nil {
			return o.notNow(ctx, err)
		}
	}
	if o.ear == nil || o.ear.isEnded() || o.of != of || o.whispers != whispers {
		ear := c.addLeg("")
		if err := c.driver.Monitor(ctx, Monitor{Leg: ear.id, Call: c.ID(), Of: of.id, Whisper: whispers}); err != nil {
			c.forgetLeg(ear)
			return o.notNow(ctx, err)
		}
		o.comes(ctx)
		if o.bridge == "" {
			o.bridge = BridgeID(c.names.next())
		}
		if err := c.driver.Bridge(ctx, o.bridge, o.leg.id, ear.id); err != nil {
			c.dismiss(ctx, ear)
			return o.notNow(ctx, err)
		}
		if o.ear != nil {
			c.dismiss(ctx, o.ear)
		}
		if o.of != of {
			o.turned = 0
		}
		o.ear, o.of, o.whispers = ear, of, whispers
	}
	if turned, together := v.turns(); together && o.turned != turned {
		c.refresh(ctx, of)
		o.turned = turned
	}
	if whispers {
		_ = v.Meanwhile(ctx, v.hush) // it is tried again in a moment
	}
	return nil
}

// speaks makes the supervisor a party of the conversation.
func (o *Overseer) speaks(ctx context.Context, v *Conversation) error {
	if slices.Contains(v.Now().In, o.party) {
		return nil
	}
	o.comes(ctx)
	if o.ear != nil { // out of one bridge before they come into the other
		_ = o.call.driver.Bridge(ctx, o.bridge, o.ear.id)
	}
	err := v.Meanwhile(ctx, func(ctx context.Context) error {
		now := v.Now().without(o.party)
		now.In = append(now.In, o.party)
		return v.Bring(ctx, now)
	})
	if err != nil {
		if o.ear != nil && !errors.Is(err, ErrNotTalking) {
			_ = o.call.driver.Bridge(ctx, o.bridge, o.leg.id, o.ear.id)
		}
		return o.notNow(ctx, err)
	}
	o.removeEar(ctx)
	return nil
}

// notNow is the error of a step that failed: none where somebody has just left, and a wake is to say what follows; until then the
// supervisor hears music.
func (o *Overseer) notNow(ctx context.Context, err error) error {
	if errors.Is(err, ErrGone) || errors.Is(err, ErrNotTalking) || errors.Is(err, ErrHangup) {
		return o.waits(ctx)
	}
	return err
}

// removeEar takes the supervisor's ear away, and its bridge.
func (o *Overseer) removeEar(ctx context.Context) {
	ctx, cancel := release(ctx)
	defer cancel()
	if o.bridge != "" {
		_ = o.call.driver.Bridge(ctx, o.bridge) // what stays behind is the sweeper's
	}
	if o.ear != nil {
		o.call.dismiss(ctx, o.ear)
	}
	o.bridge, o.ear, o.of, o.whispers = "", nil, nil, false
}

// vanish ends all of the supervisor's.
func (o *Overseer) vanish(ctx context.Context) {
	o.removeEar(ctx)
	o.call.dismiss(ctx, o.leg)
}

// wakeUp tells the supervisor's goroutine that who is in conversation has changed.
func (o *Overseer) wakeUp() {
	select {
	case o.wake <- struct{}{}:
	default: // it looks anyway
	}
}

// forgetOverseer takes a supervisor off the call, who has left it.
func (c *Call) forgetOverseer(o *Overseer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.overseers = slices.DeleteFunc(c.overseers, func(other *Overseer) bool { return other == o })
}

// wakeOverseers is called under mu.
func (c *Call) wakeOverseers() {
	for _, o := range c.overseers {
		o.wakeUp()
	}
}

// The note on a supervisor's channel: what they are, how they take part, the music, and the line's own words.
const overseerBegins = "supervisor "

func (o *Overseer) mark(ctx context.Context, m Manner) error {
	note := overseerBegins + m.String() + " " + strings.ReplaceAll(o.class, " ", "_") + " " + o.note
	if err := o.call.driver.Mark(ctx, o.leg.id, Mark{Note: note}); err != nil {
		return fmt.Errorf("note who listens to call %s: %w", o.call.ID(), err)
	}
	return nil
}

// FoundOverseer is a supervisor who was found at a call after a restart.
type FoundOverseer struct {
	Leg    LegID
	Manner Manner
	Note   string // as in Summons
	Music  string
}

// readOverseer reads the note on a leg; false where it is no supervisor's.
func readOverseer(leg FoundLeg) (f FoundOverseer, is bool) {
	text, is := strings.CutPrefix(leg.Note, overseerBegins)
	if !is {
		return f, false
	}
	manner, text, _ := strings.Cut(text, " ")
	f.Leg = leg.ID
	f.Music, f.Note, _ = strings.Cut(text, " ")
	f.Manner = Manner(max(0, slices.Index(mannerNames[:], manner))) // one that a newer version knows: they listen
	return f, true
}
