package postgres_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/deploy/private"
	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/lists"
	"hotline/tickets/postgres"
)

// years is a register of five years (see years.sql), with what is drawn from it to be done.
type years struct {
	pool                   *pgxpool.Pool
	store                  *postgres.Store
	frontPool              *pgxpool.Pool // of one connection
	front                  *postgres.Store
	server                 uint32 // the server's process behind it
	n, customers, contacts int
	centre
	rnd             *rand.Rand // of one goroutine
	serial          atomic.Uint64
	follow          []followed // pages that somebody goes on to
	called, applied atomic.Int64
	links           int // tickets that calls are linked to (bench_links)
	factsBefore     int64

	took, whats map[string][]cost
}

type followed struct {
	what   string
	q      lists.Question
	cursor string
}

// openYears opens a register in a database of its own, which it fills where that is not there.
func openYears(b *testing.B, server *private.Postgres, n int) *years {
	b.Helper()
	name := fmt.Sprint("years_", n)
	admin, err := pgxpool.New(b.Context(), server.URL())
	if err != nil {
		b.Fatal(err)
	}
	defer admin.Close()
	var there bool
	if err := admin.QueryRow(b.Context(), `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&there); err != nil {
		b.Fatal(err)
	}
	address, err := url.Parse(server.URL())
	if err != nil {
		b.Fatal(err)
	}
	// Made under another name: what a run that was broken off has left is none.
	address.Path = "/" + name
	if !there {
		address.Path += "_new"
		for _, sql := range []string{`DROP DATABASE IF EXISTS ` + name + `_new`, `CREATE DATABASE ` + name + `_new`} {
			if _, err := admin.Exec(b.Context(), sql); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := migrate(address.String() + "&statement_timeout=0"); err != nil { // an index over five years takes its time
		b.Fatal(err)
	}
	if !there {
		pool, err := postgres.Connect(address.String())
		if err != nil {
			b.Fatal(err)
		}
		fillYears(b, pool, n, centreOf(n), time.Now())
		pool.Close()
		if _, err := admin.Exec(b.Context(), `ALTER DATABASE `+name+`_new RENAME TO `+name); err != nil {
			b.Fatal(err)
		}
		address.Path = "/" + name
	}
	pool, err := postgres.Connect(address.String())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	if there {
		forgetRuns(b, pool)
	}
	y := newYears(b, pool, n, centreOf(n))
	y.readWhole(b, `SELECT count(*), (SELECT count(*) FROM facts) FROM contacts`, &y.contacts, &y.factsBefore)
	return y
}

// forgetRuns takes away what the runs before have added to a register: thousands of calls in a few minutes, without a word, such as no town makes.
func forgetRuns(b *testing.B, pool *pgxpool.Pool) {
	b.Helper()
	conn, err := pool.Acquire(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Release()
	for _, sql := range []string{
		`SET statement_timeout = 0`,
		`DELETE FROM facts WHERE contact_id >= '2'`, `DELETE FROM contacts WHERE id >= '2'`, // those that years.sql has made begin with 1
		`DELETE FROM merged_numbers WHERE length(number) > 8`, `DELETE FROM tickets WHERE length(number) > 8`,
		`VACUUM (ANALYZE)`, `RESET statement_timeout`,
	} {
		if _, err := conn.Exec(b.Context(), sql); err != nil {
			b.Fatalf("%v in %s", err, sql)
		}
	}
}

func newYears(t testing.TB, pool *pgxpool.Pool, n int, c centre) *years {
	y := &years{pool: pool, store: postgres.New(pool), n: n, customers: n / 5, centre: c, rnd: rand.New(rand.NewPCG(1, 1))}
	y.forget()
	one := pool.Config()
	one.MaxConns, one.MaxConnLifetime, one.MaxConnIdleTime = 1, 24*time.Hour, 24*time.Hour
	front, err := pgxpool.NewWithConfig(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(front.Close)
	if err := front.QueryRow(t.Context(), `SELECT pg_backend_pid()`).Scan(&y.server); err != nil {
		t.Fatal(err)
	}
	y.frontPool, y.front = front, postgres.New(front)
	block, err := y.store.ReserveNumbers(t.Context(), 10_000_000, 0)
	if err != nil {
		t.Fatal(err)
	}
	y.serial.Store(block.First)
	return y
}

// forget begins to count anew.
func (y *years) forget() { y.took, y.whats = map[string][]cost{}, map[string][]cost{} }

// who is a customer who calls: those who call often are drawn often.
func (y *years) who() int { return whoOf(y.rnd, y.customers) }

func whoOf(rnd *rand.Rand, customers int) int {
	return 1 + int(float64(customers)*math.Pow(rnd.Float64(), 3))*7919%customers
}

func (y *years) customer() tickets.CustomerID { return customerID(y.who()) }

func customerID(n int) tickets.CustomerID {
	return tickets.CustomerID(fmt.Sprintf("00000000-0000-4000-8000-%012d", n))
}

func numberOf(n int) string {
	if n%1000 < 50 {
		return fmt.Sprintf("+7495%07d", n/1000)
	}
	return fmt.Sprintf("+79%09d", n*7919%1_000_000_000)
}

// caller is a number that calls.
func (y *years) caller() (what, number string) {
	switch r := y.rnd.Float64(); {
	case r < 0.1:
		return "identify nobody", fmt.Sprintf("+76%09d", y.rnd.IntN(1_000_000_000))
	case r < 0.15:
		return "identify one of fifty", numberOf(y.who() / 1000 * 1000)
	default:
		return "identify", numberOf(y.who())
	}
}

func (y *years) ticket() tickets.Number {
	return tickets.Number(fmt.Sprint(10_000_000 + 1 + y.rnd.IntN(y.n)))
}

// sole is a customer whose number nobody else has, and who is named.
func sole(rnd *rand.Rand, customers int) int {
	return rnd.IntN(max(1, customers/1000))*1000 + 50 + rnd.IntN(95)*10
}

// arrival is the first fact of a new call of somebody who is known.
func (y *years) arrival(at time.Time) tickets.Fact {
	return y.arrivalOf(at, sole(rand.New(rand.NewPCG(3, uint64(at.UnixNano()))), y.customers), y.serial.Add(1))
}

func (y *years) arrivalOf(at time.Time, customer int, serial uint64) tickets.Fact {
	number := tickets.MakeNumber(serial)
	return tickets.Fact{Contact: tickets.ContactID(fmt.Sprint("9", number)), Channel: tickets.Call{}, At: at.UTC().Truncate(time.Microsecond), Own: number,
		Event: tickets.Arrived{From: numberOf(customer), RawFrom: numberOf(customer), To: "+78005550100", Department: "first_line", Next: at.Add(time.Hour)}}
}

// linked are the facts of a new call that goes on with a ticket which is there.
func (y *years) linked(at time.Time) []tickets.Fact {
	return y.linkedTo(y.arrival(at), y.ticket())
}

func (y *years) linkedTo(a tickets.Fact, n tickets.Number) []tickets.Fact {
	r := a
	r.N = a.At.UnixMicro()
	r.Event = tickets.Routed{Topic: fmt.Sprint("topic", 3%y.departments), Department: fmt.Sprint("d", 3%y.departments), Ticket: n, Linked: tickets.LinkedTyped, Language: "ru", Path: []words.Text{{"ru": "Интернет", "en": "Internet"}}, Next: a.At.Add(time.Hour)}
	return []tickets.Fact{a, r}
}

// sight is whoever asks: a head of all, somebody of one department or of three, or an agent.
func (y *years) sight() (who string, s tickets.Sight) {
	s.Agent = y.person()
	d := y.rnd.IntN(y.departments)
	in := func(d int) {
		s.Departments = append(s.Departments, fmt.Sprint("d", d))
		s.Topics = append(s.Topics, fmt.Sprint("topic", d), fmt.Sprint("topic", d+y.departments))
	}
	switch y.rnd.IntN(4) {
	case 0:
		s.All = true
		return "head", s
	case 1:
		in(d)
		return "member", s
	case 2:
		for i := range ofThree {
			in((d + i*7) % y.departments)
		}
		return "member of three", s
	default:
		return "agent", s
	}
}

func (y *years) person() string { return fmt.Sprint("p", y.rnd.IntN(y.persons)) }

// question is a list that somebody looks at, or its next page.
func (y *years) question() (string, lists.Question) {
	if len(y.follow) > 0 && y.rnd.IntN(4) == 0 {
		f := y.follow[0]
		y.follow = y.follow[1:]
		f.q.Cursor = f.cursor
		return f.what, f.q
	}
	who, s := y.sight()
	all := append(append([]lists.List{}, lists.Counted...), lists.All)
	l := all[y.rnd.IntN(len(all))]
	q := ask(l, s)
	what := fmt.Sprintf("list %s of a %s", l, who)
	open := y.rnd.IntN(2) == 0
	narrow := []struct {
		name string
		does func()
	}{
		{"", func() {}}, {"", func() {}}, {"", func() {}},
		{", by activity", func() { q.Sort = lists.ByActivity }},
		{", by opening", func() { q.Sort = lists.ByOpening }},
		{", on a topic", func() { q.Topics = []string{fmt.Sprint("topic", y.rnd.IntN(2*y.departments))} }},
		{", of a department", func() { q.Department = fmt.Sprint("d", y.rnd.IntN(y.departments)) }},
		{", of a customer", func() { q.Customer = y.customer() }},
		{", complaints", func() { q.Class = "complaint" }},
		{fmt.Sprintf(", open %v", open), func() { q.Open = &open }},
		{", of a person", func() { q.Owner = y.person() }},
	}[y.rnd.IntN(11)]
	narrow.does()
	what += narrow.name
	if q.List != lists.All && q.Open != nil && !*q.Open {
		q.Open = nil
	}
	return what, q
}

// searched is what somebody types into the search of tickets.
func (y *years) searched() (string, lists.Question) {
	who, s := y.sight()
	q := ask(lists.All, s)
	if y.rnd.IntN(5) == 0 {
		q.List = lists.Department
	}
	var what string
	switch y.rnd.IntN(9) {
	case 0:
		what = "a number"
		for q.Text = ""; q.Text == ""; {
			if n, err := tickets.ParseNumber(string(y.ticket())); err == nil {
				q.Text = string(n)
			}
		}
	case 1:
		what, q.Text = "the end of a telephone number", numberOf(y.who())[5:]
	case 2:
		what, q.Text = "a whole telephone number", "8"+numberOf(y.who())[2:]
	case 3:
		what, q.Text = "a surname", []string{"Иванов", "Захаров", "Smith"}[y.rnd.IntN(3)]
	case 4:
		what, q.Text = "a name", []string{"Иванов Юлия", "Орлов Дмитрий Сергеевич", "miller john"}[y.rnd.IntN(3)]
	case 5:
		what, q.Text = "a contract", fmt.Sprint("К-", y.who())
	case 6:
		what, q.Text = "a usual word", []string{"интернет", "роутер", "the internet", "не работает"}[y.rnd.IntN(4)]
	case 7:
		what, q.Text = "two usual words", []string{"роутер мастер", "замена тариф", "slow cable", "договор счёт баланс"}[y.rnd.IntN(4)]
	default:
		what, q.Text = "a rare word", []string{fmt.Sprint("SN", 10*(1+y.rnd.IntN(y.n/10))), "деранный7", "нупур роутер", "technician торан17"}[y.rnd.IntN(4)]
	}
	return fmt.Sprintf("search %s in %s by a %s", what, q.List, who), q
}

// conserved proves that nothing was lost or done twice: as many facts are there as were applied.
func (y *years) conserved(b *testing.B) {
	var facts int64
	var alone int
	y.readWhole(b, `SELECT (SELECT count(*) FROM facts), (SELECT count(*) FROM tickets WHERE state = 'open' AND (owner IS NULL OR next_at IS NULL))`, &facts, &alone)
	if facts-y.factsBefore != y.applied.Load() || alone > 0 {
		b.Errorf("void: %d facts were applied and %d are there; %d open tickets are nobody's", y.applied.Load(), facts-y.factsBefore, alone)
	}
}

// readWhole reads a row for which whole tables are gone through: five years take longer than a page would wait.
func (y *years) readWhole(b *testing.B, sql string, into ...any) {
	b.Helper()
	err := pgx.BeginFunc(b.Context(), y.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(b.Context(), `SET LOCAL statement_timeout = 0`); err != nil {
			return err
		}
		return tx.QueryRow(b.Context(), sql).Scan(into...)
	})
	if err != nil {
		b.Fatal(err)
	}
}
