package tickets

import (
	"errors"
	"fmt"
	"slices"
)

// Phase is how far the work on a ticket has come. The first five are those of an open ticket, which has an owner and a next date in each
// of them; the last is that of a closed one.
type Phase string

const (
	New     Phase = "new"     // nobody has looked at it yet
	Opened  Phase = "open"    // somebody owns it, and has not begun
	InWork  Phase = "in_work" // somebody works on it
	Waiting Phase = "waiting" // for somebody else, or for a date; see Awaited
	Solved  Phase = "solved"  // answered, and awaits the customer's confirmation
	Done    Phase = "closed"  // of a Closed state
)

// Phases are all of them in the order of a ticket's life.
var Phases = []Phase{New, Opened, InWork, Waiting, Solved, Done}

// Awaited is for whom or what a waiting ticket waits; "" where it does not.
type Awaited string

const (
	ForCustomer Awaited = "customer"
	ForVendor   Awaited = "vendor"
	ForDate     Awaited = "date"
)

// Move is what takes a ticket from one phase to another.
type Move string

const (
	Take     Move = "take"      // somebody begins to work on it, or goes on
	Assign   Move = "assign"    // another owner gets it: a person, or a department by a hand-over
	Await    Move = "wait"      // its owner waits
	Solve    Move = "solve"     // answered
	Confirm  Move = "confirm"   // the customer says that it is done
	Expire   Move = "expire"    // nobody has said anything to the answer for long enough
	Refuse   Move = "refuse"    // it will not be done, for a reason, with an alternative
	Withdraw Move = "withdraw"  // the customer does not want it any more
	File     Move = "file"      // a call leaves nothing to do: a wrong number, an insult, a caller whom the flow has served
	Join     Move = "merge"     // it goes on in another ticket
	Separate Move = "unmerge"   // and does not any more: it is as it was before
	Reopen   Move = "reopen"    // the customer is not content, or comes back to it
	CallIn   Move = "call_back" // its customer called and was not served
)

// moves is the table of transitions: where each move leads to, and from which phases it may be made. Every change of a ticket's phase,
// whether a call or a person makes it, is one of these.
var moves = map[Move]struct {
	to   Phase
	from []Phase
}{
	Take:     {InWork, []Phase{New, Opened, InWork, Waiting}},
	Assign:   {Opened, []Phase{New, Opened, InWork, Waiting}},
	Await:    {Waiting, []Phase{New, Opened, InWork, Waiting}},
	Solve:    {Solved, []Phase{New, Opened, InWork, Waiting}},
	Confirm:  {Done, []Phase{New, Opened, InWork, Waiting, Solved}},
	Expire:   {Done, []Phase{Solved}},
	Refuse:   {Done, []Phase{New, Opened, InWork, Waiting}},
	Withdraw: {Done, []Phase{New, Opened, InWork, Waiting, Solved}},
	File:     {Done, []Phase{New, Opened, InWork, Waiting, Solved}},
	Join:     {Done, []Phase{New, Opened, InWork, Waiting, Solved}},
	Separate: {asBefore, []Phase{Done}},
	Reopen:   {Opened, []Phase{Solved, Done}},
	CallIn:   {Opened, []Phase{New, Opened, InWork, Waiting, Solved}},
}

// asBefore stands for the phase that a ticket had before it was merged.
const asBefore Phase = "as it was"

// Moves are all moves, in the order in which the table above has them.
var Moves = []Move{Take, Assign, Await, Solve, Confirm, Expire, Refuse, Withdraw, File, Join, Separate, Reopen, CallIn}

// AwaitsOthers says whether a move waits until departments have answered their parts of the request, and complaints about it are decided: whoever says that
// it is done, be it the customer on the phone or by their silence, cannot know what was still to be told. What ends because nobody wants it, or nobody will
// do it, ends with its parts. It is the same for commands and for calls; only that a command is refused then, and a call, which has happened, leaves the
// ticket open, with its parts and complaints, an owner and a date, and its own outcome in the contact.
func (m Move) AwaitsOthers() bool { return m == Solve || m == Confirm || m == Expire || m == File }

// To is the phase to which a move leads; "as it was" where that is for the ticket's history to say.
func (m Move) To() Phase { return moves[m].to }

// From says whether a move may be made from a phase.
func (m Move) From(p Phase) bool { return slices.Contains(moves[m].from, p) }

// ErrTransition says that a ticket cannot go from the phase in which it is to another.
var ErrTransition = errors.New("a ticket does not go this way")

// TransitionError names both phases. It is ErrTransition.
type TransitionError struct {
	Move     Move
	From, To Phase
}

func (e *TransitionError) Error() string {
	return fmt.Sprintf("%s: a ticket that is %s cannot become %s", e.Move, e.From, e.To)
}

func (e *TransitionError) Is(target error) bool { return target == ErrTransition }

// check refuses a move that the table does not have.
func (m Move) check(from Phase) error {
	if m.From(from) {
		return nil
	}
	return &TransitionError{m, from, m.To()}
}
