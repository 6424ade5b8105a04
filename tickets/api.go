package tickets

import (
	"context"
	"hotline/telephony"
	"time"
)

type Fact struct{}
type Register struct{}
type Case struct{}

func NewRegister(o Options) (*Register, error)    { panic("being built") }
func (r *Register) Run(ctx context.Context) error { panic("being built") }
func (r *Register) Arrive(call telephony.CallID, from telephony.Number, name string, to telephony.Number, at time.Time) *Case {
	panic("being built")
}
func (r *Register) Resume(a telephony.Arrival, k Kept) *Case { panic("being built") }
func (r *Register) Case(call telephony.CallID) (*Case, bool) { panic("being built") }
func (r *Register) WrapUp(w WrapUp) error                    { panic("being built") }

// Kept is what a calls note on its channel must hold so that Resume can go on with the same ticket.
type Kept struct {
	Ticket, Own     Number
	Linked          Linked
	Topic, Language string
	Path            []Words
	Queue           *Queue
	QueuedAt        time.Time
	Agent           *Agent
	AnsweredAt      time.Time
}

func (c *Case) Call() telephony.CallID                        { panic("being built") }
func (c *Case) Kept() Kept                                    { panic("being built") }
func (c *Case) Number() Number                                { panic("being built") }
func (c *Case) Caller(ctx context.Context) Caller             { panic("being built") }
func (c *Case) LinkTyped(ctx context.Context, n Number) error { panic("being built") }
func (c *Case) SetTopic(topic string) (Number, Linked)        { panic("being built") }
func (c *Case) SetLanguage(language string)                   { panic("being built") }
func (c *Case) Path(node Words)                               { panic("being built") }
func (c *Case) Queued(at time.Time, q Queue)                  { panic("being built") }
func (c *Case) Offered(at time.Time, a Agent)                 { panic("being built") }
func (c *Case) OfferEnded(at time.Time, a Agent, how string)  { panic("being built") }
func (c *Case) Answered(at time.Time, a Agent)                { panic("being built") }
func (c *Case) Ended(at time.Time, o Outcome)                 { panic("being built") }
func (c *Case) Pop() Pop                                      { panic("being built") }
