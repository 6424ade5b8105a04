// Package words is text for people in the languages that Hotline speaks, Russian and English, and what every room
// needs to put a sentence together in them: the form of a noun after a number, a list with its "and", a time as people say it.
// The sentences themselves stand where their subject does, such as the router's decisions in queues/words.
//
//	Text{"ru": "Оплата", "en": "Billing"}           one text by language
//	Forms{"оператор", "оператора", "операторов"}    a noun; In("ru", 21) is "оператор"
//	Joined("en", "billing", "fiber", "dsl")         "billing, fiber and dsl"
//	About("ru", 125*time.Minute)                    "2 ч 5 мин"
//
// The rules of plural forms are the Unicode Consortium's (CLDR), by golang.org/x/text.
package words

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// Languages are those that Hotline speaks.
var Languages = []string{"ru", "en"}

// Text is one text by language: {"ru": …, "en": …}.
type Text map[string]string

// In is the text in a language; in any other where there is none in that, and "" where there is none at all.
func (t Text) In(language string) string {
	if text, there := t[language]; there {
		return text
	}
	for _, other := range Languages {
		if text, there := t[other]; there {
			return text
		}
	}
	return ""
}

// Forms are a noun, or whatever goes by a number: One for 1 and, in Russian, 21, 31, …; Few for the Russian 2 to 4, 22 to 24, …;
// Many for all else. English has no Few.
type Forms struct{ One, Few, Many string }

// In is the form that goes with a whole number in a language. A language that Hotline does not speak is taken for English.
func (f Forms) In(of string, n int) string {
	switch plural.Cardinal.MatchPlural(tag(of), abs(n), 0, 0, 0, 0) {
	case plural.One:
		return f.One
	case plural.Few:
		return f.Few
	default:
		return f.Many
	}
}

func tag(of string) language.Tag {
	if of == "ru" {
		return language.Russian
	}
	return language.English
}

// abs is what plural forms go by: −1 is said as 1.
func abs(n int) int { return max(n, -n) }

// Joined is a list as it is said: "a", "a and b", "a, b and c".
func Joined(language string, all ...string) string {
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	and := " and "
	if language == "ru" {
		and = " и "
	}
	return strings.Join(all[:len(all)-1], ", ") + and + all[len(all)-1]
}

// About is a time as people say it: in seconds up to two minutes, and then in minutes. It is rounded to these.
func About(language string, d time.Duration) string {
	h, m, s := "%d h %d min", "%d min", "%d s"
	if language == "ru" {
		h, m, s = "%d ч %d мин", "%d мин", "%d с"
	}
	if d <= 2*time.Minute {
		return fmt.Sprintf(s, int(d.Round(time.Second).Seconds()))
	}
	minutes := int(d.Round(time.Minute).Minutes())
	if minutes < 60 {
		return fmt.Sprintf(m, minutes)
	}
	return fmt.Sprintf(h, minutes/60, minutes%60)
}
