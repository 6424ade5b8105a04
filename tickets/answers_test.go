package tickets

import (
	"testing"

	"hotline/telephony/words"
)

func TestAPreparedAnswerIsForItsTopicAndAllKindsOfIt(t *testing.T) {
	terms := Terms{
		Topics:  map[string]TopicTerms{"internet": {}, "wifi": {Parent: "internet"}, "bill": {}},
		Answers: []AnswerTerms{{ID: "visit", Topics: []string{"internet"}, Text: words.Text{"ru": "x"}}, {ID: "thanks"}, {ID: "wifi", Topics: []string{"bill", "wifi"}}},
	}
	for topic, want := range map[string][]string{"": {"thanks"}, "internet": {"visit", "thanks"}, "wifi": {"visit", "thanks", "wifi"}, "bill": {"thanks", "wifi"}, "gone": {"thanks"}} {
		var got []string
		for _, a := range terms.AnswersOn(topic) {
			got = append(got, a.ID)
		}
		if len(got) != len(want) || got[0] != want[0] || got[len(got)-1] != want[len(want)-1] {
			t.Errorf("on %q there are %v, not %v", topic, got, want)
		}
	}
}
