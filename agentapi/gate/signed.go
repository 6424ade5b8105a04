package gate

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Key is what the gate signs cookies with, so that one which was made up costs no look at the accounts. Who has it can make
// cookies that look right, and signs nobody in: the sign-in itself must be among the accounts'.
type Key struct {
	Secret        []byte    // 32 bytes
	UnsignedUntil time.Time // until then there may be sign-ins from before cookies were signed; zero: there are none
}

// Keys keeps the Key, the same for all Hotlines on one database and after each restart.
type Keys interface {
	// Key is made when it is first asked for.
	Key(ctx context.Context) (Key, error)
}

// signer signs with the key, once it was read.
type signer struct {
	keys Keys

	mu    sync.Mutex
	key   Key       // guarded by mu
	again time.Time // when it may be asked for next, after it was in vain; guarded by mu
}

var errNoKey = errors.New("the key for cookies could not be read a moment ago")

// ready reads the key, once.
func (s *signer) ready(ctx context.Context) (Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.key.Secret != nil {
		return s.key, nil
	}
	began := time.Now()
	if began.Before(s.again) {
		return Key{}, errNoKey // one who asks at a time is enough
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	key, err := s.keys.Key(ctx)
	if err != nil {
		// Who refuses at once, as a database does that has not got its tables yet, may be asked again soon; one that hangs may not.
		s.again = time.Now().Add(min(time.Second, 10*time.Since(began)))
		return Key{}, err
	}
	s.key = key
	return key, nil
}

// mark signs parts for one purpose. It is 22 characters that fit into a cookie.
func (k Key) mark(purpose string, parts ...string) string {
	h := hmac.New(sha256.New, k.Secret)
	h.Write([]byte(purpose))
	for _, part := range parts {
		h.Write([]byte{0})
		h.Write([]byte(part))
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

func (k Key) right(mark, purpose string, parts ...string) bool {
	return hmac.Equal([]byte(mark), []byte(k.mark(purpose, parts...)))
}

// newToken makes a sign-in's secret, with its mark.
func (k Key) newToken() string {
	secret := rand.Text() + rand.Text() // 2 × 130 bits
	return secret + "." + k.mark("sign-in", secret)
}

// unsignedToken is the length of tokens from before they were signed.
const unsignedToken = 52

// mayBe says whether a token can be one of ours.
func (k Key) mayBe(token string, now time.Time) bool {
	secret, mark, signed := strings.Cut(token, ".")
	if !signed {
		return len(token) == unsignedToken && now.Before(k.UnsignedUntil)
	}
	return k.right(mark, "sign-in", secret)
}

// BrowserCookie is the cookie by which a browser is known again long after a sign-in has ended: its name, and a mark for each
// login that was signed in with on it. It lets nobody in; it lets them go before those who only guess.
const BrowserCookie = "hotline_browser"

const (
	browserLifetime = 180 * 24 * time.Hour
	loginsOfBrowser = 20 // more people than that do not share a desk
)

// knownBrowser is the name of the browser whose cookie this is, where its mark for the login is right; else "".
func (k Key) knownBrowser(cookie, login string) string {
	name, marks := readBrowser(cookie)
	for _, m := range marks {
		if k.right(m, "browser", name, login) {
			return name
		}
	}
	return ""
}

// withLogin is the browser's cookie after a sign-in.
func (k Key) withLogin(cookie, login string) string {
	name, marks := readBrowser(cookie)
	if name == "" {
		name = rand.Text()
	}
	mark := k.mark("browser", name, login)
	marks = slices.DeleteFunc(marks, func(m string) bool { return m == mark })
	marks = append([]string{mark}, marks...)
	return strings.Join(append([]string{name}, marks[:min(len(marks), loginsOfBrowser)]...), ".")
}

func readBrowser(cookie string) (name string, marks []string) {
	parts := strings.Split(cookie, ".")
	if len(cookie) > 1024 || len(parts) > 1+loginsOfBrowser || len(parts[0]) != 26 {
		return "", nil
	}
	return parts[0], parts[1:]
}

// browserCookie goes with requests to sign in alone.
func (v visitor) browserCookie(value string) http.Cookie {
	return http.Cookie{
		Name: BrowserCookie, Value: value, Path: "/api/v1/session", MaxAge: int(browserLifetime.Seconds()),
		HttpOnly: true, Secure: v.tls, SameSite: http.SameSiteStrictMode,
	}
}
