package queues

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"
)

// talks lets one agent serve calls of a minute, wrap-up included, one after the other, from a second on.
func (d *day) talks(agent AgentID, from float64, how int) (until float64) {
	for i := range how {
		id := RequestID(fmt.Sprint("talk ", agent, i))
		d.at(from, calls(id))
		d.at(from, OfferAnswered{d.offer(string(id), string(agent))})
		d.at(from+40, TalkEnded{id})
		from += 60
		d.at(from, WrapUpFinished{agent})
	}
	return from
}

func expects(t *testing.T, d *day, id RequestID) Wait {
	t.Helper()
	w, known := d.r.ExpectedWait(id)
	if !known {
		t.Fatalf("the wait of %s is not known", id)
	}
	return w
}

func TestWaitIsNotKnownBeforeFiveTalks(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...)
	at := d.talks("anna", 0, 4)
	d.at(at, calls("1")).at(at, OfferAnswered{d.offer("1", "anna")}, calls("2"))
	if w, known := d.r.ExpectedWait("2"); known {
		t.Fatalf("after four talks %+v", w)
	}
	d.at(at+60, TalkEnded{"1"})
	d.at(at+90, Tick{}) // the wrap-up is over, and 2 rings
	d.at(at+90, OfferAnswered{d.offer("2", "anna")}, calls("3"))
	expects(t, d, "3")
	for _, id := range []RequestID{"1", "2", "nobody"} {
		if w, known := d.r.ExpectedWait(id); known {
			t.Errorf("%s, who does not wait, is to wait %+v", id, w)
		}
	}
}

func TestWaitGrowsWithThoseAheadAndShrinksWithTheAgents(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...)
	at := d.talks("anna", 0, 50)
	d.at(at, calls("0"))
	d.at(at, OfferAnswered{d.offer("0", "anna")})
	d.at(at, calls("1"), calls("2"), calls("3"))
	first, third := expects(t, d, "1"), expects(t, d, "3")
	if low, known := d.r.forecast.soonest(d.r.waiting.byID.get("3"), d.now); low != third.Low || !known {
		t.Errorf("for a decision it is %s at least, not %s", low, third.Low)
	}
	// One step, and three, of a minute each: exponential, and Erlang of three, whose deciles are 1.10 and 5.32.
	for _, c := range []struct {
		got  Wait
		low  float64
		high float64
	}{{first, 6.3, 138}, {third, 66, 319}} {
		if math.Abs(c.got.Low.Seconds()-c.low) > 5 || math.Abs(c.got.High.Seconds()-c.high) > 8 {
			t.Errorf("got %s to %s, not %g s to %g s", c.got.Low, c.got.High, c.low, c.high)
		}
	}
	d.at(at, comes("boris")...) // takes the first
	d.at(at, OfferAnswered{d.offer("1", "boris")})
	d.at(at+1, Tick{})
	if w := expects(t, d, "3"); w.High > third.High*2/5+10*time.Second {
		t.Errorf("with two agents and one ahead up to %s, after %s", w.High, third.High)
	}
}

func TestWaitBehindAnotherQueueCountsTheAgentsThatAreShared(t *testing.T) {
	d := newDay(t, lineConfig(Queue{ID: "other", Skills: []Need{{"x", 1}}}))
	d.at(0, comes("anna", "x")...)
	at := d.talks("anna", 0, 10)
	d.at(at, comes("boris", "x")...).at(at, comes("clara")...).at(at, comes("dora")...)
	for i, agent := range []string{"anna", "boris", "clara", "dora"} { // idle for longest in this order
		id := RequestID(fmt.Sprint("busy", i))
		d.at(at, calls(id)).at(at, OfferAnswered{d.offer(string(id), agent)})
	}
	at += 10
	d.at(at, calls("1"))
	alone := expects(t, d, "1")
	d.at(at, Enqueued{Request{ID: "x1", Queue: "other", Priority: 1}}, Enqueued{Request{ID: "x2", Queue: "other", Priority: 1}})
	d.at(at+2, Tick{})
	behind := expects(t, d, "1") // all agents of other serve the line too, and both go first
	ratio := behind.High.Seconds() / alone.High.Seconds()
	if ratio < 1.8 || ratio > 3 {
		t.Errorf("up to %s alone, %s behind two", alone.High, behind.High)
	}
}

func TestWaitIsNowWhereAnAgentIsFreeAndUnknownWhereNobodyIsReady(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...)
	at := d.talks("anna", 0, 10)
	d.at(at, OffersHeld{d.second(at + 100)}, calls("1"))
	if w := expects(t, d, "1"); w.Low != 0 || w.High != 15*time.Second {
		t.Errorf("with somebody free %+v", w)
	}
	d.at(at+5, AgentNotReady{"anna", Lunch})
	if w, known := d.r.ExpectedWait("1"); known {
		t.Errorf("with nobody ready %+v", w)
	}
}

// announces lets callers wait for ten seconds, of which so many, told first, hear a range that holds.
func (d *day) announces(at float64, how, hold int) float64 {
	for i := range how {
		id := RequestID(fmt.Sprint("told ", at, i))
		w := WaitAnnounced{id, 5 * time.Second, 15 * time.Second}
		if i >= hold {
			w.Low = 11 * time.Second
		}
		d.at(at, AgentNotReady{"anna", Lunch}, calls(id), w, WaitAnnounced{id, 0, time.Hour}) // the second is not what they are held to
		at += 10
		d.at(at, AgentReady{"anna"})
		d.at(at, OfferAnswered{d.offer(string(id), "anna")})
		at++
		d.at(at, TalkEnded{id}, WrapUpFinished{"anna"})
	}
	return at
}

func TestQueueWhoseRangesDoNotHoldIsSilentUntilTheyDo(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...)
	checked := func(announced, inRange int, silent bool) {
		t.Helper()
		d.at(d.now.Sub(d.start).Seconds()+1, calls("asks"))
		w, known := d.r.ExpectedWait("asks")
		d.at(d.now.Sub(d.start).Seconds(), Abandoned{"asks"})
		if q := d.queue(lineQueue); q.Announced != announced || q.InRange != inRange || !known || w.Silent != silent {
			t.Errorf("%d of %d held, silent: %v", q.InRange, q.Announced, w.Silent)
		}
	}
	at := d.announces(0, 19, 0)
	checked(19, 0, false)
	at = d.announces(at+10, 1, 0)
	checked(20, 0, true)
	at = d.announces(at+10, 46, 46)
	checked(66, 46, true)
	at = d.announces(at+10, 1, 1)
	checked(67, 47, false)
	d.announces(at+10, 53, 53)
	checked(100, 100, false) // what is long ago is forgotten
}

func TestCallerWhoLeavesBeforeTheRangeIsOverCountsAsNothing(t *testing.T) {
	d := newDay(t, lineConfig())
	for i, c := range []struct {
		leaves    float64
		announced int
	}{{3, 0}, {9, 0}, {10, 0}, {11, 1}} {
		id, at := RequestID(fmt.Sprint(i)), float64(100*i)
		d.at(at, calls(id)).at(at, WaitAnnounced{id, 5 * time.Second, 10 * time.Second}).at(at+c.leaves, Abandoned{id})
		if q := d.queue(lineQueue); q.Announced != c.announced || q.InRange != 0 {
			t.Errorf("left after %g s: %d of %d held", c.leaves, q.InRange, q.Announced)
		}
	}
}

// What was announced was wrong also for who was led elsewhere long after, or gave up and wanted to be called back.
func TestBrokenRangeCountsHoweverTheWaitEnded(t *testing.T) {
	c := lineConfig(Queue{ID: "other", Overflow: []Overflow{{After: time.Minute, To: Destination{Kind: ToVoicemail}}}})
	d := newDay(t, c)
	for i, x := range []struct {
		at, high float64
		queue    QueueID
		wants    bool
		broken   int
	}{{0, 30, "other", false, 1}, {100, 90, "other", false, 1}, {200, 5, "other", true, 2}, {300, 20, "other", true, 2}} {
		id := RequestID(fmt.Sprint(i))
		d.at(x.at, Enqueued{Request{ID: id, Queue: x.queue}}, WaitAnnounced{id, 0, time.Duration(x.high) * time.Second})
		if x.wants {
			d.at(x.at+10, CallbackWanted{Request: id})
		}
		d.at(x.at + 70)
		if q := d.queue("other"); q.Announced != x.broken || q.InRange != 0 {
			t.Errorf("%+v: %d of %d held", x, q.InRange, q.Announced)
		}
	}
}

func TestWaitThatCannotBeIsRejected(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(0, calls("1"), calls("2"))
	d.at(0, OfferAnswered{d.offer("1", "anna")})
	before := d.r.Snapshot()
	for _, c := range []struct {
		e    WaitAnnounced
		want error
	}{
		{WaitAnnounced{"9", 0, time.Second}, ErrUnknownRequest},
		{WaitAnnounced{"1", 0, time.Second}, ErrActivity},
		{WaitAnnounced{"2", -1, time.Second}, ErrInvalid},
		{WaitAnnounced{"2", 2 * time.Second, time.Second}, ErrInvalid},
	} {
		decided := d.r.Step(d.now, c.e)
		if r, is := decided[0].(*Rejected); !is || !errors.Is(r.Err, c.want) || !reflect.DeepEqual(before, d.r.Snapshot()) {
			t.Errorf("%+v: %v", c.e, decided)
		}
	}
}

func TestStepsOfALongLineAreTheirSum(t *testing.T) {
	for _, ahead := range []float64{0, 1, 63, 64, 65, 500.5, 20_000} {
		for _, patience := range []float64{0, 1e-6, 0.003, 0.5} {
			const rate = 0.05
			var mean, variance float64
			for j := range int(ahead) + 1 {
				step := 1 / (rate + float64(j)*patience)
				mean, variance = mean+step, variance+step*step
			}
			gotMean, gotVariance := steps(ahead, rate, patience)
			if math.Abs(gotMean-mean) > 0.01*mean+0.6/rate*(ahead-math.Floor(ahead)) || math.Abs(gotVariance-variance) > 0.02*variance+0.6/rate/rate*(ahead-math.Floor(ahead)) {
				t.Errorf("%g ahead, patience %g: mean %g, variance %g, not %g and %g", ahead, patience, gotMean, gotVariance, mean, variance)
			}
		}
	}
}

func TestOneInTenOfErlangsDistributionLiesOnEachSideOfTheRange(t *testing.T) {
	below := func(x float64, k int) float64 {
		sum, term := 0.0, math.Exp(-x)
		for i := range k {
			sum += term
			term *= x / float64(i+1)
		}
		return 1 - sum
	}
	for _, k := range []int{1, 2, 3, 10, 100} {
		low, high := gammaRange(float64(k), float64(k))
		if math.Abs(below(low, k)-0.1) > 0.01 || math.Abs(below(high, k)-0.9) > 0.01 {
			t.Errorf("of %d steps %.3f lie below, and %.3f below the upper end", k, below(low, k), below(high, k))
		}
	}
}

// BenchmarkExpectedWait is one question in the midst of the crowd, by people who stand anywhere in its 200 lines. Once in a
// thousand the agents are counted anew: so do 5,000 questions a second, from each of the lines.
func BenchmarkExpectedWait(b *testing.B) {
	r, c := steady(b, 20_000)
	waiting := make([]RequestID, 0, r.waiting.byID.len)
	for _, id := range c.waiting {
		if q := r.waiting.byID.get(id); q != nil && q.agent == nil {
			waiting = append(waiting, id)
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	var took []time.Duration
	for i := range b.N {
		began := time.Now()
		if _, known := r.ExpectedWait(waiting[i%len(waiting)]); !known {
			b.Fatal("a wait is not known")
		}
		took = append(took, time.Since(began))
		if i%5000 == 0 { // a second has passed
			for _, class := range r.demand.classes {
				class.asked.at = time.Time{}
			}
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}
