package main

import (
	"context"
	"io"
	"log/slog"
	"sync"

	"hotline/recordings"
	"hotline/recordings/vault"
)

// keptFolder is the folder in which this Hotline keeps recordings. It is opened when it is needed and can be: until then, calls are served and
// nothing is recorded. Without keys there is none.
type keptFolder struct {
	keys, path string
	log        *slog.Logger

	mu    sync.Mutex
	vault *vault.Vault // nil: it could not be opened yet
	said  string       // why, as the log has it
}

var _ recordings.Vault = (*keptFolder)(nil)

// open gives the vault, or why there is none now.
func (f *keptFolder) open() (*vault.Vault, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.vault != nil {
		return f.vault, nil
	}
	keys, err := vault.ReadKeys(f.keys)
	if err == nil {
		f.vault, err = vault.Open(f.path, keys)
	}
	switch {
	case err != nil && err.Error() != f.said:
		f.said = err.Error()
		f.log.Error("recordings cannot be kept, and nothing is recorded; this is tried again", "err", err)
	case err == nil && f.said != "":
		f.log.Info("recordings can be kept now")
	}
	return f.vault, err
}

// ready says why recordings cannot be kept, and opens the folder where it can be by now.
func (f *keptFolder) ready() error {
	_, err := f.open()
	return err
}

// Close gives the folder free, where it is open.
func (f *keptFolder) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.vault == nil {
		return nil
	}
	return f.vault.Close()
}

// with does something with the vault, where there is one.
func (f *keptFolder) with(do func(*vault.Vault) error) error {
	v, err := f.open()
	if err != nil {
		return err
	}
	return do(v)
}

// Put implements recordings.Vault.
func (f *keptFolder) Put(ctx context.Context, m recordings.Meta, sound io.Reader) (kept recordings.Meta, err error) {
	err = f.with(func(v *vault.Vault) (err error) { kept, err = v.Put(ctx, m, sound); return err })
	return kept, err
}

// Settle implements recordings.Vault.
func (f *keptFolder) Settle(id recordings.ID, settled bool) error {
	return f.with(func(v *vault.Vault) error { return v.Settle(id, settled) })
}

// Unsettled implements recordings.Vault.
func (f *keptFolder) Unsettled() (all []recordings.Meta, err error) {
	err = f.with(func(v *vault.Vault) (err error) { all, err = v.Unsettled(); return err })
	return all, err
}

// Delete implements recordings.Vault.
func (f *keptFolder) Delete(id recordings.ID) error {
	return f.with(func(v *vault.Vault) error { return v.Delete(id) })
}

// Sound implements playback.Sounds.
func (f *keptFolder) Sound(id recordings.ID) (io.ReadSeekCloser, error) {
	if f == nil {
		return nil, recordings.ErrNone
	}
	v, err := f.open()
	if err != nil {
		return nil, err
	}
	s, err := v.Open(id)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Peaks implements playback.Sounds.
func (f *keptFolder) Peaks(id recordings.ID) (recordings.Peaks, error) {
	if f == nil {
		return recordings.Peaks{}, recordings.ErrNone
	}
	v, err := f.open()
	if err != nil {
		return recordings.Peaks{}, err
	}
	s, err := v.Open(id)
	if err != nil {
		return recordings.Peaks{}, err
	}
	return s.Peaks, s.Close()
}
