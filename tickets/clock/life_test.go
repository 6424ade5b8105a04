package clock

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"hotline/telephony/hours"
)

// lives is how many random lives a property is tried on.
func lives() uint64 {
	if testing.Short() {
		return 40
	}
	return 300
}

// randomLife is a ticket of some weeks, and a time after its last moment. All of its times are whole minutes, and no two moments are at the
// same time. The clock is set on the way: in Moscow not, in Berlin on October 25 2026, in Santiago on September 6, at midnight.
func randomLife(t testing.TB, seed uint64) (Ticket, time.Time) {
	t.Helper()
	dice := rand.New(rand.NewPCG(seed, 3))
	zones := []struct {
		name  string
		begin time.Time
	}{
		{"Europe/Moscow", time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)},
		{"Europe/Berlin", time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC)},
		{"America/Santiago", time.Date(2026, 9, 2, 0, 0, 0, 0, time.UTC)},
	}
	z := zones[dice.IntN(len(zones))]
	where := place(t, z.name)
	ticket := Ticket{
		Agreement: &Agreement{
			ID: "a", Calendar: randomCalendar(dice, where),
			Target: Target{Reaction: minutes(dice, 600), Resolution: minutes(dice, 3000)},
		},
		Departments: map[string]DepartmentAgreement{
			"technical": {Calendar: randomCalendar(dice, where), Within: minutes(dice, 900), Warn: Warn{Before: time.Minute}},
			"field":     {Calendar: randomCalendar(dice, place(t, "Asia/Vladivostok")), Within: minutes(dice, 900), PausedFor: []Party{Scheduled}},
		},
	}
	if dice.IntN(2) == 0 {
		ticket.Agreement.Warn.Share = 0.5
	}
	if dice.IntN(3) == 0 {
		ticket.Agreement.PausedFor = []Party{Vendor, Customer}
	}
	at := z.begin.Add(minutes(dice, 3000)).In(place(t, "UTC"))
	ticket.Moments, at = randomMoments(dice, at)
	return ticket, at.Add(minutes(dice, 4000))
}

func minutes(dice *rand.Rand, most int) time.Duration {
	return time.Duration(1+dice.IntN(most)) * time.Minute
}

// randomCalendar is open on about four days of the week, with a break on some; now and then it is nil, which is around the clock.
func randomCalendar(dice *rand.Rand, where *time.Location) *hours.Calendar {
	if dice.IntN(8) == 0 {
		return nil
	}
	c := &hours.Calendar{Zone: where, Dates: map[string][]hours.Span{}}
	for d := range c.Week {
		if dice.IntN(3) > 0 {
			from, to := minutes(dice, 700), 12*time.Hour+minutes(dice, 700)
			c.Week[d] = []hours.Span{{From: from, To: 12 * time.Hour}, {From: 12*time.Hour + minutes(dice, 5), To: to + 5*time.Minute}}
		}
	}
	for _, date := range []string{"2026-06-03", "2026-10-26", "2026-09-06"} {
		if dice.IntN(2) == 0 {
			c.Dates[date] = nil
		}
	}
	return c
}

// randomMoments is a history that a ticket may have.
func randomMoments(dice *rand.Rand, at time.Time) (all []Moment, end time.Time) {
	all = []Moment{{At: at, What: Opened, Party: FirstLine, Department: "line"}}
	department, phase := "line", Opened
	for range dice.IntN(16) {
		at = at.Add(minutes(dice, 2500))
		m := Moment{At: at}
		switch roll := dice.IntN(10); {
		case phase != Opened && (phase == Closed || roll < 5):
			m.What, phase, department = Reopened, Opened, "line"
			m.Party, m.Department = FirstLine, department
		case phase != Opened || roll == 0:
			m.What, phase = Closed, Closed
		case roll == 1:
			m.What, phase = Solved, Solved
			m.Party, m.Department = Customer, department
		case roll < 4:
			m.What = Reacted
		default:
			m.What, m.Party = Moved, Parties[dice.IntN(len(Parties))]
			switch m.Party {
			case FirstLine:
				department = "line"
			case Department:
				department = []string{"technical", "field"}[dice.IntN(2)]
			}
			m.Department, m.Person = department, []string{"", "ann", "bob"}[dice.IntN(3)]
		}
		all = append(all, m)
	}
	return all, at
}

func TestWhoseTimeItWasAddsUpToTheAge(t *testing.T) {
	for seed := range lives() {
		dice := rand.New(rand.NewPCG(seed, 4))
		ticket, now := randomLife(t, seed)
		for i := range ticket.Moments { // now also at odd times, some of them together, some backwards
			if dice.IntN(2) == 0 {
				ticket.Moments[i].At = ticket.Moments[dice.IntN(len(ticket.Moments))].At.Add(time.Duration(dice.Int64N(int64(time.Hour))))
			}
		}
		now = now.Add(time.Duration(dice.Int64N(int64(time.Hour))))
		spells := Whose(ticket.Moments, now)
		if sum, age := Sum(spells).Total(), Age(ticket.Moments, now); sum != age {
			t.Errorf("seed %d: of an age of %s the parties have %s", seed, age, sum)
		}
		for i, s := range spells {
			if !s.From.Before(s.To) || i > 0 && s.From.Before(spells[i-1].To) || !slices.Contains(Parties, s.Party) {
				t.Errorf("seed %d: spell %d is %+v after %+v", seed, i, s, spells[max(i-1, 0)])
			}
		}
	}
}

// counted is a clock as counting its minutes finds it.
type counted struct {
	Kind       Kind
	Cycle      int
	Department string
	Started    time.Time
	ended, due time.Time
	used       time.Duration // until now
	total      time.Duration
}

// byMinutes counts a ticket's clocks minute by minute, some weeks beyond now.
func byMinutes(ticket Ticket, now time.Time) (all []*counted, sums Sums, until time.Time) {
	begin := ticket.Moments[0].At
	until = now.AddDate(0, 0, 25)
	sums = Sums{}
	var running []*counted
	party, department, cycle, over := Party(""), "", 0, true
	start := func(k Kind, department string, at time.Time) {
		c := &counted{Kind: k, Cycle: cycle, Department: department, Started: at}
		all, running = append(all, c), append(running, c)
	}
	end := func(at time.Time, kinds ...Kind) {
		running = slices.DeleteFunc(running, func(c *counted) bool {
			ends := slices.Contains(kinds, c.Kind)
			if ends {
				c.ended = at
			}
			return ends
		})
	}
	next, closed, reacted := 0, false, false
	for at := begin; at.Before(until); at = at.Add(time.Minute) {
		if next < len(ticket.Moments) && ticket.Moments[next].At.Equal(at) {
			m := ticket.Moments[next]
			next++
			if m.What == Opened || m.What == Reopened {
				cycle, over, closed, reacted = cycle+1, false, false, false
				department = ""
				start(Reaction, "", at)
				start(Resolution, "", at)
			}
			if m.Party != "" {
				party = m.Party
				if m.Department != department {
					end(at, DepartmentTime)
					if department = m.Department; !over && m.What != Solved {
						start(DepartmentTime, department, at)
					}
				}
			}
			switch m.What {
			case Reacted:
				if !reacted {
					end(at, Reaction)
				}
				reacted = true
			case Solved, Closed:
				end(at, Reaction, Resolution, DepartmentTime)
				over, closed = true, m.What == Closed
			}
		}
		if !closed && at.Before(now) {
			sums[party] += time.Minute
		}
		for _, c := range running {
			calendar, allowed, paused := ticket.Agreement.Calendar, ticket.Agreement.Resolution, ticket.Agreement.PausedFor
			if paused == nil {
				paused = []Party{Customer, Scheduled}
			}
			switch c.Kind {
			case Reaction:
				allowed = ticket.Agreement.Reaction
			case DepartmentTime:
				d := ticket.Departments[c.Department]
				calendar, allowed, paused = d.Calendar, d.Within, d.PausedFor
				if paused == nil {
					paused = []Party{Customer, Scheduled, Vendor}
				}
			}
			if slices.Contains(paused, party) || !calendar.Open(at) {
				continue
			}
			if c.total += time.Minute; c.total == allowed {
				c.due = at.Add(time.Minute)
			}
			if at.Before(now) {
				c.used = c.total
			}
		}
	}
	all = slices.DeleteFunc(all, func(c *counted) bool {
		_, some := ticket.Departments[c.Department]
		return c.Kind == DepartmentTime && !some
	})
	return all, sums, until
}

func TestReckoningIsWhatCountingMinutesFinds(t *testing.T) {
	clocks, dues := 0, 0
	for seed := range lives() {
		ticket, now := randomLife(t, seed)
		want, sums, until := byMinutes(ticket, now)
		got := Reckon(ticket, now)
		if len(got) != len(want) {
			t.Errorf("seed %d: there are %d clocks, not %d", seed, len(got), len(want))
			continue
		}
		for _, w := range want {
			i := slices.IndexFunc(got, func(c Clock) bool {
				return c.Kind == w.Kind && c.Cycle == w.Cycle && c.Department == w.Department && c.Started.Equal(w.Started)
			})
			if i < 0 {
				t.Errorf("seed %d: there is no %+v", seed, w)
				continue
			}
			c := got[i]
			clocks++
			if c.Used != w.used || !c.Ended.Equal(w.ended) {
				t.Errorf("seed %d: of %s %s are used until %s, not %s until %s", seed, c.Kind, c.Used, c.Ended, w.used, w.ended)
			}
			broken := !w.due.IsZero() && !w.due.After(now)
			if c.Broken != broken && !(w.due.Equal(w.ended) && broken) {
				t.Errorf("seed %d: of %s broken is %v, and it is due at %s", seed, c.Kind, c.Broken, w.due)
			}
			inSight := c.Running() && (!w.due.IsZero() || !c.Due.IsZero() && c.Due.Before(until))
			if (broken || inSight) && !c.Due.Equal(w.due) {
				t.Errorf("seed %d: %s is due at %s, not %s", seed, c.Kind, c.Due, w.due)
			}
			if broken || inSight {
				dues++
			}
		}
		if got := Sum(Whose(ticket.Moments, now)); !reflect.DeepEqual(got, withoutZero(sums)) {
			t.Errorf("seed %d: the parties have %v, not %v", seed, got, sums)
		}
	}
	if clocks < 100 || dues < 50 {
		t.Errorf("only %d clocks were counted, of which %d were due in sight", clocks, dues)
	}
}

func withoutZero(sums Sums) Sums {
	for p, d := range sums {
		if d == 0 {
			delete(sums, p)
		}
	}
	return sums
}

func TestPauseNeverMovesADueDateToAnEarlierTime(t *testing.T) {
	moved := 0
	for seed := range lives() {
		dice := rand.New(rand.NewPCG(seed, 5))
		ticket, now := randomLife(t, seed)
		before := Reckon(ticket, now)
		// One pause more, beginning at some time and ending as the next moment comes.
		i := dice.IntN(len(ticket.Moments))
		m := ticket.Moments[i]
		pause := Moment{At: m.At.Add(time.Duration(dice.Int64N(int64(time.Hour)))), What: Moved, Party: Customer, Department: m.Department}
		if i+1 == len(ticket.Moments) || m.Party == "" || m.Party == Customer || ticket.Moments[i+1].Party == "" || !pause.At.Before(ticket.Moments[i+1].At) {
			continue
		}
		ticket.Moments = slices.Insert(ticket.Moments, i+1, pause)
		after := Reckon(ticket, now)
		for _, b := range before {
			if b.Kind == DepartmentTime {
				continue // the terms of some do not pause for the customer
			}
			a := one(t, after, b.Kind, b.Cycle)
			if !a.Due.IsZero() && !b.Due.IsZero() && a.Due.Before(b.Due) {
				t.Errorf("seed %d: with a pause more %s is due at %s, not %s", seed, a.Kind, a.Due, b.Due)
			}
			if b.Due.IsZero() && !a.Due.IsZero() {
				t.Errorf("seed %d: with a pause more %s is due at %s, and was not", seed, a.Kind, a.Due)
			}
			if a.Due.After(b.Due) {
				moved++
			}
		}
	}
	if moved == 0 {
		t.Error("no pause has moved any date")
	}
}

// steps reckons a life as the engine does: on and on, each time with what was kept, at odd times. Each sees what was news.
func steps(dice *rand.Rand, ticket Ticket, end time.Time, each func(t *Ticket, now time.Time, before, after []Clock)) []Clock {
	history := ticket.Moments
	for now := history[0].At.Add(30 * time.Second); ; now = now.Add(minutes(dice, 2000)) {
		if now.After(end) {
			now = end
		}
		n := 0
		for n < len(history) && !history[n].At.After(now) {
			n++
		}
		ticket.Moments = history[:n]
		after := Reckon(ticket, now)
		each(&ticket, now, ticket.Kept, after)
		ticket.Kept = after
		if now.Equal(end) {
			return after
		}
	}
}

func TestReckoningOnAndOnGivesWhatReckoningOnceGives(t *testing.T) {
	told := 0
	for seed := range lives() {
		ticket, now := randomLife(t, seed)
		type step struct {
			kind       Kind
			cycle      int
			department string
			started    string
			step       Step
		}
		news := map[step]int{}
		clocks := steps(rand.New(rand.NewPCG(seed, 6)), ticket, now, func(_ *Ticket, now time.Time, before, after []Clock) {
			for _, e := range News(before, after) {
				told++
				news[step{e.Clock.Kind, e.Clock.Cycle, e.Clock.Department, e.Clock.Started.String(), e.Step}]++
				if e.At.After(now) {
					t.Errorf("seed %d: at %s it is told of %s at %s", seed, now, e.Step, e.At)
				}
			}
			if e, ok := Next(after); ok && !e.At.After(now) {
				t.Errorf("seed %d: at %s there is still to happen %s at %s", seed, now, e.Step, e.At)
			}
		})
		if once := Reckon(ticket, now); !reflect.DeepEqual(clocks, once) {
			t.Errorf("seed %d: on and on it is %+v, and once %+v", seed, clocks, once)
		}
		for s, n := range news {
			if n > 1 {
				t.Errorf("seed %d: %+v is told %d times", seed, s, n)
			}
		}
		for _, c := range clocks {
			if c.Broken && news[step{c.Kind, c.Cycle, c.Department, c.Started.String(), Breach}] != 1 {
				t.Errorf("seed %d: that %+v was broken is not told", seed, c)
			}
		}
	}
	if told < 100 {
		t.Errorf("only %d steps were told", told)
	}
}

func TestNoEditOfACalendarRewritesWhatIsOver(t *testing.T) {
	kept := 0
	for seed := range lives() {
		ticket, now := randomLife(t, seed)
		dice := rand.New(rand.NewPCG(seed, 7))
		steps(dice, ticket, now, func(ticket *Ticket, now time.Time, before, after []Clock) {
			for _, b := range before {
				a := b.among(after)
				if !b.Ended.IsZero() && !reflect.DeepEqual(a, b) {
					t.Errorf("seed %d: what had ended was %+v and is %+v", seed, b, a)
				}
				for _, i := range b.Intervals {
					if !i.To.IsZero() {
						if kept++; !slices.Contains(a.Intervals, i) {
							t.Errorf("seed %d: of %s %+v is lost: %+v", seed, b.Kind, i, a.Intervals)
						}
					}
				}
			}
			where := ticket.Agreement.Calendar
			edited := *ticket.Agreement
			edited.Calendar = randomCalendar(dice, time.UTC)
			edited.Resolution += time.Hour
			edited.PausedFor = []Party{Parties[dice.IntN(len(Parties))]}
			if ticket.Agreement = &edited; where != nil && edited.Calendar != nil {
				edited.Calendar.Zone = where.Zone
			}
		})
	}
	if kept < 100 {
		t.Errorf("only %d intervals had ended", kept)
	}
}

func TestPeopleAreToldInWorkingTimeAlone(t *testing.T) {
	for seed := range lives() {
		ticket, now := randomLife(t, seed)
		for _, c := range Reckon(ticket, now) {
			calendar := ticket.Agreement.Calendar
			if c.Kind == DepartmentTime {
				calendar = ticket.Departments[c.Department].Calendar
			}
			for _, at := range []time.Time{c.WarnAt, c.EscalateAt} {
				if !at.IsZero() && !calendar.Open(at) {
					t.Errorf("seed %d: %s tells at %s, when nobody works", seed, c.Kind, at)
				}
			}
			if !c.EscalateAt.IsZero() && (c.WarnAt.After(c.EscalateAt) || c.EscalateAt.Before(c.Due)) {
				t.Errorf("seed %d: %s warns at %s, is due at %s and escalates at %s", seed, c.Kind, c.WarnAt, c.Due, c.EscalateAt)
			}
		}
	}
}

func TestExplanationAddsUp(t *testing.T) {
	for seed := range lives() {
		ticket, now := randomLife(t, seed)
		for _, c := range Reckon(ticket, now) {
			calendar := ticket.Agreement.Calendar
			if c.Kind == DepartmentTime {
				calendar = ticket.Departments[c.Department].Calendar
			}
			days := Explain(c, calendar, now)
			used, all := time.Duration(0), time.Duration(0)
			for i, d := range days {
				if i > 0 && d.Date <= days[i-1].Date {
					t.Errorf("seed %d: after %s comes %s", seed, days[i-1].Date, d.Date)
				}
				for _, p := range d.Pieces {
					if all += p.Counted; !p.Ahead {
						used += p.Counted
					}
					if p.Why == Settled || (p.Counted > 0) != (p.Why == Counts) || p.Why == Counts && p.Counted != p.Long() {
						t.Errorf("seed %d: %s has %+v", seed, d.Date, p)
					}
				}
				if d.Left != c.Allowed-all {
					t.Errorf("seed %d: after %s %s are left, not %s", seed, d.Date, d.Left, c.Allowed-all)
				}
			}
			if used != c.Used {
				t.Errorf("seed %d: of %s %s are told, and %s are used", seed, c.Kind, used, c.Used)
			}
			if c.Running() && !c.Broken && !c.Due.IsZero() && all != c.Allowed {
				t.Errorf("seed %d: until %s is due %s are told, not %s", seed, c.Kind, all, c.Allowed)
			}
		}
	}
}
