// Package doctor tries what a configuration points at, and the machine that it is on, one by one, and says what to do about what fails.
// It looks only, and disturbs no Hotline that serves.
//
//	doctor.go     the command; database, the lease, ARI, sounds, SIP, trunk, port, spool, certificate
//	machine.go    clock, disk, open files, what waits in the spool; people who cannot be seated
//	exposure.go   what others than this machine reach: ARI, SIP, endpoints for everybody
//	unit.go       what systemd's unit lets Hotline do
package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/lease"
	"hotline/cmd/hotline/schema"
	"hotline/cmd/hotline/watch"
	"hotline/telephony/asterisk"
	"hotline/telephony/softphone"
)

type Command struct {
	File string `arg:"" help:"The configuration, such as hotline.yaml."`
}

// finding is the result of one trial.
type finding struct {
	what   string
	err    error
	advice string // what to do about err
	warns  bool   // err may be meant so: it is told, and nothing is ill
}

// Run tries everything and says all of it: one fault seldom comes alone.
func (c Command) Run(ctx context.Context) error {
	conf, overdue, err := config.LoadToServe(c.File)
	if err != nil {
		return err
	}
	fmt.Printf("ok    %s\n", conf.Clock(time.Now()))
	for _, one := range overdue {
		fmt.Printf("FAIL  %s\n      It is served with, as by versions before, and hotline check refuses it.\n", one)
	}
	ill := len(overdue)
	for _, f := range examineOn(ctx, conf, thisMachine(c.File)) {
		switch {
		case f.err == nil:
			fmt.Printf("ok    %s\n", f.what)
		case f.warns:
			fmt.Printf("warn  %s: %s\n      %s\n", f.what, f.err, f.advice)
		default:
			ill++
			fmt.Printf("FAIL  %s: %s\n      %s\n", f.what, f.err, f.advice)
		}
	}
	if ill > 0 {
		return fmt.Errorf("%d of the above need attention", ill)
	}
	return nil
}

// examine tries what a configuration points at, and the machine that this process is on.
func examine(ctx context.Context, c config.Config) []finding {
	return examineOn(ctx, c, thisMachine("hotline.yaml"))
}

func examineOn(ctx context.Context, c config.Config, m premises) []finding {
	database := tryDatabase(ctx, c)
	there := asterisk.Examine(asterisk.Options{URL: c.Asterisk.URL, User: c.Asterisk.User, Password: c.Asterisk.Password.Text()})
	defer there.Close()
	ari := tryARI(ctx, c, there)
	listen := tryListen(c)
	all := []finding{
		{what: "database", err: database, advice: "Is PostgreSQL running, and do host, user, password and database in database.url hold? Then: hotline migrate."},
		{what: "clock", err: tryClock(ctx, c), advice: "Keep both machines on NTP: waiting times and deadlines come from both clocks."},
		{what: "ARI at " + c.Asterisk.URL, err: ari, advice: "Is Asterisk running with res_ari and http.conf enabled, and do asterisk.user and its password stand in ari.conf? See deploy/asterisk."},
		{what: "sounds", err: trySounds(ctx, c, there, ari), advice: "Install the sounds of each language, and the line's own prompts under sounds/<language>/hotline; then, in Asterisk: module reload sounds. See deploy/asterisk."},
		{what: "SIP at " + c.Asterisk.SIP, err: trySIP(ctx, c.Asterisk.SIP), advice: "Does pjsip.conf have a UDP transport on this address, and does no firewall stand between?"},
		{what: "port " + c.Listen, err: listen, advice: listenAdvice(listen)},
		{what: "spool " + c.Spool, err: trySpool(c), advice: "Hotline must be able to write there: facts wait in it while the database is away."},
	}
	if ari == nil {
		all = append(all, finding{what: "whisper", err: tryWhisper(ctx, there), advice: "Supervisors listen and speak all the same. Another release of Asterisk lets them whisper to agents, 22.10 for example.", warns: true})
	}
	if ari == nil {
		all = append(all, finding{what: sayTransfers(ctx, there)})
	}
	if c.Asterisk.Outbound != "" {
		all = append(all, finding{what: "outbound " + c.Asterisk.Outbound, err: tryOutbound(ctx, c, there, ari), advice: "Define it in pjsip.conf: an endpoint, and an aor with your provider's address as its contact. Or name in asterisk.outbound one that is there; in Asterisk: pjsip show endpoints."})
	}
	for _, stray := range c.TLS.Strays() {
		all = append(all, finding{what: "place of the certificate", err: errors.New(stray), advice: "The service and its commands may be started in different folders.", warns: true})
	}
	if c.TLS.Certificate != "" {
		all = append(all, finding{what: "certificate " + c.TLS.Certificate, err: tryCertificate(c, time.Now()), advice: "Browsers refuse the pages without it: renew it, and see that tls.key is its key."})
	}
	all = append(all, m.time(ctx, c, there, ari)...)
	all = append(all, m.keeps(c)...)
	all = append(all, m.exposure(ctx, c, there, ari)...)
	all = append(all, m.unit(c)...)
	if database == nil {
		all = append(all, tryPeople(ctx, c), tryLease(ctx, c, time.Now()))
	}
	return all
}

func tryDatabase(ctx context.Context, c config.Config) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.Database.URL.Text())
	if err != nil {
		return schema.OneLine(err)
	}
	defer conn.Close(ctx)
	needed, err := schema.Versions()
	if err != nil {
		return err
	}
	var there []int64
	err = conn.QueryRow(ctx, `SELECT coalesce(array_agg(version_id), '{}') FROM goose_db_version WHERE is_applied`).Scan(&there)
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == "42P01" { // undefined_table
		return errors.New("the schema is not there yet: run hotline migrate")
	}
	if err != nil {
		return schema.OneLine(err)
	}
	missing := slices.DeleteFunc(needed, func(version int64) bool { return slices.Contains(there, version) })
	if len(missing) > 0 {
		return fmt.Errorf("migrations are missing that this Hotline needs, %d: run hotline migrate", missing)
	}
	return nil
}

// silentFor is how long who is in charge may have said nothing before it is told: a beat is due each second, and both clocks are compared elsewhere.
const silentFor = 10 * time.Second

// tryLease says which Hotline is in charge of the node.
func tryLease(ctx context.Context, c config.Config, now time.Time) finding {
	f := finding{what: "lease of node " + c.Asterisk.Node, warns: true, advice: "Look at Hotline there: it is gone, or does not reach the database; a standby would have taken over within seconds. Then start it, or another."}
	table, err := lease.Open(c.Database.URL.Text())
	if err != nil {
		f.err = err
		return f
	}
	defer table.Close()
	row, err := table.Read(ctx, c.Asterisk.Node)
	age := max(now.Sub(row.Beaten), 0).Round(100 * time.Millisecond)
	said := fmt.Sprintf("from %s with the Asterisk at %s, epoch %d", row.Host, row.Asterisk, row.Epoch)
	switch {
	case errors.Is(err, lease.ErrNone):
		f.what += ": nobody has taken it yet"
	case err != nil:
		f.err = schema.OneLine(err)
	case row.Free:
		f.what += ": free since it was served " + said
	case age > silentFor:
		f.err = fmt.Errorf("it is served %s, and nothing was said for %s", said, age)
	default:
		f.what += fmt.Sprintf(": served %s, said %s ago", said, age)
	}
	return f
}

func tryClock(ctx context.Context, c config.Config) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.Database.URL.Text())
	if err != nil {
		return errors.New("cannot be compared while the database is away")
	}
	defer conn.Close(ctx)
	var there time.Time
	if err := conn.QueryRow(ctx, `SELECT clock_timestamp()`).Scan(&there); err != nil {
		return err
	}
	if off := time.Since(there).Abs(); off > 2*time.Second {
		return fmt.Errorf("this machine's and the database's are %s apart", off.Round(time.Millisecond))
	}
	return nil
}

func tryARI(ctx context.Context, c config.Config, there *asterisk.Examination) error {
	_, err := there.Version(ctx)
	return whoIsRefused(c, err)
}

// tryWhisper says whether supervisors may whisper to agents through this Asterisk.
func tryWhisper(ctx context.Context, there *asterisk.Examination) error {
	version, err := there.Version(ctx)
	if err == nil && asterisk.WhispersUnsafely(version) {
		err = fmt.Errorf("version %s of Asterisk may fail to connect, and use up a core for, whom somebody has whispered to (https://github.com/asterisk/asterisk/issues/2134): it is refused", version)
	}
	return err
}

// sayTransfers says what becomes of who presses the transfer key of a desk phone.
func sayTransfers(ctx context.Context, there *asterisk.Examination) string {
	said := "transfer keys of desk phones are refused; the codes of README serve"
	if version, err := there.Version(ctx); err == nil {
		if why := asterisk.TransfersUnsafely(version); why != "" {
			said += ". Of version " + version + " of Asterisk: " + why
		}
	}
	return said
}

// whoIsRefused says of an error of Asterisk's whether the configuration's user is refused.
func whoIsRefused(c config.Config, err error) error {
	if errors.Is(err, asterisk.ErrPassword) {
		return fmt.Errorf("user %q or its password is refused", c.Asterisk.User)
	}
	return err
}

// trySounds looks for all that the flow and the queues say, and the digits of ticket numbers, in each language.
func trySounds(ctx context.Context, c config.Config, there *asterisk.Examination, ari error) error {
	if ari != nil {
		return errors.New("cannot be looked for until ARI answers")
	}
	needed := []string{"digits/0", "digits/1", "digits/2", "digits/3", "digits/4", "digits/5", "digits/6", "digits/7", "digits/8", "digits/9", "hotline/silence16", "hotline/silence8"}
	for _, name := range slices.Concat(c.Flow.Says(), c.OverflowSays()) {
		needed = append(needed, "hotline/"+name)
	}
	var missing []string
	for _, language := range c.Line.Languages {
		sounds, err := there.Sounds(ctx, language)
		if err != nil {
			return whoIsRefused(c, err)
		}
		for _, name := range needed {
			if !sounds[name] {
				missing = append(missing, language+"/"+name)
			}
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%d missing: %s", len(missing), strings.Join(missing, ", "))
	}
	return nil
}

// tryOutbound looks for the trunk by which customers are called back and numbers outside are dialled.
func tryOutbound(ctx context.Context, c config.Config, there *asterisk.Examination, ari error) error {
	tech, resource, address, ok := asterisk.EndpointOf(c.Asterisk.Outbound)
	switch {
	case !ok:
		return nil // Asterisk keeps no list of it
	case ari != nil:
		return errors.New("cannot be looked for until ARI answers")
	}
	online, err := there.Online(ctx, tech, resource)
	switch {
	case errors.Is(err, asterisk.ErrNoEndpoint):
		return fmt.Errorf("asterisk.outbound names the endpoint %q, and Asterisk has no such %s endpoint: nobody is called back, and no number outside is dialled", resource, tech)
	case err != nil:
		return whoIsRefused(c, err)
	case !online && !address:
		return fmt.Errorf("asterisk.outbound names the endpoint %q, which is offline: it has no contact, or none that answers", resource)
	}
	return nil
}

func trySIP(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 3*time.Second, errors.New("no answer to OPTIONS within 3 s"))
	defer cancel()
	return softphone.Ping(ctx, address)
}

func tryListen(c config.Config) error {
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	return l.Close()
}

func listenAdvice(err error) string {
	switch {
	case errors.Is(err, syscall.EACCES):
		return "Ports below 1024 need the right to take them: change listen, or give the unit CAP_NET_BIND_SERVICE."
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "This machine has no such address: change listen."
	default:
		return "Another program has this port, perhaps a Hotline that is running: stop it, or change listen."
	}
}

func tryCertificate(c config.Config, now time.Time) error {
	pair, err := watch.ReadCertificate(c.TLS.Certificate, c.TLS.Key)
	if err != nil {
		return err
	}
	ends := pair.Leaf.NotAfter
	switch left := ends.Sub(now); {
	case left <= 0:
		return fmt.Errorf("it ended on %s", ends.Format(time.DateOnly))
	case left < watch.CertificateEndsSoon:
		return fmt.Errorf("it ends on %s, in %d days", ends.Format(time.DateOnly), int(left.Hours()/24))
	case now.Before(pair.Leaf.NotBefore):
		return fmt.Errorf("it begins on %s: is this machine's clock right?", pair.Leaf.NotBefore.Format(time.DateOnly))
	}
	return nil
}

// trySpool leaves no folder behind: it would be the wrong user's.
func trySpool(c config.Config) error {
	dir := c.Spool
	for {
		_, err := os.Stat(dir)
		if !errors.Is(err, os.ErrNotExist) || dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	probe, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return err
	}
	_, err = probe.WriteString("doctor")
	return errors.Join(err, probe.Close(), os.Remove(probe.Name()))
}
