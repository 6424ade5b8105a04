package private

import (
	"math"
	"testing"
)

// level is the root mean square of a tone's samples, without the ends, where the resampler has only half a tone to go by.
func level(samples []float64) float64 {
	samples = samples[len(samples)/10 : len(samples)*9/10]
	var sum float64
	for _, s := range samples {
		sum += s * s
	}
	return math.Sqrt(sum / float64(len(samples)))
}

func tone(hertz float64, rate int) []float64 {
	out := make([]float64, rate)
	for i := range out {
		out[i] = math.Sin(2 * math.Pi * hertz * float64(i) / float64(rate))
	}
	return out
}

func TestResamplingKeepsSpeechAndDropsWhatWouldFold(t *testing.T) {
	const full = math.Sqrt2 / 2
	for hertz, want := range map[float64]float64{200: full, 1000: full, 3000: full, 4800: 0, 8000: 0} {
		got := level(resample(tone(hertz, 22050), 22050, 8000))
		if math.Abs(got-want) > 0.02 {
			t.Errorf("%v Hz comes out at %.3f, not %.3f", hertz, got, want)
		}
	}
	if n := len(resample(tone(1000, 22050), 22050, 8000)); n < 7990 || n > 8000 {
		t.Errorf("a second has %d samples", n)
	}
}

func TestAWAVFileComesBackAsItWasWritten(t *testing.T) {
	in := normalise(tone(440, 8000))
	out, rate, err := readWAV(writeWAV(in, 8000))
	if err != nil || rate != 8000 || len(out) != len(in) {
		t.Fatalf("%d samples at %d: %v", len(out), rate, err)
	}
	for i := range in {
		if math.Abs(in[i]-out[i]) > 0.0001 {
			t.Fatalf("sample %d went from %f to %f", i, in[i], out[i])
		}
	}
}

func TestABrokenWAVFileIsRefused(t *testing.T) {
	good := writeWAV(tone(440, 8000), 8000)
	stereo := append([]byte(nil), good...)
	stereo[22] = 2
	for name, file := range map[string][]byte{"empty": nil, "cut short": good[:30], "two channels": stereo, "text": []byte("RIFF and so on, but no WAVE")} {
		if _, _, err := readWAV(file); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
