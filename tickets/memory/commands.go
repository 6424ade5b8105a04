package memory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"hotline/tickets"
	"hotline/tickets/life"
)

// desk is what a store holds of tickets beside those themselves.
type desk struct {
	matters map[tickets.Number]life.Matter // what belongs to each; its Ticket is in the book
	history map[tickets.Number][]tickets.Change
	entries map[tickets.Number][]life.Entry
	from    map[tickets.ContactID]tickets.Number // from which ticket a contact came by merges
	origin  map[tickets.Number]tickets.Number    // to which ticket a second name comes back, where it leads further
	keys    map[string]bool                      // of requests that were done, by ticket
}

func newDesk() desk {
	return desk{
		matters: map[tickets.Number]life.Matter{}, history: map[tickets.Number][]tickets.Change{}, entries: map[tickets.Number][]life.Entry{},
		from: map[tickets.ContactID]tickets.Number{}, origin: map[tickets.Number]tickets.Number{}, keys: map[string]bool{},
	}
}

// Matter is a ticket, by its number or a second name, with all that belongs to it; tickets.ErrNoTicket.
func (s *Store) Matter(ctx context.Context, n tickets.Number) (life.Matter, error) {
	if err := s.enter(ctx); err != nil {
		return life.Matter{}, err
	}
	defer s.mu.Unlock()
	if m := s.matter(n); m != nil {
		return *m, nil
	}
	return life.Matter{}, fmt.Errorf("ticket %s: %w", n, tickets.ErrNoTicket)
}

// matter is a copy; nil where there is none. Called with mu held.
func (s *Store) matter(n tickets.Number) *life.Matter {
	t := s.book.Tickets[n]
	if t == nil {
		t = s.book.Tickets[s.book.Merged[n]]
	}
	if t == nil {
		return nil
	}
	m := s.desk.matters[t.Number].Clone()
	m.Ticket = *t
	for _, c := range s.desk.history[t.Number] {
		if t.Into != "" && c.Kind == (life.Merge{}).Name() && c.Patch["into"][1] != "" {
			m.Join = &c
		}
	}
	return m
}

// load puts tickets into a file. Called with mu held.
func (s *Store) load(f *life.File, numbers []tickets.Number) {
	for _, n := range numbers {
		f.Asked[n] = true
		if first, is := s.book.Merged[n]; is {
			f.Names[n] = first
		}
		if m := s.matter(n); m != nil {
			f.Matters[m.Number], f.Asked[m.Number] = m, true
		}
	}
}

// loadCame notes in a file when contacts came. Called with mu held.
func (s *Store) loadCame(f *life.File, contacts []tickets.ContactID) {
	f.Came = map[tickets.ContactID]time.Time{}
	for _, id := range contacts {
		f.Came[id] = time.Time{}
		if c := s.book.Contacts[id]; c != nil {
			f.Came[id] = c.ArrivedAt
		}
	}
}

func newFile(own tickets.Number) *life.File {
	return &life.File{Own: own, Matters: map[tickets.Number]*life.Matter{}, Names: map[tickets.Number]tickets.Number{}, Asked: map[tickets.Number]bool{}}
}

// Change does a command as do decides. Where that needs other tickets it is asked again with these.
func (s *Store) Change(ctx context.Context, n tickets.Number, others []tickets.Number, key string, do func(*life.File) (life.Outcome, error)) (life.Matter, error) {
	if err := s.enter(ctx); err != nil {
		return life.Matter{}, err
	}
	defer s.mu.Unlock()
	f := newFile(n)
	s.load(f, append([]tickets.Number{n}, others...))
	own := s.matter(n)
	if own == nil {
		return life.Matter{}, fmt.Errorf("ticket %s: %w", n, tickets.ErrNoTicket)
	}
	f.Own = own.Number
	if key != "" && s.desk.keys[string(own.Number)+" "+key] {
		return *own, nil
	}
	out, err := do(f)
	var more *life.NeedsError
	for errors.As(err, &more) {
		s.load(f, more.Numbers)
		s.loadCame(f, more.Contacts)
		out, err = do(f)
	}
	if err == nil {
		err = s.keep(out)
	}
	if err != nil {
		return life.Matter{}, err
	}
	if key != "" {
		s.desk.keys[string(own.Number)+" "+key] = true
	}
	return *s.matter(own.Number), nil
}

// Open opens a ticket with a contact that is registered by hand; where that is there, its ticket comes as it is.
func (s *Store) Open(ctx context.Context, contact tickets.ContactID, do func(*life.File) (life.Outcome, error)) (life.Matter, error) {
	if err := s.enter(ctx); err != nil {
		return life.Matter{}, err
	}
	defer s.mu.Unlock()
	if c := s.book.Contacts[contact]; c != nil {
		return *s.matter(c.Ticket), nil
	}
	out, err := do(newFile(""))
	if err == nil {
		err = s.keep(out)
	}
	if err != nil {
		return life.Matter{}, err
	}
	return *s.matter(out.Contact.Ticket), nil
}

// keep saves what a command has made of its tickets. Called with mu held.
func (s *Store) keep(out life.Outcome) error {
	for _, m := range out.Moved {
		for _, id := range m.Contacts {
			if c := s.book.Contacts[id]; c == nil || c.Ticket != m.From {
				return &life.FieldError{Field: "contacts", Rule: "are not all of this ticket"}
			}
		}
	}
	for _, m := range out.Matters {
		t := m.Ticket
		s.book.Tickets[t.Number], s.desk.matters[t.Number] = &t, *m.Clone()
	}
	for _, c := range out.History {
		s.desk.history[c.Ticket] = append(s.desk.history[c.Ticket], c)
	}
	for _, e := range out.Entries {
		s.desk.entries[e.Ticket] = append(s.desk.entries[e.Ticket], e)
	}
	if c := out.Contact; c != nil {
		s.book.Contacts[c.ID] = c
		s.book.Contacted[c.Ticket]++
	}
	for _, m := range out.Moved {
		s.move(m)
	}
	if c := s.book.Contacts[out.Linked]; c != nil {
		said := *c
		said.Linked, said.About = tickets.LinkedByAgent, ""
		s.book.Contacts[out.Linked] = &said
	}
	for second, first := range out.Second {
		if first == "" {
			delete(s.book.Merged, second)
		} else {
			s.book.Merged[second] = first
		}
	}
	return nil
}

// move gives contacts to another ticket, and the numbers that lead to theirs where that goes as a whole. Called with mu held.
func (s *Store) move(m life.Moved) {
	for id, c := range s.book.Contacts {
		origin := s.desk.from[id]
		switch {
		case c.Ticket != m.From, m.Contacts != nil && !slices.Contains(m.Contacts, id), m.Back && !s.brought(m.To, origin):
			continue
		case m.Contacts != nil, m.Back && origin == m.To:
			delete(s.desk.from, id)
		case !m.Back && origin == "":
			s.desk.from[id] = m.From
		}
		moved := *c
		moved.Ticket = m.To
		s.book.Contacts[id] = &moved
		s.book.Contacted[m.From]--
		s.book.Contacted[m.To]++
	}
	for second, first := range s.book.Merged {
		origin := s.desk.origin[second]
		switch {
		case first != m.From, m.Contacts != nil, m.Back && !s.brought(m.To, origin):
			continue
		case m.Back && origin == m.To:
			delete(s.desk.origin, second)
		case !m.Back && origin == "":
			s.desk.origin[second] = m.From
		}
		s.book.Merged[second] = m.To
	}
}

// brought says whether a ticket, or one that was merged with it, is where something came from. Called with mu held.
func (s *Store) brought(by, from tickets.Number) bool {
	for n := from; n != ""; {
		if n == by {
			return true
		}
		t := s.book.Tickets[n]
		if t == nil {
			return false
		}
		n = t.Into
	}
	return false
}

// TicketOf is the ticket that a contact has, and how it came to it; tickets.ErrNoTicket where there is no such contact.
func (s *Store) TicketOf(ctx context.Context, contact tickets.ContactID) (tickets.Ticket, tickets.Linked, error) {
	if err := s.enter(ctx); err != nil {
		return tickets.Ticket{}, "", err
	}
	defer s.mu.Unlock()
	c := s.book.Contacts[contact]
	if c == nil {
		return tickets.Ticket{}, "", tickets.ErrNoTicket
	}
	return *s.book.Tickets[c.Ticket], c.Linked, nil
}

// Changes is the history of a ticket after a version, in order, so many lines at most.
func (s *Store) Changes(ctx context.Context, n tickets.Number, after int64, limit int) ([]tickets.Change, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	all := s.desk.history[n]
	all = all[min(len(all), int(after)):]
	return slices.Clone(all[:min(len(all), limit)]), nil
}

// History copies the whole history of all tickets.
func (s *Store) History() map[tickets.Number][]tickets.Change {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.desk.history)
}

// Entries copies the texts about all tickets.
func (s *Store) Entries() map[tickets.Number][]life.Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.desk.entries)
}

// Matters copies all tickets with what belongs to them.
func (s *Store) Matters() map[tickets.Number]life.Matter {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[tickets.Number]life.Matter{}
	for n := range s.book.Tickets {
		all[n] = *s.matter(n)
	}
	return all
}

// endRest ends what is open of tickets that facts have closed. Called with mu held.
func (s *Store) endRest(history []tickets.Change) {
	all := map[tickets.Number]*life.Matter{}
	for _, c := range history {
		if m, is := s.desk.matters[c.Ticket]; is {
			all[c.Ticket] = m.Clone()
		}
	}
	for _, m := range life.EndWithCalls(history, all) {
		s.desk.matters[m.Number] = *m
	}
}

// applied takes over what facts have made of the histories: a ticket that vanished in another has none. Called with mu held.
func (s *Store) applied(c tickets.Changes) {
	for _, line := range c.History {
		s.desk.history[line.Ticket] = append(s.desk.history[line.Ticket], line)
	}
	for n := range c.Merged {
		if s.book.Tickets[n] == nil {
			delete(s.desk.history, n)
			delete(s.desk.matters, n)
		}
	}
}
