package register

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/tickets"
	"hotline/tickets/life"
)

type openingOrder struct {
	Key  string `header:"Idempotency-Key" maxLength:"64" doc:"of the request: sent again, it is done once"`
	Body life.OpenByHand
}

// openedAnswer is a ticket that is new; without it (204) where it has changed since and whoever sends the request again does not see it.
type openedAnswer struct {
	Status       int
	CacheControl string `header:"Cache-Control"`
	ETag         string `header:"ETag"`
	Location     string `header:"Location"`
	Body         *TicketFile
}

// openOperation registers by hand what came by no call of this line.
func (t *Tickets) openOperation(to *rest.Registrar) {
	o := to.Operation("open-ticket", http.MethodPost, "/tickets", "Register a letter, a visit, a call taken elsewhere", rest.Person(rest.All, rest.All, "").WithToken(gate.WriteTickets))
	o.Description = "It opens a ticket with that as its first contact. Whoever may sign in may register what came to them."
	o.MaxBodyBytes = longestCommand
	o.DefaultStatus = http.StatusCreated
	o.Responses["204"] = &huma.Response{Description: unseenNow}
	huma.Register(to.API, o, func(ctx context.Context, in *openingOrder) (*openedAnswer, error) {
		a, err := to.Who(ctx)
		if err != nil {
			return nil, err
		}
		key := in.Key
		if key != "" {
			key = string(a.ID) + " " + key
		}
		m, err := t.Register.Open(ctx, life.Opening{OpenByHand: in.Body, By: by(ctx, a), Key: key})
		if errors.Is(err, tickets.ErrRefused) && in.Body.Customer != "" {
			return nil, agentapi.RefuseField("body.customer", "there is no such customer").Coded(agentapi.FieldUnknown, 0)
		}
		if err != nil {
			return nil, refused(to, "", in.Body.Name(), err)
		}
		v := t.viewer(a)
		place := "/api/v1/tickets/" + string(m.Number) + "/file"
		if m.Version > 1 {
			switch _, _, err := t.about(ctx, to, string(m.Number)); {
			case notFound(err):
				return &openedAnswer{Status: http.StatusNoContent, Location: place}, nil
			case err != nil:
				return nil, err
			}
		}
		if err := lookedAtTheirs(ctx, to, v, in.Body.Name(), m.Customer); err != nil {
			return nil, err
		}
		file, err := t.file(ctx, to, v, m.Number)
		if err != nil {
			return nil, err
		}
		return &openedAnswer{http.StatusCreated, file.CacheControl, file.ETag, place, &file.Body}, nil
	})
}
