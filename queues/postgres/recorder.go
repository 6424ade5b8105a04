package postgres

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"hotline/queues"
	"hotline/queues/words"
	"hotline/telephony"
)

// Recorder keeps every decision about a call, so that it can be explained later, without ever keeping the router waiting.
//
//	acd ──Stepped──► waiting (in memory, bounded) ──Run, in batches──► table decisions
//	                      └───────────── Of(call) ───────────────────────┘
//
// While the database is away it tries again and again. Where the database is away for so long that the memory is full, decisions that
// come then are not kept, and counted. A story is complete at once: Of asks the memory and the table.
type Recorder struct {
	// Others says who else was there when a request was offered: acd's. Set it before Stepped is called, or nobody is named.
	Others func(o *queues.Offered, later []queues.Decision) *queues.Others

	store *Store
	log   *slog.Logger
	room  int

	writer   writer
	dropSaid uint64 // Run's goroutine only: of dropped, so many are in the log

	mu      sync.Mutex
	waiting []numbered // oldest first; an element is never changed, so that a reader may keep the slice
	told    int64
	lost    uint64
	dropped uint64 // of lost: for which there was no room
}

const (
	recorderRoom  = 100_000             // decisions: about half an hour of 20 calls a second, and 80 MB
	recorderBatch = 1000                // written at once
	keepDecisions = 60 * 24 * time.Hour // and then they are deleted
)

// NewRecorder makes a recorder. Let acd tell it each step, and let Run work.
func NewRecorder(s *Store, log *slog.Logger) *Recorder { return newRecorder(s, log, recorderRoom) }

func newRecorder(s *Store, log *slog.Logger, room int) *Recorder {
	return &Recorder{store: s, log: log, room: room, writer: newWriter("decisions", log, 0)}
}

// Stepped takes note of what was decided. It never blocks. It implements acd.Observer.
func (r *Recorder) Stepped(at time.Time, e queues.Event, decided []queues.Decision) {
	at = at.Truncate(time.Microsecond) // as exact as the database keeps it
	records := words.Records(at, decided)
	if r.Others != nil {
		nameOthers(records, decided, r.Others)
	}
	if talk, is := words.RecordOfTalk(at, e, decided); is {
		records = append(records, talk)
	}
	r.note(records)
}

// CallsBack takes note that a call is made for an offer of a callback, so that its story can be asked for by this call, too: that
// is the one which desks know. It never blocks.
func (r *Recorder) CallsBack(call telephony.CallID, o queues.Offer) {
	r.note([]words.Record{words.RecordOfCallback(time.Now().Truncate(time.Microsecond), queues.RequestID(call), o)})
}

func (r *Recorder) note(records []words.Record) {
	if len(records) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range records {
		if len(r.waiting) >= r.room {
			r.lost, r.dropped = r.lost+1, r.dropped+1
			continue
		}
		r.told++
		r.waiting = append(r.waiting, numbered{x, r.told})
	}
	r.writer.news()
}

// Of is the story of a call: all decisions about it, in order. The story of a call that we made is that of the request it was made
// for, whose id the records hold. Beside an error it holds only what is not written yet, as the database could not be asked.
func (r *Recorder) Of(ctx context.Context, call queues.RequestID) ([]words.Record, error) {
	story, err := r.of(ctx, call)
	if len(story) == 0 || story[0].Kind != words.CallsBack {
		return story, err
	}
	if of, err := r.of(ctx, story[0].Facts.For); len(of) > 0 {
		return of, err
	}
	return story, err
}

func (r *Recorder) of(ctx context.Context, call queues.RequestID) ([]words.Record, error) {
	r.mu.Lock()
	waiting := r.waiting // it is read before the table, so that what is written meanwhile is found twice rather than never
	r.mu.Unlock()
	all, err := r.store.decisions(ctx, call)
	for _, x := range waiting {
		if x.Call == call {
			all = append(all, x)
		}
	}
	slices.SortStableFunc(all, numbered.before)
	all = slices.CompactFunc(all, func(a, b numbered) bool { return a.before(b) == 0 })
	story := make([]words.Record, len(all))
	for i, x := range all {
		story[i] = x.Record
	}
	return story, err
}

// nameOthers adds to the offers among a step's records who else was there.
func nameOthers(records []words.Record, decided []queues.Decision, others func(*queues.Offered, []queues.Decision) *queues.Others) {
	at := 0 // the records stand in the order of the decisions
	for i, d := range decided {
		o, is := d.(*queues.Offered)
		if !is || o.Offer.Consults != "" {
			continue
		}
		for records[at].Kind != words.WasOffered || records[at].Facts.Offer != o.Offer.ID {
			at++
		}
		records[at].Facts.Others = others(o, decided[i+1:])
	}
}

// Lost counts decisions that were not kept.
func (r *Recorder) Lost() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lost
}

// Run writes until ctx ends, and then what is left, for 2 s at most. Once a day it deletes what is old.
func (r *Recorder) Run(ctx context.Context) error {
	var forgetting sync.WaitGroup
	defer forgetting.Wait()
	forgetting.Go(func() { r.store.forgetDaily(ctx, r.log, keepDecisions, dated{"decisions", "at"}) }) // may take minutes
	return r.writer.run(ctx, r)
}

func (r *Recorder) finish(ctx context.Context) error {
	for {
		if err := r.write(ctx); err != nil || r.left() == 0 {
			return err
		}
	}
}

// left counts what is not written yet.
func (r *Recorder) left() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.waiting)
}

// write writes what waits, and then says what could not be kept for want of memory.
func (r *Recorder) write(ctx context.Context) error {
	if err := r.save(ctx); err != nil {
		return err
	}
	r.mu.Lock()
	dropped := r.dropped
	r.mu.Unlock()
	if dropped > r.dropSaid {
		r.dropSaid = dropped
		r.log.Warn("decisions were not kept, for the database was away too long", "lost", dropped)
	}
	return nil
}

// save writes what waits. What comes while it does is news, and waits for the next time: else the database would have a commit for each few decisions, the more of them the busier it is.
func (r *Recorder) save(ctx context.Context) error {
	most := recorderBatch
	for {
		r.mu.Lock()
		batch := r.waiting[:min(len(r.waiting), most)]
		r.mu.Unlock()
		if len(batch) == 0 {
			return nil
		}
		err := saveDecisions(ctx, r.store.pool, batch)
		switch {
		case refused(err) && len(batch) > 1:
			most = 1 // to find the one
			continue
		case refused(err):
			r.log.Error("a decision that the database will never take is thrown away", "call", batch[0].Call, "err", err)
		case err != nil:
			return err
		}
		r.written(len(batch), err != nil)
		if len(batch) < most {
			return nil
		}
	}
}

// written lets the oldest go.
func (r *Recorder) written(n int, lost bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting = r.waiting[n:]
	if len(r.waiting) == 0 {
		r.waiting = nil // and the array may go
	}
	if lost {
		r.lost += uint64(n)
	}
}

// refused says whether it is the data that is wrong (SQLSTATE classes 22 and 23): to try again would stop all that comes after it.
func refused(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (strings.HasPrefix(e.Code, "22") || strings.HasPrefix(e.Code, "23"))
}
