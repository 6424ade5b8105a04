package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"hotline/queues"
	"hotline/queues/figures"
	"hotline/queues/words"
)

// A caller who hangs up while Hotline is away has no end in the figures: the run that counted them is over, and the next never
// sees them. So who waits is kept beside the figures, and the next run ends those who did not come back.
//
//	Enqueued ──► figures_waiting ──RequestEnded──► deleted
//	                    │
//	            the run is over ──► waits again: this run's
//	                           └──► EndGone: abandoned, or lost by us, when the last run was last there, and deleted

// waiting are the requests of a router that wait. Guarded by the bookkeeper's mu.
type waiting struct {
	open    map[queues.RequestID]queues.Request
	changed map[queues.RequestID]struct{} // since they were written: those that are not open have ended
}

func newWaiting() waiting {
	return waiting{map[queues.RequestID]queues.Request{}, map[queues.RequestID]struct{}{}}
}

// observe takes note of a step.
func (w *waiting) observe(at time.Time, e queues.Event, decided []queues.Decision) {
	if queues.WasRejected(decided) {
		return
	}
	switch e := e.(type) {
	case queues.Enqueued:
		if e.Request.Arrived.IsZero() {
			e.Request.Arrived = at
		}
		w.stands(e.Request)
	case queues.TalkRestored: // answered in the last second of the run before
		w.ends(e.Request)
	}
	for _, d := range decided {
		switch d := d.(type) {
		case *queues.RequestEnded:
			w.ends(d.Request.ID)
		case *queues.RequestMoved:
			if d.To.Kind == queues.ToQueue {
				q := d.Request
				q.Queue = d.To.Queue
				w.stands(q)
			}
		case *queues.CallbackWaits:
			w.stands(d.Request)
		case *queues.PlaceRegained:
			w.stands(d.Request)
		}
	}
}

// knows says whether a request waits, or something has been told of it that is not written yet.
func (w *waiting) knows(id queues.RequestID) bool {
	_, waits := w.open[id]
	_, news := w.changed[id]
	return waits || news
}

func (w *waiting) stands(q queues.Request) {
	w.open[q.ID] = q
	w.changed[q.ID] = struct{}{}
}

func (w *waiting) ends(id queues.RequestID) {
	delete(w.open, id)
	w.changed[id] = struct{}{}
}

// waitingRow is a row of figures_waiting.
type waitingRow struct {
	Request  queues.RequestID `json:"request"`
	Run      string           `json:"run"`
	Queue    queues.QueueID   `json:"queue"`
	Skills   []queues.Skill   `json:"skills"`
	Arrived  time.Time        `json:"arrived"`
	Callback bool             `json:"callback"`
}

// news are what is to be written about who waits.
type news struct {
	stand []waitingRow
	ended []queues.RequestID
	alive bool      // somebody waits, or is served: the time of this run is to be written
	seen  time.Time // that time: what else is written was so then, or became so later, however long the database takes
}

func (n news) none() bool { return !n.alive && len(n.stand)+len(n.ended) == 0 }

// takeWaiting takes what has changed, in pieces. What changes meanwhile is news again the next time.
func (b *Bookkeeper) takeWaiting() (n news) {
	n.seen = time.Now()
	b.mu.Lock()
	changed := b.waiting.changed
	b.waiting.changed = map[queues.RequestID]struct{}{}
	n.alive = len(b.waiting.open)+len(b.handling.kept) > 0
	b.mu.Unlock()
	ids := make([]queues.RequestID, 0, len(changed))
	for id := range changed {
		ids = append(ids, id)
	}
	for some := range slices.Chunk(ids, piece) {
		b.mu.Lock()
		for _, id := range some {
			q, waits := b.waiting.open[id]
			if !waits {
				n.ended = append(n.ended, id)
				continue
			}
			row := waitingRow{Request: id, Run: b.run, Queue: q.Queue, Skills: []queues.Skill{}, Arrived: q.Came(), Callback: q.Callback}
			for _, need := range q.Extra {
				row.Skills = append(row.Skills, need.Skill)
			}
			n.stand = append(n.stand, row)
		}
		b.mu.Unlock()
	}
	return n
}

// giveBack keeps what could not be written for the next time.
func (b *Bookkeeper) giveBack(n news) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, row := range n.stand {
		b.waiting.changed[row.Request] = struct{}{}
	}
	for _, id := range n.ended {
		b.waiting.changed[id] = struct{}{}
	}
}

// execer is a pool, or a transaction of it.
type execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// saveWaiting writes who waits, and that this run is there.
func saveWaiting(ctx context.Context, db execer, run string, n news) error {
	if n.none() {
		return nil
	}
	rows, err := json.Marshal(append([]waitingRow{}, n.stand...))
	if err != nil {
		return err
	}
	_, err = db.Exec(ctx, `
		WITH ended AS (
			DELETE FROM figures_waiting WHERE request = ANY ($2::text[])
		), seen AS (
			INSERT INTO figures_runs (run, seen) VALUES ($3, $4)
			ON CONFLICT (run) DO UPDATE SET seen = excluded.seen
		)
		INSERT INTO figures_waiting (request, run, queue, skills, arrived, callback)
		SELECT request, run, queue, skills, arrived, callback FROM jsonb_populate_recordset(NULL::figures_waiting, $1::jsonb)
		ON CONFLICT (request) DO UPDATE
		   SET run = excluded.run, queue = excluded.queue, skills = excluded.skills, arrived = excluded.arrived, callback = excluded.callback`,
		string(rows), n.ended, run, n.seen)
	if err != nil {
		return fmt.Errorf("save who waits: %w", err)
	}
	return nil
}

// EndGone ends, in the figures and in the decisions, requests of earlier runs at this node that are not in this one: calls as abandoned and callbacks
// as withdrawn, at the moment when their run was last there. It is called after a start, when all who wait are in their queues again.
// lives says whether the call of a request is alive; where it is, and does not wait, the waiting had ended otherwise in the last second
// of its run. lost says whether the call broke off through a fault of ours: nobody has abandoned it. It returns how many it has ended. After an error all is as it was, and it may be called again.
func (b *Bookkeeper) EndGone(ctx context.Context, lives, lost func(queues.RequestID) bool) (ended int, err error) {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	done, err := b.alone(ctx)
	if err != nil {
		return 0, err
	}
	defer done()
	left, err := b.store.waitingOfEarlier(ctx, b.run)
	if err != nil {
		return 0, err
	}
	b.mu.Lock()
	c := b.config
	left = slices.DeleteFunc(left, b.waiting.knows)
	b.mu.Unlock()
	err = pgx.BeginFunc(ctx, b.store.pool, func(tx pgx.Tx) error {
		gone, err := takeGone(ctx, tx, b.run, left)
		if err != nil {
			return err
		}
		gone = slices.DeleteFunc(gone, func(g goneRow) bool { return lives(g.Request) })
		ended = len(gone)
		if ended == 0 {
			return nil
		}
		entries, records := endings(c, gone, lost)
		if err := addFigures(ctx, tx, b.run+"/gone", entries); err != nil {
			return err
		}
		return saveDecisions(ctx, tx, records)
	})
	if err != nil {
		return 0, fmt.Errorf("end who left while nobody was there: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stale = true
	return ended, nil
}

// RunAt names a run of a router whose calls a node has: "north:3f9a01c7". What runs of other nodes have left is not over, for they may be there, unless they were
// not seen for a day: their node is renamed, or gone. Runs of which no node is known are of every node.
func RunAt(node, run string) string { return node + ":" + run }

// earlier are, of rows with a run, those of earlier runs at the node of a run, which is the first argument.
const earlier = `run <> $1 AND (strpos(run, ':') = 0 OR split_part(run, ':', 1) = split_part($1, ':', 1)
	OR run IN (SELECT run FROM figures_runs WHERE seen < now() - interval '1 day'))`

func (s *Store) waitingOfEarlier(ctx context.Context, run string) ([]queues.RequestID, error) {
	rows, err := s.pool.Query(ctx, `SELECT request FROM figures_waiting WHERE `+earlier, run)
	if err != nil {
		return nil, fmt.Errorf("read who waited: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[queues.RequestID])
	if err != nil {
		return nil, fmt.Errorf("read who waited: %w", err)
	}
	return all, nil
}

// LastSeen says when an earlier run at this node was last there with somebody who waited or was served, of what is known of before an instant; zero where
// nothing is. EndGone forgets it.
func (b *Bookkeeper) LastSeen(ctx context.Context, before time.Time) (time.Time, error) {
	var seen *time.Time
	if err := b.store.pool.QueryRow(ctx, `SELECT max(seen) FROM figures_runs WHERE seen < $2 AND (`+earlier+`)`, b.run, before).Scan(&seen); err != nil {
		return time.Time{}, fmt.Errorf("read when the last run was there: %w", err)
	}
	if seen == nil {
		return time.Time{}, nil
	}
	return *seen, nil
}

// goneRow is a request that has left, and when its run was last there.
type goneRow struct {
	waitingRow
	seen time.Time
}

// takeGone deletes requests of other runs, and with them the runs that have none any more.
func takeGone(ctx context.Context, tx pgx.Tx, run string, ids []queues.RequestID) ([]goneRow, error) {
	rows, err := tx.Query(ctx, `
		DELETE FROM figures_waiting w USING figures_runs r
		 WHERE r.run = w.run AND w.run <> $1 AND w.request = ANY ($2::text[])
		RETURNING w.request, w.run, w.queue, w.skills, w.arrived, w.callback, r.seen`, run, ids)
	if err != nil {
		return nil, err
	}
	gone, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (g goneRow, err error) {
		return g, row.Scan(&g.Request, &g.Run, &g.Queue, &g.Skills, &g.Arrived, &g.Callback, &g.seen)
	})
	if err != nil {
		return nil, err
	}
	return gone, forgetRuns(ctx, tx, run)
}

// endings are the figures and the decisions of requests that left when their runs were last there: those of a router that hears
// of each then, and is told at once that they have left, or that their calls broke off.
func endings(c queues.Config, gone []goneRow, lost func(queues.RequestID) bool) (entries []figures.Entry, records []numbered) {
	for _, g := range gone {
		c = withQueue(c, g.Queue)
		at := g.seen.UTC().Truncate(time.Microsecond)
		if !g.Arrived.Before(at) {
			at = g.Arrived.Add(time.Microsecond)
		}
		q := queues.Request{ID: g.Request, Queue: g.Queue, Arrived: g.Arrived, Callback: g.Callback}
		for _, skill := range g.Skills {
			q.Extra = append(q.Extra, queues.Need{Skill: skill, Level: 1})
		}
		line := c.Queues[slices.IndexFunc(c.Queues, func(q queues.Queue) bool { return q.ID == g.Queue })]
		end := queues.RequestEnded{
			Request: q, How: queues.RequestAbandoned, At: at, Short: !g.Callback && at.Sub(g.Arrived) < line.ShortAbandon,
		}
		var left queues.Event = queues.Abandoned{Request: q.ID}
		if lost(q.ID) {
			end.How, end.Short, left = queues.RequestLost, false, queues.CallBroken{Request: q.ID, At: at}
		}
		ledger := figures.NewLedger(c, at) // as it arrived before, it is not offered again
		ledger.Stepped(at, queues.Enqueued{Request: q}, nil)
		ledger.Stepped(at, left, []queues.Decision{&end})
		entries = append(entries, ledger.Take()...)
		for _, r := range words.Records(at, []queues.Decision{&end}) {
			records = append(records, numbered{Record: r})
		}
	}
	return entries, records
}
