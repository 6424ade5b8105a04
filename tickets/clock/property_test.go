package clock

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"
)

func TestWhoseTimeItWasAddsUpToTheAge(t *testing.T) {
	for seed := range lives() {
		dice := rand.New(rand.NewPCG(seed, 4))
		ticket, now := randomLife(t, seed)
		for i := range ticket.Moments { // now also at odd times, some of them together, some backwards
			if dice.IntN(2) == 0 {
				ticket.Moments[i].At = ticket.Moments[dice.IntN(len(ticket.Moments))].At.Add(time.Duration(dice.Int64N(int64(time.Hour))))
			}
		}
		for i, m := range ticket.Moments { // and some go on in another ticket for a while
			if m.What == Closed && dice.IntN(2) == 0 {
				ticket.Moments[i].What = Joined
				if i+1 < len(ticket.Moments) && dice.IntN(2) == 0 {
					ticket.Moments[i+1].What = Parted
				}
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
				continue // some departments do not pause for the customer
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
		ticket.Kept = slices.Clone(after)
		slices.Reverse(ticket.Kept) // a store may give them in any order
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
