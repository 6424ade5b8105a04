package rest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pquerna/otp/totp"

	"hotline/agentapi"
	"hotline/agentapi/gate"
)

// TestASecondFactorIsTurnedOnUsedAndTurnedOffOverREST.
func TestASecondFactorIsTurnedOnUsedAndTurnedOffOverREST(t *testing.T) {
	h := open(t, settings{gate: func(o *gate.Options) { o.SecondFactor = []gate.Role{gate.RoleSupervisor} }})
	for _, path := range []string{"/begin", "", "/off"} {
		body := `{"password":"` + password + `","code":"123456","enrolment":"x"}`
		if p := problemOf(t, h.post("/api/v1/second-factor"+path, body, nil)); p.Code != agentapi.CodeNotSignedIn && p.Code != agentapi.CodeInvalid {
			t.Errorf("%q as nobody: %+v", path, p)
		}
	}
	vera := http.Header{"Cookie": {h.cookie("vera")}}
	for _, path := range []string{"/api/v1/reasons", "/api/v1/calls", "/api/v1/figures?by=queue"} {
		if p := problemOf(t, h.request(http.MethodGet, path, "", vera)); p.Code != agentapi.CodeSecondFactorDue || p.Status != http.StatusForbidden {
			t.Errorf("%s before it is turned on: %+v", path, p)
		}
	}
	wall := h.dial(vera.Get("Cookie"), nil, websocket.DefaultDialer.NetDialContext)
	wall.expectClose(agentapi.CloseNotSignedIn)
	var who gate.Account
	if read(t, h.request(http.MethodGet, "/api/v1/session", "", vera), &who); !who.SecondFactorDue || who.SecondFactor {
		t.Errorf("who she is: %+v", who)
	}

	var begun struct {
		Secret, URI, Enrolment string
		QR                     struct {
			Size int
			Path string
		}
	}
	read(t, h.post("/api/v1/second-factor/begin", `{"password":"`+password+`"}`, vera), &begun)
	if len(begun.Secret) != 32 || begun.QR.Size < 21+8 || !strings.HasPrefix(begun.QR.Path, "M4 4h7v1h-7z") {
		t.Errorf("the app is given %+v", begun)
	}
	code := func(away time.Duration) string {
		c, err := totp.GenerateCode(begun.Secret, time.Now().Add(away))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	var on struct{ Recovery []string }
	read(t, h.post("/api/v1/second-factor", `{"enrolment":"`+begun.Enrolment+`","code":"`+code(-30*time.Second)+`"}`, vera), &on)
	if len(on.Recovery) != 10 {
		t.Fatalf("recovery codes: %q", on.Recovery)
	}
	if answer := h.request(http.MethodGet, "/api/v1/reasons", "", vera); answer.StatusCode != http.StatusOK {
		t.Errorf("when it is turned on: %d", answer.StatusCode)
	}

	signIn := func(code string) *http.Response {
		return h.post("/api/v1/session", `{"login":"vera","password":"`+password+`"`+code+`}`, nil)
	}
	if p := problemOf(t, signIn("")); p.Code != agentapi.CodeSecondFactor || p.Status != http.StatusUnauthorized {
		t.Errorf("without a code: %+v", p)
	}
	if p := problemOf(t, signIn(`,"code":"00000a"`)); p.Code != agentapi.CodeWrongCode || p.Status != http.StatusUnauthorized {
		t.Errorf("with a wrong code: %+v", p)
	}
	if answer := signIn(`,"code":"` + code(30*time.Second) + `"`); answer.StatusCode != http.StatusOK {
		t.Errorf("with a code: %d", answer.StatusCode)
	}
	off := `{"password":"` + password + `","code":"` + on.Recovery[7] + `"}`
	wall = h.dial(vera.Get("Cookie"), nil, websocket.DefaultDialer.NetDialContext)
	wall.expect("hello")
	if answer := h.post("/api/v1/second-factor/off", off, vera); answer.StatusCode != http.StatusNoContent {
		t.Errorf("turned off: %d", answer.StatusCode)
	}
	wall.expectClose(agentapi.CloseNotSignedIn) // her role needs another first
	if p := problemOf(t, h.request(http.MethodGet, "/api/v1/reasons", "", vera)); p.Code != agentapi.CodeSecondFactorDue {
		t.Errorf("when it is turned off: %+v", p)
	}
}

// read reads an answer that is no problem.
func read(t *testing.T, answer *http.Response, into any) {
	t.Helper()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("answered with %d: %+v", answer.StatusCode, problemOf(t, answer))
	}
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}
