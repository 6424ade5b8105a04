package postgres_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/tickets"
	"hotline/tickets/customers"
	"hotline/tickets/postgres"
)

// crowd fills the database with customers as they are in life: few surnames are many people's, and each has a contract, an address and a number. Every
// thousandth number is a company's, which 50 customers share.
func crowd(t testing.TB, pool *pgxpool.Pool, count int) {
	t.Helper()
	ctx := context.Background()
	tx, err := pool.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(ctx) }()
	for _, sql := range []string{
		`SET LOCAL statement_timeout = 0`, `SET LOCAL hotline.words = 'later'`, `SELECT setseed(0.5)`,
		`INSERT INTO customers (id, name, contract, address)
			SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
				(ARRAY['Иванов','Смирнов','Кузнецов','Попов','Васильев','Петров','Соколов','Михайлов','Новиков','Фёдоров','Морозов','Волков','Алексеев','Лебедев','Семёнов','Егоров',
					'Павлов','Козлов','Степанов','Николаев','Орлов','Андреев','Макаров','Никитин','Захаров'])[1 + floor(25 * power(random(), 2))::int]
					|| CASE WHEN n % 7 = 0 THEN chr(1072 + n % 30) || chr(1072 + n / 30 % 30) || chr(1072 + n / 900 % 30) ELSE '' END || ' ' ||
				(ARRAY['Иван','Пётр','Анна','Мария','Елена','Ольга','Сергей','Дмитрий','Алексей','Андрей','Эдуард','Юлия'])[1 + floor(12 * power(random(), 2))::int] || ' ' ||
				(ARRAY['Иванович','Петрович','Сергеевич','Андреевна','Дмитриевна'])[1 + floor(5 * random())::int],
				'К-' || n, 'г. ' || (ARRAY['Москва','Казань','Тула'])[1 + n % 3] || ', ул. ' || (ARRAY['Ленина','Мира','Садовая','Гагарина'])[1 + n % 4] || ', д. ' || n % 120 || ', кв. ' || n % 300
			FROM generate_series(1, ` + fmt.Sprint(count) + `) n`,
		`INSERT INTO customer_numbers SELECT CASE WHEN right(id::text, 9)::int % 1000 < 50 THEN '+7495' || lpad((right(id::text, 9)::int / 1000)::text, 7, '0')
			ELSE '+79' || lpad((right(id::text, 9)::bigint * 7919 % 1000000000)::text, 9, '0') END, id FROM customers`,
		`SELECT renew_customer_words(ARRAY (SELECT id FROM customers))`,
	} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	conn, err := pool.Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	for _, sql := range []string{`SET statement_timeout = 0`, `VACUUM ANALYZE customers, customer_numbers, customer_contracts, customer_words, customer_vocabulary`, `RESET statement_timeout`} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
}

// apart is a database of its own, which goes with the cluster.
func apart(t testing.TB) *pgxpool.Pool {
	t.Helper()
	admin, err := pgxpool.New(context.Background(), cluster.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	name := fmt.Sprint("apart_", databases.Add(1))
	if _, err := admin.Exec(context.Background(), `CREATE DATABASE `+name); err != nil {
		t.Fatal(err)
	}
	address, err := url.Parse(cluster.URL())
	if err != nil {
		t.Fatal(err)
	}
	address.Path = "/" + name
	if err := migrate(address.String()); err != nil {
		t.Fatal(err)
	}
	pool, err := postgres.Connect(address.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// plan is how the database goes about a statement.
func plan(t testing.TB, pool *pgxpool.Pool, sql string, args ...any) string {
	t.Helper()
	return strings.Join(rowsOf(t, pool, "EXPLAIN (ANALYZE, BUFFERS, TIMING off) "+sql, args...), "\n")
}

func rowsOf(t testing.TB, pool *pgxpool.Pool, sql string, args ...any) (all []string) {
	t.Helper()
	rows, err := pool.Query(context.Background(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err(), sql)
	}
	return all
}

func size(t testing.TB, usual int) int {
	t.Helper()
	var n int
	if _, err := fmt.Sscan(os.Getenv("HOTLINE_CUSTOMERS"), &n); err == nil && n > 0 {
		return n
	}
	if testing.Short() {
		return usual / 5
	}
	return usual
}

// Nobody loses an index without noticing: no statement that somebody waits for reads a table of customers from end to end.
func TestCustomersAreFoundByIndexesAlone(t *testing.T) {
	pool := apart(t)
	s := postgres.New(pool)
	count := size(t, 100_000)
	began := time.Now()
	crowd(t, pool, count)
	t.Logf("%d customers are there after %s", count, time.Since(began))
	const id, number = "00000000-0000-4000-8000-000000000123", "+79000000001"
	all := postgres.Statements(id, number)
	for _, typed := range []string{"и", "иванов", "иванов эдуард", "фёдоров ольга казань", "к-777", "777", "9160", "+7495", "1234", "петров ленина 7", "зззз иванов", "кв"} {
		steps := customers.Steps(typed, "7")
		for i, step := range steps {
			for by := range step {
				sql, args := postgres.SearchOfStep(steps[:i], step, by, 21)
				all[fmt.Sprintf("%s -- %s %d %d", sql, typed, i, by)] = args
			}
		}
	}
	for sql, args := range all {
		how := plan(t, pool, sql, args...)
		for _, table := range []string{"customers", "customer_numbers", "customer_words", "customer_vocabulary", "customer_contracts", "customer_changes"} {
			for line := range strings.Lines(how) {
				if strings.Contains(line, "Seq Scan on "+table) && !strings.Contains(line, "never executed") && table != "customer_changes" {
					t.Errorf("%s\nreads %s from end to end:\n%s", sql, table, how)
				}
			}
		}
	}
	if testing.Verbose() {
		times(t, s)
	}
}

// times logs how long it takes to find somebody.
func times(t *testing.T, s *postgres.Store) {
	for _, typed := range []string{"и", "иванов", "иванов эдуард", "фёдоров ольга казань", "иванов иван иванович", "к-777", "777", "9160", "+7495", "1234", "петров ленина 7", "bdfyjd", "ивонов петр", "зззз иванов", "казань мира"} {
		var took []time.Duration
		var found customers.Found
		for range 20 {
			began := time.Now()
			var err error
			if found, err = s.Customers().Find(t.Context(), typed, "7", "", 20); err != nil {
				t.Fatal(err)
			}
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		t.Logf("%-24s %2d found, %-7s median %-12s worst %s", typed, len(found.Customers), found.How, took[10], took[19])
	}
	var took []time.Duration
	for n := range 200 {
		began := time.Now()
		if _, err := s.Identify(t.Context(), fmt.Sprintf("+79%09d", int64(n+51)*7919%1000000000)); err != nil {
			t.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	t.Logf("identify: median %s, of 200 the 198th %s", took[100], took[197])
	took = nil
	for n := range 200 {
		began := time.Now()
		if _, err := s.Customers().View(t.Context(), tickets.CustomerID(fmt.Sprintf("00000000-0000-4000-8000-%012d", n+51)), tickets.Sight{Agent: "anna"}); err != nil {
			t.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	t.Logf("view: median %s, of 200 the 198th %s", took[100], took[197])
}
