package asterisk

import (
	"slices"

	"hotline/telephony"
)

// Response is what the SIP responses of a phone mean that was dialled and refused the call: the same response means one thing where
// it comes at once, and may mean another where the phone has rung (180) or was heard (183), because then there was somebody who
// could press a key, or nobody.
type Response struct {
	Codes        []int // of RFC 3261, 4412, 8197, 8688; none are all others
	Name         string
	AtOnce       telephony.Cause
	AfterRinging telephony.Cause
}

// Responses is the one table of them. The first row that has a code holds.
//
// What decides is whether the refusal is the person's or the phone's. The reject key of a phone sends 486 or 603, and on some makes
// 403, 404 or 487, as it is set up; at once nobody has pressed it. A phone that has rung and then says 408 or 480 has given
// up by itself, as nobody came. All the rest is the phone's own failing.
var Responses = []Response{
	{[]int{300, 301, 302, 305, 380}, "forwarded elsewhere", telephony.CauseForwards, telephony.CauseForwards},
	{[]int{401, 407}, "wants a password", telephony.CauseFailing, telephony.CauseFailing},
	{[]int{403}, "forbidden", telephony.CauseFailing, telephony.CauseDeclined},
	{[]int{404, 604}, "nobody of that name", telephony.CauseUnreachable, telephony.CauseDeclined},
	{[]int{410}, "gone", telephony.CauseUnreachable, telephony.CauseUnreachable},
	{[]int{408}, "timed out", telephony.CauseUnreachable, telephony.CauseNoAnswer},
	{[]int{480}, "not available", telephony.CauseBusy, telephony.CauseNoAnswer},
	{[]int{486, 600}, "busy", telephony.CauseBusy, telephony.CauseDeclined},
	{[]int{487}, "terminated", telephony.CauseFailing, telephony.CauseDeclined},
	{[]int{603, 607, 608}, "declined, unwanted, rejected", telephony.CauseSelfDeclining, telephony.CauseDeclined},
	{[]int{415, 488, 606}, "no codec in common", telephony.CauseFailing, telephony.CauseFailing},
	{[]int{500, 503}, "out of order", telephony.CauseFailing, telephony.CauseFailing},
	{nil, "any other response", telephony.CauseFailing, telephony.CauseFailing},
}

// meaning is the cause that a response comes to.
func meaning(code int, rang bool) telephony.Cause {
	if code >= 300 && code < 400 {
		return telephony.CauseForwards
	}
	at := slices.IndexFunc(Responses, func(r Response) bool { return r.Codes == nil || slices.Contains(r.Codes, code) })
	if rang {
		return Responses[at].AfterRinging
	}
	return Responses[at].AtOnce
}

// responseOf is the response from which Asterisk makes a cause of Q.850, for versions that do not tell the response itself
// (tech_cause in ChannelDestroyed came with 20.12, 21.7 and 22.2); 0 where it can be Asterisk's own.
func responseOf(q850 int) int {
	switch q850 {
	case 1:
		return 404
	case 17:
		return 486
	case 18:
		return 408
	case 19:
		return 480
	case 21:
		return 603
	case 22:
		return 410
	case 23:
		return 302
	case 58:
		return 488
	default:
		return 0
	}
}

// ending is how the end of a channel is told.
type ending struct {
	response int // of a phone; 0 where none is known
	q850     int // 0 where none is known
}

// cause puts the end of a channel that was dialled and not answered into our words.
func (e ending) cause(rang bool) telephony.Cause {
	if code := e.code(); code >= 300 {
		return meaning(code, rang)
	}
	switch e.q850 {
	case 3, 20, 27:
		return telephony.CauseUnreachable
	case 34, 38, 41, 42:
		return telephony.CauseCongestion
	case 0, 16, 31, 44: // with no response: not the phone has ended it, but Asterisk, as when it is stopped, or somebody at its console
		return telephony.CauseCongestion
	default:
		return telephony.CauseNormal
	}
}

func (e ending) code() int {
	if e.response >= 300 {
		return e.response
	}
	return responseOf(e.q850)
}
