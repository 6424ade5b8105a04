package tickets

import "fmt"

// Channel is how a contact comes about: Call, Letter, Form or Visit. The set is closed, and nothing in a ticket's life asks which it is:
// a contact of any channel is linked, owned, answered and filed alike. So far only calls are written.
type Channel interface {
	// Code names the channel in the spool and in the database, for ever.
	Code() string
	channel()
}

type (
	Call   struct{}
	Letter struct{}
	Form   struct{}
	Visit  struct{}
)

func (Call) Code() string   { return "call" }
func (Letter) Code() string { return "letter" }
func (Form) Code() string   { return "form" }
func (Visit) Code() string  { return "visit" }

func (Call) channel()   {}
func (Letter) channel() {}
func (Form) channel()   {}
func (Visit) channel()  {}

// ParseChannel is the channel that a code names. An error names a code that is none.
func ParseChannel(code string) (Channel, error) {
	for _, c := range []Channel{Call{}, Letter{}, Form{}, Visit{}} {
		if c.Code() == code {
			return c, nil
		}
	}
	return nil, fmt.Errorf("channel %q is unknown", Display(Clean(code, 40)))
}
