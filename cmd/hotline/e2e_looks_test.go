package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// looks are the states of pages that are looked at, each page in one of them at least.
var looks = strings.Fields(`
	sign-in second-factor-due desk-idle desk-not-ready desk-ringing desk-talking desk-consult-talks desk-recorded desk-wrap-up
	desk-silent desk-returns desk-waits desk-replaced desk-problem reports-coming
	desk-on-hold desk-call-why desk-transfer desk-conference-full desk-help desk-recording-paused desk-missed desk-lost wall-big wall-big-found wall-team wall-close-queue wall-lead scores-objected
	tickets ticket ticket-solved customers customers-import customer
	wall wall-alarms wall-alarm-rules wall-screens screen-code screen-40 screen-3 wall-off wall-off-over wall-agent
	wall-listen wall-whisper wall-speak wall-listen-alone wall-listen-keys pocket-listen pocket-agent
	reports calls calls-view call call-copied wall-help history adherence scores scores-draft scores-calibrated hooks hooks-again calls-recorded call-recorded pocket-call-recorded voicemails voicemails-heard
`)

// pagesThereAre are the pages by their names in looks: "SecondFactorPage.svelte" is second-factor.
func pagesThereAre(t *testing.T) (names []string) {
	t.Helper()
	for _, pattern := range []string{"/src/*Page.svelte", "/src/*/*Page.svelte"} {
		files, err := filepath.Glob(pagesFolder + pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%v: %v", files, err)
		}
		for _, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), "Page.svelte")
			names = append(names, strings.ToLower(strings.TrimPrefix(capital.ReplaceAllString(name, "-$0"), "-")))
		}
	}
	return names
}

var capital = regexp.MustCompile("[A-Z]")

// The pages' own scripts, which answer a real Chromium themselves, fail where a step in a list of ten thousand rows takes the page long or leaves all
// rows in it, where a busy house is too much work for the wall or the desk, where a page holds more after hours of work than in the beginning, where a
// key does not do what the help says, and where one of the pages is not for everybody: each is looked at in either language and in either theme, in two
// pictures; make pictures makes all four of all states, and make bench-pages takes a whole day.
func TestPagesBearManyRowsAndABusyHouseAndAreForEverybody(t *testing.T) {
	browserIsThere(t)
	for _, page := range pagesThereAre(t) {
		if !slices.ContainsFunc(looks, func(l string) bool { return l == page || strings.HasPrefix(l, page+"-") }) {
			t.Errorf("the page %s is not among those that are looked at: %v", page, looks)
		}
	}
	for _, script := range []struct {
		name     string
		settings []string
	}{
		{"scroll", nil},
		{"load", nil},
		{"day", []string{"HOURS=0.125"}},
		{"keys", nil},
		{"look", []string{"ONLY=" + strings.Join(looks, ","), "PAIRS=ru-light,en-dark", "OUT=" + pictures(t), "WAIT_S=60"}},
	} {
		t.Run(script.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 4*crowdTime)
			defer cancel()
			cmd := exec.CommandContext(ctx, "node", "dev/"+script.name+".mjs")
			cmd.Dir, cmd.Env = pagesFolder, append(os.Environ(), script.settings...)
			cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // on which Playwright ends its browser
			cmd.WaitDelay = 5 * time.Second
			said, err := cmd.CombinedOutput()
			if t.Logf("%s", said); err != nil {
				t.Error(err)
			}
		})
	}
}
