package asterisk

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"hotline/telephony"
)

// callID derives a call's id from the caller's channel: the time when it came, as the dialplan says or as Asterisk made the channel, and a
// hash of the node and the channel's unique id, in the shape of a UUIDv7 (RFC 9562, 5.7). A restarted Hotline
// that finds the channel derives the same id.
func callID(node, channel string, created time.Time) telephony.CallID {
	sum := sha256.Sum256([]byte(node + "\x00" + channel))
	var id [16]byte
	ms := uint64(created.UnixMilli())
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	copy(id[6:], sum[:])
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	h := hex.EncodeToString(id[:])
	return telephony.CallID(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:])
}

// madeAt reads when a call came as the dialplan names it: milliseconds since 1970. It is not ok where that is not near the time when the channel was made, of
// which the dialplan knows nothing.
func madeAt(text string, channel time.Time) (made time.Time, ok bool) {
	ms, err := strconv.ParseInt(text, 10, 64)
	made = time.UnixMilli(ms)
	return made, err == nil && made.Sub(channel).Abs() < time.Minute
}

// madeIn is the same of the arguments of Stasis(), where it is the fourth; the time when the channel was made where there is none.
func madeIn(args []string, channel time.Time) time.Time {
	if len(args) > 3 {
		if made, ok := madeAt(args[3], channel); ok {
			return made
		}
	}
	return channel
}

// owner is the call to which a leg, bridge, playback or recording belongs. Names that were made here begin with the id of their
// call; owner is false for those that Asterisk made.
func owner(name string) (telephony.CallID, bool) {
	const length = 36
	if len(name) < length || (len(name) > length && name[length] != '.') {
		return "", false
	}
	for i, c := range []byte(name[:length]) {
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return "", false
			}
		case 14:
			if c != '7' {
				return "", false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
				return "", false
			}
		}
	}
	return telephony.CallID(name[:length]), true
}

// ofReserve begins the names of messages that the reserve mode has taken: then come the two that name their call, the milliseconds since 1970 and the channel.
const ofReserve = "reserve-"

// messageOwner is the call to which a recording belongs: also one that the reserve mode has taken, where it knows nothing of the calls' names.
func messageOwner(node, name string) (telephony.CallID, bool) {
	rest, is := strings.CutPrefix(name, ofReserve)
	if !is {
		return owner(name)
	}
	text, channel, _ := strings.Cut(rest, "-")
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil || ms <= 0 || channel == "" {
		return "", false
	}
	return callID(node, channel, time.UnixMilli(ms)), true
}

// fitsPath reports whether a name can stand in the path of a request as it is, without being escaped.
func fitsPath(name string) bool {
	if name == "" || len(name) > 200 {
		return false
	}
	for _, c := range []byte(name) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '.', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}
