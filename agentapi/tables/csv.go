package tables

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
)

type csvTable struct {
	w       *csv.Writer
	columns []Column
	in      *time.Location
	fields  []string
	closed  bool
}

func newCSV(w io.Writer, o Options, columns []Column) (*csvTable, error) {
	t := &csvTable{w: csv.NewWriter(w), columns: columns, in: o.Location, fields: make([]string, len(columns))}
	switch o.Separator {
	case 0:
	case ',', ';':
		t.w.Comma = o.Separator
	default:
		return nil, fmt.Errorf("separator %q: expected a comma or a semicolon", o.Separator)
	}
	if o.BOM {
		if _, err := io.WriteString(w, "\uFEFF"); err != nil {
			return nil, err
		}
	}
	for i, c := range columns {
		t.fields[i] = Defused(c.header(o.Location))
	}
	return t, t.w.Write(t.fields)
}

func (t *csvTable) Row(cells ...any) error {
	if t.closed {
		return ErrClosed
	}
	all, err := row(t.columns, cells)
	if err != nil {
		return err
	}
	for i, v := range all {
		t.fields[i] = t.field(t.columns[i], v)
	}
	return t.w.Write(t.fields)
}

func (t *csvTable) field(c Column, v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return Defused(strings.ToValidUTF8(v, "\uFFFD"))
	case int64:
		return strconv.FormatInt(v, 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		if c.Kind == Day {
			return v.In(t.in).Format(time.DateOnly)
		}
		return v.In(t.in).Format(time.DateTime)
	default:
		panic(fmt.Sprintf("tables: a cell of type %T", v))
	}
}

func (t *csvTable) Close() error {
	t.closed = true
	t.w.Flush()
	return t.w.Error()
}

// Defused is a text that no spreadsheet takes for a formula when it opens a CSV file: where it begins with one of = + - @, also after blanks or in
// full width, or with a tab or a line's end, an apostrophe is put in front. So it is where a text begins with apostrophes and one of these comes
// behind, so that Undefused gives each text back as it was.
func Defused(s string) string {
	if explosive(strings.TrimLeft(s, "'")) {
		return "'" + s
	}
	return s
}

// Undefused is what Defused was made of. Whoever reads a CSV file that came from here, or from others who do likewise, reads each cell through it.
func Undefused(s string) string {
	rest, is := strings.CutPrefix(s, "'")
	if is && explosive(strings.TrimLeft(rest, "'")) {
		return rest
	}
	return s
}

func explosive(s string) bool {
	if strings.HasPrefix(s, "\t") || strings.HasPrefix(s, "\r") || strings.HasPrefix(s, "\n") {
		return true
	}
	s = strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) })
	for _, sign := range []string{"=", "+", "-", "@", "＝", "＋", "－", "＠"} {
		if strings.HasPrefix(s, sign) {
			return true
		}
	}
	return false
}
