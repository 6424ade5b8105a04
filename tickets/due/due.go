// Package due says what is to be done about a ticket by itself, when, and who is told. It is pure: what is known of a ticket goes in with the
// terms and the time, and what is due comes out.
//
//	File: ticket, history, clocks kept ──► Reckon ──► clocks, spells, when to look again (Wake)    after each change
//	                                  └──► Tend ────► commands of rules, notices, and Reckon        when it wakes
//
// A Duty is one thing that comes due: an escalation, a reminder, an expiry, a broken promise, a warning. Duties are found anew from the ticket as it
// is each time, so that none is forgotten and none outlives its cause. Each is done once:
//
//   - one that a command of a rule does (package life) changes the ticket so that it is due no more, or only later;
//   - one that only tells somebody leaves its key in File.Told, which is saved with the notice.
//
// However long nobody has looked, a duty is done once then, and what follows on it waits its usual time from there: no storm comes after a night
// in which the machine slept. Nor after an upgrade: what other terms find long due is put off (see putoff.go).
//
// People are reminded while their department is open. A date that passes on Friday evening escalates on Monday.
package due

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"hotline/tickets"
	"hotline/tickets/clock"
	"hotline/tickets/life"
)

// Terms are the settings by which dates are kept.
type Terms struct {
	tickets.Terms
	Clocks           map[string]*clock.Agreement          // of agreements with customers, by id
	DepartmentClocks map[string]clock.DepartmentAgreement // by code
}

// File is what is known of a ticket. A store loads it, and saves what becomes of it.
type File struct {
	life.Matter
	Contracts []tickets.Contract // the customer's
	Channel   tickets.Channel    // by which it came; nil is not known
	History   []tickets.Change   // with those fields of the patches that Read names
	Joined    [][]tickets.Change // and those of the tickets that go on in it, of each by itself
	Talks     []time.Time        // when people began to talk with its customer in calls, in order; what changed nothing stands in no history
	Reckoned  int64              // the version for which what follows was reckoned; 0 is never
	Anew      bool               // that was under other terms
	Kept

	Notices []tickets.Notice // new ones
}

// Kept is what was reckoned of a ticket before.
type Kept struct {
	Clocks []clock.Clock
	Spells []clock.Spell        // To of the last is zero while it lasts
	Told   map[string]time.Time // by the key of a duty: the date of which people were told
	Wake   time.Time            // when something is to be done, or to be reckoned again; zero is never
}

// Read are the fields of a history's patches that are needed here.
var Read = append([]string{"escalated"}, clock.Read...)

// history is the history of a ticket; of one from before there were any, what it is now.
func (f *File) history() []tickets.Change {
	if len(f.History) > 0 {
		return f.History
	}
	return []tickets.Change{{Ticket: f.Number, Version: 1, At: f.OpenedAt, Kind: "was_there", Patch: tickets.Diff(nil, f.Ticket.Fields())}}
}

// moments are those of its history, and whether there is one: that of a person who was erased says nothing until the ticket is opened again.
func (f *File) moments(t Terms) ([]clock.Moment, bool) {
	moments, some := momentsOf(f.history(), t, clock.Noted{Version: f.Reckoned, Spells: f.Spells})
	for _, at := range f.Talks {
		after := slices.IndexFunc(moments, func(m clock.Moment) bool { return m.At.After(at) })
		if after < 0 {
			after = len(moments)
		}
		if after > 0 {
			moments = slices.Insert(moments, after, clock.Moment{At: at, What: clock.Reacted})
		}
	}
	return moments, some
}

func momentsOf(history []tickets.Change, t Terms, noted clock.Noted) ([]clock.Moment, bool) {
	for i, c := range slices.Backward(history) {
		if c.Kind == tickets.WasErased {
			history = history[i+1:]
			break
		}
	}
	for _, c := range history {
		if c.Patch["phase"][1] != "" {
			return clock.Moments(history, t.Terms, noted), true
		}
	}
	return nil, false
}

// joined are the tickets that go on in one, each with those that went on in it before.
func (f *File) joined(n tickets.Number, t Terms) (all []clock.Past) {
	for _, history := range f.Joined {
		into := ""
		for _, c := range history {
			if change, is := c.Patch["into"]; is {
				into = change[1]
			}
		}
		if moments, some := momentsOf(history, t, clock.Noted{}); some && into == string(n) {
			all = append(all, clock.Past{Moments: moments, Joined: f.joined(history[0].Ticket, t)})
		}
	}
	return all
}

// Reckon reckons clocks and spells as of a time, tells what has happened meanwhile, and says when to look again.
func (f *File) Reckon(t Terms, now time.Time) {
	moments, some := f.moments(t)
	if !some {
		f.Wake, f.Reckoned, f.Anew = time.Time{}, f.Version, false
		return
	}
	wasDue := !f.Wake.IsZero() && !f.Wake.After(now)
	if !f.Anew || f.Reckoned > 0 { // else it is from before people were told
		f.tellOfNewOwner(t, now)
		f.tellOfAnswers(t, now)
	}
	f.forgetPlaces()
	f.reckon(t, moments, now)
	if f.Anew {
		f.findLongDue(t, wasDue, now)
	}
	f.Reckoned, f.Anew = f.Version, false
	f.Wake = time.Time{}
	if next, is := clock.Next(f.Clocks); is {
		f.Wake = next.At
	}
	for _, d := range f.duties(t) {
		if f.Wake.IsZero() || d.At.Before(f.Wake) {
			f.Wake = d.At
		}
	}
}

// reckon reckons clocks and spells.
func (f *File) reckon(t Terms, moments []clock.Moment, now time.Time) {
	agreement := f.agreement(t)
	f.Clocks = clock.Reckon(clock.Ticket{
		Moments: moments, Agreement: t.Clocks[agreement], Priority: f.priority(t, agreement), Departments: t.DepartmentClocks, Kept: f.Clocks,
		Joined: f.joined(f.Number, t),
	}, now)
	latest := moments[0].At
	for _, m := range moments {
		if m.At.After(latest) {
			latest = m.At
		}
	}
	f.Spells = clock.Whose(moments, latest.Add(time.Hour)) // what begins with the last moment is one, too
	if _, open := f.State.(tickets.Open); open && len(f.Spells) > 0 {
		f.Spells[len(f.Spells)-1].To = time.Time{}
	}
}

// agreement is the one that counts. A ticket of which nobody knows by which channel it came came by a call.
func (f *File) agreement(t Terms) string {
	channel := f.Channel
	if channel == nil {
		channel = tickets.Call{}
	}
	return t.AgreementOf(f.Topic, f.contract(t), channel)
}

// contract is the agreement of the contract that was in force when the ticket was opened, which says what was promised about it; "" is none. A contract
// lasts until its last day has ended where the agreement is kept: in the zone of its calendar, else in that of the line.
func (f *File) contract(t Terms) string {
	for _, k := range f.Contracts {
		at := t.Here(f.OpenedAt)
		if a := t.Clocks[k.Agreement]; a != nil && a.Calendar != nil && a.Calendar.Zone != nil {
			at = f.OpenedAt.In(a.Calendar.Zone)
		}
		if k.Agreement != "" && !k.Expired(at) {
			return k.Agreement
		}
	}
	return ""
}

// priority is the ticket's own, or that of its topic; in either case as urgent as its agreement says at least.
func (f *File) priority(t Terms, agreement string) tickets.Priority {
	if f.Priority != 0 {
		return t.AtLeast(f.Priority, agreement)
	}
	return t.PriorityOf(f.Topic, agreement)
}

// Rule is who does what is due.
func Rule(id string) tickets.By { return tickets.By{Kind: tickets.ByRule, ID: id, From: "watch"} }

// Tend does what is due of a ticket at a time, the oldest first, and reckons it. What it gives is to be saved in order, with the file. After an
// error nothing is to be saved.
func (f *File) Tend(t Terms, now time.Time) (done []life.Outcome, err error) {
	f.Reckon(t, now)
	most := 100 + 4*(len(f.Parts)+len(f.Promises)+len(f.Vendors)+len(f.Reviews)+len(f.Clocks))
	for range most {
		all := f.duties(t)
		i := slices.IndexFunc(all, func(d Duty) bool { return !d.At.After(now) })
		if i < 0 {
			return done, nil
		}
		out, err := f.do(all[i], t, now)
		if err != nil {
			return nil, fmt.Errorf("ticket %s: %s due at %s: %w", f.Number, all[i].Rule, all[i].At.Format(time.RFC3339), err)
		}
		done = append(done, out...)
		f.Reckon(t, now)
	}
	return nil, fmt.Errorf("ticket %s: what is due does not end", f.Number)
}

// do does one duty.
func (f *File) do(d Duty, t Terms, now time.Time) (done []life.Outcome, err error) {
	if d.Command != nil {
		file := &life.File{Matters: map[tickets.Number]*life.Matter{f.Number: &f.Matter}, Terms: t.Terms}
		out, err := life.Do(file, f.Number, d.Command, Rule(d.Rule), now)
		switch {
		case errors.Is(err, life.ErrLastLevel): // the last one is told that it is late
		case err != nil:
			return nil, err
		default:
			f.Matter = *file.Matters[f.Number]
			f.History = append(f.History, out.History...)
			done = append(done, out)
		}
	}
	keys := []string{d.Key}
	if d.told != nil {
		keys = append(keys, d.told(f))
	}
	for _, key := range keys {
		if key == "" {
			continue
		}
		if f.Told == nil {
			f.Told = map[string]time.Time{}
		}
		if f.Told[key] = d.Due; d.Due.IsZero() {
			f.Told[key] = now
		}
	}
	if !d.Until.IsZero() && now.After(d.Until) {
		return done, nil
	}
	for _, to := range d.tell(f) {
		f.notify(t, d.Notice, d.About, d.Due, now, to)
	}
	return done, nil
}
