package config

import (
	"strings"
	"testing"
	"time"

	"hotline/deploy"
	"hotline/ivr"
)

// withRecording is the example with a rule of its last queue, and keys where they are given.
func withRecording(rule, keys string) []byte {
	text := strings.Replace(string(deploy.Configuration), "    skills: {support: 2}\n", "    skills: {support: 2}\n    recording: "+rule+"\n", 1)
	if keys != "" {
		text += "\nrecordings: {keys: " + keys + "}\n"
	}
	return []byte(text)
}

func TestQueueSaysWhatIsRecordedOfItsTalks(t *testing.T) {
	c, err := Parse("hotline.yaml", withRecording(`{share: 20, on_demand: true, announce: call_recorded_decline, decline: "2", pause_at_most: 3m, consultations: true}`, "k"))
	if err != nil {
		t.Fatal(err)
	}
	want := ivr.RecordingRule{Share: 20, OnDemand: true, Announce: "call_recorded_decline", Decline: '2', PauseAtMost: 3 * time.Minute, Consultations: true}
	if rules := c.RecordingRules(); len(rules) != 1 || rules["support"] != want {
		t.Errorf("the rules are %+v", rules)
	}
	if !strings.Contains(strings.Join(c.OverflowSays(), " "), "call_recorded_decline") {
		t.Error("the doctor does not look for what is announced")
	}
}

func TestEachBadRuleOfRecordingIsNamedWithItsPlace(t *testing.T) {
	for rule, want := range map[string]string{
		"{share: 101}":                 "recording.share: is 101; it must be from 0 to 100",
		"{share: -1, on_demand: true}": "recording.share: is -1",
		"{announce: call_recorded}":    "recording: records nothing: give share, from 1 to 100 percent, or on_demand: true",
		`{share: 100, decline: "2"}`:   "recording.decline: is a key that nobody tells the caller of: announce is missing",
		`{share: 100, announce: call_recorded_decline, decline: two}`: `recording.decline: "two" is no key of a phone`,
		"{share: 100, announce: nowhere}":                             `recording.announce: prompt "nowhere" has no text in "ru", "en"`,
		"{share: 100, pause_at_most: 9s}":                             "recording.pause_at_most: is 9s; it must be from 10s to 1h0m0s",
		"{always: true}":                                              "always",
	} {
		_, err := Parse("hotline.yaml", withRecording(rule, "k"))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "hotline.yaml:") {
			t.Errorf("%s: %v, want %s", rule, err, want)
		}
	}
	if _, err := Parse("hotline.yaml", withRecording("{share: 100}", "")); err == nil || !strings.Contains(err.Error(), "recording: needs recordings.keys") {
		t.Errorf("without keys: %v", err)
	}
}
