package asterisk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/CyCoreSystems/ari/v5"

	"hotline/telephony"
)

// phone is a SIP phone of an agent. Asterisk keeps it in memory only, so it is pushed again after each start of Asterisk. The
// fields are guarded by Switch.mu.
type phone struct {
	telephony.Phone
	pushed    string // the start of Asterisk that has it; "" where none has
	removed   bool   // it is to be taken away as soon as there is a connection
	reachable bool
}

// pushers bounds how many phones are pushed at once.
const pushers = 8

// Provision makes a phone known to Asterisk: from now on it can register, and be dialled as "phone:<id>". It is remembered, and
// pushed again when Asterisk has restarted. Where there is no connection now, it is pushed with the next, and the error is nil.
func (s *Switch) Provision(ctx context.Context, p telephony.Phone) error {
	if !fitsPath(p.ID) || strings.Contains(p.ID, ".") {
		return fmt.Errorf("phone %q: want letters, digits, - and _ in its id", p.ID)
	}
	if p.Secret == "" || strings.ContainsAny(p.Secret, "\r\n") {
		return fmt.Errorf("phone %s: no secret, or one with a line break", p.ID)
	}
	s.mu.Lock()
	known := s.phones[p.ID]
	fresh := &phone{Phone: p}
	if known != nil {
		fresh.reachable = known.reachable
	}
	s.phones[p.ID] = fresh
	start := s.start
	online := s.stage == connected
	s.mu.Unlock()
	if !online {
		return nil
	}
	return s.push(ctx, fresh, start)
}

// Unprovision takes a phone away. Calls that it is in go on.
func (s *Switch) Unprovision(ctx context.Context, id string) error {
	s.mu.Lock()
	p := s.phones[id]
	if p == nil {
		s.mu.Unlock()
		return nil
	}
	p.removed = true
	online := s.stage == connected
	s.mu.Unlock()
	s.setReachable(id, false)
	if !online {
		return nil // The next connection takes it away.
	}
	return s.take(ctx, p)
}

// PhoneReachable reports whether a phone is registered and answers.
func (s *Switch) PhoneReachable(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.phones[id]
	return p != nil && p.reachable && !p.removed
}

// pushPhones makes Asterisk agree with what was provisioned, several phones at once: with all of them where everyone is set,
// otherwise with those that a failure or a moment without connection left behind.
func (s *Switch) pushPhones(ctx context.Context, start string, everyone bool) {
	s.mu.Lock()
	s.start = start
	var all []*phone
	for _, p := range s.phones {
		if everyone || p.removed || p.pushed != start {
			all = append(all, p)
		}
	}
	s.mu.Unlock()
	var (
		work   = make(chan *phone)
		wait   sync.WaitGroup
		mu     sync.Mutex
		failed []error
	)
	for range min(pushers, len(all)) {
		wait.Go(func() {
			for p := range work {
				var err error
				if s.isRemoved(p) {
					err = s.take(ctx, p)
				} else {
					err = s.push(ctx, p, start)
				}
				if err != nil {
					mu.Lock()
					failed = append(failed, err)
					mu.Unlock()
				}
			}
		})
	}
	for _, p := range all {
		work <- p
	}
	close(work)
	wait.Wait()
	if len(failed) > 0 && ctx.Err() == nil {
		s.log.Error("phones could not be provisioned", "phones", len(failed), "of", len(all), "first", failed[0])
	}
}

func (s *Switch) isRemoved(p *phone) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return p.removed
}

// push sends the sections of a phone, unless this start of Asterisk has them, and asks to be told of its state. That is asked
// with each connection, because Asterisk forgets what an application has asked for when its connection ends.
func (s *Switch) push(ctx context.Context, p *phone, start string) error {
	what := "provision phone " + p.ID
	s.mu.Lock()
	has := p.pushed == start && start != ""
	s.mu.Unlock()
	var device ari.DeviceStateData
	err := s.requests.do(ctx, telephony.CallID(p.ID), what, func(c *client) error {
		if !has {
			for _, o := range s.sections(p.Phone) {
				if err := c.request(http.MethodPut, configOf(o.kind, p.ID), ari.ConfigTupleList{Fields: o.fields}, nil); err != nil {
					return fmt.Errorf("%s: %w", o.kind, err)
				}
			}
		}
		if err := c.subscribe(s.opt.App, "deviceState:"+deviceOf(p.ID)); err != nil {
			return fmt.Errorf("its state: %w", err)
		}
		return c.request(http.MethodGet, "/deviceStates/"+url.PathEscape(deviceOf(p.ID)), nil, &device)
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	p.pushed = start
	s.mu.Unlock()
	s.phoneChanged(device)
	return nil
}

// take removes a phone's sections from Asterisk.
func (s *Switch) take(ctx context.Context, p *phone) error {
	err := s.requests.do(ctx, telephony.CallID(p.ID), "remove phone "+p.ID, func(c *client) error {
		var failed error
		for _, kind := range []string{"endpoint", "auth", "aor"} {
			err := c.request(http.MethodDelete, configOf(kind, p.ID), nil, nil)
			if err != nil && code(err) != http.StatusNotFound {
				failed = errors.Join(failed, fmt.Errorf("%s: %w", kind, err))
			}
		}
		err := c.unsubscribe(s.opt.App, "deviceState:"+deviceOf(p.ID))
		if err != nil && code(err) == 0 {
			failed = errors.Join(failed, err) // Otherwise there was no subscription.
		}
		return failed
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phones[p.ID] == p { // Otherwise it has been provisioned anew meanwhile.
		delete(s.phones, p.ID)
	}
	return nil
}

func deviceOf(id string) string { return "PJSIP/" + id }

// configOf is where ARI takes a section of a phone's.
func configOf(kind, id string) string { return "/asterisk/config/dynamic/res_pjsip/" + kind + "/" + id }

// section is one of the three things that make a phone in Asterisk, as a section of pjsip.conf would.
type section struct {
	kind   string
	fields []ari.ConfigTuple
}

// sections are as https://docs.asterisk.org has them under "res_pjsip".
func (s *Switch) sections(p telephony.Phone) []section {
	fields := func(pairs ...string) []ari.ConfigTuple {
		var all []ari.ConfigTuple
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, ari.ConfigTuple{Attribute: pairs[i], Value: pairs[i+1]})
		}
		return all
	}
	// A page that was reloaded registers anew from another port: the old contact must go.
	aor := fields("max_contacts", "1", "remove_existing", "yes")
	if s.opt.Qualify > 0 {
		aor = append(aor, fields("qualify_frequency", strconv.Itoa(max(1, int(s.opt.Qualify/time.Second))), "qualify_timeout", "3")...)
	}
	endpoint := fields(
		"context", s.opt.PhoneContext, "aors", p.ID, "auth", p.ID, "identify_by", "auth_username,username",
		"disallow", "all", "allow", "ulaw,alaw",
		// The conversation's audio stays in Asterisk, where it can be recorded and monitored.
		"direct_media", "no", "rtp_symmetric", "yes", "force_rport", "yes", "rewrite_contact", "yes",
		// Transfers are the desk's; one made by the phone itself would take the call out of our hands.
		"allow_transfer", "no", "allow_subscribe", "no",
	)
	switch {
	case p.WebRTC:
		endpoint = append(endpoint, fields("webrtc", "yes", "dtls_auto_generate_cert", "yes")...)
	case s.opt.MediaAddress != "":
		endpoint = append(endpoint, fields("media_address", s.opt.MediaAddress, "bind_rtp_to_media_address", "yes")...)
	}
	// The address of record goes first, because Asterisk takes note of it a moment later: a phone that registers before that is
	// believed to be there only when it has been asked, which pjsip.conf's max_initial_qualify_time must make soon. The
	// endpoint goes last: it names the others, and without it nobody can register.
	return []section{
		{"aor", aor},
		{"auth", fields("auth_type", "userpass", "username", p.ID, "password", p.Secret)},
		{"endpoint", endpoint},
	}
}

// phoneChanged takes a device's state: Asterisk derives it from registration, from whether the phone answers when
// asked, and from its calls.
func (s *Switch) phoneChanged(device ari.DeviceStateData) {
	id, ok := strings.CutPrefix(device.Name, "PJSIP/")
	if !ok {
		return
	}
	switch device.State {
	case "UNAVAILABLE", "INVALID", "UNKNOWN", "":
		s.setReachable(id, false)
	default:
		s.setReachable(id, true)
	}
}

// setReachable tells Hotline of a change once, and of several in their order.
func (s *Switch) setReachable(id string, reachable bool) {
	s.telling.Lock()
	defer s.telling.Unlock()
	s.mu.Lock()
	p := s.phones[id]
	if p == nil || p.reachable == reachable || p.removed && reachable {
		s.mu.Unlock()
		return
	}
	p.reachable = reachable
	s.mu.Unlock()
	s.opt.Hotline.PhoneChanged(id, reachable)
}
