package vault

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"hotline/recordings"
	"hotline/recordings/conformance"
)

// killed is what the process is told in which Put is killed: the folder, the key file, the recording, and at which step.
type killed struct {
	Folder, Keys string
	Meta         recordings.Meta
	Step         int
}

const killedEnv = "HOTLINE_TEST_KILLED"

// TestMain puts a recording and is killed, in a process that a test has started for it.
func TestMain(m *testing.M) {
	text := os.Getenv(killedEnv)
	if text == "" {
		os.Exit(m.Run())
	}
	var k killed
	keys, err := (*Keys)(nil), json.Unmarshal([]byte(text), &k)
	if err == nil {
		keys, err = ReadKeys(k.Keys)
	}
	var v *Vault
	if err == nil {
		v, err = Open(k.Folder, keys)
	}
	if err == nil {
		v.step = func(name string) {
			fmt.Println(name)
			if k.Step--; k.Step < 0 {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {}
			}
		}
		_, err = v.Put(context.Background(), k.Meta, bytes.NewReader(conformance.Sound(5)))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Whenever the process that puts a recording is killed, the next one has it as a whole and unsettled, or has nothing of it; and it can be put again.
func TestNoKillLeavesHalfARecording(t *testing.T) {
	var steps []string
	for n := 0; ; n++ {
		folder, keys, m := t.TempDir(), newKeys(t), conformance.Talk(now, "anna")
		text, err := json.Marshal(killed{folder, keys.file, m, n})
		if err != nil {
			t.Fatal(err)
		}
		c := exec.CommandContext(t.Context(), os.Args[0])
		c.Env = append(os.Environ(), killedEnv+"="+string(text))
		c.Stderr = os.Stderr
		told, err := c.Output()
		if err == nil { // there are no more steps
			break
		}
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("step %d: %v", n, err)
		}
		names := strings.Fields(strings.ReplaceAll(strings.TrimSpace(strings.ReplaceAll(string(told), " ", "-")), "\n", " "))
		at := names[len(names)-1]
		steps = append(steps, at)
		v, err := Open(folder, keys)
		if err != nil {
			t.Fatalf("killed at %s: %v", at, err)
		}
		unsettled, err := v.Unsettled()
		_, opens := v.Meta(m.ID)
		switch there := at == "sync-folder" || at == "over"; {
		case err != nil:
			t.Errorf("killed at %s: %v", at, err)
		case there && (len(unsettled) != 1 || unsettled[0].ID != m.ID || opens != nil):
			t.Errorf("killed at %s: unsettled is %+v, and it opens with %v", at, unsettled, opens)
		case !there && (len(unsettled) != 0 || !errors.Is(opens, recordings.ErrNone)):
			t.Errorf("killed at %s: unsettled is %+v, and it opens with %v", at, unsettled, opens)
		}
		for _, in := range []string{v.incoming(), v.unsettled()} {
			if left, _ := os.ReadDir(in); len(left) != len(unsettled) && in == v.unsettled() || len(left) != 0 && in == v.incoming() {
				t.Errorf("killed at %s: %s has %v", at, filepath.Base(in), left)
			}
		}
		if _, err := v.Put(t.Context(), m, bytes.NewReader(conformance.Sound(5))); err != nil {
			t.Errorf("killed at %s: put again: %v", at, err)
		}
		if got, err := v.sound(m.ID); err != nil || !bytes.Equal(got, conformance.Sound(5)) {
			t.Errorf("killed at %s: put again it is read with %v", at, err)
		}
		v.Close()
	}
	want := []string{"note", "create", "sound", "sound", "sound", "last", "sync", "rename", "sync-folder", "over"}
	if !slices.Equal(steps, want) {
		t.Errorf("it was killed at %v, want %v", steps, want)
	}
}

// A full disk takes nothing, says so, and what is there stays. The disk is a small one of its own; it needs root.
func TestFullDiskTakesNothingAndLosesNothing(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=1m,mode=700"); err != nil {
		t.Skipf("no disk of its own can be had here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	v := open(t, folder, newKeys(t))
	before := put(t, v, conformance.Sound(1))
	m := conformance.Talk(now)
	if _, err := v.Put(t.Context(), m, bytes.NewReader(loud(60))); !errors.Is(err, recordings.ErrFull) {
		t.Errorf("on a full disk it says %v", err)
	}
	if _, err := v.Meta(m.ID); !errors.Is(err, recordings.ErrNone) {
		t.Errorf("half of it is there: %v", err)
	}
	if left, err := os.ReadDir(v.incoming()); err != nil || len(left) != 0 {
		t.Errorf("on the disk is left %v, %v", left, err)
	}
	if got, err := v.sound(before.ID); err != nil || !bytes.Equal(got, conformance.Sound(1)) {
		t.Errorf("what was there is read with %v", err)
	}
	if _, err := v.Put(t.Context(), m, bytes.NewReader(conformance.Sound(1))); err != nil {
		t.Errorf("what has room is not taken: %v", err)
	}
}

// loud is a sound that cannot be packed.
func loud(seconds int) []byte {
	all, seed := make([]byte, seconds*4*recordings.Rate), uint32(1)
	for i := range all {
		seed = seed*1664525 + 1013904223
		all[i] = byte(seed >> 24)
	}
	return all
}
