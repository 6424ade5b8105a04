package figures

import (
	"time"

	"hotline/queues"
)

// SubjectKind is what sort of thing figures are about.
type SubjectKind string

const (
	OfQueue SubjectKind = "queue"
	OfSkill SubjectKind = "skill"
	OfAgent SubjectKind = "agent"
)

// Subject is what figures are about: a queue, a skill or an agent, by its id.
type Subject struct {
	Kind SubjectKind
	ID   string
}

// Sums are the figures of one subject in one stretch of time. There are counts and total times only, so that quarters of
// an hour add up to hours, days, and teams; shares and means are reckoned from the sums, and never added.
//
// Each count is of the moment at which it happened: who came at 9:14 and was answered at 9:16 is offered in the quarter
// of 9:00 and answered in that of 9:15. In one quarter a subject may therefore have more answered than offered.
type Sums struct {
	// What became of requests. A queue counts the requests in it, and those that came or left by overflow as well. A skill counts
	// the requests that needed it when they came, by their queue's needs or their own; a queue's groups of skills and its relaxation
	// steps are not counted. An agent counts as Offered the offers made to them, and in the rest the requests that they answered.
	Offered        int
	Answered       int
	InTarget       int // of the answered: within the target's time of the queue they were in
	Abandoned      int
	ShortAbandoned int // of the abandoned: before the queue's threshold
	Overflowed     int // left by rule, to another queue or elsewhere
	CalledBack     int // callbacks that reached the caller
	NotReached     int // callbacks that did not, after the last try
	CalledIn       int // callbacks whose caller called meanwhile
	Withdrawn      int // callbacks that were not wanted any more

	// How good the announced waits were: of how many requests that ended it can be said whether the wait ended within the range that
	// was announced, and of how many of these it did.
	Announced int
	InRange   int

	// How offers ended that were not answered.
	Missed   int
	Declined int
	Revoked  int // the caller or the desk was gone
	Failed   int // the phone could not be reached

	Waited  time.Duration // by the answered, in all
	Longest time.Duration // the longest wait that ended, in whatever way; of callers on the line, not of callbacks

	// How calls were handled. A call counts when its handling is over, and counts whole: one that was talked about from 9:10 to 9:40
	// and wrapped up until 9:42 is all in the quarter of 9:30. So the mean is one of whole calls, in a short stretch of time as
	// well, and after a restart as well. The handling of a callback begins when the agent's phone is up; a try that did not reach
	// the caller does not count.
	Handled int
	Talk    time.Duration
	Hold    time.Duration
	WrapUp  time.Duration

	// Calls that agents made of their own accord: theirs alone, for nobody waited for one, and in none of the counts above. One counts
	// when it is over, and counts whole, also where the agent's own phone did not answer. The time is that of the talk with whom they
	// called, without hold and without what the phones rang.
	CallsMade     int
	CallsAnswered int
	CallsTalk     time.Duration

	// What agents did; times are split where a quarter ends. Of an agent, Ready, Busy and the Reasons together are the time in which
	// they were signed in or still talked. A queue adds up the whole times of all agents who can serve it, and a skill of all who have
	// it, at whatever level; they keep no Reasons.
	Ready   time.Duration // idle, or their phone rings
	Busy    time.Duration // talking, on hold, wrapping up
	Reasons []ReasonTime  // not ready, each reason once, in the order of the first time
}

// ReasonTime is how long agents were not ready for a reason.
type ReasonTime struct {
	Reason  queues.Reason
	For     time.Duration
	Overdue time.Duration // of it: beyond the reason's longest (ReasonLimit)
}

// Add adds up, and takes the longer of the longest.
func (s *Sums) Add(o *Sums) {
	s.Offered += o.Offered
	s.Answered += o.Answered
	s.InTarget += o.InTarget
	s.Abandoned += o.Abandoned
	s.ShortAbandoned += o.ShortAbandoned
	s.Overflowed += o.Overflowed
	s.CalledBack += o.CalledBack
	s.NotReached += o.NotReached
	s.CalledIn += o.CalledIn
	s.Withdrawn += o.Withdrawn
	s.Announced += o.Announced
	s.InRange += o.InRange
	s.Missed += o.Missed
	s.Declined += o.Declined
	s.Revoked += o.Revoked
	s.Failed += o.Failed
	s.Waited += o.Waited
	s.Longest = max(s.Longest, o.Longest)
	s.Handled += o.Handled
	s.Talk += o.Talk
	s.Hold += o.Hold
	s.WrapUp += o.WrapUp
	s.CallsMade += o.CallsMade
	s.CallsAnswered += o.CallsAnswered
	s.CallsTalk += o.CallsTalk
	s.Ready += o.Ready
	s.Busy += o.Busy
	for _, r := range o.Reasons {
		s.rest(r)
	}
}

// rest adds time not ready.
func (s *Sums) rest(t ReasonTime) {
	for i := range s.Reasons {
		if s.Reasons[i].Reason == t.Reason {
			s.Reasons[i].For += t.For
			s.Reasons[i].Overdue += t.Overdue
			return
		}
	}
	s.Reasons = append(s.Reasons, t)
}

// clear makes the sums zero, and keeps the room for reasons.
func (s *Sums) clear() { *s = Sums{Reasons: s.Reasons[:0]} }

// ServiceLevel is in target ÷ (answered + abandoned − short abandoned), 0 to 1; not ok while nothing counts. Callbacks and
// overflow leave it untouched. Of an agent it is the share in time of the calls that they answered.
func (s *Sums) ServiceLevel() (level float64, ok bool) { return s.Figures().ServiceLevel() }

// Figures are those that the service level is made of.
func (s *Sums) Figures() queues.Figures {
	return queues.Figures{Answered: s.Answered, Abandoned: s.Abandoned, ShortAbandoned: s.ShortAbandoned, InTarget: s.InTarget}
}

// ASA is the average speed of answer: the mean wait of the answered, from their arrival in the first queue. Not ok where
// nobody was answered.
func (s *Sums) ASA() (mean time.Duration, ok bool) { return per(s.Waited, s.Answered) }

// AHT is the average handling time: (talk + hold + wrap-up) ÷ handled. Not ok where nobody's handling ended.
func (s *Sums) AHT() (mean time.Duration, ok bool) { return per(s.Talk+s.Hold+s.WrapUp, s.Handled) }

// Handling is the three parts of AHT: the mean talk, hold and wrap-up of a handled call.
func (s *Sums) Handling() (talk, hold, wrapUp time.Duration, ok bool) {
	talk, ok = per(s.Talk, s.Handled)
	hold, _ = per(s.Hold, s.Handled)
	wrapUp, _ = per(s.WrapUp, s.Handled)
	return talk, hold, wrapUp, ok
}

// Occupancy is handling ÷ (handling + ready), 0 to 1: the share of their time for calls that agents had calls. Not ok
// where nobody was there for calls.
func (s *Sums) Occupancy() (share float64, ok bool) {
	if s.Busy+s.Ready == 0 {
		return 0, false
	}
	return float64(s.Busy) / float64(s.Busy+s.Ready), true
}

// NotReady is the time for all reasons, and how much of it was beyond the longest that they allow.
func (s *Sums) NotReady() (all, overdue time.Duration) {
	for _, r := range s.Reasons {
		all += r.For
		overdue += r.Overdue
	}
	return all, overdue
}

// InRangeShare is the share of the announced waits that ended within what was announced, 0 to 1; 0.8 is promised. Not ok where none was.
func (s *Sums) InRangeShare() (share float64, ok bool) {
	if s.Announced == 0 {
		return 0, false
	}
	return float64(s.InRange) / float64(s.Announced), true
}

func per(all time.Duration, n int) (time.Duration, bool) {
	if n == 0 {
		return 0, false
	}
	return all / time.Duration(n), true
}
