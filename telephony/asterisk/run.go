package asterisk

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"hotline/telephony"
)

// Run serves the calls of an Asterisk with line: it connects, and connects again whenever the connection breaks,
// until ctx ends. Then it takes no new calls, lets go of the live ones without touching them (the next Hotline adopts
// them), closes its sockets, and returns nil.
//
// It returns an error that is ErrPassword when Asterisk refuses the first connection, and one that is ErrReplaced when
// another Hotline takes the application over: Asterisk says so, or who ends ctx with that for its cause. It must be called once.
func (s *Switch) Run(ctx context.Context, line telephony.Line) error {
	if err := s.opt.check(); err != nil {
		return err
	}
	s.serving.begin(line)

	// Requests go on while the calls let go, so these outlive ctx.
	carrying, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	conns := &connections{carrying: carrying}

	wait := retryFirst
	var err error
	for first := true; ; first = false {
		began := time.Now()
		err = s.connection(ctx, conns)
		if ctx.Err() != nil || errors.Is(err, ErrReplaced) || errors.Is(err, ErrPassword) && s.life.never() {
			break
		}
		s.lost(err, first)
		if time.Since(began) > 10*time.Second {
			wait = retryFirst
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
		wait = min(2*wait, retryLast)
	}
	switch {
	case errors.Is(context.Cause(ctx), ErrReplaced):
		err = context.Cause(ctx)
	case ctx.Err() != nil && !errors.Is(err, ErrReplaced):
		err = nil
	}
	s.handOver(err)
	stop()
	conns.wait()
	s.errands.Wait()
	s.requests.plain.close()
	return err
}

// connections are the command sockets, which start with the first connection to an Asterisk that can use them.
type connections struct {
	carrying context.Context
	once     sync.Once
	done     sync.WaitGroup
}

// start keeps the command sockets connected.
func (c *connections) start(sockets *commandSockets) {
	c.once.Do(func() { c.done.Go(func() { sockets.run(c.carrying) }) })
}

func (c *connections) wait() { c.done.Wait() }

// lost notes why there is no connection, and logs it where there was one before, and at the first try.
func (s *Switch) lost(err error, first bool) {
	s.life.doubted()
	if was := s.life.lost(err); was || first {
		s.log.Warn("not connected to Asterisk; calls stay there, and Hotline keeps trying", "err", err)
	}
}

// connection is one connection's life, from dialling to breaking.
func (s *Switch) connection(ctx context.Context, conns *connections) error {
	about, err := s.requests.about(ctx)
	if err != nil {
		return err
	}
	s.life.answers(about)
	if carriesRequests(about.System.Version) && !s.opt.plain {
		conns.start(s.requests.sockets)
		s.requests.use(s.requests.sockets)
	} else {
		s.requests.use(clearedHTTP{s.requests.plain, s.requests.opt.cleared})
	}
	if !s.life.never() {
		if err := s.opt.Entitled(ctx); err != nil {
			return err
		}
		s.life.entitled()
	}
	conn, err := dialSocket(ctx, s.opt, s.opt.mark(), s.opt.App)
	if err != nil {
		return err
	}
	s.requests.delays.forget(time.Now().Add(settles))
	run := ctx
	ctx, cancel := context.WithCancelCause(run)
	defer cancel(nil)
	var beside sync.WaitGroup
	beside.Go(func() { s.beat(ctx) })
	beside.Go(func() {
		later, err := s.prepare(ctx, about)
		if err != nil {
			cancel(err)
			return
		}
		beside.Go(func() { _ = s.resync.remove(ctx, later) }) // the sweeper removes what remains
		beside.Go(func() { s.callers.run(ctx) })
		beside.Go(func() { s.unheard.run(ctx) })
		s.sweepUntil(ctx)
	})
	err = listen(ctx, conn, s.receive)
	if run.Err() == nil { // a Run that ends may still ask
		s.life.doubted()
	}
	cancel(err)
	s.turning.Lock()
	beside.Wait()
	s.turning.Unlock()
	return fmt.Errorf("connection to Asterisk at %s: %w", s.opt.URL, context.Cause(ctx))
}

// prepare makes a fresh connection ready to serve, and says what is to be removed later. New calls are taken already while it works.
func (s *Switch) prepare(ctx context.Context, about *about) (later strays, err error) {
	if err := s.requests.setFilter(ctx); err != nil {
		return later, err
	}
	if later, err = s.resync.run(ctx, s.life.died(about.start())); err != nil {
		return later, fmt.Errorf("resync: %w", err)
	}
	s.phones.pushAll(ctx, about.start())
	s.requests.delays.forget(time.Now().Add(settles))
	s.life.prepared(about.start())
	live := s.registry.live()
	s.phones.pushRest(ctx) // These are phones that were provisioned while the others were pushed.
	s.log.Info("connected to Asterisk", "version", about.System.Version, "live", live)
	if s.life.never() {
		close(s.life.ready)
	} else {
		s.count.add(reconnects, 1)
	}
	return later, nil
}

// sweepUntil sweeps from time to time until ctx ends. A sweep acts only on what the one before has met, too, because what is just
// being made or is just ending also seems to belong to nobody.
func (s *Switch) sweepUntil(ctx context.Context) {
	tick := time.NewTicker(s.opt.Sweep)
	defer tick.Stop()
	met := make(map[string]bool)
	for {
		select {
		case <-tick.C:
			met = s.resync.sweep(ctx, met)
			s.phones.pushRest(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// handOver lets go of all calls as they are. Where the reason is that another Hotline took over, nothing more is asked of
// Asterisk; otherwise calls may still silence phones that ring.
func (s *Switch) handOver(why error) {
	last, cause := leaving, error(telephony.ErrHandover)
	if errors.Is(why, ErrReplaced) {
		last, cause = fenced, fmt.Errorf("%w: %w", telephony.ErrHandover, ErrReplaced)
		s.requests.stop(ErrReplaced)
	}
	s.life.stopped(last, errors.Join(ErrAway, why))
	live := s.serving.stop(cause)
	s.serving.wait()
	if !errors.Is(why, ErrReplaced) {
		s.forgetHeard() // should an older version follow
		s.requests.stop(ErrAway)
	}
	s.log.Info("disconnected from Asterisk; live calls stay there", "live", live)
}
