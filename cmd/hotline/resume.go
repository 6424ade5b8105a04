package main

import (
	"context"
	"maps"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"hotline/queues"
	agents "hotline/queues/postgres"
	"hotline/telephony"
	"hotline/tickets"
)

// How long starting waits for what, at most.
const (
	commandTime = 5 * time.Second  // the router or the database has it to answer one question
	resumeTime  = 10 * time.Second // the calls of before the restart have it to take up their places
	holdTime    = 1000 * time.Hour // offers, and sending callers on, are held until resume lets go of them
	blindTime   = time.Second / 4  // the database has it to say who was signed in, where it has not answered a moment ago
	lateTime    = 30 * time.Second // the database has it to say who was signed in, where callers leave when nobody is
)

// resume brings back what a restart interrupted: first the calls take up their places, then
// agents come back as they were, and offers begin. Until then they are held, however late Asterisk is: nobody is signed in,
// and queues whose callers leave when nobody is there would send away everybody who waits.
func (s *service) resume(ctx context.Context) error {
	select {
	case <-s.sw.Ready():
	case <-ctx.Done():
		return nil
	}
	connected := time.Now()
	settled, cancel := context.WithTimeout(ctx, resumeTime)
	defer cancel()
	select {
	case <-s.line.Restored():
	case <-settled.Done():
	}
	for settled.Err() == nil && uint64(s.line.Resumed()) < s.sw.Stats().Adopted {
		select {
		case <-settled.Done():
		case <-time.After(20 * time.Millisecond): // the calls of before the restart take up their places by themselves
		}
	}
	talksAreKnown := settled.Err() == nil
	takenUp := time.Now()
	known, within := s.keeper.Before(), commandTime
	if s.charge != nil && s.charge.blindly || s.signIns.Away() { // one that is only slow is waited for: it alone knows of wrap-ups
		within = blindTime
	}
	back, err := s.restoreAgents(ctx, talksAreKnown, nil, within)
	switch {
	case err == nil:
	case len(known) > 0:
		back = s.restoreFromDisk(known, talksAreKnown)
	case s.config.LeavesDeserted():
		back, err = s.restoreLate(ctx, talksAreKnown)
	}
	s.desks.Tell(queues.OffersReleased{})
	close(s.ready)
	s.hub.Started()
	s.log.Info("serving", "pages", s.Addr(), "adopted", s.line.Resumed(), "agents", len(back),
		"connecting", connected.Sub(s.started).Round(time.Millisecond), "calls_took", takenUp.Sub(connected).Round(time.Millisecond), "agents_took", time.Since(takenUp).Round(time.Millisecond))
	select {
	case <-s.prepared:
	case <-ctx.Done():
		return nil
	}
	if err != nil { // the database was away: what it knows comes late
		more, err := s.restoreAgents(ctx, talksAreKnown, back, commandTime)
		if err != nil {
			s.log.Warn("agents must say again that they are ready: what they chose last is not known", "err", err)
		}
		back = append(back, more...)
	}
	s.pockets.only(back)
	if err := s.desks.RestoreBulletins(ctx); err != nil {
		s.log.Warn("what was said to agents before this start is not on their desks", "err", err)
	}
	if _, err := s.books.EndHandlings(ctx); err != nil {
		s.log.Warn("talks and wrap-ups that ended while Hotline was away are in no figures until the next start", "err", err)
	}
	s.endGone(ctx)
	for _, id := range back { // only now: the last calls of an agent may have waited in the spool
		s.desks.ShowRecent(id)
		s.desks.ShowWrapUp(id)
	}
	return nil
}

// restoreLate waits for a database that is away, for a while, where callers would leave before agents are back.
func (s *service) restoreLate(ctx context.Context, talksAreKnown bool) ([]queues.AgentID, error) {
	select {
	case <-s.prepared:
	case <-time.After(lateTime):
	case <-ctx.Done():
	}
	return s.restoreAgents(ctx, talksAreKnown, nil, commandTime)
}

// restoreFromDisk signs in who was signed in, without the database, which nobody waits for: phones are to ring. What it alone knows comes when it
// is back: whose skills were ordered otherwise, and which queues were closed by hand. Who was in wrap-up is not: nobody could show them of which call.
func (s *service) restoreFromDisk(known map[queues.AgentID]agents.Choice, talksAreKnown bool) []queues.AgentID {
	back := []queues.AgentID{}
	for _, id := range slices.Sorted(maps.Keys(known)) {
		if s.comesBack(agents.Agent{Agent: queues.Agent{ID: id}}.As(known[id])) {
			back = append(back, id)
		}
	}
	s.desks.RestoreOverseers(talksAreKnown)
	s.log.Info("the database is away: agents are back as our own disk knows them", "agents", len(back))
	return back
}

// comesBack signs in an agent who was signed in before; not where they were not, or are not configured any more.
func (s *service) comesBack(a agents.Agent) bool {
	e, signedIn := a.SignedIn()
	agent, known := s.present.Lineup().Agents[a.ID]
	if !known || !signedIn {
		return false
	}
	e.Agent = agent
	s.desks.Tell(e)
	if s.pockets.Works(a.ID) {
		s.pockets.reachable(a.ID)
	} else {
		s.hub.Expect(a.ID)
	}
	return true
}

// restoreAgents signs in who was signed in when the last Hotline stopped, ready or not as they were, but for those who are back already; who was in wrap-up is so
// again for the time that is left. A page that does not come back in time is lost, and its agent no longer ready. What the database was not told
// any more of what somebody chose our own disk may know. The database has it within a time to begin to answer.
func (s *service) restoreAgents(ctx context.Context, talksAreKnown bool, there []queues.AgentID, within time.Duration) (back []queues.AgentID, err error) {
	known := s.keeper.Before()
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	answers, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	stored, err := s.agents.Agents(answers)
	if err != nil {
		return nil, err
	}
	for i, a := range stored {
		if c, is := known[a.ID]; is && c.After(a) {
			stored[i] = a.As(c)
		}
	}
	err = s.desks.RestoreOrders(ctx, func(id queues.AgentID) bool {
		return slices.ContainsFunc(stored, func(a agents.Agent) bool { return a.ID == id && a.Availability != queues.SignedOut })
	})
	if err != nil {
		return nil, err
	}
	wrapUps, err := s.books.WrapUps(ctx, talksAreKnown)
	if err != nil {
		return nil, err
	}
	if wrapUps, err = s.unfinished(ctx, wrapUps); err != nil {
		return nil, err
	}
	for _, a := range stored {
		if _, configured := s.present.Lineup().Agents[a.ID]; !configured || a.Availability == queues.SignedOut || slices.Contains(there, a.ID) {
			continue
		}
		if i := slices.IndexFunc(wrapUps, func(w queues.WrapUpRestored) bool { return w.Agent == a.ID }); i >= 0 && there == nil {
			s.desks.Tell(wrapUps[i])
		}
		if s.comesBack(a) {
			back = append(back, a.ID)
		}
	}
	s.desks.RestoreOverseers(talksAreKnown)
	return back, nil
}

// unfinished are the wrap-ups that their agents have not filed. What was handled is saved each second, and what an agent files is on disk at once: it
// may be on its way from there into the database, and is looked for in both, there first.
func (s *service) unfinished(ctx context.Context, all []queues.WrapUpRestored) ([]queues.WrapUpRestored, error) {
	if len(all) == 0 {
		return nil, nil
	}
	moment, cancel := context.WithTimeout(ctx, commandTime/2)
	waiting, err := s.register.WrapUpsWaiting(moment)
	cancel()
	if err != nil { // what comes later is known to the agent, whose page has it
		s.log.Warn("work after calls that was filed before this start may come back to its agents: what waits for the database cannot be read", "err", err)
	}
	var calls, agents []string
	var since []time.Time
	for _, w := range all {
		calls, agents, since = append(calls, string(w.Request)), append(agents, string(w.Agent)), append(since, w.Since)
	}
	filed, err := s.tickets.WrappedUp(ctx, calls, agents, since)
	if err != nil {
		return nil, err
	}
	var left []queues.WrapUpRestored
	for i, w := range all {
		if !filed[i] && !slices.ContainsFunc(waiting, func(f tickets.Fact) bool { return isFiled(f, w) }) {
			left = append(left, w)
		}
	}
	return left, nil
}

// isFiled says that a fact is what an agent has filed of some work after a call.
func isFiled(f tickets.Fact, w queues.WrapUpRestored) bool {
	e, is := f.Event.(tickets.WrappedUp)
	return is && f.Contact == tickets.OfCall(telephony.CallID(w.Request)) && e.Agent.ID == string(w.Agent) && !f.At.Before(w.Since)
}

// aDay is longer than a call lasts, where the configuration does not let one last for longer.
const aDay = 24 * time.Hour

// diesWithin is the longest from when Hotline was last there to Asterisk's new start within which both are taken to have died together. Where it is longer, callers
// have had the time to end their talks, and to put their phones down; not where the machine of both was started anew since, as after a power cut that may last.
const diesWithin = 10 * time.Minute

// offFor is the longest that such a machine is taken to have been off. A Hotline that was gone alone while callers ended their talks, and a machine that was started
// anew only then, look the same; the longer Hotline was gone, the likelier it was that.
const offFor = 24 * time.Hour

// endGone closes the contacts of calls that ended while Hotline was away, and ends them in the figures and the decisions where they waited. Those that Asterisk has
// taken along, which died with Hotline, nobody has ended: who waited or talked is called back.
func (s *service) endGone(ctx context.Context) {
	select {
	case <-s.line.Restored(): // a callback waits without a call in Asterisk, and comes back from the book
	case <-ctx.Done():
		return
	}
	unended, err := s.register.EndGone(ctx, s.started, func(ctx context.Context, before time.Time, node string) ([]tickets.Unended, error) {
		all, err := s.tickets.Unended(ctx, before, node, max(aDay, s.config.LongestCall))
		if err != nil {
			return nil, err
		}
		all = slices.DeleteFunc(all, func(u tickets.Unended) bool { return s.line.Found(u.Call) }) // who rings still, held, has no case yet
		began := s.sw.Began()
		seen, err := s.books.LastSeen(ctx, began.Add(time.Minute)) // it may have seen Asterisk come back, and died then
		if err != nil {
			return nil, err
		}
		if diedTogether(all, seen, began, s.sharedBoot()) {
			s.callBackCutOff(ctx, all, began) // before their contacts have an end: whoever dies in between does it again
		}
		return all, nil
	})
	if err != nil {
		return // Hotline stops, and asks after its next start
	}
	answered, broke := make(map[telephony.CallID]bool), make(map[telephony.CallID]bool)
	for _, u := range unended {
		answered[u.Call], broke[u.Call] = u.Answered, !u.Broke.IsZero()
	}
	_, err = s.books.EndGone(ctx, func(id queues.RequestID) bool {
		_, live := s.register.Case(telephony.CallID(id))
		return live || s.line.Found(telephony.CallID(id)) || answered[telephony.CallID(id)]
	}, func(id queues.RequestID) bool { return broke[telephony.CallID(id)] })
	if err != nil {
		s.log.Warn("who left while Hotline was away stays without an end in the figures until the next start", "err", err)
	}
}

// diedTogether says that the Asterisk of before has taken along the calls without an end, as it was started anew within minutes after Hotline was last there: the
// last that the figures have seen of it, or the last call of these that it took; or that the machine of both was started since then,
// and was not off for too long. Zero of a start is not known.
func diedTogether(all []tickets.Unended, seen, began, booted time.Time) bool {
	for _, u := range all {
		if u.ArrivedAt.Before(began) && u.ArrivedAt.After(seen) {
			seen = u.ArrivedAt
		}
	}
	return !began.IsZero() && (began.Sub(seen) <= diesWithin || booted.After(seen) && began.Sub(seen) <= offFor)
}

// sharedBoot is when the machine was started on which both Hotline and Asterisk are; zero where they have not one, where it is not known, and where Hotline was stopped
// before, so that nobody knows for how long Asterisk went on without it.
func (s *service) sharedBoot() time.Time {
	at, err := url.Parse(s.config.Asterisk.URL)
	if err != nil || s.charge == nil || !s.charge.died {
		return time.Time{}
	}
	if ip, err := netip.ParseAddr(at.Hostname()); at.Hostname() != "localhost" && (err != nil || !ip.IsLoopback()) {
		return time.Time{}
	}
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return time.Time{}
	}
	return bootIn(string(stat))
}

// bootIn is what Linux says in /proc/stat of when the machine was started; zero where it does not.
func bootIn(stat string) time.Time {
	for line := range strings.Lines(stat) {
		if since, is := strings.CutPrefix(strings.TrimSpace(line), "btime "); is {
			if seconds, err := strconv.ParseInt(since, 10, 64); err == nil {
				return time.Unix(seconds, 0)
			}
		}
	}
	return time.Time{}
}

// callBackCutOff notes which calls without an end have gone with an Asterisk that was there before this one began, and lets their callers be called back.
func (s *service) callBackCutOff(ctx context.Context, all []tickets.Unended, began time.Time) {
	cut := 0
	for i := range all {
		u := &all[i]
		if _, lives := s.register.Case(u.Call); lives || !u.ArrivedAt.Before(began) {
			continue
		}
		u.Broke, cut = began, cut+1
		u.Callable = s.line.CutOff(ctx, *u)
	}
	if cut > 0 {
		s.log.Warn("Asterisk was started anew while Hotline was away: the calls that it had are lost, and who waited or talked is called back", "calls", cut)
	}
}
