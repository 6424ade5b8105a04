package main

import (
	"errors"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
)

// TestPhonesOwnHoldIsAHoldInWhateverOrderTheDeskHoldsToo: it is counted, desk and wall show it, the caller hears the line's music and
// never silence, and Hotline may be killed with -9 meanwhile.
func TestPhonesOwnHoldIsAHoldInWhateverOrderTheDeskHoldsToo(t *testing.T) {
	t.Parallel()
	s, p, boss := countingStage(t)
	anna := s.agentAt(p.pages, s.person("anna")).ready()
	customer := s.calls("+79160009301")
	s.chooses(customer, "3")
	talk := anna.answers()
	s.hearEachOther(customer, talk)
	phone := func(how softphone.Holding) {
		t.Helper()
		if how == "" {
			s.must(talk.Unhold(t.Context()))
		} else {
			s.must(talk.Hold(t.Context(), how))
		}
	}
	phoneHolds := func(me agentapi.Me) bool {
		return me.Activity.State == "on_hold" && me.Call != nil && me.Call.PhoneHolds
	}

	for _, how := range []softphone.Holding{softphone.SendOnly, softphone.Inactive, softphone.ZeroAddress} {
		phone(how)
		held := anna.until("on hold by the phone", phoneHolds)
		s.musicAlone(customer, 620)
		s.wallSees(boss, "anna", "on_hold", held.Activity.Since)
		phone("")
		anna.talking()
		s.hearEachOther(customer, talk)
	}

	phone(softphone.Inactive)
	anna.until("on hold by the phone", phoneHolds)
	s.must(anna.inCall("call.hold"))
	s.musicAlone(customer, 620)
	phone("")
	anna.until("the phone holds no longer", func(me agentapi.Me) bool { return me.Call != nil && !me.Call.PhoneHolds })
	anna.onHold()
	s.musicAlone(customer, 620)
	s.must(anna.inCall("call.resume"))
	anna.talking()
	s.hearEachOther(customer, talk)

	s.must(anna.inCall("call.hold"))
	anna.onHold()
	phone(softphone.Inactive)
	anna.until("both hold", phoneHolds)
	s.musicAlone(customer, 620)
	if err := anna.inCall("call.resume"); !client.IsProblem(err, agentapi.CodePhoneHolds) {
		t.Errorf("the desk resumes while the phone holds: %v", err)
	}
	s.musicAlone(customer, 620)

	p.kill()
	s.musicAlone(customer, 620)
	epoch := anna.desk.Hello().Epoch
	p = s.respawn(p)
	s.eventually("the page is back by itself", func() error {
		if anna.desk.Hello().Epoch == epoch {
			return errors.New("anna still sees the Hotline that is dead")
		}
		return nil
	})
	anna.until("on hold by the phone after the restart", phoneHolds)
	s.musicAlone(customer, 620)
	phone("")
	anna.talking()
	s.hearEachOther(customer, talk)

	s.hangsUp(talk)
	anna.finish("resolved")
	s.gone(customer)
	s.figures(boss, "agent", "anna", func(f agentapi.FiguresItem) bool { return f.Handled == 1 && *f.Hold > 1 && *f.Talk > 0 })
	p.complete(1)
	p.end()
}

// TestCallerIsTakenBackWhosePhoneHoldEndedWhileHotlineWasAway: nobody else would.
func TestCallerIsTakenBackWhosePhoneHoldEndedWhileHotlineWasAway(t *testing.T) {
	if *before != "" {
		t.Skip("the version before this one notes nothing of it")
	}
	t.Parallel()
	s, p, _ := countingStage(t)
	anna := s.agentAt(p.pages, s.person("anna")).ready()
	customer := s.calls("+79160009304")
	s.chooses(customer, "3")
	talk := anna.answers()
	s.hearEachOther(customer, talk)
	s.must(talk.Hold(t.Context(), softphone.Inactive))
	anna.until("on hold by the phone", func(me agentapi.Me) bool {
		return me.Activity.State == "on_hold" && me.Call != nil && me.Call.PhoneHolds
	})
	p.kill()
	s.must(talk.Unhold(t.Context()))
	p = s.respawn(p)
	s.hearEachOther(customer, talk)
	s.hangsUp(talk)
	anna.finish("resolved")
	s.gone(customer)
	p.complete(1)
	p.end()
}

// musicAlone checks that who is on hold hears music, and no other.
func (s *stage) musicAlone(customer *softphone.Call, hum int) {
	s.t.Helper()
	s.must(customer.PlayTone(hum))
	s.hearsMusic(customer)
}

// TestCallersOwnHoldIsShownToTheAgent: nobody takes the caller for gone.
func TestCallersOwnHoldIsShownToTheAgent(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, notices: true})
	anna := s.agent("anna").ready()
	customer := s.calls("+79160009302")
	s.chooses(customer, "3")
	talk := anna.answers()
	s.hearEachOther(customer, talk)
	s.must(customer.Hold(t.Context(), softphone.Inactive))
	me := anna.until("the caller holds", func(me agentapi.Me) bool { return me.Call != nil && me.Call.CallerHolds })
	if me.Activity.State != "talking" {
		t.Errorf("while the caller holds the agent is %s", me.Activity.State)
	}
	select {
	case <-customer.Done():
		t.Error("a caller who holds was taken for gone")
	case <-time.After(6 * time.Second): // longer than it takes to notice who vanishes
	}
	s.must(customer.Unhold(t.Context()))
	anna.until("the caller holds no longer", func(me agentapi.Me) bool { return me.Call != nil && !me.Call.CallerHolds })
	s.hearEachOther(customer, talk)
	s.hangsUp(customer)
	anna.finish("resolved")
	s.nothingLeft()
}

// TestLongHoldIsRemindedOfMarkedAndEnded: the desk is told again and again, the wall marks it, and in the end the caller is taken back.
func TestLongHoldIsRemindedOfMarkedAndEnded(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, configure: func(c *config.Config) {
		c.Hold = config.Hold{Remind: time.Second, Longest: 5 * time.Second}
	}})
	anna := s.agent("anna").ready()
	customer := s.calls("+79160009303")
	s.chooses(customer, "3")
	talk := anna.answers()
	s.hearEachOther(customer, talk)
	s.must(anna.inCall("call.hold"))
	since := anna.onHold().Activity.Since
	first := anna.until("reminded", func(me agentapi.Me) bool { return me.Call != nil && !me.Call.Reminded.IsZero() }).Call.Reminded
	anna.until("reminded again", func(me agentapi.Me) bool { return me.Call != nil && me.Call.Reminded.After(first) })
	if snapshot, err := s.service.acd.Snapshot(t.Context()); err != nil || len(snapshot.Agents) != 1 || s.service.painter.HoldRemind != time.Second {
		t.Errorf("%v, %v", snapshot, err)
	}
	me := anna.talking()
	if lasted := time.Since(since); lasted < 5*time.Second || !me.Call.Reminded.IsZero() {
		t.Errorf("the hold ended after %s, reminded at %s", lasted, me.Call.Reminded)
	}
	s.hearEachOther(customer, talk)
	s.hangsUp(customer)
	anna.finish("resolved")
	s.nothingLeft()
}
