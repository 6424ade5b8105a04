package softphone

import (
	"sync"
	"time"
)

const (
	frameTime    = 20 * time.Millisecond // how much sound a packet holds
	frameSamples = 160                   // the same in samples, of which there are 8,000 a second
	phases       = 4                     // the beats in a frame; each stream belongs to one of them, so that packets leave evenly
	catchUp      = 5 * phases            // how many beats are made good after a pause of the process: 100 ms, which a jitter buffer evens out
)

// metronome sends the packets of all streams of an exchange from one goroutine, which
// lives while there are streams: one timer instead of hundreds.
type metronome struct {
	mu      sync.Mutex
	streams [phases]map[*stream]struct{}
	count   int
	next    int // the phase that the next stream joins
	running bool
	stopped bool
	beating sync.WaitGroup // grows under mu while not stopped
}

func (m *metronome) add(s *stream) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s.phase > 0 || m.stopped {
		return
	}
	if m.streams[m.next] == nil {
		m.streams[m.next] = map[*stream]struct{}{}
	}
	m.streams[m.next][s] = struct{}{}
	m.count++
	m.next = (m.next + 1) % phases
	s.phase = (m.next+phases-1)%phases + 1
	if !m.running {
		m.running = true
		m.beating.Go(m.run)
	}
}

func (m *metronome) remove(s *stream) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(s)
}

// drop takes a stream out. It is called under m.mu.
func (m *metronome) drop(s *stream) {
	if s.phase > 0 {
		delete(m.streams[s.phase-1], s)
		s.phase = 0
		m.count--
	}
}

func (m *metronome) run() {
	const beat = frameTime / phases
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	start, done := time.Now(), 0
	for range ticker.C {
		due := int(time.Since(start) / beat)
		if due-done > catchUp {
			done = due - catchUp
		}
		m.mu.Lock()
		for ; done < due; done++ {
			for s := range m.streams[done%phases] {
				if !s.tick() {
					m.drop(s)
				}
			}
		}
		if m.count == 0 {
			m.running = false
			m.mu.Unlock()
			return
		}
		m.mu.Unlock()
	}
}

// stop takes no more streams, and waits until those it has are closed.
func (m *metronome) stop() {
	m.mu.Lock()
	m.stopped = true
	m.mu.Unlock()
	m.beating.Wait()
}
