package proof

import (
	"testing"
	"time"

	"hotline/telephony/hours"
)

func TestTimesOfSeveralDaysAreToldInAFewWords(t *testing.T) {
	hour := func(from, to int) []hours.Span {
		return []hours.Span{{From: time.Duration(from) * time.Hour, To: time.Duration(to) * time.Hour}}
	}
	week := func(days ...int) (w [7][]hours.Span) {
		for _, d := range days {
			w[d] = hour(9, 10)
		}
		return w
	}
	for want, c := range map[string]*hours.Calendar{
		"every day 00:00–24:00":        nil,
		"":                             {},
		"every day 09:00–10:00":        {Week: week(0, 1, 2, 3, 4, 5, 6)},
		"Monday to Friday 09:00–10:00": {Week: week(1, 2, 3, 4, 5)},
		"Monday, Saturday to Sunday 09:00–10:00":                {Week: week(0, 1, 6)},
		"Sunday, 2026-12-25, 2026-12-26 09:00–10:00":            {Week: week(0), Dates: map[string][]hours.Span{"2026-12-26": hour(9, 10), "2026-12-25": hour(9, 10)}},
		"Tuesday 09:00–10:00; 2026-12-25 09:00–12:00":           {Week: week(2), Dates: map[string][]hours.Span{"2026-12-25": hour(9, 12)}},
		"Tuesday, Thursday 09:00–10:00; 2026-12-25 10:00–12:00": {Week: week(2, 4), Dates: map[string][]hours.Span{"2026-12-25": hour(10, 12)}},
	} {
		if got := WhenOpen(c, func(int) bool { return true }); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}
