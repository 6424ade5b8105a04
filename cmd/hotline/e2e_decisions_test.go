package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/agentapi/past"
	"hotline/cmd/hotline/config"
	"hotline/queues"
	"hotline/queues/words"
	"hotline/telephony"
)

func TestTheStoryOfACallSaysWhoWasOfferedItAndWhy(t *testing.T) {
	t.Parallel()
	olga := person("olga", "104")
	olga.Role, olga.Skills, olga.Phone, olga.PhoneSecret = "supervisor", nil, "", config.Secret{}
	s := raise(t, stageOptions{
		people: []config.Person{person("anna", "101"), person("boris", "102"), person("vera", "103"), olga},
		configure: func(c *config.Config) {
			for i := range c.Queues {
				c.Queues[i].OfferTimeout = 6 * time.Second
			}
		},
	})
	anna := s.agent("anna").ready()
	boris := s.agent("boris").ready()
	s.agent("vera")
	call := s.calls("+79160000001")
	s.chooses(call, "3")
	missed := anna.rings()
	offer := anna.until("offered", offered).Offer
	if offer.Why["ru"] == "" || !strings.HasPrefix(offer.Why["en"], "idle for longest (") || !strings.HasSuffix(offer.Why["en"], "of 2 who could take it") {
		t.Errorf("anna is told %q", offer.Why)
	}
	<-missed.Cancelled()
	talk := boris.answers()
	if why := boris.desk.Me().Call.Why; !strings.HasPrefix(why["en"], "nobody else is free; 1 not ready") {
		t.Errorf("boris is told %q", why)
	}
	want := []string{
		"offered Agent anna: idle for longest", "missed Agent anna: no answer in", "offered Agent boris: nobody else is free", "answered Agent boris: answered after",
	}
	found, err := s.signedIn("olga").Calls(t.Context(), "agent", "boris")
	if err != nil || len(found.Items) != 1 || found.Items[0].Call != offer.Call || found.Items[0].Agent.Name != "Agent boris" {
		t.Errorf("the call that boris is busy with is found as %+v, %v", found, err)
	}
	for who, want := range map[queues.AgentID][]string{"anna": want[:2], "boris": want[2:], "olga": want} { // agents hear nothing of each other
		story, err := s.signedIn(who).Decisions(t.Context(), offer.Call)
		if err != nil || !tells(story, want) || story.Partial || story.Agents != nil {
			t.Errorf("%s is told %+v, %v", who, story, err)
		}
	}
	if story, err := s.signedIn("olga").Decisions(t.Context(), offer.Call); err != nil || !strings.HasSuffix(story.Items[2].Words["en"], "; 1 not ready (Agent anna)") {
		t.Errorf("who was not ready when boris was offered it is not said: %+v, %v", story, err)
	}
	if _, err := s.signedIn("vera").Decisions(t.Context(), offer.Call); !client.IsProblem(err, agentapi.CodeNotFound) {
		t.Errorf("who was never offered it is told %v", err)
	}
	s.must(boris.inCall("call.hold"))
	boris.onHold()
	s.must(boris.inCall("call.resume"))
	boris.talking()
	s.hangsUp(talk)
	boris.finish("resolved")
	s.gone(call)
	s.nothingLeft()
	s.tellsTheCourse(offer.Call)
	if found, err := s.signedIn("olga").Calls(t.Context(), "ticket", string(offer.Pop.Ticket.Number)); err != nil || len(found.Items) != 1 || found.Items[0].Call != offer.Call {
		t.Errorf("the calls of the ticket are found as %+v, %v", found, err)
	}
	s.eventually("the story is in the database", func() error {
		var n int
		if err := s.query(`select count(*) from decisions`, &n); err != nil || n != len(want)+3 { // the hold, its end, and that of the talk
			return fmt.Errorf("%d decisions, %v", n, err)
		}
		return nil
	})
}

// tellsTheCourse asks everybody how the call went that anna missed and boris took.
func (s *stage) tellsTheCourse(call telephony.CallID) {
	s.t.Helper()
	course := func(id queues.AgentID) (file past.CallFile, err error) {
		return file, s.signedIn(id).Get(s.t.Context(), "/calls/"+string(call), &file)
	}
	kinds := func(id queues.AgentID) (all []string) {
		s.t.Helper()
		file, err := course(id)
		s.must(err)
		for _, step := range file.Steps {
			line := string(step.Kind)
			if step.Agent != nil {
				line += " " + string(step.Agent.ID) + " " + step.How
			}
			if step.Until == nil {
				s.t.Errorf("%s is told that %s lasts", id, line)
			}
			all = append(all, strings.TrimSpace(line))
		}
		return all
	}
	s.eventually("the wrap-up is in the database", func() error {
		file, err := course("olga")
		if err == nil && file.Disposition == "" {
			err = errors.New("it is not")
		}
		return err
	})
	want := []string{"flow", "queue", "ring anna missed", "ring boris answered", "talk boris", "hold boris", "wrap_up boris"}
	if got := kinds("olga"); !slices.Equal(got, want) {
		s.t.Errorf("the supervisor is told %q, want %q", got, want)
	}
	if got := kinds("boris"); !slices.Equal(got, slices.Delete(slices.Clone(want), 2, 3)) {
		s.t.Errorf("boris is told %q", got)
	}
	if _, err := course("vera"); !client.IsProblem(err, agentapi.CodeNotFound) {
		s.t.Errorf("who has nothing to do with it is told %v", err)
	}
	for who, n := range map[queues.AgentID]int{"olga": 1, "boris": 1, "anna": 0} {
		var found past.PastCalls
		if err := s.signedIn(who).Get(s.t.Context(), "/calls/past?number=0000001&outcome=served", &found); err != nil || len(found.Items) != n {
			s.t.Errorf("%s finds %+v, %v", who, found.Items, err)
		}
	}
}

func TestASupervisorSeesWhyNobodyTakesACall(t *testing.T) {
	t.Parallel()
	olga := person("olga", "104")
	olga.Role, olga.Skills, olga.Phone, olga.PhoneSecret = "supervisor", nil, "", config.Secret{}
	boris := person("boris", "102")
	delete(boris.Skills, "support")
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), boris, olga}})
	anna := s.agent("anna").ready()
	s.must(anna.desk.Command(t.Context(), "agent.not_ready", map[string]any{"reason": "lunch"}))
	s.agent("boris").ready()
	call := s.calls("+79160000001")
	s.chooses(call, "3")
	s.waiting(1)
	var id telephony.CallID
	s.eventually("the call is in the database", func() error { return s.query(`select id from contacts`, &id) })
	boss := s.signedIn("olga")
	if waits, err := boss.Calls(t.Context(), "", ""); err != nil || len(waits.Items) != 1 || waits.Items[0].Call != id || waits.Items[0].Queue != "support" {
		t.Errorf("who waits is listed as %+v, %v", waits, err)
	}
	story, err := boss.Decisions(t.Context(), id)
	s.must(err)
	var words []string
	for _, a := range story.Agents {
		words = append(words, a.Words["en"])
	}
	if want := []string{"Agent anna: not ready (lunch)", "Agent boris: lacks skills: Technical support ≥ 2"}; !slices.Equal(words, want) || len(story.Items) != 0 {
		t.Errorf("the supervisor is told %q, want %q; %+v", words, want, story.Items)
	}
	s.hangsUp(call)
	s.nothingLeft()
}

// tells says whether a story goes like this: each line is a kind and how its English sentence begins.
func tells(story agentapi.Story, want []string) bool {
	return slices.EqualFunc(story.Items, want, func(d agentapi.Decision, line string) bool {
		kind, begins, _ := strings.Cut(line, " ")
		return d.Kind == words.RecordKind(kind) && strings.HasPrefix(d.Words["en"], begins) && d.Words["ru"] != "" && (d.Agent != nil) == strings.HasPrefix(begins, "Agent ")
	})
}

func (s *stage) signedIn(id queues.AgentID) *client.Client {
	s.t.Helper()
	return s.signedInAt(s.pages(), s.person(id))
}

// signedInAt is signedIn for a Hotline in another process.
func (s *stage) signedInAt(pages string, p config.Person) *client.Client {
	s.t.Helper()
	c, err := client.SignIn(s.t.Context(), pages, p.Login, p.Password.Text())
	s.must(err)
	s.t.Cleanup(c.CloseIdle)
	return c
}
