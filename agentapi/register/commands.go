package register

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/tickets"
	"hotline/tickets/life"
)

// Each command of life.Commands is an operation of its own, POST /tickets/{number}/{command}, whose body is the command's JSON: a new type of
// command appears here by itself.

// longestCommand is the longest body: the longest text, however its characters are escaped, and what stands beside it.
const longestCommand = 12*life.LongestText + 16<<10

// mostAtOnce is how many tickets one request may change.
const mostAtOnce = 200

type (
	commandOrder struct {
		Number  string           `path:"number" maxLength:"40" example:"100237"`
		IfMatch string           `header:"If-Match" maxLength:"64" doc:"the version that was seen: where the ticket has changed since, nothing is done (412). Absent: any" example:"\"12\""`
		Key     string           `header:"Idempotency-Key" maxLength:"64" doc:"of the request: sent again, it is done once"`
		Body    *json.RawMessage // of the command's own schema
	}
	bulkOrder struct {
		Key  string `header:"Idempotency-Key" maxLength:"64" doc:"of the request: sent again, it is done once to each ticket"`
		Body struct {
			Numbers []string        `json:"numbers" minItems:"1" maxItems:"200" doc:"of the tickets"`
			Command string          `json:"command" maxLength:"40" doc:"its name" example:"hand_over"`
			Body    json.RawMessage `json:"body,omitempty" doc:"as of the command to one ticket"`
		}
	}
)

// commandAnswer is the ticket as a command has left it; without it (204) for who does not see it any more as they send the request again.
type commandAnswer struct {
	Status       int
	CacheControl string `header:"Cache-Control"`
	ETag         string `header:"ETag"`
	Body         *TicketFile
}

// unseenNow describes that answer.
const unseenNow = "It was done by the same request before, and the ticket is not yours to see any more"

// BulkAnswer is what became of a command to each of several tickets, in their order.
type BulkAnswer struct {
	Items []BulkItem `json:"items" nullable:"false"`
}

// BulkItem is what became of it for one.
type BulkItem struct {
	Number  string            `json:"number"`
	OK      bool              `json:"ok"`
	Version int64             `json:"version,omitempty" doc:"of the ticket after it"`
	Problem *agentapi.Problem `json:"problem,omitempty" doc:"why not"`
}

func (t *Tickets) commandOperations(to *rest.Registrar) {
	rule := rest.Person(rest.Own, rest.All, itsCommands)
	for _, example := range life.Commands {
		its := rule
		if !life.ByPeople(example.Name()) {
			its = rule.WithToken(gate.WriteTickets)
		}
		t.commandOperation(to, its, reflect.TypeOf(example), example.Name())
	}
	o := to.Operation("bulk-tickets", http.MethodPost, "/tickets/bulk", "Give one command to several tickets", rule.WithToken(gate.WriteTickets))
	o.Description = "Each ticket is changed by itself, as by the command to it alone: what is refused for one leaves the others done."
	o.MaxBodyBytes = longestCommand + 64*mostAtOnce
	huma.Register(to.API, o, func(ctx context.Context, in *bulkOrder) (*rest.Answer[BulkAnswer], error) { return t.bulk(ctx, to, in) })
}

func (t *Tickets) commandOperation(to *rest.Registrar, rule rest.Rule, of reflect.Type, name string) {
	o := to.Operation("ticket-"+strings.ReplaceAll(name, "_", "-"), http.MethodPost, "/tickets/{number}/"+name, "Command: "+strings.ReplaceAll(name, "_", " "), rule)
	o.MaxBodyBytes = longestCommand
	o.RequestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{
		"application/json": {Schema: to.API.OpenAPI().Components.Schemas.Schema(of, true, of.Name())},
	}}
	o.Responses["204"] = &huma.Response{Description: unseenNow}
	huma.Register(to.API, o, func(ctx context.Context, in *commandOrder) (*commandAnswer, error) {
		v, n, done, err := t.commanded(ctx, to, in.Number, name, in.Key)
		if err != nil {
			return nil, err
		}
		if done {
			return &commandAnswer{Status: http.StatusNoContent}, nil
		}
		version, err := agentapi.ReadIfMatch(in.IfMatch)
		if err != nil {
			return nil, agentapi.RefuseField("header.If-Match", err.Error())
		}
		body := json.RawMessage(`{}`)
		if in.Body != nil {
			body = *in.Body
		}
		m, err := t.give(ctx, v, n, of, body, version, in.Key)
		if err != nil {
			return nil, refused(to, n, name, err)
		}
		if err := lookedAtTheirs(ctx, to, v, name, m.Customer); err != nil {
			return nil, err
		}
		file, err := t.file(ctx, to, v, m.Number)
		if err != nil {
			return nil, err
		}
		return &commandAnswer{http.StatusOK, file.CacheControl, file.ETag, &file.Body}, nil
	})
}

// sentAgainWithin is how long after a command its request is answered to who does not see the ticket any more: they had no answer, and have tried since.
const sentAgainWithin = time.Hour

// commanded is about for a command. One may take the ticket out of its sender's sight, as a hand-over does: sent again, it is done, which is all that they are told.
func (t *Tickets) commanded(ctx context.Context, to *rest.Registrar, number, name, key string) (v viewer, n tickets.Number, done bool, err error) {
	v, n, err = t.about(ctx, to, number)
	if key == "" || !notFound(err) {
		return v, n, false, err
	}
	switch done, failed := t.Store.Done(ctx, n, v.key(name, key), time.Now().Add(-sentAgainWithin)); {
	case failed != nil:
		return v, n, false, to.Refusal(failed, "ask whether a command was done")
	case done:
		return v, n, true, nil
	}
	return v, n, false, err
}

// notFound says that somebody was refused because they do not see a ticket, or there is none.
func notFound(err error) bool {
	var p *agentapi.Problem
	return errors.As(err, &p) && p.Code == agentapi.CodeNotFound
}

// key is what a request is known by: nobody else's, and no other command's.
func (v viewer) key(command, sent string) string {
	if sent == "" {
		return ""
	}
	return string(v.ID) + " " + command + " " + sent
}

// lookedAtTheirs leaves a line about a customer whom a command has just made a ticket's: what is known of them comes with the answer.
func lookedAtTheirs(ctx context.Context, to *rest.Registrar, v viewer, command string, customer tickets.CustomerID) error {
	if customer == "" || command != (life.SetCustomer{}).Name() && command != (life.OpenByHand{}).Name() {
		return nil
	}
	return to.Looked(ctx, v.Account, tickets.LookedAtCustomer, string(customer))
}

// give reads a command and carries it out, if whoever gives it may.
func (t *Tickets) give(ctx context.Context, v viewer, n tickets.Number, of reflect.Type, body json.RawMessage, version int64, key string) (life.Matter, error) {
	read := reflect.New(of)
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(read.Interface()); err != nil {
		return life.Matter{}, agentapi.RefuseField("body", agentapi.Printable(err.Error()))
	}
	command := read.Elem().Interface().(life.Command)
	if !v.sight.All {
		served, err := t.Store.Served(ctx, n, v.sight.Agent)
		if err != nil {
			return life.Matter{}, err
		}
		v.served = served
	}
	hidden, err := t.hidden(ctx, v, command)
	if err != nil {
		return life.Matter{}, err
	}
	return t.Register.Do(ctx, life.Order{
		Ticket: n, Hidden: hidden, Command: command, By: by(ctx, v.Account), Version: version, Key: v.key(command.Name(), key),
		Check:      func(m life.Matter) error { return v.check(m, command.Name(), life.Item(command)) },
		CheckOther: func(m life.Matter) error { return v.checkOther(m, command.Name()) },
	})
}

// hidden are the tickets that a command names and that somebody may not see.
func (t *Tickets) hidden(ctx context.Context, v viewer, c life.Command) (hidden []tickets.Number, err error) {
	named := life.Needs(c)
	if v.sight.All || len(named) == 0 {
		return nil, nil
	}
	seen, err := t.Store.Seen(ctx, named, v.sight)
	for _, n := range named {
		if !slices.Contains(seen, n) {
			hidden = append(hidden, n)
		}
	}
	return hidden, err
}

// refused is what somebody is told of a command that was not done.
func refused(to *rest.Registrar, n tickets.Number, name string, err error) error {
	if p := problemOf(n, name, err); p != nil {
		return p
	}
	return refusal(to, n, err, name+" of a ticket")
}

// problemOf is why a command was not done; nil where something else went wrong.
func problemOf(n tickets.Number, name string, err error) *agentapi.Problem {
	var (
		said  *agentapi.Problem
		stale *life.StaleError
		move  *tickets.TransitionError
		field *life.FieldError
		other *life.Refused
	)
	switch {
	case errors.As(err, &said):
		return said
	case errors.As(err, &stale):
		p := agentapi.Refuse(agentapi.CodeStale, "ticket %s has changed: it is at version %d", n, stale.Version)
		p.Version = stale.Version
		for _, c := range stale.Since {
			p.Since = append(p.Since, agentapi.ShowChange(c))
		}
		return p
	case errors.As(err, &move):
		p := agentapi.Refuse(agentapi.CodeTransition, "%v", move)
		p.From, p.To = string(move.From), string(move.To)
		return p
	case errors.As(err, &field):
		p := agentapi.RefuseField("body."+field.Field, field.Rule)
		switch {
		case field.Longest > 0:
			p.Coded(agentapi.FieldTooLong, field.Longest)
		case field.Missing:
			p.Coded(agentapi.FieldMissing, 0)
		case strings.Contains(field.Rule, tickets.ErrNextPast.Error()):
			p.Coded(agentapi.FieldPast, 0)
		case strings.Contains(field.Rule, tickets.ErrNextFar.Error()):
			p.Coded(agentapi.FieldTooFar, 0)
		case field.Rule == life.RuleToCome:
			p.Coded(agentapi.FieldToCome, 0)
		case field.Rule == life.RuleLongAgo:
			p.Coded(agentapi.FieldLongAgo, 0)
		}
		return p
	case errors.Is(err, tickets.ErrNoTicket):
		return noTicket(n)
	case errors.Is(err, life.ErrOpenParts):
		return agentapi.Refuse(agentapi.CodeOpenParts, "%v", life.ErrOpenParts)
	case errors.Is(err, life.ErrOpenReview):
		return agentapi.Refuse(agentapi.CodeOpenReview, "%v", life.ErrOpenReview)
	case errors.Is(err, life.ErrMerged):
		return agentapi.Refuse(agentapi.CodeMerged, "%v", life.ErrMerged)
	case errors.Is(err, life.ErrNoPerson):
		return agentapi.Refuse(agentapi.CodeOnlyPerson, "%v", life.ErrNoPerson)
	case errors.Is(err, life.ErrNothing):
		return agentapi.Refuse(agentapi.CodeNothing, "%v", life.ErrNothing)
	case errors.As(err, &other):
		return agentapi.Refuse(agentapi.CodeConflict, "%v", other)
	case errors.Is(err, tickets.ErrRefused) && name == (life.SetCustomer{}).Name():
		return agentapi.RefuseField("body.customer", "there is no such customer").Coded(agentapi.FieldUnknown, 0)
	case errors.Is(err, tickets.ErrRefused):
		return agentapi.Refuse(agentapi.CodeConflict, "the database does not take this")
	}
	return nil
}

// bulk gives one command to several tickets, each by the same way as to one.
func (t *Tickets) bulk(ctx context.Context, to *rest.Registrar, in *bulkOrder) (*rest.Answer[BulkAnswer], error) {
	of := commandNamed(in.Body.Command)
	if of == nil {
		return nil, agentapi.RefuseField("body.command", "is none of the commands").Coded(agentapi.FieldUnknown, 0)
	}
	body := in.Body.Body
	if len(body) == 0 {
		body = json.RawMessage(`{}`)
	}
	answer := BulkAnswer{Items: make([]BulkItem, 0, len(in.Body.Numbers))}
	for _, number := range in.Body.Numbers {
		item := BulkItem{Number: agentapi.Printable(number)}
		v, n, done, err := t.commanded(ctx, to, number, in.Body.Command, in.Key)
		var m life.Matter
		if err == nil && !done {
			m, err = t.give(ctx, v, n, of, body, 0, in.Key)
		}
		if err != nil && ctx.Err() != nil {
			return nil, to.Refusal(err, in.Body.Command+" of several tickets")
		}
		if err != nil {
			item.Problem = problemOf(n, in.Body.Command, err)
		}
		if err != nil && item.Problem == nil {
			errors.As(to.Refusal(err, in.Body.Command+" of a ticket"), &item.Problem)
		}
		item.OK, item.Version = err == nil, m.Version
		answer.Items = append(answer.Items, item)
	}
	return rest.Answered(answer), nil
}

func commandNamed(name string) reflect.Type {
	for _, c := range life.Commands {
		if c.Name() == name {
			return reflect.TypeOf(c)
		}
	}
	return nil
}
