package doctor

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hotline/cmd/hotline/config/sample"
	"hotline/cmd/hotline/lease"
	"hotline/cmd/hotline/schema"

	"hotline/cmd/hotline/config"
	"hotline/deploy/private"
	"hotline/ivr/flow"
)

// ailing is the example configuration, in which nothing is there yet: every address is one that refuses.
func ailing(t *testing.T) config.Config {
	t.Helper()
	sample.SetSecrets(t)
	c, err := config.Load(sample.Changed(t))
	if err != nil {
		t.Fatal(err)
	}
	nobody := refusing(t)
	c.Asterisk.URL = "http://" + nobody + "/ari"
	c.Asterisk.SIP = nobody
	c.Database.URL = config.SecretOf("postgres://hotline:swordfish@" + nobody + "/hotline")
	c.Listen = "127.0.0.1:0"
	c.Spool = filepath.Join(t.TempDir(), "var", "spool")
	return c
}

// refusing is an address of this machine at which nothing listens.
func refusing(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// found is the finding about something.
func found(t *testing.T, all []finding, what string) finding {
	t.Helper()
	i := slices.IndexFunc(all, func(f finding) bool { return strings.HasPrefix(f.what, what) })
	if i < 0 {
		t.Fatalf("nothing is said about %q: %v", what, all)
	}
	return all[i]
}

// says checks a finding: its error holds some words, and there is advice.
func (f finding) says(t *testing.T, words ...string) {
	t.Helper()
	if f.err == nil {
		t.Errorf("%s is found well, not %q", f.what, words)
		return
	}
	told := f.what + ": " + f.err.Error()
	for _, w := range words {
		if !strings.Contains(told, w) {
			t.Errorf("%q does not say %q", told, w)
		}
	}
	if f.advice == "" || strings.Contains(told, "\n") {
		t.Errorf("%q, advice %q", told, f.advice)
	}
	sample.KeepsSecrets(t, told+f.advice)
}

func (f finding) well(t *testing.T) {
	t.Helper()
	if f.err != nil {
		t.Errorf("%s: %v", f.what, f.err)
	}
}

func TestDoctorNamesAddressAndCauseOfWhatRefuses(t *testing.T) {
	c := ailing(t)
	all := examine(t.Context(), c)
	at := c.Asterisk.SIP
	found(t, all, "database").says(t, at, "connection refused")
	found(t, all, "clock").says(t, "cannot be compared while the database is away")
	found(t, all, "ARI").says(t, "http://"+at+"/ari", "connection refused")
	found(t, all, "sounds").says(t, "cannot be looked for until ARI answers")
	found(t, all, "SIP").says(t, at, "connection refused")
	found(t, all, "outbound").says(t, "cannot be looked for until ARI answers")
	found(t, all, "port").well(t)
	found(t, all, "spool").well(t)
	if left, _ := os.ReadDir(filepath.Dir(filepath.Dir(c.Spool))); len(left) > 0 {
		t.Errorf("the doctor left %v", left)
	}
}

func TestDoctorFindsAPortInUse(t *testing.T) {
	c := ailing(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c.Listen = l.Addr().String()
	f := found(t, examine(t.Context(), c), "port")
	f.says(t, c.Listen, "address already in use")
	if !strings.Contains(f.advice, "Another program has this port") {
		t.Errorf("advice: %s", f.advice)
	}
	c.Listen = "192.0.2.1:80" // a network for documentation (RFC 5737)
	f = found(t, examine(t.Context(), c), "port")
	f.says(t, "192.0.2.1:80", "cannot assign requested address")
	if !strings.Contains(f.advice, "This machine has no such address") {
		t.Errorf("advice: %s", f.advice)
	}
}

func TestDoctorFindsASpoolThatCannotBe(t *testing.T) {
	c := ailing(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c.Spool = filepath.Join(file, "spool")
	found(t, examine(t.Context(), c), "spool").says(t, c.Spool, "not a directory")
}

func TestDoctorFindsACertificateThatCannotBeRead(t *testing.T) {
	c := ailing(t)
	c.TLS = config.TLS{Certificate: "/no/such.crt", Key: "/no/such.key"}
	found(t, examine(t.Context(), c), "certificate").says(t, "/no/such.crt", "no such file or directory")
}

func TestDoctorFindsSomethingElseAtTheAddressOfARI(t *testing.T) {
	c := ailing(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	answers := make(chan string, 2)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = conn.Write([]byte(<-answers))
			_ = conn.Close()
		}
	}()
	c.Asterisk.URL = "http://" + l.Addr().String() + "/ari"
	answers <- "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<html>Hello</html>"
	found(t, examine(t.Context(), c), "ARI").says(t, l.Addr().String(), "something answers, but not ARI")
	answers <- "HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n"
	found(t, examine(t.Context(), c), "ARI").says(t, l.Addr().String(), "/asterisk/info answers 404 Not Found")
	answers <- "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + `{"system": {"version": "18.9.0"}}`
	found(t, examine(t.Context(), c), "ARI").says(t, "version 18.9.0 of Asterisk answers; 20 or newer is needed")
}

// The database goes through its states: no schema, an old one, the right one, another password, away.
func TestDoctorFindsTheDatabaseWithoutSchemaAndAway(t *testing.T) {
	c := ailing(t)
	p, err := private.StartPostgres(t.Context(), filepath.Join(t.TempDir(), "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	stopped := false
	t.Cleanup(func() {
		if !stopped {
			stopPostgres(t, p)
		}
	})
	c.Database.URL = config.SecretOf(p.URL())
	all := examine(t.Context(), c)
	found(t, all, "database").says(t, "the schema is not there yet: run hotline migrate")
	found(t, all, "clock").well(t)

	// Two at once: one waits for the other.
	var both sync.WaitGroup
	applied := make(chan int, 2)
	for range 2 {
		both.Go(func() {
			n, _, err := schema.Migrate(t.Context(), p.URL())
			if err != nil {
				t.Error(err)
			}
			applied <- n
		})
	}
	both.Wait()
	if n := <-applied + <-applied; n == 0 {
		t.Error("no migration was applied")
	}
	found(t, examine(t.Context(), c), "database").well(t)
	leaseIsTold(t, c)

	db, err := sql.Open("pgx", p.URL())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `DELETE FROM goose_db_version WHERE version_id IN (63, (SELECT max(version_id) FROM goose_db_version))`); err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	needed, err := schema.Version()
	if err != nil {
		t.Fatal(err)
	}
	found(t, examine(t.Context(), c), "database").says(t, fmt.Sprintf("this Hotline needs, [63 %d]: run hotline migrate", needed))

	c.Database.URL = config.SecretOf(strings.Replace(p.URL(), "///hotline", "///elsewhere", 1) + "&password=swordfish")
	found(t, examine(t.Context(), c), "database").says(t, `database "elsewhere" does not exist`)

	stopped = true
	stopPostgres(t, p)
	c.Database.URL = config.SecretOf(p.URL())
	found(t, examine(t.Context(), c), "database").says(t, "connect")
}

// leaseIsTold: who is in charge of the node is said, and that they say nothing any more.
func leaseIsTold(t *testing.T, c config.Config) {
	t.Helper()
	is := func(words ...string) {
		t.Helper()
		f := tryLease(t.Context(), c, time.Now())
		f.well(t)
		for _, w := range words {
			if !strings.Contains(f.what, w) {
				t.Errorf("%q does not say %q", f.what, w)
			}
		}
	}
	is("node "+c.Asterisk.Node, "nobody has taken it yet")
	table, err := lease.Open(c.Database.URL.Text())
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	epoch, err := table.Take(t.Context(), c.Asterisk.Node, lease.Row{}, 6, "one", "north", c.Asterisk.URL)
	if err != nil {
		t.Fatal(err)
	}
	is("served from north with the Asterisk at "+c.Asterisk.URL, "epoch 7", "said ")
	tryLease(t.Context(), c, time.Now().Add(time.Minute)).says(t, "north", "nothing was said for")
	if err := table.LetGo(t.Context(), c.Asterisk.Node, "one", epoch); err != nil {
		t.Fatal(err)
	}
	is("free", "from north")
}

func stopPostgres(t *testing.T, p *private.Postgres) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := p.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// TestDoctorFindsWrongPasswordMissingSoundsAndMissingTrunkOnRealAsterisk, and says what becomes of who presses the transfer key of a desk phone.
func TestDoctorFindsWrongPasswordMissingSoundsAndMissingTrunkOnRealAsterisk(t *testing.T) {
	c := ailing(t)
	prompts, err := flow.Prompts()
	if err != nil {
		t.Fatal(err)
	}
	delete(prompts["en"], "welcome") // a sound that is there in one language only
	delete(prompts["en"], "goodbye")
	a, err := private.StartAsterisk(t.Context(), private.AsteriskOptions{Number: c.Line.Number, Prompts: prompts, MediaPorts: 1000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := a.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	c.Asterisk.URL, c.Asterisk.SIP, c.Asterisk.User, c.Asterisk.Password = a.ARIURL, a.SIPAddr, a.ARIUser, config.SecretOf(a.ARIPassword)
	all := examine(t.Context(), c)
	found(t, all, "ARI").well(t)
	found(t, all, "SIP").well(t)
	found(t, all, "transfer keys of desk phones are refused").well(t)
	found(t, all, "sounds").says(t, "2 missing: en/hotline/goodbye, en/hotline/welcome")

	c.Flow.Nodes["welcome"] = flow.Node{Kind: flow.Say{"please_wait"}, Next: c.Flow.Nodes["welcome"].Next}
	c.Flow.Nodes["bye"] = flow.Node{Kind: flow.Hangup{}}
	found(t, examine(t.Context(), c), "sounds").well(t)

	found(t, all, "outbound PJSIP/%s@trunk").says(t, `asterisk.outbound names the endpoint "trunk"`, "Asterisk has no such PJSIP endpoint")
	for outbound, wrong := range map[string]string{
		"PJSIP/line/sip:%s@127.0.0.1:5070": "", "Local/%s@somewhere": "", "PJSIP/%s": "",
		"PJSIP/%s@line": `names the endpoint "line", which is offline`, "PJSIP/trunk/sip:%s@127.0.0.1:5070": `names the endpoint "trunk"`,
	} {
		c.Asterisk.Outbound = outbound
		f := found(t, examine(t.Context(), c), "outbound "+outbound)
		if wrong == "" {
			f.well(t)
		} else {
			f.says(t, wrong)
		}
	}

	c.Asterisk.Password = config.SecretOf("swordfish")
	all = examine(t.Context(), c)
	found(t, all, "ARI").says(t, a.ARIURL, fmt.Sprintf("user %q or its password is refused", a.ARIUser))
	found(t, all, "sounds").says(t, "cannot be looked for until ARI answers")
}
