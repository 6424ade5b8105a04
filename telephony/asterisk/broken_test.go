package asterisk

import (
	"context"
	"errors"
	"testing"
	"time"

	"hotline/deploy/private"
	"hotline/telephony"
	"hotline/telephony/softphone"
)

// TestCallsThatAsteriskTakesWithItHaveBrokenOff: a caller who talks has not hung up, nor has the agent, where Asterisk dies, and neither where it is told to stop.
func TestCallsThatAsteriskTakesWithItHaveBrokenOff(t *testing.T) {
	t.Parallel()
	for name, ends := range map[string]func(context.Context, *private.Asterisk){
		"killed":  func(_ context.Context, a *private.Asterisk) { a.Kill() },
		"stopped": func(ctx context.Context, a *private.Asterisk) { _, _ = a.CLI(ctx, "core stop now") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := whole(t)
			a, err := private.StartAsterisk(ctx, private.AsteriskOptions{Number: lineNumber, MediaPorts: 200})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = a.Stop(context.Background()) })
			s := New(realOptions(a))
			talked := make(chan error, 1)
			arrived := make(chan *telephony.Call, 1)
			running(t, s, lineFunc(func(ctx context.Context, c *telephony.Call) {
				_ = c.Answer(ctx)
				leg, err := c.Dial(ctx, "phone:7", c.From(), "", 20*time.Second)
				if err == nil {
					arrived <- c
					_, err = c.Converse(leg.As(telephony.Agent)).Talk(ctx)
				}
				talked <- err
			}))
			if err := s.Provision(ctx, telephony.Phone{ID: "7", Secret: "secret"}); err != nil {
				t.Fatal(err)
			}
			exchange, err := softphone.NewExchange(softphone.ExchangeOptions{Server: a.SIPAddr})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(exchange.Close)
			phone, err := exchange.Phone(softphone.Options{User: "7", Secret: "secret"})
			if err != nil {
				t.Fatal(err)
			}
			if err := phone.Register(ctx); err != nil {
				t.Fatal(err)
			}
			await(t, "the phone is there", func() bool { return s.PhoneReachable("7") })
			customer, err := exchange.Phone(softphone.Options{User: "customer"})
			if err != nil {
				t.Fatal(err)
			}
			out, err := customer.Dial(ctx, lineNumber, softphone.CallOptions{From: "+78005550123"})
			if err != nil {
				t.Fatal(err)
			}
			defer out.Cancel()
			rings, err := phone.Incoming(ctx)
			if err == nil {
				_, err = rings.Answer(ctx)
			}
			if err != nil {
				t.Fatal(err)
			}
			cut := within(t, arrived, "the talk")
			ends(ctx, a)
			await(t, "the loss is noticed", func() bool { return !s.Connected() })
			a.Kill() // where it has not ended yet
			if err := a.Start(ctx); err != nil {
				t.Fatal(err)
			}
			if err := within(t, talked, "the end of the talk that Asterisk took with it"); !errors.Is(err, telephony.ErrHangup) || cut.Broken().IsZero() {
				t.Errorf("the talk ended with %v, and the call broke off at %s", err, cut.Broken())
			}
		})
	}
}
