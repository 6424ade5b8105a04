package asterisk

import (
	"testing"
	"time"

	"hotline/telephony"
	"hotline/telephony/conformance"
)

// Several switches, each with a node of its own, serve one line.

func TestCallsOfTwoNodesAreToldApart(t *testing.T) {
	line, arrived := calls()
	nodes := make(map[string]*scripted)
	switches := make(map[string]*Switch)
	for _, name := range []string{"north", "south"} {
		a := newScripted(t)
		o := a.options()
		o.Node = name
		nodes[name], switches[name] = a, New(o)
		running(t, switches[name], line)
	}
	ofNode := make(map[string]*telephony.Call)
	for name, a := range nodes {
		a.arrives("1763773.1") // Both number their channels alike, and these came in the same millisecond.
		c := within(t, arrived, "the call of "+name)
		if c.Arrival().Node != name {
			t.Errorf("the call of %s says that it is of %q", name, c.Arrival().Node)
		}
		ofNode[name] = c
	}
	north, south := ofNode["north"], ofNode["south"]
	if north.ID() == south.ID() || north.Arrival().Leg != south.Arrival().Leg {
		t.Fatalf("calls are %+v and %+v", north.Arrival(), south.Arrival())
	}
	if err := south.Answer(whole(t)); err != nil {
		t.Error(err)
	}
	if in, out := nodes["south"].were("/answer"), nodes["north"].were("/answer"); len(in) != 1 || len(out) != 0 {
		t.Errorf("the south was asked %v, the north %v", in, out)
	}

	nodes["north"].leaves("1763773.1")
	within(t, north.Gone(), "the end of the northern call")
	if err := south.Mark(whole(t), "still here"); err != nil {
		t.Errorf("with the northern call the southern ended: %v", err)
	}

	outgoing := telephony.Arrival{ID: callID("anywhere", "1763773.2", time.Now()), From: testNumber("+78005550123")}
	if err := switches["south"].Place(whole(t), outgoing); err != nil {
		t.Fatal(err)
	}
	if c := within(t, arrived, "the outgoing call"); c.ID() != outgoing.ID || c.Arrival().Node != "south" {
		t.Errorf("the outgoing call is %+v", c.Arrival())
	}
}

func TestNodeThatIsStartedAnewFindsItsOwnCallsAndNoOthers(t *testing.T) {
	t.Parallel()
	north, south := theBench(t), theBench(t)
	line, arrived := calls()
	connect := func(b *bench, node string) (stop func() error) {
		o := realOptions(b.asterisk)
		o.Node = node
		return running(t, New(o), line)
	}
	connect(north, "north")
	stop := connect(south, "south")
	people := []conformance.Party{north.Call("+78005550123", "Ivan"), south.Call("+78005550123", "Ivan")}
	ofNode := make(map[string]*telephony.Call)
	for range people {
		c := within(t, arrived, "a call")
		ofNode[c.Arrival().Node] = c
		if err := c.Answer(whole(t)); err != nil {
			t.Error(err)
		}
	}
	before := ofNode["south"]
	if len(ofNode) != 2 || before.ID() == ofNode["north"].ID() {
		t.Fatalf("calls are of %v", ofNode)
	}
	_ = stop()
	connect(south, "south")
	if c := within(t, arrived, "the southern call again"); c.ID() != before.ID() || c.Arrival().Node != "south" || c.Arrival().Resume == nil {
		t.Errorf("found %+v, which was %+v", c.Arrival(), before.Arrival())
	}
	if len(arrived) != 0 {
		t.Error("a call of the other node was found, too")
	}
	people[1].Hangup()
	empty(t, south.asterisk)
	select {
	case <-ofNode["north"].Gone():
		t.Error("the northern call ended with the southern")
	default:
	}
	people[0].Hangup()
	within(t, ofNode["north"].Gone(), "the end of the northern call")
	empty(t, north.asterisk)
}
