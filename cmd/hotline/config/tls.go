package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// TLS names the files of a certificate; both or none. A path is relative to the configuration's folder, as those of secrets are.
type TLS struct {
	Certificate string `yaml:"certificate,omitempty"`
	Key         string `yaml:"key,omitempty"`
	strays      []string
}

// Strays says of files that are found in the process's folder alone, or in both, what is to be done about them. They are used all the same.
func (t TLS) Strays() []string { return t.strays }

// placeTLS makes the names of files paths. Once they were relative to the folder of the process: a file that is there and not
// beside the configuration is found as it was, and doubted.
func (c *Config) placeTLS(doc *document) {
	for _, f := range []struct {
		path string
		name *string
	}{{"tls.certificate", &c.TLS.Certificate}, {"tls.key", &c.TLS.Key}} {
		path, name := f.path, f.name
		if *name == "" || filepath.IsAbs(*name) {
			continue
		}
		beside := filepath.Join(filepath.Dir(doc.File), *name)
		one, two, same := isThere(beside), isThere(*name), sameFile(beside, *name)
		stray := ""
		switch {
		case !one && two:
			stray = fmt.Sprintf("%s is not in the folder of the configuration, and is taken from that in which Hotline was started, where another command does not look: write its whole path", *name)
		case one && two && !same:
			stray = fmt.Sprintf("%s is in the folder of the configuration, from which it is taken, and in that in which Hotline was started, too: write its whole path", *name)
		}
		if stray != "" {
			doc.doubt(path, "%s", stray)
			c.TLS.strays = append(c.TLS.strays, path+": "+stray)
		}
		if one || !two {
			*name = beside
		}
	}
}

// isThere says whether a file may be there: one that may not be looked at is.
func isThere(name string) bool {
	_, err := os.Stat(name)
	return !errors.Is(err, fs.ErrNotExist)
}

func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}
