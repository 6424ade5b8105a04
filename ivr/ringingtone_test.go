package ivr_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotline/queues"
	"hotline/telephony/memory"
)

// whileItRings are what may happen in one instant while anna asks clara, whose phone rings.
var whileItRings = []struct {
	name string
	does func(w *consultation)
}{
	{"it is answered", func(w *consultation) { w.asked.Answer() }},
	{"it is declined", func(w *consultation) { w.asked.Decline() }},
	{"anna takes the caller back", func(w *consultation) { go func() { _ = w.line.TakeBack(w.Context(), w.c.ID(), "anna") }() }}, // it may be over
	{"clara signs out", func(w *consultation) { w.tell(queues.AgentSignedOut{Agent: "clara"}) }},
	{"the caller hangs up", func(w *consultation) { w.c.Hangup() }},
	{"anna hangs up", func(w *consultation) { w.anna.Hangup() }},
}

// TestWhoAsksHearsTheRingingToneAsLongAsItRingsInWhateverOrder: two or three of the above come in one instant, in each order, with and without time in between for
// one of them to come to something, and before, in and after the moment in which a tone reminds anna of the caller on hold, which breaks into the ringing tone.
// Anna hears that it rings while it does, and not once it does not: the tone does not go on, nor does it begin again.
func TestWhoAsksHearsTheRingingToneAsLongAsItRingsInWhateverOrder(t *testing.T) {
	const remind = 12 * time.Second
	for _, order := range orders(whileItRings) {
		if len(order) > 3 {
			continue
		}
		var names []string
		for _, one := range order {
			names = append(names, one.name)
		}
		for _, settles := range []bool{false, true} {
			for _, when := range []time.Duration{-100 * time.Millisecond, 0, 100 * time.Millisecond} {
				synctest.Test(t, func(t *testing.T) {
					h := open(t, func(h *house) { h.options.HoldRemind = remind })
					w := h.consults(true)
					held := time.Now().Add(-time.Second)
					w.asked.Ignores()
					defer func() {
						if t.Failed() {
							t.Logf("settles %v, %v after the reminder: %s", settles, when, strings.Join(names, ", "))
						}
					}()
					later(time.Until(held.Add(remind + when)))
					for i, one := range order {
						if settles && i > 0 {
							synctest.Wait()
						}
						one.does(w)
					}
					for range 5 { // also the tones that say what has happened are over after the second one
						later(2 * time.Second)
						rings := w.anna.State() == memory.Talking && w.asked.State() == memory.Ringing
						if hears := w.anna.HearsMedia(); hears != rings {
							t.Errorf("anna hears something: %v; her phone is %s, and clara's is %s", hears, w.anna.State(), w.asked.State())
						}
					}
					w.c.Hangup()
					w.anna.Hangup()
					w.asked.Hangup()
					later(2 * time.Minute)
				})
			}
		}
	}
}
