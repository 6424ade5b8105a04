package config

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"hotline/agentapi/gate"
	"hotline/queues"
)

// Person signs in to a page. An agent has skills and a phone: a SIP phone of their own with
// a secret, or the one on the desk page (seat); who oversees them may have these, too, to take calls themselves. Who has the role department takes no calls, and works on the tickets of
// their departments.
type Person struct {
	ID          queues.AgentID                `yaml:"id"`
	Login       string                        `yaml:"login"`
	Name        string                        `yaml:"name"`
	Role        string                        `yaml:"role"`
	Language    string                        `yaml:"language"`
	Password    Secret                        `yaml:"password"`
	Skills      map[queues.Skill]queues.Level `yaml:"skills,omitempty"`
	SkillsUntil map[queues.Skill]string       `yaml:"skills_until,omitempty"` // the last day on which they have it, as of a certificate; the others stay
	Departments []string                      `yaml:"departments,omitempty"`  // whose tickets they see
	Phone       string                        `yaml:"phone,omitempty"`
	PhoneSecret Secret                        `yaml:"phone_secret,omitempty"`
	Seat        bool                          `yaml:"seat,omitempty"`
	Extension   string                        `yaml:"extension,omitempty"` // by which colleagues name them on their phones
	Pocket      *Pocket                       `yaml:"pocket,omitempty"`    // nil: they do not work by phone alone
}

// TakesCalls says whether somebody has a desk: every agent has, and who oversees them where they have a phone. Without skills they get
// those calls alone that somebody leads to them.
func (p Person) TakesCalls() bool {
	return p.Role == string(gate.RoleAgent) || gate.Role(p.Role).Oversees() && (p.Phone != "" || p.Seat)
}

// Agents are the people who take calls.
func (c Config) Agents() map[queues.AgentID]queues.Agent {
	all := make(map[queues.AgentID]queues.Agent)
	for _, p := range c.People {
		if p.TakesCalls() {
			all[p.ID] = queues.Agent{ID: p.ID, Name: p.Name, Skills: p.Skills, Expires: c.expires(p)}
		}
	}
	return all
}

// expires is when skills of somebody do.
func (c Config) expires(p Person) map[queues.Skill]time.Time {
	all := make(map[queues.Skill]time.Time, len(p.SkillsUntil))
	for skill, day := range p.SkillsUntil {
		if end, err := c.endOf(day); err == nil {
			all[skill] = end
		}
	}
	return all
}

// SeatedBy are the people of a fresh configuration as far as they can be seated without a restart: which phone it is stays as it
// is, though not its secret, and a new agent, whom neither the router nor the switch knows, has to wait.
func (c Config) SeatedBy(fresh Config) (people []Person) {
	agents := c.Agents()
	for _, p := range fresh.People {
		if _, known := agents[p.ID]; p.TakesCalls() && !known {
			continue
		}
		if i := slices.IndexFunc(c.People, func(q Person) bool { return q.ID == p.ID }); i >= 0 {
			p.Phone, p.Seat = c.People[i].Phone, c.People[i].Seat
			if p.PhoneSecret.Text() == "" {
				p.PhoneSecret = c.People[i].PhoneSecret // it is to become a seat, at the restart
			}
		}
		people = append(people, p)
	}
	return people
}

// accountSpace makes an account's id from a person's, the same at each start.
var accountSpace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("hotline:people"))

// AccountOf is the account of a person.
func AccountOf(id queues.AgentID) gate.AccountID {
	return gate.AccountID(uuid.NewSHA1(accountSpace, []byte(id)).String())
}

// Account is a person as the gate knows them.
func (p Person) Account() gate.Account {
	account := gate.Account{
		ID: AccountOf(p.ID), Login: gate.CleanLogin(p.Login), Name: p.Name, Person: string(p.ID),
		Role: gate.Role(p.Role), Language: p.Language, Seat: p.Seat,
	}
	if p.TakesCalls() {
		account.Agent = p.ID
	}
	return account
}
