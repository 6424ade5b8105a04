package supervise

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/rest"
	"hotline/tickets"
)

type sentence struct {
	Body struct {
		Text string        `json:"text" minLength:"1" maxLength:"300" doc:"one sentence"`
		To   agentapi.Team `json:"to,omitempty" doc:"absent: all agents"`
	}
}

// bulletins are the operations about what is said to teams.
func (r Room) bulletins(to *rest.Registrar) {
	o := to.Operation("say-to-team", http.MethodPost, "/bulletins", "Say a sentence to a team, which each of it must acknowledge", theirs())
	huma.Register(to.API, o, func(ctx context.Context, in *sentence) (*rest.Answer[agentapi.BulletinState], error) {
		a, err := to.Who(ctx)
		if err != nil {
			return nil, err
		}
		text := tickets.Typed(in.Body.Text)
		if text == "" {
			return nil, agentapi.RefuseField("body.text", "is missing").Coded(agentapi.FieldMissing, 0)
		}
		said, err := r.Floor.Say(ctx, text, in.Body.To, by(a))
		if err != nil {
			return nil, to.Refusal(err, "say something to a team")
		}
		to.Did(ctx, a, tickets.SaidToTeam, said.Team)
		return rest.Answered(said), nil
	})
	o = to.Operation("bulletins", http.MethodGet, "/bulletins", "What was said to teams in the last 12 hours, and who has not acknowledged it", theirs())
	huma.Register(to.API, o, func(ctx context.Context, _ *struct{}) (*rest.Answer[agentapi.BulletinsAnswer], error) {
		return rest.Answered(agentapi.BulletinsAnswer{Items: r.Floor.Bulletins()}), nil
	})
}
