package register

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/tickets"
)

// Notice tells somebody of a ticket: them alone, or all of a department.
type Notice struct {
	ID         int64              `json:"id"`
	Ticket     tickets.Number     `json:"ticket"`
	Kind       tickets.NoticeKind `json:"kind" example:"assigned"`
	Department string             `json:"department,omitempty" doc:"absent: for one person"`
	About      string             `json:"about,omitempty" doc:"which of the ticket's things" example:"part.2"`
	Due        *time.Time         `json:"due" doc:"what is to come, or has passed"`
	At         time.Time          `json:"at"`
	SeenAt     *time.Time         `json:"seen_at" doc:"null: not yet. What one person of a department has seen is seen"`
	SeenBy     string             `json:"seen_by,omitempty"`
}

// NoticesAnswer is a page of them, the latest first.
type NoticesAnswer struct {
	Items []Notice `json:"items" nullable:"false"`
	Next  int64    `json:"next_before,omitempty" doc:"for the next page, where there may be one"`
}

type (
	noticesQuestion struct {
		Unseen bool  `query:"unseen" doc:"only what was not seen yet"`
		Before int64 `query:"before" minimum:"0" doc:"the id of the last one of the page before"`
		Since  int64 `query:"since" minimum:"0" doc:"an id: only what was written after it"`
		Limit  int   `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}
	noticesSeen struct {
		Body struct {
			IDs []int64 `json:"ids" minItems:"1" maxItems:"200"`
		}
	}
)

func (t *Tickets) noticeOperations(to *rest.Registrar) {
	theirs := rest.Person(rest.Own, rest.Own, "what they and their departments are told")
	huma.Register(to.API, to.Operation("notices", http.MethodGet, "/notices", "What you and your departments are told of tickets", theirs),
		func(ctx context.Context, in *noticesQuestion) (*rest.Answer[NoticesAnswer], error) {
			a, err := to.Who(ctx)
			if err != nil {
				return nil, err
			}
			return t.notices(ctx, to, a, in)
		})
	huma.Register(to.API, to.Operation("see-notices", http.MethodPost, "/notices/seen", "Say that you have seen notices", theirs),
		func(ctx context.Context, in *noticesSeen) (*rest.Answer[NoticesAnswer], error) {
			a, err := to.Who(ctx)
			if err != nil {
				return nil, err
			}
			if _, err := t.Store.SeeNotices(ctx, a.Person, t.Register.Terms().People[a.Person].Departments, in.Body.IDs); err != nil {
				return nil, to.Refusal(err, "note that notices were seen")
			}
			return t.notices(ctx, to, a, &noticesQuestion{Unseen: true, Limit: 50})
		})
}

func (t *Tickets) notices(ctx context.Context, to *rest.Registrar, a gate.Account, in *noticesQuestion) (*rest.Answer[NoticesAnswer], error) {
	all, err := t.Store.Notices(ctx, tickets.NoticesOf{
		Person: a.Person, Departments: t.Register.Terms().People[a.Person].Departments, Unseen: in.Unseen, Before: in.Before, Since: in.Since, Limit: in.Limit,
	})
	if err != nil {
		return nil, to.Refusal(err, "list notices")
	}
	answer := NoticesAnswer{Items: make([]Notice, 0, len(all))}
	for _, n := range all {
		answer.Items = append(answer.Items, Notice{n.ID, n.Ticket, n.Kind, n.Department, n.About, orNil(n.Due), n.At, orNil(n.SeenAt), n.SeenBy})
	}
	if len(all) == in.Limit {
		answer.Next = all[len(all)-1].ID
	}
	return rest.Answered(answer), nil
}
