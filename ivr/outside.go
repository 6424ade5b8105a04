package ivr

import (
	"errors"
	"fmt"
	"sync"

	"hotline/telephony"
)

// Somebody outside who forwards what we send them back to our line makes a circle: each round is a call more that comes in, and
// one more that goes out. It ends where one of these bounds is met, which callers who are no such circle do not meet, or seldom:
//
//   - nobody is sent to the number that they call from, nor to any while calls are being sent to that one: they are its forwarding;
//   - of one caller, whose number a forwarding often shows, so many are sent on at once as there may be people behind one number;
//   - to one number no more are sent at once than it can take, whatever the callers' numbers say.
//
// Who is not sent on is told that nobody can answer, and is called back.

const (
	ofOneCaller = 5  // calls at once; a circle is so many rounds then
	toOneNumber = 20 // where the line has no bound of its own
)

// errCircle says that a call comes from where it would be sent.
var errCircle = errors.New("the call is forwarded from a number that calls are sent to: a circle")

// sendings are the calls that are being sent to numbers outside, or talk there.
type sendings struct {
	mu    sync.Mutex
	calls map[telephony.CallID]sent
}

// sent is one of them.
type sent struct {
	from, to string // keys of numbers; "" is a caller who withheld theirs
}

// enter counts a call in, unless it would be one too many: then the error says of what.
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
	case s.from == s.to:
		return errCircle
	case s.from != "" && theirs >= ofOneCaller:
		return fmt.Errorf("%d calls of this caller are sent on already: a circle, where that number forwards them back", theirs)
	case there >= atMost:
		return fmt.Errorf("%d calls are there already, as many as may be", there)
	}
	o.calls[id] = s
	return nil
}

// found counts a call in that was there before a restart.
func (o *sendings) found(id telephony.CallID, s sent) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls[id] = s
}

func (o *sendings) leave(id telephony.CallID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.calls, id)
}
