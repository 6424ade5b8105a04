// Package telephony is the language in which the rest of Hotline speaks about
// telephone calls: numbers, calls, legs, prompts and digits, and the Driver that
// a switch must offer. It knows nothing of Asterisk, queues or tickets, and
// imports the standard library only.
//
//	switch (Asterisk, or the one in memory)
//	   │ events: digits, playback ended, leg answered, leg ended
//	   ▼
//	Call.Deliver: to whoever waits for it; never blocks, never drops
//	   │
//	   ▼
//	Call: blocking verbs ── Answer, Play, Collect, Menu, Dial … ──► Driver
//	   │ Converse                                                     ▲
//	   ▼                                                              │
//	Conversation: who is in the bridge, and who beside it with music ─┘
//	   ▲
//	   │ Meanwhile: what a desk asks for in the midst of it
//
// One goroutine serves one call from the first ring to the end. Its verbs block;
// when the caller is gone each of them returns ErrHangup, an ordinary error that a
// script passes upwards. The logic of type-ahead, barge-in and inter-digit time
// lives in Call, once; drivers stay thin.
//
// In a conversation each verb says where it wants the parties, and Bring makes it so in one order of steps, which also is how a
// restarted Hotline makes it so again:
//
//	            Hold                               third party comes
//	  talk ──────────────► on hold         talk ◄──────────────────► conference
//	C and A │ – ◄────── A │ C with music               leaves         C, A and T │ –
//	         Resume          │                                            │
//	                         ▼                                            ▼
//	             A and T │ C, or C and A │ T: one of three is beside the bridge
//
//	all of them ──► over: the caller is gone (ErrHangup) and the line lets nobody talk on (WhenCallerLeaves), or all others are gone, but for
//	                supervisors whom the line lets stay (WhenOnlySupervised), or the context has ended
//
// A supervisor is at the call, and not in its conversation but while they speak there: see Overseer.
package telephony

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// CallID identifies one customer's call for its whole life: a UUIDv7. It is derived from
// the switch's own id of the caller's channel, so that a restarted Hotline finds
// the same id again. One of our own making is chosen by us, and the customer's channel bears it.
type CallID string

// LegID identifies one party's channel. The caller's is the switch's own; all others (and the customer's whom we
// call) begin with the CallID and a dot, so that whatever is left over can be traced.
type LegID string

// BridgeID identifies legs that hear each other; that of a call's main bridge, in which its conversation is, equals its CallID.
type BridgeID string

// ErrHangup says that the caller is gone. Every verb of a Call returns it from then on.
var ErrHangup = errors.New("caller hung up")

// ErrGone is a driver's answer about a leg or bridge that no longer exists: an
// ordinary race with a hang-up (ARI's 404, 409, 412 and 422), not a fault. Where legs are to
// be in a bridge it is about the legs: that there is no such bridge is a fault, and nobody's end.
var ErrGone = errors.New("leg is gone")

// Driver is what a switch offers. Its methods start things and return once the
// switch has accepted them; what happens then arrives as an Event, by Call.Deliver.
// All are safe for concurrent use, and give up when ctx ends.
type Driver interface {
	// Answer answers the caller's leg.
	Answer(ctx context.Context, leg LegID) error
	// Play starts an announcement; PlayEnded follows. An announcement of Music alone
	// is music on hold: it does not end by itself and has no PlayEnded. Where another plays, it begins when that has ended. In a bridge it covers the voices of the others.
	Play(ctx context.Context, leg LegID, id MediaID, a Announcement) error
	// Stop ends a playback, music or recording. ErrGone says that there is none; a recording that has ended by itself is there.
	Stop(ctx context.Context, leg LegID, id MediaID) error
	// Dial calls a phone; LegRinging, LegAnswered and LegEnded follow. Hangup ends the ringing.
	Dial(ctx context.Context, d Dial) error
	// Bridge makes the bridge hold exactly these legs; none deletes it. In it the caller's keys are heard by the others; those of the others are
	// events (Digit), and nobody hears them.
	Bridge(ctx context.Context, id BridgeID, legs ...LegID) error
	// Monitor makes a leg that hears another, and speaks to it where Whisper is set.
	// When it returns the new leg can be bridged with a supervisor's; it has no LegAnswered. ErrWhisperUnsafe says that this switch
	// had better not whisper. Of nobody none is made, and only this is said.
	Monitor(ctx context.Context, m Monitor) error
	// Record records a leg, or a bridge while legs are joined; RecordEnded follows. ErrGone says also that there is a recording of that name.
	Record(ctx context.Context, r Recording) error
	// Type types digits to a leg, as a key does that somebody presses (RFC 4733 on SIP), one after the other; it does not wait for their end.
	// They are among "0123456789*#ABCD".
	Type(ctx context.Context, leg LegID, digits string) error
	// Hangup ends a leg.
	Hangup(ctx context.Context, leg LegID, cause Cause) error
	// Mark keeps a note on a leg for as long as it lives, so that a restarted
	// Hotline finds it there (see NewResume).
	Mark(ctx context.Context, leg LegID, m Mark) error
}

// Mark is what a leg is marked with.
type Mark struct {
	Note string // at most 5 kB of printable text
	// Keeps has the switch keep the keys that are typed on the leg until the next mark, beside the note, so that a restarted Hotline takes what was
	// typed while there was none (see Resume.Typed). A switch need not be able to; one that is keeps those of a caller from the beginning, too. Typed is what
	// was typed before, and nobody has taken yet.
	Keeps bool
	Typed string
}

// Line serves calls. A driver runs Serve in a goroutine of the call's own, and
// calls Call.Hangup when it returns, unless the call is HandedOver.
type Line interface {
	Serve(ctx context.Context, c *Call)
}

// MediaKind says what a MediaID names.
type MediaKind uint8

const (
	Playback MediaKind = iota
	MusicOnHold
	RecordingOf
	Hush // an endless silence, which covers voices as a playback does, and which a playback ends; it has no PlayEnded
	Ring // likewise, a ringing tone: only one of the two is there
)

func (k MediaKind) String() string {
	switch k {
	case Playback:
		return "playback"
	case MusicOnHold:
		return "music on hold"
	case RecordingOf:
		return "recording"
	case Hush:
		return "hush"
	case Ring:
		return "ringing tone"
	default:
		return fmt.Sprintf("media kind %d", uint8(k))
	}
}

// MediaID names something that plays or records. Music on hold needs no name: a leg has one at most.
type MediaID struct {
	Kind MediaKind
	Name string
}

// Announcement is what a leg hears: parts in order, in one language ("ru", "en").
type Announcement struct {
	Language string
	Parts    []Part
}

// Part is one of Sound, Digits, Tone, Silence and Music.
type Part interface{ part() }

type (
	// Sound is a recorded prompt by its name, without language or extension ("hotline/greeting").
	Sound string
	// Digits are spoken one by one ("4711").
	Digits string
	// Tone is a named tone of the switch ("ring", "busy", "beep", "error").
	Tone string
	// Silence is a pause.
	Silence time.Duration
	// Music is a class of music on hold ("default").
	Music string
)

func (Sound) part()   {}
func (Digits) part()  {}
func (Tone) part()    {}
func (Silence) part() {}
func (Music) part()   {}

// Say is the common announcement: prompts by name, in order.
func Say(language string, sounds ...Sound) Announcement {
	a := Announcement{Language: language}
	for _, s := range sounds {
		a.Parts = append(a.Parts, s)
	}
	return a
}

// Address is whom to dial: "phone:7" for a provisioned phone, "number:+78005550100" for the outside world.
type Address string

// isPhone reports whether it is a provisioned phone's.
func (a Address) isPhone() bool { return strings.HasPrefix(string(a), "phone:") }

// Printable is the address as errors and logs may have it: a number outside is a customer's, and left out.
func (a Address) Printable() string {
	if !a.isPhone() {
		return "a number outside"
	}
	return string(a)
}

// Dial is a phone to be reached.
type Dial struct {
	Leg     LegID // chosen by the caller of Dial, begins with Call and a dot
	Call    CallID
	To      Address
	From    Number // shown on the phone
	Name    string // shown on the phone; hostile text, the driver makes it safe
	Beside  Number // told to a number outside beside From, where the driver's network has a way to; only a Full one is
	Timeout time.Duration
	Note    string // rides on the leg, so that a Hotline that is started anew finds for what it was dialled (see Call.AnsweredInGap); printable text, at most 1 kB. On a customer's, whom we call, it is as the note of a Mark
	Mark    string // is on the caller's leg, as the note of a Mark that keeps no keys, before the phone rings: a request less. "" leaves there what is; where nothing was dialled, or it cannot be written, it is missing
	Sent    func() // called once the switch dials, from the goroutine that asked for it; nil is nothing
	Unnoted func() // called before Dial returns where Mark could not be written, and the phone is dialled all the same; nil is nothing. Call gives it
	Before  func() // is done before the phone rings, beside what the switch does until then, in the goroutine that asked for it; nil is nothing

	Ready <-chan struct{} // the phone rings once this is closed; nil is at once. Call closes it when Before has returned
}

// Monitor is a leg that listens to another.
type Monitor struct {
	Leg     LegID
	Call    CallID
	Of      LegID
	Whisper bool
	Alone   bool // it hears what that leg says, and not what it hears: a recorder's, which is bridged with nobody
}

// Recording names what to record: Leg, or Bridge where it is set.
type Recording struct {
	ID      MediaID
	Leg     LegID
	Bridge  BridgeID
	Longest time.Duration // 0 is without limit
	Silence time.Duration // a leg that makes no sound for so long ends it; 0 is never
	Until   string        // digits that end it, among "0123456789*#"; "" is none
}

// Cause says why a leg ended. A driver puts into these words what its network says of a phone that was dialled and not answered.
type Cause uint8

const (
	CauseNormal        Cause = iota // one of the two hung up, and whatever is not below
	CauseBusy                       // the phone is in another call, or is not to be disturbed
	CauseNoAnswer                   // it rang in vain
	CauseDeclined                   // somebody saw it ring, and refused the call
	CauseUnreachable                // there is no such phone, or it says nothing
	CauseCongestion                 // the switch itself could not dial it
	CauseFailing                    // the phone refuses what it should take: it is out of order, or set up wrongly
	CauseForwards                   // the phone sends its callers elsewhere, which is not followed
	CauseSelfDeclining              // the phone declines by itself, before it rings for anybody
	CauseLost                       // nothing has come of an answered leg for too long: the phone died, or the network
	CauseBroken                     // the switch itself has died, or was stopped, with all its legs
)

func (c Cause) String() string {
	switch c {
	case CauseNormal:
		return "hung up"
	case CauseBusy:
		return "busy"
	case CauseNoAnswer:
		return "no answer"
	case CauseDeclined:
		return "declined"
	case CauseUnreachable:
		return "unreachable"
	case CauseCongestion:
		return "congestion"
	case CauseFailing:
		return "the phone fails"
	case CauseForwards:
		return "forwarded elsewhere"
	case CauseSelfDeclining:
		return "declined before it rang"
	case CauseLost:
		return "connection lost"
	case CauseBroken:
		return "the switch died"
	default:
		return fmt.Sprintf("cause %d", uint8(c))
	}
}

// Event is what a switch reports about a call: Digit, PlayEnded, RecordEnded,
// LegRinging, LegAnswered, LegHolds, LegEnded.
type Event interface{ event() }

type (
	// Digit was typed on a leg.
	Digit struct {
		Leg   LegID
		Digit byte // '0'-'9', '*', '#', 'A'-'D'
		At    time.Time
	}
	// PlayEnded says that a playback came to its end, was stopped, or failed (Err).
	PlayEnded struct {
		ID  MediaID
		Err error
	}
	// RecordEnded says that a recording is complete, or why it failed.
	RecordEnded struct {
		ID  MediaID
		Err error
	}
	// LegRinging says that a dialled phone rings, or that something else than the phone is heard on its line already.
	LegRinging struct{ Leg LegID }
	// LegAnswered says that a dialled phone was picked up.
	LegAnswered struct {
		Leg LegID
		At  time.Time
	}
	// LegHolds says that a party has put the others on hold with a key of their own phone, or has taken them off again. The switch mostly
	// plays music to the other of two who are in the bridge with them, of no class that anybody has chosen, and ends whatever plays when one
	// of them leaves the bridge.
	LegHolds struct {
		Leg   LegID
		Holds bool
	}
	// LegEnded says that a leg is gone: the caller's own, or a dialled one.
	LegEnded struct {
		Leg      LegID
		Cause    Cause
		Response int // with which a dialled phone refused the call, in the network's own numbers; 0 where it said none
		At       time.Time
	}
)

func (Digit) event()       {}
func (PlayEnded) event()   {}
func (RecordEnded) event() {}
func (LegRinging) event()  {}
func (LegAnswered) event() {}
func (LegHolds) event()    {}
func (LegEnded) event()    {}

// Arrival is what a switch knows of a call when it begins, or when a restarted Hotline finds it again.
type Arrival struct {
	ID   CallID
	Node string // the switch that has the call, by the name it was given; "" where there is one only
	Leg  LegID  // on that node: another may have one of the same name
	From Number
	Name string // as the network sent it: hostile
	To   Number
	At   time.Time // when the switch first saw the call
	// Withheld is what the network said of a caller who withholds their number: hostile, and for those alone who may see it. From is
	// anonymous then, and Name empty.
	Withheld string
	// Hidden is the number in Withheld: for who decides whether the call comes in at all (ivr/door), and nobody else.
	Hidden Number
	// Ours says that the caller shows the number of the line itself: theirs is a call that this line has made, and that somebody outside has
	// forwarded back, or one of a house whose phones all show that number. From is anonymous then.
	Ours bool
	// Address is where the call's signalling came from; the zero one where the switch does not say.
	Address netip.Addr
	Resume  *Resume // nil for a new call

	// Outgoing is a call of our own: From is whom we call, and there is no leg of theirs before Call.Reach.
	Outgoing bool
}

// CustomersLeg is the customer's leg of an outgoing call.
func CustomersLeg(call CallID) LegID { return LegID(call + ".customer") }

// Phone is a SIP phone to provision on the switch.
type Phone struct {
	ID     string // the user part of its address; also its user name
	Secret string
	WebRTC bool // a browser's phone: websocket, DTLS, ICE
}
