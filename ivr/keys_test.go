package ivr_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hotline/ivr"
	"hotline/ivr/codes"
	"hotline/queues"
	"hotline/telephony"
	"hotline/telephony/memory"
	"hotline/tickets"
)

// obeyed is what agents have ordered by codes, in order.
type obeyed struct {
	mu  sync.Mutex
	all []string
}

func (o *obeyed) told() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Join(o.all, ", ")
}

// byCodes has codes of agents carried out: 102 is clara, 600 the queue support, and anything else is somebody outside.
func byCodes() (*obeyed, func(*house)) {
	o := &obeyed{}
	return o, func(h *house) {
		h.options.Codes = codes.Usual()
		h.options.Obey = func(ctx context.Context, agent queues.AgentID, call telephony.CallID, order ivr.Order) error {
			o.mu.Lock()
			o.all = append(o.all, strings.TrimSpace(string(agent)+" "+string(order.Do)+" "+order.To))
			o.mu.Unlock()
			to := ivr.Consult{Number: full("+" + order.To)}
			switch order.To {
			case "102":
				to = ivr.Consult{Agent: "clara"}
			case "600":
				to = ivr.Consult{Queue: "support"}
			}
			switch order.Do {
			case ivr.OrderConsult:
				return h.line.Consult(ctx, call, agent, to)
			case ivr.OrderTransfer:
				return h.line.Transfer(ctx, call, agent, ivr.Transfer(to))
			case ivr.OrderSwap:
				return h.line.Swap(ctx, call, agent)
			case ivr.OrderJoin:
				return h.line.Join(ctx, call, agent)
			case ivr.OrderTakeBack:
				return h.line.TakeBack(ctx, call, agent)
			case ivr.OrderComplete:
				return h.line.Complete(ctx, call, agent)
			case ivr.OrderResume:
				return h.line.Resume(ctx, call, agent)
			case ivr.OrderPause:
				return h.line.Record(ctx, call, ivr.PauseRecording, "agent", string(agent))
			case ivr.OrderGoOn:
				return h.line.Record(ctx, call, ivr.GoOnRecording, "agent", string(agent))
			case ivr.OrderRecord:
				return h.line.Record(ctx, call, ivr.StartRecording, "agent", string(agent))
			case ivr.OrderUnrecord:
				return h.line.Record(ctx, call, ivr.StopRecording, "agent", string(agent))
			}
			return errors.New("no such order")
		}
	}
}

// tones are how often a phone has heard that a code was heard, and that it was wrong.
func tones(p *memory.Phone) (heard, wrong int) {
	for _, h := range p.Hears() {
		switch {
		case strings.Contains(h.String(), "error"):
			wrong++
		case strings.Contains(h.String(), "beep"):
			heard++
		}
	}
	return heard, wrong
}

// types lets somebody type, and what follows be done.
func types(p interface{ Type(digits string) }, keys string) {
	p.Type(keys)
	later(time.Second)
}

// TestAgentDoesAllOfAConsultationByCodes: with a colleague and with somebody outside, and the caller hears no key of it.
func TestAgentDoesAllOfAConsultationByCodes(t *testing.T) {
	for _, agent := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			done, codes := byCodes()
			h := open(t, codes)
			c, anna := h.talks()
			w := &consultation{house: h, c: c, anna: anna, agent: agent, asked: h.sw.Outside(full(elsewhere))}
			to := strings.TrimPrefix(elsewhere, "+")
			if agent {
				w.asked, to = h.comes("clara"), "102"
			}
			types(anna, "*1"+to+"#")
			w.hear("", "C")
			w.shows(ivr.AskedRings, "")
			types(anna, "*1")
			if heard, wrong := tones(anna); heard != 1 || wrong != 1 {
				t.Errorf("anna has heard %d tones, and %d for what was wrong", heard, wrong)
			}
			w.asked.Answer()
			later(2 * time.Second)
			w.hear("AT", "C")
			types(anna, "*1")
			w.hear("CA", "T")
			types(w.asked, "77") // nobody is there
			types(anna, "*3")
			w.hear("CAT", "")
			types(w.asked, "*0*2")
			w.hear("CAT", "")
			types(anna, "*0")
			w.hear("CA", "")
			w.shows("", "")
			w.told(tickets.ConsultTakenBack)
			if got := c.Typed(); (got != "*0*2" || !agent) && (got != "" || agent) {
				t.Errorf("the customer got %q; no codes of anna's, and the keys of a colleague who is asked", got)
			}
			want := "anna consult " + to + ", anna swap, anna swap, anna join, anna take_back"
			if got := done.told(); got != want {
				t.Errorf("done was %s, not %s", got, want)
			}
			anna.Hangup()
			later(time.Minute)
			h.endedAs(c, tickets.Served)
		})
	}
}

// TestAgentPassesTheCallerOnByCodes: blind to a queue, and after a consultation; who has the caller then may go on with codes.
func TestAgentPassesTheCallerOnByCodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		done, codes := byCodes()
		h := open(t, codes)
		c, anna := h.talks()
		clara := h.comes("clara")
		types(anna, "*2600#")
		later(2 * time.Second)
		if anna.State() != memory.Idle || clara.State() != memory.Ringing || c.HearsMusic() == "" {
			t.Fatalf("anna's phone is %s, clara's %s, and the customer hears music %q", anna.State(), clara.State(), c.HearsMusic())
		}
		clara.Answer()
		h.tell(queues.WrapUpFinished{Agent: "anna"})
		later(time.Second)
		there := h.sw.Outside(full("+777"))
		types(clara, "*1777#")
		there.Answer()
		later(2 * time.Second)
		types(clara, "*2")
		if clara.State() != memory.Idle || !c.HearsPhone(there) {
			t.Errorf("clara's phone is %s, and the customer hears who was asked %v", clara.State(), c.HearsPhone(there))
		}
		types(there, "*2600#")
		if got, want := done.told(), "anna transfer 600, clara consult 777, clara complete"; got != want {
			t.Errorf("done was %s, not %s", got, want)
		}
		there.Hangup()
		later(time.Minute)
		h.endedAs(c, tickets.Served)
	})
}

// TestOtherKeysOfTheAgentAreForWhoeverTheyTalkWith, as for a machine, and the caller's keys are codes of nobody.
func TestOtherKeysOfTheAgentAreForWhoeverTheyTalkWith(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		done, codes := byCodes()
		h := open(t, codes)
		c, anna := h.talks()
		got := func(want string) {
			t.Helper()
			if got := c.Typed(); got != want {
				t.Errorf("the customer got %q, not %q", got, want)
			}
		}
		types(anna, "12#")
		got("12#")
		types(anna, "*7")
		got("12#*7")
		types(anna, "*")
		got("12#*7")
		later(3 * time.Second)
		got("12#*7*")
		types(anna, "**4")
		got("12#*7**4")
		types(c, "*2600#*4*1102#")
		types(anna, "*110")
		later(10 * time.Second)
		got("12#*7**4")
		if _, wrong := tones(anna); wrong != 1 || done.told() != "" {
			t.Errorf("anna was told %d times that it was wrong, and done was %s", wrong, done.told())
		}
		h.holds(c)
		types(anna, "3") // nobody is there
		types(anna, "*0")
		h.isHeld(c, anna, false)
		got("12#*7**4")
		anna.Hangup()
		later(time.Minute)
		h.endedAs(c, tickets.Served)
		if h.log.text() != "" {
			t.Error(h.log.text())
		}
	})
}

// TestAgentPausesTheRecordingByACode, and lets it go on, by the right that the page gives; who may not hears so.
func TestAgentPausesTheRecordingByACode(t *testing.T) {
	for _, recorded := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			_, codes := byCodes()
			rule := ivr.RecordingRule{}
			if recorded {
				rule = always
			}
			r, records := records(rule)
			h := open(t, codes, records)
			c, anna := h.talks()
			types(anna, "*4")
			types(anna, "*4")
			heard, wrong := tones(anna)
			if told := r.told(); recorded != strings.Contains(told, "paused agent, went_on") || recorded != (heard == 2 && wrong == 0) || recorded == (wrong == 2) {
				t.Errorf("recorded %v: told is %q, tones %d, and wrong %d", recorded, told, heard, wrong)
			}
			anna.Hangup()
			later(time.Minute)
			h.endedAs(c, tickets.Served)
		})
	}
}

// TestAgentRecordsByACodeWhereTheQueueLeavesItToThem, and ends it by the same; what the queue's rule records, and what nobody may, stays as it is.
func TestAgentRecordsByACodeWhereTheQueueLeavesItToThem(t *testing.T) {
	for name, c := range map[string]struct {
		rule          ivr.RecordingRule
		once, twice   ivr.RecordingState
		heard, wrongs int
	}{
		"on demand": {ivr.RecordingRule{OnDemand: true}, ivr.IsRecording, ivr.NotRecording, 2, 0},
		"nobody":    {ivr.RecordingRule{}, ivr.NotRecording, ivr.NotRecording, 0, 2},
		"always":    {always, ivr.IsRecording, ivr.IsRecording, 0, 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			_, codes := byCodes()
			r, records := records(c.rule)
			h := open(t, codes, records)
			caller, anna := h.talks()
			types(anna, "*5")
			h.showsRecording(c.once)
			types(anna, "*5")
			h.showsRecording(c.twice)
			heard, wrong := tones(anna)
			if heard != c.heard || wrong != c.wrongs || strings.Contains(r.told(), "began agent") != (name == "on demand") {
				t.Errorf("%s: told is %q, tones %d, and wrong %d", name, r.told(), heard, wrong)
			}
			if got := caller.Typed(); got != "" {
				t.Errorf("%s: the caller hears %q", name, got)
			}
			anna.Hangup()
			later(time.Minute)
			h.endedAs(caller, tickets.Served)
		})
	}
}

// TestCodesGoOnAfterARestart, also where Hotline died between the keys of one.
func TestCodesGoOnAfterARestart(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		done, codes := byCodes()
		h := open(t, codes)
		c, anna := h.talks()
		types(anna, "*110")
		h.restarts(cause, time.Second, "anna")
		clara := h.comes("clara")
		types(anna, "*1102#")
		clara.Answer()
		later(2 * time.Second)
		if !anna.HearsPhone(clara) || c.HearsMusic() == "" {
			t.Errorf("done was %s", done.told())
		}
		types(anna, "*0")
		h.isHeld(c, anna, false)
		anna.Hangup()
		later(time.Minute)
		h.endedAs(c, tickets.Served)
	})
}

// TestWithoutObeyThereAreNoCodes: every key is for the other.
func TestWithoutObeyThereAreNoCodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, func(h *house) { h.options.Codes = codes.Usual() })
		c, anna := h.talks()
		types(anna, "*4")
		if got := c.Typed(); got != "*4" {
			t.Errorf("the customer got %q", got)
		}
		anna.Hangup()
		later(time.Minute)
		h.endedAs(c, tickets.Served)
	})
}
