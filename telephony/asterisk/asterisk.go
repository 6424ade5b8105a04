// Package asterisk drives calls on an Asterisk 20 or newer over its REST interface
// (ARI): it is the telephony.Driver of production.
//
//	           Asterisk
//	events │              ▲ requests
//	       ▼              │
//	events socket     command sockets ×4, one per call by hash of its id
//	  one reader          (Asterisk < 22.4: plain HTTP)
//	       │              ▲
//	       ▼              │
//	  registry ──────►  verbs: Answer, Play, Dial, Bridge …
//	  calls, legs         ▲
//	       │ Deliver      │
//	       ▼              │
//	telephony.Call ◄── Line.Serve: one goroutine per call
//
// The types of what is sent and received, and the decoding of all events but those that come for each call (quick.go), are those of CyCoreSystems/ari. Its client is not used:
// the socket and the event bus crash on event types that they do not know, drop events silently, and neither reconnect nor
// resynchronise; its requests have no deadline, and all go by the one transport that the whole process shares.
//
// What holds:
//
//   - The truth about live calls is Asterisk. After every connection the switch lists what Asterisk
//     has and makes its own registry agree: calls that ended in the gap are told so, calls it does
//     not know are adopted with the note they carry, what belongs to nobody is removed.
//   - The reader of the events socket never waits: a call's mailbox takes everything at once.
//   - Ids of legs, bridges and playbacks are chosen here, and begin with the id of their call; so
//     the sweeper knows whose they were. Bridges that are kept for the next call (pool.go) and for those who wait (holding.go) have names of
//     the application's.
//   - Every request has a deadline. That a leg is gone is no fault but telephony.ErrGone.
//   - One Hotline serves an application. When another takes it over, Run returns ErrReplaced and
//     nothing more is asked of Asterisk. A connection of one's own that was held up on the way and comes
//     late is told from another's by its epoch (sockets.go).
//   - A reply that is only late is waited for, as long as Asterisk answers what was asked before: see commandSocket.carry.
//   - A link that is frozen is given up within 5 s. What a call had asked for meanwhile is asked again
//     once there is another: no call is given up for a fault of the link.
//   - When Run's context ends, calls stay in Asterisk as they are, for the next Hotline to adopt. So does who picks up while there is none
//     (see Dial), and the keys that a caller types in a menu meanwhile (see Switch.Mark).
//
// # What a Switch is made of
//
// Each of these but resync has a lock of its own. Where two are held at once, serving's is taken first, then the registry's, then
// the bridges'.
//
//	life      how far the switch is: away, connected, leaving or fenced
//	requests  what is asked of Asterisk, over which sockets, until when
//	delays    how long Asterisk takes to answer
//	registry  live calls and their legs; what happens to a leg is told to its call
//	bridges   who is in which bridge
//	serving   the calls' goroutines: they begin with an arrival, and let go when Run ends
//	resync    the comparison with Asterisk's lists: what is found, adopted, and swept away
//	phones    the agents' phones: which of them Asterisk has, and which are reachable
//	hearing   which callers and phones have vanished without a word
//
// # Several nodes
//
// A Switch is one node, and shares nothing with other switches of the process. Each Arrival names its node, and the ids of
// calls are derived from the node's name; so calls, and the legs, bridges and recordings that bear a call's name, are told
// apart everywhere. Only a caller's own leg has a name that another node may have used, too.
//
// One line can be served from several nodes. There is no switchboard yet; this is where it would stand:
//
//	            telephony.Line
//	        ▲                  ▲              each call's verbs go to the switch that made it
//	 Switch "north"      Switch "south"
//	    │    ▲                ▲    │
//	    │    └─ switchboard ──┘    │          Run, Ready, Connected, Provision, Place
//	    ▼                          ▼
//	Asterisk                   Asterisk
//
// A switchboard would run its switches with the same line, be ready when each of them is, choose one for an outgoing call, and
// give a phone to the node at which it registers. The verbs of telephony.Driver need no choice, because telephony.NewCall is
// given the call's own switch. What is missing is a way to dial a phone that is registered at another node: a trunk between
// the nodes, and the name of the phone's node in its address.
package asterisk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"time"

	"hotline/telephony"
)

var (
	// ErrReplaced says that another Hotline has connected under the same application name. Two would
	// serve the same calls, so the older one must stop.
	ErrReplaced = errors.New("another Hotline took over")
	// ErrPassword says that Asterisk refused the user or the password.
	ErrPassword = errors.New("wrong user or password")
	// ErrAway says that there is no connection to Asterisk.
	ErrAway = errors.New("not connected to Asterisk")

	errOutrun = errors.New("an earlier attempt to connect came late, and took the place of this connection")
)

// Hotline is the program that a Switch works for. Its methods must not block.
type Hotline interface {
	// ParseNumber reads the number that was dialled, as the network sent it.
	ParseNumber(raw string) telephony.Number
	// ParseCaller reads the number of who calls, as the network sent it.
	ParseCaller(raw string) telephony.Number
	// PhoneChanged is told when a provisioned phone becomes reachable, and when it ceases to be.
	PhoneChanged(id string, reachable bool)
}

// Options is what a Switch must know. URL, User and Password are required.
type Options struct {
	Node     string // names this Asterisk among several, in each Arrival; the ids of its calls are derived from it
	URL      string // of ARI: "http://127.0.0.1:8088/ari"
	User     string
	Password string
	App      string // the Stasis application; "" is "hotline"

	Hotline Hotline // nil tells nobody, and takes digits alone for a number
	Log     *slog.Logger

	PhoneContext   string        // where calls from phones enter the dialplan; "" is "phones"
	OutboundFormat string        // the endpoint for "number:" addresses; "" is "PJSIP/%s@trunk"
	Beside         string        // how a number outside is told telephony.Dial.Beside: Diversion, Asserted or Untold; "" is Diversion
	Reserve        string        // the file in which the dialplan notes the calls that it took alone; "" reads none
	MediaAddress   string        // where phones are to send their audio; "" leaves it to Asterisk
	Qualify        time.Duration // how often a phone is asked whether it is there; 0 is 30 s, negative is never
	LostAfter      time.Duration // a phone in a talk of which nothing comes for so long is lost; 0 is 12 s, negative is never
	CallersLost    time.Duration // a caller who was heard, and of whom nothing comes for so long, is lost; 0 is 20 s, negative is never
	AsksNobody     bool          // callers are never asked for keys, which the dialplan keeps otherwise for the next Hotline
	Full           func() bool   // whether the dialplan is to take new calls alone for now; nil is never

	// Entitled is asked before each connection but the first, for another Hotline may serve meanwhile, whose place a connection would take; nothing is asked of
	// Asterisk before it has answered. An error keeps the switch away until it is asked again, and one that is ErrReplaced for ever. nil is always.
	Entitled func(context.Context) error

	Deadline       time.Duration // of each request; 0 is 5 s
	Sweep          time.Duration // between two sweeps; 0 is 30 s
	CommandSockets int           // 0 is 4

	cleared func() <-chan struct{} // closed while Entitled has nothing against a connection; nil is always

	plain bool   // for tests: ask over HTTP, as an Asterisk before 22.4 wants it
	epoch string // names this Switch among all that ever connect to the Asterisk: "3f9a01c7"
}

// Switch is one node: an Asterisk, or an application on one. It is a telephony.Driver. What it knows belongs to the structs that it
// is made of; it connects, reads the events, and has the driver's verbs.
type Switch struct {
	opt      Options
	log      *slog.Logger
	life     *life
	requests *requests
	registry *registry
	bridges  *bridges
	serving  *serving
	resync   *resync
	phones   *phones
	callers  *hearing
	unheard  *hearing // phones
	count    counters
	metrics  *metrics
	pace     pacer // of everything that may concern many calls at once

	unsaid  sync.Once      // the log says so once where the dialplan does not tell who withholds their number
	errands sync.WaitGroup // goroutines beside the calls'; Run waits for them
	turning sync.Mutex     // taken before all others: held while an event is taken in, and while a connection that is lost is wound up
}

// New makes a switch. It connects in Run.
func New(o Options) *Switch {
	o = o.withDefaults()
	s := &Switch{
		opt:  o,
		log:  o.Log.With("node", o.Node),
		life: newLife(), metrics: newMetrics(o.Node),
		pace: pacer{every: 20 * time.Millisecond},
	}
	o.cleared = s.life.clear
	s.requests = newRequests(o, &s.count)
	s.requests.latency, s.requests.life = s.metrics.latency, s.life
	s.bridges = newBridges(o, s.requests)
	s.registry = newRegistry(s.bridges)
	s.serving = &serving{
		driver: s, log: s.log, count: &s.count,
		requests: s.requests, registry: s.registry, bridges: s.bridges,
		handed: make(map[*call]func(error)),
	}
	s.resync = &resync{
		opt: o, log: s.log, count: &s.count, pace: &s.pace,
		requests: s.requests, bridges: s.bridges, registry: s.registry, serving: s.serving,
	}
	s.phones = newPhones(o, s.log, s.requests, s.life)
	s.callers = hearCallers(o, s.requests, s.registry)
	s.unheard = hearPhones(o, s.requests, s.registry, s.heard)
	return s
}

func (o Options) withDefaults() Options {
	o.URL = strings.TrimRight(o.URL, "/")
	if o.App == "" {
		o.App = "hotline"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Hotline == nil {
		o.Hotline = nobody{}
	}
	if o.epoch == "" {
		o.epoch = fmt.Sprintf("%08x", rand.Uint32())
	}
	if o.PhoneContext == "" {
		o.PhoneContext = "phones"
	}
	if o.OutboundFormat == "" {
		o.OutboundFormat = "PJSIP/%s@trunk"
	}
	if o.Full == nil {
		o.Full = func() bool { return false }
	}
	if o.Entitled == nil {
		o.Entitled = func(context.Context) error { return nil }
	}
	if o.Beside == "" {
		o.Beside = Diversion
	}
	if o.Qualify == 0 {
		o.Qualify = 30 * time.Second
	}
	if o.LostAfter == 0 {
		o.LostAfter = 12 * time.Second
	}
	if o.CallersLost == 0 {
		o.CallersLost = 20 * time.Second
	}
	if o.Deadline <= 0 {
		o.Deadline = 5 * time.Second
	}
	if o.Sweep <= 0 {
		o.Sweep = 30 * time.Second
	}
	if o.CommandSockets <= 0 {
		o.CommandSockets = 4
	}
	return o
}

// check finds what can be wrong with options before any connection.
func (o Options) check() error {
	at, err := url.Parse(o.URL)
	if err != nil || (at.Scheme != "http" && at.Scheme != "https") || at.Host == "" {
		return fmt.Errorf("address of Asterisk %q: want http://host:port/ari", o.URL)
	}
	if o.User == "" || o.Password == "" {
		return fmt.Errorf("connect to Asterisk at %s: user or password is missing", o.URL)
	}
	if !fitsPath(o.App) {
		return fmt.Errorf("application %q: want letters, digits, dots, - and _", o.App)
	}
	if !strings.Contains(o.OutboundFormat, "%s") {
		return fmt.Errorf("outbound format %q: want %%s where the number goes", o.OutboundFormat)
	}
	return nil
}

// nobody is the Hotline of a switch that was given none.
type nobody struct{}

func (nobody) PhoneChanged(string, bool) {}

// ParseNumber trusts nothing but digits.
func (nobody) ParseNumber(raw string) telephony.Number {
	n := telephony.Number{Raw: raw}
	if raw != "" && strings.Trim(raw, "0123456789") == "" {
		n.Kind = telephony.Short
	}
	return n
}

func (n nobody) ParseCaller(raw string) telephony.Number { return n.ParseNumber(raw) }

// Ready is closed once the switch has connected for the first time and adopted what it found.
func (s *Switch) Ready() <-chan struct{} { return s.life.ready }

// Connected reports whether calls are being served now.
func (s *Switch) Connected() bool { return s.life.connected() }

// Broken is closed once the connection that there is now is lost; it is closed where there is none.
func (s *Switch) Broken() <-chan struct{} { return s.life.broken() }

// Linked returns when calls are being served, at once where they are. The error is ErrAway where there will be no connection any more, or ctx's cause.
func (s *Switch) Linked(ctx context.Context) error {
	switch {
	case s.life.back(ctx):
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	default:
		return ErrAway
	}
}

// Move returns when the reader of the events was between two of them for a moment, however long that takes, and the locks of what the switch is made of were free: a
// switch that has no connection moves, too, as long as it tries to have one.
func (s *Switch) Move() {
	for _, l := range []sync.Locker{&s.turning, &s.serving.mu, &s.registry.mu, &s.bridges.mu, &s.phones.mu, &s.life.mu} {
		func() { l.Lock(); defer l.Unlock() }()
	}
}

// Err is why the switch is not connected; nil when it is.
func (s *Switch) Err() error { return s.life.err() }

// Began is when the Asterisk that answered last was started, by its own clock: what it had of before has gone with the one before it. Zero is not known.
func (s *Switch) Began() time.Time { return s.life.beganAt() }

// Stats is what the switch has counted since New.
func (s *Switch) Stats() Stats { return s.count.stats(s.registry.live()) }

var _ telephony.Driver = (*Switch)(nil)
