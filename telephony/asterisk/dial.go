package asterisk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/CyCoreSystems/ari/v5"

	"hotline/telephony"
)

// ringSpare is how much longer than asked for Asterisk lets a phone ring. The call's own timer ends the ringing;
// Asterisk's is for the case that Hotline dies meanwhile.
const ringSpare = 3 * time.Second

// noForwarding is a context of the dialplan that there must not be. A phone that answers 3xx makes Asterisk call Local/TARGET@CONTEXT
// instead, where CONTEXT is FORWARD_CONTEXT: nothing is found there, so that a phone's forwarding is never followed.
const noForwarding = "hotline-does-not-forward"

// Dial implements telephony.Driver.
//
// A phone's channel is made within the application, and dialled there (create): whoever picks up while there is no Hotline stays in it, and the next one
// finds them. So is that of a customer whom we call. Another number outside Asterisk originates, which takes one request, and enters the application when it is picked up: where there is none then, it is
// cut off. Either way the caller's number is on the phone from the first INVITE, Asterisk itself limits the ringing, and it sends the events of the
// channel from its making on:
//
//	ChannelStateChange Ringing → LegRinging
//	Dial PROGRESS              → LegRinging: the phone sends sound before it is answered (183)
//	another 1xx (see listen)   → LegRinging
//	Dial with a forward        → LegEnded, CauseForwards: it is not followed
//	ChannelStateChange Up      → LegAnswered, of a phone or a customer: from now on it can be bridged
//	StasisStart                → LegAnswered, of another number outside
//	ChannelDestroyed, its cause → LegEnded
//
// Asterisk tells of a 183 when it comes to read it, and forgets it where the phone refuses the call before that, some milliseconds later. The call takes
// it for refused at once then, which it was: nobody can have heard anything, or pressed a key.
func (s *Switch) Dial(ctx context.Context, d telephony.Dial) error {
	what := "dial leg " + string(d.Leg) // what is dialled may be a customer's number, which is nobody's business in a log
	endpoint, err := s.endpoint(d.To)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if !fitsPath(string(d.Leg)) {
		return fmt.Errorf("%s: %q is no name for a leg", what, d.Leg)
	}
	if d.Timeout <= 0 {
		d.Timeout = time.Minute
	}
	l := &leg{id: d.Leg, kind: dialledLeg}
	if id, is := strings.CutPrefix(string(d.To), "phone:"); is {
		l.phone, l.unjudged, l.entered = id, !s.phones.judged(id), make(chan struct{})
	}
	if d.Leg == telephony.CustomersLeg(d.Call) {
		l.entered = make(chan struct{})
	}
	l, err = s.registry.expect(d.Call, l)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	order := ari.OriginateRequest{
		Endpoint:  endpoint,
		Timeout:   int((d.Timeout + ringSpare + time.Second - 1) / time.Second),
		CallerID:  callerID(d.From, d.Name),
		App:       s.opt.App,
		AppArgs:   dialledArg,
		Variables: s.variables(d),
		ChannelID: string(d.Leg),
		// The codecs are the caller's, so that nothing is transcoded.
		Originator: s.registry.originator(l),
	}
	switch {
	case d.Mark == "":
	case rides(order.Originator) && !s.registry.wasHeard(l):
		order.Variables["MASTER_CHANNEL("+noteVariable+")"] = written(d.Mark)
		order.Variables["MASTER_CHANNEL("+typedVariable+")"] = noKeys
	default:
		if err := s.Mark(ctx, telephony.LegID(order.Originator), telephony.Mark{Note: d.Mark}); err != nil {
			if ctx.Err() != nil {
				s.registry.unexpect(l)
				return fmt.Errorf("%s: %w", what, err)
			}
			// The caller is not kept from everybody for a note that only a restart reads.
			s.log.Error("a phone is dialled without its note on the caller's leg", "call", d.Call, "err", err)
			if d.Unnoted != nil {
				d.Unnoted()
			}
		}
	}
	var made struct {
		Name string `json:"name"`
	}
	var already channel // where it was dialled before the connection was lost
	err = s.requests.insist(ctx, d.Call, what, func(c *client) error {
		if l.entered != nil {
			return s.create(c, l, order, d, &made.Name, &already)
		}
		if err := d.AwaitReady(ctx); err != nil {
			return err
		}
		err := c.request(http.MethodPost, "/channels", order, &made)
		if c.again && code(err) == http.StatusConflict { // of its name there is one already: the first time was enough
			err = c.request(http.MethodGet, "/channels/"+string(d.Leg), nil, &already)
		}
		return err
	})
	if err != nil {
		return s.notDialled(l, what, made.Name != "", err)
	}
	s.registry.confirm(l, time.Now().Add(d.Timeout))
	if already.State == "Up" && already.inStasis(s.opt.App) {
		s.registry.legAnswered(l.id) // in the gap
	}
	if l.phone != "" && made.Name != "" {
		s.listen(l, made.Name)
	}
	return nil
}

// create makes the channel of a phone or a customer within the application, and dials it when it may ring.
func (s *Switch) create(c *client, l *leg, o ari.OriginateRequest, d telephony.Dial, name *string, already *channel) error {
	at := "/channels/" + o.ChannelID
	var made channel
	err := c.request(http.MethodPost, "/channels/create", ari.OriginateRequest{
		Endpoint: o.Endpoint, App: o.App, AppArgs: o.AppArgs, ChannelID: o.ChannelID, Originator: o.Originator, Variables: o.Variables,
	}, &made)
	if c.again && code(err) == http.StatusConflict { // of its name there is one already: the first time was enough
		err = c.request(http.MethodGet, at, nil, &made)
		*already = made
	}
	*name = made.Name
	if err != nil || c.again && made.State != "" && made.State != "Down" {
		return err
	}
	if err := d.AwaitReady(c.ctx); err != nil {
		return err
	}
	entered := l.entered
	for range entersTries { // before it has entered, Asterisk does not dial it: "Channel not in Stasis application"
		select {
		case <-entered:
			entered = nil
		case <-time.After(entersWithin): // of which the event may come later
		case <-c.ctx.Done():
			return context.Cause(c.ctx)
		}
		err = c.request(http.MethodPost, at+"/dial?timeout="+strconv.Itoa(o.Timeout), nil, nil)
		if code(err) != http.StatusConflict || !strings.Contains(err.Error(), "Stasis") {
			return err
		}
	}
	return err
}

// A channel that was made is in the application within some milliseconds; it is tried to dial it for two seconds.
const (
	entersWithin = 100 * time.Millisecond
	entersTries  = 20
)

// The ways in which a number outside is told the one that From does not show (Options.Beside).
const (
	Diversion = "diversion" // in the header Diversion (RFC 5806), as of a call that was forwarded
	Asserted  = "asserted"  // in the header P-Asserted-Identity (RFC 3325)
	Untold    = "none"
)

// variables are those of a channel that is dialled. Asterisk sets them before it sends the INVITE.
func (s *Switch) variables(d telephony.Dial) map[string]string {
	all := map[string]string{"FORWARD_CONTEXT": noForwarding}
	if d.Note != "" {
		all[noteVariable] = written(d.Note)
	}
	if strings.HasPrefix(string(d.To), "phone:") || d.Leg == telephony.CustomersLeg(d.Call) {
		name, number := shown(d.From, d.Name)
		for _, of := range []string{"CALLERID(%s)", "CONNECTEDLINE(%s,i)"} {
			all[fmt.Sprintf(of, "num")], all[fmt.Sprintf(of, "name")] = number, name
		}
	}
	number := d.Beside.Key()
	if d.Beside.Kind != telephony.Full || !dialable(number) || !strings.HasPrefix(string(d.To), "number:") {
		return all
	}
	switch s.opt.Beside {
	case Diversion:
		// Asterisk makes the header of these, with the host of From, unless the endpoint says send_diversion=no. Without a count it makes none.
		all["REDIRECTING(from-num)"], all["REDIRECTING(reason)"], all["REDIRECTING(count)"] = number, "cfu", "1"
	case Asserted:
		all["PJSIP_HEADER(add,P-Asserted-Identity)"] = "<tel:" + number + ">"
	}
	return all
}

// rides reports whether the note on a caller can be written by the dialling of a leg for them: as a variable of their channel, which is the master of the new one. It
// is so of those who have called us: their channel is older than all that ever come into a bridge with it. Of a supervisor's ear, which is not dialled for them, that is not sure:
// see wasHeard.
func rides(originator string) bool {
	_, own := owner(originator)
	return originator != "" && !own
}

// listensEvery is how often it is asked what a phone says that does not ring.
const listensEvery = time.Second

// listen finds out what Asterisk sends no event of: that a phone has said something else than that it rings, such as 182 where a second call waits
// for its owner (RFC 3261, 21.1). It is there, and rings in its own way. Asterisk keeps the last response of each channel. The 100 before all
// others says nothing: it may come of a proxy.
func (s *Switch) listen(l *leg, channel string) {
	time.AfterFunc(listensEvery, func() {
		if !s.registry.silent(l) {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), s.opt.Deadline)
		defer cancel()
		var last struct{ Value string } // "SIP 182 Queued"
		err := s.requests.do(ctx, l.of.ID(), "ask what "+string(l.id)+" has said", func(c *client) error {
			return c.request(http.MethodGet, "/channels/"+string(l.id)+"/variable?variable="+url.QueryEscape("HANGUPCAUSE("+channel+",tech)"), nil, &last)
		})
		said, _ := strings.CutPrefix(last.Value, "SIP ")
		switch {
		case err == nil && strings.HasPrefix(said, "1") && !strings.HasPrefix(said, "100"):
			s.registry.legRings(l.id)
		case s.life.connected():
			s.listen(l, channel)
		}
	})
}

// notDialled does what follows for a leg and its call when Asterisk did not say that it makes the channel. Its error is Dial's:
// nil where the call is told that the leg has ended. A channel that was made, and not dialled then, is hung up: here where the call takes its leg for ended, otherwise by the call.
func (s *Switch) notDialled(l *leg, what string, made bool, err error) error {
	switch code(err) {
	case 0:
		s.abandon(l)
		return err
	case http.StatusBadRequest, http.StatusInternalServerError:
		if strings.Contains(err.Error(), "riginator") { // "Provided originator channel was not found."
			s.registry.unexpect(l)
			s.registry.legEnded(l.of.caller, telephony.CauseNormal)
			return fmt.Errorf("%s: %w", what, telephony.ErrGone)
		}
		// Asterisk says "Endpoint not found" of a phone that does not exist, and "Allocation failed" of one that is not registered.
		s.registry.legEnded(l.id, telephony.CauseUnreachable)
		if made {
			s.abandon(l)
		}
		return nil
	default:
		s.registry.unexpect(l)
		return err
	}
}

// abandon gives up a leg of which nobody knows whether Asterisk has made it.
func (s *Switch) abandon(l *leg) {
	s.registry.unexpect(l)
	s.errand(func(ctx context.Context) { _ = s.requests.hangup(ctx, l.of.ID(), l.id, telephony.CauseNormal) })
}

// endpoint is where Asterisk finds an address.
func (s *Switch) endpoint(to telephony.Address) (string, error) {
	kind, name, _ := strings.Cut(string(to), ":")
	switch {
	case kind == "phone" && fitsPath(name):
		return "PJSIP/" + name, nil
	case kind == "number" && dialable(name):
		return strings.ReplaceAll(s.opt.OutboundFormat, "%s", name), nil
	}
	return "", errors.New(`want "phone:<id>" or "number:<digits>"`)
}

// EndpointOf names the endpoint at which numbers are dialled by an outbound format (Options.OutboundFormat), as GET
// /endpoints/{tech}/{resource} of ARI has it: trunk in "PJSIP/%s@trunk" and in "PJSIP/trunk/sip:%s@host". Where the format
// gives no address, the endpoint must have a contact of its own. It is not ok where Asterisk keeps no list of what the format dials:
// another technology, such as Local, or an endpoint that is the number.
func EndpointOf(format string) (tech, resource string, address, ok bool) {
	tech, rest, _ := strings.Cut(format, "/")
	endpoint, uri, address := strings.Cut(rest, "/")
	endpoint = endpoint[strings.Index(endpoint, "@")+1:]
	ok = tech == "PJSIP" && endpoint != "" && !strings.Contains(endpoint, "%s")
	return tech, endpoint, address && uri != "", ok
}

// dialable reports whether a number can be put into a dial string: nothing in it can be syntax.
func dialable(number string) bool {
	digits := strings.TrimPrefix(number, "+")
	return digits != "" && len(digits) <= 32 && strings.Trim(digits, "0123456789*#") == ""
}

// nameLimit is how many bytes fit on a phone's display, and into the 79 that Asterisk takes.
const nameLimit = 60

// callerID is what the phone shows, in the form `"name" <number>`. The name comes from a stranger: what could be
// syntax of SIP or of Asterisk, is not to be seen, or turns the text around, is left out.
func callerID(from telephony.Number, name string) string {
	name, number := shown(from, name)
	return `"` + name + `" <` + number + `>`
}

// shown is a name and a number as a phone may show them.
func shown(from telephony.Number, name string) (_, number string) {
	var b strings.Builder
	for _, r := range name {
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`"\<>`, r) {
			continue
		}
		if !unicode.IsPrint(r) {
			r = ' '
		}
		if b.Len()+utf8.RuneLen(r) > nameLimit {
			break
		}
		b.WriteRune(r)
	}
	number = from.Key()
	if !dialable(number) {
		number = "anonymous"
	}
	return cmp.Or(strings.TrimSpace(b.String()), number), number
}
