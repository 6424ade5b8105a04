package private

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"hotline/deploy"
)

// moveIn gives the instance a folder, after the folders of the dead are swept. A lock on all folders is held
// meanwhile: a new folder must not look ownerless to another process before it is locked.
func (a *Asterisk) moveIn() error {
	homes := a.in.outside(a.in.homes)
	all, err := os.OpenFile(filepath.Join(homes, ".lock-"+strconv.Itoa(os.Getuid())), os.O_CREATE|os.O_RDWR|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	defer all.Close()
	if err := syscall.Flock(int(all.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("lock %s: %w", all.Name(), err)
	}
	if err := sweep(a.in); err != nil {
		return err
	}
	if a.Dir, err = os.MkdirTemp(homes, "a-"); err != nil {
		return err
	}
	if a.free, err = own(a.Dir); err != nil {
		return err
	}
	a.inner = filepath.Join(a.in.homes, filepath.Base(a.Dir))
	return nil
}

// sweep ends every Asterisk of ours whose owner is dead, and removes its folder.
func sweep(in installation) error {
	dirs, err := filepath.Glob(filepath.Join(in.outside(in.homes), "a-*"))
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		if err != nil || int(info.Sys().(*syscall.Stat_t).Uid) != os.Getuid() {
			continue // it is gone already, or belongs to another user
		}
		release, err := own(dir)
		if errors.Is(err, errOwned) || errors.Is(err, fs.ErrNotExist) {
			continue // its owner lives, or has just removed it
		}
		if err != nil {
			return err
		}
		killAll(processes(hasArgument(filepath.Join(in.homes, filepath.Base(dir), "etc", "asterisk.conf"))))
		err = removeAll(dir)
		release()
		if err != nil {
			return fmt.Errorf("remove what a dead instance left: %w", err)
		}
	}
	return nil
}

// fill puts into the folder: configuration, sounds, and places for Asterisk to write.
func (a *Asterisk) fill(opt AsteriskOptions, sounds map[string]map[string]string) error {
	if err := os.Chmod(a.Dir, 0o755); err != nil {
		return err
	}
	for _, name := range []string{"lib", "lib/keys", "cache", "spool", "spool/recording", "spool/tmp", "run", "log"} {
		dir := filepath.Join(a.Dir, name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
		if err := os.Chown(dir, a.in.owner(), a.in.owner()); err != nil {
			return err
		}
	}
	a.Log = filepath.Join(a.Dir, "log", "messages")
	a.Recordings = filepath.Join(a.Dir, "spool", "recording")
	a.ReserveFile = filepath.Join(a.Dir, "spool", "reserve.csv")
	if err := a.configure(opt); err != nil {
		return err
	}
	// The dialplan only appends to it.
	if err := os.WriteFile(a.ReserveFile, nil, 0o644); err != nil {
		return err
	}
	if err := os.Chown(a.ReserveFile, a.in.owner(), a.in.owner()); err != nil {
		return err
	}
	return a.bringSounds(sounds)
}

// configure writes etc from the templates. It holds secrets: Asterisk may read it, others may not.
func (a *Asterisk) configure(opt AsteriskOptions) error {
	etc := filepath.Join(a.Dir, "etc")
	if err := os.Mkdir(etc, 0o750); err != nil {
		return err
	}
	if err := os.Chown(etc, -1, a.in.owner()); err != nil {
		return err
	}
	files, err := deploy.Asterisk{
		SIPHost: opt.Address, SIPPort: a.ports.sip, WebHost: opt.Address, WebPort: a.ports.http,
		RTPFirst: a.ports.rtpFirst, RTPLast: a.ports.rtpLast,
		ARIUser: a.ARIUser, ARIPassword: a.ARIPassword, App: "hotline",
		Number: strings.TrimPrefix(opt.Number, "+"), Dialled: opt.Dialled, Patience: opt.Patience,
		Reserve: filepath.Join(a.inner, "spool", "reserve.csv"), Music: filepath.Join(a.inner, "share", "moh"),
		Pocket: opt.Pocket, Ring: opt.Ring, Message: opt.Message, Records: filepath.Join(a.inner, "spool", "recording"),
		Own: &deploy.AsteriskFolders{Dir: a.inner, Modules: a.in.modules, MaxFiles: maxFiles()},
	}.Files()
	if err != nil {
		return err
	}
	for name, text := range files {
		f, err := os.OpenFile(filepath.Join(etc, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
		if err != nil {
			return err
		}
		_, err = f.Write(text)
		if err := errors.Join(err, f.Chown(-1, a.in.owner()), f.Close()); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}

// maxFiles is what the system lets a child have, within reason.
func maxFiles() uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 1024
	}
	return min(limit.Max, 65536)
}

// bringSounds makes Asterisk's data folder: links to what came with Asterisk, and the prompts and the silences beside the core sounds of
// their language.
func (a *Asterisk) bringSounds(prompts map[string]map[string]string) error {
	share := filepath.Join(a.Dir, "share")
	if err := a.linkAll(a.in.data, share, "sounds"); err != nil {
		return err
	}
	for language, names := range prompts {
		sounds := filepath.Join(share, "sounds", language)
		if err := a.linkAll(filepath.Join(a.in.data, "sounds", language), sounds, "hotline"); err != nil {
			return fmt.Errorf("core sounds of language %q: %w", language, err)
		}
		if err := os.Mkdir(filepath.Join(sounds, "hotline"), 0o755); err != nil {
			return err
		}
		for name, file := range names {
			if err := linkOrCopy(file, filepath.Join(sounds, "hotline", name+".wav")); err != nil {
				return err
			}
		}
		for name, sound := range deploy.Silences() {
			if err := os.WriteFile(filepath.Join(sounds, "hotline", name), sound, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// linkAll makes dir with a link to each entry of from, a folder as Asterisk sees it, but one.
func (a *Asterisk) linkAll(from, dir, but string) error {
	entries, err := a.in.readDir(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == but {
			continue
		}
		if err := os.Symlink(filepath.Join(from, e.Name()), filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// readDir lists a folder as Asterisk sees it: absolute links in the root folder (Debian's alternatives) are
// followed inside the root.
func (in installation) readDir(dir string) ([]fs.DirEntry, error) {
	for range 8 {
		target, err := os.Readlink(in.outside(dir))
		if err != nil {
			break // not a link
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(dir), target)
		}
		dir = target
	}
	return os.ReadDir(in.outside(dir))
}

func linkOrCopy(from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	data, err := os.ReadFile(from) // another file system
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}
