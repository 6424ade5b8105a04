package asterisk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"hotline/telephony"
)

// TestWhoIsNotEntitledToAConnectionAsksNothing: another Hotline may serve since the connection was lost. A call of before wants something meanwhile.
func TestWhoIsNotEntitledToAConnectionAsksNothing(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"22.10.1", "20.9.3"} { // the latter is asked over HTTP, which no connection has to come before
		t.Run(version, func(t *testing.T) { t.Parallel(); whoIsNotEntitledAsksNothing(t, version) })
	}
}

func whoIsNotEntitledAsksNothing(t *testing.T, version string) {
	a := newScripted(t)
	a.version = version
	answers := make(chan error)
	asked := make(chan struct{}, 64)
	o := a.options()
	o.CommandSockets = 1 // which is there once there is a connection, and is dropped with it
	o.Entitled = func(ctx context.Context) error {
		asked <- struct{}{}
		select {
		case err := <-answers:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	s := New(o)
	arrived := make(chan *telephony.Call, 1)
	done := make(chan error, 1)
	go func() {
		done <- s.Run(whole(t), lineFunc(func(ctx context.Context, c *telephony.Call) {
			arrived <- c
			<-ctx.Done()
		}))
	}()
	within(t, s.Ready(), "the connection")
	if len(asked) > 0 {
		t.Error("it is asked before the first connection")
	}
	a.arrives("1763773.1")
	c := within(t, arrived, "the call")
	a.forget()
	a.drop("")
	within(t, asked, "the question")
	held := make(chan error, 1)
	go func() { held <- s.Answer(whole(t), c.Arrival().Leg) }()
	answers <- errors.New("not now")
	within(t, asked, "the question again")
	if over := append(a.overSockets(), a.were("POST channels")...); len(over) > 0 {
		t.Errorf("before it is entitled it asks %v", over)
	}
	a.says("GET channels", "["+channelJSON("1763773.1", "Ring")+"]")
	answers <- nil
	if err := within(t, held, "what the call wants"); err != nil {
		t.Errorf("once it is entitled: %v", err)
	}
	await(t, "it is connected", s.Connected)

	a.drop("")
	within(t, asked, "the question")
	answers <- fmt.Errorf("%w: elsewhere", ErrReplaced)
	if err := within(t, done, "the end of Run"); !errors.Is(err, ErrReplaced) {
		t.Errorf("Run ended with %v", err)
	}
}

// overSockets are the requests that came over websockets.
func (s *scripted) overSockets() (found []asked) {
	for _, one := range s.were("") {
		if strings.Contains(one.over, "-commands-") {
			found = append(found, one)
		}
	}
	return found
}
