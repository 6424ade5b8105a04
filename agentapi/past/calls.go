package past

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/agentapi/tables"
	"hotline/queues"
	"hotline/telephony"
	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/casefile"
	"hotline/tickets/lists"
)

// CallRow is a line of a list of calls.
type CallRow struct {
	Call        telephony.CallID      `json:"call"`
	At          time.Time             `json:"at" doc:"when it came"`
	EndedAt     *time.Time            `json:"ended_at" doc:"null while it lasts"`
	Number      string                `json:"number" doc:"from which it came; empty when withheld"`
	NumberName  string                `json:"number_name" doc:"as the network sent it"`
	Customer    *CallCustomer         `json:"customer" doc:"null: nobody is known"`
	Ticket      tickets.Number        `json:"ticket"`
	Queue       string                `json:"queue" doc:"in which it was last; empty: in none"`
	QueueName   words.Text            `json:"queue_name,omitempty"`
	Agent       *agentapi.NamedAgent  `json:"agent" doc:"who talked, last where there were several; null: nobody"`
	Agents      []agentapi.NamedAgent `json:"agents,omitempty" doc:"of a call that was passed on: all who talked, in order"`
	Asked       []agentapi.NamedAgent `json:"asked,omitempty" doc:"colleagues who were asked in the talk, or joined it, and did not have the caller"`
	Outcome     tickets.Outcome       `json:"outcome" doc:"empty while it lasts"`
	LostBy      tickets.Side          `json:"lost_by" enum:"caller,agent," doc:"whose connection was lost, where nobody had hung up"`
	Disposition tickets.Disposition   `json:"disposition" doc:"as the agent filed it"`
	CalledBy    *agentapi.NamedAgent  `json:"called_by,omitempty" doc:"the agent who made the call of their own accord"`
	Reason      string                `json:"reason,omitempty" doc:"why they did, by its code"`
	ReasonName  words.Text            `json:"reason_name,omitempty"`
	Waited      *float64              `json:"waited_s" doc:"from the first queue to the answer, or to the end; null: it was in no queue, or waits still"`
	Talk        *float64              `json:"talk_s" doc:"from the answer to the end, without the waits between the talks of a call that was passed on, and without what the caller was asked afterwards; null: nobody answered, or they talk still"`
	Messages    int                   `json:"messages" doc:"that the caller left"`
}

// CallCustomer is whose a call is.
type CallCustomer struct {
	ID   tickets.CustomerID `json:"id"`
	Name string             `json:"name" doc:"empty: nobody has said so yet"`
}

// PastCalls is a page of a list of calls.
type PastCalls struct {
	Items []CallRow `json:"items" nullable:"false" doc:"the latest first"`
	Next  string    `json:"next_cursor" doc:"for the next page; empty: this is the last"`
	Count *int      `json:"count,omitempty" doc:"where it is asked for: how many there are in all; 1000 means: or more"`
}

// CallFilter is which calls a list holds. A call fulfils all conditions.
type CallFilter struct {
	From        time.Time           `query:"from" doc:"it came then or later"`
	To          time.Time           `query:"to" doc:"and before that"`
	Number      string              `query:"number" maxLength:"40" doc:"a telephone number, or its last digits, four at least" example:"8 916 123-45-67"`
	Customer    string              `query:"customer" format:"uuid"`
	Agent       string              `query:"agent" maxLength:"100" doc:"who talked, also who has passed it on, or was asked"`
	Queue       string              `query:"queue" maxLength:"100"`
	Outcomes    []tickets.Outcome   `query:"outcome" maxItems:"20" doc:"one of these" example:"abandoned_in_queue,abandoned_ringing"`
	Disposition tickets.Disposition `query:"disposition" maxLength:"40"`
	Reason      string              `query:"reason" maxLength:"100" doc:"for which an agent made it, by its code"`
	Ticket      string              `query:"ticket" maxLength:"40" example:"100237"`
	Longer      float64             `query:"longer_s" minimum:"0" maximum:"1000000" doc:"the talk lasted at least so many seconds"`
	Shorter     float64             `query:"shorter_s" minimum:"0" maximum:"1000000" doc:"there was a talk, and from the answer to the end of the call it took fewer seconds"`
}

type (
	callsQuestion struct {
		CallFilter
		Count  bool   `query:"count" doc:"count them all, too"`
		Cursor string `query:"cursor" maxLength:"400"`
		Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}
	callsFile struct {
		CallFilter
		rest.AsTable
	}
)

const (
	searchTime = 2 * time.Second // how long a list may take
	exportPage = 1000            // calls that are read at once for a file
	ownCalls   = "calls that they took, or were asked in"
)

// Operations implements rest.Room.
func (c *Calls) Operations(to *rest.Registrar) {
	theirs := rest.Person(rest.Own, rest.All, ownCalls).WithToken(gate.ReadCalls)
	huma.Register(to.API, to.Operation("past-calls", http.MethodGet, "/calls/past", "The calls that were and are, the latest first", theirs),
		func(ctx context.Context, in *callsQuestion) (*rest.Answer[PastCalls], error) {
			return c.list(ctx, to, in)
		})
	o := to.Operation("past-calls-export", http.MethodGet, "/calls/past/export", "A whole list of calls as a file", theirs)
	o.Description = "The list of GET /calls/past with the same parameters, all of it: as CSV, an XLSX workbook or JSON. Its moments are told in the time zone of the line's place, which the header names."
	o.Responses["200"] = rest.TableResponse[[]map[string]any](to, "CallsExport")
	huma.Register(to.API, o, func(ctx context.Context, in *callsFile) (*huma.StreamResponse, error) { return c.export(ctx, to, in) })
	c.choiceOperation(to)
	c.callOperation(to)
}

// question is what somebody asks, as lists know it.
func (c *Calls) question(a gate.Account, in CallFilter) (q lists.CallQuestion, err error) {
	q = lists.CallQuestion{Sight: c.sight(a), CallFilter: lists.CallFilter{
		From: in.From, To: in.To, Caller: in.Number, Customer: tickets.CustomerID(in.Customer), Agent: in.Agent, Queue: in.Queue, Outcomes: in.Outcomes, Disposition: in.Disposition, Reason: in.Reason,
		Longer: seconds(in.Longer), Shorter: seconds(in.Shorter),
	}}
	if in.Ticket != "" {
		if q.Ticket, err = tickets.ParseNumber(in.Ticket); err != nil {
			return q, agentapi.RefuseField("query.ticket", err.Error())
		}
	}
	if in.Number != "" && lists.PhoneEnd(in.Number) == "" {
		return q, agentapi.RefuseField("query.number", "expected a telephone number, or its last four digits at least")
	}
	for _, o := range in.Outcomes {
		if !slices.Contains(tickets.Outcomes, o) {
			return q, agentapi.RefuseField("query.outcome", "names an outcome that no call has").Coded(agentapi.FieldUnknown, 0)
		}
	}
	if !in.From.IsZero() && !in.To.IsZero() && !in.From.Before(in.To) {
		return q, agentapi.RefuseField("query.to", "expected a time after from")
	}
	return q, nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func (c *Calls) list(ctx context.Context, to *rest.Registrar, in *callsQuestion) (*rest.Answer[PastCalls], error) {
	a, err := to.Who(ctx)
	if err != nil {
		return nil, err
	}
	q, err := c.question(a, in.CallFilter)
	if err != nil {
		return nil, err
	}
	q.Cursor, q.Limit = in.Cursor, in.Limit
	searching, cancel := context.WithTimeout(ctx, searchTime)
	defer cancel()
	p, err := c.Store.ListCalls(searching, q)
	if err != nil {
		return nil, refusal(to, err)
	}
	answer := PastCalls{Items: make([]CallRow, 0, len(p.Calls)), Next: p.Next}
	for _, one := range p.Calls {
		answer.Items = append(answer.Items, c.row(one))
	}
	if in.Count {
		n, err := c.Store.CountCalls(searching, q)
		if err != nil {
			return nil, refusal(to, err)
		}
		answer.Count = &n
	}
	if err := lookedFor(ctx, to, a, q); err != nil {
		return nil, err
	}
	return rest.Answered(answer), nil
}

// lookedFor leaves a line about whom somebody has looked for. Who looks at their own calls, or at those of a queue or a day, does their work, and looks at
// nobody in particular.
func lookedFor(ctx context.Context, to *rest.Registrar, a gate.Account, q lists.CallQuestion) error {
	switch {
	case q.Customer != "":
		return to.Looked(ctx, a, tickets.LookedAtCustomer, string(q.Customer))
	case q.Ticket != "":
		return to.Looked(ctx, a, tickets.LookedAtCalls, string(q.Ticket))
	case q.Caller != "":
		return to.Looked(ctx, a, tickets.SearchedCalls, "")
	default:
		return nil
	}
}

func refusal(to *rest.Registrar, err error) error {
	if errors.Is(err, lists.ErrCursor) {
		return agentapi.Refuse(agentapi.CodeCursor, "%v", lists.ErrCursor)
	}
	return to.Refusal(err, "read calls")
}

// row is a call as JSON; what people and networks have written in it is safe to show.
func (c *Calls) row(one lists.Call) CallRow {
	id, _ := one.Call()
	row := CallRow{
		Call: id, At: one.ArrivedAt, EndedAt: orNil(one.EndedAt), Number: one.From.Key(), NumberName: tickets.Display(one.RawName), Ticket: one.Ticket, Queue: one.Queue,
		Agent: c.agent(one.Agent), Outcome: one.Outcome, LostBy: one.LostBy, Disposition: one.Disposition, Messages: len(one.Recordings),
		CalledBy: c.agent(tickets.Agent{ID: one.CalledBy}), Reason: one.Reason,
	}
	if one.Reason != "" {
		row.ReasonName = c.reason(one.Reason)
	}
	if one.Queue != "" {
		row.QueueName = c.Present.Lineup().Queue(queues.QueueID(one.Queue)).Name
	}
	if one.Customer != "" {
		row.Customer = &CallCustomer{one.Customer, tickets.Display(one.CustomerName)}
	}
	answered := one.AnsweredAt
	if answered.IsZero() {
		answered = one.EndedAt
	} else if talk, over := one.TalkTime(); over {
		row.Talk = between(one.AnsweredAt, one.AnsweredAt.Add(talk))
	}
	if all := one.Contact.Agents(); len(all) > 1 {
		for _, a := range all {
			row.Agents = append(row.Agents, *c.agent(a))
		}
	}
	for _, t := range one.Asked {
		row.Asked = append(row.Asked, *c.agent(t.Agent))
	}
	row.Waited = between(one.QueuedAt, answered)
	return row
}

// reason is why an agent called, by the name that it has now.
func (c *Calls) reason(code string) words.Text {
	for _, r := range c.Present.CallReasons().Items {
		if r.Code == code {
			return nameOr(r.Name, code)
		}
	}
	return nameOr(nil, tickets.Display(code))
}

// agent is who talked, by the name that they have now; by the one that they had, where they are here no more.
func (c *Calls) agent(a tickets.Agent) *agentapi.NamedAgent {
	if a.ID == "" {
		return nil
	}
	named := agentapi.NamedAgent{ID: queues.AgentID(a.ID), Name: c.Present.Lineup().Name(queues.AgentID(a.ID))}
	if named.Name == "" {
		named.Name = tickets.Display(a.Shown())
	}
	return &named
}

// between is a time in seconds; nil where one of its ends is not known, and nothing where they are the wrong way round.
func between(from, to time.Time) *float64 {
	if from.IsZero() || to.IsZero() {
		return nil
	}
	s := max(0, to.Sub(from).Round(time.Millisecond).Seconds())
	return &s
}

func orNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (c *Calls) export(ctx context.Context, to *rest.Registrar, in *callsFile) (*huma.StreamResponse, error) {
	a, err := to.Who(ctx)
	if err != nil {
		return nil, err
	}
	q, err := c.question(a, in.CallFilter)
	if err != nil {
		return nil, err
	}
	q.Limit = exportPage
	page, err := c.Store.ListCalls(ctx, q)
	if err != nil {
		return nil, refusal(to, err)
	}
	if len(page.Calls) > 0 {
		if err := to.Looked(ctx, a, tickets.TookCalls, string(page.Calls[0].ID)); err != nil {
			return nil, err
		}
		if err := lookedFor(ctx, to, a, q); err != nil {
			return nil, err
		}
	}
	name := "calls-" + time.Now().In(c.place()).Format(time.DateOnly)
	return in.Table(to, name, c.place(), callColumns(in.Language), func(into tables.Table) error {
		for {
			for _, one := range page.Calls {
				if err := into.Row(c.cells(one, in.Language)...); err != nil {
					return err
				}
			}
			if page.Next == "" {
				return nil
			}
			q.Cursor = page.Next
			if page, err = c.Store.ListCalls(ctx, q); err != nil {
				return err
			}
		}
	})
}

func (c *Calls) place() *time.Location {
	if c.Location == nil {
		return time.Local
	}
	return c.Location
}

func callColumns(language string) []tables.Column {
	column := func(key, ru, en string, kind tables.Kind) tables.Column {
		return tables.Column{Key: key, Title: words.Text{"ru": ru, "en": en}.In(language), Kind: kind}
	}
	return []tables.Column{
		column("at", "Поступил", "Came", tables.Moment), column("ended_at", "Закончен", "Ended", tables.Moment), column("number", "Номер", "Number", tables.Plain),
		column("customer", "Клиент", "Customer", tables.Plain), column("ticket", "Заявка", "Ticket", tables.Plain), column("queue", "Очередь", "Queue", tables.Plain),
		column("agent", "Оператор", "Agent", tables.Plain), column("outcome", "Исход", "Outcome", tables.Plain), column("disposition", "Итог", "Disposition", tables.Plain),
		column("called_by", "Позвонил сам", "Called by", tables.Plain), column("reason", "Причина", "Reason", tables.Plain),
		column("waited_s", "Ожидание, с", "Waited, s", tables.Plain), column("talk_s", "Разговор, с", "Talk, s", tables.Plain), column("call", "Звонок", "Call", tables.Plain),
	}
}

// cells are a call's, in the order of the columns.
func (c *Calls) cells(one lists.Call, language string) []any {
	r := c.row(one)
	queue, agent, customer, calledBy := r.QueueName.In(language), "", "", ""
	if queue == "" {
		queue = r.Queue
	}
	if r.Agent != nil {
		agent = r.Agent.Name
	}
	for i, a := range r.Agents {
		if i == 0 {
			agent = a.Name
		} else {
			agent += ", " + a.Name
		}
	}
	for _, a := range r.Asked {
		agent += " + " + a.Name
	}
	if r.Customer != nil {
		customer = r.Customer.Name
	}
	if r.CalledBy != nil {
		calledBy = r.CalledBy.Name
	}
	word := func(of, code string) string { return casefile.Word(of, code).In(language) }
	return []any{
		r.At, r.EndedAt, r.Number, customer, string(r.Ticket), queue, agent, word("outcome", string(r.Outcome)), word("disposition", string(r.Disposition)), calledBy, r.ReasonName.In(language), r.Waited, r.Talk, string(r.Call),
	}
}
