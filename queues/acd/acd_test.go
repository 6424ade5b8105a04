package acd

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"hotline/queues"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const line queues.QueueID = "line"

func config() queues.Config {
	return queues.Config{Epoch: "e", Queues: []queues.Queue{{
		ID: line, OfferTimeout: 15 * time.Second, WrapUp: 30 * time.Second, ShortAbandon: 5 * time.Second,
	}}}
}

// running starts an ACD in a bubble; it ends with the test.
func running(t *testing.T, o Options, observers ...Observer) *ACD {
	t.Helper()
	if o.Config.Queues == nil {
		o.Config = config()
	}
	o.Log = slog.New(slog.DiscardHandler)
	a, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	a.Observe(observers...)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := a.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() { stop(); <-done })
	return a
}

func tell(t *testing.T, a *ACD, events ...queues.Event) {
	t.Helper()
	for _, e := range events {
		if err := a.Report(t.Context(), e); err != nil {
			t.Errorf("%T: %v", e, err)
		}
	}
}

// comes signs an agent in, ready, with a phone.
func comes(id queues.AgentID) []queues.Event {
	return []queues.Event{
		queues.PhoneChanged{Agent: id, Reachable: true},
		queues.AgentSignedIn{Agent: queues.Agent{ID: id}},
		queues.AgentReady{Agent: id},
	}
}

func call(id queues.RequestID) queues.Event {
	return queues.Enqueued{Request: queues.Request{ID: id, Queue: line}}
}

func agent(t *testing.T, a *ACD, id queues.AgentID) queues.AgentState {
	t.Helper()
	s, err := a.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range s.Agents {
		if x.ID == id {
			return x
		}
	}
	t.Fatalf("no agent %s", id)
	return queues.AgentState{}
}

// next is NextOffer where one must come.
func next(t *testing.T, a *ACD, r queues.RequestID) (queues.Offer, context.Context) {
	t.Helper()
	o, live, err := a.NextOffer(t.Context(), r)
	if err != nil {
		t.Fatalf("next offer of %s: %v", r, err)
	}
	return o.Offer, live
}

func TestWaitingCallerGetsTheOfferWhenAnAgentBecomesReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := running(t, Options{})
		tell(t, a, call("101"))
		go func() {
			time.Sleep(time.Minute)
			tell(t, a, comes("anna")...)
		}()
		start := time.Now()
		o, live := next(t, a, "101")
		if o.Agent != "anna" || time.Since(start) != time.Minute || o.Deadline.Sub(o.At) != 15*time.Second {
			t.Fatalf("got %+v after %s", o, time.Since(start))
		}
		tell(t, a, queues.OfferAnswered{Offer: o.ID})
		time.Sleep(time.Hour)
		if live.Err() != nil {
			t.Fatalf("the answered offer ended: %v", context.Cause(live))
		}
		if _, _, err := a.NextOffer(t.Context(), "101"); !errors.Is(err, ErrNoWait) {
			t.Fatalf("after the answer: %v", err)
		}
		tell(t, a, queues.TalkEnded{Request: "101"})
	})
}

func TestMissedOfferEndsAtItsDeadlineAndTheNextAgentIsOffered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := running(t, Options{})
		tell(t, a, comes("anna")...)
		time.Sleep(time.Second)
		tell(t, a, comes("boris")...)
		tell(t, a, call("101"))
		o, live := next(t, a, "101")
		<-live.Done()
		if now := time.Now(); !now.Equal(o.Deadline) || !errors.Is(context.Cause(live), queues.OfferOverError{How: queues.OfferWasMissed}) {
			t.Fatalf("ended at %s with %v, deadline %s", now, context.Cause(live), o.Deadline)
		}
		second, _ := next(t, a, "101")
		if o.Agent != "anna" || second.Agent != "boris" {
			t.Fatalf("offered to %s, then %s", o.Agent, second.Agent)
		}
		if s := agent(t, a, "anna"); s.Availability != queues.NotReady || s.Reason != queues.MissedCall {
			t.Fatalf("anna is %+v", s)
		}
	})
}

func TestEachEndingOfAnOfferIsTheCauseOfItsContext(t *testing.T) {
	for _, c := range []struct {
		event func(queues.Offer) queues.Event
		cause error
	}{
		{func(o queues.Offer) queues.Event { return queues.OfferDeclined{Offer: o.ID} }, queues.OfferOverError{How: queues.OfferWasDeclined}},
		{func(o queues.Offer) queues.Event { return queues.Abandoned{Request: o.Request} }, queues.OfferOverError{How: queues.OfferWasRevoked}},
		{func(o queues.Offer) queues.Event { return queues.DeskLost{Agent: o.Agent} }, queues.OfferOverError{How: queues.OfferWasRevoked}},
		{func(o queues.Offer) queues.Event {
			return queues.OfferFailed{Offer: o.ID, Reason: queues.PhoneUnreachable}
		}, queues.OfferOverError{How: queues.OfferHasFailed}},
	} {
		synctest.Test(t, func(t *testing.T) {
			a := running(t, Options{})
			tell(t, a, comes("anna")...)
			tell(t, a, call("101"))
			o, live := next(t, a, "101")
			tell(t, a, c.event(o))
			if !errors.Is(context.Cause(live), c.cause) {
				t.Errorf("%T gave %v, want %v", c.event(o), context.Cause(live), c.cause)
			}
		})
	}
}

func TestWrapUpEndsByTheClockAndFreesTheAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := running(t, Options{})
		tell(t, a, comes("anna")...)
		tell(t, a, call("101"), call("102"))
		o, _ := next(t, a, "101")
		tell(t, a, queues.OfferAnswered{Offer: o.ID}, queues.TalkEnded{Request: "101"})
		start := time.Now()
		next(t, a, "102")
		if waited := time.Since(start); waited != 30*time.Second {
			t.Fatalf("offered after %s", waited)
		}
	})
}

func TestTwoAgentsReadyInTheSameInstantGetOneCallerOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		offered := 0
		a := running(t, Options{}, ObserverFunc(func(_ time.Time, _ queues.Event, decided []queues.Decision) {
			for _, d := range decided {
				if _, is := d.(*queues.Offered); is {
					offered++
				}
			}
		}))
		tell(t, a, call("101"))
		for _, id := range []queues.AgentID{"anna", "boris"} {
			go tell(t, a, comes(id)...)
		}
		o, live := next(t, a, "101")
		synctest.Wait()
		tell(t, a, queues.OfferAnswered{Offer: o.ID})
		if offered != 1 || live.Err() != nil {
			t.Fatalf("%d offers, %v", offered, live.Err())
		}
		other := map[queues.AgentID]queues.AgentID{"anna": "boris", "boris": "anna"}[o.Agent]
		if s := agent(t, a, other); s.Activity != queues.Idle || s.Availability != queues.Ready {
			t.Fatalf("%s is %+v", other, s)
		}
	})
}

func TestTwoCallersAndOneAgentAreServedInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := running(t, Options{})
		tell(t, a, comes("anna")...)
		served := make(chan queues.RequestID, 2)
		for _, id := range []queues.RequestID{"101", "102"} {
			tell(t, a, call(id))
			go func() {
				o, _, err := a.NextOffer(t.Context(), id)
				if err != nil {
					t.Error(err)
				}
				tell(t, a, queues.OfferAnswered{Offer: o.Offer.ID})
				time.Sleep(time.Minute)
				tell(t, a, queues.TalkEnded{Request: id})
				served <- id
			}()
			time.Sleep(time.Millisecond)
		}
		synctest.Wait()
		if s := agent(t, a, "anna"); s.Request != "101" || s.Activity != queues.Talking {
			t.Fatalf("anna is %+v", s)
		}
		if first, second := <-served, <-served; first != "101" || second != "102" {
			t.Fatalf("served %s, %s", first, second)
		}
	})
}

func TestOfferIsNotLostWhenWaitingForItIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := running(t, Options{})
		tell(t, a, call("101"))
		news, stop := context.WithTimeoutCause(t.Context(), 10*time.Second, errors.New("time for news"))
		defer stop()
		if _, _, err := a.NextOffer(news, "101"); err == nil || err.Error() != "time for news" {
			t.Fatalf("given up with %v", err)
		}
		tell(t, a, comes("anna")...) // nobody waits in NextOffer now
		if _, _, err := a.NextOffer(news, "101"); err == nil {
			t.Fatal("an offer for a context that has ended")
		}
		if o, live := next(t, a, "101"); o.Agent != "anna" || live.Err() != nil {
			t.Fatalf("got %+v, %v", o, live.Err())
		}
	})
}

func TestOfferThatNobodyFetchedInTimeIsNotHandedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := running(t, Options{})
		tell(t, a, comes("anna")...)
		tell(t, a, call("101"))
		time.Sleep(20 * time.Second)
		tell(t, a, queues.AgentReady{Agent: "anna"})
		time.Sleep(20 * time.Second)
		go func() {
			time.Sleep(time.Minute)
			tell(t, a, comes("boris")...)
		}()
		if o, _ := next(t, a, "101"); o.Agent != "boris" {
			t.Fatalf("got %+v", o)
		}
	})
}

func TestReportReturnsWhyItWasRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := running(t, Options{})
		if err := a.Report(t.Context(), queues.AgentReady{Agent: "x"}); !errors.Is(err, queues.ErrUnknownAgent) {
			t.Fatalf("got %v", err)
		}
		if err := a.Enqueue(t.Context(), queues.Request{ID: "1", Queue: "x"}); !errors.Is(err, queues.ErrUnknownQueue) {
			t.Fatalf("got %v", err)
		}
		if _, _, err := a.NextOffer(t.Context(), "1"); !errors.Is(err, ErrNoWait) {
			t.Fatalf("got %v", err)
		}
		gone, hangUp := context.WithCancelCause(t.Context())
		hangUp(errors.New("gone"))
		if err := a.Report(gone, queues.Tick{}); err == nil || err.Error() != "gone" {
			t.Fatalf("got %v", err)
		}
	})
}

func TestEverybodyIsLetGoWhenItStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, err := New(Options{Config: config(), Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- a.Run(ctx) }()
		tell(t, a, comes("anna")...)
		tell(t, a, call("101"), call("102"))
		_, live := next(t, a, "101")
		waiting := make(chan error, 1)
		go func() {
			_, _, err := a.NextOffer(context.Background(), "102")
			waiting <- err
		}()
		synctest.Wait()
		stop()
		if err := <-ran; err != nil {
			t.Fatal(err)
		}
		if err := <-waiting; !errors.Is(err, queues.ErrStopped) || !errors.Is(context.Cause(live), queues.ErrStopped) {
			t.Fatalf("waiting: %v, ringing: %v", err, context.Cause(live))
		}
		if err := a.Report(context.Background(), queues.Tick{}); !errors.Is(err, queues.ErrStopped) {
			t.Fatal(err)
		}
		if _, err := a.Snapshot(context.Background()); !errors.Is(err, queues.ErrStopped) {
			t.Fatal(err)
		}
		if err := a.Run(context.Background()); err == nil {
			t.Fatal("it ran twice")
		}
	})
}

// The process is stopped while a phone rings, which is picked up meanwhile. Whether the router's timer or the answer is first when it runs again, the agent has not
// missed the call; a phone that nobody has answered rings for a moment more.
func TestWhatRingsWhileTheProcessDoesNotRunIsHeardFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stopped atomic.Int64
		a := running(t, Options{Now: func() time.Time { return time.Now().Add(time.Duration(stopped.Load())) }})
		tell(t, a, comes("anna")...)
		tell(t, a, comes("boris")...)
		tell(t, a, call("101"), call("102"))
		first, _ := next(t, a, "101")
		second, live := next(t, a, "102")
		stopped.Store(int64(time.Minute))
		tell(t, a, queues.PhoneChanged{Agent: "clara", Reachable: true}) // some fact that waited is read before the answer
		tell(t, a, queues.OfferAnswered{Offer: first.ID})
		if s := agent(t, a, first.Agent); s.Activity != queues.Talking {
			t.Errorf("who picked up while the process did not run: %+v", s)
		}
		<-live.Done()
		if s := agent(t, a, second.Agent); s.Reason != queues.MissedCall || s.Since.Sub(second.Deadline) != 45*time.Second+5*time.Second {
			t.Errorf("whose phone nobody answered: %+v, deadline at first %s", s, second.Deadline)
		}
	})
}

// The process goes on just after the deadline of what rings, or just before: it is the time in which it did not run that counts, and not by how much the deadline is over.
func TestAStallThatEndsAboutTheDeadlineIsNoticed(t *testing.T) {
	for _, over := range []time.Duration{-700 * time.Millisecond, 700 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			var stopped atomic.Int64
			a := running(t, Options{Now: func() time.Time { return time.Now().Add(time.Duration(stopped.Load())) }})
			tell(t, a, comes("anna")...)
			tell(t, a, call("101"))
			o, live := next(t, a, "101")
			stopped.Store(int64(time.Until(o.Deadline) + over))
			tell(t, a, queues.PhoneChanged{Agent: "clara", Reachable: true}) // the next that it is told, or its next look
			<-live.Done()
			if s := agent(t, a, o.Agent); s.Reason != queues.MissedCall || s.Since.Sub(o.Deadline) != over+5*time.Second {
				t.Errorf("%s after the deadline: %+v, deadline at first %s", over, s, o.Deadline)
			}
		})
	}
}

// So it is where the process is stopped in the midst of a step, or while the router is asked.
func TestAStallInTheMidstOfAStepIsNoticed(t *testing.T) {
	for _, amid := range []string{"a step", "the step that offers", "a question"} {
		synctest.Test(t, func(t *testing.T) {
			const over = 700 * time.Millisecond
			var stopped atomic.Int64
			stop := func() { stopped.Store(int64(15*time.Second + over)) }
			a := running(t, Options{Now: func() time.Time { return time.Now().Add(time.Duration(stopped.Load())) }},
				ObserverFunc(func(_ time.Time, e queues.Event, _ []queues.Decision) {
					_, offers := e.(queues.Enqueued)
					if p, is := e.(queues.PhoneChanged); is && p.Agent == "clara" || offers && amid == "the step that offers" {
						stop()
					}
				}))
			tell(t, a, comes("anna")...)
			tell(t, a, call("101"))
			o, live := next(t, a, "101")
			switch amid {
			case "a step":
				tell(t, a, queues.PhoneChanged{Agent: "clara", Reachable: true})
			case "a question":
				if _, err := ask(t.Context(), a, func(*queues.Router) struct{} { stop(); return struct{}{} }); err != nil {
					t.Error(err)
				}
			}
			<-live.Done()
			if s := agent(t, a, o.Agent); s.Reason != queues.MissedCall || s.Since.Sub(o.Deadline) != over+5*time.Second {
				t.Errorf("in the midst of %s: %+v, deadline at first %s", amid, s, o.Deadline)
			}
		})
	}
}

func TestClockThatIsSetBackDoesNoHarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var back atomic.Int64
		a := running(t, Options{Now: func() time.Time { return time.Now().Add(-time.Duration(back.Load())).Round(0) }})
		tell(t, a, comes("anna")...)
		back.Store(int64(time.Minute))
		tell(t, a, call("101"))
		next(t, a, "101")
	})
}

func TestJournalReplaysToTheSameDecisions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type step struct {
			at      time.Time
			event   queues.Event
			decided []queues.Decision
		}
		var steps []step
		a := running(t, Options{}, ObserverFunc(func(at time.Time, e queues.Event, decided []queues.Decision) {
			steps = append(steps, step{at, e, queues.Keep(decided)})
		}))
		tell(t, a, comes("anna")...)
		tell(t, a, call("101"), call("102"))
		_, live := next(t, a, "101")
		<-live.Done() // missed, by the clock
		tell(t, a, queues.AgentReady{Agent: "anna"})
		o, _ := next(t, a, "101")
		tell(t, a, queues.OfferAnswered{Offer: o.ID}, queues.TalkEnded{Request: "101"})
		next(t, a, "102") // after the wrap-up
		synctest.Wait()
		again, err := queues.New(config())
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range steps {
			if got := again.Step(s.at, s.event); !reflect.DeepEqual(got, s.decided) {
				t.Fatalf("step %d, %T:\n got %+v\nwant %+v", i, s.event, got, s.decided)
			}
		}
	})
}

func TestASupervisorIsToldWhyNobodyTakesACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := running(t, Options{})
		tell(t, a, append(comes("anna"), queues.AgentNotReady{Agent: "anna", Reason: queues.Lunch}, call("1"))...)
		got, err := a.Considered(t.Context(), "1")
		want := []queues.Consideration{{Agent: "anna", Standing: queues.Away, Reason: queues.Lunch}}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := a.Considered(t.Context(), "2"); !errors.Is(err, queues.ErrUnknownRequest) {
			t.Errorf("a call that does not wait: %v", err)
		}
	})
}

func TestExpectedWaitIsKnownAfterSomeTalks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := running(t, Options{})
		tell(t, a, comes("anna")...)
		for _, id := range []queues.RequestID{"1", "2", "3", "4", "5"} {
			tell(t, a, call(id))
			o, _ := next(t, a, id)
			tell(t, a, queues.OfferAnswered{Offer: o.ID})
			time.Sleep(time.Minute)
			tell(t, a, queues.TalkEnded{Request: id}, queues.WrapUpFinished{Agent: "anna"})
		}
		tell(t, a, call("6"))
		o, _ := next(t, a, "6")
		tell(t, a, queues.OfferAnswered{Offer: o.ID}, call("7"))
		w, known, err := a.ExpectedWait(t.Context(), "7")
		if err != nil || !known || w.Low > 10*time.Second || w.High < 2*time.Minute || w.High > 3*time.Minute {
			t.Errorf("%+v, %v, %v", w, known, err)
		}
		if _, known, err := a.ExpectedWait(t.Context(), "8"); known || err != nil {
			t.Errorf("of a stranger: %v, %v", known, err)
		}
		tell(t, a, queues.WaitAnnounced{Request: "7", Low: w.Low, High: w.High})
	})
}

// spilling is a queue that overflows, and another.
func spilling(rules ...queues.Overflow) Options {
	c := config()
	c.Queues[0].Overflow = rules
	c.Queues = append(c.Queues, queues.Queue{ID: "second"})
	return Options{Config: c}
}

func TestWhoOverflowsIsToldWhereToOnce(t *testing.T) {
	for name, after := range map[string]time.Duration{"at once": 0, "later": time.Minute} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				to := queues.Destination{Kind: queues.ToNumber, Number: "+74950000200"}
				a := running(t, spilling(queues.Overflow{NobodyThere: true, After: after, To: to}))
				tell(t, a, call("1"), call("2"))
				_, _, err := a.NextOffer(t.Context(), "1")
				var gone *queues.OverflowedError
				if !errors.As(err, &gone) || gone.To != to || gone.Because != 1 {
					t.Errorf("got %v", err)
				}
				if _, _, err := a.NextOffer(t.Context(), "1"); !errors.Is(err, ErrNoWait) {
					t.Errorf("again: %v", err)
				}
				if err := a.Report(t.Context(), queues.Abandoned{Request: "2"}); !errors.Is(err, queues.ErrUnknownRequest) {
					t.Errorf("who is gone in this moment: %v", err)
				}
				if len(a.mailboxes) > 0 {
					t.Errorf("%d places are left", len(a.mailboxes))
				}
			})
		})
	}
}

func TestWhoMovesIsToldAndWaitsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		callback, second := queues.Destination{Kind: queues.ToCallback}, queues.Destination{Kind: queues.ToQueue, Queue: "second"}
		a := running(t, spilling(queues.Overflow{After: time.Second, To: callback}, queues.Overflow{After: time.Minute, To: second}))
		tell(t, a, call("1"))
		for _, want := range []queues.Destination{callback, second} {
			_, _, err := a.NextOffer(t.Context(), "1")
			var moved *queues.MovedError
			if !errors.As(err, &moved) || moved.To != want {
				t.Errorf("got %v, not a move to %+v", err, want)
			}
		}
		tell(t, a, comes("anna")...)
		if o, _ := next(t, a, "1"); o.Queue != "second" {
			t.Errorf("offered is %+v", o)
		}
	})
}
