package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"hotline/agentapi/gate"
)

// SecondFactor implements gate.SecondFactors.
func (s *Accounts) SecondFactor(ctx context.Context, id gate.AccountID) (f gate.SecondFactor, err error) {
	err = s.pool.QueryRow(ctx, `
		SELECT second_secret, second_step, recovery_hashes FROM accounts
		WHERE id = $1 AND second_secret IS NOT NULL AND disabled_at IS NULL`, string(id)).Scan(&f.Secret, &f.Step, &f.Recovery)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return gate.SecondFactor{}, gate.ErrNoAccount
	case err != nil:
		return gate.SecondFactor{}, fmt.Errorf("read the second factor of account %s: %w", id, err)
	}
	return f, nil
}

// UseCode implements gate.SecondFactors.
func (s *Accounts) UseCode(ctx context.Context, id gate.AccountID, secret []byte, c gate.Code) error {
	use := `UPDATE accounts SET second_step = $3 WHERE id = $1 AND second_secret = $2 AND disabled_at IS NULL AND second_step < $3`
	var what any = c.Step
	if c.Recovery != nil {
		use = `
			UPDATE accounts SET recovery_hashes = array_remove(recovery_hashes, $3)
			WHERE id = $1 AND second_secret = $2 AND disabled_at IS NULL AND $3 = ANY(recovery_hashes)`
		what = c.Recovery
	}
	tag, err := s.pool.Exec(ctx, use, string(id), secret, what)
	switch {
	case err != nil:
		return fmt.Errorf("use up a code of account %s: %w", id, err)
	case tag.RowsAffected() == 0:
		return gate.ErrNoAccount
	}
	return nil
}

// TurnOn implements gate.SecondFactors.
func (s *Accounts) TurnOn(ctx context.Context, id gate.AccountID, passwordHash string, f gate.SecondFactor, keep gate.TokenHash) error {
	return s.change(ctx, id, keep, "second factor", `
		UPDATE accounts SET second_secret = $2, second_step = $3, recovery_hashes = $4
		WHERE id = $1 AND password_hash = $5 AND second_secret IS NULL AND disabled_at IS NULL`,
		string(id), f.Secret, f.Step, f.Recovery, passwordHash)
}

// TurnOff implements gate.SecondFactors.
func (s *Accounts) TurnOff(ctx context.Context, id gate.AccountID, keep gate.TokenHash) error {
	return s.change(ctx, id, keep, "second factor", `
		UPDATE accounts SET second_secret = NULL, second_step = 0, recovery_hashes = '{}'
		WHERE id = $1 AND disabled_at IS NULL`, string(id))
}
