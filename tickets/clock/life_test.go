package clock

import (
	"math/rand/v2"
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
