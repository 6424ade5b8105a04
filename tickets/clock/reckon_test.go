package clock

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"hotline/telephony/hours"
	"hotline/tickets"
)

// opened is a ticket of a contract, opened at a time by the first line.
func opened(t testing.TB, at string, further ...Moment) Ticket {
	t.Helper()
	first := Moment{At: june(t, at), What: Opened, Party: FirstLine, Department: "line"}
	return Ticket{Agreement: contract(t), Moments: append([]Moment{first}, further...)}
}

func waits(t testing.TB, at string, for_ Party) Moment {
	t.Helper()
	return Moment{At: june(t, at), What: Moved, Party: for_, Department: "line"}
}

// frappe/helpdesk 2212
func TestNoClockRunsThroughLunch(t *testing.T) {
	clocks := Reckon(opened(t, "1 12:30"), june(t, "1 13:45"))
	c := one(t, clocks, Reaction, 1)
	due(t, c, "1 15:30")
	if c.Used != 30*time.Minute || c.Left() != 90*time.Minute {
		t.Errorf("during lunch %s are used", c.Used)
	}
}

// zammad 4432
func TestNobodyIsToldAtMidnightOrOnASunday(t *testing.T) {
	ticket := opened(t, "5 16:00") // a Friday, and its last two hours
	c := one(t, Reckon(ticket, june(t, "5 16:00")), Reaction, 1)
	due(t, c, "5 18:00")
	if !c.EscalateAt.Equal(june(t, "8 09:00")) {
		t.Errorf("that Friday's work ended without a reaction is told on %s", c.EscalateAt)
	}
	ticket.Agreement.Warn = Warn{Before: time.Hour}
	ticket.Agreement.Reaction = 3 * time.Hour // so that the warning falls on Friday's end
	if c := one(t, Reckon(ticket, june(t, "5 16:00")), Reaction, 1); !c.WarnAt.Equal(june(t, "8 09:00")) || !c.Due.Equal(june(t, "8 10:00")) {
		t.Errorf("the warning is on %s", c.WarnAt)
	}
	for day := 1; day < 29; day++ {
		for hour := range 24 {
			ticket.Moments[0].At = time.Date(2026, 6, day, hour, 17, 0, 0, ticket.Agreement.Calendar.Zone)
			for _, c := range Reckon(ticket, ticket.Moments[0].At) {
				if !c.Running() || !ticket.Agreement.Calendar.Open(c.WarnAt) || !ticket.Agreement.Calendar.Open(c.EscalateAt) {
					t.Errorf("opened on the %d. at %d o'clock, %s warns on %s and escalates on %s", day, hour, c.Kind, c.WarnAt, c.EscalateAt)
				}
			}
		}
	}
}

// zammad 5624
func TestClockOfTheOldDepartmentEndsAtTheHandOver(t *testing.T) {
	handed := Moment{At: june(t, "1 10:00"), What: Moved, Party: Department, Department: "technical"}
	ticket := opened(t, "1 09:00", handed,
		Moment{At: june(t, "1 11:00"), What: Moved, Party: Department, Department: "technical", Person: "bob"},
		Moment{At: june(t, "2 10:00"), What: Moved, Party: Department, Department: "field"},
	)
	ticket.Departments = map[string]DepartmentAgreement{
		"technical": {Calendar: office(t), Within: 4 * time.Hour},
		"field":     {Calendar: office(t), Within: 4 * time.Hour},
	}
	var stays []Clock
	for _, c := range Reckon(ticket, june(t, "2 15:00")) {
		if c.Kind == DepartmentTime {
			stays = append(stays, c)
		}
	}
	if len(stays) != 2 {
		t.Fatalf("there are %d departments' clocks", len(stays))
	}
	old, present := stays[0], stays[1]
	if old.Department != "technical" || !old.Ended.Equal(june(t, "2 10:00")) || old.Running() || !old.Broken || old.Used != 8*time.Hour {
		t.Errorf("the old department's clock is %+v", old)
	}
	due(t, old, "1 15:00") // from the hand-over, and not from the opening
	due(t, present, "2 15:00")
	if e, ok := Next([]Clock{old}); ok {
		t.Errorf("the old department waits for %+v", e)
	}
}

func TestVendorsTimeIsTheCustomersAndNotTheDepartments(t *testing.T) {
	ticket := opened(t, "1 09:00", Moment{At: june(t, "1 10:00"), What: Moved, Party: Vendor, Department: "line"})
	ticket.Departments = map[string]DepartmentAgreement{"line": {Calendar: office(t), Within: 4 * time.Hour}}
	clocks := Reckon(ticket, june(t, "1 12:00"))
	due(t, one(t, clocks, Resolution, 1), "2 18:00")
	if c := one(t, clocks, DepartmentTime, 1); c.PausedBy != Vendor || c.Used != time.Hour || !c.Due.IsZero() || !c.WarnAt.IsZero() || !c.EscalateAt.IsZero() {
		t.Errorf("the department's clock is %+v", c)
	}
}

// zammad 3140
func TestReactionClockEndsWhenAPersonAnswersAndNeverStartsAgain(t *testing.T) {
	ticket := opened(t, "1 09:00",
		Moment{At: june(t, "1 10:00"), What: Reacted},
		waits(t, "1 11:00", Customer), waits(t, "3 11:00", FirstLine),
		Moment{At: june(t, "3 12:00"), What: Reacted},
	)
	c := one(t, Reckon(ticket, june(t, "5 12:00")), Reaction, 1)
	if !c.Ended.Equal(june(t, "1 10:00")) || c.Broken || c.Used != time.Hour {
		t.Errorf("the clock is %+v", c)
	}
	solvedAtOnce := opened(t, "1 09:00", Moment{At: june(t, "1 10:00"), What: Solved, Party: Customer})
	if c := one(t, Reckon(solvedAtOnce, june(t, "5 12:00")), Reaction, 1); !c.Ended.Equal(june(t, "1 10:00")) || c.Broken {
		t.Errorf("solved at once, the clock is %+v", c)
	}
}

// zammad 5177
func TestNoClockOverrulesAnother(t *testing.T) {
	ticket := opened(t, "1 09:00")
	ticket.Departments = map[string]DepartmentAgreement{"line": {Calendar: office(t), Within: time.Hour}}
	before := Reckon(ticket, june(t, "1 09:30"))
	due(t, one(t, before, Reaction, 1), "1 11:00")
	due(t, one(t, before, Resolution, 1), "2 18:00")
	due(t, one(t, before, DepartmentTime, 1), "1 10:00")
	ticket.Moments = append(ticket.Moments,
		Moment{At: june(t, "1 09:40"), What: Reacted},
		Moment{At: june(t, "1 09:50"), What: Moved, Party: Department, Department: "technical"})
	after := Reckon(ticket, june(t, "1 10:00"))
	was, is := one(t, before, Resolution, 1), one(t, after, Resolution, 1)
	if !was.Due.Equal(is.Due) || !was.WarnAt.Equal(is.WarnAt) || !is.Started.Equal(june(t, "1 09:00")) {
		t.Errorf("the clock of resolution was due at %s and is due at %s", was.Due, is.Due)
	}
	if c := one(t, after, Reaction, 1); c.Broken || c.Ended.IsZero() {
		t.Errorf("the clock of reaction is %+v", c)
	}
}

// glpi 15429
func TestCalendarHangsWhereItsPeopleAre(t *testing.T) {
	far := office(t)
	far.Zone = place(t, "Asia/Vladivostok") // seven hours ahead of Moscow
	ticket := opened(t, "1 10:00")
	ticket.Agreement.Calendar = far
	c := one(t, Reckon(ticket, june(t, "1 11:00")), Reaction, 1) // 17:00 and 18:00 there
	due(t, c, "2 03:00")
	if c.Used != time.Hour || c.Due.Format("15:04") != "10:00" {
		t.Errorf("at %s %s are used", c.Due, c.Used)
	}
	for i, m := range ticket.Moments { // it does not matter where a history was written down
		ticket.Moments[i].At = m.At.UTC()
	}
	if utc := one(t, Reckon(ticket, june(t, "1 11:00").UTC()), Reaction, 1); !utc.Due.Equal(c.Due) || utc.Used != c.Used {
		t.Errorf("written in UTC it is due at %s", utc.Due)
	}
}

// glpi 10594
func TestPauseIsTakenOffByItsOverlapWithWorkingTime(t *testing.T) {
	for _, x := range []struct{ name, from, to, due string }{
		{"none", "", "", "2 18:00"},
		{"within the morning", "1 10:00", "1 11:00", "3 10:00"},
		{"through lunch", "1 12:30", "1 14:30", "3 10:00"},
		{"through the night", "1 17:30", "2 09:30", "3 10:00"},
		{"in the night alone", "1 18:00", "2 09:00", "2 18:00"},
		{"for two days", "1 10:00", "3 10:00", "4 18:00"},
	} {
		ticket := opened(t, "1 09:00")
		if x.from != "" {
			ticket.Moments = append(ticket.Moments, waits(t, x.from, Customer), waits(t, x.to, FirstLine))
		}
		c := one(t, Reckon(ticket, june(t, "3 12:00")), Resolution, 1)
		if want := june(t, x.due); !c.Due.Equal(want) {
			t.Errorf("%s: due at %s, not %s", x.name, c.Due, want)
		}
	}
}

func TestClockThatStandsStillIsDueAtNoTimeAndTellsNothing(t *testing.T) {
	ticket := opened(t, "1 09:00", waits(t, "1 10:00", Scheduled))
	clocks := Reckon(ticket, june(t, "20 10:00"))
	for _, c := range clocks {
		if c.PausedBy != Scheduled || !c.Due.IsZero() || c.Used != time.Hour || c.Broken || c.Running() {
			t.Errorf("the clock is %+v", c)
		}
	}
	if e, ok := Next(clocks); ok {
		t.Errorf("there is to happen %+v", e)
	}
}

func TestWhatRanOutBeforeAPauseStaysDueAndIsToldAfterIt(t *testing.T) {
	ticket := opened(t, "5 16:00", waits(t, "6 10:00", Customer)) // on Saturday
	c := one(t, Reckon(ticket, june(t, "9 10:00")), Reaction, 1)
	if due(t, c, "5 18:00"); !c.Broken || c.Escalated || !c.EscalateAt.IsZero() || c.PausedBy != Customer {
		t.Errorf("while the customer is awaited the clock is %+v", c)
	}
	ticket.Moments = append(ticket.Moments, waits(t, "9 20:00", FirstLine))
	if c := one(t, Reckon(ticket, june(t, "9 21:00")), Reaction, 1); !c.EscalateAt.Equal(june(t, "10 09:00")) {
		t.Errorf("it is told on %s", c.EscalateAt)
	}
}

// glpi 6902
func TestAnotherAgreementRemembersThePauses(t *testing.T) {
	ticket := opened(t, "1 09:00", waits(t, "2 10:00", Customer), waits(t, "4 10:00", FirstLine))
	ticket.Kept = Reckon(ticket, june(t, "4 12:00"))
	ticket.Agreement = &Agreement{ID: "better", Target: Target{Resolution: 30 * time.Hour}} // around the clock
	c := one(t, Reckon(ticket, june(t, "4 12:00")), Resolution, 1)
	due(t, c, "4 15:00")
	if c.Agreement != "better" || c.Used != 27*time.Hour {
		t.Errorf("the clock is %+v", c)
	}
}

func TestPriorityHasItsOwnTargets(t *testing.T) {
	ticket := opened(t, "1 09:00")
	ticket.Agreement.Priorities = map[tickets.Priority]Target{tickets.MostUrgent: {Reaction: 15 * time.Minute}}
	ticket.Priority = tickets.MostUrgent
	clocks := Reckon(ticket, june(t, "1 09:00"))
	due(t, one(t, clocks, Reaction, 1), "1 09:15")
	due(t, one(t, clocks, Resolution, 1), "2 18:00")
}

func TestReopenedTicketHasClocksOfItsOwnAndTheFirstOnesStay(t *testing.T) {
	ticket := opened(t, "1 09:00",
		Moment{At: june(t, "1 10:00"), What: Reacted},
		Moment{At: june(t, "1 12:00"), What: Solved, Party: Customer, Department: "line"},
		Moment{At: june(t, "2 09:00"), What: Reopened, Party: FirstLine, Department: "line"},
	)
	clocks := Reckon(ticket, june(t, "2 10:00"))
	if c := one(t, clocks, Resolution, 1); !c.Ended.Equal(june(t, "1 12:00")) || c.Broken {
		t.Errorf("the first cycle's is %+v", c)
	}
	due(t, one(t, clocks, Reaction, 2), "2 11:00")
	due(t, one(t, clocks, Resolution, 2), "3 18:00")
}

func TestDoneAtTheLastMomentIsInTime(t *testing.T) {
	for _, x := range []struct {
		after  time.Duration
		broken bool
	}{{0, false}, {1, true}} {
		ticket := opened(t, "1 09:00")
		solved := june(t, "2 18:00").Add(x.after)
		if c := one(t, Reckon(ticket, june(t, "2 18:00")), Resolution, 1); !c.Broken {
			t.Error("at the last moment an open clock is not broken")
		}
		ticket.Kept = Reckon(ticket, june(t, "2 18:00"))
		ticket.Moments = append(ticket.Moments, Moment{At: solved, What: Solved, Party: Customer})
		for _, kept := range [][]Clock{nil, ticket.Kept} {
			ticket.Kept = kept
			if c := one(t, Reckon(ticket, june(t, "3 09:00")), Resolution, 1); c.Broken != x.broken {
				t.Errorf("solved %s after it was due, broken is %v", x.after, c.Broken)
			}
		}
	}
}

func TestEditedCalendarRewritesNothingThatIsOver(t *testing.T) {
	ticket := opened(t, "1 09:00",
		Moment{At: june(t, "1 10:00"), What: Reacted},
		waits(t, "2 10:00", Customer), waits(t, "2 16:00", FirstLine),
	)
	before := Reckon(ticket, june(t, "3 10:00"))
	ticket.Kept = stored(t, before)
	ticket.Agreement.Calendar = office(t)
	for d := range ticket.Agreement.Calendar.Week { // and since when were we open at night
		ticket.Agreement.Calendar.Week[d] = []hours.Span{{From: 0, To: 24 * time.Hour}}
	}
	after := Reckon(ticket, june(t, "3 10:00"))
	if was, is := one(t, before, Reaction, 1), one(t, after, Reaction, 1); !reflect.DeepEqual(stored(t, []Clock{was}), stored(t, []Clock{is})) {
		t.Errorf("what had ended was %+v and is %+v", was, is)
	}
	was, is := one(t, before, Resolution, 1), one(t, after, Resolution, 1)
	if is.Intervals[0].Worked != 9*time.Hour || is.Intervals[0].Worked != was.Intervals[0].Worked || !is.Intervals[1].Paused {
		t.Errorf("what was over was %+v and is %+v", was.Intervals, is.Intervals)
	}
	if is.Intervals[2].Worked != 18*time.Hour { // this one lasts: from 16:00 to 10:00
		t.Errorf("what lasts counts %s by the new calendar", is.Intervals[2].Worked)
	}
	if ticket.Kept = nil; one(t, Reckon(ticket, june(t, "3 10:00")), Resolution, 1).Intervals[0].Worked != 25*time.Hour {
		t.Error("this test's calendar would not have rewritten anything")
	}
}

// stored is what a database gives back of clocks, which keeps times to the microsecond.
func stored(t testing.TB, clocks []Clock) (back []Clock) {
	t.Helper()
	b, err := json.Marshal(clocks)
	if err == nil {
		err = json.Unmarshal(b, &back)
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := range back {
		back[i].Started = back[i].Started.Round(time.Microsecond)
	}
	return back
}

func TestWhatWasBrokenStaysBrokenUnderMilderTerms(t *testing.T) {
	ticket := opened(t, "1 09:00")
	now := june(t, "1 12:00")
	ticket.Kept = Reckon(ticket, now)
	if c := one(t, ticket.Kept, Reaction, 1); !c.Broken || !c.Escalated {
		t.Fatalf("the clock is %+v", c)
	}
	milder := *ticket.Agreement
	milder.ID, milder.Reaction = "milder", 8*time.Hour
	afternoons := &hours.Calendar{Zone: milder.Calendar.Zone}
	for d := range afternoons.Week {
		afternoons.Week[d] = []hours.Span{{From: 15 * time.Hour, To: 18 * time.Hour}}
	}
	for name, a := range map[string]*Agreement{"milder": &milder, "none": nil, "afternoons": {ID: "afternoons", Calendar: afternoons, Target: milder.Target}} {
		ticket.Agreement = a
		c := one(t, Reckon(ticket, now), Reaction, 1)
		if due(t, c, "1 11:00"); !c.Broken || !c.Escalated || c.Allowed != 2*time.Hour || c.Agreement != "contract" {
			t.Errorf("under %s agreement it is %+v", name, c)
		}
		if news := News(ticket.Kept, Reckon(ticket, now)); len(news) != 0 {
			t.Errorf("under %s agreement it is told again: %+v", name, news)
		}
	}
	ticket.Agreement = nil
	if clocks := Reckon(ticket, now); len(clocks) != 1 {
		t.Errorf("without an agreement there are %+v", clocks)
	}
}

func TestBreachThatWasNotToldYetIsToldUnderOtherTerms(t *testing.T) {
	ticket := opened(t, "5 08:00")
	ticket.Agreement.Reaction, ticket.Agreement.Warn = 8*time.Hour, Warn{}
	saturday := june(t, "6 10:00")
	ticket.Kept = Reckon(ticket, saturday)
	if c := one(t, ticket.Kept, Reaction, 1); !c.Broken || c.Escalated {
		t.Fatalf("the clock is %+v", c)
	}
	ticket.Agreement = &Agreement{ID: "always", Target: Target{Reaction: 100 * time.Hour}, Warn: Warn{Before: time.Minute}}
	c := one(t, Reckon(ticket, saturday), Reaction, 1)
	if due(t, c, "5 18:00"); !c.Broken || !c.Escalated || c.EscalateAt.Before(c.Due) || !c.WarnAt.IsZero() {
		t.Errorf("under an agreement around the clock it is %+v", c)
	}
	ticket.Agreement = nil
	monday := june(t, "8 09:00")
	if c := one(t, Reckon(ticket, monday), Reaction, 1); !c.Broken || !c.Escalated || !c.EscalateAt.Equal(monday) {
		t.Errorf("under none it is %+v", c)
	}
	ticket.Moments = append(ticket.Moments, waits(t, "8 09:00", Customer))
	ticket.Agreement = contract(t)
	ticket.Kept = Reckon(ticket, monday)
	ticket.Agreement = nil
	ticket.Moments = append(ticket.Moments, Moment{At: june(t, "8 10:00"), What: Closed})
	if c := one(t, Reckon(ticket, june(t, "8 10:00")), Reaction, 1); !c.Broken || c.PausedBy != "" || !c.Ended.Equal(june(t, "8 10:00")) {
		t.Errorf("closed under none it is %+v", c)
	}
}

func TestWhatHasEndedStaysWithoutAnAgreement(t *testing.T) {
	ticket := opened(t, "1 09:00", Moment{At: june(t, "1 10:00"), What: Reacted})
	ticket.Kept = Reckon(ticket, june(t, "1 12:00"))
	ticket.Agreement = nil
	if clocks := Reckon(ticket, june(t, "1 12:00")); len(clocks) != 1 || !reflect.DeepEqual(clocks[0], one(t, ticket.Kept, Reaction, 1)) {
		t.Errorf("there are %+v", clocks)
	}
}

func TestHistoryThatIsLearntOfLateIsBelieved(t *testing.T) {
	ticket := opened(t, "1 09:00", Moment{At: june(t, "1 10:30"), What: Reacted})
	ticket.Kept = Reckon(ticket, june(t, "1 12:00"))
	ticket.Moments[1].At = june(t, "1 10:00")
	if c := one(t, Reckon(ticket, june(t, "1 12:00")), Reaction, 1); !c.Ended.Equal(june(t, "1 10:00")) || c.Used != time.Hour {
		t.Errorf("the clock is %+v", c)
	}
}

func TestReactionThatIsLearntOfLateUndoesTheBreach(t *testing.T) {
	ticket := opened(t, "1 09:00")
	ticket.Kept = Reckon(ticket, june(t, "1 12:00"))
	ticket.Moments = append(ticket.Moments, Moment{At: june(t, "1 10:00"), What: Reacted})
	if c := one(t, Reckon(ticket, june(t, "1 12:00")), Reaction, 1); c.Broken || c.Escalated || c.Warned || c.Used != time.Hour {
		t.Errorf("the clock is %+v", c)
	}
}

func TestCalendarThatNeverOpensAgainPromisesNoDate(t *testing.T) {
	ticket := opened(t, "1 09:00")
	ticket.Agreement.Calendar = &hours.Calendar{Zone: time.UTC, Dates: map[string][]hours.Span{"2026-06-01": {{From: 9 * time.Hour, To: 11 * time.Hour}}}}
	clocks := Reckon(ticket, june(t, "1 10:00"))
	if c := one(t, clocks, Reaction, 1); !c.Due.Equal(c.EscalateAt) || c.Due.IsZero() { // its last moment is due, and nobody would be told
		t.Errorf("the clock is %+v", c)
	}
	if c := one(t, clocks, Resolution, 1); !c.Due.IsZero() || c.Broken {
		t.Errorf("the clock is %+v", c)
	}
}
