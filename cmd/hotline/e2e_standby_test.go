package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/lease"
	"hotline/cmd/hotline/personal"
	"hotline/ivr/flow"
	"hotline/telephony/softphone"
)

// beside starts a second Hotline, as on another machine: with a spool and a port of its own. It returns when it waits.
func (s *stage) beside(first *process, change func(*config.Config)) *process {
	s.t.Helper()
	p := &process{s: s, file: filepath.Join(s.t.TempDir(), "hotline.yaml"), config: first.config, done: make(chan struct{})}
	p.config.Spool = filepath.Join(s.t.TempDir(), "spool")
	p.config.Listen, p.config.HTTP.Metrics = freeAddress("127.0.0.1:0"), ""
	change(&p.config)
	p.pages = "http://" + p.config.Listen
	p.run()
	p.says("msg=\"standby: ")
	return p
}

// atServing waits until it serves, and tells since when, by its log.
func (p *process) atServing() time.Time {
	p.s.t.Helper()
	p.says("msg=serving")
	return p.loggedAt("msg=serving")
}

// loggedAt is when the log says something for the last time.
func (p *process) loggedAt(what string) time.Time {
	p.s.t.Helper()
	lines := regexp.MustCompile(`time=(\S+) .*`+regexp.QuoteMeta(what)).FindAllStringSubmatch(p.text(), -1)
	if lines == nil {
		p.s.t.Fatalf("the log does not say %q", what)
	}
	at, err := time.Parse("2006-01-02T15:04:05.000Z07:00", lines[len(lines)-1][1])
	p.s.must(err)
	return at
}

// tellsAt is what a Hotline says at an address of its pages.
func (p *process) tellsAt(path string) (status int, body string, err error) {
	r, err := http.Get(p.pages + path)
	if err != nil {
		return 0, "", err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	return r.StatusCode, string(text), err
}

// TestAStandbyTakesOverAndNobodyNotices: ten customers talk and ten wait when a second Hotline is started, when the database is frozen for a while, when the
// first is killed, and when the second is asked to hand over.
func TestAStandbyTakesOverAndNobodyNotices(t *testing.T) {
	t.Parallel()
	const talking, waiting = 10, 10
	var people []config.Person
	for i := range talking {
		people = append(people, person(fmt.Sprintf("a%d", i), fmt.Sprintf("a%d", i)))
	}
	var link *freezer
	s := raise(t, stageOptions{people: people, elsewhere: true, configure: func(c *config.Config) {
		link = newDatabaseFreezer(t, c)
		for i := range c.Queues {
			c.Queues[i].WrapUp = 10 * time.Minute // ended by the agents alone
		}
		for id, node := range c.Flow.Nodes {
			if q, waits := c.Flow.Queue(id); waits {
				q.Every = 10 * time.Minute // whom a kill meets in the midst of an announcement waits in silence for the restart
				c.Flow.Nodes[id] = flow.Node{Kind: q, Next: node.Next}
			}
		}
	}})
	first := s.spawn()
	k := &killing{stage: s, p: first}
	k.talk(talking)
	k.wait(waiting)

	second := s.beside(first, func(*config.Config) {})
	second.waits(t)
	k.nobodyNotices()

	link.freeze()
	frozen := time.Now()
	s.eventually("it is frozen for longer than a holder may be silent", func() error {
		if time.Since(frozen) < 3*lease.GoneAfter {
			return fmt.Errorf("not yet")
		}
		return nil
	})
	k.nobodyNotices()
	link.thaw()
	first.says("the lease is renewed again")
	second.waits(t)

	epoch := k.agents[0].desk.Hello().Epoch
	first.kill()
	gap := time.Now()
	newcomers := k.dial(2)
	t.Logf("the standby serves %s after the kill of the first", second.atServing().Sub(gap).Round(time.Millisecond))
	k.nobodyNotices()
	k.moves(second, epoch)
	k.join(newcomers)

	first = s.begins(first) // it comes back, and waits
	first.says("msg=\"standby: ")
	first.waits(t)
	epoch = k.agents[0].desk.Hello().Epoch
	if err := (handoverCommand{File: second.file}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	serves := first.atServing()
	t.Logf("by hand nobody serves for %s", serves.Sub(second.loggedAt("disconnected from Asterisk")).Round(time.Millisecond))
	second.says("waits as a standby")
	k.nobodyNotices()
	k.moves(first, epoch)
	k.serveAll()
	first.complete(talking + waiting + 2)
	first.end()
	second.end()
}

// waits checks that a Hotline is a standby, and says so.
func (p *process) waits(t *testing.T) {
	t.Helper()
	if strings.Contains(p.text(), "connected to Asterisk") {
		t.Error("the standby is connected to Asterisk as the application")
	}
	p.s.eventually("it answers as a standby", func() error { // one that has served has yet to take its port again
		if status, body, err := p.tellsAt("/readyz"); err != nil || status != http.StatusServiceUnavailable || !strings.Contains(body, `"standby"`) {
			return fmt.Errorf("/readyz answers %d: %s, %v", status, body, err)
		}
		if status, _, err := p.tellsAt("/livez"); err != nil || status != http.StatusOK {
			return fmt.Errorf("/livez answers %d, %v", status, err)
		}
		if status, body, err := p.tellsAt("/"); err != nil || status != http.StatusServiceUnavailable || !strings.Contains(body, "standby") || !strings.Contains(body, "резерве") {
			return fmt.Errorf("the page answers %d: %s, %v", status, body, err)
		}
		return nil
	})
	var lost int
	if err := p.s.query(`select count(*) from contacts where outcome = 'lost'`, &lost); err != nil || lost > 0 {
		t.Errorf("%d calls are lost, %v", lost, err)
	}
}

// moves opens every agent's page at another Hotline, and waits until it shows the talk that goes on.
func (k *killing) moves(to *process, epoch string) {
	k.t.Helper()
	k.p = to
	for i, w := range k.agents {
		w.desk.Close()
		w.openDesk(to.pages, k.config.People[i])
	}
	k.pagesComeBack(epoch)
}

// behindLink is a stage whose Hotlines are processes of their own, and reach their database by a link that can be frozen.
func behindLink(t *testing.T, people ...config.Person) (s *stage, link *freezer) {
	t.Helper()
	s = raise(t, stageOptions{people: people, elsewhere: true, configure: func(c *config.Config) { link = newDatabaseFreezer(t, c) }})
	return s, link
}

// newDatabaseFreezer has the configuration reach its database by a link that can be frozen.
func newDatabaseFreezer(t *testing.T, c *config.Config) *freezer {
	to, err := pgx.ParseConfig(c.Database.URL.Text())
	if err != nil {
		t.Fatal(err)
	}
	link := newFreezer(t, fmt.Sprintf("%s/.s.PGSQL.%d", to.Host, to.Port))
	c.Database.URL = config.SecretOf(fmt.Sprintf("postgres://%s@%s/%s?sslmode=disable", to.User, link.Addr(), to.Database))
	return link
}

// TestWhoComesBackFromAPartitionLeavesAsteriskToWhoServes: the first reaches neither database nor Asterisk for a while, and a standby takes over. Asterisk comes back
// before the database, and then that as well.
func TestWhoComesBackFromAPartitionLeavesAsteriskToWhoServes(t *testing.T) {
	t.Parallel()
	s, database := behindLink(t, person("anna", "101"))
	link := newFreezer(t, strings.TrimSuffix(strings.TrimPrefix(s.config.Asterisk.URL, "http://"), "/ari"))
	real := s.config.Asterisk.URL
	s.config.Asterisk.URL = "http://" + link.Addr().String() + "/ari"
	first := s.spawn()
	s.config.Asterisk.URL = real // the test itself asks past the link
	anna := s.agentAt(first.pages, s.config.People[0]).ready()
	talks, waits := s.calls("+79160008501"), s.calls("+79160008502")
	s.chooses(talks, "3")
	talk := anna.answers()
	s.chooses(waits, "3")
	s.eventually("one waits", func() error { return s.waitingPerNotes(1) })
	way := filepath.Join(t.TempDir(), "database")
	s.must(os.WriteFile(way, []byte(s.database), 0o600))
	second := s.beside(first, func(c *config.Config) { c.Asterisk.URL, c.Database.URL = real, config.Secret{File: way} })

	link.freeze()
	database.freeze()
	second.atServing()
	first.says("not connected to Asterisk")
	link.thaw()
	thawed := time.Now()
	s.eventually("the first has had its time to connect to Asterisk", func() error {
		if time.Since(thawed) < 2*heardFor {
			return fmt.Errorf("not yet")
		}
		return nil
	})
	s.hearEachOther(talks, talk)
	s.hearsMusic(waits)
	database.thaw()
	first.says("waits as a standby")
	first.says("is served from")
	s.hearEachOther(talks, talk)
	s.hearsMusic(waits)
	if text := second.text(); strings.Contains(text, "disconnected from Asterisk") || strings.Contains(text, "another Hotline took over") {
		t.Errorf("who serves was replaced:\n%s", text)
	}
	s.servedBy(second, anna, talks, waits)
	first.end()
	second.end()
}

// TestAnUpgradeWaitsForTheOneBefore: with the same configuration, on the same machine, the new process waits for the spool and the port, and serves when the old one
// is stopped.
func TestAnUpgradeWaitsForTheOneBefore(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, elsewhere: true})
	old := s.spawn()
	anna := s.agentAt(old.pages, s.config.People[0]).ready()
	talks, waits := s.calls("+79160008201"), s.calls("+79160008202")
	s.chooses(talks, "3")
	talk := anna.answers()
	s.chooses(waits, "3")
	s.eventually("one waits", func() error { return s.waitingPerNotes(1) })
	upgrade := s.begins(old)
	upgrade.says("another process on this machine")
	s.hearEachOther(talks, talk)
	old.end()
	t.Logf("nobody serves for %s", upgrade.atServing().Sub(old.loggedAt("disconnected from Asterisk")).Round(time.Millisecond))
	s.hearEachOther(talks, talk)
	s.hearsMusic(waits)
	anna.desk.Close()
	anna.openDesk(upgrade.pages, s.config.People[0])
	anna.talking()
	s.hangsUp(talks)
	anna.finish("resolved")
	s.hangsUp(anna.answers())
	s.gone(waits)
	anna.finish("resolved")
	upgrade.complete(2)
	upgrade.end()
}

// TestAStartWithoutADatabaseServesWhereNobodyIsHeard: who was in charge goes on with its calls when it is started anew and the database does not answer; who waits for
// it waits on, though it is gone. Who has never seen the lease waits as long as the one in charge is heard.
func TestAStartWithoutADatabaseServesWhereNobodyIsHeard(t *testing.T) {
	t.Parallel()
	s, link := behindLink(t, person("anna", "101"))
	first := s.spawn()
	call := s.calls("+79160008301")
	s.chooses(call, "3")
	s.eventually("one waits", func() error { return s.waitingPerNotes(1) })
	second := s.beside(first, func(*config.Config) {})
	link.freeze()
	third := s.beside(first, func(*config.Config) {})
	third.says("another Hotline is heard at Asterisk")
	heard := time.Now()
	s.eventually("it has waited for longer than one in charge may be silent", func() error {
		if time.Since(heard) < 3*heardFor {
			return fmt.Errorf("not yet")
		}
		return nil
	})
	third.waits(t)
	third.end()
	first.kill()
	gap := time.Now()
	first = s.begins(first)
	serves := first.atServing().Sub(gap)
	t.Logf("without a database the first serves again after %s", serves.Round(time.Millisecond))
	if serves > 20*time.Second { // about 2 s on a machine that is not busy
		t.Errorf("without a database nobody serves for %s", serves)
	}
	s.hearsMusic(call)
	second.says("the database does not say whether another is in charge")
	first.says("the lease cannot be renewed")
	link.thaw()
	first.says("people are seated")
	second.waits(t)
	first.says("the lease is renewed again")
	s.hangsUp(call)
	second.end()
	first.end()
}

// TestWhoIsCutOffFromTheDatabaseIsReplacedAndItsFactsAreKept: a standby that reaches the database cannot tell one who does not from one who is dead. It takes over,
// the other lets go and waits, and carries to the database what it holds when it can.
func TestWhoIsCutOffFromTheDatabaseIsReplacedAndItsFactsAreKept(t *testing.T) {
	t.Parallel()
	s, link := behindLink(t, person("anna", "101"))
	first := s.spawn()
	talks, waits := s.calls("+79160008401"), s.calls("+79160008402")
	anna := s.agentAt(first.pages, s.config.People[0]).ready()
	s.chooses(talks, "3")
	talk := anna.answers()
	way := filepath.Join(t.TempDir(), "database")
	s.must(os.WriteFile(way, []byte(s.database), 0o600))
	second := s.beside(first, func(c *config.Config) { c.Database.URL = config.Secret{File: way} })
	link.freeze()
	s.chooses(waits, "3")
	second.atServing()
	first.says("disconnected from Asterisk")
	s.hearEachOther(talks, talk)
	s.hearsMusic(waits)
	link.thaw()
	first.says("waits as a standby")
	first.says("is served from")
	s.eventually("the facts of the first are in the database", func() error {
		var n int
		err := s.query(`select count(*) from contacts where queue <> '' and outcome = ''`, &n)
		if err == nil && n != 2 {
			err = fmt.Errorf("%d calls have waited", n)
		}
		return err
	})
	s.servedBy(second, anna, talks, waits)
	first.end()
	second.end()
}

// TestPromisesOfAServerThatDiedAreKeptOnceByTheOther: of two callers who are promised a callback by the first the database knows one when the first is killed. The second
// calls that one, and the other when the first is started again and brings what it has. Asked to serve again the first calls nobody.
func TestPromisesOfAServerThatDiedAreKeptOnceByTheOther(t *testing.T) {
	t.Parallel()
	const known, late, comes = "+79160008601", "+79160008602", "+79160008603"
	var link *freezer
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, elsewhere: true, configure: func(c *config.Config) {
		link = newDatabaseFreezer(t, c)
		for i := range c.Queues {
			c.Queues[i].Overflow = []config.Overflow{{NobodyThere: true, To: config.Destination{Callback: true}}}
		}
	}})
	first := s.spawn()
	second := s.beside(first, func(*config.Config) {})
	s.promisedBy(first, known, 1)
	s.eventually("the database has the promise", func() error { return s.promisesKnown(1) })
	link.freeze()
	s.promisedBy(first, late, 2)
	first.kill()
	link.thaw()
	second.atServing()
	second.says("people are seated")
	anna := s.agentAt(second.pages, s.config.People[0]).ready()
	s.calledBack(anna, known)
	anna.finish("resolved")

	first = s.begins(first) // it comes back, and waits
	first.says("msg=\"standby: ")
	s.calledBack(anna, late)
	anna.finish("resolved")
	s.eventually("the database knows that nobody waits", func() error { return s.promisesKnown(0) })
	if err := (handoverCommand{File: second.file}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	first.atServing()
	first.says("people are seated")
	anna.desk.Close()
	anna.openDesk(first.pages, s.config.People[0])
	call := s.calls(comes) // who would have been called back was here before
	s.chooses(call, "3")
	s.hangsUp(anna.answers())
	s.gone(call)
	anna.finish("resolved")
	if left, err := filepath.Glob(filepath.Join(callbacksFolder(first.config.Spool), "*.json")); err != nil || len(left) > 0 {
		t.Errorf("the first has %q on its disk still, %v", left, err)
	}
	s.counts("each of the two is called back once", map[string]int{`contacts where outcome = 'callback'`: 2, `contacts where outcome = 'served'`: 3, `contacts`: 5})
	first.end()
	second.end()
}

// promisedBy lets somebody call while nobody is there, and ask to be called back: they are the nth on a Hotline's disk.
func (s *stage) promisedBy(by *process, number string, n int) {
	s.t.Helper()
	call := s.calls(number)
	s.chooses(call, "3")
	onDisk := func() error {
		all, err := filepath.Glob(filepath.Join(callbacksFolder(by.config.Spool), "*.json"))
		if err == nil && len(all) != n {
			err = fmt.Errorf("%d are promised a callback", len(all))
		}
		return err
	}
	s.eventually("the caller has pressed one, and is to be called back", func() error {
		if err := onDisk(); err == nil {
			return nil
		}
		return errors.Join(call.Digits(s.t.Context(), "1"), onDisk())
	})
	s.gone(call)
}

// promisesKnown says whether the database knows of so many who wait to be called back.
func (s *stage) promisesKnown(n int) error {
	var is int
	err := s.query(`select count(*) from callbacks where entry is not null`, &is)
	if err == nil && is != n {
		err = fmt.Errorf("it knows of %d", is)
	}
	return err
}

// TestAnErasureReachesTheDiskOfAServerThatOnlyWaits: the first has served somebody, hands over, and they are erased where the second serves.
func TestAnErasureReachesTheDiskOfAServerThatOnlyWaits(t *testing.T) {
	t.Parallel()
	const number, name = "+79160008701", "Пётр Снегирёв"
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, elsewhere: true})
	first := s.spawn()
	anna := s.agentAt(first.pages, s.config.People[0]).ready()
	call := s.callsAs(softphone.CallOptions{From: number, FromName: name})
	s.chooses(call, "3")
	s.hangsUp(anna.answers())
	s.gone(call)
	anna.finish("resolved")
	first.complete(1)
	second := s.beside(first, func(*config.Config) {})
	if err := (handoverCommand{File: second.file}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	second.atServing()
	second.says("people are seated")
	first.says("waits as a standby")
	if is, err := personal.Disk(first.config.Spool, []string{number}); err != nil || len(is) == 0 {
		t.Fatalf("the first has nothing of them on its disk: %v, %v", is, err)
	}

	var gone string
	s.must(s.query(`insert into spools (holder, host, heard, seen) values ('gone', 'gone', 0, now() - interval '91 days') returning holder`, &gone)) // for ever: nobody waits for it
	s.must((personEraseCommand{whom: whom{File: second.file, Who: number}, Close: true, Yes: true}).Run(t.Context()))
	first.says("a person is erased from the disk of this standby")
	s.eventually("all servers have heard of it", func() error {
		var n int
		err := s.query(`select count(*) from erasures`, &n)
		if err == nil && n > 0 {
			err = fmt.Errorf("%d are to be told of", n)
		}
		return err
	})
	s.isNowhere(first, number, name)
	if err := (handoverCommand{File: second.file}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.eventually("what needs a server that serves is done, too", func() error {
		left, err := filepath.Glob(filepath.Join(personal.Folder(first.config.Spool), "*"))
		if err == nil && len(left) > 0 {
			err = fmt.Errorf("%q is left", left)
		}
		return err
	})
	first.end()
	second.end()
}

// TestWhoWasErasedDoesNotComeBackWithTheServerThatKnewThem: what somebody called about in an outage is on the first's disk alone when it is killed. They are erased where the second serves,
// and the first, which is back, brings a call of nobody; nor is anything of them left on its disk.
func TestWhoWasErasedDoesNotComeBackWithTheServerThatKnewThem(t *testing.T) {
	t.Parallel()
	const number, name = "+79160008702", "Анна Снегирёва"
	s, link := behindLink(t, person("anna", "101"))
	first := s.spawn()
	second := s.beside(first, func(*config.Config) {})
	s.callsInVain(number, name)
	s.counts("the database has the first call", map[string]int{`contacts where ended_at is not null`: 1})
	link.freeze()
	s.callsInVain(number, name)
	first.kill()
	link.thaw()
	second.atServing()
	second.says("people are seated")
	s.must((personEraseCommand{whom: whom{File: second.file, Who: number}, Close: true, Yes: true}).Run(t.Context()))

	first = s.begins(first)
	s.counts("the database has both calls, and nobody who called", map[string]int{`contacts`: 2, `contacts where caller = ''`: 2, `customers`: 0, `tickets where state = 'open'`: 0})
	s.counts("both have heard of that call, too", map[string]int{`erasures`: 0})
	var both []string
	s.must(s.query(`select array_agg(id) from contacts`, &both))
	s.eventually("the first is to delete what it has recorded of either call", func() error { // it does once it serves
		files, err := filepath.Glob(filepath.Join(personal.Folder(first.config.Spool), "*.json"))
		var orders []byte
		for _, file := range files {
			order, failed := os.ReadFile(file)
			orders, err = append(orders, order...), errors.Join(err, failed)
		}
		for _, call := range both {
			if !strings.Contains(string(orders), call) {
				err = errors.Join(err, fmt.Errorf("%s is in no order: %s", call, orders))
			}
		}
		return err
	})
	s.eventually("nothing of them is on the first's disk", func() error { return s.holds(first.config.Spool, number, name) })
	s.isNowhere(first, number, name)
	first.end()
	second.end()
}

// callsInVain lets somebody wait for an agent, and hang up.
func (s *stage) callsInVain(number, name string) {
	s.t.Helper()
	call := s.callsAs(softphone.CallOptions{From: number, FromName: name})
	s.chooses(call, "3")
	s.eventually("they wait", func() error { return s.waitingPerNotes(1) })
	s.hangsUp(call)
	s.eventually("Asterisk is empty", func() error {
		if left := s.list("/channels"); len(left) > 0 {
			return fmt.Errorf("%d channels are left", len(left))
		}
		return nil
	})
}

// TestAStandbyBringsBackWhatADumpLacks: the database comes back from a dump that was made before somebody called the first, and the second is started before it.
func TestAStandbyBringsBackWhatADumpLacks(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, elsewhere: true})
	first := s.spawn()
	s.callsInVain("+79160008703", "")
	s.counts("the database has the call", map[string]int{`contacts where ended_at is not null`: 1})
	second := s.beside(first, func(*config.Config) {})
	first.end()
	second.atServing()
	db, err := pgx.Connect(t.Context(), s.database)
	s.must(err)
	defer db.Close(t.Context())
	for _, table := range []string{"contacts", "facts", "tickets", "customers"} { // as on the day before
		_, err := db.Exec(t.Context(), `DELETE FROM `+table)
		s.must(err)
	}
	first = s.begins(first)
	first.says("the database has again")
	s.counts("the database has the call again", map[string]int{`contacts where ended_at is not null and caller = '+79160008703'`: 1, `customers`: 1})
	first.end()
	second.end()
}

// holds is an error where a file of a folder holds one of some texts.
func (s *stage) holds(folder string, texts ...string) error {
	return filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return nil // it goes as we look
		}
		is, _ := os.ReadFile(path)
		for _, text := range texts {
			if at := strings.Index(string(is), text); at >= 0 {
				err = errors.Join(err, fmt.Errorf("%s holds %q: %.300s", path, text, is[max(0, at-100):]))
			}
		}
		return err
	})
}

// servedBy ends a talk with an agent on another Hotline, which serves who waits then.
func (s *stage) servedBy(p *process, agent *worker, talks, waits *softphone.Call) {
	s.t.Helper()
	p.says("people are seated")
	agent.desk.Close()
	agent.openDesk(p.pages, s.person(agent.id))
	agent.talking()
	s.hangsUp(talks)
	agent.finish("resolved")
	s.hangsUp(agent.answers())
	s.gone(waits)
	agent.finish("resolved")
	p.complete(2)
}
