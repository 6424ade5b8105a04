// Package playback is recordings over REST: they are found, heard, held and deleted. Their sound comes from a vault in which it lies encrypted; here it is a
// WAV file, of which a browser takes the pieces that it plays.
//
//	page ──► rest (who is it, the rule of the route) ──► Room ─┬─► Rows: what is known of recordings          (recordings/postgres)
//	                                                           ├─► Sounds: how they sound, and look           (recordings/vault)
//	                                                           ├─► Calls: which calls a ticket has, by sight  (tickets/postgres)
//	                                                           └─► Archive: deleted for good                  (recordings)
//
// Invariants:
//   - who oversees hears all recordings; an agent those of talks in which they are heard, where the installation lets agents hear them; a message that a
//     caller left, whoever may see its ticket; and nobody else any: what somebody may not hear is to them as what is not there;
//   - whoever hears a recording, takes it along, holds it, lets it go or deletes it has a line in the audit first: one where they move about in it;
//   - what is held is deleted by nobody.
package playback

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/desk"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/queues"
	"hotline/recordings"
	"hotline/telephony"
	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/attachment"
	"hotline/tickets/lists"
)

// Rows are what is known of recordings.
type Rows interface {
	// Find looks for recordings; recordings.ErrCursor.
	Find(ctx context.Context, q recordings.Question) (recordings.Page, error)
	// One is a recording that is not deleted; recordings.ErrNone.
	One(ctx context.Context, id recordings.ID) (recordings.Entry, error)
	// Hold holds one, or lets it go (nil); recordings.ErrNone.
	Hold(ctx context.Context, id recordings.ID, h *recordings.Hold) error
}

// Sounds are how recordings sound. The errors are recordings.ErrNone, ErrDamaged and ErrNoKey.
type Sounds interface {
	Sound(id recordings.ID) (io.ReadSeekCloser, error)
	Peaks(id recordings.ID) (recordings.Peaks, error)
}

// Archive deletes recordings: *recordings.Archive.
type Archive interface {
	Delete(ctx context.Context, id recordings.ID, d recordings.Deletion) error
}

// Calls finds the calls of a ticket that somebody may see.
type Calls interface {
	ListCalls(ctx context.Context, q lists.CallQuestion) (lists.CallPage, error)
	// SeesContact says whether somebody may see a call, or its ticket.
	SeesContact(ctx context.Context, id tickets.ContactID, by tickets.Sight) (bool, error)
}

// Room is the operations. It is a rest.Room.
type Room struct {
	Rows    Rows
	Sounds  Sounds
	Archive Archive // nil: recordings are not kept here
	Calls   Calls
	Present *desk.Present        // how queues and agents are called now
	Terms   func() tickets.Terms // whose people see which tickets

	AgentsHear bool // agents hear their own talks

	listenings rest.Listenings
}

// Recording is one, as pages and programs are told of it.
type Recording struct {
	ID        recordings.ID     `json:"id"`
	Kind      recordings.Kind   `json:"kind" enum:"talk,message"`
	Call      telephony.CallID  `json:"call"`
	Ticket    string            `json:"ticket" doc:"of the call, as it was at its end"`
	Queue     string            `json:"queue" doc:"out of which the call came; empty: none"`
	QueueName words.Text        `json:"queue_name,omitempty"`
	At        time.Time         `json:"at" doc:"when it began"`
	Length    float64           `json:"length_s"`
	Agents    []Heard           `json:"agents" nullable:"false" doc:"who is heard beside the caller, in the order in which they came"`
	Pauses    []Pause           `json:"pauses" nullable:"false" doc:"when nothing was recorded, and silence stands instead"`
	Why       recordings.Reason `json:"why" enum:"rule,agent,api,message"`
	Held      *Held             `json:"held" doc:"null: nobody holds it"`
}

// Heard is that somebody was in the talk.
type Heard struct {
	agentapi.NamedAgent
	From  float64  `json:"from_s" doc:"from the beginning of the recording"`
	Until *float64 `json:"until_s" doc:"null: to its end"`
}

// Pause is that a recording was paused.
type Pause struct {
	From float64 `json:"from_s"`
	To   float64 `json:"to_s"`
	Why  string  `json:"why" doc:"agent, collect, api, rule"`
}

// Held is that nothing deletes a recording.
type Held struct {
	At  time.Time `json:"at"`
	By  string    `json:"by" doc:"by name"`
	Why string    `json:"why"`
}

// Recordings is a page of a list.
type Recordings struct {
	Items []Recording `json:"items" nullable:"false" doc:"the latest first"`
	Next  string      `json:"next_cursor" doc:"for the next page; empty: this is the last"`
}

// Deleted is that a recording is gone.
type Deleted struct {
	At time.Time `json:"deleted_at"`
}

// Waveform is how loud a recording is.
type Waveform struct {
	Step  float64 `json:"step_s" doc:"how long each byte stands for"`
	Left  []byte  `json:"left" doc:"the caller: the loudest sample of each step, from 0 to 255, in base64"`
	Right []byte  `json:"right" doc:"all others, likewise; empty for a message"`
}

type (
	question struct {
		Ticket string          `query:"ticket" maxLength:"40" doc:"of its calls that somebody may see" example:"100237"`
		Calls  []string        `query:"call" maxItems:"200" doc:"of one of these calls"`
		Agent  string          `query:"agent" maxLength:"100" doc:"who is heard"`
		Queue  string          `query:"queue" maxLength:"100"`
		Kind   recordings.Kind `query:"kind" enum:"talk,message"`
		From   time.Time       `query:"from" doc:"it began then or later"`
		To     time.Time       `query:"to" doc:"and before that"`
		Held   bool            `query:"held" doc:"those that somebody holds"`
		Cursor string          `query:"cursor" maxLength:"400"`
		Limit  int             `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}
	// Named names a recording in a path; it is exported for huma, which fills it in.
	Named struct {
		ID string `path:"id" maxLength:"64" doc:"of the recording"`
	}
	heard struct {
		Named
		rest.Request
	}
	holdOrder struct {
		Named
		Body struct {
			Why string `json:"why" minLength:"1" maxLength:"300" doc:"why it must not be deleted"`
		}
	}
	deletion struct {
		Named
		Why string `query:"why" required:"true" minLength:"1" maxLength:"300" doc:"why it is deleted"`
	}
)

const (
	theirTalks    = "talks in which they are heard, where agents_hear says so"
	talksMessages = theirTalks + ", and messages of tickets that they may see"
)

// Operations implements rest.Room.
func (r *Room) Operations(to *rest.Registrar) {
	own, overseers := rest.Person(rest.Own, rest.All, talksMessages), rest.Person(rest.None, rest.All, "")
	o := to.Operation("recordings", http.MethodGet, "/recordings", "Recordings, the latest first", rest.Person(rest.Own, rest.All, theirTalks).WithToken(gate.ReadCalls))
	o.Description = "Who does not oversee finds talks alone: messages are among the voicemails."
	huma.Register(to.API, o, func(ctx context.Context, in *question) (*rest.Answer[Recordings], error) { return r.list(ctx, to, in) })
	huma.Register(to.API, to.Operation("recording-of-talk", http.MethodGet, "/recordings/{id}", "What is known of a recording", own.WithToken(gate.ReadCalls)),
		func(ctx context.Context, in *Named) (*rest.Answer[Recording], error) {
			_, e, err := r.one(ctx, to, in.ID)
			if err != nil {
				return nil, err
			}
			return rest.Answered(r.told(e)), nil
		})
	huma.Register(to.API, to.Operation("recording-waveform", http.MethodGet, "/recordings/{id}/waveform", "How loud a recording is, for a picture of it", own),
		func(ctx context.Context, in *Named) (*rest.Answer[Waveform], error) {
			return r.waveform(ctx, to, in.ID)
		})
	o = to.Operation("recording-sound", http.MethodGet, "/recordings/{id}/sound", "Hear a recording", own)
	o.Description = "A WAV file of 8 kHz: the caller on the left, all others on the right; or the part of it that Range asks for. 503: it is damaged, or its key is away."
	rest.SoundResponses(&o)
	huma.Register(to.API, o, func(ctx context.Context, in *heard) (*huma.StreamResponse, error) {
		return r.hear(ctx, to, in, tickets.HeardRecording, true)
	})
	o = to.Operation("take-recording", http.MethodGet, "/recordings/{id}/file", "Take a recording along, as a WAV file", overseers)
	rest.SoundResponses(&o)
	huma.Register(to.API, o, func(ctx context.Context, in *heard) (*huma.StreamResponse, error) {
		return r.hear(ctx, to, in, tickets.TookRecording, false)
	})
	huma.Register(to.API, to.Operation("hold-recording", http.MethodPut, "/recordings/{id}/hold", "Have nothing delete a recording, whatever the rule of its queue says", overseers),
		func(ctx context.Context, in *holdOrder) (*rest.Answer[Recording], error) {
			why := tickets.Typed(in.Body.Why)
			if why == "" {
				return nil, agentapi.RefuseField("body.why", "is missing").Coded(agentapi.FieldMissing, 0)
			}
			return r.hold(ctx, to, in.ID, tickets.HeldRecording, func(a gate.Account) *recordings.Hold {
				return &recordings.Hold{At: time.Now().UTC(), By: string(a.Person), Why: why}
			})
		})
	huma.Register(to.API, to.Operation("release-recording", http.MethodDelete, "/recordings/{id}/hold", "Let a recording go that is held", overseers),
		func(ctx context.Context, in *Named) (*rest.Answer[Recording], error) {
			return r.hold(ctx, to, in.ID, tickets.ReleasedRecording, func(gate.Account) *recordings.Hold { return nil })
		})
	o = to.Operation("delete-recording", http.MethodDelete, "/recordings/{id}", "Delete a recording for good", overseers)
	o.Description = "409: somebody holds it."
	huma.Register(to.API, o, func(ctx context.Context, in *deletion) (*rest.Answer[Deleted], error) { return r.delete(ctx, to, in) })
}

func (r *Room) list(ctx context.Context, to *rest.Registrar, in *question) (*rest.Answer[Recordings], error) {
	a, err := to.Who(ctx)
	if err != nil {
		return nil, err
	}
	q := recordings.Question{Agent: in.Agent, Queue: in.Queue, Kind: in.Kind, From: in.From, To: in.To, Held: in.Held, Cursor: in.Cursor, Limit: in.Limit}
	if !in.From.IsZero() && !in.To.IsZero() && !in.From.Before(in.To) {
		return nil, agentapi.RefuseField("query.to", "expected a time after from")
	}
	all, any := r.mayHear(a)
	if !all {
		q.Of = string(a.Agent)
	}
	for _, id := range in.Calls {
		q.Calls = append(q.Calls, telephony.CallID(id))
	}
	if in.Ticket != "" {
		if q.Calls, err = r.ofTicket(ctx, to, a, in); err != nil {
			return nil, err
		}
	}
	answer := Recordings{Items: []Recording{}}
	if !any {
		return rest.Answered(answer), nil
	}
	page, err := r.Rows.Find(ctx, q)
	switch {
	case errors.Is(err, recordings.ErrCursor):
		return nil, agentapi.Refuse(agentapi.CodeCursor, "%v", err)
	case err != nil:
		return nil, to.Refusal(err, "look for recordings")
	}
	for _, e := range page.Entries {
		answer.Items = append(answer.Items, r.told(e))
	}
	answer.Next = page.Next
	if in.Ticket != "" && len(answer.Items) > 0 {
		err = to.Looked(ctx, a, tickets.LookedAtCalls, in.Ticket)
	}
	return rest.Answered(answer), err
}

// mostCalls is of how many calls of a ticket recordings are shown.
const mostCalls = 500

// ofTicket are the calls of a ticket that somebody may see.
func (r *Room) ofTicket(ctx context.Context, to *rest.Registrar, a gate.Account, in *question) ([]telephony.CallID, error) {
	n, err := tickets.ParseNumber(in.Ticket)
	if err != nil {
		return nil, agentapi.RefuseField("query.ticket", err.Error())
	}
	in.Ticket = string(n)
	page, err := r.Calls.ListCalls(ctx, lists.CallQuestion{Sight: r.sight(a), CallFilter: lists.CallFilter{Ticket: n}, Limit: mostCalls})
	if err != nil {
		return nil, to.Refusal(err, "read the calls of a ticket")
	}
	calls := []telephony.CallID{}
	for _, c := range page.Calls {
		id, is := c.Call()
		if is && (len(in.Calls) == 0 || slices.Contains(in.Calls, string(id))) {
			calls = append(calls, id)
		}
	}
	return calls, nil
}

// sight is what somebody may see.
func (r *Room) sight(a gate.Account) tickets.Sight {
	s := r.Terms().Sight(a.Person)
	s.All = a.Role.Oversees()
	return s
}

// mayHear says whether somebody hears all recordings, and whether any at all.
func (r *Room) mayHear(a gate.Account) (all, any bool) {
	all = a.Role.Oversees() || a.Role == gate.RoleMachine
	return all, all || r.AgentsHear && a.Agent != ""
}

// one is a recording that somebody may hear.
func (r *Room) one(ctx context.Context, to *rest.Registrar, id string) (gate.Account, recordings.Entry, error) {
	a, err := to.Who(ctx)
	if err != nil {
		return a, recordings.Entry{}, err
	}
	none := agentapi.Refuse(agentapi.CodeNotFound, "there is no recording %s", agentapi.Printable(id))
	read, err := recordings.ParseID(id)
	if err != nil {
		return a, recordings.Entry{}, none
	}
	e, err := r.Rows.One(ctx, read)
	if errors.Is(err, recordings.ErrNone) {
		return a, e, none
	}
	if err != nil {
		return a, e, to.Refusal(err, "read a recording")
	}
	all, any := r.mayHear(a)
	for _, t := range e.Agents {
		all = all || any && t.Agent == string(a.Agent)
	}
	if !all && e.Kind == recordings.Message {
		if all, err = r.Calls.SeesContact(ctx, tickets.OfCall(e.Call), r.sight(a)); err != nil {
			return a, recordings.Entry{}, to.Refusal(err, "ask whose a message is")
		}
	}
	if !all {
		return a, recordings.Entry{}, none
	}
	return a, e, nil
}

// told is a recording as it is told.
func (r *Room) told(e recordings.Entry) Recording {
	lineup := r.Present.Lineup()
	out := Recording{
		ID: e.ID, Kind: e.Kind, Call: e.Call, Ticket: e.Ticket, Queue: e.Queue, At: e.Started, Length: seconds(e.Length), Agents: []Heard{}, Pauses: []Pause{}, Why: e.Why,
	}
	if e.Queue != "" {
		out.QueueName = lineup.Queue(queues.QueueID(e.Queue)).Name
	}
	for _, t := range e.Agents {
		h := Heard{NamedAgent: agentapi.NamedAgent{ID: queues.AgentID(t.Agent), Name: lineup.Name(queues.AgentID(t.Agent))}, From: seconds(max(0, t.From.Sub(e.Started)))}
		if !t.To.IsZero() {
			until := seconds(max(0, t.To.Sub(e.Started)))
			h.Until = &until
		}
		out.Agents = append(out.Agents, h)
	}
	for _, p := range e.Pauses {
		out.Pauses = append(out.Pauses, Pause{seconds(p.From), seconds(p.To), p.Why})
	}
	if e.Held != nil {
		by := lineup.People[e.Held.By]
		if by == "" {
			by = e.Held.By
		}
		out.Held = &Held{e.Held.At, by, tickets.Display(e.Held.Why)}
	}
	return out
}

func seconds(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }

// unheard is what is told of a sound that cannot be had.
func (r *Room) unheard(to *rest.Registrar, err error) error {
	p := Unheard(err)
	if p == nil {
		return to.Refusal(err, "open a recording")
	}
	if p.Code != agentapi.CodeNotFound {
		_ = to.Refusal(err, "open a recording")
	}
	return p
}

// Unheard is what people are told of a recording that is not as it was kept, or not there; nil for any other error.
func Unheard(err error) *agentapi.Problem {
	switch {
	case errors.Is(err, recordings.ErrDamaged):
		return agentapi.Refuse(agentapi.CodeUnavailable, "the recording is damaged on the disk: an administrator can bring it back from a backup")
	case errors.Is(err, recordings.ErrNoKey):
		return agentapi.Refuse(agentapi.CodeUnavailable, "the key of the recording is not there: an administrator can bring it back")
	case errors.Is(err, recordings.ErrNone):
		return agentapi.Refuse(agentapi.CodeNotFound, "the sound of the recording is not here")
	default:
		return nil
	}
}

func (r *Room) waveform(ctx context.Context, to *rest.Registrar, id string) (*rest.Answer[Waveform], error) {
	_, e, err := r.one(ctx, to, id)
	if err != nil {
		return nil, err
	}
	p, err := r.Sounds.Peaks(e.ID)
	if err != nil {
		return nil, r.unheard(to, err)
	}
	w := Waveform{Step: float64(p.Stretch) / recordings.Rate, Left: []byte{}, Right: []byte{}}
	if len(p.Channels) > 0 {
		w.Left = append(w.Left, p.Channels[0]...)
	}
	if len(p.Channels) > 1 {
		w.Right = append(w.Right, p.Channels[1]...)
	}
	return rest.Answered(w), nil
}

func (r *Room) hear(ctx context.Context, to *rest.Registrar, in *heard, did tickets.Deed, inline bool) (*huma.StreamResponse, error) {
	a, e, err := r.one(ctx, to, in.ID)
	if err != nil {
		return nil, err
	}
	sound, err := r.Sounds.Sound(e.ID)
	if err != nil {
		return nil, r.unheard(to, err)
	}
	err = r.listenings.Hears(ctx, in.Asked(), a, string(did)+"/"+string(e.ID), func() error { return to.Looked(ctx, a, did, string(e.Call)) })
	if err != nil {
		return nil, errors.Join(err, sound.Close())
	}
	name := strings.Join([]string{"recording", e.Ticket, e.Started.UTC().Format("2006-01-02-150405")}, "-") + ".wav"
	return &huma.StreamResponse{Body: func(c huma.Context) {
		defer sound.Close()
		rest.HandOutSound(c, in.Asked(), attachment.Disposition(name, inline), sound)
	}}, nil
}

func (r *Room) hold(ctx context.Context, to *rest.Registrar, id string, did tickets.Deed, hold func(gate.Account) *recordings.Hold) (*rest.Answer[Recording], error) {
	a, e, err := r.one(ctx, to, id)
	if err != nil {
		return nil, err
	}
	if err := to.Looked(ctx, a, did, string(e.Call)); err != nil {
		return nil, err
	}
	if err := r.Rows.Hold(ctx, e.ID, hold(a)); err != nil && !errors.Is(err, recordings.ErrNone) {
		return nil, to.Refusal(err, "hold a recording")
	}
	if _, e, err = r.one(ctx, to, id); err != nil {
		return nil, err
	}
	return rest.Answered(r.told(e)), nil
}

func (r *Room) delete(ctx context.Context, to *rest.Registrar, in *deletion) (*rest.Answer[Deleted], error) {
	a, e, err := r.one(ctx, to, in.ID)
	if err != nil {
		return nil, err
	}
	held := agentapi.Refuse(agentapi.CodeConflict, "the recording is held: release it first")
	if e.Held != nil {
		return nil, held
	}
	if err := to.Looked(ctx, a, tickets.DeletedRecording, string(e.Call)); err != nil {
		return nil, err
	}
	if r.Archive == nil {
		return nil, agentapi.Refuse(agentapi.CodeUnavailable, "recordings are not kept here")
	}
	at := time.Now().UTC()
	err = r.Archive.Delete(ctx, e.ID, recordings.Deletion{At: at, By: string(a.Person), Why: tickets.Typed(in.Why)})
	switch {
	case errors.Is(err, recordings.ErrHeld):
		return nil, held
	case err != nil && !errors.Is(err, recordings.ErrNone):
		return nil, to.Refusal(err, "delete a recording")
	}
	return rest.Answered(Deleted{at}), nil
}
