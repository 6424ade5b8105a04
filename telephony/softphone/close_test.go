package softphone

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/goleak"
)

// alone proves, when the test ends, that it has left no goroutine behind.
func alone(t *testing.T) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
}

// knock sends requests to x, from a socket of its own, until ctx ends.
func knock(t *testing.T, ctx context.Context, x *Exchange, user string) {
	c, err := net.Dial("udp", x.Addr())
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	for i := 0; ctx.Err() == nil; i++ {
		for _, method := range []string{"OPTIONS", "INVITE", "BYE"} {
			_, _ = fmt.Fprintf(c, "%[1]s sip:a@%[2]s SIP/2.0\r\nVia: SIP/2.0/UDP %[3]s;rport;branch=z9hG4bK-%[4]s-%[1]s-%[5]d\r\n"+
				"From: <sip:%[4]s@%[3]s>;tag=1\r\nTo: <sip:a@%[2]s>\r\nCall-ID: %[4]s-%[5]d\r\nCSeq: 1 %[1]s\r\nContent-Length: 0\r\n\r\n",
				method, x.Addr(), c.LocalAddr(), user, i)
		}
		time.Sleep(100 * time.Microsecond)
	}
}

// Whoever still sends when the exchange is closed, such as a call that is hung up in the background,
// must not make sipgo open the socket anew.
func TestClosedExchangeSendsNothing(t *testing.T) {
	alone(t)
	ctx := within(t, soon)
	a, b := phone(t, Options{User: "a"}), phone(t, Options{User: "b"})
	ours, theirs := connected(t, ctx, a, b, CallOptions{})
	a.Close()
	happens(t, ctx, "hang-up", theirs.Done())
	target := must[sip.Uri](t)(a.uri(b.URI()))
	if tx, err := a.x.send(ctx, a.invite(target, must[*sip.FromHeader](t)(a.from(CallOptions{})), CallOptions{}, newCallID(), ours.media)); err == nil {
		tx.Terminate()
		t.Error("a closed exchange has sent an INVITE")
	}
	if _, err := a.x.ask(ctx, ours.d.request(sip.BYE), a.auth()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("BYE from a closed exchange: %v", err)
	}
	if err := ours.d.acknowledge(nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("ACK from a closed exchange: %v", err)
	}
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(a.x.addr))
	if err != nil {
		t.Errorf("the closed exchange's port is not free: %v", err)
	} else {
		c.Close()
	}
}

// sipgo looks up how to answer a request in a goroutine of its own, maybe after the exchange has closed.
func TestExchangeClosedWhileRequestsComeLeavesNothing(t *testing.T) {
	alone(t)
	for round := range 60 {
		x := must[*Exchange](t)(NewExchange(ExchangeOptions{}))
		ctx, cancel := context.WithCancel(t.Context())
		var knocking sync.WaitGroup
		for i := range 8 {
			knocking.Go(func() { knock(t, ctx, x, fmt.Sprint(i)) })
		}
		time.Sleep(time.Duration(round%10) * time.Millisecond)
		x.Close()
		cancel()
		knocking.Wait()
	}
}

func TestExchangesClosedAmidCallsLeaveNothing(t *testing.T) {
	alone(t)
	ctx := within(t, 2*time.Minute)
	var rounds sync.WaitGroup
	for round := range 40 {
		rounds.Go(func() {
			var xs []*Exchange
			for range 2 {
				x, err := NewExchange(ExchangeOptions{})
				if err != nil {
					t.Error(err)
					return
				}
				defer x.Close()
				xs = append(xs, x)
			}
			var busy sync.WaitGroup
			for i := range 4 {
				called, err := xs[1].Phone(Options{User: fmt.Sprint(i), Quiet: true, OnRinging: func(r *Ringing) { _, _ = r.Answer(ctx) }})
				if err != nil {
					t.Error(err)
					return
				}
				caller, err := xs[0].Phone(Options{User: fmt.Sprint(i), Quiet: true, Server: xs[1].Addr()})
				if err != nil {
					t.Error(err)
					return
				}
				busy.Go(func() { _ = caller.Register(ctx) })
				busy.Go(func() {
					for ctx.Err() == nil {
						c, err := caller.Call(ctx, called.URI(), CallOptions{})
						if errors.Is(err, ErrClosed) {
							return
						}
						if err == nil {
							_ = c.Hangup(ctx)
						}
					}
				})
			}
			time.Sleep(time.Duration(round) * time.Millisecond)
			for _, x := range xs {
				busy.Go(x.Close)
			}
			busy.Wait()
		})
	}
	rounds.Wait()
}

// The caller gives up, and the phone is closed, just as it is being answered.
func TestAnswerWhileCallerGivesUpAndPhoneCloses(t *testing.T) {
	ctx := within(t, soon)
	a, b := phone(t, Options{User: "a"}), phone(t, Options{User: "b"})
	out := must[*Outgoing](t)(a.Dial(ctx, b.URI(), CallOptions{}))
	r := must[*Ringing](t)(b.Incoming(ctx))
	happens(t, ctx, "ringing", out.Ringing())
	b.mu.Lock() // holds Answer up where it would make the call known to the phone
	answered := make(chan error, 1)
	go func() {
		_, err := r.Answer(ctx)
		answered <- err
	}()
	for state := rings; state != answering && ctx.Err() == nil; time.Sleep(time.Millisecond) {
		r.mu.Lock()
		state = r.state
		r.mu.Unlock()
	}
	out.Cancel()
	happens(t, ctx, "the ringing stops", r.Cancelled())
	b.closed = true
	b.mu.Unlock()
	if err := <-answered; !errors.Is(err, ErrCancelled) {
		t.Errorf("answering a cancelled call at a closed phone: %v", err)
	}
	idle(t, ctx, a, b)
}
