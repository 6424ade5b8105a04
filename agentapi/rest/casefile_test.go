package rest_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"hotline/agentapi/rest"
	"hotline/tickets"
	"hotline/tickets/attachment"
	"hotline/tickets/life"
	"hotline/tickets/lists"
)

// openWithDocuments is a house in which support, dasha's department, owns a ticket with files, and boris another.
func openWithDocuments(t *testing.T) (h *house, audit *diary, supports, boriss tickets.Number) {
	t.Helper()
	supports, boriss = tickets.MakeNumber(20101), tickets.MakeNumber(20102)
	keep := func(n tickets.Number, owner tickets.Owner) tickets.Ticket {
		s, err := tickets.KeepOpen(owner, time.Now().Add(time.Hour), tickets.FollowUp)
		if err != nil {
			t.Fatal(err)
		}
		return tickets.Ticket{Number: n, State: s, Subject: "=cmd|' /C calc'!A0 <script>alert(1)</script>"}
	}
	a := newArchive(keep(supports, tickets.Department("support")), keep(boriss, tickets.Person("8")))
	s := newShelf()
	s.put(supports, fileOfAnna, "счёт.txt", "anna", "what stands in it")
	s.put(supports, fileOfBoris, "removed.txt", "boris", "gone")
	s.rows[supports][0].Internal = false
	s.rows[supports][1].Internal, s.rows[supports][1].RemovedAt = false, time.Now()
	for _, f := range s.rows[supports] {
		a.items = append(a.items, lists.Item{At: f.At, File: &f})
	}
	a.items = append(a.items,
		lists.Item{At: time.Unix(2e9, 0), Entry: &life.Entry{N: 1, Kind: life.Note, Internal: true, Text: "he is a bore", By: tickets.By{Kind: tickets.ByPerson, ID: "7"}}},
		lists.Item{At: time.Unix(2e9, 0), Entry: &life.Entry{N: 2, Kind: life.Answer, Text: "<b>it works</b>", By: tickets.By{Kind: tickets.ByPerson, ID: "7"}}})
	audit = &diary{}
	h = open(t, settings{options: func(o *rest.Options) {
		room := a.room()
		room.Files = s.keeper(attachment.Limits{})
		o.Rooms, o.Audit = []rest.Room{room}, audit
	}})
	return h, audit, supports, boriss
}

func body(t *testing.T, answer *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestWholeFileOfATicketIsADocumentWithItsFiles(t *testing.T) {
	h, audit, n, _ := openWithDocuments(t)
	dasha := http.Header{"Cookie": {h.cookie("dasha")}}
	path := "/api/v1/tickets/" + string(n) + "/casefile"
	before := len(audit.since(0))

	page := h.request(http.MethodGet, path+"?language=ru", "", dasha)
	text := body(t, page)
	if page.StatusCode != 200 || !strings.Contains(text, "Дело по обращению "+string(n)) || !strings.Contains(text, "&lt;b&gt;it works") || !strings.Contains(text, "Анна") {
		t.Errorf("%d: %.3000s", page.StatusCode, text)
	}
	if strings.Contains(text, "bore") || strings.Contains(text, "<script") {
		t.Error("the page has what is internal, or markup that somebody wrote")
	}
	for name, want := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Content-Disposition": `attachment; filename="ticket-` + string(n) + `.html"`, "Cache-Control": "no-store",
		"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff",
	} {
		if got := page.Header.Get(name); !strings.Contains(got, want) {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if got := h.request(http.MethodGet, path+"?inline=true", "", dasha).Header.Get("Content-Disposition"); !strings.HasPrefix(got, "inline") {
		t.Errorf("a page to read in the browser is %q", got)
	}
	if data := body(t, h.request(http.MethodGet, path+"?format=json&internal=true", "", dasha)); !strings.Contains(data, "he is a bore") {
		t.Errorf("what is internal is asked for, and not there: %s", data)
	}

	packed := body(t, h.request(http.MethodGet, path+"?format=zip", "", dasha))
	z, err := zip.NewReader(bytes.NewReader([]byte(packed)), int64(len(packed)))
	if err != nil {
		t.Fatal(err)
	}
	held := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		held[f.Name] = string(b)
	}
	if len(held) != 3 || held["attachments/счёт.txt"] != "what stands in it" || held["file.html"] == "" || held["file.json"] == "" {
		t.Errorf("the archive holds %v", held)
	}
	looks := audit.since(before)
	if len(looks) != 4 || looks[0].Did != tickets.TookCaseFile || looks[0].Who != "dasha" || looks[0].Subject != string(n) {
		t.Errorf("the audit has %+v", looks)
	}
	audit.fill(true)
	if got := h.request(http.MethodGet, path, "", dasha).StatusCode; got != 503 {
		t.Errorf("given out though no line of it can be written: %d", got)
	}
}

func TestWholeFileOfATicketThatIsNotTheirsIsNotThere(t *testing.T) {
	h, _, supports, boriss := openWithDocuments(t)
	for _, c := range []struct {
		who  string
		n    tickets.Number
		want int
	}{
		{"dasha", supports, 200}, {"dasha", boriss, 404}, {"boris", boriss, 200}, {"boris", supports, 404}, {"vera", supports, 200}, {"vera", tickets.MakeNumber(20999), 404},
	} {
		if got := h.request(http.MethodGet, "/api/v1/tickets/"+string(c.n)+"/casefile", "", http.Header{"Cookie": {h.cookie(c.who)}}).StatusCode; got != c.want {
			t.Errorf("%s takes %s: %d, want %d", c.who, c.n, got, c.want)
		}
	}
}
