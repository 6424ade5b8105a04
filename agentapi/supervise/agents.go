package supervise

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/queues"
	"hotline/tickets"
)

// AgentNamed names an agent in a path; it is exported for huma, which fills it in.
type AgentNamed struct {
	ID string `path:"id" maxLength:"100" doc:"of the agent"`
}

// agents are the operations about what agents are to be, and can do.
func (r Room) agents(to *rest.Registrar) {
	o := to.Operation("make-agent", http.MethodPost, "/agents/{id}/availability", "Make an agent ready, not ready or signed out, with a word on their desk", theirs())
	o.Description = "While the agent talks or wraps up it takes effect afterwards, as when they choose it themselves."
	huma.Register(to.API, o, func(ctx context.Context, in *struct {
		AgentNamed
		Body agentapi.BeReady
	}) (*struct{}, error) {
		b := in.Body
		if b.State == queues.NotReady && !slices.ContainsFunc(r.Lists.Reasons(), func(c agentapi.Choice) bool { return c.Code == b.Reason }) {
			return nil, agentapi.RefuseField("body.reason", "is none of the reasons").Coded(agentapi.FieldUnknown, 0)
		}
		return r.does(ctx, to, tickets.MadeAgent(string(b.State)), in.ID, func(a gate.Account) error {
			return r.Floor.BeReady(ctx, queues.AgentID(in.ID), b, by(a))
		})
	})
	o = to.Operation("agent-skills", http.MethodGet, "/agents/{id}/skills", "What an agent can do, and by whose order", theirs())
	huma.Register(to.API, o, func(_ context.Context, in *AgentNamed) (*rest.Answer[agentapi.AgentSkills], error) {
		s, err := r.Floor.Skills(queues.AgentID(in.ID))
		if err != nil {
			return nil, err
		}
		return rest.Answered(s), nil
	})
	o = to.Operation("give-skills", http.MethodPut, "/agents/{id}/skills", "Give an agent other skills at once, for now or for good", theirs())
	huma.Register(to.API, o, func(ctx context.Context, in *struct {
		AgentNamed
		Body agentapi.SkillOrder
	}) (*struct{}, error) {
		return r.does(ctx, to, tickets.GaveSkills, in.ID, func(a gate.Account) error {
			return r.Floor.GiveSkills(ctx, queues.AgentID(in.ID), in.Body, by(a))
		})
	})
	o = to.Operation("take-back-skills", http.MethodDelete, "/agents/{id}/skills", "Let the skills of the configuration count again", theirs())
	huma.Register(to.API, o, func(ctx context.Context, in *AgentNamed) (*struct{}, error) {
		return r.does(ctx, to, tickets.TookBackSkills, in.ID, func(a gate.Account) error {
			return r.Floor.TakeBackSkills(ctx, queues.AgentID(in.ID), by(a))
		})
	})
}

// queues are the operations that close queues by hand.
func (r Room) queues(to *rest.Registrar) {
	type queueNamed struct {
		ID string `path:"id" maxLength:"100" doc:"of the queue"`
	}
	o := to.Operation("close-queue", http.MethodPost, "/queues/{id}/close", "Close a queue now, until it is opened again", theirs())
	o.Description = "Its rules for a closed queue hold, also for those who wait; where it has none they are told that nobody can answer."
	huma.Register(to.API, o, func(ctx context.Context, in *queueNamed) (*struct{}, error) {
		return r.does(ctx, to, tickets.ClosedQueue, in.ID, func(a gate.Account) error { return r.Floor.CloseQueue(ctx, queues.QueueID(in.ID), by(a)) })
	})
	o = to.Operation("open-queue", http.MethodPost, "/queues/{id}/open", "Let a queue that was closed be open again, in its hours", theirs())
	huma.Register(to.API, o, func(ctx context.Context, in *queueNamed) (*struct{}, error) {
		return r.does(ctx, to, tickets.OpenedQueue, in.ID, func(gate.Account) error { return r.Floor.OpenQueue(ctx, queues.QueueID(in.ID)) })
	})
}

// does lets somebody do something, and leaves a line in the audit where it was done.
func (r Room) does(ctx context.Context, to *rest.Registrar, did tickets.Deed, subject string, do func(gate.Account) error) (*struct{}, error) {
	a, err := to.Who(ctx)
	if err != nil {
		return nil, err
	}
	if err := do(a); err != nil {
		return nil, to.Refusal(err, "do what a supervisor orders")
	}
	to.Did(ctx, a, did, subject)
	return nil, nil
}
