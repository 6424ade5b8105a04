package postgres

import (
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

// A list is made of ways: each is a set of conditions on tickets that one index answers, in the order of the list. A page is the first rows of
// what the ways give together, each of which gives no more than a page; a count is over the same ways. There is no OR between
// tables: such a condition no index answers.

// listing turns one question into SQL. Rows, counts and exports are made by it alone.
type listing struct {
	arguments
	q    lists.Question
	ways [][]string // conditions on t, a ticket

	asked  []asked    // ways to tickets of which each is asked one thing more
	weekly [][]string // conditions on tickets t with the words of a search, and on these words x, which are looked for week by week
	from   string     // the argument with the time at which the page before ended; "" begins

	parent   tickets.Number     // the incident whose tickets are asked for: the one in which it goes on
	customer tickets.CustomerID // whose tickets are asked for, as they are now: who was merged is the survivor
	named    []string           // tickets that are what somebody typed into a search, whatever their words are
	stand    howMany            // tickets with the words of a search
}

// list is never nil: that would be NULL in SQL.
func list(all []string) []string { return append([]string{}, all...) }

// arguments are those of a statement that is put together.
type arguments struct{ args []any }

// arg adds one, and gives the name by which the statement knows it.
func (a *arguments) arg(v any) string {
	a.args = append(a.args, v)
	return fmt.Sprintf("$%d", len(a.args))
}

// forThese are the arguments for a statement that is planned for these very values: how many rows have a word, or are in a department, differs by orders of magnitude.
func (a *arguments) forThese() []any { return append([]any{pgx.QueryExecModeCacheDescribe}, a.args...) }

// listing finds the ways of a question, and whom it may mean.
func (s *Store) listing(ctx context.Context, q lists.Question) (l *listing, err error) {
	l = &listing{q: q, customer: q.Customer, parent: q.Parent}
	if q.Parent != "" {
		switch own, err := ownNumber(ctx, s.pool, sqlOwnNumber, q.Parent); {
		case err == nil:
			l.parent = own
		case !errors.Is(err, tickets.ErrNoTicket):
			return nil, err
		}
	}
	if q.Customer != "" {
		switch now, err := customerNow(ctx, s.pool, q.Customer); {
		case err == nil:
			l.customer = now
		case !errors.Is(err, customers.ErrNoCustomer):
			return nil, err
		}
	}
	if q.Text != "" {
		if l.named, err = s.named(ctx, q); err == nil {
			l.stand, err = s.wordsStandIn(ctx, typedIn(q))
		}
	}
	l.findWays()
	return l, err
}

// asked is a way to tickets that come in order and are asked one by one, until there are enough: whether whoever asks may see them, or whether they have some words.
type asked struct {
	way  []string
	each string
}

func (l *listing) findWays() {
	q := l.q
	filter := l.filter()
	switch {
	case q.Text != "" && q.List == lists.All:
		l.searchAll(filter)
		return
	case q.Text != "":
		l.searchOwn(filter)
		return
	case (len(q.Numbers) > 0 || q.Customer != "" || q.Parent != "") && q.List == lists.All: // these are few: of each is asked whether it is to be seen
		if q.Sight.All {
			l.ways = [][]string{filter}
		} else {
			l.guard(filter)
		}
		return
	}
	for _, way := range l.own() {
		l.ways = append(l.ways, append(way, filter...))
	}
}

const (
	stillOpen = "t.state = 'open'"

	openParts   = "SELECT p.ticket FROM ticket_parts p WHERE p.state IN ('open', 'returned')"
	openReviews = "SELECT r.ticket FROM ticket_reviews r WHERE r.state = 'open'"
	openPromise = "SELECT p.ticket FROM ticket_promises p WHERE p.state = 'open'"
)

// found is the condition that a ticket is one of those that a statement finds. They are gathered into an array, and looked up first, each by its number, whatever the planner would
// think of the other conditions (see ticketsOf). It is for what is few, however many tickets there are.
func found(statement string) string { return numberAny + "(" + statement + "))" }

const numberAny = "t.number = ANY (ARRAY "

// alsoFound is a way to tickets that a statement finds, too. Where the way has a place of what was gathered already, what stands in both is gathered there: an index would be asked for
// each of the one with each of the other.
func alsoFound(way []string, gathered int, statement string) []string {
	if gathered < 0 {
		return append(slices.Clone(way), found(statement))
	}
	both := slices.Clone(way)
	both[gathered] = found("(" + foundBy(way[gathered]) + ") INTERSECT (" + statement + ")")
	return both
}

// foundBy is the statement of a condition that found has made.
func foundBy(condition string) string {
	return strings.TrimSuffix(strings.TrimPrefix(condition, numberAny+"("), "))")
}

func isFound(condition string) bool { return strings.HasPrefix(condition, numberAny) }

// foundOpen is found for a way to open tickets of which there may be fewer by its other conditions: the planner chooses which are looked up.
func foundOpen(statement string) string { return "t.number IN (" + statement + ")" }

// own are the ways of the list itself, with whose it may show.
func (l *listing) own() (ways [][]string) {
	switch l.q.List {
	case lists.Mine:
		return [][]string{l.owned(), {stillOpen, l.myParts()}, {stillOpen, l.myReviews()}}
	case lists.Department:
		if len(l.q.Sight.Departments) == 0 { // they belong to none
			return [][]string{{"false"}}
		}
		theirs := l.arg(list(l.q.Sight.Departments))
		for _, d := range l.q.Sight.Departments {
			ways = append(ways, []string{stillOpen, "t.department = " + l.arg(d)})
		}
		return append(ways,
			[]string{stillOpen, found(openParts + " AND p.department = ANY (" + theirs + ")")},
			[]string{stillOpen, l.theirReviews()})
	case lists.Free:
		if l.q.Sight.All && len(l.q.Sight.Departments) == 0 {
			return [][]string{{stillOpen, "t.owner_kind = 'department'"}}
		}
		for _, d := range l.q.Sight.Departments {
			ways = append(ways, []string{stillOpen, "t.owner_kind = 'department'", "t.owner = " + l.arg(d)})
		}
		if len(ways) == 0 { // they belong to no department
			return [][]string{{"false"}}
		}
		return ways
	case lists.Soon:
		return l.scoped([]string{stillOpen, "t.next_at >= " + l.arg(l.q.Now), "t.next_at < " + l.arg(l.q.Now.Add(lists.Near))})
	case lists.Confirm:
		return l.scoped([]string{stillOpen, "t.phase = 'solved'"})
	case lists.Overdue:
		return l.scoped([]string{stillOpen, "t.next_at < " + l.arg(l.q.Now)})
	case lists.Promised:
		today := l.arg(l.q.Today)
		ways = l.scoped([]string{stillOpen, "t.promise_due < " + today})
		if !l.q.Sight.All { // who has promised something answers for it, whoever owns the ticket now
			ways = append(ways, []string{stillOpen, l.myPromises(" AND p.due < " + today)})
		}
		return ways
	case lists.CallBack:
		return l.scoped([]string{stillOpen, "t.next_step = 'call_back'"})
	case lists.Complaints:
		ways = append(l.scoped([]string{stillOpen, "t.class = 'complaint'"}), l.scoped([]string{stillOpen, "t.in_review"})...)
		if !l.q.Sight.All { // those that they decide, whoever owns the ticket
			ways = append(ways, []string{stillOpen, l.myReviews()}, []string{stillOpen, l.theirReviews()})
		}
		return ways
	case lists.Waiting:
		return l.scoped([]string{stillOpen, "t.phase = 'waiting'"})
	case lists.Vendor:
		return l.scoped([]string{stillOpen, "t.phase = 'waiting'", "t.awaits = 'vendor'"})
	case lists.Returned:
		return l.scoped([]string{stillOpen, "t.part_returned"})
	default:
		return l.everything()
	}
}

func (l *listing) myParts() string {
	return found(openParts + " AND p.owner <> '' AND p.owner = " + l.arg(l.q.Sight.Agent))
}

func (l *listing) myReviews() string {
	return found(openReviews + " AND r.reviewer <> '' AND r.reviewer = " + l.arg(l.q.Sight.Agent))
}

func (l *listing) theirReviews() string {
	return found(openReviews + " AND r.department = ANY (" + l.arg(list(l.q.Sight.Departments)) + ")")
}

func (l *listing) myPromises(more string) string {
	return found(openPromise + " AND p.person <> '' AND p.person = " + l.arg(l.q.Sight.Agent) + more)
}

// scoped are the ways in which tickets that fulfil some conditions are somebody's: their own, and those of their departments.
func (l *listing) scoped(conditions []string) (ways [][]string) {
	s := l.q.Sight
	if s.All {
		return [][]string{conditions}
	}
	ways = append(ways, append(slices.Clone(conditions), "t.owner_kind = 'person'", "t.owner = "+l.arg(s.Agent)))
	for _, d := range s.Departments {
		ways = append(ways, append(slices.Clone(conditions), "t.department = "+l.arg(d)))
	}
	return ways
}

// How many of somebody's calls, and of their departments' parts, the list of all their tickets goes back; by its number, or by a search, they find the older ones.
const (
	latestCalls = 500
	latestParts = 500
)

// everything are the ways in which somebody sees tickets: those of their departments, and theirs.
func (l *listing) everything() (ways [][]string) {
	if l.q.Sight.All {
		return [][]string{nil}
	}
	ways = l.theirs()
	for _, d := range l.q.Sight.Departments {
		d = l.arg(d)
		if len(l.q.Topics) == 0 {
			ways = append(ways, []string{"t.department <> ''", "t.department = " + d})
		}
		for _, topic := range l.q.Topics { // each by itself: a department with none of them would be gone through from end to end
			ways = append(ways, []string{"t.department <> ''", "t.department = " + d, "t.topic <> ''", "t.topic = " + l.arg(topic)})
		}
	}
	return ways
}

// theirs are the ways in which somebody sees tickets that their departments do not have.
func (l *listing) theirs() (ways [][]string) {
	return [][]string{l.owned(), {found(l.gathered())}}
}

// owned is the way to the open tickets of whoever asks.
func (l *listing) owned() []string {
	return []string{stillOpen, "t.owner_kind = 'person'", "t.owner = " + l.arg(l.q.Sight.Agent)}
}

// gathered is the statement for tickets with parts, promises or complaints of whoever asks, of their calls, and with parts of their departments: of these two the latest.
func (l *listing) gathered() string {
	me := l.arg(l.q.Sight.Agent)
	all := []string{
		fmt.Sprintf("(SELECT c.ticket FROM contacts c WHERE c.agent_id = %s AND c.agent_id <> '' ORDER BY c.arrived_at DESC LIMIT %s)", me, l.arg(atMost(latestCalls, l.q))),
		fmt.Sprintf(openParts+" AND p.owner <> '' AND p.owner = %s", me), fmt.Sprintf(openReviews+" AND r.reviewer <> '' AND r.reviewer = %s", me),
		fmt.Sprintf(openPromise+" AND p.person <> '' AND p.person = %s", me),
	}
	if len(l.q.Sight.Departments) > 0 {
		var given []string
		latest := l.arg(atMost(latestParts, l.q))
		for _, d := range l.q.Sight.Departments {
			given = append(given, fmt.Sprintf("(SELECT p.ticket, p.given_at FROM ticket_parts p WHERE p.department = %s ORDER BY p.given_at DESC LIMIT %s)", l.arg(d), latest))
		}
		all = append(all, "(SELECT given.ticket FROM ("+strings.Join(given, " UNION ALL ")+") AS given ORDER BY given.given_at DESC LIMIT "+latest+")")
	}
	return strings.Join(all, " UNION ")
}

// filter are the conditions that hold for each way.
func (l *listing) filter() (all []string) {
	f := l.q.Filter
	is := func(column, value string) {
		if value != "" {
			all = append(all, column+" = "+l.arg(value))
		}
	}
	switch {
	case f.Open == nil:
	case *f.Open:
		all = append(all, stillOpen)
	default:
		all = append(all, "t.state = 'closed'")
	}
	is("t.phase", string(f.Phase))
	is("t.department", f.Department)
	is("t.class", string(f.Class))
	if f.Owner != "" { // only of open tickets
		all = append(all, stillOpen, "t.owner_kind IN ('person', 'department')", "t.owner = "+l.arg(f.Owner))
	}
	is("t.customer_id", string(l.customer))
	if f.Parent != "" {
		all = append(all, "t.parent = ANY (ARRAY ("+strings.ReplaceAll(namesOf, "$1", l.arg(l.parent))+"))")
	}
	if len(f.Numbers) > 0 {
		all = append(all, "t.number = ANY ("+l.arg(f.Numbers)+")")
	}
	if len(f.Topics) > 0 {
		all = append(all, "t.topic <> ''", "t.topic = ANY ("+l.arg(f.Topics)+")")
	}
	return all
}

// order is the column by which the list comes, and whether the greatest comes first.
func (l *listing) order() (column string, down bool, err error) {
	switch by, err := l.q.Order(); {
	case err != nil:
		return "", false, err
	case by == lists.ByDue:
		return "next_at", false, nil
	case by == lists.ByActivity:
		return "activity_at", true, nil
	default:
		return "opened_at", true, nil
	}
}

const rowColumns = ticketColumns + `,
	coalesce((SELECT c.name FROM customers c WHERE c.id = t.customer_id), ''),
	coalesce((SELECT ARRAY[c.caller, c.raw_name] FROM contacts c WHERE c.id = t.opened_by), '{"", ""}'),
	t.promise_due,
	(SELECT count(*) FROM ticket_parts p WHERE p.ticket = t.number AND p.state IN ('open', 'returned')),
	(SELECT ` + clockJSON + ` FROM ticket_clocks k WHERE k.ticket = t.number AND k.ended IS NULL ORDER BY k.due NULLS LAST, k.n LIMIT 1)`

const clockJSON = `jsonb_build_object('n', k.n, 'kind', k.kind, 'department', k.department, 'agreement', k.agreement, 'started', k.started, 'ended', k.ended,
		'due', k.due, 'warn_at', k.warn_at, 'broken', k.broken, 'paused_by', k.paused_by,
		'allowed', extract(epoch FROM k.allowed)::float8, 'used', extract(epoch FROM k.used)::float8)`

func scanRow(row pgx.CollectableRow) (r lists.Row, err error) {
	var caller [2]string // the number, and the name
	r.Ticket, err = scanTicketAnd(row, &r.CustomerName, &caller, moment{&r.PromiseDue}, &r.PartsOpen, &r.Clock)
	r.Caller, r.CallerName = caller[0], caller[1]
	return r, err
}

// page is the statement for a page.
func (l *listing) page() (string, error) {
	column, down, err := l.order()
	if err != nil {
		return "", err
	}
	begin, err := l.q.Begin()
	if err != nil {
		return "", err
	}
	direction, past := "", ">"
	if down {
		direction, past = " DESC", "<"
	}
	after := ""
	if begin != nil {
		l.from = l.arg(begin.At)
		after = fmt.Sprintf("(t.%s, t.number) %s (%s, %s)", column, past, l.from, l.arg(begin.Number))
	}
	by := fmt.Sprintf(" ORDER BY t.%s%s, t.number%s LIMIT %s", column, direction, direction, l.arg(l.q.Limit+1))
	// What the ways give together is cut to a page before its rows are read.
	return `SELECT ` + rowColumns + ` FROM tickets t WHERE t.number IN (SELECT t.number FROM (` + l.union("number, "+column, after, by) + `) AS t` + by + `)` + by, nil
}

// union are some columns of what the ways give together, each with a further condition and an end of its own.
func (l *listing) union(columns, and, end string) string {
	var all []string
	for _, way := range l.ways {
		if and != "" {
			way = append(slices.Clone(way), and)
		}
		all = append(all, "(SELECT "+columns+" FROM "+ticketsOf(way)+end+")")
	}
	for _, a := range l.asked {
		if and != "" {
			a.way = append(slices.Clone(a.way), and)
		}
		order, _, _ := strings.Cut(end, " LIMIT ")
		all = append(all, "(SELECT "+columns+" FROM (SELECT t.* FROM tickets t"+where(a.way)+order+" OFFSET 0) AS t WHERE "+a.each+end+")")
	}
	for _, way := range l.weekly {
		if and != "" {
			way = append(slices.Clone(way), and)
		}
		all = append(all, "("+l.weeks(columns, way, l.from, end)+")")
	}
	return strings.Join(all, " UNION ")
}

// ticketsOf are the tickets t that fulfil the conditions of a way. Those that were found are looked up before anything else is asked of them: else the planner might go through all of a
// department, and compare each with each that was found.
func ticketsOf(way []string) string {
	var first, rest []string
	for _, condition := range way {
		if isFound(condition) || condition == stillOpen {
			first = append(first, condition)
		} else {
			rest = append(rest, condition)
		}
	}
	if len(rest) == 0 || !slices.ContainsFunc(first, isFound) {
		return "tickets t" + where(way)
	}
	return "(SELECT t.* FROM tickets t" + where(first) + " OFFSET 0) AS t" + where(rest)
}

func where(conditions []string) string {
	if len(conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(conditions, " AND ")
}

// guard adds ways to tickets of which each is asked whether whoever asks may see it.
func (l *listing) guard(ways ...[]string) {
	for _, way := range ways {
		l.asked = append(l.asked, asked{way, l.seen()})
	}
}

// count is the statement that counts, as far as it matters: tickets that are found by their numbers are not asked for where there are enough besides.
func (l *listing) count() string {
	byNumber := func(way []string) bool {
		return slices.ContainsFunc(way, func(condition string) bool { return strings.HasPrefix(condition, "t.number ") })
	}
	end := fmt.Sprintf(" LIMIT %d", lists.Enough)
	plain, numbered := *l, *l
	plain.ways = slices.DeleteFunc(slices.Clone(l.ways), byNumber)
	numbered.ways = slices.DeleteFunc(slices.Clone(l.ways), func(way []string) bool { return !byNumber(way) })
	if len(plain.ways) == 0 || len(numbered.ways) == 0 {
		return "SELECT count(*) FROM (SELECT FROM (" + l.union("number", "", end) + ") AS found" + end + ") AS counted"
	}
	plain.asked, plain.weekly = nil, nil
	few := fmt.Sprintf("(SELECT count(*) FROM plain) < %d", lists.Enough)
	return "WITH plain AS MATERIALIZED (SELECT number FROM (" + plain.union("number", "", end) + ") AS found" + end + ")" +
		" SELECT count(*) FROM (SELECT FROM (SELECT number FROM plain UNION " + numbered.union("number", few, end) + ") AS found" + end + ") AS counted"
}

// List is a page of a list. An error may be lists.ErrCursor or lists.ErrSort.
func (s *Store) List(ctx context.Context, q lists.Question) (lists.Page, error) {
	l, err := s.listing(ctx, q)
	if err != nil {
		return lists.Page{}, fmt.Errorf("list %s: %w", q.List, err)
	}
	sql, err := l.page()
	if err != nil {
		return lists.Page{}, err
	}
	rows, err := s.pool.Query(ctx, sql, l.forThese()...)
	var all []lists.Row
	if err == nil {
		all, err = pgx.CollectRows(rows, scanRow)
	}
	if err != nil {
		return lists.Page{}, fmt.Errorf("list %s: %w", q.List, err)
	}
	p := lists.Page{Rows: all}
	if len(all) > q.Limit {
		p.Rows = all[:q.Limit]
		p.Next = q.After(p.Rows[q.Limit-1])
	}
	return p, nil
}

// CountLists counts the tickets of lists, each up to lists.Enough, in one round trip.
func (s *Store) CountLists(ctx context.Context, all ...lists.Question) ([]int, error) {
	counts := make([]int, len(all))
	var b pgx.Batch
	for i, q := range all {
		l, err := s.listing(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("count lists: %w", err)
		}
		b.Queue(l.count(), l.args...).QueryRow(func(row pgx.Row) error { return row.Scan(&counts[i]) })
	}
	if b.Len() == 0 {
		return counts, nil
	}
	if err := s.pool.SendBatch(ctx, &b).Close(); err != nil {
		return nil, fmt.Errorf("count lists: %w", err)
	}
	return counts, nil
}

// sees is the condition that somebody may see a ticket t, as tickets.Sight tells it; NULL where they may not. It is for one ticket, or a few: no index
// answers it. Each subquery yields a value: the planner asks it of the ticket, instead of gathering all that somebody has ever done.
func sees(me, departments, topics string) string {
	return strings.NewReplacer("$me", me, "$departments", departments, "$topics", topics).Replace(`(
			t.owner_kind = 'person' AND t.owner = $me
			OR t.owner_kind = 'department' AND t.owner = ANY ($departments)
			OR t.department <> '' AND t.department = ANY ($departments)
			OR t.topic <> '' AND t.topic = ANY ($topics)
			OR (SELECT TRUE FROM ticket_parts p WHERE p.ticket = t.number AND (p.department = ANY ($departments) OR p.owner = $me AND p.owner <> '') LIMIT 1)
			OR (SELECT TRUE FROM ticket_reviews r WHERE r.ticket = t.number AND (r.department = ANY ($departments) OR r.reviewer = $me AND r.reviewer <> '') LIMIT 1)
			OR (SELECT TRUE FROM ticket_promises p WHERE p.ticket = t.number AND p.person = $me AND p.person <> '' LIMIT 1)
			OR (SELECT TRUE FROM contacts c WHERE c.ticket = t.number AND c.agent_id = $me AND c.agent_id <> '' LIMIT 1)
			OR (SELECT TRUE FROM contacts c WHERE c.ticket = t.number AND c.earlier_agents <> '{}' AND $me = ANY (c.earlier_agents) LIMIT 1)
			OR (SELECT TRUE FROM contacts c WHERE c.about = t.number AND c.about <> '' AND c.agent_id = $me AND c.agent_id <> '' LIMIT 1)
			OR (SELECT TRUE FROM contacts c WHERE c.customer_id = t.customer_id AND c.channel = 'call' AND c.agent_id = $me AND c.agent_id <> '' LIMIT 1))`)
}

// seesContact is the condition that somebody may see a contact: it was theirs, or its ticket is one that they see.
func seesContact(contact, me, departments, topics string) string {
	return strings.NewReplacer("$contact", contact, "$me", me, "$sees", sees(me, departments, topics)).Replace(
		`($contact.agent_id = $me AND $contact.agent_id <> '' OR $me = ANY ($contact.earlier_agents) OR EXISTS (SELECT FROM tickets t WHERE t.number = $contact.ticket AND $sees))`)
}

// seen is the condition that whoever asks may see a ticket.
func (l *listing) seen() string {
	s := l.q.Sight
	return sees(l.arg(s.Agent), l.arg(list(s.Departments)), l.arg(list(s.Topics)))
}

// Seen are those of some tickets, by their numbers or second names, that somebody may see: the ticket itself, or the one in which it goes on.
func (s *Store) Seen(ctx context.Context, numbers []tickets.Number, by tickets.Sight) ([]tickets.Number, error) {
	seen, err := ask(ctx, s.pool, pgx.RowTo[tickets.Number], `SELECT n FROM unnest($1::text[]) n WHERE EXISTS (SELECT FROM tickets t
		WHERE t.number IN (n, (SELECT m.ticket FROM merged_numbers m WHERE m.number = n)) AND ($5 OR `+sees("$2", "$3", "$4")+`))`,
		numbers, by.Agent, list(by.Departments), list(by.Topics), by.All)
	if err != nil {
		return nil, fmt.Errorf("which of %d tickets agent %s may see: %w", len(numbers), by.Agent, err)
	}
	return seen, nil
}

// Sees says whether somebody may see a ticket, as Seen does; not where there is none.
func (s *Store) Sees(ctx context.Context, n tickets.Number, by tickets.Sight) (bool, error) {
	seen, err := s.Seen(ctx, []tickets.Number{n}, by)
	return len(seen) > 0, err
}

// SeesContact says whether somebody may see a contact: it was theirs, or its ticket is one that they see.
func (s *Store) SeesContact(ctx context.Context, id tickets.ContactID, by tickets.Sight) (seen bool, err error) {
	err = s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM contacts own WHERE own.id = $1 AND ($5 OR `+seesContact("own", "$2", "$3", "$4")+`))`,
		id, by.Agent, list(by.Departments), list(by.Topics), by.All).Scan(&seen)
	if err != nil {
		return false, fmt.Errorf("whether contact %s is of agent %s: %w", id, by.Agent, err)
	}
	return seen, nil
}
