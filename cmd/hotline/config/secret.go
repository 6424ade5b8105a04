package config

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Secret is never written in the file itself: it comes from the environment or from a file.
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
	doc.resolve("asterisk.password", &c.Asterisk.Password, true)
	doc.resolve("database.url", &c.Database.URL, true)
	if text := c.Database.URL.Text(); text != "" {
		if _, err := pgconn.ParseConfig(text); err != nil { // the error may hold the password
			doc.wrong("database.url", "what it leads to is no address of a database: postgres://USER:PASSWORD@HOST/DATABASE, or key=value pairs")
		}
	}
	for i := range c.People {
		at := "people." + strconv.Itoa(i)
		doc.resolve(at+".password", &c.People[i].Password, true)
		doc.resolve(at+".phone_secret", &c.People[i].PhoneSecret, c.People[i].Phone != "" && !c.People[i].Seat)
	}
}

var environmentName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (doc *document) resolve(path string, s *Secret, needed bool) {
	switch {
	case s.Env != "" && s.File != "":
		doc.wrong(path, "has both env and file: one of them")
	case s.Env != "" && !environmentName.MatchString(s.Env):
		doc.wrong(path+".env", "is no name of an environment variable") // the text is not quoted: it may be the secret itself
	case s.Env != "":
		if s.value = os.Getenv(s.Env); s.value == "" {
			doc.wrong(path, "the environment variable %s is not set", s.Env)
		}
	case s.File != "":
		name := s.File
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(doc.file), name)
		}
		text, err := os.ReadFile(name)
		if err != nil {
			doc.wrong(path, "the file %s cannot be read: %s", s.File, cause(err))
			return
		}
		if s.value = strings.TrimSpace(string(text)); s.value == "" {
			doc.wrong(path, "the file %s is empty", s.File)
		}
	case needed:
		doc.wrong(path, "is missing: give env or file")
	}
}
