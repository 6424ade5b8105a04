package vault

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"hotline/recordings"
)

// Each calls do for each recording of the folder, by its id. What is none is passed over.
func (f Folder) Each(ctx context.Context, do func(recordings.ID) error) error {
	shards, err := os.ReadDir(f.Path)
	if err != nil {
		return err
	}
	for _, s := range shards {
		if len(s.Name()) != 2 || !s.IsDir() {
			continue
		}
		files, err := os.ReadDir(filepath.Join(f.Path, s.Name()))
		if err != nil {
			return err
		}
		for _, e := range files {
			if err := ctx.Err(); err != nil {
				return err
			}
			if id, is := cutEnding(e.Name()); is {
				if err := do(id); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Verify reads a recording from end to end. The errors are as Open's.
func (f Folder) Verify(ctx context.Context, id recordings.ID) error {
	s, err := f.Open(id)
	if err != nil {
		return err
	}
	for chunk := 0; chunk < len(s.at)-1 && err == nil; chunk++ {
		if err = ctx.Err(); err == nil {
			err = s.unseal(chunk)
		}
	}
	return errors.Join(err, s.Close())
}

// Used is how many bytes the recordings have on disk together.
func (f Folder) Used(ctx context.Context) (n int64, err error) {
	err = f.Each(ctx, func(id recordings.ID) error {
		info, err := os.Stat(f.of(id))
		if err == nil {
			n += info.Size()
		}
		return ignoreGone(err)
	})
	return n, err
}

// Rotate wraps the key of a recording by the current key of the key file, and by no other. It says whether there was anything to do. The sound is not
// touched. A recording that is deleted meanwhile is no error. Who opens it meanwhile finds a slot that opens: first the other one is written and synced.
func (f Folder) Rotate(id recordings.ID) (done bool, err error) {
	by, err := f.Keys.current()
	if err != nil {
		return false, err
	}
	file, err := os.OpenFile(f.of(id), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	h := new(header)
	if _, err := file.ReadAt(h.bytes[:], 0); err != nil {
		if errors.Is(err, io.EOF) {
			err = broken(err)
		}
		return false, err
	}
	if err := h.check(id); err != nil {
		return false, err
	}
	good, used := -1, 0 // a slot that the current key has wrapped; how many there are
	var secret []byte
	from := -1
	var failed error
	for n := range 2 {
		name, opened, err := h.unwrap(n, f.Keys)
		failed = errors.Join(failed, err)
		if name != "" {
			used++
		}
		if err != nil || name == "" {
			continue
		}
		if secret, from = opened, n; name == by.name {
			good = n
		}
	}
	if from < 0 {
		return false, errors.Join(failed, broken(errors.New("no slot opens")))
	}
	if good >= 0 && used == 1 {
		return false, nil
	}
	if good < 0 {
		good = 1 - from
		h.wrap(good, by, secret)
		if err := writeSlot(file, h, good); err != nil {
			return false, err
		}
	}
	clear(h.slot(1 - good))
	return true, writeSlot(file, h, 1-good)
}

func writeSlot(file *os.File, h *header, n int) error {
	_, err := file.WriteAt(h.slot(n), int64(slotsAt+n*slotBytes))
	return errors.Join(err, file.Sync())
}
