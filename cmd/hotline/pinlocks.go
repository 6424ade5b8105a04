package main

import (
	"maps"
	"slices"
	"sync"
	"time"
)

const (
	wrongPINsMost = 5
	pinLock       = 15 * time.Minute
	mostWrong     = 10_000 // that are remembered before those are forgotten that count no more
)

// pinLocks are the wrong PINs in a row, by what they close. The zero value has none, and it is safe for concurrent use.
type pinLocks struct {
	mu sync.Mutex
	by map[string]*wrongPINs
}

// wrongPINs are those in a row.
type wrongPINs struct {
	n     int
	until time.Time // nobody looks at a PIN before; once it is over it begins anew
}

// closed reports whether nobody looks at a PIN for one of the keys.
func (l *pinLocks) closed(keys []string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	return slices.ContainsFunc(keys, func(key string) bool {
		w := l.by[key]
		return w != nil && w.n >= wrongPINsMost && now.Before(w.until)
	})
}

// guessed notes a wrong PIN for each of the keys.
func (l *pinLocks) guessed(keys []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.by == nil {
		l.by = make(map[string]*wrongPINs)
	}
	if len(l.by) > mostWrong {
		maps.DeleteFunc(l.by, func(_ string, w *wrongPINs) bool { return !now.Before(w.until) })
	}
	for _, key := range keys {
		w := l.by[key]
		if w == nil || !now.Before(w.until) {
			w = &wrongPINs{}
			l.by[key] = w
		}
		w.n, w.until = w.n+1, now.Add(pinLock)
	}
}

// open forgets the wrong PINs of all the keys.
func (l *pinLocks) open(keys []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, key := range keys {
		delete(l.by, key)
	}
}
