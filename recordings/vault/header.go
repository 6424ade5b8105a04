package vault

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"hotline/recordings"
)

type sealing = cipher.AEAD

const (
	magic      = "HLREC\x00\x01\n"
	ending     = ".rec"
	slotsAt    = 32
	slotBytes  = 128
	headBytes  = slotsAt + 2*slotBytes
	chunkBytes = 64 << 10 // of sound in a record
	// A record is no longer than a chunk that cannot be packed, or the last one with its peaks.
	recordBytes = 1 << 20
)

// The kinds of records, which begin their nonces. A slot is none of them: it is sealed by another key.
const (
	kindSound byte = 1
	kindLast  byte = 2
)

// nonce is that of a record, by its place among all.
func nonce(kind byte, place uint64) []byte {
	n := make([]byte, 12)
	n[0] = kind
	binary.BigEndian.PutUint64(n[4:], place)
	return n
}

func lengthBytes(n int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }

// last is the last record of a file.
type last struct {
	Meta  recordings.Meta  `json:"meta"`
	Bytes int64            `json:"bytes"` // of sound
	Peaks recordings.Peaks `json:"peaks"`
}

// header is the beginning of a file.
//
// A slot is the length of the key's name, the name, a nonce, the wrapped key, and nothing up to its end. An empty one is nothing altogether.
type header struct{ bytes [headBytes]byte }

func newHeader(id recordings.ID) *header {
	h := new(header)
	copy(h.bytes[:], magic)
	as := uuid.MustParse(string(id)) // Put has looked
	copy(h.bytes[len(magic):], as[:])
	return h
}

// check says what of a header, but for its slots, is not as it must be.
func (h *header) check(id recordings.ID) error {
	want := newHeader(id)
	if string(h.bytes[:slotsAt]) != string(want.bytes[:slotsAt]) {
		return fmt.Errorf("%w: its header is not that of recording %s", recordings.ErrDamaged, id)
	}
	return nil
}

// bound is what each record is bound to.
func (h *header) bound() []byte { return h.bytes[:slotsAt:slotsAt] }

func (h *header) slot(n int) []byte { return h.bytes[slotsAt+n*slotBytes:][:slotBytes] }

// wrap writes a slot.
func (h *header) wrap(n int, by key, secret []byte) {
	slot := h.slot(n)
	clear(slot)
	slot[0] = byte(len(by.name))
	rest := slot[1+copy(slot[1:], by.name):]
	rand.Read(rest[:12])
	by.aead.Seal(rest[12:12], rest[:12], secret, append(h.bound(), by.name...))
}

// unwrap reads a slot: the name of its key, and the secret where keys has that one. An empty slot has no name.
func (h *header) unwrap(n int, keys *Keys) (name string, secret []byte, err error) {
	slot := h.slot(n)
	length := int(slot[0])
	if length == 0 || 1+length+12+keyBytes+16 > slotBytes {
		if [slotBytes]byte(slot) == [slotBytes]byte{} {
			return "", nil, nil
		}
		return "", nil, fmt.Errorf("%w: a slot for its key is none", recordings.ErrDamaged)
	}
	name = string(slot[1 : 1+length])
	if !keyName.MatchString(name) {
		return "", nil, fmt.Errorf("%w: its key has no name", recordings.ErrDamaged)
	}
	by, err := keys.named(name)
	if err != nil {
		return name, nil, err
	}
	rest := slot[1+length:]
	secret, err = by.aead.Open(nil, rest[:12], rest[12:12+keyBytes+16], append(h.bound(), name...))
	for _, b := range rest[12+keyBytes+16:] {
		if b != 0 {
			err = errors.New("there is something behind it")
		}
	}
	if err != nil {
		return name, nil, fmt.Errorf("%w: its key is not one that %s has wrapped", recordings.ErrDamaged, name)
	}
	return name, secret, nil
}

// secret is the file's own key, from whichever slot opens.
func (h *header) secret(keys *Keys) ([]byte, error) {
	var all error
	for n := range 2 {
		name, secret, err := h.unwrap(n, keys)
		if err == nil && name != "" {
			return secret, nil
		}
		all = errors.Join(all, err)
	}
	if all == nil {
		all = fmt.Errorf("%w: it has no key", recordings.ErrDamaged)
	}
	return nil, all
}
