package private

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// lockName is the file by which a folder's owner is known; see own.
const lockName = "owner.lock"

// TempFolder makes a folder for our process's servers among the temporary files, as name-1234, and removes those of this name
// that dead processes of ours left, with the PostgreSQL that may still run in them. What has no lock, or belongs to another
// user, is not ours. Call leave when all that lives in the folder has ended: it removes the folder.
func TempFolder(name string) (dir string, leave func(), err error) {
	if err := sweepFolders(filepath.Join(os.TempDir(), name+"-*")); err != nil {
		return "", nil, err
	}
	if dir, err = os.MkdirTemp("", name+"-"); err != nil {
		return "", nil, err
	}
	release, err := ownNew(dir)
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	return dir, func() { _ = os.RemoveAll(dir); release() }, nil
}

// ownNew is own for a folder that others can sweep: its lock appears when it is held, and not before.
func ownNew(dir string) (release func(), err error) {
	file := filepath.Join(dir, lockName)
	f, err := os.OpenFile(file+".new", os.O_CREATE|os.O_EXCL|os.O_RDWR|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB), os.Rename(f.Name(), file)); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return func() { _ = f.Close() }, nil
}

func sweepFolders(pattern string) error {
	dirs, err := filepath.Glob(pattern)
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		if !ours(dir) || !ours(filepath.Join(dir, lockName)) {
			continue
		}
		release, err := own(dir)
		if err != nil {
			continue // its owner lives, or has just removed it
		}
		err = endServers(dir)
		if err == nil {
			err = os.RemoveAll(dir)
		}
		release()
		if err != nil {
			return fmt.Errorf("remove what a dead process left: %w", err)
		}
	}
	return nil
}

// ours says whether something is there, is no link, and belongs to our user.
func ours(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&os.ModeSymlink == 0 && int(info.Sys().(*syscall.Stat_t).Uid) == os.Getuid()
}

// endServers ends the clusters that run in a folder.
func endServers(dir string) error {
	dir, err := filepath.EvalSymlinks(dir) // as StartPostgres does
	if err != nil {
		return err
	}
	clusters, err := filepath.Glob(filepath.Join(dir, "*", "data", "PG_VERSION"))
	if err != nil {
		return err
	}
	for _, version := range clusters {
		home := filepath.Dir(filepath.Dir(version))
		p := &Postgres{dir: home, socket: socketDir(home)}
		p.endServer()
		if err := os.RemoveAll(p.socket); err != nil {
			return err
		}
	}
	return nil
}

// removeAll removes a folder also where another process, which sweeps what dead ones left, has just taken it for one of those: its lock
// went first, and the sweeper's then stands in the folder until it removes it likewise.
func removeAll(dir string) (err error) {
	for range 100 {
		if err = os.RemoveAll(dir); !errors.Is(err, syscall.ENOTEMPTY) {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return err
}
