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
	Holder string `json:"holder"`          // the spool's name, for ever
	Epoch  int64  `json:"epoch"`           // in which it was in charge last; 0 is never
	Waits  bool   `json:"waits,omitempty"` // for another, who was in charge when it looked last
}

func readMark(spool string) (m mark, err error) {
	text, err := os.ReadFile(markFile(spool))
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if errors.Is(err, fs.ErrNotExist) || err == nil && m.Holder == "" {
		return mark{Holder: strings.ToLower(rand.Text()[:16])}, nil
	}
	if err != nil {
		return m, fmt.Errorf("%s: %w", markFile(spool), err)
	}
	return m, nil
}

// write keeps the mark, where it is not what is kept already. What the disk does not take is known to the database.
func (m mark) write(spool string, log *slog.Logger) {
	text, err := json.Marshal(m)
	if before, unread := os.ReadFile(markFile(spool)); err == nil && (unread != nil || string(before) != string(text)) {
		fresh := markFile(spool) + ".new"
		if err = os.WriteFile(fresh, text, 0o640); err == nil {
			err = os.Rename(fresh, markFile(spool))
		}
	}
	if err != nil {
		log.Error("who is in charge cannot be noted in the spool's folder; a start without a database goes by what was noted before", "err", err)
	}
}
