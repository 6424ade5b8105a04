package past

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/desk"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/agentapi/tables"
	"hotline/queues"
	"hotline/queues/figures"
	"hotline/telephony/hours"
	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/reports"
)

// Figures are kept by the quarter of an hour. The Bookkeeper of queues/postgres implements it.
type Figures interface {
	History(ctx context.Context, q figures.HistoryQuestion) (figures.History, error)
}

// History is the operations about what queues, skills, agents and departments did. It is a rest.Room. A department is its people of now.
type History struct {
	Figures  Figures
	Present  *desk.Present
	Terms    func() tickets.Terms
	Location *time.Location // the line's place: where days begin
}

// HistoryKnown is what history there is for whoever asks.
type HistoryKnown struct {
	Kinds   []HistoryKind   `json:"kinds" nullable:"false" doc:"about which they may ask"`
	Figures []HistoryFigure `json:"figures" nullable:"false"`
	Zone    string          `json:"zone" doc:"of the line's place, where days begin" example:"Europe/Moscow"`
	Today   string          `json:"today" doc:"there" example:"2026-11-29"`
}

// HistoryKind is a kind of what history is about.
type HistoryKind struct {
	By       string           `json:"by" enum:"queue,skill,agent,department"`
	Every    bool             `json:"every" doc:"they may ask about all at once"`
	Subjects []HistorySubject `json:"subjects" nullable:"false"`
}

// HistorySubject is one that history is about.
type HistorySubject struct {
	ID     string     `json:"id"`
	Name   words.Text `json:"name" nullable:"false"`
	Target *float64   `json:"target_share,omitempty" doc:"of a queue: the share that is to be answered within the time of its target"`
	Within *float64   `json:"target_within_s,omitempty"`
}

// HistoryFigure is a figure, with its rule.
type HistoryFigure struct {
	Key    string       `json:"key"`
	Title  words.Text   `json:"title" nullable:"false"`
	Rule   words.Text   `json:"rule" nullable:"false" doc:"what it counts"`
	Unit   reports.Unit `json:"unit" enum:"count,share,seconds" doc:"a share is of one: 0.5 is a half"`
	Target *float64     `json:"target,omitempty" doc:"where it is the same for all"`
}

// HistoryAnswer is what was, step by step and subject by subject.
type HistoryAnswer struct {
	By       string         `json:"by"`
	ID       string         `json:"id" doc:"empty: all"`
	Step     string         `json:"step" enum:"15m,1h,day,week,month"`
	From     string         `json:"from" doc:"the first day"`
	To       string         `json:"to" doc:"the last day"`
	Zone     string         `json:"zone"`
	AsOf     time.Time      `json:"as_of"`
	Figures  []string       `json:"figures" nullable:"false" doc:"of each row, in order: see GET /history"`
	Target   *float64       `json:"target_share" doc:"of the service level, where one counts for all that is told; null: none, or several"`
	Steps    []HistoryStep  `json:"steps" nullable:"false" doc:"what all did together in each"`
	Total    []*float64     `json:"total" nullable:"false"`
	Subjects []HistoryRow   `json:"subjects" nullable:"false" doc:"what each did in the whole time, in the order of their names; of a department its people"`
	Compared []HistoryOther `json:"compared" nullable:"false"`
}

// HistoryStep is a step.
type HistoryStep struct {
	At      time.Time  `json:"at"`
	Until   time.Time  `json:"until"`
	Figures []*float64 `json:"figures" nullable:"false" doc:"null is no value; all are null of what is to come"`
}

// HistoryRow is a subject.
type HistoryRow struct {
	ID      string     `json:"id"`
	Name    string     `json:"name" doc:"in the language that is asked for"`
	Figures []*float64 `json:"figures" nullable:"false"`
}

// HistoryOther is what was at another time, held against it.
type HistoryOther struct {
	With  string       `json:"with" enum:"week,year"`
	Steps [][]*float64 `json:"steps" nullable:"false" doc:"as many as there are steps: a week before each, or on the same day a year before"`
	Total []*float64   `json:"total" nullable:"false"`
}

type historyQuestion struct {
	By      string   `path:"by" enum:"queue,skill,agent,department"`
	ID      string   `query:"id" maxLength:"100" doc:"of one; all where absent, and an agent's own"`
	Period  string   `query:"period" enum:"today,week,month,quarter,year,two_years" doc:"so many days up to today: 1, 7, 31, 92, 365, 730; week where from is absent, too"`
	From    string   `query:"from" maxLength:"10" doc:"the first day, instead of a period" example:"2026-11-01"`
	To      string   `query:"to" maxLength:"10" doc:"the last day; with from"`
	Step    string   `query:"step" enum:"15m,1h,day,week,month" doc:"what fits the time where absent"`
	Compare []string `query:"compare" enum:"week,year" doc:"with the week before, and with the same day a year ago"`
	Rows    string   `query:"rows" enum:"steps,subjects" default:"steps" doc:"of a file: what its rows are"`
	rest.AsTable
}

const (
	historySteps = 1000 // at most
	historyTime  = 10 * time.Second
	ownHistory   = "their own figures, and those of departments of which they are the head"
)

var periods = map[string]int{"today": 1, "week": 7, "month": 31, "quarter": 92, "year": 365, "two_years": 730}

// Operations implements rest.Room.
func (h *History) Operations(to *rest.Registrar) {
	rule := rest.Person(rest.Own, rest.All, ownHistory).WithToken(gate.ReadFigures)
	huma.Register(to.API, to.Operation("histories", http.MethodGet, "/history", "About whom there is history, and what its figures count", rule),
		func(ctx context.Context, _ *struct{}) (*rest.Answer[HistoryKnown], error) {
			a, err := to.Who(ctx)
			if err != nil {
				return nil, err
			}
			return rest.Answered(h.known(a)), nil
		})
	o := to.Operation("history", http.MethodGet, "/history/{by}", "What queues, skills, agents or departments did, from a quarter of an hour to two years", rule)
	o.Description = "As JSON, CSV or an XLSX workbook, by format or by the header Accept. Days, weeks and months begin by the clocks of the line's place. No more than 1000 steps are told at once."
	o.Responses["200"] = rest.TableResponse[HistoryAnswer](to, "HistoryAnswer")
	huma.Register(to.API, o, func(ctx context.Context, in *historyQuestion) (*huma.StreamResponse, error) {
		return h.history(ctx, to, in)
	})
}

func (h *History) place() *time.Location {
	if h.Location == nil {
		return time.Local
	}
	return h.Location
}

// every says whether somebody is told of all.
func every(a gate.Account) bool { return a.Role.Oversees() || a.Role == gate.RoleMachine }

// people are the agents of a department.
func people(terms tickets.Terms, department string) (ids []string) {
	ids = []string{}
	for id, p := range terms.People {
		if slices.Contains(p.Departments, department) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// theirs are the departments about which somebody may ask.
func (h *History) theirs(a gate.Account) (ids []string) {
	for id, d := range h.Terms().Departments {
		if every(a) || a.Person != "" && d.Head == a.Person {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

func (h *History) known(a gate.Account) HistoryKnown {
	lineup, terms := h.Present.Lineup(), h.Terms()
	k := HistoryKnown{Kinds: []HistoryKind{}, Figures: []HistoryFigure{}, Zone: h.place().String(), Today: time.Now().In(h.place()).Format(time.DateOnly)}
	for _, f := range shown {
		told := HistoryFigure{Key: f.key, Title: f.title, Rule: f.rule, Unit: f.unit}
		if f.target > 0 {
			told.Target = &f.target
		}
		k.Figures = append(k.Figures, told)
	}
	departments := HistoryKind{By: "department", Every: every(a)}
	for _, id := range h.theirs(a) {
		departments.Subjects = append(departments.Subjects, HistorySubject{ID: id, Name: nameOr(terms.Departments[id].Name, id)})
	}
	if every(a) {
		queues, skills, agents := HistoryKind{By: "queue", Every: true, Subjects: []HistorySubject{}}, HistoryKind{By: "skill", Every: true, Subjects: []HistorySubject{}}, HistoryKind{By: "agent", Every: true, Subjects: []HistorySubject{}}
		for _, q := range lineup.Queues {
			target := q.Target.OrUsual()
			within := target.Within.Seconds()
			queues.Subjects = append(queues.Subjects, HistorySubject{ID: string(q.ID), Name: nameOr(q.Name, string(q.ID)), Target: &target.Share, Within: &within})
		}
		for _, skill := range skillsOf(lineup) {
			skills.Subjects = append(skills.Subjects, HistorySubject{ID: string(skill), Name: lineup.SkillName(skill)})
		}
		for id, agent := range lineup.Agents {
			agents.Subjects = append(agents.Subjects, HistorySubject{ID: string(id), Name: nameOr(nil, cmp.Or(agent.Name, string(id)))})
		}
		slices.SortFunc(agents.Subjects, func(a, b HistorySubject) int {
			return cmp.Or(cmp.Compare(a.Name["ru"], b.Name["ru"]), cmp.Compare(a.ID, b.ID))
		})
		k.Kinds = append(k.Kinds, queues, skills, agents)
	} else if a.Agent != "" {
		own := HistorySubject{ID: string(a.Agent), Name: nameOr(nil, cmp.Or(lineup.Name(a.Agent), string(a.Agent)))}
		k.Kinds = append(k.Kinds, HistoryKind{By: "agent", Subjects: []HistorySubject{own}})
	}
	if len(departments.Subjects) > 0 {
		k.Kinds = append(k.Kinds, departments)
	}
	return k
}

func skillsOf(l *desk.Lineup) []queues.Skill {
	all := map[queues.Skill]bool{}
	for _, a := range l.Agents {
		for skill := range a.Skills {
			all[skill] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// question is what is asked of the figures, where it is theirs to ask.
func (h *History) question(a gate.Account, in *historyQuestion) (q figures.HistoryQuestion, err error) {
	q.Kind = figures.SubjectKind(in.By)
	theirs := h.theirs(a)
	switch {
	case in.By == "department" && in.ID == "" && !every(a) && len(theirs) > 0:
		in.ID = theirs[0]
	case in.By == "agent" && in.ID == "" && !every(a):
		in.ID = string(a.Agent)
	}
	if !every(a) {
		own := in.By == "agent" && in.ID != "" && (in.ID == string(a.Agent) || slices.ContainsFunc(theirs, func(d string) bool { return slices.Contains(people(h.Terms(), d), in.ID) })) ||
			in.By == "department" && slices.Contains(theirs, in.ID)
		if !own {
			return q, agentapi.Refuse(agentapi.CodeForbidden, "that history is for supervisors")
		}
	}
	switch {
	case in.By == "department":
		q.Kind = figures.OfAgent
		if in.ID != "" {
			q.IDs = people(h.Terms(), in.ID)
		}
	case in.ID != "":
		q.IDs = []string{in.ID}
	}
	return q, nil
}

// bounds are the first moment and the end of what is asked.
func (h *History) bounds(in *historyQuestion, now time.Time) (from, to time.Time, err error) {
	today := hours.DayBegins(now.In(h.place()), 0)
	if in.From == "" && in.To == "" {
		return hours.DayBegins(today, 1-periods[cmp.Or(in.Period, "week")]), hours.DayBegins(today, 1), nil
	}
	if in.Period != "" || in.From == "" || in.To == "" {
		return from, to, agentapi.RefuseField("query.period", "expected either a period, or the days from and to")
	}
	p, err := reports.FromTo(in.From, in.To, h.place())
	if err != nil {
		return from, to, agentapi.RefuseField("query.to", err.Error())
	}
	if p.From.Year() < 2000 || p.To.After(hours.DayBegins(today, 366)) {
		return from, to, agentapi.RefuseField("query.from", "expected days from the year 2000 up to a year from now")
	}
	return p.From, p.To, nil
}

// fitting is the step that fits a time.
func fitting(from, to time.Time) string {
	switch days := to.Sub(from).Hours() / 24; {
	case days < 2.5:
		return "15m"
	case days < 8.5:
		return "1h"
	case days < 100:
		return "day"
	case days < 740:
		return "week"
	default:
		return "month"
	}
}

// nextStep is the end of a step that begins then: weeks begin on Monday.
func nextStep(at time.Time, step string) time.Time {
	switch step {
	case "15m":
		return at.Add(figures.Quarter)
	case "1h":
		return at.Add(time.Hour)
	case "day":
		return hours.DayBegins(at, 1)
	case "week":
		return hours.DayBegins(at, 7-(int(at.Weekday())+6)%7)
	case "month":
		return hours.DayBegins(time.Date(at.Year(), at.Month()+1, 1, 12, 0, 0, 0, at.Location()), 0)
	}
	panic("past: unknown step " + step)
}

// stepsOf are the bounds of the steps of a time.
func stepsOf(from, to time.Time, step string) ([]time.Time, error) {
	times := []time.Time{from}
	for at := from; at.Before(to); {
		if at = nextStep(at, step); at.After(to) {
			at = to
		}
		if times = append(times, at); len(times) > historySteps+1 {
			return nil, agentapi.RefuseField("query.step", fmt.Sprintf("expected at most %d steps: ask for a longer step, or a shorter time", historySteps))
		}
	}
	return times, nil
}

// moved are moments of a week before, or of the same days a year before. Where the clock was set in between, hours stay those on the wall.
func moved(times []time.Time, with string) []time.Time {
	all := make([]time.Time, len(times))
	for i, t := range times {
		if with == "week" {
			all[i] = t.AddDate(0, 0, -7)
		} else {
			all[i] = t.AddDate(-1, 0, 0)
		}
		if i > 0 && !all[i].After(all[i-1]) { // an hour that the clock has skipped or said twice, or the 29th of February
			all[i] = all[i-1].Add(figures.Quarter)
		}
	}
	return all
}

func (h *History) history(ctx context.Context, to *rest.Registrar, in *historyQuestion) (*huma.StreamResponse, error) {
	a, err := to.Who(ctx)
	if err != nil {
		return nil, err
	}
	if h.Figures == nil {
		return nil, agentapi.Refuse(agentapi.CodeNotFound, "no figures are kept here")
	}
	q, err := h.question(a, in)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	from, end, err := h.bounds(in, now)
	if err != nil {
		return nil, err
	}
	step := cmp.Or(in.Step, fitting(from, end))
	if q.Times, err = stepsOf(from, end, step); err != nil {
		return nil, err
	}
	asking, cancel := context.WithTimeout(ctx, historyTime)
	defer cancel()
	found, err := h.Figures.History(asking, q)
	if err != nil {
		return nil, to.Refusal(err, "read the history of figures")
	}
	answer := h.answer(in, q, found, now)
	answer.Step = step
	for _, with := range in.Compare {
		other := q
		other.Times = moved(q.Times, with)
		was, err := h.Figures.History(asking, other)
		if err != nil {
			return nil, to.Refusal(err, "read the history of figures")
		}
		answer.Compared = append(answer.Compared, h.other(with, q, was))
	}
	if in.JSON() {
		return rest.AsJSON(answer), nil
	}
	name := fmt.Sprintf("history-%s-%s-%s", in.By, answer.From, answer.To)
	of := figuresOf(q.Kind)
	if in.Rows == "subjects" {
		return in.Table(to, name, h.place(), historyColumns(of, in.Language, tables.Column{Key: "id", Title: "ID"}, tables.Column{Key: "name", Title: both("Название", "Name").In(in.Language)}), func(t tables.Table) error {
			for _, r := range answer.Subjects {
				if err := t.Row(append([]any{r.ID, r.Name}, cells(r.Figures)...)...); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return in.Table(to, name, h.place(), historyColumns(of, in.Language, tables.Column{Key: "from", Title: both("С", "From").In(in.Language), Kind: tables.Moment}, tables.Column{Key: "to", Title: both("По", "To").In(in.Language), Kind: tables.Moment}), func(t tables.Table) error {
		for _, s := range answer.Steps {
			if err := t.Row(append([]any{s.At, s.Until}, cells(s.Figures)...)...); err != nil {
				return err
			}
		}
		return nil
	})
}

func historyColumns(of []figure, language string, first ...tables.Column) []tables.Column {
	for _, f := range of {
		title := f.title.In(language)
		if f.unit == reports.Seconds {
			title += both(", с", ", s").In(language)
		}
		first = append(first, tables.Column{Key: f.key, Title: title})
	}
	return first
}

func cells(figures []*float64) (all []any) {
	for _, v := range figures {
		all = append(all, v)
	}
	return all
}

// answer is what was found as JSON.
func (h *History) answer(in *historyQuestion, q figures.HistoryQuestion, found figures.History, now time.Time) HistoryAnswer {
	of := figuresOf(q.Kind)
	end := q.Times[len(q.Times)-1]
	a := HistoryAnswer{
		By: in.By, ID: in.ID, From: q.Times[0].Format(time.DateOnly), To: hours.DayBegins(end, -1).Format(time.DateOnly), Zone: h.place().String(), AsOf: now.UTC(),
		Figures: []string{}, Target: h.target(in), Steps: []HistoryStep{}, Subjects: []HistoryRow{}, Compared: []HistoryOther{},
	}
	for _, f := range of {
		a.Figures = append(a.Figures, f.key)
	}
	total := figures.Sums{}
	for i := range found.Steps {
		total.Add(&found.Steps[i])
		told := values(of, &found.Steps[i])
		if q.Times[i].After(now) {
			told = make([]*float64, len(of))
		}
		a.Steps = append(a.Steps, HistoryStep{q.Times[i].UTC(), q.Times[i+1].UTC(), told})
	}
	a.Total = values(of, &total)
	a.Subjects = h.subjects(in, of, found)
	return a
}

// subjects are the rows of those that something was of; of all departments each is the sum of its people.
func (h *History) subjects(in *historyQuestion, of []figure, found figures.History) []HistoryRow {
	lineup, terms := h.Present.Lineup(), h.Terms()
	rows := []HistoryRow{}
	if in.By == "department" && in.ID == "" {
		for id, d := range terms.Departments {
			sum, any := figures.Sums{}, false
			members := people(terms, id)
			for _, s := range found.Subjects {
				if slices.Contains(members, s.ID) {
					sum.Add(&s.Sums)
					any = true
				}
			}
			if any {
				rows = append(rows, HistoryRow{id, nameOr(d.Name, id)[in.Language], values(of, &sum)})
			}
		}
	} else {
		for _, s := range found.Subjects {
			name := s.ID
			switch in.By {
			case "queue":
				name = nameOr(lineup.Queue(queues.QueueID(s.ID)).Name, s.ID)[in.Language]
			case "skill":
				name = lineup.SkillName(queues.Skill(s.ID))[in.Language]
			case "agent", "department":
				name = cmp.Or(tickets.Display(lineup.Name(queues.AgentID(s.ID))), s.ID)
			}
			rows = append(rows, HistoryRow{s.ID, name, values(of, &s.Sums)})
		}
	}
	slices.SortFunc(rows, func(a, b HistoryRow) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return rows
}

// target is the share that is to be answered in time, where it is one for all that is told.
func (h *History) target(in *historyQuestion) *float64 {
	if in.By != "queue" {
		return nil
	}
	var share *float64
	for _, q := range h.Present.Lineup().Queues {
		target := q.Target.OrUsual().Share
		switch {
		case in.ID != "" && in.ID != string(q.ID):
		case share != nil && *share != target:
			return nil
		default:
			share = &target
		}
	}
	return share
}

func (h *History) other(with string, q figures.HistoryQuestion, was figures.History) HistoryOther {
	of := figuresOf(q.Kind)
	o := HistoryOther{With: with, Steps: [][]*float64{}}
	total := figures.Sums{}
	for i := range was.Steps {
		total.Add(&was.Steps[i])
		told := values(of, &was.Steps[i])
		if reflect.DeepEqual(was.Steps[i], figures.Sums{}) { // perhaps nobody kept figures then
			told = make([]*float64, len(of))
		}
		o.Steps = append(o.Steps, told)
	}
	o.Total = values(of, &total)
	return o
}
