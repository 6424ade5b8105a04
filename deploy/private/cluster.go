package private

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// moveIn locks the folder, ends what still runs there, and makes the server's places.
func (p *Postgres) moveIn(ctx context.Context) (err error) {
	if p.free, err = own(p.dir); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			p.moveOut()
		}
	}()
	p.endServer()
	// Nothing runs here. PostgreSQL itself could not know that if the process id in a stale file had by now been given to another
	// cluster's server.
	if err := os.Remove(filepath.Join(p.data(), "postmaster.pid")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := p.makeSocketDir(); err != nil {
		return err
	}
	return p.initialise(ctx)
}

// moveOut gives the folder up, once.
func (p *Postgres) moveOut() {
	if p.free != nil {
		_ = os.RemoveAll(p.socket) // an empty folder, at worst
		p.free()
		p.free = nil
	}
}

// endServer ends a server that still runs in the data folder, by an orderly signal where that is enough. Its owner is dead, or we
// would not have the lock.
func (p *Postgres) endServer() {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		for _, pid := range processes(worksIn(p.data())) {
			_ = syscall.Kill(pid, sig)
		}
		for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			if len(processes(worksIn(p.data()))) == 0 {
				return
			}
		}
	}
}

// makeSocketDir makes the socket's folder: its user alone may enter it. What another user put in
// its place in /tmp is refused.
func (p *Postgres) makeSocketDir() error {
	uid := os.Getuid()
	if p.as != nil {
		uid = int(p.as.Uid)
	}
	if info, err := os.Lstat(p.socket); err == nil {
		if !info.IsDir() || int(info.Sys().(*syscall.Stat_t).Uid) != uid {
			return fmt.Errorf("%s is not a folder of ours", p.socket)
		}
		return os.Chmod(p.socket, 0o700)
	}
	if err := os.Mkdir(p.socket, 0o700); err != nil {
		return err
	}
	return p.give(p.socket)
}

// give makes a file the server's.
func (p *Postgres) give(path string) error {
	if p.as == nil {
		return nil
	}
	return os.Chown(path, int(p.as.Uid), int(p.as.Gid))
}

// initialise makes the cluster in a folder beside, and renames it when it is complete: no half cluster is left by
// whatever interrupts it.
func (p *Postgres) initialise(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(p.data(), "PG_VERSION")); err == nil {
		return nil
	}
	fresh := p.data() + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := os.Mkdir(fresh, 0o700); err != nil {
		return err
	}
	if err := p.give(fresh); err != nil {
		return err
	}
	// Access is guarded by the socket's folder. There is nothing yet that a power cut could spoil.
	cmd := p.command(ctx, "initdb", "--pgdata", fresh, "--username", "hotline", "--auth", "trust",
		"--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return os.Rename(fresh, p.data())
}

// socketDir is a folder in dir, unless that makes the socket's path longer than the 107 bytes that it may have (unix(7)).
func socketDir(dir string) string {
	const name = "/.s.PGSQL.5432.lock"
	if in := filepath.Join(dir, "socket"); len(in)+len(name) <= 107 {
		return in
	}
	sum := sha256.Sum256([]byte(dir))
	return "/tmp/hotline-pg-" + hex.EncodeToString(sum[:8])
}

// findPostgres prefers the newest of Debian's; each version has its folder there.
func findPostgres() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	version := func(path string) int {
		n, _ := strconv.Atoi(strings.Split(path, "/")[4])
		return n
	}
	slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
	if len(found) > 0 {
		return filepath.Dir(found[0]), nil
	}
	initdb, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("no PostgreSQL here: run deploy/setup.sh")
	}
	return filepath.Dir(initdb), nil
}

// serverUser is who the server runs as when we are root, whom initdb refuses; nil is ourselves.
func serverUser() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres") // its package's account
	if err != nil {
		return nil, fmt.Errorf("as root, it needs another user to run as: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// openWay lets other users pass through dir and its parents. In the folder of temporary files we open our own ones (a test's
// folder is 0700); elsewhere that is not for us to decide.
func openWay(dir string) error {
	for at := dir; at != "/"; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if err != nil {
			return err
		}
		const pass = 0o001
		if info.Mode()&pass != 0 {
			continue
		}
		if at != dir && !strings.HasPrefix(at, filepath.Clean(os.TempDir())+"/") {
			return fmt.Errorf("PostgreSQL's user may not enter %s, and so not %s: choose another folder", at, dir)
		}
		if err := os.Chmod(at, info.Mode().Perm()|pass); err != nil {
			return err
		}
	}
	return nil
}
