package softphone

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"
)

const (
	registerFor    = 120 * time.Second // asked of the switch
	registerWithin = 3 * time.Second   // for one REGISTER: a switch that does not answer is restarting
	registerAgain  = time.Second       // after a failure
)

// registration keeps one phone known to its switch. A switch that restarts forgets its
// phones without a word, so the phone registers every Refresh, and each second while that fails.
type registration struct {
	p      *Phone
	cancel context.CancelFunc
	done   chan struct{} // closed when the goroutine has ended
	callID string
	tag    string
	seq    uint32 // of whoever registers: Register first, then the goroutine, then Unregister

	until time.Time // under p.mu: the switch knows the phone until then
}

// Register makes the phone known to its switch, and keeps it so until Unregister or
// Close. It returns when the switch has accepted, or with *Refused when it has not, or
// when ctx ends; a switch that does not answer is asked again until then.
func (p *Phone) Register(ctx context.Context) error {
	life, cancel := context.WithCancel(context.Background())
	r := &registration{p: p, cancel: cancel, done: make(chan struct{}), callID: newCallID(), tag: newTag()}
	p.mu.Lock()
	closed, busy := p.closed, p.reg != nil
	if !closed && !busy {
		p.reg = r
	}
	p.mu.Unlock()
	if closed || busy {
		cancel()
		if closed {
			return ErrClosed
		}
		return fmt.Errorf("softphone: phone %s is registering already", p.opts.User)
	}

	err := r.first(ctx, life)
	if err == nil && !p.spawn(func() { r.keep(life) }) {
		err = ErrClosed
	}
	if err != nil {
		close(r.done)
		cancel()
		p.mu.Lock()
		if p.reg == r {
			p.reg = nil
		}
		p.mu.Unlock()
		return fmt.Errorf("register %s at %s: %w", p.opts.User, p.opts.Server, err)
	}
	return nil
}

// first registers until it succeeds, is refused, or either context ends.
func (r *registration) first(ctx, life context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(life, func() { cancel(ErrClosed) })()
	for {
		err := r.register(ctx, registerFor)
		var refused *Refused
		if err == nil || errors.As(err, &refused) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(registerAgain):
		}
	}
}

// keep is the goroutine that registers anew.
func (r *registration) keep(life context.Context) {
	defer close(r.done)
	failed := false
	for {
		pause := registerAgain
		if !failed {
			pause = r.p.opts.Refresh
			// The pauses differ, so that a hundred phones that registered together do not do so for ever.
			pause -= time.Duration(rand.Int64N(int64(pause)/8 + 1))
		}
		select {
		case <-life.Done():
			return
		case <-time.After(pause):
		}
		err := r.register(life, registerFor)
		if life.Err() != nil {
			return
		}
		if (err != nil) != failed {
			failed = err != nil
			r.p.x.log.Info("a phone's registration has changed", "phone", r.p.opts.User, "registered", !failed, "err", err)
		}
	}
}

// register sends one REGISTER; an expiry of 0 takes the registration back.
func (r *registration) register(ctx context.Context, expires time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, registerWithin, errors.New("the switch did not answer"))
	defer cancel()
	server, err := r.p.server()
	if err != nil {
		return err
	}
	us := sip.Uri{Scheme: "sip", User: escaped(r.p.opts.User), Host: server.Host, Port: server.Port}
	req := sip.NewRequest(sip.REGISTER, server)
	from := sip.FromHeader{Address: us}
	from.Params.Add("tag", r.tag)
	id, hops := sip.CallIDHeader(r.callID), sip.MaxForwardsHeader(70)
	r.seq++
	req.AppendHeader(&from)
	req.AppendHeader(&sip.ToHeader{Address: us})
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: r.seq, MethodName: sip.REGISTER})
	r.seq += 2 // These are for the answers to two challenges.
	req.AppendHeader(&hops)
	req.AppendHeader(r.p.contact())
	req.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(int(expires.Seconds()))))
	req.SetTransport("UDP")
	req.SetBody(nil)

	sent := time.Now()
	res, err := r.p.x.ask(ctx, req, r.p.auth())
	if err == nil && !res.IsSuccess() {
		err = &Refused{Code: res.StatusCode, Reason: res.Reason}
	}
	if err == nil {
		r.p.mu.Lock()
		r.until = sent.Add(expires)
		r.p.mu.Unlock()
	}
	return err
}

// Registered says whether the switch has accepted the phone and cannot have forgotten it by
// the clock. That the switch was restarted meanwhile shows with the next Refresh.
func (p *Phone) Registered() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.reg != nil && time.Now().Before(p.reg.until)
}

// Unregister takes the registration back, as a phone does that is switched off properly.
func (p *Phone) Unregister(ctx context.Context) error {
	r := p.unplug()
	if r == nil {
		return nil
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if r.until.IsZero() {
		return nil
	}
	if err := r.register(ctx, 0); err != nil {
		return fmt.Errorf("unregister %s: %w", p.opts.User, err)
	}
	return nil
}

// Unplug stops registering without a word to the switch, as a phone does whose cable is pulled.
func (p *Phone) Unplug() { p.unplug() }

func (p *Phone) unplug() *registration {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.reg
	p.reg = nil
	if r != nil {
		r.cancel()
	}
	return r
}
