package softphone

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// ringsFor is how long a phone rings when its caller has vanished without a word (timer C of RFC 3261).
const ringsFor = 3 * time.Minute

// Ringing is an incoming call before its answer.
type Ringing struct {
	From     string    // the user part of the caller's address
	FromName string    // as the caller sent it: hostile
	To       string    // the user part that was called
	CallID   string    // the Call-ID of SIP
	At       time.Time // when the INVITE came

	p     *Phone
	req   *sip.Request
	tx    sip.ServerTransaction
	tag   string
	media *media // handed to the call when answered

	gone    chan struct{} // closed when the caller gave up, or was rejected
	decided chan struct{} // closed when a final answer was sent

	call     *Call           // written by Answer before decided is closed
	accepted *sip.Response   // written by Answer before decided is closed
	acked    <-chan struct{} // written by Answer before decided is closed

	mu    sync.Mutex
	state ringState
}

type ringState uint8

const (
	rings ringState = iota
	answering
	refusing
	gaveUp
)

// invited serves an INVITE, and runs until the phone has stopped ringing.
func (x *Exchange) invited(raw *sip.Request, tx sip.ServerTransaction) {
	at := time.Now()
	req := raw.Clone() // The timers of sipgo read the original.
	if req.To() == nil || req.From() == nil || req.CallID() == nil || req.CSeq() == nil {
		x.respond(tx, raw, sip.StatusBadRequest, "Bad Request")
		return
	}
	if req.To().Params.Has("tag") {
		x.reinvited(req, tx)
		return
	}
	p := x.phone(unescaped(req.Recipient.User))
	if p == nil {
		x.refuse(tx, req, sip.StatusNotFound, "Not Found")
		return
	}
	m, err := newMedia(x, p.opts)
	if err != nil {
		x.log.Error("incoming call", "phone", p.opts.User, "err", err)
		x.refuse(tx, req, sip.StatusInternalServerError, "Server Internal Error")
		return
	}
	if err := m.offered(req.Body()); err != nil {
		m.close()
		x.log.Debug("incoming call", "phone", p.opts.User, "err", err)
		x.refuse(tx, req, sip.StatusNotAcceptableHere, "Not Acceptable Here")
		return
	}
	r := &Ringing{
		From: unescaped(req.From().Address.User), FromName: unquoted(req.From().DisplayName),
		To: unescaped(req.To().Address.User), CallID: req.CallID().Value(), At: at,
		p: p, req: req, tx: tx, tag: newTag(), media: m,
		gone: make(chan struct{}), decided: make(chan struct{}),
	}
	// Every answer carries our tag, because the copy of the request does from here on.
	req.To().Params.Add("tag", r.tag)
	if !tx.OnCancel(func(*sip.Request) { r.giveUp() }) {
		m.close()
		return
	}
	if !p.adopt(r) {
		m.close()
		x.refuse(tx, req, sip.StatusTemporarilyUnavailable, "Temporarily Unavailable")
		return
	}
	r.sayEarly()
	if p.opts.Refuses != nil {
		if how := p.opts.Refuses(); how.Code != 0 {
			r.Refuse(how)
			r.wait()
			return
		}
	}
	p.deliver(r)
	r.wait()
}

// sayEarly sends the response before the final one.
func (r *Ringing) sayEarly() {
	code := sip.StatusRinging
	if r.p.opts.Early != nil {
		code = r.p.opts.Early()
	}
	switch code {
	case 0:
	case sip.StatusSessionInProgress:
		res := sip.NewResponseFromRequest(r.req, code, reason(code), r.media.answer())
		res.AppendHeader(r.p.contact())
		res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
		if err := r.tx.Respond(res); err != nil {
			r.p.x.log.Debug("an early answer could not be sent", "code", code, "err", err)
		}
	default:
		r.p.x.respond(r.tx, r.req, code, reason(code), r.p.contact())
	}
}

// wait keeps the transaction alive until a final answer was sent and acknowledged.
func (r *Ringing) wait() {
	defer r.p.release(r)
	limit := time.NewTimer(ringsFor)
	defer limit.Stop()
	for {
		select {
		case <-r.decided:
			if r.call == nil {
				awaitAck(r.tx)
			} else {
				r.call.confirm(r.tx, r.accepted, r.acked)
			}
			return
		case <-r.tx.Done():
			r.giveUp()
			return
		case <-limit.C:
			r.Reject(sip.StatusTemporarilyUnavailable)
		}
	}
}

// Cancelled is closed when the caller has given up before the answer, or was rejected.
func (r *Ringing) Cancelled() <-chan struct{} { return r.gone }

// Header is the value of the first header of that name in the INVITE, or "" where there is none.
func (r *Ringing) Header(name string) string {
	if h := r.req.GetHeader(name); h != nil {
		return h.Value()
	}
	return ""
}

// Text is the whole INVITE as it came.
func (r *Ringing) Text() string { return r.req.String() }

// giveUp notes that the caller has cancelled. Sipgo answers the CANCEL by itself.
func (r *Ringing) giveUp() {
	r.mu.Lock()
	was := r.state
	if was == rings || was == answering {
		r.state = gaveUp
	}
	r.mu.Unlock()
	switch was {
	case rings:
		r.p.unfetch(r)
		r.media.close()
		close(r.gone)
		close(r.decided)
	case answering: // Answer finds out, and closes decided.
		close(r.gone)
	}
}

// Reject refuses the call: 486 busy, 480 unavailable, 603 declined. It does nothing to a
// call that is answered, rejected or cancelled already.
func (r *Ringing) Reject(code int) { r.Refuse(Refusal{Code: code}) }

// Refuse refuses the call as Reject does, with all that a phone may say in a refusal.
func (r *Ringing) Refuse(how Refusal) {
	r.mu.Lock()
	if r.state != rings {
		r.mu.Unlock()
		return
	}
	r.state = refusing
	r.mu.Unlock()
	r.p.x.respond(r.tx, r.req, how.Code, reason(how.Code), how.Headers...)
	r.p.unfetch(r)
	r.media.close()
	close(r.gone)
	close(r.decided)
}

func (r *Ringing) drop(ctx context.Context) {
	r.Reject(sip.StatusTemporarilyUnavailable)
}

// Answer picks up, and returns when the caller has acknowledged it: ErrCancelled where the
// caller gave up first. When ctx ends before, the call is hung up. The caller may have
// hung up again when Answer returns: the call is Done then.
func (r *Ringing) Answer(ctx context.Context) (*Call, error) {
	r.mu.Lock()
	was := r.state
	if was == rings {
		r.state = answering
	}
	r.mu.Unlock()
	switch was {
	case gaveUp:
		return nil, ErrCancelled
	case answering, refusing:
		return nil, errors.New("softphone: call was answered or rejected already")
	}
	description := r.media.answer()
	if r.p.opts.Answer != nil {
		description = r.p.opts.Answer(description)
	}
	res := sip.NewSDPResponseFromRequest(r.req, description)
	if len(description) == 0 {
		res = sip.NewResponseFromRequest(r.req, sip.StatusOK, "OK", nil)
	}
	res.AppendHeader(r.p.contact())
	res.AppendHeader(sip.NewHeader("Allow", allowed))
	c := newCall(r.p, dialogIn(r.p.x, r.req, r.tag, r.p.contact()), r.media, Times{Invited: r.At, Ringing: r.At})
	if !r.p.adopt(c) {
		r.mu.Lock()
		cancelled := r.state == gaveUp
		if !cancelled {
			r.state = rings
		}
		r.mu.Unlock()
		if cancelled {
			r.media.close()
			close(r.decided)
			return nil, ErrCancelled
		}
		r.Reject(sip.StatusTemporarilyUnavailable)
		return nil, ErrClosed
	}
	c.enter()
	acked := c.expectAck(r.req.CSeq().SeqNo)
	c.times.Answered = time.Now()
	if err := r.tx.Respond(res); err != nil { // The caller cancelled in the same instant.
		c.end(true, "cancelled before the answer")
		c.leave()
		close(r.decided)
		return nil, ErrCancelled
	}
	c.begin()
	r.call, r.accepted, r.acked = c, res, acked
	close(r.decided)
	var err error
	select {
	case <-c.confirmed:
		if !c.wasAcked() {
			err = errors.New("the caller never acknowledged the answer")
		}
	case <-c.done: // The caller's BYE has overtaken its ACK.
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if err != nil {
		r.p.spawn(func() { _ = c.bye() }) // Where the phone is being closed, Close hangs up.
		return nil, fmt.Errorf("answer %s: %w", r.CallID, err)
	}
	return c, nil
}

// refuse answers an INVITE that never rang.
func (x *Exchange) refuse(tx sip.ServerTransaction, req *sip.Request, code int, reason string) {
	x.respond(tx, req, code, reason)
	awaitAck(tx)
}

// awaitAck takes the ACK of a refusal, for which sipgo would keep a goroutine.
func awaitAck(tx sip.ServerTransaction) {
	select {
	case <-tx.Acks():
	case <-tx.Done():
	}
}
