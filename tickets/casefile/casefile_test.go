package casefile_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/net/html"

	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/casefile"
)

var (
	moscow = time.FixedZone("Europe/Moscow", 3*60*60)
	at     = time.Date(2026, 3, 1, 22, 30, 15, 0, time.UTC)
)

const markup = `</td></table><script>alert(1)</script><img src=x onerror=alert(1)> & "quoted" 'too' {{.By}}`

func term(code, ru, en string) casefile.Term {
	return casefile.Term{Code: code, Shown: words.Text{"ru": ru, "en": en}}
}

func content(text string) func(context.Context) (io.ReadCloser, error) {
	return func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
}

func attached(name, text string, internal bool) casefile.Attachment {
	sum := sha256.Sum256([]byte(text))
	return casefile.Attachment{
		Name: name, Type: "text/plain", Size: int64(len(text)), SHA256: hex.EncodeToString(sum[:]), By: "olga", At: at, Internal: internal, Open: content(text),
	}
}

// whole is a file with hostile text in every field that people fill.
func whole() casefile.File {
	damaged := attached("broken.txt", "as it was", false)
	damaged.Open = content("as it is ")
	unread := attached("unread.txt", "never read", false)
	unread.Open = func(context.Context) (io.ReadCloser, error) { return nil, errors.New("the disk is away") }
	half := attached("half.txt", "half of it", false)
	half.Open = func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("half"), iotest.ErrReader(errors.New("the disk is away")))), nil
	}
	removed := attached("removed.txt", "gone", false)
	removed.Open = nil
	message := casefile.Attachment{Name: "message.wav", Type: casefile.SoundType, By: markup, At: at, Open: content("a sound")}
	deleted := casefile.Attachment{Name: "deleted.wav", Type: casefile.SoundType, At: at, Open: func(context.Context) (io.ReadCloser, error) { return nil, fs.ErrNotExist }}
	return casefile.File{
		By: "olga" + markup, At: at,
		Ticket: casefile.Ticket{
			Number: "100237", Others: []tickets.Number{"100245"}, Subject: markup + "\u202egnp.exe\x00", Topic: term("internet", "Интернет", "Internet"), Class: casefile.Term{Code: markup},
			State: term("open", "открыто", "open"), Owner: markup, OpenedAt: at, NextAt: at.Add(time.Hour),
		},
		Customer: casefile.Customer{Name: markup, Contract: markup, Address: markup, Numbers: []string{"+74951230001", markup}, Mails: []string{markup}, Equipment: []string{markup}},
		Timeline: []casefile.Entry{
			{At: at, Who: markup, Kind: term("request", "Запрос", "Request"), Text: "first line\nsecond " + markup},
			{At: at.Add(time.Minute), Who: "olga", Kind: term("note", "Заметка", "Note"), Internal: true, Text: "a secret of ours"},
			{At: at.Add(time.Hour), Who: "anna", Kind: term("answer", "Ответ", "Answer"), Text: strings.Repeat("ж", 10_000)},
		},
		Clocks: []casefile.Clock{
			{What: term("reaction", "Реакция", "Reaction"), Agreement: markup, Allowed: time.Hour, Spent: 2 * time.Hour, Began: at, Due: at.Add(time.Hour), Stopped: at.Add(2 * time.Hour), Broken: true},
			{What: term("resolution", "Решение", "Resolution"), Allowed: time.Hour, Began: at},
		},
		Whose:      []casefile.Share{{Party: term("customer", "клиент", "customer"), Took: 90 * time.Minute}},
		Promises:   []casefile.Promise{{What: markup, To: markup, Channel: term("mail", "письмо", "mail"), MadeAt: at, By: markup, Due: at, Moved: 1, State: term("kept", "выполнено", "kept")}},
		Complaints: []casefile.Complaint{{Text: markup, About: []string{markup}, Level: 1, Department: markup, Reviewer: markup, OpenedAt: at, Due: at, State: term("open", "открыта", "open"), Answer: markup}},
		Parts:      []casefile.Part{{Department: "secret of ours", Owner: markup, What: markup, GivenAt: at, Due: at, State: term("open", "открыта", "open"), By: markup, Answer: markup}},
		Vendors:    []casefile.Vendor{{Vendor: "secret of ours", Number: markup, What: markup, AskedAt: at, State: term("asked", "спрошен", "asked"), Answer: markup}},
		Links:      []casefile.Link{{Other: "100246", Kind: casefile.Term{Code: markup}, At: at}},
		Attachments: []casefile.Attachment{
			attached("photo.txt", "a photo", false), attached("../../photo.txt", "another", false), attached("PHOTO.TXT", "a third", false),
			attached(strings.Repeat("ж", 250)+".txt", "long", false), attached("a#b?c%41 d.txt", "odd", false), attached(markup, "markup", false), attached("CON", "device", false),
			attached("ours.txt", "internal", true), damaged, unread, half, removed, message, deleted,
		},
	}
}

func parse(t *testing.T, page []byte) *html.Node {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// walk visits each node of a page.
func walk(n *html.Node, visit func(*html.Node)) {
	visit(n)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, visit)
	}
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// textOf is all text below the element with an id; "" is the whole page.
func textOf(root *html.Node, id string) string {
	var b strings.Builder
	walk(root, func(n *html.Node) {
		if n.Type != html.ElementNode || id != "" && attribute(n, "id") != id || id == "" && n.Data != "body" {
			return
		}
		walk(n, func(n *html.Node) {
			if n.Type == html.TextNode {
				b.WriteString(n.Data)
			}
		})
	})
	return b.String()
}

func page(t *testing.T, f casefile.File, o casefile.Options) *html.Node {
	t.Helper()
	var b bytes.Buffer
	if err := casefile.HTML(&b, f, o); err != nil {
		t.Fatal(err)
	}
	return parse(t, b.Bytes())
}

func TestPageHasNothingInItThatRunsOrLoads(t *testing.T) {
	allowed := strings.Fields("html head meta title style body header main section h1 h2 p dl dt dd table thead tbody tr th td span a")
	for _, language := range []string{"ru", "en"} {
		root := page(t, whole(), casefile.Options{Language: language, Internal: true, Location: moscow})
		walk(root, func(n *html.Node) {
			if n.Type == html.CommentNode || n.Type == html.ElementNode && !slices.Contains(allowed, n.Data) {
				t.Errorf("%s: there is <%s>", language, n.Data)
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "style" || a.Key == "href" {
					t.Errorf("%s: <%s> has %s=%q", language, n.Data, a.Key, a.Val)
				}
			}
			if n.Data == "html" && n.Type == html.ElementNode && attribute(n, "lang") != language {
				t.Errorf("its language is %q", attribute(n, "lang"))
			}
		})
	}
}

func TestEachTextIsInThePageAsText(t *testing.T) {
	root := page(t, whole(), casefile.Options{Language: "en", Internal: true, Location: moscow})
	for id, times := range map[string]int{"ticket": 3, "customer": 6, "timeline": 2, "clocks": 1, "promises": 3, "complaints": 5, "parts": 4, "vendors": 3, "links": 1} {
		if got := strings.Count(textOf(root, id), markup); got != times {
			t.Errorf("%s has the hostile text %d times, want %d", id, got, times)
		}
	}
	text := textOf(root, "")
	if strings.ContainsAny(text, "\u202e\x00\u200b") {
		t.Error("a mark that turns or hides text is in the page")
	}
	for _, want := range []string{
		"File of ticket 100237", "2026-03-02 01:30:15 +03:00", "Europe/Moscow", "first line\nsecond ", strings.Repeat("ж", 10_000), "Internet", "100245", "1 h 30 min", "a secret of ours",
		"Internal entries and files are included, and marked.", "its content was removed", "broken", "runs",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// The page's bones, by which a reader with a screen reader finds their way, and a change of the template is seen.
func TestPageHasItsSectionsInOrder(t *testing.T) {
	var bones []string
	walk(page(t, whole(), casefile.Options{Language: "ru", Internal: true}), func(n *html.Node) {
		if n.Type != html.ElementNode {
			return
		}
		switch n.Data {
		case "h1", "h2":
			bones = append(bones, n.Data+" "+n.FirstChild.Data)
		case "tbody":
			rows := 0
			walk(n, func(n *html.Node) {
				if n.Type == html.ElementNode && n.Data == "tr" {
					rows++
				}
			})
			bones = append(bones, "rows "+string(rune('0'+rows/10))+string(rune('0'+rows%10)))
		}
	})
	want := []string{
		"h1 Дело по обращению 100237", "h2 Клиент", "h2 Ход дела", "rows 03", "h2 Сроки по договору", "rows 02", "h2 Чьё было время", "rows 01",
		"h2 Обещания", "rows 01", "h2 Жалобы на ответ", "rows 01", "h2 Запросы отделам ", "rows 01", "h2 Запросы поставщикам ", "rows 01", "h2 Связанные обращения", "rows 01", "h2 Файлы", "rows 14",
	}
	if !slices.Equal(bones, want) {
		t.Errorf("the page is\n%s\nwant\n%s", strings.Join(bones, "\n"), strings.Join(want, "\n"))
	}
}

func TestInternalNotesAreLeftOutAndThatIsTold(t *testing.T) {
	for _, test := range []struct {
		o    casefile.Options
		f    casefile.File
		told string
	}{
		{casefile.Options{Language: "en"}, whole(), "Internal entries and files are not included. Left out: 1 entry, 2 requests to departments and vendors, 1 file."},
		{casefile.Options{Language: "ru"}, whole(), "Внутренние записи и файлы не включены. Не включено: 1 запись, 2 запроса отделам и поставщикам, 1 файл."},
		{casefile.Options{Language: "ru"}, casefile.File{}, "Внутренние записи и файлы не включаются; в этом деле их нет."},
		{casefile.Options{Language: "zz"}, casefile.File{}, "Internal entries and files are not included; this file has none."},
	} {
		root := page(t, test.f, test.o)
		if got := textOf(root, "told"); got != test.told {
			t.Errorf("it is told as %q, want %q", got, test.told)
		}
		var b, z bytes.Buffer
		if err := errors.Join(casefile.JSON(&b, test.f, test.o), casefile.Zip(t.Context(), &z, test.f, test.o)); err != nil {
			t.Fatal(err)
		}
		for where, text := range map[string]string{"page": textOf(root, ""), "JSON": b.String(), "archive": z.String()} {
			if strings.Contains(text, "secret of ours") || strings.Contains(text, "ours.txt") {
				t.Errorf("what is internal is in the %s", where)
			}
		}
	}
}

// unzipped are the files of an archive, by name.
func unzipped(t *testing.T, archive []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		if _, twice := files[f.Name]; twice {
			t.Errorf("%s is there twice", f.Name)
		}
		if mode := f.Mode(); mode != 0o644 {
			t.Errorf("%s has mode %v", f.Name, mode)
		}
		files[f.Name] = data
	}
	return files
}

func TestArchiveHoldsEveryFileUnderASafeNameOfItsOwn(t *testing.T) {
	var b, again bytes.Buffer
	o := casefile.Options{Language: "en", Internal: true}
	if err := errors.Join(casefile.Zip(t.Context(), &b, whole(), o), casefile.Zip(t.Context(), &again, whole(), o)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Error("the same file gives other bytes")
	}
	files := unzipped(t, b.Bytes())
	lower := map[string]bool{}
	for name := range files {
		base, is := strings.CutPrefix(name, "attachments/")
		if !is && name != "file.html" && name != "file.json" || strings.ContainsAny(base, `/\:*?"<>|`) || strings.Contains(name, "..") || len(base) > 120 || lower[strings.ToLower(name)] {
			t.Errorf("a file is called %q", name)
		}
		lower[strings.ToLower(name)] = true
	}
	var read struct {
		Attachments []struct {
			Name, Path, SHA256 string
			Size               int64
			Damaged            bool
		}
		Timeline []struct {
			Kind, Text string
			At         time.Time
		}
		Ticket struct{ Subject, Class string }
	}
	if err := json.Unmarshal(files["file.json"], &read); err != nil || len(read.Attachments) != 14 || len(read.Timeline) != 3 || read.Timeline[0].Kind != "request" || !read.Timeline[0].At.Equal(at) {
		t.Fatalf("programs read %+v, error %v", read, err)
	}
	if want := whole().Ticket.Subject; read.Ticket.Subject != want {
		t.Errorf("programs read the subject %q, want it as it came: %q", read.Ticket.Subject, want)
	}
	texts := []string{"a photo", "another", "a third", "long", "odd", "markup", "device", "internal", "as it is ", "", "half", "", "a sound", ""}
	for i, a := range read.Attachments {
		if a.Name != whole().Attachments[i].Name || string(files[a.Path]) != texts[i] {
			t.Errorf("%s, at %s, holds %q, want %q", a.Name, a.Path, files[a.Path], texts[i])
		}
		if want := i >= 8 && i <= 10; a.Damaged != want {
			t.Errorf("%s is damaged: %v", a.Name, a.Damaged)
		}
	}
	if m := read.Attachments[12]; m.Size != 7 || m.SHA256 != "a0bb50da9aa262d1cfd0692266934e691f77c7d4f85ce093fd9565cee5e3babc" {
		t.Errorf("of the message it says %+v", m)
	}
	if got := len(files); got != 2+11 { // all but the one that could not be opened, and those that were removed
		t.Errorf("the archive has %d files", got)
	}
	links := 0
	walk(parse(t, files["file.html"]), func(n *html.Node) {
		if n.Type != html.ElementNode || n.Data != "a" {
			return
		}
		links++
		u, err := url.Parse(attribute(n, "href"))
		if err != nil || u.Scheme != "" || u.Host != "" || u.Fragment != "" || u.RawQuery != "" || files[u.Path] == nil {
			t.Errorf("a link leads to %q, error %v", attribute(n, "href"), err)
		}
	})
	if links != 11 {
		t.Errorf("%d files are linked", links)
	}
}

type brokenWriter struct{ left int }

var errNoRoom = errors.New("no room")

func (b *brokenWriter) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errNoRoom
	}
	return len(p), nil
}

func TestArchiveThatCannotBeWrittenIsAnError(t *testing.T) {
	large := whole()
	large.Attachments = append(large.Attachments, attached("large.txt", strings.Repeat("x", 1<<20), false))
	for _, left := range []int{0, 100, 500_000, 1<<20 + 6000} {
		if err := casefile.Zip(t.Context(), &brokenWriter{left}, large, casefile.Options{}); !errors.Is(err, errNoRoom) {
			t.Errorf("after %d bytes: %v", left, err)
		}
	}
	if err := casefile.HTML(&brokenWriter{100}, large, casefile.Options{}); !errors.Is(err, errNoRoom) {
		t.Errorf("of the page: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	large.Attachments[0].Open = func(context.Context) (io.ReadCloser, error) { cancel(); return nil, context.Canceled }
	if err := casefile.Zip(ctx, io.Discard, large, casefile.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("of one that nobody waits for: %v", err)
	}
}
