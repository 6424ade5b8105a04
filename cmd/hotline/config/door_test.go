package config

import (
	"strings"
	"testing"
	"time"

	"hotline/deploy"
)

func TestWhoIsTurnedAwayIsProved(t *testing.T) {
	tests := []struct{ name, setting, want string }{
		{"no number", `{blocked: [{until: 2026-12-31}]}`, "callers.blocked.0.number: is missing"},
		{"nobody's number", `{blocked: [{number: anonymous, until: 2026-12-31}]}`, `callers.blocked.0.number: "anonymous" is nobody's number`},
		{"twice in two forms", `{blocked: [{number: "+74951234567", until: 2026-12-31}, {number: "8 (495) 123-45-67", until: 2026-12-31}]}`, `callers.blocked.1.number: "+74951234567" is there twice`},
		{"no end", `{blocked: [{number: "+74951234567"}]}`, "callers.blocked.0.until: is missing"},
		{"no such day", `{blocked: [{number: "+74951234567", until: 2026-02-30}]}`, `callers.blocked.0.until: "2026-02-30" is no day`},
		{"a day without a next one", `{blocked: [{number: "+74951234567", until: 9999-12-31}]}`, `callers.blocked.0.until: "9999-12-31" is too far ahead: the last year is 2200`},
		{"day in other words", `{blocked: [{number: "+74951234567", until: 31.12.2026}]}`, `callers.blocked.0.until: "31.12.2026" is no day; write the last one as 2026-12-31`},
		{"below zero", `{per_minute: {number: -1}}`, "callers.per_minute.number: is -1; it must be from 0 to 100000"},
		{"no such kindness", `{overload: hangup}`, "callers.overload: "},
		{"mistyped", `{per_minutes: {number: 1}}`, "callers.per_minutes: unknown setting"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse("hotline.yaml", []byte(string(deploy.Configuration)+"\ncallers: "+test.setting+"\n"))
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Count(err.Error(), "\n") > 0 {
				t.Errorf("the mistakes are:\n%v\nwant one: %s", err, test.want)
			}
		})
	}
}

func TestBlockedThroughTheLastDayByTheLinesClock(t *testing.T) {
	source := strings.Replace(string(deploy.Configuration), "# timezone: Europe/Moscow", "timezone: Asia/Vladivostok", 1)
	c, err := Parse("hotline.yaml", []byte(source+"\ncallers: {blocked: [{number: 8 (495) 123-45-67, until: 2030-12-31}]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	rules := c.Door()
	if rules.PerNumber != callsPerNumber || rules.PerAddress != 0 {
		t.Errorf("left out, the limits are %d and %d", rules.PerNumber, rules.PerAddress)
	}
	want := time.Date(2030, 12, 31, 14, 0, 0, 0, time.UTC) // midnight in Vladivostok
	if end := rules.Blocked["+74951234567"]; !end.Equal(want) {
		t.Errorf("blocked until %v, want %v", end, want)
	}
}
