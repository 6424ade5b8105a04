package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/tickets"
	"hotline/tickets/lists"
)

const (
	voicemailColumns = contactColumns + `, ` + customersName + `, v.n, v.done_at, v.done_by`
	fromVoicemails   = ` FROM voicemails v JOIN contacts c ON c.id = v.contact_id WHERE `

	sqlVoicemail     = `SELECT ` + voicemailColumns + fromVoicemails + `v.contact_id = $1 AND v.n = $2`
	sqlMarkVoicemail = `
		UPDATE voicemails SET done_at = $3, done_by = $4 WHERE contact_id = $1 AND n = $2 AND (done_at IS NULL) = ($3::timestamptz IS NOT NULL)`
)

func scanVoicemail(row pgx.CollectableRow) (v lists.Voicemail, err error) {
	v.Contact, err = scanContactAnd(row, &v.CustomerName, &v.N, moment{&v.DoneAt}, &v.DoneBy)
	return v, err
}

// voicemailListing is the conditions of a question about voicemails. Pages and counts are made by it alone.
func voicemailListing(q lists.VoicemailQuestion) (a arguments, from string) {
	from, since := fromVoicemails+`v.done_at IS NULL`, `v.came_at`
	if q.Done {
		from, since = fromVoicemails+`v.done_at IS NOT NULL`, `v.done_at`
	}
	if !q.Since.IsZero() {
		from += ` AND ` + since + ` >= ` + a.arg(q.Since)
	}
	if !q.Sight.All {
		from += ` AND ` + seesContact("c", a.arg(q.Sight.Agent), a.arg(list(q.Sight.Departments)), a.arg(list(q.Sight.Topics)))
	}
	return a, from
}

// Voicemails is a page of the voicemails that somebody asks for. An error may be lists.ErrCursor.
func (s *Store) Voicemails(ctx context.Context, q lists.VoicemailQuestion) (p lists.VoicemailPage, err error) {
	came, id, n, any, err := q.Begin()
	if err != nil {
		return p, err
	}
	a, from := voicemailListing(q)
	if any {
		from += ` AND (v.came_at, v.contact_id, v.n) < (` + a.arg(came) + `, ` + a.arg(id) + `, ` + a.arg(n) + `)`
	}
	sql := `SELECT ` + voicemailColumns + from + ` ORDER BY v.came_at DESC, v.contact_id DESC, v.n DESC LIMIT ` + a.arg(q.Limit+1)
	if p.Voicemails, err = ask(ctx, s.pool, scanVoicemail, sql, a.forThese()...); err != nil {
		return p, fmt.Errorf("list voicemails: %w", err)
	}
	if len(p.Voicemails) > q.Limit {
		p.Voicemails = p.Voicemails[:q.Limit]
		p.Next = q.After(p.Voicemails[q.Limit-1])
	}
	return p, nil
}

// CountVoicemails counts the voicemails that somebody asks for, up to lists.Enough.
func (s *Store) CountVoicemails(ctx context.Context, q lists.VoicemailQuestion) (n int, err error) {
	a, from := voicemailListing(q)
	sql := `SELECT count(*) FROM (SELECT` + from + ` LIMIT ` + a.arg(lists.Enough) + `) AS counted`
	if err := s.pool.QueryRow(ctx, sql, a.forThese()...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count voicemails: %w", err)
	}
	return n, nil
}

// Voicemail is one message of a contact's; lists.ErrNoVoicemail.
func (s *Store) Voicemail(ctx context.Context, id tickets.ContactID, n int) (lists.Voicemail, error) {
	return voicemail(ctx, s.pool, id, n)
}

func voicemail(ctx context.Context, from asker, id tickets.ContactID, n int) (v lists.Voicemail, err error) {
	found, err := ask(ctx, from, scanVoicemail, sqlVoicemail, id, n)
	switch {
	case err != nil:
		return v, fmt.Errorf("voicemail %d of contact %s: %w", n, id, err)
	case len(found) == 0:
		return v, lists.ErrNoVoicemail
	}
	return found[0], nil
}

// MarkVoicemail says that a message is done, or that it is not, with a line in its ticket's history; what is so already stays as it is. An error may be
// lists.ErrNoVoicemail.
func (s *Store) MarkVoicemail(ctx context.Context, id tickets.ContactID, n int, done bool, by tickets.By, at time.Time) (v lists.Voicemail, err error) {
	at = at.UTC().Truncate(time.Microsecond) // as the database has it
	line := tickets.Change{Kind: "voicemail.undone"}
	var doneAt *time.Time
	var name string
	if done {
		line, doneAt, name = tickets.Change{Kind: "voicemail.done"}, &at, by.Name
	}
	line.At, line.By, line.Details = at, by, map[string]string{"contact": string(id), "n": strconv.Itoa(n)}
	err = s.again(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if v, err = voicemail(ctx, tx, id, n); err != nil {
			return err
		}
		ticket, err := ownNumber(ctx, tx, sqlLockOwnNumber, v.Contact.Ticket)
		if err != nil {
			return err
		}
		changed, err := tx.Exec(ctx, sqlMarkVoicemail, id, n, doneAt, name)
		if err != nil {
			return err
		}
		if changed.RowsAffected() > 0 {
			if _, err := s.addLine(ctx, tx, ticket, line); err != nil {
				return err
			}
		}
		v, err = voicemail(ctx, tx, id, n)
		return err
	})
	if err != nil && !errors.Is(err, lists.ErrNoVoicemail) {
		err = fmt.Errorf("mark voicemail %d of contact %s: %w", n, id, err)
	}
	return v, err
}
