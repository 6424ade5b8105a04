package hours

import (
	"testing"
	"time"
)

func TestHoursOfTheDay(t *testing.T) {
	for text, want := range map[string][2]time.Duration{
		"00:00-24:00": {0, 24 * time.Hour},
		"09:00-18:30": {9 * time.Hour, 18*time.Hour + 30*time.Minute},
		"22:15-06:00": {22*time.Hour + 15*time.Minute, 30 * time.Hour},
		"22:00-00:00": {22 * time.Hour, 24 * time.Hour},
	} {
		if from, to, ok := TimesOfDay(text); !ok || from != want[0] || to != want[1] {
			t.Errorf("%s: %s to %s, %v", text, from, to, ok)
		}
	}
	for _, text := range []string{"", "-", "9:00-18:00", "09:00", "09:00-09:00", "24:00-08:00", "09:60-10:00", "09:00-24:30", "+9:00-10:00", "09.00-10.00"} {
		if from, to, ok := TimesOfDay(text); ok {
			t.Errorf("%q: %s to %s", text, from, to)
		}
	}
}
