package rest_test

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/agentapi/quality"
	"hotline/agentapi/rest"
	"hotline/recordings"
	"hotline/telephony"
	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/customers"
	"hotline/tickets/lists"
	"hotline/tickets/memory"
	"hotline/tickets/scorecard"
)

// reviewed are cards in memory, about the calls c1 and c9 of anna's, c2 of boris's, and c0 that nobody answered.
type reviewed struct{ memory.Scorecards }

const (
	annasCard    = "00000000-0000-4000-8000-0000000000a1"
	borisCard    = "00000000-0000-4000-8000-0000000000b1"
	blankCard    = "00000000-0000-4000-8000-0000000000c1"
	objectedCard = "00000000-0000-4000-8000-0000000000d1"
)

func init() {
	at := "/api/v1/scorecards"
	for route, q := range map[string]question{
		"GET /forms":           {own: at + "/forms"},
		"GET /sample":          {own: at + "/sample"},
		"GET /figures":         {own: at + "/figures", other: at + "/figures?agent=8", each: true},
		"GET ":                 {own: at, other: at + "?agent=8", each: true},
		"POST ":                {own: at, body: `{"call":"c9","form":"usual"}`},
		"GET /{id}":            {own: at + "/" + annasCard, other: at + "/" + borisCard},
		"PUT /{id}/review":     {own: at + "/" + blankCard + "/review", body: `{"answers":[]}`},
		"POST /{id}/answer":    {own: at + "/" + objectedCard + "/answer", body: `{"text":"x"}`},
		"POST /{id}/objection": {own: at + "/" + annasCard + "/objection", body: `{"text":"x"}`},
	} {
		asked[strings.Replace(route, " ", " "+at, 1)] = q
	}
}

var reviewForm = scorecard.Form{ID: "usual", Sample: 2, Title: words.Text{"ru": "Обычная", "en": "Usual"}, Sections: []scorecard.Section{{Title: words.Text{"en": "Talk"}, Criteria: []scorecard.Criterion{
	{ID: "greets", Title: words.Text{"en": "Greets"}, Kind: scorecard.YesNo, Weight: 1}, {ID: "listens", Title: words.Text{"en": "Listens"}, Kind: scorecard.Scale, Weight: 3, Optional: true},
}}}}

func (r *reviewed) Call(_ context.Context, id tickets.ContactID) (c lists.Call, _ []tickets.Fact, err error) {
	c.ID, c.Channel = id, tickets.Call{}
	agent, known := map[tickets.ContactID]string{"c0": "", "c1": "7", "c2": "8", "c9": "7"}[id]
	if !known {
		return c, nil, customers.ErrNoContact
	}
	if c.Agent.ID = agent; agent != "" {
		c.AnsweredAt = time.Now()
	}
	return c, nil, nil
}

func (r *reviewed) room() *quality.Room {
	return &quality.Room{Store: &r.Scorecards, Calls: r, Forms: func() []scorecard.Form { return []scorecard.Form{reviewForm} }, Present: (&callLog{}).room(nil).Present, Recorded: r}
}

// Find implements quality.Recorded: a talk of anna's in two pieces, and one that she passed on.
func (r *reviewed) Find(_ context.Context, q recordings.Question) (p recordings.Page, err error) {
	one := func(call telephony.CallID, agents ...string) (e recordings.Entry) {
		e.Call, e.Started = call, q.From
		for _, a := range agents {
			e.Agents = append(e.Agents, recordings.Talked{Agent: a})
		}
		return e
	}
	if q.Cursor == "" {
		return recordings.Page{Entries: []recordings.Entry{one("r1", "7"), one("r2", "7", "8")}, Next: "x"}, nil
	}
	return recordings.Page{Entries: []recordings.Entry{one("r1", "7"), one("r3", "")}}, nil
}

// reviewedAlready has a card of anna's and one of boris's with a review that is in, one of anna's without any, and one that boris objected to.
func reviewedAlready(t *testing.T) *reviewed {
	t.Helper()
	r := &reviewed{}
	yes := 1
	for id, agent := range map[string]string{annasCard: "7", borisCard: "8", blankCard: "7", objectedCard: "8"} {
		c := scorecard.Card{ID: id, Call: "of " + id, Agent: agent, Form: reviewForm, Begun: time.Now().UTC()}
		if id != blankCard {
			if err := c.Fill("olga", []scorecard.Answer{{Criterion: "greets", Value: &yes}, {Criterion: "listens"}}, "", true, time.Now().UTC()); err != nil {
				t.Fatal(err)
			}
		}
		if id == objectedCard {
			if err := c.Object("8", "no", time.Now().UTC()); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := r.Begin(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func TestACallIsReviewedObjectedToAndAnswered(t *testing.T) {
	r, kept := &reviewed{}, &diary{}
	h := open(t, settings{options: func(o *rest.Options) { o.Rooms, o.Audit = []rest.Room{r.room()}, kept }})
	as := func(login string) http.Header { return http.Header{"Cookie": {h.cookie(login)}} }
	vera, anna, boris := as("vera"), as("anna"), as("boris")
	c := answerOf[quality.Card](t, h.request(http.MethodPost, "/api/v1/scorecards", `{"call":"c1","form":"usual"}`, vera))
	if c.Agent != "7" || !slices.Equal(c.May, []string{"review"}) {
		t.Fatalf("begun is %+v", c)
	}
	at := "/api/v1/scorecards/" + c.ID
	status := func(method, path, body string, who http.Header, want int) {
		t.Helper()
		if got := h.request(method, path, body, who).StatusCode; got != want {
			t.Errorf("%s %s %s: %d, not %d", method, path, body, got, want)
		}
	}
	status("PUT", at+"/review", `{"answers":[{"criterion":"greets","value":1}]}`, vera, 200)
	status("GET", at, "", anna, 404)
	if l := answerOf[quality.Cards](t, h.request("GET", "/api/v1/scorecards", "", anna)); len(l.Items) != 0 {
		t.Errorf("anna sees a draft: %+v", l.Items)
	}
	status("POST", at+"/objection", `{"text":"no"}`, anna, 404)
	for sent, want := range map[string]string{
		`{"answers":[{"criterion":"greets","value":1}],"submit":true}`:                                   "listens is not answered",
		`{"answers":[{"criterion":"greets","value":2},{"criterion":"listens","value":4}],"submit":true}`: "body.answers[0]",
		`{"answers":[{"criterion":"x","value":1}]}`:                                                      "body.answers[0]",
	} {
		if got := body(t, h.request("PUT", at+"/review", sent, vera)); !strings.Contains(got, want) {
			t.Errorf("%s: %s", sent, got)
		}
	}
	status("PUT", at+"/review", `{"answers":[{"criterion":"greets","value":1},{"criterion":"listens","value":5}],"note":"well","submit":true}`, vera, 200)
	status("PUT", at+"/review", `{"answers":[]}`, vera, 409)
	if _, err := r.Change(t.Context(), c.ID, func(c *scorecard.Card) error { // as it is for who has not begun a review of their own
		c.Reviews[0].By = "olga"
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	hidden := answerOf[quality.Card](t, h.request("GET", at, "", vera))
	listed := answerOf[quality.Cards](t, h.request("GET", "/api/v1/scorecards", "", vera)).Items
	if len(hidden.Reviews) != 0 || len(hidden.Names) != 0 || !slices.Equal(hidden.May, []string{"review"}) || len(listed) != 1 || len(listed[0].Reviews) != 0 {
		t.Errorf("before she reviews it herself vera sees %+v, and in the list %+v", hidden, listed)
	}
	mine := answerOf[quality.Card](t, h.request("GET", at, "", anna))
	if len(mine.Reviews) != 1 || *mine.Reviews[0].Score.Share != 1 || !slices.Equal(mine.May, []string{"object"}) {
		t.Errorf("anna sees %+v", mine)
	}
	status("GET", at, "", boris, 404)
	status("POST", at+"/objection", `{"text":"x"}`, boris, 404)
	status("POST", at+"/objection", `{"text":" "}`, anna, 422)
	status("POST", at+"/objection", `{"text":"I said \u202eless"}`, anna, 200)
	status("POST", at+"/objection", `{"text":"more"}`, anna, 409)
	status("POST", at+"/answer", `{"text":"it stays"}`, vera, 200)
	status("POST", at+"/answer", `{"text":"it goes"}`, vera, 409)
	if both := answerOf[quality.Card](t, h.request("GET", at, "", anna)); both.Objection == nil || strings.Contains(both.Objection.Text, "\u202e") || both.Objection.Answer != "it stays" || len(both.May) != 0 {
		t.Errorf("in the end anna sees %+v", both.Objection)
	}
	status("POST", "/api/v1/scorecards", `{"call":"c0","form":"usual"}`, vera, 409)
	status("POST", "/api/v1/scorecards", `{"call":"nowhere","form":"usual"}`, vera, 404)
	status("POST", "/api/v1/scorecards", `{"call":"c1","form":"other"}`, vera, 422)
	var did []string
	for _, l := range kept.since(0) {
		did = append(did, string(l.Did))
		if l.Subject != c.ID {
			t.Errorf("a line is about %q", l.Subject)
		}
	}
	if want := []string{"began to review a call", "drafted a review", "reviewed a call", "objected to a review", "answered an objection to a review"}; !slices.Equal(did, want) {
		t.Errorf("the audit has %q", did)
	}
	for i := range 3 {
		card := scorecard.Card{ID: annasCard[:len(annasCard)-1] + string(rune('2'+i)), Call: string(rune('x' + i)), Agent: "8", Form: reviewForm, Begun: time.Now().UTC().Add(time.Duration(i) * time.Second)}
		if _, err := r.Begin(t.Context(), card); err != nil {
			t.Fatal(err)
		}
	}
	seen, cursor := 0, ""
	for page := 0; page == 0 || cursor != ""; page++ {
		l := answerOf[quality.Cards](t, h.request("GET", "/api/v1/scorecards?limit=2&cursor="+cursor, "", vera))
		seen, cursor = seen+len(l.Items), l.Next
	}
	if seen != 4 {
		t.Errorf("page by page there are %d", seen)
	}
	status("GET", "/api/v1/scorecards?cursor=x", "", vera, 400)
	status("GET", "/api/v1/scorecards/figures?from=never", "", vera, 422)
	status("GET", "/api/v1/scorecards/figures?agent=8", "", anna, 403)
	status("GET", "/api/v1/scorecards/sample?week="+time.Now().Format(time.DateOnly), "", vera, 422)
	status("GET", "/api/v1/scorecards/sample?form=other", "", vera, 422)
	drawn := answerOf[quality.Sample](t, h.request("GET", "/api/v1/scorecards/sample", "", vera))
	if len(drawn.Items) != 1 || drawn.Items[0].Call != "r1" || drawn.Items[0].AgentName == "" || drawn.Each != 2 || drawn.Form != "usual" {
		t.Errorf("drawn are %+v", drawn)
	}
	begun := scorecard.Card{ID: blankCard, Call: "r1", Agent: "7", Form: reviewForm, Begun: time.Now().UTC()}
	if _, err := r.Begin(t.Context(), begun); err != nil {
		t.Fatal(err)
	}
	if drawn := answerOf[quality.Sample](t, h.request("GET", "/api/v1/scorecards/sample", "", vera)); len(drawn.Items) != 1 || drawn.Items[0].Card != blankCard {
		t.Errorf("drawn, and begun, are %+v", drawn)
	}
	sums := answerOf[quality.ReviewsAnswer](t, h.request("GET", "/api/v1/scorecards/figures?by=week", "", anna))
	if len(sums.Rows) != 1 || sums.Form != "usual" || sums.Total.Reviews == 0 || sums.Total.Share == nil || sums.Rows[0].Criteria[0].Mean == nil {
		t.Errorf("her figures are %+v", sums)
	}
	file := h.request("GET", "/api/v1/scorecards/figures?by=agent&format=csv", "", vera)
	text, err := io.ReadAll(file.Body)
	if text := string(text); err != nil || file.StatusCode != 200 || !strings.HasPrefix(text, "ID,Who or when,Reviews,Score,Criterion,") || !strings.Contains(text, ",greets,Greets,") {
		t.Errorf("the file is %d %s", file.StatusCode, text)
	}
	if text := body(t, h.request("GET", "/api/v1/scorecards/figures?format=csv", "", anna)); !strings.Contains(text, "Share of yes") || strings.Contains(text, "Reviewed twice") {
		t.Errorf("her file is %s", text)
	}
	late := scorecard.Card{ID: annasCard, Call: "late", Agent: "7", Form: scorecard.Form{ID: "late"}, Begun: time.Now().UTC(), Reviews: []scorecard.Review{{By: "olga", Submitted: &c.Begun}}}
	if _, err := r.Begin(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	for who, want := range map[string]string{"anna": "late", "vera": "usual"} {
		if sums := answerOf[quality.ReviewsAnswer](t, h.request("GET", "/api/v1/scorecards/figures", "", as(who))); sums.Form != want || sums.Total.Reviews == 0 {
			t.Errorf("%s, who has named no form, is told of %q: %+v", who, sums.Form, sums.Total)
		}
	}
}
