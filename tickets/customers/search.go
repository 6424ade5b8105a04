package customers

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// What somebody types into the one field is looked for in steps, and the store walks through them until its page is full:
//
//	a number     by its beginning, with and without the country, then by its end
//	all words    each the beginning of a word of the customer's, in any order
//	one code     "Д-2291/07" is also "d229107", as a contract may be written together; "CB-12" is also "СВ-12", which looks the same
//
// Only where no customer was found so come the same keys on the other keyboard, and then words that look alike.

// Step is a way to find customers: those who have, for each prefix, a word that begins with it.
type Step []string

// How a page of customers was found.
const (
	Exactly    = "exact"  // as it was typed
	ByLayout   = "layout" // typed on the wrong keyboard
	ByLikeness = "alike"  // with a typing error
)

// Limits of a search. What is longer is refused.
const (
	LongestSearch = 200 // characters
	mostTerms     = 8
	longestWord   = 64 // as the database keeps them
	leastSuffix   = 4  // digits by which the end of a number is looked for
	leastNumber   = 3  // digits that may be a number's
)

// common are words that stand in nearly every address or name of a company. The database does not keep them (customer_words_of); somebody who types
// nothing else looks for words that begin so.
var common = strings.Fields("g gor ul d dom kv per pr obl r n k korp str pos ooo oao zao ao ip")

// CheckSearch refuses what cannot be looked for.
func CheckSearch(typed string) error {
	switch {
	case utf8.RuneCountInString(typed) > LongestSearch:
		return Wrong{Field: "q", Rule: "is too long", Which: TooLong, Most: LongestSearch}
	case len(Steps(typed, "")) == 0:
		return Wrong{Field: "q", Rule: "expected letters or digits"}
	}
	return nil
}

// Steps are the ways to find what was typed. country is the code of the line's country, such as "7", or "".
func Steps(typed, country string) (steps []Step) {
	add := func(terms ...string) {
		if step := tidied(terms); len(step) > 0 && !slices.ContainsFunc(steps, func(s Step) bool { return slices.Equal(s, step) }) {
			steps = append(steps, step)
		}
	}
	for _, piece := range pieces(typed) {
		digits, international := numberIn(piece)
		if len(digits) < leastNumber {
			continue
		}
		for _, begins := range beginnings(digits, international, country) {
			add(begins)
		}
		if len(digits) >= leastSuffix {
			add("~" + reversed(digits))
		}
	}
	var terms []string
	for _, field := range strings.Fields(typed) {
		if at := strings.IndexByte(field, '@'); at > 0 && at < len(field)-1 {
			terms = append(terms, Letters(field))
		} else {
			terms = append(terms, Words(field)...)
		}
	}
	if telling := slices.DeleteFunc(slices.Clone(terms), func(t string) bool { return slices.Contains(common, t) }); len(telling) > 0 {
		add(telling...)
	} else {
		add(terms...)
	}
	if len(terms) > 1 && strings.ContainsAny(typed, "0123456789") && !strings.Contains(typed, "@") {
		add(strings.Join(terms, ""))
	}
	if other := inOtherScript(typed); other != "" && len(terms) > 0 && strings.ContainsAny(typed, "0123456789") && !strings.Contains(typed, "@") {
		add(Words(other)...)
	}
	return steps
}

// pieces are what was typed as the numbers that it may hold: without an extension, and two of them where there are two.
func pieces(typed string) []string {
	typed = extension.ReplaceAllString(typed, "")
	two := strings.FieldsFunc(typed, func(r rune) bool { return strings.ContainsRune(";,|", r) })
	if len(two) == 2 && digitsIn(two[0]) >= leastOfSeveral && digitsIn(two[1]) >= leastOfSeveral {
		return two
	}
	return []string{typed}
}

// tidied are terms without doubles, no more and no longer than are of use.
func tidied(terms []string) Step {
	var step Step
	for _, t := range terms {
		if utf8.RuneCountInString(t) > longestWord {
			t = string([]rune(t)[:longestWord])
		}
		if t != "" && !slices.Contains(step, t) && len(step) < mostTerms {
			step = append(step, t)
		}
	}
	return step
}

// numberIn are the digits of a text that may be a telephone number, as people write it; "" where other letters stand in it.
func numberIn(typed string) (digits string, international bool) {
	international = strings.HasPrefix(strings.TrimSpace(typed), "+")
	digits = strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, typed)
	if strings.Trim(typed, "0123456789+-()./\u00a0 ") != "" || strings.ContainsFunc(typed, func(r rune) bool {
		return !strings.ContainsRune("0123456789+-–—()./\u00a0 ", r)
	}) {
		return "", false
	}
	return digits, international
}

// beginnings are the digits with which a number may begin whose first ones were typed.
func beginnings(digits string, international bool, country string) []string {
	if international || country == "" {
		return []string{digits}
	}
	all := []string{digits, country + digits}
	trunk := "0"
	if country == "7" {
		trunk = "8"
	}
	if rest, is := strings.CutPrefix(digits, trunk); is && rest != "" {
		all = append(all, country+rest)
	}
	return all
}

func reversed(s string) string {
	b := []byte(s) // digits
	slices.Reverse(b)
	return string(b)
}

// Alike are the words of the steps that a typing error may be in.
func Alike(steps []Step) (words []string) {
	for _, step := range steps {
		for _, term := range step {
			if len(term) >= 4 && !strings.ContainsAny(term, "0123456789~@") && !slices.Contains(words, term) {
				words = append(words, term)
			}
		}
	}
	return words
}

// With are steps in which words are replaced by those that look alike: all that can be, each by the likeliest first. At most eight.
func With(steps []Step, alike map[string][]string) (others []Step) {
	for _, step := range steps {
		made := []Step{nil}
		for _, term := range step {
			choices := alike[term]
			if len(choices) == 0 {
				choices = []string{term}
			}
			var longer []Step
			for _, m := range made {
				for _, c := range choices {
					longer = append(longer, append(slices.Clone(m), c))
				}
			}
			made = longer[:min(len(longer), mostAlike)]
		}
		for _, m := range made {
			if m = tidied(m); len(others) < mostAlike && !slices.ContainsFunc(others, func(s Step) bool { return slices.Equal(s, m) }) && !slices.Equal(m, step) {
				others = append(others, m)
			}
		}
	}
	return others
}

const mostAlike = 8
