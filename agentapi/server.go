package agentapi

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"hotline/queues"
	"hotline/tickets"
)

// Options are what a Server is made of. Hub, Accounts and Agents are needed, the rest is not.
type Options struct {
	Hub      *Hub
	Accounts Accounts
	Agents   Agents
	Phones   Phones        // nil: no seat carries a phone
	Tickets  Tickets       // nil: no ticket is shown
	Figures  Figures       // nil: none are kept
	Calls    Calls         // nil: nobody is found
	Decided  Decisions     // nil: nothing is told of how calls were routed
	Advisor  Advisor       // nil: nothing is told of the time ahead
	Pages    fs.FS         // the built pages (package pages)
	Lists    Lists         // what agents may choose from; nil: DefaultLists
	Metrics  http.Handler  // at /metrics; nil: none
	Health   func() error  // at /healthz; nil: always well
	Lifetime time.Duration // of a sign-in; 7 days

	// Location is the line's place: its hours and days are those of figures. time.Local where nil.
	Location *time.Location

	// PhoneSockets are the addresses, like ws://192.0.2.1:8088, to which the pages' phones
	// connect: the pages' Content-Security-Policy allows them.
	PhoneSockets []string
	// Origins are foreign origins whose pages may use the interface, like https://desk.example.org.
	Origins []string
	// BehindProxy says that a proxy of ours ends TLS: the last X-Forwarded-For is
	// the visitor's address, and X-Forwarded-Proto says whether it was TLS.
	BehindProxy bool

	Log *slog.Logger
}

// Phones knows how an agent's page registers its phone.
type Phones interface {
	// Phone provisions the agent's phone and returns how to register it.
	Phone(ctx context.Context, agent queues.AgentID) (Phone, error)
}

// Tickets shows a ticket, with the name of the person who owns it where that is known.
type Tickets interface {
	Ticket(ctx context.Context, n tickets.Number) (Summary, error)
}

// Server is the interface over HTTP.
type Server struct {
	hub         *Hub
	agents      Agents
	phones      Phones
	tickets     Tickets
	figures     Figures
	location    *time.Location
	calls       Calls
	decisions   Decisions
	advisor     Advisor
	lists       Lists
	health      func() error
	gate        *gate
	keys        keys
	origins     map[string]bool
	behindProxy bool
	log         *slog.Logger
	http        http.Handler
	document    []byte // OpenAPI
}

// New makes a Server. It serves once it is given to an http.Server.
func New(o Options) (*Server, error) {
	if o.Hub == nil || o.Accounts == nil || o.Agents == nil {
		return nil, errors.New("agentapi: Hub, Accounts and Agents are needed")
	}
	if o.Lifetime == 0 {
		o.Lifetime = 7 * 24 * time.Hour
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Lists == nil {
		o.Lists = DefaultLists{}
	}
	if o.Location == nil {
		o.Location = time.Local
	}
	if o.Health == nil {
		o.Health = func() error { return nil }
	}
	gate, err := newGate(o.Accounts, o.Lifetime, o.Hub.count)
	if err != nil {
		return nil, err
	}
	s := &Server{
		hub: o.Hub, agents: o.Agents, phones: o.Phones, tickets: o.Tickets, figures: o.Figures, location: o.Location, calls: o.Calls, decisions: o.Decided, advisor: o.Advisor,
		lists: o.Lists, health: o.Health,
		gate: gate, origins: map[string]bool{}, behindProxy: o.BehindProxy, log: o.Log,
	}
	for _, origin := range o.Origins {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || u.Scheme == "" || strings.Trim(u.Path, "/") != "" {
			return nil, fmt.Errorf("agentapi: origin %q: expected scheme://host", origin)
		}
		s.origins[u.Scheme+"://"+u.Host] = true
	}
	s.hub.deskClosed = o.Agents.DeskClosed
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

// visitor is who sends a request, as far as the request itself says.
type visitor struct {
	token   string // the sign-in's secret; "" is none
	address string
	tls     bool
}

type visitorKey struct{}

func visitorOf(ctx context.Context) visitor {
	v, _ := ctx.Value(visitorKey{}).(visitor)
	return v
}

const cookieName = "hotline_sign_in"

// introduce reads the visitor from the request.
func (s *Server) introduce(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := visitor{tls: r.TLS != nil, address: r.RemoteAddr}
		if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
			v.address = host
		}
		if s.behindProxy {
			v.tls = v.tls || r.Header.Get("X-Forwarded-Proto") == "https"
			hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
			if last := net.ParseIP(strings.TrimSpace(hops[len(hops)-1])); last != nil {
				v.address = last.String()
			}
		}
		if cookie, err := r.Cookie(cookieName); err == nil {
			v.token = cookie.Value
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), visitorKey{}, v)))
	})
}

// ownOrigin says whether a request comes from a page of ours, or from no browser at all.
func (s *Server) ownOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true // no browser leaves it out of a websocket's request
	}
	u, err := url.Parse(origin)
	return err == nil && (strings.EqualFold(u.Host, r.Host) || s.origins[u.Scheme+"://"+u.Host])
}

// Recheck asks the accounts again who is signed in, and ends at once what those have open who are not any more: for whoever
// has changed the accounts. After an error some may have been left out: call it again.
func (s *Server) Recheck(ctx context.Context) error {
	s.gate.known.forgetAll()
	for _, c := range s.hub.connections() {
		_, _, err := s.gate.holder(ctx, c.token)
		switch {
		case errors.Is(err, ErrNoAccount):
			c.close(CloseNotSignedIn, "the sign-in has ended")
		case err != nil:
			return err
		}
	}
	return nil
}
