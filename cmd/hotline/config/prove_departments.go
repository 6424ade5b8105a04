package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"hotline/ivr/flow"
	"hotline/tickets"
)

// What makes departments and topics wrong: a name that leads nowhere, or in a circle. What is sound and yet of no use, given who works,
// only `hotline check` tells: see check_departments.go.

func (c *Config) proveDepartmentsAndTopics(doc *document) {
	c.proveDepartments(doc)
	seen := c.proveTopics(doc)
	if !doc.Incomplete("topics") {
		doc.flowTopics(c.Flow, seen)
	}
}

func (c *Config) proveDepartments(doc *document) {
	seen := make(map[string]bool)
	first := ""
	for i, d := range c.Departments {
		at := fmt.Sprintf("departments.%d", i)
		doc.once(at+".id", d.ID, seen)
		doc.text(at+".name", d.Name)
		doc.oneOf(at+".line", d.Line, firstLine, secondLine)
		switch {
		case d.Line != firstLine:
		case first != "":
			doc.wrong(at+".line", "%s is the first line already: there is one", first)
		default:
			first = d.ID
		}
		doc.hours(at+".hours", d.Hours)
		doc.holidays(at+".holidays", d.Holidays)
		if d.Within != 0 || doc.Stands(at+".within") {
			doc.between(at+".within", d.Within, shortestClock, longestClock)
		}
		doc.warn(at+".warn", d.Warn)
		if d.Warn != nil && !doc.Stands(at+".within") {
			doc.wrong(at+".warn", "warns of nothing: give within")
		}
		c.proveIsPerson(doc, at+".head", d.Head)
		c.proveIsDepartment(doc, at+".heir", d.Heir)
	}
	for i, d := range c.Departments {
		heir := func(id string) string {
			if j := slices.IndexFunc(c.Departments, func(other Department) bool { return other.ID == id }); j >= 0 {
				return c.Departments[j].Heir
			}
			return ""
		}
		doc.noCircle(fmt.Sprintf("departments.%d.heir", i), d.ID, heir)
	}
}

func (c *Config) proveTopics(doc *document) (seen map[string]bool) {
	seen = make(map[string]bool)
	for i, t := range c.Topics {
		doc.once(fmt.Sprintf("topics.%d.id", i), t.ID, seen)
	}
	parent := func(id string) string {
		if j := slices.IndexFunc(c.Topics, func(other Topic) bool { return other.ID == id }); j >= 0 {
			return c.Topics[j].Parent
		}
		return ""
	}
	for i, t := range c.Topics {
		at := fmt.Sprintf("topics.%d", i)
		doc.text(at+".name", t.Name)
		if t.Parent != "" && !seen[t.Parent] && !doc.Incomplete("topics") {
			doc.wrong(at+".parent", "topic %q does not exist", t.Parent)
		}
		doc.noCircle(at+".parent", t.ID, parent)
		if t.Department != "" {
			doc.short(at+".department", t.Department)
		} else if t.Parent == "" { // else it is the parent's, which has one or is told to have none
			doc.needed(at+".department", "")
		}
		if t.Class != "" && !slices.Contains(tickets.Classes, t.Class) {
			doc.wrong(at+".class", "%q is none of information, personal, claim, complaint, outage", t.Class)
		}
		if t.Priority != 0 || doc.Stands(at+".priority") {
			doc.from(at+".priority", int(t.Priority), int(tickets.MostUrgent), int(tickets.LeastUrgent))
		}
		c.proveChain(doc, at+".chain", c.terms(t).Department, t.Chain)
	}
	return seen
}

// proveChain checks the departments to which the tickets of a topic go on: no way leads back.
func (c *Config) proveChain(doc *document, path, from string, chain []string) {
	way := []string{from}
	for i, d := range chain {
		at := fmt.Sprintf("%s.%d", path, i)
		if !doc.needed(at, d) {
			continue
		}
		way = append(way, d)
		if begins := slices.Index(way, d); begins < len(way)-1 {
			doc.wrong(at, "leads in a circle: %s", strings.Join(way[begins:], " → "))
		}
		c.proveIsDepartment(doc, at, d)
	}
}

// proveIsDepartment checks that there is such a department; "" is none.
func (c *Config) proveIsDepartment(doc *document, path, id string) {
	if id == "" || doc.Incomplete("departments") || doc.Incomplete("topics") || doc.departmentsUnread(c) {
		return
	}
	if !c.knownDepartments()[id] {
		doc.wrong(path, "department %q does not exist; there are: %s", id, c.departmentNames())
	}
}

// departmentsUnread says whether a topic has a department that could not be read.
func (doc *document) departmentsUnread(c *Config) bool {
	for i := range c.Topics {
		if doc.Unread(fmt.Sprintf("topics.%d.department", i)) {
			return true
		}
	}
	return false
}

// proveIsPerson checks that there is such a person; "" is nobody.
func (c *Config) proveIsPerson(doc *document, path, id string) {
	if id != "" && !doc.Incomplete("people") && !slices.ContainsFunc(c.People, func(p Person) bool { return string(p.ID) == id }) {
		doc.wrong(path, "%q is none of the people", id)
	}
}

// noCircle tells of a circle in what leads from one to the next. It is told once, where its first link stands.
func (doc *document) noCircle(path, from string, next func(string) string) {
	way := []string{from}
	for at := next(from); at != ""; at = next(at) {
		if at == from {
			if from == slices.Min(way) {
				doc.wrong(path, "leads in a circle: %s", strings.Join(append(way, from), " → "))
			}
			return
		}
		if slices.Contains(way, at) {
			return // the circle is further on
		}
		way = append(way, at)
	}
}

// holidays are dates with names.
func (doc *document) holidays(path string, h Holidays) {
	for _, date := range slices.Sorted(maps.Keys(h)) {
		at := path + "." + date
		if _, err := time.Parse(time.DateOnly, date); err != nil {
			doc.wrong(at, `%q is no date: write it as "2026-12-31"`, date)
		}
		if len(h[date]) == 0 {
			doc.wrong(at, "has no name, such as {ru: Новый год, en: New Year}")
		}
		doc.text(at, h[date])
	}
}

func (doc *document) flowTopics(f flow.Flow, known map[string]bool) {
	for _, at := range f.Topics() {
		if !known[string(at.Topic)] {
			doc.wrong("flow."+at.Path, "topic %q is not among topics", at.Topic)
		}
	}
}
