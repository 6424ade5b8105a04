package config

import (
	"fmt"
	"maps"
	"net/mail"
	"slices"
	"strconv"
	"time"

	"hotline/tickets"
)

// What makes an agreement or a vendor wrong. Whether the clocks of an agreement can be kept by those who work is for `hotline check` to
// say: see check_departments.go.

const (
	shortestClock = time.Minute
	longestClock  = 366 * day
)

// pauses are for whom clocks may stand. While a vendor is waited for the customer's date goes on.
var pauses = []string{"customer", "scheduled"}

func priorityName(p tickets.Priority) string { return strconv.Itoa(int(p)) }

// priorities are all, the most urgent first.
func priorities() (all []tickets.Priority) {
	for p := tickets.MostUrgent; p <= tickets.LeastUrgent; p++ {
		all = append(all, p)
	}
	return all
}

func (c *Config) proveAgreements(doc *document) {
	seen := make(map[string]bool)
	for i, a := range c.Agreements {
		at := fmt.Sprintf("agreements.%d", i)
		doc.once(at+".id", a.ID, seen)
		doc.text(at+".name", a.Name)
		doc.hours(at+".hours", a.Hours)
		doc.holidays(at+".holidays", a.Holidays)
		if a.Priority != 0 || doc.Stands(at+".priority") {
			doc.from(at+".priority", int(a.Priority), int(tickets.MostUrgent), int(tickets.LeastUrgent))
		}
		doc.warn(at+".warn", a.Warn)
		doc.proveTimes(at, a)
		for j, p := range a.Pauses {
			switch place := fmt.Sprintf("%s.pauses.%d", at, j); {
			case p == "vendor":
				doc.wrong(place, "is vendor: while a vendor is waited for the customer's date goes on")
			case !slices.Contains(pauses, p):
				doc.wrong(place, "%q is none of customer, scheduled", p)
			case slices.Contains(a.Pauses[:j], p):
				doc.wrong(place, "%q is there twice", p)
			}
		}
		for j, code := range a.Channels {
			place := fmt.Sprintf("%s.channels.%d", at, j)
			if _, err := tickets.ParseChannel(code); err != nil {
				doc.wrong(place, "%q is no channel of contacts, such as call or letter", code)
			} else if slices.Contains(a.Channels[:j], code) {
				doc.wrong(place, "%q is there twice", code)
			}
		}
	}
	c.proveIsAgreement(doc, "agreement", c.Agreement)
	for i, t := range c.Topics {
		c.proveIsAgreement(doc, fmt.Sprintf("topics.%d.agreement", i), t.Agreement)
	}
}

// warn is the share of a clock's time at which is warned; nil is the usual one.
func (doc *document) warn(path string, share *float64) {
	if share != nil && !(*share >= 0 && *share < 1) {
		doc.wrong(path, "is %v; it must be from 0 to below 1, such as 0.8", *share)
	}
}

// proveTimes checks the clocks of an agreement: there is one, and nobody has to solve before they have to answer.
func (doc *document) proveTimes(at string, a Agreement) {
	clock := func(path string, d time.Duration) {
		if d != 0 || doc.Stands(path) {
			doc.between(path, d, shortestClock, longestClock)
		}
	}
	clock(at+".reaction", a.Reaction)
	clock(at+".resolution", a.Resolution)
	some := a.Reaction != 0 || a.Resolution != 0
	for _, name := range slices.Sorted(maps.Keys(a.Priorities)) {
		place, own := at+".priorities."+name, a.Priorities[name]
		if !slices.ContainsFunc(priorities(), func(p tickets.Priority) bool { return priorityName(p) == name }) {
			doc.wrong(place, "%q is no priority: they are from 1, the most urgent, to 4", name)
		}
		clock(place+".reaction", own.Reaction)
		clock(place+".resolution", own.Resolution)
		if own == (Times{}) {
			doc.wrong(place, "promises nothing of its own: give reaction or resolution")
		}
		some = some || own != (Times{})
	}
	if !some {
		doc.wrong(at, "promises nothing: give reaction or resolution")
	}
	if t := (Times{a.Reaction, a.Resolution}); t.backwards() {
		doc.wrong(at+".resolution", "is %s, and the reaction may take %s", t.Resolution, t.Reaction)
		return
	}
	for _, p := range priorities() {
		if t := a.For(p); t.backwards() {
			doc.wrong(at+".priorities."+priorityName(p), "promises a resolution within %s, and the reaction may take %s", t.Resolution, t.Reaction)
		}
	}
}

// backwards says whether a ticket is to be solved before anybody has to answer.
func (t Times) backwards() bool { return t.Resolution > 0 && t.Reaction > t.Resolution }

// proveIsAgreement checks that there is such an agreement; "" is none.
func (c *Config) proveIsAgreement(doc *document, path, id string) {
	if id != "" && !doc.Incomplete("agreements") && !slices.ContainsFunc(c.Agreements, func(a Agreement) bool { return a.ID == id }) {
		doc.wrong(path, "agreement %q does not exist", id)
	}
}

func (c *Config) proveVendors(doc *document) {
	seen := make(map[string]bool)
	for i, v := range c.Vendors {
		at := fmt.Sprintf("vendors.%d", i)
		doc.once(at+".id", v.ID, seen)
		if doc.needed(at+".name", v.Name) {
			doc.short(at+".name", v.Name)
		}
		if v.Phone != "" {
			doc.like(at+".phone", v.Phone, e164, `a number in E.164; write it with the plus sign and in quotes, as "+74950000100"`)
		}
		if address, err := mail.ParseAddress(v.Mail); v.Mail != "" && (err != nil || address.Address != v.Mail) {
			doc.wrong(at+".mail", "%q is no address of mail, such as help@example.org", v.Mail)
		}
		doc.hours(at+".hours", v.Hours)
		doc.holidays(at+".holidays", v.Holidays)
		if v.RemindEvery != 0 || doc.Stands(at+".remind_every") {
			doc.between(at+".remind_every", v.RemindEvery, time.Hour, 90*day)
		}
	}
}
