package main

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/cmd/hotline/config"
	"hotline/queues"
	agents "hotline/queues/postgres"
)

// accountSpace makes an account's id from a person's, the same at each start.
var accountSpace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("hotline:people"))

func accountOf(id queues.AgentID) gate.AccountID {
	return gate.AccountID(uuid.NewSHA1(accountSpace, []byte(id)).String())
}

// seatPeople brings people into the database: their accounts, and what the router must find after a restart. The
// configuration has the last word: who is not in it any more has no account, and what is open with a password or
// a role of before ends at once.
func (s *service) seatPeople(ctx context.Context, people []config.Person) error {
	var accounts []gate.Seating
	var seated []agents.Agent
	for _, p := range people {
		account := gate.Account{
			ID: accountOf(p.ID), Login: gate.CleanLogin(p.Login), Name: p.Name,
			Role: gate.Role(p.Role), Language: p.Language, Seat: p.Seat,
		}
		if p.Role == "agent" {
			account.Agent = p.ID
			seated = append(seated, agents.Agent{Agent: s.present.Lineup().Agents[p.ID], Language: p.Language, Phone: p.Phone})
		}
		accounts = append(accounts, gate.Seating{Account: account, Password: p.Password.Text()})
	}
	if err := s.accounts.Seat(ctx, accounts); err != nil {
		return err
	}
	if err := s.api.Recheck(ctx); err != nil {
		return err
	}
	return s.agents.Seed(ctx, seated)
}

// showPeople puts on each desk whose it is, before anything else happens to it.
func (s *service) showPeople() {
	for _, p := range s.config.People {
		if p.Role == "agent" {
			s.showPerson(p)
		}
	}
}

func (s *service) showPerson(p config.Person) {
	self := agentapi.Self{ID: p.ID, Name: p.Name, Login: p.Login, Language: p.Language, Skills: []agentapi.Skill{}}
	for skill, level := range p.Skills {
		self.Skills = append(self.Skills, agentapi.Skill{Skill: skill, Level: level})
	}
	slices.SortFunc(self.Skills, func(a, b agentapi.Skill) int { return strings.Compare(string(a.Skill), string(b.Skill)) })
	s.desks.Person(self)
}
