package lists

import (
	"encoding/base64"
	"encoding/json"
	"hash/fnv"
	"time"
)

// cursor names the last row of a page, by its place in the order and its name, and the question that it is of.
type cursor struct {
	Of uint64 `json:"q"`
	At int64  `json:"t"` // microseconds, which is what the database keeps
	N  string `json:"n"`
}

func writePlace(of uint64, at time.Time, name string) string {
	b, err := json.Marshal(cursor{of, at.UnixMicro(), name})
	if err != nil {
		panic(err) // plain values
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// readPlace reads a cursor of a question. An error is ErrCursor.
func readPlace(of uint64, text string) (at time.Time, name string, err error) {
	var c cursor
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil || c.Of != of || c.N == "" {
		return at, "", ErrCursor
	}
	return time.UnixMicro(c.At).UTC(), c.N, nil
}

// hashOf is of what a question asks, written as plain values.
func hashOf(question any) uint64 {
	b, err := json.Marshal(question)
	if err != nil {
		panic(err) // plain values
	}
	h := fnv.New64a()
	_, _ = h.Write(b)
	return h.Sum64()
}
