package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"hotline/agentapi"
	"hotline/agentapi/gate"
)

// Reach is how much of what a route is about somebody may have.
type Reach string

const (
	None Reach = "–"
	Own  Reach = "own" // what is theirs; of what is not they are told as of what is not there (404), or that it is not for them (403)
	All  Reach = "all"
)

// Rule says who may use a route. It stands where the route is registered, is held before the route's own code begins, and is written down
// in CONTRIBUTING by a test. Administrators may do what supervisors may.
type Rule struct {
	Method, Path                 string
	Anonymous, Agent, Supervisor Reach
	Token                        gate.Scope // a program's token needs it; "" lets no program in
	About                        string     // what "own" means
	Administrator                Reach      // where administrators may have more than supervisors; "" is the same
	Early                        bool       // also before a second factor is turned on that the role needs
}

// person are rules that ask for a sign-in: what an agent may have, and what a supervisor.
func person(agent, supervisor Reach, about string) Rule {
	return Rule{Anonymous: None, Agent: agent, Supervisor: supervisor, About: about}
}

// withToken lets programs in, too, who see what supervisors see.
func (r Rule) withToken(scope gate.Scope) Rule {
	r.Token = scope
	return r
}

// early lets those in, too, who have yet to turn on a second factor.
func (r Rule) early() Rule {
	r.Early = true
	return r
}

var anybody = Rule{Anonymous: All, Agent: All, Supervisor: All}

// reach is what a role may have. Who works on tickets and takes no calls may have what an agent may, of what is theirs.
func (r Rule) reach(role gate.Role) Reach {
	if role == gate.RoleAdministrator && r.Administrator != "" {
		return r.Administrator
	}
	if role.Oversees() {
		return r.Supervisor
	}
	return r.Agent
}

// operations registers rules, and makes the operations that they are about.
type operations func(id, method, path, summary string, r Rule) huma.Operation

// others are the routes that are no operations, with their rules.
var others = []Rule{
	{Method: "GET", Path: prefix + "/stream", Anonymous: None, Agent: Own, Supervisor: All, About: "topics and commands: see below"},
	{Method: "GET", Path: prefix + "/openapi.json", Anonymous: All, Agent: All, Supervisor: All},
	{Method: "GET", Path: "/livez", Anonymous: All, Agent: All, Supervisor: All},
	{Method: "GET", Path: "/readyz", Anonymous: All, Agent: All, Supervisor: All},
	{Method: "GET", Path: "/metrics", Anonymous: None, Agent: None, Supervisor: None, Token: gate.ReadMetrics, About: "without a token at the address of its own, `metrics`"},
	{Method: "GET", Path: "/", Anonymous: All, Agent: All, Supervisor: All, About: "the pages, in which there is nothing of anybody's"},
}

// Rules are those of all routes, in the order in which the routes are registered.
func (s *Server) Rules() []Rule { return append(slices.Clone(s.inOrder), others...) }

// RulesText is the table of who may what, as CONTRIBUTING has it.
func (s *Server) RulesText() string {
	var b strings.Builder
	b.WriteString("| route | nobody | agent, department | supervisor | token | own is |\n|---|---|---|---|---|---|\n")
	for _, r := range s.Rules() {
		token := "–"
		if r.Token != "" {
			token = "`" + string(r.Token) + "`"
		}
		fmt.Fprintf(&b, "| `%s %s` | %s | %s | %s | %s | %s |\n", r.Method, r.Path, r.Anonymous, r.Agent, r.Supervisor, token, r.About)
	}
	b.WriteString("\n| topic or command of the stream | nobody | agent, department | supervisor | own is |\n|---|---|---|---|---|\n")
	for _, t := range agentapi.Topics {
		fmt.Fprintf(&b, "| topic `%s` | – | %s | %s | %s |\n", t.Name, t.Agent, t.Supervisor, t.About)
	}
	for _, c := range agentapi.CommandRules() {
		fmt.Fprintf(&b, "| `%s` | – | own | – | %s |\n", c.Name, c.About)
	}
	return b.String()
}

type personKey struct{}

// admit holds an operation's rule: it finds out who asks, and whether they may ask at all. What is theirs, where the rule says own, is the
// operation's to see to.
func (s *Server) admit(ctx huma.Context, next func(huma.Context)) {
	rule, ok := s.rules[ctx.Operation().OperationID]
	if !ok {
		panic("rest: operation " + ctx.Operation().OperationID + " has no rule")
	}
	if rule.Anonymous == All {
		next(ctx)
		return
	}
	a, err := s.asks(ctx.Context(), ctx.Header("Authorization"), rule)
	if err != nil {
		_, w := humago.Unwrap(ctx)
		problemOf(err).Write(w)
		return
	}
	next(huma.WithValue(ctx, personKey{}, a))
}

// problemOf is what the visitor is told of an error.
func problemOf(err error) *agentapi.Problem {
	var p *agentapi.Problem
	if !errors.As(err, &p) {
		p = agentapi.Refuse(agentapi.CodeUnavailable, "try again in a moment")
	}
	return p
}

// asks is who sends a request, by a program's token or a person's sign-in, where the rule lets them.
func (s *Server) asks(ctx context.Context, authorization string, rule Rule) (gate.Person, error) {
	if token, is := gate.Bearer(authorization); is {
		program, err := s.machine(ctx, token, rule.Token)
		if err != nil {
			return gate.Person{}, err
		}
		return gate.Person{Account: program.Account(), Scopes: program.Scopes}, nil
	}
	find := s.gate.Who
	if rule.Early {
		find = s.gate.Anybody
	}
	p, err := find(ctx)
	switch {
	case errors.Is(err, gate.ErrNoAccount):
		return gate.Person{}, agentapi.Refuse(agentapi.CodeNotSignedIn, "sign in first")
	case err != nil:
		return gate.Person{}, s.refusal(err, "look up who is signed in")
	case rule.reach(p.Account.Role) == None:
		return gate.Person{}, agentapi.Refuse(agentapi.CodeForbidden, "this is not for the role %s", p.Account.Role)
	}
	return p, nil
}

// machine is a program by its token, where that has a scope.
func (s *Server) machine(ctx context.Context, token string, scope gate.Scope) (gate.Machine, error) {
	m, err := s.gate.Machine(ctx, token)
	switch {
	case errors.Is(err, gate.ErrNoAccount):
		return gate.Machine{}, agentapi.Refuse(agentapi.CodeNotSignedIn, "the token is unknown, revoked or expired")
	case err != nil:
		return gate.Machine{}, s.refusal(err, "look up a token")
	case scope == "" || !slices.Contains(m.Scopes, scope):
		return gate.Machine{}, agentapi.Refuse(agentapi.CodeForbidden, "the token's scopes do not reach here")
	}
	return m, nil
}

// serveMetrics lets in whoever shows a token for it.
func (s *Server) serveMetrics(metrics http.Handler) http.Handler {
	if metrics == nil {
		return nil
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, is := gate.Bearer(r.Header.Get("Authorization"))
		if !is {
			agentapi.Refuse(agentapi.CodeNotSignedIn, "show a token: hotline token create").Write(w)
			return
		}
		if _, err := s.machine(r.Context(), token, gate.ReadMetrics); err != nil {
			problemOf(err).Write(w)
			return
		}
		metrics.ServeHTTP(w, r)
	})
}
