// Package supervise is what those who oversee the queues do while callers wait and agents work, over REST: it leads callers, and will
// tell agents and queues what to be. The rules are the router's; the pages' words for a refusal are desk's.
//
//	supervisor's page ──► POST /calls/{id}/lead ──► Floor ──► router ──► decisions, journal, desks, wall
//	                                          └──► audit
//
// Invariants:
//   - nobody but supervisors and administrators has any of it, and no program's token;
//   - what was done has a line in the audit with who did it, and where the router decided it, its reason beside the other decisions;
//   - what two do to the same caller at once is done once: the second is told who was first.
package supervise

import (
	"cmp"
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// Floor is the agents and callers whom supervisors oversee. Its errors are Problems where they refuse. By is a person's id.
type Floor interface {
	// Lead leads a caller who waits.
	Lead(ctx context.Context, call telephony.CallID, to agentapi.Lead, by string) error
	// BeReady makes an agent ready, not ready or signed out, and tells them so.
	BeReady(ctx context.Context, agent queues.AgentID, to agentapi.BeReady, by string) error
	// Skills are what an agent can do, and why; GiveSkills gives others, and TakeBackSkills the configuration's again.
	Skills(agent queues.AgentID) (agentapi.AgentSkills, error)
	GiveSkills(ctx context.Context, agent queues.AgentID, o agentapi.SkillOrder, by string) error
	TakeBackSkills(ctx context.Context, agent queues.AgentID, by string) error
	// CloseQueue closes a queue by hand, and OpenQueue opens it again.
	CloseQueue(ctx context.Context, queue queues.QueueID, by string) error
	OpenQueue(ctx context.Context, queue queues.QueueID) error
	// Say tells a team something that each of it must acknowledge.
	Say(ctx context.Context, text string, to agentapi.Team, by string) (agentapi.BulletinState, error)
	// Bulletins are what was said in the last hours, the latest first.
	Bulletins() []agentapi.BulletinState
	// Oversee lets a supervisor, by the agent whom their phone belongs to, take part in a call, and StopOverseeing lets them leave it.
	Oversee(ctx context.Context, o agentapi.Oversight, by queues.AgentID) (agentapi.OversightAnswer, error)
	StopOverseeing(ctx context.Context, by queues.AgentID) (telephony.CallID, error)
}

// Room is the operations. It is a rest.Room.
type Room struct {
	Floor Floor
	Lists agentapi.Lists // what agents may choose from
}

// theirs is the rule of all that supervisors alone do.
func theirs() rest.Rule { return rest.Person(rest.None, rest.All, "") }

// Operations implements rest.Room.
func (r Room) Operations(to *rest.Registrar) {
	r.leads(to)
	r.agents(to)
	r.queues(to)
	r.bulletins(to)
	r.oversight(to)
}

func (r Room) leads(to *rest.Registrar) {
	o := to.Operation("lead-call", http.MethodPost, "/calls/{id}/lead", "Lead a waiting caller to the front, to another queue, or to an agent", theirs())
	o.Description = "A caller who is led to an agent waits for that one alone, for two minutes at most, and is the first whom the agent gets, whatever their skills."
	huma.Register(to.API, o, func(ctx context.Context, in *struct {
		ID   string `path:"id" maxLength:"64" doc:"of the call"`
		Body agentapi.Lead
	}) (*struct{}, error) {
		if err := checkLead(in.Body); err != nil {
			return nil, err
		}
		return r.does(ctx, to, deedOf(in.Body), in.ID, func(a gate.Account) error {
			return r.Floor.Lead(ctx, telephony.CallID(in.ID), in.Body, by(a))
		})
	})
}

func checkLead(l agentapi.Lead) error {
	switch {
	case l.To == queues.ToQueue && l.Queue == "":
		return agentapi.RefuseField("body.queue", "is missing").Coded(agentapi.FieldMissing, 0)
	case l.To == queues.ToAgent && l.Agent == "":
		return agentapi.RefuseField("body.agent", "is missing").Coded(agentapi.FieldMissing, 0)
	}
	return nil
}

func deedOf(l agentapi.Lead) tickets.Deed {
	switch l.To {
	case queues.ToQueue:
		return tickets.LedToQueue(string(l.Queue))
	case queues.ToAgent:
		return tickets.LedToAgent(string(l.Agent))
	default:
		return tickets.LedToFront
	}
}

// by is an account as the router and its decisions name it.
func by(a gate.Account) string { return cmp.Or(a.Person, a.Login) }
