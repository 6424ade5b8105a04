package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"hotline/cmd/hotline/personal"
	"hotline/tickets"
	"hotline/tickets/attachment"
	"hotline/tickets/files"
)

// files puts the files of a person's tickets, which counts as taking them, and says by the files' ids what they are called there.
// One that is not there any more, or is damaged, does not keep the others away.
func (t *taking) files(ctx context.Context, e *personal.Export) error {
	places := map[attachment.Place]interface {
		Open(context.Context, attachment.Sum) (io.ReadCloser, error)
	}{attachment.OnDisk: files.Folder(t.conf.FilesFolder()), attachment.InDatabase: t.store.Contents()}
	e.Files = map[string]string{}
	names := attachment.Names{}
	for _, text := range e.Database["ticket_files"] {
		var row struct {
			ID, Ticket, Name string
			Sum              string `json:"sha256"` // as PostgreSQL writes bytes: \x and hexadecimal digits
			Place            attachment.Place
			Removed          *time.Time `json:"removed_at"`
		}
		if err := json.Unmarshal(text, &row); err != nil {
			return err
		}
		if row.Removed != nil {
			continue
		}
		sum, err := attachment.ParseSum(strings.TrimPrefix(row.Sum, `\x`))
		if err != nil || places[row.Place] == nil {
			e.Unreadable = append(e.Unreadable, row.ID)
			continue
		}
		if err := t.looked(ctx, tickets.TookFile(row.ID), row.Ticket); err != nil {
			return err
		}
		name := names.Unique(row.Name)
		content, err := places[row.Place].Open(ctx, sum)
		if err == nil {
			content = attachment.Proved(content, sum)
			err = t.put("files/"+name, func(w io.Writer) error { _, err := io.Copy(w, content); return err })
			err = errors.Join(err, content.Close())
		}
		switch {
		case errors.Is(err, attachment.ErrDamaged):
			e.Unreadable = append(e.Unreadable, row.ID)
		case err != nil:
			return fmt.Errorf("file %s: %w", row.ID, err)
		default:
			e.Files[row.ID] = name
		}
	}
	return nil
}
