package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"hotline/tickets"
	"hotline/tickets/customers"
)

// Each change of a customer is one transaction, which counts their version and adds a line to their history. Who means another version than the
// one that is there is told what has changed since.

const (
	sqlCustomer       = `SELECT ` + customerColumns + ` FROM customers WHERE id = $1`
	sqlLockedCustomer = sqlCustomer + ` AND merged_into IS NULL FOR NO KEY UPDATE`
	sqlCustomerNow    = `
		WITH RECURSIVE way AS (
			SELECT id, merged_into FROM customers WHERE id = $1
			UNION SELECT c.id, c.merged_into FROM way JOIN customers c ON c.id = way.merged_into)
		SELECT id::text FROM way WHERE merged_into IS NULL`
	sqlInsertCustomer = `
		INSERT INTO customers (id, provisional) VALUES ($1, TRUE) ON CONFLICT (id) DO NOTHING`
	sqlUpdateCustomer = `
		UPDATE customers SET name = $2, contract = $3, address = $4, equipment = $5, notes = $6, warnings = $7, provisional = $8,
			mails = $9, addresses = $10, external_id = $11, version = $12
		WHERE id = $1`
	sqlDropNumbers   = `DELETE FROM customer_numbers WHERE customer_id = $1 AND NOT number = ANY ($2)`
	sqlAddNumbers    = `INSERT INTO customer_numbers (number, customer_id) SELECT unnest($2::text[]), $1 ON CONFLICT DO NOTHING`
	sqlDropContracts = `DELETE FROM customer_contracts WHERE customer_id = $1 AND NOT number = ANY ($2)`
	sqlAddContract   = `
		INSERT INTO customer_contracts (number, customer_id, agreement, ends_on, position) VALUES ($2, $1, $3, nullif($4, '')::date, $5)
		ON CONFLICT (number) DO UPDATE SET agreement = excluded.agreement, ends_on = excluded.ends_on, position = excluded.position
		WHERE customer_contracts.customer_id = excluded.customer_id`
	sqlAddChange = `
		INSERT INTO customer_changes (customer_id, version, by_kind, by_id, by_name, by_for, by_from, kind, data, patch)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	// Who was there before customers had a history begins it with what was known of them.
	sqlBeginChanges = `
		INSERT INTO customer_changes (customer_id, version, at, by_kind, by_id, kind, patch)
		SELECT id, $2, created_at, 'rule', 'history', 'created', $3 FROM customers WHERE id = $1 AND NOT EXISTS (SELECT FROM customer_changes WHERE customer_id = $1)`
	sqlChanges = `
		SELECT version, at, by_kind, by_id, by_name, by_for, by_from, kind, data, patch FROM customer_changes WHERE customer_id = $1 AND version > $2 ORDER BY version LIMIT 200`
	// Contracts and ids in the other system that are somebody else's: which field it is, the text, and whose.
	sqlTaken = `
		SELECT 'contracts', k.number, k.customer_id::text FROM customer_contracts k WHERE k.number = ANY ($2) AND k.customer_id <> $1
		UNION ALL SELECT 'external_id', c.external_id, c.id::text FROM customers c WHERE c.external_id = $3 AND $3 <> '' AND c.id <> $1
		LIMIT 1`
)

// Taken says that a contract or an id in the other system is another customer's.
type Taken struct {
	Field, Value string
	Of           tickets.CustomerID
}

func (t Taken) Error() string { return fmt.Sprintf("%s: %s is of customer %s", t.Field, t.Value, t.Of) }

// Wrong is the same as a rule that a field broke.
func (t Taken) Wrong() customers.Wrong {
	w := customers.Wrong{Field: t.Field, Rule: "is another customer's", Which: customers.Taken, Of: t.Of}
	if t.Of != "" {
		w.Rule += ": " + string(t.Of)
	}
	return w
}

// byKey makes the id of a customer from the key of the request that adds them.
var byKey = uuid.MustParse("3f0b4f5e-6d0e-4a55-9a59-0f6f6a1d7a01")

// Add makes a customer of a checked record. key is of the request that asks for it, "" where it has none: sent again, it gives the customer that it has
// made.
func (s *Customers) Add(ctx context.Context, r customers.Record, by tickets.By, key string) (tickets.Customer, error) {
	id := uuid.Must(uuid.NewV7())
	if key != "" {
		id = uuid.NewSHA1(byKey, []byte(key))
	}
	c := r.Onto(tickets.Customer{ID: tickets.CustomerID(id.String()), Version: 1})
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		made, err := tx.Exec(ctx, sqlInsertCustomer, c.ID)
		if err != nil {
			return err
		}
		if made.RowsAffected() == 0 {
			c, err = one(ctx, tx, sqlCustomer, c.ID)
			return err
		}
		return saveCustomer(ctx, tx, tickets.Customer{}, c, customers.Change{Kind: customers.Created, Patch: customers.Diff(customers.Record{}, r)}, by)
	})
	if err != nil {
		return tickets.Customer{}, fmt.Errorf("add a customer: %w", err)
	}
	return c, nil
}

// Change changes a customer of a version. It is customers.Lost where another one is there, and ErrNoCustomer where there is none, or they were
// merged into another. An edit that changes nothing leaves the version as it is.
func (s *Customers) Change(ctx context.Context, id tickets.CustomerID, version int64, edit func(customers.Record) (customers.Record, error), by tickets.By) (c tickets.Customer, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if c, err = locked(ctx, tx, id); err != nil {
			return err
		}
		if c.Version != version {
			changes, err := changesOf(ctx, tx, id, version)
			return errors.Join(customers.Lost{Now: c, Changes: changes}, err)
		}
		before := customers.Of(c)
		after, err := edit(before)
		if err != nil {
			return err
		}
		patch := customers.Diff(before, after)
		if len(patch) == 0 {
			return nil
		}
		was := c
		c = after.Onto(c)
		c.Version++
		return saveCustomer(ctx, tx, was, c, customers.Change{Kind: customers.Changed, Patch: patch}, by)
	})
	if err != nil {
		return tickets.Customer{}, fmt.Errorf("change customer %s: %w", id, err)
	}
	return c, nil
}

// locked reads a customer who is not merged into another, and keeps others from changing them.
func locked(ctx context.Context, tx pgx.Tx, id tickets.CustomerID) (tickets.Customer, error) {
	if uuid.Validate(string(id)) != nil {
		return tickets.Customer{}, customers.ErrNoCustomer
	}
	// Calls that write down whose they are go on meanwhile. The row is locked first: its parts in other tables are read by a statement of their own, which sees what was there when the lock was given.
	if tag, err := tx.Exec(ctx, `SELECT FROM customers WHERE id = $1 FOR NO KEY UPDATE`, id); err != nil {
		return tickets.Customer{}, err
	} else if tag.RowsAffected() == 0 {
		return tickets.Customer{}, customers.ErrNoCustomer
	}
	return one(ctx, tx, sqlLockedCustomer, id)
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func one(ctx context.Context, q querier, sql string, id tickets.CustomerID) (tickets.Customer, error) {
	rows, err := q.Query(ctx, sql, id)
	if err != nil {
		return tickets.Customer{}, err
	}
	c, err := pgx.CollectExactlyOneRow(rows, scanCustomer)
	if errors.Is(err, pgx.ErrNoRows) {
		err = customers.ErrNoCustomer
	}
	return c, err
}

// saveCustomer writes a customer, whose row is there, and a line of their history. A customer who is new was nothing before.
func saveCustomer(ctx context.Context, tx pgx.Tx, was, c tickets.Customer, change customers.Change, by tickets.By) error {
	r := customers.Of(c)
	numbers := []string{}
	for _, k := range r.Contracts {
		numbers = append(numbers, k.Number)
	}
	if taken, err := takenBy(ctx, tx, c.ID, numbers, r.ExternalID); err != nil {
		return err
	} else if taken != nil {
		return *taken
	}
	patch, err := json.Marshal(change.Patch)
	if err != nil {
		return err
	}
	if len(change.Data) == 0 {
		change.Data = []byte(`{}`)
	}
	var b pgx.Batch
	if was.ID != "" {
		begun, err := json.Marshal(customers.Diff(customers.Record{}, customers.Of(was)))
		if err != nil {
			return err
		}
		b.Queue(sqlBeginChanges, c.ID, was.Version, begun)
	}
	b.Queue(sqlUpdateCustomer, c.ID, c.Name, c.Contract, c.Address, r.Equipment, r.Notes, r.Warnings, c.Provisional, r.Mails, r.Addresses, c.ExternalID, c.Version)
	b.Queue(sqlDropNumbers, c.ID, r.Numbers)
	b.Queue(sqlAddNumbers, c.ID, r.Numbers)
	b.Queue(sqlDropContracts, c.ID, numbers)
	for i, k := range r.Contracts {
		b.Queue(sqlAddContract, c.ID, k.Number, k.Agreement, k.EndsOn, i)
	}
	b.Queue(sqlAddChange, c.ID, c.Version, by.Kind, by.ID, by.Name, by.For, by.From, change.Kind, change.Data, patch)
	return takenMeanwhile(tx.SendBatch(ctx, &b).Close())
}

// takenBy says what of a customer's is another's; nil where nothing is.
func takenBy(ctx context.Context, tx pgx.Tx, id tickets.CustomerID, contracts []string, external string) (*Taken, error) {
	var t Taken
	err := tx.QueryRow(ctx, sqlTaken, id, contracts, external).Scan(&t.Field, &t.Value, &t.Of)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &t, nil
}

// takenMeanwhile turns what the database refuses, because another transaction was a moment earlier, into a Taken.
func takenMeanwhile(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "23505" {
		switch pg.ConstraintName {
		case "customer_contracts_pkey", "customers_by_contract":
			return Taken{Field: "contracts"}
		case "customers_by_external_id":
			return Taken{Field: "external_id"}
		}
	}
	return err
}

func changesOf(ctx context.Context, q querier, id tickets.CustomerID, since int64) ([]customers.Change, error) {
	rows, err := q.Query(ctx, sqlChanges, id, since)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c customers.Change, err error) {
		return c, row.Scan(&c.Version, moment{&c.At}, &c.By.Kind, &c.By.ID, &c.By.Name, &c.By.For, &c.By.From, &c.Kind, &c.Data, &c.Patch)
	})
}
