package tickets

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"hotline/telephony"
	"hotline/telephony/words"
)

// Engine is what stands behind a case: the register, which keeps what a case writes, and knows what others have written.
type Engine interface {
	// Write keeps a fact. It returns when the fact is on disk, or soon, when it is on its way there. Where somebody waits to be sure of it, Write
	// waits longer for the disk, and ErrNotKept says that the fact may not get there.
	Write(f Fact, sure bool) error
	// Linger keeps a fact that another of its call follows soon, by Write, and of which nobody is told before: it does not wait, and the disk takes both together where it can.
	Linger(Fact)
	// Enter makes a draft one of the register's cases, and gives it a ticket number.
	Enter(*Case) Number
	// Ticket finds a ticket by its number, or by one that it took over, for somebody who calls from a number and has typed the ticket's. It is
	// ErrNoTicket where there is none, and for who has guessed too often. Any other error says that nobody can tell in time.
	Ticket(ctx context.Context, from telephony.Number, n Number) (Ticket, error)
	// Recent lists the calls of the last minutes from a number, latest first. It does not wait.
	Recent(from telephony.Number) []Past
}

// Case is one call's ticket while the call lasts, and through its wrap-up. The call's goroutine drives it; Pop
// and Number may be asked from anywhere.
type Case struct {
	engine     Engine
	terms      Terms
	id         ContactID
	call       telephony.CallID
	node       string // that has the call
	from       telephony.Number
	name       string // hostile, but storable
	withheld   string // hostile, but storable; shown to nobody
	hidden     string // the key of the number in it
	to         telephony.Number
	identifyBy time.Time     // when this call waits no longer to learn who calls
	tried      chan struct{} // closed after the store was asked once
	settled    chan struct{} // closed when it will not be asked again

	mu       sync.Mutex // guards what is below
	at       time.Time  // of the first ring
	caller   Caller
	empty    bool // resumed with an empty note: the store may know the ticket better
	kept     Kept
	target   *Ticket // the linked ticket, where it was seen
	about    *Ticket // the one that the caller says the call is about, where it was seen
	endedAt  time.Time
	lastN    map[Kind]int64
	calledBy string // the agent who made the call, where it is not the customer's and was not asked for
	reason   string // why they did, by its code
	draft    bool   // of an outgoing call whose customer was not dialled yet
	drafted  []Fact // these wait for that
}

// Kept is what the note on the caller's channel must hold, so that a register can go on with the same ticket after a restart. Its JSON is what
// notes hold, and what an older Hotline has written is read.
type Kept struct {
	Own        Number       `json:"own"`
	Ticket     Number       `json:"ticket"`
	Linked     Linked       `json:"linked,omitempty"`
	Topic      string       `json:"topic,omitempty"`
	Language   string       `json:"language,omitempty"`
	About      Number       `json:"about,omitempty"` // the ticket that the caller says the call is about, and that is not known to be theirs
	Path       []words.Text `json:"path,omitempty"`
	Queue      *Queue       `json:"queue,omitempty"`
	QueuedAt   time.Time    `json:"queued_at,omitzero"`
	Agent      *Agent       `json:"agent,omitempty"`
	AnsweredAt time.Time    `json:"answered_at,omitzero"`
	Sender     *Sender      `json:"sender,omitempty"`
	Talked     time.Time    `json:"talked,omitzero"` // until then: see Case.TalkOver
}

// NewCase is a call's case. k is what a note kept of it, with a number of its own at least. Until identifyBy the call waits to learn who
// calls: the engine asks the store, and says so by Identified, AskedOnce and AskedEnough, unless the number is withheld. Of a call that a restart
// has found it asks in any case, and says by Found which ticket it has.
func NewCase(e Engine, t Terms, a telephony.Arrival, k Kept, identifyBy time.Time) *Case {
	c := &Case{
		engine: e, terms: t, id: OfCall(a.ID), call: a.ID, node: a.Node, from: a.From, name: Clean(a.Name, LongestName), withheld: Clean(a.Withheld, LongestName), hidden: Clean(a.Hidden.Key(), LongestName), to: a.To, at: a.At, identifyBy: identifyBy,
		tried: make(chan struct{}), settled: make(chan struct{}), caller: Caller{Match: Unknown}, lastN: map[Kind]int64{},
		empty: a.Resume != nil && k.Ticket == "",
	}
	if c.from.Key() == "" {
		c.caller.Match = Anonymous
	}
	if c.from.Key() == "" && a.Resume == nil {
		close(c.tried)
		close(c.settled)
	}
	if k.Ticket == "" {
		k.Ticket = k.Own
	}
	if k.Linked == "" {
		k.Linked = LinkedNew
	}
	c.kept = k
	return c
}

// Call is the call's id.
func (c *Case) Call() telephony.CallID { return c.call }

// From is the caller's number.
func (c *Case) From() telephony.Number { return c.from }

// Past is this call as the next one from the same number finds it.
func (c *Case) Past() Past {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Past{Contact: c.id, Ticket: c.kept.Ticket, At: c.at, EndedAt: c.endedAt}
}

// Over says that the call has ended.
func (c *Case) Over() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.endedAt.IsZero()
}

// Number is the ticket's number now. It may change once, when the topic is chosen or a number typed;
// the earlier one then stays a second name of the ticket.
func (c *Case) Number() Number {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kept.Ticket
}

// Kept is for the note on the caller's channel.
func (c *Case) Kept() Kept {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.kept
	k.Path = append([]words.Text(nil), k.Path...)
	return k
}

// LinkTyped takes the ticket number that the caller typed. A ticket of the caller's own is linked; of any other the call says to be about it,
// and has its own ticket (see Claimed). What an agent has linked stays. ErrCheckDigit and ErrNotNumber tell of a typing mistake, ErrNoTicket that there is none. When the
// store does not answer in time the register decides later.
func (c *Case) LinkTyped(ctx context.Context, n Number) error {
	n, err := ParseNumber(string(n))
	if err != nil {
		return err
	}
	t, err := c.engine.Ticket(ctx, c.from, n)
	switch {
	case errors.Is(err, ErrNoTicket):
		return err
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	c.await(ctx)
	c.mu.Lock()
	if c.kept.Linked == LinkedByAgent {
		c.mu.Unlock()
		return nil
	}
	if c.calledAbout(n) || err == nil && c.owns(t) {
		if err == nil {
			n, c.target = t.Number, &t
		}
		c.kept.Ticket, c.kept.Linked, c.kept.About = n, LinkedTyped, ""
		routed := c.routed()
		c.mu.Unlock()
		c.write(time.Now(), routed)
		return nil
	}
	if err == nil {
		n, c.about = t.Number, &t
	}
	c.kept.About = n
	claim := c.claim(n)
	c.mu.Unlock()
	c.write(time.Now(), claim)
	return nil
}

// owns says whether a ticket is of a customer who has the caller's number. Called with mu held.
func (c *Case) owns(t Ticket) bool {
	if c.from.Key() == "" {
		return false
	}
	if known := c.caller.Customer; known != nil && known.ID != "" && t.Customer == known.ID {
		return true
	}
	isIt := func(k Customer) bool { return k.ID == t.Customer }
	return t.Customer != "" && slices.ContainsFunc(c.caller.Candidates, isIt)
}

// calledAbout says whether an earlier call from this number, of the last hours, has the ticket. Called with mu held.
func (c *Case) calledAbout(n Number) bool {
	return c.from.Key() != "" && slices.ContainsFunc(c.told().Calls, func(p Past) bool { return p.Ticket == n })
}

// SetTopic notes what the call is about, and decides by the linking rule which ticket it belongs to. It waits for
// the rest of the identification's budget at most. A ticket once linked stays.
func (c *Case) SetTopic(topic string) (Number, Linked) { return c.setTopic(topic, c.write) }

// SetTopicToQueue is SetTopic of a call that comes to its queue now: Queued follows, and nobody is told of the topic before.
func (c *Case) SetTopicToQueue(topic string) (Number, Linked) { return c.setTopic(topic, c.linger) }

func (c *Case) setTopic(topic string, write func(time.Time, Event)) (Number, Linked) {
	c.await(context.Background())
	c.mu.Lock()
	c.kept.Topic = Clean(topic, LongestName)
	c.decide(time.Now())
	n, how, routed := c.kept.Ticket, c.kept.Linked, c.routed()
	c.mu.Unlock()
	write(time.Now(), routed)
	return n, how
}

// decide applies the linking rule, with mu held.
func (c *Case) decide(at time.Time) {
	if c.kept.Linked != LinkedNew {
		return
	}
	known := c.told()
	c.kept.Ticket, c.kept.Linked = Link(at, c.kept.Ticket, "", c.kept.Topic, known)
	for _, t := range known.OpenTickets {
		if t.Number == c.kept.Ticket {
			c.target = &t
		}
	}
}

// SetLanguage notes the caller's language, "ru" or "en".
func (c *Case) SetLanguage(language string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept.Language = Clean(language, LongestName)
}

// Path adds a step of the way through the flow, in words.
func (c *Case) Path(node words.Text) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.kept.Path) < 50 { // a caller may go round in a menu for hours
		c.kept.Path = append(c.kept.Path, node)
	}
}

// forgetCaller drops what is known of the caller. A case outlives its call by a while, and nobody shows its pop any more.
func (c *Case) forgetCaller() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.caller, c.target, c.about = Caller{Match: c.caller.Match}, nil, nil
}

// write puts a fact of this call into the spool.
func (c *Case) write(at time.Time, e Event) {
	if f, ready := c.fact(at, e); ready {
		_ = c.engine.Write(f, false) // the engine tells the operator what it cannot keep, and the call goes on
	}
}

// linger is write for a fact that another follows soon.
func (c *Case) linger(at time.Time, e Event) {
	if f, ready := c.fact(at, e); ready {
		c.engine.Linger(f)
	}
}

// fact is a fact of this call; not ready where it waits for the draft to become a contact. What is written again after a restart has the same
// key, and counts once; a second fact of the same kind at the same instant gets a key of its own.
func (c *Case) fact(at time.Time, e Event) (f Fact, ready bool) {
	f = Fact{Contact: c.id, Channel: Call{}, At: at, Event: e}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.draft {
		c.drafted = append(c.drafted, f)
		return f, false
	}
	f.Own = c.kept.Own
	if kinds[e.Kind()].frequency == often {
		f.N = max(at.UnixMicro(), c.lastN[e.Kind()]+1)
		c.lastN[e.Kind()] = f.N
	}
	return f, true
}

func (a Agent) clean() Agent { return Agent{Clean(a.ID, LongestName), Clean(a.Name, LongestName)} }
