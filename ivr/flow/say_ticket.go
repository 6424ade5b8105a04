package flow

import (
	"context"

	"hotline/telephony"
)

var sayTicketKind = kindOf[SayTicket]("say_ticket", `{say_ticket: your_ticket, next: after}`)

// SayTicket says a prompt, and then the number of the call's ticket, digit by digit.
type SayTicket Prompt

// Outline implements Kind.
func (s SayTicket) Outline(next NodeID) Outline {
	return Outline{Drawn: "say_ticket", Says: []Said{{"say_ticket", []Prompt{Prompt(s)}}}, Ways: on(next)}
}

// Prove implements Kind. The prompt is all there is.
func (SayTicket) Prove(*Proof) {}

// Run implements Kind.
func (s SayTicket) Run(ctx context.Context, call Call, next NodeID) (NodeID, error) {
	a := call.Speech.Words(Prompt(s))
	a.Parts = append(a.Parts, telephony.Digits(call.File.Number()))
	return next, call.Speech.Play(ctx, a)
}
