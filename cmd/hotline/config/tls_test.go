package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hotline/cmd/hotline/config/sample"
)

// The files of a certificate are looked for where those of secrets are, and found where older versions found them.
func TestTLSFilesAreRelativeToTheConfiguration(t *testing.T) {
	sample.SetSecrets(t)
	t.Chdir(t.TempDir()) // where the process is
	for _, x := range []struct {
		what, tls        string
		beside, here     []string // the files that are there
		certificate, key string   // beside: in the configuration's folder
		warns            []string
	}{
		{"beside the configuration", "{certificate: hotline.crt, key: hotline.key}", []string{"hotline.crt", "hotline.key"}, nil, "beside/hotline.crt", "beside/hotline.key", nil},
		{"below it", "{certificate: tls/hotline.crt, key: ./hotline.key}", []string{"tls/hotline.crt", "hotline.key"}, nil, "beside/tls/hotline.crt", "beside/hotline.key", nil},
		{"nowhere yet", "{certificate: hotline.crt, key: hotline.key}", nil, nil, "beside/hotline.crt", "beside/hotline.key", nil},
		{"in the process's folder", "{certificate: hotline.crt, key: hotline.key}", nil, []string{"hotline.crt", "hotline.key"}, "hotline.crt", "hotline.key",
			[]string{"tls.certificate: hotline.crt is not in the folder", "tls.key: hotline.key is not in the folder"}},
		{"one of them in the process's folder", "{certificate: hotline.crt, key: hotline.key}", []string{"hotline.crt"}, []string{"hotline.key"}, "beside/hotline.crt", "hotline.key",
			[]string{"tls.key: hotline.key is not in the folder"}},
		{"in both", "{certificate: hotline.crt, key: hotline.key}", []string{"hotline.crt", "hotline.key"}, []string{"hotline.key"}, "beside/hotline.crt", "beside/hotline.key",
			[]string{"tls.key: hotline.key is in the folder of the configuration, from which"}},
		{"anywhere", "{certificate: /etc/tls/a.crt, key: /etc/tls/a.key}", nil, nil, "/etc/tls/a.crt", "/etc/tls/a.key", nil},
	} {
		t.Run(x.what, func(t *testing.T) {
			file := sample.Changed(t, "# tls: {certificate: hotline.crt, key: hotline.key}", "tls: "+x.tls)
			t.Chdir(t.TempDir())
			for _, name := range x.here {
				touch(t, name)
			}
			for _, name := range x.beside {
				touch(t, filepath.Join(filepath.Dir(file), name))
			}
			c, err := Load(file)
			if err != nil {
				t.Fatal(err)
			}
			for got, want := range map[string]string{c.TLS.Certificate: x.certificate, c.TLS.Key: x.key} {
				if name, beside := strings.CutPrefix(want, "beside/"); beside {
					want = filepath.Join(filepath.Dir(file), name)
				}
				if got != want {
					t.Errorf("%s is taken, not %s", got, want)
				}
			}
			strays := slices.Sorted(slices.Values(c.TLS.Strays()))
			_, doubts := checking(t, files{Config: file})
			if len(strays) != len(x.warns) || len(doubts) != len(x.warns) {
				t.Fatalf("it warns of %q and doubts %q", strays, doubts)
			}
			for i, want := range x.warns {
				if !strings.HasPrefix(strays[i], want) || !strings.Contains(strings.Join(doubts, "\n"), ": warning: "+want) {
					t.Errorf("it warns of %q and doubts %q, not of %s", strays[i], doubts, want)
				}
			}
		})
	}
	// The configuration may itself be named from the process's folder.
	file := sample.Changed(t, "# tls: {certificate: hotline.crt, key: hotline.key}", "tls: {certificate: hotline.crt, key: hotline.key}")
	t.Chdir(filepath.Dir(file))
	touch(t, "hotline.crt")
	if c, err := Load("hotline.yaml"); err != nil || c.TLS.Certificate != "hotline.crt" || len(c.TLS.Strays()) > 0 {
		t.Errorf("%q, %q, %v", c.TLS.Certificate, c.TLS.Strays(), err)
	}
}

func touch(t *testing.T, name string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}
