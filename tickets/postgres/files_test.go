package postgres_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/tickets"
	"hotline/tickets/attachment"
	"hotline/tickets/conformance"
	"hotline/tickets/life"
	"hotline/tickets/postgres"
)

func contents(t *testing.T, pool *pgxpool.Pool) *postgres.Contents {
	t.Helper()
	if _, err := pool.Exec(t.Context(), `DELETE FROM file_contents`); err != nil {
		t.Fatal(err)
	}
	return postgres.New(pool).Contents()
}

func TestDatabaseIsAPlaceForContents(t *testing.T) {
	_, pool := fresh(t)
	conformance.Contents(t, func(t *testing.T) attachment.Store { return contents(t, pool) })
}

func TestUploadThatWasKilledIsSweptFromTheDatabase(t *testing.T) {
	_, pool := fresh(t)
	c := contents(t, pool)
	_, err := pool.Exec(t.Context(), `
		INSERT INTO file_contents (id, put_at) SELECT gen_random_uuid(), now() - interval '2 hours' FROM generate_series(1, 600);
		INSERT INTO file_contents (id, put_at) VALUES (gen_random_uuid(), now());
		INSERT INTO file_pieces SELECT id, 0, 'half' FROM file_contents`)
	if err != nil {
		t.Fatal(err)
	}
	nobody := postgres.New(pool)
	k := keeper(t, nobody, c, attachment.Limits{})
	if swept, err := k.Sweep(t.Context(), time.Now().Add(-attachment.Grace)); err != nil || swept != (attachment.Swept{Broken: 600}) {
		t.Errorf("swept %+v, error %v", swept, err)
	}
	if left := column(t, pool, `SELECT count(*)::text FROM file_pieces`)[0]; left != "1" {
		t.Errorf("%s pieces are left", left)
	}
}

func TestContentWhosePieceIsLostIsDamaged(t *testing.T) {
	_, pool := fresh(t)
	c := contents(t, pool)
	content, err := c.Put(t.Context(), bytes.NewReader(make([]byte, 600<<10)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(t.Context(), `DELETE FROM file_pieces WHERE n = 1`); err != nil {
		t.Fatal(err)
	}
	r, err := c.Open(t.Context(), content.Sum)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, r); !errors.Is(err, attachment.ErrDamaged) || n != 256<<10 {
		t.Errorf("after %d bytes the error is %v", n, err)
	}
}

// keeper is one with a single place.
func keeper(t *testing.T, s *postgres.Store, c attachment.Store, l attachment.Limits) *attachment.Keeper {
	t.Helper()
	k, err := attachment.NewKeeper(s, attachment.InDatabase, map[attachment.Place]attachment.Store{attachment.InDatabase: c}, l)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// withFiles is a database with tickets 100001 and 100002 of Ann, 100003 of Bob, and a second name 100009 of the first.
func withFiles(t *testing.T, l attachment.Limits) (*attachment.Keeper, *postgres.Store, *pgxpool.Pool) {
	t.Helper()
	s, pool := fresh(t)
	c := contents(t, pool)
	_, err := pool.Exec(t.Context(), `
		INSERT INTO customers (id, name) VALUES ('00000000-0000-4000-8000-000000000001', 'Ann'), ('00000000-0000-4000-8000-000000000002', 'Bob');
		INSERT INTO tickets (number, customer_id, state, owner_kind, owner, closed_at, opened_at, activity_at) VALUES
			('100001', '00000000-0000-4000-8000-000000000001', 'closed', 'department', 'd', now(), now(), now()),
			('100002', '00000000-0000-4000-8000-000000000001', 'closed', 'department', 'd', now(), now(), now() - interval '800 days'),
			('100003', '00000000-0000-4000-8000-000000000002', 'closed', 'department', 'd', now(), now(), now());
		INSERT INTO merged_numbers (number, ticket) VALUES ('100009', '100001')`)
	if err != nil {
		t.Fatal(err)
	}
	return keeper(t, s, c, l), s, pool
}

func hand(who string) attachment.Hand {
	return attachment.Hand{Login: who, By: tickets.By{Kind: tickets.ByPerson, ID: who, Name: who, From: "page"}}
}

func add(k *attachment.Keeper, n tickets.Number, name, content string) (attachment.File, error) {
	return k.Add(context.Background(), attachment.Upload{Ticket: n, Name: name, Content: strings.NewReader(content), By: hand("olga"), At: time.Now(), Internal: true})
}

func mustAdd(t *testing.T, k *attachment.Keeper, n tickets.Number, name, content string) attachment.File {
	t.Helper()
	f, err := add(k, n, name, content)
	if err != nil {
		t.Fatalf("add %s to %s: %v", name, n, err)
	}
	return f
}

func TestFileIsFoundAsItWasBrought(t *testing.T) {
	k, _, _ := withFiles(t, attachment.Limits{})
	hostile := "'; DROP TABLE ticket_files; -- <b>🙂<b>\u202e.txt"
	f := mustAdd(t, k, "100009", hostile, "first line\n")
	if f.Ticket != "100001" || f.Name != "'; DROP TABLE ticket_files; -- _b_🙂_b_.txt" || f.Type != "text/plain" || f.Size != 11 || f.Version != 2 || !f.Internal {
		t.Errorf("it is kept as %+v", f)
	}
	again := mustAdd(t, k, "100001", hostile, "first line\n")
	if diff := cmp.Diff(f, again); diff != "" {
		t.Errorf("the same again is another (-first +again):\n%s", diff)
	}
	for _, n := range []tickets.Number{"100001", "100009"} {
		all, err := k.Files(t.Context(), n)
		if err != nil || len(all) != 1 || !cmp.Equal(all[0], f) {
			t.Errorf("ticket %s has %+v, error %v", n, all, err)
		}
	}
	r, err := k.Open(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r); err != nil || string(b) != "first line\n" {
		t.Errorf("it holds %q, error %v", b, err)
	}
	for _, n := range []tickets.Number{"100002", "100003"} {
		if _, err := k.File(t.Context(), n, f.ID); !errors.Is(err, attachment.ErrNoFile) {
			t.Errorf("ticket %s has the file, too: %v", n, err)
		}
		if err := k.Remove(t.Context(), n, f.ID, hand("eve"), time.Now()); !errors.Is(err, attachment.ErrNoFile) {
			t.Errorf("by ticket %s it is removed: %v", n, err)
		}
	}
	if _, err := add(k, "100007", "a.txt", "text"); !errors.Is(err, tickets.ErrNoTicket) {
		t.Errorf("a file of no ticket: %v", err)
	}
}

func TestRemovedFileStaysInTheHistoryAndItsContentGoes(t *testing.T) {
	k, _, pool := withFiles(t, attachment.Limits{})
	f, other := mustAdd(t, k, "100001", "a.txt", "the same"), mustAdd(t, k, "100003", "b.txt", "the same")
	remove := func(f attachment.File) {
		t.Helper()
		if err := k.Remove(t.Context(), f.Ticket, f.ID, hand("anna"), time.Now()); err != nil {
			t.Fatal(err)
		}
		if err := k.Remove(t.Context(), f.Ticket, f.ID, hand("anna"), time.Now()); !errors.Is(err, attachment.ErrNoFile) {
			t.Errorf("removed twice: %v", err)
		}
		if _, err := k.Sweep(t.Context(), time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	remove(f)
	all, err := k.Files(t.Context(), "100001")
	if err != nil || len(all) != 1 || all[0].RemovedBy != "anna" || all[0].RemovedAt.IsZero() || all[0].Name != "a.txt" {
		t.Errorf("the history says %+v, error %v", all, err)
	}
	if n := column(t, pool, `SELECT count(*)::text FROM file_contents`)[0]; n != "1" {
		t.Errorf("%s contents are left while another ticket has it", n)
	}
	remove(other)
	if n := column(t, pool, `SELECT count(*)::text FROM file_contents UNION ALL SELECT count(*)::text FROM file_pieces`); !slices.Equal(n, []string{"0", "0"}) {
		t.Errorf("%s contents and pieces are left", n)
	}
}

func TestTwoAtOnceDoNotBothTakeATicketsLastRoom(t *testing.T) {
	k, _, _ := withFiles(t, attachment.Limits{Files: 3})
	var taken, full int
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			_, err := add(k, "100001", "a.txt", fmt.Sprint("text ", i))
			var r *attachment.Refusal
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				taken++
			case errors.As(err, &r) && r.Code == attachment.TooMany:
				full++
			default:
				t.Errorf("file %d: %v", i, err)
			}
		})
	}
	all.Wait()
	if taken != 3 || full != 9 {
		t.Errorf("%d were taken and %d refused", taken, full)
	}
}

// What is too large is known when it has come; then it fills nobody's room.
func TestUploadThatIsRefusedLeavesNothing(t *testing.T) {
	k, _, pool := withFiles(t, attachment.Limits{TicketSize: 20})
	mustAdd(t, k, "100001", "a.txt", "fifteen letters")
	mustAdd(t, k, "100003", "b.txt", "of another ticket")
	for _, content := range []string{"ten letter", "of another ticket"} {
		var r *attachment.Refusal
		if _, err := add(k, "100001", "b.txt", content); !errors.As(err, &r) || r.Code != attachment.TicketFull {
			t.Errorf("%q: %v", content, err)
		}
	}
	if left := column(t, pool, `SELECT convert_from(bytes, 'UTF8') FROM file_pieces`); !slices.Equal(left, []string{"fifteen letters", "of another ticket"}) {
		t.Errorf("there are %q", left)
	}
}

func TestFilesOfAnErasedPersonAreGone(t *testing.T) {
	k, s, pool := withFiles(t, attachment.Limits{})
	mustAdd(t, k, "100001", "Ann's passport.pdf", "%PDF-1.7 hers")
	mustAdd(t, k, "100001", "price list.txt", "of both")
	mustAdd(t, k, "100002", "Ann's letter.txt", "put a minute ago")
	mustAdd(t, k, "100003", "price list.txt", "of both")
	young := sha256.Sum256([]byte("put a minute ago"))
	if _, err := pool.Exec(t.Context(), `UPDATE file_contents SET put_at = now() - interval '1 hour' WHERE sha256 <> $1`, young[:]); err != nil {
		t.Fatal(err)
	}
	all, err := s.Persons(t.Context(), "00000000-0000-4000-8000-000000000001", "")
	if err != nil {
		t.Fatal(err)
	}
	if d, err := held(t, s, all[0]); err != nil || len(d["ticket_files"]) != 3 || !strings.Contains(string(d["ticket_files"][0]), "passport") {
		t.Errorf("the export has the files %s, error %v", d["ticket_files"], err)
	}
	if err := s.Erase(t.Context(), all[0], erasing(false, nil)); err != nil {
		t.Fatal(err)
	}
	for sql, want := range map[string]string{
		`SELECT ticket || ' ' || name FROM ticket_files`:      "100003 price list.txt",
		`SELECT convert_from(bytes, 'UTF8') FROM file_pieces`: "of both, put a minute ago",
	} {
		if got := strings.Join(column(t, pool, sql), ", "); got != want {
			t.Errorf("%s gives %q, want %q", sql, got, want)
		}
	}
	if swept, err := k.Sweep(t.Context(), time.Now().Add(time.Minute)); err != nil || swept.Contents != 1 {
		t.Errorf("swept %+v, error %v", swept, err)
	}
}

func TestFilesGoWithATicketThatWasKeptForLongEnough(t *testing.T) {
	k, s, pool := withFiles(t, attachment.Limits{})
	mustAdd(t, k, "100002", "old.txt", "old")
	mustAdd(t, k, "100001", "new.txt", "new")
	done, err := s.Forget(t.Context(), postgres.Retention{Contacts: 365 * days}, time.Now())
	if err != nil || done.Tickets != 1 || done.Files != 1 {
		t.Fatalf("deleted %+v, error %v", done, err)
	}
	if got := column(t, pool, `SELECT name FROM ticket_files`); !slices.Equal(got, []string{"new.txt"}) {
		t.Errorf("left are %v", got)
	}
	if swept, err := k.Sweep(t.Context(), time.Now().Add(time.Minute)); err != nil || swept.Contents != 1 {
		t.Errorf("swept %+v, error %v", swept, err)
	}
}

// A file may be added to a call's own ticket before the fact comes that the call is about another.
func TestFilesMoveWithATicketThatTurnsOutToContinueAnother(t *testing.T) {
	s, pool := fresh(t)
	at := time.Now()
	first, own := tickets.MakeNumber(10_001), tickets.MakeNumber(10_002)
	apply := func(facts ...tickets.Fact) {
		t.Helper()
		if err := s.Apply(t.Context(), facts); err != nil {
			t.Fatal(err)
		}
	}
	fact := func(c tickets.ContactID, own tickets.Number, e tickets.Event) tickets.Fact {
		return tickets.Fact{Contact: c, Channel: tickets.Call{}, At: at, Own: own, Event: e}
	}
	apply(fact("c1", first, tickets.Arrived{Department: "d", Next: at}))
	apply(fact("c2", own, tickets.Arrived{Department: "d", Next: at}))
	k := keeper(t, s, contents(t, pool), attachment.Limits{})
	f := mustAdd(t, k, own, "photo.txt", "text")
	apply(fact("c2", "", tickets.Claimed{Ticket: first, Next: at}), fact("c2", "", tickets.ClaimDecided{Ticket: first, By: "olga", Accepted: true}))
	all, err := k.Files(t.Context(), own)
	if err != nil || len(all) != 1 || all[0].ID != f.ID || all[0].Ticket != first {
		t.Errorf("by the second name the files are %+v, error %v", all, err)
	}
	told(t, s, first, "file.moved olga "+string(f.ID)+" from "+string(own))
}

// Within one batch of facts, a call may go on from the ticket that its own has become part of.
func TestFilesMoveByWhomTheCallWasMovedThoughItGoesOn(t *testing.T) {
	s, pool := fresh(t)
	at := time.Now().UTC().Truncate(time.Second)
	first, second, own := tickets.MakeNumber(10_011), tickets.MakeNumber(10_012), tickets.MakeNumber(10_013)
	fact := func(c tickets.ContactID, n int64, own tickets.Number, e tickets.Event) tickets.Fact {
		return tickets.Fact{Contact: c, Channel: tickets.Call{}, N: n, At: at, Own: own, Event: e}
	}
	arrived := tickets.Arrived{Department: "d", Next: at}
	must(t, s.Apply(t.Context(), []tickets.Fact{fact("c1", 0, first, arrived), fact("c2", 0, second, arrived), fact("c3", 0, own, arrived)}))
	f := mustAdd(t, keeper(t, s, contents(t, pool), attachment.Limits{}), own, "photo.txt", "text")
	to := func(n tickets.Number) tickets.Event {
		return tickets.Routed{Ticket: n, Linked: tickets.LinkedTyped, Next: at}
	}
	must(t, s.Apply(t.Context(), []tickets.Fact{
		fact("c3", 1, own, to(first)), fact("c3", 2, own, to(second)), fact("c2", 1, second, tickets.Claimed{Ticket: first}),
	}))
	told(t, s, first, "file.moved  "+string(f.ID)+" from "+string(own))
	lines, err := s.Changes(t.Context(), first, 0, 100)
	must(t, err)
	moved := lines[len(lines)-1]
	if !moved.At.Equal(at) || moved.By.Kind != tickets.ByCall || moved.Contact != "c3" {
		t.Errorf("moved at %s by %+v, for contact %q", moved.At, moved.By, moved.Contact)
	}
}

// told checks what the history of a ticket says of files, and that it is whole.
func told(t *testing.T, s *postgres.Store, n tickets.Number, want ...string) {
	t.Helper()
	lines, err := s.Changes(t.Context(), n, 0, 100)
	must(t, err)
	var got []string
	for _, c := range lines {
		if c.OfFile() {
			line := c.Kind + " " + c.By.ID + " " + c.Details["file"]
			if from := c.Details["from"]; from != "" {
				line += " from " + from
			}
			got = append(got, line)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("of ticket %s the history says (-want +got):\n%s", n, diff)
	}
	m, err := s.Matter(t.Context(), n)
	must(t, err)
	if fields, err := tickets.Replay(lines); err != nil || m.Number == n && (cmp.Diff(m.Fields(), fields) != "" || m.Version != int64(len(lines))) {
		t.Errorf("ticket %s is of version %d, and its history of %d lines replays to %v, %v", n, m.Version, len(lines), fields, err)
	}
}

// Whoever reads a ticket's history finds each file in it: who brought it and who took it away, through merges and when these are undone.
func TestFilesComeAndGoInTheHistoriesOfTheirTickets(t *testing.T) {
	s, pool := fresh(t)
	var heard []string
	s.OnChange(nil, func(history []tickets.Change) {
		for _, c := range history {
			if c.OfFile() {
				heard = append(heard, c.Kind+" "+string(c.Ticket))
			}
		}
	})
	a, b := called(t, s, 10_001), called(t, s, 10_002)
	k := keeper(t, s, contents(t, pool), attachment.Limits{})
	remove := func(n tickets.Number, f attachment.File, who string) {
		t.Helper()
		must(t, k.Remove(t.Context(), n, f.ID, hand(who), time.Now()))
	}
	first, second := mustAdd(t, k, a, "a.txt", "first"), mustAdd(t, k, a, "b.txt", "second")
	if again := mustAdd(t, k, a, "a.txt", "first"); again.ID != first.ID || second.Version != first.Version+1 {
		t.Errorf("the same again is %+v, and the second is %+v", again, second)
	}
	must(t, order(t, s, a, life.Merge{Into: b}))
	third := mustAdd(t, k, a, "c.txt", "third") // comes to the one that goes on
	remove(b, first, "anna")
	must(t, order(t, s, a, life.Unmerge{}))
	remove(a, second, "boris")
	remove(b, third, "boris")
	if err := k.Remove(t.Context(), a, second.ID, hand("eve"), time.Now()); !errors.Is(err, attachment.ErrNoFile) {
		t.Errorf("removed twice: %v", err)
	}
	line := func(kind, who string, f attachment.File) string { return kind + " " + who + " " + string(f.ID) }
	told(t, s, a, line("file.added", "olga", first), line("file.added", "olga", second), line("file.removed", "anna", first), line("file.removed", "boris", second))
	told(t, s, b, line("file.added", "olga", third), line("file.removed", "anna", first), line("file.removed", "boris", third))
	if len(heard) != 7 {
		t.Errorf("others heard of %q", heard)
	}
	piece, err := s.Timeline(t.Context(), b, "", 50)
	must(t, err)
	var shown []attachment.ID
	for _, i := range piece.Items {
		if i.File != nil {
			shown = append(shown, i.File.ID)
			if i.File.RemovedBy != "boris" {
				t.Errorf("its timeline has %+v", i.File)
			}
		}
	}
	if !slices.Equal(shown, []attachment.ID{third.ID}) {
		t.Errorf("its timeline has the files %v", shown)
	}
}
