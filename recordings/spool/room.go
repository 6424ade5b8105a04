package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// look sees whether recordings can be made: there is room, the archive keeps them, and the folder of facts can be written.
func (s *Spool) look() {
	free, bad := int64(-1), error(nil)
	for i, dir := range slices.Concat([]string{s.opt.Dir}, s.opt.Disks, s.opt.Others) {
		here, err := s.free(dir)
		if err != nil {
			others := i > len(s.opt.Disks) && errors.Is(err, fs.ErrPermission)
			if !others && (i == 0 || !errors.Is(err, fs.ErrNotExist)) {
				bad = errors.Join(bad, fmt.Errorf("free space of %s: %w", dir, err))
			}
			continue
		}
		if free < 0 || here < free {
			free = here
		}
		if here < s.opt.Reserve {
			bad = errors.Join(bad, fmt.Errorf("%s has %d MB free, and %d MB are kept in reserve", dir, here>>20, s.opt.Reserve>>20))
		}
	}
	if s.opt.Keeps != nil {
		if err := s.opt.Keeps(); err != nil {
			bad = errors.Join(bad, fmt.Errorf("recordings cannot be kept: %w", err))
		}
	}
	probe := filepath.Join(s.opt.Dir, ".probe")
	if err := os.WriteFile(probe, []byte("x"), 0o600); err != nil {
		bad = errors.Join(bad, fmt.Errorf("folder of recordings cannot be written: %w", err))
	}
	_ = os.Remove(probe)
	s.mu.Lock()
	was := s.bad
	s.bad, s.stats.Free = bad, free
	s.mu.Unlock()
	switch {
	case bad != nil && (was == nil || was.Error() != bad.Error()):
		s.opt.Log.Error("nothing can be recorded; calls go on", "err", bad)
	case bad == nil && was != nil:
		s.opt.Log.Info("recordings can be made again")
	}
}

// freeOn is the room on the disk of a folder.
func freeOn(dir string) (int64, error) {
	var disk unix.Statfs_t
	err := unix.Statfs(dir, &disk)
	return int64(disk.Bavail) * int64(disk.Bsize), err
}
