package config

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"hotline/cmd/hotline/config/sample"
	"hotline/telephony/words"
	"hotline/tickets"
)

// prepared is a change of the example that gives it answers.
var prepared = []string{
	"topics:\n", `answers:
  - id: visit
    name: {ru: Выезд, en: A visit}
    topics: [fault]
    text:
      ru: |
        Здравствуйте, {customer_name}!
        По обращению {number} едет бригада. {agent}, {date}
      en: "Dear {customer_name}, we are on our way."
  - {id: thanks, text: {ru: Спасибо}}
topics:
`}

func TestPreparedAnswersAreReadAndTold(t *testing.T) {
	sample.SetSecrets(t)
	c, err := Load(sample.Changed(t, prepared...))
	if err != nil {
		t.Fatal(err)
	}
	want := []tickets.AnswerTerms{
		{ID: "visit", Name: words.Text{"ru": "Выезд", "en": "A visit"}, Topics: []string{"fault"}, Text: words.Text{
			"ru": "Здравствуйте, {customer_name}!\nПо обращению {number} едет бригада. {agent}, {date}", "en": "Dear {customer_name}, we are on our way.",
		}},
		{ID: "thanks", Text: words.Text{"ru": "Спасибо"}},
	}
	if got := c.Terms().Answers; !reflect.DeepEqual(got, want) {
		t.Errorf("told are\n%+v\nnot\n%+v", got, want)
	}
	if fresh, err := Load(sample.Changed(t)); err != nil || len(c.Beyond(fresh)) > 0 {
		t.Errorf("a reload leaves %v as it is, %v", c.Beyond(fresh), err)
	}
}

func TestEachMistakeInAPreparedAnswerIsNamedWithItsPlace(t *testing.T) {
	sample.SetSecrets(t)
	for _, m := range []struct{ old, new, at, text string }{
		{"id: thanks", "id: visit", "visit, text", `answers.1.id: "visit" is there twice`},
		{"topics: [fault]", "topics: [weather]", "weather]", `answers.0.topics.0: topic "weather" does not exist`},
		{"{ru: Спасибо}", "{ru: 'Спасибо, {name}'}", "'Спасибо", `answers.1.text.ru: has {name} in it, and there are the places {customer_name}, {number}, {date}, {agent}`},
		{"{ru: Спасибо}", "{ru: 'Спасибо, {number'}", "'Спасибо", `answers.1.text.ru: has { in it`},
		{"{ru: Спасибо}", "{de: Danke}", "Danke", `answers.1.text.de: "de" is not a language Hotline speaks: ru or en`},
		{"{ru: Спасибо}", "{ru: ' '}", "' '}", `answers.1.text.ru: says nothing`},
		{"{ru: Спасибо}", `{ru: "a\u202eb"}`, `"a\u202eb"`, `answers.1.text.ru: "a\u202eb" has a character in it that is not seen (U+202E)`},
		{"{ru: Спасибо}", "{ru: " + strings.Repeat("ё", tickets.LongestAnswer+1) + "}", "ёё", fmt.Sprintf("answers.1.text.ru: has %d characters, and may have %d", tickets.LongestAnswer+1, tickets.LongestAnswer)},
		{", text: {ru: Спасибо}", "", "id: thanks", `answers.1.text: is missing`},
	} {
		t.Run(m.text, func(t *testing.T) {
			file := sample.Changed(t, append(append([]string{}, prepared...), m.old, m.new)...)
			_, err := Load(file)
			if got, want := mistakes(err), sample.Where(t, file, m.at)+": "+m.text; len(got) != 1 || !strings.HasPrefix(got[0], want) {
				t.Errorf("found\n  %s\n\nnot\n  %s", strings.Join(got, "\n  "), want)
			}
		})
	}
}
