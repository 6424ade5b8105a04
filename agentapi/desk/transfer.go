package desk

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/rest"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// Transfer is where an agent sends the caller of their talk: one of the first three.
type Transfer struct {
	Queue  queues.QueueID
	Agent  queues.AgentID
	Number string // as the agent has it
	Note   string // for whoever takes the caller
}

// transfer sends the caller on. The page knows before the talk is over that its wrap-up is of a caller whom somebody else has.
func (d *Desks) transfer(ctx context.Context, id queues.AgentID, c agentapi.TransferCall) error {
	return d.inTalk(ctx, id, c.Call, func(ctx context.Context, call telephony.CallID, id queues.AgentID) error {
		if err := d.mayTake(ctx, id, c); err != nil {
			return err
		}
		d.sendsOn(id, call, true)
		err := d.talks.Transfer(ctx, call, id, Transfer{Queue: c.Queue, Agent: c.Agent, Number: c.Number, Note: c.Note})
		if err != nil {
			d.sendsOn(id, call, false)
		}
		return err
	})
}

// mayTake says why a caller cannot be sent where an agent wants.
func (d *Desks) mayTake(ctx context.Context, id queues.AgentID, c agentapi.TransferCall) error {
	lineup := d.present.Lineup()
	if c.Queue != "" {
		queue := lineup.Queue(c.Queue)
		if queue.ID == "" {
			return agentapi.RefuseField("data.queue", "there is no such queue").Coded(agentapi.FieldUnknown, 0)
		}
		if opens, shut := lineup.Shut(queue, time.Now()); shut {
			p := agentapi.Refuse(agentapi.CodeQueueClosed, "the queue is outside its hours, and the caller would be sent away")
			p.Opens = opens
			return p
		}
		s, err := d.router.Snapshot(ctx)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(s.Queues, func(q queues.QueueState) bool { return q.ID == c.Queue && q.ClosedBy != "" }) {
			return agentapi.Refuse(agentapi.CodeQueueClosed, "the queue is closed, and the caller would be sent away")
		}
	}
	return d.isFree(id, c.Agent)
}

// isFree says why an agent cannot have a colleague now; "" is none.
func (d *Desks) isFree(id, whom queues.AgentID) error {
	if whom == "" {
		return nil
	}
	colleague, known := d.present.Lineup().Agents[whom]
	if !known || whom == id {
		return agentapi.RefuseField("data.agent", "there is no such colleague").Coded(agentapi.FieldUnknown, 0)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !free(&d.page(whom).state) {
		return agentapi.Refuse(agentapi.CodeNotFree, "%s can take no call now", colleague.Name)
	}
	return nil
}

// sendsOn notes whether the caller of an agent's talk is sent on.
func (d *Desks) sendsOn(id queues.AgentID, call telephony.CallID, on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.page(id)
	if p.talk != nil && p.talk.ID == call {
		talk := *p.talk // the page's frame may still be read
		talk.SentOn = on
		p.talk = &talk
	}
}

// Targets tell agents where they may send a caller, and who is there.
type Targets struct {
	Board   Board
	Present *Present
	Terms   func() tickets.Terms // who belongs to which department
}

// Operations implements rest.Room.
func (t Targets) Operations(to *rest.Registrar) {
	o := to.Operation("targets", http.MethodGet, "/targets", "Where an agent may send a caller", rest.Person(rest.All, rest.All, ""))
	huma.Register(to.API, o, func(ctx context.Context, _ *struct{}) (*rest.Answer[agentapi.Targets], error) {
		s, err := t.Board.Snapshot(ctx)
		if err != nil {
			return nil, to.Refusal(err, "tell where a caller may be sent")
		}
		return rest.Answered(t.show(s, time.Now())), nil
	})
}

func (t Targets) show(s queues.Snapshot, now time.Time) agentapi.Targets {
	lineup, terms, all := t.Present.Lineup(), t.Terms(), agentapi.Targets{Queues: []agentapi.TargetQueue{}, Agents: []agentapi.TargetAgent{}}
	typed := make(map[Extension]string, len(lineup.Extensions))
	for extension, whom := range lineup.Extensions {
		typed[whom] = extension
	}
	for _, q := range s.Queues {
		queue := lineup.Queue(q.ID)
		if queue.ID == "" || q.ClosedBy != "" {
			continue // a reload has just taken it away, or its callers would be sent away
		}
		shown := agentapi.TargetQueue{ID: q.ID, Name: queue.Name, Extension: typed[Extension{Queue: q.ID}], Waiting: q.Waiting}
		if d := lineup.Departments[q.ID]; d != "" {
			shown.Department = agentapi.WallDepartment{ID: d, Name: terms.Departments[d].Name}
		}
		shown.Opens, shown.Shut = lineup.Shut(queue, now)
		for _, a := range s.Agents {
			if free(&a) && queue.ServedBy(lineup.Agents[a.ID]) {
				shown.Free++
			}
		}
		all.Queues = append(all.Queues, shown)
	}
	for _, a := range s.Agents {
		if who, known := lineup.Agents[a.ID]; known && a.Availability != queues.SignedOut {
			shown := agentapi.TargetAgent{ID: a.ID, Name: who.Name, Extension: typed[Extension{Agent: a.ID}], Free: free(&a), Presence: presence(&a)}
			for _, d := range departmentsOf(terms, a.ID) {
				shown.Departments = append(shown.Departments, agentapi.WallDepartment{ID: d, Name: terms.Departments[d].Name})
			}
			all.Agents = append(all.Agents, shown)
		}
	}
	slices.SortFunc(all.Agents, func(a, b agentapi.TargetAgent) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(string(a.ID), string(b.ID)))
	})
	return all
}

// free says whether an agent could be offered a call now.
func free(a *queues.AgentState) bool {
	return a.Availability == queues.Ready && a.Activity == queues.Idle && a.Reachable && !a.DeskAway
}
