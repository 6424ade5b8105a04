package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/agentapi/rest"
	"hotline/queues"
	told "hotline/queues/words"
	"hotline/telephony"
	"hotline/telephony/words"
)

// chronicle is a Decisions that knows these stories, as it were while the database is away where partial. As the router does, it
// looks at who waits for a live story only.
type chronicle map[telephony.CallID]agentapi.Story

func (c chronicle) Story(_ context.Context, call telephony.CallID, live bool) (agentapi.Story, error) {
	if call == "broken" {
		return agentapi.Story{}, errors.New("connection refused to 10.0.0.7")
	}
	s := c[call]
	s.Call = call
	if !live {
		s.Agents, s.Wait = nil, nil
	}
	return s, nil
}

func TestAgentsAreToldOfTheirOwnCallsOnlyAndSupervisorsOfAll(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	offered := agentapi.Decision{
		At: at, Kind: told.WasOffered, Agent: &agentapi.NamedAgent{ID: "7", Name: "Анна"}, Queue: "support",
		Facts: told.Facts{Rule: queues.OnlyCandidate, Candidates: 1, Declined: []queues.AgentID{"8"}, RunnerUp: "8", Others: &queues.Others{Busy: []queues.AgentID{"8"}}},
		Words: words.Text{"ru": "Анна: других свободных нет; отказался: Boris", "en": "Анна: nobody else is free; declined: Boris"},
		Plain: words.Text{"ru": "Анна: других свободных нет", "en": "Анна: nobody else is free"},
	}
	missed := agentapi.Decision{At: at, Kind: told.WasMissed, Agent: &agentapi.NamedAgent{ID: "8", Name: "Boris"}, Words: words.Text{"en": "Boris: no answer"}}
	sent := agentapi.Decision{
		At: at, Kind: told.WasOverflowed, Facts: told.Facts{To: queues.ToNumber, ToNumber: "+74950000000"},
		Words: words.Text{"en": "Sent to the number +74950000000"}, Plain: words.Text{"en": "Sent to an outside number"},
	}
	left := agentapi.Decision{At: at, Kind: told.WasAbandoned, Plain: words.Text{"ru": "Клиент не дождался"}, Words: words.Text{"ru": "Клиент не дождался", "en": "The caller hung up"}}
	asked := []agentapi.Considered{{Agent: agentapi.NamedAgent{ID: "8", Name: "Boris"}, Standing: queues.Occupied}}
	h := open(t, settings{options: func(o *rest.Options) {
		o.Decided = chronicle{
			"c1": {Items: []agentapi.Decision{offered, left}, Agents: asked, Wait: &agentapi.ExpectedWait{LowS: 30, HighS: 90}}, "waits": {Items: []agentapi.Decision{}, Agents: asked},
			"sent": {Items: []agentapi.Decision{missed, offered, sent}},
			"half": {Items: []agentapi.Decision{left}, Partial: true}, "away": {Items: []agentapi.Decision{}, Partial: true},
		}
	}})
	anna, boris, vera := h.signIn("anna"), h.signIn("boris"), h.signIn("vera")
	got, err := anna.Decisions(soon(t), "c1")
	if err != nil || len(got.Items) != 2 || got.Items[0].Agent.Name != "Анна" || got.Items[0].Words["ru"] != "Анна: других свободных нет" ||
		got.Items[0].Facts.Candidates != 1 || got.Items[1].Kind != told.WasAbandoned || got.Partial {
		t.Errorf("anna: %+v, %v", got, err)
	}
	if got.Agents != nil || got.Wait != nil {
		t.Errorf("an agent is shown how others stand: %+v, %+v", got.Agents, got.Wait)
	}
	got, err = anna.Decisions(soon(t), "sent")
	if told, _ := json.Marshal(got); err != nil || len(got.Items) != 2 || got.Items[1].Words["en"] != "Sent to an outside number" ||
		strings.Contains(string(told), "Boris") || strings.Contains(string(told), `"8"`) || strings.Contains(string(told), "+7495") {
		t.Errorf("an agent is told of colleagues, or of a number outside: %s, %v", told, err)
	}
	got, err = vera.Decisions(soon(t), "sent")
	if told, _ := json.Marshal(got); err != nil || len(got.Items) != 3 || !strings.Contains(string(told), "declined: Boris") || got.Items[1].Facts.RunnerUp != "8" || got.Items[1].Facts.Others.Busy[0] != "8" ||
		got.Items[2].Facts.ToNumber != "+74950000000" {
		t.Errorf("the supervisor is told %s, %v", told, err)
	}
	if got, err := vera.Decisions(soon(t), "c1"); err != nil || len(got.Items) != 2 || len(got.Agents) != 1 || got.Agents[0].Standing != queues.Occupied || got.Wait == nil || got.Wait.HighS != 90 {
		t.Errorf("the supervisor: %+v, %v", got, err)
	}
	if got, err := vera.Decisions(soon(t), "waits"); err != nil || len(got.Agents) != 1 {
		t.Errorf("a call about which nothing is decided yet: %+v, %v", got, err)
	}
	if got, err := vera.Decisions(soon(t), "half"); err != nil || !got.Partial {
		t.Errorf("half a story: %+v, %v", got, err)
	}
	for _, c := range []struct {
		who  *client.Client
		call telephony.CallID
		want agentapi.Code
	}{
		{boris, "c1", agentapi.CodeNotFound}, {boris, "waits", agentapi.CodeNotFound}, {vera, "unknown", agentapi.CodeNotFound},
		{vera, "away", agentapi.CodeUnavailable}, {anna, "half", agentapi.CodeUnavailable}, {vera, "broken", agentapi.CodeUnavailable},
	} {
		if _, err := c.who.Decisions(soon(t), c.call); !client.IsProblem(err, c.want) {
			t.Errorf("%s asks about %s: %v, expected %s", c.who.Account().Login, c.call, err, c.want)
		}
	}
}
