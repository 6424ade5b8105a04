package recordings_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"hotline/recordings"
	"hotline/recordings/conformance"
	"hotline/recordings/memory"
)

func TestMemoryKeepsAsTheRealOnesDo(t *testing.T) {
	v := memory.NewVault()
	conformance.Vaults(t, v, v.Sound)
	conformance.Rows(t, memory.NewRows())
}

// away is a database that does not answer while it is away.
type away struct {
	*memory.Rows
	gone bool
}

var errAway = errors.New("no database")

func (a *away) Add(ctx context.Context, m recordings.Meta) error {
	if a.gone {
		return errAway
	}
	return a.Rows.Add(ctx, m)
}

func (a *away) Delete(ctx context.Context, id recordings.ID, d recordings.Deletion) error {
	if a.gone {
		return errAway
	}
	return a.Rows.Delete(ctx, id, d)
}

var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func TestRecordingIsTakenWhileTheDatabaseIsAway(t *testing.T) {
	rows := &away{memory.NewRows(), true}
	a := recordings.Archive{Vault: memory.NewVault(), Rows: rows}
	m := conformance.Talk(now, "anna")
	if err := a.Put(t.Context(), m, bytes.NewReader(conformance.Sound(1))); err != nil {
		t.Fatal(err)
	}
	if n, err := a.Settle(t.Context()); n != 0 || !errors.Is(err, errAway) {
		t.Errorf("settled are %d, %v", n, err)
	}
	rows.gone = false
	if n, err := a.Settle(t.Context()); n != 1 || err != nil {
		t.Errorf("settled are %d, %v", n, err)
	}
	if e, err := rows.One(t.Context(), m.ID); err != nil || e.Length != time.Second {
		t.Errorf("the rows have %+v, %v", e, err)
	}
	if n, err := a.Settle(t.Context()); n != 0 || err != nil {
		t.Errorf("settled again are %d, %v", n, err)
	}
}

func TestWhatIsHeldIsDeletedByNobody(t *testing.T) {
	rows, v := memory.NewRows(), memory.NewVault()
	a := recordings.Archive{Vault: v, Rows: rows}
	held, free := conformance.Talk(now, "anna"), conformance.Talk(now, "anna")
	free.Call = held.Call
	for _, m := range []recordings.Meta{held, free} {
		if err := a.Put(t.Context(), m, bytes.NewReader(conformance.Sound(1))); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.Hold(t.Context(), held.ID, &recordings.Hold{At: now, By: "dasha", Why: "court"}); err != nil {
		t.Fatal(err)
	}
	if n, err := a.Forget(t.Context(), recordings.Rule{Talks: time.Hour}, now.Add(2*time.Hour)); n != 1 || err != nil {
		t.Errorf("forgotten are %d, %v", n, err)
	}
	if ids, err := a.DeleteCalls(t.Context(), recordings.Deletion{At: now, By: recordings.ByErasure}, held.Call); err != nil || len(ids) != 1 || ids[0] != held.ID {
		t.Errorf("held back are %v, %v", ids, err)
	}
	if err := a.Delete(t.Context(), held.ID, recordings.Deletion{At: now, By: "dasha"}); !errors.Is(err, recordings.ErrHeld) {
		t.Errorf("by hand: %v", err)
	}
	if _, err := v.Sound(held.ID); err != nil {
		t.Errorf("the sound that is held: %v", err)
	}
	if _, err := v.Sound(free.ID); !errors.Is(err, recordings.ErrNone) {
		t.Errorf("the sound that is not: %v", err)
	}
	if n, err := a.Settle(t.Context()); n != 0 || err != nil {
		t.Errorf("unsettled are %d, %v", n, err)
	}
}

// A recording is deleted in two places. Whatever comes between, the second follows.
func TestDeletionThatBrokeOffIsFinished(t *testing.T) {
	rows, v := &away{memory.NewRows(), false}, memory.NewVault()
	a := recordings.Archive{Vault: v, Rows: rows}
	m := conformance.Talk(now)
	put := func() {
		t.Helper()
		if err := a.Put(t.Context(), m, bytes.NewReader(conformance.Sound(1))); err != nil {
			t.Fatal(err)
		}
	}
	put()
	rows.gone = true
	if err := a.Delete(t.Context(), m.ID, recordings.Deletion{At: now, By: "dasha"}); !errors.Is(err, errAway) {
		t.Errorf("with no database: %v", err)
	}
	rows.gone = false
	if err := rows.Rows.Delete(t.Context(), m.ID, recordings.Deletion{At: now, By: "dasha"}); err != nil { // the answer was lost
		t.Fatal(err)
	}
	if n, err := a.Settle(t.Context()); n != 1 || err != nil {
		t.Errorf("settled are %d, %v", n, err)
	}
	if _, err := v.Sound(m.ID); !errors.Is(err, recordings.ErrNone) {
		t.Errorf("the sound is there: %v", err)
	}
	put() // by whoever still has the original
	if _, err := v.Sound(m.ID); !errors.Is(err, recordings.ErrNone) {
		t.Errorf("what was deleted has come again: %v", err)
	}
}

func TestWhatCannotBeARecordingIsRefused(t *testing.T) {
	a := recordings.Archive{Vault: memory.NewVault(), Rows: memory.NewRows()}
	for what, spoil := range map[string]func(*recordings.Meta){
		"no id": func(m *recordings.Meta) { m.ID = "7" }, "an id in capitals": func(m *recordings.Meta) { m.ID = "0193E5A8-0000-7000-8000-00000000000A" },
		"no kind": func(m *recordings.Meta) { m.Kind = "" }, "no call": func(m *recordings.Meta) { m.Call = "" }, "no beginning": func(m *recordings.Meta) { m.Started = time.Time{} },
	} {
		m := conformance.Talk(now)
		spoil(&m)
		if err := a.Put(t.Context(), m, bytes.NewReader(nil)); err == nil {
			t.Errorf("%s is taken", what)
		}
	}
}

func TestPeaksTellWhereItIsLoudInAnyLength(t *testing.T) {
	for _, seconds := range []int{0, 1, 60, 3600} {
		m := recordings.NewMeter(2)
		second := make([]byte, 4*recordings.Rate)
		for s := range seconds {
			clear(second)
			if s == seconds/2 {
				second[0], second[1] = 0, 0x80 // the caller, as loud as can be
				second[6], second[7] = 0, 0x40 // the agent, half as loud
			}
			m.Hear(second)
		}
		p := m.Peaks()
		if got, want := len(p.Channels[0])*p.Stretch, seconds*recordings.Rate; got < want || got >= want+p.Stretch || len(p.Channels[0]) > 4096 {
			t.Errorf("%d s are %d stretches of %d", seconds, len(p.Channels[0]), p.Stretch)
		}
		if seconds == 0 {
			continue
		}
		at := seconds / 2 * recordings.Rate / p.Stretch
		for i := range p.Channels[0] {
			l, r := p.Channels[0][i], p.Channels[1][i]
			if loud := i == at; loud && (l != 255 || r != 128) || !loud && (l != 0 || r != 0) {
				t.Fatalf("%d s: stretch %d is %d and %d", seconds, i, l, r)
			}
		}
	}
}
