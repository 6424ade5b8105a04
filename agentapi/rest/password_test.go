package rest_test

import (
	"net/http"
	"testing"

	"github.com/gorilla/websocket"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/agentapi/rest"
)

// TestAPersonChangesTheirOwnPasswordAndIsSignedOutElsewhere.
func TestAPersonChangesTheirOwnPasswordAndIsSignedOutElsewhere(t *testing.T) {
	h := open(t, settings{options: func(o *rest.Options) { o.Phones = exchange{} }})
	here, elsewhere := h.cookie("anna"), h.cookie("anna")
	desk := h.dial(elsewhere, nil, websocket.DefaultDialer.NetDialContext)
	desk.expect("hello")
	change := func(cookie, old, new string) *http.Response {
		return h.post("/api/v1/password", `{"old":"`+old+`","new":"`+new+`"}`, http.Header{"Cookie": {cookie}})
	}
	if p := problemOf(t, change("", password, "another one 7")); p.Code != agentapi.CodeNotSignedIn {
		t.Errorf("nobody: %+v", p)
	}
	for _, c := range []struct{ old, new, field string }{
		{"not the old one", "another one 7", "body.old"}, {password, "short", "body.new"}, {password, password, "body.new"}, {password, "", "body.new"},
	} {
		p := problemOf(t, change(here, c.old, c.new))
		if p.Code != agentapi.CodeInvalid || len(p.Errors) != 1 || p.Errors[0].Field != c.field {
			t.Errorf("from %q to %q: %+v", c.old, c.new, p)
		}
	}
	if answer := change(here, password, "another one 7"); answer.StatusCode != http.StatusNoContent {
		t.Fatalf("it is answered with %d", answer.StatusCode)
	}
	desk.expectClose(agentapi.CloseNotSignedIn)
	if p := problemOf(t, h.request(http.MethodGet, "/api/v1/session", "", http.Header{"Cookie": {elsewhere}})); p.Code != agentapi.CodeNotSignedIn {
		t.Errorf("elsewhere: %+v", p)
	}
	if answer := h.request(http.MethodGet, "/api/v1/session", "", http.Header{"Cookie": {here}}); answer.StatusCode != http.StatusOK {
		t.Errorf("here: %d", answer.StatusCode)
	}
	if _, err := client.SignIn(soon(t), h.url, "anna", password); !client.IsProblem(err, agentapi.CodeWrongLogin) {
		t.Errorf("with the old password: %v", err)
	}
	if _, err := client.SignIn(soon(t), h.url, "anna", "another one 7"); err != nil {
		t.Errorf("with the new password: %v", err)
	}
}
