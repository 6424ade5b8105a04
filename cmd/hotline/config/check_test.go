package config

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"hotline/cmd/hotline/config/sample"
)

// checking is what check finds of a configuration in a file.
func checking(t *testing.T, f files) (found, doubts []string) {
	t.Helper()
	sample.SetSecrets(t)
	_, doubted, err := Check(f.Config, f.Agents, f.Arrivals, 20)
	for _, d := range doubted {
		doubts = append(doubts, d.Error())
	}
	return mistakes(err), doubts
}

// Each setting is put into the last queue of the example, all of whose people are Anna: she holds support at 3, information at 3,
// subscribers at 3, lang:ru at 5, lang:en at 3. Nothing else must be found.
func TestWhatCanNeverBeIsProvedWithItsPlace(t *testing.T) {
	const warning = "warning: "
	for _, x := range []struct{ setting, at, text string }{
		{`any_of: [{support: 1, fiber: 3}]`, "support: 1, fiber", `any_of.0: asks for nothing: who has support ≥ 2, as skills says, meets it`},
		{`any_of: [{information: 1}, {information: 1, fiber: 1}]`, "information: 1, fiber", `any_of.1: asks for nothing: who meets group 1 meets it`},
		{`any_of: [{information: 1}, {information: 1 }]`, "information: 1 }", `any_of.1: asks for nothing: who meets group 1 meets it`},
		{`any_of: [{information: 1}, {subscribers: 3}]`, "", ""},
		{`relax: [{after: 60s, drop: [fiber]}]`, "fiber]", `relax.0.drop.0: changes nothing: fiber is never needed here`},
		{`relax: [{after: 60s, drop: ["lang:ru"]}]`, "", ""},
		{`relax: [{after: 60s, drop: ["lang:de"]}]`, `"lang:de"`, `relax.0.drop.0: changes nothing: lang:de is never needed here`},
		{`relax: [{after: 60s, drop: [support]}, {after: 90s, drop: [support ]}]`, "support ]", `relax.1.drop.0: changes nothing: support is dropped by step 1`},
		{`relax: [{after: 60s, lower: {support: 2}}]`, "2}}]", `relax.0.lower.support: changes nothing: support is needed at level 2 by then, which is not above 2`},
		{`relax: [{after: 60s, lower: {support: 1}}, {after: 90s, lower: {support: 1 }}]`, "1 }", `relax.1.lower.support: changes nothing: support is needed at level 1 by then, which is not above 1`},
		{`relax: [{after: 60s, drop: [support]}, {after: 90s, lower: {support: 1}}]`, "1}}]", `relax.1.lower.support: changes nothing: support is dropped by step 1`},
		{`relax: [{after: 60s, lower: {"lang:en": 1}}]`, "1}}]", `relax.0.lower.lang:en: changes nothing: lang:en is needed at level 1 by then, which is not above 1`},
		{`relax: [{after: 60s, lower: {information: 1}}, {after: 90s, add: {information: 3}}]`, "", ""},
		{`relax: [{after: 60s, add: {support: 3, fiber: 1}}]`, "support: 3, fiber", `relax.0.add: adds nobody: who has all of it could serve the queue before`},
		{`relax: [{after: 60s, add: {fiber: 1}}, {after: 90s, add: {fiber: 2}}]`, "fiber: 2", `relax.1.add: adds nobody: who has all of it could serve the queue before`},
		{`relax: [{after: 60s, add: {fiber: 2}}, {after: 90s, add: {fiber: 1}}]`, "", ""},
		{`overflow: [{after: 1m, closed: true, to: {callback: true}}]`, "true, to: {callback", `overflow.0.closed: never holds: the queue has no hours in which it is not open`},
		{"hours: {mon-sun: [\"00:00-24:00\"]}\n    overflow: [{closed: true, to: {callback: true}}]", "true, to: {callback", `overflow.0.closed: never holds: the queue has no hours in which it is not open`},
		{"hours: {mon-sun: [\"00:00-24:00\"], \"2027-01-01\": []}\n    overflow: [{closed: true, to: {callback: true}}]", "", ""},
		{`overflow: [{after: 1m, to: {message: goodbye}}, {after: 2m, waiting: 5, to: {queue: information}}]`, "after: 2m", `overflow.1: never takes effect: whenever it holds, so does rule 1, which comes first`},
		{`overflow: [{waiting: 5, to: {message: goodbye}}, {nobody_there: true, to: {voicemail: default}}, {waiting: 4, to: {queue: information}}]`, "", ""},
		{`overflow: [{service_level: 0.6, to: {message: goodbye}}, {service_level: 0.5, after: 1m, to: {queue: information}}]`, "service_level: 0.5, after: 1m", `overflow.1: never takes effect: whenever it holds, so does rule 1, which comes first`},
		{`overflow: [{after: 1m, to: {callback: true}}, {after: 2m, to: {queue: information}}]`, "", ""},
		{`overflow: [{after: 1m, to: {callback: true}}, {after: 2m, to: {callback: true }}]`, "after: 2m", `overflow.1: never takes effect: whenever it holds, so does rule 1, which comes first`},
		{"overflow: [{after: 1m, to: {message: goodbye}}]\n    relax: [{after: 2m, lower: {support: 1}}]", "2m, lower", warning + `relax.0.after: is 2m0s, and overflow rule 1 lets callers leave after 1m0s: the step is taken only early, when nobody could serve them`},
		{`hours: {mon-fri: ["09:00-18:00"]}`, `mon-fri: ["09:00-18`, warning + `hours: change nothing for callers: no overflow rule says closed: true, so they wait at any hour`},
		{`reserve: 1`, "support: 2}", `skills: queue support: reserve keeps 1 free who hold support ≥ 2, and never are there more than 1: nobody would be offered a call`},
		{`any_of: [{fiber: 1, "lang:en": 4}]`, "support: 2}", `skills: queue support: nobody holds support ≥ 2 and (fiber ≥ 1 or lang:en ≥ 4)`},
		{"any_of: [{fiber: 1}]\n    relax: [{after: 60s, lower: {support: 1}}]", "support: 2}", `skills: queue support: nobody holds support ≥ 2 and (fiber ≥ 1), nor what relaxation leaves of it`},
		{"any_of: [{fiber: 1}]\n    relax: [{after: 60s, add: {information: 1}}]", "support: 2}", warning + `skills: queue support: nobody holds support ≥ 2 and (fiber ≥ 1), and only relaxation steps, taken at once, let anybody serve such calls`},
		{"any_of: [{fiber: 1}]\n    overflow: [{nobody_there: true, to: {message: goodbye}}]", "support: 2}", warning + `skills: queue support: nobody holds support ≥ 2 and (fiber ≥ 1); all these callers overflow by rule 1`},
	} {
		t.Run(x.setting, func(t *testing.T) {
			file := sample.Changed(t, append(plainSupport, support, support+"    "+x.setting+"\n")...)
			found, doubts := checking(t, files{Config: file})
			var want []string
			text, doubtful := strings.CutPrefix(x.text, warning)
			if x.text != "" {
				want = []string{sample.Where(t, file, x.at) + ": " + strings.TrimSuffix(x.text, text) + "queues.2." + text}
			}
			if got := append(found, doubts...); !slices.Equal(got, want) || doubtful != (len(doubts) > 0) {
				t.Errorf("found\n  %s\ndoubts\n  %s\n\nnot\n  %s", strings.Join(found, "\n  "), strings.Join(doubts, "\n  "), want)
			}
		})
	}
}

func TestAProxyThatOthersCanPassForIsDoubted(t *testing.T) {
	for listen, proxies := range map[string]string{
		"0.0.0.0:8080": "true", ":8080": "true", "10.1.2.3:8080": "true",
		"127.0.0.1:8080": "", "[::1]:8080": "", "localhost:8080": "", "10.1.2.4:8080": "['10.1.2.3']", "10.1.2.5:8080": "false",
	} {
		setting := cmp.Or(proxies, "true")
		found, doubts := checking(t, files{Config: sample.Changed(t, "listen: 127.0.0.1:8080", "listen: '"+listen+"'\nhttp: {behind_proxy: "+setting+"}")})
		want := proxies == "true"
		if len(found) > 0 || (len(doubts) == 1 && strings.Contains(doubts[0], "past the proxy")) != want || len(doubts) > 1 {
			t.Errorf("%s behind %s: found %q, doubts %q", listen, setting, found, doubts)
		}
	}
}

func TestALanguageThatNobodySpeaksWithASkillIsNamed(t *testing.T) {
	file := sample.Changed(t, `"lang:en": 3}`, `"lang:de": 3}`, "skills: {information: 1}", "skills: {}")
	found, _ := checking(t, files{Config: file})
	want := []string{
		sample.Where(t, file, "{}\n    # choice") + ": queues.0.skills: queue information: nobody holds lang:en",
		sample.Where(t, file, "subscribers: 1}") + ": queues.1.skills: queue subscribers: nobody holds subscribers ≥ 1 with lang:en",
		sample.Where(t, file, "support: 2}") + ": queues.2.skills: queue support: nobody holds support ≥ 2 with lang:en, nor what relaxation leaves of it",
	}
	if !slices.Equal(found, want) {
		t.Errorf("found\n  %s\n\nnot\n  %s", strings.Join(found, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestAQueueThatNothingLeadsToIsTold(t *testing.T) {
	const first = "queues:\n  - id: information\n"
	file := sample.Changed(t, first, "queues:\n  - {id: spare, skills: {information: 1}}\n  - id: information\n")
	found, doubts := checking(t, files{Config: file})
	want := sample.Where(t, file, "spare") + `: warning: queues.0.id: no node of the flow leads to "spare", and no overflow of a queue that callers come to`
	if len(found) > 0 || len(doubts) != 1 || doubts[0] != want {
		t.Errorf("found %q, doubts %q, not %s", found, doubts, want)
	}
	file = sample.Changed(t, first, "queues:\n  - {id: spare, skills: {information: 1}}\n  - id: information\n    overflow: [{after: 10m, to: {queue: spare}}]\n")
	if found, doubts := checking(t, files{Config: file}); len(found)+len(doubts) > 0 {
		t.Errorf("where an overflow leads to it: %q, %q", found, doubts)
	}
}

func TestTheQueuesAreProvedAlsoWhereTheSecretsAreNotAtHand(t *testing.T) {
	file := sample.Changed(t, "  - id: support\n", "  - id: support\n    reserve: 1\n")
	t.Setenv("HOTLINE_ANNA_PASSWORD", "")
	_, _, err := Check(file, "", "", 20)
	text := strings.Join(mistakes(err), "\n")
	if !strings.Contains(text, "reserve keeps 1 free") || !strings.Contains(text, "HOTLINE_ANNA_PASSWORD") {
		t.Errorf("found\n%s", text)
	}
}
