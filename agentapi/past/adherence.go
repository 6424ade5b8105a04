package past

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/desk"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/agentapi/tables"
	"hotline/queues"
	"hotline/queues/adherence"
	"hotline/queues/figures"
	"hotline/telephony/hours"
	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/reports"
)

// Attendance knows what agents were, and what was planned. The Attendance of queues/postgres implements it.
type Attendance interface {
	Days(ctx context.Context, from, to time.Time, ids []queues.AgentID) (adherence.Kept, error)
}

// Adherence is the operation about how agents kept what was planned for them. It is a rest.Room. A department is its people of now.
type Adherence struct {
	Attendance Attendance
	Figures    Figures // for occupancy; nil tells none
	Present    *desk.Present
	Terms      func() tickets.Terms
	Location   *time.Location // the line's place: where the plan's clock hangs
}

// AdherenceAnswer is how a plan was kept.
type AdherenceAnswer struct {
	From        string              `json:"from" doc:"the first day"`
	To          string              `json:"to" doc:"the last day"`
	Zone        string              `json:"zone"`
	Today       string              `json:"today"`
	AsOf        time.Time           `json:"as_of"`
	Begun       *time.Time          `json:"begun" doc:"since when plans are kept: nothing is told of the time before; null: no plan is known, see shifts in the configuration"`
	Figures     []HistoryFigure     `json:"figures" nullable:"false" doc:"of each row, in order, with their rules"`
	Kinds       []AdherenceKind     `json:"kinds" nullable:"false" doc:"of exceptions, with their rules"`
	Total       []*float64          `json:"total" nullable:"false"`
	Departments []HistoryRow        `json:"departments" nullable:"false" doc:"those whose people are told, each the sum of its people"`
	Agents      []AdherenceRow      `json:"agents" nullable:"false" doc:"who has a plan, or worked without one, in the order of their names"`
	Reasons     []agentapi.Choice   `json:"reasons" nullable:"false" doc:"what reasons are called"`
	Choices     []AdherenceSubjects `json:"choices" nullable:"false" doc:"the departments about which they may ask"`
}

// AdherenceSubjects is a department to choose.
type AdherenceSubjects struct {
	ID   string     `json:"id"`
	Name words.Text `json:"name" nullable:"false"`
}

// AdherenceKind is a kind of exception.
type AdherenceKind struct {
	Key   adherence.Kind `json:"key"`
	Title words.Text     `json:"title" nullable:"false"`
	Rule  words.Text     `json:"rule" nullable:"false"`
}

// AdherenceRow is one agent.
type AdherenceRow struct {
	ID          string               `json:"id"`
	Name        string               `json:"name"`
	Departments []string             `json:"departments" nullable:"false"`
	Figures     []*float64           `json:"figures" nullable:"false" doc:"null is no value"`
	Exceptions  []AdherenceException `json:"exceptions" nullable:"false"`
	Planned     []AdherenceStretch   `json:"planned" nullable:"false" doc:"shifts and breaks of a single day; of several days none is told"`
	Was         []AdherenceStretch   `json:"was" nullable:"false" doc:"what they were on a single day"`
}

// AdherenceException is a time in which somebody was not as planned.
type AdherenceException struct {
	Kind   adherence.Kind `json:"kind" enum:"late,absent,early,gone,sent_away,break_too_long,off_break,unplanned"`
	From   time.Time      `json:"from"`
	To     *time.Time     `json:"to" doc:"null: it goes on"`
	LostS  float64        `json:"lost_s" doc:"of the planned time"`
	Reason queues.Reason  `json:"reason,omitempty"`
}

// AdherenceStretch is a piece of a day.
type AdherenceStretch struct {
	From   time.Time     `json:"from"`
	To     time.Time     `json:"to"`
	Is     string        `json:"is" enum:"shift,break,ready,working,away,out"`
	Reason queues.Reason `json:"reason,omitempty"`
}

type adherenceQuestion struct {
	From       string `query:"from" maxLength:"10" doc:"the first day; today where absent" example:"2026-11-29"`
	To         string `query:"to" maxLength:"10" doc:"the last day; from where absent"`
	Department string `query:"department" maxLength:"100"`
	Agent      string `query:"agent" maxLength:"100"`
	Rows       string `query:"rows" enum:"agents,exceptions" default:"agents" doc:"of a file: what its rows are"`
	rest.AsTable
}

const (
	adherenceDays = 31 // at most
	ownAdherence  = "their own, and that of departments of which they are the head"
)

// Operations implements rest.Room.
func (h *Adherence) Operations(to *rest.Registrar) {
	o := to.Operation("adherence", http.MethodGet, "/adherence", "How agents kept their planned shifts, live or on days of the past", rest.Person(rest.Own, rest.All, ownAdherence).WithToken(gate.ReadFigures))
	o.Description = "As JSON, CSV or an XLSX workbook, by format or by the header Accept. Days begin by the clocks of the line's place. No more than 31 days are told at once."
	o.Responses["200"] = rest.TableResponse[AdherenceAnswer](to, "AdherenceAnswer")
	huma.Register(to.API, o, func(ctx context.Context, in *adherenceQuestion) (*huma.StreamResponse, error) {
		return h.answer(ctx, to, in)
	})
}

// shownAdherence are the figures, in order. All are of a time together.
var shownAdherence = []struct {
	HistoryFigure
	of func(k keeping) (float64, bool)
}{
	{HistoryFigure{Key: "adherence", Unit: reports.Share, Title: both("По плану", "Adherence"),
		Rule: both("По плану ÷ запланировано, насколько смена уже прошла.", "Kept ÷ planned, as far as the shift is over.")}, func(k keeping) (float64, bool) { return k.Share() }},
	{HistoryFigure{Key: "planned", Unit: reports.Seconds, Title: both("Запланировано", "Planned"),
		Rule: both("Смены без запланированных перерывов, насколько они уже прошли.", "Shifts without their planned breaks, as far as they are over.")}, func(k keeping) (float64, bool) { return k.Planned.Seconds(), true }},
	{HistoryFigure{Key: "kept", Unit: reports.Seconds, Title: both("Из них по плану", "Of it kept"),
		Rule: both("Запланированное время, когда оператор был готов, занят вызовом или не готов по выбранной им причине не дольше, чем она разрешает. Если перерывы запланированы, перерыв и обед в другое время не считаются.", "Planned time in which the agent was ready, handled a call, or was not ready for a reason that they chose, for as long as it may last. Where breaks are planned, a break or lunch at another time does not count.")},
		func(k keeping) (float64, bool) { return k.Kept.Seconds(), true }},
	{HistoryFigure{Key: "outside", Unit: reports.Seconds, Title: both("Вне плана", "Outside the plan"),
		Rule: both("Готов или занят вызовом, когда смены не было.", "Ready or in calls while no shift was planned.")}, func(k keeping) (float64, bool) { return k.Outside.Seconds(), true }},
	{HistoryFigure{Key: "exceptions", Unit: reports.Count, Title: both("Отклонений", "Exceptions"),
		Rule: both("Отклонения от плана не короче двух минут; более короткие есть только во времени.", "Times not as planned of two minutes and more; shorter ones are in the times alone.")}, func(k keeping) (float64, bool) { return float64(k.exceptions), true }},
	{HistoryFigure{Key: "occupancy", Unit: reports.Share, Title: both("Загрузка", "Occupancy"),
		Rule: both("Занято ÷ (занято + готово), за весь день, не только за смену.", "Busy ÷ (busy + ready), of the whole day and not of the shift alone.")}, func(k keeping) (float64, bool) { return k.worked.Occupancy() }},
}

var adherenceKinds = []AdherenceKind{
	{adherence.Late, both("Опоздание", "Late"), both("Смена началась, а оператор ещё не вошёл.", "The shift had begun, and the agent had not signed in yet.")},
	{adherence.Absent, both("Не вышел", "Absent"), both("За всю смену не вошёл ни разу.", "Never signed in during the whole shift.")},
	{adherence.Early, both("Ушёл раньше", "Left early"), both("Вышел до конца смены и не вернулся.", "Signed out before the end of the shift, and did not come back.")},
	{adherence.Gone, both("Выходил", "Gone"), both("Вышел во время смены, не на запланированный перерыв.", "Signed out within the shift, and not for a planned break.")},
	{adherence.SentAway, both("Снят системой", "Sent away"), both("Не готов не по своему выбору: пропущенный вызов, потерянная связь, отказавший телефон.", "Not ready by no choice of theirs: a missed call, a lost connection, a failing phone.")},
	{adherence.BreakTooLong, both("Дольше нормы", "Break too long"), both("Не готов дольше, чем разрешает причина.", "Not ready for longer than the reason allows.")},
	{adherence.OffBreak, both("Перерыв не по плану", "Break off the plan"), both("Перерыв или обед не в запланированное время.", "A break or lunch at another time than planned.")},
	{adherence.Unplanned, both("Работа вне плана", "Worked unplanned"), both("Готов или занят вызовом, когда смены не было.", "Ready or in calls while no shift was planned.")},
}

// keeping is how one kept the plan, or several together.
type keeping struct {
	adherence.Sums
	exceptions int
	worked     figures.Sums
}

func (k *keeping) add(o keeping) {
	k.Sums.Add(o.Sums)
	k.exceptions += o.exceptions
	k.worked.Add(&o.worked)
}

func (k keeping) values() []*float64 {
	all := make([]*float64, len(shownAdherence))
	for i, f := range shownAdherence {
		if v, ok := f.of(k); ok {
			all[i] = &v
		}
	}
	return all
}

func (h *Adherence) place() *time.Location {
	if h.Location == nil {
		return time.Local
	}
	return h.Location
}

// whom are the agents about whom somebody asks, where it is theirs to ask; nil are all.
func (h *Adherence) whom(a gate.Account, in *adherenceQuestion) (ids []queues.AgentID, err error) {
	history := &History{Present: h.Present, Terms: h.Terms}
	theirs, terms := history.theirs(a), h.Terms()
	if !every(a) && in.Department == "" && in.Agent == "" {
		switch {
		case a.Agent != "":
			in.Agent = string(a.Agent)
		case len(theirs) > 0:
			in.Department = theirs[0]
		}
	}
	own := in.Department != "" && slices.Contains(theirs, in.Department) ||
		in.Department == "" && in.Agent != "" && (in.Agent == string(a.Agent) || slices.ContainsFunc(theirs, func(d string) bool { return slices.Contains(people(terms, d), in.Agent) }))
	if !every(a) && !own {
		return nil, agentapi.Refuse(agentapi.CodeForbidden, "that is for supervisors")
	}
	if in.Department == "" && in.Agent == "" {
		return nil, nil
	}
	ids = []queues.AgentID{}
	if in.Department == "" {
		return append(ids, queues.AgentID(in.Agent)), nil
	}
	for _, p := range people(terms, in.Department) {
		if in.Agent == "" || p == in.Agent {
			ids = append(ids, queues.AgentID(p))
		}
	}
	return ids, nil
}

// days are what is asked about, day by day.
func (h *Adherence) days(in *adherenceQuestion, now time.Time) (all []hours.Stretch, err error) {
	today := hours.DayBegins(now.In(h.place()), 0)
	if in.From == "" {
		in.From = cmp.Or(in.To, today.Format(time.DateOnly))
	}
	in.To = cmp.Or(in.To, in.From)
	p, err := reports.FromTo(in.From, in.To, h.place())
	switch {
	case err != nil:
		return nil, agentapi.RefuseField("query.from", err.Error())
	case p.From.Year() < 2000 || p.To.After(hours.DayBegins(today, 366)):
		return nil, agentapi.RefuseField("query.from", "expected days from the year 2000 up to a year from now")
	}
	for at := p.From; at.Before(p.To); {
		next := hours.DayBegins(at, 1)
		if all = append(all, hours.Stretch{From: at, To: next}); len(all) > adherenceDays {
			return nil, agentapi.RefuseField("query.to", fmt.Sprintf("expected at most %d days", adherenceDays))
		}
		at = next
	}
	return all, nil
}

func (h *Adherence) answer(ctx context.Context, to *rest.Registrar, in *adherenceQuestion) (*huma.StreamResponse, error) {
	a, err := to.Who(ctx)
	if err != nil {
		return nil, err
	}
	ids, err := h.whom(a, in)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	days, err := h.days(in, now)
	if err != nil {
		return nil, err
	}
	asking, cancel := context.WithTimeout(ctx, historyTime)
	defer cancel()
	from, end := days[0].From, days[len(days)-1].To
	kept, err := h.Attendance.Days(asking, from, end, ids)
	if err != nil {
		return nil, to.Refusal(err, "read what agents were")
	}
	worked, err := h.worked(asking, from, end, ids)
	if err != nil {
		return nil, to.Refusal(err, "read the figures of agents")
	}
	answer := h.reckon(a, in, days, kept, worked, ids, now)
	if in.JSON() {
		return rest.AsJSON(answer), nil
	}
	return h.file(to, in, answer)
}

// worked is the time of agents by what they did in it.
func (h *Adherence) worked(ctx context.Context, from, to time.Time, ids []queues.AgentID) (map[string]figures.Sums, error) {
	all := map[string]figures.Sums{}
	if h.Figures == nil {
		return all, nil
	}
	q := figures.HistoryQuestion{Kind: figures.OfAgent, Times: []time.Time{from, to}}
	if ids != nil {
		q.IDs = []string{}
		for _, id := range ids {
			q.IDs = append(q.IDs, string(id))
		}
	}
	found, err := h.Figures.History(ctx, q)
	for _, s := range found.Subjects {
		all[s.ID] = s.Sums
	}
	return all, err
}

func (h *Adherence) reckon(a gate.Account, in *adherenceQuestion, days []hours.Stretch, kept adherence.Kept, worked map[string]figures.Sums, ids []queues.AgentID, now time.Time) AdherenceAnswer {
	lineup, terms := h.Present.Lineup(), h.Terms()
	answer := AdherenceAnswer{
		From: in.From, To: in.To, Zone: h.place().String(), Today: now.In(h.place()).Format(time.DateOnly), AsOf: now.UTC(),
		Kinds: adherenceKinds, Departments: []HistoryRow{}, Agents: []AdherenceRow{}, Reasons: lineup.Reasons, Choices: []AdherenceSubjects{},
	}
	for _, f := range shownAdherence {
		answer.Figures = append(answer.Figures, f.HistoryFigure)
	}
	for _, d := range (&History{Present: h.Present, Terms: h.Terms}).theirs(a) {
		answer.Choices = append(answer.Choices, AdherenceSubjects{d, nameOr(terms.Departments[d].Name, d)})
	}
	total, teams := keeping{}, map[string]*keeping{}
	if !kept.Began.IsZero() {
		answer.Begun = &kept.Began
		for _, id := range h.known(kept, ids) {
			row, k := h.row(id, days, kept, now)
			k.worked = worked[string(id)]
			if k.Planned == 0 && k.Outside == 0 && len(row.Planned) == 0 && !(len(ids) == 1) {
				continue
			}
			row.Name, row.Figures, row.Departments = cmp.Or(tickets.Display(lineup.Name(id)), string(id)), k.values(), terms.People[string(id)].Departments
			if row.Departments == nil {
				row.Departments = []string{}
			}
			answer.Agents = append(answer.Agents, row)
			total.add(k)
			for _, d := range row.Departments {
				if in.Department == "" || d == in.Department {
					if teams[d] == nil {
						teams[d] = &keeping{}
					}
					teams[d].add(k)
				}
			}
		}
	}
	answer.Total = total.values()
	for d, k := range teams {
		answer.Departments = append(answer.Departments, HistoryRow{d, nameOr(terms.Departments[d].Name, d)[in.Language], k.values()})
	}
	slices.SortFunc(answer.Departments, func(a, b HistoryRow) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	slices.SortFunc(answer.Agents, func(a, b AdherenceRow) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return answer
}

// known are the agents of whom there is a plan or a spell.
func (h *Adherence) known(kept adherence.Kept, ids []queues.AgentID) (all []queues.AgentID) {
	seen := map[queues.AgentID]bool{}
	for id := range kept.Spells {
		seen[id] = true
	}
	for _, d := range kept.Plans {
		for id := range d.Plan {
			seen[id] = true
		}
	}
	for id := range seen {
		if ids == nil || slices.Contains(ids, id) {
			all = append(all, id)
		}
	}
	slices.Sort(all)
	return all
}

// row is what one agent did on some days.
func (h *Adherence) row(id queues.AgentID, days []hours.Stretch, kept adherence.Kept, now time.Time) (row AdherenceRow, k keeping) {
	row = AdherenceRow{ID: string(id), Exceptions: []AdherenceException{}, Planned: []AdherenceStretch{}, Was: []AdherenceStretch{}}
	spells := kept.Spells[id]
	for _, day := range days {
		in := day
		if in.From.Before(kept.Began) {
			in.From = kept.Began
		}
		if !in.From.Before(in.To) {
			continue
		}
		plan := kept.On(day)
		if len(plan) == 0 {
			continue // nobody's work was planned then
		}
		account := plan[id].Reckon(h.place(), in, spells, now)
		k.Sums.Add(account.Sums)
		k.exceptions += len(account.Exceptions)
		for _, e := range account.Exceptions {
			told := AdherenceException{Kind: e.Kind, From: e.From, LostS: e.Lost.Seconds(), Reason: e.Reason}
			if !e.To.IsZero() {
				told.To = &e.To
			}
			row.Exceptions = append(row.Exceptions, told)
		}
		if len(days) > 1 {
			continue
		}
		for _, s := range account.Shifts {
			row.Planned = append(row.Planned, AdherenceStretch{From: s.From.UTC(), To: s.To.UTC(), Is: "shift"})
		}
		for _, s := range account.Breaks {
			row.Planned = append(row.Planned, AdherenceStretch{From: s.From.UTC(), To: s.To.UTC(), Is: "break"})
		}
		row.Was = was(spells, day, now)
	}
	return row, k
}

// was is what somebody was on a day, as far as it is over.
func was(spells []adherence.Spell, day hours.Stretch, now time.Time) []AdherenceStretch {
	all := []AdherenceStretch{}
	end := day.To
	if now.Before(end) {
		end = now
	}
	for i, s := range spells {
		from, to := s.From, end
		if i+1 < len(spells) && spells[i+1].From.Before(end) {
			to = spells[i+1].From
		}
		if from.Before(day.From) {
			from = day.From
		}
		if s.Is != adherence.Out && from.Before(to) {
			all = append(all, AdherenceStretch{From: from.UTC(), To: to.UTC(), Is: string(s.Is), Reason: s.Reason})
		}
	}
	return all
}

// file is an answer as a table.
func (h *Adherence) file(to *rest.Registrar, in *adherenceQuestion, answer AdherenceAnswer) (*huma.StreamResponse, error) {
	say := func(ru, en string) string { return both(ru, en).In(in.Language) }
	name := fmt.Sprintf("adherence-%s-%s-%s", in.Rows, answer.From, answer.To)
	first := []tables.Column{{Key: "id", Title: "ID"}, {Key: "name", Title: say("Оператор", "Agent")}}
	if in.Rows == "exceptions" {
		titles := map[adherence.Kind]string{}
		for _, k := range answer.Kinds {
			titles[k.Key] = k.Title.In(in.Language)
		}
		columns := append(first, tables.Column{Key: "kind", Title: say("Отклонение", "Exception")}, tables.Column{Key: "from", Title: say("С", "From"), Kind: tables.Moment},
			tables.Column{Key: "to", Title: say("По", "To"), Kind: tables.Moment}, tables.Column{Key: "lost", Title: say("Потеряно по плану, с", "Planned time lost, s")}, tables.Column{Key: "reason", Title: say("Причина", "Reason")})
		return in.Table(to, name, h.place(), columns, func(t tables.Table) error {
			for _, r := range answer.Agents {
				for _, e := range r.Exceptions {
					if err := t.Row(r.ID, r.Name, titles[e.Kind], e.From, e.To, e.LostS, string(e.Reason)); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	var of []figure
	for _, f := range answer.Figures {
		of = append(of, figure{key: f.Key, title: f.Title, unit: f.Unit})
	}
	return in.Table(to, name, h.place(), historyColumns(of, in.Language, first...), func(t tables.Table) error {
		for _, r := range answer.Agents {
			if err := t.Row(append([]any{r.ID, r.Name}, cells(r.Figures)...)...); err != nil {
				return err
			}
		}
		return nil
	})
}
