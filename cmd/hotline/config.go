package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"hotline/ivr"
	"hotline/queues"
	"hotline/tickets"
)

// Config is the one YAML file. deploy/hotline.yaml is its commented example.
type Config struct {
	Line     LineConfig     `yaml:"line"`
	Asterisk AsteriskConfig `yaml:"asterisk"`
	Database DatabaseConfig `yaml:"database"`
	Listen   string         `yaml:"listen"`        // where the pages and the API are: "127.0.0.1:8080"
	Spool    string         `yaml:"spool"`         // folder of the facts on their way to the database
	TLS      TLSConfig      `yaml:"tls,omitempty"` // for browsers elsewhere than on this machine
	Queues   []QueueConfig  `yaml:"queues"`        // who waits where, and what an agent must be able to do
	People   []Person       `yaml:"people"`        // who signs in
	Topics   []TopicConfig  `yaml:"topics"`        // what calls are about, and whose they are
	Flow     ivr.Flow       `yaml:"flow"`          // the caller's way
}

// LineConfig is the hotline itself.
type LineConfig struct {
	Name      tickets.Words `yaml:"name"`
	Number    string        `yaml:"number"`    // E.164
	Region    string        `yaml:"region"`    // how national numbers are read: "RU"
	Languages []string      `yaml:"languages"` // the first is the default
}

// AsteriskConfig is where the switch is.
type AsteriskConfig struct {
	Node      string `yaml:"node"` // a short name, part of each call's identity
	URL       string `yaml:"url"`  // "http://127.0.0.1:8088/ari"
	User      string `yaml:"user"`
	Password  Secret `yaml:"password"`
	App       string `yaml:"app"`
	SIP       string `yaml:"sip"`       // where phones register: "127.0.0.1:5060"
	Websocket string `yaml:"websocket"` // where browsers' phones register: "ws://127.0.0.1:8088/ws"
}

// DatabaseConfig is where PostgreSQL is.
type DatabaseConfig struct {
	URL Secret `yaml:"url"` // "postgres://user:password@host/database" or key=value pairs
}

// TLSConfig names the files of a certificate; both or none.
type TLSConfig struct {
	Certificate string `yaml:"certificate,omitempty"`
	Key         string `yaml:"key,omitempty"`
}

// QueueConfig is a queue as people write it.
type QueueConfig struct {
	ID           queues.QueueID                `yaml:"id"`
	Name         tickets.Words                 `yaml:"name"`
	Skills       map[queues.Skill]queues.Level `yaml:"skills"`
	Priority     int                           `yaml:"priority,omitempty"`
	OfferTimeout time.Duration                 `yaml:"offer_timeout,omitempty"`
	WrapUp       time.Duration                 `yaml:"wrap_up,omitempty"`
	ShortAbandon time.Duration                 `yaml:"short_abandon,omitempty"`
	Target       TargetConfig                  `yaml:"target,omitempty"`
}

// TargetConfig is a service level: Share of the calls answered Within.
type TargetConfig struct {
	Share  float64       `yaml:"share,omitempty"`
	Within time.Duration `yaml:"within,omitempty"`
}

// TopicConfig says what a topic is called and which department owns its open tickets.
type TopicConfig struct {
	ID         string        `yaml:"id"`
	Name       tickets.Words `yaml:"name"`
	Department string        `yaml:"department"`
}

// Person signs in to a page. An agent has skills and a phone: a SIP phone of their own with
// a secret, or the one on the desk page (seat).
type Person struct {
	ID          queues.AgentID                `yaml:"id"`
	Login       string                        `yaml:"login"`
	Name        string                        `yaml:"name"`
	Role        string                        `yaml:"role"`
	Language    string                        `yaml:"language"`
	Password    Secret                        `yaml:"password"`
	Skills      map[queues.Skill]queues.Level `yaml:"skills,omitempty"`
	Phone       string                        `yaml:"phone,omitempty"`
	PhoneSecret Secret                        `yaml:"phone_secret,omitempty"`
	Seat        bool                          `yaml:"seat,omitempty"`
}

// Secret is never written in the file itself: it comes from the environment or from a file.
type Secret struct {
	Env   string `yaml:"env,omitempty"`
	File  string `yaml:"file,omitempty"`
	value string // resolved when the configuration is loaded
}

func (s Secret) set() bool { return s.Env != "" || s.File != "" || s.value != "" }

// Text is the secret itself.
func (s Secret) Text() string { return s.value }

// String keeps secrets out of logs.
func (s Secret) String() string { return "(secret)" }

// ConfigError is something wrong in a configuration file. Line and Column are 0 where a place cannot be given.
type ConfigError struct {
	File         string
	Line, Column int
	Text         string
}

func (e ConfigError) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Text
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Text)
}

// loadConfig reads and proves a configuration. All that is wrong is in the error, each
// with its place; it is an errors.Join of ConfigErrors.
func loadConfig(file string) (Config, error) {
	prompts, err := ivr.Prompts()
	if err != nil {
		return Config{}, err
	}
	source, err := os.ReadFile(file)
	if err != nil {
		return Config{}, ConfigError{File: file, Text: "cannot be read: " + cause(err)}
	}
	c, p, err := parseConfig(file, source, prompts)
	if err != nil {
		return Config{}, err
	}
	c.secrets(p)
	return c, errors.Join(p.found...)
}

// parseConfig is loadConfig without the secrets, for a text at hand.
func parseConfig(file string, source []byte, prompts map[string]map[string]string) (Config, *proof, error) {
	tree, err := parser.ParseBytes(source, 0)
	if err != nil {
		return Config{}, nil, located(file, nil, err)
	}
	var c Config
	if err := yaml.NewDecoder(bytes.NewReader(source), yaml.Strict()).Decode(&c); err != nil {
		return Config{}, nil, located(file, tree, err)
	}
	p := &proof{tree: tree, file: file}
	c.prove(p)
	house := ivr.House{Languages: c.Line.Languages, Prompts: prompts}
	for _, q := range c.Queues {
		house.Queues = append(house.Queues, q.ID)
	}
	for _, problem := range c.Flow.Prove(house) {
		p.wrong("flow."+problem.Path, "%s", problem.Text)
	}
	return c, p, nil
}

// proof collects what is wrong, each with its place in the file.
type proof struct {
	tree  *ast.File
	file  string
	found []error
}

// wrong notes a problem at a path such as "queues.0.skills". Where the setting itself
// is missing, the place is that of the nearest one around it.
func (p *proof) wrong(path, format string, a ...any) {
	e := ConfigError{File: p.file, Text: path + ": " + fmt.Sprintf(format, a...)}
	for steps := strings.Split(path, "."); len(steps) > 0 && e.Line == 0; steps = steps[:len(steps)-1] {
		b := (&yaml.PathBuilder{}).Root()
		for _, step := range steps {
			if i, err := strconv.ParseUint(step, 10, 31); err == nil && p.isList(b) {
				b = b.Index(uint(i))
			} else {
				b = b.Child(step)
			}
		}
		if node, err := b.Build().FilterFile(p.tree); err == nil && node != nil {
			e.Line, e.Column = place(node)
		}
	}
	p.found = append(p.found, e)
}

func (p *proof) isList(b *yaml.PathBuilder) bool {
	node, err := b.Build().FilterFile(p.tree)
	return err == nil && node != nil && node.Type() == ast.SequenceType
}

// place is where a setting begins: for a block of settings, its first one.
func place(node ast.Node) (line, column int) {
	if m, ok := node.(*ast.MappingNode); ok && len(m.Values) > 0 {
		node = m.Values[0].Key
	}
	if s, ok := node.(*ast.SequenceNode); ok && len(s.Values) > 0 {
		return place(s.Values[0])
	}
	at := node.GetToken().Position
	return at.Line, at.Column
}

// located gives an error of the YAML library its place. The library leaves it out for
// values such as times; then it is that of the value the message quotes.
func located(file string, tree *ast.File, err error) error {
	e := ConfigError{File: file, Text: strings.TrimSpace(err.Error())}
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		e.Line, e.Column = at.GetToken().Position.Line, at.GetToken().Position.Column
		e.Text = at.GetMessage()
		return e
	}
	if tree != nil {
		for _, doc := range tree.Docs {
			ast.Walk(quoted{&e}, doc.Body)
		}
	}
	return e
}

// quoted is a walk that stops at the text an error quotes.
type quoted struct{ e *ConfigError }

func (q quoted) Visit(n ast.Node) ast.Visitor {
	if s, ok := n.(*ast.StringNode); ok && q.e.Line == 0 && strings.Contains(q.e.Text, strconv.Quote(s.Value)) {
		q.e.Line, q.e.Column = place(s)
	}
	return q
}

func (c *Config) secrets(p *proof) {
	p.resolve("asterisk.password", &c.Asterisk.Password, true)
	p.resolve("database.url", &c.Database.URL, true)
	for i := range c.People {
		at := "people." + strconv.Itoa(i)
		p.resolve(at+".password", &c.People[i].Password, true)
		p.resolve(at+".phone_secret", &c.People[i].PhoneSecret, c.People[i].Phone != "" && !c.People[i].Seat)
	}
}

func (p *proof) resolve(path string, s *Secret, needed bool) {
	switch {
	case s.Env != "" && s.File != "":
		p.wrong(path, "has both env and file: one of them")
	case s.Env != "":
		if s.value = os.Getenv(s.Env); s.value == "" {
			p.wrong(path, "the environment variable %s is not set", s.Env)
		}
	case s.File != "":
		name := s.File
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(p.file), name)
		}
		text, err := os.ReadFile(name)
		if err != nil {
			p.wrong(path, "the file %s cannot be read: %s", s.File, cause(err))
			return
		}
		if s.value = strings.TrimSpace(string(text)); s.value == "" {
			p.wrong(path, "the file %s is empty", s.File)
		}
	case needed:
		p.wrong(path, "is missing: give env or file")
	}
}

// prove checks everything but the flow, which proves itself.
func (c *Config) prove(p *proof) {
	p.needed("line.number", c.Line.Number)
	p.needed("line.region", c.Line.Region)
	p.needed("asterisk.url", c.Asterisk.URL)
	p.needed("asterisk.user", c.Asterisk.User)
	p.needed("asterisk.app", c.Asterisk.App)
	p.needed("asterisk.node", c.Asterisk.Node)
	p.needed("listen", c.Listen)
	p.needed("spool", c.Spool)
	if len(c.Line.Languages) == 0 {
		p.wrong("line.languages", "is missing: at least one of ru and en")
	}
	for i, l := range c.Line.Languages {
		if l != "ru" && l != "en" {
			p.wrong(fmt.Sprintf("line.languages.%d", i), "%q is not a language Hotline speaks: ru or en", l)
		}
	}
	if (c.TLS.Certificate == "") != (c.TLS.Key == "") {
		p.wrong("tls", "needs both certificate and key")
	}
	c.proveQueues(p)
	c.provePeople(p)
	seen := make(map[string]bool)
	for i, t := range c.Topics {
		at := fmt.Sprintf("topics.%d", i)
		p.once(at+".id", t.ID, seen)
		p.needed(at+".department", t.Department)
	}
	p.flowTopics(c.Flow, seen)
}

func (c *Config) proveQueues(p *proof) {
	if len(c.Queues) == 0 {
		p.wrong("queues", "is missing: calls need somewhere to wait")
	}
	seen := make(map[string]bool)
	for i, q := range c.Queues {
		at := fmt.Sprintf("queues.%d", i)
		p.once(at+".id", string(q.ID), seen)
		p.levels(at+".skills", q.Skills)
		if q.Target.Share < 0 || q.Target.Share > 1 {
			p.wrong(at+".target.share", "is %v; it must be from 0 to 1", q.Target.Share)
		}
	}
}

func (c *Config) provePeople(p *proof) {
	ids, logins, phones := make(map[string]bool), make(map[string]bool), make(map[string]bool)
	for i, person := range c.People {
		at := fmt.Sprintf("people.%d", i)
		p.once(at+".id", string(person.ID), ids)
		p.once(at+".login", person.Login, logins)
		p.levels(at+".skills", person.Skills)
		if !slices.Contains([]string{"agent", "supervisor", "administrator"}, person.Role) {
			p.wrong(at+".role", "%q is none of agent, supervisor, administrator", person.Role)
		}
		if person.Role == "agent" {
			p.once(at+".phone", person.Phone, phones)
		}
	}
}

func (p *proof) flowTopics(f ivr.Flow, known map[string]bool) {
	check := func(path, topic string) {
		if topic != "" && !known[topic] {
			p.wrong(path, "topic %q is not among topics", topic)
		}
	}
	for id, n := range f.Nodes {
		if n.Queue != nil {
			check("flow.nodes."+string(id)+".queue.topic", n.Queue.Topic)
		}
		if n.Menu != nil {
			for digit, choice := range n.Menu.Choices {
				check("flow.nodes."+string(id)+".menu.choices."+digit+".topic", choice.Topic)
			}
		}
	}
}

func (p *proof) needed(path, value string) {
	if value == "" {
		p.wrong(path, "is missing")
	}
}

func (p *proof) once(path, value string, seen map[string]bool) {
	switch {
	case value == "":
		p.wrong(path, "is missing")
	case seen[value]:
		p.wrong(path, "%q is there twice", value)
	}
	seen[value] = true
}

func (p *proof) levels(path string, skills map[queues.Skill]queues.Level) {
	for skill, level := range skills {
		if level < 1 || level > 5 {
			p.wrong(path+"."+string(skill), "is %d; a level is from 1 to 5", level)
		}
	}
}

// cause is an operating system's reason without the path, which the message has already.
func cause(err error) string {
	var pathErr *os.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}
