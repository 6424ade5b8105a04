package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"hotline/ivr"
	"hotline/ivr/flow"
)

// Pocket lets a person work by phone alone: they sign in with their extension and a PIN, from one of these numbers or from any phone of people.
type Pocket struct {
	PIN     Secret   `yaml:"pin"`
	Numbers []string `yaml:"numbers,omitempty"` // outside, in E.164: the customers' calls are dialled there
}

var (
	pocketNumber = regexp.MustCompile(`^\+?[0-9]{2,15}$`)
	pin          = regexp.MustCompile(`^[0-9]{6,10}$`)
)

func (c *Config) provePocket(doc *document) {
	number := c.Line.PocketNumber
	if number != "" {
		doc.like("line.pocket_number", number, pocketNumber, "what is dialled: digits, with or without a plus sign")
		if number == c.Line.Number || slices.Contains(c.Line.Dialled(), number) {
			doc.wrong("line.pocket_number", "is the line's own number")
		}
	}
	for i, p := range c.People {
		at := fmt.Sprintf("people.%d.pocket", i)
		switch {
		case p.Pocket == nil:
			continue
		case number == "":
			doc.wrong(at, "says nothing without line.pocket_number")
		case p.Extension == "":
			doc.wrong(at, "needs an extension: with it and the PIN they sign in")
		case !p.TakesCalls():
			doc.wrong(at, "%s takes no calls", p.ID)
		}
		for j, n := range p.Pocket.Numbers {
			doc.like(fmt.Sprintf("%s.numbers.%d", at, j), n, e164, "a number in E.164, with the plus sign and in quotes")
		}
		if len(p.Pocket.Numbers) > 0 && c.Asterisk.Outbound == "" {
			doc.wrong(at+".numbers", "cannot be dialled without asterisk.outbound")
		}
	}
}

// Spoken are the texts of all prompts: the built-in ones, and where agents work by phone alone what calls are about.
func (c Config) Spoken() (map[string]map[string]string, error) {
	all, err := flow.Prompts()
	if err != nil || c.Line.PocketNumber == "" {
		return all, err
	}
	for _, t := range c.Topics {
		for _, language := range slices.Collect(maps.Keys(all)) {
			if text := t.Name[language]; text != "" {
				all[language][ivr.TopicPrompt+t.ID] = text
			}
		}
	}
	return all, nil
}
