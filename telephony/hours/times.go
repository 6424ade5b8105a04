package hours

import (
	"strconv"
	"strings"
	"time"
)

// TimesOfDay reads "09:00-18:00". What ends before it begins ends the next day.
func TimesOfDay(text string) (from, to time.Duration, ok bool) {
	a, b, _ := strings.Cut(text, "-")
	from, okFrom := timeOfDay(a)
	to, okTo := timeOfDay(b)
	const day = wholeDay
	if !okFrom || !okTo || from == day || from == to {
		return 0, 0, false
	}
	if to < from {
		to += day
	}
	return from, to, true
}

// timeOfDay reads "09:00" as the time since midnight, up to "24:00".
func timeOfDay(text string) (time.Duration, bool) {
	h, m, colon := strings.Cut(text, ":")
	hour, err := strconv.ParseUint(h, 10, 8)
	minute, err2 := strconv.ParseUint(m, 10, 8)
	ok := colon && len(h) == 2 && len(m) == 2 && err == nil && err2 == nil && minute < 60 && hour*60+minute <= 24*60
	return time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute, ok
}
