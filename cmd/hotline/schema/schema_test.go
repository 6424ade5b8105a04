package schema

import (
	"context"
	"database/sql"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

// The way down of a migration leaves all as it was: whoever goes back a step and comes again is where everybody else is.
func TestTheWayDownLeavesWhatWasThereBefore(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("pgx", postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	provider, err := newMigrations(db)
	if err != nil {
		t.Fatal(err)
	}
	versions, err := Versions()
	if err != nil {
		t.Fatal(err)
	}
	exact := slices.Index(versions, 44) // and all after it; some before leave a function or an index of theirs
	before := make([]string, len(versions))
	for i, v := range versions {
		if i >= exact {
			before[i] = made(t, db)
		}
		if _, err := provider.UpTo(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	for i := len(versions) - 1; i >= exact; i-- {
		if _, err := provider.DownTo(t.Context(), versions[i-1]); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(before[i], "\n"), strings.Split(made(t, db), "\n")); diff != "" {
			t.Errorf("down from %d (-before +after):\n%s", versions[i], diff)
		}
	}
}

var remark = regexp.MustCompile(`--[^\n]*`)

// made is all that there is in a database but rows, each on a line, whatever remarks and breaks there are in functions.
func made(t *testing.T, db *sql.DB) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `
		WITH ours AS (SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema$)')
		SELECT pg_get_functiondef(p.oid) FROM pg_proc p JOIN ours ON ours.oid = pronamespace WHERE prokind = 'f'
			AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e')
		UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
		UNION ALL SELECT indexdef FROM pg_indexes JOIN ours ON nspname = schemaname
		UNION ALL SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext
		UNION ALL SELECT concat_ws(' ', viewname, definition) FROM pg_views JOIN ours ON nspname = schemaname
		UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(c.oid)) FROM pg_constraint c JOIN ours ON ours.oid = connamespace
		UNION ALL SELECT concat_ws(' ', table_schema, table_name, column_name, data_type, is_nullable, column_default, is_identity, generation_expression)
			FROM information_schema.columns JOIN ours ON nspname = table_schema`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.Join(strings.Fields(remark.ReplaceAllString(one, "")), " "))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}
