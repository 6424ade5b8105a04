package config

import (
	"strings"
	"testing"
	"time"

	"hotline/cmd/hotline/config/sample"
	"hotline/telephony"
)

func TestShortestTalkIsASecondUnlessTheFileSaysOtherwise(t *testing.T) {
	sample.SetSecrets(t)
	const at = "languages: [ru, en]"
	for says, want := range map[string]time.Duration{"": time.Second, "\n  shortest_talk: 300ms": 300 * time.Millisecond, "\n  shortest_talk: 0s": -1} {
		c, err := Load(sample.Changed(t, at, at+says))
		if err != nil || c.Line.Shortest() != want {
			t.Errorf("%q is %s, %v", says, c.Line.Shortest(), err)
		}
	}
	for says, want := range map[string]string{
		"1m": "line.shortest_talk: is 1m0s; it must be from 50ms to 10s", "-1s": "line.shortest_talk: is -1s; it must be from 50ms to 10s",
	} {
		_, err := Load(sample.Changed(t, at, at+"\n  shortest_talk: "+says))
		if got := mistakes(err); len(got) != 1 || !strings.HasSuffix(got[0], want) {
			t.Errorf("%s: found %q", says, got)
		}
	}
}

func TestNumbersOutsideAreCalledAtTheirHours(t *testing.T) {
	sample.SetSecrets(t)
	const at = "languages: [ru, en]"
	const hours = "\n  timezone: Europe/Moscow\n  call_hours: {mon-fri: [\"09:00-20:00\"]}"
	const theirs, anyTime = hours + "\n  call_clock: theirs", hours + "\n  call_any_time: [\"+7495123\"]"
	const never = "\n  call_hours: {\"2020-01-01\": [\"09:00-20:00\"]}"
	moscow, err := time.LoadLocation("Europe/Moscow")
	if err != nil {
		t.Fatal(err)
	}
	const may = "now"
	for _, c := range []struct{ says, number, at, want string }{ // by Moscow's clock
		{"", "+74951234567", "2026-11-28 03:00", may},
		{hours, "+74951234567", "2026-11-30 09:00", may},
		{hours, "+74951234567", "2026-11-30 08:59", "2026-11-30 09:00"},
		{hours, "+74951234567", "2026-11-27 20:00", "2026-11-30 09:00"},
		{hours, "+74232123456", "2026-11-30 19:00", may},
		{theirs, "+74232123456", "2026-11-30 19:00", "2026-12-01 02:00"}, // Vladivostok is seven hours ahead
		{theirs, "+74232123456", "2026-11-30 03:00", may},
		{theirs, "+78001234567", "2026-11-30 09:30", may},
		{theirs, "+78001234567", "2026-11-30 18:30", "2026-12-01 09:00"}, // in Almaty it is 20:30
		{theirs, "+800123456789012", "2026-11-30 08:30", "2026-11-30 09:00"},
		{anyTime, "+74951234567", "2026-11-28 03:00", may},
		{anyTime, "+74957654321", "2026-11-28 03:00", "2026-11-30 09:00"},
		{never, "+74951234567", "2026-11-28 03:00", "0001-01-01 00:00"},
	} {
		config, err := Load(sample.Changed(t, at, at+c.says))
		if err != nil {
			t.Fatal(err)
		}
		now, err := time.ParseInLocation("2006-01-02 15:04", c.at, moscow)
		if err != nil {
			t.Fatal(err)
		}
		next, is := config.CallHours(telephony.Number{Kind: telephony.Full, E164: c.number}, now)
		got := next.In(moscow).Format("2006-01-02 15:04")
		if is {
			got = may
		} else if next.IsZero() {
			got = next.Format("2006-01-02 15:04")
		}
		if got != c.want {
			t.Errorf("%s at %s with %q: %s, not %s", c.number, c.at, c.says, got, c.want)
		}
	}
	for says, want := range map[string]string{
		`call_hours: {mon-fri: ["9-20"]}`: `line.call_hours.mon-fri.0: "9-20" is no time of the day; write it as "09:00-18:00"`,
		`call_hours: {}`:                  `line.call_hours: are never: write such as {mon-fri: ["09:00-18:00"]}, or leave hours out for always`,
		"call_hours: {sat: [\"09:00-20:00\"]}\n  call_clock: mine":         `line.call_clock: is "mine": it is one of line, theirs`,
		"call_hours: {sat: [\"09:00-20:00\"]}\n  call_any_time: [\"112\"]": `line.call_any_time.0: "112" is not the beginning of numbers, or a whole one, as "+74950000222"`,
		"call_clock: theirs":       `line.call_clock: says nothing without call_hours`,
		`call_any_time: ["+7495"]`: `line.call_any_time: says nothing without call_hours`,
	} {
		_, err := Load(sample.Changed(t, at, at+"\n  "+says))
		if got := mistakes(err); len(got) != 1 || !strings.HasSuffix(got[0], want) {
			t.Errorf("%s: found %q", says, got)
		}
	}
}
