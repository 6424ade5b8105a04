package postgres

import (
	"context"
	"log/slog"
	"time"
)

// backlog is what the router has said and the database does not have yet. Adding to it never waits for the database.
type backlog interface {
	// write writes it. What could not be written stays in it.
	write(ctx context.Context) error
	// finish writes it for the last time, with what was told in the last moment.
	finish(ctx context.Context) error
}

// writer writes a backlog from a goroutine of its own, for as long as the program runs, however long the database is away.
//
//	news, or the time for it ──► write ──► waits ──► write …
//	                               └─ failed ──► after a second again
//	the end of the program ──► finish, for 2 s at most
//
// After each write news gather for a while, so that the database pays for a handful of commits a second, however much there is to tell. Failures are logged where they begin and where they end, and not each of them.
type writer struct {
	of    string // what is written, for the log: "figures"
	to    string // "database"
	log   *slog.Logger
	every time.Duration // so often it writes, with or without news; 0 is with news only
	wake  chan struct{} // room for one: a second wake says nothing new
}

func newWriter(of string, log *slog.Logger, every time.Duration) writer {
	return writer{of, "database", log, every, make(chan struct{}, 1)}
}

const (
	gather      = 200 * time.Millisecond // between the beginnings of two writes, where there is news
	writeAgain  = time.Second            // the wait after a failure
	finishTime  = 2 * time.Second        // how long the last writes may take in all
	finishAgain = 100 * time.Millisecond // the wait after a failure among these
)

// news says that there is something to write. It never blocks.
func (w *writer) news() {
	select {
	case w.wake <- struct{}{}:
	default: // the writer is to wake up anyway
	}
}

// run writes until ctx ends, and then for the last time.
func (w *writer) run(ctx context.Context, b backlog) error {
	due := time.NewTimer(0)
	defer due.Stop()
	var began time.Time
	failing := false
	for {
		select {
		case <-w.wake:
			select {
			case <-time.After(gather - time.Since(began)):
			case <-ctx.Done():
				return w.last(ctx, b)
			}
		case <-due.C:
		case <-ctx.Done():
			return w.last(ctx, b)
		}
		began = time.Now()
		err := b.write(ctx)
		if failed := err != nil; failed != failing && ctx.Err() == nil {
			failing = failed
			w.tell(err)
		}
		switch {
		case err != nil:
			due.Reset(writeAgain)
		case w.every > 0:
			due.Reset(w.every - time.Since(began))
		}
	}
}

func (w *writer) tell(err error) {
	if err != nil {
		w.log.Warn("the "+w.to+" does not take "+w.of+"; they are kept in memory and tried again", "err", err)
	} else {
		w.log.Info("the " + w.to + " takes " + w.of + " again")
	}
}

// last writes what is left when ctx has ended. The first try may meet a connection that died unnoticed.
func (w *writer) last(ctx context.Context, b backlog) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	for {
		err := b.finish(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(finishAgain):
		case <-ctx.Done():
			return err
		}
	}
}
