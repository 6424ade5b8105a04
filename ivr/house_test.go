package ivr_test

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/goccy/go-yaml"

	"hotline/ivr"
	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/queues/acd"
	"hotline/queues/words"
	"hotline/telephony"
	"hotline/telephony/memory"
	"hotline/tickets"
	ticketmemory "hotline/tickets/memory"
	"hotline/tickets/register"
)

// script is the flow of these tests. A sound lasts 2 s, a digit 400 ms.
//
//go:embed flow/testdata/script.yaml
var script string

func parse(t *testing.T, source string) flow.Flow {
	t.Helper()
	var f flow.Flow
	if err := yaml.UnmarshalWithOptions([]byte(source), &f, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return f
}

const offerTime = 15 * time.Second

var support = queues.Queue{
	ID: "support", Name: map[string]string{"ru": "Поддержка", "en": "Support"}, Skills: []queues.Need{{Skill: "support", Level: 2}},
	OfferTimeout: offerTime, WrapUp: 30 * time.Second, ShortAbandon: 5 * time.Second,
}

// house is a hotline in memory: a switch with people, a real router, a real register of tickets, and a desk that writes
// down what it is shown. It lives in a bubble of synctest; a restart leaves the switch and the store.
type house struct {
	*testing.T
	sw        *memory.Switch
	store     *store
	spool     *ticketmemory.Spool
	book      *book
	desk      *desk
	log       *logged
	acd       *acd.ACD
	decisions decisionLog
	register  *register.Register
	line      *ivr.Line

	queues  []queues.Queue                       // support alone, usually
	options ivr.Options                          // what a test wants otherwise
	router  func(*acd.ACD) ivr.ACD               // stands before the real one; nil is nothing
	mayCall func(telephony.Number) bool          // nil: anybody may be called
	link    link                                 // to the switch
	onPage  map[queues.AgentID]bool              // whose phones are their pages
	onCall  func(telephony.CallID, queues.Offer) // is told of each outgoing call; nil is nobody
	epoch   int
	stop    func(error)  // ends all but the switch
	dead    *atomic.Bool // this Hotline was killed: its disk takes nothing any more

	lingered kinds // of facts for which no call has waited until the disk had them
}

// decisionLog is what was decided about calls.
type decisionLog struct {
	mu  sync.Mutex
	all []words.Record
}

func (c *decisionLog) keep(some []words.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, some...)
}

// count is how often something was decided.
func (c *decisionLog) count(kind words.RecordKind) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.all {
		if r.Kind == kind {
			n++
		}
	}
	return n
}

// open is a house at work, in which nobody has signed in. It proves at its end that nothing is left behind.
func open(t *testing.T, change ...func(*house)) *house {
	h := &house{
		T: t, sw: memory.New(memory.Options{}), store: &store{Store: ticketmemory.NewStore()}, spool: ticketmemory.NewSpool(), book: &book{kept: map[string][]byte{}, made: make(chan string)},
		desk: &desk{}, log: &logged{}, queues: []queues.Queue{support},
	}
	h.options.Flow = parse(t, script)
	for _, c := range change {
		c(h)
	}
	h.start()
	t.Cleanup(func() { h.stop(nil) })
	return h
}

// start brings Hotline up at the switch.
func (h *house) start() {
	h.Helper()
	log := slog.New(h.log)
	h.epoch++
	var err error
	h.acd, err = acd.New(acd.Options{Config: queues.Config{Epoch: fmt.Sprint(h.epoch, "-"), Queues: h.queues}, Log: log})
	if err != nil {
		h.Fatal(err)
	}
	h.dead = &atomic.Bool{}
	h.register, err = register.New(register.Options{Store: h.store, Spool: disk{h.spool, h.dead, &h.lingered}, Shelf: h.spool, Log: log, Reserve: 100})
	if err != nil {
		h.Fatal(err)
	}
	o := h.options
	o.Languages, o.Directory, o.Register, o.Desk, o.Log = []string{"ru", "en"}, directory{h}, h.register, h.desk, log
	o.ACD = h.acd
	if h.router != nil {
		o.ACD = h.router(h.acd)
	}
	o.Broken = h.link.broken
	o.Book, o.Outbound = page{h.book, h.dead}, abroad{h}
	h.line = ivr.NewLine(o)
	offered := make(map[queues.AgentID]queues.OfferID) // live: at most one to each agent
	h.acd.Observe(h.line, acd.ObserverFunc(func(at time.Time, e queues.Event, decided []queues.Decision) {
		for _, d := range decided {
			switch d := d.(type) {
			case *queues.Offered:
				if other := offered[d.Offer.Agent]; other != "" {
					h.Errorf("%s is offered %s beside %s", d.Offer.Agent, d.Offer.ID, other)
				}
				offered[d.Offer.Agent] = d.Offer.ID
			case *queues.OfferEnded:
				delete(offered, d.Offer.Agent)
			}
		}
		h.decisions.keep(words.Records(at, decided))
		if r, is := words.RecordOfTalk(at, e, decided); is {
			h.decisions.keep([]words.Record{r})
		}
	}))

	calls, stopCalls := context.WithCancelCause(context.Background())
	rooms, stopRooms := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = h.register.Run(rooms) })
	running.Go(func() { _ = h.acd.Run(rooms) })
	served := make(chan struct{})
	go func() {
		defer close(served)
		if err := h.sw.Run(calls, saved{h.line}); err != nil && !errors.Is(err, memory.ErrCrashed) {
			h.Error(err)
		}
	}()
	callingBack := make(chan struct{})
	go func() {
		defer close(callingBack)
		_ = h.line.CallBack(calls)
	}()
	var once sync.Once
	dead := h.dead
	h.stop = func(cause error) {
		once.Do(func() {
			if errors.Is(cause, memory.ErrCrashed) {
				dead.Store(true)
				h.sw.Crash()
			}
			stopCalls(cause)
			<-served
			<-callingBack
			stopRooms()
			running.Wait()
		})
	}
	synctest.Wait()
}

// directory is a house as a line asks for its queues and agents.
type directory struct{ *house }

func (d directory) Queue(id queues.QueueID) queues.Queue { return d.queue(id) }

func (d directory) Address(id queues.AgentID) telephony.Address {
	return telephony.Address("phone:" + id)
}

func (d directory) OnPage(id queues.AgentID) bool { return d.onPage[id] }

func (d directory) Name(id queues.AgentID) string {
	return strings.ToUpper(string(id[:1])) + string(id[1:])
}

// abroad is a house as a line calls customers from it.
type abroad struct{ *house }

func (a abroad) MayCall(n telephony.Number) bool { return a.mayCall == nil || a.mayCall(n) }

func (a abroad) Call(ctx context.Context, arrival telephony.Arrival, o queues.Offer) error {
	if a.onCall != nil {
		a.onCall(arrival.ID, o)
	}
	select {
	case <-a.link.broken():
		return errors.New("the switch cannot be reached")
	default:
	}
	return a.sw.Place(ctx, arrival)
}

// link is well, or broken as is said: nobody can be called outside then.
type link struct {
	mu sync.Mutex
	is chan struct{} // of the link that there is now, closed once it breaks; nil until somebody asks
}

func (l *link) breaks() { close(l.now()) }

func (l *link) comesBack() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.is = nil
}

func (l *link) broken() <-chan struct{} { return l.now() }

func (l *link) now() chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.is == nil {
		l.is = make(chan struct{})
	}
	return l.is
}

// saved keeps a panic from ending the tests, as the driver of Asterisk keeps it from ending Hotline.
type saved struct{ *ivr.Line }

func (s saved) Serve(ctx context.Context, call *telephony.Call) {
	defer func() { _ = recover() }()
	s.Line.Serve(ctx, call)
}

// restarts ends Hotline, killed or on purpose, and brings it up again after a while. The agents
// come back when the calls have, as in cmd.
func (h *house) restarts(cause error, away time.Duration, back ...queues.AgentID) {
	h.Helper()
	h.stop(cause)
	later(away)
	h.start()
	later(200 * time.Millisecond) // identification may take a moment
	for _, id := range back {
		h.comes(id)
	}
}

// resumed checks that all calls of before the restart have taken up their places: cmd waits for them.
func (h *house) resumed(want int64) {
	h.Helper()
	if got := h.line.Resumed(); got != want {
		h.Errorf("%d calls have taken up their places after the restart, not %d", got, want)
	}
}

// later lets time pass, and everything settle.
func later(d time.Duration) {
	time.Sleep(d) // the bubble's time
	synctest.Wait()
}

func (h *house) tell(e queues.Event) {
	h.Helper()
	if err := h.acd.Report(h.Context(), e); err != nil {
		h.Errorf("%T: %v", e, err)
	}
	synctest.Wait()
}

// comes signs an agent in, ready, with a phone.
func (h *house) comes(id queues.AgentID) *memory.Phone {
	h.Helper()
	p := h.sw.Phone(string(id))
	h.tell(queues.PhoneChanged{Agent: id, Reachable: true})
	h.tell(queues.AgentSignedIn{Agent: queues.Agent{ID: id, Skills: map[queues.Skill]queues.Level{"support": 3, "lang:ru": 5, "lang:en": 3}}})
	h.tell(queues.AgentReady{Agent: id})
	return p
}

func (h *house) snapshot() queues.Snapshot {
	h.Helper()
	s, err := h.acd.Snapshot(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	return s
}

// agent is what the router knows of one.
func (h *house) agent(id queues.AgentID) queues.AgentState {
	h.Helper()
	s := h.snapshot()
	i := slices.IndexFunc(s.Agents, func(a queues.AgentState) bool { return a.ID == id })
	if i < 0 {
		h.Fatalf("no agent %s", id)
	}
	return s.Agents[i]
}

// is checks what an agent does now.
func (h *house) is(id queues.AgentID, availability queues.Availability, activity queues.Activity) {
	h.Helper()
	if a := h.agent(id); a.Availability != availability || a.Activity != activity {
		h.Errorf("%s is %s and %s, not %s and %s", id, a.Availability, a.Activity, availability, activity)
	}
}

func (h *house) queue(id queues.QueueID) (found queues.Queue) {
	for _, q := range h.queues {
		if q.ID == id {
			found = q
		}
	}
	return found
}

func (h *house) waiting() queues.QueueState { return h.snapshot().Queues[0] }

func full(e164 string) telephony.Number {
	return telephony.Number{E164: e164, Raw: e164, Kind: telephony.Full}
}

const (
	ivan      = "+79161112233"
	dialled   = "+74950000100"
	inNumber  = 4400 * time.Millisecond // the ticket's number of six digits, and what is said before it
	tillQueue = 17 * time.Second        // more than enough to be in the queue, where the caller typed both digits at once
)

// calls is a customer on the line, from a known number.
func (h *house) calls() *memory.Customer {
	c := h.sw.Call(full(ivan), full(dialled))
	synctest.Wait()
	return c
}

// waits is a customer who has chosen Russian and the support, and waits in the queue.
func (h *house) waits() *memory.Customer {
	h.Helper()
	before := h.waiting().Waiting
	c := h.calls()
	c.Type("13")
	later(tillQueue)
	if got := h.waiting().Waiting; got != before+1 {
		h.Fatalf("%d wait in the queue, not %d:\n%s", got, before+1, heard(c))
	}
	return c
}

// talks is a customer who talks with anna.
func (h *house) talks() (*memory.Customer, *memory.Phone) {
	h.Helper()
	h.sw.Phone("anna").Answers(2 * time.Second)
	anna := h.comes("anna")
	c := h.calls()
	c.Type("13")
	later(tillQueue)
	if !c.HearsPhone(anna) {
		h.Fatalf("the customer does not talk with anna:\n%s", heard(c))
	}
	return c, anna
}

// contact is what the store knows of a call.
func (h *house) contact(c *memory.Customer) tickets.Contact {
	h.Helper()
	if err := h.register.Flush(h.Context()); err != nil {
		h.Fatal(err)
	}
	contact, there := h.store.Contacts()[tickets.OfCall(c.ID())]
	if !there {
		h.Fatalf("no contact of call %s", c.ID())
	}
	return contact
}

// endedAs checks what a ticket says of a call that is over, and that nothing is left of it.
func (h *house) endedAs(c *memory.Customer, want tickets.Outcome) tickets.Contact {
	h.Helper()
	synctest.Wait()
	select {
	case <-c.Ended():
	default:
		h.Errorf("the call goes on:\n%s", heard(c))
	}
	contact := h.contact(c)
	if contact.Outcome != want || contact.EndedAt.IsZero() {
		h.Errorf("the call ended as %q at %s, not as %q", contact.Outcome, contact.EndedAt, want)
	}
	if h.store.Tickets()[contact.Ticket].Number == "" {
		h.Errorf("there is no ticket %q", contact.Ticket)
	}
	if channels, bridges := h.sw.Leftovers(); channels+bridges > 0 {
		h.Errorf("%d channels and %d bridges are left", channels, bridges)
	}
	if q := h.waiting(); q.Waiting != 0 {
		h.Errorf("%d wait in the router", q.Waiting)
	}
	if live := h.line.Live(); live != 0 {
		h.Errorf("%d calls live on", live)
	}
	return contact
}

// heard is a transcript of what a customer heard.
func heard(c *memory.Customer) string {
	var lines []string
	for _, h := range c.Hears() {
		line := h.String()
		if !h.Whole && !strings.Contains(line, "music:") {
			line += " …"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func (h *house) hears(c *memory.Customer, want ...string) {
	h.Helper()
	if got := heard(c); got != strings.Join(want, "\n") {
		h.Errorf("the customer heard\n%s\n\nnot\n%s", got, strings.Join(want, "\n"))
	}
}

// book keeps callbacks as a disk does.
type book struct {
	mu   sync.Mutex
	kept map[string][]byte
	made chan string // by somebody else
}

func (b *book) Entries() (names []string, entries [][]byte, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, n := range slices.Sorted(maps.Keys(b.kept)) {
		names, entries = append(names, n), append(entries, b.kept[n])
	}
	return names, entries, nil
}

func (b *book) Keep(name string, entry []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept[name] = entry
	return nil
}

func (b *book) Strike(name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.kept, name)
	return nil
}

// Later tells of what somebody else has made.
func (b *book) Later(ctx context.Context) (names []string, entries [][]byte, over []string, err error) {
	select {
	case name := <-b.made:
		return nil, nil, []string{name}, b.Strike(name)
	case <-ctx.Done():
		return nil, nil, nil, ctx.Err()
	}
}

// disk is the spool as one Hotline writes in it, which writes nothing more once it is dead.
type disk struct {
	*ticketmemory.Spool
	dead     *atomic.Bool
	lingered *kinds
}

// kinds are those of facts, as they came.
type kinds struct {
	mu  sync.Mutex
	all []tickets.Kind
}

func (k *kinds) take() (all []tickets.Kind) {
	k.mu.Lock()
	defer k.mu.Unlock()
	all, k.all = k.all, nil
	return all
}

func (d disk) Append(fact []byte, patience time.Duration) (uint64, bool, error) {
	if d.dead.Load() {
		return 0, false, memory.ErrCrashed
	}
	if f, err := tickets.DecodeFact(fact); err == nil && patience < 0 {
		d.lingered.mu.Lock()
		d.lingered.all = append(d.lingered.all, f.Event.Kind())
		d.lingered.mu.Unlock()
	}
	return d.Spool.Append(fact, patience)
}

// page is the book as one Hotline writes in it, which writes nothing more once it is dead.
type page struct {
	*book
	dead *atomic.Bool
}

func (p page) Keep(name string, entry []byte) error {
	if p.dead.Load() {
		return memory.ErrCrashed
	}
	return p.book.Keep(name, entry)
}

func (p page) Strike(name string) error {
	if p.dead.Load() {
		return memory.ErrCrashed
	}
	return p.book.Strike(name)
}

func (b *book) size() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.kept)
}

// desk is a page that acknowledges pops after some time, and writes down what it is shown.
type desk struct {
	takes time.Duration // for a pop
	seats seats         // whose phones are their pages; nil is nobody's
	onPop func()        // looks around at that moment

	mu    sync.Mutex
	shown []shown

	asides []ivr.Aside                  // of all talks
	mine   map[queues.AgentID]ivr.Aside // the last on each page
}

type shown struct {
	what  string // "pop anna", "talking anna", "ended anna"
	offer queues.Offer
	pop   tickets.Pop
	at    time.Time
}

func (d *desk) Pop(ctx context.Context, offered queues.Offered, p tickets.Pop) {
	o := offered.Offer
	d.write("pop", o, p)
	if d.onPop != nil {
		d.onPop()
	}
	select {
	case <-time.After(d.takes):
	case <-ctx.Done():
	}
}

func (d *desk) Talking(o queues.Offered, _ time.Time, p tickets.Pop)   { d.write("talking", o.Offer, p) }
func (d *desk) Ended(o queues.Offer, p tickets.Pop, _ tickets.Outcome) { d.write("ended", o, p) }

func (d *desk) Consulting(o queues.Offered, _ time.Time, p tickets.Pop) {
	d.write("consulting", o.Offer, p)
}
func (d *desk) Gone(_ context.Context, agent queues.AgentID, sure bool) bool {
	return d.seats != nil && d.seats(agent, sure)
}

// seats says whether an agent's page is their phone, and gone: it is sure, or asked.
type seats func(agent queues.AgentID, sure bool) bool

func (d *desk) Consulted(o queues.Offer) { d.write("consulted", o, tickets.Pop{}) }

func (d *desk) Aside(o queues.Offer, a ivr.Aside) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asides = append(d.asides, a)
	if d.mine == nil {
		d.mine = map[queues.AgentID]ivr.Aside{}
	}
	d.mine[o.Agent] = a
}

func (d *desk) write(what string, o queues.Offer, p tickets.Pop) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shown = append(d.shown, shown{what + " " + string(o.Agent), o, p, time.Now()})
}

// story is what the desks were shown, in words.
func (d *desk) story() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var words []string
	for _, s := range d.shown {
		words = append(words, s.what)
	}
	return strings.Join(words, ", ")
}

// last is the latest of a kind.
func (d *desk) last(what string) shown {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range slices.Backward(d.shown) {
		if s.what == what {
			return s
		}
	}
	return shown{}
}

// store keeps the facts besides, in the order of their arrival.
type store struct {
	*ticketmemory.Store
	mu    sync.Mutex
	facts []tickets.Fact
}

func (s *store) Apply(ctx context.Context, facts []tickets.Fact) error {
	s.mu.Lock()
	s.facts = append(s.facts, facts...)
	s.mu.Unlock()
	return s.Store.Apply(ctx, facts)
}

// offers says how offers ended, in order: "missed by anna".
func (h *house) offers() string {
	h.Helper()
	if err := h.register.Flush(h.Context()); err != nil {
		h.Fatal(err)
	}
	h.store.mu.Lock()
	defer h.store.mu.Unlock()
	var ends []string
	for _, f := range h.store.facts {
		if e, ok := f.Event.(tickets.OfferEnded); ok {
			ends = append(ends, e.How+" by "+e.Agent.ID)
		}
	}
	return strings.Join(ends, ", ")
}

// logged keeps what was logged at level warn and above.
type logged struct {
	mu    sync.Mutex
	lines []string
}

func (l *logged) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }
func (l *logged) WithAttrs([]slog.Attr) slog.Handler               { return l }
func (l *logged) WithGroup(string) slog.Handler                    { return l }
func (l *logged) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := r.Message
	r.Attrs(func(a slog.Attr) bool { line += " " + a.String(); return true })
	l.lines = append(l.lines, line)
	return nil
}

func (l *logged) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}

// missing is a switch that lacks sounds.
func missing(names ...string) func(*house) {
	return func(h *house) {
		lengths := make(map[telephony.Sound]time.Duration)
		for _, n := range names {
			lengths[telephony.Sound("hotline/"+n)] = -1
		}
		h.sw = memory.New(memory.Options{Lengths: lengths})
	}
}

// number is the ticket's number as the customer heard it last.
func number(c *memory.Customer) tickets.Number {
	var heard tickets.Number
	for _, h := range c.Hears() {
		for _, p := range h.Parts {
			if digits, ok := p.(telephony.Digits); ok {
				heard = tickets.Number(digits)
			}
		}
	}
	return heard
}

// after is a node that leads elsewhere.
func after(n flow.Node, next flow.NodeID) flow.Node {
	n.Next = next
	return n
}
