package asterisk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// about is what matters of GET /asterisk/info.
type about struct {
	System struct {
		Version  string `json:"version"`
		EntityID string `json:"entity_id"`
	} `json:"system"`
	Status struct {
		StartupTime string `json:"startup_time"`
	} `json:"status"`
}

// start tells one start of an Asterisk from another.
func (a *about) start() string { return a.System.EntityID + " " + a.Status.StartupTime }

// began is when this Asterisk was started, by its clock; zero is not known.
func (a *about) began() time.Time {
	t, _ := time.Parse("2006-01-02T15:04:05-0700", a.Status.StartupTime)
	return t
}

// about asks which Asterisk this is. It always goes over HTTP, because the answer decides what else can be used.
func (r *requests) about(ctx context.Context) (*about, error) {
	ctx, cancel := context.WithTimeout(ctx, min(r.opt.Deadline, dialWithin))
	defer cancel()
	var found about
	err := r.plain.get(ctx, "/asterisk/info", &found)
	switch code := code(err); {
	case code == http.StatusUnauthorized:
		return nil, fmt.Errorf("connect to Asterisk at %s as %q: %w", r.opt.URL, r.opt.User, ErrPassword)
	case code == http.StatusNotFound:
		return nil, fmt.Errorf("connect to Asterisk at %s: no ARI there (%w): is the path right, and ARI enabled in ari.conf?", r.opt.URL, err)
	case errors.Is(err, ErrNotARI) || err == nil && found.System.Version == "":
		return nil, fmt.Errorf("connect to Asterisk at %s: what answers there is no Asterisk", r.opt.URL)
	case err != nil:
		return nil, fmt.Errorf("connect to Asterisk at %s: %w", r.opt.URL, plainCause(err))
	}
	return &found, nil
}

// WhispersUnsafely reports whether a whisper does harm in this version: since a whisper can be heard by who hears nothing else, channels
// to which somebody has whispered cannot be bridged now and then, and a thread spins (https://github.com/asterisk/asterisk/issues/2134,
// open in November 2026, and pull request 2171).
func WhispersUnsafely(version string) bool {
	major, minor, ok := released(version)
	since, bad := map[int]int{20: 21, 22: 11, 23: 5}[major]
	return ok && (bad && minor >= since || major > 23)
}

// TransfersUnsafely says why a phone's own transfers (REFER) had better not be taken in this version, although ARI could decide about them;
// "" is that nothing is known against it. All of them are refused, and whoever asks is told so: see sections.
func TransfersUnsafely(version string) string {
	major, minor, ok := released(version)
	since := map[int][2]int{20: {17, 21}, 21: {12, 1000}, 22: {7, 11}, 23: {1, 5}}[major] // 21 has ended without the second repair
	switch {
	case !ok:
		return "of a home-made version it is not known what they do"
	case major > 23:
		return ""
	case minor < since[0]:
		return "they fail there, or end Asterisk (https://github.com/asterisk/asterisk/issues/1467)"
	case minor < since[1]:
		return "a phone that wants to hear nothing of its transfer ends Asterisk there (https://github.com/asterisk/asterisk/issues/2021)"
	default:
		return ""
	}
}

// released are the two numbers of a release; not ok is a certified or home-made version.
func released(version string) (major, minor int, ok bool) {
	_, err := fmt.Sscanf(version, "%d.%d", &major, &minor)
	return major, minor, err == nil
}

// carriesRequests reports whether this version takes requests over a websocket.
func carriesRequests(version string) bool {
	major, minor, ok := released(version)
	if !ok {
		return false // It is a certified or home-made one, to which HTTP always works.
	}
	least := map[int]int{20: 14, 21: 9, 22: 4} // The change was brought back to these branches.
	if m, ok := least[major]; ok {
		return minor >= m
	}
	return major > 22
}
