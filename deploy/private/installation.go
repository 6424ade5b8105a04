package private

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
)

// installation is where Asterisk's program and sounds are. Paths are as Asterisk sees them, which in a root folder differs from how we
// see them (see outside).
type installation struct {
	root    string // the root folder of deploy/setup.sh; "" where Asterisk is the machine's own
	binary  string
	modules string
	data    string // core sounds and documentation
	homes   string // where instances have their folders
}

// When we are root, Asterisk runs in the root folder under a user id that no account has, so that a caller who broke into it would
// have nobody's rights.
const asteriskUID = 61100

var errNoAsterisk = errors.New("no Asterisk 20 or newer here: run deploy/setup.sh")

// findAsterisk looks into the root folder of deploy/setup.sh, then for Asterisk in PATH.
func findAsterisk() (installation, error) {
	root, err := asteriskRoot()
	if err != nil {
		return installation{}, err
	}
	if _, err := os.Stat(filepath.Join(root, "etc/hotline-recipe")); err == nil {
		in := installation{root: root, binary: "/usr/sbin/asterisk", homes: "/srv/hotline"}
		return in.complete()
	}
	binary, err := exec.LookPath("asterisk")
	if err != nil {
		binary = "/usr/sbin/asterisk" // where a user's PATH does not look
	}
	if version := majorVersion(binary); version < 20 {
		return installation{}, errNoAsterisk
	}
	homes, err := ownTemporary()
	if err != nil {
		return installation{}, err
	}
	return installation{binary: binary, homes: homes}.complete()
}

// ownTemporary is a folder for temporary files that is ours alone, with a name short enough for Asterisk's control socket.
func ownTemporary() (string, error) {
	dir := filepath.Join(os.TempDir(), "hotline-"+strconv.Itoa(os.Getuid()))
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", err
	}
	if !info.IsDir() || int(info.Sys().(*syscall.Stat_t).Uid) != os.Getuid() {
		return "", fmt.Errorf("%s is not a folder of ours", dir)
	}
	return dir, nil
}

func asteriskRoot() (string, error) {
	if root := os.Getenv("HOTLINE_ASTERISK_ROOT"); root != "" {
		return root, nil
	}
	cache, err := os.UserCacheDir()
	return filepath.Join(cache, "hotline", "asterisk-root"), err
}

func (in installation) complete() (installation, error) {
	for _, pattern := range []string{"/usr/lib/*/asterisk/modules", "/usr/lib/asterisk/modules"} {
		if found, _ := filepath.Glob(in.outside(pattern)); len(found) > 0 {
			in.modules = found[0][len(in.root):]
		}
	}
	for _, dir := range []string{"/var/lib/asterisk", "/usr/share/asterisk"} {
		if _, err := os.Stat(in.outside(dir, "sounds/en")); err == nil || isLink(in.outside(dir, "sounds/en")) {
			in.data = dir
		}
	}
	if in.modules == "" || in.data == "" {
		return in, fmt.Errorf("asterisk in %q lacks its modules or its English sounds: %w", in.root, errNoAsterisk)
	}
	return in, nil
}

// A link inside the root folder may point where only Asterisk can follow.
func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&os.ModeSymlink != 0
}

// outside turns a path as Asterisk sees it into ours.
func (in installation) outside(path ...string) string {
	return filepath.Join(append([]string{in.root}, path...)...)
}

// owner is who Asterisk's own folders belong to; -1 leaves them ours.
func (in installation) owner() int {
	if in.root != "" && os.Getuid() == 0 {
		return asteriskUID
	}
	return -1
}

// command is Asterisk's program with arguments. In the root folder it needs no more
// rights than we have: a user enters through a user namespace of their own (user_namespaces(7)).
func (in installation) command(args ...string) *exec.Cmd {
	cmd := exec.Command(in.binary, args...)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=/"}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: in.root}
	switch {
	case in.root == "":
	case os.Getuid() == 0:
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: asteriskUID, Gid: asteriskUID}
	default:
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	return cmd
}

var versionText = regexp.MustCompile(`^Asterisk (?:GIT-)?(\d+)`)

// majorVersion is 0 where there is no Asterisk.
func majorVersion(binary string) int {
	out, err := exec.Command(binary, "-V").Output()
	if err != nil {
		return 0
	}
	m := versionText.FindSubmatch(out)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(string(m[1]))
	return n
}
