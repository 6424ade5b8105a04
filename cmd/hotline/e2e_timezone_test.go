package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/telephony/hours"
)

// elsewhere is a zone in which it is neither near midnight nor near this machine's time of the day.
func elsewhere(t *testing.T) (name string, where *time.Location) {
	t.Helper()
	here := time.Now().Hour()
	for offset := -12; offset <= 14; offset++ {
		name := fmt.Sprintf("Etc/GMT%+d", -offset) // their signs are turned round
		where, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		if there := time.Now().In(where).Hour(); there > 3 && there < 20 && (there-here+24)%24 > 5 && (here-there+24)%24 > 5 {
			return name, where
		}
	}
	t.Fatal("there is no such zone")
	return "", nil
}

// The line is open for some hours around now, by a clock far from the machine's, by which it is closed.
func TestHoursAndDaysFollowTheLinesTimezone(t *testing.T) {
	t.Parallel()
	name, where := elsewhere(t)
	now := time.Now().In(where)
	open := config.Hours{"mon-sun": {fmt.Sprintf("%02d:00-%02d:00", now.Hour()-2, now.Hour()+3)}}
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, configure: func(c *config.Config) {
		c.Line.Timezone = name
		c.People[0].Role = "supervisor"
		c.People[0].Skills, c.People[0].Phone = nil, ""
		for i := range c.Queues {
			c.Queues[i].Hours = open
			c.Queues[i].Overflow = []config.Overflow{{Closed: true, To: config.Destination{Message: "default"}}}
		}
	}})
	call := s.calls("+79160009711")
	s.chooses(call, "3")
	s.waiting(1)
	s.hangsUp(call)
	s.gone(call)
	if c := s.contact("+79160009711"); c.Outcome != "abandoned_in_queue" {
		t.Errorf("the contact is %+v", c)
	}

	boss := s.signedInAt("http://"+s.service.Addr(), s.config.People[0])
	s.eventually("the figures of the day", func() error {
		f, err := boss.Figures(t.Context(), "queue", url.Values{"id": {"support"}, "step": {"day"}})
		if err != nil || len(f.Items) != 1 || !f.Items[0].From.Equal(hours.DayBegins(now, 0)) {
			return fmt.Errorf("%+v, %v: the line's day began at %s", f, err, hours.DayBegins(now, 0))
		}
		return nil
	})
	s.eventually("today's calls are counted", func() error {
		if c := s.service.today.Today(); c.Calls != 1 {
			return fmt.Errorf("%+v", c)
		}
		return nil
	})
	if _, err := os.Stat(filepath.Join(s.config.Journal(), now.Format(time.DateOnly)+".jsonl")); err != nil {
		t.Error(err)
	}
}
