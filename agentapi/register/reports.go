package register

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/agentapi/tables"
	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/casefile"
	"hotline/tickets/reports"
)

// ReportStore counts what reports tell. The Reports of tickets/postgres implements it.
type ReportStore interface {
	Report(ctx context.Context, q reports.Question) (reports.Answer, error)
}

// Reports is the operations about reports over tickets. It is a rest.Room. Supervisors and programs are told of all, the head of a department of it
// alone, and nobody else of anything: reports tell of colleagues' work.
type Reports struct {
	Store    ReportStore
	Terms    func() tickets.Terms
	Location *time.Location // the line's place: where days begin
}

// ReportsAnswer is what reports there are for whoever asks.
type ReportsAnswer struct {
	Items       []KnownReport `json:"items" nullable:"false" doc:"none: whoever asks is told no report"`
	Departments []NamedText   `json:"departments" nullable:"false" doc:"about which they may ask"`
	Every       bool          `json:"all_departments" doc:"they may also ask about all at once"`
	Zone        string        `json:"zone" doc:"of the line's place, where days begin" example:"Europe/Moscow"`
	Today       string        `json:"today" doc:"there" example:"2026-11-29"`
	RepeatDays  float64       `json:"repeat_days" doc:"within so many days of the last a contact on the same topic is a repeated one (tickets.repeat_within)"`
}

// NamedText is something with a name by language.
type NamedText struct {
	ID   string     `json:"id"`
	Name words.Text `json:"name" nullable:"false"`
}

// KnownReport is a report, with the rules of its figures.
type KnownReport struct {
	Name    string         `json:"name"`
	Title   words.Text     `json:"title" nullable:"false"`
	Rule    words.Text     `json:"rule" nullable:"false" doc:"what is counted at all"`
	Groups  []NamedText    `json:"groups" nullable:"false" doc:"by what its rows may be; the first is the usual"`
	Columns []ReportColumn `json:"columns" nullable:"false"`
}

// ReportColumn is a figure of a report.
type ReportColumn struct {
	Key   string       `json:"key"`
	Title words.Text   `json:"title" nullable:"false"`
	Rule  words.Text   `json:"rule" nullable:"false" doc:"what it counts"`
	Unit  reports.Unit `json:"unit" enum:"count,share,seconds" doc:"a share is of one: 0.5 is a half"`
}

// ReportAnswer is a report.
type ReportAnswer struct {
	Name       string        `json:"name"`
	Group      reports.Group `json:"group"`
	Department string        `json:"department" doc:"empty: all"`
	From       string        `json:"from" doc:"the first day"`
	To         string        `json:"to" doc:"the last day"`
	Zone       string        `json:"zone" doc:"in which days begin"`
	AsOf       time.Time     `json:"as_of"`
	Columns    []string      `json:"columns" nullable:"false" doc:"the figures of rows, in order: see GET /reports"`
	Rows       []ReportRow   `json:"rows" nullable:"false"`
	Total      []*float64    `json:"total" nullable:"false"`
	Before     *ReportBefore `json:"before" doc:"as many days of the period before; null: not asked for"`
}

// ReportRow is a line of a report.
type ReportRow struct {
	Key     string     `json:"key" doc:"the id of a topic, a person …, or the first day of a time; empty: none is known"`
	Name    string     `json:"name" doc:"in the language that is asked for; of a time its first day"`
	Figures []*float64 `json:"figures" nullable:"false" doc:"null is no value, such as a share of nothing"`
}

// ReportBefore is what a report said of the period before.
type ReportBefore struct {
	From  string     `json:"from"`
	To    string     `json:"to"`
	Total []*float64 `json:"total" nullable:"false"`
}

type reportQuestion struct {
	Name       string `path:"name" maxLength:"40" example:"tickets"`
	Period     string `query:"period" enum:"today,week,month,quarter,year" doc:"up to today, by the line's place; month where from is absent, too"`
	From       string `query:"from" maxLength:"10" doc:"the first day, instead of a period" example:"2026-11-01"`
	To         string `query:"to" maxLength:"10" doc:"the last day; with from" example:"2026-11-29"`
	Group      string `query:"group" maxLength:"20" doc:"by what the rows are; the report's usual where absent"`
	Department string `query:"department" maxLength:"256" doc:"by id; all where absent, and the own of a head of one"`
	Before     bool   `query:"before" doc:"in JSON: with the total of the period before"`
	rest.AsTable
}

// reportTime is how long a report may take to be counted.
const reportTime = 2 * time.Minute

// Operations implements rest.Room.
func (r *Reports) Operations(to *rest.Registrar) {
	heads := rest.Person(rest.Own, rest.All, "departments of which they are the head").WithToken(gate.ReadFigures)
	huma.Register(to.API, to.Operation("reports", http.MethodGet, "/reports", "What reports there are over tickets, and what their figures count", heads),
		func(ctx context.Context, _ *struct{}) (*rest.Answer[ReportsAnswer], error) {
			a, err := to.Who(ctx)
			if err != nil {
				return nil, err
			}
			return rest.Answered(r.known(a)), nil
		})
	o := to.Operation("report", http.MethodGet, "/reports/{name}", "A report over tickets", heads)
	o.Description = "As JSON, CSV or an XLSX workbook, by format or by the header Accept. Days begin by the clocks of the line's place, which each format names."
	o.Responses["200"] = rest.TableResponse[ReportAnswer](to, "ReportAnswer")
	huma.Register(to.API, o, func(ctx context.Context, in *reportQuestion) (*huma.StreamResponse, error) {
		return r.report(ctx, to, in)
	})
}

// theirs are the departments about which somebody may ask, in order, and whether they may ask about all at once.
func (r *Reports) theirs(a gate.Account) (departments []string, every bool) {
	terms := r.Terms()
	for id, d := range terms.Departments {
		if a.Role.Oversees() || a.Role == gate.RoleMachine || a.Person != "" && d.Head == a.Person {
			departments = append(departments, id)
		}
	}
	slices.Sort(departments)
	return departments, a.Role.Oversees() || a.Role == gate.RoleMachine
}

func (r *Reports) known(a gate.Account) ReportsAnswer {
	terms := r.Terms()
	departments, every := r.theirs(a)
	answer := ReportsAnswer{
		Items: []KnownReport{}, Departments: []NamedText{}, Every: every, Zone: r.place().String(), Today: time.Now().In(r.place()).Format(time.DateOnly),
		RepeatDays: terms.OrUsual().RepeatWithin.Hours() / 24,
	}
	if !every && len(departments) == 0 {
		return answer
	}
	for _, id := range departments {
		answer.Departments = append(answer.Departments, NamedText{id, textOr(terms.Departments[id].Name, id)})
	}
	for _, k := range reports.All() {
		shown := KnownReport{Name: k.Name, Title: k.Title, Rule: k.Rule, Groups: []NamedText{}, Columns: []ReportColumn{}}
		for _, g := range k.Groups {
			shown.Groups = append(shown.Groups, NamedText{string(g), g.Title()})
		}
		for _, c := range k.Columns {
			if !c.Hidden {
				shown.Columns = append(shown.Columns, ReportColumn{c.Key, c.Title, c.Rule, c.Unit})
			}
		}
		answer.Items = append(answer.Items, shown)
	}
	return answer
}

func (r *Reports) report(ctx context.Context, to *rest.Registrar, in *reportQuestion) (*huma.StreamResponse, error) {
	a, err := to.Who(ctx)
	if err != nil {
		return nil, err
	}
	q, err := r.question(a, in, time.Now())
	if err != nil {
		return nil, err
	}
	if err := to.Looked(ctx, a, tickets.TookReport(q.Report.Name), q.Department); err != nil {
		return nil, err
	}
	counting, cancel := context.WithTimeout(ctx, reportTime)
	defer cancel()
	answer, err := r.Store.Report(counting, q)
	if err != nil {
		return nil, to.Refusal(err, "count a report")
	}
	if in.JSON() {
		shown, err := r.shown(counting, answer, in)
		if err != nil {
			return nil, to.Refusal(err, "count a report")
		}
		return rest.AsJSON(shown), nil
	}
	name := fmt.Sprintf("report-%s-%s-%s", q.Report.Name, q.Period.First(), q.Period.Last())
	return in.Table(to, name, r.place(), r.columns(q, in.Language), func(t tables.Table) error { return r.rows(t, answer, in.Language) })
}

// question is what somebody asks, where it is theirs to ask.
func (r *Reports) question(a gate.Account, in *reportQuestion, now time.Time) (q reports.Question, err error) {
	departments, every := r.theirs(a)
	switch {
	case every:
	case len(departments) == 0:
		return q, agentapi.Refuse(agentapi.CodeForbidden, "reports are for supervisors and heads of departments")
	case in.Department == "":
		in.Department = departments[0]
	case !slices.Contains(departments, in.Department):
		return q, agentapi.Refuse(agentapi.CodeForbidden, "that is not a department of which you are the head")
	}
	report, known := reports.Find(in.Name)
	if !known {
		return q, agentapi.Refuse(agentapi.CodeNotFound, "there is no report of that name")
	}
	q = reports.Question{Report: report, Group: reports.Group(in.Group), Department: in.Department, Repeat: r.Terms().OrUsual().RepeatWithin, Now: now}
	if q.Group == "" {
		q.Group = report.Groups[0]
	}
	if !slices.Contains(report.Groups, q.Group) {
		return q, agentapi.RefuseField("query.group", fmt.Sprintf("expected one of %s", report.Groups))
	}
	q.Period, err = r.period(in, now)
	return q, err
}

func (r *Reports) period(in *reportQuestion, now time.Time) (reports.Period, error) {
	if in.From == "" && in.To == "" {
		if in.Period == "" {
			in.Period = string(reports.Month)
		}
		return reports.This(reports.Span(in.Period), now, r.place())
	}
	if in.Period != "" || in.From == "" || in.To == "" {
		return reports.Period{}, agentapi.RefuseField("query.period", "expected either a period, or the days from and to")
	}
	p, err := reports.FromTo(in.From, in.To, r.place())
	switch {
	case errors.Is(err, reports.ErrPeriod):
		return p, agentapi.RefuseField("query.to", "expected a day from the first on, within ten years")
	case err != nil:
		return p, agentapi.RefuseField("query.from", err.Error())
	}
	return p, nil
}

func (r *Reports) place() *time.Location {
	if r.Location == nil {
		return time.Local
	}
	return r.Location
}

// shown is a report as JSON, with the period before where that is asked for.
func (r *Reports) shown(ctx context.Context, a reports.Answer, in *reportQuestion) (ReportAnswer, error) {
	told := visible(a.Report)
	shown := ReportAnswer{
		Name: a.Report.Name, Group: a.Group, Department: a.Department, From: a.Period.First(), To: a.Period.Last(), Zone: r.place().String(), AsOf: a.Now,
		Rows: []ReportRow{}, Total: told.values(a.Total),
	}
	for _, i := range told {
		shown.Columns = append(shown.Columns, a.Report.Columns[i].Key)
	}
	for _, row := range a.Rows {
		shown.Rows = append(shown.Rows, ReportRow{row.Key, r.name(a.Group, row.Key, in.Language), told.values(row)})
	}
	if in.Before {
		q := a.Question
		q.Period = q.Period.Before()
		before, err := r.Store.Report(ctx, q)
		if err != nil {
			return shown, err
		}
		shown.Before = &ReportBefore{q.Period.First(), q.Period.Last(), told.values(before.Total)}
	}
	return shown, nil
}

// places are where the figures stand that are told.
type places []int

func visible(r reports.Report) (these places) {
	for i, c := range r.Columns {
		if !c.Hidden {
			these = append(these, i)
		}
	}
	return these
}

func (p places) values(row reports.Row) []*float64 {
	values := []*float64{}
	for _, i := range p {
		v := &row.Figures[i]
		if math.IsNaN(*v) || math.IsInf(*v, 0) {
			v = nil
		}
		values = append(values, v)
	}
	return values
}

// name is what people call the group of a row.
func (r *Reports) name(g reports.Group, key, language string) string {
	terms := r.Terms()
	switch {
	case key == "":
		return words.Text{"ru": "не указано", "en": "not known"}.In(language)
	case g == reports.ByTopic:
		return textOr(terms.Topics[key].Name, key).In(language)
	case g == reports.ByDepartment:
		return textOr(terms.Departments[key].Name, key).In(language)
	case g == reports.ByAgreement:
		return textOr(terms.Agreements[key].Name, key).In(language)
	case g == reports.ByReason:
		return textOr(terms.CallReasons[key], key).In(language)
	case g == reports.ByCalls:
		person, reason := reports.OfCalls(key)
		return r.name(reports.ByPerson, person, language) + ", " + r.name(reports.ByReason, reason, language)
	case g == reports.ByPerson:
		return tickets.Display(nameOf(terms, key))
	case g == reports.ByClass:
		return casefile.Word("class", key).In(language)
	case g == reports.ByChannel:
		return casefile.Word("channel", key).In(language)
	default:
		return key
	}
}

// columns are those of a report as a table. The time that it is about, and its zone, stand in each row, so that tables can be laid together.
func (r *Reports) columns(q reports.Question, language string) []tables.Column {
	zone := " (" + r.place().String() + ")"
	all := []tables.Column{
		{Key: "from", Title: words.Text{"ru": "С", "en": "From"}.In(language) + zone, Kind: tables.Day},
		{Key: "to", Title: words.Text{"ru": "По", "en": "To"}.In(language) + zone, Kind: tables.Day},
	}
	if !q.Group.Timed() {
		all = append(all, tables.Column{Key: "id", Title: "ID"}, tables.Column{Key: "name", Title: q.Group.Title().In(language)})
	}
	for _, i := range visible(q.Report) {
		c := q.Report.Columns[i]
		title := c.Title.In(language)
		if c.Unit == reports.Seconds {
			title += words.Text{"ru": ", с", "en": ", s"}.In(language)
		}
		all = append(all, tables.Column{Key: c.Key, Title: title})
	}
	return all
}

func (r *Reports) rows(t tables.Table, a reports.Answer, language string) error {
	told := visible(a.Report)
	ends := append(starts(a.Rows), a.Period.To)
	for n, row := range a.Rows {
		from, to := a.Period.From, a.Period.To
		if a.Group.Timed() {
			from, to = row.From, ends[n+1]
		}
		cells := []any{from, to.Add(-time.Second)}
		if !a.Group.Timed() {
			cells = append(cells, row.Key, r.name(a.Group, row.Key, language))
		}
		for _, i := range told {
			cells = append(cells, row.Figures[i])
		}
		if err := t.Row(cells...); err != nil {
			return err
		}
	}
	return nil
}

func starts(rows []reports.Row) (all []time.Time) {
	for _, r := range rows {
		all = append(all, r.From)
	}
	return all
}
