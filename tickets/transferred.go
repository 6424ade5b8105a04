package tickets

import "time"

// LongestTransferNote is how many characters an agent may say to the next about a caller whom they send on: the caller's channel keeps it.
const LongestTransferNote = 300

// Transferred says that an agent has sent the caller on: to a queue, to a colleague, or to a number outside.
type Transferred struct {
	Agent  Agent     `json:"agent"` // who had the caller
	Since  time.Time `json:"since"` // they talked
	Queue  string    `json:"queue,omitempty"`
	To     Agent     `json:"to,omitzero"`
	Number string    `json:"number,omitempty"`
	Note   string    `json:"note,omitempty"`
}

func init() { define[Transferred](often) }

func (Transferred) Kind() Kind { return "call.transferred" }

func (Transferred) signOfLife() {}

func (e Transferred) by() By {
	return By{Kind: ByCall, ID: e.Agent.ID, Name: e.Agent.Name, From: "desk"}
}

// apply leaves the ticket with whoever follows it up. What was noted stands with the contact, before what others note.
func (e Transferred) apply(p *page) error {
	p.contact.parted(p.At, e)
	return nil
}

// Sender is who had the caller last, and sent them on. The note on the caller's channel keeps it (see Kept).
type Sender struct {
	Agent Agent     `json:"agent"`
	Since time.Time `json:"since"` // they talked
	At    time.Time `json:"at"`    // they sent the caller on
	Note  string    `json:"note,omitempty"`
}

// Transferred notes that an agent has sent the caller on. Nobody speaks with the caller any more; where it comes to nothing, and they are back
// with who had sent them, Joined says so.
func (c *Case) Transferred(at time.Time, e Transferred) {
	e.Agent, e.To, e.Note = e.Agent.clean(), e.To.clean(), Clean(Typed(e.Note), LongestTransferNote)
	c.mu.Lock()
	if e.Since.IsZero() {
		e.Since = c.kept.AnsweredAt
	}
	c.kept.Sender = &Sender{Agent: e.Agent, Since: e.Since, At: at, Note: e.Note}
	c.kept.Agent, c.kept.AnsweredAt, c.kept.Talked = nil, time.Time{}, time.Time{}
	c.mu.Unlock()
	c.write(at, e)
}

// sentOn says whether an agent had the caller, and has sent them on. It is called with mu held.
func (c *Case) sentOn(agent string) bool {
	return c.kept.Sender != nil && (c.kept.Agent == nil || c.kept.Agent.ID != agent)
}
