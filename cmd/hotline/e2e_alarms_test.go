package main

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
)

// Callers wait, an alarm is raised, a supervisor sees to it, Hotline is killed and comes back: it is the same alarm, seen to by the same. The callers are
// served, it is over, and stands in the history. Another program is told of each step once.
func TestAnAlarmIsRaisedSeenToAndOverAlthoughHotlineIsKilledMeanwhile(t *testing.T) {
	t.Parallel()
	told := openMailbox(t)
	_, petr := supervisors()
	atOnce := 5 * time.Second
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), petr}, elsewhere: true, configure: func(c *config.Config) {
		c.Alarms = []config.Alarm{
			{ID: "crowd", Waiting: config.Counts{Raise: 2}, Queue: "support", For: time.Second, ClearFor: &atOnce, Urgent: true},
			{ID: "nobody", NobodyThere: true, For: time.Second, ClearFor: &atOnce},
		}
		c.Tickets.Webhooks = []config.Webhook{{URL: told.URL, Secret: config.SecretOf(hookSecret), Events: []string{"alarm"}}}
	}})
	p := s.spawn()
	s.away = p
	boss := s.signsIn("petr")
	raised := func(rule string) (found *agentapi.Alarm) {
		var all agentapi.AlarmsAnswer
		boss.reads("/api/v1/alarms", &all)
		for _, a := range all.Items {
			if a.Rule == rule && (a.Queue == "support" || rule != "nobody") {
				found = &a
			}
		}
		return found
	}
	first, second := s.calls("+79160000001"), s.calls("+79160000002")
	s.chooses(first, "3")
	s.chooses(second, "3")
	var crowd agentapi.Alarm
	s.eventually("both alarms are raised", func() error {
		a, nobody := raised("crowd"), raised("nobody")
		if a == nil || nobody == nil {
			return fmt.Errorf("crowd %+v, nobody %+v", a, nobody)
		}
		crowd = *a
		return nil
	})
	if crowd.Value != 2 || crowd.Bound != 2 || !crowd.Urgent || crowd.Sound != "repeat" {
		t.Errorf("raised is %+v", crowd)
	}
	if answer := boss.asks(http.MethodPost, "/api/v1/alarms/"+crowd.ID+"/acknowledge", ""); answer.StatusCode != http.StatusOK {
		t.Errorf("to see to it: %d", answer.StatusCode)
	}
	s.eventually("it is in the database that petr sees to it", func() error {
		var n int
		if err := s.query(`select count(*) from alarms where rule = 'crowd' and seen_by = 'petr'`, &n); err != nil || n != 1 {
			return fmt.Errorf("%d, %v", n, err)
		}
		return nil
	})

	p.kill()
	p = s.respawn(p)
	s.away = p
	boss = s.signsIn("petr")
	s.eventually("it is raised still, and seen to", func() error {
		switch a := raised("crowd"); {
		case a == nil:
			return fmt.Errorf("it is not raised")
		case a.ID != crowd.ID || !a.Since.Equal(crowd.Since) || a.AcknowledgedBy != "Agent petr":
			t.Fatalf("after the kill it is %+v, not %+v", a, crowd)
		}
		return nil
	})
	anna := s.agentAt(p.pages, person("anna", "101")).ready()
	talk := anna.answers()
	s.eventually("both are over", func() error {
		if a, nobody := raised("crowd"), raised("nobody"); a != nil || nobody != nil {
			return fmt.Errorf("crowd %+v, nobody %+v", a, nobody)
		}
		return nil
	})
	var past agentapi.PastAlarms
	s.eventually("the history has it", func() error {
		boss.reads("/api/v1/alarms/past", &past)
		i := slices.IndexFunc(past.Items, func(a agentapi.Alarm) bool { return a.Rule == "crowd" })
		if i < 0 || past.Items[i].ID != crowd.ID || past.Items[i].ClearedAt == nil || past.Items[i].AcknowledgedBy != "Agent petr" {
			return fmt.Errorf("it has %+v", past.Items)
		}
		return nil
	})
	var n int
	s.must(s.query(`select count(*) from alarms where rule = 'crowd'`, &n))
	if n != 1 {
		t.Errorf("it was raised %d times", n)
	}
	s.eventually("each step was told", func() error {
		told.mu.Lock()
		defer told.mu.Unlock()
		steps := map[string]bool{}
		for _, parcel := range told.taken {
			steps[parcel.id] = true
		}
		for _, step := range []string{"raised", "acknowledged", "cleared"} {
			if !steps[crowd.ID+"/"+step] {
				return fmt.Errorf("told is %v", steps)
			}
		}
		return nil
	})
	s.hangsUp(talk)
	s.hangsUp(second)
	anna.finish("resolved")
}

// TestThatNothingIsRecordedForWantOfRoomIsAnAlarm: a supervisor sees it on the wall, and the call is served all the same.
func TestThatNothingIsRecordedForWantOfRoomIsAnAlarm(t *testing.T) {
	t.Parallel()
	_, petr := supervisors()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), petr}, elsewhere: true, configure: func(c *config.Config) {
		recordsAll(c)
		c.Recordings.ReserveMB = 100_000_000
		c.Alarms = []config.Alarm{{ID: "recordings_failing", Recordings: true, For: time.Second, Urgent: true}}
	}})
	p := s.spawn()
	s.away = p
	anna, boss := s.agentOf(p.pages, s.person("anna"), softphone.Options{}).ready(), s.signsIn("petr")
	s.eventually("the alarm is raised", func() error {
		var all agentapi.AlarmsAnswer
		boss.reads("/api/v1/alarms", &all)
		for _, a := range all.Items {
			if a.Rule == "recordings_failing" && a.Urgent {
				return nil
			}
		}
		return fmt.Errorf("raised are %+v", all.Items)
	})
	customer := s.calls("+79160000001")
	s.chooses(customer, "3")
	s.hearEachOther(customer, anna.answers())
}
