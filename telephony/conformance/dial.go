package conformance

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"hotline/telephony"
)

var dialScenarios = []scenario{
	{"PhoneNotAnsweredEndsInNoAnswer", phoneNotAnswered},
	{"DeclinedPhoneIsTold", phoneDeclines},
	{"UnregisteredPhoneIsUnreachable", unregisteredPhone},
	{"UnknownPhoneIsUnreachable", unknownPhone},
	{"CallerHearsMusicWhilePhoneRings", musicWhileRinging},
	{"PhoneStopsRingingWhenCallerHangsUp", callerHangsUpWhileRinging},
	{"PhoneStopsRingingWhenContextEnds", contextEndsWhileRinging},
	{"AnswerThatCrossesHangupLeavesNothing", answerCrossesHangup},
	{"AnswerThatCrossesContextHasOneOutcome", answerCrossesContext},
	{"PhoneCanBeDialledAgain", dialledAgain},
}

// dial is how scenarios call a phone.
func dial(ctx context.Context, c *telephony.Call, to telephony.Address, timeout time.Duration) (*telephony.Leg, error) {
	return c.Dial(ctx, to, telephony.Number{E164: customersNumber, Raw: customersNumber, Kind: telephony.Full}, "Ivan", timeout)
}

// dials is a line that calls a phone once, and then stays with the caller until they leave.
func dials(to telephony.Address, timeout time.Duration) (telephony.Line, <-chan error) {
	results := make(chan error, 100)
	return line(func(ctx context.Context, c *telephony.Call) error {
		if err := c.Answer(ctx); err != nil {
			results <- err
			return err
		}
		_, err := dial(ctx, c, to, timeout)
		results <- err
		return stay(ctx, c)
	}), results
}

// stay keeps the caller on the line until they leave.
func stay(ctx context.Context, c *telephony.Call) error {
	bound, cancel := c.Bound(ctx)
	defer cancel()
	<-bound.Done()
	return context.Cause(bound)
}

// refused checks how a phone was not reached, and that the caller is still there.
func refused(t *testing.T, b Bench, to telephony.Address, timeout time.Duration, act func(), causes ...telephony.Cause) {
	t.Helper()
	serves, results := dials(to, timeout)
	customer, _ := onLine(t, b, serves)
	act()
	err := await(t, results, "the end of the ringing")
	var failed *telephony.DialError
	if !errors.As(err, &failed) {
		t.Fatalf("dial ended with %v", err)
	}
	found := false
	for _, cause := range causes {
		found = found || failed.Cause == cause
	}
	if !found {
		t.Errorf("dial ended with %v", err)
	}
	eventuallyIs(t, "the customer", customer, Talking)
	hangUp(t, b, customer)
}

func phoneNotAnswered(t *testing.T, b Bench) {
	phone := b.Phone(true)
	refused(t, b, phone.Address(), 3*time.Second, func() {
		eventuallyIs(t, "the phone", phone, Ringing)
	}, telephony.CauseNoAnswer)
	eventuallyIs(t, "the phone", phone, Idle)
}

func phoneDeclines(t *testing.T, b Bench) {
	phone := b.Phone(true)
	refused(t, b, phone.Address(), time.Minute, func() {
		eventuallyIs(t, "the phone", phone, Ringing)
		phone.Decline()
	}, telephony.CauseDeclined, telephony.CauseBusy) // some networks know only the latter
	eventuallyIs(t, "the phone", phone, Idle)
}

func unregisteredPhone(t *testing.T, b Bench) {
	refused(t, b, b.Phone(false).Address(), time.Minute, func() {}, telephony.CauseUnreachable)
}

func unknownPhone(t *testing.T, b Bench) {
	refused(t, b, "phone:nobody", time.Minute, func() {}, telephony.CauseUnreachable)
}

func musicWhileRinging(t *testing.T, b Bench) {
	phone := b.Phone(true)
	dials := line(func(ctx context.Context, c *telephony.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		stop, err := c.Music(ctx, "default")
		if err != nil {
			return err
		}
		defer stop()
		_, err = dial(ctx, c, phone.Address(), time.Minute)
		return err
	})
	customer, _ := onLine(t, b, dials)
	eventuallyIs(t, "the phone", phone, Ringing)
	eventually(t, "the customer hears music", func() bool { return customer.Hears(nil) })
	customer.Hangup()
	if err := await(t, dials.result, "the hang-up"); !errors.Is(err, telephony.ErrHangup) {
		t.Errorf("dial ended with %v", err)
	}
	eventuallyIs(t, "the phone", phone, Idle)
	nothingIsLeft(t, b)
}

func callerHangsUpWhileRinging(t *testing.T, b Bench) {
	phone := b.Phone(true)
	serves, results := dials(phone.Address(), time.Minute)
	customer, _ := onLine(t, b, serves)
	eventuallyIs(t, "the phone", phone, Ringing)
	customer.Hangup()
	if err := await(t, results, "the hang-up"); !errors.Is(err, telephony.ErrHangup) {
		t.Errorf("dial ended with %v", err)
	}
	eventuallyIs(t, "the phone", phone, Idle)
	nothingIsLeft(t, b)
}

var errRevoked = errors.New("offer revoked")

func contextEndsWhileRinging(t *testing.T, b Bench) {
	phone := b.Phone(true)
	offer, revoke := context.WithCancelCause(t.Context())
	defer revoke(nil)
	results := make(chan error, 1)
	customer, _ := onLine(t, b, line(func(ctx context.Context, c *telephony.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		_, err := dial(offer, c, phone.Address(), time.Minute)
		results <- err
		return stay(ctx, c)
	}))
	eventuallyIs(t, "the phone", phone, Ringing)
	revoke(errRevoked)
	if err := await(t, results, "the end of the ringing"); !errors.Is(err, errRevoked) {
		t.Errorf("dial ended with %v", err)
	}
	eventuallyIs(t, "the phone", phone, Idle)
	eventuallyIs(t, "the customer", customer, Talking)
	hangUp(t, b, customer)
}

// crossings is how often two things are made to meet.
const crossings = 5

// meet does all at once.
func meet(acts ...func()) {
	var done sync.WaitGroup
	for _, act := range acts {
		done.Go(act)
	}
	done.Wait()
}

func answerCrossesHangup(t *testing.T, b Bench) {
	phone := b.Phone(true)
	talks := line(func(ctx context.Context, c *telephony.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		leg, err := dial(ctx, c, phone.Address(), time.Minute)
		if err != nil {
			return err
		}
		_, err = c.Converse(leg.As(telephony.Agent)).Talk(ctx)
		return err
	})
	b.Connect(talks)
	for range crossings {
		customer := b.Call(customersNumber, "Ivan")
		eventuallyIs(t, "the phone", phone, Ringing)
		meet(phone.Answer, customer.Hangup)
		if err := await(t, talks.result, "the hang-up"); !errors.Is(err, telephony.ErrHangup) {
			t.Errorf("the call ended with %v", err)
		}
		eventuallyIs(t, "the phone", phone, Idle)
		nothingIsLeft(t, b)
	}
}

func answerCrossesContext(t *testing.T, b Bench) {
	phone := b.Phone(true)
	revokes := make(chan context.CancelCauseFunc)
	results := make(chan error, 1)
	b.Connect(line(func(ctx context.Context, c *telephony.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		offer, revoke := context.WithCancelCause(ctx)
		defer revoke(nil)
		revokes <- revoke
		leg, err := dial(offer, c, phone.Address(), time.Minute)
		if err == nil {
			_, err = c.Converse(leg.As(telephony.Agent)).Talk(offer)
		}
		results <- err
		return stay(ctx, c)
	}))
	for range crossings {
		customer := b.Call(customersNumber, "Ivan")
		revoke := await(t, revokes, "the offer")
		eventuallyIs(t, "the phone", phone, Ringing)
		meet(phone.Answer, func() { revoke(errRevoked) })
		if err := await(t, results, "the end of the offer"); !errors.Is(err, errRevoked) {
			t.Errorf("the offer ended with %v", err)
		}
		eventuallyIs(t, "the phone", phone, Idle)
		eventuallyIs(t, "the customer", customer, Talking)
		hangUp(t, b, customer)
	}
}

func dialledAgain(t *testing.T, b Bench) {
	phone := b.Phone(true)
	again := make(chan struct{})
	talks := line(func(ctx context.Context, c *telephony.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		if _, err := dial(ctx, c, phone.Address(), 3*time.Second); !errors.Is(err, telephony.ErrNoAnswer) {
			return errors.Join(errors.New("the phone was not to answer"), err)
		}
		<-again
		leg, err := dial(ctx, c, phone.Address(), time.Minute)
		if err != nil {
			return err
		}
		_, err = c.Converse(leg.As(telephony.Agent)).Talk(ctx)
		return err
	})
	customer, _ := onLine(t, b, talks)
	eventuallyIs(t, "the phone", phone, Ringing)
	eventuallyIs(t, "the phone", phone, Idle)
	close(again)
	eventuallyIs(t, "the phone", phone, Ringing)
	phone.Answer()
	eventually(t, "they hear each other", func() bool { return customer.Hears(phone) && phone.Hears(customer) })
	phone.Hangup()
	if err := await(t, talks.result, "the end of the talk"); err != nil {
		t.Error(err)
	}
	eventuallyIs(t, "the customer", customer, Idle)
	nothingIsLeft(t, b)
}
