// Package outage lets people sign in, and work on, while the database is away. It stands between the gate and the store in the database,
// and keeps a copy of who may sign in, and who is signed in, on Hotline's own disk:
//
//	            ┌── there ──► the database, and what has changed in it into the copy
//	gate ──► Accounts
//	            └── away ───► the copy, and what is owed to the database
//
//	           an error, or no answer for a second
//	    there ────────────────────────────────────► away
//	      ▲                                           │
//	      └── Refresh: what is owed is paid, and the ─┘
//	          copy is read anew
//
// Invariants:
//   - The database has the last word. A sign-in that was opened while it was away goes on only where the account, its password and its second factor
//     are the same still; then Refresh says that the database is back, for
//     whoever is to look again who is signed in.
//   - What the copy says during an outage is on the disk before it is answered: a code of the second factor counts once, and who has
//     signed out is out, also where Hotline is killed in between. Where the disk refuses, so do those two.
//   - How long the outage lasts makes no difference; sign-ins expire in their time.
//   - There is no password in the copy, and no token: only their hashes, as in the database, and the key for cookies. The secrets of second
//     factors lie sealed beside the key that opens them: who reads the file has both, and may make codes. Nobody else may read it, and it is
//     to be in no copy or backup that is open to others.
//   - Nobody changes a password or a second factor without the database. What a configuration says of people counts at once: see Seat.
//
// How often somebody may guess is the gate's to know, in memory, with the database and without it.
package outage

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"time"

	"hotline/agentapi/gate"
)

// Database is the store that has the last word.
type Database interface {
	gate.Store
	// Copy is all of it that counts at now.
	Copy(ctx context.Context, now time.Time) (Copy, error)
	// Mark is another one whenever Copy's answer is. It is much cheaper to ask for.
	Mark(ctx context.Context, now time.Time) (string, error)
}

// Disk keeps the copy: the latest text durably, or the one before, and never half of one. Nobody else may read it.
type Disk interface {
	Read() ([]byte, error) // nothing where nothing was kept yet
	Keep(text []byte) error
}

// Accounts is a gate.Store. It may be used by many goroutines at once.
type Accounts struct {
	database Database
	disk     Disk
	log      *slog.Logger
	unsaved  chan struct{} // has room for one: Run is to save

	refreshing sync.Mutex // while the copy is read anew
	mark       string     // the database's, when the copy was found to be what it has; "" is never; guarded by refreshing
	held       uint64     // the version of kept that was; guarded by refreshing

	saving  sync.Mutex // one at a time; goes before mu
	saved   uint64     // the version on the disk; guarded by saving
	failing bool       // the disk takes nothing; guarded by saving

	mu      sync.Mutex
	kept    kept   // guarded by mu
	version uint64 // of kept; guarded by mu
	away    bool   // guarded by mu
}

// kept is what is on the disk.
type kept struct {
	Copy
	Owed []*owed `json:"owed,omitempty"` // to the database, in this order
}

// patience is how long the database has to answer before it is away.
const patience = time.Second

var errNoCopy = errors.New("the database is away, and there is no copy of the accounts")

// New reads what was kept. A copy that cannot be read is none, and the log says why: it is made anew by Refresh.
func New(database Database, disk Disk, log *slog.Logger) *Accounts {
	a := &Accounts{database: database, disk: disk, log: log, unsaved: make(chan struct{}, 1)}
	text, err := disk.Read()
	if err == nil && len(text) > 0 {
		err = json.Unmarshal(text, &a.kept)
	}
	if err != nil {
		a.kept = kept{}
		log.Warn("who may sign in while the database is away is not known until it has been there once: the copy cannot be read", "err", err)
	}
	a.kept.makeMaps()
	return a
}

// Away says whether the database is, as far as is known.
func (a *Accounts) Away() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.away
}

// lost notes that the database is away, where there is a copy to go on with.
func (a *Accounts) lost(err error) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.kept.usable() {
		return false
	}
	if !a.away {
		a.away = true
		a.log.Warn("the database is away: people sign in and go on by the copy on the disk", "accounts", len(a.kept.Accounts), "sign_ins", len(a.kept.SignIns), "err", err)
	}
	return true
}

// ask asks the database, or is true where it is away and the copy is to be asked.
func (a *Accounts) ask(ctx context.Context, database func(ctx context.Context) error) (copy bool, err error) {
	if a.Away() {
		return true, nil
	}
	short, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err = database(short)
	if err == nil || errors.Is(err, gate.ErrNoAccount) || ctx.Err() != nil {
		return false, err
	}
	return a.lost(err), err
}

// read asks the database or the copy.
func (a *Accounts) read(ctx context.Context, database func(ctx context.Context) error, copy func(k *kept) error) error {
	byCopy, err := a.ask(ctx, database)
	if !byCopy {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return copy(&a.kept)
}

// write changes the database, and the copy with it; or the copy alone, and the database is owed it.
func (a *Accounts) write(ctx context.Context, database func(ctx context.Context) error, copy func(k *kept) error, debt *owed) error {
	byCopy, err := a.ask(ctx, database)
	if !byCopy && err != nil {
		return err
	}
	a.mu.Lock()
	if byCopy && !a.away { // it is back since: what the copy alone had would be nowhere
		a.mu.Unlock()
		return a.write(ctx, database, copy, debt)
	}
	err = copy(&a.kept)
	if err == nil && byCopy {
		a.kept.owe(debt)
	}
	a.version++
	a.mu.Unlock()
	if !byCopy {
		a.saveSoon()
		return nil // what the database has done is done
	}
	if err != nil {
		return err
	}
	if err = a.save(); err != nil && debt != nil && (debt.Code != nil || debt.Close != nil) {
		return fmt.Errorf("keep it while the database is away: %w", err) // after a kill a code would count again, and who has signed out be in
	}
	return nil
}

func (a *Accounts) saveSoon() {
	select {
	case a.unsaved <- struct{}{}:
	default: // Run is to save anyway
	}
}

// save brings the copy to the disk, with what others have changed meanwhile: they need not save it again.
func (a *Accounts) save() error {
	a.mu.Lock()
	mine := a.version
	a.mu.Unlock()
	a.saving.Lock()
	defer a.saving.Unlock()
	if a.saved >= mine && a.saved > 0 {
		return nil
	}
	a.mu.Lock()
	version := a.version
	text, err := json.Marshal(a.kept)
	a.mu.Unlock()
	if err == nil {
		err = a.disk.Keep(text)
	}
	if failed := err != nil; failed != a.failing {
		a.failing = failed
		if failed {
			a.log.Warn("the disk does not take the copy of who may sign in: a Hotline that is started anew without the database would know less", "err", err)
		} else {
			a.log.Info("the disk takes the copy of who may sign in again")
		}
	}
	if err == nil {
		a.saved = version
	}
	return err
}

// longestUnsaved is how long what the database has may not be in the copy on the disk yet.
const longestUnsaved = 10 * time.Second

// Run saves what changes while the database is there, until ctx ends, and then what is not saved yet. It does so for a tenth of the time at most: all is written each
// time, and on a morning on which ten thousand sign in one after another Hotline would do little else.
func (a *Accounts) Run(ctx context.Context) error {
	for {
		select {
		case <-a.unsaved:
			began := time.Now()
			_ = a.save() // which logs it
			select {
			case <-time.After(min(9*time.Since(began), longestUnsaved)):
			case <-ctx.Done():
			}
		case <-ctx.Done():
			select {
			case <-a.unsaved:
				_ = a.save()
			default:
			}
			return nil
		}
	}
}

const (
	refreshTime  = 5 * time.Second // how long the database has for each try
	refreshTries = 10              // while people sign in there is always something new
)

// Refresh pays what is owed to the database, and reads the copy anew. It is true where the database was away until now: then it is to
// be looked again who is signed in.
func (a *Accounts) Refresh(ctx context.Context) (back bool, err error) {
	a.refreshing.Lock()
	defer a.refreshing.Unlock()
	for range refreshTries {
		ctx, cancel := context.WithTimeout(ctx, refreshTime)
		back, done, err := a.refresh(ctx)
		cancel()
		if err != nil {
			a.lost(err)
			return false, err
		}
		if back {
			_ = a.save() // which logs it
		}
		if done {
			return back, nil
		}
	}
	return false, nil // the next time
}

// refresh is done where nothing has changed meanwhile.
func (a *Accounts) refresh(ctx context.Context) (back, done bool, err error) {
	for o := a.owes(); o != nil; o = a.owes() {
		if err := o.pay(ctx, a.database, a.log); err != nil {
			return false, false, err
		}
		a.mu.Lock()
		a.kept.Owed = slices.DeleteFunc(a.kept.Owed, func(other *owed) bool { return other == o })
		a.version++
		a.mu.Unlock()
		a.saveSoon() // after a kill it is not to be paid again
	}
	a.mu.Lock()
	version := a.version
	a.mu.Unlock()
	now := time.Now().UTC()
	mark, err := a.database.Mark(ctx, now) // before the copy: what changes in between is seen the next time
	if err != nil {
		return false, false, fmt.Errorf("look whether the accounts have changed: %w", err)
	}
	same, fresh := mark == a.mark && version == a.held, Copy{}
	if !same {
		if fresh, err = a.database.Copy(ctx, now); err != nil {
			return false, false, fmt.Errorf("copy the accounts: %w", err)
		}
		fresh.makeMaps()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.version != version || len(a.kept.Owed) > 0 {
		return false, false, nil
	}
	if !same && !reflect.DeepEqual(a.kept.Copy, fresh) {
		a.kept.Copy = fresh
		a.version++
		a.saveSoon()
	}
	a.mark, a.held = mark, a.version
	if back, a.away = a.away, false; back {
		a.log.Info("the database is back: who may sign in is read from it again", "accounts", len(a.kept.Accounts), "sign_ins", len(a.kept.SignIns))
	}
	return back, true, nil
}

// owes is what the database is owed first; nil is nothing.
func (a *Accounts) owes() *owed {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.kept.Owed) == 0 {
		return nil
	}
	return a.kept.Owed[0]
}

// Seat makes these the only accounts of the copy, where the database is away: who is removed is out at once, and what is open with a password or a role of
// before ends (gate.Seating.Over), with what the database is owed of it. The database is not told: see Hashed. Who stands among before, who are in the
// copy already, stays as they are. out is told the accounts whose sign-ins have ended, as soon as that is on the disk.
// It takes a while, for passwords are dear to compare; ctx ends it early.
func (a *Accounts) Seat(ctx context.Context, all, before []gate.Seating, out func(ended ...gate.AccountID)) {
	a.mu.Lock()
	if !a.away {
		a.mu.Unlock()
		return
	}
	var removed []gate.AccountID
	for id := range a.kept.Accounts {
		if !slices.ContainsFunc(all, func(s gate.Seating) bool { return s.Account.ID == id }) {
			a.kept.remove(id)
			a.kept.forgive(id)
			removed = append(removed, id)
		}
	}
	a.version++
	a.mu.Unlock()
	_ = a.save()
	out(removed...)
	for _, one := range all {
		if slices.Contains(before, one) {
			continue
		}
		if ctx.Err() != nil {
			return
		}
		id := one.Account.ID
		a.mu.Lock()
		was := a.kept.Accounts[id]
		a.mu.Unlock()
		hashes, goesOn, err := one.Over(was.Account, was.Hashes)
		if err != nil {
			a.log.Error("somebody cannot sign in, and is signed out; all others can", "account", id, "err", err)
		}
		a.mu.Lock()
		if !a.away {
			a.mu.Unlock()
			return
		}
		ends := was.ID != "" && !goesOn
		if ends {
			a.kept.endSignIns(id, gate.TokenHash{})
			a.kept.forgive(id)
		}
		if err != nil {
			a.kept.remove(id)
		} else {
			now := Account{Account: one.Account, Hashes: hashes, Second: a.kept.Accounts[id].Second}
			now.SecondFactor = now.Second != nil
			a.kept.Accounts[id] = now
		}
		a.version++
		a.mu.Unlock()
		if ends {
			_ = a.save()
			out(id)
		}
	}
	_ = a.save()
}

// Hashed gives people the hashes of their passwords that the copy has, while the database is away: with them it seats people so that who has
// signed in with a new password meanwhile stays in.
func (a *Accounts) Hashed(all []gate.Seating) []gate.Seating {
	a.mu.Lock()
	defer a.mu.Unlock()
	all = slices.Clone(all)
	for i := range all {
		if is, known := a.kept.Accounts[all[i].Account.ID]; known && a.away {
			all[i].Hash = cmp.Or(is.Hashes.Configured, is.Hashes.Password)
		}
	}
	return all
}
