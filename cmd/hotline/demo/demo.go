// Package demo is an organisation that can be watched at work: a Hotline on a private PostgreSQL and Asterisk, customers who call it over
// SIP, and agents who answer at phones and desks of their own. What it prints is what one can do with it now, a line of figures every ten
// seconds, and at the end whether anything was lost.
//
//	demo.go          what is started, from the inside out, and ended, from the outside in
//	organisation.go  which organisations there are; the configuration of each is in organisations/
//	past.go          what has happened there before, told as contacts and commands; internet_provider.go, service_desk.go, bank.go tell it
//	customers.go     simulated customers: real phones with sound, by a Poisson process
//	agents.go        simulated agents: a phone, and a desk worked as a page works it
//	figures.go       what is printed
//
// It knows nothing of how a Hotline is wired: whoever runs it gives it a Server.
package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/deploy/private"
	"hotline/ivr/flow"
	"hotline/recordings/vault"
)

// Server lets a Hotline serve.
type Server interface {
	// Serve serves by a configuration until ctx ends, and calls up once calls are served and people can sign in. The error is why it
	// could not, or ended by itself.
	Serve(ctx context.Context, c config.Config, log *slog.Logger, up func(Hotline)) error
}

// Hotline is one that serves.
type Hotline interface {
	// Addr is where its pages are: host and port.
	Addr() string
	// Books is its database.
	Books() Books
	// Live is how many calls it serves now.
	Live() int
	// Count is what is true when everything that has happened until now is in the database, of the calls that arrived from an instant on.
	Count(ctx context.Context, since time.Time) (Count, error)
}

// Options are what may be otherwise in a demo.
type Options struct {
	Rate   float64       // calls a minute, 0 to 600
	Seed   uint64        // of everything random about customers and agents
	For    time.Duration // after which it ends by itself; 0 is never
	Quiet  bool          // only the figures are printed
	Listen string        // where the pages are; another port is taken when this one is in use
	Server Server

	Organisation Organisation
}

// endTime is how long the last calls may take when the demo ends.
const endTime = 8 * time.Second

// figuresEvery is how often a line of figures is printed.
const figuresEvery = 10 * time.Second

// Run starts everything, shows it, and ends it. The error is not nil when anything was lost.
func Run(ctx context.Context, o Options) (err error) {
	dir, leave, err := private.TempFolder("hotline-demo")
	if err != nil {
		return err
	}
	defer leave()
	logFile := filepath.Join(os.TempDir(), "hotline-demo.log")
	log, closeLog, err := logTo(logFile)
	if errors.Is(err, fs.ErrPermission) { // the file is another user's, such as root's after a demo with sudo
		logFile = filepath.Join(os.TempDir(), fmt.Sprintf("hotline-demo-%d.log", os.Getuid()))
		log, closeLog, err = logTo(logFile)
	}
	if err != nil {
		return fmt.Errorf("log %s: %w", logFile, err)
	}
	defer closeLog()
	d := &demo{Options: o, dir: dir, log: log}
	d.say("The log is %s", logFile)
	defer func() { err = errors.Join(err, d.stop()) }()
	if err := d.start(ctx); err != nil {
		if ctx.Err() != nil {
			return nil // somebody pressed Ctrl-C while it started
		}
		return err
	}
	d.introduce()
	d.play(ctx)
	return d.finish()
}

// demo is an organisation at work.
type demo struct {
	Options
	dir      string
	log      *slog.Logger
	postgres *private.Postgres
	asterisk *private.Asterisk
	config   config.Config
	hotline  Hotline    // nil until it serves
	served   chan error // what it ended with; then closed. Nil until it is begun
	failed   error      // that it ended by itself
	halt     context.CancelFunc
	crowd    *crowd
	began    time.Time // what was before is the organisation's past
}

func (d *demo) say(format string, a ...any) {
	if !d.Quiet {
		fmt.Printf(format+"\n", a...)
	}
}

// start brings everything up, from the inside out.
func (d *demo) start(ctx context.Context) error {
	prompts, err := flow.Prompts()
	if err != nil {
		return err
	}
	own, err := d.Organisation.Configuration()
	if err != nil {
		return err
	}
	d.say("Starting a private PostgreSQL …")
	if d.postgres, err = private.StartPostgres(ctx, filepath.Join(d.dir, "postgres")); err != nil {
		return err
	}
	d.say("Starting a private Asterisk …")
	if d.asterisk, err = private.StartAsterisk(ctx, private.AsteriskOptions{Number: own.Line.Number, Dialled: own.Line.Dialled(), Prompts: prompts}); err != nil {
		return err
	}
	d.config = d.configured(own)
	if _, err := vault.NewKey(d.config.Recordings.Keys, time.Now()); err != nil {
		return fmt.Errorf("keys of recordings: %w", err)
	}
	d.say("Starting Hotline …")
	if err := d.serve(ctx); err != nil {
		return err
	}
	d.began = time.Now()
	if err := d.Organisation.remember(ctx, d.hotline.Books(), d.config.Terms(), d.config.Line.Number, d.began); err != nil {
		return fmt.Errorf("the past of %s: %w", d.Organisation.Name, err)
	}
	d.say("Signing in the agents …")
	d.crowd, err = newCrowd(ctx, crowdOptions{
		Seed: d.Seed, SIP: d.asterisk.SIPAddr, Number: d.asterisk.Number, Pages: "http://" + d.hotline.Addr(),
		People: d.config.People, Callers: len(d.Organisation.customers()), Keys: d.Organisation.keys, Log: d.log,
	})
	return err
}

// serve begins the service, and waits until it serves.
func (d *demo) serve(ctx context.Context) error {
	serving, halt := context.WithCancel(context.WithoutCancel(ctx))
	d.halt, d.served = halt, make(chan error, 1)
	up := make(chan Hotline, 1)
	go func() {
		d.served <- d.Server.Serve(serving, d.config, d.log, func(h Hotline) { up <- h })
		close(d.served)
	}()
	select {
	case d.hotline = <-up:
		return nil
	case err := <-d.served:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// configured gives an organisation's configuration the demo's addresses.
func (d *demo) configured(c config.Config) config.Config {
	a := d.asterisk
	c.Asterisk = config.Asterisk{
		Node: "demo", URL: a.ARIURL, User: a.ARIUser, Password: config.SecretOf(a.ARIPassword), App: "hotline", SIP: a.SIPAddr, Websocket: a.WSURL, Reserve: a.ReserveFile,
	}
	c.Asterisk.MediaAddress, _, _ = net.SplitHostPort(a.SIPAddr) // without it Asterisk would take sound for these phones at any address
	c.Database.URL = config.SecretOf(d.postgres.URL())
	c.Spool = filepath.Join(d.dir, "spool")
	c.Recordings = config.Recordings{Keys: filepath.Join(d.dir, "recordings.keys"), Keep: 90, AgentsHear: true}
	c.Listen = freeAddress(d.Listen)
	return c
}

// freeAddress is the wished one, or another port there when it is in use.
func freeAddress(wish string) string {
	l, err := net.Listen("tcp", wish)
	if err == nil {
		defer l.Close()
		return l.Addr().String()
	}
	host, _, err := net.SplitHostPort(wish)
	if err != nil {
		return wish // the service says what is wrong with it
	}
	return net.JoinHostPort(host, "0")
}

// OwnAddress is an address of this machine other than loopback, nil where it has none.
func OwnAddress() net.IP {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() {
			return n.IP
		}
	}
	return nil
}

// newPassword is one that can be typed.
func newPassword() string { return strings.ToLower(rand.Text()[:8]) }

// introduce prints what one can do now.
func (d *demo) introduce() {
	if d.Quiet {
		return
	}
	fmt.Printf("\n  Pages      http://%s\n", d.hotline.Addr())
	for _, p := range d.config.People {
		if !simulated(p) {
			fmt.Printf("  Sign in    %-12s %s   (%s: %s)\n", p.Login, p.Password.Text(), p.Role, does(d.config, p))
		}
	}
	fmt.Printf("  Call       sip:%s@%s   with a SIP phone of your own\n", d.asterisk.Number, d.asterisk.SIPAddr)
	// Everything listens on loopback, where nobody else gets in. The sound of the phone in the page alone goes another
	// way: a browser has no media address on loopback, nor has Asterisk.
	if OwnAddress() == nil {
		fmt.Println("  Note       The free seat will ring but carry no sound: this machine has no network address besides 127.0.0.1.")
	}
	fmt.Printf("  Customers  %g calls a minute, seed %d. Ctrl-C ends everything.\n\n", d.Rate, d.Seed)
}

// play lets customers call until the time is over.
func (d *demo) play(ctx context.Context) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	if d.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.For)
		defer cancel()
	}
	figures := time.NewTicker(figuresEvery)
	defer figures.Stop()
	arrivals := d.crowd.arrive(ctx, d.Rate)
	for {
		select {
		case <-figures.C:
			if f, err := d.figures(); err == nil {
				fmt.Println(f)
			}
		case <-ctx.Done():
			<-arrivals
			return
		case err := <-d.served:
			d.failed = errors.Join(errors.New("the service has ended"), err)
			end() // nobody calls any more
			<-arrivals
			return
		}
	}
}

// finish lets the last calls end, and says whether anything was lost.
func (d *demo) finish() error {
	d.say("Ending: the last calls hang up …")
	ctx, cancel := context.WithTimeout(context.Background(), endTime)
	defer cancel()
	placed := d.crowd.leave(ctx)
	for d.hotline.Live() > 0 && ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
	f, err := d.figures()
	if err != nil {
		return err
	}
	fmt.Println(f)
	switch {
	case f.orphans > 0:
		return fmt.Errorf("%d calls have no ticket", f.orphans)
	case f.calls < placed:
		return fmt.Errorf("%d calls were answered by the switch, and %d came to Hotline", placed, f.calls)
	case f.unended > 0 || d.hotline.Live() > 0:
		return fmt.Errorf("%d calls have no end", f.unended)
	}
	return nil
}

// stop ends what was started, from the outside in.
func (d *demo) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), endTime)
	defer cancel()
	var errs []error
	if d.crowd != nil {
		d.crowd.close()
	}
	if d.halt != nil {
		d.halt()
		errs = append(errs, d.failed, <-d.served)
	}
	if d.asterisk != nil {
		errs = append(errs, d.asterisk.Stop(ctx))
	}
	if d.postgres != nil {
		errs = append(errs, d.postgres.Stop(ctx))
	}
	return errors.Join(errs...)
}

// logTo is where the service writes.
func logTo(file string) (*slog.Logger, func(), error) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, err
	}
	return slog.New(slog.NewTextHandler(f, &slog.HandlerOptions{Level: slog.LevelDebug})), func() { _ = f.Close() }, nil
}
