package private

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// A process that works in the dead one's cluster stands for a PostgreSQL that outlived its owner.
func TestWhatADeadProcessLeftIsRemovedAndNothingElse(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	folder := func(name string, files ...string) string {
		dir := filepath.Join(temp, name)
		for _, file := range files {
			at := filepath.Join(dir, file)
			if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(at, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	dead := folder("thing-1", lockName, "postgres/data/PG_VERSION", "spool/facts")
	stays := []string{
		folder("thing-2", "no.lock"),
		folder("other-3", lockName),
		folder("elsewhere", lockName),
		folder("thing-4", lockName+".new"), // its owner is about to hold it
	}
	if err := os.Symlink(stays[2], filepath.Join(temp, "thing-5")); err != nil {
		t.Fatal(err)
	}
	alive, leave, err := TempFolder("thing")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dead); !os.IsNotExist(err) {
		t.Errorf("without a process, the dead one's folder: %v", err)
	}
	dead = folder("thing-1", lockName, "postgres/data/PG_VERSION")
	survivor := exec.Command("sleep", "600")
	survivor.Dir = filepath.Join(dead, "postgres", "data")
	if err := survivor.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = survivor.Wait(); close(ended) }()
	t.Cleanup(func() { _ = survivor.Process.Kill(); <-ended })

	_, leaveOther, err := TempFolder("thing")
	if err != nil {
		t.Fatal(err)
	}
	leaveOther()
	<-ended
	if status := survivor.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() {
		t.Errorf("what ran in the dead one's folder: %v", survivor.ProcessState)
	}
	if _, err := os.Stat(dead); !os.IsNotExist(err) {
		t.Errorf("the dead one's folder: %v", err)
	}
	for _, dir := range append(stays, alive, filepath.Join(temp, "thing-5", lockName)) {
		if _, err := os.Stat(dir); err != nil {
			t.Errorf("what is not a dead process's: %v", err)
		}
	}
	leave()
	if _, err := os.Stat(alive); !os.IsNotExist(err) {
		t.Errorf("the folder that was left: %v", err)
	}
}
