package tickets

import "time"

// Side is whose end of a call it is.
type Side string

const (
	CallersSide Side = "caller"
	AgentsSide  Side = "agent"
)

// ConnectionLost says that nothing was heard any more of one of the two: they have not hung up. A caller's call is over then; an agent's
// caller waits for another agent, or for the same one (see ConnectionBack).
type ConnectionLost struct {
	By    Side  `json:"by"`
	Agent Agent `json:"agent,omitzero"` // whose phone it was, of the agent's side
}

// ConnectionBack says that an agent whose phone was lost is back in the talk, which had waited for them.
type ConnectionBack struct {
	Agent Agent `json:"agent"`
}

func init() {
	define[ConnectionLost](often)
	define[ConnectionBack](often)
}

func (ConnectionLost) Kind() Kind { return "call.connection_lost" }

func (ConnectionBack) Kind() Kind { return "call.connection_back" }

func (ConnectionBack) apply(p *page) error {
	p.contact.LostBy = ""
	return nil
}

func (e ConnectionLost) apply(p *page) error {
	p.contact.LostBy = e.By
	return nil
}

// ConnectionLost notes that one of the two was not heard of any more; a is whose phone it was, where it was an agent's.
func (c *Case) ConnectionLost(at time.Time, by Side, a Agent) {
	c.write(at, ConnectionLost{by, a.clean()})
}

// ConnectionBack notes that the agent is back in the talk.
func (c *Case) ConnectionBack(at time.Time, a Agent) { c.write(at, ConnectionBack{a.clean()}) }
