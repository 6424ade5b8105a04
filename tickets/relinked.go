package tickets

// Relinked takes the ticket to which whoever talks in the call has given it.
func (c *Case) Relinked(t Ticket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept.Ticket, c.kept.Linked, c.kept.About, c.target, c.about = t.Number, LinkedByAgent, "", &t, nil
}

// Found takes the ticket that the store has for a call that was found after a restart. What the note says may be newer than what the store has got
// yet; but an agent's word goes to the store first, and to no note where Hotline dies right then. A call without a note has no other.
func (c *Case) Found(t Ticket, how Linked) {
	if how == LinkedByAgent {
		c.Relinked(t)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.empty {
		c.kept.Ticket, c.kept.Linked = t.Number, how
	}
}
