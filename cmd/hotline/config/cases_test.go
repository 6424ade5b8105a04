package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"hotline/cmd/hotline/config/sample"
)

// What people have written into their files, each a mistake in the example or none: then text is empty. Exactly one line is told of
// each, with the place of at, and nothing is told besides.
func TestWhatPeopleReallyWrite(t *testing.T) {
	sample.SetSecrets(t)
	const (
		wrapUp = "wrap_up: 30s            # work"
		login  = "login: olga"
		boris  = "\n    seat: true\n  - {id: boris, login: boris, name: Boris, role: agent, language: ru, password: {env: HOTLINE_ANNA_PASSWORD}, skills: {information: 3, \"lang:ru\": 5}, seat: true, phone: "
	)
	phone := func(anna, other string) (was, is string) {
		return "    phone: desk-101         # with a letter in it: no caller has such a number\n    seat: true", "    phone: " + anna + boris + other + "}"
	}
	was, octal65 := phone("0101", `"65"`)
	_, octal0101 := phone("0101", `"0101" `)
	long := strings.Repeat("o", 80)
	for _, c := range []struct{ name, old, new, at, text string }{
		{"C1 01-bom", "# Hotline's configuration", "\uFEFF# Hotline's configuration", "", ""},
		{"C1 a mark inside", "region: RU", "region: \uFEFFRU", "\uFEFFRU", `line.region: "\ufeffRU" has a character in it that is not seen (U+FEFF)`},
		{"C2 02-login-case", login, "login: ANNA", "ANNA\n", `people.1.login: "ANNA" is there twice: upper and lower case are the same, and anna has it`},
		{"C2 02-login-long", login, "login: " + long, long, `people.1.login: a login has from 1 to 64 characters, and this one has 80`},
		{"C2 02-login-space", login, `login: " anna "`, `" anna "`, `people.1.login: " anna " has a space before or behind it`},
		{"C2 a long login in Russian", login, "login: " + strings.Repeat("ж", 64), "", ""},
		{"C2 a login that looks the same", login, "login: аnnа", "аnnа", `people.1.login: "аnnа" looks like the login of anna, and is written with letters of another alphabet`},
		{"C2 a login as one keyboard writes it", "login: anna\n", "login: андрей\n", "", ""},
		{"C2 a login with a soft hyphen", login, "login: ol\u00ADga", "ol\u00ADga", `people.1.login: "ol\u00adga" has a character in it that is not seen (U+00AD)`},
		{"C2 a person without a name", "    name: Ольга Белова\n", "", "id: olga", `people.1.name: is missing`},
		{"C2 an empty name", "name: Ольга Белова", `name: ""`, `""`, `people.1.name: is missing`},
		{"C2 a name of nothing", "name: Ольга Белова", "name: ~", "~", `people.1.name: has no value: write one, or leave the setting out`},
		{"C2 a long name", "name: Ольга Белова", "name: " + long + long, long, `people.1.name: has 160 characters; it may have 100`},
		{"C2 a name of two lines", "name: Ольга Белова", `name: "Ольга\nБелова"`, `"Ольга`, `people.1.name: "Ольга\nБелова" has a character in it that is not seen (U+000A)`},
		{"C3 03-decimal-comma", "target: {share: 0.8, within: 20s}", "target: {share: 0,99, within: 1s}", "0,99", `queues.0.target.share: "0,99" has a comma: write 0.99`},
		{"C3 03-decimal-dot", "target: {share: 0.8, within: 20s}", "target: {share: 0.99, within: 1s}", "", ""},
		{"C3 in a line of its own", "target: {share: 0.8, within: 20s}", "target:\n      share: 0,99\n      within: 1s", "0,99", `queues.0.target.share: "0,99" is not a number: write 0.99`},
		{"C3 percent", "share: 0.8", "share: 80%", "80%", `queues.0.target.share: "80%" is not a number: write 0.8`},
		{"C4 04-octal-phone-is-65", was, octal65, "", ""},
		{"C4 04-octal-phone-is-not-0101", was, octal0101, `"0101" `, `people.1.phone: "0101" is there twice`},
		{"C4 a login of digits", login, "login: 007", "", ""},
		{"C4 a login that is no truth", login, "login: yes", "", ""},
		{"C4 a login of nothing", login, "login: null", "null", `people.1.login: has no value: write one, or leave the setting out`},
		{"C4 underscores", "priority: 1 ", "priority: 1_000", "1_000", `queues.2.priority: "1_000" is not a whole number: write 1000`},
		{"C4 hexadecimal", "priority: 1 ", "priority: 0x1F", "0x1F", `queues.2.priority: "0x1F" is not a whole number`},
		{"C4 octal", "priority: 1 ", "priority: 010", "010  ", `queues.2.priority: "010" is not a whole number`},
		{"C4 sexagesimal", "priority: 1 ", "priority: 12:30", "12:30", `queues.2.priority: "12:30" is not a whole number`},
		{"C4 in quotes", "priority: 1 ", `priority: "1" `, "", ""},
		{"C4 a plus sign", "priority: 1 ", "priority: +1", "", ""},
		{"C4 a telephone number without quotes", `number: "+74950000100"`, "number: +74950000100", "", ""},
		{"C5 05-fractions: priority", "priority: 1 ", "priority: 0.9", "0.9", `queues.2.priority: "0.9" is not a whole number`},
		{"C5 05-fractions: at most", "at_most: 3", "at_most: 2.9", "2.9", `reasons.break.at_most: "2.9" is not a whole number`},
		{"C5 05-fractions: a level", "support: 3, \"lang", "support: 1.9, \"lang", "1.9", `people.0.skills.support: "1.9" is not a whole number`},
		{"C5 05-fractions: tries", "tries: 2\n", "tries: 2.9\n", "2.9", `flow.nodes.main.menu.tries: "2.9" is not a whole number`},
		{"C5 a power of ten", "priority: 1 ", "priority: 1e3", "1e3", `queues.2.priority: "1e3" is not a whole number: write 1000`},
		{"C5 infinity", "share: 0.8", "share: .inf", ".inf", `queues.0.target.share: ".inf" is not a number`},
		{"C5 no number", "share: 0.8", "share: .nan", ".nan", `queues.0.target.share: ".nan" is not a number`},
		{"C6 07-duration-cyrillic", wrapUp, "wrap_up: 30с            # work", "30с", `queues.0.wrap_up: "30с" is no time: write 30s`},
		{"C6 minutes", wrapUp, "wrap_up: 5мин # work", "5мин", `queues.0.wrap_up: "5мин" is no time: write 5m`},
		{"C6 upper case", wrapUp, "wrap_up: 30S # work", "30S", `queues.0.wrap_up: "30S" is no time: write 30s`},
		{"C6 a comma", wrapUp, "wrap_up: 1,5h # work", "1,5h", `queues.0.wrap_up: "1,5h" is no time: write 1h30m`},
		{"C6 a comma between braces", "within: 20s}", "within: 1,5h}", "1,5h", `queues.0.target.within: "1,5h" has a comma: write 1.5h`},
		{"C6 without a unit, in quotes", wrapUp, `wrap_up: "30" # work`, `"30"`, `queues.0.wrap_up: "30" is no time; write it with its unit, such as 15s or 1m30s`},
		{"C6 below zero", wrapUp, "wrap_up: -5s # work", "-5s", `queues.0.wrap_up: is -5s; it cannot be below zero`},
		{"C6 days", wrapUp, "wrap_up: 1d # work", "1d", `queues.0.wrap_up: "1d" is no time: write 24h`},
		{"C6 beyond all bounds", wrapUp, "wrap_up: 99999999999999h # work", "99999999999999h", `queues.0.wrap_up: 99999999999999h is out of range: a time is at most 878400h`},
		{"C6 by the clock", wrapUp, "wrap_up: 00:30 # work", "00:30", `queues.0.wrap_up: "00:30" is no time; write it with its unit, such as 15s or 1m30s`},
		{"C6 nothing", wrapUp, "wrap_up: # work", " # work", `queues.0.wrap_up: has no value: write one, or leave the setting out`},
		{"C7 12-app-with-space", "app: hotline ", `app: "hot line"`, `"hot line"`, `asterisk.app: "hot line" is not the name of an application: letters of English, digits, dots, - and _`},
		{"C7 a node with a slash", "node: a1 ", "node: a/1 ", "a/1", `asterisk.node: "a/1" is not the name of a node: letters of English, digits, dots, - and _`},
		{"C7 a host that is none", "listen: 127.0.0.1:8080", "listen: 300.0.0.1:8080", "300.0.0.1", `listen: "300.0.0.1:8080" is no address with a port, such as 127.0.0.1:8080`},
		{"C7 a host with a space", "sip: 127.0.0.1:5060", `sip: "127.0.0.1 :5060"`, `"127.0.0.1 :`, `asterisk.sip: "127.0.0.1 :5060" is no address with a port, such as 127.0.0.1:8080`},
		{"C7 a number that goes nowhere", "outbound: PJSIP/%s@trunk", "outbound: PJSIP/%d@trunk%s", "PJSIP/%d", `asterisk.outbound: "PJSIP/%d@trunk%s" does not say where the number goes: write it as PJSIP/%s@trunk`},
		{"C8 13-seat-yes", "seat: true", "seat: yes", "yes\n", `people.0.seat: "yes" is not true or false: write true`},
		{"C8 a wrong role of who has a seat", "role: agent", "role: agnet", "agnet", `people.0.role: "agnet" is none of agent, department, supervisor, administrator`},
		{"C8 queues by another name", "queues:\n", "queus:\n", "queus", `queus: unknown setting; perhaps queues is meant`},
		{"C8 an unreadable queue that others lead to", "  - id: support\n", "  - id: [support]\n", "support]", `queues.2.id: must be a text`},
		{"C8 an unreadable node that leads on", "next: typed}", "next: [typed]}", "typed]", `flow.nodes.main.menu.choices.9.next: must be a text`},
		{"C8 unreadable languages", "languages: [ru, en]", "languages: ru", "ru  ", `line.languages: must be a list`},
		{"C8 a text in an unknown language", "en: Information}\n    skills", "eng: Information}\n    skills", "Information}\n    skills", `queues.0.name.eng: "eng" is not a language Hotline speaks: ru or en`},
		{"C8 a choice without words", "path: {ru: Справка, en: Information}", "path: {}", "{}", `flow.nodes.main.menu.choices.1.path: has no words in "ru", "en": the agent reads them in the pop`},
		{"C8 a choice in a language that is none", "path: {ru: Справка, en: Information}", "path: {ru: Справка, eng: Information}", "Information}, next", `flow.nodes.main.menu.choices.1.path.eng: "eng" is not a language Hotline speaks: ru or en`},
		{"C8 a queue without an id", "  - id: support\n", "  - idd: support\n", "idd", `queues.2.idd: unknown setting; perhaps id is meant`},
		{"C8 a queue twice", "  - id: subscribers\n", "  - id: information\n", "information\n    name: {ru: Абон", `queues.1.id: "information" is there twice`},
		{"C8 a topic twice", "{id: contract,", "{id: fault,", "fault, name: {ru: Неисп", `topics.2.id: "fault" is there twice`},
		{"C8 a skill with an unseen name", "skills: {information: 3, ", `skills: {"in\u0000formation": 3, `, `"in`, `people.0.skills: "in\x00formation" has a character in it that is not seen (U+0000)`},
		{"C8 two days in one", "wrap_up: 30s            # work", "wrap_up: 30s\n    hours: {mon,tue: [\"08:00-20:00\"]}\n    # work", "mon,tue", `queues.0.hours.mon: has no value: write one, or leave the setting out`},
		{"C8 a day in Russian", "wrap_up: 30s            # work", "wrap_up: 30s\n    hours: {31.12.2026: []}\n    # work", "[]}", `queues.0.hours.31.12.2026: "31.12.2026" is no day: write mon, mon-fri or a date, as "2026-12-31"`},
		{"C8 a language in upper case", "languages: [ru, en]", "languages: [ru, EN]", "EN]", `line.languages.1: "EN" is not a language Hotline speaks: ru or en`},
		{"C8 no languages", "languages: [ru, en]", "languages: []", "[]       #", `line.languages: is missing: at least one of ru and en`},
		{"C8 a choice twice", "          9: {path", "          1: {path", "1: {path", `flow.nodes.main.menu.choices.1: is there twice: it stands in line {1: {topic: information}, too`},
		{"C8 a skill with a colon", "\"lang:ru\": 5", "lang: ru: 5", "ru: 5,", `people.0.skills.lang: "ru: 5" is not a whole number: a name that holds a colon needs quotes, such as "lang:ru": 5`},
		{"C8 nothing to dial with", "outbound: PJSIP/%s@trunk", "outbound:", "    # how customers are called", `asterisk.outbound: has no value: write one, or leave the setting out`},
		{"C8 a second document", "# The switch.", "---\n# The switch.", "---", `another document begins here, and would not be looked at: one file holds one`},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := sample.Changed(t, c.old, c.new)
			if strings.Contains(c.name, "second document") { // what stands behind it is missing, which is not asked here
				_, err := Load(file)
				if !slices.ContainsFunc(mistakes(err), func(m string) bool { return strings.HasSuffix(m, c.text) }) {
					t.Errorf("found %q", mistakes(err))
				}
				return
			}
			_, err := Load(file)
			var want []string
			if c.text != "" {
				const first = "{1: {topic: information}" // stands for the line of the first choice
				line := strings.Split(sample.Where(t, file, "1: {topic: information"), ":")[1]
				want = []string{sample.Where(t, file, c.at) + ": " + strings.ReplaceAll(c.text, first, line)}
			}
			if got := mistakes(err); !slices.Equal(got, want) {
				t.Errorf("found\n  %s\n\nnot\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
			}
		})
	}
}

// A login in the two forms that Unicode has for it is one login.
func TestALoginInTwoFormsOfUnicodeIsOneLogin(t *testing.T) {
	sample.SetSecrets(t)
	file := sample.Changed(t, "login: anna\n", "login: андрей\n", "login: olga", "login: андреи\u0306")
	_, err := Load(file)
	if got := mistakes(err); len(got) != 1 || !strings.Contains(got[0], "people.1.login") || !strings.Contains(got[0], "is there twice") {
		t.Errorf("found %q", got)
	}
}

func TestPasswordsThatNobodyCouldSignInWithAreRefused(t *testing.T) {
	sample.SetSecrets(t)
	for _, c := range []struct{ password, text string }{
		{"swordfi", "what it leads to has 7 characters; a password has from 8 to 256"},
		{strings.Repeat("swordfish", 29)[:257], "what it leads to has 257 characters; a password has from 8 to 256"},
		{"swordfis", ""},
		{strings.Repeat("ж", 256), ""},
		{"swordfish\xff", "the environment variable HOTLINE_OLGA_PASSWORD is no text in UTF-8: save it so"},
		{"swordfish\r\n", ""},
		{"swordfish\nswordfish", "the environment variable HOTLINE_OLGA_PASSWORD has more than one line, or a tab in it: a secret is one line"},
	} {
		t.Setenv("HOTLINE_OLGA_PASSWORD", c.password)
		file := sample.Changed(t)
		got, err := Load(file)
		var want []string
		if c.text != "" {
			want = []string{sample.Where(t, file, "env: HOTLINE_OLGA") + ": people.1.password: " + c.text}
		} else if text := got.People[1].Password.Text(); text != strings.TrimSpace(c.password) {
			t.Errorf("%q was read as %q", c.password, text)
		}
		if m := mistakes(err); !slices.Equal(m, want) {
			t.Errorf("%q: found %q", c.password, m)
		}
		sample.KeepsSecrets(t, fmt.Sprint(err))
	}
}

// The mark, the line's end and the encoding are the editor's, and no part of the secret.
func TestASecretsFileIsReadAsAnyEditorSavesIt(t *testing.T) {
	sample.SetSecrets(t)
	for name, c := range map[string]struct{ text, problem string }{
		"with a mark":       {"\uFEFFswordfish", ""},
		"from Windows":      {"\uFEFFswordfish\r\n", ""},
		"with a line break": {"swordfish\n", ""},
		"in UTF-16":         {"\xff\xfes\x00w\x00o\x00", "is no text in UTF-8: save it so"},
		"in Windows-1251":   {"\xef\xe0\xf0\xee\xeb\xfc\xed\xfb\xe9", "is no text in UTF-8: save it so"},
		"of two lines":      {"swordfish\nswordfish\n", "has more than one line, or a tab in it: a secret is one line"},
		"nothing but marks": {"\uFEFF\r\n", "is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			file := sample.Changed(t, "{env: HOTLINE_ANNA_PASSWORD}", "{file: anna}")
			if err := os.WriteFile(filepath.Join(filepath.Dir(file), "anna"), []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := Load(file)
			switch {
			case c.problem == "" && (err != nil || got.People[0].Password.Text() != "swordfish"):
				t.Errorf("%v; it is %q", err, got.People[0].Password.Text())
			case c.problem != "" && (err == nil || !strings.HasSuffix(err.Error(), "people.0.password: the file anna "+c.problem)):
				t.Errorf("%v", err)
			}
		})
	}
}

func TestFilesInOtherEncodingsAreRefusedWithTheirPlace(t *testing.T) {
	sample.SetSecrets(t)
	for text, want := range map[string]string{
		"\xff\xfel\x00i\x00":            ": is written in UTF-16; save it as UTF-8",
		"\xfe\xff\x00l\x00i":            ": is written in UTF-16; save it as UTF-8",
		"line:\n  region: R\x00U":       ":2:12: a NUL byte stands here",
		"line:\r\n  name: \xd1\xe5\xe2": ":2:9: a byte stands here that is not UTF-8",
	} {
		file := sample.Written(t, text)
		_, err := Load(file)
		if err == nil || !strings.HasPrefix(err.Error(), file+want) {
			t.Errorf("%q: %v", text, err)
		}
		if _, _, err := (Config{}).Plan(file, file, 2); err == nil || strings.Count(err.Error(), file+want) != 2 {
			t.Errorf("as who works, and who calls: %q: %v", text, err)
		}
	}
	for _, marked := range []string{"\uFEFFagents:\r\n- {id: a, skills: {support: 1}, shifts: [\"09:00-18:00\"]}\r\n"} {
		if _, _, err := (Config{}).Plan(sample.Written(t, marked), "", 2); err != nil {
			t.Error(err)
		}
	}
}

func TestPhoneSecretsAreLongAndMadeByChance(t *testing.T) {
	sample.SetSecrets(t)
	const good = "e3b0c44298fc1c149afbf4c8996fb924"
	for secret, text := range map[string]string{
		good:                 "",
		good[:16]:            "",
		"V7KQHDO3W2ZPNYXA":   "",
		"swordfish":          "has 9 characters, and needs 16 by chance",
		"aaaaaaaaaaaaaaaa":   "is not made by chance",
		"1234567890123456":   "is not made by chance",
		"abcdefghijklmnopqr": "is not made by chance",
		"101101101101101101": "is not made by chance",
	} {
		t.Setenv("PHONE", secret)
		file := sample.Changed(t, "seat: true", "phone_secret: {env: PHONE}")
		_, err := Load(file)
		var want []string
		if text != "" {
			want = []string{sample.Where(t, file, "env: PHONE") + ": people.0.phone_secret: what it leads to " + text + ": whoever guesses it calls at the line's cost; make one with: openssl rand -hex 16"}
		}
		if got := mistakes(err); !slices.Equal(got, want) {
			t.Errorf("%q: found %q", secret, got)
		}
	}
	t.Setenv("PHONE", good)
	_, err := Load(sample.Changed(t, "seat: true", "phone_secret: {env: PHONE}", "role: supervisor", "role: agent\n    phone: desk-102\n    phone_secret: {env: PHONE}"))
	if err == nil || !strings.HasSuffix(err.Error(), "people.1.phone_secret: is that of anna, too: each phone has a secret of its own") {
		t.Errorf("%v", err)
	}
}

// TestWhatServedBeforeAnUpgradeServesAfterIt: callers are not left alone for what is refused since. It is told, and check refuses it.
func TestWhatServedBeforeAnUpgradeServesAfterIt(t *testing.T) {
	sample.SetSecrets(t)
	t.Setenv("PHONE", "s3cret")
	t.Setenv("SHORT", "1234567")
	agentOfOlga := "role: agent\n    phone: desk-102\n    phone_secret: {env: PHONE}"
	for _, test := range []struct {
		what    string
		changes []string
		overdue int
	}{
		{"a short secret of a phone, and the same of another", []string{"seat: true", "phone_secret: {env: PHONE}", "role: supervisor", agentOfOlga}, 2},
		{"a password with which nobody can sign in", []string{"{env: HOTLINE_OLGA_PASSWORD}", "{env: SHORT}"}, 1},
		{"a login that looks the same", []string{"login: olga", "login: аnnа"}, 1},
		{"a login in upper case", []string{"login: olga", "login: ANNA"}, 1},
		{"a login with a space", []string{"login: olga", "login: 'olga '"}, 1},
		{"a person without a name", []string{"name: Ольга Белова", "name: ''"}, 1},
		{"a long name", []string{"name: Ольга Белова", "name: " + strings.Repeat("Ольга ", 20) + "Белова"}, 1},
		{"a name in a third language", []string{"{ru: Справка, en: Information}, department", "{ru: Справка, en: Information, de: Auskunft}, department"}, 1},
		{"nothing", nil, 0},
	} {
		file := sample.Changed(t, test.changes...)
		c, overdue, err := LoadToServe(file)
		if err != nil || len(overdue) != test.overdue || len(c.People) != 2 {
			t.Errorf("%s: overdue are %v, error %v", test.what, overdue, err)
		}
		if _, err := Load(file); len(mistakes(err)) != test.overdue {
			t.Errorf("%s: check finds %v", test.what, err)
		}
		if _, doubts, err := CheckToServe(file); err != nil || len(doubts) < test.overdue {
			t.Errorf("%s: a reload is warned of %v, error %v", test.what, doubts, err)
		}
	}
	certified := sample.Changed(t, "listen: 127.0.0.1:8080", "listen: 127.0.0.1:8080\ntls: {certificate: a.crt, key: a.key}")
	strict, _ := Load(certified)
	if c, _, _ := LoadToServe(certified); !reflect.DeepEqual(c, strict) {
		t.Errorf("what is served with is another configuration: %v, and not %v", c.TLS, strict.TLS)
	}
	file := sample.Changed(t)
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "environment"), []byte("export LANG\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, overdue, err := LoadToServe(file); err != nil || len(overdue) != 1 {
		t.Errorf("a line that systemd passed over: overdue are %v, error %v", overdue, err)
	}
	if _, _, err := LoadToServe(sample.Changed(t, "listen: 127.0.0.1:8080", "listen: nowhere")); err == nil {
		t.Error("what nobody could serve with is served with")
	}
}

func TestPhonesThatACallerMayBearTheNameOfAreDoubted(t *testing.T) {
	for phone, text := range map[string]string{
		`"101"`:       `"101" looks like a number that somebody calls from, or dials: give the phone a name with letters, such as desk-101`,
		`89161234567`: `"89161234567" looks like a number that somebody calls from, or dials: give the phone a name with letters, such as desk-89161234567`,
		"74950000100": `"74950000100" is the line's own number: a caller who dials it, or bears it, is taken for this phone; give it a name with letters, such as desk-74950000100`,
		"trunk":       `"trunk" is the endpoint of asterisk.outbound, too: the phone would take its place`,
		"h":           `"h" is a word of the dialplan or of pjsip.conf: give the phone another name`,
		"desk-7":      "",
	} {
		file := sample.Changed(t, "phone: desk-101", "phone: "+phone)
		found, doubts := checking(t, files{Config: file})
		var want []string
		if text != "" {
			want = []string{sample.Where(t, file, phone+"         # with") + ": warning: people.0.phone: " + text}
		}
		if len(found) > 0 || !slices.Equal(doubts, want) {
			t.Errorf("%s: found %q, doubts %q", phone, found, doubts)
		}
	}
}
