package desk

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"hotline/agentapi"
	"hotline/agentapi/stream"
	"hotline/queues"
	"hotline/tickets"
)

// KeptBulletin is a bulletin as it is kept.
type KeptBulletin struct {
	ID      string
	At      time.Time
	By      string // a person's id
	Kind    agentapi.BulletinKind
	Text    string
	Team    string
	Readers map[queues.AgentID]time.Time // when each acknowledged it; zero is not yet
}

// BulletinStore keeps bulletins beyond a restart. The Accounts of agentapi/postgres implement it.
type BulletinStore interface {
	KeepBulletin(ctx context.Context, b KeptBulletin) error
	SeeBulletin(ctx context.Context, id string, agent queues.AgentID, at time.Time) error
	// Bulletins are those said since, the earliest first.
	Bulletins(ctx context.Context, since time.Time) ([]KeptBulletin, error)
}

// bulletinsFor is how long a bulletin stays on desks, and is listed with who has not acknowledged it.
const bulletinsFor = 12 * time.Hour

// bulletins are those of the last hours. What is in memory counts, and is on the desks at once: the database is told beside, one thing after the
// other, and whoever asked waits a moment for it and no longer. What it does not take is forgotten by the next restart, which the log says.
type bulletins struct {
	store BulletinStore // nil: nothing outlives a restart
	log   *slog.Logger

	mu      sync.Mutex
	all     []KeptBulletin              // guarded by mu; the earliest first
	pending []func(ctx context.Context) // guarded by mu: what the database is to be told; mostPending at most
	telling bool                        // guarded by mu: a goroutine does
}

const (
	mostPending = 1000
	keptWithin  = time.Second // a moment
)

// tell lets the database be told something beside. kept is closed when it was, in vain perhaps.
func (b *bulletins) tell(what func(ctx context.Context)) (kept <-chan struct{}) {
	done := make(chan struct{})
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.pending) >= mostPending {
		b.log.Warn("the database is told no more of bulletins, for it is far behind: a restart forgets what was said, and shows again what was acknowledged")
		close(done)
		return done
	}
	b.pending = append(b.pending, func(ctx context.Context) {
		defer close(done)
		what(ctx)
	})
	if !b.telling {
		b.telling = true
		go b.tellAll()
	}
	return done
}

func (b *bulletins) tellAll() {
	for {
		b.mu.Lock()
		if len(b.pending) == 0 {
			b.telling = false
			b.mu.Unlock()
			return
		}
		next := b.pending[0]
		b.pending = b.pending[1:]
		b.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), commandTime)
		next(ctx)
		cancel()
	}
}

// aMoment waits until something is kept, but no longer than a moment.
func aMoment(ctx context.Context, kept <-chan struct{}) {
	t := time.NewTimer(keptWithin)
	defer t.Stop()
	select {
	case <-kept:
	case <-t.C:
	case <-ctx.Done():
	}
}

// fresh are those that still count. Under mu.
func (b *bulletins) fresh() []KeptBulletin {
	b.all = slices.DeleteFunc(b.all, func(k KeptBulletin) bool { return time.Since(k.At) > bulletinsFor })
	return b.all
}

// add puts one on the desks that are shown next. kept is closed when the database was told.
func (b *bulletins) add(k KeptBulletin) (kept <-chan struct{}) {
	stored := k
	stored.Readers = maps.Clone(k.Readers) // others acknowledge it meanwhile
	b.mu.Lock()
	b.all = append(b.fresh(), k)
	b.mu.Unlock()
	if b.store == nil {
		return closed
	}
	return b.tell(func(ctx context.Context) {
		if err := b.store.KeepBulletin(ctx, stored); err != nil {
			b.log.Warn("a bulletin is on the desks and not in the database: a restart forgets it", "bulletin", k.ID, "err", err)
		}
	})
}

// see notes that an agent has acknowledged one; false where it is not theirs, or is over.
func (b *bulletins) see(id string, agent queues.AgentID) (kept <-chan struct{}, found bool) {
	at := time.Now()
	b.mu.Lock()
	if i := slices.IndexFunc(b.fresh(), func(k KeptBulletin) bool { return k.ID == id }); i >= 0 {
		var seen time.Time
		if seen, found = b.all[i].Readers[agent]; found && seen.IsZero() {
			b.all[i].Readers[agent] = at
		}
	}
	b.mu.Unlock()
	if !found || b.store == nil {
		return closed, found
	}
	return b.tell(func(ctx context.Context) {
		if err := b.store.SeeBulletin(ctx, id, agent, at); err != nil {
			b.log.Warn("that a bulletin was acknowledged is not in the database: a restart shows it again", "bulletin", id, "agent", agent, "err", err)
		}
	}), true
}

// closed is a channel on which nobody waits.
var closed = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// unseen are those that an agent has not acknowledged.
func (b *bulletins) unseen(agent queues.AgentID) (all []KeptBulletin) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, k := range b.fresh() {
		if seen, theirs := k.Readers[agent]; theirs && seen.IsZero() {
			all = append(all, k)
		}
	}
	return all
}

// Say tells a team something. Nobody being in it is refused.
func (d *Desks) Say(ctx context.Context, text string, to agentapi.Team, by string) (agentapi.BulletinState, error) {
	team := d.team(to)
	if len(team) == 0 {
		return agentapi.BulletinState{}, agentapi.Refuse(agentapi.CodeNobodyThere, "nobody is in the team %s", agentapi.Printable(to.String()))
	}
	return d.say(ctx, agentapi.BulletinSaid, text, to, team, by), nil
}

func (d *Desks) say(ctx context.Context, kind agentapi.BulletinKind, text string, to agentapi.Team, team []queues.AgentID, by string) agentapi.BulletinState {
	k := KeptBulletin{
		ID: uuid.Must(uuid.NewV7()).String(), At: time.Now().UTC(), By: by, Kind: kind, Text: text, Team: to.String(), Readers: map[queues.AgentID]time.Time{},
	}
	for _, id := range team {
		k.Readers[id] = time.Time{}
	}
	said := d.bulletinState(k) // before others may acknowledge it
	kept := d.bulletins.add(k)
	for _, id := range team {
		d.showBulletins(id, "bulletin.said")
	}
	aMoment(ctx, kept)
	return said
}

// seeBulletin is an agent's acknowledgement.
func (d *Desks) seeBulletin(ctx context.Context, id queues.AgentID, bulletin string) error {
	kept, found := d.bulletins.see(bulletin, id)
	if !found {
		return agentapi.Refuse(agentapi.CodeNotFound, "there is no such bulletin on the desk")
	}
	d.showBulletins(id, "bulletin.seen")
	aMoment(ctx, kept)
	return nil
}

// showBulletins puts on an agent's page what they have not acknowledged. One at a time, so that the last shown is the last there was.
func (d *Desks) showBulletins(id queues.AgentID, why string) {
	d.showing.Lock()
	defer d.showing.Unlock()
	shown := []agentapi.Bulletin{}
	for _, k := range d.bulletins.unseen(id) {
		shown = append(shown, d.bulletin(k))
	}
	d.hub.Me(id, stream.Change{Type: why, Parts: stream.Parts{stream.PartBulletins: shown}})
}

func (d *Desks) bulletin(k KeptBulletin) agentapi.Bulletin {
	return agentapi.Bulletin{ID: k.ID, At: k.At, By: d.present.Lineup().Names().Person(k.By), Kind: k.Kind, Text: k.Text}
}

func (d *Desks) bulletinState(k KeptBulletin) agentapi.BulletinState {
	s := agentapi.BulletinState{Bulletin: d.bulletin(k), Team: k.Team, Seen: []agentapi.BulletinReader{}, Unseen: []agentapi.BulletinReader{}}
	for id, seen := range k.Readers {
		r := agentapi.BulletinReader{NamedAgent: *d.present.Lineup().named(id)}
		if seen.IsZero() {
			s.Unseen = append(s.Unseen, r)
			continue
		}
		r.At = &seen
		s.Seen = append(s.Seen, r)
	}
	for _, all := range [][]agentapi.BulletinReader{s.Seen, s.Unseen} {
		slices.SortFunc(all, func(a, b agentapi.BulletinReader) int { return cmpNames(a.NamedAgent, b.NamedAgent) })
	}
	return s
}

// Bulletins are those of the last hours, the latest first, with who has acknowledged each.
func (d *Desks) Bulletins() []agentapi.BulletinState {
	d.bulletins.mu.Lock()
	defer d.bulletins.mu.Unlock()
	all := []agentapi.BulletinState{}
	for _, k := range d.bulletins.fresh() {
		all = append(all, d.bulletinState(k))
	}
	slices.Reverse(all)
	return all
}

// RestoreBulletins brings back what was said before a restart.
func (d *Desks) RestoreBulletins(ctx context.Context) error {
	if d.bulletins.store == nil {
		return nil
	}
	before, err := d.bulletins.store.Bulletins(ctx, time.Now().Add(-bulletinsFor))
	if err != nil {
		return err
	}
	d.bulletins.mu.Lock()
	known := func(k KeptBulletin) bool {
		return slices.ContainsFunc(d.bulletins.all, func(one KeptBulletin) bool { return one.ID == k.ID })
	}
	d.bulletins.all = append(slices.DeleteFunc(before, known), d.bulletins.all...)
	readers := map[queues.AgentID]bool{}
	for _, k := range d.bulletins.all {
		for id := range k.Readers {
			readers[id] = true
		}
	}
	d.bulletins.mu.Unlock()
	for id := range readers {
		d.showBulletins(id, "bulletin.said")
	}
	return nil
}

// team are the agents of a team, by id.
func (d *Desks) team(to agentapi.Team) (all []queues.AgentID) {
	lineup, terms := d.present.Lineup(), d.register.Terms()
	for id, a := range lineup.Agents {
		var in bool
		switch {
		case to.Agent != "":
			in = id == to.Agent
		case to.Queue != "":
			in = lineup.Queue(to.Queue).ID != "" && lineup.Queue(to.Queue).ServedBy(a)
		case to.Department != "":
			in = slices.Contains(departmentsOf(terms, id), to.Department)
		default:
			in = true
		}
		if in {
			all = append(all, id)
		}
	}
	slices.Sort(all)
	return all
}

// departmentsOf are those that an agent belongs to.
func departmentsOf(terms tickets.Terms, id queues.AgentID) []string {
	return terms.People[string(id)].Departments
}
