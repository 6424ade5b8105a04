// Package sample is deploy's example configuration in the hands of tests: its secrets, copies of it with a mistake, and where in a
// copy a text stands. Only tests import it.
package sample

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hotline/deploy"
)

// Secrets are what the example configuration takes from the environment. Nothing that Hotline prints may hold these.
var Secrets = map[string]string{
	"HOTLINE_ARI_PASSWORD":  "swordfish-ari-9c2f71",
	"HOTLINE_DATABASE_URL":  "postgres://hotline:swordfish-database@127.0.0.1:5432/hotline",
	"HOTLINE_ANNA_PASSWORD": "swordfish-anna",
	"HOTLINE_OLGA_PASSWORD": "swordfish-olga",
}

// SetSecrets puts them into the environment of a test.
func SetSecrets(t *testing.T) {
	t.Helper()
	for name, value := range Secrets {
		t.Setenv(name, value)
	}
}

// Changed is the example with some of its text replaced, in a file.
func Changed(t *testing.T, oldNew ...string) (file string) {
	t.Helper()
	source := string(deploy.Configuration)
	for i := 0; i < len(oldNew); i += 2 {
		if !strings.Contains(source, oldNew[i]) {
			t.Fatalf("the example does not hold %q", oldNew[i])
		}
		source = strings.Replace(source, oldNew[i], oldNew[i+1], 1)
	}
	file = filepath.Join(t.TempDir(), "hotline.yaml")
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Where is the line and column of a text's first occurrence in a file.
func Where(t *testing.T, file, text string) string {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, _, found := strings.Cut(string(source), text)
	if !found {
		t.Fatalf("%s does not hold %q", file, text)
	}
	line := strings.Count(before, "\n") + 1
	column := len([]rune(before[strings.LastIndex(before, "\n")+1:])) + 1
	return fmt.Sprintf("%s:%d:%d", file, line, column)
}

// KeepsSecrets checks that a text holds no secret.
func KeepsSecrets(t *testing.T, text string) {
	t.Helper()
	if strings.Contains(text, "swordfish") {
		t.Errorf("a secret is told: %s", text)
	}
}

// Written is a text in a file.
func Written(t *testing.T, text string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "written.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
