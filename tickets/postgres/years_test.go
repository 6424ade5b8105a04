package postgres_test

import (
	_ "embed"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"
)

//go:embed testdata/years.sql
var yearsSQL string

// yearsPiece is how many tickets one transaction makes.
const yearsPiece = 100_000

// centre is who works on a register.
type centre struct{ persons, departments int }

// wholeCentre is one that makes five million tickets in five years.
var wholeCentre = centre{500, 20}

// ofThree is in how many departments somebody may be at once: none is so small that it has fewer, or they would ask for less there.
const ofThree = 3

// centreOf is the centre whose five years a register tells.
func centreOf(tickets int) centre {
	return centre{max(5, wholeCentre.persons*tickets/5_000_000), max(ofThree, wholeCentre.departments*tickets/5_000_000)}
}

// fillYears fills an empty database with a register of five years until a time: so many tickets, a fifth as many customers, and some four times as many
// contacts. It is the same each time. Triggers and foreign keys are off meanwhile, whose work is done for all at once; where there is much, indexes are made
// when the rows are there. What the schema says in the end is the same.
func fillYears(t testing.TB, pool *pgxpool.Pool, tickets int, c centre, until time.Time) {
	t.Helper()
	f := filling{t: t, pool: pool}
	for range 2 {
		conn, err := pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Release()
		f.conns = append(f.conns, conn.Conn())
	}
	const patience = `SET statement_timeout = 0; SET lock_timeout = 0; SET session_replication_role = replica; SET maintenance_work_mem = '512MB'; SET work_mem = '64MB'; SET synchronous_commit = off`
	f.run([]string{patience}, []string{patience})
	var indexes []string
	if tickets > yearsPiece {
		indexes = takeIndexes(t, f.conns[0])
	}
	for _, section := range strings.Split(yearsSQL, "\n--- ")[1:] {
		how, sql, _ := strings.Cut(section, "\n")
		what, about, _ := strings.Cut(how, ": ")
		piece := func(from, to int) string {
			return strings.NewReplacer(":from", fmt.Sprint(from), ":to", fmt.Sprint(to), ":all", fmt.Sprint(tickets, "::bigint"), ":persons", fmt.Sprint(c.persons), ":departments", fmt.Sprint(c.departments),
				":now", "'"+until.UTC().Format(time.RFC3339)+"'::timestamptz").Replace(sql)
		}
		began := time.Now()
		switch what {
		case "once":
			f.run([]string{piece(0, 0)})
		case "customers":
			f.share(pieces(tickets/5, yearsPiece/5, piece))
		case "tickets":
			f.share(pieces(tickets, yearsPiece, piece))
		default:
			t.Fatalf("years.sql: %q", how)
		}
		t.Logf("%d tickets: %s: %s", tickets, about, time.Since(began).Round(time.Millisecond))
	}
	began := time.Now()
	f.share(indexes)
	f.run([]string{`UPDATE ticket_serials SET next = 100000000`, `SET session_replication_role = DEFAULT`, `VACUUM (ANALYZE)`})
	f.run([]string{`RESET ALL`}, []string{`RESET ALL`})
	t.Logf("%d tickets: indexes and statistics: %s", tickets, time.Since(began).Round(time.Millisecond))
}

// filling works on several connections at once.
type filling struct {
	t     testing.TB
	pool  *pgxpool.Pool
	conns []*pgx.Conn
}

// share lets the connections take statements one after the other, in any order.
func (f *filling) share(all []string) {
	f.t.Helper()
	each := make([][]string, len(f.conns))
	for i, sql := range all {
		each[i%len(each)] = append(each[i%len(each)], sql)
	}
	f.run(each...)
}

// run lets each connection carry out its statements.
func (f *filling) run(each ...[]string) {
	f.t.Helper()
	var all errgroup.Group
	for i, statements := range each {
		all.Go(func() error {
			for _, sql := range statements {
				if _, err := f.conns[i].Exec(f.t.Context(), sql); err != nil {
					return fmt.Errorf("%w in %.300s", err, sql)
				}
			}
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		f.t.Fatal(err)
	}
}

func pieces(all, each int, piece func(from, to int) string) (list []string) {
	for from := 1; from <= all; from += each {
		list = append(list, piece(from, min(all, from+each-1)))
	}
	return list
}

// takeIndexes drops the indexes that hold no constraint, and gives the statements that make them again.
func takeIndexes(t testing.TB, conn *pgx.Conn) (again []string) {
	t.Helper()
	ctx := t.Context()
	rows, err := conn.Query(ctx, `
		SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
		FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT i.indisprimary AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
			AND c.relname ~ '^(ticket|contact|customer|merged|facts|audit)' AND c.relname NOT IN ('customer_numbers', 'customer_contracts') -- by which customer_words_of finds what is theirs
		ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	var name, made string
	var drops []string
	_, err = pgx.ForEachRow(rows, []any{&name, &made}, func() error {
		drops, again = append(drops, "DROP INDEX "+name), append(again, made)
		return nil
	})
	for _, sql := range drops {
		if err == nil {
			_, err = conn.Exec(ctx, sql)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return again
}
