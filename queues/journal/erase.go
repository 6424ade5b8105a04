package journal

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// halfway marks a file that is rewritten, and not renamed yet.
const halfway = ".new"

// erasure asks the goroutine that writes to put other texts in the place of some.
type erasure struct {
	instead map[string]string
	done    chan error
}

// Erase puts other texts in the place of some, in all files: each text of an event that is one of the keys becomes what stands beside
// it. The router compares such texts with each other only, so that a replay decides as before. It waits until that is on disk, and
// may be asked again after a failure. Run must be running.
func (w *Writer) Erase(ctx context.Context, instead map[string]string) error {
	e := erasure{instead: instead, done: make(chan error, 1)}
	select {
	case w.erase <- e:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-e.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// rewrite is Erase in the goroutine that has the open file. Facts wait in the queue meanwhile.
func (w *Writer) rewrite(instead map[string]string) error {
	w.close()
	return errors.Join(EraseIn(context.Background(), w.o.Dir, instead), w.open(w.last))
}

// EraseIn is Erase in a folder that nobody writes in, until ctx ends. Nothing is there where the folder is not.
func EraseIn(ctx context.Context, dir string, instead map[string]string) error {
	var pairs []string
	for text, other := range instead {
		pairs = append(pairs, quoted(text), quoted(other))
	}
	names := strings.NewReplacer(pairs...)
	if len(pairs) == 0 {
		return nil
	}
	days, err := Days(os.DirFS(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, day := range days {
		err = errors.Join(err, rewriteFile(ctx, filepath.Join(dir, day+suffix), names, pairs))
	}
	return err
}

// quoted is a text as it stands in a line.
func quoted(text string) string {
	b, _ := json.Marshal(text) // a string always can be
	return string(b)
}

// rewriteFile replaces texts in a file, through a copy beside it. A file in which none of them stands is left alone.
func rewriteFile(ctx context.Context, name string, names *strings.Replacer, pairs []string) (err error) {
	old, err := os.Open(name)
	if err != nil {
		return err
	}
	defer old.Close()
	fresh, err := os.OpenFile(name+halfway, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(fresh.Name())
	changed, err := replaceTexts(ctx, bufio.NewReaderSize(old, 1<<16), fresh, names, pairs)
	if err = errors.Join(err, fresh.Sync(), fresh.Close()); err != nil || !changed {
		return err
	}
	if err := os.Rename(fresh.Name(), name); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

func replaceTexts(ctx context.Context, from *bufio.Reader, to io.Writer, names *strings.Replacer, pairs []string) (changed bool, err error) {
	out := bufio.NewWriterSize(to, 1<<16)
	for {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		line, readErr := from.ReadBytes('\n')
		for i := 0; i < len(pairs); i += 2 {
			if bytes.Contains(line, []byte(pairs[i])) {
				changed = true
				line = []byte(names.Replace(string(line)))
				break
			}
		}
		if _, err := out.Write(line); err != nil {
			return changed, err
		}
		if errors.Is(readErr, io.EOF) {
			return changed, out.Flush()
		}
		if readErr != nil {
			return changed, readErr
		}
	}
}
