package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"hotline/recordings/stereo"
	"hotline/recordings/tape"
	"hotline/telephony"
	"hotline/telephony/asterisk"
	"hotline/tickets"
)

// fileReserved gives a call that Asterisk took alone its ticket: with who talked with the customer, or what the customer has said, and else to be called back.
func (s *service) fileReserved(ctx context.Context, c asterisk.Reserved) {
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
		switch speaks, err := s.speaks(ctx, c.Message); {
		case errors.Is(err, telephony.ErrGone): // it was filed before, and is in the archive, or was silent
		case err == nil && !speaks:
			file.SaidNothing(c.Ended)
			s.forgetSilence(ctx, c)
		default:
			if err != nil {
				s.log.Warn("whether somebody has said anything to Asterisk's recorder is not known, and it is kept as a message", "call", c.ID, "err", err)
			}
			outcome = tickets.LeftMessage
			s.messageOfReserve(c, file)
		}
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

// listensWithin bounds how long it may take to hear a message, the wait for Asterisk included.
const listensWithin = 5 * time.Second

// speaks reports whether anything is said in a message that Asterisk has recorded: Asterisk itself says only how long it is. The error is telephony.ErrGone where it is
// not there any more.
func (s *service) speaks(ctx context.Context, name string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, listensWithin)
	defer cancel()
	if err := s.sw.Linked(ctx); err != nil {
		return false, err
	}
	from, err := s.sw.OpenRecording(ctx, name)
	if err != nil {
		return false, err
	}
	defer from.Close()
	sound, err := io.ReadAll(from)
	if err != nil {
		return false, err
	}
	return stereo.Speaks(bytes.NewReader(sound), int64(len(sound)))
}

// forgetSilence deletes the recording of somebody who has said nothing.
func (s *service) forgetSilence(ctx context.Context, c asterisk.Reserved) {
	ctx, cancel := context.WithTimeout(ctx, listensWithin)
	defer cancel()
	if err := s.sw.DeleteRecording(ctx, c.Message); err != nil {
		s.log.Warn("a recording in which nobody says anything stays with Asterisk", "call", c.ID, "err", err)
	}
}
