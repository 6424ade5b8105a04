package rest_test

import (
	"net/http"
	"testing"

	"github.com/gorilla/websocket"

	"hotline/agentapi"
	"hotline/agentapi/rest"
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
