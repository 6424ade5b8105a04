package asterisk

import (
	"context"
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

// TestNoBridgeIsUsedAgainAfterAGap: of what was in it nobody was told, and a request of before may come late.
func TestNoBridgeIsUsedAgainAfterAGap(t *testing.T) {
	w := newTalks(t)
	bridge, _, _, spare := w.begins()
	if err := w.s.Bridge(whole(t), bridge); err != nil {
		t.Fatal(err)
	}
	lasting, _, agent, at := w.begins()
	if at != spare {
		t.Fatalf("the second talk is in %s, and %s was spare", at, spare)
	}
	other, _, _, third := w.begins()
	if err := w.s.Bridge(whole(t), other); err != nil {
		t.Fatal(err)
	}
	listed := func(id string, legs string) string {
		return fmt.Sprintf(`{"id":%q,"name":"hotline","channels":[%s]}`, id, legs)
	}
	w.has([]string{channelJSON("1763773.2", "Up"), channelJSON(string(agent), "Up")},
		[]string{listed(at, fmt.Sprintf(`"1763773.2",%q`, agent)), listed(third, ""), listed("hotline.talk.another-7", "")}, "1763773.2", string(agent))
	w.forget()
	w.drop("hotline")
	await(t, "what nobody is in is deleted", func() bool {
		return len(w.were("DELETE bridges/"+third)) > 0 && len(w.were("DELETE bridges/hotline.talk.another-7")) > 0
	})
	await(t, "the connection is back", w.s.Connected)
	if asked := w.were("DELETE bridges/" + at); len(asked) > 0 {
		t.Errorf("the bridge of a talk was deleted: %v", asked)
	}
	if _, _, _, fourth := w.begins(); fourth == third || fourth == at || !w.made(fourth) {
		t.Errorf("a talk after the gap is in %s, asked %v", fourth, w.were(""))
	}
	w.forget()
	if err := w.s.Bridge(whole(t), lasting); err != nil || len(w.were("DELETE bridges/"+at)) != 1 {
		t.Errorf("the bridge of a talk that lasted over the gap is not deleted: %v, %v", err, w.were(""))
	}
}

// TestBridgeIsATalksBeforeAsteriskHasMadeIt: what a list shows meanwhile is nobody else's, and is not deleted.
func TestBridgeIsATalksBeforeAsteriskHasMadeIt(t *testing.T) {
	w := newTalks(t)
	w.arrives("1763773.1")
	c := within(t, w.arrived, "the call")
	bridge, agent := telephony.BridgeID(c.ID()), telephony.LegID(string(c.ID())+".a-1")
	made := "bridges/" + w.s.bridges.pool.name + "1"
	goes := w.holds("POST " + made)
	done := make(chan error)
	go func() { done <- w.s.Bridge(whole(t), bridge, c.Arrival().Leg, agent) }()
	await(t, "the bridge is a talk's", func() bool { return w.s.bridges.keeps(telephony.BridgeID(strings.TrimPrefix(made, "bridges/"))) })
	goes()
	if err := within(t, done, "the talk"); err != nil {
		t.Fatal(err)
	}
	w.refuses("POST "+strings.TrimSuffix(made, "1")+"2", 500, `{"message":"Out of order"}`)
	w.arrives("1763773.2")
	d := within(t, w.arrived, "another call")
	if err := w.s.Bridge(whole(t), telephony.BridgeID(d.ID()), d.Arrival().Leg); err == nil {
		t.Error("no error of a bridge that was not made")
	}
	if w.s.bridges.keeps(telephony.BridgeID(w.s.bridges.pool.name + "2")) {
		t.Error("a bridge that was not made is kept")
	}
}

// TestBridgeIntoWhichAStrangerCameIsNotUsedAgain: they may be in it when both of its talk have left.
func TestBridgeIntoWhichAStrangerCameIsNotUsedAgain(t *testing.T) {
	for _, ended := range []bool{false, true} {
		w := newTalks(t)
		bridge, caller, agent, at := w.begins()
		for _, leg := range []telephony.LegID{caller, agent} {
			if err := w.s.Hangup(whole(t), leg, telephony.CauseNormal); err != nil {
				t.Fatal(err)
			}
		}
		ends := func() {
			if err := w.s.Bridge(whole(t), bridge); err != nil {
				t.Fatal(err)
			}
		}
		if ended {
			ends()
		}
		w.s.bridges.intrudes(agent)
		if !ended {
			ends()
		}
		w.leaves(string(caller))
		w.leaves(string(agent))
		if _, _, _, second := w.begins(); second == at {
			t.Errorf("ended %v: the next talk is in the bridge with the stranger", ended)
		}
		if w.s.bridges.isSpare(telephony.BridgeID(at)) {
			t.Errorf("ended %v: it is spare", ended)
		}
	}
}

// TestSpareBridgesOfBeforeAreDeletedWhileCallsAreServed: there may be hundreds, and nobody is in them.
func TestSpareBridgesOfBeforeAreDeletedWhileCallsAreServed(t *testing.T) {
	a := newScripted(t)
	spare := []string{"hotline.talk.old-1", "hotline.talk.old-2"}
	a.has(nil, []string{bridgeJSON(spare[0], "hotline"), bridgeJSON(spare[1], "hotline")})
	goes := a.holds("DELETE bridges/" + spare[0])
	running(t, New(a.options()), lineFunc(func(ctx context.Context, _ *telephony.Call) { <-ctx.Done() })) // returns once calls are served
	if n := len(a.were("DELETE bridges/" + spare[1])); n > 0 {
		t.Fatalf("it was deleted %d times before", n)
	}
	goes()
	await(t, "both are deleted", func() bool { return len(a.were("DELETE bridges/")) == len(spare) })
}
