package flow_test

import (
	_ "embed"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"hotline/deploy"
	"hotline/ivr/flow"
	"hotline/queues"
)

// script is the flow of these tests.
//
//go:embed testdata/script.yaml
var script string

func parse(t *testing.T, source string) flow.Flow {
	t.Helper()
	var f flow.Flow
	if err := yaml.UnmarshalWithOptions([]byte(source), &f, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return f
}

// builtIn is a catalogue with the line's own prompts and one queue.
func builtIn(t *testing.T) flow.Catalogue {
	t.Helper()
	prompts, err := flow.Prompts()
	if err != nil {
		t.Fatal(err)
	}
	return flow.Catalogue{Languages: []string{"ru", "en"}, Queues: []queues.QueueID{"support"}, Prompts: prompts}
}

func TestExampleConfigurationIsProvedSound(t *testing.T) {
	var example struct {
		Line   struct{ Languages []string }
		Queues []struct{ ID queues.QueueID }
		Flow   flow.Flow
	}
	if err := yaml.Unmarshal(deploy.Configuration, &example); err != nil {
		t.Fatal(err)
	}
	catalogue := builtIn(t)
	catalogue.Languages, catalogue.Queues = example.Line.Languages, nil
	for _, q := range example.Queues {
		catalogue.Queues = append(catalogue.Queues, q.ID)
	}
	if len(catalogue.Queues) == 0 || len(example.Flow.Nodes) == 0 {
		t.Fatal("the example has no queues or no nodes")
	}
	for _, p := range example.Flow.Prove(catalogue) {
		t.Error(p)
	}
}

func TestPromptsHaveTheSameNamesInEveryLanguage(t *testing.T) {
	prompts := builtIn(t).Prompts
	for _, language := range []string{"ru", "en"} {
		for name := range prompts["ru"] {
			if strings.TrimSpace(prompts[language][name]) == "" {
				t.Errorf("prompt %q has no text in %q", name, language)
			}
		}
		if len(prompts[language]) != len(prompts["ru"]) {
			t.Errorf("%q has %d prompts, and ru %d", language, len(prompts[language]), len(prompts["ru"]))
		}
	}
}

func TestFlowOfTheTestsIsSound(t *testing.T) {
	if found := parse(t, script).Prove(builtIn(t)); len(found) > 0 {
		t.Error(found)
	}
}

// Each mistake is made in a sound flow, by replacing some of its text.
func TestEachMistakeIsNamedWithItsPlace(t *testing.T) {
	for _, m := range []struct {
		mistake, old, new string
		want              []string // problems; at least these
	}{
		{"no start", "start: welcome", "", []string{`start: is missing: the flow needs a first node`}},
		{"start to nowhere", "start: welcome", "start: hello", []string{`start: leads to node "hello", which does not exist`}},
		{"next to nowhere", "next: language}", "next: languages}", []string{`nodes.welcome.next: leads to node "languages", which does not exist`}},
		{"no next", "{say: [welcome], next: language}", "{say: [welcome]}", []string{`nodes.welcome.next: is missing: the call would have nowhere to go`}},
		{"choice to nowhere", "en: Fault}, next: number}", "en: Fault}, next: numbers}", []string{`nodes.main.menu.choices.3.next: leads to node "numbers", which does not exist`}},
		{"choice without next", "en: Fault}, next: number}", "en: Fault}}", []string{`nodes.main.menu.choices.3.next: is missing: the call would have nowhere to go`}},
		{"otherwise to nowhere", "otherwise: number", "otherwise: nobody", []string{`nodes.main.menu.otherwise: leads to node "nobody", which does not exist`}},
		{"no otherwise", "otherwise: number", "", []string{`nodes.main.menu.otherwise: is missing: the call would have nowhere to go`}},
		{"two kinds", "{say: [welcome], next", "{say: [welcome], say_ticket: your_ticket, next", []string{
			`nodes.welcome: must be exactly one of ` + flow.Names() + `; it has say and say_ticket`}},
		{"no kind", "{say: [welcome], next", "{next", []string{
			`nodes.welcome: must be exactly one of ` + flow.Names() + `; it has none of them`}},
		{"nothing to say", "say: [welcome]", "say: []", []string{`nodes.welcome.say: is empty: it needs at least one prompt`}},
		{"no such prompt", "say: [welcome]", "say: [welcome, willkommen]", []string{
			`nodes.welcome.say: prompt "willkommen" has no text in "ru", "en"`}},
		{"menu without prompt", "prompt: main_menu", "", []string{`nodes.main.menu.prompt: is missing: the name of a prompt`}},
		{"no such invalid", "invalid: invalid", "invalid: wrong", []string{`nodes.main.menu.invalid: prompt "wrong" has no text in "ru", "en"`}},
		{"ticket without prompts", "{prompt: type_ticket, wrong: wrong_ticket, ", "{", []string{
			`nodes.typed.ticket.prompt: is missing: the name of a prompt`, `nodes.typed.ticket.wrong: is missing: the name of a prompt`}},
		{"no such number prompt", "say_ticket: your_ticket", "say_ticket: number", []string{`nodes.number.say_ticket: prompt "number" has no text in "ru", "en"`}},
		{"no such good-bye", "say: [goodbye]", "say: [bye]", []string{`nodes.bye.hangup.say: prompt "bye" has no text in "ru", "en"`}},
		{"menu with next", "    menu:\n", "    next: bye\n    menu:\n", []string{`nodes.main.next: is not used by a menu: each choice and otherwise name the way on`}},
		{"hangup with next", "{hangup: {say: [goodbye]}}", "{hangup: {say: [goodbye]}, next: welcome}", []string{`nodes.bye.next: nothing comes after hangup`}},
		{"no tries", "      tries: 2\n", "", []string{`nodes.main.menu.tries: is 0; it must be from 1 to 9`}},
		{"too many tries", "wait: 6s, tries: 3", "wait: 6s, tries: 30", []string{`nodes.typed.ticket.tries: is 30; it must be from 1 to 9`}},
		{"no wait in a menu", "wait: 5s", "", []string{`nodes.main.menu.wait: must be a time above zero, such as 5s`}},
		{"no wait for a language", "wait: 4s", "wait: 0s", []string{`nodes.language.language.wait: must be a time above zero, such as 5s`}},
		{"no wait for a number", "wait: 6s, ", "", []string{`nodes.typed.ticket.wait: must be a time above zero, such as 5s`}},
		{"no key of a telephone", "        3: {topic", "        12: {topic", []string{`nodes.main.menu.choices.12: "12" is no key of a telephone: one of 0-9, * and # is`}},
		{"no key for a language", "choices: {1: ru, 2: en}", "choices: {A: ru, 2: en}", []string{`nodes.language.language.choices.A: "A" is no key of a telephone: one of 0-9, * and # is`}},
		{"no words for the agent", "{ru: Неисправность, en: Fault}", "{ru: Неисправность}", []string{`nodes.main.menu.choices.3.path: has no words in "en": the agent reads them in the pop`}},
		{"language not spoken", "choices: {1: ru, 2: en}", "choices: {1: ru, 2: de}", []string{`nodes.language.language.choices.2: language "de" is not one of the line's: ru, en`}},
		{"default not spoken", "default: ru", "default: de", []string{`nodes.language.language.default: language "de" is not one of the line's: ru, en`}},
		{"no language to choose", "choices: {1: ru, 2: en}, ", "", []string{`nodes.language.language.choices: are missing: there is nothing to choose`}},
		{"no such queue", "queue: support, topic", "queue: sales, topic", []string{`nodes.support.queue.queue: queue "sales" does not exist; there are: support`}},
		{"announcement without every", ", every: 30s", "", []string{`nodes.support.queue.every: must be a time above zero, such as 5s`}},
		{"no such announcement", "announce: still_waiting", "announce: soon", []string{`nodes.support.queue.announce: prompt "soon" has no text in "ru", "en"`}},
		{"wait without announcement", "announce: still_waiting", "announce_wait: true", []string{`nodes.support.queue.announce_wait: is said after announce, and that is missing`}},
		{"never reached", "start: welcome", "start: language", []string{`nodes.welcome: is never reached from "language"`}},
		{"an island", "  bye: {", "  a: {say: [welcome], next: b}\n  b: {say: [welcome], next: a}\n  bye: {", []string{
			`nodes.a: is never reached from "welcome"`, `nodes.b: is never reached from "welcome"`}},
		{"a circle of silence", "otherwise: number", "otherwise: welcome", []string{
			`nodes.language: a caller who types nothing comes back here for ever`,
			`nodes.main: a caller who types nothing comes back here for ever`,
			`nodes.welcome: a caller who types nothing comes back here for ever`}},
	} {
		t.Run(m.mistake, func(t *testing.T) {
			source := strings.Replace(script, m.old, m.new, 1)
			if source == script {
				t.Fatalf("there is no %q to replace", m.old)
			}
			found := parse(t, source).Prove(builtIn(t))
			var got []string
			for _, p := range found {
				got = append(got, p.String())
			}
			for _, want := range m.want {
				if !slices.Contains(got, want) {
					t.Errorf("found\n  %s\n\nnot\n  %s", strings.Join(got, "\n  "), want)
				}
			}
			if again := parse(t, source).Prove(builtIn(t)); !slices.Equal(found, again) {
				t.Errorf("the order changes:\n%v\n%v", found, again)
			}
		})
	}
}

func TestMenuWithoutChoicesIsAMistake(t *testing.T) {
	f := parse(t, script)
	clear(f.Nodes["main"].Kind.(flow.Menu).Choices)
	found := f.Prove(builtIn(t))
	if len(found) == 0 || found[0].String() != "nodes.main.menu.choices: are missing: a menu without choices asks for nothing" {
		t.Errorf("found %v", found)
	}
}

func TestAllMistakesAreFoundAtOnce(t *testing.T) {
	source := strings.NewReplacer("next: language}", "next: languages}", "queue: support, topic", "queue: sales, topic", "tries: 2", "tries: 0").Replace(script)
	if found := parse(t, source).Prove(builtIn(t)); len(found) != 3 {
		t.Errorf("found %v", found)
	}
}

func TestFlowNamesWhatItSays(t *testing.T) {
	want := []string{
		"choose_language", "goodbye", "invalid", "main_menu", "still_waiting", "type_ticket", "welcome", "wrong_ticket", "your_ticket",
	}
	if got := parse(t, script).Says(); !slices.Equal(got, want) {
		t.Errorf("the flow says %v, not %v", got, want)
	}
}

func TestFlowIsDrawnWithItsWays(t *testing.T) {
	want := `welcome: say welcome →language
language: language 1=ru 2=en otherwise=ru →main
main: menu main_menu 1→number 3→number 9→typed otherwise→number
number: say_ticket →support
support: queue support →bye
bye: hangup
typed: ticket →number
`
	if got := parse(t, script).Draw(); got != want {
		t.Errorf("drawn is\n%s\nnot\n%s", got, want)
	}
}

func TestFlowIsWrittenAsItIsRead(t *testing.T) {
	f := parse(t, script)
	text, err := yaml.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	if again := parse(t, string(text)); !reflect.DeepEqual(again, f) {
		t.Errorf("written is\n%s", text)
	}
}

func TestSilentCallersGoRoundInNoBranchOfTheFlow(t *testing.T) {
	source := strings.Replace(script, "otherwise: number", "otherwise: typed", 1)
	source = strings.Replace(source, "tries: 3}, next: number}", "tries: 3}, next: main}", 1)
	var got []string
	for _, p := range parse(t, source).Prove(builtIn(t)) {
		got = append(got, p.String())
	}
	want := []string{"nodes.main: a caller who types nothing comes back here for ever", "nodes.typed: a caller who types nothing comes back here for ever"}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, not %q", got, want)
	}
}

// TestTheGreetingIsWhatCallersHearFirst: whichever kind of node says it.
func TestTheGreetingIsWhatCallersHearFirst(t *testing.T) {
	for _, c := range []struct {
		what, is string
		f        flow.Flow
	}{
		{"the first node says", "welcome", flow.Flow{Start: "a", Nodes: map[flow.NodeID]flow.Node{"a": {Kind: flow.Say{"welcome"}, Next: "b"}, "b": {Kind: flow.Hangup{Say: []flow.Prompt{"goodbye"}}}}}},
		{"the second does", "goodbye", flow.Flow{Start: "a", Nodes: map[flow.NodeID]flow.Node{"a": {Kind: flow.Say{}, Next: "b"}, "b": {Kind: flow.Hangup{Say: []flow.Prompt{"goodbye"}}}}}},
		{"nobody does, in a circle", "", flow.Flow{Start: "a", Nodes: map[flow.NodeID]flow.Node{"a": {Next: "a"}}}},
		{"there is nothing", "", flow.Flow{}},
	} {
		is := ""
		for _, p := range c.f.Greeting() {
			is += string(p)
		}
		if is != c.is {
			t.Errorf("%s: the greeting is %q, not %q", c.what, is, c.is)
		}
	}
}
