package tickets

import (
	"context"
	"errors"
	"sync"
	"time"

	"hotline/telephony"
	"hotline/telephony/words"
)

// Case is one call's ticket while the call lasts, and through its wrap-up. The call's goroutine drives it; Pop
// and Number may be asked from anywhere.
type Case struct {
	r     *Register
	call  telephony.CallID
	from  telephony.Number
	name  string // hostile, but storable
	to    telephony.Number
	at    time.Time     // of the first ring
	began time.Time     // when this process took the call: the budget of identification runs from here
	tried chan struct{} // closed after the first try to identify: waiting longer is no use
	known chan struct{} // closed after the last

	mu      sync.Mutex // guards what is below
	caller  Caller
	late    bool // the store did not answer within the budget
	empty   bool // resumed with an empty note: the store may know the ticket better
	kept    Kept
	target  *Ticket // the linked ticket, where it was seen
	endedAt time.Time
	lastN   map[Kind]int64
	draft   bool   // of an outgoing call whose customer was not dialled yet
	drafted []Fact // these wait for that
}

// Kept is what the note on the caller's channel must hold so that Resume goes on with the same ticket.
type Kept struct {
	Own        Number       `json:"own"`
	Ticket     Number       `json:"ticket"`
	Linked     Linked       `json:"linked,omitempty"`
	Topic      string       `json:"topic,omitempty"`
	Language   string       `json:"language,omitempty"`
	Path       []words.Text `json:"path,omitempty"`
	Queue      *Queue       `json:"queue,omitempty"`
	QueuedAt   time.Time    `json:"queued_at,omitzero"`
	Agent      *Agent       `json:"agent,omitempty"`
	AnsweredAt time.Time    `json:"answered_at,omitzero"`
}

func newCase(r *Register, a telephony.Arrival, k Kept) *Case {
	c := &Case{
		r: r, call: a.ID, from: a.From, name: Clean(a.Name, longestName), to: a.To, at: a.At, began: time.Now(),
		tried: make(chan struct{}), known: make(chan struct{}), caller: Caller{Match: Unknown}, lastN: map[Kind]int64{},
		empty: a.Resume != nil && k.Ticket == "",
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

func (c *Case) contact() ContactID { return OfCall(c.call) }

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

// LinkTyped links the ticket whose number the caller typed. ErrCheckDigit and ErrNotNumber tell of a typing
// mistake, ErrNoTicket that there is none. When the store does not answer in time the caller is
// believed; should the ticket not exist after all, the call keeps its own.
func (c *Case) LinkTyped(ctx context.Context, n Number) error {
	n, err := ParseNumber(string(n))
	if err != nil {
		return err
	}
	ask, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	t, err := c.r.o.Store.Ticket(ask, n)
	switch {
	case errors.Is(err, ErrNoTicket) && !c.r.recent.has(n):
		return err
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	c.mu.Lock()
	if err == nil {
		n, c.target = t.Number, &t
	}
	c.kept.Ticket, c.kept.Linked = n, LinkedTyped
	routed := c.routed()
	c.mu.Unlock()
	c.r.recent.moved(c.contact(), n)
	c.write(time.Now(), routed)
	return nil
}

// SetTopic notes what the call is about, and decides by the linking rule which ticket it belongs to. It waits for
// the rest of the identification's budget at most. A ticket once linked stays.
func (c *Case) SetTopic(topic string) (Number, Linked) {
	c.await(context.Background())
	c.mu.Lock()
	c.kept.Topic = Clean(topic, longestName)
	c.decide(time.Now())
	n, how, routed := c.kept.Ticket, c.kept.Linked, c.routed()
	c.mu.Unlock()
	c.r.recent.moved(c.contact(), n)
	c.write(time.Now(), routed)
	return n, how
}

// decide applies the linking rule, with mu held.
func (c *Case) decide(at time.Time) {
	if c.kept.Linked != LinkedNew {
		return
	}
	known := c.caller
	known.Calls = merge(c.contact(), c.r.recent.of(c.from.Key()), known.Calls)
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
	c.kept.Language = Clean(language, longestName)
}

// Path adds a step of the way through the flow, in words.
func (c *Case) Path(node words.Text) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.kept.Path) < 50 { // a caller may go round in a menu for hours
		c.kept.Path = append(c.kept.Path, node)
	}
}

func (c *Case) wrapUp(at time.Time, e WrappedUp) {
	c.mu.Lock()
	if e.Disposition == HandedOver {
		e.Department = orElse(e.Department, c.r.o.department(c.kept.Topic))
	}
	c.mu.Unlock()
	c.write(at, e)
	c.slim()
}

// slim drops what nobody will look at any more.
func (c *Case) slim() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.caller, c.target = Caller{Match: c.caller.Match}, nil
}

func (c *Case) endedSince() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.endedAt
}

// write puts a fact of this call into the spool. The same fact reported twice has the same key; a second one of
// the same kind and instant has not.
func (c *Case) write(at time.Time, e Event) {
	f := Fact{Contact: c.contact(), Channel: Call{}, At: at, Event: e}
	c.mu.Lock()
	if c.draft {
		c.drafted = append(c.drafted, f)
		c.mu.Unlock()
		return
	}
	f.Own = c.kept.Own
	if kinds[e.Kind()].frequency == often {
		f.N = max(at.UnixMicro(), c.lastN[e.Kind()]+1)
		c.lastN[e.Kind()] = f.N
	}
	c.mu.Unlock()
	c.r.write(f)
}

func (a Agent) clean() Agent { return Agent{Clean(a.ID, longestName), Clean(a.Name, longestName)} }
