package scorecard

import (
	"context"
	"errors"
	"time"
)

// ErrNoCard is that there is no such card.
var ErrNoCard = errors.New("there is no such scorecard")

// Question asks for cards, the latest first.
type Question struct {
	Agent  string   // whose calls; "" are all
	Calls  []string // about one of these; none are all
	Form   string   // by this one; "" are all
	Queue  string   // of calls from this one; "" are all
	In     bool     // only those with a review that is in
	Before Place    // only those after it in the list; the zero Place is its beginning
	Limit  int

	From, To time.Time // begun from, and before; zero is no bound
}

// Place is that of a card in a list.
type Place struct {
	Begun time.Time
	ID    string
}

// Store keeps cards. tickets/postgres and tickets/memory implement it, and pass the same conformance tests.
type Store interface {
	// Begin keeps a card; where there is one of the same call, agent and form already, that one counts, and is what is returned.
	Begin(ctx context.Context, c Card) (Card, error)
	// Card is one; ErrNoCard.
	Card(ctx context.Context, id string) (Card, error)
	// Cards are those that are asked for.
	Cards(ctx context.Context, q Question) ([]Card, error)
	// Change changes one by itself: two who do so at once do it one after the other. An error of change is returned, and nothing is changed.
	Change(ctx context.Context, id string, change func(*Card) error) (Card, error)
}
