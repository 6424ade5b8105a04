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

// bulletins are those of the last hours. Desks must not wait for a database: what is in memory counts, and what it does not take is
// forgotten by the next restart, which the log says.
type bulletins struct {
	store BulletinStore // nil: nothing outlives a restart
	log   *slog.Logger

	mu  sync.Mutex
	all []KeptBulletin // guarded by mu; the earliest first
}

// fresh are those that still count. Under mu.
func (b *bulletins) fresh() []KeptBulletin {
	b.all = slices.DeleteFunc(b.all, func(k KeptBulletin) bool { return time.Since(k.At) > bulletinsFor })
	return b.all
}

func (b *bulletins) add(ctx context.Context, k KeptBulletin) {
	b.mu.Lock()
	b.all = append(b.fresh(), k)
	b.mu.Unlock()
	if b.store == nil {
		return
	}
	kept := k
	kept.Readers = maps.Clone(k.Readers) // others acknowledge it meanwhile
	if err := b.store.KeepBulletin(ctx, kept); err != nil {
		b.log.Warn("a bulletin is on the desks and not in the database: a restart forgets it", "bulletin", k.ID, "err", err)
		return
	}
	b.mu.Lock()
	seen := maps.Clone(k.Readers)
	b.mu.Unlock()
	for agent, at := range seen {
		if !at.IsZero() { // it was not in the database to be acknowledged there
			b.keepSeen(ctx, k.ID, agent, at)
		}
	}
}

func (b *bulletins) keepSeen(ctx context.Context, id string, agent queues.AgentID, at time.Time) {
	if err := b.store.SeeBulletin(ctx, id, agent, at); err != nil {
		b.log.Warn("that a bulletin was acknowledged is not in the database: a restart shows it again", "bulletin", id, "agent", agent, "err", err)
	}
}

// see notes that an agent has acknowledged one; false where it is not theirs, or is over.
func (b *bulletins) see(ctx context.Context, id string, agent queues.AgentID) bool {
	at := time.Now()
	b.mu.Lock()
	i := slices.IndexFunc(b.fresh(), func(k KeptBulletin) bool { return k.ID == id })
	found := false
	if i >= 0 {
		var seen time.Time
		if seen, found = b.all[i].Readers[agent]; found && seen.IsZero() {
			b.all[i].Readers[agent] = at
		}
	}
	b.mu.Unlock()
	if !found || b.store == nil {
		return found
	}
	b.keepSeen(ctx, id, agent, at)
	return true
}

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
	d.bulletins.add(ctx, k)
	for _, id := range team {
		d.showBulletins(id, "bulletin.said")
	}
	return said
}

// seeBulletin is an agent's acknowledgement.
func (d *Desks) seeBulletin(ctx context.Context, id queues.AgentID, bulletin string) error {
	if !d.bulletins.see(ctx, bulletin, id) {
		return agentapi.Refuse(agentapi.CodeNotFound, "there is no such bulletin on the desk")
	}
	d.showBulletins(id, "bulletin.seen")
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
