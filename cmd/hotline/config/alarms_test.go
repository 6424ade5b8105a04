package config

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"hotline/agentapi/alarms"
	"hotline/cmd/hotline/config/sample"
)

// watched is a change of the example that gives it rules for alarms.
var watched = []string{
	"topics:\n", `alarms:
  - {id: crowd, name: {ru: Толпа, en: A crowd}, waiting: {raise: 10, clear: 5}, queue: support, for: 45s, clear_for: 2m, sound: none}
  - {id: long, longest_wait: {raise: 3m}, urgent: true}
  - {id: level, service_level: {raise: 0.5, clear: 0.6}, window: 1h, least: 3, department: support}
  - {id: lost, abandoned: {raise: 0.5}, together: true}
  - {id: late, broken_promises: {raise: 5}, department: support}
topics:
`}

func TestRulesOfAlarmsAreReadAndReloaded(t *testing.T) {
	sample.SetSecrets(t)
	c, err := Load(sample.Changed(t, watched...))
	if err != nil {
		t.Fatal(err)
	}
	all := c.AlarmRules()
	want := alarms.Rule{
		ID: "crowd", Name: c.Alarms[0].Name, Kind: alarms.Waiting, Of: alarms.Of{Queue: "support"}, Sound: "none", Window: 30 * time.Minute, Least: 10,
		Bounds: alarms.Bounds{Raise: 10, Clear: 5, For: 45 * time.Second, ClearFor: 2 * time.Minute},
	}
	if !reflect.DeepEqual(all[0], want) {
		t.Errorf("the first is\n%+v\nnot\n%+v", all[0], want)
	}
	if long := all[1]; !long.Each || long.Sound != "repeat" || long.Raise != 180 || long.Clear != 90 || long.For != 30*time.Second || long.ClearFor != time.Minute {
		t.Errorf("with what is usual it is %+v", long)
	}
	if all[2].Window != time.Hour || all[2].Least != 3 || all[2].Each || all[3].Each || all[3].Clear != 0.4 || all[4].Clear != 4 || all[4].Kind != alarms.Promises {
		t.Errorf("the others are %+v", all[2:])
	}
	fresh, err := Load(sample.Changed(t))
	if err != nil || len(c.Beyond(fresh)) > 0 {
		t.Errorf("a reload leaves %v as it is, %v", c.Beyond(fresh), err)
	}
	if usual := fresh.AlarmRules(); len(usual) != 5 {
		t.Errorf("the usual ones are %+v", usual)
	}
	for _, r := range fresh.AlarmRules() {
		if setting, text := r.Wrong(); setting != "" {
			t.Errorf("the usual rule %s: %s %s", r.ID, setting, text)
		}
	}
}

func TestEachMistakeInARuleOfAlarmsIsNamedWithItsPlace(t *testing.T) {
	sample.SetSecrets(t)
	for _, m := range []struct{ old, new, at, text string }{
		{"id: late", "id: long", "long, broken", `alarms.4.id: "long" is there twice`},
		{"queue: support, for", "queue: sales, for", "sales, for", `alarms.0.queue: queue "sales" does not exist`},
		{"department: support}\n  - {id: lost", "department: sales}\n  - {id: lost", "sales}", `alarms.2.department: department "sales" does not exist`},
		{"queue: support, for", "queue: support, together: true, for", "{id: crowd", "alarms.0: may have one of queue, department and together; it has 2 of them"},
		{"waiting: {raise: 10, clear: 5}", "waiting: {raise: 10, clear: 15}", "15}", "alarms.0.waiting.clear: is above raise: it would be cleared before it is raised"},
		{"waiting: {raise: 10, clear: 5}", "waiting: {raise: 0, clear: 0}", "0, clear", "alarms.0.waiting.raise: must be above zero"},
		{"clear: 0.6", "clear: 0.4", "0.4}", "alarms.2.service_level.clear: is below raise"},
		{"raise: 0.5", "raise: 50", "50, clear", "alarms.2.service_level.raise: is out of range"},
		{"clear_for: 2m", "clear_for: 1s", "1s", "alarms.0.clear_for: must be from 5s to 24h"},
		{"for: 45s", "for: 25h", "25h", "alarms.0.for: must be from 0 to 24h"},
		{"sound: none", "sound: loud", "loud", `alarms.0.sound: is "loud": it is one of none, once, repeat`},
		{"window: 1h", "window: 5h", "5h", "alarms.2.window: is 5h0m0s; it must be from 1m0s to 4h0m0s"},
		{"urgent: true", "window: 1h", "{id: long", "alarms.1: has window or least, which are for service_level and abandoned"},
		{"longest_wait: {raise: 3m}, ", "", "{id: long", "alarms.1: must look at exactly one of waiting, longest_wait, service_level, abandoned, nobody_there, phones_failing, broken_promises, clocks_ending, recordings_failing; it looks at 0"},
		{"longest_wait: {raise: 3m}", "longest_wait: {raise: 3}", "3}", "3"},
		{"{raise: 5}, department: support", "{raise: 5}, queue: support", "{id: late", "alarms.4: broken_promises is about a department or the whole line: it has no queue, and no together"},
		{"broken_promises: {raise: 5}", "recordings_failing: true", "{id: late", "alarms.4: recordings_failing is about the whole line"},
	} {
		changed := append([]string{}, watched...)
		if !strings.Contains(changed[1], m.old) {
			t.Fatalf("%q does not stand there", m.old)
		}
		changed[1] = strings.Replace(changed[1], m.old, m.new, 1)
		_, err := Load(sample.Changed(t, changed...))
		if err == nil || !strings.Contains(err.Error(), m.text) {
			t.Errorf("%s: %v, not %s", m.new, err, m.text)
		}
	}
}
