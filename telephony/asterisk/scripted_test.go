package asterisk

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// scripted is a websocket server that speaks ARI as far as a test has it do: what a real Asterisk does
// seldom, or never twice in the same way.
type scripted struct {
	*httptest.Server
	t *testing.T

	mu       sync.Mutex
	version  string
	started  string
	answers  map[string]answer // "GET channels": what is not here is answered with 200 {}
	next     map[string]answer // the answer after that one
	mute     map[string]bool   // requests that get no answer
	asked    []asked
	each     time.Duration              // that a request of a command socket takes
	held     map[string]chan struct{}   // requests that are answered one by one
	deaf     int                        // command sockets yet to be opened that answer nothing
	sockets  map[string]*websocket.Conn // by application
	writing  sync.Mutex
	open     sync.WaitGroup
	upgrades int
}

type asked struct {
	over string // the application of the socket, or "http"
	question
}

func (a asked) String() string { return a.Method + " " + a.URI }

const password = "right"

func newScripted(t *testing.T) *scripted {
	s := &scripted{
		t: t, version: "22.10.1", started: "2026-11-22T02:00:00.000+0000",
		answers: make(map[string]answer), next: make(map[string]answer), mute: make(map[string]bool), sockets: make(map[string]*websocket.Conn), held: make(map[string]chan struct{}),
	}
	s.says("GET channels", `[]`)
	s.says("GET bridges", `[]`)
	s.Server = httptest.NewServer(s)
	t.Cleanup(func() {
		s.drop("")
		s.Close()
		s.open.Wait()
	})
	return s
}

// says sets the answer to a request.
func (s *scripted) says(request, body string) { s.refuses(request, http.StatusOK, body) }

func (s *scripted) refuses(request string, code int, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[request] = answer{Code: code, Reason: http.StatusText(code), Body: body}
}

// saysThen sets the answers to a request from the second on.
func (s *scripted) saysThen(request, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next[request] = answer{Code: http.StatusOK, Reason: "OK", Body: body}
}

// mutes makes the server never answer a request.
func (s *scripted) mutes(request string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mute[request] = true
}

// hears undoes mutes.
func (s *scripted) hears(request string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.mute, request)
}

// holds makes the server carry a request out only when the test says go, and all that comes after it over the same socket.
func (s *scripted) holds(request string) (goes func()) {
	held := make(chan struct{}, 100)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held[request] = held
	s.t.Cleanup(func() { close(held) })
	return func() { held <- struct{}{} }
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, pass, _ := r.BasicAuth(); pass != password {
		http.Error(w, "{}", http.StatusUnauthorized)
		return
	}
	if websocket.IsWebSocketUpgrade(r) {
		s.open.Add(1)
		defer s.open.Done()
		s.socket(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	q := question{Method: r.Method, URI: strings.TrimPrefix(r.URL.RequestURI(), "/ari/"), Body: string(body)}
	if a, ok := s.answer("http", q); ok {
		w.WriteHeader(a.Code)
		_, _ = io.WriteString(w, a.Body)
		return
	}
	<-r.Context().Done()
}

func (s *scripted) answer(over string, q question) (answer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	request := q.Method + " " + q.URI
	s.asked = append(s.asked, asked{over, q})
	if s.mute[request] {
		return answer{}, false
	}
	if request == "GET asterisk/info" {
		return answer{Code: 200, Body: fmt.Sprintf(`{"system":{"version":%q,"entity_id":"02:42"},"status":{"startup_time":%q}}`, s.version, s.started)}, true
	}
	if a, ok := s.answers[request]; ok {
		if next, changes := s.next[request]; changes {
			s.answers[request] = next
		}
		return a, true
	}
	return answer{Code: 200, Reason: "OK", Body: "{}"}, true
}

func (s *scripted) socket(w http.ResponseWriter, r *http.Request) {
	conn, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	apps := strings.Split(r.URL.Query().Get("app"), ",")
	app := apps[len(apps)-1]
	s.mu.Lock()
	s.sockets[app] = conn
	s.upgrades++
	deaf := strings.Contains(app, "-commands-") && s.deaf > 0
	if deaf {
		s.deaf--
	}
	s.mu.Unlock()
	var last uint64
	for {
		_, frame, err := conn.ReadMessage()
		if err != nil {
			return
		}
		var ask restRequest
		if deaf || json.Unmarshal(frame, &ask) != nil {
			continue
		}
		s.mu.Lock()
		each, held := s.each, s.held[ask.Method+" "+ask.URI]
		s.mu.Unlock()
		if strings.Contains(app, "-commands-") {
			if id, _ := strconv.ParseUint(ask.RequestID, 10, 64); id < last {
				s.t.Errorf("request %d comes after request %d", id, last)
			} else {
				last = id
			}
			<-time.After(each) // the slowness itself
			if held != nil {
				<-held
			}
		}
		a, ok := s.answer(app, question{Method: ask.Method, URI: ask.URI, Body: ask.Body})
		if !ok {
			continue
		}
		reply, _ := json.Marshal(restResponse{Type: "RESTResponse", RequestID: ask.RequestID, Code: a.Code, Reason: a.Reason, Body: a.Body})
		s.write(conn, string(reply))
	}
}

func (s *scripted) write(conn *websocket.Conn, frame string) {
	s.writing.Lock()
	defer s.writing.Unlock()
	_ = conn.WriteMessage(websocket.TextMessage, []byte(frame))
}

// sends sends a frame over the events socket.
func (s *scripted) sends(frame string) { s.sendsTo("hotline", frame) }

// sendsTo sends a frame over an application's socket. The client may believe in the socket a moment before the server does.
func (s *scripted) sendsTo(app, frame string) {
	s.t.Helper()
	var conn *websocket.Conn
	await(s.t, "the socket of "+app, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		conn = s.sockets[app]
		return conn != nil
	})
	s.write(conn, frame)
}

// drop breaks the sockets whose application begins so, without a word.
func (s *scripted) drop(prefix string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for app, conn := range s.sockets {
		if strings.HasPrefix(app, prefix) {
			conn.NetConn().Close()
			delete(s.sockets, app)
		}
	}
}

// were lists the requests whose text contains a word.
func (s *scripted) were(word string) (found []asked) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.asked {
		if strings.Contains(a.String(), word) {
			found = append(found, a)
		}
	}
	return found
}

// removed lists the requests to remove channels and bridges: not those that end what is said.
func (s *scripted) removed() []asked {
	return slices.DeleteFunc(s.were("DELETE"), func(a asked) bool { return strings.HasPrefix(a.URI, "playbacks/") })
}

func (s *scripted) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = nil
}

func (s *scripted) options() Options {
	return Options{Node: "test", URL: s.URL + "/ari", User: "hotline", Password: password, Hotline: &watch{}, Log: testLog(), Sweep: time.Hour}
}

const made = "2026-11-22T02:19:12.958+0000"

// arrives is a caller's channel that enters the application.
func (s *scripted) arrives(channel string) {
	s.sends(fmt.Sprintf(`{"type":"StasisStart","application":"hotline","timestamp":%q,"args":["line","","number=allowed"],"channel":%s}`, made, channelJSON(channel, "Ring")))
}

func channelJSON(id, state string) string {
	return fmt.Sprintf(`{"id":%q,"name":"PJSIP/line-00000001","state":%q,"caller":{"name":"Ivan","number":"+78005550123"},
		"connected":{"name":"","number":""},"accountcode":"","creationtime":%q,"language":"en",
		"dialplan":{"context":"line","exten":"+78005550100","priority":2,"app_name":"Stasis","app_data":"hotline,line,,number=allowed"}}`, id, state, made)
}

func (s *scripted) leaves(channel string) {
	s.sends(fmt.Sprintf(`{"type":"StasisEnd","application":"hotline","timestamp":%q,"channel":%s}`, made, channelJSON(channel, "Up")))
}

// within is the next value of a channel; a test that waits in vain fails.
func within[T any](t *testing.T, from <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(30 * time.Second):
		t.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}

// whole is a context that lasts as long as any test.
func whole(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}
