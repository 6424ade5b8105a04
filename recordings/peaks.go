package recordings

// Peaks are how loud a recording is, for a picture of it: for each channel one byte for each stretch of the same length, the loudest sample in it from 0 to 255.
type Peaks struct {
	Stretch  int      `json:"stretch"` // how many samples of a channel one byte stands for
	Channels [][]byte `json:"channels"`
}

// mostPeaks is how many bytes a channel may have before two become one: as many as a wide screen can show.
const (
	mostPeaks    = 4096
	firstStretch = Rate / 100
)

// Meter measures peaks while the sound comes.
type Meter struct {
	stretch int
	peaks   [][]byte
	loudest []int // of the stretch that is not full yet
	n       int   // samples in it, of each channel
}

// NewMeter makes one for so many channels.
func NewMeter(channels int) *Meter {
	return &Meter{stretch: firstStretch, peaks: make([][]byte, channels), loudest: make([]int, channels)}
}

// Hear takes whole samples of all channels in turn, 16 bits each, lowest byte first.
func (m *Meter) Hear(sound []byte) {
	frame := SampleBytes * len(m.peaks)
	for ; len(sound) >= frame; sound = sound[frame:] {
		for c := range m.loudest {
			v := int(int16(uint16(sound[2*c]) | uint16(sound[2*c+1])<<8))
			m.loudest[c] = max(m.loudest[c], v, -v)
		}
		if m.n++; m.n == m.stretch {
			m.close()
		}
	}
}

// close ends a stretch.
func (m *Meter) close() {
	for c, v := range m.loudest {
		m.peaks[c] = append(m.peaks[c], byte(min(v>>7, 255)))
		m.loudest[c] = 0
	}
	m.n = 0
	if len(m.peaks[0]) < mostPeaks {
		return
	}
	for c, p := range m.peaks {
		for i := range mostPeaks / 2 {
			p[i] = max(p[2*i], p[2*i+1])
		}
		m.peaks[c] = p[:mostPeaks/2]
	}
	m.stretch *= 2
}

// Peaks is what was heard, once all was.
func (m *Meter) Peaks() Peaks {
	if m.n > 0 {
		m.close()
	}
	return Peaks{Stretch: m.stretch, Channels: m.peaks}
}
