package gate

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"golang.org/x/text/unicode/norm"

	"hotline/agentapi"
)

// SecondFactor is what is kept of an account's second factor: codes of six digits that an app on the person's phone shows, each for
// half a minute (TOTP, RFC 6238), and recovery codes for when the phone is lost, each of which counts once.
type SecondFactor struct {
	Secret   []byte   // which the app has, too; sealed with the Key
	Step     int64    // the time step of the last code that was accepted: no code of it or an earlier one is accepted again
	Recovery [][]byte // SHA-256 of each recovery code that is left
}

// Code is one that was found right: of a time step, or a recovery code by its hash.
type Code struct {
	Step     int64
	Recovery []byte // nil: it is of a time step
}

// SecondFactors is where second factors are kept.
type SecondFactors interface {
	// SecondFactor is an account's; ErrNoAccount where it has none.
	SecondFactor(ctx context.Context, id AccountID) (SecondFactor, error)
	// UseCode uses up a code of the second factor with this sealed secret. Where it is used up already, or the second factor is another
	// by now, it is ErrNoAccount: of two who use one code at the same time, one gets that.
	UseCode(ctx context.Context, id AccountID, secret []byte, c Code) error
	// TurnOn gives an account with this password's hash, and without a second factor, this one, and ends its sign-ins but the one that
	// is kept. Else it is ErrNoAccount.
	TurnOn(ctx context.Context, id AccountID, passwordHash string, f SecondFactor, keep TokenHash) error
	// TurnOff takes an account's second factor away, and ends its sign-ins but the one that is kept. It is ErrNoAccount where there is
	// no such account; one without a second factor is no error.
	TurnOff(ctx context.Context, id AccountID, keep TokenHash) error
}

// How codes are made is what all apps know, and what RFC 6238 gives: others could not be typed in by hand.
const (
	timeStep       = 30 * time.Second
	drift          = 1 // so many time steps a phone's clock may be late or early
	recoveryCodes  = 10
	recoveryLength = 16 // characters of base32: 80 bits
)

// second checks the code that somebody gives who has the right password, and uses it up. It is a Problem where it is not right.
func (g *Gate) second(ctx context.Context, key Key, c claim, a Account, code string) error {
	if !a.SecondFactor {
		return nil
	}
	if code = cleanCode(code); code == "" {
		return agentapi.Refuse(agentapi.CodeSecondFactor, "the password is right, and a code of the second factor is needed, too")
	}
	guess := guessOf{a.ID, c.browser != ""}
	short := len(code) < recoveryLength // a recovery code is guessed by nobody
	if short {
		if wait := g.guesses.begin(guess, time.Now()); wait > 0 {
			g.log.Warn("somebody who has the password of an account tries one code after the other", "account", a.ID)
			return agentapi.Refuse(agentapi.CodeTooManyCodes, "too many wrong codes: try again in %s, or use a recovery code", wait.Round(time.Second))
		}
	}
	f, err := g.accounts.SecondFactor(ctx, a.ID)
	if err == nil {
		var right Code
		if right, err = g.find(key, a.ID, f, code, time.Now()); err == nil {
			err = g.accounts.UseCode(ctx, a.ID, f.Secret, right)
		}
	}
	switch {
	case errors.Is(err, ErrNoAccount):
		return wrongCode()
	case err != nil:
		g.guesses.took(guess, short)
		return fmt.Errorf("check a code of account %s: %w", a.ID, err)
	}
	g.guesses.right(guess)
	if !short {
		g.log.Warn("a recovery code was used in the place of the second factor", "account", a.ID, "left", len(f.Recovery)-1)
	}
	return nil
}

// find says which code this is, or ErrNoAccount.
func (g *Gate) find(key Key, id AccountID, f SecondFactor, code string, now time.Time) (Code, error) {
	if len(code) == recoveryLength {
		hash := hashRecovery(id, code)
		if slices.ContainsFunc(f.Recovery, func(kept []byte) bool { return subtle.ConstantTimeCompare(kept, hash) == 1 }) {
			return Code{Recovery: hash}, nil
		}
		return Code{}, ErrNoAccount
	}
	secret, err := key.unseal(sealSecret, id, f.Secret)
	if err != nil {
		g.log.Error("an account's second factor cannot be read, so that only its recovery codes count: reset it", "account", id, "err", err)
		return Code{}, ErrNoAccount
	}
	step, ok := stepOf(secret, code, now)
	if !ok || step <= f.Step {
		return Code{}, ErrNoAccount
	}
	return Code{Step: step}, nil
}

// stepOf is the time step whose code this is, of those that count now.
func stepOf(secret []byte, code string, now time.Time) (step int64, ok bool) {
	text, at := secretText(secret), now.Unix()/int64(timeStep.Seconds())
	for candidate := at - drift; candidate <= at+drift; candidate++ {
		right, err := hotp.GenerateCodeCustom(text, uint64(candidate), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(right), []byte(code)) == 1 {
			step, ok = candidate, true
		}
	}
	return step, ok
}

func secretText(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// cleanCode is a code as it is compared: in capitals, and without what people put between its parts.
func cleanCode(code string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, strings.ToUpper(norm.NFKC.String(code)))
}

// hashRecovery hashes a recovery code. It is random enough for that to be fast.
func hashRecovery(id AccountID, code string) []byte {
	hash := sha256.Sum256([]byte("recovery code\x00" + string(id) + "\x00" + code))
	return hash[:]
}

func wrongCode() *agentapi.Problem {
	return agentapi.Refuse(agentapi.CodeWrongCode, "the code is not right, or was used already")
}
