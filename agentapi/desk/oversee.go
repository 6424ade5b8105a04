package desk

import (
	"context"
	"errors"

	"hotline/agentapi"
	"hotline/queues"
	"hotline/telephony"
)

// What those who oversee the queues do to callers and agents. It implements supervise.Floor.

// Lead leads a caller who waits.
func (d *Desks) Lead(ctx context.Context, call telephony.CallID, to agentapi.Lead, by string) error {
	err := d.router.Report(ctx, queues.RequestLed{
		Request: queues.RequestID(call), To: queues.Destination{Kind: to.To, Queue: to.Queue, Agent: to.Agent}, By: by, Seen: to.Seen,
	})
	led, isLed := errors.AsType[*queues.LedError](err)
	switch {
	case isLed:
		p := agentapi.Refuse(agentapi.CodeLedMeanwhile, "%v", err)
		p.By = d.present.Lineup().Names().Person(led.By)
		return p
	case errors.Is(err, queues.ErrUnknownRequest), errors.Is(err, queues.ErrActivity):
		return agentapi.Refuse(agentapi.CodeNotWaiting, "%v", err)
	case errors.Is(err, queues.ErrAccepted):
		return agentapi.Refuse(agentapi.CodeTakenByAgent, "%v", err)
	case errors.Is(err, queues.ErrUnknownQueue):
		return agentapi.RefuseField("body.queue", "there is no such queue").Coded(agentapi.FieldUnknown, 0)
	}
	return refusal(err)
}
