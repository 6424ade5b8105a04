package main

import (
	"fmt"
	"os"

	"hotline/queues/journal"
)

// replaysAlike says whether the journal of all that happened on the stage, restarts and kills included, is decided
// again as it was.
func (s *stage) replaysAlike() {
	s.t.Helper()
	folder := os.DirFS(s.config.Journal())
	s.eventually("the journal is decided again as it was", func() error {
		days, err := journal.Days(folder)
		if err != nil {
			return err
		}
		for _, day := range days { // two, where the test met midnight
			r, err := journal.Replay(folder, day, nil)
			switch {
			case err != nil:
				return err
			case r.Events == 0 || r.Different+r.Unproved+r.Lost > 0:
				return fmt.Errorf("%+v", r)
			}
		}
		return nil
	})
}
