package register

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/rest"
	"hotline/tickets"
	"hotline/tickets/lists"
)

// View is a list that somebody has saved. It is theirs alone.
type View struct {
	ID       string            `json:"id"`
	Of       lists.ViewOf      `json:"of" enum:"tickets,calls"`
	Name     string            `json:"name"`
	Query    map[string]string `json:"query" doc:"the parameters of GET /tickets, or of GET /calls/past, by name"`
	Position int               `json:"position"`
}

type viewOrder struct {
	ID   string `path:"id" pattern:"^[a-z0-9-]{1,40}$" doc:"the page's own, such as a UUID"`
	Body struct {
		Of       lists.ViewOf      `json:"of,omitempty" enum:"tickets,calls" default:"tickets" doc:"what the list is of"`
		Name     string            `json:"name" minLength:"1" maxLength:"100"`
		Query    map[string]string `json:"query" maxProperties:"20"`
		Position int               `json:"position,omitempty" minimum:"0" maximum:"1000"`
	}
}

type viewName struct {
	ID string `path:"id" pattern:"^[a-z0-9-]{1,40}$"`
}

func (t *Tickets) viewOperations(to *rest.Registrar) {
	theirs := rest.Person(rest.Own, rest.Own, "lists that they have saved")
	huma.Register(to.API, to.Operation("views", http.MethodGet, "/views", "The lists that you have saved, of tickets and of calls", theirs),
		func(ctx context.Context, _ *struct{}) (*rest.Answer[choices[View]], error) { return t.views(ctx, to) })
	huma.Register(to.API, to.Operation("save-view", http.MethodPut, "/views/{id}", "Save a list, or change it", theirs),
		func(ctx context.Context, in *viewOrder) (*rest.Answer[choices[View]], error) {
			a, err := to.Who(ctx)
			if err != nil {
				return nil, err
			}
			v, err := readView(in)
			if err != nil {
				return nil, err
			}
			switch err := t.Store.SaveView(ctx, string(a.ID), v); {
			case errors.Is(err, lists.ErrViews):
				return nil, agentapi.Refuse(agentapi.CodeConflict, "%v", err)
			case err != nil:
				return nil, to.Refusal(err, "save a list")
			}
			return t.views(ctx, to)
		})
	huma.Register(to.API, to.Operation("drop-view", http.MethodDelete, "/views/{id}", "Delete a saved list", theirs),
		func(ctx context.Context, in *viewName) (*rest.Answer[choices[View]], error) {
			a, err := to.Who(ctx)
			if err != nil {
				return nil, err
			}
			if err := t.Store.DropView(ctx, string(a.ID), in.ID); err != nil {
				return nil, to.Refusal(err, "delete a saved list")
			}
			return t.views(ctx, to)
		})
}

// readView is what somebody saves. A text that is not storable is refused, for it would be another question.
func readView(in *viewOrder) (lists.View, error) {
	v := lists.View{ID: in.ID, Of: in.Body.Of, Name: tickets.Display(in.Body.Name), Query: map[string]string{}, Position: in.Body.Position}
	if v.Name == "" {
		return v, agentapi.RefuseField("body.name", "is missing").Coded(agentapi.FieldMissing, 0)
	}
	for name, value := range in.Body.Query {
		if len(name) > 40 || tickets.Clean(name, 40) != name || tickets.Clean(value, tickets.LongestName) != value {
			return v, agentapi.RefuseField("body.query", "holds no text, or one that is longer than 256 characters")
		}
		v.Query[name] = value
	}
	return v, nil
}

func (t *Tickets) views(ctx context.Context, to *rest.Registrar) (*rest.Answer[choices[View]], error) {
	a, err := to.Who(ctx)
	if err != nil {
		return nil, err
	}
	all, err := t.Store.Views(ctx, string(a.ID))
	if err != nil {
		return nil, to.Refusal(err, "list what somebody has saved")
	}
	answer := choices[View]{Items: make([]View, 0, len(all))}
	for _, v := range all {
		answer.Items = append(answer.Items, View(v))
	}
	return rest.Answered(answer), nil
}
