package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/lease"
	"hotline/cmd/hotline/personal"
	"hotline/ivr/book"
	"hotline/queues/journal"
	"hotline/telephony/asterisk"
	ticketstore "hotline/tickets/postgres"
	"hotline/tickets/register"
	"hotline/tickets/spool"
)

// errHandedOver says that somebody has asked this Hotline to let another one serve.
var errHandedOver = errors.New("it was asked to hand over")

// charge is the right to serve the calls of a node. Two things give it: the spool, which one process of a machine can have open, and the lease in the database,
// which one spool can hold. Without a database who had it last goes on, where nobody else is heard at Asterisk.
//
//	         the spool is ours      the lease is ours, or its holder is gone;
//	                                or no database, and nobody is heard
//	standby ────────────────► standby ────────────────► in charge ──asked, replaced──► standby
type charge struct {
	conf  config.Config
	log   *slog.Logger
	table *lease.Table
	spool *spool.Spool
	mark  mark
	host  string

	died    bool         // the Hotline that had this spool before has died while it was in charge
	blindly bool         // it began without a word of the database
	alone   bool         // nobody else was in charge since this spool was, or nobody can tell
	had     atomic.Bool  // the lease, since then: the database has said so
	epoch   atomic.Int64 // the mark's, for others to read

	lost    chan error // why it is to serve no more, where that comes: errHandedOver, or one that is asterisk.ErrReplaced
	stop    context.CancelFunc
	beating sync.WaitGroup
}

// Times of a standby.
const (
	heardFor  = 2 * time.Second         // who says nothing at Asterisk for so long is not there: it says so each second
	listenFor = 1500 * time.Millisecond // of it we have listened ourselves: Asterisk's clock, which knows of the rest, may have been set
	waysFirst = 5 * time.Second         // others have it to take over from who has handed over
	tryWithin = time.Second             // Asterisk has it to answer who would take over, and the database who need not wait for it
)

// awaitCharge waits as a standby until this Hotline is in charge of its node. before is why it served until now; nil where it did not. nil is returned when ctx ends.
func awaitCharge(ctx context.Context, conf config.Config, log *slog.Logger, before error) (_ *charge, err error) {
	hangups := make(chan os.Signal, 1) // a standby reads the configuration when it takes over, and needs no reload
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	c := &charge{conf: conf, log: log}
	c.host, _ = os.Hostname() // it is for people to see
	if c.table, err = lease.Open(conf.Database.URL.Text()); err != nil {
		return nil, err
	}
	w := &waiting{charge: c, quiet: before != nil && !errors.Is(before, errHandedOver), door: newDoor(conf, log)}
	w.asterisk = c.examine()
	defer w.asterisk.Close()
	if errors.Is(before, errHandedOver) {
		w.notBefore = time.Now().Add(waysFirst)
	}
	ready, err := w.wait(ctx)
	if err == nil && ready {
		c.begin(ctx) // first: what is stopped now may take its time, and another would have the lease meanwhile
	}
	w.stopDraining()
	w.stopErasing()
	w.door.close()
	if err != nil || !ready {
		c.close()
		if c.spool != nil {
			err = errors.Join(err, c.spool.Close())
		}
		return nil, err
	}
	return c, nil
}

// waiting is a standby.
type waiting struct {
	*charge
	asterisk  *asterisk.Examination
	door      *waitingDoor
	quiet     bool      // the lease is not all that counts: somebody who does not know of it may serve, as where nobody ever had it
	notBefore time.Time // others come first
	slow      bool      // the database answers, but not within tryWithin

	watch lease.Watch
	heard heard
	said  string
	drain func() // ends the draining of facts of before; nil where there is none
	told  bool   // the database was told of the callbacks on this disk

	erasing func() // ends the erasing of persons who were erased elsewhere; nil where it has not begun
}

func (w *waiting) wait(ctx context.Context) (ready bool, err error) {
	for ctx.Err() == nil {
		why, err := w.look(ctx)
		if err != nil || why == "" {
			return err == nil && ctx.Err() == nil, err
		}
		w.door.open(why)
		if why != w.said {
			w.said = why
			w.log.Info("standby: this Hotline waits until it is in charge", "node", w.conf.Asterisk.Node, "why", why)
		}
		select {
		case <-time.After(lease.LookEvery):
		case <-ctx.Done():
		}
	}
	return false, nil
}

// look says why this Hotline is not in charge yet; "" is that it is.
func (w *waiting) look(ctx context.Context) (why string, err error) {
	if w.spool == nil {
		opened, err := spool.Open(spoolOptions(w.conf, w.log))
		if errors.Is(err, spool.ErrInUse) {
			return "another process on this machine serves with the same spool", nil
		}
		if err != nil {
			return "", fmt.Errorf("spool %s: %w", w.conf.Spool, err)
		}
		w.spool = opened
		var copied bool
		if w.mark, copied, err = readMark(w.conf.Spool, thisMachine()); err != nil {
			w.log.Warn("what the spool knew of who is in charge cannot be read, and is made anew", "err", err)
		}
		if copied { // the other machine may give the numbers, too
			if err := w.spool.SaveBlocks(nil); err != nil {
				return "", fmt.Errorf("spool %s: it is of another machine, and its ticket numbers cannot be dropped: %w", w.conf.Spool, err)
			}
			w.log.Warn("the spool was copied from another machine: this Hotline has a name and ticket numbers of its own", "spool", w.conf.Spool)
		}
		w.mark.write(w.conf.Spool, w.log)
		w.heard.nobody(ctx, w.asterisk) // from now on it counts, should the database not answer
	}
	row, err := w.read(ctx)
	switch {
	case errors.Is(err, lease.ErrNone):
		row = lease.Row{}
	case err != nil:
		w.watch.Blind()
		return w.blind(ctx), nil
	}
	now := time.Now()
	own := row.Holder == w.mark.Holder
	switch {
	case own && now.Before(w.notBefore):
		return "it has handed over, and others come first", nil
	case row.Holder == "" || own:
		if (w.quiet || row.Holder == "") && !w.heard.nobody(ctx, w.asterisk) {
			return "another Hotline that does not know of the lease may be heard at Asterisk", nil
		}
	case !w.watch.Seen(row, now):
		w.mark.Waits = true
		w.mark.write(w.conf.Spool, w.log)
		w.drainSpool()
		w.eraseHere()
		return fmt.Sprintf("%s is served from %s with the Asterisk at %s", w.conf.Asterisk.Node, row.Host, row.Asterisk), nil
	default:
		if _, err := w.asterisk.Version(ctx); err != nil { // who cannot reach it could serve nobody
			return "who was in charge is gone, but Asterisk does not answer: " + err.Error(), nil
		}
	}
	return w.take(ctx, row)
}

func (w *waiting) read(ctx context.Context) (lease.Row, error) {
	if !w.mark.Waits && !w.slow { // blind does without it
		soon, cancel := context.WithTimeout(ctx, tryWithin)
		defer cancel()
		ctx = soon
	}
	return w.table.Read(ctx, w.conf.Asterisk.Node)
}

// take takes the lease. Where the database has no table for it yet, this Hotline is in charge all the same, and makes it by its migrations.
func (w *waiting) take(ctx context.Context, row lease.Row) (why string, err error) {
	epoch, err := w.table.Take(ctx, w.conf.Asterisk.Node, row, w.mark.Epoch, w.mark.Holder, w.host, w.conf.Asterisk.URL)
	switch {
	case errors.Is(err, lease.ErrNone):
		epoch = w.mark.Epoch
	case err != nil:
		w.watch.Blind()
		return "the lease cannot be taken: " + err.Error(), nil
	case row.Holder != "" && row.Holder != w.mark.Holder:
		w.log.Warn("who was in charge is gone; this Hotline takes over", "node", w.conf.Asterisk.Node, "from", row.Host, "epoch", epoch)
	}
	w.alone = row.Holder == "" || row.Holder == w.mark.Holder && row.Epoch == w.mark.Epoch
	w.mark.Epoch, w.mark.Waits = epoch, false
	w.mark.write(w.conf.Spool, w.log)
	return "", nil
}

// blind is look without a database. Who has seen another in charge waits until the database tells what became of it; any other is in charge where nobody is heard
// at Asterisk.
func (w *waiting) blind(ctx context.Context) (why string) {
	if w.mark.Waits {
		return "the database does not say whether another is in charge"
	}
	listening, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := w.answers(listening)
	for !w.heard.nobody(ctx, w.asterisk) {
		if w.heard.moved {
			return "the database does not answer, and another Hotline is heard at Asterisk"
		}
		select {
		case <-time.After(lease.LookEvery):
		case <-ctx.Done():
			return "stopped"
		}
	}
	select {
	case <-answers:
		w.slow = true
		return "the database was slow, and answers now"
	default:
	}
	w.blindly, w.alone = true, true
	w.log.Warn("the database does not answer, and no other Hotline is heard at Asterisk: this one serves")
	return ""
}

// answers is closed once the database says whose the lease is, if it does before ctx ends.
func (w *waiting) answers(ctx context.Context) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		for ctx.Err() == nil {
			if _, err := w.table.Read(ctx, w.conf.Asterisk.Node); err == nil || errors.Is(err, lease.ErrNone) {
				close(done)
				return
			}
			select {
			case <-time.After(lease.LookEvery):
			case <-ctx.Done():
			}
		}
	}()
	return done
}

// drainSpool carries to the database what this spool, and the book of callbacks in its folder, hold from when it was in charge: nobody else has it. A database from a dump gets back what it had
// from here: whoever serves learns of it which callbacks were made since.
func (w *waiting) drainSpool() {
	promised := w.promised()
	if w.drain != nil || w.spool.Stats().Waiting == 0 && promised == nil { // of one that has served the last fact waits always
		return
	}
	pool, err := ticketstore.Connect(w.conf.Database.URL.Text())
	if err != nil {
		return // the address was read before
	}
	store := ticketstore.New(pool)
	store.OnLate(personal.TellLate)
	r, err := register.New(register.Options{Store: store, Spool: w.spool, Shelf: w.spool, Past: w.spool, Log: w.log, Terms: w.conf.Terms(), Node: w.conf.Asterisk.Node, Forgets: w.conf.Retention.There()})
	if err != nil {
		w.log.Error("facts of before wait in the spool until this Hotline is in charge", "err", err)
		w.drain = pool.Close
		return
	}
	if promised != nil {
		if _, _, err := book.Tell(promised, w.conf.Asterisk.Node, r.TellCallback); err != nil {
			w.log.Error("callbacks on this disk cannot be read or told, and nobody makes them", "err", err)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = r.Run(ctx) })
	w.drain = func() {
		stop()
		running.Wait()
		pool.Close()
	}
}

// promised is the book of callbacks, where somebody stands in it and the database was not told yet.
func (w *waiting) promised() *book.Book {
	if w.told {
		return nil
	}
	w.told = true
	if there, _ := filepath.Glob(filepath.Join(callbacksFolder(w.conf.Spool), "*.json")); len(there) == 0 {
		return nil
	}
	b, err := book.Open(callbacksFolder(w.conf.Spool))
	if err != nil {
		w.log.Error("callbacks on this disk cannot be read, and nobody makes them", "err", err)
	}
	return b
}

func (w *waiting) stopDraining() {
	if w.drain != nil {
		w.drain()
	}
}

// eraseHere erases from this disk whom another server has erased, in a goroutine of its own: this one may not serve for long.
func (w *waiting) eraseHere() {
	if w.erasing != nil {
		return
	}
	pool, err := ticketstore.Connect(w.conf.Database.URL.Text())
	if err != nil {
		return // the address was read before
	}
	ctx, stop := context.WithCancel(context.Background())
	disks := w.disks(pool)
	var running sync.WaitGroup
	running.Go(func() { disks.Listen(ctx, w.log) })
	running.Go(func() { personal.RunWaiting(ctx, disks.Folder, w.erase, w.log) })
	w.erasing = func() {
		stop()
		running.Wait()
		go pool.Close() // which waits for a database that is silent, and callers would, too
	}
}

func (w *waiting) stopErasing() {
	if w.erasing != nil {
		w.erasing()
	}
}

// erase takes a person out of what a standby has on disk by itself: the journal, the spool, and the callbacks of before. Its own recordings need the switch and the rows.
func (w *waiting) erase(ctx context.Context, e personal.Erasure) error {
	if err := journal.EraseIn(ctx, w.conf.Journal(), e.Instead()); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if _, err := w.spool.Erase(e.Texts()...); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	theirs, err := personal.Callbacks(w.conf.Spool, e.Texts())
	for file := range theirs {
		err = errors.Join(err, os.Remove(filepath.Join(w.conf.Spool, file)))
	}
	return err
}

// disks are the spools of all servers, as this one hears of them.
func (c *charge) disks(pool *pgxpool.Pool) personal.Disks {
	return personal.Disks{Pool: pool, Holder: c.mark.Holder, Host: c.host, Folder: personal.Folder(c.conf.Spool)}
}

// heard looks whether somebody says at Asterisk that they serve.
type heard struct {
	last  string
	since time.Time     // since when we see it the same; zero where it was not asked yet
	ago   time.Duration // before since it was said, at the least, by Asterisk's clock
	moved bool          // it was another at the last look
}

// nobody says that nobody has said so for heardFor. An Asterisk that does not answer tells of nobody.
func (h *heard) nobody(ctx context.Context, e *asterisk.Examination) bool {
	ctx, cancel := context.WithTimeout(ctx, tryWithin)
	defer cancel()
	said, ago, err := e.Heard(ctx)
	h.moved = !h.since.IsZero() && err == nil && said != h.last
	if h.moved || h.since.IsZero() {
		h.last, h.since, h.ago = said, time.Now(), 0
	}
	listened := time.Since(h.since)
	h.ago = max(h.ago, ago-listened)
	return listened >= listenFor && listened+h.ago >= heardFor
}

// begin renews the lease from now on, until close or letGo: what is wired meanwhile, and written at the end, may take its time.
func (c *charge) begin(ctx context.Context) {
	c.died, c.mark.Serves = c.mark.Serves, true
	c.epoch.Store(c.mark.Epoch)
	c.mark.write(c.conf.Spool, c.log)
	c.lost = make(chan error, 1)
	ctx, c.stop = context.WithCancel(context.WithoutCancel(ctx))
	c.beating.Go(func() { c.keep(ctx) })
}

// keep says each second that this Hotline is in charge, until ctx ends or another is. Who is asked to hand over is in charge until all is written.
func (c *charge) keep(ctx context.Context) {
	tick := time.NewTicker(lease.BeatEvery)
	defer tick.Stop()
	var watch lease.Watch
	for away, told := false, false; ; {
		err := c.beat(ctx, &watch)
		asked, replaced := errors.Is(err, errHandedOver), errors.Is(err, asterisk.ErrReplaced)
		if (asked || replaced) && !told {
			told = true
			c.mark.Waits, c.mark.Serves = true, false
			c.mark.write(c.conf.Spool, c.log)
			c.lost <- err
		}
		if asked {
			err = nil
		}
		switch {
		case replaced, ctx.Err() != nil:
			return
		case err != nil && !away:
			c.log.Warn("the lease cannot be renewed; this Hotline stays in charge", "err", err)
		case err == nil && away:
			c.log.Info("the lease is renewed again")
		}
		away = err != nil
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// examine asks Asterisk, and disturbs nobody there.
func (c *charge) examine() *asterisk.Examination {
	a := c.conf.Asterisk
	return asterisk.Examine(asterisk.Options{URL: a.URL, User: a.User, Password: a.Password.Text(), Deadline: tryWithin})
}

// entitled is asked before this Hotline connects to Asterisk again: a standby may have taken over while nothing of here reached anybody, and a connection would take
// its place. Where the database does not say whose the lease is, another who is heard at Asterisk serves.
func (c *charge) entitled(ctx context.Context) error {
	soon, cancel := context.WithTimeout(ctx, tryWithin)
	defer cancel()
	row, err := c.table.Read(soon, c.conf.Asterisk.Node)
	switch {
	case errors.Is(err, lease.ErrNone), err == nil && row.Holder == c.mark.Holder:
		return nil
	case err == nil && (!c.blindly || c.had.Load()): // who began blindly may find the row of somebody who is gone, until the lease was theirs
		return fmt.Errorf("%w: the lease is held from %s", asterisk.ErrReplaced, row.Host)
	}
	there := c.examine()
	defer there.Close()
	for h := (heard{}); !h.nobody(ctx, there); {
		if h.moved {
			return errors.New("another Hotline is heard at Asterisk, and the database does not say whose the lease is")
		}
		select {
		case <-time.After(lease.LookEvery):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// holds waits until ctx ends, or until this Hotline is to serve no more.
func (c *charge) holds(ctx context.Context) error {
	select {
	case err := <-c.lost:
		return err
	case <-ctx.Done():
		return nil
	}
}

func (c *charge) beat(ctx context.Context, watch *lease.Watch) error {
	node, url := c.conf.Asterisk.Node, c.conf.Asterisk.URL
	if c.mark.Epoch == 0 {
		return c.firstBeat(ctx, watch)
	}
	wanted, err := c.table.Beat(ctx, node, c.mark.Holder, c.mark.Epoch, c.host, url)
	switch {
	case errors.Is(err, lease.ErrTaken):
		return fmt.Errorf("%w: the lease has a later epoch than %d", asterisk.ErrReplaced, c.mark.Epoch)
	case errors.Is(err, lease.ErrNone):
		return nil // migrations make the table
	case err != nil:
		return err
	}
	c.had.Store(true)
	if wanted {
		return errHandedOver
	}
	return nil
}

// firstBeat takes the lease of who began to serve when there was no database to ask. A row that is there is of somebody who has gone, or who serves: then this Hotline
// does not.
func (c *charge) firstBeat(ctx context.Context, watch *lease.Watch) error {
	row, err := c.table.Read(ctx, c.conf.Asterisk.Node)
	switch {
	case errors.Is(err, lease.ErrNone):
	case err != nil:
		watch.Blind()
		return err
	case row.Holder == c.mark.Holder, row.Free:
	default:
		for first := row; !watch.Seen(row, time.Now()); {
			if row.Epoch != first.Epoch || row.Beats != first.Beats {
				return fmt.Errorf("%w: the lease is held from %s", asterisk.ErrReplaced, row.Host)
			}
			select {
			case <-time.After(lease.LookEvery):
			case <-ctx.Done():
				return nil
			}
			if row, err = c.table.Read(ctx, c.conf.Asterisk.Node); err != nil {
				watch.Blind()
				return err
			}
		}
	}
	epoch, err := c.table.Take(ctx, c.conf.Asterisk.Node, row, 0, c.mark.Holder, c.host, c.conf.Asterisk.URL)
	if errors.Is(err, lease.ErrNone) {
		return nil
	}
	if err == nil {
		c.had.Store(true)
		c.mark.Epoch = epoch
		c.epoch.Store(epoch)
		c.mark.write(c.conf.Spool, c.log)
	}
	return err
}

// letGo says that all of this Hotline is written, and that another may serve.
func (c *charge) letGo() {
	c.rest()
	c.mark.Serves = false
	c.mark.write(c.conf.Spool, c.log)
	if err := c.table.LetGo(context.Background(), c.conf.Asterisk.Node, c.mark.Holder, c.mark.Epoch); err != nil && !errors.Is(err, lease.ErrNone) {
		c.log.Info("a standby takes over when it sees that the lease is not renewed any more", "err", err)
	}
}

// rest ends the renewing.
func (c *charge) rest() {
	if c.stop != nil {
		c.stop()
	}
	c.beating.Wait()
}

// close closes what only the lease needs. The spool is the service's.
func (c *charge) close() {
	c.rest()
	c.table.Close()
}

// callbacksFolder has the book of callbacks.
func callbacksFolder(spool string) string { return filepath.Join(spool, "callbacks") }

// markFile is in the spool's folder.
func markFile(spool string) string { return filepath.Join(spool, "charge.json") }
