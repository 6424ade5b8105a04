package ivr_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hotline/ivr"
	"hotline/queues"
	"hotline/recordings/tape"
	"hotline/telephony"
	"hotline/telephony/memory"
	"hotline/tickets"
)

// recorder keeps the facts, as the spool does, whatever Hotline dies.
type recorder struct {
	rules map[queues.QueueID]ivr.RecordingRule

	mu     sync.Mutex
	full   error
	facts  []tape.Fact
	failed []error
	fails  bool // now
	silent bool // nobody says anything to it
}

func (r *recorder) Speaks(context.Context, string) (bool, error) { return !r.silent, nil }

func (r *recorder) Rule(q queues.QueueID) ivr.RecordingRule { return r.rules[q] }

func (r *recorder) Ready() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.full
}

// fills says why nothing can be recorded; nil is that it can again.
func (r *recorder) fills(why error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.full = why
}

func (r *recorder) Note(_ telephony.CallID, f tape.Fact) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.facts = append(r.facts, f)
}

func (r *recorder) Failed(_ telephony.CallID, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fails = err != nil; r.fails {
		r.failed = append(r.failed, err)
	}
}

func (r *recorder) failing() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fails
}

// noted says whether there is such a fact of a message.
func (r *recorder) noted(kind tape.Kind, name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.facts, func(f tape.Fact) bool { return f.Kind == kind && f.Name == name })
}

// told are the facts in short.
func (r *recorder) told() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, f := range r.facts {
		all = append(all, strings.TrimSpace(string(f.Kind)+" "+f.Agent+f.Why))
	}
	return strings.Join(all, ", ")
}

// records has the talks of support recorded by a rule.
func records(rule ivr.RecordingRule) (*recorder, func(*house)) {
	r := &recorder{rules: map[queues.QueueID]ivr.RecordingRule{"support": rule, "billing": {Share: 100}}}
	return r, func(h *house) { h.options.Recorder = r }
}

var always = ivr.RecordingRule{Share: 100}

// span is when somebody was recorded.
type span struct{ from, to time.Time }

// tracks are when the customer was recorded, and when the others were.
func (h *house) tracks(c *memory.Customer) (customer, others []span) {
	for _, r := range h.sw.Recordings() {
		t, is := telephony.ParseTrack(r.Name)
		if !is {
			continue
		}
		if lasted := (span{t.Began, t.Began.Add(r.For)}); r.Customer == c {
			customer = append(customer, lasted)
		} else {
			others = append(others, lasted)
		}
	}
	return customer, others
}

// total is for how long, and says of spans that overlap that somebody was recorded twice.
func (h *house) total(spans []span) (sum time.Duration) {
	slices.SortFunc(spans, func(a, b span) int { return a.from.Compare(b.from) })
	for i, s := range spans {
		if i > 0 && s.from.Before(spans[i-1].to) {
			h.Errorf("somebody is recorded twice: %v", spans)
		}
		sum += s.to.Sub(s.from)
	}
	return sum
}

// recorded checks for how long the talk of a customer was recorded, on both sides.
func (h *house) recorded(c *memory.Customer, want time.Duration) {
	h.Helper()
	customer, others := h.tracks(c)
	a, b := h.total(customer), h.total(others)
	if (a-want).Abs() > 100*time.Millisecond || (b-want).Abs() > 100*time.Millisecond {
		h.Errorf("the customer is recorded for %v and the others for %v, want %v", a, b, want)
	}
}

func (h *house) wishes(c *memory.Customer, w ivr.RecordingWish) error {
	err := h.line.Record(h.Context(), c.ID(), w, tape.ByAgent, "anna")
	synctest.Wait()
	return err
}

func (h *house) showsRecording(want ivr.RecordingState) {
	h.Helper()
	if got := h.desk.beside().Recording; got.State != want || (want == ivr.RecordingPaused) == got.Until.IsZero() {
		h.Errorf("the desk shows a recording that is %+v, want %q", got, want)
	}
}

func TestTalkIsRecordedByTheRuleOfItsQueueAndPausedByTheAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, change := records(always)
		h := open(t, change)
		c, anna := h.talks()
		h.showsRecording(ivr.IsRecording)
		later(10 * time.Second)
		if err := h.wishes(c, ivr.StopRecording); !errors.Is(err, ivr.ErrMayNotRecord) {
			t.Errorf("what the rule wants is ended: %v", err)
		}
		if err := errors.Join(h.wishes(c, ivr.PauseRecording), h.wishes(c, ivr.PauseRecording)); err != nil {
			t.Error(err)
		}
		h.showsRecording(ivr.RecordingPaused)
		later(20 * time.Second)
		if err := h.wishes(c, ivr.GoOnRecording); err != nil {
			t.Error(err)
		}
		if err := h.wishes(c, ivr.GoOnRecording); !errors.Is(err, ivr.ErrNotPaused) {
			t.Errorf("what is not paused goes on: %v", err)
		}
		h.showsRecording(ivr.IsRecording)
		later(10 * time.Second)
		if err := h.line.Hold(t.Context(), c.ID(), "anna"); err != nil {
			t.Error(err)
		}
		later(30 * time.Second) // with music
		if err := h.line.Resume(t.Context(), c.ID(), "anna"); err != nil {
			t.Error(err)
		}
		later(10 * time.Second)
		anna.Hangup()
		later(5 * time.Second)
		h.endedAs(c, tickets.Served)
		if customer, others := h.tracks(c); len(customer) != 3 || len(others) != 3 {
			t.Errorf("the tracks are %v and %v", customer, others)
		}
		customer, _ := h.tracks(c)
		if lasted := h.total(customer); lasted < 40*time.Second || lasted > 42*time.Second {
			t.Errorf("recorded are %v of about 41 s, ten of them in talks", lasted)
		}
		if told := r.told(); told != "joined anna, began rule, paused agent, went_on, left anna, ended" {
			t.Errorf("the facts are %s", told)
		}
		if last := r.facts[len(r.facts)-1]; last.Ticket != string(h.contact(c).Ticket) || r.facts[1].Queue != "support" {
			t.Errorf("the facts are %+v", r.facts)
		}
	})
}

func TestForgottenPauseGoesOnByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, change := records(ivr.RecordingRule{Share: 100, PauseAtMost: time.Minute})
		h := open(t, change)
		c, _ := h.talks()
		if err := h.wishes(c, ivr.PauseRecording); err != nil {
			t.Error(err)
		}
		later(59 * time.Second)
		h.showsRecording(ivr.RecordingPaused)
		later(2 * time.Second)
		h.showsRecording(ivr.IsRecording)
		if told := r.told(); !strings.HasSuffix(told, "paused agent, went_on") {
			t.Errorf("the facts are %s", told)
		}
		c.Hangup()
		h.endedAs(c, tickets.Served)
	})
}

func TestRecordingOnDemandIsTheAgentsToBeginAndEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, change := records(ivr.RecordingRule{OnDemand: true})
		h := open(t, change)
		c, _ := h.talks()
		h.showsRecording(ivr.NotRecording)
		if err := h.wishes(c, ivr.PauseRecording); !errors.Is(err, ivr.ErrNotRecorded) {
			t.Errorf("what is not recorded is paused: %v", err)
		}
		later(10 * time.Second)
		if err := h.wishes(c, ivr.StartRecording); err != nil {
			t.Error(err)
		}
		h.showsRecording(ivr.IsRecording)
		later(10 * time.Second)
		if err := h.wishes(c, ivr.StopRecording); err != nil {
			t.Error(err)
		}
		h.showsRecording(ivr.NotRecording)
		later(10 * time.Second)
		c.Hangup()
		h.endedAs(c, tickets.Served)
		h.recorded(c, 10*time.Second)
		if told := r.told(); told != "began agent, joined anna, left anna, ended" {
			t.Errorf("the facts are %s", told)
		}
	})
}

func TestNobodyRecordsWhereNoRuleSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, change := records(ivr.RecordingRule{})
		h := open(t, change)
		c, _ := h.talks()
		if err := h.wishes(c, ivr.StartRecording); !errors.Is(err, ivr.ErrMayNotRecord) {
			t.Errorf("begun: %v", err)
		}
		c.Hangup()
		h.endedAs(c, tickets.Served)
		h.recorded(c, 0)
		if told := r.told(); told != "" {
			t.Errorf("the facts are %s", told)
		}
	})
}

func TestAShareOfTheTalksIsRecorded(t *testing.T) {
	n := 0
	for i := range 1000 {
		if (ivr.RecordingRule{Share: 20}).Drawn(telephony.CallID(fmt.Sprintf("01a20268-481d-7e82-aa55-1800d262%04x", i*7))) {
			n++
		}
	}
	if n < 150 || n > 250 {
		t.Errorf("%d of 1000 are recorded of a share of 20 percent", n)
	}
}

func TestCallerIsToldAndMayDecline(t *testing.T) {
	for digit, want := range map[string]ivr.RecordingState{"": ivr.IsRecording, "2": ivr.NotRecording, "5": ivr.IsRecording} {
		t.Run("types "+digit, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, change := records(ivr.RecordingRule{Share: 100, OnDemand: true, Announce: "recorded", Decline: '2'})
				h := open(t, change)
				h.sw.Phone("anna").Answers(time.Second)
				h.comes("anna")
				c := h.calls()
				c.Type("13")
				for !strings.Contains(heard(c), "hotline/recorded") {
					later(100 * time.Millisecond)
				}
				c.Type(digit)
				later(10 * time.Second)
				h.showsRecording(want)
				err := h.wishes(c, ivr.StartRecording)
				if declined := digit == "2"; errors.Is(err, ivr.ErrDeclined) != declined || h.desk.beside().Recording.Declined != declined {
					t.Errorf("begun: %v; the desk shows %+v", err, h.desk.beside().Recording)
				}
				c.Hangup()
				h.endedAs(c, tickets.Served)
				if n := strings.Count(heard(c), "hotline/recorded"); n != 1 {
					t.Errorf("the caller was told %d times", n)
				}
			})
		})
	}
}

// listener is somebody in a talk who may be recorded, whether they have called or were called.
type listener struct {
	call  telephony.CallID
	types func(digits string)
	hears func() []memory.Heard
	hangs func()
}

// told is when they had first been told to the end that they are recorded, and how often that was begun.
func (a listener) told() (whole time.Time, times int) {
	for _, h := range a.hears() {
		if strings.Contains(h.String(), "hotline/recorded") {
			times++
			if h.Whole && whole.IsZero() {
				whole = h.At.Add(h.For)
			}
		}
	}
	return whole, times
}

// sampled is when the first sample of a talk was kept; zero where none was.
func (h *house) sampled() (first time.Time) {
	for _, r := range h.sw.Recordings() {
		if t, is := telephony.ParseTrack(r.Name); is && (first.IsZero() || t.Began.Before(first)) {
			first = t.Began
		}
	}
	return first
}

// toldInTalk are the two ways into a talk in which nobody was told that they are recorded, until it is about to be.
var toldInTalk = map[string]struct {
	rule   ivr.RecordingRule
	begins func(h *house) listener
}{
	"the agent begins it": {ivr.RecordingRule{OnDemand: true, Announce: "recorded", Decline: '2'}, func(h *house) listener {
		c, _ := h.talks()
		if err := h.wishes(c, ivr.StartRecording); err != nil {
			h.Error(err)
		}
		return listener{c.ID(), c.Type, c.Hears, c.Hangup}
	}},
	"the agent has called": {ivr.RecordingRule{Share: 100, Announce: "recorded", Decline: '2'}, func(h *house) listener {
		home := h.sw.Outside(full(ivan))
		h.sw.Phone("anna").Answers(time.Second)
		home.Answers(time.Second)
		h.comes("anna")
		id := h.callsOut("anna", ivan, "")
		for home.State() != memory.Talking {
			later(100 * time.Millisecond)
		}
		return listener{id, home.Type, home.Hears, home.Hangup}
	}},
}

// TestCallerIsToldInTheTalkBeforeAnythingIsKept: where only the agent begins a recording, and where the agent has called, nobody was told in a queue.
func TestCallerIsToldInTheTalkBeforeAnythingIsKept(t *testing.T) {
	for way, in := range toldInTalk {
		for digit, want := range map[string]ivr.RecordingState{"": ivr.IsRecording, "2": ivr.NotRecording, "5": ivr.IsRecording} {
			t.Run(way+", types "+digit, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					r, change := records(in.rule)
					h := open(t, change)
					a := in.begins(h)
					later(time.Second)
					h.showsRecording(ivr.RecordingTold)
					if _, times := a.told(); times != 1 {
						t.Errorf("the other was told %d times", times)
					}
					a.types(digit)
					later(10 * time.Second)
					h.showsRecording(want)
					if err := h.line.Record(t.Context(), a.call, ivr.StartRecording, tape.ByAgent, "anna"); errors.Is(err, ivr.ErrDeclined) != (digit == "2") {
						t.Errorf("begun again: %v", err)
					}
					if declined := h.desk.beside().Recording.Declined; declined != (digit == "2") {
						t.Errorf("the desk shows that they have declined: %v", declined)
					}
					later(5 * time.Second)
					a.hangs()
					later(5 * time.Second)
					h.nothingLeft()
					whole, times := a.told()
					first := h.sampled()
					switch {
					case times != 1 || whole.IsZero() != (digit != ""):
						t.Errorf("the other was told %d times, to the end at %v", times, whole)
					case first.IsZero() != (digit == "2"), digit == "" && first.Before(whole.Add(2*time.Second)):
						t.Errorf("told at %v, the first sample is of %v; the facts are %s", whole, first, r.told())
					}
				})
			})
		}
	}
}

// TestNobodyIsRecordedWhoCouldNotBeTold: neither who came to the queue, nor who is told in the talk, for want of the sound.
// Who begins anew has them told anew.
func TestNobodyIsRecordedWhoCouldNotBeTold(t *testing.T) {
	for _, decline := range []byte{0, '2'} {
		for way, rule := range map[string]ivr.RecordingRule{
			"in the queue": {Share: 100, Announce: "recorded", Decline: decline},
			"in the talk":  {OnDemand: true, Announce: "recorded", Decline: decline},
		} {
			t.Run(fmt.Sprintf("%s, declines by %q", way, decline), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					r, change := records(rule)
					missing := map[telephony.Sound]time.Duration{"hotline/recorded": -1}
					h := open(t, change, func(h *house) { h.sw = memory.New(memory.Options{Lengths: missing}) })
					c, anna := h.talks()
					_ = h.wishes(c, ivr.StartRecording) // by the rule it was tried before, and fails again
					later(5 * time.Second)
					h.showsRecording(ivr.RecordingFailed)
					if !r.failing() || !c.HearsPhone(anna) || !h.sampled().IsZero() {
						t.Errorf("told that it fails: %v; the first sample is of %v; the caller hears anna: %v", r.failing(), h.sampled(), c.HearsPhone(anna))
					}
					delete(missing, "hotline/recorded")
					h.want(c, ivr.StartRecording)
					later(10 * time.Second)
					h.showsRecording(ivr.IsRecording)
					c.Hangup()
					h.endedAs(c, tickets.Served)
					whole, _ := listener{hears: c.Hears}.told()
					if first := h.sampled(); r.failing() || whole.IsZero() || first.Before(whole) {
						t.Errorf("told to the end at %v, the first sample is of %v:\n%s", whole, first, heard(c))
					}
				})
			})
		}
	}
}

// TestCallerIsToldAnewWhereTheyAreMovedMeanwhile: on hold they hear it too, and whoever stops or pauses the recording then has nothing said.
func TestCallerIsToldAnewWhereTheyAreMovedMeanwhile(t *testing.T) {
	for name, do := range map[string]func(h *house, c *memory.Customer){
		"held and taken back": func(h *house, c *memory.Customer) {
			h.holds(c)
			later(time.Second)
			h.resumes(c)
		},
		"held":                func(h *house, c *memory.Customer) { h.holds(c); later(10 * time.Second); h.resumes(c) },
		"stopped and started": func(h *house, c *memory.Customer) { h.want(c, ivr.StopRecording, ivr.StartRecording) },
		"paused and gone on":  func(h *house, c *memory.Customer) { h.want(c, ivr.PauseRecording, ivr.GoOnRecording) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, change := records(toldInTalk["the agent begins it"].rule)
				h := open(t, change)
				c, anna := h.talks()
				h.want(c, ivr.StartRecording)
				later(time.Second)
				do(h, c)
				later(10 * time.Second)
				h.showsRecording(ivr.IsRecording)
				if !c.HearsPhone(anna) {
					t.Error("the caller does not hear anna")
				}
				c.Hangup()
				h.endedAs(c, tickets.Served)
				whole, _ := listener{hears: c.Hears}.told()
				if first := h.sampled(); whole.IsZero() || first.Before(whole.Add(2*time.Second)) {
					t.Errorf("told to the end at %v, the first sample is of %v:\n%s", whole, first, heard(c))
				}
			})
		})
	}
}

// want has an agent want something of the recording, and then something else.
func (h *house) want(c *memory.Customer, all ...ivr.RecordingWish) {
	h.Helper()
	for _, w := range all {
		if err := h.wishes(c, w); err != nil {
			h.Errorf("%s: %v", w, err)
		}
	}
}

// TestNothingIsKeptOfWhoWasNotToldByAKilledHotline: whatever moment it dies in, the next one tells them before it records.
func TestNothingIsKeptOfWhoWasNotToldByAKilledHotline(t *testing.T) {
	for way, in := range toldInTalk {
		t.Run(way, func(t *testing.T) {
			_, change := records(in.rule)
			atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
				a := listener{}
				if way == "the agent begins it" {
					c, _ := h.talks()
					a = listener{c.ID(), c.Type, c.Hears, c.Hangup}
					kill()
					_ = h.wishes(c, ivr.StartRecording)
				} else {
					home := h.sw.Outside(full(ivan))
					h.sw.Phone("anna").Answers(time.Second)
					h.comes("anna")
					a = listener{h.callsOut("anna", ivan, ""), home.Type, home.Hears, home.Hangup}
					for home.State() != memory.Ringing {
						later(time.Second)
					}
					kill()
					home.Answer()
				}
				later(10 * time.Second)
				killed := !h.sw.Connected()
				h.sw.CrashAfter(0, nil)
				if killed {
					h.restarts(memory.ErrCrashed, time.Second, "anna")
					_ = h.line.Record(t.Context(), a.call, ivr.StartRecording, tape.ByAgent, "anna") // what was not answered is asked again
					later(10 * time.Second)
					h.resumed(1) // who waits is told first
				}
				h.showsRecording(ivr.IsRecording)
				a.hangs()
				later(5 * time.Second)
				h.nothingLeft()
				whole, _ := a.told()
				if first := h.sampled(); whole.IsZero() || first.IsZero() || first.Before(whole) {
					t.Errorf("told to the end at %v, the first sample is of %v", whole, first)
				}
				return killed
			}, func(h *house) { change(h) })
		})
	}
}

func TestRecordingGoesOnWithTheNextAgentAndNotOutside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, change := records(always)
		h := open(t, change, twoQueues)
		c, _ := h.talks()
		h.sw.Phone("boris").Answers(2 * time.Second)
		boris := h.comes("boris")
		later(10 * time.Second)
		h.sends(c, "billing")
		later(5 * time.Second)
		if !c.HearsPhone(boris) {
			t.Fatalf("boris' phone is %s", boris.State())
		}
		h.showsRecording(ivr.IsRecording)
		later(10 * time.Second)
		other := h.sw.Outside(full(elsewhere))
		other.Answers(3 * time.Second)
		if err := h.line.Transfer(t.Context(), c.ID(), "boris", ivr.Transfer{Number: full(elsewhere)}); err != nil {
			t.Fatal(err)
		}
		customer, _ := h.tracks(c)
		later(time.Minute)
		if after, _ := h.tracks(c); !c.HearsPhone(other) || len(after) != len(customer) {
			t.Errorf("outside, the tracks are %v, and before they were %v", after, customer)
		}
		other.Hangup()
		later(5 * time.Second)
		h.contact(c)
		if told := r.told(); told != "joined anna, began rule, left anna, joined boris, began rule, left boris, ended" {
			t.Errorf("the facts are %s", told)
		}
	})
}

func TestADiskThatIsFullEndsNoTalk(t *testing.T) {
	for name, recorder := range map[string]memory.Recorder{"refuses": memory.RecorderRefuses, "fails": memory.RecorderFails, "stops": memory.RecorderStops} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, change := records(always)
				h := open(t, change, func(h *house) { h.sw = memory.New(memory.Options{Recorder: recorder, Records: 100 * time.Millisecond}) })
				c, anna := h.talks()
				later(10 * time.Second)
				h.showsRecording(ivr.RecordingFailed)
				if len(r.failed) == 0 || !c.HearsPhone(anna) {
					t.Errorf("%d failures were told; anna's phone is %s", len(r.failed), anna.State())
				}
				c.Hangup()
				h.endedAs(c, tickets.Served)
			})
		})
	}
}

func TestNothingIsRecordedWhereThereIsNoRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, change := records(always)
		r.fills(errors.New("the disk is full"))
		h := open(t, change)
		c, anna := h.talks()
		h.showsRecording(ivr.RecordingFailed)
		later(10 * time.Second)
		r.fills(nil)
		if err := h.wishes(c, ivr.StartRecording); err != nil { // again, by hand
			t.Error(err)
		}
		h.showsRecording(ivr.IsRecording)
		later(10 * time.Second)
		anna.Hangup()
		later(5 * time.Second)
		h.endedAs(c, tickets.Served)
		h.recorded(c, 10*time.Second)
	})
}

// TestNoRecordingGoesOnWhereThereIsNoRoomAnyMore: neither after a pause, nor because the next Hotline finds it.
func TestNoRecordingGoesOnWhereThereIsNoRoomAnyMore(t *testing.T) {
	for name, goesOn := range map[string]func(*house, *memory.Customer){
		"after a pause": func(h *house, c *memory.Customer) {
			if err := h.wishes(c, ivr.GoOnRecording); !errors.Is(err, ivr.ErrNoRecorder) {
				h.Errorf("it goes on: %v", err)
			}
		},
		"after a pause that nobody ends": func(*house, *memory.Customer) { later(ivr.UsualPause) },
		"after a kill": func(h *house, _ *memory.Customer) {
			h.restarts(memory.ErrCrashed, time.Second, "anna")
			h.resumed(1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, change := records(always)
				h := open(t, change)
				c, _ := h.talks()
				later(10 * time.Second)
				if strings.Contains(name, "pause") {
					_ = h.wishes(c, ivr.PauseRecording)
				}
				r.fills(errors.New("the disk is full"))
				goesOn(h, c)
				h.showsRecording(ivr.RecordingFailed)
				from := time.Now()
				later(10 * time.Second)
				r.fills(nil)
				to := time.Now()
				if err := h.wishes(c, ivr.StartRecording); err != nil || r.failing() {
					t.Errorf("there is room: %v, and that nothing is recorded is told on: %v", err, r.failing())
				}
				later(10 * time.Second)
				c.Hangup()
				h.endedAs(c, tickets.Served)
				customer, others := h.tracks(c)
				h.total(others)
				if len(customer) != 2 || h.total(customer) < 20*time.Second {
					t.Errorf("recorded are %v", customer)
				}
				for _, s := range slices.Concat(customer, others) {
					if s.from.Before(to) && s.to.After(from) {
						t.Errorf("there was no room from %v to %v, and it is recorded from %v to %v", from, to, s.from, s.to)
					}
				}
			})
		})
	}
}

// TestAQueueThatIsNotRecordedIsNotAfterAKillEither: the talk before was, and Hotline dies at any moment of the one in that queue.
func TestAQueueThatIsNotRecordedIsNotAfterAKillEither(t *testing.T) {
	_, change := records(always)
	never := func(h *house) { h.options.Recorder.(*recorder).rules["billing"] = ivr.RecordingRule{} }
	atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
		c, _ := h.talks()
		boris := h.comes("boris")
		h.sends(c, "billing")
		for boris.State() != memory.Ringing {
			later(100 * time.Millisecond)
		}
		customer, others := h.tracks(c)
		kill()
		boris.Answer()
		later(5 * time.Second)
		killed := !h.sw.Connected()
		h.sw.CrashAfter(0, nil)
		if killed {
			h.restarts(memory.ErrCrashed, time.Second, "boris")
			h.resumed(1)
		}
		for n := 0; n < 60 && !c.HearsPhone(boris); n++ {
			if boris.State() == memory.Ringing {
				boris.Answer()
			}
			later(time.Second)
		}
		later(5 * time.Second)
		if !c.HearsPhone(boris) {
			t.Fatalf("the caller does not talk with boris; %s", h.desk.story())
		}
		h.showsRecording(ivr.NotRecording)
		c.Hangup()
		later(time.Second)
		h.endedAs(c, tickets.Served)
		if a, b := h.tracks(c); len(customer) == 0 || len(a) != len(customer) || len(b) != len(others) {
			t.Errorf("there are %v and %v, and before billing there were %v and %v", a, b, customer, others)
		}
		return killed
	}, change, never, twoQueues)
}

// TestThatNothingIsRecordedEndsWhenItIsOrNeedNotBe: no alarm stays of a call that is recorded, that is not to be, or that is over.
func TestThatNothingIsRecordedEndsWhenItIsOrNeedNotBe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, change := records(always)
		r.fills(errors.New("the disk is full"))
		h := open(t, change)
		c, _ := h.talks()
		if !r.failing() {
			t.Error("nobody is told that nothing is recorded")
		}
		c.Hangup()
		h.endedAs(c, tickets.Served)
		if r.failing() {
			t.Error("it is told on when the call is over of which nothing was recorded")
		}
	})
	synctest.Test(t, func(t *testing.T) {
		r, change := records(always)
		r.fills(errors.New("the disk is full"))
		h := open(t, change)
		c, _ := h.talks()
		r.fills(nil)
		if err := h.wishes(c, ivr.PauseRecording); err != nil || r.failing() {
			t.Errorf("paused: %v, and that nothing is recorded is told on: %v", err, r.failing())
		}
		if err := h.wishes(c, ivr.GoOnRecording); err != nil || r.failing() {
			t.Errorf("gone on: %v, and that nothing is recorded is told on: %v", err, r.failing())
		}
		h.showsRecording(ivr.IsRecording)
		c.Hangup()
		h.endedAs(c, tickets.Served)
	})
}

// TestRecordingSurvivesAKill: whatever moment Hotline dies in, from the answer to the pause to its end, both sides are recorded until the pause and
// after it, nobody twice, and nothing of the pause.
func TestRecordingSurvivesAKill(t *testing.T) {
	for _, story := range []string{"answer", "pause", "go on", "hold"} {
		t.Run(story, func(t *testing.T) {
			atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
				anna := h.comes("anna")
				c := h.calls()
				c.Type("13")
				for anna.State() != memory.Ringing {
					later(100 * time.Millisecond)
				}
				step := func(name string, do func()) {
					if name == story {
						kill()
					}
					do()
					synctest.Wait()
					if name == story && !h.sw.Connected() {
						h.sw.CrashAfter(0, nil)
						later(2 * time.Second) // nobody is there
						h.restarts(memory.ErrCrashed, time.Second, "anna")
						h.resumed(1)
						do() // what was not answered is asked again
					}
					h.sw.CrashAfter(0, nil)
				}
				began := time.Now()
				step("answer", func() { anna.Answer(); later(time.Second) })
				killed := h.epoch > 1
				later(10 * time.Second)
				paused := time.Now()
				step("pause", func() { _ = h.wishes(c, ivr.PauseRecording) })
				silent := time.Now()
				later(20 * time.Second)
				before, _ := h.tracks(c)
				h.showsRecording(ivr.RecordingPaused)
				goesOn := time.Now()
				step("go on", func() { _ = h.wishes(c, ivr.GoOnRecording) })
				later(10 * time.Second)
				step("hold", func() { _ = h.line.Hold(t.Context(), c.ID(), "anna"); _ = h.line.Resume(t.Context(), c.ID(), "anna") })
				later(10 * time.Second)
				killed = killed || h.epoch > 1
				ends := time.Now()
				c.Hangup()
				later(time.Second)
				h.endedAs(c, tickets.Served)
				customer, others := h.tracks(c)
				h.total(others)
				want, lost := paused.Sub(began)+ends.Sub(goesOn), 7*time.Second // of an answer, before the note, and until the next Hotline is there
				if lasted := h.total(customer); lasted < want-lost || lasted > want+lost {
					t.Errorf("recorded are %v of %v: %v", lasted, want, customer)
				}
				for _, s := range slices.Concat(customer, others) {
					if s.from.Before(goesOn) && s.to.After(silent) {
						t.Errorf("recorded in the pause from %v to %v: %v", silent, goesOn, s)
					}
				}
				if len(before) == 0 {
					t.Error("nothing is recorded before the pause")
				}
				return killed
			}, func(h *house) { _, change := records(always); change(h) })
		})
	}
}

// beside is what a desk shows beside the last talk.
func (d *desk) beside() (last ivr.Aside) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := len(d.asides); n > 0 {
		last = d.asides[n-1]
	}
	return last
}
