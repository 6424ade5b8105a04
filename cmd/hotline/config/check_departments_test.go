package config

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/cmd/hotline/config/sample"
	"hotline/telephony/hours"
)

// kept is a change of the example in whose departments somebody works, and whose agreement can be kept.
var kept = []string{
	"topics:\n", `departments:
  - {id: information, line: first}
  - {id: subscribers, head: olga}
  - id: support
    hours: {mon-fri: ["09:00-18:00"]}
agreement: standard
agreements:
  - {id: standard, hours: {mon-fri: ["09:00-18:00"]}, reaction: 1h, resolution: 9h}
topics:
`,
	"# departments: [support] #", "departments: [support, information] #",
}

func TestWhatDepartmentsAndAgreementsCannotKeepIsToldWithItsPlace(t *testing.T) {
	sample.SetSecrets(t)
	const warning = "warning: "
	const hidden = "departments: [support, information] #" // anna's
	for _, m := range []struct{ old, new, at, text string }{
		{"region: RU", "region: RU ", "", ""},
		{hidden, "departments: [information] #", "support\n    hours", "departments.2.id: nobody belongs to department support, and it has no heir: who works on its tickets?"},
		{hidden, "departments: [support] #", "information, line", "departments.0.id: nobody belongs to department information, and it has no heir: who works on its tickets?"},
		{hidden, "#", "support\n    hours", "departments.2.id: nobody belongs to department support, and it has no heir: who works on its tickets?"}, // and she is of the first line
		{"id: support\n    hours", "id: support\n    heir: subscribers\n    hours", "", ""},
		{"id: information, line: first", "id: information", "id: information}", warning + "departments: none of them is the first line: first_line owns what has no topic, and nobody is looked for there; say line: first of one"},
		{"department: support}", "department: field}", "field}", warning + `topics.2.department: "field" is not among departments: nobody is looked for there`},
		{"agreement: standard\n", "", "id: standard", warning + "agreements: only contracts can name one: a customer without a contract is promised nothing, for neither agreement nor a topic names any"},
		{"resolution: 9h}", `resolution: 9h, priorities: {1: {resolution: 8h}, 2: {resolution: 8h}, 3: {resolution: 7h}}}`, "1: {resolution", warning + "agreements.0.priorities: promise a resolution within 8h0m0s to priority 2, and within 7h0m0s to 3, which is less urgent"},
		{"resolution: 9h}", `resolution: 9h, priorities: {4: {reaction: 30m}}}`, "4: {reaction", warning + "agreements.0.priorities: promise a reaction within 1h0m0s to priority 3, and within 30m0s to 4, which is less urgent"},
		{`standard, hours: {mon-fri: ["09:00-18:00"]}`, `standard, hours: {"2020-01-09": ["09:00-18:00"]}`, "1h, resolution", "agreements.0.reaction: its calendar does not have 1h0m0s of working time in 10 years"},
		{`    hours: {mon-fri: ["09:00-18:00"]}`, `    hours: {mon-fri: ["10:00-18:00"]}`, "", ""},
		{`    hours: {mon-fri: ["09:00-18:00"]}`, `    hours: {mon-thu: ["09:00-18:00"]}`, "mon-thu", "departments.2.hours: agreement standard promises a resolution within 9h0m0s, and support is closed for 9h0m0s of the agreement's hours on end"},
		{`    hours: {mon-fri: ["09:00-18:00"]}`, `    hours: {sat-sun: ["09:00-18:00"]}`, "sat-sun", "departments.2.hours: agreement standard promises a resolution within 9h0m0s, and support never works at the agreement's hours"},
		{`    hours: {mon-fri: ["09:00-18:00"]}`, `    hours: {mon: ["09:00-18:00"], wed-fri: ["09:00-17:01"]}`, "mon: [", "departments.2.hours: agreement standard promises a resolution within 9h0m0s, and support is closed for 9h0m0s of the agreement's hours on end"},
		{`id: information, line: first`, `id: information, line: first, hours: {mon-fri: ["10:00-18:00"]}`, "mon-fri: [\"10:", "departments.0.hours: agreement standard promises a reaction within 1h0m0s, and information is closed for 1h0m0s of the agreement's hours on end"},
		{`id: information, line: first`, `id: information, line: first, hours: {mon-fri: ["09:59-18:00"]}`, "", ""},
		{"resolution: 9h}", `resolution: 9h, priorities: {1: {resolution: 30m, reaction: 10m}}}`, "", ""}, // no topic is so urgent
		{"agreement: standard\n", "tickets: {reviews: [{department: support}, {person: olga}, {outside: regulator}]}\nagreement: standard\n", "", ""},
		{"agreement: standard\n", "tickets: {reviews: []}\nagreement: standard\n", "", ""},
		{"agreement: standard\n", "tickets: {reviews: [{department: subscribers}, {person: olga}]}\nagreement: standard\n", "person: olga}", warning + "tickets.reviews.1: olga decides below already, and nobody decides about their own answer: this level would be passed over"},
	} {
		t.Run(m.new, func(t *testing.T) {
			file := sample.Changed(t, append(slices.Clone(kept), m.old, m.new)...)
			found, doubts := checking(t, files{Config: file})
			text, doubtful := strings.CutPrefix(m.text, warning)
			var want []string
			if m.text != "" {
				want = []string{sample.Where(t, file, m.at) + ": " + strings.TrimSuffix(m.text, text) + text}
			}
			if got := append(found, doubts...); !slices.Equal(got, want) || doubtful != (len(doubts) > 0) {
				t.Errorf("found\n  %s\ndoubts\n  %s\n\nnot\n  %s", strings.Join(found, "\n  "), strings.Join(doubts, "\n  "), want)
			}
		})
	}
}

func TestALevelOfComplaintsAtWhichNobodyCouldDecideIsTold(t *testing.T) {
	sample.SetSecrets(t)
	for level, want := range map[string]string{
		"department: support": "nobody belongs to department support: who decides?", "department: first_line": "", "department: support, person: anna": "", "outside: court": "",
	} {
		file := sample.Changed(t, "topics:\n", "tickets: {reviews: [{"+level+"}]}\ntopics:\n")
		found, doubts := checking(t, files{Config: file})
		if want == "" && len(found) > 0 || want != "" && !slices.Equal(found, []string{sample.Where(t, file, level) + ": tickets.reviews.0: " + want}) || len(doubts) > 0 {
			t.Errorf("%s: found\n  %s\ndoubts %q\n\nnot\n  %s", level, strings.Join(found, "\n  "), doubts, want)
		}
	}
}

func TestATopicsOwnAgreementAndPriorityCountForItsDepartment(t *testing.T) {
	sample.SetSecrets(t)
	for topic, want := range map[string]string{
		"agreement: fast}":              "agreement fast promises a resolution within 2h0m0s, and support is closed for 3h0m0s of the agreement's hours on end",
		"agreement: fast, priority: 4}": "",
		"priority: 1}":                  "agreement fast promises a resolution within 1h0m0s, and support is closed for 3h0m0s of the agreement's hours on end",
	} {
		file := sample.Changed(t, append(slices.Clone(kept),
			`    hours: {mon-fri: ["09:00-18:00"]}`, `    hours: {mon-fri: ["12:00-18:00"]}`, "department: support}", "department: support, "+topic,
			"agreement: standard\nagreements:\n", `agreement: standard
agreements:
  - {id: fast, hours: {mon-fri: ["09:00-18:00"]}, resolution: 2h, priorities: {1: {resolution: 1h}, 4: {resolution: 5h}}}
`)...)
		found, _ := checking(t, files{Config: file})
		if want == "" && len(found) > 0 || want != "" && (len(found) != 1 || !strings.HasSuffix(found[0], want)) {
			t.Errorf("%s: found\n  %s\n\nnot\n  %s", topic, strings.Join(found, "\n  "), want)
		}
	}
}

func TestHoursOfADepartmentAtWhichNobodyOfItIsOnShiftAreTold(t *testing.T) {
	sample.SetSecrets(t)
	agents := sample.Written(t, `agents:
  - {id: anna, shifts: ["08:00-12:00", "13:00-17:00"]}
  - {id: others, count: 2, skills: {support: 3, information: 1, subscribers: 1, "lang:ru": 3, "lang:en": 1}, shifts: ["00:00-24:00"]}
`)
	for change, want := range map[string]string{
		"": "departments.2.hours: department support, Monday to Friday 12:00–13:00, 17:00–18:00: nobody of it is on shift",
		"role: department\n    departments: [support]": "", // who has no shifts is there at its hours
	} {
		oldNew := append(slices.Clone(kept), "line: first}", "line: first, head: olga}")
		if change != "" {
			oldNew = append(oldNew, "role: supervisor", change)
		}
		file := sample.Changed(t, oldNew...)
		found, doubts := checking(t, files{Config: file, Agents: agents})
		if want == "" && len(found) > 0 || want != "" && (len(found) != 1 || !strings.HasSuffix(found[0], ": "+want)) || len(doubts) > 0 {
			t.Errorf("%s: found\n  %s\ndoubts %q\n\nnot\n  %s", change, strings.Join(found, "\n  "), doubts, want)
		}
	}
}

func TestTheLongestTimeForWhichADepartmentIsClosedAtTheHoursOfAnAgreement(t *testing.T) {
	calendar := func(h Hours) *hours.Calendar { return opening(h, nil, time.UTC) }
	day := Hours{"mon-fri": {"09:00-18:00"}}
	for _, x := range []struct {
		agreed, works Hours
		longest       time.Duration
		ever          bool
	}{
		{nil, nil, 0, true},
		{day, nil, 0, true},
		{day, day, 0, true},
		{nil, day, 63 * time.Hour, true}, // from Friday evening to Monday morning
		{day, Hours{"mon-fri": {"09:00-12:00", "13:30-18:00"}}, 90 * time.Minute, true},
		{day, Hours{"mon-sun": {"19:00-20:00"}}, 9 * time.Hour, false},
		{day, Hours{"mon": {"09:00-10:00"}}, 44 * time.Hour, true},
		{nil, Hours{"wed": {"00:00-24:00"}}, 6 * 24 * time.Hour, true}, // past the week's end
	} {
		if longest, ever := closedWithin(calendar(x.agreed), calendar(x.works)); longest != x.longest || ever != x.ever {
			t.Errorf("at %v, who works %v is closed for %s (ever there: %v), not %s", x.agreed, x.works, longest, ever, x.longest)
		}
	}
}
