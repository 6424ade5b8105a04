package tickets

import "time"

// DefaultDepartment owns what no topic and no queue has an owner for.
const DefaultDepartment = "first_line"

// Terms are the settings for tickets: who owns them, and when somebody looks at one that is left open.
type Terms struct {
	Department  string            // owns the ticket of a contact without a topic
	Departments map[string]string // the owners by topic; a topic that is missing is its own department

	CallBackWithin time.Duration // after a call broke off
	FollowUpWithin time.Duration // where an agent named no date
}

// OrUsual fills what is not set: DefaultDepartment, an hour, a day.
func (t Terms) OrUsual() Terms {
	t.Department = orElse(t.Department, DefaultDepartment)
	if t.CallBackWithin <= 0 {
		t.CallBackWithin = time.Hour
	}
	if t.FollowUpWithin <= 0 {
		t.FollowUpWithin = 24 * time.Hour
	}
	return t
}

// owner is the department that owns the tickets of a topic.
func (t Terms) owner(topic string) string {
	if topic == "" {
		return t.Department
	}
	return orElse(t.Departments[topic], topic)
}
