package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// keptFile is a small file in the spool's folder that nobody else may read: what Hotline must know when it is started while the database is away.
// It is written whole each time, beside the one that it replaces, brought to the disk, and then renamed: a crash leaves the old one or the new one.
type keptFile string

// Read is nothing where there is no file yet.
func (f keptFile) Read() ([]byte, error) {
	text, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text, err
}

// Keep replaces what is in the file. One writes at a time.
func (f keptFile) Keep(text []byte) error {
	fresh := string(f) + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // a crash has left it, perhaps with other rights
	}
	file, err := os.OpenFile(fresh, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(fresh))
	}
	if err := os.Rename(fresh, string(f)); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(string(f)))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
