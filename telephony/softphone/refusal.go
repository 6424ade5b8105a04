package softphone

import (
	"github.com/emiago/sipgo/sip"
)

// Refusal is a final answer to a call that does not take it: any code from 300 to 699.
type Refusal struct {
	Code    int
	Headers []sip.Header // a Contact with the address that the caller is to try instead (Elsewhere), a Reason, a challenge
}

// Elsewhere is the refusal of a phone that forwards: 301 or 302, with the address where the caller is to try.
func Elsewhere(code int, uri string) Refusal {
	return Refusal{Code: code, Headers: []sip.Header{sip.NewHeader("Contact", "<"+uri+">")}}
}

// Challenge is the refusal of a phone that asks the caller for a password: 401, or 407.
func Challenge(code int) Refusal {
	name := "WWW-Authenticate"
	if code == sip.StatusProxyAuthRequired {
		name = "Proxy-Authenticate"
	}
	return Refusal{Code: code, Headers: []sip.Header{sip.NewHeader(name, `Digest realm="phone", nonce="1", algorithm=MD5`)}}
}

func reason(code int) string {
	switch code {
	case sip.StatusBusyHere:
		return "Busy Here"
	case sip.StatusTemporarilyUnavailable:
		return "Temporarily Unavailable"
	case sip.StatusGlobalDecline:
		return "Decline"
	case sip.StatusNotFound:
		return "Not Found"
	case sip.StatusMovedTemporarily:
		return "Moved Temporarily"
	case sip.StatusTrying:
		return "Trying"
	case sip.StatusRinging:
		return "Ringing"
	case sip.StatusSessionInProgress:
		return "Session Progress"
	default:
		return "Refused"
	}
}
