package outage

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"hotline/agentapi/gate"
)

// owed is one thing that was done while the database was away: exactly one of the four is there. It may be paid twice, where a kill comes in between.
type owed struct {
	Open   *gate.SignIn    `json:"open,omitempty"`
	As     *gate.Account   `json:"as,omitempty"`     // whose sign-in it was opened as
	Hash   string          `json:"hash,omitempty"`   // of the password by which it was opened
	Second []byte          `json:"second,omitempty"` // the sealed secret of the second factor by which it was opened; nil: none
	Close  *gate.TokenHash `json:"close,omitempty"`
	Extend *extension      `json:"extend,omitempty"`
	Code   *usedCode       `json:"code,omitempty"`
}

// extension is that a sign-in is to last longer.
type extension struct {
	Token   gate.TokenHash `json:"token"`
	Now     time.Time      `json:"now"`   // when it was asked for first in this outage: it had not expired then
	Until   time.Time      `json:"until"` // when it expires by all that was asked for
	Longest time.Duration  `json:"longest"`
}

// usedCode is a code of a second factor that counts no more.
type usedCode struct {
	Account gate.AccountID `json:"account"`
	Secret  []byte         `json:"secret"`
	Code    gate.Code      `json:"code"`
}

// owe adds what is owed; nil is nothing. The extensions of a sign-in are one, where the first was: what is paid behind it may forget a sign-in
// that has expired but for it.
func (k *kept) owe(o *owed) {
	if o == nil {
		return
	}
	if o.Extend != nil {
		i := slices.IndexFunc(k.Owed, func(before *owed) bool { return before.Extend != nil && before.Extend.Token == o.Extend.Token })
		if i >= 0 {
			first := *k.Owed[i].Extend
			first.Until, first.Longest = o.Extend.Until, max(first.Longest, o.Extend.Longest)
			k.Owed[i] = &owed{Extend: &first} // another one: the first may be being paid
			return
		}
	}
	k.Owed = append(k.Owed, o)
}

// forgive drops the sign-ins of an account that the database is owed: they have ended.
func (k *kept) forgive(id gate.AccountID) {
	k.Owed = slices.DeleteFunc(k.Owed, func(o *owed) bool { return o.Open != nil && o.Open.Account == id })
}

// pay does in the database what was done without it. What the database refuses by now is over, and no error.
func (o *owed) pay(ctx context.Context, to gate.Store, log *slog.Logger) (err error) {
	switch {
	case o.Open != nil:
		err = o.payOpen(ctx, to)
	case o.Close != nil:
		err = to.Close(ctx, *o.Close)
	case o.Extend != nil:
		_, err = to.Extend(ctx, o.Extend.Token, o.Extend.Now, o.Extend.Until, o.Extend.Longest)
	case o.Code != nil:
		err = to.UseCode(ctx, o.Code.Account, o.Code.Secret, o.Code.Code)
	}
	if errors.Is(err, gate.ErrNoAccount) {
		if o.Open != nil {
			log.Warn("somebody who signed in while the database was away is signed out: their account is closed, or has another password or second factor", "account", o.Open.Account)
		}
		return nil
	}
	return err
}

func (o *owed) payOpen(ctx context.Context, to gate.Store) error {
	left, err := to.Left(ctx, []gate.TokenHash{o.Open.Token})
	if err != nil || len(left) > 0 {
		return err // the database had got it after all, or it was paid before
	}
	now, _, err := to.ByLogin(ctx, o.As.Login)
	if err != nil {
		return err
	}
	if now.ID != o.As.ID || now.Role != o.As.Role || now.Agent != o.As.Agent || now.Person != o.As.Person && o.As.Person != "" { // as gate.Seating.Over says
		return gate.ErrNoAccount
	}
	second, err := to.SecondFactor(ctx, now.ID)
	switch {
	case err != nil && !errors.Is(err, gate.ErrNoAccount): // which is that there is none
		return err
	case !bytes.Equal(second.Secret, o.Second):
		return gate.ErrNoAccount
	}
	return to.Open(ctx, *o.Open, o.Hash)
}
