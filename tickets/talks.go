package tickets

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Talk is what one agent had of a call that several had, or of one that went on after the talk.
type Talk struct {
	Agent Agent     `json:"agent"`
	From  time.Time `json:"from"`
	To    time.Time `json:"to,omitzero"`    // zero: to the end of the call
	Said  string    `json:"said,omitempty"` // to the next, as the caller was sent on
	Note  string    `json:"note,omitempty"` // of the agent's own wrap-up
}

// TalksOf are the talks of a call by its facts, in order: for a call of before they were kept with the contact. It is nil where one agent alone had the caller.
func TalksOf(facts []Fact) []Talk {
	var c Contact
	for _, f := range facts {
		switch e := f.Event.(type) {
		case Answered:
			c.joined(f.At, e.Agent)
			c.Agent = e.Agent
			if c.AnsweredAt.IsZero() {
				c.AnsweredAt = f.At
			}
		case Transferred:
			c.parted(f.At, e)
		case WrappedUp:
			c.wrote(e.Agent, e.Note)
		}
	}
	return c.Talks
}

// joined notes that an agent has the caller from now on. The first talk is written down when there is a second, or the caller is sent on.
func (c *Contact) joined(at time.Time, a Agent) {
	if len(c.Talks) == 0 {
		if c.Agent.ID == "" || c.Agent.ID == a.ID || c.AnsweredAt.IsZero() {
			return
		}
		c.Talks = []Talk{{Agent: c.Agent, From: c.AnsweredAt, Note: c.Note}}
	}
	talks := slices.Clone(c.Talks)
	last := &talks[len(talks)-1]
	if last.To.IsZero() {
		if last.Agent.ID == a.ID {
			return // a restart has found it
		}
		last.To = at
	}
	c.Talks = append(talks, Talk{Agent: a, From: at})
}

// parted notes that an agent has sent the caller on.
func (c *Contact) parted(at time.Time, e Transferred) {
	talks := slices.Clone(c.Talks)
	if n := len(talks); n == 0 || !talks[n-1].To.IsZero() || talks[n-1].Agent.ID != e.Agent.ID {
		from := e.Since
		if from.IsZero() {
			from = orAt(c.AnsweredAt, at)
		}
		talks = append(talks, Talk{Agent: e.Agent, From: from})
	}
	last := &talks[len(talks)-1]
	last.To, last.Said = at, e.Note
	c.Talks = talks
	c.Note = c.notes()
}

// talkedUntil notes until when the last talk lasted, of a call that has gone on without anybody who talks.
func (c *Contact) talkedUntil(at time.Time) {
	if at.IsZero() || c.AnsweredAt.IsZero() || c.Agent.ID == "" {
		return
	}
	talks := slices.Clone(c.Talks)
	if len(talks) == 0 {
		talks = []Talk{{Agent: c.Agent, From: c.AnsweredAt, Note: c.Note}}
	}
	if last := &talks[len(talks)-1]; last.To.IsZero() {
		last.To = at
	}
	c.Talks = talks
}

// TalkOver keeps, once after each talk, until when it lasted, of a caller who is there still and is asked for something now: they may take their time.
func (c *Case) TalkOver(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept.Talked.IsZero() && c.kept.Agent != nil {
		c.kept.Talked = at
	}
}

// wrote keeps an agent's note beside what they have noted before, unless one of the two says all that the other does: who filed once may be asked
// again after a restart. A note takes none of a colleague's away, and no note takes none away at all, up to longestNotes.
func (c *Contact) wrote(a Agent, note string) {
	for i, t := range slices.Backward(c.Talks) {
		if t.Agent.ID == a.ID {
			c.Talks = slices.Clone(c.Talks)
			c.Talks[i].Note = added(t.Note, note)
			c.Note = c.notes()
			return
		}
	}
	c.Note = added(c.Note, note)
}

// longestNotes is how many characters are kept of all that was noted of a call: what is beyond stays in the call's facts alone.
const longestNotes = 5 * LongestNote

// added is a note with another one. A part of a line says another thing than the line does: who has "unpaid" may note "paid".
func added(before, note string) string {
	switch {
	case isBlank(note), hasLines(before, note):
		return before
	case isBlank(before), goesOn(note, before):
		return note
	default:
		return Clean(before+"\n"+note, longestNotes)
	}
}

// hasLines says whether some lines are among those of a text, one after the other.
func hasLines(text, lines string) bool { return strings.Contains("\n"+text+"\n", "\n"+lines+"\n") }

// goesOn says whether a text has all lines of before, or begins with before and goes on with another word.
func goesOn(text, before string) bool {
	rest, is := strings.CutPrefix(text, before)
	next, _ := utf8.DecodeRuneInString(rest)
	return hasLines(text, before) || is && !unicode.IsLetter(next) && !unicode.IsDigit(next)
}

// passedOn says whether an agent had the caller, and somebody else had them last.
func (c *Contact) passedOn(a Agent) bool {
	n := len(c.Talks)
	return n > 0 && c.Talks[n-1].Agent.ID != a.ID && has(c.Talks, a)
}

// noteOf is an agent's note.
func (c *Contact) noteOf(a Agent) string {
	for _, t := range slices.Backward(c.Talks) {
		if t.Agent.ID == a.ID {
			return t.Note
		}
	}
	return c.Note
}

// notes are what all have noted, in order.
func (c *Contact) notes() string {
	var all []string
	add := func(text string) {
		if text = strings.TrimSpace(text); text != "" && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	for _, t := range c.Talks {
		if !goesOn(t.Note, t.Said) { // who sends a caller on often says what they note
			add(t.Said)
		}
		add(t.Note)
	}
	return Clean(strings.Join(all, "\n"), longestNotes)
}

// TalkTime is how long agents have talked with the caller, of a call that is over: not how long the caller waited between two of them, nor how long they were
// asked for something afterwards.
func (c Contact) TalkTime() (talk time.Duration, some bool) {
	if c.AnsweredAt.IsZero() || c.EndedAt.IsZero() {
		return 0, false
	}
	if len(c.Talks) == 0 {
		return max(0, c.EndedAt.Sub(c.AnsweredAt)), true
	}
	for _, t := range c.Talks {
		talk += max(0, orAt(t.To, c.EndedAt).Sub(t.From))
	}
	return talk, true
}

// Agents are all who have talked with the caller, each once, in order.
func (c Contact) Agents() (all []Agent) {
	for _, t := range append(slices.Clone(c.Talks), Talk{Agent: c.Agent}) {
		if t.Agent.ID != "" && !slices.ContainsFunc(all, func(a Agent) bool { return a.ID == t.Agent.ID }) {
			all = append(all, t.Agent)
		}
	}
	return all
}

// talkedAfterAll takes those out of the asked who have, or had, the caller.
func (c *Contact) talkedAfterAll() {
	all := c.Agents()
	had := func(t Talk) bool {
		return slices.ContainsFunc(all, func(a Agent) bool { return a.ID == t.Agent.ID })
	}
	if slices.ContainsFunc(c.Asked, had) {
		c.Asked = slices.DeleteFunc(slices.Clone(c.Asked), had)
	}
	if len(c.Asked) == 0 {
		c.Asked = nil
	}
}

// has says whether one of some talks is an agent's.
func has(talks []Talk, a Agent) bool {
	return slices.ContainsFunc(talks, func(t Talk) bool { return t.Agent.ID == a.ID })
}
