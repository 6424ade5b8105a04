package asterisk

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/CyCoreSystems/ari/v5"

	"hotline/telephony"
)

// Who enters the application is a caller by the dialplan's word alone, which is Stasis(hotline,line). Everything else is a stranger,
// and hung up: taken for a caller it would get a ticket, be offered to an agent, and never end.
//
//	own name (callID.…)               a leg that we dialled, or an ear
//	callersArg, or no argument        a caller; without an argument not at s,1
//	any other argument                a stranger: what a dialled leg was forwarded to has that leg's arguments
//	Local/…, Snoop/…                  a stranger whatever its arguments: it is one of Asterisk's own, with nobody on it
//	replaces another channel          a stranger: a transfer by SIP, which no phone may make
//
// No argument is what a dialplan of one's own may say. What another program originates into the application says none either, and
// stands at the first step of the extension s, where no caller is who has dialled a number.
const (
	callersArg = "line"    // Stasis(hotline,line), in the dialplan
	dialledArg = "dialled" // of legs that Dial makes
	earArg     = "ear"     // of those that Monitor makes
)

// internal are the kinds of channels with nobody on them: Asterisk makes them for its own purposes.
var internal = []string{
	"Local", "Snoop", "Surrogate", "Announcer", "Recorder", "CBAnn", "CBRec", "Message", "UnicastRTP", "MulticastRTP", "AudioSocket", "WebSocket", "Bridge",
}

// entry is how a channel has come into the application.
type entry struct {
	name      string // "PJSIP/line-00000001"
	arg       string // the first that Stasis was given
	extension string
	step      int64 // of the extension
}

func (e entry) isCallers() bool {
	for _, kind := range internal {
		if strings.HasPrefix(e.name, kind+"/") {
			return false
		}
	}
	switch e.arg {
	case callersArg:
		return true
	case "":
		return e.step != 1 || e.extension != "" && e.extension != "s"
	default:
		return false
	}
}

// isCallers is the same of a channel in Asterisk's list.
func (ch *channel) isCallers(app string) bool {
	_, args, _ := strings.Cut(ch.Dialplan.With, ",")
	arg, _, _ := strings.Cut(args, ",")
	return ch.inStasis(app) && entry{ch.Name, arg, ch.Dialplan.Exten, ch.Dialplan.Step}.isCallers()
}

// isCaller is the same of one that has just come.
func isCaller(e *ari.StasisStart) bool {
	arg := ""
	if len(e.Args) > 0 {
		arg = e.Args[0]
	}
	at := e.Channel.GetDialplan()
	return e.ReplaceChannel.ID == "" && entry{e.Channel.Name, arg, at.GetExten(), int64(at.GetPriority())}.isCallers()
}

// stranger hangs up who has come into the application and is no caller.
func (s *Switch) stranger(e *ari.StasisStart) {
	s.count.add(strangers, 1)
	s.log.Warn("a channel that is no caller came into the application, and is hung up", "channel", e.Channel.ID) // its name may hold a number
	s.dismiss(telephony.LegID(e.Channel.ID))
	if replaced := telephony.LegID(e.ReplaceChannel.ID); replaced != "" && s.registry.knows(replaced) {
		s.bridges.intrudes(replaced) // who took the place may be in the bridge yet
		s.errand(func(ctx context.Context) { s.comesBack(ctx, replaced, telephony.LegID(e.Channel.ID)) })
	}
}

// comesBack puts a leg into its bridge again, out of which somebody came who wanted to be in its place (RFC 3891): Asterisk lets them, whatever
// the endpoint's allow_transfer says, and leaves the leg where it hears nobody. It says so while the leg is on its way out still, so that an order to
// come back may be lost: it is given until the leg is in and the other is not. One that cannot come back is hung up, so that the call is told; one that is
// in stays, however long the other takes to leave, and so does one of which Asterisk does not say where it is.
func (s *Switch) comesBack(ctx context.Context, leg, other telephony.LegID) {
	ctx = context.WithoutCancel(ctx) // a connection that is lost may be away for longer than an errand takes
	id, there := s.bridges.of(leg)
	if id == "" {
		return
	}
	err := s.requests.insist(ctx, there.call, "bring back "+string(leg), func(c *client) error {
		in := bridge{}
		isIn := func(who telephony.LegID) bool { return slices.Contains(in.Legs, string(who)) }
		for range backTries {
			now, there := s.bridges.of(leg)
			if now != id {
				return nil // Hotline wants it elsewhere by now
			}
			ask := func() error { return c.enter(there.name(id), leg) }
			if isIn(leg) { // and the other is, too
				ask = func() error { return c.leave(there.name(id), other) }
			}
			if err := ask(); err != nil {
				return err
			}
			<-time.After(backLooks)
			in = bridge{}
			if err := c.request(http.MethodGet, "/bridges/"+string(there.name(id)), nil, &in); err != nil {
				return err
			}
			if isIn(leg) && !isIn(other) {
				return nil
			}
		}
		if isIn(leg) {
			return nil
		}
		return errors.New("it does not stay there")
	})
	if err == nil || errors.Is(err, errLost) || errors.Is(err, ErrAway) || errors.Is(err, ErrReplaced) {
		return
	}
	if now, there := s.bridges.of(leg); now == id {
		s.log.Warn("a leg whose place in its bridge somebody took could not come back, and is hung up", "leg", leg, "err", err)
		_ = s.requests.hangup(ctx, there.call, leg, telephony.CauseNormal)
	}
}

// It is looked ten times in a second whether it has.
const (
	backLooks = 100 * time.Millisecond
	backTries = 10
)

// dismiss hangs up a channel that is no call's. The sweeper removes what remains.
func (s *Switch) dismiss(id telephony.LegID) {
	if fitsPath(string(id)) {
		s.errand(func(ctx context.Context) { _ = s.requests.hangup(ctx, telephony.CallID(id), id, telephony.CauseNormal) })
	}
}
