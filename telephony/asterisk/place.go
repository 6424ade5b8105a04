package asterisk

import (
	"context"
	"fmt"

	"hotline/telephony"
)

// Place begins an outgoing call: the line serves it as any other, and reaches the customer when it wants to. The arrival must
// have an ID, which is a UUIDv7, and say in From whom we call. Place is refused with ErrAway while there is no connection.
//
// The customer's channel bears the call's name. After a restart it is adopted where the customer has answered, be it while there was no Hotline, and hung up
// where their phone still rings.
func (s *Switch) Place(_ context.Context, a telephony.Arrival) error {
	if whose, own := owner(string(a.ID)); !own || whose != a.ID {
		return fmt.Errorf("place a call: %q is no id of a call", a.ID)
	}
	if !s.Connected() {
		return fmt.Errorf("place call %s: %w", a.ID, ErrAway)
	}
	a.Node, a.Leg, a.Outgoing, a.Resume = s.opt.Node, telephony.CustomersLeg(a.ID), true, nil
	if _, ok := s.serving.arrive(a, nil); !ok {
		return fmt.Errorf("place call %s: it is known, or no calls are taken any more", a.ID)
	}
	return nil
}

// placed is the outgoing call whose customer has this channel; it is false for any other channel.
func placed(id string) (telephony.CallID, bool) {
	whose, own := owner(id)
	return whose, own && id == string(telephony.CustomersLeg(whose))
}
