package journal

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestJournalsAreBoundedBySizeAndTheOldestGoFirst(t *testing.T) {
	dir := t.TempDir()
	for day, size := range map[string]int64{"2026-11-20": 400, "2026-11-21": 400, "2026-11-22": 400, "2026-11-23": 5000} {
		file := filepath.Join(dir, day+suffix)
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(file, size); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		most int64
		want []string
	}{
		{6200, []string{"2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"}},
		{6000, []string{"2026-11-21", "2026-11-22", "2026-11-23"}},
		{1, []string{"2026-11-23"}}, // the day that is written stays, however large
	} {
		prune(dir, time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), test.most, slog.New(slog.DiscardHandler))
		if days, err := Days(os.DirFS(dir)); err != nil || !slices.Equal(days, test.want) {
			t.Errorf("of at most %d bytes %v are left, error %v; want %v", test.most, days, err, test.want)
		}
	}
}

func TestOldJournalsAreRemovedAtTheStart(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, "2020-01-01"+suffix)
	if err := os.WriteFile(old, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := Open(Options{Dir: dir, Config: config(nil)})
	if err != nil {
		t.Fatal(err)
	}
	w.close()
	if days, err := Days(os.DirFS(dir)); err != nil || len(days) != 1 || days[0] == "2020-01-01" {
		t.Errorf("after the start %v are there, error %v", days, err)
	}
}
