package asterisk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/CyCoreSystems/ari/v5"
)

var (
	// ErrNotARI says that what answers at the address is something else than ARI.
	ErrNotARI = errors.New("something answers, but not ARI")
	// ErrNoEndpoint says that Asterisk has no endpoint of that name.
	ErrNoEndpoint = errors.New("no such endpoint")
)

// Examination asks an Asterisk whether it is as Hotline needs it. It looks only, over HTTP and as no application, so that a
// Hotline that serves there is not disturbed. A refusal of the user or the password is ErrPassword.
type Examination struct {
	opt   Options
	plain *plainHTTP
}

// Examine begins an examination, with URL, User, Password and Deadline of the options. Close ends it.
func Examine(o Options) *Examination {
	o = o.withDefaults()
	return &Examination{o, newPlainHTTP(o)}
}

// Close closes the connections.
func (e *Examination) Close() { e.plain.close() }

// oldest is the first version of Asterisk that Hotline can work with.
const oldest = 20

var majorVersion = regexp.MustCompile(`[0-9]+`)

// Version is Asterisk's own, such as "22.10.1". One that is too old is an error.
func (e *Examination) Version(ctx context.Context) (string, error) {
	var found about
	if err := e.get(ctx, "/asterisk/info", &found); err != nil {
		return "", err
	}
	version := found.System.Version
	if version == "" {
		return "", ErrNotARI
	}
	// A build from a branch has no number: "GIT-master-…".
	if major, err := strconv.Atoi(majorVersion.FindString(version)); err == nil && major < oldest {
		return version, fmt.Errorf("version %s of Asterisk answers; %d or newer is needed", version, oldest)
	}
	return version, nil
}

// Sounds are the names of the sounds that Asterisk has in a language, such as "digits/1" in "ru".
func (e *Examination) Sounds(ctx context.Context, language string) (map[string]bool, error) {
	var sounds []ari.SoundData
	if err := e.get(ctx, "/sounds?lang="+url.QueryEscape(language), &sounds); err != nil {
		return nil, err
	}
	there := make(map[string]bool)
	for _, s := range sounds {
		for _, f := range s.Formats {
			there[s.ID] = there[s.ID] || f.Language == language
		}
	}
	return there, nil
}

// Online reports whether an endpoint, as EndpointOf names it, has a contact that answers. The error is ErrNoEndpoint where
// Asterisk does not know it.
func (e *Examination) Online(ctx context.Context, tech, resource string) (bool, error) {
	var endpoint ari.EndpointData
	err := e.get(ctx, "/endpoints/"+tech+"/"+url.PathEscape(resource), &endpoint)
	if code(err) == http.StatusNotFound {
		return false, ErrNoEndpoint
	}
	return endpoint.State != "offline", err
}

// ForEverybody are the PJSIP endpoints for which Asterisk takes a caller from any address, by no password: an identify section matches
// every address, or goes by what the caller sends alone. Only sections that are named as their endpoint is are looked at.
func (e *Examination) ForEverybody(ctx context.Context) (names []string, err error) {
	var endpoints []ari.EndpointData
	if err := e.get(ctx, "/endpoints/PJSIP", &endpoints); err != nil {
		return nil, err
	}
	for _, endpoint := range endpoints {
		var fields []ari.ConfigTuple
		err := e.get(ctx, "/asterisk/config/dynamic/res_pjsip/identify/"+url.PathEscape(endpoint.Resource), &fields)
		if code(err) == http.StatusNotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(fields, matchesEverybody) {
			names = append(names, endpoint.Resource)
		}
	}
	slices.Sort(names)
	return names, nil
}

// matchesEverybody reads a setting of an identify section.
func matchesEverybody(f ari.ConfigTuple) bool {
	switch f.Attribute {
	case "match_request_uri", "match_header":
		return f.Value != ""
	case "match": // "0.0.0.0/0", "::/0", "0.0.0.0/0.0.0.0", several with commas
		return slices.ContainsFunc(strings.Split(f.Value, ","), func(match string) bool {
			address, mask, masked := strings.Cut(strings.TrimSpace(match), "/")
			_, err := netip.ParseAddr(address)
			return err == nil && masked && strings.Trim(mask, "0.:") == ""
		})
	default:
		return false
	}
}

// Clock is what time it is by Asterisk's machine, to the second.
func (e *Examination) Clock(ctx context.Context) (time.Time, error) {
	var variable struct{ Value string }
	if err := e.get(ctx, "/asterisk/variable?variable=EPOCH", &variable); err != nil {
		return time.Time{}, err
	}
	seconds, err := strconv.ParseInt(variable.Value, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("its clock says %q", variable.Value)
	}
	return time.Unix(seconds, 0), nil
}

// Heard is when a Hotline said last that it serves this Asterisk, as it said it, and is to be compared alone; "" where none has, or the last has taken it back. ago is
// how long ago that was at the least, by Asterisk's clock, which may have been set meanwhile.
func (e *Examination) Heard(ctx context.Context) (said string, ago time.Duration, err error) {
	now, err := e.Clock(ctx) // first: what is said after it is not taken for older than it is
	if err != nil {
		return "", 0, err
	}
	var variable struct{ Value string }
	if err := e.get(ctx, "/asterisk/variable?variable="+heardVariable, &variable); err != nil {
		return "", 0, err
	}
	if seconds, err := strconv.ParseInt(variable.Value, 10, 64); err == nil {
		ago = max(0, now.Sub(time.Unix(seconds, 0))-time.Second) // both are whole seconds
	}
	return variable.Value, ago, nil
}

func (e *Examination) get(ctx context.Context, path string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, e.opt.Deadline)
	defer cancel()
	err := e.plain.get(ctx, path, into)
	switch code(err) {
	case 0:
		return err
	case http.StatusUnauthorized, http.StatusForbidden:
		return ErrPassword
	default:
		return fmt.Errorf("%s answers %w", path, err)
	}
}

// get fetches JSON. A reply that cannot be read is ErrNotARI.
func (p *plainHTTP) get(ctx context.Context, path string, into any) error {
	a, err := p.fetch(ctx, path)
	if err == nil && json.Unmarshal([]byte(a.Body), into) != nil {
		err = ErrNotARI
	}
	return err
}

// fetch asks for a path without a word to any counter. A status that is no success is a *refusal with the words of HTTP.
func (p *plainHTTP) fetch(ctx context.Context, path string) (answer, error) {
	a, err := p.carry(ctx, 0, question{Method: http.MethodGet, URI: path[1:]})
	if err == nil && a.Code != http.StatusOK {
		err = &refusal{a.Code, a.Reason}
	}
	return a, err
}
