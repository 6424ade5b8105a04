package main

import (
	"errors"
	"io/fs"
	"os"

	"hotline/tickets/spool"
)

// keptFile is a small file in the spool's folder that nobody else may read: what Hotline must know when it is started while the database is away.
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
func (f keptFile) Keep(text []byte) error { return spool.Replace(string(f), text, 0o600) }
