package asterisk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hotline/telephony"
)

// listened is an Asterisk as far as hearing asks it, with callers of whom something comes or not.
type listened struct {
	*hearing

	mu      sync.Mutex
	callers map[telephony.LegID]*caller
	asked   int
	failing bool
	late    time.Duration // each answer comes so late
}

// caller is somebody of whom something comes, as long as they send.
type caller struct {
	l       *listened
	leg     telephony.LegID
	sends   bool // sound
	reports bool
	holds   bool
	from    time.Time
	sound   time.Duration // that was sent in all
	at      time.Time     // when sends began
	trips   int
}

// listening runs a hearing of callers until the test ends.
func listening(t *testing.T, limit time.Duration) *listened {
	return listeningTo(t, func(r *requests, g *registry) *hearing { return hearCallers(Options{CallersLost: limit}, r, g) })
}

func listeningTo(t *testing.T, whom func(*requests, *registry) *hearing) *listened {
	o := Options{Deadline: 5 * time.Second}
	count := &counters{}
	r := newRequests(o, count)
	l := &listened{callers: make(map[telephony.LegID]*caller)}
	r.use(l)
	l.hearing = whom(r, newRegistry(newBridges(o, r)))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { l.run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	return l
}

// calls is a caller who comes on the line.
func (l *listened) calls() *caller {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := fmt.Sprintf("1700000000.%d", len(l.callers)+1)
	a := telephony.Arrival{ID: callID("test", id, time.Now()), Leg: telephony.LegID(id)}
	c := l.registry.add(telephony.NewCall(nil, a), a)
	c.served = true
	l.callers[a.Leg] = &caller{l: l, leg: a.Leg, from: time.Now()}
	return l.callers[a.Leg]
}

// speaks begins or ends the sound.
func (c *caller) speaks(on bool) {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	c.stop()
	c.sends, c.at = on, time.Now()
}

func (c *caller) stop() {
	if c.sends {
		c.sound += time.Since(c.at)
		c.at = time.Now()
	}
}

// presses begins or ends a hold by the caller's own key, which events may tell.
func (c *caller) presses(on, told bool) {
	c.l.mu.Lock()
	c.holds = on
	c.l.mu.Unlock()
	if told {
		c.l.registry.legHolds(c.leg, on)
	}
}

func (c *caller) hangsUp() {
	c.l.registry.legEnded(c.leg, telephony.CauseNormal)
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	delete(c.l.callers, c.leg)
}

// carry implements carrier.
func (l *listened) carry(ctx context.Context, _ uint32, q question) (answer, error) {
	l.mu.Lock()
	l.asked++
	failing, late := l.failing, l.late
	l.mu.Unlock()
	select {
	case <-time.After(late):
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
	if failing {
		return answer{}, errors.New("failing")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	what := strings.SplitN(strings.TrimPrefix(q.URI, "channels/"), "/", 2)
	leg, _, _ := strings.Cut(what[0], "?")
	c := l.callers[telephony.LegID(leg)]
	switch {
	case c == nil:
		return answer{Code: 404}, nil
	case q.Method == "DELETE":
		delete(l.callers, c.leg)
		l.registry.legEnded(c.leg, telephony.CauseNormal)
		return answer{Code: 204}, nil
	case strings.HasPrefix(what[1], "variable"):
		return answer{Code: 200, Body: fmt.Sprintf(`{"value":"%d"}`, map[bool]int{true: 1}[c.holds])}, nil
	}
	c.stop()
	if c.reports {
		c.trips++
	}
	return answer{Code: 200, Body: fmt.Sprintf(`{"txcount":%d,"rxcount":%d,"rxploss":%d,"rtt":%g,"local_normdevrxploss":%g}`,
		time.Since(c.from).Milliseconds()/20, c.sound.Milliseconds()/20, l.asked, float64(c.trips)/65536, 1/float64(l.asked))}, nil
}

// stays checks that a caller stays on the line for so long.
func (c *caller) stays(t *testing.T, d time.Duration) {
	t.Helper()
	time.Sleep(d)
	synctest.Wait()
	if !c.l.registry.knows(c.leg) {
		t.Errorf("who was to stay for %s was hung up", d)
	}
}

// isLost checks that a caller is hung up, as lost, not before and not long after the limit.
func (c *caller) isLost(t *testing.T) {
	t.Helper()
	c.l.registry.mu.Lock()
	leg := c.l.registry.legs[c.leg]
	c.l.registry.mu.Unlock()
	if leg == nil {
		t.Fatal("who was there is not any more")
	}
	c.stays(t, c.l.limit-time.Millisecond)
	time.Sleep(c.l.limit/2 + time.Second)
	synctest.Wait()
	if c.l.registry.knows(c.leg) {
		t.Fatalf("who has vanished is still there after %s", c.l.limit*3/2)
	}
	if !leg.lost {
		t.Error("who has vanished has hung up, it says")
	}
}

// TestOnlyWhoWasHeardBeforeHasVanished: who sends nothing at all hears us all the same, and a wrong verdict would cut them off.
func TestOnlyWhoWasHeardBeforeHasVanished(t *testing.T) {
	for what, happens := range map[string]func(t *testing.T, l *listened, c *caller){
		"never heard": func(t *testing.T, _ *listened, c *caller) { c.stays(t, time.Hour) },
		"heard, and silent": func(t *testing.T, _ *listened, c *caller) {
			c.speaks(true)
			c.stays(t, 10*time.Minute)
			c.speaks(false)
			c.isLost(t)
		},
		"heard late": func(t *testing.T, _ *listened, c *caller) {
			c.stays(t, 10*time.Minute)
			c.speaks(true)
			c.stays(t, time.Minute)
			c.speaks(false)
			c.isLost(t)
		},
		"heard before the first question": func(t *testing.T, l *listened, c *caller) {
			c.speaks(true)
			c.stays(t, time.Second)
			c.speaks(false)
			c.stays(t, l.limit/2-time.Second)
			c.isLost(t)
		},
		"silent for less than the limit, again and again": func(t *testing.T, _ *listened, c *caller) {
			for range 20 {
				c.speaks(true)
				c.stays(t, 6*time.Second)
				c.speaks(false)
				c.stays(t, 19*time.Second)
			}
		},
		"only reports": func(t *testing.T, l *listened, c *caller) {
			c.speaks(true)
			c.stays(t, time.Minute)
			l.set(func() { c.reports = true })
			c.speaks(false)
			c.stays(t, time.Hour)
			l.set(func() { c.reports = false })
			c.isLost(t)
		},
		"holds": func(t *testing.T, _ *listened, c *caller) {
			c.speaks(true)
			c.stays(t, time.Minute)
			c.presses(true, true)
			c.speaks(false)
			c.stays(t, time.Hour+13*time.Second)
			c.presses(false, true)
			c.isLost(t)
		},
		"holds since before Hotline was there": func(t *testing.T, _ *listened, c *caller) {
			c.speaks(true)
			c.stays(t, time.Second)
			c.presses(true, false)
			c.speaks(false)
			c.stays(t, time.Hour)
		},
		"Asterisk fails meanwhile": func(t *testing.T, l *listened, c *caller) {
			c.speaks(true)
			c.stays(t, time.Minute)
			c.speaks(false)
			c.stays(t, 15*time.Second)
			l.set(func() { l.failing = true })
			c.stays(t, 6*time.Second)
			l.set(func() { l.failing = false })
			c.stays(t, 19*time.Second)
			c.speaks(true)
			c.stays(t, time.Minute)
		},
		"Asterisk answers late": func(t *testing.T, l *listened, c *caller) {
			l.set(func() { l.late = 2 * time.Second })
			c.speaks(true)
			c.stays(t, time.Minute)
			c.speaks(false)
			c.stays(t, time.Hour)
		},
		"the caller hangs up": func(t *testing.T, _ *listened, c *caller) {
			c.speaks(true)
			c.stays(t, time.Minute)
			c.hangsUp()
			time.Sleep(time.Minute)
		},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := listening(t, 20*time.Second)
				happens(t, l, l.calls())
			})
		})
	}
}

// set changes what this Asterisk does.
func (l *listened) set(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
}

// questions is how often Asterisk was asked since the last time.
func (l *listened) questions() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.asked
	l.asked = 0
	return n
}

// TestShortCallsCostNoQuestions: each request counts where there are many calls.
func TestShortCallsCostNoQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := listening(t, 20*time.Second)
		for range 50 {
			c := l.calls()
			c.speaks(true)
			c.stays(t, 9900*time.Millisecond)
			c.hangsUp()
		}
		if n := l.questions(); n != 0 {
			t.Errorf("about 50 short calls Asterisk was asked %d times", n)
		}
		c := l.calls()
		c.speaks(true)
		c.stays(t, 10*time.Second)
		l.questions()
		c.stays(t, time.Minute)
		if n := l.questions(); n < 11 || n > 13 {
			t.Errorf("in a minute of a long call Asterisk was asked %d times", n)
		}
		c.hangsUp()
		c = l.calls()
		c.stays(t, 10*time.Second)
		l.questions()
		c.stays(t, time.Minute)
		if n := l.questions(); n < 2 || n > 4 {
			t.Errorf("in a minute of a call of which nothing comes Asterisk was asked %d times", n)
		}
	})
}

// TestQuestionsAboutManyCallersAreSpread: a burst of them would hold up what callers wait for.
func TestQuestionsAboutManyCallersAreSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := listening(t, 20*time.Second)
		for range 2000 {
			l.calls().speaks(true)
		}
		gone := l.calls()
		gone.speaks(true)
		gone.stays(t, 10*time.Second)
		for range 60 {
			l.questions()
			gone.stays(t, time.Second)
			if n := l.questions(); n > 101 {
				t.Fatalf("in a second Asterisk was asked %d times", n)
			}
		}
		gone.speaks(false)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if live := l.registry.live(); live != 2000 {
			t.Errorf("%d of 2000 callers who speak are there, or the one who does not", live)
		}
	})
}

// TestNobodyIsAskedAboutWhereItIsOff: with a negative limit.
func TestNobodyIsAskedAboutWhereItIsOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := listening(t, -1)
		l.calls().stays(t, time.Hour)
		if n := l.questions(); n != 0 {
			t.Errorf("Asterisk was asked %d times", n)
		}
	})
}

// TestPhoneThatDiesInItsFirstTalkIsNoticedWithin15Seconds: until it was heard, Asterisk does not judge it. Whenever it dies, somebody knows
// soon; and a talk of a few seconds costs nothing.
func TestPhoneThatDiesInItsFirstTalkIsNoticedWithin15Seconds(t *testing.T) {
	for died := 100 * time.Millisecond; died < 15*time.Second; died += 700 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			var heard atomic.Int32
			l := listeningTo(t, func(r *requests, g *registry) *hearing {
				return hearPhones(Options{LostAfter: 12 * time.Second}, r, g, func(l onLine) {
					if l.phone != "101" {
						t.Errorf("%q was heard", l.phone)
					}
					heard.Add(1)
				})
			})
			time.Sleep(died / 3) // so that the turns come at any time of the talk
			phone := l.calls()
			l.registry.mu.Lock()
			leg := l.registry.legs[phone.leg]
			leg.kind, leg.phone, leg.answered, leg.unjudged = dialledLeg, "101", true, true
			l.registry.mu.Unlock()
			phone.speaks(true)
			phone.stays(t, died)
			if n := l.questions(); died < 3*time.Second && n != 0 {
				t.Errorf("in a talk of %s Asterisk was asked %d times", died, n)
			}
			phone.speaks(false)
			phone.stays(t, 8*time.Second)
			time.Sleep(7 * time.Second)
			synctest.Wait()
			if l.registry.knows(phone.leg) || !leg.lost || heard.Load() == 0 {
				t.Errorf("a phone that died after %s is there: %v, lost: %v, was heard: %d times", died, l.registry.knows(phone.leg), leg.lost, heard.Load())
			}
		})
	}
}

// TestPhoneThatAsteriskJudgesIsNotAskedAbout: nor one that is not answered yet.
func TestPhoneThatAsteriskJudgesIsNotAskedAbout(t *testing.T) {
	r := newRegistry(newBridges(Options{}, nil))
	a := telephony.Arrival{ID: callID("test", "1700000000.1", time.Now()), Leg: "1700000000.1"}
	c := r.add(telephony.NewCall(nil, a), a)
	for id, l := range map[telephony.LegID]*leg{
		"judged": {answered: true, phone: "101"}, "ringing": {phone: "102", unjudged: true}, "unjudged": {answered: true, phone: "103", unjudged: true},
		"outside": {answered: true}, "dialled": {}, "ear": {kind: earLeg, answered: true},
	} {
		l.id, l.of = id, c
		if l.kind != earLeg {
			l.kind = dialledLeg
		}
		r.addLeg(l)
	}
	later := time.Now().Add(time.Minute)
	if found := r.phonesOnTheLine(later); len(found) != 1 || found[0].leg != "unjudged" || found[0].phone != "103" {
		t.Errorf("phones: %+v", found)
	}
	if found := r.callersOnTheLine(later); len(found) != 2 || found[0].leg != "1700000000.1" || found[1].leg != "outside" {
		t.Errorf("callers: %+v", found)
	}
}
