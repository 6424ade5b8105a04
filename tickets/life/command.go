package life

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"hotline/tickets"
)

// Command is what somebody wants done to a ticket. Each is one type, in the file of its story; its JSON is what pages and programs send.
type Command interface {
	// Name names it in the history and in the interface, for ever.
	Name() string
	// do changes the matter, or says what stands against it; then everything is as it was.
	do(*work) error
}

type (
	// A needer is about other tickets, too, which a store must load.
	needer interface{ needs() []tickets.Number }
	// An opener opens tickets, and takes so many fresh numbers.
	opener interface{ opens() int }
)

// Needs are the numbers of the tickets besides its own that a command is about.
func Needs(c Command) []tickets.Number {
	if n, ok := c.(needer); ok {
		return n.needs()
	}
	return nil
}

// Opens is how many fresh numbers a command takes.
func Opens(c Command) int {
	if o, ok := c.(opener); ok {
		return o.opens()
	}
	return 0
}

// work is where a command does its own: the matter that it is about, which it may change, who wants it, and when.
type work struct {
	*Matter
	file    *File
	by      tickets.By
	at      time.Time
	details map[string]string                    // of the line in the history of its own ticket
	beside  map[tickets.Number]map[string]string // and in those of others
	entries []Entry
	moved   []Moved
	second  map[tickets.Number]tickets.Number
	contact *tickets.Contact
	linked  tickets.ContactID
}

// Do does a command to a ticket of the file. What it gives is to be saved whole. After an error nothing has changed; a NeedsError names tickets
// that the file must have besides.
func Do(f *File, n tickets.Number, c Command, by tickets.By, at time.Time) (Outcome, error) {
	own, err := f.matter(n)
	if err != nil {
		return Outcome{}, err
	}
	if _, apart := c.(Unmerge); own.Into != "" && !apart {
		return Outcome{}, &Refused{&MergedError{own.Number, own.Into}}
	}
	t := begin(f, by, at)
	t.Matter = t.file.Matters[own.Number]
	return t.do(f, c)
}

// trial is a command on copies of the matters of a file.
type trial struct {
	work
	before map[tickets.Number]map[string]string
}

func begin(f *File, by tickets.By, at time.Time) *trial {
	f.Terms = f.Terms.OrUsual()
	copies := *f
	copies.Matters = map[tickets.Number]*Matter{}
	t := &trial{before: map[tickets.Number]map[string]string{}}
	for number, m := range f.Matters {
		t.before[number], copies.Matters[number] = m.Fields(), m.Clone()
	}
	t.work = work{
		file: &copies, by: by, at: at.UTC().Truncate(time.Microsecond), details: map[string]string{}, beside: map[tickets.Number]map[string]string{},
		second: map[tickets.Number]tickets.Number{},
	}
	return t
}

// do does the command, and lets the file have what came of it.
func (t *trial) do(f *File, c Command) (Outcome, error) {
	if err := c.do(&t.work); err != nil {
		return Outcome{}, &Refused{err}
	}
	if err := t.file.sound(); err != nil {
		return Outcome{}, fmt.Errorf("%s of ticket %s: %w", c.Name(), t.Number, err)
	}
	if len(t.entries) > 0 {
		t.details["entries"] = fmt.Sprint(len(t.entries))
	}
	t.beside[t.Number] = t.details
	out := Outcome{Moved: t.moved, Second: t.second, Contact: t.contact, Linked: t.linked}
	for _, number := range t.file.numbers() {
		m := t.file.Matters[number]
		line := tickets.Change{At: t.at, By: t.by, Kind: c.Name(), Details: t.beside[number]}
		lines := tickets.Record(t.before[number], &m.Ticket, line, m.Fields())
		if len(lines) == 0 {
			continue
		}
		m.Worked = true
		if t.at.After(m.ActivityAt) {
			m.ActivityAt = t.at
		}
		m.joined(lines[len(lines)-1])
		out.Matters, out.History = append(out.Matters, m), append(out.History, lines...)
	}
	for i := range t.entries {
		t.Written++
		t.entries[i].Ticket, t.entries[i].N, t.entries[i].Version = t.Number, t.Written, t.Version
	}
	out.Entries = t.entries
	f.Matters = t.file.Matters
	return out, nil
}

// sound says that each open ticket has an owner and a next date.
func (f *File) sound() error {
	for _, m := range f.Matters {
		if o, open := m.State.(tickets.Open); open {
			if _, err := tickets.KeepOpen(o.Owner(), o.Next(), o.Step()); err != nil {
				return err
			}
		}
	}
	return nil
}

// write adds a text; nothing where it is empty.
func (w *work) write(kind EntryKind, text string, internal bool) {
	if text != "" {
		w.entries = append(w.entries, Entry{At: w.at, By: w.by, Kind: kind, Internal: internal, Text: text})
	}
}

// open is the matter's open state; an error where it has none.
func (w *work) open(m tickets.Move) (tickets.Open, error) {
	o, is := w.State.(tickets.Open)
	if !is {
		return o, &tickets.TransitionError{Move: m, From: tickets.Done, To: m.To()}
	}
	return o, nil
}

// me is who does it, as an owner.
func (w *work) me() (tickets.Owner, error) {
	if w.by.Kind != tickets.ByPerson || w.by.ID == "" {
		return nil, ErrNoPerson
	}
	return tickets.Person(w.by.ID), nil
}

var (
	// ErrNoPerson refuses what only a person can do.
	ErrNoPerson = errors.New("only a person can do this")
	// ErrNothing says that a command would change nothing.
	ErrNothing = errors.New("nothing would change")
)

// Refused is the error of a command that cannot be done as the matter is, or as the command says. Whatever else goes wrong is no Refused.
type Refused struct{ Why error }

func (e *Refused) Error() string { return e.Why.Error() }
func (e *Refused) Unwrap() error { return e.Why }

// FieldError names a field of a command and the rule that it broke.
type FieldError struct {
	Field, Rule string
	Missing     bool
	Longest     int // where it is too long
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Rule }

func missing(field, rule string) error { return &FieldError{Field: field, Rule: rule, Missing: true} }
func wrong(field, rule string, args ...any) error {
	return &FieldError{Field: field, Rule: fmt.Sprintf(rule, args...)}
}

// LongestText is the longest text that is written about a ticket, in characters.
const LongestText = 20_000

// text is what somebody typed, as it is kept. Nothing is cut off: what is too long is refused.
func text(field, typed string, longest int, needed bool) (string, error) {
	kept := tickets.Typed(typed)
	switch {
	case utf8.RuneCountInString(kept) > longest:
		return "", &FieldError{Field: field, Rule: fmt.Sprintf("is longer than %d characters", longest), Longest: longest}
	case needed && kept == "":
		return "", missing(field, "is missing")
	}
	return kept, nil
}

// line is text of one line.
func line(field, typed string, longest int, needed bool) (string, error) {
	kept, err := text(field, tickets.Display(typed), longest, needed)
	return kept, err
}

// date is a date to come, as somebody names it.
func date(field string, named, now time.Time, needed bool) (time.Time, error) {
	switch {
	case named.IsZero() && needed:
		return named, missing(field, "is missing")
	case named.IsZero():
		return named, nil
	}
	if err := tickets.CheckNext(named, now); err != nil {
		return named, &FieldError{Field: field, Rule: err.Error()}
	}
	return named.UTC().Truncate(time.Microsecond), nil
}
