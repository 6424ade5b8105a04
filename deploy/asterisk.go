package deploy

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
)

// templates are asterisk/*.tmpl: one text/template for each file of Asterisk's configuration folder.
//
//go:embed asterisk/*.tmpl
var templates embed.FS

// Trunk is an example of the operator's own part of pjsip.conf: the trunk to a telephone company.
//
//go:embed asterisk/trunk.conf
var Trunk []byte

// Asterisk is what an Asterisk that serves Hotline alone differs in from others of its kind. From it come the configuration of an
// operator's Asterisk (`hotline asterisk`) and of the private ones.
type Asterisk struct {
	SIPHost string // an IPv4 address where SIP and media listen: "192.0.2.1"; "0.0.0.0" is all of the machine's, and Asterisk chooses that of the media
	SIPPort int
	WebHost string // where ARI and the websockets of phones in pages listen
	WebPort int

	RTPFirst, RTPLast int // ports for media

	ARIUser, ARIPassword, App string

	Number   string   // what customers dial, digits alone; with a plus sign before it, it is dialled as well
	Dialled  []string // further ways to dial it: digits, with or without a plus sign
	Pocket   string   // the number at which agents sign in by phone, digits with or without a plus sign; "" is none
	Callers  []string // from which addresses customers call, besides the trunk; none is whoever dials a number, where nobody else reaches it
	Patience int      // seconds that a call rings while Hotline is away, before the reserve mode
	Reserve  string   // the file in which the dialplan notes calls that it took alone
	Ring     []Ring   // whom it rings then, one after the other, until somebody answers
	Message  int      // seconds that a message of whom nobody has answered lasts at most; 0: none is taken
	Music    string   // the folder of the music on hold
	Records  string   // the folder of what ARI has recorded
	Trunk    string   // the operator's own part of pjsip.conf, a file beside it; "" is none

	Own *AsteriskFolders // of a private Asterisk; nil leaves asterisk.conf as its distribution wrote it
}

// Ring is somebody whom the reserve mode rings.
type Ring struct {
	Who     string // as Hotline is told who has answered, URI-encoded
	Dial    string // as Dial() has it: "PJSIP/desk-101"
	Seconds int    // at most
	Outside bool   // a number outside: it sees the line's, and whoever answers must press a key
}

// AsteriskFolders are those of an Asterisk that shares the machine with others.
type AsteriskFolders struct {
	Dir      string
	Modules  string
	MaxFiles uint64
}

// plainName is a name that has no meaning of its own in a section's head or in the dialplan.
var plainName = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// dialled is what the dialplan looks for when all but plus sign and digits is left out.
var dialled = regexp.MustCompile(`^\+?[0-9]{1,32}$`)

// toDial and named have no meaning of their own in the dialplan.
var (
	toDial = regexp.MustCompile(`^[A-Za-z0-9]+/[A-Za-z0-9@:+._/-]+$`)
	named  = regexp.MustCompile(`^[A-Za-z0-9%._+-]+$`)
)

// Files are the configuration's files by name. A value that would change the meaning of a file, such as one with a line break, is an error.
func (a Asterisk) Files() (map[string][]byte, error) {
	switch ip := net.ParseIP(a.SIPHost); {
	case ip == nil || ip.To4() == nil:
		return nil, fmt.Errorf("asterisk's address for SIP: %q is no IPv4 address", a.SIPHost)
	case !plainName.MatchString(a.ARIUser) || a.ARIUser == "general":
		return nil, fmt.Errorf("asterisk's user: %q is no name for a section of ari.conf: letters, digits, _ . and - make one", a.ARIUser)
	case !plainName.MatchString(a.App):
		return nil, fmt.Errorf("asterisk's application: %q is no name for the dialplan: letters, digits, _ . and - make one", a.App)
	}
	for _, way := range slices.Concat([]string{a.Number, cmp.Or(a.Pocket, a.Number)}, a.Dialled) {
		if !dialled.MatchString(way) {
			return nil, fmt.Errorf("the line's number is dialled as %q, which is not digits alone, with or without a plus sign", way)
		}
	}
	for _, r := range a.Ring {
		if !toDial.MatchString(r.Dial) || !named.MatchString(r.Who) || r.Seconds <= 0 {
			return nil, fmt.Errorf("the reserve mode cannot ring %q for %d s", r.Dial, r.Seconds)
		}
	}
	all, err := template.New("").Option("missingkey=error").Funcs(template.FuncMap{"value": value, "at": at}).ParseFS(templates, "asterisk/*.tmpl")
	if err != nil {
		return nil, err
	}
	files := make(map[string][]byte)
	for _, t := range all.Templates() {
		name, isFile := strings.CutSuffix(t.Name(), ".tmpl")
		if !isFile || name == "asterisk.conf" && a.Own == nil {
			continue // the set itself has a name, too
		}
		var text bytes.Buffer
		if err := t.Execute(&text, a); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		files[name] = text.Bytes()
	}
	return files, nil
}

// SaysMedia reports whether endpoints name the address of their media: not where Asterisk is to choose it.
func (a Asterisk) SaysMedia() bool { return !net.ParseIP(a.SIPHost).IsUnspecified() }

// Ways are those to dial the line's number beside its digits, each once.
func (a Asterisk) Ways() []string {
	all := slices.Sorted(slices.Values(append([]string{"+" + a.Number}, a.Dialled...)))
	return slices.DeleteFunc(slices.Compact(all), func(way string) bool { return way == a.Number })
}

// value is a text as Asterisk's files have it: a semicolon would begin a comment.
func value(text string) (string, error) {
	if strings.ContainsAny(text, "\r\n\x00") || text != strings.TrimSpace(text) || text == "" {
		return "", errors.New("a value is empty, or begins or ends with a space, or has a line break")
	}
	return strings.ReplaceAll(text, ";", `\;`), nil
}

func at(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }
