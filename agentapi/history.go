package agentapi

import (
	"time"

	"hotline/tickets"
)

// TicketChange is a line of a ticket's history.
type TicketChange struct {
	Version int64             `json:"version" doc:"of the ticket after it"`
	At      time.Time         `json:"at"`
	By      TicketBy          `json:"by"`
	Kind    string            `json:"kind" doc:"opened, the name of a command, or the kind of a call's event" example:"hand_over"`
	Contact tickets.ContactID `json:"contact,omitempty" doc:"of a call's event"`
	Details map[string]string `json:"details,omitempty"`
	Patch   tickets.Patch     `json:"patch" doc:"what became different: the field's value before and after, as text"`
}

// TicketBy is who did something to a ticket.
type TicketBy struct {
	Kind tickets.ByKind `json:"kind" enum:"person,call,rule,program,customer"`
	ID   string         `json:"id,omitempty"`
	Name string         `json:"name,omitempty" doc:"as it was then"`
	For  string         `json:"for,omitempty" doc:"on whose behalf"`
	From string         `json:"from,omitempty" doc:"desk, page, call, or an address"`
}

// ShowChange is a line of a history as JSON; what people wrote in it is safe to show.
func ShowChange(c tickets.Change) TicketChange {
	shown := TicketChange{Version: c.Version, At: c.At, By: ShowBy(c.By), Kind: c.Kind, Contact: c.Contact, Details: c.Details, Patch: tickets.Patch{}}
	for field, was := range c.Patch {
		shown.Patch[field] = [2]string{tickets.DisplayLines(was[0]), tickets.DisplayLines(was[1])}
	}
	return shown
}

// ShowBy is who did something, as JSON.
func ShowBy(b tickets.By) TicketBy {
	return TicketBy{Kind: b.Kind, ID: b.ID, Name: tickets.Display(b.Name), For: b.For, From: b.From}
}
