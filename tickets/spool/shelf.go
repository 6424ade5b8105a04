package spool

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"syscall"
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
	free, err := s.lockAside()
	if err != nil {
		return err
	}
	defer free()
	f, err := os.OpenFile(s.AsideFile(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o640)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}

// lockAside lets one goroutine of one process write AsideFile: an operator's command does, too.
func (s *Spool) lockAside() (free func(), err error) {
	s.asideFile.Lock()
	f, err := os.OpenFile(filepath.Join(s.o.Dir, "set-aside.lock"), os.O_CREATE|os.O_RDWR, 0o640)
	if err == nil {
		err = GiveTo(s.o.Dir, f.Name())
	}
	if err == nil {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
	}
	if err != nil {
		s.asideFile.Unlock()
		return nil, err
	}
	return func() {
		f.Close() // which frees it
		s.asideFile.Unlock()
	}, nil
}

// GiveTo makes a file belong to whom a folder does: a command may be root's, and Hotline's user has to write and remove what it leaves.
func GiveTo(folder, file string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	is, err := os.Stat(folder)
	if err != nil {
		return err
	}
	if owner, ok := is.Sys().(*syscall.Stat_t); ok {
		return os.Lchown(file, int(owner.Uid), int(owner.Gid)) // not what a link there leads to
	}
	return nil
}

// Kept is a fact that was set aside.
type Kept struct {
	At   time.Time
	Why  string
	Fact []byte // nil where the line cannot be read; it holds personal data
}

// ReadAside lists what was set aside in a spool's folder, in order, also while a Hotline has it open.
func ReadAside(dir string) (all []Kept, err error) {
	text, err := os.ReadFile((&Spool{o: Options{Dir: dir}}).AsideFile())
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	for line := range bytes.Lines(text) {
		all = append(all, readAside(line))
	}
	return all, err
}

func readAside(line []byte) (k Kept) {
	var a aside
	if err := json.Unmarshal(line, &a); err != nil {
		return Kept{Why: "the line cannot be read"}
	}
	k = Kept{At: a.At, Why: a.Why}
	k.Fact, _ = base64.StdEncoding.DecodeString(a.Fact) // a fact that is nil then
	return k
}

// RetryAside tries each fact that was set aside in a spool's folder, in order. One that is taken is set aside no more, and one that is refused (tickets.ErrRefused) stays,
// with the new reason. Any other error says nothing of the fact: it ends the trying, and what is not taken by then stays as it is. A Hotline that has the folder open
// waits meanwhile before it sets more aside.
func RetryAside(dir string, try func(fact []byte) error) (taken, left int, err error) {
	s := &Spool{o: Options{Dir: dir}}
	free, err := s.lockAside()
	if err != nil {
		return 0, 0, err
	}
	defer free()
	text, err := os.ReadFile(s.AsideFile())
	if errors.Is(err, os.ErrNotExist) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, err
	}
	var kept bytes.Buffer
	for line := range bytes.Lines(text) {
		var a aside
		if err == nil && json.Unmarshal(line, &a) == nil {
			fact, _ := base64.StdEncoding.DecodeString(a.Fact)
			why := try(fact)
			switch {
			case why == nil:
				taken++
				continue
			case !errors.Is(why, tickets.ErrRefused):
				err = why
			default:
				a.Why = why.Error()
				if again, err := json.Marshal(a); err == nil {
					line = append(again, '\n')
				}
			}
		}
		left++
		kept.Write(line)
	}
	return taken, left, errors.Join(err, replace(s.AsideFile(), kept.Bytes()))
}
