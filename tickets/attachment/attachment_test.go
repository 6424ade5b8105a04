package attachment_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"mime"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"hotline/tickets/attachment"
)

// code is that of a refusal; "" of any other error, or of none.
func code(err error) attachment.RefusalCode {
	var r *attachment.Refusal
	if errors.As(err, &r) {
		return r.Code
	}
	return ""
}

func TestNamesAreMadeSafeAndNeverCut(t *testing.T) {
	cyrillic := strings.Repeat("ж", 251)
	for raw, want := range map[string]string{
		"счёт.pdf":                       "счёт.pdf",
		"счет\u0308.pdf":                 "счет\u0308.pdf", // no letter of one piece
		"и\u0306од.txt":                  "йод.txt",        // as a Mac sends it
		`C:\Users\Anna\Договор № 5.docx`: "Договор № 5.docx",
		"../../etc/passwd.txt":           "passwd.txt",
		"..":                             "",
		"/":                              "",
		"":                               "",
		"\x00":                           "",
		" . . ":                          "",
		"???":                            "",
		".htaccess":                      "htaccess",
		"invoice\u202efdp.exe":           "invoicefdp.exe",
		"in\u200bvoice\u2066.pdf":        "invoice.pdf",
		"a\x00b.pdf":                     "a b.pdf",
		"a\r\nSet-Cookie: x=1.pdf":       "a  Set-Cookie_ x=1.pdf",
		"evil.exe.":                      "evil.exe",
		"evil.exe . ":                    "evil.exe",
		"evil.exe::$DATA":                "evil.exe__$DATA",
		"CON":                            "_CON",
		"nul.txt":                        "_nul.txt",
		"Com1.tar.gz":                    "_Com1.tar.gz",
		"LPT¹.pdf":                       "_LPT¹.pdf",
		"aux .pdf":                       "_aux .pdf",
		"company.pdf":                    "company.pdf",
		"con\u0301.pdf":                  "coń.pdf",
		"a<b>c:d\"e|f?g*h.pdf":           "a_b_c_d_e_f_g_h.pdf",
		"'; DROP TABLE tickets; --.pdf":  "'; DROP TABLE tickets; --.pdf",
		"\xff\xfe.pdf":                   "\uFFFD.pdf",
		"🙂 family 👨\u200d👩\u200d👧.png": "🙂 family 👨👩👧.png",
		cyrillic + ".pdf":              cyrillic + ".pdf",
	} {
		got, err := attachment.CleanName(raw)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q becomes %q, error %v; want %q", raw, got, err, want)
		}
	}
	for _, long := range []string{strings.Repeat("ж", 300) + ".pdf", strings.Repeat("a", 1<<20)} {
		if _, err := attachment.CleanName(long); code(err) != attachment.NameTooLong {
			t.Errorf("a name of %d characters gives %v", utf8.RuneCountInString(long), err)
		}
	}
}

func TestNoNameComesOutThatIsNotSafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hostile := rapid.SampledFrom([]string{"\x00", "/", `\`, "..", "\u202e", "CON", ".", " ", ":", "ж", "\r\n", "\"", "\xff", ".exe", "𝒳"})
		raw := strings.Join(rapid.SliceOfN(rapid.OneOf(hostile, rapid.String()), 0, 8).Draw(t, "name"), "")
		name, err := attachment.CleanName(raw)
		if err != nil {
			return
		}
		if strings.ContainsAny(name, "<>:\"|?*/\\\x00\r\n") || !utf8.ValidString(name) || strings.Trim(name, " .") != name || name == "" {
			t.Fatalf("%q becomes %q", raw, name)
		}
		if again, err := attachment.CleanName(name); err != nil || again != name {
			t.Fatalf("%q becomes %q, and that %q, error %v", raw, name, again, err)
		}
		for _, inline := range []bool{false, true} {
			how, params, err := mime.ParseMediaType(attachment.Disposition(name, inline))
			if err != nil || params["filename"] != name || (how == "inline") != inline {
				t.Fatalf("the header of %q is read as %s %q, error %v", name, how, params["filename"], err)
			}
		}
	})
}

func TestNamesOfOneFolderAreAllDifferent(t *testing.T) {
	var names attachment.Names
	long := strings.Repeat("ж", 250) + ".pdf"
	seen := map[string]bool{}
	for _, raw := range []string{"a.pdf", "A.pdf", "a.PDF", "a (2).pdf", long, long, "", "..", "x." + strings.Repeat("y", 200), "con", "con", "../a.pdf"} {
		name := names.Unique(raw)
		if key := strings.ToLower(name); seen[key] || len(name) > 120 || !utf8.ValidString(name) || strings.ContainsAny(name, `/\`) {
			t.Errorf("%q becomes %q", raw, name)
		}
		seen[strings.ToLower(name)] = true
	}
	if name := names.Unique(long); !strings.HasSuffix(name, " (3).pdf") || !strings.HasPrefix(name, "жжж") {
		t.Errorf("the third long name is %q", name)
	}
}

const (
	png  = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
	jpeg = "\xff\xd8\xff\xe0\x00\x10JFIF\x00"
	gif  = "GIF89a\x01\x00\x01\x00"
	webp = "RIFF\x1a\x00\x00\x00WEBPVP8 "
	pdf  = "%PDF-1.7\n%âãÏÓ\n"
	exe  = "MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00"
	ole  = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00"
	elf  = "\x7fELF\x02\x01\x01\x00"
	wav  = "RIFF\x24\x00\x00\x00WAVEfmt "
)

// zipOf is an archive with empty files of some names.
func zipOf(t *testing.T, names ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range names {
		if _, err := z.Create(n); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFilesAreTakenByNameAndContentTogether(t *testing.T) {
	cp1251 := "\xcf\xf0\xe8\xe2\xe5\xf2, \xec\xe8\xf0\r\n" // Привет, мир
	docx := zipOf(t, "[Content_Types].xml", "_rels/.rels", "word/document.xml")
	for _, test := range []struct {
		name, content, kind string // "" is refused
		code                attachment.RefusalCode
	}{
		{"photo.png", png, "image/png", ""},
		{"PHOTO.JPG", jpeg, "image/jpeg", ""},
		{"a.gif", gif, "image/gif", ""},
		{"a.webp", webp, "image/webp", ""},
		{"счёт.pdf", pdf, "application/pdf", ""},
		{"log.txt", "router: link down\n", "text/plain", ""},
		{"старый.txt", cp1251, "text/plain", ""},
		{"utf16.txt", "\xff\xfeh\x00i\x00", "text/plain", ""},
		{"a.csv", "a;b\n1;2\n", "text/csv", ""},
		{"a.eml", "From: a@b\r\nTo: c@d\r\nSubject: hi\r\n\r\nhello", "application/octet-stream", ""},
		{"a.docx", docx, "application/octet-stream", ""},
		{"a.docx", zipOf(t, "a"), "application/octet-stream", ""},
		{"a.doc", ole, "application/octet-stream", ""},
		{"a.zip", zipOf(t, "a", "b"), "application/octet-stream", ""},
		{"a.wav", wav, "application/octet-stream", ""},
		{"invoice.exe.pdf", pdf, "application/pdf", ""},

		{"a.pdf.exe", exe, "", attachment.KindRefused},
		{"a.exe", pdf, "", attachment.KindRefused},
		{"a.exe. ", exe, "", attachment.KindRefused},
		{"a.pdf::$DATA", pdf, "", attachment.KindRefused},
		{"cod\u202efdp.exe", exe, "", attachment.KindRefused},
		{"page.html", "<html>", "", attachment.KindRefused},
		{"drawing.svg", "<svg/>", "", attachment.KindRefused},
		{"macros.docm", docx, "", attachment.KindRefused},
		{"README", "text", "", attachment.KindRefused},
		{"x." + strings.Repeat("ж", 200), "text", "", attachment.KindRefused},

		{"a.pdf", exe, "", attachment.KindDiffers},
		{"a.png", jpeg, "", attachment.KindDiffers},
		{"a.jpg", "<script>alert(1)</script>", "", attachment.KindDiffers},
		{"a.txt", "<!DOCTYPE html><script>alert(1)</script>", "", attachment.KindDiffers},
		{"a.txt", "  \n<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "", attachment.KindDiffers},
		{"a.csv", elf, "", attachment.KindDiffers},
		{"a.zip", zipOf(t, "META-INF/MANIFEST.MF", "A.class"), "", attachment.KindDiffers},
		{"a.doc", pdf, "", attachment.KindDiffers},

		{"a.pdf", "", "", attachment.Empty},
		{"", pdf, "", attachment.NameMissing},
	} {
		c, err := attachment.Limits{}.Check(test.name, strings.NewReader(test.content))
		if c.Type != test.kind || code(err) != test.code || (err == nil) != (test.kind != "") {
			t.Errorf("%s is %q, error %v; want %q, code %q", test.name, c.Type, err, test.kind, test.code)
			continue
		}
		if err != nil {
			continue
		}
		if all, err := io.ReadAll(c.Content); err != nil || string(all) != test.content {
			t.Errorf("%s has %d bytes after the check, error %v", test.name, len(all), err)
		}
	}
}

func TestOnlyPicturesThatBrowsersDrawAreShownInPages(t *testing.T) {
	for kind, want := range map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true, "application/pdf": false, "text/plain": false, "application/octet-stream": false, "image/svg+xml": false, "": false} {
		if got := (attachment.File{Type: kind}).Inline(); got != want {
			t.Errorf("%s is shown in pages: %v", kind, got)
		}
	}
}

func TestSizeIsBoundedToTheByte(t *testing.T) {
	for _, most := range []int64{int64(len(pdf)), 3071, 3072, 3073, 100_000} {
		l := attachment.Limits{Size: most}
		read := func(size int64) error {
			content := pdf + strings.Repeat("x", int(size)-len(pdf))
			c, err := l.Check("a.pdf", iotest.OneByteReader(strings.NewReader(content)))
			if err == nil {
				_, err = io.Copy(io.Discard, c.Content)
			}
			return err
		}
		if err := read(most); err != nil {
			t.Errorf("%d bytes where %d may come: %v", most, most, err)
		}
		err := read(most + 1)
		var r *attachment.Refusal
		if !errors.As(err, &r) || r.Code != attachment.TooLarge || r.Field != "content" || r.Most != most {
			t.Errorf("%d bytes where %d may come: %v", most+1, most, err)
		}
	}
}

func TestTicketTakesSoManyFilesAndBytes(t *testing.T) {
	l := attachment.Limits{Files: 2, TicketSize: 100, Size: 90}
	file := func(size int64) attachment.File { return attachment.File{Size: size} }
	gone := attachment.File{Size: 1000, RemovedAt: time.Unix(1, 0)}
	for _, test := range []struct {
		has  []attachment.File
		size int64
		code attachment.RefusalCode
	}{
		{nil, 100, ""},
		{nil, 101, attachment.TicketFull},
		{[]attachment.File{file(60)}, 40, ""},
		{[]attachment.File{file(60)}, 41, attachment.TicketFull},
		{[]attachment.File{file(1), file(1)}, 1, attachment.TooMany},
		{[]attachment.File{file(1), gone, gone}, 99, ""},
	} {
		if err := l.Room(test.has, test.size); code(err) != test.code {
			t.Errorf("%v and %d more: %v", test.has, test.size, err)
		}
	}
}

func TestSettingThatNamesAnUnknownKindIsFound(t *testing.T) {
	for _, l := range []attachment.Limits{{Extensions: []string{"pdf", "exe"}}, {Extensions: []string{"PDF"}}, {Size: 10, TicketSize: 5}} {
		if err := l.Prove(); err == nil {
			t.Errorf("%+v is taken", l)
		}
	}
	l := attachment.Limits{Extensions: []string{"pdf"}}
	if err := l.Prove(); err != nil {
		t.Error(err)
	}
	if _, err := l.Check("a.png", strings.NewReader(png)); code(err) != attachment.KindRefused {
		t.Errorf("a kind that the setting leaves out: %v", err)
	}
}

// broken is a store whose contents change.
type broken struct {
	attachment.Store
	content string
}

func (b broken) Open(context.Context, attachment.Sum) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(b.content)), nil
}

func TestContentThatHasChangedIsNotTakenForWhatWasPut(t *testing.T) {
	for content, want := range map[string]error{"what was put": nil, "what was pu": attachment.ErrDamaged, "What was put": attachment.ErrDamaged, "": attachment.ErrDamaged} {
		k, err := attachment.NewKeeper(nil, attachment.OnDisk, map[attachment.Place]attachment.Store{attachment.OnDisk: broken{content: content}}, attachment.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		r, err := k.Open(t.Context(), attachment.File{Place: attachment.OnDisk, Sum: sha256.Sum256([]byte("what was put"))})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(r); !errors.Is(err, want) {
			t.Errorf("%q gives %v, want %v", content, err, want)
		}
		if _, err := k.Open(t.Context(), attachment.File{Place: attachment.InDatabase}); !errors.Is(err, attachment.ErrDamaged) {
			t.Errorf("in a place that is not set up: %v", err)
		}
	}
}
