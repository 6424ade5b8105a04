package gate

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"

	"hotline/agentapi"
)

// The parameters of argon2id, as OWASP advises for servers: 19 MiB, two passes, one lane.
// A change lets old hashes stand: each carries its own.
var argon = &argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// Lengths are in characters.
const (
	shortestPassword = 8
	longestPassword  = 256
	longestLogin     = 64
)

// HashPassword makes what Accounts keeps of a password.
func HashPassword(password string) (string, error) {
	if err := CheckPassword(password); err != nil {
		return "", fmt.Errorf("the password %w", err)
	}
	hash, err := argon2id.CreateHash(password, argon)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return hash, nil
}

// CheckPassword says why a password is none that anybody could sign in with. The error does not hold it: "has 7 characters; …".
func CheckPassword(password string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password):
		return errors.New("is no text in UTF-8")
	case n < shortestPassword || n > longestPassword:
		return fmt.Errorf("has %d characters; a password has from %d to %d", n, shortestPassword, longestPassword)
	}
	return nil
}

// CleanLogin is how logins are compared and kept: without space around, in lower case, and each letter in the one form that Unicode
// prefers, for some keyboards write "й" as one character and others as two.
func CleanLogin(login string) string {
	return norm.NFKC.String(strings.ToLower(norm.NFKC.String(strings.TrimSpace(login))))
}

// CheckLogin says why a login, as CleanLogin returns it, is none.
func CheckLogin(login string) error {
	n := utf8.RuneCountInString(login)
	unseen := strings.ContainsFunc(login, func(r rune) bool { return !unicode.IsPrint(r) }) || !utf8.ValidString(login)
	switch {
	case login != CleanLogin(login):
		return fmt.Errorf("login %q is not in lower case, or has a space around it", agentapi.Printable(login))
	case n < 1 || n > longestLogin:
		return fmt.Errorf("a login has from 1 to %d characters, and this one has %d", longestLogin, n)
	case unseen:
		return fmt.Errorf("login %q has a character in it that is not seen", agentapi.Printable(login))
	}
	return nil
}
