package rest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/rest"
	"hotline/agentapi/screens"
)

func television(s *screens.Screens) screens.Room {
	return screens.Room{Screens: s, Person: func(id string) string { return "Vera of " + id }}
}

// aScreen is a room with a code to be typed, made whenever it is asked for since it lasts half a minute, and with screens to be changed and taken away, for
// the walk of all rules.
func aScreen(t *testing.T) screens.Room {
	s := screens.New(nil, nil)
	televisions := 0
	code := func() string {
		televisions++
		at := fmt.Sprint("192.0.2.", televisions)
		digits, _, _, err := s.NewCode(at, at)
		if err != nil {
			t.Fatal(err)
		}
		return digits
	}
	shows := `"name":"Hall","shows":{"language":"en","theme":"dark"}`
	let, err := s.Pair(t.Context(), code(), "Hall", screens.Shows{Language: "en", Theme: "dark"}, "vera")
	if err != nil {
		t.Fatal(err)
	}
	gone, err := s.Pair(t.Context(), code(), "Old", screens.Shows{Language: "en", Theme: "dark"}, "vera")
	if err != nil {
		t.Fatal(err)
	}
	asked["POST /api/v1/screens"] = question{own: "/api/v1/screens", bodyNow: func() string { return `{"code":"` + code() + `",` + shows + `}` }}
	asked["PUT /api/v1/screens/{id}"] = question{own: "/api/v1/screens/" + let.ID, body: `{` + shows + `}`}
	asked["DELETE /api/v1/screens/{id}"] = question{own: "/api/v1/screens/" + gone.ID}
	return television(s)
}

func TestATelevisionIsLetInByItsCodeAndSeesWhatItMay(t *testing.T) {
	audit := &diary{}
	live := screens.New(nil, nil)
	at := time.Now()
	live.Show(agentapi.Wall{
		Now: at, Queues: []agentapi.WallQueue{{ID: "support", Department: "support", Waiting: 3, LongestSince: &at, ClosedBy: "Olga"}, {ID: "sales", Waiting: 1}},
		Agents: []agentapi.WallAgent{{ID: "7", Name: "Anna Secret", Availability: "ready", Activity: "idle", Departments: []string{"support"}}},
		Alarms: []agentapi.Alarm{{ID: "a", Rule: "r", Queue: "support", AcknowledgedBy: "Olga"}, {ID: "b", Rule: "r", Queue: "sales"}},
	})
	h := open(t, settings{options: func(o *rest.Options) {
		o.Audit = audit
		o.Rooms = append(slices.DeleteFunc(o.Rooms, func(r rest.Room) bool { _, is := r.(screens.Room); return is }), television(live))
	}})
	vera, anna := http.Header{"Cookie": {h.cookie("vera")}}, http.Header{"Cookie": {h.cookie("anna")}}
	var code struct{ Code, Secret string }
	if err := json.NewDecoder(h.post("/api/v1/screens/codes", "", nil).Body).Decode(&code); err != nil || len(code.Code) != 8 {
		t.Fatalf("the code is %+v, %v", code, err)
	}
	claim := func(secret string) (state string, header http.Header) {
		answer := h.post("/api/v1/screens/claim", `{"secret":"`+secret+`"}`, nil)
		var body struct{ State string }
		if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
			t.Fatal(err)
		}
		header = http.Header{}
		for _, c := range answer.Cookies() {
			if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/api/v1/screens" {
				t.Errorf("the cookie is %+v", c)
			}
			header.Set("Cookie", c.Name+"="+c.Value)
		}
		return body.State, header
	}
	if state, header := claim(code.Secret); state != "waiting" || len(header) > 0 {
		t.Errorf("before somebody types the code it is %s, %v", state, header)
	}
	pair := func(code, shows string, who http.Header) *http.Response {
		return h.post("/api/v1/screens", `{"code":"`+code+`","name":"Hall","shows":`+shows+`}`, who)
	}
	const plain = `{"language":"en","theme":"dark","department":"support"}`
	if answer := pair(code.Code, plain, anna); answer.StatusCode != http.StatusForbidden {
		t.Errorf("an agent lets a screen in: %d", answer.StatusCode)
	}
	if p := problemOf(t, pair("00000000", plain, vera)); p.Code != agentapi.CodeWrongCode && p.Code != "" {
		t.Errorf("a wrong code: %+v", p)
	}
	var screen struct{ ID, Name, By string }
	if err := json.NewDecoder(pair(code.Code[:4]+" "+code.Code[4:], plain, vera).Body).Decode(&screen); err != nil || screen.Name != "Hall" {
		t.Fatalf("let in is %+v, %v", screen, err)
	}
	if p := problemOf(t, pair(code.Code, plain, vera)); p.Code != agentapi.CodeWrongCode {
		t.Errorf("a code counts twice: %+v", p)
	}
	state, cookie := claim(code.Secret)
	if state != "in" || len(cookie) == 0 {
		t.Fatalf("after it was typed it is %s, %v", state, cookie)
	}
	frame := func(who http.Header) string {
		b, err := io.ReadAll(h.request(http.MethodGet, "/api/v1/screens/frame", "", who).Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for i, want := range []int{1, 0} { // once a day
		given := h.request(http.MethodGet, "/api/v1/screens/frame", "", cookie).Cookies()
		if len(given) != want || want == 1 && (given[0].Name+"="+given[0].Value != cookie.Get("Cookie") || given[0].MaxAge < 399*24*3600 || !given[0].HttpOnly) {
			t.Errorf("frame %d gives the cookie %+v", i+1, given)
		}
	}
	for _, has := range []string{`"id":"support"`, `"closed":true`, `"free":1`, `"acknowledged_by":"…"`} {
		if shown := frame(cookie); !strings.Contains(shown, has) {
			t.Errorf("%s is not in %s", has, shown)
		}
	}
	for _, not := range []string{"Anna", "Olga", `"sales"`} {
		if shown := frame(cookie); strings.Contains(shown, not) {
			t.Errorf("%s is in %s", not, shown)
		}
	}
	if answer := h.request(http.MethodGet, "/api/v1/calls", "", cookie); answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("a screen's cookie opens the calls: %d", answer.StatusCode)
	}
	if shown := frame(http.Header{"Cookie": {screens.CookieName + "=guess"}}); !strings.Contains(shown, `"unknown"`) {
		t.Errorf("a guessed cookie shows %s", shown)
	}
	if answer := h.request(http.MethodPut, "/api/v1/screens/"+screen.ID, `{"name":"Hall 2","shows":{"language":"ru","theme":"light","agents":true}}`, vera); answer.StatusCode != 200 {
		t.Errorf("a change: %+v", problemOf(t, answer))
	}
	if shown := frame(cookie); !strings.Contains(shown, "Anna Secret") || !strings.Contains(shown, `"Olga"`) || !strings.Contains(shown, `"sales"`) {
		t.Errorf("with names it shows %s", shown)
	}
	if answer := h.request(http.MethodDelete, "/api/v1/screens/"+screen.ID, "", vera); answer.StatusCode != 200 {
		t.Errorf("to take it away: %+v", problemOf(t, answer))
	}
	if shown := frame(cookie); !strings.Contains(shown, `"unknown"`) || strings.Contains(shown, "queues") {
		t.Errorf("taken away it shows %s", shown)
	}
	var did []string
	for _, l := range audit.since(0) {
		did = append(did, fmt.Sprint(l.Who, " ", l.Did))
	}
	if want := []string{"vera let a large screen in", "vera changed a large screen", "vera took a large screen away"}; !slices.Equal(did, want) {
		t.Errorf("in the audit stands %q", did)
	}
	// Guessing is held up on both sides.
	var last agentapi.Problem
	for range 12 {
		last = problemOf(t, pair("12345678", plain, vera))
	}
	if last.Code != agentapi.CodeTooManyCodes {
		t.Errorf("after a dozen wrong codes: %+v", last)
	}
	var refused int
	for range 8 {
		if h.post("/api/v1/screens/codes", "", nil).StatusCode == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused < 3 {
		t.Errorf("of 8 codes from one address %d were refused", refused)
	}
}
