package softphone

import (
	"math"
	"sync"
)

const sampleRate = 8000

// tone is an endless sine. A second of it holds whole waves, so it is coded once, for
// all calls, and repeated.
type tone struct {
	hertz int
	at    int // the offset within the second, in samples
}

var codedTones sync.Map // a second of each tone: []byte by toneKey

type toneKey struct {
	hertz int
	law   *law
}

func toneOf(hertz int) *tone { return &tone{hertz: hertz} }

func (t *tone) next(frame []byte, l *law) bool {
	key := toneKey{t.hertz, l}
	coded, ok := codedTones.Load(key)
	if !ok {
		second := make([]byte, sampleRate)
		for i, s := range Sine(t.hertz, sampleRate) {
			second[i] = l.encode(s)
		}
		coded, _ = codedTones.LoadOrStore(key, second)
	}
	second := coded.([]byte)
	for n := 0; n < len(frame); {
		k := copy(frame[n:], second[t.at:])
		n += k
		t.at = (t.at + k) % sampleRate
	}
	return true
}

// Sine is a tone of that many samples, loud enough to be heard through anything.
func Sine(hertz, samples int) []int16 {
	pcm := make([]int16, samples)
	for i := range pcm {
		pcm[i] = int16(10000 * math.Sin(2*math.Pi*float64(hertz)*float64(i)/sampleRate))
	}
	return pcm
}

// share is how much of a frame's power lies at hertz, 0 to 1 (Goertzel's algorithm).
func share(pcm []int16, hertz int) float64 {
	if len(pcm) == 0 {
		return 0
	}
	w := 2 * math.Cos(2*math.Pi*float64(hertz)/sampleRate)
	var s1, s2, power float64
	for _, v := range pcm {
		x := float64(v)
		s1, s2 = x+w*s1-s2, s1
		power += x * x
	}
	if power == 0 {
		return 0
	}
	return min(1, 2*(s1*s1+s2*s2-w*s1*s2)/(power*float64(len(pcm))))
}

// loudness is the mean height of a frame. Coded silence is 0 to 8, comfort noise below 50, speech above 500.
func loudness(pcm []int16) int {
	if len(pcm) == 0 {
		return 0
	}
	sum := 0
	for _, v := range pcm {
		sum += max(int(v), -int(v))
	}
	return sum / len(pcm)
}

const loud = 100 // a frame that is louder is sound
