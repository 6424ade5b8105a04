package gate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alexedwards/argon2id"

	"hotline/agentapi"
)

const (
	hashesAtOnce = 2
	hashWait     = 5 * time.Second // for a place to compute a hash
)

// check finds the account whose login and password these are, with its hash, and counts a failure. Everything but the
// first look at the limits waits for its turn: a flood costs neither the database nor the processor much.
func (g *Gate) check(ctx context.Context, login, password, address string) (a Account, hash string, err error) {
	if wait := g.limits.blocked(login, address, time.Now()); wait > 0 {
		return Account{}, "", tooMany(wait)
	}
	ctx, cancel := context.WithTimeout(ctx, hashWait)
	defer cancel()
	select {
	case g.hashing <- struct{}{}:
		defer func() { <-g.hashing }()
	case <-ctx.Done():
		return Account{}, "", tooMany(hashWait)
	}
	// Those who waited beside a flood of failures are looked at again.
	if wait := g.limits.blocked(login, address, time.Now()); wait > 0 {
		return Account{}, "", tooMany(wait)
	}
	a, hash, err = g.accounts.ByLogin(ctx, login)
	unknown := errors.Is(err, ErrNoAccount)
	switch {
	case unknown:
		hash = g.nobody
	case err != nil:
		return Account{}, "", err
	}
	right, err := argon2id.ComparePasswordAndHash(password, hash)
	switch {
	case err != nil:
		return Account{}, "", fmt.Errorf("the password hash of account %s cannot be read: %w", a.ID, err)
	case unknown || !right:
		g.limits.failed(login, address, time.Now())
		return Account{}, "", wrongLogin()
	}
	return a, hash, nil
}

func wrongLogin() *agentapi.Problem {
	return agentapi.Refuse(agentapi.CodeWrongLogin, "the login or the password is wrong")
}

func tooMany(wait time.Duration) *agentapi.Problem {
	return agentapi.Refuse(agentapi.CodeTooManyAttempts, "too many attempts to sign in: wait %d s", int(wait.Seconds())+1)
}
