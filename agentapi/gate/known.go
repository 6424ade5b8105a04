package gate

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// known keeps who showed which token lately: it spares the database one look-up for each
// request, and carries the pages through outages of a store that has no copy (package outage).
type known struct {
	mu    sync.Mutex
	byID  map[TokenHash]sighting // guarded by mu
	round int                    // how often all was forgotten; guarded by mu
}

// sighting is when the accounts last said who a token belongs to.
type sighting struct {
	person Person
	at     time.Time
}

const (
	freshFor  = 15 * time.Second // for so long an account that was disabled can still go on where nobody calls Forget
	staleFor  = time.Hour        // for so long somebody who was known goes on while the accounts cannot be read
	knownMost = 20000            // more sightings than this are not kept
)

// find is who showed the token a moment ago.
func (k *known) find(t TokenHash, now time.Time) (Person, bool) {
	return k.within(t, now, freshFor)
}

// stale is who showed the token within the last hour: for when the accounts cannot be read.
func (k *known) stale(t TokenHash, now time.Time) (Person, bool) {
	return k.within(t, now, staleFor)
}

func (k *known) within(t TokenHash, now time.Time, age time.Duration) (Person, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s, ok := k.byID[t]
	return s.person, ok && now.Sub(s.at) < age && now.Before(s.person.Expires)
}

// began is to be asked before the accounts are, and given to remember.
func (k *known) began() (round int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.round
}

// remember passes over what was looked up before all was forgotten: it may have changed since.
func (k *known) remember(p Person, now time.Time, round int) {
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
	k.byID[p.Token] = sighting{person: p, at: now}
}

func (k *known) forget(t TokenHash) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.byID, t)
}

// forgetAccounts forgets who showed a token of these accounts.
func (k *known) forgetAccounts(ids []AccountID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	maps.DeleteFunc(k.byID, func(_ TokenHash, s sighting) bool { return slices.Contains(ids, s.person.Account.ID) })
	k.round++ // what is being looked up now may be of before
}

func (k *known) forgetAll() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.byID = nil
	k.round++
}
