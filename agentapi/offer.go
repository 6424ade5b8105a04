package agentapi

import (
	"context"
	"time"

	"hotline/queues"
)

// Delivery says how far a pop came before Offer returned.
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

// Offer publishes an offer (a Change whose parts hold the pop) and returns when the phone
// may ring: when the page has acknowledged it with offer.seen; or, counted from the moment at which the
// frame was given to the socket, after 150 ms. So the pop's frame leaves before
// the phone's INVITE. Where no page is connected it returns at once; where the page's
// connection takes nothing for a second the caller is not kept waiting for it.
func (h *Hub) Offer(ctx context.Context, agent queues.AgentID, offer queues.OfferID, c Change) Delivery {
	start := time.Now()
	how := h.offer(ctx, agent, offer, c)
	h.count.offers.WithLabelValues(how.String()).Observe(time.Since(start).Seconds())
	return how
}

func (h *Hub) offer(ctx context.Context, agent queues.AgentID, offer queues.OfferID, c Change) Delivery {
	encoded, err := c.Parts.encode()
	if err != nil {
		h.log.Error("an offer's pop is not published: it is wrong", "agent", agent, "offer", offer, "err", err)
		return Absent
	}
	wrote, seen := make(chan bool, 1), make(chan struct{})
	h.mu.Lock()
	d := h.deskLocked(agent)
	d.unseen[offer] = seen
	connected := h.publishLocked(agent, c, encoded, wrote)
	page := d.conn
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(d.unseen, offer)
	}()
	if !connected {
		return Absent
	}
	leave := time.NewTimer(h.timing.Leave)
	defer leave.Stop()
	select {
	case ok := <-wrote:
		if !ok {
			return Stuck
		}
	case <-leave.C:
		page.close(CloseSlow, "the pop could not leave")
		return Stuck
	case <-ctx.Done():
		return GivenUp
	}
	look := time.NewTimer(h.timing.Seen)
	defer look.Stop()
	select {
	case <-seen:
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
		if waiting, ok := d.unseen[offer]; ok {
			close(waiting)
			delete(d.unseen, offer)
		}
	}
}
