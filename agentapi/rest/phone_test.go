package rest_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/gorilla/websocket"

	"hotline/agentapi"
	"hotline/agentapi/rest"
	"hotline/queues"
)

// TestAPhonesSecretIsGivenToNobodyWhoOnlyLooks: no link, no prefetch, no page of another site gets it or renews it, and no cache keeps it.
func TestAPhonesSecretIsGivenToNobodyWhoOnlyLooks(t *testing.T) {
	h := open(t, settings{options: func(o *rest.Options) { o.Phones = exchange{} }})
	cookie := h.cookie("anna")
	if p := problemOf(t, h.request(http.MethodGet, "/api/v1/phone", "", http.Header{"Cookie": {cookie}})); p.Code != agentapi.CodeMethod {
		t.Errorf("GET: %+v", p)
	}
	for _, header := range []http.Header{{"Origin": {"https://evil.example"}}, {"Sec-Fetch-Site": {"cross-site"}}} {
		header.Set("Cookie", cookie)
		if p := problemOf(t, h.post("/api/v1/phone", "", header)); p.Code != agentapi.CodeOrigin {
			t.Errorf("%v: %+v", header, p)
		}
	}
	answer := h.post("/api/v1/phone", "", http.Header{"Cookie": {cookie}})
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("status %d, Cache-Control %q", answer.StatusCode, answer.Header.Get("Cache-Control"))
	}
}

// renewed is an exchange that notes whose phone got another secret.
type renewed struct {
	exchange
	whose chan queues.AgentID
}

func (r renewed) Renew(_ context.Context, agent queues.AgentID) error {
	r.whose <- agent
	return nil
}

// TestTheSecretOfAPhoneEndsWithTheSignIn: whoever has read it from the page calls nobody, and gets nobody's calls, after a sign-out.
func TestTheSecretOfAPhoneEndsWithTheSignIn(t *testing.T) {
	phones := renewed{whose: make(chan queues.AgentID, 10)}
	h := open(t, settings{options: func(o *rest.Options) { o.Phones = phones }})
	first, second := h.cookie("anna"), h.cookie("anna")
	h.post("/api/v1/session", `{"login":"anna","password":"`+password+`"}`, http.Header{"Cookie": {first}}) // her page asks for it anew
	if len(phones.whose) > 0 {
		t.Error("the phone is renewed under the same person's hands")
	}
	h.request(http.MethodDelete, "/api/v1/session", "", http.Header{"Cookie": {second}})
	third := h.cookie("anna")
	if len(phones.whose) != 1 {
		t.Errorf("after a sign-out %d phones are renewed", len(phones.whose))
	}
	h.post("/api/v1/session", `{"login":"boris","password":"`+password+`"}`, http.Header{"Cookie": {third}})
	if len(phones.whose) != 2 {
		t.Errorf("after another person's sign-in %d phones are renewed", len(phones.whose))
	}
	h.request(http.MethodDelete, "/api/v1/session", "", nil)
	h.request(http.MethodDelete, "/api/v1/session", "", http.Header{"Cookie": {third}})
	if len(phones.whose) != 2 {
		t.Error("nobody has a phone")
	}
}

// TestAnotherPersonWhoSignsInOnABrowserPutsTheFirstOut.
func TestAnotherPersonWhoSignsInOnABrowserPutsTheFirstOut(t *testing.T) {
	h := open(t, settings{})
	before := h.cookie("anna")
	desk := h.dial(before, nil, websocket.DefaultDialer.NetDialContext)
	desk.expect("hello")
	answer := h.post("/api/v1/session", `{"login":"boris","password":"`+password+`"}`, http.Header{"Cookie": {before}})
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("Boris is answered %d", answer.StatusCode)
	}
	desk.expectClose(agentapi.CloseNotSignedIn)
	if p := problemOf(t, h.request(http.MethodGet, "/api/v1/session", "", http.Header{"Cookie": {before}})); p.Code != agentapi.CodeNotSignedIn {
		t.Errorf("Anna's cookie: %+v", p)
	}
}

// TestAnswersCarryWhatKeepsOtherSitesOut.
func TestAnswersCarryWhatKeepsOtherSitesOut(t *testing.T) {
	h := open(t, settings{})
	for _, path := range []string{"/", "/desk", "/assets/app-1f2e.js", "/api/v1/session", "/api/v1/nothing", "/nothing"} {
		header := h.request(http.MethodGet, path, "", nil).Header
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin", "Strict-Transport-Security": "",
		} {
			if got := header.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
	}
}
