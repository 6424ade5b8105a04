package gate

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
)

// The parameters of argon2id, as OWASP advises for servers: 19 MiB, two passes, one lane.
// A change lets old hashes stand: each carries its own.
var argon = &argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

const (
	shortestPassword = 8
	longestPassword  = 256
	longestLogin     = 64
)

// HashPassword makes what Accounts keeps of a password.
func HashPassword(password string) (string, error) {
	n := utf8.RuneCountInString(password)
	if n < shortestPassword || len(password) > longestPassword {
		return "", fmt.Errorf("a password has at least %d characters and at most %d bytes; this one has %d and %d",
			shortestPassword, longestPassword, n, len(password))
	}
	hash, err := argon2id.CreateHash(password, argon)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return hash, nil
}

// CleanLogin is how logins are compared and kept: without space around, in lower case.
func CleanLogin(login string) string { return strings.ToLower(strings.TrimSpace(login)) }
