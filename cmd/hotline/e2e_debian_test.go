package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// debian is a bare Debian that runs under its own systemd, in the test's network: what an administrator types there is typed as it stands.
type debian struct {
	t    *testing.T
	init int // the process id of its systemd, as this process sees it
}

const (
	bootTime = 3 * time.Minute // a few seconds where nothing else runs
	typeTime = 8 * time.Minute // for one command, such as the installation of all that is needed
)

// bootDebian boots a Debian as `deploy/setup.sh tests` keeps it, with packages in /root. It is gone with the test.
func bootDebian(t *testing.T, packages string) *debian {
	t.Helper()
	bare := os.Getenv("HOTLINE_BARE_ROOT")
	if bare == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		bare = filepath.Join(cache, "hotline", "bare-root")
	}
	if _, err := os.Stat(filepath.Join(bare, "etc/hotline-recipe")); err != nil {
		t.Fatalf("%v (deploy/setup.sh tests makes a bare Debian)", err)
	}
	script, err := filepath.Abs("testdata/boot.sh")
	if err != nil {
		t.Fatal(err)
	}
	name := "hotline-test-" + strconv.Itoa(os.Getpid())
	cmd := exec.Command(script, bare, t.TempDir(), name, packages)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC,
		Pdeathsig:  syscall.SIGKILL,
	}
	var console lockedBuffer
	cmd.Stdout, cmd.Stderr = &console, &console
	m := &debian{t: t}
	started, ended := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread() // Pdeathsig comes with the end of the thread, prctl(2)
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		t.Fatalf("a machine: %v", err)
	}
	m.init = cmd.Process.Pid
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("its console:\n%s", console.String())
			if log, err := m.run("journalctl --no-pager -n 60"); err == nil {
				t.Logf("its journal:\n%s", log)
			}
		}
		_ = cmd.Process.Kill()
		<-ended
		removeGroups(name)
	})
	m.awaitBoot(ended, &console)
	return m
}

// awaitBoot waits until systemd has started what it starts.
func (m *debian) awaitBoot(ended <-chan struct{}, console fmt.Stringer) {
	m.t.Helper()
	eventually(m.t, bootTime, "systemd starts", func() error {
		select {
		case <-ended:
			m.t.Skipf("this machine lets no other system boot in it: %s", console)
		default:
		}
		said, err := m.run("systemctl is-system-running --wait")
		if state := strings.TrimSpace(said); state != "running" && state != "degraded" {
			return fmt.Errorf("it says %q, %v", state, err)
		}
		return nil
	})
}

// run runs a shell's command in the machine, as root in /root, and returns all that it says.
func (m *debian) run(command string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), typeTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, "nsenter", "-t", strconv.Itoa(m.init), "-m", "-p", "-u", "-i", "-C", "-r", "-w", "/bin/sh", "-e", "-c", "cd /root; "+command)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"}
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// types is run for what must go well.
func (m *debian) types(command string) string {
	m.t.Helper()
	began := time.Now()
	said, err := m.run(command)
	if err != nil {
		m.t.Fatalf("# %s\n%s\n%v", command, said, err)
	}
	m.t.Logf("# %s    (%s)", command, time.Since(began).Round(100*time.Millisecond))
	return said
}

// removeGroups takes away the control groups of a machine that is gone: only empty ones can be, from the inside out.
func removeGroups(name string) {
	mounts, _ := os.ReadFile("/proc/self/mounts")
	for line := range strings.Lines(string(mounts)) {
		fields := strings.Fields(line)
		if len(fields) < 3 || fields[2] != "cgroup2" {
			continue
		}
		var folders []string
		_ = filepath.WalkDir(filepath.Join(fields[1], name), func(path string, d os.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				folders = append(folders, path)
			}
			return nil
		})
		for i := len(folders) - 1; i >= 0; i-- {
			for range 50 { // the last of its processes may not be gone quite yet
				if err := syscall.Rmdir(folders[i]); !errors.Is(err, syscall.EBUSY) {
					break
				}
				time.Sleep(20 * time.Millisecond)
			}
		}
		return
	}
}

// lockedBuffer is a buffer that one goroutine writes and another reads.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
