package main

import (
	"context"
	"sync"
	"testing"

	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
)

// Nobody is there, callers are sent to a partner, and the partner's number is forwarded to the line. It shows what the partner saw: the line's
// own number, or by the configuration the caller's, and then a circle is not told from colleagues behind one number before the fifth round.

func TestCallThatAPartnerForwardsBackIsNotSentOnAgain(t *testing.T) {
	t.Parallel()
	goesRound(t, 1, func(*config.Config) {})
}

func TestCallThatAPartnerForwardsBackAsTheCallersGoesRoundFiveTimesAtMost(t *testing.T) {
	t.Parallel()
	goesRound(t, 5, func(c *config.Config) { c.Asterisk.Shows = "caller" })
}

func goesRound(t *testing.T, times int, configure func(*config.Config)) {
	const number, partner, patience = "+79160009801", "+74950000200", 9
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, configure: func(c *config.Config) {
		configure(c)
		for i := range c.Queues {
			c.Queues[i].Overflow = []config.Overflow{{NobodyThere: true, To: config.Destination{Number: partner}}}
		}
	}})
	p, err := s.exchange.Phone(softphone.Options{User: partner})
	s.must(err)
	ctx, cancel := context.WithCancel(t.Context())
	rounds, forwarding := 0, sync.WaitGroup{}
	forwarding.Go(func() {
		for ; rounds < patience; rounds++ {
			ringing, err := p.Incoming(ctx)
			if err != nil {
				return
			}
			from, err := ringing.Answer(ctx)
			if err != nil {
				t.Error(err)
				return
			}
			forwarding.Go(func() {
				s.forwards(ctx, from, ringing.From)
			})
		}
		t.Errorf("the call went round %d times", rounds)
		cancel()
	})
	call := s.calls(number)
	s.chooses(call, "3")
	select {
	case <-call.Done():
	case <-ctx.Done():
	}
	cancel()
	forwarding.Wait()
	if rounds != times {
		t.Errorf("the partner was called %d times, want %d", rounds, times)
	}
	s.nothingLeft()
}

// forwards calls the line for a call that has come to the partner, and ends the one with the other.
func (s *stage) forwards(ctx context.Context, from *softphone.Call, shows string) {
	defer func() { _ = from.Hangup(context.Background()) }() // it may have ended
	on, err := s.customer.Call(ctx, s.house.asterisk.Number, softphone.CallOptions{From: shows})
	if err != nil {
		return // the test has ended
	}
	defer func() { _ = on.Hangup(context.Background()) }()
	if err := on.Digits(ctx, "13"); err != nil {
		return
	}
	select {
	case <-on.Done():
	case <-from.Done():
	case <-ctx.Done():
	}
}
