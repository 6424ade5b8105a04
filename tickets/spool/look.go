package spool

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"hotline/tickets"
)

// Found is what somebody sees in a spool's folder from outside, also while a Hotline has it open.
type Found struct {
	Aside     int    // facts that the database refused for ever; they stand in AsideFile
	AsideFile string // one JSON object a line
	Numbers   int    // ticket numbers that nobody has been given; -1 where none were ever reserved
	Beyond    uint64 // the first serial number after all that were ever reserved here; 0 where none were
	Disk      Disk
}

// Look looks at a spool's folder and changes nothing. One that is not there yet is empty.
func Look(dir string) (f Found, err error) {
	s := &Spool{o: Options{Dir: dir}}
	f.AsideFile, f.Numbers = s.AsideFile(), -1
	text, err := os.ReadFile(f.AsideFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	f.Aside = bytes.Count(text, []byte{'\n'})
	text, err = os.ReadFile(s.blocksFile())
	switch {
	case err == nil:
		var blocks []tickets.Block
		if err := json.Unmarshal(text, &blocks); err != nil {
			return f, fmt.Errorf("%s: %w", s.blocksFile(), err)
		}
		f.Numbers = 0
		for _, b := range blocks {
			f.Numbers += b.Count
			f.Beyond = max(f.Beyond, b.First+uint64(b.Count))
		}
	case !errors.Is(err, fs.ErrNotExist):
		return f, err
	}
	f.Disk, err = DiskOf(dir)
	return f, err
}

// DiskOf tells of the disk on which a folder is, or will be.
func DiskOf(dir string) (Disk, error) {
	for {
		disk, err := (&Spool{o: Options{Dir: dir}}).Disk()
		if up := filepath.Dir(dir); errors.Is(err, fs.ErrNotExist) && up != dir {
			dir = up
			continue
		}
		return disk, err
	}
}
