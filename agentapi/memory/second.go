package memory

import (
	"bytes"
	"context"
	"maps"
	"slices"

	"hotline/agentapi/gate"
)

// SecondFactor implements gate.SecondFactors.
func (m *Accounts) SecondFactor(_ context.Context, id gate.AccountID) (gate.SecondFactor, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.byID[id]
	if e == nil || e.disabled || e.second == nil {
		return gate.SecondFactor{}, gate.ErrNoAccount
	}
	f := *e.second
	f.Recovery = slices.Clone(f.Recovery)
	return f, nil
}

// UseCode implements gate.SecondFactors.
func (m *Accounts) UseCode(_ context.Context, id gate.AccountID, secret []byte, c gate.Code) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.byID[id]
	if e == nil || e.disabled || e.second == nil || !bytes.Equal(e.second.Secret, secret) {
		return gate.ErrNoAccount
	}
	if c.Recovery == nil {
		if c.Step <= e.second.Step {
			return gate.ErrNoAccount
		}
		e.second.Step = c.Step
		return nil
	}
	i := slices.IndexFunc(e.second.Recovery, func(kept []byte) bool { return bytes.Equal(kept, c.Recovery) })
	if i < 0 {
		return gate.ErrNoAccount
	}
	e.second.Recovery = slices.Delete(e.second.Recovery, i, i+1)
	return nil
}

// TurnOn implements gate.SecondFactors.
func (m *Accounts) TurnOn(_ context.Context, id gate.AccountID, passwordHash string, f gate.SecondFactor, keep gate.TokenHash) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.byID[id]
	if e == nil || e.disabled || e.hash.Password != passwordHash || e.second != nil {
		return gate.ErrNoAccount
	}
	f.Recovery = slices.Clone(f.Recovery)
	m.changeSecond(e, &f, keep)
	return nil
}

// TurnOff implements gate.SecondFactors.
func (m *Accounts) TurnOff(_ context.Context, id gate.AccountID, keep gate.TokenHash) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.byID[id]
	if e == nil || e.disabled {
		return gate.ErrNoAccount
	}
	m.changeSecond(e, nil, keep)
	return nil
}

// changeSecond changes an account, and ends its sign-ins but one. The caller has the lock.
func (m *Accounts) changeSecond(e *entry, f *gate.SecondFactor, keep gate.TokenHash) {
	e.second, e.account.SecondFactor = f, f != nil
	maps.DeleteFunc(m.signIns, func(t gate.TokenHash, in gate.SignIn) bool { return in.Account == e.account.ID && t != keep })
}
