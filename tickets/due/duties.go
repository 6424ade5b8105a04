package due

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"hotline/telephony/hours"
	"hotline/tickets"
	"hotline/tickets/clock"
	"hotline/tickets/life"
)

// Duty is something that comes due.
type Duty struct {
	At      time.Time // when it is to be done
	Rule    string    // who does it, in the history
	Command life.Command
	Key     string    // in File.Told, where no command makes that it is done
	Due     time.Time // the date that it is about; zero is none
	Until   time.Time // when nobody needs to be told any more; zero is never
	Notice  tickets.NoticeKind
	About   string
	fresh   bool                        // what it is for has just happened, though its date may be long past
	to      func(*File) []tickets.Owner // who is told, once the command is done
	told    func(*File) string          // what of them is then told, too, by its key; nil is nothing
}

func (d Duty) tell(f *File) []tickets.Owner {
	if d.to == nil {
		return nil
	}
	return d.to(f)
}

// duties are all of a ticket's, those in the future, too; the earliest first. A closed ticket has none.
func (f *File) duties(t Terms) (all []Duty) {
	o, open := f.State.(tickets.Open)
	if !open {
		return nil
	}
	if life.Orphaned(f.Matter, t.Terms) {
		all = append(all, Duty{At: f.OpenedAt, Rule: "heir", Command: life.GiveToHeir{}, Notice: tickets.NoticeInherited, fresh: true, to: owner})
	}
	switch f.Phase() {
	case tickets.Solved:
		if !f.AwaitsOthers() { // a merge of before may have brought it a part, or a complaint
			all = append(all, f.confirmation(o, t))
		}
	default:
		all = append(all, f.escalation(o, t))
		all = append(all, f.silence(o, t)...)
	}
	all = append(all, f.ofClocks(t)...)
	all = append(all, f.ofPromises(t)...)
	all = append(all, f.ofVendors(t)...)
	all = append(all, f.ofParts(t)...)
	all = append(all, f.ofReviews(t)...)
	f.spread(t, all)
	slices.SortStableFunc(all, func(a, b Duty) int { return a.At.Compare(b.At) })
	return all
}

// open is a moment, or the next one at which a department is open.
func open(t Terms, department string, at time.Time) time.Time {
	if next, ok := hoursOf(t, department).Next(at); ok {
		return next
	}
	return at
}

// hoursOf is when somebody works who is told what is for a department: the heir, where it is gone, and the first line, where it is somebody outside.
func hoursOf(t Terms, department string) *hours.Calendar {
	return t.Departments[t.Heir(tickets.Department(department), "").Name()].Hours
}

// later is so much working time after a moment, at an hour at which somebody works.
func later(c *hours.Calendar, since time.Time, worked time.Duration) time.Time {
	at, ok := c.Add(since, worked)
	if !ok {
		return since.Add(worked)
	}
	if next, ok := c.Next(at); ok {
		return next
	}
	return at
}

// responsible is the department that answers for the ticket; that which decides a complaint about it while one is to be decided.
func (f *File) responsible(t Terms) string {
	if r, under := f.UnderReview(); under {
		return string(r.Department)
	}
	if o, open := f.State.(tickets.Open); open {
		if d, is := o.Owner().(tickets.Department); is {
			return string(d)
		}
	}
	if f.Department != "" {
		return string(f.Department)
	}
	return t.Department
}

// longestPause bounds how the pauses between two escalations grow: doubled so often, and no further.
const longestPause = 5

// escalation raises a ticket that nobody moves: so much working time past its next date, and again after pauses that double.
func (f *File) escalation(o tickets.Open, t Terms) Duty {
	since, times := o.Next(), 0
	for _, c := range f.History {
		if c.Kind == (life.Escalate{}).Name() && c.Patch["escalated"][1] != "" && !c.At.Before(o.Next()) { // it has had no other date since then
			since, times = c.At, times+1
		}
	}
	pause := t.EscalateAfter << min(times, longestPause)
	return Duty{
		At: later(hoursOf(t, f.responsible(t)), since, pause), Rule: "escalation", Command: life.Escalate{Why: life.WhyDate, Due: o.Next()},
		Due: o.Next(), Notice: tickets.NoticeEscalated, to: func(f *File) []tickets.Owner { return append(owner(f), f.head(t, f.responsible(t))...) },
	}
}

// silence asks the owner to tell a customer how it goes who has heard nothing for so many working days; again after as many, while nobody does. Whoever
// has been asked something, or has agreed on a date, knows how it goes.
func (f *File) silence(o tickets.Open, t Terms) []Duty {
	if t.TellAfter <= 0 || o.Awaits() == tickets.ForCustomer || o.Awaits() == tickets.ForDate {
		return nil
	}
	since, asked := f.OpenedAt, f.OpenedAt
	for _, c := range f.History {
		switch {
		case heard(c):
			since, asked = c.At, c.At
		case c.Kind == (life.AskToTell{}).Name():
			asked = c.At
		}
	}
	for _, at := range f.Talks {
		if at.After(since) {
			since = at
		}
		if at.After(asked) {
			asked = at
		}
	}
	return []Duty{{
		At: workingDays(hoursOf(t, f.responsible(t)), asked, t.TellAfter), Rule: "silence", Command: life.AskToTell{Since: since}, Due: since,
		Notice: tickets.NoticeSilence, to: owner,
	}}
}

// heard says whether the customer heard something by a line of a ticket's history: somebody talked with them, wrote to them, or promised something.
func heard(c tickets.Change) bool {
	switch c.Kind {
	case "call.answered", "wrap_up.finished", "tell", "solve", "decide_review", "promise", "complain", "reopen":
		return true
	case "move_promise":
		return c.Details["told"] != "false"
	}
	return false
}

// workingDays is the same time of day so many days later on which somebody works, or the first moment after it at which they do.
func workingDays(c *hours.Calendar, since time.Time, days int) time.Time {
	if c != nil && c.Zone != nil {
		since = since.In(c.Zone)
	}
	at := since.AddDate(0, 0, days)
	for d := range c.Days(hours.DayBegins(since, 1), since.AddDate(1, 0, 0)) {
		if len(d.Open) == 0 {
			continue
		}
		if days--; days == 0 {
			y, m, day := d.From.Date()
			at = time.Date(y, m, day, since.Hour(), since.Minute(), since.Second(), since.Nanosecond(), since.Location())
			break
		}
	}
	if next, ok := c.Next(at); ok {
		return next
	}
	return at
}

// confirmation reminds of an answer that the customer has said nothing to, and after the last reminder lets the ticket expire.
func (f *File) confirmation(o tickets.Open, t Terms) Duty {
	left := t.ConfirmReminders - f.Reminded
	if left <= 0 {
		return Duty{At: o.Next(), Rule: "expiry", Command: life.LetExpire{}, Due: o.Next()}
	}
	at := o.Next().Add(-time.Duration(left) * life.ReminderPause(t.Terms))
	return Duty{
		At: open(t, f.responsible(t), at), Rule: "confirmation", Command: life.RemindCustomer{},
		Due: o.Next(), Notice: tickets.NoticeConfirm, to: owner,
	}
}

// ofClocks warns, and raises the ticket when a clock has run out. Who learns that one has run out is not warned that it will.
func (f *File) ofClocks(t Terms) (all []Duty) {
	for _, c := range f.Clocks {
		if !c.Ended.IsZero() {
			continue
		}
		key := fmt.Sprintf("%s.%d", c.Kind, c.Cycle)
		head := func(f *File) []tickets.Owner { return append(owner(f), f.head(t, f.responsible(t))...) }
		if c.Kind == clock.DepartmentTime {
			key = fmt.Sprintf("%s.%s.%d", key, c.Department, c.Started.Unix())
			head = func(f *File) []tickets.Owner { return append(owner(f), f.head(t, c.Department)...) }
		}
		if told := f.Told["warning."+key]; told.IsZero() && !c.WarnAt.IsZero() && !c.Broken {
			all = append(all, Duty{At: c.WarnAt, Rule: "clock", Key: "warning." + key, Due: dueOf(c), Notice: tickets.NoticeWarning, About: string(c.Kind), to: owner})
		}
		if told := f.Told["breach."+key]; told.IsZero() && !c.EscalateAt.IsZero() {
			all = append(all, Duty{
				At: c.EscalateAt, Rule: "clock", Key: "breach." + key, Due: dueOf(c), Command: life.Escalate{Why: life.Why(c.Kind), Due: dueOf(c)},
				Notice: tickets.NoticeBreach, About: string(c.Kind), to: head,
			})
		}
	}
	return all
}

// dueOf is when a clock runs out, as far as anybody can say.
func dueOf(c clock.Clock) time.Time {
	if c.Due.IsZero() {
		return c.EscalateAt
	}
	return c.Due
}

// ofPromises warns who has promised something while they can still do it, whoever owns the ticket now; once for each date. It breaks promises by day and
// by night: that is a fact, and an alarm.
func (f *File) ofPromises(t Terms) (all []Duty) {
	for _, p := range f.Promises {
		if p.State != life.PromiseOpen {
			continue
		}
		about, broken := "promise."+strconv.Itoa(p.N), p.Due.Add(time.Millisecond)
		department := string(p.Department)
		if department == "" {
			department = f.responsible(t)
		}
		maker := func(*File) []tickets.Owner { return ownerOr(p.Person, department) }
		if !f.Told[about].Equal(p.Due) {
			all = append(all, Duty{
				At: f.warnOf(p, hoursOf(t, department)), Rule: "promise", Key: about, Due: p.Due, Until: p.Due, Notice: tickets.NoticePromised, About: about, to: maker,
			})
		}
		all = append(all, Duty{
			At: broken, Rule: "promise", Command: life.BreakPromise{N: p.N}, Due: p.Due, Notice: tickets.NoticePromise, About: about,
			to: func(f *File) []tickets.Owner { return append(maker(f), f.head(t, department)...) },
		})
	}
	return all
}

// warnOf is when somebody is told that their promise is soon due: an hour before in which they work, or half of the time there was where that is less.
func (f *File) warnOf(p life.Promise, c *hours.Calendar) time.Time {
	const ahead = time.Hour
	since := f.OpenedAt
	if p.MadeAt.After(since) {
		since = p.MadeAt
	}
	for _, line := range f.History {
		if line.Kind == (life.MovePromise{}).Name() && line.Details["promise"] == strconv.Itoa(p.N) {
			since = line.At
		}
	}
	worked := c.Between(since, p.Due)
	if at := later(c, since, worked-min(ahead, worked/2)); worked > 0 && at.Before(p.Due) {
		return at
	}
	return p.Due.Add(-min(ahead, p.Due.Sub(since)/2)) // nobody works by then: whoever promises so will
}

// ofVendors has the owner ask vendors again.
func (f *File) ofVendors(t Terms) (all []Duty) {
	for _, v := range f.Vendors {
		at := v.RemindAt
		if at.IsZero() {
			at = v.Promised
		}
		if v.State != life.VendorAsked || at.IsZero() {
			continue
		}
		all = append(all, Duty{
			At: open(t, f.responsible(t), at), Rule: "vendor", Command: life.RemindVendor{N: v.N}, Due: v.Promised,
			Notice: tickets.NoticeVendor, About: "vendor." + strconv.Itoa(v.N), to: owner,
		})
	}
	return all
}

// ofParts tells departments of their parts, the ticket's owner of those that are given back, and heads of those that are late.
func (f *File) ofParts(t Terms) (all []Duty) {
	for _, p := range f.Parts {
		if !p.Awaited() {
			continue
		}
		about := "part." + strconv.Itoa(p.N)
		theirs := func(*File) []tickets.Owner { return ownerOr(p.Owner, string(p.Department)) }
		notice, to := tickets.NoticePart, theirs
		if p.State == life.PartReturned {
			notice, to = tickets.NoticeReturned, owner
		}
		if key := whereItIs(p); f.Told[key].IsZero() {
			all = append(all, Duty{At: p.GivenAt, Rule: "part", Key: key, Due: p.Due, Notice: notice, About: about, to: to})
		}
		if !f.Told[about].Equal(p.Due) {
			all = append(all, Duty{
				At: open(t, string(p.Department), p.Due), Rule: "part", Key: about, Due: p.Due, Notice: tickets.NoticePartLate, About: about,
				to: func(f *File) []tickets.Owner { return append(theirs(f), f.head(t, string(p.Department))...) },
			})
		}
	}
	return all
}

// whereItIs is the key under which it is told where a part is that has to be answered.
func whereItIs(p life.Part) string {
	about := "part." + strconv.Itoa(p.N)
	if p.State == life.PartReturned {
		return about + ".returned." + string(p.Department)
	}
	return about + "." + string(p.Department) + "." + p.Owner
}

// forgetPlaces forgets where parts and complaints were: one that comes to the same people again, or is returned again, is told of again.
func (f *File) forgetPlaces() {
	here := map[string]bool{}
	for _, p := range f.Parts {
		here[whereItIs(p)] = p.Awaited()
	}
	for _, r := range f.Reviews {
		here[whoseItIs(r)] = r.State == life.ReviewOpen
	}
	maps.DeleteFunc(f.Told, func(key string, _ time.Time) bool {
		return (strings.HasPrefix(key, "part.") || strings.HasPrefix(key, "review.")) && strings.Count(key, ".") > 1 && !here[key]
	})
}

// ofReviews tells reviewers of complaints, and raises those that are late.
func (f *File) ofReviews(t Terms) (all []Duty) {
	for _, r := range f.Reviews {
		if r.State != life.ReviewOpen {
			continue
		}
		about := "review." + strconv.Itoa(r.N)
		now := func(f *File) life.Review {
			return f.Reviews[slices.IndexFunc(f.Reviews, func(now life.Review) bool { return now.N == r.N })]
		}
		theirs := func(f *File) []tickets.Owner { return ownerOr(now(f).Reviewer, string(now(f).Department)) }
		if key := whoseItIs(r); f.Told[key].IsZero() {
			all = append(all, Duty{At: r.OpenedAt, Rule: "review", Key: key, Due: r.Due, Notice: tickets.NoticeReview, About: about, to: theirs})
		}
		if f.Told[about].Equal(r.Due) { // nobody is above
			continue
		}
		all = append(all, Duty{
			At: open(t, string(r.Department), r.Due), Rule: "review", Key: about, Command: life.EscalateReview{N: r.N}, Due: r.Due, Notice: tickets.NoticeRaised, About: about, to: theirs,
			told: func(f *File) string { return whoseItIs(now(f)) },
		})
	}
	return all
}

// whoseItIs is the key under which it is told whose a complaint is to decide.
func whoseItIs(r life.Review) string {
	return "review." + strconv.Itoa(r.N) + "." + string(r.Department) + "." + r.Reviewer
}
