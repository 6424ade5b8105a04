package private

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// A process with the dead instance's configuration as its argument stands for an Asterisk that outlived its owner.
func TestAnAsteriskThatOutlivedItsOwnerIsEnded(t *testing.T) {
	in := installation{homes: t.TempDir()}
	dead := filepath.Join(in.homes, "a-1")
	alive := filepath.Join(in.homes, "a-2")
	for _, dir := range []string{dead, alive} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	release, err := own(alive)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	survivor := exec.Command("sleep", "600")
	survivor.Args = []string{filepath.Join(dead, "etc", "asterisk.conf"), "600"}
	if err := survivor.Start(); err != nil {
		t.Fatal(err)
	}
	if err := sweep(in); err != nil {
		t.Fatal(err)
	}
	_ = survivor.Wait()
	if status := survivor.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGKILL {
		t.Errorf("it ended with %v", survivor.ProcessState)
	}
	if _, err := os.Stat(dead); !os.IsNotExist(err) {
		t.Errorf("the dead one's folder: %v", err)
	}
	if _, err := os.Stat(alive); err != nil {
		t.Errorf("the living one's folder: %v", err)
	}
}

func TestPortsOfInstancesNeverOverlap(t *testing.T) {
	a, err := takePorts("127.0.0.1", 0, 0, 3500)
	if err != nil {
		t.Fatal(err)
	}
	defer a.release()
	b, err := takePorts("127.0.0.1", 0, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	defer b.release()
	if a.rtpLast-a.rtpFirst+1 < 3500 || (a.rtpFirst <= b.rtpLast && b.rtpFirst <= a.rtpLast) || a.sip == b.sip || a.http == b.http {
		t.Errorf("%+v and %+v", a, b)
	}
	if _, err := takePorts("127.0.0.1", 0, 0, units*rtpPerUnit); err == nil {
		t.Error("more ports than are left were given")
	}
}
