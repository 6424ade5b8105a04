package private

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// telephoneRate is that of G.711.
const telephoneRate = 8000

// readWAV takes the samples out of a 16-bit PCM file with one channel. A stream has no length in its
// header (espeak-ng writes to a pipe), so the sound goes to the end.
func readWAV(file []byte) (samples []float64, rate int, err error) {
	if len(file) < 12 || string(file[:4]) != "RIFF" || string(file[8:12]) != "WAVE" {
		return nil, 0, errors.New("not a WAV file")
	}
	for at := 12; at+8 <= len(file); {
		kind, size := string(file[at:at+4]), int(binary.LittleEndian.Uint32(file[at+4:]))
		body := file[at+8:]
		switch {
		case kind == "fmt " && len(body) >= 16:
			format, channels, bits := binary.LittleEndian.Uint16(body), binary.LittleEndian.Uint16(body[2:]), binary.LittleEndian.Uint16(body[14:])
			if format != 1 || channels != 1 || bits != 16 {
				return nil, 0, fmt.Errorf("WAV format %d with %d channels of %d bits, not PCM with one of 16", format, channels, bits)
			}
			rate = int(binary.LittleEndian.Uint32(body[4:]))
		case kind == "data" && rate > 0:
			body = body[:min(size, len(body))&^1]
			samples = make([]float64, len(body)/2)
			for i := range samples {
				samples[i] = float64(int16(binary.LittleEndian.Uint16(body[2*i:]))) / 32768
			}
			return samples, rate, nil
		}
		at += 8 + size
	}
	return nil, 0, errors.New("WAV file without sound")
}

func writeWAV(samples []float64, rate int) []byte {
	var b bytes.Buffer
	size := uint32(2 * len(samples))
	b.WriteString("RIFF")
	put := func(values ...any) {
		for _, v := range values {
			_ = binary.Write(&b, binary.LittleEndian, v) // a bytes.Buffer takes all
		}
	}
	put(36 + size)
	b.WriteString("WAVEfmt ")
	put(uint32(16), uint16(1), uint16(1), uint32(rate), uint32(2*rate), uint16(2), uint16(16))
	b.WriteString("data")
	put(size)
	for _, s := range samples {
		put(int16(math.Round(32767 * max(-1, min(1, s)))))
	}
	return b.Bytes()
}

// trim leaves a tenth of a second of silence at either end.
func trim(samples []float64, rate int) []float64 {
	const quiet = 0.01
	first, last := 0, len(samples)
	for first < last && math.Abs(samples[first]) < quiet {
		first++
	}
	for last > first && math.Abs(samples[last-1]) < quiet {
		last--
	}
	return samples[max(0, first-rate/10):min(len(samples), last+rate/10)]
}

// resample changes the rate by band-limited interpolation: each new sample is a windowed sinc over the old
// ones, which also takes out what the new rate cannot hold.
// J. O. Smith, Digital Audio Resampling, https://ccrma.stanford.edu/~jos/resample/
func resample(samples []float64, from, to int) []float64 {
	const lobes = 16
	step := float64(from) / float64(to)
	cutoff := math.Min(1, 1/step) * 0.95 // of half the old rate
	reach := lobes / cutoff
	out := make([]float64, int(float64(len(samples))/step))
	for i := range out {
		centre := float64(i) * step
		var sum float64
		for j := max(0, int(centre-reach)); j <= min(len(samples)-1, int(centre+reach)); j++ {
			x := float64(j) - centre
			window := 0.5 + 0.5*math.Cos(math.Pi*x/reach) // Hann
			sum += samples[j] * cutoff * sinc(cutoff*x) * window
		}
		out[i] = sum
	}
	return out
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// normalise makes the loudest moment half of full scale (-6 dB): loud enough, and safe from clipping in G.711.
func normalise(samples []float64) []float64 {
	var peak float64
	for _, s := range samples {
		peak = max(peak, math.Abs(s))
	}
	if peak == 0 {
		return samples
	}
	for i := range samples {
		samples[i] *= 0.5 / peak
	}
	return samples
}
