package journal

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"hotline/queues"
)

// Options of a Writer. Zero values take the defaults named.
type Options struct {
	Dir    string        // made where it is missing
	Config queues.Config // that of the router, with its Location and Epoch
	Days   int           // how many days are kept; 60
	Bytes  int64         // how large all files may be together; 20 GB
	Room   int           // how many facts may wait for the disk; 65,536. Facts beyond that are lost, and counted
	Now    func() time.Time
	Log    *slog.Logger
}

// Writer writes a journal. Stepped is for the one goroutine that owns the router, and never waits; Run writes.
type Writer struct {
	o     Options
	run   Run
	began time.Time // with its monotonic reading
	queue chan entry
	erase chan erasure

	words   []byte // room for what was decided, in words; the router's goroutine only
	missing int    // facts lost since one last found room; the router's goroutine only
	lost    atomic.Uint64

	// Run's goroutine only.
	day      string // of the open file
	file     *os.File
	buffered *bufio.Writer
	line     []byte
	pending  int       // facts in buffered
	unsaid   int       // lost facts that no line tells of yet
	failing  bool      // the last write failed, and the log knows
	last     time.Time // of the last line
}

// entry is a fact on its way to the disk.
type entry struct {
	at       time.Time
	event    queues.Event
	decided  []byte // the decisions in words, see Digest
	rejected error
	lost     int // how many facts just before it are lost
}

// Open begins a run, with its first line on disk: so it is known at once where a folder cannot be written. A disk that is full keeps nobody from starting: the
// journal has a gap until there is room.
func Open(o Options) (*Writer, error) {
	if o.Days == 0 {
		o.Days = 60
	}
	if o.Bytes == 0 {
		o.Bytes = 20e9
	}
	if o.Room == 0 {
		o.Room = 1 << 16
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Config.Location == nil {
		o.Config.Location = time.UTC
	}
	began := o.Now().In(o.Config.Location)
	w := &Writer{o: o, queue: make(chan entry, o.Room), erase: make(chan erasure), began: began, last: began.Round(0),
		run: Run{Began: began.Round(0), Epoch: o.Config.Epoch, Location: o.Config.Location.String(), Config: o.Config}}
	w.run.Config.Epoch, w.run.Config.Location = "", nil // they stand beside it
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	left, _ := filepath.Glob(filepath.Join(o.Dir, "*"+suffix+halfway))
	for _, file := range left {
		if err := os.Remove(file); err != nil {
			return nil, fmt.Errorf("journal: %w", err)
		}
	}
	if err := w.open(w.last); errors.Is(err, syscall.ENOSPC) {
		w.fail(err, 0)
	} else if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	w.prune(w.last)
	return w, nil
}

// Stepped takes a fact and what was decided of it. It implements acd.Observer.
func (w *Writer) Stepped(at time.Time, e queues.Event, decided []queues.Decision) {
	w.words = appendDecided(w.words[:0], decided)
	told := entry{at: at, event: e, decided: bytes.Clone(w.words), lost: w.missing}
	if r := queues.Rejection(decided); r != nil {
		told.rejected = r.Err
	}
	select {
	case w.queue <- told:
		w.missing = 0
	default: // the disk takes nothing; the router goes on, and the journal has a gap
		w.missing++
		w.lost.Add(1)
	}
}

// Lost is how many facts found no room, or no disk.
func (w *Writer) Lost() uint64 { return w.lost.Load() }

// Run writes until ctx ends, and then what is still waiting. What the router is told after that is not written.
func (w *Writer) Run(ctx context.Context) error {
	defer w.close()
	for {
		select {
		case e := <-w.queue:
			w.write(e)
		case e := <-w.erase:
			e.done <- w.rewrite(e.instead)
		case <-ctx.Done():
			for {
				select {
				case e := <-w.queue:
					w.write(e)
				default:
					return nil
				}
			}
		}
		if len(w.queue) == 0 && w.buffered != nil && w.buffered.Buffered() > 0 {
			w.flush()
		}
	}
}

// write writes a fact, into the file of its day.
func (w *Writer) write(e entry) {
	w.unsaid += e.lost
	if e.lost > 0 {
		w.o.Log.Warn("the journal has a gap: the disk was too slow", "lost", e.lost)
	}
	// The router reckons by the monotonic clock, and so does the journal: a clock that is set does not turn time back.
	at := w.began.Add(e.at.Sub(w.began)).Round(0)
	w.last = at
	if w.file == nil || w.day != dayOf(at) {
		if err := w.turn(at); err != nil {
			w.fail(err, 1)
			return
		}
	}
	l := Line{At: at, Event: e.event, Decided: digest(e.decided)}
	if e.rejected != nil {
		l.Rejected = e.rejected.Error()
	}
	if err := w.put(l); err != nil {
		w.fail(err, 1)
	}
}

// put writes a line, after one that says what is missing before it.
func (w *Writer) put(l Line) (err error) {
	w.line = w.line[:0]
	if w.unsaid > 0 {
		if w.line, err = Append(w.line, Line{At: l.At, Lost: w.unsaid}); err != nil {
			return err
		}
	}
	if w.line, err = Append(w.line, l); err != nil {
		return err
	}
	if _, err = w.buffered.Write(w.line); err == nil {
		w.unsaid = 0
		w.pending++
	}
	return err
}

// flush gives the file what is buffered.
func (w *Writer) flush() {
	if err := w.buffered.Flush(); err != nil {
		w.fail(err, 0)
		return
	}
	w.pending, w.failing = 0, false
}

// turn closes the file of the day before, and begins that of a time.
func (w *Writer) turn(at time.Time) error {
	w.close()
	if err := w.open(at); err != nil {
		return err
	}
	w.prune(at)
	return nil
}

// prune removes what is too old on the day of a time, and what is too much.
func (w *Writer) prune(at time.Time) {
	prune(w.o.Dir, at.AddDate(0, 0, -w.o.Days), w.o.Bytes, w.o.Log)
}

// open opens the file of a time, after what stands there, and writes which run goes on.
func (w *Writer) open(at time.Time) (err error) {
	name := filepath.Join(w.o.Dir, dayOf(at)+suffix)
	w.file, err = os.OpenFile(name, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600) // it has callers' numbers
	if err != nil {
		return err
	}
	w.day, w.buffered = dayOf(at), bufio.NewWriterSize(w.file, 1<<16)
	if end, err := w.file.Seek(0, 2); err == nil && end > 0 {
		last := make([]byte, 1)
		if _, err := w.file.ReadAt(last, end-1); err == nil && last[0] != '\n' {
			_ = w.buffered.WriteByte('\n') // a crash tore the last line apart
		}
	}
	if err := w.put(Line{At: at, Run: &w.run}); err != nil {
		return err
	}
	w.pending = 0
	return w.buffered.Flush()
}

// fail counts facts that the disk did not take, says so once, and lets the next one open the file anew. Of what was
// buffered, all counts as lost, though a part may have been written.
func (w *Writer) fail(err error, facts int) {
	facts += w.pending
	w.pending = 0
	w.unsaid += facts
	w.lost.Add(uint64(facts))
	if !w.failing {
		w.o.Log.Error("the journal cannot be written, and has a gap until it can", "err", err)
	}
	w.failing = true
	if w.file != nil {
		_ = w.file.Close()
		w.file, w.buffered = nil, nil
	}
}

func (w *Writer) close() {
	if w.file == nil {
		return
	}
	if w.unsaid > 0 {
		w.line, _ = Append(w.line[:0], Line{At: w.last, Lost: w.unsaid})
		_, _ = w.buffered.Write(w.line)
		w.unsaid = 0
	}
	if err := errors.Join(w.buffered.Flush(), w.file.Sync(), w.file.Close()); err != nil {
		w.o.Log.Error("the end of a journal may be missing", "day", w.day, "err", err)
	}
	w.file, w.buffered = nil, nil
}
