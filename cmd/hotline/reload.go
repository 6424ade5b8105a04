package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/queues"
)

// reloadOnHangup reads the configuration again at each SIGHUP, until the function that it returns is called.
func (s *service) reloadOnHangup(ctx context.Context, file string) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	hangups := make(chan os.Signal, 1) // one that comes while another is obeyed says nothing new
	signal.Notify(hangups, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-hangups:
				fresh, overdue, err := config.LoadToServe(file)
				if err == nil {
					tellOverdue(s.log, overdue)
					err = s.reload(ctx, fresh)
				}
				if err != nil {
					s.log.Error("the configuration is not reloaded, and nothing has changed", "file", file, "err", err)
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() {
		signal.Stop(hangups)
		cancel()
		<-done
	}
}

// reload takes over the queues, the bounds on reasons, returns and wrap-ups, agents' names and skills, departments and topics, who is
// turned away, which programs are told, and who may sign in, by which login and password. Nobody who waits loses their place, and what rings or is talked about goes on. All else in the
// configuration waits for a restart, and the log says what.
func (s *service) reload(ctx context.Context, fresh config.Config) error {
	select {
	case <-s.ready: // until then those who waited before a restart are still coming back
	default:
		s.log.Warn("the configuration is reloaded once Asterisk has told of the calls of before the start; until then the one of the start counts, and who may sign in by it")
	}
	select {
	case <-s.ready:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := s.config.MayBecome(fresh); err != nil {
		return err
	}
	if s.level != nil { // a reload is told in the log, also by the level that ends with it
		s.level.Set(min(s.level.Level(), fresh.Log.LevelOf()))
		defer s.level.Set(fresh.Log.LevelOf())
	}
	next := fresh.LineupAfter(s.present.Configured())
	// No offer is made between the new queues and the new skills: an agent with the old skills would be thought unable to serve them.
	if err := s.acd.Report(ctx, queues.OffersHeld{Until: time.Now().Add(commandTime)}); err != nil {
		return err
	}
	defer s.desks.Tell(queues.OffersReleased{})
	if err := s.acd.Report(ctx, queues.Reconfigured{Config: fresh.Router()}); err != nil {
		return err
	}
	s.present.Change(next)
	next = s.present.Lineup() // with what was ordered over it
	s.desks.TellOrders()
	s.register.Change(fresh.Terms())
	s.dates.Change(dateTerms(fresh))
	s.agreements.Store(&fresh.Agreements)
	s.door.Change(fresh.Door())
	s.admits.Spare(fresh.Callers.Spared())
	s.attended.Plan(fresh.Shifts.Plan())
	forms := fresh.Forms()
	s.forms.Store(&forms)
	rules := fresh.RecordingRules()
	s.recordingRules.Store(&rules)
	s.hooks.Configure(webhooks(fresh))
	s.alarms.Change(fresh.AlarmRules())
	var refused []error
	before, people := *s.people.Load(), s.config.SeatedBy(fresh)
	for _, p := range people {
		agent, serves := next.Agents[p.ID]
		if !serves || slices.ContainsFunc(before, func(q config.Person) bool { return reflect.DeepEqual(p, q) }) {
			continue
		}
		if err := s.acd.Report(ctx, queues.AgentReskilled{Agent: agent}); err != nil && !errors.Is(err, queues.ErrUnknownAgent) {
			refused = append(refused, err)
			continue
		}
		s.showPerson(p)
	}
	s.people.Store(&people) // seated by tendDatabase, within a second
	s.api.Expel(accountsLost(before, people)...)
	s.changePhones(ctx, before, people)
	if len(refused) > 0 {
		s.log.Error("the queues are reloaded, and some agents keep the skills that they had", "err", errors.Join(refused...))
	}
	s.log.Info("configuration reloaded", "queues", len(next.Queues), "waits_for_a_restart", strings.Join(s.config.Beyond(fresh), ", "))
	return nil
}
