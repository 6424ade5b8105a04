// Package personal exports what an installation holds about one person, and erases it: from the database at once, and from the disk by
// the Hotline that has its files open.
//
//	hotline person erase ─┬─► erasures/ID.json in the spool's folder: what is to go from the disk
//	                      └─► the database, in one transaction
//	the Hotline that runs, or the next one ─► journal, spool, recordings ─► removes ID.json
//	                      │
//	                      └─ the same transaction ─► a row for the other servers with that database: each that runs, a standby too, copies it into its own folder
//
// The request is on disk before anything is erased, and is removed after all is: whatever is killed in between, the rest follows, or
// the command is given again. Until then the request itself names the person.
package personal

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"hotline/tickets/postgres"
	"hotline/tickets/spool"
)

// Erasure is what is to go from the disk.
type Erasure struct {
	Person postgres.Person `json:"person"`
	Calls  []string        `json:"calls"`           // the ids of their contacts
	Begun  bool            `json:"begun,omitempty"` // a standby has done what it can, and only the calls are left
}

// Texts are those by which the person is known on disk: their numbers, their id, and their name where it is long enough to mean them.
func (e Erasure) Texts() (all []string) {
	all = append(all, e.Person.Numbers...)
	if e.Person.Customer != "" {
		all = append(all, e.Person.Customer)
	}
	return append(all, e.Calls...)
}

// Instead are the texts that the journal is to have in the place of those that are the person's: other ones for each erasure. Who called before anybody could tell who that is, such as in an
// outage of the database, stands there as a number with a mark before it (queues.Request.Party).
func (e Erasure) Instead() map[string]string {
	instead := make(map[string]string)
	for _, text := range append([]string{e.Person.Customer}, e.Person.Numbers...) {
		if text != "" {
			other := "erased-" + uuid.NewString()[:8]
			instead[text], instead["?"+text] = other, "?"+other
		}
	}
	return instead
}

// Folder is where erasures wait, below the folder of the spool.
func Folder(spoolDir string) string { return filepath.Join(spoolDir, "erasures") }

const ending = ".json"

// Ask leaves an erasure in the folder, durably, and gives its file.
func Ask(folder string, e Erasure) (file string, err error) {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return "", err
	}
	if err := spool.GiveTo(filepath.Dir(folder), folder); err != nil {
		return "", err
	}
	text, err := json.Marshal(e)
	if err != nil {
		return "", err
	}
	file = filepath.Join(folder, uuid.NewString()+ending)
	return file, spool.Replace(file, text, 0o640)
}

const (
	lookEvery = time.Second
	tryAgain  = 10 * time.Second
)

// Run carries out what is left in the folder, until ctx ends. What fails is tried again.
func Run(ctx context.Context, folder string, erase func(context.Context, Erasure) error, log *slog.Logger) {
	pause := time.Duration(0)
	for {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
		pause = lookEvery
		files, _ := filepath.Glob(filepath.Join(folder, "*"+ending))
		for _, file := range files {
			err := carryOut(ctx, file, erase)
			switch {
			case err == nil:
				log.Info("a person is erased from the disk")
			case ctx.Err() == nil:
				pause = tryAgain
				log.Error("a person is not erased from the disk yet; this is tried again", "request", filepath.Base(file), "err", err)
			}
		}
	}
}

func carryOut(ctx context.Context, file string, erase func(context.Context, Erasure) error) error {
	e, err := read(file)
	if err != nil {
		return err
	}
	if err := erase(ctx, e); err != nil {
		return err
	}
	return os.Remove(file)
}

// Await waits until an erasure has been carried out, and for no longer than ctx lasts.
func Await(ctx context.Context, file string) bool {
	for {
		if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
			return true
		}
		select {
		case <-time.After(lookEvery / 10):
		case <-ctx.Done():
			return false
		}
	}
}
