package screens

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/tickets"
)

// Room is the operations about large screens. It is a rest.Room.
type Room struct {
	Screens *Screens
	Person  func(id string) string // a person's name
}

// CookieName is the cookie that carries a screen's secret.
const CookieName = "hotline_screen"

type (
	newCode struct {
		Code    string    `json:"code" example:"48392071"`
		Secret  string    `json:"secret" doc:"for /screens/claim; to be kept from everybody"`
		Expires time.Time `json:"expires"`
	}
	claimed struct {
		State State `json:"state" enum:"waiting,in,unknown"`
	}
	claimAnswer struct {
		CacheControl string        `header:"Cache-Control"`
		SetCookie    []http.Cookie `header:"Set-Cookie"`
		Body         claimed
	}
	frameAnswer struct {
		CacheControl string        `header:"Cache-Control"`
		SetCookie    []http.Cookie `header:"Set-Cookie"`
		Body         Frame
	}
	listed struct {
		ID      string     `json:"id"`
		Name    string     `json:"name"`
		Shows   Shows      `json:"shows"`
		By      string     `json:"by" doc:"the name of who let it in"`
		At      time.Time  `json:"at"`
		Address string     `json:"address,omitempty" doc:"where it was then"`
		Seen    *time.Time `json:"seen,omitempty" doc:"when it last asked, since the start"`
	}
	list struct {
		Items []listed `json:"items" nullable:"false"`
	}
	settings struct {
		Name  string `json:"name" minLength:"1" maxLength:"60"`
		Shows Shows  `json:"shows"`
	}
	pairing struct {
		Body struct {
			Name  string `json:"name" minLength:"1" maxLength:"60"`
			Shows Shows  `json:"shows"`
			Code  string `json:"code" minLength:"8" maxLength:"20" doc:"as the screen shows it"`
		}
	}
)

// ScreenNamed names a screen in a path; it is exported for huma, which fills it in.
type ScreenNamed struct {
	ID string `path:"id" maxLength:"64" doc:"of the screen"`
}

// Operations implements rest.Room.
func (r Room) Operations(to *rest.Registrar) {
	r.televisions(to)
	theirs := rest.Person(rest.None, rest.All, "")
	o := to.Operation("screens", http.MethodGet, "/screens", "The large screens that were let in", theirs)
	huma.Register(to.API, o, func(context.Context, *struct{}) (*rest.Answer[list], error) {
		return rest.Answered(list{r.list()}), nil
	})
	o = to.Operation("pair-screen", http.MethodPost, "/screens", "Let the screen in that shows a code", theirs)
	huma.Register(to.API, o, func(ctx context.Context, in *pairing) (*rest.Answer[listed], error) {
		return r.does(ctx, to, tickets.LetScreenIn, func(by string) (Screen, error) {
			name := tickets.Typed(in.Body.Name)
			if name == "" {
				return Screen{}, agentapi.RefuseField("body.name", "is missing").Coded(agentapi.FieldMissing, 0)
			}
			return r.Screens.Pair(ctx, in.Body.Code, name, in.Body.Shows, by)
		})
	})
	o = to.Operation("change-screen", http.MethodPut, "/screens/{id}", "Give a screen another name, and other things to show", theirs)
	huma.Register(to.API, o, func(ctx context.Context, in *struct {
		ScreenNamed
		Body settings
	}) (*rest.Answer[listed], error) {
		return r.does(ctx, to, tickets.ChangedScreen, func(string) (Screen, error) {
			name := tickets.Typed(in.Body.Name)
			if name == "" {
				return Screen{}, agentapi.RefuseField("body.name", "is missing").Coded(agentapi.FieldMissing, 0)
			}
			return r.Screens.Change(ctx, in.ID, name, in.Body.Shows)
		})
	})
	o = to.Operation("drop-screen", http.MethodDelete, "/screens/{id}", "Take a screen away: it shows nothing from now on", theirs)
	huma.Register(to.API, o, func(ctx context.Context, in *ScreenNamed) (*rest.Answer[listed], error) {
		return r.does(ctx, to, tickets.TookScreenAway, func(string) (Screen, error) {
			screen, err := r.Screens.screen(in.ID)
			if err == nil {
				err = r.Screens.Drop(ctx, in.ID)
			}
			return screen, err
		})
	})
}

// televisions are the operations of screens themselves, on which nobody is signed in.
func (r Room) televisions(to *rest.Registrar) {
	anybody := rest.Rule{Anonymous: rest.All, Agent: rest.All, Supervisor: rest.All, About: "a screen's own code and frame, by its cookie"}
	open := func(id, method, path, summary string) huma.Operation {
		o := to.Operation(id, method, path, summary, anybody)
		o.Security = nil
		return o
	}
	huma.Register(to.API, open("screen-code", http.MethodPost, "/screens/codes", "A code for a screen to show, for half a minute"), func(ctx context.Context, _ *struct{}) (*rest.Answer[newCode], error) {
		digits, secret, expires, err := r.Screens.NewCode(gate.Address(ctx), gate.Household(ctx))
		if err != nil {
			return nil, to.Refusal(err, "make a code for a screen")
		}
		return rest.Answered(newCode{digits, secret, expires.UTC()}), nil
	})
	huma.Register(to.API, open("claim-screen", http.MethodPost, "/screens/claim", "Whether the screen was let in; then it has its cookie"), func(ctx context.Context, in *struct {
		Body struct {
			Secret string `json:"secret" minLength:"1" maxLength:"100"`
		}
	}) (*claimAnswer, error) {
		_, state, err := r.Screens.Of(in.Body.Secret)
		if err != nil {
			return nil, err
		}
		answer := &claimAnswer{CacheControl: "no-store", Body: claimed{state}}
		if state == In {
			answer.SetCookie = []http.Cookie{cookie(ctx, in.Body.Secret)}
		}
		return answer, nil
	})
	huma.Register(to.API, open("screen-frame", http.MethodGet, "/screens/frame", "What the screen with this cookie shows"), func(ctx context.Context, in *struct {
		Cookie string `cookie:"hotline_screen" doc:"given by /screens/claim, and once a day anew"`
	}) (*frameAnswer, error) {
		answer := &frameAnswer{CacheControl: "no-store", Body: Frame{State: Unknown, Now: r.Screens.now().UTC()}}
		if in.Cookie == "" || len(in.Cookie) > 100 {
			return answer, nil
		}
		screen, state, err := r.Screens.Of(in.Cookie)
		switch {
		case err != nil:
			return nil, err
		case state != In:
			return answer, nil
		}
		if answer.Body = r.Screens.Frame(screen); r.Screens.gives(screen.ID) {
			answer.SetCookie = []http.Cookie{cookie(ctx, in.Cookie)}
		}
		return answer, nil
	})
}

// cookie carries a screen's secret, which no script may read, to the places of screens alone.
func cookie(ctx context.Context, secret string) http.Cookie {
	return http.Cookie{
		Name: CookieName, Value: secret, Path: "/api/v1/screens", MaxAge: int((400 * 24 * time.Hour).Seconds()), // as long as browsers keep one: frames give it anew
		HttpOnly: true, Secure: gate.OverTLS(ctx), SameSite: http.SameSiteStrictMode,
	}
}

func (r Room) show(s Screen) listed {
	l := listed{ID: s.ID, Name: s.Name, Shows: s.Shows, By: r.Person(s.By), At: s.At, Address: s.Address}
	r.Screens.mu.Lock()
	defer r.Screens.mu.Unlock()
	if seen, is := r.Screens.seen[s.ID]; is {
		seen = seen.UTC()
		l.Seen = &seen
	}
	return l
}

func (r Room) list() []listed {
	r.Screens.mu.Lock()
	all := slices.Clone(r.Screens.all)
	r.Screens.mu.Unlock()
	slices.SortFunc(all, func(a, b Screen) int { return cmp.Or(cmp.Compare(a.Name, b.Name), a.At.Compare(b.At)) })
	shown := []listed{}
	for _, s := range all {
		shown = append(shown, r.show(s))
	}
	return shown
}

// does lets somebody do something to a screen, and leaves a line in the audit where it was done.
func (r Room) does(ctx context.Context, to *rest.Registrar, did tickets.Deed, do func(by string) (Screen, error)) (*rest.Answer[listed], error) {
	a, err := to.Who(ctx)
	if err != nil {
		return nil, err
	}
	screen, err := do(cmp.Or(a.Person, a.Login))
	if err != nil {
		return nil, to.Refusal(err, "do something to a large screen")
	}
	to.Did(ctx, a, did, screen.ID)
	return rest.Answered(r.show(screen)), nil
}
