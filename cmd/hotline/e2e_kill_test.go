package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/cmd/hotline/config"
	"hotline/ivr/flow"
	"hotline/telephony/softphone"
)

// TestKilledHotlineLosesNobody: ten customers talk and ten wait; Hotline is killed with -9 and started again, and three
// call while nobody is there.
func TestKilledHotlineLosesNobody(t *testing.T) {
	t.Parallel()
	const talking, waiting, late = 10, 10, 3
	var people []config.Person
	for i := range talking {
		people = append(people, person(fmt.Sprintf("a%d", i), fmt.Sprintf("a%d", i)))
	}
	s := raise(t, stageOptions{people: people, elsewhere: true, configure: func(c *config.Config) {
		for i := range c.Queues {
			c.Queues[i].WrapUp = 10 * time.Minute // ended by the agents alone
		}
		for id, node := range c.Flow.Nodes {
			if q, waits := c.Flow.Queue(id); waits {
				q.Every = 10 * time.Minute // whom a kill meets in the midst of an announcement waits in silence for the restart
				c.Flow.Nodes[id] = flow.Node{Kind: q, Next: node.Next}
			}
		}
	}})
	k := &killing{stage: s, p: s.spawn()}
	k.talk(talking)
	k.wait(waiting)
	epoch := k.agents[0].desk.Hello().Epoch

	k.p.kill()
	gap := time.Now()
	newcomers := k.dial(late)
	k.nobodyNotices()
	k.p = s.respawn(k.p)
	t.Logf("Hotline serves again %s after the kill", time.Since(gap).Round(time.Millisecond))

	k.pagesComeBack(epoch)
	k.nobodyNotices()
	k.join(newcomers)
	k.serveAll()
	k.p.complete(talking + waiting + late)
	k.p.end()
}

// killing is a Hotline in a process of its own, and whom it must not lose.
type killing struct {
	*stage
	p      *process
	agents []*worker
	talks  []conversation
	line   []*softphone.Call // customers who wait, in their order
}

type conversation struct {
	customer, agent *softphone.Call
	worker          *worker
}

// talk lets so many agents talk, each with a customer.
func (k *killing) talk(n int) {
	k.t.Helper()
	for _, p := range k.config.People[:n] {
		k.agents = append(k.agents, k.agentAt(k.p.pages, p).ready())
	}
	for i := range n {
		customer := k.calls(fmt.Sprintf("+791600060%02d", i))
		k.chooses(customer, "3")
		w := k.whoRings(k.agents)
		k.talks = append(k.talks, conversation{customer, w.answers(), w})
	}
}

// wait lets so many customers wait, one after the other.
func (k *killing) wait(n int) {
	k.t.Helper()
	for i := range n {
		k.waitsToo(k.calls(fmt.Sprintf("+791600061%02d", i)))
	}
}

// waitsToo brings a customer to the end of the line.
func (k *killing) waitsToo(call *softphone.Call) {
	k.t.Helper()
	k.chooses(call, "3")
	k.line = append(k.line, call)
	k.eventually("so many wait", func() error { return k.waitingPerNotes(len(k.line)) })
	k.hearsMusic(call)
}

// dial lets so many customers call while nobody is there to answer.
func (k *killing) dial(n int) (newcomers []*softphone.Outgoing) {
	k.t.Helper()
	for i := range n {
		out, err := k.customer.Dial(context.Background(), k.house.asterisk.Number, softphone.CallOptions{From: fmt.Sprintf("+791600062%02d", i)})
		k.must(err)
		newcomers = append(newcomers, out)
	}
	return newcomers
}

// join waits until those who called in the gap are answered and wait behind the others.
func (k *killing) join(newcomers []*softphone.Outgoing) {
	k.t.Helper()
	for _, out := range newcomers {
		call, err := out.Wait()
		if err != nil {
			k.t.Fatalf("who called in the gap was not served: %v", err)
		}
		k.waitsToo(call)
	}
}

// nobodyNotices checks that every customer and agent hear each other, and the waiting their music.
func (k *killing) nobodyNotices() {
	k.t.Helper()
	for _, c := range k.talks {
		k.hearEachOther(c.customer, c.agent)
	}
	k.stillMusic(k.line)
}

// pagesComeBack waits until every agent's page shows another Hotline than that of epoch, and the talk that goes on.
func (k *killing) pagesComeBack(epoch string) {
	k.t.Helper()
	for _, w := range k.agents {
		k.eventually("the page is back by itself", func() error {
			if w.desk.Hello().Epoch == epoch {
				return fmt.Errorf("%s still sees the Hotline that is dead", w.id)
			}
			return nil
		})
		w.talking()
	}
}

// serveAll ends the talks, and lets the agents take those who wait, one after the other: in the order in which they came.
func (k *killing) serveAll() {
	k.t.Helper()
	for _, c := range k.talks {
		k.hangsUp(c.customer)
		c.worker.until("wrap-up", func(me agentapi.Me) bool { return me.WrapUp != nil })
	}
	var order []string
	for i, call := range k.line {
		w := k.talks[i%len(k.talks)].worker
		w.finish("resolved")
		ringing := w.rings()
		order = append(order, w.until("offered", offered).Offer.Pop.Caller.Number)
		talk, err := ringing.Answer(k.t.Context())
		k.must(err)
		w.talking()
		k.hangsUp(talk)
		k.gone(call)
	}
	if !slices.IsSorted(order) {
		k.t.Errorf("served in the order %v", order)
	}
	for _, w := range k.agents {
		if w.desk.Me().WrapUp != nil {
			w.finish("resolved")
		}
	}
}

// whoRings is the agent who has an offer.
func (s *stage) whoRings(agents []*worker) (rings *worker) {
	s.t.Helper()
	s.eventually("an agent is offered the call", func() error {
		for _, w := range agents {
			if me := w.desk.Me(); me.Offer != nil && me.Activity.State == "offered" {
				rings = w
				return nil
			}
		}
		return fmt.Errorf("none is")
	})
	return rings
}

// stillMusic checks that the waiting hear something, each of them.
func (s *stage) stillMusic(line []*softphone.Call) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), atOnce)
	defer cancel()
	heard := make([]error, len(line))
	var all sync.WaitGroup
	for i, call := range line {
		all.Go(func() { heard[i] = call.HearsSound(ctx, 400*time.Millisecond) })
	}
	all.Wait()
	for i, err := range heard {
		if err != nil {
			s.t.Errorf("caller %d of those who wait hears no music: %v; %d packets came", i, err, line[i].Received())
		}
	}
	if s.t.Failed() {
		s.t.FailNow()
	}
}
