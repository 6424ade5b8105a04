// Package recordings is what becomes of a call's sound once it has been recorded: how it is kept, found, heard, and deleted.
//
//	a talk's tracks, or a caller's message
//	   │ Put: what is known of it, and its sound
//	   ▼
//	Archive ──► Vault: the sound, encrypted, with all that is known of it, on disk   (recordings/vault)
//	   │   └──► Rows:  what is known of it, to be found by                           (recordings/postgres)
//	   ▼
//	kept ─────────────► due: the rule of its queue is over ──► deleted: the sound is gone, and a line says
//	   ▲  hold             │                                   when, by whom and why
//	   └── release    held: nothing deletes it, with a reason and a name
//
// Always true:
//   - a recording that Put has taken is on disk as a whole, though the database may know of it only later;
//   - what was deleted does not come again, though it were put again;
//   - what is held is deleted by nobody: neither by time, nor by hand, nor with its person.
//
// The package knows nothing of disks, databases and pages, and imports only the language of calls.
package recordings

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"hotline/telephony"
)

// ID names a recording: a UUID, which whoever records chooses before it begins.
type ID string

// ParseID reads the id of a recording as REST has it.
func ParseID(s string) (ID, error) {
	id, err := uuid.Parse(s)
	if err != nil {
		return "", fmt.Errorf("%w: %q is no id of a recording", ErrNone, s)
	}
	return ID(id.String()), nil
}

// Kind is what was recorded.
type Kind string

const (
	Talk    Kind = "talk"    // people with each other: the caller on the left, all others on the right
	Message Kind = "message" // a caller alone with the recorder: one channel
)

// Reason is why somebody is recorded.
type Reason string

const (
	ByRule    Reason = "rule"    // of the queue: always, or one of a share
	ByAgent   Reason = "agent"   // on demand
	ByAPI     Reason = "api"     // a program asked for it
	ByMessage Reason = "message" // the caller spoke to the recorder
)

// Sound is how a recording sounds: 16-bit samples, lowest byte first, the channels in turn.
const (
	Rate        = 8000 // samples in a second, of each channel
	SampleBytes = 2
)

// Meta is what is known of a recording, besides how it sounds. It is kept in JSON with the sound and for as long: fields are added, and never change what they mean.
type Meta struct {
	ID      ID               `json:"id"`
	Kind    Kind             `json:"kind"`
	Call    telephony.CallID `json:"call"`
	Ticket  string           `json:"ticket,omitempty"` // the number of the call's ticket, as it was at the end of the call
	Queue   string           `json:"queue,omitempty"`  // out of which it was answered, or whose rule it was recorded by; "" is none
	Agents  []Talked         `json:"agents,omitempty"` // who is heard on the right, in the order in which they came
	Started time.Time        `json:"started"`          // when its first sample was said
	Length  time.Duration    `json:"length"`           // of the sound; what Put is given counts, and is written here
	Pauses  []Pause          `json:"pauses,omitempty"` // when nothing was recorded, and silence stands instead
	Why     Reason           `json:"why"`
	By      string           `json:"by,omitempty"`   // who asked for it, where somebody did: an agent's id, or a token's name
	Name    string           `json:"name,omitempty"` // a message: what the switch called it, by which its contact knows it
}

// Talked is that somebody was in the talk.
type Talked struct {
	Agent string    `json:"agent"` // an agent's id; "" is a number outside
	From  time.Time `json:"from"`
	To    time.Time `json:"to"` // zero: until the end
}

// Pause is that the recording was paused, counted from its beginning.
type Pause struct {
	From time.Duration `json:"from"`
	To   time.Duration `json:"to"`           // the length of the recording, where nobody let it go on
	Why  string        `json:"why"`          // agent, collect, api, rule
	By   string        `json:"by,omitempty"` // who, where it was somebody
}

// Channels are how many the sound has.
func (m Meta) Channels() int {
	if m.Kind == Message {
		return 1
	}
	return 2
}

// Check says what of a recording's description cannot be.
func (m Meta) Check() error {
	if id, err := ParseID(string(m.ID)); err != nil || id != m.ID {
		return fmt.Errorf("recording: %q is no id in lower case", m.ID)
	}
	switch {
	case m.Kind != Talk && m.Kind != Message:
		return fmt.Errorf("recording %s: %q is no kind", m.ID, m.Kind)
	case m.Call == "":
		return fmt.Errorf("recording %s: it is of no call", m.ID)
	case m.Started.IsZero():
		return fmt.Errorf("recording %s: nobody says when it started", m.ID)
	}
	return nil
}

// The ways in which a recording cannot be had.
var (
	ErrNone    = errors.New("there is no such recording")
	ErrDeleted = errors.New("the recording has been deleted")
	ErrDamaged = errors.New("the recording is damaged")    // its sound is not what was put
	ErrNoKey   = errors.New("the recording's key is away") // it is encrypted by a key that is in no file of keys
	ErrHeld    = errors.New("the recording is held")
	ErrFull    = errors.New("the disk of recordings is full")
)
