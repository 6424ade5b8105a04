package outage

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"hotline/agentapi/gate"
)

// Copy is who may sign in, and who is signed in.
type Copy struct {
	Key      gate.Key                       `json:"key"`
	Accounts map[gate.AccountID]Account     `json:"accounts"`
	SignIns  map[gate.TokenHash]gate.SignIn `json:"sign_ins"` // without Second, which counts only as one is opened
}

// Account is an account that is not disabled, with what it is signed in to by.
type Account struct {
	gate.Account
	Hashes gate.Hashes        `json:"hashes"`
	Second *gate.SecondFactor `json:"second,omitempty"` // nil: none
}

func (c *Copy) makeMaps() {
	if c.Accounts == nil {
		c.Accounts = map[gate.AccountID]Account{}
	}
	if c.SignIns == nil {
		c.SignIns = map[gate.TokenHash]gate.SignIn{}
	}
}

// usable says whether anybody could sign in by it.
func (c *Copy) usable() bool { return len(c.Key.Secret) > 0 && len(c.Accounts) > 0 }

func (c *Copy) remove(id gate.AccountID) {
	delete(c.Accounts, id)
	c.endSignIns(id, gate.TokenHash{})
}

// endSignIns ends those of an account but one.
func (c *Copy) endSignIns(id gate.AccountID, keep gate.TokenHash) {
	maps.DeleteFunc(c.SignIns, func(t gate.TokenHash, in gate.SignIn) bool { return in.Account == id && t != keep })
}

// with has an account with this password's hash; else it is ErrNoAccount. "" is any.
func (c *Copy) with(id gate.AccountID, passwordHash string) (Account, error) {
	a, is := c.Accounts[id]
	if !is || passwordHash != "" && a.Hashes.Password != passwordHash {
		return Account{}, gate.ErrNoAccount
	}
	return a, nil
}

// Key implements gate.Keys.
func (a *Accounts) Key(ctx context.Context) (key gate.Key, err error) {
	database := func(ctx context.Context) error { key, err = a.database.Key(ctx); return err }
	err = a.write(ctx, database, func(k *kept) error {
		if len(key.Secret) == 0 {
			key = k.Key
		}
		k.Key = key
		return nil
	}, nil)
	if err == nil && len(key.Secret) == 0 {
		err = errNoCopy
	}
	return key, err
}

// ByLogin implements gate.Accounts.
func (a *Accounts) ByLogin(ctx context.Context, login string) (found gate.Account, hash string, err error) {
	err = a.read(ctx, func(ctx context.Context) error {
		found, hash, err = a.database.ByLogin(ctx, login)
		return err
	}, func(k *kept) error {
		for _, one := range k.Accounts {
			if one.Login == login {
				found, hash = one.Account, one.Hashes.Password
				return nil
			}
		}
		return gate.ErrNoAccount
	})
	return found, hash, err
}

// Open implements gate.Accounts.
func (a *Accounts) Open(ctx context.Context, in gate.SignIn, passwordHash string) error {
	debt := &owed{Open: &in, Hash: passwordHash}
	return a.write(ctx, func(ctx context.Context) error {
		return a.database.Open(ctx, in, passwordHash)
	}, func(k *kept) error {
		account, err := k.with(in.Account, passwordHash)
		switch {
		case err != nil:
			return err
		case account.Second != nil && !in.Second:
			return gate.ErrNoAccount
		}
		maps.DeleteFunc(k.SignIns, func(_ gate.TokenHash, old gate.SignIn) bool { return !in.Opened.Before(old.Expires) })
		debt.As = &account.Account
		if account.Second != nil {
			debt.Second = account.Second.Secret
		}
		stored := in
		stored.Second = false
		stored.Opened, stored.Expires = in.Opened.Truncate(time.Microsecond), in.Expires.Truncate(time.Microsecond)
		k.SignIns[in.Token] = stored
		return nil
	}, debt)
}

// BySignIn implements gate.Accounts.
func (a *Accounts) BySignIn(ctx context.Context, token gate.TokenHash, now time.Time) (found gate.Account, expires time.Time, err error) {
	err = a.read(ctx, func(ctx context.Context) error {
		found, expires, err = a.database.BySignIn(ctx, token, now)
		return err
	}, func(k *kept) error {
		in, is := k.SignIns[token]
		if !is || !now.Before(in.Expires) {
			return gate.ErrNoAccount
		}
		account, err := k.with(in.Account, "")
		found, expires = account.Account, in.Expires
		return err
	})
	return found, expires, err
}

// Close implements gate.Accounts.
func (a *Accounts) Close(ctx context.Context, token gate.TokenHash) error {
	return a.write(ctx, func(ctx context.Context) error { return a.database.Close(ctx, token) }, func(k *kept) error {
		delete(k.SignIns, token)
		return nil
	}, &owed{Close: &token})
}

// Extend implements gate.Visits.
func (a *Accounts) Extend(ctx context.Context, token gate.TokenHash, now, until time.Time, longest time.Duration) (expires time.Time, err error) {
	now, until = now.Truncate(time.Microsecond), until.Truncate(time.Microsecond)
	extend := &extension{Token: token, Now: now, Longest: longest}
	err = a.write(ctx, func(ctx context.Context) error {
		expires, err = a.database.Extend(ctx, token, now, until, longest)
		return err
	}, func(k *kept) error {
		in, is := k.SignIns[token]
		if !is || !now.Before(in.Expires) {
			return gate.ErrNoAccount
		}
		last := until
		if end := in.Opened.Add(longest); last.After(end) {
			last = end
		}
		if last.After(in.Expires) {
			in.Expires = last
		}
		k.SignIns[token], expires, extend.Until = in, in.Expires, in.Expires
		return nil
	}, &owed{Extend: extend})
	return expires, err
}

// Left implements gate.Visits.
func (a *Accounts) Left(ctx context.Context, tokens []gate.TokenHash) (left []gate.TokenHash, err error) {
	err = a.read(ctx, func(ctx context.Context) error {
		left, err = a.database.Left(ctx, tokens)
		return err
	}, func(k *kept) error {
		for _, t := range tokens {
			if _, is := k.SignIns[t]; is {
				left = append(left, t)
			}
		}
		return nil
	})
	return left, err
}

// SecondFactor implements gate.SecondFactors.
func (a *Accounts) SecondFactor(ctx context.Context, id gate.AccountID) (f gate.SecondFactor, err error) {
	err = a.read(ctx, func(ctx context.Context) error {
		f, err = a.database.SecondFactor(ctx, id)
		return err
	}, func(k *kept) error {
		account, err := k.with(id, "")
		if err != nil || account.Second == nil {
			return gate.ErrNoAccount
		}
		f = *account.Second
		f.Recovery = slices.Clone(f.Recovery)
		return nil
	})
	return f, err
}

// UseCode implements gate.SecondFactors.
func (a *Accounts) UseCode(ctx context.Context, id gate.AccountID, secret []byte, c gate.Code) error {
	return a.write(ctx, func(ctx context.Context) error { return a.database.UseCode(ctx, id, secret, c) }, func(k *kept) error {
		account, err := k.with(id, "")
		if err != nil || account.Second == nil || !bytes.Equal(account.Second.Secret, secret) {
			return gate.ErrNoAccount
		}
		f := *account.Second
		if c.Recovery == nil {
			if c.Step <= f.Step {
				return gate.ErrNoAccount
			}
			f.Step = c.Step
		} else {
			i := slices.IndexFunc(f.Recovery, func(kept []byte) bool { return bytes.Equal(kept, c.Recovery) })
			if i < 0 {
				return gate.ErrNoAccount
			}
			f.Recovery = slices.Delete(slices.Clone(f.Recovery), i, i+1)
		}
		account.Second = &f
		k.Accounts[id] = account
		return nil
	}, &owed{Code: &usedCode{Account: id, Secret: secret, Code: c}})
}

// ChangePassword implements gate.Passwords. The database must be there.
func (a *Accounts) ChangePassword(ctx context.Context, id gate.AccountID, oldHash, newHash string, keep gate.TokenHash) error {
	return a.change(id, keep, a.database.ChangePassword(ctx, id, oldHash, newHash, keep), func(account *Account) {
		account.Hashes = gate.Hashes{Password: newHash, Configured: cmp.Or(account.Hashes.Configured, oldHash)}
	})
}

// TurnOn implements gate.SecondFactors. The database must be there.
func (a *Accounts) TurnOn(ctx context.Context, id gate.AccountID, passwordHash string, f gate.SecondFactor, keep gate.TokenHash) error {
	return a.change(id, keep, a.database.TurnOn(ctx, id, passwordHash, f, keep), func(account *Account) {
		account.Second, account.SecondFactor = &f, true
	})
}

// TurnOff implements gate.SecondFactors. The database must be there.
func (a *Accounts) TurnOff(ctx context.Context, id gate.AccountID, keep gate.TokenHash) error {
	return a.change(id, keep, a.database.TurnOff(ctx, id, keep), func(account *Account) {
		account.Second, account.SecondFactor = nil, false
	})
}

// change brings into the copy what the database has changed of an account, whose sign-ins but one have ended by that.
func (a *Accounts) change(id gate.AccountID, keep gate.TokenHash, err error, copy func(account *Account)) error {
	if err != nil {
		return err
	}
	a.mu.Lock()
	if account, is := a.kept.Accounts[id]; is {
		copy(&account)
		a.kept.Accounts[id] = account
		a.kept.endSignIns(id, keep)
	}
	a.version++
	a.mu.Unlock()
	_ = a.save() // which logs it: the database has it
	return nil
}
