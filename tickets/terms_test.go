package tickets

import (
	"slices"
	"testing"
	"time"
)

var house = Terms{
	Department: "reception",
	Topics: map[string]TopicTerms{
		"fault": {Department: "technical", Class: Outage, Priority: MostUrgent, Chain: []string{"field"}},
		"old":   {Department: "sales"},
	},
	Departments: map[string]DepartmentTerms{
		"reception": {}, "technical": {Heir: "reception"}, "field": {Heir: "technical"}, "sales": {Heir: "field"}, "archive": {},
		"round": {Heir: "about"}, "about": {Heir: "round"},
	},
	People: map[string]PersonTerms{
		"anna":  {Departments: []string{"reception"}},
		"boris": {Departments: []string{"technical"}},
		"vera":  {Departments: []string{"technical", "reception"}},
		"clerk": {},
	},
}

func TestATopicMeansWhatTheConfigurationSaysAndElseTheUsual(t *testing.T) {
	if got := house.Topic("fault"); got.Department != "technical" || got.Class != Outage || got.Priority != MostUrgent || !slices.Equal(got.Chain, []string{"field"}) {
		t.Errorf("fault: %+v", got)
	}
	for topic, department := range map[string]string{"": "reception", "unknown": "unknown", "old": "sales"} {
		if got := house.Topic(topic); got.Department != department || got.Priority != Usual || got.Class != "" {
			t.Errorf("%q: %+v, not of %s", topic, got, department)
		}
	}
}

func TestATicketGoesOnAlongTheChainOfItsTopic(t *testing.T) {
	house := Terms{Department: "reception", Topics: map[string]TopicTerms{"fault": {Department: "technical", Chain: []string{"field", "finance"}}, "old": {Department: "sales"}}}
	for _, x := range []struct {
		topic string
		from  Department
		next  []string
	}{
		{"fault", "reception", []string{"technical", "field", "finance"}}, {"fault", "technical", []string{"field", "finance"}}, {"fault", "field", []string{"finance"}},
		{"fault", "finance", nil}, {"fault", "", []string{"technical", "field", "finance"}}, {"old", "sales", nil}, {"old", "reception", []string{"sales"}}, {"", "reception", nil},
	} {
		if got := house.Next(x.topic, x.from); !slices.Equal(got, x.next) {
			t.Errorf("from %q %q goes to %v, not to %v", x.from, x.topic, got, x.next)
		}
	}
}

func TestTheFirstLineIsTheDepartmentItsPeopleAndWhoHasNone(t *testing.T) {
	for owner, want := range map[Owner]bool{
		Department("reception"): true, Department("technical"): false, Department("gone"): false,
		Person("anna"): true, Person("boris"): false, Person("vera"): true, Person("clerk"): true,
	} {
		if house.InFirstLine(owner) != want {
			t.Errorf("%s is in the first line: %v", owner.Name(), !want)
		}
	}
}

func TestTheTicketsOfWhoIsGoneGoToTheHeir(t *testing.T) {
	for _, x := range []struct {
		owner Owner
		topic string
		want  Owner
	}{
		{Person("anna"), "fault", Person("anna")},
		{Person("gone"), "fault", Department("technical")},
		{Person("gone"), "", Department("reception")},
		{Person("gone"), "old", Department("technical")}, // through sales and field, where nobody is any more
		{Department("technical"), "fault", Department("technical")},
		{Department("field"), "fault", Department("technical")},
		{Department("sales"), "", Department("technical")},
		{Department("archive"), "", Department("archive")}, // nobody is there, and nobody is to have its tickets
		{Department("unlisted"), "fault", Department("reception")},
		{Department("technical "), "fault", Department("reception")},
	} {
		if got := house.Heir(x.owner, x.topic); got != x.want {
			t.Errorf("what was of %s on %q is of %s, not of %s", x.owner.Name(), x.topic, got.Name(), x.want.Name())
		}
	}
	house.Heir(Department("round"), "") // ends
	plain := Terms{}.OrUsual()
	if got := plain.Heir(Department("sales"), ""); got != Department("sales") {
		t.Errorf("where no departments are listed, sales is gone: %s has its tickets", got.Name())
	}
}

func TestTermsThatAreNotSetAreTheUsualOnes(t *testing.T) {
	const day = 24 * time.Hour
	got := Terms{}.OrUsual()
	if got.Department != DefaultDepartment || got.CallBackWithin != time.Hour || got.FollowUpWithin != day || got.ConfirmWithin != 3*day ||
		got.RepeatWithin != 30*day || got.EscalateAfter != 4*time.Hour || got.ConfirmReminders != 0 {
		t.Errorf("%+v", got)
	}
	if got := (Terms{Department: "x", RepeatWithin: time.Minute}).OrUsual(); got.Department != "x" || got.RepeatWithin != time.Minute {
		t.Errorf("what is set is changed: %+v", got)
	}
}

func TestATicketHasTheAgreementOfItsTopicElseOfTheContractElseTheGeneralOne(t *testing.T) {
	terms := Terms{
		Topics:     map[string]TopicTerms{"outage": {Agreement: "urgent"}, "stale": {Agreement: "gone"}},
		Agreement:  "standard",
		Agreements: map[string]AgreementTerms{"standard": {Channels: []string{"call", "letter"}}, "gold": {}, "urgent": {Channels: []string{"call"}}},
	}
	for _, x := range []struct {
		topic, contract string
		by              Channel
		want            string
	}{
		{"", "", Call{}, "standard"}, {"", "", Visit{}, ""}, {"", "gold", Visit{}, "gold"}, {"", "gone", Letter{}, "standard"},
		{"outage", "gold", Call{}, "urgent"}, {"outage", "gold", Letter{}, "gold"}, {"outage", "", Letter{}, "standard"}, {"stale", "gold", Call{}, "gold"},
	} {
		if got := terms.AgreementOf(x.topic, x.contract, x.by); got != x.want {
			t.Errorf("a %s on %q under the contract %q is under %q, not %q", x.by.Code(), x.topic, x.contract, got, x.want)
		}
	}
}

func TestTheMoreUrgentOfTopicAndAgreementCounts(t *testing.T) {
	terms := Terms{
		Topics:     map[string]TopicTerms{"question": {Priority: LeastUrgent}, "outage": {Priority: MostUrgent}},
		Agreements: map[string]AgreementTerms{"plain": {}, "gold": {Priority: 2}},
	}
	for _, x := range []struct {
		topic, agreement string
		want             Priority
	}{{"question", "", 4}, {"question", "plain", 4}, {"question", "gold", 2}, {"outage", "gold", 1}, {"", "gold", 2}, {"", "gone", Usual}} {
		if got := terms.PriorityOf(x.topic, x.agreement); got != x.want {
			t.Errorf("%q under %q is of priority %d, not %d", x.topic, x.agreement, got, x.want)
		}
	}
}
