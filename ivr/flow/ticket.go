package flow

import (
	"context"
	"errors"
	"time"

	"hotline/telephony"
	"hotline/tickets"
)

var ticketKind = kindOf[Ticket]("ticket", `
ticket: {prompt: type_ticket, wrong: wrong_ticket, wait: 6s, tries: 3}
next: after
`)

// Ticket asks for a ticket's number and links the ticket to the call. A mistyped number is told at once by its check digit,
// before any database is asked. With no number after Tries the call goes on all the same.
type Ticket struct {
	Prompt Prompt        `yaml:"prompt"`
	Wrong  Prompt        `yaml:"wrong"` // mistyped or not found
	Wait   time.Duration `yaml:"wait"`
	Tries  int           `yaml:"tries"`
}

// longestTyped is how many digits a ticket's number has at most: those made from the clock are long.
const longestTyped = 15

// Outline implements Kind.
func (t Ticket) Outline(next NodeID) Outline {
	return Outline{
		Drawn: "ticket",
		Says:  []Said{{"ticket.prompt", []Prompt{t.Prompt}}, {"ticket.wrong", []Prompt{t.Wrong}}},
		Ways:  on(next),
		Asks:  true,
	}
}

// Prove implements Kind.
func (t Ticket) Prove(p *Proof) {
	p.tries("ticket.tries", t.Tries)
	p.positive("ticket.wait", t.Wait)
}

// Run implements Kind.
func (t Ticket) Run(ctx context.Context, call Call, next NodeID) (NodeID, error) {
	ask := telephony.Collect{Prompt: call.Speech.Words(t.Prompt), Min: 1, Max: longestTyped, Until: '#', First: t.Wait, Between: t.Wait}
	for range t.Tries {
		digits, err := call.Keypad.Collect(ctx, ask)
		if errors.Is(err, telephony.ErrNoInput) {
			continue
		}
		if err != nil {
			return "", err
		}
		number, err := tickets.ParseNumber(digits)
		if err == nil {
			err = call.File.Link(ctx, number)
		}
		if err == nil {
			break
		}
		if err := call.Speech.Say(ctx, call.Speech.Words(t.Wrong)); err != nil {
			return "", err
		}
	}
	return next, nil
}
