// Package quality is how calls are reviewed by forms, over REST: who oversees the queues fills scorecards, agents see theirs and may object. The rules
// are tickets/scorecard's.
//
//	supervisor ──► POST /scorecards, PUT …/review, POST …/answer ──┐
//	agent ───────► GET /scorecards, POST …/objection ──────────────┴──► Store (tickets/postgres)
//
// Invariants:
//
//   - an agent sees their own cards alone, and those with a review that is in alone; of others' they are told as of what is not there;
//   - who may still review sees nothing of the first's until theirs is in, in no list either; figures count it where a mean is of five and more;
//   - whoever changes a card leaves a line in the audit.
package quality

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"hotline/agentapi"
	"hotline/agentapi/desk"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/queues"
	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/customers"
	"hotline/tickets/lists"
	"hotline/tickets/scorecard"
)

// Calls are what can be reviewed. The Store of tickets/postgres implements it.
type Calls interface {
	// Call is one with its facts; customers.ErrNoContact.
	Call(ctx context.Context, id tickets.ContactID) (lists.Call, []tickets.Fact, error)
}

// Room is the operations. It is a rest.Room.
type Room struct {
	Store   scorecard.Store
	Calls   Calls
	Forms   func() []scorecard.Form // of the configuration, as they are now
	Present *desk.Present

	Recorded Recorded // out of which calls are drawn; nil draws none
}

// Card is a scorecard as somebody sees it.
type Card struct {
	scorecard.Card
	AgentName   string                 `json:"agent_name"`
	QueueName   words.Text             `json:"queue_name,omitempty"`
	Names       map[string]string      `json:"names" doc:"of people, by id"`
	Differences []scorecard.Difference `json:"differences" nullable:"false" doc:"in which two reviews differ, where both are in"`
	May         []string               `json:"may" nullable:"false" doc:"what whoever asks may do: review, object, answer"`
}

// Forms are those of the configuration.
type Forms struct {
	Items []scorecard.Form `json:"items" nullable:"false"`
}

// Cards is a page of a list.
type Cards struct {
	Items []Card `json:"items" nullable:"false"`
	Next  string `json:"next_cursor"`
}

// Begin begins a card.
type Begin struct {
	Call string `json:"call" minLength:"1" maxLength:"200"`
	Form string `json:"form" minLength:"1" maxLength:"64"`
}

// Fill is what a reviewer answers.
type Fill struct {
	Answers []scorecard.Answer `json:"answers" nullable:"false" maxItems:"100"`
	Note    string             `json:"note,omitempty" maxLength:"4000"`
	Submit  bool               `json:"submit,omitempty" doc:"for good: the agent sees it, and it is not changed any more; otherwise it is a draft"`
}

// Said is a text of one of both sides.
type Said struct {
	Text string `json:"text" minLength:"1" maxLength:"4000"`
}

const own = "their own, whose review is in"

// Operations implements rest.Room.
func (r *Room) Operations(to *rest.Registrar) {
	r.figures(to)
	r.sample(to)
	both, theirs := rest.Person(rest.Own, rest.All, own), rest.Person(rest.None, rest.All, "")
	huma.Register(to.API, to.Operation("scorecard-forms", http.MethodGet, "/scorecards/forms", "By which forms calls are reviewed", theirs),
		func(context.Context, *struct{}) (*rest.Answer[Forms], error) {
			return rest.Answered(Forms{append([]scorecard.Form{}, r.Forms()...)}), nil
		})
	huma.Register(to.API, to.Operation("scorecards", http.MethodGet, "/scorecards", "Scorecards, the latest first", both), func(ctx context.Context, in *struct {
		Agent  string `query:"agent" maxLength:"100"`
		Call   string `query:"call" maxLength:"200"`
		Cursor string `query:"cursor" maxLength:"400"`
		Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
	}) (*rest.Answer[Cards], error) {
		q := scorecard.Question{Agent: in.Agent, Limit: in.Limit}
		if in.Call != "" {
			q.Calls = []string{in.Call}
		}
		return r.list(ctx, to, q, in.Cursor)
	})
	huma.Register(to.API, to.Operation("scorecard", http.MethodGet, "/scorecards/{id}", "A scorecard", both), func(ctx context.Context, in *struct {
		ID string `path:"id" format:"uuid"`
	}) (*rest.Answer[Card], error) {
		a, err := to.Who(ctx)
		if err != nil {
			return nil, err
		}
		c, err := r.Store.Card(ctx, in.ID)
		return r.shown(to, a, c, err)
	})
	huma.Register(to.API, to.Operation("begin-scorecard", http.MethodPost, "/scorecards", "Begin to review a call, or go on with it", theirs), func(ctx context.Context, in *struct{ Body Begin }) (*rest.Answer[Card], error) {
		return r.begin(ctx, to, in.Body)
	})
	huma.Register(to.API, to.Operation("fill-scorecard", http.MethodPut, "/scorecards/{id}/review", "Answer a scorecard's questions, as a draft or for good", theirs), func(ctx context.Context, in *struct {
		ID   string `path:"id" format:"uuid"`
		Body Fill
	}) (*rest.Answer[Card], error) {
		did := tickets.DraftedReview
		if in.Body.Submit {
			did = tickets.ReviewedCall
		}
		for i := range in.Body.Answers {
			in.Body.Answers[i].Note = tickets.Typed(in.Body.Answers[i].Note)
		}
		return r.change(ctx, to, in.ID, did, func(c *scorecard.Card, by string, at time.Time) error {
			return c.Fill(by, in.Body.Answers, tickets.Typed(in.Body.Note), in.Body.Submit, at)
		})
	})
	said := func(id, path, summary string, rule rest.Rule, did tickets.Deed, do func(c *scorecard.Card, by, text string, at time.Time) error) {
		huma.Register(to.API, to.Operation(id, http.MethodPost, path, summary, rule), func(ctx context.Context, in *struct {
			ID   string `path:"id" format:"uuid"`
			Body Said
		}) (*rest.Answer[Card], error) {
			text := strings.TrimSpace(tickets.Typed(in.Body.Text))
			if text == "" {
				return nil, agentapi.RefuseField("body.text", "is missing").Coded(agentapi.FieldMissing, 0)
			}
			return r.change(ctx, to, in.ID, did, func(c *scorecard.Card, by string, at time.Time) error { return do(c, by, text, at) })
		})
	}
	said("object-to-scorecard", "/scorecards/{id}/objection", "Object to a review of one's own call, once", rest.Person(rest.Own, rest.Own, own), tickets.ObjectedToReview, (*scorecard.Card).Object)
	said("answer-objection", "/scorecards/{id}/answer", "Answer an agent's objection, once", theirs, tickets.AnsweredObjection, (*scorecard.Card).Answer)
}

// person is who somebody is to cards: an agent by their agent's id, which is a person's.
func person(a gate.Account) string { return cmp.Or(a.Person, string(a.Agent), a.Login) }

func (r *Room) list(ctx context.Context, to *rest.Registrar, q scorecard.Question, cursor string) (*rest.Answer[Cards], error) {
	a, err := to.Who(ctx)
	if err != nil {
		return nil, err
	}
	if !a.Role.Oversees() {
		if q.Agent != "" && q.Agent != person(a) {
			return nil, agentapi.Refuse(agentapi.CodeForbidden, "those are for supervisors")
		}
		q.Agent, q.In = person(a), true
	}
	if q.Before, err = placeOf(cursor); err != nil {
		return nil, err
	}
	limit := q.Limit
	q.Limit++
	found, err := r.Store.Cards(ctx, q)
	if err != nil {
		return nil, to.Refusal(err, "read scorecards")
	}
	page := Cards{Items: []Card{}}
	if len(found) > limit {
		found = found[:limit]
		page.Next = cursorOf(found[limit-1])
	}
	for _, c := range found {
		if seen, ok := c.SeenBy(person(a), a.Role.Oversees()); ok {
			page.Items = append(page.Items, r.card(a, seen, c))
		}
	}
	return rest.Answered(page), nil
}

func cursorOf(c scorecard.Card) string {
	text, err := json.Marshal(scorecard.Place{Begun: c.Begun, ID: c.ID})
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func placeOf(cursor string) (p scorecard.Place, err error) {
	if cursor == "" {
		return p, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err == nil {
		err = uuid.Validate(p.ID)
	}
	if err != nil {
		return p, agentapi.Refuse(agentapi.CodeCursor, "the cursor is none of this list: begin anew")
	}
	return p, nil
}

func (r *Room) begin(ctx context.Context, to *rest.Registrar, b Begin) (*rest.Answer[Card], error) {
	a, err := to.Who(ctx)
	if err != nil {
		return nil, err
	}
	var form *scorecard.Form
	for _, f := range r.Forms() {
		if f.ID == b.Form {
			form = &f
		}
	}
	if form == nil {
		return nil, agentapi.RefuseField("body.form", "is none of GET /scorecards/forms").Coded(agentapi.FieldUnknown, 0)
	}
	call, _, err := r.Calls.Call(ctx, tickets.ContactID(b.Call))
	switch {
	case errors.Is(err, customers.ErrNoContact):
		return nil, agentapi.Refuse(agentapi.CodeNotFound, "there is no call %s", agentapi.Printable(b.Call))
	case err != nil:
		return nil, to.Refusal(err, "read a call")
	case call.Agent.ID == "" || call.AnsweredAt.IsZero():
		return nil, agentapi.Refuse(agentapi.CodeConflict, "no agent has talked in this call")
	case call.Agent.ID == person(a):
		return nil, agentapi.Refuse(agentapi.CodeForbidden, "%v", scorecard.ErrOwn)
	}
	c, err := r.Store.Begin(ctx, scorecard.Card{
		ID: uuid.NewString(), Call: b.Call, Agent: call.Agent.ID, Queue: call.Queue, Form: *form, Begun: time.Now().UTC().Truncate(time.Microsecond), Reviews: []scorecard.Review{},
	})
	if err == nil {
		to.Did(ctx, a, tickets.BeganReview, c.ID)
	}
	return r.shown(to, a, c, err)
}

func (r *Room) change(ctx context.Context, to *rest.Registrar, id string, did tickets.Deed, change func(c *scorecard.Card, by string, at time.Time) error) (*rest.Answer[Card], error) {
	a, err := to.Who(ctx)
	if err != nil {
		return nil, err
	}
	c, err := r.Store.Change(ctx, id, func(c *scorecard.Card) error {
		if _, seen := c.SeenBy(person(a), a.Role.Oversees()); !seen {
			return scorecard.ErrNoCard
		}
		return change(c, person(a), time.Now().UTC().Truncate(time.Microsecond))
	})
	if err == nil {
		to.Did(ctx, a, did, id)
	}
	return r.shown(to, a, c, err)
}

// shown is a card as somebody sees it, or why not.
func (r *Room) shown(to *rest.Registrar, a gate.Account, c scorecard.Card, err error) (*rest.Answer[Card], error) {
	var wrong scorecard.Wrong
	switch {
	case errors.Is(err, scorecard.ErrNoCard):
		return nil, agentapi.Refuse(agentapi.CodeNotFound, "there is no such scorecard")
	case errors.As(err, &wrong) && wrong.At < 0:
		return nil, agentapi.RefuseField("body.answers", agentapi.Printable(wrong.Text)).Coded(agentapi.FieldMissing, 0)
	case errors.As(err, &wrong):
		return nil, agentapi.RefuseField(fmt.Sprintf("body.answers[%d]", wrong.At), agentapi.Printable(wrong.Text))
	}
	for _, refused := range []error{scorecard.ErrOwn, scorecard.ErrTheirs} {
		if errors.Is(err, refused) {
			return nil, agentapi.Refuse(agentapi.CodeForbidden, "%v", refused)
		}
	}
	for _, refused := range []error{scorecard.ErrBoth, scorecard.ErrSubmitted, scorecard.ErrObjected, scorecard.ErrNothing, scorecard.ErrAnswered} {
		if errors.Is(err, refused) {
			return nil, agentapi.Refuse(agentapi.CodeConflict, "%v", refused)
		}
	}
	if err != nil {
		return nil, to.Refusal(err, "keep a scorecard")
	}
	seen, ok := c.SeenBy(person(a), a.Role.Oversees())
	if !ok {
		return nil, agentapi.Refuse(agentapi.CodeNotFound, "there is no such scorecard")
	}
	return rest.Answered(r.card(a, seen, c)), nil
}

// card dresses a card that somebody sees; whole is the same with what they do not.
func (r *Room) card(a gate.Account, seen, whole scorecard.Card) Card {
	lineup := r.Present.Lineup()
	c := Card{Card: seen, AgentName: cmp.Or(tickets.Display(lineup.Name(queues.AgentID(seen.Agent))), seen.Agent), Names: map[string]string{}, Differences: seen.Differences(), May: []string{}}
	if seen.Queue != "" {
		c.QueueName = lineup.Queue(queues.QueueID(seen.Queue)).Name
	}
	for _, review := range seen.Reviews {
		c.Names[review.By] = lineup.Names().Person(review.By)
	}
	if o := seen.Objection; o != nil && o.By != "" {
		c.Names[o.By] = lineup.Names().Person(o.By)
	}
	oversees, theirs := a.Role.Oversees(), seen.Agent == person(a)
	if oversees && whole.MayReview(person(a)) {
		c.May = append(c.May, "review")
	}
	if theirs && seen.Objection == nil && whole.First() != nil {
		c.May = append(c.May, "object")
	}
	if oversees && !theirs && seen.Objection != nil && seen.Objection.Answered == nil {
		c.May = append(c.May, "answer")
	}
	return c
}
