// Package gate says who somebody is and lets them in: accounts and roles, passwords, signing in with its limits, the tokens by
// which a browser is known again, and the pages that may ask at all.
//
//	login, password ──► SignIn ──► a turn (see turns) ──► Accounts.ByLogin, hash ──► second ──► Accounts.Open ──► cookie
//	each request ────► Admit ──► Who ──► known for a moment, or signed by us and Accounts.BySignIn ──► Person
//	a configuration ─► Seating.Over: which password's hash an account has, and whether its sign-ins go on
//
// A Problem is what the visitor is told; any other error is a store's, which is not.
//
// Invariants:
//   - Guessing is made slow, and cheap for us, and a right password is let in beside it: attempts wait for their turn, and a
//     browser that has signed in before goes first (see turns). An unknown login costs the same time as a wrong password, and
//     gets the same answer.
//   - Who has a second factor signs in with a code besides, which counts once, also after a restart; nobody learns whether there is one
//     who does not have the password; and codes cannot be guessed (see guesses). Whose role needs one and who has none reaches nothing
//     but turning it on.
//   - Passwords, codes and tokens are in no log, no error and no answer, and tokens are kept by their hash alone.
//   - A sign-in ends when its person has done nothing for a while, but not in a call (see idle.go).
//   - A cookie that we have not signed costs no look at the accounts.
//   - Nobody takes all connections: they are bounded by address and in all (see Connections and crowd).
//   - What a page of another site sends is refused before it is looked at, as far as it changes anything.
//   - Whoever was let in a while ago may go on while the accounts cannot be read; whoever was shut out is out at the latest
//     after fifteen seconds, and at once after Forget.
//
// What a role may see is each question's own matter: this room says only which role somebody has.
package gate

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"hotline/agentapi"
)

// Options are what a Gate is made of. Accounts are needed, the rest is not.
type Options struct {
	Accounts Store
	Lifetime time.Duration // of a sign-in, at most; 7 days
	Idle     time.Duration // without use a sign-in ends; 12 h
	// Origins are foreign origins whose pages may use the interface, like https://desk.example.org.
	Origins []string
	// Proxies of ours end TLS, and say who a visitor is.
	Proxies Proxies
	// PerAddress bounds what visitors behind a proxy have open at once, each for themselves; 0 is any number.
	PerAddress int
	// SecondFactor are the roles that need one.
	SecondFactor []Role

	Tokens  Tokens                // of programs; nil: there are none
	Metrics prometheus.Registerer // nil: nobody counts
	Log     *slog.Logger          // nil: slog.Default()
}

// Gate lets people in. It may be used by many goroutines at once.
type Gate struct {
	accounts  Store
	lifetime  time.Duration
	idle      time.Duration
	proxies   Proxies
	origins   map[string]bool
	foreign   *http.CrossOriginProtection
	nobody    string // the hash that an unknown login is compared with
	turns     turns
	guesses   guesses
	needs     []Role // a second factor
	signer    signer
	crowd     crowd
	known     known
	machines  machines
	signIns   *prometheus.CounterVec // by outcome
	turnWaits prometheus.Observer
	log       *slog.Logger
}

// New makes a Gate.
func New(o Options) (*Gate, error) {
	if o.Accounts == nil {
		return nil, errors.New("gate: Accounts are needed")
	}
	if o.Lifetime == 0 {
		o.Lifetime = 7 * 24 * time.Hour
	}
	if o.Idle == 0 {
		o.Idle = 12 * time.Hour
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	hash, err := HashPassword(rand.Text())
	if err != nil {
		return nil, err
	}
	g := &Gate{
		accounts: o.Accounts, lifetime: o.Lifetime, idle: o.Idle, proxies: o.Proxies, origins: map[string]bool{}, foreign: http.NewCrossOriginProtection(),
		nobody: hash, signer: signer{keys: o.Accounts}, machines: machines{tokens: o.Tokens}, crowd: crowd{most: o.PerAddress}, needs: o.SecondFactor, log: o.Log, signIns: newSignIns(o.Metrics), turnWaits: newTurnWaits(o.Metrics),
	}
	for _, origin := range o.Origins {
		if err := g.trust(origin); err != nil {
			return nil, err
		}
	}
	g.foreign.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		agentapi.Refuse(agentapi.CodeOrigin, "sent by a page of another site").Write(w)
	}))
	return g, nil
}

// trust lets the pages of a foreign origin use the interface.
func (g *Gate) trust(origin string) error {
	name, err := Origin(origin)
	if err != nil {
		return fmt.Errorf("gate: origin %q %w", origin, err)
	}
	if err := g.foreign.AddTrustedOrigin(name); err != nil {
		return fmt.Errorf("gate: %w", err)
	}
	g.origins[name] = true
	return nil
}

// Origin is an origin as browsers write it: in lower case, and without the port that goes without saying.
func Origin(text string) (string, error) {
	u, err := url.Parse(strings.ToLower(text))
	if err != nil || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" ||
		u.Fragment != "" || strings.ContainsAny(u.Host, "*, ") {
		return "", errors.New("is no origin: write it as https://desk.example.org")
	}
	usual := map[string]string{"https": ":443", "http": ":80"}[u.Scheme]
	return u.Scheme + "://" + strings.TrimSuffix(u.Host, usual), nil
}

// Credentials are what somebody signs in with.
type Credentials struct {
	Login    string
	Password string
	Code     string // of the second factor, or a recovery code; "" is none
}

// SignIn checks who somebody is, and opens a sign-in for the visitor. Its token is in the first cookie; by the second one
// the browser is known when it comes again. The errors are Problems, or the store's; CodeSecondFactor is one that is answered by the same
// credentials with a code.
func (g *Gate) SignIn(ctx context.Context, with Credentials) (a Account, cookies []http.Cookie, err error) {
	defer func() { g.signIns.WithLabelValues(signInOutcome(err)).Inc() }()
	v, login := visitorOf(ctx), CleanLogin(with.Login)
	key, err := g.signer.ready(ctx)
	if err != nil {
		return Account{}, nil, err
	}
	a, hash, err := g.check(ctx, key, v.claim(key, login), with.Password, &with.Code)
	if err != nil {
		return Account{}, nil, err
	}
	token := key.newToken()
	now, round := time.Now().UTC(), g.known.began()
	in := SignIn{Token: hashToken(token), Account: a.ID, Opened: now, Expires: now.Add(min(g.idle, g.lifetime)), Second: a.SecondFactor}
	switch err := g.accounts.Open(ctx, in, hash); {
	case errors.Is(err, ErrNoAccount):
		return Account{}, nil, wrongLogin() // by now
	case err != nil:
		return Account{}, nil, fmt.Errorf("sign in account %s: %w", a.ID, err)
	}
	a = g.judged(a)
	g.known.remember(Person{Account: a, Token: in.Token, Expires: in.Expires}, now, round)
	g.log.Info("signed in", "account", a.ID, "agent", a.Agent, "role", a.Role, "address", v.address)
	return a, []http.Cookie{v.cookie(token, g.lifetime), v.browserCookie(key.withLogin(v.browser, login))}, nil
}

// claim is what a visitor claims who gives this login.
func (v visitor) claim(key Key, login string) claim {
	c := claim{login: login, address: household(v.address), browser: key.knownBrowser(v.browser, login)}
	if v.address.Is6() {
		c.site = site(v.address)
	}
	return c
}

// Person is somebody who has signed in: an account, and the sign-in by which they are known.
type Person struct {
	Account Account
	Token   TokenHash
	Expires time.Time
	Scopes  []Scope // of a program; a person has none
	last    bool    // use makes it last no longer
}

// judged is an account with what the gate says of it.
func (g *Gate) judged(a Account) Account {
	a.SecondFactorDue = !a.SecondFactor && slices.Contains(g.needs, a.Role)
	return a
}

// Who is the person who sends a request, or ErrNoAccount. Who has yet to turn on a second factor gets the Problem CodeSecondFactorDue;
// any other error is the store's. The context is the request's, as Admit has made it.
func (g *Gate) Who(ctx context.Context) (Person, error) {
	p, err := g.Anybody(ctx)
	if err == nil && p.Account.SecondFactorDue {
		return Person{}, agentapi.Refuse(agentapi.CodeSecondFactorDue, "your role needs a second factor: turn it on first")
	}
	return p, err
}

// Anybody is Who for what those may do, too, who have yet to turn on a second factor: that, and signing out.
func (g *Gate) Anybody(ctx context.Context) (Person, error) {
	token, err := g.shown(ctx)
	if err != nil {
		return Person{}, err
	}
	return g.Holder(ctx, token)
}

// shown is the token that a visitor shows, or ErrNoAccount where it cannot be one of ours.
func (g *Gate) shown(ctx context.Context) (TokenHash, error) {
	token := visitorOf(ctx).token
	if token == "" || len(token) > longestToken {
		return TokenHash{}, ErrNoAccount
	}
	key, err := g.signer.ready(ctx)
	if err != nil {
		return TokenHash{}, fmt.Errorf("look up a sign-in: %w", err)
	}
	if !key.mayBe(token, time.Now()) {
		return TokenHash{}, ErrNoAccount
	}
	return hashToken(token), nil
}

// Holder is the person whose token this is, or ErrNoAccount: for whoever keeps something open for them.
func (g *Gate) Holder(ctx context.Context, token TokenHash) (Person, error) {
	now, round := time.Now(), g.known.began()
	if p, fresh := g.known.find(token, now); fresh {
		return p, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	a, expires, err := g.accounts.BySignIn(ctx, token, now.UTC())
	switch {
	case err == nil:
		p := Person{Account: g.judged(a), Token: token, Expires: expires}
		g.known.remember(p, now, round)
		return p, nil
	case errors.Is(err, ErrNoAccount):
		g.known.forget(token)
		return Person{}, ErrNoAccount
	}
	// The database is away. Whoever was here a while ago may go on working.
	if p, ok := g.known.stale(token, now); ok {
		return p, nil
	}
	return Person{}, fmt.Errorf("look up a sign-in: %w", err)
}

// Forget makes the gate ask the accounts again about everybody: for whoever has changed them.
func (g *Gate) Forget() { g.known.forgetAll() }

// ForgetAccounts makes the gate ask again about whoever has signed in to these accounts, and not let them go on while the accounts
// cannot be read: for whoever is about to change them.
func (g *Gate) ForgetAccounts(ids ...AccountID) { g.known.forgetAccounts(ids) }

// SignOut ends the visitor's sign-in. The cookie takes the token from the browser. The token is that of the sign-in that has ended,
// for whoever keeps something open for it; where there was none it is zero, and no error.
func (g *Gate) SignOut(ctx context.Context) (token TokenHash, cookie http.Cookie, err error) {
	token, err = g.shown(ctx)
	if err == nil {
		err = g.accounts.Close(ctx, token)
		g.known.forget(token)
	}
	if err != nil && !errors.Is(err, ErrNoAccount) {
		return TokenHash{}, http.Cookie{}, fmt.Errorf("sign out: %w", err)
	}
	return token, visitorOf(ctx).cookie("", 0), nil
}

func hashToken(token string) TokenHash { return sha256.Sum256([]byte(token)) }
