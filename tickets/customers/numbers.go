package customers

import (
	"regexp"
	"strings"
)

// People write numbers as they please: "8 916 123/45/67", "тел. 8 495 123-00-01 доб. 12", "8 916 123-45-67 (мама)", and two of them into one field.

var (
	extension = regexp.MustCompile(`(?i)[,;]?\s*(?:доб|добавочный|вн|ext|extension|x|#)\.?\s*\d{1,6}\s*$`)
	besides   = regexp.MustCompile(`\([^()]*\p{L}[^()]*\)|\p{L}+\.?:?`)
)

// leastOfSeveral is how many digits a number has that stands beside another in one field: what is shorter is an extension, or a mistake.
const leastOfSeveral = 5

// numbersIn are the keys of the numbers in one field; none where one of them is no number.
func numbersIn(written string, key func(string) string) (keys []string) {
	pieces := strings.FieldsFunc(extension.ReplaceAllString(written, ""), func(r rune) bool { return strings.ContainsRune(";,|\n\r", r) })
	for _, p := range pieces {
		p = strings.TrimSpace(p)
		if p == "" {
			continue
		}
		found := numbersOf(p, key)
		if len(found) == 0 || len(pieces) > 1 && digitsIn(p) < leastOfSeveral {
			return nil
		}
		keys = append(keys, found...)
	}
	return keys
}

// numbersOf are the numbers of a piece: the piece itself, whatever stands beside it in words, with slashes in it or between two.
func numbersOf(p string, key func(string) string) []string {
	for _, as := range []string{p, strings.ReplaceAll(p, "/", " "), besides.ReplaceAllString(strings.ReplaceAll(p, "/", " "), " ")} {
		if k := key(strings.TrimSpace(as)); k != "" {
			return []string{k}
		}
	}
	var keys []string
	halves := strings.Split(besides.ReplaceAllString(p, " "), "/")
	for _, half := range halves {
		k := key(strings.TrimSpace(half))
		if k == "" || len(halves) < 2 || digitsIn(half) < leastOfSeveral {
			return nil
		}
		keys = append(keys, k)
	}
	return keys
}

func digitsIn(s string) (n int) {
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}

// lookalikes are letters that look the same in both scripts: a contract is copied by eye, and typed in either.
var lookalikes = func() map[rune]rune {
	m := map[rune]rune{}
	cyrillic := []rune("АВСЕНКМОРТХУасеорхук")
	for i, r := range []rune("ABCEHKMOPTXYaceopxyk") {
		m[r], m[cyrillic[i]] = cyrillic[i], r
	}
	return m
}()

// inOtherScript is a code whose letters all look the same in the other script; "" where they do not, or where it has none.
func inOtherScript(code string) string {
	changed := false
	other := strings.Map(func(r rune) rune {
		if o, is := lookalikes[r]; is {
			changed = true
			return o
		}
		return r
	}, code)
	if !changed {
		return ""
	}
	return other
}
