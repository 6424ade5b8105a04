package main

import (
	"hotline/telephony/asterisk"
	"hotline/tickets"
)

// fileReserved gives a call that Asterisk took alone its ticket: the customer is to be called back.
func (s *service) fileReserved(c asterisk.Reserved) {
	outcome := tickets.AbandonedInGreeting
	if c.Answered {
		outcome = tickets.Lost
	}
	s.register.Arrive(c.Arrival).Ended(c.Ended, outcome)
	s.log.Info("a call that Asterisk took alone has its ticket", "call", c.ID, "outcome", outcome)
}
