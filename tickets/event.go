package tickets

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Event is what happened. Each kind of event is one file of this package, which holds all that there is to say about it: its type, with the
// names under which it is stored; its kind; what it does to the contact and its ticket; a line that makes it known (see define); and the
// method of Case that writes it. A few events need more, and have a method of opener, wanter or repeater besides.
type Event interface {
	// Kind names the event in the spool and in the history, for ever.
	Kind() Kind
	// apply does to the page's contact and ticket what the event means. After an error the fact is refused, and nothing has changed.
	apply(*page) error
}

// Kind names an event in the spool and in the history.
type Kind string

type (
	// An opener says who owns a ticket that it opens, and when they are to look at it: "" and zero stand for the usual.
	opener interface {
		opens() (department string, next time.Time)
	}
	// A wanter needs rows besides its own contact and that one's ticket.
	wanter interface{ wants(*wanted) }
	// A doer says who did what it is about, where that is an agent.
	doer interface{ by() By }
	// A sign of life is a fact that no call has that is over (see Book.lives).
	sign interface{ signOfLife() }
	// A repeater has something to say though the same fact was applied before.
	repeater interface{ repeated(*Book, Fact) }
)

// frequency says how often an event can happen to one contact.
type frequency bool

const (
	once  frequency = true  // its facts have the N 0
	often frequency = false // its facts are told apart by their N
)

// kinds are the events by their kind. The events' files fill it before the program begins, and nobody changes it afterwards.
var kinds = map[Kind]definition{}

type definition struct {
	frequency frequency
	decode    func(body []byte) (Event, error)
}

// define makes a kind of event known: how its written form is read, and how often it happens. It is for the init function of the event's file.
func define[E Event](f frequency) {
	var e E
	if _, taken := kinds[e.Kind()]; taken {
		panic(fmt.Sprintf("tickets: two events are of the kind %q", e.Kind()))
	}
	kinds[e.Kind()] = definition{f, decodeAs[E]}
}

func decodeAs[E Event](body []byte) (Event, error) {
	var e E
	err := json.Unmarshal(body, &e)
	return e, err
}

// DecodeEvent reads an event of a kind as it is stored.
func DecodeEvent(k Kind, body []byte) (Event, error) {
	d, ok := kinds[k]
	if !ok {
		return nil, errors.New("unknown kind")
	}
	return d.decode(body)
}
