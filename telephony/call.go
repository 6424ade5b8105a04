package telephony

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"
)

// ErrHandover is the cause with which the context of a call is cancelled when
// Hotline stops on purpose: the call is to stay as it is, for the next Hotline to
// find. A waiting caller keeps the music, a conversation its bridge; only phones that still ring are
// silenced. A driver does not hang up a call after such an end.
var ErrHandover = errors.New("call is left to the next Hotline")

// HandedOver reports whether ctx ended because the call is left to the next Hotline.
func HandedOver(ctx context.Context) bool {
	return errors.Is(context.Cause(ctx), ErrHandover)
}

// releaseTime limits what is undone after a verb: stopping music, hanging up a
// dialled leg, deleting a bridge. It outlives the verb's own context.
const releaseTime = 5 * time.Second

// crossingTime is how long a verb waits for a hang-up that must be on its way: the switch
// has said that something failed because a leg is gone, but not yet which.
const crossingTime = time.Second

// Call is one customer's call. Its verbs are for the goroutine that serves the call, one at a
// time; a method that others may use says so.
type Call struct {
	arrival Arrival
	driver  Driver
	names   *names
	keypad  *keypad  // what the caller types
	media   *running // what plays or records

	// gone ends when the caller does.
	gone context.Context
	lose context.CancelFunc

	refused  atomic.Bool   // with a cause of its own
	legEnded chan struct{} // has room for one: a leg beside the caller's has ended, or something was typed on one
	held     chan struct{} // likewise: somebody holds with a key of their phone, or does so no longer

	mu      sync.Mutex
	legs    map[LegID]*Leg // the legs beside the caller's that are to live
	ended   int            // how many of them have ended
	lost    bool           // the caller was not heard of any more
	broken  time.Time      // when the switch died with the caller's leg; zero is that it has not
	holds   bool           // the caller does, with a key of their phone
	talk    *Conversation  // that the caller is in; nil when in none
	bridged bool           // the main bridge may exist

	overseers []*Overseer // the supervisors at it

	customer *Leg // theirs, of an outgoing call that has not been found again; nil elsewhere

	// The call's goroutine only.
	answered bool
	deserted bool   // the caller is alone in the main bridge, where all others have left them
	music    *music // nil when there is none
	note     string // what the line has marked the call with
	keeps    bool   // where keys are kept beside the note
	owes     bool   // the note is not written yet: see Owes
	record   string // who is in the conversation, where the note has to say it
	recorded string // the record that the note on the channel has
}

// NewCall makes the call of an arrival. It is for drivers, which then Deliver events to it.
func NewCall(d Driver, a Arrival) *Call {
	c := &Call{
		arrival:  a,
		driver:   d,
		names:    newNames(a.ID),
		keypad:   newKeypad(),
		media:    newRunning(a.ID),
		legEnded: make(chan struct{}, 1),
		held:     make(chan struct{}, 1),
		legs:     make(map[LegID]*Leg),
	}
	c.gone, c.lose = context.WithCancel(context.Background())
	if a.Outgoing && a.Resume == nil {
		c.customer = newLeg(a.Leg, "")
	}
	if r := a.Resume; r != nil {
		c.answered = r.Answered
		c.music = &music{left: true}
		c.bridged = true // perhaps: the others may have left it
		c.note, c.recorded = r.Note, r.record
		c.names.said = r.Said
		for _, key := range []byte(r.Typed) {
			c.keypad.press(key)
		}
		for _, id := range slices.Concat(r.Bridged, r.Beside, r.Tracks) {
			leg := newLeg(id, "")
			close(leg.answered)
			leg.holds = slices.Contains(r.Holding, id)
			c.legs[id] = leg
		}
		for _, f := range r.Alone {
			leg := newLeg(f.ID, "")
			close(leg.answered)
			leg.holds = f.Holds
			c.legs[f.ID] = leg
		}
		c.holds = slices.Contains(r.Holding, a.Leg)
		for _, f := range r.Overseers {
			leg := newLeg(f.Leg, "")
			close(leg.answered)
			c.legs[f.Leg] = leg
			c.overseer(leg, f.Manner, f.Note, f.Music).found = true
		}
		if r.Left {
			c.lose()
		}
	}
	return c
}

// ID is the call's name for its whole life.
func (c *Call) ID() CallID { return c.arrival.ID }

// From is the caller's number.
func (c *Call) From() Number { return c.arrival.From }

// To is the number that was dialled.
func (c *Call) To() Number { return c.arrival.To }

// Name is the caller's name as the network sent it: hostile text.
func (c *Call) Name() string { return c.arrival.Name }

// Arrival is what the switch knew of the call when it began, or was found again.
func (c *Call) Arrival() Arrival { return c.arrival }

// Amend replaces what is known of who calls. It is for a driver that learns more before it gives the call to the line, and not later.
func (c *Call) Amend(a Arrival) {
	c.arrival.From, c.arrival.Name, c.arrival.Withheld, c.arrival.Hidden = a.From, a.Name, a.Withheld, a.Hidden
}

// Gone is closed when the caller has left. Any goroutine may use it.
func (c *Call) Gone() <-chan struct{} { return c.gone.Done() }

// Lost reports whether the caller's line broke off: they are gone, and have not hung up. Any goroutine may use it.
func (c *Call) Lost() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lost
}

// Broken says when the call broke off because the switch died: the caller is gone, and nobody has hung up. Zero is that it did not. Any
// goroutine may use it.
func (c *Call) Broken() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.broken
}

// Left reports whether the caller has left. Any goroutine may use it.
func (c *Call) Left() bool { return c.gone.Err() != nil }

// Bound returns a context that ends with the cause ErrHangup when the caller
// leaves: for waits on other rooms, a router or a store. Any goroutine may use it.
func (c *Call) Bound(ctx context.Context) (context.Context, context.CancelFunc) {
	bound, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(c.gone, func() { cancel(ErrHangup) })
	return bound, func() {
		stop()
		cancel(context.Canceled)
	}
}

// Deliver hands an event to whoever waits for it. The driver calls it, with the events of
// a call in their order, from the goroutine that reads them: it never blocks, and nothing is dropped.
//
//	Digit of the caller              kept in order until a verb takes digits
//	Digit of another leg             to the conversation, or to Ask
//	PlayEnded, RecordEnded           to the verb that started it
//	LegRinging, LegAnswered, LegEnded to the verb that dialled or listens, and to the conversation
//	LegRinging, LegAnswered of the customer  to Reach
//	LegHolds                         to the conversation
//	RecordEnded, LegEnded of a track to the conversation
//	LegEnded of the caller           to every verb, from now on
//	LegRinging, LegAnswered of a leg that nobody waits for any more: it is hung up
func (c *Call) Deliver(ev Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch ev := ev.(type) {
	case Digit:
		if ev.Leg == c.arrival.Leg {
			c.keypad.press(ev.Digit)
		} else if leg := c.legs[ev.Leg]; leg != nil && len(leg.typed) < mostTyped {
			leg.typed = append(leg.typed, ev)
			select {
			case leg.keyed <- struct{}{}:
			default: // full: Ask takes all there is
			}
			c.wake()
		}
	case PlayEnded:
		c.media.end(ev.ID, ev.Err)
	case RecordEnded:
		c.media.end(ev.ID, ev.Err)
		c.wake() // it may be a track's
	case LegRinging:
		if leg := c.legs[ev.Leg]; leg != nil {
			leg.ring()
		} else if c.customer != nil && ev.Leg == c.customer.id {
			c.customer.ring()
		} else {
			c.sendAway(ev.Leg)
		}
	case LegAnswered:
		if leg := c.legs[ev.Leg]; leg != nil {
			leg.answer(ev.At)
		} else if c.customer != nil && ev.Leg == c.customer.id {
			c.customer.answer(ev.At)
		} else {
			c.sendAway(ev.Leg)
		}
	case LegHolds:
		if leg := c.legs[ev.Leg]; leg != nil {
			leg.holds = ev.Holds
		} else if ev.Leg == c.arrival.Leg {
			c.holds = ev.Holds
		}
		select {
		case c.held <- struct{}{}:
		default: // full: the conversation looks at all its parties anyway
		}
	case LegEnded:
		if ev.Leg == c.arrival.Leg {
			if c.customer != nil && c.gone.Err() == nil {
				c.customer.end(ev, 0, false)
			}
			c.lost = c.lost || ev.Cause == CauseLost && c.gone.Err() == nil
			if ev.Cause == CauseBroken && c.gone.Err() == nil {
				c.broken = ev.At
			}
			c.lose()
		} else if leg := c.legs[ev.Leg]; leg != nil {
			delete(c.legs, ev.Leg)
			c.ended++
			leg.end(ev, c.ended, c.gone.Err() != nil)
			c.wake()
		}
		if c.talk != nil && len(c.overseers) > 0 { // it may have been an ear: see refresh
			c.talk.turned++
			c.wakeOverseers()
		}
	default:
		panic(fmt.Sprintf("telephony: unknown event %T", ev))
	}
}

// wake lets the conversation look who and what has ended, and who has typed something.
func (c *Call) wake() {
	select {
	case c.legEnded <- struct{}{}:
	default: // full: the conversation looks at all its parties anyway
	}
}

// sendAway hangs up a leg that came too late, for example an answer that crossed the end of the
// ringing. It is called under mu and so leaves the request to a goroutine.
func (c *Call) sendAway(id LegID) {
	if id == c.arrival.Leg {
		return
	}
	go func() {
		ctx, cancel := release(context.Background())
		defer cancel()
		// A failure leaves the leg to the driver's sweeper, which knows it by its name.
		_ = c.driver.Hangup(ctx, id, CauseNormal)
	}()
}

// Answer answers the call. It does nothing where the call is answered, as it is after a restart.
func (c *Call) Answer(ctx context.Context) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	if c.answered {
		return nil
	}
	if err := c.driver.Answer(ctx, c.arrival.Leg); err != nil {
		return c.failed(ctx, "answer", err)
	}
	c.answered = true
	return nil
}

// noteLimit is how long a line's note may be. A driver keeps a fourth more: who is in the conversation.
const noteLimit = 4096

// Mark keeps a note with the call for as long as it lives; after a restart it is in
// Arrival().Resume. At most 4 kB of printable text.
func (c *Call) Mark(ctx context.Context, note string) error { return c.mark(ctx, note, false) }

// MarkTyping is Mark for where the caller is asked to type. Keys that they type from now on, until the next mark, are taken by the next Hotline, should this one
// die: it must begin again where this one was when it wrote the note. What is asked for must be no secret, as it stands beside the note.
func (c *Call) MarkTyping(ctx context.Context, note string) error { return c.mark(ctx, note, true) }

// MarkNext is Mark whose note waits for the next one that is written: what is kept beside it while more than two talk brings it along, and another mark is in its
// place. Until then a restart finds the note before, which must do.
func (c *Call) MarkNext(note string) error {
	if err := MayNote(note); err != nil {
		return fmt.Errorf("call %s: %w", c.ID(), err)
	}
	c.note, c.keeps, c.owes = note, false, true
	return nil
}

// Owes reports whether the note waits to be written: that of MarkNext, or one that could not be written as a phone was dialled (Dial.Mark).
func (c *Call) Owes() bool { return c.owes }

func (c *Call) mark(ctx context.Context, note string, keeps bool) error {
	if err := MayNote(note); err != nil {
		return fmt.Errorf("call %s: %w", c.ID(), err)
	}
	if err := c.ready(ctx); err != nil {
		return err
	}
	c.note, c.keeps = note, keeps
	return c.writeNote(ctx)
}

// MayNote says why a note cannot be kept with a call.
func MayNote(note string) error {
	if len(note) > noteLimit {
		return fmt.Errorf("a note has %d bytes, more than %d", len(note), noteLimit)
	}
	if at := strings.IndexFunc(note, func(r rune) bool { return !unicode.IsPrint(r) }); at >= 0 || !utf8.ValidString(note) {
		return errors.New("a note is not printable text")
	}
	return nil
}

// Refuse ends a call that was not answered, with a cause that the caller's exchange is told: CauseCongestion is SIP's 503,
// CauseDeclined 403.
func (c *Call) Refuse(ctx context.Context, cause Cause) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	if err := c.driver.Hangup(ctx, c.arrival.Leg, cause); err != nil {
		return c.failed(ctx, "refuse", err)
	}
	c.refused.Store(true)
	c.lose()
	return nil
}

// Hangup ends the call, and with it whatever legs it still has. Any goroutine may
// use it. The driver calls it when the line has served the call.
func (c *Call) Hangup(ctx context.Context) {
	if !c.refused.Load() && c.arrival.Leg != "" { // Another cause would overtake the one that it was refused with.
		err := c.driver.Hangup(ctx, c.arrival.Leg, CauseNormal)
		if err == nil || errors.Is(err, ErrGone) {
			c.lose()
		}
	}
	c.mu.Lock()
	bridged := c.bridged
	c.bridged = false
	left := make([]LegID, 0, len(c.legs))
	for id := range c.legs {
		left = append(left, id)
	}
	c.mu.Unlock()
	for _, id := range left {
		_ = c.driver.Hangup(ctx, id, CauseNormal) // what remains is the sweeper's
	}
	if bridged {
		_ = c.driver.Bridge(ctx, c.bridge())
	}
}

// bridge names the main bridge of the call.
func (c *Call) bridge() BridgeID { return BridgeID(c.arrival.ID) }

// ready is the first line of every verb.
func (c *Call) ready(ctx context.Context) error {
	if c.gone.Err() != nil {
		return ErrHangup
	}
	return context.Cause(ctx)
}

// failed turns a driver's error about the caller's leg into the verb's. What a driver could not find out to the end, as ctx has ended, is not known: where the
// caller is gone their end is told, or the next verb says so. A call that is left to the next Hotline would have an end here, and go on there.
func (c *Call) failed(ctx context.Context, verb string, err error) error {
	if errors.Is(err, ErrGone) && ctx.Err() == nil {
		c.lose()
	}
	if err := c.ready(ctx); err != nil {
		return err
	}
	return fmt.Errorf("%s call %s: %w", verb, c.ID(), err)
}

// crossed waits a moment for a hang-up that explains a failure, and returns what verbs return then.
func (c *Call) crossed(ctx context.Context, err error) error {
	select {
	case <-c.gone.Done():
		return ErrHangup
	case <-ctx.Done():
		return c.ready(ctx)
	case <-time.After(crossingTime):
		return err
	}
}

// release is a context to undo things on: it lasts beyond the end of ctx, though not for long.
func release(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), releaseTime)
}
