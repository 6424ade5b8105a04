package config

import (
	"cmp"
	"time"

	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/clock"
)

// Agreement is what a customer is promised about their tickets. Its times are working time by its hours. Which customer has which is for
// their contracts to say, in the database; Config.Agreement is of those without one.
type Agreement struct {
	ID         string           `yaml:"id"`
	Name       words.Text       `yaml:"name,omitempty"`
	Hours      Hours            `yaml:"hours,omitempty"`
	Holidays   Holidays         `yaml:"holidays,omitempty"`
	Reaction   time.Duration    `yaml:"reaction,omitempty"`   // until somebody answers; 0 promises none
	Resolution time.Duration    `yaml:"resolution,omitempty"` // until the ticket is solved; 0 promises none
	Priorities map[string]Times `yaml:"priorities,omitempty"` // what tickets of a priority, "1" to "4", have instead
	Priority   tickets.Priority `yaml:"priority,omitempty"`   // tickets are at least so urgent; 0 leaves it to the topic
	Warn       *float64         `yaml:"warn,omitempty"`       // when such a share of the time has passed; nil is 0.8, 0 is never
	Pauses     []string         `yaml:"pauses,omitempty"`     // the clocks stand while these are waited for; nil is customer and scheduled
	Channels   []string         `yaml:"channels,omitempty"`   // of the contacts that it is about; nil is all
}

// Times are those of an agreement for tickets of one priority. 0 is as the agreement says for all.
type Times struct {
	Reaction   time.Duration `yaml:"reaction,omitempty"`
	Resolution time.Duration `yaml:"resolution,omitempty"`
}

// Vendor is somebody outside who is asked to mend things.
type Vendor struct {
	ID          string        `yaml:"id"`
	Name        string        `yaml:"name"`
	Phone       string        `yaml:"phone,omitempty"` // E.164
	Mail        string        `yaml:"mail,omitempty"`
	Hours       Hours         `yaml:"hours,omitempty"`
	Holidays    Holidays      `yaml:"holidays,omitempty"`
	RemindEvery time.Duration `yaml:"remind_every,omitempty"` // so often whoever owns the ticket is told to ask again; 0 is 24 h
}

// For are the times of tickets of a priority.
func (a Agreement) For(p tickets.Priority) Times {
	own := a.Priorities[priorityName(p)]
	return Times{Reaction: cmp.Or(own.Reaction, a.Reaction), Resolution: cmp.Or(own.Resolution, a.Resolution)}
}

// warnAt is a share of a clock's time, or the usual one where none is set.
func warnAt(share *float64) clock.Warn {
	const usual = 0.8
	if share == nil {
		return clock.Warn{Share: usual}
	}
	return clock.Warn{Share: *share}
}

// Clocks are the agreements as clocks know them, by id.
func (c Config) Clocks() map[string]*clock.Agreement {
	all := make(map[string]*clock.Agreement)
	for _, a := range c.Agreements {
		made := &clock.Agreement{
			ID: a.ID, Name: a.Name, Calendar: opening(a.Hours, a.Holidays, c.Location()), Warn: warnAt(a.Warn),
			Target:     clock.Target{Reaction: a.Reaction, Resolution: a.Resolution},
			Priorities: make(map[tickets.Priority]clock.Target),
		}
		for _, p := range priorities() {
			if own, has := a.Priorities[priorityName(p)]; has {
				made.Priorities[p] = clock.Target(own)
			}
		}
		if a.Pauses != nil {
			made.PausedFor = []clock.Party{}
		}
		for _, p := range a.Pauses {
			made.PausedFor = append(made.PausedFor, clock.Party(p))
		}
		all[a.ID] = made
	}
	return all
}

// DepartmentClocks are what departments have agreed to among each other, by department; one that has no bound is not there.
func (c Config) DepartmentClocks() map[string]clock.DepartmentAgreement {
	all := make(map[string]clock.DepartmentAgreement)
	for _, d := range c.Departments {
		if d.Within > 0 {
			all[d.ID] = clock.DepartmentAgreement{Calendar: opening(d.Hours, d.Holidays, c.Location()), Within: d.Within, Warn: warnAt(d.Warn)}
		}
	}
	return all
}

// agreements are what tickets know of agreements.
func (c Config) agreements() map[string]tickets.AgreementTerms {
	all := make(map[string]tickets.AgreementTerms)
	for _, a := range c.Agreements {
		all[a.ID] = tickets.AgreementTerms{Name: a.Name, Priority: a.Priority, Channels: a.Channels}
	}
	return all
}

// vendors are what tickets know of vendors.
func (c Config) vendors() map[string]tickets.VendorTerms {
	all := make(map[string]tickets.VendorTerms)
	for _, v := range c.Vendors {
		all[v.ID] = tickets.VendorTerms{
			Name: v.Name, Phone: v.Phone, Mail: v.Mail, Hours: opening(v.Hours, v.Holidays, c.Location()), RemindEvery: cmp.Or(v.RemindEvery, day),
		}
	}
	return all
}
