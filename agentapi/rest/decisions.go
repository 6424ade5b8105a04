package rest

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/telephony"
	"hotline/tickets"
)

// Decisions knows the stories of calls.
type Decisions interface {
	// Story tells everything that was decided about a call, in order; a call of which nothing is known has no items. Only a live
	// one says how a call that waits stands now (Wait, Agents): that costs the router a look at everybody signed in.
	Story(ctx context.Context, call telephony.CallID, live bool) (agentapi.Story, error)
}

func (s *Server) registerDecisions(api huma.API, operation operations) {
	o := operation("decisions", http.MethodGet, "/calls/{id}/decisions", "Who was offered a call, and why",
		person(Own, All, "calls that were offered to them; nothing about colleagues").withToken(gate.ReadCalls))
	o.Description = "Agents are told of calls that were offered to them, and nothing about colleagues; supervisors and administrators of all."
	huma.Register(api, o, s.story)
}

// story tells an agent of the calls that were offered to them, and everybody else of all. Of a call that is not theirs an agent
// learns no more than of one that never was.
func (s *Server) story(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"64" doc:"of the call; of a callback, the call that asked for it or the one that was made"`
},
) (*answer[agentapi.Story], error) {
	a, err := s.who(ctx)
	if err != nil {
		return nil, err
	}
	var story agentapi.Story
	if s.decisions != nil {
		if story, err = s.decisions.Story(ctx, telephony.CallID(in.ID), a.Role.Oversees()); err != nil {
			return nil, s.refusal(err, "read the decisions about a call")
		}
	}
	allowed := len(story.Items)+len(story.Agents) > 0
	if !a.Role.Oversees() {
		allowed = slices.ContainsFunc(story.Items, func(d agentapi.Decision) bool { return d.Agent != nil && d.Agent.ID == a.Agent })
		story = story.Own(a.Agent)
	}
	switch {
	case allowed && story.Partial:
		s.lookedInPart(ctx, a, tickets.LookedAtStory, in.ID)
		return answered(story), nil
	case allowed:
		if err := s.looked(ctx, a, tickets.LookedAtStory, in.ID); err != nil {
			return nil, err
		}
		return answered(story), nil
	case story.Partial:
		return nil, agentapi.Refuse(agentapi.CodeUnavailable, "the database does not answer now")
	default:
		return nil, agentapi.Refuse(agentapi.CodeNotFound, "nothing is known that was decided about call %s", agentapi.Printable(in.ID))
	}
}
