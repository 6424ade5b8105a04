package desk

import (
	"fmt"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/queues"
	"hotline/tickets"
)

func TestTheWallNamesWhoIsAskedAndWhoIsInATalkAndSinceWhen(t *testing.T) {
	d, _ := desks()
	began := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	talk := queues.Offer{ID: "talk", Agent: "anna"}
	d.Talking(queues.Offered{Offer: talk}, began, tickets.Pop{Call: "c1"})
	d.Consulting(queues.Offered{Offer: queues.Offer{ID: "ask", Agent: "boris"}}, began, tickets.Pop{Call: "c1"})
	told := func(a Aside) (all string) {
		d.Aside(talk, a)
		for _, g := range d.Gatherings() {
			all += fmt.Sprintf("%s in %s since %s:", g.Name, g.Call, g.Since.Format("15:04"))
			if g.Asked != nil {
				all += fmt.Sprintf(" asks %s (%s since %s)", g.Asked.Who, g.Asked.State, g.Asked.Since.Format("15:04"))
			}
			for _, guest := range g.Guests {
				all += fmt.Sprintf(" with %s%s since %s", guest.Who, guest.Number, guest.Since.Format("15:04"))
			}
		}
		return all
	}
	boris := agentapi.Guest{ID: "boris", Who: "Boris", Since: began.Add(2 * time.Minute)}
	outside := agentapi.Guest{ID: "+74951234567", Number: "+74951234567", Since: began.Add(3 * time.Minute)}
	asked := func(state string) *Asked {
		return &Asked{ID: "boris", Who: "Boris", State: state, Since: began.Add(time.Minute)}
	}
	for _, x := range []struct {
		aside Aside
		want  string
	}{
		{Aside{}, ""},
		{Aside{Asked: asked("rings")}, "Anna in c1 since 09:00: asks Boris (rings since 09:01)"},
		{Aside{Guests: []agentapi.Guest{boris, outside}}, "Anna in c1 since 09:00: with Boris since 09:02 with +74951234567 since 09:03"},
		{Aside{Asked: asked("over")}, ""},
		{Aside{Guests: []agentapi.Guest{boris}}, "Anna in c1 since 09:00: with Boris since 09:02"},
	} {
		if got := told(x.aside); got != x.want {
			t.Errorf("the wall tells %q, not %q", got, x.want)
		}
	}
	d.Ended(talk, tickets.Pop{Call: "c1"}, tickets.Served)
	if all := d.Gatherings(); len(all) > 0 {
		t.Errorf("after the talk it tells of %+v", all)
	}
}
