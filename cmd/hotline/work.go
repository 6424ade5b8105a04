package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/cmd/hotline/config"
	"hotline/tickets"
	"hotline/tickets/work"
)

// workCommand lists the jobs that wait, run or have failed, and has them done again.
type workCommand struct {
	List   listWork   `cmd:"" help:"List jobs, the newest first: kind, state, attempts, next attempt, ticket, and what went wrong last."`
	Retry  retryWork  `cmd:"" help:"Have jobs done at once that have failed, or whose time is yet to come."`
	Delete deleteWork `cmd:"" help:"Take away dead jobs that nobody wants done any more."`
}

type listWork struct {
	File   string       `arg:"" help:"The configuration, such as hotline.yaml."`
	State  []work.State `help:"Only these: scheduled, ready, running, retrying, dead, done, cancelled. All but those that are done where nothing is said."`
	Kind   []string     `help:"Only these kinds, such as retention."`
	Ticket string       `placeholder:"NUMBER" help:"Only those about one ticket."`
	Limit  int          `default:"100" help:"So many at most, up to 1000."`
	Before int64        `placeholder:"ID" help:"Only those that were made before this one, for the next page."`
	JSON   bool         `name:"json" help:"One JSON object a line."`
}

func (c listWork) filter() (work.Filter, error) {
	f := work.Filter{States: c.State, Kinds: c.Kind, Ticket: c.Ticket, Before: c.Before, Limit: c.Limit}
	for _, s := range c.State {
		if !slices.Contains(work.States, s) {
			return f, fmt.Errorf("--state %s: expected one of %v", tickets.Display(string(s)), work.States)
		}
	}
	if c.Limit < 1 || c.Limit > 1000 {
		return f, fmt.Errorf("--limit %d: expected 1 to 1000", c.Limit)
	}
	if n, err := tickets.ParseNumber(c.Ticket); err == nil {
		f.Ticket = string(n)
	} else if c.Ticket != "" {
		return f, fmt.Errorf("--ticket: %w", err)
	}
	if len(f.States) == 0 {
		f.States = slices.DeleteFunc(slices.Clone(work.States), func(s work.State) bool { return s == work.Done })
	}
	return f, nil
}

func (c listWork) Run(ctx context.Context) error {
	f, err := c.filter()
	if err != nil {
		return err
	}
	return withWork(c.File, func(conf config.Config, q *work.Queue) error {
		all, err := q.List(ctx, f)
		if err != nil {
			return err
		}
		if c.JSON {
			out := json.NewEncoder(os.Stdout)
			for _, e := range all {
				if err := out.Encode(e); err != nil {
					return err
				}
			}
			return nil
		}
		return writeWork(os.Stdout, all, conf.Location())
	})
}

// writeWork writes jobs as a table.
func writeWork(out io.Writer, all []work.Entry, place *time.Location) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tKIND\tSTATE\tATTEMPTS\tNEXT\tTICKET\tLAST ERROR")
	for _, e := range all {
		next := "-"
		if !e.Next.IsZero() && e.State != work.Running {
			next = e.Next.In(place).Format(time.DateTime)
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%d/%d\t%s\t%s\t%s\n", e.ID, tickets.Display(e.Kind), e.State, e.Attempts, e.Most, next,
			cmp.Or(tickets.Display(e.Ticket), "-"), cmp.Or(short(tickets.Display(e.Error)), "-"))
	}
	return w.Flush()
}

// short is a text that fits into a line of a table; --json has the whole.
func short(text string) string {
	const most = 120
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most]) + "…"
}

type retryWork struct {
	File    string  `arg:"" help:"The configuration, such as hotline.yaml."`
	IDs     []int64 `arg:"" optional:"" help:"Which jobs, as hotline work list has them."`
	AllDead bool    `help:"All that have failed for the last time."`
	Kind    string  `help:"With --all-dead: only of this kind."`
}

func (c retryWork) Run(ctx context.Context) error {
	switch {
	case c.AllDead == (len(c.IDs) > 0):
		return errors.New("say which jobs, or --all-dead")
	case c.Kind != "" && !c.AllDead:
		return errors.New("--kind goes with --all-dead")
	}
	return withWork(c.File, func(_ config.Config, q *work.Queue) error {
		if c.AllDead {
			n, err := q.RetryAllDead(ctx, c.Kind)
			fmt.Printf("%d jobs are done again\n", n)
			return err
		}
		var err error
		for _, id := range c.IDs {
			was, failed := q.Retry(ctx, id)
			if failed == nil {
				fmt.Printf("job %d is done again: %s\n", id, strings.TrimSpace(was.Kind+" "+was.Ticket))
			}
			err = errors.Join(err, failed)
		}
		return err
	})
}

type deleteWork struct {
	File string  `arg:"" help:"The configuration, such as hotline.yaml."`
	IDs  []int64 `arg:"" help:"Which jobs, as hotline work list has them."`
}

func (c deleteWork) Run(ctx context.Context) error {
	return withWork(c.File, func(_ config.Config, q *work.Queue) (err error) {
		for _, id := range c.IDs {
			was, failed := q.Delete(ctx, id)
			if failed == nil {
				fmt.Printf("job %d is deleted: %s\n", id, strings.TrimSpace(was.Kind+" "+was.Ticket))
			}
			err = errors.Join(err, failed)
		}
		return err
	})
}

// withWork gives a command the queue, which runs nothing.
func withWork(file string, do func(config.Config, *work.Queue) error) error {
	return withDatabase(file, func(conf config.Config, pool *pgxpool.Pool) error {
		q, err := work.New(work.Options{Pool: pool})
		if err != nil {
			return err
		}
		return do(conf, q)
	})
}
