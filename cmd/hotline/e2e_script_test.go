package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// scriptTime is how long a browser's script may take: ten times what it does take.
const scriptTime = 150 * time.Second

// script is one of agentapi/pages/e2e at work in node: it drives a Chromium, and tells each step as a line of JSON.
type script struct {
	t    *testing.T
	name string

	mu    sync.Mutex
	lines []string
	steps map[string]int // which line told a step first
	ended bool
	news  chan struct{} // closed and replaced when any of these changes
}

// script starts one. It ends with the test at the latest, and takes its browser along.
func (s *stage) script(name string, settings map[string]string) *script {
	s.t.Helper()
	return startScript(s.t, name, s.pages(), settings)
}

// startScript starts one against pages at an address.
func startScript(t *testing.T, name, pages string, settings map[string]string) *script {
	t.Helper()
	return startScriptFor(t, scriptTime, name, pages, settings, nil)
}

// startScriptFor starts one that may take so long; what it reads from is input.
func startScriptFor(t *testing.T, limit time.Duration, name, pages string, settings map[string]string, input io.Reader) *script {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	cmd := exec.CommandContext(ctx, "node", "e2e/"+name+".mjs")
	cmd.Dir = pagesFolder
	cmd.Stdin = input
	cmd.Env = append(os.Environ(), "BASE_URL="+pages, "OUT="+pictures(t), "WAIT_S=60")
	for name, value := range settings {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	// SIGTERM, and not SIGKILL: on that Playwright ends its browser. It comes too when this process dies.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	cmd.WaitDelay = 5 * time.Second
	c := &script{t: t, name: name, steps: make(map[string]int), news: make(chan struct{})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // Pdeathsig comes with the end of the thread, prctl(2)
		defer runtime.UnlockOSThread()
		c.run(cmd)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		if t.Failed() {
			t.Logf("%s.mjs told:\n%s", name, c)
		}
	})
	return c
}

// pictures is where the scripts leave their pictures.
func pictures(t *testing.T) string {
	if dir := os.Getenv("HOTLINE_PICTURES"); dir != "" {
		return dir
	}
	return filepath.Join(t.TempDir(), "pictures")
}

func (c *script) run(cmd *exec.Cmd) {
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err == nil {
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 8<<20) // the text of whole pages, where one failed
		for lines.Scan() {
			c.note(lines.Text())
		}
		err = cmd.Wait()
	}
	if err != nil {
		c.note(fmt.Sprintf("%v %s", err, complaints.Bytes()))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	close(c.news)
}

func (c *script) note(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var told struct{ Step string }
	if json.Unmarshal([]byte(line), &told) == nil {
		if _, again := c.steps[told.Step]; !again {
			c.steps[told.Step] = len(c.lines)
		}
	}
	c.lines = append(c.lines, line)
	close(c.news)
	c.news = make(chan struct{})
}

// awaits waits for a step, and fails when the script ends without it.
func (c *script) awaits(step string) {
	c.t.Helper()
	for {
		c.mu.Lock()
		_, there := c.steps[step]
		ended, news := c.ended, c.news
		c.mu.Unlock()
		switch {
		case there:
			return
		case ended:
			c.t.Fatalf("%s.mjs did not come to %q", c.name, step)
		}
		<-news
	}
}

// line is the place of a step in what was told; it must have been told.
func (c *script) line(step string) int {
	c.t.Helper()
	c.awaits(step)
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.steps[step]
}

func (c *script) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.lines, "\n")
}
