package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"

	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/telephony/words"
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
	Flow     flow.Flow      `yaml:"flow"`          // the caller's way

	Reasons map[queues.Reason]ReasonConfig `yaml:"reasons,omitempty"`       // bounds on what agents do beside calls; nil is the usual ones, and a reason not among them has none
	Return  time.Duration                  `yaml:"return_within,omitempty"` // who calls again so soon gets their old place back

	Extension time.Duration `yaml:"wrap_up_extension,omitempty"` // so much more an agent may ask for in one wrap-up, in all; 0 is 3 min

	Voicemail VoicemailConfig `yaml:"voicemail,omitempty"` // messages on the recorder
}

// LineConfig is the hotline itself.
type LineConfig struct {
	Name      words.Text `yaml:"name"`
	Number    string     `yaml:"number"`              // E.164
	Region    string     `yaml:"region"`              // how national numbers are read: "RU"
	Languages []string   `yaml:"languages"`           // the first is the default
	CallBack  []string   `yaml:"call_back,omitempty"` // where customers are called back beside the line's own country: "+375"
}

// AsteriskConfig is where the switch is.
type AsteriskConfig struct {
	Node      string `yaml:"node"` // a short name, part of each call's identity
	URL       string `yaml:"url"`  // "http://127.0.0.1:8088/ari"
	User      string `yaml:"user"`
	Password  Secret `yaml:"password"`
	App       string `yaml:"app"`
	SIP       string `yaml:"sip"`                        // where phones register: "127.0.0.1:5060"
	Websocket string `yaml:"websocket"`                  // where browsers' phones register: "ws://127.0.0.1:8088/ws"
	Outbound  string `yaml:"outbound,omitempty"`         // how numbers outside are dialled, %s is the number: "PJSIP/%s@trunk"; "" dials none
	AtMost    int    `yaml:"outbound_at_most,omitempty"` // calls sent to one number outside at once; 0 is 20
	Reserve   string `yaml:"reserve,omitempty"`          // the file in which the dialplan notes the calls it took alone; "" reads none

	media string // where phones send their sound, for a private Asterisk; "" leaves it to Asterisk
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

// TopicConfig says what a topic is called and which department owns its open tickets.
type TopicConfig struct {
	ID         string     `yaml:"id"`
	Name       words.Text `yaml:"name"`
	Department string     `yaml:"department"`
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

// Text is the secret itself.
func (s Secret) Text() string { return s.value }

// String and GoString keep secrets out of logs.
func (s Secret) String() string   { return "(secret)" }
func (s Secret) GoString() string { return "(secret)" }

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
// with its place, in the order of the file; it is an errors.Join of ConfigErrors.
func loadConfig(file string) (Config, error) {
	return readConfig(file, (*Config).secrets)
}

// readConfig is loadConfig, which looks up the secrets besides; who needs none leaves that out.
func readConfig(file string, besides ...func(*Config, *proof)) (Config, error) {
	prompts, err := flow.Prompts()
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
	if !p.tornApart() {
		for _, prove := range besides {
			prove(&c, p)
		}
	}
	p.sort()
	return c, errors.Join(p.found...)
}

// parseConfig is loadConfig without the secrets, for a text at hand. Its error is about a text that is no YAML;
// all else that is wrong is found by the proof.
func parseConfig(file string, source []byte, prompts map[string]map[string]string) (Config, *proof, error) {
	c, p, err := parseYAML[Config](file, source, "deploy/hotline.yaml")
	if err != nil {
		return Config{}, nil, err
	}
	if p.tornApart() {
		return c, p, nil
	}
	c.prove(p)
	house := c.house(prompts)
	for _, problem := range c.Flow.Prove(house) {
		p.wrong("flow."+problem.Path, "%s", problem.Text)
	}
	c.provePrompts(p, house)
	if len(p.found) == 0 {
		if _, err := queues.New(c.router()); err != nil {
			p.wrong("queues", "%v", err) // more than this proof knows of
		}
	}
	return c, p, nil
}

// house is what a flow can refer to.
func (c Config) house(prompts map[string]map[string]string) flow.House {
	house := flow.House{Languages: c.Line.Languages, Prompts: prompts}
	for _, q := range c.Queues {
		house.Queues = append(house.Queues, q.ID)
	}
	return house
}

// parseYAML reads a text as far as it can be read; what cannot is in the proof.
func parseYAML[T any](file string, source []byte, example string) (read T, p *proof, err error) {
	tree, err := parser.ParseBytes(source, 0)
	if err != nil {
		return read, nil, noYAML(file, err)
	}
	if len(tree.Docs) == 0 || tree.Docs[0].Body == nil {
		return read, nil, ConfigError{File: file, Text: "is empty"}
	}
	for _, another := range tree.Docs[1:] {
		if another.Body != nil && another.Start != nil {
			at := another.Start.Position
			return read, nil, ConfigError{File: file, Line: at.Line, Column: at.Column, Text: "another document begins here, and would not be looked at: one file holds one"}
		}
	}
	p = &proof{tree: tree, file: file, example: example}
	return decode[T](p), p, nil
}

func noYAML(file string, err error) error {
	e := ConfigError{File: file, Text: strings.TrimSpace(err.Error())}
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		e.Line, e.Column = at.GetToken().Position.Line, at.GetToken().Position.Column
		e.Text = at.GetMessage()
	}
	return e
}
