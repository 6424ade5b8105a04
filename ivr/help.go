package ivr

import (
	"context"
	"slices"
	"time"

	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// An agent calls for a supervisor in the midst of a talk. Whoever oversees the queues sees it on the wall until somebody comes (see oversee.go):
//
//	Help ─► note ─► the wall ─┬─ a supervisor comes: the agent sees who ─► the last of them has left ─┐
//	                          ├─ the agent takes it back (EndHelp) ───────────────────────────────────┼─► over, and the ticket tells it
//	                          └─ the agent's talk ends, or the caller is passed on ───────────────────┘
//
// Who is at the call already, and may listen unseen, has not come because of it: they do when they say once more how they take part.

// Help is an agent's call for a supervisor, as the note on the caller's channel keeps it.
type Help struct {
	Since time.Time      `json:"since"`
	Said  string         `json:"said,omitempty"` // what it is about
	By    queues.AgentID `json:"by,omitempty"`   // the supervisor who has come; "" is nobody yet
	Came  time.Time      `json:"came,omitzero"`
}

// Help lets the agent of a talk call for a supervisor, with a sentence of at most tickets.LongestHelp characters about what it is, or none. Who has
// called already says another sentence.
func (l *Line) Help(ctx context.Context, id telephony.CallID, of queues.AgentID, said string) error {
	return l.meanwhile(ctx, id, of, func(s *script, ctx context.Context, v *telephony.Conversation) error {
		p, on := s.note.phase.(talking)
		if !on || s.asker(v) == nil {
			return ErrTalkOver
		}
		h := Help{Since: time.Now()}
		if p.Help != nil {
			h = *p.Help
		} else {
			s.line.helpCalls.Add(1)
		}
		h.Said = tickets.Clean(tickets.Typed(said), tickets.LongestHelp)
		s.noteHelp(ctx, &h)
		return nil
	})
}

// EndHelp takes that back. Where nobody was called for it does nothing.
func (l *Line) EndHelp(ctx context.Context, id telephony.CallID, of queues.AgentID) error {
	return l.meanwhile(ctx, id, of, func(s *script, ctx context.Context, _ *telephony.Conversation) error {
		s.endHelp(ctx, tickets.HelpTakenBack)
		return nil
	})
}

// HelpCalls counts the calls for a supervisor.
func (l *Line) HelpCalls() uint64 { return l.helpCalls.Load() }

// noteHelp notes a call for a supervisor, and then shows it.
func (s *script) noteHelp(ctx context.Context, h *Help) {
	p, _ := s.note.phase.(talking)
	p.Help = h
	s.mark(ctx, p)
	s.showHelp()
}

func (s *script) showHelp() {
	p, _ := s.note.phase.(talking)
	s.aside.Help = p.Help
	s.showAside()
}

// endHelp ends the call for a supervisor, where there is one. It is for before the note of what comes after the talk.
func (s *script) endHelp(ctx context.Context, how string) {
	p, _ := s.note.phase.(talking)
	if p.Help == nil {
		return
	}
	s.tellHelp(p, how)
	s.noteHelp(ctx, nil)
}

// tellHelp keeps with the ticket that a supervisor was called for.
func (s *script) tellHelp(p talking, how string) {
	h := *p.Help
	told := tickets.Helped{Agent: s.agent(queues.Offer{Agent: p.Agent}), Since: h.Since, Came: h.Came, How: how, Said: h.Said}
	if h.By != "" {
		told.By = s.agent(queues.Offer{Agent: h.By})
	}
	s.file.Helped(time.Now(), told)
}

// lookForHelp does what follows when a supervisor has come to the call, or has left it.
func (s *script) lookForHelp(ctx context.Context) {
	p, _ := s.note.phase.(talking)
	if p.Help == nil {
		return
	}
	h := *p.Help
	came := s.line.oversight.came(s.call.ID(), h)
	switch {
	case h.By == "" && len(came) > 0:
		h.By, h.Came = came[0], time.Now()
		s.noteHelp(ctx, &h)
	case h.By != "" && len(came) == 0:
		s.endHelp(ctx, tickets.HelpGiven)
	case h.By != "" && !slices.Contains(came, h.By): // another is there still
		h.By = came[0]
		s.noteHelp(ctx, &h)
	}
}

// oversees says to the call that a supervisor has come to it, or has left. It waits for nobody, and nobody for it: ctx may end before.
func (l *Line) oversees(ctx context.Context, id telephony.CallID) {
	t, on := l.talk(id)
	if !on || t.with == nil {
		return
	}
	go func() {
		_ = t.with.Meanwhile(context.WithoutCancel(ctx), func(ctx context.Context) error { // where the talk is over, so is the call for help
			t.script.lookForHelp(ctx)
			return nil
		})
	}()
}

// came are the supervisors at a call who have come since help was called for, in the order of their ids.
func (v *oversight) came(id telephony.CallID, h Help) (all []queues.AgentID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for by, at := range v.there {
		if at.Call == id && at.overseer != nil && (by == h.By || at.wished.After(h.Since)) {
			all = append(all, by)
		}
	}
	slices.Sort(all)
	return all
}
