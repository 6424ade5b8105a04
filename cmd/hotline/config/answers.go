package config

import (
	"fmt"

	"hotline/cmd/hotline/config/written"
	"hotline/telephony/words"
	"hotline/tickets"
)

// Answer is an answer to customers that is prepared, for who writes one. Its texts have places that the page fills: see tickets.AnswerPlaces.
type Answer struct {
	ID     string                   `yaml:"id"`
	Name   words.Text               `yaml:"name,omitempty"`   // among which people choose; "" is the id
	Topics []string                 `yaml:"topics,omitempty"` // of the tickets that it is for, with all kinds of these; nil is all
	Text   map[string]written.Lines `yaml:"text"`             // by language
}

// mostAnswers is how many may be prepared: pages have all of them at hand.
const mostAnswers = 300

// answers are what tickets know of them.
func (c Config) answers() (all []tickets.AnswerTerms) {
	for _, a := range c.Answers {
		all = append(all, tickets.AnswerTerms{ID: a.ID, Name: a.Name, Topics: a.Topics, Text: a.text()})
	}
	return all
}

func (a Answer) text() words.Text {
	text := words.Text{}
	for language, lines := range a.Text {
		text[language] = tickets.Typed(string(lines))
	}
	return text
}

func (c *Config) proveAnswers(doc *document) {
	if len(c.Answers) > mostAnswers {
		doc.wrong("answers", "are %d; there may be %d", len(c.Answers), mostAnswers)
	}
	seen := make(map[string]bool)
	for i, a := range c.Answers {
		at := fmt.Sprintf("answers.%d", i)
		doc.once(at+".id", a.ID, seen)
		doc.text(at+".name", a.Name)
		doc.text(at+".text", a.text())
		if len(a.Text) == 0 {
			doc.needed(at+".text", "")
		}
		for language, text := range a.text() {
			if err := tickets.CheckAnswer(text); err != nil {
				doc.wrong(at+".text."+language, "%v", err)
			}
		}
		for j, topic := range a.Topics {
			c.proveIsTopic(doc, fmt.Sprintf("%s.topics.%d", at, j), topic)
		}
	}
}

// proveIsTopic checks that there is such a topic.
func (c *Config) proveIsTopic(doc *document, path, id string) {
	if _, there := c.Terms().Topics[id]; !there && !doc.Incomplete("topics") {
		doc.wrong(path, "topic %q does not exist", id)
	}
}
