package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/personal"
	"hotline/telephony"
	"hotline/telephony/asterisk"
	"hotline/telephony/phonenumbers"
	"hotline/tickets"
	ticketstore "hotline/tickets/postgres"
	"hotline/tickets/spool"
)

type personCommand struct {
	Export personExportCommand `cmd:"" help:"Write down all that is held about one person, as JSON."`
	Erase  personEraseCommand  `cmd:"" help:"Erase one person from database, journal, spool and recordings."`

	Withheld withheldCommand `cmd:"" help:"Show the number of a caller who withholds it, where the network told it. It leaves a line in the audit."`
}

// whom is who a command is about.
type whom struct {
	File string `arg:"" help:"The configuration, such as hotline.yaml."`
	Who  string `arg:"" help:"A number, a contract, or the id of a customer."`
}

type personExportCommand struct {
	whom `embed:""`
	Into string `help:"A folder for the export and the sound of recordings; without it the export goes to the standard output."`
}

type personEraseCommand struct {
	whom  `embed:""`
	Close bool `help:"Close the tickets of theirs that are open, which else stand against it."`
	Yes   bool `help:"Do not ask."`
}

// with gives a command the one person that is meant.
func (w whom) with(ctx context.Context, do func(context.Context, config.Config, *ticketstore.Store, ticketstore.Person) error) error {
	return withDatabase(w.File, func(conf config.Config, pool *pgxpool.Pool) error {
		store, who := ticketstore.New(pool), strings.TrimSpace(w.Who)
		all, err := store.Persons(ctx, who, phonenumbers.Parse(who, conf.Line.Region).Key())
		if err != nil {
			return err
		}
		if len(all) > 1 {
			var each []string
			for _, p := range all {
				each = append(each, strings.TrimSpace(p.Customer+" "+p.Name+" "+p.Contract))
			}
			return fmt.Errorf("%s may be any of these, so say which by the id:\n%s", who, strings.Join(each, "\n"))
		}
		return do(ctx, conf, store, all[0])
	})
}

func (c personExportCommand) Run(ctx context.Context) error { return c.with(ctx, c.export) }

func (c personExportCommand) export(ctx context.Context, conf config.Config, store *ticketstore.Store, p ticketstore.Person) error {
	e := personal.Export{Person: p, At: time.Now().UTC()}
	calls, err := store.Calls(ctx, p)
	if err != nil {
		return err
	}
	subjects := []string{p.Customer}
	if p.Customer == "" {
		subjects = calls // a number is not written into the audit
	}
	if err := lookedAs(ctx, store, tickets.ExportedPerson, subjects...); err != nil {
		return err
	}
	if e.Database, err = store.Dossier(ctx, p); err != nil {
		return err
	}
	if e.Disk, err = personal.Disk(conf.Spool, personal.Erasure{Person: p, Calls: calls}.Texts()); err != nil {
		return err
	}
	sounds, err := recordingsOf(ctx, conf, store, calls, c.Into)
	if err != nil {
		return fmt.Errorf("recordings: %w", err)
	}
	e.Recordings = sounds
	if c.Into != "" {
		if e.Files, err = filesOf(ctx, conf, store, e.Database, c.Into); err != nil {
			return fmt.Errorf("files: %w", err)
		}
	}
	text, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	if c.Into == "" {
		_, err = os.Stdout.Write(append(text, '\n'))
		return err
	}
	return os.WriteFile(filepath.Join(c.Into, "person.json"), append(text, '\n'), 0o600)
}

// recordingsOf names the recordings of some calls, and writes their sound into a folder where one is given, which counts as listening.
func recordingsOf(ctx context.Context, conf config.Config, store *ticketstore.Store, calls []string, into string) (names []string, err error) {
	if into != "" {
		if err := os.MkdirAll(into, 0o700); err != nil {
			return nil, err
		}
	}
	a := conf.Asterisk
	e := asterisk.Examine(asterisk.Options{Node: a.Node, URL: a.URL, User: a.User, Password: a.Password.Text(), App: a.App})
	defer e.Close()
	all, err := e.Recordings(ctx)
	var heard []string
	for call, theirs := range all {
		if slices.Contains(calls, string(call)) {
			names, heard = append(names, theirs...), append(heard, string(call))
		}
	}
	slices.Sort(names)
	if err == nil && into != "" && len(heard) > 0 {
		err = lookedAs(ctx, store, tickets.HeardRecording, heard...)
	}
	for _, name := range names {
		if into == "" || err != nil {
			break
		}
		var sound []byte
		if sound, err = e.Recording(ctx, name); err == nil {
			err = os.WriteFile(filepath.Join(into, name+".wav"), sound, 0o600)
		}
	}
	return names, err
}

// erasedWithin is how long the command waits for the Hotline that runs.
const erasedWithin = time.Minute

func (c personEraseCommand) Run(ctx context.Context) error { return c.with(ctx, c.erase) }

func (c personEraseCommand) erase(ctx context.Context, conf config.Config, store *ticketstore.Store, p ticketstore.Person) error {
	if free, err := spool.Free(conf.Spool); err != nil {
		return err
	} else if free {
		return errors.New("no Hotline runs here, and its disk may hold what is on its way to the database: start it first")
	}
	if !c.Yes && !agreed(os.Stdin, os.Stdout, p) {
		return errors.New("nothing is erased")
	}
	calls, err := store.Calls(ctx, p)
	if err != nil {
		return err
	}
	e := personal.Erasure{Person: p, Calls: calls}
	if waits, err := personal.Disk(conf.Spool, e.Texts()); err != nil {
		return err
	} else if promised(waits) {
		return errors.New("they are promised a callback: call them first")
	}
	var file string
	err = store.Erase(ctx, p, c.Close, commandLine(), func() (err error) { // noted before the database forgets who it was
		file, err = personal.Ask(personal.Folder(conf.Spool), e)
		return err
	})
	if err != nil {
		return errors.Join(err, os.RemoveAll(file))
	}
	fmt.Printf("erased from the database: %d contacts\n", len(calls))
	return eraseFromDisk(ctx, file)
}

// eraseFromDisk waits until the Hotline that has the files open has done it.
func eraseFromDisk(ctx context.Context, file string) error {
	ctx, cancel := context.WithTimeout(ctx, erasedWithin)
	defer cancel()
	if !personal.Await(ctx, file) {
		return fmt.Errorf("journal, spool, recordings or files are not erased yet: Hotline goes on trying, and its log says why; %s is there until it has", file)
	}
	fmt.Println("erased from journal, spool, recordings and files. Not erased: backups, Asterisk's own logs, and what your carrier keeps")
	return nil
}

func promised(disk map[string][]string) bool {
	for file := range disk {
		if strings.HasPrefix(file, "callbacks"+string(filepath.Separator)) {
			return true
		}
	}
	return false
}

// agreed asks whether this person is meant.
func agreed(in io.Reader, out io.Writer, p ticketstore.Person) bool {
	fmt.Fprintf(out, "%s %s %s\nWhat is held about them cannot be brought back. Erase it? Type yes: ", p.Name, p.Contract, strings.Join(p.Numbers, ", "))
	line, _ := bufio.NewReader(in).ReadString('\n')
	return strings.TrimSpace(line) == "yes"
}

// erase takes a person out of what this Hotline has on disk: the journal, what the spool set aside, recordings with Asterisk, and the contents of files
// that no ticket has any more. A file that came in the last minutes goes with the next sweep.
func (s *service) erase(ctx context.Context, e personal.Erasure) error {
	if err := s.journal.Erase(ctx, e.Instead()); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if _, err := s.spool.Erase(e.Texts()...); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	var calls []telephony.CallID
	for _, id := range e.Calls {
		calls = append(calls, telephony.CallID(id))
	}
	if _, err := s.sw.DeleteRecordings(ctx, calls...); err != nil {
		return fmt.Errorf("recordings: %w", err)
	}
	if _, err := s.files.Sweep(ctx, time.Now().Add(-sweepYoung)); err != nil {
		return fmt.Errorf("files: %w", err)
	}
	return nil
}
