package spool

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Erase takes out of the folder what was set aside, or is kept beside the database, and holds one of some texts, and cuts facts that nobody waits for any more out of the
// log. It says how many were set aside. What still waits for the database is not touched: nothing about these
// texts is to be on its way.
func (s *Spool) Erase(texts ...string) (n int, err error) {
	if n, err = s.eraseAside(texts); err != nil {
		return n, err
	}
	s.mu.Lock()
	applied := min(s.applied, s.written)
	s.mu.Unlock()
	return n, errors.Join(s.eraseFromLog(applied, texts), s.eraseKept(texts))
}

func (s *Spool) eraseFromLog(applied uint64, texts []string) error {
	s.disk.Lock()
	defer s.disk.Unlock()
	return errors.Join(s.cut(applied), s.eraseTorn(texts))
}

// eraseTorn removes what was kept of torn ends of the log, where it holds one of the texts.
func (s *Spool) eraseTorn(texts []string) error {
	files, err := filepath.Glob(filepath.Join(s.walDir(), "*.torn-*"))
	for _, file := range files {
		text, readErr := os.ReadFile(file)
		err = errors.Join(err, readErr)
		if Holds(text, texts...) {
			err = errors.Join(err, os.Remove(file))
		}
	}
	return err
}

func (s *Spool) eraseAside(texts []string) (n int, err error) {
	free, err := s.lockAside()
	if err != nil {
		return 0, err
	}
	defer free()
	all, err := os.ReadFile(s.AsideFile())
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	var kept bytes.Buffer
	lines := bufio.NewReader(bytes.NewReader(all))
	for {
		line, readErr := lines.ReadBytes('\n')
		if Holds(line, texts...) {
			n++
		} else {
			kept.Write(line)
		}
		if readErr != nil {
			break // io.EOF: it is in memory
		}
	}
	if n == 0 {
		return 0, nil
	}
	return n, replace(s.AsideFile(), kept.Bytes())
}

// Holds says whether a line of a file in this folder, or the fact in it where it was set aside, holds one of some texts.
func Holds(line []byte, texts ...string) bool {
	var a aside
	var fact []byte
	if json.Unmarshal(line, &a) == nil {
		fact, _ = base64.StdEncoding.DecodeString(a.Fact)
	}
	return slices.ContainsFunc(texts, func(text string) bool { return standsIn(line, text) || standsIn(fact, text) })
}

// standsIn says whether a text stands somewhere by itself, and not as a part of something longer: +7495123 is not in +74951234567. A
// short number such as 112 could be part of anything, and counts only where it is the whole of a value.
func standsIn(all []byte, text string) bool {
	if text == "" {
		return false
	}
	if strings.Trim(text, "0123456789") == "" {
		return bytes.Contains(all, []byte(`"`+text+`"`))
	}
	for from := 0; ; {
		i := bytes.Index(all[from:], []byte(text))
		if i < 0 {
			return false
		}
		from += i
		before, _ := utf8.DecodeLastRune(all[:from])
		after, _ := utf8.DecodeRune(all[from+len(text):])
		if !isOfWord(before) && !isOfWord(after) {
			return true
		}
		from++
	}
}

func isOfWord(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// Free says whether nobody has a spool's folder, so that what is left there waits for the next Hotline.
func Free(dir string) (bool, error) {
	s := &Spool{o: Options{Dir: dir}}
	switch err := s.takeLock(); {
	case errors.Is(err, ErrInUse):
		return false, nil
	case err != nil:
		return false, err
	}
	return true, s.lock.Close()
}
