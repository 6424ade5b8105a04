package register

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/agentapi/tables"
	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/attachment"
	"hotline/tickets/customers"
)

// Imports is the operations about files of customers, which supervisors and programs may have taken over: a file is sent, looked through in the background, and imported once
// somebody starts it. It is a rest.Room.
type Imports struct {
	Store    ImportStore
	Contents Contents // nil: no file is taken
	Rules    customers.Rules
}

// ImportStore is where imports are. The Imports of tickets/postgres implements it.
type ImportStore interface {
	New(ctx context.Context, i customers.Import) (customers.Import, error)
	Import(ctx context.Context, id string) (customers.Import, error)
	Latest(ctx context.Context) ([]customers.Import, error)
	Rows(ctx context.Context, id string, what customers.What, most int) ([]customers.Done, error)
	ReadAs(ctx context.Context, id string, columns []customers.Column) (customers.Import, error)
	Start(ctx context.Context, id string, by tickets.By) (customers.Import, error)
	Stop(ctx context.Context, id string) (customers.Import, error)
}

// Contents is where the files lie. attachment.Keeper implements it.
type Contents interface {
	Hold(ctx context.Context, content io.Reader, most int64) (attachment.Content, attachment.Place, error)
	Drop(ctx context.Context, c attachment.Content, in attachment.Place) error
	Open(ctx context.Context, f attachment.File) (io.ReadCloser, error)
}

// largestImport is how many bytes a file may have: some millions of customers.
const largestImport = 512 << 20

type (
	importSending struct {
		Sending
		Encoding string `query:"encoding" enum:"utf-8,windows-1251" default:"utf-8" doc:"how the file is written"`
		Mapping  string `query:"mapping" maxLength:"8000" doc:"what columns hold that are not understood by their names, as JSON: one of external_id, name, number, mail, address, contract, agreement, ends_on, equipment, note, warning, or - to leave it out" example:"{\"Тариф\":\"agreement\"}"`
		Guess    bool   `query:"guess" doc:"a column that is not understood is left out, instead of refusing the file: look at the columns before you start it"`
	}
	importColumns struct {
		ID   string `path:"id" format:"uuid"`
		Body struct {
			Columns []customers.Column `json:"columns" minItems:"1" maxItems:"1000" doc:"what each column of the file holds, in its order: as in the mapping; - leaves it out"`
		}
	}
	importQuestion struct {
		ID string `path:"id" format:"uuid"`
	}
	importRowsQuestion struct {
		ID   string `path:"id" format:"uuid"`
		What string `query:"what" enum:"created,changed,left,wrong" required:"true"`
		rest.AsTable
	}
	// Import is a file of customers, and how far it is.
	Import struct {
		ID      string                   `json:"id"`
		Name    string                   `json:"name" doc:"of the file; cleaned"`
		Size    int64                    `json:"size" doc:"bytes"`
		Read    int64                    `json:"read" doc:"of these, in this state"`
		State   customers.ImportState    `json:"state" enum:"checking,checked,importing,done,failed,stopped" doc:"checked: look at what would change, then start it"`
		By      string                   `json:"by" doc:"who has sent it, or started it"`
		Mine    bool                     `json:"mine" doc:"that is who asks"`
		Columns []customers.Heading      `json:"columns" nullable:"false" doc:"the names in the first line, and what each is read as; - is left out"`
		At      time.Time                `json:"at" doc:"when it was sent"`
		EndedAt *time.Time               `json:"ended_at"`
		Rows    int64                    `json:"rows" doc:"that are done, in this state"`
		Counts  map[customers.What]int64 `json:"counts" nullable:"false" doc:"of these rows: created, changed, unchanged, left (their customer was merged into another), wrong"`
		Error   string                   `json:"error,omitempty" doc:"why it has failed, stands still, or was not stopped by hand"`
	}
	// ImportsAnswer is the last fifty, the latest first.
	ImportsAnswer struct {
		Items []Import `json:"items" nullable:"false"`
	}
	// ImportRow is what becomes of a row. A program that may not read customers is shown the line and the reason alone, for all else may be what is stored.
	ImportRow struct {
		Line   int             `json:"line" doc:"of the file, counted from 1"`
		Name   string          `json:"name,omitempty"`
		Why    string          `json:"why,omitempty" doc:"it is wrong, or left alone; in English"`
		Words  words.Text      `json:"words,omitempty" doc:"the same by language"`
		Code   customers.Which `json:"code,omitempty" doc:"the rule that it breaks"`
		Column string          `json:"column,omitempty" doc:"in which column, as in the mapping; absent: it is about the whole row"`
		Patch  customers.Patch `json:"patch,omitempty" doc:"of a customer who changes: by field what it was, and what it is"`
	}
	// ImportRowsAnswer is the first hundred rows of a kind.
	ImportRowsAnswer struct {
		Items []ImportRow `json:"items" nullable:"false"`
	}
)

// Operations implements rest.Room.
func (i *Imports) Operations(to *rest.Registrar) {
	d := &imports{i, to}
	rule := rest.Person(rest.None, rest.All, "").WithToken(gate.WriteCustomers)
	huma.Register(to.API, to.Operation("imports", http.MethodGet, "/imports", "The last files of customers", rule), d.list)
	o := to.Operation("add-import", http.MethodPost, "/imports", "Send a file of customers", rule)
	o.Description = "A table (CSV) with names of columns in its first line, separated by ; , or tabs, of at most 512 MiB, with at most five million external ids and contracts. The body is the file itself, and its name stands in Content-Disposition: " +
		"attachment; filename*=UTF-8''…, or it is a form (multipart/form-data) with one field, file. It is looked through in the background: ask until it is checked. Nothing is written until it is " +
		"started, which nobody can do any more once they have sent another one, or some two days later. An import adds to what is known: a cell that is empty changes nothing, and no entry of a list is taken away. A customer is known by their external id, or else by a contract."
	o.DefaultStatus = http.StatusCreated
	huma.Register(to.API, o, d.add)
	takesFile(to, o)
	huma.Register(to.API, to.Operation("import", http.MethodGet, "/imports/{id}", "How far an import is", rule), d.one)
	o = to.Operation("import-rows", http.MethodGet, "/imports/{id}/rows", "What becomes of rows: the first hundred of a kind", rule)
	o.Description = "As a table (CSV, XLSX) it is the line, the column and the reason alone, of up to ten thousand rows: those that are wrong are to be mended in the file."
	o.Responses["200"] = rest.TableResponse[ImportRowsAnswer](to, "ImportRows")
	huma.Register(to.API, o, d.rows)
	o = to.Operation("import-columns", http.MethodPut, "/imports/{id}/columns", "Say what the columns hold, and have the file looked through again", rule)
	o.Description = "While it is checked (else 409)."
	huma.Register(to.API, o, d.columns)
	o = to.Operation("start-import", http.MethodPost, "/imports/{id}/start", "Import what was looked through", rule)
	o.Description = "It is done in the background, and goes on after a restart; each row is taken once. Started a second time, it goes on as it does."
	huma.Register(to.API, o, d.start)
	o = to.Operation("stop-import", http.MethodPost, "/imports/{id}/stop", "Stop an import", rule)
	o.Description = "What was imported of it stays."
	huma.Register(to.API, o, d.stop)
}

// imports carries the operations out.
type imports struct {
	*Imports
	to *rest.Registrar
}

func (d *imports) refusal(err error) error {
	var unreadable customers.Unreadable
	switch {
	case errors.As(err, &unreadable):
		return agentapi.RefuseField("body", tickets.Display(err.Error()))
	case errors.Is(err, customers.ErrNoImport):
		return agentapi.Refuse(agentapi.CodeNotFound, "%v", customers.ErrNoImport)
	case errors.Is(err, customers.ErrNotReady):
		return agentapi.Refuse(agentapi.CodeConflict, "%v", customers.ErrNotReady)
	}
	return fileRefusal(d.to, err, "serve imports")
}

func (d *imports) list(ctx context.Context, _ *struct{}) (*rest.Answer[ImportsAnswer], error) {
	a, err := d.to.Who(ctx)
	if err != nil {
		return nil, err
	}
	all, err := d.Store.Latest(ctx)
	if err != nil {
		return nil, d.refusal(err)
	}
	answer := ImportsAnswer{[]Import{}}
	for _, i := range all {
		answer.Items = append(answer.Items, shownImport(i, by(ctx, a)))
	}
	return rest.Answered(answer), nil
}

func (d *imports) add(ctx context.Context, q *importSending) (*rest.Answer[Import], error) {
	a, err := d.to.Who(ctx)
	if err != nil {
		return nil, err
	}
	if d.Contents == nil {
		return nil, agentapi.Refuse(agentapi.CodeNotFound, "no files are kept here")
	}
	i := customers.Import{Format: customers.Format{Encoding: customers.Encoding(q.Encoding), Guessed: q.Guess}, By: by(ctx, a)}
	if q.Mapping != "" && (json.Unmarshal([]byte(q.Mapping), &i.Format.Mapping) != nil || !legible(i.Format.Mapping)) {
		return nil, agentapi.RefuseField("query.mapping", `expected names of columns with what they hold, such as {"Тариф":"agreement"}`)
	}
	body, name, err := q.file(largestImport)
	if err != nil {
		return nil, err
	}
	if i.Name, err = attachment.CleanName(name); err != nil {
		return nil, d.refusal(err)
	}
	content, place, err := d.Contents.Hold(ctx, body, largestImport)
	q.answerInTime()
	switch {
	case err != nil && body.broken != nil:
		return nil, agentapi.Refuse(agentapi.CodeBadRequest, "the file did not come whole")
	case err != nil:
		return nil, d.refusal(err)
	}
	i.Size, i.Sum, i.Place = content.Size, content.Sum, place
	if i.Columns, err = d.begins(ctx, i); err != nil {
		return nil, d.refusal(errors.Join(err, d.Contents.Drop(context.WithoutCancel(ctx), content, place)))
	}
	if i, err = d.Store.New(ctx, i); err != nil { // its row may be there: the content stays until the next sweep
		return nil, d.refusal(err)
	}
	return rest.Answered(shownImport(i, by(ctx, a))), nil
}

// legible says whether the database takes the names of columns.
func legible(mapping map[string]customers.Column) bool {
	for name := range mapping {
		if strings.ContainsRune(name, 0) {
			return false
		}
	}
	return true
}

// begins reads the first line of a file that has come: whoever has sent another one than they meant is told at once.
func (d *imports) begins(ctx context.Context, i customers.Import) ([]customers.Heading, error) {
	content, err := d.Contents.Open(ctx, attachment.File{Sum: i.Sum, Place: i.Place})
	if err != nil {
		return nil, err
	}
	defer content.Close()
	table, err := customers.ReadTable(content, i.Format, d.Rules)
	if err != nil {
		return nil, err
	}
	return table.Headings, nil
}

func (d *imports) one(ctx context.Context, q *importQuestion) (*rest.Answer[Import], error) {
	return d.about(ctx, func(gate.Account) (customers.Import, error) { return d.Store.Import(ctx, q.ID) })
}

func (d *imports) start(ctx context.Context, q *importQuestion) (*rest.Answer[Import], error) {
	return d.about(ctx, func(a gate.Account) (customers.Import, error) {
		if err := d.to.Looked(ctx, a, tickets.StartedImport(q.ID), ""); err != nil {
			return customers.Import{}, err
		}
		return d.Store.Start(ctx, q.ID, by(ctx, a))
	})
}

func (d *imports) stop(ctx context.Context, q *importQuestion) (*rest.Answer[Import], error) {
	return d.about(ctx, func(a gate.Account) (customers.Import, error) {
		if err := d.to.Looked(ctx, a, tickets.StoppedImport(q.ID), ""); err != nil {
			return customers.Import{}, err
		}
		return d.Store.Stop(ctx, q.ID)
	})
}

func (d *imports) columns(ctx context.Context, q *importColumns) (*rest.Answer[Import], error) {
	return d.about(ctx, func(gate.Account) (customers.Import, error) { return d.Store.ReadAs(ctx, q.ID, q.Body.Columns) })
}

func (d *imports) about(ctx context.Context, do func(gate.Account) (customers.Import, error)) (*rest.Answer[Import], error) {
	a, err := d.to.Who(ctx)
	if err != nil {
		return nil, err
	}
	i, err := do(a)
	if err != nil {
		return nil, d.refusal(err)
	}
	return rest.Answered(shownImport(i, by(ctx, a))), nil
}

func (d *imports) rows(ctx context.Context, q *importRowsQuestion) (*huma.StreamResponse, error) {
	a, err := d.to.Who(ctx)
	if err == nil {
		err = d.to.Looked(ctx, a, tickets.LookedAtImport(q.ID), "")
	}
	if err != nil {
		return nil, err
	}
	most := customers.RowsShown
	if !q.JSON() {
		most = customers.MostRefused
	}
	all, err := d.Store.Rows(ctx, q.ID, customers.What(q.What), most)
	if err != nil {
		return nil, d.refusal(err)
	}
	if !d.to.Reaches(ctx, gate.ReadCustomers) {
		for i, r := range all {
			r.Why.Name, r.Why.Said = "", ""
			all[i] = customers.Done{Line: r.Line, What: r.What, Why: r.Why}
		}
	}
	if q.JSON() {
		answer := ImportRowsAnswer{[]ImportRow{}}
		for _, r := range all {
			answer.Items = append(answer.Items, shownRow(r))
		}
		return rest.AsJSON(answer), nil
	}
	return q.Table(d.to, "import-"+q.What, nil, reasonColumns(q.Language), func(into tables.Table) error {
		for _, r := range all {
			if err := into.Row(r.Line, r.Why.Column.In(q.Language), tickets.Display(r.Why.Words(q.Language))); err != nil {
				return err
			}
		}
		return nil
	})
}

func reasonColumns(language string) []tables.Column {
	return []tables.Column{
		{Key: "line", Title: words.Text{"ru": "Строка", "en": "Line"}.In(language)}, {Key: "column", Title: words.Text{"ru": "Столбец", "en": "Column"}.In(language)},
		{Key: "reason", Title: words.Text{"ru": "Причина", "en": "Reason"}.In(language)},
	}
}

func shownRow(r customers.Done) ImportRow {
	shown := ImportRow{Line: r.Line, Name: tickets.Display(r.Name), Code: r.Why.Code, Column: string(r.Why.Column), Patch: r.Patch}
	if r.Why != (customers.Reason{}) {
		shown.Words = words.Text{}
		for _, language := range words.Languages {
			shown.Words[language] = tickets.Display(r.Why.In(language))
		}
		shown.Why = shown.Words["en"]
	}
	return shown
}

func shownImport(i customers.Import, asks tickets.By) Import {
	shown := Import{
		ID: i.ID, Name: i.Name, Size: i.Size, Read: i.Read, State: i.State, By: tickets.Display(i.By.Name), At: i.At, Rows: i.Rows, Counts: i.Counts, Error: i.Error, EndedAt: orNil(i.EndedAt),
		Mine: i.By.Kind == asks.Kind && i.By.ID == asks.ID, Columns: append([]customers.Heading{}, i.Columns...),
	}
	if shown.By == "" {
		shown.By = i.By.ID
	}
	if shown.Counts == nil {
		shown.Counts = map[customers.What]int64{}
	}
	return shown
}
