package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

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
		return c.run(ctx, conf, ticketstore.NewImports(pool, nil), in, os.Stdout)
	})
}

// run imports a table, and says what became of it.
func (c importCommand) run(ctx context.Context, conf config.Config, into *ticketstore.Imports, in io.Reader, out io.Writer) error {
	mapping := map[string]customers.Column{}
	for name, column := range c.Mapping {
		mapping[name] = customers.Column(column)
	}
	rules := customerRules(conf.Line.Region, func() []config.Agreement { return conf.Agreements })
	t, err := customers.ReadTable(in, customers.Format{Encoding: customers.Encoding(c.Encoding), Mapping: mapping}, rules)
	if err != nil {
		return err
	}
	by := tickets.By{Kind: tickets.ByProgram, ID: commandLine(), From: "import"}
	counts, shown := map[customers.What]int{}, 0
	err = into.Take(ctx, t.Rows(), c.Preview, by, func(d customers.Done) {
		counts[d.What]++
		switch d.What {
		case customers.IsWrong, customers.LeftAlone:
			fmt.Fprintf(out, "line %d: %s: %s\n", d.Line, d.What, tickets.Display(d.Why.In("en")))
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
