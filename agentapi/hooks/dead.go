package hooks

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/rest"
)

// Dead is an event that a receiver has not taken for a day: it is sent no more unless somebody says so.
type Dead struct {
	ID       int64     `json:"id" doc:"by which it is sent again"`
	Event    string    `json:"event" doc:"the event's own id"`
	Type     string    `json:"type" example:"hotline.call.answered"`
	Ticket   string    `json:"ticket,omitempty" example:"100237"`
	Time     time.Time `json:"time" doc:"when it happened"`
	To       string    `json:"to" doc:"the receiver: its host, and a hash of its address, in which there may be a token" example:"crm.example.com#1a2b3c4d"`
	Attempts int       `json:"attempts"`
	Failed   time.Time `json:"failed_at" doc:"the last time"`
	Error    string    `json:"error" doc:"why"`
}

// Graveyard keeps the dead. What it holds behind the interface are jobs.
type Graveyard interface {
	// Dead are some of them, the newest first, made before one of them; 0 is from the newest on.
	Dead(ctx context.Context, before int64, limit int) ([]Dead, error)
	// Retry has one sent again, once, and gives it as it was. It is ErrNotDead where there is none of that id.
	Retry(ctx context.Context, id int64) (Dead, error)
}

// ErrNotDead says that there is no such event, or that it is not dead.
var ErrNotDead = errors.New("no such event is dead")

// Room is the operations about the dead. It is a rest.Room.
type Room struct{ Graveyard Graveyard }

type (
	deadQuestion struct {
		Before int64 `query:"before" minimum:"0" doc:"the id of the last one of the page before"`
		Limit  int   `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}
	deadAnswer struct {
		Items []Dead `json:"items"`
		Next  int64  `json:"next_before,omitempty" doc:"for the next page, where there may be one"`
	}
	deadRetry struct {
		ID int64 `path:"id" minimum:"1"`
	}
)

// Operations implements rest.Room.
func (r Room) Operations(to *rest.Registrar) {
	rule := rest.Person(rest.None, rest.All, "")
	huma.Register(to.API, to.Operation("dead-hooks", http.MethodGet, "/hooks/dead", "Events that a webhook's receiver has not taken for a day", rule),
		func(ctx context.Context, q *deadQuestion) (*rest.Answer[deadAnswer], error) {
			all, err := r.Graveyard.Dead(ctx, q.Before, q.Limit)
			if err != nil {
				return nil, to.Refusal(err, "list events that were not taken")
			}
			answer := deadAnswer{Items: append([]Dead{}, all...)}
			if len(all) == q.Limit {
				answer.Next = all[len(all)-1].ID
			}
			return rest.Answered(answer), nil
		})
	huma.Register(to.API, to.Operation("retry-hook", http.MethodPost, "/hooks/dead/{id}/retry", "Send such an event again, once", rule),
		func(ctx context.Context, q *deadRetry) (*rest.Answer[Dead], error) {
			was, err := r.Graveyard.Retry(ctx, q.ID)
			switch {
			case errors.Is(err, ErrNotDead):
				return nil, agentapi.Refuse(agentapi.CodeNotFound, "no event %d is dead", q.ID)
			case err != nil:
				return nil, to.Refusal(err, "send an event again")
			}
			return rest.Answered(was), nil
		})
}
