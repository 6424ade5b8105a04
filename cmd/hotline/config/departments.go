package config

import (
	"maps"
	"slices"
	"strings"
	"time"

	"hotline/agentapi/gate"
	"hotline/telephony/hours"
	"hotline/telephony/words"
	"hotline/tickets"
)

// Department is who works on tickets beyond the call: {id: support, hours: {mon-fri: ["09:00-18:00"]}, head: olga, heir: subscribers}. People
// belong to it by people[].departments, and its head in any case. Where no departments are listed, those that topics name are all there is.
type Department struct {
	ID       string        `yaml:"id"`
	Name     words.Text    `yaml:"name,omitempty"`
	Line     string        `yaml:"line,omitempty"`     // "first" takes the calls, and owns a ticket without a topic; "" is second
	Hours    Hours         `yaml:"hours,omitempty"`    // when somebody works there
	Holidays Holidays      `yaml:"holidays,omitempty"` // and when nobody does
	Within   time.Duration `yaml:"within,omitempty"`   // so much working time it has for a ticket that is handed over to it; 0 is no bound
	Warn     *float64      `yaml:"warn,omitempty"`     // when such a share of it has passed; nil is 0.8, 0 is never
	Head     string        `yaml:"head,omitempty"`     // a person
	Heir     string        `yaml:"heir,omitempty"`     // the department that gets its tickets when nobody belongs to it any more
}

// Topic is what calls are about: what it is called, and what it means for its tickets. Topics are a tree; what one does not say is as its
// parent says.
type Topic struct {
	ID         string           `yaml:"id"`
	Name       words.Text       `yaml:"name"`
	Parent     string           `yaml:"parent,omitempty"`     // a topic
	Department string           `yaml:"department,omitempty"` // owns its tickets that nobody owns yet
	Class      tickets.Class    `yaml:"class,omitempty"`
	Priority   tickets.Priority `yaml:"priority,omitempty"`  // 1 is the most urgent, 4 the least; 0 is 3
	Chain      []string         `yaml:"chain,omitempty"`     // departments to which a ticket goes on, in order; nil is the parent's
	Agreement  string           `yaml:"agreement,omitempty"` // overrules the customer's
}

// Holidays are the dates on which nobody works unless hours name them, with what they are called: {"2027-01-01": {ru: Новый год, en: New Year}}.
type Holidays map[string]words.Text

// The two lines of departments.
const (
	firstLine  = "first"
	secondLine = "second"
)

// opening is when it is open by hours with holidays, by a clock that hangs somewhere; nil is always.
func opening(h Hours, holidays Holidays, where *time.Location) *hours.Calendar {
	c, _ := h.calendar()
	switch {
	case c == nil && len(holidays) == 0:
		return nil
	case c == nil:
		c = &hours.Calendar{Dates: map[string][]hours.Span{}}
		for day := range c.Week {
			c.Week[day] = []hours.Span{{To: 24 * time.Hour}}
		}
	}
	c.Names = holidays
	for date := range holidays {
		if _, open := c.Dates[date]; !open {
			c.Dates[date] = nil
		}
	}
	c.Zone = where
	return c
}

// first is the department of the first line.
func (c Config) first() string {
	for _, d := range c.Departments {
		if d.Line == firstLine {
			return d.ID
		}
	}
	return tickets.DefaultDepartment
}

// lineage is a topic, its parent, and so on up to one that has none.
func (c Config) lineage(t Topic) (all []Topic) {
	for {
		all = append(all, t)
		i := slices.IndexFunc(c.Topics, func(other Topic) bool { return t.Parent != "" && other.ID == t.Parent })
		if i < 0 || len(all) > len(c.Topics) { // a circle, which a sound configuration does not have
			return all
		}
		t = c.Topics[i]
	}
}

// terms are what a topic means, with what its parents say.
func (c Config) terms(t Topic) tickets.TopicTerms {
	means := tickets.TopicTerms{Name: t.Name, Parent: t.Parent}
	for _, one := range c.lineage(t) {
		if means.Department == "" {
			means.Department = one.Department
		}
		if means.Class == "" {
			means.Class = one.Class
		}
		if means.Priority == 0 {
			means.Priority = one.Priority
		}
		if means.Chain == nil {
			means.Chain = one.Chain
		}
		if means.Agreement == "" {
			means.Agreement = one.Agreement
		}
	}
	if i := slices.Index(means.Chain, means.Department); i >= 0 { // the parent's chain goes on from here
		means.Chain = means.Chain[i+1:]
	}
	return means
}

// Terms are what tickets know of the configuration.
func (c Config) Terms() tickets.Terms {
	t := tickets.Terms{Department: c.first(), Topics: map[string]tickets.TopicTerms{}, People: map[string]tickets.PersonTerms{}, Vendors: c.vendors(), Agreements: c.agreements(), Agreement: c.Agreement, Zone: c.Location(), Answers: c.answers(), CallReasons: map[string]words.Text{}}
	c.Tickets.tell(&t)
	for _, r := range c.calling().Items {
		t.CallReasons[r.Code] = r.Name
	}
	for _, topic := range c.Topics {
		t.Topics[topic.ID] = c.terms(topic)
	}
	for _, p := range c.People {
		t.People[string(p.ID)] = tickets.PersonTerms{Name: p.Name, Departments: c.departmentsOf(p)}
	}
	if len(c.Departments) > 0 {
		t.Departments = map[string]tickets.DepartmentTerms{}
		for id := range c.knownDepartments() {
			t.Departments[id] = tickets.DepartmentTerms{}
		}
		for _, d := range c.Departments {
			t.Departments[d.ID] = tickets.DepartmentTerms{Name: d.Name, Head: d.Head, Heir: d.Heir, Hours: opening(d.Hours, d.Holidays, c.Location())}
		}
	}
	return t.OrUsual()
}

// departmentsOf are those that a person belongs to: as they say, and those that they head. An agent who is of none is of the first line: they take
// its calls, and call back whom it missed.
func (c Config) departmentsOf(p Person) []string {
	all := slices.Clone(p.Departments)
	for _, d := range c.Departments {
		if d.Head != "" && d.Head == string(p.ID) && !slices.Contains(all, d.ID) {
			all = append(all, d.ID)
		}
	}
	if len(all) == 0 && p.Role == string(gate.RoleAgent) {
		all = []string{c.first()}
	}
	return all
}

// knownDepartments are those that are listed, those that topics name, and the first line.
func (c Config) knownDepartments() map[string]bool {
	known := map[string]bool{c.first(): true}
	for _, d := range c.Departments {
		known[d.ID] = true
	}
	for _, t := range c.Topics {
		known[t.Department] = true
	}
	delete(known, "")
	return known
}

func (c Config) departmentNames() string {
	return strings.Join(slices.Sorted(maps.Keys(c.knownDepartments())), ", ")
}
