package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/deploy"
	"hotline/deploy/private"
	"hotline/telephony/phonenumbers"
	"hotline/telephony/softphone"
	"hotline/tickets"
)

// openReserveHouse is a house of a test alone, whose Asterisk rings these in the reserve mode and takes messages. Numbers outside are at "exchange" until the test
// has one: see reaches.
func openReserveHouse(t *testing.T, ring []deploy.Ring) *house {
	h := &house{dir: t.TempDir(), prompts: shortPrompts()}
	t.Cleanup(h.close)
	var err error
	if h.postgres, err = private.StartPostgres(t.Context(), filepath.Join(h.dir, "postgres")); err != nil {
		t.Fatal(err)
	}
	h.asterisk, err = private.StartAsterisk(t.Context(), private.AsteriskOptions{
		Number: lineNumber, Dialled: phonenumbers.Dialled(lineNumber, "RU"), Prompts: h.prompts, MediaPorts: 1000, Patience: 1, Ring: ring, Message: 60,
	})
	if err != nil {
		t.Fatalf("%v (deploy/setup.sh installs what is missing)", err)
	}
	return h
}

// reaches puts the test's exchange into the dialplan.
func (h *house) reaches(t *testing.T, exchange string) {
	t.Helper()
	file := filepath.Join(h.asterisk.Dir, "etc", "extensions.conf")
	text, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(file, bytes.ReplaceAll(text, []byte("@exchange"), []byte("@"+exchange)), 0o640)
	}
	if err == nil {
		_, err = h.asterisk.CLI(t.Context(), "dialplan reload")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// By these tones a test knows what the reserve mode says: see sounds.
const (
	thanksTone, notedTone = 700, 900
	toneFor               = 600 * time.Millisecond
)

// sounds has a prompt be a tone, in each language.
func (h *house) sounds(t *testing.T, prompt string, hertz int) {
	t.Helper()
	for _, language := range []string{"ru", "en"} {
		file := filepath.Join(h.asterisk.Dir, "share", "sounds", language, "hotline", prompt+".wav")
		err := os.Remove(file) // it may be a link to what other tests speak
		if err == nil {
			err = softphone.SaveWAV(file, softphone.Sine(hertz, int(toneFor.Seconds()*soundRate)))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestWithoutHotlineAsteriskRingsPhonesAndTakesMessages: the phone that is rung second serves the first caller, whom the first one has let go at once; of the second
// one a mailbox at a number outside does not take the call, and they leave a message, for which they are thanked; the third hangs up. The fourth comes to a Hotline that is there and full: no
// phone is rung, and they hang up at the tone. So does the fifth, who says nothing until the recorder has enough of it, and hears that the call is noted. Hotline makes it five tickets, in the order of the calls.
func TestWithoutHotlineAsteriskRingsPhonesAndTakesMessages(t *testing.T) {
	t.Parallel()
	const served, speaks, leaves, silent, patient, mobile = "+79160009611", "+79160009612", "+79160009613", "+79160009614", "+79160009615", "+79160009600"
	outline := config.Asterisk{Outbound: "PJSIP/line/sip:%s@exchange", ReserveRing: []config.ReserveRing{{Phone: "101"}, {Phone: "102"}, {Number: mobile}}}
	h := openReserveHouse(t, outline.Ring())
	h.sounds(t, "message_taken", thanksTone)
	h.sounds(t, "overflow_message", notedTone)
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102")}, house: h})
	h.reaches(t, s.exchange.Addr())
	s.config.Asterisk.Reserve = h.asterisk.ReserveFile
	phones := map[string]*softphone.Phone{}
	for _, p := range s.config.People {
		phone, err := s.exchange.Phone(softphone.Options{User: p.Phone, Secret: p.PhoneSecret.Text()})
		s.must(err)
		s.must(phone.Register(t.Context()))
		phones[p.Phone] = phone
	}
	outside, err := s.exchange.Phone(softphone.Options{User: mobile})
	s.must(err)
	s.stop()

	soon, cancel := context.WithTimeout(t.Context(), 2*atOnce)
	defer cancel()
	rings := func(phone *softphone.Phone) *softphone.Ringing {
		t.Helper()
		r, err := phone.Incoming(soon)
		s.must(err)
		return r
	}
	first := s.calls(served)
	talk, err := rings(phones["101"]).Answer(soon)
	s.must(err)
	s.hangsUp(talk)
	talk, err = rings(phones["102"]).Answer(soon)
	s.must(err)
	s.hearEachOther(first, talk)
	s.must(first.Hears(soon, 440, time.Second))
	s.hangsUp(talk)
	s.gone(first)

	second := s.calls(speaks)
	rings(phones["101"]).Reject(486)
	rings(phones["102"]).Reject(486)
	third := s.calls(leaves)
	rings(phones["101"])
	asked := rings(outside)
	if shown := asked.Header("From"); strings.Contains(shown, speaks[1:]) || !strings.Contains(shown, strings.TrimPrefix(lineNumber, "+")) {
		t.Errorf("outside is shown %q, which a carrier refuses", shown)
	}
	mailbox, err := asked.Answer(soon)
	s.must(err)
	s.hangsUp(third)
	s.gone(mailbox)
	recorded := func(who string) {
		t.Helper()
		s.eventually(who+" speaks to the recorder", func() error {
			for _, c := range s.list("/channels") {
				if strings.Contains(string(c), `"app_name":"Record"`) {
					return nil
				}
			}
			return fmt.Errorf("nobody does")
		})
	}
	recorded("the second caller")
	s.must(second.Play(soon, softphone.Sine(messageTone, 2*soundRate)))
	s.must(second.Digits(soon, "#"))
	s.must(second.Hears(soon, thanksTone, toneFor/2))
	s.gone(second)
	s.emptyAsterisk()

	heard := func(when string) {
		t.Helper()
		_, err := h.asterisk.CLI(t.Context(), "dialplan set global HOTLINE_HEARD "+when)
		s.must(err)
	}
	heard(fmt.Sprint(time.Now().Add(time.Minute).Unix()))
	fourth := s.calls(silent)
	fourth.SuppressSilence() // so that however late they hang up they have said nothing
	recorded("the fourth caller")
	s.hangsUp(fourth)
	fifth := s.calls(patient)
	patience, over := context.WithTimeout(t.Context(), 2*atOnce)
	defer over()
	s.must(fifth.Hears(patience, notedTone, toneFor/2))
	select {
	case <-fifth.Done():
	case <-time.After(2 * atOnce):
		t.Fatal("the recorder goes on though nobody says anything")
	}
	heard(`""`)
	noted, err := os.ReadFile(h.asterisk.ReserveFile)
	s.must(err)
	silence := strings.TrimSpace(string(noted[bytes.LastIndexByte(noted, ',')+1:]))
	if silence == "" {
		t.Fatalf("the dialplan itself hears that nothing is said:\n%s", noted)
	}

	s.serve(stageOptions{})
	type row struct {
		From, Outcome, Agent, Name string
		Talked                     bool
		Messages                   []string
	}
	read := func() (all []row) {
		t.Helper()
		var text string
		s.must(s.query(`select coalesce(json_agg(json_build_object('from', caller, 'outcome', outcome, 'agent', agent_id, 'name', agent_name,
			'talked', answered_at between arrived_at and ended_at, 'messages', recordings) order by ticket), '[]') from contacts`, &text))
		s.must(json.Unmarshal([]byte(text), &all))
		return all
	}
	var all []row
	s.eventually("five calls have their tickets, and one its message", func() error {
		if all = read(); len(all) != 5 || all[4].Outcome == "" || len(all[1].Messages) != 1 {
			return fmt.Errorf("%+v", all)
		}
		return nil
	})
	for i, want := range []row{{From: served, Outcome: string(tickets.Served), Agent: "boris", Name: "Agent boris"}, {From: speaks, Outcome: string(tickets.LeftMessage)}, {From: leaves, Outcome: string(tickets.Lost)}, {From: silent, Outcome: string(tickets.Lost)}, {From: patient, Outcome: string(tickets.Lost)}} {
		if got := all[i]; got.From != want.From || got.Outcome != want.Outcome || got.Agent != want.Agent || got.Name != want.Name || got.Talked != (i == 0) {
			t.Errorf("call %d is %+v, and not %+v", i+1, got, want)
		}
	}
	hasTone(t, s.kept(all[1].Messages[0]))
	s.counts("who said nothing has a ticket that says so", map[string]int{`facts where kind = 'call.said_nothing'`: 1, `contacts where outcome = 'voicemail'`: 1})
	if _, err := os.Stat(filepath.Join(h.asterisk.Recordings, silence+".wav")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the silence is kept: %v", err)
	}

	s.stop()
	s.serve(stageOptions{})
	flushed, done := context.WithTimeout(t.Context(), atOnce)
	defer done()
	s.must(s.service.register.Flush(flushed))
	if again := read(); len(again) != 5 || len(again[1].Messages) != 1 {
		t.Errorf("after another start there are %+v", again)
	}
	s.emptyAsterisk()
}

// TestWhoTakesACallOutsideInTheReserveModePressesAKey: then they talk, and the ticket says with which number. A caller who leaves as the key is pressed is lost.
func TestWhoTakesACallOutsideInTheReserveModePressesAKey(t *testing.T) {
	t.Parallel()
	const caller, leaves, mobile = "+79160009621", "+79160009622", "+79160009600"
	outline := config.Asterisk{Outbound: "PJSIP/line/sip:%s@exchange", ReserveRing: []config.ReserveRing{{Phone: "nobody"}, {Number: mobile}}}
	h := openReserveHouse(t, outline.Ring())
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, house: h, elsewhere: true})
	h.reaches(t, s.exchange.Addr())
	s.config.Asterisk.Reserve = h.asterisk.ReserveFile
	outside, err := s.exchange.Phone(softphone.Options{User: mobile})
	s.must(err)
	soon, cancel := context.WithTimeout(t.Context(), atOnce)
	defer cancel()
	answers := func() *softphone.Call {
		t.Helper()
		ringing, err := outside.Incoming(soon)
		s.must(err)
		talk, err := ringing.Answer(soon)
		s.must(err)
		return talk
	}
	gone := s.calls(leaves)
	talk := answers()
	s.must(talk.Digits(soon, "1"))
	s.hangsUp(gone)
	s.gone(talk)

	customer := s.calls(caller)
	talk = answers()
	s.must(talk.Digits(soon, "1"))
	s.hearEachOther(customer, talk)
	s.must(customer.Hears(soon, 440, time.Second))
	s.hangsUp(customer)
	s.gone(talk)
	s.serve(stageOptions{})
	var name string
	if c := s.contact(caller); c.Outcome != string(tickets.SentOn) || c.Agent != "" {
		t.Errorf("the contact is %+v", c)
	}
	if s.must(s.query(`select agent_name from contacts where caller = '`+caller+`'`, &name)); name != mobile {
		t.Errorf("who answered is %q", name)
	}
	if c := s.contact(leaves); c.Outcome != string(tickets.Lost) || c.Agent != "" {
		t.Errorf("the contact of who had left is %+v", c)
	}
	s.emptyAsterisk()
}
