package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/text/encoding/charmap"

	"hotline/cmd/hotline/config"
	"hotline/tickets"
	"hotline/tickets/customers"
	ticketstore "hotline/tickets/postgres"
)

type customersCommand struct {
	Import importCommand `cmd:"" help:"Take over customers from a file (CSV). It can be run again: what is there is left as it is."`
}

type importCommand struct {
	File     string            `arg:"" help:"The configuration, such as hotline.yaml."`
	Table    string            `arg:"" help:"The file: CSV with names of columns in its first line, separated by ; , or tabs; - is the standard input."`
	Preview  bool              `help:"Say what would be created and changed, and write nothing."`
	Mapping  map[string]string `help:"What columns hold that are not understood by their names, such as 'Тариф=agreement;Менеджер=-'; - leaves a column out."`
	Encoding string            `enum:"utf-8,windows-1251" default:"utf-8" help:"How the file is written: utf-8 or windows-1251."`
	Show     int               `default:"20" help:"So many differences are shown."`
}

func (c importCommand) Run(ctx context.Context) error {
	return withDatabase(c.File, func(conf config.Config, pool *pgxpool.Pool) error {
		in := io.Reader(os.Stdin)
		if c.Table != "-" {
			file, err := os.Open(c.Table)
			if err != nil {
				return err
			}
			defer file.Close()
			in = file
		}
		return c.run(ctx, conf, ticketstore.New(pool), in, os.Stdout)
	})
}

// run imports a table, and says what became of it.
func (c importCommand) run(ctx context.Context, conf config.Config, store *ticketstore.Store, in io.Reader, out io.Writer) error {
	mapping := map[string]customers.Column{}
	for name, column := range c.Mapping {
		mapping[name] = customers.Column(column)
	}
	rules := customerRules(conf.Line.Region, func() []config.Agreement { return conf.Agreements })
	t, err := openTable(in, c.Encoding == "windows-1251", mapping, rules)
	if err != nil {
		return err
	}
	by := tickets.By{Kind: tickets.ByProgram, ID: commandLine(), From: "import"}
	counts, shown := map[customers.What]int{}, 0
	err = store.ImportCustomers(ctx, t.rows(), c.Preview, by, func(d customers.Done) {
		counts[d.What]++
		switch d.What {
		case customers.IsWrong, customers.LeftAlone:
			fmt.Fprintf(out, "line %d: %s: %s\n", d.Line, d.What, tickets.Display(d.Why))
		case customers.WouldCreate, customers.WouldChange:
			if shown++; shown <= c.Show {
				fmt.Fprintf(out, "line %d: %s: %s%s\n", d.Line, d.What, tickets.Display(d.Name), differences(d.Patch))
			}
		}
	})
	if shown > c.Show {
		fmt.Fprintf(out, "and %d more\n", shown-c.Show)
	}
	what := "imported"
	if c.Preview {
		what = "preview, nothing is written"
	}
	fmt.Fprintf(out, "%s: %d created, %d changed, %d unchanged, %d left alone, %d wrong\n", what,
		counts[customers.WouldCreate], counts[customers.WouldChange], counts[customers.Unchanged], counts[customers.LeftAlone], counts[customers.IsWrong])
	return err
}

// differences are what a row changes, in a line.
func differences(p customers.Patch) string {
	var b strings.Builder
	for _, field := range slices.Sorted(maps.Keys(p)) {
		fmt.Fprintf(&b, "; %s %s -> %s", field, legible(p[field][0]), legible(p[field][1]))
	}
	return b.String()
}

func legible(value json.RawMessage) string {
	text := []rune(tickets.Display(string(value)))
	if len(text) > 100 {
		return string(text[:100]) + "…"
	}
	return string(text)
}

// table is a file of customers that is read as it comes.
type table struct {
	csv     *csv.Reader
	bound   *bounded
	columns []customers.Column
	rules   customers.Rules
}

// longestRow is how many bytes a row may have. One that is longer has a quote that nothing closes.
const longestRow = 1 << 20

// openTable reads the first line.
func openTable(in io.Reader, cyrillic bool, mapping map[string]customers.Column, rules customers.Rules) (*table, error) {
	if cyrillic {
		in = charmap.Windows1251.NewDecoder().Reader(in)
	}
	bound := &bounded{in: in, left: longestRow}
	var first bytes.Buffer
	piece := make([]byte, 1)
	for {
		n, err := bound.Read(piece)
		if n == 1 && piece[0] == '\n' || errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("line 1: %w", err)
		}
		first.Write(piece[:n])
	}
	line := bytes.TrimPrefix(first.Bytes(), []byte("\ufeff"))
	if !utf8.Valid(line) {
		return nil, errors.New("the file is not written in UTF-8: say --encoding windows-1251, if that is what it is")
	}
	if len(bytes.TrimSpace(line)) == 0 {
		return nil, errors.New("the first line is empty: expected the names of the columns")
	}
	separator := separatorOf(string(line))
	head := csv.NewReader(bytes.NewReader(line))
	head.Comma = separator
	header, err := head.Read()
	if err != nil {
		return nil, fmt.Errorf("line 1: %w", err)
	}
	columns, err := customers.Columns(header, mapping)
	if err != nil {
		return nil, err
	}
	t := &table{csv: csv.NewReader(bound), bound: bound, columns: columns, rules: rules}
	t.csv.Comma, t.csv.FieldsPerRecord, t.csv.ReuseRecord = separator, -1, true
	return t, nil
}

// separatorOf is what stands most often between the names of columns.
func separatorOf(line string) rune {
	most := ';'
	for _, r := range ",\t" {
		if strings.Count(line, string(r)) > strings.Count(line, string(most)) {
			most = r
		}
	}
	return most
}

// rows reads the rest. Only what makes it impossible to read on is an error.
func (t *table) rows() iter.Seq2[customers.Row, error] {
	return func(yield func(customers.Row, error) bool) {
		last := 1
		for {
			t.bound.left = longestRow
			cells, err := t.csv.Read()
			row := customers.Row{}
			var bad *csv.ParseError
			switch {
			case errors.Is(err, io.EOF):
				return
			case errors.As(err, &bad):
				row.Line, row.Err = bad.StartLine+1, fmt.Errorf("cannot be read: %w", bad.Err)
			case err != nil:
				yield(row, fmt.Errorf("after line %d: %w", last, err))
				return
			default:
				row.Line, _ = t.csv.FieldPos(0)
				row.Line++ // the first was read before
				if slices.ContainsFunc(cells, func(cell string) bool { return !utf8.ValidString(cell) }) {
					row.Err = errors.New("is not written in UTF-8")
					break
				}
				row.Record, row.Err = customers.ReadRow(t.columns, cells, t.rules)
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
		return 0, fmt.Errorf("a row of more than %d bytes: a quote is not closed", longestRow)
	}
	n, err := b.in.Read(p[:min(len(p), max(b.left, 1))])
	b.left -= n
	return n, err
}
