package tickets

import (
	"time"

	"hotline/telephony"
)

// Arrived is the first ring. Next is when the caller is to be called back if nothing further happens.
type Arrived struct {
	From       string    `json:"from"` // the number's key, "" when withheld
	RawFrom    string    `json:"raw_from"`
	RawName    string    `json:"raw_name"`
	Withheld   string    `json:"withheld,omitempty"` // what the network said of a caller who withholds who they are: no page shows it
	Hidden     string    `json:"hidden,omitempty"`   // the key of the number in Withheld, by which all that is held about a person is found
	To         string    `json:"to"`
	Department string    `json:"department"`
	Next       time.Time `json:"next"`
	CalledBy   string    `json:"called_by,omitempty"` // the agent who made the call; "" is the customer
	Reason     string    `json:"reason,omitempty"`    // why they did, by its code; "" is not said
	Node       string    `json:"node,omitempty"`      // the Asterisk that has the call; "" is not known: an older version wrote it
}

func init() { define[Arrived](once) }

func (Arrived) Kind() Kind { return "call.arrived" }

func (e Arrived) wants(w *wanted) { w.caller(e.number().Key()) }

// number is who called. A key that an older version took for somebody's may be nobody's now.
func (e Arrived) number() telephony.Number { return telephony.NumberOf(e.From, e.RawFrom) }

func (e Arrived) opens() (string, time.Time) { return e.Department, e.Next }

func (e Arrived) apply(p *page) error {
	c := &p.contact
	c.ArrivedAt, c.From, c.RawName, c.To = p.At, e.number(), e.RawName, e.To
	c.CalledBy, c.Reason = e.CalledBy, e.Reason
	key := c.From.Key()
	if key == "" {
		return nil
	}
	switch holders := p.book.Holders[key]; len(holders) {
	case 0:
		c.Customer = p.meet(key)
	case 1:
		c.Customer = holders[0]
	}
	if p.ticket.Customer == "" {
		p.ticket.Customer = c.Customer
	}
	return nil
}

// repeated is about a call that has arrived at two processes: its caller may have heard two numbers, and both lead to its ticket.
func (e Arrived) repeated(b *Book, f Fact) {
	if c := b.Contacts[f.Contact]; c != nil {
		b.nameTwice(f.Own, c.Ticket)
	}
}

// Arrived notes the first ring.
func (c *Case) Arrived() { c.write(c.at, c.arrival()) }

func (c *Case) arrival() Arrived {
	return Arrived{
		From: Clean(c.from.Key(), LongestName), RawFrom: Clean(c.from.Raw, LongestName), RawName: c.name, Withheld: c.withheld, Hidden: c.hidden, To: Clean(c.to.String(), LongestName),
		Department: c.terms.Department, Next: c.at.Add(c.terms.CallBackWithin), CalledBy: Clean(c.calledBy, LongestName), Reason: Clean(c.reason, LongestName), Node: Clean(c.node, LongestName),
	}
}
