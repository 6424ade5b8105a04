package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/user"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/cmd/hotline/config"
	"hotline/tickets"
	ticketstore "hotline/tickets/postgres"
)

// auditCommand lists who looked at whose data, the oldest first.
type auditCommand struct {
	File    string `arg:"" help:"The configuration, such as hotline.yaml."`
	Since   string `placeholder:"DAY" help:"From this day on, by the line's clock, such as 2026-11-01."`
	Who     string `placeholder:"LOGIN" help:"What one person did; \"command line\" is whoever used commands."`
	Subject string `placeholder:"ID" help:"What was done with one ticket, call, or customer, such as 100001."`
	JSON    bool   `name:"json" help:"One JSON object a line."`
}

func (c auditCommand) Run(ctx context.Context) error {
	return withDatabase(c.File, func(conf config.Config, pool *pgxpool.Pool) (err error) {
		about := ticketstore.Looks{Who: c.Who, Subject: c.Subject}
		if c.Since != "" {
			if about.Since, err = time.ParseInLocation(time.DateOnly, c.Since, conf.Location()); err != nil {
				return fmt.Errorf("--since: %q is no day: write it as 2026-11-01", c.Since)
			}
		}
		if n, err := tickets.ParseNumber(c.Subject); err == nil {
			about.Subject = string(n)
		}
		for l, err := range ticketstore.New(pool).Looks(ctx, about) {
			if err == nil {
				err = c.write(os.Stdout, l, conf.Location())
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// write writes one line: when, who, from where, what, about what.
func (c auditCommand) write(out io.Writer, l tickets.Look, place *time.Location) (err error) {
	if c.JSON {
		return json.NewEncoder(out).Encode(struct {
			At      time.Time    `json:"at"`
			Who     string       `json:"who"`
			Address string       `json:"address,omitempty"`
			Did     tickets.Deed `json:"did"`
			Subject string       `json:"subject"`
		}{l.At.UTC(), l.Who, l.Address, l.Did, l.Subject})
	}
	_, err = fmt.Fprintf(out, "%s  %-20s  %-15s  %-36s  %s\n", l.At.In(place).Format(time.DateTime),
		tickets.Display(l.Who), cmp.Or(tickets.Display(l.Address), "–"), tickets.Display(string(l.Did)), tickets.Display(l.Subject))
	return err
}

// lookedAs adds lines to the audit about what somebody does, before it is done: without them it is not. by is who, and from where.
func lookedAs(ctx context.Context, store *ticketstore.Store, by tickets.Look, did tickets.Deed, subjects ...string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var looks []tickets.Look
	for _, subject := range subjects {
		looks = append(looks, tickets.Look{Who: by.Who, Address: by.Address, Did: did, Subject: subject})
	}
	return store.Looked(ctx, looks...)
}

// commandLine is who uses a command, as the audit says.
func commandLine() string { return "command line: " + operator() }

// operator is who uses a command: the user of the operating system, and whoever became that by sudo.
func operator() string {
	name := strconv.Itoa(os.Getuid())
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if before := os.Getenv("SUDO_USER"); before != "" && before != name {
		name += " for " + tickets.Display(before)
	}
	return name
}
