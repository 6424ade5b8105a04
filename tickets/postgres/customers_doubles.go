package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"hotline/tickets"
	"hotline/tickets/customers"
)

// Who may be a double is found by what is the same of both: a number, a mail, a serial number, and the words of a name. Each way yields some, whoever
// shares them: a switchboard's number is a thousand people's. What they have in common, and whether it says anything, package customers judges.

const (
	someEach   = 50
	sqlAlikeBy = `
		(SELECT o.customer_id::text FROM customer_numbers n JOIN customer_numbers o ON o.number = n.number AND o.customer_id <> n.customer_id
			WHERE n.customer_id = $1 LIMIT $3)
		UNION (SELECT w.customer_id::text FROM customer_words w WHERE w.word = ANY ($2) AND w.customer_id <> $1 LIMIT $3)`
)

// Doubles are those who are likely the same as a customer; customers.ErrNoCustomer.
func (s *Customers) Doubles(ctx context.Context, id tickets.CustomerID) ([]customers.Double, error) {
	c, err := s.Customer(ctx, id)
	if err != nil {
		return nil, err
	}
	rows, err := s.pool.Query(ctx, sqlAlikeBy, c.ID, append([]string{}, customers.Telling(c)...), someEach)
	if err != nil {
		return nil, fmt.Errorf("doubles of customer %s: %w", id, err)
	}
	hits, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (h hit, err error) { return h, row.Scan(&h.customer) })
	if err != nil {
		return nil, fmt.Errorf("doubles of customer %s: %w", id, err)
	}
	others, err := s.customersIn(ctx, hits)
	if err == nil && c.Name != "" {
		var named customers.Found
		if step := customers.NameStep(c.Name); len(step) > 0 {
			named, err = s.walk(ctx, []customers.Step{step}, searchPlace{How: customers.Exactly, By: -1}, someEach)
		}
		for _, n := range named.Customers {
			others = appendNew(others, n)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("doubles of customer %s: %w", id, err)
	}
	return customers.Doubles(c, others), nil
}

func appendNew(all []tickets.Customer, c tickets.Customer) []tickets.Customer {
	for _, known := range all {
		if known.ID == c.ID {
			return all
		}
	}
	return append(all, c)
}

// PreviewMerge says what Merge would make of two customers; of what moves it counts what somebody may see. It is ErrNoCustomer where there is none, and a Wrong where both are one.
func (s *Customers) PreviewMerge(ctx context.Context, merged, into tickets.CustomerID, by tickets.Sight) (p customers.Preview, err error) {
	if p.Merged, err = s.Customer(ctx, merged); err != nil {
		return p, err
	}
	if p.Into, err = s.Customer(ctx, into); err != nil {
		return p, err
	}
	if p.Merged.ID == p.Into.ID {
		return p, customers.Wrong{Field: "into", Rule: "expected another customer"}
	}
	after, _ := customers.Merge(customers.Of(p.Into), customers.Of(p.Merged))
	p.After = after.Onto(p.Into)
	if err := s.pool.QueryRow(ctx, sqlWhatMoves, theirSight(p.Merged.ID, by)...).Scan(&p.Tickets, &p.Contacts); err != nil {
		return p, fmt.Errorf("what would move from customer %s: %w", merged, err)
	}
	return p, nil
}
