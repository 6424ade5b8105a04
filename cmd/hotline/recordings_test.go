package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hotline/cmd/hotline/config/sample"
	"hotline/deploy"
	"hotline/recordings/conformance"
	"hotline/recordings/vault"
)

// TestKeysOfRecordingsAreChangedByCommands from the first key to the day on which the old one is taken out of the file.
func TestKeysOfRecordingsAreChangedByCommands(t *testing.T) {
	folder := t.TempDir()
	keys, file, spool := filepath.Join(folder, "recordings.keys"), filepath.Join(folder, "hotline.yaml"), filepath.Join(folder, "spool")
	var lines []string
	for line := range strings.Lines(string(deploy.Configuration)) {
		if strings.HasPrefix(line, "spool:") {
			line = "spool: " + spool + "\n"
		}
		lines = append(lines, line)
	}
	if err := os.WriteFile(file, []byte(strings.Join(lines, "")+"\nrecordings: {keys: recordings.keys}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	sample.SetSecrets(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(newKeyCommand{keys}.Run())
	k, err := vault.ReadKeys(keys)
	must(err)
	v, err := vault.Open(filepath.Join(spool, "vault"), k)
	must(err)
	defer v.Close()
	_, err = v.Put(t.Context(), conformance.Talk(time.Now(), "anna"), bytes.NewReader(conformance.Sound(1)))
	must(err)
	must(newKeyCommand{keys}.Run())
	must(rotateKeysCommand{file}.Run(t.Context()))
	content, err := os.ReadFile(keys)
	must(err)
	first, _, _ := strings.Cut(string(content), "\n")
	must(os.WriteFile(keys, []byte(first+"\n"), 0o600))
	must(verifyCommand{file}.Run(t.Context()))
	must(newKeyCommand{keys}.Run())
	content, err = os.ReadFile(keys)
	must(err)
	first, _, _ = strings.Cut(string(content), "\n")
	must(os.WriteFile(keys, []byte(first+"\n"), 0o600))
	if err := (verifyCommand{file}).Run(t.Context()); err == nil {
		t.Error("without its key a recording is as it was kept")
	}
	if err := (rotateKeysCommand{file}).Run(t.Context()); err == nil {
		t.Error("without its key a recording's is changed")
	}
}
