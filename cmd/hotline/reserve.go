package main

import (
	"hotline/recordings/tape"
	"hotline/telephony/asterisk"
	"hotline/tickets"
)

// fileReserved gives a call that Asterisk took alone its ticket: with who talked with the customer, or what the customer has said, and else to be called back.
func (s *service) fileReserved(c asterisk.Reserved) {
	if s.canary.own(c.Arrival) {
		return // nobody waits for a call back
	}
	outcome := tickets.AbandonedInGreeting
	if c.Answered {
		outcome = tickets.Lost
	}
	file := s.register.Arrive(c.Arrival)
	switch {
	case c.With != "":
		agent := s.config.Reserved(c.With)
		file.Answered(c.Since, agent)
		outcome = tickets.Served
		if agent.ID == "" { // nobody files what came of it, so that it is to be asked
			outcome = tickets.SentOn
		}
	case c.Message != "":
		outcome = tickets.LeftMessage
		s.messageOfReserve(c, file)
	}
	file.Ended(c.Ended, outcome)
	s.log.Info("a call that Asterisk took alone has its ticket", "call", c.ID, "ticket", file.Number(), "outcome", outcome)
}

// messageOfReserve has a message brought to the archive, which lets the contact know of it; without an archive it stays with Asterisk.
func (s *service) messageOfReserve(c asterisk.Reserved, file *tickets.Case) {
	if s.tapes == nil {
		file.Recorded(c.Ended, c.Message)
		return
	}
	s.tapes.Note(c.ID, tape.Fact{Kind: tape.Speaks, At: c.At, Ticket: string(file.Number()), Name: c.Message})
}
