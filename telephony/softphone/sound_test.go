package softphone

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestToneIsToldFromOthersAndFromNoise(t *testing.T) {
	frame := Sine(440, frameSamples)
	if s := share(frame, 440); s < 0.95 {
		t.Errorf("a tone holds %.2f of its own power", s)
	}
	for _, other := range []int{300, 600, 1000, 3000} {
		if s := share(frame, other); s > 0.2 {
			t.Errorf("440 Hz holds %.2f of its power at %d Hz", s, other)
		}
	}
	noise := make([]int16, frameSamples)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = int16(random.IntN(20000) - 10000)
	}
	if s := share(noise, 440); s > 0.2 {
		t.Errorf("noise holds %.2f of its power at 440 Hz", s)
	}
	if share(make([]int16, frameSamples), 440) != 0 || share(nil, 440) != 0 {
		t.Error("silence holds a tone")
	}
}

func TestLastIsTheEndOfSound(t *testing.T) {
	c := &Call{media: &media{}}
	if last := c.Last(time.Second); len(last) > 0 {
		t.Errorf("of nothing there are %d samples", len(last))
	}
	c.media.in.kept = []int16{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	last := c.Last(time.Millisecond)
	if !slices.Equal(last, c.Sound()[2:]) {
		t.Errorf("the last millisecond is %v", last)
	}
	last[0] = 0
	if all := c.Last(time.Second); !slices.Equal(all, []int16{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}) {
		t.Errorf("all of it is %v", all)
	}
}

func TestToneSurvivesBothCodingsWithoutAStep(t *testing.T) {
	for _, l := range []*law{ulaw, alaw} {
		tone, frame := toneOf(443), make([]byte, frameSamples)
		var pcm []int16
		for range 110 { // past the second after which it repeats
			tone.next(frame, l)
			for _, b := range frame {
				pcm = append(pcm, l.decode(b))
			}
		}
		for i, want := range Sine(443, len(pcm)) {
			if d := int(pcm[i]) - int(want); d > 600 || d < -600 {
				t.Fatalf("%s: sample %d is %d, want about %d", l.name, i, pcm[i], want)
			}
		}
		if d := l.decode(l.silence); d > 8 || d < -8 {
			t.Errorf("%s: silence is %d", l.name, d)
		}
	}
}

func TestSoundIsSavedAndLoadedAlike(t *testing.T) {
	path := filepath.Join(t.TempDir(), "call.wav")
	sound := Sine(440, 1234)
	ok(t, SaveWAV(path, sound))
	if got := must[[]int16](t)(LoadWAV(path)); !slices.Equal(got, sound) {
		t.Errorf("%d samples were saved, %d others loaded", len(sound), len(got))
	}
	ok(t, SaveWAV(path, nil))
	if got := must[[]int16](t)(LoadWAV(path)); len(got) != 0 {
		t.Errorf("silence has %d samples", len(got))
	}
	if err := SaveWAV(filepath.Join(path, "nowhere"), sound); err == nil {
		t.Error("a file within a file was written")
	}
}

func TestWrongWAVIsNamed(t *testing.T) {
	var stereo bytes.Buffer
	ok(t, WriteWAV(&stereo, Sine(440, 100)))
	raw := stereo.Bytes()
	raw[22] = 2 // channels
	if _, err := ReadWAV(bytes.NewReader(raw)); err == nil || !strings.Contains(err.Error(), "2 channels") {
		t.Errorf("stereo: %v", err)
	}
	path := filepath.Join(t.TempDir(), "text.wav")
	ok(t, os.WriteFile(path, []byte("no sound at all"), 0o600))
	if _, err := LoadWAV(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("text: %v", err)
	}
	for n := range len(raw) {
		_, _ = ReadWAV(bytes.NewReader(raw[:n])) // cut anywhere, it must not panic
	}
}
