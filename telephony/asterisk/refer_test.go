package asterisk

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"hotline/telephony"
	"hotline/telephony/conformance"
	"hotline/telephony/softphone"
)

// TestPhonesTransferNobody: what a phone asks for with its own transfer key is refused in whatever form, and the talk goes on; so it is where
// a customer asks. Who wants to take the place of somebody who talks, and knows the names of their call (RFC 3891), Asterisk lets in: the talk
// goes on without them all the same, and nobody comes in as a caller.
func TestPhonesTransferNobody(t *testing.T) {
	t.Parallel()
	b := theBench(t)
	phone, other := b.Phone(true).(*handset), b.Phone(true).(*handset)
	over := make(chan telephony.Role, 1)
	s := New(realOptions(b.asterisk))
	running(t, s, lineFunc(func(ctx context.Context, c *telephony.Call) {
		_ = c.Answer(ctx)
		leg, err := c.Dial(ctx, phone.Address(), c.Arrival().From, "", 20*time.Second)
		if err != nil {
			t.Error(err)
			return
		}
		by, _ := c.Converse(leg.As(telephony.Agent)).Talk(ctx)
		over <- by
	}))
	customer := b.Call("+78005550123", "").(*party)
	await(t, "the phone rings", func() bool { return phone.State() == conformance.Ringing })
	phone.Answer()
	talks := func() bool { return customer.Hears(phone) && phone.Hears(customer) }
	await(t, "they hear each other", talks)
	goesOn := func(what string, err error) {
		t.Helper()
		refused, is := errors.AsType[*softphone.Refused](err)
		if !is || refused.Code != 603 {
			t.Errorf("%s: %v", what, err)
		}
		await(t, "they hear each other after "+what, talks)
	}
	at := "@" + b.asterisk.SIPAddr
	replaced := func(c *softphone.Call) string {
		return "<sip:" + other.id + at + "?Replaces=" + url.QueryEscape(c.Replaces()) + ">"
	}
	for who, p := range map[string]*party{"the agent": phone.party, "the customer": customer} {
		call := p.talking()
		goesOn(who+" sends on blind", call.Refer(whole(t), "<sip:"+other.id+at+">"))
		goesOn(who+" sends on to the line", call.Refer(whole(t), "<sip:"+lineNumber+at+">"))
		goesOn(who+" sends on and wants to hear nothing", call.Refer(whole(t), "<sip:"+other.id+at+">", "Refer-Sub: false", "Supported: norefersub"))
		goesOn(who+" sends on after asking", call.Refer(whole(t), replaced(call)))
		goesOn(who+" sends on to nowhere", call.Refer(whole(t), "mailto:nobody"))
	}
	if other.State() != conformance.Idle || s.Stats().Strangers > 0 || s.Stats().LiveCalls != 1 {
		t.Errorf("the other phone is %s, %+v", other.State(), s.Stats())
	}
	for who, p := range map[string]*party{"agent": phone.party, "customer": customer} {
		taken, err := other.phone.Call(whole(t), "*43", softphone.CallOptions{Headers: map[string]string{"Replaces": p.talking().Replaces()}})
		if err == nil {
			within(t, taken.Done(), "the end of who takes the place of the "+who)
		}
		await(t, "they hear each other without who has taken the place of the "+who, talks)
	}
	if st := s.Stats(); st.LiveCalls != 1 || len(listed(t, b.asterisk, "/channels")) != 2 {
		t.Errorf("%+v", st)
	}
	customer.Hangup()
	if by := within(t, over, "the end of the talk"); by != telephony.Caller {
		t.Errorf("the talk was ended by %v", by)
	}
	empty(t, b.asterisk)
}

func TestWhyTransfersOfPhonesAreNotTaken(t *testing.T) {
	for version, want := range map[string]string{
		"22.6.0": "issues/1467", "22.10.1": "issues/2021", "22.11.0": "", "20.16.0": "issues/1467", "20.21.0": "", "21.12.2": "issues/2021", "23.0.0": "issues/1467", "23.5.0": "", "24.0.0": "",
		"GIT-master": "home-made",
	} {
		if got := TransfersUnsafely(version); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q", version, got)
		}
	}
}
