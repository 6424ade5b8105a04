// Package rest is Hotline's address for browsers and programs: the operations under /api/v1, their description in OpenAPI, the
// event stream, the embedded pages, health and metrics, all on one handler behind the gate.
//
//	request ──► secure headers ──► gate.Admit ──► mux ─┬─► huma: operations, checked, served and described in one
//	                                                   ├─► stream
//	                                                   └─► site: the pages
//
// Invariants:
//   - An operation first asks who it is, and then what their role may see.
//   - A question that cannot be read in one way only is refused: an unknown or repeated parameter is not passed over.
//   - Whoever looks at a ticket or at how a call went leaves a line in the audit, before the answer (audit.go).
//   - Every refusal is a Problem, also huma's own and those of addresses that nothing is at; errors of what stands behind go to
//     the log, and the visitor is told to try again.
//   - No answer about people, calls or tickets is kept by a cache.
//   - openapi.json beside this file is what is served, byte for byte: a test compares them.
//
// What stands behind is asked through small interfaces of this room's (Tickets, Figures, Calls, Decisions, Advisor, Phones),
// each of which may be missing.
package rest

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/stream"
	"hotline/queues"
)

// Options are what a Server is made of. Hub, Gate and Agents are needed, the rest is not.
type Options struct {
	Hub     *stream.Hub
	Gate    *gate.Gate
	Agents  stream.Agents
	Phones  Phones         // nil: no seat carries a phone
	Tickets Tickets        // nil: no ticket is shown
	Figures Figures        // nil: none are kept
	Calls   Calls          // nil: nobody is found
	Decided Decisions      // nil: nothing is told of how calls were routed
	Advisor Advisor        // nil: nothing is told of the time ahead
	Audit   Audit          // nil: nobody writes down who looked at what
	Rooms   []Room         // operations of other packages
	Pages   fs.FS          // the built pages (package pages)
	Lists   agentapi.Lists // what agents may choose from; nil: DefaultLists
	Metrics http.Handler   // at /metrics; nil: none
	Live    http.Handler   // at /livez; nil: none
	Ready   http.Handler   // at /readyz; nil: none

	// Location is the line's place: its hours and days are those of figures. time.Local where nil.
	Location *time.Location

	// PhoneSockets are the addresses, like ws://192.0.2.1:8088, to which the pages' phones
	// connect: the pages' Content-Security-Policy allows them.
	PhoneSockets []string
	Log          *slog.Logger
}

// Phones knows how an agent's page registers its phone.
type Phones interface {
	// Phone provisions the agent's phone and returns how to register it.
	Phone(ctx context.Context, agent queues.AgentID) (agentapi.Phone, error)
	// Renew makes the secret of the agent's phone useless: the page asks for another.
	Renew(ctx context.Context, agent queues.AgentID) error
}

// Server is the interface over HTTP.
type Server struct {
	hub       *stream.Hub
	stream    *stream.Handler
	phones    Phones
	tickets   Tickets
	figures   Figures
	location  *time.Location
	calls     Calls
	decisions Decisions
	advisor   Advisor
	audit     Audit
	lists     agentapi.Lists
	gate      *gate.Gate
	log       *slog.Logger
	http      http.Handler
	document  []byte // OpenAPI
	rooms     []Room
	rules     map[string]Rule // by operation
	inOrder   []Rule          // the same as they were registered
}

// New makes a Server. It serves once it is given to an http.Server.
func New(o Options) (*Server, error) {
	if o.Hub == nil || o.Gate == nil || o.Agents == nil {
		return nil, errors.New("agentapi: Hub, Gate and Agents are needed")
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Lists == nil {
		o.Lists = agentapi.DefaultLists{}
	}
	if o.Location == nil {
		o.Location = time.Local
	}
	s := &Server{
		hub: o.Hub, gate: o.Gate,
		stream: stream.New(stream.Options{Hub: o.Hub, Gate: o.Gate, Agents: o.Agents, Lists: o.Lists, Log: o.Log}),
		phones: o.Phones, tickets: o.Tickets, figures: o.Figures, calls: o.Calls, decisions: o.Decided, advisor: o.Advisor, audit: o.Audit, rooms: o.Rooms,
		rules: map[string]Rule{}, lists: o.Lists, location: o.Location, log: o.Log,
	}
	var err error
	if s.http, err = s.routes(o); err != nil {
		return nil, err
	}
	return s, nil
}

// ServeHTTP serves everything.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.http.ServeHTTP(w, r) }

// Drain ends every page's connection with 4010; see Hub.Drain. Close the http.Server
// to new connections first.
func (s *Server) Drain(ctx context.Context) error { return s.hub.Drain(ctx) }

// Recheck asks the accounts again who is signed in, and ends at once what those have open who are not any more: for whoever
// has changed the accounts. After an error some may have been left out: call it again.
func (s *Server) Recheck(ctx context.Context) error { return s.stream.Recheck(ctx) }

// CloseEnded ends what those have open whose sign-ins were ended by another process, such as hotline second-factor reset.
func (s *Server) CloseEnded(ctx context.Context) error { return s.stream.CloseEnded(ctx) }

// Expel ends at once what is open of these accounts. Whoever may still sign in comes back: for whoever is about to change the
// accounts, and does not wait for the database.
func (s *Server) Expel(ids ...gate.AccountID) {
	s.gate.ForgetAccounts(ids...)
	s.hub.Expel(ids...)
}
