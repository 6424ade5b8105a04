package config

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/agentapi/gate"
	"hotline/cmd/hotline/config/written"
)

// Secret is never written in the file itself: it comes from the environment, to which the file "environment" beside the
// configuration belongs (environment.go), or from a file of its own.
type Secret struct {
	Env   string `yaml:"env,omitempty"`
	File  string `yaml:"file,omitempty"`
	value string // resolved when the configuration is loaded
}

// SecretOf is a secret at hand, for who makes a configuration without a file.
func SecretOf(text string) Secret { return Secret{value: text} }

// Text is the secret itself.
func (s Secret) Text() string { return s.value }

// String and GoString keep secrets out of logs.
func (s Secret) String() string   { return "(secret)" }
func (s Secret) GoString() string { return "(secret)" }

func (c *Config) secrets(doc *document) {
	env := doc.readEnvironment()
	doc.resolve(env, "asterisk.password", &c.Asterisk.Password, true)
	doc.resolve(env, "database.url", &c.Database.URL, true)
	if text := c.Database.URL.Text(); text != "" {
		if _, err := pgxpool.ParseConfig(text); err != nil { // the error may hold the password
			doc.wrong("database.url", "what it leads to is no address of a database: postgres://USER:PASSWORD@HOST/DATABASE, or key=value pairs")
		}
	}
	c.peoplesSecrets(doc, env)
	c.ticketsSecrets(doc, env)
}

// peoplesSecrets are the passwords by which people sign in, and the secrets of their phones.
func (c *Config) peoplesSecrets(doc *document, env environment) {
	phones := make(map[string]string) // whose phone has a secret
	for i := range c.People {
		at, p := "people."+strconv.Itoa(i), &c.People[i]
		if doc.Unread(at + ".seat") {
			p.Seat = true // perhaps, and then no secret of a phone is missing
		}
		doc.resolve(env, at+".password", &p.Password, true)
		doc.resolve(env, at+".phone_secret", &p.PhoneSecret, p.Phone != "" && !p.Seat && p.Role != string(gate.RoleDepartment))
		if p.Pocket != nil {
			if doc.resolve(env, at+".pocket.pin", &p.Pocket.PIN, true); p.Pocket.PIN.Text() != "" && !pin.MatchString(p.Pocket.PIN.Text()) {
				doc.wrong(at+".pocket.pin", "what it leads to is no PIN: six to ten digits")
			}
		}
		if text := p.Password.Text(); text != "" {
			doc.password(at+".password", text)
		}
		text := p.PhoneSecret.Text()
		if text == "" || p.Seat {
			continue // a seat's phone gets a new secret at each sign-in
		}
		switch weak := Weakness(text); {
		case weak != "":
			doc.overdue(at+".phone_secret", "what it leads to %s: whoever guesses it calls at the line's cost; make one with: openssl rand -hex 16", weak)
		case phones[text] != "":
			doc.overdue(at+".phone_secret", "is that of %s, too: each phone has a secret of its own", phones[text])
		}
		phones[text] = string(p.ID)
	}
}

// SecretFiles are the files in which secrets stand, for a configuration in a folder.
func (c Config) SecretFiles(dir string) (files []string) {
	all := []Secret{c.Asterisk.Password, c.Database.URL}
	for _, p := range c.People {
		all = append(all, p.Password, p.PhoneSecret)
		if p.Pocket != nil {
			all = append(all, p.Pocket.PIN)
		}
	}
	for _, w := range c.Tickets.Webhooks {
		all = append(all, w.Token, w.Secret)
	}
	all = append(all, c.Tickets.CRM.Token)
	for _, s := range all {
		switch {
		case s.File == "":
		case filepath.IsAbs(s.File):
			files = append(files, s.File)
		default:
			files = append(files, filepath.Join(dir, s.File))
		}
	}
	return files
}

// doubtSecrets warns of an installation that works, and is not safe.
func (c *Config) doubtSecrets(doc *document) {
	if weak := c.Asterisk.WeakPassword(); c.Asterisk.Password.Text() != "" && weak != "" {
		doc.doubt("asterisk.password", "what it leads to %s: whoever guesses it has all calls; make one with: openssl rand -hex 16", weak)
	}
}

// WeakPassword is what is wrong with the password of ARI; "" where nothing is.
func (a Asterisk) WeakPassword() string {
	if a.Password.Text() == a.User {
		return "is the user's name"
	}
	return Weakness(a.Password.Text())
}

// Weakness is what is wrong with the secret of a program or a phone; "" where nothing is. Such a secret is tried by strangers all day
// long, a thousand times a second, so it has to be as long as nobody can guess: 16 characters by chance.
func Weakness(secret string) string {
	const (
		shortest = 16
		distinct = 6 // of 16 hexadecimal digits by chance, fewer are different once in 30,000 times
	)
	runes := []rune(secret)
	different := make(map[rune]bool)
	neighbours := 0 // that follow each other in the alphabet, or are the same
	for i, r := range runes {
		different[unicode.ToLower(r)] = true
		if i > 0 && max(r-runes[i-1], runes[i-1]-r) <= 1 {
			neighbours++
		}
	}
	switch {
	case len(runes) < shortest:
		return "has " + strconv.Itoa(len(runes)) + " characters, and needs " + strconv.Itoa(shortest) + " by chance"
	case len(different) < distinct, neighbours > len(runes)/2:
		return "is not made by chance"
	default:
		return ""
	}
}

var environmentName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (doc *document) resolve(env environment, path string, s *Secret, needed bool) {
	switch {
	case s.Env != "" && s.File != "":
		doc.wrong(path, "has both env and file: one of them")
	case s.Env != "" && !environmentName.MatchString(s.Env):
		doc.wrong(path+".env", "is no name of an environment variable") // the text is not quoted: it may be the secret itself
	case s.Env != "":
		what := "the environment variable " + s.Env
		if text := doc.secret(path, what, strings.TrimRight(env.get(s.Env), "\r\n")); text != nil {
			if s.value = *text; s.value == "" {
				doc.wrong(path, "%s", env.missing(s.Env))
			}
		}
	case s.File != "":
		name := s.File
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(doc.File), name)
		}
		source, err := written.Source(name)
		if err != nil {
			doc.wrong(path, "the file %s cannot be read: %s", s.File, err)
			return
		}
		what := "the file " + s.File
		if text := doc.secret(path, what, string(source)); text != nil {
			if s.value = strings.TrimSpace(*text); s.value == "" {
				doc.wrong(path, "%s is empty", what)
			}
		}
	case needed:
		doc.wrong(path, "is missing: give env or file")
	}
}

// secret takes from a secret what an editor put there and nobody typed. It is nil where the text is none that anybody could type;
// that is told without a word of it.
func (doc *document) secret(path, what, source string) *string {
	clean, _, err := written.Clean([]byte(source))
	if err != nil {
		doc.wrong(path, "%s is no text in UTF-8: save it so", what)
		return nil
	}
	text := string(clean)
	if strings.ContainsFunc(strings.TrimSpace(text), unicode.IsControl) {
		doc.wrong(path, "%s has more than one line, or a tab in it: a secret is one line", what)
		return nil
	}
	return &text
}
