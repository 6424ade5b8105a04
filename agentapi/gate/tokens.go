package gate

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// A program is let in by a token of its own, which a person has made for it (hotline token create). A token says what it may be used for, and has a
// name and an end. The accounts keep its SHA-256 alone: it is 256 random bits, so that nobody can try them all, and a slow hash would protect nothing
// more. All tokens are kept in memory and read anew now and then, so that a wrong one costs no query, however often it comes.

// Scope is what a token may be used for.
type Scope string

const (
	ReadFigures  Scope = "figures:read"
	ReadCalls    Scope = "calls:read"
	RecordCalls  Scope = "calls:record" // what is recorded of a talk; reads none
	WriteCalls   Scope = "calls:write"  // what agents do in their calls, in their name; reads none
	ReadTickets  Scope = "tickets:read"
	WriteTickets Scope = "tickets:write" // reads none by itself, but what a command gives back
	ReadMetrics  Scope = "metrics:read"

	ReadCustomers  Scope = "customers:read"
	WriteCustomers Scope = "customers:write"
)

// Scopes are all of them.
var Scopes = []Scope{ReadFigures, ReadCalls, RecordCalls, WriteCalls, ReadTickets, WriteTickets, ReadCustomers, WriteCustomers, ReadMetrics}

// Machine is a program that a token lets in.
type Machine struct {
	Name     string
	Hash     TokenHash
	Scopes   []Scope
	Created  time.Time
	Expires  time.Time // zero: never
	LastUsed time.Time // zero: never; to the minute
	Revoked  time.Time // zero: it is not
	By       string    // who made it
}

// Account is what a program is where people are accounts: somebody who sees what supervisors see, as far as the token's scopes reach.
func (m Machine) Account() Account {
	return Account{ID: AccountID(TokenLogin + m.Name), Login: TokenLogin + m.Name, Name: m.Name, Role: RoleMachine, Language: "en"}
}

// TokenLogin begins the login of a program: its token's name follows.
const TokenLogin = "token:"

// RoleMachine is a program's. No account of a person has it.
const RoleMachine Role = "machine"

// Tokens is where the tokens of programs are kept.
type Tokens interface {
	// Machines lists those that are neither revoked nor expired.
	Machines(ctx context.Context) ([]Machine, error)
	// Used notes when tokens were used last.
	Used(ctx context.Context, names []string, at time.Time) error
}

const tokenMark = "hotline_" // finds a token that was left in a file or a log

// NewToken makes a token, and what is kept of it.
func NewToken() (token string, hash TokenHash) {
	var secret [32]byte
	rand.Read(secret[:])
	token = tokenMark + base64.RawURLEncoding.EncodeToString(secret[:])
	return token, hashToken(token)
}

// CheckMachine says what is wrong with the name and the scopes of a token.
func CheckMachine(name string, scopes []Scope) error {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.'
	}
	switch {
	case name == "" || len(name) > longestLogin || strings.ContainsFunc(name, func(r rune) bool { return !plain(r) }):
		return fmt.Errorf("the name %q: expected up to %d small letters, digits, dots, dashes and underscores", name, longestLogin)
	case len(scopes) == 0:
		return errors.New("a token needs a scope")
	}
	for _, s := range scopes {
		if !slices.Contains(Scopes, s) {
			return fmt.Errorf("the scope %q is none of %s", s, Scopes)
		}
	}
	return nil
}

// Bearer is the token that a program shows (RFC 6750); not is where the header is of another kind.
func Bearer(authorization string) (token string, is bool) {
	kind, token, _ := strings.Cut(authorization, " ")
	return strings.TrimSpace(token), strings.EqualFold(kind, "Bearer")
}

// machines are the tokens as they were read last.
type machines struct {
	tokens Tokens // nil: there are none

	mu     sync.Mutex
	byHash map[TokenHash]Machine // guarded by mu
	tried  time.Time             // when they were read, or could not be; guarded by mu
	read   bool                  // once at least; guarded by mu
	used   map[string]bool       // since the last note of it; guarded by mu
	noted  time.Time             // guarded by mu
}

const (
	tokensFresh = 10 * time.Second // so long a token that was revoked may go on
	tokensAgain = time.Second      // so soon they are read again for a token that is not among them: it may be new
	notedEvery  = time.Minute
)

// Machine is the program whose token this is, or ErrNoAccount; any other error is the store's.
func (g *Gate) Machine(ctx context.Context, token string) (Machine, error) {
	m := &g.machines
	if m.tokens == nil || !strings.HasPrefix(token, tokenMark) || len(token) > longestToken {
		return Machine{}, ErrNoAccount
	}
	hash, now := hashToken(token), time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	_, known := m.byHash[hash]
	if age := now.Sub(m.tried); age >= tokensFresh || !known && age >= tokensAgain {
		m.readAgain(ctx)
	}
	found, known := m.byHash[hash]
	switch {
	case !known && !m.read:
		return Machine{}, errors.New("tokens cannot be read")
	case !known || !found.Expires.IsZero() && !now.Before(found.Expires):
		return Machine{}, ErrNoAccount
	}
	m.note(ctx, found.Name, now)
	return found, nil
}

// readAgain reads the tokens; where they cannot be read, those known go on. Called with mu held: the others wait for the answer.
func (m *machines) readAgain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	all, err := m.tokens.Machines(ctx)
	m.tried = time.Now() // not before: one that waited for an answer in vain would be followed by the next at once
	if err != nil {
		return
	}
	m.byHash, m.read = map[TokenHash]Machine{}, true
	for _, one := range all {
		m.byHash[one.Hash] = one
	}
}

// note notes that a token was used, in the accounts once a minute. Called with mu held.
func (m *machines) note(ctx context.Context, name string, now time.Time) {
	if m.used == nil {
		m.used = map[string]bool{}
	}
	m.used[name] = true
	if now.Sub(m.noted) < notedEvery {
		return
	}
	names := make([]string, 0, len(m.used))
	for n := range m.used {
		names = append(names, n)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if m.tokens.Used(ctx, names, now.UTC()) == nil {
		m.used = nil
	}
	m.noted = time.Now() // also in vain: programs do not wait for it at each request while the accounts are away
}
