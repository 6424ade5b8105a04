package casefile

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"hotline/tickets/attachment"
)

// Zip writes the document as an archive, as it comes: no file is in memory as a whole. An error is the writer's, or that ctx is over.
func Zip(ctx context.Context, w io.Writer, f File, o Options) error {
	o = o.orUsual()
	d := documentOf(f, o)
	z := zip.NewWriter(w)
	var names attachment.Names
	for i := range d.Attachments {
		a := &d.Attachments[i]
		a.Path, a.Damaged = "", false
		if a.Open == nil {
			continue
		}
		a.Path = "attachments/" + names.Unique(a.Name)
		if err := copyAttachment(ctx, z, a); err != nil {
			return fmt.Errorf("file of ticket %s: attachment %s: %w", f.Ticket.Number, a.Path, err)
		}
	}
	for _, part := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"file.json", func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			return e.Encode(d)
		}},
		{"file.html", func(w io.Writer) error { return page(w, d, o) }},
	} {
		into, err := entry(z, part.name, zip.Deflate, d.At)
		if err == nil {
			err = part.write(into)
		}
		if err != nil {
			return fmt.Errorf("file of ticket %s: %s: %w", f.Ticket.Number, part.name, err)
		}
	}
	return z.Close()
}

// HTML writes the page alone.
func HTML(w io.Writer, f File, o Options) error {
	o = o.orUsual()
	d := documentOf(f, o)
	for i := range d.Attachments {
		d.Attachments[i].Path = ""
	}
	return page(w, d, o)
}

// JSON writes what programs read, alone.
func JSON(w io.Writer, f File, o Options) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(documentOf(f, o.orUsual()))
}

func entry(z *zip.Writer, name string, method uint16, at time.Time) (io.Writer, error) {
	h := &zip.FileHeader{Name: name, Method: method, Modified: at.UTC()}
	h.SetMode(0o644)
	return z.CreateHeader(h)
}

// copyAttachment writes one file into the archive. What is wrong with the file itself stands in a.Damaged.
func copyAttachment(ctx context.Context, z *zip.Writer, a *Attachment) error {
	content, err := a.Open(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		a.Path, a.Open = "", nil
		return ctx.Err()
	}
	if err != nil {
		a.Path, a.Damaged = "", true
		return ctx.Err()
	}
	defer content.Close()
	into, err := entry(z, a.Path, zip.Store, a.At)
	if err != nil {
		return err
	}
	so := sha256.New()
	from := &source{r: content}
	n, err := io.Copy(io.MultiWriter(into, so), from)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case from.err != nil:
		a.Damaged = true
	case err != nil:
		return err
	case a.SHA256 == "":
		a.Size, a.SHA256 = n, hex.EncodeToString(so.Sum(nil))
	case n != a.Size, hex.EncodeToString(so.Sum(nil)) != a.SHA256:
		a.Damaged = true
	}
	return nil
}

// source keeps apart that a file cannot be read, and that the archive cannot be written.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}
