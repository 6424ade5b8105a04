package telephony

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// ErrNotTalking says that a conversation is over: nothing can be done in it, and nobody can listen to it, any more.
var ErrNotTalking = errors.New("caller talks to nobody")

// Role says what somebody is in a conversation.
type Role uint8

const (
	Nobody     Role = iota // none of them: what ended a conversation was its context, or an error
	Caller                 // whom the call is about, also where we have called them
	Agent                  //
	Supervisor             //
	Outside                // somebody at a number outside
)

var roleNames = [...]string{Nobody: "nobody", Caller: "caller", Agent: "agent", Supervisor: "supervisor", Outside: "outside"}

func (r Role) String() string {
	if int(r) < len(roleNames) {
		return roleNames[r]
	}
	return fmt.Sprintf("role %d", uint8(r))
}

// Party is somebody in a conversation. What it says of itself never changes; where a party is, Conversation.Now says.
type Party struct {
	role Role
	leg  *Leg // nil where it is the caller, whose leg is the call's own

	// The call's goroutine only.
	music  *music // that plays to them instead of the conversation; nil is none. The caller's is Call.music.
	told   bool   // the script knows that they hold with a key of their phone
	hushed bool   // what Hush is may be on their leg
	rings  bool   // what Ring is may be

	overseer *Overseer // a supervisor's, who stays at the call when they leave a conversation; nil elsewhere
}

// As makes a leg that was answered a party in this role. It is in no conversation yet.
func (l *Leg) As(r Role) *Party { return &Party{role: r, leg: l} }

// Role is what the party is in the conversation.
func (p *Party) Role() Role { return p.role }

// Leg is the party's leg; nil is the caller's own.
func (p *Party) Leg() *Leg { return p.leg }

// left reports whether the party has hung up. The caller is not asked: their end is that of the call.
func (p *Party) left() bool {
	if p.leg == nil {
		return false
	}
	select {
	case <-p.leg.ended:
		return true
	default:
		return false
	}
}

// Conversation is who talks in a call, and the only one to say who is where. Each party is in the call's main bridge, where
// all hear each other, or beside it, where they hear music and nobody. A verb says where it wants everybody, and Bring brings
// the switch to it:
//
//	                 in the bridge   beside it
//	talk             C A             –
//	hold             A               C          C  caller
//	consultation     A T             C          A  agent
//	swapped          C A             T          T  a third party: another agent, a supervisor, somebody outside
//	conference       C A T           –
//	over             –               –
//
// A party who hangs up leaves it, and it goes on among the others. It is over when the caller is gone (but see WhenCallerLeaves), when all others are, or
// when its context ends; then the legs of all others are hung up, and the caller, where they are still there, goes on in the
// script. So it owns the legs of its parties, from Converse or Bring on.
//
// A conversation changes in the call's own goroutine only, whoever wants it: other goroutines use Meanwhile. Its life there:
//
//	v := call.Converse(leg.As(Agent)) ─► v.Join ─► v.Next, as often as somebody leaves ─► v.End
//
// Talk is all of that at once, for a script that does nothing about who leaves. A conversation that was under way when an
// earlier Hotline died is found with Call.Rejoin, and goes on with Join as well.
type Conversation struct {
	call   *Call
	caller *Party

	asks chan ask      // without room: who asks waits until it is taken, or the conversation is over
	over chan struct{} // closed at its end

	// Replaced as a whole, under the call's mu, by the call's goroutine.
	now Arrangement

	kept bool // supervisors who speak keep it going, with nobody else; guarded by the call's mu

	turned int // how often something has happened after which the ears of a leg may be deaf (see refresh); guarded by the call's mu

	// The call's goroutine only.
	joined  bool         // it has been brought to an arrangement
	resumed bool         // it was found after a restart, as in now
	noted   *Arrangement // what the note that was found wants; nil where the bridge alone says it
	holding func(ctx context.Context, p *Party, holds bool)
	leaving func(ctx context.Context, p *Party)
	outlive func(ctx context.Context) (with *Party, note string)
	keeping func(ctx context.Context) bool
	typing  func(ctx context.Context, p *Party, d Digit)
	ringing bool   // who is in the bridge without another is to hear that it rings elsewhere
	tracks  tracks // of what they say
	endedBy Role   // who left last
	left    bool   // the caller was taken out of it (see Leave)
	awaits  bool   // it goes on with nobody in the bridge (see Await)
	lost    bool   // whose connection was lost

	question *question // that the caller is asked; nil is none
}

// ask is something that is to be done in a conversation.
type ask struct {
	do   func(ctx context.Context) error
	done chan error // room for the one error
}

// Converse begins a conversation of the caller and somebody who was dialled, who hear each other after Join or Talk. One of
// End and Talk must follow, for the conversation owns the other's leg from now on.
func (c *Call) Converse(with *Party) *Conversation {
	v := c.newConversation()
	v.now = Arrangement{In: []*Party{v.caller, with}}
	c.deserted = false
	c.typedOn(with.leg) // nobody has listened to that
	c.talksIn(v)
	return v
}

func (c *Call) newConversation() *Conversation {
	return &Conversation{call: c, caller: &Party{role: Caller}, asks: make(chan ask), over: make(chan struct{})}
}

// talksIn makes v the conversation of the call; nil is none.
func (c *Call) talksIn(v *Conversation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.talk = v
	c.wakeOverseers()
}

// Conversation is the one that the caller is in now, or nil. Any goroutine may use it.
func (c *Call) Conversation() *Conversation {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.talk
}

// Caller is the party whom the call is about. Any goroutine may use it.
func (v *Conversation) Caller() *Party { return v.caller }

// Now says who is in the bridge and who beside it, as far as the call's goroutine knows. Any goroutine may use it.
func (v *Conversation) Now() Arrangement {
	v.call.mu.Lock()
	defer v.call.mu.Unlock()
	return v.now.clone()
}

// Join brings the parties together, for a script that has to note a conversation between its beginning and its end. Where that
// fails Next says how, and so does Talk. Of a conversation found after a restart it makes again what the note wanted; a caller
// who was found on hold stays so. A conversation that has been joined is not touched.
func (v *Conversation) Join(ctx context.Context) error {
	switch now := v.Now(); {
	case v.joined:
		return v.call.ready(ctx)
	case v.noted != nil:
		return v.Bring(ctx, *v.noted)
	case v.Held(): // no note says with which music: Hold does
		return v.call.ready(ctx)
	default:
		return v.Bring(ctx, now)
	}
}

// Talk lets the parties talk, and blocks until the conversation is over, or ctx ends. Music on hold ends, but for a caller who
// was found on hold. All legs but the caller's are gone when it returns, however it returns; the caller stays on the line when the
// others leave. What they typed in the conversation is forgotten. What others want done in it (see Meanwhile) it does. When the
// call is left to the next Hotline (see HandedOver) the conversation goes on as it is.
//
// by says who left last: of two, who ended it; Nobody where the caller was taken out of it (see Leave). When the caller has left, the error is ErrHangup.
func (v *Conversation) Talk(ctx context.Context) (by Role, err error) {
	defer v.End(ctx)
	if err = v.Join(ctx); err != nil && !v.wasLeft() {
		return v.endOf(), err
	}
	for err == nil && (v.hasCompany() || v.awaits || v.isKept(ctx)) {
		var who *Party
		if who, err = v.Next(ctx); err != nil {
			break
		}
		if v.leaving != nil && who != v.caller && who.overseer == nil {
			v.leaving(ctx, who)
		}
		err = v.bringToCaller(ctx)
	}
	if errors.Is(err, ErrHangup) && v.outlive != nil && ctx.Err() == nil {
		if with, note := v.outlive(ctx); with != nil {
			v.talkOn(ctx, with, note)
			if ctx.Err() != nil {
				return Nobody, context.Cause(ctx)
			}
		}
	}
	by = v.endOf()
	if by != Nobody && by != Caller && v.call.gone.Err() == nil {
		return by, nil // even when ctx has ended too: the conversation is over anyway
	}
	return by, v.call.ready(ctx)
}

// bringToCaller brings all together where the caller would be left alone in the bridge while others are beside it, and not where all wait.
func (v *Conversation) bringToCaller(ctx context.Context) error {
	now := v.Now()
	if v.awaits || !v.hasCompany() || len(except(now.In, v.caller)) > 0 {
		return nil
	}
	return v.Bring(ctx, Arrangement{In: now.all()})
}

// Next blocks until somebody leaves, and says who; meanwhile it does what others want done in the conversation. They are not in
// it any more then. It is the caller, without an error, who was taken out of it (see Leave). The error is ErrHangup when the caller has left, or ctx's cause.
func (v *Conversation) Next(ctx context.Context) (*Party, error) {
	for {
		if p := v.takeLeaver(); p != nil {
			v.retrack(ctx) // nobody is recorded who is alone
			if p.overseer != nil {
				_ = v.RingOn(ctx) // fails where the other is about to leave as well
			}
			return p, nil
		}
		if v.left {
			return v.caller, nil
		}
		v.tellWhoHolds(ctx)
		v.tellWhatIsTyped(ctx)
		typed, said, late := v.heedAnswer(ctx)
		again := v.heedTracks(ctx)
		select {
		case <-again:
		case <-typed:
		case <-said:
		case <-late:
		case <-v.call.legEnded:
		case <-v.call.held:
		case <-v.call.gone.Done():
			return v.caller, ErrHangup
		case <-ctx.Done():
			return nil, v.call.ready(ctx)
		case a := <-v.asks:
			a.done <- a.do(ctx)
		}
	}
}

// WhenHolding lets do know when a party begins to hold the others with a key of their own phone, and when they do so no longer: in the
// call's goroutine, between two things that are done in the conversation. It is for before Talk and Next.
func (v *Conversation) WhenHolding(do func(ctx context.Context, p *Party, holds bool)) {
	v.holding = do
}

// WhenLeaving lets do know in Talk that a party beside the caller has left, before the others are brought together: it may bring them
// together otherwise, or take the caller out of the conversation (see Leave). It is for before Talk.
func (v *Conversation) WhenLeaving(do func(ctx context.Context, p *Party)) { v.leaving = do }

// WhenOnlySupervised lets do say in Talk, when all others have left the caller and a supervisor who speaks, whether these two talk on, until one of them
// leaves. Otherwise it is over. A Hotline that dies meanwhile, or leaves its calls to the next, ends it. It is for before Talk.
func (v *Conversation) WhenOnlySupervised(do func(ctx context.Context) bool) { v.keeping = do }

// isKept reports whether supervisors keep the conversation going, and brings the caller to them.
func (v *Conversation) isKept(ctx context.Context) bool {
	now := v.Now()
	wanted := Arrangement{In: present(except(now.In, v.caller))}
	if len(wanted.In) == 0 || v.call.gone.Err() != nil || v.keeping == nil || v.left || !v.keeping(ctx) {
		return false
	}
	if wanted.In = append(wanted.In, v.caller); slices.Contains(now.Beside, v.caller) && v.Bring(ctx, wanted) != nil {
		return false
	}
	v.call.mu.Lock()
	defer v.call.mu.Unlock()
	v.kept = true
	v.call.wakeOverseers()
	return true
}

// WhenCallerLeaves lets do say in Talk, when the caller has left, with whom the others talk on without them: until that one leaves or is alone, or the context
// ends, while all verbs return ErrHangup. With nobody, nil, it is over for all. The call's note has gone with the caller's leg, and so do gives another, of at most
// 4 kB, for the leg of that one: the next Hotline finds the call by it (see Resume.Left), and Talk asks do again there, where "" leaves that note as it is. It is
// for before Talk.
func (v *Conversation) WhenCallerLeaves(do func(ctx context.Context) (with *Party, note string)) {
	v.outlive = do
}

// Foresee keeps on the leg of one of a conversation what would be noted there if the caller left (see WhenCallerLeaves): should they leave while there is no Hotline,
// the next one finds by it who talks on with the one, as far as two of them are there still. Others may be about to come. It is for Meanwhile, and for before Talk.
func (v *Conversation) Foresee(ctx context.Context, note string, with *Party, others ...*Party) error {
	return v.noteLeft(ctx, note, append([]*Party{with}, others...))
}

// noteLeft notes on the leg of the first of some that they are left to each other.
func (v *Conversation) noteLeft(ctx context.Context, note string, these []*Party) error {
	err := v.call.driver.Mark(ctx, these[0].leg.id, Mark{Note: leftBegins + v.recordOf(Arrangement{In: these}) + note})
	if err != nil {
		return fmt.Errorf("mark %s: %w", these[0].leg.id, err)
	}
	return nil
}

// wasLeft reports whether a restart has found the conversation without the caller.
func (v *Conversation) wasLeft() bool {
	r := v.call.arrival.Resume
	return r != nil && r.Left
}

// talkOn lets the others talk with one of them when the caller has left, those who were beside the bridge as well. It is noted first. Nobody is recorded then. Who
// leaves while that one has others yet is told as before (see WhenLeaving).
func (v *Conversation) talkOn(ctx context.Context, with *Party, note string) {
	c := v.call
	others := func() []*Party {
		return present(slices.DeleteFunc(v.Others(), func(p *Party) bool { return p.overseer != nil }))
	}
	if note != "" || !v.wasLeft() {
		// Where it cannot be written they talk on as well, and a restart ends it.
		_ = v.noteLeft(ctx, note, append([]*Party{with}, except(others(), with)...))
	}
	v.endTracks(ctx)
	beside := present(except(v.Now().Beside, v.caller))
	if len(beside) > 0 {
		if err := c.driver.Bridge(ctx, c.bridge(), c.legsOf(others())...); err != nil {
			return // somebody has just left as well
		}
	}
	for _, p := range others() {
		if slices.Contains(beside, p) || p.music != nil {
			_ = stopMusic(ctx, c.driver, c.legOf(p)) // a failure is their end, or that there was none
			p.music = nil
		}
	}
	v.set(Arrangement{In: append(others(), v.caller)})
	for !with.left() && len(others()) > 1 {
		if p := v.takeLeaver(); p == with {
			return // they have left since the loop has looked
		} else if p != nil {
			if v.leaving != nil && p.overseer == nil {
				v.leaving(ctx, p)
			}
			continue
		}
		select {
		case <-c.legEnded:
		case <-ctx.Done():
			return
		case a := <-v.asks:
			a.done <- a.do(ctx)
		}
	}
}

// Holds reports whether a party of the conversation holds the others with a key of their own phone. Any goroutine may use it.
func (v *Conversation) Holds(p *Party) bool {
	v.call.mu.Lock()
	defer v.call.mu.Unlock()
	if p.leg == nil {
		return v.call.holds
	}
	return p.leg.holds
}

func (v *Conversation) tellWhoHolds(ctx context.Context) {
	if v.holding == nil {
		return
	}
	for _, p := range v.Now().all() {
		if holds := v.Holds(p); holds != p.told {
			p.told = holds
			v.holding(ctx, p, holds)
		}
	}
}

// takeLeaver takes out of the conversation who has hung up, the first of them if there are several; nil is nobody.
func (v *Conversation) takeLeaver() *Party {
	now := v.Now()
	var first *Party
	for _, p := range now.all() {
		if p.left() && (first == nil || p.leg.nth < first.leg.nth) {
			first = p
		}
	}
	if first == nil {
		return nil
	}
	v.set(now.without(first))
	if first.overseer != nil {
		return first // they have ended nothing
	}
	v.endedBy, v.lost = first.role, first.leg.Lost()
	if first.leg.afterCaller {
		v.endedBy = Caller
	}
	return first
}

// endOf says who ended the conversation, which is over: who of the others left last when all have, and otherwise the caller where
// they are gone.
func (v *Conversation) endOf() Role {
	for v.takeLeaver() != nil {
	}
	switch {
	case !v.hasCompany():
		return v.endedBy
	case v.call.gone.Err() != nil:
		return Caller
	default:
		return Nobody
	}
}

// Lost reports whether who left last was lost: their phone was not heard of any more. It is for the call's goroutine.
func (v *Conversation) Lost() bool { return v.lost }

// Others are the parties beside the caller, in the bridge or not. Any goroutine may use it.
func (v *Conversation) Others() []*Party {
	return slices.DeleteFunc(v.Now().all(), func(p *Party) bool { return p == v.caller })
}

// hasCompany reports whether somebody is with the caller, in the bridge or not: a supervisor who speaks does not keep a conversation
// going that all others have left, unless WhenOnlySupervised says so.
func (v *Conversation) hasCompany() bool {
	return slices.ContainsFunc(v.Others(), func(p *Party) bool { return p.overseer == nil })
}

// listenedTo is the leg by which the conversation is heard: an agent's in the bridge before all, or anybody's but the caller's and
// supervisors', or of a supervisor who keeps it going, of another than who listens before all; nil where nobody is there.
func (v *Conversation) listenedTo(by *Leg) (found *Leg) {
	if v == nil {
		return nil
	}
	for _, p := range v.Others() {
		switch {
		case p.left() || p.overseer != nil:
		case p.role == Agent:
			return p.leg
		case found == nil:
			found = p.leg
		}
	}
	if found == nil && v.onlySupervised() {
		for _, p := range present(except(v.Now().In, v.caller)) {
			if found == nil || found == by {
				found = p.leg
			}
		}
	}
	return found
}

func (v *Conversation) onlySupervised() bool {
	v.call.mu.Lock()
	defer v.call.mu.Unlock()
	return v.kept
}

// letGo hangs up a party that is not in the conversation any more. A supervisor stays at the call.
func (c *Call) letGo(ctx context.Context, p *Party) {
	if p.overseer != nil {
		p.overseer.wakeUp()
		return
	}
	c.dismiss(ctx, p.leg)
}

// End hangs up everybody but the caller, who goes on in the script. It does nothing where ctx ended because the call is left to
// the next Hotline. It must be called, once, where Talk is not.
//
// A caller whom all others have left stays in the bridge, alone, until they are to hear something: who is hung up next need not be taken out before.
func (v *Conversation) End(ctx context.Context) {
	c := v.call
	c.talksIn(nil) // first: who wants something in it is told at once, however long the switch takes
	close(v.over)
	v.Unask(ctx)
	defer c.keypad.flush()
	if HandedOver(ctx) {
		return // the conversation goes on without us
	}
	if v.Held() && !v.left && c.gone.Err() == nil {
		ctx, cancel := release(ctx)
		_ = c.silence(ctx) // fails only where the switch does not answer: what is played next replaces it
		cancel()
	}
	c.record = ""
	v.endTracks(ctx)
	others := v.Others()
	if len(others) == 0 && !v.left && !v.Held() && c.gone.Err() == nil {
		c.deserted = true
		return
	}
	for _, p := range others {
		if p.overseer == nil {
			c.letGo(ctx, p)
		}
	}
	c.deleteBridge(ctx)
	for _, p := range others {
		if p.overseer != nil { // who looks for another place now
			c.letGo(ctx, p)
		}
	}
}

// Meanwhile lets the call's own goroutine do something in the midst of Talk or Next, and returns when it is done: so the verbs of
// a call stay one at a time, whoever wants them. do gets the context of Talk or Next. The error is that of do, ErrNotTalking where
// the conversation is over, or ctx's cause. Any goroutine but the call's own may use it.
func (v *Conversation) Meanwhile(ctx context.Context, do func(ctx context.Context) error) error {
	a := ask{do, make(chan error, 1)}
	select {
	case v.asks <- a:
	case <-v.over:
		return ErrNotTalking
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case err := <-a.done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
