package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/cmd/hotline/config"
	"hotline/queues"
	agents "hotline/queues/postgres"
)

// seatPeople brings people into the database: their accounts, and what the router must find after a restart. The
// configuration has the last word: who is not in it any more has no account, and what is open with a password or
// a role of before ends at once. Somebody whom the gate or the database does not take keeps nobody else out, and the log says who it is.
func (s *service) seatPeople(ctx context.Context, people []config.Person) error {
	var seated []agents.Agent
	for _, p := range people {
		if p.TakesCalls() {
			seated = append(seated, agents.Agent{Agent: s.present.Lineup().Agents[p.ID], Language: p.Language, Phone: p.Phone})
		}
	}
	var not gate.NotSeated
	ended, err := s.accounts.Seat(ctx, s.signIns.Hashed(seatings(people)))
	if err != nil && !errors.As(err, &not) {
		return err
	}
	s.renewSeats(ctx, ended)
	if _, err := s.signIns.Refresh(ctx); err != nil {
		return err
	}
	if err := s.api.Recheck(ctx); err != nil {
		return err
	}
	var unknown agents.NotSeeded
	if err := s.agents.Seed(ctx, seated); err != nil && !errors.As(err, &unknown) {
		return err
	}
	s.tellNotSeated(people, not, unknown)
	return nil
}

func seatings(people []config.Person) (all []gate.Seating) {
	for _, p := range people {
		all = append(all, gate.Seating{Account: p.Account(), Password: p.Password.Text()})
	}
	return all
}

// The copy of the accounts is read anew each second while the database is away, so that its return is seen, and else less often: what this
// process changes is in the copy by itself, and what another does, such as a command of an operator, after that time.
const copiedEvery = 10 * time.Second

// tendAccounts keeps the copy of the accounts by which people sign in while the database is away. Meanwhile the configuration's word counts
// in the copy, and when the database is back its own does: whoever it does not know is signed out. What a configuration has said meanwhile
// comes into the database first, by seatPeople, which reads the copy anew then.
func (s *service) tendAccounts(ctx context.Context) error {
	var seated *[]config.Person // in the copy, in this outage
	var copied time.Time
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		seated = s.seatInCopy(ctx, seated)
		told := seated == nil || s.people.Load() == s.seated.Load()
		if told && (s.signIns.Away() || time.Since(copied) >= copiedEvery) {
			back, err := s.signIns.Refresh(ctx)
			if err == nil {
				copied = time.Now()
			}
			if back {
				if err := s.api.Recheck(ctx); err != nil {
					s.log.Warn("whose sign-in has ended meanwhile may go on for some seconds", "err", err)
				}
			}
			seated = s.seatInCopy(ctx, seated) // it may be away only now
		}
		s.hub.Delayed(s.recordsWait())
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// seatInCopy brings the people of the configuration into the copy while the database is away, and returns who is in it by that; nil is nobody, and
// the copy is the database's.
func (s *service) seatInCopy(ctx context.Context, before *[]config.Person) *[]config.Person {
	people := s.people.Load()
	switch {
	case !s.signIns.Away():
		return nil
	case people == before:
		return before
	case before == nil:
		before = s.seated.Load()
	}
	var there []gate.Seating
	if before != nil {
		there = seatings(*before)
	}
	s.signIns.Seat(ctx, seatings(*people), there, func(ended ...gate.AccountID) {
		s.renewSeats(ctx, ended)
		s.api.Expel(ended...)
	})
	return people
}

// recordsWait says whether the database is away. That it has not been asked yet after a start is not that.
func (s *service) recordsWait() bool {
	up, _, _ := s.database.up(time.Now())
	return s.signIns.Away() || !up && s.seated.Load() != nil
}

// tellNotSeated says who of the people cannot sign in or take calls, and why. It is not tried again before they are written otherwise.
func (s *service) tellNotSeated(people []config.Person, not gate.NotSeated, unknown agents.NotSeeded) {
	s.notSeated.Store(int64(len(not)))
	for _, p := range people {
		if i := slices.IndexFunc(not, func(r gate.Refusal) bool { return r.Account == config.AccountOf(p.ID) }); i >= 0 {
			s.log.Error("somebody cannot sign in, and is signed out; all others can", "person", p.ID, "err", not[i].Why)
		}
		if err := unknown[p.ID]; err != nil {
			s.log.Error("an agent is not known to the database: after a restart they are signed out", "agent", p.ID, "err", err)
		}
	}
}

// accountsLost are those of people who are removed by a reload, or have another password.
func accountsLost(before, after []config.Person) (lost []gate.AccountID) {
	for _, was := range before {
		stays := func(p config.Person) bool { return p.ID == was.ID && p.Password.Text() == was.Password.Text() }
		if !slices.ContainsFunc(after, stays) {
			lost = append(lost, config.AccountOf(was.ID))
		}
	}
	return lost
}

// showPeople puts on each desk whose it is, before anything else happens to it.
func (s *service) showPeople() {
	for _, p := range s.config.People {
		if p.TakesCalls() {
			s.showPerson(p)
		}
	}
}

// skilled shows an agent the skills that they were given by order.
func (s *service) skilled(id queues.AgentID, _ queues.Agent) {
	if i := slices.IndexFunc(*s.people.Load(), func(p config.Person) bool { return p.ID == id }); i >= 0 {
		s.showPerson((*s.people.Load())[i])
	}
}

func (s *service) showPerson(p config.Person) {
	self := agentapi.Self{ID: p.ID, Name: p.Name, Login: p.Login, Language: p.Language, Skills: s.present.Listed(p.ID)}
	s.desks.Person(self)
}
