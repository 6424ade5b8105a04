package desk

import (
	"cmp"

	"hotline/agentapi"
	"hotline/queues"
	told "hotline/queues/words"
	"hotline/telephony/words"
	"hotline/tickets"
)

// Names are how the lineup calls agents, queues and skills; who is no longer in it stays an id.
func (l *Lineup) Names() told.Names { return names{l} }

type names struct{ *Lineup }

// Agent implements words.Names.
func (n names) Agent(id queues.AgentID) string {
	if a, known := n.Agents[id]; known {
		return a.Name
	}
	return string(id)
}

// Queue implements words.Names.
func (n names) Queue(id queues.QueueID, language string) string {
	if name := n.Lineup.Queue(id).Name[language]; name != "" {
		return name
	}
	return string(id)
}

// Skill implements words.Names.
func (n names) Skill(skill queues.Skill, language string) string { return n.SkillName(skill)[language] }

// SkillName is how people call a skill: a language by its name, what a queue is called after as that queue, and all else as it is configured.
func (l *Lineup) SkillName(skill queues.Skill) words.Text {
	name := words.Text{}
	for _, language := range words.Languages {
		name[language] = cmp.Or(spoken[skill][language], l.Names().Queue(queues.QueueID(skill), language))
	}
	return name
}

// spoken are the skills of languages.
var spoken = map[queues.Skill]words.Text{
	queues.Language("ru"): {"en": "Russian", "ru": "русский"},
	queues.Language("en"): {"en": "English", "ru": "английский"},
}

// Person implements words.Names.
func (n names) Person(id string) string { return cmp.Or(n.PersonName(id), id) }

// named is an agent for people to read; nil where nobody is meant.
func (l *Lineup) named(id queues.AgentID) *agentapi.NamedAgent {
	if id == "" {
		return nil
	}
	return &agentapi.NamedAgent{ID: id, Name: l.Names().Agent(id)}
}

// cmpNames orders agents as people read them.
func cmpNames(a, b agentapi.NamedAgent) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
}

// person is an agent as tickets know them.
func (d *Desks) person(id queues.AgentID) tickets.Agent {
	return tickets.Agent{ID: string(id), Name: d.present.Lineup().Name(id)}
}

// nameOwners puts the names of people to the tickets that they own. Whom the configuration does not know any more stays an id.
func (d *Desks) nameOwners(all []agentapi.Summary) {
	lineup := d.present.Lineup()
	for i, s := range all {
		if s.OwnerKind == "person" {
			all[i].OwnerName = lineup.PersonName(s.Owner)
		}
	}
}

// why says to an agent why an offer came to them; nothing where the talk is of before a restart.
func (d *Desks) why(o queues.Offered) words.Text {
	if o.Why.Rule == "" {
		return nil
	}
	for _, r := range told.Records(o.Offer.At, []queues.Decision{&o}) {
		return words.Text(r.Why(d.present.Lineup().Names()))
	}
	return nil
}
