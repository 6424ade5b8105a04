package rest_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hotline/agentapi/register"
	"hotline/agentapi/rest"
	"hotline/tickets"
	"hotline/tickets/lists"
	"hotline/tickets/reports"
)

// statistician is a ReportStore that has counted the same always, and remembers what it was asked.
type statistician struct{ asked []reports.Question }

func (s *statistician) Report(_ context.Context, q reports.Question) (reports.Answer, error) {
	s.asked = append(s.asked, q)
	figures := make([]float64, len(q.Report.Counted()))
	for i := range figures {
		figures[i] = float64(i + 1)
	}
	key := "=cmd|' /C calc'!A0"
	if q.Group.Timed() {
		key = q.Period.First()
	}
	return q.Finish(map[string][]float64{key: figures}), nil
}

func (s *statistician) room() *register.Reports {
	return &register.Reports{Store: s, Terms: newArchive().Terms, Location: moscow}
}

var moscow = time.FixedZone("Europe/Moscow", 3*60*60)

func openWithReports(t *testing.T) (*house, *statistician, *diary) {
	t.Helper()
	s, d := &statistician{}, &diary{}
	return open(t, settings{options: func(o *rest.Options) { o.Rooms, o.Audit = []rest.Room{s.room()}, d }}), s, d
}

func TestReportIsToldInEachFormatWithItsZone(t *testing.T) {
	h, s, d := openWithReports(t)
	vera := http.Header{"Cookie": {h.cookie("vera")}}
	path := "/api/v1/reports/promises?from=2026-03-28&to=2026-04-02&group=person"

	answer := answerOf[register.ReportAnswer](t, h.request(http.MethodGet, path+"&before=true", "", vera))
	if answer.From != "2026-03-28" || answer.To != "2026-04-02" || answer.Zone != "Europe/Moscow" || len(answer.Rows) != 1 || len(answer.Columns) != len(answer.Rows[0].Figures) {
		t.Errorf("JSON says %+v", answer)
	}
	if answer.Before == nil || answer.Before.From != "2026-03-22" || answer.Before.To != "2026-03-27" {
		t.Errorf("the period before is %+v", answer.Before)
	}
	if share := answer.Rows[0].Figures[slices.Index(answer.Columns, "share")]; share == nil || math.Abs(*share-1.0/3) > 1e-9 {
		t.Errorf("1 of 3 was kept: %v", share)
	}
	if got := s.asked[0].Period; !got.From.Equal(time.Date(2026, 3, 28, 0, 0, 0, 0, moscow)) || !got.To.Equal(time.Date(2026, 4, 3, 0, 0, 0, 0, moscow)) {
		t.Errorf("asked from %v to %v", got.From, got.To)
	}

	accept := vera.Clone()
	accept.Set("Accept", "text/csv")
	table := h.request(http.MethodGet, path, "", accept)
	text := body(t, table)
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 2 || rows[0][0] != "From (Europe/Moscow)" || rows[1][0] != "2026-03-28" || rows[1][1] != "2026-04-02" || !strings.HasPrefix(rows[1][2], "'=") {
		t.Errorf("CSV is %q, %v", text, err)
	}
	if got := table.Header.Get("Content-Disposition"); !strings.Contains(got, `filename="report-promises-2026-03-28-2026-04-02.csv"`) {
		t.Errorf("it is called %s", got)
	}
	if text := body(t, h.request(http.MethodGet, path+"&format=csv&excel=true&language=ru", "", vera)); !strings.HasPrefix(text, "\uFEFF") || !strings.Contains(text, "С (Europe/Moscow);") {
		t.Errorf("for Excel in Russian it is %q", text)
	}
	book := body(t, h.request(http.MethodGet, path+"&format=xlsx", "", vera))
	if _, err := zip.NewReader(bytes.NewReader([]byte(book)), int64(len(book))); err != nil {
		t.Errorf("no workbook: %v", err)
	}
	looks := d.since(0)
	if last := looks[len(looks)-1]; last.Did != tickets.TookReport("promises") || last.Who != "vera" {
		t.Errorf("the audit says %+v", last)
	}
	for _, wrong := range []string{"promises?group=channel", "promises?from=2026-03-28", "promises?period=week&from=2026-03-28&to=2026-03-29", "promises?from=2026-02-30&to=2026-03-29", "promises?from=2026-03-29&to=2026-03-28", "nothing"} {
		if got := h.request(http.MethodGet, "/api/v1/reports/"+wrong, "", vera).StatusCode; got != 422 && got != 404 {
			t.Errorf("%s: %d", wrong, got)
		}
	}
}

func TestHeadIsToldOfTheirDepartmentAndNobodyElseOfAnything(t *testing.T) {
	h, s, _ := openWithReports(t)
	as := func(who, path string) *http.Response {
		return h.request(http.MethodGet, "/api/v1/reports"+path, "", http.Header{"Cookie": {h.cookie(who)}})
	}
	if got := as("boris", "/tickets").StatusCode; got != 403 {
		t.Errorf("boris, who is no head, is told a report: %d", got)
	}
	if known := answerOf[register.ReportsAnswer](t, as("boris", "")); len(known.Items) != 0 || known.Every {
		t.Errorf("boris may choose from %+v", known)
	}
	if got := as("dasha", "/tickets?department=first_line").StatusCode; got != 403 || len(s.asked) != 0 {
		t.Errorf("dasha, the head of support, is told of the first line: %d", got)
	}
	if got := as("dasha", "/tickets").StatusCode; got != 200 || s.asked[0].Department != "support" {
		t.Errorf("dasha is told of %+v: %d", s.asked, got)
	}
	known := answerOf[register.ReportsAnswer](t, as("dasha", ""))
	if len(known.Items) != len(reports.All()) || len(known.Departments) != 1 || known.Departments[0].ID != "support" || known.Every {
		t.Errorf("dasha may choose from %+v", known)
	}
	for _, r := range known.Items {
		for _, c := range r.Columns {
			if c.Title["ru"] == "" || c.Title["en"] == "" || c.Rule["ru"] == "" || c.Rule["en"] == "" {
				t.Errorf("%s of %s has no words", c.Key, r.Name)
			}
		}
	}
}

// long is an archive whose list is long, and given page by page.
type long struct {
	*archive
	rows  int
	pages atomic.Int64
	cut   atomic.Bool // a page was asked for that need not hold all that a search finds
}

func (l *long) List(_ context.Context, q lists.Question) (p lists.Page, err error) {
	begin, err := q.Begin()
	if err != nil {
		return p, err
	}
	l.pages.Add(1)
	if !q.Whole {
		l.cut.Store(true)
	}
	first := 0
	if begin != nil {
		first = int(begin.At.Sub(time.Unix(0, 0)) / time.Second)
	}
	for i := first + 1; i <= min(first+q.Limit, l.rows); i++ {
		at := time.Unix(int64(i), 0).UTC()
		p.Rows = append(p.Rows, lists.Row{Ticket: tickets.Ticket{
			Number: tickets.MakeNumber(uint64(1_000_000 + i)), Subject: "=HYPERLINK(\"http://evil\") " + strings.Repeat("text ", 10), OpenedAt: at, ActivityAt: at, State: tickets.Closed{At: at},
		}})
	}
	if n := len(p.Rows); n > 0 && first+n < l.rows {
		p.Next = q.After(p.Rows[n-1])
	}
	return p, nil
}

// TestListOfTwoHundredThousandTicketsGoesOutInLittleMemory takes dozens of megabytes through a process whose heap stays small.
func TestListOfTwoHundredThousandTicketsGoesOutInLittleMemory(t *testing.T) {
	l := &long{archive: newArchive(), rows: 200_000}
	d := &diary{}
	h := open(t, settings{options: func(o *rest.Options) {
		room := l.room()
		room.Store, room.Location = l, moscow
		o.Rooms, o.Audit = []rest.Room{room}, d
	}})
	vera := http.Header{"Cookie": {h.cookie("vera")}}
	for _, format := range []string{"csv", "xlsx"} {
		runtime.GC()
		var before, now runtime.MemStats
		runtime.ReadMemStats(&before)
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/api/v1/tickets/export?list=all&sort=opened&format="+format, nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Header = vera
		answer, err := http.DefaultClient.Do(q) // a workbook begins to come when it is whole: longer than other answers may take here
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if answer.StatusCode != 200 {
			t.Fatalf("%s: %d", format, answer.StatusCode)
		}
		lines, size, most := 0, 0, uint64(0)
		b := make([]byte, 1<<20)
		for {
			n, err := answer.Body.Read(b)
			lines, size = lines+bytes.Count(b[:n], []byte{'\n'}), size+n
			if size>>23 != (size-n)>>23 { // now and then
				runtime.ReadMemStats(&now)
				most = max(most, now.HeapInuse)
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if format == "csv" && lines != l.rows+1 {
			t.Errorf("%d lines, want %d", lines, l.rows+1)
		}
		runtime.ReadMemStats(&now)
		if most = max(most, now.HeapInuse); most > before.HeapInuse+64<<20 {
			t.Errorf("%s: the heap grew from %d to %d MB for a file of %d MB", format, before.HeapInuse>>20, most>>20, size>>20)
		}
		t.Logf("%s: %d MB, heap %d to %d MB", format, size>>20, before.HeapInuse>>20, most>>20)
	}
	looks := d.since(0)
	if len(looks) != 2 || looks[0].Did != tickets.TookTickets {
		t.Errorf("the audit says %+v", looks)
	}
}

func TestExportedListNamesItsZoneAndRunsNoFormula(t *testing.T) {
	l := &long{archive: newArchive(), rows: 3}
	h := open(t, settings{options: func(o *rest.Options) {
		room := l.room()
		room.Store, room.Location = l, moscow
		o.Rooms = []rest.Room{room}
	}})
	vera := http.Header{"Cookie": {h.cookie("vera")}}
	rows, err := csv.NewReader(h.request(http.MethodGet, "/api/v1/tickets/export?list=all&sort=opened&format=csv&language=ru", "", vera).Body).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatal(rows, err)
	}
	opened := slices.Index(rows[0], "Открыто (Europe/Moscow)")
	if opened < 0 || rows[1][opened] != "1970-01-01 03:00:01" || !strings.HasPrefix(rows[1][1], "'=") || rows[1][4] != "закрыто" {
		t.Errorf("%q", rows[:2])
	}
	var items []map[string]any
	if err := json.NewDecoder(h.request(http.MethodGet, "/api/v1/tickets/export?list=all&sort=opened", "", vera).Body).Decode(&items); err != nil || len(items) != 3 || items[0]["opened_at"] != "1970-01-01T00:00:01Z" {
		t.Errorf("as JSON it is %v, %v", items, err)
	}
	if l.cut.Load() {
		t.Error("the file holds no more of what a search finds than a page does")
	}
	if got := h.request(http.MethodGet, "/api/v1/tickets/export?list=all&cursor=x", "", vera).StatusCode; got != 400 && got != 422 {
		t.Errorf("a cursor, which means nothing here: %d", got)
	}
}
