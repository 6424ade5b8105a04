package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// vulnerable is a database of vulnerabilities, as https://go.dev/doc/security/vuln/database has its form, with one about a module that
// Hotline uses.
var vulnerable = map[string]string{
	"index/db.json":      `{"modified":"2026-11-01T00:00:00Z"}`,
	"index/modules.json": `[{"path":"github.com/gorilla/websocket","vulns":[{"id":"GO-2026-9999","modified":"2026-11-01T00:00:00Z"}]}]`,
	"index/vulns.json":   `[{"id":"GO-2026-9999","modified":"2026-11-01T00:00:00Z"}]`,
	"ID/GO-2026-9999.json": `{"schema_version":"1.3.1","id":"GO-2026-9999","modified":"2026-11-01T00:00:00Z","published":"2026-11-01T00:00:00Z",
		"summary":"made up by a test","details":"made up by a test","affected":[{"package":{"name":"github.com/gorilla/websocket","ecosystem":"Go"},
		"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}],"ecosystem_specific":{"imports":[{"path":"github.com/gorilla/websocket"}]}}],
		"database_specific":{"url":"https://pkg.go.dev/vuln/GO-2026-9999"}}`,
}

func TestAuditNamesWhatIsInTheProgramAndWhatIsWrongWithIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range vulnerable {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	audit := exec.CommandContext(t.Context(), "../../.ci/audit")
	audit.Env = append(os.Environ(), "SCAN=module", "VULNDB=file://"+dir)
	out, err := audit.CombinedOutput()
	if err == nil {
		t.Error("the audit is content with a vulnerable module")
	}
	for _, want := range []string{"github.com/jackc/pgx/v5 v", "jssip@", "GO-2026-9999", "github.com/gorilla/websocket@v"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the audit does not say %q:\n%s", want, out)
		}
	}
}
