package asterisk

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"strconv"
	"time"

	"hotline/telephony"
)

// reserveEvery is how often the reserve mode's calls are looked for.
const reserveEvery = 5 * time.Second

// Reserved is a call that the reserve mode took: Asterisk alone, because no Hotline was there. It is over, so its Arrival has
// neither a leg nor anything to resume.
type Reserved struct {
	telephony.Arrival
	Answered bool // otherwise the caller left while it rang
	Ended    time.Time
}

// Reserved gives each call that the reserve mode took, until ctx ends. The dialplan notes them in a file of its own
// (Options.Reserve; section [note] of deploy/asterisk/extensions.conf.tmpl).
//
// The file is moved aside before it is read, and removed when each has returned for every call in it. Should Hotline die in
// between, it is read again, and a call that was given before is given with the same id.
func (s *Switch) Reserved(ctx context.Context, each func(Reserved)) {
	if s.opt.Reserve == "" {
		return
	}
	file := reserve{s.opt, s.log}
	for ctx.Err() == nil {
		if err := file.take(each); err != nil {
			s.log.Error("calls of the reserve mode cannot be read yet", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(reserveEvery):
		}
	}
}

// reserve is the file in which the dialplan notes the calls that it took.
type reserve struct {
	opt Options
	log *slog.Logger
}

// take gives each call of the file.
func (r reserve) take(each func(Reserved)) error {
	file := r.opt.Reserve
	aside := file + ".taken"
	if _, err := os.Stat(aside); errors.Is(err, fs.ErrNotExist) {
		if err := os.Rename(file, aside); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // There are no such calls.
			}
			return err
		}
	}
	f, err := os.Open(aside)
	if err != nil {
		return err
	}
	defer f.Close()
	text := bufio.NewReader(f)
	const mark = "\uFEFF" // somebody has looked at the file with an editor that puts a byte-order mark before a text
	if start, _ := text.Peek(len(mark)); string(start) == mark {
		_, _ = text.Discard(len(mark))
	}
	lines := csv.NewReader(text)
	lines.FieldsPerRecord, lines.LazyQuotes = -1, true
	for n := 1; ; n++ {
		fields, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return os.Remove(aside)
		}
		var wrong *csv.ParseError
		if err != nil && !errors.As(err, &wrong) {
			return err // The disk is at fault, and not the line.
		}
		var call Reserved
		if err == nil {
			call, err = r.read(fields)
		}
		if err != nil {
			r.log.Error("a call of the reserve mode cannot be read", "file", file, "line", n, "err", err)
			continue
		}
		each(call)
	}
}

// read reads one line: how the call was taken, the caller's channel, the seconds since 1970 at its arrival, the seconds that
// it lasted, and URI-encoded the caller's number and name, the number that was dialled, and whether the caller withholds theirs; a dialplan of before
// leaves out the last.
func (r reserve) read(fields []string) (c Reserved, err error) {
	if len(fields) != 7 && len(fields) != 8 {
		return c, fmt.Errorf("%d fields, not 8", len(fields))
	}
	came, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil {
		return c, errors.New("the time of arrival is no number of seconds") // what stands there may be a caller's number
	}
	lasted, err := strconv.ParseInt(fields[3], 10, 32)
	if err != nil {
		return c, errors.New("the time that it lasted is no number of seconds")
	}
	var texts [3]string
	for i := range texts {
		if texts[i], err = url.QueryUnescape(fields[4+i]); err != nil {
			return c, errors.New("a number or a name is not encoded as in a URI")
		}
	}
	at := time.Unix(came, 0)
	c.Arrival = telephony.Arrival{
		ID:   callID(r.opt.Node, "reserve\x00"+fields[1], at),
		Node: r.opt.Node,
		From: r.opt.Hotline.ParseCaller(texts[0]),
		Name: texts[1],
		To:   r.opt.Hotline.ParseNumber(texts[2]),
		At:   at,
	}
	if len(fields) == 8 && withholds(fields[7]) {
		withhold(&c.Arrival)
	}
	c.Answered, c.Ended = fields[0] == "reserve", at.Add(time.Duration(lasted)*time.Second)
	return c, nil
}
