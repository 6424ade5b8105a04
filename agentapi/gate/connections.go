package gate

import (
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"time"
)

// Bounds are how many connections, and requests and streams behind a proxy, there may be at once.
type Bounds struct {
	All        int
	PerAddress int // from one address, in IPv6 from one /64; proxies of ours have no such bound
}

// Connections keeps the connections of an HTTP server within bounds, so that whoever opens many takes neither the pages from the others
// nor the file descriptors from all else that Hotline does. Where there is no room left, the one goes that has waited longest without
// asking anything: first of the same address, where that has its fill, else of all. Where all are at work, one goes of the address that
// has most of them at work, unless the new one's own has as many; else the new one. Streams stay in any case.
//
// What is in a connection is not its concern: that each request ends in time is the server's.
type Connections struct {
	bounds  Bounds
	proxies Proxies

	mu   sync.Mutex
	open map[*connection]bool // guarded by mu
	from map[string]int       // open connections by household; guarded by mu
}

// NewConnections makes one for a server behind these proxies.
func NewConnections(bounds Bounds, proxies Proxies) *Connections {
	return &Connections{bounds: bounds, proxies: proxies, open: map[*connection]bool{}, from: map[string]int{}}
}

// connection is one that counts until it is closed.
type connection struct {
	net.Conn
	all  *Connections
	from string // "" is a proxy of ours

	idle   time.Time // since when it asks nothing; zero: it does. Guarded by all.mu
	stream bool      // it has become a stream. Guarded by all.mu
	close  sync.Once
}

// Listen is a listener whose connections are counted.
func (c *Connections) Listen(l net.Listener) net.Listener { return listener{l, c} }

type listener struct {
	net.Listener
	all *Connections
}

// Accept implements net.Listener. A connection for which there is no room is closed without a word, and the next is waited for.
func (l listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if counted := l.all.admit(conn); counted != nil {
			return counted, nil
		}
		_ = conn.Close()
	}
}

// admit counts a connection; nil where there is no room for it.
func (c *Connections) admit(conn net.Conn) net.Conn {
	address := addressOf(conn.RemoteAddr().String())
	n := &connection{Conn: conn, all: c, idle: time.Now()}
	if !c.proxies.has(address) {
		n.from = household(address)
	}
	c.mu.Lock()
	var goes *connection
	full := false
	switch {
	case n.from != "" && c.from[n.from] >= c.bounds.PerAddress:
		goes, full = c.idlest(func(o *connection) bool { return o.from == n.from }), true
	case len(c.open) >= c.bounds.All:
		goes, full = c.idlest(func(*connection) bool { return true }), true
		if goes == nil {
			goes = c.ofGreediest(n.from)
		}
	}
	if goes != nil {
		c.forget(goes)
	}
	taken := !full || goes != nil
	if taken {
		c.open[n] = true
		c.from[n.from]++
	}
	c.mu.Unlock()
	if goes != nil {
		_ = goes.Close()
	}
	if !taken {
		return nil
	}
	return n
}

// idlest is the one of these that has asked nothing for the longest time; nil where all are at work.
func (c *Connections) idlest(among func(*connection) bool) (found *connection) {
	for o := range c.open {
		if !o.idle.IsZero() && among(o) && (found == nil || o.idle.Before(found.idle)) {
			found = o
		}
	}
	return found
}

// ofGreediest is a connection of the address that has most of them at work; nil where that is not more than this one has. A proxy
// of ours is nobody's address.
func (c *Connections) ofGreediest(here string) (found *connection) {
	working, one := make(map[string]int), make(map[string]*connection)
	for o := range c.open {
		if !o.stream && o.from != "" {
			working[o.from]++
			one[o.from] = o
		}
	}
	most := working[here] + 1
	for from, n := range working {
		if n > most {
			found, most = one[from], n
		}
	}
	return found
}

// forget counts a connection no more.
func (c *Connections) forget(n *connection) {
	if !c.open[n] {
		return
	}
	delete(c.open, n)
	if c.from[n.from]--; c.from[n.from] == 0 {
		delete(c.from, n.from)
	}
}

// Close implements net.Conn.
func (n *connection) Close() (err error) {
	n.close.Do(func() {
		n.all.mu.Lock()
		n.all.forget(n)
		n.all.mu.Unlock()
		err = n.Conn.Close()
	})
	return err
}

// State is for http.Server.ConnState: it says which connections ask something.
func (c *Connections) State(conn net.Conn, state http.ConnState) {
	if overTLS, ok := conn.(*tls.Conn); ok {
		conn = overTLS.NetConn()
	}
	n, ok := conn.(*connection)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case http.StateNew, http.StateIdle:
		n.idle = time.Now()
	case http.StateActive, http.StateHijacked:
		n.idle, n.stream = time.Time{}, state == http.StateHijacked
	}
}

// Open is how many connections there are.
func (c *Connections) Open() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.open)
}
