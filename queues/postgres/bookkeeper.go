package postgres

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/queues"
	"hotline/queues/figures"
	"hotline/telephony/hours"
)

// Bookkeeper keeps a router's figures: it lets a figures.Ledger reckon them, and writes what has changed once a second,
// without ever keeping the router waiting for the database. While that is away it remembers what is not written yet.
//
//	router ── Stepped ──► figures.Ledger ──► unwritten ──► figures in PostgreSQL, rows of this run
//	                                  └── Today ◄── before: rows of other runs since midnight
//
// Beside the figures it keeps who waits, for the next run to end those who leave while nobody is there: see EndGone.
//
// And it keeps what agents handle, for the next run to go on with it: see WrapUps and EndHandlings.
//
// A Hotline that is killed loses at most the last second of counts and the last ten of agents' times, of thousands of agents the last thirty; the handling of a call
// counts once, whole, when it ends.
type Bookkeeper struct {
	store    *Store
	run      string
	location *time.Location
	log      *slog.Logger
	writer   writer
	writes   int           // Run's goroutine only: so often it has written, or tried to
	saving   chan struct{} // room for one: who is in it saves, and owns unwritten, together, settled and settles

	unwritten map[slot]figures.Entry       // taken from the ledger
	together  map[figures.Subject]struct{} // whose entries are written together with what is handled
	settled   time.Time                    // when agents' time was reckoned last
	settles   time.Duration                // after how long it is to be reckoned again; of who saves

	mu       sync.Mutex // held for moments only: the router's goroutine waits for it
	ledger   *figures.Ledger
	config   queues.Config
	waiting  waiting
	handling handlings
	before   map[queues.QueueID]figures.Sums
	day      time.Time // whose midnight before begins at
	stale    bool      // before has changed since it was read; it counts until it is read anew
}

// slot is where an entry of figures belongs: no two entries have the same.
type slot struct {
	from    time.Time
	subject figures.Subject
}

// Times of the bookkeeper.
const (
	keepFigures = 800 * 24 * time.Hour // older figures are deleted; it is somewhat more than two years, so that a month can be compared with the one two years before
	saveEvery   = time.Second
	settleEvery = 9 * time.Second      // how often, rounded up to the next write, the time of agents who go on doing the same is written
	settleEach  = 5 * time.Millisecond // and so much later for each of them, where that is more: then some 200 a second are written, and not all of ten thousand
	settleMost  = 29 * time.Second     // but as often at least
	settleAsked = time.Second          // how old that time may be when somebody asks for figures
	readEvery   = 30                   // after so many writes the rows of other runs are read again, because a run that is about to end may still write
	writeTime   = 10 * time.Second
	batch       = 2000       // entries in one statement
	atOnce      = 10 * batch // subjects, at most, whose figures are written in one transaction
	piece       = 500        // agents or entries for which the router waits at once: less than a millisecond
)

// NewBookkeeper makes one for a router with this configuration. No other run has the same name; see RunAt.
func NewBookkeeper(s *Store, run string, c queues.Config, log *slog.Logger) *Bookkeeper {
	b := &Bookkeeper{
		store: s, run: run, location: c.Location, log: log, writer: newWriter("figures", log, saveEvery), saving: make(chan struct{}, 1),
		unwritten: map[slot]figures.Entry{}, ledger: figures.NewLedger(c, time.Now()), config: c, waiting: newWaiting(),
		together: map[figures.Subject]struct{}{}, handling: newHandlings(),
	}
	if b.location == nil {
		b.location = time.UTC
	}
	return b
}

// Stepped counts a step. It never waits for the database. It implements acd.Observer.
func (b *Bookkeeper) Stepped(at time.Time, e queues.Event, decided []queues.Decision) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ledger.Stepped(at, e, decided)
	b.waiting.observe(at, e, decided)
	b.handling.observe(e, decided)
	if e, is := e.(queues.Reconfigured); is && !queues.WasRejected(decided) {
		b.config.Queues = e.Config.Queues
	}
}

// Run writes until ctx ends, and then what is left, for 2 s at most. Once a day it deletes what is old, and each hour it sums up days and months that are over.
func (b *Bookkeeper) Run(ctx context.Context) error {
	var beside sync.WaitGroup
	defer beside.Wait()
	beside.Go(func() {
		b.store.forgetDaily(ctx, b.log, keepFigures, dated{"figures", "quarter"}, dated{"figures_not_ready", "quarter"}, dated{"figures_sums", "day"}, dated{"figures_summed", "day"})
	})
	beside.Go(func() { b.store.sumEachHour(ctx, b.log, b.location) })
	return b.writer.run(ctx, b)
}

// write is what is to do each second.
func (b *Bookkeeper) write(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	again := b.writes%readEvery == 0
	b.writes++
	if err := b.save(ctx, settleMost); err != nil {
		return err
	}
	return b.readBefore(ctx, again)
}

// finish writes the last figures, with agents' time up to now.
func (b *Bookkeeper) finish(ctx context.Context) error { return b.save(ctx, 0) }

// save writes what has changed. Before that it reckons agents' time up to now, if that was last done as long ago as said, or as is usual for so many.
func (b *Bookkeeper) save(ctx context.Context, ago time.Duration) error {
	done, err := b.alone(ctx)
	if err != nil {
		return err
	}
	defer done()
	if time.Since(b.settled) >= min(ago, b.settles) {
		b.settle()
	}
	news := b.takeWaiting() // taken first, so that whoever is written as waiting is also counted as offered
	b.take()
	handled := b.takeHandled() // taken last, because it completes what take has taken
	if err := b.writeTaken(ctx, news, handled); err != nil {
		b.giveBack(news)
		b.giveHandledBack(handled)
		return err
	}
	return nil
}

// writeTaken writes what was taken: what is handled, and the figures of what has been, at once; others before them, in batches.
func (b *Bookkeeper) writeTaken(ctx context.Context, news news, handled handlingNews) error {
	if len(b.together) > atOnce { // after hours without the database: rather a call that counts twice, should Hotline be killed just now
		clear(b.together)
	}
	for some := b.some(); len(some) == batch; some = b.some() {
		if err := b.store.SaveFigures(ctx, b.run, some); err != nil {
			return err
		}
		b.written(some)
	}
	rest := slices.Collect(maps.Values(b.unwritten))
	if len(rest)+len(handled.stand)+len(handled.over) == 0 && news.none() {
		return nil
	}
	err := pgx.BeginFunc(ctx, b.store.pool, func(tx pgx.Tx) error {
		for some := range slices.Chunk(rest, batch) {
			if err := saveFigures(ctx, tx, b.run, some); err != nil {
				return err
			}
		}
		if err := saveHandlings(ctx, tx, handled); err != nil {
			return err
		}
		return saveWaiting(ctx, tx, b.run, news)
	})
	if err == nil {
		b.written(rest)
		clear(b.together)
	}
	return err
}

// some is a batch of what is not written and need not be written together with anything.
func (b *Bookkeeper) some() []figures.Entry {
	some := make([]figures.Entry, 0, min(len(b.unwritten), batch))
	for at, e := range b.unwritten {
		if _, together := b.together[at.subject]; together {
			continue
		}
		if some = append(some, e); len(some) == batch {
			break
		}
	}
	return some
}

func (b *Bookkeeper) written(some []figures.Entry) {
	for _, e := range some {
		delete(b.unwritten, slot{e.From, e.Subject})
	}
}

// settle lets the ledger add agents' time up to now, in pieces, so that the router never waits long.
func (b *Bookkeeper) settle() {
	b.settled = time.Now()
	agents := 0
	for more := true; more; {
		b.mu.Lock()
		agents, more = b.ledger.SettleSome(time.Now(), agents, piece)
		b.mu.Unlock()
	}
	b.settles = min(max(settleEvery, time.Duration(agents)*settleEach), settleMost)
}

// take takes from the ledger what is to be written, in pieces likewise.
func (b *Bookkeeper) take() {
	for from, more := 0, true; more; {
		var some []figures.Entry
		b.mu.Lock()
		some, from, more = b.ledger.TakeSome(from, piece)
		b.mu.Unlock()
		for _, e := range some {
			b.unwritten[slot{e.From, e.Subject}] = e
		}
	}
}

// readBefore reads what other runs know of today: now and then, and when a day begins.
func (b *Bookkeeper) readBefore(ctx context.Context, again bool) error {
	midnight := b.midnight()
	b.mu.Lock()
	known := b.day.Equal(midnight) && !b.stale
	b.stale = false // what changes from here on is perhaps not read
	b.mu.Unlock()
	if known && !again {
		return nil
	}
	before, err := b.store.FiguresBefore(ctx, b.run, midnight)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil {
		b.stale = true
		return err
	}
	b.before, b.day = before, midnight
	return nil
}

func (b *Bookkeeper) midnight() time.Time {
	return hours.DayBegins(time.Now().In(b.location), 0)
}

// Today is what happened in these queues since local midnight, before a restart too. Where the database has been away since
// a start, or since midnight, that is not known, and complete is false.
func (b *Bookkeeper) Today(ids ...queues.QueueID) (sums map[queues.QueueID]figures.Sums, complete bool) {
	midnight := b.midnight()
	b.mu.Lock()
	defer b.mu.Unlock()
	complete = b.day.Equal(midnight)
	sums = make(map[queues.QueueID]figures.Sums, len(ids))
	for _, id := range ids {
		s := b.ledger.Today(figures.Subject{Kind: figures.OfQueue, ID: string(id)})
		if before, there := b.before[id]; there && complete {
			s.Add(&before)
		}
		sums[id] = s
	}
	return sums, complete
}

// Figures is Store.Figures, up to this moment; the time of agents who go on doing the same, up to a second ago.
func (b *Bookkeeper) Figures(ctx context.Context, of figures.Subject, times []time.Time, limit int) ([]figures.Entry, error) {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	if err := b.save(ctx, settleAsked); err != nil {
		return nil, err
	}
	return b.store.Figures(ctx, of, times, limit)
}
