package config

import (
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"hotline/cmd/hotline/config/written"
	"hotline/queues"
	"hotline/telephony/words"
)

// document is a file as it was read, with what is wrong in it.
type document struct{ *written.Document }

// wrong notes a problem at a path such as "queues.0.skills".
func (doc *document) wrong(path, format string, a ...any) { doc.Wrong(path, format, a...) }

// overdue notes a problem that versions before have taken.
func (doc *document) overdue(path, format string, a ...any) { doc.Overdue(path, format, a...) }

// doubt notes what is perhaps not meant as it stands.
func (doc *document) doubt(path, format string, a ...any) { doc.Doubt(path, format, a...) }

func (doc *document) needed(path, value string) bool {
	if value == "" {
		doc.wrong(path, "is missing")
	}
	return value != ""
}

func (doc *document) like(path, value string, form *regexp.Regexp, what string) {
	if doc.needed(path, value) && !form.MatchString(value) {
		doc.wrong(path, "%q is not %s", value, what)
	}
}

// oneOf checks one of a few words; none at all is the usual one.
func (doc *document) oneOf(path, value string, words ...string) {
	if value != "" && !slices.Contains(words, value) {
		doc.wrong(path, "is %q: it is one of %s", value, strings.Join(words, ", "))
	}
}

// below notes a mistake within a setting.
func (doc *document) below(path string, m mistakeBelow) {
	doc.wrong(strings.TrimSuffix(path+"."+m.path, "."), "%s", m.text)
}

// endpoint is a host with a port.
func (doc *document) endpoint(path, value string) {
	if !doc.needed(path, value) {
		return
	}
	host, port, err := net.SplitHostPort(value)
	if _, numErr := strconv.ParseUint(port, 10, 16); err != nil || numErr != nil || host != "" && !isHost(host) {
		doc.wrong(path, "%q is no address with a port, such as 127.0.0.1:8080", value)
	}
}

var hostName = regexp.MustCompile(`^[\pL0-9]([\pL0-9_.-]*[\pL0-9])?$`)

// isHost says whether a text is the address or the name of a host.
func isHost(text string) bool {
	if net.ParseIP(text) != nil {
		return true
	}
	if address, zone, scoped := strings.Cut(text, "%"); scoped { // fe80::1%eth0
		return zone != "" && net.ParseIP(address) != nil
	}
	return hostName.MatchString(text) && strings.Trim(text, "0123456789.") != "" // 300.0.0.1 is neither
}

// address is a URL with a host and a port.
func (doc *document) address(path, value string, schemes ...string) {
	if !doc.needed(path, value) {
		return
	}
	u, err := url.Parse(value)
	if err != nil || !slices.Contains(schemes, u.Scheme) || !isHost(u.Hostname()) || u.Port() == "" || len(u.Port()) > 5 || u.User != nil ||
		u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(value, " ;,'\"") {
		doc.wrong(path, "must be %s://HOST:PORT/…", strings.Join(schemes, ":// or "))
	}
}

func (doc *document) language(path, value string) {
	if value != "ru" && value != "en" {
		doc.wrong(path, "%q is not a language Hotline speaks: ru or en", value)
	}
}

func (doc *document) notNegative(path string, d time.Duration) {
	if d < 0 {
		doc.wrong(path, "is %s; it cannot be below zero", d)
	}
}

func (doc *document) once(path, value string, seen map[string]bool) {
	switch {
	case value == "":
		doc.wrong(path, "is missing")
		doc.NoName(path)
	case seen[value]:
		doc.wrong(path, "%q is there twice", value)
		doc.NoName(path)
	default:
		doc.short(path, value)
	}
	seen[value] = true
}

// text is words by language.
func (doc *document) text(path string, text words.Text) {
	for _, language := range slices.Sorted(maps.Keys(text)) {
		if !slices.Contains(words.Languages, language) {
			doc.overdue(path+"."+language, "%q is not a language Hotline speaks: ru or en", language)
		}
	}
}

// longestName is how many characters an id or a person's name may have.
const longestName = 100

// short is about a text that is shown in many places, and that others refer to.
func (doc *document) short(path, value string) {
	switch n := utf8.RuneCountInString(value); {
	case n > longestName:
		doc.overdue(path, "has %d characters; it may have %d", n, longestName)
	case value != strings.TrimSpace(value):
		doc.overdue(path, "%q has a space before or behind it", value)
	}
}

func (doc *document) levels(path string, skills map[queues.Skill]queues.Level) {
	for skill, level := range skills {
		if skill == "" {
			doc.wrong(path, "a skill needs a name")
		} else if level < 1 || level > 5 {
			doc.wrong(path+"."+string(skill), "is %d; a level is from 1 to 5", level)
		}
	}
}

func (doc *document) from(path string, n, low, high int) {
	if n < low || n > high {
		doc.wrong(path, "is %d; it must be from %d to %d", n, low, high)
	}
}

func (doc *document) share(path string, share float64) {
	if !(share >= 0 && share <= 1) {
		doc.wrong(path, "is %v; it must be from 0 to 1", share)
	}
}

// lasts checks a time that may be left out.
func (doc *document) lasts(path string, d, least, most time.Duration) {
	if d != 0 {
		doc.between(path, d, least, most)
	}
}

func (doc *document) between(path string, d, least, most time.Duration) {
	if d < least || d > most {
		doc.wrong(path, "is %s; it must be from %s to %s", d, least, most)
	}
}
