package asterisk

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"hotline/telephony"
)

// reserveEvery is how often the reserve mode's calls are looked for.
const reserveEvery = 5 * time.Second

// Reserved is a call that the reserve mode took: Asterisk alone, because no Hotline was there; or one whose caller left before a Hotline had marked it, which
// may be known all the same, by the same id. It is over, so its Arrival has neither a leg nor anything to resume.
type Reserved struct {
	telephony.Arrival
	Answered bool // otherwise the caller left while it rang
	Ended    time.Time

	With    string    // who talked with the caller, as the dialplan has it (deploy.Ring); "" is nobody
	Since   time.Time // when they were joined
	Message string    // the name of the recording of what the caller has said instead; "" is none
}

// Reserved gives each call that the reserve mode took, until ctx ends. The dialplan notes them in a file of its own
// (Options.Reserve; section [note] of deploy/asterisk/extensions.conf.tmpl).
//
// The file is moved aside before it is read, and removed when each has returned for every call in it. Should Hotline die in
// between, it is read again, and a call that was given before is given with the same id. A line that cannot be read is kept in a file
// beside it, whose name ends in .unread.
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

// take gives each call of the file, in the order in which they came: they are noted as they end. Each line is read by itself, so that one which a person or a full disk has spoilt costs no other.
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
	var calls []Reserved
	var unread []byte
	text := bufio.NewReader(f)
	for n := 1; ; n++ {
		line, err := text.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err // The disk is at fault, and not the line.
		}
		if call, wrong := r.read(fieldsOf(line)); wrong == nil {
			calls = append(calls, call)
		} else if strings.TrimSpace(strings.TrimPrefix(line, byteOrderMark)) != "" {
			r.log.Error("a call of the reserve mode cannot be read, and its line is kept aside", "file", unreadBeside(file), "line", n, "err", wrong)
			unread = append(unread, strings.TrimRight(line, "\r\n")+"\n"...)
		}
		if err != nil {
			break
		}
	}
	slices.SortStableFunc(calls, func(a, b Reserved) int { return born(a.ID).Compare(born(b.ID)) })
	for _, call := range calls {
		each(call)
	}
	return r.finish(aside, unread)
}

// finish removes what has been read, once the lines that could not be are kept in a file that nobody reads but people.
func (r reserve) finish(aside string, unread []byte) error {
	if len(unread) == 0 {
		return os.Remove(aside)
	}
	kept := unreadBeside(r.opt.Reserve)
	f, err := os.OpenFile(kept, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.Write(unread)
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if err == nil {
		return os.Remove(aside)
	}
	// The disk may be full. A file takes no room to be renamed, and must not be read again and again; the calls in it that were read have their tickets.
	whole := fmt.Sprintf("%s.%d", kept, time.Now().UnixNano())
	r.log.Error("lines that cannot be read cannot be kept apart either, so all lines are kept", "file", whole, "err", err)
	return os.Rename(aside, whole)
}

// unreadBeside is where the lines are kept that cannot be read.
func unreadBeside(file string) string { return file + ".unread" }

const byteOrderMark = "\uFEFF" // somebody has looked at the file with an editor that puts one before a text

// fieldsOf takes a line apart. Text in it is URI-encoded, so that whatever quotes stand there are not the dialplan's: some programs put fields into
// quotes when they save such a file, and, where the comma is in numbers, semicolons between them.
func fieldsOf(line string) []string {
	line = strings.TrimSpace(strings.TrimPrefix(line, byteOrderMark))
	line = strings.ReplaceAll(line, `"`, "")
	if !strings.Contains(line, ",") {
		line = strings.ReplaceAll(line, ";", ",")
	}
	fields := strings.Split(line, ",")
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	return fields
}

// How the dialplan says that it took a call.
const (
	reserveTook = "reserve"
	callerLeft  = "abandoned"
)

// read reads one line: how the call was taken, the caller's channel, the seconds since 1970 at its arrival, the seconds that
// it lasted, URI-encoded the caller's number and name, the number that was dialled, and whether the caller withholds theirs, and the
// milliseconds since 1970 that name the call (madeIn); then who talked with the caller, URI-encoded, since when in seconds since 1970, and the name of the
// caller's message. Dialplans of before leave out the last three, four or five.
func (r reserve) read(fields []string) (c Reserved, err error) {
	if len(fields) < 7 || len(fields) > 12 {
		return c, fmt.Errorf("%d fields, not 12", len(fields))
	}
	if fields[0] != reserveTook && fields[0] != callerLeft || fields[1] == "" {
		return c, fmt.Errorf("the first field is neither %s nor %s, or the channel is missing", reserveTook, callerLeft)
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
	if len(fields) > 7 && withholds(fields[7]) {
		withhold(&c.Arrival)
	}
	if len(fields) > 8 {
		if made, ok := madeAt(fields[8], at); ok {
			c.ID = callID(r.opt.Node, fields[1], made)
		}
	}
	if len(fields) > 10 && fields[9] != "" {
		since, err := strconv.ParseInt(fields[10], 10, 64)
		if err != nil {
			return c, errors.New("the time of the talk is no number of seconds")
		}
		if c.With, err = url.QueryUnescape(fields[9]); err != nil {
			return c, errors.New("who talked with the caller is not encoded as in a URI")
		}
		c.Since = time.Unix(since, 0)
	}
	if len(fields) > 11 {
		if whose, _ := messageOwner(r.opt.Node, fields[11]); whose == c.ID {
			c.Message = fields[11]
		}
	}
	c.Answered, c.Ended = fields[0] == reserveTook, at.Add(time.Duration(lasted)*time.Second)
	return c, nil
}
