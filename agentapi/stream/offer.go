package stream

import (
	"context"
	"time"

	"hotline/agentapi"
	"hotline/queues"
)

// Delivery says how far a pop came before Wait returned.
type Delivery uint8

const (
	Seen    Delivery = iota // the page has acknowledged it: it is on the screen
	Sent                    // the socket has it; no acknowledgement in time
	Stuck                   // the page's connection did not take it, and was closed as slow: it will find the offer when it comes back
	Absent                  // no page is connected: it will find the offer when it comes
	GivenUp                 // ctx ended first: the caller has gone
)

func (d Delivery) String() string {
	switch d {
	case Seen:
		return "seen"
	case Sent:
		return "sent"
	case Stuck:
		return "stuck"
	case Absent:
		return "absent"
	case GivenUp:
		return "given_up"
	default:
		panic("agentapi: unknown delivery")
	}
}

// Shown is an offer on its way to the page. Whoever publishes it waits for it, once.
type Shown struct {
	hub       *Hub
	desk      *desk
	offer     queues.OfferID
	start     time.Time
	connected *conn         // the page that was connected, nil where none was
	wrote     chan bool     // whether the socket has taken the frame
	seen      chan struct{} // closed by the page's offer.seen
}

// Offer publishes an offer (a Change whose parts hold the pop), as Me publishes a change: at once and in its place among these. Then
// wait for the page.
func (h *Hub) Offer(agent queues.AgentID, offer queues.OfferID, c Change) *Shown {
	p := &Shown{hub: h, offer: offer, start: time.Now(), wrote: make(chan bool, 1), seen: make(chan struct{})}
	encoded, err := c.Parts.encode()
	h.mu.Lock()
	defer h.mu.Unlock()
	p.desk = h.deskLocked(agent)
	if err != nil {
		h.log.Error("an offer's pop is not published: it is wrong", "agent", agent, "offer", offer, "err", err)
		return p
	}
	p.desk.unseen[offer] = p.seen
	if h.publishLocked(agent, c, encoded, p.wrote) {
		p.connected = p.desk.conn
	}
	return p
}

// Wait returns when the phone may ring: when the page has acknowledged the pop with offer.seen; or, counted from the moment at which
// the frame was given to the socket, after 150 ms. So the pop's frame leaves before the phone's INVITE. Where no page is
// connected it returns at once; where the page's connection takes nothing for a second the caller is not kept waiting for it.
func (p *Shown) Wait(ctx context.Context) Delivery {
	how := p.delivered(ctx)
	p.hub.count.offers.WithLabelValues(how.String()).Observe(time.Since(p.start).Seconds())
	p.hub.mu.Lock()
	defer p.hub.mu.Unlock()
	delete(p.desk.unseen, p.offer)
	return how
}

func (p *Shown) delivered(ctx context.Context) Delivery {
	if p.connected == nil {
		return Absent
	}
	leave := time.NewTimer(p.hub.timing.Leave)
	defer leave.Stop()
	select {
	case ok := <-p.wrote:
		if !ok {
			return Stuck
		}
	case <-leave.C:
		p.connected.close(agentapi.CloseSlow, "the pop could not leave")
		return Stuck
	case <-ctx.Done():
		return GivenUp
	}
	left := time.Now()
	look := time.NewTimer(p.hub.timing.Seen)
	defer look.Stop()
	select {
	case <-p.seen:
		p.hub.count.seen.Observe(time.Since(left).Seconds())
		return Seen
	case <-look.C:
		return Sent
	case <-ctx.Done():
		return GivenUp
	}
}

// seen is the page's offer.seen. One that comes late, or twice, changes nothing.
func (h *Hub) seen(agent queues.AgentID, offer queues.OfferID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if d := h.desks[agent]; d != nil {
		d.seen = offer
		if waiting, ok := d.unseen[offer]; ok {
			close(waiting)
			delete(d.unseen, offer)
		}
	}
}
