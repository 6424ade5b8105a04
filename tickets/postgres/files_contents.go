package postgres

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/tickets/attachment"
)

// Contents keeps the contents of files in the database, in pieces: an attachment.Store for installations that have the database alone to look
// after and to back up.
//
// No transaction lasts as long as an upload, which may be slow. Each piece is written by itself, to a content that has no sum yet; the last
// statement gives it the sum, by which it is found from then on. Where that sum is there already, the old content stays, and becomes young.
type Contents struct{ pool *pgxpool.Pool }

var _ attachment.Store = (*Contents)(nil)

// Contents is the place for contents in the store's database.
func (s *Store) Contents() *Contents { return &Contents{s.pool} }

const (
	pieceBytes = 256 << 10

	sqlBeginContent = `
		INSERT INTO file_contents (id) VALUES ($1)`
	sqlAddPiece = `
		INSERT INTO file_pieces (content, n, bytes) VALUES ($1, $2, $3)`
	sqlFinishContent = `
		UPDATE file_contents SET sha256 = $2, size = $3, put_at = clock_timestamp() WHERE id = $1 RETURNING put_at`
	sqlTakeBack = `
		DELETE FROM file_contents WHERE sha256 = $1 AND put_at = $2`
	sqlPutAgain = `
		UPDATE file_contents SET put_at = clock_timestamp() WHERE sha256 = $1`
	sqlDropContent = `
		DELETE FROM file_contents WHERE id = $1`
	sqlContent = `
		SELECT id::text, size FROM file_contents WHERE sha256 = $1`
	sqlPiece = `
		SELECT bytes FROM file_pieces WHERE content = $1::uuid AND n = $2`
	sqlBrokenContents = `
		SELECT id::text FROM file_contents WHERE sha256 IS NULL AND put_at < $1 ORDER BY put_at LIMIT $2`
	sqlOldContents = `
		SELECT sha256 FROM file_contents WHERE sha256 > $1 AND put_at < $2 ORDER BY sha256 LIMIT $3`
	sqlForgetContent = `
		DELETE FROM file_contents WHERE sha256 = $1 AND put_at < $2`
	sqlForgetBroken = `
		DELETE FROM file_contents WHERE id = $1::uuid AND sha256 IS NULL`
)

// Put keeps a content.
func (c *Contents) Put(ctx context.Context, content io.Reader) (_ attachment.Content, err error) {
	id, err := uuid.NewV7()
	if err != nil {
		return attachment.Content{}, err
	}
	if _, err := c.pool.Exec(ctx, sqlBeginContent, id); err != nil {
		return attachment.Content{}, noRoom(err)
	}
	kept := false
	defer func() {
		if !kept { // also where ctx is over
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			_, dropped := c.pool.Exec(ctx, sqlDropContent, id) // else the next sweep does
			if err != nil {
				err = errors.Join(err, dropped)
			}
		}
	}()
	so := sha256.New()
	size, err := c.pieces(ctx, id, io.TeeReader(content, so))
	if err != nil {
		return attachment.Content{}, err
	}
	sum := attachment.Sum(so.Sum(nil))
	since, err := c.finish(ctx, id, sum, size)
	if kept = !since.IsZero(); err != nil {
		return attachment.Content{}, err
	}
	return attachment.Content{Sum: sum, Size: size, Since: since}, nil
}

// Drop takes a content back.
func (c *Contents) Drop(ctx context.Context, content attachment.Content) error {
	if content.Since.IsZero() {
		return nil
	}
	_, err := c.pool.Exec(ctx, sqlTakeBack, content.Sum[:], content.Since)
	return err
}

// pieces writes a content piece by piece, and says how many bytes it had.
func (c *Contents) pieces(ctx context.Context, id uuid.UUID, content io.Reader) (size int64, err error) {
	piece := make([]byte, pieceBytes)
	for n := 0; ; n++ {
		got, err := io.ReadFull(content, piece)
		if got > 0 && (err == nil || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)) {
			if _, err := c.pool.Exec(ctx, sqlAddPiece, id, n, piece[:got]); err != nil {
				return 0, fmt.Errorf("piece %d of a file: %w", n, noRoom(err))
			}
			size += int64(got)
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return size, nil
		case err != nil:
			return 0, err
		case ctx.Err() != nil:
			return 0, ctx.Err()
		}
	}
}

// finish gives a content its sum, and says since when it has it. It is not kept where another has that sum already: then that one becomes young.
func (c *Contents) finish(ctx context.Context, id uuid.UUID, sum attachment.Sum, size int64) (since time.Time, err error) {
	for {
		done, err := c.pool.Exec(ctx, sqlPutAgain, sum[:])
		if err != nil || done.RowsAffected() > 0 {
			return since, err
		}
		err = c.pool.QueryRow(ctx, sqlFinishContent, id, sum[:], size).Scan(&since)
		var pg *pgconn.PgError
		switch {
		case err == nil:
			return since, nil
		case !errors.As(err, &pg) || pg.Code != uniqueViolation:
			return since, noRoom(err)
		} // else somebody was faster with the same content
	}
}

const uniqueViolation = "23505"

// Open reads a content piece by piece. Where it is deleted meanwhile, reading ends with ErrDamaged.
func (c *Contents) Open(ctx context.Context, sum attachment.Sum) (io.ReadCloser, error) {
	r := &pieceReader{ctx: ctx, pool: c.pool}
	err := c.pool.QueryRow(ctx, sqlContent, sum[:]).Scan(&r.id, &r.left)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, fmt.Errorf("content %s is not there: %w", sum, attachment.ErrDamaged)
	case err != nil:
		return nil, err
	}
	return r, nil
}

type pieceReader struct {
	ctx   context.Context
	pool  *pgxpool.Pool
	id    string
	n     int
	left  int64 // not yet fetched
	piece []byte
}

func (r *pieceReader) Read(p []byte) (int, error) {
	if len(r.piece) == 0 {
		if r.left == 0 {
			return 0, io.EOF
		}
		err := r.pool.QueryRow(r.ctx, sqlPiece, r.id, r.n).Scan(&r.piece)
		if errors.Is(err, pgx.ErrNoRows) || err == nil && (len(r.piece) == 0 || int64(len(r.piece)) > r.left) {
			return 0, fmt.Errorf("piece %d of a file: %w", r.n, attachment.ErrDamaged)
		}
		if err != nil {
			return 0, fmt.Errorf("piece %d of a file: %w", r.n, err)
		}
		r.n++
		r.left -= int64(len(r.piece))
	}
	n := copy(p, r.piece)
	r.piece = r.piece[n:]
	return n, nil
}

func (r *pieceReader) Close() error { return nil }

// Sweep deletes what nobody uses, one content to a transaction, so that the deletion of many large ones is in nobody's way.
func (c *Contents) Sweep(ctx context.Context, before time.Time, used func(context.Context, []attachment.Sum) ([]attachment.Sum, error)) (swept attachment.Swept, err error) {
	for {
		ids, err := ask(ctx, c.pool, pgx.RowTo[string], sqlBrokenContents, before, forgetPiece)
		if err != nil {
			return swept, err
		}
		for _, id := range ids {
			done, err := c.pool.Exec(ctx, sqlForgetBroken, id)
			if err != nil {
				return swept, err
			}
			swept.Broken += int(done.RowsAffected())
		}
		if len(ids) < forgetPiece {
			break
		}
	}
	after := []byte{}
	for {
		old, err := ask(ctx, c.pool, scanSum, sqlOldContents, after, before, forgetPiece)
		if err != nil || len(old) == 0 {
			return swept, err
		}
		inUse, err := used(ctx, old)
		if err != nil {
			return swept, err
		}
		is := make(map[attachment.Sum]bool, len(inUse))
		for _, sum := range inUse {
			is[sum] = true
		}
		for _, sum := range old {
			if is[sum] {
				continue
			}
			done, err := c.pool.Exec(ctx, sqlForgetContent, sum[:], before)
			if err != nil {
				return swept, err
			}
			swept.Contents += int(done.RowsAffected())
		}
		last := old[len(old)-1]
		after = last[:]
	}
}

func ask[T any](ctx context.Context, a asker, scan pgx.RowToFunc[T], sql string, args ...any) ([]T, error) {
	rows, err := a.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scan)
}

// noRoom marks the errors of a database whose disk is full.
func noRoom(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && (pg.Code == "53100" || pg.Code == "53000") { // disk_full, insufficient_resources
		return fmt.Errorf("%w: %w", attachment.ErrFull, err)
	}
	return err
}
