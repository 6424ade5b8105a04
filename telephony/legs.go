package telephony

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Party says who ended a conversation.
type Party uint8

const (
	Nobody Party = iota // the context's end, or an error
	PartyCaller
	PartyAgent // whoever was dialled
)

// ErrNoAnswer says that a phone rang in vain. It is what a DialError of that cause is.
var ErrNoAnswer = errors.New("no answer")

// DialError says why a dialled phone was not reached.
type DialError struct {
	To    Address
	Cause Cause
}

func (e *DialError) Error() string { return fmt.Sprintf("dial %s: %s", e.To, e.Cause) }

// Is makes errors.Is(err, ErrNoAnswer) true for a phone that rang in vain.
func (e *DialError) Is(target error) bool {
	return target == ErrNoAnswer && e.Cause == CauseNoAnswer
}

// Leg is a party's channel beside the caller's: an agent's, a supervisor's, an external one.
// Its methods are for any goroutine.
type Leg struct {
	id     LegID
	to     Address
	joined bool // it is in the main bridge since before a restart

	answered chan struct{} // closed when picked up
	ended    chan struct{} // closed when gone

	// Written by Deliver under the call's mu, before the channel above them is closed.
	answeredAt  time.Time
	cause       Cause
	afterCaller bool // it ended after the caller did
}

func newLeg(id LegID, to Address) *Leg {
	return &Leg{id: id, to: to, answered: make(chan struct{}), ended: make(chan struct{})}
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

// Ended is closed when the leg is gone.
func (l *Leg) Ended() <-chan struct{} { return l.ended }

func (l *Leg) answer(at time.Time) {
	select {
	case <-l.answered: // told twice
	default:
		l.answeredAt = at
		close(l.answered)
	}
}

func (l *Leg) end(cause Cause, afterCaller bool) {
	l.cause, l.afterCaller = cause, afterCaller
	close(l.ended)
}

// Dial calls a phone and blocks until it is answered. Meanwhile the caller hears what they heard,
// usually music. When the phone is not reached the error is a *DialError (ErrNoAnswer after the timeout); when ctx
// ends, its cause; when the caller leaves, ErrHangup. In all three the ringing ends, and an answer that
// crosses them is hung up.
func (c *Call) Dial(ctx context.Context, to Address, from Number, name string, timeout time.Duration) (*Leg, error) {
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	leg := c.addLeg(to)
	err := c.ring(ctx, leg, Dial{Leg: leg.id, Call: c.ID(), To: to, From: from, Name: name, Timeout: timeout})
	if err != nil {
		c.dismiss(ctx, leg)
		return nil, err
	}
	return leg, nil
}

// ring dials and waits. Several things may have happened when it looks: the caller's end goes before
// the context's, these before the phone's, and an answer before the timeout.
func (c *Call) ring(ctx context.Context, leg *Leg, d Dial) error {
	ctx, cancel := c.Bound(ctx)
	defer cancel()
	err := c.dial(ctx, leg, d)
	if gone := c.ready(ctx); gone != nil {
		return gone
	}
	if err != nil {
		return err
	}
	return leg.reached(ctx, d.To)
}

// dial blocks until something has happened to the phone, until the timeout or the end of ctx. Its error says that the switch
// did not dial.
func (c *Call) dial(ctx context.Context, leg *Leg, d Dial) error {
	timeout := time.NewTimer(d.Timeout)
	defer timeout.Stop()
	if err := c.driver.Dial(ctx, d); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if errors.Is(err, ErrGone) {
			return &DialError{To: d.To, Cause: CauseUnreachable}
		}
		return fmt.Errorf("dial %s for call %s: %w", d.To, c.ID(), err)
	}
	select {
	case <-leg.answered:
	case <-leg.ended:
	case <-ctx.Done():
	case <-timeout.C:
	}
	return nil
}

// reached says what came of dialling. The phone's end goes before its answer, and these before the context's end.
func (l *Leg) reached(ctx context.Context, to Address) error {
	select {
	case <-l.ended:
		return &DialError{To: to, Cause: l.cause}
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
	return &DialError{To: to, Cause: CauseNoAnswer}
}

// Talk joins the caller and a leg, and blocks until one of them leaves or ctx ends. Music on hold ends, but for a caller
// who was found on hold. It owns the leg: the leg is gone when Talk returns, however it returns. The caller stays on the
// line when the other party leaves; what they typed in the conversation is forgotten. What others want done in the
// conversation (see Meanwhile) it does.
//
// by says who left first. When the caller has left, the error is ErrHangup.
func (c *Call) Talk(ctx context.Context, leg *Leg) (by Party, err error) {
	defer c.flush()
	defer func() {
		if HandedOver(ctx) {
			return // the conversation goes on without us
		}
		c.endHold(ctx)
		c.part(ctx)
		c.dismiss(ctx, leg)
	}()
	if err := c.ready(ctx); err != nil {
		return c.left(leg), err
	}
	t := c.begin(leg)
	defer c.end(t)
	if err := c.enter(ctx, leg); err != nil {
		return c.left(leg), err
	}
	t.last(ctx, c)
	by = c.left(leg)
	if by == PartyAgent && c.gone.Err() == nil {
		return by, nil // even when ctx has ended too: the conversation is over anyway
	}
	return by, c.ready(ctx)
}

// Join joins the caller and a leg, for a script that has to note a conversation between its beginning and its end. Talk
// goes on with it, and must follow: it owns the leg, and finds out by itself where Join failed.
func (c *Call) Join(ctx context.Context, leg *Leg) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	if err := c.join(ctx, leg); err != nil {
		return err
	}
	leg.joined = true
	return nil
}

// enter makes of a leg a party that the caller hears.
func (c *Call) enter(ctx context.Context, leg *Leg) error {
	if !leg.joined {
		return c.join(ctx, leg)
	}
	if c.held {
		return nil // they are, once the agent takes the caller back
	}
	// Music may be left from a hold that was about to begin or to end when the Hotline of before died.
	if err := c.silence(ctx); err != nil {
		return c.failed(ctx, "end the music of", err)
	}
	return nil
}

// join bridges the caller and a leg.
func (c *Call) join(ctx context.Context, leg *Leg) error {
	if err := c.silence(ctx); err != nil {
		return c.failed(ctx, "end the music of", err)
	}
	c.held = false
	return c.bringTogether(ctx, leg)
}

// bringTogether is join for whom music may cover yet.
func (c *Call) bringTogether(ctx context.Context, leg *Leg) error {
	c.mu.Lock()
	c.bridged = true
	c.mu.Unlock()
	err := c.driver.Bridge(ctx, c.bridge(), c.arrival.Leg, leg.id)
	if !errors.Is(err, ErrGone) {
		if err != nil {
			return c.failed(ctx, "join", err)
		}
		return nil
	}
	// One of the two has left, and an event is to say which.
	select {
	case <-leg.ended:
		return nil
	case <-c.gone.Done():
		return ErrHangup
	case <-ctx.Done():
		return c.ready(ctx)
	case <-time.After(crossingTime):
		return fmt.Errorf("join call %s with %s: %w", c.ID(), leg.id, err)
	}
}

// part deletes the main bridge.
func (c *Call) part(ctx context.Context) {
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

// left says who left the conversation first.
func (c *Call) left(leg *Leg) Party {
	select {
	case <-leg.ended:
		if leg.afterCaller {
			return PartyCaller
		}
		return PartyAgent
	case <-c.gone.Done():
		return PartyCaller
	default:
		return Nobody
	}
}

// Rejoin finds the leg that a call found again after a restart was talking to. Talk goes on with it, and does
// not touch their bridge. False where there is none: the call was not in a conversation, or the other party
// has left meanwhile; what was left of the bridge is then gone.
func (c *Call) Rejoin(ctx context.Context) (*Leg, bool) {
	r := c.arrival.Resume
	if r == nil {
		return nil, false
	}
	c.mu.Lock()
	for _, id := range r.Bridged {
		if leg := c.legs[id]; leg != nil && leg.joined {
			c.mu.Unlock()
			return leg, true
		}
	}
	c.mu.Unlock()
	c.part(ctx)
	return nil, false
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
func (c *Call) Transfer(ctx context.Context, t Transfer) (by Party, err error) {
	stop, err := c.Music(ctx, t.Music)
	if err != nil {
		return Nobody, err
	}
	defer stop()
	leg, err := c.Dial(ctx, t.To, t.From, t.Name, t.Timeout)
	if err != nil {
		return Nobody, err
	}
	return c.Talk(ctx, leg)
}

// addLeg names a leg before it is asked for, for its events may come before the reply.
func (c *Call) addLeg(to Address) *Leg {
	leg := newLeg(LegID(c.name()), to)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.legs[leg.id] = leg
	return leg
}

// dismiss hangs up a leg that is not wanted any more. From then on events about it are those of a stranger,
// and should it still come alive it is sent away.
func (c *Call) dismiss(ctx context.Context, leg *Leg) {
	c.mu.Lock()
	_, live := c.legs[leg.id]
	c.mu.Unlock()
	if !live {
		return
	}
	ctx, cancel := release(ctx)
	defer cancel()
	err := c.driver.Hangup(ctx, leg.id, CauseNormal)
	if err == nil || errors.Is(err, ErrGone) {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.legs, leg.id) // otherwise Hangup tries again at the end of the call
	}
}
