package tickets

// Relinked takes the ticket to which whoever talks in the call has given it.
func (c *Case) Relinked(n Number) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept.Ticket, c.kept.Linked, c.kept.About, c.target, c.about = n, LinkedByAgent, "", nil, nil
}
