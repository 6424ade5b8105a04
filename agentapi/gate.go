package agentapi

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"
)

// gate lets people in: it checks passwords, gives out tokens, and knows who holds one.
//
// Guessing is made slow, and cheap for us. A failure costs its address, and the pair of
// login and address, a place in a bucket (see limits); an empty bucket refuses before any hash
// is computed. Hashes are computed few at a time, whoever asks. An unknown login costs the same
// time as a wrong password, and gets the same answer.
type gate struct {
	accounts Accounts
	lifetime time.Duration
	hashing  chan struct{} // one place for each check under way
	nobody   string        // the hash that an unknown login is compared with
	limits   limits
	known    known
	count    *counters
}

const (
	hashesAtOnce = 2
	longestToken = 256
	hashWait     = 5 * time.Second // for a place to compute a hash
)

func newGate(accounts Accounts, lifetime time.Duration, count *counters) (*gate, error) {
	hash, err := HashPassword(rand.Text())
	if err != nil {
		return nil, err
	}
	return &gate{
		accounts: accounts, lifetime: lifetime, nobody: hash, count: count,
		hashing: make(chan struct{}, hashesAtOnce),
	}, nil
}

// signIn checks login and password, and opens a sign-in. The errors are Problems, or the store's.
func (g *gate) signIn(ctx context.Context, login, password, address string) (a Account, token string, err error) {
	defer func() { g.count.signIns.WithLabelValues(signInOutcome(err)).Inc() }()
	login = CleanLogin(login)
	a, hash, err := g.check(ctx, login, password, address)
	if err != nil {
		return Account{}, "", err
	}
	token = rand.Text() + rand.Text() // 2 × 130 bits
	now, round := time.Now().UTC(), g.known.began()
	in := SignIn{Token: hashToken(token), Account: a.ID, Opened: now, Expires: now.Add(g.lifetime)}
	switch err := g.accounts.Open(ctx, in, hash); {
	case errors.Is(err, ErrNoAccount):
		return Account{}, "", wrongLogin() // by now
	case err != nil:
		return Account{}, "", fmt.Errorf("sign in account %s: %w", a.ID, err)
	}
	g.known.remember(in.Token, a, in.Expires, now, round)
	return a, token, nil
}

func wrongLogin() *Problem { return Refuse(CodeWrongLogin, "the login or the password is wrong") }

// check finds the account whose login and password these are, with its hash, and counts a failure. All but the first
// look at the limits waits for its turn: a flood costs neither the database nor the processor much.
func (g *gate) check(ctx context.Context, login, password, address string) (a Account, hash string, err error) {
	if wait := g.limits.blocked(login, address, time.Now()); wait > 0 {
		return Account{}, "", tooMany(wait)
	}
	ctx, cancel := context.WithTimeout(ctx, hashWait)
	defer cancel()
	select {
	case g.hashing <- struct{}{}:
		defer func() { <-g.hashing }()
	case <-ctx.Done():
		return Account{}, "", tooMany(hashWait)
	}
	// Those who waited beside a flood of failures are looked at again.
	if wait := g.limits.blocked(login, address, time.Now()); wait > 0 {
		return Account{}, "", tooMany(wait)
	}
	a, hash, err = g.accounts.ByLogin(ctx, login)
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
		g.limits.failed(login, address, time.Now())
		return Account{}, "", wrongLogin()
	}
	return a, hash, nil
}

func tooMany(wait time.Duration) *Problem {
	return Refuse(CodeTooManyAttempts, "too many attempts to sign in: wait %d s", int(wait.Seconds())+1)
}

func signInOutcome(err error) string {
	var p *Problem
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &p):
		return string(p.Code)
	default:
		return string(CodeInternal)
	}
}

// who finds the account behind a visitor's token, or ErrNoAccount.
func (g *gate) who(ctx context.Context, v visitor) (Account, time.Time, error) {
	if v.token == "" || len(v.token) > longestToken {
		return Account{}, time.Time{}, ErrNoAccount
	}
	return g.holder(ctx, hashToken(v.token))
}

// holder finds the account whose token this is, or ErrNoAccount.
func (g *gate) holder(ctx context.Context, token TokenHash) (Account, time.Time, error) {
	now, round := time.Now(), g.known.began()
	if a, expires, fresh := g.known.find(token, now); fresh {
		return a, expires, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	a, expires, err := g.accounts.BySignIn(ctx, token, now.UTC())
	switch {
	case err == nil:
		g.known.remember(token, a, expires, now, round)
		return a, expires, nil
	case errors.Is(err, ErrNoAccount):
		g.known.forget(token)
		return Account{}, time.Time{}, ErrNoAccount
	}
	// The database is away. Whoever was here a while ago may go on working.
	if a, expires, ok := g.known.stale(token, now); ok {
		return a, expires, nil
	}
	return Account{}, time.Time{}, fmt.Errorf("look up a sign-in: %w", err)
}

// signOut forgets the visitor's sign-in.
func (g *gate) signOut(ctx context.Context, v visitor) error {
	token := hashToken(v.token)
	if err := g.accounts.Close(ctx, token); err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	g.known.forget(token)
	return nil
}

func hashToken(token string) TokenHash { return sha256.Sum256([]byte(token)) }

// known keeps who showed which token lately: it spares the database one look-up for each
// request, and carries the pages through its outages.
type known struct {
	mu    sync.Mutex
	byID  map[TokenHash]sighting // guarded by mu
	round int                    // how often all was forgotten; guarded by mu
}

type sighting struct {
	account     Account
	expires, at time.Time
}

const (
	freshFor  = 15 * time.Second // so long a disabled account can still go on, without Server.Recheck
	staleFor  = time.Hour        // in an outage
	knownMost = 20000
)

func (k *known) find(t TokenHash, now time.Time) (Account, time.Time, bool) {
	return k.within(t, now, freshFor)
}

func (k *known) stale(t TokenHash, now time.Time) (Account, time.Time, bool) {
	return k.within(t, now, staleFor)
}

func (k *known) within(t TokenHash, now time.Time, age time.Duration) (Account, time.Time, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s, ok := k.byID[t]
	return s.account, s.expires, ok && now.Sub(s.at) < age && now.Before(s.expires)
}

// began is to be asked before the accounts are, and given to remember.
func (k *known) began() (round int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.round
}

// remember passes over what was looked up before all was forgotten: it may have changed since.
func (k *known) remember(t TokenHash, a Account, expires, now time.Time, round int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if round != k.round {
		return
	}
	if k.byID == nil {
		k.byID = map[TokenHash]sighting{}
	}
	if len(k.byID) >= knownMost {
		for old, s := range k.byID {
			if now.Sub(s.at) > freshFor || len(k.byID) >= knownMost {
				delete(k.byID, old)
			}
		}
	}
	k.byID[t] = sighting{account: a, expires: expires, at: now}
}

func (k *known) forget(t TokenHash) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.byID, t)
}

func (k *known) forgetAll() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.byID = nil
	k.round++
}
