// Package memory keeps recordings in memory, for tests of those who need an archive and no disk.
package memory

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"hotline/recordings"
	"hotline/telephony"
)

// Vault is a recordings.Vault in memory. It is safe for concurrent use.
type Vault struct {
	mu        sync.Mutex
	kept      map[recordings.ID]kept
	unsettled map[recordings.ID]bool
}

type kept struct {
	meta  recordings.Meta
	sound []byte
}

// NewVault makes an empty one.
func NewVault() *Vault {
	return &Vault{kept: make(map[recordings.ID]kept), unsettled: make(map[recordings.ID]bool)}
}

// Put implements recordings.Vault.
func (v *Vault) Put(ctx context.Context, m recordings.Meta, sound io.Reader) (recordings.Meta, error) {
	if _, err := recordings.ParseID(string(m.ID)); err != nil {
		return m, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.unsettled[m.ID] = true
	if k, there := v.kept[m.ID]; there {
		return k.meta, nil
	}
	all, err := io.ReadAll(sound)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return m, err
	}
	frame := recordings.SampleBytes * m.Channels()
	all = all[:len(all)-len(all)%frame]
	m.Length = time.Duration(len(all)) * time.Second / time.Duration(recordings.Rate*frame)
	v.kept[m.ID] = kept{m, all}
	return m, nil
}

// Settle implements recordings.Vault.
func (v *Vault) Settle(id recordings.ID, settled bool) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.unsettled[id] = !settled
	return nil
}

// Unsettled implements recordings.Vault.
func (v *Vault) Unsettled() (all []recordings.Meta, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for id, k := range v.kept {
		if v.unsettled[id] {
			all = append(all, k.meta)
		}
	}
	return all, nil
}

// Delete implements recordings.Vault.
func (v *Vault) Delete(id recordings.ID) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.kept, id)
	delete(v.unsettled, id)
	return nil
}

// Sound is what was put, without a header.
func (v *Vault) Sound(id recordings.ID) ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	k, there := v.kept[id]
	if !there {
		return nil, recordings.ErrNone
	}
	return bytes.Clone(k.sound), nil
}

// Rows is a recordings.Rows in memory. It is safe for concurrent use.
type Rows struct {
	mu  sync.Mutex
	all map[recordings.ID]recordings.Entry
}

// NewRows makes empty ones.
func NewRows() *Rows { return &Rows{all: make(map[recordings.ID]recordings.Entry)} }

// Add implements recordings.Rows.
func (r *Rows) Add(_ context.Context, m recordings.Meta) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, there := r.all[m.ID]
	if !there {
		r.all[m.ID] = recordings.Entry{Meta: m}
		return nil
	}
	if e.Deleted != nil {
		return recordings.ErrDeleted
	}
	return nil
}

// Delete implements recordings.Rows.
func (r *Rows) Delete(_ context.Context, id recordings.ID, d recordings.Deletion) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, there := r.all[id]
	switch {
	case !there:
		return recordings.ErrNone
	case e.Deleted != nil:
		return nil
	case e.Held != nil:
		return recordings.ErrHeld
	}
	e.Deleted = &d
	r.all[id] = e
	return nil
}

const dueAtOnce = 100

// Due implements recordings.Rows.
func (r *Rows) Due(_ context.Context, rule recordings.Rule, now time.Time) (due []recordings.ID, err error) {
	for _, e := range r.sorted() {
		if over, ever := rule.Over(e.Meta); ever && over.Before(now) && e.Held == nil && e.Deleted == nil && len(due) < dueAtOnce {
			due = append(due, e.ID)
		}
	}
	return due, nil
}

// OfCalls implements recordings.Rows.
func (r *Rows) OfCalls(_ context.Context, calls ...telephony.CallID) (all []recordings.Entry, err error) {
	for _, e := range r.sorted() {
		if e.Deleted == nil && slices.Contains(calls, e.Call) {
			all = append(all, e)
		}
	}
	return all, nil
}

// One is a recording; ErrNone where it is not there, or was deleted.
func (r *Rows) One(_ context.Context, id recordings.ID) (recordings.Entry, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, there := r.all[id]
	if !there || e.Deleted != nil {
		return e, recordings.ErrNone
	}
	return e, nil
}

// Hold holds a recording, or lets it go (nil). Who holds it first stays so. The error is ErrNone.
func (r *Rows) Hold(_ context.Context, id recordings.ID, h *recordings.Hold) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, there := r.all[id]
	if !there || e.Deleted != nil {
		return recordings.ErrNone
	}
	if h == nil || e.Held == nil {
		e.Held = h
	}
	r.all[id] = e
	return nil
}

// Find looks for recordings. The error is ErrCursor.
func (r *Rows) Find(_ context.Context, q recordings.Question) (page recordings.Page, err error) {
	if q.Cursor != "" && !strings.Contains(q.Cursor, " ") {
		return recordings.Page{}, recordings.ErrCursor
	}
	found := r.sorted()
	slices.Reverse(found)
	for _, e := range found {
		if !fits(q, e) || q.Cursor != "" && place(e) >= q.Cursor {
			continue
		}
		if len(page.Entries) == q.Limit {
			page.Next = place(page.Entries[q.Limit-1])
			return page, nil
		}
		page.Entries = append(page.Entries, e)
	}
	return page, nil
}

// place orders recordings by when they started, and then by id.
func place(e recordings.Entry) string { return fmt.Sprintf("%020d %s", e.Started.UnixMicro(), e.ID) }

func fits(q recordings.Question, e recordings.Entry) bool {
	hears := func(agent string) bool {
		return slices.ContainsFunc(e.Agents, func(t recordings.Talked) bool { return t.Agent == agent })
	}
	switch {
	case e.Deleted != nil, q.Of != "" && !hears(q.Of), q.Agent != "" && !hears(q.Agent),
		q.Calls != nil && !slices.Contains(q.Calls, e.Call), q.Queue != "" && e.Queue != q.Queue, q.Kind != "" && e.Kind != q.Kind,
		!q.From.IsZero() && e.Started.Before(q.From), !q.To.IsZero() && !e.Started.Before(q.To), q.Held && e.Held == nil:
		return false
	}
	return true
}

func (r *Rows) sorted() []recordings.Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.SortedFunc(maps.Values(r.all), func(a, b recordings.Entry) int { return strings.Compare(place(a), place(b)) })
}
