package gate

import (
	"context"
	"errors"
	"fmt"

	"hotline/agentapi"
)

// Passwords is where people change their own.
type Passwords interface {
	// ChangePassword gives an account another hash, where its hash is the old one, and ends its sign-ins but the one that is kept. Else
	// it is ErrNoAccount.
	ChangePassword(ctx context.Context, id AccountID, oldHash, newHash string, keep TokenHash) error
}

// ChangePassword gives the person who sends a request another password, and ends what they have open elsewhere. Whoever does not know
// the old one is as slow as one who guesses at signing in. The errors are Problems, or the store's.
func (g *Gate) ChangePassword(ctx context.Context, p Person, old, new string) error {
	v := visitorOf(ctx)
	key, err := g.signer.ready(ctx)
	if err != nil {
		return err
	}
	a, oldHash, err := g.check(ctx, v.claim(key, p.Account.Login), old)
	var refused *agentapi.Problem
	switch {
	case errors.As(err, &refused) && refused.Code == agentapi.CodeWrongLogin, err == nil && a.ID != p.Account.ID:
		return agentapi.RefuseField("body.old", "is not your password")
	case err != nil:
		return err
	case old == new:
		return agentapi.RefuseField("body.new", "is the password that you have")
	}
	newHash, err := HashPassword(new)
	if err != nil {
		return agentapi.RefuseField("body.new", err.Error())
	}
	switch err := g.accounts.ChangePassword(ctx, p.Account.ID, oldHash, newHash, p.Token); {
	case errors.Is(err, ErrNoAccount): // it was changed in the same moment
		return agentapi.RefuseField("body.old", "is not your password any more")
	case err != nil:
		return fmt.Errorf("change the password of account %s: %w", p.Account.ID, err)
	}
	g.known.forgetAccounts([]AccountID{p.Account.ID})
	g.log.Info("a person has changed their password", "account", p.Account.ID, "address", v.address)
	return nil
}
