// Package conformance is what every vault and all rows of recordings must do: those in memory, on disk and in PostgreSQL pass the same suite.
package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"hotline/recordings"
	"hotline/telephony"
)

// Talk is a recording of a talk, for tests.
func Talk(started time.Time, agents ...string) recordings.Meta {
	m := recordings.Meta{
		ID: recordings.ID(uuid.Must(uuid.NewV7()).String()), Kind: recordings.Talk, Call: telephony.CallID(uuid.Must(uuid.NewV7()).String()), Ticket: "100237", Queue: "help",
		Started: started, Why: recordings.ByRule, Pauses: []recordings.Pause{{From: time.Second, To: 2 * time.Second, Why: "agent", By: "anna"}},
	}
	for _, a := range agents {
		m.Agents = append(m.Agents, recordings.Talked{Agent: a, From: started, To: started.Add(time.Minute)})
	}
	return m
}

// Sound is some seconds of a talk of which no two samples in a row are the same.
func Sound(seconds int) []byte {
	all := make([]byte, 0, seconds*recordings.Rate*4)
	for i := range seconds * recordings.Rate {
		l, r := uint16(int16(i*37%20000-10000)), uint16(int16(i*91%3000))
		all = append(all, byte(l), byte(l>>8), byte(r), byte(r>>8))
	}
	return all
}

// came is when recordings of these tests started: in whole microseconds, as databases have it.
var came = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// errBroke is that of a reader that breaks off.
var errBroke = errors.New("the line broke")

// Vaults tries a vault; read gives the sound that it has, without a header.
func Vaults(t *testing.T, v recordings.Vault, read func(recordings.ID) ([]byte, error)) {
	ctx, m, sound := t.Context(), Talk(came, "anna"), Sound(3)
	kept, err := v.Put(ctx, m, bytes.NewReader(append(sound, 1))) // a byte of no sample
	if err != nil {
		t.Fatal(err)
	}
	m.Length = 3 * time.Second
	if d := cmp.Diff(m, kept); d != "" {
		t.Errorf("it is kept as\n%s", d)
	}
	if got, err := read(m.ID); err != nil || !bytes.Equal(got, sound) {
		t.Errorf("%d bytes are read, %v", len(got), err)
	}
	other := m
	other.Queue = "other"
	if again, err := v.Put(ctx, other, bytes.NewReader(nil)); err != nil || cmp.Diff(m, again) != "" {
		t.Errorf("put again it is %+v, %v", again, err)
	}
	if got, _ := read(m.ID); !bytes.Equal(got, sound) {
		t.Error("put again it sounds otherwise")
	}
	is := func(what string, want ...recordings.ID) {
		t.Helper()
		all, err := v.Unsettled()
		var got []recordings.ID
		for _, one := range all {
			got = append(got, one.ID)
		}
		if slices.Sort(got); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s unsettled is %v, %v; want %v", what, got, err, want)
		}
	}
	is("once put", m.ID)
	try(t, v.Settle(m.ID, true))
	is("once settled")
	try(t, v.Settle(m.ID, true))
	try(t, v.Settle(m.ID, false))
	is("as it is to be deleted", m.ID)

	broken := Talk(came)
	if _, err := v.Put(ctx, broken, io.MultiReader(bytes.NewReader(sound), fails{})); !errors.Is(err, errBroke) {
		t.Errorf("of a line that breaks is said %v", err)
	}
	if _, err := read(broken.ID); !errors.Is(err, recordings.ErrNone) {
		t.Errorf("what broke off is there: %v", err)
	}
	is("of what broke off nothing is", m.ID)
	over, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := v.Put(over, broken, bytes.NewReader(sound)); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that is over it says %v", err)
	}
	if _, err := v.Put(ctx, broken, bytes.NewReader(nil)); err != nil {
		t.Errorf("without any sound: %v", err)
	}
	try(t, v.Delete(broken.ID))
	try(t, v.Delete(m.ID))
	try(t, v.Delete(m.ID))
	is("once deleted nothing is")
	if _, err := read(m.ID); !errors.Is(err, recordings.ErrNone) {
		t.Errorf("what is deleted is there: %v", err)
	}
	message := Talk(came)
	message.Kind = recordings.Message
	if kept, err := v.Put(ctx, message, bytes.NewReader(sound)); err != nil || kept.Length != 6*time.Second {
		t.Errorf("of one channel it lasts %s, %v", kept.Length, err)
	}
	for _, id := range []recordings.ID{"", "x", "../../etc/passwd"} {
		m.ID = id
		if _, err := v.Put(ctx, m, bytes.NewReader(sound)); !errors.Is(err, recordings.ErrNone) {
			t.Errorf("put as %q: %v", id, err)
		}
	}
}

type fails struct{}

func (fails) Read([]byte) (int, error) { return 0, errBroke }

func try(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// AllRows is what rows do, for the archive and for who looks for recordings.
type AllRows interface {
	recordings.Rows
	One(ctx context.Context, id recordings.ID) (recordings.Entry, error)
	Hold(ctx context.Context, id recordings.ID, h *recordings.Hold) error
	Find(ctx context.Context, q recordings.Question) (recordings.Page, error)
}

// Rows tries rows, which are empty.
func Rows(t *testing.T, r AllRows) {
	ctx := t.Context()
	var all []recordings.Meta
	for i := range 6 {
		m := Talk(came.Add(time.Duration(i)*time.Hour), []string{"anna", "boris"}[i%2])
		m.Length, m.By, m.Name = time.Duration(i)*time.Minute, "clara", fmt.Sprint("name", i)
		if i == 4 {
			m.Agents = append(m.Agents, recordings.Talked{Agent: "anna", From: m.Started})
			m.Queue, m.Ticket = "other", "100999"
		}
		if i == 5 {
			m.Kind, m.Agents, m.Pauses, m.Queue = recordings.Message, nil, nil, ""
		}
		try(t, r.Add(ctx, m))
		try(t, r.Add(ctx, m))
		all = append(all, m)
	}
	one, err := r.One(ctx, all[4].ID)
	if d := cmp.Diff(recordings.Entry{Meta: all[4]}, one); err != nil || d != "" {
		t.Errorf("one is %v\n%s", err, d)
	}
	if _, err := r.One(ctx, recordings.ID(uuid.NewString())); !errors.Is(err, recordings.ErrNone) {
		t.Errorf("of none is said %v", err)
	}
	finds := func(q recordings.Question, want ...int) {
		t.Helper()
		var got []int
		for q.Limit = 2; ; {
			p, err := r.Find(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range p.Entries {
				got = append(got, slices.IndexFunc(all, func(m recordings.Meta) bool { return m.ID == e.ID }))
			}
			if q.Cursor = p.Next; p.Next == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+v finds %v, want %v", q, got, want)
		}
	}
	finds(recordings.Question{}, 5, 4, 3, 2, 1, 0)
	finds(recordings.Question{Of: "anna"}, 4, 2, 0)
	finds(recordings.Question{Of: "anna", Agent: "boris"})
	finds(recordings.Question{Agent: "boris"}, 3, 1)
	finds(recordings.Question{Calls: []telephony.CallID{all[1].Call, all[3].Call, all[5].Call}}, 5, 3, 1)
	finds(recordings.Question{Calls: []telephony.CallID{}})
	finds(recordings.Question{Calls: []telephony.CallID{"no call's id"}})
	finds(recordings.Question{Queue: "help"}, 3, 2, 1, 0)
	finds(recordings.Question{Kind: recordings.Message}, 5)
	finds(recordings.Question{From: came.Add(time.Hour), To: came.Add(3 * time.Hour)}, 2, 1)
	if _, err := r.Find(ctx, recordings.Question{Cursor: "no", Limit: 1}); !errors.Is(err, recordings.ErrCursor) {
		t.Errorf("with a cursor that is none: %v", err)
	}
	held(ctx, t, r, all)
	finds(recordings.Question{}, 5, 4, 2)
}

// held holds, deletes and lets go, until the recordings 0, 1 and 3 are gone.
func held(ctx context.Context, t *testing.T, r AllRows, all []recordings.Meta) {
	h := recordings.Hold{At: came, By: "dasha", Why: "a complaint"}
	try(t, r.Hold(ctx, all[0].ID, &h))
	try(t, r.Hold(ctx, all[0].ID, &recordings.Hold{At: came.Add(1), By: "other", Why: "another"}))
	if one, err := r.One(ctx, all[0].ID); err != nil || cmp.Diff(&h, one.Held) != "" {
		t.Errorf("it is held as %+v, %v", one.Held, err)
	}
	if p, err := r.Find(ctx, recordings.Question{Held: true, Limit: 10}); err != nil || len(p.Entries) != 1 || p.Entries[0].ID != all[0].ID {
		t.Errorf("held are %+v, %v", p, err)
	}
	d := recordings.Deletion{At: came, By: "dasha", Why: "asked to"}
	if err := r.Delete(ctx, all[0].ID, d); !errors.Is(err, recordings.ErrHeld) {
		t.Errorf("what is held is deleted: %v", err)
	}
	if err := r.Delete(ctx, recordings.ID(uuid.NewString()), d); !errors.Is(err, recordings.ErrNone) {
		t.Errorf("what is not there is deleted: %v", err)
	}
	due := func(rule recordings.Rule, now time.Time, want ...int) {
		t.Helper()
		ids, err := r.Due(ctx, rule, now)
		var got []int
		for _, id := range ids {
			got = append(got, slices.IndexFunc(all, func(m recordings.Meta) bool { return m.ID == id }))
		}
		if slices.Sort(got); err != nil || !slices.Equal(got, want) {
			t.Errorf("by %+v due is %v, %v; want %v", rule, got, err, want)
		}
	}
	const day = 24 * time.Hour
	due(recordings.Rule{}, came.Add(1000*day))
	due(recordings.Rule{Talks: day}, came.Add(day+2*time.Hour+2*time.Minute+time.Millisecond), 1, 2)
	due(recordings.Rule{Talks: day, Queues: map[string]time.Duration{"help": 0}, Messages: day}, came.Add(3*day), 4, 5)
	due(recordings.Rule{Queues: map[string]time.Duration{"other": day}}, came.Add(3*day), 4)
	try(t, r.Delete(ctx, all[1].ID, d))
	try(t, r.Delete(ctx, all[1].ID, recordings.Deletion{At: came, By: "other"}))
	try(t, r.Delete(ctx, all[3].ID, d))
	due(recordings.Rule{Talks: day}, came.Add(3*day), 2, 4)
	if err := r.Add(ctx, all[1]); !errors.Is(err, recordings.ErrDeleted) {
		t.Errorf("what was deleted comes again: %v", err)
	}
	if _, err := r.One(ctx, all[1].ID); !errors.Is(err, recordings.ErrNone) {
		t.Errorf("what was deleted is there: %v", err)
	}
	if err := r.Hold(ctx, all[1].ID, &h); !errors.Is(err, recordings.ErrNone) {
		t.Errorf("what was deleted is held: %v", err)
	}
	of, err := r.OfCalls(ctx, all[0].Call, all[1].Call, all[2].Call)
	if err != nil || len(of) != 2 {
		t.Errorf("of three calls there are %+v, %v", of, err)
	}
	try(t, r.Hold(ctx, all[0].ID, nil))
	try(t, r.Hold(ctx, all[0].ID, nil))
	try(t, r.Delete(ctx, all[0].ID, d))
}
