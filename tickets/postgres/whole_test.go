package postgres_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"hotline/tickets"
	"hotline/tickets/attachment"
	"hotline/tickets/casefile"
	"hotline/tickets/conformance"
	"hotline/tickets/life"
	"hotline/tickets/lists"
	"hotline/tickets/postgres"
)

func TestWholeFileHasWhatGoesOnInTheTicketByAnyNumber(t *testing.T) {
	s, pool := fresh(t)
	a, b, c := called(t, s, 91_001), called(t, s, 91_002), called(t, s, 91_003)
	must(t, order(t, s, a, life.AddNote{Text: "of the first"}))
	must(t, order(t, s, a, life.Promised{What: "call back", Due: time.Now().Add(time.Hour)}))
	must(t, order(t, s, a, life.KeepPromise{N: 1}))
	must(t, order(t, s, a, life.Promised{What: "send the bill", Due: time.Now().Add(time.Hour)}))
	must(t, order(t, s, a, life.AddPart{Department: "billing", What: "is the bill right?", Due: time.Now().Add(time.Hour)}))
	must(t, order(t, s, a, life.AddPart{Department: "support", What: "does it work?", Due: time.Now().Add(time.Hour)}))
	must(t, order(t, s, a, life.AnswerPart{N: 1, Answer: "it is"}))
	must(t, order(t, s, a, life.AskVendor{Vendor: "a maker", What: "a new part"}))
	must(t, order(t, s, a, life.Tie{Other: b, Kind: life.Related}))
	must(t, order(t, s, b, life.AddNote{Text: "of the second"}))
	must(t, order(t, s, a, life.Merge{Into: b}))
	must(t, order(t, s, b, life.Merge{Into: c, Force: true}))
	must(t, order(t, s, c, life.AddNote{Text: "of the third"}))
	for _, n := range []tickets.Number{a, c} {
		_, err := pool.Exec(t.Context(), `INSERT INTO ticket_clocks (ticket, n, kind, cycle, allowed, used, started, broken, clock) VALUES ($1, 1, 'reaction', 1, '1 hour', '0', now(), true, '{"kind": "reaction", "broken": true}')`, n)
		must(t, err)
	}
	var first lists.Whole
	for _, n := range []tickets.Number{a, b, c} {
		w, err := s.Whole(t.Context(), n)
		must(t, err)
		if w.Matter.Number != c {
			t.Errorf("by %s it is the file of %s, not of %s", n, w.Matter.Number, c)
		}
		first = w
	}
	var notes []string
	contacts, last := 0, time.Time{}
	for _, i := range first.Items {
		if i.At.Before(last) {
			t.Error("it does not tell in order")
		}
		last = i.At
		switch {
		case i.Entry != nil:
			notes = append(notes, i.Entry.Text)
		case i.Contact != nil:
			contacts++
		}
	}
	if want := []string{"of the first", "it is", "of the second", "of the third"}; !slices.Equal(notes, want) || contacts != 3 {
		t.Errorf("it has the notes %q and %d contacts", notes, contacts)
	}
	if len(first.Promises) != 2 || first.Promises[0].State != life.PromiseKept || first.Promises[1].State != life.PromiseOpen {
		t.Errorf("of a promise that was kept before the merges, and of one that went on with them, it tells %+v", first.Promises)
	}
	if len(first.Parts) != 2 || first.Parts[0].What != "is the bill right?" || first.Parts[0].State != life.PartAnswered || first.Parts[1].State != life.PartOpen {
		t.Errorf("of a part that was answered before the merges, and of one that went on with them, it tells %+v", first.Parts)
	}
	if len(first.Vendors) != 1 || first.Vendors[0].State != life.VendorAsked || len(first.Links) != 0 {
		t.Errorf("it tells of the requests to vendors %+v, and links %+v between what is one now", first.Vendors, first.Links)
	}
	if len(first.Clocks) != 2 || first.Clocks[0].Ticket != c || first.Clocks[1].Ticket != a || !first.Clocks[1].Broken {
		t.Errorf("its clocks, and those of the tickets that go on in it, are %+v", first.Clocks)
	}
	if want := []tickets.Number{a, b}; !slices.Equal(first.Names, want) {
		t.Errorf("its other numbers are %v, want %v", first.Names, want)
	}
	if _, err := s.Whole(t.Context(), tickets.MakeNumber(91_009)); !errors.Is(err, tickets.ErrNoTicket) {
		t.Errorf("of no ticket: %v", err)
	}
}

// After any life, with files that come and go, the document of each ticket holds what happened to it and to all that goes on in it: each contact, each
// line of their histories, each text and each file, once.
func TestWholeFileHoldsEachThingOfARandomLifeOnce(t *testing.T) {
	s, pool := fresh(t)
	draw := rapid.Custom(conformance.Life)
	answers, files, merged := 0, 0, 0
	for seed := range 25 {
		empty(t, pool)
		dice := rand.New(rand.NewPCG(uint64(seed), 3))
		for _, step := range draw.Example(seed) {
			_ = step.Take(s) // some are refused
			if dice.IntN(4) == 0 {
				files += comesOrGoes(t, s, pool, dice, step.At)
			}
		}
		rows, err := s.Rows(t.Context())
		must(t, err)
		must(t, conformance.Holds(rows))
		for n, m := range rows.Matters {
			if m.Into != "" {
				merged++
				continue // it is told in the one in which it goes on
			}
			want := happened(t, s, rows, n)
			w, err := s.Whole(t.Context(), n)
			must(t, err)
			var document bytes.Buffer
			o := casefile.Options{Internal: true}
			must(t, casefile.JSON(&document, casefile.Of(w, tickets.Terms{}, o, time.Now()), o))
			if diff := cmp.Diff(want, documented(t, document.Bytes(), want)); diff != "" {
				t.Fatalf("life %d: the document of ticket %s (-happened +written):\n%s", seed, n, diff)
			}
			answers += len(rows.Entries[n])
		}
	}
	if answers < 50 || files < 50 || merged < 2 {
		t.Errorf("in these lives were only %d texts, %d comings and goings of files, and %d merges", answers, files, merged)
	}
}

// comesOrGoes brings a file to some ticket now and then, or takes one away, and says how often it did.
func comesOrGoes(t *testing.T, s *postgres.Store, pool *pgxpool.Pool, dice *rand.Rand, at time.Time) (times int) {
	t.Helper()
	for _, number := range column(t, pool, `SELECT number FROM tickets ORDER BY number`) {
		n := tickets.Number(number)
		has, err := s.Files(t.Context(), n)
		must(t, err)
		if i := dice.IntN(8); i < len(has) && has[i].RemovedAt.IsZero() {
			must(t, s.RemoveFile(t.Context(), n, has[i].ID, hand("boris"), at))
			times++
		} else if i == 7 {
			f := attachment.File{ID: attachment.ID(uuid.NewString()), Ticket: n, Name: "a.txt", Type: "text/plain", Size: 1, Sum: attachment.Sum{byte(len(has))}, Place: attachment.OnDisk, By: "anna", At: at}
			_, err := s.AddFile(t.Context(), f, hand("anna").By, attachment.Limits{}.OrUsual())
			must(t, err)
			times++
		}
	}
	return times
}

// happened counts what the document of a ticket is to hold: what happened when, and which texts were written.
func happened(t *testing.T, s *postgres.Store, rows conformance.Rows, n tickets.Number) map[string]int {
	t.Helper()
	all := map[string]int{}
	for other := range rows.Matters {
		end := other
		for rows.Matters[end].Into != "" {
			end = rows.Matters[end].Into
		}
		if end != n {
			continue
		}
		for _, c := range rows.History[other] {
			if c.Kind != "file.added" { // the file itself says it
				all[thing(c.Kind, c.At, "")]++
			}
		}
		for _, e := range rows.Entries[other] {
			all[thing(string(e.Kind), e.At, "")]++
			all[thing(string(e.Kind), e.At, e.Text)]++
		}
	}
	for _, c := range rows.Contacts {
		if c.Ticket == n {
			all[thing(c.Channel.Code(), c.ArrivedAt, "")]++
			if c.Note != "" {
				all[thing("note", later(c.WrappedUpAt, c.ArrivedAt), "")]++
			}
		}
	}
	files, err := s.Files(t.Context(), n)
	must(t, err)
	for _, f := range files {
		all[thing("file", f.At, "")]++
	}
	return all
}

func later(at, otherwise time.Time) time.Time {
	if at.IsZero() {
		return otherwise
	}
	return at
}

func thing(kind string, at time.Time, text string) string {
	return strings.TrimSpace(kind + " at " + at.UTC().Format(time.RFC3339Nano) + " " + text)
}

// documented counts what a document holds, and of its texts those that are wanted.
func documented(t *testing.T, document []byte, want map[string]int) map[string]int {
	t.Helper()
	var d struct {
		Timeline []struct {
			Kind, Text string
			At         time.Time
		}
	}
	must(t, json.Unmarshal(document, &d))
	all := map[string]int{}
	for _, e := range d.Timeline {
		all[thing(e.Kind, e.At, "")]++
		written, _, _ := strings.Cut(e.Text, "\n(")
		if key := thing(e.Kind, e.At, written); written != "" && want[key] > 0 {
			all[key]++
		}
	}
	return all
}
