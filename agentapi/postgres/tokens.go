package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"hotline/agentapi/gate"
)

// The tokens of programs: a token that is revoked or has expired stays in the table, so that one can see later who could read what.

const machineColumns = `name, hash, scopes, created_at, created_by, expires_at, last_used_at, revoked_at`

func scanMachine(row pgx.CollectableRow) (m gate.Machine, err error) {
	var hash []byte
	var scopes []string
	var expires, used, revoked *time.Time
	if err := row.Scan(&m.Name, &hash, &scopes, &m.Created, &m.By, &expires, &used, &revoked); err != nil {
		return m, err
	}
	copy(m.Hash[:], hash)
	for _, s := range scopes {
		m.Scopes = append(m.Scopes, gate.Scope(s))
	}
	for _, t := range []struct{ from, to *time.Time }{{expires, &m.Expires}, {used, &m.LastUsed}, {revoked, &m.Revoked}} {
		if t.from != nil {
			*t.to = t.from.UTC()
		}
	}
	return m, nil
}

// Machines lists the tokens that let somebody in.
func (s *Accounts) Machines(ctx context.Context) ([]gate.Machine, error) {
	return s.machines(ctx, `SELECT `+machineColumns+` FROM tokens WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`)
}

// AllMachines lists all tokens that there ever were, by name.
func (s *Accounts) AllMachines(ctx context.Context) ([]gate.Machine, error) {
	return s.machines(ctx, `SELECT `+machineColumns+` FROM tokens ORDER BY name, created_at`)
}

func (s *Accounts) machines(ctx context.Context, query string) ([]gate.Machine, error) {
	rows, err := s.pool.Query(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanMachine)
	if err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	return all, nil
}

// Used notes when tokens were used last.
func (s *Accounts) Used(ctx context.Context, names []string, at time.Time) error {
	_, err := s.pool.Exec(ctx, `UPDATE tokens SET last_used_at = $2 WHERE name = ANY ($1) AND revoked_at IS NULL`, names, at)
	if err != nil {
		return fmt.Errorf("note the use of tokens: %w", err)
	}
	return nil
}

// ErrTokenThere says that a token of this name lets somebody in already.
var ErrTokenThere = errors.New("there is a token of this name that is not revoked")

// MakeToken keeps a new token.
func (s *Accounts) MakeToken(ctx context.Context, m gate.Machine) error {
	var expires *time.Time
	if !m.Expires.IsZero() {
		expires = &m.Expires
	}
	_, err := s.pool.Exec(ctx, `INSERT INTO tokens (name, hash, scopes, created_at, created_by, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		m.Name, m.Hash[:], m.Scopes, m.Created, m.By, expires)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "23505" {
		return fmt.Errorf("%q: %w", m.Name, ErrTokenThere)
	}
	if err != nil {
		return fmt.Errorf("keep token %q: %w", m.Name, err)
	}
	return nil
}

// RevokeToken ends a token; not where none of this name lets anybody in.
func (s *Accounts) RevokeToken(ctx context.Context, name, by string, at time.Time) (was bool, err error) {
	tag, err := s.pool.Exec(ctx, `UPDATE tokens SET revoked_at = $3, revoked_by = $2 WHERE name = $1 AND revoked_at IS NULL`, name, by, at)
	if err != nil {
		return false, fmt.Errorf("revoke token %q: %w", name, err)
	}
	return tag.RowsAffected() > 0, nil
}
