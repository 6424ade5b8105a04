package main

import (
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hotline/agentapi/register"
	"hotline/cmd/hotline/config"
	"hotline/tickets/attachment"
)

// A file that a supervisor adds to the ticket of a call lies on disk, is given out again by the Hotline that starts next, and leaves the disk once
// it is removed.
func TestFileOfATicketOutlivesARestartAndLeavesTheDiskWhenRemoved(t *testing.T) {
	t.Parallel()
	olga := config.Person{ID: "olga", Login: "olga", Name: "Olga", Role: "supervisor", Language: "ru", Password: config.SecretOf("password-olga")}
	s := raise(t, stageOptions{people: []config.Person{olga}})
	const from = "+79160009501"
	s.hangsUp(s.calls(from))
	path := "/api/v1/tickets/" + s.contact(from).Ticket + "/files"

	sent := filed{s, olga, s.pages()}.ask(http.MethodPost, path, "текст письма")
	var f register.File
	s.must(json.Unmarshal([]byte(sent), &f))
	if n := s.contentsOnDisk(); n != 1 {
		t.Errorf("%d contents are on disk", n)
	}
	s.stop()
	s.serve(stageOptions{})
	again := filed{s, olga, s.pages()}
	if got := again.ask(http.MethodGet, path+"/"+string(f.ID), ""); got != "текст письма" {
		t.Errorf("after a restart it holds %q", got)
	}
	if list := again.ask(http.MethodDelete, path+"/"+string(f.ID), ""); !strings.Contains(list, `"removed_by":"olga"`) {
		t.Errorf("the history says %s", list)
	}
	swept, err := s.service.files.Sweep(t.Context(), time.Now().Add(time.Minute))
	if err != nil || swept != (attachment.Swept{Contents: 1}) || s.contentsOnDisk() != 0 {
		t.Errorf("swept %+v, error %v; %d contents are on disk", swept, err, s.contentsOnDisk())
	}
}

// Whoever writes while files come has seen the ticket all the same; whoever writes while somebody else does has not.
func TestWhoWritesWhileAFileComesIsNotTooLate(t *testing.T) {
	t.Parallel()
	olga := config.Person{ID: "olga", Login: "olga", Name: "Olga", Role: "supervisor", Language: "ru", Password: config.SecretOf("password-olga")}
	s := raise(t, stageOptions{people: []config.Person{olga}})
	b := s.signsIn("olga")
	var seen register.TicketFile
	b.decode(b.asks(http.MethodPost, "/api/v1/tickets", `{"channel": "letter", "subject": "Письмо", "text": "О дисках"}`), &seen)
	n := string(seen.Ticket.Number)
	note := func() int {
		return b.sends(http.MethodPost, "/api/v1/tickets/"+n+"/tell", `{"text": "Смотрим"}`, http.Header{
			"Content-Type": {"application/json"}, "If-Match": {`"` + strconv.FormatInt(seen.Version, 10) + `"`},
		}).StatusCode
	}
	first := b.brings(n, "письмо.txt", "текст письма")
	b.brings(n, "акт.txt", "текст акта")
	if first.Version != seen.Version+1 {
		t.Errorf("the ticket is at version %d, and the file came with %d", seen.Version, first.Version)
	}
	if status := note(); status != http.StatusOK {
		t.Errorf("after files: status %d", status)
	}
	if status := note(); status != http.StatusPreconditionFailed {
		t.Errorf("after an answer: status %d", status)
	}
	if a := b.asks(http.MethodDelete, "/api/v1/tickets/"+n+"/files/"+string(first.ID), ""); a.StatusCode != http.StatusOK {
		t.Errorf("it is not removed: status %d", a.StatusCode)
	}
	var f register.TicketFile
	b.reads("/api/v1/tickets/"+n+"/file", &f)
	var lines []string
	for _, i := range f.Timeline.Items {
		if i.Change != nil && strings.HasPrefix(i.Change.Kind, "file.") {
			lines = append(lines, i.Change.Kind+" by "+i.By.Name)
		}
	}
	if want := []string{"file.removed by Olga", "file.added by Olga", "file.added by Olga"}; !slices.Equal(lines, want) {
		t.Errorf("the history says %q, not %q", lines, want)
	}
}

// contentsOnDisk counts the contents of files in their folder.
func (s *stage) contentsOnDisk() (n int) {
	s.t.Helper()
	s.must(filepath.WalkDir(s.config.FilesFolder(), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && len(d.Name()) == 64 {
			n++
		}
		return err
	}))
	return n
}

// filed is a browser of somebody who works on files.
type filed struct {
	*stage
	person config.Person
	at     string // the address of the pages
}

// ask signs in, and gives the body of an answer that must be good. A body is a file.
func (f filed) ask(method, path, body string) string {
	return f.askAs("application/octet-stream", method, path, body)
}

func (f filed) askAs(kind, method, path, body string) string {
	f.t.Helper()
	jar, err := cookiejar.New(nil)
	f.must(err)
	browser := http.Client{Jar: jar}
	defer browser.CloseIdleConnections()
	do := func(method, path, kind, body string) string {
		r, err := http.NewRequestWithContext(f.t.Context(), method, f.at+path, strings.NewReader(body))
		f.must(err)
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Content-Disposition", "attachment; filename*=UTF-8''%D0%BF%D0%B8%D1%81%D1%8C%D0%BC%D0%BE.txt")
		answer, err := browser.Do(r)
		f.must(err)
		defer answer.Body.Close()
		b, err := io.ReadAll(answer.Body)
		f.must(err)
		if answer.StatusCode >= 300 {
			f.t.Fatalf("%s %s: status %d: %s", method, path, answer.StatusCode, b)
		}
		return string(b)
	}
	do(http.MethodPost, "/api/v1/session", "application/json", `{"login":"`+f.person.Login+`","password":"`+f.person.Password.Text()+`"}`)
	return do(method, path, kind, body)
}
