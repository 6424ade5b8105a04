package main

import (
	"fmt"
	"testing"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
)

// helps waits until the wall of a client shows the calls for a supervisor as is wanted.
func (s *stage) helps(who *client.Client, what string, ok func([]agentapi.Help) bool) {
	s.t.Helper()
	wall, err := who.Stream(s.t.Context(), client.StreamOptions{Topics: []string{agentapi.TopicWall}})
	s.must(err)
	defer wall.Close()
	s.eventually("the wall shows of calls for help: "+what, func() error {
		if w := wall.Wall(); len(w.Agents) == 0 || !ok(w.Helps) {
			return fmt.Errorf("%+v", w.Helps)
		}
		return nil
	})
}

// TestAgentCallsForASupervisorWhoComes: the call for help is on the wall of those who oversee and of nobody else, through a kill too, until a supervisor
// has been there, who is on the agent's page whatever the configuration says of supervisors who listen.
func TestAgentCallsForASupervisorWhoComes(t *testing.T) {
	t.Parallel()
	olga, _ := supervisors()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102"), olga}, elsewhere: true})
	p := s.spawn()
	s.away = p
	anna := s.agentOf(p.pages, s.person("anna"), keeps).ready()
	boss := s.signsIn("olga")
	phone, err := s.exchange.Phone(softphone.Options{User: olga.Phone, Secret: olga.PhoneSecret.Text(), Keep: keeps.Keep})
	s.must(err)
	s.must(phone.Register(t.Context()))
	customer := s.calls("+79160009611")
	s.chooses(customer, "3")
	talk := anna.answers()
	s.must(customer.PlayTone(customerHums))
	s.must(talk.PlayTone(agentHums))
	s.must(anna.command("call.help", map[string]any{"note": "грозит судом"}))
	waits := func(all []agentapi.Help) bool {
		return len(all) == 1 && all[0].Agent == "anna" && all[0].Name == "Agent anna" && all[0].Note == "грозит судом" && all[0].By == "" && all[0].Queue != "" && all[0].Ticket != ""
	}
	s.helps(s.signedInAt(p.pages, olga), "anna's", waits)
	s.helps(s.signedInAt(p.pages, s.person("boris")), "none to a colleague", func(all []agentapi.Help) bool { return len(all) == 0 })
	p.kill()
	p = s.respawn(p)
	s.away = p
	anna.desk.Close()
	anna.openDesk(p.pages, s.person("anna"))
	s.helps(s.signedInAt(p.pages, olga), "anna's still", waits)

	her := s.comes(boss, phone, fmt.Sprintf(`{"call": %q, "manner": "listen"}`, anna.call()), bossHums)
	s.hear("the supervisor hears both, and nobody her", map[*softphone.Call][]int{her: {customerHums, agentHums}, customer: {agentHums}, talk: {customerHums}})
	anna.until("she has come", func(me agentapi.Me) bool {
		return me.Call != nil && me.Call.Help != nil && me.Call.Help.By == "Agent olga" && len(me.Call.Overseers) == 0
	})
	s.helps(s.signedInAt(p.pages, olga), "that olga is there", func(all []agentapi.Help) bool {
		return len(all) == 1 && all[0].By == "Agent olga" && all[0].ByID == "olga"
	})
	s.hangsUp(her)
	anna.until("she has left", func(me agentapi.Me) bool { return me.Call != nil && me.Call.Help == nil })

	s.must(anna.command("call.help", nil))
	s.helps(s.signedInAt(p.pages, olga), "another", func(all []agentapi.Help) bool { return len(all) == 1 && all[0].Note == "" })
	s.hangsUp(customer)
	s.gone(talk)
	anna.finish("resolved")
	s.helps(s.signedInAt(p.pages, olga), "none", func(all []agentapi.Help) bool { return len(all) == 0 })
	p.complete(1)
	var told int
	s.must(s.query(`select count(*) from facts where kind = 'call.helped'`, &told))
	if told != 2 {
		t.Errorf("%d calls for help are told, not 2", told)
	}
	p.end()
}
