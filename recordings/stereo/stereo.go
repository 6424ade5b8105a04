// Package stereo puts the tracks of a talk together: the caller on the left, all others on the right, each where the clock says, and
// silence wherever nobody was recorded.
//
//	left   ──caller──        ──caller──            WAV files of one channel, as a switch writes them
//	right  ──agent ──          ──agent──            │
//	right                    ──a third──            ▼
//	       └ the first of them began       Sound: 16-bit samples of 8 kHz, left and right in turn
//
// It reads as it goes, a second at a time, so that a talk of hours needs no more memory than one of seconds. What a switch that died in the
// midst of it has left is read as well: the length of a file says how much there is, and not its header, which is written last.
package stereo

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// Rate is how many samples a second has, of each channel.
const Rate = 8000

// frame is what both channels have at one moment, in bytes.
const frame = 4

// ErrFormat says that a file is no WAV file of one channel of 16-bit samples at 8 kHz.
var ErrFormat = errors.New("not a WAV file of one channel, 16 bits and 8 kHz")

// Track is a file of one voice.
type Track struct {
	File  io.ReaderAt
	Size  int64
	At    time.Duration // since the beginning of the talk
	Right bool          // it is not the caller's
}

// Span is a time since the beginning in which nothing is heard, whatever the tracks say.
type Span struct{ From, To time.Duration }

// Sound is a talk as it is heard. It is an io.Reader, for one goroutine.
type Sound struct {
	tracks  []placed
	silent  [][2]int64
	samples int64 // of each channel
	at      int64 // the next
	ready   []byte
	second  []byte
	mixed   [2][Rate]int32
	file    [2 * Rate]byte
}

// placed is a track whose samples are found.
type placed struct {
	Track
	data    int64 // where they begin in the file
	first   int64 // the sample of the talk that is its first
	samples int64
}

// Mix begins to put tracks together. A file that was begun and has no samples yet is silent.
func Mix(tracks []Track, silent ...Span) (*Sound, error) {
	s := new(Sound)
	for i, t := range tracks {
		p, err := place(t)
		if err != nil {
			return nil, fmt.Errorf("track %d: %w", i+1, err)
		}
		s.tracks = append(s.tracks, p)
		s.samples = max(s.samples, p.first+p.samples)
	}
	for _, span := range silent {
		s.silent = append(s.silent, [2]int64{samples(span.From), samples(span.To)})
	}
	return s, nil
}

// Length is how long the sound is.
func (s *Sound) Length() time.Duration { return time.Duration(s.samples) * time.Second / Rate }

func samples(d time.Duration) int64 { return int64(d) / int64(time.Second/Rate) }

// Voice is a file of one voice by itself, as 16-bit samples of 8 kHz, and how long it is. A file that was begun and has no samples yet is silent.
func Voice(file io.ReaderAt, size int64) (io.Reader, time.Duration, error) {
	p, err := place(Track{File: file, Size: size})
	if err != nil {
		return nil, 0, err
	}
	return io.NewSectionReader(file, p.data, 2*p.samples), time.Duration(p.samples) * time.Second / Rate, nil
}

// What is taken for speech: as much of it as the shortest word has, which a click has not, as loud as a switch takes for sound (dsp.conf, silencethreshold).
const (
	hearing    = Rate / 50 // samples that are judged together: 20 ms
	leastLoud  = 256       // that they are in the mean, to be heard
	leastHeard = 5         // of these in all
)

// Speaks reports whether anything is said in a file of one voice, by how loud it is.
func Speaks(file io.ReaderAt, size int64) (bool, error) {
	sound, _, err := Voice(file, size)
	if err != nil {
		return false, err
	}
	var some [2 * hearing]byte
	for heard := 0; heard < leastHeard; {
		if _, err := io.ReadFull(sound, some[:]); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return false, nil
		} else if err != nil {
			return false, err
		}
		loud := 0
		for at := 0; at < len(some); at += 2 {
			v := int(int16(binary.LittleEndian.Uint16(some[at:])))
			loud += max(v, -v)
		}
		if loud >= leastLoud*hearing {
			heard++
		}
	}
	return true, nil
}

// place finds the samples of a file.
func place(t Track) (placed, error) {
	p := placed{Track: t, first: samples(t.At)}
	if p.first < 0 {
		return p, fmt.Errorf("it begins %v before the talk", -t.At)
	}
	var head [12]byte
	const chunk = 8
	if t.Size < int64(len(head))+chunk {
		return p, nil // the switch died as it began
	}
	if _, err := t.File.ReadAt(head[:], 0); err != nil {
		return p, fmt.Errorf("read the header: %w", err)
	}
	if string(head[:4]) != "RIFF" || string(head[8:]) != "WAVE" {
		return p, ErrFormat
	}
	for at := int64(len(head)); at+chunk <= t.Size; {
		if _, err := t.File.ReadAt(head[:chunk], at); err != nil {
			return p, fmt.Errorf("read the header: %w", err)
		}
		length := int64(binary.LittleEndian.Uint32(head[4:]))
		at += chunk
		switch string(head[:4]) {
		case "data":
			p.data, p.samples = at, (t.Size-at)/2
			return p, nil
		case "fmt ":
			if err := isVoice(t.File, at, length); err != nil {
				return p, err
			}
		}
		at += length + length%2
	}
	return p, nil
}

// isVoice looks at the format of a file.
func isVoice(file io.ReaderAt, at, length int64) error {
	var is [16]byte
	if length < int64(len(is)) {
		return ErrFormat
	}
	if _, err := file.ReadAt(is[:], at); err != nil {
		return fmt.Errorf("read the format: %w", err)
	}
	le := binary.LittleEndian
	if le.Uint16(is[:]) != 1 || le.Uint16(is[2:]) != 1 || le.Uint32(is[4:]) != Rate || le.Uint16(is[14:]) != 16 {
		return ErrFormat
	}
	return nil
}

// Read implements io.Reader.
func (s *Sound) Read(b []byte) (n int, err error) {
	for n < len(b) {
		if len(s.ready) == 0 {
			if s.at >= s.samples {
				break
			}
			if err := s.mix(); err != nil {
				return n, err
			}
		}
		took := copy(b[n:], s.ready)
		s.ready = s.ready[took:]
		n += took
	}
	if n == 0 && len(b) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// mix makes the next second.
func (s *Sound) mix() error {
	n := min(Rate, s.samples-s.at)
	s.mixed = [2][Rate]int32{}
	for i := range s.tracks {
		if err := s.add(&s.tracks[i], n); err != nil {
			return err
		}
	}
	for _, span := range s.silent {
		for i := max(span[0]-s.at, 0); i < min(span[1]-s.at, n); i++ {
			s.mixed[0][i], s.mixed[1][i] = 0, 0
		}
	}
	if s.second == nil {
		s.second = make([]byte, Rate*frame)
	}
	s.ready = s.second[:n*frame]
	for i := range n {
		binary.LittleEndian.PutUint16(s.ready[i*frame:], loud(s.mixed[0][i]))
		binary.LittleEndian.PutUint16(s.ready[i*frame+2:], loud(s.mixed[1][i]))
	}
	s.at += n
	return nil
}

// add adds what a track has of the next n samples.
func (s *Sound) add(t *placed, n int64) error {
	from, to := max(t.first, s.at), min(t.first+t.samples, s.at+n)
	if from >= to {
		return nil
	}
	b := s.file[:2*(to-from)]
	if _, err := t.File.ReadAt(b, t.data+2*(from-t.first)); err != nil {
		return fmt.Errorf("read a track: %w", err)
	}
	side := &s.mixed[0]
	if t.Right {
		side = &s.mixed[1]
	}
	for i := range to - from {
		side[from-s.at+i] += int32(int16(binary.LittleEndian.Uint16(b[2*i:])))
	}
	return nil
}

// loud is a sum of voices as one sample has it.
func loud(v int32) uint16 {
	return uint16(int16(min(max(v, math.MinInt16), math.MaxInt16)))
}
