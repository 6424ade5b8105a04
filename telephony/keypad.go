package telephony

import (
	"strings"
	"sync"
)

// keypad keeps what the caller types, in order, until a verb takes it. Deliver tells it each digit; the rest is for the call's goroutine.
type keypad struct {
	typing chan struct{} // has room for one: the caller has typed something

	mu    sync.Mutex
	typed []byte // digits that no verb has taken yet
}

func newKeypad() *keypad { return &keypad{typing: make(chan struct{}, 1)} }

// press keeps a digit. It never blocks.
func (k *keypad) press(digit byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.typed = append(k.typed, digit)
	select {
	case k.typing <- struct{}{}:
	default: // full: the verb has been told already, and takes all there is
	}
}

// take takes the oldest digit that was typed.
func (k *keypad) take() (byte, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.typed) == 0 {
		return 0, false
	}
	digit := k.typed[0]
	k.typed = k.typed[1:]
	return digit, true
}

// takeAny takes all digits, and reports whether one of those was among them.
func (k *keypad) takeAny(of string) (found bool) {
	for {
		digit, ok := k.take()
		if !ok {
			return found
		}
		found = found || strings.IndexByte(of, digit) >= 0
	}
}

func (k *keypad) hasTyped() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.typed) > 0
}

// ahead is what was typed and not taken yet.
func (k *keypad) ahead() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return string(k.typed)
}

// flush forgets what was typed ahead.
func (k *keypad) flush() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.typed = nil
}
