package rest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"hotline/agentapi/register"
	"hotline/agentapi/rest"
	"hotline/tickets"
	"hotline/tickets/attachment"
	"hotline/tickets/customers"
)

// clerk is an ImportStore with one import, which has been looked through at once.
type clerk struct {
	is      customers.Import
	started int
}

const importID = "00000000-0000-4000-8000-0000000000f1"

var _ register.ImportStore = (*clerk)(nil)

func newClerk() *clerk { return &clerk{is: customers.Import{ID: importID, State: customers.Checked}} }

func (c *clerk) room(s *shelf) *register.Imports {
	return &register.Imports{Store: c, Contents: s.keeper(attachment.Limits{})}
}

func (c *clerk) known(id string) (customers.Import, error) {
	if id != importID {
		return customers.Import{}, customers.ErrNoImport
	}
	return c.is, nil
}

func (c *clerk) NewImport(_ context.Context, i customers.Import) (customers.Import, error) {
	i.ID, i.State, i.Counts = importID, customers.Checked, map[customers.What]int64{customers.WouldCreate: 1}
	c.is = i
	return i, nil
}

func (c *clerk) Import(_ context.Context, id string) (customers.Import, error) { return c.known(id) }

func (c *clerk) Imports(context.Context) ([]customers.Import, error) {
	return []customers.Import{c.is}, nil
}

func (c *clerk) ImportRows(_ context.Context, id string, what customers.What) ([]customers.Done, error) {
	if _, err := c.known(id); err != nil || what != customers.WouldCreate {
		return nil, err
	}
	return []customers.Done{{Line: 2, What: what, Name: "=1+1<b>\u202e"}}, nil
}

func (c *clerk) StartImport(_ context.Context, id string, _ tickets.By) (customers.Import, error) {
	if c.is.State == customers.ImportStopped {
		return c.is, customers.ErrNotReady
	}
	c.started++
	return c.known(id)
}

func (c *clerk) StopImport(_ context.Context, id string) (customers.Import, error) {
	return c.known(id)
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
	for method, path := range map[string]string{"GET": "/rows?what=created", "POST": "/start"} {
		if got := h.request(method, "/api/v1/imports/"+importID+path, "", header).StatusCode; got != 503 {
			t.Errorf("%s, of which no line can be kept, answers %d", path, got)
		}
	}
	kept.full = false
	c.is.State = customers.ImportStopped
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
