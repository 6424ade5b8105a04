package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"hotline/agentapi"
	"hotline/agentapi/desk"
	"hotline/agentapi/pages"
	accounts "hotline/agentapi/postgres"
	"hotline/cmd/hotline/config"
	"hotline/ivr"
	"hotline/ivr/book"
	"hotline/queues"
	"hotline/queues/acd"
	"hotline/queues/journal"
	agents "hotline/queues/postgres"
	"hotline/telephony/asterisk"
	"hotline/tickets"
	ticketstore "hotline/tickets/postgres"
	"hotline/tickets/register"
	"hotline/tickets/spool"
)

type serveCommand struct {
	File string `arg:"" help:"The configuration, such as hotline.yaml."`
}

func (c serveCommand) Run(ctx context.Context, log *slog.Logger) error {
	conf, err := config.Load(c.File)
	if err != nil {
		return err
	}
	s, err := newService(conf, log)
	if err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(queues.GCPercent)
	}
	defer s.reloadOnHangup(ctx, c.File)()
	return s.run(ctx)
}

// service is all rooms, wired. Its parts start from the inside out and stop from the outside in:
//
//	listener ► database pool ► spool, register ► journal, router ► pages ► switch
type service struct {
	config   config.Config
	log      *slog.Logger
	listener net.Listener
	db       *pgxpool.Pool
	spool    *spool.Spool
	tickets  *ticketstore.Store
	agents   *agents.Store
	accounts *accounts.Accounts
	register *register.Register
	acd      *acd.ACD
	journal  *journal.Writer
	hub      *agentapi.Hub
	api      *agentapi.Server
	present  *desk.Present
	desks    *desk.Desks
	outlook  *desk.Outlook
	painter  *desk.Painter
	line     *ivr.Line
	sw       *asterisk.Switch

	keeper   *agents.Keeper
	recorder *agents.Recorder
	books    *agents.Bookkeeper
	started  time.Time
	ready    chan struct{} // closed when calls are served
	migrated chan struct{} // closed when the database has its schema
	prepared chan struct{} // closed when it has the people, too

	people atomic.Pointer[[]config.Person] // who may sign in; a reload replaces them
	today  counted
}

// newService wires everything, and refuses what could not work: a port in use, a spool that cannot be written.
// The database may be away.
func newService(conf config.Config, log *slog.Logger) (_ *service, err error) {
	s := &service{
		config: conf, log: log, started: time.Now(),
		ready: make(chan struct{}), migrated: make(chan struct{}), prepared: make(chan struct{}),
	}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	s.people.Store(&conf.People)
	if s.listener, err = net.Listen("tcp", conf.Listen); err != nil {
		return nil, fmt.Errorf("listen on %s: %w", conf.Listen, errors.Unwrap(err))
	}
	if s.db, err = ticketstore.Connect(conf.Database.URL.Text()); err != nil {
		return nil, err
	}
	if s.spool, err = spool.Open(spool.Options{Dir: conf.Spool, Log: log}); err != nil {
		return nil, fmt.Errorf("spool %s: %w", conf.Spool, err)
	}
	s.tickets, s.agents, s.accounts = ticketstore.New(s.db), agents.New(s.db), accounts.New(s.db)
	departments := make(map[string]string)
	for _, t := range conf.Topics {
		departments[t.ID] = t.Department
	}
	s.register, err = register.New(register.Options{
		Store: s.tickets, Spool: s.spool, Shelf: s.spool, Log: log, Terms: tickets.Terms{Departments: departments},
	})
	if err != nil {
		return nil, err
	}
	return s, s.wire()
}

func (s *service) wire() (err error) {
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	s.hub = agentapi.NewHub(agentapi.HubOptions{Metrics: metrics, Log: s.log})
	s.keeper = agents.NewKeeper(s.agents, s.log)
	s.recorder = agents.NewRecorder(s.agents, s.log)
	metrics.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "hotline_decisions_lost_total", Help: "Decisions about calls that were not kept, for the database was away too long.",
	}, func() float64 { return float64(s.recorder.Lost()) }))
	router := s.config.Router()
	router.Location, router.Epoch = s.config.Location(), strings.ToLower(rand.Text()[:8])
	s.present = desk.NewPresent(s.config.Lineup())
	s.journal, err = journal.Open(journal.Options{Dir: s.config.Journal(), Config: router, Log: s.log})
	if err != nil {
		return err
	}
	metrics.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "hotline_journal_lost_total", Help: "Facts that the journal has not: the disk was too slow, or took none.",
	}, func() float64 { return float64(s.journal.Lost()) }))
	s.books = agents.NewBookkeeper(s.agents, router.Epoch, router, s.log)
	s.outlook = desk.NewOutlook(router, s.hub, s.present, s.log)
	s.acd, err = acd.New(acd.Options{Config: router, Log: s.log})
	if err != nil {
		return err
	}
	s.recorder.Others = s.acd.Others
	s.desks = desk.New(desk.Options{
		Hub: s.hub, Router: s.acd, Talks: (*talks)(s), Register: s.register, Contacts: s.tickets, Present: s.present, Log: s.log,
	})
	s.painter = &desk.Painter{Hub: s.hub, Board: s.acd, Books: s.books, Tally: &s.today, Outlook: s.outlook, Present: s.present}
	callbacks, err := book.Open(filepath.Join(s.config.Spool, "callbacks"))
	if err != nil {
		return err
	}
	options := ivr.Options{
		Flow: s.config.Flow, Languages: s.config.Line.Languages, ACD: s.acd, Register: s.register, Desk: s.desks,
		Directory: directory{s}, OutsideAtMost: s.config.Asterisk.AtMost, Log: s.log,
		LongestMessage: s.config.Voicemail.Longest, MessageSilence: s.config.Voicemail.Silence,
	}
	if s.config.Asterisk.Outbound != "" {
		options.Book, options.Outbound = callbacks, outbound{s}
	}
	s.line = ivr.NewLine(options)
	s.acd.Observe(s.books, s.journal, s.outlook, s.keeper, s.recorder, s.line, s.desks)
	a := s.config.Asterisk
	s.sw = asterisk.New(asterisk.Options{
		Node: a.Node, URL: a.URL, User: a.User, Password: a.Password.Text(), App: a.App, MediaAddress: a.MediaAddress, OutboundFormat: a.Outbound, Reserve: a.Reserve, Log: s.log,
		Hotline: (*hotline)(s),
	})
	stories := &desk.Stories{Desks: s.desks, Queue: s.acd, Records: s.recorder}
	s.api, err = agentapi.New(agentapi.Options{
		Hub: s.hub, Accounts: s.accounts, Agents: s.desks, Phones: (*phones)(s), Tickets: stories, Figures: s.books, Calls: stories, Decided: stories, Advisor: s.outlook, Pages: pages.FS(),
		Location: router.Location,
		Reasons:  func() []agentapi.Choice { return s.present.Lineup().Reasons }, Metrics: promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}), Health: s.health,
		PhoneSockets: []string{strings.TrimSuffix(a.Websocket, "/ws")}, Log: s.log,
	})
	s.showPeople()
	return err
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
	onceMigrated("decisions", s.recorder.Run)
	onceMigrated("figures", s.books.Run)
	written, stopJournal := context.WithCancel(context.WithoutCancel(ctx)) // outlives the router
	start(written, "journal", s.journal.Run)
	start(inner, "router", func(ctx context.Context) error { defer stopJournal(); return s.acd.Run(ctx) })
	s.desks.Tell(queues.OffersHeld{Until: time.Now().Add(holdTime)})

	outer, stopOuter := context.WithCancel(ctx)
	defer stopOuter()
	start(outer, "wall", func(ctx context.Context) error { s.painter.Run(ctx); return nil })
	start(outer, "staffing", func(ctx context.Context) error { s.outlook.Run(ctx); return nil })
	start(outer, "database", s.tendDatabase)
	start(outer, "phones", s.provision)
	start(outer, "restart", s.resume)
	start(outer, "reserve", func(ctx context.Context) error { s.sw.Reserved(ctx, s.fileReserved); return nil })
	start(outer, "callbacks", s.line.CallBack)
	start(outer, "messages", s.forgetMessages)
	start(outer, "Asterisk", func(ctx context.Context) error { return s.sw.Run(ctx, s.line) })
	server := &http.Server{Handler: s.api, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug)}
	start(outer, "pages", func(context.Context) error { return s.serve(server) })

	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	stopOuter() // calls first: new ones wait in the dialplan for the next Hotline, live ones stay as they are
	s.drain(server)
	stopInner()
	rooms.Wait()
	return err
}

// serve answers browsers until the server is shut down.
func (s *service) serve(server *http.Server) error {
	var err error
	if s.config.TLS.Certificate != "" {
		server.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		err = server.ServeTLS(s.listener, s.config.TLS.Certificate, s.config.TLS.Key)
	} else {
		err = server.Serve(s.listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Addr is where the pages are.
func (s *service) Addr() string { return s.listener.Addr().String() }

func (s *service) health() error {
	if !s.sw.Connected() {
		return errors.New("not connected to Asterisk")
	}
	return nil
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
