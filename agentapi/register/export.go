package register

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/agentapi/tables"
	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/casefile"
	"hotline/tickets/lists"
)

// A list as a file holds all of its tickets, by the very question of the page: the same conditions, the same sight, the same order. It is read page by
// page as it goes out, so that a slow reader holds neither memory nor a connection of the database. Between two pages tickets come and go; none is
// there twice for that, unless it moved to a later place of the order meanwhile.
type exportQuestion struct {
	ListFilter
	rest.AsTable
}

// exportPage is how many tickets are read at once.
const exportPage = 1000

func (t *Tickets) exportOperation(to *rest.Registrar) {
	o := to.Operation("tickets-export", http.MethodGet, "/tickets/export", "A whole list of tickets as a file",
		rest.Person(rest.Own, rest.All, "tickets of theirs and of their departments, with parts or complaints for these, with promises of theirs, and of their calls").WithToken(gate.ReadTickets))
	o.Description = "The list of GET /tickets with the same parameters, all of it: as CSV, an XLSX workbook or JSON. Its moments are told in the time zone of the line's place, which the header names."
	o.Responses["200"] = rest.TableResponse[[]map[string]any](to, "TicketsExport")
	huma.Register(to.API, o, func(ctx context.Context, in *exportQuestion) (*huma.StreamResponse, error) {
		return t.export(ctx, to, in)
	})
}

func (t *Tickets) export(ctx context.Context, to *rest.Registrar, in *exportQuestion) (*huma.StreamResponse, error) {
	a, err := to.Who(ctx)
	if err != nil {
		return nil, err
	}
	q, err := t.question(t.viewer(a), &listQuestion{ListFilter: in.ListFilter, Limit: exportPage})
	if err != nil {
		return nil, err
	}
	q.Whole = true
	page, err := t.Store.List(ctx, q)
	if err != nil {
		return nil, refusal(to, "", err, "list tickets")
	}
	if len(page.Rows) > 0 {
		if err := to.Looked(ctx, a, tickets.TookTickets, string(page.Rows[0].Number)); err != nil {
			return nil, err
		}
		if q.Customer != "" {
			if err := to.Looked(ctx, a, tickets.LookedAtCustomer, string(q.Customer)); err != nil {
				return nil, err
			}
		}
	}
	columns := exportColumns(in.Language)
	return in.Table(to, "tickets-"+string(q.List)+"-"+q.Now.In(t.location()).Format(time.DateOnly), t.location(), columns, func(into tables.Table) error {
		for {
			for _, r := range page.Rows {
				if err := into.Row(t.cells(r, in.Language)...); err != nil {
					return err
				}
			}
			if page.Next == "" {
				return nil
			}
			q.Cursor = page.Next
			if page, err = t.Store.List(ctx, q); err != nil {
				return err
			}
		}
	})
}

// exportColumns are those of a list as a file.
func exportColumns(language string) []tables.Column {
	column := func(key, ru, en string, kind tables.Kind) tables.Column {
		return tables.Column{Key: key, Title: words.Text{"ru": ru, "en": en}.In(language), Kind: kind}
	}
	return []tables.Column{
		column("number", "Номер", "Number", tables.Plain), column("subject", "Тема", "Subject", tables.Plain), column("customer", "Клиент", "Customer", tables.Plain),
		column("caller", "Номер звонившего", "Caller", tables.Plain), column("state", "Состояние", "State", tables.Plain), column("awaits", "Ждёт", "Awaits", tables.Plain),
		column("owner", "Ответственный", "Owner", tables.Plain), column("department", "Отдел", "Department", tables.Plain), column("topic", "Раздел", "Topic", tables.Plain),
		column("class", "Вид", "Class", tables.Plain), column("priority", "Приоритет", "Priority", tables.Plain), column("next_at", "Следующий срок", "Next date", tables.Moment),
		column("opened_at", "Открыто", "Opened", tables.Moment), column("activity_at", "Последнее событие", "Last event", tables.Moment), column("closed_at", "Закрыто", "Closed", tables.Moment),
		column("clock", "Ближайший срок", "Nearest clock", tables.Plain), column("clock_due", "Истекает", "It runs out", tables.Moment), column("clock_broken", "Нарушен", "Broken", tables.Plain),
		column("promise_due", "Обещано к", "Promised by", tables.Moment), column("parts_open", "Частей без ответа", "Parts unanswered", tables.Plain),
		column("reopened", "Открывалось снова", "Reopened", tables.Plain), column("escalated", "Эскалаций", "Escalated", tables.Plain),
	}
}

// cells are a ticket's, in the order of the columns.
func (t *Tickets) cells(r lists.Row, language string) []any {
	shown := showRow(t.Register.Terms(), r)
	word := func(of, code string) string { return casefile.Word(of, code).In(language) }
	owner := shown.OwnerName
	if shown.OwnerKind == "department" {
		owner = shown.DepartmentName.In(language)
	}
	customer := ""
	if shown.Customer != nil {
		customer = shown.Customer.Name
	}
	var clock, due, broken any
	if c := shown.Clock; c != nil {
		clock, due, broken = word("clock", c.Kind), c.Due, c.Broken
	}
	return []any{
		string(shown.Number), shown.Subject, customer, shown.Caller, word("phase", string(shown.Phase)), word("awaits", string(shown.Awaits)),
		owner, textOr(shown.DepartmentName, shown.Department).In(language), textOr(shown.TopicName, shown.Topic).In(language),
		word("class", string(shown.Class)), int(shown.Priority), shown.NextAt, shown.OpenedAt, shown.ActivityAt, shown.ClosedAt,
		clock, due, broken, shown.PromiseDue, shown.PartsOpen, shown.Reopened, shown.Escalated,
	}
}
