package ivr

import (
	"context"
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
	askWithin    = 2 * time.Second  // the router answers at once, or has no time for this
	longestRange = 60 * time.Minute // in numbers
)

// waitPrompts names all prompts of waits, in the order of spokenMinutes.
func waitPrompts() []string {
	names := []string{waitToOver, waitOver}
	for i, m := range spokenMinutes {
		minutes := strconv.Itoa(m)
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

// inWords is a range in prompts, and the range as it is said then. None where it is too wide to be of use.
func inWords(w queues.Wait) (prompts []string, low, high time.Duration) {
	if w.Low >= longestRange {
		return []string{waitOver}, longestRange, nobodyWaits
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
		return []string{waitFrom + strconv.Itoa(from), waitToOver}, low, nobodyWaits
	case from == 0:
		return []string{waitWithin + strconv.Itoa(to)}, low, high
	default:
		return []string{waitFrom + strconv.Itoa(from), waitTo + strconv.Itoa(to)}, low, high
	}
}

// foretell asks how long the caller still has to wait, says so to the router, which watches whether it holds, and returns
// the words; none where that is not known, or the queue's ranges do not hold.
func (s *script) foretell(ctx context.Context, id queues.RequestID) []string {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	w, known, err := s.line.ACD.ExpectedWait(ctx, id)
	if err != nil || !known {
		return nil
	}
	prompts, low, high := inWords(w)
	if len(prompts) == 0 {
		return nil
	}
	if err := s.line.ACD.Report(ctx, queues.WaitAnnounced{Request: id, Low: low, High: high}); err != nil || w.Silent {
		return nil // answered in this moment, or a range that holds too rarely
	}
	return prompts
}
