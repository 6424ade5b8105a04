package tickets

import (
	"slices"
	"time"

	"hotline/telephony/hours"
	"hotline/telephony/words"
)

// Regulator is who outside decides complaints in the end, where the configuration names no levels.
const Regulator = "regulator"

// DefaultDepartment owns what no topic and no queue has an owner for, where the configuration names no first line.
const DefaultDepartment = "first_line"

// Terms are the settings for tickets: what topics and departments there are, who belongs to them, and when somebody looks at a ticket that
// is left open. They are a value that the configuration makes; a reload makes another one, and nobody changes one.
type Terms struct {
	Department  string                     // the first line: owns the ticket of a contact without a topic
	Topics      map[string]TopicTerms      // by code; a topic that is missing is its own department
	Departments map[string]DepartmentTerms // by code; nil where none are listed, and then any name is one
	People      map[string]PersonTerms     // who may own a ticket, by id
	Vendors     map[string]VendorTerms     // by id
	Agreements  map[string]AgreementTerms  // by id
	Agreement   string                     // of customers without a contract; "" is none
	Zone        *time.Location             // of the line: in which days end; nil is UTC

	CallBackWithin time.Duration // after a call broke off
	FollowUpWithin time.Duration // where an agent named no date

	ConfirmWithin    time.Duration // a solved ticket that nobody has confirmed by then closes by itself
	ConfirmReminders int           // so often the customer is reminded before that
	RepeatWithin     time.Duration // a contact on the same topic within so long of the last is a repeated one
	EscalateAfter    time.Duration // so long past its next date a ticket goes to the head of its department
	TellAfter        int           // so many working days after a customer last heard something their ticket's owner is asked to tell them how it goes; 0 is never

	Reviews      []ReviewTerms // the levels of complaints above the head of the department that answered
	ReviewWithin time.Duration // by when a complaint is to be decided, where its level does not say

	CallReasons map[string]words.Text `json:"-"` // why agents call customers, by code; no ticket's dates go by them
	Answers     []AnswerTerms         `json:"-"` // that are prepared, in the order in which pages offer them; no ticket's dates go by them
}

// ReviewTerms are a level at which a complaint is decided.
type ReviewTerms struct {
	Department string        // "" is the first line
	Person     string        // who decides; the head of the department if left out
	Outside    bool          // the department is none of ours, such as a regulator: the first line sees to what they decide
	Name       words.Text    // of what is outside
	Within     time.Duration // 0 is as long as usual
}

// TopicTerms are what a topic means for its tickets. What the configuration leaves out is the parent topic's.
type TopicTerms struct {
	Name       words.Text
	Parent     string   // the topic that it is a kind of; "" is none
	Department string   // owns its tickets that nobody owns yet
	Class      Class    // "" where it is for a person to say
	Priority   Priority // 0 is Usual
	Chain      []string // the departments to which its tickets go on from its own, in order (see Next); nil is none in particular
	Agreement  string   // overrules the customer's; "" does not
}

// DepartmentTerms are what is known of a department.
type DepartmentTerms struct {
	Name  words.Text
	Head  string          // a person; "" is nobody
	Heir  string          // the department that gets its tickets when nobody belongs to it any more; "" is none
	Hours *hours.Calendar // when somebody works there; nil is always
}

// PersonTerms are what is known of a person who may own tickets.
type PersonTerms struct {
	Name        string
	Departments []string
}

// AgreementTerms are what is known of an agreement beside its clocks, which tickets/clock reckons.
type AgreementTerms struct {
	Name     words.Text
	Priority Priority // tickets are at least so urgent; 0 leaves it to the topic
	Channels []string // codes of those that it is about; nil is all
}

// VendorTerms are what is known of somebody outside who is asked to mend things.
type VendorTerms struct {
	Name        string
	Phone, Mail string          // "" is none
	Hours       *hours.Calendar // when they work; nil is always
	RemindEvery time.Duration   // so often whoever owns the ticket is told to ask again
}

// Next are the departments to which a ticket on a topic goes on from one of them, in order: along the chain of the topic, which its own department begins; from
// outside the chain all of it. They are offered first. Any other may get the ticket all the same: whoever has it is never stuck.
func (t Terms) Next(topic string, from Department) []string {
	way := append([]string{t.owner(topic)}, t.Topic(topic).Chain...)
	return way[slices.Index(way, string(from))+1:]
}

// Class says what kind of matter a ticket is.
type Class string

const (
	Information Class = "information" // a question that has an answer
	Personal    Class = "personal"    // about the customer's own account or contract
	Claim       Class = "claim"       // the customer is owed something
	Complaint   Class = "complaint"   // about how the customer was served
	Outage      Class = "outage"      // a service does not work, perhaps for many
)

// Classes are all classes.
var Classes = []Class{Information, Personal, Claim, Complaint, Outage}

// Priority says how urgent a ticket is, from 1, the most urgent, to 4.
type Priority int

const (
	MostUrgent  Priority = 1
	Usual       Priority = 3
	LeastUrgent Priority = 4
)

// OrUsual fills what is not set: DefaultDepartment, an hour to call back, a day to follow up, three days to confirm, thirty for repeats,
// four hours until a ticket escalates, ten days to decide a complaint, and the first line and a regulator above. No reminders stay none.
func (t Terms) OrUsual() Terms {
	const day = 24 * time.Hour
	t.Department = orElse(t.Department, DefaultDepartment)
	for _, d := range []struct {
		set   *time.Duration
		usual time.Duration
	}{
		{&t.CallBackWithin, time.Hour}, {&t.FollowUpWithin, day}, {&t.ConfirmWithin, 3 * day}, {&t.RepeatWithin, 30 * day},
		{&t.EscalateAfter, 4 * time.Hour}, {&t.ReviewWithin, 10 * day},
	} {
		if *d.set <= 0 {
			*d.set = d.usual
		}
	}
	if t.Reviews == nil {
		t.Reviews = []ReviewTerms{{Department: t.Department}, {Department: Regulator, Outside: true}}
	}
	return t
}

// Here is a moment as the clocks at the line show it.
func (t Terms) Here(at time.Time) time.Time {
	if t.Zone == nil {
		return at.UTC()
	}
	return at.In(t.Zone)
}

// Topic is what a topic means. One that is missing is its own department, and "" is the first line's; both are of the usual priority.
func (t Terms) Topic(code string) TopicTerms {
	topic := t.Topics[code]
	switch {
	case topic.Department != "":
	case code == "":
		topic.Department = t.Department
	default:
		topic.Department = code
	}
	if topic.Priority == 0 {
		topic.Priority = Usual
	}
	return topic
}

// AgreementOf is the agreement of a ticket: the topic's, else that of the customer's contract ("" where there is none), else that of customers
// without one. An agreement that there is not, or that is not about the channel of the contact, is passed over. "" is none.
func (t Terms) AgreementOf(topic, contract string, by Channel) string {
	for _, id := range []string{t.Topics[topic].Agreement, contract, t.Agreement} {
		if a, known := t.Agreements[id]; known && (a.Channels == nil || slices.Contains(a.Channels, by.Code())) {
			return id
		}
	}
	return ""
}

// PriorityOf is how urgent a ticket is by its topic and its agreement: the more urgent of the two counts.
func (t Terms) PriorityOf(topic, agreement string) Priority {
	return t.AtLeast(t.Topic(topic).Priority, agreement)
}

// AtLeast is a priority, or that of an agreement where this is more urgent.
func (t Terms) AtLeast(p Priority, agreement string) Priority {
	if least := t.Agreements[agreement].Priority; least != 0 {
		p = min(p, least)
	}
	return p
}

// Outside says that a department is a level of review that is none of ours.
func (t Terms) Outside(department string) bool {
	return slices.ContainsFunc(t.OrUsual().Reviews, func(r ReviewTerms) bool { return r.Outside && r.Department == department })
}

// DepartmentName is what a department is called, or somebody outside who decides complaints; nil where nothing says so.
func (t Terms) DepartmentName(department string) words.Text {
	for _, r := range t.Reviews {
		if r.Outside && r.Department == department {
			return r.Name
		}
	}
	return t.Departments[department].Name
}

// owner is the department that owns the tickets of a topic.
func (t Terms) owner(topic string) string { return t.Topic(topic).Department }

// InFirstLine says whether an owner is the first line, or a person of it. Who belongs to no department takes calls, and so is of it.
func (t Terms) InFirstLine(o Owner) bool {
	switch o := o.(type) {
	case Department:
		return string(o) == t.Department
	case Person:
		theirs := t.People[string(o)].Departments
		return len(theirs) == 0 || slices.Contains(theirs, t.Department)
	default:
		panic("tickets: unknown kind of owner")
	}
}

// Belongs says whether a person is of a department, or its head. Where people are not listed anybody may be; and who belongs to no department takes calls, and
// so is of the first line.
func (t Terms) Belongs(person, department string) bool {
	return t.People == nil || t.Departments[department].Head == person || slices.Contains(t.People[person].Departments, department) ||
		department == t.Department && t.InFirstLine(Person(person))
}

// Sight is by what a person sees tickets who oversees nobody.
func (t Terms) Sight(person string) Sight {
	s := Sight{Agent: person, Departments: t.People[person].Departments}
	for code := range t.Topics {
		if slices.Contains(s.Departments, t.owner(code)) {
			s.Topics = append(s.Topics, code)
		}
	}
	slices.Sort(s.Topics)
	return s
}

// KindsOf are a topic and all that are kinds of it.
func (t Terms) KindsOf(topic string) []string {
	kinds := []string{topic}
	for i := 0; i < len(kinds); i++ {
		for code, k := range t.Topics {
			if k.Parent == kinds[i] && !slices.Contains(kinds, code) {
				kinds = append(kinds, code)
			}
		}
	}
	return kinds
}

// Members are the people who belong to a department, in the order of their ids.
func (t Terms) Members(department string) (ids []string) {
	for id, p := range t.People {
		if slices.Contains(p.Departments, department) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// Heir is who owns a ticket on a topic now that was its owner's: the owner, while there are such a person or department. The tickets of a
// person who is gone are for the topic's department; those of a department to which nobody belongs for its heir, and of one that is not
// listed for the first line. Where departments are not listed at all none of them is ever gone.
func (t Terms) Heir(o Owner, topic string) Owner {
	department := o.Name()
	if _, isPerson := o.(Person); isPerson {
		if _, known := t.People[department]; known {
			return o
		}
		department = t.owner(topic)
	}
	if t.Departments == nil {
		return Department(department)
	}
	if _, listed := t.Departments[department]; !listed {
		department = t.Department
	}
	for range t.Departments { // an heir has an heir in turn; what went in a circle would end here
		heir := t.Departments[department].Heir
		if heir == "" || len(t.Members(department)) > 0 {
			break
		}
		department = heir
	}
	return Department(department)
}
