package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/cmd/hotline/config"
	"hotline/telephony"
)

// supervisors are olga, who has a phone of her own, and petr, who has none.
func supervisors() (olga, petr config.Person) {
	olga, petr = person("olga", "104"), person("petr", "")
	olga.Role, olga.Skills = "supervisor", nil
	petr.Role, petr.Skills, petr.PhoneSecret = "supervisor", nil, config.Secret{}
	return olga, petr
}

// lead asks that a caller be led, and gives the problem; its code is "" where that is done.
func (b *browser) lead(call telephony.CallID, to string) (p agentapi.Problem) {
	b.t.Helper()
	if answer := b.asks(http.MethodPost, "/api/v1/calls/"+string(call)+"/lead", to); answer.StatusCode != http.StatusNoContent {
		b.must(json.NewDecoder(answer.Body).Decode(&p))
	}
	return p
}

// Two supervisors lead callers who wait, at once as well: real phones hear what became of it.
func TestSupervisorsLeadCallersToTheFrontToAQueueAndToAnAgentAndTakeOneThemselves(t *testing.T) {
	t.Parallel()
	olga, petr := supervisors()
	boris := person("boris", "102")
	delete(boris.Skills, "support")
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), boris, olga, petr}})
	first, second := s.signsIn("olga"), s.signsIn("petr")
	var line [4]telephony.CallID
	for i := range line {
		s.chooses(s.calls(fmt.Sprintf("+7916000000%d", i)), "3")
		s.waiting(i + 1)
		var waits agentapi.CallsAnswer
		first.reads("/api/v1/calls", &waits)
		line[i] = waits.Items[i].Call
	}
	if p := first.lead(line[3], `{"to": "front"}`); p.Code != "" {
		t.Errorf("the first supervisor is told %+v", p)
	}
	if p := second.lead(line[3], `{"to": "queue", "queue": "information"}`); p.Code != agentapi.CodeLedMeanwhile || p.By != "Agent olga" {
		t.Errorf("the second supervisor is told %+v", p)
	}
	anna := s.agent("anna").ready()
	if talk := anna.rings(); talk.From != "+79160000003" {
		t.Errorf("anna's phone rings for %s", talk.From)
	}
	if p := second.lead(line[2], `{"to": "agent", "agent": "boris"}`); p.Code != agentapi.CodeAgentNotReady {
		t.Errorf("an agent who is not there: %+v", p)
	}
	// Boris could not serve the queue, and gets whom he is led; Olga takes one herself.
	bor := s.agent("boris").ready()
	if p := second.lead(line[2], `{"to": "agent", "agent": "boris"}`); p.Code != "" {
		t.Fatalf("to an agent: %+v", p)
	}
	talk := bor.answers()
	if me := bor.desk.Me(); me.Call.Pop.Caller.Number != "+79160000002" || !strings.HasPrefix(me.Call.Why["en"], "a supervisor gave it to this agent") {
		t.Errorf("boris' desk shows %+v", me.Call)
	}
	own := s.agent("olga").ready()
	if p := first.lead(line[1], `{"to": "agent", "agent": "olga"}`); p.Code != "" {
		t.Fatalf("to herself: %+v", p)
	}
	hers := own.answers()
	if p := second.lead(line[0], `{"to": "queue", "queue": "information"}`); p.Code != "" {
		t.Fatalf("to another queue: %+v", p)
	}
	var waits agentapi.CallsAnswer
	first.reads("/api/v1/calls", &waits)
	if len(waits.Items) != 2 || waits.Items[0].Queue != "information" || waits.Items[0].Led != 1 || waits.Items[0].LedBy != "Agent petr" {
		t.Errorf("who waits is %+v", waits.Items)
	}
	if p := first.lead(line[2], `{"to": "front", "seen": 1}`); p.Code != agentapi.CodeNotWaiting {
		t.Errorf("one who talks: %+v", p)
	}
	story, err := s.signedIn("petr").Decisions(t.Context(), line[2])
	s.must(err)
	if !tells(story, []string{"led Agent boris: the call was given to this agent after", "offered Agent boris: a supervisor gave it to this agent (Agent petr)", "answered Agent boris: answered after"}) {
		t.Errorf("the story is %+v", story.Items)
	}
	s.eventually("all of it is in the audit", func() error {
		var said string
		err := s.query(`select string_agg(who || ' ' || did, ', ' order by id) from audit where did like 'led %'`, &said)
		if want := "olga led a caller to the front, petr led a caller to the agent boris, olga led a caller to the agent olga, petr led a caller to the queue information"; err == nil && said != want {
			err = fmt.Errorf("it says %q", said)
		}
		return err
	})
	s.hangsUp(talk)
	s.hangsUp(hers)
}

// orders gives an order that must be carried out.
func (b *browser) orders(method, path, body string) {
	b.t.Helper()
	if answer := b.asks(method, "/api/v1"+path, body); answer.StatusCode >= 300 {
		text, _ := io.ReadAll(answer.Body)
		b.t.Fatalf("%s %s: %d %s", path, body, answer.StatusCode, text)
	}
}

// What a supervisor orders takes effect at once, is told to whom it is about, and holds after Hotline was killed; what only lasts until the
// next sign-out ends with it.
func TestOrdersOfASupervisorHoldAtOnceAndAfterAKill(t *testing.T) {
	t.Parallel()
	_, petr := supervisors()
	boris := person("boris", "102")
	delete(boris.Skills, "support")
	s := raise(t, stageOptions{people: []config.Person{boris, petr}, elsewhere: true})
	p := s.spawn()
	s.away = p
	boss := s.signsIn("petr")
	worker := s.agentAt(p.pages, boris).ready()
	waits := s.calls("+79160000001")
	s.chooses(waits, "3")
	s.eventually("one waits", func() error { return s.waitingPerNotes(1) })
	boss.orders("PUT", "/agents/boris/skills", `{"skills": [{"skill": "support", "level": 4, "until": "2037-03-31"}, {"skill": "lang:ru", "level": 5}], "lasts": "good"}`)
	talk := worker.answers()
	me := worker.until("told of his skills", func(me agentapi.Me) bool { return len(me.Agent.Skills) == 2 && len(me.Bulletins) == 1 })
	if b := me.Bulletins[0]; b.Kind != agentapi.BulletinSkills || b.By != "Agent petr" || b.Text != "lang:ru 5, support 4" {
		t.Errorf("boris is told %+v", b)
	}
	boss.orders("POST", "/queues/information/close", "")
	boss.orders("POST", "/agents/boris/availability", `{"state": "not_ready", "reason": "meeting"}`)
	worker.until("not ready after the talk", func(me agentapi.Me) bool { return me.Availability.Next == "not_ready" && len(me.Bulletins) == 2 })
	refused := s.calls("+79160000002")
	s.chooses(refused, "1")
	s.gone(refused)
	s.hangsUp(talk)
	worker.finish("resolved")
	s.must(worker.desk.Command(t.Context(), "bulletin.see", map[string]any{"bulletin": me.Bulletins[0].ID}))
	s.eventually("the wrap-up is over in the database", func() error {
		var n int
		if err := s.query(`select count(*) from figures_handling`, &n); err != nil || n != 0 {
			return fmt.Errorf("%d are, %v", n, err)
		}
		return nil
	})

	p.kill()
	p = s.respawn(p)
	s.away = p
	me = worker.until("back, and told what he has not acknowledged", func(me agentapi.Me) bool {
		return me.Availability.Reason == "meeting" && len(me.Agent.Skills) == 2 && len(me.Bulletins) == 1 && me.Bulletins[0].Kind == agentapi.BulletinNotReady && me.Bulletins[0].Text == "meeting"
	})
	again := s.calls("+79160000003")
	s.chooses(again, "1")
	s.gone(again)
	if told := ordered(t.Context(), s.config, time.Now()); len(told) != 1 || !strings.HasPrefix(told[0].Error(), "people.0.skills: what was ordered counts instead for boris: lang:ru 5, support 4, which expires at 2037-04-01T00:00:00") || !strings.Contains(told[0].Error(), ", for good, by petr at ") {
		t.Errorf("hotline check tells %v", told)
	}
	boss = s.signsIn("petr")
	boss.orders("POST", "/queues/information/open", "")
	boss.orders("POST", "/agents/boris/availability", `{"state": "ready"}`)
	last := s.calls("+79160000004")
	s.chooses(last, "3")
	talk = worker.answers()
	s.hangsUp(talk)
	worker.finish("resolved")
	var skills agentapi.AgentSkills
	boss.reads("/api/v1/agents/boris/skills", &skills)
	if len(skills.Skills) != 2 || len(skills.Configured) != 4 || skills.By != "Agent petr" || skills.Order.Lasts != agentapi.LastsGood || skills.Skills[1].Until != "2037-03-31" {
		t.Errorf("boris' skills are %+v", skills)
	}
	boss.orders("PUT", "/agents/boris/skills", `{"skills": [{"skill": "support", "level": 1}], "lasts": "sign_out"}`)
	boss.orders("POST", "/agents/boris/availability", `{"state": "signed_out"}`)
	s.eventually("the order is over", func() error {
		boss.reads("/api/v1/agents/boris/skills", &skills)
		if len(skills.Skills) != 4 {
			return fmt.Errorf("they are %+v", skills)
		}
		return nil
	})
	told := func(state string) func(me agentapi.Me) bool {
		return func(me agentapi.Me) bool {
			return me.Availability.State == state && slices.ContainsFunc(me.Bulletins, func(b agentapi.Bulletin) bool { return b.Kind == agentapi.BulletinSignedOut && b.By == "Agent petr" })
		}
	}
	worker.until("told that he was signed out", told("signed_out"))
	worker.ready()
	worker.until("told of it when he signs in again", told("ready"))
}
