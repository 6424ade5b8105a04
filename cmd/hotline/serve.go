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
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"hotline/agentapi"
	"hotline/agentapi/pages"
	accounts "hotline/agentapi/postgres"
	"hotline/ivr"
	"hotline/ivr/book"
	"hotline/queues"
	"hotline/queues/acd"
	"hotline/queues/journal"
	agents "hotline/queues/postgres"
	"hotline/telephony"
	"hotline/telephony/asterisk"
	"hotline/telephony/phonenumbers"
	"hotline/tickets"
	ticketstore "hotline/tickets/postgres"
	"hotline/tickets/spool"
)

type serveCommand struct {
	File string `arg:"" help:"The configuration, such as hotline.yaml."`
}

func (c serveCommand) Run(ctx context.Context, log *slog.Logger) error {
	config, err := loadConfig(c.File)
	if err != nil {
		return err
	}
	s, err := newService(config, log)
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
	config   Config
	log      *slog.Logger
	listener net.Listener
	db       *pgxpool.Pool
	spool    *spool.Spool
	tickets  *ticketstore.Store
	agents   *agents.Store
	accounts *accounts.Accounts
	register *tickets.Register
	acd      *acd.ACD
	journal  *journal.Writer
	staffing *staffing
	hub      *agentapi.Hub
	api      *agentapi.Server
	centre   *centre
	line     *ivr.Line
	sw       *asterisk.Switch

	keeper   *agents.Keeper
	recorder *agents.Recorder
	books    *agents.Bookkeeper
	started  time.Time
	ready    chan struct{} // closed when calls are served
	migrated chan struct{} // closed when the database has its schema
	prepared chan struct{} // closed when it has the people, too

	mu    sync.Mutex
	total tickets.Counts // since local midnight, as the database last said
}

// Times of the way in and out.
const (
	resumeTime = 10 * time.Second // for calls of before a restart to take up their places
	lateTime   = 30 * time.Second // for the database to say who was signed in, where callers leave when nobody is
	drainTime  = 5 * time.Second  // for pages and requests when Hotline stops
	flushTime  = 3 * time.Second  // for facts to reach the database when Hotline stops; the rest waits on disk
)

// newService wires everything, and refuses what could not work: a port in use, a spool that cannot be written.
// The database may be away.
func newService(config Config, log *slog.Logger) (_ *service, err error) {
	s := &service{
		config: config, log: log, started: time.Now(),
		ready: make(chan struct{}), migrated: make(chan struct{}), prepared: make(chan struct{}),
	}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.listener, err = net.Listen("tcp", config.Listen); err != nil {
		return nil, fmt.Errorf("listen on %s: %w", config.Listen, errors.Unwrap(err))
	}
	if s.db, err = ticketstore.Connect(config.Database.URL.Text()); err != nil {
		return nil, err
	}
	if s.spool, err = spool.Open(spool.Options{Dir: config.Spool, Log: log}); err != nil {
		return nil, fmt.Errorf("spool %s: %w", config.Spool, err)
	}
	s.tickets, s.agents, s.accounts = ticketstore.New(s.db), agents.New(s.db), accounts.New(s.db)
	departments := make(map[string]string)
	for _, t := range config.Topics {
		departments[t.ID] = t.Department
	}
	s.register, err = tickets.NewRegister(tickets.Options{
		Store: s.tickets, Spool: s.spool, Shelf: s.spool, Log: log, Departments: departments,
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
	router := s.config.router()
	router.Location, router.Epoch = time.Local, strings.ToLower(rand.Text()[:8])
	s.centre = &centre{
		config: s.config, hub: s.hub, register: s.register, recent: s.recentCalls,
		log: s.log, desks: make(map[queues.AgentID]*desk),
	}
	s.centre.present.Store(s.config.lineup())
	s.journal, err = journal.Open(journal.Options{Dir: journalOf(s.config), Config: router, Log: s.log})
	if err != nil {
		return err
	}
	metrics.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "hotline_journal_lost_total", Help: "Facts that the journal has not: the disk was too slow, or took none.",
	}, func() float64 { return float64(s.journal.Lost()) }))
	s.books = agents.NewBookkeeper(s.agents, router.Epoch, router, s.log)
	s.staffing = newStaffing(router, s.hub.WallWatched, s.centre.lineup, s.log)
	s.acd, err = acd.New(acd.Options{
		Config: router, Log: s.log,
		Journal: func(at time.Time, e queues.Event) {
			s.journal.Journal(at, e)
			s.books.Heard(at, e)
			s.staffing.Journal(at, e)
		},
		Observe: func(at time.Time, all []queues.Decision) {
			s.books.Observe(at, all)
			s.journal.Observe(at, all)
			s.staffing.Observe(at, all)
			s.keeper.Observe(at, all)
			s.recorder.Observe(at, all)
			s.line.Decided(all)
			s.centre.decided(at, all)
		},
	})
	if err != nil {
		return err
	}
	callbacks, err := book.Open(filepath.Join(s.config.Spool, "callbacks"))
	if err != nil {
		return err
	}
	options := ivr.Options{
		Flow: s.config.Flow, Languages: s.config.Line.Languages, ACD: s.acd, Register: s.register, Desk: s.centre,
		Queue:   func(id queues.QueueID) queues.Queue { return s.centre.lineup().queue(id) },
		Address: s.address, Name: func(id queues.AgentID) string { return s.centre.lineup().agents[id].Name },
		MayCall: s.config.mayCall, OutsideAtMost: s.config.Asterisk.AtMost, Log: s.log,
		LongestMessage: s.config.Voicemail.Longest, MessageSilence: s.config.Voicemail.Silence,
	}
	if s.config.Asterisk.Outbound != "" {
		options.Book = callbacks
		options.Place = func(ctx context.Context, a telephony.Arrival) error { return s.sw.Place(ctx, a) }
	}
	s.line = ivr.NewLine(options)
	s.centre.acd, s.centre.line = s.acd, s.line
	a := s.config.Asterisk
	s.sw = asterisk.New(asterisk.Options{
		Node: a.Node, URL: a.URL, User: a.User, Password: a.Password.Text(), App: a.App, MediaAddress: a.media, OutboundFormat: a.Outbound, Log: s.log,
		ParseNumber: func(raw string) telephony.Number { return phonenumbers.Parse(raw, s.config.Line.Region) },
		Phone:       s.centre.phoneChanged,
	})
	s.api, err = agentapi.New(agentapi.Options{
		Hub: s.hub, Accounts: s.accounts, Agents: s.centre, Phones: (*phones)(s), Tickets: s.tickets, Figures: s.books, Decided: (*stories)(s), Advisor: s.staffing, Pages: pages.FS(),
		Reasons: s.config.reasons(), Metrics: promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}), Health: s.health,
		PhoneSockets: []string{strings.TrimSuffix(a.Websocket, "/ws")}, Log: s.log,
	})
	s.showPeople()
	return err
}

// journalOf is the folder of the journal.
func journalOf(c Config) string { return filepath.Join(c.Spool, "journal") }

// address is the phone of an agent.
func (s *service) address(id queues.AgentID) telephony.Address {
	for _, p := range s.config.People {
		if p.ID == id {
			return telephony.Address("phone:" + p.Phone)
		}
	}
	return ""
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
	s.centre.tell(queues.OffersHeld{Until: time.Now().Add(resumeTime)})

	outer, stopOuter := context.WithCancel(ctx)
	defer stopOuter()
	painter := &painter{centre: s.centre, counts: s.counts, books: s.books, staffing: s.staffing.wall, history: map[queues.QueueID][]agentapi.WallMinute{}, waiting: map[queues.AgentID][]agentapi.MyQueue{}}
	start(outer, "wall", func(ctx context.Context) error { painter.run(ctx); return nil })
	start(outer, "staffing", func(ctx context.Context) error { s.staffing.run(ctx); return nil })
	start(outer, "database", s.tendDatabase)
	start(outer, "phones", s.provision)
	start(outer, "restart", s.resume)
	if s.config.Asterisk.Reserve != "" {
		start(outer, "reserve", s.readReserve)
	}
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

// drain tells the pages, and gives the facts a moment to reach the database.
func (s *service) drain(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	go func() { _ = s.api.Drain(ctx) }()
	if err := server.Shutdown(ctx); err != nil {
		_ = server.Close()
	}
	_ = s.api.Drain(ctx)
	flush, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	if err := s.register.Flush(flush); err != nil {
		s.log.Info("some facts wait in the spool for the next start", "err", err)
	}
}

func (s *service) close() {
	if s.listener != nil {
		_ = s.listener.Close()
	}
	if s.spool != nil {
		if err := s.spool.Close(); err != nil {
			s.log.Error("spool", "err", err)
		}
	}
	if s.db != nil {
		s.db.Close()
	}
}

// Addr is where the pages are.
func (s *service) Addr() string { return s.listener.Addr().String() }

func (s *service) health() error {
	if !s.sw.Connected() {
		return errors.New("not connected to Asterisk")
	}
	return nil
}

// resume brings back what a restart interrupted: first the calls take up their places, then
// agents come back as they were, and offers begin.
func (s *service) resume(ctx context.Context) error {
	select {
	case <-s.sw.Ready():
	case <-ctx.Done():
		return nil
	}
	settled, cancel := context.WithTimeout(ctx, resumeTime)
	defer cancel()
	select {
	case <-s.line.Restored():
	case <-settled.Done():
	}
	for settled.Err() == nil && uint64(s.line.Resumed()) < s.sw.Stats().Adopted {
		select {
		case <-settled.Done():
		case <-time.After(20 * time.Millisecond): // calls of before take up their places by themselves
		}
	}
	back, err := s.restoreAgents(ctx)
	if err != nil && s.config.leavesDeserted() {
		back, err = s.restoreLate(ctx)
	}
	s.centre.tell(queues.OffersReleased{})
	close(s.ready)
	s.log.Info("serving", "line", s.config.Line.Number, "pages", s.Addr(), "adopted", s.line.Resumed(), "agents", len(back))
	select {
	case <-s.prepared:
	case <-ctx.Done():
		return nil
	}
	if err != nil { // the database was away: what it knows comes late, but it comes
		if back, err = s.restoreAgents(ctx); err != nil {
			s.log.Warn("agents must say again that they are ready: what they chose last is not known", "err", err)
		}
	}
	s.endGone(ctx)
	for _, id := range back { // now, for the last calls may have waited in the spool
		s.centre.showRecent(id)
	}
	return nil
}

// restoreLate waits for a database that is away, for a while: nobody is signed in before, and queues whose callers leave when
// nobody is there would send away everybody who waits.
func (s *service) restoreLate(ctx context.Context) ([]queues.AgentID, error) {
	s.centre.tell(queues.OffersHeld{Until: time.Now().Add(lateTime)})
	select {
	case <-s.prepared:
	case <-time.After(lateTime):
	case <-ctx.Done():
	}
	return s.restoreAgents(ctx)
}

// endGone closes the contacts of calls that ended while Hotline was away.
func (s *service) endGone(ctx context.Context) {
	if err := s.register.Flush(ctx); err != nil {
		return
	}
	unended, err := s.tickets.Unended(ctx, s.started)
	if err != nil {
		s.log.Warn("calls that ended while Hotline was away stay without an end until the next start", "err", err)
		return
	}
	gone := slices.DeleteFunc(unended, func(u tickets.Unended) bool {
		_, live := s.register.Case(u.Call)
		return live
	})
	s.register.EndGone(gone, time.Now())
}

// restoreAgents signs in who was signed in when the last Hotline stopped, ready or not as they were. A page that
// does not come back in time is lost, and its agent no longer ready.
func (s *service) restoreAgents(ctx context.Context) (back []queues.AgentID, err error) {
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	stored, err := s.agents.Agents(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range stored {
		e, signedIn := a.SignedIn()
		agent, known := s.centre.lineup().agents[a.ID]
		if !known || !signedIn {
			continue
		}
		e.Agent = agent
		s.centre.tell(e)
		s.hub.Expect(a.ID)
		back = append(back, a.ID)
	}
	return back, nil
}

// provision gives the switch every agent's phone.
func (s *service) provision(ctx context.Context) error {
	for _, p := range s.config.People {
		if p.Phone == "" || p.Seat {
			continue // a seat's phone comes with the sign-in
		}
		err := s.sw.Provision(ctx, telephony.Phone{ID: p.Phone, Secret: p.PhoneSecret.Text()})
		if err != nil && ctx.Err() == nil {
			s.log.Error("phone not provisioned", "phone", p.Phone, "err", err)
		}
	}
	return nil
}

// phones gives a seat's page its phone: a new secret at each sign-in.
type phones service

// Phone is agentapi.Phones'.
func (p *phones) Phone(ctx context.Context, id queues.AgentID) (agentapi.Phone, error) {
	i := slices.IndexFunc(p.config.People, func(person Person) bool { return person.ID == id && person.Seat })
	if i < 0 {
		return agentapi.Phone{}, agentapi.Refuse(agentapi.CodeNotFound, "agent %s has a phone of their own", id)
	}
	phone := telephony.Phone{ID: p.config.People[i].Phone, Secret: rand.Text(), WebRTC: true}
	if err := p.sw.Provision(ctx, phone); err != nil {
		return agentapi.Phone{}, agentapi.Refuse(agentapi.CodeUnavailable, "the switch cannot take the phone now")
	}
	host, _, err := net.SplitHostPort(strings.TrimPrefix(strings.TrimPrefix(strings.TrimSuffix(p.config.Asterisk.Websocket, "/ws"), "ws://"), "wss://"))
	if err != nil {
		return agentapi.Phone{}, fmt.Errorf("asterisk.websocket: %w", err)
	}
	return agentapi.Phone{URI: "sip:" + phone.ID + "@" + host, User: phone.ID, Password: phone.Secret, WS: p.config.Asterisk.Websocket}, nil
}

// tendDatabase brings the schema up to date and the configured people in, as soon as the database is there,
// and then keeps the counts for the wall.
func (s *service) tendDatabase(ctx context.Context) error {
	prepared, quiet := false, false
	for ctx.Err() == nil {
		if !prepared {
			if err := s.prepareDatabase(ctx); err == nil {
				prepared = true
				close(s.prepared)
			} else if !quiet && ctx.Err() == nil {
				quiet = true
				s.log.Warn("the database is not ready; calls are served, and their facts wait on disk", "err", err)
			}
		} else if c, err := s.tickets.CountsSince(ctx, queues.DayBegins(time.Now(), 0)); err == nil {
			s.mu.Lock()
			s.total = c
			s.mu.Unlock()
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	return nil
}

func (s *service) prepareDatabase(ctx context.Context) error {
	if _, err := migrate(ctx, s.config.Database.URL.Text()); err != nil {
		return err
	}
	select {
	case <-s.migrated: // before, when the people could not be seated
	default:
		close(s.migrated)
	}
	return s.seatPeople(ctx)
}

// counts are today's, as the database last said.
func (s *service) counts() tickets.Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// recentCalls are an agent's latest, for a desk that opens anew.
func (s *service) recentCalls(id queues.AgentID) []agentapi.Recent {
	ctx, cancel := context.WithTimeout(context.Background(), commandTime)
	defer cancel()
	calls, err := s.tickets.RecentOf(ctx, string(id), recentCalls)
	if err != nil {
		s.log.Debug("an agent's recent calls are not shown", "agent", id, "err", err)
	}
	recent := make([]agentapi.Recent, len(calls))
	for i, c := range calls {
		recent[i] = agentapi.Recent{Call: c.Call, Ticket: c.Ticket, Name: c.Name, Number: c.Number, At: c.At, Outcome: string(c.Outcome)}
	}
	return recent
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

// logTo is where a service of the demo or of a test writes.
func logTo(file string) (*slog.Logger, func(), error) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, err
	}
	return slog.New(slog.NewTextHandler(f, &slog.HandlerOptions{Level: slog.LevelDebug})), func() { _ = f.Close() }, nil
}
