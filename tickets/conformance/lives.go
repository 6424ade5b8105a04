package conformance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"hotline/tickets"
	"hotline/tickets/clock"
	"hotline/tickets/life"
)

// Step is one thing that happens in a life of tickets: a fact of a call, a command of somebody, or a ticket that is opened by hand.
type Step struct {
	At      time.Time
	Fact    *tickets.Fact
	Command life.Command
	Ticket  tickets.Number
	By      tickets.By
	Open    *life.OpenByHand
	Fresh   tickets.Number // for what opens a ticket
}

// house are the settings of all lives. The agents who take the calls are gone from it: what they had is for heirs.
var house = tickets.Terms{
	Departments: map[string]tickets.DepartmentTerms{"first_line": {Head: "anna"}, "billing": {Heir: "first_line"}, "technical": {Head: "boris"}},
	People:      map[string]tickets.PersonTerms{"anna": {Departments: []string{"first_line"}}, "boris": {Departments: []string{"technical"}}},
}.OrUsual()

// calls and fresh are how many tickets calls open in a life, and how many numbers there are for others.
const (
	calls = 3
	fresh = 2
)

func ofCall(i int) tickets.Number  { return tickets.MakeNumber(uint64(10_000 + i)) }
func ofFresh(i int) tickets.Number { return tickets.MakeNumber(uint64(20_000 + i)) }

// Life draws what two people, Hotline itself and some calls do to a few tickets, in any order: most of it fits, and the rest is refused.
func Life(t *rapid.T) []Step {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	var steps []Step
	arrived, opened := map[int]bool{}, 0
	ticket := func() tickets.Number {
		if i := below(t, calls+2) + 1; i <= calls {
			return ofCall(i)
		}
		return ofFresh(below(t, fresh) + 1)
	}
	for range 10 + below(t, 110) {
		at = at.Add([]time.Duration{time.Second, time.Minute, time.Hour, 25 * time.Hour}[below(t, 4)])
		s := Step{At: at}
		switch what := below(t, 20); {
		case what < 5 || len(arrived) == 0:
			i := below(t, calls) + 1
			f := tickets.Fact{Contact: tickets.ContactID(fmt.Sprint("c", i)), Channel: tickets.Call{}, At: at, Own: ofCall(i)}
			if !arrived[i] {
				arrived[i] = true
				from := rapid.SampledFrom([]string{"", "+78005550101", "+78005550102"}).Draw(t, "from")
				f.Event = tickets.Arrived{From: from, RawFrom: from, Department: "first_line", Next: at.Add(time.Hour)}
			} else {
				f.Event = event(t, at, ticket)
				if _, ended := f.Event.(tickets.Ended); !ended {
					f.N = at.UnixMicro()
				}
			}
			s.Fact = &f
		default:
			who := []string{"anna", "boris"}[below(t, 2)]
			s.By = tickets.By{Kind: tickets.ByPerson, ID: who, From: "page"}
			s.Ticket, s.Command = ticket(), command(t, at, ticket)
			switch s.Command.(type) {
			case life.BreakPromise, life.Escalate, life.RemindCustomer, life.LetExpire, life.GiveToHeir:
				s.By = tickets.By{Kind: tickets.ByRule, ID: "watch"}
			}
			if what == 19 && opened < fresh {
				opened++
				s.Fresh = ofFresh(opened)
				s.Open = &life.OpenByHand{Channel: "letter", Subject: "by hand", Text: "a letter", At: at.Add(-time.Hour)}
			} else if life.Opens(s.Command) > 0 && opened < fresh {
				opened++
				s.Fresh = ofFresh(opened)
			}
		}
		steps = append(steps, s)
	}
	return steps
}

// command draws one, with values that fit more often than not.
func command(t *rapid.T, at time.Time, ticket func() tickets.Number) life.Command {
	n := 1 + below(t, 5)/4
	due := at.Add(time.Duration(below(t, 60)+1) * time.Hour)
	yes := rapid.Bool().Draw(t, "yes")
	department := []string{"billing", "technical"}[below(t, 2)]
	contact := tickets.ContactID(fmt.Sprint("c", below(t, calls)+1))
	all := []life.Command{
		life.TakeOver{}, life.HandOver{Department: department, Note: "yours"}, life.Plan{Next: due}, life.Wait{For: tickets.ForCustomer, Until: due}, life.Resume{},
		life.AddNote{Text: "note"}, life.Tell{Text: "told"}, life.SolveIt{Answer: "answer"}, life.SolveIt{}, life.ConfirmIt{By: "page"}, life.WithdrawIt{},
		life.RefuseIt{Reason: "no", Alternatives: []string{"another"}}, life.ReopenIt{Reason: "again"}, life.ReopenIt{Reason: "again"}, life.ReopenIt{Reason: "again"},
		life.AddPart{Department: department, What: "what", Due: due}, life.TakePart{N: n}, life.AnswerPart{N: n, Answer: "part"}, life.ReturnPart{N: n, Why: "why"},
		life.MovePart{N: n, Department: department}, life.WithdrawPart{N: n},
		life.Promised{What: "what", Due: due}, life.KeepPromise{N: n}, life.MovePromise{N: n, Due: due, Told: yes}, life.WithdrawPromise{N: n}, life.BreakPromise{N: n},
		life.AskVendor{Vendor: "vendor", What: "what", Wait: yes}, life.VendorPromised{N: n, Promised: due}, life.VendorReplied{N: n, Answer: "answer", Resume: yes},
		life.RemindVendor{N: n}, life.WithdrawVendor{N: n},
		life.Complain{Text: "complaint"}, life.AssignReview{N: n, Department: department}, life.DecideReview{N: n, Upheld: yes, Answer: "answer", Solve: yes},
		life.EscalateReview{N: n}, life.WithdrawReview{N: n},
		life.Tie{Other: ticket()}, life.Untie{Other: ticket()}, life.SetParent{Parent: ticket()}, life.ClearParent{},
		life.Merge{Into: ticket(), Force: yes}, life.Merge{Into: ticket(), Force: true}, life.Unmerge{}, life.Unmerge{}, life.Unmerge{}, life.Unmerge{},
		life.Split{Contacts: []tickets.ContactID{contact}, Subject: "split"}, life.Split{Contacts: []tickets.ContactID{contact}, Subject: "split"},
		life.Escalate{Why: life.WhyDate, Due: at}, life.Escalate{Why: "resolution", Due: at}, life.RemindCustomer{}, life.LetExpire{}, life.LetExpire{}, life.GiveToHeir{},
	}
	return all[below(t, len(all))]
}

// below draws a number from 0 to under n, each as likely: rapid's own draws lean towards the small, and the commands at the end of a list would
// seldom come.
func below(t *rapid.T, n int) int {
	drawn := 0
	for range 10 {
		drawn *= 2
		if rapid.Bool().Draw(t, "bit") {
			drawn++
		}
	}
	return drawn % n
}

// Take does a step. An error says that it was refused.
func (s Step) Take(store Store) error {
	ctx := context.Background()
	switch {
	case s.Fact != nil:
		return store.Apply(ctx, []tickets.Fact{*s.Fact})
	case s.Open != nil:
		contact := tickets.ContactID("letter " + s.Fresh)
		_, err := store.Open(ctx, contact, func(f *life.File) (life.Outcome, error) {
			f.Fresh, f.Terms = []tickets.Number{s.Fresh}, house
			return life.Open(f, *s.Open, contact, s.By, s.At)
		})
		return err
	}
	_, err := store.Change(ctx, s.Ticket, life.Needs(s.Command), "", func(f *life.File) (life.Outcome, error) {
		f.Fresh, f.Terms = nil, house
		if s.Fresh != "" {
			f.Fresh = []tickets.Number{s.Fresh}
		}
		return life.Do(f, f.Own, s.Command, s.By, s.At)
	})
	return err
}

func (s Step) String() string {
	switch {
	case s.Fact != nil:
		return fmt.Sprintf("%s %s of %s: %+v", s.At.Format(time.DateTime), s.Fact.Event.Kind(), s.Fact.Contact, s.Fact.Event)
	case s.Open != nil:
		return fmt.Sprintf("%s open %s by hand", s.At.Format(time.DateTime), s.Fresh)
	default:
		return fmt.Sprintf("%s %s of %s by %s (%s): %+v", s.At.Format(time.DateTime), s.Command.Name(), s.Ticket, s.By.ID, s.Fresh, s.Command)
	}
}

// someLives is how many lives Lives compares: a database takes its time for each. Many more are in the properties of tickets/life, in memory.
const someLives = 25

// Lives compares two stores, step by step: what the one refuses the other refuses, and in the end both hold the same.
func Lives(t *testing.T, open, other func() Opened) {
	draw := rapid.Custom(Life)
	for seed := range someLives {
		here, there := open(), other()
		steps := draw.Example(seed)
		for i, s := range steps {
			got, want := s.Take(here), s.Take(there)
			if (got == nil) != (want == nil) {
				t.Fatalf("life %d, step %d, %s: %v, and in the other store %v", seed, i, s, got, want)
			}
		}
		ignore := cmp.Options{cmp.AllowUnexported(tickets.Open{}), cmpopts.EquateEmpty()}
		if diff := cmp.Diff(named(there.Rows()), named(here.Rows()), ignore); diff != "" {
			t.Fatalf("life %d: rows differ (-other +store):\n%s\n%s", seed, diff, told(steps))
		}
		if err := Holds(here.Rows()); err != nil {
			t.Fatalf("life %d: %v\n%s", seed, err, told(steps))
		}
	}
}

func told(steps []Step) (all string) {
	for i, s := range steps {
		all += fmt.Sprintf("%d %s\n", i, s)
	}
	return all
}

// Holds checks what must hold of the rows after any life, and says what does not.
func Holds(r Rows) error {
	var wrong []error
	no := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	for n, m := range r.Matters {
		if o, open := m.State.(tickets.Open); open {
			if _, err := tickets.KeepOpen(o.Owner(), o.Next(), o.Step()); err != nil {
				no("ticket %s: %w", n, err)
			}
		}
		if _, closed := m.State.(tickets.Closed); closed && openOf(m) != "" {
			no("ticket %s is closed, and of it is open: %s", n, openOf(m))
		}
		fields, err := tickets.Replay(r.History[n])
		if err != nil {
			no("%w", err)
		} else if diff := cmp.Diff(m.Fields(), fields); diff != "" {
			no("ticket %s is not what its history says (-is +replayed):\n%s", n, diff)
		}
		if m.Version != int64(len(r.History[n])) || m.Written != len(r.Entries[n]) {
			no("ticket %s is at version %d with %d lines, and has %d entries of %d", n, m.Version, len(r.History[n]), len(r.Entries[n]), m.Written)
		}
		for i, e := range r.Entries[n] {
			if e.N != i+1 || e.Version < 1 || e.Version > m.Version {
				no("entry %d of ticket %s is %+v", i+1, n, e)
			}
		}
		if m.Phase() == tickets.Solved && m.AwaitsOthers() {
			no("ticket %s awaits the silence of its customer, and of it is open: %s", n, openOf(m))
		}
		erased := func(c tickets.Change) bool { return c.Kind == tickets.WasErased } // of what was before that the history says nothing
		age, now := age(r.History[n])
		if sums := clock.Sum(clock.Whose(clock.Moments(r.History[n], house, clock.Noted{}), now)); sums.Total() != age && !slices.ContainsFunc(r.History[n], erased) {
			no("ticket %s is %s old by its history, and %s by whose time it was: %v", n, age, sums.Total(), sums)
		}
		if err := legal(r.History[n]); err != nil {
			no("ticket %s: %w", n, err)
		}
		if (m.Into != "") != (r.Merged[n] != "") {
			no("ticket %s was merged with %q, and its number leads to %q", n, m.Into, r.Merged[n])
		}
		for _, l := range m.Links {
			if !slices.ContainsFunc(r.Matters[l.Other].Links, func(back life.Link) bool { return back.Other == n }) {
				no("ticket %s is linked with %s, and not the other way", n, l.Other)
			}
		}
		for _, v := range m.Reviews {
			if v.AnsweredBy(v.Reviewer) {
				no("%s of ticket %s reviews their own answer", v.Reviewer, n)
			}
		}
	}
	for second, first := range r.Merged {
		if m, there := r.Matters[first]; !there || m.Into != "" {
			no("number %s leads to %s, which does not go on", second, first)
		}
	}
	for id, c := range r.Contacts {
		if m, there := r.Matters[c.Ticket]; !there || m.Into != "" {
			no("contact %s is of ticket %s, which does not go on", id, c.Ticket)
		}
	}
	for n := range r.History {
		if _, there := r.Matters[n]; !there {
			no("a ticket that is not there has a history: %s", n)
		}
	}
	return errors.Join(wrong...)
}

// age is for how long a ticket was open until now, the last line of its history. What is told late counts from the latest before it.
func age(history []tickets.Change) (age time.Duration, now time.Time) {
	open := false
	for _, c := range history {
		if came, late := tickets.Came(c); late { // what was registered by hand is as old as the letter
			open, now = true, came
		}
		at := c.At
		if at.Before(now) {
			at = now
		}
		if open {
			age += at.Sub(now)
		}
		now = at
		if is := c.Patch["phase"][1]; is != "" {
			open = is != string(tickets.Done)
		}
	}
	return age, now
}

// Follows checks what must hold from one step to the next, and says what does not: a ticket about which its customer has called to no known end, or in which
// open work goes on, does not await their silence.
func (s Step) Follows(before, after Rows) error {
	solved := func(r Rows, n tickets.Number) bool {
		if into, second := r.Merged[n]; second {
			n = into
		}
		return r.Matters[n].Phase() == tickets.Solved
	}
	if m, merge := s.Command.(life.Merge); merge && s.Open == nil && !solved(before, s.Ticket) && solved(after, m.Into) {
		return fmt.Errorf("open work of ticket %s goes on in ticket %s, which expires", s.Ticket, m.Into)
	}
	if s.Fact == nil {
		return nil
	}
	contact := after.Contacts[s.Fact.Contact]
	switch e := s.Fact.Event.(type) {
	case tickets.WrappedUp:
		if e.SentOn || e.Disposition != tickets.Undisposed || !before.Contacts[contact.ID].WrappedUpAt.IsZero() {
			return nil
		}
	case tickets.Ended:
		if !e.Outcome.BrokeOff() || !before.Contacts[contact.ID].EndedAt.IsZero() || contact.EndedAt.IsZero() { // or it has been told before, and was taken back
			return nil
		}
	default:
		return nil
	}
	if solved(after, contact.Ticket) {
		return fmt.Errorf("a customer has called about ticket %s, which expires", contact.Ticket)
	}
	return nil
}

// Ends says which ticket stays open for ever: where its customer has complained until everybody of the house has answered, and takes back the last complaint,
// nobody can end it.
func Ends(store Store, all map[tickets.Number]life.Matter) error {
	at := time.Date(2027, 3, 2, 12, 0, 0, 0, time.UTC) // after all that was drawn
	people := slices.Sorted(maps.Keys(house.People))
	someone := func(n tickets.Number, c life.Command) (err error) {
		for _, who := range people {
			if err = (Step{At: at, Ticket: n, Command: c, By: tickets.By{Kind: tickets.ByPerson, ID: who, From: "page"}}).Take(store); err == nil {
				return nil
			}
		}
		return err
	}
	for n, m := range all {
		if m.Into != "" || m.Phase() == tickets.Done {
			continue
		}
		complaints := len(m.Reviews) + len(people) + 1
		for range people {
			_ = someone(n, life.Complain{Text: "no"}) // or one is to be decided
			for i := range complaints {
				_ = someone(n, life.DecideReview{N: i + 1, Answer: "no"}) // whichever it is
			}
		}
		_ = someone(n, life.Complain{Text: "no"})
		for i := range complaints {
			_ = someone(n, life.WithdrawReview{N: i + 1, Note: "settled"})
		}
		if err := someone(n, life.WithdrawIt{}); err != nil {
			return fmt.Errorf("ticket %s never ends: %w", n, err)
		}
	}
	return nil
}

// openOf names what is open of a matter.
func openOf(m life.Matter) (all string) {
	for _, p := range m.Parts {
		if p.Awaited() {
			all += fmt.Sprint(" part ", p.N)
		}
	}
	for _, p := range m.Promises {
		if p.State == life.PromiseOpen {
			all += fmt.Sprint(" promise ", p.N)
		}
	}
	for _, v := range m.Vendors {
		if v.State == life.VendorAsked {
			all += fmt.Sprint(" vendor ", v.N)
		}
	}
	for _, r := range m.Reviews {
		if r.State == life.ReviewOpen {
			all += fmt.Sprint(" review ", r.N)
		}
	}
	return all
}

// legal says whether each change of the phase is a move of the table.
func legal(history []tickets.Change) error {
	for i, c := range history {
		was, is := tickets.Phase(c.Patch["phase"][0]), tickets.Phase(c.Patch["phase"][1])
		if i == 0 || was == is || c.Kind == tickets.WasErased {
			continue
		}
		way := false
		for _, m := range tickets.Moves {
			way = way || m.From(was) && (m.To() == is || m == tickets.Separate)
		}
		reopened := c.Contact != "" && tickets.Reopen.From(was) // a wrap-up may open a ticket again and go on with it
		if !way && !reopened && !takesBack(history[:i], c) {
			return fmt.Errorf("%s made it %s, which was %s", c.Kind, is, was)
		}
	}
	return nil
}

// takesBack says whether a sign that a contact lives undoes what was made of the ticket when it was thought lost.
func takesBack(before []tickets.Change, c tickets.Change) bool {
	return slices.ContainsFunc(before, func(end tickets.Change) bool {
		return end.Contact == c.Contact && end.Kind == string(tickets.Ended{}.Kind()) && end.Patch["phase"] == [2]string{c.Patch["phase"][1], c.Patch["phase"][0]}
	})
}

// Given are the numbers that a life has used: each leads to a ticket for ever.
func Given(steps []Step) []tickets.Number {
	given := map[tickets.Number]bool{}
	for _, s := range steps {
		switch {
		case s.Fact != nil:
			given[s.Fact.Own] = true
		case s.Open != nil:
			given[s.Fresh] = true
		}
	}
	return slices.Sorted(maps.Keys(given))
}
