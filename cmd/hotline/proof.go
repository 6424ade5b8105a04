package main

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/jackc/pgx/v5/pgconn"

	"hotline/ivr/flow"
	"hotline/queues"
)

// proof collects what is wrong, each with its place in the file.
type proof struct {
	tree    *ast.File
	file    string
	example string // where one sees what such a file holds
	found   []error
	doubts  []error  // what may be meant as it stands
	leftOut []string // paths of settings that cannot be read
}

// mistakesAtOnce bounds how many unreadable settings are told at once.
const mistakesAtOnce = 100

// decode reads the tree. A setting that cannot be read is noted and left out, so that one mistake does
// not hide the next.
func decode[T any](p *proof) T {
	body := p.tree.Docs[0].Body
	for range mistakesAtOnce {
		var read T
		err := yaml.NewDecoder(strings.NewReader(""), yaml.Strict()).DecodeFromNode(body, &read)
		if err == nil {
			return read
		}
		node := culprit(body, err)
		if node == nil {
			p.found = append(p.found, noYAML(p.file, err))
			break
		}
		steps := leaveOut(body, node)
		path := strings.Join(steps, ".")
		line, column := place(node)
		p.found = append(p.found, ConfigError{File: p.file, Line: line, Column: column, Text: p.unreadable(path, node, err)})
		p.leftOut = append(p.leftOut, path)
		if len(steps) == 0 {
			break
		}
	}
	p.leftOut = append(p.leftOut, "") // all of it
	return *new(T)
}

// tornApart reports whether something was left out to which other settings refer: what they would be told is
// not their fault.
func (p *proof) tornApart() bool {
	return slices.ContainsFunc(p.leftOut, func(path string) bool {
		known := slices.ContainsFunc(sections(), func(s string) bool { return s == path })
		return path == "" || known || path == "line.languages" || strings.HasSuffix(path, ".id")
	})
}

// sections are the settings at the top of the file.
func sections() (names []string) {
	t := reflect.TypeFor[Config]()
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		names = append(names, name)
	}
	return names
}

// culprit is the node that an error of the decoder is about. The decoder does not say where a time is
// wrong; then it is the value that the message quotes.
func culprit(body ast.Node, err error) (found ast.Node) {
	var at yaml.Error
	located := errors.As(err, &at) && at.GetToken() != nil
	visit := func(n ast.Node) {
		if found != nil {
			return
		}
		if located && n.GetToken() == at.GetToken() {
			found = n
		}
		if s, ok := n.(*ast.StringNode); ok && !located && strings.Contains(err.Error(), strconv.Quote(s.Value)) {
			found = n
		}
	}
	ast.Walk(everyNode(visit), body)
	return found
}

// everyNode visits each node of a tree, from the outside in.
type everyNode func(ast.Node)

func (v everyNode) Visit(n ast.Node) ast.Visitor {
	v(n)
	return v
}

// leaveOut takes the setting around a node out of the tree, and returns its path; none where it is all of it.
func leaveOut(body, node ast.Node) (path []string) {
	var taken bool
	for node != body {
		parent := ast.Parent(body, node)
		switch around := parent.(type) {
		case nil:
			return path
		case *ast.MappingValueNode:
			path = append([]string{around.Key.GetToken().Value}, path...)
		case *ast.MappingNode:
			if entry, ok := node.(*ast.MappingValueNode); ok && !taken {
				taken = true
				around.Values = slices.DeleteFunc(around.Values, func(v *ast.MappingValueNode) bool { return v == entry })
			}
		case *ast.SequenceNode:
			if i := slices.Index(around.Values, node); i >= 0 {
				path = append([]string{strconv.Itoa(i)}, path...)
			}
		}
		node = parent
	}
	if !taken {
		return nil
	}
	return path
}

// unreadable says in the operator's words what the decoder says in Go's. It never quotes what may be a secret.
func (p *proof) unreadable(path string, node ast.Node, err error) string {
	var unknown *yaml.UnknownFieldError
	var kind *yaml.UnexpectedNodeTypeError
	var wrong *yaml.TypeError
	var large *yaml.OverflowError
	text := fmt.Sprintf("%q is no time; write it with its unit, such as 15s or 1m30s", node.GetToken().Value)
	switch {
	case path == "":
		return "is no configuration: it must be settings by name, such as those of " + p.example
	case errors.As(err, &unknown):
		text = "unknown setting"
	case isSecret(path):
		text = "a secret does not stand here: {env: NAME} or {file: PATH} does"
	case errors.As(err, &kind):
		text = "must be " + map[bool]string{true: "a list", false: "settings by name"}[kind.Expected == ast.SequenceType]
	case errors.As(err, &large):
		text = large.SrcNum + " is out of range"
	case errors.As(err, &wrong) && (node.Type() == ast.SequenceType || node.Type() == ast.MappingType):
		text = "must be " + expected(wrong.DstType.Kind())
	case errors.As(err, &wrong) && wrong.DstType != reflect.TypeFor[time.Duration]():
		text = fmt.Sprintf("%q is not %s", node.GetToken().Value, expected(wrong.DstType.Kind()))
	}
	return path + ": " + text
}

func expected(k reflect.Kind) string {
	switch k {
	case reflect.Bool:
		return "true or false"
	case reflect.Float64:
		return "a number"
	case reflect.Int, reflect.Uint8:
		return "a whole number"
	default:
		return "a text"
	}
}

func isSecret(path string) bool {
	return path == "database.url" || strings.HasSuffix(path, ".password") || strings.HasSuffix(path, ".phone_secret")
}

// sort puts what was found in the order of the file.
func (p *proof) sort() {
	for _, all := range [][]error{p.found, p.doubts} {
		slices.SortStableFunc(all, func(a, b error) int {
			var x, y ConfigError
			_, _ = errors.As(a, &x), errors.As(b, &y)
			return cmp.Or(cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column), strings.Compare(x.Text, y.Text))
		})
	}
}

// wrong notes a problem at a path such as "queues.0.skills".
func (p *proof) wrong(path, format string, a ...any) {
	for _, left := range p.leftOut {
		if path == left || strings.HasPrefix(path, left+".") || strings.HasPrefix(left, path+".") {
			return // it is there, and was told to be unreadable
		}
	}
	p.found = append(p.found, p.located(path, path+": "+fmt.Sprintf(format, a...)))
}

// doubt notes what is perhaps not meant so.
func (p *proof) doubt(path, format string, a ...any) {
	p.doubts = append(p.doubts, p.located(path, "warning: "+path+": "+fmt.Sprintf(format, a...)))
}

// located is a problem with its place in the file: where the setting itself is missing, that of the nearest one around it.
func (p *proof) located(path, text string) ConfigError {
	e := ConfigError{File: p.file, Text: text}
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
	return e
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

func (c *Config) secrets(p *proof) {
	p.resolve("asterisk.password", &c.Asterisk.Password, true)
	p.resolve("database.url", &c.Database.URL, true)
	if text := c.Database.URL.Text(); text != "" {
		if _, err := pgconn.ParseConfig(text); err != nil { // the error may hold the password
			p.wrong("database.url", "what it leads to is no address of a database: postgres://USER:PASSWORD@HOST/DATABASE, or key=value pairs")
		}
	}
	for i := range c.People {
		at := "people." + strconv.Itoa(i)
		p.resolve(at+".password", &c.People[i].Password, true)
		p.resolve(at+".phone_secret", &c.People[i].PhoneSecret, c.People[i].Phone != "" && !c.People[i].Seat)
	}
}

var environmentName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (p *proof) resolve(path string, s *Secret, needed bool) {
	switch {
	case s.Env != "" && s.File != "":
		p.wrong(path, "has both env and file: one of them")
	case s.Env != "" && !environmentName.MatchString(s.Env):
		p.wrong(path+".env", "is no name of an environment variable") // perhaps the secret itself
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

var (
	e164        = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)
	callingCode = regexp.MustCompile(`^\+[1-9][0-9]{0,6}$`)
	region      = regexp.MustCompile(`^[A-Z]{2}$`)
	plain       = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
)

// prove checks everything but the flow, which proves itself.
func (c *Config) prove(p *proof) {
	p.like("line.number", c.Line.Number, e164, `a number in E.164; write it with the plus sign and in quotes, as "+74950000100"`)
	for i, prefix := range c.Line.CallBack {
		p.like(fmt.Sprintf("line.call_back.%d", i), prefix, callingCode, `the beginning of numbers, as "+375"`)
	}
	p.like("line.region", c.Line.Region, region, `a country's two letters, such as RU`)
	p.address("asterisk.url", c.Asterisk.URL, "http", "https")
	p.needed("asterisk.user", c.Asterisk.User)
	p.needed("asterisk.app", c.Asterisk.App)
	p.needed("asterisk.node", c.Asterisk.Node)
	p.endpoint("asterisk.sip", c.Asterisk.SIP)
	if out := c.Asterisk.Outbound; out != "" && !strings.Contains(out, "%s") {
		p.wrong("asterisk.outbound", "%q does not say where the number goes: write it as PJSIP/%%s@trunk", out)
	}
	p.from("asterisk.outbound_at_most", c.Asterisk.AtMost, 0, 1000)
	p.endpoint("listen", c.Listen)
	p.needed("spool", c.Spool)
	if len(c.Line.Languages) == 0 {
		p.wrong("line.languages", "is missing: at least one of ru and en")
	}
	for i, l := range c.Line.Languages {
		p.language(fmt.Sprintf("line.languages.%d", i), l)
	}
	if (c.TLS.Certificate == "") != (c.TLS.Key == "") {
		p.wrong("tls", "needs both certificate and key")
	}
	c.proveQueues(p)
	c.proveReasons(p)
	c.proveVoicemail(p)
	c.provePeople(p)
	seen := make(map[string]bool)
	for i, t := range c.Topics {
		at := fmt.Sprintf("topics.%d", i)
		p.once(at+".id", t.ID, seen)
		p.needed(at+".department", t.Department)
	}
	p.flowTopics(c.Flow, seen)
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
		p.language(at+".language", person.Language)
		if person.Role == "agent" {
			p.once(at+".phone", person.Phone, phones)
		}
		if person.Phone != "" {
			p.like(at+".phone", person.Phone, plain, "the name of a phone: letters, digits, - and _")
		}
		if person.Seat && person.Role != "agent" {
			p.wrong(at+".seat", "only agents have one")
		} else if person.Seat {
			p.address("asterisk.websocket", c.Asterisk.Websocket, "ws", "wss")
		}
	}
}

func (p *proof) flowTopics(f flow.Flow, known map[string]bool) {
	for _, at := range f.Topics() {
		if !known[string(at.Topic)] {
			p.wrong("flow."+at.Path, "topic %q is not among topics", at.Topic)
		}
	}
}

func (p *proof) needed(path, value string) bool {
	if value == "" {
		p.wrong(path, "is missing")
	}
	return value != ""
}

func (p *proof) like(path, value string, form *regexp.Regexp, what string) {
	if p.needed(path, value) && !form.MatchString(value) {
		p.wrong(path, "%q is not %s", value, what)
	}
}

// endpoint is a host with a port.
func (p *proof) endpoint(path, value string) {
	if !p.needed(path, value) {
		return
	}
	_, port, err := net.SplitHostPort(value)
	if n, numErr := strconv.ParseUint(port, 10, 16); err != nil || numErr != nil || n > 65535 {
		p.wrong(path, "%q is no address with a port, such as 127.0.0.1:8080", value)
	}
}

// address is a URL with a host and a port.
func (p *proof) address(path, value string, schemes ...string) {
	if !p.needed(path, value) {
		return
	}
	u, err := url.Parse(value)
	if err != nil || !slices.Contains(schemes, u.Scheme) || u.Hostname() == "" || u.Port() == "" || u.User != nil {
		p.wrong(path, "must be %s://HOST:PORT/…", strings.Join(schemes, ":// or "))
	}
}

func (p *proof) language(path, value string) {
	if value != "ru" && value != "en" {
		p.wrong(path, "%q is not a language Hotline speaks: ru or en", value)
	}
}

func (p *proof) notNegative(path string, d time.Duration) {
	if d < 0 {
		p.wrong(path, "is %s; it cannot be below zero", d)
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
