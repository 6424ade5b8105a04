package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"hotline/tickets"
	"hotline/tickets/attachment"
	"hotline/tickets/files"
	ticketstore "hotline/tickets/postgres"
)

// files puts the files of a person's tickets, which counts as taking them, and says by the files' ids what they are called there.
// One that cannot be read does not keep the others away: it is in the error.
func (t taking) files(ctx context.Context, d ticketstore.Dossier) (map[string]string, error) {
	places := map[attachment.Place]interface {
		Open(context.Context, attachment.Sum) (io.ReadCloser, error)
	}{attachment.OnDisk: files.Folder(t.conf.FilesFolder()), attachment.InDatabase: t.store.Contents()}
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
		if err := t.looked(ctx, tickets.TookFile(row.ID), row.Ticket); err != nil {
			return called, err
		}
		name := names.Unique(row.Name)
		content, err := places[row.Place].Open(ctx, attachment.Sum(b))
		if err == nil {
			err = t.put("files/"+name, func(w io.Writer) error { _, err := io.Copy(w, content); return err })
			err = errors.Join(err, content.Close())
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("file %s: %w", row.ID, err))
			continue
		}
		called[row.ID] = name
	}
	return called, failed
}
