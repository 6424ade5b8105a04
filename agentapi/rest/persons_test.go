package rest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/register"
	"hotline/agentapi/rest"
	"hotline/tickets"
)

// files of people, who are two.
type dossiers struct {
	rows   int // of the one
	erased []string
}

var _ register.Holdings = (*dossiers)(nil)

func (d *dossiers) Find(_ context.Context, who string) ([]register.Subject, error) {
	one := register.Subject{Customer: string(ivanov), Name: "Иванов", Numbers: []string{"+79161234567"}}
	switch who {
	case "K-1":
		return []register.Subject{one}, nil
	case "both":
		return []register.Subject{one, one}, nil
	default:
		return nil, nil
	}
}

func (d *dossiers) Export(_ context.Context, _ register.Subject, login string) (func(io.Writer) error, error) {
	return func(w io.Writer) error { _, err := fmt.Fprint(w, "taken by ", login); return err }, nil
}

func (d *dossiers) Weigh(context.Context, register.Subject) (register.Weight, error) {
	return register.Weight{Rows: map[string]int{"contacts": d.rows}, Confirm: fmt.Sprint("seen-", d.rows)}, nil
}

func (d *dossiers) Erase(ctx context.Context, s register.Subject, confirm string, closes bool, login string) (register.Erased, error) {
	if w, err := d.Weigh(ctx, s); err != nil || confirm != w.Confirm {
		return register.Erased{}, agentapi.Refuse(agentapi.CodeStale, "look again")
	}
	if !closes {
		return register.Erased{}, agentapi.Refuse(agentapi.CodeConflict, "a ticket is open")
	}
	d.erased = append(d.erased, s.Customer+" by "+login)
	return register.Erased{Contacts: d.rows, Disk: true}, nil
}

// An administrator alone takes out and erases what is held about somebody, and erases what they have seen.
func TestAdministratorsAloneExportAndErasePersons(t *testing.T) {
	d, kept := &dossiers{rows: 7}, &diary{}
	h := open(t, settings{options: func(o *rest.Options) {
		o.Rooms, o.Audit = []rest.Room{&register.Persons{Holdings: d}}, kept
	}})
	if _, err := h.accounts.Seat(h.Context(), []gate.Seating{
		{Account: gate.Account{ID: "a3", Login: "vera", Name: "Vera", Role: gate.RoleSupervisor, Language: "en"}, Password: password},
		{Account: gate.Account{ID: "a5", Login: "rita", Name: "Rita", Role: gate.RoleAdministrator, Language: "en"}, Password: password},
	}); err != nil {
		t.Fatal(err)
	}
	vera, rita := http.Header{"Cookie": {h.cookie("vera")}}, http.Header{"Cookie": {h.cookie("rita")}}
	const erasure = "/api/v1/persons/erasure"
	order := func(confirm string, closes bool) string {
		return fmt.Sprintf(`{"who":"K-1","confirm":%q,"close":%t}`, confirm, closes)
	}
	for _, x := range []struct {
		who                http.Header
		method, path, body string
		want               int
	}{
		{vera, "GET", "/api/v1/persons?who=K-1", "", 403}, {vera, "GET", "/api/v1/persons/export?who=K-1", "", 403}, {vera, "GET", erasure + "?who=K-1", "", 403},
		{vera, "POST", erasure, order("seen-7", true), 403},
		{rita, "GET", "/api/v1/persons?who=K-1", "", 200}, {rita, "GET", "/api/v1/persons/export?who=both", "", 409}, {rita, "GET", "/api/v1/persons/export?who=nobody", "", 404},
		{rita, "POST", erasure, order("seen-6", true), 412}, {rita, "POST", erasure, `{"who":"K-1","close":true}`, 422}, {rita, "POST", erasure, order("seen-7", false), 409},
		{rita, "POST", erasure, `{"who":"both","confirm":"seen-7","close":true}`, 409},
	} {
		if got := h.request(x.method, x.path, x.body, x.who).StatusCode; got != x.want {
			t.Errorf("%s %s %s: %d, want %d", x.method, x.path, x.body, got, x.want)
		}
	}
	if len(d.erased) > 0 {
		t.Fatalf("erased are %v", d.erased)
	}
	answer := h.request(http.MethodGet, "/api/v1/persons/export?who=K-1", "", rita)
	if b, err := io.ReadAll(answer.Body); err != nil || string(b) != "taken by rita" || answer.Header.Get("Content-Type") != "application/zip" || answer.Header.Get("Content-Disposition") == "" ||
		!strings.HasPrefix(answer.Header.Get("Content-Security-Policy"), "sandbox") || answer.Header.Get("Cross-Origin-Resource-Policy") != "same-origin" {
		t.Errorf("the export is %s, %v, %v", b, answer.Header, err)
	}
	before := len(kept.since(0))
	var seen register.ErasurePreview
	if err := json.NewDecoder(h.request(http.MethodGet, erasure+"?who=K-1", "", rita).Body).Decode(&seen); err != nil || seen.Rows["contacts"] != 7 || seen.Person.Name != "Иванов" {
		t.Errorf("the preview is %+v, %v", seen, err)
	}
	if lines := kept.since(before); len(lines) != 1 || lines[0].Did != tickets.LookedAtCustomer || lines[0].Subject != string(ivanov) || lines[0].Who != "rita" {
		t.Errorf("the preview leaves %+v", lines)
	}
	if got := h.request(http.MethodPost, erasure, order(seen.Confirm, true), rita).StatusCode; got != 200 || len(d.erased) != 1 || d.erased[0] != string(ivanov)+" by rita" {
		t.Errorf("erasing answers %d, erased are %v", got, d.erased)
	}
}
