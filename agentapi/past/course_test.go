package past

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/queues"
	told "hotline/queues/words"
	"hotline/telephony/words"
	"hotline/tickets"
)

var came = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func at(s int) time.Time {
	if s < 0 {
		return time.Time{}
	}
	return came.Add(time.Duration(s) * time.Second)
}

func contact(queued, answered, ended, wrapped int) tickets.Contact {
	return tickets.Contact{
		ID: "c1", Queue: "help", Agent: tickets.Agent{ID: "anna"}, ArrivedAt: came, QueuedAt: at(queued), AnsweredAt: at(answered), EndedAt: at(ended), WrappedUpAt: at(wrapped),
	}
}

// brief is a course as "kind from-until what", where - is a moment and … lasts.
func brief(steps []Step) (lines []string) {
	for _, s := range steps {
		until := ""
		switch {
		case s.Until != nil:
			until = fmt.Sprintf("-%d", int(s.Until.Sub(came).Seconds()))
		case s.Lasts:
			until = "-…"
		}
		line := fmt.Sprintf("%s %d%s", s.Kind, int(s.At.Sub(came).Seconds()), until)
		if s.Agent != nil {
			line += " " + string(s.Agent.ID)
		}
		lines = append(lines, strings.TrimSpace(strings.Join([]string{line, s.Queue, s.How}, " ")))
	}
	for i, l := range lines {
		lines[i] = strings.Join(strings.Fields(l), " ")
	}
	return lines
}

func decision(s int, k told.RecordKind, agent queues.AgentID) agentapi.Decision {
	d := agentapi.Decision{At: at(s), Kind: k}
	if agent != "" {
		d.Agent = &agentapi.NamedAgent{ID: agent}
	}
	return d
}

func fact(s int, e tickets.Event) tickets.Fact { return tickets.Fact{At: at(s), Event: e} }

func TestACourseTellsWhatIsKnown(t *testing.T) {
	anna, boris := tickets.Agent{ID: "anna"}, tickets.Agent{ID: "boris"}
	facts := []tickets.Fact{
		fact(10, tickets.Queued{Queue: "help"}), fact(11, tickets.Offered{Agent: boris}), fact(31, tickets.OfferEnded{Agent: boris, How: "missed"}), fact(40, tickets.Queued{Queue: "rest"}),
		fact(41, tickets.Offered{Agent: anna}), fact(50, tickets.Answered{Agent: anna}), fact(70, tickets.Resumed{}), fact(120, tickets.Recorded{}), fact(130, tickets.Ended{}),
	}
	decisions := []agentapi.Decision{
		decision(11, told.WasOffered, "boris"), decision(31, told.WasMissed, "boris"), decision(40, told.WasMoved, ""), decision(41, told.WasOffered, "anna"), decision(50, told.WasAnswered, "anna"),
		decision(60, told.WasHeld, ""), decision(65, told.WasResumed, ""), decision(80, told.WasHeld, ""), decision(100, told.TalkIsOver, ""),
	}
	passed := []tickets.Fact{
		fact(50, tickets.Answered{Agent: anna}), fact(70, tickets.Transferred{Agent: anna, Since: at(50), Queue: "rest"}), fact(72, tickets.Queued{Queue: "rest"}), fact(80, tickets.WrappedUp{Agent: anna}),
		fact(90, tickets.Answered{Agent: boris}), fact(130, tickets.Ended{}), fact(140, tickets.WrappedUp{Agent: boris}),
	}
	ofBoris := contact(10, 50, 130, 140)
	ofBoris.Agent = boris
	kept := ofBoris
	kept.Talks = []tickets.Talk{{Agent: anna, From: at(50), To: at(70)}, {Agent: boris, From: at(90)}}
	for name, c := range map[string]struct {
		contact   tickets.Contact
		facts     []tickets.Fact
		decisions []agentapi.Decision
		want      []string
	}{
		"everything": {contact(10, 50, 130, 140), facts, decisions, []string{
			"flow 0-10", "queue 10-40 help", "ring 11-31 boris missed", "queue 40-50 rest", "decided 40 moved", "ring 41-50 anna answered", "talk 50-100 anna", "hold 60-65 anna",
			"restart 70", "hold 80-100 anna", "wrap_up 100-140 anna", "message 120",
		}},
		"no decisions": {contact(10, 50, 130, 140), facts, nil, []string{
			"flow 0-10", "queue 10-40 help", "ring 11-31 boris missed", "queue 40-50 rest", "ring 41-50 anna answered", "talk 50-130 anna", "restart 70", "message 120", "wrap_up 130-140 anna",
		}},
		"the contact alone":       {contact(10, 50, 130, 140), nil, nil, []string{"flow 0-10", "queue 10-50 help", "talk 50-130 anna", "wrap_up 130-140 anna"}},
		"abandoned in the menu":   {contact(-1, -1, 7, -1), nil, nil, []string{"flow 0-7"}},
		"abandoned while it rang": {contact(10, -1, 20, -1), nil, []agentapi.Decision{decision(12, told.WasOffered, "boris")}, []string{"flow 0-10", "queue 10-20 help", "ring 12-20 boris"}},
		"waits now":               {contact(10, -1, -1, -1), facts[:2], nil, []string{"flow 0-10", "queue 10-… help", "ring 11-… boris"}},
		"talks now, on hold":      {contact(10, 50, -1, -1), facts[:6], decisions[:6], []string{"flow 0-10", "queue 10-40 help", "ring 11-31 boris missed", "queue 40-50 rest", "decided 40 moved", "ring 41-50 anna answered", "talk 50-… anna", "hold 60-… anna"}},
		"passed on": {ofBoris, passed, []agentapi.Decision{decision(60, told.WasHeld, "anna"), decision(70, told.TalkIsOver, "anna"), decision(100, told.WasHeld, "boris"), decision(110, told.WasResumed, "boris"), decision(120, told.TalkIsOver, "boris")}, []string{
			"flow 0-10", "talk 50-70 anna", "hold 60-70 anna", "wrap_up 70-80 anna", "queue 72-90 rest", "talk 90-120 boris", "hold 100-110 boris", "wrap_up 120-140 boris",
		}},
		"passed on, the contact alone": {kept, nil, nil, []string{"flow 0-10", "queue 10-50 help", "talk 50-70 anna", "talk 90-130 boris", "wrap_up 130-140 boris"}},
		"has only begun":               {contact(-1, -1, -1, -1), nil, nil, []string{"flow 0-…"}},
	} {
		if got := brief(courseOf(c.contact, c.facts, c.decisions)); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%q, want\n%q", name, got, c.want)
		}
	}
}

// A call for a supervisor is theirs who came, or the agent's.
func TestACourseTellsWhoWasCalledForHelp(t *testing.T) {
	anna := tickets.Agent{ID: "anna"}
	facts := []tickets.Fact{
		fact(50, tickets.Answered{Agent: anna}), fact(60, tickets.Helped{Agent: anna, Since: at(55), How: tickets.HelpTakenBack}),
		fact(90, tickets.Helped{Agent: anna, Since: at(70), By: tickets.Agent{ID: "olga"}, Came: at(75), How: tickets.HelpGiven}), fact(130, tickets.Ended{}),
	}
	got := brief(courseOf(contact(10, 50, 130, 140), facts, nil))
	want := []string{"help 55-60 anna withdrawn", "help 70-90 olga given"}
	got = slices.DeleteFunc(got, func(one string) bool { return !strings.HasPrefix(one, "help ") })
	if !slices.Equal(got, want) {
		t.Errorf("the course is\n%s\nnot\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A mark that the caller gave stands at its moment, with what was asked for and about whom.
func TestACourseTellsWhatMarkTheCallerGave(t *testing.T) {
	anna := tickets.Agent{ID: "anna", Name: "Anna"}
	steps := courseOf(contact(10, 50, 130, 140), []tickets.Fact{
		fact(50, tickets.Answered{Agent: anna}), fact(125, tickets.Surveyed{Agent: anna, About: words.Text{"en": "Rating"}, Mark: 4, Of: 5}), fact(130, tickets.Ended{}),
	}, nil)
	i := slices.IndexFunc(steps, func(s Step) bool { return s.Kind == Surveyed })
	if i < 0 {
		t.Fatalf("the course is %q", brief(steps))
	}
	if s := steps[i]; !s.At.Equal(at(125)) || s.Until != nil || s.Lasts || s.Agent == nil || s.Agent.ID != "anna" || s.About["en"] != "Rating" || s.Mark != 4 || s.Of != 5 {
		t.Errorf("it tells of %+v", s)
	}
}

// Who was asked stands in the course from the ring on, and the caller's talk goes on with them where it was passed on.
func TestACourseTellsWhoWasAskedAndWhoHasTheCallerThen(t *testing.T) {
	anna, boris := tickets.Agent{ID: "anna"}, tickets.Agent{ID: "boris"}
	facts := []tickets.Fact{
		fact(10, tickets.Queued{Queue: "help"}), fact(50, tickets.Answered{Agent: anna}),
		fact(65, tickets.Consulted{Agent: anna, Number: "+74950000001", Rang: at(60), How: "declined"}),
		fact(90, tickets.Consulted{Agent: anna, With: boris, Rang: at(70), Answered: at(75), How: tickets.ConsultPassed}),
		fact(90, tickets.Transferred{Agent: anna, Since: at(50), To: boris}), fact(90, tickets.Answered{Agent: boris}), fact(130, tickets.Ended{}),
	}
	got := brief(courseOf(contact(10, 50, 130, 140), facts, nil))
	want := []string{
		"flow 0-10", "queue 10-50 help", "talk 50-90 anna", "consult 60-65 declined", "consult 70-90 boris passed", "talk 90-130 boris", "wrap_up 130-140 boris",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the course is\n%s\nnot\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A caller who stays on hold after a consultation that came to nothing was on hold once.
func TestAHoldThroughAConsultationIsOne(t *testing.T) {
	decisions := []agentapi.Decision{
		decision(60, told.WasHeld, ""), decision(70, told.WasHeld, ""), decision(80, told.WasResumed, ""), decision(90, told.WasHeld, ""), decision(100, told.WasHeld, ""),
	}
	got := brief(courseOf(contact(10, 50, 130, 130), []tickets.Fact{fact(10, tickets.Queued{Queue: "help"}), fact(50, tickets.Answered{Agent: tickets.Agent{ID: "anna"}})}, decisions))
	want := []string{"flow 0-10", "queue 10-50 help", "talk 50-130 anna", "hold 60-80 anna", "hold 90-130 anna"}
	if !slices.Equal(got, want) {
		t.Errorf("the course is\n%s\nnot\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Of a stretch nobody says that it ends before it begins, whatever clocks say.
func TestNoStretchEndsBeforeItBegins(t *testing.T) {
	steps := courseOf(contact(10, 50, 45, 44), []tickets.Fact{fact(60, tickets.Queued{Queue: "late"})}, []agentapi.Decision{decision(70, told.WasOffered, "anna"), decision(55, told.WasHeld, "")})
	for _, s := range steps {
		if s.Until != nil && s.Until.Before(s.At) {
			t.Errorf("%s begins at %s and ends at %s", s.Kind, s.At, s.Until)
		}
	}
}
