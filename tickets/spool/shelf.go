package spool

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"hotline/tickets"
)

func (s *Spool) blocksFile() string { return filepath.Join(s.o.Dir, "numbers.json") }

// AsideFile is where facts are kept that can never be applied: one JSON object a line.
func (s *Spool) AsideFile() string { return filepath.Join(s.o.Dir, "set-aside.jsonl") }

// LoadBlocks gives the reserved ticket numbers that nobody has been given.
func (s *Spool) LoadBlocks() ([]tickets.Block, error) {
	b, err := os.ReadFile(s.blocksFile())
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var blocks []tickets.Block
	if err := json.Unmarshal(b, &blocks); err != nil {
		// Others can be reserved, and a contact centre that does not start for the sake of these would be far worse.
		s.o.Log.Error("the reserved ticket numbers cannot be read, others will be reserved", "file", s.blocksFile(), "err", err)
		return nil, nil
	}
	return blocks, nil
}

// SaveBlocks keeps them, durably and at once.
func (s *Spool) SaveBlocks(blocks []tickets.Block) error {
	b, err := json.Marshal(blocks)
	if err != nil {
		return err
	}
	return replace(s.blocksFile(), b)
}

// aside is a line in AsideFile. Fact is in base64, for it may be anything.
type aside struct {
	At       time.Time `json:"at"`
	Position uint64    `json:"position"`
	Why      string    `json:"why"`
	Fact     string    `json:"fact"`
}

// SetAside keeps an entry that can never be applied where an operator finds it.
func (s *Spool) SetAside(e tickets.Entry, why error) error {
	line, err := json.Marshal(aside{time.Now().UTC(), e.Position, why.Error(), base64.StdEncoding.EncodeToString(e.Fact)})
	if err != nil {
		return err
	}
	s.asideFile.Lock()
	defer s.asideFile.Unlock()
	f, err := os.OpenFile(s.AsideFile(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o640)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}
