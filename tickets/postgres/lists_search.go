package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"hotline/tickets"
	"hotline/tickets/customers"
)

const (
	leastDigits = 4    // of a telephone number's end
	countryless = 10   // digits from the end count: before them stands a country, or how somebody dials out
	mostMatches = 1000 // tickets of one telephone number, of the customers who are meant, or with words that are rare

	mostCustomers = 30
)

// searchAll are the ways of a search in whatever somebody may see. What a number, a telephone number or a customer finds is not much, and each is asked whether they
// may see it. Words may be in each second ticket: they are looked for among the tickets that the list shows, and, where they are rare, among all.
func (l *listing) searchAll(filter []string) {
	named := slices.Concat(filter, []string{l.named()})
	worded := slices.Concat(filter, []string{"t.number IN (SELECT x.ticket FROM ticket_texts x WHERE " + l.words() + ")"})
	if l.q.Sight.All {
		l.ways = [][]string{named, worded}
		return
	}
	for _, way := range l.everything() {
		l.ways = append(l.ways, slices.Concat(way, worded))
	}
	l.guarded = [][]string{named, slices.Concat(filter, []string{"t.number = ANY (ARRAY (SELECT x.ticket FROM ticket_texts x WHERE " + l.words() + l.most() + "))"})}
}

// searchOwn are the ways of a search in a list of open tickets.
func (l *listing) searchOwn(filter []string) {
	named, worded := l.named(), "t.number IN (SELECT x.ticket FROM ticket_texts x WHERE "+l.words()+")"
	for _, way := range l.own() {
		l.ways = append(l.ways, slices.Concat(way, filter, []string{named}), slices.Concat(way, filter, []string{worded}))
	}
}

// named is the condition that a ticket is what somebody typed: of its number, of the end of the number that called, or of the customers whom it may mean, the
// latest of each. They are gathered into an array, so that the planner knows them to be few, and finds each by its number.
func (l *listing) named() string {
	var all []string
	typed := l.typed()
	if n, err := tickets.ParseNumber(strings.TrimLeft(typed, "#№ ")); err == nil {
		all = append(all, "SELECT coalesce((SELECT m.ticket FROM merged_numbers m WHERE m.number = "+l.arg(n)+"), "+l.arg(n)+")")
	}
	if end := phoneEnd(typed); end != "" {
		all = append(all, "(SELECT c.ticket FROM contacts c WHERE c.caller <> '' AND reverse(c.caller) COLLATE \"C\" >= "+l.arg(end)+
			" AND reverse(c.caller) COLLATE \"C\" < "+l.arg(end+"\U0010ffff")+l.most()+")")
	}
	each := max(mostMatches/max(len(l.customers), 1), l.q.Limit+1)
	for _, customer := range l.customers {
		all = append(all, fmt.Sprintf("(SELECT k.number FROM tickets k WHERE k.customer_id = %s::uuid ORDER BY k.opened_at DESC, k.number DESC LIMIT %d)", l.arg(customer), each))
	}
	if len(all) == 0 {
		return "FALSE"
	}
	return "t.number = ANY (ARRAY (" + strings.Join(all, " UNION ") + "))"
}

// words is the condition that a text x has the words that were typed. They mean the same with ё and е; quotes, signs and colons are
// websearch_to_tsquery's, which takes any text.
func (l *listing) words() string {
	return "x.words @@ websearch_to_tsquery('pg_catalog.russian', translate(" + l.arg(l.typed()) + "::text, 'ёЁ', 'еЕ'))"
}

func (l *listing) typed() string {
	return strings.TrimSpace(tickets.Clean(l.q.Text, tickets.LongestSubject))
}

// customersMeant are the first of those whom a text finds as it is typed: by name, contract, number, mail or address.
func (s *Store) customersMeant(ctx context.Context, typed string) (ids []string, err error) {
	typed = tickets.Clean(typed, customers.LongestSearch)
	if customers.CheckSearch(typed) != nil {
		return nil, nil
	}
	found, err := s.walk(ctx, customers.Steps(typed, ""), searchPlace{How: customers.Exactly, By: -1}, mostCustomers)
	for _, c := range found.Customers {
		ids = append(ids, string(c.ID))
	}
	return ids, err
}

func (l *listing) most() string { return " LIMIT " + l.arg(mostMatches) }

// phoneEnd are the digits at the end of a telephone number, from the last one; "" where what was typed is none.
func phoneEnd(typed string) string {
	var digits []rune
	for _, r := range typed {
		switch {
		case r >= '0' && r <= '9':
			digits = append(digits, r)
		case strings.ContainsRune("+-()./", r), unicode.IsSpace(r):
		default:
			return ""
		}
	}
	if len(digits) < leastDigits {
		return ""
	}
	var end []rune
	for i := len(digits) - 1; i >= 0 && len(end) < countryless; i-- {
		end = append(end, digits[i])
	}
	return string(end)
}
