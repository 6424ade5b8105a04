package softphone

import (
	"encoding/binary"
	"net"
	"time"
)

// reportEvery is how often a call says that it is there. Phones do so every 5 s (RFC 3550, 6.2).
const reportEvery = 4 * time.Second

// reportAll lets the calls report that are to, as a phone that suppresses silence does, until the exchange is closed.
func (x *Exchange) reportAll() {
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-x.closing:
			return
		}
		x.mu.Lock()
		var these []*media
		for _, c := range x.dialogs {
			if c.media.quiet || c.media.reports {
				these = append(these, c.media)
			}
		}
		x.mu.Unlock()
		for _, m := range these {
			m.out.report(m.in.source())
		}
	}
}

// report sends a receiver report (RFC 3550, 6.4.2) about a source; about nothing where that is 0, as a call that listens to nobody does.
func (s *stream) report(about uint32, highest uint16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped || s.closed || !s.to.IsValid() {
		return
	}
	b := binary.BigEndian.AppendUint32([]byte{0x80, 201, 0, 1}, s.head.SSRC)
	if about != 0 {
		b[0], b[3] = 0x81, 7
		b = binary.BigEndian.AppendUint32(b, about)
		b = binary.BigEndian.AppendUint32(b, 0) // Nothing was lost.
		b = binary.BigEndian.AppendUint32(b, uint32(highest))
		b = binary.BigEndian.AppendUint32(b, 0) // Nothing came unevenly.
		b = binary.BigEndian.AppendUint32(b, sinceReport(time.Now()))
		b = binary.BigEndian.AppendUint32(b, 0)
	}
	to := net.UDPAddrFromAddrPort(s.to)
	to.Port++
	_, _ = s.conn.WriteToUDP(b, to)
}

// sinceReport says of the other end's last report that it came just now: its time, as the middle 32 bits of NTP's. So these reports need
// not read the other's, whose clock is the same.
func sinceReport(now time.Time) uint32 {
	const since1900 = 2_208_988_800
	return uint32(now.Unix()+since1900)<<16 | uint32(uint64(now.Nanosecond())<<16/1e9)
}
