package queues

import (
	"reflect"
	"time"
)

// Decision is what follows from an event, in the order in which it is to be carried out. It is a pointer to one of these, for
// reading only. Whoever steps a router may keep
// decisions, or give them back (see Router.Release); an observer that acd tells copies what it wants to have longer (see Keep).
type Decision interface{ decision() }

type (
	// Offered reserves a request for an agent: pop the desk, ring the phone.
	Offered struct {
		Offer Offer
		Why   Explanation
	}
	// OfferEnded ends an offer. However it ends but answered, the phone must stop ringing.
	OfferEnded struct {
		Offer   Offer
		How     Ending
		Failure Failure // of the agent's phone; "" where it ended otherwise
	}
	// RequestEnded says, exactly once for each request, how its waiting ended.
	RequestEnded struct {
		Request Request
		How     Outcome
		Agent   AgentID // who answered
		At      time.Time
		Short   bool        // abandoned before the queue's threshold
		To      Destination // where it overflowed to
		Because int         // the overflow rule that held, from 1; 0 where none did
		Instead RequestID   // who called in, and has the callback's place now
		By      string      // who closed the queue, where it overflowed for that alone

		// Announced says that the caller was told in what range the wait on the line would end, and that it is known whether it ended
		// there; InRange says that it did.
		Announced, InRange bool

		number int32 // see AgentNumber
	}
	// RequestMoved says that a request waits in another queue now (ToQueue), or that its caller is to be offered a
	// callback (ToCallback), or that somebody has led it otherwise (ToFront, ToAgent): it is in the same queue then.
	RequestMoved struct {
		Request Request // as it was before
		To      Destination
		Because int // the overflow rule that held, from 1; 0 where somebody led it
		At      time.Time
		Lead    Lead // where somebody led it: as it is now
	}
	// CallbackWaits says that a request waits without its caller: at first when it becomes a callback, and again
	// after a try in vain. Who keeps it so that it survives a restart enqueues just this Request again.
	CallbackWaits struct {
		Request Request
		Until   time.Time // nobody is called before; now or later
		Tried   int       // tries in vain
	}
	// PlaceRegained says that a request has the place of an older one: of the call of the same caller whose line broke,
	// or of the callback that they did not wait for.
	PlaceRegained struct {
		Request Request // Arrived is the older one's, and HeadStart what that gives them
		Of      RequestID
	}
	// AnswerUndone takes back a RequestEnded of RequestAnswered or RequestCalledBack: the agent's phone let go at once. The request is
	// told of again once it is enqueued anew.
	AnswerUndone struct {
		Request Request
		Agent   AgentID
		At      time.Time // when it was answered

		number int32 // see AgentNumber
	}
	// AgentChanged is the agent's new state: at most one for each agent and step.
	AgentChanged struct{ Agent AgentState }
	// QueueChanged is the queue's new state: at most one for each queue and step.
	QueueChanged struct{ Queue QueueState }
	// Rejected says that the event could not be, and changed nothing.
	Rejected struct {
		Event Event
		Err   error
	}
)

func (*Offered) decision()       {}
func (*OfferEnded) decision()    {}
func (*RequestEnded) decision()  {}
func (*RequestMoved) decision()  {}
func (*CallbackWaits) decision() {}
func (*PlaceRegained) decision() {}
func (*AnswerUndone) decision()  {}
func (*AgentChanged) decision()  {}
func (*QueueChanged) decision()  {}
func (*Rejected) decision()      {}

// AgentNumber is the number of the agent who answered: see AgentState.Number.
func (d *RequestEnded) AgentNumber() int32 { return d.number }

// AgentNumber is the number of the agent whose phone let go: see AgentState.Number.
func (d *AnswerUndone) AgentNumber() int32 { return d.number }

// Keep copies decisions, for who wants them longer than they last.
func Keep(decided []Decision) (all []Decision) {
	for _, d := range decided {
		same := reflect.New(reflect.TypeOf(d).Elem())
		same.Elem().Set(reflect.ValueOf(d).Elem())
		all = append(all, same.Interface().(Decision))
	}
	return all
}

// WasRejected says whether the event of a step could not be.
func WasRejected(decided []Decision) bool { return Rejection(decided) != nil }

// Rejection is why the event of a step could not be; nil where it could. A step rejects no other.
func Rejection(decided []Decision) *Rejected {
	for _, d := range decided {
		if r, is := d.(*Rejected); is {
			return r
		}
	}
	return nil
}

// Explanation says why this agent got this request.
type Explanation struct {
	Rule       Rule
	Candidates int       // free agents who could have taken it, the chosen one included
	Excluded   int       // of these, who had declined or missed it before
	IdleSince  time.Time // of the chosen one
	Waited     time.Duration
	Tries      int // offers of this request before this one
	Relaxed    int // relaxation steps taken

	RelaxedAfter time.Duration // the time of the last of these
	Early        bool          // and it was taken before, for nobody signed in could have served the request

	RunnerUp AgentID   // whom the rule would have taken next; "" where nobody else could be
	Declined []AgentID // the Excluded, in the order of their ids
	Failing  int       // of the Candidates: those whose phone failed lately, so that they go behind the others
	Busy     int       // could serve it and are ready, but not free
	NotReady int       // could serve it and are signed in, but not ready or not reachable

	By string // who led it to the agent, where Rule is Led, or asks them, where it is Consulted: nobody was compared then
}

// Rule is what decided between the agents.
type Rule string

const (
	OnlyCandidate   Rule = "only_candidate"
	LongestIdle     Rule = "longest_idle"
	MostSkilled     Rule = "most_skilled"     // ties by longest idle
	LeastOccupied   Rule = "least_occupied"   // the smaller share of the last hour at work; ties by longest idle
	Preferred       Rule = "preferred"        // the request asked for this agent
	SpareSpecialist Rule = "spare_specialist" // ties by longest idle
	Led             Rule = "led"              // somebody who oversees the queues led it to this agent
	Consulted       Rule = "consulted"        // an agent asks this one in the midst of a talk
	AllDeclined     Rule = "all_declined"     // everybody had declined or missed it, and it begins anew
)

// Ending is how an offer ended.
type Ending string

const (
	OfferWasAnswered Ending = "answered"
	OfferWasMissed   Ending = "missed"
	OfferWasDeclined Ending = "declined"
	OfferWasRevoked  Ending = "revoked" // the caller or the agent's desk is gone
	OfferHasFailed   Ending = "failed"  // the agent's phone could not be reached
)

// Outcome is how the waiting of a request ended.
type Outcome string

const (
	RequestAnswered   Outcome = "answered"
	RequestAbandoned  Outcome = "abandoned"
	RequestOverflowed Outcome = "overflowed" // to a destination that is no queue
	RequestCalledBack Outcome = "called_back"
	RequestNotReached Outcome = "not_reached" // a callback, after its last try
	RequestCalledIn   Outcome = "called_in"   // a callback whose caller called meanwhile, and took its place
	RequestLost       Outcome = "lost"        // broken off through a fault of ours, of somebody who cannot be called back
)

// Availability is what an agent chose.
type Availability string

const (
	Ready     Availability = "ready"
	NotReady  Availability = "not_ready"
	SignedOut Availability = "signed_out"
)

// Reason says why an agent is not ready.
type Reason string

// What an agent may choose.
const (
	Break      Reason = "break"
	Lunch      Reason = "lunch"
	Training   Reason = "training"
	Meeting    Reason = "meeting"
	BackOffice Reason = "back_office"
	Technical  Reason = "technical"
)

// What the router sets by itself.
const (
	MissedCall           Reason = "missed_call"
	ConnectionLost       Reason = "connection_lost"
	PhoneWasNotReachable Reason = "phone_unreachable"
	PhoneWasBusy         Reason = "phone_busy"
	PhoneWasFailing      Reason = "phone_failing"
	PhoneForwarded       Reason = "phone_forwards"
	PhoneDeclined        Reason = "phone_declines"
	PhoneLost            Reason = "phone_lost" // in a talk
)

// Activity is what an agent is doing.
type Activity string

const (
	Idle    Activity = "idle"
	Ringing Activity = "offered"
	Talking Activity = "talking"
	OnHold  Activity = "on_hold"
	// Consulting is who asks a colleague or somebody outside while the caller is on hold, and the colleague, too.
	Consulting Activity = "consulting"
	WrapUp     Activity = "wrap_up"
)

// AgentState is one agent, now.
type AgentState struct {
	ID   AgentID
	Name string

	Availability Availability
	Reason       Reason // while not ready
	Since        time.Time
	Next         Availability // takes effect after talk and wrap-up; "" is none
	NextReason   Reason

	Activity      Activity
	ActivitySince time.Time
	Deadline      time.Time // of an offer or a wrap-up
	Request       RequestID // offered, talked with, or wrapped up
	Queue         QueueID   // of that request
	Offer         OfferID   // while offered
	Accepted      bool      // the offer

	Reachable bool      // the phone
	Failures  int       // how often in a row the phone has failed
	DeskAway  bool      // the page is gone, and may be back in a moment
	Until     time.Time // the longest that the reason for being not ready may last; zero is no bound

	number int32 // see Number
}

// Number is a small number that no other agent has while this one is signed in or talks: the router gives the numbers of those who
// are gone to those who come. Whoever is told of ten thousand agents may keep what they know of them in a row, and find each by
// the number at the cost of one look into memory, where the id is only compared. It is part of no journal: of a decision that was
// read from one it is 0, so that the id must be compared always.
func (s *AgentState) Number() int32 { return s.number }

// QueueState is one queue, now, with its figures since local midnight.
type QueueState struct {
	ID           QueueID
	Waiting      int       // on the line and not answered yet: waiting, or ringing at an agent's
	Callbacks    int       // waiting without their callers
	LongestSince time.Time // since when the first of these waits; zero where nobody does
	Target       Target
	Figures
	// Of the last expected waits that were announced, at most 100: of how many it is known whether they held, and how many held.
	Announced, InRange int
	ClosedBy           string // who closed it; "" where its hours alone count
}

// Figures count ended requests.
type Figures struct {
	Answered       int
	Abandoned      int
	ShortAbandoned int // of the abandoned: before the queue's threshold
	InTarget       int // of the answered: within the target's time
	Overflowed     int // left for another queue or another destination
	CalledBack     int // callbacks whose caller was reached
}

// ServiceLevel is in target ÷ (answered + abandoned − short abandoned), 0 to 1; not ok
// while nothing counts.
func (f Figures) ServiceLevel() (level float64, ok bool) {
	of := f.counted()
	if of == 0 {
		return 0, false
	}
	return float64(f.InTarget) / float64(of), true
}

// counted are those of whom a service level is.
func (f Figures) counted() int { return f.Answered + f.Abandoned - f.ShortAbandoned }

// Plus adds up the figures of several queues.
func (f Figures) Plus(g Figures) Figures {
	return Figures{
		Answered:       f.Answered + g.Answered,
		Abandoned:      f.Abandoned + g.Abandoned,
		ShortAbandoned: f.ShortAbandoned + g.ShortAbandoned,
		InTarget:       f.InTarget + g.InTarget,
		Overflowed:     f.Overflowed + g.Overflowed,
		CalledBack:     f.CalledBack + g.CalledBack,
	}
}

// Snapshot is the whole state as others may see it: queues in the order of the
// configuration, agents (signed in, or still talking) by id.
type Snapshot struct {
	At     time.Time
	Queues []QueueState
	Agents []AgentState
}
