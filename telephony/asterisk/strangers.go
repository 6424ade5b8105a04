package asterisk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/CyCoreSystems/ari/v5"
	"github.com/google/uuid"

	"hotline/telephony"
)

// OnlyPhones says which phones there may be, of those that this or an earlier Hotline has provisioned. Asterisk keeps phones while
// Hotline is away: those of people who have gone meanwhile are taken away with the next connection, or at once where there is one.
func (s *Switch) OnlyPhones(ctx context.Context, ids []string) {
	ps := s.phones
	ps.mu.Lock()
	ps.only = make(map[string]bool)
	for _, id := range ids {
		ps.only[id] = true
	}
	ps.mu.Unlock()
	if ps.life.connected() {
		ps.takeStrangers(ctx)
	}
}

// takeStrangers takes away the phones that may not be there.
func (ps *phones) takeStrangers(ctx context.Context) {
	ps.mu.Lock()
	asked := ps.only != nil
	ps.mu.Unlock()
	if !asked {
		return
	}
	var there []ari.EndpointData
	err := ps.requests.do(ctx, "", "list the phones", func(c *client) error {
		return c.request(http.MethodGet, "/endpoints/PJSIP", nil, &there)
	})
	for _, e := range there {
		ps.mu.Lock()
		stranger := !ps.only[e.Resource] && ps.known[e.Resource] == nil && fitsPath(e.Resource)
		ps.mu.Unlock()
		if !stranger {
			continue
		}
		ours, lookErr := ps.isOurs(ctx, e.Resource)
		if lookErr == nil && ours {
			lookErr = ps.unprovision(ctx, e.Resource)
			ps.log.Info("a phone of somebody who is no longer in the configuration is taken away", "phone", e.Resource, "err", lookErr)
		}
		err = errors.Join(err, lookErr)
	}
	if err != nil && ctx.Err() == nil {
		ps.log.Error("phones that should not be in Asterisk any more may be there still", "err", err)
	}
}

// isOurs says whether an endpoint looks like one that a Hotline has provisioned: see sections. One that stands in a file
// of Asterisk's, Asterisk does not let us delete. A Hotline that is another application of the same Asterisk has phones of its own.
func (ps *phones) isOurs(ctx context.Context, id string) (bool, error) {
	var fields []ari.ConfigTuple
	err := ps.requests.do(ctx, telephony.CallID(id), "look at phone "+id, func(c *client) error {
		return c.request(http.MethodGet, configOf("endpoint", id), nil, &fields)
	})
	if code(err) == http.StatusNotFound {
		return false, nil // it has gone, or is kept elsewhere
	}
	has := func(name, value string) bool {
		return slices.Contains(fields, ari.ConfigTuple{Attribute: name, Value: value})
	}
	anothers := slices.ContainsFunc(fields, func(f ari.ConfigTuple) bool {
		return f.Attribute == "accountcode" && f.Value != "" && f.Value != ps.opt.App // older versions have said nothing there
	})
	return has("context", ps.opt.PhoneContext) && has("aors", id) && has("auth", id) && !anothers, err
}

// Renew is Provision with another secret, for a phone that may be registered with the one before: that registration ends, and the
// phone is called again when it has registered with this one. Calls that it is in go on.
func (s *Switch) Renew(ctx context.Context, p telephony.Phone) error {
	if err := s.phones.provision(ctx, p); err != nil || !s.phones.life.connected() {
		return err
	}
	// The phone itself stays: Asterisk may lose one that is taken away and made again in the same moment.
	return s.phones.requests.do(ctx, telephony.CallID(p.ID), "end the registrations of phone "+p.ID, func(c *client) error {
		return s.phones.endRegistrations(c, p.ID)
	})
}

// take removes a phone's sections from Asterisk, and its registrations, by which it would be called if it were provisioned anew.
func (ps *phones) take(ctx context.Context, p *phone) error {
	ps.changing.Lock()
	defer ps.changing.Unlock()
	ps.mu.Lock()
	anew := ps.known[p.ID] != p
	ps.mu.Unlock()
	if anew {
		return nil
	}
	err := ps.requests.do(ctx, telephony.CallID(p.ID), "remove phone "+p.ID, func(c *client) error {
		failed := ps.endRegistrations(c, p.ID)
		for _, kind := range []string{"endpoint", "auth", "aor"} {
			failed = errors.Join(failed, remove(c, kind, p.ID))
		}
		err := c.unsubscribe(ps.opt.App, "deviceState:"+deviceOf(p.ID))
		if err != nil && code(err) == 0 {
			failed = errors.Join(failed, err) // Otherwise there was no subscription.
		}
		return failed
	})
	if err != nil {
		return err
	}
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.known[p.ID] == p { // Otherwise it has been provisioned anew meanwhile.
		delete(ps.known, p.ID)
	}
	return nil
}

// remove deletes one of Asterisk's sections; one that is not there is no error.
func remove(c *client, kind, id string) error {
	err := c.request(http.MethodDelete, configOf(kind, id), nil, nil)
	if err != nil && code(err) != http.StatusNotFound {
		return fmt.Errorf("%s: %w", kind, err)
	}
	return nil
}

// endRegistrations makes Asterisk forget where a phone is.
func (ps *phones) endRegistrations(c *client, id string) (err error) {
	for _, contact := range ps.registrations(c, id) {
		err = errors.Join(err, remove(c, "contact", contact))
	}
	return err
}

// registrations are the names under which Asterisk keeps where a phone is. Only a channel can be asked for them: one is made for
// that, which is not dialled. It is none to the phone: when such a one ended later than the phone, Asterisk showed the phone for ever.
func (ps *phones) registrations(c *client, id string) []string {
	channel := uuid.Must(uuid.NewV7()).String() + ".registrations" // what is forgotten of it is swept
	create := "/channels/create?endpoint=Local/registrations@" + ps.opt.PhoneContext + "&app=" + ps.requests.sockets.app() + "&channelId=" + channel
	if err := c.request(http.MethodPost, create, nil, nil); err != nil {
		ps.log.Warn("where a phone is registered cannot be asked: it stays so until its registration lapses", "phone", id, "err", err)
		return nil
	}
	defer func() { _ = c.request(http.MethodDelete, "/channels/"+channel, nil, nil) }()
	var found struct {
		Value string `json:"value"`
	}
	err := c.request(http.MethodGet, "/channels/"+channel+"/variable?variable=PJSIP_AOR("+id+",contact)", nil, &found)
	if err != nil {
		if code(err) == http.StatusInternalServerError {
			return nil // Asterisk has no such phone
		}
		ps.log.Warn("where a phone is registered cannot be asked: it stays so until its registration lapses", "phone", id, "err", err)
		return nil
	}
	return strings.FieldsFunc(found.Value, func(r rune) bool { return r == ',' })
}
