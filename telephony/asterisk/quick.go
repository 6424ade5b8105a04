package asterisk

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/CyCoreSystems/ari/v5"
)

// quick reads an event of those that come for each call and are used by little of what they say: in one pass, where the library takes six and keeps all of it. What it leaves
// out is empty. It is not ok for all other events, and for whatever looks unlike what Asterisk sends; the library reads these. What both read they read the same.
// response is the network's in an event of the end of a channel, which the library's types lack; 0 where it says none.
func quick(frame []byte) (event ari.Event, response int, ok bool) {
	var (
		kind, status, forward    string
		channel, peer, forwarded ari.ChannelData
		device                   ari.DeviceStateData
		cause                    int
		soft                     bool
	)
	s := scanner{text: frame}
	ok = s.members(func(name []byte) bool {
		switch string(name) {
		case "type":
			return s.word(&kind)
		case "channel":
			return s.channel(&channel)
		case "peer":
			return s.channel(&peer)
		case "forwarded":
			return s.channel(&forwarded)
		case "replace_channel":
			return false
		case "dialstatus":
			return s.word(&status)
		case "forward":
			return s.word(&forward)
		case "device_state":
			return s.members(func(name []byte) bool {
				switch string(name) {
				case "name":
					return s.word(&device.Name)
				case "state":
					return s.word(&device.State)
				}
				return s.skip(0)
			})
		case "cause":
			return s.number(&cause)
		case "tech_cause":
			return s.number(&response)
		case "soft":
			return s.truth(&soft)
		}
		return s.skip(0)
	}) && s.atEnd()
	if !ok {
		return nil, 0, false
	}
	switch kind {
	case ari.Events.StasisStart:
		_, ok = owner(channel.ID) // of all others much is looked at
		event = &ari.StasisStart{Channel: channel}
	case ari.Events.StasisEnd:
		event = &ari.StasisEnd{Channel: channel}
	case ari.Events.ChannelStateChange:
		event = &ari.ChannelStateChange{Channel: channel}
	case ari.Events.ChannelDestroyed:
		event = &ari.ChannelDestroyed{Channel: channel, Cause: cause}
	case ari.Events.ChannelHangupRequest:
		event = &ari.ChannelHangupRequest{Channel: channel, Cause: cause, Soft: soft}
	case ari.Events.Dial:
		event = &ari.Dial{Peer: peer, Dialstatus: status, Forward: forward, Forwarded: forwarded}
	case ari.Events.DeviceStateChanged:
		event = &ari.DeviceStateChanged{DeviceState: device}
	default:
		ok = false
	}
	return event, response, ok
}

// quickResponse reads a reply in one pass. It is not ok for whatever looks unlike what Asterisk sends.
func quickResponse(frame []byte) (r restResponse, ok bool) {
	s := scanner{text: frame}
	ok = s.members(func(name []byte) bool {
		switch string(name) {
		case "type":
			return s.word(&r.Type)
		case "request_id":
			return s.word(&r.RequestID)
		case "status_code":
			return s.number(&r.Code)
		case "reason_phrase":
			return s.word(&r.Reason)
		case "message_body":
			return s.any(&r.Body)
		}
		return s.skip(0)
	}) && s.atEnd()
	if !ok {
		return restResponse{}, false
	}
	return r, true
}

// channel reads of a channel its id and its state.
func (s *scanner) channel(c *ari.ChannelData) bool {
	*c = ari.ChannelData{}
	return s.members(func(name []byte) bool {
		switch string(name) {
		case "id":
			return s.word(&c.ID)
		case "state":
			return s.word(&c.State)
		}
		return s.skip(0)
	})
}

// scanner reads JSON (RFC 8259) from its beginning to its end. Each of its methods reads a value, and is false where there is none of the kind: then it is of no use any more.
type scanner struct {
	text []byte
	at   int
}

// deepest is how deep a value may be nested that is passed over; what Asterisk sends is so twice or three times.
const deepest = 16

// next is the next byte that is no white space, which is not taken; 0 at the end.
func (s *scanner) next() byte {
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// take takes the next byte that is no white space, where it is c.
func (s *scanner) take(c byte) bool {
	if s.next() != c {
		return false
	}
	s.at++
	return true
}

func (s *scanner) atEnd() bool { return s.next() == 0 && s.at == len(s.text) }

// members reads an object, and lets each read the value of the member whose name it is given. A name that is not all small letters, digits and _ may be taken for another by
// encoding/json, and is none here.
func (s *scanner) members(each func(name []byte) bool) bool {
	if !s.take('{') {
		return false
	}
	if s.take('}') {
		return true
	}
	for {
		if s.next() != '"' {
			return false
		}
		from := s.at + 1
		for s.at++; s.at < len(s.text) && isPlain(s.text[s.at]); s.at++ {
		}
		name := s.text[from:s.at]
		if s.at == len(s.text) || s.text[s.at] != '"' {
			return false
		}
		s.at++
		if !s.take(':') || !each(name) {
			return false
		}
		if !s.take(',') {
			return s.take('}')
		}
	}
}

func isPlain(c byte) bool { return c >= 'a' && c <= 'z' || c == '_' || c >= '0' && c <= '9' }

// word reads a text in which nothing is escaped and everything is ASCII.
func (s *scanner) word(into *string) bool {
	if !s.take('"') {
		return false
	}
	for from := s.at; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '"':
			*into = string(s.text[from:s.at])
			s.at++
			return true
		case c < ' ' || c == '\\' || c >= 0x80:
			return false
		}
	}
	return false
}

// any reads any text.
func (s *scanner) any(into *string) bool {
	if s.next() != '"' {
		return false
	}
	from := s.at
	if !s.isText() {
		return false
	}
	text := s.text[from:s.at]
	if bytes.IndexByte(text, '\\') < 0 && utf8.Valid(text) {
		*into = string(text[1 : len(text)-1])
		return true
	}
	return json.Unmarshal(text, into) == nil
}

// number reads a number without a sign and a fraction, of nine digits at most.
func (s *scanner) number(into *int) bool {
	s.next()
	from := s.at
	if !s.isNumber() || s.at-from > 9 {
		return false
	}
	n := 0
	for _, c := range s.text[from:s.at] {
		if c < '0' || c > '9' {
			return false
		}
		n = 10*n + int(c-'0')
	}
	*into = n
	return true
}

func (s *scanner) truth(into *bool) bool {
	switch s.next() {
	case 't':
		*into = true
		return s.literal("true")
	case 'f':
		*into = false
		return s.literal("false")
	}
	return false
}

func (s *scanner) literal(text string) bool {
	end := s.at + len(text)
	if end > len(s.text) || string(s.text[s.at:end]) != text {
		return false
	}
	s.at = end
	return true
}

// skip passes over any value.
func (s *scanner) skip(depth int) bool {
	if depth > deepest {
		return false
	}
	switch s.next() {
	case '"':
		return s.isText()
	case '{':
		s.at++
		if s.take('}') {
			return true
		}
		for {
			if s.next() != '"' || !s.isText() || !s.take(':') || !s.skip(depth+1) {
				return false
			}
			if !s.take(',') {
				return s.take('}')
			}
		}
	case '[':
		s.at++
		if s.take(']') {
			return true
		}
		for {
			if !s.skip(depth + 1) {
				return false
			}
			if !s.take(',') {
				return s.take(']')
			}
		}
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	}
	return s.isNumber()
}

// isText passes over a text, which begins here.
func (s *scanner) isText() bool {
	for s.at++; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return true
		case c < ' ':
			return false
		case c == '\\':
			if s.at++; s.at == len(s.text) {
				return false
			}
			switch s.text[s.at] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				for range 4 {
					if s.at++; s.at == len(s.text) || !isHex(s.text[s.at]) {
						return false
					}
				}
			default:
				return false
			}
		}
	}
	return false
}

func isHex(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isNumber passes over a number.
func (s *scanner) isNumber() bool {
	if s.next() == '-' {
		s.at++
	}
	if s.is('0') {
		s.at++
	} else if !s.digits() {
		return false
	}
	if s.is('.') {
		if s.at++; !s.digits() {
			return false
		}
	}
	if s.is('e') || s.is('E') {
		if s.at++; s.is('+') || s.is('-') {
			s.at++
		}
		return s.digits()
	}
	return true
}

func (s *scanner) is(c byte) bool { return s.at < len(s.text) && s.text[s.at] == c }

// digits passes over one digit and all that follow.
func (s *scanner) digits() bool {
	from := s.at
	for s.at < len(s.text) && isDigit(s.text[s.at]) {
		s.at++
	}
	return s.at > from
}
