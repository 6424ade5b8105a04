package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
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
	config, err := loadConfig(c.File)
	if err != nil {
		return err
	}
	ill := 0
	for _, f := range examine(ctx, config) {
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

func examine(ctx context.Context, c Config) []finding {
	return []finding{
		{"database", tryDatabase(ctx, c), "Is PostgreSQL running, and do host, user, password and database in database.url hold? Then: hotline migrate."},
		{"clock", tryClock(ctx, c), "Keep both machines on NTP: waiting times and deadlines come from both clocks."},
		{"ARI at " + c.Asterisk.URL, tryARI(ctx, c), "Is Asterisk running with res_ari and http.conf enabled, and do asterisk.user and its password stand in ari.conf? See deploy/asterisk."},
		{"sounds", trySounds(ctx, c), "Install the sounds of each language and the line's own prompts under sounds/<language>/hotline; see deploy/asterisk."},
		{"SIP at " + c.Asterisk.SIP, trySIP(ctx, c), "Does pjsip.conf have a UDP transport on this address, and does no firewall stand between?"},
		{"port " + c.Listen, tryListen(c), "Another program has this port, perhaps a Hotline that is running: stop it, or change listen."},
		{"spool " + c.Spool, trySpool(c), "Hotline must be able to write there: facts wait in it while the database is away."},
	}
}

func tryDatabase(ctx context.Context, c Config) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.Database.URL.Text())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var version int
	err = conn.QueryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version`).Scan(&version)
	if err != nil {
		return errors.New("the schema is not there yet: run hotline migrate")
	}
	return nil
}

func tryClock(ctx context.Context, c Config) error {
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
		return fmt.Errorf("this machine and the database's are %s apart", off.Round(time.Millisecond))
	}
	return nil
}

func tryARI(ctx context.Context, c Config) error {
	var about struct {
		System struct {
			Version string `json:"version"`
		} `json:"system"`
	}
	if err := ariGet(ctx, c, "/asterisk/info", &about); err != nil {
		return err
	}
	if major, _, _ := strings.Cut(about.System.Version, "."); len(major) < 2 || major < "20" {
		return fmt.Errorf("Asterisk %s answers; 20 or newer is needed", about.System.Version)
	}
	return nil
}

func trySounds(ctx context.Context, c Config) error {
	for _, language := range c.Line.Languages {
		for _, name := range []string{"digits/1", "hotline/welcome"} {
			var sound struct {
				Formats []struct {
					Language string `json:"language"`
				} `json:"formats"`
			}
			if err := ariGet(ctx, c, "/sounds/"+strings.ReplaceAll(name, "/", "%2F"), &sound); err != nil {
				return fmt.Errorf("%s in %q: %w", name, language, err)
			}
		}
	}
	return nil
}

func ariGet(ctx context.Context, c Config, path string, into any) error {
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
		return json.NewDecoder(response.Body).Decode(into)
	case http.StatusUnauthorized:
		return fmt.Errorf("user %q or its password is refused", c.Asterisk.User)
	default:
		return errors.New(response.Status)
	}
}

// trySIP asks for the switch's abilities (RFC 3261, 11): whatever it answers, it is there.
func trySIP(ctx context.Context, c Config) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "udp", c.Asterisk.SIP)
	if err != nil {
		return err
	}
	defer conn.Close()
	here := conn.LocalAddr().String()
	fmt.Fprintf(conn, "OPTIONS sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKdoctor%d;rport\r\nMax-Forwards: 70\r\n"+
		"From: <sip:doctor@%s>;tag=1\r\nTo: <sip:%s>\r\nCall-ID: doctor-%d@%s\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
		c.Asterisk.SIP, here, time.Now().UnixNano(), here, c.Asterisk.SIP, time.Now().UnixNano(), here)
	_ = conn.SetReadDeadline(time.Now().Add(3 * time.Second))
	if _, err := conn.Read(make([]byte, 2048)); err != nil {
		return errors.New("no answer to OPTIONS within 3 s")
	}
	return nil
}

func tryListen(c Config) error {
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	return l.Close()
}

func trySpool(c Config) error {
	if err := os.MkdirAll(c.Spool, 0o700); err != nil {
		return err
	}
	probe := filepath.Join(c.Spool, ".doctor")
	if err := os.WriteFile(probe, []byte("doctor"), 0o600); err != nil {
		return err
	}
	return os.Remove(probe)
}
