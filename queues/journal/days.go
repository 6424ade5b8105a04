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

// prune removes the days before one, but for those on which a kept one stands.
func prune(dir string, before time.Time, log *slog.Logger) {
	folder := os.DirFS(dir)
	days, err := Days(folder)
	if err != nil {
		return // the next day tries again
	}
	kept, _ := slices.BinarySearch(days, dayOf(before))
	if kept == len(days) {
		return
	}
	first, err := standsOn(folder, days[kept])
	if err != nil {
		first = days[kept] // it cannot be read with them either
	}
	for _, day := range days[:kept] {
		if day >= first {
			break
		}
		if err := os.Remove(filepath.Join(dir, day+suffix)); err != nil {
			log.Warn("an old journal stays", "day", day, "err", err)
		}
	}
}
