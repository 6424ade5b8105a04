package agentapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// Command is one of the types below. A default in a switch over it panics.
type Command interface{ command() }

type (
	// Ready wants calls: agent.ready. The first one of a shift signs the agent in.
	Ready struct{}
	// NotReady wants none, and says why: agent.not_ready.
	NotReady struct {
		Reason string `json:"reason"`
	}
	// SignOut ends the shift: agent.sign_out.
	SignOut struct{}
	// AcceptOffer takes an offer: offer.accept.
	AcceptOffer struct {
		Offer queues.OfferID `json:"offer"`
	}
	// DeclineOffer does not: offer.decline.
	DeclineOffer struct {
		Offer queues.OfferID `json:"offer"`
	}
	// DialCall calls a number from the agent's own phone, which rings first: call.dial. A ticket that it is about goes along.
	DialCall struct {
		Number string         `json:"number"` // in full ("+74951234567"), or as it is dialled in the line's country
		Ticket tickets.Number `json:"ticket"` // "" is what the linking rule finds, or a new one
		Reason string         `json:"reason"` // why they call: one of GET /call-reasons; "" where none need be said
	}
	// HangUp ends the agent's call: call.hang_up.
	HangUp struct {
		Call telephony.CallID `json:"call"`
	}
	// HoldCall lets the caller hear music, and not the agent: call.hold.
	HoldCall struct {
		Call telephony.CallID `json:"call"`
	}
	// ResumeCall takes a caller back who is on hold: call.resume.
	ResumeCall struct {
		Call telephony.CallID `json:"call"`
	}
	// TypeInCall types digits to the caller, as to a machine that asks for them: call.type.
	TypeInCall struct {
		Call   telephony.CallID `json:"call"`
		Digits string           `json:"digits"` // of 0-9, *, #, A-D
	}
	// TransferCall sends the caller on, who hears music until somebody answers; the agent's talk is over: call.transfer. Exactly one of
	// queue, agent and number is where to.
	TransferCall struct {
		Call   telephony.CallID `json:"call"`
		Queue  queues.QueueID   `json:"queue"`
		Agent  queues.AgentID   `json:"agent"`  // a colleague who is free now
		Number string           `json:"number"` // outside, as for call.dial
		Note   string           `json:"note"`   // for whoever takes the caller
	}
	// ConsultCall asks somebody in the midst of the talk, while the caller is on hold; where somebody who was asked is in the talk with the caller, all talk
	// on, and who answers is with them at once: call.consult. Exactly one of queue, agent and number is whom.
	ConsultCall struct {
		Call   telephony.CallID `json:"call"`
		Queue  queues.QueueID   `json:"queue"`  // whoever of it is free now
		Agent  queues.AgentID   `json:"agent"`  // a colleague who is free now
		Number string           `json:"number"` // outside, as for call.dial
		Note   string           `json:"note"`   // for them
	}
	// SwapCall lets the agent talk with the other one of the caller and who was asked: call.swap.
	SwapCall struct {
		Call telephony.CallID `json:"call"`
	}
	// JoinCall lets the caller, who was asked and the agent hear each other: call.join.
	JoinCall struct {
		Call telephony.CallID `json:"call"`
	}
	// TakeBackCall lets all go who are asked, and takes the caller back: call.take_back.
	TakeBackCall struct {
		Call telephony.CallID `json:"call"`
	}
	// DropFromCall lets one of several go who were asked and are in the talk, or invites them no more: call.drop.
	DropFromCall struct {
		Call  telephony.CallID `json:"call"`
		Guest string           `json:"guest"` // as the talk's guests have it
	}
	// CompleteCall leaves the caller to who was asked, or to all who are in the talk; the agent's talk is over: call.complete.
	CompleteCall struct {
		Call telephony.CallID `json:"call"`
	}
	// CallForHelp calls for a supervisor, whom the wall tells of it: call.help. Sent again it says something else.
	CallForHelp struct {
		Call telephony.CallID `json:"call"`
		Note string           `json:"note"` // what it is about; may be empty
	}
	// EndHelp takes that back: call.end_help.
	EndHelp struct {
		Call telephony.CallID `json:"call"`
	}
	// RecordCall starts, stops or pauses the recording of the talk, or lets it go on: call.record.
	RecordCall struct {
		Call telephony.CallID `json:"call"`
		Do   RecordingWish    `json:"do"`
	}
	// LinkCall says which ticket the agent's call is about: call.link. Any that they may see will do, whoever owns it; a ticket that was opened for the call,
	// and that nobody else has taken, goes on in it.
	LinkCall struct {
		Call   telephony.CallID `json:"call"`
		Ticket string           `json:"ticket"`
	}
	// FinishWrapUp files the work after a call: wrap_up.finish.
	FinishWrapUp struct {
		Call        telephony.CallID    `json:"call"`
		Disposition tickets.Disposition `json:"disposition"` // "" where the clock was faster than a choice: note and subject are kept, and the ticket stays as it is
		Note        string              `json:"note"`
		Subject     string              `json:"subject"`      // "" keeps the ticket's
		SubjectSeen *string             `json:"subject_seen"` // the ticket's, as the agent saw it: another one that a colleague has written since stays, and the agent's is kept with the note. Absent: any
		NextAt      time.Time           `json:"next_at"`      // zero: the default, where the ticket stays open
		Department  string              `json:"department"`   // where it is handed over to; "" is the topic's
		Stays       bool                `json:"stays"`        // with the owner and the next date that it was given during the call, where it stays open
	}
	// ExtendWrapUp asks for a minute more: wrap_up.extend.
	ExtendWrapUp struct{}
	// SeeBulletin acknowledges what a supervisor has said: bulletin.see.
	SeeBulletin struct {
		Bulletin string `json:"bulletin"`
	}
	// SeeOffer is the page's acknowledgement of a pop: offer.seen. It ends in the stream, so that nobody who carries out
	// commands gets one.
	SeeOffer struct {
		Offer queues.OfferID `json:"offer"`
	}
)

func (Ready) command()        {}
func (NotReady) command()     {}
func (SignOut) command()      {}
func (AcceptOffer) command()  {}
func (DeclineOffer) command() {}
func (DialCall) command()     {}
func (HangUp) command()       {}
func (HoldCall) command()     {}
func (ResumeCall) command()   {}
func (TransferCall) command() {}
func (TypeInCall) command()   {}
func (ConsultCall) command()  {}
func (SwapCall) command()     {}
func (JoinCall) command()     {}
func (TakeBackCall) command() {}
func (DropFromCall) command() {}
func (CompleteCall) command() {}
func (CallForHelp) command()  {}
func (EndHelp) command()      {}
func (RecordCall) command()   {}
func (LinkCall) command()     {}
func (FinishWrapUp) command() {}
func (ExtendWrapUp) command() {}
func (SeeBulletin) command()  {}
func (SeeOffer) command()     {}

// LongestID is how many bytes an id, or a command's idempotency key, may have.
const LongestID = 100

// ReadCommand reads a command by its name, and checks it as far as this room can: what is chosen is in the lists. A field that
// it does not know is refused: dropping what somebody typed would lose it silently.
func ReadCommand(name string, data json.RawMessage, lists Lists) (Command, error) {
	for _, c := range commands {
		if c.name == name {
			return c.reads.read(data, lists)
		}
	}
	return nil, Refuse(CodeUnknownCommand, "there is no command %q", Printable(name))
}

// commands are all that there are, with what of the agent's each is about.
var commands = []struct {
	name, about string
	reads       reader
}{
	{"agent.ready", "their availability", reads(func(Ready, Lists) error { return nil })},
	{"agent.not_ready", "their availability", reads(func(c NotReady, l Lists) error { return oneOf("data.reason", c.Reason, l.Reasons()) })},
	{"agent.sign_out", "their shift", reads(func(SignOut, Lists) error { return nil })},
	{"offer.seen", "the offer on their desk", reads(func(c SeeOffer, _ Lists) error { return id("data.offer", c.Offer) })},
	{"offer.accept", "the offer on their desk", reads(func(c AcceptOffer, _ Lists) error { return id("data.offer", c.Offer) })},
	{"offer.decline", "the offer on their desk", reads(func(c DeclineOffer, _ Lists) error { return id("data.offer", c.Offer) })},
	{"call.dial", "their own phone", reads(func(c DialCall, l Lists) error { return checkDial(c, l.CallReasons()) })},
	{"call.hang_up", "the call that they talk in", reads(func(c HangUp, _ Lists) error { return id("data.call", c.Call) })},
	{"call.hold", "the call that they talk in", reads(func(c HoldCall, _ Lists) error { return id("data.call", c.Call) })},
	{"call.resume", "the call that they talk in", reads(func(c ResumeCall, _ Lists) error { return id("data.call", c.Call) })},
	{"call.type", "the call that they talk in", reads(func(c TypeInCall, _ Lists) error {
		return errors.Join(id("data.call", c.Call), checkDigits(c.Digits))
	})},
	{"call.transfer", "the call that they talk in", reads(func(c TransferCall, _ Lists) error { return checkTransfer(c) })},
	{"call.consult", "the call that they talk in", reads(func(c ConsultCall, _ Lists) error { return checkTransfer(TransferCall(c)) })},
	{"call.swap", "the call that they talk in", reads(func(c SwapCall, _ Lists) error { return id("data.call", c.Call) })},
	{"call.join", "the call that they talk in", reads(func(c JoinCall, _ Lists) error { return id("data.call", c.Call) })},
	{"call.take_back", "the call that they talk in", reads(func(c TakeBackCall, _ Lists) error { return id("data.call", c.Call) })},
	{"call.drop", "the call that they talk in", reads(func(c DropFromCall, _ Lists) error {
		return errors.Join(id("data.call", c.Call), id("data.guest", c.Guest))
	})},
	{"call.complete", "the call that they talk in", reads(func(c CompleteCall, _ Lists) error { return id("data.call", c.Call) })},
	{"call.help", "the call that they talk in", reads(func(c CallForHelp, _ Lists) error {
		return errors.Join(id("data.call", c.Call), short("data.note", c.Note, tickets.LongestHelp))
	})},
	{"call.end_help", "the call that they talk in", reads(func(c EndHelp, _ Lists) error { return id("data.call", c.Call) })},
	{"call.record", "the call that they talk in", reads(func(c RecordCall, _ Lists) error {
		return errors.Join(id("data.call", c.Call), oneOf("data.do", string(c.Do), recordingWishes))
	})},
	{"call.link", "the call that they talk in or wrap up, and a ticket that they may see", reads(func(c LinkCall, _ Lists) error {
		return errors.Join(id("data.call", c.Call), id("data.ticket", c.Ticket))
	})},
	{"wrap_up.finish", "one of their last calls", reads(func(c FinishWrapUp, l Lists) error { return checkWrapUp(c, l.Dispositions()) })},
	{"bulletin.see", "a bulletin on their desk", reads(func(c SeeBulletin, _ Lists) error { return id("data.bulletin", c.Bulletin) })},
	{"wrap_up.extend", "their wrap-up", reads(func(ExtendWrapUp, Lists) error { return nil })},
}

// reader reads commands of one type.
type reader struct {
	of   reflect.Type
	read func(data json.RawMessage, lists Lists) (Command, error)
}

// CommandRule says of what an agent's own a command is, whose data are the fields of a type.
type CommandRule struct {
	Name, About string
	Of          reflect.Type
}

// CommandRules are those of all commands. Nobody but an account with an agent gives any, and each is about that agent's own.
func CommandRules() (all []CommandRule) {
	for _, c := range commands {
		all = append(all, CommandRule{c.name, c.about, c.reads.of})
	}
	return all
}

// reads is how a command is read whose fields are checked so.
func reads[C Command](check func(C, Lists) error) reader {
	return reader{reflect.TypeFor[C](), func(data json.RawMessage, lists Lists) (Command, error) {
		return decode(data, func(c C) error { return check(c, lists) })
	}}
}

func checkWrapUp(c FinishWrapUp, dispositions []Choice) error {
	return errors.Join(
		id("data.call", c.Call),
		disposed(c.Disposition, dispositions),
		short("data.note", c.Note, tickets.LongestNote),
		short("data.subject", c.Subject, tickets.LongestSubject),
		short("data.department", c.Department, LongestID),
	)
}

func disposed(d tickets.Disposition, dispositions []Choice) error {
	if d == tickets.Undisposed {
		return nil
	}
	return oneOf("data.disposition", string(d), dispositions)
}

func checkDial(c DialCall, reasons CallReasons) error {
	if strings.TrimSpace(c.Number) == "" {
		return RefuseField("data.number", "missing")
	}
	var why error
	switch {
	case c.Reason != "":
		why = oneOf("data.reason", c.Reason, reasons.Items)
	case reasons.Required:
		why = RefuseField("data.reason", "is missing").Coded(FieldMissing, 0)
	}
	return errors.Join(short("data.number", c.Number, LongestID), short("data.ticket", string(c.Ticket), LongestID), why)
}

// mostDigits is how many may be typed at once: a card's number, and a bit more.
const mostDigits = 32

// checkDigits does not repeat what was typed: it may be a secret.
func checkDigits(digits string) error {
	switch {
	case digits == "":
		return RefuseField("data.digits", "is missing").Coded(FieldMissing, 0)
	case strings.Trim(digits, "0123456789*#ABCD") != "":
		return RefuseField("data.digits", "expected digits, *, # and A to D")
	}
	return short("data.digits", digits, mostDigits)
}

func checkTransfer(c TransferCall) error {
	var to error
	switch {
	case c.Queue != "" && c.Agent == "" && c.Number == "":
		to = id("data.queue", c.Queue)
	case c.Agent != "" && c.Queue == "" && c.Number == "":
		to = id("data.agent", c.Agent)
	case c.Number != "" && c.Queue == "" && c.Agent == "":
		to = short("data.number", c.Number, LongestID)
	default:
		to = RefuseField("data", "expected one of queue, agent and number")
	}
	return errors.Join(id("data.call", c.Call), to, short("data.note", c.Note, tickets.LongestTransferNote))
}

// decode reads data strictly; absent and null are an empty object.
func decode[C Command](data json.RawMessage, check func(C) error) (Command, error) {
	var c C
	if len(data) > 0 && string(data) != "null" {
		d := json.NewDecoder(bytes.NewReader(data))
		d.DisallowUnknownFields()
		if err := d.Decode(&c); err != nil {
			return nil, badField(err)
		}
		if _, err := d.Token(); !errors.Is(err, io.EOF) {
			return nil, RefuseField("data", "expected one object")
		}
	}
	if err := check(c); err != nil {
		var first *Problem
		errors.As(err, &first)
		if all, ok := err.(interface{ Unwrap() []error }); ok {
			first = mergeFields(all.Unwrap())
		}
		return nil, first
	}
	return c, nil
}

// badField says which field encoding/json did not like.
func badField(err error) *Problem {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return RefuseField(strings.TrimSuffix("data."+wrong.Field, "."), "expected "+wrong.Type.String())
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return RefuseField("data."+Printable(strings.Trim(name, `"`)), "there is no such field")
	}
	return RefuseField("data", Printable(err.Error()))
}

func mergeFields(all []error) *Problem {
	var p *Problem
	for _, err := range all {
		var one *Problem
		if !errors.As(err, &one) {
			continue
		}
		if p == nil {
			p = one
			continue
		}
		p.Errors = append(p.Errors, one.Errors...)
	}
	return p
}

func id[T ~string](field string, v T) error {
	switch {
	case strings.TrimSpace(string(v)) == "":
		return RefuseField(field, "is missing").Coded(FieldMissing, 0)
	case len(v) > LongestID:
		return RefuseField(field, "is too long to be an id")
	}
	return nil
}

// short counts characters of a text as it is kept, with the blanks at its ends cut off.
func short(field, v string, longest int) error {
	if utf8.RuneCountInString(tickets.Typed(v)) > longest {
		return RefuseField(field, fmt.Sprintf("is longer than %d characters", longest)).Coded(FieldTooLong, longest)
	}
	return nil
}

func oneOf(field, v string, choices []Choice) error {
	if slices.ContainsFunc(choices, func(c Choice) bool { return c.Code == v }) {
		return nil
	}
	codes := make([]string, len(choices))
	for i, c := range choices {
		codes[i] = c.Code
	}
	return RefuseField(field, "expected one of "+strings.Join(codes, ", ")).Coded(FieldUnknown, 0)
}
