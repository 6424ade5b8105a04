package main

import (
	"fmt"
	"testing"

	"hotline/cmd/hotline/config"
	"hotline/tickets"
)

// A house that starts deletes what its configuration says has been kept for long enough, and goes on serving.
func TestStartDeletesWhatWasKeptForLongEnough(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{seeds: []tickets.Seed{ivanov("+74952001009")}, configure: func(c *config.Config) {
		c.Retention = config.Retention{Contacts: 30, Facts: 30, Customers: 30}
	}})
	const old, late = "+79160009301", "+79160009302"
	for _, from := range []string{old, late} {
		s.hangsUp(s.calls(from))
		s.contact(from)
	}
	_, err := s.service.db.Exec(t.Context(), `
		UPDATE facts SET applied_at = applied_at - interval '31 days' WHERE contact_id = (SELECT id FROM contacts WHERE caller = '`+old+`');
		UPDATE contacts SET arrived_at = arrived_at - interval '31 days', ended_at = ended_at - interval '31 days' WHERE caller = '`+old+`';
		UPDATE tickets SET state = 'closed', closed_at = now() - interval '31 days', activity_at = now() - interval '31 days', next_at = NULL, next_step = NULL
			WHERE number = (SELECT ticket FROM contacts WHERE caller = '`+old+`')`)
	s.must(err)
	s.stop()
	s.serve(stageOptions{})
	s.eventually("what is old is gone, and nothing else", func() error {
		var callers string
		if err := s.query("select string_agg(caller, ',') from contacts", &callers); err != nil {
			return err
		}
		if callers != late {
			return fmt.Errorf("the contacts of %s are there", callers)
		}
		return nil
	})
	s.hangsUp(s.calls(old)) // as anybody who calls for the first time
	s.contact(old)
	var customers int
	s.must(s.query("select count(*) from customers where not provisional", &customers))
	if customers != 1 {
		t.Errorf("of one customer with an open ticket %d are left", customers)
	}
}
