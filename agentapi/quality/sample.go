package quality

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/queues"
	"hotline/recordings"
	"hotline/telephony/hours"
	"hotline/tickets"
	"hotline/tickets/scorecard"
)

// Recorded are the calls that can be heard. The Store of recordings/postgres implements it.
type Recorded interface {
	Find(ctx context.Context, q recordings.Question) (recordings.Page, error)
}

// Sample is the calls that are drawn to be reviewed.
type Sample struct {
	Form  string    `json:"form"`
	Week  string    `json:"week" doc:"its Monday"`
	Each  int       `json:"each" doc:"calls of each agent's"`
	Items []Sampled `json:"items" nullable:"false" doc:"by agent, in the order in which they were drawn"`
}

// Sampled is one of them.
type Sampled struct {
	scorecard.Recorded
	AgentName string `json:"agent_name"`
	Card      string `json:"card,omitempty" doc:"the scorecard of it that was begun"`
}

const piece = 1000 // recordings read at once

func (r *Room) sample(to *rest.Registrar) {
	o := to.Operation("scorecard-sample", http.MethodGet, "/scorecards/sample", "Which calls of a week are drawn to be reviewed", rest.Person(rest.None, rest.All, ""))
	o.Description = "As many of each agent's as the form says (sample), out of those of a week that is over that were recorded and in which one agent talked. It is the same draw for whoever asks; their own calls are left out."
	huma.Register(to.API, o, func(ctx context.Context, in *struct {
		Form string `query:"form" maxLength:"64" doc:"the first of the configuration that draws calls where absent"`
		Week string `query:"week" maxLength:"10" doc:"a day of it; the last week where absent" example:"2026-11-23"`
	}) (*rest.Answer[Sample], error) {
		a, err := to.Who(ctx)
		if err != nil {
			return nil, err
		}
		return r.draw(ctx, to, a, in.Form, in.Week)
	})
}

func (r *Room) draw(ctx context.Context, to *rest.Registrar, a gate.Account, form, week string) (*rest.Answer[Sample], error) {
	now := time.Now().In(r.place())
	monday := mondayOf(hours.DayBegins(now, -7))
	if week != "" {
		day, err := time.ParseInLocation(time.DateOnly, week, r.place())
		if err != nil {
			return nil, agentapi.RefuseField("query.week", "expected a day such as 2026-11-23")
		}
		monday = mondayOf(day)
	}
	sunday := hours.DayBegins(monday, 7)
	if sunday.After(now) {
		return nil, agentapi.RefuseField("query.week", "is not over: what is drawn would change with each call")
	}
	sample := Sample{Form: form, Week: monday.Format(time.DateOnly), Items: []Sampled{}}
	for _, f := range r.Forms() {
		if f.Sample > 0 && (f.ID == form || form == "") {
			sample.Form, sample.Each = f.ID, f.Sample
			break
		}
	}
	if sample.Each == 0 && form != "" {
		return nil, agentapi.RefuseField("query.form", "is none that draws calls").Coded(agentapi.FieldUnknown, 0)
	}
	if sample.Each == 0 || r.Recorded == nil {
		return rest.Answered(sample), nil
	}
	var calls []scorecard.Recorded
	for q := (recordings.Question{Kind: recordings.Talk, From: monday, To: sunday, Limit: piece}); ; {
		page, err := r.Recorded.Find(ctx, q)
		if err != nil {
			return nil, to.Refusal(err, "read recordings")
		}
		for _, e := range page.Entries {
			if agent := alone(e.Agents); agent != "" && agent != person(a) {
				calls = append(calls, scorecard.Recorded{Call: string(e.Call), Agent: agent, At: e.Started})
			}
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	drawn := scorecard.Sample(sample.Form, sample.Week, sample.Each, calls)
	begun, err := r.begun(ctx, sample.Form, drawn)
	if err != nil {
		return nil, to.Refusal(err, "read scorecards")
	}
	lineup := r.Present.Lineup()
	for _, c := range drawn {
		one := Sampled{Recorded: c, AgentName: cmp.Or(tickets.Display(lineup.Name(queues.AgentID(c.Agent))), c.Agent)}
		one.Card = begun[talk{c.Call, c.Agent}]
		sample.Items = append(sample.Items, one)
	}
	return rest.Answered(sample), nil
}

// talk is a call of an agent's.
type talk struct{ call, agent string }

// begun are the ids of the cards by a form that were begun of those that are drawn.
func (r *Room) begun(ctx context.Context, form string, drawn []scorecard.Recorded) (map[talk]string, error) {
	all := map[talk]string{}
	if len(drawn) == 0 {
		return all, nil
	}
	q := scorecard.Question{Form: form, Limit: mostCards}
	for _, c := range drawn {
		q.Calls = append(q.Calls, c.Call)
	}
	cards, err := r.Store.Cards(ctx, q)
	for _, c := range cards {
		all[talk{c.Call, c.Agent}] = c.ID
	}
	return all, err
}

// mondayOf is when a day's week begins.
func mondayOf(day time.Time) time.Time {
	return hours.DayBegins(day, -(int(day.Weekday())+6)%7)
}

// alone is the agent who was the only one in a talk; "" where there were several, or none.
func alone(all []recordings.Talked) (agent string) {
	for _, t := range all {
		if t.Agent == "" || agent != "" && t.Agent != agent {
			return ""
		}
		agent = t.Agent
	}
	return agent
}
