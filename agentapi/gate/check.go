package gate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alexedwards/argon2id"

	"hotline/agentapi"
)

const lookUpTime = 5 * time.Second // the accounts have it to answer

// check finds the account whose login and password these are, with its hash, when it is the attempt's turn: a flood costs neither
// the database nor the processor much.
func (g *Gate) check(ctx context.Context, c claim, password string) (a Account, hash string, err error) {
	asked := time.Now()
	turn, ok := g.turns.take(ctx, c)
	g.turnWaits.Observe(time.Since(asked).Seconds())
	if !ok {
		return Account{}, "", tooMany()
	}
	wrong := false
	defer func() { g.turns.end(turn, wrong) }()
	ctx, cancel := context.WithTimeout(ctx, lookUpTime)
	defer cancel()
	a, hash, err = g.accounts.ByLogin(ctx, c.login)
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
		wrong = true
		return Account{}, "", wrongLogin()
	}
	return a, hash, nil
}

func wrongLogin() *agentapi.Problem {
	return agentapi.Refuse(agentapi.CodeWrongLogin, "the login or the password is wrong")
}

func tooMany() *agentapi.Problem {
	return agentapi.Refuse(agentapi.CodeTooManyAttempts, "too many attempts to sign in at once: try again in a moment")
}
