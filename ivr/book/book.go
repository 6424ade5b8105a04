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
// entry or the new one, and never half of one.
package book

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
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
	file, err := b.file(name)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := write(file+halfway, entry); err != nil {
		return errors.Join(err, os.Remove(file+halfway))
	}
	if err := os.Rename(file+halfway, file); err != nil {
		return err
	}
	return b.sync()
}

// Strike forgets an entry, where there is one.
func (b *Book) Strike(name string) error {
	file, err := b.file(name)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch err := os.Remove(file); {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	return b.sync()
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

// write brings a file to the disk.
func write(file string, text []byte) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o640)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// sync brings the folder's names to the disk.
func (b *Book) sync() error {
	d, err := os.Open(b.dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
