package ivr

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// note is the phase of a call as it rides on the caller's channel. Phase says what to do
// with a call that is found after a restart.
type note struct {
	Phase     phase           `json:"phase"`
	Node      flow.NodeID     `json:"node"`
	Language  string          `json:"language"`
	Topic     string          `json:"topic,omitempty"`
	Outcome   tickets.Outcome `json:"outcome"` // if the caller hung up now
	Queue     queues.QueueID  `json:"queue,omitempty"`
	Since     time.Time       `json:"since,omitzero"`      // in the queue, or talking
	Held      time.Time       `json:"held,omitzero"`       // on hold since then; the switch knows whether they are
	Ahead     time.Duration   `json:"ahead,omitempty"`     // of the call itself: Since is of a regained place
	CameTo    queues.QueueID  `json:"came_to,omitempty"`   // the queue that they were moved from, the first
	Elsewhere time.Duration   `json:"elsewhere,omitempty"` // waited before they were moved to Queue
	Agent     queues.AgentID  `json:"agent,omitempty"`
	Offer     queues.OfferID  `json:"offer,omitempty"`
	Rang      time.Time       `json:"rang,omitzero"`       // since when the agent's phone rings: the talk began after it
	Outside   string          `json:"outside,omitempty"`   // the number that they are sent to
	Recording string          `json:"recording,omitempty"` // of a message that they leave
	Advised   bool            `json:"advised,omitempty"`   // of a callback, once
	Back      *backOf         `json:"back,omitempty"`      // of an outgoing call
	Ticket    tickets.Kept    `json:"ticket"`
}

type phase string

const (
	inFlow   phase = "flow"
	inQueue  phase = "queue"
	inTalk   phase = "talk"
	promised phase = "promised" // is to be called back, and told so
	outside  phase = "outside"  // talks at a number outside
	recorded phase = "recorded" // has left a message
)

// begin is the note of a call that begins.
func (l *Line) begin() note {
	return note{Phase: inFlow, Node: l.Flow.Start, Language: l.Languages[0], Outcome: tickets.AbandonedInGreeting}
}

// mark writes the phase on the caller's channel. A failure costs a restart's comfort, not the call.
func (s *script) mark(ctx context.Context, p phase) {
	s.note.Phase = p
	if s.away {
		return // nothing to write it on
	}
	s.note.Ticket = s.file.Kept()
	text, err := s.note.text()
	if err == nil {
		err = s.call.Mark(ctx, text)
	}
	if err != nil && !errors.Is(err, telephony.ErrHangup) && ctx.Err() == nil {
		s.log.Warn("note not written", "err", err)
	}
}

// longestNote is what every switch can keep on a channel.
const longestNote = 4096

// text is the note as it is kept. One that is too long, of a caller who went round in the menus, leaves
// out the way through them.
func (n note) text() (string, error) {
	b, err := json.Marshal(n)
	if err != nil {
		return "", err
	}
	text := printable(string(b))
	if len(text) > longestNote && len(n.Ticket.Path) > 0 {
		n.Ticket.Path = nil
		return n.text()
	}
	return text, nil
}

// printable writes what a switch may not keep, a no-break space in a name for example, as JSON's \u0000.
func printable(text string) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

// resume goes on where the note says.
func (s *script) resume(ctx context.Context, a telephony.Arrival) error {
	if err := json.Unmarshal([]byte(a.Resume.Note), &s.note); err != nil {
		s.note = s.line.begin()
		s.log.Warn("unreadable note on a call found after a restart; it begins again", "err", err)
	}
	if !slices.Contains(s.line.Languages, s.note.Language) {
		s.note.Language = s.line.Languages[0]
	}
	if b := s.note.Back; b != nil {
		s.id, a.From, a.Name, a.To = b.Request, b.From, b.Name, b.To
	}
	if s.note.Outcome == tickets.CallbackPromised {
		s.line.lingers(s.id, s.call.Gone())
	}
	s.file = s.line.Register.Resume(a, s.note.Ticket)
	at := s.place()
	node := s.line.Flow.Nodes[at]
	v, joined := s.call.Rejoin(ctx)
	switch {
	case s.note.Phase == promised:
		s.line.resumed.Add(1)
		return s.walk(ctx, node.Next)
	case s.note.Phase == recorded, s.note.Phase == inQueue && s.note.Recording != "" && s.resumeMessage(ctx):
		s.line.resumed.Add(1)
		if err := s.say(ctx, takenPrompt); err != nil {
			return err
		}
		return s.walk(ctx, node.Next)
	case s.note.Phase == outside, joined && s.note.Phase == inQueue && s.note.Outside != "":
		s.line.resumed.Add(1)
		if joined {
			s.reached(tickets.SentOn)
			s.mark(ctx, outside) // where we died before
			if err := s.resumeOutside(ctx, v); err != nil {
				return err
			}
		}
		return s.walk(ctx, node.Next)
	case joined && s.note.Phase != inFlow: // in the queue: we died before the talk was noted
		if err := s.resumeTalk(ctx, v); err != nil {
			return err
		}
		return s.walk(ctx, node.Next)
	case s.note.Phase == inTalk: // the agent hung up meanwhile
		s.line.resumed.Add(1)
		return s.walk(ctx, node.Next)
	}
	if _, waits := s.line.Flow.Queue(at); s.note.Phase != inQueue || !waits { // otherwise queue counts it, once it stands in line
		s.line.resumed.Add(1)
	}
	return s.walk(ctx, at)
}

// resumeOutside takes up a talk at a number outside.
func (s *script) resumeOutside(ctx context.Context, v *telephony.Conversation) error {
	s.line.outside.found(s.call.ID(), s.sent(s.note.Outside))
	defer s.line.outside.leave(s.call.ID())
	return s.talkOutside(ctx, v)
}

// place is the node at which a call found after a restart goes on. Where the flow was changed meanwhile, those
// who waited go on at a node of the same queue, those who talked go on talking, and all others begin again.
func (s *script) place() flow.NodeID {
	if s.note.Phase == inFlow {
		if _, known := s.line.Flow.Nodes[s.note.Node]; known {
			return s.note.Node
		}
		return s.line.Flow.Start
	}
	if _, waits := s.line.Flow.Queue(s.note.Node); waits {
		return s.note.Node
	}
	if at := s.line.Flow.WaitsIn(s.note.Queue); at != "" {
		return at
	}
	switch s.note.Phase {
	case inTalk, outside, promised, recorded:
		return "" // and after the talk nothing
	}
	return s.line.Flow.Start
}

// resumeTalk takes up a talk that went on while Hotline was away.
func (s *script) resumeTalk(ctx context.Context, v *telephony.Conversation) error {
	if s.note.Back != nil && s.line.Book != nil { // should the book not have learnt that they are on the line
		s.line.strike(&callback{Request: queues.Request{ID: s.id}})
		s.report(ctx, queues.Abandoned{Request: s.id})
	}
	since := s.note.Since
	if s.note.Phase == inQueue { // that of the talk is not known; the wait was none of it
		since = s.note.Rang
		if since.IsZero() { // a note of before
			since = s.note.Since.Add(s.note.Ahead)
		}
	}
	o := queues.Offer{ID: s.note.Offer, Request: s.id, Agent: s.note.Agent, Queue: s.note.Queue, At: since}
	s.reached(tickets.Served)
	held := s.stillHeld(ctx, v)
	s.report(ctx, queues.TalkRestored{Agent: o.Agent, Request: o.Request, Queue: o.Queue, Since: o.At, Held: held, Extra: s.extra()})
	s.line.resumed.Add(1)
	s.line.Desk.Talking(queues.Offered{Offer: o}, since, s.file.Pop()) // why it was them, the pop before the restart said
	return s.converse(ctx, o, v, since)
}

// leaveBook takes a customer who is on the line out of the book, which had them in line before they were found, and gives them
// another name there: who follows the book's entry may ask for its offers only now, and would get theirs.
func (s *script) leaveBook(ctx context.Context) queues.RequestID {
	s.report(ctx, queues.Abandoned{Request: s.id})
	s.line.strike(&callback{Request: queues.Request{ID: s.id}})
	s.id = queues.RequestID(s.call.ID())
	return s.id
}
