package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/agentapi/gate"
	"hotline/agentapi/register"
	"hotline/agentapi/rest"
	"hotline/tickets"
	"hotline/tickets/attachment"
	"hotline/tickets/customers"
)

// clerk is an ImportStore with one import, which is looked through at once, and imported when somebody asks a second time how far it is.
type clerk struct {
	is      customers.Import
	rows    []customers.Done
	started int
}

const importID = "00000000-0000-4000-8000-0000000000f1"

var _ register.ImportStore = (*clerk)(nil)

func newClerk() *clerk {
	return &clerk{
		is: customers.Import{ID: importID, State: customers.Checked, Columns: []customers.Heading{{Name: "id", Holds: customers.ColumnExternalID}, {Name: "nick", Holds: customers.ColumnIgnored}}},
		rows: []customers.Done{
			{Line: 2, What: customers.WouldCreate, Name: "=1+1<b>\u202e"},
			{Line: 3, What: customers.WouldChange, Name: "Stored", Patch: customers.Patch{"name": {[]byte(`"Before"`), []byte(`"Stored"`)}}},
			{Line: 4, What: customers.IsWrong, Name: "Typed", Why: customers.Reason{Code: customers.NotNumber, Column: customers.ColumnNumber}},
			{Line: 5, What: customers.IsWrong, Why: customers.Reason{Code: customers.Another, Number: "=K-9", Name: "Holder"}},
		},
	}
}

func (c *clerk) room(s *shelf) *register.Imports {
	return &register.Imports{Store: c, Contents: s.keeper(attachment.Limits{})}
}

func (c *clerk) known(id string) (customers.Import, error) {
	if id != importID {
		return customers.Import{}, customers.ErrNoImport
	}
	return c.is, nil
}

// becomes changes the state of an import that is in one of some states.
func (c *clerk) becomes(id string, next customers.ImportState, from ...customers.ImportState) (customers.Import, error) {
	if _, err := c.known(id); err != nil {
		return customers.Import{}, err
	}
	if !slices.Contains(from, c.is.State) {
		return c.is, customers.ErrNotReady
	}
	c.is.State = next
	if next == customers.ImportStopped {
		c.is.EndedAt = time.Now()
	}
	return c.is, nil
}

func (c *clerk) New(_ context.Context, i customers.Import) (customers.Import, error) {
	i.ID, i.State, i.Counts = importID, customers.Checked, map[customers.What]int64{customers.WouldCreate: 1}
	c.is = i
	return i, nil
}

func (c *clerk) Import(_ context.Context, id string) (customers.Import, error) { return c.known(id) }

func (c *clerk) Latest(context.Context) ([]customers.Import, error) {
	return []customers.Import{c.is}, nil
}

func (c *clerk) Rows(_ context.Context, id string, what customers.What, most int) (all []customers.Done, err error) {
	for _, r := range c.rows {
		if r.What == what && len(all) < most {
			all = append(all, r)
		}
	}
	_, err = c.known(id)
	return all, err
}

func (c *clerk) ReadAs(_ context.Context, id string, columns []customers.Column) (customers.Import, error) {
	if err := customers.CheckColumns(columns); err != nil || len(columns) != len(c.is.Columns) {
		return c.is, customers.Unreadable(fmt.Sprint(len(columns), " columns: ", err))
	}
	i, err := c.becomes(id, customers.Checked, customers.Checked)
	if err == nil {
		c.is.Columns = slices.Clone(c.is.Columns)
		for n, holds := range columns {
			c.is.Columns[n].Holds = holds
		}
		i = c.is
	}
	return i, err
}

func (c *clerk) Start(_ context.Context, id string, by tickets.By) (customers.Import, error) {
	i, err := c.becomes(id, customers.Importing, customers.Checked, customers.Importing)
	if err == nil {
		c.started++
		c.is.By = by
	}
	return i, err
}

func (c *clerk) Stop(_ context.Context, id string) (customers.Import, error) {
	i, err := c.becomes(id, customers.ImportStopped, customers.Checking, customers.Checked, customers.Importing)
	if errors.Is(err, customers.ErrNotReady) {
		return c.is, nil // it is over
	}
	return i, err
}

func TestFileOfCustomersIsSentLookedThroughAndStarted(t *testing.T) {
	c, held, kept := newClerk(), newShelf(), &diary{}
	h := open(t, settings{options: func(o *rest.Options) { o.Rooms, o.Audit = []rest.Room{c.room(held)}, kept }})
	vera := h.cookie("vera")
	answer := h.post("/api/v1/imports?mapping="+url.QueryEscape(`{"Тариф=":"agreement","nick":"-"}`), "id;Тариф=;nick;договор\n1;gold;x;K-1\n", named(vera, "../клиенты.csv"))
	var i register.Import
	if answer.StatusCode != 201 {
		t.Fatalf("%+v", problemOf(t, answer))
	}
	if err := json.NewDecoder(answer.Body).Decode(&i); err != nil || answer.StatusCode != 201 || i.ID != importID || i.Name != "клиенты.csv" || i.State != customers.Checked || i.Counts[customers.WouldCreate] != 1 || i.By == "" {
		t.Errorf("sent it answers %d, %+v, %v", answer.StatusCode, i, err)
	}
	if m := c.is.Format.Mapping; m["Тариф="] != customers.ColumnAgreement || m["nick"] != customers.ColumnIgnored {
		t.Errorf("the mapping is %v", m)
	}
	for name, wrong := range map[string]struct {
		query, body string
		status      int
		says        string
	}{
		"an unknown column":       {"", "id;colour\n1;red\n", 422, "colour"},
		"nothing to know them by": {"", "name\nI\n", 422, "external id or a contract"},
		"nothing":                 {"", "", 422, "not empty"},
		"another encoding":        {"", "id;\xd4\xc8\xce\n1;\xc8\n", 422, "windows-1251"},
		"a mapping of nothing":    {"?mapping=colour", "id\n", 422, "mapping"},
		"a mapping with a NUL":    {"?mapping=" + url.QueryEscape(`{"\u0000":"name"}`), "id\n", 422, "mapping"},
		"no such encoding":        {"?encoding=koi8-r", "id\n", 422, "encoding"},
	} {
		if p := problemOf(t, h.post("/api/v1/imports"+wrong.query, wrong.body, named(vera, "x.csv"))); p.Status != wrong.status || !strings.Contains(p.Detail+p.Errors[0].Field, wrong.says) {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if got := h.post("/api/v1/imports?encoding=windows-1251", "id;\xd4\xc8\xce\n1;\xc8\n", named(vera, "x.csv")).StatusCode; got != 201 {
		t.Errorf("a file in windows-1251: %d", got)
	}
	before := len(kept.since(0))
	header := http.Header{"Cookie": {vera}}
	var rows register.ImportRowsAnswer
	answer = h.request(http.MethodGet, "/api/v1/imports/"+importID+"/rows?what=created", "", header)
	if err := json.NewDecoder(answer.Body).Decode(&rows); err != nil || len(rows.Items) != 1 || rows.Items[0].Name != "=1+1<b> " && rows.Items[0].Name != "=1+1<b>" {
		t.Errorf("the rows are %+v, %v", rows, err)
	}
	if got := h.post("/api/v1/imports/"+importID+"/start", "", header).StatusCode; got != 200 || c.started != 1 {
		t.Errorf("started it answers %d", got)
	}
	if lines := kept.since(before); len(lines) != 2 || lines[0].Did != tickets.LookedAtImport(importID) || lines[1].Did != tickets.StartedImport(importID) {
		t.Errorf("the lines are %+v", lines)
	}
	kept.full = true
	for path, method := range map[string]string{"/rows?what=created": "GET", "/start": "POST", "/stop": "POST"} {
		if got := h.request(method, "/api/v1/imports/"+importID+path, "", header).StatusCode; got != 503 {
			t.Errorf("%s, of which no line can be kept, answers %d", path, got)
		}
	}
	if c.is.State != customers.Importing {
		t.Errorf("it is %s", c.is.State)
	}
	kept.full = false
	before = len(kept.since(0))
	for range 2 {
		if got := answerOf[register.Import](t, h.post("/api/v1/imports/"+importID+"/stop", "", header)); got.State != customers.ImportStopped || got.EndedAt == nil {
			t.Errorf("stopped it is %+v", got)
		}
	}
	if lines := kept.since(before); len(lines) != 2 || lines[0].Did != tickets.StoppedImport(importID) || lines[0].Who != "vera" {
		t.Errorf("who stopped it: %+v", lines)
	}
	if got := h.post("/api/v1/imports/"+importID+"/start", "", header).StatusCode; got != 409 {
		t.Errorf("what was stopped starts: %d", got)
	}
	if got := h.request(http.MethodGet, "/api/v1/imports/00000000-0000-4000-8000-0000000000f2", "", header).StatusCode; got != 404 {
		t.Errorf("one that is not there: %d", got)
	}
	if c.started != 1 {
		t.Errorf("started %d times", c.started)
	}
	held.full = true
	if p := problemOf(t, h.post("/api/v1/imports", "id\n1\n", named(vera, "x.csv"))); p.Status != 503 {
		t.Errorf("without room: %+v", p)
	}
}

// Whoever sees that a column is not read as what it is says so; what is not understood is no reason to refuse a file that somebody looks through.
func TestColumnsOfAFileAreToldAndMayBeSaidOtherwise(t *testing.T) {
	c := newClerk()
	h := open(t, settings{options: func(o *rest.Options) { o.Rooms, o.Audit = []rest.Room{c.room(newShelf())}, &diary{} }})
	if _, err := h.accounts.Seat(h.Context(), []gate.Seating{
		{Account: gate.Account{ID: "a3", Login: "vera", Name: "Vera", Role: gate.RoleSupervisor, Language: "en"}, Password: password},
		{Account: gate.Account{ID: "a5", Login: "olga", Name: "Olga", Role: gate.RoleSupervisor, Language: "en"}, Password: password},
	}); err != nil {
		t.Fatal(err)
	}
	vera, olga := h.cookie("vera"), h.cookie("olga")
	var i register.Import
	answer := h.post("/api/v1/imports?guess=true&mapping="+url.QueryEscape(`{"colour":"note"}`), "№;ФИО;nick;Имя;colour\u202e\n1;x;y;z;red\n", named(vera, "x.csv"))
	if err := json.NewDecoder(answer.Body).Decode(&i); err != nil || answer.StatusCode != 201 {
		t.Fatalf("sent it answers %d, %v", answer.StatusCode, err)
	}
	want := []customers.Heading{{Name: "№", Holds: "-"}, {Name: "ФИО", Holds: "name"}, {Name: "nick", Holds: "-"}, {Name: "Имя", Holds: "-"}, {Name: "colour", Holds: "-"}}
	if !slices.Equal(i.Columns, want) || !i.Mine {
		t.Errorf("it is read as %+v, mine %v", i.Columns, i.Mine)
	}
	put := func(body string) *http.Response {
		return h.request(http.MethodPut, "/api/v1/imports/"+importID+"/columns", body, http.Header{"Cookie": {olga}})
	}
	for what, body := range map[string]string{
		"nothing to know them by": `{"columns":["-","name","-","-","-"]}`, "two names": `{"columns":["external_id","name","-","name","-"]}`, "too few": `{"columns":["external_id"]}`,
		"no such thing": `{"columns":["external_id","name","nickname","-","-"]}`,
	} {
		if got := put(body).StatusCode; got != 422 {
			t.Errorf("%s: %d", what, got)
		}
	}
	i = answerOf[register.Import](t, put(`{"columns":["external_id","-","name","-","note"]}`))
	if i.Columns[0] != (customers.Heading{Name: "№", Holds: "external_id"}) || i.Columns[2].Holds != "name" || i.Mine {
		t.Errorf("said otherwise it is read as %+v, mine %v", i.Columns, i.Mine)
	}
	c.is.State = customers.Importing
	if got := put(`{"columns":["external_id","-","name","-","note"]}`).StatusCode; got != 409 {
		t.Errorf("while it is imported: %d", got)
	}
}

// A program that may only write customers learns of its rows what is wrong with them, and nothing that is stored.
func TestProgramThatMayOnlyWriteIsShownNoStoredValue(t *testing.T) {
	c, v := newClerk(), &vault{}
	reads, writes := v.machine("reads", time.Time{}, gate.ReadCustomers, gate.WriteCustomers), v.machine("writes", time.Time{}, gate.WriteCustomers)
	h := open(t, settings{gate: func(o *gate.Options) { o.Tokens = v }, options: func(o *rest.Options) { o.Rooms, o.Audit = []rest.Room{c.room(newShelf())}, &diary{} }})
	vera := http.Header{"Cookie": {h.cookie("vera")}}
	get := func(as http.Header, query string) string {
		answer := h.request(http.MethodGet, "/api/v1/imports/"+importID+"/rows?what="+query, "", as)
		if answer.StatusCode != 200 {
			t.Fatalf("%s: %d", query, answer.StatusCode)
		}
		return body(t, answer)
	}
	for what, as := range map[string]http.Header{"a program that may read": reads, "vera": vera} {
		if got := get(as, "changed"); !strings.Contains(got, "Before") || !strings.Contains(got, "Stored") {
			t.Errorf("%s is shown %s", what, got)
		}
		if got := get(as, "wrong"); !strings.Contains(got, "Holder") || !strings.Contains(got, `"ru":"номер: это не телефонный номер"`) || !strings.Contains(got, `"code":"not_a_number"`) {
			t.Errorf("%s is shown %s", what, got)
		}
	}
	for _, query := range []string{"changed", "wrong", "wrong&format=csv", "wrong&format=xlsx"} {
		if got := get(writes, query); strings.Contains(got, "Before") || strings.Contains(got, "Stored") || strings.Contains(got, "Holder") || strings.Contains(got, "Typed") {
			t.Errorf("a program that may only write is shown %s", got)
		}
	}
	if got := get(writes, "wrong"); !strings.Contains(got, `"line":4`) || !strings.Contains(got, `"why":"number: expected a telephone number"`) {
		t.Errorf("a program that may only write is shown of its own %s", got)
	}
	if got, want := get(vera, "wrong&format=csv&language=ru&excel=true"), "\ufeffСтрока;Столбец;Причина\n4;номер;это не телефонный номер\n5;;договор =K-9 записан за другим клиентом: Holder\n"; got != want {
		t.Errorf("the table is %q, want %q", got, want)
	}
}
