package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hotline/cmd/hotline/config/sample"
)

// besides puts the example into a folder of its own, with a file of environment variables beside it.
func besides(t *testing.T, lines string) (file string) {
	t.Helper()
	file = sample.Changed(t)
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "environment"), []byte(lines), 0o640); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestSecretsComeFromAFileBesideTheConfiguration(t *testing.T) {
	t.Setenv("HOTLINE_OLGA_PASSWORD", "swordfish-olga")
	const lines = "\ufeff# secrets\r\n\r\n; and more\nHOTLINE_ARI_PASSWORD = a;b=c#d \n" +
		`HOTLINE_DATABASE_URL="host=/run/postgresql dbname=hotline"` + "\nHOTLINE_ANNA_PASSWORD='swordfish anna'\nHOTLINE_OLGA_PASSWORD=another\nUNUSED="
	c, err := Load(besides(t, lines))
	if err != nil {
		t.Fatal(err)
	}
	for what, got := range map[string][2]string{
		"ARI":      {c.Asterisk.Password.Text(), "a;b=c#d"},
		"database": {c.Database.URL.Text(), "host=/run/postgresql dbname=hotline"},
		"anna":     {c.People[0].Password.Text(), "swordfish anna"},
		"olga, of whom the process's own environment knows": {c.People[1].Password.Text(), "swordfish-olga"},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: the secret is %q, not %q", what, got[0], got[1])
		}
	}
}

func TestMistakesInTheFileOfSecretsAreToldWithoutThem(t *testing.T) {
	for name := range sample.Secrets {
		t.Setenv(name, "")
	}
	file := besides(t, "HOTLINE_ARI_PASSWORD=swordfish-ari\nexport HOTLINE_DATABASE_URL=swordfish\nswordfish\nHOTLINE_ANNA_PASSWORD=\n")
	_, err := Load(file)
	if err == nil {
		t.Fatal("it is sound")
	}
	beside := filepath.Join(filepath.Dir(file), "environment")
	for _, want := range []string{
		file + ": line 2 of the file " + beside + " is not NAME=value, nor a comment",
		file + ": line 3 of the file " + beside + " is not NAME=value, nor a comment",
		"database.url: the environment variable HOTLINE_DATABASE_URL is not set, and has no value in the file " + beside,
		"people.0.password: the environment variable HOTLINE_ANNA_PASSWORD is not set, and has no value in the file " + beside,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not among:\n%v", want, err)
		}
	}
	sample.KeepsSecrets(t, err.Error())
}

func TestAFileOfSecretsThatCannotBeReadIsNamed(t *testing.T) {
	for name := range sample.Secrets {
		t.Setenv(name, "")
	}
	file := sample.Changed(t)
	beside := filepath.Join(filepath.Dir(file), "environment")
	if err := os.Mkdir(beside, 0o700); err != nil { // root may read whatever is a file
		t.Fatal(err)
	}
	_, err := Load(file)
	if err == nil || !strings.Contains(err.Error(), "the file "+beside+" cannot be read: is a directory") {
		t.Errorf("told is: %v", err)
	}
	sample.SetSecrets(t)
	if _, err := Load(file); err != nil {
		t.Errorf("nothing is needed of the file, and yet: %v", err)
	}
}
