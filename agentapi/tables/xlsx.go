package tables

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"hotline/tickets"
)

// What a workbook can hold (Microsoft, Excel specifications and limits).
const (
	sheetRows   = 1_048_576             // with the header
	cellUnits   = 32_767                // of UTF-16 in a cell
	exactDigits = 1_000_000_000_000_000 // whole numbers from here on lose digits
)

// cutMark ends a text that a cell cannot hold whole.
const cutMark = " … [the rest does not fit into a cell; CSV and JSON have it]"

type xlsxTable struct {
	w       io.Writer
	file    *excelize.File
	sheet   *excelize.StreamWriter
	name    string // of the first sheet
	sheets  int
	rows    int // in this sheet
	most    int
	columns []Column
	in      *time.Location
	header  []any
	moment  int // styles
	day     int
	closed  bool
}

func newXLSX(w io.Writer, o Options, columns []Column) (*xlsxTable, error) {
	t := &xlsxTable{w: w, name: SheetName(o.Name), most: sheetRows, columns: columns, in: o.Location}
	t.file = excelize.NewFile(excelize.Options{TmpDir: o.TempDir})
	if err := t.begin(); err != nil {
		return nil, errors.Join(fmt.Errorf("begin a workbook: %w", err), t.file.Close())
	}
	return t, nil
}

// begin makes the styles and the first sheet.
func (t *xlsxTable) begin() error {
	style := func(s excelize.Style) (id int, err error) { return t.file.NewStyle(&s) }
	bold, err := style(excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	moment, day := "yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd"
	if t.moment, err = style(excelize.Style{CustomNumFmt: &moment}); err != nil {
		return err
	}
	if t.day, err = style(excelize.Style{CustomNumFmt: &day}); err != nil {
		return err
	}
	for _, c := range t.columns {
		t.header = append(t.header, excelize.Cell{StyleID: bold, Value: fitting(c.header(t.in))})
	}
	if err := t.file.SetSheetName(t.file.GetSheetName(0), t.name); err != nil {
		return err
	}
	return t.nextSheet()
}

// nextSheet ends the sheet that is full, and begins another with the same header.
func (t *xlsxTable) nextSheet() error {
	t.sheets++
	name := t.name
	if t.sheets > 1 {
		if err := t.sheet.Flush(); err != nil {
			return err
		}
		mark := " (" + strconv.Itoa(t.sheets) + ")"
		name = units(t.name, 31-len(mark)) + mark
		if _, err := t.file.NewSheet(name); err != nil {
			return err
		}
	}
	sheet, err := t.file.NewStreamWriter(name)
	if err != nil {
		return err
	}
	t.sheet, t.rows = sheet, 1
	for i, c := range t.columns {
		width := 12.0
		if c.Kind != Plain {
			width = 20
		}
		if err := sheet.SetColWidth(i+1, i+1, max(width, min(40, float64(utf8.RuneCountInString(c.header(t.in))+2)))); err != nil {
			return err
		}
	}
	if err := sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	return sheet.SetRow("A1", t.header)
}

func (t *xlsxTable) Row(cells ...any) error {
	if t.closed {
		return ErrClosed
	}
	all, err := row(t.columns, cells)
	if err != nil {
		return err
	}
	for i, v := range all {
		all[i] = t.value(t.columns[i], v)
	}
	if t.rows == t.most {
		if err := t.nextSheet(); err != nil {
			return fmt.Errorf("another sheet: %w", err)
		}
	}
	t.rows++
	return t.sheet.SetRow("A"+strconv.Itoa(t.rows), all)
}

// value is a cell as the library takes it.
func (t *xlsxTable) value(c Column, v any) any {
	switch v := v.(type) {
	case string:
		return fitting(v)
	case int64:
		if v <= -exactDigits || v >= exactDigits {
			return strconv.FormatInt(v, 10)
		}
	case uint64:
		if v >= exactDigits {
			return strconv.FormatUint(v, 10)
		}
	case time.Time:
		wall := v.In(t.in)
		if wall.Year() < 1901 || wall.Year() > 9999 { // before, two calendars are in use, and none is Excel's
			return wall.Format(time.DateTime)
		}
		if c.Kind == Day {
			return excelize.Cell{StyleID: t.day, Value: int64(serial(wall))}
		}
		return excelize.Cell{StyleID: t.moment, Value: serial(wall)}
	}
	return v
}

// serial is a moment as spreadsheets count it: days since the eve of 1900, by the clock on the wall.
func serial(wall time.Time) float64 {
	_, offset := wall.Zone()
	return float64(wall.Unix()+int64(offset)-time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).Unix()) / (24 * 60 * 60)
}

func (t *xlsxTable) Close() error {
	if t.closed {
		return nil
	}
	t.closed = true
	err := t.sheet.Flush()
	if err == nil {
		out := t.w
		// The library would collect the whole workbook in memory before it writes it. So its archive is one that writes to w.
		t.file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(out) })
		_, err = t.file.WriteTo(io.Discard)
	}
	if err = errors.Join(err, t.file.Close()); err != nil {
		return fmt.Errorf("write a workbook: %w", err)
	}
	return nil
}

// fitting is a text as a cell can hold it: XML has no place for most control characters.
func fitting(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if len(s) <= cellUnits {
		return s
	}
	if length(s) <= cellUnits {
		return s
	}
	return units(s, cellUnits-length(cutMark)) + cutMark
}

// length is how many units of UTF-16 a text has, which is what spreadsheets count.
func length(s string) (n int) {
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// units is the beginning of a text, of at most so many units.
func units(s string, most int) string {
	for i, r := range s {
		if most -= utf16.RuneLen(r); most < 0 {
			return s[:i]
		}
	}
	return s
}

// SheetName is a name that a sheet may have: at most 31 units, none of : \ / ? * [ ], no apostrophe at its ends, and not the word that Excel keeps
// for itself.
func SheetName(name string) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]`, r) {
			return '_'
		}
		return r
	}, tickets.Display(name))
	name = strings.Trim(units(strings.Trim(name, "' "), 31), "' ")
	switch {
	case name == "":
		return "Table"
	case strings.EqualFold(name, "history"):
		return name + "_"
	}
	return name
}
