package rest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"

	"hotline/agentapi"
)

// site serves the embedded pages: read once, with strong ETags. What the build has named
// by its content (assets/) may be kept for ever; everything else is asked for again.
// The pages' own addresses (see isPage) all give index.html.
type site struct {
	files  map[string]file // by path without the leading slash
	policy string
}

type file struct {
	kind, tag string
	body      []byte
}

func newSite(pages fs.FS, phoneSockets []string) (*site, error) {
	policy, err := contentPolicy(phoneSockets)
	if err != nil {
		return nil, err
	}
	s := &site{files: map[string]file{}, policy: policy}
	if pages == nil {
		return s, nil
	}
	err = fs.WalkDir(pages, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		b, err := fs.ReadFile(pages, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		kind := mime.TypeByExtension(path.Ext(name))
		if kind == "" {
			kind = http.DetectContentType(b)
		}
		s.files[name] = file{kind: kind, tag: `"` + hex.EncodeToString(sum[:12]) + `"`, body: b}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the pages: %w", err)
	}
	return s, nil
}

// contentPolicy lets the pages load nothing from elsewhere; their phone's websocket excepted.
func contentPolicy(phoneSockets []string) (string, error) {
	connect := "connect-src 'self'"
	for _, address := range phoneSockets {
		u, err := url.Parse(address)
		if err != nil || (u.Scheme != "ws" && u.Scheme != "wss") || u.Host == "" || strings.ContainsAny(u.Host, "; ,'\"") {
			return "", fmt.Errorf("agentapi: phone socket %q: expected ws://host:port or wss://host:port", address)
		}
		connect += " " + u.Scheme + "://" + u.Host
	}
	return strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'",
		"media-src 'self' blob: data:", "manifest-src 'self'", connect,
		"base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
	}, "; "), nil
}

var errNotBuilt = errors.New("the pages are not built into this binary: run make pages, then build again")

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		agentapi.Refuse(agentapi.CodeMethod, "%s is not possible here", agentapi.Printable(r.Method)).Write(w)
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if isPage(name) {
		name = "index.html"
	}
	f, ok := s.files[name]
	switch {
	case !ok && name == "index.html":
		http.Error(w, errNotBuilt.Error(), http.StatusServiceUnavailable)
		return
	case !ok:
		agentapi.Refuse(agentapi.CodeNotFound, "there is nothing at %s", agentapi.Printable(r.URL.Path)).Write(w)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", s.policy)
	h.Set("Permissions-Policy", "microphone=(self), camera=(), geolocation=()")
	h.Set("ETag", f.tag)
	h.Set("Content-Type", f.kind)
	if strings.HasPrefix(name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	if r.Header.Get("If-None-Match") == f.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", fmt.Sprint(len(f.body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(f.body)
	}
}

// isPage says whether a path is an address of the pages, which the script in index.html reads.
func isPage(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	switch first {
	case "", "desk", "wall", "screen", "tickets", "calls", "customers", "reports", "hooks", "history", "adherence", "scores", "voicemails":
		return true
	default:
		return false
	}
}

// secure sets what every answer carries.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("X-Frame-Options", "DENY")
		next.ServeHTTP(w, r)
	})
}
