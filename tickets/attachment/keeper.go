package attachment

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/google/uuid"

	"hotline/tickets"
)

// Grace is how long a content stays that no row leads to: its upload may not be over.
const Grace = time.Hour

// Keeper brings rows and contents together. It is safe for concurrent use.
type Keeper struct {
	register Register
	into     Place
	stores   map[Place]Store
	limits   Limits
}

// NewKeeper makes a Keeper that puts new files into one of some places, and finds old ones in all of them.
func NewKeeper(r Register, into Place, stores map[Place]Store, l Limits) (*Keeper, error) {
	if stores[into] == nil {
		return nil, fmt.Errorf("files go to the %s, and there is no such place", into)
	}
	if err := l.Prove(); err != nil {
		return nil, err
	}
	return &Keeper{register: r, into: into, stores: stores, limits: l.OrUsual()}, nil
}

// Limits are those that hold, with nothing left open.
func (k *Keeper) Limits() Limits { return k.limits }

// Upload is a file that somebody sends to a ticket.
type Upload struct {
	Ticket   tickets.Number
	Name     string
	Content  io.Reader
	Internal bool
	By       Hand
	At       time.Time
}

// Add takes a file. An error is a Refusal, tickets.ErrNoTicket, ErrFull, the reader's own, or that of a store that is away.
func (k *Keeper) Add(ctx context.Context, u Upload) (File, error) {
	has, err := k.register.Files(ctx, u.Ticket)
	if err != nil {
		return File{}, err
	}
	if err := k.limits.Room(has, 1); err != nil { // before anything is sent in vain; AddFile looks again
		return File{}, err
	}
	c, err := k.limits.Check(u.Name, u.Content)
	if err != nil {
		return File{}, err
	}
	content, err := k.stores[k.into].Put(ctx, c.Content)
	if err != nil {
		return File{}, fmt.Errorf("keep a file of ticket %s: %w", u.Ticket, err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return File{}, fmt.Errorf("an id for a file: %w", err)
	}
	f, err := k.register.AddFile(ctx, File{
		ID: ID(id.String()), Ticket: u.Ticket, Name: c.Name, Type: c.Type, Size: content.Size, Sum: content.Sum, Place: k.into,
		By: u.By.Login, At: u.At, Internal: u.Internal,
	}, u.By.By, k.limits)
	if refused := new(Refusal); errors.As(err, &refused) || errors.Is(err, tickets.ErrNoTicket) { // after any other error the row may be there
		err = errors.Join(err, k.stores[k.into].Drop(context.WithoutCancel(ctx), content))
	}
	return f, err
}

// Hold keeps a content that is no ticket's file, of at most so many bytes, and says where. Its row is the caller's, and UsedSums must know of it. An error is a Refusal,
// ErrFull, the reader's own, or that of a store that is away.
func (k *Keeper) Hold(ctx context.Context, content io.Reader, most int64) (Content, Place, error) {
	c, err := k.stores[k.into].Put(ctx, &bounded{r: content, most: most})
	if err == nil && c.Size == 0 {
		err = errors.Join(&Refusal{Field: "content", Code: Empty, Rule: "expected a file that is not empty"}, k.stores[k.into].Drop(ctx, c))
	}
	return c, k.into, err
}

// Drop takes back what Hold has just kept.
func (k *Keeper) Drop(ctx context.Context, c Content, in Place) error {
	return k.stores[in].Drop(ctx, c)
}

// Files are those of a ticket, the first that came first, the removed ones among them.
func (k *Keeper) Files(ctx context.Context, n tickets.Number) ([]File, error) {
	return k.register.Files(ctx, n)
}

// File is a file of a ticket that is not removed; ErrNoFile.
func (k *Keeper) File(ctx context.Context, n tickets.Number, id ID) (File, error) {
	all, err := k.register.Files(ctx, n)
	if err != nil {
		return File{}, err
	}
	for _, f := range all {
		if f.ID == id && f.RemovedAt.IsZero() {
			return f, nil
		}
	}
	return File{}, ErrNoFile
}

// Open is the content of a file. Reading it ends with ErrDamaged where it is not what was put there.
func (k *Keeper) Open(ctx context.Context, f File) (io.ReadCloser, error) {
	store := k.stores[f.Place]
	if store == nil {
		return nil, fmt.Errorf("file %s lies in the place %q, which is not set up: %w", f.ID, f.Place, ErrDamaged)
	}
	content, err := store.Open(ctx, f.Sum)
	if err != nil {
		return nil, fmt.Errorf("file %s of ticket %s: %w", f.ID, f.Ticket, err)
	}
	return Proved(content, f.Sum), nil
}

// Proved is a content whose reading ends with ErrDamaged where it is not what its sum says.
func Proved(content io.ReadCloser, sum Sum) io.ReadCloser {
	return &proved{ReadCloser: content, sum: sum, so: sha256.New()}
}

// Remove removes a file from a ticket; ErrNoFile. That it was there stays known, and its content goes with the next Sweep.
func (k *Keeper) Remove(ctx context.Context, n tickets.Number, id ID, by Hand, at time.Time) error {
	return k.register.RemoveFile(ctx, n, id, by, at)
}

// Sweep deletes, in each place, the contents put before an instant that no file has any more. What it has deleted it says even where it
// fails in one of them.
func (k *Keeper) Sweep(ctx context.Context, before time.Time) (all Swept, err error) {
	for place, store := range k.stores {
		swept, failed := store.Sweep(ctx, before, func(ctx context.Context, sums []Sum) ([]Sum, error) {
			return k.register.UsedSums(ctx, place, sums)
		})
		all.Contents += swept.Contents
		all.Broken += swept.Broken
		if failed != nil {
			err = errors.Join(err, fmt.Errorf("sweep the %s: %w", place, failed))
		}
	}
	return all, err
}

// proved compares what it has read with the sum at the end.
type proved struct {
	io.ReadCloser
	sum Sum
	so  hash.Hash
}

func (p *proved) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	p.so.Write(b[:n])
	if errors.Is(err, io.EOF) && Sum(p.so.Sum(nil)) != p.sum {
		return n, ErrDamaged
	}
	return n, err
}
