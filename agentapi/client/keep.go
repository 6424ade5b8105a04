package client

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/gorilla/websocket"

	"hotline/agentapi"
	"hotline/queues"
)

// receive takes one frame in and sends what it asks for.
func (s *Stream) receive(ws *websocket.Conn, f agentapi.Frame) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.notifyLocked()
	switch f.T {
	case "hello":
		return s.helloLocked(ws, f)
	case "ping":
		return s.write(ws, agentapi.ClientFrame{T: "pong", N: f.N})
	case "ack":
		s.ackLocked(f)
	case "resumed":
		s.known[f.Topic] = true
	case "snapshot":
		s.known[f.Topic], s.seq[f.Topic] = true, f.Seq
		return s.mergeLocked(ws, f, true)
	case "event":
		last := s.seq[f.Topic]
		if f.Topic == agentapi.TopicMe && f.Seq != last+1 {
			return fmt.Errorf("event %d of me after %d: the server lost something", f.Seq, last)
		}
		s.seq[f.Topic] = f.Seq
		return s.mergeLocked(ws, f, false)
	}
	return nil
}

// subscription begins the ids of subscribe frames; commands have bare numbers.
const subscription = "subscribe-"

// helloLocked subscribes, resuming where the epoch is still the same, and sends again what is
// not acknowledged.
func (s *Stream) helloLocked(ws *websocket.Conn, f agentapi.Frame) error {
	if f.Epoch != s.hello.Epoch {
		clear(s.seq)
	}
	s.hello, s.live = f, true
	s.ids++
	sub := agentapi.ClientFrame{T: "subscribe", ID: subscription + strconv.Itoa(s.ids), Topics: s.options.Topics, Changes: true}
	if len(s.seq) > 0 {
		sub.Resume = &agentapi.Resume{Epoch: f.Epoch, Seq: s.seq}
	}
	if err := s.write(ws, sub); err != nil {
		return err
	}
	for _, id := range s.order {
		if p := s.pending[id]; p != nil {
			if err := s.write(ws, p.frame); err != nil {
				return err
			}
		}
	}
	return nil
}

// mergeLocked puts a snapshot or the parts of an event over what is known.
func (s *Stream) mergeLocked(ws *websocket.Conn, f agentapi.Frame, whole bool) error {
	if f.Topic == agentapi.TopicWall {
		var w agentapi.Wall
		err := json.Unmarshal(f.Data, &w)
		if !whole {
			w, err = s.wall.With(f.Data)
		}
		if err != nil {
			return fmt.Errorf("wall: %w", err)
		}
		s.wall = w
		return nil
	}
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(f.Data, &parts); err != nil {
		return fmt.Errorf("me: %w", err)
	}
	if whole {
		clear(s.parts)
	}
	for name, raw := range parts {
		s.parts[name] = raw
	}
	b, err := json.Marshal(s.parts)
	if err != nil {
		return err
	}
	var me agentapi.Me
	if err := json.Unmarshal(b, &me); err != nil {
		return fmt.Errorf("me: %w", err)
	}
	before := s.me.Offer
	s.me = me
	if s.options.SeeOffers && me.Offer != nil && (before == nil || before.ID != me.Offer.ID) {
		return s.seeLocked(ws, me.Offer.ID)
	}
	return nil
}

func (s *Stream) seeLocked(ws *websocket.Conn, offer queues.OfferID) error {
	data, err := json.Marshal(agentapi.AcceptOffer{Offer: offer}) // the same field
	if err != nil {
		return err
	}
	s.ids++
	return s.write(ws, agentapi.ClientFrame{T: "cmd", ID: "seen-" + strconv.Itoa(s.ids), Name: "offer.seen", Data: data})
}

// Me is the agent's desk as it was last heard.
func (s *Stream) Me() agentapi.Me {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.me
}

// Wall is the wall as it was last heard.
func (s *Stream) Wall() agentapi.Wall {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wall
}

// WaitMe waits until the desk is as wanted. It looks after every frame, and so misses no
// state that an event brought. is must not call the Stream.
func (s *Stream) WaitMe(ctx context.Context, is func(agentapi.Me) bool) (agentapi.Me, error) {
	var me agentapi.Me
	err := s.wait(ctx, func() bool { me = s.me; return is(me) })
	if err != nil {
		return me, fmt.Errorf("waiting for the desk (availability %s, activity %s): %w", me.Availability.State, me.Activity.State, err)
	}
	return me, nil
}

// WaitWall waits until the wall is as wanted. is must not call the Stream.
func (s *Stream) WaitWall(ctx context.Context, is func(agentapi.Wall) bool) (agentapi.Wall, error) {
	var w agentapi.Wall
	err := s.wait(ctx, func() bool { w = s.wall; return is(w) })
	return w, err
}

// waiter looks for a state after every frame, under Stream.mu.
type waiter struct {
	is   func() bool
	done chan struct{} // closed when it was seen, or the stream has ended
	err  error         // why it will not be seen any more; read after done
}

// wait waits until is is true, or the stream has ended. is runs under the lock.
func (s *Stream) wait(ctx context.Context, is func() bool) error {
	s.mu.Lock()
	if s.err != nil || is() {
		defer s.mu.Unlock()
		return s.err
	}
	w := &waiter{is: is, done: make(chan struct{})}
	s.waiters[w] = true
	s.mu.Unlock()
	select {
	case <-w.done:
		return w.err
	case <-ctx.Done():
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.waiters, w)
		return context.Cause(ctx)
	}
}

// notifyLocked lets everyone who waits look.
func (s *Stream) notifyLocked() {
	for w := range s.waiters {
		seen := w.is()
		if !seen && s.err == nil {
			continue
		}
		if !seen {
			w.err = s.err
		}
		delete(s.waiters, w)
		close(w.done)
	}
}
