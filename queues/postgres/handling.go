package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"hotline/queues"
)

// The handling of a call (talk, hold and wrap-up) is in no figures before it is over, and of a wrap-up no channel tells after a
// restart. So what agents handle is kept beside the figures. It is written in one transaction with the figures of those that are
// over: whenever Hotline is killed, a handling either counts or is kept.
//
//	answered ──► figures_handling ──over──► deleted, and in the figures
//	                    │
//	            the run is over ──► goes on as a talk or a wrap-up: this run's
//	                           └──► EndHandlings: handled as far as is known, and deleted

// handlings are what agents handle. Guarded by the bookkeeper's mu.
type handlings struct {
	deadlines map[queues.AgentID]time.Time        // when the wrap-ups end
	changed   map[queues.AgentID]struct{}         // those whose handling has changed since they were taken
	kept      map[queues.AgentID]queues.RequestID // the request whose row an agent has, or may have from the run before
	over      []handlingKey                       // handlings that have ended and may still have a row
}

type handlingKey struct {
	Agent   queues.AgentID   `json:"agent"`
	Request queues.RequestID `json:"request"`
}

func newHandlings() handlings {
	return handlings{map[queues.AgentID]time.Time{}, map[queues.AgentID]struct{}{}, map[queues.AgentID]queues.RequestID{}, nil}
}

// observe takes note of a step.
func (h *handlings) observe(e queues.Event, decided []queues.Decision) {
	switch e := e.(type) {
	case queues.TalkRestored:
		h.found(e.Agent, e.Request, decided)
	case queues.WrapUpRestored:
		h.found(e.Agent, e.Request, decided)
	}
	for _, d := range decided {
		switch d := d.(type) {
		case *queues.RequestEnded: // a callback is handled when its caller is reached
			if d.Agent != "" {
				h.changed[d.Agent] = struct{}{}
			}
		case *queues.AgentChanged:
			a := &d.Agent
			switch a.Activity {
			case queues.WrapUp:
				h.deadlines[a.ID] = a.Deadline
			case queues.Talking, queues.OnHold, queues.Consulting:
				delete(h.deadlines, a.ID)
			default:
				delete(h.deadlines, a.ID)
				if _, had := h.kept[a.ID]; !had {
					continue
				}
			}
			h.changed[a.ID] = struct{}{}
		}
	}
}

// found notes that a handling of before the restart goes on: its row is this run's from now on.
func (h *handlings) found(agent queues.AgentID, request queues.RequestID, decided []queues.Decision) {
	if queues.WasRejected(decided) {
		return
	}
	if other, had := h.kept[agent]; had && other != request {
		h.over = append(h.over, handlingKey{agent, other})
	}
	h.kept[agent] = request
	h.changed[agent] = struct{}{}
}

// knows says whether this run went on with a handling that has a row.
func (h *handlings) knows(k handlingKey) bool {
	return h.kept[k.Agent] == k.Request || slices.Contains(h.over, k)
}

// handlingRow is a row of figures_handling.
type handlingRow struct {
	handlingKey
	Run      string          `json:"run"`
	Queue    queues.QueueID  `json:"queue"`
	Skills   []queues.Skill  `json:"skills"`
	Activity queues.Activity `json:"activity"`
	Since    time.Time       `json:"since"`
	Deadline *time.Time      `json:"deadline"`
	Talk     int64           `json:"talk_ms"`
	Hold     int64           `json:"hold_ms"`
}

// handlingNews are what is to be written about what agents handle.
type handlingNews struct {
	stand []handlingRow
	over  []handlingKey
}

// takeHandled takes what has changed, and the figures in which a handling has ended, of the same moment: of them, too, what was
// taken before is to be written together with the news.
func (b *Bookkeeper) takeHandled() (n handlingNews) {
	b.mu.Lock()
	h := &b.handling
	for agent := range h.changed {
		now, on := b.ledger.Handling(agent)
		if before, had := h.kept[agent]; had && (!on || before != now.Request) {
			h.over = append(h.over, handlingKey{agent, before})
			delete(h.kept, agent)
		}
		if !on {
			continue
		}
		h.kept[agent] = now.Request
		row := handlingRow{
			handlingKey: handlingKey{agent, now.Request}, Run: b.run, Queue: now.Queue, Skills: append([]queues.Skill{}, now.Skills...),
			Activity: now.Activity, Since: now.Since, Talk: now.Talk.Milliseconds(), Hold: now.Hold.Milliseconds(),
		}
		if until, wrapsUp := h.deadlines[agent]; wrapsUp {
			row.Deadline = &until
		}
		n.stand = append(n.stand, row)
	}
	clear(h.changed)
	n.over, h.over = h.over, nil
	entries, of := b.ledger.TakeHandled()
	b.mu.Unlock()
	for _, e := range entries {
		b.unwritten[slot{e.From, e.Subject}] = e
	}
	for _, s := range of {
		b.together[s] = struct{}{}
	}
	return n
}

// giveHandledBack keeps what could not be written for the next time.
func (b *Bookkeeper) giveHandledBack(n handlingNews) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, row := range n.stand {
		b.handling.changed[row.Agent] = struct{}{}
	}
	b.handling.over = append(b.handling.over, n.over...)
}

// saveHandlings writes what agents handle.
func saveHandlings(ctx context.Context, db execer, n handlingNews) error {
	if len(n.over) > 0 {
		keys, err := json.Marshal(n.over)
		if err != nil {
			return err
		}
		if err := deleteHandlings(ctx, db, string(keys)); err != nil {
			return err
		}
	}
	if len(n.stand) == 0 {
		return nil
	}
	rows, err := json.Marshal(n.stand)
	if err != nil {
		return err
	}
	_, err = db.Exec(ctx, `
		INSERT INTO figures_handling (agent, request, run, queue, skills, activity, since, deadline, talk_ms, hold_ms)
		SELECT agent, request, run, queue, skills, activity, since, deadline, talk_ms, hold_ms
		  FROM jsonb_populate_recordset(NULL::figures_handling, $1::jsonb)
		ON CONFLICT (agent, request) DO UPDATE
		   SET run = excluded.run, queue = excluded.queue, skills = excluded.skills, activity = excluded.activity, since = excluded.since,
		       deadline = excluded.deadline, talk_ms = excluded.talk_ms, hold_ms = excluded.hold_ms`, string(rows))
	if err != nil {
		return fmt.Errorf("save what is handled: %w", err)
	}
	return nil
}

func deleteHandlings(ctx context.Context, db execer, keys string) error {
	_, err := db.Exec(ctx, `
		DELETE FROM figures_handling h USING jsonb_to_recordset($1::jsonb) AS k (agent text, request text)
		 WHERE h.agent = k.agent AND h.request = k.request`, keys)
	if err != nil {
		return fmt.Errorf("delete what is handled: %w", err)
	}
	return nil
}
