package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/agentapi/gate"
	accounts "hotline/agentapi/postgres"
	"hotline/cmd/hotline/config"
)

// tokenCommand makes, lists and revokes the tokens by which programs read figures, calls, tickets and metrics.
type tokenCommand struct {
	Create createToken `cmd:"" help:"Make a token, and show it: once."`
	List   listTokens  `cmd:"" help:"List all tokens that there ever were."`
	Revoke revokeToken `cmd:"" help:"End a token: within ten seconds it lets nobody in any more."`
}

type createToken struct {
	File   string       `arg:"" help:"The configuration, such as hotline.yaml."`
	Name   string       `arg:"" help:"What it is for, such as prometheus."`
	Scopes []gate.Scope `arg:"" help:"What it may be used for: figures:read, calls:read, calls:record, calls:write, tickets:read, tickets:write, customers:read, customers:write, metrics:read."`
	For    int          `default:"365" help:"Days after which it ends; 0 is never."`
}

func (c createToken) Run(ctx context.Context) error {
	if err := gate.CheckMachine(c.Name, c.Scopes); err != nil {
		return err
	}
	if c.For < 0 || c.For > 36500 {
		return fmt.Errorf("--for %d: expected 0 to 36500 days", c.For)
	}
	return withAccounts(c.File, func(s *accounts.Accounts) error {
		token, hash := gate.NewToken()
		m := gate.Machine{Name: c.Name, Hash: hash, Scopes: c.Scopes, Created: time.Now().UTC(), By: operator()}
		until := "until it is revoked"
		if c.For > 0 {
			m.Expires = m.Created.AddDate(0, 0, c.For)
			until = "until " + m.Expires.Format(time.DateOnly)
		}
		if err := s.MakeToken(ctx, m); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "token %s, %s; it is shown this once:\n", c.Name, until)
		fmt.Println(token)
		return nil
	})
}

type listTokens struct {
	File string `arg:"" help:"The configuration, such as hotline.yaml."`
}

func (c listTokens) Run(ctx context.Context) error {
	return withAccounts(c.File, func(s *accounts.Accounts) error {
		all, err := s.AllMachines(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "NAME\tSCOPES\tMADE\tBY\tENDS\tLAST USED\tREVOKED")
		for _, m := range all {
			scopes := make([]string, len(m.Scopes))
			for i, scope := range m.Scopes {
				scopes[i] = string(scope)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", m.Name, strings.Join(scopes, ","), day(m.Created), m.By, day(m.Expires), day(m.LastUsed), day(m.Revoked))
		}
		return w.Flush()
	})
}

type revokeToken struct {
	File string `arg:"" help:"The configuration, such as hotline.yaml."`
	Name string `arg:"" help:"Whose token ends."`
}

func (c revokeToken) Run(ctx context.Context) error {
	return withAccounts(c.File, func(s *accounts.Accounts) error {
		was, err := s.RevokeToken(ctx, c.Name, operator(), time.Now().UTC())
		if err == nil && !was {
			err = fmt.Errorf("no token %q lets anybody in", c.Name)
		}
		return err
	})
}

func withAccounts(file string, do func(*accounts.Accounts) error) error {
	return withDatabase(file, func(_ config.Config, pool *pgxpool.Pool) error { return do(accounts.New(pool)) })
}

func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04")
}
