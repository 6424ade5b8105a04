package words_test

import (
	"testing"
	"time"

	"hotline/telephony/words"
)

func TestNounsTakeTheFormOfTheirNumber(t *testing.T) {
	agents := words.Forms{One: "оператор", Few: "оператора", Many: "операторов"}
	for form, numbers := range map[string][]int{
		"оператор":   {1, 21, 31, 101, 1001, -1},
		"оператора":  {2, 3, 4, 22, 34, 102, -3},
		"операторов": {0, 5, 10, 11, 12, 13, 14, 20, 25, 111, 112, 1011},
	} {
		for _, n := range numbers {
			if got := agents.In("ru", n); got != form {
				t.Errorf("%d %s, not %s", n, got, form)
			}
		}
	}
	english := words.Forms{One: "agent", Many: "agents"}
	for n, want := range map[int]string{0: "agents", 1: "agent", 2: "agents", 21: "agents"} {
		if got := english.In("en", n); got != want {
			t.Errorf("%d %s, not %s", n, got, want)
		}
	}
}

func TestListsAndTimesAreSaidAsPeopleSayThem(t *testing.T) {
	for want, got := range map[string]string{
		"":           words.Joined("en"),
		"a":          words.Joined("ru", "a"),
		"a and b":    words.Joined("en", "a", "b"),
		"a, b и c":   words.Joined("ru", "a", "b", "c"),
		"0 s":        words.About("en", 400*time.Millisecond),
		"120 с":      words.About("ru", 2*time.Minute),
		"2 min":      words.About("en", 2*time.Minute+time.Second),
		"59 мин":     words.About("ru", 59*time.Minute+29*time.Second),
		"1 h 0 min":  words.About("en", 59*time.Minute+30*time.Second),
		"2 ч 5 мин":  words.About("ru", 125*time.Minute),
		"26 h 0 min": words.About("en", 26*time.Hour),
	} {
		if got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

func TestTextIsInTheNextBestLanguage(t *testing.T) {
	both := words.Text{"ru": "Оплата", "en": "Billing"}
	for _, c := range []struct {
		text           words.Text
		language, want string
	}{
		{both, "ru", "Оплата"}, {both, "en", "Billing"}, {both, "de", "Оплата"},
		{words.Text{"en": "Billing"}, "ru", "Billing"}, {nil, "ru", ""},
	} {
		if got := c.text.In(c.language); got != c.want {
			t.Errorf("%v in %q is %q, not %q", c.text, c.language, got, c.want)
		}
	}
}
