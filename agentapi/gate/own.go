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
	oldHash, _, err := g.own(ctx, p, old, "body.old", nil)
	switch {
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
	g.log.Info("a person has changed their password", "account", p.Account.ID, "address", visitorOf(ctx).address)
	return nil
}

// own checks whether this is the password, and with it the code, of the person who sends a request. Field is where the password stands.
func (g *Gate) own(ctx context.Context, p Person, password, field string, code *string) (hash string, key Key, err error) {
	if key, err = g.signer.ready(ctx); err != nil {
		return "", Key{}, err
	}
	c := visitorOf(ctx).claim(key, p.Account.Login)
	c.browser = "signed in" // here, so that nobody's failures elsewhere hold them up; the browser's cookie does not come with these requests
	a, hash, err := g.check(ctx, key, c, password, code)
	refused, is := errors.AsType[*agentapi.Problem](err)
	switch {
	case is && refused.Code == agentapi.CodeWrongLogin, err == nil && a.ID != p.Account.ID:
		return "", Key{}, agentapi.RefuseField(field, "is not your password")
	case is && (refused.Code == agentapi.CodeWrongCode || refused.Code == agentapi.CodeSecondFactor):
		return "", Key{}, agentapi.RefuseField("body.code", "is not right, or was used already")
	case err != nil:
		return "", Key{}, err
	}
	return hash, key, nil
}
