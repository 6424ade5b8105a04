package softphone

import (
	"net"
	"time"
)

// reportEvery is how often a quiet call says that it is there. Phones do so every 5 s (RFC 3550, 6.2).
const reportEvery = 4 * time.Second

// reportQuiet lets the quiet calls report, as a phone that suppresses silence does, until the exchange is closed.
func (x *Exchange) reportQuiet() {
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-x.closing:
			return
		}
		x.mu.Lock()
		var quiet []*media
		for _, c := range x.dialogs {
			if c.media.quiet {
				quiet = append(quiet, c.media)
			}
		}
		x.mu.Unlock()
		for _, m := range quiet {
			m.out.report()
		}
	}
}

// report sends a receiver report (RFC 3550, 6.4.2) about nothing.
func (s *stream) report() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped || s.closed || !s.to.IsValid() {
		return
	}
	b := make([]byte, 8)
	b[0], b[1], b[3] = 0x80, 201, 1
	b[4], b[5], b[6], b[7] = byte(s.head.SSRC>>24), byte(s.head.SSRC>>16), byte(s.head.SSRC>>8), byte(s.head.SSRC)
	to := net.UDPAddrFromAddrPort(s.to)
	to.Port++
	_, _ = s.conn.WriteToUDP(b, to)
}
