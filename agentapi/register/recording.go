package register

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/telephony"
	"hotline/tickets"
	"hotline/tickets/attachment"
	"hotline/tickets/casefile"
	"hotline/tickets/customers"
	"hotline/tickets/lists"
)

// Recordings are the messages that callers left.
type Recordings interface {
	// Recording is one as a WAV file, by its name at the switch, to be closed; telephony.ErrGone where it is not kept any more.
	Recording(ctx context.Context, name string) (io.ReadSeekCloser, error)
}

// recordingQuestion names a message by its place among those of its contact: names of the switch's are for nobody outside.
type recordingQuestion struct {
	Number string `path:"number" maxLength:"40" example:"100237"`
	ID     string `path:"id" maxLength:"40" doc:"of the contact, as the timeline has it"`
	N      int    `query:"n" minimum:"1" default:"1" doc:"which of the contact's recordings"`

	rest.Request
}

func (t *Tickets) recordingOperation(to *rest.Registrar) {
	o := to.Operation("recording", http.MethodGet, "/tickets/{number}/contacts/{id}/recording", "Hear a message that a caller left",
		rest.Person(rest.Own, rest.All, theirTickets).WithToken(gate.ReadTickets))
	o.Description = "A part of it where Range asks for one. 404: there is none, or it is not kept any more; 503: Asterisk, which may have it still, does not answer, or it is damaged."
	rest.SoundResponses(&o)
	huma.Register(to.API, o, func(ctx context.Context, in *recordingQuestion) (*huma.StreamResponse, error) {
		return t.hear(ctx, to, in)
	})
}

func (t *Tickets) hear(ctx context.Context, to *rest.Registrar, in *recordingQuestion) (*huma.StreamResponse, error) {
	a, err := to.Who(ctx)
	if err != nil {
		return nil, err
	}
	ticket, err := to.Ticket(ctx, in.Number, a) // by the number of one that goes on in it, too
	if err != nil {
		return nil, err
	}
	n := ticket.Number
	c, err := t.Store.Contact(ctx, tickets.ContactID(in.ID))
	switch {
	case err != nil && !errors.Is(err, customers.ErrNoContact):
		return nil, to.Refusal(err, "read a contact")
	case err != nil || c.Ticket != n || in.N > len(c.Recordings) || t.Recordings == nil:
		return nil, agentapi.Refuse(agentapi.CodeNotFound, "the ticket has no such recording")
	}
	sound, err := t.Recordings.Recording(ctx, c.Recordings[in.N-1])
	switch {
	case errors.Is(err, telephony.ErrGone):
		return nil, agentapi.Refuse(agentapi.CodeNotFound, "the recording is not kept any more")
	case err != nil:
		return nil, to.Refusal(err, "take a recording")
	}
	err = t.listenings.Hears(ctx, in.Asked(), a, string(c.ID)+"/"+strconv.Itoa(in.N), func() error { return to.Looked(ctx, a, tickets.HeardRecording, string(c.ID)) })
	if err != nil {
		return nil, errors.Join(err, sound.Close())
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		defer sound.Close()
		rest.HandOutSound(c, in.Asked(), attachment.Disposition("message-"+string(n)+"-"+strconv.Itoa(in.N)+".wav", true), sound)
	}}, nil
}

// openMessages lets a document take the messages of callers that are still kept.
func (t *Tickets) openMessages(messages []casefile.Attachment, w lists.Whole) {
	if t.Recordings == nil {
		return
	}
	for i, name := range w.Recordings() {
		messages[i].Open = func(ctx context.Context) (io.ReadCloser, error) {
			sound, err := t.Recordings.Recording(ctx, name)
			if errors.Is(err, telephony.ErrGone) {
				err = fs.ErrNotExist
			}
			if err != nil {
				return nil, err
			}
			return sound, nil
		}
	}
}
