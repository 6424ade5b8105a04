package main

import (
	"context"

	"hotline/queues"
	"hotline/telephony"
)

// directory is the service as the line asks for queues and agents, as they are now. It is ivr.Directory.
type directory struct{ *service }

func (d directory) Queue(id queues.QueueID) queues.Queue { return d.present.Lineup().Queue(id) }

func (d directory) Name(id queues.AgentID) string { return d.present.Lineup().Name(id) }

func (d directory) OnPage(id queues.AgentID) bool {
	return d.present.Lineup().Seats[id] && !d.pockets.Works(id)
}

func (d directory) Address(id queues.AgentID) telephony.Address {
	if phone := d.pockets.phone(id); phone != "" {
		return phone
	}
	for _, p := range d.config.People {
		if p.ID == id {
			return telephony.Address("phone:" + p.Phone)
		}
	}
	return ""
}

// outbound is the service as callbacks are made with it. It is callback.Outbound.
type outbound struct{ *service }

func (o outbound) MayCall(n telephony.Number) bool { return o.config.MayCall(n) }

// Call lets the recorder know first what the call is for, so that its story can be asked for by this call, too.
func (o outbound) Call(ctx context.Context, a telephony.Arrival, offer queues.Offer) error {
	o.recorder.CallsBack(a.ID, offer)
	return o.sw.Place(ctx, a)
}
