package ivr_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/telephony/memory"
	"hotline/telephony/words"
	"hotline/tickets"
)

// surveys asks callers for a mark after the queue.
func surveys(h *house) {
	h.options.Flow.Nodes["support"] = after(h.options.Flow.Nodes["support"], "survey")
	h.options.Flow.Nodes["survey"] = flow.Node{Next: "bye", Kind: flow.Survey{
		Prompt: "rate_talk", Invalid: "invalid", Thanks: "rated", Title: words.Text{"ru": "Оценка", "en": "Rating"}, Highest: 5, Wait: 5 * time.Second, Tries: 2,
	}}
}

// marks are those that callers gave.
func (h *house) marks() (all []tickets.Surveyed) {
	h.store.mu.Lock()
	defer h.store.mu.Unlock()
	told := map[tickets.Key]bool{}
	for _, f := range h.store.facts {
		if e, is := f.Event.(tickets.Surveyed); is && !told[f.Key()] {
			all, told[f.Key()] = append(all, e), true
		}
	}
	return all
}

// TestServedCallerGivesAMark, also where Hotline was killed while they were asked; who types nothing that is a mark is asked twice, and comes to the end all the same. The talk
// is over before they are asked.
func TestServedCallerGivesAMark(t *testing.T) {
	for name, c := range map[string]struct {
		types  string
		killed bool
		marks  int
		heard  string
	}{
		"a mark":               {"4", false, 4, "ru hotline/rated\nru hotline/goodbye"},
		"a mark, after a kill": {"4", true, 4, "ru hotline/rated\nru hotline/goodbye"},
		"a mark, and a kill":   {"4", false, 4, "ru hotline/goodbye"},
		"no mark, and a mark":  {"71", false, 1, "ru hotline/rated\nru hotline/goodbye"},
		"nothing":              {"", false, 0, "ru hotline/rate_talk\nru hotline/goodbye"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, surveys)
				caller, anna := h.talks()
				later(20 * time.Second)
				anna.Hangup()
				over := time.Now()
				later(time.Second)
				if c.killed {
					h.restarts(memory.ErrCrashed, time.Second, "anna")
					h.resumed(1)
					later(time.Second)
				}
				for _, key := range c.types {
					caller.Type(string(key))
					if strings.HasSuffix(name, "and a kill") {
						later(time.Millisecond)
						h.restarts(memory.ErrCrashed, time.Second, "anna")
						h.resumed(1)
					}
					later(time.Second)
				}
				later(time.Minute)
				if contact := h.endedAs(caller, tickets.Served); contact.Agent.ID != "anna" {
					t.Errorf("the contact is %+v", contact)
				} else if talk, _ := contact.TalkTime(); !contact.AnsweredAt.Add(talk).Equal(over) {
					t.Errorf("they talked for %s from %s on, and not until %s", talk, contact.AnsweredAt, over)
				}
				if all := heard(caller); !strings.HasSuffix(all, c.heard) || strings.Contains(all, "invalid") != (len(c.types) > 1) {
					t.Errorf("the customer heard\n%s", all)
				}
				all := h.marks()
				if c.marks == 0 && len(all) == 0 {
					return
				}
				if len(all) != 1 || all[0].Mark != c.marks || all[0].Of != 5 || all[0].Agent.ID != "anna" || all[0].About["en"] != "Rating" {
					t.Errorf("the marks are %+v", all)
				}
			})
		})
	}
}

// TestMarkIsOfWhoTalkedWithTheCallerLast: of somebody outside it is nobody's. What the caller is asked makes no talk longer.
func TestMarkIsOfWhoTalkedWithTheCallerLast(t *testing.T) {
	for name, agent := range map[string]bool{"a colleague": true, "somebody outside": false} {
		for _, killed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, killed %t", name, killed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					h := open(t, surveys)
					w := h.answered(agent)
					w.do(h.line.Complete)
					over := time.Now() // anna's talk
					later(time.Minute)
					if killed {
						h.restarts(memory.ErrCrashed, time.Second, "anna", "clara")
						h.resumed(1)
					}
					w.asked.Hangup()
					of := ""
					if agent {
						of, over = "clara", time.Now()
					}
					later(4 * time.Second)
					w.c.Type("4")
					later(time.Minute)
					contact := h.endedAs(w.c, tickets.Served)
					if all := h.marks(); len(all) != 1 || all[0].Mark != 4 || all[0].Agent.ID != of {
						t.Errorf("the marks are %+v", all)
					}
					if talk, _ := contact.TalkTime(); contact.AnsweredAt.Add(talk).Sub(over).Abs() > time.Second {
						t.Errorf("they talked for %s from %s on, and not until %s", talk, contact.AnsweredAt, over)
					}
				})
			})
		}
	}
}

// TestWhoHasTalkedWithNobodyIsAskedForNoMark: nobody could serve them.
func TestWhoHasTalkedWithNobodyIsAskedForNoMark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, leadsTo(queues.Destination{Kind: queues.ToMessage}), surveys)
		c := h.arrives()
		later(5 * time.Second)
		h.endedAs(c, tickets.Refused)
		if all := heard(c); strings.Contains(all, "rate_talk") || !strings.HasSuffix(all, "ru hotline/goodbye") || len(h.marks()) > 0 {
			t.Errorf("the customer heard\n%s", all)
		}
	})
}
