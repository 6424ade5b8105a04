package softphone

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/zaf/g711"
)

// law is one of G.711's two codings.
type law struct {
	payload uint8 // RTP's static payload type (RFC 3551)
	name    string
	silence byte
	encode  func(int16) uint8
	decode  func(uint8) int16
}

var (
	ulaw = &law{0, "PCMU", 0xff, g711.EncodeUlawFrame, g711.DecodeUlawFrame}
	alaw = &law{8, "PCMA", 0xd5, g711.EncodeAlawFrame, g711.DecodeAlawFrame}
)

func lawOf(payload uint8) *law {
	switch payload {
	case ulaw.payload:
		return ulaw
	case alaw.payload:
		return alaw
	default:
		return nil
	}
}

const ourEvents = 101 // the payload type we offer for digits (RFC 4733)

// description is what one end says about its sound (SDP, RFC 8866), as far as it concerns a telephone.
type description struct {
	addr      netip.AddrPort // where that end wants to receive
	law       *law
	events    uint8  // payload type of digits; 0 is none
	direction string // seen from that end: sendrecv, sendonly, recvonly, inactive
}

// parseSDP reads a body from the network. diago's own parser panics on an empty line.
func parseSDP(body []byte) (description, error) {
	d := description{direction: "sendrecv"}
	host, port, formats := "", "", []string(nil)
	inAudio := false
	for line := range strings.Lines(string(body)) {
		line = strings.TrimRight(line, "\r\n")
		kind, value, ok := strings.Cut(line, "=")
		if !ok {
			continue
		}
		fields := strings.Fields(value)
		if kind == "m" {
			inAudio = formats == nil && len(fields) > 3 && fields[0] == "audio"
			if inAudio {
				port, _, _ = strings.Cut(fields[1], "/")
				formats = fields[3:]
			}
			continue
		}
		if formats != nil && !inAudio {
			continue // The line is about another stream.
		}
		switch {
		case kind == "c" && len(fields) == 3:
			host, _, _ = strings.Cut(fields[2], "/")
		case kind == "a" && (value == "sendonly" || value == "recvonly" || value == "inactive" || value == "sendrecv"):
			d.direction = value
		case kind == "a" && inAudio && len(fields) == 2 && strings.EqualFold(fields[1], "telephone-event/8000"):
			if n, err := strconv.ParseUint(strings.TrimPrefix(fields[0], "rtpmap:"), 10, 7); err == nil {
				d.events = uint8(n)
			}
		}
	}
	if formats == nil {
		return d, errors.New("description has no audio")
	}
	for _, f := range formats {
		if n, err := strconv.ParseUint(f, 10, 7); err == nil && d.law == nil {
			d.law = lawOf(uint8(n))
		}
	}
	if d.law == nil {
		return d, fmt.Errorf("no common codec among %s", strings.Join(formats, " "))
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return d, fmt.Errorf("description's address %q: %w", host, err)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return d, fmt.Errorf("description's port %q: %w", port, err)
	}
	d.addr = netip.AddrPortFrom(ip.Unmap(), uint16(n))
	return d, nil
}

// hears says whether that end wants to hear us.
func (d description) hears() bool {
	return d.law != nil && d.addr.Port() != 0 && !d.addr.Addr().IsUnspecified() &&
		(d.direction == "sendrecv" || d.direction == "recvonly")
}

// mirrored is the direction with which we answer theirs.
func mirrored(direction string) string {
	switch direction {
	case "sendonly":
		return "recvonly"
	case "recvonly":
		return "sendonly"
	case "inactive":
		return "inactive"
	default:
		return "sendrecv"
	}
}

// describe writes our description. We receive at a.
func describe(a netip.AddrPort, version int, laws []*law, events uint8, direction string) []byte {
	family := "IP4"
	if a.Addr().Is6() {
		family = "IP6"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "v=0\r\no=- %d %d IN %s %s\r\ns=hotline\r\nc=IN %s %s\r\nt=0 0\r\nm=audio %d RTP/AVP",
		time.Now().Unix(), version, family, a.Addr(), family, a.Addr(), a.Port())
	for _, l := range laws {
		fmt.Fprintf(&b, " %d", l.payload)
	}
	if events != 0 {
		fmt.Fprintf(&b, " %d", events)
	}
	b.WriteString("\r\n")
	for _, l := range laws {
		fmt.Fprintf(&b, "a=rtpmap:%d %s/8000\r\n", l.payload, l.name)
	}
	if events != 0 {
		fmt.Fprintf(&b, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-15\r\n", events, events)
	}
	fmt.Fprintf(&b, "a=ptime:20\r\na=%s\r\n", direction)
	return []byte(b.String())
}
