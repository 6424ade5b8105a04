package config

import (
	"slices"
	"testing"

	"hotline/cmd/hotline/config/sample"
)

// Who sets Hotline up tries check, and doctor perhaps later or never.
func TestCheckWarnsOfAWeakPasswordOfARI(t *testing.T) {
	file := sample.Changed(t)
	for password, text := range map[string]string{
		"hotline": "is the user's name", "swordfish": "has 9 characters, and needs 16 by chance", "aaaaaaaaaaaaaaaaaaaa": "is not made by chance", "0123456789abcdef": "is not made by chance",
		"7f1d0c5be92a4486b3f0": "",
	} {
		sample.SetSecrets(t)
		t.Setenv("HOTLINE_ARI_PASSWORD", password)
		_, doubted, err := Check(file, "", "", 20)
		var want []string
		if text != "" {
			want = []string{sample.Where(t, file, "env: HOTLINE_ARI_PASSWORD") + ": warning: asterisk.password: what it leads to " + text + ": whoever guesses it has all calls; make one with: openssl rand -hex 16"}
		}
		var got []string
		for _, d := range doubted {
			got = append(got, d.Error())
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v; want %q", password, got, err, want)
		}
		if _, err := Load(file); err != nil {
			t.Errorf("%s keeps Hotline from starting: %v", password, err)
		}
	}
}
