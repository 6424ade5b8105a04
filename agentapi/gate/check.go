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
// the database nor the processor much. Where the password is right, a code of the second factor is looked at, too; nil is none that is
// asked for.
func (g *Gate) check(ctx context.Context, key Key, c claim, password string, code *string) (a Account, hash string, err error) {
	asked := time.Now()
	turn, ok := g.turns.take(ctx, c)
	g.turnWaits.Observe(time.Since(asked).Seconds())
	if !ok {
		return Account{}, "", tooMany()
	}
	came := undecided
	defer func() { g.turns.end(turn, came) }()
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
	same, err := argon2id.ComparePasswordAndHash(password, hash)
	switch {
	case err != nil:
		return Account{}, "", fmt.Errorf("the password hash of account %s cannot be read: %w", a.ID, err)
	case unknown || !same:
		came = wrong
		return Account{}, "", wrongLogin()
	}
	if code != nil {
		if err := g.second(ctx, key, c, a, *code); err != nil {
			if p, is := errors.AsType[*agentapi.Problem](err); is && p.Code != agentapi.CodeSecondFactor {
				came = wrong
			}
			return Account{}, "", err
		}
	}
	came = right
	return a, hash, nil
}

func wrongLogin() *agentapi.Problem {
	return agentapi.Refuse(agentapi.CodeWrongLogin, "the login or the password is wrong")
}

func tooMany() *agentapi.Problem {
	return agentapi.Refuse(agentapi.CodeTooManyAttempts, "too many attempts to sign in at once: try again in a moment")
}
