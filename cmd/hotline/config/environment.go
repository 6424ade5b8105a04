package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"hotline/cmd/hotline/config/written"
)

// environmentFile is a file beside the configuration, in which variables may stand that the process's environment lacks, one
// NAME=value a line. Hotline reads it itself, and with each reload anew: what systemd puts into a process's environment stays as it
// was when the process began, and the commands that an administrator types would lack it.
const environmentFile = "environment"

// environment is where {env: NAME} is looked up: first in the process's own, then in the file.
type environment struct {
	file  string
	lines map[string]string // nil where there is no such file, or it cannot be read
	err   error             // why it cannot be read
}

// readEnvironment reads the file beside the configuration, where there is one. Lines that are neither a comment nor NAME=value are
// noted in the document, and never quoted: they may hold a secret. systemd, which read this file before, passed over them.
func (doc *document) readEnvironment() environment {
	e := environment{file: filepath.Join(filepath.Dir(doc.File), environmentFile)}
	source, err := written.Source(e.file)
	if errors.Is(err, fs.ErrNotExist) {
		return e
	}
	if err == nil {
		source, _, err = written.Clean(source)
	}
	if err != nil {
		e.err = err
		return e
	}
	e.lines = make(map[string]string)
	number := 0
	for line := range strings.Lines(string(source)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		name, value, found := strings.Cut(line, "=")
		if name = strings.TrimSpace(name); !found || !environmentName.MatchString(name) {
			doc.OverdueBeside("line %d of the file %s is not NAME=value, nor a comment", number, e.file)
			continue
		}
		e.lines[name] = unquoted(strings.TrimSpace(value))
	}
	return e
}

// unquoted takes away the quotes around a value, as systemd and shells do.
func unquoted(value string) string {
	if n := len(value); n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
		return value[1 : n-1]
	}
	return value
}

// get is a variable's value, "" where it has none.
func (e environment) get(name string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return e.lines[name]
}

// missing says where a variable was looked for in vain.
func (e environment) missing(name string) string {
	switch {
	case e.err != nil:
		return "the environment variable " + name + " is not set, and the file " + e.file + " cannot be read: " + e.err.Error()
	case e.lines != nil:
		return "the environment variable " + name + " is not set, and has no value in the file " + e.file
	default:
		return "the environment variable " + name + " is not set"
	}
}
