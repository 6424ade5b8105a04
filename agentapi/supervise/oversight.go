package supervise

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/rest"
	"hotline/tickets"
)

// oversight is the operations by which a supervisor takes part in a call.
func (r Room) oversight(to *rest.Registrar) {
	o := to.Operation("oversee", http.MethodPut, "/oversight", "Listen to a call, whisper to its agent, or speak in it", theirs())
	o.Description = "Where the supervisor is not at the call yet their phone rings, and the answer comes when they have picked it up; from another call they come to this one. " +
		"They stay to the end of the call, also while it waits for another agent, and hear music meanwhile."
	huma.Register(to.API, o, func(ctx context.Context, in *struct{ Body agentapi.Oversight }) (*rest.Answer[agentapi.OversightAnswer], error) {
		if (in.Body.Agent == "") == (in.Body.Call == "") {
			return nil, agentapi.RefuseField("body", "expected one of agent and call")
		}
		a, err := to.Who(ctx)
		if err != nil {
			return nil, err
		}
		at, err := r.Floor.Oversee(ctx, in.Body, a.Agent)
		if err != nil {
			return nil, to.Refusal(err, "let a supervisor take part in a call")
		}
		to.Did(ctx, a, tookPart(at.Manner), string(at.Call))
		return rest.Answered(at), nil
	})
	o = to.Operation("stop-overseeing", http.MethodDelete, "/oversight", "Leave the call that is listened to", theirs())
	huma.Register(to.API, o, func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		a, err := to.Who(ctx)
		if err != nil {
			return nil, err
		}
		call, err := r.Floor.StopOverseeing(ctx, a.Agent)
		if err != nil {
			return nil, to.Refusal(err, "let a supervisor leave a call")
		}
		to.Did(ctx, a, tickets.LeftOversight, string(call))
		return nil, nil
	})
}

func tookPart(m agentapi.Manner) tickets.Deed {
	switch m {
	case agentapi.MannerWhisper:
		return tickets.Whispered
	case agentapi.MannerSpeak:
		return tickets.SpokeInCall
	default:
		return tickets.Listened
	}
}
