package flow

import (
	"context"

	"hotline/telephony"
	"hotline/telephony/words"
	"hotline/tickets"
)

// Call is what a node may do with the call that has come to it, by idea. The script of the call does it. Verbs block; where the
// caller hangs up meanwhile, their error is telephony.ErrHangup.
type Call struct {
	Speech Speech
	Keypad Keypad
	File   File
	Queues Queues
}

// Speech speaks to the caller.
type Speech interface {
	// Words are prompts one after another, in the caller's language.
	Words(prompts ...Prompt) telephony.Announcement
	// Say speaks to a caller, who may skip it by typing what is asked for next. A sound that is missing is no error.
	Say(ctx context.Context, a telephony.Announcement) error
	// Play is Say for what is to be heard to its end.
	Play(ctx context.Context, a telephony.Announcement) error
	// Speak changes the language, from now on.
	Speak(l Language)
}

// Keypad asks the caller to type.
type Keypad interface {
	// Menu is telephony.Call's: a key, or telephony.ErrNoChoice.
	Menu(ctx context.Context, m telephony.Menu) (byte, error)
	// Collect is telephony.Call's: digits, or telephony.ErrNoInput.
	Collect(ctx context.Context, c telephony.Collect) (string, error)
}

// File is the caller's ticket.
type File interface {
	// Chose notes what the caller chose, in the words that the agent reads, and what the call is about; "" leaves that as it is.
	Chose(path words.Text, about Topic)
	// Link takes the call to an older ticket of that number. It is an error where there is none.
	Link(ctx context.Context, n tickets.Number) error
	// Number is that of the ticket, as it is told to the caller.
	Number() tickets.Number
	// Served says whether somebody has talked with the caller to the end.
	Served() bool
	// Rated notes which mark the caller gave, of how many, in a survey that people know by its title.
	Rated(about words.Text, mark, of int)
}

// Queues is where agents serve callers.
type Queues interface {
	// Wait lets the caller wait in a queue and talk with the agent who answers. It returns when the talk is over and the
	// caller is still there, or when they have been where the queue sends its callers instead.
	Wait(ctx context.Context, q Queue) error
}
