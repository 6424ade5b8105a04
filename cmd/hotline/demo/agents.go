package demo

import (
	"context"
	"math/rand/v2"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
)

// agent is a simulated agent: a phone, and a desk.
type agent struct {
	crowd  *crowd
	person config.Person
	seed   uint64
	phone  *softphone.Phone
	desk   *client.Stream
}

// start registers the phone, signs in, gets ready, and works until ctx ends.
func (a *agent) start(ctx, working context.Context) (err error) {
	a.phone, err = a.crowd.exchange.Phone(softphone.Options{User: a.person.Phone, Secret: a.person.PhoneSecret.Text()})
	if err != nil {
		return err
	}
	if err := a.phone.Register(ctx); err != nil {
		return err
	}
	signedIn, err := client.SignIn(ctx, a.crowd.Pages, a.person.Login, a.person.Password.Text())
	if err != nil {
		return err
	}
	if a.desk, err = signedIn.Stream(working, client.StreamOptions{SeeOffers: true}); err != nil {
		return err
	}
	if err := a.desk.Command(ctx, "agent.ready", nil); err != nil {
		return err
	}
	a.crowd.working.Go(func() { a.pickUp(working) })
	a.crowd.working.Go(func() { a.mind(working) })
	return nil
}

// pickUp answers the phone, after a moment; now and then it lets it ring.
func (a *agent) pickUp(ctx context.Context) {
	dice := rand.New(rand.NewPCG(a.crowd.Seed, a.seed))
	for {
		ringing, err := a.phone.Incoming(ctx)
		if err != nil {
			return
		}
		if dice.IntN(40) == 0 {
			<-ringing.Cancelled() // the agent is away from the desk, and lets it ring
			continue
		}
		select {
		case <-ringing.Cancelled():
			continue
		case <-ctx.Done():
			return
		case <-time.After(time.Duration(600+dice.IntN(1800)) * time.Millisecond):
		}
		call, err := ringing.Answer(ctx)
		if err != nil {
			continue
		}
		_ = call.PlayTone(600)
		if !a.talk(ctx, dice, call) {
			return
		}
	}
}

// talk is a conversation to its end; in one of four the agent has to ask somebody, and puts the caller on hold meanwhile. False
// says that ctx ended first.
func (a *agent) talk(ctx context.Context, dice *rand.Rand, call *softphone.Call) bool {
	commands := []string{""}
	if dice.IntN(4) == 0 {
		commands = []string{"call.hold", "call.resume", ""}
	}
	length := (time.Second + around(dice, talkTime)) / time.Duration(len(commands))
	for _, command := range commands {
		select {
		case <-call.Done():
			return true
		case <-ctx.Done():
			return false
		case <-time.After(length):
		}
		if me := a.desk.Me(); command != "" && me.Call != nil {
			if err := a.desk.Command(ctx, command, map[string]any{"call": me.Call.ID}); err != nil { // such as when the caller has just hung up
				a.crowd.Log.Debug("desk refused", "agent", a.person.ID, "command", command, "err", err)
			}
		}
	}
	hangup, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = call.Hangup(hangup)
	return true
}

// mind does the paper work after each call, and comes back from a missed call.
func (a *agent) mind(ctx context.Context) {
	defer a.desk.Close()
	dice := rand.New(rand.NewPCG(a.crowd.Seed, a.seed+1))
	for {
		me, err := a.desk.WaitMe(ctx, func(me agentapi.Me) bool {
			return me.WrapUp != nil || me.Availability.State == "not_ready" && me.Activity.State == "idle"
		})
		if err != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(500*time.Millisecond + around(dice, paperTime)):
		}
		if me.WrapUp != nil {
			disposition := []string{"resolved", "resolved", "resolved", "follow_up", "handed_over"}[dice.IntN(5)]
			err = a.desk.Command(ctx, "wrap_up.finish", map[string]any{"call": me.WrapUp.Call, "disposition": disposition, "note": "демо"})
		} else {
			err = a.desk.Command(ctx, "agent.ready", nil)
		}
		if err != nil && ctx.Err() == nil {
			a.crowd.Log.Debug("desk refused", "agent", a.person.ID, "err", err)
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Second):
			}
		}
	}
}
