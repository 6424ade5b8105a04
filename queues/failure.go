package queues

import (
	"slices"
	"time"

	"hotline/telephony"
)

// Failure says why an agent's phone did not ring, or rang in vain.
type Failure string

const (
	PhoneUnreachable Failure = "unreachable"
	PhoneBusy        Failure = "busy"
	PhoneCongested   Failure = "congestion" // the switch could not dial it
	PhoneUnanswered  Failure = "no_answer"  // the switch gave up before the deadline: missed
	PhoneFailing     Failure = "failing"    // the phone refuses what it should take
	PhoneForwards    Failure = "forwards"   // the phone sends its callers elsewhere
	PhoneDeclines    Failure = "declines"   // the phone declined before it rang for anybody
)

// These are of callbacks alone: the caller was not dialled.
const (
	LinkBroken Failure = "link_broken" // the switch could not be reached, or was behind
	AgentLeft  Failure = "agent_left"  // the agent, who had answered, hung up before
)

// Consequence is what follows from a failure. In each of them the caller waits on at their old place.
type Consequence struct {
	Failure Failure
	Cause   telephony.Cause // that comes to it
	Ending  Ending          // how the offer ends
	Reason  Reason          // for which the agent is not ready
	AtOnce  bool            // they are so after the first; otherwise after failuresInARow
}

// Consequences is the table of them. An agent stays ready where there is no Reason, and before there are enough failures in a row.
// Who stays ready is asked behind all whose phones have not failed lately, and for the same caller not again before all others and 5 s.
var Consequences = []Consequence{
	{PhoneUnanswered, telephony.CauseNoAnswer, OfferWasMissed, MissedCall, true},
	{PhoneBusy, telephony.CauseBusy, OfferHasFailed, PhoneWasBusy, true},
	{PhoneUnreachable, telephony.CauseUnreachable, OfferHasFailed, PhoneWasNotReachable, true},
	{PhoneFailing, telephony.CauseFailing, OfferHasFailed, PhoneWasFailing, false},
	{PhoneForwards, telephony.CauseForwards, OfferHasFailed, PhoneForwarded, false},
	{PhoneDeclines, telephony.CauseSelfDeclining, OfferWasDeclined, PhoneDeclined, false},
	{PhoneCongested, telephony.CauseCongestion, OfferHasFailed, "", false},
}

// OfPhone says whether the router has set a reason because of an offer that the agent's phone or the agent did not take.
func (r Reason) OfPhone() bool {
	return r != "" && slices.ContainsFunc(Consequences, func(c Consequence) bool { return c.Reason == r })
}

// failuresInARow is how often an agent's phone may fail before they are not ready. Once may be chance; and who stays ready for long with
// a phone that refuses costs callers a try each time.
const failuresInARow = 3

// failureFades is how long an agent whose phone has failed goes behind all others. Then it is tried in its turn again: otherwise somebody
// whose phone failed once by chance would have no calls for as long as others are free, and could never show that it works.
const failureFades = 5 * time.Minute

// FailureOf is the failure that a switch's reason for the end of the ringing comes to. A person's own refusal is none: see
// OfferDeclined.
func FailureOf(c telephony.Cause) Failure {
	for _, of := range Consequences {
		if of.Cause == c {
			return of.Failure
		}
	}
	return PhoneUnreachable
}

// EndingOf is how an offer ends by such a failure.
func EndingOf(c telephony.Cause) Ending {
	of, _ := consequenceOf(FailureOf(c))
	return of.Ending
}

func consequenceOf(f Failure) (Consequence, bool) {
	for _, c := range Consequences {
		if c.Failure == f {
			return c, true
		}
	}
	return Consequence{}, false
}

// follow lets a failure of a busy agent's phone take its effect on the agent, and says for what reason they are not ready now; "" where
// they stay as they are.
func (s *staff) follow(c Consequence, a *agent, at time.Time) Reason {
	switch {
	case c.Reason == "":
		return ""
	case c.AtOnce:
		return c.Reason
	}
	a.failures++
	a.failed = at
	if !a.behind {
		a.behind = true
		s.behind = append(s.behind, a)
	}
	if a.failures < failuresInARow {
		return ""
	}
	return c.Reason
}

// works forgets the failures of a busy agent's phone.
func (a *agent) works() { a.failures, a.behind = 0, false }

// comeForward lets those take their turn again whose phones have failed long ago, and forgets those who do already.
func (s *staff) comeForward(at time.Time) {
	s.behind = slices.DeleteFunc(s.behind, func(a *agent) bool {
		switch {
		case !a.behind:
			return true
		case at.Sub(a.failed) < failureFades:
			return false
		}
		if a.free {
			for i := range a.serves {
				a.serves[i].class.rise(a, int(a.serves[i].lies))
			}
		}
		a.behind = false
		if a.free {
			for i := range a.serves {
				a.serves[i].class.sit(a, i)
			}
		}
		return true
	})
}
