// Package vault keeps the sound of recordings in a folder on disk, encrypted.
//
//	folder/lock           held by the one process that puts and deletes
//	folder/incoming/…     a recording that is being put; what is there at the start broke off
//	folder/unsettled/ID   an empty file: whether the rows agree about the recording nobody has said yet
//	folder/ab/ID.rec      a recording, of which the id ends with ab
//
// A recording is put in an order in which a kill between any two steps loses nothing and leaves nothing that is taken for whole: it is noted as unsettled;
// written to incoming and synced; renamed to its place, whose folder is synced. Files and folders are for their owner alone.
//
// A file is a header and records, each of which is its length in four bytes, highest first, and that many bytes sealed by AES-256-GCM:
//
//	header   magic (8 bytes), id (16), nothing (8), two slots (128 each): in one of them, or in both, the file's own key, wrapped by a key of the key file
//	sound    one record for each 64 kB of it, packed without loss (chunk.go)
//	last     what is known of the recording, its length and its peaks, as JSON
//
// The nonce of a record is its kind and its place, and all records are bound to the id: none can be left out, moved, repeated, or brought from another file,
// and the last one ends it, without which the file is damaged. The key is each file's own, so that no nonce comes twice under a key. To change the key of the
// key file only the other slot is written, synced, and then the first is emptied (verify.go): a kill in between leaves one that opens.
package vault

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"hotline/recordings"
)

// Vault is a folder that this process puts recordings into. It is safe for concurrent use.
type Vault struct {
	Folder
	lock *os.File
	step func(string) // is told each step of Put before it is done; a test kills the process there

	mu   sync.Mutex
	busy map[recordings.ID]bool // guarded by mu: those that are being put or deleted
	free *sync.Cond             // one of them is not any more
}

var _ recordings.Vault = (*Vault)(nil)

// ErrInUse says that another process has the folder open.
var ErrInUse = errors.New("another process has the folder of recordings open")

// Open opens a folder, which is made where it is not there, and clears what broke off.
func Open(folder string, keys *Keys) (*Vault, error) {
	v := &Vault{Folder: Folder{folder, keys}, step: func(string) {}, busy: make(map[recordings.ID]bool)}
	v.free = sync.NewCond(&v.mu)
	for _, in := range []string{v.incoming(), v.unsettled()} {
		if err := os.MkdirAll(in, 0o700); err != nil {
			return nil, fmt.Errorf("folder of recordings: %w", err)
		}
	}
	lock, err := os.OpenFile(filepath.Join(folder, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("folder of recordings: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = lock.Close() // nothing was written
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%s: %w", folder, ErrInUse)
		}
		return nil, fmt.Errorf("lock the folder of recordings: %w", err)
	}
	v.lock = lock
	if err := v.clear(); err != nil {
		return nil, errors.Join(fmt.Errorf("folder of recordings: %w", err), lock.Close())
	}
	return v, nil
}

// Close gives the folder free.
func (v *Vault) Close() error { return v.lock.Close() }

// clear removes what broke off: uploads, and notes about recordings that never came.
func (v *Vault) clear() error {
	uploads, err := os.ReadDir(v.incoming())
	for _, e := range uploads {
		err = errors.Join(err, os.Remove(filepath.Join(v.incoming(), e.Name())))
	}
	notes, failed := os.ReadDir(v.unsettled())
	err = errors.Join(err, failed)
	for _, e := range notes {
		if _, there := os.Stat(v.of(recordings.ID(e.Name()))); errors.Is(there, fs.ErrNotExist) {
			err = errors.Join(err, os.Remove(filepath.Join(v.unsettled(), e.Name())))
		}
	}
	return err
}

// alone waits until nobody else puts or deletes a recording, and gives what to call once that is over.
func (v *Vault) alone(id recordings.ID) (over func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for v.busy[id] {
		v.free.Wait()
	}
	v.busy[id] = true
	return func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		delete(v.busy, id)
		v.free.Broadcast()
	}
}

// Put implements recordings.Vault. Half a sample at the end is passed over.
func (v *Vault) Put(ctx context.Context, m recordings.Meta, sound io.Reader) (_ recordings.Meta, err error) {
	if _, err := recordings.ParseID(string(m.ID)); err != nil {
		return m, err
	}
	defer v.alone(m.ID)()
	v.step("note")
	if err := v.note(m.ID); err != nil {
		return m, full(err)
	}
	kept, err := v.Meta(m.ID)
	if err == nil {
		return kept, nil
	}
	if !errors.Is(err, recordings.ErrNone) && !errors.Is(err, recordings.ErrDamaged) {
		return m, err
	}
	defer func() {
		if err != nil {
			err = full(errors.Join(err, ignoreGone(os.Remove(v.noteOf(m.ID)))))
		}
	}()
	v.step("create")
	f, err := os.CreateTemp(v.incoming(), string(m.ID)+"-*") // of mode 0600
	if err != nil {
		return m, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreClosed(f.Close()), ignoreGone(os.Remove(f.Name())))
		}
	}()
	if m, err = v.write(ctx, f, m, sound); err != nil {
		return m, err
	}
	v.step("sync")
	if err = errors.Join(f.Sync(), f.Close()); err != nil {
		return m, err
	}
	return m, v.place(f.Name(), m.ID)
}

// place moves a finished file to its place.
func (v *Vault) place(upload string, id recordings.ID) error {
	to := v.of(id)
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	v.step("rename")
	if err := os.Rename(upload, to); err != nil {
		return err
	}
	v.step("sync folder")
	if err := errors.Join(syncFolder(filepath.Dir(to)), syncFolder(v.Path)); err != nil {
		return errors.Join(err, ignoreGone(os.Remove(to)))
	}
	v.step("over")
	return nil
}

// write writes a whole file, and says how long the sound was.
func (v *Vault) write(ctx context.Context, f *os.File, m recordings.Meta, sound io.Reader) (recordings.Meta, error) {
	wrapping, err := v.Keys.current()
	if err != nil {
		return m, err
	}
	secret := make([]byte, keyBytes)
	rand.Read(secret)
	head := newHeader(m.ID)
	head.wrap(0, wrapping, secret)
	if _, err := f.Write(head.bytes[:]); err != nil {
		return m, err
	}
	out := &records{to: f, aead: sealer(secret), bound: head.bound()}
	channels := m.Channels()
	pack, meter, chunk := newPacker(channels), recordings.NewMeter(channels), make([]byte, chunkBytes)
	var bytes int64
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return m, err
		}
		n, err := io.ReadFull(sound, chunk)
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			more, n = false, n-n%(recordings.SampleBytes*channels)
		case err != nil:
			return m, fmt.Errorf("read what is to be kept: %w", err)
		}
		if n == 0 {
			continue
		}
		v.step("sound")
		meter.Hear(chunk[:n])
		if err := out.write(kindSound, pack.pack(chunk[:n])); err != nil {
			return m, err
		}
		bytes += int64(n)
	}
	m.Length = lengthOf(bytes, channels)
	text, err := json.Marshal(last{m, bytes, meter.Peaks()})
	if err != nil {
		return m, err
	}
	v.step("last")
	return m, out.write(kindLast, text)
}

func lengthOf(bytes int64, channels int) time.Duration {
	return time.Duration(bytes) * time.Second / time.Duration(recordings.Rate*recordings.SampleBytes*channels)
}

// Settle implements recordings.Vault.
func (v *Vault) Settle(id recordings.ID, settled bool) error {
	if _, err := recordings.ParseID(string(id)); err != nil {
		return err
	}
	if !settled {
		return full(v.note(id))
	}
	return ignoreGone(os.Remove(v.noteOf(id)))
}

// note notes durably that a recording is unsettled.
func (v *Vault) note(id recordings.ID) error {
	f, err := os.OpenFile(v.noteOf(id), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), syncFolder(v.unsettled()))
}

// Unsettled implements recordings.Vault. One that is damaged, or whose key is away, is passed over: Verify tells of it.
func (v *Vault) Unsettled() (all []recordings.Meta, err error) {
	notes, err := os.ReadDir(v.unsettled())
	if err != nil {
		return nil, err
	}
	for _, e := range notes {
		m, err := v.Meta(recordings.ID(e.Name()))
		if err == nil {
			all = append(all, m)
		} else if !errors.Is(err, recordings.ErrNone) && !errors.Is(err, recordings.ErrDamaged) && !errors.Is(err, recordings.ErrNoKey) {
			return nil, err
		}
	}
	return all, nil
}

// Delete implements recordings.Vault. What a disk has held may be found on it for longer; without its key, which goes with the file, it says nothing.
func (v *Vault) Delete(id recordings.ID) error {
	if _, err := recordings.ParseID(string(id)); err != nil {
		return err
	}
	defer v.alone(id)()
	err := ignoreGone(os.Remove(v.of(id)))
	if err == nil {
		err = ignoreGone(syncFolder(filepath.Dir(v.of(id))))
	}
	if err == nil {
		err = ignoreGone(os.Remove(v.noteOf(id)))
	}
	return err
}

// records writes records.
type records struct {
	to    io.Writer
	aead  sealing
	bound []byte
	n     uint64
	out   bytes.Buffer
}

func (r *records) write(kind byte, content []byte) error {
	r.out.Reset()
	sealed := r.aead.Seal(nil, nonce(kind, r.n), content, r.bound)
	r.out.Write(lengthBytes(len(sealed)))
	r.out.Write(sealed)
	r.n++
	_, err := r.to.Write(r.out.Bytes())
	return err
}

func (v *Vault) incoming() string               { return filepath.Join(v.Path, "incoming") }
func (v *Vault) unsettled() string              { return filepath.Join(v.Path, "unsettled") }
func (v *Vault) noteOf(id recordings.ID) string { return filepath.Join(v.unsettled(), string(id)) }
func (f Folder) of(id recordings.ID) string {
	return filepath.Join(f.Path, shard(id), string(id)+ending)
}
func shard(id recordings.ID) string { return string(id[max(0, len(id)-2):]) }

func cutEnding(name string) (recordings.ID, bool) {
	base, is := strings.CutSuffix(name, ending)
	if !is {
		return "", false
	}
	id, err := recordings.ParseID(base)
	return id, err == nil
}

// full gives the error of a full disk its name.
func full(err error) error {
	for _, is := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if errors.Is(err, is) {
			return fmt.Errorf("%w: %w", recordings.ErrFull, err)
		}
	}
	return err
}

func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func ignoreClosed(err error) error {
	if errors.Is(err, fs.ErrClosed) {
		return nil
	}
	return err
}

// syncFolder makes the names in a folder last.
func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// ownedAs gives a new file the owner of the one that it replaces.
func ownedAs(file, replaced string) error {
	info, err := os.Stat(file)
	if err != nil || os.Geteuid() != 0 {
		return ignoreGone(err)
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		return os.Chown(replaced, int(owner.Uid), int(owner.Gid))
	}
	return nil
}
