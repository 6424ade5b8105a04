package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/agentapi/gate"
	"hotline/cmd/hotline/config"
	"hotline/ivr/flow"
	"hotline/recordings"
	"hotline/recordings/tape"
	"hotline/recordings/vault"
	"hotline/telephony"
	"hotline/telephony/softphone"
)

// recordsAll has all talks recorded.
func recordsAll(c *config.Config) {
	for i := range c.Queues {
		c.Queues[i].Recording = config.Recording{Share: 100}
	}
	c.Recordings.ReserveMB = 1
}

// heard is a recording, window by window of 20 ms, as what is heard in it on either side.
type heardRecording struct {
	recordings.Meta
	left, right []string // "customer", "agent", "" silence, "other"
	sound       [2][]int16
}

// recording waits until the recording of a call is in the archive.
func (s *stage) recording(call telephony.CallID) (r heardRecording) {
	s.t.Helper()
	keys, err := vault.ReadKeys(s.config.Recordings.Keys)
	s.must(err)
	folder := vault.Folder{Path: s.config.RecordingsFolder(), Keys: keys}
	var wav []byte
	s.eventually("the recording is in the archive", func() (err error) {
		sound, err := folder.Open(tape.ID(call))
		if err != nil {
			return err
		}
		defer sound.Close()
		r.Meta = sound.Meta
		wav, err = io.ReadAll(sound)
		return err
	})
	const window, header = soundRate / 50, 44
	var sides [2][]int16
	for i := header; i+3 < len(wav); i += 4 {
		for side := range sides {
			sides[side] = append(sides[side], int16(binary.LittleEndian.Uint16(wav[i+2*side:])))
		}
	}
	r.sound = sides
	for i := 0; i+window <= len(sides[0]); i += window {
		r.left, r.right = append(r.left, whoIs(sides[0][i:i+window])), append(r.right, whoIs(sides[1][i:i+window]))
	}
	return r
}

// whoIs tells by their tones who is heard: see hearEachOther.
func whoIs(sound []int16) string {
	customer, all := powerAt(sound, 620)
	agent, _ := powerAt(sound, 440)
	switch {
	case all/float64(len(sound)) < 100*100:
		return ""
	case customer > 0.7*all:
		return "customer"
	case agent > 0.7*all:
		return "agent"
	default:
		return "other"
	}
}

// lasts is for how long somebody is heard on a side, between two moments.
func (r heardRecording) lasts(side []string, who string, from, to time.Time) (d time.Duration) {
	for i, is := range side {
		if at := r.Started.Add(time.Duration(i) * 20 * time.Millisecond); is == who && at.After(from) && at.Before(to) {
			d += 20 * time.Millisecond
		}
	}
	return d
}

// hears checks that the two are heard for most of a time, each on their side: on a busy machine phones do not send all of their tones in time.
func (r heardRecording) hears(t *testing.T, what string, from, to time.Time) {
	t.Helper()
	customer, agent := r.lasts(r.left, "customer", from, to), r.lasts(r.right, "agent", from, to)
	if least := to.Sub(from) / 2; customer < least || agent < least {
		t.Errorf("%s, %v long: the customer is heard for %v, the other for %v", what, to.Sub(from), customer, agent)
	}
}

// silent checks that nothing is heard in a time.
func (r heardRecording) silent(t *testing.T, what string, from, to time.Time) {
	t.Helper()
	left, right := to.Sub(from)-r.lasts(r.left, "", from, to), to.Sub(from)-r.lasts(r.right, "", from, to)
	if to.After(r.Started.Add(r.Length)) {
		t.Errorf("%s: the recording ends before, it is %v long", what, r.Length)
	}
	if most := 60 * time.Millisecond; left > most || right > most {
		t.Errorf("%s, %v long: the caller's side is heard for %v, the other for %v", what, to.Sub(from), left, right)
	}
}

// pure checks that nobody is heard on the other's side, and no music on either. On a busy machine a tone comes in pieces now and then.
func (r heardRecording) pure(t *testing.T) {
	t.Helper()
	end := r.Started.Add(r.Length)
	for who, side := range map[string][]string{"agent": r.left, "customer": r.right} {
		if lasts := r.lasts(side, who, r.Started, end); lasts > 0 {
			t.Errorf("the %s is heard for %v on the other's side", who, lasts)
		}
		if lasts := r.lasts(side, "other", r.Started, end); lasts > r.Length/5 {
			t.Errorf("something else than voices is heard for %v on the side where the %s is not", lasts, who)
		}
	}
}

func (w *worker) records(do string) error {
	return w.desk.Command(w.s.t.Context(), "call.record", map[string]any{"call": w.call(), "do": do})
}

// stays lets a time pass in which people hum, and says from when to when it surely was so: tracks begin some packets late.
func stays(d time.Duration) (from, to time.Time) {
	const late = 300 * time.Millisecond
	from = time.Now().Add(late)
	time.Sleep(d + late) // it is a length of sound that is measured
	return from, time.Now()
}

// TestTalkIsRecordedInStereoThroughPauseKillHoldAndTransferAndNotOutside: each side has its own voice and nothing else; a pause and a hold are silent
// for as long as they were; Hotline is killed in between; the next agent is on it, and who is called outside is not.
func TestTalkIsRecordedInStereoThroughPauseKillHoldAndTransferAndNotOutside(t *testing.T) {
	t.Parallel()
	const number = "+79160009698"
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102")}, elsewhere: true, configure: recordsAll})
	p := s.spawn()
	anna := s.agentAt(p.pages, s.person("anna")).ready()
	customer := s.calls("+79160009601")
	s.chooses(customer, "3")
	talk := anna.answers()
	s.hearEachOther(customer, talk)
	state := func(w *worker, want string) {
		t.Helper()
		w.until("recording "+want, func(me agentapi.Me) bool { return me.Call != nil && me.Call.Recording.State == want })
	}
	state(anna, "on")
	call := telephony.CallID(fmt.Sprint(anna.call()))
	a1, a2 := stays(2 * time.Second)

	s.must(anna.records("pause"))
	state(anna, "paused")
	b1, b2 := stays(2 * time.Second)
	p.kill()
	p = s.respawn(p)
	anna.desk.Close()
	anna.openDesk(p.pages, s.person("anna"))
	anna.talking()
	state(anna, "paused")
	c1, c2 := stays(time.Second)
	s.must(anna.records("go_on"))
	state(anna, "on")
	d1, d2 := stays(2 * time.Second)
	p.kill()
	_, k2 := stays(time.Second) // nobody is there but Asterisk
	p = s.respawn(p)
	anna.desk.Close()
	anna.openDesk(p.pages, s.person("anna"))
	anna.talking()
	s.hearEachOther(customer, talk)
	e1, e2 := stays(2 * time.Second)

	s.must(anna.inCall("call.hold"))
	s.waitsToMusic(customer)
	h1, h2 := stays(2 * time.Second)
	s.must(anna.inCall("call.resume"))
	s.hearEachOther(customer, talk)
	f1, f2 := stays(2 * time.Second)

	boris := s.agentAt(p.pages, s.person("boris")).ready()
	s.must(anna.desk.Command(t.Context(), "call.transfer", map[string]any{"call": anna.call(), "queue": "information"}))
	s.gone(talk)
	second := boris.answers()
	s.hearEachOther(customer, second)
	state(boris, "on")
	g1, g2 := stays(2 * time.Second)

	elsewhere, err := s.exchange.Phone(softphone.Options{User: number})
	s.must(err)
	s.must(boris.desk.Command(t.Context(), "call.transfer", map[string]any{"call": boris.call(), "number": number}))
	s.gone(second)
	left := time.Now()
	soon, cancel := context.WithTimeout(t.Context(), atOnce)
	defer cancel()
	rings, err := elsewhere.Incoming(soon)
	s.must(err)
	there, err := rings.Answer(t.Context())
	s.must(err)
	s.hearEachOther(customer, there)
	stays(2 * time.Second)
	s.hangsUp(there)
	s.gone(customer)

	r := s.recording(call)
	r.pure(t)
	r.hears(t, "the talk", a1, a2)
	r.silent(t, "the pause", b1, b2)
	r.silent(t, "the pause after the restart", c1, c2)
	r.hears(t, "the talk after the pause, in which Hotline is killed", d1, k2)
	_ = d2
	r.hears(t, "the talk after the restart", e1, e2)
	r.silent(t, "the hold", h1, h2)
	r.hears(t, "the talk after the hold", f1, f2)
	r.hears(t, "the talk with the next agent", g1, g2)
	if end := r.Started.Add(r.Length); end.After(left.Add(time.Second)) {
		t.Errorf("the recording goes on for %v after the caller was sent outside", end.Sub(left))
	}
	var ticket string
	s.must(s.query(`select ticket from contacts`, &ticket))
	if r.Ticket != ticket || r.Queue != "support" || r.Why != recordings.ByRule || len(r.Agents) != 2 || r.Agents[0].Agent != "anna" || r.Agents[1].Agent != "boris" {
		t.Errorf("known of it is %+v, and the ticket is %s", r.Meta, ticket)
	}
	if len(r.Pauses) != 1 || r.Pauses[0].By != "anna" || r.Pauses[0].To-r.Pauses[0].From < c2.Sub(b1) {
		t.Errorf("the pauses are %+v, the one was longer than %v", r.Pauses, c2.Sub(b1))
	}
	s.eventually("no track is left", func() error {
		for _, left := range s.list("/recordings/stored") {
			if strings.Contains(string(left), string(call)) { // others may be those of a test that was here before
				return fmt.Errorf("there is %s", left)
			}
		}
		return nil
	})
	p.end()
}

// TestWhatAFlowAsksForBetweenTwoTalksIsOnNoRecording: the caller types digits after a talk, and is heard in both talks, and not in between.
func TestWhatAFlowAsksForBetweenTwoTalksIsOnNoRecording(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, configure: func(c *config.Config) {
		recordsAll(c)
		c.Flow.Nodes = maps.Clone(c.Flow.Nodes)
		node := c.Flow.Nodes["support"]
		node.Next = "card"
		c.Flow.Nodes["support"] = node
		c.Flow.Nodes["card"] = flow.Node{Kind: flow.Ticket{Prompt: "type_ticket", Wrong: "wrong_ticket", Wait: 6 * time.Second, Tries: 1}, Next: "to_support"}
	}})
	anna := s.agent("anna").ready()
	customer := s.calls("+79160009602")
	s.chooses(customer, "3")
	talk := anna.answers()
	s.hearEachOther(customer, talk)
	call := telephony.CallID(fmt.Sprint(anna.call()))
	a1, a2 := stays(2 * time.Second)
	s.hangsUp(talk)
	anna.until("wrap-up", func(me agentapi.Me) bool { return me.WrapUp != nil })
	b1, _ := stays(time.Second)
	s.must(customer.Digits(t.Context(), "4276123#"))
	_, b2 := stays(time.Second)
	anna.finish("follow_up")
	again := anna.answers()
	s.hearEachOther(customer, again)
	c1, c2 := stays(2 * time.Second)
	s.hangsUp(again)
	s.hangsUp(customer)
	r := s.recording(call)
	r.pure(t)
	r.hears(t, "the first talk", a1, a2)
	r.silent(t, "what is typed", b1, b2)
	r.hears(t, "the second talk", c1, c2)
}

// TestProgramPausesARecordingAndNobodyElseMay: with a token of that scope, as a shop's page does before a card's number is typed.
func TestProgramPausesARecordingAndNobodyElseMay(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, configure: func(c *config.Config) {
		recordsAll(c)
		c.Queues[2].Recording = config.Recording{OnDemand: true, PauseAtMost: 10 * time.Second}
	}})
	anna := s.agent("anna").ready()
	customer := s.calls("+79160009602")
	s.chooses(customer, "3")
	talk := anna.answers()
	s.hearEachOther(customer, talk)
	call := telephony.CallID(fmt.Sprint(anna.call()))
	if err := anna.records("pause"); !client.IsProblem(err, agentapi.CodeNotRecorded) {
		t.Errorf("what is not recorded is paused: %v", err)
	}
	if me := anna.talking(); me.Call.Recording.State != "" || !me.Call.Recording.OnDemand {
		t.Errorf("the desk shows %+v", me.Call.Recording)
	}
	s.must(anna.records("start"))
	a1, a2 := stays(time.Second)
	token, reader := s.token("shop", "calls:record"), s.token("reader", "calls:read") // all are read at once, now and then
	wish := func(token, do string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.pages()+"/api/v1/calls/"+string(call)+"/recording", strings.NewReader(`{"do":"`+do+`"}`))
		s.must(err)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(req)
		s.must(err)
		_ = answer.Body.Close()
		return answer.StatusCode
	}
	if got := wish(token, "pause"); got != http.StatusNoContent {
		t.Errorf("a program is told %d", got)
	}
	if got := wish(reader, "go_on"); got != http.StatusForbidden {
		t.Errorf("a program without the scope is told %d", got)
	}
	b1, b2 := stays(time.Second)
	anna.until("the pause has lasted as long as may be", func(me agentapi.Me) bool { return me.Call != nil && me.Call.Recording.State == "on" })
	c1, c2 := stays(time.Second)
	s.must(anna.records("stop"))
	over := time.Now()
	stays(time.Second)
	s.hangsUp(customer)
	anna.finish("resolved")
	r := s.recording(call)
	r.pure(t)
	r.hears(t, "the talk", a1, a2)
	r.silent(t, "the pause", b1, b2)
	r.hears(t, "the talk after the pause", c1, c2)
	if end := r.Started.Add(r.Length); end.After(over.Add(500 * time.Millisecond)) {
		t.Errorf("it goes on for %v after it was stopped", end.Sub(over))
	}
	if r.Why != recordings.ByAgent || r.By != "anna" || len(r.Pauses) != 1 || r.Pauses[0].Why != tape.ByAPI || r.Pauses[0].By != "token:shop" {
		t.Errorf("known of it is %+v", r.Meta)
	}
	s.nothingLeft()
}

// token is a new one for a program.
func (s *stage) token(name string, scopes ...gate.Scope) string {
	s.t.Helper()
	token, hash := gate.NewToken()
	s.must(s.service.accounts.MakeToken(s.t.Context(), gate.Machine{Name: name, Hash: hash, Scopes: scopes, Created: time.Now().UTC(), By: "test"}))
	return token
}
