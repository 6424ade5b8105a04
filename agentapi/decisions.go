package agentapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hotline/queues"
	told "hotline/queues/words"
	"hotline/telephony"
	"hotline/telephony/words"
)

// Decisions knows the stories of calls.
type Decisions interface {
	// Story tells everything that was decided about a call, in order; a call of which nothing is known has no items. Only a live
	// one says how a call that waits stands now (Wait, Agents): that costs the router a look at everybody signed in.
	Story(ctx context.Context, call telephony.CallID, live bool) (Story, error)
}

// Story is how the waiting of a call went, and why; of a call that we made, how its callback waited.
type Story struct {
	Call    telephony.CallID `json:"call"`
	Items   []Decision       `json:"items" nullable:"false" doc:"in order"`
	Partial bool             `json:"partial" doc:"the database does not answer now: older decisions are missing"`
	Wait    *ExpectedWait    `json:"expected_wait,omitempty" doc:"for supervisors, while the call waits and that is known"`
	Agents  []Considered     `json:"agents,omitempty" nullable:"false" doc:"for supervisors, while the call waits: how everybody signed in stands to it, by id"`
}

// ExpectedWait is the range in which the rest of a call's wait lies in eight cases of ten.
type ExpectedWait struct {
	LowS   float64 `json:"low_s"`
	HighS  float64 `json:"high_s"`
	Silent bool    `json:"silent,omitempty" doc:"too few of the queue's ranges held of late: callers are not told"`
}

// Decision is one step of a Story.
type Decision struct {
	At    time.Time       `json:"at"`
	Kind  told.RecordKind `json:"kind" example:"offered" doc:"offered, answered, missed, declined, revoked, failed, taken, moved, callback_offered, callback_waits, abandoned, overflowed, called_back, not_reached, called_in, place_regained, calls_back; more may come"`
	Agent *NamedAgent     `json:"agent,omitempty" doc:"whom it is about"`
	Queue queues.QueueID  `json:"queue,omitempty"`
	Facts told.Facts      `json:"facts" doc:"what the decision was made of"`
	Words words.Text      `json:"words" doc:"the decision in a sentence, by language; for an agent, without others' names and outside numbers"`
	Plain words.Text      `json:"-"` // Words of the facts that Own leaves: what an agent is told
}

// Own are the facts that an agent may know of a call that was offered to them: not which colleagues declined or missed it, were busy
// or would have come next, and no number outside.
func Own(f told.Facts) told.Facts {
	f.Declined, f.Others, f.RunnerUp, f.ToNumber = nil, nil, "", ""
	return f
}

// own is the story as an agent may know it: what is about nobody and what is about them.
func (s Story) own(agent queues.AgentID) Story {
	items := make([]Decision, 0, len(s.Items))
	for _, d := range s.Items {
		if d.Agent == nil || d.Agent.ID == agent {
			d.Facts, d.Words = Own(d.Facts), d.Plain
			items = append(items, d)
		}
	}
	s.Items, s.Agents, s.Wait = items, nil, nil
	return s
}

// NamedAgent is an agent for people to read.
type NamedAgent struct {
	ID   queues.AgentID `json:"id"`
	Name string         `json:"name"`
}

// Considered is how an agent stands to a call that waits.
type Considered struct {
	Agent    NamedAgent      `json:"agent"`
	Standing queues.Standing `json:"standing" example:"busy" doc:"has_it, lacks_skills, not_ready, phone_unreachable, busy, declined, not_preferred, kept_free, free"`
	Rank     int             `json:"rank,omitempty" doc:"of who is free: 1 goes next"`
	Words    words.Text      `json:"words"`
}

func (s *Server) registerDecisions(api huma.API, operation func(id, method, path, summary string) huma.Operation) {
	o := operation("decisions", http.MethodGet, "/calls/{id}/decisions", "Who was offered a call, and why")
	o.Description = "Agents are told of calls that were offered to them, and nothing about colleagues; supervisors and administrators of all."
	huma.Register(api, o, s.story)
}

// story tells an agent of the calls that were offered to them, and everybody else of all. Of a call that is not theirs an agent
// learns no more than of one that never was.
func (s *Server) story(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"64" doc:"of the call; of a callback, the call that asked for it or the one that was made"`
},
) (*answer[Story], error) {
	a, err := s.who(ctx)
	if err != nil {
		return nil, err
	}
	var story Story
	if s.decisions != nil {
		if story, err = s.decisions.Story(ctx, telephony.CallID(in.ID), a.Role != RoleAgent); err != nil {
			return nil, s.refusal(err, "read the decisions about a call")
		}
	}
	allowed := len(story.Items)+len(story.Agents) > 0
	if a.Role == RoleAgent {
		allowed = slices.ContainsFunc(story.Items, func(d Decision) bool { return d.Agent != nil && d.Agent.ID == a.Agent })
		story = story.own(a.Agent)
	}
	switch {
	case allowed:
		return answered(story), nil
	case story.Partial:
		return nil, Refuse(CodeUnavailable, "the database does not answer now")
	default:
		return nil, Refuse(CodeNotFound, "nothing is known that was decided about call %s", printable(in.ID))
	}
}
