package deploy_test

import (
	"io/fs"
	"strings"
	"testing"

	"hotline/deploy"
)

// What is made beside the work may wait for it, and nobody waits behind it; whatever else waits for a table must give up soon (see cmd/hotline/schema).
func TestWhatIsMadeBesideTheWorkAloneMayWaitForIt(t *testing.T) {
	files, err := fs.Glob(deploy.Schema, "schema/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	beside := 0
	for _, file := range files {
		text, err := fs.ReadFile(deploy.Schema, file)
		if err != nil {
			t.Fatal(err)
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		waits := false
		for line := range strings.Lines(up) {
			switch {
			case strings.HasPrefix(line, "SET lock_timeout = 0;"):
				waits = true
			case strings.HasPrefix(line, "RESET lock_timeout;"):
				waits = false
			case strings.HasPrefix(line, "--"):
			case strings.Contains(line, "CONCURRENTLY"):
				if beside++; !waits {
					t.Errorf("%s: it gives up after two seconds, unless SET lock_timeout = 0 stands above it, and RESET lock_timeout below: %s", file, line)
				}
			case waits && (strings.Contains(line, "TABLE ") || strings.Contains(line, "TRIGGER ") || strings.HasPrefix(line, "UPDATE ")):
				t.Errorf("%s: all wait behind it: %s", file, line)
			}
		}
		if waits {
			t.Errorf("%s: what comes after it waits for ever: RESET lock_timeout is missing", file)
		}
	}
	if beside < 20 {
		t.Errorf("only %d statements were found", beside)
	}
}

// TestMigrationsHaveEachANumberOfTheirOwn: with a number twice no migration is applied, and nobody can sign in.
func TestMigrationsHaveEachANumberOfTheirOwn(t *testing.T) {
	files, err := fs.Glob(deploy.Schema, "schema/*.sql")
	if err != nil || len(files) < 9 {
		t.Fatalf("%d migrations, %v", len(files), err)
	}
	of := map[string]string{}
	for _, file := range files {
		number, _, _ := strings.Cut(strings.TrimPrefix(file, "schema/"), "_")
		if before := of[number]; before != "" || len(number) != 3 {
			t.Errorf("%s: the number %s is not three digits, or is that of %s", file, number, before)
		}
		of[number] = file
	}
}
