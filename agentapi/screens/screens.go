// Package screens shows the wall on a large screen where nobody is signed in: a television in the room.
//
//	television, /screen ──► a code of 30 s, and a secret that it keeps ──┐
//	supervisor ──► types the code, says what is to be seen ──► Pair ─────┤
//	television ──► Claim with its secret ──► a cookie of its own ──► Frame, once a second, for years
//	supervisor ──► takes the screen away ──► its cookie is worth nothing
//
// Invariants:
//   - A screen is shown queues, figures and alarms; never a caller. Names of agents, and of who sees to an alarm, are there only where the supervisor said so.
//   - A cookie of a screen opens its frames and nothing else, and is kept by its hash alone.
//   - A code counts once, for 30 s, and only to somebody who oversees; who types wrong ones is held up. Whoever asks for codes has few at a time.
//   - A screen outlives restarts of Hotline and of its browser, and goes on while the database is away, as far as it was known before.
package screens

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"math/big"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"hotline/agentapi"
	"hotline/queues"
)

// Hash is of a screen's secret.
type Hash [sha256.Size]byte

// Screen is one that a supervisor has let in.
type Screen struct {
	ID      string
	Name    string
	Hash    Hash
	Shows   Shows
	By      string // a person's id
	At      time.Time
	Address string // where it was when it was let in
}

// Shows is what is to be seen on a screen.
type Shows struct {
	Queues     []queues.QueueID `json:"queues,omitempty" maxItems:"200" doc:"absent: all"`
	Department string           `json:"department,omitempty" maxLength:"100" doc:"its queues and agents alone"`
	Agents     bool             `json:"agents,omitempty" doc:"the agents by name, and who sees to an alarm"`
	Sound      bool             `json:"sound,omitempty" doc:"alarms are heard, where its browser lets it"`
	Language   string           `json:"language" enum:"ru,en"`
	Theme      string           `json:"theme" enum:"light,dark"`
}

// Store keeps screens. The Screens of agentapi/postgres implement it.
type Store interface {
	Screens(ctx context.Context) ([]Screen, error)
	KeepScreen(ctx context.Context, s Screen) error // a new one
	// ChangeScreen gives one another name, and other things to show; it is not there where it was taken away.
	ChangeScreen(ctx context.Context, id, name string, shows Shows) (there bool, err error)
	DropScreen(ctx context.Context, id string) error
}

// Bounds of what is asked for and typed.
const (
	codeLasts  = 30 * time.Second
	codesMost  = 60 // at once
	codesOfOne = 5  // from one household
	wrongMost  = 10 // codes that one supervisor may type wrong in wrongIn
	wrongIn    = 5 * time.Minute
	mostKept   = 100
	longName   = 60
)

// code is one that a television shows.
type code struct {
	digits    string
	hash      Hash
	address   string
	household string
	expires   time.Time
	paired    bool
}

// Screens are those that were let in, and the codes of those that want to be. It is safe for concurrent use.
type Screens struct {
	store Store
	log   *slog.Logger
	now   func() time.Time

	mu    sync.Mutex // guards what is below
	known bool       // all is those of the database
	all   []Screen
	seen  map[string]time.Time // when each last asked, by id
	given map[string]time.Time // when each was last given its cookie by a frame, likewise
	codes []code
	wrong map[string][]time.Time // by whom
	wall  agentapi.Wall
}

// New makes screens of a store; nil keeps none beyond a restart.
func New(store Store, log *slog.Logger) *Screens {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Screens{store: store, log: log, now: time.Now, known: store == nil, seen: map[string]time.Time{}, given: map[string]time.Time{}, wrong: map[string][]time.Time{}}
}

// Show takes the newest wall.
func (s *Screens) Show(w agentapi.Wall) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wall = w
}

// Run reads the screens of before the start, as soon as the database gives them.
func (s *Screens) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := s.read(ctx); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(2 * time.Second):
		}
	}
	return nil
}

func (s *Screens) read(ctx context.Context) error {
	if s.store == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	all, err := s.store.Screens(ctx)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all, s.known = all, true
	return nil
}

func hashOf(secret string) Hash { return sha256.Sum256([]byte(secret)) }

// NewCode is a code for a television at an address, and the secret by which it finds out that it was let in. A household, as the gate counts
// visitors, has few codes at a time.
func (s *Screens) NewCode(address, household string) (digits, secret string, expires time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.codes = slices.DeleteFunc(s.codes, func(c code) bool { return now.After(c.expires.Add(codeLasts)) }) // one that was typed in its last second is claimed after it
	live, here := 0, 0
	for _, c := range s.codes {
		if c.expires.After(now) {
			live++
			if c.household == household {
				here++
			}
		}
	}
	if live >= codesMost || here >= codesOfOne {
		return "", "", time.Time{}, agentapi.Refuse(agentapi.CodeTooManyCodes, "too many screens want a code: wait half a minute")
	}
	for digits == "" || slices.ContainsFunc(s.codes, func(c code) bool { return c.digits == digits }) {
		n, err := rand.Int(rand.Reader, big.NewInt(100_000_000))
		if err != nil {
			return "", "", time.Time{}, err
		}
		digits = fmt.Sprintf("%08d", n)
	}
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails
	secret, expires = base64.RawURLEncoding.EncodeToString(raw[:]), now.Add(codeLasts)
	s.codes = append(s.codes, code{digits: digits, hash: hashOf(secret), address: address, household: household, expires: expires})
	return digits, secret, expires, nil
}

// Pair lets the television in that shows a code.
func (s *Screens) Pair(ctx context.Context, typed, name string, shows Shows, by string) (Screen, error) {
	typed = strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, typed)
	s.mu.Lock()
	now := s.now()
	wrong := slices.DeleteFunc(s.wrong[by], func(at time.Time) bool { return now.Sub(at) > wrongIn })
	s.wrong[by] = wrong
	i := slices.IndexFunc(s.codes, func(c code) bool { return c.digits == typed && !c.paired && c.expires.After(now) })
	switch {
	case len(wrong) >= wrongMost:
		s.mu.Unlock()
		return Screen{}, agentapi.Refuse(agentapi.CodeTooManyCodes, "too many wrong codes: wait a few minutes")
	case i < 0:
		s.wrong[by] = append(wrong, now)
		s.mu.Unlock()
		return Screen{}, agentapi.Refuse(agentapi.CodeWrongCode, "no screen shows this code now")
	case !s.known:
		s.mu.Unlock()
		return Screen{}, agentapi.Refuse(agentapi.CodeUnavailable, "try again in a moment")
	case len(s.all) >= mostKept:
		s.mu.Unlock()
		return Screen{}, agentapi.Refuse(agentapi.CodeConflict, "there are %d screens: take one away first", mostKept)
	}
	c := s.codes[i]
	s.codes[i].paired = true
	s.mu.Unlock()
	screen := Screen{ID: uuid.Must(uuid.NewV7()).String(), Name: name, Hash: c.hash, Shows: shows, By: by, At: now.UTC().Truncate(time.Microsecond), Address: c.address}
	if err := s.keep(ctx, screen); err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		for i := range s.codes {
			if s.codes[i].hash == c.hash {
				s.codes[i].paired = false // it may be typed again
			}
		}
		return Screen{}, err
	}
	return screen, nil
}

// keep keeps a new screen in the database, and then here.
func (s *Screens) keep(ctx context.Context, screen Screen) error {
	if s.store != nil {
		if err := s.store.KeepScreen(ctx, screen); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, screen)
	return nil
}

// Change gives a screen another name, and other things to show. One that somebody takes away meanwhile stays away.
func (s *Screens) Change(ctx context.Context, id, name string, shows Shows) (Screen, error) {
	if _, err := s.screen(id); err != nil {
		return Screen{}, err
	}
	if s.store != nil {
		if there, err := s.store.ChangeScreen(ctx, id, name, shows); err != nil {
			return Screen{}, err
		} else if !there {
			return Screen{}, noScreen()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.all, func(o Screen) bool { return o.ID == id })
	if i < 0 {
		return Screen{}, noScreen()
	}
	s.all[i].Name, s.all[i].Shows = name, shows
	return s.all[i], nil
}

// giveEvery is how often a screen is given its cookie anew: browsers keep none for longer than 400 days after it was given.
const giveEvery = 24 * time.Hour

// gives says whether a screen is to be given its cookie anew now.
func (s *Screens) gives(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if at, given := s.given[id]; given && now.Sub(at) < giveEvery {
		return false
	}
	s.given[id] = now
	return true
}

func noScreen() error { return agentapi.Refuse(agentapi.CodeNotFound, "there is no such screen") }

// Drop takes a screen away: it shows nothing from now on.
func (s *Screens) Drop(ctx context.Context, id string) error {
	if _, err := s.screen(id); err != nil {
		return err
	}
	if s.store != nil {
		if err := s.store.DropScreen(ctx, id); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = slices.DeleteFunc(s.all, func(o Screen) bool { return o.ID == id })
	delete(s.seen, id)
	delete(s.given, id)
	return nil
}

func (s *Screens) screen(id string) (Screen, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.IndexFunc(s.all, func(o Screen) bool { return o.ID == id }); i >= 0 {
		return s.all[i], nil
	}
	return Screen{}, noScreen()
}

// State is how it is with whoever shows a secret.
type State string

const (
	Waits   State = "waiting" // its code is there to be typed
	In      State = "in"      // it is a screen of ours
	Unknown State = "unknown" // it needs a code
)

// Of is the screen that has a secret. It is an error where that cannot be known now.
func (s *Screens) Of(secret string) (Screen, State, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, now := hashOf(secret), s.now()
	if i := slices.IndexFunc(s.all, func(o Screen) bool { return o.Hash == h }); i >= 0 {
		s.seen[s.all[i].ID] = now
		return s.all[i], In, nil
	}
	if slices.ContainsFunc(s.codes, func(c code) bool {
		return c.hash == h && (c.expires.After(now) || c.paired && c.expires.Add(codeLasts).After(now)) // it may be about to be kept
	}) {
		return Screen{}, Waits, nil
	}
	if !s.known {
		return Screen{}, "", agentapi.Refuse(agentapi.CodeUnavailable, "which screens there are cannot be read now")
	}
	return Screen{}, Unknown, nil
}
