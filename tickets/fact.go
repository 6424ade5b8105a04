package tickets

import (
	"encoding/json"
	"fmt"
	"time"

	"hotline/telephony"
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
