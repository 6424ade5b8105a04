// Package postgres keeps accounts and sign-ins in PostgreSQL: the tables of
// deploy/schema/003_accounts.sql and 010_gate.sql, with the columns of 015_own_passwords.sql and 017_second_factor.sql, which are this package's alone. Sign-ins survive a restart of
// Hotline, so that the pages come back by themselves.
package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/agentapi/gate"
	"hotline/agentapi/outage"
)

// Accounts is an gate.Accounts.
type Accounts struct {
	pool *pgxpool.Pool
}

// New uses a pool that belongs to the caller.
func New(pool *pgxpool.Pool) *Accounts { return &Accounts{pool: pool} }

// Seat makes these the only accounts, all at once: a new one is added, one that is there stands as it does here, and
// whoever is not among them is removed. A login may pass from one account to another. Sign-ins go on as
// gate.Seating.Over says; ended are the accounts whose do not. One that is wrong keeps no other out: it is removed, and the error
// is gate.NotSeated. After any other error everything is as it was.
func (s *Accounts) Seat(ctx context.Context, all []gate.Seating) (ended []gate.AccountID, err error) {
	before, err := s.all(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the accounts: %w", err)
	}
	var sound []seating
	var not gate.NotSeated
	for _, one := range all {
		old := before[one.Account.ID]
		hash, goesOn, err := one.Over(old.account, old.hash) // dear to make: not while rows are locked
		if err != nil {
			not = append(not, gate.Refusal{Account: one.Account.ID, Why: err})
			continue
		}
		sound = append(sound, seating{one.Account, hash, goesOn, old.account.ID == one.Account.ID && hash == old.hash})
	}
	var refused gate.NotSeated
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) (err error) {
		refused, err = seat(ctx, tx, sound)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("seat the accounts: %w", err)
	}
	for _, one := range sound {
		if before[one.account.ID].account.ID != "" && !one.goesOn { // who is new has no sign-ins
			ended = append(ended, one.account.ID)
		}
	}
	if not = append(not, refused...); len(not) > 0 {
		for _, r := range not {
			ended = append(ended, r.Account)
		}
		return ended, not
	}
	return ended, nil
}

// Try tells which accounts the database would not take, as gate.NotSeated, and changes nothing.
func (s *Accounts) Try(ctx context.Context, all []gate.Account) error {
	var sound []seating
	var not gate.NotSeated
	for _, a := range all {
		if err := a.Check(); err != nil {
			not = append(not, gate.Refusal{Account: a.ID, Why: err})
			continue
		}
		sound = append(sound, seating{account: a, hash: gate.Hashes{Password: "not a hash"}, goesOn: true})
	}
	tx, err := s.pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(ctx) }()
	refused, err := seat(ctx, tx, sound)
	if err != nil {
		return fmt.Errorf("try the accounts: %w", err)
	}
	if not = append(not, refused...); len(not) > 0 {
		return not
	}
	return nil
}

// seating is an account that is to be seated, with its hash.
type seating struct {
	account gate.Account
	hash    gate.Hashes
	goesOn  bool // what is open with it
	same    bool // the configuration has no new password: the hashes stay as they are by now, for the person may just have changed theirs
}

// seat puts accounts in the place of all that there are, and tells which of them the database refuses.
func seat(ctx context.Context, tx pgx.Tx, all []seating) (not gate.NotSeated, err error) {
	var ids, ended []string
	for _, one := range all {
		ids = append(ids, string(one.account.ID))
		if !one.goesOn {
			ended = append(ended, string(one.account.ID))
		}
	}
	if _, err := tx.Exec(ctx, `DELETE FROM accounts WHERE NOT id = ANY($1::uuid[])`, ids); err != nil {
		return nil, err
	}
	// Logins and agents are given out anew: until an account has its own, nobody else's stands in the way.
	if _, err := tx.Exec(ctx, `UPDATE accounts SET login = id::text, agent = CASE WHEN agent IS NOT NULL THEN id::text END`); err != nil {
		return nil, err
	}
	for _, one := range all {
		err := pgx.BeginFunc(ctx, tx, func(alone pgx.Tx) error { return put(ctx, alone, one) })
		var refused *pgconn.PgError
		switch {
		case err == nil:
			continue
		case !errors.As(err, &refused) || !strings.HasPrefix(refused.Code, "22") && !strings.HasPrefix(refused.Code, "23"):
			return nil, fmt.Errorf("account %s: %w", one.account.ID, err)
		}
		not = append(not, gate.Refusal{Account: one.account.ID, Why: fmt.Errorf("account %s: the database refuses it: %w", one.account.ID, err)})
		if _, err := tx.Exec(ctx, `DELETE FROM accounts WHERE id = $1`, string(one.account.ID)); err != nil {
			return nil, err
		}
	}
	_, err = tx.Exec(ctx, `DELETE FROM sign_ins WHERE account_id = ANY($1::uuid[])`, ended)
	return not, err
}

func put(ctx context.Context, tx pgx.Tx, one seating) error {
	a, hash := one.account, one.hash
	_, err := tx.Exec(ctx, `
		INSERT INTO accounts (id, login, name, role, language, agent, seat, password_hash, configured_hash, person)
		VALUES ($1, $2, $3, $4, $5, nullif($6, ''), $7, $8, nullif($9, ''), $11)
		ON CONFLICT (id) DO UPDATE SET
			login = excluded.login, name = excluded.name, role = excluded.role, language = excluded.language,
			agent = excluded.agent, person = excluded.person, seat = excluded.seat, disabled_at = NULL,
			password_hash = CASE WHEN $10 THEN accounts.password_hash ELSE excluded.password_hash END,
			configured_hash = CASE WHEN $10 THEN accounts.configured_hash ELSE excluded.configured_hash END`,
		string(a.ID), a.Login, a.Name, string(a.Role), a.Language, string(a.Agent), a.Seat, hash.Password, hash.Configured, one.same, a.Person)
	return err
}

type stored struct {
	account gate.Account
	hash    gate.Hashes
}

func (s *Accounts) all(ctx context.Context) (map[gate.AccountID]stored, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+columns+`, a.password_hash, coalesce(a.configured_hash, '') FROM accounts a`)
	if err != nil {
		return nil, err
	}
	all := make(map[gate.AccountID]stored)
	var one stored
	_, err = pgx.ForEachRow(rows, append(into(&one.account), &one.hash.Password, &one.hash.Configured), func() error {
		all[one.account.ID] = one
		return nil
	})
	return all, err
}

// Disable shuts an account out, and ends its sign-ins.
func (s *Accounts) Disable(ctx context.Context, id gate.AccountID) error {
	tag, err := s.pool.Exec(ctx, `
		WITH gone AS (DELETE FROM sign_ins WHERE account_id = $1)
		UPDATE accounts SET disabled_at = coalesce(disabled_at, now()) WHERE id = $1`, string(id))
	switch {
	case err != nil:
		return fmt.Errorf("disable account %s: %w", id, err)
	case tag.RowsAffected() == 0:
		return gate.ErrNoAccount
	}
	return nil
}

const columns = `a.id::text, a.login, a.name, a.role, a.language, coalesce(a.agent, ''), a.person, a.seat, a.second_secret IS NOT NULL`

func into(a *gate.Account) []any {
	return []any{&a.ID, &a.Login, &a.Name, &a.Role, &a.Language, &a.Agent, &a.Person, &a.Seat, &a.SecondFactor}
}

// ByLogin implements gate.Accounts.
func (s *Accounts) ByLogin(ctx context.Context, login string) (a gate.Account, hash string, err error) {
	row := s.pool.QueryRow(ctx,
		`SELECT `+columns+`, a.password_hash FROM accounts a WHERE a.login = $1 AND a.disabled_at IS NULL`, login)
	err = row.Scan(append(into(&a), &hash)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return gate.Account{}, "", gate.ErrNoAccount
	}
	if err != nil {
		return gate.Account{}, "", fmt.Errorf("find an account by its login: %w", err)
	}
	return a, hash, nil
}

// Open implements gate.Accounts. It forgets a few of the expired on its way, so that
// they never pile up, and no sign-in waits for a great clean-up.
func (s *Accounts) Open(ctx context.Context, in gate.SignIn, passwordHash string) error {
	tag, err := s.pool.Exec(ctx, `
		WITH old AS (
			DELETE FROM sign_ins WHERE token_hash IN (
				SELECT token_hash FROM sign_ins WHERE expires_at <= $3 ORDER BY expires_at LIMIT 20 FOR UPDATE SKIP LOCKED))
		INSERT INTO sign_ins (token_hash, account_id, opened_at, expires_at)
		SELECT $1, id, $3, $4 FROM accounts WHERE id = $2 AND disabled_at IS NULL AND password_hash = $5 AND (second_secret IS NULL OR $6)
		   FOR SHARE -- who is being seated now is looked at again when that is done`,
		in.Token[:], string(in.Account), in.Opened, in.Expires, passwordHash, in.Second)
	switch {
	case err != nil:
		return fmt.Errorf("open a sign-in of account %s: %w", in.Account, err)
	case tag.RowsAffected() == 0:
		return gate.ErrNoAccount
	}
	return nil
}

// BySignIn implements gate.Accounts.
func (s *Accounts) BySignIn(ctx context.Context, t gate.TokenHash, now time.Time) (a gate.Account, expires time.Time, err error) {
	row := s.pool.QueryRow(ctx, `
		SELECT `+columns+`, i.expires_at FROM sign_ins i JOIN accounts a ON a.id = i.account_id
		WHERE i.token_hash = $1 AND i.expires_at > $2 AND a.disabled_at IS NULL`, t[:], now)
	err = row.Scan(append(into(&a), &expires)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return gate.Account{}, time.Time{}, gate.ErrNoAccount
	}
	if err != nil {
		return gate.Account{}, time.Time{}, fmt.Errorf("find a sign-in: %w", err)
	}
	return a, expires, nil
}

// Extend implements gate.Visits.
func (s *Accounts) Extend(ctx context.Context, t gate.TokenHash, now, until time.Time, longest time.Duration) (expires time.Time, err error) {
	err = s.pool.QueryRow(ctx, `
		UPDATE sign_ins SET expires_at = greatest(expires_at, least($3, opened_at + $4::interval))
		WHERE token_hash = $1 AND expires_at > $2 RETURNING expires_at`, t[:], now, until, longest).Scan(&expires)
	if errors.Is(err, pgx.ErrNoRows) {
		return time.Time{}, gate.ErrNoAccount
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("extend a sign-in: %w", err)
	}
	return expires, nil
}

// Left implements gate.Visits.
func (s *Accounts) Left(ctx context.Context, tokens []gate.TokenHash) ([]gate.TokenHash, error) {
	asked := make([][]byte, len(tokens))
	for i, t := range tokens {
		asked[i] = t[:]
	}
	rows, err := s.pool.Query(ctx, `SELECT token_hash FROM sign_ins WHERE token_hash = ANY($1)`, asked)
	if err != nil {
		return nil, fmt.Errorf("look which sign-ins are left: %w", err)
	}
	left, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (t gate.TokenHash, err error) {
		var hash []byte
		err = row.Scan(&hash)
		copy(t[:], hash)
		return t, err
	})
	if err != nil {
		return nil, fmt.Errorf("look which sign-ins are left: %w", err)
	}
	return left, nil
}

// ChangePassword implements gate.Passwords.
func (s *Accounts) ChangePassword(ctx context.Context, id gate.AccountID, oldHash, newHash string, keep gate.TokenHash) error {
	return s.change(ctx, id, keep, "password", `
		UPDATE accounts SET password_hash = $3, configured_hash = coalesce(configured_hash, $2)
		WHERE id = $1 AND password_hash = $2 AND disabled_at IS NULL`, string(id), oldHash, newHash)
}

// change changes something of an account, and ends its sign-ins but one.
func (s *Accounts) change(ctx context.Context, id gate.AccountID, keep gate.TokenHash, what, sql string, args ...any) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, sql, args...)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return gate.ErrNoAccount
		}
		_, err = tx.Exec(ctx, `DELETE FROM sign_ins WHERE account_id = $1 AND token_hash <> $2`, string(id), keep[:])
		return err
	})
	if err != nil && !errors.Is(err, gate.ErrNoAccount) {
		return fmt.Errorf("change the %s of account %s: %w", what, id, err)
	}
	return err
}

// Close implements gate.Accounts.
func (s *Accounts) Close(ctx context.Context, t gate.TokenHash) error {
	if _, err := s.pool.Exec(ctx, `DELETE FROM sign_ins WHERE token_hash = $1`, t[:]); err != nil {
		return fmt.Errorf("close a sign-in: %w", err)
	}
	return nil
}

// Copy implements outage.Database.
func (s *Accounts) Copy(ctx context.Context, now time.Time) (c outage.Copy, err error) {
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if err := copyAccounts(ctx, tx, &c); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT token_hash, account_id::text, opened_at, expires_at FROM sign_ins WHERE expires_at > $1`, now)
		if err != nil {
			return err
		}
		c.SignIns = map[gate.TokenHash]gate.SignIn{}
		var hash []byte
		var in gate.SignIn
		_, err = pgx.ForEachRow(rows, []any{&hash, &in.Account, &in.Opened, &in.Expires}, func() error {
			copy(in.Token[:], hash)
			in.Opened, in.Expires = in.Opened.UTC(), in.Expires.UTC()
			c.SignIns[in.Token] = in
			return nil
		})
		return err
	})
	if err != nil {
		return outage.Copy{}, fmt.Errorf("copy accounts and sign-ins: %w", err)
	}
	return c, nil
}

// Mark implements outage.Database: the database has ten thousand rows looked through for one line of an answer.
func (s *Accounts) Mark(ctx context.Context, now time.Time) (mark string, err error) {
	err = s.pool.QueryRow(ctx, `
		SELECT concat_ws(' ',
			(SELECT coalesce(bit_xor(hashtextextended(k::text, 0)), 0) FROM gate_key k),
			(SELECT coalesce(bit_xor(hashtextextended(a::text, 0)), 0) FROM accounts a WHERE a.disabled_at IS NULL),
			(SELECT coalesce(bit_xor(hashtextextended(i::text, 0)), 0) FROM sign_ins i WHERE i.expires_at > $1))`, now).Scan(&mark)
	if err != nil {
		return "", fmt.Errorf("look whether accounts and sign-ins have changed: %w", err)
	}
	return mark, nil
}

// copyAccounts copies the key and the accounts that are not disabled.
func copyAccounts(ctx context.Context, tx pgx.Tx, c *outage.Copy) error {
	var unsigned *time.Time
	err := tx.QueryRow(ctx, `SELECT secret, unsigned_until FROM gate_key`).Scan(&c.Key.Secret, &unsigned)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	if unsigned != nil {
		c.Key.UnsignedUntil = unsigned.UTC()
	}
	rows, err := tx.Query(ctx, `
		SELECT `+columns+`, a.password_hash, coalesce(a.configured_hash, ''), a.second_secret, a.second_step, a.recovery_hashes
		FROM accounts a WHERE a.disabled_at IS NULL`)
	if err != nil {
		return err
	}
	c.Accounts = map[gate.AccountID]outage.Account{}
	for rows.Next() {
		var one outage.Account
		var f gate.SecondFactor
		if err := rows.Scan(append(into(&one.Account), &one.Hashes.Password, &one.Hashes.Configured, &f.Secret, &f.Step, &f.Recovery)...); err != nil {
			return err
		}
		if one.SecondFactor {
			one.Second = &f
		}
		c.Accounts[one.ID] = one
	}
	return rows.Err()
}

// Key implements gate.Keys. Sign-ins that are there when it is made are from before tokens were signed.
func (s *Accounts) Key(ctx context.Context) (gate.Key, error) {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	_, err := s.pool.Exec(ctx, `
		INSERT INTO gate_key (secret, unsigned_until) SELECT $1, max(expires_at) FROM sign_ins
		ON CONFLICT DO NOTHING`, secret)
	if err != nil {
		return gate.Key{}, fmt.Errorf("make the key for cookies: %w", err)
	}
	var key gate.Key
	var unsigned *time.Time
	if err := s.pool.QueryRow(ctx, `SELECT secret, unsigned_until FROM gate_key`).Scan(&key.Secret, &unsigned); err != nil {
		return gate.Key{}, fmt.Errorf("read the key for cookies: %w", err)
	}
	if unsigned != nil {
		key.UnsignedUntil = *unsigned
	}
	return key, nil
}
