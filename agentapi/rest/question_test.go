package rest_test

import (
	"net/http"
	"testing"

	"hotline/agentapi"
)

func TestWhatIsNoTextIsABadRequestAndNoOutage(t *testing.T) {
	h, _ := openWithFigures(t)
	cookie := h.cookie("vera")
	p := problemOf(t, h.request(http.MethodPost, "/api/v1/session", `{"login":"a\u0000","password":"password"}`, nil))
	if p.Code != agentapi.CodeBadRequest || len(p.Errors) != 1 || p.Errors[0].Field != "body.login" {
		t.Errorf("a login with a NUL: %+v", p)
	}
	for path, want := range map[string]struct {
		code  agentapi.Code
		field string
	}{
		"/calls/%00/decisions":          {agentapi.CodeBadRequest, "path.id"},
		"/calls/%ff/decisions":          {agentapi.CodeBadRequest, "path.id"},
		"/calls/c1%c3/decisions":        {agentapi.CodeBadRequest, "path.id"},
		"/tickets/%00":                  {agentapi.CodeBadRequest, "path.number"},
		"/figures?by=queue&id=%00":      {agentapi.CodeBadRequest, "query.id"},
		"/figures?by=queue&id=a%ff":     {agentapi.CodeBadRequest, "query.id"},
		"/figures?by=%ff":               {agentapi.CodeBadRequest, "query.by"},
		"/figures?by=queue&id=%zz":      {agentapi.CodeBadRequest, "query"},
		"/figures?by=queue;id=1":        {agentapi.CodeBadRequest, "query"},
		"/figures?by=queue&nope=1":      {agentapi.CodeInvalid, "query.nope"},
		"/figures?by=queue&ID=1":        {agentapi.CodeInvalid, "query.ID"},
		"/figures?by=queue&%ff%0a=1":    {agentapi.CodeInvalid, "query..."},
		"/figures?by=queue&by=agent":    {agentapi.CodeInvalid, "query.by"},
		"/figures?by=queue&id=1&id=1":   {agentapi.CodeInvalid, "query.id"},
		"/staffing?x=1":                 {agentapi.CodeInvalid, "query.x"},
		"/calls/c1/decisions?live=true": {agentapi.CodeInvalid, "query.live"},
		"/reasons?":                     {},
	} {
		answer := h.request(http.MethodGet, "/api/v1"+path, "", http.Header{"Cookie": {cookie}})
		if want.field == "" {
			if answer.StatusCode != http.StatusOK {
				t.Errorf("%s: %s", path, answer.Status)
			}
			continue
		}
		p := problemOf(t, answer)
		if p.Code != want.code || len(p.Errors) != 1 || p.Errors[0].Field != want.field || p.Errors[0].Rule == "" {
			t.Errorf("%s: %+v, want %s with %s", path, p, want.code, want.field)
		}
	}
}
