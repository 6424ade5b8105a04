// Package hooks tells other programs over HTTP what happens to calls and tickets: webhooks. What is told is a CloudEvent in JSON
// (cloudevents.io, 1.0, structured mode), signed with a secret that Hotline and the receiver share; or, for a Zammad or a CRM that speaks it,
// what Zammad's generic CTI interface takes (zammad.go).
//
//	facts, changes ──► Events ──► Deliveries ──► a job each, in the transaction of the facts ──► Deliver ──► the receiver
//	                                                         ▲   failed: again, after growing pauses       │
//	                                                         └──────────── for a day, then it is dead ◄────┘
//
// What a receiver can count on:
//   - Each event that was committed is sent at least once, also after a kill or while the receiver was away. A second sending has the same
//     id and the same body: whoever must not do a thing twice keeps the ids.
//   - Events come in no promised order, also those of one ticket: each says at what time, and with which version of the ticket.
//   - Any 2xx within ten seconds is taken for "received". Redirects are not followed.
//
// What Hotline can count on:
//   - A receiver that hangs or is away costs others nothing: of the workers it holds a few, and after some failures it is
//     asked only once in a while.
//   - What customers and networks send is only ever a JSON string. A number that was withheld is in no event.
//   - Neither the secret nor the address, in which there may be a token, reaches a job, a log or a page: a receiver is called by its host and
//     a hash of its address (Endpoint.Name).
package hooks

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Format is what a receiver understands.
type Format string

const (
	CloudEvents Format = "cloudevents"
	Zammad      Format = "zammad" // calls alone
)

// Endpoint is a receiver, as the configuration has it.
type Endpoint struct {
	URL    string
	Secret string   // by which what is sent is signed
	Events []string // types, with or without "hotline.", or what they begin with: "call", "ticket.closed"; none is all
	Format Format   // "" is CloudEvents
}

// CheckURL says what is wrong with a receiver's address: nothing, where it is https or inside the house.
func CheckURL(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.Fragment != "":
		return fmt.Errorf("it is no address like https://crm.example.com/hotline, without a login in it")
	case u.Scheme == "http" && !mayBePrivate(u.Hostname()):
		return fmt.Errorf("http is for private addresses alone: use https")
	}
	return nil
}

// CheckEvents says what is wrong with the events that a receiver wants.
func CheckEvents(names []string) error {
	for _, name := range names {
		if !known(name) {
			return fmt.Errorf("%q is no event and begins none; there are %s", name, strings.Join(Types(), ", "))
		}
	}
	return nil
}

// mayBePrivate says whether a host may be at a private address: a name may be, and is looked at again when it is dialled.
func mayBePrivate(host string) bool {
	a, err := netip.ParseAddr(host)
	return err != nil || private(a)
}

// private are addresses inside a house.
func private(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast()
}

// Name is what an endpoint is called wherever somebody may look.
func (e Endpoint) Name() string {
	sum := sha256.Sum256([]byte(e.URL + "\n" + string(e.format())))
	host := ""
	if u, err := url.Parse(e.URL); err == nil {
		host = u.Hostname()
	}
	return host + "#" + hex.EncodeToString(sum[:4])
}

func (e Endpoint) format() Format {
	if e.Format == "" {
		return CloudEvents
	}
	return e.Format
}

// wants says whether an event is for the endpoint.
func (e Endpoint) wants(event Event) bool {
	if e.format() == Zammad && event.Call == nil {
		return false
	}
	for _, name := range e.Events {
		if covers(name, event.Type) {
			return true
		}
	}
	return len(e.Events) == 0
}

// Options are what Hooks are made of.
type Options struct {
	Source string       // who tells: a URI, the same for ever, such as /hotline/78001234567
	Log    *slog.Logger // nil logs nothing
}

// Hooks know who is told what, and tell them. They are safe for concurrent use.
type Hooks struct {
	source        string
	log           *slog.Logger
	open, private *http.Client

	mu        sync.Mutex // guards what is below
	endpoints []Endpoint
	receivers map[string]*receiver // by the endpoints' names
}

// New makes hooks that tell nobody until they are configured.
func New(o Options) *Hooks {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Hooks{source: o.Source, log: o.Log, open: client(false), private: client(true), receivers: map[string]*receiver{}}
}

// Configure says who is told from now on.
func (h *Hooks) Configure(endpoints []Endpoint) {
	h.mu.Lock()
	defer h.mu.Unlock()
	receivers := make(map[string]*receiver)
	for _, e := range endpoints {
		r := h.receivers[e.Name()]
		if r == nil {
			r = newReceiver()
		}
		receivers[e.Name()] = r
	}
	h.endpoints, h.receivers = endpoints, receivers
}

// Configured says whether anybody is told anything.
func (h *Hooks) Configured() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.endpoints) > 0
}

// Delivery is an event on its way to one receiver: the arguments of a job. The receiver is the first field, for who reads a list of them.
type Delivery struct {
	To    string `json:"to"` // Endpoint.Name
	Event Event  `json:"event"`
}

// Deliveries are what has to be sent for some events, one for each receiver that wants one.
func (h *Hooks) Deliveries(events []Event) (all []Delivery) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, event := range events {
		event.SpecVersion, event.Source, event.ContentType = "1.0", h.source, "application/json"
		for _, e := range h.endpoints {
			if e.wants(event) {
				all = append(all, Delivery{e.Name(), event})
			}
		}
	}
	return all
}

// How a delivery's job is done: Deliver, within Timeout, as often as Attempts, with Pause between, and so many at once.
const (
	JobKind = "webhook"
	Timeout = 15 * time.Second
	Workers = 32
)

// pauses are those after each failure. They come to a day.
var pauses = []time.Duration{
	10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 8 * time.Hour,
}

// Attempts is how often an event is sent before it is dead.
var Attempts = len(pauses) + 1

// Pause is how long to wait after the first, second … failure.
func Pause(attempt int) time.Duration { return pauses[min(max(attempt, 1), len(pauses))-1] }

// Deliver sends one delivery, given as JSON. An error with Later() puts it off and is no failure; any other is one. What is for a receiver
// that is configured no more is dropped, and the log says so.
func (h *Hooks) Deliver(ctx context.Context, args json.RawMessage) error {
	var d Delivery
	if err := json.Unmarshal(args, &d); err != nil {
		return fmt.Errorf("a delivery that is none: %w", err)
	}
	e, r, ok := h.endpoint(d.To)
	if !ok {
		h.log.Info("an event is not sent, for its webhook is configured no more", "webhook", d.To, "event", d.Event.ID)
		return nil
	}
	body, contentType, err := d.Event.encode(e.format())
	if err != nil {
		return err
	}
	done, err := r.admit(time.Now())
	if err != nil {
		return err
	}
	err = h.send(ctx, e, d.Event.ID, contentType, body)
	done(err, time.Now())
	return err
}

func (h *Hooks) endpoint(name string) (Endpoint, *receiver, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.endpoints {
		if e.Name() == name {
			return e, h.receivers[name], true
		}
	}
	return Endpoint{}, nil, false
}
