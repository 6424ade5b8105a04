// Package postgres keeps in PostgreSQL what the router must know again after a
// restart: the agents, their skills, and the availability that each chose last and next; what they were wrapping up; and what
// people want to be told later: every decision about a call, with its reason. What
// lives shorter than a restart (offers) is not here, and what is found again in the switch (who waits, who talks) only for the
// figures' sake.
//
//	configuration ──Seed──► agents, agent_skills ──Agents──► queues.AgentSignedIn
//	router ──AgentChanged──► Keeper ──SaveAvailability──► agent_availability ──┤
//	                            └──► a file on our own disk ──Before───────────┘
//	router ──decisions──► Recorder ──in batches──► decisions ──Of──► whoever asks why
//
// Beside it stand the figures of queues, skills and agents by the quarter of an hour: see Bookkeeper; and for their sake who waits,
// so that those who leave while nobody is there have an end in them: see EndGone; and what is handled, which is in no figures
// before it is over: see handling.go.
//
// SQL and rows stay in this package.
package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/queues"
)

// Store reads and writes agents. It is safe for concurrent use.
type Store struct {
	pool *pgxpool.Pool
}

// New makes a store on a database whose migrations have run. The pool stays the caller's.
func New(pool *pgxpool.Pool) *Store { return &Store{pool: pool} }

// Agent is an agent with what the router does not care for.
type Agent struct {
	queues.Agent
	Language string // of the desk: "ru", "en"
	Phone    string // the id of a SIP phone of their own; "" where there is none

	// What they chose last; signed out, since the zero time, where they never signed in.
	Availability queues.Availability
	Reason       queues.Reason
	Since        time.Time
	Next         queues.Availability // after the talk and the wrap-up that they were in; "" is none
	NextReason   queues.Reason
}

// As is an agent who has chosen this.
func (a Agent) As(c Choice) Agent {
	a.Availability, a.Reason, a.Since, a.Next, a.NextReason = c.Availability, c.Reason, c.Since, c.Next, c.NextReason
	return a
}

// SignedIn is how the agent comes back after a restart; not ok for somebody signed out.
func (a Agent) SignedIn() (e queues.AgentSignedIn, ok bool) {
	return queues.AgentSignedIn{
		Agent: a.Agent, Availability: a.Availability, Reason: a.Reason, Since: a.Since, Next: a.Next, NextReason: a.NextReason,
	}, a.Availability != queues.SignedOut
}

// Agents are all agents that the configuration knew last, by id.
func (s *Store) Agents(ctx context.Context) ([]Agent, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT a.id, a.name, a.language, coalesce(a.phone, ''),
		       coalesce(v.state, 'signed_out'), coalesce(v.reason, ''), v.since,
		       CASE WHEN v.next_after = v.since THEN v.next ELSE '' END, CASE WHEN v.next_after = v.since THEN v.next_reason ELSE '' END,
		       array_agg(k.skill ORDER BY k.skill) FILTER (WHERE k.skill IS NOT NULL),
		       array_agg(k.level ORDER BY k.skill) FILTER (WHERE k.skill IS NOT NULL)
		  FROM agents a
		  LEFT JOIN agent_availability v ON v.agent = a.id
		  LEFT JOIN agent_skills k ON k.agent = a.id
		 WHERE a.retired_at IS NULL
		 GROUP BY a.id, v.agent
		 ORDER BY a.id`)
	if err != nil {
		return nil, fmt.Errorf("read agents: %w", err)
	}
	agents, err := pgx.CollectRows(rows, readAgent)
	if err != nil {
		return nil, fmt.Errorf("read agents: %w", err)
	}
	return agents, nil
}

func readAgent(row pgx.CollectableRow) (Agent, error) {
	var a Agent
	var since *time.Time
	var skills []queues.Skill
	var levels []int16
	err := row.Scan(&a.ID, &a.Name, &a.Language, &a.Phone, &a.Availability, &a.Reason, &since, &a.Next, &a.NextReason, &skills, &levels)
	if err != nil {
		return Agent{}, err
	}
	if since != nil {
		a.Since = *since
	}
	a.Skills = make(map[queues.Skill]queues.Level, len(skills))
	for i, skill := range skills {
		a.Skills[skill] = queues.Level(levels[i])
	}
	return a, nil
}

// Seed makes these the agents: new ones are added, others get name, language, phone and skills
// as given here, and whoever is not among them is retired. The availability stays as it is. One that the database refuses keeps no
// other out: the error is NotSeeded. After any other error everything is as it was.
func (s *Store) Seed(ctx context.Context, agents []Agent) error {
	not := make(NotSeeded)
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		// Phones are given out anew, so that two may change theirs, and who shares one is known at once.
		if _, err := tx.Exec(ctx, `UPDATE agents SET phone = NULL WHERE phone IS NOT NULL`); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `SET CONSTRAINTS ALL IMMEDIATE`); err != nil {
			return err
		}
		ids := make([]string, len(agents))
		for i, a := range agents {
			ids[i] = string(a.ID)
			switch err := pgx.BeginFunc(ctx, tx, func(alone pgx.Tx) error { return seed(ctx, alone, a) }); {
			case refused(err):
				not[a.ID] = err
			case err != nil:
				return fmt.Errorf("agent %q: %w", a.ID, err)
			}
		}
		_, err := tx.Exec(ctx, `
			UPDATE agents SET retired_at = now(), phone = NULL
			 WHERE retired_at IS NULL AND id <> ALL ($1)`, ids)
		return err
	})
	if err != nil {
		return fmt.Errorf("seed agents: %w", err)
	}
	if len(not) > 0 {
		return not
	}
	return nil
}

// NotSeeded are the agents that the database refuses, and why. All others are there.
type NotSeeded map[queues.AgentID]error

func (n NotSeeded) Error() string {
	var all []string
	for _, id := range slices.Sorted(maps.Keys(n)) {
		all = append(all, fmt.Sprintf("agent %q: the database refuses it: %v", id, n[id]))
	}
	return strings.Join(all, "; ")
}

func seed(ctx context.Context, tx pgx.Tx, a Agent) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO agents (id, name, language, phone) VALUES ($1, $2, $3, nullif($4, ''))
		ON CONFLICT (id) DO UPDATE
		   SET name = excluded.name, language = excluded.language, phone = excluded.phone, retired_at = NULL`,
		a.ID, a.Name, a.Language, a.Phone)
	if err != nil {
		return err
	}
	skills, levels := make([]string, 0, len(a.Skills)), make([]int16, 0, len(a.Skills))
	for skill, level := range a.Skills {
		skills, levels = append(skills, string(skill)), append(levels, int16(level))
	}
	if _, err := tx.Exec(ctx, `DELETE FROM agent_skills WHERE agent = $1 AND skill <> ALL ($2)`, a.ID, skills); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO agent_skills (agent, skill, level)
		SELECT $1, skill, level FROM unnest($2::text[], $3::smallint[]) AS given (skill, level)
		ON CONFLICT (agent, skill) DO UPDATE SET level = excluded.level`,
		a.ID, skills, levels)
	return err
}

// SaveAvailability remembers what agents chose, and what they chose to be after a talk: that begins when the talk ends,
// and nothing of it counts before. Who is not among the agents is passed over.
func (s *Store) SaveAvailability(ctx context.Context, states ...queues.AgentState) error {
	rows := make([]choiceRow, len(states))
	for i, a := range states {
		rows[i] = choiceRow{a.ID, choiceOf(a)}
	}
	all, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	_, err = s.pool.Exec(ctx, `
		INSERT INTO agent_availability (agent, state, reason, since, next, next_reason, next_after)
		SELECT given.agent, given.state, given.reason, given.since, given.next, given.next_reason, given.since
		  FROM jsonb_populate_recordset(NULL::agent_availability, $1::jsonb) AS given
		  JOIN agents a ON a.id = given.agent
		ON CONFLICT (agent) DO UPDATE
		   SET state = excluded.state, reason = excluded.reason, since = excluded.since,
		       next = excluded.next, next_reason = excluded.next_reason, next_after = excluded.next_after`, string(all))
	if err != nil {
		return fmt.Errorf("save the availability of %d agents: %w", len(states), err)
	}
	return nil
}

// Choice is what an agent wants.
type Choice struct {
	Availability queues.Availability `json:"state"`
	Reason       queues.Reason       `json:"reason"`
	Since        time.Time           `json:"since"`
	Next         queues.Availability `json:"next"`
	NextReason   queues.Reason       `json:"next_reason"`
}

// After says that the choice is later than what the database has of the agent. What is to be next is chosen without changing since when they are what they
// are: where both are of the same moment, one that has something next counts, which the database may not have been told.
func (c Choice) After(a Agent) bool {
	since := c.Since.Truncate(time.Microsecond) // as the database keeps it
	return since.After(a.Since) || since.Equal(a.Since) && c.Next != ""
}

// choiceRow is a row of agent_availability.
type choiceRow struct {
	Agent queues.AgentID `json:"agent"`
	Choice
}

func choiceOf(a queues.AgentState) Choice {
	return Choice{a.Availability, a.Reason, a.Since, a.Next, a.NextReason}
}
