// Package attachment is the files that people add to tickets: which of them are taken, under which name and type they are kept and given
// out again, and what the places for their contents must do. It reads streams and decides; disks and databases are others' (tickets/files,
// tickets/postgres), and so is HTTP (agentapi/register).
//
// A file is two things. Its row (File) says which ticket it belongs to, its name, and who brought it; a Register keeps it. Its content is
// bytes, which a Store keeps under their SHA-256, so that the same content is kept once however often it is sent:
//
//	upload ──► Limits.Check ──► Store.Put ──► Register.AddFile      the content first: a row never leads to nothing
//	           name, type,      by SHA-256    the row, in one
//	           size                           transaction
//	removal, erasure, retention ──► the row goes ──► Sweep ──► the content goes, once no row has it
//
// Invariants:
//
//   - A content is never executed, unpacked or changed: what comes out is what came in, byte for byte, or an error (ErrDamaged).
//   - A name is only ever a name. No content lies under the name that somebody typed.
//   - A file is taken only if the extension of its name is on the list, and its first bytes are of the type that the extension stands for.
//   - No content is in memory as a whole.
//   - A refused upload leaves nothing behind. An upload that broke off leaves at most what the next Sweep deletes.
package attachment

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"hotline/tickets"
)

var (
	// ErrNoFile says that a ticket has no such file, or has it no more.
	ErrNoFile = errors.New("no such file")
	// ErrFull says that the place for contents has no room left. Nothing of the content is kept.
	ErrFull = errors.New("the place for files is full")
	// ErrDamaged says that what the place gives back is not what was put there: it is missing, cut, or changed.
	ErrDamaged = errors.New("the content of the file is damaged")
)

// ID is a file's: a UUID in its usual form.
type ID string

// Sum is the SHA-256 of a content, by which it is found.
type Sum [sha256.Size]byte

func (s Sum) String() string { return hex.EncodeToString(s[:]) }

// ParseSum reads what String writes.
func ParseSum(text string) (Sum, error) {
	var s Sum
	if len(text) != hex.EncodedLen(len(s)) {
		return Sum{}, fmt.Errorf("a sum of %d characters, expected %d", len(text), hex.EncodedLen(len(s)))
	}
	if _, err := hex.Decode(s[:], []byte(text)); err != nil {
		return Sum{}, fmt.Errorf("a sum: %w", err)
	}
	return s, nil
}

// Place is where a content lies. It stands in the row, so that files stay where they are when the setting changes.
type Place string

const (
	OnDisk     Place = "disk"
	InDatabase Place = "database"
)

// File is what is known of a file.
type File struct {
	ID       ID
	Ticket   tickets.Number
	Version  int64  // of the ticket's change that brought it; 0 is none
	Name     string // cleaned (see CleanName): safe to show as text, and to save under
	Type     string // one of the media types of the list of kinds
	Size     int64  // in bytes
	Sum      Sum
	Place    Place
	By       string // a login
	At       time.Time
	Internal bool // not for the customer

	RemovedAt time.Time // zero while it is there
	RemovedBy string
}

// Content is what a Store has taken.
type Content struct {
	Sum   Sum
	Size  int64
	Since time.Time // when it was put, where nothing of this sum was there before; zero where something was
}

// Hand is who brings or takes away a file: by their login, as its row says, and as a ticket's history tells it.
type Hand struct {
	Login string
	By    tickets.By
}

// Store is a place for contents: a folder (tickets/files) or the database (tickets/postgres). It is safe for concurrent use.
type Store interface {
	// Put keeps a content until its end. An error of the reader is wrapped and given back, and so is ErrFull; nothing is kept then. Putting
	// a content that is there already makes it as good as new, and young.
	Put(ctx context.Context, content io.Reader) (Content, error)
	// Drop takes back what a Put has just brought, so that it fills no quota until the next Sweep. It does nothing where the same content was there
	// before, or has been put again since: then somebody else counts on it.
	Drop(ctx context.Context, c Content) error
	// Open gives a content back. It is ErrDamaged where there is none of this sum.
	Open(ctx context.Context, sum Sum) (io.ReadCloser, error)
	// Sweep deletes the contents that were put before an instant and that nobody uses, and what uploads have left that broke off before it.
	// Used names those of some sums that are still in use.
	Sweep(ctx context.Context, before time.Time, used func(context.Context, []Sum) ([]Sum, error)) (Swept, error)
}

// Swept is what a Sweep has deleted.
type Swept struct {
	Contents int
	Broken   int // uploads that broke off
}

// Register keeps the rows: tickets/postgres.
type Register interface {
	// AddFile adds a row, and a line to the ticket's history, if there is such a ticket (tickets.ErrNoTicket) that has room for it (Limits, Refusal). A content that the same
	// ticket has already under the same name and for the same eyes is not added again: its row is given back.
	AddFile(ctx context.Context, f File, by tickets.By, l Limits) (File, error)
	// Files are those of a ticket, the first that came first, the removed ones among them.
	Files(ctx context.Context, n tickets.Number) ([]File, error)
	// RemoveFile removes a file of a ticket; ErrNoFile. Its row stays and says who did it, and so does a line of the ticket's history.
	RemoveFile(ctx context.Context, n tickets.Number, id ID, by Hand, at time.Time) error
	// UsedSums are those of some sums that a file has which is not removed and lies in a place.
	UsedSums(ctx context.Context, in Place, sums []Sum) ([]Sum, error)
}

// Refusal is why an upload is not taken, by the field that broke a rule.
type Refusal struct {
	Field string // "name", "content", "ticket"
	Code  RefusalCode
	Rule  string // in English
	Most  int64  // of limits: bytes, characters, files
}

// RefusalCode is the stable name of a reason.
type RefusalCode string

const (
	NameMissing RefusalCode = "name_missing"
	NameTooLong RefusalCode = "name_too_long"
	KindRefused RefusalCode = "kind_refused"   // the extension is not on the list
	KindDiffers RefusalCode = "kind_differs"   // the content is not what the extension says
	Empty       RefusalCode = "empty"          // no bytes at all
	TooLarge    RefusalCode = "too_large"      // the file alone
	TicketFull  RefusalCode = "ticket_full"    // the ticket's files together
	TooMany     RefusalCode = "too_many_files" // of one ticket
)

func (r *Refusal) Error() string { return r.Field + ": " + r.Rule }
