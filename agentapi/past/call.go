package past

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
	"hotline/tickets/customers"
)

// CallFile is a call with how it went.
type CallFile struct {
	CallRow
	Dialled string `json:"dialled" doc:"which of our numbers"`
	Topic   string `json:"topic"`
	Note    string `json:"note" doc:"that the agent left"`
	Steps   []Step `json:"steps" nullable:"false" doc:"in order: stretches, which may lie within each other, and moments"`
	Partial bool   `json:"partial" doc:"what was decided about it could not all be read"`
}

const theirCalls = "calls that they took, and those of tickets that they may see; of offers to colleagues nothing"

func (c *Calls) callOperation(to *rest.Registrar) {
	o := to.Operation("call", http.MethodGet, "/calls/{id}", "A call, and how it went", rest.Person(rest.Own, rest.All, theirCalls).WithToken(gate.ReadCalls))
	o.Description = "Why it was offered to whom, and its holds, are told as long as decisions are kept: 60 days. Of what the caller typed nothing is told but what they chose."
	huma.Register(to.API, o, func(ctx context.Context, in *struct {
		ID string `path:"id" maxLength:"64"`
	},
	) (*rest.Answer[CallFile], error) {
		return c.call(ctx, to, telephony.CallID(in.ID))
	})
}

func (c *Calls) call(ctx context.Context, to *rest.Registrar, id telephony.CallID) (*rest.Answer[CallFile], error) {
	a, err := to.Who(ctx)
	if err != nil {
		return nil, err
	}
	none := agentapi.Refuse(agentapi.CodeNotFound, "there is no call %s", agentapi.Printable(string(id)))
	sight, contact := c.sight(a), tickets.OfCall(id)
	if !sight.All {
		switch seen, err := c.Store.SeesContact(ctx, contact, sight); {
		case err != nil:
			return nil, to.Refusal(err, "ask whose a call is")
		case !seen:
			return nil, none
		}
	}
	one, facts, err := c.Store.Call(ctx, contact)
	switch {
	case errors.Is(err, customers.ErrNoContact):
		return nil, none
	case err != nil:
		return nil, to.Refusal(err, "read a call")
	}
	story, err := c.Stories.Story(ctx, id, false)
	if err != nil {
		return nil, to.Refusal(err, "read the decisions about a call")
	}
	if !sight.All {
		story, facts = story.Own(a.Agent), ownFacts(facts, a.Agent)
	}
	if err := to.Looked(ctx, a, tickets.LookedAtStory, string(id)); err != nil {
		return nil, err
	}
	file := CallFile{
		CallRow: c.row(one), Dialled: tickets.Display(one.To), Topic: one.Topic, Note: tickets.DisplayLines(one.Note), Steps: courseOf(one.Contact, facts, story.Items), Partial: story.Partial,
	}
	c.nameIn(file.Steps)
	return rest.Answered(file), nil
}

// ownFacts are those that an agent may know of a call: not to which colleagues it was offered.
func ownFacts(facts []tickets.Fact, agent queues.AgentID) []tickets.Fact {
	return slices.DeleteFunc(facts, func(f tickets.Fact) bool {
		switch e := f.Event.(type) {
		case tickets.Offered:
			return e.Agent.ID != string(agent)
		case tickets.OfferEnded:
			return e.Agent.ID != string(agent)
		default:
			return false
		}
	})
}

// nameIn gives queues and agents the names that they have now.
func (c *Calls) nameIn(steps []Step) {
	lineup := c.Present.Lineup()
	for i, s := range steps {
		if s.Queue != "" {
			steps[i].Name = lineup.Queue(queues.QueueID(s.Queue)).Name
		}
		if s.Agent != nil && lineup.Name(s.Agent.ID) != "" {
			steps[i].Agent = &agentapi.NamedAgent{ID: s.Agent.ID, Name: lineup.Name(s.Agent.ID)}
		}
	}
}
