package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/personal"
	"hotline/cmd/hotline/watch"
	"hotline/queues"
	"hotline/telephony/asterisk"
)

type serveCommand struct {
	File string `arg:"" help:"The configuration, such as hotline.yaml."`
}

func (c serveCommand) Run(ctx context.Context, log *slog.Logger) error {
	conf, overdue, err := config.LoadToServe(c.File)
	if err != nil {
		return err
	}
	level := new(slog.LevelVar)
	level.Set(conf.Log.LevelOf())
	if log.Enabled(ctx, slog.LevelDebug) { // by --verbose, which stays whatever a reload says
		log = watch.NewLog(os.Stderr, conf.Log.Format, slog.LevelDebug)
	} else {
		log = watch.NewLog(os.Stderr, conf.Log.Format, level)
	}
	tellOverdue(log, overdue)
	dog, err := watch.NewWatchdog(os.Getenv, log)
	if err != nil {
		log.Error("nobody ends this Hotline should it hang", "err", err)
	}
	go dog.Run()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(queues.GCPercent)
	}
	for before := error(nil); ; {
		inCharge, err := awaitCharge(ctx, conf, log, before)
		if err != nil || inCharge == nil {
			return err
		}
		if fresh, overdue, err := config.LoadToServe(c.File); err != nil {
			log.Error("the configuration cannot be read any more; the one of the start counts", "file", c.File, "err", err)
		} else {
			tellOverdue(log, overdue)
			conf = fresh
			level.Set(conf.Log.LevelOf())
		}
		before = c.serve(ctx, conf, log, level, inCharge, dog)
		if !errors.Is(before, errHandedOver) && !errors.Is(before, asterisk.ErrReplaced) || ctx.Err() != nil {
			return before
		}
		log.Warn("this Hotline serves no more, and waits as a standby", "why", before)
	}
}

// serve serves the line as long as this Hotline is in charge.
func (c serveCommand) serve(ctx context.Context, conf config.Config, log *slog.Logger, level *slog.LevelVar, inCharge *charge, dog *watch.Watchdog) error {
	s, err := newServiceInCharge(conf, log, inCharge)
	if err != nil {
		return err
	}
	s.level = level
	dog.Watch(s.health.Pulse)
	defer s.reloadOnHangup(ctx, c.File)()
	return s.run(ctx)
}

// tellOverdue warns of what `hotline check` refuses and versions before have taken.
func tellOverdue(log *slog.Logger, overdue []error) {
	for _, one := range overdue {
		log.Warn("the configuration has a mistake that versions before took; calls are served all the same, and hotline check refuses it: mend it soon", "err", one)
	}
}

// run serves until ctx ends, and then lets everything drain: calls stay with Asterisk for the next Hotline.
func (s *service) run(ctx context.Context) error {
	defer s.close()
	inner, stopInner := context.WithCancel(context.WithoutCancel(ctx)) // outlives the calls
	defer stopInner()
	var rooms sync.WaitGroup
	failed := make(chan error, 8)
	start := func(ctx context.Context, name string, run func(context.Context) error) {
		rooms.Go(func() {
			if err := run(ctx); err != nil && ctx.Err() == nil {
				failed <- fmt.Errorf("%s: %w", name, err)
			}
		})
	}
	// Who writes to the database begins when its tables are there. Until then, and while it is away, facts wait on disk or
	// in memory, and callers wait for none of it.
	onceMigrated := func(name string, run func(context.Context) error) {
		start(inner, name, func(ctx context.Context) error {
			select {
			case <-s.migrated:
				return run(ctx)
			case <-ctx.Done():
				return nil
			}
		})
	}
	onceMigrated("tickets", s.register.Run)
	onceMigrated("availability", s.keeper.Run)
	start(inner, "availability on disk", s.keeper.RunDisk)
	start(inner, "accounts on disk", s.signIns.Run)
	onceMigrated("what agents were", s.attended.Run)
	onceMigrated("decisions", s.recorder.Run)
	onceMigrated("figures", s.books.Run)
	onceMigrated("work", s.work.Run)
	onceMigrated("dates", s.dates.Run)
	onceMigrated("alarms", s.alarms.Run)
	onceMigrated("screens", s.screens.Run)
	onceMigrated("news of tickets", s.feed.Run)
	written, stopJournal := context.WithCancel(context.WithoutCancel(ctx)) // outlives the router
	start(written, "journal", s.journal.Run)
	start(inner, "router", func(ctx context.Context) error { defer stopJournal(); return s.acd.Run(ctx) })
	s.desks.Tell(queues.OffersHeld{Until: time.Now().Add(holdTime)})

	outer, stopOuter := context.WithCancelCause(ctx)
	defer stopOuter(nil)
	start(inner, "pulse", s.health.Pulse.Run)
	start(outer, "wall", func(ctx context.Context) error { s.painter.Run(ctx); return nil })
	start(outer, "staffing", func(ctx context.Context) error { s.outlook.Run(ctx); return nil })
	start(outer, "database", s.tendDatabase)
	start(outer, "accounts", s.tendAccounts)
	start(outer, "phones", s.provision)
	start(outer, "restart", s.resume)
	if s.canary.every > 0 {
		start(outer, "canary", func(ctx context.Context) error {
			select {
			case <-s.ready:
				return s.canary.Run(ctx)
			case <-ctx.Done():
				return nil
			}
		})
	}
	start(outer, "reserve", func(ctx context.Context) error {
		s.sw.Reserved(ctx, func(c asterisk.Reserved) { s.fileReserved(ctx, c) })
		return nil
	})
	start(outer, "callbacks", s.line.CallBack)
	start(outer, "orders", func(ctx context.Context) error { s.desks.TendOrders(ctx); return nil })
	start(outer, "messages", s.forgetMessages)
	onceMigrated("files", s.sweepFiles)
	onceMigrated("recordings", s.tendArchive)
	start(outer, "erasures", func(ctx context.Context) error {
		personal.Run(ctx, personal.Folder(s.config.Spool), s.erase, s.log)
		return nil
	})
	if s.charge != nil {
		onceMigrated("erasures elsewhere", func(ctx context.Context) error { s.charge.disks(s.db).Listen(ctx, s.log); return nil })
	}
	if s.tapes != nil {
		start(inner, "tracks", s.tapes.Run)
	}
	letGo := make(chan struct{}) // closed when no call is served any more
	start(outer, "Asterisk", func(ctx context.Context) error { defer close(letGo); return s.sw.Run(ctx, s.line) })
	server := s.newServer(s.api)
	if s.config.TLS.Certificate != "" {
		start(outer, "certificate", func(ctx context.Context) error { s.certificate.Run(ctx); return nil })
	}
	if s.charge != nil {
		start(inner, "lease", s.charge.holds)
	}
	start(outer, "pages", func(context.Context) error { return s.serve(server) })
	if s.scraped != nil {
		start(outer, "figures for Prometheus", s.serveFigures)
	}

	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	s.draining.Store(true)
	stopOuter(err) // calls first: new ones wait in the dialplan for the next Hotline, live ones stay as they are
	s.drain(server)
	<-letGo // a router that ends before the calls are let go has them end, too, as failed
	stopInner()
	rooms.Wait()
	if s.charge != nil && !errors.Is(err, asterisk.ErrReplaced) {
		s.charge.letGo() // only now, when all is written
	}
	return err
}

// serving waits until calls are served and people can sign in, or until the service has ended instead.
func (s *service) serving(ctx context.Context, ended <-chan error) error {
	for _, step := range []chan struct{}{s.prepared, s.ready} {
		select {
		case <-step:
		case err := <-ended:
			return errors.Join(errors.New("the service has ended"), err)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
