package tickets

import (
	"encoding/json"
	"fmt"
	"time"

	"hotline/telephony"
	"hotline/telephony/words"
)

// Fact is one thing that happened to a call. Facts are append-only; what they meant when they were
// written they mean for ever, so everything that depends on settings (dates, departments) is in them.
type Fact struct {
	Call  telephony.CallID
	N     int64 // tells facts of one kind apart; 0 for kinds that happen once
	At    time.Time
	Own   Number // the number that was reserved for this call; "" where the writer did not know it
	Event Event
}

// Kind names an event in the spool and in the history.
type Kind string

// Event is what happened: Arrived, Resumed, Routed, Queued, Offered, OfferEnded, Answered, Recorded, Ended, WrappedUp.
type Event interface{ Kind() Kind }

type (
	// Arrived is the first ring. Next is when the caller is to be called back if nothing further happens.
	Arrived struct {
		From       string    `json:"from"` // the number's key, "" when withheld
		RawFrom    string    `json:"raw_from"`
		RawName    string    `json:"raw_name"`
		To         string    `json:"to"`
		Department string    `json:"department"`
		Next       time.Time `json:"next"`
	}
	// Resumed says that a restarted Hotline found the call again.
	Resumed struct{}
	// Routed is a decision about topic and ticket.
	Routed struct {
		Topic      string       `json:"topic"`
		Department string       `json:"department"`
		Ticket     Number       `json:"ticket"`
		Linked     Linked       `json:"linked"`
		Language   string       `json:"language"`
		Path       []words.Text `json:"path"`
		Next       time.Time    `json:"next"`
	}
	// Queued says where the call waits.
	Queued struct {
		Queue      string `json:"queue"`
		Department string `json:"department"`
	}
	// Offered says that an agent's phone is about to ring.
	Offered struct {
		Agent Agent `json:"agent"`
	}
	// OfferEnded says how an offer ended without an answer: missed, declined, revoked, failed.
	OfferEnded struct {
		Agent Agent  `json:"agent"`
		How   string `json:"how"`
	}
	// Answered says who speaks with the caller. Next is when the agent is asked if wrap-up leaves the ticket open.
	Answered struct {
		Agent Agent     `json:"agent"`
		Next  time.Time `json:"next"`
	}
	// Recorded says where a message of the caller's is: a name of the switch's.
	Recorded struct {
		Place string `json:"place"`
	}
	// Ended is the end of the call. Next is the callback where it broke off.
	Ended struct {
		Outcome    Outcome      `json:"outcome"`
		Department string       `json:"department"`
		Language   string       `json:"language"`
		Path       []words.Text `json:"path"`
		Next       time.Time    `json:"next"`
	}
	// WrappedUp is what the agent left behind.
	WrappedUp struct {
		Agent       Agent       `json:"agent"`
		Disposition Disposition `json:"disposition"`
		Closes      bool        `json:"closes"`
		Note        string      `json:"note"`
		Subject     string      `json:"subject"`
		Department  string      `json:"department"`
		Next        time.Time   `json:"next"`
	}
)

func (Arrived) Kind() Kind    { return "call.arrived" }
func (Resumed) Kind() Kind    { return "call.resumed" }
func (Routed) Kind() Kind     { return "call.routed" }
func (Queued) Kind() Kind     { return "call.queued" }
func (Offered) Kind() Kind    { return "offer.made" }
func (OfferEnded) Kind() Kind { return "offer.ended" }
func (Answered) Kind() Kind   { return "call.answered" }
func (Recorded) Kind() Kind   { return "call.recorded" }
func (Ended) Kind() Kind      { return "call.ended" }
func (WrappedUp) Kind() Kind  { return "wrap_up.finished" }

// once says which kinds happen once in a call's life: their N is 0.
func once(e Event) bool {
	switch e.(type) {
	case Arrived, Ended:
		return true
	default:
		return false
	}
}

// Key is what makes a fact itself: a second one of the same key changes nothing.
type Key struct {
	Call telephony.CallID
	Kind Kind
	N    int64
}

func (f Fact) Key() Key { return Key{f.Call, f.Event.Kind(), f.N} }

// version of the written form. Readers take this and all earlier ones.
const version = 1

// written is a fact on disk.
type written struct {
	Version int              `json:"v"`
	Call    telephony.CallID `json:"call"`
	Kind    Kind             `json:"kind"`
	N       int64            `json:"n,omitempty"`
	At      time.Time        `json:"at"`
	Own     Number           `json:"own,omitempty"`
	Body    json.RawMessage  `json:"body"`
}

// Encode writes a fact as JSON.
func (f Fact) Encode() ([]byte, error) {
	body, err := json.Marshal(f.Event)
	if err != nil {
		return nil, fmt.Errorf("fact %s of call %s: %w", f.Event.Kind(), f.Call, err)
	}
	return json.Marshal(written{version, f.Call, f.Event.Kind(), f.N, f.At.UTC(), f.Own, body})
}

// DecodeFact reads what Encode wrote. Its errors wrap ErrRefused: such a fact will never be readable.
func DecodeFact(b []byte) (Fact, error) {
	var w written
	if err := json.Unmarshal(b, &w); err != nil {
		return Fact{}, fmt.Errorf("%w: fact is no JSON: %v", ErrRefused, err)
	}
	if w.Version < 1 || w.Version > version {
		return Fact{}, fmt.Errorf("%w: fact of version %d, this Hotline reads up to %d", ErrRefused, w.Version, version)
	}
	if w.Call == "" || w.At.IsZero() {
		return Fact{}, fmt.Errorf("%w: fact %q names no call or no time", ErrRefused, w.Kind)
	}
	event, err := decodeEvent(w.Kind, w.Body)
	if err != nil {
		return Fact{}, fmt.Errorf("%w: fact %q of call %s: %v", ErrRefused, w.Kind, w.Call, err)
	}
	return Fact{w.Call, w.N, w.At, w.Own, event}, nil
}

func decodeEvent(k Kind, body []byte) (Event, error) {
	switch k {
	case Arrived{}.Kind():
		return decodeAs[Arrived](body)
	case Resumed{}.Kind():
		return decodeAs[Resumed](body)
	case Routed{}.Kind():
		return decodeAs[Routed](body)
	case Queued{}.Kind():
		return decodeAs[Queued](body)
	case Offered{}.Kind():
		return decodeAs[Offered](body)
	case OfferEnded{}.Kind():
		return decodeAs[OfferEnded](body)
	case Answered{}.Kind():
		return decodeAs[Answered](body)
	case Recorded{}.Kind():
		return decodeAs[Recorded](body)
	case Ended{}.Kind():
		return decodeAs[Ended](body)
	case WrappedUp{}.Kind():
		return decodeAs[WrappedUp](body)
	default:
		return nil, fmt.Errorf("unknown kind")
	}
}

func decodeAs[E Event](body []byte) (Event, error) {
	var e E
	err := json.Unmarshal(body, &e)
	return e, err
}
