package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"hotline/tickets"
	"hotline/tickets/customers"
	"hotline/tickets/lists"
)

// callListing turns a question about calls into SQL. Pages and counts are made by it alone.
type callListing struct {
	arguments
	q       lists.CallQuestion
	where   []string // conditions on c, a contact
	ofAgent bool     // one of these says which agent's calls they are
}

// whoseCalls says which calls of an agent are meant: an index leads to those that they had last, and another one to those that they have passed on.
type whoseCalls uint8

const (
	anybodys whoseCalls = iota
	talkedLast
	talkedEarlier
)

// whoses are the listings that a question needs.
func whoses(q lists.CallQuestion) []whoseCalls {
	if q.Sight.All && q.Agent == "" {
		return []whoseCalls{anybodys}
	}
	return []whoseCalls{talkedLast, talkedEarlier}
}

// callListing finds the conditions of a question. Each that is narrow has an index, along which the calls come in order; which one is walked the planner chooses by the values.
func (s *Store) callListing(ctx context.Context, q lists.CallQuestion, how whoseCalls) (*callListing, error) {
	l := &callListing{q: q, where: []string{"c.channel = 'call'"}}
	first, second := q.Agent, ""
	if !q.Sight.All {
		first, second = q.Sight.Agent, q.Agent
	}
	switch how {
	case talkedLast:
		l.is("agent_id", first)
	case talkedEarlier:
		l.where = append(l.where, "c.earlier_agents <> '{}'", "c.earlier_agents @> ARRAY["+l.arg(first)+"]", "c.agent_id <> "+l.arg(first))
		l.ofAgent = true
	}
	if second != "" {
		l.where = append(l.where, "(c.agent_id || '' = "+l.arg(second)+" OR "+l.arg(second)+" = ANY (c.earlier_agents))")
	}
	if q.Queue != "" {
		l.is("queue", q.Queue)
	}
	if q.Disposition != "" {
		l.is("disposition", string(q.Disposition))
	}
	if q.Reason != "" {
		l.is("call_reason", q.Reason)
	}
	if len(q.Outcomes) > 0 {
		l.where = append(l.where, "c.outcome = ANY ("+l.arg(q.Outcomes)+")")
	}
	l.ofTime()
	return l, errors.Join(l.ofCaller(ctx, s), l.ofCustomer(ctx, s), l.ofTicket(ctx, s))
}

// is is the condition that a column is a text, and not empty. Once it is said whose calls they are, each of these is asked for the rest: the planner would else gather
// all calls of a queue, of which few are theirs.
func (l *callListing) is(column, value string) {
	l.where = append(l.where, l.text(column)+" <> ''", l.text(column)+" = "+l.arg(value))
	l.ofAgent = l.ofAgent || column == "agent_id"
}

// text is a column as an expression by which no index is chosen, where calls are found by another.
func (l *callListing) text(column string) string {
	if l.ofAgent {
		return "(c." + column + " || '')"
	}
	return "c." + column
}

// talkedFor is how long agents have talked with the caller, of a call whose talks are kept (see tickets.Contact.TalkTime); NULL is that of them only who was asked is.
const talkedFor = `(SELECT sum(greatest(interval '0', coalesce((t ->> 'to')::timestamptz, c.ended_at) - coalesce((t ->> 'from')::timestamptz, c.answered_at)))
	FROM jsonb_array_elements(c.talks) t WHERE NOT t ? 'asked')`

// ofTime has a call that lasted from the answer to its end found as long, by an index, and then looks whether that was all talk. A short one is one of which all was over soon.
func (l *callListing) ofTime() {
	const talk = "c.ended_at - c.answered_at"
	for _, c := range []struct {
		set  bool
		text string
		arg  any
	}{
		{!l.q.From.IsZero(), "c.arrived_at >= ", l.q.From}, {!l.q.To.IsZero(), "c.arrived_at < ", l.q.To},
		{l.q.Longer > 0, talk + " >= ", l.q.Longer}, {l.q.Shorter > 0, talk + " < ", l.q.Shorter},
	} {
		if c.set {
			l.where = append(l.where, c.text+l.arg(c.arg))
		}
	}
	if l.q.Longer > 0 {
		l.where = append(l.where, "(c.talks = '[]' OR coalesce("+talkedFor+" >= "+l.arg(l.q.Longer)+", TRUE))")
	}
}

// ofCaller finds the numbers that are meant: of few, the calls of each come in order along an index.
func (l *callListing) ofCaller(ctx context.Context, s *Store) error {
	if l.q.Caller == "" {
		return nil
	}
	end := lists.PhoneEnd(l.q.Caller)
	if end == "" {
		l.where = append(l.where, "FALSE")
		return nil
	}
	from, to := endsOf(end)
	numbers, err := ask(ctx, s.pool, pgx.RowTo[string], sqlCallers, from, to, mostCallers)
	l.where = append(l.where, l.text("caller")+" <> ''")
	switch len(numbers) {
	case 1:
		l.where = append(l.where, l.text("caller")+" = "+l.arg(numbers[0]))
	case mostCallers:
		l.where = append(l.where, `reverse(c.caller) COLLATE "C" >= `+l.arg(from), `reverse(c.caller) COLLATE "C" < `+l.arg(to))
	default:
		l.where = append(l.where, l.text("caller")+" = ANY ("+l.arg(list(numbers))+")")
	}
	return err
}

func (l *callListing) ofCustomer(ctx context.Context, s *Store) error {
	if l.q.Customer == "" {
		return nil
	}
	now, err := customerNow(ctx, s.pool, l.q.Customer)
	if errors.Is(err, customers.ErrNoCustomer) {
		now, err = l.q.Customer, nil
	}
	l.where = append(l.where, "c.customer_id = "+l.arg(now)+"::uuid")
	return err
}

func (l *callListing) ofTicket(ctx context.Context, s *Store) error {
	if l.q.Ticket == "" {
		return nil
	}
	own, err := ownNumber(ctx, s.pool, sqlOwnNumber, l.q.Ticket)
	if errors.Is(err, tickets.ErrNoTicket) {
		own, err = l.q.Ticket, nil
	}
	l.where = append(l.where, "c.ticket = "+l.arg(own))
	return err
}

// from is what a page and a count have in common.
func (l *callListing) from() string {
	return " FROM contacts c WHERE " + strings.Join(l.where, " AND ")
}

const customersName = `coalesce((SELECT k.name FROM customers k WHERE k.id = c.customer_id), '')`

func scanCall(row pgx.CollectableRow) (c lists.Call, err error) {
	c.Contact, err = scanContactAnd(row, &c.CustomerName)
	return c, err
}

// ListCalls is a page of the calls that somebody asks for. An error may be lists.ErrCursor.
func (s *Store) ListCalls(ctx context.Context, q lists.CallQuestion) (p lists.CallPage, err error) {
	came, id, any, err := q.Begin()
	if err != nil {
		return p, err
	}
	for _, how := range whoses(q) {
		l, err := s.callListing(ctx, q, how)
		if err != nil {
			return p, fmt.Errorf("list calls: %w", err)
		}
		if any {
			l.where = append(l.where, "(c.arrived_at, c.id) < ("+l.arg(came)+", "+l.arg(id)+")")
		}
		sql := `SELECT ` + contactColumns + `, ` + customersName + l.from() + ` ORDER BY c.arrived_at DESC, c.id DESC LIMIT ` + l.arg(q.Limit+1)
		calls, err := ask(ctx, s.pool, scanCall, sql, l.forThese()...)
		if err != nil {
			return p, fmt.Errorf("list calls: %w", err)
		}
		p.Calls = append(p.Calls, calls...)
	}
	slices.SortFunc(p.Calls, func(a, b lists.Call) int {
		return cmp.Or(b.ArrivedAt.Compare(a.ArrivedAt), cmp.Compare(b.ID, a.ID))
	})
	if len(p.Calls) > q.Limit {
		p.Calls = p.Calls[:q.Limit]
		p.Next = q.After(p.Calls[q.Limit-1])
	}
	return p, nil
}

// CountCalls counts the calls that somebody asks for, up to lists.Enough.
func (s *Store) CountCalls(ctx context.Context, q lists.CallQuestion) (n int, err error) {
	for _, how := range whoses(q) {
		var some int
		l, err := s.callListing(ctx, q, how)
		if err == nil {
			sql := `SELECT count(*) FROM (SELECT` + l.from() + ` LIMIT ` + l.arg(lists.Enough) + `) AS counted`
			err = s.pool.QueryRow(ctx, sql, l.forThese()...).Scan(&some)
		}
		if err != nil {
			return 0, fmt.Errorf("count calls: %w", err)
		}
		n += some
	}
	return min(n, lists.Enough), nil
}

// Call is a call with its facts, in the order in which they happened. An error may be customers.ErrNoContact.
func (s *Store) Call(ctx context.Context, id tickets.ContactID) (c lists.Call, facts []tickets.Fact, err error) {
	found, err := ask(ctx, s.pool, scanCall, `SELECT `+contactColumns+`, `+customersName+` FROM contacts c WHERE c.id = $1 AND c.channel = 'call'`, id)
	if err == nil && len(found) == 0 {
		err = customers.ErrNoContact
	}
	if err == nil {
		c = found[0]
		facts, err = ask(ctx, s.pool, scanFact, `SELECT contact_id, kind, n, at, own_number, event FROM facts WHERE contact_id = $1 ORDER BY at, kind, n LIMIT 2000`, id)
	}
	if err != nil {
		return c, nil, fmt.Errorf("call %s: %w", id, err)
	}
	return c, facts, nil
}

func scanFact(row pgx.CollectableRow) (f tickets.Fact, err error) {
	var kind tickets.Kind
	var event []byte
	if err = row.Scan(&f.Contact, &kind, &f.N, &f.At, &f.Own, &event); err == nil {
		f.Channel = tickets.Call{}
		f.Event, err = tickets.DecodeEvent(kind, event)
	}
	return f, err
}
