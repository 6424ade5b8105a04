package flow

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"hotline/telephony"
	"hotline/telephony/words"
)

var menuKind = kindOf[Menu]("menu", `
menu:
  prompt: main_menu
  invalid: invalid
  wait: 5s
  tries: 2
  otherwise: after
  choices:
    1: {topic: contract, path: {ru: Договор, en: Contract}, next: after}
    3: {topic: fault, path: {ru: Неисправность, en: Fault}, next: after}
`)

// Menu asks for a key, which decides where the call goes. After Tries without a valid one it goes to Otherwise: a caller who
// cannot type is never sent away.
type Menu struct {
	Prompt    Prompt            `yaml:"prompt"`
	Invalid   Prompt            `yaml:"invalid,omitempty"` // said after a key that is no choice
	Choices   map[string]Choice `yaml:"choices"`           // by the key that is typed
	Otherwise NodeID            `yaml:"otherwise"`
	Wait      time.Duration     `yaml:"wait"`
	Tries     int               `yaml:"tries"`
}

// Choice is a menu's way on. Path is what the agent reads about it.
type Choice struct {
	Path  words.Text `yaml:"path"`
	Topic Topic      `yaml:"topic,omitempty"`
	Next  NodeID     `yaml:"next"`
}

// Outline implements Kind.
func (m Menu) Outline(NodeID) Outline {
	o := Outline{
		Drawn:  drawn("menu", m.Prompt),
		Says:   []Said{{"menu.prompt", []Prompt{m.Prompt}}},
		Asks:   true,
		NoNext: "is not used by a menu: each choice and otherwise name the way on",
	}
	if m.Invalid != "" {
		o.Says = append(o.Says, Said{"menu.invalid", []Prompt{m.Invalid}})
	}
	for _, key := range slices.Sorted(maps.Keys(m.Choices)) {
		at, choice := "menu.choices."+key, m.Choices[key]
		o.Ways = append(o.Ways, Way{On: key, Setting: at + ".next", To: choice.Next})
		o.Topics = append(o.Topics, About{at + ".topic", choice.Topic})
	}
	o.Ways = append(o.Ways, Way{On: "otherwise", Setting: "menu.otherwise", To: m.Otherwise, Silent: true})
	return o
}

// Prove implements Kind.
func (m Menu) Prove(p *Proof) {
	if len(m.Choices) == 0 {
		p.wrong("menu.choices", "are missing: a menu without choices asks for nothing")
	}
	for _, key := range slices.Sorted(maps.Keys(m.Choices)) {
		p.key("menu.choices."+key, key)
		p.readable("menu.choices."+key+".path", m.Choices[key].Path)
	}
	p.tries("menu.tries", m.Tries)
	p.positive("menu.wait", m.Wait)
}

// Run implements Kind.
func (m Menu) Run(ctx context.Context, call Call, _ NodeID) (NodeID, error) {
	key, err := call.Keypad.Menu(ctx, telephony.Menu{
		Prompt: call.Speech.Words(m.Prompt), Invalid: call.Speech.Words(m.Invalid), Choices: keys(m.Choices), Wait: m.Wait, Tries: m.Tries,
	})
	if errors.Is(err, telephony.ErrNoChoice) {
		return m.Otherwise, nil
	}
	if err != nil {
		return "", err
	}
	choice := m.Choices[string(key)]
	call.File.Chose(choice.Path, choice.Topic)
	return choice.Next, nil
}
