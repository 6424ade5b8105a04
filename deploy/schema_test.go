package deploy_test

import (
	"io/fs"
	"strings"
	"testing"

	"hotline/deploy"
)

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
