package asterisk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/CyCoreSystems/ari/v5"

	"hotline/telephony"
)

// eventsInUse are the types of events that are used here. They are the event filter, so that Asterisk does not send the others.
var eventsInUse = []string{
	ari.Events.ApplicationReplaced,
	ari.Events.StasisStart, ari.Events.StasisEnd,
	ari.Events.ChannelStateChange, ari.Events.ChannelHangupRequest, ari.Events.ChannelDestroyed, ari.Events.ChannelDtmfReceived,
	ari.Events.PlaybackFinished, ari.Events.RecordingFinished, ari.Events.RecordingFailed,
	ari.Events.DeviceStateChanged, ari.Events.Dial, ari.Events.ChannelHold, ari.Events.ChannelUnhold,
}

// setFilter has Asterisk send only the events that are used, which spares Hotline a third of its work.
func (r *requests) setFilter(ctx context.Context) error {
	type named struct {
		Type string `json:"type"`
	}
	var filter struct {
		Allowed []named `json:"allowed"`
	}
	for _, kind := range eventsInUse {
		filter.Allowed = append(filter.Allowed, named{kind})
	}
	return r.do(ctx, "", "set the event filter", func(c *client) error {
		return c.request(http.MethodPut, "/applications/"+r.opt.App+"/eventFilter", filter, nil)
	})
}

// receive takes one frame of the events socket. It never blocks. Its error ends the connection.
func (s *Switch) receive(frame []byte) error {
	s.turning.Lock()
	defer s.turning.Unlock()
	s.count.add(events, 1)
	event, response, err := decode(frame)
	if err != nil {
		s.skip(frame)
		return nil
	}
	switch e := event.(type) {
	case *ari.ChannelDestroyed:
		s.registry.legDestroyed(telephony.LegID(e.Channel.ID), ending{response, e.Cause})
		s.bridges.gone(telephony.LegID(e.Channel.ID))
	case *ari.ChannelHangupRequest:
		if lost(e, response) {
			s.registry.legLost(telephony.LegID(e.Channel.ID))
		}
		if stops(e) {
			s.registry.callBroken(telephony.LegID(e.Channel.ID))
		}
	default:
		return s.heed(event)
	}
	return nil
}

// decode reads an event, and in one of the end of a channel the response of the network.
func decode(frame []byte) (event ari.Event, response int, err error) {
	if event, response, ok := quick(frame); ok {
		return event, response, nil
	}
	if event, err = ari.DecodeEvent(frame); err != nil {
		return nil, 0, err
	}
	switch event.(type) {
	case *ari.ChannelDestroyed, *ari.ChannelHangupRequest:
		response = responseIn(frame)
	}
	return event, response, nil
}

// responseIn is the response of the network in an event of the end of a channel, which the library's types lack; 0 where it says none.
func responseIn(frame []byte) int {
	var more struct {
		Response int `json:"tech_cause"`
	}
	_ = json.Unmarshal(frame, &more) // it was read as an event before
	return more.Response
}

// skip counts what is not understood. Asterisk has more event types than the library knows, and will have more.
func (s *Switch) skip(frame []byte) {
	var kind ari.Message
	if json.Unmarshal(frame, &kind) != nil || kind.Type == "" {
		s.count.add(malformed, 1)
		return
	}
	if s.count.unknown(kind.Type) {
		s.log.Debug("Asterisk sent an event of an unknown type, which is skipped", "type", kind.Type)
	}
}

func (s *Switch) heed(event ari.Event) error {
	switch e := event.(type) {
	case *ari.ApplicationReplaced:
		if e.Application == s.opt.mark() {
			return errOutrun
		}
		return ErrReplaced
	case *ari.StasisStart:
		s.entered(e)
	case *ari.StasisEnd:
		// StasisEnd comes for each channel, ChannelDestroyed only for those that we have made. No channel leaves Stasis alive.
		s.registry.legLeft(telephony.LegID(e.Channel.ID))
		s.bridges.gone(telephony.LegID(e.Channel.ID))
	case *ari.Dial:
		s.dialled(e)
	case *ari.ChannelStateChange:
		switch e.Channel.State {
		case "Ringing":
			s.registry.legRings(telephony.LegID(e.Channel.ID))
		case "Up":
			s.registry.legUp(telephony.LegID(e.Channel.ID))
		}
	case *ari.ChannelDtmfReceived:
		if len(e.Digit) == 1 {
			s.typed(telephony.LegID(e.Channel.ID), e)
		}
	case *ari.ChannelHold:
		s.registry.legHolds(telephony.LegID(e.Channel.ID), true)
	case *ari.ChannelUnhold:
		s.registry.legHolds(telephony.LegID(e.Channel.ID), false)
	case *ari.PlaybackFinished:
		var failed error
		if e.Playback.State == "failed" {
			failed = errors.New("not played: see the log of Asterisk, or `hotline doctor`, for missing sounds")
		}
		s.registry.mediaEnded(telephony.MediaID{Kind: telephony.Playback, Name: e.Playback.ID}, failed)
	case *ari.RecordingFinished:
		s.registry.mediaEnded(telephony.MediaID{Kind: telephony.RecordingOf, Name: e.Recording.Name}, nil)
	case *ari.RecordingFailed:
		s.registry.mediaEnded(telephony.MediaID{Kind: telephony.RecordingOf, Name: e.Recording.Name},
			fmt.Errorf("recording failed: %s", e.Recording.Cause))
	case *ari.DeviceStateChanged:
		s.phones.changed(e.DeviceState)
	}
	return nil // Other types come before the filter is set.
}

// dialled takes what Asterisk says of a channel while it is dialled.
func (s *Switch) dialled(e *ari.Dial) {
	id := telephony.LegID(e.Peer.ID)
	switch {
	case e.Forward != "":
		if s.registry.legForwards(id) {
			s.log.Warn("a phone forwards its calls, which is not followed", "leg", id)
		}
		s.dismiss(telephony.LegID(e.Forwarded.ID)) // There is one only where what the phone named is more than a number.
	case e.Dialstatus == "PROGRESS":
		s.registry.legRings(id)
	}
}

// entered takes a channel that has come into the application: a phone's that we are about to dial, another leg that we dialled and that was
// picked up, an ear, a caller, or a stranger.
func (s *Switch) entered(e *ari.StasisStart) {
	id := telephony.LegID(e.Channel.ID)
	if whose, own := owner(e.Channel.ID); own {
		if s.registry.knows(id) {
			s.registry.legEntered(id, e.Channel.State)
		} else {
			// It was made or picked up in the instant in which its call ended.
			s.count.add(sweptChannels, 1)
			s.errand(func(ctx context.Context) { _ = s.requests.hangup(ctx, whose, id, telephony.CauseNormal) })
		}
		return
	}
	if !isCaller(e) {
		s.stranger(e)
		return
	}
	at := time.Now()
	if t := e.Channel.GetCreationtime(); t != nil {
		at = time.Unix(t.Seconds, int64(t.Nanos))
	}
	a := s.opt.arrival(id, at, e.Args, e.Channel.GetCaller(), e.Channel.GetDialplan().GetExten())
	a.Address = addressIn(e.Args)
	var first func(context.Context, *telephony.Call)
	if !heedPrivacy(&a, e.Args) && showsAnything(a) {
		s.unsaid.Do(func() {
			s.log.Warn("the dialplan does not say in the third argument of Stasis() whether callers withhold their number, so each call waits until Asterisk was asked: deploy/asterisk/extensions.conf.tmpl shows how it says so")
		})
		first = func(ctx context.Context, c *telephony.Call) {
			s.requests.askPrivacy(ctx, s.log, &a)
			c.Amend(a)
		}
	}
	s.serving.arrive(a, first)
}

// addressIn is where a caller's signalling comes from: the dialplan says it in the second argument of Stasis(), as
// CHANNEL(pjsip,remote_addr) has it, with a port. It is the zero one where the dialplan does not.
func addressIn(args []string) netip.Addr {
	if len(args) < 2 {
		return netip.Addr{}
	}
	if at, err := netip.ParseAddrPort(args[1]); err == nil {
		return at.Addr()
	}
	at, _ := netip.ParseAddr(strings.Trim(args[1], "[]"))
	return at
}

// typed takes a digit, and ends the recordings that it is to end.
func (s *Switch) typed(leg telephony.LegID, e *ari.ChannelDtmfReceived) {
	at := time.Time(e.Timestamp)
	if at.IsZero() {
		at = time.Now()
	}
	for _, id := range s.registry.legTyped(leg, key{e.Digit[0], at, time.Duration(e.DurationMs) * time.Millisecond}) {
		s.errand(func(ctx context.Context) { _ = s.Stop(ctx, leg, id) }) // ErrGone says that it has just ended.
	}
}

// unquoted undoes SIP's quoting of a name (RFC 3261, 25.1: quoted-pair), which Asterisk passes on.
var unquoted = strings.NewReplacer(`\"`, `"`, `\\`, `\`)

// arrival is who calls whom, as a caller's channel and the arguments of Stasis() say.
func (o Options) arrival(id telephony.LegID, made time.Time, args []string, caller *ari.CallerID, dialled string) telephony.Arrival {
	a := telephony.Arrival{
		ID:   callID(o.Node, string(id), madeIn(args, made)),
		Node: o.Node,
		Leg:  id,
		From: o.Hotline.ParseCaller(caller.GetNumber()),
		Name: unquoted.Replace(caller.GetName()),
		To:   o.Hotline.ParseNumber(dialled),
		At:   made,
	}
	a.Ours = a.From.Key() == "" && o.Hotline.ParseNumber(caller.GetNumber()).Key() != "" // nobody is meant by the line's own number alone
	return a
}

// errand runs something in a goroutine of its own, for the reader of events, which must not wait for a reply.
func (s *Switch) errand(do func(ctx context.Context)) {
	s.errands.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), s.opt.Deadline)
		defer cancel()
		do(ctx)
	})
}

// lost reports whether a channel is to end because its phone was not heard of any more. Where nothing has come over RTP for too long
// (rtp_timeout), Asterisk hangs it up itself, with a flag for a cause: no other part of it hangs up so. Where the phone does not
// answer within a session (RFC 4028), or the other side says so, the cause is one of Q.850: no response, or a timer that ran out. A phone that
// was started anew meanwhile, and was asked within the session, knows of no call: 481.
func lost(e *ari.ChannelHangupRequest, response int) bool {
	const byDevice = 1 // AST_SOFTHANGUP_DEV
	if e.Soft {
		return e.Cause == byDevice
	}
	return e.Cause == 18 || e.Cause == 102 || response == 408 || response == 481
}

// stops reports whether a channel is to end because Asterisk was told to stop or to start anew at once, and lets nobody finish: again a flag.
func stops(e *ari.ChannelHangupRequest) bool {
	const byShutdown = 4 // AST_SOFTHANGUP_SHUTDOWN
	return e.Soft && e.Cause == byShutdown
}

// reasonOf is the word that ARI has for a cause when it is asked to hang up.
func reasonOf(cause telephony.Cause) string {
	switch cause {
	case telephony.CauseBusy:
		return "busy"
	case telephony.CauseNoAnswer:
		return "no_answer"
	case telephony.CauseDeclined:
		return "rejected"
	case telephony.CauseUnreachable:
		return "unallocated"
	case telephony.CauseCongestion:
		return "congestion"
	default:
		return "normal"
	}
}
