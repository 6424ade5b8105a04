package tickets

import "time"

// Offered says that an agent's phone is about to ring.
type Offered struct {
	Agent Agent `json:"agent"`
}

func init() { define[Offered](often) }

func (Offered) Kind() Kind { return "offer.made" }

func (Offered) signOfLife() {}

func (Offered) apply(p *page) error {
	p.contact.Offers++
	return nil
}

// Offered notes that the call is offered to an agent.
func (c *Case) Offered(at time.Time, a Agent) { c.write(at, Offered{a.clean()}) }
