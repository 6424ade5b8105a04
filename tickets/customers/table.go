package customers

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"slices"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"hotline/tickets"
)

// Table is a file of customers (CSV) that is read as it comes: names of columns in its first line, separated by semicolons, commas or tabs.
type Table struct {
	Headings []Heading

	csv     *csv.Reader
	above   int // lines with the names of columns
	bound   *bounded
	columns []Column
	rules   Rules
}

// Format is how a file is written, and what its columns hold that are not understood by their names.
type Format struct {
	Encoding Encoding
	Mapping  map[string]Column // see Columns
	Guessed  bool              // see Guess
	Holds    []Column          // what each column holds, over all else; nil: their names say it
}

// Encoding is how the characters of a file are written; "" is UTF-8. A file that begins with a mark of UTF-8 or UTF-16 is believed instead.
type Encoding string

const (
	UTF8        Encoding = "utf-8"
	Windows1251 Encoding = "windows-1251"
)

// longestRow is how many bytes a row may have. One that is longer has a quote that nothing closes.
const longestRow = 1 << 20

// ReadTable reads the first line, or those over which the names in quotes go, and what may stand before it of the separator. Its error says what is wrong with that, or is the reader's own.
func ReadTable(in io.Reader, as Format, rules Rules) (*Table, error) {
	said := encoding.Nop.NewDecoder()
	if as.Encoding == Windows1251 {
		said = charmap.Windows1251.NewDecoder()
	}
	bound := &bounded{in: transform.NewReader(in, unicode.BOMOverride(said)), left: longestRow}
	line, above, separator, err := namesIn(bound)
	if err != nil {
		return nil, err
	}
	if bytes.IndexByte(line, 0) >= 0 {
		return nil, Unreadable("the file is no text, but perhaps a workbook: save the table as CSV, in UTF-8")
	}
	if !utf8.Valid(line) {
		return nil, Unreadable("the file is not written in UTF-8: say that it is in windows-1251, if that is what it is")
	}
	if len(bytes.TrimSpace(line)) == 0 {
		return nil, Unreadable("the first line is empty: expected the names of the columns")
	}
	if separator == 0 {
		separator = separatorOf(string(line))
	}
	head := csv.NewReader(bytes.NewReader(line))
	head.Comma = separator
	header, err := head.Read()
	if err != nil {
		return nil, Unreadable(fmt.Sprintf("line %d: %s", above+1, err))
	}
	columns, err := as.columns(header)
	if err != nil {
		return nil, Unreadable(err.Error())
	}
	t := &Table{csv: csv.NewReader(bound), above: above + 1 + bytes.Count(line, []byte("\n")), bound: bound, columns: columns, rules: rules}
	for i, name := range header {
		t.Headings = append(t.Headings, Heading{tickets.Display(name), columns[i]})
	}
	t.csv.Comma, t.csv.FieldsPerRecord, t.csv.ReuseRecord = separator, -1, true
	return t, nil
}

func (f Format) columns(header []string) ([]Column, error) {
	switch {
	case f.Holds != nil && len(f.Holds) != len(header):
		return nil, fmt.Errorf("the first line has %d columns, and of %d is said what they hold", len(header), len(f.Holds))
	case f.Holds != nil:
		return f.Holds, nil
	case f.Guessed:
		return Guess(header, f.Mapping), nil
	}
	return Columns(header, f.Mapping)
}

// Unreadable says why a file cannot be read, or cannot be read on. The same file never can.
type Unreadable string

func (u Unreadable) Error() string { return string(u) }

// saysSeparator is a line of its own before the names, by which some programs tell a spreadsheet what stands between its cells.
var saysSeparator = regexp.MustCompile(`^"?(?i:sep)=([;,\t])"?[;,\s]*$`)

// namesIn reads the line with the names of columns, or those over which the names in quotes go, and how many stand above it; and the separator where the file
// says it, 0 where it does not.
func namesIn(in io.Reader) (line []byte, above int, separator rune, err error) {
	if line, err = nextLine(in); err != nil {
		return nil, 0, 0, fmt.Errorf("line 1: %w", err)
	}
	said := saysSeparator.FindSubmatch(line)
	if said == nil {
		return line, 0, 0, nil
	}
	if line, err = nextLine(in); err != nil {
		return nil, 0, 0, fmt.Errorf("line 2: %w", err)
	}
	return line, 1, rune(said[1][0]), nil
}

// nextLine reads a line, and goes on over those that end within quotes.
func nextLine(in io.Reader) ([]byte, error) {
	var line bytes.Buffer
	piece, quoted := make([]byte, 1), false
	for {
		n, err := in.Read(piece)
		if n == 1 && piece[0] == '\n' && !quoted || errors.Is(err, io.EOF) {
			return line.Bytes(), nil
		}
		if err != nil {
			return nil, err
		}
		line.Write(piece[:n])
		quoted = quoted != (n == 1 && piece[0] == '"')
	}
}

// separatorOf is what stands most often between the names of columns. What stands in quotes is within a name.
func separatorOf(line string) rune {
	counts := map[rune]int{}
	quoted := false
	for _, r := range line {
		if quoted = quoted != (r == '"'); !quoted {
			counts[r]++
		}
	}
	most := ';'
	for _, r := range ",\t" {
		if counts[r] > counts[most] {
			most = r
		}
	}
	return most
}

// Rows reads the rest. Only what makes it impossible to read on is an error: Unreadable, or the reader's own.
func (t *Table) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		last := t.above
		for {
			t.bound.left = longestRow
			cells, err := t.csv.Read()
			row := Row{}
			var bad *csv.ParseError
			switch {
			case errors.Is(err, io.EOF):
				return
			case errors.As(err, &bad):
				row.Line, row.Err = bad.StartLine+t.above, Reason{Code: BadQuotes}
			case err != nil:
				yield(row, fmt.Errorf("after line %d: %w", last, err))
				return
			default:
				row.Line, _ = t.csv.FieldPos(0)
				row.Line += t.above
				if slices.ContainsFunc(cells, func(cell string) bool { return !utf8.ValidString(cell) }) {
					row.Err = Reason{Code: NotUTF8}
					break
				}
				row.Record, row.Err = ReadRow(t.columns, cells, t.rules)
			}
			last = row.Line
			if !yield(row, nil) {
				return
			}
		}
	}
}

// bounded reads no more than is left: a row without an end would be taken into memory whole.
type bounded struct {
	in   io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, Unreadable(fmt.Sprintf("a row of more than %d bytes: a quote is not closed", longestRow))
	}
	n, err := b.in.Read(p[:min(len(p), max(b.left, 1))])
	b.left -= n
	return n, err
}
