package asterisk

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestExaminationSaysWhatAsteriskHas(t *testing.T) {
	a := newScripted(t)
	a.says("GET sounds?lang=ru", `[{"id":"digits/1","formats":[{"format":"gsm","language":"en"},{"format":"gsm","language":"ru"}]},
		{"id":"welcome","formats":[{"format":"gsm","language":"en"}]}]`)
	a.says("GET endpoints/PJSIP/trunk", `{"technology":"PJSIP","resource":"trunk","state":"online","channel_ids":[]}`)
	a.says("GET endpoints/PJSIP/spare%20trunk", `{"technology":"PJSIP","resource":"spare trunk","state":"offline","channel_ids":[]}`)
	a.refuses("GET endpoints/PJSIP/nowhere", 404, `{"message":"Endpoint not found"}`)
	e := Examine(a.options())
	defer e.Close()
	if version, err := e.Version(whole(t)); version != "22.10.1" || err != nil {
		t.Errorf("version %q, %v", version, err)
	}
	sounds, err := e.Sounds(whole(t), "ru")
	if !sounds["digits/1"] || sounds["welcome"] || err != nil {
		t.Errorf("sounds %v, %v", slices.Sorted(maps.Keys(sounds)), err)
	}
	for name, want := range map[string]string{"trunk": "true <nil>", "spare trunk": "false <nil>", "nowhere": "false " + ErrNoEndpoint.Error()} {
		online, err := e.Online(whole(t), "PJSIP", name)
		if got := fmt.Sprint(online, err); got != want {
			t.Errorf("endpoint %s: %s", name, got)
		}
	}
	if n := len(a.were("")) - len(a.were("GET")); n != 0 {
		t.Errorf("%d requests change something", n)
	}
}

func TestExaminationFindsEndpointsForEverybody(t *testing.T) {
	a := newScripted(t)
	a.says("GET endpoints/PJSIP", `[{"technology":"PJSIP","resource":"line"},{"technology":"PJSIP","resource":"trunk"},{"technology":"PJSIP","resource":"six"},
		{"technology":"PJSIP","resource":"web"},{"technology":"PJSIP","resource":"phone"},{"technology":"PJSIP","resource":"office"}]`)
	const identify = "GET asterisk/config/dynamic/res_pjsip/identify/"
	a.says(identify+"line", `[{"attribute":"match","value":"192.0.2.0/255.255.255.0,0.0.0.0/0.0.0.0"},{"attribute":"endpoint","value":"line"}]`)
	a.says(identify+"trunk", `[{"attribute":"match","value":"192.0.2.7/255.255.255.255"},{"attribute":"match_request_uri","value":""}]`)
	a.says(identify+"six", `[{"attribute":"match","value":"::/0"}]`)
	a.says(identify+"web", `[{"attribute":"match","value":""},{"attribute":"match_request_uri","value":"/^sip:/"}]`)
	a.says(identify+"office", `[{"attribute":"match","value":"10.0.0.0/8"}]`)
	a.refuses(identify+"phone", 404, `{"message":"not found"}`)
	a.says("GET asterisk/variable?variable=EPOCH", `{"value":"1763773152"}`)
	e := Examine(a.options())
	defer e.Close()
	if open, err := e.ForEverybody(whole(t)); err != nil || !slices.Equal(open, []string{"line", "six", "web"}) {
		t.Errorf("for everybody are %v, %v", open, err)
	}
	if now, err := e.Clock(whole(t)); err != nil || now.Unix() != 1763773152 {
		t.Errorf("it is %s, %v", now, err)
	}
}

func TestExaminationTellsHowLongAgoAHotlineWasHeardAtTheLeast(t *testing.T) {
	for said, ago := range map[string]time.Duration{
		"1763773147": 4 * time.Second, // of 4 to 6
		"1763773152": 0,
		"1763773160": 0, // the clock was set
		"":           0,
	} {
		a := newScripted(t)
		a.says("GET asterisk/variable?variable=EPOCH", `{"value":"1763773152"}`)
		a.says("GET asterisk/variable?variable=HOTLINE_HEARD", `{"value":"`+said+`"}`)
		e := Examine(a.options())
		defer e.Close()
		if heard, since, err := e.Heard(whole(t)); heard != said || since != ago || err != nil {
			t.Errorf("said %q, %s ago at the least instead of %s, %v", heard, since, ago, err)
		}
	}
}

func TestExaminationTellsWhyItCannotBe(t *testing.T) {
	a := newScripted(t)
	for version, want := range map[string]string{"18.9.0": "version 18.9.0 of Asterisk answers; 20 or newer is needed", "GIT-master-abc": ""} {
		a.version = version
		e := Examine(a.options())
		_, err := e.Version(whole(t))
		if err == nil && want != "" || err != nil && err.Error() != want {
			t.Errorf("%s: %v", version, err)
		}
		e.Close()
	}
	for answer, want := range map[string]func(error) bool{
		"<html>Hello": func(err error) bool { return errors.Is(err, ErrNotARI) },
		"{}":          func(err error) bool { return errors.Is(err, ErrNotARI) },
		"401":         func(err error) bool { return errors.Is(err, ErrPassword) },
		"403":         func(err error) bool { return errors.Is(err, ErrPassword) },
		"503 Service Unavailable ": func(err error) bool {
			return strings.Contains(err.Error(), "/asterisk/info answers 503 Service Unavailable")
		},
	} {
		other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			var code int
			if _, err := fmt.Sscanf(answer, "%d", &code); err == nil {
				w.WriteHeader(code)
			}
			fmt.Fprint(w, answer)
		}))
		o := a.options()
		o.URL = other.URL + "/ari"
		e := Examine(o)
		if _, err := e.Version(whole(t)); err == nil || !want(err) {
			t.Errorf("%q is %v", answer, err)
		}
		e.Close()
		other.Close()
	}
}
