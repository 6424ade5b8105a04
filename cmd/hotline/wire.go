package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"hotline/agentapi"
	"hotline/agentapi/alarms"
	"hotline/agentapi/desk"
	"hotline/agentapi/gate"
	"hotline/agentapi/hooks"
	"hotline/agentapi/outage"
	"hotline/agentapi/pages"
	"hotline/agentapi/past"
	accounts "hotline/agentapi/postgres"
	"hotline/agentapi/quality"
	ticketrest "hotline/agentapi/register"
	"hotline/agentapi/rest"
	"hotline/agentapi/screens"
	"hotline/agentapi/stream"
	"hotline/agentapi/supervise"
	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/personal"
	"hotline/cmd/hotline/watch"
	"hotline/ivr"
	"hotline/ivr/book"
	"hotline/ivr/door"
	"hotline/queues"
	"hotline/queues/acd"
	"hotline/queues/journal"
	agents "hotline/queues/postgres"
	"hotline/recordings"
	recorded "hotline/recordings/postgres"
	recordingspool "hotline/recordings/spool"
	"hotline/telephony"
	"hotline/telephony/asterisk"
	"hotline/tickets/attachment"
	"hotline/tickets/files"
	ticketstore "hotline/tickets/postgres"
	"hotline/tickets/register"
	"hotline/tickets/scorecard"
	"hotline/tickets/spool"
	dates "hotline/tickets/watch"
	"hotline/tickets/work"
)

// service is all rooms, wired. Its parts start from the inside out and stop from the outside in:
//
//	listener ► database pool ► spool, register ► journal, router ► pages ► switch
type service struct {
	config   config.Config
	charge   *charge // of the node; nil where nobody else is asked
	log      *slog.Logger
	level    *slog.LevelVar // the log's; nil where it is somebody else's
	listener net.Listener
	scraped  net.Listener // where /metrics is; nil: nowhere
	db       *pgxpool.Pool
	spool    *spool.Spool
	tickets  *ticketstore.Store
	imported *ticketstore.Imports
	agents   *agents.Store
	accounts *accounts.Accounts
	signIns  *outage.Accounts // the accounts, also while the database is away
	contents *files.Store     // of tickets' files, on disk; nil where they are in the database
	files    *attachment.Keeper
	archive  *recordings.Archive // nil: recordings are not kept
	vault    *keptFolder         // nil as well
	listed   *recorded.Rows      // what is known of recordings
	kept     vaultState
	register *register.Register
	work     *work.Queue
	dates    *dates.Watch // of tickets
	hooks    *hooks.Hooks
	acd      *acd.ACD
	journal  *journal.Writer
	hub      *stream.Hub
	feed     *ticketrest.Feed
	api      *rest.Server
	metrics  *prometheus.Registry
	codes    *prometheus.CounterVec // that agents typed
	present  *desk.Present
	desks    *desk.Desks
	outlook  *desk.Outlook
	painter  *desk.Painter
	alarms   *alarms.Alarms
	screens  *screens.Screens
	line     *ivr.Line
	door     *door.Door
	admits   *door.Admission
	sw       *asterisk.Switch
	canary   *canary
	pockets  *pockets
	tapes    *recordingspool.Spool // nil where nothing is recorded

	recordingRules atomic.Pointer[recordingRules] // a reload replaces them

	keeper   *agents.Keeper
	attended *agents.Attendance
	recorder *agents.Recorder
	books    *agents.Bookkeeper
	started  time.Time
	ready    chan struct{} // closed when calls are served
	migrated chan struct{} // closed when the database has its schema
	prepared chan struct{} // closed when it has the people, too

	forms       atomic.Pointer[[]scorecard.Form]   // by which calls are reviewed; a reload replaces them
	people      atomic.Pointer[[]config.Person]    // who may sign in; a reload replaces them
	agreements  atomic.Pointer[[]config.Agreement] // that contracts may name; a reload replaces them
	notSeated   atomic.Int64                       // how many of them cannot, for the gate or the database does not take them
	today       counted
	database    database
	certificate watch.Certificate
	health      *watch.Health
	seated      atomic.Pointer[[]config.Person] // who is in the database
	draining    atomic.Bool
	connections *gate.Connections
	bounds      gate.Bounds
	lost        atomic.Int64 // calls that ended while Hotline was away, before an agent answered
	servedAway  atomic.Int64 // and after
}

// newService wires everything, and refuses what could not work: a port in use, a spool that cannot be written.
// The database may be away.
func newService(conf config.Config, log *slog.Logger) (*service, error) {
	return newServiceInCharge(conf, log, nil)
}

// newServiceInCharge is newService for who is in charge of the node; nil is in charge without having asked anybody.
func newServiceInCharge(conf config.Config, log *slog.Logger, inCharge *charge) (_ *service, err error) {
	s := &service{
		charge: inCharge,
		config: conf, log: log, started: time.Now(), metrics: prometheus.NewRegistry(), codes: newCodes(),
		ready: make(chan struct{}), migrated: make(chan struct{}), prepared: make(chan struct{}),
	}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if inCharge != nil {
		s.spool = inCharge.spool
	}
	s.people.Store(&conf.People)
	forms := conf.Forms()
	s.forms.Store(&forms)
	s.agreements.Store(&conf.Agreements)
	s.certificate.File, s.certificate.Key, s.certificate.Log = conf.TLS.Certificate, conf.TLS.Key, log
	for _, stray := range conf.TLS.Strays() {
		log.Warn("a file of the certificate is not where it is looked for", "setting", stray)
	}
	if err = s.listen(); err != nil {
		return nil, err
	}
	if s.db, err = ticketstore.Connect(conf.Database.URL.Text()); err != nil {
		return nil, err
	}
	if s.spool == nil {
		if s.spool, err = spool.Open(spoolOptions(conf, log)); err != nil {
			return nil, fmt.Errorf("spool %s: %w", conf.Spool, err)
		}
	}
	s.tickets, s.agents, s.accounts = ticketstore.New(s.db), agents.New(s.db), accounts.New(s.db)
	s.tickets.OnLate(personal.TellLate)
	s.signIns = outage.New(s.accounts, keptFile(filepath.Join(conf.Spool, "accounts.json")), log)
	s.imported = ticketstore.NewImports(s.db, s.importJob)
	outside, err := s.outside()
	if err != nil {
		return nil, err
	}
	s.register, err = register.New(register.Options{
		Store: s.tickets, Spool: s.spool, Shelf: s.spool, Past: s.spool, Log: log, Terms: conf.Terms(), Node: conf.Asterisk.Node, Forgets: conf.Retention.There(),
		Outside: outside, OutsideWithin: conf.Tickets.CRM.AnswersWithin(),
	})
	if err != nil {
		return nil, err
	}
	if err = s.wireFiles(); err != nil {
		return nil, err
	}
	s.wireArchive()
	s.hooks = hooks.New(hooks.Options{Source: "/hotline/" + url.PathEscape(conf.Line.Number), Log: log})
	s.hooks.Configure(webhooks(conf))
	s.dates = dates.New(dates.Options{Store: s.tickets, Node: conf.Asterisk.Node, Terms: dateTerms(conf), Log: log})
	s.tickets.OnChange(s.tellOthers, s.ticketsChanged)
	s.tickets.ReckonNew(s.dates.ReckonNew)
	if s.work, err = work.New(work.Options{Pool: s.db, Log: log, Kinds: s.kinds(), Periodic: s.periodic()}); err != nil {
		return nil, err
	}
	return s, s.wire()
}

func spoolOptions(conf config.Config, log *slog.Logger) spool.Options {
	return spool.Options{Dir: conf.Spool, Keep: conf.Retention.Beside(), KeepBytes: conf.Retention.BesideBytes(), Log: log}
}

// wire makes the rooms that stand on the database and the spool, from the inside out.
func (s *service) wire() error {
	s.hub = stream.NewHub(stream.HubOptions{Metrics: s.metrics, Log: s.log, Starting: true, MayWatch: func(a gate.Account, department string) *agentapi.Problem {
		return ticketrest.MayWatch(s.register.Terms(), a, department)
	}})
	s.feed = &ticketrest.Feed{Hub: s.hub, Store: s.tickets, Terms: s.register.Terms, Log: s.log}
	s.tickets.OnChange(nil, s.feed.Changed)
	s.tickets.OnNotice(s.feed.Noticed)
	s.present = desk.NewPresent(s.config.Lineup())
	router := s.config.Router()
	router.Location, router.Epoch = s.config.Location(), strings.ToLower(rand.Text()[:8])
	if err := s.wireRouter(router); err != nil {
		return err
	}
	s.outlook = desk.NewOutlook(router, s.hub, s.present, s.log)
	s.desks = desk.New(desk.Options{
		Hub: s.hub, Router: s.acd, Talks: (*talks)(s), Register: s.register, Contacts: s.tickets, Present: s.present, Kept: s.accounts, Orders: orders{s.agents}, Skilled: s.skilled, Log: s.log,
		Oversight: (*talks)(s), Started: s.ready,
		ByPhone:   func(id queues.AgentID) bool { return s.pockets.Works(id) },
		SignedOut: func(id queues.AgentID) { s.pockets.left(id) },
	})
	s.painter = &desk.Painter{Overseers: s.desks.Overseers, Helps: s.desks.Helps, Talks: s.desks.Gatherings, Hub: s.hub, Board: s.acd, Books: s.books, Tally: &s.today, Outlook: s.outlook, Present: s.present, Terms: s.register.Terms, Planned: s.attended, Location: s.config.Location(), HoldRemind: cmp.Or(s.config.Hold.Remind, ivr.UsualHoldRemind)}
	s.painter.ByPhone = func(id queues.AgentID) bool { return s.pockets.Works(id) }
	s.wireAlarms()
	s.screens = screens.New(accounts.NewScreens(s.db), s.log)
	s.painter.Screens = s.screens
	if err := s.wireLine(); err != nil {
		return err
	}
	if err := s.wireRecorder(); err != nil {
		return err
	}
	s.wireMetrics()
	s.wireHealth()
	s.acd.Observe(acd.NewCounters(s.metrics, router), s.books, s.journal, s.outlook, s.keeper, s.attended, s.recorder, s.line, s.desks)
	if err := s.wirePages(); err != nil {
		return err
	}
	s.showPeople()
	return nil
}

// wireRouter makes the router, and who writes down what it decides.
func (s *service) wireRouter(router queues.Config) (err error) {
	s.keeper = agents.NewKeeper(s.agents, keptFile(filepath.Join(s.config.Spool, "agents.json")), s.log)
	s.attended = agents.NewAttendance(s.agents, s.log)
	s.attended.Plan(s.config.Shifts.Plan())
	staff := s.config.Agents()
	s.attended.Staff(func(id queues.AgentID) bool { _, is := staff[id]; return is })
	s.recorder = agents.NewRecorder(s.agents, s.log)
	s.books = agents.NewBookkeeper(s.agents, agents.RunAt(s.config.Asterisk.Node, router.Epoch), router, s.log)
	if s.journal, err = journal.Open(journal.Options{
		Dir: s.config.Journal(), Config: router, Days: s.config.Retention.Journal, Bytes: s.config.Retention.JournalBytes(), Log: s.log,
	}); err != nil {
		return err
	}
	if s.acd, err = acd.New(acd.Options{Config: router, Log: s.log}); err != nil {
		return err
	}
	s.recorder.Others = s.acd.Others
	return nil
}

// wireLine makes the line and the switch that brings its calls.
func (s *service) wireLine() error {
	callbacks, err := book.Open(callbacksFolder(s.config.Spool))
	if err != nil {
		return err
	}
	s.door, s.admits = door.New(s.config.Door()), door.NewAdmission()
	s.admits.Spare(s.config.Callers.Spared())
	s.canary = newCanary(s.config, s.log)
	if s.pockets, err = newPockets(s); err != nil {
		return err
	}
	if s.canary.every > 0 {
		s.painter.Canary = s.canary.onWall
	}
	options := ivr.Options{
		Door: s.door, Admission: s.admits,
		Load: func() (l door.Load) {
			l.Delay, l.InFlight = s.sw.Delay()
			return l
		},
		Flow: s.config.Flow, Languages: s.config.Line.Languages, ACD: s.acd, Register: s.register, Desk: lineDesk{s.desks}, Overseen: s.overseen,
		Broken:    func() <-chan struct{} { return s.sw.Broken() },
		Linked:    func(ctx context.Context) error { return s.sw.Linked(ctx) },
		Directory: directory{s}, OutsideAtMost: s.config.Asterisk.AtMost, Number: telephony.NumberOf(s.config.Line.Number, s.config.Line.Number), ShowsCallers: s.config.Asterisk.Shows == "caller", Log: s.log,
		HoldRemind: s.config.Hold.Remind, HoldLongest: s.config.Hold.Longest, LongestCall: s.config.LongestCall,
		Tries: s.canary.takes, Pocket: s.pockets,
		Codes: s.config.CodeTable(), Obey: s.obey,
		PageAwaited:  s.config.Line.PageAwaited,
		ShortestTalk: s.config.Line.Shortest(), LongestMessage: s.config.Voicemail.Longest, MessageSilence: s.config.Voicemail.Silence,
	}
	if s.config.Asterisk.Outbound != "" {
		options.Book, options.Outbound, options.CallHours = s.shared(callbacks), outbound{s}, s.config.CallHours
	}
	s.line = ivr.NewLine(options)
	a := s.config.Asterisk
	var entitled func(context.Context) error
	if s.charge != nil {
		entitled = s.charge.entitled
	}
	s.sw = asterisk.New(asterisk.Options{
		Node: a.Node, URL: a.URL, User: a.User, Password: a.Password.Text(), App: a.App, MediaAddress: a.MediaAddress, OutboundFormat: a.Outbound, Beside: a.Beside, Reserve: a.Reserve, LostAfter: a.LostAfter, CallersLost: a.CallersLost, Log: s.log,
		Hotline: (*hotline)(s), AsksNobody: !s.config.Flow.Asks(), Full: s.admits.Full, Entitled: entitled,
	})
	return nil
}

// shared is the book of callbacks, for all who may be in charge of the node.
func (s *service) shared(onDisk *book.Book) *book.Shared {
	o := book.Options{Book: onDisk, Node: s.config.Asterisk.Node, Epoch: func() int64 { return 0 }, Alone: true, Facts: s.register, Rows: s.tickets, Log: s.log}
	if s.charge != nil {
		o.Epoch, o.Alone = s.charge.epoch.Load, s.charge.alone
	}
	return book.Share(o)
}

// wirePages makes what browsers and programs see.
func (s *service) wirePages() (err error) {
	stories := &desk.Stories{Desks: s.desks, Queue: s.acd, Records: s.recorder}
	door, err := gate.New(gate.Options{
		Accounts: s.signIns, Tokens: s.accounts, Origins: s.config.HTTP.Origins, Proxies: s.config.HTTP.Proxies(), PerAddress: s.bounds.PerAddress,
		Idle: s.config.SignIn.Idle, Lifetime: s.config.SignIn.Longest, SecondFactor: s.config.SignIn.SecondFactor,
		Metrics: s.metrics, Log: s.log,
	})
	if err != nil {
		return err
	}
	s.api, err = rest.New(rest.Options{
		Hub: s.hub, Gate: door, Agents: s.desks, Phones: (*phones)(s), Tickets: stories, Figures: s.books, Calls: stories, Decided: stories, Advisor: s.outlook, Audit: s.tickets, Pages: pages.FS(),
		Location: s.config.Location(),
		Metrics:  promhttp.HandlerFor(s.metrics, promhttp.HandlerOpts{}),
		Lists:    s.present, Live: s.health.Live(), Ready: s.health.Ready(s.maySeeParts),
		Rooms: []rest.Room{
			&ticketrest.Tickets{Store: s.tickets, Register: s.register, Files: s.files, Recordings: messages{s.vault, s.sw, s.log}, Location: s.config.Location(), Dates: s.dates.Terms},
			ticketrest.Files{Keeper: s.files},
			&ticketrest.Voicemails{Store: s.tickets, Kept: s.listed, Present: s.present, Terms: s.register.Terms},
			&past.History{Figures: s.books, Present: s.present, Terms: s.register.Terms, Location: s.config.Location()},
			&past.Adherence{Attendance: s.attended, Figures: s.books, Present: s.present, Terms: s.register.Terms, Location: s.config.Location()},
			&past.Calls{Store: s.tickets, Stories: stories, Present: s.present, Terms: s.register.Terms, Location: s.config.Location()},
			s.playback(),
			desk.Targets{Board: s.acd, Present: s.present, Terms: s.register.Terms},
			desk.Recordings{Recorder: (*talks)(s)},
			&ticketrest.Reports{Store: ticketstore.NewReports(s.db), Terms: s.register.Terms, Location: s.config.Location()},
			s.customers(),
			&ticketrest.Persons{Holdings: holdings{s}},
			&ticketrest.Imports{Store: s.imported, Contents: s.files, Rules: s.customerRules()},
			&quality.Room{Store: ticketstore.NewScorecards(s.db), Calls: s.tickets, Forms: func() []scorecard.Form { return *s.forms.Load() }, Present: s.present, Recorded: s.listed},
			supervise.Room{Floor: s.desks, Lists: s.present},
			alarms.Room{Alarms: s.alarms},
			screens.Room{Screens: s.screens, Person: func(id string) string { return s.present.Lineup().Names().Person(id) }},
			hooks.Room{Graveyard: graveyard{s.work}},
		},
		PhoneSockets: []string{strings.TrimSuffix(s.config.Asterisk.Websocket, "/ws")}, Log: s.log,
	})
	return err
}
