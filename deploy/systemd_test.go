package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// mostExposed is the exposure, in tenths, above which systemd says that a service is no longer "OK". Hotline's is half of it.
const mostExposed = "20"

// TestTheUnitIsSoundAndShut asks systemd itself, which needs not run for it. That the unit works, too, is tried on a booted machine:
// see TestReadmeInstallsOnABareDebian.
func TestTheUnitIsSoundAndShut(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("the unit is not looked at: no systemd-analyze here (deploy/setup.sh installs it)")
	}
	source, err := os.ReadFile("systemd/hotline.service")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	program, unit := filepath.Join(dir, "hotline"), filepath.Join(dir, "hotline.service")
	text := strings.ReplaceAll(string(source), "/usr/bin/hotline", program) // systemd looks whether it is there
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(unit, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(analyze, "verify", "--man=no", unit).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	if out, err := exec.Command(analyze, "security", "--offline=true", "--no-pager", "--threshold="+mostExposed, unit).CombinedOutput(); err != nil {
		t.Errorf("systemd-analyze security: %v\n%s", err, out)
	}
}
