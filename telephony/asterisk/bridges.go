package asterisk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"hotline/telephony"
)

// bridges are those that this Hotline made or found, and who is in each. It is noted what Asterisk was asked for, so that the next
// request about a bridge asks for the difference alone.
type bridges struct {
	app      string
	requests *requests

	mu    sync.Mutex
	known map[telephony.BridgeID]joined
	pool  pool

	music   map[telephony.LegID]music // of whom something is known
	classes map[telephony.LegID]string
	holding map[telephony.BridgeID]bool // those that are there
}

// joined is who is in a bridge.
type joined struct {
	call telephony.CallID
	legs []telephony.LegID
	at   telephony.BridgeID // Asterisk's name of one of the pool; "" is its own
	odd  bool               // it is not to be used again
}

// name is how Asterisk knows a bridge.
func (j joined) name(id telephony.BridgeID) telephony.BridgeID { return cmp.Or(j.at, id) }

func newBridges(o Options, r *requests) *bridges {
	return &bridges{
		app: o.App, requests: r, known: make(map[telephony.BridgeID]joined), pool: newPool(o),
		music: make(map[telephony.LegID]music), classes: make(map[telephony.LegID]string), holding: make(map[telephony.BridgeID]bool),
	}
}

// Bridge implements telephony.Driver.
func (s *Switch) Bridge(ctx context.Context, id telephony.BridgeID, legs ...telephony.LegID) error {
	if !fitsPath(string(id)) {
		return fmt.Errorf("%q is no name for a bridge", id)
	}
	whose := s.registry.callOf(telephony.LegID(id))
	if len(legs) == 0 {
		if _, known := s.bridges.find(id); !known { // of a call that was found in no talk: to be refused would cost it a wait for the end of the start
			return nil
		}
		return s.bridges.remove(ctx, whose, id)
	}
	return s.bridges.join(ctx, whose, id, legs)
}

// join makes a bridge where there is none, and makes those who are in it these legs.
func (b *bridges) join(ctx context.Context, whose telephony.CallID, id telephony.BridgeID, legs []telephony.LegID) error {
	now, known := b.find(id)
	err := b.requests.insist(ctx, whose, "bridge "+string(id), func(c *client) error {
		if !known {
			var err error
			if now, err = b.begin(c, whose, id); err != nil {
				return err
			}
			known = true
		}
		if leaving := without(now.legs, legs); len(leaving) > 0 {
			// It is noted first that those are out: should the reply get lost, they may be, and are to be added again.
			b.note(id, now.with(without(now.legs, leaving)))
			b.spoil(id)
			if err := c.leave(now.name(id), leaving...); err != nil {
				return err
			}
		}
		there := without(now.legs, without(now.legs, legs))
		for _, coming := range apart(without(legs, now.legs)) {
			if err := b.enter(c, id, now, coming); err != nil {
				return err
			}
			there = append(slices.Clone(there), coming...)
			b.note(id, b.oddOr(id, now.with(there)))
			b.leftHolding(coming...)
		}
		return nil
	})
	if err != nil {
		b.spoil(id)
	}
	return err
}

// enter puts legs into a bridge. One of the pool is made anew where Asterisk does not have it any more.
func (b *bridges) enter(c *client, id telephony.BridgeID, now joined, coming []telephony.LegID) error {
	err := c.enter(now.name(id), coming...)
	if code(err) != http.StatusNotFound || now.at == "" || len(now.legs) > 0 {
		return err
	}
	if err := c.create(now.at, b.app); err != nil {
		return err
	}
	return c.enter(now.at, coming...)
}

// with is who is in a bridge now.
func (j joined) with(legs []telephony.LegID) joined {
	j.legs, j.odd = legs, j.odd || len(legs) > 2
	return j
}

// dissolves is how long Asterisk may take to be rid of a bridge that was deleted; busy ones were seen to take some 100 ms.
const dissolves = 2 * time.Second

// errNoBridge is a refusal about the bridge in which legs are to be: of its name there is another, or it is not there any more. Nobody has hung up.
var errNoBridge = errors.New("the bridge is not to be had")

// ofBridge says so of a refusal that is about a bridge. Asterisk has the code 409 for legs, too.
func ofBridge(err error) error {
	var refused *refusal
	if errors.As(err, &refused) && (refused.code == http.StatusNotFound || refused.code == http.StatusConflict && strings.HasPrefix(refused.reason, "Bridge")) {
		return fmt.Errorf("%w: %w", errNoBridge, err)
	}
	return err
}

// create makes a bridge; the application's name tells the sweeper whose it is. The one of the call's talk before bears the same name, and
// while it is being dissolved Asterisk refuses.
func (c *client) create(id telephony.BridgeID, app string) error {
	late := time.After(dissolves)
	for {
		err := c.request(http.MethodPost, "/bridges/"+string(id), fresh{"mixing,dtmf_events", app}, nil)
		if code(err) != http.StatusConflict {
			return err
		}
		select {
		case <-time.After(20 * time.Millisecond): // nothing tells of its end: the events filter leaves that out
		case <-late:
			return ofBridge(err)
		case <-c.ctx.Done():
			return context.Cause(c.ctx)
		}
	}
}

// remove deletes a bridge, or leaves it to the next talk. Deleting does not wait until the legs have left, and what is played to one that is just leaving is
// never heard, nor does it end; taking them out waits.
func (b *bridges) remove(ctx context.Context, whose telephony.CallID, id telephony.BridgeID) error {
	now, stay := b.end(id)
	reuses := !now.odd
	err := b.requests.insist(ctx, whose, "delete bridge "+string(id), func(c *client) error {
		if len(stay) > 0 {
			err := c.request(http.MethodPost, "/bridges/"+string(now.name(id))+"/removeChannel", several{stay}, nil)
			if err != nil && code(err) == 0 {
				return err
			}
			reuses = reuses && err == nil
		}
		if reuses = reuses && !c.again; reuses {
			return nil
		}
		return c.request(http.MethodDelete, "/bridges/"+string(now.name(id)), nil, nil)
	})
	if reuses && err == nil {
		b.reuse(now.at)
	} else {
		b.drop(now.name(id))
	}
	return err
}

// outside does something while a leg is out of a bridge, if it is in one. The leg comes back whatever happens: also when that fails, and when the
// context of the verb ends, because nobody else would put it back. Where the connection is lost in the midst, the same is to be asked again with the same bridge.
func (b *bridges) outside(c *client, id telephony.BridgeID, leg telephony.LegID, do func() error) error {
	there, known := b.find(id)
	if !known {
		return do()
	}
	// It is noted first that the leg is out: should the reply get lost, it may be, and is to be added again.
	b.note(id, there.with(without(there.legs, []telephony.LegID{leg})))
	b.spoil(id)
	err := c.leave(there.name(id), leg)
	if err == nil {
		err = do()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), b.requests.opt.Deadline)
	defer cancel()
	back := *c
	back.ctx = ctx
	if failed := back.enter(there.name(id), leg); failed != nil {
		b.spoil(id)
		return failed
	}
	b.cameBack(id, leg)
	return err
}

// leave takes legs out of a bridge, and returns when they are out. Those that have left already are no error.
func (c *client) leave(id telephony.BridgeID, legs ...telephony.LegID) error {
	err := c.request(http.MethodPost, "/bridges/"+string(id)+"/removeChannel", several{legs}, nil)
	if code(err) != 0 {
		return nil
	}
	return err
}

// apart parts legs that are to come into a bridge by what becomes of their keys there: see enter.
func apart(legs []telephony.LegID) (groups [][]telephony.LegID) {
	others := slices.DeleteFunc(slices.Clone(legs), isHeardTyping)
	for _, group := range [][]telephony.LegID{others, without(legs, others)} {
		if len(group) > 0 {
			groups = append(groups, group)
		}
	}
	return groups
}

// isHeardTyping says that a leg's keys are heard in a bridge: the caller's, also of one whom we have called.
func isHeardTyping(leg telephony.LegID) bool {
	_, own := owner(string(leg))
	_, called := placed(string(leg))
	return !own || called
}

// enter puts legs into a bridge, all of which are heard typing there, or none. The error is telephony.ErrGone where one of them has hung up, and errNoBridge where there is no
// such bridge.
func (c *client) enter(id telephony.BridgeID, legs ...telephony.LegID) error {
	err := c.request(http.MethodPost, "/bridges/"+string(id)+"/addChannel", coming{legs, !isHeardTyping(legs[0])}, nil)
	if code(err) == http.StatusBadRequest { // "Channel not found"
		return fmt.Errorf("%w (%w)", telephony.ErrGone, err)
	}
	return ofBridge(err)
}

// find is who is in a bridge; it is false where the bridge is not known.
func (b *bridges) find(id telephony.BridgeID) (joined, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	j, known := b.known[id]
	return j, known
}

// of is the bridge that a leg is in, and who is in it; "" where it is in none.
func (b *bridges) of(leg telephony.LegID) (telephony.BridgeID, joined) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, j := range b.known {
		if slices.Contains(j.legs, leg) {
			return id, j
		}
	}
	return "", joined{}
}

// ofCall are the bridges of a call.
func (b *bridges) ofCall(whose telephony.CallID) (found []telephony.BridgeID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, j := range b.known {
		if j.call == whose {
			found = append(found, id)
		}
	}
	return found
}

// note remembers who is in a bridge. The legs are not changed afterwards.
func (b *bridges) note(id telephony.BridgeID, j joined) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.known[id] = j
}

// cameBack notes that a leg is in a bridge again, beside those who are in it now.
func (b *bridges) cameBack(id telephony.BridgeID, leg telephony.LegID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	j, known := b.known[id]
	if known && !slices.Contains(j.legs, leg) {
		b.known[id] = j.with(append(slices.Clone(j.legs), leg))
	}
}

// leftHolding notes that legs have come into a bridge, out of the holding bridge where they were.
func (b *bridges) leftHolding(legs ...telephony.LegID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, leg := range legs {
		if b.music[leg].in != "" {
			b.music[leg] = music{over: true}
		}
	}
}

// left notes that a leg of a call has ended, and so is in no bridge any more.
func (b *bridges) left(whose telephony.CallID, leg telephony.LegID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.music, leg)
	delete(b.classes, leg)
	for id, j := range b.known {
		if j.call == whose && slices.Contains(j.legs, leg) {
			b.known[id] = j.with(without(j.legs, []telephony.LegID{leg}))
		}
	}
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

// coming is how ARI takes channels that are to be in a bridge. It absorbs their keys, which it tells of all the same: events come of what is
// read from a channel, before the bridge has it.
type coming struct {
	Channel []telephony.LegID `json:"channel"`
	Absorb  bool              `json:"absorbDTMF,omitempty"`
}

// several is how ARI takes one channel or more at once.
type several struct {
	Channel []telephony.LegID `json:"channel"`
}
