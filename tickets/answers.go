package tickets

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"hotline/telephony/words"
)

// AnswerTerms are an answer to customers that is prepared, for the pages to put into what somebody writes. In its texts stand places such as
// {number}, which the page fills: see AnswerPlaces.
type AnswerTerms struct {
	ID     string
	Name   words.Text
	Topics []string   // it is for tickets on these, and on kinds of them; nil is for all
	Text   words.Text // by language, in several lines
}

// AnswerPlaces are the places that there are: the customer's name, the ticket's number, today's date, and the name of who answers.
var AnswerPlaces = []string{"customer_name", "number", "date", "agent"}

// LongestAnswer is the longest text of a prepared answer, in characters: with all its places filled it is still a text that a ticket takes.
const LongestAnswer = 8_000

var placeOfAnswer = regexp.MustCompile(`\{[^{}]*\}|[{}]`)

// CheckAnswer says what is wrong with a text of a prepared answer.
func CheckAnswer(text string) error {
	if n := utf8.RuneCountInString(text); n > LongestAnswer {
		return fmt.Errorf("has %d characters, and may have %d", n, LongestAnswer)
	}
	if Typed(text) == "" {
		return errors.New("says nothing")
	}
	for _, place := range placeOfAnswer.FindAllString(text, -1) {
		if !slices.Contains(AnswerPlaces, strings.Trim(place, "{}")) {
			return fmt.Errorf("has %s in it, and there are the places {%s}", place, strings.Join(AnswerPlaces, "}, {"))
		}
	}
	return nil
}

// AnswersOn are the prepared answers for tickets on a topic, in their order; on "" those that are for all.
func (t Terms) AnswersOn(topic string) (all []AnswerTerms) {
	for _, a := range t.Answers {
		if a.Topics == nil || slices.ContainsFunc(a.Topics, func(of string) bool { return topic != "" && slices.Contains(t.KindsOf(of), topic) }) {
			all = append(all, a)
		}
	}
	return all
}
