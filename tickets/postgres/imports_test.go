package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/tickets"
	"hotline/tickets/attachment"
	"hotline/tickets/customers"
	"hotline/tickets/postgres"
)

// opened gives a text as an import's content.
func opened(text string) func(context.Context, customers.Import) (io.ReadCloser, error) {
	return func(context.Context, customers.Import) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(text)), nil
	}
}

// arrivedFile is an import that has just come.
func arrivedFile(t *testing.T, imports *postgres.Imports, text string) customers.Import {
	t.Helper()
	i, err := imports.New(t.Context(), customers.Import{Name: "customers.csv", Size: int64(len(text)), Place: attachment.OnDisk, By: anna})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// worked works on an import until there is no more to do, in steps of one piece.
func worked(t *testing.T, imports *postgres.Imports, id, text string) customers.Import {
	t.Helper()
	for more := true; more; {
		var err error
		if more, err = imports.Continue(t.Context(), id, opened(text), customers.Rules{}, time.Nanosecond); err != nil {
			t.Fatal(err)
		}
	}
	i, err := imports.Import(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestImportWritesNothingUntilSomebodyStartsIt(t *testing.T) {
	s, pool := fresh(t)
	known(t, s, customers.Record{Name: "Old", ExternalID: "crm-1"})
	var jobs []string
	imports := postgres.NewImports(pool, func(_ context.Context, _ pgx.Tx, id, key string) error {
		jobs = append(jobs, key)
		return nil
	})
	text := "id;name\ncrm-1;\"=HYPERLINK(\"\"evil\"\")\"\ncrm-2;New\ncrm-3;New\n;nobody\ncrm-3;again\n"
	i := arrivedFile(t, imports, text)
	if _, err := imports.Start(t.Context(), i.ID, anna); !errors.Is(err, customers.ErrNotReady) {
		t.Errorf("it starts before it was looked through: %v", err)
	}
	if i = worked(t, imports, i.ID, text); i.State != customers.Checked || i.Rows != 5 || i.Counts[customers.WouldCreate] != 2 || i.Counts[customers.WouldChange] != 1 || i.Counts[customers.IsWrong] != 2 {
		t.Errorf("looked through it is %+v", i)
	}
	if got := column(t, pool, `SELECT name FROM customers`); !slices.Equal(got, []string{"Old"}) {
		t.Errorf("there are %v", got)
	}
	wrong, err := imports.Rows(t.Context(), i.ID, customers.IsWrong, 10)
	if err != nil || len(wrong) != 2 || wrong[0].Line != 5 || wrong[1].Line != 6 || wrong[1].Why != (customers.Reason{Code: customers.SameAs, Line: 4}) {
		t.Errorf("wrong are %+v, %v", wrong, err)
	}
	changed, err := imports.Rows(t.Context(), i.ID, customers.WouldChange, 10)
	if err != nil || len(changed) != 1 || string(changed[0].Patch["name"][1]) != `"=HYPERLINK(\"evil\")"` {
		t.Errorf("changed are %+v, %v", changed, err)
	}
	boris := tickets.By{Kind: tickets.ByPerson, ID: "boris", Name: "Boris"}
	for range 2 { // a button that is pressed twice
		if i, err = imports.Start(t.Context(), i.ID, boris); err != nil || i.State != customers.Importing || i.Rows != 0 {
			t.Errorf("started it is %+v, %v", i, err)
		}
	}
	if i = worked(t, imports, i.ID, text); i.State != customers.ImportDone || i.Counts[customers.WouldCreate] != 2 || i.Read != i.Size || i.EndedAt.IsZero() {
		t.Errorf("at the end it is %+v", i)
	}
	if i, err = imports.Start(t.Context(), i.ID, boris); err != nil || i.State != customers.ImportDone {
		t.Errorf("what is over starts again: %+v, %v", i, err)
	}
	if got := column(t, pool, `SELECT name FROM customers ORDER BY external_id`); !slices.Equal(got, []string{`=HYPERLINK("evil")`, "New", "New"}) {
		t.Errorf("there are %v", got)
	}
	if got := column(t, pool, `SELECT DISTINCT by_id || ' ' || by_from FROM customer_changes WHERE by_id <> 'anna' AND by_kind = 'person'`); !slices.Equal(got, []string{"boris import " + i.ID}) {
		t.Errorf("the history says %v", got)
	}
	// The second one is for a job that is dead by then: while it is not, the key keeps it out.
	if want := []string{i.ID + " checking", i.ID + " importing", i.ID + " importing"}; !slices.Equal(jobs, want) {
		t.Errorf("the jobs were %v, want %v", jobs, want)
	}
}

// Whoever looks a file through says what its columns hold, and has it looked through again: nothing is left of what it was read as before.
func TestImportIsReadAnewAsItsColumnsAreSaidToBe(t *testing.T) {
	_, pool := fresh(t)
	var jobs []string
	imports := postgres.NewImports(pool, func(_ context.Context, _ pgx.Tx, _, key string) error {
		jobs = append(jobs, key)
		return nil
	})
	text := "id;label\ncrm-1;New\ncrm-2;\n"
	sent, err := imports.New(t.Context(), customers.Import{
		Name: "x.csv", Size: int64(len(text)), Place: attachment.OnDisk, By: anna, Columns: []customers.Heading{{Name: "id", Holds: "external_id"}, {Name: "label", Holds: "-"}},
	})
	must(t, err)
	right := []customers.Column{"external_id", "name"}
	if _, err := imports.ReadAs(t.Context(), sent.ID, right); !errors.Is(err, customers.ErrNotReady) {
		t.Errorf("while it is looked through: %v", err)
	}
	if i := worked(t, imports, sent.ID, text); i.Counts[customers.IsWrong] != 2 {
		t.Errorf("without names it is %+v", i)
	}
	for _, wrong := range [][]customers.Column{{"name", "-"}, {"external_id", "external_id"}, {"external_id"}, {"external_id", "nick"}, nil} {
		if _, err := imports.ReadAs(t.Context(), sent.ID, wrong); !errors.As(err, new(customers.Unreadable)) {
			t.Errorf("read as %v: %v", wrong, err)
		}
	}
	// Somebody who began to look it through before, and was taken for dead, comes too late.
	late := func(ctx context.Context, i customers.Import) (io.ReadCloser, error) {
		again, err := imports.ReadAs(ctx, sent.ID, right)
		if err != nil || again.State != customers.Checking || again.Rows != 0 || len(again.Counts) != 0 || again.Columns[1] != (customers.Heading{Name: "label", Holds: "name"}) {
			t.Errorf("read anew it is %+v, %v", again, err)
		}
		return opened(text)(ctx, i)
	}
	_, err = pool.Exec(t.Context(), `UPDATE customer_imports SET state = 'checking', rows = 0 WHERE id = $1`, sent.ID)
	must(t, err)
	if _, err := imports.Continue(t.Context(), sent.ID, func(ctx context.Context, i customers.Import) (io.ReadCloser, error) {
		_, err := pool.Exec(ctx, `UPDATE customer_imports SET state = 'checked' WHERE id = $1`, sent.ID)
		must(t, err)
		return late(ctx, i)
	}, customers.Rules{}, time.Hour); err == nil || !strings.Contains(err.Error(), "another one works on it") {
		t.Errorf("who reads it as before ends with %v", err)
	}
	if i := worked(t, imports, sent.ID, text); i.State != customers.Checked || i.Counts[customers.WouldCreate] != 1 || i.Counts[customers.IsWrong] != 1 {
		t.Errorf("with names it is %+v", i)
	}
	rows, err := imports.Rows(t.Context(), sent.ID, customers.IsWrong, 10)
	if err != nil || len(rows) != 1 || rows[0].Why.Code != customers.Missing {
		t.Errorf("wrong are %+v, %v", rows, err)
	}
	if len(jobs) != 2 || jobs[0] != sent.ID+" checking" || !strings.HasPrefix(jobs[1], jobs[0]+" ") {
		t.Errorf("the jobs were %q", jobs)
	}
	_, err = pool.Exec(t.Context(), `UPDATE customer_import_rows SET reason = '{}', why = 'as it was said' WHERE import = $1`, sent.ID)
	must(t, err)
	if rows, err := imports.Rows(t.Context(), sent.ID, customers.IsWrong, 10); err != nil || len(rows) != 1 || rows[0].Why.In("ru") != "as it was said" {
		t.Errorf("of a Hotline of before there are %+v, %v", rows, err)
	}
}

// Whoever mends a file is told of all that is wrong with it, and of the rest what they can look at.
func TestRowsThatAreWrongAreKeptForWhoMendsThem(t *testing.T) {
	_, pool := fresh(t)
	imports := postgres.NewImports(pool, nil)
	text := table(customers.RowsShown+1) + strings.Repeat(";nobody;\n", customers.MostRefused+1)
	i := worked(t, imports, arrivedFile(t, imports, text).ID, text)
	if kept := column(t, pool, `SELECT what || ' ' || count(*) FROM customer_import_rows WHERE import = '`+i.ID+`' GROUP BY what ORDER BY what`); i.State != customers.Checked || !slices.Equal(kept, []string{"created 100", "wrong 10000"}) {
		t.Errorf("of %+v are kept %v", i, kept)
	}
}

func TestImportThatCannotBeReadOnSaysSo(t *testing.T) {
	_, pool := fresh(t)
	imports := postgres.NewImports(pool, nil)
	text := "id;name\ncrm-1;New\n\"crm-2;" + strings.Repeat("more\n", 1<<18)
	if i := worked(t, imports, arrivedFile(t, imports, text).ID, text); i.State != customers.ImportFailed || !strings.Contains(i.Error, "after line 2: a row of more than") {
		t.Errorf("it is %+v", i)
	}
	i := arrivedFile(t, imports, text)
	gone := func(context.Context, customers.Import) (io.ReadCloser, error) { return nil, attachment.ErrDamaged }
	if more, err := imports.Continue(t.Context(), i.ID, gone, customers.Rules{}, time.Hour); more || err != nil {
		t.Errorf("a content that is not there: %v, %v", more, err)
	}
	if i, err := imports.Import(t.Context(), i.ID); err != nil || i.State != customers.ImportFailed || i.Error == "" {
		t.Errorf("of a content that is not there it says %+v, %v", i, err)
	}
	i = arrivedFile(t, imports, text)
	away := func(context.Context, customers.Import) (io.ReadCloser, error) { return nil, errors.New("away") }
	if _, err := imports.Continue(t.Context(), i.ID, away, customers.Rules{}, time.Hour); err == nil {
		t.Error("a place that is away for now ends an import")
	}
	if i, err := imports.Import(t.Context(), i.ID); err != nil || i.State != customers.Checking || i.Error == "" {
		t.Errorf("meanwhile it is %+v, %v", i, err)
	}
}

// What is known of a file again lies in memory: a Hotline that it would kill would take calls with it, and begin it anew.
func TestImportOfMoreThanMemoryIsToHoldIsUnreadable(t *testing.T) {
	_, pool := fresh(t)
	imports := postgres.NewImports(pool, nil)
	next := func() iter.Seq2[customers.Row, error] {
		table, err := customers.ReadTable(strings.NewReader("id;name\ncrm-1;New\n"), customers.Format{}, customers.Rules{})
		if err != nil {
			t.Fatal(err)
		}
		return table.Rows()
	}
	if err := imports.After(t.Context(), customers.MostIDs-1, next()); err != nil {
		t.Errorf("the last one: %v", err)
	}
	if err := imports.After(t.Context(), customers.MostIDs, next()); !errors.As(err, new(customers.Unreadable)) || !strings.Contains(err.Error(), "more than 5000000") {
		t.Errorf("one more: %v", err)
	}
}

func TestImportIsStoppedAndForgotten(t *testing.T) {
	s, pool := fresh(t)
	imports := postgres.NewImports(pool, nil)
	text := table(2 * 2000)
	i := worked(t, imports, arrivedFile(t, imports, text).ID, text)
	if _, err := imports.Start(t.Context(), i.ID, anna); err != nil {
		t.Fatal(err)
	}
	if more, err := imports.Continue(t.Context(), i.ID, opened(text), customers.Rules{}, time.Nanosecond); !more || err != nil {
		t.Fatalf("more %v, %v", more, err)
	}
	if err := s.Erase(t.Context(), postgres.Person{Numbers: []string{"+70000000000"}}, erasing(false, nil)); !errors.As(err, new(postgres.Against)) {
		t.Errorf("somebody is erased whom the file may bring back: %v", err)
	}
	if i, err := imports.Stop(t.Context(), i.ID); err != nil || i.State != customers.ImportStopped || i.Rows != 2000 {
		t.Errorf("stopped it is %+v, %v", i, err)
	}
	if i = worked(t, imports, i.ID, text); i.State != customers.ImportStopped || i.Rows != 2000 {
		t.Errorf("it goes on: %+v", i)
	}
	other := worked(t, imports, arrivedFile(t, imports, text).ID, text)
	if err := s.Erase(t.Context(), postgres.Person{Numbers: []string{"+70000000000"}}, erasing(false, nil)); err != nil {
		t.Fatal(err)
	}
	if i, err := imports.Start(t.Context(), other.ID, anna); !errors.Is(err, customers.ErrNotReady) || !strings.Contains(i.Error, "a person was erased") {
		t.Errorf("a file that may name who was erased starts: %+v, %v", i, err)
	}
	if rows := column(t, pool, `SELECT line::text FROM customer_import_rows`); len(rows) > 0 {
		t.Errorf("%d rows still name people", len(rows))
	}
	if n, err := imports.Forget(t.Context(), time.Now().Add(-time.Hour)); err != nil || n > 0 {
		t.Errorf("%d forgotten too early, %v", n, err)
	}
	if n, err := imports.Forget(t.Context(), time.Now().Add(time.Minute)); err != nil || n < 2 {
		t.Errorf("%d forgotten, %v", n, err)
	}
	if _, err := imports.Import(t.Context(), i.ID); !errors.Is(err, customers.ErrNoImport) {
		t.Errorf("it is still known: %v", err)
	}
}

// Files that nobody starts do not fill the disk.
func TestImportThatIsNotStartedEnds(t *testing.T) {
	_, pool := fresh(t)
	imports := postgres.NewImports(pool, nil)
	text := table(1)
	is := func(id string, want customers.ImportState, why string) {
		t.Helper()
		if i, err := imports.Import(t.Context(), id); err != nil || i.State != want || i.Error != why || i.EndedAt.IsZero() == (want == customers.ImportStopped) {
			t.Errorf("it is %+v, %v; want %s %q", i, err, want, why)
		}
	}
	boris, err := imports.New(t.Context(), customers.Import{Name: "b.csv", Size: 1, Place: attachment.OnDisk, By: tickets.By{Kind: tickets.ByPerson, ID: "boris"}})
	if err != nil {
		t.Fatal(err)
	}
	started := worked(t, imports, arrivedFile(t, imports, text).ID, text)
	if _, err := imports.Start(t.Context(), started.ID, anna); err != nil {
		t.Fatal(err)
	}
	checked := worked(t, imports, arrivedFile(t, imports, text).ID, text)
	checking := arrivedFile(t, imports, text)
	last := worked(t, imports, arrivedFile(t, imports, text).ID, text)
	for _, i := range []customers.Import{checked, checking} {
		is(i.ID, customers.ImportStopped, "another file was sent instead")
	}
	for _, before := range []time.Duration{-time.Minute, time.Minute} {
		is(last.ID, customers.Checked, "")
		if err := imports.StopWaiting(t.Context(), time.Now().Add(before)); err != nil {
			t.Fatal(err)
		}
	}
	is(last.ID, customers.ImportStopped, "nobody has started it in time")
	is(started.ID, customers.Importing, "")
	is(boris.ID, customers.Checking, "")
	if _, err := imports.Stop(t.Context(), started.ID); err != nil { // it would stand against erasures
		t.Fatal(err)
	}
}

// table is a file of some new customers.
func table(count int) string {
	var b strings.Builder
	b.WriteString("id;name;phone\n")
	for n := range count {
		fmt.Fprintf(&b, "x-%d;Customer %d;+79%09d\n", n, n, n)
	}
	return b.String()
}

// importURL and the others are set in the process that a test kills.
const importURL, importID, importFile = "HOTLINE_TEST_IMPORT", "HOTLINE_TEST_IMPORT_ID", "HOTLINE_TEST_IMPORT_FILE"

// importing is that process: it works on an import until it is killed.
func importing() {
	pool, err := postgres.Connect(os.Getenv(importURL))
	if err != nil {
		panic(err)
	}
	open := func(context.Context, customers.Import) (io.ReadCloser, error) { return os.Open(os.Getenv(importFile)) }
	if _, err := postgres.NewImports(pool, nil).Continue(context.Background(), os.Getenv(importID), open, customers.Rules{}, time.Hour); err != nil {
		panic(err)
	}
}

// piecesOf gives a function that waits until another piece of an import is committed, and says how many rows are done then.
func piecesOf(t *testing.T, pool *pgxpool.Pool, id string) func() (rows int64) {
	t.Helper()
	_, err := pool.Exec(t.Context(), `
		CREATE FUNCTION tell_of_pieces() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_notify('pieces', NEW.id || ' ' || NEW.rows); RETURN NULL; END $$;
		CREATE TRIGGER tell_of_pieces AFTER UPDATE ON customer_imports FOR EACH ROW EXECUTE FUNCTION tell_of_pieces()`)
	must(t, err)
	t.Cleanup(func() {
		_, err := pool.Exec(context.WithoutCancel(t.Context()), `DROP FUNCTION tell_of_pieces CASCADE`)
		must(t, err)
	})
	listening, err := pgx.Connect(t.Context(), cluster.URL())
	must(t, err)
	t.Cleanup(func() { _ = listening.Close(context.WithoutCancel(t.Context())) })
	_, err = listening.Exec(t.Context(), `LISTEN pieces`)
	must(t, err)
	return func() (rows int64) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for {
			told, err := listening.WaitForNotification(ctx)
			must(t, err)
			if n, is := strings.CutPrefix(told.Payload, id+" "); is {
				rows, err = strconv.ParseInt(n, 10, 64)
				must(t, err)
				return rows
			}
		}
	}
}

func TestKilledImportTakesEachRowOnce(t *testing.T) {
	_, pool := fresh(t)
	imports := postgres.NewImports(pool, nil)
	const count = 12_000
	text, file := table(count), t.TempDir()+"/customers.csv"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	i := worked(t, imports, arrivedFile(t, imports, text).ID, text)
	if _, err := imports.Start(t.Context(), i.ID, anna); err != nil {
		t.Fatal(err)
	}
	pieces := piecesOf(t, pool, i.ID)
	for kill := range int64(2) {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), importURL+"="+cluster.URL(), importID+"="+i.ID, importFile+"="+file)
		child.Stderr = os.Stderr
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		for rows := int64(0); rows < 2000*(kill+1); {
			rows = pieces()
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait() // it was killed
		if now, err := imports.Import(t.Context(), i.ID); err != nil || now.State != customers.Importing {
			t.Fatalf("killed it is %+v, %v", now, err)
		}
	}
	if i = worked(t, imports, i.ID, text); i.State != customers.ImportDone || i.Rows != count || i.Counts[customers.WouldCreate] != count || len(i.Counts) != 1 {
		t.Errorf("at the end it is %+v", i)
	}
	if got := column(t, pool, `SELECT count(*) || ' ' || count(DISTINCT customer_id) || ' ' || max(version) FROM customer_changes`); got[0] != "12000 12000 1" {
		t.Errorf("the history has (lines, customers, versions) %s", got[0])
	}
}

// A job may be done twice at once: by the Hotline that was taken for dead, and by the one that has taken over.
func TestTwoWhoImportTheSameTakeEachRowOnce(t *testing.T) {
	_, pool := fresh(t)
	imports := postgres.NewImports(pool, nil)
	const count = 6_000
	text := table(count)
	i := worked(t, imports, arrivedFile(t, imports, text).ID, text)
	if _, err := imports.Start(t.Context(), i.ID, anna); err != nil {
		t.Fatal(err)
	}
	var both sync.WaitGroup
	var met sync.WaitGroup // both have begun before either goes on
	met.Add(2)
	meets := func(ctx context.Context, i customers.Import) (io.ReadCloser, error) {
		met.Done()
		met.Wait()
		return opened(text)(ctx, i)
	}
	ends := make(chan error, 2)
	for range 2 {
		both.Go(func() {
			_, err := imports.Continue(t.Context(), i.ID, meets, customers.Rules{}, time.Hour)
			ends <- err
		})
	}
	both.Wait()
	if a, b := <-ends, <-ends; (a == nil) == (b == nil) { // one of them is told that there is another
		t.Errorf("they end with %v and %v", a, b)
	}
	if now, err := imports.Import(t.Context(), i.ID); err != nil || now.State != customers.ImportDone {
		t.Errorf("after both it is %+v, %v", now, err)
	}
	if i = worked(t, imports, i.ID, text); i.State != customers.ImportDone || i.Counts[customers.WouldCreate] != count || len(i.Counts) != 1 {
		t.Errorf("at the end it is %+v", i)
	}
	if got := column(t, pool, `SELECT max(version)::text FROM customer_changes`); got[0] != "1" {
		t.Errorf("the latest version is %s", got[0])
	}
}
