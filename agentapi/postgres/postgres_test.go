package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"hotline/agentapi/conformance"
	"hotline/agentapi/gate"
	"hotline/agentapi/outage"
	"hotline/agentapi/postgres"
	"hotline/deploy"
	"hotline/deploy/private"
)

// TestAccountsInPostgreSQLConform runs the suite on a real server with the real schema.
func TestAccountsInPostgreSQLConform(t *testing.T) {
	pool := database(t)
	conformance.Run(t, func(t *testing.T) conformance.Store {
		if _, err := pool.Exec(t.Context(), `TRUNCATE accounts, sign_ins, gate_key`); err != nil {
			t.Fatal(err)
		}
		return postgres.New(pool)
	})
}

func TestExpiredSignInsAreForgottenWithTheNextOne(t *testing.T) {
	pool := database(t)
	s := postgres.New(pool)
	a := gate.Account{ID: "01890000-0000-7000-8000-000000000001", Login: "eva", Role: gate.RoleSupervisor, Language: "en"}
	if _, err := s.Seat(t.Context(), []gate.Seating{{Account: a, Password: "password"}}); err != nil {
		t.Fatal(err)
	}
	_, hash, err := s.ByLogin(t.Context(), a.Login)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i := range 3 {
		in := gate.SignIn{Token: gate.TokenHash{byte(i)}, Account: a.ID, Opened: at, Expires: at.Add(time.Minute)}
		if err := s.Open(t.Context(), in, hash); err != nil {
			t.Fatal(err)
		}
		at = at.Add(30 * time.Second)
	}
	var left int
	if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM sign_ins`).Scan(&left); err != nil || left != 2 {
		t.Errorf("%d sign-ins are left, %v; expected 2", left, err)
	}
}

// TestSignInsFromBeforeTokensWereSignedAreStillLookedUp until the last of them has ended.
func TestSignInsFromBeforeTokensWereSignedAreStillLookedUp(t *testing.T) {
	s := postgres.New(database(t))
	a := gate.Account{ID: "01890000-0000-7000-8000-000000000001", Login: "eva", Role: gate.RoleSupervisor, Language: "en"}
	if _, err := s.Seat(t.Context(), []gate.Seating{{Account: a, Password: "password"}}); err != nil {
		t.Fatal(err)
	}
	_, hash, err := s.ByLogin(t.Context(), a.Login)
	if err != nil {
		t.Fatal(err)
	}
	until := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	if err := s.Open(t.Context(), gate.SignIn{Token: gate.TokenHash{1}, Account: a.ID, Opened: until.Add(-time.Hour), Expires: until}, hash); err != nil {
		t.Fatal(err)
	}
	if key, err := s.Key(t.Context()); err != nil || !key.UnsignedUntil.Equal(until) {
		t.Errorf("unsigned until %s, %v; expected %s", key.UnsignedUntil, err, until)
	}
}

// TestAPasswordThatIsChangedWhilePeopleAreSeatedStays: hashing takes a while, and what a reload read before must not undo it.
func TestAPasswordThatIsChangedWhilePeopleAreSeatedStays(t *testing.T) {
	pool := database(t)
	s := postgres.New(pool)
	a := gate.Account{ID: "01890000-0000-7000-8000-000000000001", Login: "eva", Role: gate.RoleSupervisor, Language: "en"}
	seatings := []gate.Seating{{Account: a, Password: "password"}}
	if _, err := s.Seat(t.Context(), seatings); err != nil {
		t.Fatal(err)
	}
	changing, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := changing.Exec(t.Context(), `UPDATE accounts SET configured_hash = password_hash, password_hash = 'chosen by Eva'`); err != nil {
		t.Fatal(err)
	}
	seated := make(chan error, 1)
	go func() {
		_, err := s.Seat(t.Context(), seatings)
		seated <- err
	}()
	for waits := 0; waits == 0; { // it has read the accounts by now
		if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'`).Scan(&waits); err != nil {
			t.Fatal(err)
		}
	}
	if err := changing.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-seated; err != nil {
		t.Fatal(err)
	}
	if _, hash, err := s.ByLogin(t.Context(), a.Login); err != nil || hash != "chosen by Eva" {
		t.Errorf("the hash is %q, %v", hash, err)
	}
}

func database(t *testing.T) *pgxpool.Pool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	p, err := private.StartPostgres(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	pool, err := pgxpool.New(ctx, p.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	if err := migrate(ctx, pool); err != nil {
		t.Fatal(err)
	}
	return pool
}

func migrate(ctx context.Context, pool *pgxpool.Pool) error {
	schema, err := fs.Sub(deploy.Schema, "schema")
	if err != nil {
		return err
	}
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close()
	g, err := goose.NewProvider(goose.DialectPostgres, db, schema)
	if err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	_, err = g.Up(ctx)
	return err
}

// TestTheCopyForAnOutageIsWhatTheAccountsAre: with their hashes and second factors, and without whoever is shut out or whose sign-in has expired.
// TestTheMarkOfACopyIsAnotherWhenTheCopyIs, whoever has changed what, and also as time passes.
func TestTheMarkOfACopyIsAnotherWhenTheCopyIs(t *testing.T) {
	pool := database(t)
	s := postgres.New(pool)
	ctx, now := t.Context(), time.Now().UTC().Truncate(time.Microsecond)
	eva := gate.Account{ID: "01890000-0000-7000-8000-000000000001", Login: "eva", Role: gate.RoleSupervisor, Language: "en"}
	seated := func(a ...gate.Account) func() error {
		return func() error {
			var all []gate.Seating
			for _, one := range a {
				all = append(all, gate.Seating{Account: one, Password: "password"})
			}
			_, err := s.Seat(ctx, all)
			return err
		}
	}
	renamed, ivan := eva, eva
	renamed.Name = "Eva"
	ivan.ID, ivan.Login = "01890000-0000-7000-8000-000000000002", "ivan"
	hash := ""
	opens := func(token byte) func() error {
		return func() (err error) {
			if _, hash, err = s.ByLogin(ctx, "eva"); err != nil {
				return err
			}
			return s.Open(ctx, gate.SignIn{Token: gate.TokenHash{token}, Account: eva.ID, Opened: now, Expires: now.Add(time.Duration(token) * time.Hour), Second: true}, hash)
		}
	}
	var mark string
	var before outage.Copy
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"nothing", func() error { return nil }},
		{"the key is made", func() error { _, err := s.Key(ctx); return err }},
		{"somebody is seated", seated(eva)},
		{"has another name", seated(renamed)},
		{"another one is seated", seated(renamed, ivan)},
		{"one signs in", opens(1)},
		{"and again", opens(3)},
		{"nothing since", func() error { return nil }},
		{"a sign-in lasts longer", func() error {
			_, err := s.Extend(ctx, gate.TokenHash{3}, now, now.Add(4*time.Hour), 24*time.Hour)
			return err
		}},
		{"an hour passes", func() error { now = now.Add(time.Hour); return nil }},
		{"one signs out", func() error { return s.Close(ctx, gate.TokenHash{3}) }},
		{"has a second factor", func() error {
			return s.TurnOn(ctx, eva.ID, hash, gate.SecondFactor{Secret: []byte("sealed"), Step: 3, Recovery: [][]byte{{1}}}, gate.TokenHash{})
		}},
		{"uses a code", func() error { return s.UseCode(ctx, eva.ID, []byte("sealed"), gate.Code{Step: 4}) }},
		{"is shut out", func() error { return s.Disable(ctx, eva.ID) }},
		{"nothing at the end", func() error { return nil }},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.what, err)
		}
		next, err := s.Mark(ctx, now)
		if err != nil {
			t.Fatal(err)
		}
		c, err := s.Copy(ctx, now)
		if err != nil {
			t.Fatal(err)
		}
		if changed := !reflect.DeepEqual(c, before); mark != "" && (next != mark) != changed {
			t.Errorf("%s: the copy is another one: %v; the mark was %s, and is %s", step.what, changed, mark, next)
		}
		mark, before = next, c
	}
}

func TestTheCopyForAnOutageIsWhatTheAccountsAre(t *testing.T) {
	s := postgres.New(database(t))
	ctx, now := t.Context(), time.Now().UTC().Truncate(time.Microsecond)
	if c, err := s.Copy(ctx, now); err != nil || len(c.Accounts)+len(c.SignIns)+len(c.Key.Secret) > 0 {
		t.Errorf("of nobody it is %+v, %v", c, err)
	}
	key, err := s.Key(ctx)
	if err != nil {
		t.Fatal(err)
	}
	eva := gate.Account{ID: "01890000-0000-7000-8000-000000000001", Login: "eva", Role: gate.RoleSupervisor, Language: "en", Person: "e"}
	shut := gate.Account{ID: "01890000-0000-7000-8000-000000000002", Login: "shut", Role: gate.RoleSupervisor, Language: "en"}
	if _, err := s.Seat(ctx, []gate.Seating{{Account: eva, Password: "password"}, {Account: shut, Password: "password"}}); err != nil {
		t.Fatal(err)
	}
	_, hash, err := s.ByLogin(ctx, "eva")
	if err != nil {
		t.Fatal(err)
	}
	in := gate.SignIn{Token: gate.TokenHash{1}, Account: eva.ID, Opened: now, Expires: now.Add(time.Hour)}
	old := gate.SignIn{Token: gate.TokenHash{2}, Account: eva.ID, Opened: now.Add(-time.Hour), Expires: now}
	f := gate.SecondFactor{Secret: []byte("sealed"), Step: 3, Recovery: [][]byte{{1}, {2}}}
	err = errors.Join(s.Open(ctx, old, hash), s.Disable(ctx, shut.ID), s.TurnOn(ctx, eva.ID, hash, f, gate.TokenHash{}))
	in.Second = true
	if err = errors.Join(err, s.Open(ctx, in, hash)); err != nil {
		t.Fatal(err)
	}
	c, err := s.Copy(ctx, now)
	if err != nil {
		t.Fatal(err)
	}
	in.Second, eva.SecondFactor = false, true
	want := outage.Copy{
		Key:      key,
		Accounts: map[gate.AccountID]outage.Account{eva.ID: {Account: eva, Hashes: gate.Hashes{Password: hash}, Second: &f}},
		SignIns:  map[gate.TokenHash]gate.SignIn{in.Token: in},
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("it is\n%+v, not\n%+v", c, want)
	}
}
