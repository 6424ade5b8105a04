package register_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"hotline/tickets"
)

// outside is another program that knows Petrov, and takes its time.
type outside struct {
	takes time.Duration
	fails bool
	asked int
}

func (o *outside) Who(ctx context.Context, _ string) (*tickets.Customer, error) {
	o.asked++
	select {
	case <-time.After(o.takes):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if o.fails {
		return nil, errors.New("it answers 500")
	}
	return &tickets.Customer{Name: "Петров", Contract: "P-1"}, nil
}

// with starts the register anew, with another program beside it.
func (o *office) with(out *outside) {
	o.kill()
	o.outside = out
	o.start()
}

func TestWhomTheStoreDoesNotKnowAnotherProgramMay(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		out := &outside{takes: 20 * time.Millisecond}
		o.with(out)
		began := time.Now()
		c := o.call("c1", unknown(1))
		known := c.Caller(t.Context())
		if took := time.Since(began); took > 20*time.Millisecond {
			t.Errorf("the call waited %s", took)
		}
		if known.Customer == nil || known.Customer.Name != "Петров" || !known.Customer.Provisional || known.Match != tickets.Unknown || !known.Answered {
			t.Errorf("the caller is %+v", known)
		}
		c.Answered(time.Now(), tickets.Agent{ID: "olga"})
		if p := c.Pop(); p.Caller.Customer == nil || p.Caller.Customer.Contract != "P-1" || p.Greeting["ru"] != "Здравствуйте, Петров!" {
			t.Errorf("the pop shows %+v", p.Caller)
		}
		if n, _ := c.SetTopic("billing"); n != c.Pop().Ticket.Number {
			t.Errorf("the call belongs to %s", n)
		}
		o.call("c2", annas).Caller(t.Context())
		if out.asked != 1 {
			t.Errorf("it was asked %d times, also about whom the store knows", out.asked)
		}
	})
}

func TestAnotherProgramThatIsLateDelaysNoCallAndCompletesThePop(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		o.with(&outside{takes: time.Second})
		began := time.Now()
		c := o.call("c1", unknown(1))
		if known := c.Caller(t.Context()); known.Customer != nil && known.Customer.Name != "" || known.Match != tickets.Unknown {
			t.Errorf("the caller is %+v", known)
		}
		if took := time.Since(began); took != 100*time.Millisecond {
			t.Errorf("the call waited %s", took)
		}
		<-c.Settled()
		if p := c.Pop(); p.Caller.Customer == nil || p.Caller.Customer.Name != "Петров" {
			t.Errorf("the pop shows %+v", p.Caller)
		}
	})
}

func TestAnotherProgramThatFailsChangesNothing(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		o.with(&outside{fails: true})
		c := o.call("c1", unknown(1))
		if known := c.Caller(t.Context()); known.Customer != nil && known.Customer.Name != "" || !known.Answered {
			t.Errorf("the caller is %+v", known)
		}
		<-c.Settled()
	})
}

// A number that has called before has a provisional customer, whose tickets stay theirs.
func TestWhoHasNoNameYetKeepsTheirTicketsBesideWhatAnotherProgramSays(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		o.with(&outside{})
		for _, id := range []string{"c1", "c2"} {
			c := o.call(id, unknown(1))
			c.SetTopic("billing")
			c.Queued(time.Now(), tickets.Queue{ID: "billing"})
			c.Ended(time.Now(), tickets.AbandonedInQueue)
			o.flush()
			time.Sleep(time.Minute)
		}
		known := o.call("c3", unknown(1)).Caller(t.Context())
		if known.Customer == nil || known.Customer.ID == "" || known.Customer.Name != "Петров" || len(known.Customer.Numbers) != 1 {
			t.Errorf("the caller is %+v", known.Customer)
		}
		for _, ticket := range known.OpenTickets {
			if ticket.Number == "" || ticket.State == nil {
				t.Errorf("among the open tickets is %+v", ticket)
			}
		}
	})
}
