package rest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"hotline/agentapi"
	"hotline/agentapi/gate"
)

const prefix = "/api/v1"

// routes puts everything on one standard mux.
func (s *Server) routes(o Options) (http.Handler, error) {
	mux := http.NewServeMux()
	s.register(mux)
	mux.Handle("GET "+prefix+"/stream", s.stream)
	mux.HandleFunc("GET "+prefix+"/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(s.document)
	})
	for place, shows := range map[string]http.Handler{"/livez": o.Live, "/readyz": o.Ready, "/metrics": s.serveMetrics(o.Metrics)} {
		if shows != nil {
			mux.Handle("GET "+place, shows)
		}
	}
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) { noSuchPlace(mux, w, r) })
	site, err := newSite(o.Pages, o.PhoneSockets)
	if err != nil {
		return nil, err
	}
	mux.Handle("/", site)

	return secure(s.gate.Admit(mux)), nil
}

// noSuchPlace answers what no route takes: 405 where another method would do.
func noSuchPlace(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	for _, method := range []string{"GET", "POST", "DELETE", "PUT", "PATCH"} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := mux.Handler(other); pattern != "/api/" {
			w.Header().Add("Allow", method)
		}
	}
	if allowed := w.Header().Values("Allow"); len(allowed) > 0 {
		agentapi.Refuse(agentapi.CodeMethod, "%s is not possible here", agentapi.Printable(r.Method)).Write(w)
		return
	}
	agentapi.Refuse(agentapi.CodeNotFound, "there is nothing at %s", agentapi.Printable(r.URL.Path)).Write(w)
}

// register describes the REST operations to huma, which checks, serves and documents them.
func (s *Server) register(mux *http.ServeMux) {
	c := huma.DefaultConfig("Hotline", "1.0.0")
	c.Info.Description = "The desk, the wall and their accounts. Errors are RFC 9457 problems with a stable code. " +
		"Events come over the websocket at " + prefix + "/stream, subprotocol " + agentapi.Subprotocol + "."
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", "" // openapi.json is served as it was computed once
	c.CreateHooks = nil                                   // no $schema in answers
	c.Transformers = []huma.Transformer{fromHuma}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"person": {Type: "apiKey", In: "cookie", Name: gate.CookieName, Description: "given by POST " + prefix + "/session"},
	}
	api := humago.New(mux, c)
	api.UseMiddleware(legible, s.admit)
	problemSchema := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[agentapi.Problem](), true, "Problem")
	problems := &huma.Response{
		Description: "A problem, with its code",
		Content:     map[string]*huma.MediaType{"application/problem+json": {Schema: problemSchema}},
	}
	operation := func(id, method, path, summary string, r Rule) huma.Operation {
		r.Method, r.Path = method, prefix+path
		s.rules[id], s.inOrder = r, append(s.inOrder, r)
		return huma.Operation{
			OperationID: id, Method: method, Path: prefix + path, Summary: summary, MaxBodyBytes: 16 << 10,
			Security: []map[string][]string{{"person": {}}}, Responses: map[string]*huma.Response{"default": problems},
		}
	}
	signIn := operation("sign-in", http.MethodPost, "/session", "Sign in with login and password", anybody)
	signIn.Security = nil
	huma.Register(api, signIn, s.signIn)
	huma.Register(api, operation("who-am-i", http.MethodGet, "/session", "The account that is signed in", person(Own, Own, "their account").early()), s.whoAmI)
	huma.Register(api, operation("sign-out", http.MethodDelete, "/session", "Sign out here", anybody), s.signOut)
	huma.Register(api, operation("change-password", http.MethodPost, "/password", "Give yourself another password, and sign out elsewhere",
		person(Own, Own, "their password")), s.changePassword)
	huma.Register(api, operation("my-phone", http.MethodPost, "/phone", "Provision the seat's phone, with a new secret", person(Own, Own, "the phone of their seat")), s.myPhone)
	s.registerTickets(api, operation)
	huma.Register(api, operation("reasons", http.MethodGet, "/reasons", "Why an agent may be not ready", person(All, All, "")), s.listReasons)
	huma.Register(api, operation("call-reasons", http.MethodGet, "/call-reasons", "Why an agent may call somebody, and whether they must say", person(All, All, "")), s.listCallReasons)
	huma.Register(api, operation("dispositions", http.MethodGet, "/dispositions", "How a call may be filed", person(All, All, "")), s.listDispositions)
	s.registerSecondFactor(api, operation)
	s.registerFigures(api, operation)
	s.registerCalls(api, operation)
	s.registerCommands(api, operation)
	s.registerDecisions(api, operation)
	s.registerStaffing(api, operation)
	for _, room := range s.rooms {
		room.Operations(&Registrar{api, operation, s})
	}
	for _, unused := range []string{"ErrorModel", "ErrorDetail"} { // huma's own, see fromHuma
		delete(api.OpenAPI().Components.Schemas.Map(), unused)
	}
	s.document = document(api.OpenAPI())
}

// document is the OpenAPI document as it is served, and committed beside this file.
func document(o *huma.OpenAPI) []byte {
	b, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		panic(err) // our own types
	}
	return append(b, '\n')
}

type (
	credentials struct {
		Body struct {
			Login    string `json:"login" minLength:"1" maxLength:"64"`
			Password string `json:"password" minLength:"1" maxLength:"256" format:"password"`
			Code     string `json:"code,omitempty" maxLength:"64" doc:"of the second factor, or a recovery code: where second_factor_needed is the answer without it"`
		}
	}
	accountAnswer struct {
		CacheControl string        `header:"Cache-Control"`
		SetCookie    []http.Cookie `header:"Set-Cookie"`
		Body         gate.Account
	}
	goodbyeAnswer struct {
		SetCookie http.Cookie `header:"Set-Cookie"`
	}
	// answer is one that no cache may keep; see answered.
	answer[T any] struct {
		CacheControl string `header:"Cache-Control"`
		Body         T
	}
	choicesAnswer struct {
		Body []agentapi.Choice
	}
)

const noStore = "no-store"

func answered[T any](body T) *answer[T] { return &answer[T]{noStore, body} }

func (s *Server) signIn(ctx context.Context, in *credentials) (*accountAnswer, error) {
	if !isText(in.Body.Login) { // what JSON writes as a NUL
		return nil, unreadable("body.login", noText)
	}
	a, cookies, err := s.gate.SignIn(ctx, gate.Credentials{Login: in.Body.Login, Password: in.Body.Password, Code: in.Body.Code})
	if err != nil {
		return nil, s.refusal(err, "sign in")
	}
	// Who had signed in on this browser before is out, and what their pages have open ends.
	old, _ := s.gate.Who(ctx)
	if before, _, err := s.gate.SignOut(ctx); err == nil {
		s.hub.SignedOut(before)
		if old.Account.ID != a.ID { // else the page is about to ask for their phone anew
			s.renewPhone(ctx, old.Account)
		}
	}
	return &accountAnswer{noStore, cookies, a}, nil
}

// who is the account behind the request, which admit has let in, and whose person has done something now.
func (s *Server) who(ctx context.Context) (gate.Account, error) {
	p, err := s.visitor(ctx)
	if err == nil && p.Account.Role != gate.RoleMachine {
		s.gate.Used(ctx, p.Token)
	}
	return p.Account, err
}

// visitor is who for what pages ask by themselves.
func (s *Server) visitor(ctx context.Context) (gate.Person, error) {
	p, ok := ctx.Value(personKey{}).(gate.Person)
	if !ok {
		return gate.Person{}, agentapi.Refuse(agentapi.CodeNotSignedIn, "sign in first")
	}
	return p, nil
}

func (s *Server) whoAmI(ctx context.Context, _ *struct{}) (*accountAnswer, error) {
	p, err := s.visitor(ctx)
	if err != nil {
		return nil, err
	}
	return &accountAnswer{CacheControl: noStore, Body: p.Account}, nil
}

// signOut ends this browser's sign-in, the connections that it opened, and the phone on its page. It is no error
// to sign out twice.
func (s *Server) signOut(ctx context.Context, _ *struct{}) (*goodbyeAnswer, error) {
	p, _ := s.gate.Who(ctx) // nobody has no phone
	token, cookie, err := s.gate.SignOut(ctx)
	if err != nil {
		return nil, s.refusal(err, "sign out")
	}
	s.hub.SignedOut(token)
	s.renewPhone(ctx, p.Account)
	return &goodbyeAnswer{cookie}, nil
}

// renewTime is how long somebody who signs out waits for the switch, at most.
const renewTime = 2 * time.Second

// renewPhone makes useless what a page knows of its person's phone, where it carries one. Pages of theirs that are open elsewhere ask
// for it again.
func (s *Server) renewPhone(ctx context.Context, a gate.Account) {
	if !a.Seat || a.Agent == "" || s.phones == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewTime)
	defer cancel()
	if err := s.phones.Renew(ctx, a.Agent); err != nil {
		s.log.Error("the phone of somebody whose sign-in has ended keeps its secret", "agent", a.Agent, "err", err)
	}
}

func (s *Server) myPhone(ctx context.Context, _ *struct{}) (*answer[agentapi.Phone], error) {
	a, err := s.who(ctx)
	switch {
	case err != nil:
		return nil, err
	case a.Agent == "" || !a.Seat || s.phones == nil:
		return nil, agentapi.Refuse(agentapi.CodeForbidden, "this account's desk carries no phone")
	}
	p, err := s.phones.Phone(ctx, a.Agent)
	if err != nil {
		return nil, s.refusal(err, "provision a phone")
	}
	return answered(p), nil
}

func (s *Server) listReasons(ctx context.Context, _ *struct{}) (*choicesAnswer, error) {
	return s.choices(ctx, s.lists.Reasons())
}

func (s *Server) listCallReasons(ctx context.Context, _ *struct{}) (*answer[agentapi.CallReasons], error) {
	if _, err := s.who(ctx); err != nil {
		return nil, err
	}
	reasons := s.lists.CallReasons()
	reasons.Items = append([]agentapi.Choice{}, reasons.Items...)
	return answered(reasons), nil
}

func (s *Server) listDispositions(ctx context.Context, _ *struct{}) (*choicesAnswer, error) {
	return s.choices(ctx, s.lists.Dispositions())
}

func (s *Server) choices(ctx context.Context, list []agentapi.Choice) (*choicesAnswer, error) {
	if _, err := s.who(ctx); err != nil {
		return nil, err
	}
	return &choicesAnswer{list}, nil
}

// refusal is what the visitor is told of err; what is not theirs to know goes to the log. What stands
// behind REST is a database or the switch: where it fails, it is away.
func (s *Server) refusal(err error, doing string) error {
	var p *agentapi.Problem
	if errors.As(err, &p) {
		return p
	}
	s.log.Error("a request failed", "doing", doing, "err", err)
	return agentapi.Refuse(agentapi.CodeUnavailable, "try again in a moment")
}

// fromHuma turns huma's own errors (bad JSON, a rule of the schema) into Problems.
func fromHuma(_ huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	code := agentapi.CodeBadRequest
	switch m.Status {
	case http.StatusUnprocessableEntity:
		code = agentapi.CodeInvalid
	case http.StatusRequestEntityTooLarge:
		code = agentapi.CodeTooLarge
	case http.StatusInternalServerError:
		code = agentapi.CodeInternal
	}
	p := &agentapi.Problem{Title: http.StatusText(m.Status), Status: m.Status, Code: code, Detail: m.Detail}
	for _, e := range m.Errors {
		if m.Status < 500 { // our own errors' texts stay in the log
			p.Errors = append(p.Errors, agentapi.FieldError{Field: e.Location, Rule: e.Message})
		}
	}
	return p, nil
}
