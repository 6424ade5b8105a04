package queues

import (
	"reflect"
	"testing"
	"time"
)

// TestAgentIsOfferedNothingThatNeedsASkillFromItsExpiryOn: at that time, without an event, and what rings goes on.
func TestAgentIsOfferedNothingThatNeedsASkillFromItsExpiryOn(t *testing.T) {
	d := newDay(t, lineConfig(Queue{ID: "tech", Skills: []Need{{"tech", 2}}}))
	anna := Agent{ID: "anna", Name: "anna", Skills: map[Skill]Level{"tech": 3, "lang:ru": 5}, Expires: map[Skill]time.Time{"tech": d.second(60)}}
	needs := func(id RequestID) Event { return Enqueued{Request{ID: id, Queue: "tech"}} }
	d.at(0, PhoneChanged{"anna", true}, AgentSignedIn{Agent: anna, Availability: Ready})
	d.at(59, needs("101")).want("offered 101 anna")
	d.at(59, needs("102"))
	if due, _ := d.r.Deadline(); !due.Equal(d.second(60)) {
		t.Errorf("the next deadline is %s", due)
	}
	d.at(60, OfferAnswered{d.offer("101", "anna")}, TalkEnded{"101"}).want("answered 101 anna")
	got, err := d.r.Considered("102")
	want := []Consideration{{Agent: "anna", Name: "anna", Standing: LacksSkills, Lacks: []Need{{"tech", 2}}, Expired: map[Skill]time.Time{"tech": d.second(60)}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%+v, %v; not %+v", got, err, want)
	}
	if len(anna.Skills) != 2 {
		t.Errorf("who told the skills finds them changed: %v", anna.Skills)
	}
	anna.Expires = nil // trained again
	d.at(70, AgentReskilled{anna}).want("offered 102 anna")
}

// TestSkillThatHasExpiredIsNoneFromTheSignInOn, and a skill whose time has not come is one.
func TestSkillThatHasExpiredIsNoneFromTheSignInOn(t *testing.T) {
	d := newDay(t, lineConfig(Queue{ID: "tech", Skills: []Need{{"tech", 1}}}))
	for id, end := range map[AgentID]float64{"anna": 10, "boris": 11} {
		d.at(10, PhoneChanged{id, true}, AgentSignedIn{Agent: Agent{ID: id, Skills: map[Skill]Level{"tech": 3}, Expires: map[Skill]time.Time{"tech": d.second(end)}}, Availability: Ready})
	}
	d.at(10, Enqueued{Request{ID: "101", Queue: "tech"}}).want("offered 101 boris")
}
