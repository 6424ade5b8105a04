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

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/personal"
	"hotline/recordings"
	recorded "hotline/recordings/postgres"
	"hotline/recordings/vault"
	"hotline/telephony"
	"hotline/telephony/asterisk"
	"hotline/telephony/phonenumbers"
	"hotline/tickets"
	ticketstore "hotline/tickets/postgres"
	"hotline/tickets/spool"
)

type personCommand struct {
	Export personExportCommand `cmd:"" help:"Write down all that is held about one person, as JSON."`
	Erase  personEraseCommand  `cmd:"" help:"Erase one person from database, journal, spool, recordings and files. Run it on the server that serves: the others are told."`

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
func (w whom) with(ctx context.Context, do func(context.Context, config.Config, *pgxpool.Pool, ticketstore.Person) error) error {
	return withDatabase(w.File, func(conf config.Config, pool *pgxpool.Pool) error {
		store := ticketstore.New(pool)
		all, err := meant(ctx, conf, store, w.Who)
		if err != nil {
			return err
		}
		if len(all) > 1 {
			var each []string
			for _, p := range all {
				each = append(each, strings.TrimSpace(p.Customer+" "+p.Name+" "+p.Contract))
			}
			return fmt.Errorf("%s may be any of these, so say which by the id:\n%s", w.Who, strings.Join(each, "\n"))
		}
		return do(ctx, conf, pool, all[0])
	})
}

// meant are the persons whom somebody's words may mean; ticketstore.ErrNobody where they mean none.
func meant(ctx context.Context, conf config.Config, store *ticketstore.Store, words string) ([]ticketstore.Person, error) {
	words = strings.TrimSpace(words)
	return store.Persons(ctx, words, phonenumbers.Parse(words, conf.Line.Region).Key())
}

func (c personExportCommand) Run(ctx context.Context) error { return c.with(ctx, c.export) }

func (c personExportCommand) export(ctx context.Context, conf config.Config, pool *pgxpool.Pool, p ticketstore.Person) error {
	t := taking{conf: conf, store: ticketstore.New(pool), listed: recorded.New(pool), by: tickets.Look{Who: commandLine()}}
	if c.Into != "" {
		t.put = c.put
	}
	e, err := t.held(ctx, p)
	if err == nil {
		err = t.rest(ctx, &e)
	}
	if err != nil {
		return err
	}
	if c.Into == "" {
		return asJSON(e)(os.Stdout)
	}
	err = c.put("person.json", asJSON(e))
	if err == nil && len(e.Unreadable) > 0 {
		err = fmt.Errorf("all else is there, but these are not there any more, or damaged: %s", strings.Join(e.Unreadable, ", "))
	}
	return err
}

// put writes a file into the folder.
func (c personExportCommand) put(name string, write func(io.Writer) error) error {
	file := filepath.Join(c.Into, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// taking is an export of a person.
type taking struct {
	conf   config.Config
	store  *ticketstore.Store
	by     tickets.Look                                         // who takes it, and where they are
	heard  []string                                             // calls of which there are recordings
	listed *recorded.Rows                                       // recordings that are kept; nil: none
	kept   []recordings.Entry                                   // of these the person's
	put    func(name string, write func(io.Writer) error) error // where sound and files go; nil: nowhere
}

func (t *taking) looked(ctx context.Context, did tickets.Deed, subjects ...string) error {
	return lookedAs(ctx, t.store, t.by, did, subjects...)
}

// held is what database and disk hold, and which recordings Asterisk has, once the line is written of who takes it.
func (t *taking) held(ctx context.Context, p ticketstore.Person) (e personal.Export, err error) {
	e = personal.Export{Person: p, At: time.Now().UTC()}
	theirs, err := t.store.Traces(ctx, p)
	if err != nil {
		return e, err
	}
	calls, subjects := theirs.Contacts(), []string{p.Customer}
	if p.Customer == "" {
		subjects = calls // a number is not written into the audit
	}
	if err := t.looked(ctx, tickets.ExportedPerson, subjects...); err != nil {
		return e, err
	}
	if e.Database, err = t.store.Dossier(ctx, theirs); err != nil {
		return e, err
	}
	if e.Disk, err = personal.Disk(t.conf.Spool, personal.Erasure{Person: p, Calls: calls}.Texts()); err != nil {
		return e, err
	}
	x := t.asterisk()
	defer x.Close()
	all, err := x.Recordings(ctx)
	if err != nil {
		return e, fmt.Errorf("recordings: %w", err)
	}
	for call, theirs := range all {
		if slices.Contains(calls, string(call)) {
			e.Recordings, t.heard = append(e.Recordings, theirs...), append(t.heard, string(call))
		}
	}
	if t.listed != nil {
		if t.kept, err = t.listed.OfCalls(ctx, callIDs(calls)...); err != nil {
			return e, fmt.Errorf("recordings: %w", err)
		}
	}
	for _, one := range t.kept {
		e.Recordings, t.heard = append(e.Recordings, keptName(one)), append(t.heard, string(one.Call))
	}
	slices.Sort(e.Recordings)
	return e, nil
}

// keptName is what a recording that is kept is called beside an export.
func keptName(e recordings.Entry) string { return "recording-" + string(e.ID) }

func callIDs(calls []string) (ids []telephony.CallID) {
	for _, id := range calls {
		ids = append(ids, telephony.CallID(id))
	}
	return ids
}

// keptSounds puts the sound of recordings that are kept.
func (t *taking) keptSounds(e *personal.Export) error {
	if len(t.kept) == 0 {
		return nil
	}
	keys, err := vault.ReadKeys(t.conf.Recordings.Keys)
	if err != nil {
		return err
	}
	f := vault.Folder{Path: t.conf.RecordingsFolder(), Keys: keys}
	for _, one := range t.kept {
		sound, err := f.Open(one.ID)
		if errors.Is(err, recordings.ErrNone) || errors.Is(err, recordings.ErrDamaged) || errors.Is(err, recordings.ErrNoKey) {
			e.Unreadable = append(e.Unreadable, keptName(one))
			continue
		}
		if err == nil {
			err = t.put(keptName(one)+".wav", func(w io.Writer) error { _, err := io.Copy(w, sound); return err })
			err = errors.Join(err, sound.Close())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rest puts what recordings and files hold, and says which are not there any more.
func (t *taking) rest(ctx context.Context, e *personal.Export) error {
	if t.put == nil {
		return nil
	}
	if err := t.recordings(ctx, e); err != nil {
		return fmt.Errorf("recordings: %w", err)
	}
	if err := t.files(ctx, e); err != nil {
		return fmt.Errorf("files: %w", err)
	}
	return nil
}

func (t *taking) asterisk() *asterisk.Examination {
	a := t.conf.Asterisk
	return asterisk.Examine(asterisk.Options{Node: a.Node, URL: a.URL, User: a.User, Password: a.Password.Text(), App: a.App})
}

// asJSON is an export as JSON.
func asJSON(e personal.Export) func(io.Writer) error {
	return func(w io.Writer) error {
		out := json.NewEncoder(w)
		out.SetIndent("", "  ")
		return out.Encode(e)
	}
}

// recordings puts their sound, which counts as listening.
func (t *taking) recordings(ctx context.Context, e *personal.Export) error {
	if len(t.heard) == 0 {
		return nil
	}
	if err := t.looked(ctx, tickets.HeardRecording, t.heard...); err != nil {
		return err
	}
	x := t.asterisk()
	defer x.Close()
	for _, name := range e.Recordings {
		if slices.ContainsFunc(t.kept, func(one recordings.Entry) bool { return keptName(one) == name }) {
			continue
		}
		sound, err := x.Recording(ctx, name)
		if errors.Is(err, telephony.ErrGone) { // since they were named
			e.Unreadable = append(e.Unreadable, name)
			continue
		}
		if err == nil {
			err = t.put(name+".wav", func(w io.Writer) error { _, err := w.Write(sound); return err })
		}
		if err != nil {
			return err
		}
	}
	return t.keptSounds(e)
}

// erasedWithin is how long the command waits for the Hotline that runs.
const erasedWithin = time.Minute

func (c personEraseCommand) Run(ctx context.Context) error { return c.with(ctx, c.erase) }

func (c personEraseCommand) erase(ctx context.Context, conf config.Config, pool *pgxpool.Pool, p ticketstore.Person) error {
	if free, err := spool.Free(conf.Spool); err != nil {
		return err
	} else if free {
		return errors.New("no Hotline runs here, and its disk may hold what is on its way to the database: start it first")
	}
	if !c.Yes && !agreed(os.Stdin, os.Stdout, p) {
		return errors.New("nothing is erased")
	}
	calls, file, err := eraseFromDatabase(ctx, conf, ticketstore.New(pool), p, ticketstore.ErasureOrder{Closes: c.Close, Who: commandLine()})
	if err != nil {
		return err
	}
	fmt.Printf("erased from the database: %d contacts\n", calls)
	return eraseFromDisk(ctx, file)
}

// eraseFromDatabase erases a person from the database, and asks the Hotline that runs for the rest: file is there until it has done it.
func eraseFromDatabase(ctx context.Context, conf config.Config, store *ticketstore.Store, p ticketstore.Person, o ticketstore.ErasureOrder) (contacts int, file string, err error) {
	here, _, err := readMark(conf.Spool, thisMachine())
	if err != nil {
		return 0, "", err
	}
	o.Noted = func(ctx context.Context, tx pgx.Tx, calls []string) (err error) { // before the database forgets who it was
		e := personal.Erasure{Person: p, Calls: calls}
		if err := notPromised(conf, e); err != nil {
			return err
		}
		if err := personal.Tell(ctx, tx, here.Holder, e); err != nil {
			return err
		}
		contacts = len(calls)
		file, err = personal.Ask(personal.Folder(conf.Spool), e)
		return err
	}
	// Whoever goes away at the commit would leave it open whether it took effect, and take the disk's order back.
	if err := store.Erase(context.WithoutCancel(ctx), p, o); err != nil {
		return 0, "", errors.Join(err, os.RemoveAll(file))
	}
	return contacts, file, nil
}

// notPromised says that they are promised a callback of which the database may not know yet.
func notPromised(conf config.Config, e personal.Erasure) error {
	waits, err := personal.Callbacks(conf.Spool, e.Texts())
	if err == nil && len(waits) > 0 {
		err = ticketstore.Promised
	}
	return err
}

// eraseFromDisk waits until the Hotline that has the files open has done it.
func eraseFromDisk(ctx context.Context, file string) error {
	ctx, cancel := context.WithTimeout(ctx, erasedWithin)
	defer cancel()
	if !personal.Await(ctx, file) {
		return fmt.Errorf("journal, spool, recordings or files are not erased yet: Hotline goes on trying, and its log says why; %s is there until it has", file)
	}
	fmt.Println("erased from journal, spool, recordings and files. Not erased: backups, what another server has on a disk of its own until it runs, Asterisk's own logs, and what your carrier keeps")
	return nil
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
	calls := callIDs(e.Calls)
	if s.tapes != nil { // first: after it nothing more comes into the archive
		if err := s.tapes.Erase(ctx, calls...); err != nil {
			return fmt.Errorf("recordings: %w", err)
		}
	}
	if _, err := s.sw.DeleteRecordings(ctx, calls...); err != nil {
		return fmt.Errorf("recordings: %w", err)
	}
	if s.archive != nil {
		if _, err := s.archive.Settle(ctx); err != nil { // the rows may not know of all that there is
			return fmt.Errorf("recordings: %w", err)
		}
		held, err := s.archive.DeleteCalls(ctx, recordings.Deletion{At: time.Now(), By: recordings.ByErasure}, calls...)
		if err != nil {
			return fmt.Errorf("recordings: %w", err)
		}
		if len(held) > 0 {
			s.log.Warn("recordings of an erased person are held, and stay until somebody releases and deletes them", "recordings", held)
		}
	}
	if _, err := s.files.Sweep(ctx, time.Now().Add(-sweepYoung)); err != nil {
		return fmt.Errorf("files: %w", err)
	}
	return nil
}
