package tickets

import (
	"encoding/json"
	"errors"
	"time"
)

// Callback is who is to be called back, for whoever serves the node: one Hotline has promised it, and another may have to keep the promise. Whatever came to the database in
// which order, the latest of a call's counts.
type Callback struct {
	Call  ContactID       // their own call
	Node  string          // the Asterisk that is to make it
	Epoch int64           // in which whoever wrote it was in charge of the node
	N     int64           // when that was, in microseconds: one epoch has one clock
	Entry json.RawMessage // what is needed to make it, as a JSON object; nil: nobody is called any more
}

// Later says whether it was written after another one of the same call.
func (c Callback) Later(than Callback) bool {
	return c.Epoch > than.Epoch || c.Epoch == than.Epoch && c.N > than.N
}

// Fact is the fact by which it comes to the database. own is the number that was reserved for the call; "" is not known.
func (c Callback) Fact(own Number) Fact {
	f := Fact{Contact: c.Call, Channel: Call{}, N: c.N, At: time.UnixMicro(c.N), Own: own, Event: CallbackOver{c.Node, c.Epoch}}
	if c.Entry != nil {
		f.Event = CallbackKept{c.Node, c.Epoch, c.Entry}
	}
	return f
}

// CallbackKept says that the caller is to be called back, and CallbackOver that they are not any more: they were reached, or nobody tries it again.
type (
	CallbackKept struct {
		Node  string          `json:"node"`
		Epoch int64           `json:"epoch"`
		Entry json.RawMessage `json:"entry"`
	}
	CallbackOver struct {
		Node  string `json:"node"`
		Epoch int64  `json:"epoch"`
	}
)

func init() {
	define[CallbackKept](often)
	define[CallbackOver](often)
}

func (CallbackKept) Kind() Kind { return "callback.kept" }
func (CallbackOver) Kind() Kind { return "callback.over" }

func (e CallbackKept) apply(p *page) error {
	if len(e.Entry) == 0 || e.Entry[0] != '{' {
		return errors.New("it does not say whom to call")
	}
	p.callback = &Callback{p.Fact.Contact, e.Node, e.Epoch, p.N, e.Entry}
	return nil
}

func (e CallbackOver) apply(p *page) error {
	p.callback = &Callback{p.Fact.Contact, e.Node, e.Epoch, p.N, nil}
	return nil
}
