package postgres

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"hotline/tickets"
	"hotline/tickets/customers"
)

// Customers is who the customers are, and what is said of them. What it does to their tickets the Store tells, whose it is.
type Customers struct{ *changing }

// Customers are those over the same pool.
func (s *Store) Customers() *Customers { return &Customers{s.changing} }

// Customer is a customer by their id, or by that of one who was merged into them; customers.ErrNoCustomer.
func (s *Customers) Customer(ctx context.Context, id tickets.CustomerID) (tickets.Customer, error) {
	now, err := customerNow(ctx, s.pool, id)
	if err != nil {
		return tickets.Customer{}, err
	}
	c, err := one(ctx, s.pool, sqlCustomer, now)
	if err != nil {
		return tickets.Customer{}, fmt.Errorf("customer %s: %w", id, err)
	}
	return c, nil
}

// What belongs to a customer's tickets is read as somebody may see these: $2 to $5 are their sight.
var (
	sqlOpenSeen = `
		SELECT ` + ticketColumns + ` FROM tickets t WHERE customer_id = $1 AND state = 'open' AND ($2 OR ` + sees("$3", "$4", "$5") + `)
		ORDER BY activity_at DESC LIMIT 50`
	sqlPromisesSeen = `
		SELECT p.ticket, p.n, p.what, p.told_to, p.channel, p.due, p.person, p.department FROM tickets t JOIN ticket_promises p ON p.ticket = t.number AND p.state = 'open'
		WHERE t.customer_id = $1 AND t.state = 'open' AND ($2 OR ` + sees("$3", "$4", "$5") + `)
		ORDER BY p.due, p.ticket, p.n LIMIT 50`
	sqlContactsSeen = `
		SELECT ` + contactColumns + ` FROM contacts
		WHERE customer_id = $1 AND (arrived_at, id) < ($6, $7) AND ($2 OR ` + seesContact("contacts", "$3", "$4", "$5") + `)
		ORDER BY arrived_at DESC, id DESC LIMIT $8`
	sqlMergesSeen = `
		SELECT ` + mergeColumns + `,
			(SELECT count(*) FROM tickets t WHERE t.number = ANY (m.tickets) AND ($2 OR ` + sees("$3", "$4", "$5") + `)),
			(SELECT count(*) FROM contacts c WHERE c.id = ANY (m.contacts) AND ($2 OR ` + seesContact("c", "$3", "$4", "$5") + `))
		FROM customer_merges m WHERE into_id = $1 AND undone_at IS NULL ORDER BY at DESC LIMIT 50`
	sqlWhatMoves = `
		SELECT (SELECT count(*) FROM tickets t WHERE t.customer_id = $1 AND ($2 OR ` + sees("$3", "$4", "$5") + `)),
			(SELECT count(*) FROM contacts c WHERE c.customer_id = $1 AND ($2 OR ` + seesContact("c", "$3", "$4", "$5") + `))`
)

// sqlShared are a customer's numbers that others have, too, and how many have each.
const sqlShared = `
	SELECT n.number, count(*) FROM customer_numbers n JOIN customer_numbers o USING (number) WHERE n.customer_id = $1 GROUP BY n.number HAVING count(*) > 1`

// theirSight are the arguments of whose a customer's tickets are read.
func theirSight(id tickets.CustomerID, by tickets.Sight) []any {
	return []any{id, by.All, by.Agent, list(by.Departments), list(by.Topics)}
}

// endOfTime is where a list begins whose latest come first.
var endOfTime = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// View reads what is shown of a customer, and of what belongs to their tickets what somebody may see.
func (s *Customers) View(ctx context.Context, id tickets.CustomerID, by tickets.Sight) (v customers.View, err error) {
	now, err := customerNow(ctx, s.pool, id)
	if err != nil {
		return v, err
	}
	var b pgx.Batch
	var found []tickets.Customer
	collect(&b, sqlCustomer, scanCustomer, &found, now)
	sight := theirSight(now, by)
	collect(&b, sqlOpenSeen, scanTicket, &v.Open, sight...)
	collect(&b, sqlPromisesSeen, scanPromiseTo, &v.Promises, sight...)
	collect(&b, sqlContactsSeen, scanContact, &v.Contacts, append(sight, endOfTime, "", 10)...)
	collect(&b, sqlMergesSeen, scanMergedInto, &v.Merges, sight...)
	v.Shared = map[string]int{}
	b.Queue(sqlShared, now).Query(func(rows pgx.Rows) error {
		var number string
		var count int
		_, err := pgx.ForEachRow(rows, []any{&number, &count}, func() error {
			v.Shared[number] = count
			return nil
		})
		return err
	})
	err = s.read(ctx, &b)
	if err == nil && len(found) != 1 {
		err = customers.ErrNoCustomer
	}
	if err != nil {
		return customers.View{}, fmt.Errorf("customer %s: %w", id, err)
	}
	v.Customer = found[0]
	return v, nil
}

func scanPromiseTo(row pgx.CollectableRow) (p customers.PromiseTo, err error) {
	return p, row.Scan(&p.Ticket, &p.N, &p.What, &p.To, &p.Channel, moment{&p.Due}, &p.Person, &p.Department)
}

// Changes is a customer's history after a version, the oldest first, at most 200 lines.
func (s *Customers) Changes(ctx context.Context, id tickets.CustomerID, since int64) ([]customers.Change, error) {
	now, err := customerNow(ctx, s.pool, id)
	if err != nil {
		return nil, err
	}
	all, err := changesOf(ctx, s.pool, now, since)
	if err != nil {
		return nil, fmt.Errorf("history of customer %s: %w", id, err)
	}
	return all, nil
}

// Candidates are the customers who have a number, by its key: those whom somebody has named first, at most twenty.
func (s *Customers) Candidates(ctx context.Context, key string) ([]tickets.Customer, error) {
	if key == "" {
		return nil, nil // nobody is known by no number
	}
	rows, err := s.pool.Query(ctx, sqlHolders, key)
	if err != nil {
		return nil, fmt.Errorf("who has a number: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanCustomer)
	if err != nil {
		return nil, fmt.Errorf("who has a number: %w", err)
	}
	return all, nil
}

// place is where a list of contacts goes on.
type place struct {
	At time.Time `json:"a"`
	ID string    `json:"i"`
	Of string    `json:"o"`
}

// Contacts are those of a customer's contacts that somebody may see, the latest first, and the cursor of those that follow; "" where none do.
func (s *Customers) Contacts(ctx context.Context, id tickets.CustomerID, by tickets.Sight, cursor string, limit int) (found []tickets.Contact, next string, err error) {
	now, err := customerNow(ctx, s.pool, id)
	if err != nil {
		return nil, "", err
	}
	from := place{At: endOfTime, Of: string(now)}
	if cursor != "" {
		if err := readCursor(cursor, &from); err != nil || from.Of != string(now) {
			return nil, "", customers.ErrCursor
		}
	}
	rows, err := s.pool.Query(ctx, sqlContactsSeen, append(theirSight(now, by), from.At, from.ID, limit+1)...)
	if err == nil {
		found, err = pgx.CollectRows(rows, scanContact)
	}
	if err != nil {
		return nil, "", fmt.Errorf("contacts of customer %s: %w", id, err)
	}
	if len(found) > limit {
		found = found[:limit]
		last := found[limit-1]
		next = writeCursor(place{At: last.ArrivedAt, ID: string(last.ID), Of: string(now)})
	}
	return found, next, nil
}

func writeCursor(at any) string {
	text, err := json.Marshal(at)
	if err != nil {
		panic(err) // texts and numbers
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func readCursor(cursor string, at any) error {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, at)
}

// customerNow is the id of a customer, or of the one into whom they were merged; customers.ErrNoCustomer.
func customerNow(ctx context.Context, a asker, id tickets.CustomerID) (now tickets.CustomerID, err error) {
	if uuid.Validate(string(id)) != nil {
		return "", fmt.Errorf("customer: %w", customers.ErrNoCustomer)
	}
	err = a.QueryRow(ctx, sqlCustomerNow, id).Scan(&now)
	if errors.Is(err, pgx.ErrNoRows) {
		err = customers.ErrNoCustomer
	}
	if err != nil {
		return "", fmt.Errorf("customer %s: %w", id, err)
	}
	return now, nil
}
