package clock

import (
	"testing"
	"time"

	"hotline/telephony/hours"
	"hotline/tickets"
)

func TestAgreementThatCannotBeKeptIsRefusedWithItsField(t *testing.T) {
	now := june(t, "1 09:00")
	if err := contract(t).Check(now); err != nil {
		t.Error(err)
	}
	for want, spoil := range map[string]func(*Agreement){
		`id: an agreement needs one`:                                                          func(a *Agreement) { a.ID = "" },
		`calendar: "Monday" is no date`:                                                       func(a *Agreement) { a.Calendar.Dates["Monday"] = nil },
		`calendar: a clock's calendar needs a time zone`:                                      func(a *Agreement) { a.Calendar.Zone = nil },
		`reaction: -1m0s is below zero`:                                                       func(a *Agreement) { a.Reaction = -time.Minute },
		`reaction: 17h0m0s is longer than the resolution's 16h0m0s`:                           func(a *Agreement) { a.Reaction = 17 * time.Hour },
		`resolution: its calendar does not have 16h0m0s of working time in 10 years`:          func(a *Agreement) { a.Calendar.Week = [7][]hours.Span{}; a.Reaction = 0 },
		`reaction: warn: a share is above 0 and below 1, and a time before is not below zero`: func(a *Agreement) { a.Warn.Share = 1 },
		`reaction: warn: either a share or a time before, not both`:                           func(a *Agreement) { a.Warn.Before = time.Minute },
		`reaction: a warning 2h0m0s before comes before the clock of 2h0m0s has started`:      func(a *Agreement) { a.Warn = Warn{Before: 2 * time.Hour} },
		`priorities.5: priorities are from 1 to 4`:                                            func(a *Agreement) { a.Priorities = map[tickets.Priority]Target{5: {Resolution: time.Hour}} },
		`priorities.1: a time below zero`:                                                     func(a *Agreement) { a.Priorities = map[tickets.Priority]Target{tickets.MostUrgent: {Reaction: -1}} },
		`priorities.1.reaction: 2h0m0s is longer than the resolution's 1h0m0s`: func(a *Agreement) {
			a.Priorities = map[tickets.Priority]Target{tickets.MostUrgent: {Resolution: time.Hour}}
		},
		`paused_for: "nobody" is none of ["customer" "first_line" "department" "vendor" "scheduled"]`: func(a *Agreement) { a.PausedFor = []Party{Customer, "nobody"} },
	} {
		a := contract(t)
		spoil(a)
		if err := a.Check(now); err == nil || err.Error() != want {
			t.Errorf("%v, not %s", err, want)
		}
	}
}

func TestDepartmentsTermsThatCannotBeKeptAreRefused(t *testing.T) {
	now := june(t, "1 09:00")
	if err := (DepartmentAgreement{Calendar: office(t), Within: time.Hour, PausedFor: []Party{}}).Check(now); err != nil {
		t.Error(err)
	}
	for want, d := range map[string]DepartmentAgreement{
		`within: -1s is below zero`:                                                             {Within: -time.Second},
		`calendar: Friday: open from 2h0m0s to 1h0m0s is no time of a day`:                      {Calendar: &hours.Calendar{Week: [7][]hours.Span{time.Friday: {{From: 2 * time.Hour, To: time.Hour}}}}},
		`paused_for: "" is none of ["customer" "first_line" "department" "vendor" "scheduled"]`: {PausedFor: []Party{""}},
	} {
		if err := d.Check(now); err == nil || err.Error() != want {
			t.Errorf("%v, not %s", err, want)
		}
	}
}

func TestAgreementPausesForWhomItSays(t *testing.T) {
	for name, x := range map[string]struct {
		pausedFor []Party
		party     Party
		paused    bool
	}{
		"the customer, if it does not say":   {nil, Customer, true},
		"a date, if it does not say":         {nil, Scheduled, true},
		"not the vendor, if it does not say": {nil, Vendor, false},
		"the vendor, where it says so":       {[]Party{Vendor}, Vendor, true},
		"nobody, where it says so":           {[]Party{}, Customer, false},
	} {
		ticket := opened(t, "1 09:00", waits(t, "1 10:00", x.party))
		ticket.Agreement.PausedFor = x.pausedFor
		if c := one(t, Reckon(ticket, june(t, "1 11:00")), Resolution, 1); (c.PausedBy != "") != x.paused {
			t.Errorf("%s: the clock is paused by %q", name, c.PausedBy)
		}
	}
}
