package main

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hotline/agentapi/register"
	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/personal"
	"hotline/tickets"
	ticketstore "hotline/tickets/postgres"
)

// An administrator takes out what is held about a caller, sees what an erasure would take away, and erases it: from the database, and from the disk of the Hotline that runs.
func TestAdministratorExportsAndErasesACallerOverREST(t *testing.T) {
	t.Parallel()
	rita := config.Person{ID: "rita", Login: "rita", Name: "Rita", Role: "administrator", Language: "ru", Password: config.SecretOf("password-rita")}
	olga := config.Person{ID: "olga", Login: "olga", Name: "Olga", Role: "supervisor", Language: "ru", Password: config.SecretOf("password-olga")}
	s := raise(t, stageOptions{people: []config.Person{rita, olga}})
	const from = "+79160009521"
	s.hangsUp(s.calls(from))
	ticket := s.contact(from).Ticket
	browser := filed{s, rita, s.pages()}
	file := func(text string) (f register.File, path string) {
		s.must(json.Unmarshal([]byte(filed{s, olga, browser.at}.ask(http.MethodPost, "/api/v1/tickets/"+ticket+"/files", text)), &f))
		return f, filepath.Join(s.config.FilesFolder(), f.SHA256[:2], f.SHA256[2:4], f.SHA256)
	}
	lost, at := file("a letter that will be lost")
	s.must(os.Remove(at))
	changed, at := file("a letter that will be changed")
	s.must(os.Chmod(at, 0o600))
	s.must(os.WriteFile(at, []byte("a letter that somebody changed"), 0o600))
	const who = "?who=8+(916)+000-95-21"
	// Clocks that are reckoned between the look and the order would be more than was looked at, which is told.
	s.eventually("the ticket is reckoned", func() error {
		var reckoned bool
		if err := s.query(`select reckoned = version from tickets`, &reckoned); err != nil || reckoned {
			return err
		}
		return errors.New("not yet")
	})
	var seen register.ErasurePreview
	s.must(json.Unmarshal([]byte(browser.ask(http.MethodGet, "/api/v1/persons/erasure"+who, "")), &seen))
	if seen.Rows["contacts"] != 1 || !strings.Contains(seen.Against, ticket) || !seen.Closes {
		t.Errorf("it would take away %+v", seen)
	}
	export := browser.ask(http.MethodGet, "/api/v1/persons/export"+who, "")
	all, err := zip.NewReader(strings.NewReader(export), int64(len(export)))
	s.must(err)
	f, err := all.Open("person.json")
	s.must(err)
	text, err := io.ReadAll(f)
	s.must(err)
	if !strings.Contains(string(text), from) || !strings.Contains(string(text), ticket) {
		t.Errorf("the export is %s", text)
	}
	var told personal.Export
	if s.must(json.Unmarshal(text, &told)); !slices.Equal(slices.Sorted(slices.Values(told.Unreadable)), slices.Sorted(slices.Values([]string{string(lost.ID), string(changed.ID)}))) || len(told.Files) != 0 {
		t.Errorf("of a file that is lost, and one that is changed, the export says unreadable %v, files %v", told.Unreadable, told.Files)
	}
	var done register.Erased
	order, err := json.Marshal(map[string]any{"who": from, "confirm": seen.Confirm, "close": true})
	s.must(err)
	s.must(json.Unmarshal([]byte(browser.askAs("application/json", http.MethodPost, "/api/v1/persons/erasure", string(order))), &done))
	if done.Contacts != 1 || !done.Disk {
		t.Errorf("erasing says %+v", done)
	}
	var left int
	s.must(s.query(`select count(*) from contacts where caller <> ''`, &left))
	if disk, err := personal.Disk(s.config.Spool, []string{from}); left != 0 || err != nil || len(disk) > 0 {
		t.Errorf("%d contacts name somebody, and on disk is %v, %v", left, disk, err)
	}
	var audit string
	s.must(s.query(`select string_agg(regexp_replace(did, 'file [-0-9a-f]+', 'file'), ', ' order by id) from audit where who = 'rita'`, &audit))
	if audit != "looked at a customer, exported a person, took file of a ticket, took file of a ticket, erased a person, erased a person" { // the call, and the customer whom it made
		t.Errorf("the audit says %s", audit)
	}
	var away int
	if s.must(s.query(`select count(*) from audit where who = 'rita' and address <> '127.0.0.1'`, &away)); away > 0 {
		t.Errorf("of %d lines of the audit nobody knows from where it was done", away)
	}
	// Whoever has closed the page at the wrong moment has asked for it all the same.
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (holdings{s.service}).Erase(gone, register.Subject{Numbers: []string{from}}, "", true, "rita"); err != nil {
		t.Errorf("erased for nobody who waits: %v", err)
	}
	// An Asterisk that is away is told before the first byte of an export goes out.
	elsewhere := s.config
	elsewhere.Asterisk.URL = "http://127.0.0.1:1/ari"
	if _, err := (&taking{conf: elsewhere, store: s.service.tickets, by: tickets.Look{Who: "rita"}}).held(t.Context(), ticketstore.Person{Numbers: []string{from}}); err == nil {
		t.Error("while Asterisk is away an export begins")
	}
}
