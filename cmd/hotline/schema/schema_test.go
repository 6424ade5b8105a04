package schema

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"hotline/deploy/private"
)

func postgres(t *testing.T) string {
	t.Helper()
	p, err := private.StartPostgres(t.Context(), t.TempDir()+"/postgres")
	if err != nil {
		t.Skip("no PostgreSQL: ", err)
	}
	t.Cleanup(func() {
		if err := p.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p.URL()
}

// A backup reads the contacts while a new Hotline wants to change them, and the one of before takes calls.
func TestMigrationThatWaitsForATableLetsCallsGoOn(t *testing.T) {
	t.Parallel()
	url := postgres(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, _, err := Migrate(ctx, url); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	provider, err := newMigrations(db)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.DownTo(ctx, 35); err != nil { // the next one adds a column to contacts
		t.Fatal(err)
	}
	backup, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := backup.ExecContext(ctx, `SELECT count(*) FROM contacts`); err != nil {
		t.Fatal(err)
	}
	migrated := make(chan error, 1)
	go func() {
		_, _, err := Migrate(ctx, url)
		migrated <- err
	}()
	for waits := false; !waits; { // until it has come to the table
		if err := db.QueryRowContext(ctx, `SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'contacts'::regclass)`).Scan(&waits); err != nil {
			t.Fatal(err)
		}
	}
	var calls int
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM contacts`).Scan(&calls); err != nil {
		t.Errorf("a call waits as long as the migration: %v", err)
	}
	if err := backup.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-migrated; err != nil {
		t.Errorf("when the backup had ended: %v", err)
	}
	if at, err := provider.GetDBVersion(ctx); err != nil || at < 36 {
		t.Errorf("the schema is at %d, %v", at, err)
	}
}

// Of two that write at once the second to land may have the lower number.
func TestMigrationThatLandedAfterALaterOneIsApplied(t *testing.T) {
	t.Parallel()
	url := postgres(t)
	_, version, err := Migrate(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `DELETE FROM goose_db_version WHERE version_id = 63`); err != nil { // which may be applied twice
		t.Fatal(err)
	}
	applied, again, err := Migrate(t.Context(), url)
	if err != nil || applied != 1 || again != version {
		t.Errorf("%d migrations are applied, and the last is %d, %v; want one, and the last is %d", applied, again, err, version)
	}
}
