package rest_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/register"
	"hotline/agentapi/rest"
	"hotline/tickets"
	"hotline/tickets/attachment"
)

// shelf keeps files, their rows and their contents, in memory.
type shelf struct {
	mu     sync.Mutex
	rows   map[tickets.Number][]attachment.File // guarded by mu
	bytes  map[attachment.Sum][]byte            // guarded by mu
	broken chan error                           // takes the error of each upload that broke off; nil: nobody asks
	full   bool
	stays  bool // what is removed is there all the same, for tests that ask for the same file again and again
}

func newShelf() *shelf {
	return &shelf{rows: map[tickets.Number][]attachment.File{}, bytes: map[attachment.Sum][]byte{}}
}

func (s *shelf) keeper(l attachment.Limits) *attachment.Keeper {
	k, err := attachment.NewKeeper(s, attachment.OnDisk, map[attachment.Place]attachment.Store{attachment.OnDisk: s}, l)
	if err != nil {
		panic(err)
	}
	return k
}

func (s *shelf) AddFile(_ context.Context, f attachment.File, _ tickets.By, l attachment.Limits) (attachment.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := l.Room(s.rows[f.Ticket], f.Size); err != nil {
		return f, err
	}
	s.rows[f.Ticket] = append(s.rows[f.Ticket], f)
	return f, nil
}

func (s *shelf) Files(_ context.Context, n tickets.Number) ([]attachment.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.rows[n]), nil
}

func (s *shelf) RemoveFile(_ context.Context, n tickets.Number, id attachment.ID, by attachment.Hand, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.rows[n] {
		if f.ID == id && !s.stays {
			s.rows[n][i].RemovedBy, s.rows[n][i].RemovedAt = by.Login, at
		}
	}
	return nil
}

func (s *shelf) UsedSums(context.Context, attachment.Place, []attachment.Sum) ([]attachment.Sum, error) {
	return nil, nil
}

func (s *shelf) Put(_ context.Context, content io.Reader) (attachment.Content, error) {
	b, err := io.ReadAll(content)
	if err == nil && s.full {
		err = attachment.ErrFull
	}
	if err != nil {
		if s.broken != nil {
			s.broken <- err
		}
		return attachment.Content{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := attachment.Sum(sha256.Sum256(b))
	s.bytes[sum] = b
	return attachment.Content{Sum: sum, Size: int64(len(b))}, nil
}

func (s *shelf) Drop(context.Context, attachment.Content) error { return nil }

func (s *shelf) Open(_ context.Context, sum attachment.Sum) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, there := s.bytes[sum]
	if !there {
		return nil, attachment.ErrDamaged
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

func (s *shelf) Sweep(context.Context, time.Time, func(context.Context, []attachment.Sum) ([]attachment.Sum, error)) (attachment.Swept, error) {
	return attachment.Swept{}, nil
}

// put lays a file on the shelf.
func (s *shelf) put(n tickets.Number, id, name, by, text string) {
	c, err := s.Put(context.Background(), strings.NewReader(text))
	if err != nil {
		panic(err)
	}
	s.rows[n] = append(s.rows[n], attachment.File{
		ID: attachment.ID(id), Ticket: n, Name: name, Type: "text/plain", Size: c.Size, Sum: c.Sum, Place: attachment.OnDisk, By: by, At: time.Unix(1e9, 0).UTC(), Internal: true,
	})
}

// withFiles is a house in which anna has a ticket, and boris another.
func withFiles(t *testing.T, s *shelf, l attachment.Limits, audit rest.Audit) (h *house, annas, boriss string) {
	mine, theirs := tickets.MakeNumber(10023), tickets.MakeNumber(10024)
	keep := func(owner tickets.Person, n tickets.Number) tickets.Ticket {
		o, err := tickets.KeepOpen(owner, time.Now().Add(time.Hour), tickets.FollowUp)
		if err != nil {
			t.Fatal(err)
		}
		return tickets.Ticket{Number: n, State: o}
	}
	h = open(t, settings{options: func(o *rest.Options) {
		o.Rooms = []rest.Room{register.Files{Keeper: s.keeper(l)}}
		o.Tickets = cabinet{mine: keep("7", mine), theirs: keep("8", theirs)}
		o.Audit = audit
	}})
	return h, "/api/v1/tickets/" + string(mine) + "/files", "/api/v1/tickets/" + string(theirs) + "/files"
}

// named are the headers of an upload.
func named(cookie, name string) http.Header {
	return http.Header{"Cookie": {cookie}, "Content-Type": {"application/octet-stream"}, "Content-Disposition": {"attachment; filename*=UTF-8''" + url.PathEscape(name)}}
}

func answerOf[T any](t *testing.T, answer *http.Response) (v T) {
	t.Helper()
	b, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", answer.StatusCode)
	}
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	return v
}

const aPicture = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR and so on"

func TestFileIsSentListedAndTakenAsItWas(t *testing.T) {
	h, files, _ := withFiles(t, newShelf(), attachment.Limits{}, nil)
	anna := h.cookie("anna")
	name := "Счёт \"март\"; 100%\u202egpj.png"
	sent := answerOf[register.File](t, h.post(files+"?internal=false", aPicture, named(anna, name)))
	clean := "Счёт _март_; 100%gpj.png"
	if sent.Name != clean || sent.Type != "image/png" || sent.Size != int64(len(aPicture)) || sent.By != "anna" || sent.Internal || !sent.Inline || sent.SHA256 != fmt.Sprintf("%x", sha256.Sum256([]byte(aPicture))) {
		t.Errorf("it is kept as %+v", sent)
	}
	list := answerOf[register.FileList](t, h.request(http.MethodGet, files, "", http.Header{"Cookie": {anna}}))
	if len(list.Items) != 1 || list.Items[0].ID != sent.ID || list.Limits.Size != 25<<20 || !slices.Contains(list.Limits.Extensions, "pdf") {
		t.Errorf("listed is %+v", list)
	}
	for query, how := range map[string]string{"": "attachment", "?inline=true": "inline", "?inline=false": "attachment"} {
		got := h.request(http.MethodGet, files+"/"+string(sent.ID)+query, "", http.Header{"Cookie": {anna}})
		b, err := io.ReadAll(got.Body)
		if err != nil || string(b) != aPicture || got.ContentLength != int64(len(aPicture)) {
			t.Errorf("%d bytes came back, error %v", len(b), err)
		}
		disposition, params, err := mime.ParseMediaType(got.Header.Get("Content-Disposition"))
		if err != nil || disposition != how || params["filename"] != clean {
			t.Errorf("%s: it is to be shown as %q by the name of %q, error %v", query, disposition, params["filename"], err)
		}
		for header, want := range map[string]string{
			"Content-Type": "image/png", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "no-store",
		} {
			if all := got.Header.Values(header); !slices.Equal(all, []string{want}) {
				t.Errorf("%s is %q, want %q", header, all, want)
			}
		}
	}
}

func TestWhatIsNoPictureIsSavedAndNotShown(t *testing.T) {
	h, files, _ := withFiles(t, newShelf(), attachment.Limits{}, nil)
	anna := h.cookie("anna")
	sent := answerOf[register.File](t, h.post(files, "%PDF-1.7 <script>alert(1)</script>", named(anna, "a.pdf")))
	got := h.request(http.MethodGet, files+"/"+string(sent.ID)+"?inline=true", "", http.Header{"Cookie": {anna}})
	if how := got.Header.Get("Content-Disposition"); !strings.HasPrefix(how, "attachment;") || sent.Inline || !sent.Internal {
		t.Errorf("it is to be shown as %q, and is %+v", how, sent)
	}
}

// form is a body with fields of these names, each a file.
func form(t *testing.T, fields ...string) (body, kind string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range fields {
		part, err := w.CreateFormFile(f, "письмо.txt")
		if err == nil {
			_, err = io.WriteString(part, "text of the letter")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), w.FormDataContentType()
}

func TestFileComesInAFormToo(t *testing.T) {
	h, files, _ := withFiles(t, newShelf(), attachment.Limits{}, nil)
	anna := h.cookie("anna")
	body, kind := form(t, "file")
	sent := answerOf[register.File](t, h.post(files, body, http.Header{"Cookie": {anna}, "Content-Type": {kind}}))
	if sent.Name != "письмо.txt" || sent.Size != int64(len("text of the letter")) {
		t.Errorf("it is kept as %+v", sent)
	}
}

func TestUploadThatIsNotTakenSaysWhichFieldBrokeWhichRule(t *testing.T) {
	s := newShelf()
	h, files, _ := withFiles(t, s, attachment.Limits{Size: 1000, Files: 1}, nil)
	anna := h.cookie("anna")
	two, twoKind := form(t, "file", "file")
	other, otherKind := form(t, "photo")
	cut, cutKind := form(t, "file")
	cut = cut[:strings.Index(cut, "of the letter")]
	in := func(kind string) http.Header { return http.Header{"Cookie": {anna}, "Content-Type": {kind}} }
	for what, c := range map[string]struct {
		body   string
		header http.Header
		status int
		field  string
		code   attachment.RefusalCode
	}{
		"no name":          {"text", in("text/plain"), 422, "header.Content-Disposition", ""},
		"JSON":             {"{}", in("application/json"), 422, "header.Content-Disposition", ""},
		"a program":        {"MZ\x90\x00", named(anna, "invoice.pdf.exe"), 422, "name", attachment.KindRefused},
		"a wrong content":  {"<html>", named(anna, "photo.png"), 422, "content", attachment.KindDiffers},
		"nothing":          {"", named(anna, "a.txt"), 422, "content", attachment.Empty},
		"a long name":      {"text", named(anna, strings.Repeat("ж", 300)+".txt"), 422, "name", attachment.NameTooLong},
		"a byte too much":  {strings.Repeat("x", 1001), named(anna, "a.txt"), 413, "content", attachment.TooLarge},
		"far too much":     {strings.Repeat("x", 100_000), named(anna, "a.txt"), 413, "content", attachment.TooLarge},
		"two in a form":    {two, in(twoKind), 422, "body", "several_fields"},
		"another field":    {other, in(otherKind), 422, "body", ""},
		"a form that ends": {cut, in(cutKind), 400, "", ""},
		"no form at all":   {"text", in("multipart/form-data; boundary=x"), 422, "body", ""},
	} {
		p := problemOf(t, h.post(files, c.body, c.header))
		if p.Status != c.status || c.field != "" && (len(p.Errors) != 1 || p.Errors[0].Field != c.field || c.code != "" && p.Errors[0].Code != agentapi.FieldCode(c.code)) {
			t.Errorf("%s: %+v", what, p)
		}
	}
	if n := len(s.rows); n > 0 {
		t.Errorf("%d tickets have files of these", n)
	}
	answerOf[register.File](t, h.post(files, strings.Repeat("x", 1000), named(anna, "a.txt")))
	if p := problemOf(t, h.post(files, "text", named(anna, "b.txt"))); p.Status != 422 || p.Errors[0].Code != agentapi.FieldCode(attachment.TooMany) {
		t.Errorf("one file too many: %+v", p)
	}
}

// chunked hides how long a body is.
type chunked struct{ io.Reader }

func TestUploadThatDoesNotSayHowLongItIsIsBoundedToo(t *testing.T) {
	h, files, _ := withFiles(t, newShelf(), attachment.Limits{Size: 10_000}, nil)
	header := named(h.cookie("anna"), "a.txt")
	for size, want := range map[int]int{10_000: 200, 10_001: 413} {
		r, err := http.NewRequestWithContext(soon(t), http.MethodPost, h.url+files, chunked{strings.NewReader(strings.Repeat("x", size))})
		if err != nil {
			t.Fatal(err)
		}
		r.Header = header
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%d bytes: status %d, want %d", size, answer.StatusCode, want)
		}
	}
}

func TestUploadThatBreaksOffAddsNothing(t *testing.T) {
	s := newShelf()
	s.broken = make(chan error, 1)
	h, files, _ := withFiles(t, s, attachment.Limits{}, nil)
	header := named(h.cookie("anna"), "a.txt")
	hungUp := errors.New("the cable is out")
	body := io.MultiReader(strings.NewReader(strings.Repeat("x", 100_000)), iotest.ErrReader(hungUp))
	r, err := http.NewRequestWithContext(soon(t), http.MethodPost, h.url+files, chunked{body})
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	if answer, err := http.DefaultClient.Do(r); err == nil {
		answer.Body.Close()
		t.Error("the browser got an answer")
	}
	select {
	case <-s.broken:
	case <-soon(t).Done():
		t.Fatal("the server does not see that the upload has broken off")
	}
	if len(s.rows) > 0 {
		t.Error("a file is there")
	}
}

// A server that serves small requests gives up a body soon; a file has time as long as something of it comes.
func TestLargeFileHasMoreTimeThanARequestElseHas(t *testing.T) {
	h, files, _ := withFiles(t, newShelf(), attachment.Limits{}, nil)
	web := httptest.NewUnstartedServer(h.server)
	web.Config.ReadTimeout, web.Config.WriteTimeout = 300*time.Millisecond, 300*time.Millisecond
	web.Start()
	defer web.Close()
	header := named(h.cookie("anna"), "a.txt")
	out, in := io.Pipe()
	go func() {
		for range 4 {
			_, _ = io.WriteString(in, "slowly, ") // the reader says what went wrong
			<-time.After(150 * time.Millisecond)
		}
		_ = in.Close()
	}()
	r, err := http.NewRequestWithContext(soon(t), http.MethodPost, web.URL+files, out)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if f := answerOf[register.File](t, answer); f.Size != int64(4*len("slowly, ")) {
		t.Errorf("%d bytes came", f.Size)
	}
}

const (
	fileOfAnna  = "0190b8f0-0000-7000-8000-000000000001"
	fileOfBoris = "0190b8f0-0000-7000-8000-000000000002"
)

func TestFileIsRemovedByWhoBroughtItAndBySupervisors(t *testing.T) {
	s := newShelf()
	h, files, _ := withFiles(t, s, attachment.Limits{}, nil)
	anna, vera := http.Header{"Cookie": {h.cookie("anna")}}, http.Header{"Cookie": {h.cookie("vera")}}
	s.put(tickets.MakeNumber(10023), fileOfAnna, "hers.txt", "anna", "hers")
	s.put(tickets.MakeNumber(10023), fileOfBoris, "his.txt", "boris", "his")
	if p := problemOf(t, h.request(http.MethodDelete, files+"/"+fileOfBoris, "", anna)); p.Status != 403 {
		t.Errorf("anna removes what boris brought: %+v", p)
	}
	for _, c := range []struct {
		who  http.Header
		id   string
		name string
	}{{anna, fileOfAnna, "anna"}, {vera, fileOfBoris, "vera"}} {
		list := answerOf[register.FileList](t, h.request(http.MethodDelete, files+"/"+c.id, "", c.who))
		i := slices.IndexFunc(list.Items, func(f register.File) bool { return string(f.ID) == c.id })
		if i < 0 || list.Items[i].RemovedBy != c.name || list.Items[i].RemovedAt == nil {
			t.Errorf("the history says %+v", list.Items)
		}
		for _, method := range []string{http.MethodGet, http.MethodDelete} {
			if p := problemOf(t, h.request(method, files+"/"+c.id, "", vera)); p.Status != 404 {
				t.Errorf("%s of a removed file: %+v", method, p)
			}
		}
	}
}

func TestFilesOfAnothersTicketAreAsThoseOfNone(t *testing.T) {
	s := newShelf()
	h, annas, boriss := withFiles(t, s, attachment.Limits{}, nil)
	s.put(tickets.MakeNumber(10024), fileOfBoris, "his.txt", "boris", "his")
	anna := http.Header{"Cookie": {h.cookie("anna")}}
	nobodys := "/api/v1/tickets/" + string(tickets.MakeNumber(10025)) + "/files"
	same := strings.NewReplacer(string(tickets.MakeNumber(10024)), "N", string(tickets.MakeNumber(10025)), "N")
	for _, c := range [][2]string{{http.MethodGet, ""}, {http.MethodGet, "/" + fileOfBoris}, {http.MethodDelete, "/" + fileOfBoris}, {http.MethodPost, ""}} {
		one, other := problemOf(t, h.request(c[0], boriss+c[1], "", anna)), problemOf(t, h.request(c[0], nobodys+c[1], "", anna))
		if one.Status != 404 || one.Code != other.Code || same.Replace(one.Detail) != same.Replace(other.Detail) {
			t.Errorf("%s %s: %+v, and of none: %+v", c[0], c[1], one, other)
		}
	}
	if p := problemOf(t, h.request(http.MethodGet, annas+"/"+fileOfBoris, "", anna)); p.Status != 404 {
		t.Errorf("his file by her ticket: %+v", p)
	}
}

// A program whose token may write brings files, in its own name.
func TestProgramBringsAFileInTheNameOfItsToken(t *testing.T) {
	v, kept := &vault{}, &diary{}
	writes, reads := v.machine("crm", time.Time{}, gate.WriteTickets), v.machine("board", time.Time{}, gate.ReadTickets)
	n := tickets.MakeNumber(10023)
	o, err := tickets.KeepOpen(tickets.Person("7"), time.Now().Add(time.Hour), tickets.FollowUp)
	if err != nil {
		t.Fatal(err)
	}
	h := open(t, settings{gate: func(o *gate.Options) { o.Tokens = v }, options: func(to *rest.Options) {
		to.Rooms, to.Audit = []rest.Room{register.Files{Keeper: newShelf().keeper(attachment.Limits{})}}, kept
		to.Tickets = cabinet{n: {Number: n, State: o}}
	}})
	path := "/api/v1/tickets/" + string(n) + "/files"
	for _, head := range []http.Header{writes, reads} {
		head.Set("Content-Type", "application/octet-stream")
		head.Set("Content-Disposition", `attachment; filename="invoice.txt"`)
	}
	if p := problemOf(t, h.post(path, "an invoice", reads)); p.Code != agentapi.CodeForbidden {
		t.Errorf("a token that may read alone: %+v", p)
	}
	if f := answerOf[register.File](t, h.post(path, "an invoice", writes)); f.By != "token:crm" || f.Name != "invoice.txt" {
		t.Errorf("it is kept as %+v", f)
	}
	if looks := kept.since(0); len(looks) != 1 || looks[0].Who != "token:crm" || looks[0].Did != tickets.BroughtFile || looks[0].Subject != string(n) {
		t.Errorf("the audit has %+v", looks)
	}
}

func TestPlaceThatIsFullAndContentThatIsDamagedAreTold(t *testing.T) {
	s := newShelf()
	h, files, _ := withFiles(t, s, attachment.Limits{}, nil)
	anna := h.cookie("anna")
	s.put(tickets.MakeNumber(10023), fileOfAnna, "gone.txt", "anna", "gone")
	s.put(tickets.MakeNumber(10023), fileOfBoris, "changed.txt", "anna", "as it was")
	delete(s.bytes, sha256.Sum256([]byte("gone")))
	s.bytes[sha256.Sum256([]byte("as it was"))] = []byte("as it is!")
	s.full = true
	if p := problemOf(t, h.post(files, "text", named(anna, "a.txt"))); p.Status != 503 || p.Code != agentapi.CodeNotKept || !strings.Contains(p.Detail, "full") {
		t.Errorf("a place that is full: %+v", p)
	}
	if p := problemOf(t, h.request(http.MethodGet, files+"/"+fileOfAnna, "", http.Header{"Cookie": {anna}})); p.Status != 500 || !strings.Contains(p.Detail, "damaged") {
		t.Errorf("a content that is gone: %+v", p)
	}
}

func TestWhoTakesAFileLeavesALineFirst(t *testing.T) {
	s, kept := newShelf(), &diary{}
	h, files, _ := withFiles(t, s, attachment.Limits{}, kept)
	number := tickets.MakeNumber(10023)
	s.put(number, fileOfAnna, "hers.txt", "anna", "hers")
	vera := http.Header{"Cookie": {h.cookie("vera")}}
	for path, did := range map[string]tickets.Deed{files: tickets.LookedAtFiles, files + "/" + fileOfAnna: tickets.TookFile(fileOfAnna)} {
		before := len(kept.since(0))
		if err := notOK(h.request(http.MethodGet, path, "", vera)); err != nil {
			t.Fatal(err)
		}
		got := kept.since(before)
		if len(got) != 1 || got[0].Who != "vera" || got[0].Did != did || got[0].Subject != string(number) {
			t.Errorf("%s leaves %+v", path, got)
		}
		kept.fill(true)
		if p := problemOf(t, h.request(http.MethodGet, path, "", vera)); p.Status != 503 {
			t.Errorf("%s without a line: %+v", path, p)
		}
		kept.fill(false)
	}
}
