package asterisk

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hotline/telephony"
)

// talks is a scripted Asterisk on which talks begin and end.
type talks struct {
	*scripted
	s       *Switch
	arrived <-chan *telephony.Call
	n       int
}

func newTalks(t *testing.T) *talks {
	a := newScripted(t)
	w := &talks{scripted: a, s: New(a.options())}
	line, arrived := calls()
	w.arrived = arrived
	running(t, w.s, line)
	return w
}

// begins is a talk of a new caller and an agent, and the bridge that Asterisk was asked for.
func (w *talks) begins() (bridge telephony.BridgeID, caller, agent telephony.LegID, at string) {
	w.t.Helper()
	w.n++
	w.arrives(fmt.Sprintf("1763773.%d", w.n))
	c := within(w.t, w.arrived, "the call")
	bridge, caller, agent = telephony.BridgeID(c.ID()), c.Arrival().Leg, telephony.LegID(string(c.ID())+".a-1")
	w.forget()
	if err := w.s.Bridge(whole(w.t), bridge, caller, agent); err != nil {
		w.t.Fatal(err)
	}
	at, _, _ = strings.Cut(strings.TrimPrefix(w.were("addChannel")[0].URI, "bridges/"), "/")
	return bridge, caller, agent, at
}

// made says whether the last talk's bridge was made for it.
func (w *talks) made(at string) bool {
	return slices.ContainsFunc(w.were("POST bridges/"+at), func(a asked) bool { return a.URI == "bridges/"+at })
}

func TestBridgeOfATalkIsThatOfTheNextOnceNobodyIsInIt(t *testing.T) {
	w := newTalks(t)
	bridge, caller, agent, first := w.begins()
	if !w.made(first) {
		t.Error("the first bridge was not made")
	}
	for _, leg := range []telephony.LegID{caller, agent} {
		if err := w.s.Hangup(whole(t), leg, telephony.CauseNormal); err != nil {
			t.Fatal(err)
		}
	}
	w.forget()
	if err := w.s.Bridge(whole(t), bridge); err != nil || len(w.were("bridges/")) != 0 {
		t.Errorf("whom was hung up is taken out, or the bridge deleted: %v, %v", err, w.were("bridges/"))
	}
	w.leaves(string(caller))
	_, _, _, second := w.begins()
	if second == first {
		t.Error("the agent of the talk before may be in the bridge yet")
	}
	w.leaves(string(agent))
	await(t, "the bridge is spare", func() bool {
		w.s.bridges.mu.Lock()
		defer w.s.bridges.mu.Unlock()
		return len(w.s.bridges.pool.spare) == 1
	})
	if _, _, _, third := w.begins(); third != first || w.made(third) {
		t.Errorf("the third talk is in %s, and the first was in %s", third, first)
	}
}

func TestBridgeInWhichMoreThanTwoWereIsDeleted(t *testing.T) {
	w := newTalks(t)
	bridge, caller, agent, at := w.begins()
	if err := w.s.Bridge(whole(t), bridge, caller, agent, agent+"1"); err != nil {
		t.Fatal(err)
	}
	if err := w.s.Bridge(whole(t), bridge, caller, agent); err != nil {
		t.Fatal(err)
	}
	w.forget()
	if err := w.s.Bridge(whole(t), bridge); err != nil {
		t.Fatal(err)
	}
	if len(w.were("DELETE bridges/"+at)) != 1 || len(w.were("removeChannel")) != 1 {
		t.Errorf("asked %v", w.were(""))
	}
}

func TestBridgeOfWhichAsteriskSaysSomethingElseIsDeleted(t *testing.T) {
	w := newTalks(t)
	bridge, caller, agent, at := w.begins()
	w.refuses("POST bridges/"+at+"/removeChannel", 200, "{}")
	w.refuses("POST bridges/"+at+"/addChannel", 500, `{"message":"Out of order"}`)
	if err := w.s.Bridge(whole(t), bridge, caller, agent+"1"); err == nil {
		t.Fatal("no error of a bridge that is out of order")
	}
	w.forget()
	if err := w.s.Bridge(whole(t), bridge); err != nil || len(w.were("DELETE bridges/"+at)) != 1 {
		t.Errorf("asked %v, %v", w.were(""), err)
	}
}

// A bridge of the pool that Asterisk does not have any more is made anew.
func TestBridgeThatIsGoneIsMadeAnew(t *testing.T) {
	w := newTalks(t)
	bridge, caller, agent, first := w.begins()
	if err := w.s.Bridge(whole(t), bridge); err != nil {
		t.Fatal(err)
	}
	_, _ = caller, agent
	w.refuses("POST bridges/"+first+"/addChannel", 404, `{"message":"Bridge not found"}`)
	w.saysThen("POST bridges/"+first+"/addChannel", `{}`)
	if _, _, _, second := w.begins(); second != first || !w.made(first) {
		t.Errorf("the talk is in %s, asked %v", second, w.were(""))
	}
}
