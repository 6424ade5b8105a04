package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/agentapi/register"
	"hotline/cmd/hotline/config"
	"hotline/queues"
	"hotline/recordings"
	"hotline/recordings/tape"
	"hotline/recordings/vault"
	"hotline/telephony/softphone"
)

// TestMessageIsHeardByTheDepartmentAndForgottenInTime: nobody is there, the caller says something and does not hang up. Whose department owns the
// ticket hears what they said, and finds it in the ticket's whole file; Hotline is started anew when the message is old.
func TestMessageIsHeardByTheDepartmentAndForgottenInTime(t *testing.T) {
	t.Parallel()
	const number = "+79160009701"
	secret := config.SecretOf("password-petr")
	people := []config.Person{
		person("anna", "101"), {ID: "petr", Login: "petr", Name: "Petr", Role: "department", Language: "ru", Departments: []string{"experts"}, Password: secret},
		{ID: "ivan", Login: "ivan", Name: "Ivan", Role: "department", Language: "ru", Departments: []string{"others"}, Password: secret},
	}
	s := raise(t, stageOptions{people: people, configure: func(c *config.Config) {
		c.Departments = append(c.Departments, config.Department{ID: "experts"}, config.Department{ID: "others"})
		for i := range c.Topics {
			c.Topics[i].Department = "experts"
		}
		takesMessages(c)
	}})
	call := s.calls(number)
	s.chooses(call, "3")
	s.recorders(1)
	s.must(call.Play(t.Context(), softphone.Sine(messageTone, 4*soundRate)))
	s.gone(call)
	c := s.contact(number)
	if c.Outcome != "voicemail" {
		t.Errorf("the contact is %+v", c)
	}
	var name, note string
	s.must(s.query(`select recordings[1] from contacts where caller = '`+number+`'`, &name))
	if s.must(s.query(`select note from contacts where caller = '`+number+`'`, &note)); note != "" {
		t.Fatalf("the contact says %q, with the note %q", name, note)
	}
	s.kept(name)

	petr := s.signsIn("petr")
	var file register.TicketFile
	petr.reads("/api/v1/tickets/"+c.Ticket+"/file", &file)
	i := slices.IndexFunc(file.Timeline.Items, func(i register.TimelineItem) bool { return i.Contact != nil && i.Contact.Recordings == 1 })
	if i < 0 {
		t.Fatalf("the ticket's story has no message: %+v", file.Timeline.Items)
	}
	path := "/api/v1/tickets/" + c.Ticket + "/contacts/" + string(file.Timeline.Items[i].Contact.ID) + "/recording"
	heard := petr.body(path)
	hasTone(t, heard)
	if got := s.signsIn("ivan").asks(http.MethodGet, path, "").StatusCode; got != http.StatusNotFound {
		t.Errorf("who may not see the ticket hears its message: %d", got)
	}
	packed := petr.body("/api/v1/tickets/" + c.Ticket + "/casefile?format=zip")
	z, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	s.must(err)
	messages, err := fs.Glob(z, "attachments/Message *.wav")
	if s.must(err); len(messages) != 1 {
		t.Fatalf("the whole file has the messages %q", messages)
	}
	sound, err := fs.ReadFile(z, messages[0])
	if s.must(err); !bytes.Equal(sound, heard) {
		t.Errorf("the whole file has a message of %d bytes, and %d were heard", len(sound), len(heard))
	}
	crowd := newCrowd(t, s.pages())
	crowd.enters(people[1], "ru", "/tickets/"+c.Ticket)
	var seconds float64
	if s.must(json.Unmarshal(crowd.do("hears", hand{"who": "petr"}), &seconds)); seconds < 4 || seconds > 60 {
		t.Errorf("on the page the message lasts for %g s", seconds)
	}
	crowd.do("sound", hand{"who": "petr"})
	s.answersAndHears(crowd, people[0], number, c.Ticket)
	var looks int
	s.must(s.query(`select count(*) from audit where who = 'petr' and did = 'took the sound of a call''s recordings' and subject = '`+string(file.Timeline.Items[i].Contact.ID)+`'`, &looks))
	if looks < 2 { // a browser may take a sound in several parts
		t.Errorf("%d lines say that petr has heard it", looks)
	}

	s.stop()
	s.config.Voicemail.Keep = time.Millisecond
	s.serve(stageOptions{})
	s.eventually("the old message is deleted", func() error {
		var by string
		err := s.query(`select coalesce(deleted_by, '') from recordings where kind = 'message'`, &by)
		if err == nil && by != recordings.ByRetention {
			err = fmt.Errorf("it is deleted by %q", by)
		}
		return err
	})
	if _, err := s.keptFolder().Open(tape.MessageID(name)); !errors.Is(err, recordings.ErrNone) {
		t.Errorf("its sound: %v", err)
	}
	if answer := s.signsIn("petr").asks(http.MethodGet, path, ""); answer.StatusCode != http.StatusNotFound {
		t.Errorf("a message that is kept no more: %d", answer.StatusCode)
	}
	again := newCrowd(t, s.pages())
	again.enters(people[1], "en", "/tickets/"+c.Ticket)
	again.do("hears", hand{"who": "petr", "wrong": "gone"})
	crowd.unharmed()
	s.emptyAsterisk()
}

// takesMessages has whoever calls while nobody is there asked for a message.
func takesMessages(c *config.Config) {
	c.Voicemail = config.Voicemail{Silence: 8 * time.Second} // a busy machine may be slow to see that the recorder runs, and to speak
	c.Recordings.ReserveMB = 1
	for i := range c.Queues {
		c.Queues[i].Overflow = []config.Overflow{{NobodyThere: true, To: config.Destination{Voicemail: "default"}}}
	}
}

// recorders waits until so many callers speak to a recorder.
func (s *stage) recorders(n int) {
	s.t.Helper()
	s.eventually("the recorder runs", func() error {
		run := 0
		for _, c := range s.list("/channels") {
			if strings.Contains(s.note(c), `"recording"`) {
				run++
			}
		}
		if run < n {
			return fmt.Errorf("of %d run %d", n, run)
		}
		return nil
	})
}

// keptFolder is the folder of recordings.
func (s *stage) keptFolder() vault.Folder {
	s.t.Helper()
	keys, err := vault.ReadKeys(s.config.Recordings.Keys)
	s.must(err)
	return vault.Folder{Path: s.config.RecordingsFolder(), Keys: keys}
}

// kept waits until a message is among the recordings, and not with Asterisk any more, and gives how it sounds.
func (s *stage) kept(name string) (sound []byte) {
	s.t.Helper()
	folder := s.keptFolder()
	s.eventually("the message is among the recordings", func() error {
		kept, err := folder.Open(tape.MessageID(name))
		if err != nil {
			return err
		}
		defer kept.Close()
		if all := s.messages(); slices.Contains(all, name) {
			return fmt.Errorf("Asterisk has %q", all)
		}
		sound, err = io.ReadAll(kept)
		return err
	})
	return sound
}

// TestMessageIsLostToNoKill: of two who speak to the recorder as Hotline is killed, one hangs up while none is there, and the other goes on.
func TestMessageIsLostToNoKill(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, elsewhere: true, configure: takesMessages})
	p := s.spawn()
	const leaves, stays = "+79160009711", "+79160009712"
	var calls []*softphone.Call
	for _, number := range []string{leaves, stays} {
		call := s.calls(number)
		s.chooses(call, "3")
		calls = append(calls, call)
	}
	s.recorders(2)
	for _, call := range calls {
		s.must(call.Play(t.Context(), softphone.Sine(messageTone, 2*soundRate)))
	}
	p.kill()
	s.hangsUp(calls[0])
	p = s.respawn(p)
	s.gone(calls[1])
	for _, number := range []string{leaves, stays} {
		var name string
		s.eventually("the contact of "+number+" has its message", func() error {
			return s.query(`select recordings[1] from contacts where caller = '`+number+`' and recordings <> '{}' and ended_at is not null`, &name)
		})
		hasTone(t, s.kept(name))
	}
	p.end()
	s.emptyAsterisk()
}

// TestVoicemailIsHeardCalledBackAndDone: a message comes onto a colleague's page by itself. An agent hears it there, calls its caller back by a click, about its ticket,
// and says that it is done, which the colleague sees at once, and takes back.
func TestVoicemailIsHeardCalledBackAndDone(t *testing.T) {
	t.Parallel()
	const number = "+79160009721"
	people := []config.Person{
		person("anna", "101"), {ID: "petr", Login: "petr", Name: "Petr", Role: "department", Language: "ru", Departments: []string{"experts"}, Password: config.SecretOf("password-petr")},
	}
	people[0].Departments = []string{"experts"}
	s := raise(t, stageOptions{people: people, configure: func(c *config.Config) {
		takesMessages(c)
		c.Departments = append(c.Departments, config.Department{ID: "experts"})
		for i := range c.Topics {
			c.Topics[i].Department = "experts"
		}
	}})
	crowd := newCrowd(t, s.pages())
	crowd.enters(people[1], "ru", "/voicemails")
	crowd.do("voicemails", hand{"who": "petr", "todo": 0, "done": 0})
	call := s.calls(number)
	s.chooses(call, "3")
	s.recorders(1)
	s.must(call.Play(t.Context(), softphone.Sine(messageTone, 4*soundRate)))
	s.gone(call)
	crowd.do("voicemails", hand{"who": "petr", "todo": 1, "done": 0})
	c := s.contact(number)
	var name string
	s.must(s.query(`select recordings[1] from contacts where caller = '`+number+`'`, &name))
	s.kept(name)

	phone := s.phoneOf(queues.AgentID("anna"))
	home, err := s.exchange.Phone(softphone.Options{User: number})
	s.must(err)
	crowd.enters(people[0], "en", "/desk")
	crowd.do("shift", hand{"who": "anna"})
	crowd.do("voicemails", hand{"who": "anna", "todo": 1, "done": 0})
	crowd.do("heeds", hand{"who": "anna"})
	crowd.do("callsBack", hand{"who": "anna", "number": number, "reason": "missed"})
	soon, cancel := context.WithTimeout(t.Context(), atOnce)
	defer cancel()
	ringing, err := phone.Incoming(soon)
	s.must(err)
	own, err := ringing.Answer(t.Context())
	s.must(err)
	atHome, err := home.Incoming(soon)
	s.must(err)
	customer, err := atHome.Answer(t.Context())
	s.must(err)
	s.hearEachOther(customer, own)
	if about := crowd.text("talks", hand{"who": "anna"}); about != c.Ticket {
		t.Errorf("the call is about ticket %s, and the message is in %s", about, c.Ticket)
	}
	s.hangsUp(customer)
	crowd.do("finish", hand{"who": "anna", "disposition": "follow_up", "note": ""})
	s.eventually("the call that anna made says why", func() error {
		var got string
		err := s.query(`select string_agg(called_by || ' ' || call_reason, ', ' order by arrived_at) from contacts where called_by <> ''`, &got)
		if err == nil && got != "anna missed" {
			err = fmt.Errorf("it is %q", got)
		}
		return err
	})

	crowd.do("voicemails", hand{"who": "anna", "todo": 1, "done": 0})
	crowd.do("marks", hand{"who": "anna", "list": "todo"})
	crowd.do("voicemails", hand{"who": "petr", "todo": 0, "done": 1})
	crowd.do("marks", hand{"who": "petr", "list": "done"})
	crowd.do("voicemails", hand{"who": "anna", "todo": 1, "done": 0})
	var lines int
	s.must(s.query(`select count(*) from ticket_changes where ticket = '`+c.Ticket+`' and (kind = 'voicemail.done' and by_id = 'anna' or kind = 'voicemail.undone' and by_id = 'petr')`, &lines))
	if lines != 2 {
		t.Errorf("%d lines of the ticket's history tell it", lines)
	}
	crowd.unharmed()
	s.emptyAsterisk()
}

// answersAndHears is the next call of somebody who has left a message: whoever answers it hears the message on the desk before they ask.
func (s *stage) answersAndHears(crowd *crowd, agent config.Person, number, ticket string) {
	s.t.Helper()
	phone := s.phoneOf(queues.AgentID(agent.ID))
	crowd.enters(agent, "ru", "/desk")
	crowd.do("shift", hand{"who": agent.ID})
	call := s.calls(number)
	s.chooses(call, "3")
	ctx, cancel := context.WithTimeout(s.t.Context(), atOnce)
	defer cancel()
	ringing, err := phone.Incoming(ctx)
	s.must(err)
	talk, err := ringing.Answer(s.t.Context())
	s.must(err)
	if about := crowd.text("talks", hand{"who": agent.ID}); about != ticket {
		s.t.Fatalf("the next call is about ticket %s, and the message is in %s", about, ticket)
	}
	crowd.do("hears", hand{"who": agent.ID})
	s.hangsUp(talk)
	crowd.do("finish", hand{"who": agent.ID, "disposition": "follow_up", "note": ""})
}

const messageTone = 700

// hasTone says whether a second of a WAV file of the switch's is full of the caller's tone.
func hasTone(t *testing.T, file []byte) {
	t.Helper()
	if len(file) < 44 || string(file[:4]) != "RIFF" {
		t.Fatalf("%d bytes are no sound", len(file))
	}
	sound := make([]int16, (len(file)-44)/2)
	for i := range sound {
		sound[i] = int16(binary.LittleEndian.Uint16(file[44+2*i:]))
	}
	for i := 0; i+soundRate <= len(sound); i += soundRate / 4 {
		if tone, all := powerAt(sound[i:i+soundRate], messageTone); all/soundRate > 500*500 && tone/all > 0.8 {
			return
		}
	}
	t.Errorf("in %.1f s no second is of the caller's tone", float64(len(sound))/soundRate)
}

// body is that of an answer that must be good.
func (b *browser) body(path string) []byte {
	b.t.Helper()
	answer := b.asks(http.MethodGet, path, "")
	text, err := io.ReadAll(answer.Body)
	if b.must(err); answer.StatusCode != http.StatusOK {
		b.t.Fatalf("%s: status %d: %.300s", path, answer.StatusCode, text)
	}
	return text
}

// messages are those on Asterisk's disk, by name.
func (s *stage) messages() (names []string) {
	s.t.Helper()
	var all []struct{ Name string }
	s.must(s.ariGet("/recordings/stored", &all))
	for _, m := range all {
		names = append(names, m.Name)
	}
	return names
}
