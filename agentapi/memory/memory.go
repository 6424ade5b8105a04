// Package memory keeps accounts and sign-ins in memory: for tests, and for a Hotline
// that is only tried out. It passes the same conformance suite as agentapi/postgres;
// a restart forgets everything.
package memory

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"hotline/agentapi/gate"
	"hotline/agentapi/outage"
	"hotline/queues"
)

// Accounts is an gate.Accounts. The zero value is empty and ready.
type Accounts struct {
	mu      sync.Mutex
	byLogin map[string]*entry              // guarded by mu
	signIns map[gate.TokenHash]gate.SignIn // guarded by mu
	byID    map[gate.AccountID]*entry      // guarded by mu
	key     []byte                         // guarded by mu
}

// Key implements gate.Keys.
func (m *Accounts) Key(context.Context) (gate.Key, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.key == nil {
		m.key = make([]byte, 32)
		_, _ = rand.Read(m.key) // never fails
	}
	return gate.Key{Secret: m.key}, nil
}

type entry struct {
	account  gate.Account
	hash     gate.Hashes
	disabled bool
	second   *gate.SecondFactor // nil: none
}

// Seat makes these the only accounts, but for those that are wrong: see agentapi/postgres.
func (m *Accounts) Seat(_ context.Context, all []gate.Seating) (ended []gate.AccountID, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	byLogin, byID := map[string]*entry{}, map[gate.AccountID]*entry{}
	agents, stays := map[queues.AgentID]bool{}, map[gate.AccountID]bool{}
	var not gate.NotSeated
	for _, one := range all {
		var old entry
		if was := m.byID[one.Account.ID]; was != nil {
			old = *was
		}
		hash, goesOn, err := one.Over(old.account, old.hash)
		a := one.Account
		switch {
		case err != nil:
		case byLogin[a.Login] != nil:
			err = fmt.Errorf("account %s: the login %q is taken", a.ID, a.Login)
		case a.Agent != "" && agents[a.Agent]:
			err = fmt.Errorf("account %s: the agent %s has an account", a.ID, a.Agent)
		}
		if err != nil {
			not, ended = append(not, gate.Refusal{Account: a.ID, Why: err}), append(ended, a.ID)
			continue
		}
		agents[a.Agent], stays[a.ID] = true, goesOn
		if !goesOn && old.account.ID == a.ID {
			ended = append(ended, a.ID)
		}
		e := &entry{account: a, hash: hash, second: old.second}
		e.account.SecondFactor = e.second != nil
		byLogin[a.Login], byID[a.ID] = e, e
	}
	m.byLogin, m.byID = byLogin, byID
	maps.DeleteFunc(m.signIns, func(_ gate.TokenHash, in gate.SignIn) bool { return !stays[in.Account] })
	if len(not) > 0 {
		return ended, not
	}
	return ended, nil
}

// Copy implements outage.Database.
func (m *Accounts) Copy(_ context.Context, now time.Time) (outage.Copy, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := outage.Copy{Key: gate.Key{Secret: m.key}, Accounts: map[gate.AccountID]outage.Account{}, SignIns: map[gate.TokenHash]gate.SignIn{}}
	for id, e := range m.byID {
		if e.disabled {
			continue
		}
		one := outage.Account{Account: e.account, Hashes: e.hash}
		if e.second != nil {
			f := *e.second
			f.Recovery = slices.Clone(f.Recovery)
			one.Second = &f
		}
		c.Accounts[id] = one
	}
	for token, in := range m.signIns {
		if now.Before(in.Expires) {
			in.Second = false
			c.SignIns[token] = in
		}
	}
	return c, nil
}

// Mark implements outage.Database.
func (m *Accounts) Mark(ctx context.Context, now time.Time) (string, error) {
	c, err := m.Copy(ctx, now)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(c)
	return string(text), err
}

// Disable shuts an account out, and ends its sign-ins.
func (m *Accounts) Disable(_ context.Context, id gate.AccountID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.byID[id]
	if e == nil {
		return gate.ErrNoAccount
	}
	e.disabled = true
	maps.DeleteFunc(m.signIns, func(_ gate.TokenHash, in gate.SignIn) bool { return in.Account == id })
	return nil
}

// ByLogin implements gate.Accounts.
func (m *Accounts) ByLogin(_ context.Context, login string) (gate.Account, string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.byLogin[login]
	if e == nil || e.disabled {
		return gate.Account{}, "", gate.ErrNoAccount
	}
	return e.account, e.hash.Password, nil
}

// Open implements gate.Accounts.
func (m *Accounts) Open(_ context.Context, in gate.SignIn, passwordHash string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.byID[in.Account]; e == nil || e.disabled || e.hash.Password != passwordHash || e.second != nil && !in.Second {
		return gate.ErrNoAccount
	}
	maps.DeleteFunc(m.signIns, func(_ gate.TokenHash, old gate.SignIn) bool { return !in.Opened.Before(old.Expires) })
	if m.signIns == nil {
		m.signIns = map[gate.TokenHash]gate.SignIn{}
	}
	m.signIns[in.Token] = in
	return nil
}

// BySignIn implements gate.Accounts.
func (m *Accounts) BySignIn(_ context.Context, t gate.TokenHash, now time.Time) (gate.Account, time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	in, ok := m.signIns[t]
	if !ok || !now.Before(in.Expires) {
		return gate.Account{}, time.Time{}, gate.ErrNoAccount
	}
	return m.byID[in.Account].account, in.Expires, nil
}

// Extend implements gate.Visits.
func (m *Accounts) Extend(_ context.Context, t gate.TokenHash, now, until time.Time, longest time.Duration) (time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	in, ok := m.signIns[t]
	if !ok || !now.Before(in.Expires) {
		return time.Time{}, gate.ErrNoAccount
	}
	if end := in.Opened.Add(longest); until.After(end) {
		until = end
	}
	if until.After(in.Expires) {
		in.Expires = until
	}
	m.signIns[t] = in
	return in.Expires, nil
}

// Left implements gate.Visits.
func (m *Accounts) Left(_ context.Context, tokens []gate.TokenHash) (left []gate.TokenHash, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range tokens {
		if _, is := m.signIns[t]; is {
			left = append(left, t)
		}
	}
	return left, nil
}

// ChangePassword implements gate.Passwords.
func (m *Accounts) ChangePassword(_ context.Context, id gate.AccountID, oldHash, newHash string, keep gate.TokenHash) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.byID[id]
	if e == nil || e.disabled || e.hash.Password != oldHash {
		return gate.ErrNoAccount
	}
	e.hash = gate.Hashes{Password: newHash, Configured: cmp.Or(e.hash.Configured, oldHash)}
	maps.DeleteFunc(m.signIns, func(t gate.TokenHash, in gate.SignIn) bool { return in.Account == id && t != keep })
	return nil
}

// Close implements gate.Accounts.
func (m *Accounts) Close(_ context.Context, t gate.TokenHash) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.signIns, t)
	return nil
}
