// Package tables writes reports and lists row by row, as CSV, as an XLSX workbook or as JSON, so that a list of a million rows needs no more
// memory than one of ten.
//
//	t, err := tables.New(tables.XLSX, w, tables.Options{Name: "Tickets", Location: moscow},
//		tables.Column{Key: "number", Title: "Number"}, tables.Column{Key: "opened_at", Title: "Opened", Kind: tables.Moment})
//	err = t.Row("100237", opened) // as often as there are rows
//	err = t.Close()               // now the table is whole
//
// Invariants:
//
//   - Text is text. No program that opens a table takes a cell for a formula (CSV injection), whatever people have typed.
//   - Numbers are numbers, and moments are moments: in a table's header stands in which time zone they are told. JSON has them in UTC.
//   - Nothing is left out without a word: what a spreadsheet cannot hold goes on in another sheet, or says in the cell that it was cut.
//
// CSV and JSON go out as they are written. A workbook is collected in a file in the folder for temporary files, and goes out with Close.
package tables

import (
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"time"
)

// Table takes rows. It is used by one goroutine.
type Table interface {
	// Row adds a row, with a cell for each column: a text, a number, a bool, a time.Time, a time.Duration (told in seconds), or nil, which
	// is no value. Pointers are what they point to; a nil pointer, a zero time, and a number that is none (NaN, infinity) are no value.
	Row(cells ...any) error
	// Close ends the table. Without it the table is not whole. Closing it twice is harmless.
	Close() error
}

// Kind is how the moments of a column are told. Whatever else stands in a cell is told by its own type.
type Kind int

const (
	Plain  Kind = iota // not a time
	Moment             // a day with its time, to the second
	Day                // a day alone
)

// Column is one column.
type Column struct {
	Key   string // in JSON
	Title string // in the header of CSV and XLSX
	Kind  Kind
}

// Options say how a table is written. The zero value is for programs: commas, no mark of the encoding, UTC.
type Options struct {
	Name      string         // of the sheet, and of the file
	Location  *time.Location // in which moments are told; nil is UTC
	Separator rune           // of CSV: ',' or ';', which Excel expects where the comma stands in numbers; 0 is ','
	BOM       bool           // CSV begins with the mark by which Excel knows UTF-8
	TempDir   string         // where a workbook is collected; "" is the system's
}

// Format is a way of writing tables.
type Format string

const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
	JSON Format = "json"
)

// ParseFormat reads the name of a format.
func ParseFormat(name string) (Format, error) {
	switch f := Format(name); f {
	case CSV, XLSX, JSON:
		return f, nil
	default:
		return "", errors.New("expected csv, xlsx or json")
	}
}

// ContentType is the format's media type.
func (f Format) ContentType() string {
	switch f {
	case CSV:
		return "text/csv; charset=utf-8"
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case JSON:
		return "application/json"
	default:
		panic("tables: format " + string(f))
	}
}

// FileName is what to save a table as; whoever puts it into a header quotes it (attachment.Disposition).
func (f Format) FileName(o Options) string {
	if o.Name == "" {
		return "table." + string(f)
	}
	return o.Name + "." + string(f)
}

// ErrClosed says that a row came after Close.
var ErrClosed = errors.New("the table is closed")

// New begins a table.
func New(f Format, w io.Writer, o Options, columns ...Column) (Table, error) {
	if len(columns) == 0 {
		return nil, errors.New("a table without columns")
	}
	if o.Location == nil {
		o.Location = time.UTC
	}
	switch f {
	case CSV:
		return newCSV(w, o, columns)
	case XLSX:
		return newXLSX(w, o, columns)
	case JSON:
		return newJSON(w, o, columns)
	default:
		return nil, fmt.Errorf("format %q: expected csv, xlsx or json", string(f))
	}
}

// header is a column's title, with the time zone where there are times of the day below it.
func (c Column) header(l *time.Location) string {
	if c.Kind != Moment {
		return c.Title
	}
	zone := l.String()
	if l == time.Local {
		zone = "local time of the server"
	}
	return c.Title + " (" + zone + ")"
}

// cell is a value of one of the few types that tables know: nil, string, int64, uint64, float64, bool, time.Time.
func cell(v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case time.Time:
		if v.IsZero() {
			return nil, nil
		}
		return v, nil
	case time.Duration:
		return v.Seconds(), nil
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Pointer:
		if r.IsNil() {
			return nil, nil
		}
		return cell(r.Elem().Interface())
	case reflect.String:
		return r.String(), nil
	case reflect.Bool:
		return r.Bool(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return r.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return r.Uint(), nil
	case reflect.Float32, reflect.Float64:
		if f := r.Float(); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f, nil
		}
		return nil, nil
	default:
		return nil, fmt.Errorf("a cell of type %T", v)
	}
}

// row is the cells of a row, one for each column.
func row(columns []Column, cells []any) ([]any, error) {
	if len(cells) != len(columns) {
		return nil, fmt.Errorf("a row of %d cells in a table of %d columns", len(cells), len(columns))
	}
	all := make([]any, len(cells))
	for i, v := range cells {
		known, err := cell(v)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", columns[i].Key, err)
		}
		all[i] = known
	}
	return all, nil
}
