package postgres

import (
	"context"
	"strings"
	"unicode"

	"hotline/tickets"
	"hotline/tickets/customers"
)

const (
	leastDigits = 4    // of a telephone number's end
	countryless = 10   // digits from the end count: before them stands a country, or how somebody dials out
	mostMatches = 2000 // tickets of one telephone number, or of the customers who are meant

	mostCustomers = 30
)

// matching are selects of the numbers of tickets that what somebody typed may mean, each by an index of its own: a ticket's number, the end of the
// number that called, the customers whom it may mean, and words of the subject, of what was written, and of notes.
func (l *listing) matching() (all []string) {
	typed := strings.TrimSpace(tickets.Clean(l.q.Text, tickets.LongestSubject))
	if n, err := tickets.ParseNumber(strings.TrimLeft(typed, "#№ ")); err == nil {
		all = append(all, "SELECT coalesce((SELECT m.ticket FROM merged_numbers m WHERE m.number = "+l.arg(n)+"), "+l.arg(n)+")")
	}
	if end := phoneEnd(typed); end != "" {
		all = append(all, "SELECT c.ticket FROM (SELECT c.ticket FROM contacts c WHERE c.caller <> '' AND reverse(c.caller) COLLATE \"C\" >= "+l.arg(end)+
			" AND reverse(c.caller) COLLATE \"C\" < "+l.arg(end+"\U0010ffff")+l.most()+") AS c")
	}
	if len(l.customers) > 0 {
		all = append(all, "SELECT k.number FROM (SELECT k.number FROM tickets k WHERE k.customer_id = ANY ("+l.arg(l.customers)+"::uuid[])"+l.most()+") AS k")
	}
	// Words that are looked for mean the same with ё and е; quotes, signs and colons are websearch_to_tsquery's, which takes any text.
	words := "websearch_to_tsquery('pg_catalog.russian', translate(" + l.arg(typed) + "::text, 'ёЁ', 'еЕ'))"
	return append(all, "SELECT x.ticket FROM ticket_texts x WHERE x.words @@ "+words)
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
