package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/cmd/hotline/config"
	"hotline/deploy"
	"hotline/deploy/private"
	"hotline/ivr"
	"hotline/ivr/flow"
	"hotline/recordings/vault"
	"hotline/telephony/phonenumbers"
	"hotline/telephony/softphone"
	"hotline/tickets"
)

// The end-to-end tests run the whole of Hotline on a real Asterisk and a real PostgreSQL,
// with customers and agents on real SIP phones, and agents' desks on the real stream.
//
//	house   a PostgreSQL and an Asterisk, for one test at a time: some tests run beside each other, each in another house
//	stage   one Hotline on a database of its own, with its agents and customers
//
// Every stage ends with the same question: is anything left in Asterisk, and has every call its ticket and its end?

// house serves one test at a time.
type house struct {
	dir      string
	postgres *private.Postgres
	asterisk *private.Asterisk
	prompts  map[string]map[string]string
}

// houses are opened as tests need them, and kept for those that follow.
var houses struct {
	mu   sync.Mutex
	open []*house
	idle []*house
}

// stages counts them: each has a database and a node of its own.
var stages atomic.Int32

const (
	// atOnce is how long a test waits for what should happen at once. It is long because machines are busy; where all
	// goes well it is over much earlier.
	atOnce = 30 * time.Second

	// sideBySide is how many tests that may run beside others do so, unless -parallel says another number. They wait more
	// than they work. Those that measure what this process or machine can do do not run beside others.
	sideBySide = "3"
)

func TestMain(m *testing.M) {
	if file := os.Getenv("HOTLINE_TEST_SERVE"); file != "" {
		if os.Getenv("HOTLINE_TEST_HANGS") != "" {
			os.Exit(hangForTest(file))
		}
		os.Exit(serveForTest(file))
	}
	if file := os.Getenv("HOTLINE_TEST_PHONES"); file != "" {
		os.Exit(phonesForTest(file))
	}
	if file := os.Getenv("HOTLINE_TEST_BARE"); file != "" {
		os.Exit(bareForTest(file))
	}
	if os.Getenv("HOTLINE_TEST_MAIN") != "" {
		main()
		os.Exit(0)
	}
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		_ = flag.Set("test.parallel", sideBySide)
	}
	code := m.Run()
	for _, h := range houses.open {
		h.close()
	}
	os.Exit(code)
}

func (h *house) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if h.asterisk != nil {
		_ = h.asterisk.Stop(ctx)
	}
	if h.postgres != nil {
		_ = h.postgres.Stop(ctx)
	}
	_ = os.RemoveAll(h.dir)
}

// moveIn gives a test a house until it ends: one that is idle, or a new one.
func moveIn(t *testing.T) *house {
	t.Helper()
	houses.mu.Lock()
	var h *house
	if n := len(houses.idle); n > 0 {
		h, houses.idle = houses.idle[n-1], houses.idle[:n-1]
	}
	houses.mu.Unlock()
	if h == nil {
		var err error
		if h, err = openHouse(); err != nil {
			t.Fatalf("%v (deploy/setup.sh installs what is missing)", err)
		}
	}
	t.Cleanup(func() { h.moveOut(!t.Failed()) })
	return h
}

// moveOut leaves a house to the next test. One that is not in order is closed: it is nobody else's trouble.
func (h *house) moveOut(inOrder bool) {
	houses.mu.Lock()
	if inOrder {
		houses.idle = append(houses.idle, h)
	} else {
		houses.open = slices.DeleteFunc(houses.open, func(o *house) bool { return o == h })
	}
	houses.mu.Unlock()
	if !inOrder {
		h.close()
	}
}

func openHouse() (_ *house, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	h := &house{prompts: shortPrompts()}
	defer func() {
		if err != nil {
			h.close()
		}
	}()
	if h.dir, err = os.MkdirTemp("", "hotline-e2e-"); err != nil {
		return nil, err
	}
	if h.postgres, err = private.StartPostgres(ctx, filepath.Join(h.dir, "postgres")); err != nil {
		return nil, err
	}
	h.asterisk, err = private.StartAsterisk(ctx, private.AsteriskOptions{Number: lineNumber, Dialled: phonenumbers.Dialled(lineNumber, "RU"), Prompts: h.prompts, MediaPorts: 1000, Pocket: pocketNumber})
	if err != nil {
		return nil, err
	}
	houses.mu.Lock()
	defer houses.mu.Unlock()
	houses.open = append(houses.open, h)
	return h, nil
}

// shortPrompts are the line's prompts, but quickly said.
func shortPrompts() map[string]map[string]string {
	prompts, err := flow.Prompts()
	if err != nil {
		panic(err)
	}
	for _, byName := range prompts {
		for name := range byName {
			byName[name] = "но"
		}
		for _, topic := range []string{"information", "contract", "fault"} { // of deploy/hotline.yaml
			byName[ivr.TopicPrompt+topic] = "но"
		}
	}
	return prompts
}

// stage is one Hotline with its people.
type stage struct {
	t        *testing.T
	house    *house
	config   config.Config
	service  *service
	stop     func() // ends the service; may be called again
	database string
	exchange *softphone.Exchange
	customer *softphone.Phone
	away     *process // Hotline, where it is another process that this stage's people know of
	files    uint64   // that a Hotline of its own may have open; 0 is as many as this process
	talks    sync.Map // caller's number → chan struct{}, closed when a desk shows the talk
	logs     []string // the files of the Hotlines of this process
	ran      []*process

	environment []string // of the Hotlines of their own, besides this process's
}

type stageOptions struct {
	people    []config.Person
	configure func(*config.Config)
	seeds     []tickets.Seed
	elsewhere bool   // Hotline runs in another process: only prepare everything
	house     *house // a test's own; nil where one that others use, too, will do

	notices    bool // soon, who vanishes: within 4 s
	noDatabase bool // it is away: do not wait for what it knows
}

// raise starts a Hotline.
func raise(t *testing.T, o stageOptions) *stage {
	t.Helper()
	s := &stage{t: t, house: o.house, stop: func() {}}
	if s.house == nil {
		s.house = moveIn(t)
	}
	s.database = s.newDatabase()
	s.config = s.configuration(o)
	var err error
	s.exchange, err = softphone.NewExchange(softphone.ExchangeOptions{Bind: "127.0.0.1:0", Server: s.house.asterisk.SIPAddr})
	s.must(err)
	t.Cleanup(s.exchange.Close)
	s.config.Asterisk.Outbound = "PJSIP/line/sip:%s@" + s.exchange.Addr() // numbers outside are phones of the test
	s.customer, err = s.exchange.Phone(softphone.Options{User: "customer", Keep: keeps.Keep})
	s.must(err)
	if !o.elsewhere {
		s.serve(o)
	}
	return s
}

// serve runs Hotline in this process, and returns when it serves.
func (s *stage) serve(o stageOptions) {
	s.t.Helper()
	done := s.begin()
	soon, cancelSoon := context.WithTimeout(s.t.Context(), atOnce)
	defer cancelSoon()
	if o.noDatabase {
		select {
		case <-s.service.ready:
		case <-soon.Done():
			s.t.Fatal("Hotline does not serve without a database")
		}
		return
	}
	if err := s.service.serving(soon, done); err != nil {
		s.t.Fatalf("Hotline does not serve: %v", err)
	}
	s.must(s.service.tickets.SeedCustomers(s.t.Context(), o.seeds))
}

// begin starts Hotline in this process, and waits for nothing.
func (s *stage) begin() (done <-chan error) {
	s.t.Helper()
	log, closeLog := s.log()
	var err error
	s.service, err = newService(s.config, log)
	s.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.service.run(ctx); close(ended) }()
	var once sync.Once
	s.stop = func() {
		once.Do(func() {
			cancel()
			if err := <-ended; err != nil {
				s.t.Errorf("the service ended with: %v", err)
			}
			closeLog()
		})
	}
	s.t.Cleanup(s.stop)
	return ended
}

// log goes to a file that is shown when the test fails, also where that is after another Hotline has followed.
func (s *stage) log() (*slog.Logger, func()) {
	file := filepath.Join(s.t.TempDir(), "hotline.log")
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	s.must(err)
	s.logs = append(s.logs, file)
	s.t.Cleanup(func() {
		if s.t.Failed() {
			text, _ := os.ReadFile(file)
			s.t.Logf("Hotline's log, the end of it:\n%s", text[max(0, len(text)-6_000):])
		}
	})
	return slog.New(slog.NewTextHandler(f, &slog.HandlerOptions{Level: slog.LevelDebug})), func() { _ = f.Close() }
}

// logged is what each Hotline has logged.
func (s *stage) logged() (all []string) {
	for _, file := range s.logs {
		text, _ := os.ReadFile(file)
		all = append(all, string(text))
	}
	for _, p := range s.ran {
		all = append(all, p.text())
	}
	return all
}

// newDatabase makes an empty one in the house's cluster.
func (s *stage) newDatabase() string {
	name := fmt.Sprintf("stage%d", stages.Add(1))
	conn, err := pgx.Connect(s.t.Context(), s.house.postgres.URL())
	s.must(err)
	defer conn.Close(s.t.Context())
	_, err = conn.Exec(s.t.Context(), "CREATE DATABASE "+name)
	s.must(err)
	return replaceDatabase(s.house.postgres.URL(), name)
}

// configuration is the demo's, with short prompts and this test's people.
func (s *stage) configuration(o stageOptions) config.Config {
	c, err := config.Parse("deploy/hotline.yaml", deploy.Configuration)
	s.must(err)
	a := s.house.asterisk
	c.Asterisk = config.Asterisk{
		Node: strings.ToLower(strings.TrimPrefix(s.database[strings.LastIndex(s.database, "stage"):], "/")), URL: a.ARIURL, User: a.ARIUser,
		Password: config.SecretOf(a.ARIPassword), App: "hotline", SIP: a.SIPAddr, Websocket: a.WSURL,
	}
	if o.notices {
		c.Asterisk.LostAfter, c.Asterisk.CallersLost = 4*time.Second, 4*time.Second
	}
	c.Database.URL = config.SecretOf(s.database)
	c.Listen, c.HTTP.Metrics = "127.0.0.1:0", "127.0.0.1:0"
	c.Spool = filepath.Join(s.t.TempDir(), "spool")
	c.Recordings = config.Recordings{Keys: filepath.Join(s.t.TempDir(), "recordings.keys"), AgentsHear: true}
	_, err = vault.NewKey(c.Recordings.Keys, time.Now())
	s.must(err)
	c.Line.ShortestTalk = new(time.Duration) // agents of tests hang up as soon as they talk
	c.People = o.people
	for i := range c.Queues {
		c.Queues[i].OfferTimeout, c.Queues[i].WrapUp = 30*time.Second, 2*time.Minute // longer than a test takes for what it does meanwhile
	}
	for _, to := range []string{"information", "subscribers", "support"} { // the number is said in one test only
		c.Flow.Nodes[flow.NodeID("to_"+to)] = flow.Node{Kind: flow.Say{"please_wait"}, Next: flow.NodeID(to)}
	}
	if o.configure != nil {
		o.configure(&c)
	}
	return c
}

func (s *stage) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) pages() string {
	if s.away != nil {
		return s.away.pages
	}
	return "http://" + s.service.Addr()
}

// scraped is where Prometheus asks.
func (s *stage) scraped() string { return "http://" + s.service.scraped.Addr().String() }

// waiting waits until so many are in line.
func (s *stage) waiting(n int) {
	s.t.Helper()
	s.waitingWithin(atOnce, n)
}

func (s *stage) waitingWithin(limit time.Duration, n int) {
	s.t.Helper()
	eventually(s.t, limit, fmt.Sprintf("%d wait", n), func() error {
		snapshot, err := s.service.acd.Snapshot(s.t.Context())
		if err != nil {
			return err
		}
		waiting := 0
		for _, q := range snapshot.Queues {
			waiting += q.Waiting
		}
		if waiting != n {
			return fmt.Errorf("%d wait", waiting)
		}
		return nil
	})
}

// eventually asks again and again, for states that nobody announces: Asterisk's lists, rows in the database.
func (s *stage) eventually(what string, check func() error) {
	s.t.Helper()
	eventually(s.t, atOnce, what, check)
}

func eventually(t *testing.T, within time.Duration, what string, check func() error) {
	t.Helper()
	eventuallyEach(t, 20*time.Millisecond, within, what, check)
}

// eventuallyEach is eventually with more time between two looks, where one of them is much work.
func eventuallyEach(t *testing.T, each, within time.Duration, what string, check func() error) {
	t.Helper()
	var err error
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(each) {
		if err = check(); err == nil {
			return
		}
	}
	t.Fatalf("%s: not within %s: %v", what, within, err)
}

// nothingLeft checks what must hold after every test: Asterisk is empty, every call has a ticket and an end.
func (s *stage) nothingLeft() {
	s.t.Helper()
	s.emptyAsterisk()
	s.eventually("every call has a ticket and an end", func() error {
		counts, err := s.service.tickets.Counts(s.t.Context())
		if err != nil {
			return err
		}
		if calls := int(s.service.line.Served()); counts.Calls != calls || counts.Tickets != calls || counts.Unended != 0 {
			return fmt.Errorf("calls=%d, in the database %+v", calls, counts)
		}
		return nil
	})
	s.replaysAlike()
}

func (s *stage) emptyAsterisk() {
	s.t.Helper()
	s.eventually("Asterisk is empty", func() error {
		if channels, bridges := s.list("/channels"), s.bridgesLeft(); len(channels)+len(bridges) > 0 {
			return fmt.Errorf("%d channels and %d bridges are left: %.300s", len(channels), len(bridges), slices.Concat(channels, bridges))
		}
		return nil
	})
}

// bridgesLeft are Asterisk's bridges, but for those that Hotline keeps for the next caller, and that nobody is in.
func (s *stage) bridgesLeft() (left []json.RawMessage) {
	s.t.Helper()
	for _, raw := range s.list("/bridges") {
		var b struct {
			ID, Name string
			Channels []string
		}
		s.must(json.Unmarshal(raw, &b))
		if kept := strings.HasPrefix(b.ID, b.Name+"."); !kept || len(b.Channels) > 0 {
			left = append(left, raw)
		}
	}
	return left
}

// ariGet asks Asterisk over a connection of the test's own.
func (s *stage) ariGet(path string, into any) error {
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.config.Asterisk.URL+path, nil)
	if err != nil {
		return err
	}
	request.SetBasicAuth(s.config.Asterisk.User, s.config.Asterisk.Password.Text())
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", path, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}

// list asks ARI for one of its lists.
func (s *stage) list(path string) (all []json.RawMessage) {
	s.t.Helper()
	s.must(s.ariGet(path, &all))
	return all
}

// contact reads the contact of a customer's latest call, once it has ended.
func (s *stage) contact(from string) (c struct {
	Ticket, Outcome, Linked, Disposition, Agent string
}) {
	s.t.Helper()
	s.eventually("the contact of "+from+" has an end", func() error {
		return s.service.db.QueryRow(s.t.Context(), `
			select ticket, outcome, linked, disposition, agent_id from contacts
			where caller = $1 and ended_at is not null order by arrived_at desc limit 1`, from).
			Scan(&c.Ticket, &c.Outcome, &c.Linked, &c.Disposition, &c.Agent)
	})
	return c
}

// history is what the database has of a customer's calls, fact by fact in the order in which it got them, and what each Hotline has logged of them: for somebody who is to find out
// why a contact is not what it should be.
func (s *stage) history(from string) string {
	var b strings.Builder
	conn, err := pgx.Connect(context.Background(), s.database)
	if err != nil {
		return err.Error()
	}
	defer conn.Close(context.Background())
	rows, err := conn.Query(context.Background(), `
		SELECT f.contact_id, f.kind, f.n, f.at, f.applied_at, f.event::text FROM facts f JOIN contacts c ON c.id = f.contact_id
		WHERE c.caller = $1 ORDER BY c.arrived_at, f.applied_at, f.at`, from)
	if err != nil {
		return err.Error()
	}
	var contact, kind, event string
	var n int64
	var when, applied time.Time
	calls := map[string]bool{}
	_, err = pgx.ForEachRow(rows, []any{&contact, &kind, &n, &when, &applied, &event}, func() error {
		calls[contact] = true
		fmt.Fprintf(&b, "\n%s %s n=%d applied %s: %s %s", at(when), contact, n, at(applied), kind, event)
		return nil
	})
	if err != nil {
		return err.Error()
	}
	for _, log := range s.logged() {
		for line := range strings.Lines(log) {
			for call := range calls {
				if strings.Contains(line, call) {
					b.WriteString("\n" + strings.TrimSpace(line))
				}
			}
		}
	}
	return b.String()
}

// replaceDatabase puts another database's name into an address.
func replaceDatabase(url, name string) string {
	c, err := pgx.ParseConfig(url)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("host=%s port=%d user=%s dbname=%s", c.Host, c.Port, c.User, name)
}

// note is what Hotline keeps on a channel, "" where there is nothing.
func (s *stage) note(channel json.RawMessage) string {
	s.t.Helper()
	var c struct {
		ID string `json:"id"`
	}
	s.must(json.Unmarshal(channel, &c))
	var v struct {
		Value string `json:"value"`
	}
	_ = s.ariGet("/channels/"+c.ID+"/variable?variable=HOTLINE_NOTE", &v) // the channel may have gone
	text, err := base64.RawURLEncoding.DecodeString(v.Value)
	s.must(err)
	return string(text)
}

// serveForTest is a Hotline in a process of its own, for tests that kill it.
// It gives memory back that it does not use when it is sent SIGUSR2, and says so.
func serveForTest(file string) int {
	if files, err := strconv.ParseUint(os.Getenv("HOTLINE_TEST_FILES"), 10, 64); err == nil {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: files, Max: files}); err != nil {
			panic(err)
		}
	}
	measured := make(chan os.Signal, 1) // for who asks how much memory it holds
	signal.Notify(measured, syscall.SIGUSR2)
	go func() {
		for range measured {
			debug.FreeOSMemory()
			fmt.Fprintln(os.Stderr, memoryIsFree)
		}
	}()
	if folder := os.Getenv(profilesFolder); folder != "" {
		go profile(folder)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	err := serveCommand{File: file}.Run(ctx, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// profilesFolder names the folder of CPU profiles, for who looks into what a benchmark has measured: PROFILES=… make bench-calls, and then go tool pprof.
const profilesFolder = "PROFILES"

// profile writes a profile of what a Hotline does between two SIGUSR1, and of what it does between the next two, into files of their own.
func profile(folder string) {
	turned := make(chan os.Signal, 1)
	signal.Notify(turned, syscall.SIGUSR1)
	for n := 1; ; n++ {
		<-turned
		f, err := os.Create(filepath.Join(folder, fmt.Sprintf("hotline-%d-%d.cpu", os.Getpid(), n)))
		if err == nil {
			err = pprof.StartCPUProfile(f)
		}
		<-turned
		pprof.StopCPUProfile()
		if err = errors.Join(err, f.Close()); err != nil {
			fmt.Fprintln(os.Stderr, "there is no profile:", err)
		}
	}
}

// profiled turns the profile of a process on or off, where there is a folder for it.
func (p *process) profiled() {
	if os.Getenv(profilesFolder) != "" {
		p.s.must(p.cmd.Process.Signal(syscall.SIGUSR1))
	}
}

// query reads one value, over a connection of its own: Hotline may be another process.
func (s *stage) query(sql string, into any) error {
	conn, err := pgx.Connect(s.t.Context(), s.database)
	if err != nil {
		return err
	}
	defer conn.Close(context.Background())
	return conn.QueryRow(s.t.Context(), sql).Scan(into)
}

// freeAddress is the wished one, or another port there when it is in use.
func freeAddress(wish string) string {
	l, err := net.Listen("tcp", wish)
	if err != nil {
		host, _, _ := net.SplitHostPort(wish)
		return net.JoinHostPort(host, "0")
	}
	defer l.Close()
	return l.Addr().String()
}
