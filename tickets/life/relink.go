package life

import "hotline/tickets"

// Relink says that a contact is about another ticket than the one that it has: whoever talks with the customer has found out. Only the contact goes,
// with what was said in it; a ticket that was opened for it alone is merged instead (see register.Relink), so that nothing of it is left behind.
type Relink struct {
	Contact tickets.ContactID
	To      tickets.Number
}

// Name is what the history calls it.
func (Relink) Name() string { return "relink" }

func (c Relink) needs() []tickets.Number { return named(c.To) }

func (c Relink) do(w *work) error {
	if c.Contact == "" {
		return missing("contact", "is missing")
	}
	to, err := w.other("to", c.To)
	if err != nil {
		return err
	}
	if _, open := to.State.(tickets.Open); !open {
		return ErrClosed
	}
	w.details["to"] = string(to.Number)
	w.say(to, "from", string(w.Number))
	w.moved = append(w.moved, Moved{From: w.Number, To: to.Number, Contacts: []tickets.ContactID{c.Contact}})
	w.linked = c.Contact
	return nil
}
