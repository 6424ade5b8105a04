package asterisk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/CyCoreSystems/ari/v5"

	"hotline/telephony"
)

// fetchWithin is how long a recording may take to be read: a track of four hours has 230 MB.
const fetchWithin = 30 * time.Minute

// Serves reports whether a call is on the line, or its script still runs.
func (s *Switch) Serves(call telephony.CallID) bool {
	s.registry.mu.Lock()
	defer s.registry.mu.Unlock()
	return s.registry.calls[call] != nil
}

// Recorded are all tracks and messages of calls that are on Asterisk's disk, those that are being written among them.
func (s *Switch) Recorded(ctx context.Context) (tracks []telephony.Track, messages []telephony.Message, err error) {
	var stored []ari.StoredRecordingData
	err = s.requests.doLong(ctx, "", "list recordings", func(c *client) error { // over HTTP: the reply may be long
		return c.request(http.MethodGet, "/recordings/stored", nil, &stored)
	})
	for _, recording := range stored {
		whose, own := messageOwner(s.opt.Node, recording.Name)
		if !own || !fitsPath(recording.Name) {
			continue
		}
		switch t, is := telephony.ParseTrack(recording.Name); {
		case !is:
			messages = append(messages, telephony.Message{Name: recording.Name, Call: whose, Came: born(whose)})
		case t.Call == whose:
			tracks = append(tracks, t)
		}
	}
	return tracks, messages, err
}

// errWritten says that a recording is being written.
var errWritten = errors.New("it is still being written")

// OpenRecording reads the file of a recording, which is not being written any more. An error that it is not there, or no more, is telephony.ErrGone.
func (s *Switch) OpenRecording(ctx context.Context, name string) (io.ReadCloser, error) {
	whose, path, err := soundOf(s.opt.Node, name)
	if err != nil {
		return nil, err
	}
	err = s.requests.do(ctx, whose, "look for recording "+name, func(c *client) error {
		return c.request(http.MethodGet, "/recordings/live/"+name, nil, nil)
	})
	if err == nil {
		err = fmt.Errorf("recording %s: %w", name, errWritten)
	}
	if !errors.Is(err, telephony.ErrGone) {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, fetchWithin)
	body, err := s.requests.plain.open(ctx, path)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("recording %s: %w", name, err)
	}
	return &opened{body, cancel}, nil
}

// opened is a body that is read until it is closed.
type opened struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (o *opened) Close() error {
	defer o.cancel()
	return o.ReadCloser.Close()
}

// open begins to read a reply. A file that is not there is telephony.ErrGone.
func (p *plainHTTP) open(ctx context.Context, path string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+path, nil)
	if err != nil {
		return nil, err
	}
	req.SetBasicAuth(p.user, p.password)
	resp, err := p.http.Do(req)
	if err != nil {
		return nil, err
	}
	switch resp.StatusCode {
	case http.StatusOK:
		return resp.Body, nil
	case http.StatusNotFound:
		err = telephony.ErrGone
	default:
		err = errors.New(resp.Status)
	}
	return nil, errors.Join(err, resp.Body.Close())
}

// DeleteRecording deletes one from Asterisk's disk, by its name. That there is none is no error.
func (s *Switch) DeleteRecording(ctx context.Context, name string) error {
	whose, _, err := soundOf(s.opt.Node, name)
	if err != nil {
		return err
	}
	err = s.requests.do(ctx, whose, "delete recording "+name, func(c *client) error {
		return c.request(http.MethodDelete, "/recordings/stored/"+name, nil, nil)
	})
	if errors.Is(err, telephony.ErrGone) {
		return nil
	}
	return err
}
