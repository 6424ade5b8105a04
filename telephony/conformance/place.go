package conformance

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"hotline/telephony"
)

var placeScenarios = []scenario{
	{"OutgoingCallJoinsAgentAndCustomer", agentFirst},
	{"OutgoingCallReachesTheCustomerFirst", customerFirst},
	{"CustomerWhoDoesNotAnswerLeavesTheAgentToTheScript", customerNotReached},
	{"CustomersPhoneStopsRingingWhenTheContextEnds", reachingEnds},
	{"OutgoingCallThatCallsNobodyLeavesNothing", callsNobody},
	{"OutgoingCallLetsTheAgentHearMusicAndWords", agentHears},
	{"OutgoingTalkSurvivesRestart", outgoingTalkSurvives},
	{"CustomersPhoneStopsRingingAfterRestart", reachingAtCrash},
	{"CustomerWhoPicksUpInTheGapIsFoundWithTheNoteOfTheCall", reachedInGap},
}

var placedCalls atomic.Int64

// place begins an outgoing call under a name that no other has.
func place(t *testing.T, b Bench) telephony.CallID {
	t.Helper()
	id := telephony.CallID(fmt.Sprintf("%012x-7000-8000-%012x", time.Now().UnixMilli(), placedCalls.Add(1)))
	id = id[:8] + "-" + id[8:]
	from := telephony.Number{E164: customersNumber, Raw: customersNumber, Kind: telephony.Full}
	if err := b.Place(telephony.Arrival{ID: id, From: from, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	return id
}

func reach(ctx context.Context, c *telephony.Call, to Phone, timeout time.Duration) error {
	return c.Reach(ctx, to.Address(), telephony.Number{E164: "+78005550100", Kind: telephony.Full}, "Hotline", timeout, "calls")
}

// callsBack is a line that rings the agent, then the customer, and lets them talk. A customer who is not reached is told to
// the first channel with the agent still on the line; the agent is then let go.
func callsBack(agent, customer Phone, timeout time.Duration) (script[talked], chan error) {
	reached := make(chan error, 1)
	return line(func(ctx context.Context, c *telephony.Call) talked {
		if r := c.Arrival().Resume; r != nil {
			talk, ok := c.Rejoin(ctx)
			if !ok {
				return talked{err: errors.New("nobody to rejoin")}
			}
			reached <- nil
			by, err := talk.Talk(ctx)
			return talked{by, err}
		}
		leg, err := dial(ctx, c, agent.Address(), time.Minute)
		if err != nil {
			return talked{err: err}
		}
		err = reach(ctx, c, customer, timeout)
		if err == nil {
			err = c.Mark(ctx, "talks")
		}
		reached <- err
		if err != nil {
			select { // until the agent has hung up
			case <-leg.Ended():
			case <-ctx.Done():
			}
			return talked{err: err}
		}
		by, err := c.Converse(leg.As(telephony.Agent)).Talk(ctx)
		return talked{by, err}
	}), reached
}

// calledBack is an agent and a customer who talk because we have called both.
func calledBack(t *testing.T, b Bench) (agent, customer Phone, crash func(), serves script[talked]) {
	t.Helper()
	agent, customer = b.Phone(true), b.Phone(true)
	serves, reached := callsBack(agent, customer, time.Minute)
	crash = b.Connect(serves)
	place(t, b)
	eventuallyIs(t, "the agent", agent, Ringing)
	if customer.State() != Idle {
		t.Error("the customer's phone rings before the agent is there")
	}
	agent.Answer()
	eventuallyIs(t, "the customer", customer, Ringing)
	customer.Answer()
	if err := await(t, reached, "the customer"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "they hear each other", func() bool { return agent.Hears(customer) && customer.Hears(agent) })
	return agent, customer, crash, serves
}

func agentFirst(t *testing.T, b Bench) {
	agent, customer, _, serves := calledBack(t, b)
	customer.Hangup()
	if got := await(t, serves.result, "the end of the talk"); got.by != telephony.Caller || !errors.Is(got.err, telephony.ErrHangup) {
		t.Errorf("the talk was ended by %v with %v", got.by, got.err)
	}
	eventuallyIs(t, "the agent", agent, Idle)
	nothingIsLeft(t, b)
}

func customerFirst(t *testing.T, b Bench) {
	agent, customer := b.Phone(true), b.Phone(true)
	serves := line(func(ctx context.Context, c *telephony.Call) talked {
		if err := reach(ctx, c, customer, time.Minute); err != nil {
			return talked{err: err}
		}
		music, err := c.Music(ctx, "default")
		if err != nil {
			return talked{err: err}
		}
		defer music()
		leg, err := dial(ctx, c, agent.Address(), time.Minute)
		if err != nil {
			return talked{err: err}
		}
		by, err := c.Converse(leg.As(telephony.Agent)).Talk(ctx)
		return talked{by, err}
	})
	b.Connect(serves)
	place(t, b)
	eventuallyIs(t, "the customer", customer, Ringing)
	customer.Answer()
	eventually(t, "the customer hears the music", func() bool { return customer.Hears(nil) })
	eventuallyIs(t, "the agent", agent, Ringing)
	agent.Answer()
	eventually(t, "they hear each other", func() bool { return agent.Hears(customer) && customer.Hears(agent) })
	agent.Hangup()
	if got := await(t, serves.result, "the end of the talk"); got.by != telephony.Agent || got.err != nil {
		t.Errorf("the talk was ended by %v with %v", got.by, got.err)
	}
	eventuallyIs(t, "the customer", customer, Idle)
	nothingIsLeft(t, b)
}

func customerNotReached(t *testing.T, b Bench) {
	for name, c := range map[string]struct {
		timeout time.Duration
		does    func(Phone)
		want    telephony.Cause
	}{
		"rings in vain": {3 * time.Second, func(Phone) {}, telephony.CauseNoAnswer},
		"declines":      {time.Minute, func(p Phone) { p.Decline() }, telephony.CauseDeclined},
	} {
		agent, customer := b.Phone(true), b.Phone(true)
		serves, reached := callsBack(agent, customer, c.timeout)
		crash := b.Connect(serves)
		place(t, b)
		eventuallyIs(t, "the agent", agent, Ringing)
		agent.Answer()
		eventuallyIs(t, "the customer", customer, Ringing)
		c.does(customer)
		var failed *telephony.DialError
		if err := await(t, reached, "that nobody is reached"); !errors.As(err, &failed) || failed.Cause != c.want {
			t.Errorf("%s: reaching the customer ended with %v", name, err)
		}
		if agent.State() != Talking {
			t.Errorf("%s: the agent is %s", name, agent.State())
		}
		agent.Hangup()
		await(t, serves.result, "the end")
		eventuallyIs(t, "the customer", customer, Idle)
		nothingIsLeft(t, b)
		crash()
	}
}

func reachingEnds(t *testing.T, b Bench) {
	customer := b.Phone(true)
	given, giveUp := context.WithCancelCause(t.Context())
	serves := line(func(ctx context.Context, c *telephony.Call) error {
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		defer context.AfterFunc(given, func() { cancel(context.Cause(given)) })()
		return reach(ctx, c, customer, time.Minute)
	})
	b.Connect(serves)
	place(t, b)
	eventuallyIs(t, "the customer", customer, Ringing)
	giveUp(errRevoked)
	if err := await(t, serves.result, "the end"); !errors.Is(err, errRevoked) {
		t.Errorf("ended with %v", err)
	}
	eventuallyIs(t, "the customer", customer, Idle)
	nothingIsLeft(t, b)
}

func callsNobody(t *testing.T, b Bench) {
	serves := line(func(ctx context.Context, c *telephony.Call) error {
		return reach(ctx, c, b.Phone(false), 5*time.Second)
	})
	b.Connect(serves)
	place(t, b)
	var failed *telephony.DialError
	if err := await(t, serves.result, "the end"); !errors.As(err, &failed) || failed.Cause != telephony.CauseUnreachable {
		t.Errorf("ended with %v", err)
	}
	nothingIsLeft(t, b)
}

func agentHears(t *testing.T, b Bench) {
	agent := b.Phone(true)
	heard, quiet := make(chan struct{}), make(chan struct{})
	serves := line(func(ctx context.Context, c *telephony.Call) error {
		leg, err := dial(ctx, c, agent.Address(), time.Minute)
		if err != nil {
			return err
		}
		stop, err := c.MusicTo(ctx, leg, "default")
		if err != nil {
			return err
		}
		<-heard
		stop()
		<-quiet
		return c.LetHear(ctx, leg, longPrompt)
	})
	b.Connect(serves)
	place(t, b)
	eventuallyIs(t, "the agent", agent, Ringing)
	agent.Answer()
	eventually(t, "the agent hears music", func() bool { return agent.Hears(nil) })
	close(heard)
	eventually(t, "the music stops", func() bool { return !agent.Hears(nil) })
	close(quiet)
	eventually(t, "the agent hears the prompt", func() bool { return agent.Hears(nil) })
	agent.Hangup()
	if err := await(t, serves.result, "the end"); err != nil {
		t.Errorf("ended with %v", err)
	}
	nothingIsLeft(t, b)
}

func outgoingTalkSurvives(t *testing.T, b Bench) {
	agent, customer, crash, _ := calledBack(t, b)
	crash()
	eventually(t, "the crash has not ended the talk", func() bool { return agent.Hears(customer) })
	next, rejoined := callsBack(agent, customer, time.Minute)
	b.Connect(next)
	await(t, rejoined, "the talk after the restart")
	eventually(t, "they hear each other", func() bool { return agent.Hears(customer) && customer.Hears(agent) })
	agent.Hangup()
	if got := await(t, next.result, "the end of the talk"); got.by != telephony.Agent || got.err != nil {
		t.Errorf("the talk was ended by %v with %v", got.by, got.err)
	}
	eventuallyIs(t, "the customer", customer, Idle)
	nothingIsLeft(t, b)
}

// reachedInGap is about a customer, and an agent who waits for them with music.
func reachedInGap(t *testing.T, b Bench) {
	agent, customer := b.Phone(true), b.Phone(true)
	crash := b.Connect(line(func(ctx context.Context, c *telephony.Call) error {
		leg, err := c.DialAs(ctx, telephony.Dial{To: agent.Address(), From: c.From(), Name: "Ivan", Timeout: time.Minute, Note: "offer 7"})
		if err != nil {
			return err
		}
		if _, err := c.MusicTo(ctx, leg, "default"); err != nil {
			return err
		}
		return reach(ctx, c, customer, time.Minute)
	}))
	place(t, b)
	eventuallyIs(t, "the agent", agent, Ringing)
	agent.Answer()
	eventuallyIs(t, "the customer", customer, Ringing)
	crash()
	customer.Answer()
	eventuallyIs(t, "the customer", customer, Talking)
	next := line(func(ctx context.Context, c *telephony.Call) talked {
		if r := c.Arrival().Resume; !c.Arrival().Outgoing || r == nil || r.Note != "calls" || !r.Answered {
			t.Errorf("the call was found as %+v", r)
		}
		leg := c.AnsweredInGap(ctx, "offer 7")
		if leg == nil {
			t.Error("the agent was not found")
			return talked{}
		}
		by, err := c.Converse(leg.As(telephony.Agent)).Talk(ctx)
		return talked{by, err}
	})
	b.Connect(next)
	eventually(t, "they hear each other", func() bool { return agent.Hears(customer) && customer.Hears(agent) })
	customer.Hangup()
	if got := await(t, next.result, "the end of the talk"); got.by != telephony.Caller || !errors.Is(got.err, telephony.ErrHangup) {
		t.Errorf("the talk was ended by %v with %v", got.by, got.err)
	}
	eventuallyIs(t, "the agent", agent, Idle)
	nothingIsLeft(t, b)
}

func reachingAtCrash(t *testing.T, b Bench) {
	agent, customer := b.Phone(true), b.Phone(true)
	serves, _ := callsBack(agent, customer, time.Minute)
	crash := b.Connect(serves)
	place(t, b)
	eventuallyIs(t, "the agent", agent, Ringing)
	agent.Answer()
	eventuallyIs(t, "the customer", customer, Ringing)
	crash()
	next, _ := found()
	b.Connect(next)
	eventuallyIs(t, "the customer", customer, Idle)
	eventuallyIs(t, "the agent", agent, Idle)
	nothingIsLeft(t, b)
}
