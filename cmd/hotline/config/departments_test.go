package config

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/agentapi/gate"
	"hotline/cmd/hotline/config/sample"
	"hotline/telephony/hours"
	"hotline/telephony/words"
	"hotline/tickets"
)

// house is a change of the example that gives it departments, and a tree of topics.
var house = []string{
	"topics:\n", `departments:
  - {id: information, line: first, name: {ru: Справочная, en: Information}}
  - {id: subscribers, line: second, heir: information, head: olga}
  - id: support
    hours: {mon-fri: ["09:00-18:00"], "2026-12-31": ["09:00-15:00"]}
    holidays: {"2027-01-01": {ru: Новый год, en: New Year}, "2026-12-31": {ru: Канун, en: Eve}}
    heir: subscribers
    within: 8h
    warn: 0.5
  - {id: field, heir: support, holidays: {"2027-01-07": {ru: Рождество}}}
topics:
`,
	"department: support}", `department: support, class: outage, priority: 2, chain: [field, development]}
  - {id: no_internet, name: {ru: Нет интернета, en: No internet}, parent: fault, priority: 1}
  - {id: wiring, name: {ru: Проводка}, parent: no_internet, class: claim, chain: [], department: development}
  - {id: cable, name: {ru: Кабель}, parent: fault, department: field}`,
	"# departments: [support] #", "departments: [support, information] #",
}

// changedHouse is the example with departments, and some of its text replaced.
func changedHouse(t *testing.T, oldNew ...string) (file string) {
	t.Helper()
	return sample.Changed(t, append(slices.Clone(house), oldNew...)...)
}

func TestTicketsAreToldOfDepartmentsAndOfWhatTopicsInherit(t *testing.T) {
	sample.SetSecrets(t)
	c, err := Load(changedHouse(t, "region: RU", "region: RU\n  timezone: Europe/Moscow"))
	if err != nil {
		t.Fatal(err)
	}
	got := c.Terms()
	chain := []string{"field", "development"}
	for id, want := range map[string]tickets.TopicTerms{
		"information": {Name: words.Text{"ru": "Справка", "en": "Information"}, Department: "information"},
		"fault":       {Name: words.Text{"ru": "Неисправность", "en": "Fault"}, Department: "support", Class: tickets.Outage, Priority: 2, Chain: chain},
		"no_internet": {Name: words.Text{"ru": "Нет интернета", "en": "No internet"}, Parent: "fault", Department: "support", Class: tickets.Outage, Priority: 1, Chain: chain},
		"wiring":      {Name: words.Text{"ru": "Проводка"}, Parent: "no_internet", Department: "development", Class: tickets.Claim, Priority: 1, Chain: []string{}},
		"cable":       {Name: words.Text{"ru": "Кабель"}, Parent: "fault", Department: "field", Class: tickets.Outage, Priority: 2, Chain: []string{"development"}},
	} {
		if !reflect.DeepEqual(got.Topics[id], want) {
			t.Errorf("topic %s is told as\n%+v\nnot\n%+v", id, got.Topics[id], want)
		}
	}
	moscow, _ := time.LoadLocation("Europe/Moscow")
	day := []hours.Span{{From: 9 * time.Hour, To: 18 * time.Hour}}
	whole := []hours.Span{{To: 24 * time.Hour}}
	if want := map[string]tickets.DepartmentTerms{
		"information": {Name: words.Text{"ru": "Справочная", "en": "Information"}},
		"subscribers": {Heir: "information", Head: "olga"},
		"support": {Heir: "subscribers", Hours: &hours.Calendar{Zone: moscow,
			Week:  [7][]hours.Span{1: day, 2: day, 3: day, 4: day, 5: day},
			Dates: map[string][]hours.Span{"2026-12-31": {{From: 9 * time.Hour, To: 15 * time.Hour}}, "2027-01-01": nil},
			Names: map[string]words.Text{"2027-01-01": {"ru": "Новый год", "en": "New Year"}, "2026-12-31": {"ru": "Канун", "en": "Eve"}}}},
		"field": {Heir: "support", Hours: &hours.Calendar{Zone: moscow,
			Week:  [7][]hours.Span{whole, whole, whole, whole, whole, whole, whole},
			Dates: map[string][]hours.Span{"2027-01-07": nil}, Names: map[string]words.Text{"2027-01-07": {"ru": "Рождество"}}}},
		"development": {}, // only topics name it
	}; !reflect.DeepEqual(got.Departments, want) {
		t.Errorf("departments are told as\n%+v\nnot\n%+v", got.Departments, want)
	}
	if want := map[string]tickets.PersonTerms{
		"anna": {Name: "Анна Орлова", Departments: []string{"support", "information"}},
		"olga": {Name: "Ольга Белова", Departments: []string{"subscribers"}}, // as its head
	}; !reflect.DeepEqual(got.People, want) {
		t.Errorf("people are told as\n%+v\nnot\n%+v", got.People, want)
	}
	for id, a := range c.DepartmentClocks() {
		if id != "support" || a.Within != 8*time.Hour || a.Warn.Share != 0.5 || !reflect.DeepEqual(a.Calendar, got.Departments["support"].Hours) || a.Check(time.Now()) != nil {
			t.Errorf("the clock of %s is %+v: %v", id, a, a.Check(time.Now()))
		}
	}
	if got.Department != "information" {
		t.Errorf("the first line is %s", got.Department)
	}
	if olga := got.Sight("olga"); !slices.Equal(olga.Departments, []string{"subscribers"}) || slices.Contains(olga.Topics, "fault") || !slices.Contains(olga.Topics, "contract") {
		t.Errorf("olga sees the tickets of %v on %v", olga.Departments, olga.Topics)
	}
}

func TestWithoutDepartmentsThoseOfTopicsAreAllThereIs(t *testing.T) {
	sample.SetSecrets(t)
	c, err := Load(sample.Changed(t, "# departments: [support] #", "departments: [support, first_line] #"))
	if err != nil {
		t.Fatal(err)
	}
	got := c.Terms()
	if got.Departments != nil || got.Department != tickets.DefaultDepartment || got.Topic("contract").Department != "subscribers" {
		t.Errorf("tickets are told %+v", got)
	}
}

func TestEachMistakeAboutDepartmentsAndTopicsIsNamedWithItsPlace(t *testing.T) {
	sample.SetSecrets(t)
	const known = "; there are: development, field, information, subscribers, support"
	for _, m := range []struct{ old, new, at, text string }{
		{"- {id: field,", "- {id: support,", "support, heir", `departments.3.id: "support" is there twice`},
		{"- {id: field,", "- {", "heir: support", `departments.3.id: is missing`},
		{"line: second", "line: third", "third", `departments.1.line: is "third": it is one of first, second`},
		{"line: second", "line: first", "first, heir", `departments.1.line: information is the first line already: there is one`},
		{"within: 8h", "within: 1s", "1s\n", `departments.2.within: is 1s; it must be from 1m0s to 8784h0m0s`},
		{"warn: 0.5", "warn: 50", "50\n", `departments.2.warn: is 50; it must be from 0 to below 1, such as 0.8`},
		{"within: 8h\n", "\n", "0.5\n", `departments.2.warn: warns of nothing: give within`},
		{"head: olga", "head: oleg", "oleg", `departments.1.head: "oleg" is none of the people`},
		{"heir: information", "heir: sales", "sales", `departments.1.heir: department "sales" does not exist` + known},
		{"heir: information", "heir: subscribers", "subscribers, head", `departments.1.heir: leads in a circle: subscribers → subscribers`},
		{"heir: information", "heir: field", "support, holidays", `departments.3.heir: leads in a circle: field → support → subscribers → field`},
		{"hours: {mon-fri: [\"09:00-18:00\"], ", "hours: {mon-fri: [\"9-18\"], ", `"9-18"`, `departments.2.hours.mon-fri.0: "9-18" is no time of the day; write it as "09:00-18:00"`},
		{`hours: {mon-fri: ["09:00-18:00"], "2026-12-31": ["09:00-15:00"]}`, "hours: {}", "{}\n    holidays", `departments.2.hours: are never: write such as {mon-fri: ["09:00-18:00"]}, or leave hours out for always`},
		{`"2027-01-07": {ru`, `"07.01.2027": {ru`, "ru: Рождество", `departments.3.holidays.07.01.2027: "07.01.2027" is no date: write it as "2026-12-31"`},
		{`{ru: Рождество}`, `{}`, "{}}}", `departments.3.holidays.2027-01-07: has no name, such as {ru: Новый год, en: New Year}`},
		{`{ru: Рождество}`, `{de: Weihnacht}`, "Weihnacht", `departments.3.holidays.2027-01-07.de: "de" is not a language Hotline speaks: ru or en`},
		{"name: {ru: Справочная, en: Information}}", "name: {fr: Accueil}}", "Accueil", `departments.0.name.fr: "fr" is not a language Hotline speaks: ru or en`},
		{"id: no_internet", "id: fault", "fault, name: {ru: Нет", `topics.3.id: "fault" is there twice`},
		{"parent: fault", "parent: faults", "faults", `topics.3.parent: topic "faults" does not exist`},
		{"parent: fault", "parent: wiring", "wiring, priority", `topics.3.parent: leads in a circle: no_internet → wiring → no_internet`},
		{"parent: fault,", "parent: no_internet,", "no_internet, priority", `topics.3.parent: leads in a circle: no_internet → no_internet`},
		{"parent: fault, priority: 1", "priority: 1", "id: no_internet", `topics.3.department: is missing`},
		{"department: support,", "", "id: fault", `topics.2.department: is missing`},
		{"class: outage", "class: trouble", "trouble", `topics.2.class: "trouble" is none of information, personal, claim, complaint, outage`},
		{"priority: 2", "priority: 0", "0, chain", `topics.2.priority: is 0; it must be from 1 to 4`},
		{"priority: 2", "priority: 5", "5, chain", `topics.2.priority: is 5; it must be from 1 to 4`},
		{"priority: 2", "priority: high", "high", `topics.2.priority: "high" is not a whole number`},
		{"chain: [field, development]", "chain: [field, sales]", "sales]", `topics.2.chain.1: department "sales" does not exist` + known},
		{"chain: [field, development]", "chain: [field, development, field]", "field]", `topics.2.chain.2: leads in a circle: field → development → field`},
		{"chain: [field, development]", "chain: [field, support]", "support]", `topics.2.chain.1: leads in a circle: support → field → support`},
		{"chain: [field, development]", `chain: [field, ""]`, `""]`, `topics.2.chain.1: is missing`},
		{"chain: [field, development]", `chain: field`, `field}`, `topics.2.chain: must be a list`},
		{"departments: [support, information] #", "departments: [support, sales] #", "sales] #", `people.0.departments.1: department "sales" does not exist` + known},
		{"departments: [support, information] #", `departments: [support, ""] #`, `""] #`, `people.0.departments.1: is missing`},
		{"department: support,", "department: ' support',", "' support'", `topics.2.department: " support" has a space before or behind it`},
	} {
		t.Run(m.new, func(t *testing.T) {
			file := changedHouse(t, m.old, m.new)
			_, err := Load(file)
			if got, want := mistakes(err), sample.Where(t, file, m.at)+": "+m.text; len(got) != 1 || got[0] != want {
				t.Errorf("found\n  %s\n\nnot\n  %s", strings.Join(got, "\n  "), want)
			}
		})
	}
}

// What refers to what cannot be read is not to blame.
func TestAnUnreadableDepartmentOrTopicHidesWhatRefersToIt(t *testing.T) {
	sample.SetSecrets(t)
	for _, m := range []struct{ old, new, text string }{
		{"- {id: field,", "- {id: [field],", "departments.3.id: must be a text"},
		{"departments:\n  - {id: information,", "departments: none\nx:\n  - {id: information,", "departments: must be a list"},
		{"department: development", "department: [development]", "topics.4.department: must be a text"},
		{"department: support,", "department: [support],", "topics.2.department: must be a text"},
		{"id: no_internet", "id: [no_internet]", "topics.3.id: must be a text"},
		{"- id: olga", "- id: [olga]", "people.1.id: must be a text"},
	} {
		t.Run(m.new, func(t *testing.T) {
			_, err := Load(changedHouse(t, m.old, m.new))
			got := slices.DeleteFunc(mistakes(err), func(line string) bool { return strings.HasSuffix(line, "x: unknown setting") })
			if len(got) != 1 || !strings.HasSuffix(got[0], m.text) {
				t.Errorf("found\n  %s", strings.Join(got, "\n  "))
			}
		})
	}
}

func TestWhoHasTheRoleDepartmentNeedsDepartmentsAndHasNoPhone(t *testing.T) {
	sample.SetSecrets(t)
	const olga = "role: supervisor"
	c, err := Load(changedHouse(t, olga, "role: department"))
	if err != nil {
		t.Fatalf("the head of a department is of it: %v", err)
	}
	if a := c.People[1].Account(); a.Role != gate.RoleDepartment || a.Person != "olga" || a.Agent != "" || a.Check() != nil {
		t.Errorf("the account is %+v: %v", a, a.Check())
	}
	if a := c.People[0].Account(); a.Person != "anna" || a.Agent != "anna" {
		t.Errorf("an agent's account is %+v", a)
	}
	if _, calls := c.Agents()["olga"]; calls || c.Lineup().PersonName("olga") != "Ольга Белова" {
		t.Errorf("she takes calls: %v, and is called %q", calls, c.Lineup().PersonName("olga"))
	}
	for _, m := range []struct{ is, at, text string }{
		{"role: department", "id: olga", "people.1.departments: is missing: whose tickets does a person of the role department work on?"},
		{"role: department\n    departments: [support]\n    phone: desk-7", "desk-7", "people.1.phone: the role department has none: it takes no calls"},
		{"role: department\n    departments: [support]\n    seat: true", "true\n    language: ru\n    password: {env: HOTLINE_OLGA", "people.1.seat: the role department has none: it takes no calls"},
		{"role: department\n    departments: [support]", "", ""},
	} {
		file := sample.Changed(t, olga, m.is)
		_, err := Load(file)
		var want []string
		if m.text != "" {
			want = []string{sample.Where(t, file, m.at) + ": " + m.text}
		}
		if got := mistakes(err); !slices.Equal(got, want) {
			t.Errorf("found\n  %s\n\nnot\n  %s", strings.Join(got, "\n  "), want)
		}
	}
}

// Who takes the first line's calls sees its tickets, and calls back whom it missed.
func TestAnAgentOfNoDepartmentIsOfTheFirstLine(t *testing.T) {
	sample.SetSecrets(t)
	c, err := Load(sample.Changed(t))
	if err != nil {
		t.Fatal(err)
	}
	terms := c.Terms()
	for _, p := range c.People {
		got := terms.Sight(string(p.ID)).Departments
		if want := p.Role == "agent" && len(p.Departments) == 0; want != slices.Equal(got, []string{tickets.DefaultDepartment}) {
			t.Errorf("%s, who is %s, sees the tickets of %v", p.ID, p.Role, got)
		}
	}
	if len(terms.Members(tickets.DefaultDepartment)) == 0 {
		t.Error("nobody belongs to the first line")
	}
}
