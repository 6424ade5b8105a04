package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/tickets"
	"hotline/tickets/attachment"
)

var _ attachment.Register = (*Store)(nil)

const (
	fileColumns = `id::text, ticket, version, name, type, size, sha256, place, by, at, internal, removed_at, removed_by`

	sqlFilesOf = `
		SELECT ` + fileColumns + ` FROM ticket_files WHERE ticket IN (` + namesOf + `) ORDER BY at, id`
	sqlAddFile = `
		INSERT INTO ticket_files (id, ticket, version, name, type, size, sha256, place, by, at, internal)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	sqlRemoveFile = `
		UPDATE ticket_files SET removed_at = $3, removed_by = $4
		WHERE id = $2::uuid AND removed_at IS NULL AND ticket IN (` + namesOf + `)
		RETURNING ticket`
	sqlUsedSums = `
		SELECT sha256 FROM ticket_files WHERE sha256 = ANY ($1) AND removed_at IS NULL AND place = $2
		UNION SELECT sha256 FROM customer_imports WHERE sha256 = ANY ($1) AND ended_at IS NULL AND place = $2`
	sqlFilesOfGone = `
		SELECT ticket, id::text FROM ticket_files WHERE ticket = ANY ($1) ORDER BY at, id`
	// A ticket that was given up leaves its files to the one that took over its number.
	sqlMoveFiles = `
		UPDATE ticket_files SET ticket = $2 WHERE ticket = $1`
)

func scanFile(row pgx.CollectableRow) (f attachment.File, err error) {
	var sum []byte
	err = row.Scan(&f.ID, &f.Ticket, &f.Version, &f.Name, &f.Type, &f.Size, &sum, &f.Place, &f.By, moment{&f.At}, &f.Internal, moment{&f.RemovedAt}, &f.RemovedBy)
	if err == nil {
		f.Sum = attachment.Sum(sum) // the table takes no other length
	}
	return f, err
}

// Files are those of a ticket, by its number or a second name.
func (s *Store) Files(ctx context.Context, n tickets.Number) ([]attachment.File, error) {
	number, err := ownNumber(ctx, s.pool, sqlOwnNumber, n)
	if err != nil {
		return nil, err
	}
	return filesOf(ctx, s.pool, number)
}

// AddFile adds a row and a line to the history, with the ticket locked, so that two at once do not both take its last room.
func (s *Store) AddFile(ctx context.Context, f attachment.File, by tickets.By, l attachment.Limits) (attachment.File, error) {
	brought := f
	err := s.again(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		f, err = s.addFile(ctx, tx, brought, by, l)
		return err
	})
	return f, err
}

func (s *Store) addFile(ctx context.Context, tx pgx.Tx, f attachment.File, by tickets.By, l attachment.Limits) (attachment.File, error) {
	number, err := ownNumber(ctx, tx, sqlLockOwnNumber, f.Ticket)
	if err != nil {
		return f, err
	}
	f.Ticket = number
	has, err := filesOf(ctx, tx, number)
	if err != nil {
		return f, err
	}
	for _, h := range has {
		if h.RemovedAt.IsZero() && h.Sum == f.Sum && h.Name == f.Name && h.Internal == f.Internal {
			return h, nil
		}
	}
	if err := l.Room(has, f.Size); err != nil {
		return f, err
	}
	f.At = f.At.UTC().Truncate(time.Microsecond) // as the database has it
	f.Version, err = s.addLine(ctx, tx, number, tickets.Change{At: f.At, By: by, Kind: "file.added", Details: map[string]string{"file": string(f.ID)}})
	if err == nil {
		_, err = tx.Exec(ctx, sqlAddFile, string(f.ID), f.Ticket, f.Version, f.Name, f.Type, f.Size, f.Sum[:], f.Place, f.By, f.At, f.Internal)
	}
	if err != nil {
		return f, fmt.Errorf("add a file to ticket %s: %w", number, err)
	}
	return f, nil
}

// addLine adds a line to the history of a ticket of which nothing else becomes different, and gives its version.
func (s *Store) addLine(ctx context.Context, tx pgx.Tx, n tickets.Number, c tickets.Change) (int64, error) {
	f := newFile(n)
	if err := loadMatters(ctx, tx, f, []tickets.Number{n}, true); err != nil {
		return 0, err
	}
	m, err := own(f)
	if err != nil {
		return 0, err
	}
	var b pgx.Batch
	lines := tickets.Record(m.Fields(), &m.Ticket, c, m.Fields())
	saveTicket(&b, &m.Ticket)
	for _, line := range lines {
		saveChange(&b, line, "")
	}
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return 0, err
	}
	return m.Version, s.changed(ctx, tx, nil, lines)
}

// RemoveFile removes a file of a ticket, or of one that goes on in it, and says so in the history of either. Its row stays.
func (s *Store) RemoveFile(ctx context.Context, n tickets.Number, id attachment.ID, by attachment.Hand, at time.Time) error {
	err := s.again(ctx, func(ctx context.Context, tx pgx.Tx) error {
		number, err := ownNumber(ctx, tx, sqlLockOwnNumber, n)
		if errors.Is(err, tickets.ErrNoTicket) {
			return attachment.ErrNoFile
		}
		if err != nil {
			return err
		}
		of, err := ask(ctx, tx, pgx.RowTo[tickets.Number], sqlRemoveFile, number, string(id), at, by.Login)
		if err != nil {
			return err
		}
		if len(of) == 0 {
			return attachment.ErrNoFile
		}
		if of[0] != number {
			of = append(of, number)
		}
		for _, ticket := range of {
			if _, err := s.addLine(ctx, tx, ticket, tickets.Change{At: at, By: by.By, Kind: "file.removed", Details: map[string]string{"file": string(id)}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, attachment.ErrNoFile) {
		return fmt.Errorf("remove file %s of ticket %s: %w", id, n, err)
	}
	return err
}

// moveFiles says in the histories of tickets which files come to them from those that are given up to them.
func moveFiles(ctx context.Context, tx pgx.Tx, l *loaded, changes *tickets.Changes) error {
	var gone []tickets.Number
	for n := range changes.Merged {
		if l.there[n] {
			gone = append(gone, n)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	book := l.book
	files, err := ask(ctx, tx, scanPair, sqlFilesOfGone, gone)
	if err != nil {
		return fmt.Errorf("files of tickets that are given up: %w", err)
	}
	for _, f := range files {
		from := tickets.Number(f.a)
		to := book.Tickets[changes.Merged[from]]
		last := changes.Facts[len(changes.Facts)-1]
		line := tickets.Change{At: last.At, By: last.By(), Kind: "file.moved", Details: map[string]string{"file": f.b, "from": f.a}}
		for _, fact := range changes.Facts { // the last of a contact that has come with it; it may have gone on from there
			if c := book.Contacts[fact.Contact]; fact.Own == from || c != nil && c.Ticket == to.Number {
				line.At, line.By, line.Contact = fact.At, fact.By(), fact.Contact
			}
		}
		changes.History = append(changes.History, tickets.Record(to.Fields(), to, line, to.Fields())...)
	}
	return nil
}

// UsedSums are those of some sums that a file in a place has which is not removed, or an import which is not over.
func (s *Store) UsedSums(ctx context.Context, in attachment.Place, sums []attachment.Sum) ([]attachment.Sum, error) {
	rows, err := s.pool.Query(ctx, sqlUsedSums, bytesOfSums(sums), in)
	if err != nil {
		return nil, fmt.Errorf("who uses contents of files: %w", err)
	}
	return pgx.CollectRows(rows, scanSum)
}

func filesOf(ctx context.Context, a asker, n tickets.Number) ([]attachment.File, error) {
	rows, err := a.Query(ctx, sqlFilesOf, n)
	if err != nil {
		return nil, fmt.Errorf("files of ticket %s: %w", n, err)
	}
	return pgx.CollectRows(rows, scanFile)
}

func scanSum(row pgx.CollectableRow) (attachment.Sum, error) {
	var b []byte
	if err := row.Scan(&b); err != nil {
		return attachment.Sum{}, err
	}
	return attachment.Sum(b), nil
}

func bytesOfSums(sums []attachment.Sum) [][]byte {
	all := make([][]byte, len(sums))
	for i, s := range sums {
		all[i] = s[:]
	}
	return all
}
