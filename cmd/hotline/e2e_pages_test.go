package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"testing"
	"time"

	"hotline/cmd/hotline/config"
)

// crowd is several people in one Chromium, each at pages of their own: agentapi/pages/e2e/people.mjs. They do what they are told, one after the
// other, and a step that does not come to its end fails the test with what stands on their pages.
type crowd struct {
	t      *testing.T
	script *script
	input  io.Writer
	n      int
}

// became is what the browser says of a step.
type became struct {
	Value json.RawMessage
	Error string
	Page  string
}

// seen is what a page shows of a ticket, and the server says to whoever looks at it.
type seen struct {
	Phase, Awaits, Owner string
	Escalated, Reopened  int
	Version              int64
	May                  []string
}

// hand is what goes along with what somebody does.
type hand map[string]any

// crowdTime is how long a crowd may be at work: ten times what it is.
const crowdTime = 10 * time.Minute

func newCrowd(t *testing.T, pages string) *crowd {
	t.Helper()
	return newCrowdFor(t, crowdTime, pages)
}

// newCrowdFor is one that may be at work so long.
func newCrowdFor(t *testing.T, limit time.Duration, pages string) *crowd {
	t.Helper()
	browserIsThere(t)
	read, write := io.Pipe()
	c := &crowd{t: t, script: startScriptFor(t, limit, "people", pages, nil, read), input: write}
	t.Cleanup(func() { _ = write.Close() })
	c.script.awaits("there")
	return c
}

// try does something, and gives what becomes of it.
func (c *crowd) try(what string, how hand) became {
	c.t.Helper()
	c.n++
	line := hand{"n": c.n, "do": what}
	for name, value := range how {
		line[name] = value
	}
	text, err := json.Marshal(line)
	if err == nil {
		_, err = c.input.Write(append(text, '\n'))
	}
	if err != nil {
		c.t.Fatal(err)
	}
	answer := c.script.told(strconv.Itoa(c.n))
	var said became
	if err := json.Unmarshal([]byte(answer), &said); err != nil {
		c.t.Fatalf("%s: %v", answer, err)
	}
	return said
}

// do does something that must succeed.
func (c *crowd) do(what string, how hand) json.RawMessage {
	c.t.Helper()
	said := c.try(what, how)
	if said.Error != "" {
		c.t.Fatalf("%s %v: %s\n%s", what, how, said.Error, said.Page)
	}
	return said.Value
}

// text is do, where it gives a text.
func (c *crowd) text(what string, how hand) (text string) {
	c.t.Helper()
	value := c.do(what, how)
	if err := json.Unmarshal(value, &text); err != nil {
		c.t.Fatalf("%s gives %s", what, value)
	}
	return text
}

// enters signs somebody in, in a language, at a path.
func (c *crowd) enters(p config.Person, language, path string) {
	c.t.Helper()
	c.do("enter", hand{"who": p.ID, "login": p.Login, "password": p.Password.Text(), "language": language, "path": path})
}

// acts gives a command by its button and form.
func (c *crowd) acts(who, command string, fields hand) {
	c.t.Helper()
	c.do("act", hand{"who": who, "command": command, "fields": fields})
}

// show waits until the pages of some people show a ticket as the server does, none of them loaded anew, and gives what the first sees.
func (c *crowd) show(ticket string, who ...string) seen {
	c.t.Helper()
	var all map[string]seen
	value := c.do("shows", hand{"who": who, "number": ticket})
	if err := json.Unmarshal(value, &all); err != nil {
		c.t.Fatalf("%v: %s", err, value)
	}
	return all[who[0]]
}

// unharmed checks that no page had an error, a refused script or a dialog.
func (c *crowd) unharmed() {
	c.t.Helper()
	var bad []string
	if err := json.Unmarshal(c.do("troubles", nil), &bad); err != nil || len(bad) > 0 {
		c.t.Errorf("the pages had %q, %v", bad, err)
	}
}

// told is the line with which a step ended.
func (c *script) told(step string) string {
	c.t.Helper()
	at := c.line(step)
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lines[at]
}

func (s seen) is(phase, owner string) error {
	if s.Phase != phase || s.Owner != owner {
		return fmt.Errorf("the ticket is %s of %s, not %s of %s", s.Phase, s.Owner, phase, owner)
	}
	return nil
}
