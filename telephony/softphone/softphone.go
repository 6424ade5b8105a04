// Package softphone is a SIP user agent with real media: the simulated customers and
// agents' phones of the demo, the counterpart of every end-to-end test, and `hotline call`.
//
//	Exchange  one UDP socket for SIP, shared by as many phones as one likes
//	   │
//	   ├─ Phone "7"  registers, and answers ── Incoming ─► Ringing ─► Answer ─┐
//	   │                                                     └─► Reject        ├─► Call
//	   └─ Phone "customer"  ── Dial ─► Outgoing ─► Wait ───────────────────────┘    │
//	                                      └─► Cancel                                │
//	                     Digits, PlayTone, Play ► RTP ► Hears, Silent, Sound ◄──────┘
//
// Messages, transactions, transport and digest come from sipgo, WAV files and digit
// events from diago, RTP headers from pion. The dialogs are our own: a phone that is
// hung up in every state, and in the same instant as it is answered, is what this
// package exists for. Its invariants:
//
//   - A phone may be left in any state at any time. An unanswered call is withdrawn with
//     CANCEL; if the answer crosses it, the answer is acknowledged and the call ended with BYE.
//   - Close ends everything it started and leaves no goroutine behind.
//   - Every wait ends with its context, with the call, or with the exchange.
//   - All times are read from one monotonic clock.
//
// A call carries sound: a packet every 20 ms, and everything received is listened to. A
// quiet call (Options.Quiet) sends the digits asked for and now and then a report that it is there, and lets the kernel drop
// what arrives, so that hundreds of them cost next to nothing.
package softphone

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/emiago/sipgo"
)

var (
	// ErrCancelled says that the caller gave up before the answer.
	ErrCancelled = errors.New("caller gave up before the answer")
	// ErrEnded says that the call is over.
	ErrEnded = errors.New("call is over")
	// ErrClosed says that the phone or its exchange was closed.
	ErrClosed = errors.New("phone is closed")
	// ErrQuiet says that a quiet call was asked for sound.
	ErrQuiet = errors.New("a quiet call carries no sound")
)

// Refused is a final answer other than success: 486 busy, 480 unavailable, 603 declined, 404 …
type Refused struct {
	Code   int
	Reason string
}

func (r *Refused) Error() string { return fmt.Sprintf("refused: %d %s", r.Code, r.Reason) }

// Options describe one phone.
type Options struct {
	User   string // the user part of its address, and its user name
	Secret string // for digest authentication; "" where none is asked for
	Name   string // shown to those it calls
	Server string // host:port of the switch; "" is the exchange's
	Bind   string // New only: the local host:port; an empty host is the address that reaches Server
	Log    *slog.Logger

	Quiet   bool          // its calls carry no sound
	Mute    bool          // its calls send nothing over RTP, neither sound nor reports
	Reports bool          // its calls report on what they hear (RTCP)
	Tones   bool          // it knows nothing of RFC 4733: keys are tones in its sound (see Call.PlayKeys)
	Keep    time.Duration // how much of the sound that is heard its calls keep, from the answer on
	Refresh time.Duration // how often it registers anew; 20 s where 0

	// OnRinging gets each incoming call in a goroutine of its own, and must return when the
	// call is over: the exchange's Close waits for it. Where it is nil, calls ring until
	// Incoming fetches them.
	OnRinging func(*Ringing)

	// Refuses says with what each call is refused right after the early response, as phones do that do not disturb, or are out of
	// order. The zero Refusal refuses nothing, and so does nil. It must be safe for concurrent use.
	Refuses func() Refusal
	// Early says with what each call is answered first: 180 (it rings), 183, 100, or 0 (nothing). nil is 180. It must be
	// safe for concurrent use.
	Early func() int
	// Answer makes the session description that an answer carries of the right one; none is sent where it gives nothing. nil
	// leaves it as it is.
	Answer func(description []byte) []byte
}

// Phone is one user on an exchange.
type Phone struct {
	opts Options
	x    *Exchange
	own  bool // the exchange was made for this phone alone

	shut    sync.Once
	mu      sync.Mutex
	closed  bool
	live    map[leg]struct{} // whatever must end when the phone is closed
	waiting []*Ringing       // calls that Incoming has not fetched yet
	arrived chan struct{}    // closed and replaced when waiting grows or the phone is closed
	reg     *registration    // nil while not registering
	working sync.WaitGroup   // goroutines of this phone; grows under mu while not closed
}

// leg is a call in some state: Outgoing, Ringing or Call.
type leg interface {
	drop(ctx context.Context) // ends it, whatever its state
}

// New makes a phone with an exchange of its own.
func New(o Options) (*Phone, error) {
	x, err := NewExchange(ExchangeOptions{Bind: o.Bind, Server: o.Server, Log: o.Log})
	if err != nil {
		return nil, err
	}
	p, err := x.Phone(o)
	if err != nil {
		x.Close()
		return nil, err
	}
	p.own = true
	return p, nil
}

// User is the user part of the phone's address.
func (p *Phone) User() string { return p.opts.User }

// URI is where the phone can be called directly, without a switch.
func (p *Phone) URI() string { return p.contact().Address.Addr() }

// Incoming waits for the next call that rings. A call whose caller gave up meanwhile is skipped.
func (p *Phone) Incoming(ctx context.Context) (*Ringing, error) {
	for {
		p.mu.Lock()
		if p.closed {
			p.mu.Unlock()
			return nil, ErrClosed
		}
		if len(p.waiting) > 0 {
			r := p.waiting[0]
			p.waiting = p.waiting[1:]
			p.mu.Unlock()
			return r, nil
		}
		arrived := p.arrived
		p.mu.Unlock()
		select {
		case <-arrived:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// Close withdraws, rejects or hangs up the phone's calls, takes back its registration, and
// returns after two seconds at the latest. It is not for OnRinging to call.
func (p *Phone) Close() { p.shut.Do(p.close) }

func (p *Phone) close() {
	p.mu.Lock()
	p.closed = true
	close(p.arrived)
	legs := make([]leg, 0, len(p.live))
	for l := range p.live {
		legs = append(legs, l)
	}
	p.mu.Unlock()

	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	var ending sync.WaitGroup
	for _, l := range legs {
		ending.Go(func() { l.drop(ctx) })
	}
	ending.Go(func() {
		if err := p.Unregister(ctx); err != nil {
			p.x.log.Debug("a registration could not be taken back", "phone", p.opts.User, "err", err)
		}
	})
	ending.Wait()
	p.x.forget(p)
	if p.own {
		p.x.Close()
		p.working.Wait()
	}
}

const closeWithin = 2 * time.Second

// adopt notes a leg that Close must end; false when the phone is closed already.
func (p *Phone) adopt(l leg) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.live[l] = struct{}{}
	return true
}

// spawn runs f in a goroutine that Close waits for; false when the phone is closed already.
func (p *Phone) spawn(f func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.working.Go(f)
	return true
}

func (p *Phone) release(l leg) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.live, l)
}

// deliver hands a ringing call to whoever answers this phone.
func (p *Phone) deliver(r *Ringing) {
	if p.opts.OnRinging != nil {
		p.spawn(func() { p.opts.OnRinging(r) })
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.waiting = append(p.waiting, r)
	close(p.arrived)
	p.arrived = make(chan struct{})
}

// unfetch takes a call that is over from those that Incoming would fetch.
func (p *Phone) unfetch(r *Ringing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, w := range p.waiting {
		if w == r {
			p.waiting = append(p.waiting[:i], p.waiting[i+1:]...)
			return
		}
	}
}

// auth is what answers a challenge.
func (p *Phone) auth() sipgo.DigestAuth {
	return sipgo.DigestAuth{Username: p.opts.User, Password: p.opts.Secret}
}
