package main

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
	"hotline/deploy"
	"hotline/deploy/private"
	"hotline/ivr/flow"
	"hotline/queues"
)

type demoCommand struct {
	Rate   float64       `default:"20" help:"Calls a minute, by a Poisson process."`
	Seed   uint64        `default:"1" help:"Of everything random about customers and agents."`
	For    time.Duration `default:"0" help:"End by itself after this time; 0 goes on until Ctrl-C."`
	Quiet  bool          `help:"Print only the figures."`
	Listen string        `default:"127.0.0.1:8080" help:"Where the pages are; another port is taken when this one is in use."`
}

// endTime is how long the last calls may take when the demo ends.
const endTime = 8 * time.Second

// figuresEvery is how often a line of figures is printed.
const figuresEvery = 10 * time.Second

// Run starts everything, shows it, and ends it. The error is not nil when anything was lost.
func (c demoCommand) Run(ctx context.Context) (err error) {
	if c.Rate < 0 || c.Rate > 600 {
		return fmt.Errorf("--rate %g: from 0 to 600 calls a minute", c.Rate)
	}
	dir, leave, err := private.TempFolder("hotline-demo")
	if err != nil {
		return err
	}
	defer leave()
	logFile := filepath.Join(os.TempDir(), "hotline-demo.log")
	log, closeLog, err := logTo(logFile)
	if errors.Is(err, fs.ErrPermission) { // another user's: root's, before one with sudo
		logFile = filepath.Join(os.TempDir(), fmt.Sprintf("hotline-demo-%d.log", os.Getuid()))
		log, closeLog, err = logTo(logFile)
	}
	if err != nil {
		return fmt.Errorf("log %s: %w", logFile, err)
	}
	defer closeLog()
	d := &demo{demoCommand: c, dir: dir, log: log}
	d.say("The log is %s", logFile)
	defer func() { err = errors.Join(err, d.stop()) }()
	if err := d.start(ctx); err != nil {
		if ctx.Err() != nil {
			return nil // Ctrl-C while starting
		}
		return err
	}
	d.introduce()
	d.play(ctx)
	return d.finish()
}

// demo is a small internet provider.
type demo struct {
	demoCommand
	dir      string
	log      *slog.Logger
	postgres *private.Postgres
	asterisk *private.Asterisk
	config   config.Config
	service  *service
	served   chan error // what the service ended with; then closed
	failed   error      // that it ended by itself
	halt     context.CancelFunc
	crowd    *crowd
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
	example, err := config.Parse("deploy/hotline.yaml", deploy.Configuration)
	if err != nil {
		return err
	}
	d.say("Starting a private PostgreSQL …")
	if d.postgres, err = private.StartPostgres(ctx, filepath.Join(d.dir, "postgres")); err != nil {
		return err
	}
	d.say("Starting a private Asterisk …")
	if d.asterisk, err = private.StartAsterisk(ctx, private.AsteriskOptions{Number: example.Line.Number, Prompts: prompts}); err != nil {
		return err
	}
	d.config = d.furnish(example)
	d.say("Starting Hotline …")
	if d.service, err = newService(d.config, d.log); err != nil {
		return err
	}
	serving, halt := context.WithCancel(context.WithoutCancel(ctx))
	d.halt, d.served = halt, make(chan error, 1)
	go func() { d.served <- d.service.run(serving); close(d.served) }()
	if err := d.service.serving(ctx, d.served); err != nil {
		return err
	}
	if err := d.service.tickets.SeedCustomers(ctx, customers(time.Now())); err != nil {
		return err
	}
	d.say("Signing in %d agents …", simulatedAgents)
	d.crowd, err = newCrowd(ctx, crowdOptions{
		Seed: d.Seed, SIP: d.asterisk.SIPAddr, Number: d.asterisk.Number, Pages: "http://" + d.service.Addr(),
		People: d.config.People, Log: d.log,
	})
	return err
}

// furnish gives the example configuration the demo's addresses, secrets and people.
func (d *demo) furnish(c config.Config) config.Config {
	a := d.asterisk
	c.Asterisk = config.Asterisk{
		Node: "demo", URL: a.ARIURL, User: a.ARIUser, Password: config.SecretOf(a.ARIPassword), App: "hotline", SIP: a.SIPAddr, Websocket: a.WSURL, Reserve: a.ReserveFile,
	}
	c.Asterisk.MediaAddress, _, _ = net.SplitHostPort(a.SIPAddr) // without it Asterisk would take sound for these phones at any address
	c.Database.URL = config.SecretOf(d.postgres.URL())
	c.Spool = filepath.Join(d.dir, "spool")
	c.Listen = freeAddress(d.Listen)
	c.People = staff()
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
		return wish // newService says what is wrong with it
	}
	return net.JoinHostPort(host, "0")
}

// ownAddress is an address of this machine other than loopback, nil where it has none.
func ownAddress() net.IP {
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
	fmt.Printf("\n  Pages      http://%s\n", d.service.Addr())
	for _, p := range d.config.People {
		if p.Seat || p.Role != "agent" {
			what := map[string]string{"agent": "a free seat, its phone in the page", "supervisor": "the wall", "administrator": "the wall"}[p.Role]
			fmt.Printf("  Sign in    %-12s %s   (%s: %s)\n", p.Login, p.Password.Text(), p.Role, what)
		}
	}
	fmt.Printf("  Call       sip:%s@%s   with a SIP phone of your own\n", d.asterisk.Number, d.asterisk.SIPAddr)
	// Everything listens on loopback, where nobody else gets in. The sound of the phone in the page alone goes another
	// way: a browser has no media address on loopback, nor has Asterisk.
	if ownAddress() == nil {
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

// tally is what is true now.
type tally struct {
	calls, tickets, orphans      int
	answered, abandoned, waiting int
	level                        string
}

func (f tally) String() string {
	return fmt.Sprintf("calls=%d tickets=%d orphans=%d answered=%d abandoned=%d waiting=%d sl=%s",
		f.calls, f.tickets, f.orphans, f.answered, f.abandoned, f.waiting, f.level)
}

// figures counts calls where they arrive, and tickets where they stand in the end: in the database. A call
// whose ticket is neither there nor on its way there is an orphan.
func (d *demo) figures() (tally, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commandTime)
	defer cancel()
	var f tally
	f.calls = int(d.service.line.Live() + d.service.line.Served())
	if err := d.service.register.Flush(ctx); err != nil {
		return f, err
	}
	counts, err := d.service.tickets.Counts(ctx)
	if err != nil {
		return f, err
	}
	state, err := d.service.acd.Snapshot(ctx)
	if err != nil {
		return f, err
	}
	f.tickets, f.orphans = counts.Tickets, max(0, f.calls-counts.Tickets)
	f.calls = max(f.calls, counts.Tickets) // some came while we looked
	f.answered, f.abandoned = counts.Answered, counts.Abandoned
	var all queues.Figures
	for _, q := range state.Queues {
		all = all.Plus(q.Figures)
		f.waiting += q.Waiting
	}
	f.level = "-"
	if level, ok := all.ServiceLevel(); ok {
		f.level = fmt.Sprintf("%.2f", level)
	}
	return f, nil
}

// finish lets the last calls end, and says whether anything was lost.
func (d *demo) finish() error {
	d.say("Ending: the last calls hang up …")
	ctx, cancel := context.WithTimeout(context.Background(), endTime)
	defer cancel()
	placed := d.crowd.leave(ctx)
	for d.service.line.Live() > 0 && ctx.Err() == nil {
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
	counts, err := d.service.tickets.Counts(context.Background())
	if err != nil {
		return err
	}
	switch {
	case f.orphans > 0:
		return fmt.Errorf("%d calls have no ticket", f.orphans)
	case f.calls < placed:
		return fmt.Errorf("%d calls were answered by the switch, and %d came to Hotline", placed, f.calls)
	case counts.Unended > 0 || d.service.line.Live() > 0:
		return fmt.Errorf("%d calls have no end", counts.Unended)
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
	if d.service != nil && d.halt == nil {
		d.service.close()
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
