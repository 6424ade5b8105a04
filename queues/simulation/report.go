package simulation

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"hotline/queues"
)

// Report is what came of a plan.
type Report struct {
	Days   int
	Queues []QueueReport // in the order of the configuration
	Agents []AgentReport // in the order of the plan

	LeftOut int // Plan.LeftOut
}

// QueueReport is what came of the calls of one queue.
type QueueReport struct {
	ID     queues.QueueID
	Target queues.Target  // as the router takes it
	Slots  [Slots]Figures // by the half hour of the day, all days together
}

// Total adds up the half hours of a queue.
func (q QueueReport) Total() (sum Figures) {
	for _, f := range q.Slots {
		sum = sum.Plus(f)
	}
	return sum
}

// AgentReport is what one agent did.
type AgentReport struct {
	ID    queues.AgentID
	Slots [Slots]Work
}

// Work is what agents did in a half hour, all days together.
type Work struct {
	Handling time.Duration // talk and wrap-up
	Ready    time.Duration // idle, or their phone rings
}

// Plus adds up two of them.
func (w Work) Plus(v Work) Work { return Work{w.Handling + v.Handling, w.Ready + v.Ready} }

// Occupancy is handling ÷ (handling + ready), 0 to 1; not ok where nobody worked.
func (w Work) Occupancy() (share float64, ok bool) {
	if w.Handling+w.Ready == 0 {
		return 0, false
	}
	return float64(w.Handling) / float64(w.Handling+w.Ready), true
}

// Figures are what became of the calls that arrived in a half hour. Causes and Work are of the half hour itself, whenever the calls
// arrived. As in figures.Ledger, a call that overflowed to another queue is offered to both: it has left the first, and its end counts
// for the second. Its Causes count for the queue to which it came at first.
type Figures struct {
	queues.Figures
	Offered  int
	Left     int           // neither answered nor gone: moved elsewhere, or still waiting when the simulation ended
	Delayed  int           // not answered at once
	Waited   time.Duration // by the answered, in all
	Longest  time.Duration // wait, answered or not
	Handling time.Duration // planned talk and wrap-up of the answered
	Causes   Causes        // of all waits
	Work     Work          // of the agents who can serve any call of this queue
}

// Plus adds up two of them.
func (f Figures) Plus(g Figures) Figures {
	f.Figures = f.Figures.Plus(g.Figures)
	f.Offered += g.Offered
	f.Left += g.Left
	f.Delayed += g.Delayed
	f.Waited += g.Waited
	f.Longest = max(f.Longest, g.Longest)
	f.Handling += g.Handling
	for i := range f.Causes {
		f.Causes[i] += g.Causes[i]
	}
	f.Work = f.Work.Plus(g.Work)
	return f
}

// ASA is the mean wait of the answered; 0 where nobody was.
func (f Figures) ASA() time.Duration {
	if f.Answered == 0 {
		return 0
	}
	return f.Waited / time.Duration(f.Answered)
}

// Causes is the time that callers waited, by what kept them waiting. While nobody is free for a caller, each agent who could serve
// them is busy with something, and each moment of the wait is shared out evenly among these agents. Which agents could serve a
// request is judged by what it needed when it came.
type Causes [causes]time.Duration

// Cause is what kept a caller waiting.
type Cause int

const (
	Own       Cause = iota // agents talked with others of the same queue
	Others                 // agents talked with callers of other queues
	WrapUp                 // agents wrapped up
	Ringing                // an agent's phone rang for this caller, answered in the end or not
	Elsewhere              // agents' phones rang for others
	Away                   // agents were signed in and not ready
	Nobody                 // nobody was signed in who could
	Kept                   // agents were free, but missed this very call, are reserved, or are not those whom the caller prefers
	causes
)

// causeNames are what programs call the causes, and causeWords what people do.
var (
	causeNames = [causes]string{"own", "others", "wrap_up", "ringing", "elsewhere", "away", "nobody", "kept"}
	causeWords = [causes]string{
		"own calls", "calls of other queues", "wrap-up", "their agent's phone rang", "phones rang for others",
		"not ready after a miss", "nobody signed in", "kept by the router",
	}
)

// String is the cause's name, as reports write it for programs: "wrap_up".
func (c Cause) String() string { return causeNames[c] }

// Words are the cause as reports write it for people: "not ready after a miss".
func (c Cause) Words() string { return causeWords[c] }

// AllCauses are all there are, in order.
func AllCauses() (all []Cause) {
	for c := range causes {
		all = append(all, c)
	}
	return all
}

// Sum is all the time waited.
func (c Causes) Sum() (sum time.Duration) {
	for _, d := range c {
		sum += d
	}
	return sum
}

// Words name what took at least a twentieth of the time waited, most first: "own calls 62 %, wrap-up 31 %".
func (c Causes) Words() string {
	all := AllCauses()
	slices.SortStableFunc(all, func(a, b Cause) int { return cmp.Compare(c[b], c[a]) })
	var said []string
	for _, cause := range all {
		if share := float64(c[cause]) / float64(c.Sum()); c.Sum() > 0 && share >= 0.05 {
			said = append(said, fmt.Sprintf("%s %.0f %%", cause.Words(), 100*share))
		}
	}
	return strings.Join(said, ", ")
}

// slots tells each half hour's share of a time, given as time since the first midnight.
func slots(from, to time.Duration, share func(slot int, d time.Duration)) {
	for from < to {
		end := min(to, from-from%Slot+Slot)
		share(int(from/Slot)%Slots, end-from)
		from = end
	}
}
