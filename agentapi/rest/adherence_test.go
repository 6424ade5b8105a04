package rest_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/agentapi/past"
	"hotline/agentapi/rest"
	"hotline/queues"
	"hotline/queues/adherence"
)

// timeClock knows what two agents were on Monday the 2nd of March 2026, and what was planned.
type timeClock struct{ unplanned bool }

func moment(clock string) time.Time {
	at, err := time.ParseInLocation("2006-01-02 15:04", "2026-03-02 "+clock, moscow)
	if err != nil {
		panic(err)
	}
	return at
}

func (c *timeClock) Days(_ context.Context, _, _ time.Time, ids []queues.AgentID) (k adherence.Kept, err error) {
	k.Spells = map[queues.AgentID][]adherence.Spell{
		"7": {{From: moment("09:30"), Is: adherence.Ready}, {From: moment("13:00"), Is: adherence.Away, Reason: queues.Lunch, Until: moment("13:45")}, {From: moment("14:00"), Is: adherence.Ready}, {From: moment("18:00"), Is: adherence.Out}},
		"9": {{From: moment("20:00"), Is: adherence.Ready}, {From: moment("21:00"), Is: adherence.Out}},
	}
	for id := range k.Spells {
		if ids != nil && !slices.Contains(ids, id) {
			delete(k.Spells, id)
		}
	}
	if c.unplanned {
		return k, nil
	}
	day := []adherence.Span{{From: 9 * time.Hour, To: 18 * time.Hour}}
	k.Began = moment("00:00").AddDate(0, -1, 0)
	k.Plans = []adherence.Dated{{Since: k.Began, Plan: adherence.Plan{"7": {Week: [7][]adherence.Span{1: day}}, "8": {Week: [7][]adherence.Span{2: day}}}}}
	return k, nil
}

func (c *timeClock) room() *past.Adherence {
	return &past.Adherence{Attendance: c, Figures: &annals{}, Present: (&callLog{}).room(nil).Present, Terms: newArchive().Terms, Location: moscow}
}

func openWithClock(t *testing.T, c *timeClock) (h *house, as func(login string) http.Header) {
	t.Helper()
	h = open(t, settings{options: func(o *rest.Options) { o.Rooms = []rest.Room{c.room()} }})
	return h, func(login string) http.Header { return http.Header{"Cookie": {h.cookie(login)}} }
}

func TestADayIsToldBesideItsPlanWithWhatWasNotAsPlanned(t *testing.T) {
	h, as := openWithClock(t, &timeClock{})
	a := answerOf[past.AdherenceAnswer](t, h.request(http.MethodGet, "/api/v1/adherence?from=2026-03-02", "", as("vera")))
	if len(a.Agents) != 2 || a.From != "2026-03-02" || a.To != "2026-03-02" || a.Begun == nil {
		t.Fatalf("the answer is %+v", a)
	}
	at := func(key string) int {
		return slices.IndexFunc(a.Figures, func(f past.HistoryFigure) bool { return f.Key == key })
	}
	for _, r := range a.Agents {
		var told []string
		for _, e := range r.Exceptions {
			told = append(told, string(e.Kind)+" "+e.From.In(moscow).Format("15:04")+"-"+e.To.In(moscow).Format("15:04"))
		}
		want, planned, kept, outside := "late 09:00-09:30; break_too_long 13:45-14:00", 9.0, 8.25, 0.0
		if r.ID == "9" {
			want, planned, kept, outside = "unplanned 20:00-21:00", 0, 0, 1
		}
		if got := strings.Join(told, "; "); got != want || *r.Figures[at("planned")] != planned*3600 || *r.Figures[at("kept")] != kept*3600 || *r.Figures[at("outside")] != outside*3600 {
			t.Errorf("%s: %s, planned %g, kept %g, outside %g", r.ID, got, *r.Figures[at("planned")], *r.Figures[at("kept")], *r.Figures[at("outside")])
		}
		if share := r.Figures[at("adherence")]; (share == nil) != (r.ID == "9") || share != nil && *share != kept/planned {
			t.Errorf("%s: adherence is %v", r.ID, share)
		}
		if r.Figures[at("occupancy")] != nil && *r.Figures[at("occupancy")] > 1 {
			t.Errorf("%s: occupancy is %g", r.ID, *r.Figures[at("occupancy")])
		}
		if r.ID == "7" && (len(r.Planned) != 1 || len(r.Was) != 3) {
			t.Errorf("drawn are %+v and %+v", r.Planned, r.Was)
		}
	}
	if len(a.Departments) != 1 || a.Departments[0].ID != "support" || *a.Departments[0].Figures[at("outside")] != 3600 {
		t.Errorf("departments are %+v", a.Departments)
	}
	if *a.Total[at("adherence")] != 8.25/9 || *a.Total[at("exceptions")] != 3 {
		t.Errorf("in all %v and %v", *a.Total[at("adherence")], *a.Total[at("exceptions")])
	}
	several := answerOf[past.AdherenceAnswer](t, h.request(http.MethodGet, "/api/v1/adherence?from=2026-03-02&to=2026-03-03", "", as("vera")))
	if *several.Total[at("planned")] != 18*3600 || len(several.Agents) != 3 || len(several.Agents[0].Was) != 0 {
		t.Errorf("of two days %+v", several)
	}
}

func TestAdherenceIsTheirsOrSupervisors(t *testing.T) {
	h, as := openWithClock(t, &timeClock{})
	for login, whom := range map[string][]string{"anna": {"7"}, "dasha": {"9"}, "boris": {"8"}, "vera": {"7", "9"}} {
		a := answerOf[past.AdherenceAnswer](t, h.request(http.MethodGet, "/api/v1/adherence?from=2026-03-02", "", as(login)))
		var got []string
		for _, r := range a.Agents {
			got = append(got, r.ID)
		}
		if slices.Sort(got); !slices.Equal(got, whom) {
			t.Errorf("%s is told of %q", login, got)
		}
	}
	for _, q := range []string{"agent=8", "department=support", "agent=7&department=support"} {
		if got := h.request(http.MethodGet, "/api/v1/adherence?from=2026-03-02&"+q, "", as("anna")).StatusCode; got != 403 {
			t.Errorf("anna asks for %s: %d", q, got)
		}
	}
}

func TestAdherenceIsAFileAndSaysWhatIsWrongInAQuestion(t *testing.T) {
	h, as := openWithClock(t, &timeClock{})
	lines := strings.Split(strings.TrimSpace(body(t, h.request(http.MethodGet, "/api/v1/adherence?from=2026-03-02&rows=exceptions&format=csv&language=ru", "", as("vera")))), "\n")
	if len(lines) != 4 || !strings.Contains(lines[1]+lines[2]+lines[3], "Опоздание") {
		t.Errorf("the file is %q", lines)
	}
	lines = strings.Split(strings.TrimSpace(body(t, h.request(http.MethodGet, "/api/v1/adherence?from=2026-03-02&format=csv", "", as("vera")))), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "ID,Agent,Adherence,") {
		t.Errorf("the file is %q", lines)
	}
	for q, field := range map[string]string{"from=x": "query.from", "from=2026-03-02&to=2026-03-01": "query.from", "from=2026-01-01&to=2026-03-01": "query.to", "from=2999-01-01": "query.from"} {
		if got := body(t, h.request(http.MethodGet, "/api/v1/adherence?"+q, "", as("vera"))); !strings.Contains(got, field) {
			t.Errorf("%s: %s", q, got)
		}
	}
	none := &timeClock{unplanned: true}
	h, as = openWithClock(t, none)
	if a := answerOf[past.AdherenceAnswer](t, h.request(http.MethodGet, "/api/v1/adherence?from=2026-03-02", "", as("vera"))); a.Begun != nil || len(a.Agents) != 0 {
		t.Errorf("without a plan %+v", a)
	}
}
