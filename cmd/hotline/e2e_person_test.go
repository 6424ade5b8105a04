package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/agentapi/register"
	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/personal"
	"hotline/telephony/softphone"
	"hotline/tickets"
	ticketstore "hotline/tickets/postgres"
)

// One person leaves a message, and is served when they call again; then all that is held about them is exported, and erased while
// Hotline serves. What they are known by is nowhere afterwards: not in the database, on the disk, with Asterisk or in the log.
func TestPersonIsExportedAndErasedEverywhere(t *testing.T) {
	t.Parallel()
	const number, name, secret = "+79160009401", "Пётр Канарейкин", "note of anna"
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, elsewhere: true, configure: func(c *config.Config) {
		c.Voicemail = config.Voicemail{Silence: 2 * time.Second}
		for i := range c.Queues {
			c.Queues[i].Overflow = []config.Overflow{{NobodyThere: true, To: config.Destination{Voicemail: "default"}}}
		}
	}})
	p := s.spawn()
	message := s.callsAs(softphone.CallOptions{From: number, FromName: name})
	s.chooses(message, "3")
	s.must(message.PlayTone(messageTone))
	s.eventually("a message is recorded", func() error {
		var n int
		err := s.query(`select count(*) from contacts where caller = '`+number+`' and queued_at is not null`, &n)
		if err == nil && n != 1 {
			err = fmt.Errorf("%d have come to the queue", n)
		}
		return err
	})
	whom := whom{File: p.file, Who: "8 (916) 000-94-01"}
	if err := (personEraseCommand{whom: whom, Close: true, Yes: true}).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "goes on") {
		t.Errorf("while they are on the line erasing says: %v", err)
	}
	s.recorders(1)
	s.must(message.Play(t.Context(), softphone.Sine(messageTone, soundRate)))
	s.gone(message) // after some silence
	anna := s.agentAt(p.pages, s.config.People[0]).ready()
	call := s.callsAs(softphone.CallOptions{From: number, FromName: name})
	s.chooses(call, "3")
	talk := anna.answers()
	s.hangsUp(talk)
	anna.finish("follow_up")
	s.gone(call)
	s.eventually("both calls are over, with the note", func() error {
		var n int
		err := s.query(`select count(*) from contacts where ended_at is not null and (note <> '' or recordings <> '{}')`, &n)
		if err == nil && n != 2 {
			err = fmt.Errorf("%d are", n)
		}
		return err
	})

	var ticket string
	s.must(s.query(`select ticket from contacts where caller = '`+number+`' limit 1`, &ticket))
	browser, err := client.SignIn(t.Context(), p.pages, "anna", s.config.People[0].Password.Text())
	s.must(err)
	_, err = browser.Ticket(t.Context(), tickets.Number(ticket))
	s.must(err)

	file := filed{s, s.config.People[0], p.pages}
	var letter register.File
	s.must(json.Unmarshal([]byte(file.ask(http.MethodPost, "/api/v1/tickets/"+ticket+"/files", "a letter of "+name)), &letter))
	s.must(os.Chtimes(filepath.Join(s.config.FilesFolder(), letter.SHA256[:2], letter.SHA256[2:4], letter.SHA256), time.Time{}, time.Now().Add(-time.Hour))) // not of the last minutes

	export := s.exports(whom, number, name, secret, "journal/")
	if err := (personEraseCommand{whom: whom, Yes: true}).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "is open") {
		t.Errorf("while a ticket of theirs is open erasing says: %v", err)
	}
	s.must((personEraseCommand{whom: whom, Close: true, Yes: true}).Run(t.Context()))
	if err := (personEraseCommand{whom: whom, Close: true, Yes: true}).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "nothing is known") {
		t.Errorf("the second time erasing says: %v", err)
	}
	s.isNowhere(p, number, name, "9160009401", secret)
	s.auditSays(p.file, ticket, export.Person.Customer, string(letter.ID))
	for _, recording := range export.Recordings {
		if slices.Contains(s.messages(), recording) {
			t.Errorf("the recording %s is there", recording)
		}
	}

	other := s.calls("+79160009402") // all goes on
	s.chooses(other, "3")
	anna.answers()
	anna.until("talking", func(me agentapi.Me) bool { return me.Activity.State == "talking" })
	s.hangsUp(other)
	anna.finish("resolved")
	p.end()
	s.replaysAlike()
	s.isNowhere(p, number, name, "9160009401")

	s.isErasedByTheNext(p, "+79160009402")
}

// exports writes down what is held about the person of a message and a talk, which must hold some texts and the sound.
func (s *stage) exports(whom whom, texts ...string) (export personal.Export) {
	s.t.Helper()
	into := s.t.TempDir()
	s.must((personExportCommand{whom: whom, Into: into}).Run(s.t.Context()))
	text, err := os.ReadFile(filepath.Join(into, "person.json"))
	s.must(err)
	s.must(json.Unmarshal(text, &export))
	for _, want := range texts {
		if !strings.Contains(string(text), want) {
			s.t.Errorf("the export does not hold %q", want)
		}
	}
	if len(export.Database["contacts"]) != 2 || len(export.Database["facts"]) < 6 || len(export.Database["decisions"]) == 0 || len(export.Recordings) != 1 {
		s.t.Errorf("the export holds %d contacts, %d facts, %d decisions, the recordings %q",
			len(export.Database["contacts"]), len(export.Database["facts"]), len(export.Database["decisions"]), export.Recordings)
	} else if sound, err := os.ReadFile(filepath.Join(into, export.Recordings[0]+".wav")); err != nil || len(sound) < 100 {
		s.t.Errorf("the sound of the recording has %d bytes, error %v", len(sound), err)
	}
	if len(export.Files) != 1 {
		s.t.Errorf("the export holds the files %v", export.Files)
	}
	for _, name := range export.Files {
		if b, err := os.ReadFile(filepath.Join(into, "files", name)); err != nil || !strings.HasPrefix(string(b), "a letter of ") {
			s.t.Errorf("the file %s holds %q, error %v", name, b, err)
		}
	}
	return export
}

// auditSays holds that each look at the person, and their end, left its line.
func (s *stage) auditSays(file, ticket, customer, letter string) {
	s.t.Helper()
	var audit string
	s.must(s.query(`select string_agg(who || ' ' || did || ' ' || n, ', ' order by first)
		from (select who, did, count(*) as n, min(id) as first from audit where subject in (select id from contacts union select ticket from contacts union select '`+customer+`') group by who, did) as t`, &audit))
	if want := strings.NewReplacer("OLGA", commandLine(), "LETTER", letter).Replace("anna looked at a ticket 1, anna brought a file to a ticket 1, OLGA exported a person 1, OLGA took the sound of a call's recordings 1, OLGA took file LETTER of a ticket 1, OLGA erased a person 3"); audit != want {
		s.t.Errorf("the audit has %s, want %s", audit, want)
	}
	for _, c := range []auditCommand{{Who: "command line"}, {Subject: ticket, JSON: true}, {Since: "2026-11-01"}} {
		c.File = file
		s.must(c.Run(s.t.Context()))
	}
}

// isErasedByTheNext holds that erasing needs a Hotline which runs, and that a request which one that was killed has left is carried out by the next.
func (s *stage) isErasedByTheNext(p *process, number string) {
	s.t.Helper()
	whom := whom{File: p.file, Who: number}
	if err := (personEraseCommand{whom: whom, Close: true, Yes: true}).Run(s.t.Context()); err == nil || !strings.Contains(err.Error(), "no Hotline runs") {
		s.t.Errorf("while no Hotline runs erasing says: %v", err)
	}

	pool, err := ticketstore.Connect(s.database)
	s.must(err)
	defer pool.Close()
	theirs, err := ticketstore.New(pool).Traces(s.t.Context(), ticketstore.Person{Numbers: []string{number}})
	s.must(err)
	_, err = personal.Ask(personal.Folder(s.config.Spool), personal.Erasure{Person: ticketstore.Person{Numbers: []string{number}}, Calls: theirs.Contacts()})
	s.must(err)
	p = s.respawn(p)
	p.says("a person is erased from the disk")
	if disk, err := personal.Disk(s.config.Spool, []string{number}); err != nil || len(disk) > 0 {
		s.t.Errorf("on disk is %v, error %v", disk, err)
	}
	p.end()
}

// isNowhere looks for texts in all tables, in all files of the spool's folder, and in what Hotline has logged.
func (s *stage) isNowhere(p *process, texts ...string) {
	s.t.Helper()
	db, err := pgx.Connect(s.t.Context(), s.database)
	s.must(err)
	defer db.Close(s.t.Context())
	rows, err := db.Query(s.t.Context(), `select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`)
	s.must(err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	s.must(err)
	places := map[string]string{"the log": p.text()}
	for _, table := range tables {
		var all string
		s.must(db.QueryRow(s.t.Context(), `select coalesce(string_agg(t::text, E'\n'), '') from `+pgx.Identifier{table}.Sanitize()+` t`).Scan(&all))
		places["table "+table] = all
	}
	s.must(filepath.WalkDir(s.config.Spool, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			var text []byte
			text, err = os.ReadFile(path)
			places["file "+path] = string(text)
		}
		return err
	}))
	if len(places) < 12 {
		s.t.Fatalf("only these were looked at: %v", len(places))
	}
	for place, text := range places {
		for _, hidden := range texts {
			if at := strings.Index(text, hidden); at >= 0 {
				s.t.Errorf("%s holds %q: %.300s", place, hidden, text[max(0, at-100):])
			}
		}
	}
}
