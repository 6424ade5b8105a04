package config

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"hotline/cmd/hotline/config/sample"
)

// In the example nobody but Anna serves the subscribers from 14:00 to 15:00, and two alone serve support in the late evening.
func TestTargetsThatTheStaffPlannedCannotKeepAreTold(t *testing.T) {
	found, doubts := checking(t, files{Config: example.Config, Agents: example.Agents, Arrivals: example.Arrivals})
	sure := []string{
		`queues\.1\.target: queue subscribers, 14:00–15:00: cannot be kept by the staff planned, for certain: even if the one agent who can serve it did nothing else, \d+ % \(Erlang A\) or \d+ ± \d+ % \(20 simulated days\) would be answered within 20s at 14:[03]0, and 80 % are promised; by the formula 4 agents would do$`,
		// A callback is offered after a quarter of an hour: too late to keep the target.
		`queues\.2\.target: queue support, 21:00–23:00: cannot be kept by the staff planned, for certain: even if all 2 who can serve it did nothing else, \d+ % \(Erlang A\) or \d+ ± \d+ % \(20 simulated days\) would be answered within 20s at 2\d:[03]0, and 80 % are promised; by the formula 4 agents would do$`,
	}
	for i, want := range sure {
		if len(found) != len(sure) || !regexp.MustCompile(`^`+regexp.QuoteMeta(example.Config)+`:\d+:\d+: `+want).MatchString(found[i]) {
			t.Errorf("found\n  %s\n\nnot\n  %s", strings.Join(found, "\n  "), want)
			break
		}
	}
	late := regexp.MustCompile(`: warning: queues\.0\.target: queue information, 2\d:\d0–2\d:\d0: \d+ ± \d+ % within 20s in 20 simulated days.*, and 80 % are promised; calls wait for: calls of other queues \d\d %`)
	if len(doubts) == 0 || !slices.ContainsFunc(doubts, late.MatchString) {
		t.Errorf("doubts\n  %s", strings.Join(doubts, "\n  "))
	}
}

// What Erlang's formula of steady days calls impossible, callers of one half hour alone may well not meet: then it is not certain.
func TestAPeakThatIsOverBeforeTheLineIsLongIsNoProof(t *testing.T) {
	agents := sample.Written(t, `agents: [{id: anna, shifts: ["00:00-24:00"]}, {id: day, count: 30, skills: {support: 3, "lang:ru": 5}, shifts: ["00:00-24:00"]}]`)
	arrivals := sample.Written(t, `arrivals: [{queue: support, needs: {"lang:ru": 1}, talk: {mean: 4h, deviation: 1m}, callback: 0.4, calls: {"09:00-09:30": 12}}]`)
	found, doubts := checking(t, files{Config: sample.Changed(t), Agents: agents, Arrivals: arrivals})
	if len(found)+len(doubts) > 0 {
		t.Errorf("found\n  %s\ndoubts\n  %s", strings.Join(found, "\n  "), strings.Join(doubts, "\n  "))
	}
}

func TestEnoughAgentsAreNotDoubted(t *testing.T) {
	stays := "    overflow:\n      - {after: 15m, to: {callback: true}}"
	agents := sample.Written(t, `agents: [{id: anna, shifts: ["00:00-24:00"]}, {id: day, count: 8, skills: {support: 3, "lang:ru": 5}, shifts: ["09:00-18:00"]}]`)
	calm := `arrivals: [{queue: support, needs: {"lang:ru": 1}, talk: {mean: 4m}, calls: {"09:00-18:00": 20}}]`
	for arrivals, want := range map[string]string{
		calm:                                   "",
		strings.Replace(calm, "20}", "90}", 1): "even if all 9 who can serve it did nothing else, 0 % (Erlang C)",
	} {
		found, doubts := checking(t, files{Config: sample.Changed(t, stays, "    # nobody leaves by rule"), Agents: agents, Arrivals: sample.Written(t, arrivals)})
		if len(doubts) > 0 || (want == "") != (len(found) == 0) || want != "" && !strings.Contains(found[0], want) {
			t.Errorf("found\n  %s\ndoubts\n  %s\n\nnot %s", strings.Join(found, "\n  "), strings.Join(doubts, "\n  "), want)
		}
	}
}

// Anna alone serves the subscribers, whose calls are work for twelve. Whether that is certain depends on what overflow may do in time.
func TestAQueueThatCallersLeaveOrComeToByRuleInTimeIsOnlyDoubted(t *testing.T) {
	agents := sample.Written(t, `agents: [{id: anna, shifts: ["00:00-24:00"]}]`)
	const weekdays = "    hours: {mon-fri: [\"09:00-18:00\"]}\n"
	for _, x := range []struct {
		queue, setting string
		sure           string // the half hours that are certain
	}{
		{"subscribers", "overflow: [{after: 10s, to: {voicemail: default}}]", ""},
		{"subscribers", "overflow: [{waiting: 3, to: {voicemail: default}}]", ""},
		{"subscribers", "overflow: [{expected_wait: 3m, to: {voicemail: default}}]", ""},
		{"subscribers", "overflow: [{after: 1m, service_level: 0.5, to: {voicemail: default}}]", "09:00–18:00"},
		{"subscribers", "overflow: [{after: 10h, to: {voicemail: default}}]", "09:00–18:00"},
		{"subscribers", "overflow: [{nobody_there: true, to: {voicemail: default}}]", "09:00–18:00"},
		{"subscribers", "overflow: [{callback: true}]", "09:00–18:00"}, // nobody accepts one
		{"subscribers", weekdays + "overflow: [{closed: true, to: {voicemail: default}}]", "09:00–17:30"},
		{"subscribers", weekdays + "overflow: [{closed: true, to: {voicemail: default}}, {waiting: 3, to: {message: goodbye}}]", ""},
		{"information", "overflow: [{after: 10s, to: {queue: information}}]", ""},
		{"information", "overflow: [{after: 5m, to: {queue: information}}]", "09:00–18:00"},
		{"information", weekdays + "overflow: [{closed: true, to: {queue: information}}]", ""}, // on Sundays they come
	} {
		setting := strings.ReplaceAll(x.setting, "[{callback: true}]", "[{to: {callback: true}, after: 5s}]")
		setting = strings.Replace("    "+strings.TrimPrefix(setting, "    "), "\noverflow", "\n    overflow", 1)
		arrivals := sample.Written(t, `arrivals: [{queue: `+x.queue+`, talk: {mean: 4m}, patience: 5m, calls: {"09:00-18:00": 90}}]`)
		found, doubts := checking(t, files{Config: sample.Changed(t, "    skills: {subscribers: 1}\n", "    skills: {subscribers: 1}\n"+setting+"\n"), Agents: agents, Arrivals: arrivals})
		want := "queue " + x.queue + ", " + x.sure + ": cannot be kept by the staff planned, for certain"
		if x.sure == "" && len(found) > 0 || x.sure != "" && (len(found) != 1 || !strings.Contains(found[0], want)) {
			t.Errorf("%s: found\n  %s\ndoubts\n  %s", setting, strings.Join(found, "\n  "), strings.Join(doubts, "\n  "))
		}
	}
}
