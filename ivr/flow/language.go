package flow

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"hotline/telephony"
)

var languageKind = kindOf[Languages]("language", `
language: {prompt: choose_language, choices: {1: ru, 2: en}, default: ru, wait: 4s}
next: after
`)

// Languages lets the caller choose the language that they are spoken to in; without a choice Default is taken.
type Languages struct {
	Prompt  Prompt              `yaml:"prompt"`
	Choices map[string]Language `yaml:"choices"` // by the key that is typed
	Default Language            `yaml:"default"`
	Wait    time.Duration       `yaml:"wait"`
}

// Outline implements Kind. The language that is chosen does not change the way.
func (l Languages) Outline(next NodeID) Outline {
	var choices []string
	for _, key := range slices.Sorted(maps.Keys(l.Choices)) {
		choices = append(choices, key+"="+string(l.Choices[key]))
	}
	return Outline{
		Drawn: drawn("language", append(choices, "otherwise="+string(l.Default))...),
		Says:  []Said{{"language.prompt", []Prompt{l.Prompt}}},
		Ways:  on(next),
		Asks:  true,
	}
}

// Prove implements Kind.
func (l Languages) Prove(p *Proof) {
	if len(l.Choices) == 0 {
		p.wrong("language.choices", "are missing: there is nothing to choose")
	}
	for _, key := range slices.Sorted(maps.Keys(l.Choices)) {
		p.key("language.choices."+key, key)
		p.spoken("language.choices."+key, l.Choices[key])
	}
	p.spoken("language.default", l.Default)
	p.positive("language.wait", l.Wait)
}

// Run implements Kind.
func (l Languages) Run(ctx context.Context, call Call, next NodeID) (NodeID, error) {
	key, err := call.Keypad.Menu(ctx, telephony.Menu{
		Prompt: call.Speech.Words(l.Prompt), Choices: keys(l.Choices), Wait: l.Wait, Tries: 1,
	})
	switch {
	case errors.Is(err, telephony.ErrNoChoice):
		call.Speech.Speak(l.Default)
	case err != nil:
		return "", err
	default:
		call.Speech.Speak(l.Choices[string(key)])
	}
	return next, nil
}

// keys are those of which one may be typed.
func keys[V any](choices map[string]V) string {
	return strings.Join(slices.Sorted(maps.Keys(choices)), "")
}
