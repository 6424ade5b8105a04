package tickets

import "fmt"

// Channel is how a contact comes about. The set is closed, and nothing in a ticket's life asks which it is: a contact of any channel is linked,
// owned, answered and filed alike. Calls of this line are written by themselves, and the others by hand (see tickets/life.OpenByHand).
type Channel interface {
	// Code names the channel in the spool and in the database, for ever.
	Code() string
	channel()
}

type (
	Call      struct{} // of this line: its contact has the call's id
	Letter    struct{}
	Form      struct{}
	Visit     struct{}
	Fax       struct{}
	Mail      struct{}
	Messenger struct{}
	Elsewhere struct{} // a call that somebody took at another telephone: nothing knows it by an id
)

func (Call) Code() string      { return "call" }
func (Letter) Code() string    { return "letter" }
func (Form) Code() string      { return "form" }
func (Visit) Code() string     { return "visit" }
func (Fax) Code() string       { return "fax" }
func (Mail) Code() string      { return "mail" }
func (Messenger) Code() string { return "messenger" }
func (Elsewhere) Code() string { return "phone" }

func (Call) channel()      {}
func (Letter) channel()    {}
func (Form) channel()      {}
func (Visit) channel()     {}
func (Fax) channel()       {}
func (Mail) channel()      {}
func (Messenger) channel() {}
func (Elsewhere) channel() {}

// Channels are all of them.
var Channels = []Channel{Call{}, Letter{}, Form{}, Visit{}, Fax{}, Mail{}, Messenger{}, Elsewhere{}}

// ParseChannel is the channel that a code names. An error names a code that is none.
func ParseChannel(code string) (Channel, error) {
	for _, c := range Channels {
		if c.Code() == code {
			return c, nil
		}
	}
	return nil, fmt.Errorf("channel %q is unknown", Display(Clean(code, 40)))
}
