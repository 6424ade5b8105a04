package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/register"
	"hotline/agentapi/rest"
	"hotline/tickets"
	"hotline/tickets/customers"
)

// bureau is a register of one customer, who has been merged once.
type bureau struct {
	customer tickets.Customer
	changes  []customers.Change
}

const (
	ivanov = tickets.CustomerID("00000000-0000-4000-8000-000000000001")
	merged = "00000000-0000-4000-8000-00000000000a"
	double = "00000000-0000-4000-8000-000000000002" // of somebody who was merged into ivanov
)

var _ register.CustomerStore = (*bureau)(nil)

func newBureau() *bureau {
	r := customers.Record{
		Name: "Иванов <b>\u202e", Numbers: []string{"+79161234567"}, Contracts: []customers.Contract{{Number: "Д-1", EndsOn: "2020-01-31"}}, Warnings: []string{"dog"},
	}
	return &bureau{customer: r.Onto(tickets.Customer{ID: ivanov, Version: 3})}
}

func (b *bureau) known(id tickets.CustomerID) error {
	if id != ivanov {
		return fmt.Errorf("customer: %w", customers.ErrNoCustomer)
	}
	return nil
}

func (b *bureau) Find(_ context.Context, typed, country, cursor string, _ int) (customers.Found, error) {
	switch {
	case cursor != "" && cursor != "next":
		return customers.Found{}, customers.ErrCursor
	case country != "7" || typed != "иванов" || cursor == "next":
		return customers.Found{How: customers.Exactly}, nil
	}
	return customers.Found{Customers: []tickets.Customer{b.customer}, How: customers.Exactly, Next: "next"}, nil
}

func (b *bureau) View(_ context.Context, id tickets.CustomerID, _ tickets.Sight) (customers.View, error) {
	if id == double {
		id = ivanov
	}
	return customers.View{Customer: b.customer, Contacts: []tickets.Contact{{ID: "c1", Channel: tickets.Call{}, ArrivedAt: time.Now()}}}, b.known(id)
}

func (b *bureau) Doubles(_ context.Context, id tickets.CustomerID) ([]customers.Double, error) {
	return []customers.Double{{Customer: b.customer, Why: []customers.Likeness{customers.LikeMail}}}, b.known(id)
}

func (b *bureau) PreviewMerge(_ context.Context, from, into tickets.CustomerID, _ tickets.Sight) (customers.Preview, error) {
	return customers.Preview{Merged: b.customer, Into: b.customer, After: b.customer, Tickets: 2, Contacts: 3}, errors.Join(b.known(from), b.known(into))
}

func (b *bureau) Candidates(_ context.Context, key string) ([]tickets.Customer, error) {
	if key != "+79161234567" {
		return nil, nil
	}
	return []tickets.Customer{b.customer, b.customer}, nil
}

func (b *bureau) Contacts(_ context.Context, id tickets.CustomerID, _ tickets.Sight, _ string, _ int) ([]tickets.Contact, string, error) {
	return nil, "", b.known(id)
}

func (b *bureau) Changes(_ context.Context, id tickets.CustomerID, _ int64) ([]customers.Change, error) {
	return b.changes, b.known(id)
}

func (b *bureau) Add(_ context.Context, r customers.Record, _ tickets.By, _ string) (tickets.Customer, error) {
	return r.Onto(tickets.Customer{ID: ivanov, Version: 1}), nil
}

func (b *bureau) Change(_ context.Context, id tickets.CustomerID, version int64, edit func(customers.Record) (customers.Record, error), by tickets.By) (tickets.Customer, error) {
	if err := b.known(id); err != nil {
		return tickets.Customer{}, err
	}
	if version != b.customer.Version {
		return tickets.Customer{}, customers.Lost{Now: b.customer, Changes: b.changes}
	}
	before := customers.Of(b.customer)
	r, err := edit(before)
	if err != nil {
		return tickets.Customer{}, err
	}
	if len(customers.Diff(before, r)) == 0 {
		return b.customer, nil
	}
	b.customer = r.Onto(b.customer)
	b.customer.Version++
	b.changes = append(b.changes, customers.Change{Version: b.customer.Version, By: by, Kind: customers.Changed, Patch: customers.Diff(before, r)})
	return b.customer, nil
}

func (b *bureau) Merge(_ context.Context, from tickets.CustomerID, _ int64, into tickets.CustomerID, by tickets.By) (customers.Merging, error) {
	if from == into {
		return customers.Merging{}, customers.Wrong{Field: "into", Rule: "expected another customer"}
	}
	return customers.Merging{ID: merged, Merged: from, Into: into, By: by.ID}, b.known(from)
}

func (b *bureau) UndoMerge(_ context.Context, id string, _ tickets.By) (customers.Merging, error) {
	if id != merged {
		return customers.Merging{}, customers.ErrNoMerge
	}
	return customers.Merging{ID: id}, nil
}

func (b *bureau) room() *register.Customers {
	return &register.Customers{Store: b, Sights: b, Country: "7", Terms: newArchive().Terms}
}

// SeesContact is of two contacts: c1 is anna's, of a ticket of the department support, and c2 is another's.
func (b *bureau) SeesContact(_ context.Context, id tickets.ContactID, by tickets.Sight) (bool, error) {
	return id == "c1" && (by.Agent == "7" || slices.Contains(by.Departments, "support")), nil
}

func (b *bureau) TellContact(_ context.Context, contact tickets.ContactID, customer tickets.CustomerID, _ bool, _ tickets.By) (tickets.Customer, error) {
	if contact != "c1" && contact != "c2" {
		return tickets.Customer{}, customers.ErrNoContact
	}
	return b.customer, b.known(customer)
}

func TestAgentsAndDepartmentsFindReadAndChangeCustomers(t *testing.T) {
	for _, login := range []string{"anna", "dasha", "vera"} {
		h := open(t, settings{})
		who := http.Header{"Cookie": {h.cookie(login)}}
		ask := func(method, path, body, match string) (int, string, http.Header) {
			t.Helper()
			head := who.Clone()
			if match != "" {
				head.Set("If-Match", match)
			}
			r := h.request(method, "/api/v1"+path, body, head)
			var text strings.Builder
			var raw json.RawMessage
			if err := json.NewDecoder(r.Body).Decode(&raw); err == nil {
				text.Write(raw)
			}
			return r.StatusCode, text.String(), r.Header
		}
		id := "/customers/" + string(ivanov)
		for _, test := range []struct {
			method, path, body, match string
			status                    int
			says                      string
		}{
			{"GET", "/customers?q=%D0%B8%D0%B2%D0%B0%D0%BD%D0%BE%D0%B2", "", "", 200, `"next_cursor":"next"`},
			{"GET", "/customers?q=%D0%B8%D0%B2%D0%B0%D0%BD%D0%BE%D0%B2&cursor=other", "", "", 400, "cursor"},
			{"GET", "/customers?q=%C2%AB%C2%BB", "", "", 422, "query.q"},
			{"GET", "/customers", "", "", 422, "q"},
			{"GET", "/customers/by-number?number=%2B79161234567", "", "", 200, `"items":[{`},
			{"GET", "/customers/by-number?number=0000", "", "", 422, "query.number"},
			{"GET", id, "", "", 200, `"expired":true`},
			{"GET", "/customers/nobody", "", "", 404, "no such customer"},
			{"GET", "/customers/" + double, "", "", 200, `"merged_into":"` + string(ivanov)},
			{"GET", id + "/contacts", "", "", 200, `"items":[]`},
			{"GET", id + "/changes", "", "", 200, `"items":[]`},
			{"GET", id + "/doubles", "", "", 200, `"why":["mail"]`},
			{"GET", "/customers/nobody/doubles", "", "", 404, "no such customer"},
			{"GET", id + "/merge?into=" + string(ivanov), "", "", 200, `"tickets":2`},
			{"GET", id + "/merge", "", "", 422, "query.into"},
			{"GET", "/agreements", "", "", 200, `"items":[]`},
			{"POST", "/customers", `{"name":"Петров","numbers":["+79161234568"]}`, "", 201, "Петров"},
			{"POST", "/customers", `{"name":""}`, "", 422, "body.name"},
			{"POST", "/customers", `{"nick":"I"}`, "", 422, "nick"},
			{"PATCH", id, `{"name":"Петров"}`, "", 422, "header.If-Match"},
			{"PATCH", id, `{"name":"Петров"}`, `"x"`, 422, "header.If-Match"},
			{"PATCH", id, `{"numbers":["call me"]}`, `"3"`, 422, `"code":"not_a_number"`},
			{"PATCH", id, `{"notes":["tall"]}`, `"3"`, 200, "tall"},
			{"PATCH", id, `{"notes":["short"]}`, `"3"`, 412, `"since":[{`},
			{"POST", id + "/merge", `{"into":"00000000-0000-4000-8000-000000000002"}`, `"4"`, 200, merged},
			{"POST", id + "/merge", `{"into":"` + string(ivanov) + `"}`, `"4"`, 422, "body.into"},
			{"POST", id + "/merge", `{"into":"00000000-0000-4000-8000-000000000002"}`, "", 422, "header.If-Match"},
			{"POST", "/customers/merges/" + merged + "/undo", "", "", 200, merged},
			{"POST", "/customers/merges/x/undo", "", "", 404, "no such merge"},
			{"PUT", "/contacts/c1/customer", `{"customer":"` + string(ivanov) + `","keeps_number":true}`, "", 200, "tall"},
			{"PUT", "/contacts/c3/customer", `{"customer":"` + string(ivanov) + `"}`, "", 404, "no such contact"},
		} {
			status, text, head := ask(test.method, test.path, test.body, test.match)
			if status != test.status || !strings.Contains(text, test.says) {
				t.Errorf("%s: %s %s %s answers %d %s, want %d with %s", login, test.method, test.path, test.body, status, text, test.status, test.says)
			}
			if strings.Contains(text, "\u202e") {
				t.Errorf("%s %s answers with text that turns: %s", test.method, test.path, text)
			}
			if test.method == "PATCH" && status == 200 && head.Get("ETag") != agentapi.ETag(4) {
				t.Errorf("the version is %s", head.Get("ETag"))
			}
		}
	}
}

// A contract ends with its last day at the line, wherever the server stands: between these two places it is always another day.
func TestContractEndsByTheCalendarOfTheLine(t *testing.T) {
	for place, expired := range map[string]bool{"Etc/GMT+12": false, "Pacific/Kiritimati": true} {
		here, err := time.LoadLocation(place)
		if err != nil {
			t.Fatal(err)
		}
		b := newBureau()
		b.customer = customers.Record{Name: "I", Contracts: []customers.Contract{{Number: "1", EndsOn: time.Now().In(time.FixedZone("", -12*60*60)).Format(time.DateOnly)}}}.Onto(b.customer)
		room := b.room()
		room.Terms = func() tickets.Terms { return tickets.Terms{Zone: here} }
		h := open(t, settings{options: func(o *rest.Options) { o.Rooms = []rest.Room{room} }})
		var f register.CustomerFile
		r := h.request(http.MethodGet, "/api/v1/customers/"+string(ivanov), "", http.Header{"Cookie": {h.cookie("anna")}})
		if err := json.NewDecoder(r.Body).Decode(&f); err != nil || len(f.Customer.Contracts) != 1 || f.Customer.Contracts[0].Expired != expired {
			t.Errorf("in %s the contracts are %+v, %v", place, f.Customer.Contracts, err)
		}
	}
}

func TestProgramsReadAndChangeCustomersByTheirScopes(t *testing.T) {
	v := &vault{}
	reads, writes := v.machine("reads", time.Time{}, gate.ReadCustomers), v.machine("writes", time.Time{}, gate.WriteCustomers)
	h := open(t, settings{gate: func(o *gate.Options) { o.Tokens = v }})
	for _, test := range []struct {
		who    http.Header
		method string
		status int
	}{{reads, "GET", 200}, {reads, "POST", 403}, {writes, "GET", 403}, {writes, "POST", 201}} {
		path, body := "/api/v1/customers/"+string(ivanov), ""
		if test.method == "POST" {
			path, body = "/api/v1/customers", `{"name":"I"}`
		}
		if got := h.request(test.method, path, body, test.who).StatusCode; got != test.status {
			t.Errorf("%s by %v answers %d, want %d", test.method, test.who, got, test.status)
		}
	}
}

func TestWhoeverSeesACustomerLeavesALine(t *testing.T) {
	kept := &diary{}
	h := open(t, settings{options: func(o *rest.Options) { o.Audit = kept }})
	anna := http.Header{"Cookie": {h.cookie("anna")}, "If-Match": {`"3"`}}
	for name, a := range asked {
		method, path, _ := strings.Cut(name, " ")
		if !strings.Contains(path, "/customer") {
			continue
		}
		if strings.HasSuffix(path, "/customers") && method == http.MethodGet {
			a.own = "/api/v1/customers?q=%D0%B8%D0%B2%D0%B0%D0%BD%D0%BE%D0%B2"
		}
		before := len(kept.since(0))
		if got := h.request(method, a.own, a.body, anna).StatusCode; got != 200 && got != 201 {
			t.Errorf("%s answers %d", name, got)
		}
		lines := kept.since(before)
		if len(lines) == 0 {
			t.Errorf("%s leaves no line", name)
		}
		for _, l := range lines {
			if l.Who != "anna" || l.Subject == "" || strings.Contains(l.Subject, "916") {
				t.Errorf("%s leaves %+v", name, l)
			}
		}
		kept.full = true
		if got := h.request(method, a.own, a.body, anna).StatusCode; got != 503 {
			t.Errorf("%s, of which no line can be kept, answers %d", name, got)
		}
		kept.full = false
	}
}

func TestWhoseAContactIsIsForThoseToSayWhoSeeIt(t *testing.T) {
	h := open(t, settings{})
	for _, x := range []struct {
		login, contact string
		want           int
	}{{"anna", "c1", 200}, {"anna", "c2", 404}, {"dasha", "c1", 200}, {"dasha", "c2", 404}, {"vera", "c1", 200}, {"vera", "c2", 200}, {"vera", "c3", 404}} {
		r := h.request(http.MethodPut, "/api/v1/contacts/"+x.contact+"/customer", `{"customer":"`+string(ivanov)+`"}`, http.Header{"Cookie": {h.cookie(x.login)}})
		if r.StatusCode != x.want {
			t.Errorf("%s about contact %s: %d, want %d", x.login, x.contact, r.StatusCode, x.want)
		}
	}
}
