package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/ivr/flow"
)

// Hotline is killed while two callers think about the main menu. Asterisk keeps the key that one of them types meanwhile: the next Hotline takes it, and does
// not ask again. Who has typed nothing is asked again at once.
func TestKeyTypedDuringAKillIsTaken(t *testing.T) {
	if *before != "" {
		t.Skip("the version before this one keeps no keys")
	}
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, elsewhere: true, configure: func(c *config.Config) {
		menu := c.Flow.Nodes["main"].Kind.(flow.Menu)
		menu.Wait = 10 * time.Minute
		c.Flow.Nodes["main"] = flow.Node{Kind: menu}
	}})
	p := s.spawn()
	types, thinks := s.calls("+79160007001"), s.calls("+79160007002")
	s.must(errors.Join(types.Digits(t.Context(), "1"), thinks.Digits(t.Context(), "1")))
	s.eventually("both are in the main menu", func() error {
		var notes []string
		in := 0
		for _, channel := range s.list("/channels") {
			notes = append(notes, s.note(channel))
			if strings.Contains(s.note(channel), `"node":"main"`) {
				in++
			}
		}
		if in != 2 {
			return fmt.Errorf("%d are, by the notes %q", in, notes)
		}
		return nil
	})
	s.must(errors.Join(types.Silent(t.Context(), 2*time.Second), thinks.Silent(t.Context(), 2*time.Second))) // it was said
	p.kill()
	s.must(types.Digits(t.Context(), "3"))
	said := len(thinks.Sound())
	p = s.launch(p, p.program)
	s.eventually("who has typed nothing is asked again", func() error { // and not after the menu's wait
		if loudShare(thinks.Sound()[said:]) == 0 {
			return errors.New("they hear nothing")
		}
		return nil
	})
	s.eventually("who has typed is in the queue of what they chose", func() error {
		for _, channel := range s.list("/channels") {
			if note := s.note(channel); strings.Contains(note, `"phase":"queue"`) && strings.Contains(note, `"queue":"support"`) {
				return nil
			}
		}
		return errors.New("nobody is")
	})
	s.hearsMusic(types)
	s.must(thinks.Digits(t.Context(), "3"))
	s.eventually("both wait", func() error { return s.waitingPerNotes(2) })
	s.hangsUp(types)
	s.hangsUp(thinks)
	p.end()
}
