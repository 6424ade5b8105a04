// Package tape is what is known of a recording while it is being made: facts, in the order in which they happened, each of which may be told
// twice and changes nothing the second time. What becomes of them is what the archive is given.
//
//	Began ─► Joined, Left: agents    ─► Paused ─► WentOn ─► … ─► Ended
//	Speaks ─► Spoke: a message of the caller's
//
// A call has one recording of its talks at most, and beside it the messages that its caller left. It is in the midst of it as long as it is recorded at all: while the caller waits for the next agent
// it is silent. Where nothing is known, as the disk with the facts was lost, the tracks alone say when it was whose call.
package tape

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"

	"hotline/recordings"
	"hotline/recordings/stereo"
	"hotline/telephony"
)

// Kind is what has happened.
type Kind string

const (
	Began  Kind = "began"   // Queue, Ticket, Why, By
	Joined Kind = "joined"  // Agent, "" is somebody outside
	Left   Kind = "left"    // Agent
	Paused Kind = "paused"  // Why, By
	WentOn Kind = "went_on" // the pause is over
	Speaks Kind = "speaks"  // Queue, Ticket, Name: the caller is about to speak to the recorder
	Spoke  Kind = "spoke"   // Ticket, Name: what they said is a message, and their contact knows of it
	Erased Kind = "erased"  // of all of it nothing is to be kept
	Ended  Kind = "ended"   // Ticket, as it is then
)

// Why a recording is paused, as recordings.Pause has it.
const (
	ByAgent   = "agent"
	ByCollect = "collect"
	ByAPI     = "api"
	ByRule    = "rule"
)

// Fact is what has happened to a recording. It is kept in JSON: fields are added, and never change what they mean.
type Fact struct {
	Kind   Kind      `json:"kind"`
	At     time.Time `json:"at"`
	Queue  string    `json:"queue,omitempty"`
	Ticket string    `json:"ticket,omitempty"`
	Agent  string    `json:"agent,omitempty"`
	Why    string    `json:"why,omitempty"`
	By     string    `json:"by,omitempty"`
	Name   string    `json:"name,omitempty"` // of a message, as the switch has it
}

// space is of the ids of recordings.
var space = uuid.MustParse("5b0d7c6e-8e0c-4d43-9a55-3f1c6a1f4a7b")

// ID is the recording of a call, which has one at most: so it is the same one, however often it is put.
func ID(call telephony.CallID) recordings.ID {
	return recordings.ID(uuid.NewSHA1(space, []byte(call)).String())
}

// MessageID is the recording of a message, by its name at the switch.
func MessageID(name string) recordings.ID {
	return recordings.ID(uuid.NewSHA1(space, []byte("message "+name)).String())
}

// Tape is a recording that is being made.
type Tape struct {
	Call  telephony.CallID
	Facts []Fact
}

// Over reports whether the recording has ended.
func (t Tape) Over() bool { return t.has(Ended) }

// Erased reports whether nothing of the call is to be kept.
func (t Tape) Erased() bool { return t.has(Erased) }

func (t Tape) has(k Kind) bool {
	return slices.ContainsFunc(t.Facts, func(f Fact) bool { return f.Kind == k })
}

// Message is what is known of a message that the caller left, which lasts for so long, and whether their contact knows of it. Where nobody noted when
// they spoke, it was when the call came.
func (t Tape) Message(m telephony.Message, length time.Duration) (meta recordings.Meta, known bool) {
	meta = recordings.Meta{ID: MessageID(m.Name), Kind: recordings.Message, Call: m.Call, Name: m.Name, Started: m.Came, Length: length, Why: recordings.ByMessage}
	for _, f := range t.Facts {
		switch {
		case f.Kind == Speaks && f.Name == m.Name:
			meta.Started, meta.Queue, meta.Ticket = f.At, f.Queue, cmp.Or(f.Ticket, meta.Ticket)
		case f.Kind == Spoke && f.Name == m.Name:
			meta.Ticket, known = cmp.Or(f.Ticket, meta.Ticket), true
		case f.Kind == Ended:
			meta.Ticket = cmp.Or(f.Ticket, meta.Ticket)
		}
	}
	return meta, known
}

// Meta is what is known of the recording, whose first sample was said at a time, and which lasts for so long; and where it is to be silent,
// whatever the tracks have.
func (t Tape) Meta(started time.Time, length time.Duration) (recordings.Meta, []stereo.Span) {
	m := recordings.Meta{ID: ID(t.Call), Kind: recordings.Talk, Call: t.Call, Started: started, Length: length, Why: recordings.ByRule}
	facts := slices.Clone(t.Facts)
	slices.SortStableFunc(facts, func(a, b Fact) int { return a.At.Compare(b.At) })
	within := func(at time.Time) time.Duration { return min(max(at.Sub(started), 0), length) }
	var paused *Fact
	for i, f := range facts {
		switch f.Kind {
		case Began:
			if m.Queue == "" && m.By == "" {
				m.Ticket, m.Queue, m.Why, m.By = f.Ticket, f.Queue, recordings.Reason(cmp.Or(f.Why, string(recordings.ByRule))), f.By
			}
		case Joined:
			if n := len(m.Agents); n == 0 || m.Agents[n-1].Agent != f.Agent || !m.Agents[n-1].To.IsZero() {
				m.Agents = append(m.Agents, recordings.Talked{Agent: f.Agent, From: f.At})
			}
		case Left:
			for j := len(m.Agents) - 1; j >= 0; j-- {
				if a := &m.Agents[j]; a.Agent == f.Agent && a.To.IsZero() {
					a.To = f.At
					break
				}
			}
		case Paused:
			if paused == nil {
				paused = &facts[i]
			}
		case WentOn:
			m.Pauses, paused = ended(m.Pauses, paused, within, f.At), nil
		case Ended:
			m.Ticket = cmp.Or(f.Ticket, m.Ticket)
		}
	}
	m.Pauses = ended(m.Pauses, paused, within, started.Add(length))
	var silent []stereo.Span
	for _, p := range m.Pauses {
		silent = append(silent, stereo.Span{From: p.From, To: p.To})
	}
	return m, silent
}

// ended adds a pause that is over, unless none was, or none of it is within the recording.
func ended(pauses []recordings.Pause, begun *Fact, within func(time.Time) time.Duration, at time.Time) []recordings.Pause {
	if begun == nil {
		return pauses
	}
	p := recordings.Pause{From: within(begun.At), To: within(at), Why: begun.Why, By: begun.By}
	if p.From >= p.To {
		return pauses
	}
	return append(pauses, p)
}
