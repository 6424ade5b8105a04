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

// strange is a switch on which every phone answers at once, and nobody can listen.
type strange struct {
	telephony.Driver
	call   *telephony.Call
	hungUp []telephony.LegID
	ears   int             // that can be made yet
	ear    telephony.LegID // the last
}

var errDeaf = errors.New("nobody can listen")

func (s *strange) Monitor(_ context.Context, m telephony.Monitor) error {
	if m.Of == "" {
		return nil
	}
	if s.ears > 0 {
		s.ears--
		s.ear = m.Leg
		return nil
	}
	return errDeaf
}

func (s *strange) Bridge(context.Context, telephony.BridgeID, ...telephony.LegID) error { return nil }

func (s *strange) Play(context.Context, telephony.LegID, telephony.MediaID, telephony.Announcement) error {
	return nil
}

func (s *strange) Dial(_ context.Context, d telephony.Dial) error {
	s.call.Deliver(telephony.LegAnswered{Leg: d.Leg, At: time.Now()})
	return nil
}

func (s *strange) Hangup(_ context.Context, leg telephony.LegID, _ telephony.Cause) error {
	s.hungUp = append(s.hungUp, leg)
	return nil
}

func (s *strange) Mark(context.Context, telephony.LegID, telephony.Mark) error { return nil }

// TestASupervisorWhoCannotTakePartIsToldSo: they have answered, and are let go with the error, as if they had never been there.
func TestASupervisorWhoCannotTakePartIsToldSo(t *testing.T) {
	for _, m := range []telephony.Manner{telephony.Listens, telephony.Whispers} {
		sw := &strange{}
		sw.call = telephony.NewCall(sw, telephony.Arrival{ID: "1", Leg: "c", Resume: &telephony.Resume{Answered: true, Bridged: []telephony.LegID{"1.a"}}})
		v, _ := sw.call.Rejoin(t.Context())
		o, err := sw.call.Oversee(t.Context(), telephony.Summons{To: "phone:2", Timeout: time.Minute, Manner: m, Music: "default"})
		if o != nil || !errors.Is(err, errDeaf) {
			t.Errorf("a supervisor who %v where nobody can is answered %v", m, err)
		}
		if len(sw.hungUp) != 1 || sw.hungUp[0] == "1.a" || len(sw.call.Overseers()) != 0 || sw.call.Conversation() != v {
			t.Errorf("%v were hung up, %d supervisors are there, and the talk is %v", sw.hungUp, len(sw.call.Overseers()), sw.call.Conversation())
		}
	}
}

// TestASupervisorWhoIsLetGoForTheSwitchFailsIsToldWhy: whoever follows them, and whoever asks something of them then.
func TestASupervisorWhoIsLetGoForTheSwitchFailsIsToldWhy(t *testing.T) {
	sw := &strange{ears: 1}
	sw.call = telephony.NewCall(sw, telephony.Arrival{ID: "1", Leg: "c", Resume: &telephony.Resume{Answered: true, Bridged: []telephony.LegID{"1.a"}}})
	if _, there := sw.call.Rejoin(t.Context()); !there {
		t.Fatal("there is no talk")
	}
	o, err := sw.call.Oversee(t.Context(), telephony.Summons{To: "phone:2", Timeout: time.Minute, Music: "default"})
	if err != nil {
		t.Fatal(err)
	}
	sw.call.Deliver(telephony.LegEnded{Leg: sw.ear})
	if err := o.Attend(t.Context()); !errors.Is(err, errDeaf) {
		t.Errorf("who follows them is told %v", err)
	}
	if err := o.Become(t.Context(), telephony.Speaks); !errors.Is(err, errDeaf) {
		t.Errorf("who asks something of them is told %v", err)
	}
}

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
				if !boss.HearsPhone(agent) {
					t.Error("a supervisor is said to take part who hears nothing yet")
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
