package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/telephony/softphone"
)

// The customers and the agents of TestWhatACallCosts are in a process of their own, so that what they take is nobody else's: phones without sound, and the desks of Hotline's
// agents. It is asked for one block of calls after the other, a line of JSON each on its standard input, and tells what came of it by a line on its standard output.
//
//	phonesAre ──► "ready" ──► callOrder ──► callsTold ──► callOrder … ──► end of input

// phonesAre is what the process begins with: a file that HOTLINE_TEST_PHONES names.
type phonesAre struct {
	SIP    string
	Pages  string        // where the desks are
	Agents []phoneOfDesk // Hotline's agents
	Others []phoneOfDesk // who serves app_queue, and the bare queue: without desks
	Quiet  []phoneOfDesk // agents with desks and without phones, who are away
	Walls  []phoneOfDesk // who watches a wall
}

type phoneOfDesk struct {
	User, Secret    string
	Login, Password string
}

// callOrder is one block of calls: a Poisson process, which waits for nobody. One without a rate only asks what was shown of the block before.
type callOrder struct {
	Dialled  string
	Rate     float64 // calls a second
	For      time.Duration
	Seed     uint64
	Talk     time.Duration // the mean of an exponential; four times as long is the longest
	First    int           // which of all callers the first one is
	Patience time.Duration // who has reached nobody by then hangs up
	Present  int           // so many of Hotline's agents are ready
	Quiet    *quietOrder   // about the quiet pages; then nobody calls
}

// fate is what became of a caller.
type fate string

const (
	isServed     fate = "served"    // talked with an agent, and hung up
	isCut        fate = "cut"       // talked with an agent, and was hung up
	hasAbandoned fate = "abandoned" // hung up for want of patience
	isRefused    fate = "refused"   // by the line, with a response or by hanging up
	hasFailed    fate = "failed"    // in the phones themselves
)

// callTold is one call as the phones saw it.
type callTold struct {
	From   string
	Fate   fate
	Rang   time.Duration // from the customer's INVITE to the agent's; 0 where none came
	Popped time.Time     // when the agent's desk had the pop's frame
	Ahead  time.Duration // from then to the agent's INVITE: less than nothing where that came first
	Spoke  time.Duration // from the agent's answer to the hang-up
	Soon   bool          // the agent answered while calls still came
	Why    string        // of a call that failed or was refused
}

// callsTold is what came of a block.
type callsTold struct {
	Calls []callTold
	Shown []string        // the callers with whom a desk has shown a talk so far
	Gaps  []time.Duration // from an agent's end of a call to the next INVITE, while callers waited
	Quiet quietTold
}

// phonesForTest is the process.
func phonesForTest(file string) int {
	text, err := os.ReadFile(file)
	var are phonesAre
	if err == nil {
		err = json.Unmarshal(text, &are)
	}
	if err == nil {
		err = phonesServe(are)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "the phones:", err)
		return 1
	}
	return 0
}

func phonesServe(are phonesAre) error {
	p := &loadPhones{visitors: make(map[string]*visitor), shown: make(map[string]bool), freed: make(map[string]time.Time)}
	p.idle.L = &p.mu
	var err error
	if p.exchange, err = softphone.NewExchange(softphone.ExchangeOptions{Bind: "127.0.0.1:0", Server: are.SIP}); err != nil {
		return err
	}
	defer p.exchange.Close()
	if p.customers, err = p.exchange.Phone(softphone.Options{User: "customers", Quiet: true, Mute: true}); err != nil {
		return err
	}
	if err := p.signIn(are); err != nil {
		return err
	}
	p.present = len(p.desks)
	quiet, there := newQuietPages(are.Pages), quietOrder{}
	said := json.NewEncoder(os.Stdout)
	if err := said.Encode("ready"); err != nil {
		return err
	}
	asked := json.NewDecoder(os.Stdin)
	for {
		var o callOrder
		if err := asked.Decode(&o); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if o.Quiet != nil {
			var told callsTold
			var err error
			if n := *o.Quiet; n.Desks+n.Walls > 0 {
				err = quiet.open(are.Quiet[there.Desks:n.Desks], are.Walls[there.Walls:n.Walls])
				there = n
			} else {
				told.Quiet, err = quiet.tell(there.Desks, n.Look)
			}
			if err = errors.Join(err, said.Encode(told)); err != nil {
				return err
			}
			continue
		}
		if o.Rate > 0 {
			if err := p.attend(o.Present); err != nil {
				return err
			}
		}
		if err := said.Encode(p.block(o)); err != nil {
			return err
		}
	}
}

// loadPhones are all phones and desks.
type loadPhones struct {
	exchange  *softphone.Exchange
	customers *softphone.Phone
	desks     []*client.Stream
	present   int // so many of the desks are ready: the first ones

	mu       sync.Mutex
	agents   int                  // of the block
	settled  time.Duration        // who has called so long ago waits for an agent, and for nothing else
	busy     int                  // agents' phones that ring or talk
	idle     sync.Cond            // no phone does
	visitors map[string]*visitor  // who has not reached an agent, by number
	shown    map[string]bool      // the callers whose talks desks have shown, by number
	freed    map[string]time.Time // when an agent's last call ended while callers waited, by phone
	gaps     []time.Duration
}

// visitor is a customer who calls.
type visitor struct {
	came   time.Time
	popped time.Time     // when the agent's desk had the pop
	invite time.Time     // when the agent's phone got it
	begun  time.Time     // when the agent had answered
	talks  chan struct{} // closed then
}

// signIn registers all phones, and opens the desks.
func (p *loadPhones) signIn(are phonesAre) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	p.desks = make([]*client.Stream, len(are.Agents))
	var mu sync.Mutex
	var failed error
	var coming sync.WaitGroup
	room := make(chan struct{}, 8) // who sign in at once
	come := func(what func() error) {
		room <- struct{}{}
		coming.Go(func() {
			err := what()
			<-room
			mu.Lock()
			defer mu.Unlock()
			failed = errors.Join(failed, err)
		})
	}
	for _, o := range are.Others {
		come(func() error { return p.register(ctx, o) })
	}
	for i, a := range are.Agents {
		come(func() (err error) {
			if err := p.register(ctx, a); err != nil {
				return err
			}
			signedIn, err := client.SignIn(ctx, are.Pages, a.Login, a.Password)
			if err != nil {
				return err
			}
			p.desks[i], err = signedIn.Stream(context.Background(), client.StreamOptions{SeeOffers: true, Frames: p.shows})
			if err != nil {
				return err
			}
			return p.ready(ctx, p.desks[i])
		})
	}
	coming.Wait()
	return failed
}

// register makes an agent's phone, which answers at once.
func (p *loadPhones) register(ctx context.Context, a phoneOfDesk) error {
	phone, err := p.exchange.Phone(softphone.Options{User: a.User, Secret: a.Secret, Quiet: true, Mute: true, Refresh: 100 * time.Second, OnRinging: func(r *softphone.Ringing) {
		v := p.rings(a.User, r)
		call, err := r.Answer(context.Background())
		if err != nil {
			p.frees(a.User, time.Now())
			return
		}
		if v != nil {
			p.begins(v)
		}
		<-call.Done()
		p.frees(a.User, call.Times().Ended)
	}})
	if err != nil {
		return err
	}
	return phone.Register(ctx)
}

func (p *loadPhones) ready(ctx context.Context, desk *client.Stream) error {
	if err := desk.Command(ctx, "agent.ready", nil); err != nil {
		return err
	}
	_, err := desk.WaitMe(ctx, func(me agentapi.Me) bool { return me.Availability.State == "ready" && me.Phone.Reachable })
	return err
}

// attend makes so many of the agents ready, and no others.
func (p *loadPhones) attend(n int) error {
	ctx, cancel := context.WithTimeout(context.Background(), atOnce)
	defer cancel()
	for ; p.present < n; p.present++ {
		if err := p.ready(ctx, p.desks[p.present]); err != nil {
			return err
		}
	}
	for ; p.present > n; p.present-- {
		if err := p.desks[p.present-1].Command(ctx, "agent.not_ready", map[string]any{"reason": "lunch"}); err != nil {
			return err
		}
	}
	return nil
}

// rings notes that an agent's phone was called, and is whose call it is; nil where the customer has left.
func (p *loadPhones) rings(user string, r *softphone.Ringing) *visitor {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy++
	if free := p.freed[user]; !free.IsZero() {
		p.gaps = append(p.gaps, r.At.Sub(free))
		delete(p.freed, user)
	}
	v := p.visitors[r.From]
	if v != nil && v.invite.IsZero() {
		v.invite = r.At
	}
	return v
}

// begins notes that an agent has answered.
func (p *loadPhones) begins(v *visitor) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if v.begun.IsZero() {
		v.begun = time.Now()
		close(v.talks)
	}
}

// shows notes who is on a desk: first in a pop, then in a talk.
func (p *loadPhones) shows(f agentapi.Frame) {
	if f.Type != "call.answered" && f.Type != "offer.created" {
		return
	}
	at := time.Now()
	var parts struct {
		Offer *agentapi.Offer `json:"offer"`
		Call  agentapi.Talk   `json:"call"`
	}
	if json.Unmarshal(f.Data, &parts) != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if parts.Offer == nil {
		p.shown[parts.Call.Pop.Caller.Number] = true
	} else if v := p.visitors[parts.Offer.Pop.Caller.Number]; v != nil && v.popped.IsZero() {
		v.popped = at
	}
}

// frees notes that an agent has no call any more. How long it is until the next one says something where more callers have waited for a while than agents are free.
func (p *loadPhones) frees(user string, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy--; p.busy == 0 {
		p.idle.Broadcast()
	}
	waiting := 0
	for _, v := range p.visitors {
		if v.invite.IsZero() && at.Sub(v.came) > p.settled {
			waiting++
		}
	}
	if waiting >= p.agents-p.busy {
		p.freed[user] = at
	}
}

// block lets the customers call, and returns when everybody has hung up.
func (p *loadPhones) block(o callOrder) callsTold {
	p.mu.Lock()
	if o.Rate == 0 {
		defer p.mu.Unlock()
		return callsTold{Shown: slices.Collect(maps.Keys(p.shown))}
	}
	p.agents, p.settled, p.gaps = o.Present, o.Talk/2, nil
	clear(p.freed)
	clear(p.shown)
	p.mu.Unlock()
	var told []callTold
	var mu sync.Mutex
	var calls sync.WaitGroup
	dice := rand.New(rand.NewPCG(o.Seed, 14))
	start := time.Now()
	for at := time.Duration(0); at < o.For; at += exponential(dice, time.Duration(float64(time.Second)/o.Rate)) {
		talk := min(exponential(dice, o.Talk), 4*o.Talk)
		from := callerOf(o.First)
		o.First++
		<-time.After(time.Until(start.Add(at))) // the load itself
		calls.Go(func() {
			one := p.call(o, from, talk, start.Add(o.For))
			mu.Lock()
			defer mu.Unlock()
			told = append(told, one)
		})
	}
	calls.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.busy > 0 {
		p.idle.Wait()
	}
	return callsTold{Calls: told, Gaps: p.gaps}
}

// callerOf is the number of one of all callers: no two have the same.
func callerOf(n int) string { return fmt.Sprintf("+7916%07d", n) }

func exponential(dice *rand.Rand, mean time.Duration) time.Duration {
	return time.Duration(dice.ExpFloat64() * float64(mean))
}

// call is one customer.
func (p *loadPhones) call(o callOrder, from string, talk time.Duration, end time.Time) (told callTold) {
	v := &visitor{came: time.Now(), talks: make(chan struct{})}
	p.mu.Lock()
	p.visitors[from] = v
	p.mu.Unlock()
	told.From = from
	invited := time.Now()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.visitors, from)
		if !v.invite.IsZero() {
			told.Rang = v.invite.Sub(invited)
			told.Popped, told.Ahead = v.popped, v.invite.Sub(v.popped)
		}
		if !v.begun.IsZero() {
			told.Soon = v.begun.Before(end)
		}
	}()
	patience, cancel := context.WithTimeout(context.Background(), o.Patience)
	defer cancel()
	call, err := p.customers.Call(patience, o.Dialled, softphone.CallOptions{From: from})
	var refused *softphone.Refused
	switch {
	case errors.As(err, &refused):
		told.Fate, told.Why = isRefused, err.Error()
		return told
	case errors.Is(err, context.DeadlineExceeded):
		told.Fate = hasAbandoned
		return told
	case err != nil:
		told.Fate, told.Why = hasFailed, err.Error()
		return told
	}
	invited = call.Times().Invited
	defer func() { _ = call.Hangup(context.Background()) }()
	select {
	case <-v.talks:
	case <-call.Done():
		told.Fate, told.Why = isRefused, "the line hung up"
		return told
	case <-patience.Done():
		told.Fate = hasAbandoned
		return told
	}
	select {
	case <-time.After(talk):
		told.Fate = isServed
	case <-call.Done():
		told.Fate = isCut
	}
	told.Spoke = time.Since(v.begun) // written before talks was closed
	return told
}

// helper is this test's program in another part: the phones, or the bare queue. It says "ready", then answers each line by a line, and ends with its input.
type helper struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	said *bufio.Reader
	done chan struct{}
}

// startHelper starts it with what it is given in a file, whose name it finds in a variable of its environment.
func startHelper(t *testing.T, variable string, with any) *helper {
	t.Helper()
	text, err := json.Marshal(with)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.CreateTemp(t.TempDir(), "helper")
	if err == nil {
		_, err = f.Write(text)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	h := &helper{cmd: exec.Command(os.Args[0]), done: make(chan struct{})}
	h.cmd.Env = append(os.Environ(), variable+"="+f.Name())
	h.cmd.Stderr = os.Stderr
	out, err := h.cmd.StdoutPipe()
	if err == nil {
		h.in, err = h.cmd.StdinPipe()
	}
	if err = errors.Join(err, h.cmd.Start()); err != nil {
		t.Fatal(err)
	}
	h.said = bufio.NewReader(out)
	t.Cleanup(h.end)
	var ready string
	h.hear(t, &ready)
	return h
}

// hear reads the next line.
func (h *helper) hear(t *testing.T, into any) {
	t.Helper()
	line, err := h.said.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, into)
	}
	if err != nil {
		_ = h.cmd.Process.Kill()
		t.Fatalf("a process of this test has ended: %v", err)
	}
}

func (h *helper) ask(t *testing.T, what, into any) {
	t.Helper()
	if err := json.NewEncoder(h.in).Encode(what); err != nil {
		t.Fatal(err)
	}
	h.hear(t, into)
}

// end lets it end; it may be called again.
func (h *helper) end() {
	_ = h.in.Close()
	select {
	case <-h.done:
		return
	default:
	}
	late := time.AfterFunc(atOnce, func() { _ = h.cmd.Process.Kill() })
	defer late.Stop()
	_ = h.cmd.Wait()
	close(h.done)
}
