package asterisk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/CyCoreSystems/ari/v5"

	"hotline/telephony"
)

// ForgetRecordings deletes the recordings of calls that began before a time, from Asterisk's disk, and says how many those were,
// even where it fails. Asterisk does not tell how old a recording is; the call's id, with which its name begins, does. What
// somebody else has recorded there stays, and so do tracks: they go when the archive has them, however long that takes.
func (s *Switch) ForgetRecordings(ctx context.Context, before time.Time) (deleted int, err error) {
	return s.deleteRecordings(ctx, func(whose telephony.CallID, name string) bool {
		_, track := telephony.ParseTrack(name)
		return !track && born(whose).Before(before)
	})
}

// DeleteRecordings deletes the recordings of some calls, as ForgetRecordings does those of old ones, and their tracks.
func (s *Switch) DeleteRecordings(ctx context.Context, calls ...telephony.CallID) (deleted int, err error) {
	return s.deleteRecordings(ctx, func(whose telephony.CallID, _ string) bool { return slices.Contains(calls, whose) })
}

func (s *Switch) deleteRecordings(ctx context.Context, which func(whose telephony.CallID, name string) bool) (deleted int, err error) {
	var stored []ari.StoredRecordingData
	err = s.requests.do(ctx, "", "list recordings", func(c *client) error {
		return c.request(http.MethodGet, "/recordings/stored", nil, &stored)
	})
	if err != nil {
		return 0, err
	}
	for _, recording := range stored {
		whose, own := messageOwner(s.opt.Node, recording.Name)
		if !own || !fitsPath(recording.Name) || !which(whose, recording.Name) {
			continue
		}
		if err := s.pace.wait(ctx); err != nil {
			return deleted, err
		}
		err := s.requests.do(ctx, whose, "delete recording "+recording.Name, func(c *client) error {
			return c.request(http.MethodDelete, "/recordings/stored/"+recording.Name, nil, nil)
		})
		switch {
		case errors.Is(err, telephony.ErrGone): // It has been deleted meanwhile.
		case err != nil:
			return deleted, err
		default:
			deleted++
		}
	}
	return deleted, nil
}

// Recordings are the names of those that calls have left with an Asterisk, by call.
func (e *Examination) Recordings(ctx context.Context) (map[telephony.CallID][]string, error) {
	var stored []ari.StoredRecordingData
	if err := e.get(ctx, "/recordings/stored", &stored); err != nil {
		return nil, err
	}
	all := make(map[telephony.CallID][]string)
	for _, recording := range stored {
		if whose, own := messageOwner(e.opt.Node, recording.Name); own && fitsPath(recording.Name) {
			all[whose] = append(all[whose], recording.Name)
		}
	}
	return all, nil
}

// Recording is the sound of one, as the file that Asterisk has. An error that it is not there, or no more, is telephony.ErrGone.
func (s *Switch) Recording(ctx context.Context, name string) (sound []byte, err error) {
	whose, path, err := soundOf(s.opt.Node, name)
	if err != nil {
		return nil, err
	}
	// Over HTTP: what the sockets carry is text.
	err = s.requests.doLong(ctx, whose, "take recording "+name, func(c *client) error {
		a, err := c.ask(http.MethodGet, path, nil)
		sound = []byte(a.Body)
		return err
	})
	return sound, err
}

// Recording is the sound of one, as Switch.Recording has it.
func (e *Examination) Recording(ctx context.Context, name string) ([]byte, error) {
	_, path, err := soundOf(e.opt.Node, name)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, e.opt.Deadline)
	defer cancel()
	a, err := e.plain.fetch(ctx, path)
	if code(err) == http.StatusNotFound {
		err = fmt.Errorf("recording %q: %w", name, telephony.ErrGone)
	}
	return []byte(a.Body), err
}

// soundOf is where ARI has the sound of a recording, and whose call's it is. The error is telephony.ErrGone for a name that no recording of a call has.
func soundOf(node, name string) (whose telephony.CallID, path string, err error) {
	whose, own := messageOwner(node, name)
	if !own || !fitsPath(name) {
		return "", "", fmt.Errorf("recording %q: %w", name, telephony.ErrGone)
	}
	return whose, "/recordings/stored/" + name + "/file", nil
}

// born is when a call began, to the millisecond: a UUIDv7 begins with it (RFC 9562, 5.7).
func born(id telephony.CallID) time.Time {
	ms, err := strconv.ParseInt(strings.ReplaceAll(string(id[:13]), "-", ""), 16, 64)
	if err != nil {
		panic(fmt.Sprintf("asterisk: %q is no id of a call", id)) // owner has seen that it is one
	}
	return time.UnixMilli(ms)
}
