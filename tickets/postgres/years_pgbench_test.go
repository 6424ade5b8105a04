package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/tickets"
	"hotline/tickets/postgres"
)

const clients = 4

// againstPgbench compares how many calls a second are opened, or linked, each in a transaction of its own, with what pgbench reaches with the same
// statements, in turn. control is pgbench beside itself; the figures are medians over the blocks.
func (y *years) againstPgbench(b *testing.B, what string, block time.Duration) (control, ratio, rate float64) {
	script := filepath.Join(b.TempDir(), what+".sql")
	if what == "link" {
		y.gatherLinks(b)
	}
	text, facts := y.script(b, what)
	if err := os.WriteFile(script, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
	theirs := func() float64 { return pgbench(b, y, script, facts, block) }
	ours := func() float64 { return y.throughput(b, what, block) }
	theirs() // both with warm caches
	ours()
	var controls, ratios, rates []float64
	for range blocks {
		a, o, p, c := theirs(), ours(), ours(), theirs()
		controls, ratios, rates = append(controls, a/c), append(ratios, (o+p)/(a+c)), append(rates, (o+p)/2)
		b.Logf("%s a second: pgbench %.0f, ours %.0f, ours %.0f, pgbench %.0f", what, a, o, p, c)
	}
	middle := func(all []float64) float64 { slices.Sort(all); return all[len(all)/2] }
	b.Logf("%s: ours is between %.3f and %.3f of pgbench; pgbench beside itself between %.3f and %.3f", what, slices.Min(ratios), slices.Max(ratios), slices.Min(controls), slices.Max(controls))
	return middle(controls), middle(ratios), middle(rates)
}

// gatherLinks keeps which tickets are worked on: to one of these calls are linked, by us and by pgbench. A call to one that is closed opens it again, for which other statements are
// sent than pgbench has heard.
func (y *years) gatherLinks(b *testing.B) {
	for _, sql := range []string{
		`CREATE TABLE IF NOT EXISTS bench_links (n int PRIMARY KEY, number text NOT NULL)`, `TRUNCATE bench_links`,
		`INSERT INTO bench_links SELECT row_number() OVER (ORDER BY number), number FROM tickets WHERE state = 'open' AND phase = 'in_work' AND customer_id IS NOT NULL`, `ANALYZE bench_links`,
	} {
		if _, err := y.pool.Exec(b.Context(), sql); err != nil {
			b.Fatal(err)
		}
	}
	if err := y.pool.QueryRow(b.Context(), `SELECT count(*) FROM bench_links`).Scan(&y.links); err != nil {
		b.Fatal(err)
	}
}

// sqlLinked is one of the first tickets that a call may be linked to, by chance.
const sqlLinked = `SELECT number AS t FROM bench_links WHERE n = (SELECT 1 + floor(random() * $1::int)::int)`

// throughput is how many a second we do.
func (y *years) throughput(b *testing.B, what string, block time.Duration) float64 {
	var done sync.WaitGroup
	counts := make([]int, clients)
	began := time.Now()
	for i := range clients {
		done.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(i), uint64(began.UnixNano())))
			for time.Since(began) < block {
				facts := []tickets.Fact{y.arrivalOf(time.Now(), sole(rnd, y.customers), y.serial.Add(1))}
				if what == "link" {
					var other tickets.Number
					if err := y.pool.QueryRow(context.Background(), sqlLinked, y.links-1).Scan(&other); err != nil {
						b.Errorf("link: %v", err)
						return
					}
					facts = y.linkedTo(facts[0], other)
				}
				if err := y.store.Apply(context.Background(), facts); err != nil {
					b.Errorf("%s: %v", what, err)
					return
				}
				y.applied.Add(int64(len(facts)))
				counts[i]++
			}
		})
	}
	done.Wait()
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return float64(sum) / time.Since(began).Seconds()
}

// pgbench is how many a second it does of a script, each of so many facts.
func pgbench(b *testing.B, y *years, script string, facts int64, block time.Duration) float64 {
	c := y.pool.Config().ConnConfig
	cmd := exec.CommandContext(b.Context(), "pgbench", "-n", "-M", "prepared", "-f", script, "-c", fmt.Sprint(clients), "-j", fmt.Sprint(min(clients, runtime.NumCPU())), // as many threads as we have
		"-T", fmt.Sprint(max(1, int(block.Seconds()))), "-D", fmt.Sprint("customers=", y.customers), "-h", c.Host, "-U", c.User, c.Database)
	out, err := cmd.CombinedOutput()
	tps := regexp.MustCompile(`tps = ([0-9.]+)`).FindSubmatch(out)
	done := regexp.MustCompile(`actually processed: ([0-9]+)`).FindSubmatch(out)
	if err != nil || tps == nil || done == nil {
		b.Fatalf("pgbench: %v\n%s", err, out)
	}
	rate, _ := strconv.ParseFloat(string(tps[1]), 64)
	count, _ := strconv.ParseInt(string(done[1]), 10, 64)
	y.applied.Add(count * facts)
	return rate
}

// script is what pgbench does: the statements that the store has sent for one call, round trip by round trip, with another call in the place of that one each time; and how many facts
// of it they note.
func (y *years) script(b *testing.B, what string) (text string, count int64) {
	rec := &recorder{}
	c := y.pool.Config()
	c.ConnConfig.Tracer = rec
	pool, err := pgxpool.NewWithConfig(b.Context(), c)
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	const version = 7777
	customer := sole(y.rnd, y.customers)
	a := y.arrivalOf(time.Now(), customer, y.serial.Add(1))
	facts := []tickets.Fact{a}
	var other tickets.Number
	if what == "link" {
		// It is the caller's, whose place others take: else all tickets that pgbench writes would be one customer's afterwards.
		if err := y.pool.QueryRow(b.Context(), `UPDATE tickets SET version = $1, reckoned = $1, customer_id = $2 WHERE number = (SELECT number FROM bench_links WHERE n = $3) RETURNING number`,
			version, string(customerID(customer)), y.links).Scan(&other); err != nil {
			b.Fatal(err)
		}
		facts = y.linkedTo(a, other)
	}
	if err := postgres.New(pool).Apply(b.Context(), facts); err != nil {
		b.Fatal(err)
	}
	y.applied.Add(int64(len(facts)))
	places := map[string]string{
		string(a.Own): "(:n)::text", string(a.Contact): "(:n)::text", numberOf(customer): "('+79' || lpad((:c::bigint * 7919 % 1000000000)::text, 9, '0'))",
		string(customerID(customer)): "('00000000-0000-4000-8000-' || lpad((:c)::text, 12, '0'))::uuid", string(other): "(:t)::text",
		fmt.Sprint(version + 1): "(:n)::bigint", fmt.Sprint(version + 2): "(:n + 1)::bigint",
	}
	delete(places, "")
	conn, err := y.pool.Acquire(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Release()
	var s strings.Builder
	s.WriteString("\\set n 200000000000000 + random(0, 700000000000000)\n\\set c random(0, :customers / 1000 - 1) * 1000 + 50 + 10 * random(0, 94)\n")
	if what == "link" {
		s.WriteString(strings.Replace(sqlLinked, "$1", fmt.Sprint(y.links-1), 1) + " \\gset\n")
	}
	for _, trip := range rec.trips {
		if len(trip) > 1 {
			s.WriteString("\\startpipeline\n")
		}
		for _, q := range trip {
			s.WriteString(inPlace(b, conn.Conn(), q, places) + ";\n")
		}
		if len(trip) > 1 {
			s.WriteString("\\endpipeline\n")
		}
	}
	return s.String(), int64(len(facts))
}

var parameter = regexp.MustCompile(`\$[0-9]+`)

// inPlace is a statement with its arguments written into it.
func inPlace(b *testing.B, conn *pgx.Conn, q sent, places map[string]string) string {
	if len(q.args) == 0 {
		return q.sql // there may be two in one
	}
	sd, err := conn.Prepare(b.Context(), q.sql, q.sql)
	if err != nil {
		b.Fatal(err)
	}
	sql := parameter.ReplaceAllStringFunc(q.sql, func(p string) string {
		i, _ := strconv.Atoi(p[1:])
		oid := sd.ParamOIDs[i-1]
		typ, _ := conn.TypeMap().TypeForOID(oid)
		text, err := conn.TypeMap().Encode(oid, pgtype.TextFormatCode, q.args[i-1], []byte{})
		switch {
		case err != nil:
			b.Fatalf("%v of %s", err, q.sql)
		case text == nil:
			return "NULL::" + sqlName(typ.Name)
		}
		if !strings.HasPrefix(typ.Name, "_") {
			return placed(string(text), sqlName(typ.Name), places)
		}
		var all []string
		for _, one := range elements(string(text)) {
			if one == nil {
				all = append(all, "NULL")
			} else {
				all = append(all, placed(*one, sqlName(typ.Name[1:]), places))
			}
		}
		return "ARRAY[" + strings.Join(all, ", ") + "]::" + sqlName(typ.Name)
	})
	return strings.Join(strings.Fields(sql), " ")
}

// elements are those of an array as PostgreSQL writes it, nil for NULL: {a,"b, \"c\"",NULL}.
func elements(text string) (all []*string) {
	for rest := strings.TrimSuffix(strings.TrimPrefix(text, "{"), "}"); rest != ""; rest = strings.TrimPrefix(rest, ",") {
		if rest[0] != '"' {
			one, _, _ := strings.Cut(rest, ",")
			rest = rest[len(one):]
			if one == "NULL" {
				all = append(all, nil)
			} else {
				all = append(all, &one)
			}
			continue
		}
		var one strings.Builder
		i := 1
		for ; rest[i] != '"'; i++ {
			if rest[i] == '\\' {
				i++
			}
			one.WriteByte(rest[i])
		}
		value := one.String()
		all, rest = append(all, &value), rest[i+1:]
	}
	return all
}

// placed is a value in SQL, or what stands in its place.
func placed(text, typ string, places map[string]string) string {
	if place := places[text]; place != "" {
		return place
	}
	return "'" + strings.NewReplacer("'", "''", `":`, `": `).Replace(text) + "'::" + typ // a colon before a letter would be a variable
}

func sqlName(typ string) string {
	if element, is := strings.CutPrefix(typ, "_"); is {
		return element + "[]"
	}
	return typ
}

// recorder notes the statements that go over its connections, by round trips.
type recorder struct {
	mu    sync.Mutex
	trips [][]sent
}

type sent struct {
	sql  string
	args []any
}

func (r *recorder) TraceQueryStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.trips = append(r.trips, []sent{{d.SQL, d.Args}})
	return ctx
}

func (*recorder) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (r *recorder) TraceBatchStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceBatchStartData) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	var trip []sent
	for _, q := range d.Batch.QueuedQueries {
		trip = append(trip, sent{q.SQL, q.Arguments})
	}
	r.trips = append(r.trips, trip)
	return ctx
}

func (*recorder) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (*recorder) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}
