package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"hotline/agentapi"
	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/watch"
	"hotline/telephony"
	"hotline/telephony/softphone"
)

// canary calls the line as a customer does, over SIP, and listens for the greeting. Its calls have no ticket and are in no figure: the line greets them, and that is
// all. What tells them from others is the caller's name, which only who knows Asterisk's password can make, and which is good for a few minutes.
//
//	canary ── INVITE ──► Asterisk ── dialplan, Stasis ──► this Hotline: is the name one of ours? ── answer, greeting
//	   ▲                                                                                                  │
//	   └───────────────────────── a fifth of a second of sound, in time? ◄──────────────────────────────────┘
type canary struct {
	every, within  time.Duration
	server, number string
	key            []byte
	log            *slog.Logger

	mu       sync.Mutex
	taken    string // the name of the last of its calls that this Hotline has taken
	state    string // of the last call; "" before the first
	says     string
	since    time.Time     // of the state
	greeting time.Duration // how long it was waited for in the last call in which it was heard
	calls    map[string]int
}

// What becomes of a canary's call, besides watch.StateOK.
const (
	canaryUnanswered = "unanswered"
	canaryNotTaken   = "not_taken" // by this Hotline: the dialplan served it
	canarySilent     = "silent"
	canarySlow       = "slow"
)

const (
	canaryCaller = "hotline-canary"
	canaryFresh  = 5 * time.Minute        // so old its name may be when it arrives: Asterisk has a clock of its own, and may hold it
	canarySound  = 200 * time.Millisecond // that much sound is a greeting
	canaryRings  = 20 * time.Second       // longer than the dialplan waits for Hotline
	canaryHears  = 10 * time.Second       // it listens for so long, and for as long as the greeting may take
	canaryAgain  = time.Minute            // after a call that was not greeted the next comes so soon, that an alarm does not outlive its cause
)

func newCanary(c config.Config, log *slog.Logger) *canary {
	key := hmac.New(sha256.New, []byte(c.Asterisk.Password.Text()))
	key.Write([]byte("hotline canary"))
	return &canary{
		every: c.Canary.Every, within: c.Canary.Greets(), server: c.Asterisk.SIP, number: c.Line.Number, key: key.Sum(nil), log: log,
		calls: map[string]int{watch.StateOK: 0, canaryUnanswered: 0, canaryNotTaken: 0, canarySilent: 0, canarySlow: 0},
	}
}

// name is the name of a call that is made at a time.
func (c *canary) name(at time.Time) string {
	made := canaryCaller + "." + strconv.FormatInt(at.UnixNano(), 10)
	sum := hmac.New(sha256.New, c.key)
	sum.Write([]byte(made))
	return made + "." + hex.EncodeToString(sum.Sum(nil)[:16])
}

// own says whether a call is a canary's, of this Hotline or of one that served before.
func (c *canary) own(a telephony.Arrival) bool {
	made, _, _ := strings.Cut(strings.TrimPrefix(a.Name, canaryCaller+"."), ".")
	ns, err := strconv.ParseInt(made, 10, 64)
	at := time.Unix(0, ns)
	return err == nil && a.At.Sub(at).Abs() < canaryFresh && hmac.Equal([]byte(a.Name), []byte(c.name(at)))
}

// takes is own for a call that the line takes.
func (c *canary) takes(a telephony.Arrival) bool {
	if a.Outgoing || !c.own(a) {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.taken = a.Name
	return true
}

// Run calls until ctx ends.
func (c *canary) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		began := time.Now()
		state, says, took := c.call(ctx)
		if ctx.Err() == nil {
			c.told(state, says, took)
		}
		select {
		case <-time.After(time.Until(began.Add(c.waits(state)))):
		case <-ctx.Done():
		}
	}
	return nil
}

// waits is how long after a call the next one comes.
func (c *canary) waits(state string) time.Duration {
	if state == watch.StateOK {
		return c.every
	}
	return min(c.every, canaryAgain)
}

// call makes one call.
func (c *canary) call(ctx context.Context) (state, says string, took time.Duration) {
	phone, err := softphone.New(softphone.Options{User: canaryCaller, Server: c.server, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return canaryUnanswered, err.Error(), 0
	}
	defer phone.Close()
	began := time.Now()
	name := c.name(began)
	ringing, cancel := context.WithTimeoutCause(ctx, canaryRings, fmt.Errorf("no answer within %s", canaryRings))
	defer cancel()
	call, err := phone.Call(ringing, c.number, softphone.CallOptions{From: canaryCaller, FromName: name})
	if err != nil {
		if cause := context.Cause(ringing); cause != nil {
			err = cause
		}
		return canaryUnanswered, err.Error(), 0
	}
	listening, cancel := context.WithTimeout(ctx, canaryHears+c.within)
	defer cancel()
	heard := call.HearsSound(listening, canarySound)
	took = time.Since(began)
	c.mu.Lock()
	taken := c.taken == name
	c.mu.Unlock()
	switch {
	case !taken:
		return canaryNotTaken, "the call was answered, and not by this Hotline", 0
	case heard != nil:
		return canarySilent, "the line answers, and is silent", 0
	case took > c.within:
		return canarySlow, fmt.Sprintf("the greeting is heard after %s", took.Round(100*time.Millisecond)), took
	}
	return watch.StateOK, fmt.Sprintf("the greeting is heard after %s", took.Round(100*time.Millisecond)), took
}

func (c *canary) told(state, says string, took time.Duration) {
	c.mu.Lock()
	before := c.state
	c.calls[state]++
	c.says = says
	if took > 0 {
		c.greeting = took
	}
	if state != before {
		c.state, c.since = state, time.Now()
	}
	c.mu.Unlock()
	switch {
	case state != watch.StateOK && state != before:
		c.log.Error("a customer who called now would not be greeted as they should", "canary", state, "says", says)
	case state == watch.StateOK && before != "" && state != before:
		c.log.Info("who calls is greeted again", "says", says)
	}
}

// part is how the line is to who calls it.
func (c *canary) part() watch.Part {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == "" {
		return watch.Part{Name: "canary", State: watch.StateOK, Says: "has not called yet"}
	}
	return watch.Part{Name: "canary", State: c.state, Says: c.says, Since: c.since}
}

// onWall is what the wall shows; nil is nothing.
func (c *canary) onWall() *agentapi.WallCanary {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == "" || c.state == watch.StateOK {
		return nil
	}
	return &agentapi.WallCanary{State: c.state, Since: c.since}
}

var (
	canaryGreets = prometheus.NewDesc("hotline_canary_greets", "1 where the line's own test call heard the greeting in time, 0 where the last did not; absent before the first, and where there are none.", nil, nil)
	canaryTook   = prometheus.NewDesc("hotline_canary_greeting_seconds", "How long the last test call that was greeted waited for it, with a fifth of a second of the greeting itself.", nil, nil)
	canaryCalls  = prometheus.NewDesc("hotline_canary_calls_total", "The line's own test calls, by what became of them.", []string{"outcome"}, nil)
)

// Describe implements prometheus.Collector.
func (c *canary) Describe(ch chan<- *prometheus.Desc) {
	ch <- canaryGreets
	ch <- canaryTook
	ch <- canaryCalls
}

// Collect implements prometheus.Collector.
func (c *canary) Collect(ch chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for outcome, n := range c.calls {
		ch <- prometheus.MustNewConstMetric(canaryCalls, prometheus.CounterValue, float64(n), outcome)
	}
	if c.state == "" {
		return
	}
	greets := 0.0
	if c.state == watch.StateOK {
		greets = 1
	}
	ch <- prometheus.MustNewConstMetric(canaryGreets, prometheus.GaugeValue, greets)
	if c.greeting > 0 {
		ch <- prometheus.MustNewConstMetric(canaryTook, prometheus.GaugeValue, c.greeting.Seconds())
	}
}
