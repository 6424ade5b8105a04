// Package agentapi is where people meet Hotline: accounts and roles, the REST
// interface, the event stream, and the embedded pages. It holds no rule of
// routing or of tickets: commands go out to Agents, what is true comes in through
// the Hub, and this room keeps it, numbers it, and carries it to the pages.
//
//	          desk (between router, calls, tickets)
//	  Me, SetMe, Offer, Wall │        ▲ Agents.Do, DeskClosed
//	                         ▼        │
//	Hub ── desk of each agent: state, log, unseen offers
//	 │  └─ wall: newest values
//	 │ under one lock: number, log, place in the queue
//	 ▼
//	conn ── one writer, bounded queue ──► socket ──► page
//	 ▲
//	Server ── sign-in, REST (huma), stream, pages
//
// What holds here:
//
//   - A page that has the epoch and the last number of "me" gets every event after
//     it, once and in order, or a snapshot; never silence.
//   - A pop's frame is given to the desk's socket before Shown.Wait returns, and so
//     before the phone is dialled. It waits behind one frame of the wall at most.
//   - A slow page costs nobody else anything: its queue is bounded, and it is closed.
//   - A command is carried out once for its idempotency key; what cannot be read, or comes from
//     a page of another site, is not carried out at all.
//   - Secrets (passwords, tokens) are in no log, no error and no answer.
//
// Roles: an account that has an agent opens that agent's desk ("me"); every account sees
// the wall; figures of all are for supervisors and administrators, their own also for agents;
// figures for machines (/metrics) are for cmd to guard.
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
	"hotline/telephony/words"
	"hotline/tickets"
)

// Options are what a Server is made of. Hub, Accounts and Agents are needed, the rest is not.
type Options struct {
	Hub      *Hub
	Accounts Accounts
	Agents   Agents
	Phones   Phones          // nil: no seat carries a phone
	Tickets  Tickets         // nil: no ticket is shown
	Figures  Figures         // nil: none are kept
	Calls    Calls           // nil: nobody is found
	Decided  Decisions       // nil: nothing is told of how calls were routed
	Advisor  Advisor         // nil: nothing is told of the time ahead
	Pages    fs.FS           // the built pages (package pages)
	Reasons  func() []Choice // for being not ready, as they are now; nil: DefaultReasons
	Metrics  http.Handler    // at /metrics; nil: none
	Health   func() error    // at /healthz; nil: always well
	Lifetime time.Duration   // of a sign-in; 7 days

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

// Phone is how a page registers its phone with the switch.
type Phone struct {
	URI      string `json:"uri" example:"sip:7@127.0.0.1"`
	User     string `json:"user"`
	Password string `json:"password"`
	WS       string `json:"ws" example:"ws://127.0.0.1:8088/ws"`
}

// Tickets shows a ticket, with the name of the person who owns it where that is known.
type Tickets interface {
	Ticket(ctx context.Context, n tickets.Number) (Summary, error)
}

// Choice is a line of a list, with its name by language.
type Choice struct {
	Code     string     `json:"code"`
	Name     words.Text `json:"name"`
	LongestS int        `json:"longest_s,omitempty" doc:"of a reason: seconds after which it is longer than usual"`
	Closes   *bool      `json:"closes,omitempty" doc:"of a disposition: it closes the ticket; otherwise that stays open with a next date"`
}

// DefaultReasons are why an agent may be not ready. The system's own reasons stand apart.
var DefaultReasons = []Choice{
	{Code: "break", Name: words.Text{"ru": "Перерыв", "en": "Break"}, LongestS: 900},
	{Code: "lunch", Name: words.Text{"ru": "Обед", "en": "Lunch"}, LongestS: 3600},
	{Code: "training", Name: words.Text{"ru": "Обучение", "en": "Training"}, LongestS: 7200},
	{Code: "meeting", Name: words.Text{"ru": "Совещание", "en": "Meeting"}, LongestS: 3600},
	{Code: "back_office", Name: words.Text{"ru": "Работа с заявками", "en": "Back office"}, LongestS: 3600},
	{Code: "technical", Name: words.Text{"ru": "Техническая причина", "en": "Technical"}, LongestS: 900},
}

// Server is the interface over HTTP.
type Server struct {
	hub          *Hub
	agents       Agents
	phones       Phones
	tickets      Tickets
	figures      Figures
	location     *time.Location
	calls        Calls
	decisions    Decisions
	advisor      Advisor
	reasons      func() []Choice
	dispositions []Choice
	health       func() error
	gate         *gate
	keys         keys
	origins      map[string]bool
	behindProxy  bool
	log          *slog.Logger
	http         http.Handler
	document     []byte // OpenAPI
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
	if o.Reasons == nil {
		o.Reasons = func() []Choice { return DefaultReasons }
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
		reasons: o.Reasons, health: o.Health,
		gate: gate, origins: map[string]bool{}, behindProxy: o.BehindProxy, log: o.Log,
	}
	for _, d := range tickets.Dispositions {
		s.dispositions = append(s.dispositions, Choice{Code: string(d.Code), Name: d.Name, Closes: &d.Closes})
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
