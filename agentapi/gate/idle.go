package gate

import (
	"context"
	"errors"
	"time"
)

// Visits is where it is kept how long a sign-in lasts.
type Visits interface {
	// Extend makes a sign-in that has not expired last until then, but no longer than longest after it was opened, and never
	// shorter than it did. ErrNoAccount where there is none.
	Extend(ctx context.Context, token TokenHash, now, until time.Time, longest time.Duration) (expires time.Time, err error)
	// Left are those of some sign-ins that are there, expired ones, too.
	Left(ctx context.Context, tokens []TokenHash) ([]TokenHash, error)
}

// Ended are those of some sign-ins that are not among the accounts any more: they were ended by another process, such as a command of
// an operator. What was known of them is forgotten. Whose time is over may be among them, or not.
func (g *Gate) Ended(ctx context.Context, tokens []TokenHash) (ended []TokenHash, err error) {
	ctx, cancel := context.WithTimeout(ctx, lookUpTime)
	defer cancel()
	left, err := g.accounts.Left(ctx, tokens)
	if err != nil {
		return nil, err
	}
	stay := make(map[TokenHash]bool, len(left)) // there are ten thousand
	for _, t := range left {
		stay[t] = true
	}
	for _, t := range tokens {
		if !stay[t] {
			g.known.forget(t)
			ended = append(ended, t)
		}
	}
	return ended, nil
}

// A sign-in ends when its person has done nothing for Options.Idle, and in any case Options.Lifetime after it was opened. What counts is
// what a person does: a request, a command from the desk. An open page alone does not; but nobody is thrown out of a call, from the
// offer to the end of the wrap-up: see InCall.

// Used says that the person of this sign-in has just done something.
func (g *Gate) Used(ctx context.Context, token TokenHash) {
	now := time.Now()
	p, err := g.Holder(ctx, token)
	if err != nil || p.last || p.Expires.Sub(now) > g.idle-g.idle/24 {
		return // once in half an hour is often enough to write it down
	}
	g.extend(ctx, p, now, now.Add(g.idle), g.lifetime)
}

// inCallTime is how much longer a sign-in lasts, at least, while its person is in a call.
const inCallTime = time.Hour

// InCall says that the person of this sign-in is in a call, so that it does not end now, whatever its time is.
func (g *Gate) InCall(ctx context.Context, token TokenHash) {
	now := time.Now()
	if p, err := g.Holder(ctx, token); err == nil && p.Expires.Sub(now) < inCallTime/2 {
		g.extend(ctx, p, now, now.Add(inCallTime), g.lifetime+24*time.Hour)
	}
}

func (g *Gate) extend(ctx context.Context, p Person, now, until time.Time, longest time.Duration) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	round := g.known.began()
	expires, err := g.accounts.Extend(ctx, p.Token, now.UTC(), until.UTC(), longest)
	switch {
	case errors.Is(err, ErrNoAccount):
		return // it has ended meanwhile
	case err != nil: // the accounts cannot be read: whoever is here stays
		g.log.Debug("a sign-in is not made to last longer", "account", p.Account.ID, "err", err)
		expires = until
	}
	p.last = err == nil && expires.Before(until) // it ends for good
	p.Expires = expires
	g.known.remember(p, now, round)
}
