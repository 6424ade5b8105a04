package telephony

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Resume is how a live call was found after a restart. The driver adopts who is in the call's main bridge, and who is noted as in
// its conversation beside it; it ends everything else that bears the call's name: phones that rang for nobody, bridges of
// supervisors.
type Resume struct {
	Note      string          // what Mark left last; "" when there was no time to
	Answered  bool            // the caller's leg is up
	Typed     string          // keys that the caller has pressed since Call.MarkTyping, or since they came where nothing was marked, which the call's next verb takes; the driver sets it
	Bridged   []LegID         // the other legs that are in the call's main bridge
	Beside    []LegID         // the other legs that are noted as in the conversation, and are not in the bridge
	Holding   []LegID         // those of the caller's and the two above whose phones hold with a key of their own
	Tracks    []LegID         // by which what the parties of the conversation say is recorded; see ParseTrack
	Overseers []FoundOverseer // supervisors, wherever they are
	Alone     []FoundLeg      // whoever was dialled with a note, has picked up, and is with nobody yet; see AnsweredInGap
	Joined    bool            // the caller's own leg is in the main bridge, alone perhaps: whom they talked with has left it
	Held      bool            // others are in the main bridge, and the caller's own leg is not: they are on hold
	Said      int             // with which of SaidNames the call goes on: what bore one before may be ending still; the driver sets it
	Left      bool            // the caller has hung up before, and the others talk on (see Conversation.WhenCallerLeaves)

	record string // who is noted as in the conversation; "" where the bridge says it all
}

// FoundLeg is a leg that a driver finds after a restart.
type FoundLeg struct {
	ID      LegID
	Bridged bool   // in the main bridge of its call
	Holds   bool   // its phone holds with a key of its own
	Note    string // on it, for all but the caller's; of one in the main bridge that cannot be a supervisor's it need not be looked for
}

// HasRecord reports whether a note, as it was given to Driver.Mark, says itself who is in the conversation: whoever is in the main bridge may be
// a supervisor then.
func HasRecord(note string) bool {
	record, _ := splitNote(note)
	return record != ""
}

// NewResume is how a driver finds a call: with the note on the caller's leg as it was given to Driver.Mark, the caller's leg, and
// all others that bear the call's name and are up, those of the main bridge in their order. Those that are in the result's
// Bridged, Beside, Overseers, Alone and Tracks are to be adopted.
func NewResume(call CallID, note string, answered bool, caller FoundLeg, others ...FoundLeg) *Resume {
	r := &Resume{Answered: answered, Joined: caller.Bridged}
	r.record, r.Note = splitNote(note)
	for _, leg := range append(others, caller) {
		if leg.Holds {
			r.Holding = append(r.Holding, leg.ID)
		}
	}
	noted, _ := parseRecord(call, r.record)
	for _, leg := range others {
		_, track := ParseTrack(string(leg.ID))
		overseer, oversees := readOverseer(leg)
		switch {
		case leg.ID == caller.ID:
		case oversees:
			r.Overseers = append(r.Overseers, overseer)
		case track && !leg.Bridged:
			r.Tracks = append(r.Tracks, leg.ID)
		case leg.Bridged:
			r.Bridged = append(r.Bridged, leg.ID)
		case slices.ContainsFunc(noted, func(p notedParty) bool { return p.leg == leg.ID }):
			r.Beside = append(r.Beside, leg.ID)
		case leg.Note != "":
			r.Alone = append(r.Alone, leg)
		}
	}
	slices.Sort(r.Beside)
	slices.Sort(r.Tracks)
	if len(r.Bridged)+len(r.Beside) == 0 {
		r.Tracks = nil // there is no conversation
	}
	r.Held = len(r.Bridged) > 0 && !caller.Bridged
	return r
}

// Those who talk on without a caller have the note on the leg of the one of them with whom the others do: the same, with these words before it.
const leftBegins = "left "

// ParseLeft reads a note of one who talks on with others though the caller has left, as it was given to Driver.Mark; false where it is another note. The
// rest is for NewResumeLeft.
func ParseLeft(note string) (rest string, is bool) { return strings.CutPrefix(note, leftBegins) }

// NewResumeLeft is how a driver finds a call whose caller has left, and whose others talk on: with what ParseLeft has made of a note of one of these, and
// all legs that bear the call's name and are up. Nil where no two of these are in the conversation: who is alone talks with nobody. The call has an arrival with no
// leg, and nobody needs to be told that the caller is gone.
func NewResumeLeft(call CallID, note string, others ...FoundLeg) *Resume {
	r := NewResume(call, note, true, FoundLeg{}, others...)
	if len(r.Bridged)+len(r.Beside) < 2 {
		return nil
	}
	r.Left, r.Tracks = true, nil
	return r
}

// Others are the legs beside the caller's that are to be adopted.
func (r *Resume) Others() []LegID {
	all := slices.Concat(r.Bridged, r.Beside)
	for _, o := range r.Overseers {
		all = append(all, o.Leg)
	}
	for _, leg := range r.Alone {
		all = append(all, leg.ID)
	}
	return all
}

// AnsweredInGap finds who was dialled with a note (Dial.Note), and picked up while there was no Hotline, or before it had joined them to anybody.
// Of several, and of those with another note, nobody waits for them any more: they are hung up. Nil where there is nobody. What music they have waited with ends: it would cover
// whatever they are to hear.
func (c *Call) AnsweredInGap(ctx context.Context, note string) (found *Leg) {
	r := c.arrival.Resume
	if r == nil {
		return nil
	}
	for _, f := range r.Alone {
		c.mu.Lock()
		leg := c.legs[f.ID]
		c.mu.Unlock()
		switch {
		case leg == nil: // has hung up meanwhile
		case found == nil && note != "" && f.Note == note:
			found = leg
			_ = stopMusic(ctx, c.driver, leg.id) // a failure is their end
		default:
			c.dismiss(ctx, leg)
		}
	}
	return found
}

// Rejoin finds the conversation that a call found again after a restart was in, as far as its parties are still there. It goes on
// with Join or Talk, and one of End and Talk must follow. Of a conversation of two the bridge says all: the other is taken for an
// agent. False where there is none: the call was in no conversation, or all others have left meanwhile; what was left of the bridge
// is then gone.
func (c *Call) Rejoin(ctx context.Context) (*Conversation, bool) {
	r := c.arrival.Resume
	if r == nil {
		return nil, false
	}
	noted, class := parseRecord(c.ID(), r.record)
	v := c.newConversation()
	v.resumed, v.turned = true, 1 // who came and left before is not known
	party := map[LegID]*Party{"": v.caller}
	c.mu.Lock()
	for _, id := range slices.Concat(r.Bridged, r.Beside) {
		leg := c.legs[id]
		if leg == nil {
			continue
		}
		p := leg.As(Agent)
		if len(noted) > 0 {
			p.music = &music{left: true} // perhaps
		}
		party[id] = p
		if slices.Contains(r.Bridged, id) {
			v.now.In = append(v.now.In, p)
			p.hushed, p.rings = r.Held, r.Held // perhaps
		} else {
			v.now.Beside = append(v.now.Beside, p)
		}
	}
	c.mu.Unlock()
	if len(party) == 1 {
		for _, id := range r.Tracks { // of a conversation that is over
			c.dismiss(ctx, &Leg{id: id})
		}
		c.deleteBridge(ctx)
		return nil, false
	}
	if r.Held {
		v.now.Beside = append(v.now.Beside, v.caller)
	} else {
		v.now.In = append(v.now.In, v.caller)
	}
	v.noted = arrangementOf(noted, class, party)
	v.findTracks(ctx, r.Tracks)
	c.talksIn(v)
	return v, true
}

// Alone is a conversation of the caller and nobody, of a call found again after a restart: Await is to come before Talk, and somebody then.
func (c *Call) Alone() *Conversation {
	v := c.newConversation()
	v.resumed, v.now = true, Arrangement{Beside: []*Party{v.caller}}
	c.talksIn(v)
	return v
}

// arrangementOf is what a note wants of those who are still there, by their legs, the caller's being "": nil where it says nothing of
// them.
func arrangementOf(noted []notedParty, class string, there map[LegID]*Party) *Arrangement {
	a := Arrangement{Music: class}
	others, company := 0, 0
	for _, n := range noted {
		p := there[n.leg]
		if p == nil {
			continue // has hung up meanwhile
		}
		p.role = n.role
		if n.beside {
			a.Beside = append(a.Beside, p)
		} else {
			a.In = append(a.In, p)
		}
		if n.role != Caller {
			others++
			if !n.beside {
				company++
			}
		}
	}
	switch {
	case others == 0:
		return nil // those who were to go are the only ones left: they stay
	case company == 0:
		return &Arrangement{In: a.all()} // nobody is left in the bridge to whom the caller could come
	}
	return &a
}

// The note on a caller's leg is what the line has marked the call with. Where the main bridge alone does not say who is in the
// conversation, because there are more than two, or the other is beside the bridge, a record of the parties stands before it:
//
//	talk caller/default agent:abc123-4 outside:abc123-7 | {"phase":"talk", …}
//
// A leg stands there without the name of its call, and /default is the music of who is beside the bridge. A line's note that looks
// as if it began with a record gets an empty one.
const (
	recordBegins = "talk "
	recordEnds   = "| "
	recordLimit  = noteLimit / 4
)

// notedParty is a party as a record has it.
type notedParty struct {
	role   Role
	leg    LegID // "" is the caller's
	beside bool
}

// noteWanted writes who is to be in the conversation, and where, on the caller's leg, unless it stands there.
func (v *Conversation) noteWanted(ctx context.Context, a Arrangement) error {
	c, before := v.call, v.call.record
	c.record = v.recordOf(a)
	if v.recordFor(v.Now()) == "" && slices.Equal(v.Others(), except(a.all(), v.caller)) {
		c.record = v.recordFor(a) // otherwise the bridge does not say it yet
	}
	if c.record == c.recorded {
		return nil
	}
	err := fmt.Errorf("too many parties in the conversation of call %s", c.ID())
	if len(c.record) <= recordLimit {
		err = c.writeNote(ctx)
	}
	if err != nil {
		c.record = before
	}
	return err
}

// writeNote marks the caller's leg with the line's note and the record.
func (c *Call) writeNote(ctx context.Context) error {
	m := Mark{Note: c.wholeNote(), Keeps: c.keeps}
	if c.keeps {
		m.Typed = c.keypad.ahead()
	}
	if err := c.driver.Mark(ctx, c.arrival.Leg, m); err != nil {
		return c.failed(ctx, "mark", err)
	}
	c.recorded, c.owes = c.record, false
	return nil
}

// wholeNote is the line's note with the record.
func (c *Call) wholeNote() string {
	if c.record == "" && strings.HasPrefix(c.note, recordBegins) {
		return recordBegins + recordEnds + c.note
	}
	return c.record + c.note
}

// recordFor is the record of an arrangement as it is now; "" where the bridge alone says it all: there are two, and the other is in
// it.
func (v *Conversation) recordFor(a Arrangement) string {
	if len(a.all()) == 2 && len(except(a.In, v.caller)) == 1 {
		return ""
	}
	return v.recordOf(a)
}

// recordOf is the record of an arrangement.
func (v *Conversation) recordOf(a Arrangement) string {
	var b strings.Builder
	b.WriteString(recordBegins)
	for i, p := range a.all() {
		b.WriteString(p.role.String())
		if p.leg != nil {
			b.WriteString(":" + strings.TrimPrefix(string(p.leg.id), string(v.call.ID())+"."))
		}
		if i >= len(a.In) {
			b.WriteString("/" + url.QueryEscape(a.Music))
		}
		b.WriteByte(' ')
	}
	b.WriteString(recordEnds)
	return b.String()
}

// splitNote parts a note into its record and what the line wrote.
func splitNote(note string) (record, line string) {
	if !strings.HasPrefix(note, recordBegins) {
		return "", note
	}
	i := strings.Index(note, recordEnds)
	if i < 0 {
		return "", note
	}
	if record = note[:i+len(recordEnds)]; record == recordBegins+recordEnds {
		record = ""
	}
	return record, note[i+len(recordEnds):]
}

// parseRecord reads a record: the parties, and the music of those beside the bridge. Words that it does not know it leaves out.
func parseRecord(call CallID, record string) (all []notedParty, class string) {
	for _, word := range strings.Fields(strings.TrimSuffix(strings.TrimPrefix(record, recordBegins), recordEnds)) {
		who, music, beside := strings.Cut(word, "/")
		name, leg, _ := strings.Cut(who, ":")
		role := slices.Index(roleNames[:], name)
		if role <= int(Nobody) || (Role(role) == Caller) != (leg == "") {
			continue
		}
		p := notedParty{role: Role(role), beside: beside}
		if leg != "" {
			p.leg = LegID(string(call) + "." + leg)
		}
		if unescaped, err := url.QueryUnescape(music); beside && err == nil {
			class = unescaped
		}
		all = append(all, p)
	}
	return all, class
}
