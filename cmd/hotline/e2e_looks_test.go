package main

import (
	"context"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// The pages' own scripts, which answer a real Chromium themselves, fail where a step in a list of ten thousand rows takes the page long or leaves all
// rows in it, and where one of the pages beside the desk is not for everybody, in either language and theme.
func TestPagesOfTicketsScrollAndAreForEverybody(t *testing.T) {
	browserIsThere(t)
	for _, script := range []struct {
		name     string
		settings []string
	}{
		{"scroll", nil},
		{"look", []string{"ONLY=tickets,ticket,ticket-solved,customers,customers-import,customer,wall,wall-alarms,wall-alarm-rules,wall-screens,screen-code,screen-40,screen-3,reports,calls,call,history,adherence,wall-off,scores,scores-draft,scores-calibrated,hooks,hooks-again", "OUT=" + pictures(t), "WAIT_S=60"}},
	} {
		t.Run(script.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), crowdTime)
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
