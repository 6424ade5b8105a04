package postgres_test

import (
	"fmt"
	"iter"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/tickets"
	"hotline/tickets/customers"
	"hotline/tickets/postgres"
)

// file is rows of a file, from line 2 on.
func file(records ...customers.Record) iter.Seq2[customers.Row, error] {
	return func(yield func(customers.Row, error) bool) {
		for i, r := range records {
			if !yield(customers.Row{Line: i + 2, Record: r}, nil) {
				return
			}
		}
	}
}

// imported says what became of each row of a file.
func imported(t *testing.T, pool *pgxpool.Pool, preview bool, rows iter.Seq2[customers.Row, error]) string {
	t.Helper()
	var all []string
	err := postgres.NewImports(pool, nil).Take(t.Context(), rows, preview, anna, func(d customers.Done) {
		all = append(all, strings.TrimSpace(fmt.Sprint(d.Line, " ", d.What, " ", d.Why)))
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, "; ")
}

func TestImportCreatesChangesAndLeavesWhatIsThere(t *testing.T) {
	s, pool := fresh(t)
	all := bureau(t, s)
	if _, err := s.Customers().Merge(t.Context(), known(t, s, customers.Record{Name: "Double", ExternalID: "crm-78"}).ID, 1, all["ООО «Ромашка»"].ID, anna); err != nil {
		t.Fatal(err)
	}
	rows := file(
		customers.Record{Name: "ООО «Ромашка и Ко»", ExternalID: "crm-77", Numbers: []string{"+74950000001"}},
		customers.Record{Contracts: []customers.Contract{{Number: "Д-2291/07", EndsOn: "2028-01-31"}}, ExternalID: "crm-1"},
		customers.Record{Name: "Новый", ExternalID: "crm-2", Contracts: []customers.Contract{{Number: "N-1"}, {Number: "N-2", Agreement: "gold"}}, Numbers: []string{"+79160000002"}},
		customers.Record{Name: "Снова", ExternalID: "crm-2"},
		customers.Record{Name: "Чужой", ExternalID: "crm-3", Contracts: []customers.Contract{{Number: "K-9"}}},
		customers.Record{Name: "Double", ExternalID: "crm-78"},
		customers.Record{ExternalID: "crm-79"},
	)
	known(t, s, customers.Record{Name: "Holder", ExternalID: "crm-4", Contracts: []customers.Contract{{Number: "K-9"}}})
	const want = "2 changed; 3 changed; 4 created; 5 wrong line 4 is about the same external id or contract; 6 wrong contract K-9 is of another customer: Holder; " +
		"7 left this customer was merged into another; 8 wrong name: expected a name, or else a number or a mail"
	before := column(t, pool, `SELECT c::text FROM customers c`)
	if got := imported(t, pool, true, rows); got != want {
		t.Errorf("the preview says %s", got)
	}
	if after := column(t, pool, `SELECT c::text FROM customers c`); strings.Join(after, "\n") != strings.Join(before, "\n") {
		t.Error("the preview has written")
	}
	if got := imported(t, pool, false, rows); got != want {
		t.Errorf("the import says %s", got)
	}
	if got := imported(t, pool, false, rows); !strings.HasPrefix(got, "2 unchanged; 3 unchanged; 4 unchanged; ") {
		t.Errorf("the second time it says %s", got)
	}
	c, err := s.Customers().Customer(t.Context(), all["Иванов Пётр Щукин"].ID)
	if err != nil || c.ExternalID != "crm-1" || c.Contracts[0].EndsOn.Year() != 2028 || c.Contracts[0].Agreement != "gold" || len(c.Addresses) != 1 || c.Version != 2 {
		t.Errorf("he is %+v, %v", c, err)
	}
	for typed, name := range map[string]string{"n2": "Новый", "9160000002": "Новый", "ромашка ко": "ООО «Ромашка и Ко»"} {
		if got := names(t, s, typed); got != name {
			t.Errorf("%q finds %q", typed, got)
		}
	}
	for _, id := range column(t, pool, `SELECT id::text FROM customers WHERE merged_into IS NULL`) {
		replayed(t, s, tickets.CustomerID(id))
	}
}

// A large file is read as it comes: memory holds a piece of it, and some bytes for each row.
func TestImportOfManyRowsNeedsLittleMemory(t *testing.T) {
	count := size(t, 40_000)
	pool := apart(t)
	rows := func(yield func(customers.Row, error) bool) {
		for n := range count {
			r := customers.Record{
				Name: fmt.Sprintf("Клиент %d Иванович", n), ExternalID: fmt.Sprint("x-", n), Numbers: []string{fmt.Sprintf("+79%09d", n)},
				Contracts: []customers.Contract{{Number: fmt.Sprint("К-", n), EndsOn: "2030-01-31"}}, Addresses: []string{fmt.Sprintf("Москва, ул. Мира, д. %d", n%200)},
			}
			if !yield(customers.Row{Line: n + 2, Record: r}, nil) {
				return
			}
		}
	}
	var most uint64
	counts := map[customers.What]int{}
	run := func() time.Duration {
		began, seen := time.Now(), 0
		err := postgres.NewImports(pool, nil).Take(t.Context(), rows, false, anna, func(d customers.Done) {
			counts[d.What]++
			if seen++; seen%10_000 == 0 {
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return time.Since(began)
	}
	first := run()
	second := run()
	t.Logf("%d rows: %s, again %s, at most %d MB", count, first, second, most>>20)
	if counts[customers.WouldCreate] != count || counts[customers.Unchanged] != count {
		t.Errorf("they became %v", counts)
	}
	if bound := uint64(60<<20 + 150*count); most > bound {
		t.Errorf("%d MB were in use, more than %d", most>>20, bound>>20)
	}
	if got := names(t, postgres.New(pool), "клиент 39999"); count == 40_000 && got != "Клиент 39999 Иванович" {
		t.Errorf("the last one is %q", got)
	}
}

// BenchmarkImport says how many microseconds of CPU a row costs, ours and the database's together: of a customer who is new, is there as the file has them, or changes.
func BenchmarkImport(b *testing.B) {
	count := size(b, 40_000)
	pool := apart(b)
	crowd(b, pool, 100_000)
	c := pool.Config()
	c.MaxConns = 1
	one, err := pgxpool.NewWithConfig(b.Context(), c)
	if err != nil {
		b.Fatal(err)
	}
	defer one.Close()
	var server int
	if err := one.QueryRow(b.Context(), `SELECT pg_backend_pid()`).Scan(&server); err != nil {
		b.Fatal(err)
	}
	rows := func(note string) iter.Seq2[customers.Row, error] {
		return func(yield func(customers.Row, error) bool) {
			for n := range count {
				r := customers.Record{
					Name: fmt.Sprintf("Клиент %d Иванович", n), ExternalID: fmt.Sprint("x-", n), Numbers: []string{fmt.Sprintf("+73%09d", n)},
					Contracts: []customers.Contract{{Number: fmt.Sprint("Б-", n), EndsOn: "2030-01-31"}}, Addresses: []string{fmt.Sprintf("Москва, ул. Мира, д. %d", n%200)},
				}
				if note != "" {
					r.Notes = []string{note}
				}
				if !yield(customers.Row{Line: n + 2, Record: r}, nil) {
					return
				}
			}
		}
	}
	for _, run := range []struct {
		what    string
		preview bool
		note    string
	}{{"new, preview", true, ""}, {"new", false, ""}, {"there, preview", true, ""}, {"there", false, ""}, {"changed, preview", true, "from the file"}, {"changed", false, "from the file"}} {
		counts, spent := map[customers.What]int{}, cpuOf(b, server)
		if err := postgres.NewImports(one, nil).Take(b.Context(), rows(run.note), run.preview, anna, func(d customers.Done) { counts[d.What]++ }); err != nil {
			b.Fatal(err)
		}
		ours, theirs := cpuOf(b, server)[0]-spent[0], cpuOf(b, server)[1]-spent[1]
		each := func(d time.Duration) float64 { return d.Seconds() * 1e6 / float64(count) }
		b.Logf("%-17s %5.1f us a row: %5.1f ours, %5.1f the database's; %v", run.what, each(ours+theirs), each(ours), each(theirs), counts)
		b.ReportMetric(each(ours+theirs), strings.ReplaceAll(strings.ReplaceAll(run.what, ",", ""), " ", "_")+"_us/row")
	}
}

// cpuOf is the CPU time so far of this process, and of a server's that works for it.
func cpuOf(b *testing.B, server int) [2]time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", server))
	if err != nil {
		b.Fatal(err)
	}
	text, _, _ := strings.Cut(string(stat), " ")
	theirs, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return [2]time.Duration{time.Duration(u.Utime.Nano() + u.Stime.Nano()), time.Duration(theirs)}
}
