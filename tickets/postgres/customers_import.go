package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/tickets"
	"hotline/tickets/customers"
)

// An import goes through a file in pieces. Each piece is one transaction of a dozen statements, however many rows it has: who they are is read at once,
// what becomes of each row is decided by package customers, and what is new goes by COPY into tables of the transaction's own, from which it is
// written. So a run that breaks off leaves whole pieces, and the next run finds these as they are. Memory holds one piece, and a hash of
// each contract and external id of the file, by which a second row about the same is known.

// importPiece is how many rows are one transaction: it is over before somebody who changes one of these customers at a desk gives up.
const importPiece = 2000

const (
	sqlImportPatience = `SET LOCAL statement_timeout = '2min'`
	sqlImportWords    = `SET LOCAL hotline.words = 'later'`
	sqlRenewWords     = `SELECT renew_customer_words($1)`

	sqlKnownByIDs = `
		SELECT c.external_id, '', c.id::text FROM customers c WHERE c.external_id = ANY ($1) AND c.external_id <> ''
		UNION ALL SELECT '', k.number, k.customer_id::text FROM customer_contracts k WHERE k.number = ANY ($2)`
	sqlMergedByIDs = `
		SELECT record->'merged'->>'external_id' FROM customer_merges WHERE undone_at IS NULL AND record->'merged'->>'external_id' = ANY ($1)
		UNION SELECT k->>'number' FROM customer_merges, jsonb_array_elements(record->'got'->'contracts') k WHERE undone_at IS NULL AND k->>'number' = ANY ($2)`
	sqlLockedMany = `
		SELECT FROM customers WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`

	sqlImportTables = `
		CREATE TEMPORARY TABLE IF NOT EXISTS imported (id uuid, is_new boolean, version bigint, name text, contract text, address text, equipment text[], notes text[],
			warnings text[], provisional boolean, mails text[], addresses text[], external_id text, begun jsonb, patch jsonb) ON COMMIT DELETE ROWS;
		CREATE TEMPORARY TABLE IF NOT EXISTS imported_numbers (number text, customer_id uuid) ON COMMIT DELETE ROWS;
		CREATE TEMPORARY TABLE IF NOT EXISTS imported_contracts (number text, customer_id uuid, agreement text, ends_on date, position integer) ON COMMIT DELETE ROWS`
	sqlImportNew = `
		INSERT INTO customers (id, version, name, contract, address, equipment, notes, warnings, provisional, mails, addresses, external_id)
		SELECT id, version, name, contract, address, equipment, notes, warnings, provisional, mails, addresses, external_id FROM imported WHERE is_new`
	sqlImportChanged = `
		UPDATE customers c SET version = i.version, name = i.name, contract = i.contract, address = i.address, equipment = i.equipment, notes = i.notes,
			warnings = i.warnings, provisional = i.provisional, mails = i.mails, addresses = i.addresses, external_id = i.external_id
		FROM imported i WHERE c.id = i.id AND NOT i.is_new`
	sqlImportNumbers = `
		INSERT INTO customer_numbers (number, customer_id) SELECT number, customer_id FROM imported_numbers ON CONFLICT DO NOTHING`
	sqlImportContracts = `
		INSERT INTO customer_contracts (number, customer_id, agreement, ends_on, position) SELECT number, customer_id, agreement, ends_on, position FROM imported_contracts
		ON CONFLICT (number) DO UPDATE SET agreement = excluded.agreement, ends_on = excluded.ends_on, position = excluded.position
		WHERE customer_contracts.customer_id = excluded.customer_id`
	sqlImportBegun = `
		INSERT INTO customer_changes (customer_id, version, at, by_kind, by_id, kind, patch)
		SELECT c.id, i.version - 1, c.created_at, 'rule', 'history', 'created', i.begun FROM imported i JOIN customers c USING (id)
		WHERE NOT i.is_new AND NOT EXISTS (SELECT FROM customer_changes h WHERE h.customer_id = i.id)`
	sqlImportHistory = `
		INSERT INTO customer_changes (customer_id, version, by_kind, by_id, by_name, by_from, kind, patch)
		SELECT id, version, $1, $2, $3, $4, CASE WHEN is_new THEN 'created' ELSE 'imported' END, patch FROM imported`
)

// Take takes the rows of a file, or only says what would become of each, where it is a preview: done is called for each row in order.
// An error of rows ends it; what is wrong with a row does not. Nobody is told of anything.
func (s *Imports) Take(ctx context.Context, rows iter.Seq2[customers.Row, error], preview bool, by tickets.By, done func(customers.Done)) error {
	i := newImporting(s.pool, preview, by)
	i.done = done
	return i.all(ctx, rows)
}

func newImporting(pool *pgxpool.Pool, preview bool, by tickets.By) *importing {
	return &importing{pool: pool, preview: preview, by: by, done: func(customers.Done) {}, seed: maphash.MakeSeed(), seen: map[uint64]int32{}}
}

// all takes rows piece by piece.
func (i *importing) all(ctx context.Context, rows iter.Seq2[customers.Row, error]) error {
	piece := make([]customers.Row, 0, importPiece)
	for row, err := range rows {
		if err != nil {
			return err
		}
		if len(i.seen) >= customers.MostIDs {
			return customers.Unreadable(fmt.Sprintf("it has more than %d external ids and contracts, at line %d: send it in parts", customers.MostIDs, row.Line))
		}
		if i.passed++; i.passed <= i.skip {
			if row.Err == nil {
				i.again(row)
			}
			continue
		}
		piece = append(piece, row)
		if len(piece) == importPiece {
			if err := i.take(ctx, piece); err != nil {
				return fmt.Errorf("import up to line %d: %w", row.Line, err)
			}
			piece = piece[:0]
			if !i.until.IsZero() && time.Now().After(i.until) {
				return errTimeIsUp
			}
		}
	}
	if err := i.take(ctx, piece); err != nil {
		return fmt.Errorf("import the last lines: %w", err)
	}
	return nil
}

type importing struct {
	pool    *pgxpool.Pool
	preview bool
	by      tickets.By
	done    func(customers.Done)
	within  func(context.Context, pgx.Tx, []planned) error // what else is to be done in the transaction of a piece; nil: nothing
	skip    int64                                          // so many rows were taken before
	until   time.Time                                      // zero: until the end
	passed  int64
	seed    maphash.Seed
	seen    map[uint64]int32 // by the hash of a contract or an external id of the file: its line
}

// planned is a row with whose it is, and what becomes of them.
type planned struct {
	done   customers.Done
	before tickets.Customer // ID "": they are new
	after  customers.Record
	patch  customers.Patch // what makes the one of the other
}

// take imports a piece, in a transaction of its own.
func (i *importing) take(ctx context.Context, piece []customers.Row) error {
	if len(piece) == 0 {
		return nil
	}
	var all []planned
	err := pgx.BeginFunc(ctx, i.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, sqlImportPatience); err != nil {
			return err
		}
		known, err := i.known(ctx, tx, piece)
		if err != nil {
			return err
		}
		all = all[:0]
		for _, row := range piece {
			all = append(all, i.plan(row, known))
		}
		if !i.preview {
			err = i.save(ctx, tx, all)
		}
		if err == nil && i.within != nil {
			err = i.within(ctx, tx, all)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, p := range all {
		i.done(p.done)
	}
	return nil
}

// register is what the database knows of the customers of a piece.
type register struct {
	external, contract map[string]tickets.CustomerID
	merged             map[string]bool
	customers          map[tickets.CustomerID]tickets.Customer
}

func (i *importing) known(ctx context.Context, tx pgx.Tx, piece []customers.Row) (register, error) {
	r := register{map[string]tickets.CustomerID{}, map[string]tickets.CustomerID{}, map[string]bool{}, map[tickets.CustomerID]tickets.Customer{}}
	externals, contracts := []string{}, []string{}
	for _, row := range piece {
		if row.Record.ExternalID != "" {
			externals = append(externals, row.Record.ExternalID)
		}
		for _, k := range row.Record.Contracts {
			contracts = append(contracts, k.Number)
		}
	}
	var b pgx.Batch
	b.Queue(sqlKnownByIDs, externals, contracts).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var external, contract string
			var id tickets.CustomerID
			if err := rows.Scan(&external, &contract, &id); err != nil {
				return err
			}
			if external != "" {
				r.external[external] = id
			} else {
				r.contract[contract] = id
			}
			r.customers[id] = tickets.Customer{}
		}
		return rows.Err()
	})
	b.Queue(sqlMergedByIDs, externals, contracts).Query(func(rows pgx.Rows) error {
		found, err := pgx.CollectRows(rows, pgx.RowTo[string])
		for _, id := range found {
			r.merged[id] = true
		}
		return err
	})
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return r, err
	}
	ids := []string{}
	for id := range r.customers {
		ids = append(ids, string(id))
	}
	if !i.preview {
		if _, err := tx.Exec(ctx, sqlLockedMany, ids); err != nil {
			return r, err
		}
	}
	rows, err := tx.Query(ctx, sqlCustomersIn, ids)
	if err != nil {
		return r, err
	}
	found, err := pgx.CollectRows(rows, scanCustomer)
	for _, c := range found {
		r.customers[c.ID] = c
	}
	return r, err
}

// plan says whose a row is, and what becomes of them.
func (i *importing) plan(row customers.Row, known register) planned {
	p := planned{done: customers.Done{Line: row.Line, What: customers.IsWrong, Name: row.Record.Name}}
	if row.Err != nil {
		p.done.Why = customers.ReasonOf(row.Err)
		return p
	}
	if twice := i.again(row); twice > 0 {
		p.done.Why = customers.Reason{Code: customers.SameAs, Line: int(twice)}
		return p
	}
	id, why := whose(row.Record, known)
	if why != (customers.Reason{}) {
		p.done.Why = why
		return p
	}
	if known.merged[row.Record.ExternalID] && row.Record.ExternalID != "" && id == "" || row.Record.ExternalID == "" && known.merged[row.Record.Contracts[0].Number] {
		p.done.What, p.done.Why = customers.LeftAlone, customers.Reason{Code: customers.WasMerged}
		return p
	}
	var was customers.Record
	if id != "" {
		p.before = known.customers[id]
		was = customers.Of(p.before)
	}
	after, err := customers.Added(was, row.Record)
	if err != nil {
		p.done.Why = customers.ReasonOf(err)
		return p
	}
	p.after, p.patch, p.done.Name = after, customers.Diff(was, after), after.Name
	switch {
	case id == "":
		p.done.What = customers.WouldCreate
	case len(p.patch) == 0:
		p.done.What = customers.Unchanged
	default:
		p.done.What, p.done.Patch = customers.WouldChange, p.patch
	}
	return p
}

// again is the line before that is about the same external id or contract; 0 where there is none. It notes those of this line.
func (i *importing) again(row customers.Row) int32 {
	var hashes []uint64
	if row.Record.ExternalID != "" {
		hashes = append(hashes, maphash.String(i.seed, "e"+row.Record.ExternalID))
	}
	for _, k := range row.Record.Contracts {
		hashes = append(hashes, maphash.String(i.seed, "c"+k.Number))
	}
	for _, h := range hashes {
		if line := i.seen[h]; line > 0 {
			return line
		}
	}
	for _, h := range hashes {
		i.seen[h] = int32(row.Line)
	}
	return 0
}

// whose says which customer a row is about, "" where they are new, or why it cannot be.
func whose(r customers.Record, known register) (id tickets.CustomerID, why customers.Reason) {
	if r.ExternalID != "" {
		id = known.external[r.ExternalID]
	}
	for _, k := range r.Contracts {
		of, there := known.contract[k.Number]
		switch {
		case !there || of == id:
		case id == "" && (r.ExternalID == "" || known.customers[of].ExternalID == ""):
			id = of
		default:
			return "", customers.Reason{Code: customers.Another, Number: k.Number, Name: known.customers[of].Name}
		}
	}
	return id, customers.Reason{}
}

// save writes what is new.
func (i *importing) save(ctx context.Context, tx pgx.Tx, all []planned) error {
	var rows, numbers, contracts [][]any
	found := []string{} // by other words than before
	for _, p := range all {
		if p.done.What != customers.WouldCreate && p.done.What != customers.WouldChange {
			continue
		}
		c := p.before
		if c.ID == "" {
			c.ID = tickets.CustomerID(uuid.Must(uuid.NewV7()).String())
		}
		was := customers.Of(p.before)
		c = p.after.Onto(c)
		c.Version++
		begun, err := json.Marshal(customers.Diff(customers.Record{}, was))
		patch, err2 := json.Marshal(p.patch)
		if err := errors.Join(err, err2); err != nil {
			return err
		}
		rows = append(rows, []any{
			string(c.ID), p.before.ID == "", c.Version, c.Name, c.Contract, c.Address, c.Equipment, c.Notes, c.Warnings, c.Provisional, c.Mails, c.Addresses,
			c.ExternalID, begun, patch,
		})
		if p.patch.Touches("numbers") {
			for _, n := range c.Numbers {
				numbers = append(numbers, []any{n, string(c.ID)})
			}
		}
		if p.patch.Touches("contracts") {
			for position, k := range c.Contracts {
				var ends *time.Time
				if !k.EndsOn.IsZero() {
					ends = &k.EndsOn
				}
				contracts = append(contracts, []any{k.Number, string(c.ID), k.Agreement, ends, position})
			}
		}
		if p.patch.Touches(customers.FoundBy...) {
			found = append(found, string(c.ID))
		}
	}
	if len(rows) == 0 {
		return nil
	}
	for _, sql := range []string{sqlImportWords, sqlImportTables} {
		if _, err := tx.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			return err
		}
	}
	if err := copyInto(ctx, tx, rows, "imported", "id", "is_new", "version", "name", "contract", "address", "equipment", "notes", "warnings", "provisional", "mails", "addresses",
		"external_id", "begun", "patch"); err != nil {
		return err
	}
	if err := copyInto(ctx, tx, numbers, "imported_numbers", "number", "customer_id"); err != nil {
		return err
	}
	if err := copyInto(ctx, tx, contracts, "imported_contracts", "number", "customer_id", "agreement", "ends_on", "position"); err != nil {
		return err
	}
	var b pgx.Batch
	b.Queue(sqlImportBegun)
	b.Queue(sqlImportNew)
	b.Queue(sqlImportChanged)
	b.Queue(sqlImportNumbers)
	b.Queue(sqlImportContracts)
	b.Queue(sqlImportHistory, i.by.Kind, i.by.ID, i.by.Name, i.by.From)
	b.Queue(sqlRenewWords, found)
	return tx.SendBatch(ctx, &b).Close()
}

func copyInto(ctx context.Context, tx pgx.Tx, rows [][]any, table string, columns ...string) error {
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows)); err != nil {
		return fmt.Errorf("copy into %s: %w", table, err)
	}
	return nil
}
