package client

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"hotline/agentapi"
)

type pending struct {
	frame  agentapi.ClientFrame
	answer chan error // buffered
}

// Command sends a command and waits for its answer: nil, or the server's problem. Over a break it
// is sent again under the same key, and carried out once.
func (s *Stream) Command(ctx context.Context, name string, data any) error {
	f := agentapi.ClientFrame{T: "cmd", Key: uuid.NewString(), Name: name}
	if data != nil {
		raw, err := json.Marshal(data)
		if err != nil {
			return fmt.Errorf("command %s: %w", name, err)
		}
		f.Data = raw
	}
	p := &pending{answer: make(chan error, 1)}
	s.mu.Lock()
	if s.err != nil {
		s.mu.Unlock()
		return fmt.Errorf("command %s: %w", name, s.err)
	}
	s.ids++
	f.ID = strconv.Itoa(s.ids)
	p.frame = f
	s.pending[f.ID] = p
	s.order = append(s.order, f.ID)
	if s.live {
		_ = s.write(s.ws, f) // after a break it is sent again
	}
	s.mu.Unlock()
	select {
	case err := <-p.answer:
		if err != nil {
			return fmt.Errorf("command %s: %w", name, err)
		}
		return nil
	case <-ctx.Done():
		s.mu.Lock()
		defer s.mu.Unlock()
		s.forgetLocked(f.ID)
		return fmt.Errorf("command %s: %w", name, context.Cause(ctx))
	}
}

func (s *Stream) ackLocked(f agentapi.Frame) {
	p := s.pending[f.ID]
	if p == nil {
		if f.Problem != nil && strings.HasPrefix(f.ID, subscription) {
			for _, topic := range s.options.Topics {
				s.known[topic] = true
			}
			s.err = f.Problem
			s.cancel()
		}
		return
	}
	s.forgetLocked(f.ID)
	if f.Problem != nil {
		p.answer <- f.Problem
		return
	}
	p.answer <- nil
}

func (s *Stream) forgetLocked(id string) {
	delete(s.pending, id)
	for len(s.order) > 0 && s.pending[s.order[0]] == nil {
		s.order = s.order[1:]
	}
}
