package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"hotline/cmd/hotline/config"
	"hotline/deploy/private"
	"hotline/telephony/softphone"
)

// TestADatabaseFromADumpGetsBackWhatCameSince: pg_dump runs while calls come, and its dump is restored into an empty cluster long after. A Hotline that is started on that has each
// call with its ticket, end and note, gives no number again, and goes on with the talk and the place that were there all the time.
func TestADatabaseFromADumpGetsBackWhatCameSince(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102")}, elsewhere: true})
	b := &backup{stage: s, p: s.spawn(), dump: filepath.Join(t.TempDir(), "hotline.dump")}
	anna, boris := s.agentAt(b.p.pages, s.config.People[0]), s.agentAt(b.p.pages, s.config.People[1])
	talks := s.calls("+79160008801")
	s.chooses(talks, "3")
	anna.ready()
	talk := anna.answers()
	boris.ready()
	b.serves(boris, "+79160008802")

	b.dumps()
	for i := range 3 {
		b.serves(boris, fmt.Sprintf("+7916000881%d", i))
	}
	s.must(boris.desk.Command(t.Context(), "agent.not_ready", map[string]any{"reason": "break"}))
	waits := s.calls("+79160008803")
	s.chooses(waits, "3")
	s.eventually("one waits", func() error { return s.waitingPerNotes(1) })
	b.calls += 2
	b.p.kill()
	before := b.tickets()
	epoch := anna.desk.Hello().Epoch
	b.restores()

	s.eventually("the page is back by itself", func() error {
		if anna.desk.Hello().Epoch == epoch {
			return errors.New("it is not")
		}
		return nil
	})
	anna.talking()
	s.hearEachOther(talks, talk)
	s.hangsUp(talks)
	anna.finish("resolved")
	s.hangsUp(anna.answers())
	s.gone(waits)
	anna.finish("resolved")
	b.calls++
	s.hangsUp(s.calls("+79160008804"))
	b.isWhole(before)

	b.p.end()
	b.p = s.respawn(b.p)
	if text := b.p.text(); strings.Contains(text, "lacks facts that it had") {
		t.Errorf("what was brought back is brought back again: %s", text)
	}
	b.p.end()
}

// backup is a Hotline of which the database is dumped, and restored elsewhere.
type backup struct {
	*stage
	p     *process
	dump  string
	calls int // that have come
}

// serves has an agent take a call, and write a note.
func (b *backup) serves(w *worker, from string) {
	b.t.Helper()
	call := b.stage.calls(from)
	b.chooses(call, "3")
	b.hangsUp(w.answers())
	b.gone(call)
	w.finish("resolved")
	b.calls++
}

// dumps dumps the database while callers come and go, and returns some calls later.
func (b *backup) dumps() {
	b.t.Helper()
	quiet, err := b.exchange.Phone(softphone.Options{User: "many", Quiet: true})
	b.must(err)
	var mu sync.Mutex
	var failed error
	came, over := 0, make(chan struct{})
	var callers sync.WaitGroup
	for i := range 4 {
		callers.Go(func() {
			for n := 0; ; n++ {
				ctx, cancel := context.WithTimeout(b.t.Context(), atOnce)
				call, err := quiet.Call(ctx, b.house.asterisk.Number, softphone.CallOptions{From: fmt.Sprintf("+791700%d%04d", i, n)})
				if err == nil {
					err = call.Hangup(ctx)
				}
				cancel()
				mu.Lock()
				came, failed = came+1, errors.Join(failed, err)
				mu.Unlock()
				select {
				case <-over:
					return
				default:
				}
				if err != nil {
					return
				}
			}
		})
	}
	b.eventually("calls come", func() error {
		mu.Lock()
		defer mu.Unlock()
		if came < 8 && failed == nil {
			return fmt.Errorf("%d have", came)
		}
		return nil
	})
	b.runs("pg_dump", "--format=custom", "--file="+b.dump, b.database)
	close(over)
	callers.Wait()
	b.must(failed)
	b.calls += came
}

// restores starts Hotline anew on the dump, in a cluster that was empty.
func (b *backup) restores() {
	b.t.Helper()
	other, err := private.StartPostgres(b.t.Context(), filepath.Join(b.t.TempDir(), "postgres"))
	b.must(err)
	b.t.Cleanup(func() { _ = other.Stop(context.Background()) })
	b.runs("pg_restore", "--no-owner", "--dbname="+other.URL(), b.dump)
	b.database = other.URL()
	had := len(b.tickets())
	b.must(os.WriteFile(b.p.config.Database.URL.File, []byte(other.URL()), 0o600))
	b.p = b.respawn(b.p)
	b.p.says("the database has again what was kept here")
	b.t.Logf("the dump has %d of %d calls; %d bytes are kept for each on disk", had, b.calls, b.keptBytes()/b.calls)
	if had >= b.calls || had == 0 {
		b.t.Errorf("the dump has %d of %d calls", had, b.calls)
	}
}

func (b *backup) keptBytes() (sum int) {
	files, err := filepath.Glob(filepath.Join(b.p.config.Spool, "applied", "*"))
	b.must(err)
	for _, file := range files {
		is, err := os.Stat(file)
		b.must(err)
		sum += int(is.Size())
	}
	return sum
}

func (b *backup) runs(name string, args ...string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 2*atOnce)
	defer cancel()
	if said, err := exec.CommandContext(ctx, name, args...).CombinedOutput(); err != nil {
		b.t.Fatalf("%s: %v: %s", name, err, said)
	}
}

// tickets are those of the calls in the database.
func (b *backup) tickets() (of map[string]string) {
	b.t.Helper()
	conn, err := pgx.Connect(b.t.Context(), b.database)
	b.must(err)
	defer conn.Close(context.Background())
	rows, err := conn.Query(b.t.Context(), `select id, ticket from contacts`)
	b.must(err)
	of = make(map[string]string)
	var id, ticket string
	_, err = pgx.ForEachRow(rows, []any{&id, &ticket}, func() error { of[id] = ticket; return nil })
	b.must(err)
	return of
}

// isWhole awaits that each call has its contact with an end, and each a ticket that no other has: the one that it had before.
func (b *backup) isWhole(before map[string]string) {
	b.t.Helper()
	b.eventually("each call has an end, and each that was served a note", func() error {
		var said string
		err := b.query(`select format('%s calls, %s without an end, %s lost, %s served, %s notes', count(*), count(*) filter (where ended_at is null), count(*) filter (where outcome = 'lost'),
			count(*) filter (where outcome = 'served'), count(*) filter (where note <> '')) from contacts`, &said)
		if want := fmt.Sprintf("%d calls, 0 without an end, 0 lost, 6 served, 6 notes", b.calls); err == nil && said != want {
			err = fmt.Errorf("there are %s, and not %s", said, want)
		}
		return err
	})
	after, given := b.tickets(), make(map[string]string)
	for id, ticket := range after {
		if other := given[ticket]; other != "" {
			b.t.Errorf("%s and %s have both the ticket %s", id, other, ticket)
		}
		given[ticket] = id
		if was := before[id]; was != "" && was != ticket {
			b.t.Errorf("%s had the ticket %s, and has %s", id, was, ticket)
		}
	}
	for id := range before {
		if after[id] == "" {
			b.t.Errorf("%s, with the ticket %s, is gone", id, before[id])
		}
	}
	if _, err := os.Stat(filepath.Join(b.p.config.Spool, "set-aside.jsonl")); !errors.Is(err, os.ErrNotExist) {
		b.t.Errorf("facts are set aside: %v", err)
	}
	b.emptyAsterisk()
}
