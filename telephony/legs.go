package telephony

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrNoAnswer says that a phone rang in vain. It is what a DialError of that cause is.
var ErrNoAnswer = errors.New("no answer")

// DialError says why a dialled phone was not reached.
type DialError struct {
	To       Address
	Cause    Cause
	Response int // as in LegEnded
}

func (e *DialError) Error() string {
	if e.Response != 0 {
		return fmt.Sprintf("dial %s: %s (response %d)", e.To.Printable(), e.Cause, e.Response)
	}
	return fmt.Sprintf("dial %s: %s", e.To.Printable(), e.Cause)
}

// Is makes errors.Is(err, ErrNoAnswer) true for a phone that rang in vain.
func (e *DialError) Is(target error) bool {
	return target == ErrNoAnswer && e.Cause == CauseNoAnswer
}

// Leg is a party's channel beside the caller's: an agent's, a supervisor's, an external one.
// Its methods are for any goroutine.
type Leg struct {
	id LegID
	to Address

	rang     chan struct{} // closed when the phone rings
	answered chan struct{} // closed when picked up
	ended    chan struct{} // closed when gone
	keyed    chan struct{} // has room for one: a key was pressed on it

	// Written by Deliver under the call's mu, before the channel above them is closed.
	answeredAt  time.Time
	cause       Cause
	response    int
	holds       bool    // with a key of the phone; also read under mu
	typed       []Digit // that the conversation was not told of yet; also read under mu
	nth         int     // among the legs of its call that ended
	afterCaller bool    // it ended after the caller did
}

func newLeg(id LegID, to Address) *Leg {
	return &Leg{id: id, to: to, rang: make(chan struct{}), answered: make(chan struct{}), ended: make(chan struct{}), keyed: make(chan struct{}, 1)}
}

// ID is the leg's name on the switch.
func (l *Leg) ID() LegID { return l.id }

// To is the address that was dialled; "" for a leg found again after a restart.
func (l *Leg) To() Address { return l.to }

// AnsweredAt is when it was picked up, by the switch's clock; zero for a leg found again after a restart.
func (l *Leg) AnsweredAt() time.Time {
	select {
	case <-l.answered:
		return l.answeredAt
	default:
		return time.Time{}
	}
}

// Lost reports whether the leg ended because its phone was not heard of any more: nobody has hung up.
func (l *Leg) Lost() bool { return l.isEnded() && l.cause == CauseLost }

// Broken reports whether the leg ended because the switch died: nobody has hung up.
func (l *Leg) Broken() bool { return l.isEnded() && l.cause == CauseBroken }

// Ended is closed when the leg is gone.
func (l *Leg) Ended() <-chan struct{} { return l.ended }

// isEnded reports whether the leg is gone.
func (l *Leg) isEnded() bool {
	select {
	case <-l.ended:
		return true
	default:
		return false
	}
}

func (l *Leg) answer(at time.Time) {
	select {
	case <-l.answered: // told twice
	default:
		l.answeredAt = at
		close(l.answered)
	}
}

func (l *Leg) ring() {
	select {
	case <-l.rang: // told twice
	default:
		close(l.rang)
	}
}

func (l *Leg) end(e LegEnded, nth int, afterCaller bool) {
	l.cause, l.response, l.nth, l.afterCaller = e.Cause, e.Response, nth, afterCaller
	close(l.ended)
}

// ringsWithin is how long a provisioned phone may take until it rings. One that says nothing for so long is unreachable: it has lost
// its power or its network, and the switch has sent the call four times (RFC 3261, 17.1.1.2). The caller does not wait
// for the whole of the ringing time for it.
const ringsWithin = 5 * time.Second

// silent is after how long it is known of what is dialled that it says nothing: of one that is no phone of ours when its timeout is over.
func (d Dial) silent() time.Duration {
	if !d.To.isPhone() {
		return d.Timeout
	}
	return min(ringsWithin, d.Timeout*3/4)
}

// Dial calls a phone and blocks until it is answered. Meanwhile the caller hears what they heard,
// usually music. When the phone is not reached the error is a *DialError (ErrNoAnswer after the timeout); when ctx
// ends, its cause, unless the phone was answered in that moment; when the caller leaves, ErrHangup. In all three the
// ringing ends, and an answer that comes later is hung up.
func (c *Call) Dial(ctx context.Context, to Address, from Number, name string, timeout time.Duration) (*Leg, error) {
	return c.DialAs(ctx, Dial{To: to, From: from, Name: name, Timeout: timeout})
}

// DialAs is Dial with all that the called party may be told; the names of the leg and of the call are given here.
func (c *Call) DialAs(ctx context.Context, d Dial) (*Leg, error) {
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	if MayNote(d.Mark) != nil { // a restart finds the note before; that is no reason to keep the caller from everybody
		d.Mark = ""
	}
	if d.Mark != "" {
		c.note, c.keeps, c.owes = d.Mark, false, false
		d.Mark, d.Unnoted = c.wholeNote(), func() { c.owes = true } // ring waits for Dial's return
	}
	leg := c.addLeg(d.To)
	d.Leg, d.Call = leg.id, c.ID()
	err := c.ring(ctx, leg, d)
	if err != nil {
		c.dismiss(ctx, leg)
		return nil, err
	}
	return leg, nil
}

// ring dials and waits. Several things may have happened when it looks: the caller's end goes before all others, and the phone's
// end and its answer go before the context's end and the timeout.
func (c *Call) ring(ctx context.Context, leg *Leg, d Dial) error {
	ctx, cancel := c.Bound(ctx)
	defer cancel()
	err := c.dial(ctx, leg, d)
	if c.gone.Err() != nil {
		return ErrHangup
	}
	if err != nil {
		return err
	}
	return leg.reached(ctx, d.To)
}

// dial blocks until something has happened to the phone, until the timeout or the end of ctx. Its error says that the switch
// did not dial.
func (c *Call) dial(ctx context.Context, leg *Leg, d Dial) error {
	if err := c.dialReady(ctx, d); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if errors.Is(err, ErrGone) {
			return &DialError{To: d.To, Cause: CauseUnreachable}
		}
		return fmt.Errorf("dial %s for call %s: %w", d.To.Printable(), c.ID(), err)
	}
	if d.Sent != nil {
		d.Sent()
	}
	now := time.Now() // from now on: that the switch was slow to dial is nothing that the phone is to make good
	timeout, due, rings := now.Add(d.Timeout), now.Add(d.silent()), leg.rang
	for {
		wake := Wake(due)
		select {
		case <-rings:
			rings, due = nil, timeout
			continue
		case <-leg.answered:
		case <-leg.ended:
		case <-ctx.Done():
		case <-time.After(time.Until(wake)):
			if Late(wake) {
				timeout, due = PutOff(timeout), PutOff(due)
			}
			if time.Now().Before(due) {
				continue
			}
		}
		return nil
	}
}

// dialReady has the switch dial, and does beside it what is to be done before the phone rings.
func (c *Call) dialReady(ctx context.Context, d Dial) error {
	if d.Before == nil {
		return c.driver.Dial(ctx, d)
	}
	ready, dialled := make(chan struct{}), make(chan error, 1)
	d.Ready = ready
	go func() { dialled <- c.driver.Dial(ctx, d) }()
	d.Before()
	close(ready)
	return <-dialled
}

// AwaitReady is for drivers: it returns when the phone may ring. The error is the cause of ctx's end.
func (d Dial) AwaitReady(ctx context.Context) error {
	if d.Ready == nil {
		return nil
	}
	select {
	case <-d.Ready:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// reached says what came of dialling. The phone's end goes before its answer, and these before the context's end.
func (l *Leg) reached(ctx context.Context, to Address) error {
	select {
	case <-l.ended:
		if !l.AnsweredAt().IsZero() { // it answered, and let go in the same moment
			return &DialError{To: to, Cause: CauseFailing}
		}
		return &DialError{To: to, Cause: l.cause, Response: l.response}
	default:
	}
	select {
	case <-l.answered:
		return nil
	default:
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case <-l.rang:
	default:
		if to.isPhone() {
			return &DialError{To: to, Cause: CauseUnreachable}
		}
	}
	return &DialError{To: to, Cause: CauseNoAnswer}
}

// HangupLeg ends a leg beside the caller's: the agent's, for example, who pressed a key on the desk. What waits for
// the leg learns it as if the party had hung up. Any goroutine may use it.
func (c *Call) HangupLeg(ctx context.Context, leg *Leg) error {
	err := c.driver.Hangup(ctx, leg.id, CauseNormal)
	if err != nil && !errors.Is(err, ErrGone) {
		return fmt.Errorf("hang up %s: %w", leg.id, err)
	}
	return nil
}

// Transfer is where a caller is sent.
type Transfer struct {
	To      Address
	From    Number // shown on the phone
	Name    string // shown on the phone
	Timeout time.Duration
	Music   string // the class that the caller hears meanwhile
}

// Transfer sends the caller to another address, blind: the caller hears music while it rings, and then talks. It
// ends as Dial does when nobody answers (the music has stopped then), and as Talk does otherwise.
func (c *Call) Transfer(ctx context.Context, t Transfer) (by Role, err error) {
	stop, err := c.Music(ctx, t.Music)
	if err != nil {
		return Nobody, err
	}
	defer stop()
	leg, err := c.Dial(ctx, t.To, t.From, t.Name, t.Timeout)
	if err != nil {
		return Nobody, err
	}
	return c.Converse(leg.As(Agent)).Talk(ctx)
}

// leaveBridge takes a caller out of the main bridge whom all others have left there. It stands before all that they are to hear.
func (c *Call) leaveBridge(ctx context.Context) {
	if c.deserted {
		c.deleteBridge(ctx)
	}
}

// deleteBridge deletes the main bridge.
func (c *Call) deleteBridge(ctx context.Context) {
	c.deserted = false
	c.mu.Lock()
	bridged := c.bridged
	c.bridged = false
	c.mu.Unlock()
	if bridged {
		ctx, cancel := release(ctx)
		defer cancel()
		_ = c.driver.Bridge(ctx, c.bridge()) // a bridge that stays behind is the sweeper's
	}
}

// addLeg names a leg before it is asked for, for its events may come before the reply.
func (c *Call) addLeg(to Address) *Leg {
	return c.expectLeg(newLeg(LegID(c.names.next()), to))
}

func (c *Call) expectLeg(leg *Leg) *Leg {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.legs[leg.id] = leg
	return leg
}

// forgetLeg forgets a leg that was not made after all.
func (c *Call) forgetLeg(leg *Leg) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.legs, leg.id)
}

// dismiss hangs up a leg that is not wanted any more. From then on events about it are those of a stranger,
// and should it still come alive it is sent away.
func (c *Call) dismiss(ctx context.Context, leg *Leg) {
	_ = c.endLeg(ctx, leg) // Hangup tries again at the end of the call
}

// endLeg does the same, and says where the switch did not take it.
func (c *Call) endLeg(ctx context.Context, leg *Leg) error {
	c.mu.Lock()
	_, live := c.legs[leg.id]
	c.mu.Unlock()
	if !live {
		return nil
	}
	ctx, cancel := release(ctx)
	defer cancel()
	if err := c.driver.Hangup(ctx, leg.id, CauseNormal); err != nil && !errors.Is(err, ErrGone) {
		return fmt.Errorf("hang up %s: %w", leg.id, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.legs, leg.id)
	return nil
}
