package asterisk

import "time"

// presses tells one press of a key that was reported twice from two presses. A phone may report a key by SIP INFO and by RFC 4733 (or
// as a tone, too), and Asterisk passes each report on as a digit; it even repeats the report that it had to put off because
// the other was still being played out.
//
// A report says when it was made and how long the key was pressed. That of RFC 4733, or of a tone, is made when the key is
// released; that of INFO when it is pressed or when it is released, as the phone likes.
//
//	time ──────────────────────────────────────────────────────►
//	key            ┌──────────┐        ┌────
//	RFC 4733       └──────────► 1      └────► 1     begins after the one before was released: two presses
//	INFO           ► 1                 ► 1          Asterisk keeps them apart for their duration and 45 ms more
//	both           ► 1        ► (1)    ► 1          begins before the one before was released: one press
//
// So a report that, by its own duration, began before the last press of the same key was over is of that press.
type presses struct {
	last   map[byte]press
	inBoth bool // keys were reported twice: from now on more is forgiven
}

// press is one press of a key.
type press struct {
	told     time.Time // when it was reported first
	released time.Time // as far as is known
}

const (
	// reportsApart is by how much the two reports of a press may miss each other. Two presses that a machine types are 40 ms apart.
	reportsApart = 35 * time.Millisecond
	// reportsOfBoth is the same for a phone that is known to report twice: people leave more time between two presses.
	reportsOfBoth = 70 * time.Millisecond
	// clockSet is by how much a report seems to be of before the one before it where the clock of Asterisk's machine was set back in between: who is asked for the same key
	// again is not to wait until it has come round.
	clockSet = time.Second
)

// again takes a report of a key, and says whether it is of a press that was reported before.
func (p *presses) again(key byte, at time.Time, lasted time.Duration) bool {
	slack := reportsApart
	if p.inBoth {
		slack = reportsOfBoth
	}
	began := at.Add(-lasted)
	before, typed := p.last[key]
	if !typed || began.After(before.released.Add(slack)) || at.Add(clockSet).Before(before.told) {
		if p.last == nil {
			p.last = make(map[byte]press)
		}
		p.last[key] = press{told: at, released: at}
		return false
	}
	p.inBoth = true
	if !began.After(before.told.Add(slack)) && at.After(before.released) {
		before.released = at // it is the report of the release
		p.last[key] = before
	}
	return true
}
