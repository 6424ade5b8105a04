package gate

import (
	"math"
	"sync"
	"time"
)

// guesses bounds how many codes are tried at an account by who has its password. Six digits are few: of a million codes three count at a
// time, and what turns lets through at one login in a day, some 20,000, would find one in weeks. So after a few wrong codes there are
// pauses that double, up to a quarter of an hour: some 200 codes a day, which find one in years.
//
// Browsers on which the account was signed in to before are counted apart from all others, so that a stranger with the password does not
// keep its person out, and all together, for who has the password may have had them for long. A recovery code is never held up.
//
// There are at most two entries for each account with a second factor.
type guesses struct {
	mu  sync.Mutex
	all map[guessOf]*guessed // guarded by mu
}

const (
	freeGuesses        = 5
	firstGuessPause    = 30 * time.Second
	longestGuessPause  = 15 * time.Minute
	guessesHalfLife    = 24 * time.Hour
	doublingsOfPauseTo = 10 // more than lead to the longest one
)

// guessOf is at which account, and whether from a browser that it is known on.
type guessOf struct {
	account AccountID
	known   bool
}

type guessed struct {
	level float64 // wrong codes, of which half are forgotten every guessesHalfLife
	at    time.Time
	next  time.Time // before it no code is looked at
}

// begin counts a code as a wrong one, until right says that it was not, or took that nobody knows. Where it is not to be looked at now,
// it is how long that lasts, and nothing is counted.
func (g *guesses) begin(who guessOf, now time.Time) (wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	one := g.all[who]
	if one == nil {
		one = &guessed{at: now}
		if g.all == nil {
			g.all = map[guessOf]*guessed{}
		}
		g.all[who] = one
	}
	if wait := one.next.Sub(now); wait > 0 {
		return wait
	}
	one.level = one.level*math.Exp2(-now.Sub(one.at).Hours()/guessesHalfLife.Hours()) + 1
	one.at = now
	if over := one.level - freeGuesses; over > -0.5 {
		pause := firstGuessPause << int(math.Round(min(max(over, 0), doublingsOfPauseTo)))
		one.next = now.Add(min(pause, longestGuessPause))
	}
	return 0
}

// took takes back what begin counted.
func (g *guesses) took(who guessOf, counted bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if one := g.all[who]; one != nil && counted {
		one.level, one.next = max(one.level-1, 0), time.Time{}
	}
}

// right forgets what was wrong before.
func (g *guesses) right(who guessOf) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.all, who)
}
