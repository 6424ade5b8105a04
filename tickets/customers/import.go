package customers

import (
	"errors"
	"time"

	"hotline/tickets"
	"hotline/tickets/attachment"
)

// Import is a file of customers that somebody has sent to be taken over. Nothing of it is written before they have seen what would change, and start it.
//
//	sent ──► checking ──► checked ──start──► importing ──► done
//	          │  ▲           │ └───stop────┐     ├──────► failed: the file cannot be read on; what was imported stays
//	          │  └─ columns ─┘             └─────┴──────► stopped
//	          └──► failed
//
// Whoever sees that a column is not read as what it is says what it holds, and has the file looked through again.
type Import struct {
	ID      string // a UUID
	Name    string // of the file
	Format  Format
	Size    int64 // in bytes
	Sum     attachment.Sum
	Place   attachment.Place
	Columns []Heading  // how it is read
	By      tickets.By // who has sent it, or started it
	At      time.Time  // when it was sent

	State   ImportState
	Rows    int64 // so many are done, in this state
	Read    int64 // of Size
	Counts  map[What]int64
	Error   string    // why it has failed, stands still, or was not stopped by hand
	EndedAt time.Time // zero while it is not over
}

// ImportState is how far an import is.
type ImportState string

const (
	Checking      ImportState = "checking"
	Checked       ImportState = "checked"
	Importing     ImportState = "importing"
	ImportDone    ImportState = "done"
	ImportFailed  ImportState = "failed"
	ImportStopped ImportState = "stopped"
)

// Running says whether a job works on it.
func (s ImportState) Running() bool { return s == Checking || s == Importing }

// Errors of a store of imports.
var (
	ErrNoImport = errors.New("there is no such import")
	ErrNotReady = errors.New("the import is not in a state in which this can be done")
)

// MostIDs is how many external ids and contracts a file may have together, in rows that can be read: whoever imports holds each in memory, beside calls, to know a second row
// about the same.
const MostIDs = 5_000_000

// RowsShown is how many rows of a kind are kept to look at, the first ones; of those that are not taken MostRefused: somebody is to mend them in the file.
const (
	RowsShown   = 100
	MostRefused = 10_000
)

// RowsKept is how many of a kind are kept.
func (w What) RowsKept() int64 {
	switch w {
	case IsWrong, LeftAlone:
		return MostRefused
	case Unchanged:
		return 0
	}
	return RowsShown
}
