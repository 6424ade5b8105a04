// Package queues decides which caller goes to which agent. It is pure: no
// goroutine, no clock, no log, no database; time is an argument. Events go in,
// decisions come out, and the same events give the same decisions, so that a
// day can be simulated in a second, replayed, and tested by properties.
//
//	Enqueued ──► waiting ──Offered──► offered ──OfferAnswered──► talking ──TalkEnded──► gone
//	                ▲  │                 │  │                      (RequestEnded: answered)
//	                │  │   missed, declined,│
//	                │  │   failed, revoked  │ Abandoned
//	                └──┼─────────────────┘  │
//	         Abandoned └──► gone ◄──────────┘   (RequestEnded: abandoned)
//
// A waiting request may overflow besides: to another queue, where it waits on, or to a destination that ends its waiting
// (see Overflow); and its caller may be called back instead of waiting on the line (see CallbackWanted and callback.go),
// or because their call broke off through a fault of ours (see CallBroken).
//
// An agent stands on two axes that are never mixed. Availability is what they
// chose; activity is what happens to them:
//
//	signed out ◄──► not ready (reason) ◄──► ready           availability
//
//	idle ──► offered ──► talking ◄──► on hold, consulting   activity
//	  ▲         │           │
//	  ├─────────┘           ▼
//	  └──────────────── wrap-up
//
// Who gets whom:
//
//   - Skills decide, and one that has expired is none. A request needs its queue's skills, one at least of each of
//     its queue's groups, and its own extra skills (the caller's language is the skill
//     "lang:ru"); an agent can serve it who has each at the level asked, or above.
//   - The longer it waits, the less a request may need: its queue's relaxation steps
//     are taken by the time waited, also while an offer rings. Where nobody could serve it
//     as it stands who is signed in and not about to sign out, the first step after which
//     somebody could is taken at once, and not taken back when somebody else signs in;
//     but not while it waits for one agent alone to whom it was led (see lead.go).
//   - Among requests: more points (the queue's priority and its own, and with aging
//     some for each second waited), then the one that risks its target most (the time
//     of whose target ends, or ended, first), then the earlier arrival, then the one that
//     was told earlier. At any moment this is a total order; among requests of queues that
//     age alike it never changes.
//   - Among agents by the rule of the request's queue, then idle for longest, then the
//     smaller id. A total order too. The rules are longest idle itself, most skilled (the
//     larger sum of levels in what the request needs), least occupied (the smaller share of the last
//     hour at work, see occupancy) and spare the specialist (fewer skills beyond what it needs).
//   - A queue that reserves agents gives one away only while more than so many are free who could serve the request.
//   - A request that prefers some agents waits, for its queue's Affinity since it arrived, for these alone who could serve it
//     and are likely to be free in time as it begins to wait, reserved or not; of those who are free for it the first in its list
//     is taken. When none of them wants calls any more, or the time is over, or an offer came to nothing, it waits for anybody.
//   - Whenever a request and an agent could meet, the first such request by its
//     order goes to the first such agent by theirs, until none are left. So after
//     each step nobody waits for an agent who is free for them.
//   - A request that an agent declined or missed is not offered to that agent again until all
//     other ready agents who can serve it, busy ones included, declined or missed it too, and 5 s have passed since somebody declined.
//     Whoever sent its caller to the queue is taken for one who declined.
//   - Who calls again within Config.Return of hanging up, or while they are to be called back, has the older call's place: in
//     all this they arrived then. Figures and rules of overflow count the time of the call itself (Came).
//
// Requests with the same requirement wait in one demand class; each free
// agent stands in the classes they can serve. A decision therefore costs the number
// of classes in play, and not the number of people waiting.
//
// An agent's capacity is one call. Other media would each have an activity of their own beside it; availability stays one.
//
// Where to read on:
//
//	queues, event, decision, errors       what is configured, told and decided
//	router                                Step: deadlines, the event, and then who can meet
//	lead                                  where people lead those who wait
//	waiting, relax, affinity, overflow    how a request waits, for whom, and when it goes elsewhere
//	offer, ring, talk                     from an offer to the end of the wrap-up
//	consult                               whom agents ask in the midst of a talk
//	callback, place                       who is called back, and who calls again
//	agent, shift, reasons, occupancy      what agents do
//	class, queue, heap, index, request    what makes a decision cheap
//	decided                               what decisions are written into
//	wait                                  how long it will be yet
//	reconfigure, copy                     the same people under other rules; the same state twice
//	considered, others                    who waits, who could take it, and why nobody does: for people
//
// Its parts are packages of their own: words (decisions in sentences), figures (sums by the quarter of an hour), erlang (staffing
// arithmetic), simulation, and proof (what is wrong with a set of queues and agents). They import this package, which knows none
// of them.
package queues

import (
	"cmp"
	"time"

	"hotline/telephony/hours"
)

type (
	// AgentID identifies an agent.
	AgentID string
	// QueueID identifies a queue.
	QueueID string
	// RequestID identifies a request: the id of its call.
	RequestID string
	// OfferID identifies an offer, unique beyond a restart where Config.Epoch is.
	OfferID string
	// Skill is something an agent can do: "subscribers", "lang:ru".
	Skill string
	// Level is a proficiency, 1 to 5.
	Level uint8
)

// Language is the skill of speaking a language ("ru", "en").
func Language(code string) Skill { return Skill("lang:" + code) }

// Need is a skill required at a level or above. Level 0 means any level.
type Need struct {
	Skill Skill
	Level Level
}

// Target is a promise of service: this share answered within this time.
type Target struct {
	Share  float64 // 0 to 1
	Within time.Duration
}

// OrUsual fills in what is left open: 80 % in 20 s.
func (t Target) OrUsual() Target {
	return Target{Share: cmp.Or(t.Share, 0.8), Within: cmp.Or(t.Within, 20*time.Second)}
}

// Queue is a named waiting line.
type Queue struct {
	ID           QueueID
	Name         map[string]string // by language
	Skills       []Need            // what every request in it needs
	AnyOf        [][]Need          // groups: of each, one need at least must be met
	Relax        []Relaxation      // steps by which less is asked for, in order of their time
	Choice       Rule              // LongestIdle where "", MostSkilled, LeastOccupied or SpareSpecialist
	Priority     int               // added to each request's own; higher goes first
	Aging        float64           // points added for each second waited, 0 to 1000, to the thousandth
	Reserve      int               // so many agents who could serve it are always left free, for others
	Affinity     time.Duration     // so long a request waits for the agents it prefers
	Overflow     []Overflow        // where its requests go when they wait too long, or too many do; the first that holds
	Callback     CallbackPlan      // how those are called back who asked for it
	Hours        *hours.Calendar   // when it is open, on Config.Location's clock: it has no Zone of its own; always where nil
	OfferTimeout time.Duration     // how long a phone rings; 20 s where 0
	WrapUp       time.Duration     // time for work after the talk; 0 is none
	ShortAbandon time.Duration     // who leaves sooner does not touch the service level
	Target       Target            // 80 % in 20 s; also either half where zero

	TransfersAnew bool // a caller whom an agent sends to it waits from then on, and not since they came first
}

// Agent is a person and what they can do.
type Agent struct {
	ID      AgentID
	Name    string
	Skills  map[Skill]Level
	Expires map[Skill]time.Time // from when on they have one of Skills no longer, as when a certificate ends; one that is not in it stays
}

// Can says whether the agent has all of these skills at these levels.
func (a Agent) Can(needs ...Need) bool {
	for _, n := range needs {
		if l, has := a.Skills[n.Skill]; !has || l < n.Level {
			return false
		}
	}
	return true
}

// Request is one waiting call.
type Request struct {
	ID         RequestID
	Queue      QueueID
	Extra      []Need    // beyond the queue's: Need{Language("ru"), 1}
	Priority   int       // added to the queue's
	Arrived    time.Time // the original time: it survives missed offers and restarts
	Caller     string    // for people to read; no rule looks at it
	Party      string    // who it is, as far as is known: a customer, or else a number; "" is nobody known
	Prefer     []AgentID // the ticket's owner, the last agent: the first goes before the second
	Callback   bool      // there is no caller on the line: they are called when it is their turn
	NoCallback bool      // no rule offers a callback: they cannot be called, or were asked already
	Tried      int       // a callback's tries in vain
	NotBefore  time.Time // a callback's next try

	HeadStart time.Duration // Arrived is so much before the call itself, which has an older one's place; no figure counts it as waiting
	CameTo    QueueID       // the queue that it came to, where it was moved since; "" is Queue
	Elsewhere time.Duration // waited in the queues that it was moved from
	Wanted    time.Duration // waited on the line before it became a callback
	Lead      Lead          // what people who oversee the queues made of it

	SentBy AgentID // who talked with the caller, and sent them to this queue: it is offered to all others first; "" is nobody
}

// Came is since when a request waits, as figures count it: Arrived, but for a HeadStart.
func (q *Request) Came() time.Time {
	if q.HeadStart == 0 { // nearly always
		return q.Arrived
	}
	return q.Arrived.Add(q.HeadStart)
}

// Entered is since when a request waits in its Queue.
func (q *Request) Entered() time.Time { return q.Came().Add(q.Elsewhere) }

// Offer is a request reserved for one agent until a deadline.
type Offer struct {
	ID       OfferID
	Request  RequestID
	Agent    AgentID
	Queue    QueueID
	At       time.Time
	Deadline time.Time
	Callback bool      // of a request whose caller is to be called
	Consults RequestID // the talk in which the agent is asked; "" is no consultation

	number int32 // see AgentNumber
}

// AgentNumber is the agent's number: see AgentState.Number.
func (o *Offer) AgentNumber() int32 { return o.number }

// GCPercent is what the garbage collector is best told (runtime/debug.SetGCPercent) by a program whose work the router is: what
// waits and who works is some megabytes, and decisions are short-lived, so that looking through it all each time as
// much again has been decided costs more than the memory is worth.
const GCPercent = 400

// Config is what a Router is made of.
type Config struct {
	Queues []Queue
	// Location is where the line is: its midnight begins the figures anew, and its clock opens and closes queues; UTC where nil.
	Location *time.Location
	// Epoch begins each offer's id. Give every run of the program another one, so that
	// a late answer to an offer of the run before meets no new offer.
	Epoch string
	// Reasons bound what an agent may choose; a reason not among them is not bounded.
	Reasons []ReasonLimit
	// Return is within what time somebody who hung up while waiting gets their old place
	// back when they call again; 0 is never.
	Return time.Duration
	// ExtensionLimit is by how much one wrap-up may be extended in all; 3 min where 0.
	ExtensionLimit time.Duration
}
