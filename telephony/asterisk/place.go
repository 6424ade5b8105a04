package asterisk

import (
	"context"
	"fmt"

	"hotline/telephony"
)

// Place begins an outgoing call: the line serves it as any other, and reaches the customer when it wants to. ID, a UUIDv7, and
// From, whom we call, are to be given. It is refused with ErrAway while there is no connection.
//
// The customer's channel bears the call's name, and is adopted after a restart where it is up; one that rings still is not.
func (s *Switch) Place(_ context.Context, a telephony.Arrival) error {
	if whose, own := owner(string(a.ID)); !own || whose != a.ID {
		return fmt.Errorf("place a call: %q is no id of a call", a.ID)
	}
	if !s.Connected() {
		return fmt.Errorf("place call %s: %w", a.ID, ErrAway)
	}
	a.Node, a.Leg, a.Outgoing, a.Resume = s.opt.Node, telephony.CustomersLeg(a.ID), true, nil
	if _, ok := s.arrive(a); !ok {
		return fmt.Errorf("place call %s: it is known, or no calls are taken any more", a.ID)
	}
	return nil
}

// placed tells whose customer a channel is that we have called ourselves.
func placed(id string) (telephony.CallID, bool) {
	whose, own := owner(id)
	return whose, own && id == string(telephony.CustomersLeg(whose))
}

// originator is the channel whose codecs a dialled one is to have; "" where the customer is not on the line yet.
func (s *Switch) originator(l *leg) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if caller := s.legs[l.of.caller]; caller == nil || caller == l {
		return ""
	}
	return string(l.of.caller)
}
