package casefile

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"hotline/tickets"
	"hotline/tickets/attachment"
	"hotline/tickets/clock"
	"hotline/tickets/life"
	"hotline/tickets/lists"
)

// Of is the file of a ticket as it was read, for a document that is written at a time. How the contents of its attachments are opened is for whoever asks to say.
//
// For the customer are the contacts, what was written to them and by them, what they were promised, their complaints, and the lines of the history in which
// the ticket came into another state; the notes of those who took calls, what departments and vendors were asked, and every other line, are internal.
func Of(w lists.Whole, terms tickets.Terms, o Options, at time.Time) File {
	o = o.orUsual()
	t := teller{terms, o.Language, o.Location, o.Internal, map[string]attachment.File{}}
	for _, a := range w.Files() {
		t.files[string(a.ID)] = a
	}
	m := w.Matter
	s := m.Summary()
	f := File{
		Ticket: Ticket{
			Number: m.Number, Others: w.Names, Subject: m.Subject, Topic: t.topic(m.Topic), Class: Word("class", string(m.Class)),
			Priority: Word("priority", priority(m.Priority)), State: Word("phase", string(m.Phase())), Owner: t.owner(s.OwnerKind, s.Owner), OpenedAt: m.OpenedAt,
			District: m.District, ReplyBy: Word("channel", m.Reply.Channel), ReplyTo: m.Reply.Address, Reopened: m.Reopened, Parent: m.Parent,
		},
		At: at,
	}
	switch state := m.State.(type) {
	case tickets.Open:
		f.Ticket.NextAt = state.Next()
	case tickets.Closed:
		f.Ticket.ClosedAt, f.Ticket.Outcome = state.At, Word("disposition", string(state.Disposition))
	}
	if c := w.Customer; c != nil {
		f.Customer = Customer{c.Name, c.Contract, c.Address, c.Numbers, c.Mails, c.Equipment}
	}
	for _, i := range w.Items {
		f.Timeline = append(f.Timeline, t.item(i)...)
	}
	slices.SortStableFunc(f.Timeline, func(a, b Entry) int { return a.At.Compare(b.At) })
	for _, c := range w.Clocks {
		other := c.Ticket
		if other == m.Number {
			other = ""
		}
		f.Clocks = append(f.Clocks, Clock{
			Ticket: other, What: Word("clock", string(c.Kind)), Agreement: t.agreement(c.Clock), Allowed: c.Allowed, Spent: c.Used, Began: c.Started, Due: c.Due, Stopped: c.Ended, Broken: c.Broken,
		})
	}
	f.Whose = shares(w.Spells, at)
	t.belongings(&f, w)
	for _, a := range w.Files() {
		f.Attachments = append(f.Attachments, Attachment{
			Name: a.Name, Type: a.Type, Size: a.Size, SHA256: hex.EncodeToString(a.Sum[:]), By: a.By, At: a.At, Internal: a.Internal,
		})
	}
	for _, i := range w.Items {
		if i.Contact != nil {
			f.Attachments = append(f.Attachments, t.messages(*i.Contact)...)
		}
	}
	return f
}

// messages are what a caller left with the switch, as files: how long each is, and its sum, is known once it is read.
func (t teller) messages(c tickets.Contact) (all []Attachment) {
	for range c.Recordings {
		all = append(all, Attachment{
			Name: t.label("message") + " " + c.ArrivedAt.In(t.location).Format("2006-01-02 15.04") + ".wav", Type: SoundType, By: strings.TrimSpace(c.From.Key() + " " + c.RawName), At: c.ArrivedAt,
		})
	}
	return all
}

// SoundType is the type of what callers left.
const SoundType = "audio/wav"

// shares are whose time it was up to a moment.
func shares(spells []clock.Spell, at time.Time) (all []Share) {
	spells = slices.Clone(spells)
	for i := range spells {
		if spells[i].To.IsZero() {
			spells[i].To = at
		}
	}
	sums := clock.Sum(spells)
	for _, p := range clock.Parties {
		if sums[p] > 0 {
			all = append(all, Share{Word("party", string(p)), sums[p]})
		}
	}
	return all
}

// teller says things in a language, by the names of the settings.
type teller struct {
	terms    tickets.Terms
	language string
	location *time.Location
	internal bool                       // whether what is internal is told
	files    map[string]attachment.File // by id
}

func (t teller) topic(code string) Term { return Term{code, t.terms.Topics[code].Name} }

func (t teller) department(code string) string {
	return Term{code, t.terms.Departments[code].Name}.In(t.language)
}

func (t teller) person(id, department string) string {
	if p, known := t.terms.People[id]; known && p.Name != "" {
		return p.Name
	}
	if id == "" {
		return t.department(department)
	}
	return id
}

func (t teller) owner(kind, id string) string {
	if kind == "department" {
		return t.department(id)
	}
	return t.person(id, "")
}

func (t teller) agreement(c clock.Clock) string {
	if c.Agreement == "" {
		return t.department(c.Department)
	}
	return Term{c.Agreement, t.terms.Agreements[c.Agreement].Name}.In(t.language)
}

// by is who did something, with on whose behalf.
func (t teller) by(b tickets.By) string {
	who := b.Name
	switch {
	case who != "":
	case b.Kind == tickets.ByPerson:
		who = t.person(b.ID, "")
	default:
		who = Word("who", string(b.Kind)).In(t.language)
	}
	if b.For != "" {
		who += " (" + t.person(b.For, "") + ")"
	}
	return who
}

// item is a thing of the timeline: one line, or none, or two where somebody took a note in a call.
func (t teller) item(i lists.Item) []Entry {
	switch {
	case i.Contact != nil:
		return t.contact(*i.Contact)
	case i.Change != nil && i.Change.OfFile():
		return t.ofFile(i.At, *i.Change)
	case i.Change != nil:
		_, moves := i.Change.Patch["phase"]
		return []Entry{{At: i.At, Who: t.by(i.Change.By), Kind: Word("change", i.Change.Kind), Internal: !moves, Text: t.patch(i.Change.Patch)}}
	case i.Entry != nil:
		return []Entry{{At: i.At, Who: t.by(i.Entry.By), Kind: Word("entry", string(i.Entry.Kind)), Internal: i.Entry.Internal, Text: t.entry(*i.Entry)}}
	default:
		return []Entry{{At: i.At, Who: i.File.By, Kind: Term{"file", read["field"]["file"]}, Internal: i.File.Internal, Text: i.File.Name}}
	}
}

// ofFile is a line about a file, which it names. That the file was brought its own line says, with who and when.
func (t teller) ofFile(at time.Time, c tickets.Change) []Entry {
	f, there := t.files[c.Details["file"]]
	if there && c.Kind == "file.added" {
		return nil
	}
	var lines told
	lines.add(t.label("file"), f.Name)
	lines.add(t.label("from"), c.Details["from"])
	return []Entry{{At: at, Who: t.by(c.By), Kind: Word("change", c.Kind), Internal: !there || f.Internal, Text: lines.text()}}
}

func (t teller) contact(c tickets.Contact) []Entry {
	var lines told
	who := Word("who", "customer").In(t.language)
	if c.CalledBy == "" {
		lines.add(t.label("from"), strings.TrimSpace(c.From.Key()+" "+c.RawName))
	} else {
		who = t.person(c.CalledBy, "")
		lines.add(t.label("called"), c.From.Key())
		lines.add(t.label("reason"), Term{c.Reason, t.terms.CallReasons[c.Reason]}.In(t.language))
	}
	lines.add(t.label("served_by"), c.Agent.Shown())
	lines.add(t.label("outcome"), Word("outcome", string(c.Outcome)).In(t.language))
	all := []Entry{{At: c.ArrivedAt, Who: who, Kind: Word("channel", c.Channel.Code()), Text: lines.text()}}
	if c.Note != "" {
		noted := c.WrappedUpAt
		if noted.IsZero() {
			noted = c.ArrivedAt
		}
		all = append(all, Entry{At: noted, Who: c.Agent.Shown(), Kind: Word("entry", string(life.Note)), Internal: true, Text: c.Note})
	}
	return all
}

func (t teller) entry(e life.Entry) string {
	if e.Channel == "" && e.Address == "" {
		return e.Text
	}
	sent := strings.TrimSpace(Word("channel", e.Channel).In(t.language) + " " + e.Address)
	return e.Text + "\n(" + t.label("sent") + ": " + sent + ")"
}

func (t teller) label(field string) string { return read["field"][field].In(t.language) }

// patched are the fields of a change that the document tells of, in its order.
var patched = []string{"phase", "awaits", "disposition", "department", "owner", "next", "topic", "class", "priority", "subject", "district", "reply_channel", "reply_address", "parent", "into"}

func (t teller) patch(p tickets.Patch) string {
	var lines told
	for _, field := range patched {
		if change, is := p[field]; is {
			lines.add(t.label(field), t.value(p, field, 0, change[0])+" → "+t.value(p, field, 1, change[1]))
		}
	}
	if t.internal {
		t.patchOfBelongings(&lines, p)
	}
	return lines.text()
}

// value is what a field was (0) or is (1), as people read it.
func (t teller) value(p tickets.Patch, field string, which int, v string) string {
	switch {
	case v == "":
		return "—"
	case field == "department":
		return t.department(v)
	case field == "owner":
		kind := p["owner_kind"][which]
		if _, person := t.terms.People[v]; kind == "" && !person { // the kind is the same before and after
			kind = "department"
		}
		return t.owner(kind, v)
	case field == "next":
		return t.moment(v)
	case field == "topic":
		return t.topic(v).In(t.language)
	case field == "reply_channel":
		return Word("channel", v).In(t.language)
	}
	return Word(field, v).In(t.language)
}

// moment is a time of a change, as people read it.
func (t teller) moment(v string) string {
	if at, err := time.Parse(time.RFC3339Nano, v); err == nil {
		return at.In(t.location).Format("2006-01-02 15:04 -07:00")
	}
	return v
}

// told are lines of a text.
type told []string

func (l *told) add(label, value string) {
	if value != "" {
		*l = append(*l, label+": "+value)
	}
}

func (l told) text() string { return strings.Join(l, "\n") }

func priority(p tickets.Priority) string {
	if p == 0 {
		return ""
	}
	return string(rune('0' + p))
}
