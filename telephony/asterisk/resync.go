package asterisk

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/CyCoreSystems/ari/v5"

	"hotline/telephony"
)

// resync makes the registry agree with Asterisk. Events of a gap are lost, and nothing repeats them. So after every connection
// Asterisk's lists are compared with the registry:
//
//	in the registry │ in Asterisk                            │
//	────────────────┼────────────────────────────────────────┼─────────────────────────────────
//	leg             │ –                                      │ its call is told that it ended
//	                │ –, and Asterisk was started anew       │ its call is told that it broke off
//	dialled leg     │ up, in our application                 │ its call is told that it answered
//	playback        │ –                                      │ its call is told that it ended
//	leg in a bridge │ its phone holds, or not                │ its call is told so
//	–               │ a caller in our application            │ adopted, with the note it carries
//	–               │ a customer whom we called, up          │ the same
//	–               │ a leg in the main bridge of an adopted │ adopted with its call
//	–               │ one that the note of an adopted names  │ the same
//	–               │ a track of an adopted's conversation   │ the same
//	–               │ a supervisor's, by its own note        │ the same
//	–               │ a phone's, up, that was dialled with a │
//	                │ note                                   │ the same
//	–               │ legs of ours that talk on, as the note │
//	                │ of one says, though their caller left  │ the same
//	–               │ any other leg of ours                  │ hung up
//	–               │ in our application, and no caller      │ hung up
//	–               │ a bridge of ours, or of the pool       │ deleted
//
// The sweeper (sweep.go) does the same from time to time, to find what slipped through.
type resync struct {
	opt      Options
	log      *slog.Logger
	count    *counters
	pace     *pacer
	requests *requests
	bridges  *bridges
	registry *registry
	serving  *serving
}

// channel is a channel in Asterisk's list. The library's type lacks the application.
type channel struct {
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	State    string       `json:"state"`
	Caller   ari.CallerID `json:"caller"`
	Made     ari.DateTime `json:"creationtime"`
	Dialplan struct {
		Exten string `json:"exten"`
		Step  int64  `json:"priority"`
		App   string `json:"app_name"`
		With  string `json:"app_data"`
	} `json:"dialplan"`
}

// inStasis reports whether the channel is in the hands of our application: not still ringing, and not gone on to the reserve mode.
func (ch *channel) inStasis(app string) bool {
	return ch.Dialplan.App == "Stasis" && (ch.Dialplan.With == app || strings.HasPrefix(ch.Dialplan.With, app+","))
}

// bridge is a bridge in Asterisk's list.
type bridge struct {
	ID   string   `json:"id"`
	Name string   `json:"name"`
	Legs []string `json:"channels"`
}

// picture is what Asterisk has, and what the registry had just before.
type picture struct {
	known    []*leg               // confirmed before the lists were made
	media    []medium             // under way before
	channels map[string]*channel  // ours, by id
	bridges  map[string]*bridge   // ours, by the call whose talk is in it, or by id
	holding  []*bridge            // in which callers hear music
	empty    []telephony.BridgeID // of a pool, in which nobody is
}

// look makes the picture. The registry goes first: what is registered meanwhile is not judged by lists that may be older.
func (r *resync) look(ctx context.Context) (*picture, error) {
	p := &picture{
		channels: make(map[string]*channel),
		bridges:  make(map[string]*bridge),
	}
	p.known, p.media = r.registry.all()
	return p, r.list(ctx, p)
}

// list asks for applications, channels and bridges. An application's own list also has the legs that it dialled and that still
// ring. Another application's things on the same Asterisk are none of our business.
func (r *resync) list(ctx context.Context, p *picture) error {
	var app struct {
		Channels []string `json:"channel_ids"`
	}
	var channels []*channel
	var bridges []*bridge
	// Over HTTP: these replies may be long.
	err := r.requests.doLong(ctx, "", "list what Asterisk has", func(c *client) error {
		return errors.Join(
			c.request(http.MethodGet, "/applications/"+r.opt.App, nil, &app),
			c.request(http.MethodGet, "/channels", nil, &channels),
			c.request(http.MethodGet, "/bridges", nil, &bridges),
		)
	})
	if err != nil {
		return err
	}
	ours := make(map[string]bool)
	for _, id := range app.Channels {
		ours[id] = true
	}
	for _, ch := range channels {
		_, own := owner(ch.ID)
		if ch.inStasis(r.opt.App) || own && ours[ch.ID] {
			p.channels[ch.ID] = ch
		}
	}
	for _, b := range bridges {
		if isHolding(r.opt.App, b) {
			p.holding = append(p.holding, b)
		}
		if _, own := owner(b.ID); own && b.Name == r.opt.App {
			p.put(b.ID, b)
		}
		switch whose := r.whose(p, b); {
		case !isPooled(r.opt.App, b):
		case len(b.Legs) == 0:
			p.empty = append(p.empty, telephony.BridgeID(b.ID))
		default:
			p.put(cmp.Or(string(whose), b.ID), b)
		}
	}
	return nil
}

// put has a bridge stand under a name. Of two of one call, as where somebody is left in the one of the talk before, the other one stands under its own name: it is a stray.
func (p *picture) put(name string, b *bridge) {
	if other := p.bridges[name]; other != nil {
		if !b.isRather(other) {
			b, other = other, b
		}
		if other.ID != name {
			p.bridges[other.ID] = other
		}
	}
	p.bridges[name] = b
}

// isRather reports whether the talk of a call is in this bridge rather than in another: the caller is, or more are.
func (b *bridge) isRather(than *bridge) bool {
	hasCaller := func(b *bridge) bool {
		return slices.ContainsFunc(b.Legs, func(id string) bool { return isHeardTyping(telephony.LegID(id)) })
	}
	if has := hasCaller(b); has != hasCaller(than) {
		return has
	}
	return len(b.Legs) > len(than.Legs)
}

// whose is the call that is in a bridge of the pool: its legs say so. "" where none of them is a call's.
func (r *resync) whose(p *picture, b *bridge) telephony.CallID {
	for _, id := range b.Legs {
		if whose, own := owner(id); own {
			return whose
		}
		if ch := p.channels[id]; ch != nil && ch.isCallers(r.opt.App) {
			return callID(r.opt.Node, id, madeIn(strings.Split(ch.Dialplan.With, ",")[1:], time.Time(ch.Made)))
		}
	}
	return ""
}

// run makes the registry agree with Asterisk after a gap. died is when the Asterisk of before died; zero where it is the same. The bridges that it returns are to be
// deleted once calls are served: nobody is in them, and there may be hundreds.
func (r *resync) run(ctx context.Context, died time.Time) (later strays, err error) {
	ctx = once(ctx) // nobody is connected until this has ended
	defer r.registry.notesLeaving()()
	r.bridges.forgetPool()
	p, err := r.look(ctx)
	if err != nil {
		return later, err
	}
	if err := r.silence(ctx, p); err != nil {
		return later, err
	}
	r.endWhatIsGone(p, died, atOnce)
	r.endWhatIsSilent(ctx, p)
	if err := r.findWhoHolds(ctx, p); err != nil {
		return later, err
	}
	if err := r.adopt(ctx, p, atOnce); err != nil {
		return later, err
	}
	found := r.strays(p)
	return strays{bridges: found.empty}, r.remove(ctx, found)
}

// atOnce has everything acted on that is met: after a gap no event will tell of it any more.
func atOnce(string) bool { return true }

// silence hangs up phones that ring still for nobody who is served. It comes before all that takes its time: whoever picks up then has done so in vain. Who has picked up
// since the list was made is in the picture as who had before, and so is who could not be hung up.
func (r *resync) silence(ctx context.Context, p *picture) error {
	var ringing []*channel
	for id, ch := range p.channels {
		if _, own := owner(id); own && ch.State != "Up" && !r.registry.knows(telephony.LegID(id)) {
			ringing = append(ringing, ch)
		}
	}
	var mu sync.Mutex // guards p.channels
	return beside(ctx, ringing, func(ch *channel) error {
		if err := r.pace.wait(ctx); err != nil {
			return err
		}
		var is channel
		err := r.requests.do(ctx, r.registry.callOf(telephony.LegID(ch.ID)), "look whether "+ch.ID+" rings still", func(c *client) error {
			return c.request(http.MethodGet, "/channels/"+ch.ID, nil, &is)
		})
		switch {
		case err == nil && is.State == "Up":
			mu.Lock()
			defer mu.Unlock()
			p.channels[ch.ID] = &is
			return nil
		case errors.Is(err, telephony.ErrGone):
		case r.requests.hangup(ctx, r.registry.callOf(telephony.LegID(ch.ID)), telephony.LegID(ch.ID), telephony.CauseNormal) != nil:
			return nil
		default:
			r.count.add(sweptChannels, 1)
		}
		mu.Lock()
		defer mu.Unlock()
		delete(p.channels, ch.ID)
		return nil
	})
}

// endWhatIsGone tells calls what they missed of their legs, of the callers' first: where all legs of a call have gone, as after the death of
// Asterisk, nobody but the caller has left, as far as anybody can know. Then the caller is told of as broken off: they have not hung up.
func (r *resync) endWhatIsGone(p *picture, died time.Time, ripe func(id string) bool) {
	slices.SortFunc(p.known, func(a, b *leg) int { return cmp.Compare(a.kind, b.kind) })
	for _, l := range p.known {
		ch := p.channels[string(l.id)]
		switch {
		case ch == nil:
			if ripe(string(l.id)) {
				r.registry.legMissed(l.id, died)
			}
		case l.kind != callerLeg && ch.State == "Up" && ch.inStasis(r.opt.App):
			r.registry.legAnswered(l.id)
		case ch.State == "Ringing":
			r.registry.legRings(l.id)
		}
	}
}

// endWhatIsSilent tells calls what has come to its end unheard.
func (r *resync) endWhatIsSilent(ctx context.Context, p *picture) {
	for _, m := range p.media {
		err := r.requests.do(ctx, r.registry.callOf(m.leg), "look for "+m.id.Name, func(c *client) error {
			if m.id.Kind == telephony.RecordingOf {
				return c.request(http.MethodGet, "/recordings/live/"+m.id.Name, nil, nil)
			}
			return c.request(http.MethodGet, "/playbacks/"+m.id.Name, nil, nil)
		})
		if errors.Is(err, telephony.ErrGone) {
			r.registry.mediaEnded(m.id, nil)
		}
	}
}

// findWhoHolds tells calls which phones in their bridges hold with a key of their own.
func (r *resync) findWhoHolds(ctx context.Context, p *picture) error {
	for _, b := range p.bridges {
		for _, id := range b.Legs {
			leg := telephony.LegID(id)
			if !r.registry.knows(leg) || p.channels[id] == nil {
				continue
			}
			holds, err := r.holds(ctx, leg)
			if err != nil {
				return err
			}
			r.registry.legHolds(leg, holds)
		}
	}
	return nil
}

// holds asks whether the phone of a channel holds with a key of its own. One that is gone does not. Where Asterisk does not answer nobody
// knows: no event repeats it, so that whoever asks has to ask again.
func (r *resync) holds(ctx context.Context, leg telephony.LegID) (bool, error) {
	holds, err := r.requests.holds(ctx, r.registry.callOf(leg), leg)
	if errors.Is(err, telephony.ErrGone) {
		return false, nil
	}
	return holds, err
}

// holds asks the same. A channel that is not on SIP does not hold.
func (r *requests) holds(ctx context.Context, whose telephony.CallID, leg telephony.LegID) (bool, error) {
	var holds struct{ Value string }
	err := r.do(ctx, whose, "ask whether "+string(leg)+" holds", func(c *client) error {
		err := c.request(http.MethodGet, "/channels/"+string(leg)+"/variable?variable="+url.QueryEscape("CHANNEL(rtp,hold)"), nil, &holds)
		if code(err) == http.StatusInternalServerError && strings.Contains(err.Error(), "provided function") { // an ear, or a track, has no RTP
			return nil
		}
		return err
	})
	if code(err) == http.StatusInternalServerError && strings.Contains(err.Error(), "Unable to read provided function") { // it is a track's, or a supervisor's ear
		err = nil
	}
	return holds.Value == "1", err
}

// adopt takes on the callers that nobody serves, several at once: first those who hear nothing as nobody is there, and then about in the order of their arrival. The waiting keep
// theirs by their notes.
func (r *resync) adopt(ctx context.Context, p *picture, ripe func(id string) bool) error {
	var found []*channel
	for id, ch := range p.channels {
		_, own := owner(id)
		if !own && !ch.isCallers(r.opt.App) {
			continue
		}
		if _, ours := placed(id); own && (!ours || ch.State != "Up" || !ch.inStasis(r.opt.App)) || !ripe(id) {
			continue
		}
		if !r.registry.knows(telephony.LegID(id)) {
			found = append(found, ch)
		}
	}
	heard := p.bridged()
	turn := func(ch *channel) int {
		if heard[ch.ID] {
			return 1
		}
		return 0
	}
	slices.SortFunc(found, func(a, b *channel) int {
		return cmp.Or(cmp.Compare(turn(a), turn(b)), time.Time(a.Made).Compare(time.Time(b.Made)), cmp.Compare(a.ID, b.ID))
	})
	err := beside(ctx, found, func(ch *channel) error {
		if err := r.adoptOne(ctx, p, ch); !errors.Is(err, telephony.ErrGone) {
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.adoptLeft(ctx, p, ripe)
}

// beside does something with each of many, some at once, in about their order, until there is an error. What is under way then comes to its own end: cut short it may have lost
// what it was told.
func beside[T any](ctx context.Context, many []T, do func(T) error) error {
	var next atomic.Int64
	var all sync.WaitGroup
	failed, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for range min(atOnceMost, len(many)) {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(many)) && failed.Err() == nil; i = next.Add(1) - 1 {
				if err := do(many[i]); err != nil {
					cancel(err)
				}
			}
		})
	}
	all.Wait()
	return context.Cause(failed)
}

// atOnceMost is how many callers are asked about, or phones silenced, at once.
const atOnceMost = 8

// adoptLeft takes on those who talk on with each other though their caller has left. Where Asterisk does not say what it knows of one talk the others are taken on.
func (r *resync) adoptLeft(ctx context.Context, p *picture, ripe func(id string) bool) error {
	var errs []error
	for name, b := range p.bridges {
		if r.registry.has(telephony.CallID(name)) || len(b.Legs) == 0 || slices.ContainsFunc(b.Legs, func(id string) bool { return !ripe(id) || p.channels[id] == nil }) {
			continue
		}
		if err := r.adoptLeftOne(ctx, p, telephony.CallID(name)); err != nil && !errors.Is(err, telephony.ErrGone) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (r *resync) adoptLeftOne(ctx context.Context, p *picture, call telephony.CallID) error {
	a := telephony.Arrival{ID: call, Node: r.opt.Node, At: time.Now()}
	_, others := p.legsOf(a, r.opt.App)
	if err := r.readNotes(ctx, call, others, true); err != nil {
		return err // those whose talk it is would be hung up
	}
	i := slices.IndexFunc(others, func(leg telephony.FoundLeg) bool { _, is := telephony.ParseLeft(leg.Note); return is })
	if i < 0 {
		return nil
	}
	for i := range others {
		var err error
		if others[i].Holds, err = r.holds(ctx, others[i].ID); err != nil {
			return err
		}
	}
	note, _ := telephony.ParseLeft(others[i].Note)
	if a.Resume = telephony.NewResumeLeft(call, note, others...); a.Resume == nil {
		return nil // is alone
	}
	return r.takeOn(ctx, p, a, telephony.FoundLeg{}, others)
}

func (r *resync) adoptOne(ctx context.Context, p *picture, ch *channel) error {
	args := strings.Split(ch.Dialplan.With, ",")[1:]
	a := r.opt.arrival(telephony.LegID(ch.ID), time.Time(ch.Made), args, &ch.Caller, ch.Dialplan.Exten)
	said := heedPrivacy(&a, args)
	if whose, ours := placed(ch.ID); ours {
		a.ID, a.Outgoing = whose, true
		a.From = telephony.Number{} // it shows what we have shown; the note knows whom we called
	} else if !said && showsAnything(a) {
		r.requests.askPrivacy(ctx, r.log, &a)
	}
	note, err := r.noteOn(ctx, a)
	if err != nil {
		return err
	}
	caller, others := p.legsOf(a, r.opt.App)
	// Of one that cannot be read the leg is hung up.
	_ = r.readNotes(ctx, a.ID, others, telephony.HasRecord(note))
	if len(others) > 0 { // otherwise there is no talk
		if caller.Holds, err = r.holds(ctx, a.Leg); err != nil {
			return err
		}
		for i := range others {
			if others[i].Holds, err = r.holds(ctx, others[i].ID); err != nil {
				return err
			}
		}
	}
	a.Resume = telephony.NewResume(a.ID, note, ch.State == "Up", caller, others...)
	if !a.Outgoing && len(others) == 0 {
		defer r.registry.listens(a.Leg)()
		a.Resume.Typed = r.typedOn(ctx, a)
	}
	if !p.isHeld(ch.ID) {
		a.Resume.Said = r.endSaid(ctx, a)
	}
	return r.takeOn(ctx, p, a, caller, others)
}

// takeOn serves a call that was found. caller is of no use where they have left.
func (r *resync) takeOn(ctx context.Context, p *picture, a telephony.Arrival, caller telephony.FoundLeg, others []telephony.FoundLeg) error {
	all := others
	if !a.Resume.Left {
		all = append(slices.Clone(others), caller)
	}
	if b := p.bridges[string(a.ID)]; b != nil { // also when nobody is left in it
		inIt := slices.Clone(a.Resume.Bridged)
		for _, o := range a.Resume.Overseers {
			if slices.ContainsFunc(others, func(l telephony.FoundLeg) bool { return l.ID == o.Leg && l.Bridged }) {
				inIt = append(inIt, o.Leg)
			}
		}
		if caller.Bridged {
			inIt = append(inIt, a.Leg)
		}
		at := telephony.BridgeID("")
		if b.ID != string(a.ID) {
			at = telephony.BridgeID(b.ID)
		}
		r.bridges.note(telephony.BridgeID(a.ID), joined{call: a.ID, legs: inIt, at: at, odd: true})
	}
	if !a.Resume.Left {
		r.bridges.setMusic(a.Leg, music{found: true})
	}
	for _, b := range p.holding {
		if slices.Contains(b.Legs, string(a.Leg)) {
			r.bridges.findHolding(telephony.BridgeID(b.ID), a.Leg)
		}
	}
	if _, ok := r.serving.arrive(a, nil); !ok {
		if !a.Resume.Left && !r.registry.knows(a.Leg) { // no calls are taken any more
			r.bridges.left(a.ID, a.Leg)
		}
		return nil
	}
	r.count.add(adopted, 1)
	// Legs that left since the lists were made have told so to nobody, and may be on their way through the dialplan yet.
	legs := slices.Concat(a.Resume.Others(), a.Resume.Tracks)
	if !a.Resume.Left {
		legs = slices.Insert(legs, 0, a.Leg)
	}
	for _, id := range legs {
		if r.registry.hasLeft(id) || errors.Is(r.lookFor(ctx, a.ID, id), telephony.ErrGone) {
			r.registry.legEnded(id, telephony.CauseNormal)
		}
	}
	// So has a phone that was asked a moment too early.
	if len(others) == 0 {
		return nil
	}
	for _, leg := range all {
		if holds, err := r.holds(ctx, leg.ID); err == nil && holds != leg.Holds {
			r.registry.legHolds(leg.ID, holds)
		}
	}
	return nil
}

// readNotes reads the notes on legs beside the caller's, as far as they may be supervisors', or of who has picked up meanwhile: they are beside the main bridge, or the third there. Where the
// others may have left since, the caller's note has a record still. The error is of those that could not be read.
func (r *resync) readNotes(ctx context.Context, whose telephony.CallID, others []telephony.FoundLeg, recorded bool) error {
	var errs []error
	bridged := 0
	for _, leg := range others {
		if leg.Bridged {
			bridged++
		}
	}
	for i, leg := range others {
		if _, track := telephony.ParseTrack(string(leg.ID)); track || leg.Bridged && bridged < 2 && !recorded {
			continue
		}
		err := r.requests.do(ctx, whose, "read the note of "+string(leg.ID), func(c *client) (err error) {
			others[i].Note, err = c.note(leg.ID)
			return err
		})
		if err != nil && !errors.Is(err, telephony.ErrGone) { // most have none
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// noteOn reads the note on a caller's leg; "" where there is none.
func (r *resync) noteOn(ctx context.Context, a telephony.Arrival) (note string, err error) {
	err = r.requests.do(ctx, a.ID, "read the note of "+string(a.Leg), func(c *client) (err error) {
		note, err = c.note(a.Leg)
		return err
	})
	if code(err) == http.StatusNotFound && r.lookFor(ctx, a.ID, a.Leg) == nil {
		err = nil // the channel was there, the note is not
	}
	return note, err
}

// typedOn reads the keys that were kept beside the note; "" where there are none, or where they cannot be read: the caller is asked again. What is typed after that is
// told to the call as it always is.
func (r *resync) typedOn(ctx context.Context, a telephony.Arrival) string {
	var k kept
	_ = r.requests.do(ctx, a.ID, "read what was typed on "+string(a.Leg), func(c *client) (err error) {
		k, err = c.typed(a.Leg)
		return err
	})
	r.registry.hasKept(a.Leg, k)
	return k.keys
}

// bridged are the channels in a bridge of ours that hear somebody there, or music.
func (p *picture) bridged() map[string]bool {
	in := make(map[string]bool)
	hear := func(b *bridge) {
		for _, id := range b.Legs {
			in[id] = true
		}
	}
	for _, b := range p.holding {
		hear(b)
	}
	for _, b := range p.bridges {
		if len(b.Legs) > 1 {
			hear(b)
		}
	}
	return in
}

// isHeld reports whether a channel hears music in a bridge of ours with all who wait.
func (p *picture) isHeld(id string) bool {
	return slices.ContainsFunc(p.holding, func(b *bridge) bool { return slices.Contains(b.Legs, id) })
}

// endSaid ends what an earlier Hotline has left to be said to a caller, who would wait for the end of it, as would each request that brings them somewhere, and all others behind
// that on its command socket. It says from which name on what is said next is not taken for that. All names are asked about at once: who is found is waiting.
func (r *resync) endSaid(ctx context.Context, a telephony.Arrival) (next int) {
	names := telephony.SaidNames(a.ID)
	there := make([]bool, len(names))
	var all sync.WaitGroup
	for n, name := range names {
		all.Go(func() {
			err := r.requests.do(ctx, a.ID, "end what was said to "+string(a.Leg), func(c *client) error {
				return c.request(http.MethodDelete, "/playbacks/"+name, nil, nil)
			})
			there[n] = code(err) != http.StatusNotFound // an older Hotline's digits cannot be ended
		})
	}
	all.Wait()
	for n, is := range there {
		if is {
			next = n + 1
		}
	}
	return next
}

// legsOf are the legs that bear a call's name and are up, those of its main bridge first, and the caller's.
func (p *picture) legsOf(a telephony.Arrival, app string) (caller telephony.FoundLeg, others []telephony.FoundLeg) {
	var joined []string
	if b := p.bridges[string(a.ID)]; b != nil {
		joined = b.Legs
	}
	caller = telephony.FoundLeg{ID: a.Leg, Bridged: slices.Contains(joined, string(a.Leg))}
	for _, id := range slices.Concat(joined, slices.Collect(maps.Keys(p.channels))) {
		whose, own := owner(id)
		isIn := slices.Contains(joined, id)
		ch := p.channels[id]
		leg := telephony.FoundLeg{ID: telephony.LegID(id), Bridged: isIn}
		if own && whose == a.ID && ch != nil && (isIn || ch.State == "Up" && ch.inStasis(app)) && !slices.Contains(others, leg) {
			others = append(others, leg)
		}
	}
	return caller, others
}

// lookFor asks whether a channel is there: by a variable that each has, for Asterisk finds those in the channel itself. What it tells of a channel, and in its lists, outlives
// that by some milliseconds: somebody who has just hung up would be there still, and have no note.
func (r *resync) lookFor(ctx context.Context, whose telephony.CallID, id telephony.LegID) error {
	return r.requests.do(ctx, whose, "look for "+string(id), func(c *client) error {
		return c.request(http.MethodGet, "/channels/"+string(id)+"/variable?variable=UNIQUEID", nil, nil)
	})
}
