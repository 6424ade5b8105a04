package main

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"hotline/cmd/hotline/schema"
	"hotline/cmd/hotline/watch"
	"hotline/tickets/spool"
	"hotline/tickets/work"
)

// When an operator is told that something runs out.
const (
	fewNumbers = 1000        // ticket numbers in reserve: a few hours of a busy line
	littleRoom = 1 << 30     // bytes on the spool's disk
	longWait   = time.Minute // of the oldest fact for the database
	workLate   = 15 * time.Minute
)

// wireHealth makes what answers /livez and /readyz.
func (s *service) wireHealth() {
	pulse := &watch.Pulse{}
	pulse.Watch("router", s.acd.Move)
	pulse.Watch("pages", s.hub.Move)
	pulse.Watch("spool", s.spool.Move)
	pulse.Watch("asterisk", s.sw.Move)
	s.health = &watch.Health{Pulse: pulse, Parts: s.parts}
	s.metrics.MustRegister(s.health)
}

// maySeeParts says to whom /readyz of the pages' listener tells more than a word. Behind a proxy everybody seems to be near.
func (s *service) maySeeParts(r *http.Request) bool {
	return s.config.HTTP.BehindProxy == nil && watch.Local(r)
}

// parts is how each part is now. Nothing here waits: what can be slow is asked elsewhere, and its last answer taken.
func (s *service) parts() []watch.Part {
	parts := []watch.Part{s.process(), s.switchPart(), s.admissionPart()}
	parts = append(parts, s.databaseParts()...)
	parts = append(parts, s.spoolParts()...)
	parts = append(parts, workPart(s.work.Seen()))
	if s.canary.every > 0 {
		parts = append(parts, s.canary.part())
	}
	if s.tapes != nil {
		parts = append(parts, s.recordingPart())
	}
	if s.certificate.File != "" {
		parts = append(parts, s.certificatePart())
	}
	return parts
}

// process is Hotline itself: on its way up, serving, or on its way down.
func (s *service) process() watch.Part {
	p := watch.Part{Name: "hotline", Needs: watch.ForCalls, State: watch.StateOK, Since: s.started}
	select {
	case <-s.ready:
	default:
		p.State, p.Says = "starting", "the calls of before the start are taken up first"
	}
	if s.draining.Load() {
		p.State, p.Says = "stopping", "calls stay with Asterisk for the next Hotline"
	}
	if stuck := s.health.Pulse.Stuck(); len(stuck) > 0 {
		p.State, p.Says = "stuck", "no answer from: "+strings.Join(stuck, ", ")
	}
	return p
}

func (s *service) switchPart() watch.Part {
	p := watch.Part{Name: "asterisk", Node: s.config.Asterisk.Node, Needs: watch.ForCalls, State: watch.StateOK}
	if !s.sw.Connected() {
		p.State = "away"
		if err := s.sw.Err(); err != nil {
			p.Says = err.Error()
		}
	}
	return p
}

// admissionPart says whether new calls come in as they arrive. Those that are held are served, later, or have a ticket.
func (s *service) admissionPart() watch.Part {
	p := watch.Part{Name: "admission", State: watch.StateOK}
	if load := s.line.Load(); s.admits.Busy(time.Now(), load) {
		p.State, p.Says = "behind", fmt.Sprintf("Asterisk answers after %s; no new call rings for that", load.Delay.Round(time.Millisecond))
		if _, held := s.admits.State(); held > 0 {
			p.Says = fmt.Sprintf("new calls that ring and are held: %d; Asterisk answers after %s", held, load.Delay.Round(time.Millisecond))
		}
	}
	return p
}

// databaseParts are the database, its schema, and whether people are in it. Without it calls are served, facts wait, and people sign in by the copy, where there
// is one.
func (s *service) databaseParts() []watch.Part {
	up, since, has := s.database.up(time.Now())
	needed, byCopy := watch.ForSignIn, s.signIns.Away()
	if byCopy {
		needed = ""
	}
	database := watch.Part{Name: "database", Needs: needed, State: watch.StateOK, Since: since}
	if !up {
		database.State, database.Says = "away", "calls are served, facts wait on disk, nobody can sign in"
		if byCopy {
			database.Says = "calls are served, facts wait on disk, people sign in by the copy on disk"
		}
		if err := s.database.err(); err != nil {
			database.Says += ": " + schema.OneLine(err).Error()
		}
	}
	wanted, err := schema.Version()
	migrations := watch.Part{Name: "migrations", Needs: needed, State: watch.StateOK, Says: fmt.Sprintf("%d of %d", has, wanted)}
	switch {
	case err != nil:
		migrations.State, migrations.Says = "unknown", err.Error()
	case has < wanted:
		migrations.State = "missing"
	}
	seated, wants := s.seated.Load(), s.people.Load()
	people := watch.Part{Name: "people", Needs: needed, State: watch.StateOK, Says: fmt.Sprintf("%d may sign in", len(*wants))}
	switch {
	case seated == nil:
		people.State, people.Says = "starting", "who may sign in is not in the database yet"
	case s.notSeated.Load() > 0:
		people.State, people.Says, people.Needs = "refused", fmt.Sprintf("%d of %d cannot sign in; the log says who and why", s.notSeated.Load(), len(*wants)), ""
	case seated != wants: // those of before the reload sign in as they did
		people.State, people.Says, people.Needs = "behind", "those of the last reload are not in the database yet", ""
	}
	return []watch.Part{database, migrations, people}
}

// spoolParts are the disk, the facts on their way, and the ticket numbers in reserve.
func (s *service) spoolParts() []watch.Part {
	n, register := s.spool.Stats(), s.register.Stats()
	disk, err := s.spool.Disk()
	aside, _ := s.spool.Aside()
	numbers := watch.Part{Name: "numbers", State: watch.StateOK, Says: fmt.Sprintf("%d ticket numbers in reserve", register.Numbers)}
	if register.Numbers < fewNumbers {
		numbers.State = "low"
	}
	return []watch.Part{diskPart(n, disk, err), factsPart(n, register.Lost, aside, s.spool.AsideFile()), numbers}
}

// diskPart is the spool's disk. One that takes nothing stops no call: facts are in memory then, and a kill would lose them.
func diskPart(n spool.Stats, disk spool.Disk, err error) watch.Part {
	p := watch.Part{Name: "spool", State: watch.StateOK, Says: fmt.Sprintf("%d MB free", disk.Free>>20)}
	switch {
	case n.Refused != nil:
		p.State, p.Says = "failing", fmt.Sprintf("the disk takes nothing, and facts in memory only are: %d (%v)", n.Queued, n.Refused)
	case err != nil:
		p.State, p.Says = "unknown", err.Error()
	case disk.Free < littleRoom:
		p.State = "low"
	}
	return p
}

// factsPart is what is on its way to the database. What is lost comes first, for nothing brings it back.
func factsPart(n spool.Stats, lost int64, aside int, asideFile string) watch.Part {
	p := watch.Part{Name: "facts", State: watch.StateOK, Says: fmt.Sprintf("waiting for the database: %d", n.Waiting)}
	switch {
	case lost > 0:
		p.State, p.Says = "lost", fmt.Sprintf("taken by neither disk nor memory: %d", lost)
	case aside > 0:
		p.State, p.Says = "set_aside", fmt.Sprintf("refused by the database for ever: %d, in %s", aside, asideFile)
	case n.Waiting > 0 && time.Since(n.Since) > longWait:
		p.State, p.Since = "waiting", n.Since
	}
	return p
}

// workPart is what is to be done later. A job that is dead waits for somebody.
func workPart(d work.Depth) watch.Part {
	p := watch.Part{Name: "work", State: watch.StateOK}
	switch dead := d.Dead(); {
	case dead > 0:
		p.State, p.Says = "dead", fmt.Sprintf("jobs that have failed for the last time: %d; see hotline work list", dead)
	case !d.Oldest.IsZero() && d.Asked.Sub(d.Oldest) > workLate:
		p.State, p.Says, p.Since = "late", "jobs that are due do not begin", d.Oldest
	}
	return p
}

func (s *service) certificatePart() watch.Part {
	p := watch.Part{Name: "certificate", State: watch.StateOK}
	ends, err := s.certificate.Expires()
	p.Says = "valid until " + ends.UTC().Format(time.DateTime)
	switch left := time.Until(ends); {
	case err != nil:
		p.State, p.Says = "unreadable", err.Error()
	case left <= 0:
		p.State = "expired"
	case left < watch.CertificateEndsSoon:
		p.State = "expiring"
	}
	return p
}

// err is why the database is away.
func (d *database) err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.asked.IsZero() {
		return errors.New("it has not answered yet")
	}
	return d.away
}
