package journal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const suffix = ".jsonl"

func dayOf(t time.Time) string { return t.Format(time.DateOnly) }

// Days are those that a folder has a file of, in order.
func Days(folder fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	var days []string
	for _, e := range entries {
		day, is := strings.CutSuffix(e.Name(), suffix)
		if _, err := time.Parse(time.DateOnly, day); is && err == nil {
			days = append(days, day)
		}
	}
	slices.Sort(days)
	return days, nil
}

// ErrNoDay says that a day has no file, or that a day before it has none to which its run goes back.
var ErrNoDay = errors.New("journal: no such day")

// standsOn is the day on which a run began that goes on at the beginning of the given day: an earlier day, or the given day itself
// where a run begins with it.
func standsOn(folder fs.FS, day string) (string, error) {
	file, err := folder.Open(day + suffix)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w: %s", ErrNoDay, day)
	}
	if err != nil {
		return "", fmt.Errorf("journal: %w", err)
	}
	defer file.Close()
	text, err := bufio.NewReader(file).ReadBytes('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("journal: %w", err)
	}
	if len(text) == 0 {
		return "", fmt.Errorf("%s: %w", day+suffix, errEmpty)
	}
	first, err := Parse(text)
	if err == nil && first.Run == nil {
		err = errors.New("does not say which run it is of")
	}
	if err != nil {
		return "", fmt.Errorf("%s:1: %w", day+suffix, err)
	}
	return dayOf(first.Run.Began), nil
}

// prune removes the days before one, but for those on which a kept one stands; and then the oldest, while all together have more than
// most bytes: a full disk would be worse than a day that cannot be replayed for want of its run's beginning. The last day stays.
func prune(dir string, before time.Time, most int64, log *slog.Logger) {
	folder := os.DirFS(dir)
	days, err := Days(folder)
	if err != nil {
		return // the next day tries again
	}
	old := tooOld(folder, days, dayOf(before))
	old += tooLarge(folder, days[old:], most)
	for _, day := range days[:old] {
		if err := os.Remove(filepath.Join(dir, day+suffix)); err != nil {
			log.Warn("an old journal stays", "day", day, "err", err)
		}
	}
}

// tooOld is how many of the days are from before one, and no kept one stands on them.
func tooOld(folder fs.FS, days []string, before string) int {
	kept, _ := slices.BinarySearch(days, before)
	if kept == len(days) {
		return 0
	}
	first, err := standsOn(folder, days[kept])
	if err != nil {
		first = days[kept] // it cannot be read with them either
	}
	old, _ := slices.BinarySearch(days[:kept], first)
	return old
}

// tooLarge is how many of the days have to go, the oldest first, so that the rest has at most so many bytes.
func tooLarge(folder fs.FS, days []string, most int64) int {
	var all int64
	sizes := make([]int64, len(days))
	for i, day := range days {
		if is, err := fs.Stat(folder, day+suffix); err == nil {
			sizes[i] = is.Size()
		}
		all += sizes[i]
	}
	gone := 0
	for ; all > most && gone < len(days)-1; gone++ {
		all -= sizes[gone]
	}
	return gone
}
