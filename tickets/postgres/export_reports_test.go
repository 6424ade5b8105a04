package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"hotline/tickets"
	"hotline/tickets/clock"
	"hotline/tickets/conformance"
	"hotline/tickets/reports"
)

// Lived reads everything that reports go by.
func (s *Store) Lived(ctx context.Context) (l conformance.Lived, err error) {
	if l.Rows, err = s.Rows(ctx); err != nil {
		return l, err
	}
	var (
		b      pgx.Batch
		clocks []owned[clock.Clock]
		spells []owned[clock.Spell]
	)
	collect(&b, `SELECT ticket, clock FROM ticket_clocks ORDER BY ticket, n`, scanClock, &clocks)
	collect(&b, `SELECT ticket, party, department, person, from_at, to_at FROM ticket_spells ORDER BY ticket, n`, scanSpell, &spells)
	if err := s.pool.SendBatch(ctx, &b).Close(); err != nil {
		return l, err
	}
	l.Clocks, l.Spells = map[tickets.Number][]clock.Clock{}, map[tickets.Number][]clock.Spell{}
	for _, c := range clocks {
		l.Clocks[c.ticket] = append(l.Clocks[c.ticket], c.value)
	}
	for _, s := range spells {
		l.Spells[s.ticket] = append(l.Spells[s.ticket], s.value)
	}
	return l, nil
}

// ReportStatement is the SQL of a report, with its arguments.
func ReportStatement(q reports.Question) (string, []any) {
	r := reportingOf(q)
	sql := r.statement()
	return sql, r.args
}
