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

// round is who may hear each other in a call: each hums a tone of their own.
type round struct {
	s     *stage
	calls map[string]*softphone.Call // by a letter: C the customer, A who asks, T who is asked
}

// keeps is a phone that keeps what is heard on it, for longer than a call of a test lasts on a busy machine.
var keeps = softphone.Options{Keep: 10 * time.Minute}

var hums = map[string]int{"C": 620, "A": 440, "T": 930, "F": 1250}

func (r *round) comes(who string, c *softphone.Call) {
	r.s.t.Helper()
	r.calls[who] = c
	r.s.must(c.PlayTone(hums[who]))
}

// hear waits until those who are together hear each other, and nobody else, and those on hold hear music, and nobody.
func (r *round) hear(together, onHold string) {
	r.s.t.Helper()
	in := func(all, who string) bool {
		for _, c := range all {
			if string(c) == who {
				return true
			}
		}
		return false
	}
	from, began := map[string]int{}, time.Now()
	for who, c := range r.calls {
		from[who] = len(c.Sound())
	}
	r.s.eventually(fmt.Sprintf("%s hear each other, and %q music", together, onHold), func() error {
		for who, c := range r.calls {
			all := c.Sound()
			sound := all[max(from[who], len(all)-4000):]
			hears := in(onHold, who) || in(together, who) && len(together) > 1
			if hears && len(sound) < 4000 || !hears && time.Since(began) < time.Second { // to who is alone in a bridge nothing is sent
				return fmt.Errorf("%s has heard only %d samples", who, len(sound))
			}
			for other, hertz := range hums {
				if other == who || r.calls[other] == nil {
					continue
				}
				want := in(together, who) && in(together, other)
				if share := hummed(sound, hertz); want && share < 0.7 || !want && share > 0.25 { // music has a tone now and then
					return fmt.Errorf("%s hears %s in %.0f %% of the time", who, other, 100*share)
				}
			}
			if in(onHold, who) && audible(sound) < 0.3 {
				return fmt.Errorf("%s hears no music", who)
			}
		}
		return nil
	})
}

// hummed is in how much of a sound there is a tone.
func hummed(sound []int16, hertz int) float64 {
	const frame = 160
	n, with := 0, 0
	for ; len(sound) >= frame; sound = sound[frame:] {
		n++
		if power, _ := powerAt(sound[:frame], float64(hertz)); power/frame > 5000*5000/2 {
			with++
		}
	}
	return float64(with) / float64(max(1, n))
}

func audible(sound []int16) float64 {
	loud := 0
	for _, v := range sound {
		if v > 200 || v < -200 {
			loud++
		}
	}
	return float64(loud) / float64(max(1, len(sound)))
}

// command gives an agent's command about their call.
func (w *worker) command(name string, more map[string]any) error {
	data := map[string]any{"call": w.desk.Me().Call.ID}
	for k, v := range more {
		data[k] = v
	}
	return w.desk.Command(w.s.t.Context(), name, data)
}

// asks waits until the page of who asks shows what is with who is asked.
func (w *worker) asks(state string) agentapi.Asked {
	w.s.t.Helper()
	me := w.until("asks: "+state, func(me agentapi.Me) bool {
		return me.Call != nil && me.Call.Asked != nil && me.Call.Asked.State == state
	})
	return *me.Call.Asked
}

// TestAgentAsksAColleagueAndPassesTheCallerOn: who hears whom in each state of it, also when Hotline is killed, and what page, wall, figures and
// ticket tell of it.
func TestAgentAsksAColleagueAndPassesTheCallerOn(t *testing.T) {
	t.Parallel()
	s, p, boss := transferStage(t)
	anna := s.agentOf(p.pages, s.person("anna"), keeps).ready()
	customer := s.calls("+79160009511")
	s.chooses(customer, "3")
	talk := anna.answers()
	r := &round{s, map[string]*softphone.Call{}}
	r.comes("C", customer)
	r.comes("A", talk)
	r.hear("CA", "")
	to := map[string]any{"agent": "boris", "note": "можно ли вернуть плату"}
	if err := anna.command("call.consult", to); !client.IsProblem(err, agentapi.CodeNotFree) {
		t.Errorf("who is not there is asked: %v", err)
	}
	if err := anna.command("call.swap", nil); !client.IsProblem(err, agentapi.CodeNotConsulting) {
		t.Errorf("swapped with nobody: %v", err)
	}
	boris := s.agentOf(p.pages, s.person("boris"), keeps).ready()
	s.must(anna.command("call.consult", to))
	ringing := boris.rings()
	if pop := boris.until("offered", func(me agentapi.Me) bool { return me.Offer != nil }).Offer.Pop; pop.Asks == nil || pop.Asks.Agent != "Agent anna" || pop.Asks.Note != "можно ли вернуть плату" {
		t.Errorf("boris is told of who asks: %+v", pop.Asks)
	}
	r.hear("", "C")
	s.ringTone(talk, true)
	if err := anna.command("call.hold", nil); !client.IsProblem(err, agentapi.CodeConsulting) {
		t.Errorf("held while somebody is asked: %v", err)
	}
	asked, err := ringing.Answer(t.Context())
	s.must(err)
	r.comes("T", asked)
	anna.asks("talks")
	r.hear("AT", "C")
	s.ringTone(talk, false)
	since := anna.until("consulting", func(me agentapi.Me) bool { return me.Activity.State == "consulting" }).Activity.Since
	s.wallSees(boss, "anna", "consulting", since)
	if err := boris.command("call.hold", nil); !client.IsProblem(err, agentapi.CodeConflict) {
		t.Errorf("boris holds anna's caller: %v", err)
	}
	s.must(anna.command("call.swap", nil))
	r.hear("CA", "T")
	s.must(anna.command("call.join", nil))
	r.hear("CAT", "")
	s.must(anna.command("call.swap", nil))
	r.hear("AT", "C")

	p.kill()
	r.hear("AT", "C")
	p = s.respawn(p)
	anna.desk.Close()
	boris.desk.Close()
	anna.openDesk(p.pages, s.person("anna"))
	boris.openDesk(p.pages, s.person("boris"))
	anna.asks("talks")
	boris.until("asked", func(me agentapi.Me) bool {
		return me.Activity.State == "consulting" && me.Call != nil && me.Call.Consult && me.Call.Pop.Asks != nil
	})
	r.hear("AT", "C")
	s.must(anna.command("call.complete", nil))
	s.gone(talk)
	delete(r.calls, "A")
	r.hear("CT", "")
	if w := anna.until("wrap-up", func(me agentapi.Me) bool { return me.WrapUp != nil }).WrapUp; !w.SentOn {
		t.Errorf("the wrap-up of a caller who was passed on is %+v", w)
	}
	pop := boris.talking().Call
	if by := pop.Pop.Sender; pop.Consult || by == nil || by.Agent != "Agent anna" || by.Note != "можно ли вернуть плату" {
		t.Errorf("boris is told of who had the caller: %+v, %+v", pop, pop.Pop.Sender)
	}
	s.must(boris.command("call.hold", nil))
	boris.onHold()
	r.hear("", "C")
	s.must(boris.command("call.resume", nil))
	r.hear("CT", "")
	s.hangsUp(asked)
	boris.finish("resolved")
	s.gone(customer)
	for by, id := range map[string]string{"agent": "boris", "queue": pop.Pop.Queue.ID} {
		s.figures(boss, by, id, func(f agentapi.FiguresItem) bool {
			return f.Handled >= 1 && f.Abandoned == 0 && (by == "queue" && f.Answered == 1 || by == "agent" && f.Answered == 0)
		})
	}
	p.complete(1)
	var told int
	var agent string
	s.must(s.query(`select count(*) from facts where kind = 'call.consulted'`, &told))
	s.must(s.query(`select agent_id from contacts`, &agent))
	if agent != "boris" || told != 1 {
		t.Errorf("the contact is %s's, and %d consultations are told", agent, told)
	}
	p.end()
}

// TestAgentAsksSomebodyOutside, who declines at first, and then answers; the agent goes back to the caller, asks again, and leaves them
// together by hanging up.
func TestAgentAsksSomebodyOutside(t *testing.T) {
	t.Parallel()
	const number = "+79160009598"
	s, p, _ := transferStage(t)
	anna := s.agentOf(p.pages, s.person("anna"), keeps).ready()
	customer := s.calls("+79160009512")
	s.chooses(customer, "3")
	talk := anna.answers()
	elsewhere, err := s.exchange.Phone(softphone.Options{User: number, Keep: keeps.Keep})
	s.must(err)
	rings := func() *softphone.Ringing {
		t.Helper()
		s.must(anna.command("call.consult", map[string]any{"number": number}))
		soon, cancel := context.WithTimeout(t.Context(), atOnce)
		defer cancel()
		r, err := elsewhere.Incoming(soon)
		s.must(err)
		return r
	}
	r := &round{s, map[string]*softphone.Call{}}
	r.comes("C", customer)
	r.comes("A", talk)
	declined := rings()
	s.ringTone(talk, true)
	declined.Reject(603)
	if over := anna.asks("over"); over.How != "declined" || over.Number != number {
		t.Errorf("anna is told: %+v", over)
	}
	r.hear("", "C")
	there, err := rings().Answer(t.Context())
	s.must(err)
	r.comes("T", there)
	r.hear("AT", "C")
	s.must(anna.command("call.take_back", nil))
	s.gone(there)
	delete(r.calls, "T")
	r.hear("CA", "")
	there, err = rings().Answer(t.Context())
	s.must(err)
	r.comes("T", there)
	r.hear("AT", "C")
	s.hangsUp(there)
	if over := anna.asks("over"); over.How != "left" {
		t.Errorf("anna is told: %+v", over)
	}
	delete(r.calls, "T")
	r.hear("", "C")
	there, err = rings().Answer(t.Context())
	s.must(err)
	r.comes("T", there)
	r.hear("AT", "C")
	anna.asks("talks")
	s.must(anna.command("call.join", nil))
	r.hear("CAT", "")
	s.hangsUp(talk)
	delete(r.calls, "A")
	r.hear("CT", "")
	anna.finish("follow_up")
	p.kill()
	r.hear("CT", "")
	p = s.respawn(p)
	r.hear("CT", "")
	s.hangsUp(there)
	s.gone(customer)
	s.eventually("the contact has its end", func() error {
		var told int
		if err := s.query(`select count(*) from facts where kind = 'call.consulted'`, &told); err != nil {
			return err
		}
		if told != 4 {
			return fmt.Errorf("%d consultations are told", told)
		}
		return nil
	})
	p.complete(1)
	p.end()
}

// TestCallerWhoHangsUpInAConsultationLeavesTheTwoToEachOther: they talk on, on the desk it stands why, and the wrap-up begins when one of them hangs
// up; so it is where all three have talked. While it rings it is over for all. Nothing is left.
func TestCallerWhoHangsUpInAConsultationLeavesTheTwoToEachOther(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102")}})
	anna, boris := s.agentWith("anna", keeps).ready(), s.agentWith("boris", keeps)
	for n, state := range []string{"answered", "joined", "rings"} {
		customer := s.calls(fmt.Sprintf("+7916000952%d", n))
		s.chooses(customer, "3")
		talk := anna.answers()
		boris.ready()
		s.must(anna.command("call.consult", map[string]any{"queue": "information"}))
		ringing := boris.rings()
		if state != "rings" {
			asked, err := ringing.Answer(t.Context())
			s.must(err)
			anna.asks("talks")
			r := &round{s, map[string]*softphone.Call{}}
			r.comes("A", talk)
			r.comes("T", asked)
			if state == "joined" {
				s.must(anna.command("call.join", nil))
				anna.until("joined", func(me agentapi.Me) bool { return me.Call != nil && len(me.Call.Guests) == 1 })
			}
			s.hangsUp(customer)
			anna.asks("alone")
			r.hear("AT", "")
			if err := anna.command("call.complete", nil); !client.IsProblem(err, agentapi.CodeConflict) && !client.IsProblem(err, agentapi.CodeNotYourCall) {
				t.Errorf("a caller who has gone is handed over: %v", err)
			}
			s.must(anna.command("call.hang_up", nil))
			s.gone(asked)
		} else {
			s.hangsUp(customer)
		}
		s.gone(talk)
		boris.until("free", func(me agentapi.Me) bool {
			return me.Activity.State == "idle" && me.Call == nil && me.Offer == nil && me.WrapUp == nil
		})
		s.must(boris.desk.Command(t.Context(), "agent.not_ready", map[string]any{"reason": "break"}))
		anna.finish("resolved")
		s.nothingLeft()
	}
}

// TestPageSaysThatTheCallerHasGoneWhileSomebodyIsAsked, also when it is loaded again, and the agent hangs up from it.
func TestPageSaysThatTheCallerHasGoneWhileSomebodyIsAsked(t *testing.T) {
	t.Parallel()
	browserIsThere(t)
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102")}})
	c := newCrowd(t, s.pages())
	anna := &worker{s: s, id: "anna"}
	var err error
	anna.phone, err = s.exchange.Phone(softphone.Options{User: "101", Secret: s.person("anna").PhoneSecret.Text(), Keep: keeps.Keep})
	s.must(err)
	s.must(anna.phone.Register(t.Context()))
	c.enters(s.person("anna"), "ru", "/desk")
	c.do("shift", hand{"who": "anna"})
	customer := s.calls("+79160009561")
	s.chooses(customer, "3")
	talk, err := anna.rings().Answer(t.Context())
	s.must(err)
	stands := func(id string, is hand) { t.Helper(); c.do("stands", hand{"who": "anna", "id": id, "is": is}) }
	stands("pop", hand{"stage": "talking"})
	boris := s.agentWith("boris", keeps).ready()
	for _, button := range []string{"transfer", "transfer-to-boris", "consult-send"} {
		c.do("clicks", hand{"who": "anna", "button": button})
	}
	asked, err := boris.rings().Answer(t.Context())
	s.must(err)
	stands("consult", hand{"state": "talks"})
	s.hangsUp(customer)
	stands("consult", hand{"state": "alone"})
	c.do("reload", hand{"who": "anna"})
	stands("consult", hand{"state": "alone"})
	s.hearEachOther(talk, asked)
	c.do("clicks", hand{"who": "anna", "button": "hang-up"})
	s.gone(asked)
	stands("wrap-up", hand{"final": "true"})
	c.unharmed()
	s.nothingLeft()
}

// TestNextHotlineKnowsTwoWhoTalkWithoutTheCaller: it finds them by the note on the agent's leg, shows who is with whom, and they go apart as ever. The contact
// had its end.
func TestNextHotlineKnowsTwoWhoTalkWithoutTheCaller(t *testing.T) {
	t.Parallel()
	s, p, _ := transferStage(t)
	anna, boris := s.agentOf(p.pages, s.person("anna"), keeps).ready(), s.agentOf(p.pages, s.person("boris"), keeps)
	customer := s.calls("+79160009551")
	s.chooses(customer, "3")
	talk := anna.answers()
	boris.ready()
	s.must(anna.command("call.consult", map[string]any{"agent": "boris"}))
	asked, err := boris.rings().Answer(t.Context())
	s.must(err)
	anna.asks("talks")
	r := &round{s, map[string]*softphone.Call{}}
	r.comes("A", talk)
	r.comes("T", asked)
	s.hangsUp(customer)
	anna.asks("alone")
	p.kill()
	r.hear("AT", "")
	p = s.respawn(p)
	r.hear("AT", "")
	anna.asks("alone")
	s.hangsUp(talk)
	s.gone(asked)
	anna.finish("resolved")
	p.complete(1)
	p.end()
}

// ringTone waits until a call has carried the ringing tone of 425 Hz, of which there is a second in five, for as long as that takes, or has not.
func (s *stage) ringTone(call *softphone.Call, want bool) {
	s.t.Helper()
	const period = 5 * 8000
	before := len(call.Sound())
	s.eventually(fmt.Sprintf("it is heard that it rings: %t", want), func() error {
		sound := call.Sound()[before:]
		if len(sound) < period {
			return fmt.Errorf("only %d samples are heard", len(sound))
		}
		if share := hummed(sound[len(sound)-period:], 425); share > 0.1 != want || share > 0.4 {
			return fmt.Errorf("the tone is in %.0f %% of the time", 100*share)
		}
		return nil
	})
}

// TestWhoIsAskedHangsUpFromThePageAndTheCallerStays on hold with who asked.
func TestWhoIsAskedHangsUpFromThePageAndTheCallerStays(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102")}})
	anna := s.agent("anna").ready()
	customer := s.calls("+79160009531")
	s.chooses(customer, "3")
	talk := anna.answers()
	boris := s.agent("boris").ready()
	s.must(anna.command("call.consult", map[string]any{"agent": "boris"}))
	asked, err := boris.rings().Answer(t.Context())
	s.must(err)
	boris.until("asked", func(me agentapi.Me) bool { return me.Call != nil && me.Call.Consult })
	if anna.asks("talks").Since.IsZero() {
		t.Error("nobody knows since when they talk")
	}
	s.must(boris.command("call.hang_up", nil))
	s.gone(asked)
	if over := anna.asks("over"); over.How != "left" || over.Who != "Agent boris" {
		t.Errorf("anna is told: %+v", over)
	}
	s.must(anna.command("call.resume", nil))
	s.hearEachOther(customer, talk)
	s.hangsUp(customer)
	anna.finish("resolved")
	s.nothingLeft()
}

// TestCallerOfAnAgentWhoHangsUpWhileItRingsComesToWhoWasAsked, though Hotline is killed in it: they hear music, the phone rings anew,
// and the ticket tells of the transfer.
func TestCallerOfAnAgentWhoHangsUpWhileItRingsComesToWhoWasAsked(t *testing.T) {
	t.Parallel()
	s, p, _ := transferStage(t)
	anna, boris := s.agentAt(p.pages, s.person("anna")).ready(), s.agentAt(p.pages, s.person("boris"))
	customer := s.calls("+79160009541")
	s.chooses(customer, "3")
	talk := anna.answers()
	boris.ready()
	s.must(anna.command("call.consult", map[string]any{"agent": "boris", "note": "о возврате"}))
	boris.rings()
	s.waitsToMusic(customer)
	p.kill()
	s.hangsUp(talk)
	s.waitsToMusic(customer)
	p = s.respawn(p)
	second := boris.answers()
	s.hearEachOther(customer, second)
	if by := boris.talking().Call.Pop.Sender; by == nil || by.Agent != "Agent anna" || by.Note != "о возврате" {
		t.Errorf("boris is told of who had the caller: %+v", by)
	}
	s.hangsUp(second)
	boris.finish("resolved")
	s.gone(customer)
	p.complete(1)
	var transfers, asked int
	s.must(s.query(`select count(*) from facts where kind = 'call.transferred'`, &transfers))
	s.must(s.query(`select count(*) from facts where kind = 'call.consulted'`, &asked))
	if transfers != 1 || asked != 1 {
		t.Errorf("the ticket tells of %d transfers and %d consultations", transfers, asked)
	}
	p.end()
}
