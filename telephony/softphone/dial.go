package softphone

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// CallOptions say how one call presents itself.
type CallOptions struct {
	From      string // the caller's number; the phone's user where empty
	FromName  string // the caller's name, any text at all; the phone's name where empty
	FromURI   string // the whole address in From, such as a tel: one; made of From where empty
	Anonymous bool   // the number is withheld (RFC 3323)
	Headers   map[string]string
	Lines     []string // further headers, each a whole line: one name may stand there several times
	Late      bool     // the call says nothing of its sound before it is answered (RFC 3264: the offer comes with the answer)
	Unacked   bool     // the answer is never acknowledged
}

// Outgoing is a call that was sent, perhaps rings, and is not answered yet.
type Outgoing struct {
	p       *Phone
	callID  string
	sent    time.Time
	cancel  context.CancelCauseFunc
	ringing chan struct{} // closed at the first 18x
	done    chan struct{} // closed when call and err are decided
	over    chan struct{} // closed when no transaction of it is left
	late    bool          // the offer is the other end's
	unacked bool

	ring  sync.Once
	rang  time.Time // written before ringing is closed
	call  *Call     // written before done is closed
	err   error     // written before done is closed
	media *media    // handed to call when answered
}

// errWithdrawn is the cause with which Cancel ends the context.
var errWithdrawn = errors.New("call was withdrawn")

// Call calls and waits for the answer. When ctx ends before it, the call is withdrawn. A
// refusal is a *Refused.
func (p *Phone) Call(ctx context.Context, to string, o CallOptions) (*Call, error) {
	out, err := p.Dial(ctx, to, o)
	if err != nil {
		return nil, err
	}
	return out.Wait()
}

// Dial sends the call and returns at once. When ctx ends before the answer, the call is
// withdrawn; after the answer the end of ctx means nothing.
func (p *Phone) Dial(ctx context.Context, to string, o CallOptions) (*Outgoing, error) {
	target, err := p.uri(to)
	if err != nil {
		return nil, err
	}
	from, err := p.from(o)
	if err != nil {
		return nil, err
	}
	m, err := newMedia(p.x, p.opts)
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", to, err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	out := &Outgoing{
		p: p, callID: newCallID(), cancel: cancel, media: m,
		ringing: make(chan struct{}), done: make(chan struct{}), over: make(chan struct{}),
	}
	out.late, out.unacked = o.Late, o.Unacked
	req := p.invite(target, from, o, out.callID, m)
	if !p.adopt(out) || !p.spawn(func() { out.run(ctx, req) }) {
		p.release(out)
		cancel(nil)
		m.close()
		return nil, ErrClosed
	}
	return out, nil
}

// invite builds the INVITE, without its Via.
func (p *Phone) invite(target sip.Uri, from *sip.FromHeader, o CallOptions, callID string, m *media) *sip.Request {
	req := sip.NewRequest(sip.INVITE, target)
	id, hops, kind := sip.CallIDHeader(callID), sip.MaxForwardsHeader(70), sip.ContentTypeHeader("application/sdp")
	req.AppendHeader(from)
	to := sip.Uri{Scheme: "sip", User: target.User, Host: target.Host}
	if target.Host == "" { // a tel: address, which says nothing about where to send it
		to = target
		req.SetDestination(withPort(p.opts.Server))
	}
	req.AppendHeader(&sip.ToHeader{Address: to})
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: 1, MethodName: sip.INVITE})
	req.AppendHeader(&hops)
	req.AppendHeader(p.contact())
	req.AppendHeader(sip.NewHeader("Allow", allowed))
	if o.Anonymous {
		req.AppendHeader(sip.NewHeader("Privacy", "id"))
	}
	for name, value := range o.Headers {
		req.AppendHeader(sip.NewHeader(oneLine(name), oneLine(value)))
	}
	for _, line := range o.Lines {
		name, value, _ := strings.Cut(oneLine(line), ":")
		req.AppendHeader(sip.NewHeader(name, strings.TrimSpace(value)))
	}
	req.SetTransport("UDP")
	if o.Late {
		req.SetBody(nil)
		return req
	}
	req.AppendHeader(&kind)
	req.SetBody(m.offer())
	return req
}

// CallID is SIP's Call-ID.
func (o *Outgoing) CallID() string { return o.callID }

// Ringing is closed when the other end rings, or has answered without ringing.
func (o *Outgoing) Ringing() <-chan struct{} { return o.ringing }

// Done is closed when Wait would return at once.
func (o *Outgoing) Done() <-chan struct{} { return o.done }

// Wait waits for the answer, the refusal, or the end of Dial's context.
func (o *Outgoing) Wait() (*Call, error) {
	<-o.done
	return o.call, o.err
}

// Cancel withdraws the call if it is not answered yet; Wait returns at once. What SIP still
// has to say about it goes on in the background.
func (o *Outgoing) Cancel() { o.cancel(errWithdrawn) }

func (o *Outgoing) drop(ctx context.Context) {
	o.cancel(ErrClosed)
	select {
	case <-o.over:
		if o.call != nil { // It was answered in the same instant.
			o.call.drop(ctx)
		}
	case <-ctx.Done():
	}
}

// settle decides what Wait returns.
func (o *Outgoing) settle(c *Call, err error) {
	o.call, o.err = c, err
	if c == nil {
		o.media.close()
	}
	close(o.done)
}

// run is the call's goroutine until it is answered, or until nothing is left of it.
func (o *Outgoing) run(ctx context.Context, req *sip.Request) {
	defer o.cancel(nil)
	defer close(o.over)
	defer o.p.release(o)
	o.sent = time.Now()
	tx, err := o.p.x.send(context.WithoutCancel(ctx), req)
	if err != nil {
		o.settle(nil, fmt.Errorf("call %s: %w", req.Recipient.Addr(), err))
		return
	}
	provisional := false
	for challenges := 0; ; {
		select {
		case <-ctx.Done():
			o.settle(nil, context.Cause(ctx))
			o.withdraw(tx, req, provisional)
			return
		case <-tx.Done():
			o.settle(nil, fmt.Errorf("call %s: nobody answered: %w", req.Recipient.Addr(), ended(tx)))
			return
		case res := <-tx.Responses():
			switch {
			case res.IsProvisional():
				provisional = true
				o.progress(res)
			case res.IsSuccess():
				o.accept(ctx, tx, req, res)
				return
			case challenged(res) && o.p.opts.Secret != "" && challenges < 2:
				challenges++
				provisional = false
				next := req.Clone() // The first transaction may still be resending req.
				next.RemoveHeader("Authorization")
				tx, err = o.p.x.client.TransactionDigestAuth(context.WithoutCancel(ctx), next, res, o.p.auth())
				if err != nil {
					o.settle(nil, fmt.Errorf("call %s: %w", req.Recipient.Addr(), err))
					return
				}
				req = next
			default:
				o.settle(nil, &Refused{Code: res.StatusCode, Reason: res.Reason})
				return // Sipgo has acknowledged the refusal, and does so again for 32 s.
			}
		}
	}
}

func (o *Outgoing) progress(res *sip.Response) {
	if res.StatusCode >= 180 && res.StatusCode < 190 {
		o.ring.Do(func() {
			o.rang = time.Now()
			close(o.ringing)
		})
	}
}

// accept acknowledges the answer. Where the caller has given up already, it crossed the
// withdrawal, and ends here with a BYE.
func (o *Outgoing) accept(ctx context.Context, tx sip.ClientTransaction, req *sip.Request, res *sip.Response) {
	now := time.Now()
	o.ring.Do(func() { close(o.ringing) }) // The 180 was overtaken, or there was none.
	d := dialogOut(o.p.x, req, res)
	bad := o.media.answered(res.Body())
	c := newCall(o.p, d, o.media, Times{Invited: o.sent, Ringing: o.rang, Answered: now})
	c.invite = tx
	close(c.confirmed) // Nobody acknowledges an outgoing call.
	closed := !o.p.adopt(c)
	c.enter()
	// The ACK may get lost. Each repetition of the answer asks for another.
	var answer []byte
	if o.late && bad == nil {
		answer = o.media.answer()
	}
	acknowledge := func() error {
		if o.unacked {
			return nil
		}
		return d.acknowledge(answer)
	}
	tx.OnRetransmission(func(*sip.Response) { _ = acknowledge() })
	err := acknowledge()
	switch {
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case bad != nil:
		err = fmt.Errorf("call %s: answer of no use: %w", req.Recipient.Addr(), bad)
	case closed:
		err = ErrClosed
	}
	if err == nil {
		c.begin()
		o.settle(c, nil)
		return
	}
	if o.err == nil {
		o.settle(nil, err)
	}
	c.drop(context.Background())
}

// withdraw ends a call that nobody waits for any more. CANCEL may only follow a provisional
// answer (RFC 3261, section 9.1), and an answer may cross it.
func (o *Outgoing) withdraw(tx sip.ClientTransaction, req *sip.Request, provisional bool) {
	x := o.p.x
	limit := time.After(64 * sip.T1)
	var cancel sip.ClientTransaction
	answers := make(<-chan *sip.Response)
	for {
		if provisional && cancel == nil {
			var err error
			if cancel, err = x.client.TransactionRequest(context.Background(), cancelling(req), keepVia); err != nil {
				x.log.Warn("a CANCEL could not be sent", "call", o.callID, "err", err)
				tx.Terminate()
				return
			}
			defer cancel.Terminate()
			answers = cancel.Responses()
		}
		select {
		case <-answers:
		case <-tx.Done():
			return
		case <-limit:
			tx.Terminate()
			return
		case res := <-tx.Responses():
			switch {
			case res.IsProvisional():
				provisional = true
			case res.IsSuccess():
				o.accept(withdrawn, tx, req, res)
				return
			default:
				return
			}
		}
	}
}

// withdrawn is a context that has ended as Cancel ends one.
var withdrawn = func() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errWithdrawn)
	return ctx
}()

// cancelling is the CANCEL of an INVITE. Both have the same branch, by which the other end knows which INVITE is meant.
func cancelling(req *sip.Request) *sip.Request {
	c := sip.NewRequest(sip.CANCEL, *req.Recipient.Clone())
	c.AppendHeader(sip.HeaderClone(req.Via()))
	sip.CopyHeaders("Route", req, c)
	hops := sip.MaxForwardsHeader(70)
	c.AppendHeader(sip.HeaderClone(req.From()))
	c.AppendHeader(sip.HeaderClone(req.To()))
	c.AppendHeader(sip.HeaderClone(req.CallID()))
	c.AppendHeader(&sip.CSeqHeader{SeqNo: req.CSeq().SeqNo, MethodName: sip.CANCEL})
	c.AppendHeader(&hops)
	c.SetTransport("UDP")
	c.SetDestination(req.Destination())
	c.SetBody(nil)
	c.Laddr = req.Laddr
	return c
}

// keepVia is an option that changes nothing: with any option sipgo leaves a request as it is, and this one is complete.
func keepVia(*sipgo.Client, *sip.Request) error { return nil }

func ended(tx sip.ClientTransaction) error {
	if err := tx.Err(); err != nil {
		return err
	}
	return errors.New("transaction ended")
}
