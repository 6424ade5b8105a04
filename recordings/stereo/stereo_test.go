package stereo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/iotest"
	"time"
)

// wav is a file of samples as Asterisk writes it. closed says that its header has its lengths.
func wav(closed bool, sound ...int16) []byte {
	var b bytes.Buffer
	length := uint32(0)
	if closed {
		length = uint32(2 * len(sound))
	}
	le := binary.LittleEndian
	b.WriteString("RIFF")
	_ = binary.Write(&b, le, length+36)
	b.WriteString("WAVEfmt ")
	_ = binary.Write(&b, le, []uint32{16, 1<<16 | 1, Rate, 2 * Rate, 16<<16 | 2})
	b.WriteString("data")
	_ = binary.Write(&b, le, length)
	_ = binary.Write(&b, le, sound)
	return b.Bytes()
}

func track(file []byte, at time.Duration, right bool) Track {
	return Track{File: bytes.NewReader(file), Size: int64(len(file)), At: at, Right: right}
}

func hear(t *testing.T, s io.Reader) (left, right []int16) {
	t.Helper()
	b, err := io.ReadAll(s)
	if err != nil || len(b)%4 != 0 {
		t.Fatalf("read %d bytes: %v", len(b), err)
	}
	for i := 0; i < len(b); i += 4 {
		left = append(left, int16(binary.LittleEndian.Uint16(b[i:])))
		right = append(right, int16(binary.LittleEndian.Uint16(b[i+2:])))
	}
	return left, right
}

// The sound is what it is when all is put together in memory, sample by sample.
func TestSoundIsTheTracksWhereTheClockPutsThem(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		var tracks []Track
		var want [2][5 * Rate]int
		longest := 0
		for range 1 + r.IntN(6) {
			sound := make([]int16, r.IntN(2*Rate))
			for i := range sound {
				sound[i] = int16(r.IntN(1 << 16))
			}
			at, side := r.IntN(3*Rate), r.IntN(2)
			for i, v := range sound {
				want[side][at+i] += int(v)
			}
			longest = max(longest, at+len(sound))
			tracks = append(tracks, track(wav(r.IntN(2) == 0, sound...), time.Duration(at)*time.Second/Rate, side == 1))
		}
		from := r.IntN(3 * Rate)
		to := from + r.IntN(Rate)
		for i := from; i < to; i++ {
			want[0][i], want[1][i] = 0, 0
		}
		s, err := Mix(tracks, Span{time.Duration(from) * time.Second / Rate, time.Duration(to) * time.Second / Rate})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := s.Length(), time.Duration(longest)*time.Second/Rate; got != want {
			t.Errorf("seed %d: it lasts %v, want %v", seed, got, want)
		}
		left, right := hear(t, s)
		if len(left) != longest {
			t.Fatalf("seed %d: %d samples, want %d", seed, len(left), longest)
		}
		for i := range left {
			if int(left[i]) != clip(want[0][i]) || int(right[i]) != clip(want[1][i]) {
				t.Fatalf("seed %d: sample %d is %d and %d, want %d and %d", seed, i, left[i], right[i], clip(want[0][i]), clip(want[1][i]))
			}
		}
	}
}

func clip(v int) int { return min(max(v, -32768), 32767) }

func TestSoundIsReadInWhateverPieces(t *testing.T) {
	sound := make([]int16, 3*Rate+17)
	for i := range sound {
		sound[i] = int16(i)
	}
	file := wav(true, sound...)
	whole, err := Mix([]Track{track(file, 0, false), track(file, time.Second/3, true)})
	if err != nil {
		t.Fatal(err)
	}
	want, err := io.ReadAll(whole)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := Mix([]Track{track(file, 0, false), track(file, time.Second/3, true)})
	if err := iotest.TestReader(again, want); err != nil {
		t.Error(err)
	}
}

// Asterisk may die, or its disk be full, at any byte of a file.
func TestFileOfASwitchThatDiedIsReadAsFarAsItGoes(t *testing.T) {
	file := wav(false, 1, 2, 3, 4)
	for cut := range len(file) + 1 {
		s, err := Mix([]Track{track(file[:cut], 0, false)})
		if err != nil {
			if cut < 36 && errors.Is(err, io.EOF) || errors.Is(err, ErrFormat) { // in the midst of the format
				continue
			}
			t.Fatalf("cut at %d: %v", cut, err)
		}
		left, _ := hear(t, s)
		if want := max(0, cut-44) / 2; len(left) != want {
			t.Errorf("cut at %d there are %d samples, want %d", cut, len(left), want)
		}
	}
}

func TestAnotherFormatIsRefused(t *testing.T) {
	stereo := wav(true, 1, 2)
	stereo[22] = 2
	fast := wav(true, 1, 2)
	binary.LittleEndian.PutUint32(fast[24:], 16000)
	for name, file := range map[string][]byte{"stereo": stereo, "16 kHz": fast, "text": []byte("this is no sound at all, whatever its name may say")} {
		if _, err := Mix([]Track{track(file, 0, false)}); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Mix([]Track{track(wav(true, 1), -time.Second, false)}); err == nil {
		t.Error("a track from before the talk is taken")
	}
}

// TestOnlyWhatIsLoudEnoughForLongEnoughIsSpeech: no hiss of a line, no click, and nothing where there is no sound; a short word wherever it is.
func TestOnlyWhatIsLoudEnoughForLongEnoughIsSpeech(t *testing.T) {
	noise := func(lasts time.Duration, amplitude int) (sound []int16) {
		r := rand.New(rand.NewPCG(1, 1))
		for range samples(lasts) {
			sound = append(sound, int16(r.IntN(2*amplitude+1)-amplitude))
		}
		return sound
	}
	silence := func(lasts time.Duration) []int16 { return noise(lasts, 0) }
	for name, test := range map[string]struct {
		sound []int16
		says  bool
	}{
		"nothing":              {nil, false},
		"silence":              {silence(10 * time.Second), false},
		"the hiss of a line":   {noise(10*time.Second, 250), false},
		"a click":              {slices.Concat(silence(time.Second), noise(20*time.Millisecond, 30_000), silence(time.Second)), false},
		"a word at the end":    {slices.Concat(silence(9*time.Second), noise(200*time.Millisecond, 2000)), true},
		"a word in the hiss":   {slices.Concat(noise(time.Second, 250), noise(200*time.Millisecond, 2000), noise(time.Second, 250)), true},
		"who speaks all along": {noise(3*time.Second, 2000), true},
		"as loud as can be":    {slices.Repeat([]int16{-32768}, Rate), true},
	} {
		file := wav(true, test.sound...)
		if says, err := Speaks(bytes.NewReader(file), int64(len(file))); says != test.says || err != nil {
			t.Errorf("%s is speech: %v, %v", name, says, err)
		}
	}
	if _, err := Speaks(bytes.NewReader(make([]byte, 100)), 100); !errors.Is(err, ErrFormat) {
		t.Errorf("what is no sound: %v", err)
	}
}
