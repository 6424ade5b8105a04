// Package codes reads what an agent types on the keys of their phone in a talk: codes, by which somebody without a page does what a page
// does, and other keys, which are for whoever they talk with, as for a machine that asks for them.
//
//	key ─► Press ─┬─► Pass: keys that are none of a code go on, at once, or when it is clear that no code comes of them
//	              ├─► Code, and To for one that names somebody: "*1102#" is Consult of 102
//	              └─► Wrong: a code that named nobody in time, or was broken off
//
// A code begins with a star, and a digit must follow soon: else the star was for the other. Who wants to send on what would be a code
// types the star twice: "**1" is a star and a one for the other. Whom a code is about is typed behind it, and # ends it; a star breaks it off.
//
// It is a pure reader: time is an argument, and it knows nothing of calls.
package codes

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Code is something that can be typed.
type Code string

const (
	Consult    Code = "consult"    // ask somebody; where somebody is asked, swap
	Transfer   Code = "transfer"   // send the caller on; where somebody is asked, leave the caller to them
	Conference Code = "conference" // let all hear each other, where somebody is asked
	Recording  Code = "recording"  // pause the recording, or go on
	Record     Code = "record"     // begin to record, where the queue leaves that to its agents, or end it
	Back       Code = "back"       // back to the caller, from hold or from who is asked
)

// All are the codes that there are.
var All = []Code{Consult, Transfer, Conference, Recording, Record, Back}

// Table says what is typed for each code; a code that is not in it cannot be typed.
type Table map[Code]string

// Usual is the table where an installation says nothing else.
func Usual() Table {
	return Table{Consult: "*1", Transfer: "*2", Conference: "*3", Recording: "*4", Record: "*5", Back: "*0"}
}

// Prove says what is wrong with the keys of one code: they are a star and one or two digits, and neither begin another code nor begin as one.
func (t Table) Prove(c Code) error {
	keys := t[c]
	if keys == "" {
		return nil
	}
	if keys[0] != '*' || len(keys) < 2 || len(keys) > 3 || strings.Trim(keys[1:], "0123456789") != "" {
		return fmt.Errorf("%q is no code: a star and one or two digits, as *1; \"\" for none", keys)
	}
	for _, other := range All {
		switch theirs := t[other]; {
		case other == c || theirs == "":
		case strings.HasPrefix(theirs, keys):
			return fmt.Errorf("%q begins the code of %s, %q", keys, other, theirs)
		case strings.HasPrefix(keys, theirs):
			return fmt.Errorf("%q begins as the code of %s, %q, and cannot be typed", keys, other, theirs)
		}
	}
	return nil
}

const (
	// digitWithin is how soon a digit must follow a star.
	digitWithin = 3 * time.Second
	// targetWithin is how soon the next key of whom a code is about must follow.
	targetWithin = 7 * time.Second
	// longestTarget is how many digits that has at most: the longest number with the prefixes by which it is dialled.
	longestTarget = 21
)

// Read is what came of a key, or of no key.
type Read struct {
	Pass  string // for whoever the agent talks with
	Code  Code   // "" is none
	To    string // the digits behind it, of a code that names somebody
	Wrong bool
}

// Reader reads the keys of one phone. The zero one reads no code.
type Reader struct {
	Table Table

	keys  string    // since the star; "" is outside of a code
	code  Code      // whose target is typed; "" is none yet
	until time.Time // when the next key must have come, in the midst of a code
}

// Until is when TimeOut is due; zero is never.
func (r *Reader) Until() time.Time { return r.until }

// Press reads a key. names says whether a code is about somebody now.
func (r *Reader) Press(key byte, at time.Time, names func(Code) bool) Read {
	var before Read
	if !r.until.IsZero() && at.After(r.until) {
		before = r.TimeOut()
	}
	read := r.press(key, at, names)
	read.Pass, read.Wrong = before.Pass+read.Pass, before.Wrong || read.Wrong
	return read
}

func (r *Reader) press(key byte, at time.Time, names func(Code) bool) Read {
	switch {
	case r.code != "":
		return r.target(key, at)
	case r.keys == "" && (key != '*' || len(r.Table) == 0):
		return Read{Pass: string(key)}
	case r.keys == "*" && key == '*':
		r.forget()
		return Read{Pass: "*"}
	case r.keys != "" && key == '*':
		pass := r.keys
		r.begin(at)
		return Read{Pass: pass}
	case key == '*':
		r.begin(at)
		return Read{}
	}
	r.keys += string(key)
	begins := func(keys string) bool { return keys != "" && strings.HasPrefix(keys, r.keys) }
	for _, c := range All {
		if r.Table[c] != r.keys {
			continue
		}
		if r.forget(); names(c) {
			r.code, r.until = c, at.Add(targetWithin)
			return Read{}
		}
		return Read{Code: c}
	}
	if slices.ContainsFunc(All, func(c Code) bool { return begins(r.Table[c]) }) {
		r.until = at.Add(digitWithin)
		return Read{}
	}
	return Read{Pass: r.forget()}
}

// target reads a key of whom a code is about.
func (r *Reader) target(key byte, at time.Time) Read {
	switch {
	case key == '#':
		code := r.code
		if to := r.forget(); to != "" {
			return Read{Code: code, To: to}
		}
		return Read{Wrong: true}
	case key == '*':
		r.forget()
		r.begin(at)
		return Read{Wrong: true}
	case key < '0' || key > '9' || len(r.keys) == longestTarget:
		r.forget()
		return Read{Wrong: true}
	}
	r.keys += string(key)
	r.until = at.Add(targetWithin)
	return Read{}
}

// TimeOut says what comes of what was typed where nothing more is.
func (r *Reader) TimeOut() Read {
	if r.code != "" {
		r.forget()
		return Read{Wrong: true}
	}
	return Read{Pass: r.forget()}
}

func (r *Reader) begin(at time.Time) { r.keys, r.until = "*", at.Add(digitWithin) }

// forget begins anew, and returns what was typed.
func (r *Reader) forget() (keys string) {
	keys = r.keys
	r.keys, r.code, r.until = "", "", time.Time{}
	return keys
}
