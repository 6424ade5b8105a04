package due

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/telephony/hours"
	"hotline/tickets"
	"hotline/tickets/clock"
	"hotline/tickets/life"
)

var (
	moscow = time.FixedZone("Moscow", 3*60*60)
	own    = tickets.MakeNumber(10_001)
	anna   = tickets.By{Kind: tickets.ByPerson, ID: "anna", Name: "Анна", From: "page"}
	boris  = tickets.By{Kind: tickets.ByPerson, ID: "boris", Name: "Борис", From: "page"}
)

// office is open from nine to six, from Monday to Friday.
func office() *hours.Calendar {
	c := &hours.Calendar{Zone: moscow}
	for d := time.Monday; d <= time.Friday; d++ {
		c.Week[d] = []hours.Span{{From: 9 * time.Hour, To: 18 * time.Hour}}
	}
	return c
}

// house has a first line around the clock, with anna and its head olga; support in an office, with boris and its head ivan; and field, which is
// support's heir and has nobody but its head pavel.
func house() Terms {
	return Terms{
		Terms: tickets.Terms{
			Departments: map[string]tickets.DepartmentTerms{
				"first_line": {Head: "olga"}, "support": {Head: "ivan", Heir: "field", Hours: office()}, "field": {Head: "pavel", Hours: office()},
			},
			People: map[string]tickets.PersonTerms{
				"anna": {Departments: []string{"first_line"}}, "olga": {Departments: []string{"first_line"}},
				"boris": {Departments: []string{"support"}}, "ivan": {Departments: []string{"support"}}, "pavel": {Departments: []string{"field"}},
			},
			Topics:     map[string]tickets.TopicTerms{"fault": {Department: "support"}},
			Vendors:    map[string]tickets.VendorTerms{"carrier": {RemindEvery: 8 * time.Hour, Hours: office()}},
			Agreements: map[string]tickets.AgreementTerms{"standard": {}},
			Agreement:  "standard", ConfirmReminders: 2, EscalateAfter: 2 * time.Hour, ConfirmWithin: 72 * time.Hour,
		}.OrUsual(),
		Clocks: map[string]*clock.Agreement{
			"standard": {ID: "standard", Calendar: office(), Warn: clock.Warn{Share: 0.5}, Target: clock.Target{Reaction: 2 * time.Hour, Resolution: 16 * time.Hour}},
		},
		DepartmentClocks: map[string]clock.DepartmentAgreement{"support": {Calendar: office(), Within: 4 * time.Hour}},
	}
}

// june is a time of June 2026, whose 1st is a Monday, on the wall in Moscow: "1 09:30".
func june(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-2 15:04", "2026-06-"+text, moscow)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// story is a ticket on its way, as a store would keep it.
type story struct {
	t       *testing.T
	terms   Terms
	f       *File
	history []tickets.Change // all of it
}

// tell begins a ticket that a department owns.
func tell(t *testing.T, terms Terms, at, department, next string) *story {
	t.Helper()
	s := &story{t: t, terms: terms, f: &File{}}
	state, err := tickets.KeepOpen(tickets.Department(department), june(t, next), tickets.FollowUp)
	if err != nil {
		t.Fatal(err)
	}
	s.f.Ticket = tickets.Ticket{Number: own, State: state, OpenedAt: june(t, at), Department: tickets.Department(department)}
	s.add(tickets.Record(nil, &s.f.Ticket, tickets.Change{At: june(t, at), By: tickets.By{Kind: tickets.ByCall}, Kind: "call.arrived"}, s.f.Fields()))
	s.f.Reckon(terms, june(t, at))
	return s
}

func (s *story) add(history []tickets.Change) {
	s.history, s.f.History = append(s.history, history...), append(s.f.History, history...)
}

// does is a command of a person, after which the ticket is reckoned.
func (s *story) does(at string, by tickets.By, c life.Command) {
	s.t.Helper()
	file := &life.File{Matters: map[tickets.Number]*life.Matter{own: &s.f.Matter}, Terms: s.terms.Terms}
	out, err := life.Do(file, own, c, by, june(s.t, at))
	if err != nil {
		s.t.Fatalf("%s: %s: %v", at, c.Name(), err)
	}
	s.f.Matter = *file.Matters[own]
	s.add(out.History)
	s.f.Reckon(s.terms, june(s.t, at))
}

// tend does what is due, and gives what was done and told: "escalate", "escalated to ivan".
func (s *story) tend(at time.Time) (happened []string) {
	s.t.Helper()
	done, err := s.f.Tend(s.terms, at)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, out := range done {
		for _, line := range out.History {
			s.history = append(s.history, line)
			happened = append(happened, line.Kind)
		}
	}
	for _, n := range s.f.Notices {
		what := string(n.Kind)
		if n.About != "" {
			what += " of " + n.About
		}
		happened = append(happened, what+" to "+n.Person+n.Department)
	}
	s.f.Notices = nil
	return happened
}

// until lets each thing be done when it is due, until a time, and gives a timetable.
func (s *story) until(end string) (table []string) {
	s.t.Helper()
	for range 1000 {
		wake := s.f.Wake
		if wake.IsZero() || wake.After(june(s.t, end)) {
			return table
		}
		if all := s.tend(wake); len(all) > 0 {
			table = append(table, wake.In(moscow).Format("2 15:04")+" "+strings.Join(all, ", "))
		}
	}
	s.t.Fatal("it goes on for ever")
	return nil
}

func (s *story) expect(got []string, want ...string) {
	s.t.Helper()
	if !slices.Equal(got, want) {
		s.t.Errorf("there is\n\t%s\nand not\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// whose says who had the ticket: "first_line anna 2h0m0s".
func (s *story) whose(now string) (all []string) {
	for _, spell := range s.f.Spells {
		if spell.To.IsZero() {
			spell.To = june(s.t, now)
		}
		all = append(all, fmt.Sprintf("%s %s %s %s", spell.Party, spell.Department, spell.Person, spell.To.Sub(spell.From)))
	}
	return all
}
