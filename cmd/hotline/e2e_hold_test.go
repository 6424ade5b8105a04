package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/cmd/hotline/config"
	"hotline/queues"
	"hotline/telephony"
	"hotline/telephony/softphone"
)

// TestCallerOnHoldKeepsTheirMusicThroughAKill: desk, wall and figures know of the hold, and Hotline is killed with -9 in it.
func TestCallerOnHoldKeepsTheirMusicThroughAKill(t *testing.T) {
	t.Parallel()
	s, p, boss := countingStage(t)
	anna := s.agentAt(p.pages, s.person("anna")).ready()
	customer := s.calls("+79160009101")
	s.chooses(customer, "3")
	talk := anna.answers()
	s.hearEachOther(customer, talk)

	asked := time.Now()
	s.must(anna.inCall("call.hold"))
	held := anna.onHold()
	s.hearsMusicAlone(customer, talk)
	s.wallSees(boss, "anna", "on_hold", held.Activity.Since)

	killed := time.Now()
	p.kill()
	s.hearsMusicAlone(customer, talk)
	epoch := anna.desk.Hello().Epoch
	p = s.respawn(p)
	s.eventually("the page is back by itself", func() error {
		if anna.desk.Hello().Epoch == epoch {
			return errors.New("anna still sees the Hotline that is dead")
		}
		return nil
	})
	if since := anna.onHold().Activity.Since; since.Before(asked.Truncate(time.Second)) || since.After(killed) {
		t.Errorf("after the restart the caller is on hold since %s; they came there between %s and %s", since, asked, killed)
	}
	s.hearsMusicAlone(customer, talk)

	s.must(anna.inCall("call.resume"))
	anna.talking()
	s.hearEachOther(customer, talk)
	s.hangsUp(talk)
	anna.finish("resolved")
	s.gone(customer)
	for by, id := range map[string]string{"queue": "support", "skill": "support", "agent": "anna"} {
		s.figures(boss, by, id, func(f agentapi.FiguresItem) bool {
			return f.Handled == 1 && *f.Hold > 1 && *f.Talk > 0 && math.Abs(*f.AHT-*f.Talk-*f.Hold-*f.WrapUp) < 0.01
		})
	}
	p.complete(1)
	p.end()
}

// TestHoldAtABadMomentIsRefusedInWords: twice, without a hold, in another's talk, and in one that is over.
func TestHoldAtABadMomentIsRefusedInWords(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102")}})
	anna, boris := s.agent("anna").ready(), s.agent("boris")
	customer := s.calls("+79160009102")
	s.chooses(customer, "3")
	talk := anna.answers()
	call := anna.desk.Me().Call.ID
	refused := func(w *worker, command string, code agentapi.Code) {
		t.Helper()
		if err := w.desk.Command(t.Context(), command, map[string]any{"call": call}); !client.IsProblem(err, code) {
			t.Errorf("%s of %s: %v, not %s", command, w.id, err, code)
		}
	}
	refused(anna, "call.resume", agentapi.CodeNotOnHold)
	refused(boris, "call.hold", agentapi.CodeConflict)
	s.must(anna.inCall("call.hold"))
	refused(anna, "call.hold", agentapi.CodeOnHold)
	refused(boris, "call.resume", agentapi.CodeConflict)
	anna.onHold()
	s.hearsMusicAlone(customer, talk)

	s.hangsUp(customer)
	s.gone(talk)
	refused(anna, "call.resume", agentapi.CodeConflict)
	refused(anna, "call.hold", agentapi.CodeConflict)
	anna.finish("resolved")
	if c := s.contact("+79160009102"); c.Outcome != "served" {
		t.Errorf("who hung up on hold is %+v", c)
	}
	s.nothingLeft()
}

// inCall sends a command about the call that the agent is in.
func (w *worker) inCall(command string) error {
	return w.desk.Command(w.s.t.Context(), command, map[string]any{"call": w.call()})
}

func (w *worker) call() telephony.CallID {
	w.s.t.Helper()
	return w.until("in a call", func(me agentapi.Me) bool { return me.Call != nil }).Call.ID
}

func (w *worker) onHold() agentapi.Me {
	w.s.t.Helper()
	return w.until("on hold", func(me agentapi.Me) bool { return me.Activity.State == "on_hold" && me.Call != nil })
}

// hearsMusicAlone checks that a customer on hold hears something, and not the agent, who hears nothing. Both hum.
func (s *stage) hearsMusicAlone(customer, agent *softphone.Call) {
	s.t.Helper()
	const hum = 440
	s.must(customer.PlayTone(620))
	s.must(agent.PlayTone(hum))
	ctx, cancel := context.WithTimeout(s.t.Context(), atOnce)
	defer cancel()
	if err := agent.Silent(ctx, time.Second); err != nil {
		s.t.Fatalf("the agent hears the customer on hold: %v", err)
	}
	before := len(customer.Sound())
	if err := customer.HearsSound(ctx, time.Second); err != nil {
		s.t.Fatalf("the customer on hold hears no music: %v", err)
	}
	const frame = 160
	frames, hummed := 0, 0
	for sound := customer.Sound()[before:]; len(sound) >= frame; sound = sound[frame:] {
		frames++
		if power, _ := powerAt(sound[:frame], hum); power/frame > 5000*5000/2 { // half as high as it is hummed
			hummed++
		}
	}
	if hummed > frames/4 { // music has that tone now and then
		s.t.Fatalf("the customer on hold hears the agent, in %d of %d frames", hummed, frames)
	}
}

// wallSees waits until the wall shows what an agent does, and since when.
func (s *stage) wallSees(boss *client.Client, agent queues.AgentID, activity string, since time.Time) {
	s.t.Helper()
	wall, err := boss.Stream(s.t.Context(), client.StreamOptions{Topics: []string{agentapi.TopicWall}})
	s.must(err)
	defer wall.Close()
	s.eventually(fmt.Sprintf("the wall shows %s %s", agent, activity), func() error {
		for _, a := range wall.Wall().Agents {
			if a.ID == agent && a.Activity == activity && a.Since.Equal(since) {
				return nil
			}
		}
		return fmt.Errorf("%+v", wall.Wall().Agents)
	})
}
