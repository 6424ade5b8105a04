package tickets

import (
	"encoding/json"
	"fmt"
	"time"
)

// Fact is one thing that happened to a contact. Facts are append-only; what they meant when they were
// written they mean for ever, so everything that depends on settings (dates, departments) is in them.
type Fact struct {
	Contact ContactID
	Channel Channel
	N       int64 // tells facts of one kind apart; 0 for kinds that happen once
	At      time.Time
	Own     Number // the number that was reserved for this contact; "" where the writer did not know it
	Event   Event
}

// Key is what makes a fact itself: a second one of the same key changes nothing.
type Key struct {
	Contact ContactID
	Kind    Kind
	N       int64
}

func (f Fact) Key() Key { return Key{f.Contact, f.Event.Kind(), f.N} }

// By is who did what it is about: an agent, or the way of the call.
func (f Fact) By() By {
	if e, is := f.Event.(doer); is {
		return e.by()
	}
	return By{Kind: ByCall, From: "call"}
}

// The versions of the written form. Version 1 knew calls only and named them: {"v":1,"call":…}. Version 2 names the contact and its
// channel: {"v":2,"contact":…,"channel":"call"}. Readers take the version that they write and all earlier ones. A Hotline that reads up to 1
// sets facts of version 2 aside, so whoever goes back to it stops this one in order first: then the spool is empty.
const (
	callsOnly = 1
	version   = 2
)

// written is a fact on disk.
type written struct {
	Version int             `json:"v"`
	Call    ContactID       `json:"call,omitempty"` // of version 1
	Contact ContactID       `json:"contact,omitempty"`
	Channel string          `json:"channel,omitempty"`
	Kind    Kind            `json:"kind"`
	N       int64           `json:"n,omitempty"`
	At      time.Time       `json:"at"`
	Own     Number          `json:"own,omitempty"`
	Body    json.RawMessage `json:"body"`
}

// Encode writes a fact as JSON.
func (f Fact) Encode() ([]byte, error) {
	body, err := json.Marshal(f.Event)
	if err != nil {
		return nil, fmt.Errorf("fact %s of contact %s: %w", f.Event.Kind(), f.Contact, err)
	}
	if f.Channel == nil {
		return nil, fmt.Errorf("fact %s of contact %s: it has no channel", f.Event.Kind(), f.Contact)
	}
	return json.Marshal(written{
		Version: version, Contact: f.Contact, Channel: f.Channel.Code(), Kind: f.Event.Kind(), N: f.N, At: f.At.UTC(), Own: f.Own, Body: body,
	})
}

// DecodeFact reads what Encode wrote. Its errors wrap ErrRefused: such a fact will never be readable.
func DecodeFact(b []byte) (Fact, error) {
	var w written
	if err := json.Unmarshal(b, &w); err != nil {
		return Fact{}, fmt.Errorf("%w: fact is no JSON: %v", ErrRefused, err)
	}
	switch {
	case w.Version < callsOnly || w.Version > version:
		return Fact{}, fmt.Errorf("%w: fact of version %d, this Hotline reads up to %d", ErrRefused, w.Version, version)
	case w.Version == callsOnly:
		w.Contact, w.Channel = w.Call, Call{}.Code()
	}
	if w.Contact == "" || w.At.IsZero() {
		return Fact{}, fmt.Errorf("%w: fact %q names no contact or no time", ErrRefused, w.Kind)
	}
	channel, err := ParseChannel(w.Channel)
	if err != nil {
		return Fact{}, fmt.Errorf("%w: fact %q of contact %s: %v", ErrRefused, w.Kind, w.Contact, err)
	}
	event, err := DecodeEvent(w.Kind, w.Body)
	if err != nil {
		return Fact{}, fmt.Errorf("%w: fact %q of contact %s: %v", ErrRefused, w.Kind, w.Contact, err)
	}
	return Fact{w.Contact, channel, w.N, w.At, w.Own, event}, nil
}
