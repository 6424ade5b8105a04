package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
)

// mark is what a spool knows of the lease, for a start at which the database is away.
type mark struct {
	Holder  string `json:"holder"`            // the spool's name, as long as it is on this machine
	Epoch   int64  `json:"epoch"`             // in which it was in charge last; 0 is never
	Waits   bool   `json:"waits,omitempty"`   // for another, who was in charge when it looked last
	Serves  bool   `json:"serves,omitempty"`  // it is in charge; so it was where it died in that
	Machine string `json:"machine,omitempty"` // where it is; "" is not known
}

// readMark reads the mark of a spool on a machine. copied says that it was made on another one, which may still have its own: this one has a name of its own then.
// So it has where the mark cannot be read, which is an error beside it.
func readMark(spool, machine string) (m mark, copied bool, err error) {
	text, err := os.ReadFile(markFile(spool))
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if errors.Is(err, fs.ErrNotExist) || err == nil && m.Holder == "" {
		return newMark(machine), false, nil
	}
	if err != nil {
		return newMark(machine), false, fmt.Errorf("%s: %w", markFile(spool), err)
	}
	if m.Machine != "" && machine != "" && m.Machine != machine {
		return newMark(machine), true, nil
	}
	if machine != "" {
		m.Machine = machine
	}
	return m, false, nil
}

func newMark(machine string) mark {
	return mark{Holder: strings.ToLower(rand.Text()[:16]), Machine: machine}
}

// thisMachine is what tells this machine from others; "" where it has no such name.
func thisMachine() string {
	id, _ := os.ReadFile("/etc/machine-id")
	return strings.TrimSpace(string(id))
}

// write keeps the mark, where it is not what is kept already. What the disk does not take is known to the database.
func (m mark) write(spool string, log *slog.Logger) {
	text, err := json.Marshal(m)
	if before, unread := os.ReadFile(markFile(spool)); err == nil && (unread != nil || string(before) != string(text)) {
		err = keptFile(markFile(spool)).Keep(text)
	}
	if err != nil {
		log.Error("who is in charge cannot be noted in the spool's folder; a start without a database goes by what was noted before", "err", err)
	}
}
