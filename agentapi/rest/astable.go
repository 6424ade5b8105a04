package rest

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi/tables"
	"hotline/tickets/attachment"
)

// AsTable is how somebody wants what could be a table: as JSON, or as a file that goes out row by row.
type AsTable struct {
	Format   string `query:"format" enum:"json,csv,xlsx" doc:"by the header Accept where absent, and json where that says nothing"`
	Accept   string `header:"Accept" hidden:"true"`
	Language string `query:"language" enum:"ru,en" default:"en" doc:"of titles and names"`
	Excel    bool   `query:"excel" doc:"CSV as Excel opens it: with a mark of the encoding, and in Russian with semicolons"`
}

// format is the one that counts.
func (a AsTable) format() tables.Format {
	if a.Format != "" {
		return tables.Format(a.Format)
	}
	for _, kind := range strings.Split(a.Accept, ",") {
		kind, _, _ = strings.Cut(strings.TrimSpace(kind), ";")
		for _, f := range []tables.Format{tables.JSON, tables.CSV, tables.XLSX} {
			if of, _, _ := strings.Cut(f.ContentType(), ";"); kind == of {
				return f
			}
		}
	}
	return tables.JSON
}

// JSON says whether they want no table.
func (a AsTable) JSON() bool { return a.format() == tables.JSON }

// Table is a file of rows that write gives. Nothing but what it is made of is in memory: CSV and JSON go out as rows come, a workbook is collected on
// disk. An error on the way breaks the file off, so that nobody takes a piece for the whole.
func (a AsTable) Table(to *Registrar, name string, place *time.Location, columns []tables.Column, write func(tables.Table) error) (*huma.StreamResponse, error) {
	f := a.format()
	o := tables.Options{Name: name, Location: place}
	if a.Excel {
		o.BOM = true
		if a.Language == "ru" {
			o.Separator = ';'
		}
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		out := HandOut(c, f.ContentType(), attachment.Disposition(f.FileName(o), false))
		if err := tabulate(f, out, o, columns, write); err != nil {
			if out.Broken == nil {
				_ = to.Refusal(err, "write a table") // for the log
			}
			panic(http.ErrAbortHandler)
		}
	}}, nil
}

func tabulate(f tables.Format, w io.Writer, o tables.Options, columns []tables.Column, write func(tables.Table) error) error {
	out := &until{w}
	t, err := tables.New(f, out, o, columns...)
	if err != nil {
		return err
	}
	if err := write(t); err != nil {
		out.Writer = io.Discard // what a workbook was collected in goes with Close, and no piece of it goes out
		return errors.Join(err, t.Close())
	}
	return t.Close()
}

// until is a writer up to where another takes its place.
type until struct{ io.Writer }

// AsJSON is an answer that could also have been a table.
func AsJSON(v any) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(c huma.Context) {
		c.SetHeader("Content-Type", "application/json")
		c.SetHeader("Cache-Control", "no-store")
		_ = json.NewEncoder(patiently(c)).Encode(v) // whoever asked is gone
	}}
}

// TableResponse describes what is answered: JSON of a shape, or a file.
func TableResponse[T any](to *Registrar, name string) *huma.Response {
	of := func(f tables.Format) string { kind, _, _ := strings.Cut(f.ContentType(), ";"); return kind }
	return &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{
		of(tables.JSON): {Schema: to.API.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, name)},
		of(tables.CSV):  {Schema: Binary}, of(tables.XLSX): {Schema: Binary},
	}}
}

// Binary is the schema of what is no text.
var Binary = &huma.Schema{Type: "string", Format: "binary"}
