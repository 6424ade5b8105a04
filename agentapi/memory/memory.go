// Package memory keeps accounts and sign-ins in memory: for tests, and for a Hotline
// that is only tried out. It passes the same conformance suite as agentapi/postgres;
// a restart forgets everything.
package memory

import (
	"context"
	"fmt"
	"sync"
	"time"

	"hotline/agentapi"
)

// Accounts is an agentapi.Accounts. The zero value is empty and ready.
type Accounts struct {
	mu      sync.Mutex
	byLogin map[string]*entry                      // guarded by mu
	signIns map[agentapi.TokenHash]agentapi.SignIn // guarded by mu
	byID    map[agentapi.AccountID]*entry          // guarded by mu
}

type entry struct {
	account  agentapi.Account
	hash     string
	disabled bool
}

// Put adds an account, or replaces the one with its id; a login or an agent that belongs to another
// account is refused.
func (m *Accounts) Put(_ context.Context, a agentapi.Account, passwordHash string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byLogin == nil {
		m.byLogin, m.byID = map[string]*entry{}, map[agentapi.AccountID]*entry{}
		m.signIns = map[agentapi.TokenHash]agentapi.SignIn{}
	}
	if err := a.Check(); err != nil {
		return err
	}
	for _, other := range m.byID {
		switch {
		case other.account.ID == a.ID:
		case other.account.Login == a.Login:
			return fmt.Errorf("account %s: the login %q is taken", a.ID, a.Login)
		case a.Agent != "" && other.account.Agent == a.Agent:
			return fmt.Errorf("account %s: the agent %s has an account", a.ID, a.Agent)
		}
	}
	if old := m.byID[a.ID]; old != nil {
		delete(m.byLogin, old.account.Login)
	}
	e := &entry{account: a, hash: passwordHash}
	m.byID[a.ID], m.byLogin[a.Login] = e, e
	return nil
}

// PutByLogin is Put for accounts that are known by their login: see agentapi/postgres.
func (m *Accounts) PutByLogin(ctx context.Context, a agentapi.Account, passwordHash string) (agentapi.AccountID, error) {
	m.mu.Lock()
	old := m.byLogin[a.Login]
	m.mu.Unlock()
	switch {
	case old != nil:
		a.ID = old.account.ID
	case a.ID == "":
		a.ID = agentapi.NewAccountID()
	}
	return a.ID, m.Put(ctx, a, passwordHash)
}

// Disable shuts an account out, and ends its sign-ins.
func (m *Accounts) Disable(_ context.Context, id agentapi.AccountID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.byID[id]
	if e == nil {
		return agentapi.ErrNoAccount
	}
	e.disabled = true
	for token, in := range m.signIns {
		if in.Account == id {
			delete(m.signIns, token)
		}
	}
	return nil
}

// ByLogin is one of agentapi.Accounts.
func (m *Accounts) ByLogin(_ context.Context, login string) (agentapi.Account, string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.byLogin[login]
	if e == nil || e.disabled {
		return agentapi.Account{}, "", agentapi.ErrNoAccount
	}
	return e.account, e.hash, nil
}

// Open is one of agentapi.Accounts.
func (m *Accounts) Open(_ context.Context, in agentapi.SignIn) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.byID[in.Account]; e == nil || e.disabled {
		return agentapi.ErrNoAccount
	}
	for token, old := range m.signIns {
		if !in.Opened.Before(old.Expires) {
			delete(m.signIns, token)
		}
	}
	m.signIns[in.Token] = in
	return nil
}

// BySignIn is one of agentapi.Accounts.
func (m *Accounts) BySignIn(_ context.Context, t agentapi.TokenHash, now time.Time) (agentapi.Account, time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	in, ok := m.signIns[t]
	if !ok || !now.Before(in.Expires) {
		return agentapi.Account{}, time.Time{}, agentapi.ErrNoAccount
	}
	return m.byID[in.Account].account, in.Expires, nil
}

// Close is one of agentapi.Accounts.
func (m *Accounts) Close(_ context.Context, t agentapi.TokenHash) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.signIns, t)
	return nil
}
