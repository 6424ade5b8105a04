package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"hotline/cmd/hotline/config"
	"hotline/telephony/asterisk"
)

type doctorCommand struct {
	File string `arg:"" help:"The configuration, such as hotline.yaml."`
}

// finding is the result of one trial.
type finding struct {
	what   string
	err    error
	advice string // what to do about err
}

// Run tries everything and says all of it: one fault seldom comes alone.
func (c doctorCommand) Run(ctx context.Context) error {
	conf, err := config.Load(c.File)
	if err != nil {
		return err
	}
	ill := 0
	for _, f := range examine(ctx, conf) {
		if f.err == nil {
			fmt.Printf("ok    %s\n", f.what)
			continue
		}
		ill++
		fmt.Printf("FAIL  %s: %s\n      %s\n", f.what, f.err, f.advice)
	}
	if ill > 0 {
		return fmt.Errorf("%d of the above need attention", ill)
	}
	return nil
}

func examine(ctx context.Context, c config.Config) []finding {
	database := tryDatabase(ctx, c)
	ari := tryARI(ctx, c)
	listen := tryListen(c)
	all := []finding{
		{"database", database, "Is PostgreSQL running, and do host, user, password and database in database.url hold? Then: hotline migrate."},
		{"clock", tryClock(ctx, c), "Keep both machines on NTP: waiting times and deadlines come from both clocks."},
		{"ARI at " + c.Asterisk.URL, ari, "Is Asterisk running with res_ari and http.conf enabled, and do asterisk.user and its password stand in ari.conf? See deploy/asterisk."},
		{"sounds", trySounds(ctx, c, ari), "Install the sounds of each language, and the line's own prompts under sounds/<language>/hotline; then, in Asterisk: module reload sounds. See deploy/asterisk."},
		{"SIP at " + c.Asterisk.SIP, trySIP(ctx, c.Asterisk.SIP), "Does pjsip.conf have a UDP transport on this address, and does no firewall stand between?"},
		{"port " + c.Listen, listen, listenAdvice(listen)},
		{"spool " + c.Spool, trySpool(c), "Hotline must be able to write there: facts wait in it while the database is away."},
	}
	if c.Asterisk.Outbound != "" {
		all = append(all, finding{"outbound " + c.Asterisk.Outbound, tryOutbound(ctx, c, ari), "Define it in pjsip.conf: an endpoint, and an aor with your provider's address as its contact. Or name in asterisk.outbound one that is there; in Asterisk: pjsip show endpoints."})
	}
	if c.TLS.Certificate != "" {
		all = append(all, finding{"certificate " + c.TLS.Certificate, tryCertificate(c), "Browsers refuse the pages without it: renew it, and see that tls.key is its key."})
	}
	return all
}

func tryDatabase(ctx context.Context, c config.Config) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.Database.URL.Text())
	if err != nil {
		return oneLine(err)
	}
	defer conn.Close(ctx)
	needed, err := schemaVersion()
	if err != nil {
		return err
	}
	var there int64
	err = conn.QueryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version`).Scan(&there)
	var refused *pgconn.PgError
	switch {
	case errors.As(err, &refused) && refused.Code == "42P01": // undefined_table
		return errors.New("the schema is not there yet: run hotline migrate")
	case err != nil:
		return oneLine(err)
	case there < needed:
		return fmt.Errorf("the schema is of version %d, and this Hotline needs %d: run hotline migrate", there, needed)
	}
	return nil
}

// oneLine is an error without line breaks. PostgreSQL's client puts each try on a line of its own, some twice.
func oneLine(err error) error {
	var lines []string
	for line := range strings.Lines(err.Error()) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return errors.New(strings.Join(slices.Compact(lines), " "))
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

var majorVersion = regexp.MustCompile(`[0-9]+`)

func tryARI(ctx context.Context, c config.Config) error {
	var about struct {
		System struct {
			Version string `json:"version"`
		} `json:"system"`
	}
	if err := ariGet(ctx, c, "/asterisk/info", &about); err != nil {
		return err
	}
	// A build from a branch has no number: "GIT-master-…".
	if major, err := strconv.Atoi(majorVersion.FindString(about.System.Version)); err == nil && major < 20 {
		return fmt.Errorf("version %s of Asterisk answers; 20 or newer is needed", about.System.Version)
	}
	return nil
}

// trySounds looks for all that the flow and the queues say, and the digits of ticket numbers, in each language.
func trySounds(ctx context.Context, c config.Config, ari error) error {
	if ari != nil {
		return errors.New("cannot be looked for until ARI answers")
	}
	needed := []string{"digits/0", "digits/1", "digits/2", "digits/3", "digits/4", "digits/5", "digits/6", "digits/7", "digits/8", "digits/9"}
	for _, name := range slices.Concat(c.Flow.Says(), c.OverflowSays()) {
		needed = append(needed, "hotline/"+name)
	}
	var missing []string
	for _, language := range c.Line.Languages {
		var sounds []struct {
			ID      string `json:"id"`
			Formats []struct {
				Language string `json:"language"`
			} `json:"formats"`
		}
		if err := ariGet(ctx, c, "/sounds?lang="+url.QueryEscape(language), &sounds); err != nil {
			return err
		}
		there := make(map[string]bool)
		for _, s := range sounds {
			for _, f := range s.Formats {
				there[s.ID] = there[s.ID] || f.Language == language
			}
		}
		for _, name := range needed {
			if !there[name] {
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
func tryOutbound(ctx context.Context, c config.Config, ari error) error {
	tech, resource, address, ok := asterisk.EndpointOf(c.Asterisk.Outbound)
	switch {
	case !ok:
		return nil // Asterisk keeps no list of it
	case ari != nil:
		return errors.New("cannot be looked for until ARI answers")
	}
	var endpoint struct {
		State string `json:"state"`
	}
	err := ariGet(ctx, c, "/endpoints/"+tech+"/"+url.PathEscape(resource), &endpoint)
	var answer *ariAnswer
	switch {
	case errors.As(err, &answer) && answer.code == http.StatusNotFound:
		return fmt.Errorf("asterisk.outbound names the endpoint %q, and Asterisk has no such %s endpoint: nobody is called back, and no number outside is dialled", resource, tech)
	case err != nil:
		return err
	case endpoint.State == "offline" && !address:
		return fmt.Errorf("asterisk.outbound names the endpoint %q, which is offline: it has no contact, or none that answers", resource)
	}
	return nil
}

// ariAnswer is one other than success.
type ariAnswer struct {
	path, status string
	code         int
}

func (a *ariAnswer) Error() string { return a.path + " answers " + a.status }

func ariGet(ctx context.Context, c config.Config, path string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Asterisk.URL+path, nil)
	if err != nil {
		return err
	}
	request.SetBasicAuth(c.Asterisk.User, c.Asterisk.Password.Text())
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
		if err := json.NewDecoder(response.Body).Decode(into); err != nil {
			return errors.New("something answers, but not ARI")
		}
		return nil
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("user %q or its password is refused", c.Asterisk.User)
	default:
		return &ariAnswer{path, response.Status, response.StatusCode}
	}
}

var errNobodyListens = errors.New("connection refused: nothing listens there")

// trySIP asks for the switch's abilities (RFC 3261, 11): whatever it answers, it is there.
func trySIP(ctx context.Context, address string) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "udp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	here := conn.LocalAddr().String()
	fmt.Fprintf(conn, "OPTIONS sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKdoctor%d;rport\r\nMax-Forwards: 70\r\n"+
		"From: <sip:doctor@%s>;tag=1\r\nTo: <sip:%s>\r\nCall-ID: doctor-%d@%s\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
		address, here, time.Now().UnixNano(), here, address, time.Now().UnixNano(), here)
	_ = conn.SetReadDeadline(time.Now().Add(3 * time.Second))
	_, err = conn.Read(make([]byte, 2048))
	switch {
	case errors.Is(err, syscall.ECONNREFUSED): // the machine is there, and says so (RFC 1122, 4.1.3.3)
		return errNobodyListens
	case err != nil:
		return errors.New("no answer to OPTIONS within 3 s")
	}
	return nil
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

func tryCertificate(c config.Config) error {
	pair, err := tls.LoadX509KeyPair(c.TLS.Certificate, c.TLS.Key)
	if err != nil {
		return err
	}
	if pair.Leaf != nil && time.Now().After(pair.Leaf.NotAfter) {
		return fmt.Errorf("it ended on %s", pair.Leaf.NotAfter.Format(time.DateOnly))
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
