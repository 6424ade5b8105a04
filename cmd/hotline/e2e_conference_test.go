package main

import (
	"context"
	"fmt"
	"testing"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
)

// gathered waits until the wall of a client names who is in talks besides caller and agent, or is asked, as is wanted.
func (s *stage) gathered(who *client.Client, want string) {
	s.t.Helper()
	wall, err := who.Stream(s.t.Context(), client.StreamOptions{Topics: []string{agentapi.TopicWall}})
	s.must(err)
	defer wall.Close()
	s.eventually("the wall names who is in talks: "+want, func() error {
		w, got := wall.Wall(), ""
		for _, g := range w.Talks {
			got += g.Name + ":"
			for _, guest := range g.Guests {
				got += " " + guest.Who + guest.Number
			}
			if g.Asked != nil {
				got += " asks " + g.Asked.Who + g.Asked.Number
			}
		}
		if len(w.Agents) == 0 || got != want {
			return fmt.Errorf("%q", got)
		}
		return nil
	})
}

// TestSeveralTalkAndOneIsLetGo: everybody hears everybody, through a kill too; who is let go is hung up; the agent leaves, and the others talk on.
// The wall of who oversees names them all.
func TestSeveralTalkAndOneIsLetGo(t *testing.T) {
	t.Parallel()
	const number = "+79160009597"
	olga, _ := supervisors()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102"), olga}, elsewhere: true})
	p := s.spawn()
	s.away = p
	anna := s.agentOf(p.pages, s.person("anna"), keeps).ready()
	customer := s.calls("+79160009621")
	s.chooses(customer, "3")
	talk := anna.answers()
	r := &round{s, map[string]*softphone.Call{}}
	r.comes("C", customer)
	r.comes("A", talk)
	boris := s.agentOf(p.pages, s.person("boris"), keeps).ready()
	s.must(anna.command("call.consult", map[string]any{"agent": "boris"}))
	asked, err := boris.rings().Answer(t.Context())
	s.must(err)
	r.comes("T", asked)
	anna.asks("talks")
	s.gathered(s.signedInAt(p.pages, olga), "Agent anna: asks Agent boris")
	s.must(anna.command("call.join", nil))
	r.hear("CAT", "")
	elsewhere, err := s.exchange.Phone(softphone.Options{User: number, Keep: keeps.Keep})
	s.must(err)
	s.must(anna.command("call.consult", map[string]any{"number": number}))
	soon, cancel := context.WithTimeout(t.Context(), atOnce)
	defer cancel()
	rings, err := elsewhere.Incoming(soon)
	s.must(err)
	r.hear("CAT", "") // while it rings all talk on
	fourth, err := rings.Answer(t.Context())
	s.must(err)
	r.comes("F", fourth)
	r.hear("CATF", "")
	guests := func(me agentapi.Me) bool { return me.Call != nil && len(me.Call.Guests) == 2 }
	anna.until("two guests", guests)

	p.kill()
	r.hear("CATF", "")
	p = s.respawn(p)
	s.away = p
	anna.desk.Close()
	boris.desk.Close()
	anna.openDesk(p.pages, s.person("anna"))
	boris.openDesk(p.pages, s.person("boris"))
	me := anna.until("two guests", guests)
	boris.until("the other guest", func(me agentapi.Me) bool { return me.Call != nil && me.Call.Consult && len(me.Call.Guests) == 1 })
	r.hear("CATF", "")
	s.gathered(s.signedInAt(p.pages, olga), "Agent anna: Agent boris "+number)
	s.gathered(s.signedInAt(p.pages, s.person("boris")), "")
	if err := anna.command("call.drop", map[string]any{"guest": "nobody"}); !client.IsProblem(err, agentapi.CodeNotInTalk) {
		t.Errorf("nobody was let go: %v", err)
	}
	s.must(anna.command("call.drop", map[string]any{"guest": me.Call.Guests[1].ID}))
	s.gone(fourth)
	delete(r.calls, "F")
	r.hear("CAT", "")
	s.must(anna.command("call.complete", nil))
	s.gone(talk)
	delete(r.calls, "A")
	r.hear("CT", "")
	boris.talking()
	s.gathered(s.signedInAt(p.pages, olga), "")
	s.hangsUp(asked)
	boris.finish("resolved")
	s.gone(customer)
	p.complete(1)
	p.end()
}
