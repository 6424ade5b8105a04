package hooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The headers of a request, besides those of HTTP.
const (
	SignatureHeader = "Hotline-Signature" // t=1764399600,v1=5257a8…
	IDHeader        = "Hotline-Event"     // the event's id, also in formats that have no place for it
)

// Sign is the signature of a body that is sent at a time: the time in seconds since 1970, and in hexadecimal the HMAC-SHA256 by the
// secret of that time, a dot, and the body as it is sent. A receiver that looks at the time takes no request a second time from
// somebody who has overheard it.
func Sign(secret string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	return "t=" + t + ",v1=" + hex.EncodeToString(sum(secret, t, body))
}

func sum(secret, t string, body []byte) []byte {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(t + "."))
	m.Write(body)
	return m.Sum(nil)
}

// Verify is what a receiver does: it says whether a signature is that of a body, and not older or newer than a tolerance. Parts that it does
// not know it passes over; of several v1 one must be right.
func Verify(secret, signature string, body []byte, now time.Time, tolerance time.Duration) error {
	var t string
	var given [][]byte
	for part := range strings.SplitSeq(signature, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			t = value
		case "v1":
			if b, err := hex.DecodeString(value); err == nil {
				given = append(given, b)
			}
		}
	}
	seconds, err := strconv.ParseInt(t, 10, 64)
	if err != nil {
		return errors.New("the signature has no time")
	}
	if off := now.Sub(time.Unix(seconds, 0)).Abs(); off > tolerance {
		return fmt.Errorf("the signature is off by %s", off.Round(time.Second))
	}
	want := sum(secret, t, body)
	for _, g := range given {
		if hmac.Equal(g, want) {
			return nil
		}
	}
	return errors.New("the signature is not that of this body")
}
