package flow

import (
	"slices"
	"strconv"
	"time"

	"hotline/queues"
)

// The range of an expected wait, in words: prompts that are put together as in "from two" "to five minutes". Only these
// numbers of minutes are spoken; a range grows to them, and never shrinks.
var spokenMinutes = []int{1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 45, 60}

const (
	waitWithin   = "wait_within_"   // less than so many minutes
	waitFrom     = "wait_from_"     // from so many …
	waitTo       = "wait_to_"       // … to so many
	waitToOver   = "wait_to_over"   // … to an hour and more
	waitOver     = "wait_over"      // more than an hour
	nobodyWaits  = 24 * time.Hour   // longer than that
	useless      = 20               // a range is not worth saying where its ends are so many times apart
	longestRange = 60 * time.Minute // in numbers
)

// waitPrompts names all prompts of waits, in the order of spokenMinutes.
func waitPrompts() []Prompt {
	names := []Prompt{waitToOver, waitOver}
	for i, m := range spokenMinutes {
		minutes := number(m)
		names = append(names, waitWithin+minutes)
		if m < 60 {
			names = append(names, waitFrom+minutes)
		}
		if i > 0 {
			names = append(names, waitTo+minutes)
		}
	}
	return names
}

// WaitInWords is the range of an expected wait in prompts, and the range as it is said then. None where it is too wide to be of use.
func WaitInWords(w queues.Wait) (prompts []Prompt, low, high time.Duration) {
	if w.Low >= longestRange {
		return []Prompt{waitOver}, longestRange, nobodyWaits
	}
	from, to := 0, 0
	for _, m := range spokenMinutes {
		if time.Duration(m)*time.Minute <= w.Low {
			from = m
		}
	}
	if i := slices.IndexFunc(spokenMinutes, func(m int) bool { return w.High <= time.Duration(m)*time.Minute && m > from }); i >= 0 {
		to = spokenMinutes[i]
	}
	low, high = time.Duration(from)*time.Minute, time.Duration(to)*time.Minute
	switch {
	case to == 0 && from < 60/useless:
		return nil, low, nobodyWaits
	case to == 0:
		return []Prompt{waitFrom + number(from), waitToOver}, low, nobodyWaits
	case from == 0:
		return []Prompt{waitWithin + number(to)}, low, high
	default:
		return []Prompt{waitFrom + number(from), waitTo + number(to)}, low, high
	}
}

// number ends the name of a prompt.
func number(n int) Prompt { return Prompt(strconv.Itoa(n)) }
