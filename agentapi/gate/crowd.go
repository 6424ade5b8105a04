package gate

import "sync"

// crowd counts what visitors behind a proxy of ours have open at once, requests and streams: their connections are the proxy's, and
// say nothing about who has them.
type crowd struct {
	most int // of one household; 0 is any number

	mu   sync.Mutex
	open map[string]int // by household; guarded by mu
}

// enter is false where a household has its fill; else leave is to be called.
func (c *crowd) enter(household string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.most > 0 && c.open[household] >= c.most {
		return false
	}
	if c.open == nil {
		c.open = map[string]int{}
	}
	c.open[household]++
	return true
}

func (c *crowd) leave(household string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open[household]--; c.open[household] <= 0 {
		delete(c.open, household)
	}
}
