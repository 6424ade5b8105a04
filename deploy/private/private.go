// Package private runs a PostgreSQL and an Asterisk of Hotline's own, for the demo and for
// tests: real servers, but with folders, ports and secrets that nobody else has. It needs what
// deploy/setup.sh installs, and no service of the machine.
//
//	our process ── flock ──► folder of the instance
//	   │                        ▲
//	   │ a thread for each       │ swept by the next start, when nobody holds the lock:
//	   ▼                        │ processes that live there are killed, the folder goes
//	child: postgres, asterisk ──┘
//
// What it starts must not outlive it, however it ends. Three things see to that: Stop ends the
// servers in order; the kernel signals them when our process dies (Pdeathsig); and should one
// survive that, the next start finds its folder without an owner and ends it. The owner is
// known by a lock, never by a number in a file, since numbers of processes come again.
//
// The children are in process groups of their own, so that a terminal's Ctrl-C reaches
// Hotline alone and the servers are stopped in order, after their last use.
package private

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
)

// errOwned says that another live process owns a folder.
var errOwned = errors.New("in use by another Hotline")

// child is a process that ends with us.
type child struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// startChild starts a command; the kernel sends it atOurDeath when our process dies.
//
// Linux ties that to the thread that forked, not to the process (prctl(2),
// PR_SET_PDEATHSIG): so the thread stays with the child to its end.
func startChild(cmd *exec.Cmd, atOurDeath syscall.Signal) (*child, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	cmd.SysProcAttr.Pdeathsig = atOurDeath
	c := &child{cmd: cmd, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in cmd.ProcessState
			close(c.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return c, nil
}

func (c *child) pid() int { return c.cmd.Process.Pid }

func (c *child) signal(sig syscall.Signal) { _ = c.cmd.Process.Signal(sig) }

// ended says how the child ended; only after done.
func (c *child) ended() string { return c.cmd.ProcessState.String() }

// own takes the lock on a folder for as long as our process lives, or until release.
func own(dir string) (release func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("%s: %w", dir, errOwned)
	}
	return func() { _ = f.Close() }, nil
}

// processes lists the ids of the processes that match says yes to. It is given the
// folder of each under /proc.
func processes(match func(proc string) bool) []int {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	var found []int
	for _, dir := range dirs {
		if pid, err := strconv.Atoi(filepath.Base(dir)); err == nil && match(dir) {
			found = append(found, pid)
		}
	}
	return found
}

// worksIn matches the processes whose working folder is dir.
func worksIn(dir string) func(string) bool {
	return func(proc string) bool {
		cwd, err := os.Readlink(proc + "/cwd")
		return err == nil && cwd == dir
	}
}

// hasArgument matches the processes that were started with an argument.
func hasArgument(arg string) func(string) bool {
	return func(proc string) bool {
		line, err := os.ReadFile(proc + "/cmdline")
		if err != nil {
			return false
		}
		for _, a := range bytes.Split(line, []byte{0}) {
			if string(a) == arg {
				return true
			}
		}
		return false
	}
}

// childOf matches the children of a process.
func childOf(parent int) func(string) bool {
	return func(proc string) bool {
		stat, err := os.ReadFile(proc + "/stat")
		if err != nil {
			return false
		}
		// proc(5): "pid (name) state ppid"; the name may hold anything, so look behind the last bracket.
		var state string
		var ppid int
		_, err = fmt.Sscan(string(stat[bytes.LastIndexByte(stat, ')')+1:]), &state, &ppid)
		return err == nil && ppid == parent
	}
}

func killAll(pids []int) {
	for _, pid := range pids {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

// tail returns the end of a log, for an error that should tell why.
func tail(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	const enough = 2000
	if len(text) > enough {
		text = text[len(text)-enough:]
		text = text[bytes.IndexByte(text, '\n')+1:]
	}
	return string(bytes.TrimSpace(text))
}
