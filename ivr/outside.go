package ivr

import (
	"errors"
	"fmt"
	"maps"
	"sync"

	"hotline/telephony"
)

// Somebody outside who forwards what we send them back to our line makes a circle: each round is a call more that comes in, and
// one more that goes out. It ends where one of these bounds is met, which callers who are no such circle do not meet, or seldom:
//
//   - a caller is not sent to the number that they call from, and not sent anywhere while other calls are being sent to that number:
//     theirs is one of those, forwarded back to us;
//   - a caller who shows the line's own number is not sent on while any call is: whom we call sees that number, so that theirs is such
//     a call, forwarded back by somebody who passes on what they saw;
//   - of the calls from one number no more are sent on at once than there may be people behind it, as a forwarding often shows
//     the number of the first caller;
//   - to one number no more calls are sent at once than it can take, whatever the callers' numbers say.
//
// A caller who is not sent on is told that nobody can answer, and the ticket stays open for somebody to call back.

const (
	ofOneCaller = 5  // is how many calls from one number are sent on at once: a circle ends after so many rounds
	toOneNumber = 20 // is how many calls are sent to one number at once, where the installation says nothing else
)

// errCircle says that a call comes from where it would be sent.
var errCircle = errors.New("the call is forwarded from a number that calls are sent to: a circle")

// sendings are the calls that are being sent to numbers outside, or talk there.
type sendings struct {
	mu    sync.Mutex
	calls map[sending]sent
}

// sending is one number to which a call is sent: several may be in one talk.
type sending struct {
	call telephony.CallID
	to   string
}

// sent is a call that is sent on, by the keys of the numbers of who calls ("" where it is withheld) and of where it is sent.
type sent struct {
	from, to string
	ours     bool // the caller shows the line's own number
}

// enter counts a call in, unless it would be one too many. The error says which of the bounds is met.
func (o *sendings) enter(id telephony.CallID, s sent, atMost int) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	theirs, there := 0, 0
	for _, other := range o.calls {
		if s.from != "" && s.from == other.to {
			return errCircle
		}
		if s.from == other.from {
			theirs++
		}
		if s.to == other.to {
			there++
		}
	}
	switch {
	case s.from == s.to, s.ours && len(o.calls) > 0:
		return errCircle
	case s.from != "" && theirs >= ofOneCaller:
		return fmt.Errorf("%d calls of this caller are sent on already: a circle, where that number forwards them back", theirs)
	case there >= atMost:
		return fmt.Errorf("%d calls are there already, as many as may be", there)
	}
	o.calls[sending{id, s.to}] = s
	return nil
}

// found counts a call in that was being sent on before a restart, whatever the bounds.
func (o *sendings) found(id telephony.CallID, s sent) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls[sending{id, s.to}] = s
}

// leave counts a call out, wherever it is sent.
func (o *sendings) leave(id telephony.CallID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	maps.DeleteFunc(o.calls, func(s sending, _ sent) bool { return s.call == id })
}

// leaves counts it out at one number.
func (o *sendings) leaves(id telephony.CallID, number string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.calls, sending{id, number})
}
