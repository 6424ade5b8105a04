package postgres

import "time"

// Watching are the statements that run all the time: by which index each is to find its rows, and what it is asked with.
func Watching(at time.Time) []struct {
	SQL, Index string
	Args       []any
} {
	return []struct {
		SQL, Index string
		Args       []any
	}{
		{sqlToReckon, "tickets_to_reckon", []any{100}},
		{sqlAwake, "tickets_to_wake", []any{at, 1000}},
		{sqlNotices, "ticket_notices_of_people", []any{"anna", []string{"support"}, false, int64(1 << 62), int64(0), 50}},
		{sqlNotices, "ticket_notices_of_departments", []any{"anna", []string{"support"}, true, int64(1 << 62), int64(0), 50}},
		{sqlForgetNotices, "ticket_notices_by_age", []any{at, 5000}},
		{sqlHistory, "ticket_changes_pkey", []any{[]string{"200001"}, []string{"phase"}}},
		{sqlClocksOf, "ticket_clocks_pkey", []any{[]string{"200001"}}},
		{sqlForgetWorkOf, "river_job_args_index", []any{[]string{"200001", "200002"}}},
		{sqlSpellsOf, "ticket_spells_pkey", []any{[]string{"200001"}}},
	}
}

// OtherTermsWait says whether somebody waits until tickets are written that are being reckoned.
func (s *Store) OtherTermsWait() bool {
	free := s.reckoning.TryRLock()
	if free {
		s.reckoning.RUnlock()
	}
	return !free
}
