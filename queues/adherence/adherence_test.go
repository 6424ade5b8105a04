package adherence

import (
	"fmt"
	"math/rand"
	"reflect"
	"strings"
	"testing"
	"time"

	"hotline/queues"
	"hotline/telephony/hours"
)

func place(t testing.TB, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// office works 09:00–18:00 on weekdays, with lunch from 13:00 to 14:00.
func office(breaks bool) (r Rota) {
	for d := time.Monday; d <= time.Friday; d++ {
		r.Week[d] = []Span{{9 * time.Hour, 18 * time.Hour}}
	}
	if breaks {
		r.Breaks = []Span{{13 * time.Hour, 14 * time.Hour}}
	}
	return r
}

// day is a Wednesday in Moscow, on which each line says since when somebody was what: "09:05 ready", "13:00 away lunch 13:45".
func day(t *testing.T, r Rota, now string, lines ...string) (a Account, told string) {
	t.Helper()
	moscow := place(t, "Europe/Moscow")
	at := func(clock string) time.Time {
		when, err := time.ParseInLocation("2006-01-02 15:04", "2026-11-25 "+clock, moscow)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	var spells []Spell
	for _, l := range lines {
		f := append(strings.Fields(l), "", "")
		s := Spell{From: at(f[0]), Is: State(f[1]), Reason: queues.Reason(f[2])}
		if f[3] != "" {
			s.Until = at(f[3])
		}
		spells = append(spells, s)
	}
	a = r.Reckon(moscow, hours.Stretch{From: at("00:00"), To: at("00:00").AddDate(0, 0, 1)}, spells, at(now))
	for _, e := range a.Exceptions {
		end := "…"
		if !e.To.IsZero() {
			end = e.To.In(moscow).Format("15:04")
		}
		told += strings.TrimSpace(fmt.Sprintf("%s %s-%s lost %s %s", e.Kind, e.From.In(moscow).Format("15:04"), end, e.Lost, e.Reason)) + "; "
	}
	return a, strings.TrimSuffix(told, "; ")
}

func TestADayIsHeldBesideItsPlan(t *testing.T) {
	for name, c := range map[string]struct {
		breaks        bool
		now           string
		was           []string
		planned, kept time.Duration
		told          string
	}{
		"as planned":               {false, "23:00", []string{"08:59 ready", "18:01 out"}, 9 * time.Hour, 9 * time.Hour, ""},
		"calls past the end":       {false, "23:00", []string{"09:00 ready", "18:30 out"}, 9 * time.Hour, 9 * time.Hour, "unplanned 18:00-18:30 lost 0s"},
		"late, early":              {false, "23:00", []string{"09:10 ready", "17:00 out"}, 9 * time.Hour, 7*time.Hour + 50*time.Minute, "late 09:00-09:10 lost 10m0s; early 17:00-18:00 lost 1h0m0s"},
		"a minute is no exception": {false, "23:00", []string{"09:01 ready", "18:00 out"}, 9 * time.Hour, 9*time.Hour - time.Minute, ""},
		"did not come":             {false, "23:00", nil, 9 * time.Hour, 0, "absent 09:00-18:00 lost 9h0m0s"},
		"has not come yet":         {false, "09:30", nil, 30 * time.Minute, 0, "late 09:00-… lost 30m0s"},
		"is gone":                  {false, "12:30", []string{"09:00 ready", "12:00 out"}, 210 * time.Minute, 180 * time.Minute, "gone 12:00-… lost 30m0s"},
		"was gone":                 {false, "23:00", []string{"09:00 ready", "12:00 out", "12:30 ready", "18:00 out"}, 9 * time.Hour, 510 * time.Minute, "gone 12:00-12:30 lost 30m0s"},
		"a break too long":         {false, "23:00", []string{"09:00 ready", "11:00 away break 11:15", "11:40 ready", "18:00 out"}, 9 * time.Hour, 515 * time.Minute, "break_too_long 11:15-11:40 lost 25m0s break"},
		"a lost connection":        {false, "23:00", []string{"09:00 ready", "11:00 away connection_lost", "11:10 ready", "18:00 out"}, 9 * time.Hour, 530 * time.Minute, "sent_away 11:00-11:10 lost 10m0s connection_lost"},
		"a call while not ready":   {false, "23:00", []string{"09:00 ready", "11:00 away connection_lost", "11:01 working", "18:00 out"}, 9 * time.Hour, 539 * time.Minute, ""},
		"planned lunch":            {true, "23:00", []string{"09:00 ready", "13:00 away lunch 13:45", "14:00 ready", "18:00 out"}, 8 * time.Hour, 8 * time.Hour, ""},
		"out for lunch":            {true, "23:00", []string{"09:00 ready", "13:00 out", "14:20 ready", "18:00 out"}, 8 * time.Hour, 460 * time.Minute, "gone 14:00-14:20 lost 20m0s"},
		"lunch at another time":    {true, "23:00", []string{"09:00 ready", "12:00 away lunch 12:45", "12:30 ready", "18:00 out"}, 8 * time.Hour, 450 * time.Minute, "off_break 12:00-12:30 lost 30m0s lunch"},
		"training counts":          {true, "23:00", []string{"09:00 ready", "10:00 away training 12:00", "11:30 ready", "18:00 out"}, 8 * time.Hour, 8 * time.Hour, ""},
		"late over lunch":          {true, "23:00", []string{"15:00 ready", "18:00 out"}, 8 * time.Hour, 3 * time.Hour, "late 09:00-15:00 lost 5h0m0s"},
		"before it begins":         {false, "08:00", nil, 0, 0, ""},
		"works early":              {false, "08:00", []string{"07:00 ready"}, 0, 0, "unplanned 07:00-… lost 0s"},
	} {
		a, told := day(t, office(c.breaks), c.now, c.was...)
		if a.Planned != c.planned || a.Kept != c.kept || told != c.told {
			t.Errorf("%s: planned %s (want %s), kept %s (want %s), told %q (want %q)", name, a.Planned, c.planned, a.Kept, c.kept, told, c.told)
		}
	}
}

func TestNobodyIsExpectedOnTheirDayOff(t *testing.T) {
	r := office(false)
	r.Dates = map[string][]Span{"2026-11-25": {}}
	if a, told := day(t, r, "23:00"); a.Planned != 0 || told != "" || len(a.Shifts) != 0 {
		t.Errorf("planned %s, told %q", a.Planned, told)
	}
	r.Dates["2026-11-25"] = []Span{{10 * time.Hour, 12 * time.Hour}}
	if a, told := day(t, r, "23:00"); a.Planned != 2*time.Hour || told != "absent 10:00-12:00 lost 2h0m0s" {
		t.Errorf("planned %s, told %q", a.Planned, told)
	}
}

func TestANightShiftBelongsToNoSingleDayAndIsLateOnce(t *testing.T) {
	berlin := place(t, "Europe/Berlin")
	var r Rota
	r.Week[time.Saturday] = []Span{{20 * time.Hour, 33 * time.Hour}}                                         // until nine on Sunday
	for date, long := range map[string]time.Duration{"2026-03-28": 12, "2026-10-24": 14, "2026-11-21": 13} { // the clock is set forward, back, and not
		from, _ := time.ParseInLocation(time.DateOnly, date, berlin)
		middle := hours.DayBegins(from, 1)
		end := hours.DayBegins(from, 2)
		spells := []Spell{{From: from.Add(20*time.Hour + 10*time.Minute), Is: Ready}, {From: end.Add(-12 * time.Hour), Is: Out}}
		first := r.Reckon(berlin, hours.Stretch{From: from, To: middle}, spells, end)
		second := r.Reckon(berlin, hours.Stretch{From: middle, To: end}, spells, end)
		if sum := first.Planned + second.Planned; sum != long*time.Hour || first.Planned != 4*time.Hour {
			t.Errorf("%s: planned are %s and %s, together not %d h", date, first.Planned, second.Planned, long)
		}
		if len(first.Exceptions) != 1 || first.Exceptions[0].Kind != Late || len(second.Exceptions) != 1 || second.Exceptions[0].Kind != Unplanned {
			t.Errorf("%s: the first day tells %+v, the second %+v", date, first.Exceptions, second.Exceptions)
		}
	}
}

// anyRota and anySpells are a plan and a story of some days.
func anyRota(dice *rand.Rand) (r Rota) {
	span := func() Span {
		from := time.Duration(dice.Intn(24*4)) * 15 * time.Minute
		return Span{from, from + time.Duration(1+dice.Intn(14*4))*15*time.Minute}
	}
	for d := range r.Week {
		for range dice.Intn(3) {
			r.Week[d] = append(r.Week[d], span())
		}
	}
	if dice.Intn(2) == 0 {
		s := span()
		r.Breaks = []Span{{s.From, s.From + 30*time.Minute}}
	}
	return r
}

func anySpells(dice *rand.Rand, from time.Time) (all []Spell) {
	at := from.Add(-4 * aDay)
	for at.Before(from.Add(6 * aDay)) {
		s := Spell{From: at, Is: []State{Out, Ready, Working, Away}[dice.Intn(4)]}
		if s.Is == Away {
			s.Reason = []queues.Reason{queues.Break, queues.Lunch, queues.Training, queues.MissedCall}[dice.Intn(4)]
			if dice.Intn(2) == 0 {
				s.Until = at.Add(time.Duration(dice.Intn(90)) * time.Minute)
			}
		}
		all = append(all, s)
		at = at.Add(time.Duration(1+dice.Intn(600)) * time.Minute)
	}
	return all
}

func TestTimesAddUpWhereverTheClockIsSet(t *testing.T) {
	dice := rand.New(rand.NewSource(12))
	for n := range 400 {
		zone := []string{"Europe/Moscow", "Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "America/Santiago", "Asia/Kathmandu"}[n%6]
		where := place(t, zone)
		from := time.Date(2026, time.Month(1+dice.Intn(12)), 1+dice.Intn(28), dice.Intn(24), 0, 0, 0, time.UTC)
		if n%2 == 0 { // around the nights on which clocks are set
			from = []time.Time{time.Date(2026, 3, 27, 12, 0, 0, 0, time.UTC), time.Date(2026, 10, 23, 12, 0, 0, 0, time.UTC), time.Date(2026, 4, 3, 12, 0, 0, 0, time.UTC), time.Date(2026, 3, 7, 1, 0, 0, 0, time.UTC)}[dice.Intn(4)]
		}
		r, spells := anyRota(dice), anySpells(dice, from)
		whole := hours.Stretch{From: from, To: from.Add(time.Duration(1+dice.Intn(72)) * time.Hour)}
		now := whole.From.Add(time.Duration(dice.Intn(80)) * time.Hour)
		middle := whole.From.Add(time.Duration(dice.Int63n(int64(whole.Long()))).Truncate(time.Minute))
		all := r.Reckon(where, whole, spells, now)
		sums := Sums{}
		var told []Exception
		for _, part := range []hours.Stretch{{From: whole.From, To: middle}, {From: middle, To: whole.To}} {
			a := r.Reckon(where, part, spells, now)
			sums.Add(a.Sums)
			told = append(told, a.Exceptions...)
		}
		if sums != all.Sums {
			t.Fatalf("%d, %s: the parts are %+v, the whole %+v", n, zone, sums, all.Sums)
		}
		if fmt.Sprint(told) != fmt.Sprint(all.Exceptions) && !neverStops(all.Shifts) {
			t.Fatalf("%d, %s: the parts tell\n%v\nthe whole\n%v", n, zone, told, all.Exceptions)
		}
		if planned, kept, outside := byMinutes(r, where, whole, spells, now); all.Planned != planned || all.Kept != kept || all.Outside != outside {
			t.Fatalf("%d, %s: planned %s kept %s outside %s, minute by minute %s %s %s", n, zone, all.Planned, all.Kept, all.Outside, planned, kept, outside)
		}
		if all.Kept > all.Planned {
			t.Fatalf("%d: %s of %s are kept", n, all.Kept, all.Planned)
		}
	}
}

// neverStops says whether a shift is so long that it may be cut: see Rota.Shifts.
func neverStops(shifts []hours.Stretch) bool {
	for _, s := range shifts {
		if s.Long() > 2*aDay {
			return true
		}
	}
	return false
}

// byMinutes counts minute by minute, by the clock on the wall.
func byMinutes(r Rota, where *time.Location, in hours.Stretch, spells []Spell, now time.Time) (planned, kept, outside time.Duration) {
	for at := in.From; at.Before(in.To) && at.Before(now); at = at.Add(time.Minute) {
		wall := at.In(where)
		y, m, d := wall.Date()
		clock := time.Duration(wall.Hour())*time.Hour + time.Duration(wall.Minute())*time.Minute
		within := func(today, yesterday []Span) bool {
			for _, s := range today {
				if s.From <= clock && clock < s.To {
					return true
				}
			}
			for _, s := range yesterday {
				if s.From <= clock+aDay && clock+aDay < s.To {
					return true
				}
			}
			return false
		}
		date := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
		works := within(r.on(date), r.on(date.AddDate(0, 0, -1)))
		rests := within(r.Breaks, r.Breaks)
		is := Spell{Is: Out}
		for _, s := range spells {
			if !s.From.After(at) {
				is = s
			}
		}
		ok := is.Is == Ready || is.Is == Working
		if is.Is == Away && is.Reason != queues.MissedCall && (is.Until.IsZero() || at.Before(is.Until)) {
			ok = is.Reason == queues.Training || len(r.Breaks) == 0
		}
		switch {
		case works && !rests:
			planned += time.Minute
			if ok {
				kept += time.Minute
			}
		case !works && (is.Is == Ready || is.Is == Working):
			outside += time.Minute
		}
	}
	return planned, kept, outside
}

func TestWhatSomebodyIsNowIsHeldBesideThePlan(t *testing.T) {
	moscow := place(t, "Europe/Moscow")
	at := func(clock string) time.Time {
		when, _ := time.ParseInLocation("2006-01-02 15:04", "2026-11-25 "+clock, moscow)
		return when
	}
	for name, c := range map[string]struct {
		is   Spell
		now  string
		want Exception
	}{
		"not come":     {Spell{Is: Out}, "09:10", Exception{Kind: Late, From: at("09:00"), Lost: 10 * time.Minute}},
		"just late":    {Spell{Is: Out}, "09:01", Exception{}},
		"gone":         {Spell{From: at("11:00"), Is: Out}, "11:30", Exception{Kind: Gone, From: at("11:00"), Lost: 30 * time.Minute}},
		"long break":   {Spell{From: at("11:00"), Is: Away, Reason: queues.Break, Until: at("11:15")}, "11:30", Exception{Kind: BreakTooLong, From: at("11:15"), Lost: 15 * time.Minute, Reason: queues.Break}},
		"break":        {Spell{From: at("11:00"), Is: Away, Reason: queues.Break, Until: at("11:15")}, "11:10", Exception{}},
		"ready":        {Spell{From: at("08:00"), Is: Ready}, "11:30", Exception{}},
		"after it":     {Spell{From: at("08:00"), Is: Ready}, "18:30", Exception{Kind: Unplanned, From: at("18:00")}},
		"never stops":  {Spell{Is: Out}, "18:30", Exception{Kind: Late, From: at("18:30").Add(-Before), Lost: Before}},
		"out after it": {Spell{From: at("18:00"), Is: Out}, "18:30", Exception{}},
	} {
		r := office(false)
		if name == "never stops" {
			for d := range r.Week {
				r.Week[d] = []Span{{0, aDay}}
			}
		}
		got, off := r.Now(moscow, c.is, at(c.now))
		got.From, c.want.From = got.From.UTC(), c.want.From.UTC()
		if off != (c.want.Kind != "") || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, not %+v", name, got, c.want)
		}
	}
}

// Who has somebody on the line works, whatever they do there, also where they are about to be away or have signed out.
func TestWhoIsInACallWorks(t *testing.T) {
	for _, is := range []queues.Activity{queues.Talking, queues.OnHold, queues.Consulting, queues.WrapUp} {
		for _, availability := range []queues.Availability{queues.NotReady, queues.SignedOut} {
			if s := SpellOf(&queues.AgentState{Availability: availability, Activity: is}, time.Now()); s.Is != Working {
				t.Errorf("%s and %s is %s", availability, is, s.Is)
			}
		}
	}
}
