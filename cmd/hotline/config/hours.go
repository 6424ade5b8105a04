package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"hotline/telephony/hours"
)

// Hours says when something is open, by the line's clock (see Config.Location): {mon-fri: ["09:00-18:00"], sat: ["10:00-15:00"],
// "2026-12-31": ["09:00-15:00"], "2027-01-01": []}. A day that is not there is closed all day; left out as a whole it is always open.
type Hours map[string][]string

// mistakeBelow is something wrong within a setting. Its path begins below the setting's: "mon-fri.0"; "" is all of it.
type mistakeBelow struct{ path, text string }

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} // by time.Weekday

// calendar reads the hours. What cannot be read is left out of the calendar, and is among the mistakes.
func (h Hours) calendar() (*hours.Calendar, []mistakeBelow) {
	if h == nil {
		return nil, nil
	}
	var wrong []mistakeBelow
	c := &hours.Calendar{Dates: map[string][]hours.Span{}}
	var said [7]string // the setting that said a day of the week
	open := false
	for _, key := range slices.Sorted(maps.Keys(h)) {
		spans, bad := spansOf(h[key])
		for _, b := range bad {
			wrong = append(wrong, mistakeBelow{key + "." + b.path, b.text})
		}
		open = open || len(spans)+len(bad) > 0
		if _, err := time.Parse(time.DateOnly, key); err == nil {
			c.Dates[key] = spans
			continue
		}
		days := daysOf(key)
		if days == nil {
			open = true // perhaps: it is not known what is meant
			wrong = append(wrong, mistakeBelow{key, `"` + key + `" is no day: write mon, mon-fri or a date, as "2026-12-31"`})
		}
		for _, day := range days {
			if said[day] != "" {
				wrong = append(wrong, mistakeBelow{key, weekdays[day] + " stands in " + said[day] + " too"})
				break
			}
			said[day], c.Week[day] = key, spans
		}
	}
	if !open {
		wrong = append(wrong, mistakeBelow{"", `are never: write such as {mon-fri: ["09:00-18:00"]}, or leave hours out for always`})
	}
	return c, wrong
}

// daysOf reads "sat" or "mon-fri", which may go past Sunday; nil where it is neither.
func daysOf(key string) (days []int) {
	first, last, ranged := strings.Cut(key, "-")
	from := slices.Index(weekdays, first)
	to := from
	if ranged {
		to = slices.Index(weekdays, last)
	}
	if from < 0 || to < 0 {
		return nil
	}
	for day := from; ; day = (day + 1) % 7 {
		days = append(days, day)
		if day == to {
			return days
		}
	}
}
func (doc *document) hours(path string, h Hours) {
	_, wrong := h.calendar()
	for _, m := range wrong {
		doc.below(path, m)
	}
}

// spansOf reads the times at which a day is open. What is wrong is told by its index.
func spansOf(texts []string) (spans []hours.Span, wrong []mistakeBelow) {
	for i, text := range texts {
		from, to, ok := hours.TimesOfDay(text)
		problem := ""
		switch {
		case !ok:
			problem = `is no time of the day; write it as "09:00-18:00"`
		case to > 24*time.Hour:
			problem = `ends the next day; write it until 24:00, and from 00:00 on the day that follows`
		case len(spans) > 0 && from < spans[len(spans)-1].To:
			problem = "begins before the one before it has ended"
		default:
			spans = append(spans, hours.Span{From: from, To: to})
			continue
		}
		wrong = append(wrong, mistakeBelow{strconv.Itoa(i), fmt.Sprintf("%q %s", text, problem)})
	}
	return spans, wrong
}
