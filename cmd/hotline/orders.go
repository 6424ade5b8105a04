package main

import (
	"context"
	"fmt"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/desk"
	"hotline/cmd/hotline/config"
	agents "hotline/queues/postgres"
	ticketstore "hotline/tickets/postgres"
)

// orders is where the router's store keeps what desks are ordered.
type orders struct{ *agents.Store }

// GiveSkills implements desk.OrderStore.
func (o orders) GiveSkills(ctx context.Context, g desk.GivenSkills) error {
	return o.Store.GiveSkills(ctx, agents.SkillOrder{Agent: g.Agent, Skills: g.Skills, Expires: g.Expires, Lasts: string(g.Lasts), Until: g.Until, By: g.By, At: g.At})
}

// GivenSkills implements desk.OrderStore.
func (o orders) GivenSkills(ctx context.Context) (all []desk.GivenSkills, err error) {
	kept, err := o.SkillOrders(ctx)
	for _, k := range kept {
		all = append(all, desk.GivenSkills{Agent: k.Agent, Skills: k.Skills, Expires: k.Expires, Lasts: agentapi.Lasts(k.Lasts), Until: k.Until, By: k.By, At: k.At})
	}
	return all, err
}

// orderedWithin is how long a check waits for a database: it is about the file, and what was ordered over it is told where it can be known.
const orderedWithin = 2 * time.Second

// ordered are the skills that supervisors have ordered over a configuration: what it says of these agents does not count.
func ordered(ctx context.Context, c config.Config, now time.Time) (all []error) {
	url := c.Database.URL.Text()
	if url == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, orderedWithin)
	defer cancel()
	pool, err := ticketstore.Connect(url)
	if err != nil {
		return nil
	}
	defer pool.Close()
	given, err := orders{agents.New(pool)}.GivenSkills(ctx)
	if err != nil {
		return nil
	}
	for _, g := range given {
		for i, p := range c.People {
			if p.ID == g.Agent && !g.Over(now) {
				all = append(all, fmt.Errorf("people.%d.skills: what was ordered counts instead for %s: %s; a supervisor may take it back on the wall", i, p.ID, g.Said()))
			}
		}
	}
	return all
}
