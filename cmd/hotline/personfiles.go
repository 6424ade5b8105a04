package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/tickets"
	"hotline/tickets/attachment"
	"hotline/tickets/files"
	ticketstore "hotline/tickets/postgres"
)

// filesOf writes the files of a person's tickets into a folder, which counts as taking them, and says by the files' ids what they are called there.
// One that cannot be read does not keep the others away: it is in the error.
func filesOf(ctx context.Context, conf config.Config, store *ticketstore.Store, d ticketstore.Dossier, into string) (map[string]string, error) {
	places := map[attachment.Place]interface {
		Open(context.Context, attachment.Sum) (io.ReadCloser, error)
	}{attachment.OnDisk: files.Folder(conf.FilesFolder()), attachment.InDatabase: store.Contents()}
	called, names := map[string]string{}, attachment.Names{}
	var failed error
	for _, text := range d["ticket_files"] {
		var row struct {
			ID, Ticket, Name string
			Sum              string `json:"sha256"` // as PostgreSQL writes bytes: \x and hexadecimal digits
			Place            attachment.Place
			Removed          *time.Time `json:"removed_at"`
		}
		if err := json.Unmarshal(text, &row); err != nil {
			return called, err
		}
		if row.Removed != nil {
			continue
		}
		b, err := hex.DecodeString(strings.TrimPrefix(row.Sum, `\x`))
		if err != nil || len(b) != len(attachment.Sum{}) || places[row.Place] == nil {
			failed = errors.Join(failed, fmt.Errorf("file %s: %s in %q: %w", row.ID, row.Sum, row.Place, attachment.ErrDamaged))
			continue
		}
		if err := lookedAs(ctx, store, tickets.TookFile(row.ID), row.Ticket); err != nil {
			return called, err
		}
		name := names.Unique(row.Name)
		content, err := places[row.Place].Open(ctx, attachment.Sum(b))
		if err == nil {
			err = copied(content, filepath.Join(into, "files", name))
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("file %s: %w", row.ID, err))
			continue
		}
		called[row.ID] = name
	}
	return called, failed
}

// copied writes a content into a new file.
func copied(content io.ReadCloser, file string) error {
	defer content.Close()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Close())
}
