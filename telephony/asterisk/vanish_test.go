package asterisk

import (
	"context"
	"testing"
	"time"

	"hotline/telephony"
	"hotline/telephony/conformance"
	"hotline/telephony/softphone"
)

// TestWhoIsOnlySilentStaysInTheCall: a phone of which nothing was ever heard, one that suppresses silence and only reports, before it
// was heard and afterwards, one that was put on mute, an outage of the network, and a phone that holds by its own key and sends nothing at
// all. Here who was heard and sends nothing for 10 s is lost: phones report every 5 s, and now and then a second later.
func TestWhoIsOnlySilentStaysInTheCall(t *testing.T) {
	t.Parallel()
	b := theBench(t)
	over := make(chan *telephony.Call, 10)
	o := realOptions(b.asterisk)
	o.CallersLost = 10 * time.Second
	running(t, New(o), lineFunc(func(ctx context.Context, c *telephony.Call) {
		_ = c.Answer(ctx)
		_, _ = c.Music(ctx, "default")
		<-c.Gone()
		over <- c
	}))
	var all []*softphone.Call
	call := func(o softphone.Options) *softphone.Call {
		p := b.person(o)
		c, err := p.phone.Call(whole(t), lineNumber, softphone.CallOptions{From: "+78005550123"})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
		return c
	}
	call(softphone.Options{User: "mute", Mute: true})
	call(softphone.Options{User: "quiet", Quiet: true})
	suppresses := call(softphone.Options{User: "suppresses", Reports: true})
	outage := call(softphone.Options{User: "outage"})
	for user, how := range map[string]softphone.Holding{
		"sendonly": softphone.SendOnly, "inactive": softphone.Inactive, "zero": softphone.ZeroAddress,
	} {
		if err := call(softphone.Options{User: user}).Hold(whole(t), how); err != nil {
			t.Fatal(err)
		}
	}
	outage.StopSending()
	time.Sleep(3 * time.Second) // of the outage
	outage.SendAgain()
	suppresses.SuppressSilence()
	select {
	case c := <-over:
		t.Errorf("a call is over, as lost: %v", c.Lost())
	case <-time.After(20 * time.Second): // more than it takes to lose one
	}
	for _, c := range all {
		_ = c.Hangup(whole(t))
		if within(t, over, "the hang-up").Lost() {
			t.Error("who hung up is lost")
		}
	}
	empty(t, b.asterisk)
}

// TestTalkIsNoSilence: sound is counted also where Asterisk passes it on from one phone to the other. Who falls silent in a talk is lost.
func TestTalkIsNoSilence(t *testing.T) {
	t.Parallel()
	b := theBench(t)
	phone := b.Phone(true)
	over := make(chan *telephony.Call, 1)
	running(t, New(realOptions(b.asterisk)), lineFunc(func(ctx context.Context, c *telephony.Call) {
		defer func() { over <- c }()
		_ = c.Answer(ctx)
		leg, err := c.Dial(ctx, phone.Address(), c.Arrival().From, "", 20*time.Second)
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = c.Converse(leg.As(telephony.Agent)).Talk(ctx)
	}))
	customer := b.Call("+78005550123", "").(*party)
	await(t, "the phone rings", func() bool { return phone.State() == conformance.Ringing })
	phone.Answer()
	await(t, "they hear each other", func() bool { return customer.Hears(phone) && phone.Hears(customer) })
	select {
	case c := <-over:
		t.Fatalf("the call is over, as lost: %v", c.Lost())
	case <-time.After(12 * time.Second): // more than it takes to lose one
	}
	if !customer.Hears(phone) {
		t.Error("they do not hear each other any more")
	}
	customer.Vanish()
	if !within(t, over, "the loss").Lost() {
		t.Error("who vanished is not lost")
	}
	empty(t, b.asterisk)
}
