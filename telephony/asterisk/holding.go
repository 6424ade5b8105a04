package asterisk

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"hotline/telephony"
)

// Who waits hears music in a holding bridge of Asterisk's, one for each class of music, which all callers of the application share and in which nobody hears
// anybody. It begins with the one request that brings them there, and ends by itself as another brings them to who has answered: a channel that is added to a
// bridge leaves the one where it is. Neither is there music that must be ended in the talk (see stopMusic), nor a moment of silence.
//
//	              Play, as they begin to wait            Bridge
//	no music ────────────────────────────► holding ────────────────► the talk's bridge, no music
//	    ▲                                     │ Stop, as before an announcement
//	    └─────────────────────────────────────┘
//
// Music that follows an announcement, or covers a talk, is of the channel's own: it must wait for the one, and be in the bridge of the other. So is the first that
// a caller hears whom a Hotline that is started anew did not find in a holding bridge: an announcement of the one before may be playing still, which Asterisk
// would have the request that brings them there wait for, and all behind it.
//
// The bridge stays when nobody is in it. A Hotline that is started anew finds callers in it by its name.

// music is what is known of a leg's music on hold.
type music struct {
	in    telephony.BridgeID // the holding bridge in which the leg is; "" is none
	begun bool               // this Hotline has begun music of the channel's own
	over  bool               // it came from a holding bridge, and so has none of its own
	found bool               // it was adopted, and may hear something of an earlier Hotline's
}

// holdingBridge is the bridge in which a class of music is heard.
func holdingBridge(app, class string) telephony.BridgeID {
	if class == "" {
		class = usualMusic
	}
	return telephony.BridgeID(app + holdingMark + class)
}

const (
	holdingMark = ".music."
	usualMusic  = "default" // which a channel has that was told of none
)

// isHolding reports whether a bridge of Asterisk's list is one in which callers of an application hear music.
func isHolding(app string, b *bridge) bool {
	return b.Name == app && strings.HasPrefix(b.ID, app+holdingMark)
}

// mayBeHeld reports whether a leg can hear music in a holding bridge: a caller's, which is in no other bridge, and to which nothing else is played that the music
// has to wait for.
func (s *Switch) mayBeHeld(leg telephony.LegID) bool {
	id, _ := s.bridges.of(leg)
	music := s.bridges.musicOf(leg)
	return id == "" && !music.begun && !music.found && s.registry.isSilent(leg)
}

// hold brings a leg to the music of a class.
func (b *bridges) hold(ctx context.Context, whose telephony.CallID, leg telephony.LegID, class string) error {
	id := holdingBridge(b.app, class)
	if b.musicOf(leg).in == id {
		return nil
	}
	return b.requests.insist(ctx, whose, "hold "+string(leg), func(c *client) error {
		if !b.knowsHolding(id) {
			if err := b.makeHolding(c, id); err != nil {
				return err
			}
		}
		if class, before := strings.TrimPrefix(string(id), b.app+holdingMark), b.classOf(leg); class != before {
			if err := c.request(http.MethodPost, "/channels/"+string(leg)+"/variable", named{"CHANNEL(musicclass)", class}, nil); err != nil {
				return err
			}
			b.setClass(leg, class)
		}
		err := c.listenIn(id, leg)
		if code(err) == http.StatusNotFound { // the bridge is that of an Asterisk which was started anew since, or somebody has deleted it
			if err = b.makeHolding(c, id); err == nil {
				err = c.listenIn(id, leg)
			}
		}
		switch {
		case err == nil:
			b.setMusic(leg, music{in: id})
		case code(err) == http.StatusBadRequest: // "Channel not found"
			err = fmt.Errorf("%w (%w)", telephony.ErrGone, err)
		}
		return err
	})
}

// forgetIfGone strikes out what was noted of the music of a leg that has ended meanwhile: nobody would any more.
func (s *Switch) forgetIfGone(leg telephony.LegID) {
	if !s.registry.knows(leg) {
		s.bridges.left(s.registry.callOf(leg), leg)
	}
}

// listenIn puts a leg into a holding bridge. The error is errNoBridge where there is none.
func (c *client) listenIn(id telephony.BridgeID, leg telephony.LegID) error {
	return ofBridge(c.request(http.MethodPost, "/bridges/"+string(id)+"/addChannel", comingToListen{string(leg), "holding_participant"}, nil))
}

// comingToListen is how ARI takes a channel that is to hear the music of a holding bridge. Without the role it hears silence there.
type comingToListen struct {
	Channel string `json:"channel"`
	Role    string `json:"role"`
}

// makeHolding makes a holding bridge where there is none. That it cannot be made is no caller's end.
func (b *bridges) makeHolding(c *client, id telephony.BridgeID) error {
	err := c.request(http.MethodPost, "/bridges/"+string(id), fresh{"holding", b.app}, nil)
	if code(err) != 0 {
		var there bridge // which another call has made in the same moment, or a Hotline before
		switch looked := c.request(http.MethodGet, "/bridges/"+string(id), nil, &there); {
		case looked != nil && code(looked) == 0:
			return looked // of one that Asterisk has nobody was told, for Hotline stops, or the connection is lost
		case looked != nil || !isHolding(b.app, &there):
			return fmt.Errorf("make %s: %s", id, err) // without its code, which says of a leg that it is gone
		}
		err = nil
	}
	if err == nil {
		b.findHolding(id)
	}
	return err
}

func (b *bridges) knowsHolding(id telephony.BridgeID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.holding[id]
}

// findHolding notes a holding bridge that is there, and who was found in it.
func (b *bridges) findHolding(id telephony.BridgeID, legs ...telephony.LegID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.holding[id] = true
	for _, leg := range legs {
		b.music[leg] = music{in: id}
		b.classes[leg] = strings.TrimPrefix(string(id), b.app+holdingMark)
	}
}

func (b *bridges) musicOf(leg telephony.LegID) music {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.music[leg]
}

func (b *bridges) setMusic(leg telephony.LegID, m music) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.music[leg] = m
}

// musicBegins notes that this Hotline has begun music of a leg's own.
func (b *bridges) musicBegins(leg telephony.LegID) { b.setMusic(leg, music{begun: true}) }

// musicEnds is what was known of the music that a leg may have, and notes that it ends.
func (b *bridges) musicEnds(leg telephony.LegID) (was music) {
	b.mu.Lock()
	defer b.mu.Unlock()
	was = b.music[leg]
	if !was.found { // that does not end with music
		delete(b.music, leg)
	}
	return was
}

// classOf is the class of music that a channel was told of.
func (b *bridges) classOf(leg telephony.LegID) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if class := b.classes[leg]; class != "" {
		return class
	}
	return usualMusic
}

func (b *bridges) setClass(leg telephony.LegID, class string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.classes[leg] = class
}

// named is how ARI takes a variable.
type named struct {
	Name  string `json:"variable"`
	Value string `json:"value,omitempty"`
}

// isSilent reports whether a leg is a caller's to which nothing is played.
func (r *registry) isSilent(id telephony.LegID) bool {
	r.mu.Lock()
	l := r.legs[id]
	r.mu.Unlock()
	return l != nil && l.kind == callerLeg && !r.hearsSomething(id)
}
