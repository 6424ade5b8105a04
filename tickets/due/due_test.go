package due

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/telephony/hours"
	"hotline/tickets"
	"hotline/tickets/clock"
	"hotline/tickets/life"
)

// calm is a house without clocks.
func calm() Terms {
	t := house()
	t.Clocks, t.DepartmentClocks = nil, nil
	return t
}

// Zammad 4432: reminders at midnight and on Sundays, though service is from Monday to Friday.
func TestTicketThatNobodyMovesEscalatesAtGrowingPausesInWorkingHours(t *testing.T) {
	s := tell(t, calm(), "5 12:00", "support", "5 17:00") // a Friday
	s.expect(s.until("19 00:00"),
		"8 10:00 escalate, escalated to ivan", // an hour on Friday, one on Monday
		"8 14:00 escalate, escalated to ivan",
		"9 13:00 escalate, escalated to ivan",
		"11 11:00 escalate, escalated to ivan",
		"16 16:00 escalate, escalated to ivan",
	)
	o := s.f.State.(tickets.Open)
	if o.Owner() != tickets.Owner(tickets.Person("ivan")) || !o.Next().Equal(june(t, "5 17:00")) || s.f.Department != "support" || s.f.Escalated != 5 {
		t.Errorf("it is %+v", s.f.Ticket)
	}
	s.does("19 10:00", tickets.By{Kind: tickets.ByPerson, ID: "ivan"}, life.TakeOver{Next: june(t, "22 10:00")})
	s.expect(s.until("22 13:00"), "22 12:00 escalate, escalated to ivan")
}

func TestTicketThatIsPlannedAnewEscalatesAsIfForTheFirstTime(t *testing.T) {
	s := tell(t, calm(), "1 09:00", "support", "1 10:00")
	s.expect(s.until("1 17:00"), "1 12:00 escalate, escalated to ivan", "1 16:00 escalate, escalated to ivan")
	s.does("1 17:00", boris, life.Plan{Next: june(t, "2 12:00")})
	s.expect(s.until("2 15:00"), "2 14:00 escalate, escalated to ivan")
}

func TestDepartmentWithoutAHeadIsToldAsAWhole(t *testing.T) {
	terms := calm()
	terms.Departments["first_line"] = tickets.DepartmentTerms{}
	s := tell(t, terms, "1 09:00", "first_line", "1 10:00")
	s.does("1 09:10", anna, life.TakeOver{})
	s.expect(s.until("1 12:00"), "1 12:00 escalate, escalated to anna, escalated to first_line")
	if o := s.f.State.(tickets.Open); o.Owner().Name() != "anna" {
		t.Errorf("it is %s's", o.Owner().Name())
	}
}

func TestSilenceClosesAfterTwoReminders(t *testing.T) {
	s := tell(t, calm(), "1 09:00", "support", "1 15:00")
	s.does("1 10:00", boris, life.TakeOver{})
	s.does("1 11:00", boris, life.SolveIt{Answer: "the port was off"})
	s.expect(s.until("30 00:00"),
		"2 11:00 remind, confirm_reminder to boris",
		"3 11:00 remind, confirm_reminder to boris",
		"4 11:00 expire",
	)
	if c, closed := s.f.State.(tickets.Closed); !closed || c.Disposition != tickets.ByExpiry || !s.f.Wake.IsZero() {
		t.Errorf("it is %+v and wakes %s", s.f.State, s.f.Wake)
	}
	if _, err := tickets.Replay(s.history); err != nil {
		t.Error(err)
	}
}

// The machine slept for two weeks: each reminder comes once, with its pause, and nobody finds the ticket closed just after they were asked.
func TestRemindersThatComeLateKeepTheirPauses(t *testing.T) {
	s := tell(t, calm(), "1 09:00", "first_line", "1 15:00")
	s.does("1 11:00", anna, life.SolveIt{Answer: "done"})
	s.expect(s.tend(june(t, "15 03:00")), "remind", "confirm_reminder to first_line")
	s.expect(s.until("30 00:00"), "16 03:00 remind, confirm_reminder to first_line", "17 03:00 expire")
}

func TestCustomerWhoComesBackIsNotClosed(t *testing.T) {
	s := tell(t, calm(), "1 09:00", "support", "1 15:00")
	s.does("1 11:00", boris, life.SolveIt{Answer: "done"})
	s.expect(s.until("2 12:00"), "2 11:00 remind, confirm_reminder to support")
	s.does("2 13:00", anna, life.ReopenIt{Reason: "it is not", Next: june(t, "3 13:00")})
	s.does("2 14:00", boris, life.SolveIt{Answer: "now it is"})
	s.f.Notices = nil
	s.expect(s.until("30 00:00"), "3 14:00 remind, confirm_reminder to support", "4 14:00 remind, confirm_reminder to support", "5 14:00 expire")
}

func TestPromiseThatPassesIsBrokenAndAlerts(t *testing.T) {
	s := tell(t, calm(), "1 09:00", "support", "9 15:00")
	s.f.Promises = []life.Promise{{N: 1, What: "a call", Due: june(t, "1 20:00"), First: june(t, "1 20:00"), State: life.PromiseOpen, Person: "boris", Department: "support"}}
	s.f.Reckon(s.terms, june(t, "1 10:00"))
	s.expect(s.until("2 12:00"),
		"1 17:00 promise_due of promise.1 to boris",
		"1 20:00 break_promise, promise_broken of promise.1 to boris, promise_broken of promise.1 to ivan",
		"2 11:00 escalate, escalated to ivan", // it came before its owner, and nothing was done
	)
	if p := s.f.Promises[0]; p.State != life.PromiseBroken {
		t.Errorf("it is %+v", p)
	}
}

// Who has promised something and handed the ticket over hears of it while they can still do it, and while they work.
func TestWhoHasPromisedIsWarnedOncePerDate(t *testing.T) {
	for name, test := range map[string]struct{ made, due, warned string }{
		"an hour before":                            {"1 10:00", "1 16:00", "1 15:00"},
		"half of a short time":                      {"1 10:00", "1 10:30", "1 10:15"},
		"by an hour of work, and not by night":      {"1 10:00", "2 09:30", "1 17:30"},
		"on Friday for Monday before anybody works": {"5 10:00", "8 08:00", "5 17:00"},
		"on Friday for Monday as work begins":       {"5 10:00", "8 09:00", "5 17:00"},
		"as work begins, and not as it ends":        {"5 17:00", "8 10:00", "8 09:00"},
		"by the clock where nobody works by then":   {"1 19:00", "1 23:00", "1 22:00"},
	} {
		s := tell(t, calm(), "1 09:00", "support", "30 15:00")
		s.does(test.made, boris, life.Promised{What: "a call", Due: june(t, test.due)})
		s.does(test.made, boris, life.HandOver{Department: "field", Next: june(t, "30 15:00")})
		s.tend(june(t, test.made))
		if got := s.until(test.due); !slices.Equal(got, []string{test.warned + " promise_due of promise.1 to boris"}) {
			t.Errorf("%s: %q", name, got)
		}
	}
	s := tell(t, calm(), "1 09:00", "support", "30 15:00")
	s.does("1 10:00", boris, life.Promised{What: "a call", Due: june(t, "1 12:00")})
	s.does("1 10:00", boris, life.HandOver{Department: "field", Next: june(t, "30 15:00")})
	s.tend(june(t, "1 10:00"))
	s.expect(s.until("1 11:30"), "1 11:00 promise_due of promise.1 to boris")
	s.does("1 11:40", boris, life.MovePromise{N: 1, Due: june(t, "1 12:40"), Told: true})
	s.expect(s.until("1 12:30"), "1 12:10 promise_due of promise.1 to boris")
	s.expect(s.tend(june(t, "1 12:41")), "break_promise", "promise_broken of promise.1 to boris", "promise_broken of promise.1 to ivan")
	asleep := tell(t, calm(), "1 09:00", "support", "30 15:00")
	asleep.does("1 10:00", boris, life.Promised{What: "a call", Due: june(t, "1 12:00")})
	asleep.expect(asleep.tend(june(t, "1 13:00")), "break_promise", "promise_broken of promise.1 to boris", "promise_broken of promise.1 to ivan") // the warning is past
}

// R28: progress is announced unasked. Service is from Monday to Friday, and the 12th is a holiday.
func TestOwnerIsAskedToTellACustomerWhoHasHeardNothing(t *testing.T) {
	terms := calm()
	terms.TellAfter = 3
	closed := office()
	closed.Dates = map[string][]hours.Span{"2026-06-12": nil}
	terms.Departments["support"] = tickets.DepartmentTerms{Head: "ivan", Hours: closed}
	s := tell(t, terms, "4 15:00", "support", "30 15:00")
	s.does("4 15:30", boris, life.TakeOver{})
	s.does("4 15:30", boris, life.Plan{Next: june(t, "30 15:00")})
	silent := "ask_to_tell, tell_due to boris"
	s.expect(s.until("9 14:59"))
	s.expect(s.until("10 00:00"), "9 15:00 "+silent) // Friday, Monday, Tuesday
	if line := s.history[len(s.history)-1]; line.Details["since"] != "2026-06-04T12:00:00Z" || line.By.ID != "silence" {
		t.Errorf("it is noted as %+v", line)
	}
	s.expect(s.until("15 23:00"), "15 15:00 "+silent) // Wednesday, Thursday, Monday
	s.does("16 20:00", boris, life.Tell{Text: "we are at it"})
	s.does("17 10:00", boris, life.AddNote{Text: "nobody else hears this"})
	s.expect(s.until("22 08:00"))
	s.expect(s.until("22 10:00"), "22 09:00 "+silent) // by Friday evening, when nobody works any more
	s.does("22 11:00", boris, life.Promised{What: "a call", Due: june(t, "29 12:00")})
	s.does("22 11:00", boris, life.MovePromise{N: 1, Due: june(t, "29 15:00")}) // without telling them
	s.expect(s.until("25 10:00"))
	s.expect(s.until("25 12:00"), "25 11:00 "+silent)
	s.does("25 12:00", boris, life.Wait{For: tickets.ForCustomer, Until: june(t, "30 15:00")})
	s.expect(s.until("29 11:00")) // they know that it is their turn
	terms.TellAfter = 0
	never := tell(t, terms, "4 15:00", "support", "30 15:00")
	never.expect(never.until("30 00:00"))
}

// A version with a rule that is new starts on a register in which many customers have heard nothing for weeks.
func TestNewRuleAsksNobodyOfAllOldTicketsAtOnce(t *testing.T) {
	before := calm()
	before.TellAfter = 0
	after := before
	after.TellAfter = 3
	upgraded := june(t, "22 10:00") // a Monday
	asked := map[string]int{}
	for i := range 300 {
		s := tell(t, before, "1 09:00", "support", "30 15:00")
		s.f.Number = tickets.MakeNumber(uint64(50_000 + i))
		s.terms, s.f.Anew = after, true
		s.f.Reckon(after, upgraded)
		if got := s.tend(upgraded); len(got) > 0 {
			t.Fatalf("at once there is %q", got)
		}
		s.f.Anew = true // other terms once more
		s.f.Reckon(after, upgraded.Add(time.Hour))
		if s.f.Wake.After(june(t, "29 10:00")) {
			t.Fatalf("it is put off until %s", s.f.Wake)
		}
		day, _, _ := strings.Cut(s.f.Wake.In(moscow).Format("Mon 15:04"), " ")
		asked[day]++
		s.expect(s.tend(s.f.Wake), "ask_to_tell", "tell_due to support")
		if next := s.f.Wake; !next.After(june(t, "24 00:00")) {
			t.Fatalf("it is asked again at %s", next)
		}
	}
	if len(asked) != 5 || asked["Sat"]+asked["Sun"] > 0 || slices.Max(slices.Collect(maps.Values(asked))) > 90 {
		t.Errorf("they are asked on %v", asked)
	}
}

// What had come due by the terms before is done at once, and so is what has just happened.
func TestWhatWasDueBeforeAnUpgradeIsDoneThen(t *testing.T) {
	s := tell(t, house(), "1 09:00", "support", "1 15:00")
	s.f.Anew, s.terms.TellAfter = true, 3
	s.f.Reckon(s.terms, june(t, "22 10:00"))
	if s.f.Wake.After(june(t, "22 10:00")) {
		t.Errorf("it is put off until %s", s.f.Wake)
	}
	s = tell(t, calm(), "1 09:00", "support", "30 15:00")
	s.does("1 10:00", boris, life.TakeOver{})
	s.does("1 10:00", boris, life.Plan{Next: june(t, "30 15:00")})
	s.terms = calm()
	delete(s.terms.People, "boris")
	s.f.Anew = true
	s.f.Reckon(s.terms, june(t, "22 10:00"))
	s.expect(s.tend(june(t, "22 10:00")), "give_to_heir", "inherited to support")
}

// An old merge that is judged otherwise breaks a clock whose time was up weeks ago; and who has had a ticket from before people were told is not told now.
func TestOldMergesAndOwnersAreNotToldAtOnceAfterAnUpgrade(t *testing.T) {
	s := tell(t, house(), "19 10:00", "support", "30 15:00")
	s.does("19 10:30", boris, life.Tell{Text: "we are at it"})
	older := tell(t, house(), "1 09:00", "support", "30 15:00")
	joined := slices.Clone(older.history)
	for i := range joined {
		joined[i].Ticket = tickets.MakeNumber(10_002)
	}
	joined = append(joined, tickets.Change{Ticket: joined[0].Ticket, Version: 2, At: june(t, "19 11:00"), Kind: "merge", Patch: tickets.Patch{"phase": {"new", "closed"}, "into": {"", string(own)}}})
	s.f.Joined, s.f.Anew = [][]tickets.Change{joined}, true
	s.f.Reckon(s.terms, june(t, "19 12:00"))
	s.expect(s.tend(june(t, "19 12:00")))
	if i := slices.IndexFunc(s.f.Clocks, func(c clock.Clock) bool { return c.Kind == clock.Resolution }); i < 0 || !s.f.Clocks[i].Broken {
		t.Errorf("its clocks are %+v", s.f.Clocks)
	}

	s = tell(t, calm(), "1 09:00", "support", "30 15:00")
	s.does("1 10:00", anna, life.HandOver{Department: "support", Person: "boris", Next: june(t, "30 15:00")})
	s.f.Notices, s.f.Reckoned, s.f.Anew = nil, 0, true
	s.f.Reckon(s.terms, june(t, "22 10:00"))
	s.expect(s.tend(june(t, "22 10:00")))
}

func TestVendorIsAskedAgainWhileTheyWork(t *testing.T) {
	s := tell(t, calm(), "4 09:00", "support", "30 15:00")
	s.f.Vendors = []life.Vendor{{N: 1, Vendor: "carrier", State: life.VendorAsked, RemindAt: june(t, "4 15:00")}}
	s.f.Reckon(s.terms, june(t, "4 10:00"))
	s.expect(s.until("8 14:00"),
		"4 15:00 remind_vendor, vendor_due of vendor.1 to support",
		"4 17:00 escalate, escalated to ivan", // it came before its owner, who has not asked
		"5 12:00 escalate, escalated to ivan",
		"5 14:00 remind_vendor, vendor_due of vendor.1 to ivan",
		"8 11:00 escalate, escalated to ivan",
		"8 13:00 remind_vendor, vendor_due of vendor.1 to ivan",
	)
	if s.f.Vendors[0].Reminded != 3 {
		t.Errorf("reminded %d times", s.f.Vendors[0].Reminded)
	}
}

func TestPartIsToldOfOnceAndOnceMoreWhenItIsLate(t *testing.T) {
	s := tell(t, calm(), "1 09:00", "first_line", "30 15:00")
	s.f.Parts = []life.Part{{N: 1, Department: "support", Due: june(t, "1 20:00"), State: life.PartOpen, GivenAt: june(t, "1 10:00")}}
	s.f.Reckon(s.terms, june(t, "1 10:00"))
	s.expect(s.until("9 00:00"), "1 10:00 part of part.1 to support", "2 09:00 part_overdue of part.1 to support, part_overdue of part.1 to ivan")
	s.f.Parts[0].Due = june(t, "10 12:00")
	s.f.Reckon(s.terms, june(t, "9 10:00"))
	s.expect(s.until("20 00:00"), "10 12:00 part_overdue of part.1 to support, part_overdue of part.1 to ivan")
}

func TestPartThatComesBackIsToldOfEachTime(t *testing.T) {
	s := tell(t, calm(), "1 09:00", "first_line", "30 15:00")
	ivan, support, field := tickets.By{Kind: tickets.ByPerson, ID: "ivan"}, "part of part.1 to support", "part of part.1 to field"
	s.does("1 10:00", anna, life.AddPart{Department: "support", What: "why?", Due: june(t, "20 12:00")})
	s.expect(s.tend(june(t, "1 10:00")), support)
	for _, at := range []string{"1 11:00", "1 11:10", "1 11:20"} {
		s.does(at, boris, life.ReturnPart{N: 1, Why: "not ours"})
		s.expect(s.tend(june(t, at)), "part_returned of part.1 to first_line")
		s.does(at, anna, life.MovePart{N: 1, Department: "support", Note: "it is"})
		s.expect(s.tend(june(t, at)), support)
	}
	s.does("1 11:30", ivan, life.MovePart{N: 1, Department: "field"})
	s.expect(s.tend(june(t, "1 11:30")), field)
	s.does("1 11:40", anna, life.MovePart{N: 1, Department: "support", Due: june(t, "20 12:00")})
	s.expect(s.tend(june(t, "1 11:40")), support)
	s.does("1 11:50", anna, life.MovePart{N: 1, Due: june(t, "21 12:00")})
	s.expect(s.tend(june(t, "1 11:50"))) // it is where it was
}

func TestOwnerIsToldOnceOfEachPartThatAnotherHasAnswered(t *testing.T) {
	s := tell(t, calm(), "1 09:00", "first_line", "30 15:00")
	s.does("1 09:10", anna, life.TakeOver{Next: june(t, "30 15:00")})
	for range 3 {
		s.does("1 10:00", anna, life.AddPart{Department: "support", Owner: "boris", What: "why?", Due: june(t, "20 12:00")})
	}
	s.expect(s.tend(june(t, "1 10:00")), "part of part.1 to boris", "part of part.2 to boris", "part of part.3 to boris")
	s.does("1 11:00", boris, life.AnswerPart{N: 1, Answer: "because"})
	s.does("1 11:00", boris, life.AnswerPart{N: 3, Answer: "because"})
	s.does("1 11:00", anna, life.AnswerPart{N: 2, Answer: "I know it now"})
	s.expect(s.tend(june(t, "1 11:00")), "part_answered of part.1 to anna", "part_answered of part.3 to anna")
	s.expect(s.until("1 12:00"))
}

func TestComplaintThatIsLateGoesUpAndNeverToWhoAnswered(t *testing.T) {
	s := tell(t, calm(), "1 09:00", "support", "30 15:00")
	s.f.Reviews = []life.Review{{N: 1, Level: 1, About: "ivan", Department: "support", State: life.ReviewOpen, OpenedAt: june(t, "1 10:00"), Due: june(t, "2 12:00")}}
	s.f.Reckon(s.terms, june(t, "1 10:00"))
	s.expect(s.until("11 00:00"), "1 10:00 review of review.1 to support", "2 12:00 escalate_review, review_overdue of review.1 to olga", "3 14:00 escalate, escalated to olga",
		"3 18:00 escalate, escalated to olga", "4 02:00 escalate, escalated to olga", "4 18:00 escalate, escalated to olga", "6 02:00 escalate, escalated to olga", "8 18:00 escalate, escalated to olga")
	if r := s.f.Reviews[0]; r.Level != 2 || r.Reviewer != "olga" || r.Department != "first_line" {
		t.Errorf("it is %+v", r)
	}
	s.does("11 00:00", tickets.By{Kind: tickets.ByPerson, ID: "olga"}, life.Plan{Next: june(t, "30 15:00")})
	s.expect(s.until("13 00:00"), "12 12:00 escalate_review, review_overdue of review.1 to first_line") // the regulator is outside: the first line sees to it
	s.does("13 00:00", tickets.By{Kind: tickets.ByPerson, ID: "olga"}, life.Plan{Next: june(t, "30 15:00")})
	s.expect(s.until("30 00:00"), "22 12:00 review_overdue of review.1 to first_line") // nobody is above
}

// Where the head is who works on the ticket, a complaint begins at the level above; the ticket stays where it is, so that no hand-over tells them.
func TestReviewerAboveTheHeadIsToldOfAComplaintOnce(t *testing.T) {
	s := tell(t, calm(), "1 09:00", "support", "30 15:00")
	ivan, olga := tickets.By{Kind: tickets.ByPerson, ID: "ivan"}, tickets.By{Kind: tickets.ByPerson, ID: "olga"}
	s.does("1 09:10", ivan, life.TakeOver{Next: june(t, "30 15:00")})
	s.does("1 10:00", anna, life.Complain{Text: "slow"})
	if r := s.f.Reviews[0]; r.Level != 2 || s.f.State.(tickets.Open).Owner() != tickets.Owner(tickets.Person("ivan")) {
		t.Fatalf("it is %+v", r)
	}
	s.expect(s.tend(june(t, "1 10:00")), "review of review.1 to olga")
	s.does("1 11:00", olga, life.AssignReview{N: 1, Department: "field", Reviewer: "pavel"})
	s.expect(s.tend(june(t, "1 11:00")), "assigned to pavel", "review of review.1 to pavel")
	s.does("1 12:00", anna, life.AssignReview{N: 1, Department: "first_line", Reviewer: "olga"})
	s.expect(s.tend(june(t, "1 12:00")), "assigned to olga", "review of review.1 to olga") // it has been elsewhere
	s.does("1 13:00", olga, life.EscalateReview{N: 1})
	s.expect(s.tend(june(t, "1 13:00")), "assigned to first_line", "review of review.1 to first_line")
	s.expect(s.until("1 23:00"))
}

// Zammad 4432 once more: what somebody outside does not decide in time the first line is told, and as it begins to work.
func TestFirstLineIsToldInItsHoursOfAComplaintThatIsOutside(t *testing.T) {
	terms := calm()
	terms.Departments["first_line"] = tickets.DepartmentTerms{Head: "olga", Hours: office()}
	terms.Reviews = []tickets.ReviewTerms{{Department: "regulator", Outside: true}}
	s := tell(t, terms, "1 09:00", "first_line", "30 15:00")
	s.f.Reviews = []life.Review{{N: 1, Level: 2, About: "boris", Department: "regulator", State: life.ReviewOpen, OpenedAt: june(t, "1 10:00"), Due: june(t, "5 23:00")}}
	s.f.Reckon(s.terms, june(t, "1 10:00"))
	s.tend(june(t, "1 10:00"))
	s.expect(s.until("10 00:00"), "8 09:00 review_overdue of review.1 to first_line")
}

func TestClockWarnsItsOwnerAndRaisesTheTicketWhenItRunsOut(t *testing.T) {
	s := tell(t, house(), "1 09:00", "first_line", "9 15:00")
	s.does("1 09:10", anna, life.TakeOver{})
	s.expect(s.until("1 17:00"),
		"1 10:00 clock_warning of reaction to anna",
		"1 11:00 escalate, clock_broken of reaction to anna, clock_broken of reaction to olga",
		"1 17:00 clock_warning of resolution to anna",
	)
	if o := s.f.State.(tickets.Open); o.Owner().Name() != "anna" || s.f.Escalated != 0 {
		t.Errorf("a clock has taken the ticket from who works on it: %+v", s.f.Ticket)
	}
}

func TestWhoLearnsThatAClockHasRunOutIsNotWarnedThatItWill(t *testing.T) {
	s := tell(t, house(), "1 09:00", "first_line", "20 15:00")
	s.expect(s.tend(june(t, "10 09:30")), "escalate", "escalate",
		"clock_broken of reaction to first_line", "clock_broken of reaction to olga", "clock_broken of resolution to first_line", "clock_broken of resolution to olga")
	s.expect(s.tend(june(t, "10 09:30")))
}

// Zammad 3140: a clock for answers that runs although the agent has answered.
func TestWhoHasAnsweredIsNotWarnedOfTheAnswer(t *testing.T) {
	s := tell(t, house(), "1 09:00", "first_line", "1 15:00")
	s.does("1 09:30", anna, life.Tell{Text: "we are at it"})
	s.expect(s.until("1 14:00"))
	s.does("1 14:00", anna, life.Wait{For: tickets.ForCustomer, Until: june(t, "29 12:00")})
	s.expect(s.until("29 00:00")) // the customer's time breaks nothing
}

// A claim that lies for days before anybody types it in has so many days less.
func TestClocksOfALetterRunFromTheDayOnWhichItCame(t *testing.T) {
	s := &story{t: t, terms: house(), f: &File{Channel: tickets.Letter{}}}
	file := &life.File{Fresh: []tickets.Number{own}, Terms: s.terms.Terms}
	out, err := life.Open(file, life.OpenByHand{Channel: "letter", Subject: "s", Text: "t", Department: "support", At: june(t, "1 09:00")}, "letter", anna, june(t, "2 12:00"))
	if err != nil {
		t.Fatal(err)
	}
	s.f.Matter = *file.Matters[own]
	s.add(out.History)
	s.f.Reckon(s.terms, june(t, "2 12:00"))
	for _, c := range s.f.Clocks {
		began := "1 09:00"
		if c.Kind == clock.DepartmentTime { // they answer for what they have got
			began = "2 12:00"
		}
		if !c.Started.Equal(june(t, began)) {
			t.Errorf("%s runs from %s", c.Kind, c.Started)
		}
		if c.Kind == clock.Resolution && !c.Due.Equal(june(t, "2 16:00")) { // nine hours on Monday, seven on Tuesday
			t.Errorf("it is due at %s", c.Due)
		}
	}
	moments, _ := s.f.moments(s.terms)
	if age := clock.Age(moments, june(t, "3 12:00")); age != 51*time.Hour || !s.f.OpenedAt.Equal(june(t, "1 09:00")) {
		t.Errorf("it is %s old", age)
	}
	s.expect(s.whose("3 12:00"), "first_line first_line  27h0m0s", "department support  24h0m0s")
}

// A call in which somebody talked with the customer about work that goes on changes nothing of the ticket, and stands in no history.
func TestTalkThatChangesNothingIsAnAnswer(t *testing.T) {
	terms := house()
	terms.Clocks["standard"].Warn = clock.Warn{}
	terms.Clocks["standard"].Resolution = 0
	terms.DepartmentClocks = nil
	terms.TellAfter = 1
	s := tell(t, terms, "1 09:00", "support", "30 15:00")
	s.f.Talks = []time.Time{june(t, "1 08:00"), june(t, "1 10:00"), june(t, "2 16:00")} // the first is another's, from before a split
	s.expect(s.until("3 15:00"))
	s.expect(s.until("3 16:00"), "3 16:00 ask_to_tell, tell_due to support")
	if c := s.f.Clocks[0]; c.Kind != clock.Reaction || !c.Ended.Equal(june(t, "1 10:00")) {
		t.Errorf("the reaction is %+v", c)
	}
}

// Zammad 5624: clocks of the old group go on after a hand-over.
func TestClockOfADepartmentEndsWithTheHandOver(t *testing.T) {
	terms := house()
	delete(terms.Clocks, "standard")
	s := tell(t, terms, "1 09:00", "first_line", "30 15:00")
	s.does("1 10:00", anna, life.HandOver{Department: "support", Next: june(t, "30 15:00")})
	s.expect(s.tend(june(t, "1 10:00")), "assigned to support")
	s.does("1 12:00", boris, life.HandOver{Department: "field", Next: june(t, "30 15:00")})
	s.expect(s.tend(june(t, "1 12:00")), "assigned to field")
	s.expect(s.until("20 00:00"))
	s.does("20 00:00", boris, life.HandOver{Department: "support", Next: june(t, "30 15:00")})
	s.expect(s.tend(june(t, "20 00:00")), "assigned to support")
	s.expect(s.until("25 00:00"), "22 13:00 escalate, clock_broken of department to support, clock_broken of department to ivan")
	s.expect(s.whose("25 00:00"), "first_line first_line  1h0m0s", "department support  2h0m0s", "department field  444h0m0s", "department support  120h0m0s")
}

func TestWhatBelongsToWhoIsGoneGoesToTheirHeir(t *testing.T) {
	s := tell(t, calm(), "1 09:00", "support", "30 15:00")
	s.does("1 10:00", boris, life.TakeOver{})
	s.f.Promises = []life.Promise{{N: 1, Due: june(t, "30 20:00"), State: life.PromiseOpen, Person: "boris", Department: "support"}}
	s.f.Parts = []life.Part{{N: 1, Department: "support", Owner: "boris", Due: june(t, "30 20:00"), State: life.PartOpen, GivenAt: june(t, "1 10:00")}}
	s.f.Told = map[string]time.Time{"part.1.support.boris": june(t, "1 10:00")}
	s.terms = calm()
	delete(s.terms.People, "boris")
	s.f.Reckon(s.terms, june(t, "2 00:00"))
	s.expect(s.tend(june(t, "2 00:00")), "give_to_heir", "inherited to support", "part of part.1 to support")
	o := s.f.State.(tickets.Open)
	if o.Owner() != tickets.Owner(tickets.Department("support")) || s.f.Phase() != tickets.Opened || s.f.Promises[0].Person != "" || s.f.Parts[0].Owner != "" {
		t.Errorf("it is %+v", s.f.Matter)
	}
	delete(s.terms.People, "ivan") // nobody is left
	s.expect(s.tend(june(t, "2 00:00")), "give_to_heir", "inherited to field", "part of part.1 to field")
	if s.f.Department != "field" || s.f.Promises[0].Department != "field" || s.f.Parts[0].Department != "field" {
		t.Errorf("it is %+v", s.f.Matter)
	}
	if line := s.history[len(s.history)-1]; line.By.ID != "heir" || line.By.Kind != tickets.ByRule {
		t.Errorf("its history says %+v", line)
	}
}

func TestWhoIsGoneIsToldNothing(t *testing.T) {
	s := tell(t, calm(), "1 09:00", "support", "30 15:00")
	s.f.Promises = []life.Promise{{N: 1, Due: june(t, "1 20:00"), State: life.PromiseOpen, Person: "boris", Department: "support"}}
	delete(s.terms.People, "boris")
	delete(s.terms.People, "ivan")
	for _, told := range s.tend(june(t, "2 00:00")) {
		if strings.HasSuffix(told, " boris") || strings.HasSuffix(told, " ivan") || strings.HasSuffix(told, " support") {
			t.Error(told)
		}
	}
	if s.f.Promises[0].State != life.PromiseBroken {
		t.Error("the promise is not broken")
	}
}

func TestTicketFromBeforeHistoriesIsKeptToo(t *testing.T) {
	state, err := tickets.KeepOpen(tickets.Department("support"), june(t, "1 10:00"), tickets.CallBack)
	if err != nil {
		t.Fatal(err)
	}
	s := &story{t: t, terms: calm(), f: &File{Matter: life.Matter{Ticket: tickets.Ticket{Number: own, State: state, OpenedAt: june(t, "1 09:00"), Department: "support"}}}}
	s.f.Reckon(s.terms, june(t, "1 09:30"))
	s.expect(s.until("1 13:00"), "1 12:00 was_there, escalate, escalated to ivan")
	s.expect(s.whose("1 13:00"), "department support  3h0m0s", "department support ivan 1h0m0s")
}

// An erased person's ticket has a history that says nothing: what was reckoned stays.
func TestTicketOfWhoWasErasedStaysAsItWasReckoned(t *testing.T) {
	s := tell(t, house(), "1 09:00", "support", "1 15:00")
	s.does("1 10:00", boris, life.ConfirmIt{})
	spells, clocks := s.f.Spells, s.f.Clocks
	for i := range s.f.History {
		s.f.History[i].Patch = tickets.Patch{}
	}
	s.f.Reckon(house(), june(t, "9 10:00"))
	if !slices.Equal(s.f.Spells, spells) || len(s.f.Clocks) != len(clocks) || !s.f.Wake.IsZero() {
		t.Errorf("spells %v, %d clocks, wakes %s", s.f.Spells, len(s.f.Clocks), s.f.Wake)
	}
}

// Who was of the first line when they had a ticket was so, whatever they are now.
func TestWhoseTimeItWasDoesNotChangeWithThePeople(t *testing.T) {
	s := tell(t, calm(), "1 09:00", "first_line", "30 15:00")
	s.does("1 10:00", anna, life.TakeOver{})
	s.does("1 12:00", anna, life.HandOver{Department: "support"})
	before := s.whose("2 00:00")
	s.terms.People["anna"] = tickets.PersonTerms{Departments: []string{"field"}}
	s.f.Reckon(s.terms, june(t, "2 00:00"))
	s.expect(s.whose("2 00:00"), before...)
	s.expect(before, "first_line first_line  1h0m0s", "first_line first_line anna 2h0m0s", "department support  12h0m0s")
}

// The priority that a topic has given to a ticket is no less urgent than the customer's agreement says.
func TestAgreementMakesATicketMoreUrgentThanItsTopicHas(t *testing.T) {
	terms := Terms{Terms: tickets.Terms{Agreements: map[string]tickets.AgreementTerms{"gold": {Priority: 2}, "silver": {}}}}
	for _, test := range []struct {
		own       tickets.Priority
		agreement string
		want      tickets.Priority
	}{{0, "gold", 2}, {3, "gold", 2}, {1, "gold", 1}, {4, "silver", 4}, {0, "silver", tickets.Usual}} {
		f := File{Matter: life.Matter{Ticket: tickets.Ticket{Priority: test.own}}}
		if got := f.priority(terms, test.agreement); got != test.want {
			t.Errorf("%d under %s counts as %d, not %d", test.own, test.agreement, got, test.want)
		}
	}
}

// The last day of a contract ends at midnight where it is kept, and not where the clocks of computers hang.
func TestContractLastsUntilItsLastDayHasEndedWhereItIsKept(t *testing.T) {
	zone := func(name string) *time.Location {
		place, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return place
	}
	vladivostok, newYork := zone("Asia/Vladivostok"), zone("America/New_York")
	day := time.Date(2026, time.June, 30, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		line, calendar *time.Location
		opened, want   string
	}{
		{nil, nil, "2026-06-30T23:59:00Z", "gold"}, {nil, nil, "2026-07-01T00:00:00Z", "silver"},
		{vladivostok, nil, "2026-06-30T13:59:00Z", "gold"}, {vladivostok, nil, "2026-06-30T14:00:00Z", "silver"}, // midnight there
		{vladivostok, newYork, "2026-07-01T03:59:00Z", "gold"}, {vladivostok, newYork, "2026-07-01T04:00:00Z", "silver"},
	} {
		opened, err := time.Parse(time.RFC3339, test.opened)
		if err != nil {
			t.Fatal(err)
		}
		terms := Terms{Terms: tickets.Terms{Zone: test.line}, Clocks: map[string]*clock.Agreement{"gold": {ID: "gold", Calendar: &hours.Calendar{Zone: test.calendar}}}}
		f := File{Matter: life.Matter{Ticket: tickets.Ticket{OpenedAt: opened}}, Contracts: []tickets.Contract{{Number: "1", EndsOn: day, Agreement: "gold"}, {Number: "2", Agreement: "silver"}}}
		if got := f.contract(terms); got != test.want {
			t.Errorf("at %s, of a line in %v by a calendar of %v: %s", test.opened, test.line, test.calendar, got)
		}
	}
}
