package quality

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/agentapi/tables"
	"hotline/queues"
	"hotline/telephony/hours"
	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/reports"
	"hotline/tickets/scorecard"
)

// ReviewsAnswer is what reviews by one form say together.
type ReviewsAnswer struct {
	Form  string                  `json:"form"`
	Title words.Text              `json:"title" nullable:"false"`
	From  string                  `json:"from" doc:"the first day on which reviews were begun"`
	To    string                  `json:"to" doc:"the last one"`
	By    string                  `json:"by" enum:"agent,queue,week,month"`
	Total scorecard.ReviewFigures `json:"total"`
	Rows  []ReviewsRow            `json:"rows" nullable:"false" doc:"by name, or by time"`
}

// ReviewsRow is one of them.
type ReviewsRow struct {
	Key  string     `json:"key" doc:"an id, or the first day"`
	Name words.Text `json:"name" nullable:"false"`
	scorecard.ReviewFigures
}

type figuresQuestion struct {
	Form  string `query:"form" maxLength:"64" doc:"where absent, the first of the configuration; for who does not oversee that of their latest review in those days"`
	From  string `query:"from" maxLength:"10" doc:"90 days ago where absent" example:"2026-11-29"`
	To    string `query:"to" maxLength:"10" doc:"today where absent"`
	By    string `query:"by" enum:"agent,queue,week,month" default:"agent"`
	Agent string `query:"agent" maxLength:"100"`
	Queue string `query:"queue" maxLength:"100"`
	rest.AsTable
}

const (
	figuresDays = 90     // where nothing is said
	mostCards   = 20_000 // of one answer
)

func (r *Room) figures(to *rest.Registrar) {
	o := to.Operation("scorecard-figures", http.MethodGet, "/scorecards/figures", "What reviews say together, by criterion", rest.Person(rest.Own, rest.All, own))
	o.Description = "As JSON, CSV or an XLSX workbook, by format or by the header Accept; a row of a file is a criterion. A mean of fewer than five answers or scores is not told to who may still review one of the calls. What second reviewers said (pairs, shift, apart) is told to who oversees alone; a file has no such columns for others."
	o.Responses["200"] = rest.TableResponse[ReviewsAnswer](to, "ReviewsAnswer")
	huma.Register(to.API, o, func(ctx context.Context, in *figuresQuestion) (*huma.StreamResponse, error) {
		a, err := to.Who(ctx)
		if err != nil {
			return nil, err
		}
		answer, err := r.sum(ctx, to, a, in)
		if err != nil {
			return nil, err
		}
		if in.JSON() {
			return rest.AsJSON(answer), nil
		}
		return r.file(to, in, answer, a.Role.Oversees())
	})
}

func (r *Room) place() *time.Location {
	if at := r.Present.Lineup().Location; at != nil {
		return at
	}
	return time.Local
}

func (r *Room) sum(ctx context.Context, to *rest.Registrar, a gate.Account, in *figuresQuestion) (answer ReviewsAnswer, err error) {
	if !a.Role.Oversees() {
		if in.Agent != "" && in.Agent != person(a) {
			return answer, agentapi.Refuse(agentapi.CodeForbidden, "those are for supervisors")
		}
		in.Agent = person(a)
	}
	today := hours.DayBegins(time.Now().In(r.place()), 0)
	in.To = cmp.Or(in.To, today.Format(time.DateOnly))
	in.From = cmp.Or(in.From, min(in.To, hours.DayBegins(today, 1-figuresDays).Format(time.DateOnly)))
	period, err := reports.FromTo(in.From, in.To, r.place())
	if err != nil {
		return answer, agentapi.RefuseField("query.from", err.Error())
	}
	forms := r.Forms()
	if in.Form == "" && !a.Role.Oversees() { // they cannot know the forms, and may be reviewed by another one than the first
		latest, err := r.Store.Cards(ctx, scorecard.Question{In: true, Agent: in.Agent, Queue: in.Queue, From: period.From, To: period.To, Limit: 1})
		if err != nil {
			return answer, to.Refusal(err, "read scorecards")
		}
		if len(latest) > 0 {
			in.Form = latest[0].Form.ID
		}
	}
	if in.Form == "" && len(forms) > 0 {
		in.Form = forms[0].ID
	}
	answer = ReviewsAnswer{Form: in.Form, Title: words.Text{}, From: in.From, To: in.To, By: in.By, Total: scorecard.ReviewFigures{Criteria: []scorecard.CriterionFigure{}}, Rows: []ReviewsRow{}}
	cards, err := r.Store.Cards(ctx, scorecard.Question{In: true, Agent: in.Agent, Form: in.Form, Queue: in.Queue, From: period.From, To: period.To, Limit: mostCards + 1})
	switch {
	case err != nil:
		return answer, to.Refusal(err, "read scorecards")
	case len(cards) > mostCards:
		return answer, agentapi.RefuseField("query.from", fmt.Sprintf("more than %d reviews: ask for fewer days", mostCards))
	case len(cards) > 0:
		answer.Title = cards[0].Form.Title
	}
	for _, f := range forms {
		if f.ID == in.Form {
			answer.Title = f.Title
		}
	}
	sums := func(key func(*scorecard.Card) string) map[string]*scorecard.ReviewFigures {
		return scorecard.Sum(cards, person(a), a.Role.Oversees(), key)
	}
	if all := sums(func(*scorecard.Card) string { return "" })[""]; all != nil {
		answer.Total = *all
	}
	for key, f := range sums(func(c *scorecard.Card) string { return r.keyOf(c, in.By) }) {
		answer.Rows = append(answer.Rows, ReviewsRow{Key: key, Name: r.nameOf(key, in.By), ReviewFigures: *f})
	}
	slices.SortFunc(answer.Rows, func(x, y ReviewsRow) int {
		return cmp.Or(cmp.Compare(x.Name.In(in.Language), y.Name.In(in.Language)), cmp.Compare(x.Key, y.Key))
	})
	return answer, nil
}

// keyOf is to which row a card belongs.
func (r *Room) keyOf(c *scorecard.Card, by string) string {
	switch day := c.Begun.In(r.place()); by {
	case "queue":
		return c.Queue
	case "week":
		return mondayOf(day).Format(time.DateOnly)
	case "month":
		return day.Format("2006-01") + "-01"
	default:
		return c.Agent
	}
}

func (r *Room) nameOf(key, by string) words.Text {
	lineup, name := r.Present.Lineup(), key
	switch by {
	case "queue":
		if named := lineup.Queue(queues.QueueID(key)).Name; len(named) > 0 {
			return named
		}
	case "agent":
		name = cmp.Or(tickets.Display(lineup.Name(queues.AgentID(key))), key)
	}
	return words.Text{"ru": name, "en": name}
}

func (r *Room) file(to *rest.Registrar, in *figuresQuestion, answer ReviewsAnswer, oversees bool) (*huma.StreamResponse, error) {
	column := func(key, ru, en string) tables.Column {
		return tables.Column{Key: key, Title: words.Text{"ru": ru, "en": en}.In(in.Language)}
	}
	columns := []tables.Column{
		column("key", "ID", "ID"), column("name", "Кто или когда", "Who or when"), column("reviews", "Проверок", "Reviews"), column("share", "Оценка", "Score"),
		column("criterion", "Критерий", "Criterion"), column("title", "Вопрос", "Question"), column("answers", "Ответов", "Answers"), column("mean", "Доля «да» или среднее", "Share of yes, or mean"),
	}
	if oversees {
		columns = append(columns, column("pairs", "Проверено дважды", "Reviewed twice"), column("shift", "Вторая выше на", "Second higher by"), column("apart", "Расхождение", "Difference"))
	}
	cell := func(v *float64) any {
		if v == nil {
			return nil
		}
		return *v
	}
	return in.Table(to, fmt.Sprintf("reviews-%s-%s", answer.From, answer.To), r.place(), columns, func(t tables.Table) error {
		for _, row := range answer.Rows {
			for _, c := range row.Criteria {
				cells := []any{row.Key, row.Name.In(in.Language), row.Reviews, cell(row.Share), c.ID, c.Title.In(in.Language), c.Answers, cell(c.Mean)}
				if oversees {
					cells = append(cells, c.Pairs, cell(c.Shift), cell(c.Apart))
				}
				if err := t.Row(cells...); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
