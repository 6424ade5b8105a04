package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"hotline/agentapi/gate"
	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/config/sample"
	"hotline/cmd/hotline/config/written"
	"hotline/cmd/hotline/watch"
	"hotline/deploy"
	"hotline/recordings/vault"
)

// odd are values that stand where others should: of each kind that YAML has, and of those that people write.
var odd = strings.Split(`0101|007|0x1F|0o17|0b11|1_000|1e3|1.9|0,99|.5|-1|+3|99999999999999999999|.inf|-.inf|.nan|12:30|2026-12-31|yes|no|on|Off|true|null|~|""|" "|" anna "|`+
	`30|30s|30S|30с|5мин|1,5h|-5s|1d|9999999h|"30"|80%|{}|[]|{a: b}|[1, 2]|[[]]|!!int "3"|!!binary aGk=|&x y|*x|<<|"\u0000"|"a\nb"|"\u00a0"|ёлка|"ё/../%s"|a b|a:b|'it''s'|#|: |- |`+
	`+74950000100|74950000100|127.0.0.1:99999|[::1]:80|http://x|https://u:p@h:1/ari|ws://h:1/ws;|PJSIP/%d|PJSIP/%s%s|mon-fri|"25:00-26:00"|09:00-18:00|ru|tlh|agent|support`, "|")

var value = regexp.MustCompile(`(?m)(: |- |\[|, |\{)([^\s,\[\]{}#:"]+|"[^"\n]*")`)

// mutated is the example with some mistakes in it.
func mutated(random *rand.Rand) string {
	source := string(deploy.Configuration)
	for range 1 + random.IntN(3) {
		switch all := value.FindAllStringSubmatchIndex(source, -1); random.IntN(10) {
		case 0: // a line is lost, or is there twice
			lines := strings.SplitAfter(source, "\n")
			i := random.IntN(len(lines))
			lines[i] = strings.Repeat(lines[i], 2*random.IntN(2))
			source = strings.Join(lines, "")
		case 1: // a comment begins to count
			lines := strings.SplitAfter(source, "\n")
			for i, at := random.IntN(len(lines)), 0; at < len(lines); at++ {
				if j := (i + at) % len(lines); strings.HasPrefix(strings.TrimSpace(lines[j]), "# ") && strings.Contains(lines[j], ":") {
					lines[j] = strings.Replace(lines[j], "# ", "", 1)
					break
				}
			}
			source = strings.Join(lines, "")
		case 2: // a letter is another
			i := random.IntN(len(source) - 1)
			const letters = "aZ0 :-#{}[]\"'\t\n,"
			source = source[:i] + letters[random.IntN(len(letters)):][:1] + source[i+1:]
		default: // a value is an odd one
			at := all[random.IntN(len(all))]
			source = source[:at[4]] + odd[random.IntN(len(odd))] + source[at[5]:]
		}
	}
	return source
}

// Whatever stands in a file is a mistake with its place, or a Hotline starts with it and its people can be seated.
func TestWhatCheckFindsSoundIsServed(t *testing.T) {
	sample.SetSecrets(t)
	random := rand.New(rand.NewPCG(10, 1))
	dir := t.TempDir()
	file := filepath.Join(dir, "hotline.yaml")
	sound := 0
	for i := range 1500 {
		source := mutated(random)
		if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(file)
		if err != nil {
			hasPlaces(t, source, err)
			continue
		}
		for _, p := range c.People {
			account := gate.Account{ID: config.AccountOf(p.ID), Login: gate.CleanLogin(p.Login), Name: p.Name, Role: gate.Role(p.Role), Language: p.Language, Agent: p.ID}
			if err := errors.Join(account.Check(), gate.CheckPassword(p.Password.Text())); err != nil {
				t.Errorf("%s is sound, and cannot be seated: %v\n%s", p.ID, err, difference(source))
			}
		}
		if sound++; sound > 40 {
			continue // to make a whole Hotline takes a while
		}
		c.Listen, c.Spool = "127.0.0.1:0", filepath.Join(dir, fmt.Sprint("spool", i))
		s, err := newService(c, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Errorf("it is sound, and no Hotline starts with it: %v\n%s", err, difference(source))
			continue
		}
		s.close()
	}
	if sound < 100 {
		t.Errorf("only %d of the mutations are sound: they say nothing of what is served", sound)
	}
}

func TestHotlineStartsWithACRM(t *testing.T) {
	sample.SetSecrets(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "hotline.yaml")
	if err := os.WriteFile(file, deploy.Configuration, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	c.Listen, c.Spool, c.Tickets.CRM.URL = "127.0.0.1:0", filepath.Join(dir, "spool"), "http://127.0.0.1:1/customers?number={number}"
	s, err := newService(c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	shown, err := s.metrics.Gather()
	if err != nil || !slices.ContainsFunc(shown, func(m *dto.MetricFamily) bool { return strings.HasPrefix(m.GetName(), "hotline_crm_") }) {
		t.Errorf("of the CRM nothing is counted: %v", err)
	}
}

// TestHotlineServesWithoutKeysOfRecordings: nothing is recorded then, which people are told, until there are keys.
func TestHotlineServesWithoutKeysOfRecordings(t *testing.T) {
	sample.SetSecrets(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "hotline.yaml")
	if err := os.WriteFile(file, deploy.Configuration, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	c.Listen, c.Spool, c.Recordings.Keys, c.Recordings.ReserveMB = "127.0.0.1:0", filepath.Join(dir, "spool"), filepath.Join(dir, "recordings.keys"), 1
	s, err := newService(c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if part := s.recordingPart(); s.tapes.Ready() == nil || s.tapes.Trouble() == nil || part.State != "failing" || !strings.Contains(part.Says, c.Recordings.Keys) {
		t.Errorf("without keys: %v; %+v", s.tapes.Ready(), part)
	}
	if _, err := s.vault.Sound("01a20268-481d-7e82-aa55-1800d2622fa3"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without keys a recording sounds: %v", err)
	}
	if _, err := vault.NewKey(c.Recordings.Keys, time.Now()); err != nil {
		t.Fatal(err)
	}
	over, stop := context.WithCancel(t.Context())
	stop()
	if err := s.tapes.Run(over); err != nil { // looks once
		t.Error(err)
	}
	if part := s.recordingPart(); s.tapes.Ready() != nil || part.State != watch.StateOK {
		t.Errorf("with keys: %v; %+v", s.tapes.Ready(), part)
	}
}

// hasPlaces checks that each mistake says where it is, in a place that there is, and that none is told twice.
func hasPlaces(t *testing.T, source string, err error) {
	t.Helper()
	all, joined := err.(interface{ Unwrap() []error })
	errs := []error{err}
	if joined {
		errs = all.Unwrap()
	}
	seen := make(map[string]bool)
	lines := strings.Split(source, "\n")
	for _, e := range errs {
		var m written.Mistake
		missing := strings.HasSuffix(e.Error(), "is missing") || strings.Contains(e.Error(), ": is missing: ")
		switch {
		case !errors.As(e, &m):
			t.Errorf("%v is no mistake of the file\n%s", e, difference(source))
		case m.Line == 0 && !missing && m.Text != "is no YAML that can be read", m.Line > len(lines):
			t.Errorf("%v has no place\n%s", e, difference(source))
		case seen[e.Error()]:
			t.Errorf("%v is told twice\n%s", e, difference(source))
		}
		seen[e.Error()] = true
	}
}

// difference are the lines of a mutation that the example has not.
func difference(source string) string {
	example := make(map[string]bool)
	for line := range strings.Lines(string(deploy.Configuration)) {
		example[line] = true
	}
	var b strings.Builder
	for line := range strings.Lines(source) {
		if !example[line] {
			b.WriteString("    " + line)
		}
	}
	return b.String()
}
