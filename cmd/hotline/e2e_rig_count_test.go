package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/tickets"
	"hotline/tickets/spool"
)

// tally is what befell the callers and agents of a rig. All but the first six should be 0 whatever is done to Hotline; what a fault may cost all the same, its own test says.
type tally struct {
	calls    int // that reached the dialplan
	answered int
	talked   int // that met an agent, by the sound
	promised int // a callback
	kept     int // of those
	reserved int // whom the reserve mode answered, for nobody served for more than ten seconds

	refused   int // by the switch, with a SIP error
	noContact int // that have no contact
	noTicket  int // whose contact has no ticket, or no end
	doubled   int // that have two contacts
	dropped   int // that the line hung up on before they had met anybody
	lost      int // whose contact says so, or that it failed, and who were neither cut off with Asterisk nor left while Hotline was away
	untrue    int // whose contact says served and who met nobody, or the other way
	cut       int // talks that ended and that nobody ended
	overtaken int // who waited on while who came later to the same queue was served
	displaced int // whose place in the queue is later than they took it
	back      int // wrap-ups that came back to agents who had filed them
	notes     int // of agents that are nowhere, though they were acknowledged
	missed    int // offers that agents are said to have missed, and none of them lets the phone ring
	vain      int // agents who picked up and got nobody
	stuck     int // callers who stayed for too long
	aside     int // facts that the database refused

	silentMenu, silentQueue, silentTalk, silentEnd int // callers who heard nothing for over two seconds

	silentOffer int // likewise, as they were asked whether they want to be called back
	silentGap   int // likewise, in the menu until the next Hotline was there and no longer, which need not be 0
}

// record is a contact as Hotline has written it down.
type record struct {
	ticket, outcome, queue             string
	arrived, queued, answered, endedAt time.Time
}

// at is a time as it stands in a log; the epoch is none.
func at(t time.Time) string {
	if t.Unix() == 0 {
		return "-"
	}
	return t.UTC().Format("15:04:05.000")
}

func (c record) String() string {
	return fmt.Sprintf("%s %s in %q: arrived %s, queued %s, answered %s, ended %s", c.ticket, cmp.Or(c.outcome, "unended"), c.queue, at(c.arrived), at(c.queued), at(c.answered), at(c.endedAt))
}

// records are all contacts, by the digits of the caller's number, and the notes.
func (r *rig) records() (all map[string][]record, notes []string, err error) {
	conn, err := pgx.Connect(r.t.Context(), r.database)
	if err != nil {
		return nil, nil, err
	}
	defer conn.Close(context.Background())
	rows, err := conn.Query(r.t.Context(), `SELECT caller, ticket, outcome, queue, note, arrived_at, coalesce(queued_at, 'epoch'), coalesce(answered_at, 'epoch'), coalesce(ended_at, 'epoch')
		FROM contacts ORDER BY arrived_at`)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	all = map[string][]record{}
	for rows.Next() {
		var c record
		var caller, note string
		if err := rows.Scan(&caller, &c.ticket, &c.outcome, &c.queue, &note, &c.arrived, &c.queued, &c.answered, &c.endedAt); err != nil {
			return nil, nil, err
		}
		all[strings.TrimPrefix(caller, "+")] = append(all[strings.TrimPrefix(caller, "+")], c)
		notes = append(notes, note)
	}
	return all, notes, rows.Err()
}

// counts closes the line, waits until all is written down, and counts. What is never written down is counted as that.
func (r *rig) counts() tally {
	r.t.Helper()
	r.closes()
	var n tally
	var err error
	var odd []string
	for end := time.Now().Add(rigDrain); time.Now().Before(end); <-time.After(time.Second) { // nobody announces that the last fact is in the database
		odd = nil
		n, err = r.count(func(format string, a ...any) { odd = append(odd, fmt.Sprintf(format, a...)) })
		if err == nil && n.noContact+n.noTicket+n.notes == 0 && n.kept >= n.promised {
			break // not counted again: an agent may file something at any time
		}
	}
	r.must(err)
	r.emptyAsterisk()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, remark := range append(r.remarks, odd...) {
		r.t.Log(remark)
	}
	return n
}

func (r *rig) count(remark func(string, ...any)) (n tally, err error) {
	all, notes, err := r.records()
	if err != nil {
		return n, err
	}
	r.mu.Lock()
	callers := make([]*rigCaller, 0, len(r.callers))
	for _, c := range r.callers {
		callers = append(callers, c)
	}
	gaps := slices.Clone(r.gaps)
	r.mu.Unlock()
	slices.SortFunc(callers, func(a, b *rigCaller) int { return a.came.Compare(b.came) })
	for _, c := range callers {
		c.count(&n, all[c.number[1:]], gaps, remark)
	}
	r.countOvertaken(&n, callers, all, remark)
	text := strings.Join(notes, "\n")
	for _, a := range r.agents {
		a.mu.Lock()
		n.back += a.backs
		n.missed += a.blamed
		for call, filed := range a.filed {
			for _, note := range filed.notes {
				if !strings.Contains(text, note) {
					n.notes++
					remark("the note %q on %s is nowhere", note, call)
				}
			}
		}
		a.mu.Unlock()
	}
	aside, err := spool.ReadAside(r.config.Spool)
	n.aside = len(aside)
	return n, err
}

// reserveAfter is for how long a call rings at least before the reserve mode takes it.
const reserveAfter = 9 * time.Second

// count adds up what befell one caller, beside what Hotline has written down.
func (c *rigCaller) count(n *tally, records []record, gaps []gap, remark func(string, ...any)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.unheard || !c.seen && len(c.visits) == 0 {
		return // withdrawn before it got anywhere, or after all was over
	}
	n.calls++
	tells := func(count *int, format string, a ...any) {
		*count++
		remark("%s, who came at %s: %s; the contacts are %v", c.number, at(c.came), fmt.Sprintf(format, a...), records)
	}
	if c.refusal != "" {
		tells(&n.refused, "%s", c.refusal)
	}
	if c.stuck != "" {
		tells(&n.stuck, "stuck: %s", c.stuck)
	}
	for _, v := range c.vain {
		tells(&n.vain, "picked up in vain by %s at %s for %s", v.by, at(v.at), v.lasts.Round(time.Millisecond))
	}
	away := func(when time.Time) bool { // a hang-up of the moment before the gap has not been written down yet
		return slices.ContainsFunc(gaps, func(g gap) bool { return !g.from.After(when.Add(time.Second/2)) && !when.After(g.to) })
	}
	left, met, broken := c.gone, false, false
	for i, v := range c.visits {
		met, broken = met || !v.metAt.IsZero(), broken || v.broken
		if v.cut != "" {
			tells(&n.cut, "%s at %s", v.cut, at(v.over))
		}
		if i == 0 {
			n.answered++
			left = v.over
		}
	}
	if met {
		n.talked++
	}
	inGap := func(s silence) bool {
		return slices.ContainsFunc(gaps, func(g gap) bool { return s.from.Add(silentFor).After(g.from) && s.to.Before(g.to.Add(silentFor/2)) })
	}
	silent := map[string]bool{}
	for _, s := range c.silences {
		if s.where == "queue" && (len(records) == 0 || records[0].queued.Unix() == 0 || s.from.Before(records[0].queued)) {
			s.where = "menu" // what they had typed was lost
		}
		if s.where == "queue" && c.wantsBack() {
			s.where = "offer" // they hear no music meanwhile
		}
		if s.where == "menu" && inGap(s) {
			s.where = "gap"
		}
		silent[s.where] = true
		remark("%s, who came at %s and typed %s at %s: silence in the %s at %s for %s; the contacts are %v", c.number, at(c.came), c.keys, strings.Join(c.pressed, " and "), s.where, at(s.from), s.to.Sub(s.from).Round(100*time.Millisecond), records)
	}
	for where, count := range map[string]*int{"menu": &n.silentMenu, "queue": &n.silentQueue, "talk": &n.silentTalk, "end": &n.silentEnd, "gap": &n.silentGap, "offer": &n.silentOffer} {
		if silent[where] {
			*count++
		}
	}
	if len(records) == 0 {
		tells(&n.noContact, "no contact")
		return
	}
	outcomes, own := map[string]bool{}, 0
	for _, one := range records {
		if !one.arrived.After(left) || one.outcome == string(tickets.Served) { // a call back that breaks off is made again
			outcomes[one.outcome] = true
		}
		if one.ticket == "" || one.endedAt.Unix() == 0 {
			tells(&n.noTicket, "no ticket, or no end")
		}
		if !one.arrived.After(left) {
			own++
		}
	}
	if own > 1 {
		tells(&n.doubled, "%d contacts", own)
	}
	served, back := outcomes[string(tickets.Served)], outcomes[string(tickets.CallbackPromised)]
	if back {
		n.promised++
		if len(c.visits) > 1 && met {
			n.kept++
		} else {
			remark("%s, who came at %s, was promised a callback and met nobody in %d calls; the contacts are %v", c.number, at(c.came), len(c.visits)-1, records)
		}
	}
	if len(c.visits) == 1 && !met && records[0].queue == "" && outcomes[string(tickets.Lost)] && away(c.came.Add(reserveAfter)) {
		n.reserved++
		return
	}
	if len(c.visits) > 0 && !met && !back && c.gone.IsZero() && !broken {
		tells(&n.dropped, "the line hung up at %s", at(c.visits[0].over))
	}
	leftAsMet := func(one record) bool { // in the instant in which an agent picked up
		return one.outcome == string(tickets.Served) && one.answered.Add(time.Second/2).After(left)
	}
	if served != met && !(served && !c.gone.IsZero() && slices.ContainsFunc(records, leftAsMet)) {
		tells(&n.untrue, "met an agent: %v; %s", met, c.r.history(c.number))
	}
	if (outcomes[string(tickets.Lost)] || outcomes[string(tickets.Failed)]) && !broken && (c.gone.IsZero() || !away(c.gone)) {
		tells(&n.lost, "lost")
	}
}

// clearly is by how much somebody must have come earlier, and been served later, to be overtaken: what is less may be how fast agents pick up, and records are written.
const clearly = 2 * time.Second

// countOvertaken looks for callers who waited on while who came later to the same queue was served, and for those whose place is a later one than they took.
func (r *rig) countOvertaken(n *tally, callers []*rigCaller, all map[string][]record, remark func(string, ...any)) {
	type waiter struct {
		c       *rigCaller
		from    time.Time // by the records
		to      time.Time
		served  bool
		promise bool
	}
	queues := map[string][]waiter{}
	for _, c := range callers {
		records := all[c.number[1:]]
		if len(records) == 0 || records[0].queued.Unix() == 0 || len(c.visits) == 0 {
			continue
		}
		first := records[0]
		w := waiter{c: c, from: first.queued, to: c.visits[0].over, promise: first.outcome == string(tickets.CallbackPromised)}
		if v := c.visits[0]; !v.picked.IsZero() {
			w.to, w.served = v.picked, true
		}
		if len(c.vain) > 0 {
			w.to = c.vain[0].at // it was their turn
		}
		queues[first.queue] = append(queues[first.queue], w)
		if typed := c.visits[0].typed; !typed.IsZero() && first.queued.After(typed.Add(2*clearly)) && !r.wasAmiss(typed.Add(-2*clearly), typed.Add(clearly)) {
			n.displaced++
			remark("%s had typed all at %s, and waits since %s", c.number, at(typed), at(first.queued))
		}
	}
	for _, line := range queues {
		slices.SortFunc(line, func(a, b waiter) int { return cmp.Compare(a.from.UnixNano(), b.from.UnixNano()) })
		for i, a := range line {
			for _, b := range line[i+1:] {
				if b.served && !a.promise && b.from.Sub(a.from) > time.Second && b.to.Add(clearly).Before(a.to) {
					n.overtaken++
					remark("%s waited from %s to %s, %v; %s from %s to %s", a.c.number, at(a.from), at(a.to), all[a.c.number[1:]], b.c.number, at(b.from), at(b.to))
					break
				}
			}
		}
	}
}

// plus adds the counts of two rigs.
func (n tally) plus(o tally) tally {
	sum := n
	for i, p := range sum.fields() {
		*p.n += *o.fields()[i].n
	}
	return sum
}

type field struct {
	name string
	n    *int
	may  bool // it need not be 0
}

// fields are all counts, by the names under which they are printed.
func (n *tally) fields() []field {
	return []field{
		{"calls", &n.calls, true}, {"answered", &n.answered, true}, {"talked", &n.talked, true}, {"promised", &n.promised, true}, {"kept", &n.kept, true}, {"reserved", &n.reserved, true},
		{"refused", &n.refused, false}, {"no_contact", &n.noContact, false}, {"no_ticket", &n.noTicket, false}, {"doubled", &n.doubled, false}, {"dropped", &n.dropped, false},
		{"lost", &n.lost, false}, {"untrue", &n.untrue, false}, {"cut", &n.cut, false}, {"overtaken", &n.overtaken, false}, {"displaced", &n.displaced, false}, {"back", &n.back, false},
		{"notes_lost", &n.notes, false}, {"missed", &n.missed, false}, {"vain", &n.vain, false}, {"stuck", &n.stuck, false}, {"aside", &n.aside, false},
		{"silent_menu", &n.silentMenu, false}, {"silent_queue", &n.silentQueue, false}, {"silent_talk", &n.silentTalk, false}, {"silent_end", &n.silentEnd, false},
		{"silent_gap", &n.silentGap, true}, {"silent_offer", &n.silentOffer, false},
	}
}

func (n tally) String() string {
	var b strings.Builder
	for _, f := range n.fields() {
		fmt.Fprintf(&b, "%s=%d ", f.name, *f.n)
	}
	return strings.TrimSpace(b.String())
}

// wrong are the counts that should be 0 and are not, but for those that a fault may cost.
func (n tally) wrong(but ...string) error {
	var all []error
	for _, f := range n.fields() {
		if !f.may && *f.n != 0 && !slices.Contains(but, f.name) {
			all = append(all, fmt.Errorf("%s=%d", f.name, *f.n))
		}
	}
	if n.kept < n.promised && !slices.Contains(but, "kept") {
		all = append(all, fmt.Errorf("promised=%d kept=%d", n.promised, n.kept))
	}
	return errors.Join(all...)
}
