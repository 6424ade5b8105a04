package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"hotline/agentapi"
	"hotline/cmd/hotline/config"
	"hotline/ivr"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// pockets are the agents who work by phone alone, by their phones. It is ivr.Pocket. Who they are is kept on disk, so that a Hotline that is started anew knows.
type pockets struct {
	*service
	file keptFile

	mu     sync.Mutex // guards what is below
	phones map[queues.AgentID]telephony.Address
	wrong  map[string]*wrongPINs // by "agent " and what was typed for a number, and by "from " and whence
}

// wrongPINs are those in a row.
type wrongPINs struct {
	n     int
	until time.Time // nobody looks at a PIN before; once it is over it begins anew
}

const (
	wrongPINsMost = 5
	pinLock       = 15 * time.Minute
	mostWrong     = 10_000   // that are remembered
	insidePhone   = "pocket" // what the dialplan has for the number that a phone of ours has dialled
)

var errWrongPIN = errors.New("number or PIN is wrong, or the phone is none of theirs")

func newPockets(s *service) (*pockets, error) {
	p := &pockets{service: s, file: keptFile(filepath.Join(s.config.Spool, "pocket.json")), phones: map[queues.AgentID]telephony.Address{}, wrong: map[string]*wrongPINs{}}
	text, err := p.file.Read()
	if err == nil && len(text) > 0 {
		err = json.Unmarshal(text, &p.phones)
	}
	return p, err
}

// Calls implements ivr.Pocket.
func (p *pockets) Calls(a telephony.Arrival) bool {
	number := p.config.Line.PocketNumber
	return number != "" && (a.To.Raw == number || a.To.Raw == insidePhone)
}

// Works implements ivr.Pocket.
func (p *pockets) Works(id queues.AgentID) bool { return p.phone(id) != "" }

// phone is the one by which an agent works; "" where they do not.
func (p *pockets) phone(id queues.AgentID) telephony.Address {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.phones[id]
}

// SignIn implements ivr.Pocket. Number and PIN are in no error, log or audit.
func (p *pockets) SignIn(ctx context.Context, a telephony.Arrival, number, pin string) (in bool, err error) {
	keys := []string{"agent " + number, "from " + a.From.Key() + " " + a.From.Raw}
	if p.isLocked(keys) {
		p.audit(p.named(number), a, tickets.LockedByPIN)
		return false, ivr.ErrPocketLocked
	}
	person, known := p.person(number)
	phone, may := p.phoneOf(person, a)
	given, want := sha256.Sum256([]byte(pin)), sha256.Sum256([]byte(person.pin()))
	if right := subtle.ConstantTimeCompare(given[:], want[:]) == 1; !known || !may || !right {
		p.guessed(keys)
		p.audit(person.ID, a, tickets.TriedPIN)
		if p.isLocked(keys) {
			return false, ivr.ErrPocketLocked
		}
		return false, errWrongPIN
	}
	p.right(keys)
	if p.Works(person.ID) && p.desks.Availability(person.ID) == queues.Ready { // who is not, after a missed call for one, is so again
		if err := p.desks.Do(ctx, person.ID, agentapi.SignOut{}); err != nil {
			return false, err
		}
		p.audit(person.ID, a, tickets.SignedOutByPhone)
		return false, p.leaves(person.ID)
	}
	if err := p.keep(person.ID, phone); err != nil {
		return false, err
	}
	p.reachable(person.ID)
	if err := p.desks.Do(ctx, person.ID, agentapi.Ready{}); err != nil {
		return false, errors.Join(err, p.leaves(person.ID))
	}
	p.audit(person.ID, a, tickets.SignedInByPhone)
	return true, nil
}

// pocketPerson is whose number was typed.
type pocketPerson struct{ config.Person }

func (p pocketPerson) pin() string {
	if p.Pocket == nil {
		return ""
	}
	return p.Pocket.PIN.Text()
}

func (p *pockets) person(number string) (found pocketPerson, known bool) {
	for _, person := range *p.people.Load() {
		if person.Pocket != nil && person.TakesCalls() && person.Extension == number && person.Pocket.PIN.Text() != "" {
			return pocketPerson{person}, true
		}
	}
	return pocketPerson{}, false
}

func (p *pockets) named(number string) queues.AgentID {
	person, _ := p.person(number)
	return person.ID
}

// phoneOf is the phone that somebody calls from, and whether they may work by it: one of people's, or one of their numbers.
func (p *pockets) phoneOf(person pocketPerson, a telephony.Arrival) (phone telephony.Address, may bool) {
	if a.To.Raw == insidePhone {
		return telephony.Address("phone:" + a.From.Raw), slices.Contains(phonesOf(*p.people.Load()), a.From.Raw)
	}
	return telephony.Address("number:" + a.From.E164), person.Pocket != nil && a.From.Kind == telephony.Full && slices.Contains(person.Pocket.Numbers, a.From.E164)
}

// reachable tells the router that an agent's phone can be called: of one outside nobody knows before it is tried.
func (p *pockets) reachable(id queues.AgentID) {
	p.desks.Tell(queues.PhoneChanged{Agent: id, Reachable: p.isReachable(id)})
}

func (p *pockets) isReachable(id queues.AgentID) bool {
	phone, ours := strings.CutPrefix(string(p.phone(id)), "phone:")
	return !ours || p.sw.PhoneReachable(phone)
}

// WrapUp implements ivr.Pocket.
func (p *pockets) WrapUp(ctx context.Context, id queues.AgentID, call telephony.CallID, d tickets.Disposition) error {
	return p.desks.Do(ctx, id, agentapi.FinishWrapUp{Call: call, Disposition: d})
}

// leaves has an agent work by their own phone from now on, if at all.
func (p *pockets) leaves(id queues.AgentID) error {
	if !p.Works(id) {
		return nil
	}
	err := p.keep(id, "")
	for _, person := range p.config.People {
		if person.ID == id {
			p.desks.Tell(queues.PhoneChanged{Agent: id, Reachable: p.sw.PhoneReachable(person.Phone)})
		}
	}
	return err
}

// only leaves those in whom a restart has found signed in.
func (p *pockets) only(back []queues.AgentID) {
	p.mu.Lock()
	gone := slices.DeleteFunc(slices.Collect(maps.Keys(p.phones)), func(id queues.AgentID) bool { return slices.Contains(back, id) })
	p.mu.Unlock()
	for _, id := range gone {
		if err := p.leaves(id); err != nil {
			p.log.Error("who works by phone is not written", "agent", id, "err", err)
		}
	}
}

// keep writes who works by which phone; "" is nobody.
func (p *pockets) keep(id queues.AgentID, phone telephony.Address) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	next := maps.Clone(p.phones)
	if delete(next, id); phone != "" {
		next[id] = phone
	}
	text, err := json.Marshal(next)
	if err == nil {
		err = p.file.Keep(text)
	}
	if err != nil && phone != "" {
		return err
	}
	p.phones = next
	return err
}

func (p *pockets) isLocked(keys []string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	return slices.ContainsFunc(keys, func(key string) bool {
		w := p.wrong[key]
		return w != nil && w.n >= wrongPINsMost && now.Before(w.until)
	})
}

func (p *pockets) guessed(keys []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if len(p.wrong) > mostWrong {
		maps.DeleteFunc(p.wrong, func(_ string, w *wrongPINs) bool { return !now.Before(w.until) })
	}
	for _, key := range keys {
		w := p.wrong[key]
		if w == nil || !now.Before(w.until) {
			w = &wrongPINs{}
			p.wrong[key] = w
		}
		w.n, w.until = w.n+1, now.Add(pinLock)
	}
}

func (p *pockets) right(keys []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, key := range keys {
		delete(p.wrong, key)
	}
}

// audit notes who signed in or tried to, and whence, without waiting for the database.
func (p *pockets) audit(id queues.AgentID, a telephony.Arrival, did tickets.Deed) {
	from := a.From.Key()
	if a.To.Raw == insidePhone {
		from = a.From.Raw
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := p.tickets.Looked(ctx, tickets.Look{Who: "phone", Address: from, Did: did, Subject: string(id)}); err != nil {
			p.log.Warn("that somebody signs in by phone, or tries to, is not in the audit", "agent", id, "did", did, "err", err)
		}
	}()
}
