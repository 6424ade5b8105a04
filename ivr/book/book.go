// Package book keeps who is to be called back: on disk a file for each, so that a promise made to a caller outlives the process
// and the machine's power, and does not depend on a database. There are few of them, and each is written a handful of times.
// And in the database, where whoever serves the node after us finds it (Shared):
//
//	Keep, Strike ─┬─► file
//	              └─► fact ─► spool ─► row in the database: the latest word of the latest epoch
//	                                       │
//	this disk, and what others have left ◄─┴─ Entries, at the start; Later, every two seconds
//
// What holds of those who share a book:
//
//   - one of them is in charge, in an epoch of its own (cmd/hotline/lease), and it alone calls anybody;
//   - what it knows itself it does not ask the database, which is told with delay; where the database does not answer it goes by its own disk, unless another was in
//     charge since that was written;
//   - what a server that is gone has on its disk alone comes to the row when it is back, be it as a standby, and to whoever is in charge from there. An epoch before
//     takes back nothing of a later one.
//
// An entry is written to a file beside the one that it replaces, brought to the disk, and then renamed: a crash leaves the old
// entry or the new one, and never half of one. What the spool does not take for the database is told again, every two seconds.
package book

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// Book is a folder of entries. It is safe for concurrent use.
type Book struct {
	dir string
	mu  sync.Mutex // one writer at a time
}

const (
	ending  = ".json"
	halfway = ".new" // marks an entry that is written, and not renamed yet
)

// Open opens a folder, and makes it where it is missing. What a crash left halfway is removed.
func Open(dir string) (*Book, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("book of callbacks: %w", err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"+halfway))
	for _, file := range left {
		err = errors.Join(err, os.Remove(file))
	}
	if err != nil {
		return nil, fmt.Errorf("book of callbacks: %w", err)
	}
	return &Book{dir: dir}, nil
}

// Entries are those kept, by name, in the order of the names. Where some cannot be read, the error says which, and the others are given.
func (b *Book) Entries() (names []string, entries [][]byte, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	files, err := os.ReadDir(b.dir)
	for _, f := range files {
		name, is := strings.CutSuffix(f.Name(), ending)
		if !is {
			continue
		}
		entry, unread := os.ReadFile(filepath.Join(b.dir, f.Name()))
		if unread != nil {
			err = errors.Join(err, unread)
			continue
		}
		names, entries = append(names, name), append(entries, entry)
	}
	return names, entries, err
}

// Keep writes an entry durably, and replaces an older one of the same name. A name is letters, digits, dots, dashes and underscores.
func (b *Book) Keep(name string, entry []byte) error {
	return b.Update(map[string][]byte{name: entry}, nil)
}

// Strike forgets an entry, where there is one.
func (b *Book) Strike(name string) error { return b.Update(nil, []string{name}) }

// few entries are brought to the disk each by itself. More come to it sooner with all that the disk has yet to take.
const few = 16

// Update keeps entries and strikes others, as Keep and Strike do, and waits for the disk once: who takes over from another may inherit thousands, and callers wait for that. After an error
// each entry is there as it was, or as it is to be.
func (b *Book) Update(kept map[string][]byte, struck []string) (err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	folder, err := os.Open(b.dir)
	if err != nil {
		return err
	}
	defer folder.Close()
	var written []string
	for name, entry := range kept {
		file, failed := b.file(name)
		if failed == nil {
			if failed = write(file+halfway, entry, len(kept) <= few); failed != nil {
				failed = errors.Join(failed, os.Remove(file+halfway))
			}
		}
		if err = errors.Join(err, failed); failed == nil {
			written = append(written, file)
		}
	}
	if len(kept) > few {
		if failed := unix.Syncfs(int(folder.Fd())); failed != nil {
			return errors.Join(err, fmt.Errorf("bring %s to the disk: %w", b.dir, failed)) // Open removes what is halfway
		}
	}
	changed := false
	for _, file := range written {
		failed := os.Rename(file+halfway, file)
		err, changed = errors.Join(err, failed), changed || failed == nil
	}
	for _, name := range struck {
		file, failed := b.file(name)
		if failed == nil {
			failed = os.Remove(file)
		}
		if changed = changed || failed == nil; !errors.Is(failed, os.ErrNotExist) {
			err = errors.Join(err, failed)
		}
	}
	if changed {
		err = errors.Join(err, folder.Sync())
	}
	return err
}

func (b *Book) file(name string) (string, error) {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".-_", r)
	}
	if name == "" || len(name) > 200 || strings.HasPrefix(name, ".") || strings.ContainsFunc(name, func(r rune) bool { return !plain(r) }) {
		return "", fmt.Errorf("%q is no name for an entry in the book of callbacks", name)
	}
	return filepath.Join(b.dir, name+ending), nil
}

// write writes a file, and brings it to the disk where it is to be there at once.
func write(file string, text []byte, sync bool) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o640)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if sync {
		err = errors.Join(err, f.Sync())
	}
	return errors.Join(err, f.Close())
}
