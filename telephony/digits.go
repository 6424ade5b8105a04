package telephony

import (
	"context"
	"errors"
	"strings"
	"time"
)

var (
	// ErrNoInput says that the caller typed nothing, or less than was needed, in time.
	ErrNoInput = errors.New("nothing typed in time")
	// ErrNoChoice says that the caller chose nothing from a menu in all tries.
	ErrNoChoice = errors.New("no choice made")
)

// What is usual where a script does not say.
const (
	usualFirst   = 5 * time.Second
	usualBetween = 3 * time.Second
	usualTries   = 3
)

// Collect asks for digits.
//
//	prompt ──► end ──First──► ErrNoInput
//	   │        │
//	   └─digit──┴─► digit ─Between─► what was typed (fewer than Min: ErrNoInput)
//	                │  ▲
//	                └──┘  the Max-th, or Until: at once
type Collect struct {
	Prompt  Announcement  // stopped by the first digit; not played at all to one who has typed ahead
	Flush   bool          // forget what was typed before
	Min     int           // fewer are ErrNoInput
	Max     int           // the last of them ends it at once; 0 is without limit
	Until   byte          // ends it, and is not part of the digits; 0 is none
	First   time.Duration // to the first digit, from the end of the prompt; 0 is 5 s
	Between time.Duration // from each digit to the next; 0 is 3 s
}

// Collect takes digits from the caller, those typed ahead first. Digits beyond its end are kept for the next verb.
// What was typed is returned beside an error, too. Of who has heard the prompt and typed nothing the error is ErrNoInput itself.
func (c *Call) Collect(ctx context.Context, k Collect) (string, error) {
	if err := c.ready(ctx); err != nil {
		return "", err
	}
	if k.Flush {
		c.keypad.flush()
	}
	p := noPrompt()
	if !c.keypad.hasTyped() {
		var err error
		if p, err = c.startPrompt(ctx, k.Prompt); err != nil {
			return "", err
		}
	}
	defer p.stop(ctx)

	var (
		digits  []byte
		playing <-chan struct{} = p.ended // nil once the prompt is over
		alarm   <-chan time.Time
	)
	for {
		if digit, ok := c.keypad.take(); ok {
			p.stop(ctx)
			playing = nil
			if digit == k.Until {
				return k.enough(digits, nil)
			}
			digits = append(digits, digit)
			if len(digits) == k.Max {
				return k.enough(digits, nil)
			}
			alarm = time.After(orUsual(k.Between, usualBetween))
			continue
		}
		select {
		case <-c.keypad.typing:
		case <-playing:
			p.stop(ctx) // lets the music go on while the caller thinks
			playing = nil
			alarm = time.After(orUsual(k.First, usualFirst))
		case <-alarm:
			if len(digits) == 0 {
				return "", silence(p.failure())
			}
			return k.enough(digits, p.failure())
		case <-c.gone.Done():
			return string(digits), ErrHangup
		case <-ctx.Done():
			return string(digits), c.ready(ctx)
		}
	}
}

func (k Collect) enough(digits []byte, failure error) (string, error) {
	if len(digits) < k.Min {
		return string(digits), silence(failure)
	}
	return string(digits), nil
}

// silence is ErrNoInput, and nothing beside it where the caller could hear the prompt: that they could not explains it.
func silence(failure error) error {
	if failure == nil {
		return ErrNoInput
	}
	return errors.Join(ErrNoInput, failure)
}

// Menu asks for one of several digits.
type Menu struct {
	Prompt  Announcement
	Invalid Announcement  // said before the prompt after a digit that is no choice
	NoInput Announcement  // said before the prompt after silence
	Choices string        // the digits that are
	Wait    time.Duration // for the digit, from the end of the prompt; 0 is 5 s
	Tries   int           // 0 is 3
}

// Menu lets the caller choose. A digit stops the prompt; one typed ahead chooses unheard.
// A digit that is no choice also voids what was typed after it, for the caller had another menu in mind.
func (c *Call) Menu(ctx context.Context, m Menu) (byte, error) {
	ask := Collect{Prompt: m.Prompt, Max: 1, First: m.Wait}
	for range orUsual(m.Tries, usualTries) {
		digit, err := c.Collect(ctx, ask)
		switch {
		case errors.Is(err, ErrNoInput):
			ask.Prompt = m.NoInput.then(m.Prompt)
		case err != nil:
			return 0, err
		case strings.Contains(m.Choices, digit):
			return digit[0], nil
		default:
			c.keypad.flush()
			ask.Prompt = m.Invalid.then(m.Prompt)
		}
	}
	return 0, ErrNoChoice
}

// then is one announcement after the other, in the language of the second.
func (a Announcement) then(b Announcement) Announcement {
	parts := make([]Part, 0, len(a.Parts)+len(b.Parts))
	return Announcement{Language: b.Language, Parts: append(append(parts, a.Parts...), b.Parts...)}
}

func orUsual[T int | time.Duration](value, usual T) T {
	if value <= 0 {
		return usual
	}
	return value
}
