package agentapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Problem is what the interface says when it refuses: RFC 9457 problem details
// with a stable Code, by which the pages translate. It travels as
// application/problem+json over REST and inside an ack on the stream.
//
// It is an error: what stands behind the interface (Agents, Tickets, Phones)
// returns one, made by Refuse, to say precisely why; any other error becomes
// "internal", is logged here, and is not shown.
type Problem struct {
	Title  string       `json:"title" doc:"the status in words"`
	Status int          `json:"status"`
	Code   Code         `json:"code" doc:"stable; translate by it"`
	Detail string       `json:"detail,omitempty" doc:"for people, in English"`
	Errors []FieldError `json:"errors,omitempty" doc:"which field broke which rule"`

	Version int64          `json:"version,omitempty" doc:"of stale: the ticket's now"`
	Since   []TicketChange `json:"since,omitempty" doc:"of stale: what has happened to the ticket meanwhile"`
	From    string         `json:"from,omitempty" doc:"of transition: the phase in which the ticket is"`
	To      string         `json:"to,omitempty" doc:"of transition: the phase to which it cannot go from there"`
	By      string         `json:"by,omitempty" doc:"of led_meanwhile and alarm_taken: the name of who did it"`
	Opens   time.Time      `json:"opens,omitzero" doc:"where that is known, of queue_closed: when the queue opens next; of not_at_this_hour: when the number may be called next"`
}

// FieldError names a field of the input and the rule that it broke. The value is not
// repeated: it could be a password.
type FieldError struct {
	Field string `json:"field" example:"body.login"`
	Rule  string `json:"rule" example:"expected required property login to be present"`
	// Code is the rule's stable name, where pages say it in words; Most is the number that it is about.
	Code FieldCode `json:"code,omitempty" example:"too_long" doc:"stable; translate by it"`
	Most int       `json:"most,omitempty" doc:"of too_long: characters; of too_many: entries"`
	// Of is who has what cannot be two customers'.
	Of string `json:"of,omitempty" doc:"of taken: the id of the customer who has it"`
}

// FieldCode is the stable name of a rule that a field broke.
type FieldCode string

const (
	FieldTooLong FieldCode = "too_long"
	FieldMissing FieldCode = "missing"
	FieldUnknown FieldCode = "unknown_choice" // not in the list of what may be chosen
	FieldPast    FieldCode = "in_the_past"
	FieldTooFar  FieldCode = "too_far_ahead"
	FieldToCome  FieldCode = "in_the_future"
	FieldLongAgo FieldCode = "too_long_ago"

	// Of customers, as tickets/customers names them.
	FieldTooMany   FieldCode = "too_many"
	FieldNotNumber FieldCode = "not_a_number"
	FieldNotMail   FieldCode = "not_a_mail"
	FieldNotDay    FieldCode = "not_a_day"
	FieldTwice     FieldCode = "twice"
	FieldTaken     FieldCode = "taken"
)

// Coded makes a Problem about one field one that pages say in words.
func (p *Problem) Coded(code FieldCode, most int) *Problem {
	for i := range p.Errors {
		p.Errors[i].Code, p.Errors[i].Most = code, most
	}
	return p
}

// Code is the stable name of a problem.
type Code string

const (
	CodeNotSignedIn     Code = "not_signed_in"        // 401: no sign-in, or it has ended
	CodeWrongLogin      Code = "wrong_login"          // 401: login or password, it does not say which
	CodeTooManyAttempts Code = "too_many_attempts"    // 429: wait before the next sign-in
	CodeSecondFactor    Code = "second_factor_needed" // 401: the password is right, and a code is needed, too
	CodeWrongCode       Code = "wrong_code"           // 401: the password is right, and the code is not, or was used already
	CodeTooManyCodes    Code = "too_many_codes"       // 429: wait before the next code
	CodeSecondFactorDue Code = "second_factor_due"    // 403: the role needs a second factor, which is to be turned on first
	CodeForbidden       Code = "forbidden"            // 403: not with this role
	CodeNotAnAgent      Code = "not_an_agent"         // 403: the account has no desk
	CodeOrigin          Code = "origin_refused"       // 403: sent by a page of another site
	CodeNotFound        Code = "not_found"            // 404
	CodeMethod          Code = "method_not_allowed"   // 405
	CodeConflict        Code = "conflict"             // 409: not possible in this state
	CodeOfferEnded      Code = "offer_ended"          // 409: the offer is over
	CodeNotFree         Code = "not_free"             // 409: the colleague can take no call now
	CodeConsulting      Code = "consulting"           // 409: somebody is asked in the call
	CodeNotConsulting   Code = "not_consulting"       // 409: nobody was asked in the call, or they have not answered
	CodeTalkFull        Code = "talk_full"            // 409: as many are in the talk as may be
	CodeSeveralGuests   Code = "several_guests"       // 409: nobody can be turned to alone in a talk with several guests
	CodeInTalk          Code = "already_in_talk"      // 409: who would be invited is a guest in the talk
	CodeNotInTalk       Code = "not_in_talk"          // 409: nobody like that is a guest in the talk
	CodeOnHold          Code = "already_on_hold"      // 409: the caller is
	CodeNotOnHold       Code = "not_on_hold"          // 409: the caller is not
	CodePhoneAway       Code = "phone_away"           // 409: the agent's page, which is their phone, is not back in the talk yet
	CodePhoneHolds      Code = "phone_holds"          // 409: the agent's phone holds with its own key
	CodeMayNotCall      Code = "may_not_call"         // 409: the installation does not allow calls to this number
	CodeCallHours       Code = "not_at_this_hour"     // 409: numbers like this are called at other hours; opens says when
	CodeNotYourCall     Code = "not_your_call"        // 404: it is not one of the agent's last, or there is none
	CodeNotKept         Code = "not_kept"             // 503: the disk does not take what was typed; to be sent again
	CodeTooManyAway     Code = "too_many_away"        // 409: a reason has as many agents as it may
	CodeInvalid         Code = "invalid"              // 422: errors names field and rule
	CodeBadRequest      Code = "bad_request"          // 400: cannot be read at all
	CodeTooLarge        Code = "too_large"            // 413
	CodeUnknownCommand  Code = "unknown_command"      // 400
	CodeUnknownFrame    Code = "unknown_frame"        // 400: an unknown "t" on the stream
	CodeUnknownTopic    Code = "unknown_topic"        // 404
	CodeKeyReused       Code = "key_reused"           // 409: this idempotency key was another command's
	CodeBusy            Code = "busy"                 // 429: too many commands are waiting
	CodeUnavailable     Code = "unavailable"          // 503: the database or the switch does not answer
	CodeDraining        Code = "draining"             // 503: this Hotline is stopping
	CodeInternal        Code = "internal"             // 500

	CodeLedMeanwhile  Code = "led_meanwhile"   // 409: somebody else has led the caller since; by says who
	CodeNotWaiting    Code = "not_waiting"     // 409: the caller does not wait any more, or has gone
	CodeTakenByAgent  Code = "taken_by_agent"  // 409: an agent has accepted the call just now
	CodeQueueClosed   Code = "queue_closed"    // 409: nobody is served in the queue now
	CodeNobodyThere   Code = "nobody_there"    // 409: nobody is in this team
	CodeAgentNotReady Code = "agent_not_ready" // 409: the agent wants no calls, or cannot be reached

	CodeAlarmOver    Code = "alarm_over"         // 409: the alarm is not raised any more
	CodeAlarmTaken   Code = "alarm_taken"        // 409: somebody else sees to it; by says who
	CodeMayNotRecord Code = "may_not_record"     // 409: the queue's rule does not leave it to people
	CodeDeclined     Code = "recording_declined" // 409: the caller does not want to be recorded
	CodeNotRecorded  Code = "not_recorded"       // 409: the talk is not
	CodeNotPaused    Code = "not_paused"         // 409: the recording is not
	CodeNoRecorder   Code = "no_recorder"        // 503: nothing can be recorded now: the disk is full, or the switch does not answer

	CodeNoPhone       Code = "no_phone"        // 409: the supervisor has no phone with which to listen
	CodePhoneNot      Code = "phone_not_taken" // 409: the supervisor's phone was not answered, or cannot be reached
	CodeTalkOver      Code = "talk_over"       // 409: nobody talks in the call (any more)
	CodeYouTalk       Code = "you_talk"        // 409: the supervisor is in a call of their own
	CodeWhisperUnsafe Code = "whisper_unsafe"  // 409: this version of the switch cannot whisper without harm
	CodeNotListening  Code = "not_listening"   // 409: the supervisor is at no call

	CodeStale      Code = "stale"        // 412: the ticket has changed since; version and since say how, and what was sent was not done
	CodeTransition Code = "transition"   // 409: a ticket does not go from one of these phases to the other
	CodeOpenParts  Code = "open_parts"   // 409: departments have not answered their parts yet
	CodeOpenReview Code = "open_review"  // 409: a complaint about the answer is to be decided first
	CodeMerged     Code = "merged"       // 409: the ticket goes on in another
	CodeOnlyPerson Code = "only_person"  // 409: a program cannot do this
	CodeNothing    Code = "nothing_done" // 409: nothing would change
	CodeCursor     Code = "cursor"       // 400: the cursor is of another question: begin anew
)

var statusOf = map[Code]int{
	CodeNotSignedIn: 401, CodeWrongLogin: 401, CodeTooManyAttempts: 429, CodeSecondFactor: 401, CodeWrongCode: 401, CodeTooManyCodes: 429, CodeSecondFactorDue: 403, CodeForbidden: 403, CodeNotAnAgent: 403,
	CodeOrigin: 403, CodeNotFound: 404, CodeMethod: 405, CodeConflict: 409, CodeOfferEnded: 409, CodeInvalid: 422,
	CodeBadRequest: 400, CodeTooLarge: 413, CodeUnknownCommand: 400, CodeUnknownFrame: 400, CodeUnknownTopic: 404,
	CodeKeyReused: 409, CodeBusy: 429, CodeUnavailable: 503, CodeDraining: 503, CodeInternal: 500, CodeNotYourCall: 404, CodeMayNotCall: 409, CodePhoneAway: 409, CodeNotKept: 503, CodeNoRecorder: 503,
	CodeStale: 412, CodeTransition: 409, CodeOpenParts: 409, CodeOpenReview: 409, CodeMerged: 409, CodeOnlyPerson: 409, CodeNothing: 409, CodeCursor: 400,
}

// Refuse makes a Problem. A code that is not listed above is the caller's own
// and stands for a conflict with the present state (409).
func Refuse(code Code, format string, args ...any) *Problem {
	status, ok := statusOf[code]
	if !ok {
		status = http.StatusConflict
	}
	return &Problem{Title: http.StatusText(status), Status: status, Code: code, Detail: fmt.Sprintf(format, args...)}
}

// RefuseField makes a Problem about one field of the input.
func RefuseField(field, rule string) *Problem {
	p := Refuse(CodeInvalid, "%s: %s", field, rule)
	p.Errors = []FieldError{{Field: field, Rule: rule}}
	return p
}

func (p *Problem) Error() string {
	if p.Detail == "" {
		return string(p.Code)
	}
	return string(p.Code) + ": " + p.Detail
}

// GetStatus makes a Problem huma's error, too.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is asked by huma.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// Write answers a request with the problem.
func (p *Problem) Write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the visitor has gone: nothing left to tell
}

// Printable cuts hostile text for an error's text.
func Printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\ufffd' {
			return '.'
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
