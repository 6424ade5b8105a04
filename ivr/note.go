package ivr

import (
	"encoding/json"
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

// note is what a restarted Hotline must know of a call to go on with it. A copy of it rides on the caller's channel.
type note struct {
	Node     flow.NodeID // at which the call is, or was last
	Language string
	Topic    string
	Outcome  tickets.Outcome // if the caller hung up now
	Advised  bool            // a callback was offered, which is done once
	Back     *backOf         // of an outgoing call; nil for one that came in
	Left     *leftOf         // the caller has hung up, and the agent talks on with who was asked; nil is that they have not
	Ticket   tickets.Kept
	phase    phase

	Recording recordingNote // of the talks
}

// begin is the note of a call that begins.
func (l *Line) begin() note {
	return note{Node: l.Flow.Start, Language: l.Languages[0], Outcome: tickets.AbandonedInGreeting, phase: inFlow{}}
}

// written is a note as it stands on the channel: what is common to all phases, the name of the phase, and what the phases keep, each
// its own. Versions read each other's notes: a name keeps its meaning for ever, an older version does not know names that come
// later, and where a note of a newer one says a phase that it does not know, it goes by the rest.
type written struct {
	Phase     string          `json:"phase"`
	Node      flow.NodeID     `json:"node"`
	Language  string          `json:"language"`
	Topic     string          `json:"topic,omitempty"`
	Outcome   tickets.Outcome `json:"outcome"`
	Queue     queues.QueueID  `json:"queue,omitempty"`
	Since     time.Time       `json:"since,omitzero"` // since when the call waits in the queue, or talks
	Came      time.Time       `json:"came,omitzero"`  // since when a call that talks has waited
	Held      time.Time       `json:"held,omitzero"`
	ByPhone   bool            `json:"by_phone,omitempty"`
	Asked     *askedNote      `json:"asked,omitempty"`
	Guests    []askedNote     `json:"guests,omitempty"`
	Help      *Help           `json:"help,omitempty"`
	Away      time.Time       `json:"away,omitzero"`
	Ahead     time.Duration   `json:"ahead,omitempty"`
	CameTo    queues.QueueID  `json:"came_to,omitempty"`
	Elsewhere time.Duration   `json:"elsewhere,omitempty"`
	Agent     queues.AgentID  `json:"agent,omitempty"`
	Offer     queues.OfferID  `json:"offer,omitempty"`
	Rang      time.Time       `json:"rang,omitzero"`
	Lead      *led            `json:"lead,omitempty"`
	Outside   string          `json:"outside,omitempty"`
	Recording string          `json:"recording,omitempty"`
	Advised   bool            `json:"advised,omitempty"`
	Back      *backOf         `json:"back,omitempty"`
	Left      *leftOf         `json:"left,omitempty"`
	Ticket    tickets.Kept    `json:"ticket"`

	Recorded *recordingNote `json:"recorded,omitempty"`
}

// backOf is what a call's note keeps of the callback that it is.
type backOf struct {
	Request queues.RequestID `json:"request"`
	From    telephony.Number `json:"from"`
	Name    string           `json:"name,omitempty"`
	To      telephony.Number `json:"to"`
	Called  bool             `json:"called,omitempty"` // by an agent of their own accord: there is no callback
}

// leftOf is what the note of a talk keeps of a caller who has left it: it is on the agent's channel then, and before, as long as there are others for the agent to talk on with.
type leftOf struct {
	From telephony.Number `json:"from"`
	Name string           `json:"name,omitempty"`
	To   telephony.Number `json:"to"`
	At   time.Time        `json:"at"`

	Ahead bool `json:"ahead,omitempty"` // they had not when it was noted: they have while there was no Hotline
}

// led is where people led the caller.
type led struct {
	Times  int            `json:"times"`
	By     string         `json:"by"`
	Points int            `json:"points,omitempty"`
	Agent  queues.AgentID `json:"agent,omitempty"`
	Until  time.Time      `json:"until,omitzero"`
	Back   queues.AgentID `json:"back,omitempty"`
}

// ledBy is a lead as it is written; nil where there was none.
func ledBy(l queues.Lead) *led {
	if l.Times == 0 {
		return nil
	}
	return new(led(l))
}

func (l *led) lead() queues.Lead {
	if l == nil {
		return queues.Lead{}
	}
	return queues.Lead(*l)
}

// longestNote is what every switch can keep on a channel.
const longestNote = 4096

// text is the note as it is kept. One that is too long, of a caller who went round in the menus or whom an agent sent on with a word in
// characters that take a switch much room, leaves out what can be missed best (see shorter): where the caller is must always be kept.
func (n note) text() (string, error) {
	w := written{
		Node: n.Node, Language: n.Language, Topic: n.Topic, Outcome: n.Outcome, Advised: n.Advised, Back: n.Back, Left: n.Left, Ticket: n.Ticket,
		Recorded: n.Recording.noted(),
	}
	n.phase.write(&w)
	b, err := json.Marshal(w)
	if err != nil {
		return "", err
	}
	text := printable(string(b))
	if over := len(text) - longestNote; over > 0 && n.shorter(over) {
		return n.text()
	}
	return text, nil
}

// shorter leaves out of a note what can be missed best, and says whether there was anything: the way through the menus, which the ticket has
// as well, then the end of what the next agent is told, what others were told who are asked, the name of who is called back, and that of the queue.
func (n *note) shorter(over int) bool {
	const most = len(`\ud800\udc00`) // that a character takes
	k := &n.Ticket
	switch {
	case len(k.Path) > 0:
		k.Path = nil
	case k.Sender != nil && k.Sender.Note != "":
		s, said := *k.Sender, []rune(k.Sender.Note)
		s.Note = string(said[:max(0, len(said)-over/most-2)])
		if s.Note != "" {
			s.Note += "…"
		}
		k.Sender = &s
	case n.talks().Asked != nil && n.talks().Asked.Note != "":
		p, a := n.talks(), *n.talks().Asked
		a.Note, p.Asked = "", &a
		n.phase = p
	case n.forgetGuestNotes():
	case n.talks().Help != nil && n.talks().Help.Said != "":
		p, h := n.talks(), *n.talks().Help
		h.Said, p.Help = "", &h
		n.phase = p
	case n.Back != nil && n.Back.Name != "":
		b := *n.Back
		b.Name = ""
		n.Back = &b
	case n.Left != nil && n.Left.Name != "":
		l := *n.Left
		l.Name = ""
		n.Left = &l
	case k.Queue != nil && len(k.Queue.Name) > 0:
		q := *k.Queue
		q.Name = nil
		k.Queue = &q
	default:
		return false
	}
	return true
}

// forgetGuestNotes leaves out what the guests of a talk were told, and says whether there was anything.
func (n *note) forgetGuestNotes() (was bool) {
	forget := func(guests []askedNote) []askedNote {
		guests = slices.Clone(guests)
		for i := range guests {
			was = was || guests[i].Note != ""
			guests[i].Note = ""
		}
		return guests
	}
	switch p := n.phase.(type) {
	case talking:
		p.Guests = forget(p.Guests)
		n.phase = p
	case outside:
		p.Guests = forget(p.Guests)
		n.phase = p
	}
	return was
}

// talks is the talk that a note tells of; an empty one where it tells of none.
func (n *note) talks() talking {
	p, _ := n.phase.(talking)
	return p
}

// readNote reads a note that this version or another has written.
func readNote(text string) (note, error) {
	var w written
	if err := json.Unmarshal([]byte(text), &w); err != nil {
		return note{}, err
	}
	return note{
		Node: w.Node, Language: w.Language, Topic: w.Topic, Outcome: w.Outcome, Advised: w.Advised, Back: w.Back, Left: w.Left, Ticket: w.Ticket,
		phase: w.phase(), Recording: w.Recorded.read(),
	}, nil
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
