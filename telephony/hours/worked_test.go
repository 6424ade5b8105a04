package hours

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"hotline/telephony/words"
)

func place(t testing.TB, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func moment(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestWorkingTimeEndsWhenTheDayClosesAndGoesOnWhenTheNextOpens(t *testing.T) {
	c := &Calendar{
		Week: workdays(Span{clock(9, 0), clock(13, 0)}, Span{clock(14, 0), clock(18, 0)}),
		Dates: map[string][]Span{
			"2026-06-12": nil,                            // a Friday
			"2026-06-13": {{clock(10, 0), clock(12, 0)}}, // a Saturday
		},
		Zone: berlin(t),
	}
	for _, x := range []struct {
		name, at string
		worked   time.Duration
		then     string
	}{
		{"within a day", "2026-06-01T09:30:00+02:00", 90 * time.Minute, "2026-06-01T11:00:00+02:00"},
		{"not through lunch", "2026-06-01T12:30:00+02:00", time.Hour, "2026-06-01T14:30:00+02:00"},
		{"to the end of the morning", "2026-06-01T12:00:00+02:00", time.Hour, "2026-06-01T13:00:00+02:00"},
		{"to the end of the day", "2026-06-01T09:00:00+02:00", 8 * time.Hour, "2026-06-01T18:00:00+02:00"},
		{"over the weekend", "2026-06-05T16:00:00+02:00", 3 * time.Hour, "2026-06-08T10:00:00+02:00"},
		{"from the night", "2026-06-05T23:00:00+02:00", time.Hour, "2026-06-08T10:00:00+02:00"},
		{"over a holiday, and a Saturday that is worked", "2026-06-11T17:00:00+02:00", 4 * time.Hour, "2026-06-15T10:00:00+02:00"},
		{"nothing in the night", "2026-06-05T23:00:00+02:00", 0, "2026-06-05T23:00:00+02:00"},
		{"less than nothing", "2026-06-05T23:00:00+02:00", -time.Hour, "2026-06-05T23:00:00+02:00"},
		{"to the nanosecond", "2026-06-01T17:59:59+02:00", time.Second + 1, "2026-06-02T09:00:00.000000001+02:00"},
	} {
		at := moment(t, x.at)
		then, ok := c.Add(at.UTC(), x.worked) // the zone in which the moment is written does not matter
		if !ok || then.Format(time.RFC3339Nano) != x.then {
			t.Errorf("%s: %s after %s it is %s, %v, not %s", x.name, x.worked, x.at, then.Format(time.RFC3339Nano), ok, x.then)
		}
		if got := c.Between(at, then); got != max(x.worked, 0) {
			t.Errorf("%s: between %s and %s %s are worked", x.name, x.at, x.then, got)
		}
	}
}

func TestWorkingTimeThatNeverComesIsNotPromised(t *testing.T) {
	at := moment(t, "2026-06-01T09:00:00Z")
	once := &Calendar{Dates: map[string][]Span{"2027-06-01": {{clock(9, 0), clock(10, 0)}}}}
	if then, ok := once.Add(at, time.Hour); !ok || !then.Equal(moment(t, "2027-06-01T10:00:00Z")) {
		t.Errorf("the only hour ends at %s, %v", then, ok)
	}
	for name, c := range map[string]*Calendar{"the only hour": once, "no hour": {}} {
		if then, ok := c.Add(at, time.Hour+time.Minute); ok {
			t.Errorf("an hour and a minute of %s end at %s", name, then)
		}
	}
}

func TestAlwaysOpenWorksEachSecond(t *testing.T) {
	var always *Calendar
	at := moment(t, "2026-10-24T22:00:00+02:00").In(berlin(t)) // a night of 25 hours follows
	then, ok := always.Add(at, 30*time.Hour)
	if !ok || then.Sub(at) != 30*time.Hour || always.Between(at, then) != 30*time.Hour || always.Between(then, at) != 0 {
		t.Errorf("30 hours end at %s, %v", then, ok)
	}
	var long []time.Duration
	for d := range always.Days(at, then) {
		if len(d.Open) != 1 || d.Open[0] != d.Stretch {
			t.Errorf("%s is open %v", d.Date, d.Open)
		}
		long = append(long, d.Worked())
	}
	if want := []time.Duration{2 * time.Hour, 25 * time.Hour, 3 * time.Hour}; !slices.Equal(long, want) {
		t.Errorf("the days have %v, not %v", long, want)
	}
}

func TestDaysNameTheHolidayAndSayWhatIsOpen(t *testing.T) {
	eve := words.Text{"ru": "Новый год", "en": "New Year"}
	c := &Calendar{
		Week:  workdays(Span{clock(9, 0), clock(18, 0)}),
		Dates: map[string][]Span{"2026-12-31": {{clock(9, 0), clock(15, 0)}}, "2027-01-01": nil},
		Names: map[string]words.Text{"2027-01-01": eve},
		Zone:  place(t, "Asia/Vladivostok"),
	}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	days := slices.Collect(c.Days(moment(t, "2026-12-31T10:00:00+10:00"), moment(t, "2027-01-04T09:30:00+10:00")))
	for i, want := range []struct {
		date, name string
		unusual    bool
		worked     time.Duration
	}{
		{"2026-12-31", "", true, 5 * time.Hour},
		{"2027-01-01", "New Year", true, 0},
		{"2027-01-02", "", false, 0},
		{"2027-01-03", "", false, 0},
		{"2027-01-04", "", false, 30 * time.Minute},
	} {
		if i >= len(days) {
			t.Fatalf("only %d days", len(days))
		}
		if d := days[i]; d.Date != want.date || d.Name.In("en") != want.name || d.Unusual != want.unusual || d.Worked() != want.worked {
			t.Errorf("day %d is %+v, not %+v", i, d, want)
		}
	}
	if len(days) != 5 || !days[4].To.Equal(moment(t, "2027-01-04T09:30:00+10:00")) {
		t.Errorf("there are %d days", len(days))
	}
}

func TestDayOnWhichTheClockIsSetHasItsOwnLength(t *testing.T) {
	for _, x := range []struct {
		zone, date string
		long       time.Duration
	}{
		{"Europe/Berlin", "2026-03-29", 23 * time.Hour},
		{"Europe/Berlin", "2026-10-25", 25 * time.Hour},
		{"America/Santiago", "2026-09-06", 23 * time.Hour}, // its midnight is skipped
		{"America/Santiago", "2026-04-04", 25 * time.Hour}, // has its last hour twice
		{"Australia/Lord_Howe", "2026-10-04", 23*time.Hour + 30*time.Minute},
	} {
		where := place(t, x.zone)
		noon, err := time.ParseInLocation(time.DateOnly+" 15:04", x.date+" 12:00", where)
		if err != nil {
			t.Fatal(err)
		}
		c := &always
		days := slices.Collect(c.Days(DayBegins(noon, 0), DayBegins(noon, 1)))
		if len(days) != 1 || days[0].Date != x.date || days[0].Long() != x.long || days[0].Worked() != x.long || len(days[0].Open) != 1 {
			t.Errorf("%s in %s is %+v, not one day of %s", x.date, x.zone, days, x.long)
		}
	}
	apia := &Calendar{Week: always.Week, Zone: place(t, "Pacific/Apia")}
	var dates []string
	for d := range apia.Days(moment(t, "2011-12-29T12:00:00-10:00"), moment(t, "2011-12-31T12:00:00+14:00")) {
		dates = append(dates, d.Date)
	}
	if want := []string{"2011-12-29", "2011-12-31"}; !slices.Equal(dates, want) {
		t.Errorf("Samoa, which skipped a day, had %v", dates)
	}
}

// Working time is what counting minute by minute finds, wherever the clock is set.
func TestWorkingTimeIsTheSumOfItsMinutes(t *testing.T) {
	turns := []struct{ zone, around string }{
		{"Europe/Berlin", "2026-03-29T00:00:00Z"}, {"Europe/Berlin", "2026-10-25T00:00:00Z"},
		{"America/Santiago", "2026-09-06T00:00:00Z"}, {"America/Santiago", "2026-04-05T00:00:00Z"},
		{"Australia/Lord_Howe", "2026-10-03T12:00:00Z"}, {"Australia/Lord_Howe", "2026-04-04T12:00:00Z"},
		{"Pacific/Apia", "2011-12-30T00:00:00Z"}, {"America/St_Johns", "2010-11-07T00:00:00Z"},
		{"Asia/Kolkata", "2026-06-01T00:00:00Z"}, {"UTC", "2026-12-31T00:00:00Z"},
	}
	seeds := uint64(20)
	if testing.Short() {
		seeds = 4
	}
	for _, turn := range turns {
		where, around := place(t, turn.zone), moment(t, turn.around)
		for seed := range seeds {
			dice := rand.New(rand.NewPCG(seed, 2))
			c := &Calendar{Dates: map[string][]Span{}, Zone: where}
			for d := range c.Week {
				c.Week[d] = someSpans(dice)
			}
			for day := -3; day < 3; day++ {
				if dice.IntN(3) == 0 {
					c.Dates[around.AddDate(0, 0, day).In(where).Format(time.DateOnly)] = someSpans(dice)
				}
			}
			if err := c.Check(); err != nil {
				t.Fatal(err)
			}
			from := around.Add(time.Duration(dice.IntN(4*24*60)-4*24*60) * time.Minute)
			to := around.Add(time.Duration(dice.IntN(4*24*60)) * time.Minute)
			worked, then, half := time.Duration(0), from, from
			for at := from; at.Before(to); at = at.Add(time.Minute) {
				if c.Open(at) {
					worked += time.Minute
					then = at.Add(time.Minute)
				}
				if dice.IntN(500) == 0 {
					half = at
				}
			}
			if got := c.Between(from, to); got != worked {
				t.Errorf("%s, seed %d: from %s to %s %s are worked, not %s", turn.zone, seed, from, to, got, worked)
			}
			if got, ok := c.Add(from, worked); !ok || !got.Equal(then) {
				t.Errorf("%s, seed %d: %s after %s it is %s, not %s", turn.zone, seed, worked, from, got, then)
			}
			if got := c.Between(from, half) + c.Between(half, to); got != worked {
				t.Errorf("%s, seed %d: cut at %s, %s are worked, not %s", turn.zone, seed, half, got, worked)
			}
			sum, end := time.Duration(0), from
			for d := range c.Days(from, to) {
				sum += d.Worked()
				if !d.From.Equal(end) || d.From.Format(time.DateOnly) != d.Date {
					t.Errorf("%s, seed %d: %s begins at %s, after %s", turn.zone, seed, d.Date, d.From, end)
				}
				end = d.To
			}
			if sum != worked || !end.Equal(to) {
				t.Errorf("%s, seed %d: the days until %s have %s, not %s", turn.zone, seed, end, sum, worked)
			}
		}
	}
}

// someSpans are none to three of a day, on whole minutes.
func someSpans(dice *rand.Rand) (spans []Span) {
	edges := make([]int, 2*dice.IntN(4))
	for i := range edges {
		edges[i] = dice.IntN(24*60 + 1)
	}
	slices.Sort(edges)
	for i := 0; i < len(edges); i += 2 {
		if edges[i] < edges[i+1] {
			spans = append(spans, Span{clock(0, edges[i]), clock(0, edges[i+1])})
		}
	}
	return spans
}

func TestFiveYearsAreAFewThousandSteps(t *testing.T) {
	from := moment(t, "2026-01-01T00:00:00Z")
	steps := 0
	for range pieces(from.In(berlin(t)), from.AddDate(5, 0, 0)) {
		steps++
	}
	if steps > 2000 {
		t.Errorf("five years are %d steps", steps)
	}
	c := &Calendar{Week: workdays(Span{clock(9, 0), clock(18, 0)}), Dates: map[string][]Span{"2026-05-01": nil}, Zone: berlin(t)}
	if n := testing.AllocsPerRun(5, func() { c.Between(from, from.AddDate(5, 0, 0)) }); n > 20 {
		t.Errorf("to count five years takes %v allocations", n)
	}
}

func TestNameOfADateThatCannotBeIsRefused(t *testing.T) {
	for want, names := range map[string]map[string]words.Text{
		`"May Day" has a name and is no date`: {"May Day": {"en": "May Day"}},
		`2026-05-01: its name is empty`:       {"2026-05-01": {}},
	} {
		if err := (&Calendar{Names: names}).Check(); err == nil || err.Error() != want {
			t.Errorf("%v, not %s", err, want)
		}
	}
}
