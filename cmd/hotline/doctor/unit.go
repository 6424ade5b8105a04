package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"hotline/cmd/hotline/config"
)

// unit is what systemd's unit hotline.service says, as far as it can keep Hotline from working.
type unit struct {
	file      string
	command   string // ExecStart
	user      string // "" is root
	groups    []string
	dynamic   bool
	strict    bool     // nothing may be written but what is below
	writable  []string // folders
	openFiles uint64   // 0 is systemd's own limit
}

var errNoUnit = errors.New("no unit hotline.service is installed")

// readUnit reads the first unit that systemd would find, and the files that add to it.
func (m premises) readUnit() (u unit, err error) {
	for _, dir := range m.units {
		file := filepath.Join(dir, "hotline.service")
		text, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return u, err
		}
		u.file = file
		u.take(string(text))
		break
	}
	if u.file == "" {
		return u, errNoUnit
	}
	for _, dir := range slices.Backward(m.units) {
		more, _ := filepath.Glob(filepath.Join(dir, "hotline.service.d", "*.conf"))
		for _, file := range more {
			if text, err := os.ReadFile(file); err == nil {
				u.take(string(text))
			}
		}
	}
	return u, nil
}

// take takes over what lines of a unit say.
func (u *unit) take(text string) {
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		yes := slices.Contains([]string{"yes", "true", "on", "1"}, value)
		switch name {
		case "ExecStart":
			u.command = value
		case "User":
			u.user = value
		case "Group", "SupplementaryGroups":
			u.groups = append(u.groups, strings.Fields(value)...)
		case "DynamicUser":
			u.dynamic = yes
		case "ProtectSystem":
			u.strict = value == "strict"
		case "ReadWritePaths":
			for _, path := range strings.Fields(value) {
				u.writable = append(u.writable, strings.TrimLeft(path, "-+"))
			}
		case "StateDirectory":
			for _, name := range strings.Fields(value) {
				u.writable = append(u.writable, "/var/lib/"+name)
			}
		case "LimitNOFILE":
			soft, hard, two := strings.Cut(value, ":")
			if !two {
				hard = soft
			}
			u.openFiles, _ = strconv.ParseUint(hard, 10, 64)
			if hard == "infinity" {
				u.openFiles = 1 << 30
			}
		}
	}
}

// unit looks whether systemd's unit can start Hotline with this configuration. Where there is no systemd nothing is said.
func (m premises) unit(c config.Config) (all []finding) {
	if !m.systemd {
		return nil
	}
	f := finding{what: "unit hotline.service", advice: "Install the Debian package (make deb), or deploy/systemd/hotline.service as its first lines say; then: systemctl enable --now hotline."}
	u, err := m.readUnit()
	if err != nil {
		f.err, f.warns = err, errors.Is(err, errNoUnit) // it may be started otherwise
		return []finding{f}
	}
	f.what, f.advice = "unit "+u.file, "Name this file in ExecStart and ExecReload of the unit, or look at that one; then: systemctl daemon-reload."
	if !slices.Contains(strings.Fields(u.command), m.file) {
		f.err, f.warns = fmt.Errorf("it starts %q, which does not name %s", u.command, m.file), true
	}
	all = append(all, f)
	f = finding{what: "unit's user", advice: "Let the unit's group read them, and nobody else: chgrp GROUP, chmod 640, and 750 for the folder. For a DynamicUser use LoadCredential=, or a user of its own."}
	who, err := u.account()
	if err != nil {
		f.err, f.advice = err, "Make the user that the unit names, or name one that there is: useradd --system hotline."
		return append(all, f)
	}
	if unread := m.unreadable(c, who); len(unread) > 0 {
		f.err = fmt.Errorf("%s may not read %s", who.name, strings.Join(unread, ", "))
	}
	all = append(all, f)
	if c.Recordings.Keys != "" {
		all = append(all, keysFinding(c.Recordings.Keys, who))
	}
	return append(all, u.writes(c, who)...)
}

// keysFinding looks at the file of keys of recordings, which is of the account alone. Without it calls are served, and nothing is recorded.
func keysFinding(file string, who account) finding {
	f := finding{what: "keys of recordings", advice: "Make the file as the user that the unit names, where they may write, and name it in recordings.keys: runuser -u hotline -- hotline recordings new-key /var/lib/hotline/recordings.keys. One that is there: chown it to them, and chmod 600."}
	is, err := os.Stat(file)
	switch {
	case err != nil:
		f.err = err
	case len(who.mayNotRead(file)) > 0:
		f.err = fmt.Errorf("%s may not read %s", who.name, file)
	case is.Mode().Perm()&0o077 != 0:
		f.err = fmt.Errorf("others may read or write %s (%#o)", file, is.Mode().Perm())
	}
	return f
}

// writes looks at the folders in which Hotline writes.
func (u unit) writes(c config.Config, who account) (all []finding) {
	folders := []struct{ what, dir string }{{"spool", c.Spool}}
	if c.Asterisk.Reserve != "" {
		folders = append(folders, struct{ what, dir string }{"folder of asterisk.reserve", filepath.Dir(c.Asterisk.Reserve)})
	}
	if c.Recordings.Keys != "" {
		folders = append(folders, struct{ what, dir string }{"folder of recordings", c.RecordingsFolder()})
	}
	for _, folder := range folders {
		f := finding{what: "unit and " + folder.what, advice: "Add it to the unit: ReadWritePaths=" + folder.dir + ", and let the unit's user or group write there; then: systemctl daemon-reload."}
		below := func(path string) bool {
			return folder.dir == path || strings.HasPrefix(folder.dir, strings.TrimRight(path, "/")+"/")
		}
		is, err := os.Stat(folder.dir)
		switch {
		case u.strict && !slices.ContainsFunc(u.writable, below):
			f.err = fmt.Errorf("the unit forbids to write in %s: ProtectSystem=strict, and neither ReadWritePaths nor StateDirectory names it", folder.dir)
		case err == nil && !who.may(is, 0o2):
			f.err = fmt.Errorf("%s may not write in %s", who.name, folder.dir)
		}
		all = append(all, f)
	}
	return all
}

// account is a user as file systems see one.
type account struct {
	name   string
	user   uint32
	groups []uint32
}

// account is whom the unit runs Hotline as. That of a DynamicUser owns no file and is in no group.
func (u unit) account() (account, error) {
	if u.dynamic {
		return account{name: "the unit's DynamicUser", user: 1<<32 - 1}, nil
	}
	name := u.user
	if name == "" {
		return account{name: "root"}, nil
	}
	found, err := user.Lookup(name)
	if err != nil {
		return account{}, fmt.Errorf("the unit runs Hotline as %s, and there is no such user", name)
	}
	id, _ := strconv.ParseUint(found.Uid, 10, 32)
	a := account{name: name, user: uint32(id)}
	groups, _ := found.GroupIds()
	for _, group := range u.groups {
		if g, err := user.LookupGroup(group); err == nil {
			groups = append(groups, g.Gid)
		}
	}
	for _, group := range groups {
		id, _ := strconv.ParseUint(group, 10, 32)
		a.groups = append(a.groups, uint32(id))
	}
	return a, nil
}

// may says whether a file's mode lets an account read (4), write (2) or enter (1) it.
func (a account) may(is fs.FileInfo, what fs.FileMode) bool {
	stat, known := is.Sys().(*syscall.Stat_t)
	mode := is.Mode().Perm()
	switch {
	case !known || a.user == 0:
		return true
	case stat.Uid == a.user:
		return mode>>6&what == what
	case slices.Contains(a.groups, stat.Gid):
		return mode>>3&what == what
	default:
		return mode&what == what
	}
}

// unreadable are the files that the configuration needs and an account may not read. Those that are not there are others' matter.
func (m premises) unreadable(c config.Config, who account) (all []string) {
	dir := filepath.Dir(m.file)
	files := append([]string{m.file, filepath.Join(dir, "environment")}, c.SecretFiles(dir)...)
	if c.TLS.Certificate != "" {
		files = append(files, c.TLS.Certificate, c.TLS.Key)
	}
	return who.mayNotRead(files...)
}

// mayNotRead are those of some files that an account may not read, or not reach.
func (a account) mayNotRead(files ...string) (all []string) {
	for _, file := range files {
		real, err := filepath.EvalSymlinks(file)
		if err != nil {
			continue
		}
		is, err := os.Stat(real)
		readable := err != nil || a.may(is, 0o4)
		for dir := filepath.Dir(real); readable && dir != "/" && dir != "."; dir = filepath.Dir(dir) {
			if is, err := os.Stat(dir); err == nil {
				readable = a.may(is, 0o1)
			}
		}
		if !readable && !slices.Contains(all, file) {
			all = append(all, file)
		}
	}
	return all
}
