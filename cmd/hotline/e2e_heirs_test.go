package main

import (
	"fmt"
	"slices"
	"testing"

	"hotline/cmd/hotline/config"
)

// TestTicketsOfWhoIsRemovedAreTheirDepartments: within seconds of a reload nobody's ticket is with somebody who is gone, and its history says why.
func TestTicketsOfWhoIsRemovedAreTheirDepartments(t *testing.T) {
	t.Parallel()
	people := []config.Person{person("anna", "101"), person("boris", "102")}
	s := raise(t, stageOptions{elsewhere: true, people: people})
	p := s.spawn()
	boris := s.agentAt(p.pages, people[1]).ready()
	customer := s.calls("+79160007201")
	s.chooses(customer, "3")
	s.hangsUp(boris.answers())
	s.gone(customer)
	owned := func(what, sql, want string) {
		t.Helper()
		s.eventually(what, func() error {
			var is string
			if err := s.query(sql, &is); err != nil || is != want {
				return fmt.Errorf("it is %q, %v", is, err)
			}
			return nil
		})
	}
	owned("the ticket is Boris', and reckoned", `SELECT owner_kind || ' ' || owner || ' ' || (SELECT count(*) FROM ticket_spells WHERE person = 'boris' AND to_at IS NULL) FROM tickets WHERE reckoned = version`, "person boris 1")
	p.reload(func(c *config.Config) {
		c.People = slices.DeleteFunc(c.People, func(q config.Person) bool { return q.ID == "boris" })
	})
	owned("the ticket is a department's", `SELECT owner_kind FROM tickets WHERE reckoned = version`, "department")
	owned("its history says why", `SELECT by_kind || ' ' || by_id || ' ' || (patch->'owner'->>0) FROM ticket_changes WHERE kind = 'give_to_heir'`, "rule heir boris")
	owned("the department is told", `SELECT n.kind FROM ticket_notices n JOIN tickets t ON t.number = n.ticket AND t.owner = n.department`, "inherited")
	p.end()
}
