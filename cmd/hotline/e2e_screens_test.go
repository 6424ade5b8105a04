package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hotline/cmd/hotline/config"
)

// TestALargeScreenIsLetInByItsCodeAndShowsItsQueueWithSoundUntilItIsTakenAway in a real browser: on it nobody signs in.
func TestALargeScreenIsLetInByItsCodeAndShowsItsQueueWithSoundUntilItIsTakenAway(t *testing.T) {
	t.Parallel()
	browserIsThere(t)
	olga, _ := supervisors()
	atOnce := time.Second
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), olga}, configure: func(c *config.Config) {
		c.Alarms = []config.Alarm{
			{ID: "crowd", Waiting: config.Counts{Raise: 1}, Queue: "support", For: atOnce, ClearFor: &atOnce, Urgent: true},
			{ID: "others", Waiting: config.Counts{Raise: 1}, Queue: "subscribers", For: atOnce, ClearFor: &atOnce},
		}
	}})
	names := map[string]string{}
	for _, q := range s.config.Queues {
		names[string(q.ID)] = q.Name["ru"]
	}
	c := newCrowd(t, s.pages())
	c.do("faces", hand{"who": "screen", "language": "ru", "path": "/screen"})
	code := func() string { return c.text("shown", hand{"who": "screen", "id": "screen-code"}) }
	another := func(than string) (now string) {
		eventually(t, 2*time.Minute, "the screen shows another code after half a minute", func() error {
			if now = code(); now == than {
				return fmt.Errorf("it is still %s", now)
			}
			return nil
		})
		return now
	}
	old := code()
	c.enters(olga, "ru", "/wall")
	c.do("clicks", hand{"who": "olga", "button": "wall-screens"})
	letIn := func(code string) {
		t.Helper()
		c.do("fills", hand{"who": "olga", "fields": hand{"screen-code-typed": code, "screen-name": "Зал", "screen-shows": "queue:support", "screen-sound": true}})
		c.do("clicks", hand{"who": "olga", "button": "screen-let-in"})
	}
	another(old)
	letIn(old)
	c.do("stands", hand{"who": "olga", "id": "screens-problem"})
	letIn(another(code())) // it holds for all of its half a minute yet
	c.do("stands", hand{"who": "screen", "id": "screen"})
	c.do("stands", hand{"who": "olga", "id": "screen-drop-Зал"})

	first, second := s.calls("+79160009731"), s.calls("+79160009732")
	s.chooses(first, "3")
	s.chooses(second, "2")
	s.waiting(2)
	is := func(alarm bool) {
		t.Helper()
		s.eventually("the screen shows its queue", func() error {
			text := c.text("shown", hand{"who": "screen", "id": "screen"})
			if !strings.Contains(text, names["support"]) || strings.Contains(text, names["subscribers"]) {
				return fmt.Errorf("it shows %q, and not %q alone", text, names["support"])
			}
			return nil
		})
		if alarm {
			c.do("stands", hand{"who": "screen", "id": "screen-alarms"})
		}
	}
	is(true)
	c.do("sounded", hand{"who": "screen"})
	c.do("sound", hand{"who": "screen"})
	c.do("reload", hand{"who": "screen"})
	is(true)

	c.do("reload", hand{"who": "screen", "untouched": true}) // its browser lets it make no sound, and it says so
	c.do("untouched", hand{"who": "screen", "id": "screen-alarms"})
	c.do("untouched", hand{"who": "screen", "id": "screen-unmute"})
	c.do("clicks", hand{"who": "screen", "button": "screen-unmute"})
	c.do("sounded", hand{"who": "screen"})

	c.do("clicks", hand{"who": "olga", "button": "screen-drop-Зал"})
	if again := code(); again == old {
		t.Errorf("a screen that was taken away shows its old code")
	}
	c.unharmed()
	s.hangsUp(first)
	s.hangsUp(second)
	s.nothingLeft()
}
