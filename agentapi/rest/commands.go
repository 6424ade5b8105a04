package rest

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/queues"
	"hotline/tickets"
)

// What agents do in their calls over the stream they do over REST, too, and programs in their name: the command "call.NAME" is POST /calls/{id}/commands/NAME, whose body is the
// command's data without the call; call.dial, which is about none yet, is POST /calls. They are read, checked and carried out by the same code, and refused with the same
// codes: a new command appears here by itself.

// ofCalls begins the names of the commands that are about calls.
const ofCalls = "call."

// theirCalls is what agents have of the commands.
const theirCalls = "the call that they talk in; of a program: of the agent whom it names"

type (
	newCallOrder struct {
		Agent string           `query:"agent" maxLength:"100" doc:"of a program: the agent in whose name it is"`
		Key   string           `header:"Idempotency-Key" maxLength:"64" doc:"of the request: sent again within ten minutes, it is done once"`
		Body  *json.RawMessage // of the command's own schema
	}
	commandOrder struct {
		ID    string           `path:"id" maxLength:"64" doc:"of the call"`
		Name  string           `path:"name" maxLength:"40" doc:"of the command"`
		Agent string           `query:"agent" maxLength:"100" doc:"of a program: the agent in whose name it is"`
		Key   string           `header:"Idempotency-Key" maxLength:"64" doc:"of the request: sent again within ten minutes, it is done once"`
		Body  *json.RawMessage // of the command's own schema
	}
)

func (s *Server) registerCommands(api huma.API, operation operations) {
	var names []string
	data := huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{}, AdditionalProperties: false}
	dial := data
	for _, c := range agentapi.CommandRules() {
		name, is := strings.CutPrefix(c.Name, ofCalls)
		if !is {
			continue
		}
		fields := huma.SchemaFromType(api.OpenAPI().Components.Schemas, c.Of).Properties
		if _, about := fields["call"]; !about {
			dial.Properties = fields
			continue
		}
		names = append(names, name)
		delete(fields, "call")
		maps.Copy(data.Properties, fields)
	}
	rule := person(Own, Own, theirCalls).withToken(gate.WriteCalls)
	o := operation("command-dial", http.MethodPost, "/calls", "Call a number from an agent's own phone", rule)
	o.RequestBody = dataOf(dial)
	huma.Register(api, o, func(ctx context.Context, in *newCallOrder) (*struct{}, error) {
		return nil, s.command(ctx, commandOrder{Name: "dial", Agent: in.Agent, Key: in.Key, Body: in.Body})
	})
	o = operation("command-call", http.MethodPost, "/calls/{id}/commands/{name}", "Do in a call what its agent does", rule)
	o.Description = "The commands are " + strings.Join(names, ", ") + ". Each takes those of the fields that it has over the stream, where it is named call.NAME."
	o.RequestBody = dataOf(data)
	huma.Register(api, o, func(ctx context.Context, in *commandOrder) (*struct{}, error) {
		if !slices.Contains(names, in.Name) {
			return nil, agentapi.Refuse(agentapi.CodeNotFound, "there is no command %q", agentapi.Printable(in.Name))
		}
		return nil, s.command(ctx, *in)
	})
}

// dataOf describes the data of commands. Which of the fields are needed is the command's to say.
func dataOf(data huma.Schema) *huma.RequestBody {
	data.PrecomputeMessages()
	return &huma.RequestBody{Content: map[string]*huma.MediaType{"application/json": {Schema: &data}}}
}

// command carries out what an agent, or a program in their name, wants of a call.
func (s *Server) command(ctx context.Context, in commandOrder) error {
	a, err := s.who(ctx)
	switch machine := a.Role == gate.RoleMachine; {
	case err != nil:
		return err
	case machine && in.Agent == "":
		return agentapi.RefuseField("query.agent", "is missing").Coded(agentapi.FieldMissing, 0)
	case machine:
		a.Agent = queues.AgentID(in.Agent)
	case in.Agent != "" && in.Agent != string(a.Agent):
		return agentapi.Refuse(agentapi.CodeForbidden, "nobody gives commands in another's name")
	}
	data := map[string]json.RawMessage{}
	if in.Body != nil {
		if err := json.Unmarshal(*in.Body, &data); err != nil || data == nil {
			return agentapi.RefuseField("body", "expected one object")
		}
	}
	if _, twice := data["call"]; twice {
		return agentapi.RefuseField("body.call", "there is no such field")
	}
	if in.ID != "" {
		data["call"], _ = json.Marshal(in.ID) // a text
	}
	whole, err := json.Marshal(data)
	if err != nil {
		return agentapi.RefuseField("body", agentapi.Printable(err.Error()))
	}
	if p := s.stream.Do(a, in.Key, ofCalls+in.Name, whole); p != nil {
		return inRequest(p)
	}
	if a.Role == gate.RoleMachine {
		subject := in.ID
		if subject == "" { // of dialling it is the ticket, where that is said, and never the number
			var dialled agentapi.DialCall
			_ = json.Unmarshal(whole, &dialled) // as it was read before
			subject = string(dialled.Ticket)
		}
		s.did(ctx, a, tickets.CommandedCall(in.Name, in.Agent), subject)
	}
	return nil
}

// inRequest is a refusal of a command that names the fields where they stand in a request.
func inRequest(p *agentapi.Problem) *agentapi.Problem {
	places := func(field string) string {
		switch rest, is := strings.CutPrefix(field, "data"); {
		case field == "data.call":
			return "path.id"
		case is && (rest == "" || rest[0] == '.'):
			return "body" + rest
		}
		return field
	}
	moved := *p // others may have the same one
	moved.Errors = nil
	for _, e := range p.Errors {
		was := e.Field
		e.Field = places(was)
		if rest, is := strings.CutPrefix(moved.Detail, was+": "); is {
			moved.Detail = e.Field + ": " + rest
		}
		moved.Errors = append(moved.Errors, e)
	}
	return &moved
}
