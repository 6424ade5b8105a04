package ivr_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotline/ivr"
	"hotline/queues"
	"hotline/telephony"
	"hotline/telephony/memory"
	"hotline/tickets"
)

// The ways in which an agent lets somebody else have the caller, against what becomes of the phone that rings for it, against who hangs up
// when. Each cell of it is played, and one rule (see matrix.expect) says who hears whom after each step, and what the ticket tells.

const (
	blind     = "transfer"
	completes = "consult and complete"
	takesBack = "consult and take back"
	joins     = "conference"
	swaps     = "consult and swap"

	toColleague = "a colleague"
	toQueue     = "a queue"
	toOutside   = "a number outside"

	itAnswers  = "answers"
	isBusy     = "is busy"
	misses     = "misses"
	declines   = "declines"
	unreached  = "cannot be reached"
	goesAway   = "goes while it rings"
	pageGoes   = "is a page that goes while it rings"
	caller     = "the caller"
	asker      = "the agent"
	target     = "the other"
	nobody     = "nobody"
	asAsked    = "in the moment in which they are asked"
	whileRings = "while it rings"
	whileAsked = "while they are asked"
	asAnswers  = "as it is answered"
	inTalk     = "in the talk after it"
)

// matrix is one cell, as it is played, and what should be so.
type matrix struct {
	*consultation
	way, to, does, who, when string

	state              string // who hears whom, as consultation.hear has it: "CA", "AT♪C", "CA♪T"; "♪C" waits, or is on hold; "" is over
	sent               bool   // the caller waits, for they were sent on
	rings              bool   // a phone does, that of who is asked
	transfers, consult int    // which the ticket tells
	outcome            tickets.Outcome
}

func TestWhoIsPassedOnHearsWhoTheyShould(t *testing.T) {
	for _, way := range []string{blind, completes, takesBack, joins, swaps} {
		for _, to := range []string{toColleague, toQueue, toOutside} {
			for _, does := range []string{itAnswers, isBusy, misses, declines, unreached, goesAway, pageGoes} {
				for _, who := range []string{nobody, caller, asker, target} {
					for _, when := range []string{asAsked, whileRings, asAnswers, whileAsked, inTalk} {
						if who == nobody && when != whileRings || who == target && when != inTalk && when != whileAsked || when == whileAsked && (way == blind || does != itAnswers) || (does == goesAway || does == pageGoes) && to == toOutside || when == asAnswers && does != itAnswers ||
							when == asAsked && who == asker && (does == isBusy || does == unreached) {
							continue // there is no such cell, another is the same, or it is one of two in no order: what comes of the phone, and the agent's end
						}
						t.Run(strings.Join([]string{way, to, does, who, when}, ", "), func(t *testing.T) {
							synctest.Test(t, func(t *testing.T) {
								(&matrix{way: way, to: to, does: does, who: who, when: when}).play(open(t, twoQueues))
							})
						})
					}
				}
			}
		}
	}
}

func (m *matrix) play(h *house) {
	c, anna := h.talks()
	m.consultation = &consultation{house: h, c: c, anna: anna, agent: m.to != toOutside}
	m.state, m.outcome = "CA", tickets.Served
	if m.agent {
		m.asked = h.sw.Phone("clara")
	} else {
		m.asked = h.sw.Outside(full(elsewhere))
	}
	other := m.arrange()
	m.ask()
	if m.when == asAsked {
		m.hangsUp()
	}
	later(time.Second)
	m.check("asked")
	if m.when == whileRings {
		m.hangsUp()
		later(2 * time.Second)
	}
	m.reacts()
	if later(offerTime + 10*time.Second); !m.agent { // rings for longer than a wrap-up lasts
		later(30 * time.Second)
		m.givenBack()
	}
	m.check("the phone has rung")
	if m.when == whileAsked {
		m.hangsUp()
		later(2 * time.Second)
		m.check("hung up while they are asked")
	}
	m.goesOn()
	later(time.Second)
	m.check("decided")
	if m.when == inTalk {
		m.hangsUp()
		later(2 * time.Second)
	}
	m.check("hung up")
	later(time.Minute) // wrap-ups are over
	m.givenBack()
	m.check("in the end")
	c.Hangup()
	if m.state == "CAT" || m.state == "CA♪T" {
		m.state = "AT"
	}
	if m.state == "AT" { // they have the line to themselves until one of them hangs up
		if m.to == toQueue {
			m.asked.Hangup()
		} else {
			m.anna.Hangup()
		}
		m.state = ""
		later(time.Second)
		m.check("one of them has hung up")
	}
	if other != nil {
		other.Hangup()
	}
	later(2 * time.Minute)
	m.left()
}

// givenBack is what follows when nobody has taken a caller who was sent on, and who sent them is free: a queue alone does not come back to them
// while others of it talk.
func (m *matrix) givenBack() {
	if othersTalk := m.to == toQueue && m.does == isBusy && m.who != target; m.state == "♪C" && m.sent && !othersTalk {
		m.state, m.outcome, m.sent = "CA", tickets.Served, false
	}
}

// arrange makes whoever is asked ready, with a phone that is as the cell has it.
func (m *matrix) arrange() (other *memory.Customer) {
	if m.does == unreached {
		m.asked.Reachable(false)
	}
	if m.agent {
		m.comes("clara")
	}
	if m.does != isBusy {
		return nil
	}
	if m.agent {
		m.asked.Answers(time.Second)
		other = m.from(full("+79990000001"), "3")
	} else {
		m.comes("boris")
		m.sw.Phone("boris").Answers(time.Second)
		other = m.from(full("+79990000001"), "3")
		m.asked.Answers(time.Second)
		if err := m.line.Transfer(m.Context(), other.ID(), "boris", ivr.Transfer{Number: full(elsewhere)}); err != nil {
			m.Error(err)
		}
		later(2 * time.Second)
		m.tell(queues.AgentSignedOut{Agent: "boris"})
	}
	if !other.HearsPhone(m.asked) {
		m.Error("who is asked is not busy")
	}
	m.asked.Ignores()
	return other
}

// ask begins it.
func (m *matrix) ask() {
	id := m.c.ID()
	q, a, n := queues.QueueID(""), queues.AgentID(""), telephony.Number{}
	switch m.to {
	case toColleague:
		a = "clara"
	case toQueue:
		q = "billing"
	default:
		n = full(elsewhere)
	}
	if m.way == blind {
		if err := m.line.Transfer(m.Context(), id, "anna", ivr.Transfer{Queue: q, Agent: a, Number: n}); err != nil {
			m.Error(err)
		}
		m.sendsOn()
		return
	}
	err := m.line.Consult(m.Context(), id, "anna", ivr.Consult{Queue: q, Agent: a, Number: n})
	switch {
	case m.agent && (m.does == isBusy):
		if !errors.Is(err, queues.ErrNotReady) {
			m.Errorf("who is busy is asked: %v", err)
		}
	case err != nil:
		m.Error(err)
	default:
		m.state, m.consult = "♪C", 1
		m.rings = m.does != isBusy && m.does != unreached // otherwise it is over at once
	}
}

// sendsOn is what follows when the caller is sent on.
func (m *matrix) sendsOn() {
	m.state, m.sent, m.outcome = "♪C", true, tickets.AbandonedInQueue
	m.rings = m.does != isBusy && m.does != unreached
	if m.agent && m.rings {
		m.outcome = tickets.AbandonedRinging
	}
	m.transfers++
}

// reacts is what becomes of the phone that rings, where it rings.
func (m *matrix) reacts() {
	if m.state != "♪C" || !m.rings {
		return
	}
	if m.sent && m.does != itAnswers {
		m.outcome = tickets.AbandonedInQueue
	}
	switch m.does {
	case itAnswers:
		m.asked.Answer()
		if m.when == asAnswers {
			m.hangsUp()
		}
		m.answered()
	case declines:
		m.asked.Decline()
	case goesAway:
		m.tell(queues.AgentSignedOut{Agent: "clara"})
	case pageGoes:
		seated(m.house, "clara", new(bool))
		m.asked.Refuse(telephony.CauseUnreachable, 410)
	}
	m.rings = false
}

// answered is what follows when the phone is answered.
func (m *matrix) answered() {
	switch {
	case m.state == "":
	case m.sent:
		m.state, m.sent, m.outcome = "CT", false, tickets.Served
		if !m.agent {
			m.outcome = tickets.SentOn
		}
	case m.state == "♪C":
		m.state = "AT♪C"
	}
}

// goesOn is what the agent decides then.
func (m *matrix) goesOn() {
	if m.way == blind || m.state == "" || m.sent || m.state == "CT" {
		return
	}
	verb := map[string]func(context.Context, telephony.CallID, queues.AgentID) error{completes: m.line.Complete, takesBack: m.line.TakeBack, joins: m.line.Join, swaps: m.line.Swap}[m.way]
	err := verb(m.Context(), m.c.ID(), "anna")
	if m.state != "AT♪C" {
		if want := map[bool]error{true: ivr.ErrTalkOver, false: ivr.ErrNotConsulting}[m.state == "AT"]; !errors.Is(err, want) {
			m.Errorf("with nobody who was asked, or without the caller: %v", err)
		}
		if m.state == "♪C" {
			m.resumes(m.c)
			m.state = "CA"
		}
		return
	}
	if err != nil {
		m.Error(err)
	}
	m.state = map[string]string{completes: "CT", takesBack: "CA", joins: "CAT", swaps: "CA♪T"}[m.way]
	if m.way == completes {
		m.transfers++
	}
}

func (m *matrix) hangsUp() {
	switch m.who {
	case caller:
		m.c.Hangup()
		if m.sent = false; m.state == "AT♪C" || m.state == "CAT" || m.state == "CA♪T" {
			m.state = "AT"
		} else {
			m.state = ""
		}
	case asker:
		m.anna.Hangup()
		switch {
		case m.state == "CA":
			m.state = ""
		case m.state == "CAT", m.state == "AT♪C", m.state == "CA♪T":
			m.state = "CT"
			m.transfers++
		case m.state == "♪C" && !m.sent && !m.rings:
			m.state = ""
		case m.state == "♪C" && !m.sent:
			m.sendsOn()
		}
	case target:
		m.asked.Hangup()
		switch m.state {
		case "CT":
			m.state = ""
		case "CAT", "CA♪T":
			m.state = "CA"
		case "AT♪C":
			m.state = "♪C"
		}
	}
}

// check compares what is so with what should be.
func (m *matrix) check(when string) {
	m.Helper()
	if m.Failed() {
		return
	}
	together, music, _ := strings.Cut(m.state, "♪")
	m.hear(together, music)
	for _, p := range []*memory.Phone{m.anna, m.asked} {
		if m.state == "" && m.does != isBusy && p.State() != memory.Idle {
			m.Errorf("a phone is %s", p.State())
		}
	}
	if m.Failed() {
		m.Errorf("%s: it should be %q; the desks were shown %s\n%s\n%s", when, m.state, m.desk.story(), heard(m.c), m.log.text())
	}
}

// left checks that nothing is left, and what the ticket tells.
func (m *matrix) left() {
	m.endedAs(m.c, m.contact(m.c).Outcome)
	s := m.snapshot()
	for _, a := range s.Agents {
		if a.Activity != queues.Idle || a.Request != "" {
			m.Errorf("in the router %s is left as %+v", a.ID, a)
		}
	}
	open := map[string]string{}
	for _, what := range strings.Split(m.desk.story(), ", ") {
		kind, who, _ := strings.Cut(what, " ")
		switch kind {
		case "talking", "consulting":
			open[who] = kind
		case "ended":
			delete(open, who)
		case "consulted":
			if open[who] == "consulting" {
				delete(open, who)
			}
		}
	}
	if len(open) > 0 {
		m.Errorf("on desks is left %v; %s", open, m.desk.story())
	}
	m.store.mu.Lock()
	defer m.store.mu.Unlock()
	transfers, consults := 0, []string{}
	for _, f := range m.store.facts {
		if f.Contact != tickets.OfCall(m.c.ID()) {
			continue
		}
		switch e := f.Event.(type) {
		case tickets.Transferred:
			transfers++
		case tickets.Consulted:
			consults = append(consults, e.How)
		}
	}
	if transfers != m.transfers || len(consults) != m.consult {
		m.Errorf("the ticket tells of %d transfers and of consultations that ended as %q, not of %d and %d", transfers, consults, m.transfers, m.consult)
	}
	passed := m.when == asAnswers && m.who == asker && m.outcome == tickets.SentOn // or else they were asked again, as a number outside
	early := m.when == asAsked && m.outcome.Abandoned()                            // it is in no order whether the phone rang then
	if got := m.contact(m.c).Outcome; got != m.outcome && !(passed && got == tickets.Served) && !(early && got.Abandoned()) {
		m.Errorf("the call ended as %s, not as %s", got, m.outcome)
	}
}
