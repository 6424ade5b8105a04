package config

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/cmd/hotline/config/sample"

	"hotline/deploy"
	"hotline/queues"
	"hotline/telephony/hours"
)

// support is what the example says of its last queue, from its skills on.
const support = "skills: {support: 2}\n"

// plainSupport is a change of the example that takes away what it says of its last queue besides.
var plainSupport = []string{
	"    relax:   ", "    # relax:   ", "      - {after: 60s, lower: {support: 1}}", "", "    overflow:\n      - {after: 15m", "    # {after: 15m",
}

func TestAllThatAQueueCanBeIsToldToTheRouter(t *testing.T) {
	sample.SetSecrets(t)
	c, err := Load(sample.Changed(t, append(plainSupport, support, `skills: {support: 2}
    any_of: [{fiber: 2, dsl: 3}, {"lang:de": 1}]
    choice: most_skilled
    aging: 0.25
    reserve: 2
    affinity: 40s
    transfers_anew: true
    relax:
      - {after: 60s, lower: {support: 1}}
      - {after: 2m, drop: ["lang:ru"], add: {information: 5}}
    overflow:
      - {closed: true, to: {message: goodbye}}
      - {nobody_there: true, to: {voicemail: default}}
      - {after: 5m, waiting: 20, to: {queue: information}}
      - {expected_wait: 10m, service_level: 0.5, to: {callback: true}}
      - {after: 20m, to: {number: "+74950000111"}}
    callback: {dial_first: true, attempts: 4, every: 20m, hours: {mon-sun: ["10:00-20:00"]}}
    hours: {mon-thu: ["09:00-13:00", "14:00-18:00"], fri: ["09:00-17:00"], 2026-12-31: ["22:00-24:00"], "2027-01-01": []}
`, "reasons: {break: {at_most: 3, longest: 15m}, lunch: {longest: 45m}}", "", "topics:", `reasons: {lunch: {longest: 45m}, break: {at_most: 3, longest: 15m}}
return_within: 5m
wrap_up_extension: 2m
topics:`)...))
	if err != nil {
		t.Fatal(err)
	}
	hour := time.Hour
	workday := []hours.Span{{From: 9 * hour, To: 13 * hour}, {From: 14 * hour, To: 18 * hour}}
	long := []hours.Span{{From: 10 * hour, To: 20 * hour}}
	want := queues.Queue{
		ID: "support", Name: c.Queues[2].Name, Skills: []queues.Need{{Skill: "support", Level: 2}},
		AnyOf:  [][]queues.Need{{{Skill: "dsl", Level: 3}, {Skill: "fiber", Level: 2}}, {{Skill: "lang:de", Level: 1}}},
		Choice: queues.MostSkilled, Priority: 1, Aging: 0.25, Reserve: 2, Affinity: 40 * time.Second, TransfersAnew: true,
		Relax: []queues.Relaxation{
			{After: time.Minute, Lower: []queues.Need{{Skill: "support", Level: 1}}},
			{After: 2 * time.Minute, Drop: []queues.Skill{"lang:ru"}, Add: []queues.Need{{Skill: "information", Level: 5}}},
		},
		Overflow: []queues.Overflow{
			{Closed: true, To: queues.Destination{Kind: queues.ToMessage, Prompt: "goodbye"}},
			{NobodyThere: true, To: queues.Destination{Kind: queues.ToVoicemail}},
			{After: 5 * time.Minute, Waiting: 20, To: queues.Destination{Kind: queues.ToQueue, Queue: "information"}},
			{ExpectedWait: 10 * time.Minute, ServiceLevel: 0.5, To: queues.Destination{Kind: queues.ToCallback}},
			{After: 20 * time.Minute, To: queues.Destination{Kind: queues.ToNumber, Number: "+74950000111"}},
		},
		Callback: queues.CallbackPlan{DialFirst: true, Attempts: 4, Every: 20 * time.Minute,
			Hours: &hours.Calendar{Week: [7][]hours.Span{long, long, long, long, long, long, long}, Dates: map[string][]hours.Span{}}},
		Hours: &hours.Calendar{
			Week:  [7][]hours.Span{1: workday, 2: workday, 3: workday, 4: workday, 5: {{From: 9 * hour, To: 17 * hour}}},
			Dates: map[string][]hours.Span{"2026-12-31": {{From: 22 * hour, To: 24 * hour}}, "2027-01-01": nil},
		},
		OfferTimeout: 15 * time.Second, WrapUp: time.Minute, ShortAbandon: 5 * time.Second,
		Target: queues.Target{Share: 0.8, Within: 20 * time.Second},
	}
	r := c.Router()
	if got := r.Queues[2]; !reflect.DeepEqual(got, want) {
		t.Errorf("the router is told\n%+v\nnot\n%+v", got, want)
	}
	if want := []queues.ReasonLimit{{Reason: "break", AtMost: 3, Longest: 15 * time.Minute}, {Reason: "lunch", Longest: 45 * time.Minute}}; !slices.Equal(r.Reasons[:2], want) || r.Return != 5*time.Minute || r.ExtensionLimit != 2*time.Minute {
		t.Errorf("reasons %+v, return within %s, wrap-ups extended by %s", r.Reasons, r.Return, r.ExtensionLimit)
	}
	if reasons := c.reasons(); reasons[0].LongestS != 900 || reasons[1].LongestS != 45*60 || reasons[2].LongestS != 0 {
		t.Errorf("the desk offers %+v", reasons)
	}
	prompts := []string{"agent_lost", "call_broken", "callback_offer", "callback_promised", "customer_not_reached", "goodbye", "leave_message", "message_taken", "overflow_forwarded", "overflow_message", "still_on_hold"}
	if says := c.OverflowSays(); !slices.Equal(says, prompts) {
		t.Errorf("the doctor looks for %q", says)
	}
}

func TestReasonIsBoundedAsConfiguredOrAsUsualWhereNoneIs(t *testing.T) {
	sample.SetSecrets(t)
	for setting, want := range map[string][]int{ // break, lunch, training, meeting, back office, technical
		"":                                  {900, 3600, 7200, 3600, 3600, 900},
		"reasons:":                          {900, 3600, 7200, 3600, 3600, 900},
		"reasons: {}":                       {0, 0, 0, 0, 0, 0},
		"reasons: {break: {at_most: 3}}":    {0, 0, 0, 0, 0, 0},
		"reasons: {meeting: {longest: 2h}}": {0, 0, 0, 7200, 0, 0},
	} {
		c, err := Load(sample.Changed(t, "reasons: {break: {at_most: 3, longest: 15m}, lunch: {longest: 45m}}", setting))
		if err != nil {
			t.Fatalf("%q: %v", setting, err)
		}
		var shown, counted []int
		for i, choice := range c.reasons() {
			shown, counted = append(shown, choice.LongestS), append(counted, int(c.Router().Reasons[i].Longest.Seconds()))
		}
		if !slices.Equal(shown, want) || !slices.Equal(counted, want) {
			t.Errorf("%q: the desk shows %v and the router counts %v, not %v", setting, shown, counted, want)
		}
	}
}

// Each setting is put into the last queue; at is the text at whose beginning the mistake must be told.
func TestEachBadSettingOfAQueueIsNamedWithItsPlace(t *testing.T) {
	sample.SetSecrets(t)
	for _, m := range []struct{ setting, at, text string }{
		{`choice: random`, "random", `choice: "random" is none of longest_idle, most_skilled, least_occupied, spare_specialist`},
		{`aging: -1`, "-1\n", `aging: is -1; it must be from 0 to 1000 points a second`},
		{`aging: fast`, "fast", `aging: "fast" is not a number`},
		{`reserve: -2`, "-2\n", `reserve: is -2; it must be from 0 to 1000000`},
		{`affinity: -2s`, "-2s", `affinity: is -2s; it cannot be below zero`},
		{`affinity: 40`, "40\n", `affinity: "40" is no time; write it with its unit, such as 15s or 1m30s`},
		{`any_of: {fiber: 2}`, "fiber", `any_of: must be a list`},
		{`any_of: [{}]`, "{}]", `any_of.0: is empty: nobody could have any of it`},
		{`any_of: [{fiber: 2, dsl: 6}]`, "6}]", `any_of.0.dsl: is 6; a level is from 1 to 5`},
		{`relax: [{lower: {support: 1}}]`, "lower", `relax.0.after: must be a time above zero, such as 60s`},
		{`relax: [{after: 60s, drop: [x]}, {after: 60s, drop: ["lang:en"]}]`, `60s, drop: ["lang`, `relax.1.after: is 1m0s, and the step before is taken after 1m0s: each must be later`},
		{`relax: [{after: 60s}]`, "after: 60s}]", `relax.0: changes nothing: it needs lower, drop or add`},
		{`relax: [{after: 60s, lower: {support: 0}}]`, "0}}]", `relax.0.lower.support: is 0; a level is from 1 to 5`},
		{`relax: [{after: 60s, drop: "lang:ru"}]`, `"lang:ru"}]`, `relax.0.drop: must be a list`},
		{`overflow: [{to: {callback: true}}]`, "to: {callback", `overflow.0: has no condition, and nobody would ever wait here: give after, waiting, expected_wait, service_level, nobody_there or closed`},
		{`overflow: [{after: -1s, to: {callback: true}}]`, "-1s", `overflow.0.after: is -1s; it cannot be below zero`},
		{`overflow: [{waiting: -1, to: {callback: true}}]`, "-1, to", `overflow.0.waiting: is -1; it must be from 0 to 1000000`},
		{`overflow: [{service_level: 50, to: {callback: true}}]`, "50, to", `overflow.0.service_level: is 50; it must be from 0 to 1`},
		{`overflow: [{after: 1m}]`, "after: 1m", `overflow.0.to: must be exactly one of {queue: ID}, {callback: true}, {voicemail: PROMPT}, {number: "+…"}, {message: PROMPT}; it has 0 of them`},
		{`overflow: [{after: 1m, to: {callback: true, queue: information}}]`, "callback: true", `overflow.0.to: must be exactly one of {queue: ID}, {callback: true}, {voicemail: PROMPT}, {number: "+…"}, {message: PROMPT}; it has 2 of them`},
		{`overflow: [{after: 1m, to: {queue: sales}}]`, "sales", `overflow.0.to.queue: queue "sales" does not exist; there are: information, subscribers, support`},
		{`overflow: [{after: 1m, to: {number: "84950000100"}}]`, `"84950000100"`, `overflow.0.to.number: "84950000100" is not a number in E.164; write it with the plus sign and in quotes, as "+74950000100"`},
		{`overflow: [{after: 1m, to: {message: sorry_no}}]`, "sorry_no", `overflow.0.to.message: prompt "sorry_no" has no text in "ru", "en"`},
		{`overflow: [{after: 1m, to: {voicemail: sorry_no}}]`, "sorry_no", `overflow.0.to.voicemail: prompt "sorry_no" has no text in "ru", "en"`},
		{`overflow: [{after: 1m, to: {queue: support}}]`, "support}}]", `overflow.0.to.queue: leads in a circle: support → support`},
		{`callback: {attempts: -1}`, "-1}", `callback.attempts: is -1; it must be from 0 to 100`},
		{`callback: {every: -1m}`, "-1m", `callback.every: is -1m0s; it cannot be below zero`},
		{`callback: {hours: {mon: ["9-18"]}}`, `"9-18"`, `callback.hours.mon.0: "9-18" is no time of the day; write it as "09:00-18:00"`},
		{`hours: {mon-fri: ["09:00-13:00", "12:00-18:00"]}`, `"12:00-18:00"`, `hours.mon-fri.1: "12:00-18:00" begins before the one before it has ended`},
		{`hours: {fri: ["20:00-02:00"]}`, `"20:00-02:00"`, `hours.fri.0: "20:00-02:00" ends the next day; write it until 24:00, and from 00:00 on the day that follows`},
		{`hours: {montag: ["09:00-13:00"]}`, `"09:00-13:00"`, `hours.montag: "montag" is no day: write mon, mon-fri or a date, as "2026-12-31"`},
		{`hours: {"2026-02-30": ["09:00-13:00"]}`, `"09:00-13:00"`, `hours.2026-02-30: "2026-02-30" is no day: write mon, mon-fri or a date, as "2026-12-31"`},
		{`hours: {mon-fri: ["09:00-13:00"], wed: ["09:00-12:00"]}`, `"09:00-12:00"`, `hours.wed: wed stands in mon-fri too`},
		{`hours: {sun: []}`, `sun: []`, `hours: are never: write such as {mon-fri: ["09:00-18:00"]}, or leave hours out for always`},
		{`hours: {mon: "09:00-13:00"}`, `"09:00-13:00"`, `hours.mon: must be a list`},
		{`hours: always`, "always\n", `hours: must be settings by name`},
	} {
		t.Run(m.setting, func(t *testing.T) {
			file := sample.Changed(t, append(plainSupport, support, support+"    "+m.setting+"\n")...)
			_, err := Load(file)
			if want := sample.Where(t, file, m.at) + ": queues.2." + m.text; !slices.Contains(mistakes(err), want) {
				t.Errorf("found\n  %s\n\nnot\n  %s", strings.Join(mistakes(err), "\n  "), want)
			}
		})
	}
}

func TestAPhoneRingsASecondAtLeastAndTenMinutesAtMost(t *testing.T) {
	sample.SetSecrets(t)
	for text, said := range map[string]string{"1ns": "1ns", "999ms": "999ms", "10m1s": "10m1s", "100h": "100h0m0s", "-5s": "-5s", "1s": "", "10m": ""} {
		file := sample.Changed(t, "offer_timeout: 15s      #", "offer_timeout: "+text+" #")
		_, err := Load(file)
		var want []string
		if said != "" {
			want = []string{sample.Where(t, file, text+" #") + ": queues.0.offer_timeout: is " + said + "; it must be from 1s to 10m0s"}
		}
		if got := mistakes(err); !slices.Equal(got, want) {
			t.Errorf("found\n  %s\n\nnot\n  %s", strings.Join(got, "\n  "), want)
		}
	}
}

func TestEachBadBoundOnAReasonIsNamedWithItsPlace(t *testing.T) {
	sample.SetSecrets(t)
	for _, m := range []struct{ setting, at, text string }{
		{`reasons: {smoking: {at_most: 3}}`, "at_most: 3", `reasons.smoking: "smoking" is no reason that agents can choose: break, lunch, training, meeting, back_office, technical`},
		{`reasons: {missed_call: {at_most: 3}}`, "at_most: 3", `reasons.missed_call: "missed_call" is no reason that agents can choose: break, lunch, training, meeting, back_office, technical`},
		{`reasons: {lunch: {}}`, "{}}", `reasons.lunch: bounds nothing: give at_most or longest`},
		{`reasons: {lunch: {at_most: -1}}`, "-1}}", `reasons.lunch.at_most: is -1; it must be from 0 to 1000000`},
		{`reasons: {lunch: {longest: -1m}}`, "-1m}}", `reasons.lunch.longest: is -1m0s; it cannot be below zero`},
		{`return_within: -1m`, "-1m", `return_within: is -1m0s; it cannot be below zero`},
		{`wrap_up_extension: 59s`, "59s", `wrap_up_extension: is 59s; it must be from 1m0s to 1h0m0s`},
		{`wrap_up_extension: 61m`, "61m", `wrap_up_extension: is 1h1m0s; it must be from 1m0s to 1h0m0s`},
		{`wrap_up_extension: 3`, "3\n", `wrap_up_extension: "3" is no time; write it with its unit, such as 15s or 1m30s`},
	} {
		t.Run(m.setting, func(t *testing.T) {
			file := sample.Changed(t, "reasons: {break: {at_most: 3, longest: 15m}, lunch: {longest: 45m}}", m.setting)
			_, err := Load(file)
			if got, want := mistakes(err), sample.Where(t, file, m.at)+": "+m.text; len(got) != 1 || got[0] != want {
				t.Errorf("found\n  %s\n\nnot\n  %s", strings.Join(got, "\n  "), want)
			}
		})
	}
}

func TestEachCircleOfQueuesIsNamedOnceAndWhole(t *testing.T) {
	sample.SetSecrets(t)
	file := sample.Changed(t, append(plainSupport,
		"skills: {information: 1}", "skills: {information: 1}\n    overflow: [{after: 1m, to: {queue: subscribers}}]",
		"skills: {subscribers: 1}", "skills: {subscribers: 1}\n    overflow: [{after: 1m, to: {queue: support}}, {closed: true, to: {queue: support}}]",
		support, support+"    overflow: [{after: 1m, to: {callback: true}}, {after: 2m, to: {queue: information }}]\n")...)
	_, err := Load(file)
	want := sample.Where(t, file, "information }") + ": queues.2.overflow.1.to.queue: leads in a circle: information → subscribers → support → information"
	if got := mistakes(err); len(got) != 1 || got[0] != want {
		t.Errorf("found\n  %s\n\nnot\n  %s", strings.Join(got, "\n  "), want)
	}
}

// A line of the example that is a setting behind a # is one that people take the # away from.
func TestWhatTheExampleShowsBehindAHashIsSoundToo(t *testing.T) {
	setHookSecrets(t)
	hidden := regexp.MustCompile(`(?m)^( *)# ((?:  )*(?:- )?[a-z_]+:(?: .*)?|(?:  )*- \{.*)$`)
	source := hidden.ReplaceAllString(string(deploy.Configuration), "$1$2")
	file := sample.Written(t, source)
	rota, err := os.ReadFile(example.Agents)
	if err == nil {
		err = os.WriteFile(filepath.Join(filepath.Dir(file), "agents.yaml"), rota, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	c, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	information, subscribers, support := c.Queues[0], c.Queues[1], c.Queues[2]
	if len(information.Overflow) != 2 || len(subscribers.Overflow) != 2 || len(subscribers.Hours) != 4 || len(support.AnyOf) != 1 ||
		support.Callback.Attempts != 3 || c.Return != 5*time.Minute || c.TLS.Key == "" || len(c.Topics) != 4 || len(c.Shifts.Plan()) != 1 || len(c.Forms()) != 1 || len(c.Departments) != 3 ||
		len(c.Agreements) != 1 || len(c.Vendors) != 1 || len(c.Tickets.Webhooks) != 2 || c.Tickets.CRM.URL == "" || c.Tickets.Files.Most != 100 {
		t.Errorf("not all of it is shown:\n%s", source)
	}
}

func TestDaysOfTheWeek(t *testing.T) {
	for key, want := range map[string][]int{
		"mon": {1}, "sun": {0}, "mon-fri": {1, 2, 3, 4, 5}, "fri-mon": {5, 6, 0, 1}, "sat-sun": {6, 0}, "mon-sun": {1, 2, 3, 4, 5, 6, 0},
		"": nil, "mon-": nil, "-mon": nil, "Mon": nil, "mon-fri-sat": nil,
	} {
		if got := daysOf(key); !slices.Equal(got, want) {
			t.Errorf("%q: %v", key, got)
		}
	}
}
