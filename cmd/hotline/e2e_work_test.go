package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"hotline/tickets/work"
)

// said is what a command writes to its standard output.
func said(t *testing.T, run func() error) string {
	t.Helper()
	out, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	before := os.Stdout
	os.Stdout = out
	err = run()
	os.Stdout = before
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What a Hotline that runs has done and failed to do stands in the database, where commands beside it list it and have it done again.
func TestAnOperatorSeesWhatIsDoneLaterAndHasItDoneAgain(t *testing.T) {
	s := raise(t, stageOptions{elsewhere: true})
	p := s.spawn()
	s.eventually("retention has run", func() error {
		var state string
		if err := s.query(`SELECT state::text FROM work.river_job WHERE kind = 'retention'`, &state); err != nil || state != "completed" {
			return fmt.Errorf("it is %s, %v", state, err)
		}
		return nil
	})
	var id int64
	s.must(s.query(`INSERT INTO work.river_job (kind, state, attempt, max_attempts, args, errors, finalized_at)
		VALUES ('retention', 'discarded', 3, 3, '{"ticket": "100001", "args": {}}', ARRAY['{"at": "2026-11-29T06:00:00Z", "attempt": 3, "error": "no\u202e \n room"}'::jsonb], now()) RETURNING id`, &id))
	list := said(t, func() error { return listWork{File: p.file, Kind: []string{"retention"}, Limit: 10}.Run(t.Context()) })
	if lines := strings.Split(strings.TrimSpace(list), "\n"); len(lines) != 2 || !strings.Contains(lines[1], "retention  dead   3/3       -     100001  no   room") {
		t.Errorf("listed is\n%s", list)
	}
	var entry work.Entry
	asJSON := said(t, func() error {
		return listWork{File: p.file, Limit: 10, State: []work.State{work.Dead}, JSON: true}.Run(t.Context())
	})
	if err := json.Unmarshal([]byte(asJSON), &entry); err != nil || entry.ID != id || entry.Ticket != "100001" || entry.State != work.Dead {
		t.Errorf("as JSON it is %s, %v", asJSON, err)
	}
	if got := said(t, func() error { return retryWork{File: p.file, AllDead: true}.Run(t.Context()) }); got != "1 jobs are done again\n" {
		t.Errorf("retrying says %q", got)
	}
	s.eventually("it is done", func() error {
		var state string
		if err := s.query(fmt.Sprint(`SELECT state::text FROM work.river_job WHERE id = `, id), &state); err != nil || state != "completed" {
			return fmt.Errorf("it is %s, %v", state, err)
		}
		return nil
	})
	for command, says := range map[string]error{
		"retry nothing": retryWork{File: p.file}.Run(t.Context()), "retry what is done": retryWork{File: p.file, IDs: []int64{id}}.Run(t.Context()),
		"a state that is none": listWork{File: p.file, Limit: 10, State: []work.State{"lost"}}.Run(t.Context()), "no limit": listWork{File: p.file}.Run(t.Context()),
		"a ticket that is none": listWork{File: p.file, Limit: 10, Ticket: "'; --"}.Run(t.Context()),
	} {
		if says == nil {
			t.Errorf("%s is no error", command)
		}
	}
}
