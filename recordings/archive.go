package recordings

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"hotline/telephony"
)

// Archive keeps recordings: their sound in a vault, and what is known of them in rows. It is safe for concurrent use.
type Archive struct {
	Vault Vault
	Rows  Rows
}

// Vault keeps sound. recordings/vault does on disk, recordings/memory in memory. A recording is unsettled from before Put has it, or before it is to be
// deleted, until somebody says that the rows and the vault agree on it: whatever is killed in between is found by that.
type Vault interface {
	// Put keeps a recording as a whole and unsettled, or not at all, and gives what is known of it with its true length; what is there already is left as it is. The
	// errors are ErrFull, those of the reader, and those of the disk.
	Put(ctx context.Context, m Meta, sound io.Reader) (Meta, error)
	// Settle says whether the rows agree with the vault about a recording.
	Settle(id ID, settled bool) error
	// Unsettled are the recordings here on which nobody has said that the rows agree.
	Unsettled() ([]Meta, error)
	// Delete deletes a recording, which is settled then; one that is not there is no error.
	Delete(id ID) error
}

// Rows are what is known of recordings. recordings/postgres has them in PostgreSQL, recordings/memory in memory.
type Rows interface {
	// Add adds a recording, or leaves it as it is. The error is ErrDeleted for one that was deleted.
	Add(ctx context.Context, m Meta) error
	// Delete notes that a recording is deleted, and leaves it so where it was. The errors are ErrHeld and ErrNone.
	Delete(ctx context.Context, id ID, d Deletion) error
	// Due are some recordings whose time is over by a rule, and that nobody holds; none is no error.
	Due(ctx context.Context, rule Rule, now time.Time) ([]ID, error)
	// OfCalls are the recordings of some calls that are not deleted.
	OfCalls(ctx context.Context, calls ...telephony.CallID) ([]Entry, error)
}

// Entry is a recording as the rows know it.
type Entry struct {
	Meta
	Held    *Hold     // nil: nobody holds it
	Deleted *Deletion // nil: it is there
}

// Hold is that a recording must not be deleted.
type Hold struct {
	At  time.Time
	By  string // a person's id
	Why string
}

// Deletion is that a recording is gone.
type Deletion struct {
	At  time.Time
	By  string // a person's id, or one of the names below
	Why string
}

// Who deletes where no person does it by hand.
const (
	ByRetention = "retention" // its rule
	ByErasure   = "erasure"   // all that is held about a person
)

// rowsWithin is how long Put waits for the rows: the sound is on disk by then, and who has recorded does not wait for a database.
const rowsWithin = 5 * time.Second

// Put takes a recording: what is known of it, and its sound as 16-bit samples of 8 kHz, lowest byte first, two channels of a talk in turn (the caller's is
// the first), one of a message. When it returns nil the recording is on disk as a whole and lasts, and the original may go; with an error nothing of it
// is kept, and it may be put again. To put it twice is the same as once. The database may be away: Settle brings it what it lacks.
func (a *Archive) Put(ctx context.Context, m Meta, sound io.Reader) error {
	if err := m.Check(); err != nil {
		return err
	}
	m, err := a.Vault.Put(ctx, m, sound)
	if err != nil {
		return fmt.Errorf("recording %s: %w", m.ID, err)
	}
	ctx, cancel := context.WithTimeout(ctx, rowsWithin)
	defer cancel()
	_ = a.settle(ctx, m) // else it stays unsettled, and Settle says what is wrong
	return nil
}

// Settle makes the rows and the vault agree where something has come between, and says about how many recordings.
func (a *Archive) Settle(ctx context.Context) (n int, err error) {
	unsettled, err := a.Vault.Unsettled()
	if err != nil {
		return 0, fmt.Errorf("recordings of which the rows may not know: %w", err)
	}
	for _, m := range unsettled {
		if err := a.settle(ctx, m); err != nil {
			return n, fmt.Errorf("recording %s: %w", m.ID, err)
		}
		n++
	}
	return n, nil
}

// settle enters a recording into the rows. One that was deleted goes from the vault, also when somebody has put it again.
func (a *Archive) settle(ctx context.Context, m Meta) error {
	err := a.Rows.Add(ctx, m)
	if errors.Is(err, ErrDeleted) {
		return a.Vault.Delete(m.ID)
	}
	if err != nil {
		return err
	}
	return a.Vault.Settle(m.ID, true)
}

// Delete deletes a recording for good. The errors are ErrHeld and ErrNone; with another it is deleted, perhaps, and will be after Settle if it is.
func (a *Archive) Delete(ctx context.Context, id ID, d Deletion) error {
	if err := a.Vault.Settle(id, false); err != nil {
		return fmt.Errorf("recording %s: %w", id, err)
	}
	if err := a.Rows.Delete(ctx, id, d); err != nil {
		if errors.Is(err, ErrHeld) || errors.Is(err, ErrNone) {
			err = errors.Join(err, a.Vault.Settle(id, true))
		}
		return fmt.Errorf("recording %s: %w", id, err)
	}
	if err := a.Vault.Delete(id); err != nil {
		return fmt.Errorf("recording %s: %w", id, err)
	}
	return nil
}

// Forget deletes what is due by a rule, and says how many those were, also where it fails.
func (a *Archive) Forget(ctx context.Context, rule Rule, now time.Time) (n int, err error) {
	for {
		due, err := a.Rows.Due(ctx, rule, now)
		if err != nil || len(due) == 0 {
			return n, err
		}
		for _, id := range due {
			err := a.Delete(ctx, id, Deletion{At: now, By: ByRetention})
			if errors.Is(err, ErrHeld) { // since
				continue
			}
			if err != nil {
				return n, err
			}
			n++
		}
	}
}

// DeleteCalls deletes the recordings of some calls, as they are to be erased with their person, and says which stay because they are held.
func (a *Archive) DeleteCalls(ctx context.Context, d Deletion, calls ...telephony.CallID) (held []ID, err error) {
	all, err := a.Rows.OfCalls(ctx, calls...)
	if err != nil {
		return nil, fmt.Errorf("recordings of calls: %w", err)
	}
	for _, e := range all {
		err := a.Delete(ctx, e.ID, d)
		if errors.Is(err, ErrHeld) {
			held = append(held, e.ID)
			continue
		}
		if err != nil {
			return held, err
		}
	}
	return held, nil
}
