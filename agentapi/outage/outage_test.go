package outage_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hotline/agentapi/conformance"
	"hotline/agentapi/gate"
	"hotline/agentapi/memory"
	"hotline/agentapi/outage"
)

// database is a store that can be away: it refuses, or it hangs.
type database struct {
	memory.Accounts
	mu     sync.Mutex
	away   bool
	hangs  bool
	copies int // that were asked for; of whoever refreshes
}

var errAway = errors.New("connection refused")

func (d *database) be(away, hangs bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.away, d.hangs = away, hangs
}

func (d *database) answers(ctx context.Context) error {
	d.mu.Lock()
	away, hangs := d.away, d.hangs
	d.mu.Unlock()
	if hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	if away {
		return errAway
	}
	return nil
}

// Copy has the expired, too: the suite's sign-ins are of another year.
func (d *database) Copy(ctx context.Context, _ time.Time) (outage.Copy, error) {
	if err := d.answers(ctx); err != nil {
		return outage.Copy{}, err
	}
	d.copies++
	return d.Accounts.Copy(ctx, time.Time{})
}

func (d *database) Mark(ctx context.Context, _ time.Time) (string, error) {
	if err := d.answers(ctx); err != nil {
		return "", err
	}
	return d.Accounts.Mark(ctx, time.Time{})
}

func (d *database) Key(ctx context.Context) (gate.Key, error) {
	if err := d.answers(ctx); err != nil {
		return gate.Key{}, err
	}
	return d.Accounts.Key(ctx)
}

func (d *database) ByLogin(ctx context.Context, login string) (gate.Account, string, error) {
	if err := d.answers(ctx); err != nil {
		return gate.Account{}, "", err
	}
	return d.Accounts.ByLogin(ctx, login)
}

func (d *database) Open(ctx context.Context, in gate.SignIn, hash string) error {
	return errors.Join(d.answers(ctx), d.Accounts.Open(ctx, in, hash))
}

func (d *database) BySignIn(ctx context.Context, t gate.TokenHash, now time.Time) (gate.Account, time.Time, error) {
	if err := d.answers(ctx); err != nil {
		return gate.Account{}, time.Time{}, err
	}
	return d.Accounts.BySignIn(ctx, t, now)
}

func (d *database) Close(ctx context.Context, t gate.TokenHash) error {
	if err := d.answers(ctx); err != nil {
		return err
	}
	return d.Accounts.Close(ctx, t)
}

func (d *database) Extend(ctx context.Context, t gate.TokenHash, now, until time.Time, longest time.Duration) (time.Time, error) {
	if err := d.answers(ctx); err != nil {
		return time.Time{}, err
	}
	return d.Accounts.Extend(ctx, t, now, until, longest)
}

func (d *database) Left(ctx context.Context, tokens []gate.TokenHash) ([]gate.TokenHash, error) {
	if err := d.answers(ctx); err != nil {
		return nil, err
	}
	return d.Accounts.Left(ctx, tokens)
}

func (d *database) SecondFactor(ctx context.Context, id gate.AccountID) (gate.SecondFactor, error) {
	if err := d.answers(ctx); err != nil {
		return gate.SecondFactor{}, err
	}
	return d.Accounts.SecondFactor(ctx, id)
}

func (d *database) UseCode(ctx context.Context, id gate.AccountID, secret []byte, c gate.Code) error {
	if err := d.answers(ctx); err != nil {
		return err
	}
	return d.Accounts.UseCode(ctx, id, secret, c)
}

// disk is a text that outlives its Accounts.
type disk struct {
	mu    sync.Mutex
	text  []byte
	times int // that it was read by a test
	full  bool
}

func (d *disk) Read() ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text, nil
}

func (d *disk) Keep(text []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.full {
		return errFull
	}
	d.text = slices.Clone(text)
	return nil
}

var errFull = errors.New("no space left")

// both are the copy and the database, which is away whenever the gate asks: so the copy is held against the suite of the stores.
type both struct {
	*outage.Accounts
	database *database
	away     bool
}

func (b both) told(t func() error) error {
	b.database.be(false, false)
	err := t()
	if _, failed := b.Refresh(context.Background()); failed != nil {
		return failed
	}
	if b.away {
		b.database.be(true, false)
		_, _, _ = b.ByLogin(context.Background(), "nobody") // by which it is known
	}
	return err
}

func (b both) Seat(ctx context.Context, all []gate.Seating) (ended []gate.AccountID, err error) {
	err = b.told(func() error { ended, err = b.database.Seat(ctx, all); return err })
	return ended, err
}

func (b both) Disable(ctx context.Context, id gate.AccountID) error {
	return b.told(func() error { return b.database.Disable(ctx, id) })
}

func (b both) ChangePassword(ctx context.Context, id gate.AccountID, old, new string, keep gate.TokenHash) error {
	return b.told(func() error { return b.Accounts.ChangePassword(ctx, id, old, new, keep) })
}

func (b both) TurnOn(ctx context.Context, id gate.AccountID, hash string, f gate.SecondFactor, keep gate.TokenHash) error {
	return b.told(func() error { return b.Accounts.TurnOn(ctx, id, hash, f, keep) })
}

func (b both) TurnOff(ctx context.Context, id gate.AccountID, keep gate.TokenHash) error {
	return b.told(func() error { return b.Accounts.TurnOff(ctx, id, keep) })
}

func TestAnAbsentDatabaseIsNotMissed(t *testing.T) {
	for name, away := range map[string]bool{"there": false, "away": true} {
		t.Run(name, func(t *testing.T) {
			conformance.Run(t, func(t *testing.T) conformance.Store {
				db := &database{}
				b := both{outage.New(db, &disk{}, slog.New(slog.DiscardHandler)), db, away}
				if _, err := b.Key(t.Context()); err != nil {
					t.Fatal(err)
				}
				return b
			})
		})
	}
}

const right = "correct horse"

func account(login string) gate.Seating {
	return gate.Seating{Password: right, Account: gate.Account{ID: gate.AccountID("id-of-" + login), Login: login, Name: login, Role: gate.RoleSupervisor, Language: "en"}}
}

// house is a database with these people, and a Hotline's copy of it.
type house struct {
	t    *testing.T
	db   *database
	disk *disk
	*outage.Accounts
	hashes map[gate.AccountID]string
}

func raise(t *testing.T, people ...gate.Seating) *house {
	h := &house{t: t, db: &database{}, disk: &disk{}, hashes: map[gate.AccountID]string{}}
	h.restart()
	_, err := h.db.Seat(t.Context(), people)
	h.must(err)
	for _, p := range people {
		_, hash, err := h.db.ByLogin(t.Context(), p.Account.Login)
		h.must(err)
		h.hashes[p.Account.ID] = hash
	}
	_, err = h.Key(t.Context())
	h.must(err)
	h.refresh(false)
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// restart goes on with what is on the disk alone, as after a kill.
func (h *house) restart() { h.Accounts = outage.New(h.db, h.disk, slog.New(slog.DiscardHandler)) }

func (h *house) refresh(wantBack bool) {
	h.t.Helper()
	back, err := h.Refresh(h.t.Context())
	if err != nil || back != wantBack {
		h.t.Fatalf("refreshed: the database is back: %v, %v", back, err)
	}
}

func (h *house) opens(token byte, id gate.AccountID) error {
	now := time.Now().UTC()
	return h.Open(h.t.Context(), gate.SignIn{Token: gate.TokenHash{token}, Account: id, Opened: now, Expires: now.Add(time.Hour)}, h.hashes[id])
}

func (h *house) isIn(token byte) bool {
	h.t.Helper()
	_, _, err := h.BySignIn(h.t.Context(), gate.TokenHash{token}, time.Now())
	if err != nil && !errors.Is(err, gate.ErrNoAccount) {
		h.t.Fatal(err)
	}
	return err == nil
}

// TestWhoSignedInDuringAnOutageIsInAfterItAndAKillOfHotline, unless their password or account is another by then.
func TestWhoSignedInDuringAnOutageIsInAfterItAndAKillOfHotline(t *testing.T) {
	h := raise(t, account("anna"), account("boris"), account("vera"), account("gleb"))
	h.must(h.opens(1, "id-of-anna"))
	h.must(h.opens(9, "id-of-anna"))
	h.db.be(true, false)
	for token, id := range map[byte]gate.AccountID{2: "id-of-boris", 3: "id-of-vera", 4: "id-of-gleb"} {
		h.must(h.opens(token, id))
	}
	h.must(h.Close(t.Context(), gate.TokenHash{9}))
	h.restart()
	for token := byte(1); token <= 4; token++ {
		if !h.isIn(token) {
			t.Errorf("%d is out during the outage", token)
		}
	}
	if h.isIn(9) {
		t.Error("who has signed out is in again")
	}
	h.must(h.db.ChangePassword(t.Context(), "id-of-vera", h.hashes["id-of-vera"], "another", gate.TokenHash{}))
	h.must(h.db.Disable(t.Context(), "id-of-gleb"))
	if _, err := h.Refresh(t.Context()); err == nil || !h.Away() {
		t.Fatalf("the database is away, and a refresh says %v", err)
	}
	h.db.be(false, false)
	h.refresh(true)
	for token, want := range map[byte]bool{1: true, 2: true, 3: false, 4: false, 9: false} {
		if got := h.isIn(token); got != want {
			t.Errorf("after the outage %d is in: %v", token, got)
		}
	}
	h.restart()
	h.db.be(true, false) // and all of it again from what is on the disk by now
	h.refreshFails()
	if h.isIn(3) || h.isIn(4) {
		t.Error("whom the database has thrown out is in by the copy")
	}
}

func (h *house) refreshFails() {
	h.t.Helper()
	if _, err := h.Refresh(h.t.Context()); err == nil {
		h.t.Fatal("a database that is away has answered")
	}
}

// TestADatabaseThatHangsIsWaitedForOnce: for a second, and everybody else goes by the copy at once.
func TestADatabaseThatHangsIsWaitedForOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := raise(t, account("anna"))
		h.must(h.opens(1, "id-of-anna"))
		h.db.be(false, true)
		began := time.Now()
		for range 5 {
			if !h.isIn(1) {
				t.Error("she is out")
			}
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("five questions took %s", took)
		}
	})
}

// TestWhatTheConfigurationSaysDuringAnOutageCountsAtOnce: who is removed or has another password.
func TestWhatTheConfigurationSaysDuringAnOutageCountsAtOnce(t *testing.T) {
	anna, boris, vera := account("anna"), account("boris"), account("vera")
	h := raise(t, anna, boris, vera)
	for token, one := range map[byte]gate.Seating{1: anna, 2: boris, 3: vera} {
		h.must(h.opens(token, one.Account.ID))
	}
	h.db.be(true, false)
	h.refreshFails()
	boris.Password = "another one"
	ended := h.seat([]gate.Seating{anna, boris, account("gleb")}, nil)
	slices.Sort(ended)
	if !slices.Equal(ended, []gate.AccountID{"id-of-boris", "id-of-vera"}) {
		t.Errorf("ended are the sign-ins of %s", ended)
	}
	h.restart()
	h.refreshFails()
	for token, want := range map[byte]bool{1: true, 2: false, 3: false} {
		if h.isIn(token) != want {
			t.Errorf("%d is in: %v", token, !want)
		}
	}
	for login, want := range map[string]error{"anna": nil, "boris": nil, "vera": gate.ErrNoAccount, "gleb": nil} {
		if _, _, err := h.ByLogin(t.Context(), login); !errors.Is(err, want) {
			t.Errorf("%s: %v", login, err)
		}
	}
}

// seat brings people into the copy, and returns whose sign-ins have ended: by what is on the disk as that is told.
func (h *house) seat(all, before []gate.Seating) (ended []gate.AccountID) {
	h.Seat(h.t.Context(), all, before, func(out ...gate.AccountID) {
		ended = append(ended, out...)
		killed := outage.New(h.db, h.disk, slog.New(slog.DiscardHandler))
		_, _ = killed.Refresh(h.t.Context())
		for token := byte(1); token < 10; token++ {
			if a, _, err := killed.BySignIn(h.t.Context(), gate.TokenHash{token}, time.Now()); err == nil && slices.Contains(out, a.ID) {
				h.t.Errorf("%s is out, and in again after a kill", a.ID)
			}
		}
	})
	return ended
}

// TestWhatTheConfigurationSaidDuringAnOutageIsNotUndoneByItsEnd: who was removed, or had another password, does not come back in by what the database is
// owed; who has signed in with the new password stays in when the database has it.
func TestWhatTheConfigurationSaidDuringAnOutageIsNotUndoneByItsEnd(t *testing.T) {
	anna, boris, vera := account("anna"), account("boris"), account("vera")
	h := raise(t, anna, boris, vera)
	before := []gate.Seating{anna, boris, vera}
	h.db.be(true, false)
	h.refreshFails()
	for token, one := range map[byte]gate.Seating{1: anna, 2: boris, 3: vera} {
		h.must(h.opens(token, one.Account.ID))
	}
	boris.Password = "another one"
	all := []gate.Seating{anna, boris}
	if ended := h.seat(all, before); !slices.Equal(ended, []gate.AccountID{"id-of-vera", "id-of-boris"}) {
		t.Errorf("ended are the sign-ins of %s", ended)
	}
	if ended := h.seat(all, all); ended != nil {
		t.Errorf("ended are the sign-ins of %s, of whom nothing else is said", ended)
	}
	var err error
	_, h.hashes["id-of-boris"], err = h.ByLogin(t.Context(), "boris")
	h.must(err)
	h.must(h.opens(4, "id-of-boris"))
	h.db.be(false, false)
	_, err = h.db.Seat(t.Context(), h.Hashed(all))
	h.must(err)
	h.refresh(true)
	for token, want := range map[byte]bool{1: true, 2: false, 3: false, 4: true} {
		if got := h.isIn(token); got != want {
			t.Errorf("after the outage %d is in: %v", token, got)
		}
	}
}

// TestWhoIsRemovedDuringAnOutageIsNotOwedToTheDatabase, which has them still.
func TestWhoIsRemovedDuringAnOutageIsNotOwedToTheDatabase(t *testing.T) {
	anna, vera := account("anna"), account("vera")
	h := raise(t, anna, vera)
	h.db.be(true, false)
	h.refreshFails()
	h.must(h.opens(1, "id-of-vera"))
	h.seat([]gate.Seating{anna}, []gate.Seating{anna, vera})
	h.db.be(false, false)
	h.refresh(true)
	if h.isIn(1) {
		t.Error("who was removed is in")
	}
}

// TestACodeOfTheSecondFactorCountsOnceOverAnOutageAndAKill: on the disk, and in the database after it.
func TestACodeOfTheSecondFactorCountsOnceOverAnOutageAndAKill(t *testing.T) {
	h := raise(t, account("anna"))
	ctx, id, secret := t.Context(), gate.AccountID("id-of-anna"), []byte("sealed")
	h.must(h.TurnOn(ctx, id, h.hashes[id], gate.SecondFactor{Secret: secret, Step: 5, Recovery: [][]byte{{1}, {2}}}, gate.TokenHash{}))
	h.db.be(true, false)
	for range 2 {
		h.restart()
		once := h.UseCode(ctx, id, secret, gate.Code{Step: 7})
		recovery := h.UseCode(ctx, id, secret, gate.Code{Recovery: []byte{1}})
		if h.disk.times++; h.disk.times == 1 {
			h.must(errors.Join(once, recovery))
		} else if !errors.Is(once, gate.ErrNoAccount) || !errors.Is(recovery, gate.ErrNoAccount) {
			t.Errorf("used again: %v, %v", once, recovery)
		}
	}
	if err := h.opens(1, id); !errors.Is(err, gate.ErrNoAccount) {
		t.Errorf("a sign-in without a code: %v", err)
	}
	h.db.be(false, false)
	h.refresh(true)
	f, err := h.db.SecondFactor(ctx, id)
	h.must(err)
	if f.Step != 7 || len(f.Recovery) != 1 || !bytes.Equal(f.Recovery[0], []byte{2}) {
		t.Errorf("the database has %+v", f)
	}
}

// TestWhoseSecondFactorWasResetInAnOutageIsOutAfterIt: it is taken from them because somebody else may have it.
func TestWhoseSecondFactorWasResetInAnOutageIsOutAfterIt(t *testing.T) {
	h := raise(t, account("anna"), account("boris"), account("vera"))
	ctx, now := t.Context(), time.Now().UTC()
	for _, id := range []gate.AccountID{"id-of-anna", "id-of-boris", "id-of-vera"} {
		h.must(h.TurnOn(ctx, id, h.hashes[id], gate.SecondFactor{Secret: []byte("sealed for " + id), Step: 5}, gate.TokenHash{}))
	}
	h.db.be(true, false)
	for token, id := range map[byte]gate.AccountID{1: "id-of-anna", 2: "id-of-boris", 3: "id-of-vera"} {
		h.must(h.UseCode(ctx, id, []byte("sealed for "+id), gate.Code{Step: 7}))
		h.must(h.Open(ctx, gate.SignIn{Token: gate.TokenHash{token}, Account: id, Opened: now, Expires: now.Add(time.Hour), Second: true}, h.hashes[id]))
	}
	h.restart()
	h.refreshFails()
	h.must(h.db.TurnOff(ctx, "id-of-anna", gate.TokenHash{}))
	h.must(h.db.TurnOff(ctx, "id-of-boris", gate.TokenHash{}))
	h.must(h.db.TurnOn(ctx, "id-of-boris", h.hashes["id-of-boris"], gate.SecondFactor{Secret: []byte("another")}, gate.TokenHash{}))
	h.db.be(false, false)
	h.refresh(true)
	for token, want := range map[byte]bool{1: false, 2: false, 3: true} {
		if got := h.isIn(token); got != want {
			t.Errorf("after the outage %d is in: %v", token, got)
		}
	}
}

// TestASignInThatWasUsedInAnOutageLastsAfterIt, however long that was.
func TestASignInThatWasUsedInAnOutageLastsAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := raise(t, account("anna"))
		h.must(h.opens(1, "id-of-anna"))
		h.db.be(true, false)
		for range 6 {
			time.Sleep(30 * time.Minute)
			_, err := h.Extend(t.Context(), gate.TokenHash{1}, time.Now(), time.Now().Add(time.Hour), 24*time.Hour)
			h.must(err)
		}
		h.db.be(false, false)
		h.refresh(true)
		if !h.isIn(1) {
			t.Error("she is out")
		}
	})
}

// TestASignInThatWasUsedInAnOutageOutlivesTheNextOne: who signs in forgets what has expired in the database, and not what was used without it.
// What is used for a shorter time than before does not end earlier.
func TestASignInThatWasUsedInAnOutageOutlivesTheNextOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := raise(t, account("anna"), account("boris"))
		h.must(h.opens(1, "id-of-anna"))
		h.db.be(true, false)
		extend := func(by, longest time.Duration) {
			_, err := h.Extend(t.Context(), gate.TokenHash{1}, time.Now(), time.Now().Add(by), longest)
			h.must(err)
		}
		time.Sleep(30 * time.Minute)
		extend(3*time.Hour, 24*time.Hour)
		time.Sleep(time.Hour)
		h.must(h.opens(2, "id-of-boris"))
		extend(time.Hour, 2*time.Hour)
		time.Sleep(30 * time.Minute)
		h.db.be(false, false)
		h.refresh(true)
		if !h.isIn(1) || !h.isIn(2) {
			t.Errorf("anna is in: %v, boris: %v", h.isIn(1), h.isIn(2))
		}
		time.Sleep(time.Hour) // three since she came
		if !h.isIn(1) {
			t.Error("what she had been given was taken back")
		}
	})
}

// TestNobodyIsSignedOutOrLetInByACodeWhereTheDiskDoesNotKeepIt: a kill would undo it. To sign in by a password needs no disk.
func TestNobodyIsSignedOutOrLetInByACodeWhereTheDiskDoesNotKeepIt(t *testing.T) {
	h := raise(t, account("anna"), account("boris"))
	secret := []byte("sealed")
	h.must(h.TurnOn(t.Context(), "id-of-anna", h.hashes["id-of-anna"], gate.SecondFactor{Secret: secret, Step: 5}, gate.TokenHash{}))
	h.db.be(true, false)
	h.disk.full = true
	h.must(h.opens(1, "id-of-boris"))
	if err := h.Close(t.Context(), gate.TokenHash{1}); !errors.Is(err, errFull) {
		t.Errorf("signed out: %v", err)
	}
	if err := h.UseCode(t.Context(), "id-of-anna", secret, gate.Code{Step: 7}); !errors.Is(err, errFull) {
		t.Errorf("a code: %v", err)
	}
}

// TestWhatIsDoneAsTheDatabaseComesBackIsInIt: by the one way or the other.
func TestWhatIsDoneAsTheDatabaseComesBackIsInIt(t *testing.T) {
	h := raise(t, account("anna"))
	for token := range byte(200) {
		h.db.be(true, false)
		h.refreshFails()
		h.db.be(false, false)
		var open sync.WaitGroup
		open.Go(func() {
			if err := h.opens(token, "id-of-anna"); err != nil {
				t.Error(err)
			}
		})
		_, err := h.Refresh(t.Context())
		h.must(err)
		open.Wait()
		if !h.Away() && !h.isIn(token) {
			t.Fatalf("%d is in no database", token)
		}
	}
}

// TestAllIsCopiedAnewOnlyWhereSomethingHasChanged: here, or in the database by another process.
func TestAllIsCopiedAnewOnlyWhereSomethingHasChanged(t *testing.T) {
	h := raise(t, account("anna"), account("boris"))
	for _, step := range []struct {
		what   string
		change func() error
		copies int
	}{
		{"nothing", func() error { return nil }, 0},
		{"somebody signs in", func() error { return h.opens(1, "id-of-anna") }, 1},
		{"nothing since", func() error { return nil }, 0},
		{"another process ends a sign-in", func() error { return h.db.Close(t.Context(), gate.TokenHash{1}) }, 1},
		{"another process shuts somebody out", func() error { return h.db.Disable(t.Context(), "id-of-boris") }, 1},
		{"nothing since then", func() error { return nil }, 0},
	} {
		h.must(step.change())
		before := h.db.copies
		h.refresh(false)
		if got := h.db.copies - before; got != step.copies {
			t.Errorf("%s: all is copied %d times, not %d", step.what, got, step.copies)
		}
	}
	h.db.be(true, false)
	h.refreshFails()
	if h.isIn(1) || h.opens(2, "id-of-boris") == nil {
		t.Error("the copy is not what the database was")
	}
	h.db.be(false, false)
	h.refresh(true)
}

// slowDisk takes a tenth of a second for each text.
type slowDisk struct {
	disk
	kept int
}

func (d *slowDisk) Keep(text []byte) error {
	time.Sleep(100 * time.Millisecond) // the clock is synctest's
	d.kept++
	return d.disk.Keep(text)
}

// TestWhileManySignInTheDiskIsBusyForATenthOfTheTime, and has all of them in the end.
func TestWhileManySignInTheDiskIsBusyForATenthOfTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := raise(t, account("anna"))
		d := &slowDisk{}
		h.Accounts = outage.New(h.db, d, slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(t.Context())
		var runs sync.WaitGroup
		runs.Go(func() { _ = h.Run(ctx) })
		_, err := h.Key(t.Context())
		h.must(err)
		h.refresh(false)
		for token := range byte(200) {
			h.must(h.opens(token, "id-of-anna"))
			time.Sleep(50 * time.Millisecond)
		}
		if d.kept < 8 || d.kept > 12 {
			t.Errorf("in ten seconds all is written %d times", d.kept)
		}
		h.must(h.opens(200, "id-of-anna"))
		stop()
		runs.Wait()
		h.db.be(true, false)
		h.Accounts = outage.New(h.db, d, slog.New(slog.DiscardHandler))
		h.refreshFails()
		for token := range byte(201) {
			if !h.isIn(token) {
				t.Fatalf("%d is not in the copy", token)
			}
		}
	})
}

func TestWithoutACopyTheErrorIsTheDatabases(t *testing.T) {
	db := &database{}
	db.be(true, false)
	a := outage.New(db, &disk{text: []byte("{torn")}, slog.New(slog.DiscardHandler))
	if _, _, err := a.ByLogin(t.Context(), "anna"); !errors.Is(err, errAway) {
		t.Errorf("it is %v", err)
	}
}
