package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/queues"
	"hotline/queues/adherence"
)

// Attendance keeps what agents were since when, and the plans beside which that is held, without ever keeping the router waiting.
//
//	acd ──Stepped──► fresh (in memory) ──Run──► agent_spells ──Days──► adherence.Reckon
//	                  last ◄── who was signed out ──┘  (at the start)
//	configuration ──Plan──► plan ───────Run───► planned_rotas ──┘
//
// While the database is away spells wait in memory, at most attendanceRoom of them, and the oldest go first. While no Hotline runs agents are
// taken to go on as they were: nobody knows better. Who is no agent any more after a start goes on no longer: the router will not tell of them.
type Attendance struct {
	store    *Store
	log      *slog.Logger
	writer   writer
	recalled bool // Run's goroutine only
	staff    func(queues.AgentID) bool

	mu    sync.Mutex
	last  map[queues.AgentID]adherence.Spell
	fresh []spellRow // oldest first
	plan  adherence.Plan
	new   bool // plan is to be written
}

type spellRow struct {
	Agent  queues.AgentID  `json:"agent"`
	Since  time.Time       `json:"since"`
	State  adherence.State `json:"state"`
	Reason queues.Reason   `json:"reason"`
	Until  *time.Time      `json:"until"`
}

const (
	attendanceRoom  = 200_000 // spells: days without a database
	attendanceBatch = 2000
)

// NewAttendance makes one. Let acd tell it each step, tell it the Plan, and let Run work.
func NewAttendance(s *Store, log *slog.Logger) *Attendance {
	return &Attendance{store: s, log: log, writer: newWriter("what agents were", log, 0), last: map[queues.AgentID]adherence.Spell{}}
}

// Staff says who is an agent, before Run: of whoever else was there before the start, it is over.
func (a *Attendance) Staff(is func(queues.AgentID) bool) { a.staff = is }

// Stepped takes note of what agents are. It never blocks. It implements acd.Observer.
func (a *Attendance) Stepped(at time.Time, _ queues.Event, decided []queues.Decision) {
	at = at.Round(0).Truncate(time.Microsecond)
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, d := range decided {
		changed, is := d.(*queues.AgentChanged)
		if !is {
			continue
		}
		id, spell := changed.Agent.ID, adherence.SpellOf(&changed.Agent, at)
		last, known := a.last[id]
		if known && last.Same(spell) {
			continue
		}
		a.last[id] = spell
		if since := changed.Agent.Since; !known && spell.Is == adherence.Away && since.Before(at) { // it began before a restart
			a.last[id] = adherence.Spell{From: since, Is: spell.Is, Reason: spell.Reason, Until: spell.Until}
		}
		row := spellRow{Agent: id, Since: at, State: spell.Is, Reason: spell.Reason}
		if !spell.Until.IsZero() {
			row.Until = &spell.Until
		}
		if len(a.fresh) >= attendanceRoom {
			a.fresh = a.fresh[1:]
		}
		a.fresh = append(a.fresh, row)
		a.writer.news()
	}
}

// Now is what an agent is, and since when; signed out since the zero time where they were neither seen in this run nor known to be out before it.
func (a *Attendance) Now(id queues.AgentID) adherence.Spell {
	a.mu.Lock()
	defer a.mu.Unlock()
	if s, known := a.last[id]; known {
		return s
	}
	return adherence.Spell{Is: adherence.Out}
}

// Plan says what is planned from now on.
func (a *Attendance) Plan(p adherence.Plan) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.plan, a.new = p, true
	a.writer.news()
}

// Planned is the plan that counts now.
func (a *Attendance) Planned() adherence.Plan {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.plan
}

// Run writes until ctx ends, and then what is left, for 2 s at most. Once a day it deletes what is old.
func (a *Attendance) Run(ctx context.Context) error {
	var forgetting sync.WaitGroup
	defer forgetting.Wait()
	forgetting.Go(func() { a.store.forgetDaily(ctx, a.log, keepFigures, dated{"agent_spells", "since"}) })
	return a.writer.run(ctx, a)
}

func (a *Attendance) finish(ctx context.Context) error { return a.write(ctx) }

// write writes what is fresh. What could not be written stays.
func (a *Attendance) write(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	if !a.recalled {
		if err := a.recall(ctx); err != nil {
			return err
		}
		a.recalled = true
	}
	a.mu.Lock()
	plan, isNew := a.plan, a.new
	a.mu.Unlock()
	if isNew {
		if err := a.store.savePlan(ctx, plan, time.Now()); err != nil {
			return err
		}
		a.mu.Lock()
		if reflect.DeepEqual(a.plan, plan) {
			a.new = false
		}
		a.mu.Unlock()
	}
	for {
		a.mu.Lock()
		batch := a.fresh[:min(len(a.fresh), attendanceBatch)]
		a.mu.Unlock()
		if len(batch) == 0 {
			return nil
		}
		if err := a.store.saveSpells(ctx, batch); err != nil {
			return err
		}
		a.mu.Lock()
		done := 0 // some of the batch may have gone for want of room
		for done < len(a.fresh) && done < len(batch) && !a.fresh[done].Since.After(batch[len(batch)-1].Since) {
			done++
		}
		if a.fresh = a.fresh[done:]; len(a.fresh) == 0 {
			a.fresh = nil // and the array may go
		}
		a.mu.Unlock()
	}
}

// recall finds who was signed out when Hotline was there last, and since when: the router tells of them only when they come back. What the others
// are it tells itself; who is no agent any more is out from now on.
func (a *Attendance) recall(ctx context.Context) error {
	rows, err := a.store.pool.Query(ctx, `
		WITH RECURSIVE known AS (
			(SELECT agent FROM agent_spells ORDER BY agent LIMIT 1)
			UNION ALL
			SELECT (SELECT s.agent FROM agent_spells s WHERE s.agent > k.agent ORDER BY s.agent LIMIT 1) FROM known k WHERE k.agent IS NOT NULL
		)
		SELECT s.agent, s.since, s.state = 'out'
		  FROM known k CROSS JOIN LATERAL (SELECT * FROM agent_spells b WHERE b.agent = k.agent ORDER BY b.since DESC LIMIT 1) s
		 WHERE k.agent IS NOT NULL`)
	out := map[queues.AgentID]time.Time{}
	var gone []spellRow
	if err == nil {
		var id queues.AgentID
		var since time.Time
		var isOut bool
		_, err = pgx.ForEachRow(rows, []any{&id, &since, &isOut}, func() error {
			switch {
			case isOut:
				out[id] = since.UTC()
			case a.staff != nil && !a.staff(id):
				now := time.Now().Round(0).Truncate(time.Microsecond)
				if !now.After(since) {
					now = since.Add(time.Microsecond)
				}
				gone = append(gone, spellRow{Agent: id, Since: now, State: adherence.Out})
			}
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("read who was signed out: %w", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for id, since := range out {
		if _, known := a.last[id]; !known {
			a.last[id] = adherence.Spell{From: since, Is: adherence.Out}
		}
	}
	for _, row := range gone {
		if _, known := a.last[row.Agent]; !known {
			a.last[row.Agent] = adherence.Spell{From: row.Since, Is: adherence.Out}
			a.fresh = append(a.fresh, row)
		}
	}
	return nil
}

// saveSpells writes spells; of two of an agent at one moment the later counts.
func (s *Store) saveSpells(ctx context.Context, rows []spellRow) error {
	all, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	_, err = s.pool.Exec(ctx, `
		INSERT INTO agent_spells (agent, since, state, reason, until)
		SELECT DISTINCT ON (agent, since) agent, since, state, reason, until
		  FROM ROWS FROM (jsonb_to_recordset($1::jsonb) AS (agent text, since timestamptz, state text, reason text, until timestamptz))
		       WITH ORDINALITY AS given (agent, since, state, reason, until, n)
		 ORDER BY agent, since, n DESC
		ON CONFLICT (agent, since) DO UPDATE SET state = excluded.state, reason = excluded.reason, until = excluded.until`, string(all))
	if err != nil {
		return fmt.Errorf("save what %d agents were: %w", len(rows), err)
	}
	return nil
}

// savePlan writes a plan, where it is another than the last.
func (s *Store) savePlan(ctx context.Context, p adherence.Plan, at time.Time) error {
	if p == nil {
		p = adherence.Plan{}
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	_, err = s.pool.Exec(ctx, `
		INSERT INTO planned_rotas (since, plan)
		SELECT $1, $2::jsonb
		 WHERE $2::jsonb <> coalesce((SELECT plan FROM planned_rotas ORDER BY since DESC LIMIT 1), '{}')
		ON CONFLICT (since) DO UPDATE SET plan = excluded.plan`, at, string(text))
	if err != nil {
		return fmt.Errorf("save the plan: %w", err)
	}
	return nil
}

// Days is what is kept of a time: each agent's spells from adherence.Before before it on, up to this moment, and the plans. ids are the agents;
// nil are all.
func (a *Attendance) Days(ctx context.Context, from, to time.Time, ids []queues.AgentID) (kept adherence.Kept, err error) {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	a.mu.Lock()
	waiting := a.fresh // read before the table, so that what is written meanwhile is found twice rather than never
	a.mu.Unlock()
	if kept, err = a.store.attended(ctx, from, to, ids); err != nil {
		return kept, err
	}
	for _, w := range waiting {
		if _, wanted := kept.Spells[w.Agent]; wanted || wantedOf(ids, w.Agent) {
			if n := len(kept.Spells[w.Agent]); n == 0 || kept.Spells[w.Agent][n-1].From.Before(w.Since) {
				kept.Spells[w.Agent] = append(kept.Spells[w.Agent], w.spell())
			}
		}
	}
	return kept, nil
}

func wantedOf(ids []queues.AgentID, id queues.AgentID) bool {
	for _, w := range ids {
		if w == id {
			return true
		}
	}
	return ids == nil
}

func (r spellRow) spell() adherence.Spell {
	s := adherence.Spell{From: r.Since.UTC(), Is: r.State, Reason: r.Reason}
	if r.Until != nil {
		s.Until = r.Until.UTC()
	}
	return s
}

func (s *Store) attended(ctx context.Context, from, to time.Time, ids []queues.AgentID) (kept adherence.Kept, err error) {
	kept.Spells = map[queues.AgentID][]adherence.Spell{}
	names := []string(nil)
	if ids != nil {
		names = []string{}
		for _, id := range ids {
			names = append(names, string(id))
		}
	}
	begin := from.Add(-adherence.Before)
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			WITH RECURSIVE known AS (
				(SELECT agent FROM agent_spells ORDER BY agent LIMIT 1)
				UNION ALL
				SELECT (SELECT s.agent FROM agent_spells s WHERE s.agent > k.agent ORDER BY s.agent LIMIT 1) FROM known k WHERE k.agent IS NOT NULL
			)
			SELECT s.agent, s.since, s.state, s.reason, s.until
			  FROM known k CROSS JOIN LATERAL (
			       (SELECT * FROM agent_spells b WHERE b.agent = k.agent AND b.since < $1 ORDER BY b.since DESC LIMIT 1)
			       UNION ALL
			       (SELECT * FROM agent_spells w WHERE w.agent = k.agent AND w.since >= $1 AND w.since < $2)) s
			 WHERE k.agent IS NOT NULL AND ($3::text[] IS NULL OR k.agent = ANY ($3))
			 ORDER BY s.agent, s.since`, begin, to.Add(adherence.Before), names)
		if err != nil {
			return err
		}
		var r spellRow
		if _, err := pgx.ForEachRow(rows, []any{&r.Agent, &r.Since, &r.State, &r.Reason, &r.Until}, func() error {
			kept.Spells[r.Agent] = append(kept.Spells[r.Agent], r.spell())
			return nil
		}); err != nil {
			return err
		}
		rows, err = tx.Query(ctx, `
			SELECT since, plan FROM planned_rotas
			 WHERE since < $2 AND since >= coalesce((SELECT max(since) FROM planned_rotas WHERE since <= $1), '-infinity') ORDER BY since`, from, to)
		if err != nil {
			return err
		}
		var since time.Time
		var plan []byte
		if _, err := pgx.ForEachRow(rows, []any{&since, &plan}, func() error {
			p := adherence.Dated{Since: since.UTC()}
			kept.Plans = append(kept.Plans, p)
			return json.Unmarshal(plan, &kept.Plans[len(kept.Plans)-1].Plan)
		}); err != nil {
			return err
		}
		var first *time.Time
		if err := tx.QueryRow(ctx, `SELECT min(since) FROM planned_rotas`).Scan(&first); err != nil || first == nil {
			return err
		}
		kept.Began = first.UTC()
		return nil
	})
	if err != nil {
		return kept, fmt.Errorf("read what agents were: %w", err)
	}
	return kept, nil
}
