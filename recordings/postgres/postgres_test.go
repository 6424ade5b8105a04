package postgres_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"hotline/deploy"
	"hotline/deploy/private"
	"hotline/recordings"
	"hotline/recordings/conformance"
	"hotline/recordings/memory"
	"hotline/recordings/postgres"
)

func TestRowsInPostgreSQLConform(t *testing.T) {
	conformance.Rows(t, postgres.New(database(t)))
}

func TestWhatStaysOfADeletedRecordingSaysWhoDeletedItAndNoMore(t *testing.T) {
	pool := database(t)
	r := postgres.New(pool)
	a := recordings.Archive{Vault: memory.NewVault(), Rows: r}
	at := time.Now().UTC().Truncate(time.Microsecond)
	m := conformance.Talk(at.Add(-time.Hour), "anna")
	if err := a.Put(t.Context(), m, bytes.NewReader(conformance.Sound(1))); err != nil {
		t.Fatal(err)
	}
	if err := a.Delete(t.Context(), m.ID, recordings.Deletion{At: at, By: "dasha", Why: "she asked"}); err != nil {
		t.Fatal(err)
	}
	var by, why, meta string
	err := pool.QueryRow(t.Context(), `SELECT deleted_by, deleted_why, meta::text || agents::text FROM recordings WHERE id = $1 AND deleted_at = $2`, m.ID, at).Scan(&by, &why, &meta)
	if err != nil || by != "dasha" || why != "she asked" || meta != "{}{}" {
		t.Errorf("what stays is %q %q %q, %v", by, why, meta, err)
	}
	if _, err := r.Due(t.Context(), recordings.Rule{}, at.Add(401*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := r.Delete(t.Context(), m.ID, recordings.Deletion{At: at, By: "dasha"}); !errors.Is(err, recordings.ErrNone) {
		t.Errorf("after 400 days there is still something of it: %v", err)
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
