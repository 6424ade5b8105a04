package recordings

import (
	"errors"
	"time"

	"hotline/telephony"
)

// Question is which recordings somebody looks for. One fulfils all conditions that are given. Those that are deleted are none.
type Question struct {
	Of    string             // an agent's id: those alone on which they are heard; "" is all
	Calls []telephony.CallID // of one of these; nil is any
	Agent string             // who is heard
	Queue string             // out of which the call came
	Kind  Kind               // "" is any
	From  time.Time          // it started then or later
	To    time.Time          // and before that
	Held  bool               // those that somebody holds

	Cursor string // of the page before; "" is the first one
	Limit  int    // of the page; at least 1
}

// Page is some of the recordings that were looked for, the latest first.
type Page struct {
	Entries []Entry
	Next    string // the cursor of the next page; "" is none
}

// ErrCursor says that a cursor is none.
var ErrCursor = errors.New("the cursor is not one that was given out")
