package config

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hotline/cmd/hotline/config/sample"
	"hotline/cmd/hotline/config/written"
	"hotline/deploy"
)

// mistakes are the lines of an error.
func mistakes(err error) []string {
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}

func TestExampleConfigurationIsSound(t *testing.T) {
	sample.SetSecrets(t)
	c, err := Load(sample.Changed(t))
	if err != nil {
		t.Fatal(err)
	}
	if c.Database.URL.Text() != sample.Secrets["HOTLINE_DATABASE_URL"] || c.People[0].Password.Text() != "swordfish-anna" {
		t.Error("its secrets are not those of the environment")
	}
}

// Each mistake is made in the example; at is the text at whose beginning it must be told.
func TestEachBadSettingIsNamedWithFileLineAndColumn(t *testing.T) {
	sample.SetSecrets(t)
	for _, m := range []struct{ mistake, old, new, at, text string }{
		{"unknown setting", "region: RU", "region: RU\n  colour: red", "colour", `line.colour: unknown setting`},
		{"unknown setting at the top", "spool:", "spoool: x\nspool:", "spoool", `spoool: unknown setting`},
		{"unknown setting of a node", "\n        invalid: invalid", "\n        invallid: invalid", "invallid", `flow.nodes.main.menu.invallid: unknown setting`},
		{"time without a unit", "offer_timeout: 15s ", "offer_timeout: 15 ", "15 ", `queues.0.offer_timeout: "15" is no time; write it with its unit, such as 15s or 1m30s`},
		{"time with a wrong unit", "wrap_up: 60s", "wrap_up: 60 sec", "60 sec", `queues.2.wrap_up: "60 sec" is no time: write 1m`},
		{"time below zero", "wrap_up: 60s", "wrap_up: -60s", "-60s", `queues.2.wrap_up: is -1m0s; it cannot be below zero`},
		{"time of a node", "wait: 5s", "wait: whenever", "whenever", `flow.nodes.main.menu.wait: "whenever" is no time; write it with its unit, such as 15s or 1m30s`},
		{"level too high", "{support: 2}", "{support: 9}", "9}\n    priority", `queues.2.skills.support: is 9; a level is from 1 to 5`},
		{"level of zero", "{information: 3, ", "{information: 0, ", "0, subscribers", `people.0.skills.information: is 0; a level is from 1 to 5`},
		{"level out of range", "{support: 2}", "{support: 300}", "300", `queues.2.skills.support: 300 is out of range`},
		{"level in words", "{support: 2}", "{support: good}", "good}", `queues.2.skills.support: "good" is not a whole number`},
		{"share above one", "share: 0.8", "share: 80", "80, within", `queues.0.target.share: is 80; it must be from 0 to 1`},
		{"yes or no", "seat: true", "seat: maybe", "maybe", `people.0.seat: "maybe" is not true or false`},
		{"no list", "[ru, en]", "ru ", "ru  ", `line.languages: must be a list`},
		{"no text", "listen: 127.0.0.1:8080", "listen: [8080]", "8080]", `listen: must be a text`},
		{"no settings", "target: {share: 0.8, within: 20s}", "target: 20s", "20s\n", `queues.0.target: must be settings by name`},
		{"number without a plus sign", `"+74950000100"`, `74950000100`, "74950000100", `line.number: "74950000100" is not a number in E.164; write it with the plus sign and in quotes, as "+74950000100"`},
		{"region", "region: RU", "region: Russia", "Russia", `line.region: "Russia" is not a country's two letters, such as RU`},
		{"language", "languages: [ru, en]", "languages: [ru, tlh]", "tlh", `line.languages.1: "tlh" is not a language Hotline speaks: ru or en`},
		{"no port", "listen: 127.0.0.1:8080", "listen: localhost", "localhost  ", `listen: "localhost" is no address with a port, such as 127.0.0.1:8080`},
		{"port out of range", "sip: 127.0.0.1:5060", "sip: 127.0.0.1:506000", "127.0.0.1:506000", `asterisk.sip: "127.0.0.1:506000" is no address with a port, such as 127.0.0.1:8080`},
		{"when a phone is lost", "  outbound: PJSIP", "  lost_after: 1s\n  outbound: PJSIP", "1s", `asterisk.lost_after: is 1s; it must be from 3s to 5m0s`},
		{"when a caller is lost", "  outbound: PJSIP", "  callers_lost_after: 10m\n  outbound: PJSIP", "10m", `asterisk.callers_lost_after: is 10m0s; it must be from 3s to 5m0s`},
		{"calls to a number outside", "  outbound: PJSIP", "  outbound_at_most: -1\n  outbound: PJSIP", "-1", `asterisk.outbound_at_most: is -1; it must be from 0 to 1000`},
		{"silence that Asterisk cannot count", "# voicemail: {longest: 3m, silence: 10s", "voicemail: {longest: 3m, silence: 500ms", "500ms", `voicemail.silence: is 500ms; it must be from 2s to 1m0s`},
		{"messages deleted at once", "# voicemail: {longest: 3m, silence: 10s, keep: 1440h}", "voicemail: {keep: 1m}", "1m}", `voicemail.keep: is 1m0s; it must be from 1h0m0s to 87840h0m0s`},
		{"message too long", "# voicemail: {longest: 3m", "voicemail: {longest: 10h", "10h", `voicemail.longest: is 10h0m0s; it must be from 10s to 1h0m0s`},
		{"ARI's address", "url: http://127", "url: ari://127", "ari://127", `asterisk.url: must be http:// or https://HOST:PORT/…`},
		{"websocket's address", "websocket: ws://127.0.0.1:8088/ws", "websocket: ws://127.0.0.1/ws", "ws://127.0.0.1/ws", `asterisk.websocket: must be ws:// or wss://HOST:PORT/…`},
		{"half a certificate", "# tls: {certificate: hotline.crt, key: hotline.key}", "tls: {certificate: hotline.crt}", "certificate: hotline.crt", `tls: needs both certificate and key`},
		{"proxy that is no address", "listen: 127", "http: {behind_proxy: [127.0.0.1, nginx]}\nlisten: 127", "nginx", `http.behind_proxy.1: "nginx" is no address and no network: write it as "192.0.2.10" or "10.1.0.0/16"`},
		{"one proxy that is no address", "listen: 127", "http: {behind_proxy: yes}\nlisten: 127", "yes", `http.behind_proxy.0: "yes" is no address and no network`},
		{"proxy that is everybody", "listen: 127", "http: {behind_proxy: [0.0.0.0/0]}\nlisten: 127", "0.0.0.0/0", `http.behind_proxy.0: "0.0.0.0/0" is everybody, and so every visitor would be believed`},
		{"proxy's address as a network", "listen: 127", "http: {behind_proxy: [10.1.2.3/16]}\nlisten: 127", "10.1.2.3/16", `http.behind_proxy.0: "10.1.2.3/16" names one address and means a network: 10.1.0.0/16 is the network, 10.1.2.3 the address`},
		{"proxies by name", "listen: 127", "http: {behind_proxy: {a: 127.0.0.1}}\nlisten: 127", "a: 127", `http.behind_proxy: is map[a:127.0.0.1]; it must be true, or a list of the proxies' addresses`},
		{"number of proxies", "listen: 127", "http: {behind_proxy: 1}\nlisten: 127", "1}", `http.behind_proxy: is 1; it must be true, or a list of the proxies' addresses`},
		{"origin with a path", "listen: 127", "http: {origins: [https://a.example, https://b.example/desk]}\nlisten: 127", "https://b", `http.origins.1: "https://b.example/desk" is no origin: write it as https://desk.example.org`},
		{"any origin", "listen: 127", "http: {origins: [\"*\"]}\nlisten: 127", "\"*\"", `http.origins.0: "*" is no origin: write it as https://desk.example.org`},
		{"missing setting", "  user: hotline\n", "", "node: a1", `asterisk.user: is missing`},
		{"missing section", "spool: /var", "# spool: /var", "", `spool: is missing`},
		{"queue twice", "- id: subscribers", "- id: information", "information\n    name: {ru: Абон", `queues.1.id: "information" is there twice`},
		{"topic twice", "{id: contract,", "{id: fault,", "fault, name: {ru: Неисп", `topics.2.id: "fault" is there twice`},
		{"person twice", "- id: olga", "- id: anna", "anna\n    login: olga", `people.1.id: "anna" is there twice`},
		{"login twice", "login: olga", "login: anna", "anna\n    name: Ольга", `people.1.login: "anna" is there twice`},
		{"role", "role: supervisor", "role: boss", "boss", `people.1.role: "boss" is none of agent, department, supervisor, administrator`},
		{"agent without a phone", "    phone: desk-101 ", "    # ", "id: anna", `people.0.phone: is missing`},
		{"phone that is no name", `phone: desk-101`, `phone: "101;x=y"`, `"101;x=y"`, `people.0.phone: "101;x=y" is not the name of a phone: letters, digits, - and _`},
		{"department", ", department: support}", "}", "id: fault", `topics.2.department: is missing`},
		{"queue that does not exist", "queue: {queue: support,", "queue: {queue: sales,", "sales", `flow.nodes.support.queue.queue: queue "sales" does not exist; there are: information, subscribers, support`},
		{"topic of a queue", "{queue: support, topic: fault", "{queue: support, topic: faults", "faults", `flow.nodes.support.queue.topic: topic "faults" is not among topics`},
		{"topic of a choice", "1: {topic: information", "1: {topic: sales", "sales", `flow.nodes.main.menu.choices.1.topic: topic "sales" is not among topics`},
		{"node that does not exist", "otherwise: to_support", "otherwise: to_nobody", "to_nobody", `flow.nodes.main.menu.otherwise: leads to node "to_nobody", which does not exist`},
		{"choice to nowhere", "next: typed}", "next: typo}", "typo}", `flow.nodes.main.menu.choices.9.next: leads to node "typo", which does not exist`},
		{"node never reached", "next: typed}", "next: to_support}", "ticket: {prompt", `flow.nodes.typed: is never reached from "welcome"`},
		{"prompt that does not exist", "say: [welcome]", "say: [willkommen]", "willkommen", `flow.nodes.welcome.say: prompt "willkommen" has no text in "ru"`},
		{"syntax", "languages: [ru, en]", "languages: [ru, en", "", `',' or ']' must be specified`},
		{"setting twice", "  region: RU", "  region: RU\n  region : RU", "region :", `line.region: is there twice: it stands in line 9, too`},
		{"tabs", "  region: RU", "\tregion: RU", "", "found character '\t' that cannot start any token"},
	} {
		t.Run(m.mistake, func(t *testing.T) {
			file := sample.Changed(t, m.old, m.new)
			_, err := Load(file)
			want := ": " + m.text
			if m.at != "" {
				want = sample.Where(t, file, m.at) + want
			}
			if !slices.ContainsFunc(mistakes(err), func(line string) bool { return strings.HasPrefix(line, file+":") && strings.Contains(line, want) }) {
				t.Errorf("found\n  %s\n\nnot\n  %s", strings.Join(mistakes(err), "\n  "), want)
			}
			sample.KeepsSecrets(t, fmt.Sprint(err))
		})
	}
}

func TestAllMistakesOfAConfigurationAreTold(t *testing.T) {
	sample.SetSecrets(t)
	file := sample.Changed(t,
		"region: RU", "regoin: RU", // one mistake: the right one is not missing besides
		"offer_timeout: 15s", "offer_timeout: 15",
		"{support: 2}", "{support: lots}",
		"role: supervisor", "role: boss",
		"next: typed}", "next: typo}",
		"password: {env: HOTLINE_OLGA_PASSWORD}", "password: {env: HOTLINE_NO_SUCH_PASSWORD}",
	)
	_, err := Load(file)
	var got []string
	last := written.Mistake{}
	for _, line := range mistakes(err) {
		got = append(got, line[strings.Index(line, ": ")+2:])
	}
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		var at written.Mistake
		if !errors.As(e, &at) || at.Line < last.Line {
			t.Errorf("%v stands behind %v", e, last)
		}
		last = at
	}
	want := []string{
		"line.regoin: unknown setting; perhaps region is meant",
		`queues.0.offer_timeout: "15" is no time; write it with its unit, such as 15s or 1m30s`,
		`queues.2.skills.support: "lots" is not a whole number`,
		`people.1.role: "boss" is none of agent, department, supervisor, administrator`,
		"people.1.password: the environment variable HOTLINE_NO_SUCH_PASSWORD is not set",
		`flow.nodes.main.menu.choices.9.next: leads to node "typo", which does not exist`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("found\n  %s\n\nnot\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// What refers to a section that cannot be read is not to blame.
func TestUnreadableSectionHidesWhatRefersToIt(t *testing.T) {
	sample.SetSecrets(t)
	_, err := Load(sample.Changed(t, "queues:\n", "queues: none\nqueue:\n"))
	if got := mistakes(err); len(got) != 2 || !strings.HasSuffix(got[0], "queues: must be a list") || !strings.HasSuffix(got[1], "queue: unknown setting") {
		t.Errorf("found\n  %s", strings.Join(got, "\n  "))
	}
}

func TestSecretsComeFromEnvironmentOrFileAndNowhereElse(t *testing.T) {
	sample.SetSecrets(t)
	const entry = "password: {env: HOTLINE_ARI_PASSWORD}"
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOTLINE_SET_BUT_EMPTY", "")
	for _, m := range []struct{ mistake, new, text string }{
		{"in the file itself", "password: swordfish", "asterisk.password: a secret does not stand here: {env: NAME} or {file: PATH} does"},
		{"under another name", "password: {value: swordfish}", "asterisk.password.value: unknown setting"},
		{"as a list", "password: [swordfish]", "asterisk.password: a secret does not stand here: {env: NAME} or {file: PATH} does"},
		{"instead of a variable's name", `password: {env: "swordfish!"}`, "asterisk.password.env: is no name of an environment variable"},
		{"not set", "password: {env: HOTLINE_NO_SUCH}", "asterisk.password: the environment variable HOTLINE_NO_SUCH is not set"},
		{"empty", "password: {env: HOTLINE_SET_BUT_EMPTY}", "asterisk.password: the environment variable HOTLINE_SET_BUT_EMPTY is not set"},
		{"no file", "password: {file: no/such/file}", "asterisk.password: the file no/such/file cannot be read: no such file or directory"},
		{"empty file", "password: {file: " + empty + "}", "asterisk.password: the file " + empty + " is empty"},
		{"both", "password: {env: HOTLINE_ARI_PASSWORD, file: x}", "asterisk.password: has both env and file: one of them"},
		{"neither", "password: {}", "asterisk.password: is missing: give env or file"},
		{"nothing", "", "asterisk.password: is missing: give env or file"},
	} {
		t.Run(m.mistake, func(t *testing.T) {
			file := sample.Changed(t, entry, m.new)
			_, err := Load(file)
			if got := mistakes(err); len(got) != 1 || !strings.HasPrefix(got[0], file+":") || !strings.HasSuffix(got[0], ": "+m.text) {
				t.Errorf("found\n  %s\n\nnot\n  %s", strings.Join(got, "\n  "), m.text)
			}
			sample.KeepsSecrets(t, fmt.Sprint(err))
		})
	}
}

func TestSecretInAFileIsReadRelativeToTheConfiguration(t *testing.T) {
	sample.SetSecrets(t)
	file := sample.Changed(t, "{env: HOTLINE_ARI_PASSWORD}", "{file: ari-password}")
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "ari-password"), []byte("swordfish\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if c.Asterisk.Password.Text() != "swordfish" {
		t.Errorf("the password is %q", c.Asterisk.Password.Text())
	}
}

func TestAddressOfTheDatabaseIsNeverTold(t *testing.T) {
	sample.SetSecrets(t)
	for _, address := range []string{
		"swordfish", "hotline:swordfish@127.0.0.1/hotline", "postgres://hotline:swordfish@127.0.0.1:port/hotline", "host=x password=swordfish port=y",
	} {
		t.Setenv("HOTLINE_DATABASE_URL", address)
		_, err := Load(sample.Changed(t))
		if got := mistakes(err); len(got) != 1 || !strings.Contains(got[0], ": database.url: what it leads to is no address of a database") {
			t.Errorf("found\n  %s", strings.Join(got, "\n  "))
		}
		sample.KeepsSecrets(t, fmt.Sprint(err))
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	sample.SetSecrets(t)
	c, err := Load(sample.Changed(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{"%v", "%+v", "%#v", "%s"} {
		sample.KeepsSecrets(t, fmt.Sprintf(form, c))
	}
}

func TestWhatIsNoConfigurationIsSaidToBeNone(t *testing.T) {
	for text, want := range map[string]string{
		"":           "is empty",
		"# nothing":  "is empty",
		"hello":      "is no configuration",
		"[1, 2, 3]":  "is no configuration",
		"\x00\x01":   "",
		"a: &x [*x]": "a: unknown setting",
		"line: *x":   "",
	} {
		file := filepath.Join(t.TempDir(), "hotline.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(file); err == nil || !strings.HasPrefix(err.Error(), file) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := Load("/no/such/hotline.yaml"); err == nil || err.Error() != "/no/such/hotline.yaml: cannot be read: no such file or directory" {
		t.Errorf("no file: %v", err)
	}
}

// Whatever stands in a file, the answer is an error with a place, and never a panic.
func TestMutilatedConfigurationsAreErrorsAndNoPanics(t *testing.T) {
	shreds := strings.Split("{|}|[|]|: |\n|- |&a |*a|<<: |'|\"|#|>\n|null|!!str |? |\t|%|@|1e99|.inf|~|---\n|0x1F|true", "|")
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 500 {
		source := string(deploy.Configuration)
		for range 1 + random.IntN(4) {
			at := random.IntN(len(source))
			cut := min(len(source), at+random.IntN(20))
			source = source[:at] + shreds[random.IntN(len(shreds))] + source[cut:]
		}
		_, err := Parse("hotline.yaml", []byte(source))
		for _, line := range mistakes(err) {
			if !strings.HasPrefix(line, "hotline.yaml:") {
				t.Errorf("mutilation %d: %s", i, line)
			}
		}
	}
}

func TestATagWhereAListIsMeantIsAMistake(t *testing.T) {
	sample.SetSecrets(t)
	file := sample.Changed(t, "languages: [ru, en]", `languages: !!int "3"`)
	if _, err := Load(file); err == nil || !strings.Contains(err.Error(), sample.Where(t, file, "!!int")+": line.languages: tags such as !!int are not read here") {
		t.Errorf("%v", err)
	}
}
