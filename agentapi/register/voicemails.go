package register

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/desk"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/queues"
	"hotline/recordings"
	"hotline/telephony"
	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/lists"
)

// VoicemailStore is where voicemails are read and marked. The Store of tickets/postgres implements it.
type VoicemailStore interface {
	// Voicemails is a page of a list; the error may be lists.ErrCursor. CountVoicemails counts the same, up to lists.Enough.
	Voicemails(ctx context.Context, q lists.VoicemailQuestion) (lists.VoicemailPage, error)
	CountVoicemails(ctx context.Context, q lists.VoicemailQuestion) (int, error)
	// MarkVoicemail says that one is done, or that it is not, in the history of its ticket; lists.ErrNoVoicemail.
	MarkVoicemail(ctx context.Context, id tickets.ContactID, n int, done bool, by tickets.By, at time.Time) (lists.Voicemail, error)
	// SeesContact says whether somebody may see a call, or its ticket.
	SeesContact(ctx context.Context, id tickets.ContactID, by tickets.Sight) (bool, error)
}

// KeptRecordings are what is known of recordings. The Rows of recordings/postgres implement it.
type KeptRecordings interface {
	OfCalls(ctx context.Context, calls ...telephony.CallID) ([]recordings.Entry, error)
}

// Voicemails is the operations about messages that callers left: which are to be done, and that they are. Their sound is a recording's (agentapi/playback), or
// a ticket's (recording.go). It is a rest.Room.
//
// That one is done or not is a line in its ticket's history, so that pages which watch tickets are told of it: of a new one likewise, by the end of its call.
type Voicemails struct {
	Store   VoicemailStore
	Kept    KeptRecordings
	Present *desk.Present        // how queues are called now
	Terms   func() tickets.Terms // whose people see which tickets
}

// Voicemail is a message that a caller left.
type Voicemail struct {
	Contact    tickets.ContactID `json:"contact" doc:"of its ticket, see /tickets/{number}/contacts/{id}/recording"`
	N          int               `json:"n" doc:"which of the contact's messages"`
	Call       telephony.CallID  `json:"call"`
	At         time.Time         `json:"at" doc:"when the call came"`
	Number     string            `json:"number" doc:"from which it came; empty when withheld"`
	NumberName string            `json:"number_name" doc:"as the network sent it"`
	Customer   *RowCustomer      `json:"customer" doc:"null: nobody is known"`
	Ticket     tickets.Number    `json:"ticket"`
	Queue      string            `json:"queue" doc:"in which they waited; empty: in none"`
	QueueName  words.Text        `json:"queue_name,omitempty"`
	Recording  recordings.ID     `json:"recording,omitempty" doc:"under which it is among the recordings; absent: it is not there, or not yet"`
	Length     *float64          `json:"length_s" doc:"null: not known"`
	DoneAt     *time.Time        `json:"done_at" doc:"null: it is to be done"`
	DoneBy     string            `json:"done_by" doc:"by name, as it was then"`
}

// VoicemailList is a page of them.
type VoicemailList struct {
	Items []Voicemail `json:"items" nullable:"false" doc:"the latest first"`
	Next  string      `json:"next_cursor" doc:"for the next page; empty: this is the last"`
	Count *int        `json:"count,omitempty" doc:"where it is asked for: how many there are in all; 1000 means: or more"`
}

type (
	voicemailsQuestion struct {
		Done   bool   `query:"done" doc:"those that are done, of the last 31 days; otherwise all that are not"`
		Count  bool   `query:"count" doc:"count them all, too"`
		Cursor string `query:"cursor" maxLength:"400"`
		Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}
	voicemailNamed struct {
		Contact string `path:"contact" maxLength:"40" doc:"as the list has it"`
		N       int    `path:"n" minimum:"1" maximum:"10000" doc:"which of the contact's messages"`
	}
)

const (
	doneFor         = 31 * 24 * time.Hour // is for how long voicemails that are done are listed
	theirVoicemails = "voicemails of tickets that they may see, and of calls that they took"
)

// Operations implements rest.Room.
func (v *Voicemails) Operations(to *rest.Registrar) {
	theirs := rest.Person(rest.Own, rest.All, theirVoicemails)
	huma.Register(to.API, to.Operation("voicemails", http.MethodGet, "/voicemails", "Messages that callers left, the latest first", theirs.WithToken(gate.ReadTickets)),
		func(ctx context.Context, in *voicemailsQuestion) (*rest.Answer[VoicemailList], error) {
			return v.list(ctx, to, in)
		})
	mark := func(id, method, summary string, done bool) {
		o := to.Operation(id, method, "/voicemails/{contact}/{n}/done", summary, theirs.WithToken(gate.WriteTickets))
		o.Description = "What is so already stays as it is. The history of the ticket says who did it."
		huma.Register(to.API, o, func(ctx context.Context, in *voicemailNamed) (*rest.Answer[Voicemail], error) {
			return v.mark(ctx, to, in, done)
		})
	}
	mark("do-voicemail", http.MethodPut, "Say that a voicemail is done", true)
	mark("undo-voicemail", http.MethodDelete, "Say that a voicemail is to be done after all", false)
}

func (v *Voicemails) sight(a gate.Account) tickets.Sight {
	s := v.Terms().Sight(a.Person)
	s.All = a.Role.Oversees()
	return s
}

func (v *Voicemails) list(ctx context.Context, to *rest.Registrar, in *voicemailsQuestion) (*rest.Answer[VoicemailList], error) {
	a, err := to.Who(ctx)
	if err != nil {
		return nil, err
	}
	q := lists.VoicemailQuestion{Sight: v.sight(a), Done: in.Done, Cursor: in.Cursor, Limit: in.Limit}
	if in.Done {
		q.Since = time.Now().Add(-doneFor)
	}
	page, err := v.Store.Voicemails(ctx, q)
	switch {
	case errors.Is(err, lists.ErrCursor):
		return nil, agentapi.Refuse(agentapi.CodeCursor, "%v", lists.ErrCursor)
	case err != nil:
		return nil, to.Refusal(err, "list voicemails")
	}
	answer := VoicemailList{Next: page.Next}
	if answer.Items, err = v.told(ctx, page.Voicemails...); err != nil {
		return nil, to.Refusal(err, "look for the sound of voicemails")
	}
	if in.Count {
		n, err := v.Store.CountVoicemails(ctx, q)
		if err != nil {
			return nil, to.Refusal(err, "count voicemails")
		}
		answer.Count = &n
	}
	return rest.Answered(answer), nil
}

func (v *Voicemails) mark(ctx context.Context, to *rest.Registrar, in *voicemailNamed, done bool) (*rest.Answer[Voicemail], error) {
	a, err := to.Who(ctx)
	if err != nil {
		return nil, err
	}
	id := tickets.ContactID(in.Contact)
	sight := v.sight(a)
	seen := sight.All
	if !seen {
		if seen, err = v.Store.SeesContact(ctx, id, sight); err != nil {
			return nil, to.Refusal(err, "ask whose a voicemail is")
		}
	}
	err = lists.ErrNoVoicemail
	var one lists.Voicemail
	if seen {
		one, err = v.Store.MarkVoicemail(ctx, id, in.N, done, by(ctx, a), time.Now())
	}
	switch {
	case errors.Is(err, lists.ErrNoVoicemail):
		return nil, agentapi.Refuse(agentapi.CodeNotFound, "there is no such voicemail")
	case err != nil:
		return nil, to.Refusal(err, "mark a voicemail")
	}
	all, err := v.told(ctx, one)
	if err != nil {
		return nil, to.Refusal(err, "look for the sound of a voicemail")
	}
	return rest.Answered(all[0]), nil
}

// told are voicemails as JSON; what people and networks have written in them is safe to show.
func (v *Voicemails) told(ctx context.Context, all ...lists.Voicemail) ([]Voicemail, error) {
	var calls []telephony.CallID
	for _, one := range all {
		if call, is := one.Contact.Call(); is {
			calls = append(calls, call)
		}
	}
	kept := map[string]recordings.Entry{}
	if len(calls) > 0 {
		entries, err := v.Kept.OfCalls(ctx, calls...)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.Kind == recordings.Message {
				kept[e.Name] = e
			}
		}
	}
	lineup, told := v.Present.Lineup(), make([]Voicemail, 0, len(all))
	for _, one := range all {
		c := one.Contact
		call, _ := c.Call()
		row := Voicemail{
			Contact: c.ID, N: one.N, Call: call, At: c.ArrivedAt, Number: c.From.Key(), NumberName: tickets.Display(c.RawName), Ticket: c.Ticket, Queue: c.Queue,
			DoneAt: orNil(one.DoneAt), DoneBy: tickets.Display(one.DoneBy),
		}
		if c.Queue != "" {
			row.QueueName = lineup.Queue(queues.QueueID(c.Queue)).Name
		}
		if c.Customer != "" {
			row.Customer = &RowCustomer{ID: c.Customer, Name: tickets.Display(one.CustomerName)}
		}
		if e, is := kept[one.Name()]; is {
			length := e.Length.Round(time.Millisecond).Seconds()
			row.Recording, row.Length = e.ID, &length
		}
		told = append(told, row)
	}
	return told, nil
}
