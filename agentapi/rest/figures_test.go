package rest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/agentapi/rest"
	"hotline/queues"
	"hotline/queues/figures"
)

// ledgers is a Figures on real ledgers' sums: it gives one entry of each kind in each step, and can go away.
type ledgers struct {
	away atomic.Bool
	many atomic.Bool
}

func (l *ledgers) Figures(_ context.Context, of figures.Subject, times []time.Time, limit int) (all []figures.Entry, err error) {
	if l.away.Load() {
		return nil, errAway
	}
	if of.ID == "" {
		of.ID = "any"
	}
	s := figures.Sums{
		Offered: 5, Answered: 3, InTarget: 2, Abandoned: 2, ShortAbandoned: 1, Announced: 4, InRange: 3, Waited: 30 * time.Second, Longest: 12345678 * time.Microsecond,
		Handled: 2, Talk: 100 * time.Second, Hold: 20 * time.Second, WrapUp: 40 * time.Second, CallsMade: 4, CallsAnswered: 3, CallsTalk: 95 * time.Second, Ready: time.Minute, Busy: 3 * time.Minute,
		Reasons: []figures.ReasonTime{{Reason: queues.Break, For: time.Minute, Overdue: time.Second}, {Reason: queues.Lunch, For: time.Minute}},
	}
	for _, from := range times[:len(times)-1] {
		all = append(all, figures.Entry{From: from, Subject: of, Sums: s})
	}
	for l.many.Load() && len(all) < limit {
		all = append(all, all[len(all)-1])
	}
	return all, nil
}

func openWithFigures(t *testing.T) (*house, *ledgers) {
	t.Helper()
	l := &ledgers{}
	return open(t, settings{options: func(o *rest.Options) {
		o.Figures, o.Location = l, time.FixedZone("MSK", 3*3600)
	}}), l
}

func TestFiguresAreToldStepByStepWithTheirMeans(t *testing.T) {
	h, _ := openWithFigures(t)
	vera := h.signIn("vera")
	f, err := vera.Figures(soon(t), "agent", url.Values{"id": {"7"}, "from": {"2026-03-02T10:07:00+03:00"}, "to": {"2026-03-02T07:30:00Z"}})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(f.Items)
	if err != nil {
		t.Fatal(err)
	}
	want := `"id":"7","from":"2026-03-02T07:15:00Z","to":"2026-03-02T07:30:00Z","offered":5,"answered":3,"in_target":2,"abandoned":2,"short_abandoned":1,` +
		`"overflowed":0,"called_back":0,"not_reached":0,"called_in":0,"withdrawn":0,"announced":4,"in_range":3,"missed":0,"declined":0,"revoked":0,"failed":0,` +
		`"service_level":0.5,"in_range_share":0.75,"asa_s":10,"longest_wait_s":12.346,"handled":2,"aht_s":80,"talk_s":50,"hold_s":10,"wrap_up_s":20,"calls_made":4,"calls_answered":3,"calls_talk_s":95,` +
		`"occupancy":0.75,"ready_s":60,"busy_s":180,"not_ready_s":120,"overdue_s":1,` +
		`"reasons":[{"reason":"break","not_ready_s":60,"overdue_s":1},{"reason":"lunch","not_ready_s":60,"overdue_s":0}]}]`
	if len(f.Items) != 2 || !strings.HasSuffix(string(text), want) {
		t.Errorf("got %s,\nwant two, the last of them %s", text, want)
	}
}

func TestHoursAndDaysOfFiguresAreThoseOfTheLinesPlace(t *testing.T) {
	h, _ := openWithFigures(t)
	vera := h.signIn("vera")
	for step, want := range map[string][2]string{
		"1h":  {"2026-03-02T20:00:00Z", "2026-03-02T23:00:00Z"},
		"day": {"2026-03-01T21:00:00Z", "2026-03-03T21:00:00Z"},
	} {
		f, err := vera.Figures(soon(t), "queue", url.Values{"step": {step}, "from": {"2026-03-02T20:59:59Z"}, "to": {"2026-03-02T22:00:01Z"}})
		if err != nil || f.From.Format(time.RFC3339) != want[0] || f.To.Format(time.RFC3339) != want[1] || f.Items[0].ID != "any" {
			t.Errorf("%s: %+v, %v", step, f, err)
		}
	}
	today, err := vera.Figures(soon(t), "skill", url.Values{"step": {"day"}})
	if err != nil || len(today.Items) != 1 || today.To.Sub(today.From) != 24*time.Hour {
		t.Errorf("today is %+v, %v", today, err)
	}
}

func TestABadQuestionForFiguresNamesTheField(t *testing.T) {
	h, l := openWithFigures(t)
	cookie := h.cookie("vera")
	for question, field := range map[string]string{
		"":                                   "query.by",
		"by=team":                            "query.by",
		"by=queue&step=2h":                   "query.step",
		"by=queue&from=yesterday":            "query.from",
		"by=queue&to=2026-13-01":             "query.to",
		"by=queue&from=9999-01-01T00:00:00Z": "query.to",
		"by=queue&from=9999-12-30T23:00:00Z&to=9999-12-31T23:59:59Z&step=day": "query.to", // the next midnight could not be written down
		"by=queue&from=0000-01-01T00:00:00Z&to=0000-01-01T01:00:00Z":          "query.from",
		"by=queue&from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z":          "query.to",
		"by=queue&from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z":          "query.to",
		"by=queue&from=0001-01-01T00:00:01Z&to=9999-01-01T00:00:00Z":          "query.to",
		"by=queue&id=" + strings.Repeat("x", 101):                             "query.id",
		"by=queue&from=2026-01-01T00:00:00Z&to=2026-01-01T00:01:00Z#many":     "query.step", // what is behind # is not sent
	} {
		l.many.Store(strings.HasSuffix(question, "#many"))
		p := problemOf(t, h.request(http.MethodGet, "/api/v1/figures?"+question, "", http.Header{"Cookie": {cookie}}))
		if p.Code != agentapi.CodeInvalid || len(p.Errors) != 1 || p.Errors[0].Field != field || p.Errors[0].Rule == "" {
			t.Errorf("%q: %+v, want a problem with %s", question, p, field)
		}
	}
}

func TestAnAgentSeesTheirOwnFiguresOnly(t *testing.T) {
	h, l := openWithFigures(t)
	anna := h.signIn("anna")
	for _, more := range []url.Values{nil, {"id": {"7"}}} {
		if f, err := anna.Figures(soon(t), "agent", more); err != nil || f.Items[0].ID != "7" {
			t.Errorf("%v: %+v, %v", more, f, err)
		}
	}
	for _, c := range []struct {
		by   string
		more url.Values
	}{{"agent", url.Values{"id": {"8"}}}, {"queue", nil}, {"skill", url.Values{"id": {"7"}}}} {
		if _, err := anna.Figures(soon(t), c.by, c.more); !client.IsProblem(err, agentapi.CodeForbidden) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	l.away.Store(true)
	if _, err := h.signIn("vera").Figures(soon(t), "queue", nil); !client.IsProblem(err, agentapi.CodeUnavailable) {
		t.Errorf("without a database: %v", err)
	}
}
