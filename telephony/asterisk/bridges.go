package asterisk

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"hotline/telephony"
)

// Bridge implements telephony.Driver.
func (s *Switch) Bridge(ctx context.Context, id telephony.BridgeID, legs ...telephony.LegID) error {
	what := "bridge " + string(id)
	if !fitsPath(string(id)) {
		return fmt.Errorf("%q is no name for a bridge", id)
	}
	whose := s.callOf(telephony.LegID(id))
	s.mu.Lock()
	now, known := s.bridges[id]
	s.mu.Unlock()
	if len(legs) == 0 {
		s.noteBridge(id, whose, nil)
		return s.requests.do(ctx, whose, "delete "+what, func(c *client) error {
			// Deleting does not wait until the legs have left, and what is played to one that is just leaving is never
			// heard, nor does it end. Removing waits.
			for _, leg := range now.legs {
				if err := c.leave(id, leg); err != nil {
					return err
				}
			}
			return c.request(http.MethodDelete, "/bridges/"+string(id), nil, nil)
		})
	}
	return s.requests.do(ctx, whose, what, func(c *client) error {
		if !known {
			// The application's name tells the sweeper whose it is.
			if err := c.request(http.MethodPost, "/bridges/"+string(id), fresh{"mixing,dtmf_events", s.opt.App}, nil); err != nil {
				return err
			}
			s.noteBridge(id, whose, []telephony.LegID{})
		}
		if leaving := without(now.legs, legs); len(leaving) > 0 {
			staying := append([]telephony.LegID{}, without(now.legs, leaving)...)
			s.noteBridge(id, whose, staying) // first: should the reply get lost, those may be out, and are to be added again
			if err := c.leave(id, leaving...); err != nil {
				return err
			}
		}
		if coming := without(legs, now.legs); len(coming) > 0 {
			if err := c.enter(id, coming...); err != nil {
				return err
			}
		}
		s.noteBridge(id, whose, slices.Clone(legs))
		return nil
	})
}

// leave takes legs out of a bridge, and returns when they are out. Those that have left already are no error.
func (c *client) leave(id telephony.BridgeID, legs ...telephony.LegID) error {
	err := c.request(http.MethodPost, "/bridges/"+string(id)+"/removeChannel", several{legs}, nil)
	if code(err) != 0 {
		return nil
	}
	return err
}

// enter puts legs into a bridge. The error is telephony.ErrGone where one of them has hung up.
func (c *client) enter(id telephony.BridgeID, legs ...telephony.LegID) error {
	err := c.request(http.MethodPost, "/bridges/"+string(id)+"/addChannel", several{legs}, nil)
	if code(err) == http.StatusBadRequest { // "Channel not found"
		return fmt.Errorf("%w (%w)", telephony.ErrGone, err)
	}
	return err
}

// bridgeOf is the bridge that a leg is in, and who is in it; "" where it is in none.
func (s *Switch) bridgeOf(leg telephony.LegID) (telephony.BridgeID, joined) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, j := range s.bridges {
		if slices.Contains(j.legs, leg) {
			return id, j
		}
	}
	return "", joined{}
}

// noteBridge remembers who is in a bridge; nil forgets it.
func (s *Switch) noteBridge(id telephony.BridgeID, whose telephony.CallID, legs []telephony.LegID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if legs == nil {
		delete(s.bridges, id)
		return
	}
	s.bridges[id] = joined{whose, legs}
}

func without(all, some []telephony.LegID) []telephony.LegID {
	var rest []telephony.LegID
	for _, id := range all {
		if !slices.Contains(some, id) {
			rest = append(rest, id)
		}
	}
	return rest
}

// fresh is how ARI takes what a bridge that it makes is to be.
type fresh struct {
	Type string `json:"type"`
	Name string `json:"name"`
}

// several is how ARI takes one channel or more at once.
type several struct {
	Channel []telephony.LegID `json:"channel"`
}
