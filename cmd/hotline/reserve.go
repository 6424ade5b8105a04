package main

import (
	"hotline/telephony/asterisk"
	"hotline/tickets"
)

// fileReserved gives a call that Asterisk took alone its ticket: the customer is to be called back.
func (s *service) fileReserved(c asterisk.Reserved) {
	if s.canary.own(c.Arrival) {
		return // nobody waits for a call back
	}
	outcome := tickets.AbandonedInGreeting
	if c.Answered {
		outcome = tickets.Lost
	}
	file := s.register.Arrive(c.Arrival)
	file.Ended(c.Ended, outcome)
	s.log.Info("a call that Asterisk took alone has its ticket", "call", c.ID, "ticket", file.Number(), "outcome", outcome)
}
