package flow

import (
	"context"
	"errors"
	"time"

	"hotline/telephony"
	"hotline/telephony/words"
)

var surveyKind = kindOf[Survey]("survey", `
survey: {prompt: rate_talk, invalid: invalid, thanks: rated, title: {ru: Оценка разговора, en: Rating of the talk}, highest: 5, wait: 6s, tries: 2}
next: after
`)

// Survey asks a caller who has been served for a mark, a key from 1 to Highest, which stands in the course of the call. Who gives none goes on all
// the same; who has talked with nobody is not asked.
type Survey struct {
	Prompt  Prompt        `yaml:"prompt"`
	Invalid Prompt        `yaml:"invalid,omitempty"` // said after a key that is no mark
	Thanks  Prompt        `yaml:"thanks,omitempty"`
	Title   words.Text    `yaml:"title"` // what people read of it
	Highest int           `yaml:"highest"`
	Wait    time.Duration `yaml:"wait"`
	Tries   int           `yaml:"tries"`
}

// Outline implements Kind.
func (s Survey) Outline(next NodeID) Outline {
	o := Outline{Drawn: drawn("survey", s.Prompt), Says: []Said{{"survey.prompt", []Prompt{s.Prompt}}}, Asks: true, Ways: on(next)}
	if s.Invalid != "" {
		o.Says = append(o.Says, Said{"survey.invalid", []Prompt{s.Invalid}})
	}
	if s.Thanks != "" {
		o.Says = append(o.Says, Said{"survey.thanks", []Prompt{s.Thanks}})
	}
	return o
}

// Prove implements Kind.
func (s Survey) Prove(p *Proof) {
	p.readable("survey.title", s.Title)
	if s.Highest < 2 || s.Highest > 9 {
		p.wrong("survey.highest", "is %d; it must be from 2 to 9", s.Highest)
	}
	p.tries("survey.tries", s.Tries)
	p.positive("survey.wait", s.Wait)
}

// Run implements Kind.
func (s Survey) Run(ctx context.Context, call Call, next NodeID) (NodeID, error) {
	if !call.File.Served() {
		return next, nil
	}
	key, err := call.Keypad.Menu(ctx, telephony.Menu{
		Prompt: call.Speech.Words(s.Prompt), Invalid: call.Speech.Words(s.Invalid), Choices: "123456789"[:s.Highest], Wait: s.Wait, Tries: s.Tries,
	})
	if errors.Is(err, telephony.ErrNoChoice) {
		return next, nil
	}
	if err != nil {
		return "", err
	}
	call.File.Rated(s.Title, int(key-'0'), s.Highest)
	if s.Thanks == "" {
		return next, nil
	}
	return next, call.Speech.Say(ctx, call.Speech.Words(s.Thanks))
}
