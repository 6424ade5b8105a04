package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
)

// transferStage has anna and boris, who serve all queues, and Hotline in a process that can be killed.
func transferStage(t *testing.T) (*stage, *process, *client.Client) {
	t.Helper()
	olga := config.Person{ID: "olga", Login: "olga", Name: "Olga", Role: "supervisor", Language: "en", Password: config.SecretOf("password-olga")}
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102"), olga}, elsewhere: true})
	p := s.spawn()
	return s, p, s.signedInAt(p.pages, olga)
}

// TestCallerWhoIsSentToAnotherQueueTellsTheirStoryOnce: the caller hears music at once and through a kill, comes to the other agent though the sender is
// free as well, and the pop says who had them and what was noted. Each agent has handled one call.
func TestCallerWhoIsSentToAnotherQueueTellsTheirStoryOnce(t *testing.T) {
	t.Parallel()
	s, p, boss := transferStage(t)
	anna := s.agentAt(p.pages, s.person("anna")).ready()
	customer := s.calls("+79160009501")
	s.chooses(customer, "3")
	talk := anna.answers()
	s.hearEachOther(customer, talk)
	first := anna.talking().Call.Pop

	if err := anna.desk.Command(t.Context(), "call.transfer", map[string]any{"call": first.Call, "queue": "nowhere"}); !client.IsProblem(err, agentapi.CodeInvalid) {
		t.Errorf("sent to a queue that there is not: %v", err)
	}
	s.must(anna.desk.Command(t.Context(), "call.transfer", map[string]any{"call": first.Call, "queue": "subscribers", "note": "договор у мужа"}))
	s.gone(talk)
	s.waitsToMusic(customer)
	if w := anna.until("wrap-up", func(me agentapi.Me) bool { return me.WrapUp != nil }).WrapUp; !w.SentOn {
		t.Errorf("the wrap-up of a caller who was sent on is %+v", w)
	}
	p.kill()
	s.waitsToMusic(customer)
	p = s.respawn(p)
	s.waitsToMusic(customer)
	boris := s.agentAt(p.pages, s.person("boris")).ready()
	second := boris.answers()
	s.hearEachOther(customer, second)
	pop := boris.talking().Call.Pop
	if by := pop.Sender; by == nil || by.Agent != "Agent anna" || by.Note != "договор у мужа" || !by.At.After(by.Since) {
		t.Errorf("boris is told of who had the caller: %+v", by)
	}
	if pop.Queue.ID != "subscribers" || pop.Ticket.Number != first.Ticket.Number || !pop.WaitingSince.Equal(first.WaitingSince) {
		t.Errorf("boris' pop is %+v", pop)
	}
	s.hangsUp(second)
	boris.finish("resolved")
	s.gone(customer)
	for by, id := range map[string]string{"queue": "subscribers", "agent": "boris"} {
		s.figures(boss, by, id, func(f agentapi.FiguresItem) bool { return f.Answered == 1 && f.Handled == 1 && f.Abandoned == 0 })
	}
	p.complete(1)
	var told int
	s.must(s.query(`select count(*) from facts where kind = 'call.transferred'`, &told))
	var agent string
	s.must(s.query(`select agent_id from contacts`, &agent))
	if agent != "boris" || told != 1 {
		t.Errorf("the contact is %s's, and %d transfers are told", agent, told)
	}
	p.end()
}

// TestSenderDecidesNothingAboutTheTicketOfACallerWhoWasSentOn: their wrap-up keeps the note, whatever it says besides.
func TestSenderDecidesNothingAboutTheTicketOfACallerWhoWasSentOn(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102")}})
	anna := s.agent("anna").ready()
	customer := s.calls("+79160009502")
	s.chooses(customer, "3")
	talk := anna.answers()
	boris := s.agent("boris").ready()
	s.must(anna.desk.Command(t.Context(), "call.transfer", map[string]any{"call": anna.call(), "queue": "information", "note": "вопрос о дате"}))
	s.gone(talk)
	second := boris.answers() // anna is in wrap-up, and would not be asked first
	s.hearEachOther(customer, second)
	anna.finish("resolved")
	s.hangsUp(second)
	s.gone(customer)
	boris.finish("follow_up")
	s.eventually("the contact is as boris has left it", func() error {
		if c := s.contact("+79160009502"); c.Disposition != "follow_up" || c.Agent != "boris" {
			return fmt.Errorf("it is %+v", c)
		}
		return nil
	})
	s.nothingLeft()
}

// TestColleagueWhoDeclinesGivesTheCallerBackToTheSender: clara is asked, and nobody else; she declines, and the caller is with anna again, without
// silence in between. Who is busy cannot be chosen.
func TestColleagueWhoDeclinesGivesTheCallerBackToTheSender(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102"), person("clara", "103")}})
	anna := s.agent("anna").ready()
	customer := s.calls("+79160009503")
	s.chooses(customer, "3")
	talk := anna.answers()
	s.agent("boris").ready()
	clara := s.agent("clara")
	to := map[string]any{"call": anna.call(), "agent": "clara", "note": "просила вас"}
	if err := anna.desk.Command(t.Context(), "call.transfer", to); !client.IsProblem(err, agentapi.CodeNotFree) {
		t.Errorf("sent to a colleague who takes no calls: %v", err)
	}
	s.hearEachOther(customer, talk)
	clara.ready()
	s.must(anna.desk.Command(t.Context(), "call.transfer", to))
	s.gone(talk)
	ringing := clara.rings()
	s.waitsToMusic(customer)
	if pop := clara.until("offered", func(me agentapi.Me) bool { return me.Offer != nil }).Offer.Pop; pop.Sender == nil || pop.Sender.Note != "просила вас" {
		t.Errorf("clara is told of who had the caller: %+v", pop.Sender)
	}
	ringing.Reject(603)
	s.waitsToMusic(customer)
	anna.finish("follow_up")
	talk = anna.answers()
	s.hearEachOther(customer, talk)
	s.hangsUp(customer)
	anna.finish("resolved")
	s.nothingLeft()
}

// TestCallerIsSentToANumberOutsideAndTalksThereThroughAKill: they hear music while it rings, and the two hear each other, also when Hotline is killed.
func TestCallerIsSentToANumberOutsideAndTalksThereThroughAKill(t *testing.T) {
	t.Parallel()
	const number = "+79160009599"
	s, p, _ := transferStage(t)
	anna := s.agentAt(p.pages, s.person("anna")).ready()
	customer := s.calls("+79160009504")
	s.chooses(customer, "3")
	talk := anna.answers()
	s.hearEachOther(customer, talk)
	elsewhere, err := s.exchange.Phone(softphone.Options{User: number})
	s.must(err)
	s.must(anna.desk.Command(t.Context(), "call.transfer", map[string]any{"call": anna.call(), "number": number}))
	s.gone(talk)
	soon, cancel := context.WithTimeout(t.Context(), atOnce)
	defer cancel()
	rings, err := elsewhere.Incoming(soon)
	s.must(err)
	s.waitsToMusic(customer)
	there, err := rings.Answer(t.Context())
	s.must(err)
	s.hearEachOther(customer, there)
	anna.finish("follow_up")
	p.kill()
	s.hearEachOther(customer, there)
	p = s.respawn(p)
	s.hearEachOther(customer, there)
	s.hangsUp(there)
	s.gone(customer)
	var outcome string
	s.eventually("the contact has its end", func() error {
		return s.query(`select outcome from contacts where ended_at is not null`, &outcome)
	})
	if outcome != "sent_on" {
		t.Errorf("the call ended as %s", outcome)
	}
	p.end()
}

// waitsToMusic checks that a caller who waits hears music for a while.
func (s *stage) waitsToMusic(customer *softphone.Call) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), atOnce)
	defer cancel()
	if err := customer.HearsSound(ctx, time.Second); err != nil {
		s.t.Fatalf("the caller who waits hears no music: %v", err)
	}
}
