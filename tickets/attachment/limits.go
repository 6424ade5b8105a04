package attachment

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Limits say which files are taken. The zero value takes the usual: 25 MiB, 100 files and 200 MiB to a ticket, all known kinds.
type Limits struct {
	Size       int64    // of one file, in bytes
	Files      int      // of one ticket
	TicketSize int64    // of one ticket's files together, in bytes
	Extensions []string // which are taken, in lower case, without the dot
}

const (
	usualSize       = 25 << 20
	usualFiles      = 100
	usualTicketSize = 200 << 20
)

// OrUsual fills what is not set.
func (l Limits) OrUsual() Limits {
	if l.Size <= 0 {
		l.Size = usualSize
	}
	if l.Files <= 0 {
		l.Files = usualFiles
	}
	if l.TicketSize <= 0 {
		l.TicketSize = max(usualTicketSize, l.Size)
	}
	l.Extensions = l.extensions()
	return l
}

func (l Limits) extensions() []string {
	if l.Extensions == nil {
		return Extensions()
	}
	return l.Extensions
}

// Prove says what is wrong with a setting: an extension that is no known kind's.
func (l Limits) Prove() error {
	for _, ext := range l.Extensions {
		if _, known := kinds[ext]; !known {
			return fmt.Errorf("files .%s cannot be taken; known are %v", tail(ext), Extensions())
		}
	}
	if l.Size > 0 && l.TicketSize > 0 && l.TicketSize < l.Size {
		return fmt.Errorf("a ticket's files may have %d bytes together, and one file %d", l.TicketSize, l.Size)
	}
	return nil
}

// Room says whether a ticket that has some files takes one more of a size. Removed ones do not count.
func (l Limits) Room(has []File, size int64) error {
	l = l.OrUsual()
	n, sum := 0, size
	for _, f := range has {
		if f.RemovedAt.IsZero() {
			n++
			sum += f.Size
		}
	}
	switch {
	case n >= l.Files:
		return &Refusal{Field: "ticket", Code: TooMany, Rule: fmt.Sprintf("expected at most %d files to a ticket", l.Files), Most: int64(l.Files)}
	case sum > l.TicketSize:
		return &Refusal{Field: "ticket", Code: TicketFull, Rule: fmt.Sprintf("expected the files of a ticket to have at most %d bytes together", l.TicketSize), Most: l.TicketSize}
	}
	return nil
}

// Checked is an upload whose name and beginning are right. Its Content is read once, to its end; it gives a Refusal where it grows too large.
type Checked struct {
	Name    string // cleaned
	Type    string // to give it out as
	Content io.Reader
}

// Check looks at a file's name and at its first bytes. An error is a Refusal, or the reader's own.
func (l Limits) Check(name string, content io.Reader) (Checked, error) {
	l = l.OrUsual()
	clean, err := CleanName(name)
	if err != nil {
		return Checked{}, err
	}
	head := make([]byte, headBytes)
	content = &bounded{r: content, most: l.Size}
	n, err := io.ReadFull(content, head)
	head = head[:n]
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return Checked{}, err
	}
	if n == 0 {
		return Checked{}, &Refusal{Field: "content", Code: Empty, Rule: "expected a file that is not empty"}
	}
	served, err := l.kindOf(clean, head)
	if err != nil {
		return Checked{}, err
	}
	return Checked{Name: clean, Type: served, Content: io.MultiReader(bytes.NewReader(head), content)}, nil
}

// Inline says whether a file may be shown in a page as it is: only pictures that browsers draw and do not run.
func (f File) Inline() bool {
	return slices.Contains([]string{"image/png", "image/jpeg", "image/gif", "image/webp"}, f.Type)
}

// bounded reads at most so many bytes; one more is a Refusal.
type bounded struct {
	r          io.Reader
	read, most int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.read += int64(n)
	if b.read > b.most {
		return 0, &Refusal{Field: "content", Code: TooLarge, Rule: fmt.Sprintf("expected at most %d bytes", b.most), Most: b.most}
	}
	return n, err
}
