package stream

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/queues"
)

// Agents carries out what agents want; package desk implements it over the router and the calls.
// A refusal is a Problem (see Refuse), best with a code that the pages can translate.
type Agents interface {
	// Do carries out one command, and returns when it is done or refused. A command comes once
	// for each idempotency key; the context outlives the connection it came by, and ends after ten seconds, which begin when Hotline has started, or stops.
	Do(ctx context.Context, agent queues.AgentID, c agentapi.Command) error
	// DeskAway says that the agent's page has gone, and may come back in a moment. seen is the offer that it has shown last.
	DeskAway(agent queues.AgentID, seen queues.OfferID)
	// DeskBack says that it is there again.
	DeskBack(agent queues.AgentID)
	// DeskClosed says that it has not come back in time.
	DeskClosed(agent queues.AgentID)
}

const (
	pendingCommands = 32
	commandTime     = 10 * time.Second
)

// command is one that was read and waits for its turn.
type command struct {
	id, key, name string
	data          json.RawMessage
	meant         agentapi.Command // what data was read as
}

// line is commands that are carried out in order.
type line struct {
	pending []command // accepted, not yet begun
	working bool      // a goroutine carries them out
}

// accept puts a command into the queue of its connection: they are carried out in order, and
// beside the reading, so that an offer.seen never waits behind one of them. While Hotline starts, what waits until it has is
// in a queue of its own, and stays there in order: behind it nobody's note would be filed.
func (h *Handler) accept(c *conn, cmd command) {
	meant, err := h.meaning(c.person.Account, cmd)
	if err != nil {
		p, _ := problem(err)
		h.answer(c, cmd, p)
		return
	}
	cmd.meant = meant
	if o, ok := meant.(agentapi.SeeOffer); ok {
		h.hub.seen(c.person.Account.Agent, o.Offer)
		h.answer(c, cmd, nil)
		return
	}
	c.mu.Lock()
	l := &c.work
	switch meant.(type) {
	case agentapi.Ready, agentapi.NotReady, agentapi.SignOut:
		if c.choices.working || h.hub.isStarting() {
			l = &c.choices
		}
	}
	full, start := len(l.pending) >= pendingCommands, !l.working
	if !full {
		l.pending = append(l.pending, cmd)
		l.working = true
	}
	c.mu.Unlock()
	switch {
	case full:
		h.answer(c, cmd, agentapi.Refuse(agentapi.CodeBusy, "%d commands are waiting", pendingCommands))
	case start:
		h.hub.pages.Add(1)
		go h.work(c, l)
	}
}

// meaning is a command that somebody with a desk gives.
func (h *Handler) meaning(a gate.Account, cmd command) (agentapi.Command, error) {
	meant, err := agentapi.ReadCommand(cmd.name, cmd.data, h.lists)
	if err == nil && a.Agent == "" {
		err = agentapi.Refuse(agentapi.CodeNotAnAgent, "this account has no desk")
	}
	return meant, err
}

// Do carries out a command that came by another way than a connection, and once for its key, as if it had come over one of that account's. It is not for
// offer.seen. The context is the handler's own: whoever has asked may have gone.
func (h *Handler) Do(a gate.Account, key, name string, data json.RawMessage) *agentapi.Problem {
	cmd := command{key: key, name: name, data: data}
	meant, err := h.meaning(a, cmd)
	if err != nil {
		p, _ := problem(err)
		h.counts(cmd, p)
		return p
	}
	cmd.meant = meant
	p := h.carryOut(a, cmd)
	h.counts(cmd, p)
	return p
}

// work carries out the commands in a line of a connection until none is left, and goes on when the
// connection ends: what was accepted is done, and its answer kept under its key.
func (h *Handler) work(c *conn, l *line) {
	defer h.hub.pages.Done()
	for {
		c.mu.Lock()
		if len(l.pending) == 0 {
			l.pending, l.working = nil, false
			c.mu.Unlock()
			return
		}
		cmd := l.pending[0]
		l.pending = l.pending[1:]
		c.mu.Unlock()
		h.answer(c, cmd, h.carryOut(c.person.Account, cmd))
		h.gate.Used(context.Background(), c.person.Token)
	}
}

// carryOut does one command, once for its key.
func (h *Handler) carryOut(a gate.Account, cmd command) *agentapi.Problem {
	ctx, cancel := h.hub.limited(commandTime)
	defer cancel()
	return h.keys.once(ctx, a, cmd.key, cmd.name, cmd.data, !h.hub.isStarting(), func() *agentapi.Problem {
		err := h.agents.Do(ctx, a.Agent, cmd.meant)
		if err == nil {
			return nil
		}
		p, log := problem(err)
		if log {
			h.log.Error("a command failed", "agent", a.Agent, "command", cmd.name, "err", err)
		}
		return p
	})
}

func (h *Handler) answer(c *conn, cmd command, p *agentapi.Problem) {
	h.counts(cmd, p)
	c.push(outgoing{frame: agentapi.Frame{T: "ack", ID: cmd.id, OK: p == nil, Problem: p}})
}

// counts counts a command that was answered.
func (h *Handler) counts(cmd command, p *agentapi.Problem) {
	name, code := cmd.name, "ok"
	if p != nil {
		code = string(p.Code)
		if p.Code == agentapi.CodeUnknownCommand {
			name = "unknown" // no stranger may choose a label of the metrics
		}
	}
	h.hub.count.commands.WithLabelValues(name, code).Inc()
}

// problem finds out what to tell of err, and whether it should be logged.
func problem(err error) (p *agentapi.Problem, log bool) {
	var refused *agentapi.Problem
	switch {
	case errors.As(err, &refused):
		return refused, false
	case errors.Is(err, context.DeadlineExceeded):
		return agentapi.Refuse(agentapi.CodeUnavailable, "no answer in time"), true
	default:
		return agentapi.Refuse(agentapi.CodeInternal, "something went wrong here; it is in the log"), true
	}
}
