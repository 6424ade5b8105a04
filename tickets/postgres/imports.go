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
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/tickets"
	"hotline/tickets/attachment"
	"hotline/tickets/customers"
)

// An import that somebody has sent is worked on by a job (tickets/work), which may be killed after any piece, and be done twice. So how far it is stands in its
// row, and is written in the transaction of each piece, on the condition that it was as far before: each row of the file is taken once, whoever takes it.

const (
	importColumns = `id::text, name, encoding, mapping, size, sha256, place, state, at, by_kind, by_id, by_name, by_from, rows, read_bytes, counts, error, ended_at, columns`

	sqlNewImport = `
		INSERT INTO customer_imports (id, name, encoding, mapping, size, sha256, place, state, by_kind, by_id, by_name, by_from, columns)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 'checking', $8, $9, $10, $11, $12) RETURNING at`
	sqlImport = `
		SELECT ` + importColumns + ` FROM customer_imports WHERE id = $1`
	sqlImports = `
		SELECT ` + importColumns + ` FROM customer_imports ORDER BY at DESC LIMIT 50`
	sqlImportRows = `
		SELECT line, what, name, CASE reason WHEN '{}' THEN jsonb_build_object('said', why) ELSE reason END, patch
		FROM customer_import_rows WHERE import = $1 AND what = $2 ORDER BY line LIMIT $3`
	sqlStartImport = `
		UPDATE customer_imports SET state = 'importing', rows = 0, read_bytes = 0, counts = '{}', error = '', by_kind = $2, by_id = $3, by_name = $4, by_from = $5
		WHERE id = $1 AND state = 'checked'`
	sqlReadImportAs = `
		UPDATE customer_imports SET state = 'checking', columns = $2, rows = 0, read_bytes = 0, counts = '{}', error = '' WHERE id = $1 AND state = 'checked'`
	sqlForgetImportRows = `
		DELETE FROM customer_import_rows WHERE import = $1`
	sqlStopImport = `
		UPDATE customer_imports SET state = 'stopped', ended_at = now() WHERE id = $1 AND ended_at IS NULL`
	sqlImportedPiece = `
		UPDATE customer_imports SET rows = $4, read_bytes = $5, counts = $6, error = '' WHERE id = $1 AND state = $2 AND rows = $3 AND columns = $7`
	sqlKeepImportRows = `
		INSERT INTO customer_import_rows (import, what, line, name, why, reason, patch)
		SELECT $1::uuid, what, line, name, why, reason::jsonb, patch::jsonb
		FROM unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[]) r (what, line, name, why, reason, patch)`
	sqlImportOver = `
		UPDATE customer_imports SET state = $4, error = $5, read_bytes = CASE $5 WHEN '' THEN size ELSE read_bytes END, ended_at = CASE $4 WHEN 'checked' THEN NULL ELSE now() END
		WHERE id = $1 AND state = $2 AND rows = $3 AND columns = $6`
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

// Imports is the files of customers that somebody has sent, over the tickets' pool.
type Imports struct {
	pool *pgxpool.Pool
	work func(ctx context.Context, tx pgx.Tx, id, key string) error
}

// NewImports is the imports over a pool, which stays the caller's to close. work is told, within the transaction, of each import that a job is to work on: key is another one
// for looking through and for importing. nil: there are no jobs.
func NewImports(pool *pgxpool.Pool, work func(ctx context.Context, tx pgx.Tx, id, key string) error) *Imports {
	return &Imports{pool, work}
}

// New keeps an import whose content is there, and has it looked through. It takes the place of any that the same sender has not started: contents of files
// are large, and wait for nothing else.
func (s *Imports) New(ctx context.Context, i customers.Import) (customers.Import, error) {
	i.ID, i.State = uuid.Must(uuid.NewV7()).String(), customers.Checking
	mapping, err := json.Marshal(i.Format.Mapping)
	if err != nil || i.Format.Mapping == nil {
		mapping = []byte("{}")
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, sqlStopOthers, i.By.Kind, i.By.ID); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, sqlNewImport, i.ID, i.Name, i.Format.Encoding, mapping, i.Size, i.Sum[:], i.Place, i.By.Kind, i.By.ID, i.By.Name, i.By.From, headings(i.Columns)).Scan(moment{&i.At})
		if err != nil {
			return err
		}
		return s.toWorkOn(ctx, tx, i, "")
	})
	if err != nil {
		return i, fmt.Errorf("keep an import: %w", err)
	}
	return i, nil
}

// toWorkOn has a job work on an import. But for another round no second one is wanted while one works on it in the same state.
func (s *Imports) toWorkOn(ctx context.Context, tx pgx.Tx, i customers.Import, round string) error {
	if s.work == nil {
		return nil
	}
	return s.work(ctx, tx, i.ID, i.ID+" "+string(i.State)+round)
}

// headings is never nil: that would be null in JSON.
func headings(columns []customers.Heading) []customers.Heading {
	return append([]customers.Heading{}, columns...)
}

// Import is an import as it is now; customers.ErrNoImport.
func (s *Imports) Import(ctx context.Context, id string) (i customers.Import, err error) {
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

// Latest are the last fifty, the latest first.
func (s *Imports) Latest(ctx context.Context) ([]customers.Import, error) {
	return ask(ctx, s.pool, scanImport, sqlImports)
}

// Rows are the first rows of an import of which something becomes, as far as they are kept, and so many at most.
func (s *Imports) Rows(ctx context.Context, id string, what customers.What, most int) ([]customers.Done, error) {
	if _, err := s.Import(ctx, id); err != nil {
		return nil, err
	}
	return ask(ctx, s.pool, func(row pgx.CollectableRow) (d customers.Done, err error) {
		return d, row.Scan(&d.Line, &d.What, &d.Name, &d.Why, &d.Patch)
	}, sqlImportRows, id, what, most)
}

// ReadAs has a file that was looked through looked through again, its columns read as holding these; customers.ErrNoImport, customers.ErrNotReady.
// A customers.Unreadable says what is wrong with the columns.
func (s *Imports) ReadAs(ctx context.Context, id string, columns []customers.Column) (customers.Import, error) {
	i, err := s.Import(ctx, id)
	if err != nil {
		return i, err
	}
	switch err := customers.CheckColumns(columns); {
	case i.State != customers.Checked || len(i.Columns) == 0: // a Hotline of before did not keep them
		return i, customers.ErrNotReady
	case len(columns) != len(i.Columns):
		return i, customers.Unreadable(fmt.Sprintf("the file has %d columns, and of %d is said what they hold", len(i.Columns), len(columns)))
	case err != nil:
		return i, customers.Unreadable(err.Error())
	}
	for n, c := range columns {
		i.Columns[n].Holds = c
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		done, err := tx.Exec(ctx, sqlReadImportAs, id, i.Columns)
		switch {
		case err != nil:
			return err
		case done.RowsAffected() == 0:
			return customers.ErrNotReady
		}
		if _, err := tx.Exec(ctx, sqlForgetImportRows, id); err != nil {
			return err
		}
		i.State = customers.Checking
		return s.toWorkOn(ctx, tx, i, " "+uuid.NewString())
	})
	if err != nil {
		return i, fmt.Errorf("read import %s anew: %w", id, err)
	}
	return s.Import(ctx, id)
}

// Start has what was looked through imported. Started again, it goes on as it does, with another job where the one it had is dead; customers.ErrNoImport,
// customers.ErrNotReady.
func (s *Imports) Start(ctx context.Context, id string, by tickets.By) (customers.Import, error) {
	i, err := s.Import(ctx, id)
	if err != nil || i.State == customers.ImportDone {
		return i, err
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if i.State == customers.Importing {
			return s.toWorkOn(ctx, tx, i, "")
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
		return s.toWorkOn(ctx, tx, i, "")
	})
	if err != nil {
		return i, fmt.Errorf("start import %s: %w", id, err)
	}
	return s.Import(ctx, id)
}

// Stop ends an import. What was imported of it stays.
func (s *Imports) Stop(ctx context.Context, id string) (customers.Import, error) {
	i, err := s.Import(ctx, id)
	if err != nil {
		return i, err
	}
	if _, err := s.pool.Exec(ctx, sqlStopImport, id); err != nil {
		return i, fmt.Errorf("stop import %s: %w", id, err)
	}
	return s.Import(ctx, id)
}

// Continue works on an import for about so long, and says whether there is more to do. It may be called again after it was killed anywhere, and while another one
// works on the same. open gives its content; rules are those that count now.
func (s *Imports) Continue(ctx context.Context, id string, open func(context.Context, customers.Import) (io.ReadCloser, error), rules customers.Rules, long time.Duration) (more bool, err error) {
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
	if _, err := s.pool.Exec(ctx, sqlImportOver, id, i.State, i.Rows, next, because, headings(i.Columns)); err != nil {
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
	s     *Imports
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
	format := r.i.Format
	for _, c := range r.i.Columns {
		format.Holds = append(format.Holds, c.Holds)
	}
	table, err := customers.ReadTable(&r.read, format, rules)
	if err != nil {
		return err
	}
	by := r.i.By
	by.From = "import " + r.i.ID
	all := newImporting(r.s.pool, r.i.State == customers.Checking, by)
	all.skip, all.within, all.until = r.i.Rows, r.note, r.until
	return all.all(ctx, table.Rows())
}

// note writes how far an import is with a piece, in the piece's transaction.
func (r *importRun) note(ctx context.Context, tx pgx.Tx, piece []planned) error {
	counts := map[customers.What]int64{}
	for what, n := range r.i.Counts {
		counts[what] = n
	}
	var whats, names, whys, reasons, patches []string
	var lines []int64
	for _, p := range piece {
		d := p.done
		if counts[d.What]++; counts[d.What] > d.What.RowsKept() {
			continue
		}
		patch, err := json.Marshal(d.Patch)
		if err != nil || d.Patch == nil {
			patch = []byte("{}")
		}
		reason, err := json.Marshal(d.Why)
		if err != nil {
			return err
		}
		whats, lines, names = append(whats, string(d.What)), append(lines, int64(d.Line)), append(names, d.Name)
		whys, reasons, patches = append(whys, d.Why.In("en")), append(reasons, string(reason)), append(patches, string(patch))
	}
	rows := r.i.Rows + int64(len(piece))
	done, err := tx.Exec(ctx, sqlImportedPiece, r.i.ID, r.i.State, r.i.Rows, rows, r.read.n, counts, headings(r.i.Columns))
	switch {
	case err != nil:
		return err
	case done.RowsAffected() == 0:
		return errOther
	}
	if len(lines) > 0 {
		if _, err := tx.Exec(ctx, sqlKeepImportRows, r.i.ID, whats, lines, names, whys, reasons, patches); err != nil {
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

// StopWaiting ends those that were sent before an instant, and that nobody has started: their contents go with the next sweep.
func (s *Imports) StopWaiting(ctx context.Context, before time.Time) error {
	_, err := s.pool.Exec(ctx, sqlStopWaiting, before)
	return err
}

// Forget deletes the imports that were sent before an instant, with the rows that are kept of them.
func (s *Imports) Forget(ctx context.Context, before time.Time) (int64, error) {
	done, err := s.pool.Exec(ctx, sqlForgetImports, before)
	return done.RowsAffected(), err
}

func scanImport(row pgx.CollectableRow) (i customers.Import, err error) {
	var sum []byte
	err = row.Scan(&i.ID, &i.Name, &i.Format.Encoding, &i.Format.Mapping, &i.Size, &sum, &i.Place, &i.State, moment{&i.At}, &i.By.Kind, &i.By.ID, &i.By.Name, &i.By.From,
		&i.Rows, &i.Read, &i.Counts, &i.Error, moment{&i.EndedAt}, &i.Columns)
	if err == nil {
		i.Sum = attachment.Sum(sum) // the table takes no other length
	}
	return i, err
}
