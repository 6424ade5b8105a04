package softphone

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Times says when what happened in a call, by this process's monotonic clock. A time is zero where that did not happen.
type Times struct {
	Invited  time.Time // the INVITE was sent, or came
	Ringing  time.Time // the first 18x came, or was sent
	Answered time.Time // the 200 came, or was sent
	Ended    time.Time // the BYE came, or was sent
}

// Call is an answered call.
//
//	answered ──► Hangup ──► BYE ─┐
//	        └──► BYE came ───────┴─► Done
type Call struct {
	p         *Phone
	d         *dialog
	media     *media
	invite    sip.ClientTransaction // of an outgoing call alone: it is kept to acknowledge repeated answers
	done      chan struct{}         // closed when the call is over
	confirmed chan struct{}         // closed when our answer was acknowledged, or nobody will any more
	left      sync.Once

	mu     sync.Mutex
	times  Times
	over   bool
	byPeer bool
	reason string
	acked  bool
	acks   map[uint32]chan struct{} // by CSeq: closed when that ACK has come
}

func newCall(p *Phone, d *dialog, m *media, t Times) *Call {
	return &Call{
		p: p, d: d, media: m, times: t, acks: map[uint32]chan struct{}{},
		done: make(chan struct{}), confirmed: make(chan struct{}),
	}
}

// enter makes the call known to the exchange. This happens before the other end can send anything within it.
func (c *Call) enter() {
	x := c.p.x
	x.mu.Lock()
	defer x.mu.Unlock()
	x.dialogs[c.d.key()] = c
	x.calls++
}

// leave makes the exchange forget the call, when nothing more can come within it.
func (c *Call) leave() {
	c.left.Do(func() {
		x := c.p.x
		x.mu.Lock()
		delete(x.dialogs, c.d.key())
		x.calls--
		x.mu.Unlock()
		c.p.release(c)
		if c.invite != nil {
			c.invite.Terminate()
		}
	})
}

// begin starts the sound.
func (c *Call) begin() { c.media.begin() }

// end marks the call as over, and is true for the first to do so.
func (c *Call) end(byPeer bool, reason string) bool {
	c.mu.Lock()
	if c.over {
		c.mu.Unlock()
		return false
	}
	c.over, c.byPeer, c.reason = true, byPeer, reason
	c.times.Ended = time.Now()
	c.mu.Unlock()
	c.media.close()
	close(c.done)
	return true
}

// CallID is the Call-ID of SIP.
func (c *Call) CallID() string { return c.d.callID }

// Done is closed when the call is over, whoever hung up.
func (c *Call) Done() <-chan struct{} { return c.done }

// Times says what has happened so far, and when.
func (c *Call) Times() Times {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.times
}

// Ended says how the call ended, once Done is closed: whether the other end hung up, and
// the Reason it gave (RFC 3326), if any.
func (c *Call) Ended() (byPeer bool, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.byPeer, c.reason
}

// Hangup ends the call, and returns when the other end has heard of it or ctx ends, in which case it
// is still told in the background. A call that is over already is no error.
func (c *Call) Hangup(ctx context.Context) error {
	told := make(chan error, 1)
	if !c.p.spawn(func() { told <- c.bye() }) {
		close(told) // The phone is being closed, which hangs up.
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case err := <-told:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (c *Call) drop(ctx context.Context) {
	told := make(chan struct{})
	// This is not spawned, because the phone is closed already; whoever closes it waits for this afterwards.
	c.p.working.Go(func() { _ = c.bye(); close(told) })
	select {
	case <-told:
	case <-ctx.Done():
	}
}

// bye hangs up, and waits until the other end agrees.
func (c *Call) bye() error {
	if !c.end(false, "") {
		return nil
	}
	defer c.leave()
	// An answer must be acknowledged before its call may be ended (RFC 3261, section 15).
	select {
	case <-c.confirmed:
	case <-c.p.x.closing:
	}
	ctx, cancel := context.WithTimeout(context.Background(), 64*sip.T1)
	defer cancel()
	res, err := c.p.x.ask(ctx, c.d.request(sip.BYE), c.p.auth())
	switch {
	case err != nil:
		return fmt.Errorf("hang up %s: %w", c.CallID(), err)
	case res.IsSuccess(), res.StatusCode == sip.StatusCallTransactionDoesNotExists, res.StatusCode == sip.StatusRequestTimeout:
		return nil // The call is gone all the same.
	default:
		return fmt.Errorf("hang up %s: %w", c.CallID(), &Refused{Code: res.StatusCode, Reason: res.Reason})
	}
}

// byed serves a BYE of the other end.
func (x *Exchange) byed(req *sip.Request, tx sip.ServerTransaction) {
	c := x.dialog(req)
	if c == nil {
		x.respond(tx, req, sip.StatusCallTransactionDoesNotExists, "Call Does Not Exist")
		return
	}
	why := ""
	if h := req.GetHeader("Reason"); h != nil {
		why = h.Value()
	}
	mine := c.end(true, why)
	x.respond(tx, req, sip.StatusOK, "OK")
	if mine {
		c.leave()
	}
}

// expectAck makes the channel that is closed when the answer that is about to be sent is acknowledged.
func (c *Call) expectAck(seq uint32) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	ch := make(chan struct{})
	c.acks[seq] = ch
	return ch
}

// ackCame serves an ACK. It brings the other end's description where ours was the offer.
func (x *Exchange) ackCame(req *sip.Request, _ sip.ServerTransaction) {
	c := x.dialog(req)
	if c == nil || req.CSeq() == nil {
		return
	}
	c.mu.Lock()
	ch := c.acks[req.CSeq().SeqNo]
	delete(c.acks, req.CSeq().SeqNo)
	c.mu.Unlock()
	if ch == nil {
		return
	}
	if len(req.Body()) > 0 {
		if err := c.media.answered(req.Body()); err != nil {
			x.log.Warn("the description in an ACK cannot be used", "call", c.CallID(), "err", err)
		}
	}
	close(ch)
}

// confirm repeats our answer until it is acknowledged. A transaction does not do so for an answer that accepts
// an INVITE (RFC 6026).
func (c *Call) confirm(tx sip.ServerTransaction, res *sip.Response, acked <-chan struct{}) {
	ok := c.untilAcked(tx, res, acked)
	c.mu.Lock()
	c.acked = ok
	c.mu.Unlock()
	close(c.confirmed)
}

func (c *Call) untilAcked(tx sip.ServerTransaction, res *sip.Response, acked <-chan struct{}) bool {
	pause, limit := sip.T1, time.After(64*sip.T1)
	gone := c.done
	for {
		select {
		case <-acked:
			return true
		case <-tx.Acks(): // Old phones send the ACK with the branch of the INVITE.
			return true
		case <-gone:
			c.mu.Lock()
			byPeer := c.byPeer
			c.mu.Unlock()
			if byPeer {
				return false
			}
			gone = nil // Our BYE waits for this ACK.
		case <-time.After(pause):
			if err := tx.Respond(res); err != nil {
				return false
			}
			pause = min(2*pause, sip.T2)
		case <-limit:
			return false
		case <-c.p.x.closing:
			return false
		}
	}
}

func (c *Call) wasAcked() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.acked
}

// reinvited serves a new offer within a call, with which the switch moves the sound elsewhere, or holds it.
func (x *Exchange) reinvited(req *sip.Request, tx sip.ServerTransaction) {
	c := x.dialog(req)
	if c == nil {
		x.refuse(tx, req, sip.StatusCallTransactionDoesNotExists, "Call Does Not Exist")
		return
	}
	if err := c.media.offered(req.Body()); err != nil {
		x.log.Debug("a new offer cannot be used", "call", c.CallID(), "err", err)
		x.refuse(tx, req, sip.StatusNotAcceptableHere, "Not Acceptable Here")
		return
	}
	c.d.refresh(req)
	res := sip.NewSDPResponseFromRequest(req, c.media.answer())
	res.AppendHeader(c.p.contact())
	acked := c.expectAck(req.CSeq().SeqNo)
	if err := tx.Respond(res); err != nil {
		x.log.Debug("the answer to a new offer could not be sent", "call", c.CallID(), "err", err)
		return
	}
	c.untilAcked(tx, res, acked)
}

// updated serves an UPDATE (RFC 3311), which brings a new offer, or says that the caller's name has changed.
func (x *Exchange) updated(req *sip.Request, tx sip.ServerTransaction) {
	c := x.dialog(req)
	if c == nil {
		x.respond(tx, req, sip.StatusCallTransactionDoesNotExists, "Call Does Not Exist")
		return
	}
	c.d.refresh(req)
	if len(req.Body()) == 0 {
		x.respond(tx, req, sip.StatusOK, "OK", c.p.contact())
		return
	}
	if err := c.media.offered(req.Body()); err != nil {
		x.respond(tx, req, sip.StatusNotAcceptableHere, "Not Acceptable Here")
		return
	}
	res := sip.NewSDPResponseFromRequest(req, c.media.answer())
	res.AppendHeader(c.p.contact())
	if err := tx.Respond(res); err != nil {
		x.log.Debug("the answer to an UPDATE could not be sent", "call", c.CallID(), "err", err)
	}
}
