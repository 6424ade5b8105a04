package demo

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
)

// crowdOptions say who the simulated people are and where they call.
type crowdOptions struct {
	Seed   uint64
	SIP    string // the address of the switch: host and port
	Number string // the number of the line
	Pages  string // the address of the pages: "http://127.0.0.1:8080"
	People []config.Person

	Callers int      // how many customers are known
	Keys    []string // what callers press in the menu behind the language
	Log     *slog.Logger
}

// crowd is the simulated customers and agents of the demo: real phones over SIP with sound, and
// agents who work their desks over the stream as a page does.
type crowd struct {
	crowdOptions
	exchange *softphone.Exchange
	customer *softphone.Phone
	stop     context.CancelFunc
	talking  sync.WaitGroup // customers' calls
	working  sync.WaitGroup // agents
	answered atomic.Int64   // customers' calls that the switch answered
	hurry    chan struct{}  // closed when everybody is to hang up
}

// Mean times of the demo's people. 20 calls a minute then keep six agents busy, with a short queue.
const (
	talkTime  = 7 * time.Second
	paperTime = 2 * time.Second // wrap-up
	patience  = 60 * time.Second
)

// newCrowd signs the agents in and makes them ready.
func newCrowd(ctx context.Context, o crowdOptions) (*crowd, error) {
	x, err := softphone.NewExchange(softphone.ExchangeOptions{Bind: "127.0.0.1:0", Server: o.SIP})
	if err != nil {
		return nil, err
	}
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	c := &crowd{crowdOptions: o, exchange: x, stop: stop, hurry: make(chan struct{})}
	if c.customer, err = x.Phone(softphone.Options{User: "customer"}); err != nil {
		c.close()
		return nil, err
	}
	for i, p := range o.People {
		if !simulated(p) {
			continue
		}
		a := &agent{crowd: c, person: p, seed: uint64(1000 + 2*i)}
		if err := a.start(ctx, working); err != nil {
			c.close()
			return nil, fmt.Errorf("agent %s: %w", p.ID, err)
		}
	}
	return c, nil
}

// close ends everybody at once.
func (c *crowd) close() {
	c.stop()
	c.exchange.Close()
	c.talking.Wait()
	c.working.Wait()
}

// arrive lets customers call, rate a minute by a Poisson process, until ctx ends. The channel is closed when no
// new one comes.
func (c *crowd) arrive(ctx context.Context, rate float64) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if rate <= 0 {
			<-ctx.Done()
			return
		}
		dice := rand.New(rand.NewPCG(c.Seed, 1))
		for n := uint64(0); ; n++ {
			gap := time.Duration(dice.ExpFloat64() * 60 / rate * float64(time.Second))
			select {
			case <-ctx.Done():
				return
			case <-time.After(gap):
			}
			v := &visit{crowd: c, dice: rand.New(rand.NewPCG(c.Seed, 1_000_000+n))}
			c.talking.Go(func() { v.run() })
		}
	}()
	return done
}

// leave makes all customers hang up, and says how many calls were answered by the switch.
func (c *crowd) leave(ctx context.Context) int {
	close(c.hurry)
	gone := make(chan struct{})
	go func() { c.talking.Wait(); close(gone) }()
	select {
	case <-gone:
	case <-ctx.Done():
	}
	return int(c.answered.Load())
}

// visit is one customer's call.
type visit struct {
	crowd *crowd
	dice  *rand.Rand
}

// around is an exponential time with this mean, three times that at most.
func around(dice *rand.Rand, mean time.Duration) time.Duration {
	return min(time.Duration(dice.ExpFloat64()*float64(mean)), 3*mean)
}

// run calls, types, waits and talks, as long as patience lasts.
func (v *visit) run() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	call, err := v.crowd.customer.Call(ctx, v.crowd.Number, v.identity())
	if err != nil {
		v.crowd.Log.Info("customer was not answered", "err", err)
		return
	}
	v.crowd.answered.Add(1)
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = call.Hangup(ctx)
	}()
	stay := around(v.dice, patience)
	if v.dice.IntN(12) == 0 {
		stay = time.Duration(v.dice.IntN(8000)) * time.Millisecond // such a caller leaves in the greeting or in the menu
	}
	until := time.NewTimer(stay + 15*time.Second)
	defer until.Stop()
	go v.choose(call)
	_ = call.PlayTone(420 + v.dice.IntN(60)) // it stands for a voice
	select {
	case <-call.Done():
	case <-until.C:
	case <-v.crowd.hurry:
	}
}

// choose presses the language and the topic, some after listening, some at once.
func (v *visit) choose(call *softphone.Call) {
	language := "1"
	if v.dice.IntN(5) == 0 {
		language = "2"
	}
	topic := v.crowd.Keys[v.dice.IntN(len(v.crowd.Keys))]
	for _, key := range []string{language, topic} {
		select {
		case <-call.Done():
			return
		case <-v.crowd.hurry:
			return
		case <-time.After(time.Duration(1500+v.dice.IntN(3500)) * time.Millisecond):
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		_ = call.Digits(ctx, key)
		cancel()
	}
}

// identity is a known customer's, mostly; an unknown number, or a withheld one.
func (v *visit) identity() softphone.CallOptions {
	switch n := v.dice.IntN(10); {
	case n == 0:
		return softphone.CallOptions{Anonymous: true}
	case n <= 2:
		return softphone.CallOptions{From: fmt.Sprintf("+7916%07d", v.dice.IntN(10_000_000))}
	default:
		return softphone.CallOptions{From: customerNumber(v.dice.IntN(v.crowd.Callers))}
	}
}
