package asterisk

import (
	"context"
	"testing"
	"time"

	"hotline/telephony"
	"hotline/telephony/softphone"
)

// TestWhoIsOnlySilentStaysInTheCall: a phone that suppresses silence and only reports, one that was put on mute, an outage of the network,
// and a phone that holds by its own key and sends nothing at all. Here who sends nothing for 5 s is lost.
func TestWhoIsOnlySilentStaysInTheCall(t *testing.T) {
	t.Parallel()
	b := theBench(t)
	over := make(chan *telephony.Call, 10)
	running(t, New(realOptions(b.asterisk)), lineFunc(func(ctx context.Context, c *telephony.Call) {
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
	call(softphone.Options{User: "quiet", Quiet: true})
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
	select {
	case c := <-over:
		t.Errorf("a call is over, as lost: %v", c.Lost())
	case <-time.After(7 * time.Second): // more than it takes to lose one
	}
	for _, c := range all {
		_ = c.Hangup(whole(t))
		if within(t, over, "the hang-up").Lost() {
			t.Error("who hung up is lost")
		}
	}
	empty(t, b.asterisk)
}
