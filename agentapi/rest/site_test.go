package rest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/agentapi/stream"
)

func TestThePagesLoadNothingFromElsewhereButThePhonesSocket(t *testing.T) {
	h := open(t, settings{options: func(o *rest.Options) { o.PhoneSockets = []string{"ws://127.0.0.1:8088/ws"} }})
	for _, path := range []string{"/", "/desk", "/wall", "/desk/calls", "/tickets", "/tickets/100237", "/customers/0190", "/hooks", "/voicemails"} {
		answer := h.request(http.MethodGet, path, "", nil)
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(body), "<title>Hotline") {
			t.Errorf("%s: status %d, %q, %v", path, answer.StatusCode, body, err)
		}
		policy := answer.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'") || !strings.Contains(policy, "connect-src 'self' ws://127.0.0.1:8088;") ||
			strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
		if cache := answer.Header.Get("Cache-Control"); cache != "no-cache" {
			t.Errorf("%s: cache %q", path, cache)
		}
	}
}

func TestFilesNamedByTheirContentAreKeptAndTheOthersAskedForAgain(t *testing.T) {
	h := open(t, settings{})
	script := h.request(http.MethodGet, "/assets/app-1f2e.js", "", nil)
	if cache := script.Header.Get("Cache-Control"); !strings.Contains(cache, "immutable") {
		t.Errorf("cache %q", cache)
	}
	if kind := script.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/javascript") {
		t.Errorf("type %q", kind)
	}
	page := h.request(http.MethodGet, "/", "", nil)
	again := h.request(http.MethodGet, "/", "", http.Header{"If-None-Match": {page.Header.Get("ETag")}})
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("the same page again: status %d", again.StatusCode)
	}
	for _, path := range []string{"/assets/old.js", "/wp-login.php", "/.gitkeep", "/../go.mod", "/assets/"} {
		if answer := h.request(http.MethodGet, path, "", nil); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d", path, answer.StatusCode)
		}
	}
}

func TestABinaryWithoutPagesSaysHowToGetThem(t *testing.T) {
	h := open(t, settings{options: func(o *rest.Options) { o.Pages = nil }})
	answer := h.request(http.MethodGet, "/desk", "", nil)
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(body), "make") {
		t.Errorf("status %d, %q, %v", answer.StatusCode, body, err)
	}
}

func TestWrongOptionsAreRefusedWhenTheServerIsMade(t *testing.T) {
	hub := stream.NewHub(stream.HubOptions{})
	good := open(t, settings{})
	door, err := gate.New(gate.Options{Accounts: good.accounts})
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*rest.Options){
		"no agents":            func(o *rest.Options) { o.Agents = nil },
		"no gate":              func(o *rest.Options) { o.Gate = nil },
		"socket over http":     func(o *rest.Options) { o.PhoneSockets = []string{"http://a/ws"} },
		"socket with a policy": func(o *rest.Options) { o.PhoneSockets = []string{"ws://a;script-src *"} },
	} {
		o := rest.Options{Hub: hub, Gate: door, Agents: good.office}
		spoil(&o)
		if _, err := rest.New(o); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
