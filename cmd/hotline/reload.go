package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"time"

	"hotline/agentapi"
	"hotline/ivr/flow"
	"hotline/queues"
)

// lineup is what a reload changes: the queues, what each agent can do, and how long they may be not ready.
type lineup struct {
	queues  []queues.Queue
	agents  map[queues.AgentID]queues.Agent
	reasons []agentapi.Choice
}

func (c Config) lineup() *lineup {
	return &lineup{queues: c.router().Queues, agents: c.agents(), reasons: c.reasons()}
}

// lineup is the one that counts now. Take it once for what belongs together.
func (c *centre) lineup() *lineup { return c.present.Load() }

// queue finds a queue; the zero one where there is none.
func (l *lineup) queue(id queues.QueueID) queues.Queue {
	if i := slices.IndexFunc(l.queues, func(q queues.Queue) bool { return q.ID == id }); i >= 0 {
		return l.queues[i]
	}
	return queues.Queue{}
}

// reloadOnHangup reads the configuration again at each SIGHUP, until the function that it returns is called.
func (s *service) reloadOnHangup(ctx context.Context, file string) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	hangups := make(chan os.Signal, 1) // a second one while the first is obeyed says nothing new
	signal.Notify(hangups, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-hangups:
				fresh, err := loadConfig(file)
				if err == nil {
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

// reload takes over the queues, the bounds on reasons, returns and wrap-ups, agents' names and skills, and who may sign in, by
// which login and password. Nobody who waits loses their place, and what rings or is talked about goes on. All else in the
// configuration waits for a restart, and the log says what.
func (s *service) reload(ctx context.Context, fresh Config) error {
	select {
	case <-s.ready: // before, those who waited are still coming back
	case <-ctx.Done():
		return ctx.Err()
	}
	prompts, err := flow.Prompts()
	if err != nil {
		return err
	}
	if problems := s.config.Flow.Prove(fresh.house(prompts)); len(problems) > 0 {
		return fmt.Errorf("the flow that is on needs it: flow.%s: %s", problems[0].Path, problems[0].Text)
	}
	next, last := fresh.lineup(), s.centre.lineup()
	maps.DeleteFunc(next.agents, func(id queues.AgentID, _ queues.Agent) bool { _, known := last.agents[id]; return !known })
	for id, a := range last.agents {
		if _, stays := next.agents[id]; !stays {
			next.agents[id] = a
		}
	}
	// Between the new queues and the new skills nobody may be thought to be alone.
	if err := s.acd.Report(ctx, queues.OffersHeld{Until: time.Now().Add(commandTime)}); err != nil {
		return err
	}
	defer s.centre.tell(queues.OffersReleased{})
	if err := s.acd.Report(ctx, queues.Reconfigured{Config: fresh.router()}); err != nil {
		return err
	}
	s.centre.present.Store(next)
	var refused []error
	before, people := *s.people.Load(), s.config.seatedBy(fresh)
	for _, p := range people {
		agent, serves := next.agents[p.ID]
		if !serves || slices.ContainsFunc(before, func(q Person) bool { return reflect.DeepEqual(p, q) }) {
			continue
		}
		if err := s.acd.Report(ctx, queues.AgentReskilled{Agent: agent}); err != nil && !errors.Is(err, queues.ErrUnknownAgent) {
			refused = append(refused, err)
			continue
		}
		s.showPerson(p)
	}
	s.people.Store(&people) // seated by tendDatabase, within a second
	if len(refused) > 0 {
		s.log.Error("the queues are reloaded, and not all skills", "err", errors.Join(refused...))
	}
	s.log.Info("configuration reloaded", "queues", len(next.queues), "waits_for_a_restart", strings.Join(s.config.beyond(fresh), ", "))
	return nil
}

// beyond names what differs and is not reloaded.
func (c Config) beyond(fresh Config) (names []string) {
	c.Queues, c.Reasons, c.Return, c.Extension = fresh.Queues, fresh.Reasons, fresh.Return, fresh.Extension
	c.People = slices.Clone(c.People)
	for i, p := range c.People {
		if j := slices.IndexFunc(fresh.People, func(q Person) bool { return q.ID == p.ID }); j >= 0 {
			c.People[i] = fresh.People[j]
			c.People[i].Role, c.People[i].Phone, c.People[i].PhoneSecret, c.People[i].Seat = p.Role, p.Phone, p.PhoneSecret, p.Seat
		}
	}
	was, is := reflect.ValueOf(c), reflect.ValueOf(fresh)
	for i, name := range sections() {
		if !reflect.DeepEqual(was.Field(i).Interface(), is.Field(i).Interface()) {
			names = append(names, name)
		}
	}
	return names
}
