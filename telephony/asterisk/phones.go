package asterisk

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/CyCoreSystems/ari/v5"

	"hotline/telephony"
)

// phones are those that were provisioned, and what is known of each: whether Asterisk has it, and whether it is reachable.
type phones struct {
	opt      Options
	log      *slog.Logger
	requests *requests
	life     *life

	telling  sync.Mutex   // one word about a phone at a time; taken before mu
	changing sync.RWMutex // who takes a phone away is alone with Asterisk's sections; taken before mu

	mu    sync.Mutex
	known map[string]*phone // by id
	only  map[string]bool   // the phones that may be in Asterisk besides; nil: nobody has said
	start string            // of the Asterisk to which the last connection was made
}

// phone is a SIP phone of an agent. Asterisk keeps it in memory only, so it is pushed again after each start of Asterisk. The
// fields are guarded by phones.mu.
type phone struct {
	telephony.Phone
	pushed    string // the start of Asterisk that has it; "" where none has
	removed   bool   // it is to be taken away as soon as there is a connection
	reachable bool
	heard     bool // something has come of it in a talk
}

// pushers bounds how many phones are pushed at once.
const pushers = 8

func newPhones(o Options, log *slog.Logger, r *requests, l *life) *phones {
	return &phones{opt: o, log: log, requests: r, life: l, known: make(map[string]*phone)}
}

// Provision makes a phone known to Asterisk: from now on it can register, and be dialled as "phone:<id>". It is remembered, and
// pushed again when Asterisk has restarted. Where there is no connection now, it is pushed with the next, and the error is nil.
func (s *Switch) Provision(ctx context.Context, p telephony.Phone) error {
	return s.phones.provision(ctx, p)
}

// Unprovision takes a phone away, also one that an earlier Hotline has provisioned: it cannot register, dial, or be dialled any more.
// Calls that it is in go on.
func (s *Switch) Unprovision(ctx context.Context, id string) error {
	return s.phones.unprovision(ctx, id)
}

// PhoneReachable reports whether a phone is registered and answers.
func (s *Switch) PhoneReachable(id string) bool { return s.phones.reachable(id) }

func (ps *phones) provision(ctx context.Context, p telephony.Phone) error {
	if !fitsPath(p.ID) || strings.Contains(p.ID, ".") {
		return fmt.Errorf("phone %q: want letters, digits, - and _ in its id", p.ID)
	}
	if p.Secret == "" || strings.ContainsAny(p.Secret, "\r\n") {
		return fmt.Errorf("phone %s: no secret, or one with a line break", p.ID)
	}
	ps.mu.Lock()
	fresh := &phone{Phone: p}
	if known := ps.known[p.ID]; known != nil {
		fresh.reachable, fresh.heard = known.reachable, known.heard
	}
	ps.known[p.ID] = fresh
	ps.mu.Unlock()
	// The connection is asked for after the phone is noted: one that begins in between finds the phone.
	if !ps.life.connected() {
		return nil
	}
	return ps.push(ctx, fresh)
}

func (ps *phones) unprovision(ctx context.Context, id string) error {
	ps.mu.Lock()
	p := ps.known[id]
	if p == nil {
		p = &phone{Phone: telephony.Phone{ID: id}}
		ps.known[id] = p
	}
	p.removed = true
	ps.mu.Unlock()
	ps.setReachable(id, false)
	if !ps.life.connected() {
		return nil // The next connection takes it away.
	}
	return ps.take(ctx, p)
}

func (ps *phones) reachable(id string) bool {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	p := ps.known[id]
	return p != nil && p.reachable && !p.removed
}

// counts says how many phones are reachable, and how many there are.
func (ps *phones) counts() (reachable, all int) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	for _, p := range ps.known {
		if p.removed {
			continue
		}
		all++
		if p.reachable {
			reachable++
		}
	}
	return reachable, all
}

// pushAll makes a start of Asterisk, to which there is a connection now, agree with all that was provisioned.
func (ps *phones) pushAll(ctx context.Context, start string) {
	ps.mu.Lock()
	ps.start = start
	all := slices.Collect(maps.Values(ps.known))
	ps.mu.Unlock()
	ps.pushThese(ctx, all)
	ps.takeStrangers(ctx)
}

// pushRest does the same with those phones that a failure or a moment without connection left behind.
func (ps *phones) pushRest(ctx context.Context) {
	ps.mu.Lock()
	var left []*phone
	for _, p := range ps.known {
		if p.removed || p.pushed != ps.start {
			left = append(left, p)
		}
	}
	ps.mu.Unlock()
	ps.pushThese(ctx, left)
}

// pushThese pushes or takes away several phones at once.
func (ps *phones) pushThese(ctx context.Context, these []*phone) {
	var (
		work   = make(chan *phone)
		wait   sync.WaitGroup
		mu     sync.Mutex
		failed []error
	)
	for range min(pushers, len(these)) {
		wait.Go(func() {
			for p := range work {
				var err error
				if ps.isRemoved(p) {
					err = ps.take(ctx, p)
				} else {
					err = ps.push(ctx, p)
				}
				if err != nil {
					mu.Lock()
					failed = append(failed, err)
					mu.Unlock()
				}
			}
		})
	}
	for _, p := range these {
		work <- p
	}
	close(work)
	wait.Wait()
	if len(failed) > 0 && ctx.Err() == nil {
		ps.log.Error("phones could not be provisioned", "phones", len(failed), "of", len(these), "first", failed[0])
	}
}

func (ps *phones) isRemoved(p *phone) bool {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	return p.removed
}

// push sends the sections of a phone, unless this start of Asterisk has them, and asks to be told of its state. That is asked
// with each connection, because Asterisk forgets what an application has asked for when its connection ends.
func (ps *phones) push(ctx context.Context, p *phone) error {
	what := "provision phone " + p.ID
	ps.changing.RLock()
	defer ps.changing.RUnlock()
	ps.mu.Lock()
	start, heard := ps.start, p.heard
	has := p.pushed == start && start != ""
	ps.mu.Unlock()
	var device ari.DeviceStateData
	err := ps.requests.do(ctx, telephony.CallID(p.ID), what, func(c *client) error {
		if !has {
			for _, o := range ps.sections(p.Phone, heard) {
				if err := c.request(http.MethodPut, configOf(o.kind, p.ID), ari.ConfigTupleList{Fields: o.fields}, nil); err != nil {
					return fmt.Errorf("%s: %w", o.kind, err)
				}
			}
		}
		if err := c.subscribe(ps.opt.App, "deviceState:"+deviceOf(p.ID)); err != nil {
			return fmt.Errorf("its state: %w", err)
		}
		return c.request(http.MethodGet, "/deviceStates/"+url.PathEscape(deviceOf(p.ID)), nil, &device)
	})
	if err != nil {
		return err
	}
	ps.mu.Lock()
	if p.heard == heard { // otherwise it has other sections now
		p.pushed = start
	}
	ps.mu.Unlock()
	ps.changed(device)
	return nil
}

func deviceOf(id string) string { return "PJSIP/" + id }

// configOf is where ARI takes a section of a phone.
func configOf(kind, id string) string { return "/asterisk/config/dynamic/res_pjsip/" + kind + "/" + id }

// section is one of the three things that make a phone in Asterisk, as a section of pjsip.conf would.
type section struct {
	kind   string
	fields []ari.ConfigTuple
}

// sections are as https://docs.asterisk.org has them under "res_pjsip".
func (ps *phones) sections(p telephony.Phone, heard bool) []section {
	fields := func(pairs ...string) []ari.ConfigTuple {
		var all []ari.ConfigTuple
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, ari.ConfigTuple{Attribute: pairs[i], Value: pairs[i+1]})
		}
		return all
	}
	// A page that was reloaded registers anew from another port: the old contact must go.
	aor := fields("max_contacts", "1", "remove_existing", "yes")
	if ps.opt.Qualify > 0 {
		aor = append(aor, fields("qualify_frequency", strconv.Itoa(max(1, int(ps.opt.Qualify/time.Second))), "qualify_timeout", "3")...)
	}
	endpoint := fields(
		"accountcode", ps.opt.App, // whose phone it is: see isOurs
		"context", ps.opt.PhoneContext, "aors", p.ID, "auth", p.ID, "identify_by", "auth_username,username",
		"disallow", "all", "allow", "ulaw,alaw",
		// The conversation's audio stays in Asterisk, where it can be recorded and monitored.
		"direct_media", "no", "rtp_symmetric", "yes", "force_rport", "yes", "rewrite_contact", "yes",
		// Transfers are the desk's, and the codes' of the phone; one made by the phone itself would take the call out of our hands, and is
		// answered 603. That needs res_pjsip_refer: without it Asterisk answers nothing at all, and the phone hangs up in the end.
		"allow_transfer", "no", "allow_subscribe", "no",
	)
	endpoint = append(endpoint, fields(ps.opt.presence(heard || p.WebRTC)...)...)
	switch {
	case p.WebRTC:
		endpoint = append(endpoint, fields("webrtc", "yes", "dtls_auto_generate_cert", "yes")...)
	case ps.opt.MediaAddress != "":
		endpoint = append(endpoint, fields("media_address", ps.opt.MediaAddress, "bind_rtp_to_media_address", "yes")...)
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

// heard notes that something has come of a phone in a talk, so that Asterisk itself judges whether it is there from its next call on. It
// does not wait for Asterisk.
func (s *Switch) heard(l onLine) {
	if p := s.phones.hear(l.phone); p != nil {
		s.errand(func(ctx context.Context) { _ = s.phones.push(ctx, p) }) // The sweep tries again where it fails.
	}
}

// hear notes it, and returns the phone the first time.
func (ps *phones) hear(id string) *phone {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	p := ps.known[id]
	if p == nil || p.heard || p.removed {
		return nil
	}
	p.heard, p.pushed = true, ""
	return p
}

// judged reports whether Asterisk notices itself when a phone in a talk vanishes.
func (ps *phones) judged(id string) bool {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	p := ps.known[id]
	return p != nil && p.judged() && p.pushed == ps.start && ps.start != ""
}

// judged reports whether what never comes of the phone says that it is not there: it was heard in a talk before, or is a page. With a page each side hears
// the other or neither does, as both need the same handshake (RFC 5763): one that is closed as it answers must not be waited for.
func (p *phone) judged() bool { return p.heard || p.WebRTC }

// presence are the settings by which Asterisk notices that a phone in a talk is not there any more, where it is judged by that: of
// another nothing may ever come, although it is there, and hearing judges it. RTCP counts as well as sound, so a phone
// that suppresses silence stays as long as it reports. One that holds by its own key may send nothing at all: it is
// asked within the session (RFC 4028) each minute, and where it is dead that ends its call a minute later (the question and the
// hang-up both wait 32 s for an answer).
func (o Options) presence(judged bool) []string {
	if o.LostAfter < 0 {
		return nil
	}
	seconds := "3600"
	if judged {
		seconds = strconv.Itoa(max(1, int(o.LostAfter/time.Second)))
	}
	return []string{
		"rtp_timeout", seconds, "rtp_timeout_hold", "3600", "rtp_keepalive", "10",
		"timers", "always", "timers_min_se", "90", "timers_sess_expires", "120",
	}
}

// changed takes a device's state: Asterisk derives it from registration, from whether the phone answers when
// asked, and from its calls.
func (ps *phones) changed(device ari.DeviceStateData) {
	id, ok := strings.CutPrefix(device.Name, "PJSIP/")
	if !ok {
		return
	}
	switch device.State {
	case "UNAVAILABLE", "INVALID", "UNKNOWN", "":
		ps.setReachable(id, false)
	default:
		ps.setReachable(id, true)
	}
}

// setReachable tells Hotline of a change once, and of several in their order.
func (ps *phones) setReachable(id string, reachable bool) {
	ps.telling.Lock()
	defer ps.telling.Unlock()
	ps.mu.Lock()
	p := ps.known[id]
	if p == nil || p.reachable == reachable || p.removed && reachable {
		ps.mu.Unlock()
		return
	}
	p.reachable = reachable
	ps.mu.Unlock()
	ps.opt.Hotline.PhoneChanged(id, reachable)
}
