package spool

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// An entry is a checksum (CRC-32C, RFC 3720) and the fact. The log writes it behind its length, a varint.
const sumSize = 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func seal(fact []byte) []byte {
	b := make([]byte, sumSize, sumSize+len(fact))
	binary.LittleEndian.PutUint32(b, crc32.Checksum(fact, castagnoli))
	return append(b, fact...)
}

func unseal(entry []byte) ([]byte, bool) {
	if len(entry) <= sumSize {
		return nil, false
	}
	fact := entry[sumSize:]
	return fact, binary.LittleEndian.Uint32(entry) == crc32.Checksum(fact, castagnoli)
}

// damaged is an entry without a fact. It stands where an entry was lost, so that the positions of the others stay.
func damaged() []byte { return make([]byte, sumSize) }

// spent stands where the database has the fact of an entry that was never written.
var spent = seal([]byte(" "))

func isSpent(entry []byte) bool { return bytes.Equal(entry, spent) }

func (s *Spool) walDir() string { return filepath.Join(s.o.Dir, "facts") }

type segment struct {
	path  string
	first uint64
}

// repair makes every segment readable again. A crash tears the tail of the last one: what is whole stays, the
// rest goes, and is kept beside for who wants to look, where there is room. Damage elsewhere (a bad sector) costs the
// entries that it hit: each is replaced by an empty one, which the reader sets aside, so that the positions of all others stay.
//
// Where the disk has just refused a write nothing but the end of that write is torn, which is in memory: log is nil, and nothing is kept.
func repair(dir string, log *slog.Logger) error {
	segments, err := segmentsOf(dir)
	if err != nil {
		return err
	}
	for i, seg := range segments {
		expected := -1 // unknown for the last
		if i+1 < len(segments) {
			expected = int(segments[i+1].first - seg.first)
		}
		if err := repairSegment(seg, expected, log); err != nil {
			return err
		}
	}
	return nil
}

func segmentsOf(dir string) ([]segment, error) {
	files, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var segments []segment
	for _, f := range files {
		if first, err := strconv.ParseUint(f.Name(), 10, 64); err == nil && len(f.Name()) == 20 {
			segments = append(segments, segment{filepath.Join(dir, f.Name()), first})
		}
	}
	slices.SortFunc(segments, func(a, b segment) int { return int(int64(a.first - b.first)) })
	return segments, nil
}

func repairSegment(seg segment, expected int, log *slog.Logger) error {
	raw, err := os.ReadFile(seg.path)
	if err != nil {
		return err
	}
	entries, whole := salvage(raw)
	if whole && (expected < 0 || expected == len(entries)) {
		return nil
	}
	found := len(entries)
	for expected >= 0 && len(entries) < expected {
		entries = append(entries, damaged())
	}
	if expected >= 0 {
		entries = entries[:expected]
	}
	var mended []byte
	for _, e := range entries {
		mended = binary.AppendUvarint(mended, uint64(len(e)))
		mended = append(mended, e...)
	}
	tail := bytes.HasPrefix(raw, mended)
	if log != nil || !tail {
		keepTorn(cmp.Or(log, slog.Default()), seg.path, bytes.TrimPrefix(raw, mended), found)
	}
	if tail {
		return cutTo(seg.path, int64(len(mended))) // takes no room
	}
	return replace(seg.path, mended)
}

// keepTorn keeps the damaged part of a segment beside it, where there is room.
func keepTorn(log *slog.Logger, segment string, part []byte, found int) {
	torn := fmt.Sprintf("%s.torn-%d", segment, time.Now().UnixNano())
	log.Warn("a segment of the spool was torn, by a crash most likely: its whole entries are kept", "segment", segment, "entries", found, "damaged_copy", torn)
	if err := os.WriteFile(torn, part, 0o640); err != nil {
		log.Warn("the damaged part could not be kept", "err", err)
		_ = os.Remove(torn)
	}
	forgetTorn(filepath.Dir(segment))
}

// tornMost is how many damaged parts are kept.
const tornMost = 10

// forgetTorn removes the oldest of the damaged parts that were kept.
func forgetTorn(dir string) {
	all, _ := filepath.Glob(filepath.Join(dir, "*.torn-*"))
	when := func(path string) string { return path[strings.LastIndex(path, ".torn-"):] }
	slices.SortFunc(all, func(a, b string) int { return cmp.Compare(when(a), when(b)) })
	for len(all) > tornMost {
		_ = os.Remove(all[0])
		all = all[1:]
	}
}

// cutTo shortens a file.
func cutTo(path string, size int64) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Truncate(size), f.Sync(), f.Close())
}

// salvage finds the entries of a segment. whole says that it consists of entries to its end; their
// checksums are the reader's affair. Where the structure breaks (a length that leads nowhere, a run of
// zeros), it looks for the next entry whose checksum fits.
func salvage(raw []byte) (entries [][]byte, whole bool) {
	whole = true
	for pos := 0; pos < len(raw); {
		entry, n := entryAt(raw[pos:])
		if n > 0 {
			entries = append(entries, entry)
			pos += n
			continue
		}
		whole = false
		next := nextSound(raw, pos+1)
		if next < 0 {
			break
		}
		pos = next
	}
	return entries, whole
}

// entryAt reads an entry and its length in the file; 0 where there is none.
func entryAt(raw []byte) ([]byte, int) {
	size, n := binary.Uvarint(raw)
	if n <= 0 || size < sumSize || uint64(len(raw)-n) < size {
		return nil, 0
	}
	return raw[n : n+int(size)], n + int(size)
}

// longestEntry bounds the search for sound entries; facts are far smaller.
const longestEntry = 1 << 20

// nextSound looks at every byte, so it asks for the brace of a JSON object before it reckons a checksum.
func nextSound(raw []byte, from int) int {
	for pos := from; pos < len(raw); pos++ {
		if entry, n := entryAt(raw[pos:]); n > 0 && len(entry) > sumSize && len(entry) < longestEntry && entry[sumSize] == '{' {
			if _, ok := unseal(entry); ok {
				return pos
			}
		}
	}
	return -1
}

// replace writes a file so that it is either the old or the new one, whatever happens. Where the disk is full it is written in its place if it fits there: a
// process that is killed in that moment has written all of it or nothing, unless it is long; only a power cut may leave a mixture.
func replace(path string, content []byte) error {
	err := Replace(path, content, 0o640)
	if errors.Is(err, syscall.ENOSPC) {
		_ = os.Remove(path + ".new")
		if overwrite(path, content) == nil {
			return nil
		}
	}
	return err
}

// overwrite writes a file in the place of the old one, if it is no longer than that.
func overwrite(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	was, err := f.Stat()
	if err == nil && was.Size() < int64(len(content)) {
		err = syscall.ENOSPC
	}
	if err == nil {
		_, err = f.Write(content)
	}
	if err == nil {
		err = f.Truncate(int64(len(content)))
	}
	return errors.Join(err, f.Sync(), f.Close())
}

// Replace gives a file of the spool's folder a new content durably, and whole or not at all: a crash leaves the old one or the new one. It belongs to whom the folder
// belongs to. One writes at a time.
func Replace(path string, content []byte, mode fs.FileMode) error {
	if err := os.Remove(path + ".new"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // a crash has left it, perhaps with other rights
	}
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close(), GiveTo(filepath.Dir(path), f.Name()))
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}
