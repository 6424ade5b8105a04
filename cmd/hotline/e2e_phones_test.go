package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/cmd/hotline/config"
	"hotline/queues"
	"hotline/telephony"
	"hotline/telephony/asterisk"
	"hotline/telephony/softphone"
)

// oddPhone is an agent's phone that does what it is told with each call: refuse it in some way, before or after it has rung, or answer
// it and let go. While it is told nothing, it rings as others do.
type oddPhone struct {
	mu    sync.Mutex
	early int
	how   softphone.Refusal
	calls int
}

func (p *oddPhone) says(early int, how softphone.Refusal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.early, p.how = early, how
}

func (p *oddPhone) called() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls
}

// options are those of the softphone.
func (p *oddPhone) options() softphone.Options {
	return softphone.Options{
		Early: func() int {
			p.mu.Lock()
			defer p.mu.Unlock()
			return p.early
		},
		Refuses: func() softphone.Refusal {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.calls++
			return p.how
		},
	}
}

// oddAgent is an agent with such a phone.
func (s *stage) oddAgent(id queues.AgentID) (*worker, *oddPhone) {
	s.t.Helper()
	p := &oddPhone{early: 180}
	return s.agentWith(id, p.options()), p
}

// endings counts the ends of offers that a desk was told.
func (w *worker) endings(how queues.Ending) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, a := range w.frames {
		if a.frame.Type == "offer."+string(how) {
			n++
		}
	}
	return n
}

// refusalOf is a phone's refusal with all that belongs to its code.
func refusalOf(code int) softphone.Refusal {
	switch code {
	case 300, 301, 302:
		return softphone.Elsewhere(code, "sip:*43@127.0.0.1")
	case 401, 407:
		return softphone.Challenge(code)
	default:
		return softphone.Refusal{Code: code}
	}
}

// Each row of the table in CONTRIBUTING.md, on a caller who waits on meanwhile, and is served by another at the end.
func TestEachResponseOfAPhoneLeavesAgentAndCallerAsTheTableSays(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102")}})
	anna, phone := s.oddAgent("anna")
	boris := s.agent("boris")
	n := 0
	try := func(code, early int, cause telephony.Cause) {
		t.Helper()
		n++
		what := fmt.Sprintf("%d after %d", code, early)
		ending, reason, atOnce := outcomeOf(cause)
		phone.says(early, refusalOf(code))
		before := anna.endings(ending)
		call := s.calls(fmt.Sprintf("+7916000%04d", 5000+n))
		s.chooses(call, "3")
		s.waiting(1)
		s.must(anna.desk.Command(t.Context(), "agent.ready", nil))
		s.eventually(what+": the offer ends as "+string(ending), func() error {
			if got := anna.endings(ending); got != before+1 {
				return fmt.Errorf("%d", got-before)
			}
			return nil
		})
		me := anna.until("idle after "+what, func(me agentapi.Me) bool { return me.Activity.State == "idle" && me.Offer == nil })
		want := "ready"
		if atOnce && reason != "" {
			want = "not_ready"
		}
		if me.Availability.State != want || want == "not_ready" && me.Availability.Reason != string(reason) {
			t.Errorf("%s: the agent is %+v, want %s (%s)", what, me.Availability, want, reason)
		}
		if want == "ready" {
			s.must(anna.desk.Command(t.Context(), "agent.not_ready", map[string]any{"reason": "break"}))
		}
		s.waiting(1)
		if n == 1 {
			s.hearsMusic(call)
		}
		if n%6 == 0 { // the others hang up
			s.must(boris.desk.Command(t.Context(), "agent.ready", nil))
			s.hangsUp(boris.answers())
			boris.finish("resolved")
			s.must(boris.desk.Command(t.Context(), "agent.not_ready", map[string]any{"reason": "break"}))
			s.gone(call)
		} else {
			s.hangsUp(call)
		}
		s.waiting(0)
	}
	for _, row := range asterisk.Responses {
		code := 499
		if row.Codes != nil {
			code = row.Codes[len(row.Codes)-1]
		}
		if code == 380 {
			code = 302
		}
		try(code, 0, row.AtOnce)
		try(code, 180, row.AfterRinging)
	}
	s.nothingLeft()
}

// A phone that refuses every call is its own fault and not the person's: others go first, and after three in a row it gets none.
func TestPhoneThatRefusesEachCallIsNotReadyAfterThreeAndOthersGoFirst(t *testing.T) {
	t.Parallel()
	for code, reason := range map[int]queues.Reason{503: queues.PhoneWasFailing, 302: queues.PhoneForwarded, 603: queues.PhoneDeclined} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			olga := config.Person{ID: "olga", Login: "olga", Name: "Olga", Role: "supervisor", Language: "en", Password: config.SecretOf("password-olga")}
			s := raise(t, stageOptions{
				people: []config.Person{person("anna", "101"), person("boris", "102"), olga},
				configure: func(c *config.Config) {
					for i := range c.Queues {
						c.Queues[i].WrapUp = 0
					}
				},
			})
			anna, phone := s.oddAgent("anna")
			phone.says(0, refusalOf(code))
			boris := s.agent("boris")
			anna.ready() // first: she is idle for longest
			boris.ready()
			serve := func(i int) {
				call := s.calls(fmt.Sprintf("+7916000%04d", 6000+i))
				s.chooses(call, "3")
				s.hangsUp(boris.answers())
				s.gone(call)
				boris.until("idle", func(me agentapi.Me) bool { return me.Activity.State == "idle" })
				if c := s.contact(fmt.Sprintf("+7916000%04d", 6000+i)); c.Outcome != "served" || c.Agent != "boris" {
					t.Errorf("the contact is %+v", c)
				}
			}
			for i := range 3 {
				serve(i)
			}
			if n := phone.called(); n != 1 {
				t.Errorf("of three calls %d went to the phone that fails", n)
			}
			s.must(boris.desk.Command(t.Context(), "agent.not_ready", map[string]any{"reason": "break"}))
			for i := range 2 {
				call := s.calls(fmt.Sprintf("+7916000%04d", 6010+i))
				s.chooses(call, "3")
				s.eventually("the phone is tried", func() error {
					if n := phone.called(); n != 2+i {
						return fmt.Errorf("%d times", n)
					}
					return nil
				})
				anna.until("idle", func(me agentapi.Me) bool { return me.Activity.State == "idle" })
				if i == 0 {
					s.hangsUp(call)
					s.waiting(0)
					continue
				}
				me := anna.until("not ready", func(me agentapi.Me) bool { return me.Availability.State == "not_ready" })
				if me.Availability.Reason != string(reason) {
					t.Errorf("not ready for %q", me.Availability.Reason)
				}
				s.wallSays(s.signedInAt(s.pages(), olga), anna.id, string(reason))
				s.waiting(1)
				s.hearsMusic(call)
				boris.ready()
				s.hangsUp(boris.answers())
				s.gone(call)
			}
			s.nothingLeft()
		})
	}
}

// wallSays waits until the wall shows for what reason an agent is not ready.
func (s *stage) wallSays(boss *client.Client, id queues.AgentID, reason string) {
	s.t.Helper()
	wall, err := boss.Stream(s.t.Context(), client.StreamOptions{Topics: []string{agentapi.TopicWall}})
	s.must(err)
	defer wall.Close()
	s.eventually("the wall says why", func() error {
		for _, a := range wall.Wall().Agents {
			if a.ID == id && a.Availability == "not_ready" && a.Reason == reason {
				return nil
			}
		}
		return fmt.Errorf("%+v", wall.Wall().Agents)
	})
}

// A phone that forwards its calls to the line's own number, or to another extension of the dialplan, makes no caller of it: there is one
// ticket for one call, and a restart finds nobody else.
func TestForwardingPhoneMakesNoGhostCallers(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{
		people:    []config.Person{person("anna", "101"), person("boris", "102")},
		configure: func(c *config.Config) { c.Listen = freeAddress(c.Listen) },
	})
	anna, phone := s.oddAgent("anna")
	boris := s.agent("boris")
	number := strings.TrimPrefix(s.house.asterisk.Number, "+")
	for i, to := range []string{number, "+" + number, "*43", "Local%2F" + number + "%40line"} {
		phone.says(180*(i%2), softphone.Elsewhere(302, "sip:"+to+"@127.0.0.1"))
		call := s.calls(fmt.Sprintf("+7916000%04d", 6200+i))
		s.chooses(call, "3")
		s.waiting(1)
		before := phone.called()
		s.must(anna.desk.Command(t.Context(), "agent.ready", nil))
		s.eventually("the phone is tried, and the offer is over", func() error {
			if n := phone.called(); n != before+1 || anna.endings(queues.OfferHasFailed) != i+1 {
				return fmt.Errorf("%d times", n-before)
			}
			return nil
		})
		s.must(anna.desk.Command(t.Context(), "agent.not_ready", map[string]any{"reason": "break"}))
		s.waiting(1)
		s.eventually("the caller's is the only channel", func() error {
			if all := s.list("/channels"); len(all) != 1 {
				return fmt.Errorf("%d are there", len(all))
			}
			return nil
		})
		if i == 0 {
			s.stop()
			s.begin()
			s.waiting(1)
			s.eventually("anna is back", func() error { return s.agentsAre(1) })
		}
		s.must(boris.desk.Command(t.Context(), "agent.ready", nil))
		s.hangsUp(boris.answers())
		boris.finish("resolved")
		s.must(boris.desk.Command(t.Context(), "agent.not_ready", map[string]any{"reason": "break"}))
		s.gone(call)
	}
	s.emptyAsterisk()
	var n int
	s.must(s.query(`select count(*) from contacts`, &n))
	if n != 4 {
		t.Errorf("4 calls are %d contacts", n)
	}
}

// TestPhoneIsNotToBlameWhenAsteriskEndsItsRinging: an operator does so at its console.
func TestPhoneIsNotToBlameWhenAsteriskEndsItsRinging(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}})
	anna := s.agent("anna").ready()
	customer := s.calls("+79160008901")
	s.chooses(customer, "3")
	first := anna.rings()
	var all []struct{ Name string }
	s.must(s.ariGet("/channels", &all))
	for _, c := range all {
		if strings.HasPrefix(c.Name, "PJSIP/101-") {
			_, err := s.house.asterisk.CLI(t.Context(), "channel request hangup "+c.Name)
			s.must(err)
		}
	}
	select {
	case <-first.Cancelled():
	case <-time.After(atOnce):
		t.Fatal("the phone rings on")
	}
	s.eventually("the offer has failed", func() error {
		if n := anna.endings(queues.OfferHasFailed); n != 1 {
			return fmt.Errorf("%d have", n)
		}
		return nil
	})
	talk := anna.answers()
	s.hearEachOther(customer, talk)
	s.hangsUp(talk)
	anna.finish("resolved")
	s.gone(customer)
	s.nothingLeft()
}

// agentsAre is an error where others than so many are signed in.
func (s *stage) agentsAre(n int) error {
	snapshot, err := s.service.acd.Snapshot(s.t.Context())
	if err == nil && len(snapshot.Agents) != n {
		err = fmt.Errorf("%d are signed in", len(snapshot.Agents))
	}
	return err
}
