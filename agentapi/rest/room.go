package rest

import (
	"context"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/tickets"
)

// Room is a set of operations that lives in a package of its own, such as agentapi/register. It is registered after the server's own.
type Room interface {
	// Operations registers the room's operations with r, each with its rule.
	Operations(r *Registrar)
}

// Registrar is what a room needs of the server.
type Registrar struct {
	API huma.API // for huma.Register

	operation operations
	s         *Server
}

// Operation makes an operation at a path below /api/v1, with the rule that is held before its own code begins. Bodies of more than 16 KiB
// are refused; a room that takes larger ones sets MaxBodyBytes.
func (r *Registrar) Operation(id, method, path, summary string, rule Rule) huma.Operation {
	return r.operation(id, method, path, summary, rule)
}

// Who is the account behind a request, whose person has done something now.
func (r *Registrar) Who(ctx context.Context) (gate.Account, error) { return r.s.who(ctx) }

// Reaches says whether whoever asks may have what a scope is for: people may, as far as the operation's rule lets them in at all.
func (r *Registrar) Reaches(ctx context.Context, scope gate.Scope) bool {
	p, err := r.s.visitor(ctx)
	return err == nil && (p.Account.Role != gate.RoleMachine || slices.Contains(p.Scopes, scope))
}

// Looked leaves a line in the audit about what somebody is to be shown, before they are shown it; see Audit.
func (r *Registrar) Looked(ctx context.Context, a gate.Account, did tickets.Deed, subject string) error {
	return r.s.looked(ctx, a, did, subject)
}

// Did leaves a line in the audit about what somebody has done to the line just now. Callers must not wait for a database that is away:
// the line is in the log then.
func (r *Registrar) Did(ctx context.Context, a gate.Account, did tickets.Deed, subject string) {
	r.s.did(ctx, a, did, subject)
}

// Refusal is what the visitor is told of an error: a Problem as it is; any other goes to the log, and the visitor may try again.
func (r *Registrar) Refusal(err error, doing string) error { return r.s.refusal(err, doing) }

// Ticket is a ticket by its number as people type it, where the account may see it. Of one that they may not see they are told as of one that is
// not there. No line is left in the audit: see Looked.
func (r *Registrar) Ticket(ctx context.Context, typed string, a gate.Account) (agentapi.Summary, error) {
	n, err := tickets.ParseNumber(typed)
	if err != nil {
		return agentapi.Summary{}, agentapi.RefuseField("path.number", err.Error())
	}
	if r.s.tickets == nil {
		return agentapi.Summary{}, r.s.ticketRefusal(n, tickets.ErrNoTicket)
	}
	t, err := r.s.tickets.Ticket(ctx, n, viewer(a))
	if err != nil {
		return agentapi.Summary{}, r.s.ticketRefusal(n, err)
	}
	return t, nil
}

// Person is a rule that asks for a sign-in: what an agent or somebody of a department may have, and what a supervisor. About says what "own" means.
func Person(agent, supervisor Reach, about string) Rule { return person(agent, supervisor, about) }

// Administrators is the rule of what is for administrators alone.
func Administrators() Rule {
	return Rule{Anonymous: None, Agent: None, Supervisor: None, Administrator: All, About: "administrators alone, all"}
}

// WithToken lets programs in, too, who see what supervisors see.
func (r Rule) WithToken(scope gate.Scope) Rule { return r.withToken(scope) }

// ViewerOf is an account as tickets know it.
func ViewerOf(a gate.Account) agentapi.Viewer { return viewer(a) }

// Answer is one that no cache may keep.
type Answer[T any] struct {
	CacheControl string `header:"Cache-Control"`
	ETag         string `header:"ETag"` // the version, where there is one: for If-Match
	Body         T
}

// Answered is an answer without a version.
func Answered[T any](body T) *Answer[T] { return &Answer[T]{CacheControl: noStore, Body: body} }

// Versioned is an answer with the version of what it shows.
func Versioned[T any](version int64, body T) *Answer[T] {
	return &Answer[T]{CacheControl: noStore, ETag: agentapi.ETag(version), Body: body}
}
