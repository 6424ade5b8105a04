// Command hotline is the contact centre: one binary that serves the line, and the tools
// around it. This room sees all others: it reads the configuration, wires the rooms
// together, runs them and lets them drain. It holds no rule about calls or tickets.
//
//	wire.go     the service, wired; serve.go runs it; resume.go, drain.go, reload.go what happens to it; people.go, phones.go, database.go whom and what it tends
//	standby.go  who is in charge where several Hotlines could serve, by the rows of lease; standby_door.go what those who wait say on their ports; handover.go the command
//	web.go      the ports: how many connections there may be, and how long they may take
//	talks.go    what the pages do in a talk, between agentapi/desk and ivr
//	config      the one YAML file: what it says, the place of each mistake, what a reload changes
//	check.go    the proof of the configuration, and of all its queues together: see queues/proof
//	demo        a small internet provider on a private Asterisk and PostgreSQL; demo.go gives it a service
//	reserve.go  tickets of the calls that Asterisk took alone
//	canary.go   calls by which Hotline tries its own line
//	asterisk.go an operator's Asterisk, set up as hotline.yaml has it
//	doctor      what the configuration points at, tried one by one
//	schema      the database's migrations; migrate.go has the command
//	personal    one person's data, exported and erased: person.go has the commands; audit.go says who used them, and who looked at whose data
//	archive.go  recordings that are kept: settled, forgotten, verified; recordings.go has the commands
//	facts.go    facts that were set aside
//	work.go     the jobs that wait, run or have failed
//	second.go   the way out for who has lost their second factor
//	days        days that pass in a second: simulated ones, and one that was, again; simulate.go has the commands
//	customers.go what the installation says about customers; customers_import.go takes them over from a file
//	token.go    the tokens of programs
//	call.go     a test call from the command line
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"hotline/cmd/hotline/doctor"
	"hotline/cmd/hotline/watch"

	"github.com/alecthomas/kong"
)

type commands struct {
	Serve      serveCommand      `cmd:"" help:"Serve the line with your own PostgreSQL and Asterisk."`
	Handover   handoverCommand   `cmd:"" help:"Ask the Hotline that serves to let its standby serve."`
	Demo       demoCommand       `cmd:"" help:"Show it all: a small internet provider on a private PostgreSQL and Asterisk, with simulated customers and agents."`
	Migrate    migrateCommand    `cmd:"" help:"Bring the database's schema up to date."`
	Check      checkCommand      `cmd:"" help:"Prove the configuration: each mistake with its line and column."`
	Asterisk   asteriskCommand   `cmd:"" help:"Set up an Asterisk that serves Hotline alone: its configuration, and the line's prompts."`
	Token      tokenCommand      `cmd:"" help:"Tokens by which programs read figures, calls, tickets and metrics."`
	Doctor     doctor.Command    `cmd:"" help:"Try what the configuration points at, and say what to do about what fails."`
	Person     personCommand     `cmd:"" help:"Export or erase what is held about one person."`
	Customers  customersCommand  `cmd:"" help:"Import customers from a file."`
	Audit      auditCommand      `cmd:"" help:"List who looked at whose data, exported or erased it."`
	Recordings recordingsCommand `cmd:"" help:"Keys of recordings, and whether all are whole."`
	Work       workCommand       `cmd:"" help:"List the jobs that wait, run or have failed, and have failed ones done again."`
	Facts      factsCommand      `cmd:"" help:"List facts that the database refused and that were set aside, and try them again."`
	Factor     factorCommand     `cmd:"" name:"second-factor" help:"Help somebody who has lost their second factor."`
	Simulate   simulateCommand   `cmd:"" help:"Let simulated days pass with your queues, agents and callers: service level, occupancy, and where the waits came from."`
	Replay     replayCommand     `cmd:"" help:"Play a day of the journal through the router again: as it was, or with other rules, skills or staff, side by side."`
	Call       callCommand       `cmd:"" help:"Place a test call over SIP: type digits, save what is heard."`

	Verbose bool `short:"v" help:"Log more."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c commands
	k := kong.Parse(&c, kong.Name("hotline"), kong.UsageOnError(), kong.Description("A contact-centre backend with one phone number, on Asterisk."))
	level := slog.LevelInfo
	if c.Verbose {
		level = slog.LevelDebug
	}
	log := watch.NewLog(os.Stderr, "text", level)
	k.BindTo(ctx, (*context.Context)(nil))
	if err := k.Run(log); err != nil {
		report(err)
		os.Exit(1)
	}
}

// report prints an error, each line of it as one of its own: a configuration has many mistakes.
func report(err error) {
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintln(os.Stderr, "hotline:", strings.TrimSpace(line))
	}
}
