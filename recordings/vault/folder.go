package vault

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"hotline/recordings"
)

// Folder gives out what is in a folder, for who only reads it: also while a Vault has it open, in this process or another.
type Folder struct {
	Path string
	Keys *Keys
}

// Sound is an open recording as a WAV file. It is a file of one reader, as os.File is, and to be closed.
type Sound struct {
	Meta  recordings.Meta
	Peaks recordings.Peaks

	file  *os.File
	aead  sealing
	bound []byte
	at    []int64 // where each record of sound begins, and the last one
	head  []byte  // of the WAV file
	bytes int64   // of sound, behind it

	off   int64
	chunk int    // which one is open; -1 is none
	open  []byte // its sound
}

var _ io.ReadSeekCloser = (*Sound)(nil)

// Open opens a recording. The errors are recordings.ErrNone, ErrDamaged and ErrNoKey.
func (f Folder) Open(id recordings.ID) (*Sound, error) {
	if _, err := recordings.ParseID(string(id)); err != nil {
		return nil, err
	}
	file, err := os.Open(f.of(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", recordings.ErrNone, id)
	}
	if err != nil {
		return nil, err
	}
	s := &Sound{file: file, chunk: -1}
	if err := s.begin(id, f.Keys); err != nil {
		return nil, errors.Join(fmt.Errorf("recording %s: %w", id, err), file.Close())
	}
	return s, nil
}

// Meta is what is known of a recording. The errors are as Open's.
func (f Folder) Meta(id recordings.ID) (recordings.Meta, error) {
	s, err := f.Open(id)
	if err != nil {
		return recordings.Meta{}, err
	}
	return s.Meta, s.Close()
}

// begin reads the header, where the records are, and the last one.
func (s *Sound) begin(id recordings.ID, keys *Keys) error {
	h := new(header)
	if _, err := s.file.ReadAt(h.bytes[:], 0); err != nil {
		return broken(err)
	}
	if err := h.check(id); err != nil {
		return err
	}
	secret, err := h.secret(keys)
	if err != nil {
		return err
	}
	s.aead, s.bound = sealer(secret), h.bound()
	info, err := s.file.Stat()
	if err != nil {
		return err
	}
	for at := int64(headBytes); at < info.Size(); {
		s.at = append(s.at, at)
		n, err := s.length(at)
		if err != nil {
			return err
		}
		at += 4 + n
	}
	if len(s.at) == 0 {
		return broken(io.ErrUnexpectedEOF)
	}
	text, err := s.record(kindLast, len(s.at)-1)
	if err != nil {
		return err
	}
	if end := s.at[len(s.at)-1] + 4 + int64(len(text)+s.aead.Overhead()); end != info.Size() {
		return broken(io.ErrUnexpectedEOF)
	}
	var l last
	if err := json.Unmarshal(text, &l); err != nil {
		return broken(err)
	}
	if l.Bytes < 0 || (l.Bytes+chunkBytes-1)/chunkBytes != int64(len(s.at)-1) {
		return broken(fmt.Errorf("%d records for %d bytes", len(s.at)-1, l.Bytes))
	}
	s.Meta, s.Peaks, s.bytes = l.Meta, l.Peaks, l.Bytes
	s.head = wavHeader(l.Meta.Channels(), l.Bytes)
	return nil
}

// length is how long the record is that begins somewhere, without its length.
func (s *Sound) length(at int64) (int64, error) {
	var length [4]byte
	if _, err := s.file.ReadAt(length[:], at); err != nil {
		return 0, broken(err)
	}
	n := int64(binary.BigEndian.Uint32(length[:]))
	if n > recordBytes || n < int64(s.aead.Overhead()) {
		return 0, broken(fmt.Errorf("a record of %d bytes", n))
	}
	return n, nil
}

// record opens one, by its place.
func (s *Sound) record(kind byte, place int) ([]byte, error) {
	n, err := s.length(s.at[place])
	if err != nil {
		return nil, err
	}
	sealed := make([]byte, n)
	if _, err := s.file.ReadAt(sealed, s.at[place]+4); err != nil {
		return nil, broken(err)
	}
	content, err := s.aead.Open(sealed[:0], nonce(kind, uint64(place)), sealed, s.bound)
	if err != nil {
		return nil, broken(fmt.Errorf("record %d is not what was written", place))
	}
	return content, nil
}

// broken is an error of a file that is not what was put; one of the disk stays what it is.
func broken(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return err
	}
	return fmt.Errorf("%w: %w", recordings.ErrDamaged, err)
}

// Size is how long the WAV file is, in bytes.
func (s *Sound) Size() int64 { return int64(len(s.head)) + s.bytes }

// Read implements io.Reader. Its errors are io.EOF and recordings.ErrDamaged: it never gives a sound that was not put.
func (s *Sound) Read(p []byte) (int, error) {
	if s.off >= s.Size() {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	if s.off < int64(len(s.head)) {
		n := copy(p, s.head[s.off:])
		s.off += int64(n)
		return n, nil
	}
	of := s.off - int64(len(s.head))
	if chunk := int(of / chunkBytes); chunk != s.chunk {
		if err := s.unseal(chunk); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.open[of%chunkBytes:])
	s.off += int64(n)
	return n, nil
}

// unseal opens a chunk of sound.
func (s *Sound) unseal(chunk int) error {
	packed, err := s.record(kindSound, chunk)
	if err != nil {
		return err
	}
	size := min(chunkBytes, s.bytes-int64(chunk)*chunkBytes)
	sound, err := unpack(packed, s.Meta.Channels(), int(size))
	if err != nil {
		return broken(err)
	}
	s.chunk, s.open = chunk, sound
	return nil
}

// Seek implements io.Seeker.
func (s *Sound) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += s.off
	case io.SeekEnd:
		offset += s.Size()
	}
	if offset < 0 {
		return 0, fmt.Errorf("recording %s: seek before its beginning", s.Meta.ID)
	}
	s.off = offset
	return offset, nil
}

// Close closes the file.
func (s *Sound) Close() error { return s.file.Close() }

// wavHeader is the beginning of a WAV file of 16-bit PCM (RIFF, 44 bytes).
func wavHeader(channels int, bytes int64) []byte {
	const rate = recordings.Rate
	frame := channels * recordings.SampleBytes
	var h []byte
	four := func(s string, n uint32) { h = binary.LittleEndian.AppendUint32(append(h, s...), n) }
	four("RIFF", uint32(36+bytes))
	four("WAVEfmt ", 16)
	h = binary.LittleEndian.AppendUint16(h, 1)
	h = binary.LittleEndian.AppendUint16(h, uint16(channels))
	h = binary.LittleEndian.AppendUint32(h, rate)
	h = binary.LittleEndian.AppendUint32(h, uint32(rate*frame))
	h = binary.LittleEndian.AppendUint16(h, uint16(frame))
	h = binary.LittleEndian.AppendUint16(h, 16)
	four("data", uint32(bytes))
	return h
}
