package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"hotline/tickets"
	"hotline/tickets/attachment"
	"hotline/tickets/customers"
)

// An import that somebody has sent is worked on by a job (tickets/work), which may be killed after any piece, and be done twice. So how far it is stands in its
// row, and is written in the transaction of each piece, on the condition that it was as far before: each row of the file is taken once, whoever takes it.

const (
	importColumns = `id::text, name, encoding, mapping, size, sha256, place, state, at, by_kind, by_id, by_name, by_from, rows, read_bytes, counts, error, ended_at`

	sqlNewImport = `
		INSERT INTO customer_imports (id, name, encoding, mapping, size, sha256, place, state, by_kind, by_id, by_name, by_from)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 'checking', $8, $9, $10, $11) RETURNING at`
	sqlImport = `
		SELECT ` + importColumns + ` FROM customer_imports WHERE id = $1`
	sqlImports = `
		SELECT ` + importColumns + ` FROM customer_imports ORDER BY at DESC LIMIT 50`
	sqlImportRows = `
		SELECT line, what, name, why, patch FROM customer_import_rows WHERE import = $1 AND what = $2 ORDER BY line`
	sqlStartImport = `
		UPDATE customer_imports SET state = 'importing', rows = 0, read_bytes = 0, counts = '{}', error = '', by_kind = $2, by_id = $3, by_name = $4, by_from = $5
		WHERE id = $1 AND state = 'checked'`
	sqlForgetImportRows = `
		DELETE FROM customer_import_rows WHERE import = $1`
	sqlStopImport = `
		UPDATE customer_imports SET state = 'stopped', ended_at = now() WHERE id = $1 AND ended_at IS NULL`
	sqlImportedPiece = `
		UPDATE customer_imports SET rows = $4, read_bytes = $5, counts = $6, error = '' WHERE id = $1 AND state = $2 AND rows = $3`
	sqlKeepImportRows = `
		INSERT INTO customer_import_rows (import, what, line, name, why, patch)
		SELECT $1::uuid, what, line, name, why, patch::jsonb FROM unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[]) r (what, line, name, why, patch)`
	sqlImportOver = `
		UPDATE customer_imports SET state = $4, error = $5, read_bytes = CASE $5 WHEN '' THEN size ELSE read_bytes END, ended_at = CASE $4 WHEN 'checked' THEN NULL ELSE now() END
		WHERE id = $1 AND state = $2 AND rows = $3`
	sqlImportStands = `
		UPDATE customer_imports SET error = $2 WHERE id = $1 AND ended_at IS NULL`
	sqlStopOthers = `
		UPDATE customer_imports SET state = 'stopped', error = 'another file was sent instead', ended_at = now()
		WHERE state IN ('checking', 'checked') AND by_kind = $1 AND by_id = $2 AND ended_at IS NULL`
	sqlStopWaiting = `
		UPDATE customer_imports SET state = 'stopped', error = 'nobody has started it in time', ended_at = now()
		WHERE state = 'checked' AND at < $1 AND ended_at IS NULL`
	sqlForgetImports = `
		DELETE FROM customer_imports WHERE at < $1`
)

// OnImport makes a store tell, within its transaction, of each import that a job is to work on: key is another one for looking through and for importing. It is for the one
// who makes the store, before it is used.
func (s *Store) OnImport(in func(ctx context.Context, tx pgx.Tx, id, key string) error) {
	s.importing = in
}

// NewImport keeps an import whose content is there, and has it looked through. It takes the place of any that the same sender has not started: contents of files
// are large, and wait for nothing else.
func (s *Store) NewImport(ctx context.Context, i customers.Import) (customers.Import, error) {
	i.ID, i.State = uuid.Must(uuid.NewV7()).String(), customers.Checking
	mapping, err := json.Marshal(i.Format.Mapping)
	if err != nil || i.Format.Mapping == nil {
		mapping = []byte("{}")
	}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, sqlStopOthers, i.By.Kind, i.By.ID); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, sqlNewImport, i.ID, i.Name, i.Format.Encoding, mapping, i.Size, i.Sum[:], i.Place, i.By.Kind, i.By.ID, i.By.Name, i.By.From).Scan(moment{&i.At})
		if err != nil {
			return err
		}
		return s.toWorkOn(ctx, tx, i)
	})
	if err != nil {
		return i, fmt.Errorf("keep an import: %w", err)
	}
	return i, nil
}

func (s *Store) toWorkOn(ctx context.Context, tx pgx.Tx, i customers.Import) error {
	if s.importing == nil {
		return nil
	}
	return s.importing(ctx, tx, i.ID, i.ID+" "+string(i.State))
}

// Import is an import as it is now; customers.ErrNoImport.
func (s *Store) Import(ctx context.Context, id string) (i customers.Import, err error) {
	if _, err := uuid.Parse(id); err != nil {
		return i, customers.ErrNoImport
	}
	all, err := ask(ctx, s.pool, scanImport, sqlImport, id)
	switch {
	case err != nil:
		return i, fmt.Errorf("import %s: %w", id, err)
	case len(all) == 0:
		return i, customers.ErrNoImport
	}
	return all[0], nil
}

// Imports are the last fifty, the latest first.
func (s *Store) Imports(ctx context.Context) ([]customers.Import, error) {
	return ask(ctx, s.pool, scanImport, sqlImports)
}

// ImportRows are the first rows of an import of which something becomes, as far as they are kept.
func (s *Store) ImportRows(ctx context.Context, id string, what customers.What) ([]customers.Done, error) {
	if _, err := s.Import(ctx, id); err != nil {
		return nil, err
	}
	return ask(ctx, s.pool, func(row pgx.CollectableRow) (d customers.Done, err error) {
		return d, row.Scan(&d.Line, &d.What, &d.Name, &d.Why, &d.Patch)
	}, sqlImportRows, id, what)
}

// StartImport has what was looked through imported. Started again, it goes on as it does, with another job where the one it had is dead; customers.ErrNoImport,
// customers.ErrNotReady.
func (s *Store) StartImport(ctx context.Context, id string, by tickets.By) (customers.Import, error) {
	i, err := s.Import(ctx, id)
	if err != nil || i.State == customers.ImportDone {
		return i, err
	}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if i.State == customers.Importing {
			return s.toWorkOn(ctx, tx, i)
		}
		done, err := tx.Exec(ctx, sqlStartImport, id, by.Kind, by.ID, by.Name, by.From)
		switch {
		case err != nil:
			return err
		case done.RowsAffected() == 0:
			return customers.ErrNotReady
		}
		if _, err := tx.Exec(ctx, sqlForgetImportRows, id); err != nil {
			return err
		}
		i.State = customers.Importing
		return s.toWorkOn(ctx, tx, i)
	})
	if err != nil {
		return i, fmt.Errorf("start import %s: %w", id, err)
	}
	return s.Import(ctx, id)
}

// StopImport ends an import. What was imported of it stays.
func (s *Store) StopImport(ctx context.Context, id string) (customers.Import, error) {
	i, err := s.Import(ctx, id)
	if err != nil {
		return i, err
	}
	if _, err := s.pool.Exec(ctx, sqlStopImport, id); err != nil {
		return i, fmt.Errorf("stop import %s: %w", id, err)
	}
	return s.Import(ctx, id)
}

// ContinueImport works on an import for about so long, and says whether there is more to do. It may be called again after it was killed anywhere, and while another one
// works on the same. open gives its content; rules are those that count now.
func (s *Store) ContinueImport(ctx context.Context, id string, open func(context.Context, customers.Import) (io.ReadCloser, error), rules customers.Rules, long time.Duration) (more bool, err error) {
	i, err := s.Import(ctx, id)
	if errors.Is(err, customers.ErrNoImport) || err == nil && !i.State.Running() {
		return false, nil // stopped, forgotten, or done by another one
	}
	if err != nil {
		return false, err
	}
	run := &importRun{s: s, i: &i, until: time.Now().Add(long)}
	err = run.rows(ctx, open, rules)
	var unreadable customers.Unreadable
	next, because := customers.ImportDone, ""
	if i.State == customers.Checking {
		next = customers.Checked
	}
	switch {
	case errors.Is(err, errTimeIsUp):
		return true, nil
	case errors.Is(err, errOther):
		now, err := s.Import(ctx, id)
		if err == nil && now.State.Running() {
			err = fmt.Errorf("import %s: %w", id, errOther)
		}
		return false, err
	case errors.As(err, &unreadable), errors.Is(err, attachment.ErrDamaged):
		next, because = customers.ImportFailed, tickets.Display(err.Error())
	case err != nil:
		// Whoever looks at it is told; what it is, is the job's last error.
		_, told := s.pool.Exec(context.WithoutCancel(ctx), sqlImportStands, id, "it stands still for now, and is tried again: hotline work list says why")
		return false, errors.Join(fmt.Errorf("import %s: %w", id, err), told)
	}
	if _, err := s.pool.Exec(ctx, sqlImportOver, id, i.State, i.Rows, next, because); err != nil {
		return false, fmt.Errorf("end import %s: %w", id, err)
	}
	return false, nil
}

var (
	errTimeIsUp = errors.New("there is more to do")
	errOther    = errors.New("another one works on it")
)

// importRun is one job's work on an import.
type importRun struct {
	s     *Store
	i     *customers.Import
	until time.Time
	read  counting
}

func (r *importRun) rows(ctx context.Context, open func(context.Context, customers.Import) (io.ReadCloser, error), rules customers.Rules) error {
	content, err := open(ctx, *r.i)
	if err != nil {
		return err
	}
	defer content.Close()
	r.read.Reader = content
	table, err := customers.ReadTable(&r.read, r.i.Format, rules)
	if err != nil {
		return err
	}
	by := r.i.By
	by.From = "import " + r.i.ID
	all := newImporting(r.s, r.i.State == customers.Checking, by)
	all.skip, all.within, all.until = r.i.Rows, r.note, r.until
	return all.all(ctx, table.Rows())
}

// note writes how far an import is with a piece, in the piece's transaction.
func (r *importRun) note(ctx context.Context, tx pgx.Tx, piece []planned) error {
	counts := map[customers.What]int64{}
	for what, n := range r.i.Counts {
		counts[what] = n
	}
	var whats, names, whys, patches []string
	var lines []int64
	for _, p := range piece {
		d := p.done
		if counts[d.What]++; counts[d.What] > customers.RowsShown || d.What == customers.Unchanged {
			continue
		}
		patch, err := json.Marshal(d.Patch)
		if err != nil || d.Patch == nil {
			patch = []byte("{}")
		}
		whats, lines, names = append(whats, string(d.What)), append(lines, int64(d.Line)), append(names, d.Name)
		whys, patches = append(whys, d.Why), append(patches, string(patch))
	}
	rows := r.i.Rows + int64(len(piece))
	done, err := tx.Exec(ctx, sqlImportedPiece, r.i.ID, r.i.State, r.i.Rows, rows, r.read.n, counts)
	switch {
	case err != nil:
		return err
	case done.RowsAffected() == 0:
		return errOther
	}
	if len(lines) > 0 {
		if _, err := tx.Exec(ctx, sqlKeepImportRows, r.i.ID, whats, lines, names, whys, patches); err != nil {
			return err
		}
	}
	r.i.Rows, r.i.Counts = rows, counts
	return nil
}

// counting counts what is read.
type counting struct {
	io.Reader
	n int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// StopWaitingImports ends those that were sent before an instant, and that nobody has started: their contents go with the next sweep.
func (s *Store) StopWaitingImports(ctx context.Context, before time.Time) error {
	_, err := s.pool.Exec(ctx, sqlStopWaiting, before)
	return err
}

// ForgetImports deletes the imports that were sent before an instant, with the rows that are kept of them.
func (s *Store) ForgetImports(ctx context.Context, before time.Time) (int64, error) {
	done, err := s.pool.Exec(ctx, sqlForgetImports, before)
	return done.RowsAffected(), err
}

func scanImport(row pgx.CollectableRow) (i customers.Import, err error) {
	var sum []byte
	err = row.Scan(&i.ID, &i.Name, &i.Format.Encoding, &i.Format.Mapping, &i.Size, &sum, &i.Place, &i.State, moment{&i.At}, &i.By.Kind, &i.By.ID, &i.By.Name, &i.By.From,
		&i.Rows, &i.Read, &i.Counts, &i.Error, moment{&i.EndedAt})
	if err == nil {
		i.Sum = attachment.Sum(sum) // the table takes no other length
	}
	return i, err
}
