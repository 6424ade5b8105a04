package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"maps"
	"os"
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

	writing sync.Mutex // held while the file is written; goes before mu

	mu      sync.Mutex // guards what is below, and is held for no write: each call that rings asks
	phones  map[queues.AgentID]telephony.Address
	signIns map[queues.AgentID]int // by phone, since the start: whose is none was found in the file
	coming  map[queues.AgentID]int // sign-ins by phone that the router does not know yet

	locks pinLocks // by "agent " and their number, by "from " and whence, and by both
}

// insidePhone is what the dialplan has for the number that a phone of ours has dialled.
const insidePhone = "pocket"

var errWrongPIN = errors.New("number or PIN is wrong, or the phone is none of theirs")

func newPockets(s *service) (*pockets, error) {
	p := &pockets{service: s, file: keptFile(filepath.Join(s.config.Spool, "pocket.json")), signIns: map[queues.AgentID]int{}, coming: map[queues.AgentID]int{}}
	text, err := p.file.Read()
	if err != nil {
		return nil, err
	}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &p.phones); err != nil {
			p.phones = nil
			aside := string(p.file) + ".damaged"
			s.log.Error("who works by phone alone is not known, and must sign in again: what was kept is damaged, and set aside", "file", aside, "err", errors.Join(err, os.Rename(string(p.file), aside)))
		}
	}
	if p.phones == nil {
		p.phones = map[queues.AgentID]telephony.Address{}
	}
	return p, nil
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

// SignIn implements ivr.Pocket. Number and PIN are in no error, log or audit. From a phone that is none of theirs nobody locks an agent out: only the
// phone is locked, and for a colleague's also that agent at that phone, as a right PIN of its owner's unlocks the phone.
func (p *pockets) SignIn(ctx context.Context, a telephony.Arrival, number, pin string) (in bool, err error) {
	whom, from := "agent "+number, "from "+a.From.Key()+" "+a.From.Raw
	keys := []string{from, whom, whom + " " + from}
	if p.locks.closed(keys) {
		p.audit(p.named(number), a, tickets.LockedByPIN)
		return false, ivr.ErrPocketLocked
	}
	person, known := p.person(number)
	phone, may := p.phoneOf(person, a)
	given, want := sha256.Sum256([]byte(pin)), sha256.Sum256([]byte(person.pin()))
	if right := subtle.ConstantTimeCompare(given[:], want[:]) == 1; !known || !may || !right {
		switch {
		case !known || !may:
			keys = keys[:1]
		case a.To.Raw == insidePhone && a.From.Raw != person.Phone:
			keys = []string{from, whom + " " + from}
		default:
			keys = keys[:2]
		}
		p.locks.guessed(keys)
		p.audit(person.ID, a, tickets.TriedPIN)
		if p.locks.closed(keys) {
			return false, ivr.ErrPocketLocked
		}
		return false, errWrongPIN
	}
	p.locks.open(keys)
	if p.Works(person.ID) && p.desks.Availability(person.ID) == queues.Ready { // who is not, after a missed call for one, is so again
		if err := p.desks.Do(ctx, person.ID, agentapi.SignOut{}); err != nil {
			return false, err
		}
		p.audit(person.ID, a, tickets.SignedOutByPhone)
		if p.desks.Availability(person.ID) != queues.SignedOut {
			return false, nil // after their talk, which ends as it began (see left)
		}
		return false, p.leaves(person.ID, p.signIn(person.ID))
	}
	if in, err = p.begins(ctx, person.ID, phone); in {
		p.audit(person.ID, a, tickets.SignedInByPhone)
	}
	return in, err
}

// begins has an agent work by a phone, and ready. A shift that ends meanwhile, as after the talk in which they had signed out, takes no phone away.
func (p *pockets) begins(ctx context.Context, id queues.AgentID, phone telephony.Address) (in bool, err error) {
	p.comes(id, 1)
	kept := p.keep(id, phone)
	if kept == nil {
		p.reachable(id)
		p.desks.Tell(queues.DeskBack{Agent: id}) // their page may have just gone: nobody waits for it any more
		err = p.desks.Do(ctx, id, agentapi.Ready{})
	}
	p.comes(id, -1)
	if err != nil || p.desks.Availability(id) == queues.SignedOut { // again already
		return false, errors.Join(kept, err, p.leaves(id, p.signIn(id)))
	}
	return kept == nil, kept
}

func (p *pockets) comes(id queues.AgentID, by int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.coming[id] += by
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

// signIn is which of an agent's by phone was the last.
func (p *pockets) signIn(id queues.AgentID) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.signIns[id]
}

// left is told whose shift has ended. It does not block. For who signs in by phone meanwhile begins looks after it.
func (p *pockets) left(id queues.AgentID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.coming[id] == 0 {
		go p.leave(id, p.signIns[id]) // they may sign in again at once
	}
}

func (p *pockets) leave(id queues.AgentID, of int) {
	if err := p.leaves(id, of); err != nil {
		p.log.Error("who works by phone is not written", "agent", id, "err", err)
	}
}

// leaves has an agent work by their own phone from now on, if at all, where that sign-in by phone is their last.
func (p *pockets) leaves(id queues.AgentID, of int) error {
	p.writing.Lock()
	defer p.writing.Unlock()
	if !p.Works(id) || p.signIn(id) != of {
		return nil
	}
	err := p.write(id, "")
	for _, person := range p.config.People {
		if person.ID == id {
			p.desks.Tell(queues.PhoneChanged{Agent: id, Reachable: p.sw.PhoneReachable(person.Phone)})
		}
	}
	return err
}

// only leaves those in whom a restart has found signed in, and who has signed in since.
func (p *pockets) only(back []queues.AgentID) {
	p.mu.Lock()
	gone := slices.DeleteFunc(slices.Collect(maps.Keys(p.phones)), func(id queues.AgentID) bool { return slices.Contains(back, id) })
	p.mu.Unlock()
	for _, id := range gone {
		if p.desks.Availability(id) == queues.SignedOut {
			p.leave(id, 0)
		}
	}
}

// keep writes that an agent has signed in by a phone.
func (p *pockets) keep(id queues.AgentID, phone telephony.Address) error {
	p.writing.Lock()
	defer p.writing.Unlock()
	return p.write(id, phone)
}

// write keeps who works by which phone; "" is nobody. Under writing.
func (p *pockets) write(id queues.AgentID, phone telephony.Address) error {
	p.mu.Lock()
	next := maps.Clone(p.phones)
	p.mu.Unlock()
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
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.phones = next; phone != "" {
		p.signIns[id]++
	}
	return err
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
