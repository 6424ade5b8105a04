package agentapi_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"hotline/agentapi"
)

func TestThePagesLoadNothingFromElsewhereButThePhonesSocket(t *testing.T) {
	h := open(t, settings{options: func(o *agentapi.Options) { o.PhoneSockets = []string{"ws://127.0.0.1:8088/ws"} }})
	for _, path := range []string{"/", "/desk", "/wall", "/desk/calls"} {
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
	h := open(t, settings{options: func(o *agentapi.Options) { o.Pages = nil }})
	answer := h.request(http.MethodGet, "/desk", "", nil)
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(body), "make") {
		t.Errorf("status %d, %q, %v", answer.StatusCode, body, err)
	}
}

func TestWrongOptionsAreRefusedWhenTheServerIsMade(t *testing.T) {
	hub := agentapi.NewHub(agentapi.HubOptions{})
	good := open(t, settings{})
	for name, spoil := range map[string]func(*agentapi.Options){
		"no agents":            func(o *agentapi.Options) { o.Agents = nil },
		"origin with a path":   func(o *agentapi.Options) { o.Origins = []string{"https://desk.example.org/x"} },
		"origin without host":  func(o *agentapi.Options) { o.Origins = []string{"desk"} },
		"socket over http":     func(o *agentapi.Options) { o.PhoneSockets = []string{"http://a/ws"} },
		"socket with a policy": func(o *agentapi.Options) { o.PhoneSockets = []string{"ws://a;script-src *"} },
	} {
		o := agentapi.Options{Hub: hub, Accounts: good.accounts, Agents: good.office}
		spoil(&o)
		if _, err := agentapi.New(o); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
