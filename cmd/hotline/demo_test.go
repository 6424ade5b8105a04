package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"hotline/cmd/hotline/demo"
)

// lastFigures is the line that the demo ends with.
var lastFigures = regexp.MustCompile(`calls=(\d+) tickets=(\d+) orphans=(\d+) answered=(\d+) abandoned=(\d+) waiting=(\d+) sl=(\d\.\d\d|-)\n$`)

func TestDemoOfEachOrganisationLosesNothing(t *testing.T) {
	t.Parallel()
	for _, o := range demo.Organisations {
		t.Run(o.Name, func(t *testing.T) {
			d := startDemo(t, os.TempDir(), "--organisation", o.Name, "--for", "25s", "--rate", "60", "--seed", "7", "--quiet")
			d.ends(3*time.Minute, 0)
			figures := lastFigures.FindStringSubmatch(d.said())
			if figures == nil {
				t.Fatalf("the demo ended with no figures:\n%s", d.said())
			}
			if figures[1] == "0" || figures[1] != figures[2] || figures[3] != "0" || figures[4] == "0" || figures[6] != "0" {
				t.Errorf("the figures are %s", figures[0])
			}
		})
	}
}

func TestDemoEndsOnCtrlCAndStartsAgainAfterACrash(t *testing.T) {
	t.Parallel()
	temp := tempForDemos(t)
	d := startDemo(t, temp, "--rate", "60")
	d.says("Customers  60 calls a minute")
	servers := d.servers()
	_ = d.cmd.Process.Signal(syscall.SIGKILL)
	<-d.done
	d.gone(servers)
	left := foldersOfDemos(t, temp)

	d = startDemo(t, temp, "--rate", "60")
	d.says("Customers  60 calls a minute")
	if now := foldersOfDemos(t, temp); len(left) != 1 || len(now) != 1 || now[0] == left[0] {
		t.Errorf("the demo that crashed left %v, and with the next one there are %v", left, now)
	}
	for _, want := range []string{"http://127.0.0.1:", "Sign in", "sip:+74950000100@"} {
		if !strings.Contains(d.said(), want) {
			t.Errorf("it does not say %q:\n%s", want, d.said())
		}
	}
	d.says("calls=")
	servers = d.servers()
	pressed := time.Now()
	_ = d.cmd.Process.Signal(os.Interrupt)
	d.ends(2*atOnce, 0)
	if took := time.Since(pressed); took > atOnce+10*time.Second { // 10 s on a quiet machine
		t.Errorf("Ctrl-C took %s", took)
	}
	d.gone(servers)
	if left := foldersOfDemos(t, temp); len(left) != 0 {
		t.Errorf("after Ctrl-C there are %v", left)
	}
}

// tempForDemos is where the demos of a test put their folders: a place that PostgreSQL's user may enter.
func tempForDemos(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "demos-")
	if err == nil {
		err = os.Chmod(dir, 0o711)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func foldersOfDemos(t *testing.T, temp string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(temp, "hotline-demo-*", "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// runningDemo is `hotline demo` in a process of its own.
type runningDemo struct {
	t    *testing.T
	cmd  *exec.Cmd
	done chan struct{}

	mu  sync.Mutex
	out bytes.Buffer
}

func (d *runningDemo) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.out.Write(b)
}

func (d *runningDemo) said() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.out.String()
}

func startDemo(t *testing.T, temp string, flags ...string) *runningDemo {
	t.Helper()
	d := &runningDemo{t: t, cmd: exec.Command(os.Args[0], append([]string{"demo", "--listen", "127.0.0.1:0"}, flags...)...), done: make(chan struct{})}
	d.cmd.Env = append(os.Environ(), "HOTLINE_TEST_MAIN=1", "TMPDIR="+temp)
	d.cmd.Stdout, d.cmd.Stderr = d, d
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = d.cmd.Wait(); close(d.done) }()
	t.Cleanup(func() {
		_ = d.cmd.Process.Kill()
		<-d.done
	})
	return d
}

// says waits until the demo has said something.
func (d *runningDemo) says(want string) {
	d.t.Helper()
	eventually(d.t, 4*atOnce, "the demo says "+want, func() error {
		select {
		case <-d.done:
			d.t.Fatalf("the demo ended:\n%s", d.said())
		default:
		}
		if !strings.Contains(d.said(), want) {
			return fmt.Errorf("it said %q", d.said())
		}
		return nil
	})
}

func (d *runningDemo) ends(within time.Duration, code int) {
	d.t.Helper()
	select {
	case <-d.done:
	case <-time.After(within):
		d.t.Fatalf("the demo did not end within %s:\n%s", within, d.said())
	}
	if got := d.cmd.ProcessState.ExitCode(); got != code {
		d.t.Errorf("the demo ended with status %d:\n%s", got, d.said())
	}
}

// servers are the processes that the demo has started: PostgreSQL and Asterisk.
func (d *runningDemo) servers() []string {
	d.t.Helper()
	parent := fmt.Sprintf("\nPPid:\t%d\n", d.cmd.Process.Pid)
	all, _ := filepath.Glob("/proc/[0-9]*")
	var started []string
	for _, proc := range all {
		if status, err := os.ReadFile(proc + "/status"); err == nil && strings.Contains(string(status), parent) {
			started = append(started, proc)
		}
	}
	if len(started) < 2 {
		d.t.Fatalf("the demo has started %d servers", len(started))
	}
	return started
}

// gone waits until these processes have ended.
func (d *runningDemo) gone(servers []string) {
	d.t.Helper()
	eventually(d.t, atOnce, "the demo's servers have ended", func() error {
		for _, proc := range servers {
			if line, err := os.ReadFile(proc + "/cmdline"); err == nil && len(line) > 0 {
				return fmt.Errorf("%q runs", bytes.ReplaceAll(line, []byte{0}, []byte{' '}))
			}
		}
		return nil
	})
}
