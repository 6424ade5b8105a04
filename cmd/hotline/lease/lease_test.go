package lease

import (
	"testing"
	"time"
)

func TestAHolderIsGoneWhenADatabaseThatAnswersTellsOfNoBeat(t *testing.T) {
	start := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	row := func(beats int64) Row { return Row{Holder: "a", Epoch: 1, Beats: beats} }
	look := func(w *Watch, r Row, from, to int) (gone bool) {
		for ms := from; ms <= to; ms += 200 {
			gone = w.Seen(r, at(ms))
		}
		return gone
	}
	for name, test := range map[string]struct {
		look func(w *Watch) bool
		gone bool
	}{
		"it beats":    {func(w *Watch) bool { look(w, row(1), 0, 1800); return look(w, row(2), 2000, 3800) }, false},
		"it does not": {func(w *Watch) bool { return look(w, row(1), 0, 2000) }, true},
		"it lets go":  {func(w *Watch) bool { r := row(1); r.Free = true; return w.Seen(r, start) }, true},
		"another has it": {func(w *Watch) bool {
			look(w, row(1), 0, 1800)
			return look(w, Row{Holder: "b", Epoch: 2, Beats: 1}, 2000, 3800)
		}, false},
		"the database was away":    {func(w *Watch) bool { look(w, row(1), 0, 1800); w.Blind(); return look(w, row(1), 20_000, 21_800) }, false},
		"and it is away for ever":  {func(w *Watch) bool { look(w, row(1), 0, 1800); w.Blind(); return look(w, row(1), 20_000, 22_000) }, true},
		"this process was held up": {func(w *Watch) bool { look(w, row(1), 0, 200); return w.Seen(row(1), at(60_000)) }, false},
		"only one look was ever":   {func(w *Watch) bool { return w.Seen(row(1), at(60_000)) }, false},
	} {
		if gone := test.look(new(Watch)); gone != test.gone {
			t.Errorf("%s: gone is %v", name, gone)
		}
	}
}
