package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"hotline/tickets"
	"hotline/tickets/customers"
	"hotline/tickets/lists"
)

const (
	mostMatches = 1000 // tickets of one telephone number, or of the customers who are meant: the latest
	mostCallers = 1000 // numbers with one end

	mostCustomers = 30
)

// howMany says in how many tickets the words of a search stand: ticket_words_stand_in.
type howMany string

const (
	few  howMany = "few"
	some howMany = "some"
	many howMany = "many"
)

// searchAll are the ways of a search in whatever somebody may see. What a number, a telephone number or a customer finds is not much, nor is what has rare words, and each
// is asked whether they may see it. Other words are looked for week by week, and the most usual ones among all tickets as the list shows them: either soon gives a page.
func (l *listing) searchAll(filter []string) {
	s := l.q.Sight
	var meant []string
	if len(l.named) > 0 {
		meant = append(meant, l.namedOnes())
	}
	if l.stand == few {
		meant = append(meant, l.worded("ticket_texts"))
	}
	if len(meant) > 0 {
		way := slices.Concat(filter, []string{found(strings.Join(meant, " UNION "))})
		if s.All {
			l.ways = append(l.ways, way)
		} else {
			l.guard(way)
		}
	}
	switch {
	case l.stand == few:
	case s.All && l.stand == many:
		l.ask(filter)
	case s.All:
		l.searchByWeek(filter)
	default:
		l.ask(slices.Concat(l.owned(), filter))
		l.ways = append(l.ways, slices.Concat(filter, []string{found("SELECT x.ticket FROM ticket_texts x WHERE x.ticket = ANY (ARRAY (" + l.gathered() + ")) AND x.words @@ " + l.words())}))
		if len(s.Departments) > 0 {
			l.searchByWeek(filter)
		}
	}
}

// searchByWeek finds the latest tickets with the words first. In another order than that they are sought among the latest that there are.
func (l *listing) searchByWeek(filter []string) {
	if by, _ := l.q.Order(); by == lists.ByOpening {
		l.weekly = append(l.weekly, filter)
		return
	}
	latest := l.weeks("number", filter, "", " ORDER BY t.opened_at DESC, t.number DESC LIMIT "+l.arg(atMost(mostMatches, l.q)))
	l.ways = append(l.ways, slices.Concat(filter, []string{found(latest)}))
}

// weeks is the statement for some columns of tickets with the words that were typed, of the departments in sight, week by week from a time on ("" is the latest) into the past, each of
// which the end puts in order, until it has enough. Weeks in which none was opened are not there: a date may be wrong by ten thousand years.
func (l *listing) weeks(columns string, conditions []string, from, end string) string {
	before := ""
	if from != "" {
		before = " WHERE t.opened_at <= " + from
	}
	_, enough, _ := strings.Cut(end, " LIMIT ")
	week := "'w' || weeks.week"
	marks := "ticket_mark(" + week + ")"
	if s := l.q.Sight; !s.All {
		var each []string
		for _, d := range s.Departments {
			each = append(each, "ticket_mark("+week+" || 'd' || "+l.arg(d)+"::text)")
		}
		marks = "(" + strings.Join(each, " || ") + ")"
	}
	return "WITH RECURSIVE weeks (week) AS (SELECT ticket_week(max(t.opened_at)) FROM tickets t" + before +
		" UNION ALL SELECT (SELECT ticket_week(max(t.opened_at)) FROM tickets t WHERE t.opened_at < ticket_week_begins(weeks.week)) FROM weeks WHERE weeks.week IS NOT NULL)" +
		" SELECT " + columns + " FROM weeks CROSS JOIN LATERAL" +
		" (SELECT " + columns + " FROM ticket_texts x JOIN tickets t ON t.number = x.ticket WHERE x.words @@ " + l.words() + " AND x.words @@ " + marks + also(conditions) + end + ") AS found" +
		" LIMIT " + enough
}

func also(conditions []string) string {
	if len(conditions) == 0 {
		return ""
	}
	return " AND " + strings.Join(conditions, " AND ")
}

// searchOwn are the ways of a search in a list of open tickets, which are few where they are somebody's. The words are gathered once for ways that differ in their department alone.
func (l *listing) searchOwn(filter []string) {
	departments, statements := map[string][]string{}, map[string][]string{}
	var ofDepartments, gatherings [][]string
	for _, way := range l.own() {
		way = slices.Concat(way, filter)
		gathered := slices.IndexFunc(way, isFound)
		if len(l.named) > 0 {
			l.ways = append(l.ways, alsoFound(way, gathered, l.namedOnes()))
		}
		department, one := departmentOf(way)
		switch {
		case l.stand == many || l.stand == some && !one && gathered < 0 && !l.q.Sight.All:
			l.ask(way)
		case gathered >= 0:
			rest := slices.Concat(way[:gathered], way[gathered+1:])
			key := strings.Join(rest, " AND ")
			if statements[key] == nil {
				gatherings = append(gatherings, rest)
			}
			statements[key] = append(statements[key], foundBy(way[gathered]))
		case one:
			rest := slices.DeleteFunc(way, func(c string) bool { return c == "t.department = "+department })
			key := strings.Join(rest, " AND ")
			if departments[key] == nil {
				ofDepartments = append(ofDepartments, rest)
			}
			departments[key] = append(departments[key], department)
		default:
			l.ways = append(l.ways, slices.Concat(way, []string{foundOpen(l.worded("ticket_open_texts"))}))
		}
	}
	for _, way := range gatherings { // what has the words, too, is all that is looked up: there may be thousands without
		all := "(" + strings.Join(statements[strings.Join(way, " AND ")], " UNION ALL ") + ")"
		l.ways = append(l.ways, slices.Concat(way, []string{found(all + " INTERSECT " + l.worded("ticket_open_texts"))}))
	}
	for _, way := range ofDepartments {
		all := departments[strings.Join(way, " AND ")]
		l.ways = append(l.ways, slices.Concat(way, []string{"t.department = ANY (ARRAY[" + strings.Join(all, ", ") + "]::text[])", foundOpen(l.worded("ticket_open_texts", all...))}))
	}
}

// namedOnes is the statement for the tickets that are what somebody typed, which were found before, once for all ways.
func (l *listing) namedOnes() string { return "SELECT unnest(" + l.arg(l.named) + "::text[])" }

// worded is the statement for tickets that have the words that were typed, of all texts or of the open ones', and of some departments where there are any (by their arguments).
func (l *listing) worded(texts string, departments ...string) string {
	statement := "SELECT x.ticket FROM " + texts + " x WHERE x.words @@ " + l.words()
	if len(departments) > 0 {
		statement += " AND x.words @@ " + departmentMarks(departments)
	}
	return statement
}

// ask adds a way to tickets of which each is asked whether it has the words that were typed.
func (l *listing) ask(way []string) {
	l.asked = append(l.asked, asked{way, "(SELECT x.words @@ " + l.words() + " FROM ticket_texts x WHERE x.ticket = t.number)"})
}

func (l *listing) words() string { return fmt.Sprintf(asWords, l.arg(typedIn(l.q))) }

// departmentMarks is the query for the tickets of departments, by their arguments.
func departmentMarks(departments []string) string {
	var marks []string
	for _, d := range departments {
		marks = append(marks, "ticket_mark('d' || "+d+"::text)")
	}
	return "(" + strings.Join(marks, " || ") + ")"
}

// departmentOf is the argument that says of which department tickets are that fulfil some conditions.
func departmentOf(conditions []string) (argument string, one bool) {
	for _, c := range conditions {
		if argument, one = strings.CutPrefix(c, "t.department = "); one && !strings.Contains(argument, " ") {
			return argument, true
		}
	}
	return "", false
}

// asWords are the words of what somebody typed. They mean the same with ё and е; quotes, signs and colons are websearch_to_tsquery's, which takes any text.
const asWords = "websearch_to_tsquery('pg_catalog.russian', translate(%s::text, 'ёЁ', 'еЕ'))"

var sqlWordsStandIn = "SELECT ticket_words_stand_in(" + fmt.Sprintf(asWords, "$1") + ")"

// wordsStandIn says in how many tickets the words that were typed stand. PostgreSQL knows it of the most usual words alone, and would go through all tickets for a page of
// those with a word that stands in none.
func (s *Store) wordsStandIn(ctx context.Context, typed string) (n howMany, err error) {
	err = s.pool.QueryRow(ctx, sqlWordsStandIn, typed).Scan(&n)
	return n, err
}

func typedIn(q lists.Question) string {
	return strings.TrimSpace(tickets.Clean(q.Text, tickets.LongestSubject))
}

// sqlNamed finds the ticket of a number or of a second name, as it was typed, and the latest of each of some customers.
const sqlNamed = `
	SELECT coalesce((SELECT m.ticket FROM merged_numbers m WHERE m.number = $1), $1) WHERE $1 <> ''
	UNION SELECT latest.number FROM unnest($2::uuid[]) AS c (id)
		CROSS JOIN LATERAL (SELECT k.number FROM tickets k WHERE k.customer_id = c.id ORDER BY k.opened_at DESC, k.number DESC LIMIT $3) AS latest`

// named are the tickets that are what somebody typed: of its number, of the end of the number that called, or of the customers whom it may mean, the latest of each.
func (s *Store) named(ctx context.Context, q lists.Question) ([]string, error) {
	number, _ := tickets.ParseNumber(strings.TrimLeft(typedIn(q), "#№ "))
	of, err := s.customersMeant(ctx, q.Text)
	if err != nil {
		return nil, err
	}
	all, err := s.calledFrom(ctx, q)
	if err != nil || number == "" && len(of) == 0 {
		return all, err
	}
	each := max(mostMatches/max(len(of), 1), q.Limit+1)
	more, err := ask(ctx, s.pool, pgx.RowTo[string], sqlNamed, number, of, atMost(each, q))
	return append(all, more...), err
}

// customersMeant are the first of those whom a text finds as it is typed, by their ids: by name, contract, number, mail or address.
func (s *Store) customersMeant(ctx context.Context, typed string) (ids []string, err error) {
	typed = tickets.Clean(typed, customers.LongestSearch)
	if customers.CheckSearch(typed) != nil {
		return nil, nil
	}
	steps := customers.Steps(typed, "")
	if end := lists.PhoneEnd(typed); len(end) == lists.Countryless {
		steps = append(steps, customers.Step{"~" + end})
	}
	found, _, err := s.Customers().hits(ctx, steps, searchPlace{How: customers.Exactly, By: -1}, mostCustomers)
	for _, h := range found {
		ids = append(ids, h.customer)
	}
	return ids, err
}

// atMost is how much of something a page needs; a file has all of it, which nil is in SQL.
func atMost(n int, q lists.Question) *int {
	if q.Whole {
		return nil
	}
	return &n
}

// withCallers goes before a statement that reads from callers: the numbers with an end from which somebody has called. They are found by going from one to the next along an index.
const withCallers = `
	WITH RECURSIVE callers (caller) AS (
		(SELECT c.caller FROM contacts c WHERE c.caller <> '' AND reverse(c.caller) COLLATE "C" >= $1 AND reverse(c.caller) COLLATE "C" < $2
			ORDER BY reverse(c.caller) COLLATE "C" LIMIT 1)
		UNION ALL SELECT (SELECT c.caller FROM contacts c WHERE c.caller <> '' AND reverse(c.caller) COLLATE "C" > reverse(k.caller) COLLATE "C" AND reverse(c.caller) COLLATE "C" < $2
			ORDER BY reverse(c.caller) COLLATE "C" LIMIT 1) FROM callers k WHERE k.caller IS NOT NULL)`

const sqlCallers = withCallers + ` SELECT caller FROM callers WHERE caller IS NOT NULL LIMIT $3`

// The tickets of calls from numbers with an end, the latest calls first. The latest calls of each number are found by an index: who has called ten thousand times costs no more
// than who has a thousand times.
const sqlCalled = withCallers + `
	SELECT latest.ticket FROM (SELECT caller FROM callers WHERE caller IS NOT NULL LIMIT $3) AS k
		CROSS JOIN LATERAL (SELECT c.ticket, c.arrived_at FROM contacts c WHERE c.caller <> '' AND c.caller = k.caller ORDER BY c.arrived_at DESC LIMIT $4) AS latest
	ORDER BY latest.arrived_at DESC LIMIT $4`

// endsOf are the bounds of reversed numbers with an end.
func endsOf(end string) (from, to string) { return end, end + "\U0010ffff" }

// calledFrom are the tickets of the latest calls from numbers with the end that somebody typed; none where that is no number.
func (s *Store) calledFrom(ctx context.Context, q lists.Question) ([]string, error) {
	end := lists.PhoneEnd(typedIn(q))
	if end == "" {
		return nil, nil
	}
	from, to := endsOf(end)
	return ask(ctx, s.pool, pgx.RowTo[string], sqlCalled, from, to, atMost(mostCallers, q), atMost(mostMatches, q))
}
