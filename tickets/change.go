package tickets

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Change is one line of a ticket's history: who did what, when, from where, and what became different. Lines are added and never changed.
// The patches of a ticket's lines, put one on the other, give what it is now (see Replay).
type Change struct {
	Ticket  Number
	Version int64     // of the ticket, after it: 1, 2, 3 …
	At      time.Time // when it happened; a call's facts may come late
	By      By
	Kind    string            // "opened", the name of a command, or the kind of a call's event
	Contact ContactID         // of a call's event; "" of a command
	Details map[string]string // what else there is to say: small, and nobody's data
	Patch   Patch
}

// By is who did something.
type By struct {
	Kind ByKind `json:"kind"`
	ID   string `json:"id,omitempty"`   // a person's or agent's id, a rule's or a program's name
	Name string `json:"name,omitempty"` // as it was then
	For  string `json:"for,omitempty"`  // on whose behalf
	From string `json:"from,omitempty"` // "desk", "page", "call", or an address
}

// ByKind is what kind of somebody it is.
type ByKind string

const (
	ByPerson   ByKind = "person"   // at a page or a desk
	ByCall     ByKind = "call"     // the way of a call
	ByRule     ByKind = "rule"     // Hotline itself
	ByProgram  ByKind = "program"  // by a token
	ByCustomer ByKind = "customer" // themselves
)

// WasErased is the kind of the line that says what is left of a ticket whose customer was erased: the lines before it say nothing any more.
const WasErased = "erased"

// OfFile says that it is a line about a file: brought ("file.added"), taken away ("file.removed"), or come along from a ticket that was given up
// ("file.moved"). Its details name the file, and nothing else became different.
func (c Change) OfFile() bool { return strings.HasPrefix(c.Kind, "file.") }

// Patch is what became different: the value of a field before and after; "" is none.
type Patch map[string][2]string

// came is the detail of the line that opens a ticket by hand: when it came, where that was before.
const came = "came"

// CameAt notes in a line's details when that came which is only registered now.
func CameAt(details map[string]string, at time.Time) { details[came] = moment(at) }

// Came is when that came which a line of a history registers later.
func Came(c Change) (at time.Time, late bool) {
	at, err := time.Parse(time.RFC3339Nano, c.Details[came])
	return at, err == nil && at.Before(c.At)
}

// Fields are what a ticket's history can tell of it, as text by name. The time of the last activity is not among them: each fact moves it.
func (t Ticket) Fields() map[string]string {
	f := map[string]string{
		"customer": string(t.Customer), "subject": t.Subject, "topic": t.Topic, "class": string(t.Class),
		"language": t.Language, "district": t.District, "reply_channel": t.Reply.Channel, "reply_address": t.Reply.Address,
		"department": string(t.Department), "solved_by": t.SolvedBy, "solved_at": moment(t.SolvedAt),
		"reopened": count(t.Reopened), "reminded": count(t.Reminded), "escalated": count(t.Escalated), "priority": count(int(t.Priority)), "parent": string(t.Parent), "into": string(t.Into), "phase": string(t.Phase()),
	}
	switch s := t.State.(type) {
	case Open:
		f["owner"], f["owner_kind"], f["next"], f["step"], f["awaits"] = s.owner.Name(), ownerKind(s.owner), moment(s.next), string(s.step), string(s.awaits)
	case Closed:
		f["closed"], f["disposition"] = moment(s.At), string(s.Disposition)
	}
	maps.DeleteFunc(f, func(_, value string) bool { return value == "" })
	return f
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// moment is a time as patches have it, to the microsecond, which is what the database keeps.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano)
}

// Diff is the patch from some fields to others; empty where they are the same.
func Diff(before, after map[string]string) Patch {
	p := Patch{}
	for name, value := range after {
		if before[name] != value {
			p[name] = [2]string{before[name], value}
		}
	}
	for name, value := range before {
		if _, there := after[name]; !there {
			p[name] = [2]string{value, ""}
		}
	}
	return p
}

// Replay puts the patches of a ticket's whole history one on the other. An error says where a line does not fit on those before it.
func Replay(history []Change) (map[string]string, error) {
	f := map[string]string{}
	for i, c := range history {
		if c.Version != int64(i+1) {
			return nil, fmt.Errorf("ticket %s: line %d of its history is version %d", c.Ticket, i+1, c.Version)
		}
		for _, name := range slices.Sorted(maps.Keys(c.Patch)) {
			was, is := c.Patch[name][0], c.Patch[name][1]
			if f[name] != was {
				return nil, fmt.Errorf("ticket %s version %d: %s was %q and not %q", c.Ticket, c.Version, name, f[name], was)
			}
			if is == "" {
				delete(f, name)
			} else {
				f[name] = is
			}
		}
	}
	return f, nil
}

// Record appends to a ticket's history what became of it: before is what it was, nil where it is new. It counts the version, and gives no line
// where nothing became different. A ticket from before versions were counted gets a first line of what it was.
func Record(before map[string]string, t *Ticket, c Change, after map[string]string) []Change {
	patch := Diff(before, after)
	if len(patch) == 0 && len(c.Details) == 0 {
		return nil
	}
	var lines []Change
	if t.Version == 0 && before != nil {
		t.Version = 1
		lines = append(lines, Change{Ticket: t.Number, Version: 1, At: t.OpenedAt, By: By{Kind: ByRule, ID: "history"}, Kind: "was_there", Patch: Diff(nil, before)})
	}
	t.Version++
	c.Ticket, c.Version, c.Patch = t.Number, t.Version, patch
	return append(lines, c)
}
