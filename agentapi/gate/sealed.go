package gate

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
)

// What is sealed: each purpose has a key of its own, and what was sealed for one account or purpose is of no use for another.
const (
	sealSecret    = "second factor"
	sealEnrolment = "second factor to be turned on"
)

// seal encrypts a text, so that a column that was read, or a browser that keeps it, says nothing.
func (k Key) seal(purpose string, id AccountID, text []byte) ([]byte, error) {
	box, err := k.box(purpose)
	if err != nil {
		return nil, err
	}
	return box.Seal(nil, nil, text, []byte(id)), nil
}

func (k Key) unseal(purpose string, id AccountID, sealed []byte) ([]byte, error) {
	box, err := k.box(purpose)
	if err != nil {
		return nil, err
	}
	text, err := box.Open(nil, nil, sealed, []byte(id))
	if err != nil {
		return nil, errors.New("it was sealed with another key, or for another account")
	}
	return text, nil
}

func (k Key) box(purpose string) (cipher.AEAD, error) {
	secret, err := hkdf.Key(sha256.New, k.Secret, nil, "hotline: "+purpose, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
