package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"hotline/tickets/attachment"
	"hotline/tickets/files"
)

const (
	sweepEvery = 6 * time.Hour    // contents of files that no ticket has any more
	sweepYoung = 10 * time.Minute // such a content may belong to an upload that is not over
)

// wireFiles makes what keeps the files of tickets. Contents that are in the other of the two places than new ones go to are found all the same:
// the setting may have been another before.
func (s *service) wireFiles() (err error) {
	set, folder := s.config.Tickets.Files, s.config.FilesFolder()
	stores := map[attachment.Place]attachment.Store{attachment.InDatabase: s.tickets.Contents()}
	into := attachment.InDatabase
	_, missing := os.Stat(folder)
	if !set.InDatabase() {
		into = attachment.OnDisk
	}
	if into == attachment.OnDisk || !errors.Is(missing, fs.ErrNotExist) {
		if s.contents, err = files.Open(folder, set.Quota()); err != nil {
			return err
		}
		stores[attachment.OnDisk] = s.contents
	}
	s.files, err = attachment.NewKeeper(s.tickets, into, stores, set.Limits())
	return err
}

// sweepFiles deletes contents that no ticket has any more, at once and then every so often, until ctx ends. Each Hotline does it, for its own disk.
func (s *service) sweepFiles(ctx context.Context) error {
	return again(ctx, sweepEvery, func() error {
		swept, err := s.files.Sweep(ctx, time.Now().Add(-attachment.Grace))
		return told(ctx, s.log, "files", err, swept != attachment.Swept{}, "contents", swept.Contents, "broken_off", swept.Broken)
	})
}
