package rest_test

import (
	"archive/zip"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hotline/agentapi/past"
	"hotline/agentapi/rest"
	"hotline/queues"
	"hotline/queues/figures"
)

// annals are figures in memory: in each step each subject did as much as the step's number says, from 1.
type annals struct {
	mu    sync.Mutex
	asked []figures.HistoryQuestion // guarded by mu
}

func (a *annals) History(_ context.Context, q figures.HistoryQuestion) (h figures.History, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, q)
	ids := q.IDs
	if ids == nil {
		ids = map[figures.SubjectKind][]string{figures.OfQueue: {"help", "gone"}, figures.OfAgent: {"7", "9"}, figures.OfSkill: {"lang:ru"}}[q.Kind]
	}
	for i := range len(q.Times) - 1 {
		h.Steps = append(h.Steps, figures.Sums{Offered: (i + 1) * len(ids), Answered: len(ids), InTarget: len(ids), Ready: time.Minute, Reasons: []figures.ReasonTime{{For: time.Second}}})
	}
	for _, id := range ids {
		h.Subjects = append(h.Subjects, figures.SubjectSums{ID: id, Sums: figures.Sums{Offered: 1}})
	}
	return h, nil
}

func (a *annals) room() *past.History {
	return &past.History{Figures: a, Present: (&callLog{}).room(nil).Present, Terms: newArchive().Terms, Location: moscow}
}

func openWithHistory(t *testing.T) (h *house, a *annals, as func(login string) http.Header) {
	t.Helper()
	a = &annals{}
	h = open(t, settings{options: func(o *rest.Options) { o.Rooms = []rest.Room{a.room()} }})
	return h, a, func(login string) http.Header { return http.Header{"Cookie": {h.cookie(login)}} }
}

func TestHistoryIsToldStepByStepAgainstAWeekAndAYearBefore(t *testing.T) {
	h, a, as := openWithHistory(t)
	answer := answerOf[past.HistoryAnswer](t, h.request(http.MethodGet, "/api/v1/history/queue?from=2026-03-02&to=2026-03-04&step=day&compare=week,year&language=ru", "", as("vera")))
	if answer.Step != "day" || len(answer.Steps) != 3 || len(answer.Compared) != 2 || answer.From != "2026-03-02" || answer.To != "2026-03-04" || answer.Zone != "Europe/Moscow" {
		t.Fatalf("the answer is %+v", answer)
	}
	begin := time.Date(2026, 3, 2, 0, 0, 0, 0, moscow)
	for i, first := range []time.Time{begin, begin.AddDate(0, 0, -7), begin.AddDate(-1, 0, 0)} {
		if got := a.asked[i].Times; len(got) != 4 || !got[0].Equal(first) || !got[3].Equal(first.AddDate(0, 0, 3)) {
			t.Errorf("question %d is about %v, want three days from %v", i, got, first)
		}
	}
	offered, level := slices.Index(answer.Figures, "offered"), slices.Index(answer.Figures, "service_level")
	if got := *answer.Total[offered]; got != 12 || *answer.Steps[2].Figures[offered] != 6 || *answer.Compared[0].Steps[1][offered] != 4 {
		t.Errorf("in all %v are offered: %+v", got, answer)
	}
	if *answer.Total[level] != 1 || slices.Contains(answer.Figures, "not_ready") {
		t.Errorf("the service level is %v, of %v", *answer.Total[level], answer.Figures)
	}
	if names := []string{answer.Subjects[0].Name, answer.Subjects[1].Name}; !slices.Equal(names, []string{"gone", "Помощь"}) {
		t.Errorf("the queues are %v", names)
	}
	if answer.Target == nil || *answer.Target != (queues.Target{}).OrUsual().Share {
		t.Errorf("the target is %v", answer.Target)
	}
}

func TestStepsFitTheTimeAndWeeksAndMonthsBeginWithIt(t *testing.T) {
	h, a, as := openWithHistory(t)
	vera := as("vera")
	for query, want := range map[string]struct {
		step  string
		steps int
	}{
		"?from=2026-03-02&to=2026-03-03":            {"15m", 192},
		"?from=2026-03-02&to=2026-03-08":            {"1h", 168},
		"?from=2026-03-02&to=2026-04-01":            {"day", 31},
		"?from=2024-03-31&to=2026-03-30":            {"week", 106}, // a Sunday to a Monday: both ends are parts of weeks
		"?from=2024-03-15&to=2026-03-14&step=month": {"month", 25},
		"?from=2020-01-01&to=2026-01-01":            {"month", 73},
	} {
		answer := answerOf[past.HistoryAnswer](t, h.request(http.MethodGet, "/api/v1/history/queue"+query, "", vera))
		if answer.Step != want.step || len(answer.Steps) != want.steps {
			t.Errorf("%s: %d steps of %s, want %d of %s", query, len(answer.Steps), answer.Step, want.steps, want.step)
		}
	}
	for _, s := range a.asked {
		if !slices.IsSortedFunc(s.Times, time.Time.Compare) || len(slices.CompactFunc(slices.Clone(s.Times), time.Time.Equal)) != len(s.Times) {
			t.Errorf("times are not in order: %v", s.Times)
		}
	}
	answer := answerOf[past.HistoryAnswer](t, h.request(http.MethodGet, "/api/v1/history/queue?period=today", "", vera))
	if last := answer.Steps[len(answer.Steps)-1]; last.At.After(answer.AsOf) && last.Figures[0] != nil {
		t.Errorf("of what is to come is told %+v", last)
	}
	for query, field := range map[string]string{
		"?from=2020-01-01&to=2026-01-01&step=1h": "query.step", "?from=2026-03-02": "query.period", "?period=week&from=2026-03-02&to=2026-03-03": "query.period",
		"?from=2026-03-03&to=2026-03-02": "query.to", "?from=1999-12-01&to=2000-01-02": "query.from", "?from=yesterday&to=2026-03-02": "query.to",
	} {
		answer := h.request(http.MethodGet, "/api/v1/history/queue"+query, "", vera)
		if p := problemOf(t, answer); answer.StatusCode != 422 || p.Errors[0].Field != field {
			t.Errorf("%s: %d %+v, want a word about %s", query, answer.StatusCode, p, field)
		}
	}
}

// Anna (7) is an agent, and the head of the first line, to which nobody belongs; Dasha (9) is the head of support, to which she belongs.
func TestHistoryIsForWhomItIsAboutAndForTheHeadsOfTheirDepartments(t *testing.T) {
	h, a, as := openWithHistory(t)
	anna, vera := as("anna"), as("vera")
	for path, want := range map[string][2]int{ // anna, vera
		"agent": {200, 200}, "agent?id=7": {200, 200}, "agent?id=8": {403, 200}, "queue": {403, 200}, "queue?id=help": {403, 200}, "skill": {403, 200},
		"department": {200, 200}, "department?id=first_line": {200, 200}, "department?id=support": {403, 200},
	} {
		got := [2]int{h.request(http.MethodGet, "/api/v1/history/"+path, "", anna).StatusCode, h.request(http.MethodGet, "/api/v1/history/"+path, "", vera).StatusCode}
		if got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
	for _, q := range a.asked {
		if q.Kind == figures.OfAgent && q.IDs != nil && slices.Contains(q.IDs, "8") && len(q.IDs) > 1 {
			t.Errorf("asked of %v", q.IDs)
		}
	}
	kinds := func(who http.Header) (all []string) {
		for _, k := range answerOf[past.HistoryKnown](t, h.request(http.MethodGet, "/api/v1/history", "", who)).Kinds {
			all = append(all, k.By)
		}
		return all
	}
	if got := kinds(anna); !slices.Equal(got, []string{"agent", "department"}) {
		t.Errorf("anna may ask about %v", got)
	}
	if got := kinds(vera); !slices.Equal(got, []string{"queue", "skill", "agent", "department"}) {
		t.Errorf("vera may ask about %v", got)
	}
}

func TestADepartmentIsItsPeople(t *testing.T) {
	h, a, as := openWithHistory(t)
	vera := as("vera")
	of := answerOf[past.HistoryAnswer](t, h.request(http.MethodGet, "/api/v1/history/department?id=support", "", vera))
	if got := a.asked[0]; got.Kind != figures.OfAgent || !slices.Equal(got.IDs, []string{"9"}) || len(of.Subjects) != 1 || of.Subjects[0].ID != "9" {
		t.Errorf("asked %+v, told %+v", got, of.Subjects)
	}
	all := answerOf[past.HistoryAnswer](t, h.request(http.MethodGet, "/api/v1/history/department", "", vera))
	if len(all.Subjects) != 1 || all.Subjects[0].ID != "support" || *all.Subjects[0].Figures[0] != 1 {
		t.Errorf("of all departments is told %+v", all.Subjects)
	}
	nobody := answerOf[past.HistoryAnswer](t, h.request(http.MethodGet, "/api/v1/history/department?id=first_line", "", vera))
	if q := a.asked[len(a.asked)-1]; q.IDs == nil || len(q.IDs) != 0 || len(nobody.Subjects) != 0 {
		t.Errorf("of a department of nobody is asked %+v", q)
	}
}

func TestASkillIsCalledByItsName(t *testing.T) {
	h, _, as := openWithHistory(t)
	for language, want := range map[string]string{"en": "Russian", "ru": "русский"} {
		answer := answerOf[past.HistoryAnswer](t, h.request(http.MethodGet, "/api/v1/history/skill?language="+language, "", as("vera")))
		if len(answer.Subjects) != 1 || answer.Subjects[0].ID != "lang:ru" || answer.Subjects[0].Name != want {
			t.Errorf("in %s it is told of %+v", language, answer.Subjects)
		}
	}
}

func TestHistoryGoesOutAsAFileOfStepsOrSubjects(t *testing.T) {
	h, _, as := openWithHistory(t)
	vera := as("vera")
	steps := strings.Split(strings.TrimSpace(body(t, h.request(http.MethodGet, "/api/v1/history/agent?from=2026-03-02&to=2026-03-03&step=day&format=csv", "", vera))), "\n")
	if len(steps) != 3 || !strings.Contains(steps[0], "Service level") || !strings.Contains(steps[0], "Europe/Moscow") || !strings.HasPrefix(steps[1], "2026-03-02") {
		t.Errorf("the steps are %q", steps)
	}
	subjects := strings.Split(strings.TrimSpace(body(t, h.request(http.MethodGet, "/api/v1/history/agent?from=2026-03-02&to=2026-03-03&rows=subjects&format=csv&language=ru", "", vera))), "\n")
	if len(subjects) != 3 || !strings.Contains(subjects[0], "Уровень сервиса") || !strings.Contains(subjects[2], "Анна") {
		t.Errorf("the subjects are %q", subjects)
	}
	book := body(t, h.request(http.MethodGet, "/api/v1/history/agent?from=2026-03-02&to=2026-03-03&step=day&format=xlsx", "", vera))
	pages, err := zip.NewReader(strings.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatalf("no workbook: %v", err)
	}
	var told []byte
	for _, f := range pages.File {
		part, err := pages.Open(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		told = append(told, text...)
	}
	if !strings.Contains(string(told), "Service level") || !strings.Contains(string(told), "Europe/Moscow") {
		t.Errorf("the workbook says %.2000s", told)
	}
}
