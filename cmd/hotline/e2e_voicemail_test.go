package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/cmd/hotline/config"
)

// TestMessageEndsInSilenceAndIsForgottenInTime: nobody is there, the caller has said all and does not hang up; Hotline is started
// anew when the message is old.
func TestMessageEndsInSilenceAndIsForgottenInTime(t *testing.T) {
	t.Parallel()
	const number = "+79160009701"
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, configure: func(c *config.Config) {
		c.Voicemail = config.Voicemail{Silence: 2 * time.Second}
		for i := range c.Queues {
			c.Queues[i].Overflow = []config.Overflow{{NobodyThere: true, To: config.Destination{Voicemail: "default"}}}
		}
	}})
	call := s.calls(number)
	s.chooses(call, "3")
	s.gone(call)
	if c := s.contact(number); c.Outcome != "voicemail" {
		t.Errorf("the contact is %+v", c)
	}
	var note string
	s.must(s.query(`select note from contacts where caller = '`+number+`'`, &note))
	name, is := strings.CutPrefix(note, "recording: ")
	if !is || !slices.Contains(s.messages(), name) {
		t.Fatalf("the contact says %q, and there are %q", note, s.messages())
	}

	s.stop()
	s.config.Voicemail.Keep = time.Millisecond
	s.serve(stageOptions{})
	s.eventually("the old message is deleted", func() error {
		if all := s.messages(); slices.Contains(all, name) {
			return fmt.Errorf("there are %q", all)
		}
		return nil
	})
	s.emptyAsterisk()
}

// messages are those on Asterisk's disk, by name.
func (s *stage) messages() (names []string) {
	s.t.Helper()
	var all []struct{ Name string }
	s.must(s.ariGet("/recordings/stored", &all))
	for _, m := range all {
		names = append(names, m.Name)
	}
	return names
}
