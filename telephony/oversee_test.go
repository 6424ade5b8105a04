package telephony_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"hotline/telephony"
	"hotline/telephony/memory"
)

// A manner that the switch refuses leaves a supervisor in the one before: listening on, not in silence, and noted so.
func TestAMannerThatIsRefusedLeavesTheSupervisorAsTheyWere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sw := memory.New(memory.Options{Mute: true})
		agent, boss := sw.Phone("1"), sw.Phone("2")
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go sw.Run(ctx, script(func(ctx context.Context, c *telephony.Call) {
			leg, err := c.Dial(ctx, agent.Address(), customer, "", time.Minute)
			if err != nil {
				return
			}
			go func() {
				o, err := c.Oversee(ctx, telephony.Summons{To: boss.Address(), Timeout: time.Minute, Music: "default"})
				if err != nil {
					t.Error(err)
					return
				}
				go o.Attend(ctx)
				for _, before := range []telephony.Manner{telephony.Listens, telephony.Speaks} {
					if err := o.Become(ctx, before); err != nil {
						t.Error(err)
					}
					if err := o.Become(ctx, telephony.Whispers); !errors.Is(err, telephony.ErrWhisperUnsafe) {
						t.Errorf("a whisper is answered %v", err)
					}
					if o.Manner() != before || boss.Note() != "supervisor "+before.String()+" default " {
						t.Errorf("the supervisor %v, with the note %q", o.Manner(), boss.Note())
					}
					if !boss.HearsPhone(agent) || agent.HearsPhone(boss) != (before == telephony.Speaks) {
						t.Errorf("a supervisor who %v hears the agent: %v, and is heard: %v", before, boss.HearsPhone(agent), agent.HearsPhone(boss))
					}
				}
			}()
			_, _ = c.Converse(leg.As(telephony.Agent)).Talk(ctx)
		}))
		synctest.Wait()
		caller := sw.Call(customer, customer)
		synctest.Wait()
		agent.Answer()
		synctest.Wait()
		boss.Answer()
		synctest.Wait()
		caller.Hangup()
		synctest.Wait()
		if channels, bridges := sw.Leftovers(); channels+bridges > 0 {
			t.Errorf("%d channels and %d bridges are left", channels, bridges)
		}
	})
}
