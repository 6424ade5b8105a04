package personal

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hotline/tickets/postgres"
	"hotline/tickets/spool"
)

// Export is all that an installation holds about a person.
type Export struct {
	Person     postgres.Person     `json:"person"`
	At         time.Time           `json:"at"`
	Database   postgres.Dossier    `json:"database"`             // rows by table
	Disk       map[string][]string `json:"disk"`                 // lines by file, of the journal and the spool
	Files      map[string]string   `json:"files"`                // of their tickets: what each is called in the folder files beside this file, by its id, where a folder or an archive takes them
	Recordings []string            `json:"recordings"`           // their names; the sound stands beside this file where a folder or an archive takes it
	Unreadable []string            `json:"unreadable,omitempty"` // recordings by their names and files by their ids that are not there any more, or damaged
}

// Disk finds the lines on disk that hold one of some texts, by file: in the journal, in what was set aside, in the book of callbacks
// and in the notes of the dialplan.
func Disk(dir string, texts []string) (map[string][]string, error) {
	return held(dir, texts, "journal/*.jsonl", "set-aside.jsonl", callbacks)
}

const callbacks = "callbacks/*.json"

// Callbacks is Disk for the book of callbacks alone, in which those stand who wait for one.
func Callbacks(dir string, texts []string) (map[string][]string, error) {
	return held(dir, texts, callbacks)
}

func held(dir string, texts []string, patterns ...string) (map[string][]string, error) {
	found := make(map[string][]string)
	var failed error
	for _, pattern := range patterns {
		files, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, file := range files {
			lines, err := linesWith(file, texts)
			failed = errors.Join(failed, err)
			if len(lines) > 0 {
				name, _ := filepath.Rel(dir, file)
				found[name] = lines
			}
		}
	}
	return found, failed
}

// linesWith are the lines of a file that hold one of some texts; a fact that was set aside is looked into.
func linesWith(file string, texts []string) (found []string, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewReaderSize(f, 1<<16)
	for {
		line, err := lines.ReadBytes('\n')
		if spool.Holds(line, texts...) {
			found = append(found, strings.TrimSpace(string(line)))
		}
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return found, err
		}
	}
}
