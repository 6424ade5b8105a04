package words

import (
	"fmt"
	"slices"
	"time"

	"hotline/queues"
)

// Record is one decision about one request as it is kept and told to people: what was decided, when, about whom, and the
// facts behind it. A request's records, in order, are the story of its waiting.
type Record struct {
	Call  queues.RequestID
	At    time.Time
	Kind  RecordKind
	Agent queues.AgentID // whom it was offered to, or who answered; "" where nobody is meant
	Queue queues.QueueID
	Facts Facts
}

// RecordKind is what was decided.
type RecordKind string

const (
	WasOffered         RecordKind = "offered"
	WasAnswered        RecordKind = "answered"
	WasMissed          RecordKind = "missed"
	WasDeclined        RecordKind = "declined"
	WasRevoked         RecordKind = "revoked"
	HasFailed          RecordKind = "failed"
	WasDropped         RecordKind = "dropped" // answered, and let go at once
	WasTaken           RecordKind = "taken"   // a callback: the agent is there, and the caller is dialled now
	WasMoved           RecordKind = "moved"   // to another queue
	WasPutFirst        RecordKind = "put_first"
	WasLed             RecordKind = "led" // to an agent
	CallbackWasOffered RecordKind = "callback_offered"
	CallbackWaiting    RecordKind = "callback_waits"
	WasAbandoned       RecordKind = "abandoned"
	WasOverflowed      RecordKind = "overflowed"
	WasCalledBack      RecordKind = "called_back"
	WasNotReached      RecordKind = "not_reached"
	HasCalledIn        RecordKind = "called_in"
	WasLost            RecordKind = "lost"           // the call broke off through a fault of ours, and nobody can be called back
	HasRegained        RecordKind = "place_regained" // of an older call of the same caller
	CallsBack          RecordKind = "calls_back"     // of a call that we make, and not of a request: which one it is for
	WasHeld            RecordKind = "held"           // the agent put the caller on hold
	WasResumed         RecordKind = "resumed"        // and took them back
	TalkIsOver         RecordKind = "talk_ended"
)

// Facts are what a decision was made of; which of them there are depends on its kind. Durations are in milliseconds.
type Facts struct {
	Offer queues.OfferID `json:"offer,omitempty"`

	// Of an offer, see Explanation.
	Rule       queues.Rule      `json:"rule,omitempty"`
	Candidates int              `json:"candidates,omitempty"`
	Excluded   int              `json:"excluded,omitempty"`
	Declined   []queues.AgentID `json:"declined,omitempty"`
	RunnerUp   queues.AgentID   `json:"runner_up,omitempty"`
	Busy       int              `json:"busy,omitempty"`
	NotReady   int              `json:"not_ready,omitempty"`
	Failing    int              `json:"failing,omitempty"`
	Others     *queues.Others   `json:"others,omitempty"` // who they are, where whoever keeps the record has asked Router.Others
	IdleMS     int64            `json:"idle_ms,omitempty"`
	Tries      int              `json:"tries,omitempty"`
	Relaxed    int              `json:"relaxed,omitempty"`
	RelaxedMS  int64            `json:"relaxed_ms,omitempty"`
	Early      bool             `json:"relaxed_early,omitempty"`

	WaitedMS int64                  `json:"waited_ms,omitempty"` // since the request arrived
	RangMS   int64                  `json:"rang_ms,omitempty"`   // of an offer's end: since it began
	Failure  queues.Failure         `json:"failure,omitempty"`   // of an offer's end: what was wrong with the phone
	Short    bool                   `json:"short,omitempty"`     // abandoned before the queue's threshold
	To       queues.DestinationKind `json:"to,omitempty"`        // of a move or an overflow
	ToQueue  queues.QueueID         `json:"to_queue,omitempty"`
	ToNumber string                 `json:"to_number,omitempty"`
	Because  int                    `json:"because,omitempty"`     // the overflow rule that held, from 1
	AgainMS  int64                  `json:"again_ms,omitempty"`    // of a callback: until it may be tried
	Tried    int                    `json:"tried,omitempty"`       // tries in vain
	Instead  queues.RequestID       `json:"instead,omitempty"`     // of a callback: the call that has its place now; of a regained place: the call that had it
	Callback bool                   `json:"is_callback,omitempty"` // nobody was on the line
	For      queues.RequestID       `json:"for,omitempty"`         // of a call that we make
	By       string                 `json:"by,omitempty"`          // who led it, or closed the queue: a person's id
}

// Records are the decisions of a step that are about a request. The new states at its end are not: they follow from these.
func Records(at time.Time, decided []queues.Decision) []Record {
	var all []Record
	for i, d := range decided {
		if r, is := recordOf(at, d); is && !saidBy(decided[i+1:], r) {
			all = append(all, r)
		}
	}
	return all
}

// RecordOfTalk is what an event says of a talk that goes on or ends; not is where it says nothing of one, or could not be.
func RecordOfTalk(at time.Time, e queues.Event, decided []queues.Decision) (r Record, is bool) {
	r.At = at
	switch e := e.(type) {
	case queues.TalkHeld:
		r.Call, r.Kind = e.Request, WasHeld
	case queues.TalkResumed:
		r.Call, r.Kind = e.Request, WasResumed
	case queues.TalkEnded:
		r.Call, r.Kind = e.Request, TalkIsOver
	}
	return r, r.Kind != "" && !queues.WasRejected(decided)
}

// RecordOfCallback says for which request we make a call, on an offer of it.
func RecordOfCallback(at time.Time, call queues.RequestID, o queues.Offer) Record {
	return Record{Call: call, At: at, Kind: CallsBack, Agent: o.Agent, Queue: o.Queue, Facts: Facts{Offer: o.ID, Callback: true, For: o.Request}}
}

func recordOf(at time.Time, d queues.Decision) (r Record, is bool) {
	r.At = at
	switch d := d.(type) {
	case *queues.Offered:
		if d.Offer.Consults != "" {
			return r, false // it is about no caller who waits; the ticket tells who was asked
		}
		r.Call, r.Queue, r.Agent, r.Kind, r.Facts = d.Offer.Request, d.Offer.Queue, d.Offer.Agent, WasOffered, factsOf(d)
	case *queues.OfferEnded:
		if d.How == queues.OfferWasAnswered && !d.Offer.Callback || d.Offer.Consults != "" {
			return r, false // RequestEnded says so, and how long it waited
		}
		r.Call, r.Queue, r.Agent, r.Kind = d.Offer.Request, d.Offer.Queue, d.Offer.Agent, kindOfEnding(d.How)
		r.Facts = Facts{Offer: d.Offer.ID, RangMS: since(d.Offer.At, at), Callback: d.Offer.Callback, Failure: d.Failure}
	case *queues.RequestEnded:
		r.Call, r.Queue, r.Agent, r.Kind = d.Request.ID, d.Request.Queue, d.Agent, kindOfOutcome(d.How)
		r.Facts = Facts{WaitedMS: since(d.Request.Came(), at), Short: d.Short, Because: d.Because, Instead: d.Instead, Callback: d.Request.Callback, By: d.By}
		r.Facts.goesTo(d.To)
	case *queues.RequestMoved:
		r.Call, r.Queue, r.Agent, r.Kind = d.Request.ID, d.Request.Queue, d.To.Agent, kindOfMove(d.To.Kind)
		r.Facts = Facts{WaitedMS: since(d.Request.Came(), at), Because: d.Because, Callback: d.Request.Callback, By: d.Lead.By}
		r.Facts.goesTo(d.To)
	case *queues.CallbackWaits:
		r.Call, r.Queue, r.Kind = d.Request.ID, d.Request.Queue, CallbackWaiting
		r.Facts = Facts{WaitedMS: since(d.Request.Came(), at), AgainMS: since(at, d.Until), Tried: d.Tried, Callback: true}
	case *queues.PlaceRegained:
		r.Call, r.Queue, r.Kind = d.Request.ID, d.Request.Queue, HasRegained
		r.Facts = Facts{WaitedMS: since(d.Request.Came(), at), Instead: d.Of}
	case *queues.AnswerUndone:
		r.Call, r.Queue, r.Agent, r.Kind = d.Request.ID, d.Request.Queue, d.Agent, WasDropped
		r.Facts = Facts{WaitedMS: since(d.Request.Came(), at), Callback: d.Request.Callback}
	case *queues.AgentChanged, *queues.QueueChanged, *queues.Rejected:
		return r, false
	default:
		panic(fmt.Sprintf("words: unknown decision %T", d))
	}
	return r, true
}

// saidBy says whether a record only repeats what follows in its step: of a caller who was dialled first and is on the line, an agent's
// answer is no more than that they are called back.
func saidBy(following []queues.Decision, r Record) bool {
	return r.Kind == WasTaken && slices.ContainsFunc(following, func(d queues.Decision) bool {
		end, is := d.(*queues.RequestEnded)
		return is && end.Request.ID == r.Call && end.How == queues.RequestCalledBack
	})
}

func factsOf(d *queues.Offered) Facts {
	w := d.Why
	return Facts{
		Offer: d.Offer.ID, Rule: w.Rule, Candidates: w.Candidates, Excluded: w.Excluded, Declined: w.Declined, RunnerUp: w.RunnerUp,
		Busy: w.Busy, NotReady: w.NotReady, IdleMS: since(w.IdleSince, d.Offer.At), Tries: w.Tries,
		Relaxed: w.Relaxed, RelaxedMS: w.RelaxedAfter.Milliseconds(), Early: w.Early,
		WaitedMS: w.Waited.Milliseconds(), Callback: d.Offer.Callback, Failing: w.Failing, By: w.By,
	}
}

func (f *Facts) goesTo(to queues.Destination) {
	f.To, f.ToQueue, f.ToNumber = to.Kind, to.Queue, to.Number
}

// since is in milliseconds; 0 where there is no beginning, or it lies ahead.
func since(from, to time.Time) int64 {
	if from.IsZero() || to.Before(from) {
		return 0
	}
	return to.Sub(from).Milliseconds()
}

func kindOfEnding(how queues.Ending) RecordKind {
	switch how {
	case queues.OfferWasAnswered:
		return WasTaken
	case queues.OfferWasMissed:
		return WasMissed
	case queues.OfferWasDeclined:
		return WasDeclined
	case queues.OfferWasRevoked:
		return WasRevoked
	case queues.OfferHasFailed:
		return HasFailed
	default:
		panic("words: unknown ending " + how)
	}
}

func kindOfMove(to queues.DestinationKind) RecordKind {
	switch to {
	case queues.ToQueue:
		return WasMoved
	case queues.ToCallback:
		return CallbackWasOffered
	case queues.ToFront:
		return WasPutFirst
	case queues.ToAgent:
		return WasLed
	default:
		panic("words: nobody moves to a " + string(to))
	}
}

func kindOfOutcome(how queues.Outcome) RecordKind {
	switch how {
	case queues.RequestAnswered:
		return WasAnswered
	case queues.RequestAbandoned:
		return WasAbandoned
	case queues.RequestOverflowed:
		return WasOverflowed
	case queues.RequestCalledBack:
		return WasCalledBack
	case queues.RequestNotReached:
		return WasNotReached
	case queues.RequestCalledIn:
		return HasCalledIn
	case queues.RequestLost:
		return WasLost
	default:
		panic("words: unknown outcome " + how)
	}
}
