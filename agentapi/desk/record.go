package desk

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/telephony"
	"hotline/tickets"
)

// Recorder does what somebody wants of the recording of a talk. Its errors are Problems where they refuse.
type Recorder interface {
	// Record starts, stops, pauses or goes on with it; by is an agent's id, a person's, or a program's name, and program says which.
	Record(ctx context.Context, call telephony.CallID, wish agentapi.RecordingWish, by string, program bool) error
}

// Recordings let supervisors and programs do the same over REST, such as a shop's page in which a card's number is about to be typed.
type Recordings struct{ Recorder Recorder }

// Operations implements rest.Room.
func (r Recordings) Operations(to *rest.Registrar) {
	o := to.Operation("record-call", http.MethodPost, "/calls/{id}/recording", "Pause the recording of a talk, go on, start or stop it", rest.Person(rest.None, rest.All, "").WithToken(gate.RecordCalls))
	o.Description = "What is so already is no error. A pause goes on by itself when it has lasted as long as the queue's rule lets it; starting and stopping needs a rule that leaves it to people."
	huma.Register(to.API, o, func(ctx context.Context, in *struct {
		ID   string `path:"id" maxLength:"64" doc:"of the call"`
		Body agentapi.RecordingOrder
	}) (*struct{}, error) {
		a, err := to.Who(ctx)
		if err != nil {
			return nil, err
		}
		who := a.Person
		if who == "" {
			who = a.Login
		}
		if err := r.Recorder.Record(ctx, telephony.CallID(in.ID), in.Body.Do, who, a.Role == gate.RoleMachine); err != nil {
			return nil, to.Refusal(err, "change the recording of a call")
		}
		to.Did(ctx, a, tickets.ChangedRecording(string(in.Body.Do)), in.ID)
		return nil, nil
	})
}
