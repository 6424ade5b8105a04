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
	Queues []NamedQueue          `json:"queues" nullable:"false" doc:"in the order of the configuration"`
	Agents []agentapi.NamedAgent `json:"agents" nullable:"false" doc:"by name; for who does not oversee nobody: their lists hold their own calls"`
}

// NamedQueue is a queue for people to read.
type NamedQueue struct {
	ID   string     `json:"id"`
	Name words.Text `json:"name" nullable:"false"`
}

func (c *Calls) choiceOperation(to *rest.Registrar) {
	o := to.Operation("call-choices", http.MethodGet, "/calls/choices", "The queues and agents that there are now", rest.Person(rest.Own, rest.All, "queues; of agents nobody").WithToken(gate.ReadCalls))
	huma.Register(to.API, o, func(ctx context.Context, _ *struct{}) (*rest.Answer[CallChoices], error) {
		a, err := to.Who(ctx)
		if err != nil {
			return nil, err
		}
		lineup := c.Present.Lineup()
		answer := CallChoices{Queues: []NamedQueue{}, Agents: []agentapi.NamedAgent{}}
		for _, q := range lineup.Queues {
			answer.Queues = append(answer.Queues, NamedQueue{string(q.ID), nameOr(q.Name, string(q.ID))})
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
