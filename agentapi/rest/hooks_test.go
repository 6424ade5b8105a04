package rest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"hotline/agentapi/hooks"
)

// graveyard holds one event that no receiver has taken.
type graveyard struct{}

var buried = hooks.Dead{ID: 17, Event: "c1/call.ended/0", Type: "hotline.call.ended", To: "crm.example#00000000", Error: "the receiver answers 503"}

func (graveyard) Dead(_ context.Context, before int64, _ int) ([]hooks.Dead, error) {
	if before > 0 && before <= buried.ID {
		return nil, nil
	}
	return []hooks.Dead{buried}, nil
}

func (graveyard) Retry(_ context.Context, id int64) (hooks.Dead, error) {
	if id != buried.ID {
		return hooks.Dead{}, hooks.ErrNotDead
	}
	return buried, nil
}

func TestSupervisorsListEventsThatNobodyTookAndSendThemAgain(t *testing.T) {
	h := open(t, settings{})
	vera := http.Header{"Cookie": {h.cookie("vera")}}
	var list struct {
		Items []hooks.Dead `json:"items"`
		Next  int64        `json:"next_before"`
	}
	for query, want := range map[string]int{"": 1, "?before=17": 0, "?limit=1": 1} {
		list.Items, list.Next = nil, 0
		if err := json.NewDecoder(h.request(http.MethodGet, "/api/v1/hooks/dead"+query, "", vera).Body).Decode(&list); err != nil || len(list.Items) != want {
			t.Errorf("%q lists %+v, %v", query, list, err)
		}
		if (list.Next == 17) != (query == "?limit=1") {
			t.Errorf("after %q comes %d", query, list.Next)
		}
	}
	for path, want := range map[string]int{"17": 200, "18": 404, "0": 422, "x": 422} {
		if got := h.request(http.MethodPost, "/api/v1/hooks/dead/"+path+"/retry", "", vera).StatusCode; got != want {
			t.Errorf("sending %s again answers %d, not %d", path, got, want)
		}
	}
}
