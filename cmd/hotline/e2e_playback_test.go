package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"hotline/agentapi/playback"
	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/personal"
	"hotline/recordings"
	"hotline/telephony"
	"hotline/tickets"
)

// spokenTalk is a talk of twenty seconds in which the caller speaks for six, nobody for ten, and the agent for four, at a tone each.
func spokenTalk() []byte {
	var sound []byte
	for i := range 20 * recordings.Rate {
		var sides [2]float64
		switch s := i / recordings.Rate; {
		case s < 6:
			sides[0] = math.Sin(2 * math.Pi * 440 * float64(i) / recordings.Rate)
		case s >= 16:
			sides[1] = math.Sin(2 * math.Pi * 880 * float64(i) / recordings.Rate)
		}
		for _, v := range sides {
			sound = binary.LittleEndian.AppendUint16(sound, uint16(int16(12000*v)))
		}
	}
	return sound
}

// TestRecordingIsPlayedBesideTheCourseOfItsCall: a supervisor plays a talk in a browser by mouse and by keys, and a link leads to a place in
// it. An agent has what is theirs. What is held stays, and what is deleted is gone, from the disk, too.
func TestRecordingIsPlayedBesideTheCourseOfItsCall(t *testing.T) {
	t.Parallel()
	const number = "+79160009811"
	people := []config.Person{person("anna", "101"), person("boris", "102"), {ID: "vera", Login: "vera", Name: "Vera", Role: "supervisor", Language: "en", Password: config.SecretOf("password-vera")}}
	s := raise(t, stageOptions{people: people})
	call := s.calls(number)
	s.chooses(call, "3")
	s.waiting(1)
	s.hangsUp(call)
	ticket := s.contact(number).Ticket
	var id string
	var came time.Time
	s.must(s.service.db.QueryRow(t.Context(), `select id, arrived_at from contacts where caller = $1`, number).Scan(&id, &came))
	m := recordings.Meta{
		ID: recordings.ID(uuid.Must(uuid.NewV7()).String()), Kind: recordings.Talk, Call: telephony.CallID(id), Ticket: ticket, Queue: "support", Started: came, Why: recordings.ByRule,
		Agents: []recordings.Talked{{Agent: "anna", From: came}}, Pauses: []recordings.Pause{{From: 8 * time.Second, To: 10 * time.Second, Why: "agent", By: "anna"}},
	}
	s.must(s.service.archive.Put(t.Context(), m, bytes.NewReader(spokenTalk())))

	crowd := newCrowd(t, s.pages())
	crowd.enters(people[2], "en", "/calls/"+id+"#t=2")
	var played struct {
		Begun, Fast, Five float64
		Address, Said     string
		HeardSilence      bool
		Drawn             int
	}
	s.must(json.Unmarshal(crowd.do("plays", hand{"who": "vera"}), &played))
	if played.Begun != 2 || played.Fast != 2 || played.Five != 5 || played.Address != "#r="+string(m.ID)+"&t=5" || played.HeardSilence || played.Drawn < 1000 {
		t.Errorf("it was played as %+v", played)
	}
	crowd.do("sound", hand{"who": "vera"})
	crowd.unharmed()

	vera, anna, boris := s.signsIn("vera"), s.signsIn("anna"), s.signsIn("boris")
	path := "/api/v1/recordings/" + string(m.ID)
	var list playback.Recordings
	vera.reads("/api/v1/recordings?ticket="+ticket, &list)
	if len(list.Items) != 1 || list.Items[0].ID != m.ID || list.Items[0].Length != 20 {
		t.Errorf("of the ticket there are %+v", list)
	}
	if got := boris.asks(http.MethodGet, path+"/sound", "").StatusCode; got != http.StatusNotFound {
		t.Errorf("who was not in the talk hears it: %d", got)
	}
	file, err := io.ReadAll(vera.asks(http.MethodGet, path+"/file", "").Body)
	if s.must(err); len(file) < 44 || !bytes.Equal(file[44:], spokenTalk()) {
		t.Errorf("taken along it has %d bytes", len(file))
	}
	for _, c := range []struct {
		who          *browser
		method, path string
		body         string
		want         int
	}{
		{anna, http.MethodGet, path + "/sound", "", 200}, {anna, http.MethodPut, path + "/hold", `{"why":"x"}`, 403}, {vera, http.MethodPut, path + "/hold", `{"why":"a complaint"}`, 200}, {vera, http.MethodDelete, path + "?why=tidy", "", 409},
		{vera, http.MethodDelete, path + "/hold", "", 200}, {vera, http.MethodDelete, path + "?why=tidy", "", 200}, {anna, http.MethodGet, path + "/sound", "", 404},
	} {
		if got := c.who.asks(c.method, c.path, c.body).StatusCode; got != c.want {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, got, c.want)
		}
	}
	if _, err := s.service.vault.vault.Meta(m.ID); err == nil {
		t.Error("what was deleted is on the disk")
	}
}

// TestRecordingsOfAPersonGoWithThemUnlessTheyAreHeld: an export has their sound, and an erasure takes them, but for the one that somebody holds.
func TestRecordingsOfAPersonGoWithThemUnlessTheyAreHeld(t *testing.T) {
	t.Parallel()
	const number = "+79160009812"
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}})
	call := s.calls(number)
	s.chooses(call, "3")
	s.waiting(1)
	s.hangsUp(call)
	s.contact(number)
	var id string
	s.must(s.service.db.QueryRow(t.Context(), `select id from contacts where caller = $1`, number).Scan(&id))
	var both [2]recordings.Meta
	for i := range both {
		both[i] = recordings.Meta{ID: recordings.ID(uuid.Must(uuid.NewV7()).String()), Kind: recordings.Talk, Call: telephony.CallID(id), Started: time.Now(), Why: recordings.ByRule}
		s.must(s.service.archive.Put(t.Context(), both[i], bytes.NewReader(spokenTalk())))
	}
	s.must(s.service.listed.Hold(t.Context(), both[0].ID, &recordings.Hold{At: time.Now(), By: "vera", Why: "a court"}))
	taken := map[string]int{}
	take := taking{conf: s.config, store: s.service.tickets, listed: s.service.listed, by: tickets.Look{Who: "rita"}, put: func(name string, write func(io.Writer) error) error {
		var content bytes.Buffer
		err := write(&content)
		taken[name] = content.Len()
		return err
	}}
	persons, err := meant(t.Context(), s.config, s.service.tickets, number)
	if s.must(err); len(persons) != 1 {
		t.Fatalf("%s may be %+v", number, persons)
	}
	who := persons[0]
	e, err := take.held(t.Context(), who)
	s.must(err)
	s.must(take.rest(t.Context(), &e))
	for _, m := range both {
		if name := "recording-" + string(m.ID); taken[name+".wav"] != 44+len(spokenTalk()) || len(e.Recordings) != 2 || len(e.Unreadable) != 0 {
			t.Errorf("taken are %v of %v, but for %v", taken, e.Recordings, e.Unreadable)
		}
	}
	unknown := recordings.Meta{ID: recordings.ID(uuid.Must(uuid.NewV7()).String()), Kind: recordings.Talk, Call: telephony.CallID(id), Started: time.Now(), Why: recordings.ByRule}
	_, err = s.service.vault.Put(t.Context(), unknown, bytes.NewReader(spokenTalk())) // the database has not been told
	s.must(err)
	s.must(s.service.erase(t.Context(), personal.Erasure{Person: who, Calls: []string{id}}))
	if _, err := s.service.vault.vault.Meta(unknown.ID); !errors.Is(err, recordings.ErrNone) {
		t.Errorf("what the database had not been told of is there: %v", err)
	}
	if _, err := s.service.vault.vault.Meta(both[0].ID); err != nil {
		t.Errorf("what is held has gone: %v", err)
	}
	if _, err := s.service.vault.vault.Meta(both[1].ID); !errors.Is(err, recordings.ErrNone) {
		t.Errorf("what nobody holds is there: %v", err)
	}
}
