package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"hotline/agentapi/gate"
	"hotline/queues"
	"hotline/telephony"
	"hotline/telephony/phonenumbers"
)

// What makes a person wrong: whom the gate, the database or the switch would not take. One of them must not be found out when
// the others want to sign in.

func (c *Config) provePeople(doc *document) {
	ids, phones, logins := make(map[string]bool), make(map[string]bool), logins{}
	for i, person := range c.People {
		at := fmt.Sprintf("people.%d", i)
		doc.once(at+".id", string(person.ID), ids)
		if doc.needed(at+".login", person.Login) {
			logins.prove(doc, at+".login", person)
		}
		if person.Name == "" {
			doc.overdue(at+".name", "is missing")
		}
		doc.short(at+".name", person.Name)
		doc.levels(at+".skills", person.Skills)
		c.proveSkillsUntil(doc, at, person)
		doc.language(at+".language", person.Language)
		c.proveRole(doc, at, person)
		c.proveDepartmentsOf(doc, at, person)
		if person.Phone != "" || person.Role == "agent" {
			doc.once(at+".phone", person.Phone, phones)
		}
		if person.Phone != "" {
			doc.like(at+".phone", person.Phone, plain, "the name of a phone: letters, digits, - and _")
		}
	}
}

// proveSkillsUntil checks the last days of a person's skills.
func (c *Config) proveSkillsUntil(doc *document, at string, person Person) {
	for _, skill := range slices.Sorted(maps.Keys(person.SkillsUntil)) {
		path := at + ".skills_until." + string(skill)
		if _, has := person.Skills[skill]; !has && !doc.Unread(at+".skills") {
			doc.wrong(path, "%s is not among the skills of %s", skill, person.ID)
			continue
		}
		switch end, err := c.endOf(person.SkillsUntil[skill]); {
		case err != nil:
			doc.wrong(path, "%v", err)
		case !end.After(time.Now()):
			doc.doubt(path, "is over: %s is offered nothing that needs %s", person.ID, skill)
		}
	}
}

// doubtPeople warns of what will most likely trouble a person, and may yet be meant.
func (c *Config) doubtPeople(doc *document) {
	for i, person := range c.People {
		at := fmt.Sprintf("people.%d", i)
		if mixesAlphabets(person.Login) {
			doc.doubt(at+".login", "%q mixes Latin and Cyrillic letters: who types it with one keyboard is not let in", person.Login)
		}
		if person.Phone != "" {
			c.doubtPhone(doc, at+".phone", person.Phone)
		}
	}
}

func (c *Config) proveRole(doc *document, at string, person Person) {
	switch {
	case !gate.Role(person.Role).Valid():
		doc.wrong(at+".role", "%q is none of agent, department, supervisor, administrator", person.Role)
	case person.Seat && person.Role == string(gate.RoleDepartment):
		doc.wrong(at+".seat", "the role department has none: it takes no calls")
	case person.Role == string(gate.RoleDepartment) && person.Phone != "":
		doc.wrong(at+".phone", "the role department has none: it takes no calls")
	case person.Role == string(gate.RoleDepartment) && len(c.departmentsOf(person)) == 0 && !doc.Unread(at+".departments"):
		doc.wrong(at+".departments", "is missing: whose tickets does a person of the role department work on?")
	case person.Seat:
		doc.address("asterisk.websocket", c.Asterisk.Websocket, "ws", "wss")
	}
}

// proveDepartmentsOf checks that there are a person's departments.
func (c *Config) proveDepartmentsOf(doc *document, at string, person Person) {
	for i, department := range person.Departments {
		place := fmt.Sprintf("%s.departments.%d", at, i)
		if department == "" {
			doc.wrong(place, "is missing")
		}
		c.proveIsDepartment(doc, place, department)
	}
}

// logins are those that were looked at, by how the gate compares them and by how they look.
type logins map[string]queues.AgentID

func (seen logins) prove(doc *document, path string, person Person) {
	login := gate.CleanLogin(person.Login)
	looks := "looks like " + lookOf(login)
	switch err := gate.CheckLogin(login); {
	case person.Login != strings.TrimSpace(person.Login):
		doc.overdue(path, "%q has a space before or behind it", person.Login)
	case err != nil:
		doc.overdue(path, "%v", err)
	case seen[login] != "" && login == person.Login:
		doc.wrong(path, "%q is there twice", person.Login)
	case seen[login] != "":
		doc.overdue(path, "%q is there twice: upper and lower case are the same, and %s has it", person.Login, seen[login])
	case seen[looks] != "":
		doc.overdue(path, "%q looks like the login of %s, and is written with letters of another alphabet", person.Login, seen[looks])
	}
	seen[login], seen[looks] = person.ID, person.ID
}

// lookOf is a login in which the Cyrillic letters that look like Latin ones are these.
func lookOf(login string) string { return lookAlikes.Replace(login) }

var lookAlikes = strings.NewReplacer("а", "a", "в", "b", "е", "e", "ё", "e", "і", "i", "ј", "j", "к", "k", "м", "m", "н", "h", "о", "o",
	"р", "p", "с", "c", "ѕ", "s", "т", "t", "у", "y", "х", "x")

func mixesAlphabets(text string) bool {
	in := func(script *unicode.RangeTable) bool {
		return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(script, r) })
	}
	return in(unicode.Latin) && in(unicode.Cyrillic)
}

// doubtPhone warns of the name of a phone that a caller may bear, too: Asterisk would take that caller for the phone, and ask for its
// secret.
func (c *Config) doubtPhone(doc *document, path, phone string) {
	number := phonenumbers.Parse(phone, c.Line.Region)
	switch {
	case number.Kind == telephony.Full && number.E164 == c.Line.Number:
		doc.doubt(path, "%q is the line's own number: a caller who dials it, or bears it, is taken for this phone; give it a name with letters, such as desk-%s", phone, phone)
	case number.Kind != telephony.Anonymous:
		doc.doubt(path, "%q looks like a number that somebody calls from, or dials: give the phone a name with letters, such as desk-%s", phone, phone)
	case strings.Contains(c.Asterisk.Outbound+"/", "@"+phone+"/"), strings.HasPrefix(c.Asterisk.Outbound, "PJSIP/"+phone+"/"):
		doc.doubt(path, "%q is the endpoint of asterisk.outbound, too: the phone would take its place", phone)
	case slices.Contains([]string{"line", "h", "i", "s", "t", "a", "o", "e", "T"}, phone):
		doc.doubt(path, "%q is a word of the dialplan or of pjsip.conf: give the phone another name", phone)
	}
}

// password says whether the gate takes a password, without a word of it.
func (doc *document) password(path, text string) {
	if err := gate.CheckPassword(text); err != nil {
		doc.overdue(path, "what it leads to %v", err)
	}
}
