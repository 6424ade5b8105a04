package past

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/telephony/words"
)

// CallChoices is what calls may be asked for by.
type CallChoices struct {
	Queues  []CallChoice          `json:"queues" nullable:"false" doc:"in the order of the configuration"`
	Reasons []CallChoice          `json:"reasons" nullable:"false" doc:"why agents call, in the order of the configuration"`
	Agents  []agentapi.NamedAgent `json:"agents" nullable:"false" doc:"by name; for who does not oversee nobody: their lists hold their own calls"`
}

// CallChoice is a queue or a reason for people to read.
type CallChoice struct {
	ID   string     `json:"id"`
	Name words.Text `json:"name" nullable:"false"`
}

func (c *Calls) choiceOperation(to *rest.Registrar) {
	o := to.Operation("call-choices", http.MethodGet, "/calls/choices", "The queues, agents and reasons for calls that there are now", rest.Person(rest.Own, rest.All, "queues and reasons; of agents nobody").WithToken(gate.ReadCalls))
	huma.Register(to.API, o, func(ctx context.Context, _ *struct{}) (*rest.Answer[CallChoices], error) {
		a, err := to.Who(ctx)
		if err != nil {
			return nil, err
		}
		lineup := c.Present.Lineup()
		answer := CallChoices{Queues: []CallChoice{}, Agents: []agentapi.NamedAgent{}, Reasons: []CallChoice{}}
		for _, q := range lineup.Queues {
			answer.Queues = append(answer.Queues, CallChoice{string(q.ID), nameOr(q.Name, string(q.ID))})
		}
		for _, r := range lineup.Calling.Items {
			answer.Reasons = append(answer.Reasons, CallChoice{r.Code, nameOr(r.Name, r.Code)})
		}
		if a.Role.Oversees() {
			for id, agent := range lineup.Agents {
				answer.Agents = append(answer.Agents, agentapi.NamedAgent{ID: id, Name: agent.Name})
			}
			slices.SortFunc(answer.Agents, func(a, b agentapi.NamedAgent) int {
				return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
			})
		}
		return rest.Answered(answer), nil
	})
}

// nameOr is a name in each language; otherwise where there is none.
func nameOr(name words.Text, otherwise string) words.Text {
	all := words.Text{}
	for _, language := range words.Languages {
		all[language] = cmp.Or(name.In(language), otherwise)
	}
	return all
}
