package telephony

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Listen is how a supervisor follows a conversation.
type Listen struct {
	To      Address // the supervisor's phone
	From    Number  // shown on it
	Name    string  // shown on it
	Timeout time.Duration
	Whisper bool // the agent, and only the agent, hears the supervisor
}

// Monitor calls a supervisor's phone and lets them hear what an agent of the conversation says and hears, until the agent leaves,
// the supervisor hangs up, or ctx ends. The supervisor is no party: nothing that is done in the conversation touches them. Unlike
// other verbs it is for another goroutine than the call's own, which is in Talk meanwhile.
func (v *Conversation) Monitor(ctx context.Context, l Listen) error {
	c, agent := v.call, v.listenedTo()
	if agent == nil {
		return ErrNotTalking
	}
	supervisor, err := c.Dial(ctx, l.To, l.From, l.Name, l.Timeout)
	if err != nil {
		return err
	}
	defer c.dismiss(ctx, supervisor)
	ear := c.addLeg("")
	defer c.dismiss(ctx, ear)
	if err := c.driver.Monitor(ctx, Monitor{Leg: ear.id, Call: c.ID(), Of: agent.id, Whisper: l.Whisper}); err != nil {
		return c.notHeard(ctx, agent, err)
	}
	bridge := BridgeID(c.names.next())
	defer func() {
		ctx, cancel := release(ctx)
		defer cancel()
		_ = c.driver.Bridge(ctx, bridge) // a bridge that stays behind is the sweeper's
	}()
	if err := c.driver.Bridge(ctx, bridge, supervisor.id, ear.id); err != nil {
		return c.notHeard(ctx, agent, err)
	}
	select {
	case <-supervisor.ended:
		return nil
	case <-agent.ended:
		return nil
	case <-ear.ended:
		return nil
	case <-c.gone.Done():
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// listenedTo is the leg by which the conversation is heard: an agent's, or anybody's but the caller's, who is left with music now
// and then; nil where nobody is there.
func (v *Conversation) listenedTo() (found *Leg) {
	for _, p := range v.Others() {
		if found == nil || p.role == Agent {
			found = p.leg
		}
		if p.role == Agent {
			break
		}
	}
	return found
}

// notHeard explains why a supervisor could not listen. That somebody has just left is no fault.
func (c *Call) notHeard(ctx context.Context, agent *Leg, err error) error {
	if errors.Is(err, ErrGone) {
		return nil
	}
	if err := c.ready(ctx); err != nil {
		return err
	}
	return fmt.Errorf("monitor %s: %w", agent.id, err)
}
