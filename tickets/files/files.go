// Package files keeps the contents of tickets' files in a folder on disk.
//
//	folder/lock               held by the one process that has the folder open
//	folder/incoming/…         uploads under way; what is old there broke off
//	folder/ab/cd/abcd…        a content under its SHA-256 in hexadecimal
//
// A content is written to incoming, synced, and then renamed to its place, whose folder is synced, too: after a crash of the machine it is there
// as a whole or not at all. Its modification time says when it was last put: Sweep goes by it. Nothing here is executable, and no name comes
// from outside. The folder belongs to one process at a time, and the quota is counted in its memory.
package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"hotline/tickets/attachment"
)

// Store is an attachment.Store in a folder. It is safe for concurrent use.
type Store struct {
	Folder
	quota int64
	lock  *os.File

	used struct {
		sync.Mutex
		bytes int64 // of what is kept and what is coming
	}
	places sync.Mutex // held where a content gets into its place or out of it, so that none is deleted that has just been put again
}

var _ attachment.Store = (*Store)(nil)

// ErrInUse says that another process has the folder open.
var ErrInUse = errors.New("another process has the folder of files open")

// Open opens a folder, which is made where it is not there. All contents together may have quota bytes; 0 is as many as the disk takes.
func Open(folder string, quota int64) (*Store, error) {
	s := &Store{Folder: Folder(folder), quota: quota}
	if err := os.MkdirAll(s.incoming(), 0o700); err != nil {
		return nil, fmt.Errorf("folder of files: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(folder, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("folder of files: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = lock.Close() // nothing was written
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%s: %w", folder, ErrInUse)
		}
		return nil, fmt.Errorf("lock the folder of files: %w", err)
	}
	s.lock = lock
	err = s.each(func(_ attachment.Sum, info fs.FileInfo) error {
		s.used.bytes += info.Size()
		return nil
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("count the files in %s: %w", folder, err), lock.Close())
	}
	return s, nil
}

// Close gives the folder free.
func (s *Store) Close() error { return s.lock.Close() }

// Used is how many bytes the contents have together.
func (s *Store) Used() int64 {
	s.used.Lock()
	defer s.used.Unlock()
	return s.used.bytes
}

// Put keeps a content.
func (s *Store) Put(ctx context.Context, content io.Reader) (_ attachment.Content, err error) {
	f, err := os.CreateTemp(s.incoming(), "upload-*")
	if err != nil {
		return attachment.Content{}, full(err)
	}
	w := &counted{store: s, file: f}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreClosed(f.Close()), ignoreGone(os.Remove(f.Name())))
			s.take(-w.written)
		}
	}()
	so := sha256.New()
	if _, err = io.Copy(io.MultiWriter(w, so), reader{ctx, content}); err != nil {
		return attachment.Content{}, full(err)
	}
	if err = errors.Join(f.Sync(), f.Close()); err != nil {
		return attachment.Content{}, full(err)
	}
	sum := attachment.Sum(so.Sum(nil))
	replaced, since, err := s.place(f.Name(), sum)
	if err != nil {
		return attachment.Content{}, full(err)
	}
	s.take(-replaced)
	return attachment.Content{Sum: sum, Size: w.written, Since: since}, nil
}

// Drop takes a content back.
func (s *Store) Drop(_ context.Context, c attachment.Content) error {
	if c.Since.IsZero() {
		return nil
	}
	_, err := s.delete(c.Sum, func(put time.Time) bool { return put.Equal(c.Since) })
	return err
}

// place moves a finished upload to its place. It says how many bytes of the same sum it has replaced, which may have been damaged; and since when it is
// there, where it has replaced none.
func (s *Store) place(upload string, sum attachment.Sum) (replaced int64, since time.Time, err error) {
	place := s.of(sum)
	shard := filepath.Dir(place)
	if err := os.MkdirAll(shard, 0o700); err != nil {
		return 0, since, err
	}
	s.places.Lock()
	defer s.places.Unlock()
	now := time.Now()
	if err := os.Chtimes(upload, now, now); err != nil {
		return 0, since, err
	}
	before, there := os.Stat(place)
	if there == nil {
		replaced = before.Size()
	}
	if err := os.Rename(upload, place); err != nil {
		return 0, since, err
	}
	if now, err := os.Stat(place); err == nil && there != nil {
		since = now.ModTime() // as exactly as the file system has it
	}
	return replaced, since, errors.Join(syncFolder(shard), syncFolder(filepath.Dir(shard)), syncFolder(string(s.Folder)))
}

// Folder gives out what is in a folder, for who only reads it: also while a Store has it open, in this process or another.
type Folder string

// Open opens a content.
func (f Folder) Open(_ context.Context, sum attachment.Sum) (io.ReadCloser, error) {
	content, err := os.Open(f.of(sum))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("content %s is not there: %w", sum, attachment.ErrDamaged)
	}
	if err != nil {
		return nil, err
	}
	return content, nil
}

// of is the place of a content.
func (f Folder) of(sum attachment.Sum) string {
	name := hex.EncodeToString(sum[:])
	return filepath.Join(string(f), name[:2], name[2:4], name)
}

// sweepPiece is about how many contents one question is.
const sweepPiece = 500

// Sweep deletes what nobody uses.
func (s *Store) Sweep(ctx context.Context, before time.Time, used func(context.Context, []attachment.Sum) ([]attachment.Sum, error)) (swept attachment.Swept, err error) {
	swept.Broken, err = s.sweepIncoming(before)
	if err != nil {
		return swept, err
	}
	var old []attachment.Sum
	piece := func() error {
		if len(old) == 0 {
			return nil
		}
		kept, err := used(ctx, old)
		if err != nil {
			return err
		}
		for _, sum := range without(old, kept) {
			deleted, err := s.delete(sum, func(put time.Time) bool { return put.Before(before) })
			if err != nil {
				return err
			}
			if deleted {
				swept.Contents++
			}
		}
		old = old[:0]
		return ctx.Err()
	}
	err = s.each(func(sum attachment.Sum, info fs.FileInfo) error {
		if info.ModTime().Before(before) {
			old = append(old, sum)
		}
		if len(old) >= sweepPiece {
			return piece()
		}
		return nil
	})
	return swept, errors.Join(err, piece())
}

// sweepIncoming deletes uploads that broke off. Their bytes are counted as used only by the process that wrote them, and while it writes them.
func (s *Store) sweepIncoming(before time.Time) (n int, err error) {
	entries, err := os.ReadDir(s.incoming())
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) || err == nil && !info.ModTime().Before(before) {
			continue
		}
		if err = errors.Join(err, ignoreGone(os.Remove(filepath.Join(s.incoming(), e.Name())))); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// delete deletes a content that was put when it is to have been: not since.
func (s *Store) delete(sum attachment.Sum, when func(put time.Time) bool) (bool, error) {
	s.places.Lock()
	defer s.places.Unlock()
	info, err := os.Stat(s.of(sum))
	if errors.Is(err, fs.ErrNotExist) || err == nil && !when(info.ModTime()) {
		return false, nil
	}
	if err = errors.Join(err, os.Remove(s.of(sum))); err != nil {
		return false, err
	}
	s.take(-info.Size())
	return true, nil
}

// each calls do for each content. What is no content is passed over.
func (s *Store) each(do func(attachment.Sum, fs.FileInfo) error) error {
	return filepath.WalkDir(string(s.Folder), func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case d.IsDir() && path == s.incoming():
			return filepath.SkipDir
		case d.IsDir():
			return nil
		}
		sum, err := attachment.ParseSum(d.Name())
		if err != nil || s.of(sum) != path {
			return nil
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		return do(sum, info)
	})
}

// take counts bytes; false is that the quota does not let them in.
func (s *Store) take(n int64) bool {
	s.used.Lock()
	defer s.used.Unlock()
	if n > 0 && s.quota > 0 && s.used.bytes+n > s.quota {
		return false
	}
	s.used.bytes += n
	return true
}

func (s *Store) incoming() string { return filepath.Join(string(s.Folder), "incoming") }

// counted writes into a file as long as the quota lets it.
type counted struct {
	store   *Store
	file    *os.File
	written int64
}

func (c *counted) Write(p []byte) (int, error) {
	if !c.store.take(int64(len(p))) {
		return 0, fmt.Errorf("all files together have %d bytes already: %w", c.store.quota, attachment.ErrFull)
	}
	c.written += int64(len(p))
	return c.file.Write(p)
}

// reader ends with its context.
type reader struct {
	ctx context.Context
	io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// full marks the errors of a disk that has no room left.
func full(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", attachment.ErrFull, err)
	}
	return err
}

func without(all, some []attachment.Sum) (rest []attachment.Sum) {
	is := make(map[attachment.Sum]bool, len(some))
	for _, sum := range some {
		is[sum] = true
	}
	for _, sum := range all {
		if !is[sum] {
			rest = append(rest, sum)
		}
	}
	return rest
}

// syncFolder makes sure that what was renamed into a folder is there after a crash.
func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func ignoreClosed(err error) error {
	if errors.Is(err, fs.ErrClosed) {
		return nil
	}
	return err
}

func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
