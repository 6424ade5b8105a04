package main

import (
	"context"
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"hotline/agentapi"
	"hotline/ivr"
	"hotline/queues"
	"hotline/telephony"
)

// obey carries out what an agent has ordered by a code on their phone: as the command of their page, by the same rules.
func (s *service) obey(ctx context.Context, agent queues.AgentID, call telephony.CallID, o ivr.Order) error {
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	err := s.desks.Do(ctx, agent, s.command(call, o))
	code := "ok"
	if err != nil {
		code = string(agentapi.CodeInternal)
		if refused, is := errors.AsType[*agentapi.Problem](err); is {
			code = string(refused.Code)
		}
	}
	s.codes.WithLabelValues(string(o.Do), code).Inc()
	return err
}

// command is what an order is on a page.
func (s *service) command(call telephony.CallID, o ivr.Order) agentapi.Command {
	switch o.Do {
	case ivr.OrderConsult:
		return agentapi.ConsultCall(s.named(call, o.To))
	case ivr.OrderTransfer:
		return s.named(call, o.To)
	case ivr.OrderSwap:
		return agentapi.SwapCall{Call: call}
	case ivr.OrderJoin:
		return agentapi.JoinCall{Call: call}
	case ivr.OrderTakeBack:
		return agentapi.TakeBackCall{Call: call}
	case ivr.OrderComplete:
		return agentapi.CompleteCall{Call: call}
	case ivr.OrderResume:
		return agentapi.ResumeCall{Call: call}
	case ivr.OrderPause:
		return agentapi.RecordCall{Call: call, Do: agentapi.RecordingWish(ivr.PauseRecording)}
	case ivr.OrderGoOn:
		return agentapi.RecordCall{Call: call, Do: agentapi.RecordingWish(ivr.GoOnRecording)}
	case ivr.OrderRecord:
		return agentapi.RecordCall{Call: call, Do: agentapi.RecordingWish(ivr.StartRecording)}
	case ivr.OrderUnrecord:
		return agentapi.RecordCall{Call: call, Do: agentapi.RecordingWish(ivr.StopRecording)}
	default:
		panic("no code orders to " + string(o.Do))
	}
}

// named is whom digits name: a queue or a colleague by their extension, and anybody else by their number.
func (s *service) named(call telephony.CallID, digits string) agentapi.TransferCall {
	if e, is := s.present.Lineup().Extensions[digits]; is {
		return agentapi.TransferCall{Call: call, Queue: e.Queue, Agent: e.Agent}
	}
	return agentapi.TransferCall{Call: call, Number: digits}
}

// newCodes counts the codes that agents type.
func newCodes() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "hotline_phone_codes_total", Help: "Codes that agents typed on their phones in a talk, by what they order and how that ended (ok, or the problem's code).",
	}, []string{"order", "code"})
}
