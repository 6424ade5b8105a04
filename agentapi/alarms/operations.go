package alarms

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/tickets"
)

// Room is the operations about alarms. It is a rest.Room.
type Room struct{ Alarms *Alarms }

// AlarmNamed names an alarm in a path, and RuleNamed a rule; they are exported for huma, which fills them in.
type AlarmNamed struct {
	ID string `path:"id" maxLength:"64" doc:"of the alarm"`
}
type RuleNamed struct {
	ID string `path:"id" maxLength:"100" doc:"of the rule"`
}

// Operations implements rest.Room.
func (r Room) Operations(to *rest.Registrar) {
	theirs := rest.Person(rest.None, rest.All, "")
	o := to.Operation("alarms", http.MethodGet, "/alarms", "The alarms that are raised now, and the rules", theirs.WithToken(gate.ReadFigures))
	huma.Register(to.API, o, func(context.Context, *struct{}) (*rest.Answer[agentapi.AlarmsAnswer], error) {
		return rest.Answered(agentapi.AlarmsAnswer{Items: r.Alarms.Now(), Rules: r.Alarms.Rules()}), nil
	})
	o = to.Operation("past-alarms", http.MethodGet, "/alarms/past", "Alarms that were raised, the latest first, with who saw to them and when they were over", theirs.WithToken(gate.ReadFigures))
	huma.Register(to.API, o, func(ctx context.Context, in *struct {
		Cursor string `query:"cursor" maxLength:"100"`
		Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}) (*rest.Answer[agentapi.PastAlarms], error) {
		before, err := readCursor(in.Cursor)
		if err != nil {
			return nil, err
		}
		shown, all, err := r.Alarms.Past(ctx, before, in.Limit)
		if err != nil {
			return nil, to.Refusal(err, "read past alarms")
		}
		page := agentapi.PastAlarms{Items: shown}
		if len(all) == in.Limit {
			page.Next = cursorAt(all[len(all)-1])
		}
		return rest.Answered(page), nil
	})
	o = to.Operation("acknowledge-alarm", http.MethodPost, "/alarms/{id}/acknowledge", "See to an alarm: everybody sees who does, and it sounds no more", theirs)
	huma.Register(to.API, o, func(ctx context.Context, in *AlarmNamed) (*rest.Answer[agentapi.Alarm], error) {
		return does(ctx, to, tickets.AcknowledgedAlarm, in.ID, func(a gate.Account) (agentapi.Alarm, error) { return r.Alarms.Acknowledge(in.ID, by(a)) })
	})
	o = to.Operation("order-alarm-rule", http.MethodPut, "/alarms/rules/{id}", "Give a rule other bounds than the configuration's, or turn it off", theirs)
	huma.Register(to.API, o, func(ctx context.Context, in *struct {
		RuleNamed
		Body agentapi.AlarmBounds
	}) (*rest.Answer[agentapi.AlarmRule], error) {
		return does(ctx, to, tickets.ChangedAlarmRule, in.ID, func(a gate.Account) (agentapi.AlarmRule, error) { return r.Alarms.Order(ctx, in.ID, in.Body, by(a)) })
	})
	o = to.Operation("take-back-alarm-rule", http.MethodDelete, "/alarms/rules/{id}", "Let the bounds of the configuration count again", theirs)
	huma.Register(to.API, o, func(ctx context.Context, in *RuleNamed) (*rest.Answer[agentapi.AlarmRule], error) {
		return does(ctx, to, tickets.TookBackAlarmRule, in.ID, func(gate.Account) (agentapi.AlarmRule, error) { return r.Alarms.TakeBack(ctx, in.ID) })
	})
}

// does lets somebody do something, and leaves a line in the audit where it was done. The answer is how it is then.
func does[T any](ctx context.Context, to *rest.Registrar, did tickets.Deed, subject string, do func(gate.Account) (T, error)) (*rest.Answer[T], error) {
	a, err := to.Who(ctx)
	if err != nil {
		return nil, err
	}
	is, err := do(a)
	if err != nil {
		return nil, to.Refusal(err, "do something about alarms")
	}
	to.Did(ctx, a, did, subject)
	return rest.Answered(is), nil
}

// by is an account as alarms name it.
func by(a gate.Account) string { return cmp.Or(a.Person, a.Login) }

// cursorAt is where the page after an alarm begins.
func cursorAt(r Raised) string { return strconv.FormatInt(r.At.UnixMicro(), 10) + "." + r.ID }

func readCursor(text string) (before Raised, err error) {
	if text == "" {
		return before, nil
	}
	at, id, _ := strings.Cut(text, ".")
	micros, err := strconv.ParseInt(at, 10, 64)
	if err != nil || len(id) != 36 || uuid.Validate(id) != nil {
		return before, agentapi.Refuse(agentapi.CodeCursor, "the cursor is none of these")
	}
	return Raised{At: time.UnixMicro(micros).UTC(), ID: id}, nil
}
